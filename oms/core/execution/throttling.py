"""A venue's message throttle (`oms.core.reference.MessageThrottle`), kept before a message has its number: one that has it must leave.

What has no room waits where it would for a session that is down: a NEW or REPLACE in the queue, a cancel among the session's `cancels`. Cancels
leave first, and may use what orders must leave to them (`oms.fix.throttle` has the rule). Counted is every message about an order. Not
held back are questions that a timer asks, of which there is one in seconds for an order; they use room all the same.
"""

from oms.core.execution.state import ExecutionState, Session
from oms.fix import throttle as rule
from oms.fix.throttle import Budget, Throttle

NO_BOUND = 1 << 30
"""Room where the venue has no throttle: more than any step sends."""

MS_NS = 1_000_000


def throttle_of(state: ExecutionState, session: Session) -> Throttle | None:
    venue = state.reference.venues.get(session.venue_id)
    terms = venue.throttle if venue is not None else None
    if terms is None or terms.messages < 1:
        return None
    return Throttle(terms.messages, max(1, terms.window_ms) * MS_NS, min(max(0, terms.reserve), terms.messages - 1))


def room(state: ExecutionState, session: Session, budget: Budget, now_ns: int) -> int:
    """How many messages of the budget may leave now. `now_ns`: wall time."""
    throttle = throttle_of(state, session)
    return NO_BOUND if throttle is None else rule.free(throttle, session.sent_ns, budget, now_ns, bool(session.cancels))


def note_sent(state: ExecutionState, session: Session, at_ns: int) -> None:
    """In the fold: a message about an order has its number."""
    throttle = throttle_of(state, session)
    if throttle is None:
        session.sent_ns.clear()
    else:
        rule.on_sent(throttle, session.sent_ns, at_ns)


def has_work(state: ExecutionState, session: Session, wall_ns: int) -> bool:
    """Whether a step would send something of the session now."""
    for waits, budget in (
        (session.is_up and session.cancels, Budget.CANCEL),
        (session.can_ask and session.asks, Budget.CANCEL),
        (session.ready and session.queue, Budget.ORDER),
    ):
        if waits and room(state, session, budget, wall_ns) > 0:
            return True
    return False
