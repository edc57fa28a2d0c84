"""Placing an order of which the router does what a venue does not (`oms.core.emulation`): one round of it.

    what takes     as best-price routing does, IOC at the displayed price. MinQty before its first fill, and all-or-none: a FOK at one
                   venue that displays enough, for two venues could both come back short. Post-only: nothing.
    what rests     at the venues that offer natively what the order asks of one (post-only, self-match prevention, hidden, MinQty,
                   all-or-none). An iceberg prefers a venue that has them; else it rests a slice of what it displays, and only while
                   none is open: the next one follows when it is filled, at the tail of the queue as a venue's own would.
    what neither   takes nor may rest is held: armed until a venue displays enough within the limit.
    a peg          rests at its price and is repriced; it never takes. Market-to-limit takes as a market order does, then rests at the
                   price of its last fill. At-the-opening and at-the-close rest at a venue that holds auctions: the one whose book is
                   best on our side, as for what rests otherwise.

Invariants: all slices of an iceberg that are open display no more than it may; no part of a held order is at a venue that could fill less
of it than the order allows; no price is beyond the order's limit.
"""

from oms.core.emulation import HELD, NEVER_EMULATED
from oms.core.enums import OrdType, TimeInForce, TriggerKind, VenueFeature
from oms.core.reasons import Reason
from oms.core.routing import sor
from oms.core.routing.draft import Draft
from oms.core.routing.ending import wind_down
from oms.core.routing.making import lot_of, new_child, note_decision, survey_of
from oms.core.routing.state import Parent, unplaced_qty
from oms.core.routing.triggers import arm, target_of
from oms.core.routing.validity import validity_for
from oms.core.routing.work import Work, told_venue, type_at_venue, work_of


def work_in_router(draft: Draft, parent: Parent, good_until_ns: int) -> bool:
    """One round. False: nothing was there for an order that does not wait, and what follows is for the caller."""
    work = work_of(parent)
    offers = survey_of(draft, parent, work.price)
    able = _offering(draft, offers, work.needed & NEVER_EMULATED)
    if not able:
        _refuse_all(draft, parent, work, offers)
        return True
    if work.ord_type is OrdType.PEGGED:
        _peg(draft, parent, work, able, good_until_ns)
        return True
    if work.asks(VenueFeature.AUCTIONS):
        everywhere = frozenset(o.venue_id for o in able)
        _place(draft, parent, work, able, sor.Wish(may_take=False, rest_at=everywhere), good_until_ns, may_rest=True)
        return True
    return _limit(draft, parent, work, able, good_until_ns)


def _offering(draft: Draft, offers: tuple[sor.Offer, ...], features: frozenset[VenueFeature]) -> tuple[sor.Offer, ...]:
    venues = draft.state.reference.venues
    return tuple(o for o in offers if o.venue_id in venues and features <= frozenset(venues[o.venue_id].features))


def _refuse_all(draft: Draft, parent: Parent, work: Work, offers: tuple[sor.Offer, ...]) -> None:
    """Risk saw a venue that offered it; it has gone since."""
    note_decision(draft, parent, sor.plan(offers, 0, 1, parent.side, may_rest=False, all_or_none=False))
    names = ", ".join(f.name for f in sorted(work.needed & NEVER_EMULATED))
    wind_down(draft, parent, Reason.NO_VENUE_AVAILABLE, text=f"no venue of the mandate offers {names} now")


def _limit(draft: Draft, parent: Parent, work: Work, able: tuple[sor.Offer, ...], good_until_ns: int) -> bool:
    if work.asks(VenueFeature.ICEBERG) and any(c.rests for c in draft.open_children(parent)):
        return True  # its slice is there
    wish, may_rest = _wish(draft, parent, work, able)
    if work.asks(VenueFeature.POST_ONLY) and not wish.rest_at:
        note_decision(draft, parent, sor.plan(able, 0, 1, parent.side, may_rest=False, all_or_none=False))
        wind_down(draft, parent, Reason.WOULD_TAKE_LIQUIDITY, text="it would take at every venue that offers POST_ONLY")
        return True
    placed, reachable = _place(draft, parent, work, able, wish, good_until_ns, may_rest=may_rest)
    if placed:
        return True
    if not reachable:
        wind_down(draft, parent, Reason.NO_VENUE_AVAILABLE)
    elif work.time_in_force is TimeInForce.FOK:
        wind_down(draft, parent, Reason.FOK_NOT_FILLABLE)
    elif work.waits:
        enough = max(wish.take_at_least, lot_of(draft, parent))
        arm(draft, parent, TriggerKind.DISPLAYED, work.price, qty=enough)
    else:
        return False
    return True


def _wish(draft: Draft, parent: Parent, work: Work, able: tuple[sor.Offer, ...]) -> tuple[sor.Wish, bool]:
    """What the instructions ask of the plan, and whether anything may rest in this round."""
    qty, i = unplaced_qty(draft.state, parent), work.instructions
    at_least = qty if work.asks(VenueFeature.ALL_OR_NONE) else min(i.min_qty, qty)
    post_only = work.asks(VenueFeature.POST_ONLY)
    held = work.needed & HELD
    homes = _offering(draft, able, held)
    if post_only:
        sign = parent.side.sign
        homes = tuple(o for o in homes if o.displayed_qty <= 0 or sign * (o.price - work.price) > 0)
    if at_least:  # one venue holds it, or it could be filled in parts
        homes = tuple(o for o in homes if o.capacity >= qty)
        if any(not o.untaken and min(o.free_qty, o.capacity, qty) >= at_least for o in able) and not post_only:
            return sor.Wish(take_at_least=at_least), False
    wholes = _offering(draft, homes, work.needed & {VenueFeature.ICEBERG})
    rest_max = None if wholes else i.display_qty or None
    rest_at = frozenset(o.venue_id for o in wholes or homes)
    return sor.Wish(not post_only, at_least, rest_max, rest_at), work.waits and bool(rest_at)


def _place(
    draft: Draft,
    parent: Parent,
    work: Work,
    able: tuple[sor.Offer, ...],
    wish: sor.Wish,
    good_until_ns: int,
    *,
    may_rest: bool,
) -> tuple[bool, bool]:
    """Plan and make children: (whether anything was placed, whether any venue could have taken something)."""
    fok = work.time_in_force is TimeInForce.FOK
    qty, lot = unplaced_qty(draft.state, parent), lot_of(draft, parent)
    plan = sor.plan(able, qty, lot, parent.side, may_rest=may_rest, all_or_none=fok, wish=wish)
    note_decision(draft, parent, plan)
    whole = wish.take_at_least or (fok and len(plan.takes) == 1)
    taker, venues = TimeInForce.FOK if whole else TimeInForce.IOC, draft.state.reference.venues
    for venue_id, price, take in plan.takes:
        told = told_venue(work, venues[venue_id], take, waits=False)
        new_child(draft, parent, venue_id, OrdType.LIMIT, taker, take, price, good_until_ns, told)
    for venue_id, rest in plan.rests:
        venue = venues[venue_id]
        kind, tif, told = (
            type_at_venue(work)[0],
            validity_for(draft, parent, work, venue),
            told_venue(work, venue, rest),
        )
        new_child(draft, parent, venue_id, kind, tif, rest, work.price, good_until_ns, told)
    return plan.placed_qty > 0, plan.open_venues > 0


def _peg(draft: Draft, parent: Parent, work: Work, able: tuple[sor.Offer, ...], good_until_ns: int) -> None:
    resting = [c for c in draft.open_children(parent) if c.rests]
    armed = draft.state.armed.get(parent.order_id)
    reference_px = armed.reference_px if armed is not None and armed.kind is TriggerKind.PEG else 0
    homes = _offering(draft, able, work.needed & HELD)
    natives = _offering(draft, homes, work.needed)
    if natives and not resting:
        wish = sor.Wish(may_take=False, rest_at=frozenset(o.venue_id for o in natives))
        if not _place(draft, parent, work, able, wish, good_until_ns, may_rest=True)[0]:
            wind_down(draft, parent, Reason.NO_VENUE_AVAILABLE)
        return
    market = draft.market_of(parent)
    target = target_of(draft.state, parent, reference_px, market, draft.own_pegs(parent)) if market else None
    if target is None or resting:
        price = resting[0].price or 0 if resting else 0
        arm(draft, parent, TriggerKind.PEG, price, reference_px=reference_px)
        return
    at_price = Work(OrdType.LIMIT, work.time_in_force, target.price, work.instructions, work.needed)
    wholes = _offering(draft, homes, work.needed & {VenueFeature.ICEBERG})
    rest_max = None if wholes else work.instructions.display_qty or None
    wish = sor.Wish(may_take=False, rest_max=rest_max, rest_at=frozenset(o.venue_id for o in wholes or homes))
    if _place(draft, parent, at_price, able, wish, good_until_ns, may_rest=True)[0]:
        arm(draft, parent, TriggerKind.PEG, target.price, reference_px=target.reference_px)
    else:
        wind_down(draft, parent, Reason.NO_VENUE_AVAILABLE)
