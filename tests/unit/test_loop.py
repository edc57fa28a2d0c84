"""The loop's promises, one by one: order of reading at a start, timers, marks, effects after acks, ownership, and loud stops."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from oms.core.commands import CancelOrder, NewOrder, Provenance, TwapParameters
from oms.core.control import ControlHeartbeat, Halt
from oms.core.enums import (
    Algorithm,
    HaltScope,
    LimitKind,
    LimitScope,
    OrdType,
    Side,
    TimeInForce,
)
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, Venue, VenueSession
from oms.core.risk import RiskRules, RiskState
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.core.routing_events import ChildNew, SliceDone
from oms.core.run_rule import Validity
from oms.core.stage import CommandInput, Input
from oms.runtime.control_ahead import KEPT, ControlAhead
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalBroken, JournalFold
from oms.runtime.log import Record, TopicPartition
from oms.runtime.ownership import Phase
from oms.runtime.presence import SILENCE_NS
from oms.runtime.run import MARK_AFTER_NS
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_log import Fate
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_intake, decode_journal, encode_claim, encode_envelope
from oms.wire.envelope import READER_VERSION, Claim, DeadLetter, Envelope

WHO = Provenance("ann", "", "test", "ann", "")
NOW = 1_736_175_600_000_000_000
DATE = 20250106
SECOND_NS = 1_000_000_000
CONTROL = TopicPartition(topics.CONTROL, 0)
BATCH = 500
"""What a reader hands out at once: more records than that are read in several turns."""


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
)


def order(
    cl_ord_id: str, now_ns: int = NOW, twap: TwapParameters | None = None, good_until_ns: int = NOW + 10**15
) -> NewOrder:
    return NewOrder(
        desk_id="alpha",
        trading_date=DATE,
        cl_ord_id=cl_ord_id,
        account_id="A1",
        instrument_id="ACME",
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        time_in_force=TimeInForce.DAY,
        order_qty=100,
        price=100_100,
        algorithm=Algorithm.TWAP if twap else Algorithm.BEST_PRICE,
        venue_id="",
        twap=twap,
        good_until_ns=good_until_ns,
        entered_ns=now_ns,
        trace_id="",
        provenance=WHO,
    )


@pytest.fixture
def path() -> Pipeline:
    p = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,)))], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 5_000), (100_000, 5_000))
    p.run()
    return p


def records(p: Pipeline, topic: str) -> list[Record]:
    return p.log.reader({TopicPartition(topic, 0): 0}).poll(0.0, 1_000_000)


def events(p: Pipeline, topic: str) -> list[object]:
    fold = JournalFold(p.log, RULES[topic](), TopicPartition(topic, 0))
    out: list[object] = []
    for record in records(p, topic):
        if fold.apply(record) is Validity.VALID:
            envelope = decode_journal(record.value)
            assert isinstance(envelope, Envelope)
            out += envelope.events
    return out


def rejections(p: Pipeline) -> list[str]:
    return [e.reason.name for e in events(p, topics.RISK) if isinstance(e, OrderRejected)]


def accepted(p: Pipeline) -> list[str]:
    return [e.order.cl_ord_id for e in events(p, topics.RISK) if isinstance(e, OrderAccepted)]


def tamper(p: Pipeline, topic: str, change: Callable[[Envelope], Envelope]) -> None:
    """Change the last record of a journal, as no process would."""
    partition = p.log.partitions[TopicPartition(topic, 0)]
    last = partition.records[-1]
    envelope = decode_journal(last.value)
    assert isinstance(envelope, Envelope)
    partition.records[-1] = replace(last, value=encode_envelope(topic, change(envelope)))


# --- a start


def test_no_timer_fires_before_the_inputs_are_read_to_their_ends(path: Pipeline) -> None:
    """The cancel lies behind more records than one read brings; the slices were due long ago."""
    path.command(order("t1", twap=TwapParameters(NOW + 5 * SECOND_NS, NOW + 900 * SECOND_NS, 3)))
    path.run(20)
    for n in range(BATCH + 100):
        path.command(order(f"late{n}", good_until_ns=1))
    path.command(CancelOrder("alpha", DATE, "c1", DATE, "t1", NOW, "", WHO))
    for _ in range(20):
        path.loops[topics.RISK].turn(0.0)
    path.pass_time(100 * SECOND_NS)
    path.crash(topics.ROUTING)
    path.run()
    routed = events(path, topics.ROUTING)
    assert len(rejections(path)) == BATCH + 100
    assert not [e for e in routed if isinstance(e, SliceDone | ChildNew)]


def test_a_new_owner_reads_control_to_its_end_before_it_judges_an_order(path: Pipeline) -> None:
    for _ in range(BATCH + 100):
        path.control(ControlHeartbeat("test", path.clock.wall_ns))
    path.control(Halt(HaltScope.FIRM, "", False, "test", NOW, WHO))
    path.command(order("a1"))
    path.crash(topics.RISK)
    path.run()
    assert rejections(path) == ["HALTED"]


def test_a_new_owner_knows_how_old_control_is_though_nothing_new_came(path: Pipeline) -> None:
    path.control_limit_ns = 5 * SECOND_NS
    path.crash(topics.RISK)
    for _ in range(5):
        path.loops[topics.RISK].turn(0.0)
    path.command(order("a1"))
    path.loops[topics.RISK].turn(0.0)
    assert accepted(path) == ["a1"]


def test_silence_of_control_denies_new_orders(path: Pipeline) -> None:
    path.control_limit_ns = 5 * SECOND_NS
    path.crash(topics.RISK)
    path.run()
    path.pass_time(6 * SECOND_NS)
    path.command(order("a1"))
    path.loops[topics.RISK].turn(0.0)
    path.control(ControlHeartbeat("test", path.clock.wall_ns))
    path.loops[topics.RISK].turn(0.0)
    path.command(order("a2"))
    path.loops[topics.RISK].turn(0.0)
    assert rejections(path) == ["CONTROL_SILENT"]
    assert accepted(path) == ["a2"]


# --- reading


class HaltedMeanwhile(RiskRules):
    """While the `after`-th order is judged, somebody halts the firm; the process's other thread reads it."""

    def __init__(self, halt: Callable[[], None], after: int) -> None:
        super().__init__()
        self._halt, self._left = halt, after

    def decide(self, state: RiskState, stage_input: Input, *rest: Any) -> Any:
        if isinstance(stage_input, CommandInput):
            self._left -= 1
            if self._left == 0:
                self._halt()
        return super().decide(state, stage_input, *rest)


@pytest.mark.parametrize("follows", [True, False])
def test_a_halt_waits_for_no_backlog(path: Pipeline, follows: bool) -> None:
    control = path.log.reader(path.log.ends([CONTROL]))

    def halt() -> None:
        path.control(Halt(HaltScope.FIRM, "", False, "test", NOW, WHO))
        for record in control.poll(0.0) if follows else ():
            path.ahead.put(record)

    path.rules[topics.RISK] = lambda: HaltedMeanwhile(halt, after=3)
    path.crash(topics.RISK)
    path.run()
    for number in range(20):
        path.command(order(f"a{number}"))
    path.run()
    assert len(accepted(path)) == (3 if follows else 20)
    assert rejections(path) == ["HALTED"] * (17 if follows else 0)
    path.crash(topics.RISK)  # what came early is in the positions: the fold reads nothing twice
    path.run()
    assert len(accepted(path)) + len(rejections(path)) == 20


def test_who_is_far_behind_reads_control_in_order() -> None:
    ahead = ControlAhead()
    assert ahead.since(0) == ()
    kept = [Record(topics.CONTROL, 0, offset, 0, None, b"", ()) for offset in range(5, 5 + 2 * KEPT)]
    for record in kept:
        ahead.put(record)
    assert ahead.since(4 + KEPT) == () and ahead.since(5 + KEPT) == tuple(kept[KEPT:])
    assert ahead.since(kept[-1].offset) == (kept[-1],) and ahead.since(kept[-1].offset + 1) == ()
    beyond = Record(topics.CONTROL, 0, kept[-1].offset + 9, 0, None, b"", ())
    ahead.put(beyond)  # some were trimmed before they were read
    assert ahead.since(kept[-1].offset) == () and ahead.since(beyond.offset) == (beyond,)


def test_inputs_without_events_end_in_a_position_mark(path: Pipeline) -> None:
    """A retried command changes nothing; a restart must not read it again for ever."""
    path.command(order("a1"))
    path.run()
    before = len(records(path, topics.RISK))
    end = path.command(order("a1", NOW + 1)) + 1
    path.run(2)
    assert len(records(path, topics.RISK)) == before
    path.pass_time(MARK_AFTER_NS)
    path.run(2)
    (mark,) = records(path, topics.RISK)[before:]
    envelope = decode_journal(mark.value)
    assert isinstance(envelope, Envelope)
    assert (envelope.events, envelope.source.timer) == ((), "mark")
    assert {p.topic: p.next_offset for p in envelope.positions}[topics.ORDERS] == end


def test_an_unreadable_command_goes_to_the_dead_letters_and_stops_nothing(path: Pipeline) -> None:
    path.log.appender(TopicPartition(topics.ORDERS, 0)).append(None, b"\xff no command")
    path.command(order("a1"))
    path.run()
    (letter,) = [decode_intake(r.topic, r.value) for r in records(path, topics.DEAD_LETTERS)]
    assert isinstance(letter, DeadLetter)
    assert (letter.topic, letter.offset, letter.value) == (topics.ORDERS, 0, b"\xff no command")
    assert accepted(path) == ["a1"]
    assert path.loops[topics.RISK].phase is Phase.RUNNING


# --- effects


def test_bytes_leave_after_the_ack_and_in_the_order_of_their_numbers(path: Pipeline) -> None:
    venue = path.venues["XALP-P0"]
    journal = TopicPartition(topics.EXECUTION, 0)
    path.log.hold_acks(journal)
    for n in range(5):
        path.command(order(f"a{n}"))
    path.run(10, 1_000_000)
    assert len(records(path, topics.EXECUTION)) > 5
    assert not venue.new_read
    path.log.release_acks(journal)
    path.run(10, 1_000_000)
    assert [c.split("/")[-1] for c in venue.new_read] == [f"a{n}.1" for n in range(5)]


def test_nothing_leaves_for_records_after_one_whose_outcome_is_unknown(path: Pipeline) -> None:
    """The second of two records is acknowledged, off plan: its order must leave under a later claim only, once."""
    venue = path.venues["XALP-P0"]
    path.log.plan(TopicPartition(topics.EXECUTION, 0), Fate.LOST)
    path.command(order("a1"))
    path.command(order("a2"))
    path.run(300)
    assert sorted(venue.new_read.values()) == [1, 1]
    assert path.loops[topics.EXECUTION].meter.claims == 2


# --- ownership


def claims(p: Pipeline, topic: str) -> list[str]:
    found = [decode_journal(r.value) for r in records(p, topic)]
    return [c.process_id for c in found if isinstance(c, Claim)]


def test_two_living_owners_do_not_take_the_partition_from_each_other(path: Pipeline) -> None:
    """The older learns of the newer claim from an ack off plan, before it reads the claim."""
    older = path.loops[topics.RISK]
    path.start(topics.RISK)
    path.loops[topics.RISK].turn(0.0)
    path.command(order("a1"))
    for _ in range(40):
        older.turn(0.0)
        path.run(1, SECOND_NS)
    assert older.phase is Phase.FOLLOWING
    assert path.loops[topics.RISK].phase is Phase.RUNNING
    assert len(claims(path, topics.RISK)) == 2
    assert accepted(path) == ["a1"]


def test_a_claim_of_our_own_that_lands_late_does_not_make_us_follow_ourselves(path: Pipeline) -> None:
    journal = TopicPartition(topics.RISK, 0)
    path.log.plan(journal, Fate.LATE)
    path.crash(topics.RISK)
    path.run()
    path.log.land_late(journal)
    path.command(order("a1"))
    path.run()
    assert path.loops[topics.RISK].phase is Phase.RUNNING
    assert accepted(path) == ["a1"]


def test_a_claim_whose_process_is_dead_does_not_own_for_ever(path: Pipeline) -> None:
    path.log.appender(TopicPartition(topics.RISK, 0)).append(None, encode_claim(Claim("dead", READER_VERSION)))
    path.run(2)
    assert path.loops[topics.RISK].phase is Phase.FOLLOWING
    path.command(order("a1"))
    path.run(5, SILENCE_NS // 4)
    path.run()
    assert path.loops[topics.RISK].phase is Phase.RUNNING
    assert accepted(path) == ["a1"]


# --- loud stops


def test_a_claim_that_asks_for_a_newer_reader_is_not_followed_by_one_of_ours(path: Pipeline) -> None:
    path.log.appender(TopicPartition(topics.RISK, 0)).append(None, encode_claim(Claim("next", READER_VERSION + 1)))
    path.start(topics.RISK)
    before = len(records(path, topics.RISK))
    with pytest.raises(JournalBroken, match="reader version"):
        path.loops[topics.RISK].turn(0.0)
    assert path.loops[topics.RISK].phase is Phase.REFUSED
    assert len(records(path, topics.RISK)) == before


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("record chain", lambda envelope: replace(envelope, previous_hash=b"x" * 32)),
        ("state differs", lambda envelope: replace(envelope, state_hash=b"x" * 16, state_layout=STATE_LAYOUT_VERSION)),
    ],
)
def test_a_journal_that_contradicts_itself_stops_its_stage(
    path: Pipeline, what: str, change: Callable[[Envelope], Envelope]
) -> None:
    path.command(order("a1"))
    path.run()
    tamper(path, topics.RISK, change)
    path.crash(topics.RISK)
    with pytest.raises(JournalBroken, match=what):
        path.loops[topics.RISK].turn(0.0)
    assert claims(path, topics.RISK) == ["process-1"], "nothing was claimed"


def test_an_upstream_record_that_cannot_be_read_stops_its_reader(path: Pipeline) -> None:
    path.log.appender(TopicPartition(topics.RISK, 0)).append(None, b"\xff")
    with pytest.raises(JournalBroken, match=topics.RISK):
        path.loops[topics.ROUTING].turn(0.0)
