"""Which input does what, what is due, and what is to be done once a record is acknowledged.

Work that is too much for one record (children to cancel for a scope, to ask about after a logon, to let go afterwards) is kept in
the state and done in steps of at most STEP_ITEMS_MAX: first cancels, then questions, then what waits. A step leaves an event per
item, so that the work always gets less.
"""

from itertools import islice

from oms.core.client_links import LinkClosed, LinkFrame, LinkOpened, OwnershipBegan
from oms.core.control import BreakResolution, CancelScope, Halt, Liquidate, Resume, cancels
from oms.core.enums import TimerKind
from oms.core.execution.children import (
    ask,
    ask_again,
    cancel_for_scope,
    cancel_waiting,
    children_in,
    expire,
    not_yet_cancelled,
    release,
    take_cancel,
    take_new,
    take_replace,
)
from oms.core.execution.copies import due_trades, judge_trades
from oms.core.execution.draft import Draft
from oms.core.execution.mass_cancels import ask_for, on_mass_cancel_timer
from oms.core.execution.reports import unanswered
from oms.core.execution.resets import on_reset_timer
from oms.core.execution.resolutions import resolve
from oms.core.execution.sessions import (
    due_session_timer,
    on_heartbeat_timer,
    on_hours_timer,
    on_list_timer,
    on_logon_timer,
    take_message,
)
from oms.core.execution.state import ExecutionState, SessionPhase, owned_sessions
from oms.core.execution.throttling import has_work
from oms.core.execution_events import (
    Anomaly,
    ExecutionEvent,
    Intent,
    ScopeCancelDone,
    ScopeCancelStarted,
    SessionDown,
    SessionMessagePlanned,
)
from oms.core.risk_events import ControlApplied
from oms.core.routing_events import ChildCancel, ChildNew, ChildReplace, RoutingEvent
from oms.core.stage import (
    CommandInput,
    Conditions,
    ControlInput,
    CreditInput,
    DisconnectEffect,
    Effect,
    ExecutionInput,
    Input,
    ReferenceInput,
    RiskInput,
    RoutingInput,
    SendEffect,
    StepInput,
    TimerInput,
)
from oms.core.venue_messages import Disconnected, VenueMessage
from oms.fix.throttle import Budget

_OF_SESSIONS = (
    TimerKind.LOGON,
    TimerKind.HEARTBEAT,
    TimerKind.LIST,
    TimerKind.MASS_CANCEL,
    TimerKind.RESET,
    TimerKind.SESSION_HOURS,
)

STEP_ITEMS_MAX = 200
"""Items of work in one record: a few tens of kilobytes, and some milliseconds between which other inputs have their turn."""


def decide(state: ExecutionState, stage_input: Input, conditions: Conditions) -> tuple[ExecutionEvent, ...]:
    draft = Draft(state, conditions.wall_ns, conditions.unsent, starting=conditions.starting)
    match stage_input:
        case RoutingInput():
            for event in stage_input.events:
                _on_routing(draft, event)
        case VenueMessage():
            session = state.sessions.get(stage_input.session_id)
            if session is not None:
                take_message(draft, session, stage_input)
        case Disconnected():
            session = state.sessions.get(stage_input.session_id)
            if session is not None and session.phase is not SessionPhase.DOWN:
                draft.down(session, stage_input.text)
        case TimerInput():
            _on_timer(draft, stage_input)
        case StepInput():
            _on_step(draft)
        case ControlInput():
            _on_control(draft, stage_input)
        case CommandInput() | RiskInput() | ExecutionInput() | CreditInput() | ReferenceInput():
            pass
        case LinkOpened() | LinkFrame() | LinkClosed() | OwnershipBegan():
            raise AssertionError(f"execution has no clients: {type(stage_input).__name__}")
    return tuple(draft.events)


def _on_routing(draft: Draft, event: RoutingEvent) -> None:
    """The router's records also tell the life of parents, which is not execution's business."""
    if isinstance(event, ChildNew):
        if draft.is_known(event.child_id):
            draft.add(Anomaly(event.venue_id, "", f"child {event.child_id} was ordered a second time: not sent", ""))
        else:
            take_new(draft, event)
    elif isinstance(event, ChildCancel):
        take_cancel(draft, event)
    elif isinstance(event, ChildReplace):
        take_replace(draft, event)


def _on_control(draft: Draft, control: ControlInput) -> None:
    record = control.record
    if not isinstance(record, Halt | Resume | CancelScope | BreakResolution | Liquidate):
        return
    draft.add(ControlApplied(control.offset))
    if isinstance(record, BreakResolution):
        if record.partition == draft.state.partition:
            resolve(draft, control.offset, record)
        return
    wanted = cancels(record) if isinstance(record, Halt | CancelScope | Liquidate) else None
    if isinstance(record, Halt | CancelScope | Liquidate) and wanted is not None:
        covered = children_in(draft.state, wanted)
        matched = len(not_yet_cancelled(draft.state, covered))
        draft.add(ScopeCancelStarted(control.offset, record.scope, record.scope_id, wanted, matched))
        ask_for(draft, wanted, covered)


def _on_timer(draft: Draft, timer: TimerInput) -> None:
    if timer.kind in _OF_SESSIONS:
        for venue, session in owned_sessions(draft.state):
            if session.session_id != timer.owner:
                continue
            if timer.kind is TimerKind.LOGON:
                on_logon_timer(draft, venue, session)
            elif timer.kind is TimerKind.LIST:
                on_list_timer(draft, session)
            elif timer.kind is TimerKind.MASS_CANCEL:
                on_mass_cancel_timer(draft, session)
            elif timer.kind is TimerKind.SESSION_HOURS:
                on_hours_timer(draft, venue, session)
            elif timer.kind is TimerKind.RESET:
                on_reset_timer(draft, venue, session)
            else:
                on_heartbeat_timer(draft, venue, session)
        return
    if timer.kind is TimerKind.TRADES:
        judge_trades(draft, timer.owner)
        return
    child = draft.child(timer.owner)
    if child is None:
        return
    if child.sent:
        unanswered(draft, child)
        ask_again(draft, child)
    else:
        expire(draft, child)


def _on_step(draft: Draft) -> None:
    state, left = draft.state, STEP_ITEMS_MAX
    for child_id in islice(state.scope_work, left):
        child, left = draft.child(child_id), left - 1
        if child is not None:
            cancel_for_scope(draft, child)
    if len(state.scope_work) <= STEP_ITEMS_MAX:
        for control_offset in state.scopes_open:
            draft.add(ScopeCancelDone(control_offset))
    for session in state.sessions.values():
        for waiting, budget, act in (
            (session.cancels if session.is_up else {}, Budget.CANCEL, cancel_waiting),
            (session.asks if session.can_ask else {}, Budget.CANCEL, ask),
            (session.queue if session.ready else {}, Budget.ORDER, release),
        ):
            for child_id in islice(waiting, left):
                if draft.room(session, budget) <= 0:
                    break
                child, left = draft.child(child_id), left - 1
                if child is not None:
                    act(draft, child)


def due(state: ExecutionState, wall_ns: int) -> TimerInput | StepInput | None:
    """Everything here goes by wall time: sessions, answers and good-until are about processes, not about the market."""
    timer = due_session_timer(state, wall_ns) or due_trades(state, wall_ns)
    if timer is not None:
        return timer
    if state.deadlines and state.deadlines[0][0] < wall_ns:
        deadline_ns, child_id = state.deadlines[0]
        child = state.children[child_id]
        kind = TimerKind.STATUS if child.sent else TimerKind.EXPIRE
        return TimerInput(child_id, kind, child.status_tries, deadline_ns)
    presses = bool(state.scope_work or state.scopes_open)
    if presses or any(has_work(state, session, wall_ns) for session in state.sessions.values()):
        return StepInput(state.work_offset, state.work_items + 1, presses)
    return None


def effects(state: ExecutionState, events: tuple[ExecutionEvent, ...]) -> tuple[Effect, ...]:
    """Bytes to write, in the order of the record, which is that of the numbers; connections to close."""
    todo: list[Effect] = []
    for event in events:
        if isinstance(event, Intent):
            todo.append(SendEffect(event, _as_ordered(state, event.child_id)))
        elif isinstance(event, SessionMessagePlanned):
            todo.append(SendEffect(event, None))
        elif isinstance(event, SessionDown):
            todo.append(DisconnectEffect(event.session_id))
    return tuple(todo)


def _as_ordered(state: ExecutionState, child_id: str) -> ChildNew | None:
    """The child's terms, as the router gave them; None for a person's cancel of what is no live child."""
    child = state.children.get(child_id)
    if child is None:
        return None
    terms = child.terms
    return ChildNew(
        order_id=terms.order_id,
        child_id=terms.child_id,
        decision_no=terms.decision_no,
        decision_offset=terms.decision_offset,
        desk_id=terms.desk_id,
        account_id=terms.account_id,
        instrument_id=terms.instrument_id,
        venue_id=terms.venue_id,
        side=terms.side,
        ord_type=terms.ord_type,
        time_in_force=terms.time_in_force,
        order_qty=terms.order_qty,
        price=terms.price,
        good_until_ns=terms.good_until_ns,
        trace_id=terms.trace_id,
        instructions=terms.instructions,
        trader=terms.trader,
        strategy=terms.strategy,
        reduces_from=terms.reduces_from,
    )
