"""What an owner has between its claim and the end of its run, and the rule by which a run ends.

All of it is dropped as a whole when the run ends: whatever is in flight then is unknown, and only the journal says what became of it.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from oms.core.run_rule import ack_on_plan
from oms.core.stage import StageState
from oms.runtime.log import Ack, Failed, TopicPartition
from oms.runtime.outbox import Outbox
from oms.wire.envelope import ReadPosition

S = TypeVar("S", bound=StageState)


@dataclass(slots=True)
class InFlight:
    token: int
    run_seq: int
    decided_ns: int


@dataclass(slots=True)
class Run(Generic[S]):
    """Everything that lives from a claim to its loss, and is dropped with it."""

    state: S
    epoch: int
    last_hash: bytes
    cursors: dict[TopicPartition, ReadPosition]
    ends: dict[TopicPartition, int]
    event_time_ns: int
    outbox: Outbox = field(default_factory=Outbox)
    next_seq: int = 1
    in_flight: deque[InFlight] = field(default_factory=deque)
    inputs_since_record: int = 0
    last_record_ns: int = 0
    hash_cost_ns: int = 0
    sides_read: bool = False
    caught_up: bool = False


def problem_of(outcome: Ack | Failed, flight: InFlight, epoch: int) -> str:
    """Why the run must end after this outcome; empty where it may go on."""
    if isinstance(outcome, Failed):
        return f"the outcome of run seq {flight.run_seq} is unknown: {outcome.reason}"
    if outcome.token != flight.token:
        return f"an ack of token {outcome.token} instead of {flight.token}"
    if not ack_on_plan(epoch, flight.run_seq, outcome.offset):
        return f"run seq {flight.run_seq} landed at {outcome.offset}, off plan"
    return ""
