"""Every change of a session's state, event by event.

    LOGON planned   → LOGGING_ON     SessionUp → UP     LOGOUT planned → LOGGING_OUT     SessionDown → DOWN

What a session's logon and end mean for the children on it is here too: what arrived is judged, and all that was sent is to be asked about.
"""

from oms.core.enums import SessionMessage
from oms.core.execution.state import Arrival, ExecutionState, Session, SessionPhase, copied_by, is_compared
from oms.core.execution_events import (
    MassCancelAnswered,
    SessionDown,
    SessionMessagePlanned,
    SessionNumbersReset,
    SessionResetRefused,
    SessionUp,
)

LOGON_RETRY_NS, LOGON_RETRY_MAX_NS = 200_000_000, 5_000_000_000
"""A logon is tried again after 0.2 s, doubling up to 5 s: the venue may refuse until it notices that the old connection is dead."""


def session_of(state: ExecutionState, session_id: str, venue_id: str) -> Session:
    session = state.sessions.get(session_id)
    if session is None:
        copies = copied_by(state.reference.venues.get(venue_id), session_id)
        session = state.sessions[session_id] = Session(session_id, venue_id, copies=copies)
    return session


def caught_up(state: ExecutionState, session: Session, at_ns: int) -> None:
    if not session.caught_up_ns and session.can_ask and is_compared(state, session):
        session.caught_up_ns = at_ns


def planned(state: ExecutionState, event: SessionMessagePlanned) -> None:
    session = session_of(state, event.session_id, event.venue_id)
    session.last_out_ns = event.at_ns
    if event.message is SessionMessage.GAP_FILL:
        return
    session.next_out = event.msg_seq_num + 1
    if event.message is SessionMessage.LOGON:
        session.phase, session.logon_out = SessionPhase.LOGGING_ON, event.msg_seq_num
        session.attempts += 1
    elif event.message is SessionMessage.LOGOUT:
        session.phase = SessionPhase.LOGGING_OUT
        _ask_no_more(state, session)
    elif event.message is SessionMessage.TEST_REQUEST:
        session.tested = True
    elif event.message is SessionMessage.RESEND_REQUEST:
        session.resend_from = event.begin_seq_no
    elif event.message is SessionMessage.LIST_ORDERS:
        session.listed_ns = event.at_ns
    elif event.message is SessionMessage.MASS_CANCEL:
        session.mass_cancels[event.text] = event.at_ns


def up(state: ExecutionState, event: SessionUp, offset: int) -> None:
    """Judge what arrived, and begin to ask about every child that was sent. A venue that forgot what it had proves nothing."""
    session = state.sessions[event.session_id]
    session.phase, session.attempts, session.logon_in = SessionPhase.UP, 0, event.logon_seq_num
    session.last_in_ns, session.tested, session.resend_from, session.resetting = event.at_ns, False, 0, False
    caught_up(state, session, event.at_ns)
    proves = event.arrived_below >= session.known_below
    session.known_below = max(session.known_below, event.arrived_below)
    for child_id, child in state.children.items():
        if child.terms.session_id != event.session_id or not child.sent:
            continue
        if child.arrival is Arrival.UNJUDGED:
            missing = child.new_seq >= event.arrived_below
            judged = Arrival.NOT_ARRIVED if missing else Arrival.ARRIVED
            child.arrival = judged if proves else Arrival.UNPROVEN
        session.asks[child_id] = state.ticket()
    state.work_offset, state.work_items = offset, 0


def down(state: ExecutionState, event: SessionDown) -> None:
    """Nothing is assumed about what was under way; nothing can be asked until the next logon, which asks about everything."""
    session = session_of(state, event.session_id, event.venue_id)
    session.phase, session.resend_from, session.listed_ns, session.caught_up_ns = SessionPhase.DOWN, 0, 0, 0
    session.retry_ns = event.at_ns + backoff_ns(session)
    session.mass_cancels.clear()
    _ask_no_more(state, session)


def backoff_ns(session: Session) -> int:
    """How long after its end the next logon is tried at the latest."""
    return min(LOGON_RETRY_NS << min(session.attempts, 10), LOGON_RETRY_MAX_NS)


def _ask_no_more(state: ExecutionState, session: Session) -> None:
    session.asks.clear()
    session.awaiting.clear()
    session.cancels.clear()  # what is to be cancelled is known of each child
    for child in state.children.values():
        if child.sent and child.terms.session_id == session.session_id:
            child.deadline_ns = 0


def reset(state: ExecutionState, event: SessionNumbersReset) -> None:
    """Of the numbers before nothing is kept: none is compared with those that come."""
    session = session_of(state, event.session_id, event.venue_id)
    session.next_out = session.next_in = session.known_below = 1
    session.logon_out = session.logon_in = 0
    session.reset_ns, session.resetting = event.asked_ns, True


def reset_refused(state: ExecutionState, event: SessionResetRefused) -> None:
    session_of(state, event.session_id, event.venue_id).reset_ns = event.asked_ns


def answered(state: ExecutionState, event: MassCancelAnswered) -> None:
    state.sessions[event.session_id].mass_cancels.pop(event.cl_ord_id, None)
