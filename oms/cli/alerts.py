"""`oms alerts`: what the monitors found and is not over, as it happens, and what they found before.

Open alerts come from the gateway, which has them from `oms.alerts` within a second of their cause; the past comes from the audit's view of
the same name. A desk sees its own; who may see more is the gateway's to say.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from oms.cli.audit_query import database
from oms.cli.breaks import age_text
from oms.cli.client import GatewayClient, GatewayUnavailable
from oms.cli.completion import complete_desk
from oms.cli.decimals import to_text
from oms.cli.instance import CsvOption, DataOption, Instance, JsonOption, UsageError, running_instance
from oms.cli.output import int128, print_rows, time_text
from oms.core.enums import AlertKind, LimitScope
from oms.core.money import AMOUNT_SCALE

COUNT_MAX = 10_000
RETRY_S = 1.0
"""After the gateway went away: what is open is told anew."""

COLUMNS = (
    "status",
    "kind",
    "of",
    "subject",
    "value",
    "allowed",
    "age",
    "raised",
    "told",
    "desk",
    "text",
    "alert_id",
    "journal",
)
NARROW = ("status", "kind", "of", "subject", "value", "allowed", "age")

_PAST = """
SELECT open, kind, scope, scope_id, desk_id, subject, value, threshold, raised_ns, cleared_ns, text, alert_id, topic, partition, i.qty_scale
FROM oms.alerts AS a
LEFT JOIN oms.instruments AS i ON i.instrument_id = a.subject
WHERE %(desk)s = '' OR desk_id = %(desk)s
ORDER BY raised_ns DESC, alert_id
LIMIT %(count)s
"""


def register(app: typer.Typer) -> None:
    app.command("alerts")(alerts)


def alerts(
    desk: Annotated[str, typer.Option("--desk", help="Only this desk's.", autocompletion=complete_desk)] = "",
    show_all: Annotated[
        bool, typer.Option("--all", help="Those that are over too, from the audit; newest first.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is raised and cleared; Ctrl-C ends.")
    ] = False,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=COUNT_MAX, help="With --all.")] = 100,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List the open alerts of the monitors: positions and losses beyond limits, trades that one side alone knows. With --json and -f: one object a line."""
    if follow and (show_all or as_csv):
        raise UsageError("--follow shows what happens from now on: give it without --all and --csv")
    instance = running_instance(data)
    if follow:
        _follow(lambda: running_instance(data), desk, as_json)
        return
    rows = _past(instance, desk, count) if show_all else _open(instance, desk)
    nothing = "no alerts" if show_all else "no open alerts"
    print_rows(rows, as_json, nothing=nothing, as_csv=as_csv, columns=COLUMNS, narrow=NARROW)


def _open(instance: Instance, desk: str) -> list[dict[str, Any]]:
    with GatewayClient(instance.gateway) as client:
        found = client.open_alerts(desk)
    return [open_row(alert, time.time_ns()) for alert in sorted(found, key=lambda a: (a.raised_ns, a.alert_id))]


def open_row(alert: Any, now_ns: int) -> dict[str, Any]:
    """Of an `OpenAlert`."""
    value = to_text(int128(alert.value), alert.scale) if alert.HasField("value") else ""
    return {
        "status": "open",
        "kind": AlertKind(alert.kind).name,
        "of": of_text(LimitScope(alert.scope).name, alert.scope_id),
        "subject": alert.subject,
        "value": value,
        "allowed": to_text(int128(alert.threshold), alert.scale),
        "age": age_text(now_ns - alert.raised_ns),
        "raised": time_text(alert.raised_ns),
        "told": time_text(alert.wall_ns),
        "desk": alert.desk_id,
        "text": alert.text,
        "alert_id": alert.alert_id,
        "journal": f"{alert.topic}/{alert.partition}",
    }


def of_text(scope: str, scope_id: str) -> str:
    """Whose figure it is.

    >>> of_text("DESK", "alpha"), of_text("FIRM", "")
    ('desk alpha', 'firm')
    """
    return f"{scope.lower()} {scope_id}".strip()


def _past(instance: Instance, desk: str, count: int) -> list[dict[str, Any]]:
    with database(instance.clickhouse_url()) as client:
        return [past_row(row, time.time_ns()) for row in client.query(_PAST, {"desk": desk, "count": count})]


def past_row(row: tuple[Any, ...], now_ns: int) -> dict[str, Any]:
    """Of a row of `_PAST`. What is over is as old as it was when it ended."""
    (
        is_open, kind, scope, scope_id, desk_id, subject, value, threshold, raised_ns, cleared_ns, text, alert_id, topic, partition, qty_scale,
    ) = row  # fmt: skip
    scale = _SCALES.get(kind, qty_scale or 0)
    return {
        "status": "open" if is_open else "cleared",
        "kind": kind,
        "of": of_text(scope, scope_id),
        "subject": subject,
        "value": "" if value is None else to_text(value, scale),
        "allowed": to_text(threshold, scale),
        "age": age_text((now_ns if is_open else cleared_ns) - raised_ns),
        "raised": time_text(raised_ns),
        "told": time_text(raised_ns if is_open else cleared_ns),
        "desk": desk_id,
        "text": text,
        "alert_id": alert_id,
        "journal": f"{topic}/{partition}",
    }


_SCALES = {
    **{kind.name: AMOUNT_SCALE for kind in (AlertKind.DAY_LOSS, AlertKind.REALISED_LOSS, AlertKind.DRAWDOWN)},
    **{kind.name: 3 for kind in (AlertKind.ORDER_TO_TRADE, AlertKind.ORDER_TO_TRADE_VOLUME)},
    **{kind.name: 0 for kind in (AlertKind.TRADE_UNKNOWN_HERE, AlertKind.TRADE_NOT_CONFIRMED, AlertKind.TRADE_DIFFERS)},
}
"""Of a position it is the instrument's."""


def _follow(find: Callable[[], Instance], desk: str, as_json: bool) -> None:
    """Until Ctrl-C; over restarts of the gateway. What was told before is not told again."""
    told: dict[tuple[str, str], int] = {}
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    try:
        while True:
            try:
                with GatewayClient(find().gateway) as client:
                    for answer in client.alerts(desk):
                        for row in changes(answer, told, kept, time.time_ns()):
                            sys.stdout.write((json.dumps(row, ensure_ascii=False) if as_json else line_of(row)) + "\n")
                        sys.stdout.flush()
            except GatewayUnavailable:
                time.sleep(RETRY_S)
    except KeyboardInterrupt:
        return


def changes(
    answer: Any, told: dict[tuple[str, str], int], kept: dict[tuple[str, str], dict[str, Any]], now_ns: int
) -> list[dict[str, Any]]:
    """The rows of an answer that are news. `told`: by alert, the offset of its newest word; `kept`: its row."""
    rows = []
    for alert in answer.raised:
        row = open_row(alert, now_ns)
        key = row["alert_id"], row["journal"]
        if told.get(key, -1) < alert.offset:
            rows.append(row)
        told[key], kept[key] = alert.offset, row
    for alert in answer.cleared:
        key = alert.alert_id, f"{alert.topic}/{alert.partition}"
        known = kept.pop(key, None)
        if known is not None and told.get(key, -1) < alert.offset:
            rows.append({**known, "status": "cleared", "told": time_text(alert.wall_ns)})
        told[key] = alert.offset
    if answer.whole:
        rows += _gone(answer, kept)
    return rows


def _gone(answer: Any, kept: dict[tuple[str, str], dict[str, Any]]) -> list[dict[str, Any]]:
    """What was open, and is not among all that are: it was cleared while nobody told us."""
    there = {(a.alert_id, f"{a.topic}/{a.partition}") for a in answer.raised}
    return [{**kept.pop(key), "status": "cleared", "told": ""} for key in list(kept) if key not in there]


def line_of(row: dict[str, Any]) -> str:
    """A line for people.

    >>> line_of({"told": "12:00:01", "status": "open", "text": "position of alpha is 70, allowed 60", "alert_id": "x"})
    '12:00:01  open     position of alpha is 70, allowed 60'
    """
    return f"{row['told']}  {row['status']:<8} {row['text']}"
