"""What follows where a venue refuses to cancel a child for good, CANCEL_ATTEMPTS_MAX times (rule 17 of the order behaviours).

    a desk asked for the cancel              once no child has a cancel under way: the desk gets an OrderCancelReject, the order has the
                                             status from before, and what the cancel disarmed is armed again from the terms in force
    the order must end                       it stays PENDING_CANCEL and its children are asked again every CANCEL_RETRY_NS: a mass cancel (a
                                             desk's or a control's: nobody waits for it by name), a halt, an end of validity or of a TWAP, and
                                             whatever else the system ends by itself
    part of it is cancelled already          it must end too: what the cancel took is gone and is not placed again, what refuses works on
                                             until it is filled or gives in. The same where its validity has ended meanwhile, and where
                                             everything is executed and a child is too much
    a replace by cancel and new              the replace is refused, and the order goes on under the terms it has; what was cancelled for it
                                             is placed again. Also where a desk's cancel came on top of it: both are refused
    all of the child is executed, and a      nothing of it is open unless the replace is applied: its answer ends the child, or is followed by
    replace of it is not answered            another cancel; until then none is asked for. Where it is refused while execution doubts what
                                             is executed, or a bust opens something, the child is asked for again like any other
    taken off a venue, or too much at one    asked again every CANCEL_RETRY_NS, while the order itself goes on
    a peg that the venue would not reprice   it rests where it is, and follows the next change of its price

An order whose validity ended is asked for again by that timer (`oms.core.routing.days`), at its own pace. That timer, and the change of
days, no cancel disarms. Armed again are: of a TWAP the end and the next slice (one whose time passed meanwhile is made up for by the next, none is worked twice);
the retry of what is not placed; a peg. A stop, and what is held, have no child, so that their cancel is never refused.

Invariant: a parent that is being cancelled, and every child that is to go, has a cancel under way, a timer to ask again, or a replace whose
answer says whether there is anything to cancel.
"""

from oms.core.enums import Algorithm, ExecType, IntentKind, TimerKind, TriggerKind
from oms.core.execution_events import ChildRequestRejected
from oms.core.lifecycle.table import Trigger
from oms.core.reasons import Reason
from oms.core.routing.draft import Draft
from oms.core.routing.ending import CANCEL_ATTEMPTS_MAX, ask_cancel, move, refuse_pending_replace, tell
from oms.core.routing.making import lot_of, survey_of
from oms.core.routing.placing import RETRY_NS, schedule
from oms.core.routing.state import Child, Parent, open_leaves, unplaced_qty
from oms.core.routing.triggers import arm
from oms.core.routing.validity import expiry
from oms.core.routing.work import by_router, follows, work_of
from oms.core.routing_events import ChildRequestRefused, ParentCancelRefused, TimerDone
from oms.core.venue_reasons import CxlRejReason

CANCEL_RETRY_NS = 1_000_000_000
"""Tape time until a child that must go is asked for again: longer than a venue takes to answer, short enough for an auction's end."""


def on_cancel_refused(draft: Draft, parent: Parent, child: Child, rejected: ChildRequestRejected) -> None:
    """The newest cancel of an open child was refused."""
    if child.cancels < CANCEL_ATTEMPTS_MAX and not child.waits_for_replace:
        ask_cancel(draft, child)
        return
    text = f"{child.venue_id}: {rejected.text}" if rejected.text else child.venue_id
    draft.emit(ChildRequestRefused(child.order_id, child.child_id, IntentKind.CANCEL, rejected.reason, text))
    go_on_if_refused(draft, parent, rejected.reason, text, rejected.cxl_rej_reason)


def on_replace_refused(draft: Draft, parent: Parent, child: Child, rejected: ChildRequestRejected) -> None:
    draft.emit(ChildRequestRefused(child.order_id, child.child_id, IntentKind.REPLACE, rejected.reason, rejected.text))
    if parent.cancelling or rejected.reason is Reason.TOO_LATE_TO_CANCEL:
        refuse_pending_replace(draft, parent, rejected.reason, rejected.cxl_rej_reason)
        if parent.cancelling:
            try_again_later(draft, parent)  # of what is executed in doubt no cancel was under way
        return
    for other in draft.open_children(parent):
        if other.pending is not IntentKind.CANCEL:
            ask_cancel(draft, other)


def go_on_if_refused(
    draft: Draft,
    parent: Parent,
    reason: Reason = Reason.VENUE_CANCEL_REJECTED,
    text: str = "",
    said: CxlRejReason | None = None,
) -> None:
    """A child refuses, or another one has ended since: where nothing is under way any more, the request is refused or tried again later.
    `said`: by the venue."""
    children = draft.open_children(parent)
    under_way = any(c.pending is IntentKind.CANCEL for c in children)
    if not under_way and parent.cancelling and not _must_end(draft, parent):
        _refuse_cancel(draft, parent, reason, text, said)
    elif not under_way and _replaces_by_ends(parent, children) and parent.cum_qty < parent.terms.order_qty:
        refuse_pending_replace(draft, parent, reason, said)
        _rearm(draft, parent)
    try_again_later(draft, parent)


def try_again_later(draft: Draft, parent: Parent) -> None:
    """Where a child is to go and has no cancel under way. The end of validity asks again by itself."""
    if _to_go(draft, parent) and parent.end_reason is not Reason.VALIDITY_ENDED:
        _set_retry(draft, parent, CANCEL_RETRY_NS)


def ask_again(draft: Draft, parent: Parent) -> None:
    """The time has come to repeat cancels that were refused."""
    for child in _to_go(draft, parent):
        ask_cancel(draft, child)


def _must_end(draft: Draft, parent: Parent) -> bool:
    expires_ns = expiry(draft, parent)
    over = expires_ns is not None and expires_ns <= draft.conditions.tape_ns
    # Journals from before `must_end` say the same by what they lack.
    asked_by_desk = parent.cancel_cl_ord_id and parent.end_reason is None
    return parent.must_end or over or not asked_by_desk or parent.cum_qty >= parent.terms.order_qty


def _replaces_by_ends(parent: Parent, children: list[Child]) -> bool:
    """Whether a replace waits for the ends of children that were asked to go (those of a TWAP come back by themselves)."""
    waits = not parent.cancelling and parent.pending_terms is not None and bool(children)
    asked_to_replace = any(c.replace_qty and not follows(parent, c) for c in children)
    return waits and parent.opened.algorithm is not Algorithm.TWAP and not asked_to_replace


def _to_go(draft: Draft, parent: Parent) -> list[Child]:
    """The open children that should end and have no cancel under way."""
    children = draft.open_children(parent)
    too_much = parent.cum_qty + open_leaves(draft.state, parent) > parent.mandated_qty
    everything = parent.cancelling or too_much or _replaces_by_ends(parent, children)
    return [
        c
        for c in children
        if c.pending is not IntentKind.CANCEL
        and not c.waits_for_replace
        and (everything or c.venue_id in parent.withdrawn)
    ]


def _refuse_cancel(draft: Draft, parent: Parent, reason: Reason, text: str, said: CxlRejReason | None) -> None:
    cl_ord_id = parent.cancel_cl_ord_id
    draft.emit(ParentCancelRefused(parent.order_id, cl_ord_id, reason, text))
    for kind, number in parent.timers:
        if kind is TimerKind.STATUS:
            draft.emit(TimerDone(parent.order_id, kind, number))
    status = move(draft, parent, Trigger.REQUEST_REJECTED)
    tell(
        draft, parent, ExecType.ORDER_STATUS, status, cl_ord_id, reason, text, cancel_rejected=True, cxl_rej_reason=said
    )
    if _replaces_by_ends(parent, draft.open_children(parent)):
        refuse_pending_replace(draft, parent, reason, said)
    _rearm(draft, parent)


def _rearm(draft: Draft, parent: Parent) -> None:
    """What the request disarmed, as the terms in force have it now."""
    if parent.opened.algorithm is Algorithm.TWAP:
        _rearm_twap(draft, parent)
        return
    work, children = work_of(parent), draft.open_children(parent)
    if parent.order_id not in draft.state.armed:
        pegged = next((c for c in children if follows(parent, c)), None)
        if pegged is not None:
            arm(draft, parent, TriggerKind.PEG, pegged.price or 0)
    routed = parent.opened.algorithm is Algorithm.BEST_PRICE or by_router(draft.state.reference, parent)
    if routed and work.waits and parent.pending_terms is None and _finds_room(draft, parent):
        _set_retry(draft, parent, RETRY_NS)


def _finds_room(draft: Draft, parent: Parent) -> bool:
    """Whether something is not placed and may be: a round that finds no venue at all would end the order."""
    if unplaced_qty(draft.state, parent) < lot_of(draft, parent):
        return False
    return any(not o.barred and o.capacity > 0 for o in survey_of(draft, parent))


def _rearm_twap(draft: Draft, parent: Parent) -> None:
    plan, kinds = schedule(draft, parent), [kind for kind, _ in parent.timers]
    if TimerKind.END not in kinds:
        draft.set_timer(parent, TimerKind.END, 1, plan.end_ns)
    due_ns = plan.next_due_ns(draft.conditions.tape_ns)
    if due_ns is not None and TimerKind.SLICE not in kinds:
        draft.set_timer(parent, TimerKind.SLICE, parent.slice_no + 1, due_ns)


def _set_retry(draft: Draft, parent: Parent, pause_ns: int) -> None:
    if all(kind is not TimerKind.STATUS for kind, _ in parent.timers):
        draft.set_timer(parent, TimerKind.STATUS, parent.rounds, draft.conditions.tape_ns + pause_ns)
