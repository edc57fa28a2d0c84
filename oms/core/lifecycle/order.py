"""One order, parent or child, as its chain of replacements stands: quantities, executions, standing, requests; and what is told of it.

Invariants:
- CumQty and Σ price × quantity are the sums over the executions that stand; the day's figures those over the day's (rules 3, 5, 21);
- LeavesQty = OrderQty − CumQty while the order lives, never below 0; 0 once it is Canceled, Expired, Rejected or Calculated, and once a
  day order is done for the day (rule 4);
- `base` is PENDING_NEW, NEW (it works: the quantity says the rest), or a state that closed the order for ever;
- a ClOrdID is in one place: in force, past, refused, or of a request without answer.

It does not know why anything happens: `oms.core.lifecycle.apply` does.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from oms.core.enums import ExecType, IntentKind, OrdStatus
from oms.core.lifecycle.executions import Executions
from oms.core.lifecycle.table import CLOSED, by_quantity, highest
from oms.core.venue_reasons import CxlRejReason

UNKNOWN_ORDER_ID = "NONE"
"""FIX tag 37 in the answer about an order that nobody knows."""

NO_EXECUTIONS = Executions()
"""Shared by all orders that have none: an order's executions are never changed in place."""


def _no_executions() -> Executions:
    return NO_EXECUTIONS


@dataclass(frozen=True, slots=True)
class Request:
    """A cancel or replace without answer. `pending`: somebody said that it pends; only then does it show in OrdStatus."""

    kind: IntentKind
    cl_ord_id: str
    orig_cl_ord_id: str
    order_qty: int
    price: int | None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """`cl_ord_id` is the last accepted (before the acknowledgement: the first); `requests` in the order they came.

    `good_till`: a GT order, which outlives its day. `conditions`: what lies over the standing (`oms.core.lifecycle.table`).
    `leg_canceled`: a replace by cancel and new is between the two. `notional`: Σ price × quantity behind AvgPx. Days: any rising integers.
    """

    order_id: str
    cl_ord_id: str
    order_qty: int
    price: int | None = None
    good_till: bool = False
    base: OrdStatus = OrdStatus.PENDING_NEW
    conditions: tuple[OrdStatus, ...] = ()
    requests: tuple[Request, ...] = ()
    past: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    leg_canceled: bool = False
    cum_qty: int = 0
    notional: int = 0
    day: int = 0
    day_cum_qty: int = 0
    day_notional: int = 0
    executions: Executions = field(default_factory=_no_executions)

    @property
    def closed(self) -> bool:
        return self.base in CLOSED

    @property
    def standing(self) -> OrdStatus:
        """How it stands, requests and doubt aside: the row of the table."""
        base, conditions = self.base, self.conditions
        if base in CLOSED:
            return base
        if base is OrdStatus.NEW:
            base = by_quantity(self.cum_qty, self.order_qty)
        if not conditions:
            return base
        return highest((base, *(c for c in conditions if c is not OrdStatus.UNKNOWN)))

    @property
    def ord_status(self) -> OrdStatus:
        """FIX tag 39: the highest of all states that apply (rule 2)."""
        if self.base in CLOSED:
            return highest((self.base, *self.conditions)) if self.conditions else self.base
        pending = tuple(_PENDING[r.kind] for r in self.requests if r.pending)
        if not pending and not self.conditions:
            return by_quantity(self.cum_qty, self.order_qty) if self.base is OrdStatus.NEW else self.base
        return highest((self.standing, *self.conditions, *pending))

    @property
    def leaves_qty(self) -> int:
        """FIX tag 151."""
        return self.leaves_of(self.order_qty)

    def leaves_of(self, order_qty: int) -> int:
        """What would be open of another OrderQty."""
        if self.base in CLOSED or OrdStatus.CALCULATED in self.conditions:
            return 0
        if OrdStatus.DONE_FOR_DAY in self.conditions and not self.good_till:
            return 0
        return max(0, order_qty - self.cum_qty)

    @property
    def overfill_qty(self) -> int:
        """Executed beyond the quantity (rule 34)."""
        return max(0, self.cum_qty - self.order_qty)

    def request(self, cl_ord_id: str) -> Request | None:
        """The request of this ClOrdID, if it has no answer yet."""
        return next((r for r in self.requests if r.cl_ord_id == cl_ord_id), None)

    def pends(self, kind: IntentKind) -> bool:
        """Whether such a request has no answer yet."""
        return any(r.kind is kind for r in self.requests)

    def knows(self, cl_ord_id: str) -> bool:
        """Whether the ClOrdID is used up in this chain."""
        return self.names(cl_ord_id) or cl_ord_id in self.refused

    def names(self, cl_ord_id: str) -> bool:
        """Whether a message about the order may name it so: in force, past, or of a request without answer."""
        return cl_ord_id == self.cl_ord_id or cl_ord_id in self.past or self.request(cl_ord_id) is not None

    @property
    def last_not_rejected(self) -> str:
        """What the next request's OrigClOrdID (tag 41) points at (rule 15)."""
        return self.requests[-1].cl_ord_id if self.requests else self.cl_ord_id


_PENDING = {IntentKind.CANCEL: OrdStatus.PENDING_CANCEL, IntentKind.REPLACE: OrdStatus.PENDING_REPLACE}


@dataclass(frozen=True, slots=True)
class Report:
    """What is told after an event: an ExecutionReport (35=8), or where `exec_type` is None an OrderCancelReject (35=9).

    `ord_status` says what the state is, `exec_type` why this is told; neither follows from the other (rule 1).
    `orig_cl_ord_id` is empty in a report that answers no request. `reason`: tag 103, 102 or 378, as the report is one.
    `notional` and `day_notional` are the exact sums behind AvgPx and DayAvgPx. `overfill_qty` above 0 asks for a break (rule 34).
    """

    exec_type: ExecType | None
    ord_status: OrdStatus
    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str = ""
    order_qty: int = 0
    price: int | None = None
    cum_qty: int = 0
    leaves_qty: int = 0
    notional: int = 0
    day_order_qty: int = 0
    day_cum_qty: int = 0
    day_notional: int = 0
    last_qty: int = 0
    last_px: int = 0
    exec_id: str = ""
    exec_ref_id: str = ""
    reason: int | None = None
    overfill_qty: int = 0

    @property
    def avg_px(self) -> Fraction:
        """FIX tag 6, exact; 0 without executions."""
        return Fraction(self.notional, self.cum_qty) if self.cum_qty else Fraction(0)

    @property
    def day_avg_px(self) -> Fraction:
        """FIX tag 426, exact; 0 without executions on this day."""
        return Fraction(self.day_notional, self.day_cum_qty) if self.day_cum_qty else Fraction(0)


def unknown_cancel(cl_ord_id: str, orig_cl_ord_id: str) -> Report:
    """The answer to a cancel or replace of an order that nobody knows (rule 9). OrigClOrdID is as asked, and not used up by it."""
    return Report(
        None, OrdStatus.REJECTED, UNKNOWN_ORDER_ID, cl_ord_id, orig_cl_ord_id, reason=CxlRejReason.UNKNOWN_ORDER
    )


def unknown_status(cl_ord_id: str) -> Report:
    """The answer to a status request about an order that nobody knows: no more than that (rule 32)."""
    return Report(ExecType.ORDER_STATUS, OrdStatus.REJECTED, UNKNOWN_ORDER_ID, cl_ord_id)
