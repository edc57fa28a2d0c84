"""New numbers for a venue session, where both sides are to begin at 1 again: a person asks (`VenueSession.reset_ns`), with a reason, or a
day of the venue's session has begun, and its reference data has them begin anew each day (`Venue.resets_daily`).

    DOWN  → SessionNumbersReset, LOGON 1 with ResetSeqNumFlag (141=Y), as often as it takes until the venue confirms one
    UP    → Logout, and then as above
    refused, once and for all, while an outcome hangs on the old numbers: whoever asked asks again

What proves that an order did or did not arrive are its number and what the venue's logon says of it. So nothing may be under way whose
arrival is not known: then no judgement is ever made over a reset. Nothing is sent again; every order that is open is asked about behind the
logon, as behind each one, and the venue's list of open orders is asked for: what was executed in between is found by that.

Invariants:
- a number of before is never compared with one of after: every child that was sent has been judged, and has no request without outcome;
- until the venue has confirmed new numbers nothing but logons leaves, each with number 1.
It does not know who may ask, nor why somebody did: both are in the reference data. One for a new day that was refused is asked for with the
next day; a venue that has begun anew itself is met as one that lost its numbers.
"""

from oms.core.enums import SessionMessage
from oms.core.execution.draft import Draft
from oms.core.execution.state import Arrival, Child, Session, reset_asked
from oms.core.execution_events import SessionNumbersReset, SessionResetRefused
from oms.core.reference import Venue

NAMED_MAX = 3
"""Orders that a refusal names: a person looks at the first ones."""


def on_reset_timer(draft: Draft, venue: Venue, session: Session) -> None:
    """A session that is up: it is ended in good order, and begins anew with the next logon."""
    asked_ns = reset_asked(venue, session, draft.now_ns)
    if not asked_ns or not session.is_up or refused(draft, session, asked_ns):
        return
    draft.session_message(session, SessionMessage.LOGOUT, text="numbers begin anew")
    draft.down(session, "numbers begin anew")


def log_on_anew(draft: Draft, venue: Venue, session: Session) -> bool:
    """The logon with number 1. False: nobody asked, or it is refused, and the session logs on as ever."""
    asked_ns = reset_asked(venue, session, draft.now_ns)
    if not asked_ns and not session.resetting:
        return False
    if asked_ns and refused(draft, session, asked_ns):
        return False
    session_id, venue_id = session.session_id, session.venue_id
    draft.add(SessionNumbersReset(session_id, venue_id, asked_ns or session.reset_ns, draft.now_ns))
    draft.logon_anew(session)
    return True


def refused(draft: Draft, session: Session, asked_ns: int) -> bool:
    """Whether an outcome hangs on the old numbers; the refusal is in the record then."""
    waiting = [
        child_id
        for child_id, child in draft.state.children.items()
        if child.terms.session_id == session.session_id and _hangs(draft, session, child)
    ]
    if not waiting:
        return False
    more = f" and {len(waiting) - NAMED_MAX} more" if len(waiting) > NAMED_MAX else ""
    text = f"no outcome yet of {', '.join(waiting[:NAMED_MAX])}{more}: it would never be known what arrived; ask again when they are settled"
    draft.add(SessionResetRefused(session.session_id, session.venue_id, asked_ns, text, draft.now_ns))
    return True


def _hangs(draft: Draft, session: Session, child: Child) -> bool:
    """Sent, and not known to have arrived; or with a request that has no outcome."""
    if not child.sent:
        return False
    unproven = child.arrival in (Arrival.NOT_ARRIVED, Arrival.UNPROVEN)
    return child.needs_answer or unproven or (session.session_id, child.new_seq) in draft.unsent
