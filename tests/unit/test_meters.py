"""The plain counters behind the metrics: buckets, the last minute, lag in time, the path of an order, and what the audit writes."""

import random
from typing import Any

import pytest
from audit_world import NEW, NOW, PARTITIONS, empty_log, put_intake, records_of, tell_story

from oms.runtime.audit_meter import AuditMeter, OrderPaths
from oms.runtime.auditor import Auditor, AuditSettings
from oms.runtime.histogram import BOUNDS_NS, LOOK_EVERY_NS, WINDOW_LOOKS, Histogram, Recent, quantile_ms
from oms.runtime.lag_watch import Cursor, Lag, LagWatch
from oms.runtime.log import LogUnavailable, TopicPartition
from oms.runtime.renewed import RenewedAppender
from oms.testing.pipeline import ManualClock
from oms.testing.sim_log import Fate, SimLog
from oms.wire import topics
from oms.wire.audit_rows import Prefix, RecordRow

MS, SECOND_NS = 1_000_000, 1_000_000_000
ORDERS = TopicPartition(topics.ORDERS, 0)
PROGRESS = TopicPartition(topics.AUDIT_PROGRESS, 0)


# -- histograms -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(seed: int) -> None:
    generator, histogram = random.Random(seed), Histogram()
    values = [int(generator.lognormvariate(15, 2)) for _ in range(1_000)]
    for value in values:
        histogram.observe(value)
    assert histogram.sum_ns == sum(values) and sum(histogram.counts) == len(values)
    for part in (0.5, 0.9, 0.99):
        true, shown = sorted(values)[int(part * len(values)) - 1], quantile_ms(histogram.counts, part)
        assert shown is not None
        bucket = next((i for i, bound in enumerate(BOUNDS_NS) if true <= bound), len(BOUNDS_NS) - 1)
        assert ([0, *BOUNDS_NS][bucket]) / MS <= shown <= BOUNDS_NS[bucket] / MS, (seed, part)


def test_edges_of_a_histogram() -> None:
    histogram = Histogram()
    assert quantile_ms(histogram.counts, 0.5) is None
    for ns in (-5, 0, BOUNDS_NS[0], BOUNDS_NS[0] + 1, 10**15):
        histogram.observe(ns)
    assert (histogram.counts[0], histogram.counts[1], histogram.counts[-1]) == (3, 1, 1)
    assert quantile_ms(histogram.counts, 1.0) == BOUNDS_NS[-1] / MS


def test_recent_forgets_what_is_older_than_a_minute() -> None:
    histogram = Histogram()
    recent = Recent(lambda: [histogram, Histogram()])
    assert recent.latency_ms() == {"p50": None, "p99": None}
    recent.look(LOOK_EVERY_NS)
    histogram.observe(SECOND_NS)
    assert recent.latency_ms()["p50"] == pytest.approx(1000, rel=0.5)
    for number in range(2, WINDOW_LOOKS + 2):
        recent.look(number * LOOK_EVERY_NS)
    assert recent.latency_ms() == {"p50": None, "p99": None}
    histogram.observe(MS)
    recent.look(LOOK_EVERY_NS * (WINDOW_LOOKS + 1) + 1)  # too soon: not a look
    assert recent.latency_ms()["p99"] == pytest.approx(1, abs=0.1)


# -- lag --------------------------------------------------------------------------------------------------------------------


class World:
    """A log, a clock, and a reader whose place the test sets."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.log = SimLog({topics.ORDERS: 1}, NOW // MS)
        self.cursors = {ORDERS: Cursor(0)}
        self.watch = LagWatch(self.log, lambda: self.cursors, self.clock)

    def append(self, count: int = 1) -> None:
        appender = self.log.appender(ORDERS)
        for _ in range(count):
            appender.append(None, b"x")

    def after(self, seconds: int) -> Lag:
        """Time passes, the broker is asked, and this is what is said then."""
        self.clock.wall_ns += seconds * SECOND_NS
        self.log.now_ms = self.clock.wall_ns // MS
        self.watch.look()
        return self.watch.lags()[ORDERS]


def test_a_reader_that_has_everything_has_no_lag_however_old_the_last_record_is() -> None:
    world = World()
    world.append()
    world.cursors = {ORDERS: Cursor(1, NOW // MS)}
    assert world.after(0) == world.after(3_600) == Lag(0, 0.0)
    world.append()  # after an hour of silence: one new record is no hour of lag
    lag = world.after(2)
    assert lag.records == 1 and lag.seconds <= 2


def test_a_reader_that_stands_falls_behind_second_by_second() -> None:
    world = World()
    assert world.after(0) == Lag(0, 0.0)
    world.append(3)
    assert [world.after(1) for _ in range(3)] == [Lag(3, 1.0), Lag(3, 2.0), Lag(3, 3.0)]
    world.cursors = {ORDERS: Cursor(3)}
    assert world.watch.lags()[ORDERS] == Lag(0, 0.0)


def test_a_reader_that_trails_a_steady_flow_is_judged_by_what_it_has_read() -> None:
    """It never has everything at a look; its lag stays that of the trail."""
    world = World()
    for second in range(20):
        world.append(10)
        world.cursors = {ORDERS: Cursor(max(0, 10 * second - 10))}
        lag = world.after(1)
    assert lag.records == 20 and 1 <= lag.seconds <= 3


def test_a_backlog_found_at_the_start_is_as_old_as_the_broker_says() -> None:
    world = World()
    world.append(5)
    world.clock.wall_ns += 60 * SECOND_NS
    world.cursors = {ORDERS: Cursor(2, NOW // MS)}
    assert world.after(0) == Lag(3, 60.0)


def test_a_broker_that_does_not_answer_leaves_the_last_look_and_a_growing_lag() -> None:
    world = World()
    assert world.after(0) == Lag(0, 0.0)
    world.append()
    assert world.after(1) == Lag(1, 1.0)

    def gone(partitions: object) -> Any:
        raise LogUnavailable("no broker answered in time")

    world.log.ends = gone  # type: ignore[method-assign]
    assert world.after(9) == Lag(1, 10.0)


# -- the audit --------------------------------------------------------------------------------------------------------------


class Tables:
    """An audit store in memory that remembers rows by table; a token is written once."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Any]] = {"quotes": [], "trades": [], "records": []}
        self._tokens: set[tuple[str, str]] = set()

    def prefix(self, tp: TopicPartition) -> Prefix:
        return Prefix(*tp)

    def alert_records(self, tp: TopicPartition, from_offset: int, count: int) -> list[tuple[int, bytes]]:
        return []

    def insert(self, table: str, rows: Any, token: str) -> None:
        if (table, token) not in self._tokens:
            self._tokens.add((table, token))
            self.rows[table] += rows


def audited(log: SimLog, meter: AuditMeter, name: str = "a") -> tuple[Auditor, Tables]:
    store = Tables()
    settings = AuditSettings(name, interval_s=0.0, progress_interval_s=0.0)
    auditor = Auditor(log, meter.around(store), PARTITIONS, settings, lambda: log.now_ms * MS, meter.written)
    auditor.recover()
    return auditor, store


def test_the_audit_counts_what_it_writes_and_how_far_it_is() -> None:
    log = empty_log()
    tell_story(log)
    meter = AuditMeter()
    auditor, store = audited(log, meter)
    assert auditor.lags() == {}
    auditor.publish()
    before = {tp: lag.records for tp, lag in auditor.lags().items()}
    assert before[ORDERS] == 1 and sum(before.values()) == sum(
        len(records_of(log, t)) for t in {tp.topic for tp in PARTITIONS}
    )
    while any(lag.records for lag in auditor.lags().values()):
        auditor.step()
    assert meter.rows == {table: len(rows) for table, rows in store.rows.items()}
    assert sum(meter.read.values()) == meter.rows["records"] == sum(before.values())
    assert all(lag == Lag(0, 0.0) for lag in auditor.lags().values())
    put_intake(log, topics.ORDERS, NEW)
    log.now_ms += 4_000
    auditor.publish()
    assert auditor.lags()[ORDERS] == Lag(1, pytest.approx(4, abs=1))
    said = meter.health(auditor)
    assert said["lag_records"] == 1 and len(said["partitions"]) == len(PARTITIONS)  # type: ignore[arg-type]


def test_progress_that_nobody_acknowledges_is_not_said_over_and_over() -> None:
    """A log that takes it more slowly than it comes would answer none of it in time, and the audit would look dead to risk."""
    log = empty_log()
    auditor, _ = audited(log, AuditMeter())
    log.hold_acks(PROGRESS)
    before = log.ends([PROGRESS])[PROGRESS]
    for _ in range(20):
        put_intake(log, topics.ORDERS, NEW)
        auditor.step()
    assert log.ends([PROGRESS])[PROGRESS] - before == 2 * len(PARTITIONS)
    log.release_acks(PROGRESS)
    for _ in range(20):
        put_intake(log, topics.ORDERS, NEW)
        auditor.step()
    assert log.ends([PROGRESS])[PROGRESS] - before >= 22 * len(PARTITIONS)


def test_a_producer_of_progress_that_failed_is_replaced_and_what_waited_is_forgotten() -> None:
    log = empty_log()
    appender = RenewedAppender(log, PROGRESS)
    for _ in range(3):
        appender.append(b"k", b"v")
    assert appender.waiting == 3
    log.plan(PROGRESS, Fate.LOST)
    appender.append(b"k", b"lost")
    appender.look()
    assert appender.waiting == 0
    appender.append(b"k", b"v")
    appender.look()
    assert appender.waiting == 0 and log.ends([PROGRESS])[PROGRESS] == 4


def test_a_second_auditors_plans_are_counted() -> None:
    log = empty_log()
    tell_story(log)
    meters = AuditMeter(), AuditMeter()
    (one, _), (other, _) = (audited(log, meter, name) for meter, name in zip(meters, "ab", strict=True))
    for auditor in (one, other):
        auditor.read()
        auditor.write()
    assert one.later_plans == 0 and other.recoveries == 1
    shown = {m.labels: m.value for m in meters[1].measures(other) if m.name == "oms_duplicates_total"}
    assert shown == {("audit_plan",): other.later_plans} and other.later_plans > 0


def rows() -> dict[str, list[RecordRow]]:
    log = empty_log()
    tell_story(log)
    return {
        topic: Prefix(topic, 0).rows_of(records_of(log, topic)).records
        for topic in (topics.ORDERS, topics.RISK, topics.ROUTING)
    }


@pytest.mark.parametrize("backwards", [False, True])
def test_the_path_of_an_order_does_not_depend_on_the_order_of_reading(backwards: bool) -> None:
    paths, story = OrderPaths(), rows()
    for topic in sorted(story, reverse=backwards):
        paths.take(story[topic])
        paths.take(story[topic])  # a batch that is written once more counts once
    found = {until: (sum(h.counts), h.sum_ns) for (_, until), h in paths.histograms.items()}
    (accepted,) = (r for r in story[topics.RISK] if "OrderAccepted" in r.event_types)
    (filled, *_) = (r for r in story[topics.ROUTING] if "ParentTraded" in r.event_types)
    assert found == {"decided": (1, accepted.recorded_ns - NOW), "filled": (1, filled.recorded_ns - NOW)}


def test_orders_that_never_end_do_not_pile_up() -> None:
    paths, (row,) = OrderPaths(kept=10), rows()[topics.ORDERS]
    for number in range(1_000):
        paths.take([row._replace(order_ids=(f"alpha/20250106/x{number}",))])
    assert len(paths._orders) == 10
