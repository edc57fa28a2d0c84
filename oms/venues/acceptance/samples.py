"""For each characteristic that a venue may offer one order that asks for it, and otherwise would be taken."""

from dataclasses import dataclass

from oms.core.enums import ExecInst, OrdType, PegPriceType, SelfMatchPrevention, TimeInForce, VenueFeature
from oms.core.instructions import PLAIN, Instructions, Peg


@dataclass(frozen=True, slots=True)
class Sample:
    """`ticks` from the reference price; None: without a price."""

    ord_type: OrdType = OrdType.LIMIT
    time_in_force: TimeInForce = TimeInForce.DAY
    ticks: int | None = 0
    instructions: Instructions = PLAIN


def sample(feature: VenueFeature, px: int, tick: int, lot: int) -> Sample:
    """An order of ten lots to buy."""
    match feature:
        case VenueFeature.STOP:
            return Sample(OrdType.STOP, ticks=None, instructions=Instructions(stop_px=px + 5 * tick))
        case VenueFeature.TRAILING_STOP:
            trail = Peg(PegPriceType.TRAILING_STOP, 5 * tick)
            return Sample(OrdType.STOP, ticks=None, instructions=Instructions(stop_px=px + 5 * tick, peg=trail))
        case VenueFeature.MARKET_TO_LIMIT:
            return Sample(OrdType.MARKET_TO_LIMIT, ticks=None)
        case VenueFeature.PEGGED:
            return Sample(OrdType.PEGGED, instructions=Instructions(peg=Peg(PegPriceType.PRIMARY, 0)))
        case VenueFeature.ICEBERG:
            return Sample(instructions=Instructions(display_qty=lot))
        case VenueFeature.HIDDEN:
            return Sample(instructions=Instructions(display_qty=0))
        case VenueFeature.MIN_QTY:
            return Sample(instructions=Instructions(min_qty=lot))
        case VenueFeature.ALL_OR_NONE:
            return Sample(instructions=Instructions(exec_inst=(ExecInst.ALL_OR_NONE,)))
        case VenueFeature.POST_ONLY:
            return Sample(instructions=Instructions(exec_inst=(ExecInst.PARTICIPATE_DONT_INITIATE,)))
        case VenueFeature.GOOD_TILL_DATE:
            lasting = Instructions(good_for_ns=60_000_000_000)
            return Sample(time_in_force=TimeInForce.GOOD_FOR_TIME, instructions=lasting)
        case VenueFeature.AUCTIONS:
            return Sample(time_in_force=TimeInForce.AT_THE_OPENING)
        case VenueFeature.SELF_MATCH_PREVENTION:
            return Sample(instructions=Instructions(smp=SelfMatchPrevention.CANCEL_BOTH))
