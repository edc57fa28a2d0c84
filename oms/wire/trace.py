"""The trace of an order, rebuilt from the records that the services wrote about it: spans as functions of records. Pure.

A service does not trace: it writes a record, and the record already says what it was decided from, when, and by whom. So

- a record is a span of the service that wrote it. It begins when the record it was decided from was in the log, and ends when it was in
  the log itself; in between it waited, was decided (an event of the span) and was appended;
- its parent is the span of the record named as its source. A command hangs under its client's span, where the client gave one;
- an answer of a venue has no record as its source: it hangs under the round trip (kind CLIENT, peer = venue) from the intent to the
  first answer to it;
- what the audit wrote is a span of the audit under the record's own.

Invariants:
- ids are hashes of (topic, partition, offset): the audit, the command line and anybody with the log build the same spans;
- every parent is among the spans or is the client's; a span begins no earlier than its parent, and ends no earlier than it begins:
  where clocks of machines disagree, the later one counts;
- a trace belongs to a command. What a later command did to the order (a cancel, a replacement) is that command's trace, linked to the
  order's. What no command caused (a timer, a halt) hangs where its service took the order up, with its cause as an attribute;
- void records (the run rule) make no spans: nothing followed from them.

Does not know where rows come from: the audit's own hands or ClickHouse.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from oms.wire import topics
from oms.wire.audit_rows import RecordRow
from oms.wire.trace_context import TraceContext, read_stored
from oms.wire.trace_words import error_of, headline, particulars

TRACED_TOPICS = topics.ORDER_PATH

AUDIT, VENUES = "audit", "venues"

_NANOS_IN_MS = 1_000_000


class Place(NamedTuple):
    """Where a record is: its identity."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}@{self.offset}"


class Kind(IntEnum):
    """OTLP's numbers."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    CONSUMER = 5


@dataclass(frozen=True, slots=True)
class TracedRecord:
    """What a record says, as far as its trace needs it. `events` are objects of the audit's JSON, commands included.

    `source` is None where no record was the source: then `timer` or `session_id` says what was. `wall_ns` is the writer's clock at the
    decision (a command: when the gateway got it), `logged_ns` the broker's at the append, `written_ns` when ClickHouse had it (0: unknown).
    """

    place: Place
    valid: bool
    source: Place | None
    timer: str
    session_id: str
    wall_ns: int
    logged_ns: int
    written_ns: int
    trace_id: str
    events: tuple[Mapping[str, Any], ...]

    @property
    def service(self) -> str:
        return topics.BY_NAME[self.place.topic].writer

    @property
    def is_command(self) -> bool:
        return self.place.topic == topics.ORDERS

    @property
    def in_log_ns(self) -> int:
        """The broker's clock counts in milliseconds, the writer's in nanoseconds: the later of the two."""
        return max(self.wall_ns, self.logged_ns)


@dataclass(frozen=True, slots=True)
class Span:
    """One span, in OpenTelemetry's terms. Ids in hex, times in nanoseconds UTC; `error` is empty where all is well."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: Kind
    start_ns: int
    end_ns: int
    error: str
    attributes: Mapping[str, str | int]
    events: tuple[tuple[str, int], ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.trace_id, self.span_id


def span_id_of(place: Place, part: str = "") -> str:
    """Of the record's own span, or of a further `part` of it (`written`, a venue's answer).

    >>> span_id_of(Place("oms.risk", 0, 7))
    '635edbfac0d122df'
    """
    text = f"{place.topic}/{place.partition}/{place.offset}" + (f"/{part}" if part else "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class TracedRow(NamedTuple):
    """The columns of `oms.records` that a trace is made of, and when ClickHouse had the row (0: not known)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    accepted: int
    source_topic: str
    source_partition: int
    source_offset: int
    recorded_ns: int
    trace_id: str
    header: str
    event_types: tuple[str, ...]
    order_ids: tuple[str, ...]
    events: tuple[str, ...]
    written_ns: int

    @property
    def place(self) -> Place:
        return Place(self.topic, self.partition, self.offset)

    @property
    def source(self) -> Place | None:
        return Place(self.source_topic, self.source_partition, self.source_offset) if self.source_topic else None


COLUMNS = TracedRow._fields[:-1]
"""Of a row of `oms.records`."""


def traced_row(row: RecordRow, written_ns: int) -> TracedRow:
    """What the audit wrote, without what no trace needs."""
    return TracedRow(
        row.topic, row.partition, row.offset, row.timestamp_ms, row.accepted, row.source_topic, row.source_partition,
        row.source_offset, row.recorded_ns, row.trace_id, row.header, row.event_types, row.order_ids, row.events, written_ns,
    )  # fmt: skip


def record_of(row: TracedRow) -> TracedRecord:
    """The row with its JSON parsed. A claim has no events, and is no part of any trace."""
    header = json.loads(row.header).get("source", {}) if row.header else {}
    return TracedRecord(
        row.place,
        bool(row.accepted and row.events),
        row.source,
        header.get("timer", ""),
        header.get("session_id", ""),
        row.recorded_ns,
        row.timestamp_ms * _NANOS_IN_MS,
        row.written_ns,
        row.trace_id,
        tuple(json.loads(event) for event in row.events),
    )


def causes(record: TracedRecord) -> Place | None:
    """The record that this one was decided from, also where a step of a longer piece of work names it by its number."""
    if record.source is None and record.timer.startswith("step:"):
        return Place(record.place.topic, record.place.partition, int(record.timer.split(":")[1]))
    return record.source


def with_causes(
    records: Iterable[TracedRecord], look_up: Callable[[Sequence[Place]], Iterable[TracedRecord]], rounds_max: int = 5
) -> dict[Place, TracedRecord]:
    """The records and all those they came from that can be had: a cancel is found by what it led to. Void ones are left out.

    `rounds_max`: the longest way back is step → started → command.
    """
    found = {r.place: r for r in records if r.valid}
    for _ in range(rounds_max):
        missing = {cause for r in found.values() if (cause := causes(r)) is not None} - found.keys()
        more = {r.place: r for r in look_up(sorted(p for p in missing if p.topic in TRACED_TOPICS)) if r.valid}
        if not more.keys() - found.keys():
            break
        found |= more
    return found


def spans_of(order_id: str, records: Mapping[Place, TracedRecord]) -> tuple[Span, ...]:
    """All spans of an order (or mass cancel): first come first, parents before their children. `records` as `with_causes` gives them."""
    return _Builder(order_id, [r for r in records.values() if r.valid]).build()


class _Placed(NamedTuple):
    """Where spans hang: the trace, the parent's id, and when the parent began and was done."""

    trace: TraceContext
    span_id: str
    start_ns: int
    end_ns: int


class _Builder:
    """One order's records, in the order of the writers' clocks, and the spans that hang already."""

    def __init__(self, order_id: str, records: Sequence[TracedRecord]) -> None:
        self._order_id = order_id
        self._records = sorted(records, key=lambda r: (r.wall_ns, TRACED_TOPICS.index(r.place.topic), r.place))
        self._by_place = {r.place: r for r in self._records}
        self._first = next((r for r in self._records if self._opens(r)), self._records[0] if self._records else None)
        self._asked_at = self._intents()
        self._taken_up: dict[str, Place] = {}
        for place in sorted(r.place for r in self._records if any(e.get("order_id") == order_id for e in r.events)):
            self._taken_up.setdefault(place.topic, place)
        self._placed: dict[Place, _Placed] = {}
        self._round_trips: dict[tuple[Place, str], _Placed] = {}
        self._spans: list[Span] = []

    def build(self) -> tuple[Span, ...]:
        waiting = self._records
        while waiting:
            for record in waiting:
                cause = self._cause(record)
                if cause is None or cause in self._placed:
                    self._add(record)
            left = [r for r in waiting if r.place not in self._placed]
            if len(left) == len(waiting):  # records that name each other: no writer of ours makes them
                self._add(left.pop(0))
            waiting = left
        return tuple(self._spans)

    def _opens(self, record: TracedRecord) -> bool:
        if not record.is_command:
            return False
        command = record.events[0]
        if command["type"] == "NewOrderList":
            return any(_order_of_command(order) == self._order_id for order in command["orders"])
        return command["type"] in ("NewOrder", "MassCancelOrders") and _order_of_command(command) == self._order_id

    def _intents(self) -> dict[tuple[str, int], Place]:
        """(child, number of the request) → the record that asked the venue; the first where it was asked again."""
        asked: dict[tuple[str, int], Place] = {}
        for record in self._records:
            for event in self._mine(record):
                if event["type"] == "Intent":
                    asked.setdefault((event["child_id"], event["request"]), record.place)
        return asked

    def _mine(self, record: TracedRecord) -> list[Mapping[str, Any]]:
        """The events about this order; all of a record that is about no order in particular."""
        mine = [e for e in record.events if e.get("order_id") == self._order_id]
        return mine or [e for e in record.events if not e.get("order_id")] or list(record.events)

    def _answer(self, record: TracedRecord) -> tuple[Place, str, int] | None:
        """The intent that a venue's message answers, the child, and the number of the request."""
        if not record.session_id:
            return None
        for event in self._mine(record):
            if "child_id" in event:
                for request in (event.get("request", 0), 0):
                    if (asked := self._asked_at.get((event["child_id"], request))) not in (None, record.place):
                        assert asked is not None
                        return asked, str(event["child_id"]), request
        return None

    def _cause(self, record: TracedRecord) -> Place | None:
        """The record whose span this one hangs under (by way of a round trip where a venue answered); None: a trace begins."""
        if record.is_command:
            return None
        cause = causes(record)
        if cause in self._by_place:
            return cause
        if (answer := self._answer(record)) is not None:
            return answer[0]
        assert self._first is not None, "there is at least this record"
        if record is self._first:
            return None
        taken_up = self._taken_up.get(record.place.topic)
        return taken_up if taken_up is not None and taken_up < record.place else self._first.place

    def _add(self, record: TracedRecord) -> None:
        cause = self._cause(record)
        at = self._placed.get(cause) if cause is not None else None
        if at is None:
            at = self._root(record)
        elif (answer := self._answer(record)) is not None and answer[0] == cause:
            at = self._round_trip(record, at, answer)
        begun = record.wall_ns
        if record.source is not None and record.source == cause:
            begun = at.end_ns
        start = max(at.start_ns, begun)
        end = max(start, record.in_log_ns)
        self._placed[record.place] = here = _Placed(at.trace, span_id_of(record.place), start, end)
        self._spans.append(self._span(record, at, here, cause))
        if record.written_ns:
            self._spans.append(_written(self._order_id, record, here))

    def _root(self, record: TracedRecord) -> _Placed:
        """A trace without a usable id (a client of a former release) gets one from where its first record is."""
        context = read_stored(record.trace_id)
        if context is None:
            context = TraceContext(hashlib.sha256(f"trace of {record.place}".encode()).hexdigest()[:32], "")
        return _Placed(context, context.parent_id, record.wall_ns, record.wall_ns)

    def _round_trip(self, record: TracedRecord, at: _Placed, answer: tuple[Place, str, int]) -> _Placed:
        """The venue's round trip: the first answer makes the span, later ones hang under it too."""
        place, child_id, request = answer
        part = f"{child_id}:{request}"
        known = self._round_trips.get((place, part))
        if known is not None:
            return known
        venue = self._venue_of(child_id)
        end = max(at.end_ns, record.wall_ns)
        here = _Placed(at.trace, span_id_of(place, part), at.end_ns, end)
        self._round_trips[place, part] = here
        attributes: dict[str, str | int] = {
            "oms.order.id": self._order_id,
            "oms.child.id": child_id,
            "oms.venue.id": venue,
            "peer.service": venue or VENUES,
        }
        name = "venue round trip"
        self._spans.append(
            Span(at.trace.trace_id, here.span_id, at.span_id, self._by_place[place].service, name, Kind.CLIENT,
                 here.start_ns, end, "", attributes)
        )  # fmt: skip
        return here

    def _venue_of(self, child_id: str) -> str:
        for record in self._records:
            for event in record.events:
                if event.get("child_id") == child_id and event.get("venue_id"):
                    return str(event["venue_id"])
        return ""

    def _span(self, record: TracedRecord, at: _Placed, here: _Placed, cause: Place | None) -> Span:
        mine = self._mine(record)
        attributes: dict[str, str | int] = {"oms.order.id": self._order_id, **particulars(mine)}
        attributes |= {
            "oms.events": ",".join(str(e["type"]) for e in mine),
            "messaging.system": "kafka",
            "messaging.operation.type": "send" if record.is_command else "process",
            "messaging.destination.name": record.place.topic,
            "messaging.destination.partition.id": str(record.place.partition),
            "messaging.kafka.offset": record.place.offset,
        }
        if record.source is not None:
            attributes["oms.source"] = str(record.source)
        elif record.timer or record.session_id:
            attributes["oms.source"] = record.timer or f"session {record.session_id}"
        kind = Kind.SERVER if record.is_command else Kind.CONSUMER if record.source is not None else Kind.INTERNAL
        events = () if record.is_command else (("decided", min(max(record.wall_ns, here.start_ns), here.end_ns)),)
        return Span(
            at.trace.trace_id, here.span_id, at.span_id, record.service, headline(mine), kind,
            here.start_ns, here.end_ns, error_of(mine), attributes, events, self._links(record, cause),
        )  # fmt: skip

    def _links(self, record: TracedRecord, cause: Place | None) -> tuple[tuple[str, str], ...]:
        """A later command's trace names the order's."""
        first = self._first
        if cause is not None or first is None or record is first:
            return ()
        return ((self._root(first).trace.trace_id, span_id_of(first.place)),)


def _written(order_id: str, record: TracedRecord, here: _Placed) -> Span:
    attributes: dict[str, str | int] = {
        "oms.order.id": order_id,
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.destination.name": record.place.topic,
        "messaging.destination.partition.id": str(record.place.partition),
        "messaging.kafka.offset": record.place.offset,
        "db.system.name": "clickhouse",
        "db.collection.name": "oms.records",
    }
    return Span(
        here.trace.trace_id, span_id_of(record.place, "written"), here.span_id, AUDIT, "written", Kind.CONSUMER,
        here.end_ns, max(here.end_ns, record.written_ns), "", attributes,
    )  # fmt: skip


def _order_of_command(command: Mapping[str, Any]) -> str:
    return f"{command['desk_id']}/{command['trading_date']}/{command['cl_ord_id']}"


def edges_of(spans: Iterable[Span]) -> set[tuple[str, str]]:
    """(service of the parent, service of the child) of all spans whose parent is among them, within a service left out; and for a
    round trip (service, VENUES)."""
    spans = list(spans)
    services = {span.key: span.service for span in spans}
    edges = {
        (services[span.trace_id, span.parent_id], span.service)
        for span in spans
        if (span.trace_id, span.parent_id) in services
    }
    edges = {(a, b) for a, b in edges if a != b}
    return edges | {(span.service, VENUES) for span in spans if span.kind is Kind.CLIENT}
