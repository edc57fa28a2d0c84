"""What the chaos runner reads of a log, on the real order path in memory: clean as it is, and with its verdict where somebody tampers."""

from dataclasses import replace

import pytest

from oms.core.commands import NewOrder, Provenance, order_id_of
from oms.core.enums import Algorithm, LimitKind, LimitScope, OrdType, Side, TimeInForce
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, Venue, VenueSession
from oms.runtime.log import TopicPartition
from oms.testing.chaos.desk import key_of_command
from oms.testing.chaos.readings import Readings
from oms.testing.history import Append, History, Outcome, Verdict, check
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_journal, encode_envelope
from oms.wire.envelope import Envelope

WHO = Provenance("ann", "", "test", "ann", "")
NOW = 1_736_175_600_000_000_000
DATE = 20250106
RISK = TopicPartition(topics.RISK, 0)


def limit(kind: LimitKind, value: int) -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", "ACME", "USD", Amount(value))


WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True),
    Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), (VenueSession(0, "XALP-P0"),), 10, True),
    Desk("alpha", "Alpha", 0, True),
    Account("A1", "alpha", "USD", (), True),
    limit(LimitKind.ORDER_QTY, 10_000),
    limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    limit(LimitKind.PRICE_COLLAR_BPS, 500),
    limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    limit(LimitKind.POSITION_QTY, 100_000),
    limit(LimitKind.OPEN_ORDERS, 1_000),
)


def order(cl_ord_id: str) -> NewOrder:
    return NewOrder(
        "alpha", DATE, cl_ord_id, "A1", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.IOC, 100, 100_100,
        Algorithm.BEST_PRICE, "", None, NOW + 10**12, NOW, "", WHO,
    )  # fmt: skip


@pytest.fixture
def path() -> Pipeline:
    """Three orders worked to their end, one of them across a crash of risk, one sent twice."""
    made = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,)))], NOW)
    made.entities(WORLD, WHO)
    made.quote("XALP", "ACME", (99_900, 300), (100_000, 300))
    made.run(20)
    made.command(order("a1"))
    made.run(20)
    made.crash(topics.RISK)
    made.command(order("a2"))
    made.command(order("a2"))
    made.run(40)
    made.command(order("a3"))
    made.run(40)
    return made


def findings(readings: Readings) -> list[Verdict]:
    readings.read()
    commands = [order("a1"), order("a2"), order("a3")]
    place = (topics.ORDERS, 0)
    keys = [key_of_command(command) for command in commands]
    asked = [Append(place, key, Outcome.OK, None, n * 10, n * 10 + 1, n + 1) for n, key in enumerate(keys)]
    in_bytes = History(
        polls=readings.polls,
        ends=readings.ends,
        void=readings.void,
        acted=readings.acted,
        positions=readings.positions,
    )
    in_commands = History(
        appends=asked,
        polls=readings.command_polls(),
        commands=dict.fromkeys(keys, True),
        decided=readings.decided(),
    )
    return [finding.verdict for finding in (*check(in_bytes), *check(in_commands))]


def test_the_order_path_as_it_is_has_no_findings(path: Pipeline) -> None:
    readings = Readings(path.log, 1)
    assert findings(readings) == []
    assert len(readings.command_polls()[0].seen) == 4 and len(readings.decided()) == 3
    assert readings.claims == 4, "three stages, and one that was started again"
    assert {act.source[0] for act in readings.acted} >= {topics.ORDERS, topics.RISK, topics.ROUTING, topics.EXECUTION}


def test_reading_again_finds_what_is_new_and_nothing_else(path: Pipeline) -> None:
    readings = Readings(path.log, 1)
    assert findings(readings) == []
    read = sum(len(poll.seen) for poll in readings.polls)
    assert findings(readings) == [] and sum(len(poll.seen) for poll in readings.polls) == read
    path.run(40)
    assert findings(readings) == [] and sum(len(poll.seen) for poll in readings.polls) > read


def test_a_changed_record_is_found(path: Pipeline) -> None:
    readings = Readings(path.log, 1)
    assert findings(readings) == []
    records = path.log.partitions[RISK].records
    records[2] = replace(records[2], value=records[2].value + b"\0")
    assert findings(readings) == [Verdict.TWO_VALUES]


def test_a_log_that_lost_its_end_is_found(path: Pipeline) -> None:
    readings = Readings(path.log, 1)
    assert findings(readings) == []
    del path.log.partitions[RISK].records[-1]
    assert Verdict.LOST in findings(readings)


def last_valid(path: Pipeline, of: str) -> tuple[int, Envelope]:
    """Of a journal's valid records the last that was decided from the topic `of`, and the run seq that comes next."""
    found: list[tuple[int, Envelope]] = []
    for record in path.log.partitions[RISK].records:
        content = decode_journal(record.value)
        if isinstance(content, Envelope):
            found.append((content.run_seq, content))
    return found[-1][0] + 1, next(e for _, e in reversed(found) if e.source.topic == of)


def test_a_second_decision_about_one_input_is_found(path: Pipeline) -> None:
    run_seq, decided = last_valid(path, topics.ORDERS)
    path.log.appender(RISK).append(None, encode_envelope(topics.RISK, replace(decided, run_seq=run_seq)))
    found = findings(Readings(path.log, 1))
    assert Verdict.DECIDED_TWICE in found and {Verdict.DUPLICATE, Verdict.REORDERED} & set(found)


def test_a_void_record_counts_for_nothing(path: Pipeline) -> None:
    """The same record off plan: it is there, and it is no decision."""
    run_seq, decided = last_valid(path, topics.ORDERS)
    path.log.appender(RISK).append(None, encode_envelope(topics.RISK, replace(decided, run_seq=run_seq + 1)))
    readings = Readings(path.log, 1)
    assert findings(readings) == []
    assert readings.void == {RISK: frozenset({readings.ends[RISK] - 1})}


def test_a_command_that_is_not_there_is_found(path: Pipeline) -> None:
    records = path.log.partitions[TopicPartition(topics.ORDERS, 0)].records
    assert order_id_of("alpha", DATE, "a1") in key_of_command(order("a1"))
    records[0] = replace(records[0], value=records[1].value)
    found = findings(Readings(path.log, 1))
    assert Verdict.LOST in found and Verdict.DUPLICATE in found
