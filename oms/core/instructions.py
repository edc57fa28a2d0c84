"""What an order asks beyond type, quantity, price and validity; and what a venue must be able to do to take it as it is.

An order without any of it carries `PLAIN`. Prices, quantities and offsets are integers at the instrument's scales, times UTC nanoseconds.
"""

from dataclasses import dataclass
from datetime import date

from oms.core.enums import (
    ExecInst,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    TimeInForce,
    VenueFeature,
)


@dataclass(frozen=True, slots=True)
class Peg:
    """FIX PegInstructions: `offset` (PegOffsetValue, 211) is added to the price that is followed.

    Of a TRAILING_STOP it is the distance that the stop price keeps from the best price since acceptance, and positive.
    """

    price_type: PegPriceType
    offset: int


@dataclass(frozen=True, slots=True)
class Instructions:
    """`stop_px`: FIX 99; of a trailing stop its first stop price, None: from the market. `display_qty`: FIX 1138, None: all of it is
    shown, 0: hidden, else an iceberg. `min_qty`: FIX 110, 0: none.

    Validity: `expire_ns` (126, UTC) or `expire_date` (432, the market's own date, the last tradable day) of GTD; `good_for_ns`
    (1629) of GOOD_FOR_TIME. `smp` (2964) with `smp_id` (2362): whose orders are not to meet; an empty id: the account's.
    """

    stop_px: int | None = None
    display_qty: int | None = None
    min_qty: int = 0
    exec_inst: tuple[ExecInst, ...] = ()
    peg: Peg | None = None
    expire_ns: int = 0
    expire_date: int = 0
    good_for_ns: int = 0
    smp: SelfMatchPrevention | None = None
    smp_id: str = ""


PLAIN = Instructions()

_BY_TYPE: dict[OrdType, VenueFeature] = {
    OrdType.STOP: VenueFeature.STOP,
    OrdType.STOP_LIMIT: VenueFeature.STOP,
    OrdType.MARKET_TO_LIMIT: VenueFeature.MARKET_TO_LIMIT,
    OrdType.PEGGED: VenueFeature.PEGGED,
}
_BY_VALIDITY: dict[TimeInForce, VenueFeature] = {
    TimeInForce.GTD: VenueFeature.GOOD_TILL_DATE,
    TimeInForce.GOOD_FOR_TIME: VenueFeature.GOOD_TILL_DATE,
    TimeInForce.AT_THE_OPENING: VenueFeature.AUCTIONS,
    TimeInForce.AT_THE_CLOSE: VenueFeature.AUCTIONS,
}
_BY_INSTRUCTION: dict[ExecInst, VenueFeature] = {
    ExecInst.ALL_OR_NONE: VenueFeature.ALL_OR_NONE,
    ExecInst.PARTICIPATE_DONT_INITIATE: VenueFeature.POST_ONLY,
}


def features_needed(
    ord_type: OrdType, time_in_force: TimeInForce, instructions: Instructions
) -> frozenset[VenueFeature]:
    """What a venue must offer to take such an order natively. Every venue takes plain market and limit orders, DAY, GTC, IOC and FOK;
    DO_NOT_INCREASE is the firm's own check and asks nothing of a venue."""
    needed = {_BY_TYPE.get(ord_type), _BY_VALIDITY.get(time_in_force)}
    needed |= {_BY_INSTRUCTION.get(i) for i in instructions.exec_inst}
    if instructions.peg is not None and instructions.peg.price_type is PegPriceType.TRAILING_STOP:
        needed.add(VenueFeature.TRAILING_STOP)
    if instructions.display_qty is not None:
        needed.add(VenueFeature.ICEBERG if instructions.display_qty else VenueFeature.HIDDEN)
    if instructions.min_qty:
        needed.add(VenueFeature.MIN_QTY)
    if instructions.smp is not None:
        needed.add(VenueFeature.SELF_MATCH_PREVENTION)
    return frozenset(f for f in needed if f is not None)


WITHOUT_PRICE = frozenset({OrdType.MARKET, OrdType.STOP, OrdType.MARKET_TO_LIMIT})
STOPS = frozenset({OrdType.STOP, OrdType.STOP_LIMIT})
COME_BACK = frozenset({TimeInForce.IOC, TimeInForce.FOK})
"""Validities under which nothing ever waits in a book."""
AUCTION_ONLY = frozenset({TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE})

DATE_MIN, DATE_MAX = 19700101, 22611231
"""Dates (YYYYMMDD) whose every moment is a time in nanoseconds of 64 bits: a later one has no place in the journal."""

Contradiction = tuple[str, str]
"""(field, what is wrong with it)"""


def contradictions(
    ord_type: OrdType, time_in_force: TimeInForce, order_qty: int, price: int | None, instructions: Instructions
) -> tuple[Contradiction, ...]:
    """What in an order contradicts itself, whatever instrument, market or venue; empty where nothing does."""
    return (
        *_price(ord_type, price),
        *_trigger(ord_type, instructions),
        *_validity(ord_type, time_in_force, instructions),
        *_quantities(ord_type, time_in_force, order_qty, instructions),
        *_behaviour(ord_type, time_in_force, instructions),
    )


def _price(ord_type: OrdType, price: int | None) -> tuple[Contradiction, ...]:
    if ord_type in WITHOUT_PRICE and price is not None:
        return (("price", f"a {ord_type.name} order has none"),)
    if ord_type in (OrdType.LIMIT, OrdType.STOP_LIMIT) and price is None:
        return (("price", f"must be set for a {ord_type.name} order"),)
    return ()


def _trigger(ord_type: OrdType, i: Instructions) -> tuple[Contradiction, ...]:
    found: list[Contradiction] = []
    trails = i.peg is not None and i.peg.price_type is PegPriceType.TRAILING_STOP
    if ord_type in STOPS:
        if i.peg is not None and not trails:
            found.append(("instructions.peg", "a stop price can only trail (TRAILING_STOP)"))
        elif trails and i.peg is not None and i.peg.offset <= 0:
            found.append(("instructions.peg.offset", "the distance of a trailing stop must be positive"))
        if i.stop_px is None and not trails:
            found.append(("instructions.stop_px", f"must be set for a {ord_type.name} order"))
    else:
        if i.stop_px is not None:
            found.append(("instructions.stop_px", f"a {ord_type.name} order has none"))
        if ord_type is OrdType.PEGGED and (i.peg is None or trails):
            found.append(("instructions.peg", "a PEGGED order follows PRIMARY, MID or MARKET"))
        elif ord_type is not OrdType.PEGGED and i.peg is not None:
            found.append(("instructions.peg", f"a {ord_type.name} order follows no price"))
    if i.stop_px is not None and i.stop_px <= 0:
        found.append(("instructions.stop_px", "must be positive"))
    return tuple(found)


def _validity(ord_type: OrdType, tif: TimeInForce, i: Instructions) -> tuple[Contradiction, ...]:
    found: list[Contradiction] = []
    dated = (i.expire_ns > 0) + (i.expire_date > 0)
    if tif is TimeInForce.GTD and dated != 1:
        found.append(("instructions.expire_ns", "GTD needs either expire_ns or expire_date"))
    elif tif is not TimeInForce.GTD and dated:
        found.append(("instructions.expire_ns", f"{tif.name} has no date of expiry: GTD has"))
    if i.expire_date and not _is_date(i.expire_date):
        found.append(("instructions.expire_date", f"{i.expire_date} is no date from {DATE_MIN} to {DATE_MAX}"))
    if (tif is TimeInForce.GOOD_FOR_TIME) != (i.good_for_ns > 0):
        found.append(("instructions.good_for_ns", "must be set for GOOD_FOR_TIME, and for no other"))
    if tif in AUCTION_ONLY and ord_type not in (OrdType.MARKET, OrdType.LIMIT):
        found.append(("time_in_force", f"{tif.name} takes MARKET and LIMIT orders"))
    if ord_type is OrdType.PEGGED and tif in COME_BACK:
        found.append(("time_in_force", "a PEGGED order waits in the book"))
    return tuple(found)


def _is_date(yyyymmdd: int) -> bool:
    if not DATE_MIN <= yyyymmdd <= DATE_MAX:
        return False
    try:
        date(yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100)
    except ValueError:
        return False
    return True


def _quantities(ord_type: OrdType, tif: TimeInForce, order_qty: int, i: Instructions) -> tuple[Contradiction, ...]:
    found: list[Contradiction] = []
    if i.display_qty is not None:
        if not 0 <= i.display_qty <= order_qty:
            found.append(("instructions.display_qty", f"must be at least 0 and at most {order_qty}"))
        if ord_type in (OrdType.MARKET, OrdType.STOP) or tif in COME_BACK | AUCTION_ONLY:
            found.append(("instructions.display_qty", "only an order that waits in a book shows a part of itself"))
        if ExecInst.ALL_OR_NONE in i.exec_inst:
            found.append(("instructions.display_qty", "ALL_OR_NONE executes whole: it cannot show a part"))
    if not 0 <= i.min_qty <= max(0, order_qty):
        found.append(("instructions.min_qty", f"must be at least 0 and at most {order_qty}"))
    if i.min_qty and tif in AUCTION_ONLY:
        found.append(("instructions.min_qty", "an auction knows no minimum quantity"))
    return tuple(found)


def _behaviour(ord_type: OrdType, tif: TimeInForce, i: Instructions) -> tuple[Contradiction, ...]:
    found: list[Contradiction] = []
    if len(set(i.exec_inst)) != len(i.exec_inst):
        found.append(("instructions.exec_inst", "names an instruction twice"))
    if ExecInst.PARTICIPATE_DONT_INITIATE in i.exec_inst:
        if ord_type not in (OrdType.LIMIT, OrdType.STOP_LIMIT, OrdType.PEGGED) or tif in COME_BACK | AUCTION_ONLY:
            found.append(("instructions.exec_inst", "PARTICIPATE_DONT_INITIATE needs an order that can wait in a book"))
        if i.min_qty:
            found.append(("instructions.min_qty", "an order that never initiates cannot ask a minimum of its start"))
    if ExecInst.ALL_OR_NONE in i.exec_inst and tif in AUCTION_ONLY:
        found.append(("instructions.exec_inst", "an auction knows no ALL_OR_NONE"))
    if i.smp_id and i.smp is None:
        found.append(("instructions.smp_id", "needs an instruction (smp)"))
    return tuple(found)
