"""What each event of `oms.risk` does to risk's state: the only place where it changes.

Every event is folded from itself and the state alone; nothing is judged again. An event that does not fit the state is a bug and stops
the stage. A refusal changes nothing but what is remembered of commands.
"""

from oms.core.commands import Command, order_id_of
from oms.core.reasons import Reason
from oms.core.reconciliation.fills import superseding_id
from oms.core.risk.exposure import count_open, move, rebook, settle
from oms.core.risk.scopes import orders_of
from oms.core.risk.state import MassCancelWork, RiskOrder, RiskState, Seen, advance_dates, bound_ahead, remember
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    ControlApplied,
    ExposureCorrected,
    ExposureMoved,
    ExposureRepriced,
    MassCancelStarted,
    MassCancelStep,
    OrderAccepted,
    OrderClosed,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
    ReplaceSettled,
    RiskEvent,
)


def evolve(state: RiskState, event: RiskEvent, offset: int) -> None:
    match event:
        case OrderAccepted():
            _order_accepted(state, event)
        case OrderRejected():
            order = event.order
            # Under its own id, not the original's: whoever names this key later means this order, which never was.
            _seen(state, order_id_of(order.desk_id, order.trading_date, order.cl_ord_id), order)
        case CancelAccepted():
            _seen(state, event.order_id, event.cancel)
            bound_ahead(state, event.cancel.desk_id)
        case CancelRejected():
            _cancel_rejected(state, event)
        case ReplaceAccepted():
            _replace_accepted(state, event)
        case ReplaceRejected():
            _seen(state, event.order_id, event.replace)
        case MassCancelStarted():
            _mass_cancel_started(state, event, offset)
        case MassCancelStep():
            _mass_cancel_step(state, event)
        case ControlApplied():
            pass  # the control record itself is folded by the loop
        case ExposureMoved():
            _exposure_moved(state, event)
        case ExposureRepriced():
            order_repriced = state.order(event.order_id)
            assert order_repriced is not None, f"a correction of {event.order_id}, which is not known"
            order_repriced.exec_ids.add(superseding_id(event.exec_id, event.inferred_exec_id))
        case ExposureCorrected():
            _exposure_corrected(state, event)
        case OrderClosed():
            _order_closed(state, event)
        case ReplaceSettled():
            order_settled = state.open_orders[event.order_id]
            settle(order_settled, event.applied, event.order_qty)
            rebook(state, order_settled)


def _seen(state: RiskState, order_id: str, command: Command) -> None:
    remember(state, command.desk_id, command.trading_date, command.cl_ord_id, Seen(order_id, command))


def _order_accepted(state: RiskState, event: OrderAccepted) -> None:
    terms = event.order
    assert state.order(event.order_id) is None, f"{event.order_id} was accepted before"
    advance_dates(state, terms.desk_id, terms.trading_date)
    _seen(state, event.order_id, terms)
    order = RiskOrder(terms, ((terms.trading_date, terms.cl_ord_id),))
    state.open_orders[event.order_id] = order
    state.open_cl_ord_ids[(terms.desk_id, terms.cl_ord_id)] = event.order_id
    count_open(state, terms, 1)
    rebook(state, order)


def _cancel_rejected(state: RiskState, event: CancelRejected) -> None:
    cancel = event.cancel
    _seen(state, event.order_id, cancel)
    if event.reason is Reason.UNKNOWN_ORDER:
        remember(state, cancel.desk_id, cancel.orig_trading_date, cancel.orig_cl_ord_id, Seen("", None))
    bound_ahead(state, cancel.desk_id)


def _replace_accepted(state: RiskState, event: ReplaceAccepted) -> None:
    asked, order = event.replace, state.open_orders[event.order_id]
    assert order.pending is None, f"{event.order_id} has a replacement pending"
    order.pending = asked
    order.cl_ord_ids = (*order.cl_ord_ids, (asked.trading_date, asked.cl_ord_id))
    advance_dates(state, asked.desk_id, asked.trading_date)
    _seen(state, event.order_id, asked)
    state.open_cl_ord_ids[(asked.desk_id, asked.cl_ord_id)] = event.order_id
    rebook(state, order)


def _mass_cancel_started(state: RiskState, event: MassCancelStarted, offset: int) -> None:
    if event.mass_cancel is not None:
        _seen(state, "", event.mass_cancel)
        bound_ahead(state, event.mass_cancel.desk_id)
    order_ids = orders_of(state, event)
    assert len(order_ids) == event.matched, f"{event.matched} orders matched, {len(order_ids)} are open"
    if order_ids:
        venue_id = event.filter.venue_id if event.filter is not None else ""
        state.mass_cancels[offset] = MassCancelWork(order_ids, venue_id=venue_id)


def _mass_cancel_step(state: RiskState, event: MassCancelStep) -> None:
    work = state.mass_cancels[event.started_seq]
    if not event.remaining:
        del state.mass_cancels[event.started_seq]
        return
    work.order_ids = work.order_ids[-event.remaining :]
    work.steps_done += 1


def _exposure_moved(state: RiskState, event: ExposureMoved) -> None:
    order = state.order(event.order_id)
    assert order is not None, f"a fill of {event.order_id}, which is not known"
    order.exec_ids.add(event.exec_id)
    order.cum_qty += event.last_qty
    move(state, event.account_id, event.instrument_id, event.signed_qty)
    rebook(state, order)
    assert order.reserved_qty == event.reserved_qty, f"{event.order_id} reserves {order.reserved_qty}, not as recorded"


def _exposure_corrected(state: RiskState, event: ExposureCorrected) -> None:
    order = state.order(event.order_id)
    assert order is not None, f"a correction of {event.order_id}, which is not known"
    order.exec_ids.add(event.exec_id)
    order.cum_qty += event.new_qty - event.old_qty
    move(state, event.account_id, event.instrument_id, event.signed_qty)
    rebook(state, order)
    assert order.reserved_qty == event.reserved_qty, f"{event.order_id} reserves {order.reserved_qty}, not as recorded"


def _order_closed(state: RiskState, event: OrderClosed) -> None:
    order = state.open_orders.pop(event.order_id)
    desk_id = order.terms.desk_id
    order.is_open, order.pending, order.closed_date = False, None, event.closed_date
    rebook(state, order)
    count_open(state, order.terms, -1)
    for _, cl_ord_id in order.cl_ord_ids:
        state.open_cl_ord_ids.pop((desk_id, cl_ord_id), None)
    state.closed_orders[event.order_id] = order  # kept until the desk's window moves next: a late fill has to find it
