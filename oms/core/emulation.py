"""What the router can do in the place of a venue, and what it cannot: the one table that risk and the router judge an order by.

A venue works an order natively where it offers all that `features_needed` names. Else, by feature:

    STOP, TRAILING_STOP     the router waits for the market, then sends a market or limit order
    MARKET_TO_LIMIT         always the router: a venue's own has no bound, and nothing leaves without the one that risk gave
    PEGGED                  a limit order that the router reprices; PRIMARY only at or behind the best price, because of our own side
                            the router sees nothing but the top, and would follow itself upwards
    ICEBERG                 slices: the next one when the one at the venue is filled
    HIDDEN                  held in the router, sent as IOC when the other side displays a price within the limit
    MIN_QTY, ALL_OR_NONE    held in the router, sent as FOK to one venue that displays enough; nothing of it rests before that
    GOOD_TILL_DATE          the router's timer ends it

    POST_ONLY               cannot be emulated: between a look at the market and the venue's book there is always a race
    AUCTIONS                cannot be emulated: the auction is the venue's
    SELF_MATCH_PREVENTION   cannot be emulated: only the book sees both sides

A price that follows the market needs an order that rests, so an emulated peg excludes what the router would hold (HIDDEN, MIN_QTY,
ALL_OR_NONE), unless the venue has that natively. Of a smart order the router does all that waits for a condition over several venues
(stops, pegs); for what rests it takes the venues that offer it.
"""

from oms.core.enums import Algorithm, OrdType, PegPriceType, Side, TimeInForce, VenueFeature
from oms.core.instructions import Instructions, features_needed
from oms.core.reference import Venue

NEVER_EMULATED = frozenset({VenueFeature.POST_ONLY, VenueFeature.AUCTIONS, VenueFeature.SELF_MATCH_PREVENTION})
HELD = frozenset({VenueFeature.HIDDEN, VenueFeature.MIN_QTY, VenueFeature.ALL_OR_NONE})
"""Emulated by not resting at all."""
ALWAYS_EMULATED = frozenset({VenueFeature.MARKET_TO_LIMIT})

_WHY_NOT = {
    VenueFeature.POST_ONLY: "the router cannot exclude that it takes liquidity",
    VenueFeature.AUCTIONS: "an auction is held by a venue or by nobody",
    VenueFeature.SELF_MATCH_PREVENTION: "only the venue's book sees both orders",
}


def lacking(
    ord_type: OrdType, time_in_force: TimeInForce, instructions: Instructions, venue: Venue
) -> frozenset[VenueFeature]:
    """What such an order needs of the venue and the venue does not do, so that the router has to."""
    needed = features_needed(ord_type, time_in_force, instructions)
    return (needed - frozenset(venue.features)) | (needed & ALWAYS_EMULATED)


def obstacle(
    side: Side, ord_type: OrdType, time_in_force: TimeInForce, instructions: Instructions, venue: Venue
) -> str:
    """Why neither the venue nor the router in its place can work such an order; empty where one can."""
    missing = lacking(ord_type, time_in_force, instructions, venue)
    for feature in sorted(missing & NEVER_EMULATED):
        return f"{venue.venue_id} does not offer {feature.name}, and {_WHY_NOT[feature]}"
    if ord_type is not OrdType.PEGGED:
        return ""
    for feature in sorted(missing & HELD):
        return f"{venue.venue_id} does not offer {feature.name}, and a PEGGED order cannot be held in its place"
    if VenueFeature.PEGGED in missing and instructions.peg is not None:
        peg = instructions.peg
        if peg.price_type is PegPriceType.PRIMARY and side.sign * peg.offset > 0:
            return f"{venue.venue_id} does not offer PEGGED, and the router pegs to PRIMARY at or behind the best price only"
    return ""


def twap_obstacle(ord_type: OrdType, instructions: Instructions) -> str:
    """Why a TWAP does not take such an order: its slices take displayed size now, and that leaves nothing to instruct."""
    if ord_type not in (OrdType.MARKET, OrdType.LIMIT):
        return f"{Algorithm.TWAP.name} takes MARKET and LIMIT orders, not {ord_type.name}: use BEST_PRICE or DIRECT"
    if features_needed(ord_type, TimeInForce.DAY, instructions):
        return f"{Algorithm.TWAP.name} takes no instructions but DO_NOT_INCREASE: use BEST_PRICE or DIRECT"
    return ""
