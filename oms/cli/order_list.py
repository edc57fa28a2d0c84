"""`oms orders`: the open orders and the latest ended ones, newest first."""

import datetime
import re
import time
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient, gateway_messages
from oms.cli.instance import CsvOption, DataOption, JsonOption, UsageError, running_instance
from oms.cli.mass_progress import (
    AccountFilter,
    ClientFilter,
    CounterpartyFilter,
    DeskFilter,
    InstrumentFilter,
    SideFilter,
    StrategyFilter,
    TraderFilter,
    VenueFilter,
)
from oms.cli.output import console, is_narrow, order_row, print_rows
from oms.cli.terms import SIDES
from oms.core.enums import OrdStatus

PAGE = 1000
NARROW = ("order", "status", "side", "qty", "instrument", "price", "filled", "avg_price")

StatusWord = Enum("StatusWord", {s.name.lower(): s.name.lower() for s in OrdStatus})  # type: ignore[misc]

_AGO = re.compile(r"([1-9][0-9]{0,6})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def register(app: typer.Typer) -> None:
    app.command("orders")(orders)


def orders(
    desk: DeskFilter = "",
    account: AccountFilter = "",
    instrument: InstrumentFilter = "",
    side: SideFilter = None,
    trader: TraderFilter = "",
    strategy: StrategyFilter = "",
    venue: VenueFilter = "",
    client: ClientFilter = "",
    counterparty: CounterpartyFilter = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only what is open.")] = False,
    status: Annotated[
        StatusWord | None, typer.Option("--status", case_sensitive=False, help="Only in this state.")
    ] = None,
    since: Annotated[
        str, typer.Option("--since", help="Entered since: 90s, 15m, 2h, 1d ago, or a UTC time like 2025-01-06T15:00.")
    ] = "",
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=100_000)] = 30,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List orders, newest first."""
    since_ns = moment_ns(since, time.time_ns()) if since else 0
    wanted = OrdStatus[status.name.upper()] if status is not None else None
    wanted_side = SIDES[side] if side is not None else 0
    request = gateway_messages.ListOrdersRequest(
        desk_id=desk, account_id=account, instrument_id=instrument, side=int(wanted_side), trader=trader, strategy=strategy,
        venue_id=venue, client_id=client, counterparty_id=counterparty, open_only=open_only, count_matches=True,
    )  # fmt: skip
    total = 0
    found: list[Any] = []
    counts: dict[str, int] = {}
    with GatewayClient(running_instance(data).gateway) as gateway:
        simple = wanted is None and not since_ns
        for page in _pages(gateway, request, min(count, PAGE) if simple else PAGE):
            total = total or page.tot_num_reports
            counts = counts or {OrdStatus(c.ord_status).name: c.count for c in page.counts if c.ord_status}
            found += [o for o in page.orders if wanted in (None, o.ord_status) and o.entered_ns >= since_ns]
            if len(found) >= count:
                break
    rows = [order_row(o) for o in found[:count]]
    if not as_json and not as_csv:
        unsaid = {"entered"} | {name for name in ONLY_WHERE_SAID if not any(row[name] for row in rows)}
        rows = [{k: v for k, v in row.items() if k not in unsaid} for row in rows]
        if is_narrow():
            short = {row["order_id"]: SHORT.get(row["status"], row["status"]) for row in rows}
            rows = [{**row, "order": short_id(row["order_id"]), "status": short[row["order_id"]]} for row in rows]
    print_rows(rows, as_json, nothing="no orders", as_csv=as_csv, columns=ORDER_COLUMNS, narrow=NARROW)
    if not as_json and not as_csv and len(rows) < total and simple:
        console().print(f"{len(rows)} of {total} that match; --count shows more")
    if not as_json and not as_csv and counts:
        console().print("of all orders: " + ", ".join(f"{name} {number}" for name, number in counts.items()))


ORDER_COLUMNS = (
    "order_id", "status", "side", "qty", "instrument", "type", "price", "tif", "algorithm", "filled", "leaves", "avg_price",
    "account", "reason", "pending", "waits_for", "waits_since", "entered",
)  # fmt: skip

ONLY_WHERE_SAID = ("pending", "waits_for", "waits_since")
"""Columns that a table leaves out where no order has anything in them."""

SHORT = {
    "PARTIALLY_FILLED": "PARTIAL",
    "PENDING_CANCEL": "CANCEL?",
    "PENDING_REPLACE": "REPLACE?",
    "PENDING_NEW": "NEW?",
}
"""States in a narrow table; a question mark is a request that nobody answered yet."""


def short_id(order_id: str) -> str:
    """Without the trading date; `desk/ClOrdID`."""
    desk_id, _, rest = order_id.partition("/")
    return f"{desk_id}/{rest.partition('/')[2]}"


def moment_ns(text: str, now_ns: int) -> int:
    """A moment of the past, nanoseconds UTC: so long ago, or a time.

    >>> moment_ns("2m", 300 * 10**9) == 180 * 10**9
    True
    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now_ns - int(ago[1]) * _SECONDS[ago[2]] * 10**9
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {text!r}: write 90s, 15m, 2h, 1d, or a UTC time like 2025-01-06T15:00") from None
    moment = moment.replace(tzinfo=moment.tzinfo or datetime.UTC)
    since_epoch = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (since_epoch // datetime.timedelta(microseconds=1)) * 1000


def _pages(client: GatewayClient, request: Any, size: int) -> Iterator[Any]:
    request.page_size = size
    while True:
        page = client.list_orders(request)
        yield page
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return
