"""The blotter, the market and reference data as the API's messages. Pure conversions; what is not known is left unset."""

from oms.core.commands import NewOrder, Provenance, order_id_of
from oms.core.enums import OrdStatus
from oms.core.market import InstrumentMarket
from oms.core.reference import Instrument, Reference
from oms.gateway.int128 import int128
from oms.gateway.lists import ListState
from oms.gateway.order_state import CommandFate, OrderState
from oms.gateway.updates import fill_of
from oms.gateway.venue_states import VenueChild, VenueStates, waiting_of
from oms.v1 import commands_pb2, market_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire.codec import to_message, wire_enum


def order_view(order: OrderState, reference: Reference, venues: VenueStates) -> api.OrderView:
    terms = order.terms
    view = api.OrderView(
        order_id=order.order_id,
        desk_id=terms.desk_id,
        trading_date=terms.trading_date,
        cl_ord_id=order.cl_ord_id,
        cl_ord_ids=order.cl_ord_ids,
        account_id=terms.account_id,
        instrument_id=terms.instrument_id,
        side=wire_enum(terms.side),
        ord_type=wire_enum(terms.ord_type),
        time_in_force=wire_enum(terms.time_in_force),
        algorithm=wire_enum(terms.algorithm),
        venue_id=terms.venue_id,
        order_qty=order.order_qty,
        price=order.price,
        ord_status=wire_enum(order.ord_status),
        cum_qty=order.cum_qty,
        leaves_qty=order.leaves_qty,
        notional=int128(order.notional),
        reason=wire_enum(order.reason) if order.reason is not None else None,
        text=order.text,
        decision_offset=order.decision_offset,
        limit_version=order.limit_version,
        refused_check=order.refused_check,
        refused_threshold=int128(order.refused_threshold),
        refused_value=int128(order.refused_value),
        venues=list(order.venues),
        fills=[fill_of(fill) for fill in order.fills],
        fill_count=order.fill_count,
        entered_ns=terms.entered_ns,
        updated_ns=order.updated_ns,
        trace_id=terms.trace_id,
        provenance=provenance_view(terms.provenance),
        list_id=terms.list_id,
        leg_state=wire_enum(order.leg_state)
        if order.leg_state is not None and not order.ord_status.is_terminal
        else None,
        released_qty=order.released_qty,
        children=[_child(child, venues) for child in venues.of_order(order.order_id)],
    )
    order.day.into(view)
    view.instructions.MergeFrom(to_message(order.instructions))  # type: ignore[arg-type]
    waiting = waiting_of(order, venues)
    if waiting is not None:
        view.waiting.CopyFrom(
            api.Waiting(what=wire_enum(waiting.what), whom=waiting.whom, since_ns=waiting.since_ns, doing=waiting.doing)
        )
    if order.pending is not None:
        pending = order.pending
        view.pending.CopyFrom(
            api.PendingRequest(
                cl_ord_id=pending.cl_ord_id,
                exec_type=wire_enum(pending.exec_type),
                order_qty=pending.order_qty,
                price=pending.price,
            )
        )
    _scales(view, reference.instruments.get(terms.instrument_id))
    return view


def list_view(state: ListState, reference: Reference, venues: VenueStates) -> api.ListView:
    asked = state.command
    view = api.ListView(
        list_id=state.list_id,
        desk_id=asked.desk_id,
        trading_date=asked.trading_date,
        cl_ord_id=asked.cl_ord_id,
        contingency=wire_enum(asked.contingency) if asked.contingency is not None else None,
        status=wire_enum(state.status),
        reason=wire_enum(state.reason) if state.reason is not None else None,
        text=state.text,
        order_cl_ord_id=state.order_cl_ord_id,
        decision_offset=state.decision_offset,
        entered_ns=asked.entered_ns,
        trace_id=asked.trace_id,
        provenance=provenance_view(asked.provenance),
    )
    for order in asked.orders:
        view.orders.append(in_list(order_view(_listed(state, order), reference, venues), state))
    return view


def in_list(view: api.OrderView, state: ListState | None) -> api.OrderView:
    """The order's view with what only its list knows."""
    if state is not None and state.command.contingency is not None:
        view.contingency = wire_enum(state.command.contingency)
    return view


def _listed(state: ListState, order: NewOrder) -> OrderState:
    """The order as it is; one that never came to be as it stands in its list."""
    known = state.orders.get(order.cl_ord_id)
    if isinstance(known, OrderState):
        return known
    order_id = order_id_of(order.desk_id, order.trading_date, order.cl_ord_id)
    mine = OrderState(
        order_id, order, state.orders_offset, order.cl_ord_id, [order.cl_ord_id], order.order_qty, order.price, []
    )
    reason, text = state.refused.get(order.cl_ord_id, (state.reason, ""))
    if reason is None:
        mine.leaves_qty = order.order_qty
    else:
        mine.ord_status, mine.reason, mine.text = OrdStatus.REJECTED, reason, text
    return mine


def _child(child: VenueChild, venues: VenueStates) -> api.ChildView:
    wait = child.waits(child.session_id in venues.up)
    return api.ChildView(
        child_id=child.child_id,
        venue_id=child.venue_id,
        ord_status=wire_enum(child.ord_status),
        order_qty=child.order_qty,
        price=child.price,
        cum_qty=child.cum_qty,
        since_ns=child.since_ns,
        sent_ns=child.sent_ns,
        status_requests=child.asked,
        waits_for=wire_enum(wait[0]) if wait is not None else None,
        text=child.text,
    )


def command_status(fate: CommandFate, partition: int, already_received: bool) -> api.CommandStatus:
    command = fate.command
    return api.CommandStatus(
        desk_id=command.desk_id,
        trading_date=command.trading_date,
        cl_ord_id=command.cl_ord_id,
        order_id=fate.order_id,
        partition=partition,
        offset=fate.offset,
        state=wire_enum(fate.state),
        decision_offset=fate.decision_offset,
        reason=wire_enum(fate.reason) if fate.reason is not None else None,
        text=fate.text,
        already_received=already_received,
    )


def quotes_view(instrument_id: str, market: InstrumentMarket, reference: Reference) -> api.InstrumentQuotes:
    view = api.InstrumentQuotes(
        instrument_id=instrument_id, partition=market.partition, position=market.position, time_ns=market.time_ns
    )
    for shown in market.quotes:
        quote = shown.quote
        view.quotes.add(
            venue_id=shown.venue_id,
            offset=shown.offset,
            quote=market_pb2.Quote(
                time_ns=quote.time_ns,
                bid_px=quote.bid_px,
                bid_qty=quote.bid_qty,
                ask_px=quote.ask_px,
                ask_qty=quote.ask_qty,
            ),
        )
    if market.last_trade is not None:
        trade = market.last_trade
        view.last_trade.CopyFrom(
            market_pb2.Trade(
                time_ns=trade.time_ns,
                price=trade.price,
                qty=trade.qty,
                trade_id=trade.trade_id,
                suspicious=trade.suspicious,
            )
        )
    _scales(view, reference.instruments.get(instrument_id))
    return view


def _scales(view: api.OrderView | api.InstrumentQuotes, instrument: Instrument | None) -> None:
    if instrument is not None:
        view.price_scale, view.qty_scale = instrument.price_scale, instrument.qty_scale
        view.currency = instrument.currency


def provenance_view(provenance: Provenance) -> commands_pb2.Provenance:
    return commands_pb2.Provenance(
        entered_by=provenance.entered_by,
        on_behalf_of=provenance.on_behalf_of,
        source=provenance.source,
        trader=provenance.trader,
        strategy=provenance.strategy,
    )
