"""The audit's live traces: rows that were just written go to a thread, which keeps the traces worth having and sends them.

Invariants:
- the audit never waits: a full queue drops the batch, counted; a collector that is away costs traces, never rows;
- at most once: what was held when the process ends without a word, or could not be sent, is not sent again (`oms trace` has every trace);
- nothing that goes wrong here ends the process: it is logged and counted, and the thread goes on with empty hands;
- with nobody to send to there is no thread and no cost.
"""

import logging
import queue
import threading
import time
from collections.abc import Mapping, Sequence

from oms.runtime.trace_export import SpanSink
from oms.wire.audit_rows import RecordRow
from oms.wire.trace import TRACED_TOPICS, Span, traced_row
from oms.wire.trace_buffer import TraceBuffer, TraceLimits

_LOGGER = logging.getLogger(__name__)

QUEUE_BATCHES_MAX = 2_000
"""Batches of the audit that wait for the thread: minutes of an ordinary day."""

LOOK_S = 0.5
CLOSE_S = 2.0
COMPLAINT_S = 60.0
"""Between two log lines about the same trouble."""


class OrderTraces:
    """`on_written` is called by the audit's thread, everything else happens in our own."""

    def __init__(self, sink: SpanSink, limits: TraceLimits, queue_max: int = QUEUE_BATCHES_MAX) -> None:
        self._sink, self._limits, self._buffer = sink, limits, TraceBuffer(limits)
        self._queue: queue.Queue[tuple[int, Sequence[RecordRow]]] = queue.Queue(queue_max)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name="order-traces")
        self._complained_s, self._complained_of = float("-inf"), 0
        self.batches_dropped = self.spans_sent = self.spans_failed = self.failures = 0

    def start(self) -> None:
        self._thread.start()

    def on_written(self, rows: Sequence[RecordRow]) -> None:
        """These rows, of one partition, are in ClickHouse."""
        if not rows or rows[0].topic not in TRACED_TOPICS:
            return
        try:
            self._queue.put_nowait((time.time_ns(), rows))
        except queue.Full:
            self.batches_dropped += 1

    def counts(self) -> Mapping[str, int]:
        """Since the start, but for `orders_held`."""
        counts = self._buffer.counts
        return {
            "traces": counts.traces,
            "spans_sent": self.spans_sent,
            "spans_failed": self.spans_failed,
            "orders_held": self._buffer.orders,
            "orders_evicted": counts.orders_evicted,
            "rows_cut": counts.rows_cut,
            "batches_dropped": self.batches_dropped,
            "failures": self.failures,
        }

    def close(self) -> None:
        """Send what is finished, and end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    def _work(self) -> None:
        looked = time.monotonic()
        while True:
            ending = self._stopping.is_set() and self._queue.empty()
            try:
                self._take()
                if ending or time.monotonic() - looked >= LOOK_S:
                    looked = time.monotonic()
                    self._send(self._buffer.due(time.monotonic_ns()))
                    self._complain()
            except Exception:
                self.failures += 1
                self._buffer = TraceBuffer(self._limits)
                _LOGGER.exception("the traces of the orders now held are lost (orders and audit are not)")
            if ending:
                break
        self._sink.close()

    def _take(self) -> None:
        try:
            written_ns, rows = self._queue.get(timeout=0.0 if self._stopping.is_set() else LOOK_S)
        except queue.Empty:
            return
        self._buffer.take([traced_row(row, written_ns) for row in rows], time.monotonic_ns())

    def _send(self, spans: Sequence[Span]) -> None:
        taken = self._sink.send(spans) if spans else 0
        self.spans_sent += taken
        self.spans_failed += len(spans) - taken

    def _complain(self) -> None:
        counts = self._buffer.counts
        lost = self.spans_failed + self.batches_dropped + counts.orders_evicted + counts.rows_cut
        if lost > self._complained_of and time.monotonic() - self._complained_s >= COMPLAINT_S:
            self._complained_of, self._complained_s = lost, time.monotonic()
            _LOGGER.warning("traces are lost (orders and audit are not): %s", dict(self.counts()))
