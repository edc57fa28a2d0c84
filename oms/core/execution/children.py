"""What leaves for a child: its NEW, cancels, replaces, status requests; or why it does not.

This is the last check before the venue. What creates or increases (NEW, REPLACE) is refused under a halt that covers it, or that
covered it at any time since it was taken up (what risk accepted as reducing, knowing the halt, passes one that lets that through); it waits while the venue has not answered for what was sent before a logon.
A cancel is refused by nothing: it leaves at once, or when the venue takes more messages (`throttling`), or at the next logon, or ends an
order that has not left yet. Behind a cancel that a
control record asked for no replace leaves any more.
One cancel under way is enough: a control record's and the router's are about the same orders, and meet when venues take few messages. A control
record leaves to the router's cancel what that has reached. The router's request joins a cancel that it finds under way, has its outcome with
it, and is what is repeated where that has none. A cancel that hangs for ANSWER_WAIT_NS is joined no more: who asks again gets a message of
their own.

Invariants:
- at most one NEW per child is ever numbered;
- a child that has no number, or whose number has not left, ends as ChildUnsent, never as a report;
- while a cancel of a child is under way on its connection, no other leaves for ANSWER_WAIT_NS, unless the venue was asked about the child since;
- every input about a child is answered with an event.
"""

from oms.core.commands import venue_cl_ord_id
from oms.core.enums import IntentKind, OrdStatus
from oms.core.execution.draft import Draft
from oms.core.execution.state import ANSWER_WAIT_NS, NO_CANCEL, Arrival, Child, ExecutionState, Session, session_id_of
from oms.core.execution_events import ChildRequestRejected, ChildRequestTaken, ChildTaken, ChildUnsent
from oms.core.halts import Place, client_of, halt_keys, stopped_by, venues_of
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel, ChildNew, ChildReplace
from oms.core.venue_reasons import CxlRejReason
from oms.fix.throttle import Budget

NOT_SENT = "not sent"
"""Of a request that execution itself refuses."""

VALIDITY_TRIES = 5
"""The validity window of an order whose arrival is unknowable, in status requests: with the doubling wait between them (1, 2, 4, 8, 16 s)
31 s, longer than any network holds a message back. Until then each comes with another cancel; then it stays unknown, and is a break."""


def take_new(draft: Draft, new: ChildNew) -> None:
    """A child order of the router: sent now, or kept until it can be, or refused."""
    venue = draft.state.reference.venues.get(new.venue_id)
    session_id = session_id_of(venue, draft.state.partition) if venue and venue.enabled else ""
    if not session_id:
        draft.ended(new.child_id)
        draft.add(
            ChildUnsent(new.order_id, new.child_id, Reason.NO_VENUE_SESSION, f"no session with venue {new.venue_id}")
        )
        return
    child = draft.take(
        ChildTaken(
            order_id=new.order_id,
            child_id=new.child_id,
            venue_id=new.venue_id,
            session_id=session_id,
            instrument_id=new.instrument_id,
            account_id=new.account_id,
            desk_id=new.desk_id,
            side=new.side,
            ord_type=new.ord_type,
            time_in_force=new.time_in_force,
            order_qty=new.order_qty,
            price=new.price,
            good_until_ns=new.good_until_ns,
            trace_id=new.trace_id,
            decision_no=new.decision_no,
            decision_offset=new.decision_offset,
            instructions=new.instructions,
            trader=new.trader,
            strategy=new.strategy,
            reduces_from=new.reduces_from,
        )
    )
    session = draft.session(child)
    refused = _refusal(draft, child, child.control_position, new.good_until_ns, new.reduces_from)
    if refused is not None:
        unsent(draft, child, refused)
    elif session.ready and not session.queue and draft.room(session, Budget.ORDER) > 0:
        draft.intent(child, IntentKind.NEW, order_qty=child.order_qty, price=child.price)


def take_cancel(draft: Draft, cancel: ChildCancel) -> None:
    child = draft.child(cancel.child_id)
    if child is None:
        reason = Reason.TOO_LATE_TO_CANCEL if draft.is_known(cancel.child_id) else Reason.UNKNOWN_ORDER
        draft.add(
            ChildRequestRejected(
                cancel.order_id, cancel.child_id, cancel.request, IntentKind.CANCEL, reason, "no such open order"
            )
        )
    elif not child.sent:
        unsent(draft, child, Reason.WITHDRAWN_UNSENT)
    elif not _withdrawn(draft, child, Reason.WITHDRAWN_UNSENT):
        _cancel_sent(draft, child, cancel.request)


def take_replace(draft: Draft, replace: ChildReplace) -> None:
    child = draft.child(replace.child_id)
    if child is None:
        draft.add(
            ChildRequestRejected(
                replace.order_id,
                replace.child_id,
                replace.request,
                IntentKind.REPLACE,
                Reason.ORDER_NOT_OPEN,
                "no such open order",
            )
        )
        return
    taken = ChildRequestTaken(
        replace.order_id,
        replace.child_id,
        IntentKind.REPLACE,
        replace.request,
        replace.order_qty,
        replace.price,
        replace.good_until_ns,
        replace.instructions,
        replace.reduces_from,
    )
    obstacle = _replace_obstacle(draft, child)
    refused = obstacle or _refusal(
        draft, child, draft.state.control.position, replace.good_until_ns, replace.reduces_from
    )
    session = draft.session(child)
    if refused is not None:
        reject_request(draft, child, taken.request, IntentKind.REPLACE, refused, NOT_SENT)
    elif session.ready and not session.queue and draft.room(session, Budget.ORDER) > 0:
        draft.intent(
            child,
            IntentKind.REPLACE,
            replace.request,
            replace.order_qty,
            replace.price,
            instructions=replace.instructions,
        )
    else:
        draft.add(taken)


def release(draft: Draft, child: Child) -> None:
    """The child's turn in the queue of its session: the waiting NEW or REPLACE leaves, or is refused."""
    waiting = child.waiting_replace
    if not child.sent:
        refused = _refusal(draft, child, child.control_position, child.terms.good_until_ns, child.terms.reduces_from)
        if refused is not None:
            unsent(draft, child, refused)
        else:
            draft.intent(child, IntentKind.NEW, order_qty=child.order_qty, price=child.price)
    elif waiting is not None:
        refused = _replace_obstacle(draft, child, waiting=True) or _refusal(
            draft, child, child.replace_control_position, waiting.good_until_ns, waiting.reduces_from
        )
        if refused is not None:
            reject_request(draft, child, waiting.request, IntentKind.REPLACE, refused, NOT_SENT)
        else:
            draft.intent(
                child,
                IntentKind.REPLACE,
                waiting.request,
                waiting.order_qty,
                waiting.price,
                instructions=waiting.instructions,
            )


def ask(draft: Draft, child: Child) -> None:
    """After a logon: repeat a cancel without outcome (not for a NEW that did not arrive: nothing is there), ask the status.

    Where nobody can know whether the NEW arrived, it is cancelled first, wanted or not: that is an outcome if the order is there, and
    does nothing if it is not.
    """
    wanted = child.cancel != NO_CANCEL and child.arrival is not Arrival.NOT_ARRIVED
    if (wanted or child.arrival is Arrival.UNPROVEN) and not _cancel_under_way(draft.session(child), child):
        draft.intent(child, IntentKind.CANCEL, max(child.cancel, 0))
    _ask_status(draft, child)


def ask_again(draft: Draft, child: Child) -> None:
    """The session stayed up, and no answer came, or none that settles it. The wait doubles each time, up to a minute.

    A cancel gets a question first, and the time for an answer: that may only be late. (The questions may be older than the cancel.) If there is no outcome then either, it is repeated under a new
    ClOrdID: one that the venue did carry out makes the repeated one too late, and nothing else. A NEW whose arrival is unknowable, and
    which nobody else wants cancelled, is cancelled again until it could not be carried out any more, wherever it is; later if it turns up.
    """
    tries = child.status_tries
    if child.arrival is Arrival.UNPROVEN and child.cancel <= 0 and not child.venue_order_id:
        again = tries <= VALIDITY_TRIES
    else:
        has_one = child.pending(IntentKind.CANCEL) is not None and child.arrival is not Arrival.NOT_ARRIVED
        overdue = not _cancel_under_way(draft.session(child), child, draft.now_ns - ANSWER_WAIT_NS)
        again = tries > 0 and has_one and overdue
    if again:
        draft.intent(child, IntentKind.CANCEL, max(child.cancel, 0))
    _ask_status(draft, child)


def _ask_status(draft: Draft, child: Child) -> None:
    """Of the order, and before that, separately, of a replace without outcome: the venue may know one and not the other."""
    for number, request in child.requests.items():
        if request.kind is IntentKind.REPLACE:
            name = venue_cl_ord_id(draft.state.partition, child.terms.child_id, number)
            draft.intent(child, IntentKind.STATUS, about=name)
    draft.intent(child, IntentKind.STATUS)


def cancel_for_scope(draft: Draft, child: Child) -> None:
    """A control record wants the child gone: execution acts on its own, whatever router and risk do."""
    reason = scope_reason(child)
    if not child.sent:
        unsent(draft, child, reason)
    elif not _withdrawn(draft, child, reason):
        _cancel_sent(draft, child, 0)


def cancel_waiting(draft: Draft, child: Child) -> None:
    """A cancel for which the venue's throttle had no room."""
    assert child.cancel != NO_CANCEL, f"no cancel of {child.terms.child_id} is wanted"
    draft.intent(child, IntentKind.CANCEL, child.cancel)


def expire(draft: Draft, child: Child) -> None:
    """Its good-until passed while it waited."""
    if not child.sent and draft.now_ns > child.terms.good_until_ns:
        unsent(draft, child, Reason.GOOD_UNTIL_PASSED_AT_EXECUTION)


def scope_reason(child: Child) -> Reason:
    """Why a child ends that a control record wants gone."""
    return Reason.WITHDRAWN_FROM_VENUE if child.withdrawn else Reason.HALTED_AT_EXECUTION


def children_in(state: ExecutionState, wanted: OrderFilter) -> tuple[str, ...]:
    """The live children that the filter covers, oldest first."""
    found: list[str] = []
    venues, reference = venues_of(state.reference, wanted), state.reference
    for child_id, child in state.children.items():
        t = child.terms
        client_id = client_of(reference, t.account_id) if wanted.client_id else ""
        if (venues is None or t.venue_id in venues) and wanted.matches(
            t.desk_id, t.account_id, t.instrument_id, t.side, t.trader, t.strategy, client_id=client_id
        ):
            found.append(child_id)
    return tuple(found)


def not_yet_cancelled(state: ExecutionState, covered: tuple[str, ...]) -> tuple[str, ...]:
    """Those of them that no cancel is wanted of: what is being cancelled already is left to that cancel."""
    return tuple([c for c in covered if state.children[c].cancel == NO_CANCEL and c not in state.scope_work])


def unsent(draft: Draft, child: Child, reason: Reason, text: str = "") -> None:
    draft.ended(child.terms.child_id)
    draft.add(ChildUnsent(child.terms.order_id, child.terms.child_id, reason, text))


def reject_request(
    draft: Draft,
    child: Child,
    request: int,
    kind: IntentKind,
    reason: Reason,
    text: str,
    said: CxlRejReason | None = None,
) -> None:
    """`said`: by the venue."""
    terms, status = child.terms, draft.status_of(child)
    draft.add(ChildRequestRejected(terms.order_id, terms.child_id, request, kind, reason, text, said, status))


def repeat_cancel(draft: Draft, child: Child) -> None:
    """The venue has an order that was held not to have arrived; a wanted cancel was kept back for that, and leaves now."""
    if child.cancel != NO_CANCEL and not _cancel_under_way(draft.session(child), child):
        draft.intent(child, IntentKind.CANCEL, child.cancel)


def _withdrawn(draft: Draft, child: Child, reason: Reason) -> bool:
    """Whether the child's NEW had a number and has not left: then it never does, and a gap fill takes its place in the order.

    Only a NEW alone: with a request of ours behind it, whose bytes wait as well, that request would name an order that never was. And
    only on a session that is up: otherwise the next logon says what arrived, and fills the rest.
    """
    session = draft.session(child)
    if not session.is_up or draft.has_asked(child) or (session.session_id, child.new_seq) not in draft.unsent:
        return False
    draft.gap_fill(session, child.new_seq, child.new_seq + 1)
    unsent(draft, child, reason)
    return True


def _cancel_sent(draft: Draft, child: Child, request: int) -> None:
    terms, session = child.terms, draft.session(child)
    joins = _cancel_under_way(session, child, draft.now_ns - ANSWER_WAIT_NS) if request and session.is_up else 0
    if not joins and session.is_up and not session.cancels and draft.room(session, Budget.CANCEL) > 0:
        draft.intent(child, IntentKind.CANCEL, request)
    else:
        kind = IntentKind.CANCEL
        draft.add(ChildRequestTaken(terms.order_id, terms.child_id, kind, request, 0, None, 0, joins=joins))


def _cancel_under_way(session: Session, child: Child, after_ns: int = -1) -> int:
    """The number in the ClOrdID of a cancel that left on this connection, after `after_ns`, and has no outcome yet; 0: there is none."""
    found = 0
    for number, r in child.requests.items():
        if r.kind is IntentKind.CANCEL and r.msg_seq_num > session.logon_out and r.at_ns > after_ns:
            found = number
    return found


def _refusal(draft: Draft, child: Child, taken_at: int, good_until_ns: int, reduces_from: int) -> Reason | None:
    """Why what creates or increases may not leave. `taken_at`: control position when it was taken up; a halt since then blocks it,
    lifted or not, because it was judged before that halt; unless risk knew the halt when it judged it as reducing (`reduces_from`)."""
    terms, state = child.terms, draft.state
    place = Place(terms.desk_id, terms.account_id, terms.instrument_id, terms.trader, terms.strategy, terms.venue_id)
    if stopped_by(state.control, state.reference, place, reduces_from) >= 0:
        return Reason.HALTED_AT_EXECUTION
    if state.seen_halts:
        newest = max(state.seen_halts.get(key, -1) for key in halt_keys(state.reference, place))
        if newest >= max(taken_at, reduces_from):
            return Reason.HALTED_AT_EXECUTION
    return Reason.GOOD_UNTIL_PASSED_AT_EXECUTION if draft.now_ns > good_until_ns else None


def _replace_obstacle(draft: Draft, child: Child, waiting: bool = False) -> Reason | None:
    """Why the child itself cannot be replaced now."""
    if not child.sent:
        return Reason.NO_VENUE_SESSION
    if child.cancel == 0 or child.terms.child_id in draft.state.scope_work:
        return Reason.TOO_LATE_TO_CANCEL
    if child.ord_status is OrdStatus.UNKNOWN:
        return Reason.OUTCOME_UNKNOWN
    if child.pending(IntentKind.REPLACE) is not None or (child.waiting_replace is not None and not waiting):
        return Reason.REPLACE_UNSUPPORTED
    return None
