"""Traces end to end: what the auditor wrote goes to an OTLP collector, and `oms trace` builds the same spans out of ClickHouse."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trace_collector import Received, collecting, edges_received
from trace_world import ASKED, DATE, SPAN, TRACE, WHO, cancel, order, order_path

from oms.cli.main import run_command_line
from oms.core.commands import MassCancelOrders
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate
from oms.runtime.order_traces import OrderTraces
from oms.runtime.trace_export import OtelSink, sink_of
from oms.testing.sim_venue import Script
from oms.wire import topics
from oms.wire.trace_buffer import TraceLimits

pytestmark = pytest.mark.integration

MASS_TRACE = "e" * 32
ARROWS = {arrow for of_topic in topics.ARROWS.values() for arrow in of_topic}
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine.start(tmp_path_factory.mktemp("traces"))
    migrate(ClickHouse(ClickHouseSettings(running.url("oms_admin"))))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def sent(engine: Engine) -> Iterator[list[Received]]:
    """A day of orders, audited into the engine; what the collector got of it."""
    path = order_path()
    path.command(order(path, "a1", trace_id=ASKED))
    path.command(order(path, "quiet"))
    path.command(order(path, "fat", 10_001))
    path.run()
    for venue in path.venues.values():
        venue.script = Script(True, ())
    path.command(order(path, "a2"))
    path.command(order(path, "a3"))
    path.run()
    path.command(cancel(path, "c1", "a2", "f" * 32))
    path.run()
    path.command(MassCancelOrders("alpha", DATE, "m1", "", "", path.clock.wall_ns, MASS_TRACE, WHO))
    path.run()
    with collecting() as collector:
        sink = _otlp(collector.endpoint)
        traces = OrderTraces(sink, TraceLimits(slow_ns=10**18, grace_ns=0, quiet_ns=0))
        traces.start()
        store = ClickHouseAuditStore(ClickHouse(ClickHouseSettings(engine.url("oms_writer"))))
        partitions = audited_partitions(1)
        auditor = Auditor(path.log, store, partitions, AuditSettings("test"), on_written=traces.on_written)
        auditor.recover()
        deadline = time.monotonic() + PATIENCE_S
        while any(path.log.ends(partitions)[tp] > end for tp, end in auditor.prefixes().items()):
            auditor.step()
            assert time.monotonic() < deadline
        auditor.close()
        traces.close()
        assert traces.counts()["spans_failed"] == traces.counts()["failures"] == 0
        assert traces.counts()["spans_sent"] == len(collector.spans)
        yield list(collector.spans)


def _otlp(endpoint: str) -> OtelSink:
    """The exporter reads the process's environment, as the audit's does; it is as before afterwards."""
    before = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    try:
        sink = sink_of(os.environ, console=False)
        assert isinstance(sink, OtelSink)
        return sink
    finally:
        os.environ.pop("OTEL_EXPORTER_OTLP_ENDPOINT")
        if before is not None:
            os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = before


def test_the_collector_gets_the_trace_of_whoever_asked_with_the_arrows_of_the_picture(sent: list[Received]) -> None:
    """INV-85, over the wire."""
    mine = [span for span in sent if span.trace_id == TRACE]
    assert edges_received(mine) == ARROWS
    (root,) = [span for span in mine if span.parent_id == SPAN]
    assert (root.service, root.name) == ("order-gateway", "order-gateway NewOrder")
    ids = {span.span_id for span in mine}
    assert len(ids) == len(mine) and all(span.parent_id in ids | {SPAN} for span in mine)
    assert all(span.start_ns <= span.end_ns for span in mine)


def test_the_collector_gets_what_was_refused_and_nothing_ordinary(sent: list[Received]) -> None:
    errors = [(span.service, span.error.partition(":")[0]) for span in sent if span.error]
    assert errors == [("risk", "ORDER_QTY_LIMIT")]
    roots = [span for span in sent if not span.parent_id or span.parent_id == SPAN]
    assert len(roots) == 2, "the one that was asked for, the one that was refused"


# -- oms trace --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(engine: Engine, sent: list[Received], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a system that has nothing but its ClickHouse."""
    folder = tmp_path_factory.mktemp("instance")
    clickhouse = {"host": "127.0.0.1", "port": engine.tcp_port, "http_port": engine.http_port}
    run = {
        "gateway": "127.0.0.1:1",
        "kafka": "127.0.0.1:1",
        "clickhouse": clickhouse,
        "credentials": str(engine.folder / "credentials.json"),
        "supervisor_pid": os.getpid(),
    }
    (folder / "run.json").write_text(json.dumps(run))
    return folder


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, exit_code: int = 0) -> str:
    assert run_command_line(["trace", *arguments]) == exit_code
    captured = capsys.readouterr()
    return captured.out if exit_code == 0 else captured.err


def otlp_spans(capsys: pytest.CaptureFixture[str], data: Path, named: str) -> list[dict[str, Any]]:
    answer = json.loads(shown(capsys, named, "--data", str(data), "--json"))
    return [span for r in answer["resourceSpans"] for s in r["scopeSpans"] for span in s["spans"]]


def test_oms_trace_builds_the_spans_that_were_sent(
    data: Path, sent: list[Received], capsys: pytest.CaptureFixture[str]
) -> None:
    built = {(s["spanId"], s["parentSpanId"], s["name"]) for s in otlp_spans(capsys, data, f"alpha/{DATE}/a1")}
    assert built == {(s.span_id, s.parent_id, s.name) for s in sent if s.trace_id == TRACE}


def test_oms_trace_draws_a_tree_within_80_columns(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, f"alpha/{DATE}/a1", "--data", str(data))
    assert all(len(line) <= 80 for line in text.splitlines()), text
    for words in (
        TRACE,
        "17 spans of 5 services in 60.000 ms",
        f"asked for by the client's span {SPAN}",
        "order-gateway NewOrder",
    ):
        assert words in text
    for line in (
        "└risk OrderAccepted",
        "└router ParentOpened",
        "├execution ChildReport NEW",
        "audit written: 8 records",
    ):
        assert line in text, text


def test_oms_trace_says_why_an_order_was_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "! ORDER_QTY_LIMIT: order quantity would be" in shown(capsys, f"alpha/{DATE}/fat", "--data", str(data))


def test_oms_trace_has_every_order_and_finds_it_by_child_and_by_trace(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order_spans = otlp_spans(capsys, data, f"alpha/{DATE}/quiet")
    assert order_spans and otlp_spans(capsys, data, f"alpha/{DATE}/quiet.1") == order_spans
    by_trace = otlp_spans(capsys, data, TRACE)
    assert by_trace == otlp_spans(capsys, data, f"alpha/{DATE}/a1")


def test_oms_trace_shows_a_cancel_as_a_trace_of_its_own(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    traces = {s["traceId"] for s in otlp_spans(capsys, data, f"alpha/{DATE}/a2")}
    assert len(traces) == 2 and "f" * 32 in traces
    (root,) = [s for s in otlp_spans(capsys, data, "f" * 32) if not s["parentSpanId"]]
    assert root["name"] == "order-gateway CancelOrder" and root["links"][0]["traceId"] in traces


def test_oms_trace_follows_a_mass_cancel(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the order it cancelled, by its own name, and by its trace."""
    for named in (f"alpha/{DATE}/a3", f"alpha/{DATE}/m1", MASS_TRACE):
        names = [s["name"] for s in otlp_spans(capsys, data, named) if s["traceId"] == MASS_TRACE]
        assert {"order-gateway MassCancelOrders", "risk MassCancelStarted", "risk MassCancelStep"} <= set(names), named


@pytest.mark.parametrize("named", ["nothing", "alpha/20250106/none", "9" * 32])
def test_oms_trace_says_what_to_give_where_there_is_nothing(
    named: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(capsys, named, "--data", str(data), exit_code=1)
    assert (
        said.startswith(f"oms: the audit has nothing about {named}: give DESK/DATE/CLORDID") and said.count("\n") == 1
    )
