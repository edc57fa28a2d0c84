"""A venue as an acceptance card sees it: what is sent, what is heard, and how the venue lets itself be driven. Protocol-neutral, FIX names.

An adapter wraps one kind of connection (the local protocol in `oms.venues.acceptance.local`; FIX sessions by their own). It knows how a
request becomes bytes; a card never does. Prices and quantities are at the instrument's scales.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from oms.core.enums import (
    ExecRestatementReason,
    ExecType,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    VenueBehaviour,
    VenueFeature,
)
from oms.core.instructions import PLAIN, Instructions
from oms.core.venue_reasons import CxlRejReason, OrdRejReason


class Drive(Enum):
    """What a card may need the venue to be made to do; a venue that cannot be driven so is not shown these cards."""

    BUST = "bust an execution"
    CORRECT = "correct an execution"
    CANCEL = "cancel an order unasked"
    RESTATE = "take quantity off an order"
    SUSPEND = "suspend trading"
    AUCTION = "call and uncross an auction"
    HOLD = "hold requests as pending"
    DAY = "end a day and begin one"
    RESTART = "restart the venue"
    DUPLICATE = "send a report twice"
    TIME = "let the market's time pass"


@dataclass(frozen=True, slots=True)
class NewOrder:
    cl_ord_id: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    order_qty: int
    price: int | None
    instructions: Instructions = PLAIN
    symbol: str = ""
    poss_resend: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    cl_ord_id: str
    orig_cl_ord_id: str


@dataclass(frozen=True, slots=True)
class Replace:
    """`order_qty`: the total, what is executed included."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_qty: int
    price: int | None
    instructions: Instructions = PLAIN


@dataclass(frozen=True, slots=True)
class Status:
    cl_ord_id: str


@dataclass(frozen=True, slots=True)
class MassStatus:
    mass_status_req_id: str


@dataclass(frozen=True, slots=True)
class MassCancel:
    """FIX OrderMassCancelRequest: all orders of the session (530=7), or those in one `symbol` (530=1)."""

    cl_ord_id: str
    symbol: str = ""


Request = NewOrder | Cancel | Replace | Status | MassStatus | MassCancel


@dataclass(frozen=True, slots=True)
class Report:
    """FIX ExecutionReport. `order_id` "NONE": the venue has no such order."""

    exec_type: ExecType
    ord_status: OrdStatus
    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    exec_id: str
    exec_ref_id: str
    last_qty: int
    last_px: int
    cum_qty: int
    leaves_qty: int
    order_qty: int
    price: int | None
    day_order_qty: int
    day_cum_qty: int
    ord_rej_reason: OrdRejReason | None
    restatement: ExecRestatementReason | None
    text: str
    poss_dup: bool
    mass_status_req_id: str
    last_of_list: bool


@dataclass(frozen=True, slots=True)
class CancelReject:
    """FIX OrderCancelReject."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    ord_status: OrdStatus
    cxl_rej_reason: CxlRejReason
    text: str


@dataclass(frozen=True, slots=True)
class MassCancelReport:
    """FIX OrderMassCancelReport. `affected`: TotalAffectedOrders, None where the venue does not say it."""

    cl_ord_id: str
    accepted: bool
    affected: int | None
    text: str


Heard = Report | CancelReject | MassCancelReport


@dataclass(frozen=True, slots=True)
class Offer:
    """What the venue says of itself. `symbol`: what is traded; its book is the cards' alone. `price`: one that may be traded at, 50 ticks
    each way as well."""

    venue: str
    symbol: str
    price: int
    tick: int
    lot: int
    features: frozenset[VenueFeature]
    behaviours: frozenset[VenueBehaviour]
    drives: frozenset[Drive]


class AdapterError(Exception):
    """The adapter could not do what a card asked of it (no connection, an act refused); the text is one line."""


class Adapter(Protocol):
    """One session at the venue. Calls raise `AdapterError`."""

    @property
    def offer(self) -> Offer: ...

    def send(self, request: Request) -> None: ...

    def hear(self, timeout_s: float) -> Heard | None:
        """The next message about an order; None after the time."""

    def disconnect(self) -> None:
        """End the connection without a logout."""

    def connect(self) -> None:
        """Log on again; what was missed is heard after it."""

    def leave_gap(self) -> None:
        """Leave a number out, and return once the venue has asked for it and was answered."""

    def drive(self, drive: Drive, act: str, *, order: str = "", exec_id: str = "", qty: int = 0, px: int = 0) -> None:
        """Make the venue do something, see `Drive`; `act` where it has several ("call-open", "uncross", "hold", "release", …)."""

    def other(self) -> "Adapter":
        """Another member's session at the same venue, the same each time."""
