"""What the venue's answers mean for a child. Reports are facts; a status reply is only an answer to "where are we?".

- A fill counts once per (venue, ExecID), however often it is told, and also after the child's end.
- A status reply is never a fill. It can end a child only where it says nothing of fills that we do not have.
- NEVER_REACHED takes two proofs: the NEW's number did not arrive, and the venue does not know the order. One alone is UNKNOWN.
- Where the venue's cumulated quantity is not what we counted, nothing is guessed: the child is UNKNOWN, and asked about again.
- A cancel that the venue refuses because it does not know the order has no outcome: it stays wanted, and is repeated.
- A report that no order of ours explains is kept as an anomaly, and changes nothing else.
"""

from oms.core.enums import ExecType, IntentKind, OrdStatus, TimeInForce
from oms.core.execution.children import repeat_cancel, unsent
from oms.core.execution.draft import Draft
from oms.core.execution.state import NO_CANCEL, Arrival, Child, Request, Session, parse_cl_ord_id
from oms.core.execution_events import ChildReport, ChildRequestRejected, ChildUnknown
from oms.core.reasons import Reason
from oms.core.venue_messages import CancelRejectReceived, MessageRefused, ReportReceived

UNKNOWN_ORDER_ID = "NONE"
"""FIX tag 37 in a status reply about an order that the venue does not have."""

STATUS_TRIES_BEFORE_ANOMALY = 5
"""Status requests without a usable answer before a break is raised, and after as many again once more (the reply that would have raised it
may be the one that is lost); a usual reply comes to the first."""

_TERMINAL_EXEC = {
    OrdStatus.CANCELED: ExecType.CANCELED,
    OrdStatus.REJECTED: ExecType.REJECTED,
    OrdStatus.EXPIRED: ExecType.EXPIRED,
}


def take_report(draft: Draft, session: Session, body: ReportReceived, raw: str) -> None:
    child_id, number = parse_cl_ord_id(draft.state.partition, body.cl_ord_id)
    child = draft.state.children.get(child_id)
    if child is None or not child.sent or child.terms.session_id != session.session_id:
        _late(draft, session, child_id, body, raw)
        return
    match body.exec_type:
        case ExecType.ORDER_STATUS:
            _status(draft, session, child, body, number, raw)
        case ExecType.TRADE:
            _trade(draft, session, child, body, raw)
        case ExecType.CANCELED | ExecType.EXPIRED | ExecType.REJECTED:
            _ended(draft, session, child, body, raw)
        case ExecType.REPLACED | ExecType.NEW | ExecType.PENDING_CANCEL | ExecType.PENDING_REPLACE:
            _moved_on(draft, session, child, body, number, raw)


def take_cancel_reject(draft: Draft, session: Session, body: CancelRejectReceived, raw: str) -> None:
    """The venue refused a cancel or replace. One that has had its outcome already is answered twice, which changes nothing."""
    child_id, number = parse_cl_ord_id(draft.state.partition, body.cl_ord_id)
    child = draft.state.children.get(child_id)
    if child is None:
        if child_id not in draft.state.closed:
            draft.anomaly(session, f"cancel reject for unknown order {body.cl_ord_id}", raw)
        return
    request = child.requests.get(number)
    if request is None:
        return  # settled, or repeated since: then the newest one's answer counts
    cancel = request.kind is IntentKind.CANCEL
    # An order that ended and nobody told us: the refusal alone does not say how. Nor does "unknown" say that it never was there.
    doubt = child.ord_status is not OrdStatus.UNKNOWN if body.unknown_order else body.ord_status.is_terminal
    if doubt and child_id not in session.awaiting:
        draft.intent(child, IntentKind.STATUS)
    if cancel and body.unknown_order:
        return  # no outcome: an order that may still turn up must then be cancelled
    reason = Reason.VENUE_CANCEL_REJECTED if cancel else Reason.VENUE_REPLACE_REJECTED
    _reject_request(draft, child, request.request, request.kind, reason, body.text)


def take_refusal(draft: Draft, session: Session, body: MessageRefused, raw: str) -> None:
    """The venue could not take one of our messages; found by its number, which is rare enough to look at every child."""
    for child in draft.state.children.values():
        if child.terms.session_id != session.session_id:
            continue
        if child.new_seq == body.ref_seq_num and child.ord_status is OrdStatus.PENDING_NEW:
            _refused_new(draft, child, body)
            return
        for request in child.requests.values():
            if request.msg_seq_num == body.ref_seq_num:
                cancel = request.kind is IntentKind.CANCEL
                reason = Reason.VENUE_CANCEL_REJECTED if cancel else Reason.VENUE_REPLACE_REJECTED
                _reject_request(draft, child, request.request, request.kind, reason, body.text)
                return
    draft.anomaly(session, f"the venue refused message {body.ref_seq_num}: {body.text}", raw)


def _late(draft: Draft, session: Session, child_id: str, body: ReportReceived, raw: str) -> None:
    """A report for no live child: a fill of a closed one is booked, once; the rest of a closed one's reports is known already."""
    closed = draft.state.closed.get(child_id)
    if closed is None or (closed.unsent and body.venue_order_id != UNKNOWN_ORDER_ID):
        draft.anomaly(session, f"a report for {body.cl_ord_id}, which is not at this venue", raw)
    if closed is None or body.exec_type is not ExecType.TRADE or body.exec_id in closed.exec_ids:
        return
    cum_qty = closed.cum_qty + body.last_qty
    draft.add(
        ChildReport(
            order_id=closed.order_id,
            child_id=child_id,
            venue_id=closed.venue_id,
            exec_type=ExecType.TRADE,
            ord_status=body.ord_status,
            exec_id=body.exec_id,
            venue_order_id=body.venue_order_id,
            last_qty=body.last_qty,
            last_px=body.last_px,
            cum_qty=cum_qty,
            leaves_qty=0,
            order_qty=closed.order_qty,
            price=closed.price,
            request=0,
            liquidity=body.liquidity,
            transact_ns=body.transact_ns,
            reason=None,
            text="after the end of the order",
        )
    )


def _moved_on(draft: Draft, session: Session, child: Child, body: ReportReceived, number: int, raw: str) -> None:
    """Alive, without a fill. Told again (under a new number, from before a fill that we know): nothing is new, and the old status must not
    come back. With fills that we do not know: one was lost."""
    if body.cum_qty < child.cum_qty:
        return
    if body.cum_qty > child.cum_qty:
        text = f"the venue says {body.cum_qty} filled, we know {child.cum_qty}"
        draft.anomaly(session, f"{child.terms.child_id}: {text}", raw)
        _unknown(draft, child, body, text)
    elif body.exec_type is not ExecType.REPLACED:
        _report(draft, child, body)
    elif (request := child.requests.get(number)) is not None:
        _report(draft, child, body, request=request.request)
    elif body.cl_ord_id != child.cl_ord_id:
        draft.anomaly(session, f"{child.terms.child_id} was replaced by {body.cl_ord_id}, which is not pending", raw)
        draft.intent(child, IntentKind.STATUS)


def _trade(draft: Draft, session: Session, child: Child, body: ReportReceived, raw: str) -> None:
    if body.exec_id in child.exec_ids:
        return
    cum_qty = child.cum_qty + body.last_qty
    if cum_qty == body.cum_qty:
        _report(draft, child, body, cum_qty=cum_qty)
        return
    draft.anomaly(session, f"fills of {child.terms.child_id} sum to {cum_qty}, the venue says {body.cum_qty}", raw)
    _report(draft, child, body, cum_qty=cum_qty, ord_status=OrdStatus.UNKNOWN)


def _ended(draft: Draft, session: Session, child: Child, body: ReportReceived, raw: str) -> None:
    """Canceled, rejected or expired at the venue."""
    if body.cum_qty != child.cum_qty:
        draft.anomaly(session, f"{child.terms.child_id} ended with {body.cum_qty} filled, we know {child.cum_qty}", raw)
        _unknown(draft, child, body, f"ended with {body.cum_qty} filled, we know {child.cum_qty}")
    elif body.exec_type is ExecType.REJECTED and (child.venue_order_id or not body.ord_status.is_terminal):
        draft.anomaly(session, f"a rejection of {child.terms.child_id}, which was accepted", raw)
        draft.intent(child, IntentKind.STATUS)
    else:
        _end(draft, child, body, body.exec_type)


def _end(draft: Draft, child: Child, body: ReportReceived, exec_type: ExecType) -> None:
    reason: Reason | None = None
    if exec_type is ExecType.REJECTED:
        reason = Reason.VENUE_REJECTED
    elif exec_type is ExecType.EXPIRED:
        reason = Reason.VENUE_EXPIRED
    elif child.cancel == 0:
        unproven = child.arrival is Arrival.UNPROVEN
        reason = Reason.OUTCOME_UNKNOWN if unproven else Reason.HALTED_AT_EXECUTION
    elif child.cancel == NO_CANCEL and child.terms.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK):
        reason = Reason.VENUE_CANCELED  # nobody asked, and the order's terms do not explain it
    _report(draft, child, body, exec_type=exec_type, request=max(child.cancel, 0), reason=reason)


def _status(draft: Draft, session: Session, child: Child, body: ReportReceived, number: int, raw: str) -> None:
    """The answer to "where are we?"; it also counts as an answer where it settles nothing. `number`: of the request that it names."""
    named = child.requests.get(number)
    if body.venue_order_id == UNKNOWN_ORDER_ID:
        if body.cl_ord_id != child.cl_ord_id:
            if named is not None and named.kind is IntentKind.REPLACE:
                reason, text = Reason.VENUE_REPLACE_REJECTED, "the venue does not know the replacement"
                _reject_request(draft, child, named.request, named.kind, reason, text)
        elif child.arrival is Arrival.NOT_ARRIVED and not child.venue_order_id and not child.cum_qty:
            unsent(
                draft, child, Reason.NEVER_REACHED_VENUE, f"number {child.new_seq} did not arrive, the order is unknown"
            )
        else:
            _unknown(draft, child, body, "the venue does not know the order")
            _raise_break(draft, session, child, raw)
        return
    if child.arrival is Arrival.NOT_ARRIVED:
        draft.anomaly(
            session, f"{child.terms.child_id} is at the venue, though number {child.new_seq} did not arrive", raw
        )
    if body.cum_qty != child.cum_qty:
        _unknown(draft, child, body, f"the venue says {body.cum_qty} filled, we know {child.cum_qty}")
        _raise_break(draft, session, child, raw)
    elif body.ord_status in _TERMINAL_EXEC:
        _end(draft, child, body, _TERMINAL_EXEC[body.ord_status])
    else:
        _open_status(draft, session, child, body, named)


def _open_status(draft: Draft, session: Session, child: Child, body: ReportReceived, named: Request | None) -> None:
    """At the venue with the fills we know. A replace is settled by the name that the order goes by: terms may be the same by chance."""
    replace = child.pending(IntentKind.REPLACE)
    if named is not None and named.kind is IntentKind.REPLACE:
        _report(draft, child, body, exec_type=ExecType.REPLACED, request=named.request)
        if not body.ord_status.is_terminal:
            _report(draft, child, body)
    else:
        _report(draft, child, body)
        if replace is not None and replace.msg_seq_num <= session.logon_out:
            reason = Reason.VENUE_REPLACE_REJECTED
            _reject_request(draft, child, replace.request, IntentKind.REPLACE, reason, "the venue did not apply it")
    if child.arrival is Arrival.NOT_ARRIVED and not body.ord_status.is_terminal:
        repeat_cancel(draft, child)


def _unknown(draft: Draft, child: Child, body: ReportReceived, text: str) -> None:
    if child.ord_status is OrdStatus.UNKNOWN:
        _report(draft, child, body, exec_type=ExecType.ORDER_STATUS, ord_status=OrdStatus.UNKNOWN)
    else:
        draft.add(ChildUnknown(child.terms.order_id, child.terms.child_id, text))


def _raise_break(draft: Draft, session: Session, child: Child, raw: str) -> None:
    if child.status_tries and child.status_tries % STATUS_TRIES_BEFORE_ANOMALY == 0:
        draft.anomaly(session, f"{child.terms.child_id} is unknown after {child.status_tries} status requests", raw)


def _refused_new(draft: Draft, child: Child, body: MessageRefused) -> None:
    terms = child.terms
    draft.add(
        ChildReport(
            order_id=terms.order_id,
            child_id=terms.child_id,
            venue_id=terms.venue_id,
            exec_type=ExecType.REJECTED,
            ord_status=OrdStatus.REJECTED,
            exec_id="",
            venue_order_id="",
            last_qty=0,
            last_px=0,
            cum_qty=child.cum_qty,
            leaves_qty=0,
            order_qty=child.order_qty,
            price=child.price,
            request=0,
            liquidity=None,
            transact_ns=0,
            reason=Reason.VENUE_REJECTED,
            text=body.text,
        )
    )


def _reject_request(draft: Draft, child: Child, request: int, kind: IntentKind, reason: Reason, text: str) -> None:
    draft.add(ChildRequestRejected(child.terms.order_id, child.terms.child_id, request, kind, reason, text))


def _report(
    draft: Draft,
    child: Child,
    body: ReportReceived,
    *,
    exec_type: ExecType | None = None,
    ord_status: OrdStatus | None = None,
    cum_qty: int | None = None,
    request: int = 0,
    reason: Reason | None = None,
) -> None:
    """The venue's report, as the child's. Only a TRADE carries a last quantity and an ExecID that counts."""
    terms, kind = child.terms, exec_type or body.exec_type
    status = ord_status or body.ord_status
    cum = child.cum_qty if cum_qty is None else cum_qty
    unproven, is_trade = status is OrdStatus.UNKNOWN, kind is ExecType.TRADE
    draft.add(
        ChildReport(
            order_id=terms.order_id,
            child_id=terms.child_id,
            venue_id=terms.venue_id,
            exec_type=kind,
            ord_status=status,
            exec_id=body.exec_id,
            venue_order_id="" if body.venue_order_id == UNKNOWN_ORDER_ID else body.venue_order_id,
            last_qty=body.last_qty if is_trade else 0,
            last_px=body.last_px if is_trade else 0,
            cum_qty=cum,
            leaves_qty=child.order_qty - cum if unproven else body.leaves_qty,
            order_qty=child.order_qty if unproven else body.order_qty,
            price=child.price if unproven else body.price,
            request=request,
            liquidity=body.liquidity,
            transact_ns=body.transact_ns,
            reason=reason,
            text=body.text,
        )
    )
