"""Every change of execution's state, event by event: the one place where a session or a child moves.

    child      ChildTaken      → queued
               Intent NEW      → sent, PENDING_NEW
               ChildReport     → the status it says; closed where that is terminal
               FillCorrected   → the status it says, while it lives; what has ended stays ended
               ChildUnknown    → UNKNOWN, until a report says otherwise
               ChildUnsent     → closed
    session    see `oms.core.execution.session_fold`

A deadline is set by what is sent, and taken away by the answer; a sent child without need of an answer has none.
"""

from collections.abc import Callable
from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import islice

from oms.core.commands import venue_cl_ord_id
from oms.core.enums import ExecType, IntentKind, OrdStatus
from oms.core.execution import session_fold
from oms.core.execution.children import children_in, not_yet_cancelled
from oms.core.execution.copies import ABOUT_TRADES, fold_trades
from oms.core.execution.ledger import Ledger, ledger_of
from oms.core.execution.state import (
    ANSWER_WAIT_NS,
    CLOSED_CHILDREN_MAX,
    NO_CANCEL,
    Arrival,
    Child,
    ClosedChild,
    Copied,
    ExecutionState,
    Request,
    Session,
    is_compared,
    new_child,
    parse_cl_ord_id,
)
from oms.core.execution.throttling import note_sent
from oms.core.execution_events import (
    Anomaly,
    BreakRaised,
    BreakResolutionRefused,
    BreakResolved,
    ChildReport,
    ChildRequestRejected,
    ChildRequestTaken,
    ChildTaken,
    ChildUnknown,
    ChildUnsent,
    ExecutionEvent,
    ExecutionSuspended,
    FillCorrected,
    FillSuperseded,
    Intent,
    MassCancelAnswered,
    ScopeCancelDone,
    ScopeCancelStarted,
    SessionDown,
    SessionMessagePlanned,
    SessionNumbersReset,
    SessionReceived,
    SessionResetRefused,
    SessionUp,
    TradeCopied,
    TradesJudged,
)
from oms.core.monitors import alerts
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.order_filter import filter_of
from oms.core.reconciliation import breaks
from oms.core.risk_events import ControlApplied

STATUS_RETRY_NS, STATUS_RETRY_MAX_NS = 1_000_000_000, 60_000_000_000
"""A status request is repeated after 1 s, doubling up to a minute."""

DEADLINES_SLACK = 64
"""The index of deadlines is rebuilt when it has this many entries more than four per child."""


def evolve(state: ExecutionState, event: ExecutionEvent, offset: int) -> None:
    if isinstance(event, ABOUT_TRADES):
        fold_trades(state, event)
    match event:
        case SessionReceived():
            session = state.sessions[event.session_id]
            session.next_in, session.last_in_ns, session.tested = event.next_in, event.at_ns, False
            session_fold.caught_up(state, session, event.at_ns)
        case Intent():
            _intent(state, event)
        case ChildReport():
            _report(state, event)
        case ChildTaken():
            _taken(state, event)
        case SessionMessagePlanned():
            session_fold.planned(state, event)
        case SessionUp():
            session_fold.up(state, event, offset)
        case SessionDown():
            session_fold.down(state, event)
        case ChildRequestTaken():
            _request_taken(state, event)
        case ChildRequestRejected():
            _request_rejected(state, event)
        case ChildUnknown():
            child = state.children[event.child_id]
            child.ord_status = OrdStatus.UNKNOWN
            child.venue_cum_qty = max(child.venue_cum_qty, event.venue_cum_qty)
            state.sessions[child.terms.session_id].awaiting.pop(event.child_id, None)
            _settle(state, child)
        case ChildUnsent():
            _unsent(state, event)
        case ControlApplied():
            for key, halted_at in state.control.halts.items():
                if halted_at == event.control_offset:
                    state.seen_halts[key] = halted_at
        case ScopeCancelStarted():
            _scope_cancel(state, event, offset)
        case ScopeCancelDone():
            state.scopes_open = tuple(at for at in state.scopes_open if at != event.control_offset)
            state.work_items += 1
        case FillSuperseded():
            ledger = _ledger(state, event.child_id)
            ledger.superseded(event)
            _keep(state, event.child_id, ledger, event.exec_id)
        case FillCorrected():
            _corrected(state, event)
        case ExecutionSuspended():
            breaks.suspended(state.breaks, event)
            _suspended(state, event)
        case BreakRaised():
            breaks.raised(state.breaks, event)
        case BreakResolved():
            breaks.resolved(state.breaks, event)
        case MassCancelAnswered():
            session_fold.answered(state, event)
        case SessionNumbersReset():
            session_fold.reset(state, event)
        case SessionResetRefused():
            session_fold.reset_refused(state, event)
        case AlertRaised() | AlertCleared():
            alerts.evolve(state.alerts, event)
        case Anomaly() | BreakResolutionRefused() | TradeCopied() | TradesJudged():
            pass
    _prune_deadlines(state)


# --- children


def _taken(state: ExecutionState, event: ChildTaken) -> None:
    child = state.children[event.child_id] = new_child(event, state.partition, state.control.position)
    session_fold.session_of(state, event.session_id, event.venue_id).queue[event.child_id] = state.ticket()
    _deadline(state, child, event.good_until_ns)


def _intent(state: ExecutionState, event: Intent) -> None:
    session = state.sessions[event.session_id]
    session.next_out, session.last_out_ns = event.msg_seq_num + 1, event.at_ns
    note_sent(state, session, event.at_ns)
    child = state.children.get(event.child_id)
    if child is None:
        assert event.kind is IntentKind.CANCEL, f"{event.kind.name} about {event.child_id or 'no child'}"
        return  # of an order in suspense, or of one that has ended for us: by a person's order
    match event.kind:
        case IntentKind.NEW:
            assert not child.sent, f"child {event.child_id} was numbered twice"
            child.new_seq = event.msg_seq_num
            _dequeue(state, session, event.child_id)
            _deadline(state, child, event.at_ns + ANSWER_WAIT_NS)
            return
        case IntentKind.STATUS:
            if event.orig_cl_ord_id != child.cl_ord_id:
                child.next_request += 1
                return  # about a replace; the question about the order itself comes with it
            if session.asks.pop(event.child_id, None) is not None:
                state.work_items += 1
                session.awaiting[event.child_id] = state.ticket()
            wait_ns = min(STATUS_RETRY_NS << min(child.status_tries, 10), STATUS_RETRY_MAX_NS)
            child.status_tries += 1
            _deadline(state, child, event.at_ns + wait_ns)
        case IntentKind.CANCEL:
            child.cancel = event.request
            state.work_items += session.cancels.pop(event.child_id, None) is not None
            _drop_requests(
                child,
                lambda r: (
                    r.kind is IntentKind.CANCEL and (r.msg_seq_num <= session.logon_out or event.request in r.answers)
                ),
            )
            _add_request(state, child, event)
            state.work_items += state.scope_work.pop(event.child_id, None) is not None
        case IntentKind.REPLACE:
            child.waiting_replace = None
            _dequeue(state, session, event.child_id)
            _add_request(state, child, event)
    child.next_request += 1


def _add_request(state: ExecutionState, child: Child, event: Intent) -> None:
    child.requests[child.next_request] = Request(
        event.kind, event.request, event.msg_seq_num, event.order_qty, event.price, event.at_ns
    )
    if not child.deadline_ns:
        _deadline(state, child, event.at_ns + ANSWER_WAIT_NS)


def _request_taken(state: ExecutionState, event: ChildRequestTaken) -> None:
    child = state.children[event.child_id]
    if event.kind is IntentKind.CANCEL:
        child.cancel = event.request
        state.work_items += state.scope_work.pop(event.child_id, None) is not None
        session = state.sessions[child.terms.session_id]
        if event.joins:
            child.requests[event.joins] = replace(child.requests[event.joins], joined=event.request)
        elif session.is_up:  # else the next logon repeats it
            session.cancels.setdefault(event.child_id, state.ticket())
    else:
        child.waiting_replace, child.replace_control_position = event, state.control.position
        state.sessions[child.terms.session_id].queue[event.child_id] = state.ticket()


def _report(state: ExecutionState, event: ChildReport) -> None:
    child = state.children.get(event.child_id)
    if child is None:
        late = _ledger(state, event.child_id)
        late.traded(event)
        _keep(state, event.child_id, late, event.exec_id)
        return
    session = state.sessions[child.terms.session_id]
    if event.exec_type is ExecType.ORDER_STATUS:
        session.awaiting.pop(event.child_id, None)
    elif event.exec_type is ExecType.TRADE:
        ledger = ledger_of(child)
        ledger.traded(event)
        _keep(state, event.child_id, ledger, event.exec_id)
    elif event.exec_type is ExecType.REPLACED:
        _replaced(state, child, event)
        child.venue_order_id = event.venue_order_id or child.venue_order_id
    elif event.exec_type is ExecType.RESTATED and event.ord_status is not OrdStatus.UNKNOWN:
        child.order_qty, child.price = event.order_qty, event.price
    if event.ord_status is not OrdStatus.UNKNOWN:
        if (
            child.arrival is not Arrival.UNPROVEN or child.cancel != 0
        ):  # else its end is told as that of an unproven one
            child.arrival = Arrival.ARRIVED
        child.venue_order_id = event.venue_order_id or child.venue_order_id
        session.known_below = max(session.known_below, child.new_seq + 1)
    child.ord_status, child.cum_qty = event.ord_status, event.cum_qty
    child.venue_cum_qty = max(child.venue_cum_qty, event.venue_cum_qty)
    if event.ends:
        _close(state, child, unsent=False)
    else:
        _settle(state, child)


def _corrected(state: ExecutionState, event: FillCorrected) -> None:
    """Sums move; a child that has ended stays ended, a live one has the status that was said."""
    ledger = _ledger(state, event.child_id)
    ledger.corrected(event)
    _keep(state, event.child_id, ledger, event.exec_id)
    child = state.children.get(event.child_id)
    if child is None:
        return
    child.ord_status = event.ord_status
    if event.ord_status.is_terminal:
        _close(state, child, unsent=False)
    else:
        _settle(state, child)


def _suspended(state: ExecutionState, event: ExecutionSuspended) -> None:
    child_id, _ = parse_cl_ord_id(state.partition, event.cl_ord_id)
    if child_id in state.children or child_id in state.closed:
        ledger = _ledger(state, child_id)
        if ledger.suspended(event):
            _keep(state, child_id, ledger, event.exec_id)


def _ledger(state: ExecutionState, child_id: str) -> Ledger:
    known = state.children.get(child_id) or state.closed.get(child_id)
    assert known is not None, f"an execution of {child_id}, which is not known"
    return ledger_of(known)


def _keep(state: ExecutionState, child_id: str, ledger: Ledger, exec_id: str) -> None:
    """Put the ledger's sums back, and remember the ExecID."""
    child, filled = state.children.get(child_id), ledger.filled
    if child is not None:
        child.exec_ids.add(exec_id)
        child.cum_qty, child.priced_qty, child.notional = filled.cum_qty, filled.priced_qty, filled.notional
        child.venue_cum_qty, child.inferred = filled.venue_cum_qty, filled.inferred
        return
    closed = state.closed[child_id]
    state.closed[child_id] = replace(
        closed,
        exec_ids=(*(e for e in closed.exec_ids if e != exec_id), exec_id),
        cum_qty=filled.cum_qty,
        priced_qty=filled.priced_qty,
        notional=filled.notional,
        venue_cum_qty=filled.venue_cum_qty,
        inferred=filled.inferred,
    )


def _replaced(state: ExecutionState, child: Child, event: ChildReport) -> None:
    """The order goes on under the ClOrdID and the terms of its replacement."""
    for number, request in child.requests.items():
        if request.kind is IntentKind.REPLACE and request.request == event.request:
            child.cl_ord_id = venue_cl_ord_id(state.partition, event.child_id, number)
    _drop_requests(child, lambda r: r.kind is IntentKind.REPLACE and r.request == event.request)
    child.order_qty, child.price = event.order_qty, event.price


def _request_rejected(state: ExecutionState, event: ChildRequestRejected) -> None:
    child = state.children.get(event.child_id)
    if child is None:
        return
    _drop_requests(child, lambda r: r.kind is event.kind and r.request == event.request)
    if event.kind is IntentKind.CANCEL:
        if child.cancel == event.request:
            child.cancel, child.withdrawn = NO_CANCEL, False
            state.sessions[child.terms.session_id].cancels.pop(event.child_id, None)
    elif child.waiting_replace is not None and child.waiting_replace.request == event.request:
        child.waiting_replace = None
        _dequeue(state, state.sessions[child.terms.session_id], event.child_id)
    _settle(state, child)


def _unsent(state: ExecutionState, event: ChildUnsent) -> None:
    child = state.children.get(event.child_id)
    if child is not None:
        _close(state, child, unsent=True)
    else:
        _remember(state, ClosedChild(event.order_id, event.child_id, "", True, 0, None, 0, (), state.ticket()))


def _close(state: ExecutionState, child: Child, unsent: bool) -> None:
    terms = child.terms
    session = state.sessions[terms.session_id]
    del state.children[terms.child_id]
    session.awaiting.pop(terms.child_id, None)
    state.work_items += session.cancels.pop(terms.child_id, None) is not None
    state.work_items += session.asks.pop(terms.child_id, None) is not None
    state.work_items += state.scope_work.pop(terms.child_id, None) is not None
    _dequeue(state, session, terms.child_id)
    copied = Copied(terms.session_id, terms.account_id, terms.instrument_id, terms.side)
    _remember(
        state,
        ClosedChild(
            order_id=terms.order_id,
            child_id=terms.child_id,
            venue_id=terms.venue_id,
            unsent=unsent,
            order_qty=child.order_qty,
            price=child.price,
            cum_qty=child.cum_qty,
            exec_ids=tuple(sorted(child.exec_ids)),
            ticket=state.ticket(),
            priced_qty=child.priced_qty,
            notional=child.notional,
            venue_cum_qty=child.venue_cum_qty,
            inferred=child.inferred,
            executions=child.executions,
            passive=child.passive,
            crossed=child.crossed,
            corrections=child.corrections,
            copied=copied if is_compared(state, session) else None,
        ),
    )


def _remember(state: ExecutionState, closed: ClosedChild) -> None:
    """One too many: the oldest goes, unless a real trade is still to come for it. There are few of those among the first."""
    state.closed[closed.child_id] = closed
    if len(state.closed) > CLOSED_CHILDREN_MAX:
        first = list(islice(state.closed, breaks.BREAKS_MAX + 1))
        del state.closed[next((c for c in first if not state.closed[c].inferred), first[0])]


def _scope_cancel(state: ExecutionState, event: ScopeCancelStarted, offset: int) -> None:
    """What is being cancelled already is left to that cancel."""
    wanted = event.filter or filter_of(event.scope, event.scope_id)
    assert wanted is not None, "a scope alone contradicts nothing"
    covered = children_in(state, wanted)
    if event.filter is not None:
        _note_scope(state, event, bool(wanted.venue_id or wanted.counterparty_id), covered)
    for child_id in covered:
        if state.children[child_id].cancel == NO_CANCEL:
            state.scope_work.setdefault(child_id, state.ticket())
    state.work_offset, state.work_items = offset, 0


def _note_scope(state: ExecutionState, event: ScopeCancelStarted, of_venue: bool, covered: tuple[str, ...]) -> None:
    """An order that is to go as a whole is not kept because its venue was asked for first; nor does the venue take what is going."""
    fresh = frozenset(not_yet_cancelled(state, covered))
    assert len(fresh) == event.matched, f"{event.matched} children matched, {len(fresh)} are to be cancelled"
    for child_id in covered:
        child = state.children[child_id]
        child.withdrawn = of_venue and (child.withdrawn or child_id in fresh)
    if fresh:
        state.scopes_open = (*state.scopes_open, event.control_offset)


def _drop_requests(child: Child, matches: Callable[[Request], bool]) -> None:
    for number in [n for n, request in child.requests.items() if matches(request)]:
        del child.requests[number]


def _dequeue(state: ExecutionState, session: Session, child_id: str) -> None:
    state.work_items += session.queue.pop(child_id, None) is not None


# --- deadlines


def _settle(state: ExecutionState, child: Child) -> None:
    """After an answer: no deadline where nothing is open any more; a new doubt is asked about soon."""
    session = state.sessions[child.terms.session_id]
    if not child.needs_answer and child.terms.child_id not in session.awaiting:
        child.deadline_ns, child.status_tries = 0, 0
    elif not child.deadline_ns:
        _deadline(state, child, session.last_in_ns + STATUS_RETRY_NS if session.is_up else 0)


def _deadline(state: ExecutionState, child: Child, deadline_ns: int) -> None:
    child.deadline_ns = deadline_ns
    if deadline_ns:
        heappush(state.deadlines, (deadline_ns, child.terms.child_id))


def _prune_deadlines(state: ExecutionState) -> None:
    """Keep the head in force, and the index in proportion."""
    heap, children = state.deadlines, state.children
    while heap and ((child := children.get(heap[0][1])) is None or child.deadline_ns != heap[0][0]):
        heappop(heap)
    if len(heap) > DEADLINES_SLACK + 4 * len(children):
        heap[:] = [(child.deadline_ns, child_id) for child_id, child in children.items() if child.deadline_ns]
        heapify(heap)
