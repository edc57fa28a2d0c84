"""`oms positions`: what accounts hold, what it cost, what it is worth at a mark, and what open orders could add.

The figures are the gateway's (`oms.gateway.positions`); this shows them. Tables round money to 0.01, halves away from zero, and say so;
JSON and CSV have every decimal, and nothing (null) for what is not known, which is a question mark in a table.
"""

from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient
from oms.cli.completion import complete_account, complete_desk, complete_instrument
from oms.cli.decimals import to_text
from oms.cli.fitting import fitting, right
from oms.cli.instance import CsvOption, DataOption, JsonOption, running_instance
from oms.cli.market import age_text
from oms.cli.output import console, int128, is_narrow, print_json, print_rows, time_text
from oms.core.money import AMOUNT_SCALE
from oms.v1 import gateway_pb2

UNKNOWN = "?"
AVG_COST_DECIMALS, NARROW_DECIMALS = 6, 4
POSITION_LEAST = ("currency", "marked_at", "fees", "market_value", "open_sell", "open_buy", "age_s")
TOTAL_LEAST = ("oldest_mark_s", "fees", "traded", "short_value", "long_value", "ccy", "open_sell", "open_buy")
"""What a table leaves out first where there is no room."""
FIGURES = (
    "avg_cost",
    "mark",
    "age_s",
    "unrealised",
    "realised",
    "traded",
    "market_value",
    "fees",
    "open_buy",
    "open_sell",
)


def register(app: typer.Typer) -> None:
    app.command("positions")(positions)


def positions(
    desk: Annotated[str, typer.Option("--desk", autocompletion=complete_desk)] = "",
    account: Annotated[str, typer.Option("--account", autocompletion=complete_account)] = "",
    instrument: Annotated[str, typer.Option("--instrument", autocompletion=complete_instrument)] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What is held, what it cost and is worth, profits by average cost, and what open orders could add."""
    with GatewayClient(running_instance(data).gateway) as client:
        answer = client.position_report(desk, account, instrument)
    rows = [position_row(p) for p in answer.positions]
    if as_csv:
        print_rows(rows, False, as_csv=True, columns=tuple(position_row(gateway_pb2.PositionView())))
        return
    totals = [total_row(t) for t in answer.totals]
    if as_json:
        print_json({"time": time_text(answer.time_ns), "positions": rows, "totals": totals})
        return
    if not rows:
        console().print("no positions")
        return
    print_rows(fitting(right([shown_position(row) for row in rows], FIGURES), POSITION_LEAST), False)
    print_rows(fitting(right([shown_total(row) for row in totals], FIGURES), TOTAL_LEAST), False)
    notes = ["mark: best bid of a long position, best ask of a short one", "money rounded to 0.01"]
    cells = [value for row in rows for value in shown_position(row).values()]
    if UNKNOWN in cells:
        notes.append(f"{UNKNOWN} not known (a price of an opening position, a mark, or a maker's fee)")
    if any(row["mark_stale"] for row in rows):
        notes.append("! older than risk allows")
    console().print("; ".join(notes))


def position_row(position: Any) -> dict[str, Any]:
    """A `PositionView` in exact decimals; None is not known."""
    mark = position.mark if position.HasField("mark") else None
    source = gateway_pb2.MarkSource.Name(mark.source).removeprefix("MARK_SOURCE_") if mark else None

    def qty(value: int) -> str:
        return to_text(value, position.qty_scale)

    return {
        "account": position.account_id,
        "desk": position.desk_id,
        "instrument": position.instrument_id,
        "currency": position.currency,
        "position": qty(position.qty),
        "avg_cost": money(position, "avg_cost"),
        "cost": money(position, "cost"),
        "mark": to_text(mark.price, position.price_scale) if mark else None,
        "mark_source": source,
        "mark_venue": mark.venue_id if mark else None,
        "mark_time": time_text(mark.time_ns) if mark else None,
        "mark_age_s": age_text(mark.age_ns) if mark and mark.HasField("age_ns") else None,
        "mark_stale": bool(mark and mark.stale),
        "market_value": money(position, "market_value"),
        "unrealised": money(position, "unrealised_pnl"),
        "realised": money(position, "realised_pnl"),
        "traded": money(position, "traded_pnl"),
        "fees": money(position, "fees"),
        "fills": position.fill_count,
        "fills_without_fee": position.fills_without_fee,
        "open_orders": position.open_order_count,
        "open_buy": qty(position.open_buy_qty),
        "open_sell": qty(position.open_sell_qty),
        "open_buy_notional": money(position, "open_buy_notional"),
        "open_sell_notional": money(position, "open_sell_notional"),
        "opening": qty(position.opening_qty),
        "bought": qty(position.bought_qty),
        "sold": qty(position.sold_qty),
        "account_currency": position.account_currency,
    }


def total_row(total: Any) -> dict[str, Any]:
    """A `PositionTotal`; each sum is of what is known, `…_unknown` counts the positions it leaves out."""
    sums = ("realised", "unrealised", "traded")
    return {
        "desk": total.desk_id,
        "account": total.account_id,
        "currency": total.currency,
        "positions": total.position_count,
        **{name: money(total, f"{name}_pnl") for name in sums},
        **{f"{name}_unknown": getattr(total, f"{name}_unknown") for name in sums},
        "long_value": money(total, "long_value"),
        "short_value": money(total, "short_value"),
        "value_unknown": total.value_unknown,
        "open_orders": total.open_order_count,
        "open_buy_notional": money(total, "open_buy_notional"),
        "open_sell_notional": money(total, "open_sell_notional"),
        "fees": money(total, "fees"),
        "fills": total.fill_count,
        "fills_without_fee": total.fills_without_fee,
        "mark_age_s": age_text(total.mark_age_ns) if total.HasField("mark_age_ns") else None,
        "stale_marks": total.stale_marks,
    }


def money(message: Any, name: str) -> str | None:
    """An amount field, exact; None where it is not set."""
    return to_text(int128(getattr(message, name)), AMOUNT_SCALE) if message.HasField(name) else None


def cents(exact: str | None, unknown: int = 0) -> str:
    """Rounded to 0.01, halves away from zero, for a table; `+?` where a sum leaves something out."""
    if exact is None:
        return UNKNOWN
    sign, (whole, _, decimals) = exact.startswith("-"), exact.removeprefix("-").partition(".")
    rounded = (int(whole + decimals.ljust(AMOUNT_SCALE, "0")) + 5 * 10**9) // 10**10
    text = f"{'-' if sign and rounded else ''}{rounded // 100}.{rounded % 100:02}"
    return f"{text} +{UNKNOWN}" if unknown else text


def shown_position(row: dict[str, Any]) -> dict[str, Any]:
    whole, _, decimals = (row["avg_cost"] or "").partition(".")
    avg_cost = f"{whole}.{decimals[: NARROW_DECIMALS if is_narrow() else AVG_COST_DECIMALS]}".rstrip("0").rstrip(".")
    flat = row["position"] == "0"
    seconds, _, decimals = (row["mark_age_s"] or "").partition(".")
    age = f"{seconds}.{decimals[:1]}".rstrip(".")
    at = f"{(row['mark_source'] or '').lower().replace('_', ' ')} {row['mark_venue'] or ''}".strip()
    return {
        "account": row["account"],
        "instrument": row["instrument"],
        "position": row["position"],
        "avg_cost": avg_cost or ("" if flat else UNKNOWN),
        "mark": row["mark"] or ("" if flat else UNKNOWN),
        "age_s": f"{age}!" if row["mark_stale"] else age,
        "marked_at": at,
        "market_value": cents(row["market_value"]),
        "unrealised": cents(row["unrealised"]),
        "realised": cents(row["realised"]),
        "open_buy": row["open_buy"],
        "open_sell": row["open_sell"],
        "fees": cents(row["fees"], row["fills_without_fee"]),
        "currency": row["currency"],
    }


def shown_total(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "total": row["account"] or f"desk {row['desk']}",
        "ccy": row["currency"],
        "unrealised": cents(row["unrealised"], row["unrealised_unknown"]),
        "realised": cents(row["realised"], row["realised_unknown"]),
        "traded": cents(row["traded"], row["traded_unknown"]),
        "open_buy": cents(row["open_buy_notional"]),
        "open_sell": cents(row["open_sell_notional"]),
        "long_value": cents(row["long_value"]),
        "short_value": cents(row["short_value"]),
        "fees": cents(row["fees"], row["fills_without_fee"]),
        "oldest_mark_s": row["mark_age_s"],
    }
