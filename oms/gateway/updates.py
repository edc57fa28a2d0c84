"""What a desk is told of each event in the journals: FIX ExecutionReport and OrderCancelReject in our own message.

A function of the event alone, so that every replica, and every replay from a token, says the same. What an event does not say is left
unset. Risk's acceptances are status reports (the order is PENDING_NEW, PENDING_CANCEL, PENDING_REPLACE): NEW, CANCELED and REPLACED are
the router's to say. Events that change nothing a desk waits for give no update.
"""

from oms.core.credit.events import CreditReleased, CreditTaken, CreditWanted, RecallNoted, UseNoted
from oms.core.enums import ExecType, OrdStatus
from oms.core.halt_trigger_words import ChildRefused, VenueSessionChanged
from oms.core.liquidation_events import LiquidationDone, LiquidationStarted, LiquidationStep
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.reasons import Reason
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    ControlApplied,
    ExposureCorrected,
    ExposureMoved,
    ExposureRepriced,
    HaltTriggerRearmed,
    HaltTriggerTripped,
    HoldingsMarked,
    ListAccepted,
    ListCancelAccepted,
    ListCancelRejected,
    ListRejected,
    ListStep,
    MassCancelStarted,
    MassCancelStep,
    OrderAccepted,
    OrderClosed,
    OrderRecalled,
    OrderReduced,
    OrderRejected,
    ReferenceApplied,
    RepeatsForgiven,
    ReplaceAccepted,
    ReplaceRejected,
    ReplaceSettled,
    RiskEvent,
    TradeUnbooked,
    UnbookedSettled,
)
from oms.core.routing_events import ParentChanged, ParentTraded, TradeCorrected, TradeSuperseded
from oms.core.stage import Event
from oms.gateway.day_quantities import DayQuantities
from oms.gateway.int128 import int128
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import wire_enum
from oms.wire.envelope import Envelope


def desk_of(order_id: str) -> str:
    """The desk is the first part of an order's id (`oms.core.commands.order_id_of`); ids of desks hold no '/'."""
    return order_id.partition("/")[0]


def updates_of(topic: str, partition: int, offset: int, envelope: Envelope) -> list[api.OrderUpdate]:
    """The updates of a record, for all desks of its partition, in order."""
    found: list[api.OrderUpdate] = []
    for number, event in enumerate(envelope.events):
        update = _from_risk(event) if topic == topics.RISK else _from_routing(event)  # type: ignore[arg-type]
        if update is None:
            continue
        update.topic, update.partition, update.offset, update.event_no = topic, partition, offset, number
        update.event_time_ns, update.wall_time_ns = envelope.event_time_ns, envelope.wall_time_ns
        found.append(update)
    return found


def _from_risk(event: RiskEvent) -> api.OrderUpdate | None:
    match event:
        case OrderAccepted():
            return _order_decided(event, OrdStatus.PENDING_NEW, ExecType.ORDER_STATUS)
        case OrderRejected():
            return _order_decided(event, OrdStatus.REJECTED, ExecType.REJECTED)
        case CancelAccepted(cancel=cancel):
            update = _about(event.order_id, cancel.desk_id, cancel.cl_ord_id, cancel.orig_cl_ord_id)
            update.exec_type, update.ord_status = wire_enum(ExecType.ORDER_STATUS), wire_enum(OrdStatus.PENDING_CANCEL)
            return update
        case CancelRejected(cancel=cancel):
            update = _about(event.order_id, cancel.desk_id, cancel.cl_ord_id, cancel.orig_cl_ord_id)
            return _refused(update, event.reason, event.text)
        case ReplaceAccepted(replace=replace):
            update = _about(event.order_id, replace.desk_id, replace.cl_ord_id, replace.orig_cl_ord_id)
            update.exec_type, update.ord_status = wire_enum(ExecType.ORDER_STATUS), wire_enum(OrdStatus.PENDING_REPLACE)
            _terms(update, replace.order_qty, replace.price)
            return update
        case ReplaceRejected(replace=replace):
            update = _about(event.order_id, replace.desk_id, replace.cl_ord_id, replace.orig_cl_ord_id)
            _terms(update, replace.order_qty, replace.price)
            return _refused(update, event.reason, event.text)
        case ListRejected(order_list=asked):
            update = _about(event.list_id, asked.desk_id, asked.cl_ord_id, "")
            update.exec_type, update.ord_status = wire_enum(ExecType.REJECTED), wire_enum(OrdStatus.REJECTED)
            update.reason, update.text, update.list_id = wire_enum(event.reason), event.text, event.list_id
            return update
        case ListCancelRejected(cancel=cancelled):
            update = _about(event.list_id, cancelled.desk_id, cancelled.cl_ord_id, cancelled.orig_cl_ord_id)
            update.list_id = event.list_id
            return _refused(update, event.reason, event.text)
        case (
            MassCancelStarted()
            | MassCancelStep()
            | ControlApplied()
            | ReferenceApplied()
            | ExposureMoved()
            | OrderClosed()
            | ReplaceSettled()
            | ExposureRepriced()
            | ListAccepted()
            | ListStep()
            | ListCancelAccepted()
            | OrderReduced()
            | ExposureCorrected()
            | RepeatsForgiven()
            | HoldingsMarked()
            | HaltTriggerTripped()
            | HaltTriggerRearmed()
            | VenueSessionChanged()
            | ChildRefused()
            | LiquidationStarted()
            | LiquidationStep()
            | LiquidationDone()
            | OrderRecalled()
            | TradeUnbooked()
            | UnbookedSettled()
            | CreditWanted()
            | CreditTaken()
            | RecallNoted()
            | UseNoted()
            | CreditReleased()
            | AlertRaised()
            | AlertCleared()
        ):
            return None


def _order_decided(event: OrderAccepted | OrderRejected, status: OrdStatus, exec_type: ExecType) -> api.OrderUpdate:
    order = event.order
    update = _about(event.order_id, order.desk_id, order.cl_ord_id, "")
    update.exec_type, update.ord_status = wire_enum(exec_type), wire_enum(status)
    update.account_id, update.instrument_id, update.side = order.account_id, order.instrument_id, wire_enum(order.side)
    update.list_id = order.list_id
    _terms(update, order.order_qty, order.price)
    if isinstance(event, OrderRejected):
        update.reason, update.text = wire_enum(event.reason), event.text
    else:
        update.leaves_qty = order.order_qty
    return update


def _from_routing(event: Event) -> api.OrderUpdate | None:
    if isinstance(event, ParentTraded):
        return _traded(event)
    if isinstance(event, ParentChanged):
        return _changed(event)
    if isinstance(event, TradeSuperseded):
        return _superseded(event)
    if isinstance(event, TradeCorrected):
        return _corrected(event)
    return None  # children, decisions, timers: the router's own business


def _traded(event: ParentTraded) -> api.OrderUpdate:
    update = _figures(event, ExecType.TRADE)
    update.fill.CopyFrom(fill_of(event))
    return update


def _superseded(event: TradeSuperseded) -> api.OrderUpdate:
    """No execution: the fill told before as inferred has its real price now, and a name at the venue."""
    update = _figures(event, ExecType.ORDER_STATUS)
    update.text = f"{event.exec_id} at {event.last_px} takes the place of {event.last_qty} of {event.inferred_exec_id}"
    return update


def _corrected(event: TradeCorrected) -> api.OrderUpdate:
    """ExecType TradeCorrect or TradeCancel with its ExecRefID. No `fill`: who sums fills takes the difference from `correction`."""
    update = _figures(event, event.exec_type)
    update.correction.CopyFrom(
        api.TradeCorrection(
            exec_id=event.exec_id,
            exec_ref_id=event.exec_ref_id,
            child_id=event.child_id,
            venue_id=event.venue_id,
            old_qty=event.old_qty,
            old_price=event.old_px,
            qty=event.new_qty,
            price=event.new_px,
            transact_ns=event.transact_ns,
        )
    )
    update.text = event.text
    return update


def _changed(event: ParentChanged) -> api.OrderUpdate:
    update = _figures(event, event.exec_type)
    update.orig_cl_ord_id = event.orig_cl_ord_id
    _terms(update, event.order_qty, event.price)
    update.cancel_rejected, update.text = event.cancel_rejected, event.text
    if event.reason is not None:
        update.reason = wire_enum(event.reason)
    if event.restatement is not None:
        update.restatement = wire_enum(event.restatement)
    if event.cxl_rej_reason is not None:
        update.cxl_rej_reason = wire_enum(event.cxl_rej_reason)
    return update


def fill_of(event: ParentTraded) -> api.Fill:
    return api.Fill(
        exec_id=event.exec_id,
        child_id=event.child_id,
        venue_id=event.venue_id,
        qty=event.last_qty,
        price=event.last_px,
        liquidity=wire_enum(event.liquidity),
        transact_ns=event.transact_ns,
        inferred=event.inferred,
    )


def _figures(
    event: ParentTraded | ParentChanged | TradeSuperseded | TradeCorrected, exec_type: ExecType
) -> api.OrderUpdate:
    """What every event of the router says of its order: the status and the quantities after it."""
    update = _about(event.order_id, desk_of(event.order_id), event.cl_ord_id, "")
    update.exec_type, update.ord_status = wire_enum(exec_type), wire_enum(event.ord_status)
    update.cum_qty, update.leaves_qty = event.cum_qty, event.leaves_qty
    update.notional.CopyFrom(int128(event.notional))
    DayQuantities.of(event).into(update)
    return update


def _about(order_id: str, desk_id: str, cl_ord_id: str, orig_cl_ord_id: str) -> api.OrderUpdate:
    return api.OrderUpdate(order_id=order_id, desk_id=desk_id, cl_ord_id=cl_ord_id, orig_cl_ord_id=orig_cl_ord_id)


def _refused(update: api.OrderUpdate, reason: Reason, text: str) -> api.OrderUpdate:
    update.exec_type, update.cancel_rejected = wire_enum(ExecType.ORDER_STATUS), True
    update.reason, update.text = wire_enum(reason), text
    return update


def _terms(update: api.OrderUpdate, order_qty: int, price: int | None) -> None:
    update.order_qty = order_qty
    if price is not None:
        update.price = price
