"""The blotter, the market and reference data as the API's messages. Pure conversions; what is not known is left unset."""

from collections.abc import Iterator

from oms.core.commands import Provenance
from oms.core.market import InstrumentMarket
from oms.core.reference import Account, Instrument, Reference
from oms.gateway.blotter import Blotter, CommandFate, CommandState, Holding, OrderState
from oms.gateway.updates import fill_of, int128
from oms.v1 import commands_pb2, market_pb2
from oms.v1 import gateway_pb2 as api


def order_view(order: OrderState, reference: Reference) -> api.OrderView:
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
        venues=list(order.venues),
        fills=[fill_of(fill) for fill in order.fills],
        fill_count=order.fill_count,
        entered_ns=terms.entered_ns,
        updated_ns=order.updated_ns,
        trace_id=terms.trace_id,
        provenance=_provenance(terms.provenance),
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


def undecided(fate: CommandFate) -> bool:
    return fate.state is CommandState.RECEIVED


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


def positions(
    blotters: list[Blotter], reference: Reference, desk_id: str, account_id: str
) -> Iterator[api.PositionView]:
    """What accounts hold, by account and instrument; an empty argument does not restrict."""
    holdings = {key: holding for blotter in blotters for key, holding in blotter.holdings.items()}
    openings = {
        (account.account_id, opening.instrument_id): opening.qty
        for account in reference.accounts.values()
        for opening in account.opening_positions
    }
    for key in sorted(holdings.keys() | openings.keys()):
        holding = holdings.get(key) or _untouched(reference.accounts[key[0]], key[1], openings[key])
        if (desk_id and holding.desk_id != desk_id) or (account_id and holding.account_id != account_id):
            continue
        view = api.PositionView(
            account_id=holding.account_id,
            desk_id=holding.desk_id,
            instrument_id=holding.instrument_id,
            qty=holding.qty,
            opening_qty=openings.get(key, 0),
            bought_qty=holding.bought_qty,
            sold_qty=holding.sold_qty,
            bought_notional=int128(holding.bought_notional),
            sold_notional=int128(holding.sold_notional),
        )
        _scales(view, reference.instruments.get(holding.instrument_id))
        yield view


def _untouched(account: Account, instrument_id: str, opening_qty: int) -> Holding:
    return Holding(account.account_id, account.desk_id, instrument_id, opening_qty)


def _scales(view: api.OrderView | api.InstrumentQuotes | api.PositionView, instrument: Instrument | None) -> None:
    if instrument is not None:
        view.price_scale, view.qty_scale = instrument.price_scale, instrument.qty_scale
        view.currency = instrument.currency


def _provenance(provenance: Provenance) -> commands_pb2.Provenance:
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
