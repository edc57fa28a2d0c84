"""How answers are shown: tables for people, JSON and CSV for programs; the same facts in all.

Decides formats only. Numbers come as exact texts; times as UTC. CSV is that of RFC 4180: a header, CRLF, quotes where needed; an absent
value is empty, a truth value `true` or `false`, a list its parts separated by a space.
"""

import csv
import datetime
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from oms.cli.decimals import ratio_text, to_text
from oms.core.enums import Algorithm, ExecType, Liquidity, OrdStatus, OrdType, Side, TimeInForce
from oms.core.reasons import Reason
from oms.gateway.venue_states import Wait

AVERAGE_PRICE_DECIMALS = 6
PLAIN_WIDTH = 160
"""Of tables where there is no terminal to ask for its width, and COLUMNS does not say it."""

NARROW_WIDTH = 110
"""Below it tables are drawn without lines, and show the columns that matter most."""

FIRST_COLUMN_MIN = 40
"""The first column names the row: up to here it keeps its width where the others must fold."""

Row = Mapping[str, Any]


def console() -> Console:
    """On standard output, as wide as the terminal, or as COLUMNS says."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return Console(highlight=False, width=int(columns))
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=PLAIN_WIDTH)


def is_narrow() -> bool:
    return console().width < NARROW_WIDTH


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, default=_plain, ensure_ascii=False) + "\n")


def print_json_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A JSON list of objects, written row by row: of any length, in bounded memory."""
    separator = "["
    for row in rows:
        text = json.dumps(dict(zip(columns, row, strict=True)), default=_plain, ensure_ascii=False)
        sys.stdout.write(f"{separator}\n  {text}")
        separator = ","
    sys.stdout.write("[]\n" if separator == "[" else "\n]\n")


def print_rows(
    rows: Iterable[Row],
    as_json: bool,
    title: str = "",
    nothing: str = "nothing there",
    as_csv: bool = False,
    columns: Sequence[str] = (),
    narrow: Sequence[str] = (),
) -> None:
    """One table, one JSON list, or CSV. Columns are the keys of the first row; `columns` is the CSV header where there is no row,
    `narrow` what a table for people has on a narrow terminal (default: all)."""
    found = list(rows)
    if as_json:
        print_json(found)
        return
    names = list(found[0]) if found else list(columns)
    if narrow and is_narrow() and not as_csv:
        names = [name for name in narrow if not found or name in found[0]]
    cells = [[row[name] for name in names] for row in found]
    if as_csv:
        print_csv(names, cells)
    elif found:
        print_table(names, cells, title)
    else:
        console().print(nothing)


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The header is there even without a row."""
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])


def _csv_cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return " ".join(_csv_cell(v) for v in value)
    return shown(value)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
    lines: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": (0, 1, 0, 0)} if is_narrow() else {}
    table = Table(title=title or None, title_justify="left", pad_edge=False, show_edge=not lines, **lines)
    for number, column in enumerate(columns):
        is_number = bool(rows) and all(_is_number(row[number]) for row in rows if row[number] not in (None, ""))
        longest = max((len(shown(row[number])) for row in rows), default=0) if number == 0 else 0
        justify: Literal["left", "right"] = "right" if is_number else "left"
        table.add_column(
            escape(str(column)), justify=justify, overflow="fold", min_width=min(longest, FIRST_COLUMN_MIN) or None
        )
    for row in rows:
        table.add_row(*(escape(shown(value)) for value in row))
    console().print(table)


def print_fields(fields: Mapping[str, Any]) -> None:
    """`name  value`, one a line; what is empty is left out."""
    width = max((len(name) for name in fields), default=0)
    for name, value in fields.items():
        if value not in (None, "", [], ()):
            console().print(f"{name.replace('_', ' '):<{width}}  {escape(shown(value))}")


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(shown(v) for v in value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, str) and value.replace(".", "", 1).removeprefix("-").isdigit()


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)


def time_text(time_ns: int) -> str:
    """UTC to the millisecond; empty for 0."""
    if not time_ns:
        return ""
    moment = datetime.datetime.fromtimestamp(time_ns // 10**9, tz=datetime.UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns % 10**9 // 10**6:03d}"


def int128(message: Any) -> int:
    """The value of an Int128 message."""
    return int((message.hi << 64) | message.lo)


def average_price(order: Any) -> str:
    """notional / cum_qty, cut after six decimals; empty without a fill. The notional counts price × quantity at their scales."""
    if not order.cum_qty:
        return ""
    return ratio_text(Fraction(int128(order.notional), order.cum_qty * 10**order.price_scale), AVERAGE_PRICE_DECIMALS)


def order_row(order: Any) -> dict[str, Any]:
    """An `OrderView` as one row of a list."""
    return {
        "order_id": order.order_id,
        "status": OrdStatus(order.ord_status).name if order.ord_status else "",
        "side": Side(order.side).name,
        "qty": to_text(order.order_qty, order.qty_scale),
        "instrument": order.instrument_id,
        "type": OrdType(order.ord_type).name,
        "price": to_text(order.price, order.price_scale) if order.HasField("price") else "",
        "tif": TimeInForce(order.time_in_force).name,
        "algorithm": Algorithm(order.algorithm).name,
        "filled": to_text(order.cum_qty, order.qty_scale),
        "leaves": to_text(order.leaves_qty, order.qty_scale),
        "avg_price": average_price(order),
        "account": order.account_id,
        "reason": reason_name(order),
        "pending": ExecType(order.pending.exec_type).name if order.HasField("pending") else "",
        "waits_for": f"{order.waiting.whom or 'us'} {Wait(order.waiting.what).name}"
        if order.HasField("waiting")
        else "",
        "waits_since": time_text(order.waiting.since_ns) if order.HasField("waiting") else "",
        "entered": time_text(order.entered_ns),
    }


def fill_row(fill: Any, order: Any) -> dict[str, Any]:
    return {
        "venue": fill.venue_id,
        "qty": to_text(fill.qty, order.qty_scale),
        "price": to_text(fill.price, order.price_scale),
        "liquidity": Liquidity(fill.liquidity).name if fill.liquidity else "",
        "time": time_text(fill.transact_ns),
        "exec_id": fill.exec_id,
    }


def reason_name(message: Any) -> str:
    """The name of `reason`, empty where none is set."""
    if not message.HasField("reason"):
        return ""
    return Reason(message.reason).name if message.reason in Reason._value2member_map_ else str(message.reason)
