"""Making children: one decision at a time, for each algorithm, always under the mandate and never under a halt.

    DIRECT      one child at the venue named, with the order's own type, time in force and price; a MARKET order's child is a LIMIT
                IOC (or FOK) at the mandate's worst price, because no order may leave without the bound risk gave it.
    BEST_PRICE  rounds of `sor.plan`. What takes displayed size is IOC at the displayed price; what may wait (LIMIT, DAY or GTC) rests.
                IOC and FOK orders have one round. A FOK goes out as a FOK child where the best venue alone has all of it; where
                several venues together have it, as a sweep of IOC children: if one then misses, the rest is cancelled (a sweep
                cannot be undone). MARKET DAY has ROUNDS_MAX rounds and ends with NO_LIQUIDITY. LIMIT DAY / GTC plans again whenever
                a taker comes back short, at most ROUNDS_MAX times at once and then no oftener than every RETRY_NS.
    TWAP        slices on timers (`twap.py`), each worked as a best-price round that never rests.

A round is planned again at once only where the market moved on since the last one; else a timer asks again after RETRY_NS.
An order other than a TWAP whose turn falls under a covering halt ends (HALTED_AT_ROUTER): its terms were judged before the halt. One of a
contingent list waits for the halt's end instead: its end would leave the others without what they were given together with.
"""

from oms.core.enums import Algorithm, OrdType, TimeInForce, TimerKind, VenueFeature
from oms.core.instructions import STOPS
from oms.core.lifecycle.table import Trigger
from oms.core.reasons import Reason
from oms.core.routing import sor
from oms.core.routing.draft import Draft
from oms.core.routing.emulating import work_in_router
from oms.core.routing.ending import wind_down
from oms.core.routing.making import (
    CHILD_GOOD_FOR_NS,
    expired,
    halted,
    lot_of,
    new_child,
    note_decision,
    survey_of,
)
from oms.core.routing.state import Parent, open_leaves, unplaced_qty
from oms.core.routing.triggers import arm_stop, suspend, waits_for_stop
from oms.core.routing.twap import STEP_NS_MIN, Schedule
from oms.core.routing.validity import between_days, is_over, numbers, validity_for
from oms.core.routing.work import by_router, told_venue, type_at_venue, work_of
from oms.core.routing_events import Candidate, SliceDone, TimerDone

ROUNDS_MAX = 5
"""Decisions in a row for one order: displayed size that vanishes five times in a row is not there for us."""

RETRY_NS = 100_000_000
"""Tape time until a round is tried again on an unchanged market."""


def start(draft: Draft, parent: Parent, good_until_ns: int) -> None:
    """Put a parent to work under terms that are new to it; one that its list holds back goes on waiting."""
    if parent.opened.instrument_id not in draft.state.reference.instruments:
        wind_down(draft, parent, Reason.NO_VENUE_AVAILABLE, text="instrument unknown to the router")
    elif parent.held_back:
        return
    elif parent.terms.twap_slices > 0:
        _start_twap(draft, parent)
    else:
        place(draft, parent, good_until_ns)


def schedule(draft: Draft, parent: Parent) -> Schedule:
    t, instrument = parent.terms, draft.state.reference.instruments[parent.opened.instrument_id]
    return Schedule(t.twap_start_ns, t.twap_end_ns, t.twap_slices, t.order_qty, instrument.lot_size)


def place(draft: Draft, parent: Parent, good_until_ns: int) -> None:
    """One round of an order that is no TWAP, over all that is not placed."""
    if is_over(draft, parent):
        wind_down(draft, parent, Reason.VALIDITY_ENDED, Trigger.EXPIRED)
        return
    if between_days(draft, parent):
        return  # the next day begins with what is left
    if parent.held_back or _waits_for_more(draft, parent):
        return
    routed = by_router(draft.state.reference, parent)
    if routed and waits_for_stop(parent) and not (halted(draft, parent) or expired(draft, parent)):
        if not arm_stop(draft, parent):
            return
        routed = by_router(draft.state.reference, parent)
    if halted(draft, parent):
        # Its terms were judged before the halt. What the router works in the place of a venue goes on after it, as it would there.
        if (routed and parent.decision_count) or parent.leg is not None:
            suspend(draft, parent)
        else:
            wind_down(draft, parent, Reason.HALTED_AT_ROUTER)
    elif expired(draft, parent):
        wind_down(draft, parent, Reason.MANDATE_EXPIRED)
    elif routed:
        if not work_in_router(draft, parent, good_until_ns):
            place_again(draft, parent)
    elif parent.opened.algorithm is Algorithm.DIRECT:
        _place_direct(draft, parent, good_until_ns)
    else:
        _place_best_price(draft, parent, good_until_ns)


def place_again(draft: Draft, parent: Parent) -> None:
    """Something came back short: plan the rest, now, later or never."""
    if parent.held_back or _waits_for_more(draft, parent):
        return
    o, work = parent.opened, work_of(parent)
    routed = by_router(draft.state.reference, parent) or o.algorithm is Algorithm.BEST_PRICE
    unplaced = unplaced_qty(draft.state, parent)
    if between_days(draft, parent):
        return
    if unplaced <= 0 or (unplaced < lot_of(draft, parent) and parent.open_children):
        return
    if unplaced < lot_of(draft, parent):
        wind_down(draft, parent, Reason.NO_LIQUIDITY, text="less than a lot is left")
        return
    waits = work.waits and routed
    if o.time_in_force in (TimeInForce.IOC, TimeInForce.FOK) or (parent.rounds >= ROUNDS_MAX and not waits):
        wind_down(draft, parent, Reason.NO_LIQUIDITY if routed else Reason.NO_VENUE_AVAILABLE)
        return
    market = draft.market_of(parent)
    moved = market is not None and market.position > parent.seen_position
    refills = work.asks(VenueFeature.ICEBERG)  # each round of it follows a fill
    if refills or (parent.rounds < ROUNDS_MAX and (moved or waits or o.algorithm is Algorithm.DIRECT)):
        place(draft, parent, draft.conditions.wall_ns + CHILD_GOOD_FOR_NS)
    elif not numbers(parent, TimerKind.STATUS):
        draft.set_timer(parent, TimerKind.STATUS, parent.rounds, draft.conditions.tape_ns + RETRY_NS)


def _waits_for_more(draft: Draft, parent: Parent) -> bool:
    """Of an order that is released bit by bit: whether the bit at hand is less than a lot, which no venue takes."""
    return parent.released_qty is not None and unplaced_qty(draft.state, parent) < lot_of(draft, parent)


def retry_due(draft: Draft, parent: Parent) -> None:
    """The retry timer fired (it is done already)."""
    waits_for_takers = any(not c.rests for c in draft.open_children(parent))
    ending = parent.cancelling or parent.pending_terms is not None
    if waits_for_takers or ending or parent.terms.twap_slices or unplaced_qty(draft.state, parent) <= 0:
        return
    place(draft, parent, draft.conditions.wall_ns + CHILD_GOOD_FOR_NS)


def _place_direct(draft: Draft, parent: Parent, good_until_ns: int) -> None:
    offer = survey_of(draft, parent)[0]
    if offer.barred or offer.capacity <= 0:
        note_decision(draft, parent, sor.plan((offer,), 0, 1, parent.side, may_rest=False, all_or_none=False))
        reason = Reason.VENUE_REJECTED if offer.venue_id in parent.excluded else Reason.NO_VENUE_AVAILABLE
        wind_down(draft, parent, reason, text=offer.barred)
        return
    work, qty = work_of(parent), min(unplaced_qty(draft.state, parent), offer.capacity)
    if work.asks(VenueFeature.ICEBERG) and any(c.rests for c in draft.open_children(parent)):
        return  # it displays what the order may: what a bust gave back follows when it has ended
    takes = work.ord_type not in (*STOPS, OrdType.PEGGED) and not work.asks(VenueFeature.POST_ONLY)
    marketable = takes and not offer.untaken and parent.side.sign * (offer.price - work.price) <= 0
    # What does not cross takes nothing: counted as taking, it would hide the venue's size from the next order.
    rested = qty if not marketable else max(0, qty - offer.free_qty) if work.waits else 0
    candidate = Candidate(
        offer.venue_id,
        offer.price,
        offer.displayed_qty,
        offer.score,
        offer.market_offset,
        qty - rested,
        "",
        offer.own_taken_qty,
        rested,
    )
    note_decision(draft, parent, sor.Plan((candidate,), (), ((offer.venue_id, rested),) if rested else (), 1))
    # A venue knows no mandate: the bound goes with the order, and what it cannot do comes back.
    venue = draft.state.reference.venues[offer.venue_id]
    kind, told = type_at_venue(work)[0], told_venue(work, venue, qty)
    new_child(
        draft,
        parent,
        offer.venue_id,
        kind,
        validity_for(draft, parent, work, venue),
        qty,
        work.price,
        good_until_ns,
        told,
    )


def _place_best_price(draft: Draft, parent: Parent, good_until_ns: int) -> None:
    work, qty, side = work_of(parent), unplaced_qty(draft.state, parent), parent.side
    all_or_none = work.time_in_force is TimeInForce.FOK
    plan = sor.plan(
        survey_of(draft, parent), qty, lot_of(draft, parent), side, may_rest=work.waits, all_or_none=all_or_none
    )
    note_decision(draft, parent, plan)
    taker = TimeInForce.FOK if all_or_none and len(plan.takes) == 1 else TimeInForce.IOC
    for venue_id, price, take in plan.takes:
        new_child(draft, parent, venue_id, OrdType.LIMIT, taker, take, price, good_until_ns)
    for venue_id, rest in plan.rests:
        venue = draft.state.reference.venues[venue_id]
        tif, told = validity_for(draft, parent, work, venue), told_venue(work, venue, rest)
        new_child(draft, parent, venue_id, OrdType.LIMIT, tif, rest, work.price, good_until_ns, told)
    if plan.placed_qty > 0:
        return
    if plan.open_venues == 0:
        wind_down(draft, parent, Reason.NO_VENUE_AVAILABLE)
    elif all_or_none:
        wind_down(draft, parent, Reason.FOK_NOT_FILLABLE)
    else:
        place_again(draft, parent)


def _start_twap(draft: Draft, parent: Parent) -> None:
    plan, now = schedule(draft, parent), draft.conditions.tape_ns
    draft.drop_work_timers(parent)
    draft.set_timer(parent, TimerKind.END, 1, plan.end_ns)
    first = max(now, plan.due_ns(max(1, plan.slice_at(now))))
    draft.set_timer(parent, TimerKind.SLICE, parent.slice_no + 1, first)


def work_slice(draft: Draft, parent: Parent, number: int) -> None:
    """A slice is due: send what the schedule asks for, or say why not, and set the next."""
    plan, now = schedule(draft, parent), draft.conditions.tape_ns
    draft.emit(TimerDone(parent.order_id, TimerKind.SLICE, number))
    if parent.pending_terms is not None:
        draft.set_timer(parent, TimerKind.SLICE, number, now + STEP_NS_MIN)
        return
    index = plan.slice_at(now)
    wanted = plan.qty_to_send(index, parent.cum_qty + open_leaves(draft.state, parent))
    sent, reason = 0, None
    if halted(draft, parent):
        reason = Reason.HALTED_AT_ROUTER
    elif now >= plan.end_ns:
        reason = Reason.END_TIME_REACHED
    elif expired(draft, parent):
        reason = Reason.MANDATE_EXPIRED
    elif is_over(draft, parent):
        reason = Reason.VALIDITY_ENDED
    elif between_days(draft, parent):
        reason = Reason.BETWEEN_TRADING_DAYS
    elif wanted > 0:
        sent, reason = _send_slice(draft, parent, min(wanted, unplaced_qty(draft.state, parent)))
    draft.emit(SliceDone(parent.order_id, number, plan.planned(index), sent, reason))
    due_ns = plan.next_due_ns(now)
    if due_ns is not None:
        draft.set_timer(parent, TimerKind.SLICE, number + 1, due_ns)


def resume_twap(draft: Draft, parent: Parent) -> None:
    """A halt is lifted: the slice that comes next comes now."""
    if draft.conditions.tape_ns < parent.terms.twap_end_ns:
        draft.set_timer(parent, TimerKind.SLICE, parent.slice_no + 1, draft.conditions.tape_ns)


def _send_slice(draft: Draft, parent: Parent, qty: int) -> tuple[int, Reason | None]:
    plan = sor.plan(
        survey_of(draft, parent), qty, lot_of(draft, parent), parent.side, may_rest=False, all_or_none=False
    )
    note_decision(draft, parent, plan, qty)
    good_until_ns = draft.conditions.wall_ns + CHILD_GOOD_FOR_NS
    for venue_id, price, take in plan.takes:
        new_child(draft, parent, venue_id, OrdType.LIMIT, TimeInForce.IOC, take, price, good_until_ns)
    if plan.takes:
        return plan.placed_qty, None
    return 0, Reason.NO_LIQUIDITY if plan.open_venues else Reason.NO_VENUE_AVAILABLE


def finds_displayed(draft: Draft, parent: Parent, limit: int) -> bool:
    """Whether any venue shows free size within `limit`: then an order is to be routed, not only repriced where it rests."""
    instrument = draft.state.reference.instruments[parent.opened.instrument_id]
    return any(not o.untaken for o in sor.survey(draft.state, parent, instrument, draft.market_of(parent), limit))
