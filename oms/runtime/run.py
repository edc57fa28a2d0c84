"""What an owner has between its claim and the end of its run, and the rule by which a run ends.

All of it is dropped as a whole when the run ends: whatever is in flight then is unknown, and only the journal says what became of it.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from oms.core.canonical import state_hash
from oms.core.control import tape_now
from oms.core.run_rule import ack_on_plan
from oms.core.stage import Conditions, StageState
from oms.runtime.clock import Clock
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION
from oms.runtime.log import Ack, Failed, Record, TopicPartition
from oms.runtime.outbox import Outbox
from oms.wire.envelope import ReadPosition

MARK_AFTER_INPUTS = 5_000
MARK_AFTER_NS = 10_000_000_000
"""A position mark is appended after so many inputs, or so long, without a record: bounds what a restart reads again."""

HASH_EVERY_RECORDS, HASH_PAUSE_NS = 2_000, 1_000_000_000
HASH_TIME_SHARE, HASH_COST_MAX_NS = 1_000, 50_000_000
"""After so many records, or after a pause, a record carries the hash of the state: the replay gate needs them. A pause is also so many times
what the last hash took, and beyond that cost there is none: it grows with the orders remembered, and who hashes does not trade."""

S = TypeVar("S", bound=StageState)


@dataclass(slots=True)
class InFlight:
    token: int
    run_seq: int
    decided_ns: int


@dataclass(slots=True)
class Run(Generic[S]):
    """Everything that lives from a claim to its loss, and is dropped with it. `sessions_ended`: that the predecessor's sessions are its no more was
    decided, or there are none: before that no control goes before what a port tells, or a cancel would be numbered on a session of the predecessor."""

    state: S
    epoch: int
    last_hash: bytes
    cursors: dict[TopicPartition, ReadPosition]
    ends: dict[TopicPartition, int]
    event_time_ns: int
    outbox: Outbox = field(default_factory=Outbox)
    hashes_first: bool = True
    next_seq: int = 1
    acked_seq: int = 0
    in_flight: deque[InFlight] = field(default_factory=deque)
    inputs_since_record: int = 0
    last_record_ns: int = 0
    hashed_ns: int = 0
    hash_cost_ns: int = 0
    sides_read: bool = False
    sessions_ended: bool = False
    caught_up: bool = False
    control_ms: int | None = None
    control_offset: int = -1

    def mark_is_due(self, now_ns: int) -> bool:
        stale = now_ns - self.last_record_ns >= MARK_AFTER_NS
        return self.inputs_since_record >= MARK_AFTER_INPUTS or (self.inputs_since_record > 0 and stale)

    def reached(self, partitions: Iterable[TopicPartition]) -> bool:
        """Whether these inputs are read to the ends that they had after the claim."""
        return all(self.cursors[tp].next_offset >= self.ends[tp] for tp in partitions)

    def hear(self, control: Record) -> None:
        """When control was heard last. Of two readers the one that is behind says nothing new."""
        if control.offset >= self.control_offset:
            self.control_ms, self.control_offset = control.timestamp_ms, control.offset

    def control_age_ns(self, wall_ns: int) -> int | None:
        """Of its newest record; None before any was read."""
        return None if self.control_ms is None else wall_ns - self.control_ms * 1_000_000

    def tape_at(self, wall_ns: int) -> int:
        return max(self.event_time_ns, tape_now(self.state.control.anchor, wall_ns))

    def conditions(
        self, wall_ns: int, audit_age_ns: int | None, control_limit_ns: int, audit_limit_ns: int
    ) -> Conditions:
        return Conditions(
            wall_ns,
            self.tape_at(wall_ns),
            self.control_age_ns(wall_ns),
            control_limit_ns,
            audit_age_ns,
            audit_limit_ns,
            self.outbox.unsent(),
            not self.sides_read,
        )

    def hash_of_state(self, now_ns: int, clock: Clock) -> bytes:
        """Empty where none is due."""
        if not self.hash_is_due(now_ns):
            return b""
        hashed = state_hash(self.state, STATE_LAYOUT_VERSION)
        self.hashed_ns, self.hash_cost_ns = now_ns, clock.now_ns() - now_ns
        return hashed

    def hash_is_due(self, now_ns: int) -> bool:
        """Whether the next record carries the hash of the state before it. The first one of a run does, and says so what was folded; but not
        where the last run was lost before it had done anything: on a large state the hash may have taken longer than others wait."""
        if self.next_seq == 1:
            return self.hashes_first
        if self.hash_cost_ns > HASH_COST_MAX_NS:
            return False
        pause_ns = max(HASH_PAUSE_NS, HASH_TIME_SHARE * self.hash_cost_ns)
        return self.next_seq % HASH_EVERY_RECORDS == 0 or now_ns - self.hashed_ns >= pause_ns


def problem_of(outcome: Ack | Failed, flight: InFlight, epoch: int) -> str:
    """Why the run must end after this outcome; empty where it may go on."""
    if isinstance(outcome, Failed):
        return f"the outcome of run seq {flight.run_seq} is unknown: {outcome.reason}"
    if outcome.token != flight.token:
        return f"an ack of token {outcome.token} instead of {flight.token}"
    if not ack_on_plan(epoch, flight.run_seq, outcome.offset):
        return f"run seq {flight.run_seq} landed at {outcome.offset}, off plan"
    return ""
