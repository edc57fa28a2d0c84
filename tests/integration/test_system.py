"""All processes of the system, run as a person runs them, and asked over gRPC, the command line, the journals and ClickHouse.

One system for the whole file; the tests stand in the order in which they use it, and the last ones stop it and start it again.
"""

import json
import os
import queue
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import jsonschema
import log_schema
import pytest
import telemetry_pages
from system_world import AUDIT_LIMIT_S, DESKS, PARTITIONS, PATIENCE_S, SECOND_NS, Journaled, System, api
from trace_collector import Collector, collecting, edges_received

from oms.cli.client import GatewayUnavailable
from oms.cli.main import run_command_line
from oms.cli.status import read_health
from oms.core.enums import Algorithm, ExecType, HaltScope, IntentKind, OrdStatus, OrdType, TimeInForce
from oms.core.execution_events import ChildTaken, Intent
from oms.core.reasons import Reason
from oms.core.risk_events import ControlApplied
from oms.core.routing_events import SliceDone
from oms.runtime.telemetry import SERVICES
from oms.v1 import admin_pb2
from oms.venues.evidence import Evidence, OrderFacts, read_evidence
from oms.wire import topics

pytestmark = pytest.mark.integration

HALT_APPLIED_MS = 1000
STOPPED_S = 10.0
JOURNALS = (topics.RISK, topics.ROUTING, topics.EXECUTION)
admin: Any = admin_pb2

Figure = Callable[[str], None]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("system")


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def system(data: Path, collector: Collector) -> Iterator[System]:
    running = System(data, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint})
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def figure(capsys: pytest.CaptureFixture[str]) -> Figure:
    """Says a measured value where a person sees it."""

    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}", end="")

    return show


# -- orders over gRPC -------------------------------------------------------------------------------------------------------


def test_a_client_that_asks_gets_one_trace_across_all_services(system: System, collector: Collector) -> None:
    """INV-85, of processes: what the audit sends over OTLP has the arrows of the picture."""
    trace_id, span_id = secrets.token_hex(16), secrets.token_hex(8)
    arrows = {arrow for of_topic in topics.ARROWS.values() for arrow in of_topic}
    asked = f"00-{trace_id}-{span_id}-01"
    order_id = system.accepted(system.order_request("alpha", order_qty=1, trace_id=asked))  # one share: one child
    assert system.ends(order_id).trace_id == f"{trace_id}-{span_id}-01"
    system.until("the trace at the collector", lambda: edges_received(collector.of(trace_id)) >= arrows)
    spans = collector.of(trace_id)
    assert edges_received(spans) == arrows
    ids = {span.span_id for span in spans}
    assert all(span.parent_id in ids | {span_id} for span in spans) and len(ids) == len(spans)


def test_an_acknowledged_order_is_always_found(system: System) -> None:
    price = system.far_price("ACME")
    for number in range(20):
        request = system.order_request(DESKS[number % 4], price=price, wait_for_decision=False)
        status = system.until("written", lambda: system.client.submit(request)).status  # noqa: B023
        assert system.client.order(status.order_id).cl_ord_id == request.cl_ord_id
        assert system.client.order_named(request.desk_id, request.trading_date, request.cl_ord_id)
    for view in system.client.all_orders():
        system.ends(view.order_id)


def test_submit_replace_and_cancel(system: System) -> None:
    bought = system.ends(system.accepted(system.order_request("alpha", order_qty=25)))
    assert (bought.ord_status, bought.cum_qty) == (OrdStatus.FILLED, 25) and sum(f.qty for f in bought.fills) == 25
    order_id = system.resting("beta")
    view = system.client.order(order_id)
    replace = api.ReplaceRequest(
        desk_id="beta",
        trading_date=system.date,
        cl_ord_id=system.name(),
        orig_cl_ord_id=view.cl_ord_id,
        order_qty=7,
        price=view.price - 100,
        requester=api.Requester(entered_by="tester"),
        wait_for_decision=True,
    )
    system.until("replace decided", lambda: system.client.replace(replace).status.state == api.COMMAND_STATE_ACCEPTED)
    system.until("replaced", lambda: system.client.order(order_id).order_qty == 7)
    assert system.client.order(order_id).price == view.price - 100
    assert system.cancel(order_id).status.state == api.COMMAND_STATE_ACCEPTED
    assert system.ends(order_id).ord_status == OrdStatus.CANCELED


def test_mass_cancel_ends_one_accounts_orders_and_lists_agree(system: System) -> None:
    mine = [system.resting("gamma", instrument) for instrument in ("ACME", "BOLT", "CRUX")]
    other = system.resting("alpha")
    found = system.client.list_orders(api.ListOrdersRequest(desk_id="gamma", open_only=True, page_size=2))
    assert len(found.orders) == 2 and found.next_page_token
    assert {o.order_id for o in system.client.all_orders("gamma", open_only=True)} == set(mine)
    request = api.MassCancelRequest(
        desk_id="gamma",
        trading_date=system.date,
        cl_ord_id=system.name(),
        account_id="gamma-1",
        requester=api.Requester(entered_by="tester"),
        wait_for_decision=True,
    )
    assert system.client.mass_cancel(request).status.state == api.COMMAND_STATE_ACCEPTED
    assert {system.ends(order_id).ord_status for order_id in mine} == {OrdStatus.CANCELED}
    assert system.client.order(other).ord_status == OrdStatus.NEW
    system.cancel(other)
    system.ends(other)


def key_of(update: Any) -> tuple[str, int, int]:
    return update.topic, update.offset, update.event_no


def read_updates(system: System, enough: Callable[[list[Any]], bool], **request: Any) -> tuple[list[Any], str]:
    """Beta's updates from a token (or the start) until there are enough, and the token behind them."""
    found: list[Any] = []
    with system.stub() as stub:
        call = stub.Subscribe(api.SubscribeRequest(desk_id="beta", **request), timeout=PATIENCE_S)
        for response in call:
            found += response.updates
            if enough(found):
                call.cancel()
                return found, str(response.resume_token)
    raise AssertionError("the stream ended by itself")


def test_updates_over_reconnects_miss_and_repeat_nothing(system: System) -> None:
    _, token = read_updates(system, lambda found: True, from_start=True)
    pieces: list[Any] = []
    sent: set[str] = set()

    def finished(found: list[Any]) -> bool:
        return sent <= {u.order_id for u in pieces + found if OrdStatus(u.ord_status).is_terminal}

    for part in range(4):
        for _ in range(3):
            request = system.order_request("beta", order_qty=30, time_in_force=TimeInForce.IOC)
            sent.add(system.accepted(request))
        if part == 2:
            system.supervisor.kill("order-gateway")
            system.until("the gateway is back", lambda: system.ready("order-gateway"))
        found, token = read_updates(system, lambda found: len(found) >= 4, resume_token=token)
        pieces += found
    found, _ = read_updates(system, finished, resume_token=token)
    pieces += found
    whole, _ = read_updates(system, lambda found: len(found) >= len(pieces), from_start=True)
    keys = [key_of(u) for u in pieces]
    assert len(set(keys)) == len(keys), "an update was repeated"
    by_topic = {t: [k for k in keys if k[0] == t] for t in (topics.RISK, topics.ROUTING)}
    for topic, ours in by_topic.items():
        assert ours == [k for k in map(key_of, whole) if k[0] == topic][: len(ours)], (
            f"{topic}: missed, or out of order"
        )
    for order_id in sent:
        life = [u for u in pieces if u.order_id == order_id]
        assert (life[0].topic, life[0].ord_status) == (topics.RISK, OrdStatus.PENDING_NEW)
        assert sum(u.fill.qty for u in life if u.exec_type == ExecType.TRADE) == system.client.order(order_id).cum_qty
        assert OrdStatus(life[-1].ord_status).is_terminal
    assert any(u.exec_type == ExecType.TRADE for u in pieces)


def test_a_session_takes_commands_and_gives_their_updates(system: System) -> None:
    first = system.order_request("delta", "BOLT", wait_for_decision=False)
    bad = system.order_request("delta", "BOLT", wait_for_decision=False)
    bad.order_qty = -5
    frames: queue.SimpleQueue[Any] = queue.SimpleQueue()
    commands = [api.SessionCommand(request_no=n, submit=s) for n, s in enumerate((first, bad), 1)]
    frames.put(api.SessionRequest(subscribe=api.SubscribeRequest(desk_id="delta"), commands=commands))
    acks: dict[int, Any] = {}
    updates: list[Any] = []
    with system.stub() as stub:
        for response in stub.Session(iter(frames.get, None), timeout=PATIENCE_S):
            acks |= {ack.request_no: ack for ack in response.acks}
            updates += response.updates
            if len(acks) == 2 and any(OrdStatus(u.ord_status).is_terminal for u in updates):
                frames.put(None)
    assert (acks[1].code, acks[1].status.cl_ord_id) == (0, first.cl_ord_id)
    assert acks[2].code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert [v.field for v in acks[2].violations] == ["order_qty"]
    assert {u.order_id for u in updates} == {acks[1].status.order_id}


# -- halt -------------------------------------------------------------------------------------------------------------------


def twap(system: System, desk_id: str, seconds: int) -> str:
    """Five shares each second."""
    start_ns = system.client.control_status().tape_ns
    schedule = {"start_ns": start_ns, "end_ns": start_ns + seconds * SECOND_NS, "slices": seconds}
    request = system.order_request(
        desk_id,
        "BOLT",
        order_qty=5 * seconds,
        ord_type=OrdType.MARKET,
        time_in_force=TimeInForce.DAY,
        algorithm=Algorithm.TWAP,
        twap=schedule,
    )
    return system.accepted(request)


def applied_at(records: list[Journaled], control_offset: int) -> int | None:
    """The index of the record in which the partition applied a control record."""
    wanted = ControlApplied(control_offset)
    return next((n for n, r in enumerate(records) if wanted in r.envelope.events), None)


def await_applied(system: System, control_offset: int) -> dict[tuple[str, int], list[Journaled]]:
    """The journals of every stage and partition, once all have applied the control record."""
    system.until("risk and router applied it", lambda: system.client.control_status(control_offset).acknowledged)
    keys = [(topic, p) for topic in JOURNALS for p in range(PARTITIONS)]
    found: dict[tuple[str, int], list[Journaled]] = {}

    def all_applied() -> bool:
        for key in keys:
            if key not in found:
                records = system.journal(*key)
                if applied_at(records, control_offset) is not None:
                    found[key] = records
        return len(found) == len(keys)

    system.until("all stages applied it", all_applied)
    return found


def increasing(records: list[Journaled]) -> list[Intent]:
    """Messages to venues that create or increase."""
    events = [event for r in records for event in r.envelope.events]
    return [e for e in events if isinstance(e, Intent) and e.kind in (IntentKind.NEW, IntentKind.REPLACE)]


def test_a_halt_in_the_middle_of_twaps(system: System, figure: Figure) -> None:
    resting = [system.resting(desk_id) for desk_id in ("alpha", "delta")]
    lasting = [twap(system, desk_id, 120) for desk_id in (*DESKS, "alpha")]
    for order_id in lasting:
        system.until(f"{order_id} trades", lambda: system.client.order(order_id).cum_qty > 0)  # noqa: B023
    ending = [twap(system, desk_id, 5) for desk_id in ("beta", "delta")]
    requester = api.Requester(entered_by="tester")
    halt = system.client.halt(admin.HaltRequest(scope=HaltScope.FIRM, reason="drill", requester=requester))
    acked_ms = time.time_ns() / 1e6
    halted = await_applied(system, halt)
    late = {k: r[applied_at(r, halt) or 0].record.timestamp_ms - acked_ms for k, r in halted.items()}
    worst = max(late, key=lambda key: late[key])
    figure(
        f"halt: applied in {len(late)} partitions, the last ({worst[0]}/{worst[1]}) {late[worst]:.0f} ms after the ack"
    )
    assert late[worst] <= HALT_APPLIED_MS
    for order_id in resting:
        system.cancel(order_id)
        assert system.ends(order_id).ord_status == OrdStatus.CANCELED
    system.until("new orders refused", lambda: refused_as_halted(system))
    for order_id in ending:
        view = system.ends(order_id)
        assert view.reason == Reason.END_TIME_REACHED and view.cum_qty < 25
    for partition in range(PARTITIONS):
        system.until("slices come due", lambda: slices_halted(system, partition, halt))  # noqa: B023
    at_halt = {order_id: system.client.order(order_id).cum_qty for order_id in lasting}
    resume = system.client.resume(admin.ResumeRequest(scope=HaltScope.FIRM, reason="over", requester=requester))
    for order_id in lasting:
        system.until(f"{order_id} goes on", lambda: system.client.order(order_id).cum_qty > at_halt[order_id])  # noqa: B023
        system.cancel(order_id)
    for order_id in lasting:
        system.ends(order_id)
    nothing_increased_between(system, halt, resume)
    audited_halt(system, halt, resume, acked_ms)


def slices_halted(system: System, partition: int, halt: int) -> bool:
    """Whether a slice came due under the halt, and was not worked."""
    records = system.journal(topics.ROUTING, partition)
    events = [event for r in records[applied_at(records, halt) :] for event in r.envelope.events]
    return any(isinstance(e, SliceDone) and e.reason == Reason.HALTED_AT_ROUTER for e in events)


def refused_as_halted(system: System) -> bool:
    status = system.client.submit(system.order_request("gamma")).status
    assert status.state != api.COMMAND_STATE_ACCEPTED
    return bool(status.reason == Reason.HALTED)


def nothing_increased_between(system: System, halt: int, resume: int) -> None:
    """By the journals: intents before and after, none between."""
    resumed = await_applied(system, resume)
    for partition in range(PARTITIONS):
        records = resumed[topics.EXECUTION, partition]
        first, last = applied_at(records, halt), applied_at(records, resume)
        assert first is not None and last is not None
        assert increasing(records[:first]) and not increasing(records[first:last])
        system.until("it goes on", lambda: increasing(system.journal(topics.EXECUTION, partition)[last:]))  # noqa: B023


def audited_halt(system: System, halt: int, resume: int, acked_ms: float) -> None:
    """The same, by SQL over the audit."""
    applied = f"""SELECT toString(topic), partition, max(timestamp_ms), max(offset) FROM oms.events
        WHERE valid AND event_type = 'ControlApplied' AND JSONExtractInt(json, 'control_offset') = %d GROUP BY topic, partition
        HAVING topic IN {JOURNALS}"""
    halted = {row[:2]: row[2:] for row in system.until("12 rows", lambda: twelve(system.rows(applied % halt)))}
    resumed = {row[:2]: row[2:] for row in system.until("12 rows", lambda: twelve(system.rows(applied % resume)))}
    assert max(at_ms for at_ms, _ in halted.values()) - acked_ms <= HALT_APPLIED_MS
    for partition in range(PARTITIONS):
        first, last = halted[topics.EXECUTION, partition][1], resumed[topics.EXECUTION, partition][1]
        between = f"topic = 'oms.execution' AND partition = {partition} AND offset >= {first} AND offset < {last}"
        increasing = "event_type = 'Intent' AND JSONExtractString(json, 'kind') IN ('NEW', 'REPLACE')"
        assert system.rows(f"SELECT count() FROM oms.events WHERE valid AND {between} AND {increasing}") == [(0,)]


def twelve(rows: list[Any]) -> list[Any] | None:
    return rows if len(rows) == len(JOURNALS) * PARTITIONS else None


# -- audit ------------------------------------------------------------------------------------------------------------------


def refusal(system: System) -> str:
    """Why a new order is not taken now; empty where it is."""
    try:
        status = system.client.submit(system.order_request("alpha", order_qty=1)).status
    except GatewayUnavailable as error:
        if Reason.AUDIT_BEHIND_AT_GATEWAY.name not in str(error):
            raise
        return "gateway"
    if status.state == api.COMMAND_STATE_REJECTED:
        assert status.reason == Reason.AUDIT_BEHIND
        return "risk"
    return ""


def test_without_the_audit_new_orders_are_refused_and_cancels_pass(system: System, figure: Figure) -> None:
    resting = [system.resting("alpha"), system.resting("gamma")]
    system.supervisor.stop_service("audit")
    stopped = time.monotonic()
    by = system.until("a refusal", lambda: refusal(system))
    refused_s = time.monotonic() - stopped
    figure(f"audit stopped: new orders refused (by {by}) after {refused_s:.1f} s, limit {AUDIT_LIMIT_S:.0f} s")
    assert refused_s <= AUDIT_LIMIT_S + 1
    system.until("past the limit", lambda: time.monotonic() - stopped > AUDIT_LIMIT_S)
    assert all(refusal(system) for _ in range(5))
    for order_id in resting:
        system.cancel(order_id)
        assert system.ends(order_id).ord_status == OrdStatus.CANCELED
    assert refusal(system)
    started = time.monotonic()
    system.supervisor.start_service("audit")
    system.until("entry resumes", lambda: not refusal(system))
    figure(f"audit started again: new orders taken after {time.monotonic() - started:.1f} s")


# -- the command line -------------------------------------------------------------------------------------------------------


@pytest.fixture
def oms(data: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """(exit code, output, errors) of a command."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_command_line([*arguments, "--data", str(data)])
        return code, *capsys.readouterr()

    return run


def test_the_command_line(system: System, data: Path, oms: Callable[..., tuple[int, str, str]]) -> None:
    system.until("the audit level", system.audited)
    code, out, err = oms("submit", "buy", "15", "CRUX", "--desk", "alpha", "--json")
    assert code == 0, (out, err)
    said = json.loads(out)
    assert (said["decision"], said["order"]["status"]) == ("ACCEPTED", "FILLED"), said

    def biography() -> list[str]:
        code, out, err = oms("order", said["id"], "--json")
        assert code == 0, (out, err)
        return [step["event"] for step in json.loads(out)["biography"]]

    wanted = {"NewOrder", "OrderAccepted", "ParentOpened", "RoutingDecision", "ChildNew", "Intent", "ChildReport"}
    system.until("the whole biography", lambda: wanted <= set(biography()))
    code, out, err = oms("sql", "INSERT INTO oms.records (topic) VALUES ('oms.orders')")
    assert code == 1 and "only reads" in err and err.count("\n") == 1, (out, err)
    code, out, err = oms("audit", "verify")
    assert code == 0 and out.strip().endswith(" 0 problems"), (out, err)


def test_the_command_as_a_process_of_its_own(system: System, data: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMS_")}
    command = [sys.executable, "-m", "oms.cli.main", "status", "--json", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["well"], (done.stdout, done.stderr)


# -- failure, stop and restart ----------------------------------------------------------------------------------------------


def venue_orders(evidence: Evidence, order_id: str) -> list[OrderFacts]:
    """What the venues have of a parent: the ClOrdID that they see is partition:child, the child parent.number."""
    return [o for o in evidence.orders if o.cl_ord_ids[0].partition(":")[2].rpartition(".")[0] == order_id]


def test_killing_execution_with_orders_in_flight(system: System, data: Path, figure: Figure) -> None:
    price, deep = system.far_price("ACME"), system.deep_price("ACME")
    sent: list[str] = []
    for number in range(12):
        limit = deep if number % 3 == 2 else price
        request = system.order_request(DESKS[number % 4], price=limit, wait_for_decision=False)
        sent.append(system.until("written", lambda: system.client.submit(request)).status.order_id)  # noqa: B023
        if number == 9:
            system.supervisor.kill("execution")
            killed = time.monotonic()
    known = {OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED}

    def settled() -> bool:
        now = [OrdStatus(system.client.order(order_id).ord_status) for order_id in sent]
        return all(status.is_terminal or status in known for status in now)

    system.until("every order known", settled)
    figure(f"execution killed: all of {len(sent)} orders known after {time.monotonic() - killed:.1f} s")
    for order_id in sent:
        if system.client.order(order_id).ord_status in known:
            system.cancel(order_id)
        system.ends(order_id)
    evidence = read_evidence(data / "venues")
    for order_id in sent:
        view, there = system.client.order(order_id), venue_orders(evidence, order_id)
        assert max(Counter(o.cl_ord_ids[0] for o in there).values(), default=0) <= 1, "sent twice"
        assert sum(o.cum for o in there) == view.cum_qty <= 10, (view, there)
        assert all(o.is_terminal for o in there), there
    assert any(system.client.order(order_id).cum_qty for order_id in sent)
    taken = [
        event.child_id
        for partition in range(PARTITIONS)
        for r in system.journal(topics.EXECUTION, partition)
        for event in r.envelope.events
        if isinstance(event, ChildTaken)
    ]
    assert len(set(taken)) == len(taken)


def test_every_service_shows_its_metrics_and_writes_lines_of_json(system: System, data: Path) -> None:
    """What the tests before did is on the pages, and the pages are the table: by the parsers, and by promtool where there is one."""
    ports = system.supervisor.health_ports
    samples = {name: telemetry_pages.scrape(ports[name], name, PARTITIONS) for name in SERVICES}
    value = telemetry_pages.value
    assert value(samples["risk"], "oms_decisions_total", kind="new", reason="ACCEPTED") >= 12
    assert value(samples["execution"], "oms_venue_session_up") == 4 * PARTITIONS
    assert value(samples["audit"], "oms_order_path_seconds_count", until="intended") >= 1
    assert value(samples["audit"], "oms_audit_rows_total", table="records") > 0
    assert value(samples["order-gateway"], "oms_rpc_total", method="OrderGatewayService/Submit", code="OK") >= 12
    assert value(samples["order-gateway"], "oms_order_path_seconds_count", until="filled") >= 1
    for name in SERVICES:
        said = read_health(f"http://127.0.0.1:{ports[name]}/readyz")
        child = system.supervisor.processes[name].child
        assert child is not None and said["pid"] == child.pid and said["latency_ms"].keys() == {"p50", "p99"}
        assert said["lag_records"] >= 0 and said["lag_seconds"] >= 0
        for line in (data / "logs" / f"{name}.log").read_text("utf-8").splitlines():
            jsonschema.validate(json.loads(line), log_schema.SCHEMA)


def test_a_clean_stop_and_a_restart_with_the_same_orders(system: System, data: Path, figure: Figure) -> None:
    open_before = {system.resting("alpha", "BOLT", "XBET"), system.resting("delta", "CRUX", "XGAM")}
    listed = {o.order_id: o.leaves_qty for o in system.client.all_orders(open_only=True)}
    assert open_before == set(listed)
    count = len(system.processes())
    assert count >= 8
    began = time.monotonic()
    system.stop()
    took = time.monotonic() - began
    figure(f"clean stop: {took:.1f} s, {count} processes")
    assert took <= STOPPED_S
    assert system.processes() == []
    codes = {n: p.child.poll() for n, p in system.supervisor.processes.items() if p.child is not None}
    assert set(codes.values()) == {0}, codes
    assert not (data / "run.json").exists()
    again = System(data)
    try:
        began = time.monotonic()
        again.start()
        figure(f"started again: {time.monotonic() - began:.1f} s")
        goes_on_with(again, data, listed)
        replay = again.replay()
        figure(replay.line)
        assert replay.good, replay.problems
    finally:
        again.stop()
    assert again.processes() == []


def goes_on_with(system: System, data: Path, listed: dict[str, int]) -> None:
    """The same orders are open, at the desk and at the venues, and can be worked with."""
    assert {o.order_id: o.leaves_qty for o in system.client.all_orders(open_only=True)} == listed
    for order_id in listed:
        (there,) = venue_orders(read_evidence(data / "venues"), order_id)
        assert not there.is_terminal and there.cum == 0
        system.cancel(order_id)
        assert system.ends(order_id).ord_status == OrdStatus.CANCELED
        (there,) = venue_orders(read_evidence(data / "venues"), order_id)
        assert there.status == "CANCELED"
    assert system.ends(system.accepted(system.order_request("beta"))).cum_qty == 10
