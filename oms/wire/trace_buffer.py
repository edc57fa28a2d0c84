"""Which orders' traces are kept, and when: rows of the audit in, finished traces out. Pure; the caller says what time it is.

A trace is kept if the client asked for it, if something was refused, or if it was slow: a command's decision, or an order's first message
to a venue, later than the limit. That is known only at the end, so the rows of every order are held until it has ended (or nothing was
heard of it for a while); JSON is parsed only for what is kept.

Invariants:
- memory is bounded by orders, by rows per order and by bytes; what is dropped for a bound is counted;
- a span is given out once (while it is remembered: `SENT_MAX`); after a restart of the audit it may be given out again, with the same id.

Topics are written one after the other, so the rows of an order come in any order: an ended order waits until every record that its
records name has come, or `quiet_ns`.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from oms.wire import topics
from oms.wire.trace import TRACED_TOPICS, Place, Span, TracedRecord, TracedRow, record_of, spans_of, with_causes
from oms.wire.trace_words import REFUSALS

ROW_BYTES = 600
"""Of a row beside its JSON, about."""

SHARED_MAX = 10_000
"""Commands that name no order of their own, and steps of mass cancels, remembered for the orders that they touch."""

SENT_MAX = 50_000

_MAY_REFUSE = frozenset({"ParentChanged", "ChildReport"})
_REFUSED_MARKS = ('"ord_status":"REJECTED"', '"cancel_rejected":true')
_SHARED = frozenset(
    {
        "CancelOrder",
        "CancelOrderList",
        "ListAccepted",
        "ListCancelAccepted",
        "MassCancelOrders",
        "MassCancelStarted",
        "MassCancelStep",
        "NewOrderList",
        "ReplaceOrder",
    }
)


@dataclass(frozen=True, slots=True)
class TraceLimits:
    """Times in nanoseconds. `grace_ns`: an ended order waits so long for rows still on their way; `quiet_ns`: then it is looked at anyway."""

    slow_ns: int
    grace_ns: int = 1_000_000_000
    quiet_ns: int = 10_000_000_000
    orders_max: int = 20_000
    rows_per_order_max: int = 1_000
    bytes_max: int = 64 * 1024 * 1024


@dataclass(slots=True)
class TraceCounts:
    """Since the start. `orders_evicted` and `rows_cut` were dropped for a bound."""

    traces: int = 0
    spans: int = 0
    orders_evicted: int = 0
    rows_cut: int = 0


@dataclass(slots=True)
class _Thread:
    """What is held of one order. Times: the writers' clocks, 0 where it has not happened; `heard_ns` is the caller's."""

    rows: dict[Place, TracedRow] = field(default_factory=dict)
    size: int = 0
    heard_ns: int = 0
    fresh: bool = True
    accepted: bool = False
    ended: bool = False
    asked: bool = False
    refused: bool = False
    twap: bool = False
    entered_ns: int = 0
    decided_ns: int = 0
    intent_ns: int = 0

    def note(self, row: TracedRow) -> None:
        types = row.event_types
        self.asked |= "-" in row.trace_id
        self.refused |= refuses(row)
        if "NewOrder" in types:
            self.entered_ns = self.entered_ns or row.recorded_ns
            self.twap = '"algorithm":"TWAP"' in row.events[0]
        elif row.topic == topics.RISK:
            self.accepted |= "OrderAccepted" in types
            self.decided_ns = self.decided_ns or row.recorded_ns
            # An OrderRejected for a ClOrdID used twice names the order that has it, which goes on.
            self.ended |= "OrderClosed" in types or ("OrderRejected" in types and not self.accepted)
            self.ended |= "MassCancelStarted" in types
        elif "Intent" in types:
            self.intent_ns = self.intent_ns or row.recorded_ns

    def slow(self, limit_ns: int) -> bool:
        """A TWAP sends by its schedule; whether it was decided in time counts for it too."""
        if not self.entered_ns:
            return False
        if not self.decided_ns or self.decided_ns - self.entered_ns > limit_ns:
            return True
        return bool(self.intent_ns) and not self.twap and self.intent_ns - self.entered_ns > limit_ns


class TraceBuffer:
    """Used by one thread."""

    def __init__(self, limits: TraceLimits) -> None:
        self._limits = limits
        self._threads: OrderedDict[str, _Thread] = OrderedDict()
        self._shared: OrderedDict[Place, TracedRow] = OrderedDict()
        self._sent: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._bytes = 0
        self._evicted: list[Span] = []
        self.counts = TraceCounts()

    @property
    def orders(self) -> int:
        return len(self._threads)

    def take(self, rows: Iterable[TracedRow], now_ns: int) -> None:
        """Rows that are in ClickHouse now."""
        for row in rows:
            if row.topic not in TRACED_TOPICS or not row.accepted or not row.events:
                continue
            if not _SHARED.isdisjoint(row.event_types):
                self._shared[row.place] = row
                if len(self._shared) > SHARED_MAX:
                    self._shared.popitem(last=False)
            for order_id in _orders_of(row):
                self._add(order_id, row, now_ns)
        while self._threads and (self._bytes > self._limits.bytes_max or len(self._threads) > self._limits.orders_max):
            order_id, thread = self._threads.popitem(last=False)
            self._bytes -= thread.size
            self.counts.orders_evicted += 1
            if self._wanted(thread):
                self._evicted += self._unsent(order_id, thread)

    def due(self, now_ns: int) -> list[Span]:
        """The spans of every kept trace that is finished, or has been quiet for long; each once."""
        spans, self._evicted = self._evicted, []
        done = []
        for order_id, thread in self._threads.items():
            age = now_ns - thread.heard_ns
            if age < self._limits.grace_ns:
                break  # the rest was heard of since: the oldest are first
            quiet = age >= self._limits.quiet_ns
            if not quiet and not (thread.ended and self._whole(thread)):
                continue
            if thread.fresh:
                thread.fresh = False
                spans += self._unsent(order_id, thread) if self._wanted(thread) else []
            if thread.ended or not (thread.accepted or thread.entered_ns):
                done.append(order_id)
        for order_id in done:
            self._bytes -= self._threads.pop(order_id).size
        self.counts.spans += len(spans)
        return spans

    def _add(self, order_id: str, row: TracedRow, now_ns: int) -> None:
        thread = self._threads.get(order_id)
        if thread is None:
            thread = self._threads[order_id] = _Thread()
        else:
            self._threads.move_to_end(order_id)
        thread.heard_ns, thread.fresh = now_ns, True
        if row.place in thread.rows:
            return
        thread.note(row)
        if len(thread.rows) >= self._limits.rows_per_order_max:
            self.counts.rows_cut += 1
            return
        size = ROW_BYTES + len(row.header) + sum(len(event) for event in row.events)
        thread.rows[row.place] = row
        thread.size += size
        self._bytes += size

    def _wanted(self, thread: _Thread) -> bool:
        return thread.asked or thread.refused or thread.slow(self._limits.slow_ns)

    def _whole(self, thread: _Thread) -> bool:
        """Whether every record that its records were decided from has come."""
        return all(
            source is None or source in thread.rows or source in self._shared or source.topic not in TRACED_TOPICS
            for source in [row.source for row in thread.rows.values()]
        )

    def _unsent(self, order_id: str, thread: _Thread) -> list[Span]:
        records = with_causes([record_of(row) for row in thread.rows.values()], self._look_up)
        spans = [span for span in spans_of(order_id, records) if span.key not in self._sent]
        for span in spans:
            self._sent[span.key] = None
        while len(self._sent) > SENT_MAX:
            self._sent.popitem(last=False)
        self.counts.traces += bool(spans)
        return spans

    def _look_up(self, places: Sequence[Place]) -> list[TracedRecord]:
        return [record_of(self._shared[place]) for place in places if place in self._shared]


def _orders_of(row: TracedRow) -> set[str]:
    """The orders a row is held for. A cancel or replacement is found by what risk said to it: only risk knows the order's own id."""
    kind = row.event_types[0]
    if row.topic == topics.ORDERS:
        return set(row.order_ids) if kind == "NewOrder" else set()
    if kind == "MassCancelStarted":
        asked = json.loads(row.events[0]).get("mass_cancel")
        return {f"{asked['desk_id']}/{asked['trading_date']}/{asked['cl_ord_id']}"} if asked else set()
    return set(row.order_ids) - {""}


def refuses(row: TracedRow) -> bool:
    """As `trace_words.refused` says of each event, without parsing any."""
    if not REFUSALS.isdisjoint(row.event_types):
        return True
    return any(
        mark in event
        for kind, event in zip(row.event_types, row.events, strict=True)
        if kind in _MAY_REFUSE
        for mark in _REFUSED_MARKS
    )
