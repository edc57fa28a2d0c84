"""What a person's decision about a break does. Only what `oms.core.reconciliation.breaks.ACCEPTED` allows, and through the same functions
that take a venue's own reports; everything else is refused with a record, and changes nothing.

    FILLS_UNPRICED           ACCEPT_VENUE   what is missing is booked as inferred, at the price given
    NOT_AT_VENUE, NO_ANSWER  ACCEPT_VENUE   the order is not there: the child ends, and its parent with it (ENDED_BY_HAND)
    UNKNOWN_ORDER,
    OPEN_AFTER_END           CANCEL_AT_VENUE  a cancel leaves under a ClOrdID of its own; the break is closed when the venue says it is gone
    any other                               the break is closed, and the same figures raise no new one
"""

from oms.core.commands import venue_cl_ord_id
from oms.core.control import BreakResolution
from oms.core.enums import BreakCause, ExecType, IntentKind, OrdStatus, ResolutionKind
from oms.core.execution.draft import Draft
from oms.core.execution.state import Child, Session
from oms.core.execution.trades import infer_missing
from oms.core.execution_events import BreakRaised, BreakResolutionRefused, ChildReport, Intent
from oms.core.reasons import Reason
from oms.core.reconciliation.breaks import accepts

BY_HAND_FROM = 1_000_000
"""A cancel by hand is numbered from here on, by its control record: a child's own requests stay far below, so no ClOrdID comes twice."""


def resolve(draft: Draft, control_offset: int, decision: BreakResolution) -> None:
    found = next((b for b in draft.state.breaks.open.values() if b.break_id == decision.break_id), None)
    if found is None:
        _refuse(draft, control_offset, decision, "no open break has this id")
    elif not accepts(found.cause, decision.kind):
        _refuse(draft, control_offset, decision, f"{decision.kind.name} is no decision about {found.cause.name}")
    elif decision.kind is ResolutionKind.CANCEL_AT_VENUE:
        _cancel_at_venue(draft, control_offset, decision, found)
    elif decision.kind is ResolutionKind.ACCEPT_VENUE and found.cause in _MOVES:
        _accept_venue(draft, control_offset, decision, found)
    else:
        _close(draft, control_offset, decision, found)


_MOVES = (BreakCause.FILLS_UNPRICED, BreakCause.NOT_AT_VENUE, BreakCause.NO_ANSWER)
"""Causes about which accepting the venue's view changes what we hold of an order."""


def _close(draft: Draft, control_offset: int, decision: BreakResolution, found: BreakRaised) -> None:
    by = decision.provenance.entered_by
    draft.resolved(found, decision.kind, control_offset, by, decision.reason)


def _refuse(draft: Draft, control_offset: int, decision: BreakResolution, text: str) -> None:
    draft.add(BreakResolutionRefused(decision.break_id, control_offset, decision.kind, text, draft.now_ns))


def _accept_venue(draft: Draft, control_offset: int, decision: BreakResolution, found: BreakRaised) -> None:
    child = draft.child(found.child_id)
    if child is None:
        _refuse(draft, control_offset, decision, f"{found.child_id} has ended meanwhile")
        return
    if found.cause is not BreakCause.FILLS_UNPRICED:
        _close(draft, control_offset, decision, found)
        _end_by_hand(draft, child, decision)
        return
    if decision.price is None or decision.price <= 0:
        _refuse(draft, control_offset, decision, "the fill has no price: give one that is positive")
        return
    _close(draft, control_offset, decision, found)
    session = draft.session(child)
    infer_missing(draft, session, child, found.venue_qty, decision.price, draft.now_ns, accepted=True)


def _end_by_hand(draft: Draft, child: Child, decision: BreakResolution) -> None:
    """The order is not at the venue, says a person who asked there: nothing of it can execute any more."""
    terms = child.terms
    draft.ended(terms.child_id)
    draft.add(
        ChildReport(
            order_id=terms.order_id,
            child_id=terms.child_id,
            venue_id=terms.venue_id,
            exec_type=ExecType.CANCELED,
            ord_status=OrdStatus.CANCELED,
            exec_id="",
            venue_order_id=child.venue_order_id,
            last_qty=0,
            last_px=0,
            cum_qty=child.cum_qty,
            leaves_qty=0,
            order_qty=child.order_qty,
            price=child.price,
            request=max(child.cancel, 0),
            liquidity=None,
            transact_ns=draft.now_ns,
            reason=Reason.ENDED_BY_HAND,
            text=f"{decision.break_id} by {decision.provenance.entered_by}: {decision.reason}",
            venue_cum_qty=child.venue_cum_qty,
        )
    )


def _cancel_at_venue(draft: Draft, control_offset: int, decision: BreakResolution, found: BreakRaised) -> None:
    session = draft.state.sessions.get(found.session_id)
    if draft.starting:
        _refuse(draft, control_offset, decision, "a new owner starts and has no session yet: decide again in a moment")
    elif session is None or not session.is_up:
        _refuse(draft, control_offset, decision, f"the session {found.session_id} is down: nothing can be sent")
    elif not found.cl_ord_id:
        _refuse(draft, control_offset, decision, "the venue gave no ClOrdID: only the venue itself can cancel it")
    else:
        draft.cancel_by_hand(session, _target(draft, control_offset, found, session))


def _target(draft: Draft, control_offset: int, found: BreakRaised, session: Session) -> Intent:
    """A cancel for what is no live child. Its number is given out by the draft."""
    owner = found.child_id or found.break_id
    return Intent(
        order_id=found.order_id,
        child_id=found.child_id,
        kind=IntentKind.CANCEL,
        session_id=session.session_id,
        msg_seq_num=0,
        cl_ord_id=venue_cl_ord_id(draft.state.partition, owner, BY_HAND_FROM + control_offset),
        orig_cl_ord_id=found.cl_ord_id,
        request=0,
        order_qty=0,
        price=None,
        at_ns=draft.now_ns,
    )
