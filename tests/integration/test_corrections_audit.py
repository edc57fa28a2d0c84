"""Busts and corrections in the audit: every view counts what stands, and `oms fills` shows what was taken back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corrections_world import World
from test_fills import rows

from oms.cli.audit_query import database
from oms.cli.instance import running_instance
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate
from oms.testing.reconcile_facts import fold_execution, fold_routing
from oms.testing.reconcile_sources import audit_facts, events_of
from oms.wire import topics

pytestmark = pytest.mark.integration

SCHEDULE = (
    ("fill", 0, 40), ("fill", 0, 30), ("correct", 0, 24), ("hold", 0, 10), ("lose", 0, 1), ("wait", 0, 1), ("bust", 3, 1), ("run", 0, 1),
    ("fill", 0, 60), ("run", 0, 1), ("bust", 0, 1), ("run", 0, 1), ("enter", 0, 1), ("fill", 0, 60), ("fill", 0, 60), ("run", 0, 1),
    ("bust", 4, 1), ("correct", 2, 7), ("run", 0, 1),
)  # fmt: skip
"""Live and filled orders, a chain of two, one trade that is only inferred when it is taken back."""


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    made.enter()
    for what, which, much in SCHEDULE:
        if what == "enter":
            made.enter()
        else:
            made.act(what, which, much)
    made.finish()
    return made


@pytest.fixture(scope="module")
def data(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("corrections")
    engine = Engine.start(folder)
    admin, writer = (ClickHouse(ClickHouseSettings(engine.url(user))) for user in ("oms_admin", "oms_writer"))
    migrate(admin)
    settings = AuditSettings("a", interval_s=0.0, progress_interval_s=0.0)
    now = world.p.clock.now_ns
    auditor = Auditor(world.p.log, ClickHouseAuditStore(writer), audited_partitions(1), settings, now)
    auditor.recover()
    auditor.step()
    run = {
        "gateway": "127.0.0.1:1",
        "kafka": "127.0.0.1:1",
        "clickhouse": {"host": "127.0.0.1", "port": engine.tcp_port, "http_port": engine.http_port},
        "credentials": str(engine.folder / "credentials.json"),
    }
    (folder / "run.json").write_text(json.dumps(run))
    yield folder
    for client in (admin, writer):
        client.close()
    engine.stop()


@pytest.fixture
def client(data: Path) -> Iterator[ClickHouse]:
    with database(running_instance(data).clickhouse_url()) as made:
        yield made


def test_rule_20_the_audits_executions_are_those_that_stand_at_the_venues(world: World, client: ClickHouse) -> None:
    facts = audit_facts(client)
    parents, children = (
        fold_routing(events_of(world.p.log, topics.ROUTING, 1)),
        fold_execution(events_of(world.p.log, topics.EXECUTION, 1)),
    )
    assert sum(parent.corrected for parent in parents.values()) >= 5
    for order_id, parent in parents.items():
        audit = facts[order_id]
        assert audit.executions == frozenset(parent.fills)
        assert audit.child_executions == frozenset(
            fill for child in parent.children if child in children for fill in children[child].fills
        )
        assert (audit.status, audit.cum_qty, audit.notional) == (parent.status.name, parent.cum_qty, parent.notional)
        assert parent.cum_qty == sum(fill.qty for fill in parent.fills)
    stands = {
        (made.cl_ord_ids[0].partition(":")[2], name, px, qty)
        for made in world.orders()
        for name, (qty, px) in made.standing.items()
    }
    assert {(f.child_id, f.exec_id, f.px, f.qty) for a in facts.values() for f in a.executions} == stands


def test_rule_20_positions_and_averages_count_corrected_figures(world: World, client: ClickHouse) -> None:
    figures = [figure for made in world.orders() for figure in made.standing.values()]
    qty, paid = sum(q for q, _ in figures), sum(q * px for q, px in figures)
    assert client.query("SELECT account_id, instrument_id, qty FROM oms.positions") == [("A1", "ACME", qty)]
    assert client.query("SELECT sum(cum_qty), sum(notional) FROM oms.orders") == [(qty, paid)]
    vwap = client.query("SELECT sum(last_qty), sum(toInt128(last_qty) * last_px) FROM oms.executions")
    assert vwap == [(qty, paid)]
    changed = client.query("SELECT sum(signed_qty), sum(notional_change) FROM oms.corrections")[0]
    told = client.query(
        "SELECT sum(JSONExtractInt(json, 'last_qty')), sum(JSONExtractInt(json, 'last_qty') * JSONExtractInt(json, 'last_px')) "
        "FROM oms.routing_events WHERE event_type = 'ParentTraded' AND valid"
    )[0]
    superseded = client.query(
        "SELECT sum(JSONExtractInt(json, 'last_qty') * (JSONExtractInt(json, 'last_px') - JSONExtractInt(json, 'inferred_px'))) "
        "FROM oms.routing_events WHERE event_type = 'TradeSuperseded' AND valid"
    )[0][0]
    assert (told[0] + changed[0], told[1] + superseded + changed[1]) == (qty, paid)


def test_fills_show_corrections_and_busts_and_sum_to_what_stands(
    world: World, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[dict[str, Any]] = rows(data, capsys)
    kinds = {row["kind"] for row in found}
    assert kinds >= {"TRADE_CANCEL", "TRADE_CORRECT"}
    stands = [figure for made in world.orders() for figure in made.standing.values()]
    assert sum(int(row["qty"]) for row in found) == sum(qty for qty, _ in stands)
    busts = [row for row in found if row["kind"] == "TRADE_CANCEL"]
    assert all(row["qty"] == "0" and int(row["old_qty"]) > 0 and row["exec_ref_id"] for row in busts)
    (named,) = rows(data, capsys, busts[0]["exec_id"])
    assert named == busts[0]
    assert busts[0] in rows(data, capsys, busts[0]["exec_ref_id"])
