"""What a pegged order's price is (FIX 40=P with PegPriceType 1094 and PegOffsetValue 211). Pure arithmetic."""

from oms.core.enums import PegPriceType
from oms.core.matching.orders import Order


def followed_price(order: Order, bid: int | None, ask: int | None, tick: int) -> int:
    """The price at which the order stands now, 0 where there is nothing to follow or no price is left.

    PRIMARY follows the best on its own side, MARKET the best on the other, MID the middle, which a buy rounds down and a sell up to a
    tick. The offset is added, whichever side; a buy never goes above its cap, a sell never below.
    """
    own, other = (bid, ask) if order.buy else (ask, bid)
    if order.peg_price_type is PegPriceType.MID:
        if bid is None or ask is None:
            return 0
        ticks = (bid + ask) // (2 * tick) if order.buy else -(-(bid + ask) // (2 * tick))
        reference: int | None = ticks * tick
    else:
        reference = own if order.peg_price_type is PegPriceType.PRIMARY else other
    if reference is None:
        return 0
    price = reference + order.peg_offset
    if order.cap:
        price = min(price, order.cap) if order.buy else max(price, order.cap)
    return max(price, 0)
