"""What must have happened for a row to be sent: the events behind it, from what the row says of itself, never from its totals.

Where a row leaves out what its cause needs (a matrix without prices or ExecIDs), the one reading that it allows is taken; a row that
allows none is a `NoCause`. Where versions of FIX differ, the matrix decides: 4.2 goes on under the ClOrdID of an accepted cancel (D35),
unless the first report after it says otherwise, and tells a guarantee as a partial fill (D37).
"""

from decimal import Decimal

from oms.core.enums import ExecType, IntentKind, OrdStatus
from oms.core.lifecycle import events as e
from oms.core.lifecycle.order import Order
from oms.testing.order_matrices.matrix import Matrix, MatrixError, Message, Row

PX_SCALE = 8
"""Decimals of a price here; FIX gives no bound, and no market has more."""


class NoCause(Exception):
    """Nothing that is known of the row explains it. The text says what is missing."""


def scaled(price: Decimal) -> int:
    """A price as the machine takes it. MatrixError for one with more decimals than that."""
    units = price.scaleb(PX_SCALE)
    if units != units.to_integral_value():
        raise MatrixError(f"the price {price} has more than {PX_SCALE} decimals")
    return int(units)


def request_of(row: Row, order: Order) -> e.Requested:
    """The cancel or replace that a row asks for. A price that no row of the matrix gives is restated as it is."""
    kind = IntentKind.CANCEL if row.message is Message.CANCEL_REQUEST else IntentKind.REPLACE
    order_qty = row.qty("order_qty")
    price = row.figures.get("price")
    return e.Requested(
        kind,
        row.cl_ord_id,
        row.orig_cl_ord_id,
        order.order_qty if order_qty is None else order_qty,
        order.price if price is None else scaled(price),
    )


_PLAIN: dict[ExecType | None, e.OrderEvent] = {
    ExecType.PENDING_NEW: e.PendingNew(),
    ExecType.REJECTED: e.Rejected(),
    ExecType.EXPIRED: e.Expired(),
    ExecType.DONE_FOR_DAY: e.DoneForDay(),
    ExecType.CALCULATED: e.Calculated(),
    ExecType.SUSPENDED: e.Suspended(),
    ExecType.TRIGGERED: e.Triggered(),
}


def causes_of(row: Row, order: Order, matrix: Matrix) -> list[e.OrderEvent]:
    """The events behind an Execution row, oldest first; the last is the one that it reports. NoCause where none explains it."""
    named = row.cl_ord_id
    match row.exec_type:
        case ExecType.NEW:
            return [_accepted(row, order)]
        case ExecType.TRADE:
            return [_traded(row, order, matrix.fix)]
        case ExecType.TRADE_CORRECT:
            return [_corrected(row, order)]
        case ExecType.TRADE_CANCEL:
            return [e.TradeCanceled(_referred(row, order), row.exec_id or _next_exec_id(order))]
        case ExecType.PENDING_CANCEL | ExecType.PENDING_REPLACE:
            return [e.RequestPending(named)]
        case ExecType.REPLACED:
            return [_replaced(row, order)]
        case ExecType.CANCELED:
            asked = named if order.request(named) else ""
            return [e.Canceled(asked, renames=matrix.cancel_renames)]
        case ExecType.STOPPED:
            return [e.Stopped(row.qty("last_qty") or 0, _px(row, 0))]
        case ExecType.RESTATED:
            return _restated(row, order)
        case ExecType.ORDER_STATUS:
            return [e.StatusAsked(named)]
    return [_PLAIN[row.exec_type]]


def _accepted(row: Row, order: Order) -> e.OrderEvent:
    if OrdStatus.SUSPENDED in order.conditions:
        return e.Resumed(exec_type=ExecType.NEW)
    return e.Accepted(row.cl_ord_id)


def _replaced(row: Row, order: Order) -> e.OrderEvent:
    """Under the ClOrdID in force and without OrigClOrdID nobody asked for it: the terms are restated, and told as Replaced."""
    if row.orig_cl_ord_id or order.request(row.cl_ord_id) or row.cl_ord_id != order.cl_ord_id:
        return e.Replaced(row.cl_ord_id)
    price = row.figures.get("price")
    told = ExecType.REPLACED
    return e.Restated(row.qty("order_qty") or None, None if price is None else scaled(price), exec_type=told)


def _traded(row: Row, order: Order, fix: str) -> e.OrderEvent:
    cum_qty, last_qty = row.qty("cum_qty"), row.qty("last_qty")
    if fix.startswith("4.2") and row.ord_status is OrdStatus.STOPPED and cum_qty == order.cum_qty:
        return e.Stopped(last_qty or 0, _px(row, 0), ExecType.TRADE)
    if last_qty is None:
        if cum_qty is None:
            raise NoCause("a fill without last_qty and cum_qty")
        last_qty = cum_qty - order.cum_qty
    return e.Traded(row.exec_id or _next_exec_id(order), last_qty, _px(row, 0), row.cl_ord_id)


def _corrected(row: Row, order: Order) -> e.OrderEvent:
    """What the row does not give of quantity and price stays."""
    referred = _referred(row, order)
    old = order.executions.standing.get(referred)
    last_qty = row.qty("last_qty")
    if last_qty is None and old is not None:
        last_qty = old.qty
    return e.TradeCorrected(
        referred, row.exec_id or _next_exec_id(order), last_qty or 0, _px(row, old.px if old else 0)
    )


def _referred(row: Row, order: Order) -> str:
    """The execution that a bust or correction names; without a name, the only one that there is."""
    if row.exec_ref_id:
        return row.exec_ref_id
    if len(order.executions.standing) == 1:
        return next(iter(order.executions.standing))
    raise NoCause(f"exec_ref_id is missing, and {len(order.executions.standing)} executions could be meant")


def _next_exec_id(order: Order) -> str:
    """A name for an execution whose row has none: no label of a matrix begins so."""
    return f"#{order.cl_ord_id}.{len(order.executions.standing) + len(order.executions.ended) + 1}"


def _restated(row: Row, order: Order) -> list[e.OrderEvent]:
    """A restatement of a suspended or finished order that shows neither any more ends that first.

    A corporate action shows in CumQty, which no other restatement touches: the ratio is that of the quantities of the order.
    """
    causes: list[e.OrderEvent] = []
    if OrdStatus.SUSPENDED in order.conditions and row.ord_status is not OrdStatus.SUSPENDED:
        causes.append(e.Resumed())
    if OrdStatus.DONE_FOR_DAY in order.conditions and row.ord_status is not OrdStatus.DONE_FOR_DAY:
        causes.append(e.DayStarted(order.day + 1))
    order_qty, cum_qty = row.qty("order_qty"), row.qty("cum_qty")
    ratio = (1, 1)
    if order_qty and order.order_qty and cum_qty is not None and cum_qty != order.cum_qty:
        ratio = (order_qty, order.order_qty)
    price = row.figures.get("price")
    return [*causes, e.Restated(order_qty or None, None if price is None else scaled(price), None, ratio)]


def _px(row: Row, otherwise: int) -> int:
    price = row.figures.get("last_px")
    return otherwise if price is None else scaled(price)
