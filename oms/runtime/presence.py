"""Presence on a journal partition: what a process says of itself in `oms.heartbeats`, and when an owner counts as silent.

Heartbeats come from the loop itself, not from a thread beside it: a loop that hangs falls silent. A recovering claimant says them too,
with the epoch of its claim, so that it is not claimed back. A follower takes over after silence, for a claim whose process is dead would
otherwise own for ever: a straggler of a killed process may land after its successor's claim. A false alarm costs the owner a pause,
never correctness: the run rule decides who owns, not this file. It claims nothing, folds nothing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from oms.runtime.clock import Clock
from oms.runtime.log import Log, LogUnavailable, Record, TopicPartition
from oms.runtime.renewed import RenewedAppender
from oms.wire import topics
from oms.wire.codec import CodecError, decode_intake, encode_intake
from oms.wire.envelope import Heartbeat

SILENCE_NS = 10_000_000_000
"""Ten heartbeats: where nobody waits to take over at once, a slow cluster should not make owners change."""

HEARTBEAT_NS = 1_000_000_000

BLIND_GRACE_MAX_NS = 10_000_000_000
"""After a time without the broker an owner gets as long again to be heard: its client comes back later the longer it was away."""

LOSSES_COUNTED_MAX = 5
"""Doublings of the back-off of who claimed and lost: from a quarter of the silence to eight times the silence."""

LEFT = "left"
"""The role in the last heartbeat of an owner that ends in order: nobody need wait for its silence."""

_HEARTBEATS = TopicPartition(topics.HEARTBEATS, 0)


class Presence:
    """The heartbeats of one process on one partition."""

    def __init__(
        self, log: Log, journal: TopicPartition, process_id: str, clock: Clock, heartbeat_ns: int = HEARTBEAT_NS
    ) -> None:
        self._appender = RenewedAppender(log, _HEARTBEATS)
        self._journal, self._process_id, self._clock = journal, process_id, clock
        self._heartbeat_ns = heartbeat_ns
        self._last_ns = 0

    def beat(self, role: str, epoch: int, lag: Callable[[], int]) -> None:
        """Say that we are there, unless we just did; at once where the clock was set back. `epoch`: of our claim, −1 without one.

        `lag` may ask the broker; without an answer it is said to be unknown.
        """
        now = self._clock.now_ns()
        if 0 <= now - self._last_ns < self._heartbeat_ns:
            return
        self._last_ns = now
        try:
            behind = lag()
        except LogUnavailable:  # what matters of an unreachable broker, appends and reads will say
            behind = -1
        self._say(role, epoch, behind, now)

    def leave(self, epoch: int) -> None:
        """The owner of that epoch ends here, with everything of it acknowledged."""
        self._say(LEFT, epoch, 0, self._clock.now_ns())

    def close(self) -> None:
        self._appender.close(2.0)

    def _say(self, role: str, epoch: int, lag: int, now_ns: int) -> None:
        beat = Heartbeat(*self._journal, self._process_id, role, epoch, lag, now_ns)
        key = f"{self._journal.topic}/{self._journal.partition}/{self._process_id}".encode()
        self._appender.append(key, encode_intake(topics.HEARTBEATS, beat))
        self._appender.look()


def heartbeat_on(record: Record, journal: TopicPartition) -> Heartbeat | None:
    """The heartbeat that a record of `oms.heartbeats` holds, where it is about this partition and can be read."""
    try:
        beat = decode_intake(record.topic, record.value)
    except CodecError:
        return None
    return beat if isinstance(beat, Heartbeat) and (beat.topic, beat.partition) == tuple(journal) else None


@dataclass(slots=True)
class Silence:
    """How long an owner has been silent to one follower, by that follower's clock. Times in nanoseconds.

    Time in which the follower could not have heard is no silence. While its broker is away nothing counts, and after that the owner gets
    as long again (at most BLIND_GRACE_MAX_NS). Of a gap between two turns (a pause of its own, a clock that was moved, a machine short of
    time) at most half the timeout counts: one that wakes hears what there is first, and one that is slow still takes over.
    `patience_ns` is this follower's own: a little more than the common timeout and different for each, so that of several one claims and
    the others hear of it.
    """

    silence_ns: int
    patience_ns: int
    quiet_ns: int = 0
    _looked_ns: int | None = None
    _contact_ns: int = 0
    _is_blind: bool = False

    def begin(self, now_ns: int) -> None:
        """Listening begins: what was said before is not known."""
        self._looked_ns = now_ns
        self.heard(now_ns)

    def look(self, now_ns: int) -> None:
        """Called in every turn of the follower."""
        if self._looked_ns is not None and not self._is_blind:
            self.quiet_ns += min(max(0, now_ns - self._looked_ns), self.silence_ns // 2)
        self._looked_ns = now_ns

    def heard(self, now_ns: int) -> None:
        """A sign of life: a record of the latest claim's run, or a heartbeat of its owner."""
        self.quiet_ns, self._contact_ns, self._is_blind = 0, now_ns, False

    def contact(self, now_ns: int) -> None:
        """The broker answered: had there been something to hear, it would have been heard."""
        if self._is_blind:
            self._is_blind = False
            self.quiet_ns = -min(max(0, now_ns - self._contact_ns), BLIND_GRACE_MAX_NS)
        self._contact_ns = now_ns

    def blind(self) -> None:
        """The broker did not answer: nothing could be heard since the last contact."""
        self.quiet_ns, self._is_blind = 0, True

    @property
    def is_suspicious(self) -> bool:
        """Worth asking the broker whether there is anything to hear: half the time is over, or nothing can be heard."""
        return self._is_blind or self.quiet_ns >= self.silence_ns // 2

    @property
    def is_over(self) -> bool:
        return not self._is_blind and self.quiet_ns >= self.patience_ns


def patience_ns(silence_ns: int, process_id: str, epoch: int, losses: int) -> int:
    """The silence, and up to a quarter of it more, doubled by every claim that was lost: by a hash, so that a schedule can be repeated."""
    draw = int.from_bytes(hashlib.sha256(f"{process_id}/{epoch}/{losses}".encode()).digest()[:4], "big")
    spread_ns = (silence_ns // 4) << min(losses, LOSSES_COUNTED_MAX)
    return silence_ns + spread_ns * draw // 2**32
