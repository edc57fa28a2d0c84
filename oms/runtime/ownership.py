"""How a loop comes to own its partition: fold, follow or claim, and what it owns then.

    FOLDING ──the latest claim is another's, who may live──► FOLLOWING ──silence──► FOLDING
       └──otherwise──► CLAIMING ──ack, read on to the claim──► an Ownership

A claim is not made where the newest one asks for a reader that we are not, and carries the maximum of what it and all before it ask for.
Folding begins at the newest snapshot, if there is one; a follower that takes over goes on with the state it has. It decides nothing.

A process id is new with every start. Without standbys a process that starts claims at once: whoever claimed before is gone, or the run
rule fences it. With them it follows first, even its own former self: the standby that waits is warm, and must not be claimed back. Later a
claim of any other process is followed, or two would take the partition from each other for ever.
"""

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from oms.core.stage import Rules, StageState
from oms.runtime.clock import Clock
from oms.runtime.journal_fold import Folded, JournalBroken, ReleaseTooOld
from oms.runtime.log import Ack, Appender, Log, TopicPartition
from oms.runtime.logs import PlacedLogger
from oms.runtime.parts import Parts, Snapshots
from oms.runtime.presence import HEARTBEAT_NS, SILENCE_NS, Presence
from oms.runtime.stage_meter import StageMeter
from oms.runtime.standby import Follower
from oms.wire.codec import encode_claim
from oms.wire.envelope import Claim, ReadPosition, Release

S = TypeVar("S", bound=StageState)
E = TypeVar("E")

CLAIM_POLLS, CLAIM_POLL_S = 1_000, 0.05
"""Longer than the client takes to give up: a claim always has an outcome."""

NEVER_OWNED = -1

SNAPSHOT_EVERY = 20_000
"""A few seconds of folding: what a restart reads behind the snapshot."""


class Phase(Enum):
    FOLDING = "folding"
    CLAIMING = "claiming"
    RUNNING = "running"
    FOLLOWING = "following"
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """`inputs`: what the stage reads besides `oms.reference`, `oms.control` and its own journal. Times are wall time in nanoseconds.

    `standby`: whether to begin as a follower where another process has claimed. An owner says every `heartbeat_ns` that it is
    there; after `silence_ns` a follower takes over. `snapshot_every`: records of the journal between two snapshots. `kinds`: of other
    journals only events of these; all without it.
    """

    journal: TopicPartition
    inputs: tuple[TopicPartition, ...]
    process_id: str
    control_limit_ns: int
    audit_limit_ns: int
    standby: bool = False
    heartbeat_ns: int = HEARTBEAT_NS
    silence_ns: int = SILENCE_NS
    snapshot_every: int = SNAPSHOT_EVERY
    kinds: frozenset[type] | None = None


@dataclass(frozen=True, slots=True)
class Ownership(Generic[S]):
    """The partition is ours from the claim at `epoch` on; `folded` is everything before it. `losses`: claims lost in a row before this one."""

    folded: Folded[S]
    epoch: int
    appender: Appender
    losses: int


class Takeover(Generic[S, E]):
    """Not thread-safe: the loop's thread alone."""

    def __init__(
        self,
        log: Log,
        rules: Rules[S, E],
        settings: LoopSettings,
        clock: Clock,
        presence: Presence,
        meter: StageMeter,
        parts: Parts,
        release: Release,
        snapshots: Snapshots | None,
    ) -> None:
        self._log, self._rules, self._settings, self._clock = log, rules, settings, clock
        self._presence, self._meter, self._parts, self._release = presence, meter, parts, release
        self._snapshots = snapshots
        self._logger = PlacedLogger(logging.getLogger(__name__), settings.journal._asdict())
        self._follower: Follower[S, E] | None = None
        self._spare: Appender | None = None
        self._superseded = NEVER_OWNED
        self._losses = 0
        self.claimed = NEVER_OWNED
        self.phase = Phase.FOLDING

    def cursor(self) -> tuple[ReadPosition, ...]:
        """How far the journal is read; nothing while it is folded for the first time."""
        return (self._follower.cursor(),) if self._follower is not None and self.phase is Phase.FOLLOWING else ()

    def state(self) -> S | None:
        """A follower's state: what it has folded."""
        return self._follower.folded.state if self._follower is not None else None

    def lag(self) -> int:
        return self._follower.lag() if self._follower is not None else -1

    def lost(self, epoch: int, early: bool) -> None:
        """Our ownership is over. `early`: before it had done anything, so another claimed at the same time."""
        self._superseded, self.phase = epoch, Phase.FOLDING
        self._losses = self._losses + 1 if early else 0
        self.claimed = NEVER_OWNED

    def turn(self, wait_s: float) -> tuple[bool, Ownership[S] | None]:
        """One turn of a process that does not own the partition: whether anything was done, and what is ours now."""
        try:
            if self.phase is Phase.FOLDING:
                return True, self._take_over()
            assert self.phase is Phase.FOLLOWING, f"a loop that is {self.phase.value} has no turns"
            return self._follow(wait_s), None
        except ReleaseTooOld:
            self.phase = Phase.REFUSED
            raise

    def close(self) -> None:
        if self._follower is not None:
            self._follower.close()
        if self._spare is not None:
            self._spare.purge()

    # -- following ----------------------------------------------------------------------------------------------------------

    def _follow(self, wait_s: float) -> bool:
        follower = self._follower
        assert follower is not None
        self._beat()
        done = follower.turn(wait_s, self._clock.now_ns())
        now, epoch = self._clock.now_ns(), follower.folded.run.epoch
        if follower.folded.claimant == self._settings.process_id or follower.owner_is_gone(now):
            self._logger.warning("the owner of epoch %d (%s) is gone or silent", epoch, follower.folded.claimant)
            self._superseded, self.phase = epoch, Phase.FOLDING
        return done

    def _beat(self) -> None:
        self._presence.beat(self.phase.value, self.claimed, self.lag)

    # -- taking over --------------------------------------------------------------------------------------------------------

    def _take_over(self) -> Ownership[S] | None:
        tp = self._settings.journal
        follower = self._follower or self._begin()
        self._follower = follower
        follower.catch_up(self._log.ends([tp])[tp], self._beat)
        if self._must_follow(follower.folded):
            follower.follow(self._losses, self._clock.now_ns())
            self.phase = Phase.FOLLOWING
            # Made now: a producer needs half a second before its first record, and then every moment counts.
            self._spare = self._spare or self._log.appender(tp)
            self._logger.info("following the owner of epoch %d (%s)", *_owner(follower.folded))
            return None
        return self._claim_with(follower)

    def _claim_with(self, follower: Follower[S, E]) -> Ownership[S] | None:
        tp = self._settings.journal
        self.phase = Phase.CLAIMING
        appender, self._spare = self._spare or self._log.appender(tp), None
        wanted = max(follower.folded.min_reader_version, self._release.min_reader_version)
        epoch = self._claim(appender, Claim(self._settings.process_id, wanted))
        self.phase = Phase.FOLDING
        if epoch is None:
            appender.purge()
            return None
        self.claimed = epoch
        follower.catch_up(epoch + 1, self._beat)
        if follower.folded.run.epoch != epoch:
            raise JournalBroken(f"{tp.topic}/{tp.partition}: our claim at {epoch} is not in the log")
        follower.close()
        self._follower = None
        self._meter.fold_ended(follower.folded.records, follower.folded.void, self._clock.now_ns())
        self._superseded = epoch
        return Ownership(follower.folded, epoch, appender, self._losses)

    def _begin(self) -> Follower[S, E]:
        self._meter.fold_began(self._clock.now_ns())
        settings = self._settings
        return Follower(
            self._log,
            self._rules,
            settings.journal,
            settings.process_id,
            settings.silence_ns,
            self._parts,
            self._snapshots,
            settings.snapshot_every,
            self._release.reader_version,
        )

    def _must_follow(self, folded: Folded[S]) -> bool:
        epoch, claimant, mine = *_owner(folded), self._settings.process_id
        if epoch < 0 or claimant == mine:
            return False
        if self._superseded == NEVER_OWNED:
            return self._settings.standby
        return epoch > self._superseded

    def _claim(self, appender: Appender, claim: Claim) -> int | None:
        appender.append(None, encode_claim(claim))
        for _ in range(CLAIM_POLLS):
            for outcome in appender.poll(CLAIM_POLL_S):
                if isinstance(outcome, Ack):
                    self._meter.claims += 1
                    return outcome.offset
                self._logger.warning("claim failed: %s", outcome.reason)
                return None
        return None


def _owner(folded: Folded[S]) -> tuple[int, str]:
    return folded.run.epoch, folded.claimant
