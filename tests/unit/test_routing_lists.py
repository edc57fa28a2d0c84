"""Contingent lists in the router: who is at a venue, whose turn comes, and what an execution means for the others."""

import pytest

from oms.core.enums import (
    Algorithm,
    ContingencyType,
    ExecType,
    HaltScope,
    IntentKind,
    LegState,
    Liquidity,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    VenueFeature,
)
from oms.core.execution_events import FillCorrected
from oms.core.list_events import LegReduced, ListDone
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel, ChildNew, ParentChanged, RoutingEvent
from oms.testing.list_world import Leg, ListWorld
from oms.testing.routing_world import SECOND_NS

OCO, OTO = ContingencyType.ONE_CANCELS_THE_OTHER, ContingencyType.ONE_TRIGGERS_THE_OTHER
OUO, BRACKET = ContingencyType.ONE_UPDATES_THE_OTHER, ContingencyType.BRACKET
HELD, ARMED, DUE, LIVE, LEAVING = LegState
SELL = Side.SELL


def market() -> ListWorld:
    """A shows 99.90 x 500 / 100.10 x 500 and traded at 100.00 last."""
    world = ListWorld()
    world.quote("A", 9990, 500, 10010, 500)
    world.trade("A", (10000, 10))
    return world


def exits(**options: object) -> tuple[Leg, Leg]:
    """A take-profit that rests at 101.00 and a stop-loss at 99.00."""
    tp = Leg("tp", price=10100, side=SELL, **options)  # type: ignore[arg-type]
    return tp, Leg("sl", stop=9900, side=SELL, worst=9000, **options)  # type: ignore[arg-type]


def oco(world: ListWorld, **options: object) -> tuple[RoutingEvent, ...]:
    return world.order_list(OCO, *exits(**options))


def child(world: ListWorld, cl_ord_id: str) -> str:
    (only,) = world.open_children(cl_ord_id)
    return only.child_id


def told(events: tuple[RoutingEvent, ...], cl_ord_id: str) -> list[tuple[ExecType, OrdStatus, Reason | None]]:
    return [
        (e.exec_type, e.ord_status, e.reason)
        for e in events
        if isinstance(e, ParentChanged) and e.order_id.endswith(f"/{cl_ord_id}")
    ]


def made(events: tuple[RoutingEvent, ...]) -> list[tuple[str, int]]:
    return [(e.order_id.rpartition("/")[2], e.order_qty) for e in events if isinstance(e, ChildNew)]


def test_the_limit_order_of_an_oco_rests_and_the_stop_waits_in_the_router() -> None:
    world = market()
    assert made(oco(world)) == [("tp", 100)]
    assert world.legs("tp", "sl") == [LIVE, ARMED]


@pytest.mark.parametrize("qty", [1, 100])
def test_any_execution_of_an_oco_order_ends_the_others(qty: int) -> None:
    world = market()
    oco(world)
    events = world.fill(child(world, "tp"), qty, 10100)
    assert told(events, "sl") == [(ExecType.CANCELED, OrdStatus.CANCELED, Reason.CONTINGENT_EXECUTED)]
    assert world.parent("tp").status is (OrdStatus.FILLED if qty == 100 else OrdStatus.PARTIALLY_FILLED)
    assert any(isinstance(e, ListDone) for e in events) is (qty == 100)


def test_a_stop_that_is_met_waits_until_the_venue_confirms_the_other_gone() -> None:
    world = market()
    oco(world)
    resting = child(world, "tp")
    events = world.trade("A", (9900, 5))
    assert [e.child_id for e in events if isinstance(e, ChildCancel)] == [resting]
    assert made(events) == [] and world.legs("tp", "sl") == [LEAVING, DUE]
    assert (ExecType.TRIGGERED, OrdStatus.NEW, None) in told(events, "sl")
    events = world.end(resting)
    assert made(events) == [("sl", 100)] and world.legs("tp", "sl") == [ARMED, LIVE]
    assert (ExecType.TRIGGERED, OrdStatus.NEW, None) in told(events, "sl")
    events = world.fill(child(world, "sl"), 100, 9890)
    assert told(events, "tp") == [(ExecType.CANCELED, OrdStatus.CANCELED, Reason.CONTINGENT_EXECUTED)]
    assert world.legs("tp", "sl") == [None, None]


@pytest.mark.parametrize("qty", [1, 100])
def test_a_fill_that_crosses_the_cancel_wins_and_the_order_that_was_due_ends(qty: int) -> None:
    """The race that an OCO is about: both conditions are true, one order executes."""
    world = market()
    oco(world)
    resting = child(world, "tp")
    world.trade("A", (9900, 5))
    events = world.fill(resting, qty, 10100)
    assert told(events, "sl") == [(ExecType.CANCELED, OrdStatus.CANCELED, Reason.CONTINGENT_EXECUTED)]
    if qty < 100:
        assert world.legs("tp", "sl") == [LIVE, None]
        events = world.end(resting)  # the cancel, that was on its way: the rest is placed again
        assert made(events) == [("tp", 99)]


def test_an_unknown_outcome_of_the_order_at_the_venue_keeps_the_other_waiting() -> None:
    world = market()
    oco(world)
    resting = child(world, "tp")
    world.trade("A", (9900, 5))
    world.refuse_request(resting, IntentKind.CANCEL)
    world.refuse_request(resting, IntentKind.CANCEL)
    world.refuse_request(resting, IntentKind.CANCEL)
    world.run_until(world.now_ns + 600 * SECOND_NS)
    world.trade("A", (9800, 5))
    assert world.legs("tp", "sl") == [LEAVING, DUE]
    assert made(world.end(resting, OrdStatus.EXPIRED)) == [("sl", 100)]


def test_both_orders_of_an_oco_may_be_stops_and_then_nothing_is_at_a_venue() -> None:
    world = market()
    events = world.order_list(OCO, Leg("up", stop=10200, worst=11000), Leg("down", stop=9900, side=SELL, worst=9000))
    assert made(events) == [] and world.legs("up", "down") == [ARMED, ARMED]
    assert made(world.trade("A", (10200, 5))) == [("up", 100)]
    world.fill(child(world, "up"), 10, 10200)
    assert world.legs("up", "down") == [LIVE, None]


def test_a_stop_that_is_through_the_market_when_it_is_entered_is_due_at_once() -> None:
    world = market()
    events = world.order_list(OCO, Leg("tp", price=10100, side=SELL), Leg("sl", stop=10005, side=SELL, worst=9000))
    assert world.legs("tp", "sl") == [LEAVING, DUE]
    assert made(events) == [("tp", 100)]
    assert made(world.end(child(world, "tp"))) == [("sl", 100)]


def test_a_second_limit_order_is_due_when_the_market_reaches_its_price() -> None:
    world = market()
    world.order_list(OCO, Leg("low", price=9900), Leg("high", price=10100, side=SELL))
    resting = child(world, "low")
    assert world.quote("A", 10090, 500, 10110, 500) == ()
    world.run_until(world.now_ns + SECOND_NS)
    world.quote("A", 10100, 500, 10110, 500)
    assert world.legs("low", "high") == [LEAVING, DUE]
    assert made(world.end(resting)) == [("high", 100)]


def test_an_order_that_takes_is_waited_for_and_not_cancelled() -> None:
    world = market()
    world.order_list(OCO, Leg("up", stop=10005, worst=11000), Leg("down", stop=9995, side=SELL, worst=9000))
    world.trade("A", (10005, 5))
    taker = child(world, "up")
    events = world.trade("A", (9995, 5))
    assert not [e for e in events if isinstance(e, ChildCancel)] and world.legs("up", "down") == [LIVE, DUE]
    world.fill(taker, 100, 10010)
    assert world.legs("up", "down") == [None, None]


def test_ouo_takes_what_was_executed_off_the_others() -> None:
    world = market()
    world.order_list(OUO, *exits())
    events = world.fill(child(world, "tp"), 30, 10100)
    assert [(e.order_qty, e.executed_qty) for e in events if isinstance(e, LegReduced)] == [(70, 30)]
    assert told(events, "sl") == [(ExecType.RESTATED, OrdStatus.NEW, None)]
    resting = child(world, "tp")
    world.trade("A", (9900, 5))
    events = world.fill(resting, 20, 10100)  # crosses the cancel
    assert world.legs("tp", "sl") == [LEAVING, DUE]
    assert made(world.end(resting)) == [("sl", 50)]
    events = world.fill(child(world, "sl"), 50, 9890)
    assert world.parent("sl").status is OrdStatus.FILLED
    assert told(events, "tp") == [(ExecType.CANCELED, OrdStatus.CANCELED, Reason.CONTINGENT_EXECUTED)]


def test_ouo_ends_the_others_when_nothing_is_left_for_them() -> None:
    world = market()
    world.order_list(OUO, *exits())
    events = world.fill(child(world, "tp"), 100, 10100)
    assert told(events, "sl") == [(ExecType.CANCELED, OrdStatus.CANCELED, Reason.CONTINGENT_EXECUTED)]
    assert isinstance(events[-1], ListDone)


def oto(world: ListWorld) -> tuple[RoutingEvent, ...]:
    return world.order_list(OTO, Leg("one", price=9900), Leg("two", side=SELL, worst=9000), Leg("three", price=9800))


def test_oto_releases_the_others_by_the_complete_fill_of_the_first() -> None:
    world = market()
    assert made(oto(world)) == [("one", 100)]
    assert world.legs("one", "two", "three") == [LIVE, HELD, HELD]
    assert made(world.fill(child(world, "one"), 99, 9900)) == []
    events = world.fill(child(world, "one"), 1, 9900)
    assert made(events) == [("two", 100), ("three", 100)]
    assert (ExecType.TRIGGERED, OrdStatus.NEW, None) in told(events, "two")
    assert world.legs("one", "two", "three") == [None, LIVE, LIVE]


@pytest.mark.parametrize("qty", [0, 99])
def test_oto_ends_the_others_when_the_first_ends_without_a_complete_fill(qty: int) -> None:
    world = market()
    oto(world)
    resting = child(world, "one")
    if qty:
        world.fill(resting, qty, 9900)
    assert world.legs("one", "two", "three") == [LIVE, HELD, HELD]
    world.cancel("one")
    assert world.legs("one", "two", "three") == [LIVE, HELD, HELD]
    events = world.end(resting)
    for other in ("two", "three"):
        assert told(events, other) == [(ExecType.CANCELED, OrdStatus.CANCELED, Reason.CONTINGENT_NOT_TRIGGERED)]
    assert isinstance(events[-1], ListDone)


def bracket(world: ListWorld) -> tuple[RoutingEvent, ...]:
    return world.order_list(BRACKET, Leg("entry", price=9950), *exits())


def test_a_bracket_protects_what_its_entry_executed_and_no_more() -> None:
    world = market()
    assert made(bracket(world)) == [("entry", 100)]
    assert world.legs("entry", "tp", "sl") == [LIVE, HELD, HELD]
    entry = child(world, "entry")
    assert made(world.fill(entry, 30, 9950)) == [("tp", 30)]
    assert world.legs("tp", "sl") == [LIVE, ARMED]
    assert made(world.fill(entry, 20, 9950)) == [("tp", 20)]
    first, second = (c.child_id for c in world.open_children("tp"))
    world.trade("A", (9900, 5))
    assert world.legs("tp", "sl") == [LEAVING, DUE]
    world.fill(first, 10, 10100)
    assert made(world.end(first)) == []
    assert made(world.end(second)) == [("sl", 40)]
    world.fill(entry, 50, 9950)
    world.fill(child(world, "sl"), 40, 9890)
    assert made(world.run_until(world.now_ns + SECOND_NS)) == [("sl", 50)]
    assert world.quantity_left(world.groups["alpha/20250106/list"]) == 0
    world.fill(child(world, "sl"), 50, 9890)
    assert world.parent("sl").cum_qty == 90 and world.legs("entry", "tp", "sl") == [None, None, None]


def test_the_exits_of_a_bracket_end_with_an_entry_that_executed_nothing() -> None:
    world = market()
    bracket(world)
    resting = child(world, "entry")
    world.cancel("entry")
    events = world.end(resting)
    assert told(events, "tp")[-1] == (ExecType.CANCELED, OrdStatus.CANCELED, Reason.CONTINGENT_NOT_TRIGGERED)
    assert world.legs("entry", "tp", "sl") == [None, None, None]


def test_the_exits_of_a_bracket_work_for_what_an_ended_entry_executed() -> None:
    world = market()
    bracket(world)
    resting = child(world, "entry")
    world.fill(resting, 60, 9950)
    world.cancel("entry")
    world.end(resting)
    assert world.legs("entry", "tp", "sl") == [None, LIVE, ARMED]
    events = world.fill(child(world, "tp"), 60, 10100)
    assert world.legs("tp", "sl") == [None, None] and isinstance(events[-1], ListDone)


def test_what_is_less_than_a_lot_waits_for_more() -> None:
    world = ListWorld(lot=10)
    world.quote("A", 9990, 500, 10010, 500)
    world.trade("A", (10000, 10))
    bracket(world)
    entry = child(world, "entry")
    assert made(world.fill(entry, 5, 9950)) == []
    assert made(world.fill(entry, 15, 9950)) == [("tp", 20)]


def test_the_last_of_a_list_is_worked_like_any_order() -> None:
    """INV-345. A stop that the router works waits for its price, as it would alone; nothing is told of it before."""
    world = market()
    oco(world)
    resting = child(world, "tp")
    world.cancel("tp")
    assert made(world.end(resting)) == []
    assert world.legs("tp", "sl") == [None, LIVE] and world.order_id("sl") in world.state.armed
    assert not [e for e in world.events if isinstance(e, ParentChanged) and e.exec_type is ExecType.TRIGGERED]
    assert made(world.trade("A", (9900, 5))) == [("sl", 100)]


def test_the_last_stop_of_a_list_goes_to_the_venue_that_works_it() -> None:
    world = market()
    world.offer("A", VenueFeature.STOP)
    oco(world, venue_id="A", algorithm=Algorithm.DIRECT)
    resting = child(world, "tp")
    world.cancel("tp")
    assert made(world.end(resting)) == [("sl", 100)]
    assert world.open_children("sl")[0].ord_type is OrdType.STOP_LIMIT
    assert world.order_id("sl") not in world.state.armed


def test_where_the_order_that_rested_ended_the_next_limit_rests() -> None:
    world = market()
    legs = (Leg("low", price=9800), Leg("up", stop=10200, worst=11000), Leg("lower", price=9700))
    world.order_list(OCO, *legs)
    resting = child(world, "low")
    assert world.legs("low", "up", "lower") == [LIVE, ARMED, ARMED]
    world.cancel("low")
    events = world.end(resting)
    assert made(events) == [("lower", 100)] and world.legs("low", "up", "lower") == [None, ARMED, LIVE]
    told = [e for e in events if isinstance(e, ParentChanged) and e.exec_type is ExecType.TRIGGERED]
    assert [(e.order_id, e.text) for e in told] == [(world.order_id("lower"), "low has ended")]


def test_the_stop_of_a_bracket_stays_in_the_router_while_its_entry_works() -> None:
    """It is released bit by bit, and would stand at a venue bit by bit."""
    world = market()
    bracket(world)
    entry = child(world, "entry")
    world.fill(entry, 40, 9950)
    resting = child(world, "tp")
    world.cancel("tp")
    world.end(resting)
    assert world.legs("entry", "tp", "sl") == [LIVE, None, ARMED]
    world.fill(entry, 60, 9950)
    assert world.legs("entry", "tp", "sl") == [None, None, LIVE]


def test_the_cancel_of_the_order_that_is_due_gives_the_other_its_place_back() -> None:
    world = market()
    oco(world)
    resting = child(world, "tp")
    world.trade("A", (9900, 5))
    world.cancel("sl")
    assert world.legs("tp", "sl") == [LIVE, None]
    assert made(world.end(resting)) == [("tp", 100)]


def test_a_mass_cancel_ends_a_list_whatever_its_orders_wait_for() -> None:
    world = market()
    bracket(world)
    entry = child(world, "entry")
    world.fill(entry, 30, 9950)
    resting = child(world, "tp")
    world.mass_cancel("entry", "tp", "sl")
    assert world.legs("sl") == [None]
    world.end(entry)
    world.end(resting)
    assert world.legs("entry", "tp", "sl") == [None, None, None]


def test_a_halt_parks_what_waits_and_a_resume_asks_the_market_again() -> None:
    world = market()
    oco(world)
    resting = child(world, "tp")
    world.halt()
    assert world.trade("A", (9900, 5)) == () and world.legs("tp", "sl") == [LIVE, ARMED]
    world.resume()
    world.met()
    assert world.legs("tp", "sl") == [LEAVING, DUE]
    world.halt(HaltScope.INSTRUMENT, "IBM")
    assert made(world.end(resting)) == []
    assert world.legs("tp", "sl") == [ARMED, LIVE]
    world.resume(HaltScope.INSTRUMENT, "IBM")
    assert made(world.met()) == [("sl", 100)]


def test_exits_released_under_a_halt_wait_for_its_end() -> None:
    world = market()
    bracket(world)
    entry = child(world, "entry")
    world.halt()
    assert made(world.fill(entry, 30, 9950)) == []
    assert world.legs("entry", "tp", "sl") == [LIVE, LIVE, ARMED]
    world.resume()
    assert made(world.met()) == [("tp", 30)]


def test_a_replacement_of_an_order_that_waits_is_watched_under_its_new_terms() -> None:
    world = market()
    world.order_list(OCO, Leg("low", price=9900), Leg("high", price=10100, side=SELL))
    world.replace("high", "high2", 50, 10200)
    assert world.legs("low", "high") == [LIVE, ARMED]
    assert world.quote("A", 10100, 500, 10210, 500) == ()
    resting = child(world, "low")
    world.run_until(world.now_ns + SECOND_NS)
    world.quote("A", 10200, 500, 10210, 500)
    assert made(world.end(resting)) == [("high", 50)]


def test_a_replacement_of_the_order_that_is_leaving_counts_when_it_is_back() -> None:
    world = market()
    oco(world)
    resting = child(world, "tp")
    world.trade("A", (9900, 5))
    world.replace("tp", "tp2", 80, 10150)
    assert made(world.end(resting)) == [("sl", 100)]
    assert (world.parent("tp").terms.order_qty, world.parent("tp").leg) == (80, ARMED)


def test_an_order_refused_by_the_venue_leaves_the_other_to_itself() -> None:
    world = market()
    oco(world, venue_id="A", algorithm=Algorithm.DIRECT)
    world.end(child(world, "tp"), OrdStatus.REJECTED, Reason.VENUE_REJECTED)
    assert world.legs("tp", "sl") == [None, LIVE]


def test_a_late_fill_of_an_order_that_had_left_ends_the_other() -> None:
    """Its venue executed what it had confirmed as cancelled: booked, and nothing more than what is at a venue already follows."""
    world = market()
    oco(world)
    resting = child(world, "tp")
    world.trade("A", (9900, 5))
    world.end(resting)
    taker = child(world, "sl")
    world.fill(resting, 100, 10100)
    assert world.parent("sl").cancelling and world.parent("tp").status is OrdStatus.FILLED
    world.end(taker)
    assert world.legs("tp", "sl") == [None, None]


def test_an_order_with_a_validity_of_its_own_ends_alone() -> None:
    world = market()
    world.order_list(OCO, Leg("low", price=9900, tif=TimeInForce.GTC), Leg("up", stop=10100, worst=11000))
    world.end(child(world, "low"), OrdStatus.EXPIRED)
    assert world.parent("low").status is OrdStatus.EXPIRED and world.legs("up") == [LIVE]


def bust(world: ListWorld, child_id: str, ref: str, qty: int, px: int) -> tuple[RoutingEvent, ...]:
    c = world.child(child_id)
    cum = c.cum_qty - qty
    status = OrdStatus.PARTIALLY_FILLED if cum else OrdStatus.NEW
    return world.execution(
        FillCorrected(
            c.order_id, child_id, c.venue_id, ExecType.TRADE_CANCEL, f"bust-{ref}", ref, qty, px, 0, 0, cum,
            0 if c.closed else c.order_qty - cum, status, Liquidity.REMOVED, world.now_ns, cum, "",
        )
    )  # fmt: skip


def test_a_bust_re_opens_no_other_order() -> None:
    world = market()
    oco(world)
    resting = child(world, "tp")
    world.fill(resting, 100, 10100, "E1")
    events = bust(world, resting, "E1", 100, 10100)
    assert made(events) == [] and world.legs("tp", "sl") == [None, None]
    assert world.parent("sl").status is OrdStatus.CANCELED
    world = market()
    world.order_list(OUO, *exits())
    resting = child(world, "tp")
    world.fill(resting, 30, 10100, "E1")
    bust(world, resting, "E1", 30, 10100)
    assert world.parent("sl").terms.order_qty == 70, "what was counted once is not given back"
    world.fill(resting, 30, 10100, "E2")
    assert world.parent("sl").terms.order_qty == 70, "and not counted twice"


def test_a_bust_of_an_entry_is_taken_off_its_exits() -> None:
    world = market()
    bracket(world)
    entry = child(world, "entry")
    world.fill(entry, 60, 9950, "E1")
    resting = child(world, "tp")
    world.fill(entry, 20, 9950, "E2")
    events = bust(world, entry, "E1", 60, 9950)
    assert {e.child_id for e in events if isinstance(e, ChildCancel)} >= {resting}
    for c in world.open_children("tp"):
        world.end(c.child_id)
    assert sum(c.order_qty for c in world.open_children("tp")) == 20
