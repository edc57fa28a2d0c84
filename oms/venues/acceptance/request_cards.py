"""Cards: rejections, cancels, replaces, and their races. A race is made, not waited for: the venue holds the request as pending."""

from oms.core.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce, VenueBehaviour, VenueFeature
from oms.core.instructions import Instructions
from oms.core.venue_reasons import CxlRejReason, OrdRejReason
from oms.venues.acceptance.adapter import CancelReject, Report
from oms.venues.acceptance.bench import Bench, Failed
from oms.venues.acceptance.samples import sample

_TRADE, _NEW = ExecType.TRADE, ExecType.NEW
_PART, _FILLED, _CANCELED = OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED, OrdStatus.CANCELED
_PENDING_CANCEL, _PENDING_REPLACE = OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_REPLACE


def _rejected(b: Bench, order: str, *reasons: OrdRejReason) -> None:
    report = b.expect(order, ExecType.REJECTED, OrdStatus.REJECTED, cum=0, leaves=0)
    b.holds(f"OrdRejReason {report.ord_rej_reason}, expected one of {reasons}", report.ord_rej_reason in reasons)
    b.holds("a rejection says why (Text)", bool(report.text))


def unknown_symbol(b: Bench) -> None:
    _rejected(b, b.new(symbol="NO-SUCH-SYMBOL"), OrdRejReason.UNKNOWN_SYMBOL)


def bad_quantity(b: Bench) -> None:
    _rejected(b, b.new(order_qty=0), OrdRejReason.INCORRECT_QUANTITY)


def bad_price(b: Bench) -> None:
    wrong = -b.tick if b.tick == 1 else b.px + 1
    _rejected(b, b.new(price=wrong), OrdRejReason.INVALID_PRICE_INCREMENT, OrdRejReason.OTHER)


def not_offered(b: Bench) -> None:
    """Every characteristic that the venue does not offer, one by one."""
    for feature in sorted(set(VenueFeature) - b.offer.features):
        terms = sample(feature, b.px, b.tick, b.lot)
        order = b.new(Side.BUY, 10, terms.ticks, terms.ord_type, terms.time_in_force, terms.instructions)
        report = b.expect(order, ExecType.REJECTED, OrdStatus.REJECTED)
        b.same(f"OrdRejReason of {feature.name}", report.ord_rej_reason, OrdRejReason.UNSUPPORTED_ORDER, report.text)


def duplicate(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART, cum=4)
    b.new(cl_ord_id=order, order_qty=7 * b.lot)
    report = b.expect(order, ExecType.REJECTED, _PART, cum=4, leaves=6, total=10)
    b.same("OrdRejReason", report.ord_rej_reason, OrdRejReason.DUPLICATE_ORDER)
    b.same("CumQty of the original", b.status(order).cum_qty, 4 * b.lot)


def possible_resend(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.new(cl_ord_id=order, poss_resend=True)
    b.expect(order, ExecType.ORDER_STATUS, OrdStatus.NEW, total=10)
    unseen = b.new(poss_resend=True)
    b.expect(unseen, _NEW, OrdStatus.NEW)


def cancel(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    name = b.cancel(order)
    b.expect(order, ExecType.CANCELED, _CANCELED, cl_ord_id=name, orig_cl_ord_id=order, cum=0, leaves=0)


def cancel_of_partly_filled(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART, cum=4)
    b.cancel(order)
    b.expect(order, ExecType.CANCELED, _CANCELED, cum=4, leaves=0)


def cancel_unknown(b: Bench) -> None:
    name = b.us.name()
    b.cancel(name, orig=name)
    refusal = b.refused(name, CxlRejReason.UNKNOWN_ORDER, status=OrdStatus.REJECTED)
    b.same("OrderID", refusal.order_id, "NONE")


def cancel_too_late(b: Bench) -> None:
    order = b.resting(Side.BUY, 5)
    b.trade(Side.SELL, 5, 0)
    b.expect(order, _TRADE, _FILLED)
    b.cancel(order)
    b.refused(order, CxlRejReason.TOO_LATE_TO_CANCEL, status=_FILLED)


def replace_total(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART, cum=4)
    name = b.replace(order, 20, 1)
    b.expect(order, ExecType.REPLACED, _PART, cl_ord_id=name, orig_cl_ord_id=order, total=20, cum=4, leaves=16)
    b.trade(Side.SELL, 16, 1)
    b.expect(order, _TRADE, _FILLED, cl_ord_id=name, cum=20, last_px=b.at(1))


def replace_to_executed(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART, cum=4)
    b.replace(order, 3, 0)
    b.expect(order, ExecType.REPLACED, _FILLED, total=4, cum=4, leaves=0)


def replace_unrestated(b: Bench) -> None:
    """What a replace leaves out is gone: the iceberg shows all of itself, so it keeps nothing back."""
    order = b.resting(Side.BUY, 10, 0, instructions=Instructions(display_qty=2 * b.lot))
    b.replace(order, 10, 1)
    b.expect(order, ExecType.REPLACED, OrdStatus.NEW)
    behind = b.resting(Side.BUY, 5, 1, by=b.them)
    b.trade(Side.SELL, 11, 1)
    b.expect(order, _TRADE, _FILLED, last=10)
    b.expect(behind, _TRADE, _PART, by=b.them, last=1)


def replace_unknown(b: Bench) -> None:
    name = b.us.name()
    b.replace(name, 5, 0, orig=name)
    b.refused(name, CxlRejReason.UNKNOWN_ORDER, status=OrdStatus.REJECTED)


def replace_chain(b: Bench) -> None:
    order = b.resting(Side.BUY, 10, -3)
    for number, ticks in enumerate((-2, -1, 0), 1):
        orig = b.us.present.get(order, order)
        name = b.replace(order, 10 + number, ticks)
        b.expect(order, ExecType.REPLACED, OrdStatus.NEW, cl_ord_id=name, orig_cl_ord_id=orig, total=10 + number)
    b.trade(Side.SELL, 13, 0)
    b.expect(order, _TRADE, _FILLED, cum=13)


def mass_cancel(b: Bench) -> None:
    """Every open order of the session ends, partly filled ones with their fills; another member's stays."""
    orders = [b.resting(Side.BUY, 10, -number) for number in range(3)]
    b.trade(Side.SELL, 4, 0)
    b.expect(orders[0], _TRADE, _PART, cum=4)
    theirs = b.resting(Side.BUY, 5, -3, by=b.them)
    answer = b.mass_cancel()
    b.holds(f"a mass cancel is carried out ({answer.text})", answer.accepted)
    b.holds(f"TotalAffectedOrders {answer.affected}, expected 3", answer.affected in (None, 3))
    for order, cum in zip(orders, (4, 0, 0), strict=True):
        b.expect(order, ExecType.CANCELED, _CANCELED, cum=cum, leaves=0)
    b.silent(theirs, by=b.them)


def mass_cancel_by_symbol(b: Bench) -> None:
    """What is open in the instrument ends; an instrument that there is not is refused, and ends nothing."""
    order = b.resting(Side.BUY, 10)
    refused = b.mass_cancel("NO-SUCH-SYMBOL")
    b.holds("a mass cancel of an unknown instrument is refused", not refused.accepted)
    b.holds("a refusal says why (Text)", bool(refused.text))
    b.silent(order)
    b.holds("a mass cancel of an instrument is carried out", b.mass_cancel(b.offer.symbol).accepted)
    b.expect(order, ExecType.CANCELED, _CANCELED, leaves=0)


def cancel_fill_race(b: Bench) -> None:
    """Rule 8: filled while the cancel is pending; the status stays, then the cancel is too late."""
    order = b.resting(Side.BUY, 5)
    with b.held():
        b.cancel(order)
        b.expect(order, ExecType.PENDING_CANCEL, _PENDING_CANCEL, leaves=5)
        b.trade(Side.SELL, 5, 0)
        b.expect(order, _TRADE, _PENDING_CANCEL, cum=5, leaves=0)
    b.refused(order, CxlRejReason.TOO_LATE_TO_CANCEL, status=_FILLED)
    b.same("OrdStatus", b.status(order).ord_status, _FILLED)


def cancel_partial_race(b: Bench) -> None:
    order = b.resting(Side.BUY, 5)
    with b.held():
        b.cancel(order)
        b.expect(order, ExecType.PENDING_CANCEL, _PENDING_CANCEL)
        b.trade(Side.SELL, 2, 0)
        b.expect(order, _TRADE, _PENDING_CANCEL, cum=2, leaves=3, cl_ord_id=order)
    b.expect(order, ExecType.CANCELED, _CANCELED, cum=2, leaves=0)


def replace_fill_race(b: Bench) -> None:
    """Rule 7: a fill under a pending replace is of the order as it was."""
    order = b.resting(Side.BUY, 10)
    with b.held():
        name = b.replace(order, 20, 0)
        b.expect(order, ExecType.PENDING_REPLACE, _PENDING_REPLACE)
        b.trade(Side.SELL, 4, 0)
        b.expect(order, _TRADE, _PENDING_REPLACE, cl_ord_id=order, total=10, cum=4, leaves=6, last_px=b.px)
    b.expect(order, ExecType.REPLACED, _PART, cl_ord_id=name, total=20, cum=4, leaves=16)


def replace_filled_race(b: Bench) -> None:
    """Filled before the replace: too late, or (a venue that does so) open again with the rest."""
    order = b.resting(Side.BUY, 5)
    with b.held():
        b.replace(order, 8, 0)
        b.expect(order, ExecType.PENDING_REPLACE, _PENDING_REPLACE)
        b.trade(Side.SELL, 5, 0)
        b.expect(order, _TRADE, _PENDING_REPLACE, cum=5)
    if VenueBehaviour.REOPENS_FILLED in b.offer.behaviours:
        b.expect(order, ExecType.REPLACED, _PART, total=8, cum=5, leaves=3)
    else:
        b.refused(order, CxlRejReason.TOO_LATE_TO_CANCEL, status=_FILLED)


def cancel_over_replace(b: Bench) -> None:
    """Rule 16: a venue may refuse the second request (reason 3) or process both; the order ends one way or the other."""
    order = b.resting(Side.BUY, 10)
    with b.held():
        name = b.replace(order, 12, 0)
        b.expect(order, ExecType.PENDING_REPLACE, _PENDING_REPLACE)
        b.cancel(order, orig=name)
        second = b.heard(order)
        refused = isinstance(second, CancelReject)
        if isinstance(second, CancelReject):
            b.same("CxlRejReason", second.cxl_rej_reason, CxlRejReason.ALREADY_PENDING)
        elif isinstance(second, Report):
            b.same("OrdStatus", second.ord_status, _PENDING_CANCEL)
    b.expect(order, ExecType.REPLACED, OrdStatus.NEW if refused else _PENDING_CANCEL, cl_ord_id=name, total=12)
    if refused:
        b.cancel(order)
    b.expect(order, ExecType.CANCELED, _CANCELED, leaves=0)


def replace_filled(b: Bench) -> None:
    """Rule 14: more quantity opens a filled order again."""
    order = b.resting(Side.BUY, 5)
    b.trade(Side.SELL, 5, 0)
    b.expect(order, _TRADE, _FILLED)
    b.replace(order, 8, 0)
    b.expect(order, ExecType.REPLACED, _PART, total=8, cum=5, leaves=3)
    b.trade(Side.SELL, 3, 0)
    b.expect(order, _TRADE, _FILLED, cum=8)


def replace_by_new(b: Bench) -> None:
    """Rule 18: the old order is cancelled, another begins under the replace's ClOrdID with what is left, and a new OrderID."""
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    first = b.expect(order, _TRADE, _PART, cum=4)
    name = b.replace(order, 12, 1)
    b.expect(order, ExecType.CANCELED, _CANCELED, order_id=first.order_id, cum=4)
    begun = b.expect(order, _NEW, OrdStatus.NEW, cl_ord_id=name, total=8, cum=0, leaves=8)
    b.us.present[order] = name
    b.holds("a new OrderID", begun.order_id != first.order_id)
    b.trade(Side.SELL, 8, 1)
    b.expect(order, _TRADE, _FILLED, cl_ord_id=name, order_id=begun.order_id, cum=8)


def terms_after_replace_refused(b: Bench) -> None:
    """Rule 17: after a refused request everything is as it was."""
    order = b.resting(Side.BUY, 10)
    b.replace(order, 0, 0)
    b.refused(order, CxlRejReason.OTHER, status=OrdStatus.NEW)
    report = b.status(order)
    b.same("OrdStatus", report.ord_status, OrdStatus.NEW)
    b.same("OrderQty", report.order_qty, 10 * b.lot)
    b.trade(Side.SELL, 10, 0)
    for _ in range(2):
        message = b.heard(order)
        if isinstance(message, Report) and message.exec_type is _TRADE:
            return
    raise Failed("the order was not filled under its old terms")


def plain_types(b: Bench) -> None:
    """A limit order without a price, and a market order with one, are refused."""
    priced = b.report(b.new(Side.BUY, 5, 0, OrdType.MARKET))
    b.same("OrdStatus", priced.ord_status, OrdStatus.REJECTED)
    unpriced = b.report(b.new(Side.BUY, 5, None, OrdType.LIMIT, TimeInForce.DAY))
    b.same("OrdStatus", unpriced.ord_status, OrdStatus.REJECTED)
