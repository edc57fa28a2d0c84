"""The audit against a real ClickHouse engine and a log in memory: exactly once, whatever is killed; provable; asked by SQL."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from audit_world import (
    NEW,
    NOW,
    ORDER_ID,
    PARTITIONS,
    child,
    empty_log,
    put,
    put_intake,
    quote,
    records_of,
    tell_story,
)

from oms.core.access import AccessRefused, TokenChanged
from oms.core.enums import Role, TokenChangeKind
from oms.core.reasons import Reason
from oms.local.engine import Engine, compliance_user, standard_users
from oms.runtime.audit_store import AuditStore, ClickHouseAuditStore
from oms.runtime.audit_verify import VerifyResult, read_progress, verify
from oms.runtime.auditor import PLANS, AuditInterrupted, Auditor, AuditSettings, AuditStopped
from oms.runtime.clickhouse import (
    ClickHouse,
    ClickHouseError,
    ClickHouseRefused,
    ClickHouseSettings,
    ClickHouseUnavailable,
)
from oms.runtime.log import TopicPartition
from oms.runtime.migrations import MIGRATIONS_DIR, MigrationError, migrate
from oms.testing.sim_log import Fate, SimLog
from oms.wire import topics
from oms.wire.audit_rows import Prefix, PrefixFault
from oms.wire.envelope import AuditProgress

pytestmark = pytest.mark.integration

DESK_USERS = tuple(
    compliance_user(f"compliance_{desk}", row_filters={"oms.records": f"desk_id = '{desk}'"})
    for desk in ("alpha", "beta")
)
ORDERS = TopicPartition(topics.ORDERS, 0)
MARKET = TopicPartition(topics.MARKET, 0)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine.start(tmp_path_factory.mktemp("audit"), users=(*standard_users(), *DESK_USERS))
    migrate(ClickHouse(ClickHouseSettings(running.url("oms_admin"))))
    yield running
    running.stop()


Connect = Callable[[str], ClickHouse]


@pytest.fixture
def connect(engine: Engine) -> Iterator[Connect]:
    """One connection per user's name, to empty tables."""
    made: dict[str, ClickHouse] = {}

    def of(user: str) -> ClickHouse:
        if user not in made:
            made[user] = ClickHouse(ClickHouseSettings(engine.url(user)))
        return made[user]

    for table in ("records", "quotes", "trades"):
        of("oms_admin").command(f"TRUNCATE TABLE oms.{table}")
    yield of
    for client in made.values():
        client.close()


def auditor(log: SimLog, store: AuditStore, name: str = "a", **settings: float) -> Auditor:
    wanted = {"interval_s": 0.0, "progress_interval_s": 0.0, **settings}
    made = Auditor(log, store, PARTITIONS, AuditSettings(name, **wanted), lambda: NOW)
    made.recover()
    return made


def store_of(connect: Connect) -> ClickHouseAuditStore:
    return ClickHouseAuditStore(connect("oms_writer"))


def assert_exactly_once(log: SimLog, client: ClickHouse) -> VerifyResult:
    """Every record of the log, from the first on, once; proven by the verification and counted beside it."""
    ends = log.ends(PARTITIONS)
    written = dict(
        client.query("SELECT (toString(topic), partition), count() FROM oms.records GROUP BY topic, partition")
    )
    assert {tuple(tp): count for tp, count in ends.items() if count} == written
    result = verify(client, read_progress(log))
    assert result.problems == ()
    assert result.rows == sum(ends.values())
    return result


class BreakingStore:
    """The real store until the insert number `breaks_at`, whose answer is lost before or after it was made."""

    def __init__(self, store: AuditStore, breaks_at: int, after: bool) -> None:
        self._store, self._left, self._after = store, breaks_at, after

    def prefix(self, tp: TopicPartition) -> Prefix:
        return self._store.prefix(tp)

    def alert_records(self, tp: TopicPartition, from_offset: int, count: int) -> list[tuple[int, bytes]]:
        return self._store.alert_records(tp, from_offset, count)

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], token: str) -> None:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise ClickHouseUnavailable("cut off before the insert")
        self._store.insert(table, rows, token)
        if self._left == 0:
            raise ClickHouseUnavailable("cut off after the insert")


# Exactly once


def test_every_record_is_written_once_and_progress_says_so(connect: Connect) -> None:
    log = empty_log()
    tell_story(log)
    auditor(log, store_of(connect)).step()
    assert_exactly_once(log, connect("oms_admin"))
    progress = read_progress(log)
    assert {tp: p.prefix for tp, p in progress.items()} == log.ends(PARTITIONS)
    assert {p.caught_up_wall_ns for p in progress.values()} == {NOW}


def test_two_audits_at_once_give_no_duplicate(connect: Connect) -> None:
    log = empty_log()
    both = [auditor(log, store_of(connect), name) for name in ("a", "b")]
    for turn in range(12):
        tell_story(log) if turn == 0 else put_intake(log, topics.ORDERS, NEW)
        both[turn % 2].read()
        if turn % 3 == 0:
            put_intake(log, topics.ORDERS, NEW)  # the other one reads more and plans a longer batch
        both[1 - turn % 2].read()
        for one in both if turn % 4 else reversed(both):
            one.write()
    for one in both:
        one.step()
        assert one.prefixes() == log.ends(PARTITIONS)
    assert_exactly_once(log, connect("oms_admin"))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("breaks_at", range(1, 7))
def test_a_crash_at_any_insert_leaves_no_duplicate_and_no_hole(connect: Connect, breaks_at: int, after: bool) -> None:
    log = empty_log()
    tell_story(log)
    doomed = auditor(log, BreakingStore(store_of(connect), breaks_at, after))
    with pytest.raises(ClickHouseUnavailable):
        doomed.step()
    put_intake(log, topics.ORDERS, NEW)  # the next audit reads more than the plan holds
    put_intake(log, topics.MARKET, quote("XV", 10_015, 500))
    successor = auditor(log, store_of(connect), "b")
    for _ in range(3):
        successor.step()
    assert_exactly_once(log, connect("oms_admin"))
    shown = connect("oms_admin").query("SELECT count(), uniqExact(partition, offset, index_in_record) FROM oms.quotes")
    assert shown == [(8, 8)]


def test_killed_between_insert_and_progress(connect: Connect) -> None:
    log = empty_log()
    tell_story(log)
    doomed = auditor(log, store_of(connect), progress_interval_s=1e12)
    doomed.read()
    doomed.write()  # and never publishes
    assert read_progress(log) == {}
    auditor(log, store_of(connect), "b").step()
    assert_exactly_once(log, connect("oms_admin"))
    assert {tp: p.prefix for tp, p in read_progress(log).items()} == log.ends(PARTITIONS)


def test_a_plan_whose_fate_is_unknown_is_everyones_batch_if_it_landed(connect: Connect) -> None:
    log = empty_log()
    put_intake(log, topics.ORDERS, NEW)
    doubtful = auditor(log, store_of(connect))
    log.plan(PLANS, Fate.LANDS_UNACKED)
    with pytest.raises(AuditInterrupted):
        doubtful.step()
    put_intake(log, topics.ORDERS, NEW)
    doubtful.recover()
    doubtful.step()
    assert doubtful.prefixes()[ORDERS] == 1
    doubtful.step()
    assert_exactly_once(log, connect("oms_admin"))


def test_a_restarted_audit_goes_on_with_run_chain_epochs_and_reference(connect: Connect) -> None:
    log = empty_log()
    tell_story(log)
    held = {tp: log.partitions[tp].records for tp in PARTITIONS}
    for length in range(1, 6):  # each record by an audit of its own
        for tp in PARTITIONS:
            log.partitions[tp].records = held[tp][:length]
        auditor(log, store_of(connect)).step()
    assert_exactly_once(log, connect("oms_admin"))


def test_rows_of_another_log_stop_the_audit(connect: Connect) -> None:
    log = empty_log()
    tell_story(log)
    auditor(log, store_of(connect)).step()
    with pytest.raises(AuditInterrupted, match="belongs to another log"):
        auditor(empty_log(), store_of(connect))
    log.delete_before({MARKET: 3})
    put_intake(log, topics.MARKET, quote("XV", 10_015, 500))
    log.delete_before({MARKET: 4})
    with pytest.raises(AuditStopped, match="records are lost to the audit"):
        auditor(log, store_of(connect))


def test_market_is_trimmed_below_what_is_written_and_plans_when_they_are_done(connect: Connect) -> None:
    log = empty_log()
    tell_story(log)
    one = auditor(log, store_of(connect), market_kept_s=0.0)
    one.step()
    one.trim()
    assert log.starts([MARKET, ORDERS]) == {MARKET: 3, ORDERS: 0}
    assert log.starts([PLANS]) == log.ends([PLANS])
    put_intake(log, topics.MARKET, quote("XV", 10_015, 500))
    one.step()
    auditor(log, store_of(connect)).step()
    assert verify(connect("oms_admin"), read_progress(log)).problems == ()


def test_the_audit_behind_does_not_say_that_it_caught_up(connect: Connect) -> None:
    log = empty_log()
    one = auditor(log, store_of(connect))
    one.publish()
    assert read_progress(log)[ORDERS] == AuditProgress(*ORDERS, 0, bytes(32), NOW)
    late = Auditor(log, store_of(connect), PARTITIONS, AuditSettings("late"), lambda: NOW + 5)
    late.recover()
    put_intake(log, topics.ORDERS, NEW)
    late.publish()
    assert read_progress(log)[ORDERS].caught_up_wall_ns == 0


# Provable


def tampered(connect: Connect, *statements: str) -> tuple[str, ...]:
    """The problems found after an administrator changed the tables behind the audit's back."""
    log = empty_log()
    tell_story(log)
    auditor(log, store_of(connect)).step()
    admin = connect("oms_admin")
    for statement in statements:
        admin.command(statement + " SETTINGS mutations_sync = 2" if statement.startswith("ALTER") else statement)
    return verify(admin, read_progress(log)).problems


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE value = concat(value, 'x') WHERE topic = 'oms.risk' AND offset = 1", "oms.risk/0, offset 1: changed"),
        ("UPDATE timestamp_ms = 1 WHERE topic = 'oms.orders'", "oms.orders/0, offset 0: changed"),
        ("UPDATE validity = 'valid', accepted = 1 WHERE topic = 'oms.routing' AND offset = 4", "oms.routing/0, offset 4: changed: validity"),
        ("UPDATE events = ['{}'] WHERE topic = 'oms.orders'", "oms.orders/0, offset 0: changed: events"),
        ("DELETE WHERE topic = 'oms.routing' AND offset = 2", "oms.routing/0, offset 2: missing"),
        ("DELETE WHERE topic = 'oms.routing' AND offset = 4", "oms.routing/0, offset 4: missing"),
    ],
)  # fmt: skip
def test_a_changed_row_is_found_and_named(connect: Connect, change: str, found: str) -> None:
    problems = tampered(connect, f"ALTER TABLE oms.records {change}")
    assert len(problems) == 1
    assert problems[0].startswith(found)


def test_a_changed_quote_is_found_and_named(connect: Connect) -> None:
    problems = tampered(connect, "ALTER TABLE oms.quotes UPDATE ask_px = 1 WHERE offset = 1 AND index_in_record = 1")
    assert problems == ("oms.market/0, offset 1: its rows in oms.quotes are not what its bytes say",)


def test_a_row_written_twice_is_found(connect: Connect) -> None:
    problems = tampered(connect, "INSERT INTO oms.records SELECT * FROM oms.records WHERE topic = 'oms.orders'")
    assert problems == ("oms.orders/0, offset 0: there more than once",)
    with pytest.raises(PrefixFault, match="oms audit verify"):
        store_of(connect).prefix(ORDERS)


def test_a_history_rewritten_with_its_chain_differs_from_the_published_head(connect: Connect) -> None:
    log, forged = empty_log(), empty_log()
    tell_story(log)
    auditor(log, store_of(connect)).step()
    put_intake(forged, topics.ORDERS, replace(NEW, order_qty=1))
    admin = connect("oms_admin")
    admin.command("ALTER TABLE oms.records DELETE WHERE topic = 'oms.orders' SETTINGS mutations_sync = 2")
    rows = Prefix(*ORDERS).rows_of(records_of(forged, topics.ORDERS))
    ClickHouseAuditStore(admin).insert("records", rows.records, "forged")
    assert verify(admin).problems == ()
    (problem,) = verify(admin, read_progress(log)).problems
    assert problem == "oms.orders/0, offset 0: the audit chain up to it is not the one published in oms.audit-progress"


# Asked by SQL


def written_story(connect: Connect, **story: Any) -> ClickHouse:
    log = empty_log()
    tell_story(log, **story)
    auditor(log, store_of(connect)).step()
    return connect("compliance")


def test_orders_executions_and_positions(connect: Connect) -> None:
    client = written_story(connect)
    assert client.query(
        "SELECT order_id, desk_id, account_id, ord_status, order_qty, cum_qty, leaves_qty, notional, avg_px FROM orders"
    ) == [(ORDER_ID, "alpha", "A1", "FILLED", 400, 400, 0, 4_002_500, Decimal("100.0625"))]
    assert client.query("SELECT exec_id, venue_id, signed_qty, last_px FROM executions ORDER BY cum_qty") == [
        ("x1", "YV", 300, 10_005),
        ("x2", "XV", 100, 10_010),
    ]
    assert client.query("SELECT child_id, last_qty FROM child_executions ORDER BY offset") == [
        (f"{ORDER_ID}.1", 300),
        (f"{ORDER_ID}.2", 100),
    ]
    assert client.query("SELECT * FROM positions") == [("A1", "IBM", 50, 400, 0, 450)]


def test_the_biography_has_every_event_in_order_with_its_inputs(connect: Connect) -> None:
    client = written_story(connect)
    rows = client.query(
        "SELECT event_type, market_snapshot != '', decision_inputs != '' FROM order_biography "
        "WHERE order_id = %(order_id)s ORDER BY step",
        {"order_id": ORDER_ID},
    )
    assert rows == [
        ("NewOrder", 0, 0), ("OrderAccepted", 0, 1), ("ParentOpened", 0, 0), ("ParentChanged", 0, 0),
        ("RoutingDecision", 1, 0), ("ChildNew", 0, 0), ("ChildNew", 0, 0), ("ChildReport", 0, 0), ("ChildReport", 0, 0),
        ("ParentTraded", 0, 0), ("ParentTraded", 0, 0),
    ]  # fmt: skip


def test_decoded_tables_answer(connect: Connect) -> None:
    client = written_story(connect)
    assert client.query("SELECT kind, side, order_qty, price, entered_by FROM commands") == [
        ("NewOrder", "BUY", 400, 10_020, "eve")
    ]
    assert client.query("SELECT thresholds, after, reference_price FROM risk_events WHERE valid") == [
        ([2**70], [-5], 10_000)
    ]
    assert client.query("SELECT entity_kind, entity_id, version, valid FROM reference_changes ORDER BY version") == [
        ("Instrument", "IBM", 0, 1), ("Account", "A1", 1, 1), ("Venue", "XV", 2, 1), ("Venue", "YV", 3, 1), ("Venue", "XV", 4, 0),
    ]  # fmt: skip
    assert client.query("SELECT kind FROM control_records") == [("ControlHeartbeat",)]
    for view in ("routing_events", "execution_events", "events", "quotes", "trades", "instruments", "accounts"):
        assert client.query(f"SELECT count() FROM {view}")[0][0] > 0


def test_refused_calls_and_tokens_are_a_table(connect: Connect) -> None:
    log = empty_log()
    put_intake(
        log, topics.ACCESS,
        AccessRefused(NOW + 5, "/m", "10.0.0.1", "ann", "12345678", Reason.REVOKED_TOKEN, "gone", 7, NOW, "gw"),
    )  # fmt: skip
    changed = TokenChanged(NOW, "ann", "12345678", TokenChangeKind.ADDED, (Role.TRADER, Role.ADMIN), ("*",), "gw")
    put_intake(log, topics.ACCESS, changed)
    auditor(log, store_of(connect)).step()
    assert connect("compliance").query(
        "SELECT kind, person_id, token_id, reason, change, method, peer, count, text, roles, desks, toUnixTimestamp64Nano(at) FROM access "
        "ORDER BY offset"
    ) == [
        ("AccessRefused", "ann", "12345678", "REVOKED_TOKEN", "", "/m", "10.0.0.1", 7, "gone", [], [], NOW + 5),
        ("TokenChanged", "ann", "12345678", "", "ADDED", "", "", 1, "", ["TRADER", "ADMIN"], ["*"], NOW),
    ]


THROUGHS = "SELECT venue_id, untaken_qty, net_better, gross_better FROM trade_throughs"


def test_best_execution_has_no_trade_through_and_a_venue_ignored_is_one(connect: Connect) -> None:
    assert written_story(connect).query(THROUGHS) == []
    for table in ("records", "quotes", "trades"):
        connect("oms_admin").command(f"TRUNCATE TABLE oms.{table}")
    ignored = written_story(connect, children=(child(1, "XV", 400, 10_010),))
    assert ignored.query(THROUGHS) == [("YV", 300, 1, 1)]


def test_fees_make_a_gross_trade_through_no_net_one(connect: Connect) -> None:
    # XV costs 20 ppm: its 100.049 gross would be 100.051 net, and YV's free 100.05 is better
    log = empty_log()
    tell_story(log)
    one = auditor(log, store_of(connect))
    one.step()
    client = connect("compliance")
    nets = dict(client.query("SELECT venue_id, touch_net FROM decision_quotes"))
    assert nets == {"XV": 10_010 * 10**6 * (10**6 + 20), "YV": 10_005 * 10**12}


def test_users_see_and_write_only_what_they_may(connect: Connect) -> None:
    client = written_story(connect)
    for user in ("compliance", "compliance_alpha"):
        with pytest.raises(ClickHouseRefused, match="privileges"):
            connect(user).command("INSERT INTO oms.quotes (offset) VALUES (1)")
    with pytest.raises(ClickHouseRefused, match="privileges"):
        connect("oms_writer").command("ALTER TABLE oms.records DELETE WHERE 1")
    assert client.query("SELECT count() FROM orders") == [(1,)]
    assert connect("compliance_alpha").query("SELECT count() FROM executions") == [(2,)]
    assert connect("compliance_beta").query("SELECT count() FROM events") == [(0,)]


# The schema


def test_migrations_are_repeatable_and_refuse_a_changed_file(engine: Engine, connect: Connect, tmp_path: Path) -> None:
    admin = connect("oms_admin")
    assert migrate(admin) == []
    for path in MIGRATIONS_DIR.glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    number = len(list(tmp_path.iterdir())) + 1
    (tmp_path / f"{number:04d}_more.sql").write_text("-- a view\nCREATE VIEW oms.more AS SELECT 1 AS one;\n", "utf-8")
    assert migrate(admin, tmp_path) == [f"{number:04d}_more"]
    assert migrate(admin, tmp_path) == []
    with pytest.raises(MigrationError, match="use a newer release"):
        migrate(admin)
    (tmp_path / "0001_records.sql").write_text("CREATE TABLE oms.records (n Int8) ENGINE = Memory;\n", "utf-8")
    with pytest.raises(MigrationError, match="0001_records was changed"):
        migrate(admin, tmp_path)
    admin.command("DROP DATABASE oms SYNC")
    again = ClickHouse(ClickHouseSettings(engine.url("oms_admin")))
    assert len(migrate(again)) == number - 1
    again.close()


def test_the_address_is_asked_for_in_one_line() -> None:
    with pytest.raises(ClickHouseError, match="CLICKHOUSE_URL is not set"):
        ClickHouseSettings.from_environment({})
    absent = ClickHouse(ClickHouseSettings("clickhouse://u:secret@127.0.0.1:1/oms"))
    with pytest.raises(ClickHouseUnavailable, match=r"no ClickHouse at 127.0.0.1:1: is it running\?"):
        absent.query("SELECT 1")


def test_five_thousand_records_a_second(connect: Connect) -> None:
    log = empty_log()
    for _ in range(1_000):
        for ask in (10_010, 10_011, 10_012, 10_013):
            put_intake(log, topics.MARKET, quote("XV", ask, 500))
        put_intake(log, topics.ORDERS, NEW)
    put(log, topics.DEAD_LETTERS, b"")
    one = auditor(log, store_of(connect))
    began = time.monotonic()
    one.step()
    taken = time.monotonic() - began
    assert one.prefixes() == log.ends(PARTITIONS)
    print(f"{5_000 / taken:.0f} records/s")
    assert taken < 2.0, "twice the time at the promised rate: machines differ"
