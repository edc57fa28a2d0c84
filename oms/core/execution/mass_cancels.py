"""One OrderMassCancelRequest (35=q) in front of many cancels, at venues that take it (`VenueBehaviour.TAKES_MASS_CANCEL`).

A control record that cancels everything that a session has at its venue makes execution ask for that in one message, at once. It is a
short cut and nothing hangs on it: the cancel of each order follows in steps as ever, and what has ended by then needs none.

Invariants:
- every order that was sent on the session before the request is covered by the control record; what is sent behind it has a higher number;
- it is asked once: not after a logon, not when it is refused, and not when nothing comes;
- each has one answer in the journal, be it that none came; an answer ends no order and keeps none.
"""

from oms.core.enums import BreakCause, SessionMessage, VenueBehaviour
from oms.core.execution.children import not_yet_cancelled
from oms.core.execution.draft import Draft
from oms.core.execution.state import ExecutionState, Session, owned_sessions
from oms.core.order_filter import OrderFilter, covers_whole_venues
from oms.core.venue_messages import MassCancelReported
from oms.core.venue_reasons import MassCancelOutcome

MASS_CANCEL_MIN = 2
"""Orders for which it is worth a message: a single one is cancelled as fast by its own."""

MASS_CANCEL_WAIT_NS = 5_000_000_000
"""How long an answer may take: as long as that to any order message."""

_NOT_OURS = (BreakCause.UNKNOWN_ORDER, BreakCause.UNKNOWN_EXECUTION, BreakCause.OPEN_AFTER_END)
"""Orders at the venue of which nobody can say whose they are, or whether they are open."""


def ask_for(draft: Draft, wanted: OrderFilter, covered: tuple[str, ...]) -> None:
    """Ask for the end of everything on each session of which `covered`, what the filter covers, is everything.

    Not while an ownership begins: the sessions are those of the owner before, whatever the state says of them."""
    if draft.starting:
        return
    whole = _whole_sessions(draft.state, covered)
    for venue, session in owned_sessions(draft.state):
        takes = VenueBehaviour.TAKES_MASS_CANCEL in venue.behaviours and session.is_up
        if not takes or whole.get(session.session_id, 0) < MASS_CANCEL_MIN:
            continue
        if covers_whole_venues(wanted) or not _has_strangers(draft.state, session):
            name = name_of(draft.state.partition, session.next_out, session.reset_ns)
            draft.session_message(session, SessionMessage.MASS_CANCEL, text=name)


def _whole_sessions(state: ExecutionState, covered: tuple[str, ...]) -> dict[str, int]:
    """Sessions whose every order at the venue is covered → how many of them no cancel is wanted of yet."""
    inside, fresh = frozenset(covered), frozenset(not_yet_cancelled(state, covered))
    counts: dict[str, int] = {}
    partly = set()
    for child_id, child in state.children.items():
        session_id = child.terms.session_id
        if child.sent and child_id not in inside:
            partly.add(session_id)
        elif child.sent:
            counts[session_id] = counts.get(session_id, 0) + (child_id in fresh)
    return {session_id: count for session_id, count in counts.items() if session_id not in partly}


def _has_strangers(state: ExecutionState, session: Session) -> bool:
    """The venue has, or may have, orders of the session that no child of ours stands for."""
    return any(
        cause is BreakCause.TABLE_FULL or (cause in _NOT_OURS and found.session_id == session.session_id)
        for (cause, _), found in state.breaks.open.items()
    )


def name_of(partition: int, msg_seq_num: int, reset_ns: int = 0) -> str:
    """Its ClOrdID: no child is called so, whose id ends in "." and digits; nor is another, when numbers began anew.

    >>> name_of(2, 17), name_of(2, 17, 5)
    ('2:mass-17', '2:mass-17-5')
    """
    return f"{partition}:mass-{msg_seq_num}" + (f"-{reset_ns}" if reset_ns else "")


def is_name(partition: int, cl_ord_id: str) -> bool:
    prefix, _, number = cl_ord_id.partition(":mass-")
    number = number.replace("-", "", 1)
    return prefix == str(partition) and number.isascii() and number.isdigit()


def take_mass_cancel_report(draft: Draft, session: Session, body: MassCancelReported, raw: str) -> None:
    """The venue's answer, a late one as well: what it says is kept."""
    if not is_name(draft.state.partition, body.cl_ord_id):
        draft.anomaly(session, f"a mass cancel report for {body.cl_ord_id}, which is none of ours", raw)
        return
    outcome = MassCancelOutcome.ACCEPTED if body.accepted else MassCancelOutcome.REFUSED
    draft.mass_cancel_answered(
        session, body.cl_ord_id, outcome, body.text, body.affected_orders, None if body.accepted else body.reject_reason
    )


def take_mass_cancel_refusal(draft: Draft, session: Session, ref_seq_num: int, text: str) -> bool:
    """A Reject or BusinessMessageReject of the request; False: message `ref_seq_num` is none that waits for an answer."""
    name = name_of(draft.state.partition, ref_seq_num, session.reset_ns)
    if name in session.mass_cancels:
        draft.mass_cancel_answered(session, name, MassCancelOutcome.REFUSED, text)
    return name in session.mass_cancels


def on_mass_cancel_timer(draft: Draft, session: Session) -> None:
    for name, at_ns in session.mass_cancels.items():
        if at_ns + MASS_CANCEL_WAIT_NS <= draft.now_ns:
            draft.mass_cancel_answered(session, name, MassCancelOutcome.UNANSWERED, "no answer came in time")


def next_due_ns(session: Session) -> int | None:
    """When the oldest that waits has waited for too long; None: none waits."""
    return min((at_ns + MASS_CANCEL_WAIT_NS for at_ns in session.mass_cancels.values()), default=None)
