"""The audit's copy of the log replays as the log itself does, and shows a row that is missing: the shipped audit into a real engine."""

from collections.abc import Iterator

import pytest
from make_journals import fold, play

from oms.local.engine import Engine
from oms.runtime.audit_copy import AuditCopy
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.journal_verify import STAGE_RULES, stage_journals, verify_journals
from oms.runtime.log import LogError, OffsetOutOfRange, TopicPartition
from oms.runtime.migrations import migrate
from oms.testing.sim_log import SimLog
from oms.wire import topics

pytestmark = pytest.mark.integration

JOURNALS = stage_journals(dict.fromkeys(STAGE_RULES, 1))
RISK, CONTROL = TopicPartition(topics.RISK, 0), TopicPartition(topics.CONTROL, 0)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine.start(tmp_path_factory.mktemp("copy"))
    migrate(ClickHouse(ClickHouseSettings(running.url("oms_admin"))))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def log() -> SimLog:
    return play().log


@pytest.fixture
def client(engine: Engine, log: SimLog) -> Iterator[ClickHouse]:
    """Every record of the played day, as the audit wrote it."""
    admin = ClickHouse(ClickHouseSettings(engine.url("oms_admin")))
    for table in ("records", "quotes", "trades"):
        admin.command(f"TRUNCATE TABLE oms.{table}")
    writer = ClickHouse(ClickHouseSettings(engine.url("oms_writer")))
    settings = AuditSettings("copy", interval_s=0.0, progress_interval_s=0.0, trims=False)
    auditor = Auditor(log, ClickHouseAuditStore(writer), audited_partitions(1), settings)
    auditor.recover()
    for _ in range(5):  # a pass is cut after two seconds: on a busy machine one does not write everything
        auditor.step()
    writer.close()
    yield admin
    admin.close()


def test_it_has_the_bytes_of_the_log(client: ClickHouse, log: SimLog) -> None:
    copy = AuditCopy(client)
    for tp in audited_partitions(1):
        assert copy.starts([tp])[tp] == 0 and copy.ends([tp]) == log.ends([tp])
        reader, found = copy.reader({tp: 0}), []
        while records := reader.poll(0.0, 50):
            found += records
        assert found == log.known(tp).records, tp
        assert copy.reader({tp: 7}).poll(0.0, 3) == log.known(tp).records[7:10]


def test_readers_serve_all_their_partitions(client: ClickHouse, log: SimLog) -> None:
    reader = AuditCopy(client).reader({RISK: 0, CONTROL: 0})
    assert {r.topic for _ in range(2) for r in reader.poll(0.0, 1)} == {topics.RISK, topics.CONTROL}
    assert reader.known_ends() == log.ends([RISK, CONTROL])


def test_it_replays_to_the_same_states(client: ClickHouse, log: SimLog) -> None:
    ours, theirs = verify_journals(AuditCopy(client), JOURNALS), verify_journals(log, JOURNALS)
    assert ours.good and ours.hashes_compared == theirs.hashes_compared > 0 and ours.records == theirs.records


@pytest.mark.parametrize("tp", [RISK, CONTROL])
def test_a_row_that_is_gone_is_named(client: ClickHouse, tp: TopicPartition) -> None:
    client.command(
        f"ALTER TABLE oms.records DELETE WHERE topic = '{tp.topic}' AND offset = 5 SETTINGS mutations_sync = 1"
    )
    found = verify_journals(AuditCopy(client), JOURNALS)
    assert not found.good and all(f"{tp.topic}/0: row 5 is missing" in d for d in found.differences), found.differences
    assert {j.topic for j in found.journals if j.difference} >= {topics.RISK}


def test_a_row_that_is_there_twice_is_told(client: ClickHouse) -> None:
    client.command(f"INSERT INTO oms.records SELECT * FROM oms.records WHERE topic = '{topics.RISK}' AND offset = 5")
    with pytest.raises(OffsetOutOfRange, match=r"oms\.risk/0: row 5 is there twice"):
        AuditCopy(client).reader({RISK: 0}).poll(0.0)


def test_it_takes_nothing(client: ClickHouse) -> None:
    copy = AuditCopy(client)
    with pytest.raises(LogError):
        copy.appender(RISK)
    with pytest.raises(LogError):
        copy.delete_before({RISK: 1})


def test_its_views_have_credit_as_the_states_have_it(client: ClickHouse, log: SimLog) -> None:
    """What is held by risk's journal, granted by the grantor's, and by how much that is too much."""
    risk, grantor = (fold(log, topic).folded.state for topic in (topics.RISK, topics.CREDIT))
    held = {credit_id: credit.held for credit_id, credit in risk.credits.items()}
    lines = client.query(
        "SELECT credit_id, partition, granted, held FROM oms.credit_lines ORDER BY credit_id, partition"
    )
    assert {c: h for c, p, _, h in lines if p == 0} == held
    limits = grantor.granting.limits
    assert {c: g for c, p, g, _ in lines if c in limits and p == 0} == {
        c: limit.lines[0].granted for c, limit in limits.items()
    }
    told = client.query("SELECT credit_id, value, granted, over_by FROM oms.credit_limits ORDER BY credit_id")
    assert told == [(c, limit.value, limit.granted, limit.over_by) for c, limit in sorted(limits.items())]
    assert limits and client.query("SELECT count() FROM oms.credit_events WHERE limit_id = 'client.credit'")[0][0] > 8
