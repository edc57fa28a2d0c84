"""What clients are told when risk has decided and the router's orders change: reports to who sent the order, who asked, and drop copies.

The router's journal alone tells the life of an order (`ParentOpened` has all its terms); risk's tells refusals, and that an order waits for
the router. The two are read beside each other, so each order is followed by the router's events as soon as there are any.

Who is told: the session that the order came in over; the session whose request the report is about; every drop copy session that covers it.
An order of a desk that has a FIX session is followed wherever it came from, so that its ClOrdID is known here.
"""

from oms.core.client_session_events import (
    ClientOrderChanged,
    ClientRequestDecided,
    ClientRequestSettled,
)
from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    Provenance,
    ReplaceOrder,
    same_content,
)
from oms.core.enums import ExecType, OrdStatus
from oms.core.reasons import Reason
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    ListAccepted,
    ListCancelAccepted,
    ListCancelRejected,
    ListRejected,
    MassCancelStarted,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
    RiskEvent,
)
from oms.core.routing_events import (
    ParentChanged,
    ParentOpened,
    ParentTraded,
    RoutingEvent,
    TradeCorrected,
    TradeSuperseded,
)
from oms.core.stage import RiskInput, RoutingInput
from oms.gateway.client_sessions import answers, status
from oms.gateway.client_sessions.draft import Draft
from oms.gateway.client_sessions.reports import Report
from oms.gateway.client_sessions.state import ClientOrder, Key, Request
from oms.gateway.client_sessions.terms import session_of
from oms.gateway.client_sessions.tracking import (
    Place,
    exec_id_of,
    follow,
    note,
    take_figures,
    tell,
    tell_session,
)


def on_risk(draft: Draft, read: RiskInput) -> None:
    for number, event in enumerate(read.events):
        _risk_event(draft, event, Place("R", draft.state.partition, read.offset, number, read.event_time_ns))


def on_routing(draft: Draft, read: RoutingInput) -> None:
    for number, event in enumerate(read.events):
        _routing_event(draft, event, Place("T", draft.state.partition, read.offset, number, read.event_time_ns))


# -- risk -------------------------------------------------------------------------------------------------------------------


def _risk_event(draft: Draft, event: RiskEvent, place: Place) -> None:
    match event:
        case OrderAccepted():
            _accepted(draft, event, place)
        case OrderRejected():
            _rejected(draft, event, place)
        case CancelAccepted(cancel=command) | ReplaceAccepted(replace=command):
            _decided(draft, command, True)
        case CancelRejected(cancel=command) | ReplaceRejected(replace=command):
            _request_rejected(draft, command, event, place)
        case MassCancelStarted(mass_cancel=asked):
            if asked is not None:
                _mass_cancel_started(draft, asked, event.matched)
        case ListAccepted(order_list=asked_list):
            _list_decided(draft, asked_list, "")
        case ListRejected(order_list=asked_list):
            _list_rejected(draft, event, place)
        case ListCancelAccepted(cancel=list_cancel):
            _list_cancelled(draft, list_cancel, "")
        case ListCancelRejected(cancel=list_cancel):
            _list_cancelled(draft, list_cancel, f"{event.reason.name}: {event.text}")
        case _:
            pass  # exposure, steps and acknowledgements are no client's business


def _key(command: Command) -> Key:
    return command.desk_id, command.trading_date, command.cl_ord_id


def _decided(draft: Draft, command: Command, accepted: bool) -> Request | None:
    """Who asked, if it was a client of ours and it is not known yet."""
    request = draft.request(_key(command))
    if request is not None and not request.decided and same_content(request.command, command):
        draft.emit(ClientRequestDecided(*_key(command), accepted))
        return request
    return None


def _accepted(draft: Draft, event: OrderAccepted, place: Place) -> None:
    order = event.order
    if not order.list_id:
        _decided(draft, order, True)
    known = follow(draft, event.order_id, order)
    if known is not None and known.exec_type is ExecType.PENDING_NEW and not known.told:
        report = Report(ExecType.PENDING_NEW, OrdStatus.PENDING_NEW, place.exec_id, place.time_ns)
        note(draft, known, ExecType.PENDING_NEW, OrdStatus.PENDING_NEW)
        tell(draft, known, report)


def _rejected(draft: Draft, event: OrderRejected, place: Place) -> None:
    order = event.order
    request = draft.request(_key(order)) if not order.list_id else None
    if request is not None and not same_content(request.command, order):
        request = None
    if request is not None:
        draft.emit(ClientRequestDecided(*_key(order), False))
    own_id = f"{order.desk_id}/{order.trading_date}/{order.cl_ord_id}"
    known = draft.order(event.order_id)
    if event.reason is Reason.DUPLICATE_CL_ORD_ID and known is not None and not _is_ours(known, order, request):
        # rule 28: the status is that of the original, which is left as it is
        session = request.session_id if request is not None else session_of(order.provenance.source)
        report = Report(
            ExecType.REJECTED,
            known.ord_status,
            place.exec_id,
            place.time_ns,
            order.cl_ord_id,
            reason=event.reason,
            text=event.text,
        )
        tell_session(draft, session, known, report)
        return
    known = draft.order(own_id) or follow(draft, own_id, order)
    if known is None or known.ord_status is OrdStatus.REJECTED:
        return
    report = Report(
        ExecType.REJECTED, OrdStatus.REJECTED, place.exec_id, place.time_ns, reason=event.reason, text=event.text
    )
    note(draft, known, ExecType.REJECTED, OrdStatus.REJECTED, leaves_qty=0)
    tell(draft, known, report)


def _is_ours(known: ClientOrder, order: NewOrder, request: Request | None) -> bool:
    """Whether the order that is known under the id is the one refused, and not an earlier one of the same ClOrdID."""
    return known.exec_type is ExecType.PENDING_NEW and same_content(known.order, order) and request is not None


def _request_rejected(
    draft: Draft, command: CancelOrder | ReplaceOrder, event: CancelRejected | ReplaceRejected, place: Place
) -> None:
    request = _decided(draft, command, False)
    if request is None:
        return
    _cancel_reject(draft, request, draft.order(event.order_id), command, event.reason, event.text, place.time_ns, None)


def _cancel_reject(
    draft: Draft,
    request: Request,
    order: ClientOrder | None,
    command: CancelOrder | ReplaceOrder,
    reason: Reason | None,
    text: str,
    time_ns: int,
    ord_status: OrdStatus | None,
) -> None:
    terms = draft.terms(request.session_id)
    if terms is None:
        return
    present = order.ord_status if order is not None else OrdStatus.REJECTED
    report = Report(
        ExecType.ORDER_STATUS,
        ord_status or present,
        "",
        time_ns,
        command.cl_ord_id,
        order.cl_ord_id if order is not None else command.orig_cl_ord_id,
        reason=reason,
        text=text,
    )
    answers.cancel_reject(draft, terms, order, report, isinstance(command, ReplaceOrder))


def _mass_cancel_started(draft: Draft, asked: MassCancelOrders, matched: int) -> None:
    request = _decided(draft, asked, True)
    terms = draft.terms(request.session_id) if request is not None else None
    if request is not None and terms is not None and request.msg_seq_num:
        kind = b"8" if asked.venue_id else b"1" if asked.instrument_id else b"7"
        answers.mass_cancel_started(draft, terms, asked.cl_ord_id, kind, matched)


def _list_decided(draft: Draft, asked: NewOrderList, refused: str) -> None:
    request = _decided(draft, asked, not refused)
    terms = draft.terms(request.session_id) if request is not None else None
    if terms is not None:
        status.tell_list(draft, terms, asked.cl_ord_id, refused=refused)


def _list_rejected(draft: Draft, event: ListRejected, place: Place) -> None:
    """Nothing of it was accepted: its orders are over, each told by itself."""
    for order_id in status.ids_of_list(event.order_list):
        order = draft.order(order_id)
        if order is None or order.order.list_id != event.list_id or order.ord_status is not OrdStatus.PENDING_NEW:
            continue
        at_fault = event.order_cl_ord_id
        text = event.text if at_fault in ("", order.cl_ord_id) else f"{at_fault} of its list: {event.text}"
        note(draft, order, ExecType.REJECTED, OrdStatus.REJECTED, leaves_qty=0)
        exec_id = f"{place.exec_id}.{order.cl_ord_id}"
        report = Report(ExecType.REJECTED, OrdStatus.REJECTED, exec_id, place.time_ns, reason=event.reason, text=text)
        tell(draft, order, report)
    _list_decided(draft, event.order_list, f"{event.reason.name}: {event.text}")


def _list_cancelled(draft: Draft, asked: CancelOrderList, refused: str) -> None:
    request = _decided(draft, asked, not refused)
    terms = draft.terms(request.session_id) if request is not None else None
    if terms is not None:
        status.tell_list(draft, terms, asked.orig_cl_ord_id, refused=refused)


# -- the router -------------------------------------------------------------------------------------------------------------


def _routing_event(draft: Draft, event: RoutingEvent, place: Place) -> None:
    match event:
        case ParentOpened():
            follow(draft, event.order_id, _as_ordered(event))
        case ParentChanged():
            _changed(draft, event, place)
        case ParentTraded():
            _traded(draft, event)
        case TradeCorrected():
            _corrected(draft, event, place)
        case TradeSuperseded():
            _superseded(draft, event)
        case _:
            pass  # children, decisions and timers are the router's own business


def _as_ordered(event: ParentOpened) -> NewOrder:
    """The order's terms as the router took them up; who entered it is not among them."""
    return NewOrder(
        desk_id=event.desk_id,
        trading_date=event.trading_date,
        cl_ord_id=event.cl_ord_id,
        account_id=event.account_id,
        instrument_id=event.instrument_id,
        side=event.side,
        ord_type=event.ord_type,
        time_in_force=event.time_in_force,
        order_qty=event.order_qty,
        price=event.price,
        algorithm=event.algorithm,
        venue_id=event.venue_id,
        twap=None,
        good_until_ns=event.good_until_ns,
        entered_ns=event.accepted_ns,
        trace_id=event.trace_id,
        provenance=Provenance("", "", "", event.trader, event.strategy),
        instructions=event.instructions,
        list_id=event.list_id,
    )


def _changed(draft: Draft, event: ParentChanged, place: Place) -> None:
    order = draft.order(event.order_id)
    if order is None:
        return
    request = draft.request((order.desk_id, *_date_of(draft, order, event.cl_ord_id)))
    accepted = event.cl_ord_id if event.exec_type is ExecType.REPLACED else event.orig_cl_ord_id or order.cl_ord_id
    carried = order.instructions
    if event.exec_type is ExecType.REPLACED and request is not None and isinstance(request.command, ReplaceOrder):
        carried = request.command.instructions
    if event.order_qty:  # a refusal of what the router does not know says nothing of the order
        draft.emit(
            ClientOrderChanged(
                order.order_id,
                accepted,
                event.exec_type,
                event.ord_status,
                event.order_qty,
                event.price,
                event.cum_qty,
                event.leaves_qty,
                event.notional,
                event.day_order_qty,
                event.day_cum_qty,
                event.day_notional,
                carried,
            )
        )
    if event.cancel_rejected:
        if request is not None and isinstance(request.command, CancelOrder | ReplaceOrder):
            _cancel_reject(
                draft, request, order, request.command, event.reason, event.text, place.time_ns, event.ord_status
            )
            draft.emit(ClientRequestSettled(*_key(request.command)))
            _settle_taken_over(draft, order, request, event, place)
        return
    if request is not None and event.exec_type not in (ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE):
        draft.emit(ClientRequestSettled(*_key(request.command)))
        _settle_taken_over(draft, order, request, event, place)
    tell(draft, order, _report_of(event, place), request.session_id if request is not None else "")


def _settle_taken_over(draft: Draft, order: ClientOrder, settled: Request, event: ParentChanged, place: Place) -> None:
    """A second cancel of an order takes the place of one that is pending: what becomes of it is what becomes of both. Who sent the first is
    answered as well, and nothing of it is kept."""
    if not isinstance(settled.command, CancelOrder) or event.reason is Reason.ALREADY_PENDING:
        return
    when = settled.command.entered_ns, settled.msg_seq_num
    for key, earlier in tuple(draft.base.requests.items()):
        command = earlier.command
        if (
            not isinstance(command, CancelOrder)
            or not earlier.decided
            or command.desk_id != order.desk_id
            or command.orig_cl_ord_id not in order.cl_ord_ids
            or (command.entered_ns, earlier.msg_seq_num) >= when
            or draft.request(key) is None
        ):
            continue
        reason = event.reason if event.cancel_rejected else Reason.TOO_LATE_TO_CANCEL
        text = event.text or f"{settled.command.cl_ord_id} took its place"
        _cancel_reject(draft, earlier, order, command, reason, text, place.time_ns, event.ord_status)
        draft.emit(ClientRequestSettled(*key))


def _date_of(draft: Draft, order: ClientOrder, cl_ord_id: str) -> tuple[int, str]:
    """The key of a request about the order: its date is the request's own, mostly the order's."""
    date = order.order.trading_date
    if draft.request((order.desk_id, date, cl_ord_id)) is None:
        for desk_id, other, known in draft.base.requests:
            if (desk_id, known) == (order.desk_id, cl_ord_id):
                return other, cl_ord_id
    return date, cl_ord_id


def _report_of(event: ParentChanged, place: Place) -> Report:
    """A status of the router's own is no answer to anybody: FILLED by quantities, told as restated (never as a fill)."""
    exec_type = ExecType.RESTATED if event.exec_type is ExecType.ORDER_STATUS else event.exec_type
    return Report(
        exec_type,
        event.ord_status,
        place.exec_id,
        place.time_ns,
        event.cl_ord_id,
        event.orig_cl_ord_id,
        reason=event.reason,
        restatement=event.restatement,
        text=event.text,
    )


def _traded(draft: Draft, event: ParentTraded) -> None:
    order = draft.order(event.order_id)
    if order is None:
        return
    take_figures(draft, order, event, ExecType.TRADE)
    report = Report(
        ExecType.TRADE,
        event.ord_status,
        exec_id_of(event.venue_id, event.exec_id),
        event.transact_ns,
        last_qty=event.last_qty,
        last_px=event.last_px,
        last_mkt=event.venue_id,
        liquidity=event.liquidity,
        trade_date=event.trade_date,
        text="inferred from the venue's CumQty" if event.inferred else "",
    )
    tell(draft, order, report)


def _corrected(draft: Draft, event: TradeCorrected, place: Place) -> None:
    """A bust or a correction, by ExecRefID (rule 20)."""
    order = draft.order(event.order_id)
    if order is None:
        return
    take_figures(draft, order, event, event.exec_type)
    report = Report(
        event.exec_type,
        event.ord_status,
        exec_id_of(event.venue_id, event.exec_id),
        event.transact_ns,
        last_qty=event.new_qty if event.exec_type is ExecType.TRADE_CORRECT else event.old_qty,
        last_px=event.new_px if event.exec_type is ExecType.TRADE_CORRECT else event.old_px,
        last_mkt=event.venue_id,
        exec_ref_id=exec_id_of(event.venue_id, event.exec_ref_id),
        text=event.text,
    )
    tell(draft, order, report)


def _superseded(draft: Draft, event: TradeSuperseded) -> None:
    """The real trade in the place of an inferred one: a correction of it (rule 35)."""
    order = draft.order(event.order_id)
    if order is None:
        return
    take_figures(draft, order, event, ExecType.TRADE_CORRECT)
    report = Report(
        ExecType.TRADE_CORRECT,
        event.ord_status,
        exec_id_of(event.venue_id, event.exec_id),
        event.transact_ns,
        last_qty=event.last_qty,
        last_px=event.last_px,
        last_mkt=event.venue_id,
        liquidity=event.liquidity,
        exec_ref_id=exec_id_of(event.venue_id, event.inferred_exec_id),
        text="the venue's own trade, in the place of an inferred one",
    )
    tell(draft, order, report)
