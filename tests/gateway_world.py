"""Records of a made-up order's life, as the services would write them. Used by the gateway's tests."""

from oms.core.commands import NewOrder, Provenance, order_id_of
from oms.core.enums import Algorithm, ExecType, Liquidity, OrdStatus, OrdType, Side, TimeInForce
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.risk_events import Evidence, ExposureMoved, Mandate, OrderAccepted, OrderRejected
from oms.core.routing_events import ParentChanged, ParentTraded
from oms.core.stage import Event
from oms.wire import topics
from oms.wire.envelope import SCHEMA_VERSION, Envelope, ReadPosition, Source

SOMEONE = Provenance("ann", "", "grpc", "ann", "")
NO_EVIDENCE = Evidence(0, 0, 0, 0, None, None, (), (), (), (), ())
DATE = 20250106


def new_order(cl_ord_id: str, desk_id: str = "alpha", qty: int = 100, price: int | None = 5000) -> NewOrder:
    return NewOrder(
        desk_id,
        DATE,
        cl_ord_id,
        "acc-" + desk_id,
        "IBM",
        Side.BUY,
        OrdType.MARKET if price is None else OrdType.LIMIT,
        TimeInForce.DAY,
        qty,
        price,
        Algorithm.BEST_PRICE,
        "",
        None,
        10,
        1,
        "t",
        SOMEONE,
    )


def order_id(order: NewOrder) -> str:
    return order_id_of(order.desk_id, order.trading_date, order.cl_ord_id)


def accepted(order: NewOrder) -> OrderAccepted:
    mandate = Mandate(order.order_qty, order.price or 0, ("XA",), (order.order_qty,), order.algorithm, 0)
    return OrderAccepted(order_id(order), order, mandate, NO_EVIDENCE)


def rejected(order: NewOrder, reason: Reason = Reason.ORDER_QTY_LIMIT) -> OrderRejected:
    return OrderRejected(order_id(order), order, reason, "too much", NO_EVIDENCE)


def opened(order: NewOrder) -> ParentChanged:
    return changed(order, ExecType.NEW, OrdStatus.NEW)


def changed(order: NewOrder, exec_type: ExecType, status: OrdStatus, cum_qty: int = 0) -> ParentChanged:
    leaves = 0 if status.is_terminal else order.order_qty - cum_qty
    return ParentChanged(
        order_id(order),
        order.cl_ord_id,
        order.cl_ord_id,
        exec_type,
        status,
        order.order_qty,
        order.price,
        cum_qty,
        leaves,
        Amount(cum_qty * 5000),
        False,
        None,
        "",
    )


def traded(order: NewOrder, last_qty: int, cum_qty: int, exec_id: str = "x1") -> ParentTraded:
    leaves = order.order_qty - cum_qty
    return ParentTraded(
        order_id(order),
        order.cl_ord_id,
        order_id(order) + ".1",
        "XA",
        exec_id,
        last_qty,
        5000,
        Liquidity.REMOVED,
        cum_qty,
        leaves,
        Amount(cum_qty * 5000),
        OrdStatus.PARTIALLY_FILLED if leaves else OrdStatus.FILLED,
        7,
    )


def exposure(order: NewOrder, last_qty: int, position_qty: int) -> ExposureMoved:
    return ExposureMoved(
        order_id(order), order.account_id, order.instrument_id, "x1", last_qty, 5000, last_qty, position_qty, 0
    )


def risk_record(epoch: int, run_seq: int, command_offset: int, *events: Event, partition: int = 0) -> Envelope:
    """Risk's record about the command at `command_offset` (−1: about something else)."""
    below = command_offset + 1 if command_offset >= 0 else 0
    positions = (ReadPosition(topics.ORDERS, partition, below, -1, False),)
    return _record(epoch, run_seq, positions, Source(topics.ORDERS, partition, command_offset, "", "", 0), events)


def routing_record(epoch: int, run_seq: int, risk_below: int, *events: Event, partition: int = 0) -> Envelope:
    """A record that the router decided having read `oms.risk` below `risk_below`."""
    positions = (ReadPosition(topics.RISK, partition, risk_below, 0, True),)
    return _record(epoch, run_seq, positions, Source(topics.RISK, partition, risk_below - 1, "", "", 0), events)


def _record(
    epoch: int, run_seq: int, positions: tuple[ReadPosition, ...], source: Source, events: tuple[Event, ...]
) -> Envelope:
    return Envelope(epoch, run_seq, positions, source, 1000 + run_seq, 2000, "t", SCHEMA_VERSION, b"", b"", events)
