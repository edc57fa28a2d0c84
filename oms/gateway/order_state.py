"""What the blotter keeps of one order and of one command. It decides nothing: `oms.gateway.blotter` folds."""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

from oms.core.commands import Command, NewOrder
from oms.core.enums import ExecType, LegState, OrdStatus
from oms.core.instructions import PLAIN, Instructions
from oms.core.reasons import Reason
from oms.core.routing_events import ParentTraded
from oms.gateway.day_quantities import NO_DAY, DayQuantities

FILLS_KEPT = 50
"""Per order, in one answer; `fill_count` and the sums count all."""

Key = tuple[str, int, str]
"""(desk, trading date, ClOrdID)."""


class CommandState(IntEnum):
    """The numbers of the API's enumeration of the same name."""

    RECEIVED = 1
    ACCEPTED = 2
    REJECTED = 3


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that is not settled: PENDING_CANCEL or PENDING_REPLACE, and the terms asked for."""

    cl_ord_id: str
    exec_type: ExecType
    order_qty: int
    price: int | None
    instructions: Instructions = PLAIN


@dataclass(slots=True)
class OrderState:
    """An order. `terms` are the first command's; quantity, price, instructions and ClOrdID in force stand beside them.

    `place`: where it stands among all orders of the partition, by its command and its place in a list.
    """

    order_id: str
    terms: NewOrder
    orders_offset: int
    cl_ord_id: str
    cl_ord_ids: list[str]
    order_qty: int
    price: int | None
    keys: list[Key]
    ord_status: OrdStatus = OrdStatus.PENDING_NEW
    leaves_qty: int = 0
    cum_qty: int = 0
    notional: int = 0
    reason: Reason | None = None
    text: str = ""
    decision_offset: int = -1
    limit_version: int = -1
    refused_check: int = 0  # of oms.core.risk.checks; threshold and value are in its unit
    refused_threshold: int = 0
    refused_value: int = 0
    pending: Pending | None = None
    day: DayQuantities = NO_DAY
    venues: dict[str, None] = field(default_factory=dict)
    fills: deque[ParentTraded] = field(default_factory=lambda: deque(maxlen=FILLS_KEPT))
    fill_count: int = 0
    updated_ns: int = 0
    instructions: Instructions = PLAIN
    place: int = 0
    leg_state: LegState | None = None
    released_qty: int | None = None


@dataclass(slots=True)
class CommandFate:
    """A command and what became of it. `offset` −1: only the decision was read. `dead_letter` −1: there is none."""

    command: Command
    offset: int
    state: CommandState = CommandState.RECEIVED
    order_id: str = ""
    decision_offset: int = -1
    reason: Reason | None = None
    text: str = ""
    matched: int = 0
    dead_letter: int = -1

    @property
    def is_decided(self) -> bool:
        return self.state is not CommandState.RECEIVED

    @property
    def is_dead(self) -> bool:
        return self.dead_letter >= 0
