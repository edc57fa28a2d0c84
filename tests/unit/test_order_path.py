"""The order path whole, in one thread: real loops, rules and codec over the log in memory, through crashes and bad acks."""

import pytest
from path_world import DATE, NOW, WHO, WORLD

from oms.core.canonical import state_hash
from oms.core.commands import CancelOrder, NewOrder, order_id_of
from oms.core.control import ClockAnchor, Halt
from oms.core.enums import (
    Algorithm,
    HaltScope,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from oms.core.market import MarketMoment
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.core.routing_events import ParentChanged, ParentTraded
from oms.core.run_rule import Validity
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import TopicPartition
from oms.runtime.ownership import Phase
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_log import Fate
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope


def order(cl_ord_id: str, qty: int = 100, price: int | None = 100_100, **changes: object) -> NewOrder:
    values: dict[str, object] = {
        "desk_id": "alpha",
        "trading_date": DATE,
        "cl_ord_id": cl_ord_id,
        "account_id": "A1",
        "instrument_id": "ACME",
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "order_qty": qty,
        "price": price,
        "algorithm": Algorithm.BEST_PRICE,
        "venue_id": "",
        "twap": None,
        "good_until_ns": NOW + 10**15,
        "entered_ns": NOW,
        "trace_id": "",
        "provenance": WHO,
    }
    return NewOrder(**{**values, **changes})  # type: ignore[arg-type]


def cancel(cl_ord_id: str, of: str) -> CancelOrder:
    return CancelOrder("alpha", DATE, cl_ord_id, DATE, of, NOW, "", WHO)


@pytest.fixture
def path() -> Pipeline:
    p = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,))), SimVenue("XBET-P0", Script(True, (10**9,)))], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.quote("XBET", "ACME", (99_900, 500), (100_100, 500))
    p.run()
    return p


def valid_events(p: Pipeline, topic: str) -> list[object]:
    """Events of the valid records, by the same fold that recovery uses."""
    fold = JournalFold(p.log, RULES[topic](), TopicPartition(topic, p.partition))
    out: list[object] = []
    for record in p.log.reader({TopicPartition(topic, p.partition): 0}).poll(0.0, 1_000_000):
        if fold.apply(record) is Validity.VALID:
            envelope = decode_journal(record.value)
            assert isinstance(envelope, Envelope)
            out += envelope.events
    return out


def last_status(p: Pipeline, cl_ord_id: str) -> tuple[OrdStatus, int]:
    """(status, CumQty) of a parent as the router last said."""
    mine = [
        e
        for e in valid_events(p, topics.ROUTING)
        if isinstance(e, ParentChanged | ParentTraded) and e.order_id == order_id_of("alpha", DATE, cl_ord_id)
    ]
    return mine[-1].ord_status, mine[-1].cum_qty


def venue_fills(p: Pipeline) -> int:
    return sum(qty for v in p.venues.values() for o in v.distinct_orders() for _, qty in o.fills)


def test_an_order_sweeps_two_venues_and_is_filled(path: Pipeline) -> None:
    path.command(order("a1", 100))
    path.run()
    assert last_status(path, "a1") == (OrdStatus.FILLED, 100)
    assert sorted(o.order_qty for v in path.venues.values() for o in v.distinct_orders()) == [40, 60]


def test_risk_refuses_and_nothing_leaves(path: Pipeline) -> None:
    path.command(order("fat", 10_001))
    path.run()
    (rejected,) = [e for e in valid_events(path, topics.RISK) if isinstance(e, OrderRejected)]
    assert rejected.reason.name == "ORDER_QTY_LIMIT"
    assert venue_fills(path) == 0


def test_the_same_command_twice_is_one_order(path: Pipeline) -> None:
    path.command(order("a1", 100))
    path.command(order("a1", 100, entered_ns=NOW + 5))
    path.run()
    assert len([e for e in valid_events(path, topics.RISK) if isinstance(e, OrderAccepted)]) == 1
    assert venue_fills(path) == 100


def test_a_resting_order_is_cancelled_under_a_halt(path: Pipeline) -> None:
    for venue in path.venues.values():
        venue.script = Script(True, ())
    path.command(order("a1", 100, price=99_900))
    path.run()
    path.control(Halt(HaltScope.FIRM, "", False, "test", NOW, WHO))
    path.command(order("a2", 100))
    path.run()
    path.command(cancel("c1", "a1"))
    path.run()
    assert last_status(path, "a1") == (OrdStatus.CANCELED, 0)
    assert [e.reason.name for e in valid_events(path, topics.RISK) if isinstance(e, OrderRejected)] == ["HALTED"]


@pytest.mark.parametrize("topic", [topics.RISK, topics.ROUTING, topics.EXECUTION])
@pytest.mark.parametrize("after", range(12))
def test_kill_anywhere_loses_nothing_and_sends_nothing_twice(path: Pipeline, topic: str, after: int) -> None:
    path.command(order("a1", 100))
    path.run(after, 5_000_000)
    path.crash(topic)
    path.run(200)
    assert last_status(path, "a1") == (OrdStatus.FILLED, 100)
    assert venue_fills(path) == 100
    assert all(count == 1 for v in path.venues.values() for count in v.new_read.values())


@pytest.mark.parametrize("topic", [topics.RISK, topics.ROUTING, topics.EXECUTION])
@pytest.mark.parametrize("fate", [Fate.LOST, Fate.LANDS_UNACKED, Fate.LANDS_TWICE])
def test_an_ack_that_is_not_good_costs_a_pause_and_no_order(path: Pipeline, topic: str, fate: Fate) -> None:
    path.log.plan(TopicPartition(topic, 0), fate)
    path.command(order("a1", 100))
    path.run(300)
    assert last_status(path, "a1") == (OrdStatus.FILLED, 100)
    assert venue_fills(path) == 100


def test_the_older_of_two_owners_stops(path: Pipeline) -> None:
    older = path.loops[topics.RISK]
    path.start(topics.RISK)
    path.run()
    for _ in range(2):  # it sees that it is replaced, and reads the journal again
        older.turn(0.0)
    assert older.phase is Phase.FOLLOWING
    path.command(order("a1", 100))
    path.run()
    older.turn(0.0)
    assert last_status(path, "a1") == (OrdStatus.FILLED, 100)


def test_a_fold_from_zero_gives_the_state_of_the_owner(path: Pipeline) -> None:
    path.command(order("a1", 100))
    path.command(order("a2", 10_001))
    path.run()

    for topic, rules in RULES.items():
        fold = JournalFold(path.log, rules(), TopicPartition(topic, 0))
        for record in path.log.reader({TopicPartition(topic, 0): 0}).poll(0.0, 1_000_000):
            fold.apply(record)
        owner = path.loops[topic].state
        fold.fold_sides(tuple(path.loops[topic].cursors()))
        assert state_hash(fold.folded.state, 1) == state_hash(owner, 1), topic


def test_one_decision_sees_one_market(path: Pipeline) -> None:
    moment = MarketMoment(path.view)
    before = moment.instrument("ACME")
    path.quote("XALP", "ACME", (99_800, 500), (100_200, 60))
    assert moment.instrument("ACME") is before
    assert path.view.instrument("ACME") is not before


def test_a_restart_does_not_take_the_time_of_a_clock_that_was_stopped(path: Pipeline) -> None:
    """The clock is stopped after the last record; a new owner reads that before it writes anything."""
    path.command(order("a1", 100))
    path.run()
    stopped_ns = path.clock.wall_ns
    path.control(ClockAnchor(stopped_ns, stopped_ns, 0, "stopped"))
    path.clock.wall_ns += 3_600_000_000_000
    path.crash(topics.EXECUTION)
    path.run()
    times = []
    for record in path.log.reader({TopicPartition(topics.EXECUTION, 0): 0}).poll(0.0, 1_000_000):
        envelope = decode_journal(record.value)
        if isinstance(envelope, Envelope):
            times.append(envelope.event_time_ns)
    assert max(times) <= stopped_ns
