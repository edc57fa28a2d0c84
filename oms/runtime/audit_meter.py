"""What the audit counts about its own work, and the whole path of orders, which only the audit sees from end to end.

The path of an order is measured between wall times that stand in the records themselves, so it does not matter when, or in what order,
the audit reads them: from the command's arrival at the gateway to risk's decision, to the first intent, and to the first fill the router
booked. Only rows that count by the run rule count here. Written by the auditor's thread, read by any.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from oms.runtime.audit_store import AuditStore
from oms.runtime.auditor import Auditor
from oms.runtime.histogram import Histogram, Recent
from oms.runtime.log import TopicPartition
from oms.runtime.stage_meter import Measure
from oms.wire import topics
from oms.wire.audit_rows import TABLES_IN_ORDER, Prefix, RecordRow, Validity

ORDERS_KEPT = 20_000
"""Orders whose path is not complete: several seconds of the highest rate. An order that rests for longer is filled unmeasured."""

_ENDS = {
    (topics.RISK, "OrderAccepted"): "decided",
    (topics.RISK, "OrderRejected"): "decided",
    (topics.EXECUTION, "Intent"): "intended",
    (topics.ROUTING, "ParentTraded"): "filled",
}


class OrderPaths:
    """Times from a new order's arrival, by partition and by what was reached first."""

    def __init__(self, kept: int = ORDERS_KEPT) -> None:
        self._kept = kept
        self._orders: dict[str, dict[str, int]] = {}
        self.histograms: dict[tuple[int, str], Histogram] = {}

    def take(self, rows: Sequence[RecordRow]) -> None:
        """Rows of one partition, as they were written."""
        if not rows or rows[0].topic not in (topics.ORDERS, topics.RISK, topics.ROUTING, topics.EXECUTION):
            return
        for row in rows:
            if row.validity not in (Validity.INTAKE, Validity.VALID):
                continue
            for kind, order_id in zip(row.event_types, row.order_ids, strict=True):
                until = "entered" if kind == "NewOrder" else _ENDS.get((row.topic, kind))
                if until is not None:
                    self._reached(row.partition, order_id, until, row.recorded_ns)

    def _reached(self, partition: int, order_id: str, until: str, at_ns: int) -> None:
        times = self._orders.get(order_id)
        if times is None:
            times = self._orders[order_id] = {}
            if len(self._orders) > self._kept:
                del self._orders[next(iter(self._orders))]
        if until in times:
            return  # a second intent, a further fill, or the command once more
        times[until] = at_ns
        entered_ns = times.get("entered")
        if until == "entered":
            for other, then_ns in times.items():
                if other != "entered":
                    self._observe(partition, other, then_ns - at_ns)
        elif entered_ns is not None:
            self._observe(partition, until, at_ns - entered_ns)

    def _observe(self, partition: int, until: str, ns: int) -> None:
        key = partition, until
        if key not in self.histograms:
            self.histograms[key] = Histogram()
        self.histograms[key].observe(ns)


class AuditMeter:
    """`written` is told every confirmed batch, and tells `others`; inserts are timed by the store that `around` returns."""

    def __init__(self, others: Sequence[Callable[[Sequence[RecordRow]], None]] = ()) -> None:
        self._others = tuple(others)
        self.paths = OrderPaths()
        self.write = {topic.name: Histogram() for topic in topics.TOPICS if topic.audited}
        self.inserts = {table: Histogram() for table, _ in TABLES_IN_ORDER}
        self.rows = dict.fromkeys(self.inserts, 0)
        self.read: dict[tuple[str, int], int] = {}
        self._recent = Recent(lambda: list(self.write.values()))

    def look(self) -> None:
        self._recent.look(time.time_ns())

    def health(self, auditor: Auditor) -> dict[str, object]:
        """What `/readyz` says of the audit's work. `lag`: records read and not written; `lag_records`: all that are not written.

        `latency_ms`: of the last minute, from the broker's time of a record to its row. Lags are null until the ends are known.
        """
        lags = auditor.lags()
        return {
            "pid": os.getpid(),
            "lag": auditor.lag(),
            "lag_records": sum(lag.records for lag in lags.values()) if lags else None,
            "lag_seconds": round(max(lag.seconds for lag in lags.values()), 3) if lags else None,
            "latency_ms": self._recent.latency_ms(),
            "partitions": [
                {
                    "topic": tp.topic,
                    "partition": tp.partition,
                    "written": written,
                    "lag_records": lags[tp].records if tp in lags else None,
                    "lag_seconds": round(lags[tp].seconds, 3) if tp in lags else None,
                }
                for tp, written in auditor.prefixes().items()
            ],
        }

    def around(self, store: AuditStore) -> AuditStore:
        return _TimedStore(store, self)

    def written(self, rows: Sequence[RecordRow]) -> None:
        """A batch of one partition is confirmed now."""
        if not rows:
            return
        now_ns, histogram = time.time_ns(), self.write[rows[0].topic]
        for row in rows:
            histogram.observe(now_ns - row.timestamp_ms * 1_000_000)
        key = rows[0].topic, rows[0].partition
        self.read[key] = self.read.get(key, 0) + len(rows)
        self.paths.take(rows)
        for other in self._others:
            other(rows)

    def measures(self, auditor: Auditor) -> Iterator[Measure]:
        for tp, lag in auditor.lags().items():
            yield Measure("oms_input_lag_records", (tp.topic, str(tp.partition)), lag.records)
            yield Measure("oms_input_lag_seconds", (tp.topic, str(tp.partition)), lag.seconds)
        for (topic, partition), count in self.read.copy().items():
            yield Measure("oms_records_read_total", (topic, str(partition)), count)
        for topic, histogram in self.write.items():
            yield Measure("oms_audit_write_seconds", (topic,), histogram)
        for table, histogram in self.inserts.items():
            yield Measure("oms_audit_insert_seconds", (table,), histogram)
            yield Measure("oms_audit_rows_total", (table,), self.rows[table])
        for (partition, until), histogram in self.paths.histograms.copy().items():
            yield Measure("oms_order_path_seconds", (str(partition), until), histogram)
        yield Measure("oms_audit_pending_records", (), auditor.lag())
        yield Measure("oms_audit_recoveries_total", (), auditor.recoveries)
        yield Measure("oms_duplicates_total", ("audit_plan",), auditor.later_plans)


class _TimedStore:
    """An audit store whose inserts are timed; one that fails is not counted."""

    def __init__(self, store: AuditStore, meter: AuditMeter) -> None:
        self._store, self._meter = store, meter

    def alert_records(self, tp: TopicPartition, from_offset: int, count: int) -> list[tuple[int, bytes]]:
        return self._store.alert_records(tp, from_offset, count)

    def prefix(self, tp: TopicPartition) -> Prefix:
        return self._store.prefix(tp)

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], token: str) -> None:
        began = time.monotonic_ns()
        self._store.insert(table, rows, token)
        self._meter.inserts[table].observe(time.monotonic_ns() - began)
        self._meter.rows[table] += len(rows)
