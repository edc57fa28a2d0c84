"""A rolling upgrade over real processes: every stage replaced twice while orders flow, reconciled to the last fill; and a downgrade refused.

What runs first is what ships. Then a release that reads the new events, and then one that writes them, as docs/upgrade.md says.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from system_world import PARTITIONS, System

from oms.cli.status import read_health
from oms.core.enums import OrdStatus
from oms.local.child import ComponentChild, start_child
from oms.local.ports import free_port
from oms.local.supervisor import Process
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.kafka import KafkaLog
from oms.runtime.lifecycle import EXIT_TOO_OLD
from oms.testing.reconcile_facts import OrderRow, compare
from oms.testing.reconcile_sources import await_audit, read_facts, venue_log_directory
from oms.testing.workload import Runner, plan_for
from oms.venues.evidence import read_evidence
from oms.wire.envelope import RELEASE, Release
from oms.wire.topics import JOURNAL_OF_STAGE

pytestmark = pytest.mark.integration

ENTRY = Path(__file__).parents[1] / "release_service.py"
STAGES = ("execution", "router", "risk")
"""Who reads a journal is replaced before who writes it."""

READS_NEXT = RELEASE.reader_version + 1
BRIDGE = Release(READS_NEXT, RELEASE.min_reader_version, RELEASE.schema_version)
AFTER = Release(READS_NEXT, READS_NEXT, RELEASE.schema_version + 1)
"""BRIDGE reads what AFTER writes, and writes what is written today."""

STANDBY = {"OMS_STANDBY": "1", "OMS_HEARTBEAT_MS": "150", "OMS_SILENCE_MS": "600"}
SEED, ORDERS, FLOW_S = 11, 90, 14
SETTLE_S, ENDS_S = 60.0, 20.0

Figure = Callable[[str], None]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(tmp_path_factory.mktemp("upgrade"), STANDBY)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def figure(capsys: pytest.CaptureFixture[str]) -> Figure:
    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}", end="")

    return show


def standby_of(system: System, stage: str, release: Release, name: str) -> tuple[Process, int]:
    """A process of another release beside the one that runs, and its health port."""
    port, env = free_port(), system.supervisor.processes[stage].env
    argv = [
        sys.executable,
        str(ENTRY),
        stage,
        *map(str, (release.reader_version, release.min_reader_version, release.schema_version)),
    ]
    process = Process(stage, argv, {**env, "OMS_HEALTH_PORT": str(port)}, system.data / "logs" / f"{stage}-{name}.log")
    process.start()
    return process, port


def phases(port: int) -> set[str]:
    """Of all partitions; none while the process does not answer."""
    try:
        said = read_health(f"http://127.0.0.1:{port}/readyz")
    except (OSError, ValueError):
        return set()
    return {p["phase"] for p in said["partitions"]} if said["ready"] else set()


def replaced(system: System, stage: str, successor: Process, port: int, kill: bool) -> float:
    """End the owner, in order or not; the seconds until the successor owns every partition."""
    supervisor = system.supervisor
    old, began = supervisor.processes[stage].child, time.monotonic()
    assert old is not None
    supervisor.processes[stage], supervisor.health_ports[stage] = successor, port
    old.kill() if kill else old.ask_to_stop()
    system.until(f"{stage} taken over", lambda: phases(port) == {"running"})
    took = time.monotonic() - began
    assert old.wait(ENDS_S) == (-9 if kill else 0)
    return took


def upgraded(system: System, release: Release, name: str, killed: str, figure: Figure) -> None:
    """All stages, one after the other; `killed` is not stopped but lost."""
    standbys = {stage: standby_of(system, stage, release, name) for stage in STAGES}
    for stage, (_, port) in standbys.items():
        system.until(f"a {name} {stage} that follows", lambda: phases(port) == {"following"})  # noqa: B023
    for stage, (process, port) in standbys.items():
        took = replaced(system, stage, process, port, stage == killed)
        figure(
            f"{stage} → {name}, {'killed' if stage == killed else 'stopped'}: all partitions owned after {took:.1f} s"
        )


def reconciled(system: System, runner: Runner) -> tuple[OrderRow, ...]:
    """Every order, compared at the venues, in the journals and in ClickHouse."""
    assert system.supervisor.kafka is not None
    log, client = KafkaLog(system.supervisor.kafka), ClickHouse(ClickHouseSettings(system.supervisor.clickhouse_url))
    try:
        await_audit(log, PARTITIONS, client, SETTLE_S)
        evidence = read_evidence(venue_log_directory(system.supervisor.stores))
        return compare(read_facts(log, PARTITIONS, evidence, client, frozenset(runner.acknowledged())))
    finally:
        client.close()
        log.close()


def test_every_stage_is_replaced_while_orders_flow(system: System, figure: Figure) -> None:
    tape_ns = system.client.control_status().tape_ns
    flow = Runner.over(
        system.client, plan_for(system.client, SEED, tape_ns, tape_ns + FLOW_S * 10**9, ORDERS, len(STAGES), "up")
    )
    flow.start()
    try:
        upgraded(system, BRIDGE, "bridge", "risk", figure)
        upgraded(system, AFTER, "after", "router", figure)
    finally:
        flow.join(SETTLE_S)
    finished = flow.finish(SETTLE_S)
    assert not finished.open_order_ids and not flow.refused
    rows = reconciled(system, flow)
    assert [row for row in rows if row.differences] == []
    filled = sum(row.parent_qty > 0 for row in rows)
    assert len(rows) >= len(flow.acknowledged()) > ORDERS // 2 and filled > ORDERS // 4
    figure(f"{len(rows)} orders, {filled} executed, none differs")


def test_the_journals_of_three_releases_replay_as_one(system: System, figure: Figure) -> None:
    verdict = system.replay(READS_NEXT)
    figure(verdict.line)
    assert verdict.good, verdict.problems
    claims = [
        j.claims for j in verdict.journals if j.topic in JOURNAL_OF_STAGE.values()
    ]  # nobody serves clients by FIX here
    assert len(claims) == len(JOURNAL_OF_STAGE) * PARTITIONS and min(claims) >= 3, "each release owned each partition"
    for topic in JOURNAL_OF_STAGE.values():
        written = [r.envelope.schema_version for p in range(PARTITIONS) for r in system.journal(topic, p)]
        assert set(written) == {RELEASE.schema_version, AFTER.schema_version}, topic


def older(system: System, stage: str) -> tuple[ComponentChild, Path]:
    """The shipped service, started against journals that a newer release wrote; and where its lines go."""
    env = {**system.supervisor.processes[stage].env, "OMS_HEALTH_PORT": "0"}
    output = system.data / "logs" / f"{stage}-older.log"
    return start_child([sys.executable, "-m", f"services.{stage}.app"], output, env=env), output


def test_an_older_release_refuses_and_says_what_to_do(system: System) -> None:
    """Nothing of it reaches the journals, and whoever owns goes on."""
    started = {stage: older(system, stage) for stage in STAGES}
    try:
        for stage, (process, output) in started.items():
            system.until(f"the older {stage} ends", lambda: process.poll() is not None, ENDS_S)  # noqa: B023
            assert process.poll() == EXIT_TOO_OLD
            lines = [json.loads(line) for line in output.read_text("utf-8").splitlines() if line.startswith("{")]
            critical = [line for line in lines if line["level"] == "CRITICAL"]
            assert critical and not any("error" in line for line in critical), "no traceback: nothing is broken"
            assert "start the newer release again" in critical[-1]["message"] and "\n" not in critical[-1]["message"]
            assert phases(system.supervisor.health_ports[stage]) == {"running"}
    finally:
        for process, _ in started.values():
            process.kill()


def test_the_newer_release_trades_on(system: System) -> None:
    claims = [j.claims for j in system.replay(READS_NEXT).journals]
    bought = system.ends(system.accepted(system.order_request("alpha")))
    assert (bought.ord_status, bought.cum_qty) == (OrdStatus.FILLED, 10)
    assert [j.claims for j in system.replay(READS_NEXT).journals] == claims
