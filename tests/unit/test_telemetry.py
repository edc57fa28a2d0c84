"""Metrics: the table keeps the rules of naming, labels are bounded whatever happens, and what the stages count is what they did."""

import re
from dataclasses import replace
from typing import Any

import pytest
import yaml
from telemetry_pages import (
    ALERTS,
    OPENMETRICS,
    check_openmetrics,
    check_page,
    check_rules,
    check_with_promtool,
    max_series,
    promtool,
    value,
)
from test_gateway_health import page_of
from test_loop import NOW, WHO, WORLD, order

from oms.core.commands import NewOrder
from oms.core.control import Halt
from oms.core.enums import HaltScope, LimitKind
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import ReferenceChange
from oms.core.venue_messages import ReportReceived
from oms.runtime.health import serve_health
from oms.runtime.histogram import Histogram
from oms.runtime.log import TopicPartition
from oms.runtime.settings import read_settings
from oms.runtime.stage_health import StageHealth
from oms.runtime.stage_meter import Measure
from oms.runtime.telemetry import METRICS, SERVICES, Bounds, Kind, Telemetry
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics

PERSONAL = {
    "order",
    "order_id",
    "desk",
    "desk_id",
    "account",
    "account_id",
    "instrument",
    "instrument_id",
    "person",
    "cl_ord_id",
    "trace_id",
    "process",
}
SETTINGS = read_settings({"KAFKA_BOOTSTRAP_SERVERS": "none:0", "OMS_PARTITIONS": "1"})
BOUNDS = Bounds(1, frozenset({"XALP"}))
STAGES = {"risk": topics.RISK, "router": topics.ROUTING, "execution": topics.EXECUTION}


# -- the table --------------------------------------------------------------------------------------------------------------


def test_names_follow_the_rules() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    for metric in METRICS:
        assert re.fullmatch(r"oms(_[a-z]+)+", metric.name), metric.name
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER), metric.name
        assert not re.search(r"_(ms|millis|ns|us|minutes|kb|mb|percent|count|sum|bucket)(_|$)", metric.name), (
            metric.name
        )
        assert metric.kind is not Kind.HISTOGRAM or metric.unit == "seconds", metric.name
        assert metric.help.endswith(".") and set(metric.services) <= set(SERVICES), metric.name
        labels = [label.name for label in metric.labels]
        assert len(set(labels)) == len(labels) and "service" not in labels and not set(labels) & PERSONAL, metric.name


def test_every_metric_can_have_only_so_many_series() -> None:
    """The whole system with 64 partitions and 50 venues stays below what one Prometheus takes in its stride."""
    bounds = Bounds(64, frozenset(f"V{n}" for n in range(50)))
    for metric in METRICS:
        assert max_series(metric.name, bounds) <= 20_000, metric.name


def test_a_label_from_elsewhere_cannot_make_series() -> None:
    """A million venues that no reference data names are one series, with all that was counted in it."""
    made_up = [Measure("oms_venue_reports_total", (f"V{n}", "TRADE"), 1) for n in range(1_000)]
    known = Measure("oms_venue_reports_total", ("XALP", "TRADE"), 7)
    telemetry = Telemetry("execution", 1, lambda: [*made_up, known], dict, lambda: frozenset({"XALP"}))
    samples = check_page(telemetry.page("")[1].decode(), "execution", BOUNDS)
    reports = {dict(labels)["venue"]: v for (name, labels), v in samples.items() if name == "oms_venue_reports_total"}
    assert reports == {"XALP": 7, "OTHER": 1_000}


def test_a_metric_that_is_not_in_the_table_is_a_bug() -> None:
    telemetry = Telemetry("risk", 1, lambda: [Measure("oms_made_up_total", (), 1)], dict)
    with pytest.raises(KeyError, match="oms_made_up_total"):
        telemetry.page("")


# -- what stages count ------------------------------------------------------------------------------------------------------


def pipeline() -> Pipeline:
    p = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,)))], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 5_000), (100_000, 5_000))
    p.run()
    return p


def said_by(p: Pipeline, service: str) -> tuple[StageHealth, Telemetry]:
    reads_audit = (lambda: p.audit_age_ns) if service == "risk" else None
    said = StageHealth(service, SETTINGS, [p.loops[STAGES[service]]], p.log, p.clock, None, reads_audit)
    said.look()
    return said, Telemetry(service, 1, said.measures, said.health, said.venues)


def page(p: Pipeline, service: str) -> Any:
    content_type, body = said_by(p, service)[1].page("")
    assert content_type.startswith("text/plain")
    return check_page(body.decode(), service, BOUNDS)


def test_the_stages_count_an_order_from_end_to_end() -> None:
    p = pipeline()
    first: NewOrder = replace(order("a1"), entered_ns=p.clock.wall_ns)
    p.command(first)
    p.run()
    p.command(replace(first, entered_ns=p.clock.wall_ns))  # the client asks again
    p.command(replace(order("a2"), order_qty=20_000))
    p.run()
    risk, router, execution = (page(p, service) for service in STAGES)
    assert value(risk, "oms_decisions_total", kind="new", reason="ACCEPTED") == 1
    assert value(risk, "oms_decisions_total", kind="new", reason=Reason.ORDER_QTY_LIMIT.name) == 1
    assert value(risk, "oms_decisions_total", kind="new") == 2
    assert value(risk, "oms_duplicates_total", kind="command") == 1
    assert value(risk, "oms_records_read_total", topic=topics.ORDERS) == 3
    assert value(risk, "oms_audit_age_seconds") == 0
    assert value(risk, "oms_order_path_seconds_count", until="decided") == 2
    assert value(router, "oms_order_path_seconds_count", until="routed") == 1
    assert value(router, "oms_decisions_total", kind="route", reason="NONE") == 1
    assert (
        value(router, "oms_records_read_total", topic=topics.RISK)
        == p.log.ends([TopicPartition(topics.RISK, 0)])[TopicPartition(topics.RISK, 0)]
    )
    assert value(execution, "oms_intents_total", kind="new") == 1
    assert value(execution, "oms_venue_reports_total", venue="XALP", exec_type="TRADE") == 1
    assert value(execution, "oms_venue_session_up", venue="XALP") == 1
    for samples, journal in zip((risk, router, execution), STAGES.values(), strict=True):
        written = p.log.ends([TopicPartition(journal, 0)])[TopicPartition(journal, 0)] - 1
        assert value(samples, "oms_records_written_total", topic=journal) == written
        assert value(samples, "oms_append_seconds_count", topic=journal) == written
        assert value(samples, "oms_in_flight_records") == 0 and value(samples, "oms_claims_total") == 1
        assert value(samples, "oms_partition_phase", phase="running") == 1 == value(samples, "oms_partition_phase")
        assert value(samples, "oms_input_lag_records") == 0 == value(samples, "oms_input_lag_seconds")
        assert value(samples, "oms_ready") == 1 == value(samples, "oms_healthy")


def test_a_halt_a_dead_letter_and_a_lost_run_are_counted() -> None:
    p = pipeline()
    p.control(Halt(HaltScope.DESK, "alpha", False, "enough", NOW, WHO))
    p.log.appender(TopicPartition(topics.ORDERS, 0)).append(None, b"\xff no command")
    p.run()
    p.crash(topics.RISK)
    p.run()
    before = p.loops[topics.RISK]
    p.start(topics.RISK)  # the machine was not dead: it finds the newer claim
    p.run(200)
    before.turn(0.0)
    risk = page(p, "risk")
    assert value(risk, "oms_halts_in_force", scope="DESK") == 1 == value(risk, "oms_halts_in_force")
    assert before.meter.abandoned == 1 and before.meter.claims == 1
    assert value(page(p, "router"), "oms_timers_fired_total") == 0


def test_open_breaks_are_counted_by_cause() -> None:
    p = pipeline()
    p.run()
    p.command(order("a1"))
    p.run()
    venue = p.venues["XALP-P0"]
    (made,) = [m.body for m in venue.sent.values() if isinstance(m.body, ReportReceived) and m.body.last_qty]
    venue.tell(replace(made, cl_ord_id="nobody's", exec_id="X9"))
    p.run()
    samples = page(p, "execution")
    assert value(samples, "oms_breaks_open", cause="UNKNOWN_EXECUTION") == 1 == value(samples, "oms_breaks_open")


def test_open_alerts_are_counted_by_kind() -> None:
    p = pipeline()
    p.run()
    p.command(order("a1"))
    p.run()
    known = p.loops[topics.RISK].state.reference
    (position,) = [one for one in known.limits.values() if one.kind is LimitKind.POSITION_QTY]
    lowered = replace(position, value=Amount(1))
    version = known.version("limit", position.limit_id)
    p.reference(ReferenceChange(lowered, version, p.clock.wall_ns, "a try", WHO))
    p.run()
    samples = page(p, "risk")
    assert value(samples, "oms_alerts_open", kind="POSITION") == 1 == value(samples, "oms_alerts_open")


def test_an_unreadable_command_is_counted_where_it_was_found() -> None:
    p = pipeline()
    p.log.appender(TopicPartition(topics.ORDERS, 0)).append(None, b"\xff no command")
    p.run()
    risk = page(p, "risk")
    assert value(risk, "oms_dead_letters_total") == 1 and value(risk, "oms_duplicates_total") == 0


def test_what_is_not_read_is_the_lag() -> None:
    p = pipeline()
    for number in range(5):
        p.command(order(f"b{number}"))
    said, telemetry = said_by(p, "risk")
    p.pass_time(3_000_000_000)
    samples = check_page(telemetry.page("")[1].decode(), "risk", BOUNDS)
    assert value(samples, "oms_input_lag_records", topic=topics.ORDERS) == 5
    assert 3 <= value(samples, "oms_input_lag_seconds", topic=topics.ORDERS) <= 6
    (shown,) = said.health()["partitions"]  # type: ignore[misc]
    assert shown["lag_records"] >= 5 and 3 <= shown["lag_seconds"] <= 6 and shown["epoch"] == 0
    p.run()
    said.look()
    (shown,) = said.health()["partitions"]  # type: ignore[misc]
    assert (shown["lag_records"], shown["lag_seconds"]) == (0, 0.0)


def test_the_page_is_served_in_both_formats() -> None:
    p = pipeline()
    said, telemetry = said_by(p, "execution")
    server = serve_health(0, said.health, metrics=telemetry.page)
    try:
        code, kind, text = page_of(server.port, "/metrics")
        assert code == 200 and kind.startswith("text/plain; version=0.0.4")
        check_page(text, "execution", BOUNDS)
        code, kind, text = page_of(server.port, "/metrics", OPENMETRICS)
        assert code == 200 and kind.startswith("application/openmetrics-text")
        check_openmetrics(text)
        assert page_of(server.port, "/readyz")[:2] == (200, "application/json")
    finally:
        server.shutdown()


@pytest.mark.skipif(promtool() is None, reason="no promtool: install Debian's prometheus, or set OMS_PROMTOOL")
def test_promtool_finds_no_fault() -> None:
    full = [
        Measure(
            m.name, tuple(sorted(x.values(BOUNDS))[0] for x in m.labels), Histogram() if m.kind is Kind.HISTOGRAM else 1
        )
        for m in METRICS
    ]
    for service in SERVICES:
        mine = [measure for measure, metric in zip(full, METRICS, strict=True) if service in metric.services]
        mine = [m for m in mine if m.name not in ("oms_build_info", "oms_healthy", "oms_ready")]
        check_with_promtool(Telemetry(service, 1, lambda: mine, dict, lambda: BOUNDS.venues).page("")[1].decode())  # noqa: B023


# -- alerts -----------------------------------------------------------------------------------------------------------------


def test_alerts_speak_of_metrics_that_there_are() -> None:
    rules = [rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    names = {metric.name for metric in METRICS}
    names |= {f"{m.name}_{part}" for m in METRICS if m.kind is Kind.HISTOGRAM for part in ("bucket", "sum", "count")}
    for rule in rules:
        spoken_of = set(re.findall(r"\boms_\w+", rule["expr"]))
        assert spoken_of and spoken_of <= names, rule["alert"]
        assert rule["annotations"].keys() == {"summary", "action"} and rule["labels"]["severity"] in ("page", "ticket")


@pytest.mark.skipif(promtool() is None, reason="no promtool: install Debian's prometheus, or set OMS_PROMTOOL")
def test_promtool_takes_the_alerts() -> None:
    check_rules(ALERTS)
