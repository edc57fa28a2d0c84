"""A follower of one journal partition: it folds what the owner writes, decides nothing, does nothing, and knows when to take over.

Its state is the fold of the valid records up to where it has read: warm, and the only kind of state that is kept as a snapshot.
One reader serves the journal, the two side topics that its records rest on, and the heartbeats.

It takes over after silence: for the timeout neither a record of the latest claim's run nor a heartbeat of that claim's owner, and after
that both topics read to their ends. One that was further behind than another follower waits one more timeout for it. An owner that said
that it leaves is not waited for.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from oms.core.run_rule import Validity
from oms.core.stage import Rules, StageState
from oms.runtime.journal_fold import Folded, JournalFold
from oms.runtime.log import Log, LogUnavailable, Record, TopicPartition
from oms.runtime.parts import Parts, Snapshots
from oms.runtime.presence import LEFT, Silence, heartbeat_on, patience_ns
from oms.wire import topics
from oms.wire.envelope import ReadPosition

S = TypeVar("S", bound=StageState)
E = TypeVar("E")

_LOGGER = logging.getLogger(__name__)
_HEARTBEATS = TopicPartition(topics.HEARTBEATS, 0)
_REFERENCE, _CONTROL = TopicPartition(topics.REFERENCE, 0), TopicPartition(topics.CONTROL, 0)

PROBES_PER_SILENCE = 8
"""How often the broker is asked for the ends while an owner is silent: a request takes a millisecond or two, a timeout is hundreds."""

READ_S = 0.05


@dataclass(slots=True)
class _Others:
    """Other followers of the partition, as they last said: process → (lag, when by their clock)."""

    lags: dict[str, tuple[int, int]] = field(default_factory=dict)

    def least(self, now_ns: int, fresh_ns: int) -> int | None:
        fresh = [lag for lag, at_ns in self.lags.values() if now_ns - at_ns <= fresh_ns and lag >= 0]
        return min(fresh, default=None)


class Follower(Generic[S, E]):
    """Not thread-safe: the loop's thread alone."""

    def __init__(
        self,
        log: Log,
        rules: Rules[S, E],
        journal: TopicPartition,
        process_id: str,
        silence_ns: int,
        parts: Parts,
        snapshots: Snapshots | None,
        snapshot_every: int,
        reader_version: int,
    ) -> None:
        self._log, self._journal, self._process_id = log, journal, process_id
        self._snapshots, self._snapshot_every = snapshots, snapshot_every
        begun: Folded[S] | None = snapshots.load(journal) if snapshots is not None else None
        self._fold = JournalFold(log, rules, journal, begun, parts.advance, reader_version)
        self._fold.refuse_newer()
        self._snapshot_at = self.folded.run.next_offset
        self._beats_read = log.ends([_HEARTBEATS])[_HEARTBEATS]
        self._reader = log.reader({journal: self._snapshot_at})
        self._pending: deque[Record] = deque()
        self._shared = False
        self.silence = Silence(silence_ns, silence_ns)
        self._others = _Others()
        self._probed_ns = 0
        self._left: tuple[int, str] | None = None
        self._waited_for_other = False
        self._goal: dict[TopicPartition, int] | None = None
        self.said_lag = 0

    @property
    def folded(self) -> Folded[S]:
        return self._fold.folded

    def cursor(self) -> ReadPosition:
        """How far the journal is read."""
        run = self.folded.run
        return ReadPosition(*self._journal, run.next_offset, run.epoch, run.unbroken)

    def lag(self) -> int:
        """Records of the journal not folded yet, as far as the broker has told."""
        end = self._reader.known_ends().get(self._journal, 0)
        self.said_lag = max(0, end - self.folded.run.next_offset)
        return self.said_lag

    def catch_up(self, end: int, meanwhile: Callable[[], None]) -> None:
        """Fold every record below `end`, and none from there on. JournalBroken as the fold has it."""
        while self.folded.run.next_offset < end:
            self._pump(READ_S)
            self._fold_pending(end)
            meanwhile()

    def follow(self, losses: int, now_ns: int) -> None:
        """From here on read the side topics and heartbeats too, and listen for the owner."""
        self._share()
        epoch = self.folded.run.epoch
        self.silence.patience_ns = patience_ns(self.silence.silence_ns, self._process_id, epoch, losses)
        self.silence.begin(now_ns)
        self._waited_for_other, self._goal = False, None

    def turn(self, wait_s: float, now_ns: int) -> bool:
        """Read and fold what is there; returns whether anything was read."""
        self.silence.look(now_ns)
        self._pump(0.0 if self._pending else wait_s)
        done = bool(self._pending)
        epoch = self.folded.run.epoch
        if self._fold_pending(None):
            self.silence.heard(now_ns)
            self._goal = None
        if self.folded.run.epoch != epoch:
            self._waited_for_other = False
        if done and not self.silence.is_suspicious:
            self._keep_snapshot()
        return done

    def owner_is_gone(self, now_ns: int) -> bool:
        """Whether to take over now: it left, or has been silent for long enough with nothing of it unread."""
        if self._left == (self.folded.run.epoch, self.folded.claimant):
            return self._all_is_read(now_ns)
        if not self.silence.is_suspicious:
            return False
        over = self.silence.is_over
        if not over and 0 <= now_ns - self._probed_ns < self.silence.silence_ns // PROBES_PER_SILENCE:
            return False
        self._probed_ns = now_ns
        return self._all_is_read(now_ns) and over and not self._waits_for_another(now_ns)

    def _keep_snapshot(self) -> None:
        """Keep the state where the last snapshot is old enough. It takes a second or so in which nothing is heard: only beside an owner
        that was just heard, and never before a claim."""
        at = self.folded.run.next_offset
        if self._snapshots is not None and at - self._snapshot_at >= self._snapshot_every:
            self._snapshots.keep(self._journal, self.folded)
            self._snapshot_at = at

    def close(self) -> None:
        self._reader.close()
        self._fold.close()

    # -- reading ------------------------------------------------------------------------------------------------------------

    def _share(self) -> None:
        """One reader for everything. What was read ahead of the journal for the fold is kept where it is."""
        if self._shared:
            return
        self._shared = True
        fold = self._fold
        for side in (fold.reference, fold.control):
            side.close()
            side.feed = lambda: self._pump(0.01)
        next_offset = self._pending[-1].offset + 1 if self._pending else self.folded.run.next_offset
        self._reader.assign(
            {
                self._journal: next_offset,
                _HEARTBEATS: self._beats_read,
                _REFERENCE: fold.reference.read_to,
                _CONTROL: fold.control.read_to,
            }
        )

    def _pump(self, wait_s: float) -> None:
        for record in self._reader.poll(wait_s):
            if record.topic == topics.REFERENCE:
                self._fold.reference.offer(record)
            elif record.topic == topics.CONTROL:
                self._fold.control.offer(record)
            else:
                self._pending.append(record)

    def _fold_pending(self, end: int | None) -> bool:
        """Fold what is read of the journal; whether any of it, or a heartbeat, was a sign of the owner's life."""
        signs = False
        while self._pending and (end is None or self.folded.run.next_offset < end):
            record = self._pending.popleft()
            if record.topic == topics.HEARTBEATS:
                self._beats_read = record.offset + 1
                signs |= self._hear(record)
            else:
                signs |= self._fold.apply(record) is not Validity.VOID
        return signs

    def _hear(self, record: Record) -> bool:
        """Whether a heartbeat is the owner's. What other followers say of themselves is noted."""
        beat = heartbeat_on(record, self._journal)
        if beat is None or beat.process_id == self._process_id:
            return False
        if beat.role == LEFT:
            self._left = (beat.epoch, beat.process_id)
            return False
        if beat.epoch < 0:
            self._others.lags[beat.process_id] = (beat.lag, beat.wall_ns)
            return False
        return beat.epoch == self.folded.run.epoch and beat.process_id == self.folded.claimant

    def _all_is_read(self, now_ns: int) -> bool:
        """Whether journal and heartbeats are read to where they ended when the silence was over. Not to where they end now: everybody's
        heartbeats are one partition, of which the end is never reached for long.

        A broker that does not answer makes us blind, not the owner silent.
        """
        if self._goal is None:
            try:
                ends = self._log.ends([self._journal, _HEARTBEATS])
            except LogUnavailable as fault:
                _LOGGER.warning("the owner cannot be listened to: %s", fault, extra=self._journal._asdict())
                self.silence.blind()
                return False
            self.silence.contact(now_ns)
            if not self.silence.is_over and self._left is None:
                return False  # only asked whether the broker is there
            self._goal = ends
        return self.folded.run.next_offset >= self._goal[self._journal] and self._beats_read >= self._goal[_HEARTBEATS]

    def _waits_for_another(self, now_ns: int) -> bool:
        """Once per owner: one more timeout for a follower that said to be further."""
        least = self._others.least(now_ns, self.silence.silence_ns + self.silence.patience_ns)
        if self._waited_for_other or least is None or self.said_lag <= least:
            return False
        self._waited_for_other, self._goal = True, None
        self.silence.quiet_ns = self.silence.patience_ns - self.silence.silence_ns
        return True
