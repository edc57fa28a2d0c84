"""`oms trace ID`: the trace of any order (or trace id), built from the audit's rows; the same spans that the audit sends live.

Decides how a trace is found in ClickHouse and how it is drawn. What a span is, is `oms.wire.trace`'s matter.
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape

from oms.cli.instance import CliError, DataOption, JsonOption, running_instance
from oms.cli.output import console, print_json, time_text
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.wire import topics
from oms.wire.trace import (
    AUDIT,
    COLUMNS,
    TRACED_TOPICS,
    Kind,
    Place,
    Span,
    TracedRecord,
    TracedRow,
    record_of,
    spans_of,
    with_causes,
)

PLAIN_WIDTH, WIDTH_MAX = 80, 140
ROWS_MAX = 20_000
"""Of one order: a TWAP over a day has some thousands."""

ORDERS_MAX = 50
"""Of one trace: a client may send a whole session under one trace id."""

_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_SELECT = f"SELECT {', '.join(COLUMNS)}, toUnixTimestamp64Milli(ingested_at) * 1000000 FROM oms.records WHERE "
_NS_IN_MS = 1_000_000


def register(app: typer.Typer) -> None:
    app.command("trace")(trace)


def trace(
    order_or_trace: Annotated[
        str, typer.Argument(metavar="ORDER_ID|TRACE_ID", help="DESK/DATE/CLORDID, a child's id, or 32 hex digits.")
    ],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What each service did for an order, when, and why: its trace across all services. --json is OTLP, for any trace viewer."""
    named = order_or_trace.strip()
    client = ClickHouse(ClickHouseSettings(running_instance(data).clickhouse_url()))
    try:
        spans, left_out = _by_trace(client, named) if _TRACE_ID.fullmatch(named) else (_by_order(client, named), 0)
    finally:
        client.close()
    if not spans:
        raise CliError(
            f"the audit has nothing about {named}: give DESK/DATE/CLORDID (see `oms orders`) or a trace id of 32 hex digits; "
            "what just happened is there within a second"
        )
    if as_json:
        print_json(otlp_json(spans))
        return
    width = min(console().width, WIDTH_MAX) if sys.stdout.isatty() else PLAIN_WIDTH
    for line in drawn(spans, width):
        console().print(line, overflow="ignore", crop=False, no_wrap=True)
    if left_out:
        console().print(f"{left_out} more orders are in this trace: ask for them one by one")


# -- out of ClickHouse ------------------------------------------------------------------------------------------------------


def _by_order(client: ClickHouse, named: str) -> tuple[Span, ...]:
    order_id = named.rpartition(".")[0] if named.count("/") == 2 and re.search(r"\.\d+$", named) else named
    for candidate in dict.fromkeys((named, order_id)):
        where = "topic IN %(topics)s AND has(order_ids, %(order)s)"
        found = _records(client, where, {"topics": TRACED_TOPICS, "order": candidate}) or _mass_cancel(
            client, candidate
        )
        if found:
            return spans_of(candidate, with_causes(found, lambda places: _at(client, places)))
    return ()


def _by_trace(client: ClickHouse, trace_id: str) -> tuple[tuple[Span, ...], int]:
    """The trace's spans, and how many of its orders were left out."""
    rows = client.query(
        "SELECT topic, order_ids, events FROM oms.records WHERE topic IN %(topics)s AND startsWith(trace_id, %(trace)s) "
        "ORDER BY recorded_ns",
        {"topics": (topics.ORDERS, topics.RISK), "trace": trace_id},
    )
    orders: dict[str, None] = {}
    for topic, order_ids, events in rows:
        known = [order_id for order_id in order_ids if order_id]
        mass = [json.loads(event) for event in events] if topic == topics.ORDERS and not known else []
        orders |= dict.fromkeys(known + [f"{m['desk_id']}/{m['trading_date']}/{m['cl_ord_id']}" for m in mass])
    found: dict[tuple[str, str], Span] = {}
    for order_id in list(orders)[:ORDERS_MAX]:
        found |= {span.key: span for span in _by_order(client, order_id) if span.trace_id == trace_id}
    return tuple(found.values()), max(0, len(orders) - ORDERS_MAX)


def _mass_cancel(client: ClickHouse, named: str) -> list[TracedRecord]:
    """A mass cancel is named as an order would be: its command, what risk made of it, and each step."""
    parts = named.split("/")
    if len(parts) != 3:
        return []
    command = _records(
        client,
        "topic = %(orders)s AND has(event_types, 'MassCancelOrders') AND JSONExtractString(events[1], 'desk_id') = %(desk)s "
        "AND JSONExtractString(events[1], 'cl_ord_id') = %(name)s AND toString(JSONExtractInt(events[1], 'trading_date')) = %(date)s",
        {"orders": topics.ORDERS, "desk": parts[0], "date": parts[1], "name": parts[2]},
    )
    started = _caused_by(client, [record.place for record in command])
    steps: list[TracedRecord] = []
    for record in started:
        steps += _records(
            client,
            "topic = %(risk)s AND partition = %(partition)s AND has(event_types, 'MassCancelStep') "
            "AND JSONExtractInt(events[1], 'started_seq') = %(offset)s",
            {"risk": topics.RISK, "partition": record.place.partition, "offset": record.place.offset},
        )
    return command + started + steps


def _caused_by(client: ClickHouse, places: Sequence[Place]) -> list[TracedRecord]:
    if not places:
        return []
    where = "topic = %(risk)s AND (source_topic, source_partition, source_offset) IN %(places)s"
    return _records(client, where, {"risk": topics.RISK, "places": tuple(tuple(p) for p in places)})


def _at(client: ClickHouse, places: Sequence[Place]) -> list[TracedRecord]:
    if not places:
        return []
    where = "(topic, partition, offset) IN %(places)s"
    return _records(client, where, {"places": tuple(tuple(p) for p in places)})


def _records(client: ClickHouse, where: str, values: Mapping[str, Any]) -> list[TracedRecord]:
    rows = client.query(f"{_SELECT}{where} ORDER BY recorded_ns LIMIT {ROWS_MAX}", values)
    return [record_of(TracedRow(*row)) for row in rows]


# -- drawn ------------------------------------------------------------------------------------------------------------------


def drawn(spans: Sequence[Span], width: int) -> Iterator[str]:
    """Lines with rich's markup. Times count from the first trace's start; the audit's spans are one line for each trace."""
    began = min(span.start_ns for span in spans)
    traces: dict[str, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    for number, (trace_id, mine) in enumerate(traces.items()):
        if number:
            yield ""
        yield from _heading(trace_id, mine)
        yield from _tree(mine, began, width)


def _heading(trace_id: str, spans: Sequence[Span]) -> Iterator[str]:
    root = spans[0]
    own = [span for span in spans if span.service != AUDIT]
    took = _ms(max(span.end_ns for span in own) - root.start_ns)
    asked = f"asked for by the client's span {root.parent_id}" if root.parent_id else "not asked for by the client"
    yield f"trace {trace_id}  {escape(str(root.attributes.get('oms.order.id', '')))}"
    yield f"{time_text(root.start_ns)} UTC, {asked}"
    yield f"{len(spans)} spans of {len({span.service for span in spans})} services in {took} ms, and the audit's writing"
    if root.links:
        yield f"came after trace {root.links[0][0]}"


def _tree(spans: Sequence[Span], began: int, width: int) -> Iterator[str]:
    shown = [span for span in spans if span.service != AUDIT]
    first, last = min(s.start_ns for s in shown), max(s.end_ns for s in shown)
    bar_width = max(10, (width - 30) // 5)
    label_width = width - bar_width - 30
    yield f"[dim]{'service and what it did':<{label_width}} {'offset':>9} {'at ms':>9} {'took':>8}[/dim]"
    for prefix, span in _walk(shown):
        label = f"{prefix}{span.service} {_what(span)}"
        if len(label) > label_width:
            label = label[: label_width - 1] + "…"
        bar = _bar(span, first, max(1, last - first), bar_width)
        text = f"{label:<{label_width}} {_offset(span):>9} {_ms(span.start_ns - began):>9} {_ms(span.end_ns - span.start_ns):>8} {bar}"
        yield f"[red]{escape(text)}[/red]" if span.error else escape(text)
        if span.error:
            yield from _said(span.error, len(prefix) + 1, width)
    written = [span for span in spans if span.service == AUDIT]
    if written:
        until = _ms(max(s.end_ns for s in written) - began)
        longest = _ms(max(s.end_ns - s.start_ns for s in written))
        yield escape(
            _cut(f"audit written: {len(written)} records, all by {until} ms, the slowest in {longest} ms", width)
        )


def _said(error: str, indent: int, width: int) -> Iterator[str]:
    """Reason and text of an error, on as many lines as they need."""
    margin = " " * indent
    lines = textwrap.wrap("! " + error, width, initial_indent=margin, subsequent_indent=margin + "  ")
    yield from (f"[red]{escape(line)}[/red]" for line in lines)


def _walk(spans: Sequence[Span]) -> Iterator[tuple[str, Span]]:
    """Depth first, children by their start, with the lines of a tree before each."""
    children: dict[str, list[Span]] = {}
    ids = {span.span_id for span in spans}
    for span in spans:
        children.setdefault(span.parent_id if span.parent_id in ids else "", []).append(span)

    stack = [("", "", span) for span in reversed(children.get("", []))]
    while stack:
        branch, stem, span = stack.pop()
        yield branch, span
        below = sorted(children.get(span.span_id, []), key=lambda s: s.start_ns)
        deeper = [
            (f"{stem}{'└' if last else '├'}", f"{stem}{' ' if last else '│'}", child)
            for child in below
            for last in (child is below[-1],)
        ]
        stack += reversed(deeper)


def _what(span: Span) -> str:
    """The span's name, the child's number and the venue."""
    child = str(span.attributes.get("oms.child.id", ""))
    number = "." + child.rpartition(".")[2] if "." in child else ""
    return " ".join(part for part in (span.name, number, str(span.attributes.get("oms.venue.id", ""))) if part)


def _offset(span: Span) -> str:
    offset = span.attributes.get("messaging.kafka.offset")
    return "" if offset is None else f"{span.attributes['messaging.destination.partition.id']}@{offset}"


def _bar(span: Span, first: int, total: int, width: int) -> str:
    start = min(width - 1, (span.start_ns - first) * width // total)
    length = max(1, min(width - start, -(-(span.end_ns - span.start_ns) * width // total)))
    mark = "━" if span.kind is not Kind.CLIENT else "╌"
    return " " * start + mark * length


def _ms(time_ns: int) -> str:
    """Milliseconds, to the microsecond below a second."""
    if abs(time_ns) < 1000 * _NS_IN_MS:
        return f"{time_ns // _NS_IN_MS}.{time_ns % _NS_IN_MS // 1000:03d}"
    return f"{time_ns // _NS_IN_MS}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


# -- OTLP as JSON -----------------------------------------------------------------------------------------------------------


def otlp_json(spans: Iterable[Span]) -> dict[str, Any]:
    """An ExportTraceServiceRequest in OTLP's own JSON: ids in hex, 64-bit integers as texts."""
    services: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        services.setdefault(span.service, []).append(_otlp_span(span))
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _otlp_attributes({"service.name": service, "service.namespace": "oms"})},
                "scopeSpans": [{"scope": {"name": "oms.audit"}, "spans": found}],
            }
            for service, found in services.items()
        ]
    }


def _otlp_span(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": f"{span.service} {span.name}",
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _otlp_attributes(span.attributes),
        "events": [{"name": name, "timeUnixNano": str(at_ns)} for name, at_ns in span.events],
        "links": [{"traceId": trace_id, "spanId": span_id} for trace_id, span_id in span.links],
        "status": {"code": 2, "message": span.error} if span.error else {"code": 0},
    }


def _otlp_attributes(attributes: Mapping[str, str | int]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in attributes.items()
    ]
