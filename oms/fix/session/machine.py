"""`decide`: from what happened to the events, by the table. Pure; the same input in the same state at the same time gives the same events.

FieldError (of `Send`, before anything is decided) where a field cannot stand in a frame: the delimiter in its value, a tag that is no tag.
"""

from oms.fix.framing import Garbled
from oms.fix.message import Message
from oms.fix.session import incoming, logon, timers
from oms.fix.session.config import SessionConfig
from oms.fix.session.draft import Draft, forgotten
from oms.fix.session.events import (
    ConnectionEnded,
    ConnectionOpened,
    ConnectionRefused,
    FixEvent,
    LoggedOut,
    MessageSent,
    NumbersReset,
    SendRefusal,
    SendRefused,
)
from oms.fix.session.frames import build
from oms.fix.session.inputs import Disconnected, Logout, Received, Send, SessionInput
from oms.fix.session.state import EndCause, Phase, SessionState
from oms.fix.session.table import Act, act_of, trigger_of


def decide(
    config: SessionConfig, state: SessionState, session_input: SessionInput, now_ns: int
) -> tuple[FixEvent, ...]:
    """What is to happen. Nothing has until the events are folded by `evolve`. `now_ns`: UTC."""
    act = act_of(state.phase, trigger_of(session_input))
    match session_input:
        case Send():
            return (_send(config, state, session_input, now_ns, offline=act is Act.KEEP),)
        case Received(message=Message() as message):
            draft = Draft(config, state, now_ns)
            _on_message(draft, act, message, session_input.refusal)
        case Received(message=Garbled() as garbled):
            draft = Draft(config, state, now_ns)
            if act is Act.NOTE_GARBLED:
                incoming.note_garbled(draft, garbled)
            elif act is Act.NOT_A_LOGON:
                logon.not_a_logon(draft)
        case _:
            draft = Draft(config, state, now_ns)
            _on_owner(draft, act, session_input)
    return tuple(draft.events)


def _send(config: SessionConfig, state: SessionState, wanted: Send, now_ns: int, offline: bool) -> FixEvent:
    """A message of the owner with the next number. While nobody is logged on, only what the counterparty will find by itself later."""
    keeps = wanted.resendable and config.sent_kept_max > 0
    if offline:
        refusal = _refusal(config, state, keeps)
        if refusal is not None:
            return SendRefused(wanted.msg_type, refusal)
    seq_num = state.next_out
    raw = build(config, seq_num, wanted.msg_type, wanted.body, now_ns, wanted.header)
    forget = forgotten(config, state) if keeps else 0
    return MessageSent(seq_num, wanted.msg_type, raw, now_ns, keeps, offline=offline, forget=forget)


def _refusal(config: SessionConfig, state: SessionState, keeps: bool) -> SendRefusal | None:
    if not keeps:
        return SendRefusal.NOT_RESENDABLE
    if config.reset_on_logon or config.reset_on_logout or config.reset_on_disconnect:
        return SendRefusal.RESET_AHEAD
    return SendRefusal.KEPT_FULL if len(state.sent) >= config.sent_kept_max else None


def _on_message(draft: Draft, act: Act, message: Message, refusal: str) -> None:
    match act:
        case Act.IN_TURN:
            incoming.in_turn(draft, message)
        case Act.RESEND:
            incoming.answer_resend(draft, message)
        case Act.MOVE_NUMBERS:
            incoming.move_numbers(draft, message)
        case Act.LOG_ON:
            logon.log_on(draft, message, refusal)
        case Act.LOG_ON_AGAIN:
            logon.log_on_again(draft, message)
        case Act.BE_REFUSED:
            logon.be_refused(draft, message)
        case Act.NOT_A_LOGON:
            logon.not_a_logon(draft)
        case Act.ANSWER_LOGOUT:
            incoming.answer_logout(draft, message)
        case Act.FINISH_LOGOUT:
            incoming.finish_logout(draft, message)
        case _:
            assert act is Act.NOTHING, f"{act.name} is no act for a message"


def _on_owner(draft: Draft, act: Act, session_input: SessionInput) -> None:
    match act:
        case Act.OPEN:
            draft.add(ConnectionOpened(draft.now_ns))
            if draft.config.is_initiator:
                logon.open_session(draft)
        case Act.REFUSE_SECOND:
            draft.add(ConnectionRefused())
        case Act.END:
            assert isinstance(session_input, Disconnected)
            _end(draft, session_input.reason)
        case Act.WATCH_LOGON:
            timers.watch_logon(draft)
        case Act.WATCH_SILENCE:
            timers.watch_silence(draft)
        case Act.WATCH_LOGOUT:
            timers.watch_logout(draft)
        case Act.BREAK_OFF:
            draft.close(EndCause.LOGOUT, "broken off before anybody was logged on")
        case Act.BEGIN_LOGOUT:
            assert isinstance(session_input, Logout)
            draft.begin_logout(session_input.text, EndCause.LOGOUT)
        case Act.RESET_NUMBERS:
            draft.add(NumbersReset())
        case Act.ASK_RESET:
            logon.ask_reset(draft)
        case _:
            assert act is Act.NOTHING, f"{act.name} is no act for what an owner says"


def _end(draft: Draft, reason: EndCause) -> None:
    """The connection is gone. If the end was decided before, its cause is that of then."""
    state, config = draft.state, draft.config
    cause = state.end_cause if state.phase in (Phase.LOGOUT_SENT, Phase.CLOSING) else reason
    if state.logged_on:
        draft.add(LoggedOut(cause, ""))
    draft.add(ConnectionEnded(cause, draft.now_ns))
    if config.reset_on_disconnect or (config.reset_on_logout and cause is EndCause.LOGOUT):
        draft.add(NumbersReset())
