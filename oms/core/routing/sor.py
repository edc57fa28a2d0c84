"""Best-price routing: how a quantity is spread over the venues' displayed sizes, net of fees.

`survey` looks at every venue of the mandate; `plan` decides. Both are pure; nothing is sent.

Rules:
1. Venues are ranked by net price (`oms.core.money.net_price`), then larger free size, then venue id. Displayed size is taken in that
   order within the limit, in whole lots, at the displayed price: a child can never trade beyond the limit.
2. Size that our own earlier children aim at since the quote in force is not there for a second order: it is subtracted until the venue
   publishes a newer quote.
3. What is left of an order that may wait rests at one venue: the one with the best price on our own side (we join the best queue), then
   the larger size there, then venue id. Only where the mandate's maximum for it is too small does the next venue get the rest.
4. All-or-none (FOK): everything is free within the limit, or nothing is taken.
5. Every venue leaves a candidate that says what was seen, and why it got nothing.

Invariant: Σ chosen + Σ rested ≤ the quantity to place, with equality where it may rest and any venue can take it, whole lots apart.
"""

from dataclasses import dataclass

from oms.core.enums import Side
from oms.core.market import InstrumentMarket, VenueQuote
from oms.core.money import Amount, net_price
from oms.core.reference import Instrument
from oms.core.routing.halting import is_halted_at
from oms.core.routing.state import Parent, RouterState
from oms.core.routing_events import Candidate

NO_VENUE_MARKET = -1
"""The market offset of a venue without a quote."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One venue as seen. `free_qty` is what a child may take there, in whole lots; `capacity` what the mandate still lets it have.

    `barred` says why nothing may go there at all; `untaken` why its displayed size cannot be taken, whatever the capacity.
    `join_price` / `join_qty` are the top of our own side.
    """

    venue_id: str
    price: int
    displayed_qty: int
    own_taken_qty: int
    free_qty: int
    capacity: int
    score: Amount
    market_offset: int
    join_price: int
    join_qty: int
    barred: str
    untaken: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What an order's instructions ask of a plan. `take_at_least`: one venue takes it, and no less than this there (0: no such wish).

    `rest_max`: no more may wait; `rest_at`: only there (None: no such wish). `may_take`: whether displayed size may be taken at all.
    """

    may_take: bool = True
    take_at_least: int = 0
    rest_max: int | None = None
    rest_at: frozenset[str] | None = None


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Plan:
    """`takes` are (venue, price, quantity) best first; `rests` (venue, quantity). `open_venues`: how many may get a child at all."""

    candidates: tuple[Candidate, ...]
    takes: tuple[tuple[str, int, int], ...]
    rests: tuple[tuple[str, int], ...]
    open_venues: int

    @property
    def placed_qty(self) -> int:
        return sum(t[2] for t in self.takes) + self.rested_qty

    @property
    def rested_qty(self) -> int:
        return sum(r[1] for r in self.rests)


def survey(
    state: RouterState, parent: Parent, instrument: Instrument, market: InstrumentMarket | None, limit: int
) -> tuple[Offer, ...]:
    """Every venue of the mandate, in the mandate's order."""
    quotes = {q.venue_id: q for q in market.quotes} if market else {}
    used = dict(parent.traded)
    for child_id in parent.open_children:
        child = state.children[child_id]
        used[child.venue_id] = used.get(child.venue_id, 0) + child.leaves_qty
    return tuple(
        _offer(state, parent, instrument, venue_id, quotes.get(venue_id), most - used.get(venue_id, 0), limit)
        for venue_id, most in zip(parent.terms.venues, parent.terms.venue_max_qty, strict=True)
    )


def _offer(
    state: RouterState,
    parent: Parent,
    instrument: Instrument,
    venue_id: str,
    shown: VenueQuote | None,
    capacity: int,
    limit: int,
) -> Offer:
    venue, sign, lot = state.reference.venues.get(venue_id), parent.side.sign, instrument.lot_size
    price, displayed, join_price, join_qty = _sides(parent.side, shown)
    offset = shown.offset if shown else NO_VENUE_MARKET
    taken = state.taken.get((venue_id, instrument.instrument_id, sign))
    own_taken = min(taken.qty, displayed) if taken is not None and taken.market_offset == offset else 0
    capacity = max(0, capacity) // lot * lot
    free = (displayed - own_taken) // lot * lot
    score = Amount(0)
    if venue is not None and displayed > 0:
        score = net_price(price, instrument.price_scale, sign, venue.taker_fee_ppm, venue.taker_fee_per_unit_e8)
    barred = _barred(state, parent, venue_id)
    untaken = barred
    if not untaken and displayed <= 0:
        untaken = "no quote"
    elif not untaken and sign * (price - limit) > 0:
        untaken = "worse than the limit"
    elif not untaken and free <= 0:
        untaken = "already taken by our own orders" if own_taken else "less than a lot displayed"
    return Offer(
        venue_id, price, displayed, own_taken, free, capacity, score, offset, join_price, join_qty, barred, untaken
    )


def _sides(side: Side, shown: VenueQuote | None) -> tuple[int, int, int, int]:
    """(price and size we would take, price and size we would join)."""
    if shown is None:
        return 0, 0, 0, 0
    q = shown.quote
    take, join = (
        ((q.ask_px, q.ask_qty), (q.bid_px, q.bid_qty))
        if side is Side.BUY
        else ((q.bid_px, q.bid_qty), (q.ask_px, q.ask_qty))
    )
    return (*(take if take[1] > 0 else (0, 0)), *join)


def _barred(state: RouterState, parent: Parent, venue_id: str) -> str:
    """Why no child of this parent may go to the venue now; empty where one may."""
    o, venue = parent.opened, state.reference.venues.get(venue_id)
    if venue is None:
        return "unknown venue"
    if not venue.enabled:
        return "disabled"
    if o.instrument_id not in venue.instruments:
        return "does not list the instrument"
    if is_halted_at(state, parent, venue_id):
        return "halted"
    if venue_id in parent.withdrawn:
        return "taken off it by a mass cancel"
    return "refused a child of this order" if venue_id in parent.excluded else ""


def plan(
    offers: tuple[Offer, ...],
    qty: int,
    lot: int,
    side: Side,
    *,
    may_rest: bool,
    all_or_none: bool,
    wish: Wish = NO_WISH,
) -> Plan:
    """Spread `qty` (rounded down to lots) over the offers."""
    left = max(0, qty) // lot * lot
    chosen: dict[str, int] = {}
    takable = sorted(
        (o for o in offers if wish.may_take and not o.untaken),
        key=lambda o: (side.sign * o.score, -o.free_qty, o.venue_id),
    )
    if wish.take_at_least:
        takable = [o for o in takable if min(o.free_qty, o.capacity, left) >= wish.take_at_least][:1]
    fillable = sum(min(o.free_qty, o.capacity) for o in takable) >= left
    takes: list[tuple[str, int, int]] = []
    if fillable or not all_or_none:
        for o in takable:
            take = min(o.free_qty, o.capacity, left)
            if take > 0:
                takes.append((o.venue_id, o.price, take))
                chosen[o.venue_id] = take
                left -= take
    rest = left if wish.rest_max is None else min(left, wish.rest_max)
    there = offers if wish.rest_at is None else tuple(o for o in offers if o.venue_id in wish.rest_at)
    rests = _rests(there, rest, side, chosen) if may_rest and rest > 0 else ()
    rested = dict(rests)
    candidates = tuple(
        _candidate(o, chosen.get(o.venue_id, 0), rested.get(o.venue_id, 0), fillable or not all_or_none) for o in offers
    )
    return Plan(candidates, tuple(takes), rests, sum(1 for o in offers if not o.barred and o.capacity > 0))


def _rests(offers: tuple[Offer, ...], left: int, side: Side, chosen: dict[str, int]) -> tuple[tuple[str, int], ...]:
    def rank(o: Offer) -> tuple[int, int, int, str]:
        shown = o.join_qty > 0
        return (0 if shown else 1, -side.sign * o.join_price if shown else 0, -o.join_qty, o.venue_id)

    rests: list[tuple[str, int]] = []
    for o in sorted((o for o in offers if not o.barred), key=rank):
        rest = min(left, o.capacity - chosen.get(o.venue_id, 0))
        if rest > 0:
            rests.append((o.venue_id, rest))
            left -= rest
    return tuple(rests)


def _candidate(o: Offer, chosen: int, rested: int, took: bool) -> Candidate:
    why_not = ""
    if not chosen and not rested:
        full = "" if o.capacity > 0 else "the mandate's maximum for the venue is reached"
        rest = "quantity already placed at better venues" if took else "not all of a fill-or-kill is displayed"
        why_not = o.untaken or full or rest
    return Candidate(
        o.venue_id, o.price, o.displayed_qty, o.score, o.market_offset, chosen, why_not, o.own_taken_qty, rested
    )
