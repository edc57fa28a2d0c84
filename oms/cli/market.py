"""`oms quotes`: what venues show of an instrument, the best of it, and the last trade.

Ages are of market time: how long before the answer a venue showed its price. A quote counts as stale beyond the firm's market_data_age
limit, where risk judges no order by it any more. The best is over the venues that take orders; what others show is told, and marked so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from oms.cli import terms
from oms.cli.client import GatewayClient
from oms.cli.completion import complete_instrument
from oms.cli.decimals import to_text
from oms.cli.fitting import right
from oms.cli.instance import CsvOption, DataOption, JsonOption, running_instance
from oms.cli.output import console, int128, print_rows, time_text
from oms.cli.units import duration_text
from oms.core.enums import LimitKind, LimitScope
from oms.v1 import gateway_pb2

QUOTE_COLUMNS = (
    "instrument", "venue", "bid_qty", "bid", "ask", "ask_qty", "best", "state", "age_s", "time",
    "last", "last_qty", "last_age_s", "last_time",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command("quotes")(quotes)


@dataclass(frozen=True, slots=True)
class Terms:
    """What reference data says of one instrument: the venues that list it (and whether they take orders), and when a quote is too old."""

    venues: Mapping[str, bool]
    limit_id: str = ""
    limit_ns: int | None = None


def quotes(
    instrument: Annotated[
        str, typer.Argument(help="One instrument; default: all.", autocompletion=complete_instrument)
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What each venue shows now, the best of it (*), and the last trade."""
    with GatewayClient(running_instance(data).gateway) as client:
        if instrument:
            terms.instrument_of(client, instrument)
        found = client.quotes(instrument)
        tape_ns = client.control_status().tape_ns
        venues = [item.entity.venue for item in client.reference("venue")]
        limits = [item.entity.limit for item in client.reference("limit")]
    books = [(market, terms_of(market.instrument_id, venues, limits)) for market in found]
    if instrument and not found:
        nothing_yet = gateway_pb2.InstrumentQuotes(instrument_id=instrument)
        books = [(nothing_yet, terms_of(instrument, venues, limits))]
    rows = [quote_rows(market, its, tape_ns) for market, its in books]
    if as_json or as_csv:
        every = [row for book in rows for row in book]
        print_rows(every, as_json, as_csv=as_csv, columns=QUOTE_COLUMNS)
        return
    for (market, its), book in zip(books, rows, strict=True):
        console().print(headline(market, its, book), soft_wrap=False)
        print_rows(right([shown_quote(row) for row in book], ("bid",)), False, nothing="no venue lists it")
    if not books:
        console().print("no quotes yet: the market has not started")


def terms_of(instrument_id: str, venues: list[Any], limits: list[Any]) -> Terms:
    """The age limit is the firm's tightest: what no order of anybody is judged by any more."""
    listed = {v.venue_id: v.enabled for v in venues if instrument_id in v.instruments}
    ages = [
        (limit.value, limit.limit_id)
        for limit in limits
        if limit.kind == LimitKind.MARKET_DATA_AGE_NS
        and limit.scope == LimitScope.FIRM
        and limit.instrument_id in ("", instrument_id)
    ]
    if not ages:
        return Terms(listed)
    value, limit_id = min(((int128(value), name) for value, name in ages), key=lambda age: age[0])
    return Terms(listed, limit_id, value)


def quote_rows(market: Any, its: Terms, tape_ns: int) -> list[dict[str, Any]]:
    """One row per venue: those that list the instrument, and those that show it all the same. `tape_ns` 0: no age is known."""
    shown = {view.venue_id: view.quote for view in market.quotes}
    takes = [quote for venue_id, quote in shown.items() if its.venues.get(venue_id)]
    best_bid = max((q.bid_px for q in takes if q.bid_qty), default=None)
    best_ask = min((q.ask_px for q in takes if q.ask_qty), default=None)
    last = market.last_trade if market.HasField("last_trade") else None
    found: list[dict[str, Any]] = []
    for venue_id in sorted(shown.keys() | its.venues.keys()):
        quote = shown.get(venue_id)
        orders = its.venues.get(venue_id, False)
        sides = {
            "bid": bool(quote and quote.bid_qty and orders and quote.bid_px == best_bid),
            "ask": bool(quote and quote.ask_qty and orders and quote.ask_px == best_ask),
        }
        age_ns = tape_ns - quote.time_ns if quote and tape_ns else None
        found.append(
            {
                "instrument": market.instrument_id,
                "venue": venue_id,
                "bid_qty": to_text(quote.bid_qty, market.qty_scale) if quote and quote.bid_qty else None,
                "bid": to_text(quote.bid_px, market.price_scale) if quote and quote.bid_qty else None,
                "ask": to_text(quote.ask_px, market.price_scale) if quote and quote.ask_qty else None,
                "ask_qty": to_text(quote.ask_qty, market.qty_scale) if quote and quote.ask_qty else None,
                "best": [side for side, best in sides.items() if best],
                "state": quote_state(quote, orders, age_ns, its.limit_ns),
                "age_s": age_text(age_ns),
                "time": time_text(quote.time_ns) if quote else None,
                "last": to_text(last.price, market.price_scale) if last else None,
                "last_qty": to_text(last.qty, market.qty_scale) if last else None,
                "last_age_s": age_text(tape_ns - last.time_ns) if last and tape_ns else None,
                "last_time": time_text(last.time_ns) if last else None,
            }
        )
    return found


def quote_state(quote: Any, takes_orders: bool, age_ns: int | None, limit_ns: int | None) -> str:
    if quote is None:
        return "no quote"
    if not takes_orders:
        return "no orders"
    if age_ns is not None and limit_ns is not None and not -limit_ns <= age_ns <= limit_ns:
        return "stale"
    if quote.bid_qty and quote.ask_qty:
        return "live"
    return "one-sided" if quote.bid_qty or quote.ask_qty else "empty"


def age_text(age_ns: int | None) -> str | None:
    """Seconds to the millisecond, cut; a minus where the venue's time is ahead."""
    return None if age_ns is None else to_text(int(age_ns / 10**6), 3)


def headline(market: Any, its: Terms, rows: list[dict[str, Any]]) -> str:
    """The best of the book, the last trade, and what is wrong with it."""
    bid = next((row["bid"] for row in rows if "bid" in row["best"]), None)
    ask = next((row["ask"] for row in rows if "ask" in row["best"]), None)
    parts = [f"{market.instrument_id}: {bid or 'no bid'} / {ask or 'no ask'} {market.currency}".rstrip()]
    if rows and rows[0]["last"] is not None:
        age = f", {rows[0]['last_age_s']} s ago" if rows[0]["last_age_s"] is not None else ""
        suspicious = " (suspicious)" if market.last_trade.suspicious else ""
        parts.append(f"last trade {rows[0]['last_qty']} at {rows[0]['last']}{suspicious}{age}")
    states = {row["state"] for row in rows}
    if not market.quotes:
        parts.append("NOTHING KNOWN: no venue has shown a quote yet")
    elif "stale" in states and not states & {"live", "one-sided", "empty"}:
        limit = f"{duration_text(its.limit_ns or 0)} ({its.limit_id})"
        parts.append(f"STALE: nothing newer than {limit}; risk refuses orders")
    prices = [
        (view.quote.bid_px if view.quote.bid_qty else None, view.quote.ask_px if view.quote.ask_qty else None)
        for view in market.quotes
        if its.venues.get(view.venue_id)
    ]
    bids, asks = [b for b, _ in prices if b is not None], [a for _, a in prices if a is not None]
    if bids and asks and max(bids) >= min(asks):
        parts.append("crossed" if max(bids) > min(asks) else "locked")
    return "; ".join(parts)


def shown_quote(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table: the best price is starred."""
    return {
        "venue": row["venue"],
        "bid_qty": row["bid_qty"],
        "bid": f"{'*' if 'bid' in row['best'] else ''}{row['bid'] or ''}",
        "ask": f"{row['ask'] or ''}{'*' if 'ask' in row['best'] else ''}",
        "ask_qty": row["ask_qty"],
        "age_s": row["age_s"],
        "state": row["state"],
    }
