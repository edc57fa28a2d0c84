"""Which input does what in the client-sessions stage, what is due, and what is to be done once a record is acknowledged.

Message first, command as its effect: an application message and the command that it means are in one record; the command is appended to
`oms.orders` after that record's ack, and again by every new owner until risk is seen to have decided it (risk passes over repeats). Whatever
a client is told is in a record, with its number and bytes, before it is written to a socket.

Connections (rule 38): how a session ended is told apart; what is cancelled then, and after how long, its terms say. The grace window is in
the state, so that a takeover keeps it; the next logon ends it. A session whose process died is one more cause: a new owner says so first.
"""

from oms.core.client_links import (
    ClientEffect,
    CloseLinkEffect,
    CommandEffect,
    LinkClosed,
    LinkFrame,
    LinkOpened,
    OwnershipBegan,
    WriteEffect,
)
from oms.core.client_session_events import (
    CancelOnDisconnectDone,
    ClientConnected,
    ClientDayBegan,
    ClientDisconnected,
    ClientEvent,
    ClientLinkRefused,
    ClientNumbersReset,
    ClientRequested,
    CommandsRepeated,
    FixNoted,
)
from oms.core.commands import MassCancelOrders, Provenance
from oms.core.enums import DisconnectCause, TimerKind
from oms.core.market import MarketView
from oms.core.reasons import Reason
from oms.core.reference import FixSession
from oms.core.risk_events import ControlApplied
from oms.core.stage import (
    CommandInput,
    Conditions,
    ControlInput,
    CreditInput,
    ExecutionInput,
    Input,
    ReferenceInput,
    RiskInput,
    RoutingInput,
    StepInput,
    TimerInput,
)
from oms.core.venue_messages import Disconnected as VenueDisconnected
from oms.core.venue_messages import VenueMessage
from oms.fix import cancel_on_disconnect as rule_38
from oms.fix.codec import ParseError, parse
from oms.fix.framing import Garbled
from oms.fix.message import Message
from oms.fix.session import (
    Connected,
    Disconnected,
    Logout,
    MessageSent,
    Phase,
    Received,
    Reset,
    Tick,
    next_due_ns,
)
from oms.fix.session.events import DisconnectDue
from oms.gateway.client_sessions import market_data, telling
from oms.gateway.client_sessions.admission import logon_refusal
from oms.gateway.client_sessions.draft import Draft, config_of, dictionary_of
from oms.gateway.client_sessions.intake import process
from oms.gateway.client_sessions.requests import date_at, market_time
from oms.gateway.client_sessions.state import ClientSession, ClientSessionsState
from oms.gateway.client_sessions.terms import (
    END_CAUSES,
    day_began_ns,
    disconnect_cause,
    is_open,
    source_of,
    windows_of,
)


def decide(
    state: ClientSessionsState, stage_input: Input, conditions: Conditions, market: MarketView
) -> tuple[ClientEvent, ...]:
    draft = Draft(state, conditions, market)
    match stage_input:
        case LinkOpened():
            _link_opened(draft, stage_input)
        case LinkFrame():
            _frame(draft, stage_input)
        case LinkClosed():
            _link_closed(draft, stage_input)
        case OwnershipBegan():
            _took_over(draft)
        case RiskInput():
            telling.on_risk(draft, stage_input)
        case RoutingInput():
            telling.on_routing(draft, stage_input)
        case ControlInput():
            draft.emit(ControlApplied(stage_input.offset))
        case ReferenceInput():
            _terms_changed(draft, stage_input)
        case TimerInput():
            _on_timer(draft, stage_input)
        case CommandInput() | ExecutionInput() | CreditInput() | StepInput() | VenueMessage() | VenueDisconnected():
            raise AssertionError(f"client sessions do not read {type(stage_input).__name__}")
    return tuple(draft.events)


# -- connections ------------------------------------------------------------------------------------------------------------


def _link_opened(draft: Draft, opened: LinkOpened) -> None:
    terms, session = draft.terms(opened.session_id), draft.session(opened.session_id)
    if terms is None:
        draft.emit(
            ClientLinkRefused(opened.session_id, opened.link_id, Reason.UNKNOWN_COMP_ID, "the session is no more")
        )
        return
    if session.link_id:
        text = f"the session is connected already, from {session.peer}"
        draft.emit(ClientLinkRefused(opened.session_id, opened.link_id, Reason.SESSION_TAKEN, text))
        return
    _reset_as_asked(draft, terms, session)
    _begin_day(draft, terms, session)
    draft.emit(ClientConnected(opened.session_id, opened.link_id, opened.peer))
    draft.fix(terms, Connected())


def _reset_as_asked(draft: Draft, terms: FixSession, session: ClientSession) -> None:
    """A person asked for it, and nobody is connected: under a connection both sides would have to agree, which is the client's to ask for."""
    if terms.reset_ns > session.reset_ns:
        assert not session.link_id, "numbers are never reset under a connection"
        draft.fix(terms, Reset())
        draft.emit(ClientNumbersReset(terms.session_id, terms.reset_ns))


def _begin_day(draft: Draft, terms: FixSession, session: ClientSession) -> None:
    """The numbers begin anew with the first connection of a day, where that was agreed."""
    began_ns = day_began_ns(terms, draft.now_ns)
    if terms.resets_daily and session.day_ns < began_ns:
        draft.fix(terms, Reset())
        draft.emit(ClientDayBegan(terms.session_id, began_ns))


def _frame(draft: Draft, frame: LinkFrame) -> None:
    terms, session = draft.terms(frame.session_id), draft.session(frame.session_id)
    if terms is None or session.link_id != frame.link_id:
        return  # of a connection that is not the session's any more
    message = _read(terms, frame)
    refusal = ""
    if isinstance(message, Message) and message.msg_type == "A":
        refusal = logon_refusal(terms, draft.reference, message, draft.now_ns)
    for taken in draft.fix(terms, Received(message, refusal)):
        process(draft, terms, taken)


def _read(terms: FixSession, frame: LinkFrame) -> Message | Garbled:
    if frame.garbled:
        return Garbled(frame.raw, frame.garbled)
    try:
        return parse(frame.raw, dictionary_of(terms))
    except ParseError as error:
        return Garbled(frame.raw, str(error))


def _link_closed(draft: Draft, closed: LinkClosed) -> None:
    terms, session = draft.terms(closed.session_id), draft.session(closed.session_id)
    if session.link_id == closed.link_id and terms is not None:
        _ended(draft, terms, session, closed.cause, closed.text)


def _ended(draft: Draft, terms: FixSession, session: ClientSession, cause: DisconnectCause, text: str) -> None:
    """The connection is gone. Its session layer may know a better cause: it had closed it itself."""
    before = session.disconnect
    draft.fix(terms, Disconnected(END_CAUSES[cause]))
    after = rule_38.on_end(windows_of(terms), before, session.fix.end_cause, draft.now_ns)
    draft.emit(ClientDisconnected(terms.session_id, disconnect_cause(session.fix.end_cause), text, after.due_ns))


def _took_over(draft: Draft) -> None:
    """Nothing is connected; what no decision was seen for is appended again."""
    for session_id, known in draft.base.sessions.items():
        terms = draft.terms(session_id)
        if known.link_id and terms is not None:
            text = "the process that held the connection is gone"
            _ended(draft, terms, draft.session(session_id), DisconnectCause.PROCESS_DEATH, text)
    undecided = sum(1 for request in draft.base.requests.values() if not request.decided)
    if undecided:
        draft.emit(CommandsRepeated(undecided))


def _terms_changed(draft: Draft, changed: ReferenceInput) -> None:
    """Who is disabled, or whose desk or person is, is logged out; the next logon is held against the terms of then. Numbers begin anew."""
    for terms in draft.sessions():
        known = draft.base.sessions.get(terms.session_id)
        if known is not None and not known.link_id:
            _reset_as_asked(draft, terms, draft.session(terms.session_id))
        if known is None or known.fix.phase is not Phase.ACTIVE:
            continue
        refusal = logon_refusal(terms, draft.reference, None, draft.now_ns)
        if refusal:
            draft.fix(terms, Logout(refusal))


# -- timers -----------------------------------------------------------------------------------------------------------------


def due(state: ClientSessionsState, wall_ns: int, market: MarketView) -> TimerInput | None:
    """Sessions go by wall time: they are about connections, not about the market."""
    for session in state.sessions.values():
        terms = state.reference.fix_sessions.get(session.session_id)
        if terms is None:
            continue
        if rule_38.due(session.disconnect, wall_ns):
            due_ns = session.disconnect.due_ns
            return TimerInput(session.session_id, TimerKind.CANCEL_ON_DISCONNECT, session.disconnects, due_ns)
        if not session.link_id:
            continue
        if session.fix.phase is Phase.ACTIVE and _ends_now(terms, session, wall_ns):
            return TimerInput(session.session_id, TimerKind.FIX_SESSION, session.fix.next_out, wall_ns)
        tick_ns = next_due_ns(config_of(terms), session.fix)
        if tick_ns is not None and tick_ns <= wall_ns:
            return TimerInput(session.session_id, TimerKind.FIX_SESSION, session.fix.next_out, tick_ns)
    return market_data.due(state, wall_ns, market)


def _ends_now(terms: FixSession, session: ClientSession, wall_ns: int) -> str:
    """Why one that is logged on is to be logged out by its hours; empty: it goes on."""
    if not is_open(terms, wall_ns):
        return "the session is closed at this time"
    if terms.resets_daily and session.day_ns < day_began_ns(terms, wall_ns):
        return "a new day of the session has begun, and its numbers begin anew: log on again"
    return ""


def _on_timer(draft: Draft, timer: TimerInput) -> None:
    terms, session = draft.terms(timer.owner), draft.session(timer.owner)
    assert terms is not None, f"a timer of {timer.owner}, which is not there"
    if timer.kind is TimerKind.CANCEL_ON_DISCONNECT:
        _cancel_all(draft, terms, session)
    elif timer.kind is TimerKind.MARKET_DATA:
        market_data.tell(draft, terms, session)
    elif session.fix.phase is Phase.ACTIVE and (text := _ends_now(terms, session, draft.now_ns)):
        draft.fix(terms, Logout(text))
    else:
        for taken in draft.fix(terms, Tick()):  # one that had waited for an earlier one
            process(draft, terms, taken)


def _cancel_all(draft: Draft, terms: FixSession, session: ClientSession) -> None:
    """One command for all that came in over the session, whatever is on its way: risk reads it behind them."""
    draft.emit(CancelOnDisconnectDone(terms.session_id, disconnect_cause(session.disconnect.cause)))
    calendar = draft.reference.calendars.get(terms.calendar_id)
    command = MassCancelOrders(
        terms.desk_id,
        date_at(calendar, market_time(draft.control, draft.now_ns)),
        f"cod.{terms.session_id[:40]}.{session.disconnects}",
        "",
        "",
        draft.now_ns,
        "",
        Provenance(terms.person_id, "", source_of(terms.session_id), terms.person_id, ""),
        source=source_of(terms.session_id),
    )
    draft.emit(ClientRequested(terms.session_id, 0, "", "", command))


# -- effects ----------------------------------------------------------------------------------------------------------------


def effects(state: ClientSessionsState, events: tuple[ClientEvent, ...]) -> tuple[ClientEffect, ...]:
    """Bytes to write, connections to close, commands to append: in the order of the record."""
    todo: list[ClientEffect] = []
    for event in events:
        if isinstance(event, FixNoted):
            session_id, link_id = event.session_id, state.sessions[event.session_id].link_id
            if isinstance(event.event, MessageSent) and not event.event.offline and link_id:
                todo.append(WriteEffect(session_id, link_id, event.event.raw))
            elif isinstance(event.event, DisconnectDue) and link_id:
                todo.append(CloseLinkEffect(session_id, link_id))
        elif isinstance(event, ClientLinkRefused):
            todo.append(CloseLinkEffect(event.session_id, event.link_id))
        elif isinstance(event, ClientRequested):
            todo.append(CommandEffect(event.command))
        elif isinstance(event, CommandsRepeated):
            todo += [CommandEffect(r.command) for r in state.requests.values() if not r.decided]
    return tuple(todo)
