"""Cards: sessions that break, and what a venue does unasked: cancels, busts, corrections, days, suspensions."""

from oms.core.enums import ExecType, OrdStatus, Side, TimeInForce
from oms.venues.acceptance.adapter import Drive, MassStatus, Report
from oms.venues.acceptance.bench import Bench, Failed

_TRADE, _NEW = ExecType.TRADE, ExecType.NEW
_PART, _FILLED, _CANCELED = OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED, OrdStatus.CANCELED


# Sessions


def reconnect(b: Bench) -> None:
    """What happened meanwhile is told after the logon, once, with the figures it had; the order is still there."""
    order = b.resting(Side.BUY, 10)
    b.us.adapter.disconnect()
    b.trade(Side.SELL, 4, 0)
    b.us.adapter.connect()
    b.expect(order, _TRADE, _PART, last=4, cum=4)
    b.silent(order)
    b.same("CumQty", b.status(order).cum_qty, 4 * b.lot)


def reconnect_during_request(b: Bench) -> None:
    """A request whose answer was missed has an outcome after the next logon."""
    order = b.resting(Side.BUY, 10)
    with b.held():
        b.cancel(order)
        b.expect(order, ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL)
        b.us.adapter.disconnect()
    b.us.adapter.connect()
    b.expect(order, ExecType.CANCELED, _CANCELED)


def venue_restart(b: Bench) -> None:
    order = b.resting(Side.BUY, 10, tif=TimeInForce.GTC)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART)
    b.us.adapter.drive(Drive.RESTART, "restart")
    report = b.status(order)
    b.same("OrdStatus", report.ord_status, _PART)
    b.same("CumQty", report.cum_qty, 4 * b.lot)
    b.trade(Side.SELL, 6, 0)
    b.expect(order, _TRADE, _FILLED, cum=10)


def gap(b: Bench) -> None:
    """A number of ours never arrives: the venue asks for it, and goes on once it is filled."""
    b.us.adapter.leave_gap()
    b.resting(Side.BUY, 1)


def duplicate_report(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.us.adapter.drive(Drive.DUPLICATE, "duplicate")
    b.trade(Side.SELL, 4, 0)
    first = b.expect(order, _TRADE, _PART, cum=4)
    again = b.report(order)
    b.same("ExecID of the report that came twice", again.exec_id, first.exec_id)
    b.same("PossDupFlag", again.poss_dup, True)


def mass_status(b: Bench) -> None:
    """The open orders, each once, and nothing else; the last says that it is the last."""
    wanted = {b.resting(Side.BUY, 1, -n) for n in range(3)}
    closed = b.resting(Side.BUY, 1)
    b.cancel(closed)
    b.expect(closed, ExecType.CANCELED, _CANCELED)
    name = b.us.name()
    b.us.send(MassStatus(name))
    found: set[str] = set()
    while True:
        message = b.us.read(5.0)
        if message is None:
            raise Failed(f"the list ended without its last report: {len(found)} orders")
        if not isinstance(message, Report) or message.mass_status_req_id != name:
            continue
        b.same("ExecType", message.exec_type, ExecType.ORDER_STATUS)
        b.holds(f"{message.cl_ord_id} is listed once", message.cl_ord_id not in found)
        found.add(message.cl_ord_id)
        if message.last_of_list:
            break
    b.holds(f"listed {sorted(found)}, open {sorted(wanted)}", wanted <= found and closed not in found)


def status_unknown(b: Bench) -> None:
    name = b.us.name()
    report = b.status(name)
    b.same("OrderID", report.order_id, "NONE")
    b.same("OrdStatus", report.ord_status, OrdStatus.REJECTED)


# What the venue does unasked


def unsolicited_cancel(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.us.adapter.drive(Drive.CANCEL, "cancel", order=order)
    report = b.expect(order, ExecType.CANCELED, _CANCELED, cl_ord_id=order, cum=0, leaves=0)
    b.holds("an unsolicited cancel says why (ExecRestatementReason)", report.restatement is not None)


def restated(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART)
    b.us.adapter.drive(Drive.RESTATE, "restate", order=order, qty=7 * b.lot)
    report = b.expect(order, ExecType.RESTATED, _PART, total=7, cum=4, leaves=3)
    b.same("LastQty of what is no fill", report.last_qty, 0)
    b.holds("a restatement says why (ExecRestatementReason)", report.restatement is not None)


def bust(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    trade = b.expect(order, _TRADE, _PART, cum=4)
    b.us.adapter.drive(Drive.BUST, "bust", exec_id=trade.exec_id)
    b.expect(order, ExecType.TRADE_CANCEL, OrdStatus.NEW, exec_ref_id=trade.exec_id, cum=0, leaves=10)


def bust_of_filled(b: Bench) -> None:
    order = b.resting(Side.BUY, 5)
    b.trade(Side.SELL, 2, 0)
    b.expect(order, _TRADE, _PART)
    b.trade(Side.SELL, 3, 0)
    last = b.expect(order, _TRADE, _FILLED)
    b.us.adapter.drive(Drive.BUST, "bust", exec_id=last.exec_id)
    b.expect(order, ExecType.TRADE_CANCEL, _PART, exec_ref_id=last.exec_id, cum=2, leaves=3)
    b.trade(Side.SELL, 3, 0)
    b.expect(order, _TRADE, _FILLED, cum=5)


def bust_after_cancel(b: Bench) -> None:
    """Rule 10: CumQty moves, the order stays cancelled."""
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    trade = b.expect(order, _TRADE, _PART)
    b.cancel(order)
    b.expect(order, ExecType.CANCELED, _CANCELED, cum=4)
    b.us.adapter.drive(Drive.BUST, "bust", exec_id=trade.exec_id)
    b.expect(order, ExecType.TRADE_CANCEL, _CANCELED, cum=0, leaves=0)


def bust_after_replace(b: Bench) -> None:
    """Rule 20: a bust holds across a later replace."""
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    trade = b.expect(order, _TRADE, _PART)
    name = b.replace(order, 20, 1)
    b.expect(order, ExecType.REPLACED, _PART, total=20, cum=4)
    b.us.adapter.drive(Drive.BUST, "bust", exec_id=trade.exec_id)
    b.expect(order, ExecType.TRADE_CANCEL, OrdStatus.NEW, cl_ord_id=name, total=20, cum=0, leaves=20)


def correct(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.trade(Side.SELL, 4, 0)
    trade = b.expect(order, _TRADE, _PART)
    drive = b.us.adapter.drive
    drive(Drive.CORRECT, "correct", exec_id=trade.exec_id, qty=4 * b.lot, px=b.at(-1))
    first = b.expect(
        order, ExecType.TRADE_CORRECT, _PART, exec_ref_id=trade.exec_id, last=4, last_px=b.at(-1), cum=4, leaves=6
    )
    drive(Drive.CORRECT, "correct", exec_id=first.exec_id, qty=3 * b.lot, px=b.at(-1))
    second = b.expect(order, ExecType.TRADE_CORRECT, _PART, exec_ref_id=first.exec_id, last=3, cum=3, leaves=7)
    b.us.adapter.drive(Drive.BUST, "bust", exec_id=second.exec_id)
    b.expect(order, ExecType.TRADE_CANCEL, OrdStatus.NEW, exec_ref_id=second.exec_id, cum=0, leaves=10)


def suspended(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    cancelled = b.resting(Side.BUY, 1)
    b.us.adapter.drive(Drive.SUSPEND, "suspend")
    try:
        b.expect(order, ExecType.SUSPENDED, OrdStatus.SUSPENDED, leaves=10)
        b.expect(cancelled, ExecType.SUSPENDED, OrdStatus.SUSPENDED)
        refused = b.new(Side.BUY, 1)
        b.expect(refused, ExecType.REJECTED, OrdStatus.REJECTED)
        b.cancel(cancelled)
        b.expect(cancelled, ExecType.CANCELED, _CANCELED)
    finally:
        b.us.adapter.drive(Drive.SUSPEND, "resume")
    b.expect(order, ExecType.RESTATED, OrdStatus.NEW, leaves=10)
    b.trade(Side.SELL, 10, 0)
    b.expect(order, _TRADE, _FILLED)


def day_ends(b: Bench) -> None:
    order = b.resting(Side.BUY, 10)
    b.next_day()
    b.expect(order, ExecType.EXPIRED, OrdStatus.EXPIRED, cum=0, leaves=0)


def good_till_cancel_over_days(b: Bench) -> None:
    """Rules 4 and 21: done for the day it keeps what is left; a new day counts its day's quantities anew, CumQty goes on."""
    order = b.resting(Side.BUY, 10, tif=TimeInForce.GTC)
    b.trade(Side.SELL, 4, 0)
    b.expect(order, _TRADE, _PART, cum=4)
    b.us.adapter.drive(Drive.DAY, "end-day")
    b.expect(order, ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY, cum=4, leaves=6)
    b.us.adapter.drive(Drive.DAY, "new-day")
    b.expect(order, ExecType.RESTATED, _PART, cum=4, leaves=6, day_order_qty=6 * b.lot, day_cum_qty=0)
    b.trade(Side.SELL, 1, 0)
    b.expect(order, _TRADE, _PART, cum=5, day_cum_qty=b.lot)
