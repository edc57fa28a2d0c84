"""Orders that wait for the market, over the whole path in memory: real loops and codec, crashes at every moment, lost acknowledgements."""

import pytest
from path_world import DATE, NOW, WHO, WORLD

from oms.core.commands import CancelOrder, NewOrder, order_id_of
from oms.core.control import Halt, Resume
from oms.core.enums import (
    Algorithm,
    ExecType,
    HaltScope,
    OrdStatus,
    OrdType,
    PegPriceType,
    Side,
    TimeInForce,
)
from oms.core.instructions import Instructions, Peg
from oms.core.routing_events import ChildNew, ParentChanged, ParentTraded
from oms.core.run_rule import Validity
from oms.core.trigger_events import Repegged, StopMoved, Triggered
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_log import Fate
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope

ALL_OF_IT = (10**9,)


def order(cl_ord_id: str, ord_type: OrdType, instructions: Instructions, price: int | None = None) -> NewOrder:
    return NewOrder(
        "alpha", DATE, cl_ord_id, "A1", "ACME", Side.BUY, ord_type, TimeInForce.DAY, 100, price, Algorithm.BEST_PRICE, "", None,
        NOW + 10**15, NOW, "trace", WHO, instructions,
    )  # fmt: skip


@pytest.fixture
def path() -> Pipeline:
    p = Pipeline([SimVenue(f"{v}-P0", Script(True, ALL_OF_IT)) for v in ("XALP", "XBET")], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.quote("XBET", "ACME", (99_900, 500), (100_100, 500))
    p.trade("XALP", "ACME", 100_000, 5)
    p.run()
    return p


def routed(p: Pipeline, *kinds: type) -> list[object]:
    fold = JournalFold(p.log, RULES[topics.ROUTING](), TopicPartition(topics.ROUTING, 0))
    out: list[object] = []
    for record in p.log.reader({TopicPartition(topics.ROUTING, 0): 0}).poll(0.0, 1_000_000):
        if fold.apply(record) is Validity.VALID:
            envelope = decode_journal(record.value)
            assert isinstance(envelope, Envelope)
            out += [e for e in envelope.events if isinstance(e, kinds)]
    return out


def last_status(p: Pipeline, cl_ord_id: str) -> tuple[OrdStatus, int]:
    mine = [e for e in routed(p, ParentChanged, ParentTraded) if e.order_id == order_id_of("alpha", DATE, cl_ord_id)]  # type: ignore[attr-defined]
    return mine[-1].ord_status, mine[-1].cum_qty  # type: ignore[attr-defined]


def venue_fills(p: Pipeline) -> int:
    return sum(qty for v in p.venues.values() for o in v.distinct_orders() for _, qty in o.fills)


STOP = order("s1", OrdType.STOP, Instructions(stop_px=100_500))


def test_a_stop_waits_and_is_filled_when_the_market_comes(path: Pipeline) -> None:
    path.command(STOP)
    path.run()
    assert last_status(path, "s1") == (OrdStatus.NEW, 0) and venue_fills(path) == 0
    path.trade("XBET", "ACME", 100_500, 5)
    path.run()
    assert last_status(path, "s1") == (OrdStatus.FILLED, 100)
    (seen,) = routed(path, Triggered)
    assert (seen.market_px, seen.venue_id) == (100_500, "XBET")  # type: ignore[attr-defined]
    told = [e.exec_type for e in routed(path, ParentChanged)]  # type: ignore[attr-defined]
    assert told == [ExecType.NEW, ExecType.TRIGGERED]


@pytest.mark.parametrize("topic", [topics.RISK, topics.ROUTING, topics.EXECUTION])
@pytest.mark.parametrize("after", range(10))
def test_a_crash_at_any_moment_around_the_trigger_loses_and_doubles_nothing(
    path: Pipeline, topic: str, after: int
) -> None:
    path.command(STOP)
    path.run()
    path.trade("XBET", "ACME", 100_500, 5)
    path.trade("XBET", "ACME", 100_000, 5)  # it has come back before anyone looks
    path.run(after, 5_000_000)
    path.crash(topic)
    path.run(200)
    assert last_status(path, "s1") == (OrdStatus.FILLED, 100)
    assert venue_fills(path) == 100
    assert len(routed(path, Triggered)) == 1
    assert all(count == 1 for v in path.venues.values() for count in v.new_read.values())


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.LANDS_UNACKED, Fate.LANDS_TWICE])
def test_an_acknowledgement_that_is_not_good_costs_a_pause_and_no_trigger(path: Pipeline, fate: Fate) -> None:
    path.command(STOP)
    path.run()
    path.log.plan(TopicPartition(topics.ROUTING, 0), fate)
    path.trade("XBET", "ACME", 100_500, 5)
    path.run(300)
    assert last_status(path, "s1") == (OrdStatus.FILLED, 100)
    assert venue_fills(path) == 100 and len(routed(path, Triggered)) == 1


def test_an_armed_stop_survives_a_new_owner_and_its_cancel_is_final(path: Pipeline) -> None:
    path.command(STOP)
    path.run()
    path.crash(topics.ROUTING)
    path.run(200)
    path.command(CancelOrder("alpha", DATE, "c1", DATE, "s1", NOW, "", WHO))
    path.run()
    path.trade("XBET", "ACME", 100_500, 5)
    path.run()
    assert last_status(path, "s1") == (OrdStatus.CANCELED, 0) and routed(path, ChildNew) == []


def test_a_halt_keeps_a_stop_and_what_the_market_is_after_it_decides(path: Pipeline) -> None:
    path.command(STOP)
    path.run()
    path.control(Halt(HaltScope.INSTRUMENT, "ACME", False, "test", NOW, WHO))
    path.run()
    path.trade("XBET", "ACME", 100_500, 5)
    path.run()
    assert routed(path, Triggered) == []
    path.control(Resume(HaltScope.INSTRUMENT, "ACME", "test", NOW, WHO))
    path.run()
    assert last_status(path, "s1") == (OrdStatus.FILLED, 100)


def test_a_trailing_stop_moves_and_a_peg_follows_over_the_whole_path(path: Pipeline) -> None:
    for venue in path.venues.values():
        venue.script = Script(True, ())
    path.command(order("s2", OrdType.STOP, Instructions(peg=Peg(PegPriceType.TRAILING_STOP, 1_000))))
    path.command(order("p1", OrdType.PEGGED, Instructions(peg=Peg(PegPriceType.PRIMARY, 0))))
    path.run()
    path.trade("XBET", "ACME", 99_600, 5)
    path.quote("XALP", "ACME", (99_700, 500), (100_000, 60))
    path.quote("XBET", "ACME", (99_700, 500), (100_000, 60))
    path.run()
    (moved,) = routed(path, StopMoved)
    assert (moved.previous_px, moved.stop_px) == (101_000, 100_600)  # type: ignore[attr-defined]
    (repegged,) = routed(path, Repegged)
    assert (repegged.previous_px, repegged.price) == (99_900, 99_700)  # type: ignore[attr-defined]
    resting = [o for v in path.venues.values() for o in v.distinct_orders() if not o.status.is_terminal]
    assert [o.price for o in resting] == [99_700]


def test_an_iceberg_is_at_the_venue_a_slice_at_a_time(path: Pipeline) -> None:
    for venue in path.venues.values():
        venue.script = Script(True, ())
    path.command(order("i1", OrdType.LIMIT, Instructions(display_qty=30), 99_900))
    shown = []
    for _ in range(4):
        path.run()
        (there,) = [(v, o) for v in path.venues.values() for o in v.distinct_orders() if not o.status.is_terminal]
        shown.append(there[1].order_qty)
        there[0].fill(there[1].cl_ord_ids[-1], there[1].order_qty)
    path.run()
    assert shown == [30, 30, 30, 10] and last_status(path, "i1") == (OrdStatus.FILLED, 100)
