"""`oms quotes` and `oms positions`: what venues show, and what accounts hold."""

from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient
from oms.cli.decimals import to_text
from oms.cli.instance import DataOption, JsonOption, running_instance
from oms.cli.output import int128, print_rows, time_text


def register(app: typer.Typer) -> None:
    app.command("quotes")(quotes)
    app.command("positions")(positions)


def quotes(
    instrument: Annotated[str, typer.Argument(help="One instrument; default: all.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What each venue shows now, and the last print."""
    with GatewayClient(running_instance(data).gateway) as client:
        found = client.quotes(instrument)
    rows = [row for market in found for row in quote_rows(market)]
    print_rows(rows, as_json, nothing="no quotes yet: the market has not started, or the instrument is not known")


def quote_rows(market: Any) -> list[dict[str, Any]]:
    """One row per venue of an `InstrumentQuotes`."""

    def price(value: int, qty: int) -> str:
        return to_text(value, market.price_scale) if qty else ""

    def qty(value: int) -> str:
        return to_text(value, market.qty_scale) if value else ""

    last = to_text(market.last_trade.price, market.price_scale) if market.HasField("last_trade") else ""
    return [
        {
            "instrument": market.instrument_id,
            "venue": view.venue_id,
            "bid_size": qty(view.quote.bid_qty),
            "bid": price(view.quote.bid_px, view.quote.bid_qty),
            "ask": price(view.quote.ask_px, view.quote.ask_qty),
            "ask_size": qty(view.quote.ask_qty),
            "market_time": time_text(view.quote.time_ns),
            "last_print": last,
        }
        for view in market.quotes
    ]


def positions(
    desk: Annotated[str, typer.Option("--desk")] = "",
    account: Annotated[str, typer.Option("--account")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Opening positions, what was bought and sold since, and what is held now."""
    with GatewayClient(running_instance(data).gateway) as client:
        found = client.positions(desk, account)
    print_rows([position_row(p) for p in found], as_json, nothing="no positions")


def position_row(position: Any) -> dict[str, Any]:
    money_scale = position.price_scale + position.qty_scale
    return {
        "account": position.account_id,
        "desk": position.desk_id,
        "instrument": position.instrument_id,
        "opening": to_text(position.opening_qty, position.qty_scale),
        "bought": to_text(position.bought_qty, position.qty_scale),
        "sold": to_text(position.sold_qty, position.qty_scale),
        "position": to_text(position.qty, position.qty_scale),
        "paid": to_text(int128(position.bought_notional), money_scale),
        "received": to_text(int128(position.sold_notional), money_scale),
        "currency": position.currency,
    }
