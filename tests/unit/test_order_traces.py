"""Sending traces never costs the audit anything: full queues, collectors that are away, and faults of the tracer itself."""

import io
import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout

import pytest
from trace_world import ASKED, SPAN, TRACE, batches_of, order, order_path, spans_in

from oms.runtime.order_traces import OrderTraces
from oms.runtime.trace_export import EXPORT_SPANS_MAX, OtelSink, sink_of, to_readable
from oms.testing.pipeline import Pipeline
from oms.wire.audit_rows import RecordRow
from oms.wire.trace import Span
from oms.wire.trace_buffer import TraceLimits

AT_ONCE = TraceLimits(slow_ns=10**18, grace_ns=0, quiet_ns=0)
PATIENCE_S = 20.0


class Kept:
    """A sink in memory. `takes`: whether it takes what it is given; `gate` is waited for before every answer."""

    def __init__(self, takes: bool = True, fault: Exception | None = None) -> None:
        self.takes, self.fault = takes, fault
        self.gate = threading.Event()
        self.gate.set()
        self.spans: list[Span] = []
        self.closed = False

    def send(self, spans: Sequence[Span]) -> int:
        self.gate.wait(PATIENCE_S)
        if self.fault is not None:
            raise self.fault
        self.spans += spans
        return len(spans) if self.takes else 0

    def close(self) -> None:
        self.closed = True


def asked_path() -> Pipeline:
    path = order_path()
    path.command(order(path, "a1", trace_id=ASKED))
    path.run()
    return path


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def started(sink: Kept, batches: Sequence[Sequence[RecordRow]], queue_max: int = 100) -> OrderTraces:
    traces = OrderTraces(sink, AT_ONCE, queue_max)
    for batch in batches:
        traces.on_written(batch)
    traces.start()
    return traces


def test_what_the_audit_wrote_is_sent_when_it_is_finished() -> None:
    sink, path = Kept(), asked_path()
    traces = started(sink, batches_of(path))
    until(lambda: bool(sink.spans))
    traces.close()
    assert {s.key for s in sink.spans} == {s.key for s in spans_in(path, "a1")} and sink.closed
    assert traces.counts()["spans_sent"] == len(sink.spans) and traces.counts()["traces"] == 1


def test_what_was_written_before_the_end_is_sent_at_the_end() -> None:
    sink = Kept()
    started(sink, batches_of(asked_path())).close()
    assert {s.service for s in sink.spans} == {"order-gateway", "risk", "router", "execution", "audit"}


def test_a_full_queue_drops_batches_and_never_waits() -> None:
    sink, batches = Kept(), batches_of(asked_path())
    traces = OrderTraces(sink, AT_ONCE, queue_max=1)
    for _ in range(3):
        traces.on_written(batches[0])
    traces.on_written([])
    traces.on_written([batches[0][0]._replace(topic="oms.market")])
    assert traces.counts()["batches_dropped"] == 2, "what is no part of a trace takes no place"


def test_a_collector_that_does_not_answer_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    sink, batches = Kept(takes=False), batches_of(asked_path())
    sink.gate.clear()
    traces = started(sink, batches, queue_max=len(batches))
    until(lambda: traces.counts()["traces"] == 1)
    began = time.monotonic()
    for _ in range(1_000):
        traces.on_written(batches[0])
    assert time.monotonic() - began < 1.0
    assert traces.counts()["batches_dropped"] == 1_000 - len(batches)
    sink.gate.set()
    until(lambda: traces.counts()["spans_failed"] == len(sink.spans) > 0)
    traces.close()
    assert [r.levelname for r in caplog.records if "traces are lost" in r.getMessage()] == ["WARNING"]


def test_a_fault_of_the_tracer_is_told_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    sink = Kept(fault=RuntimeError("planted"))
    traces = started(sink, batches_of(asked_path()))
    until(lambda: traces.counts()["failures"] == 1)
    sink.fault = None
    for batch in batches_of(asked_path()):
        traces.on_written(batch)
    traces.close()
    assert sink.spans, "it went on"
    assert any("planted" in str(r.exc_info) for r in caplog.records)


# -- the environment --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "TRUE"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_nobody_to_send_to_means_no_sink(environment: dict[str, str]) -> None:
    assert sink_of(environment, console=False) is None


@pytest.mark.parametrize("key", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_an_endpoint_turns_the_export_on(key: str) -> None:
    sink = sink_of({key: "http://127.0.0.1:1"}, console=False)
    assert isinstance(sink, OtelSink)
    sink.close()


def test_a_collector_that_is_away_is_an_answer_and_not_an_error() -> None:
    sink = sink_of({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, console=True)
    assert sink is not None
    sink.close()  # a closed exporter refuses at once what one without its collector refuses after its patience
    with redirect_stdout(io.StringIO()):
        assert sink.send(spans_in(asked_path(), "a1")) == 0


def test_the_console_has_a_line_of_json_for_each_span() -> None:
    spans = spans_in(asked_path(), "a1")
    out = io.StringIO()
    with redirect_stdout(out):
        sink = sink_of({}, console=True)
        assert sink is not None and sink.send(spans) == len(spans)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["context"]["span_id"] for line in lines] == [f"0x{s.span_id}" for s in spans]
    assert lines[0]["parent_id"] == f"0x{SPAN}" and lines[0]["context"]["trace_id"] == f"0x{TRACE}"


def test_many_spans_are_sent_in_parts() -> None:
    spans = spans_in(asked_path(), "a1")
    many = (list(spans) * (EXPORT_SPANS_MAX // len(spans) + 2))[: EXPORT_SPANS_MAX + 1]
    with redirect_stdout(io.StringIO()):
        sink = sink_of({}, console=True)
        assert sink is not None and sink.send(many) == EXPORT_SPANS_MAX + 1


def test_a_span_of_the_sdk_says_what_ours_says() -> None:
    path = order_path()
    path.command(order(path, "fat", 10_001, trace_id=ASKED))
    path.run()
    (refused,) = [span for span in spans_in(path, "fat") if span.error]
    readable = to_readable(refused)
    assert readable.resource.attributes["service.name"] == "risk"
    assert readable.status.description == refused.error and not readable.status.is_ok
    assert (readable.start_time, readable.end_time) == (refused.start_ns, refused.end_ns)
    assert readable.attributes is not None and readable.attributes["oms.reason"] == "ORDER_QTY_LIMIT"
    assert [event.name for event in readable.events] == ["decided"]
