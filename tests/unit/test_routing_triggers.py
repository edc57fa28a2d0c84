"""Stops, trailing stops and pegs that the router emulates. Reading order of each test: the order, the market, what follows."""

import pytest

from oms.core.enums import (
    Algorithm,
    ExecType,
    HaltScope,
    IntentKind,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
    TriggerBasis,
    TriggerKind,
    VenueFeature,
)
from oms.core.instructions import Instructions, Peg
from oms.core.reasons import Reason
from oms.core.routing.conditions import QUOTES_AFTER_NS, REPEG_PAUSE_NS, TRAIL_PAUSE_NS
from oms.core.routing_events import ChildCancel, ChildNew, ChildReplace, ParentChanged, RoutingEvent
from oms.core.trigger_events import Repegged, StopMoved, TriggerArmed, Triggered
from oms.testing.routing_world import SECOND_NS, RouterWorld

BUY, SELL = Side.BUY, Side.SELL


def children(events: tuple[RoutingEvent, ...]) -> list[tuple[str, int, int | None, str]]:
    return [(e.venue_id, e.order_qty, e.price, e.time_in_force.name) for e in events if isinstance(e, ChildNew)]


def moves(events: tuple[RoutingEvent, ...]) -> list[tuple[int, int]]:
    return [(e.previous_px, e.stop_px) for e in events if isinstance(e, StopMoved)]


def told(events: tuple[RoutingEvent, ...]) -> list[tuple[ExecType, OrdStatus, Reason | None]]:
    return [(e.exec_type, e.ord_status, e.reason) for e in events if isinstance(e, ParentChanged)]


def met(events: tuple[RoutingEvent, ...]) -> Triggered:
    (event,) = [e for e in events if isinstance(e, Triggered)]
    return event


def market() -> RouterWorld:
    """A shows 99.98 x 500 / 100.00 x 300, B 99.97 x 400 / 100.02 x 400; the last trade was at 99.99."""
    world = RouterWorld(venues=("A", "B"))
    world.quote("A", 9998, 500, 10000, 300)
    world.quote("B", 9997, 400, 10002, 400)
    world.trade("A", (9999, 10))
    return world


def stop(
    world: RouterWorld, side: Side = BUY, px: int | None = 10010, qty: int = 200, **options: object
) -> tuple[RoutingEvent, ...]:
    values: dict[str, object] = {"kind": OrdType.STOP, "worst": 10500 if side is BUY else 9500}
    peg = options.pop("peg", None)
    values |= {"instructions": Instructions(stop_px=px, peg=peg)} | options  # type: ignore[arg-type]
    price = values.pop("price", None)
    return world.order("s", side, qty, price, **values)  # type: ignore[arg-type]


def trail(distance: int) -> Peg:
    return Peg(PegPriceType.TRAILING_STOP, distance)


def test_a_stop_is_armed_and_nothing_leaves_before_a_trade_reaches_it() -> None:
    world = market()
    events = stop(world)
    (armed,) = [e for e in events if isinstance(e, TriggerArmed)]
    assert (armed.kind, armed.price, armed.market_position) == (TriggerKind.STOP, 10010, 3)
    assert children(events) == []
    assert world.trade("A", (10009, 50)) == ()
    world.quote("A", 10008, 100, 10012, 300)  # quotes do not count while there are trades
    events = world.trade("B", (10011, 70))
    seen = met(events)
    assert (seen.basis, seen.market_px, seen.venue_id) == (TriggerBasis.LAST_TRADE, 10011, "B")
    assert (seen.market_partition, seen.market_offset, seen.market_position) == (1, 5, 6)
    assert (ExecType.TRIGGERED, OrdStatus.NEW, None) in told(events)
    assert children(events) == [("B", 200, 10002, "IOC")]


def test_a_sales_stop_is_met_at_or_below_and_goes_at_its_bound() -> None:
    world = market()
    stop(world, SELL, 9980)
    assert world.trade("A", (9981, 1)) == ()
    assert children(world.trade("A", (9980, 1))) == [("A", 200, 9998, "IOC")]


def test_every_print_of_a_record_counts_not_only_the_last() -> None:
    world = market()
    stop(world)
    assert met(world.trade("A", (10000, 1), (10010, 2), (9990, 3))).market_qty == 2


def test_suspicious_prints_meet_nothing() -> None:
    world = market()
    stop(world)
    assert world.trade("A", (10500, 1), suspicious=True) == ()


def test_a_stop_through_the_market_is_met_at_once() -> None:
    world = market()
    events = stop(world, px=9999)
    assert met(events).market_px == 9999
    assert children(events) == [("A", 200, 10000, "IOC")]


def test_a_stop_limit_becomes_a_limit_order() -> None:
    world = market()
    stop(world, kind=OrdType.STOP_LIMIT, price=10001, worst=10001)
    assert children(world.trade("A", (10010, 1))) == [("A", 200, 10000, "IOC")]
    world.fill(world.order_id("s") + ".1", 50, 10000)
    events = world.end(world.order_id("s") + ".1")
    assert children(events) == [("A", 100, 10000, "IOC"), ("A", 50, 10001, "DAY")]


def test_a_directed_stop_goes_by_its_own_venue() -> None:
    world = market()
    stop(world, algorithm=Algorithm.DIRECT, venue="B")
    assert world.trade("A", (10020, 1)) == ()
    assert children(world.trade("B", (10020, 1))) == [("B", 200, 10500, "IOC")]


def test_a_venue_that_offers_stops_gets_a_directed_one_with_the_bound_of_its_mandate() -> None:
    world = market()
    world.offer("B", VenueFeature.STOP)
    events = stop(world, algorithm=Algorithm.DIRECT, venue="B")
    (child,) = [e for e in events if isinstance(e, ChildNew)]
    assert (child.ord_type, child.price, child.instructions.stop_px) == (OrdType.STOP_LIMIT, 10500, 10010)
    assert world.state.armed == {}
    assert world.child(child.child_id).rests


def test_without_trades_for_a_while_the_other_sides_best_price_decides() -> None:
    world = market()
    stop(world)
    world.now_ns += QUOTES_AFTER_NS + 1
    assert world.quote("A", 9998, 500, 10012, 300) == ()  # B still shows 100.02
    seen = met(world.quote("B", 9997, 400, 10010, 300))
    assert (seen.basis, seen.market_px, seen.venue_id) == (TriggerBasis.BEST_QUOTE, 10010, "B")


def test_a_trailing_stop_follows_by_bounded_steps_and_never_back() -> None:
    world = market()
    events = stop(world, SELL, None, peg=trail(20), kind=OrdType.STOP)
    assert next(e.price for e in events if isinstance(e, TriggerArmed)) == 9979
    world.run_until(world.now_ns + TRAIL_PAUSE_NS)
    assert moves(world.trade("A", (10005, 1))) == [(9979, 9985)]
    assert moves(world.trade("A", (10008, 1))) == []  # within the pause
    assert moves(world.trade("A", (9990, 1))) == []
    assert moves(world.run_until(world.now_ns + TRAIL_PAUSE_NS)) == [(9985, 9988)]
    assert moves(world.trade("A", (9995, 1))) == []
    seen = met(world.trade("A", (9988, 1)))
    assert (seen.kind, seen.price) == (TriggerKind.TRAILING_STOP, 9988)


def test_a_trailing_stop_that_rose_within_the_pause_is_met_by_what_fell_after() -> None:
    world = market()
    stop(world, SELL, None, peg=trail(20))
    world.trade("A", (10020, 1), (9995, 1))  # 100.20 would have moved it to 100.00, and 99.95 met it
    events = world.run_until(world.now_ns + TRAIL_PAUSE_NS)
    assert moves(events) == [(9979, 10000)] and met(events).market_px == 9995


def test_a_halt_suspends_and_the_market_after_it_decides() -> None:
    world = market()
    stop(world)
    world.halt(HaltScope.INSTRUMENT, "IBM")
    assert world.trade("A", (10015, 1)) == ()
    assert world.trade("A", (10005, 1)) == ()
    world.resume(HaltScope.INSTRUMENT, "IBM")
    assert world.met() == ()
    world.halt(HaltScope.INSTRUMENT, "IBM")
    world.trade("A", (10011, 1))
    world.resume(HaltScope.INSTRUMENT, "IBM")
    assert met(world.met()).market_px == 10011


def test_an_armed_order_is_cancelled_at_once_and_is_never_met() -> None:
    world = market()
    stop(world)
    assert told(world.cancel("s")) == [(ExecType.CANCELED, OrdStatus.CANCELED, None)]
    assert world.state.armed == {}
    assert world.trade("A", (10015, 1)) == ()


def test_a_replaced_stop_waits_for_its_new_price() -> None:
    world = market()
    stop(world)
    events = world.replace("s", "s2", 300, None, worst=10600, instructions=Instructions(stop_px=10020))
    assert (ExecType.REPLACED, OrdStatus.NEW, None) in told(events)
    assert world.trade("A", (10015, 1)) == ()
    assert children(world.trade("A", (10020, 1))) == [("A", 300, 10000, "IOC")]


def test_a_replace_after_the_trigger_is_one_of_a_market_order() -> None:
    world = market()
    stop(world, qty=300)
    world.trade("A", (10010, 1))
    world.replace("s", "s2", 500, None, worst=10600, instructions=Instructions(stop_px=10010))
    world.fill(world.order_id("s") + ".1", 300, 10000)
    assert [c.venue_id for c in world.open_children("s")] == ["B"]
    assert world.state.armed == {}


def test_the_venues_word_that_a_native_stop_was_met_is_told_once() -> None:
    world = market()
    world.offer("B", VenueFeature.STOP)
    stop(world, algorithm=Algorithm.DIRECT, venue="B")
    name = world.order_id("s") + ".1"
    events = world.report(name, ExecType.TRIGGERED, OrdStatus.NEW)
    assert met(events).basis is TriggerBasis.VENUE
    assert told(events) == [(ExecType.TRIGGERED, OrdStatus.NEW, None)]
    assert world.report(name, ExecType.TRIGGERED, OrdStatus.NEW) == ()


# Pegs


def peg(
    world: RouterWorld, kind: PegPriceType, offset: int = 0, side: Side = BUY, **options: object
) -> tuple[RoutingEvent, ...]:
    values: dict[str, object] = {"kind": OrdType.PEGGED, "worst": 10300 if side is BUY else 9700}
    values |= {"instructions": Instructions(peg=Peg(kind, offset))} | options
    return world.order("p", side, 200, values.pop("price", None), **values)  # type: ignore[arg-type]


def replaces(events: tuple[RoutingEvent, ...]) -> list[tuple[int, int | None]]:
    return [(e.order_qty, e.price) for e in events if isinstance(e, ChildReplace)]


@pytest.mark.parametrize(
    ("kind", "offset", "side", "price"),
    [
        (PegPriceType.PRIMARY, 0, BUY, 9998),
        (PegPriceType.PRIMARY, -3, BUY, 9995),
        (PegPriceType.PRIMARY, 2, SELL, 10002),
        (PegPriceType.MID, 0, BUY, 9999),
        (PegPriceType.MARKET, -1, BUY, 9999),
        (PegPriceType.MARKET, 1, SELL, 9999),
    ],
)
def test_a_peg_rests_at_its_price(kind: PegPriceType, offset: int, side: Side, price: int) -> None:
    world = market()
    events = peg(world, kind, offset, side)
    assert [(c[2], c[3]) for c in children(events)] == [(price, "DAY")]


def test_a_mid_of_half_a_tick_is_rounded_away_from_the_other_side() -> None:
    for side, price in ((BUY, 9999), (SELL, 10000)):
        world = market()
        world.quote("A", 9999, 10, 10000, 10)
        assert children(peg(world, PegPriceType.MID, 0, side))[0][2] == price


def test_a_peg_follows_once_per_pause_and_one_replace_at_a_time() -> None:
    world = market()
    peg(world, PegPriceType.PRIMARY)
    name = world.order_id("p") + ".1"
    assert world.quote("A", 9999, 700, 10003, 10) == ()  # within the pause
    events = world.run_until(world.now_ns + REPEG_PAUSE_NS)
    assert replaces(events) == [(200, 9999)]
    (moved,) = [e for e in events if isinstance(e, Repegged)]
    assert (moved.previous_px, moved.price, moved.bid_px, moved.ask_px) == (9998, 9999, 9999, 10002)
    world.quote("A", 10000, 700, 10003, 10)
    assert replaces(world.run_until(world.now_ns + REPEG_PAUSE_NS)) == []  # not before the venue has answered
    world.acknowledge_replace(name)
    assert replaces(world.met()) == [(200, 10000)]
    assert world.child(name).price == 9999


def test_a_peg_never_goes_beyond_its_limit() -> None:
    world = market()
    peg(world, PegPriceType.PRIMARY, price=9999)
    world.quote("A", 10050, 700, 10060, 10)
    assert replaces(world.run_until(world.now_ns + REPEG_PAUSE_NS)) == [(200, 9999)]


def test_a_peg_does_not_follow_itself() -> None:
    world = market()
    peg(world, PegPriceType.MID)  # at 99.99: we are the best bid now
    world.run_until(world.now_ns + REPEG_PAUSE_NS)
    assert world.quote("A", 9999, 200, 10000, 300) == ()
    assert world.quote("A", 9999, 150, 10000, 300) == ()
    events = world.run_until(world.now_ns + REPEG_PAUSE_NS)
    assert replaces(events) == []


def test_a_peg_waits_for_a_price_to_follow() -> None:
    world = RouterWorld(venues=("A",))
    assert children(peg(world, PegPriceType.PRIMARY)) == []
    world.run_until(world.now_ns + REPEG_PAUSE_NS)
    assert children(world.quote("A", 9990, 10, 10000, 10)) == [("A", 200, 9990, "DAY")]


def test_a_venue_that_refuses_to_follow_is_left_and_the_rest_is_pegged_anew() -> None:
    world = market()
    peg(world, PegPriceType.PRIMARY)
    name = world.order_id("p") + ".1"
    world.quote("A", 9999, 700, 10003, 10)
    world.run_until(world.now_ns + REPEG_PAUSE_NS)
    world.refuse_request(name, IntentKind.REPLACE)
    assert children(world.end(name)) == [("A", 200, 9999, "DAY")]


def test_a_peg_that_is_being_cancelled_follows_no_more() -> None:
    world = market()
    peg(world, PegPriceType.PRIMARY)
    world.cancel("p")
    world.quote("A", 9999, 700, 10003, 10)
    assert world.run_until(world.now_ns + SECOND_NS) == ()
    assert told(world.end(world.order_id("p") + ".1"))[-1][:2] == (ExecType.CANCELED, OrdStatus.CANCELED)


def test_a_replaced_peg_is_taken_back_and_rests_under_its_new_terms() -> None:
    world = market()
    peg(world, PegPriceType.PRIMARY)
    new = Instructions(peg=Peg(PegPriceType.PRIMARY, -5))
    world.replace("p", "p2", 300, None, worst=10300, instructions=new)
    assert children(world.end(world.order_id("p") + ".1")) == [("A", 300, 9993, "DAY")]


def test_a_replace_of_the_order_while_the_venue_moves_its_peg_takes_it_back() -> None:
    world = market()
    peg(world, PegPriceType.PRIMARY)
    name = world.order_id("p") + ".1"
    world.quote("A", 9999, 700, 10003, 10)
    assert replaces(world.run_until(world.now_ns + REPEG_PAUSE_NS)) == [(200, 9999)]
    new = Instructions(peg=Peg(PegPriceType.PRIMARY, -5))
    world.replace("p", "p2", 300, None, worst=10300, instructions=new)
    assert told(world.acknowledge_replace(name)) == []  # of the peg, not of the order
    events = world.end(name)
    assert (ExecType.REPLACED, OrdStatus.NEW, None) in told(events)
    assert children(events) == [("A", 300, 9994, "DAY")]


def test_a_venue_halt_keeps_a_peg_where_it_is() -> None:
    world = market()
    peg(world, PegPriceType.PRIMARY)
    world.halt(HaltScope.VENUE, "A")
    world.quote("A", 9999, 700, 10003, 10)
    assert replaces(world.run_until(world.now_ns + REPEG_PAUSE_NS)) == []
    world.resume(HaltScope.VENUE, "A")
    assert replaces(world.met()) == [(200, 9999)]


def test_a_native_peg_goes_to_its_venue_with_its_limit() -> None:
    world = market()
    world.offer("A", VenueFeature.PEGGED)
    events = peg(world, PegPriceType.MID, algorithm=Algorithm.DIRECT, venue="A")
    (child,) = [e for e in events if isinstance(e, ChildNew)]
    assert (child.ord_type, child.price, child.instructions.peg) == (OrdType.PEGGED, 10300, Peg(PegPriceType.MID, 0))
    assert (child.time_in_force, world.state.armed) == (TimeInForce.DAY, {})


@pytest.mark.parametrize(
    ("offset", "kind", "smp", "at_the_venue"),
    [
        (-5, PegPriceType.MID, None, True),
        (0, PegPriceType.PRIMARY, None, False),
        (0, PegPriceType.MID, SelfMatchPrevention.CANCEL_BOTH, False),
    ],
)
def test_what_a_venues_replace_cannot_say_leaves_with_a_new_order(
    offset: int, kind: PegPriceType, smp: SelfMatchPrevention | None, at_the_venue: bool
) -> None:
    world = market()
    world.offer("A", VenueFeature.PEGGED, VenueFeature.SELF_MATCH_PREVENTION)
    peg(world, PegPriceType.MID, algorithm=Algorithm.DIRECT, venue="A")
    asked = Instructions(peg=Peg(kind, offset), smp=smp)
    events = world.replace("p", "p2", 300, None, worst=10300, instructions=asked)
    assert any(isinstance(e, ChildReplace) for e in events) is at_the_venue
    assert any(isinstance(e, ChildCancel) for e in events) is not at_the_venue
    if not at_the_venue:
        events = world.end(f"{world.order_id('p')}.1")
        (child,) = [e for e in events if isinstance(e, ChildNew)]
        assert child.instructions == asked
