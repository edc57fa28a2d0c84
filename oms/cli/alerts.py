"""`oms alerts`: what the monitors found and is not over, as it happens, what they found before, and who has seen it.

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
from oms.cli.instance import CliError, CsvOption, DataOption, Instance, JsonOption, UsageError, running_instance
from oms.cli.output import int128, print_rows, time_text
from oms.cli.terms import requester
from oms.core.enums import AlertKind, LimitScope
from oms.core.money import AMOUNT_SCALE
from oms.core.monitors.alerts import ACKNOWLEDGED_WITHIN_NS
from oms.v1 import admin_pb2

COUNT_MAX = 10_000
RETRY_S = 1.0
"""After the gateway went away: what is open is told anew."""

SEEN_WITHIN_S = 5.0

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
    "acknowledged_by",
    "acknowledged",
    "note",
    "overdue",
    "text",
    "alert_id",
    "journal",
)
NARROW = ("status", "kind", "of", "subject", "value", "allowed", "age", "acknowledged_by", "overdue", "alert_id")

_PAST = """
SELECT open, kind, scope, scope_id, desk_id, subject, value, threshold, raised_ns, cleared_ns, text, alert_id, topic, partition, i.qty_scale,
    acknowledged_by, acknowledged_ns, note
FROM oms.alerts AS a
LEFT JOIN oms.instruments AS i ON i.instrument_id = a.subject
WHERE %(desk)s = '' OR desk_id = %(desk)s
ORDER BY raised_ns DESC, alert_id
LIMIT %(count)s
"""


def register(app: typer.Typer) -> None:
    app.command("alerts")(alerts)


def alerts(
    act: Annotated[
        list[str] | None, typer.Argument(metavar="[ack ALERT]", help="Say that you have seen an open alert, by its id.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="With ack: what you found, or do about it.")] = "",
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
    """List the open alerts of the monitors: positions and losses beyond limits, trades that one side alone knows. With --json and -f: one object a line.

    `oms alerts ack ALERT --note TEXT` records that you have seen one (a risk officer or compliance). It stays open until what is wrong is over."""
    if follow and (show_all or as_csv):
        raise UsageError("--follow shows what happens from now on: give it without --all and --csv")
    if act and (len(act) != 2 or act[0] != "ack" or not note or follow or show_all):
        raise UsageError("write it like: oms alerts ack ALERT --note TEXT")
    if note and not act:
        raise UsageError("--note is for: oms alerts ack ALERT --note TEXT")
    instance = running_instance(data)
    if act:
        rows = _acknowledge(instance, act[1], note)
        print_rows(rows, as_json, as_csv=as_csv, columns=COLUMNS, narrow=NARROW)
        return
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


def _acknowledge(instance: Instance, alert_id: str, note: str) -> list[dict[str, Any]]:
    """Of each partition that has such an alert open, and nobody has acknowledged; as they are then."""
    with GatewayClient(instance.gateway) as client:
        found = [alert for alert in client.open_alerts() if alert.alert_id == alert_id]
        if not found:
            raise CliError(f"there is no open alert {alert_id}: `oms alerts`")
        waiting = [alert for alert in found if not alert.acknowledged_by]
        if not waiting:
            raise CliError(f"{found[0].acknowledged_by} has acknowledged it already: {found[0].note}")
        for alert in waiting:
            request = admin_pb2.AcknowledgeAlertRequest(
                alert_id=alert_id, topic=alert.topic, partition=alert.partition, offset=alert.offset, note=note, requester=requester(),
            )  # fmt: skip
            client.acknowledge_alert(request)
        deadline = time.monotonic() + SEEN_WITHIN_S
        while True:  # the gateway has written it, and reads it like everybody else
            now = [alert for alert in client.open_alerts() if alert.alert_id == alert_id]
            if all(alert.acknowledged_by for alert in now) or time.monotonic() > deadline:
                break
            time.sleep(0.05)
    return [open_row(alert, time.time_ns()) for alert in now]


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
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged": time_text(alert.acknowledged_ns) if alert.acknowledged_by else "",
        "note": alert.note,
        "overdue": "overdue" if is_overdue(alert, now_ns) else "",
        "text": alert.text,
        "alert_id": alert.alert_id,
        "journal": f"{alert.topic}/{alert.partition}",
    }


def is_overdue(alert: Any, now_ns: int) -> bool:
    """Whether nobody has acknowledged an `OpenAlert` in the time that there is for it."""
    return not alert.acknowledged_by and now_ns - alert.wall_ns > ACKNOWLEDGED_WITHIN_NS


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
        acknowledged_by, acknowledged_ns, note,
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
        "acknowledged_by": acknowledged_by,
        "acknowledged": time_text(acknowledged_ns) if acknowledged_by else "",
        "note": note,
        "overdue": "",
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
        known = kept.get(key)
        if told.get(key, -1) < alert.offset or known is None or any(known[n] != row[n] for n in _SAID):
            rows.append(row)
        told[key], kept[key] = alert.offset, row
    for alert in answer.cleared:
        key = alert.alert_id, f"{alert.topic}/{alert.partition}"
        known = kept.pop(key, None)
        if known is not None and told.get(key, -1) <= alert.offset:
            rows.append({**known, "status": "cleared", "told": time_text(alert.wall_ns)})
        told[key] = alert.offset
    if answer.whole:
        rows += _gone(answer, kept)
    return rows


_SAID = ("acknowledged_by", "desk")
"""What is news of an alert that is no worse: who has seen it, and whose it is."""


def _gone(answer: Any, kept: dict[tuple[str, str], dict[str, Any]]) -> list[dict[str, Any]]:
    """What was open, and is not among all that are: it was cleared while nobody told us."""
    there = {(a.alert_id, f"{a.topic}/{a.partition}") for a in answer.raised}
    return [{**kept.pop(key), "status": "cleared", "told": ""} for key in list(kept) if key not in there]


def line_of(row: dict[str, Any]) -> str:
    """A line for people.

    >>> line_of({"told": "12:00:01", "status": "open", "text": "position of alpha is 70, allowed 60", "acknowledged_by": "rita", "note": "hedged"})
    '12:00:01  open     position of alpha is 70, allowed 60 (acknowledged by rita: hedged)'
    """
    seen = f" (acknowledged by {row['acknowledged_by']}: {row['note']})" if row["acknowledged_by"] else ""
    return f"{row['told']}  {row['status']:<8} {row['text']}{seen}"
