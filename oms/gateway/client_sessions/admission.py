"""Who may use a FIX session: the CompIDs of the first message, the certificate of the connection, and the rights of the session's person.

The same rights as over gRPC (`oms.gateway.identity`): a person of the reference data, enabled, TRADER of the session's desk; a drop copy
session takes any role that may read there. Pure: reference data and time are given. A refusal is a value with what would do.
"""

from dataclasses import dataclass

from oms.core.enums import Role
from oms.core.reasons import Reason
from oms.core.reference import FixSession, Reference
from oms.fix.message import Message
from oms.fix.session.frames import number
from oms.gateway.client_sessions.terms import find_session, is_open
from oms.gateway.identity import Caller, Denied, Right, desk_denied

NAME_SHOWN_MAX = 64


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a connection is not let in. `session_id`, `person_id`: where the CompIDs name a session."""

    reason: Reason
    text: str
    session_id: str = ""
    person_id: str = ""


def admit(first: Message, certificate_subject: str, reference: Reference) -> FixSession | Refusal:
    """The session of a connection whose first message this is. What else may keep it from logging on is answered within the session."""
    if first.msg_type != "A":
        return Refusal(Reason.UNKNOWN_COMP_ID, f"the first message must be a Logon, and is {first.msg_type[:8]}")
    comp_id, our_comp_id = first.text(49), first.text(56)
    session = find_session(reference, first.begin_string, comp_id, our_comp_id)
    if session is None:
        shown = f"SenderCompID {comp_id[:NAME_SHOWN_MAX]!r}, TargetCompID {our_comp_id[:NAME_SHOWN_MAX]!r}"
        return Refusal(Reason.UNKNOWN_COMP_ID, f"no {first.begin_string[:16]} session has {shown}")
    wanted = session.certificate_subject
    if wanted and certificate_subject != wanted:
        shown = f"of {certificate_subject[:NAME_SHOWN_MAX]!r}" if certificate_subject else "missing"
        text = f"the certificate is {shown}, the session takes that of {wanted!r}"
        return Refusal(Reason.WRONG_CERTIFICATE, text, session.session_id, session.person_id)
    return session


def logon_refusal(session: FixSession, reference: Reference, logon: Message | None, now_ns: int) -> str:
    """Why the session may not be logged on; empty where it may. `logon` None: one that is logged on already."""
    if not session.enabled:
        return f"{Reason.SESSION_NOT_PERMITTED.name}: the session is disabled"
    if not is_open(session, now_ns):
        return f"{Reason.OUTSIDE_SCHEDULE.name}: the session is closed at this time"
    denied = right_denied(session, reference, Right.READ if session.drop_copy is not None else Right.TRADE)
    if denied is not None:
        return f"{Reason.SESSION_NOT_PERMITTED.name}: {denied.text}"
    beat = number(logon, 108) if logon is not None else None  # one that is no number the session layer refuses
    if beat is not None and not session.heartbeat_s_min <= beat <= session.heartbeat_s_max:
        return f"HeartBtInt(108)={beat}: takes {session.heartbeat_s_min} to {session.heartbeat_s_max} seconds"
    return ""


def right_denied(session: FixSession, reference: Reference, right: Right) -> Denied | None:
    """Whether the session's person lacks a right at its desk."""
    desk = reference.desks.get(session.desk_id)
    if desk is None or not desk.enabled:
        return Denied(Reason.UNKNOWN_DESK, f"desk {session.desk_id} is not there, or disabled")
    person = reference.people.get(session.person_id)
    if person is None or not person.enabled:
        text = f"{session.person_id} is not there, or disabled: ask an administrator"
        return Denied(Reason.PERSON_DISABLED, text, session.person_id)
    caller = Caller(person.person_id, "", frozenset[Role](person.roles), frozenset(person.desks))
    return desk_denied(caller, right, session.desk_id)
