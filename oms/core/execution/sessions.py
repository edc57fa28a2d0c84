"""The session: logon, numbers, heartbeats. What FIX calls the session layer, without a socket.

    DOWN ──LOGON timer──► LOGGING_ON ──LogonConfirmed──► UP
      ▲                       │                           │
      ├── Disconnected, LoggedOut, no answer, silence ────┤
      └── the same ──── LOGGING_OUT ◄─SESSION_HOURS timer─┘

Every logon attempt takes a number of its own. The venue's answer says which of our numbers arrived: the rest is gap-filled, never
sent again, and children whose NEW is among them are asked about (`oms.core.execution.reports` draws the conclusion).
Their numbers: lower than expected is dropped without a trace, equal is processed, higher is dropped and asked for again, once per gap.
The exception is their logon, which counts at once: what it says of our numbers cannot wait for what is sent again behind it.
A logon with a number that was used before comes from a venue that lost its numbers: ours go on, theirs begin anew, and it proves nothing
(whether a NEW arrived is then unknowable: see `oms.core.execution.children.ask`).
A venue whose logon names no number (it has no tag 789) is asked by a test request right behind ours, and the session is UP with what comes
back: a ResendRequest says from which number on nothing arrived, the answer to the test that all did. What the venue sent meanwhile is asked
for again, because such a venue does not send it by itself.
A drop copy session (`Session.copies`) is one like any other: numbers, logons and owner are those of its partition. It is told executions
alone (`oms.core.execution.copies`), and asks for nothing.
Numbers may begin anew (`oms.core.execution.resets`). Outside the venue's hours (`Venue.hours`) a session is logged out and not tried: what is
for the venue then waits as for any session that is down, and its next logon asks about everything as any other does.
When all is asked that a logon makes necessary, and then every LIST_EVERY_NS, the venue is asked which orders it has: those that we do
not have are found by that, and those that it has lost without a word.

Invariants:
- nothing but a LOGON is planned on a session that is not UP, and the one TEST_REQUEST that finds out what arrived;
- what the venue sent is processed in the order of its numbers, each number once.
It does not know what reports mean.
"""

from oms.core.enums import SessionMessage, TimerKind
from oms.core.execution.arrivals import take_report
from oms.core.execution.copies import take_copy
from oms.core.execution.draft import Draft
from oms.core.execution.mass_cancels import next_due_ns, take_mass_cancel_report
from oms.core.execution.reports import take_cancel_reject, take_list, take_refusal
from oms.core.execution.resets import log_on_anew
from oms.core.execution.session_fold import LOGON_RETRY_MAX_NS, LOGON_RETRY_NS, backoff_ns
from oms.core.execution.state import ExecutionState, Session, SessionPhase, owned_sessions, reset_asked
from oms.core.execution_events import SessionUp
from oms.core.money import INT64_MAX
from oms.core.reference import Venue
from oms.core.session_hours import standing
from oms.core.stage import TimerInput
from oms.core.venue_messages import (
    CancelRejectReceived,
    CopyReceived,
    GapFilled,
    HeartbeatReceived,
    LoggedOut,
    LogonConfirmed,
    MassCancelReported,
    MessageRefused,
    OpenOrdersListed,
    ReportReceived,
    ResendRequested,
    TestRequestReceived,
    VenueMessage,
)
from oms.fix.reconnect import Reconnect, delay_ns

SECOND_NS = 1_000_000_000
LOGON_TIMEOUT_NS = 5 * SECOND_NS
"""How long a venue may take to answer a logon; as long as the longest pause between attempts."""

LOGOUT_TIMEOUT_NS = 5 * SECOND_NS
"""How long a venue may take to answer a logout: what it had sent before is on the wire in front of the answer."""

_SPREAD = Reconnect(LOGON_RETRY_NS, LOGON_RETRY_MAX_NS)

LOGONS_BEFORE_DOUBT = 8
"""Every so many attempts in vain, about 20 s, the logon expects what the venue sends from 1 on. A venue that lost its numbers, and whose
answer that said so was lost too, refuses to be expected to have sent more than it did; any other venue sends again what we know,
which is dropped by its numbers."""

LIST_EVERY_NS = 60 * SECOND_NS
"""How long a difference that nobody told may stay unseen on a session that stays up: as long as the longest wait between two questions.
A list is one message in and one record per open order: at a thousand of them, less than twenty a second."""

NOTHING_PROVEN = 0
"""`arrived_below` of a logon that says nothing of what arrived: below every number that we are known to have used."""


def take_message(draft: Draft, session: Session, message: VenueMessage) -> None:
    """A numbered message of the venue. What a session that is DOWN still hears is dropped: it will be sent again."""
    if session.phase is SessionPhase.DOWN:
        return
    if session.phase is SessionPhase.LOGGING_ON:
        _while_logging_on(draft, session, message)
    elif message.msg_seq_num == session.next_in:
        _in_sequence(draft, session, message)
    elif message.msg_seq_num > session.next_in:
        if isinstance(message.body, LoggedOut):
            draft.down(session, f"logged out: {message.body.text}")
        elif session.resend_from != session.next_in:
            draft.session_message(session, SessionMessage.RESEND_REQUEST, begin_seq_no=session.next_in)


def _while_logging_on(draft: Draft, session: Session, message: VenueMessage) -> None:
    body = message.body
    if isinstance(body, LoggedOut):
        if message.msg_seq_num == session.next_in:
            draft.received(session, session.next_in + 1)
        draft.down(session, f"logon refused: {body.text}")
    elif isinstance(body, LogonConfirmed) and body.next_expected:
        _logon_confirmed(draft, session, message, body)
    elif isinstance(body, LogonConfirmed):
        _find_out(draft, session, message)
    elif isinstance(body, ResendRequested):
        _found_out(draft, session, message, body.begin_seq_no)
    elif isinstance(body, HeartbeatReceived) and body.test_req_id == _name_of_test(session):
        _found_out(draft, session, message, session.next_out)


def _name_of_test(session: Session) -> str:
    return f"arrived-{session.logon_out}"


def _find_out(draft: Draft, session: Session, message: VenueMessage) -> None:
    """The venue is there, and says nothing of what arrived."""
    if message.msg_seq_num == session.next_in:
        draft.received(session, session.next_in + 1)
    draft.session_message(session, SessionMessage.TEST_REQUEST, text=_name_of_test(session))


def _found_out(draft: Draft, session: Session, message: VenueMessage, arrived_below: int) -> None:
    """Everything below that number arrived, and nothing from there on: the test request itself was behind it."""
    seq = message.msg_seq_num
    if arrived_below > session.next_out:
        draft.anomaly(session, "the venue asks for numbers that were never used", message.raw)
        draft.down(session, "numbers contradict each other")
        return
    if seq < session.next_in:
        draft.anomaly(session, "the venue's numbers began anew: nothing follows from them now", message.raw)
    elif arrived_below < session.known_below:
        draft.anomaly(session, "the venue forgot numbers that had arrived: nothing follows from them now", message.raw)
    below = NOTHING_PROVEN if seq < session.next_in else arrived_below
    in_order = seq <= session.next_in
    draft.received(session, seq + 1 if in_order else session.next_in)
    draft.add(SessionUp(session.session_id, session.venue_id, below, seq, draft.now_ns))
    if arrived_below < session.next_out:
        draft.gap_fill(session, arrived_below, session.next_out)
    if not in_order:
        draft.session_message(session, SessionMessage.RESEND_REQUEST, begin_seq_no=session.next_in)


def _logon_confirmed(draft: Draft, session: Session, message: VenueMessage, body: LogonConfirmed) -> None:
    seq = message.msg_seq_num
    if body.next_expected > session.logon_out + 1:
        draft.anomaly(session, "the venue's logon names numbers that contradict ours", message.raw)
        draft.down(session, "numbers contradict each other")
        return
    arrived_below = body.next_expected
    if seq < session.next_in:
        draft.anomaly(session, "the venue's numbers began anew: nothing follows from them now", message.raw)
        arrived_below = NOTHING_PROVEN
    elif body.next_expected < session.known_below:
        draft.anomaly(session, "the venue forgot numbers that had arrived: nothing follows from them now", message.raw)
    draft.received(session, seq + 1 if seq <= session.next_in else session.next_in)
    draft.add(SessionUp(session.session_id, session.venue_id, arrived_below, seq, draft.now_ns))
    if body.next_expected <= session.logon_out:
        draft.gap_fill(session, body.next_expected, session.logon_out + 1)


def _in_sequence(draft: Draft, session: Session, message: VenueMessage) -> None:
    body = message.body
    if isinstance(body, GapFilled):
        draft.received(session, max(body.new_seq_no, session.next_in + 1))
        return
    draft.received(session, session.next_in + 1)
    match body:
        case ReportReceived():
            take_report(draft, session, body, message.raw)
        case OpenOrdersListed():
            if body.last is not None:
                take_report(draft, session, body.last, message.raw)
            take_list(draft, session, body)
        case CopyReceived():
            take_copy(draft, session, body, message.raw)
        case CancelRejectReceived():
            take_cancel_reject(draft, session, body, message.raw)
        case MassCancelReported():
            take_mass_cancel_report(draft, session, body, message.raw)
        case MessageRefused():
            take_refusal(draft, session, body, message.raw)
        case TestRequestReceived() if session.is_up:
            draft.session_message(session, SessionMessage.HEARTBEAT, text=body.test_req_id)
        case ResendRequested():
            _fill_or_give_up(draft, session, body.begin_seq_no)
        case LoggedOut():
            draft.down(session, f"logged out: {body.text}")
        case HeartbeatReceived() | LogonConfirmed() | TestRequestReceived():
            pass


def _fill_or_give_up(draft: Draft, session: Session, begin_seq_no: int) -> None:
    """Numbers from before this connection are filled once more. One of this connection cannot be missing on a sound one: a new logon
    finds out what arrived, on the one path there is for that."""
    if begin_seq_no <= session.logon_out:
        draft.gap_fill(session, begin_seq_no, session.logon_out + 1)
    else:
        draft.down(session, f"the venue misses number {begin_seq_no} of this connection")


def on_logon_timer(draft: Draft, venue: Venue, session: Session) -> None:
    """Try, or stop waiting for an answer."""
    if session.phase is SessionPhase.DOWN:
        if log_on_anew(draft, venue, session):
            return
        doubted = session.attempts % LOGONS_BEFORE_DOUBT == LOGONS_BEFORE_DOUBT - 1
        draft.session_message(session, SessionMessage.LOGON, next_expected=1 if doubted else session.next_in)
    elif session.phase is SessionPhase.LOGGING_ON:
        draft.down(session, "no answer to the logon")


def on_hours_timer(draft: Draft, venue: Venue, session: Session) -> None:
    """Its hours are over: say so, and do not wait for ever for the venue to say it too."""
    if session.phase is SessionPhase.LOGGING_OUT:
        draft.down(session, "no answer to the logout")
    elif session.is_up and not _is_open(venue, draft.now_ns):
        draft.session_message(session, SessionMessage.LOGOUT, text="the session's hours have ended")


def _is_open(venue: Venue, wall_ns: int) -> bool:
    return venue.hours is None or standing(venue.hours, wall_ns).is_open


def on_heartbeat_timer(draft: Draft, venue: Venue, session: Session) -> None:
    """Say that we are there; ask whether they are; give up."""
    if not session.is_up:
        return
    beat_ns, silent_ns = venue.heartbeat_s * SECOND_NS, draft.now_ns - session.last_in_ns
    if 2 * silent_ns >= 5 * beat_ns:
        draft.down(session, "silent for 2.5 heartbeat intervals")
    elif 2 * silent_ns >= 3 * beat_ns and not session.tested:
        draft.session_message(session, SessionMessage.TEST_REQUEST, text=f"test-{session.next_out}")
    elif draft.now_ns - session.last_out_ns >= beat_ns:
        draft.session_message(session, SessionMessage.HEARTBEAT)


def on_list_timer(draft: Draft, session: Session) -> None:
    if session.can_ask:
        draft.session_message(session, SessionMessage.LIST_ORDERS, text=f"list-{session.next_out}")


def due_session_timer(state: ExecutionState, wall_ns: int) -> TimerInput | None:
    """The first session timer that is due, by reference order: there are few sessions."""
    for venue, session in owned_sessions(state):
        kind, due_ns = _next_timer(venue, session, wall_ns)
        if due_ns <= wall_ns:
            return TimerInput(session.session_id, kind, session.next_out, due_ns)
    return None


def logon_due_ns(venue: Venue, session: Session, wall_ns: int) -> int:
    """When the next logon is tried: up to half of the wait sooner than `retry_ns`, by chance that is the session's and the same in every
    process. So not all sessions of all partitions knock at once when a venue comes back, nor when its hours begin; outside of them none does."""
    due_ns = session.retry_ns - (backoff_ns(session) - delay_ns(_SPREAD, session.session_id, session.attempts + 1))
    if venue.hours is None:
        return due_ns
    now = standing(venue.hours, wall_ns)
    return max(due_ns, now.began_ns + delay_ns(_SPREAD, session.session_id, 1)) if now.is_open else INT64_MAX


def _next_timer(venue: Venue, session: Session, wall_ns: int) -> tuple[TimerKind, int]:
    if session.phase is SessionPhase.DOWN:
        return TimerKind.LOGON, logon_due_ns(venue, session, wall_ns)
    if session.phase is SessionPhase.LOGGING_ON:
        return TimerKind.LOGON, session.last_out_ns + LOGON_TIMEOUT_NS
    if session.phase is SessionPhase.LOGGING_OUT:
        return TimerKind.SESSION_HOURS, session.last_out_ns + LOGOUT_TIMEOUT_NS
    if not _is_open(venue, wall_ns):
        return TimerKind.SESSION_HOURS, wall_ns
    if asked_ns := reset_asked(venue, session, wall_ns):
        return TimerKind.RESET, asked_ns
    beat_ns = venue.heartbeat_s * SECOND_NS
    patience_ns = beat_ns * 5 // 2 if session.tested else beat_ns * 3 // 2
    beat = TimerKind.HEARTBEAT, min(session.last_out_ns + beat_ns, session.last_in_ns + patience_ns)
    if (unanswered_ns := next_due_ns(session)) is not None:
        beat = min(beat, (TimerKind.MASS_CANCEL, unanswered_ns), key=lambda timer: timer[1])
    if not session.can_ask or session.asks or session.copies:
        return beat  # cancels and questions about our own orders come first; a drop copy session has no orders
    listed = TimerKind.LIST, session.listed_ns + LIST_EVERY_NS
    return min(beat, listed, key=lambda timer: timer[1])
