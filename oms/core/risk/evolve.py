"""What each event of `oms.risk` does to risk's state: the only place where it changes.

Every event is folded from itself and the state alone; nothing is judged again. An event that does not fit the state is a bug and stops
the stage. A refusal changes nothing but what is remembered of commands.
"""

from dataclasses import replace

from oms.core.commands import Command, order_id_of
from oms.core.credit.events import CreditReleased, CreditTaken, CreditWanted, RecallNoted, UseNoted
from oms.core.halt_trigger_words import ChildRefused, VenueSessionChanged
from oms.core.liquidation_events import LiquidationDone, LiquidationStarted, LiquidationStep
from oms.core.monitors import alerts
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.reasons import Reason
from oms.core.reconciliation.fills import superseding_id
from oms.core.risk import liquidating, spanning
from oms.core.risk.activity import (
    AMEND_MESSAGES,
    NEW_MESSAGES,
    after_trade,
    begin_day,
    note_correction,
    note_mark,
    note_market,
    note_message,
    note_refused,
    note_terms,
    note_trade,
    note_withdrawn,
)
from oms.core.risk.exposure import move, rebook, replaced_terms, settle
from oms.core.risk.forgotten import note_forgotten
from oms.core.risk.lists import open_of_list
from oms.core.risk.scopes import orders_of, stopped_by, venues_left
from oms.core.risk.state import (
    MassCancelWork,
    ProgramWork,
    RiskOrder,
    RiskState,
    Seen,
    advance_dates,
    bound_ahead,
    remember,
)
from oms.core.risk.trips import (
    count_message,
    count_order,
    count_refused_child,
    note_cancels,
    note_rearmed,
    note_trip,
    note_venue_session,
)
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


def evolve(state: RiskState, event: RiskEvent, offset: int) -> None:
    match event:
        case OrderAccepted():
            _order_accepted(state, event)
        case OrderRejected():
            order = event.order
            # Under its own id, not the original's: whoever names this key later means this order, which never was.
            _seen(state, order_id_of(order.desk_id, order.trading_date, order.cl_ord_id), order)
            note_refused(state, order, event.reason, event.evidence)
            count_order(state, order, event.evidence.wall_ns, event.reason)
        case CancelAccepted():
            _cancel_accepted(state, event)
        case CancelRejected():
            _cancel_rejected(state, event)
        case ReplaceAccepted():
            _replace_accepted(state, event)
        case ReplaceRejected():
            _replace_rejected(state, event)
        case MassCancelStarted():
            _mass_cancel_started(state, event, offset)
        case MassCancelStep():
            _mass_cancel_step(state, event)
        case AlertRaised() | AlertCleared():
            alerts.evolve(state.alerts, event)
        case ControlApplied() | ReferenceApplied():
            pass  # the record itself is folded by the loop
        case ExposureMoved():
            _exposure_moved(state, event)
        case ExposureRepriced():
            order_repriced = state.order(event.order_id)
            assert order_repriced is not None, f"a correction of {event.order_id}, which is not known"
            order_repriced.exec_ids.add(superseding_id(event.exec_id, event.inferred_exec_id))
            old, new = (event.last_qty, event.inferred_px), (event.last_qty, event.last_px)
            note_correction(state, order_repriced, _venue_of(event.exec_id), old, new)
            after_trade(state, order_repriced)
        case ExposureCorrected():
            _exposure_corrected(state, event)
        case OrderClosed():
            _order_closed(state, event)
        case ReplaceSettled():
            _replace_settled(state, event)
        case ListAccepted():
            _list_accepted(state, event, offset)
        case ListRejected():
            _list_rejected(state, event)
        case ListStep():
            _list_step(state, event)
        case ListCancelAccepted():
            _list_cancelled(state, event, offset)
        case ListCancelRejected():
            _cancel_rejected(state, event)
        case OrderReduced():
            _order_reduced(state, event)
        case HoldingsMarked():
            for mark in event.marks:
                note_market(state, mark.instrument_id, mark.price, mark.value_px)
        case HaltTriggerTripped() | HaltTriggerRearmed() | VenueSessionChanged() | ChildRefused():
            _automatic_halts(state, event, offset)
        case LiquidationStarted() | LiquidationStep() | LiquidationDone():
            liquidating.evolve(state, event)
        case CreditWanted() | CreditTaken() | RecallNoted() | CreditReleased() | UseNoted():
            spanning.evolve(state, event)
        case RepeatsForgiven():
            _repeats_forgiven(state, event)
        case OrderRecalled() | TradeUnbooked() | UnbookedSettled():
            note_forgotten(state, event)


def _automatic_halts(
    state: RiskState, event: HaltTriggerTripped | HaltTriggerRearmed | VenueSessionChanged | ChildRefused, offset: int
) -> None:
    match event:
        case HaltTriggerTripped():
            note_trip(state, event, offset)
        case HaltTriggerRearmed():
            note_rearmed(state, event)
        case VenueSessionChanged():
            note_venue_session(state, event)
        case ChildRefused():
            order = state.order(event.order_id)
            assert order is not None, f"a child of {event.order_id} was refused, which is not known"
            count_refused_child(state, order.terms, event.wall_ns)


def _replace_settled(state: RiskState, event: ReplaceSettled) -> None:
    order = state.open_orders[event.order_id]
    settle(order, event.applied, event.order_qty)
    rebook(state, event.order_id, order)


def _order_reduced(state: RiskState, event: OrderReduced) -> None:
    order = state.open_orders[event.order_id]
    order.terms = replace(order.terms, order_qty=event.order_qty)
    rebook(state, event.order_id, order)


def _repeats_forgiven(state: RiskState, event: RepeatsForgiven) -> None:
    if event.strategy:
        state.repeats.pop(event.strategy, None)
    else:
        state.repeats.clear()


def _seen(state: RiskState, order_id: str, command: Command) -> None:
    remember(state, command.desk_id, command.trading_date, command.cl_ord_id, Seen(order_id, command))


def _order_accepted(state: RiskState, event: OrderAccepted) -> None:
    terms = event.order
    assert state.order(event.order_id) is None, f"{event.order_id} was accepted before"
    advance_dates(state, terms.desk_id, terms.trading_date)
    _seen(state, event.order_id, terms)
    evidence, mandate = event.evidence, event.mandate
    order = RiskOrder(terms, ((terms.trading_date, terms.cl_ord_id),))
    if event.value_px:
        begin_day(state, evidence.tape_ns)
        order.venues, order.worst_px, order.value_px = mandate.venues, mandate.worst_price, event.value_px
    state.book()  # made before the order is there, so that it is put in once
    state.open_orders[event.order_id] = order
    state.open_cl_ord_ids[(terms.desk_id, terms.cl_ord_id)] = event.order_id
    rebook(state, event.order_id, order)
    note_message(state, terms, mandate.venues, evidence, NEW_MESSAGES, terms.order_qty)
    note_terms(state, terms, evidence.wall_ns)
    count_order(state, terms, evidence.wall_ns, None)
    _mark(state, order, event)


def _mark(state: RiskState, order: RiskOrder, event: OrderAccepted | ReplaceAccepted) -> None:
    seen_px = event.evidence.reference_price
    if seen_px is None or not event.value_px:
        return
    terms, instrument = order.terms, state.reference.instruments.get(order.terms.instrument_id)
    is_option = instrument is not None and bool(instrument.underlying_id)
    note_mark(state, terms.account_id, terms.instrument_id, seen_px, event.value_px if is_option else seen_px)


def _cancel_accepted(state: RiskState, event: CancelAccepted) -> None:
    """Cancels are counted, and never refused for it."""
    order, cancel = state.open_orders.get(event.order_id), event.cancel
    _seen(state, event.order_id, cancel)
    bound_ahead(state, cancel.desk_id)
    account_id, instrument_id = (order.terms.account_id, order.terms.instrument_id) if order is not None else ("", "")
    count_message(state, cancel.desk_id, account_id, instrument_id, cancel.provenance, event.wall_ns)
    if order is not None:
        note_withdrawn(state, order)


def _venue_of(exec_id: str) -> str:
    """An execution id of ours begins with its venue."""
    return exec_id.partition("/")[0]


def _replace_rejected(state: RiskState, event: ReplaceRejected) -> None:
    _seen(state, event.order_id, event.replace)
    order = state.order(event.order_id)
    asked, wall_ns = event.replace, event.evidence.wall_ns or event.replace.entered_ns
    if order is not None and event.evidence.wall_ns:
        note_refused(state, order.terms, event.reason, event.evidence, asked.provenance)
        count_order(state, replace(order.terms, provenance=asked.provenance), wall_ns, event.reason)
    else:  # no check was asked: it is a message, and none of the orders of a ratio
        whose = (order.terms.account_id, order.terms.instrument_id) if order is not None else ("", "")
        count_message(state, asked.desk_id, *whose, asked.provenance, wall_ns)


def _cancel_rejected(state: RiskState, event: CancelRejected | ListCancelRejected) -> None:
    cancel = event.cancel
    _seen(state, event.order_id if isinstance(event, CancelRejected) else event.list_id, cancel)
    wall_ns = event.wall_ns if isinstance(event, CancelRejected) else event.cancel.entered_ns
    count_message(state, cancel.desk_id, "", "", cancel.provenance, wall_ns)
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
    if event.value_px:
        begin_day(state, event.evidence.tape_ns)
        order.pending_px = (event.mandate.worst_price, event.value_px)
        order.venues = tuple(dict.fromkeys((*order.venues, *event.mandate.venues)))
    rebook(state, event.order_id, order)
    terms, venues = replaced_terms(order.terms, asked), event.mandate.venues
    left, entered = (max(0, qty - order.cum_qty) for qty in (order.terms.order_qty, asked.order_qty))
    note_message(state, terms, venues, event.evidence, AMEND_MESSAGES, left + entered, asked.provenance)
    count_order(state, replace(terms, provenance=asked.provenance), event.evidence.wall_ns, None)
    _mark(state, order, event)


def _mass_cancel_started(state: RiskState, event: MassCancelStarted, offset: int) -> None:
    note_cancels(state, event)
    if event.mass_cancel is not None:
        asked = event.mass_cancel
        _seen(state, "", asked)
        bound_ahead(state, asked.desk_id)
        whose = (asked.desk_id, asked.account_id, asked.instrument_id, asked.provenance)
        count_message(state, *whose, asked.entered_ns)
    order_ids = orders_of(state, event)
    assert len(order_ids) == event.matched, f"{event.matched} orders matched, {len(order_ids)} are open"
    if order_ids:
        state.mass_cancels[offset] = _cancel_work(state, event, order_ids)
    for work in state.programs.values():
        work.stopped |= stopped_by(state, work.orders, event)


def _cancel_work(state: RiskState, event: MassCancelStarted, order_ids: tuple[str, ...]) -> MassCancelWork:
    if event.filter is not None and event.filter.counterparty_id:
        return MassCancelWork(order_ids, venue_ids=venues_left(state, event))
    return MassCancelWork(order_ids, venue_id=event.filter.venue_id if event.filter is not None else "")


def _mass_cancel_step(state: RiskState, event: MassCancelStep) -> None:
    work = state.mass_cancels[event.started_seq]
    if not event.remaining:
        del state.mass_cancels[event.started_seq]
        return
    work.order_ids = work.order_ids[-event.remaining :]
    work.steps_done += 1


def _list_accepted(state: RiskState, event: ListAccepted, offset: int) -> None:
    _seen(state, event.list_id, event.order_list)
    if event.order_list.contingency is None:
        state.programs[offset] = ProgramWork(event.list_id, event.order_list.orders)


def _list_step(state: RiskState, event: ListStep) -> None:
    if not event.remaining:
        del state.programs[event.started_seq]
        return
    work = state.programs[event.started_seq]
    work.orders = work.orders[-event.remaining :]
    work.steps_done += 1


def _list_rejected(state: RiskState, event: ListRejected) -> None:
    """Each of its orders is one that was sent and refused."""
    _seen(state, event.list_id, event.order_list)
    wall_ns = event.evidence.wall_ns or event.order_list.entered_ns
    for order in event.order_list.orders:
        note_refused(state, order, event.reason, event.evidence)
        count_order(state, order, wall_ns, event.reason)


def _list_cancelled(state: RiskState, event: ListCancelAccepted, offset: int) -> None:
    _seen(state, event.list_id, event.cancel)
    count_message(state, event.cancel.desk_id, "", "", event.cancel.provenance, event.cancel.entered_ns)
    bound_ahead(state, event.cancel.desk_id)
    order_ids = open_of_list(state, event.cancel)
    if order_ids:
        state.mass_cancels[offset] = MassCancelWork(order_ids)
    for work in state.programs.values():
        if work.list_id == event.list_id:
            work.stopped |= {order.cl_ord_id for order in work.orders}


def _exposure_moved(state: RiskState, event: ExposureMoved) -> None:
    order = state.order(event.order_id)
    assert order is not None, f"a fill of {event.order_id}, which is not known"
    order.exec_ids.add(event.exec_id)
    note_trade(state, order, _venue_of(event.exec_id), event.signed_qty, event.last_px)
    order.cum_qty += event.last_qty
    move(state, order, event.signed_qty)
    rebook(state, event.order_id, order)
    after_trade(state, order)
    liquidating.note_traded(state, event.account_id, event.instrument_id)
    assert order.reserved_qty == event.reserved_qty, f"{event.order_id} reserves {order.reserved_qty}, not as recorded"


def _exposure_corrected(state: RiskState, event: ExposureCorrected) -> None:
    order = state.order(event.order_id)
    assert order is not None, f"a correction of {event.order_id}, which is not known"
    order.exec_ids.add(event.exec_id)
    old, new = (event.old_qty, event.old_px), (event.new_qty, event.new_px)
    note_correction(state, order, _venue_of(event.exec_id), old, new)
    order.cum_qty += event.new_qty - event.old_qty
    move(state, order, event.signed_qty)
    rebook(state, event.order_id, order)
    after_trade(state, order)
    liquidating.note_traded(state, event.account_id, event.instrument_id)
    assert order.reserved_qty == event.reserved_qty, f"{event.order_id} reserves {order.reserved_qty}, not as recorded"


def _order_closed(state: RiskState, event: OrderClosed) -> None:
    order = state.open_orders.pop(event.order_id)
    note_withdrawn(state, order, at_once=True)
    desk_id = order.terms.desk_id
    order.is_open, order.pending, order.closed_date = False, None, event.closed_date
    order.pending_px = None
    rebook(state, event.order_id, order)
    for _, cl_ord_id in order.cl_ord_ids:
        state.open_cl_ord_ids.pop((desk_id, cl_ord_id), None)
    state.closed_orders[event.order_id] = order  # kept until the desk's window moves next: a late fill has to find it
