"""Alerts in the audit: what was open when, by the views, and `oms alerts --all`."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from alerts_world import WHO, Firm

from oms.cli.audit_query import database
from oms.cli.instance import running_instance
from oms.cli.main import run_command_line
from oms.core.control import AlertAcknowledged
from oms.core.monitors.alerts import AlertRaised
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate

pytestmark = pytest.mark.integration

LIMITS = (10, 100_000, 5, 100_000, 20)
"""60 are held: raised, cleared, raised, cleared, raised."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = Engine.start(tmp_path_factory.mktemp("alerts"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def firm(engine: Engine) -> Iterator[Firm]:
    admin, writer = (ClickHouse(ClickHouseSettings(engine.url(user))) for user in ("oms_admin", "oms_writer"))
    migrate(admin)
    made = Firm(ClickHouseAuditStore(writer))
    auditor = made.auditor()
    made.buy(60)
    made.path.run(20)
    for value in LIMITS:
        made.set_limit(value)
        made.path.run(10)
        auditor.step()
    written = [notice for notice in made.notices() if isinstance(notice.alert, AlertRaised)]
    for notice, who in ((written[0], "rita"), (written[-1], "carl")):
        seen = AlertAcknowledged(
            notice.alert.alert_id, "oms.risk", 0, notice.offset, f"{who} was told", 7, replace(WHO, entered_by=who)
        )
        made.path.control(seen)
    auditor.step()
    run = {
        "gateway": "127.0.0.1:1",
        "kafka": "127.0.0.1:1",
        "clickhouse": {"host": "127.0.0.1", "port": engine.tcp_port, "http_port": engine.http_port},
        "credentials": str(engine.folder / "credentials.json"),
    }
    (engine.folder.parent / "run.json").write_text(json.dumps(run))
    yield made
    for client in (admin, writer):
        client.close()


def test_each_time_that_an_alert_was_open_is_a_row(firm: Firm, engine: Engine) -> None:
    with database(running_instance(engine.folder.parent).clickhouse_url()) as client:
        found = client.query(
            "SELECT kind, scope, subject, value, threshold, open, words, cleared_ns > raised_ns FROM oms.alerts ORDER BY first_offset"
        )
        told = client.query("SELECT count() FROM oms.alert_events")
    assert found == [
        ("POSITION", "FIRM", "ACME", 60, 10, 0, 1, 1),
        ("POSITION", "FIRM", "ACME", 60, 5, 0, 1, 1),
        ("POSITION", "FIRM", "ACME", 60, 20, 1, 1, 0),
    ]
    assert told == [(5,)] and len(firm.notices()) == 5


def rows(engine: Engine, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run_command_line(["alerts", "--all", "--json", "--data", str(engine.folder.parent), *arguments]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_the_command_shows_what_is_over_too(firm: Firm, engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(engine, capsys)
    assert [(row["status"], row["value"], row["allowed"]) for row in found] == [
        ("open", "60", "20"), ("cleared", "60", "5"), ("cleared", "60", "10"),
    ]  # fmt: skip
    assert {row["of"] for row in found} == {"firm"} and all(row["text"] for row in found)
    assert [(row["acknowledged_by"], row["note"]) for row in found] == [
        ("carl", "carl was told"), ("", ""), ("rita", "rita was told"),
    ]  # fmt: skip
    assert rows(engine, capsys, "--desk", "alpha") == [] and len(rows(engine, capsys, "--count", "1")) == 1
