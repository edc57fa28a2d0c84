"""What a client's FIX session says of itself in the reference data: whether that makes sense, and what follows from it. Pure.

A session that names a desk, person, account or calendar that is not there is refused when it is written: what it may do would be unclear
when a client calls.
"""

from collections.abc import Container
from dataclasses import replace
from functools import lru_cache

from oms.core.enums import DisconnectCause, DropCopyScope
from oms.core.reference import Account, Calendar, Desk, Entity, FixSession, Person, Reference, Venue
from oms.core.session_hours import SessionHours, hours_problem, standing
from oms.fix import cancel_on_disconnect as rule_38
from oms.fix.session import EndCause
from oms.gateway.field_errors import Errors, FieldError

DAY_S = 86_400
DAY_NS = DAY_S * 1_000_000_000

HEARTBEAT_S_MAX = 3_600
"""An hour without a word is no session."""

GRACE_NS_MAX = 3_600 * 1_000_000_000
"""A grace window is for a reconnect, not for a night."""

FIX_42, FIX_44, FIXT_11, FIX_50SP2 = "FIX.4.2", "FIX.4.4", "FIXT.1.1", "FIX.5.0SP2"
APPL_VER_50SP2 = "9"
"""DefaultApplVerID (1137) of FIX 5.0 SP2."""

_SOURCE = "fix:"

END_CAUSES: dict[DisconnectCause, EndCause] = {
    DisconnectCause.LOGOUT: EndCause.LOGOUT,
    DisconnectCause.SOCKET_DROP: EndCause.SOCKET_DROP,
    DisconnectCause.HEARTBEAT_LOSS: EndCause.HEARTBEAT_LOSS,
    DisconnectCause.PROCESS_DEATH: EndCause.PROCESS_DEATH,
}
"""The four of rule 38 as the session layer names them."""


def disconnect_cause(cause: EndCause) -> DisconnectCause:
    """Ends that the session layer tells further apart are one of the four: a logout without an answer is one, all else is a drop."""
    if cause is EndCause.LOGOUT_TIMEOUT:
        return DisconnectCause.LOGOUT
    return next((ours for ours, theirs in END_CAUSES.items() if theirs is cause), DisconnectCause.SOCKET_DROP)


def windows_of(session: FixSession) -> rule_38.CancelOnDisconnect:
    """When the session's orders are cancelled after each cause; a cause that is not named: never."""
    grace = {cancel.cause: cancel.grace_ns for cancel in session.cancels}
    return rule_38.CancelOnDisconnect(
        grace.get(DisconnectCause.LOGOUT, rule_38.NEVER),
        grace.get(DisconnectCause.SOCKET_DROP, rule_38.NEVER),
        grace.get(DisconnectCause.HEARTBEAT_LOSS, rule_38.NEVER),
        grace.get(DisconnectCause.PROCESS_DEATH, rule_38.NEVER),
    )


def source_of(session_id: str) -> str:
    """`Provenance.source` of what came in over the session.

    >>> source_of("alpha-1")
    'fix:alpha-1'
    """
    return _SOURCE + session_id


def session_of(source: str) -> str:
    """The session that a `Provenance.source` names; empty where it is none.

    >>> session_of("fix:alpha-1"), session_of("grpc")
    ('alpha-1', '')
    """
    return source[len(_SOURCE) :] if source.startswith(_SOURCE) else ""


def version_of(session: FixSession) -> str:
    """The application version whose messages the session exchanges."""
    return FIX_50SP2 if session.begin_string == FIXT_11 else session.begin_string


def partition_of(reference: Reference, session: FixSession) -> int:
    """A session belongs to its desk, and so to one partition; −1 where its desk is unknown."""
    desk = reference.desks.get(session.desk_id)
    return -1 if desk is None else desk.partition


def sessions_of(reference: Reference, partition: int) -> tuple[FixSession, ...]:
    """The sessions of a partition, by id."""
    found = [s for s in reference.fix_sessions.values() if partition_of(reference, s) == partition]
    return tuple(sorted(found, key=lambda s: s.session_id))


def find_session(reference: Reference, begin_string: str, comp_id: str, our_comp_id: str) -> FixSession | None:
    """The session that a first message names by BeginString, SenderCompID and TargetCompID."""
    for session in tuple(reference.fix_sessions.values()):  # the front looks beside the thread that folds
        if (session.begin_string, session.comp_id, session.our_comp_id) == (begin_string, comp_id, our_comp_id):
            return session
    return None


def is_open(session: FixSession, now_ns: int) -> bool:
    """Whether the schedule lets it be logged on at a wall time."""
    return standing(hours_of(session), now_ns).is_open


def day_began_ns(session: FixSession, now_ns: int) -> int:
    """When the session day of a wall time began, or the last one, between two of them."""
    return standing(hours_of(session), now_ns).began_ns


def hours_of(session: FixSession) -> SessionHours:
    return session.hours or _daily(session.open_s, session.close_s)


@lru_cache(1_024)
def _daily(open_s: int, close_s: int) -> SessionHours:
    """Terms without hours of their own: every day, by UTC. Where it closes as it opens a day follows the other."""
    return SessionHours(f"{_time_of_day(open_s)}-{_time_of_day(close_s)}", "UTC")


def _time_of_day(second: int) -> str:
    return f"{second // 3_600:02}:{second // 60 % 60:02}:{second % 60:02}"


def covers(session: FixSession, desk_id: str, account_id: str, reference: Reference) -> bool:
    """Whether a drop copy session is told of an order of this desk and account."""
    account = reference.accounts.get(account_id)
    match session.drop_copy:
        case None:
            return False
        case DropCopyScope.DESK:
            return session.desk_id == desk_id
        case DropCopyScope.CLIENT:
            return account is not None and account.client_id == session.client_id
        case DropCopyScope.CLEARING_MEMBER:
            return account is not None and account.clearing_member_id == session.client_id


def with_entities(reference: Reference, entities: tuple[Entity, ...]) -> Reference:
    """The reference data as if these were in force: what a session may name. The original is not touched."""
    ahead = replace(
        reference,
        desks=dict(reference.desks),
        people=dict(reference.people),
        accounts=dict(reference.accounts),
        calendars=dict(reference.calendars),
        fix_sessions=dict(reference.fix_sessions),
    )
    for entity in entities:
        match entity:
            case Desk():
                ahead.desks[entity.desk_id] = entity
            case Person():
                ahead.people[entity.person_id] = entity
            case Account():
                ahead.accounts[entity.account_id] = entity
            case Calendar():
                ahead.calendars[entity.calendar_id] = entity
            case FixSession():
                ahead.fix_sessions[entity.session_id] = entity
            case _:
                pass  # no session names it
    return ahead


def venue_errors(venue: Venue) -> Errors:
    """What is wrong with the hours of a venue's sessions as they are to be written."""
    if venue.hours is None:
        return (FieldError("resets_daily", "a day begins by hours: say them"),) if venue.resets_daily else ()
    problem = hours_problem(venue.hours)
    return (FieldError("hours", problem),) if problem else ()


def session_errors(session: FixSession, reference: Reference) -> Errors:
    """What is wrong with a session as it is to be written; empty where nothing is."""
    return (*_identity(session, reference), *_parties(session, reference), *_times(session))


def _identity(session: FixSession, reference: Reference) -> Errors:
    found: list[FieldError] = []
    for name in ("comp_id", "our_comp_id"):
        value = getattr(session, name)
        if not value or not value.isascii() or not value.isprintable() or " " in value or len(value) > 64:
            found.append(FieldError(name, "must be 1 to 64 printable ASCII characters without blanks"))
    if session.begin_string not in (FIX_42, FIX_44, FIXT_11):
        found.append(FieldError("begin_string", f"{session.begin_string!r} is none of {FIX_42}, {FIX_44}, {FIXT_11}"))
    if (session.begin_string == FIXT_11) != (session.appl_ver_id == APPL_VER_50SP2):
        found.append(FieldError("appl_ver_id", f'must be "{APPL_VER_50SP2}" with {FIXT_11}, and empty with any other'))
    twin = find_session(reference, session.begin_string, session.comp_id, session.our_comp_id)
    if twin is not None and twin.session_id != session.session_id:
        found.append(FieldError("comp_id", f"session {twin.session_id} has these CompIDs already"))
    known = reference.fix_sessions.get(session.session_id)
    if known is not None and partition_of(reference, known) != partition_of(reference, session):
        found.append(FieldError("desk_id", "a session stays in its partition, where its numbers are: make another one"))
    return tuple(found)


def _parties(session: FixSession, reference: Reference) -> Errors:
    found: list[FieldError] = []

    def known(name: str, value: str, where: Container[str]) -> None:
        if value not in where:
            found.append(FieldError(name, f"there is no {name.removesuffix('_id')} {value!r}"))

    known("desk_id", session.desk_id, reference.desks)
    known("person_id", session.person_id, reference.people)
    if session.calendar_id:
        known("calendar_id", session.calendar_id, reference.calendars)
    for account_id in session.accounts:
        account = reference.accounts.get(account_id)
        if account is None or account.desk_id != session.desk_id:
            found.append(FieldError("accounts", f"there is no account {account_id!r} of desk {session.desk_id}"))
    if session.drop_copy not in (None, DropCopyScope.DESK) and not session.client_id:
        found.append(FieldError("client_id", "must name the client or clearing member whose orders are copied"))
    return tuple(found)


def _times(session: FixSession) -> Errors:
    found: list[FieldError] = []
    for name in ("open_s", "close_s"):
        if not 0 <= getattr(session, name) < DAY_S:
            found.append(FieldError(name, f"must be 0 to {DAY_S - 1}, seconds of the UTC day"))
    if session.hours is not None and (problem := hours_problem(session.hours)):
        found.append(FieldError("hours", problem))
    if session.hours is not None and (session.open_s or session.close_s):
        found.append(FieldError("hours", "open_s and close_s must be 0 where hours are said"))
    if not 1 <= session.heartbeat_s_min <= session.heartbeat_s_max <= HEARTBEAT_S_MAX:
        found.append(FieldError("heartbeat_s_min", f"bounds must be 1 to {HEARTBEAT_S_MAX}, the lower one first"))
    if session.reset_ns < 0:
        found.append(FieldError("reset_ns", "must be a wall time in nanoseconds, or 0"))
    causes = [cancel.cause for cancel in session.cancels]
    if len(set(causes)) != len(causes):
        found.append(FieldError("cancels", "names a cause twice"))
    if any(not 0 <= cancel.grace_ns <= GRACE_NS_MAX for cancel in session.cancels):
        found.append(FieldError("cancels", f"a grace window must be 0 to {GRACE_NS_MAX // 10**9} s"))
    if session.cancels and session.drop_copy is not None:
        found.append(FieldError("cancels", "a drop copy session has no orders to cancel"))
    return tuple(found)
