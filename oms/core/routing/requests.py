"""What desks ask for, after risk accepted it: open, cancel, replace.

A replace works under old terms until it is applied. Three ways lead there:
- one child waits in a book and may simply go on with other terms: the venue is asked to replace it (its total = what it executed +
  what the parent has left under the new terms);
- else what is open is cancelled (takers of a TWAP come back by themselves), and the rest is planned under the new terms;
- the venue refuses the replace: as the second; but where execution refuses it because a mass cancel has reached the child (TOO_LATE_TO_CANCEL),
  the replace is refused: the end of the child, which follows, then decides about the order under the terms it has.
A new quantity at or below what is executed is amended to that, and the order is FILLED (rule 13 of the order behaviours).
Cancels pass always; a replace under a halt is refused, whatever it asks, unless the halt lets through what reduces and risk judged it so.
"""

from oms.core.commands import TwapParameters
from oms.core.enums import Algorithm, ExecType, IntentKind, OrdStatus, PegPriceType, SelfMatchPrevention
from oms.core.lifecycle.table import Trigger
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Venue
from oms.core.risk_events import OrderAccepted, ReplaceAccepted
from oms.core.routing.contingency import enter
from oms.core.routing.draft import Draft
from oms.core.routing.ending import ask_cancel, cancel_open_children, move, refuse, tell, wind_down
from oms.core.routing.halting import is_halted, is_halted_at
from oms.core.routing.making import CHILD_GOOD_FOR_NS
from oms.core.routing.placing import finds_displayed, start
from oms.core.routing.state import Child, Parent, limit_of
from oms.core.routing.validity import arm, replaced_validity
from oms.core.routing.work import Work, by_router, told_venue, work_of
from oms.core.routing_events import (
    ChildReplace,
    ParentChanged,
    ParentOpened,
    ParentReplaceStarted,
    ReplaceApplied,
    VenueWithdrawn,
)


def open_order(draft: Draft, offset: int, accepted_ns: int, accepted: OrderAccepted) -> None:
    """`accepted_ns`: tape time of risk's record, from which the order's validity counts."""
    o, m = accepted.order, accepted.mandate
    assert draft.parent(accepted.order_id) is None, "risk accepts an order once"
    twap = o.twap if o.algorithm is Algorithm.TWAP and o.twap else TwapParameters(0, 0, 0)
    draft.emit(
        ParentOpened(
            accepted.order_id,
            o.desk_id,
            o.account_id,
            o.instrument_id,
            o.cl_ord_id,
            o.trading_date,
            o.side,
            o.ord_type,
            o.time_in_force,
            o.algorithm,
            m.order_qty,
            o.price,
            o.venue_id,
            m.worst_price,
            m.venues,
            m.venue_max_qty,
            twap.start_ns,
            twap.end_ns,
            twap.slices,
            o.good_until_ns,
            offset,
            o.trace_id,
            m.expires_ns,
            o.instructions,
            o.provenance.trader,
            o.provenance.strategy,
            accepted_ns,
            o.list_id,
            m.reduces_from,
        )
    )
    parent = draft.state.parents[accepted.order_id]
    draft.load_taken(parent)
    arm(draft, parent)
    tell(draft, parent, ExecType.NEW, OrdStatus.NEW)
    enter(draft, parent, o.good_until_ns)


def cancel_order(draft: Draft, order_id: str, cl_ord_id: str) -> None:
    """An empty ClOrdID: a mass cancel, which nobody waits for by name."""
    parent = draft.parent(order_id)
    if parent is None:
        _refuse_unknown(draft, order_id, cl_ord_id)
    elif not parent.closed:
        wind_down(draft, parent, None, cl_ord_id=cl_ord_id)
    elif cl_ord_id:
        refuse(draft, parent, cl_ord_id, Reason.TOO_LATE_TO_CANCEL)


def withdraw_order(draft: Draft, order_id: str, venues: tuple[str, ...]) -> None:
    """A step of a mass cancel over venues: an order sent there is cancelled; a smart one is taken off each, or said to have nothing there."""
    parent = draft.parent(order_id)
    if parent is not None and parent.opened.algorithm is Algorithm.DIRECT:
        cancel_order(draft, order_id, "")
        return
    open_there = [c for c in draft.open_children(parent) if c.venue_id in venues] if parent is not None else []
    for venue_id in venues:
        children = tuple(c.child_id for c in open_there if c.venue_id == venue_id)
        draft.emit(VenueWithdrawn(order_id, venue_id, children))
    for child in open_there:
        if child.pending is not IntentKind.CANCEL:
            ask_cancel(draft, child)


def replace_order(draft: Draft, offset: int, accepted_ns: int, accepted: ReplaceAccepted) -> None:
    """`accepted_ns` as in `open_order`."""
    cl_ord_id, parent = accepted.replace.cl_ord_id, draft.parent(accepted.order_id)
    if parent is None:
        draft.emit(ReplaceApplied(accepted.order_id, cl_ord_id, False, 0, None))
        _refuse_unknown(draft, accepted.order_id, cl_ord_id)
        return
    refused = _refusal(draft, parent, accepted.mandate.reduces_from)
    if refused is not None:
        draft.emit(ReplaceApplied(parent.order_id, cl_ord_id, False, parent.terms.order_qty, parent.terms.price))
        refuse(draft, parent, cl_ord_id, refused)
        return
    _start_replace(draft, parent, offset, accepted_ns, accepted)
    draft.load_taken(parent)
    if parent.opened.algorithm is not Algorithm.TWAP:
        draft.drop_work_timers(parent)
    child = _replaceable_child(draft, parent)
    if not parent.open_children:
        apply_replace(draft, parent)
    elif child is not None:
        _replace_at_venue(draft, parent, child)
    elif parent.opened.algorithm is not Algorithm.TWAP:
        cancel_open_children(draft, parent)


def _refusal(draft: Draft, parent: Parent, reduces_from: int) -> Reason | None:
    if parent.closed:
        return Reason.TOO_LATE_TO_CANCEL
    if parent.cancelling or parent.pending_terms is not None:
        return Reason.ALREADY_PENDING
    return Reason.HALTED_AT_ROUTER if is_halted(draft.state, parent, reduces_from) else None


def _start_replace(draft: Draft, parent: Parent, offset: int, accepted_ns: int, accepted: ReplaceAccepted) -> None:
    r, m, t = accepted.replace, accepted.mandate, parent.terms
    instructions, valid_from_ns = replaced_validity(parent, r.instructions, accepted_ns)
    # A TWAP cannot be without a schedule: one that is not restated stays.
    twap = r.twap if r.twap and t.twap_slices else TwapParameters(t.twap_start_ns, t.twap_end_ns, t.twap_slices)
    draft.emit(
        ParentReplaceStarted(
            parent.order_id,
            r.cl_ord_id,
            m.order_qty,
            r.price,
            m.worst_price,
            m.venues,
            m.venue_max_qty,
            twap.start_ns,
            twap.end_ns,
            twap.slices,
            r.good_until_ns,
            m.expires_ns,
            offset,
            instructions,
            valid_from_ns,
            m.reduces_from,
        )
    )
    tell(draft, parent, ExecType.PENDING_REPLACE, move(draft, parent, Trigger.REPLACE_STARTED), r.cl_ord_id)


def _replaceable_child(draft: Draft, parent: Parent) -> Child | None:
    """The only open child, where it can carry the whole rest under the new terms at its venue."""
    new, o = parent.pending_terms, parent.opened
    if new is None or len(parent.open_children) != 1 or new.order_qty <= parent.cum_qty:
        return None
    child = draft.open_children(parent)[0]
    reference = draft.state.reference
    if by_router(reference, parent) or by_router(reference, parent, new):
        return None  # it is placed in steps: the next one is under the new terms
    most = dict(zip(new.venues, new.venue_max_qty, strict=True)).get(child.venue_id, 0)
    withdrawn = child.venue_id in parent.withdrawn
    if not child.rests or child.pending is not None or withdrawn or parent.held_back:
        return None
    if parent.released_qty is not None and parent.released_qty < new.order_qty:
        return None  # a part of it may not be worked yet
    if dict(parent.traded).get(child.venue_id, 0) + new.order_qty - parent.cum_qty > most:
        return None
    if is_halted_at(draft.state, parent, child.venue_id, new.reduces_from):
        return None
    venue = reference.venues[child.venue_id]
    if _only_new(work_of(parent), venue) != _only_new(work_of(parent, new), venue):
        return None  # a venue's replace says neither what is followed nor whose orders are not to meet (FIX 1094, 2362, 2964)
    routable = o.algorithm is not Algorithm.DIRECT and finds_displayed(draft, parent, limit_of(new, o.side))
    return None if routable else child


def _only_new(work: Work, venue: Venue) -> tuple[PegPriceType | None, SelfMatchPrevention | None, str]:
    """What a venue is told with a new order only."""
    told = told_venue(work, venue, 0)
    return told.peg.price_type if told.peg is not None else None, told.smp, told.smp_id


def _replace_at_venue(draft: Draft, parent: Parent, child: Child) -> None:
    new = parent.pending_terms
    assert new is not None
    total = child.cum_qty + new.order_qty - parent.cum_qty
    work = work_of(parent, new)
    told = told_venue(work, draft.state.reference.venues[child.venue_id], total)
    draft.emit(
        ChildReplace(
            parent.order_id,
            child.child_id,
            child.requests + 1,
            total,
            work.price,
            new.good_until_ns,
            instructions=told,
            reduces_from=new.reduces_from,
        )
    )


def apply_replace(draft: Draft, parent: Parent) -> None:
    """The new terms come into force: nothing is open, or the venue confirmed them for the one child that is."""
    new, old_cl_ord_id = parent.pending_terms, parent.terms.cl_ord_id
    assert new is not None
    idle = not parent.open_children and not parent.cancelling
    places = idle and new.order_qty > parent.cum_qty and parent.opened.algorithm is not Algorithm.TWAP
    if places and is_halted(draft.state, parent, new.reduces_from):
        wind_down(draft, parent, Reason.HALTED_AT_ROUTER)
        return
    qty = max(new.order_qty, parent.cum_qty)
    draft.emit(ReplaceApplied(parent.order_id, new.cl_ord_id, True, qty, new.price))
    status = move(draft, parent, Trigger.REPLACED)
    tell(draft, parent, ExecType.REPLACED, status, orig_cl_ord_id=old_cl_ord_id)
    if parent.closed:
        draft.drop_timers(parent)
        return
    arm(draft, parent)
    if idle:
        start(draft, parent, max(new.good_until_ns, draft.conditions.wall_ns + CHILD_GOOD_FOR_NS))


def _refuse_unknown(draft: Draft, order_id: str, cl_ord_id: str) -> None:
    status, why = OrdStatus.REJECTED, Reason.UNKNOWN_ORDER
    draft.emit(
        ParentChanged(order_id, cl_ord_id, "", ExecType.ORDER_STATUS, status, 0, None, 0, 0, Amount(0), True, why, "")
    )
