"""Shared readers of a process: the market, the audit's progress, and control. Caches outside the state, filled by one thread each.

Decisions read immutable values out of them, so no lock is needed: `MarketView.instrument` returns a whole value or the one before.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from oms.core.market import MarketView
from oms.runtime.clock import Clock
from oms.runtime.control_ahead import ControlAhead
from oms.runtime.log import Log, LogUnavailable, OffsetOutOfRange, Record, TopicPartition
from oms.wire import topics
from oms.wire.audit_watch import AuditWatch
from oms.wire.codec import CodecError, decode_intake

_LOGGER = logging.getLogger(__name__)
POLL_S = 0.005
ASK_AGAIN_S = 0.2  # a leader is elected within seconds, and each question waits for an answer by itself


class Follower(threading.Thread):
    """Reads partitions from their start, and hands each value to `take`. `caught_up` once it reached the ends of its start.

    `guard` wraps the thread's work, so that whoever owns the process learns of its failure. `positions`: the next offsets;
    `read`: how many records were read.
    """

    def __init__(self, log: Log, partitions: Sequence[TopicPartition]) -> None:
        super().__init__(daemon=True, name=f"follow-{partitions[0].topic}")
        self._log, self._partitions = log, list(partitions)
        self._stopping = threading.Event()
        self.caught_up = threading.Event()
        self.positions: dict[TopicPartition, int] = {}
        self.read: dict[TopicPartition, int] = dict.fromkeys(partitions, 0)
        self.guard: Callable[[Callable[[], None]], Callable[[], None]] = lambda work: work
        self._first = log.starts

    def take(self, partition: int, offset: int, value: object) -> None:
        raise NotImplementedError

    def saw(self, record: Record) -> None:
        """What cannot be read is logged and passed over."""
        try:
            value = decode_intake(record.topic, record.value)
        except CodecError as error:
            _LOGGER.error("%s", error, extra=record.place)
        else:
            self.take(record.partition, record.offset, value)

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        self.guard(self._follow)()

    def _follow(self) -> None:
        positions, ends = self._asked(self._first), self._asked(self._log.ends)
        reader, self.positions = self._log.reader(positions), positions
        try:
            while not self._stopping.is_set():
                if not self.caught_up.is_set() and all(positions[tp] >= end for tp, end in ends.items()):
                    self.caught_up.set()
                try:
                    records = reader.poll(POLL_S)
                except OffsetOutOfRange:
                    positions = self._asked(self._first)  # trimmed while we were slow: a cache may skip
                    reader.assign(positions)
                    self.positions = positions
                    continue
                for record in records:
                    tp = TopicPartition(record.topic, record.partition)
                    positions[tp] = record.offset + 1
                    self.read[tp] += 1
                    self.saw(record)
        finally:
            reader.close()

    def _asked(self, ask: Callable[[Sequence[TopicPartition]], dict[TopicPartition, int]]) -> dict[TopicPartition, int]:
        """An election somewhere is waited out: whoever decides from this cache waits for `caught_up`, or for its age."""
        while True:
            try:
                return ask(self._partitions)
            except LogUnavailable as fault:
                _LOGGER.warning("%s cannot be followed yet: %s", self._partitions[0].topic, fault)
                if self._stopping.wait(ASK_AGAIN_S):
                    return dict.fromkeys(self._partitions, 0)


class MarketFollower(Follower):
    """Fills a `MarketView` from all partitions of `oms.market`."""

    def __init__(self, log: Log, partitions: int, view: MarketView) -> None:
        super().__init__(log, [TopicPartition(topics.MARKET, p) for p in range(partitions)])
        self._view = view
        self.outdated = 0
        """Records of a publisher that has been replaced: dropped."""

    def take(self, partition: int, offset: int, value: object) -> None:
        self.outdated += not self._view.apply(partition, offset, value)  # type: ignore[arg-type]


class AuditFollower(Follower):
    """Follows `oms.audit-progress`: how long ago the audit was last known to have written everything."""

    def __init__(self, log: Log, desk_partitions: int, clock: Clock) -> None:
        super().__init__(log, [TopicPartition(topics.AUDIT_PROGRESS, 0)])
        self._watch, self._clock = AuditWatch(desk_partitions), clock

    def take(self, partition: int, offset: int, value: object) -> None:
        self._watch.apply(value)  # type: ignore[arg-type]

    def age_ns(self) -> int | None:
        return self._watch.age_ns(self._clock.now_ns())


class ControlFollower(Follower):
    """Puts what is new in `oms.control` before the loops of this process."""

    def __init__(self, log: Log, ahead: ControlAhead) -> None:
        super().__init__(log, [TopicPartition(topics.CONTROL, 0)])
        self._first, self._ahead = log.ends, ahead

    def saw(self, record: Record) -> None:
        self._ahead.put(record)
