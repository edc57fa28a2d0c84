"""The blotter, the market and reference data as the API's messages. Pure conversions; what is not known is left unset."""

from oms.core.commands import Provenance
from oms.core.market import InstrumentMarket
from oms.core.reference import Instrument, Reference
from oms.gateway.blotter import CommandFate, OrderState
from oms.gateway.int128 import int128
from oms.gateway.updates import fill_of
from oms.gateway.venue_states import VenueChild, VenueStates, waiting_of
from oms.v1 import commands_pb2, market_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire.codec import to_message


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
        side=_wire(terms.side),
        ord_type=_wire(terms.ord_type),
        time_in_force=_wire(terms.time_in_force),
        algorithm=_wire(terms.algorithm),
        venue_id=terms.venue_id,
        order_qty=order.order_qty,
        price=order.price,
        ord_status=_wire(order.ord_status),
        cum_qty=order.cum_qty,
        leaves_qty=order.leaves_qty,
        notional=int128(order.notional),
        reason=_wire(order.reason) if order.reason is not None else None,
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
        children=[_child(child, venues) for child in venues.of_order(order.order_id)],
    )
    order.day.into(view)
    view.instructions.MergeFrom(to_message(order.instructions))  # type: ignore[arg-type]
    waiting = waiting_of(order, venues)
    if waiting is not None:
        view.waiting.CopyFrom(
            api.Waiting(what=_wire(waiting.what), whom=waiting.whom, since_ns=waiting.since_ns, doing=waiting.doing)
        )
    if order.pending is not None:
        pending = order.pending
        view.pending.CopyFrom(
            api.PendingRequest(
                cl_ord_id=pending.cl_ord_id,
                exec_type=_wire(pending.exec_type),
                order_qty=pending.order_qty,
                price=pending.price,
            )
        )
    _scales(view, reference.instruments.get(terms.instrument_id))
    return view


def _child(child: VenueChild, venues: VenueStates) -> api.ChildView:
    wait = child.waits(child.session_id in venues.up)
    return api.ChildView(
        child_id=child.child_id,
        venue_id=child.venue_id,
        ord_status=_wire(child.ord_status),
        order_qty=child.order_qty,
        price=child.price,
        cum_qty=child.cum_qty,
        since_ns=child.since_ns,
        sent_ns=child.sent_ns,
        status_requests=child.asked,
        waits_for=_wire(wait[0]) if wait is not None else None,
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
        state=_wire(fate.state),
        decision_offset=fate.decision_offset,
        reason=_wire(fate.reason) if fate.reason is not None else None,
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


def _wire(value: int) -> "api.OrderView.ValueType":  # type: ignore[name-defined]
    """Our enumerations have the wire's numbers; only the type checker does not know."""
    return value
