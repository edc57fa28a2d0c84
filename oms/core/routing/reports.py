"""What became of children, as execution says it, and what follows for their parent.

Fills are booked once each, by (venue, exec id), and always: late, beyond the quantity, under any status. A status reply is never a fill.
A child whose outcome is unknown stays open, and so does its parent: also one of which nothing is left by our count. A venue may be taking
back what fills it, in a message that is still on its way: execution asks, and says how it ended.
A fill that the venue corrects or takes back (a bust) moves CumQty and Σ price × quantity by the exact difference, once per ExecID, always.
What it takes from an order that still works is planned again, like anything else that is not executed. What it takes from one that was
FILLED is not: the order is shown PARTIALLY_FILLED (rule 20 of the order behaviours), and ends as CANCELED in the same record with a reason
(TRADE_TAKEN_BACK). A bust comes minutes or days later, its order's children are gone, its mandate was judged at another market: whoever
still wants the quantity sends a new order.

How a child's end is read:
    FILLED                                   nothing more than its quantity; of which a venue may have declined a part, so that a status
                                             reply can be what tells it
    came back short (IOC, FOK, market)       the rest is planned again; DIRECT: the order ends
    cancelled or expired unasked at rest     the order ends: somebody at the venue meant it
    a DAY child expired, of an order that
    lives for days                           the venue has closed: the order goes on with its next day
    refused by the venue, or no session      the venue is left out and the rest planned again; DIRECT: the order ends
    never reached the venue                  planned again under a new child number
    stopped by execution (halt, good-until,
    a person who closed a break)             the order ends with that reason; a TWAP keeps the quantity for its next slice
    taken off the venue by a mass cancel     the venue is left for good and the rest planned again; DIRECT: the order ends
"""

from oms.core.enums import (
    Algorithm,
    ExecType,
    IntentKind,
    Liquidity,
    OrdStatus,
    TimeInForce,
    TriggerBasis,
    TriggerKind,
)
from oms.core.execution_events import ChildReport, ChildRequestRejected, ChildUnsent, FillCorrected, FillSuperseded
from oms.core.lifecycle.table import Trigger, by_quantity
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reconciliation.fills import superseding_id
from oms.core.routing.draft import Draft
from oms.core.routing.ending import (
    ask_cancel,
    cancel_open_children,
    finish_cancel,
    finish_filled,
    move,
    tell,
    wind_down,
)
from oms.core.routing.forgotten import tell_forgotten, whose_of
from oms.core.routing.placing import place_again
from oms.core.routing.refusing import go_on_if_refused, on_cancel_refused, on_replace_refused, try_again_later
from oms.core.routing.requests import apply_replace
from oms.core.routing.state import Child, Parent, open_leaves
from oms.core.routing.triggers import waits_for_stop
from oms.core.routing.validity import trade_date_of
from oms.core.routing.work import by_router, follows
from oms.core.routing_events import ChildClosed, ParentTraded, TradeCorrected, TradeSuperseded, VenueWithdrawn
from oms.core.trigger_events import ChildReplaced, Triggered


def on_report(draft: Draft, report: ChildReport, corrected_next: bool = False) -> None:
    """`corrected_next`: a correction of this trade came before it and follows in the same record: only then is it seen whether the child
    has anything left."""
    child = draft.child(report.child_id)
    if child is None:
        if report.exec_type is ExecType.TRADE and report.last_qty > 0:
            tell_forgotten(draft, report)
        return
    if report.exec_type is ExecType.ORDER_STATUS and not report.ends:
        return
    parent = draft.state.parents[child.order_id]
    if report.exec_type is ExecType.TRADE:
        _book(draft, parent, child, report, corrected_next)
    elif report.exec_type is ExecType.TRIGGERED:
        _triggered_at_venue(draft, parent, report)
    elif report.exec_type is ExecType.REPLACED and child.replace_qty:
        if follows(parent, child):
            draft.emit(ChildReplaced(child.order_id, child.child_id, child.replace_qty, child.replace_price))
        elif parent.pending_terms is not None:
            apply_replace(draft, parent)
        if parent.cancelling and child.leaves_qty and child.pending is not IntentKind.CANCEL:
            ask_cancel(draft, child)  # it was filled, and has more again
    if child.closed:
        return
    if report.ends:
        terminal = report.ord_status.is_terminal  # else it is done for a day that was its only one
        ended = report.ord_status if terminal else OrdStatus.EXPIRED
        _child_ended(draft, parent, child, ended, report.reason, report.text)
    elif _is_filled(child, report.ord_status) and not corrected_next:
        _child_ended(draft, parent, child, OrdStatus.FILLED, None)


def _triggered_at_venue(draft: Draft, parent: Parent, report: ChildReport) -> None:
    """The venue works the stop natively, and says that it was met."""
    i = parent.terms.instructions
    if parent.closed or not waits_for_stop(parent):
        return
    trails = i.peg is not None
    draft.emit(
        Triggered(
            parent.order_id,
            TriggerKind.TRAILING_STOP if trails else TriggerKind.STOP,
            TriggerBasis.VENUE,
            i.stop_px or 0,
            0,
            0,
            report.venue_id,
            "",
            0,
            0,
            -1,
            report.transact_ns,
        )
    )
    tell(draft, parent, ExecType.TRIGGERED, move(draft, parent, Trigger.TRIGGERED))


def on_superseded(draft: Draft, event: FillSuperseded) -> None:
    """A real trade took the place of an inferred one: quantities, status and children stay, what was paid is corrected."""
    child = draft.child(event.child_id)
    key = superseding_id(event.exec_id, event.inferred_exec_id)
    if child is None:
        tell_forgotten(draft, event)
        return
    if draft.has_booked(child.order_id, event.venue_id, key):
        return
    parent = draft.state.parents[child.order_id]
    dearer = event.last_qty * (event.last_px - event.inferred_px)
    today = draft.counts_today(parent.order_id, event.venue_id, event.inferred_exec_id)
    draft.emit(
        TradeSuperseded(
            parent.order_id,
            parent.terms.cl_ord_id,
            child.child_id,
            event.venue_id,
            event.exec_id,
            event.inferred_exec_id,
            event.last_qty,
            event.last_px,
            event.inferred_px,
            event.liquidity or Liquidity.REMOVED,
            parent.cum_qty,
            0 if parent.closed else max(0, parent.terms.order_qty - parent.cum_qty),
            Amount(parent.notional + dearer),
            parent.status,
            event.transact_ns,
            parent.day_order_qty,
            parent.day_cum_qty,
            Amount(parent.day_notional + (dearer if today else 0)),
            whose_of(parent),
        )
    )


def on_corrected(draft: Draft, event: FillCorrected) -> None:
    child = draft.child(event.child_id)
    if child is None:
        tell_forgotten(draft, event)
        return
    if draft.has_booked(child.order_id, event.venue_id, event.exec_id):
        return
    parent = draft.state.parents[child.order_id]
    was_closed = parent.closed
    _correct(draft, parent, child, event)
    if was_closed:
        if not parent.closed:
            wind_down(draft, parent, Reason.TRADE_TAKEN_BACK, text=f"{event.exec_type.name} of {event.exec_ref_id}")
        return
    if parent.cum_qty + open_leaves(draft.state, parent) > parent.mandated_qty:
        cancel_open_children(draft, parent)
    if child.closed:
        settle(draft, parent)
    elif event.ord_status.is_terminal or _is_filled(child, event.ord_status):
        _child_ended(draft, parent, child, OrdStatus.FILLED, None)
    elif parent.cancelling:
        try_again_later(draft, parent)  # all of it was executed, and no cancel asked for


def _correct(draft: Draft, parent: Parent, child: Child, event: FillCorrected) -> None:
    order_qty, cum_qty = parent.terms.order_qty, parent.cum_qty + event.new_qty - event.old_qty
    says = by_quantity(cum_qty, order_qty)
    if says is OrdStatus.FILLED and not parent.closed:
        says = OrdStatus.PARTIALLY_FILLED  # a child may still be open: that none is, COMPLETED says
    trigger = Trigger.TRADE_CORRECTED if event.new_qty else Trigger.TRADE_CANCELED
    dearer = event.new_qty * event.new_px - event.old_qty * event.old_px
    today = draft.counts_today(parent.order_id, event.venue_id, event.exec_ref_id)
    day_cum_qty = parent.day_cum_qty + (event.new_qty - event.old_qty if today else 0)
    whose = whose_of(parent)
    status = move(draft, parent, trigger, says)
    draft.emit(
        TradeCorrected(
            parent.order_id,
            parent.terms.cl_ord_id,
            child.child_id,
            event.venue_id,
            event.exec_type,
            event.exec_id,
            event.exec_ref_id,
            event.old_qty,
            event.old_px,
            event.new_qty,
            event.new_px,
            event.liquidity,
            cum_qty,
            0 if status.is_terminal else max(0, order_qty - cum_qty),
            Amount(parent.notional + dearer),
            status,
            event.transact_ns,
            event.text,
            order_qty - cum_qty + day_cum_qty if parent.trade_date else 0,
            day_cum_qty,
            Amount(parent.day_notional + (dearer if today else 0)),
            whose,
        )
    )


def on_unsent(draft: Draft, unsent: ChildUnsent) -> None:
    child = draft.child(unsent.child_id)
    if child is not None and not child.closed:
        withdrawn = unsent.reason in (Reason.WITHDRAWN_UNSENT, Reason.WITHDRAWN_FROM_VENUE)
        status = OrdStatus.CANCELED if withdrawn else OrdStatus.REJECTED
        _child_ended(draft, draft.state.parents[child.order_id], child, status, unsent.reason, unsent.text)


def on_request_rejected(draft: Draft, rejected: ChildRequestRejected) -> None:
    child = draft.child(rejected.child_id)
    if child is None or child.closed:
        return
    # Records of before say no status: of those only the reason tells.
    in_doubt = rejected.ord_status is OrdStatus.UNKNOWN or rejected.reason is Reason.OUTCOME_UNKNOWN
    if rejected.kind is IntentKind.REPLACE and child.cum_qty >= child.order_qty and not in_doubt:
        # All was executed while the replace was pending: that it could still change was the only thing that kept the child open.
        _child_ended(draft, draft.state.parents[child.order_id], child, OrdStatus.FILLED, None)
        return
    if not 0 < rejected.request <= child.requests:
        return  # 0 is one that execution made on its own
    parent = draft.state.parents[child.order_id]
    if rejected.kind is IntentKind.CANCEL:
        if rejected.request == child.requests and child.pending is IntentKind.CANCEL:  # only the newest matters
            on_cancel_refused(draft, parent, child, rejected)
    elif rejected.kind is IntentKind.REPLACE and child.replace_qty:  # a cancel may have followed it
        on_replace_refused(draft, parent, child, rejected)


def settle(draft: Draft, parent: Parent, places: bool = True) -> None:
    """Something of the parent ended: take the next step of whatever it is in the middle of. `places`: whether that may be a new child."""
    if parent.closed:
        draft.drop_timers(parent)
    elif parent.cancelling:
        if parent.open_children:
            go_on_if_refused(draft, parent)
        else:
            finish_cancel(draft, parent)
    elif parent.pending_terms is not None:
        if not parent.open_children:
            apply_replace(draft, parent)
    elif parent.cum_qty >= parent.terms.order_qty:
        if not parent.open_children:
            finish_filled(draft, parent)
    elif places and parent.opened.algorithm is not Algorithm.TWAP and all(c.rests for c in draft.open_children(parent)):
        place_again(draft, parent)


def _book(draft: Draft, parent: Parent, child: Child, report: ChildReport, corrected_next: bool) -> None:
    if report.last_qty <= 0 or draft.has_booked(parent.order_id, report.venue_id, report.exec_id):
        return
    cum_qty = parent.cum_qty + report.last_qty
    trade_date = trade_date_of(draft, parent, report.transact_ns)
    today = bool(trade_date) and trade_date == parent.trade_date
    day_cum_qty = parent.day_cum_qty + (report.last_qty if today else 0)
    left = child.leaves_qty - report.last_qty
    in_doubt = corrected_next or report.ord_status is OrdStatus.UNKNOWN
    filled = left <= 0 and not child.replace_qty and not in_doubt
    ends_child = child.closed or report.ends or filled
    alone = ends_child and all(c == child.child_id for c in parent.open_children)
    whose = whose_of(parent)
    last = alone and cum_qty >= parent.terms.order_qty
    status = move(draft, parent, Trigger.TRADED, OrdStatus.FILLED if last else OrdStatus.PARTIALLY_FILLED)
    draft.emit(
        ParentTraded(
            parent.order_id,
            parent.terms.cl_ord_id,
            child.child_id,
            report.venue_id,
            report.exec_id,
            report.last_qty,
            report.last_px,
            report.liquidity or Liquidity.REMOVED,
            cum_qty,
            0 if status.is_terminal else max(0, parent.terms.order_qty - cum_qty),
            Amount(parent.notional + report.last_qty * report.last_px),
            status,
            report.transact_ns,
            report.inferred,
            parent.terms.order_qty - cum_qty + day_cum_qty if trade_date else 0,
            day_cum_qty,
            Amount(parent.day_notional + (report.last_qty * report.last_px if today else 0)),
            trade_date,
            whose,
        )
    )
    if not parent.closed and parent.cum_qty + open_leaves(draft.state, parent) > parent.mandated_qty:
        cancel_open_children(draft, parent)  # a fill after its child's end: what replaced the child is now too much
    if child.closed:
        settle(draft, parent)


def _is_filled(child: Child, says: OrdStatus) -> bool:
    """`says`: execution's status of it, which is UNKNOWN where the venue's count is not ours."""
    return child.leaves_qty == 0 and child.replace_qty == 0 and says is not OrdStatus.UNKNOWN


def _child_ended(
    draft: Draft, parent: Parent, child: Child, status: OrdStatus, reason: Reason | None, text: str = ""
) -> None:
    """`text`: the venue's own words, or execution's; the order says them where it ends for that."""
    asked = child.pending is IntentKind.CANCEL
    if reason is Reason.WITHDRAWN_FROM_VENUE and parent.opened.algorithm is not Algorithm.DIRECT:
        draft.emit(VenueWithdrawn(parent.order_id, child.venue_id, (child.child_id,)))
    why = (
        None
        if status is OrdStatus.FILLED or (asked and status is OrdStatus.CANCELED)
        else reason or _VENUE_REASONS[status]
    )
    gone = parent.cancelling and status is not OrdStatus.FILLED
    draft.emit(ChildClosed(parent.order_id, child.child_id, status, child.cum_qty, why, gone))
    routed = by_router(draft.state.reference, parent)
    end = None if parent.closed or parent.cancelling else _end_of_parent(parent, child, status, why, routed)
    if end is None:
        settle(draft, parent, places=not _ended_with_the_day(parent, child, status))
    else:
        wind_down(draft, parent, end[0], end[1], text=text if end[0] is why else "")


_VENUE_REASONS = {
    OrdStatus.CANCELED: Reason.VENUE_CANCELED,
    OrdStatus.EXPIRED: Reason.VENUE_EXPIRED,
    OrdStatus.REJECTED: Reason.VENUE_REJECTED,
}

_STOPPED_BY_EXECUTION = (
    Reason.HALTED_AT_EXECUTION,
    Reason.GOOD_UNTIL_PASSED_AT_EXECUTION,
    Reason.ENDED_BY_HAND,
    Reason.WITHDRAWN_FROM_VENUE,
)


def _ended_with_the_day(parent: Parent, child: Child, status: OrdStatus) -> bool:
    """A venue's close came, perhaps before ours, for an order that goes on tomorrow."""
    return status is OrdStatus.EXPIRED and child.time_in_force is TimeInForce.DAY and parent.lives_for_days


def _end_of_parent(
    parent: Parent, child: Child, status: OrdStatus, why: Reason | None, routed: bool
) -> tuple[Reason, Trigger] | None:
    """Why and how this child's end ends its parent; None where the parent goes on."""
    direct = parent.opened.algorithm is Algorithm.DIRECT
    if parent.opened.algorithm is Algorithm.TWAP or why is None or why is Reason.NEVER_REACHED_VENUE:
        return None
    if why is Reason.WITHDRAWN_FROM_VENUE and not direct:
        return None
    if _ended_with_the_day(parent, child, status):
        return None
    if why in _STOPPED_BY_EXECUTION:
        return why, Trigger.CANCELED
    if status is OrdStatus.REJECTED:
        # Refused is what never was taken: not what has executed, is being replaced, or was done for a day already.
        taken = parent.cum_qty or parent.pending_terms or parent.done_for_day
        return (why, Trigger.CANCELED if taken else Trigger.REJECTED) if direct else None
    if child.rests:
        return why, Trigger.EXPIRED if status is OrdStatus.EXPIRED else Trigger.CANCELED
    if not direct or routed:
        return None
    return Reason.FOK_NOT_FILLABLE if child.time_in_force is TimeInForce.FOK else Reason.NO_LIQUIDITY, Trigger.CANCELED
