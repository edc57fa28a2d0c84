"""What an order works as at this moment, and who does it: its venue natively, or the router in the place of one.

An order changes what it is on the way: a stop that was met is a market or limit order, a market-to-limit with a first fill is a limit
order at that price, and a minimum quantity that was reached asks for nothing more. `work_of` says what is left to ask; the rest of the
router goes by that and never by the type it was entered with.

A venue's own stop, market or auction order carries no bound: what leaves is a limit order at the worst price that risk allowed, in the
same role. Time: GTD goes to the venue where it offers it, GOOD_FOR_TIME counts from our acceptance and is the router's to end; both
leave as GTC otherwise.
"""

from dataclasses import dataclass, replace

from oms.core.emulation import ALWAYS_EMULATED
from oms.core.enums import Algorithm, ExecInst, OrdType, TimeInForce, VenueFeature
from oms.core.instructions import AUCTION_ONLY, COME_BACK, PLAIN, STOPS, Instructions, features_needed
from oms.core.reference import Reference, Venue
from oms.core.routing.state import Child, Parent, Terms, limit_of

_INSTRUCTION_FEATURES = {
    ExecInst.ALL_OR_NONE: VenueFeature.ALL_OR_NONE,
    ExecInst.PARTICIPATE_DONT_INITIATE: VenueFeature.POST_ONLY,
}


@dataclass(frozen=True, slots=True)
class Work:
    """`price`: no child is priced beyond it. `needed`: what a venue must offer to do all of it, validity apart."""

    ord_type: OrdType
    time_in_force: TimeInForce
    price: int
    instructions: Instructions
    needed: frozenset[VenueFeature]

    @property
    def waits(self) -> bool:
        """Whether what finds nothing may wait in a book."""
        takes_first = self.ord_type in (OrdType.MARKET, OrdType.MARKET_TO_LIMIT)
        return not takes_first and self.time_in_force not in COME_BACK

    def native_at(self, venue: Venue | None) -> bool:
        return (
            venue is not None
            and self.needed - ALWAYS_EMULATED <= frozenset(venue.features)
            and not (self.needed & ALWAYS_EMULATED)
        )

    def asks(self, feature: VenueFeature) -> bool:
        return feature in self.needed


def work_of(parent: Parent, terms: Terms | None = None) -> Work:
    """Under the terms given, else those in force."""
    t = terms or parent.terms
    ord_type, tif, i, limit = (
        parent.opened.ord_type,
        parent.opened.time_in_force,
        t.instructions,
        limit_of(t, parent.side),
    )
    if parent.triggered:
        ord_type = OrdType.MARKET if ord_type is OrdType.STOP else OrdType.LIMIT
        i = replace(i, stop_px=None, peg=None)
    if ord_type is OrdType.MARKET_TO_LIMIT and parent.last_px:
        last = parent.last_px
        ord_type, limit = OrdType.LIMIT, min(last, limit) if parent.side.sign > 0 else max(last, limit)
    if parent.cum_qty > 0 and i.min_qty:
        i = replace(i, min_qty=0)
    needed = features_needed(ord_type, tif, i) - {VenueFeature.GOOD_TILL_DATE}
    return Work(ord_type, tif, limit, i, needed)


def by_router(reference: Reference, parent: Parent, terms: Terms | None = None) -> bool:
    """Whether the router does something that a venue would do: then it places the order in steps of its own.

    A smart order that asks for anything is always the router's: it chooses the venues that offer it.
    """
    work, o = work_of(parent, terms), parent.opened
    if o.algorithm is Algorithm.DIRECT:
        venue = reference.venues.get(o.venue_id)
        return venue is not None and not work.native_at(venue)
    return o.algorithm is Algorithm.BEST_PRICE and bool(work.needed)


def follows(parent: Parent, child: Child) -> bool:
    """Whether the child's price is one that the router moves: its replaces are no replace of the order."""
    return parent.opened.ord_type is OrdType.PEGGED and child.ord_type is OrdType.LIMIT


def type_at_venue(work: Work) -> tuple[OrdType, TimeInForce]:
    """Type and validity under which an order that is worked natively leaves: always with a price."""
    if work.ord_type is OrdType.STOP:
        return OrdType.STOP_LIMIT, work.time_in_force
    if work.ord_type is OrdType.MARKET:
        immediate = TimeInForce.FOK if work.time_in_force is TimeInForce.FOK else TimeInForce.IOC
        return OrdType.LIMIT, work.time_in_force if work.time_in_force in AUCTION_ONLY else immediate
    return work.ord_type, work.time_in_force


def validity_at(work: Work, venue: Venue) -> TimeInForce:
    """The validity under which what waits leaves for this venue."""
    tif = type_at_venue(work)[1]
    dated = tif is TimeInForce.GTD and VenueFeature.GOOD_TILL_DATE in venue.features
    return tif if dated or tif not in (TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME) else TimeInForce.GTC


def told_venue(work: Work, venue: Venue, qty: int, *, waits: bool = True) -> Instructions:
    """Those of the order's instructions that this venue carries out for a child of `qty`. A child that comes back at once has nothing
    to show, to follow or to wait for."""
    i, offered = work.instructions, frozenset(venue.features)
    own = PLAIN
    if i.smp is not None and VenueFeature.SELF_MATCH_PREVENTION in offered:
        own = replace(own, smp=i.smp, smp_id=i.smp_id)
    if not waits:
        return own
    own = replace(own, exec_inst=tuple(e for e in i.exec_inst if _INSTRUCTION_FEATURES.get(e) in offered))
    if i.display_qty is not None and (VenueFeature.ICEBERG if i.display_qty else VenueFeature.HIDDEN) in offered:
        own = replace(own, display_qty=min(i.display_qty, qty))
    if i.min_qty and VenueFeature.MIN_QTY in offered:
        own = replace(own, min_qty=min(i.min_qty, qty))
    if work.ord_type in STOPS or (work.ord_type is OrdType.PEGGED and VenueFeature.PEGGED in offered):
        own = replace(own, stop_px=i.stop_px, peg=i.peg)
    if validity_at(work, venue) is TimeInForce.GTD:
        own = replace(own, expire_ns=i.expire_ns, expire_date=i.expire_date)
    return own
