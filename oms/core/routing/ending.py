"""How a parent ends: cancels of what is open, and the one change to a terminal status once nothing is.

A parent is terminal only when every child is confirmed terminal: until then it is PENDING_CANCEL, however long a child stays unknown.
It does not decide that a parent should end; it knows neither markets nor algorithms.
"""

from oms.core.enums import ExecRestatementReason, ExecType, IntentKind, OrdStatus
from oms.core.lifecycle.table import EXECUTIONS, Trigger, by_quantity, status_after
from oms.core.reasons import Reason
from oms.core.routing.draft import Draft
from oms.core.routing.state import Child, Parent
from oms.core.routing_events import ChildCancel, ParentChanged, ReplaceApplied
from oms.core.venue_reasons import CxlRejReason

CANCEL_ATTEMPTS_MAX = 3
"""Cancels sent for one child per request of ours; a venue that refuses them all ends the child in its own way, or a person asks again."""

_END_TYPES: dict[Trigger, ExecType] = {
    Trigger.CANCELED: ExecType.CANCELED,
    Trigger.REJECTED: ExecType.REJECTED,
    Trigger.EXPIRED: ExecType.EXPIRED,
    Trigger.COMPLETED: ExecType.ORDER_STATUS,
}


def tell(
    draft: Draft,
    parent: Parent,
    exec_type: ExecType,
    status: OrdStatus,
    cl_ord_id: str = "",
    reason: Reason | None = None,
    text: str = "",
    cancel_rejected: bool = False,
    orig_cl_ord_id: str = "",
    restatement: ExecRestatementReason | None = None,
    cxl_rej_reason: CxlRejReason | None = None,
) -> None:
    """One change of the parent for the desk, with the quantities in force. An empty ClOrdID: the accepted one."""
    terms = parent.terms
    draft.emit(
        ParentChanged(
            parent.order_id,
            cl_ord_id or terms.cl_ord_id,
            orig_cl_ord_id or terms.cl_ord_id,
            exec_type,
            status,
            terms.order_qty,
            terms.price,
            parent.cum_qty,
            0 if status.is_terminal else max(0, terms.order_qty - parent.cum_qty),
            parent.notional,
            cancel_rejected,
            reason,
            text,
            parent.day_order_qty,
            parent.day_cum_qty,
            parent.day_notional,
            restatement,
            cxl_rej_reason,
        )
    )


def move(draft: Draft, parent: Parent, trigger: Trigger, quantity_says: OrdStatus | None = None) -> OrdStatus:
    """The status that `trigger` leads to, by the table of all orders. A parent that has ended takes executions and nothing else.

    `quantity_says`: what the executed quantity says after it, where the parent does not have that quantity yet. More may be executed than
    is asked as long as a child is open, so a parent is FILLED only by COMPLETED, by its last fill with nothing open, or by a replace.
    """
    assert not parent.closed or trigger in EXECUTIONS, f"{trigger.name} of {parent.order_id}, which has ended"
    says = quantity_says or by_quantity(parent.cum_qty, parent.terms.order_qty)
    if parent.closed:
        return status_after(parent.status, trigger, says, ())
    standing = OrdStatus.PARTIALLY_FILLED if parent.cum_qty else OrdStatus.NEW
    if parent.done_for_day and parent.cum_qty < parent.terms.order_qty:
        standing = OrdStatus.DONE_FOR_DAY  # lies over the quantity until the next day, unless nothing is left
        says = says if says is OrdStatus.FILLED else standing
    return status_after(standing, trigger, says, _pending(parent))


def _pending(parent: Parent) -> list[OrdStatus]:
    cancel = [OrdStatus.PENDING_CANCEL] if parent.cancelling else []
    return [*cancel, OrdStatus.PENDING_REPLACE] if parent.pending_terms else cancel


def refuse(draft: Draft, parent: Parent, cl_ord_id: str, reason: Reason, text: str = "") -> None:
    """An OrderCancelReject of a request that was never started: the order is as it was."""
    tell(draft, parent, ExecType.ORDER_STATUS, parent.status, cl_ord_id, reason, text, cancel_rejected=True)


def refuse_pending_replace(draft: Draft, parent: Parent, reason: Reason, said: CxlRejReason | None = None) -> None:
    """`said`: by the venue that refused it."""
    pending = parent.pending_terms
    if pending is None:
        return
    draft.emit(ReplaceApplied(parent.order_id, pending.cl_ord_id, False, parent.terms.order_qty, parent.terms.price))
    status = move(draft, parent, Trigger.REQUEST_REJECTED)
    tell(
        draft,
        parent,
        ExecType.ORDER_STATUS,
        status,
        pending.cl_ord_id,
        reason,
        cancel_rejected=True,
        cxl_rej_reason=said,
    )


def ask_cancel(draft: Draft, child: Child) -> None:
    draft.emit(ChildCancel(child.order_id, child.child_id, child.requests + 1))


def cancel_open_children(draft: Draft, parent: Parent) -> None:
    """Ask for the end of every open child that is not being cancelled already."""
    for child in draft.open_children(parent):
        if child.pending is not IntentKind.CANCEL or child.cancels == 0:
            ask_cancel(draft, child)


def wind_down(
    draft: Draft,
    parent: Parent,
    reason: Reason | None,
    trigger: Trigger = Trigger.CANCELED,
    cl_ord_id: str = "",
    text: str = "",
) -> None:
    """End the parent: at once where nothing is open, else after its children. `reason` None: a person asked, by `cl_ord_id`."""
    draft.drop_work_timers(parent)
    if not parent.open_children:
        _end(draft, parent, reason, trigger, cl_ord_id, text)
        return
    draft.start_cancel(parent, cl_ord_id, reason)
    tell(draft, parent, ExecType.PENDING_CANCEL, move(draft, parent, Trigger.CANCEL_STARTED), cl_ord_id, reason, text)
    cancel_open_children(draft, parent)


def finish_cancel(draft: Draft, parent: Parent) -> None:
    """All children of a parent that is being cancelled have ended."""
    filled = parent.cum_qty >= parent.terms.order_qty
    if filled and parent.cancel_cl_ord_id:
        draft.drop_timers(parent)
        refuse_pending_replace(draft, parent, Reason.TOO_LATE_TO_CANCEL)
        status = move(draft, parent, Trigger.COMPLETED)
        tell(
            draft,
            parent,
            ExecType.ORDER_STATUS,
            status,
            parent.cancel_cl_ord_id,
            Reason.TOO_LATE_TO_CANCEL,
            cancel_rejected=True,
        )
    elif filled:
        finish_filled(draft, parent)
    else:
        trigger = Trigger.EXPIRED if parent.end_reason is Reason.VALIDITY_ENDED else Trigger.CANCELED
        _end(draft, parent, parent.end_reason, trigger, parent.cancel_cl_ord_id, "")


def finish_filled(draft: Draft, parent: Parent) -> None:
    """Everything is executed and nothing is open, where the last fill itself could not say FILLED."""
    _end(draft, parent, None, Trigger.COMPLETED, "", "")


def _end(draft: Draft, parent: Parent, reason: Reason | None, trigger: Trigger, cl_ord_id: str, text: str) -> None:
    draft.drop_timers(parent)
    refuse_pending_replace(draft, parent, reason or Reason.TOO_LATE_TO_CANCEL)
    if parent.closed:
        return  # everything under the old terms was executed: the refusal itself left it FILLED
    tell(draft, parent, _END_TYPES[trigger], move(draft, parent, trigger), cl_ord_id, reason, text)
