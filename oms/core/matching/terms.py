"""What an order must be for the book to take it: one early return per reason, in the order of precedence. It knows no other order."""

from oms.core.enums import ExecInst, OrdType, PegPriceType, TimeInForce
from oms.core.instructions import AUCTION_ONLY, COME_BACK, STOPS
from oms.core.matching.messages import NewOrder
from oms.core.venue_reasons import OrdRejReason

UNTIL = frozenset({TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME})
_PRICED = frozenset({OrdType.LIMIT, OrdType.STOP_LIMIT})
_IN_AUCTIONS = frozenset({OrdType.MARKET, OrdType.LIMIT})
_FOLLOWED = frozenset({PegPriceType.PRIMARY, PegPriceType.MID, PegPriceType.MARKET})

Refusal = tuple[OrdRejReason, str]


def refusal(order: NewOrder, tick: int, lot: int, last_px: int, now_ns: int) -> Refusal | None:
    """Why the book does not take an order with these terms. `last_px`: of the last trade, 0 for none."""
    return (
        _quantities(order, lot)
        or _prices(order, tick)
        or _follows(order, tick, last_px)
        or _validity(order, now_ns)
        or _instructions(order)
    )


def _quantities(order: NewOrder, lot: int) -> Refusal | None:
    reason = OrdRejReason.INCORRECT_QUANTITY
    if order.qty <= 0 or order.qty % lot:
        return reason, f"quantity {order.qty} is not a positive multiple of {lot}"
    shown = order.display_qty
    if shown is not None and (not 0 <= shown <= order.qty or shown % lot):
        return reason, f"display quantity {shown} is not a multiple of {lot} from 0 to {order.qty}"
    if not 0 <= order.min_qty <= order.qty or order.min_qty % lot:
        return reason, f"minimum quantity {order.min_qty} is not a multiple of {lot} from 0 to {order.qty}"
    return None


def _prices(order: NewOrder, tick: int) -> Refusal | None:
    reason = OrdRejReason.INVALID_PRICE_INCREMENT
    price, stop_px = order.price, order.stop_px
    if order.ord_type in _PRICED and (price <= 0 or price % tick):
        return reason, f"price {price} is not a positive multiple of {tick}"
    if order.ord_type is OrdType.PEGGED and (price < 0 or price % tick):
        return reason, f"price {price} is not a multiple of {tick}"
    if order.ord_type not in _PRICED and order.ord_type is not OrdType.PEGGED and price != 0:
        return OrdRejReason.OTHER, f"a {order.ord_type.name.lower().replace('_', ' ')} order has no price"
    if order.ord_type not in STOPS:
        return (OrdRejReason.OTHER, "only a stop order has a stop price") if stop_px else None
    if stop_px < 0 or stop_px % tick or (not stop_px and order.peg_price_type is None):
        return reason, f"stop price {stop_px} is not a positive multiple of {tick}"
    return None


def _follows(order: NewOrder, tick: int, last_px: int) -> Refusal | None:
    peg, offset = order.peg_price_type, order.peg_offset
    reason = OrdRejReason.OTHER
    if offset % tick:
        return OrdRejReason.INVALID_PRICE_INCREMENT, f"peg offset {offset} is not a multiple of {tick}"
    if order.ord_type is OrdType.PEGGED:
        return None if peg in _FOLLOWED else (reason, "a pegged order names what it follows: primary, mid or market")
    if order.ord_type not in STOPS or peg is None:
        return (reason, f"a {order.ord_type.name.lower()} order follows nothing") if peg or offset else None
    if peg is not PegPriceType.TRAILING_STOP or offset <= 0:
        return reason, "a trailing stop follows the last trade at a positive offset"
    if not order.stop_px and not last_px:
        return reason, "no last trade that a trailing stop could start from: give a stop price"
    if not order.stop_px and not order.side.sign > 0 and last_px <= offset:
        return reason, f"an offset of {offset} from the last trade at {last_px} leaves no stop price"
    return None


def _validity(order: NewOrder, now_ns: int) -> Refusal | None:
    tif, reason = order.time_in_force, OrdRejReason.OTHER
    if tif in UNTIL and order.expire_ns <= now_ns:
        return reason, "the expire time is missing or over"
    if tif not in UNTIL and order.expire_ns:
        return reason, f"a {tif.name} order has no expire time"
    if tif in AUCTION_ONLY and order.ord_type not in _IN_AUCTIONS:
        return reason, "only market and limit orders are for an auction alone"
    if tif in COME_BACK and order.ord_type is OrdType.PEGGED:
        return reason, "a pegged order has to rest"
    return None


def _instructions(order: NewOrder) -> Refusal | None:
    reason, inst, tif = OrdRejReason.OTHER, order.exec_inst, order.time_in_force
    if len(set(inst)) != len(inst):
        return reason, "an execution instruction is given twice"
    if ExecInst.DO_NOT_INCREASE in inst:
        return reason, "the book knows no positions: reduce-only is not for it"
    conditional = ExecInst.ALL_OR_NONE in inst or order.min_qty > 0
    if conditional and order.display_qty not in (None, 0):
        return reason, "an iceberg can have no minimum quantity"
    if conditional and tif in AUCTION_ONLY:
        return reason, "an auction knows no minimum quantity"
    if ExecInst.PARTICIPATE_DONT_INITIATE in inst:
        if order.ord_type not in _PRICED and order.ord_type is not OrdType.PEGGED:
            return reason, "an order without price cannot stay passive"
        if tif in COME_BACK or tif in AUCTION_ONLY:
            return reason, f"a {tif.name} order cannot stay passive"
    return None
