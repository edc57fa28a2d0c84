"""Orders over several days through the whole path: real loops, rules and codec over the log in memory, with processes that die in between.

A trading day is 6 s here, a night 14 s; nothing in the system counts days by their length.
"""

import pytest
from path_world import DATE, NOW, WHO, WORLD
from test_order_path import cancel, last_status, order, valid_events

from oms.core.canonical import state_hash
from oms.core.enums import ExecType, OrdStatus, TimeInForce
from oms.core.execution_events import ChildReport
from oms.core.reference import Calendar, Instrument, Interval
from oms.core.risk_events import OrderClosed
from oms.core.routing_events import ChildNew, ParentChanged, ParentTraded
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_venue import Script, SimOrder, SimVenue
from oms.wire import topics

SECOND = 10**9
DAY, NIGHT = 6 * SECOND, 14 * SECOND
MARKET = Calendar(
    "market",
    False,
    tuple(Interval(NOW + n * (DAY + NIGHT), NOW + n * (DAY + NIGHT) + DAY, DATE + n) for n in range(5)),
    "America/New_York",
)
STAGES = [topics.RISK, topics.ROUTING, topics.EXECUTION]


@pytest.fixture
def path() -> Pipeline:
    p = Pipeline([SimVenue("XALP-P0", Script(True, ())), SimVenue("XBET-P0", Script(True, ()))], NOW)
    instrument = Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "market", True)
    p.entities((MARKET, *(instrument if isinstance(e, Instrument) else e for e in WORLD)), WHO)
    quotes(p)
    p.run()
    return p


def quotes(p: Pipeline) -> None:
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.quote("XBET", "ACME", (99_800, 500), (100_100, 500))


def run_to(p: Pipeline, at_ns: int) -> None:
    p.run(max(1, (at_ns - p.clock.wall_ns) // 50_000_000), 50_000_000)


def close_of(day: int) -> int:
    return MARKET.intervals[day].close_ns


def open_of(day: int) -> int:
    return MARKET.intervals[day].open_ns


def open_at_venues(p: Pipeline) -> list[tuple[SimVenue, SimOrder]]:
    return [(v, o) for v in p.venues.values() for o in v.distinct_orders() if o.leaves]


def venue_fill(p: Pipeline, qty: int) -> None:
    ((venue, found),) = open_at_venues(p)
    venue.fill(found.cl_ord_ids[0], qty)


def told(p: Pipeline) -> list[tuple[ExecType, OrdStatus, int, int, int]]:
    """(ExecType, OrdStatus, CumQty, DayOrderQty, DayCumQty)"""
    return [
        (e.exec_type, e.ord_status, e.cum_qty, e.day_order_qty, e.day_cum_qty)
        for e in valid_events(p, topics.ROUTING)
        if isinstance(e, ParentChanged)
    ]


def folds_to_the_same(p: Pipeline) -> None:
    for topic, rules in RULES.items():
        fold = JournalFold(p.log, rules(), TopicPartition(topic, 0))
        for record in p.log.reader({TopicPartition(topic, 0): 0}).poll(0.0, 1_000_000):
            fold.apply(record)
        fold.fold_sides(tuple(p.loops[topic].cursors()))
        assert state_hash(fold.folded.state, 1) == state_hash(p.loops[topic].state, 1), topic


def three_days(p: Pipeline, dies: str, at: str) -> None:
    """100 GTC: 30 on the first day, none on the second, 70 on the third. `dies` is killed at the moment named."""

    def moment(name: str) -> None:
        if name == at:
            p.crash(dies)

    p.command(order("g", 100, 99_900, time_in_force=TimeInForce.GTC))
    p.run(40)
    venue_fill(p, 30)
    moment("in the first day")
    run_to(p, close_of(0) - SECOND // 10)
    moment("before the close")
    run_to(p, close_of(0) + 2 * SECOND)
    moment("in the night")
    run_to(p, open_of(1) - SECOND // 10)
    moment("before the open")
    run_to(p, open_of(1) + 2 * SECOND)
    moment("after the open")
    run_to(p, open_of(2) + 2 * SECOND)
    quotes(p)
    p.run(60)
    venue_fill(p, 70)
    p.run(60)


@pytest.mark.parametrize("dies", STAGES)
@pytest.mark.parametrize(
    "at", ["in the first day", "before the close", "in the night", "before the open", "after the open"]
)
def test_rule_21_a_gt_order_lives_through_days_and_restarts(path: Pipeline, dies: str, at: str) -> None:
    three_days(path, dies, at)
    assert last_status(path, "g") == (OrdStatus.FILLED, 100)
    days = [t for t in told(path) if t[0] in (ExecType.DONE_FOR_DAY, ExecType.RESTATED)]
    assert days == [
        (ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY, 30, 100, 30),
        (ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED, 30, 70, 0),
        (ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY, 30, 70, 0),
        (ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED, 30, 70, 0),
    ]
    fills = [e for e in valid_events(path, topics.ROUTING) if isinstance(e, ParentTraded)]
    assert [(e.last_qty, e.day_cum_qty, e.trade_date) for e in fills] == [(30, 30, DATE), (70, 70, DATE + 2)]
    assert sum(q for v in path.venues.values() for o in v.distinct_orders() for _, q in o.fills) == 100
    sent = [e for e in valid_events(path, topics.ROUTING) if isinstance(e, ChildNew)]
    assert [(e.order_qty, e.time_in_force) for e in sent] == [(n, TimeInForce.DAY) for n in (100, 70, 70)]
    assert all(count == 1 for v in path.venues.values() for count in v.new_read.values())
    folds_to_the_same(path)


@pytest.mark.parametrize("dies", STAGES)
def test_rule_23_an_expiry_survives_the_death_of_whoever_carries_it_out(path: Pipeline, dies: str) -> None:
    path.command(order("d", 100, 99_900))
    path.run(40)
    venue_fill(path, 30)
    run_to(path, close_of(0) - SECOND // 10)
    path.crash(dies)
    path.pass_time(2 * SECOND)  # it is down over the close
    path.run(120)
    assert last_status(path, "d") == (OrdStatus.EXPIRED, 30)
    assert not open_at_venues(path)
    closed = [e for e in valid_events(path, topics.RISK) if isinstance(e, OrderClosed)]
    assert [e.released_qty for e in closed] == [70]
    folds_to_the_same(path)


def test_rule_4_an_order_that_is_done_for_the_day_stays_reserved(path: Pipeline) -> None:
    path.command(order("g", 100, 99_900, time_in_force=TimeInForce.GTC))
    run_to(path, close_of(0) + 2 * SECOND)
    assert last_status(path, "g") == (OrdStatus.DONE_FOR_DAY, 0)
    assert not [e for e in valid_events(path, topics.RISK) if isinstance(e, OrderClosed)]
    path.command(cancel("c", "g"))
    path.run()
    assert last_status(path, "g") == (OrdStatus.CANCELED, 0)


def test_rule_21_a_fill_that_crosses_the_close_is_of_its_day_and_bounds_the_next(path: Pipeline) -> None:
    """The venue executes just before the close and the report is late: the child is unknown to be done until then."""
    path.command(order("g", 100, 99_900, time_in_force=TimeInForce.GTC))
    run_to(path, close_of(0) - SECOND // 5)
    path.crash(topics.EXECUTION)
    venue_fill(path, 40)
    path.pass_time(SECOND)
    run_to(path, open_of(1) + 2 * SECOND)
    assert last_status(path, "g")[1] == 40
    reports = [e for e in valid_events(path, topics.EXECUTION) if isinstance(e, ChildReport)]
    assert sum(e.last_qty for e in reports if e.exec_type is ExecType.TRADE) == 40
    ((_, found),) = open_at_venues(path)
    assert found.leaves == 60
    folds_to_the_same(path)
