"""Icebergs, hidden, MinQty, all-or-none, market-to-limit, post-only and auction orders. Each test: the market, the order, what follows."""

import pytest

from oms.core.enums import (
    Algorithm,
    ExecInst,
    ExecType,
    HaltScope,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
    TriggerKind,
    VenueFeature,
)
from oms.core.instructions import Instructions, Peg
from oms.core.reasons import Reason
from oms.core.risk_events import MassCancelStep
from oms.core.routing.conditions import DISPLAYED_PAUSE_NS
from oms.core.routing_events import ChildNew, ParentChanged, RoutingEvent
from oms.core.trigger_events import TriggerArmed, Triggered
from oms.testing.routing_world import SECOND_NS, RouterWorld

BUY, SELL = Side.BUY, Side.SELL
AON, POST_ONLY = ExecInst.ALL_OR_NONE, ExecInst.PARTICIPATE_DONT_INITIATE


def children(events: tuple[RoutingEvent, ...]) -> list[tuple[str, int, int | None, str]]:
    return [(e.venue_id, e.order_qty, e.price, e.time_in_force.name) for e in events if isinstance(e, ChildNew)]


def end(events: tuple[RoutingEvent, ...]) -> tuple[OrdStatus, Reason | None]:
    last = next(e for e in reversed(events) if isinstance(e, ParentChanged))
    return last.ord_status, last.reason


def armed(events: tuple[RoutingEvent, ...]) -> list[tuple[TriggerKind, int, int]]:
    return [(e.kind, e.price, e.qty) for e in events if isinstance(e, TriggerArmed)]


def market() -> RouterWorld:
    """A shows 99.98 x 500 / 100.00 x 300, B 99.97 x 400 / 100.02 x 400."""
    world = RouterWorld(venues=("A", "B"))
    world.quote("A", 9998, 500, 10000, 300)
    world.quote("B", 9997, 400, 10002, 400)
    return world


def name(number: int, world: RouterWorld) -> str:
    return f"{world.order_id('o')}.{number}"


# Icebergs


def test_an_iceberg_rests_one_slice_and_the_next_when_it_is_filled() -> None:
    world = market()
    events = world.order("o", BUY, 500, 9998, instructions=Instructions(display_qty=200))
    assert children(events) == [("A", 200, 9998, "DAY")]
    assert children(world.fill(name(1, world), 150, 9998)) == []
    assert children(world.fill(name(1, world), 50, 9998)) == [("A", 200, 9998, "DAY")]
    assert children(world.fill(name(2, world), 200, 9998)) == [("A", 100, 9998, "DAY")]
    events = world.fill(name(3, world), 100, 9998)
    assert world.parent("o").status is OrdStatus.FILLED


def test_an_icebergs_many_slices_wait_for_no_timer() -> None:
    world = market()
    world.order("o", BUY, 1000, 9998, instructions=Instructions(display_qty=100))
    for number in range(1, 11):
        assert world.parent("o").timers == ()
        world.fill(name(number, world), 100, 9998)
    assert world.parent("o").status is OrdStatus.FILLED


def test_an_iceberg_takes_what_crosses_whole_and_shows_a_slice_of_the_rest() -> None:
    world = market()
    events = world.order("o", BUY, 1000, 10000, instructions=Instructions(display_qty=100))
    assert children(events) == [("A", 300, 10000, "IOC"), ("A", 100, 10000, "DAY")]
    world.fill(name(1, world), 300, 10000)
    assert [c.child_id for c in world.open_children("o")] == [name(2, world)]


def test_a_directed_iceberg_is_native_or_in_slices() -> None:
    for features, shown, qty in (((VenueFeature.ICEBERG,), 100, 900), ((), None, 100)):
        world = market()
        world.offer("B", *features)
        events = world.order(
            "o", BUY, 900, 9997, algorithm=Algorithm.DIRECT, venue="B", instructions=Instructions(display_qty=100)
        )
        (child,) = [e for e in events if isinstance(e, ChildNew)]
        assert (child.venue_id, child.order_qty, child.instructions.display_qty) == ("B", qty, shown)


def test_a_smart_iceberg_prefers_the_venue_that_has_them() -> None:
    world = market()
    world.offer("B", VenueFeature.ICEBERG)
    events = world.order("o", BUY, 900, 9997, instructions=Instructions(display_qty=100))
    (child,) = [e for e in events if isinstance(e, ChildNew)]
    assert (child.venue_id, child.order_qty, child.instructions.display_qty) == ("B", 900, 100)


def test_a_halt_suspends_the_next_slice_and_does_not_lose_it() -> None:
    world = market()
    world.order("o", BUY, 500, 9998, instructions=Instructions(display_qty=200))
    world.halt(HaltScope.INSTRUMENT, "IBM")
    events = world.fill(name(1, world), 200, 9998)
    assert children(events) == [] and armed(events) == [(TriggerKind.RESUME, 0, 0)]
    assert world.met() == ()
    world.resume(HaltScope.INSTRUMENT, "IBM")
    assert children(world.met()) == [("A", 200, 9998, "DAY")]


def test_a_replaced_iceberg_takes_its_slice_back_and_shows_the_new_one() -> None:
    world = market()
    world.order("o", BUY, 500, 9998, instructions=Instructions(display_qty=200))
    world.fill(name(1, world), 50, 9998)
    world.replace("o", "o2", 800, 9997, instructions=Instructions(display_qty=300))
    assert children(world.end(name(1, world))) == [("A", 300, 9997, "DAY")]


# Hidden


def test_a_hidden_order_is_held_and_sent_when_the_other_side_comes() -> None:
    world = market()
    events = world.order("o", BUY, 500, 9999, instructions=Instructions(display_qty=0))
    assert children(events) == [] and armed(events) == [(TriggerKind.DISPLAYED, 9999, 1)]
    world.run_until(world.now_ns + DISPLAYED_PAUSE_NS)
    assert children(world.quote("B", 9997, 400, 9999, 120)) == [("B", 120, 9999, "IOC")]
    events = world.fill(name(1, world), 120, 9999)
    assert children(events) == [] and armed(events) == [(TriggerKind.DISPLAYED, 9999, 1)]


def test_a_hidden_order_does_not_look_at_the_same_quote_twice() -> None:
    world = market()
    world.order("o", BUY, 500, 10000, instructions=Instructions(display_qty=0))
    assert armed(world.end(name(1, world))) == [(TriggerKind.DISPLAYED, 10000, 1)]
    assert world.run_until(world.now_ns + SECOND_NS) == ()
    assert children(world.quote("A", 9998, 500, 10000, 300)) == [("A", 300, 10000, "IOC")]


def test_a_hidden_order_rests_where_a_venue_hides_it() -> None:
    world = market()
    world.offer("B", VenueFeature.HIDDEN)
    events = world.order("o", BUY, 500, 10000, instructions=Instructions(display_qty=0))
    assert children(events) == [("A", 300, 10000, "IOC"), ("B", 200, 10000, "DAY")]
    assert [e.instructions.display_qty for e in events if isinstance(e, ChildNew)] == [None, 0]


# MinQty and all-or-none


def test_a_minimum_is_taken_at_one_venue_as_fok_and_what_is_left_works_freely() -> None:
    world = market()
    events = world.order("o", BUY, 600, 10002, instructions=Instructions(min_qty=350))
    assert children(events) == [("B", 400, 10002, "FOK")]  # A displays 300: two venues could both come back short
    assert children(world.fill(name(1, world), 400, 10002)) == [("A", 200, 10000, "IOC")]


def test_a_minimum_that_is_not_displayed_is_held_and_nothing_rests() -> None:
    world = market()
    events = world.order("o", BUY, 600, 10002, instructions=Instructions(min_qty=450))
    assert children(events) == [] and armed(events) == [(TriggerKind.DISPLAYED, 10002, 450)]
    world.run_until(world.now_ns + DISPLAYED_PAUSE_NS)
    assert world.quote("A", 9998, 500, 10001, 449) == ()
    events = world.quote("A", 9998, 500, 10001, 450)
    assert [e.market_qty for e in events if isinstance(e, Triggered)] == [450]
    assert children(events) == [("A", 450, 10001, "FOK")]


def test_a_fok_that_missed_its_minimum_waits_for_a_newer_quote() -> None:
    world = market()
    world.order("o", BUY, 600, 10002, instructions=Instructions(min_qty=350))
    events = world.end(name(1, world))
    assert children(events) == [] and armed(events)[-1] == (TriggerKind.DISPLAYED, 10002, 350)
    assert children(world.run_until(world.now_ns + SECOND_NS)) == []
    assert children(world.quote("B", 9997, 400, 10002, 400)) == [("B", 400, 10002, "FOK")]


def test_an_immediate_order_with_a_minimum_that_is_not_there_ends() -> None:
    world = market()
    events = world.order("o", BUY, 600, 10002, TimeInForce.IOC, instructions=Instructions(min_qty=450))
    assert children(events) == [] and end(events) == (OrdStatus.CANCELED, Reason.NO_LIQUIDITY)


def test_all_or_none_waits_until_one_venue_has_all_of_it() -> None:
    world = market()
    events = world.order("o", BUY, 700, 10002, instructions=Instructions(exec_inst=(AON,)))
    assert children(events) == [] and armed(events) == [(TriggerKind.DISPLAYED, 10002, 700)]
    world.run_until(world.now_ns + DISPLAYED_PAUSE_NS)
    assert children(world.quote("A", 9998, 500, 10000, 800)) == [("A", 700, 10000, "FOK")]


def test_all_or_none_rests_whole_where_a_venue_has_it() -> None:
    world = market()
    world.offer("B", VenueFeature.ALL_OR_NONE)
    events = world.order("o", BUY, 700, 10002, instructions=Instructions(exec_inst=(AON,)))
    assert children(events) == [("B", 700, 10002, "DAY")]
    assert [e.instructions.exec_inst for e in events if isinstance(e, ChildNew)] == [(AON,)]


# Market-to-limit


def test_market_to_limit_takes_then_rests_at_its_last_price() -> None:
    world = market()
    events = world.order("o", BUY, 1000, None, worst=10100, kind=OrdType.MARKET_TO_LIMIT)
    assert children(events) == [("A", 300, 10000, "IOC"), ("B", 400, 10002, "IOC")]
    world.fill(name(1, world), 300, 10000)
    assert children(world.fill(name(2, world), 400, 10002)) == [("A", 300, 10002, "DAY")]


def test_market_to_limit_that_finds_nothing_ends() -> None:
    world = RouterWorld(venues=("A",))
    world.order("o", BUY, 1000, None, worst=10100, kind=OrdType.MARKET_TO_LIMIT)
    events = world.run_until(world.now_ns + SECOND_NS)
    assert end(events) == (OrdStatus.CANCELED, Reason.NO_LIQUIDITY)


def test_market_to_limit_is_the_routers_even_where_a_venue_has_it() -> None:
    world = market()
    world.offer("A", VenueFeature.MARKET_TO_LIMIT)
    events = world.order(
        "o", BUY, 1000, None, worst=10100, kind=OrdType.MARKET_TO_LIMIT, algorithm=Algorithm.DIRECT, venue="A"
    )
    assert children(events) == [("A", 300, 10000, "IOC")]


# Post-only, auctions, self-match prevention


def test_a_post_only_order_rests_only_where_a_venue_has_it_and_it_does_not_cross() -> None:
    world = market()
    world.offer("A", VenueFeature.POST_ONLY)
    world.offer("B", VenueFeature.POST_ONLY)
    events = world.order("o", BUY, 500, 10000, instructions=Instructions(exec_inst=(POST_ONLY,)))
    assert children(events) == [("B", 500, 10000, "DAY")]  # at A it would cross
    assert [e.instructions.exec_inst for e in events if isinstance(e, ChildNew)] == [(POST_ONLY,)]


def test_a_post_only_order_that_would_take_everywhere_ends() -> None:
    world = market()
    world.offer("A", VenueFeature.POST_ONLY)
    events = world.order("o", BUY, 500, 10000, instructions=Instructions(exec_inst=(POST_ONLY,)))
    assert children(events) == [] and end(events) == (OrdStatus.CANCELED, Reason.WOULD_TAKE_LIQUIDITY)


@pytest.mark.parametrize("tif", [TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE])
@pytest.mark.parametrize("price", [10005, None])
def test_an_auction_order_goes_whole_to_a_venue_that_holds_auctions(tif: TimeInForce, price: int | None) -> None:
    world = market()
    world.offer("B", VenueFeature.AUCTIONS)
    events = world.order("o", BUY, 500, price, tif, worst=10050 if price is None else None)
    assert children(events) == [("B", 500, price or 10050, tif.name)]
    assert world.child(name(1, world)).rests


def test_self_match_prevention_keeps_to_the_venues_that_have_it() -> None:
    world = market()
    world.offer("B", VenueFeature.SELF_MATCH_PREVENTION)
    smp = Instructions(smp=SelfMatchPrevention.CANCEL_PASSIVE, smp_id="x")
    events = world.order("o", BUY, 500, 10002, instructions=smp)
    assert children(events) == [("B", 400, 10002, "IOC"), ("B", 100, 10002, "DAY")]
    assert {e.instructions.smp_id for e in events if isinstance(e, ChildNew)} == {"x"}


def test_a_feature_that_went_away_after_risk_saw_it_ends_the_order() -> None:
    world = market()
    events = world.order("o", BUY, 500, 9990, instructions=Instructions(exec_inst=(POST_ONLY,)))
    assert end(events) == (OrdStatus.CANCELED, Reason.NO_VENUE_AVAILABLE)


# Together


def test_a_stop_limit_iceberg_is_in_slices_once_it_is_met() -> None:
    world = market()
    i = Instructions(stop_px=10010, display_qty=100)
    world.order("o", BUY, 300, 9998, kind=OrdType.STOP_LIMIT, instructions=i)
    events = world.trade("A", (10010, 1))
    assert children(events) == [("A", 100, 9998, "DAY")]
    assert [e.exec_type for e in events if isinstance(e, ParentChanged)] == [ExecType.TRIGGERED]


def test_a_pegged_iceberg_is_in_slices_at_the_price_that_it_follows() -> None:
    world = market()
    i = Instructions(display_qty=100, peg=Peg(PegPriceType.PRIMARY, 0))
    events = world.order("o", BUY, 300, None, worst=10300, kind=OrdType.PEGGED, instructions=i)
    assert children(events) == [("A", 100, 9998, "DAY")]
    assert children(world.fill(name(1, world), 100, 9998)) == [("A", 100, 9998, "DAY")]
    assert world.state.armed[world.order_id("o")].kind is TriggerKind.PEG


def test_good_till_date_goes_to_a_venue_that_has_it_and_as_gtc_elsewhere() -> None:
    for features, tif in (((VenueFeature.GOOD_TILL_DATE,), "GTD"), ((), "GTC")):
        world = market()
        world.offer("A", *features)
        end_ns = world.now_ns + 3_600 * SECOND_NS
        events = world.order("o", BUY, 300, 9998, TimeInForce.GTD, instructions=Instructions(expire_ns=end_ns))
        assert children(events) == [("A", 300, 9998, tif)]
        assert [e.instructions.expire_ns for e in events if isinstance(e, ChildNew)] == [end_ns if features else 0]


def test_a_mass_cancel_over_a_venue_sends_the_next_slice_and_the_peg_elsewhere() -> None:
    iceberg = Instructions(display_qty=100)
    pegged = Instructions(peg=Peg(PegPriceType.PRIMARY, 0))
    for kind, price, i, elsewhere in (
        (OrdType.LIMIT, 9998, iceberg, ("B", 100, 9998, "DAY")),
        (OrdType.PEGGED, None, pegged, ("B", 300, 9998, "DAY")),
    ):
        world = market()
        events = world.order("o", BUY, 300, price, worst=10300 if price is None else None, kind=kind, instructions=i)
        assert [c[0] for c in children(events)] == ["A"]
        world.risk(MassCancelStep(0, (world.order_id("o"),), 0, venue_id="A"))
        assert children(world.end(name(1, world))) == [elsewhere]
        assert world.parent("o").status is OrdStatus.NEW
