"""`oms fills`: executions from the audit, newest first, of orders however old.

A fill is shown as the router applied it to its order, and as the venue's corrections left it (kind TRADE_CORRECT, with what it was before).
A bust (TRADE_CANCEL) is a row of its own, of quantity 0, so that the sum of a column is that of what stands. The fee is an estimate by the venue's schedule in force now, which prices what takes
liquidity; of other fills it is unknown and left empty. Two times: the venue's, in the market's time, and the broker's record, in wall time.
"""

import json
import time
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from oms.cli.audit_query import database
from oms.cli.completion import complete_account, complete_desk, complete_instrument, complete_venue
from oms.cli.decimals import to_text
from oms.cli.fitting import fitting
from oms.cli.instance import CliError, CsvOption, DataOption, JsonOption, running_instance
from oms.cli.order_list import moment_ns, short_id
from oms.cli.output import is_narrow, print_rows, time_text
from oms.core.money import AMOUNT_SCALE, notional
from oms.gateway.profit import Taken, fee_of
from oms.runtime.clickhouse import ClickHouse

COUNT_MAX = 10_000
"""Of one answer. More than people read; `oms sql` has all."""

COLUMNS = (
    "time", "recorded", "order_id", "side", "qty", "instrument", "price", "notional", "currency", "venue", "liquidity", "fee",
    "account", "desk", "child_id", "exec_id", "kind", "exec_ref_id", "old_qty", "old_price",
)  # fmt: skip

NARROW_KINDS = {"TRADE_CORRECT": "corr", "TRADE_CANCEL": "bust"}
"""What stands in the place of the liquidity in 80 columns."""

LEAST = (
    "exec_ref_id",
    "old_price",
    "old_qty",
    "child_id",
    "exec_id",
    "desk",
    "currency",
    "notional",
    "recorded",
    "account",
    "fee",
)
"""What a table leaves out first where there is no room."""

_FILLS = """
SELECT transact_ns, timestamp_ms, order_id, side, last_qty, instrument_id, last_px, venue_id, liquidity, account_id, desk_id, child_id, exec_id,
       exec_type, exec_ref_id, old_qty, old_px
FROM
(
    SELECT e.*, c.old_qty AS old_qty, c.old_px AS old_px
    FROM
    (
        SELECT transact_ns, timestamp_ms, recorded_ns, partition, offset, event_no, order_id, side, last_qty, instrument_id, last_px, venue_id,
               liquidity, account_id, desk_id, child_id, exec_id, exec_type, exec_ref_id
        FROM oms.executions
    ) AS e
    LEFT JOIN oms.corrections AS c ON c.order_id = e.order_id AND c.venue_id = e.venue_id AND c.exec_id = e.exec_id
    UNION ALL
    SELECT transact_ns, timestamp_ms, recorded_ns, partition, offset, event_no, order_id, side, new_qty, instrument_id, old_px, venue_id,
           liquidity, account_id, desk_id, child_id, exec_id, exec_type, exec_ref_id, old_qty, old_px
    FROM oms.corrections WHERE new_qty = 0
)
WHERE (%(name)s = '' OR order_id = %(name)s OR child_id = %(name)s OR exec_id = %(name)s OR exec_ref_id = %(name)s
       OR (%(desk)s != '' AND endsWith(order_id, concat('/', %(name)s))))
  AND (%(desk)s = '' OR desk_id = %(desk)s) AND (%(account)s = '' OR account_id = %(account)s)
  AND (%(instrument)s = '' OR instrument_id = %(instrument)s) AND (%(venue)s = '' OR venue_id = %(venue)s)
  AND timestamp_ms >= %(since_ms)s
ORDER BY timestamp_ms DESC, recorded_ns DESC, partition, offset DESC, event_no DESC
LIMIT %(count)s
"""

_SCALES = "SELECT instrument_id, price_scale, qty_scale, currency FROM oms.instruments"

_SCHEDULES = """
SELECT entity_id, argMax(entity, version) FROM oms.reference_changes WHERE entity_kind = 'Venue' AND valid GROUP BY entity_id
"""

_KNOWN = """
SELECT count() FROM oms.events
WHERE topic IN ('oms.orders', 'oms.risk') AND (order_id = %(name)s OR (%(desk)s != '' AND order_id LIKE %(ending)s))
"""


def register(app: typer.Typer) -> None:
    app.command("fills")(fills)


def fills(
    order_id: Annotated[
        str, typer.Argument(help="An order id, child id or execution id, or a ClOrdID with --desk; default: all.")
    ] = "",
    desk: Annotated[str, typer.Option("--desk", autocompletion=complete_desk)] = "",
    account: Annotated[str, typer.Option("--account", autocompletion=complete_account)] = "",
    instrument: Annotated[str, typer.Option("--instrument", autocompletion=complete_instrument)] = "",
    venue: Annotated[str, typer.Option("--venue", autocompletion=complete_venue)] = "",
    since: Annotated[
        str, typer.Option("--since", help="Recorded since: 90s, 15m, 2h, 1d ago, or a UTC time like 2025-01-06T15:00.")
    ] = "",
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=COUNT_MAX)] = 30,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List fills, newest first, from the audit: of open orders and of those long gone; corrected and cancelled trades say so."""
    wanted = {
        "name": order_id,
        "ending": f"%/{order_id}",
        "desk": desk,
        "account": account,
        "instrument": instrument,
        "venue": venue,
        "since_ms": moment_ns(since, time.time_ns()) // 10**6 if since else 0,
        "count": count,
    }
    with database(running_instance(data).clickhouse_url()) as client:
        rows = client.query(_FILLS, wanted)
        if order_id and not rows and not client.query(_KNOWN, wanted)[0][0]:
            raise CliError(
                f"nothing is called {order_id!r} in the audit (yet): give an order id as `oms orders` shows it"
            )
        terms = Terms.of(client) if rows else Terms({}, {})
    found = [fill_row(row, terms) for row in rows]
    if is_narrow() and not (as_json or as_csv):
        print_rows([narrow_row(row) for row in found], False, nothing="no fills")
    else:
        shown = found if as_json or as_csv else fitting(found, LEAST)
        print_rows(shown, as_json, nothing="no fills", as_csv=as_csv, columns=COLUMNS)


@dataclass(frozen=True, slots=True)
class Terms:
    """Reference data in force. `scales`: instrument → (price scale, quantity scale, currency); `schedules`: venue → (ppm, per unit e-8)."""

    scales: dict[str, tuple[int, int, str]]
    schedules: dict[str, tuple[int, int]]

    @staticmethod
    def of(client: ClickHouse) -> "Terms":
        schedules: dict[str, tuple[int, int]] = {}
        for venue_id, entity in client.query(_SCHEDULES):
            venue = json.loads(entity)
            schedules[venue_id] = int(venue.get("taker_fee_ppm", 0)), int(venue.get("taker_fee_per_unit_e8", 0))
        scales = {row[0]: (int(row[1]), int(row[2]), str(row[3])) for row in client.query(_SCALES)}
        return Terms(scales, schedules)


def fill_row(row: tuple[Any, ...], terms: Terms) -> dict[str, Any]:
    """A row of `_FILLS` in exact decimals; `fee` is None where no schedule prices it."""
    (
        transact_ns,
        recorded_ms,
        order_id,
        side,
        qty,
        instrument_id,
        price,
        venue_id,
        liquidity,
        account,
        desk,
        child,
        exec_id,
        kind,
        exec_ref_id,
        old_qty,
        old_price,
    ) = row
    changed = kind != "TRADE"
    price_scale, qty_scale, currency = terms.scales[instrument_id]
    fee = None
    if liquidity == "REMOVED" and venue_id in terms.schedules:
        taken = Taken(1, qty, qty * price)
        fee = to_text(fee_of(taken, *terms.schedules[venue_id], price_scale, qty_scale), AMOUNT_SCALE)
    return {
        "time": time_text(transact_ns),
        "recorded": time_text(recorded_ms * 10**6),
        "order_id": order_id,
        "side": side,
        "qty": to_text(qty, qty_scale),
        "instrument": instrument_id,
        "price": to_text(price, price_scale),
        "notional": to_text(notional(price, qty, price_scale, qty_scale), AMOUNT_SCALE),
        "currency": currency,
        "venue": venue_id,
        "liquidity": liquidity,
        "fee": fee,
        "account": account,
        "desk": desk,
        "child_id": child,
        "exec_id": exec_id,
        "kind": kind,
        "exec_ref_id": exec_ref_id,
        "old_qty": to_text(old_qty, qty_scale) if changed else "",
        "old_price": to_text(old_price, price_scale) if changed else "",
    }


def narrow_row(row: dict[str, Any]) -> dict[str, Any]:
    """What fits into 80 columns: the time of day, and the order without its date."""
    return {
        "time": row["time"][11:],
        "order": short_id(row["order_id"]),
        "side": row["side"].removesuffix("_SHORT"),
        "qty": row["qty"],
        "instr.": row["instrument"],
        "price": row["price"],
        "venue": row["venue"],
        "liq": row["liquidity"][:3].lower() if row["kind"] == "TRADE" else NARROW_KINDS[row["kind"]],
    }
