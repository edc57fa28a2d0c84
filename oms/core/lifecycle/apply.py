"""`apply`: an order and an event give the order after it and what to tell, or an anomaly, and then the order is as it was (rule 36).

Three things happen, in this order, and the first that cannot be stops all:
    1. does the event fit the order (its ClOrdID, its request, its execution)?
    2. may it happen to an order that stands so? `oms.core.lifecycle.table` says, and says what begins to apply;
    3. quantities and requests follow.

What a report names:
- a fill, a bust, anything that answers no request: the ClOrdID in force, that is the last accepted (rule 15), with its quantity and price
  also while a replace pends (rule 7);
- an answer to a request: the request's ClOrdID, and as OrigClOrdID the last accepted before it;
- that a replace pends: the quantity of what it replaces. In a chain this is the replace before it, which nobody has accepted yet
  (matrix D.2.b): the answer shows what the order is if what was asked before is granted.

It does not know who sends the events, or whom the reports are for.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

from oms.core.enums import ExecType, IntentKind, OrdStatus
from oms.core.lifecycle import events as e
from oms.core.lifecycle.executions import Change, ExecutionFault, Refusal
from oms.core.lifecycle.order import Order, Report, Request, unknown_cancel
from oms.core.lifecycle.table import BY_QTY, CLOSED, CONDITIONS, ENDS, NO_PROOF, Trigger, row_of
from oms.core.venue_reasons import CxlRejReason, OrdRejReason


class AnomalyKind(IntEnum):
    """Why an event changes nothing."""

    IMPOSSIBLE_IN_STATE = 1
    UNKNOWN_REQUEST = 2
    WRONG_CL_ORD_ID = 3
    NOTHING_TO_END = 4
    QTY_NOT_POSITIVE = 5
    REPEATED_EXEC_ID = 6
    UNKNOWN_EXECUTION = 7
    SUPERSEDED_EXECUTION = 8
    BUSTED_EXECUTION = 9
    FRACTIONAL_QTY = 10
    DAY_NOT_LATER = 11
    NO_REPLACE_PENDING = 12


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A record for people: nothing was changed, nothing goes downstream but this."""

    kind: AnomalyKind
    what: str


Outcome = tuple[Order, Report | None] | Anomaly
"""The order after the event with what is told (None: nothing), or why nothing happened."""

_FAULTS = {
    ExecutionFault.REPEATED_EXEC_ID: AnomalyKind.REPEATED_EXEC_ID,
    ExecutionFault.QTY_NOT_POSITIVE: AnomalyKind.QTY_NOT_POSITIVE,
    ExecutionFault.UNKNOWN_REFERENCE: AnomalyKind.UNKNOWN_EXECUTION,
    ExecutionFault.SUPERSEDED_REFERENCE: AnomalyKind.SUPERSEDED_EXECUTION,
    ExecutionFault.BUSTED_REFERENCE: AnomalyKind.BUSTED_EXECUTION,
}

_TOLD: dict[type, tuple[Trigger, ExecType]] = {
    e.PendingNew: (Trigger.PENDING_NEW, ExecType.PENDING_NEW),
    e.Expired: (Trigger.EXPIRED, ExecType.EXPIRED),
    e.DoneForDay: (Trigger.DONE_FOR_DAY, ExecType.DONE_FOR_DAY),
    e.Calculated: (Trigger.CALCULATED, ExecType.CALCULATED),
    e.Suspended: (Trigger.SUSPENDED, ExecType.SUSPENDED),
    e.Triggered: (Trigger.TRIGGERED, ExecType.TRIGGERED),
    e.Lost: (Trigger.LOST, ExecType.ORDER_STATUS),
    e.Found: (Trigger.FOUND, ExecType.ORDER_STATUS),
}
"""Events that change the standing alone."""


def apply(order: Order, event: e.OrderEvent) -> Outcome:
    """The order after the event and what is told of it; or an `Anomaly`."""
    match event:
        case e.Traded():
            return _traded(order, event)
        case e.TradeCorrected() | e.TradeCanceled():
            return _execution_changed(order, event)
        case e.Requested():
            return _requested(order, event)
        case e.RequestPending():
            return _request_pending(order, event)
        case e.Replaced():
            return _replaced(order, event.cl_ord_id)
        case e.RequestRejected():
            return _request_rejected(order, event)
        case e.Accepted():
            if event.cl_ord_id and event.cl_ord_id != order.cl_ord_id:
                return _replaced(order, event.cl_ord_id)
            return _told(order, Trigger.ACCEPTED, ExecType.NEW)
        case e.Rejected():
            return _told(order, Trigger.REJECTED, ExecType.REJECTED, event.reason)
        case e.Canceled():
            return _canceled(order, event)
        case e.Stopped():
            return _stopped(order, event)
        case e.Resumed():
            return _told(order, Trigger.RESUMED, event.exec_type, event.reason)
        case e.Restated():
            return _restated(order, event)
        case e.LegCanceled():
            return _leg_canceled(order)
        case e.DayStarted():
            return _day_started(order, event)
        case e.StatusAsked() | e.SentAgain():
            return _asked(order, event)
        case (
            e.PendingNew()
            | e.Expired()
            | e.DoneForDay()
            | e.Calculated()
            | e.Suspended()
            | e.Triggered()
            | e.Lost()
            | e.Found()
        ):
            return _told(order, *_TOLD[type(event)])


def report_of(
    order: Order,
    exec_type: ExecType | None,
    cl_ord_id: str = "",
    orig_cl_ord_id: str = "",
    *,
    reason: int | None = None,
    last_qty: int = 0,
    last_px: int = 0,
    exec_id: str = "",
    exec_ref_id: str = "",
) -> Report:
    """The order's present figures, told for this reason. Without ClOrdID: under the one in force."""
    cum_qty = order.cum_qty
    return Report(
        exec_type,
        order.ord_status,
        order.order_id,
        cl_ord_id or order.cl_ord_id,
        orig_cl_ord_id,
        order.order_qty,
        order.price,
        cum_qty,
        order.leaves_qty,
        order.notional,
        order.order_qty - (cum_qty - order.day_cum_qty),
        order.day_cum_qty,
        order.day_notional,
        last_qty,
        last_px,
        exec_id,
        exec_ref_id,
        reason,
        order.overfill_qty,
    )


# --- standing


def _moved(order: Order, trigger: Trigger) -> Order | Anomaly:
    """What the table says; quantities and requests are as before."""
    filled = order.cum_qty >= order.order_qty
    row = row_of(order.standing, order.good_till, filled)
    if trigger not in row:
        return Anomaly(AnomalyKind.IMPOSSIBLE_IN_STATE, f"{trigger.name} of an order that is {order.standing.name}")
    begins, base, conditions = row[trigger], order.base, order.conditions
    if begins in CONDITIONS:
        conditions = (*(c for c in conditions if c is not begins), begins)
        base = OrdStatus.NEW if base is OrdStatus.PENDING_NEW and begins is not OrdStatus.UNKNOWN else base
    elif begins is BY_QTY:
        base = OrdStatus.NEW
    else:
        base = begins
        if base in CLOSED and not order.closed:
            conditions = ()
    named = ENDS.get(trigger, _NOTHING)
    if trigger in _MUST_END and named.isdisjoint(conditions):
        return Anomaly(AnomalyKind.NOTHING_TO_END, f"{trigger.name} of an order that is {order.ord_status.name}")
    if conditions:
        if trigger is Trigger.DAY_STARTED and (filled or order.closed or not order.good_till):
            named = _NOTHING  # a new day is one only for what goes on trading
        ended = named if trigger in NO_PROOF else named | _DOUBT
        conditions = tuple(c for c in conditions if c not in ended)
    if base is order.base and conditions == order.conditions:
        return order
    return replace(order, base=base, conditions=conditions)


_MUST_END = (Trigger.RESUMED, Trigger.FOUND)
"""Without the condition that they end they say something that is not so."""

_NOTHING: frozenset[OrdStatus] = frozenset()
_DOUBT = frozenset({OrdStatus.UNKNOWN})


def _told(order: Order, trigger: Trigger, exec_type: ExecType, reason: int | None = None) -> Outcome:
    moved = _moved(order, trigger)
    if isinstance(moved, Anomaly):
        return moved
    return moved, report_of(moved, exec_type, reason=reason)


def _stopped(order: Order, event: e.Stopped) -> Outcome:
    moved = _moved(order, Trigger.STOPPED)
    if isinstance(moved, Anomaly):
        return moved
    return moved, report_of(moved, event.exec_type, last_qty=event.qty, last_px=event.px)


def _asked(order: Order, event: e.StatusAsked | e.SentAgain) -> Outcome:
    """Nothing changes. The answer names the order as the question did."""
    asked = event.cl_ord_id or order.cl_ord_id
    if not order.knows(asked):
        return Anomaly(AnomalyKind.WRONG_CL_ORD_ID, f"{asked} is no ClOrdID of {order.order_id}")
    if isinstance(event, e.SentAgain) and not (event.poss_resend and event.same_content):
        return order, report_of(order, ExecType.REJECTED, asked, reason=OrdRejReason.DUPLICATE_ORDER)
    orig = "" if asked == order.cl_ord_id or asked in order.past else order.cl_ord_id
    return order, report_of(order, ExecType.ORDER_STATUS, asked, orig)


# --- executions


def _traded(order: Order, event: e.Traded) -> Outcome:
    named = event.cl_ord_id
    if named and named != order.cl_ord_id:
        request = order.request(named)
        if request is not None and request.kind is IntentKind.REPLACE:
            bound = _replaced(order, named)
            if isinstance(bound, Anomaly):
                return bound
            order = bound[0]
        elif not order.names(named):
            return Anomaly(AnomalyKind.WRONG_CL_ORD_ID, f"{named} is no ClOrdID of {order.order_id}")
    change = order.executions.booking(event.exec_id, event.qty, event.px, order.day)
    return _executed(order, change, Trigger.TRADED, ExecType.TRADE)


def _execution_changed(order: Order, event: e.TradeCorrected | e.TradeCanceled) -> Outcome:
    if isinstance(event, e.TradeCanceled):
        change = order.executions.busting(event.exec_ref_id, event.exec_id)
        return _executed(order, change, Trigger.TRADE_CANCELED, ExecType.TRADE_CANCEL)
    change = order.executions.correction(event.exec_ref_id, event.exec_id, event.qty, event.px)
    return _executed(order, change, Trigger.TRADE_CORRECTED, ExecType.TRADE_CORRECT)


def _executed(order: Order, change: Change | Refusal, trigger: Trigger, exec_type: ExecType) -> Outcome:
    """Take a change of the executions. A bust reports no quantity and no price of its own (tags 32, 31 are 0)."""
    if isinstance(change, Refusal):
        return Anomaly(_FAULTS[change.fault], str(change))
    moved = _moved(order, trigger)
    if isinstance(moved, Anomaly):
        return moved
    today = change.day == order.day
    after = replace(
        moved,
        cum_qty=moved.cum_qty + change.delta_qty,
        notional=moved.notional + change.delta_notional,
        day_cum_qty=moved.day_cum_qty + (change.delta_qty if today else 0),
        day_notional=moved.day_notional + (change.delta_notional if today else 0),
        executions=moved.executions.after(change),
    )
    stands = change.stands
    return after, report_of(
        after,
        exec_type,
        last_qty=stands.qty if stands else 0,
        last_px=stands.px if stands else 0,
        exec_id=change.exec_id,
        exec_ref_id=change.exec_ref_id,
    )


# --- requests


REQUESTS_MAX = 16
"""Requests of one kind without answer: nobody chains more by hand, and a program that does has lost count. Replaces block no cancel."""

CHAIN_MAX = 10_000
"""ClOrdIDs of one chain: a replace every two seconds of a trading day. A cancel is never refused for it."""


def _requested(order: Order, event: e.Requested) -> Outcome:
    """Keep the request until it is answered. One that could not be told from another is refused at once, and not kept."""
    cl_ord_id, orig = event.cl_ord_id, event.orig_cl_ord_id or order.last_not_rejected
    if order.knows(cl_ord_id):
        return order, report_of(order, None, cl_ord_id, order.cl_ord_id, reason=CxlRejReason.DUPLICATE_CL_ORD_ID)
    if not order.names(orig):
        return order, unknown_cancel(cl_ord_id, orig)
    if event.kind is IntentKind.REPLACE and event.order_qty <= 0:
        return Anomaly(AnomalyKind.QTY_NOT_POSITIVE, f"replace {cl_ord_id} asks for {event.order_qty}")
    if sum(r.kind is event.kind for r in order.requests) >= REQUESTS_MAX:
        return order, report_of(order, None, cl_ord_id, order.cl_ord_id, reason=CxlRejReason.ALREADY_PENDING)
    if event.kind is IntentKind.REPLACE and len(order.past) + len(order.refused) >= CHAIN_MAX:
        return order, report_of(order, None, cl_ord_id, order.cl_ord_id, reason=CxlRejReason.BROKER_OPTION)
    request = Request(event.kind, cl_ord_id, orig, event.order_qty, event.price)
    moved = _moved(order, Trigger.REQUESTED)
    return moved if isinstance(moved, Anomaly) else (replace(moved, requests=(*moved.requests, request)), None)


_STARTS = {
    IntentKind.CANCEL: (Trigger.CANCEL_STARTED, ExecType.PENDING_CANCEL),
    IntentKind.REPLACE: (Trigger.REPLACE_STARTED, ExecType.PENDING_REPLACE),
}


def _request_pending(order: Order, event: e.RequestPending) -> Outcome:
    request = order.request(event.cl_ord_id)
    if request is None:
        return _no_request(order, event.cl_ord_id)
    trigger, exec_type = _STARTS[request.kind]
    moved = _moved(order, trigger)
    if isinstance(moved, Anomaly):
        return moved
    requests = tuple(replace(r, pending=True) if r is request else r for r in moved.requests)
    moved = replace(moved, requests=requests)
    report = report_of(moved, exec_type, request.cl_ord_id, moved.cl_ord_id)
    before = _replace_before(moved, request)
    if before is None:
        return moved, report
    order_qty = max(before.order_qty, moved.cum_qty)
    return moved, replace(
        report,
        order_qty=order_qty,
        price=before.price,
        leaves_qty=moved.leaves_of(order_qty),
        day_order_qty=order_qty - (moved.cum_qty - moved.day_cum_qty),
    )


def _replace_before(order: Order, request: Request) -> Request | None:
    """The unanswered replace that this request builds on, None where it builds on the order in force."""
    before = order.request(request.orig_cl_ord_id)
    while before is not None and before.kind is not IntentKind.REPLACE:
        before = order.request(before.orig_cl_ord_id)
    return before


def _replaced(order: Order, cl_ord_id: str) -> Outcome:
    """The order goes on as the request says, and no further (rules 11, 12); executed quantity stays executed (rule 13).

    What the request built on is granted with it, whether or not anybody said so.
    """
    request = order.request(cl_ord_id)
    if request is None or request.kind is not IntentKind.REPLACE:
        return _no_request(order, cl_ord_id)
    moved = _moved(order, Trigger.REPLACED)
    if isinstance(moved, Anomaly):
        return moved
    granted, before = [request.cl_ord_id], _replace_before(moved, request)
    while before is not None:
        granted.append(before.cl_ord_id)
        before = _replace_before(moved, before)
    after = replace(
        moved,
        cl_ord_id=request.cl_ord_id,
        order_qty=max(request.order_qty, moved.cum_qty),
        price=request.price,
        requests=tuple(r for r in moved.requests if r.cl_ord_id not in granted),
        past=(*moved.past, moved.cl_ord_id, *reversed(granted[1:])),
        leg_canceled=False,
    )
    return after, report_of(after, ExecType.REPLACED, request.cl_ord_id, order.cl_ord_id)


def _request_rejected(order: Order, event: e.RequestRejected) -> Outcome:
    """The order is what it was before the request (rule 17); a replace whose old order is gone at the venue ends it."""
    request = order.request(event.cl_ord_id)
    if request is None:
        return _no_request(order, event.cl_ord_id)
    moved = _moved(order, Trigger.REQUEST_REJECTED)
    if isinstance(moved, Anomaly):
        return moved
    after = replace(
        moved,
        requests=tuple(r for r in moved.requests if r is not request),
        refused=(*moved.refused, request.cl_ord_id),
    )
    if after.leg_canceled and not after.closed and not after.pends(IntentKind.REPLACE):
        ended = _moved(after, Trigger.CANCELED)
        if isinstance(ended, Anomaly):
            return ended
        after = replace(ended, leg_canceled=False)
    return after, report_of(after, None, request.cl_ord_id, after.cl_ord_id, reason=event.reason)


def _canceled(order: Order, event: e.Canceled) -> Outcome:
    named = event.cl_ord_id if event.cl_ord_id != order.cl_ord_id else ""
    if named and order.request(named) is None:
        return _no_request(order, named)
    moved = _moved(order, Trigger.CANCELED)
    if isinstance(moved, Anomaly):
        return moved
    if not named:
        return moved, report_of(moved, ExecType.CANCELED, reason=event.reason)
    after = replace(
        moved,
        cl_ord_id=named if event.renames else moved.cl_ord_id,
        requests=tuple(r for r in moved.requests if r.cl_ord_id != named),
        past=(*moved.past, moved.cl_ord_id if event.renames else named),
        leg_canceled=False,
    )
    return after, report_of(after, ExecType.CANCELED, named, order.cl_ord_id, reason=event.reason)


def _leg_canceled(order: Order) -> Outcome:
    if not order.pends(IntentKind.REPLACE):
        return Anomaly(AnomalyKind.NO_REPLACE_PENDING, f"a leg of {order.order_id} was cancelled, and no replace pends")
    moved = _moved(order, Trigger.LEG_CANCELED)
    return moved if isinstance(moved, Anomaly) else (replace(moved, leg_canceled=True), None)


def _no_request(order: Order, cl_ord_id: str) -> Anomaly:
    return Anomaly(AnomalyKind.UNKNOWN_REQUEST, f"no request {cl_ord_id} of {order.order_id} waits for an answer")


# --- terms and days


def _restated(order: Order, event: e.Restated) -> Outcome:
    """The quantity is what is stated, but never below what is executed."""
    made, out_of = event.ratio
    if min(made, out_of) <= 0 or (event.order_qty is not None and event.order_qty <= 0):
        return Anomaly(
            AnomalyKind.QTY_NOT_POSITIVE, f"{order.order_id} restated to {event.order_qty}, {made} for {out_of}"
        )
    moved = _moved(order, Trigger.RESTATED)
    if isinstance(moved, Anomaly):
        return moved
    if made != out_of:
        scaled = _split(moved, made, out_of)
        if isinstance(scaled, Anomaly):
            return scaled
        moved = scaled
    order_qty = max(moved.order_qty if event.order_qty is None else event.order_qty, moved.cum_qty)
    after = replace(moved, order_qty=order_qty, price=moved.price if event.price is None else event.price)
    return after, report_of(after, event.exec_type, reason=event.reason)


def _split(order: Order, made: int, out_of: int) -> Order | Anomaly:
    executions = order.executions.split(made, out_of)
    if executions is None or order.order_qty * made % out_of:
        return Anomaly(AnomalyKind.FRACTIONAL_QTY, f"{made} for {out_of} leaves a fraction of {order.order_id}")
    sums, today = executions.sums(), executions.sums(order.day)
    return replace(
        order,
        order_qty=order.order_qty * made // out_of,
        cum_qty=sums.qty,
        notional=sums.notional,
        day_cum_qty=today.qty,
        day_notional=today.notional,
        executions=executions,
    )


def _day_started(order: Order, event: e.DayStarted) -> Outcome:
    """DayCumQty and DayAvgPx begin again; CumQty does not (rule 21)."""
    if event.day <= order.day:
        return Anomaly(AnomalyKind.DAY_NOT_LATER, f"day {event.day} after day {order.day}")
    moved = _moved(order, Trigger.DAY_STARTED)
    return moved if isinstance(moved, Anomaly) else (replace(moved, day=event.day, day_cum_qty=0, day_notional=0), None)
