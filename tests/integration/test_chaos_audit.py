"""What the chaos runner reads of a real ClickHouse beside the log, and the verdict where the two differ."""

from collections.abc import Iterator

import pytest
from audit_world import FILLS, NOW, ORDER_ID, PARTITIONS, empty_log, put_intake, quote, tell_story

from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate
from oms.testing.chaos.readings import Readings
from oms.testing.history import History, Verdict, check
from oms.testing.sim_log import SimLog
from oms.venues.evidence import Evidence
from oms.wire import topics

pytestmark = pytest.mark.integration

NOTHING = Evidence((), {}, True)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine.start(tmp_path_factory.mktemp("chaos-audit"))
    migrate(ClickHouse(ClickHouseSettings(running.url("oms_admin"))))
    yield running
    running.stop()


@pytest.fixture
def admin(engine: Engine) -> Iterator[ClickHouse]:
    """Empty tables."""
    client = ClickHouse(ClickHouseSettings(engine.url("oms_admin")))
    for table in ("records", "quotes", "trades"):
        client.command(f"TRUNCATE TABLE oms.{table}")
    yield client
    client.close()


@pytest.fixture
def log(engine: Engine, admin: ClickHouse) -> SimLog:
    """The story of one order, audited to its end."""
    told = empty_log()
    tell_story(told)
    writer = ClickHouse(ClickHouseSettings(engine.url("oms_writer")))
    settings = AuditSettings("a", interval_s=0.0, progress_interval_s=0.0)
    auditor = Auditor(told, ClickHouseAuditStore(writer), PARTITIONS, settings, lambda: NOW)
    auditor.recover()
    ends = told.ends(PARTITIONS)
    for _ in range(200):
        auditor.step()
        if admin.query("SELECT count() FROM oms.records") == [(sum(ends.values()),)]:
            break
    writer.close()
    return told


def verdicts(log: SimLog, client: ClickHouse) -> list[Verdict]:
    """Of the log and the audit together."""
    readings = Readings(log, 1)
    readings.set_due()
    readings.read()
    polls = [*readings.polls, *readings.audit_polls(client)]
    return [f.verdict for f in check(History(polls=polls, ends=readings.ends, audited=readings.audited(client)))]


def changed(client: ClickHouse, what: str) -> None:
    client.command(f"ALTER TABLE oms.records {what} SETTINGS mutations_sync = 1")


def test_what_the_audit_wrote_is_what_the_log_has(log: SimLog, admin: ClickHouse) -> None:
    assert verdicts(log, admin) == []


def test_a_row_that_is_missing_is_a_hole(log: SimLog, admin: ClickHouse) -> None:
    changed(admin, "DELETE WHERE topic = 'oms.routing' AND offset = 2")
    assert verdicts(log, admin) == [Verdict.GAP, Verdict.AUDIT_HOLE]


def test_a_row_that_is_there_twice_is_a_double(log: SimLog, admin: ClickHouse) -> None:
    admin.command(
        "INSERT INTO oms.records SELECT * FROM oms.records WHERE topic = 'oms.market' AND offset = 0 "
        "SETTINGS deduplicate_insert = 'disable'"
    )
    assert verdicts(log, admin) == [Verdict.AUDIT_DOUBLE]


def test_a_row_with_other_bytes_is_two_values(log: SimLog, admin: ClickHouse) -> None:
    changed(admin, "UPDATE value = concat(value, '!') WHERE topic = 'oms.orders' AND offset = 0")
    assert verdicts(log, admin) == [Verdict.TWO_VALUES]


def test_rows_of_what_the_log_lost_are_found(log: SimLog, admin: ClickHouse) -> None:
    for partition in log.partitions.values():
        if partition.records and partition.records[-1].topic == topics.MARKET:
            del partition.records[-1]
    assert verdicts(log, admin) == [Verdict.LOST]


def test_what_came_after_it_was_asked_for_is_not_due(log: SimLog, admin: ClickHouse) -> None:
    readings = Readings(log, 1)
    readings.set_due()
    put_intake(log, topics.MARKET, quote("XV", 10_010, 500))
    assert check(History(audited=readings.audited(admin))) == ()
    readings.set_due()
    assert [f.verdict for f in check(History(audited=readings.audited(admin)))] == [Verdict.AUDIT_HOLE]


def test_fills_are_read_from_every_book(log: SimLog, admin: ClickHouse) -> None:
    """The story has no venue log and risk never booked: that is what is found, and nothing else."""
    readings = Readings(log, 1)
    readings.read()
    fills = readings.fills(NOTHING, admin)
    told = {(ORDER_ID, f"{venue}/x{n}", price, qty) for n, (venue, qty, price) in enumerate(FILLS, 1)}
    assert {name: set(those) for name, those in fills.items()} == {
        "the venues": set(),
        "execution": told,
        "the router": told,
        "risk": set(),
        "ClickHouse": told,
    }
    assert all(len(those) in (0, len(told)) for those in fills.values()), "a void record is no fill"
    assert [f.verdict for f in check(History(fills=fills))] == [Verdict.FILLS_DIFFER] * 3
