"""Best price, direct and the rounds after it. Reading order of each test: the market, the order, the children."""

import pytest

from oms.core.enums import Algorithm, HaltScope, OrdStatus, OrdType, Side, TimeInForce, TimerKind
from oms.core.reasons import Reason
from oms.core.routing.placing import RETRY_NS, ROUNDS_MAX
from oms.core.routing_events import Candidate, ChildNew, ParentChanged, RoutingDecision, RoutingEvent
from oms.testing.routing_world import RouterWorld

BUY, SELL = Side.BUY, Side.SELL


def children(events: tuple[RoutingEvent, ...]) -> list[tuple[str, int, int | None, str]]:
    return [(e.venue_id, e.order_qty, e.price, e.time_in_force.name) for e in events if isinstance(e, ChildNew)]


def candidate(events: tuple[RoutingEvent, ...], venue_id: str) -> Candidate:
    decision = next(e for e in events if isinstance(e, RoutingDecision))
    return next(c for c in decision.candidates if c.venue_id == venue_id)


def end(events: tuple[RoutingEvent, ...]) -> tuple[OrdStatus, Reason | None]:
    last = next(e for e in reversed(events) if isinstance(e, ParentChanged))
    return last.ord_status, last.reason


def two_venues(**options: dict[str, int]) -> RouterWorld:
    world = RouterWorld(venues=("A", "B"), **options)  # type: ignore[arg-type]
    world.quote("A", 9998, 500, 10000, 300)
    world.quote("B", 9997, 400, 10002, 400)
    return world


def test_fees_decide_which_venue_is_better() -> None:
    world = two_venues(fees_ppm={"A": 300, "B": 0})  # A: 100.00 + 3 cents; B: 100.02
    assert children(world.order("o", BUY, 400, 10005)) == [("B", 400, 10002, "IOC")]


def test_a_sale_takes_the_highest_bids() -> None:
    world = two_venues()
    assert children(world.order("o", SELL, 700, 9990)) == [("A", 500, 9998, "IOC"), ("B", 200, 9997, "IOC")]


def test_equal_prices_go_to_the_larger_size_then_to_the_venue_id() -> None:
    world = RouterWorld()
    for venue, qty in (("A", 100), ("B", 200), ("C", 200)):
        world.quote(venue, 9998, 100, 10000, qty)
    assert [c[0] for c in children(world.order("o", BUY, 450, 10000))] == ["B", "C", "A"]


def test_what_is_not_marketable_rests_where_our_side_is_best() -> None:
    world = two_venues()
    assert children(world.order("o", BUY, 900, 10000)) == [("A", 300, 10000, "IOC"), ("A", 600, 10000, "DAY")]


def test_sizes_are_whole_lots() -> None:
    world = RouterWorld(venues=("A", "B"), lot=100)
    world.quote("A", 9998, 500, 10000, 350)
    world.quote("B", 9998, 500, 10001, 99)
    events = world.order("o", BUY, 500, 10005, TimeInForce.IOC)
    assert children(events) == [("A", 300, 10000, "IOC")]
    assert candidate(events, "B").why_not == "less than a lot displayed"


def test_why_not() -> None:
    world = RouterWorld(venues=("A", "B", "C", "D", "E"))
    world.quote("A", 9998, 500, 10000, 300)
    world.quote("B", 9998, 500, 10001, 300)
    world.quote("C", 9998, 500, 10010, 300)
    world.quote("D", 9998, 500, 9990, 300)
    world.disable("D")
    events = world.order("o", BUY, 200, 10005, venues=("A", "B", "C", "D", "E", "F"))
    assert {v: candidate(events, v).why_not for v in "ABCDEF"} == {
        "A": "",
        "B": "quantity already placed at better venues",
        "C": "worse than the limit",
        "D": "disabled",
        "E": "no quote",
        "F": "unknown venue",
    }


def test_a_halted_venue_is_left_out() -> None:
    world = two_venues()
    world.halt(HaltScope.VENUE, "A")
    events = world.order("o", BUY, 300, 10005)
    assert children(events) == [("B", 300, 10002, "IOC")]
    assert candidate(events, "A").why_not == "halted"


def test_the_mandates_maximum_per_venue_holds() -> None:
    world = two_venues()
    assert [c[:2] for c in children(world.order("o", BUY, 200, 10005, venue_max=120))] == [("A", 120), ("B", 80)]


def test_two_orders_do_not_aim_at_the_same_size_until_the_quote_is_new() -> None:
    world = two_venues()
    world.order("o1", BUY, 200, 10000, TimeInForce.IOC)
    second = world.order("o2", BUY, 200, 10000, TimeInForce.IOC)
    assert children(second) == [("A", 100, 10000, "IOC")]
    assert (candidate(second, "A").displayed_qty, candidate(second, "A").own_taken_qty) == (300, 200)
    third = world.order("o3", BUY, 200, 10000, TimeInForce.IOC)
    assert candidate(third, "A").why_not == "already taken by our own orders"
    world.quote("A", 9998, 500, 10000, 300)
    assert children(world.order("o4", BUY, 200, 10000, TimeInForce.IOC)) == [("A", 200, 10000, "IOC")]


def test_what_a_refused_child_aimed_at_is_there_for_others() -> None:
    world = two_venues()
    world.order("o1", BUY, 300, 10000, TimeInForce.IOC)
    world.end(world.order_id("o1") + ".1", OrdStatus.REJECTED)
    assert children(world.order("o2", BUY, 300, 10000, TimeInForce.IOC)) == [("A", 300, 10000, "IOC")]


def test_fok_goes_whole_to_one_venue_or_as_a_sweep_or_not_at_all() -> None:
    fok = TimeInForce.FOK
    assert children(two_venues().order("o", BUY, 300, 10005, fok)) == [("A", 300, 10000, "FOK")]
    assert [c[3] for c in children(two_venues().order("o", BUY, 700, 10005, fok))] == ["IOC", "IOC"]
    events = two_venues().order("o", BUY, 701, 10005, fok)
    assert children(events) == [] and end(events) == (OrdStatus.CANCELED, Reason.FOK_NOT_FILLABLE)


def test_a_market_order_plans_again_on_a_new_market_and_gives_up_after_its_rounds() -> None:
    world, name = two_venues(), ""
    world.order("o", BUY, 300, None, worst=10001)
    for number in range(1, ROUNDS_MAX + 1):
        world.quote("A", 9998, 500, 10000, 300)
        name = f"{world.order_id('o')}.{number}"
        events = world.end(name)
    assert end(events) == (OrdStatus.CANCELED, Reason.NO_LIQUIDITY)


def test_a_market_order_waits_for_the_market_where_it_did_not_move() -> None:
    world = RouterWorld(venues=("A",))
    assert children(world.order("o", BUY, 300, None, worst=10001)) == []
    assert world.parent("o").timers == ((TimerKind.STATUS, 1),)
    world.quote("A", 9998, 500, 10000, 300)
    assert children(world.run_until(world.now_ns + RETRY_NS)) == [("A", 300, 10000, "IOC")]


def test_a_limit_order_that_came_back_short_rests_its_rest() -> None:
    world = two_venues()
    world.order("o", BUY, 300, 10000)
    world.fill(world.order_id("o") + ".1", 100, 10000)
    assert children(world.end(world.order_id("o") + ".1")) == [("A", 200, 10000, "DAY")]


@pytest.mark.parametrize("price", [10000, None])
def test_direct_sends_the_order_at_its_price_or_its_bound(price: int | None) -> None:
    world = two_venues()
    events = world.order("o", BUY, 500, price, TimeInForce.IOC, Algorithm.DIRECT, worst=10050, venue="B")
    assert children(events) == [("B", 500, price or 10050, "IOC")]
    child = world.open_children("o")[0]
    assert child.ord_type is OrdType.LIMIT


@pytest.mark.parametrize("price", [9999, None])
def test_a_direct_order_that_does_not_cross_takes_nothing_from_the_next(price: int | None) -> None:
    world = two_venues()
    events = world.order("o1", BUY, 200, price, TimeInForce.IOC, Algorithm.DIRECT, worst=9999, venue="A")
    assert (candidate(events, "A").chosen_qty, candidate(events, "A").rested_qty) == (0, 200)
    assert children(world.order("o2", BUY, 300, 10000, TimeInForce.IOC)) == [("A", 300, 10000, "IOC")]


def test_a_venues_refusal_of_a_direct_order_is_the_orders() -> None:
    world = two_venues()
    world.order("o", BUY, 500, 10000, algorithm=Algorithm.DIRECT, venue="A")
    assert end(world.end(world.order_id("o") + ".1", OrdStatus.REJECTED)) == (OrdStatus.REJECTED, Reason.VENUE_REJECTED)


def test_nothing_is_created_for_a_mandate_that_meets_a_halt() -> None:
    world = two_venues()
    world.halt(HaltScope.INSTRUMENT, "IBM")
    for number, algorithm in enumerate((Algorithm.BEST_PRICE, Algorithm.DIRECT)):
        events = world.order(f"o{number}", BUY, 500, 10000, algorithm=algorithm, venue="A")
        assert children(events) == [] and end(events) == (OrdStatus.CANCELED, Reason.HALTED_AT_ROUTER)


def test_no_venue_at_all_ends_the_order() -> None:
    world = two_venues()
    world.disable("A")
    world.disable("B")
    assert end(world.order("o", BUY, 500, 10000)) == (OrdStatus.CANCELED, Reason.NO_VENUE_AVAILABLE)
