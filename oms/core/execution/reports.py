"""What the venue's answers mean for a child. Reports are facts; a status reply is only an answer to "where are we?".

- A fill counts once per (venue, ExecID), however often it is told, and also after the child's end.
- A status reply is never a fill. It can end a child only where it says nothing of fills that we do not have.
- NEVER_REACHED takes two proofs: the NEW's number did not arrive, and the venue does not know the order. One alone is UNKNOWN.
- Where the venue's cumulated quantity is not what we counted the child is UNKNOWN, and asked about again. After a window of recent
  activity the difference is acted on: more at the venue is booked as an inferred fill, less takes nothing away; both raise a break.
- A cancel that the venue refuses because it does not know the order has no outcome: it stays wanted, and is repeated.
- A report that no order of ours explains is kept in suspense, and changes nothing else.

The rules on differences and their invariants REC-1… are in `oms.core.reconciliation`.
"""

from oms.core.enums import BreakCause, ExecType, IntentKind, OrdStatus, SessionMessage, TimeInForce
from oms.core.execution.children import reject_request, repeat_cancel, scope_reason, unsent
from oms.core.execution.corrections import take_correction, take_trade_report, take_unexplained_correction
from oms.core.execution.draft import Draft
from oms.core.execution.mass_cancels import take_mass_cancel_refusal
from oms.core.execution.state import NO_CANCEL, Arrival, Child, Request, Session, parse_cl_ord_id
from oms.core.execution.trades import (
    EXECUTED,
    SETTLED_BY_ANY_STATUS,
    UNKNOWN_ORDER_ID,
    child_report,
    infer_missing,
    price_of_missing,
    suspend,
)
from oms.core.execution_events import ChildReport, ChildUnknown
from oms.core.instructions import STOPS
from oms.core.reasons import Reason
from oms.core.reconciliation.breaks import Difference
from oms.core.venue_messages import CancelRejectReceived, MessageRefused, OpenOrdersListed, ReportReceived
from oms.core.venue_reasons import CxlRejReason

STATUS_TRIES_OF_WINDOW = 5
"""Status requests (after 1, 2, 4, 8 s) before a difference is acted on: the window of recent activity, in which a trade may be on its
way. A usual reply settles all at the first."""

LIST_ASKS_MAX = 200
"""Questions that one list brings about, in one record of a few tens of kilobytes; what is missing beyond that, the next list shows."""

_TERMINAL_EXEC = {
    OrdStatus.CANCELED: ExecType.CANCELED,
    OrdStatus.REJECTED: ExecType.REJECTED,
    OrdStatus.EXPIRED: ExecType.EXPIRED,
}

_GOES_ON = (ExecType.TRIGGERED, ExecType.RESTATED, ExecType.SUSPENDED, ExecType.STOPPED, ExecType.DONE_FOR_DAY)
"""What is said only of an order that has not ended. A replacement may have been told before the end, and be told again."""

_DONE_EXEC = {OrdStatus.DONE_FOR_DAY: ExecType.DONE_FOR_DAY, OrdStatus.CALCULATED: ExecType.CALCULATED}
"""Ends only where nothing is left for another day."""


def take_live(draft: Draft, session: Session, child: Child, body: ReportReceived, number: int, raw: str) -> None:
    """A report about a live child, in the quantities of its chain."""
    match body.exec_type:
        case ExecType.ORDER_STATUS:
            _status(draft, session, child, body, number, raw)
        case ExecType.TRADE:
            take_trade_report(draft, session, child, body, raw)
        case ExecType.TRADE_CORRECT | ExecType.TRADE_CANCEL:
            take_correction(draft, session, child, body, raw)
        case ExecType.CANCELED | ExecType.EXPIRED | ExecType.REJECTED:
            _ended(draft, session, child, body, raw)
        case (
            ExecType.REPLACED | ExecType.NEW | ExecType.PENDING_CANCEL | ExecType.PENDING_REPLACE | ExecType.PENDING_NEW
        ):
            _moved_on(draft, session, child, body, number, raw)
        case ExecType.TRIGGERED | ExecType.RESTATED | ExecType.SUSPENDED | ExecType.STOPPED:
            _changed(draft, session, child, body, number, raw)
        case ExecType.DONE_FOR_DAY | ExecType.CALCULATED:
            _done(draft, session, child, body, number, raw)


def _changed(draft: Draft, session: Session, child: Child, body: ReportReceived, number: int, raw: str) -> None:
    """The order goes on otherwise than before, and nobody asked. One that says at once that it is over contradicts itself."""
    over = body.ord_status.is_terminal and not (body.ord_status is OrdStatus.FILLED and body.cum_qty == body.order_qty)
    stop = child.terms.ord_type in STOPS
    if over or (body.exec_type is ExecType.TRIGGERED and not stop):
        draft.anomaly(session, f"{body.exec_type.name} of {child.terms.child_id} as {body.ord_status.name}", raw)
        draft.intent(child, IntentKind.STATUS)
    else:
        _moved_on(draft, session, child, body, number, raw)


def _done(draft: Draft, session: Session, child: Child, body: ReportReceived, number: int, raw: str) -> None:
    """Done for the day, or calculated. With nothing left for another day it is the end, which a missing fill must not hide."""
    if body.leaves_qty == 0:
        _ended(draft, session, child, body, raw)
    else:
        _moved_on(draft, session, child, body, number, raw)


def _replaced(draft: Draft, session: Session, child: Child, body: ReportReceived, request: Request) -> None:
    """The order goes on under the venue's word. Other terms than asked for are a break, save a quantity amended to what is executed."""
    if body.order_qty == body.cum_qty or (body.order_qty, body.price) == request.terms:
        report(draft, child, body, request=request.request)
    else:
        report(draft, child, body, request=request.request, asked=request)
        text = f"asked for {request.order_qty} at {request.price}, replaced by {body.order_qty} at {body.price}"
        _note(
            draft, session, child, BreakCause.TERMS_DIFFER,
            request.order_qty, body.order_qty, request.price, body.price, text,
        )  # fmt: skip


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
    if cancel and body.pending and child_id not in session.awaiting:
        draft.intent(
            child, IntentKind.STATUS
        )  # where that leaves it unsettled, the cancel is repeated with the next question
    if cancel and (body.unknown_order or body.pending or body.ord_status is OrdStatus.CANCELED):
        # No outcome: an order that may still turn up, or goes on, must then be cancelled; one that another request of ours has cancelled
        # (a mass cancel, this one's first try) ends as wanted, with the status that is asked for.
        return
    _reject(draft, child, request, body.text, body.reason)


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
                _reject(draft, child, request, body.text)
                return
    if not take_mass_cancel_refusal(draft, session, body.ref_seq_num, body.text):
        draft.anomaly(session, f"the venue refused message {body.ref_seq_num}: {body.text}", raw)


def _reject(draft: Draft, child: Child, request: Request, text: str, said: CxlRejReason | None = None) -> None:
    """The venue refused one of our requests: that is told to all whom it answers. `said`: by the venue."""
    cancel = request.kind is IntentKind.CANCEL
    reason = Reason.VENUE_CANCEL_REJECTED if cancel else Reason.VENUE_REPLACE_REJECTED
    for number in request.answers:
        reject_request(draft, child, number, request.kind, reason, text, said)


def take_late(draft: Draft, session: Session, child_id: str, body: ReportReceived, raw: str) -> None:
    """A report for no live child. A fill of a closed one is booked, once; that a closed one is open at the venue is a break; the rest
    of a closed one's reports is known already."""
    closed = draft.state.closed.get(child_id)
    if closed is None:
        _unexplained(draft, session, body, raw)
        return
    at_venue = body.venue_order_id != UNKNOWN_ORDER_ID
    if closed.unsent and at_venue:
        draft.anomaly(session, f"a report for {body.cl_ord_id}, which is not at this venue", raw)
    if body.exec_type is ExecType.TRADE:
        take_trade_report(draft, session, closed, body, raw)
    elif body.exec_type in EXECUTED:
        take_correction(draft, session, closed, body, raw)
    elif body.ord_status.is_terminal or not at_venue:
        draft.gone(child_id, BreakCause.OPEN_AFTER_END)
    elif closed.unsent or body.exec_type is ExecType.ORDER_STATUS:
        text = f"{body.leaves_qty} open at the venue as {body.ord_status.name}, ended for us"
        difference = Difference(
            BreakCause.OPEN_AFTER_END, child_id, closed.order_id, child_id, body.cl_ord_id, body.venue_order_id,
            "", 0, body.leaves_qty, None, body.price, text,
        )  # fmt: skip
        draft.note(difference, session.venue_id, session.session_id)
    elif body.exec_type in _GOES_ON:
        draft.anomaly(session, f"{body.exec_type.name} of {child_id}, which has ended", raw)


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
        report(draft, child, body)
    elif (request := child.requests.get(number)) is not None:
        _replaced(draft, session, child, body, request)
    elif body.cl_ord_id != child.cl_ord_id:
        draft.anomaly(session, f"{child.terms.child_id} was replaced by {body.cl_ord_id}, which is not pending", raw)
        draft.intent(child, IntentKind.STATUS)


def _unexplained(draft: Draft, session: Session, body: ReportReceived, raw: str) -> None:
    """No order of ours. What it says of an order's end closes the break about that order; what opens nothing is an anomaly."""
    subject = f"{session.venue_id}/{body.venue_order_id}"
    executed = body.exec_type in EXECUTED
    if executed and take_unexplained_correction(draft, session, body):
        return
    if not executed and draft.open_break(BreakCause.UNKNOWN_ORDER, subject) is not None:
        if body.ord_status.is_terminal:
            draft.gone(subject, BreakCause.UNKNOWN_ORDER)
            return
    elif body.venue_order_id == UNKNOWN_ORDER_ID or (not executed and body.ord_status.is_terminal):
        draft.anomaly(session, f"a report for {body.cl_ord_id}, which is not at this venue", raw)
        return
    if suspend(draft, session, body, raw) and executed:
        text = f"no order of ours is {body.cl_ord_id or body.venue_order_id}"
        kind, order_id = SessionMessage.DONT_KNOW_TRADE, body.venue_order_id
        draft.session_message(session, kind, text=text, venue_order_id=order_id, exec_id=body.exec_id)


def _ended(draft: Draft, session: Session, child: Child, body: ReportReceived, raw: str) -> None:
    """Canceled, rejected or expired at the venue."""
    if body.cum_qty != child.cum_qty:
        draft.anomaly(session, f"{child.terms.child_id} ended with {body.cum_qty} filled, we know {child.cum_qty}", raw)
        _unknown(draft, child, body, f"ended with {body.cum_qty} filled, we know {child.cum_qty}")
    elif body.exec_type is ExecType.REJECTED and (child.venue_order_id or not body.ord_status.is_terminal):
        draft.anomaly(session, f"a rejection of {child.terms.child_id}, which was accepted", raw)
        draft.intent(child, IntentKind.STATUS)
    else:
        _end(draft, child, body, body.exec_type, child.cum_qty)


def _end(draft: Draft, child: Child, body: ReportReceived, exec_type: ExecType, cum_qty: int) -> None:
    reason: Reason | None = None
    if exec_type is ExecType.REJECTED:
        reason = Reason.VENUE_REJECTED
    elif exec_type in (ExecType.EXPIRED, ExecType.DONE_FOR_DAY, ExecType.CALCULATED):
        reason = Reason.VENUE_EXPIRED
    elif child.cancel == 0 or child.withdrawn or _is_as_wanted(draft, child, body):
        unproven = child.arrival is Arrival.UNPROVEN
        reason = Reason.OUTCOME_UNKNOWN if unproven else scope_reason(child)
    elif child.cancel == NO_CANCEL and child.terms.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK):
        reason = Reason.VENUE_CANCELED  # nobody asked, and the order's terms do not explain it
    report(draft, child, body, exec_type=exec_type, request=max(child.cancel, 0), reason=reason, cum_qty=cum_qty)
    draft.gone(child.terms.child_id, BreakCause.TERMS_DIFFER, BreakCause.LEAVES_DIFFER, BreakCause.FILLS_UNPRICED)


def _is_as_wanted(draft: Draft, child: Child, body: ReportReceived) -> bool:
    """A mass cancel, or chance, has ended what a control record wants gone and whose own cancel has not left. A venue that gives a reason of
    its own (378) acted for that."""
    return child.terms.child_id in draft.state.scope_work and body.restatement is None


def _status(draft: Draft, session: Session, child: Child, body: ReportReceived, number: int, raw: str) -> None:
    """The answer to "where are we?"; it also counts as an answer where it settles nothing. `number`: of the request that it names."""
    named = child.requests.get(number)
    if body.venue_order_id == UNKNOWN_ORDER_ID:
        if body.cl_ord_id == child.cl_ord_id:
            _not_there(draft, session, child, body)
        elif named is not None and named.kind is IntentKind.REPLACE:
            reason, text = Reason.VENUE_REPLACE_REJECTED, "the venue does not know the replacement"
            reject_request(draft, child, named.request, named.kind, reason, text)
        return
    if child.arrival is Arrival.NOT_ARRIVED:
        draft.anomaly(
            session, f"{child.terms.child_id} is at the venue, though number {child.new_seq} did not arrive", raw
        )
    cum_qty = _settled_quantity(draft, session, child, body)
    if cum_qty is None:
        return
    end = _TERMINAL_EXEC.get(body.ord_status) or (_DONE_EXEC.get(body.ord_status) if not body.leaves_qty else None)
    if end is not None:
        _end(draft, child, body, end, cum_qty)
    else:
        _compare_terms(draft, session, child, body, cum_qty)
        if _is_asked(session, child) or not _is_as_known(child, body):
            _open_status(draft, session, child, body, named, cum_qty)


def _is_asked(session: Session, child: Child) -> bool:
    """Whether an answer about the child is waited for, or will be asked for anyway."""
    child_id = child.terms.child_id
    return child.needs_answer or child.deadline_ns > 0 or child_id in session.awaiting or child_id in session.asks


def _is_as_known(child: Child, body: ReportReceived) -> bool:
    """Nobody asked, and nothing is new: an order of a list, as nearly all of them are. It leaves no event."""
    ours = child.ord_status, child.venue_order_id, child.order_qty, child.price, child.order_qty - child.cum_qty
    return ours == (body.ord_status, body.venue_order_id, body.order_qty, body.price, body.leaves_qty)


def _not_there(draft: Draft, session: Session, child: Child, body: ReportReceived) -> None:
    """The venue does not know the order. With the number that did not arrive that is proof, alone it is not."""
    child_id = child.terms.child_id
    if child.arrival is Arrival.NOT_ARRIVED and not child.venue_order_id and not child.cum_qty:
        unsent(draft, child, Reason.NEVER_REACHED_VENUE, f"number {child.new_seq} did not arrive, the order is unknown")
        draft.gone(child_id, *SETTLED_BY_ANY_STATUS)
        return
    _unknown(draft, child, body, "the venue does not know the order")
    if window_over(child):
        draft.gone(child_id, BreakCause.NO_ANSWER)
        text = f"sent, and unknown to the venue after {STATUS_TRIES_OF_WINDOW} questions"
        _note(draft, session, child, BreakCause.NOT_AT_VENUE, child.order_qty - child.cum_qty, 0, text=text)


def _settled_quantity(draft: Draft, session: Session, child: Child, body: ReportReceived) -> int | None:
    """CumQty that a status reply settles on, ours and the venue's; None: doubt, the child is UNKNOWN and is asked about again."""
    child_id = child.terms.child_id
    if body.cum_qty == child.cum_qty:
        draft.gone(child_id, BreakCause.FILLS_UNPRICED, BreakCause.VENUE_CUM_BELOW)
        return child.cum_qty
    doubt = f"the venue says {body.cum_qty} filled, we know {child.cum_qty}"
    if not window_over(child):
        _unknown(draft, child, body, doubt)
        return None
    if body.cum_qty < child.cum_qty:
        _note(draft, session, child, BreakCause.VENUE_CUM_BELOW, child.cum_qty, body.cum_qty, text=doubt)
        if body.ord_status in _TERMINAL_EXEC:
            return child.cum_qty  # nothing can execute any more, and what was told stays told
        _unknown(draft, child, body, doubt)
        return None
    price = price_of_missing(child, body)
    if price is None:
        _unknown(draft, child, body, doubt)
        text = f"{doubt}; nothing says at what price"
        _note(draft, session, child, BreakCause.FILLS_UNPRICED, child.cum_qty, body.cum_qty, text=text)
        return None
    return infer_missing(draft, session, child, body.cum_qty, price, body.transact_ns, accepted=False)


def _compare_terms(draft: Draft, session: Session, child: Child, body: ReportReceived, cum_qty: int) -> None:
    """What was ordered counts as ours. While a replace is under way there are two truths, and nothing is compared."""
    if child.pending(IntentKind.REPLACE) is not None:
        return
    child_id = child.terms.child_id
    if (body.order_qty, body.price) != (child.order_qty, child.price):
        draft.gone(child_id, BreakCause.LEAVES_DIFFER)
        text = f"ordered {child.order_qty} at {child.price}, at the venue {body.order_qty} at {body.price}"
        _note(
            draft,
            session,
            child,
            BreakCause.TERMS_DIFFER,
            child.order_qty,
            body.order_qty,
            child.price,
            body.price,
            text,
        )
        return
    draft.gone(child_id, BreakCause.TERMS_DIFFER)
    leaves_qty = 0 if body.ord_status.is_terminal else max(0, child.order_qty - cum_qty)
    if body.leaves_qty != leaves_qty:
        text = f"{leaves_qty} of it is left, the venue says {body.leaves_qty}"
        _note(draft, session, child, BreakCause.LEAVES_DIFFER, leaves_qty, body.leaves_qty, text=text)
    else:
        draft.gone(child_id, BreakCause.LEAVES_DIFFER)


def _open_status(
    draft: Draft, session: Session, child: Child, body: ReportReceived, named: Request | None, cum_qty: int
) -> None:
    """At the venue with the fills we know. A replace is settled by the name that the order goes by: terms may be the same by chance."""
    replace = child.pending(IntentKind.REPLACE)
    if named is not None and named.kind is IntentKind.REPLACE:
        report(draft, child, body, exec_type=ExecType.REPLACED, request=named.request, cum_qty=cum_qty)
        if not body.ord_status.is_terminal:
            report(draft, child, body, cum_qty=cum_qty)
    else:
        report(draft, child, body, cum_qty=cum_qty)
        if replace is not None and replace.msg_seq_num <= session.logon_out:
            reason = Reason.VENUE_REPLACE_REJECTED
            reject_request(draft, child, replace.request, IntentKind.REPLACE, reason, "the venue did not apply it")
    if child.arrival is Arrival.NOT_ARRIVED and not body.ord_status.is_terminal:
        repeat_cancel(draft, child)


def window_over(child: Child) -> bool:
    """Whether the venue had its time to tell what it did not: asked so often, in ever longer intervals, that no trade is on its way."""
    return child.status_tries >= STATUS_TRIES_OF_WINDOW


def unanswered(draft: Draft, child: Child) -> None:
    """It is about to be asked about once more. After a whole window without a word a person has to know, if none knows yet."""
    child_id = child.terms.child_id
    in_doubt = child.ord_status in (OrdStatus.PENDING_NEW, OrdStatus.UNKNOWN)
    if not window_over(child) or not (in_doubt or child_id in draft.session(child).awaiting):
        return
    if any(draft.open_break(cause, child_id) is not None for cause in BreakCause):
        return
    text = f"{STATUS_TRIES_OF_WINDOW} status requests without a usable answer"
    _note(draft, draft.session(child), child, BreakCause.NO_ANSWER, child.order_qty - child.cum_qty, 0, text=text)


def take_list(draft: Draft, session: Session, body: OpenOrdersListed) -> None:
    """The end of a list of open orders. What it lists was reported; what it leaves out is asked about, one by one, and nothing else."""
    listed = {parse_cl_ord_id(draft.state.partition, cl_ord_id)[0] for cl_ord_id in body.cl_ord_ids}
    left = LIST_ASKS_MAX
    for child_id, child in draft.state.children.items():
        ours = child.sent and child.terms.session_id == session.session_id
        if left and ours and child_id not in listed and not _is_asked(session, child):
            draft.intent(child, IntentKind.STATUS)
            left -= 1


def _note(
    draft: Draft,
    session: Session,
    child: Child,
    cause: BreakCause,
    our_qty: int,
    venue_qty: int,
    our_px: int | None = None,
    venue_px: int | None = None,
    text: str = "",
) -> None:
    terms = child.terms
    difference = Difference(
        cause, terms.child_id, terms.order_id, terms.child_id, child.cl_ord_id, child.venue_order_id, "",
        our_qty, venue_qty, our_px, venue_px, text,
    )  # fmt: skip
    draft.note(difference, terms.venue_id, session.session_id)


def _unknown(draft: Draft, child: Child, body: ReportReceived, text: str) -> None:
    if child.ord_status is OrdStatus.UNKNOWN:
        report(draft, child, body, exec_type=ExecType.ORDER_STATUS, ord_status=OrdStatus.UNKNOWN)
    else:
        draft.add(ChildUnknown(child.terms.order_id, child.terms.child_id, text, body.cum_qty))


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


def report(
    draft: Draft,
    child: Child,
    body: ReportReceived,
    *,
    exec_type: ExecType | None = None,
    ord_status: OrdStatus | None = None,
    cum_qty: int | None = None,
    request: int = 0,
    reason: Reason | None = None,
    asked: Request | None = None,
) -> None:
    """Any report but a trade: it carries no last quantity. One that proves anything ends the doubts about where the order is."""
    status = ord_status or body.ord_status
    child_report(
        draft,
        child,
        body,
        exec_type=exec_type or body.exec_type,
        ord_status=status,
        cum_qty=child.cum_qty if cum_qty is None else cum_qty,
        request=request,
        reason=reason,
        asked=asked,
    )
    if status is not OrdStatus.UNKNOWN:
        draft.gone(child.terms.child_id, *SETTLED_BY_ANY_STATUS)
