"""Cards: every order type, validity and instruction does what FIX says it does."""

from oms.core.enums import (
    ExecInst,
    ExecType,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
)
from oms.core.instructions import Instructions, Peg
from oms.venues.acceptance.bench import Bench, Failed

_TRADE, _NEW = ExecType.TRADE, ExecType.NEW
_PART, _FILLED, _CANCELED = OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED, OrdStatus.CANCELED


def limit(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART, last=4, cum=4, leaves=6, last_px=b.px)
    b.trade(Side.SELL, 6, 0)
    b.expect(order, _TRADE, _FILLED, last=6, cum=10, leaves=0, last_px=b.px)


def market(b: Bench) -> None:
    b.resting(Side.SELL, 5, 0, by=b.them)
    order = b.new(Side.BUY, 5, None, OrdType.MARKET)
    b.expect(order, _NEW, OrdStatus.NEW)
    b.expect(order, _TRADE, _FILLED, last=5, cum=5, last_px=b.px)


def immediate_or_cancel(b: Bench) -> None:
    b.resting(Side.SELL, 3, 0, by=b.them)
    order = b.new(Side.BUY, 10, 0, tif=TimeInForce.IOC)
    b.expect(order, _NEW, OrdStatus.NEW)
    b.expect(order, _TRADE, _PART, last=3, cum=3)
    b.expect(order, ExecType.CANCELED, _CANCELED, cum=3, leaves=0)


def fill_or_kill(b: Bench) -> None:
    b.resting(Side.SELL, 3, 0, by=b.them)
    killed = b.new(Side.BUY, 4, 0, tif=TimeInForce.FOK)
    b.expect(killed, _NEW, OrdStatus.NEW)
    b.expect(killed, ExecType.CANCELED, _CANCELED, cum=0, leaves=0)
    filled = b.new(Side.BUY, 3, 0, tif=TimeInForce.FOK)
    b.expect(filled, _NEW, OrdStatus.NEW)
    b.expect(filled, _TRADE, _FILLED, cum=3)


def good_till_cancel(b: Bench) -> None:
    order = b.resting(Side.BUY, 10, tif=TimeInForce.GTC)
    report = b.status(order)
    b.same("OrdStatus", report.ord_status, OrdStatus.NEW)
    name = b.cancel(order)
    b.expect(order, ExecType.CANCELED, _CANCELED, cl_ord_id=name)


def stop(b: Bench) -> None:
    _print(b, 0)
    b.resting(Side.SELL, 5, 4, by=b.them)
    order = b.resting(Side.BUY, 5, None, ord_type=OrdType.STOP, instructions=Instructions(stop_px=b.at(2)))
    _print(b, 2)
    b.expect(order, ExecType.TRIGGERED, OrdStatus.NEW)
    b.expect(order, _TRADE, _FILLED, last_px=b.at(4))


def stop_limit(b: Bench) -> None:
    _print(b, 0)
    stop_px = Instructions(stop_px=b.at(2))
    order = b.resting(Side.BUY, 5, 3, ord_type=OrdType.STOP_LIMIT, instructions=stop_px)
    _print(b, 2)
    b.expect(order, ExecType.TRIGGERED, OrdStatus.NEW, price=b.at(3))
    b.trade(Side.SELL, 5, 3)
    b.expect(order, _TRADE, _FILLED, last_px=b.at(3))


def trailing_stop(b: Bench) -> None:
    _print(b, 0)
    trail = Instructions(stop_px=b.at(-5), peg=Peg(PegPriceType.TRAILING_STOP, 5 * b.tick))
    order = b.resting(Side.SELL, 5, None, ord_type=OrdType.STOP, instructions=trail)
    b.resting(Side.BUY, 5, -8, by=b.them)
    _print(b, 4)  # the stop price is one tick below us now
    b.expect(order, ExecType.RESTATED, OrdStatus.NEW, cum=0)
    _print(b, -1)
    b.expect(order, ExecType.TRIGGERED, OrdStatus.NEW)
    b.expect(order, _TRADE, _FILLED)


def market_to_limit(b: Bench) -> None:
    b.resting(Side.SELL, 3, 1, by=b.them)
    order = b.new(Side.BUY, 10, None, OrdType.MARKET_TO_LIMIT)
    b.expect(order, _NEW, OrdStatus.NEW)
    b.expect(order, _TRADE, _PART, last=3, last_px=b.at(1))
    b.expect(order, ExecType.RESTATED, _PART, price=b.at(1), cum=3, leaves=7)
    b.trade(Side.SELL, 7, 1)
    b.expect(order, _TRADE, _FILLED, last_px=b.at(1))


def pegged(b: Bench) -> None:
    b.resting(Side.BUY, 5, -2, by=b.them)
    order = b.new(
        Side.BUY, 5, 5, OrdType.PEGGED, instructions=Instructions(peg=Peg(PegPriceType.PRIMARY, 0))
    )  # its price is the limit of what it follows
    b.expect(order, _NEW, OrdStatus.NEW)
    _skip_restated(b, order)
    b.resting(Side.BUY, 1, 3, by=b.them)
    b.expect(order, ExecType.RESTATED, OrdStatus.NEW, cum=0)
    b.trade(Side.SELL, 6, 3)
    b.expect(order, _TRADE, _FILLED, last_px=b.at(3))


def iceberg(b: Bench) -> None:
    order = b.resting(Side.BUY, 10, 0, instructions=Instructions(display_qty=4 * b.lot))
    behind = b.resting(Side.BUY, 3, 0, by=b.them)
    b.trade(Side.SELL, 5, 0)
    b.expect(order, _TRADE, _PART, last=4, cum=4)
    b.expect(behind, _TRADE, _PART, by=b.them, last=1)


def hidden(b: Bench) -> None:
    order = b.resting(Side.BUY, 5, 0, instructions=Instructions(display_qty=0))
    shown = b.resting(Side.BUY, 5, 0, by=b.them)
    b.trade(Side.SELL, 6, 0)
    b.expect(shown, _TRADE, _FILLED, by=b.them, last=5)
    b.expect(order, _TRADE, _PART, last=1)


def minimum_quantity(b: Bench) -> None:
    order = b.resting(Side.BUY, 10, 0, instructions=Instructions(min_qty=4 * b.lot))
    b.trade(Side.SELL, 3, 0)
    b.silent(order)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART, last=4)
    b.trade(Side.SELL, 1, 0)
    b.expect(order, _TRADE, _PART, last=1, cum=5)


def all_or_none(b: Bench) -> None:
    order = b.resting(Side.BUY, 10, 0, instructions=Instructions(exec_inst=(ExecInst.ALL_OR_NONE,)))
    b.trade(Side.SELL, 9, 0)
    b.silent(order)
    b.trade(Side.SELL, 10, 0)
    b.expect(order, _TRADE, _FILLED, last=10)


def post_only(b: Bench) -> None:
    passive = Instructions(exec_inst=(ExecInst.PARTICIPATE_DONT_INITIATE,))
    b.resting(Side.SELL, 5, 0, by=b.them)
    taking = b.report(b.new(Side.BUY, 5, 0, instructions=passive))
    if taking.exec_type is _NEW:  # some accept it, and cancel it at once
        b.expect(taking.cl_ord_id, ExecType.CANCELED, _CANCELED, cum=0)
    else:
        b.same("OrdStatus", taking.ord_status, OrdStatus.REJECTED, taking.text)
    order = b.resting(Side.BUY, 5, -1, instructions=passive)
    b.trade(Side.SELL, 5, -1)
    b.expect(order, _TRADE, _FILLED)


def good_for_time(b: Bench) -> None:
    lasting = Instructions(good_for_ns=300_000_000)
    order = b.resting(Side.BUY, 5, 0, tif=TimeInForce.GOOD_FOR_TIME, instructions=lasting)
    b.expect(order, ExecType.EXPIRED, OrdStatus.EXPIRED, cum=0, leaves=0)


def opening_auction(b: Bench) -> None:
    with b.fresh_day():
        b.auction("call-open")
        ours = b.new(Side.BUY, 10, 2, tif=TimeInForce.AT_THE_OPENING)
        b.expect(ours, _NEW, OrdStatus.NEW)
        theirs = b.resting(Side.SELL, 6, -2, by=b.them)
        b.silent(ours)
        b.auction("uncross")
        report = b.expect(ours, _TRADE, _PART, last=6)
        b.expect(theirs, _TRADE, _FILLED, by=b.them, last=6, last_px=report.last_px)
        b.holds("the auction's price is between the two limits", b.at(-2) <= report.last_px <= b.at(2))
        b.expect(ours, ExecType.EXPIRED, OrdStatus.EXPIRED, cum=6, leaves=0)


def closing_auction(b: Bench) -> None:
    with b.fresh_day():
        ours = b.new(Side.SELL, 5, None, OrdType.MARKET, TimeInForce.AT_THE_CLOSE)
        b.expect(ours, _NEW, OrdStatus.NEW)
        theirs = b.resting(Side.BUY, 5, 1, by=b.them)
        b.silent(ours)
        b.auction("call-close")
        b.auction("uncross")
        b.expect(ours, _TRADE, _FILLED, last=5)
        b.expect(theirs, _TRADE, _FILLED, by=b.them, last=5)


def _self_match(b: Bench, smp: SelfMatchPrevention) -> tuple[str, str]:
    """(the resting one, the incoming one), both ours, that would trade."""
    owner = Instructions(smp=smp, smp_id=b.us.prefix)
    resting = b.resting(Side.SELL, 5, 0, instructions=owner)
    incoming = b.new(Side.BUY, 5, 0, instructions=owner)
    b.expect(incoming, _NEW, OrdStatus.NEW)
    return resting, incoming


def cancel_aggressive(b: Bench) -> None:
    resting, incoming = _self_match(b, SelfMatchPrevention.CANCEL_AGGRESSIVE)
    b.expect(incoming, ExecType.CANCELED, _CANCELED, cum=0, leaves=0)
    b.silent(resting)


def cancel_passive(b: Bench) -> None:
    resting, incoming = _self_match(b, SelfMatchPrevention.CANCEL_PASSIVE)
    b.expect(resting, ExecType.CANCELED, _CANCELED, cum=0, leaves=0)
    b.silent(incoming)
    b.same("OrdStatus of the incoming order", b.status(incoming).ord_status, OrdStatus.NEW)


def cancel_both(b: Bench) -> None:
    resting, incoming = _self_match(b, SelfMatchPrevention.CANCEL_BOTH)
    b.expect(incoming, ExecType.CANCELED, _CANCELED, cum=0, leaves=0)
    b.expect(resting, ExecType.CANCELED, _CANCELED, cum=0, leaves=0)


def self_match_remainder(b: Bench) -> None:
    """Others are reached first; what is left of the incoming order is cancelled, not rested (rule 39)."""
    b.resting(Side.SELL, 2, 0, by=b.them)
    owner = Instructions(smp=SelfMatchPrevention.CANCEL_AGGRESSIVE, smp_id=b.us.prefix)
    resting = b.resting(Side.SELL, 5, 1, instructions=owner)
    incoming = b.new(Side.BUY, 5, 1, instructions=owner)
    b.expect(incoming, _NEW, OrdStatus.NEW)
    b.expect(incoming, _TRADE, _PART, last=2)
    b.expect(incoming, ExecType.CANCELED, _CANCELED, cum=2, leaves=0)
    b.silent(resting)


def _print(b: Bench, ticks: int) -> None:
    """A trade between two others' orders: the last price is there."""
    sell = b.resting(Side.SELL, 1, ticks, by=b.them)
    b.trade(Side.BUY, 1, ticks)
    b.expect(sell, _TRADE, _FILLED, by=b.them)


def _skip_restated(b: Bench, order: str) -> None:
    """A venue may tell at once where the order stands."""
    message = b.us.next(order, 0.2)
    if message is not None and getattr(message, "exec_type", None) is not ExecType.RESTATED:
        raise Failed(f"only a restatement was to be heard of {order}, but {message}")
