"""Presence on a journal partition: an owner's heartbeats, and the watch that a follower keeps over them.

Heartbeats come from the loop itself, not from a thread beside it: a loop that hangs falls silent. A follower takes over after silence,
for a claim whose process is dead would otherwise own for ever: a straggler of a killed process may land after its successor's claim.
A false alarm costs the owner a pause, never correctness: the run rule decides who owns, not this file. It claims nothing, folds nothing.
"""

from collections.abc import Callable

from oms.core.run_rule import RunPosition, Validity, advance
from oms.runtime.clock import Clock
from oms.runtime.log import Log, LogUnavailable, Record, TopicPartition
from oms.runtime.renewed import RenewedAppender
from oms.wire import topics
from oms.wire.codec import CodecError, decode_head, decode_intake, encode_intake
from oms.wire.envelope import Heartbeat, ReadPosition

SILENCE_NS = 10_000_000_000
"""Ten heartbeats: longer than an election of a new broker, so that a slow cluster does not make owners change."""

HEARTBEAT_NS = 1_000_000_000

_HEARTBEATS = TopicPartition(topics.HEARTBEATS, 0)


class Presence:
    """The heartbeats of one process on one partition."""

    def __init__(self, log: Log, journal: TopicPartition, process_id: str, clock: Clock) -> None:
        self._appender = RenewedAppender(log, _HEARTBEATS)
        self._journal, self._process_id, self._clock = journal, process_id, clock
        self._last_ns = 0

    def beat(self, role: str, epoch: int, lag: Callable[[], int]) -> None:
        """Say that we are there, unless we just did. `lag` asks the broker; without an answer it is said to be unknown."""
        now = self._clock.now_ns()
        if now - self._last_ns < HEARTBEAT_NS:
            return
        self._last_ns = now
        try:
            behind = lag()
        except LogUnavailable:  # what matters of an unreachable broker, appends and reads will say
            behind = -1
        beat = Heartbeat(*self._journal, self._process_id, role, epoch, behind, now)
        key = f"{self._journal.topic}/{self._journal.partition}/{self._process_id}".encode()
        self._appender.append(key, encode_intake(topics.HEARTBEATS, beat))
        self._appender.look()

    def close(self) -> None:
        self._appender.close(2.0)


class Watch:
    """Over one partition, for a follower. `now_ns` is wall time of this process throughout.

    Silent = for SILENCE_NS neither a record of the latest claim's run nor a heartbeat of its owner, with both topics read to their
    ends after that.
    """

    def __init__(self, log: Log, journal: TopicPartition, position: RunPosition, now_ns: int) -> None:
        self._log, self._journal, self._position, self._heard_ns = log, journal, position, now_ns
        self._heartbeats_read = log.ends([_HEARTBEATS])[_HEARTBEATS]
        self._reader = log.reader({journal: position.next_offset, _HEARTBEATS: self._heartbeats_read})

    @property
    def epoch(self) -> int:
        """The latest claim seen."""
        return self._position.epoch

    def cursor(self) -> ReadPosition:
        """How far the journal is read."""
        position = self._position
        return ReadPosition(*self._journal, position.next_offset, position.epoch, position.unbroken)

    def poll(self, wait_s: float, now_ns: int) -> bool:
        """Read on; returns whether anything was read."""
        records = self._reader.poll(wait_s)
        signs = [self._take(record) for record in records]
        if any(signs):
            self._heard_ns = now_ns
        return bool(records)

    def is_silent(self, now_ns: int) -> bool:
        if now_ns - self._heard_ns < SILENCE_NS:
            return False
        ends = self._log.ends([self._journal, _HEARTBEATS])
        return self._position.next_offset >= ends[self._journal] and self._heartbeats_read >= ends[_HEARTBEATS]

    def close(self) -> None:
        self._reader.close()

    def _take(self, record: Record) -> bool:
        """Whether the record is a sign of life of the owner."""
        if record.topic == topics.HEARTBEATS:
            self._heartbeats_read = record.offset + 1
            return self._is_owners(record)
        claim, epoch, run_seq = decode_head(record.value)
        self._position, validity = advance(self._position, record.offset, claim, epoch, run_seq)
        return validity is not Validity.VOID

    def _is_owners(self, record: Record) -> bool:
        try:
            beat = decode_intake(record.topic, record.value)
        except CodecError:
            return False
        if not isinstance(beat, Heartbeat):
            return False
        return (beat.topic, beat.partition, beat.epoch) == (*self._journal, self._position.epoch)
