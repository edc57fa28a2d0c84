"""Venues whose replace is a cancel and a new order: the quantities of one order, told in parts, as those of the whole chain.

Such a venue (`VenueBehaviour.REPLACES_BY_NEW_ORDER`) ends the order, begins another under a new OrderID (the replace's ClOrdID), and counts
from zero: OrderQty of a leg is what was left when it began. What came before it is the chain's total less that OrderQty, so that nothing
has to be remembered. The new OrderID is bound by its acknowledgement or by its first fill, whichever comes first; the old leg's cancel
is not the end of the order, but the new leg's refusal is.

It does not know what a report does (`oms.core.execution.reports`).
"""

from dataclasses import replace

from oms.core.enums import ExecType, IntentKind, OrdStatus, VenueBehaviour
from oms.core.execution.draft import Draft
from oms.core.execution.state import Child, Request
from oms.core.venue_messages import ReportReceived


def behaves(draft: Draft, child: Child, behaviour: VenueBehaviour) -> bool:
    """Whether the child's venue is of this kind."""
    venue = draft.state.reference.venues.get(child.terms.venue_id)
    return venue is not None and behaviour in venue.behaviours


def replace_named(child: Child, number: int) -> Request | None:
    """The replace without outcome that a ClOrdID with this number names."""
    request = child.requests.get(number)
    return request if request is not None and request.kind is IntentKind.REPLACE else None


def is_new_leg(child: Child, body: ReportReceived, number: int) -> bool:
    """Whether the report is about the order that a replace without outcome has begun, or was to begin."""
    return replace_named(child, number) is not None and body.venue_order_id != child.venue_order_id


def ends_old_leg(child: Child, body: ReportReceived, number: int) -> bool:
    """Whether a cancel is the first half of a replace: it names the replace, or nobody asked for a cancel while one is under way."""
    if body.exec_type is not ExecType.CANCELED or is_new_leg(child, body, number):
        return False
    if replace_named(child, number) is not None:
        return True
    return child.pending(IntentKind.REPLACE) is not None and child.pending(IntentKind.CANCEL) is None


def in_chain(child: Child, body: ReportReceived, number: int) -> ReportReceived | None:
    """The report with the chain's quantities; None: of a leg that is over, and nothing new.

    A fill of a leg that is over, told late, taken back or corrected, moves CumQty and leaves the rest as it is.
    """
    total = _total(child, body, number)
    if total is not None:
        base = max(0, total - body.order_qty) if body.order_qty else 0
        stated = body.cum_notional if not base else None  # the leg's own sum says nothing of the chain's
        return replace(body, cum_qty=body.cum_qty + base, order_qty=body.order_qty + base, cum_notional=stated)
    if body.exec_type not in (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT):
        return None
    cum_qty = child.cum_qty + _moved(child, body)
    return replace(
        body,
        venue_order_id=child.venue_order_id,
        ord_status=child.ord_status,
        cum_qty=cum_qty,
        leaves_qty=max(0, child.order_qty - cum_qty),
        order_qty=child.order_qty,
        price=child.price,
        cum_notional=None,
    )


def _moved(child: Child, body: ReportReceived) -> int:
    """By how much a fill of a leg that is over, or what became of it, moves CumQty."""
    if body.exec_type is ExecType.TRADE:
        return body.last_qty
    known = child.executions.standing.get(body.exec_ref_id)
    if known is None:
        return 0
    return (body.last_qty if body.exec_type is ExecType.TRADE_CORRECT else 0) - known.qty


def _total(child: Child, body: ReportReceived, number: int) -> int | None:
    """OrderQty of the chain as the leg that the report is about was to complete it; None for a leg that is over."""
    asked = replace_named(child, number)
    if asked is not None and body.venue_order_id != child.venue_order_id:
        return asked.order_qty
    if not child.venue_order_id or body.venue_order_id == child.venue_order_id:
        return child.order_qty
    return None


def leg_status(body: ReportReceived) -> OrdStatus:
    """What the order is between its old leg and its new one."""
    return OrdStatus.PENDING_REPLACE if body.cum_qty < body.order_qty else OrdStatus.FILLED
