"""Cancels, replaces, late and doubtful news of children, TWAP timing, and what is forgotten when."""

from dataclasses import replace

from oms.core.commands import TwapParameters
from oms.core.enums import Algorithm, ExecType, HaltScope, IntentKind, OrdStatus, Side, TimeInForce, TimerKind
from oms.core.execution_events import ChildRequestRejected, ChildUnknown
from oms.core.reasons import Reason
from oms.core.routing.ending import CANCEL_ATTEMPTS_MAX
from oms.core.routing.state import KEPT_TRADING_DATES
from oms.core.routing_events import (
    ChildCancel,
    ChildNew,
    ChildReplace,
    ParentChanged,
    ParentTraded,
    ReplaceApplied,
    RoutingEvent,
    SliceDone,
)
from oms.core.stage import TimerInput
from oms.testing.routing_world import SECOND_NS, RouterWorld

BUY, TWAP = Side.BUY, Algorithm.TWAP


def resting(qty: int = 500) -> tuple[RouterWorld, str]:
    """An order of `qty` that rests in one child."""
    world = RouterWorld(venues=("A", "B"))
    world.quote("A", 9998, 500, 10000, 300)
    world.order("o", BUY, qty, 9998)
    return world, world.order_id("o") + ".1"


def twap(qty: int = 600, halted: bool = False) -> RouterWorld:
    world = RouterWorld(venues=("A",))
    world.quote("A", 9998, 500, 10000, 10_000)
    if halted:
        world.halt()
    schedule = TwapParameters(world.now_ns, world.now_ns + 60 * SECOND_NS, 6)
    world.order("o", BUY, qty, 10000, algorithm=TWAP, twap=schedule)
    return world


def sent(events: tuple[RoutingEvent, ...]) -> list[int]:
    return [e.order_qty for e in events if isinstance(e, ChildNew)]


def slices(events: tuple[RoutingEvent, ...]) -> list[tuple[int, Reason | None]]:
    return [(e.sent_qty, e.reason) for e in events if isinstance(e, SliceDone)]


def status(world: RouterWorld) -> OrdStatus:
    return world.parent("o").status


def last(events: tuple[RoutingEvent, ...]) -> ParentChanged:
    return next(e for e in reversed(events) if isinstance(e, ParentChanged))


def test_a_cancel_with_nothing_open_is_done_at_once() -> None:
    world = RouterWorld(venues=("A",))
    world.order("o", BUY, 100, None, worst=10000)
    assert last(world.cancel("o")).ord_status is OrdStatus.CANCELED


def test_a_cancel_waits_for_every_child_and_unknown_is_not_an_end() -> None:
    world, child = resting()
    world.cancel("o")
    world.execution(ChildUnknown(world.order_id("o"), child, ""))
    assert status(world) is OrdStatus.PENDING_CANCEL
    world.end(child)
    assert status(world) is OrdStatus.CANCELED


def test_cancels_pass_under_every_halt() -> None:
    world, child = resting()
    world.halt()
    assert [e.child_id for e in world.cancel("o") if isinstance(e, ChildCancel)] == [child]


def test_a_refused_cancel_is_repeated_under_new_numbers_and_not_for_ever() -> None:
    world, child = resting()
    world.cancel("o")
    numbers = []
    for _ in range(5):
        numbers += [e.request for e in world.refuse_request(child, IntentKind.CANCEL) if isinstance(e, ChildCancel)]
    assert numbers == list(range(2, CANCEL_ATTEMPTS_MAX + 1))
    assert any(isinstance(e, ChildCancel) for e in world.cancel("o", by="c2")), "a person may ask again"


def test_a_refused_cancel_that_execution_made_on_its_own_is_not_the_routers() -> None:
    world, child = resting()
    reason = Reason.VENUE_CANCEL_REJECTED
    assert not world.execution(ChildRequestRejected(world.order_id("o"), child, 0, IntentKind.CANCEL, reason, ""))


def test_a_cancel_after_the_end_is_too_late() -> None:
    world, child = resting()
    world.fill(child, 500, 9998)
    refused = last(world.cancel("o"))
    assert (refused.cancel_rejected, refused.reason, refused.ord_status) == (
        True,
        Reason.TOO_LATE_TO_CANCEL,
        OrdStatus.FILLED,
    )


def test_a_late_fill_is_booked_and_the_status_stays() -> None:
    world, child = resting()
    world.cancel("o")
    world.end(child)
    traded = next(e for e in world.fill(child, 100, 9998) if isinstance(e, ParentTraded))
    assert (traded.ord_status, traded.cum_qty, traded.leaves_qty) == (OrdStatus.CANCELED, 100, 0)


def test_the_average_price_is_exact_over_all_fills() -> None:
    world, child = resting()
    world.fill(child, 300, 9998)
    world.fill(child, 200, 9997)
    assert (world.parent("o").cum_qty, world.parent("o").notional) == (500, 300 * 9998 + 200 * 9997)


def test_a_child_that_never_reached_its_venue_goes_again_under_a_new_number() -> None:
    world, child = resting()
    again = [e.child_id for e in world.unsent(child, Reason.NEVER_REACHED_VENUE) if isinstance(e, ChildNew)]
    assert again == [world.order_id("o") + ".2"]


def test_what_execution_stopped_ends_the_order_with_its_reason() -> None:
    for reason in (Reason.HALTED_AT_EXECUTION, Reason.GOOD_UNTIL_PASSED_AT_EXECUTION):
        world, child = resting()
        assert last(world.unsent(child, reason)).reason is reason
        assert status(world) is OrdStatus.CANCELED


def test_an_unsolicited_cancel_at_rest_ends_the_order() -> None:
    world, child = resting()
    assert last(world.end(child)).reason is Reason.VENUE_CANCELED


def test_rule_4_done_for_the_day_with_nothing_left_ends_the_child_and_with_something_it_does_not() -> None:
    world, child = resting()
    world.report(child, ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY)
    assert world.open_children("o")
    world.report(child, ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY, reason=Reason.VENUE_EXPIRED, leaves_qty=0)
    assert not world.open_children("o") and status(world) is OrdStatus.EXPIRED


def test_rule_39_a_schedule_survives_a_slice_that_self_match_prevention_cancelled() -> None:
    """What was left of the aggressor is carried into the next slice; nothing is lost, and the schedule goes on to its end."""
    world = twap()
    world.run_until(world.now_ns + SECOND_NS)
    (aggressor,) = world.open_children("o")
    world.fill(aggressor.child_id, 30, 10000)
    world.end(aggressor.child_id)
    assert status(world) is OrdStatus.PARTIALLY_FILLED
    events = world.run_until(world.now_ns + 10 * SECOND_NS)
    assert sent(events) == [170] and slices(events) == [(170, None)]
    while world.parent("o").cum_qty < 600:
        for child in world.open_children("o"):
            world.fill(child.child_id, child.order_qty, 10000)
        world.run_until(world.now_ns + 10 * SECOND_NS)
    assert status(world) is OrdStatus.FILLED


def test_a_replace_below_what_is_done_fills_the_order() -> None:
    world, child = resting()
    world.fill(child, 200, 9998)
    assert any(isinstance(e, ChildCancel) for e in world.replace("o", "r", 100, 9998))
    world.end(child)
    assert (status(world), world.parent("o").terms.order_qty) == (OrdStatus.FILLED, 200)


def test_a_replace_the_venue_refuses_goes_by_cancel_and_new() -> None:
    world, child = resting()
    assert [e.order_qty for e in world.replace("o", "r", 700, 9997) if isinstance(e, ChildReplace)] == [700]
    assert any(isinstance(e, ChildCancel) for e in world.refuse_request(child, IntentKind.REPLACE))
    assert sent(world.end(child)) == [700]
    assert (status(world), world.parent("o").terms.cl_ord_id) == (OrdStatus.NEW, "r")


def test_a_replace_that_became_marketable_is_routed_not_repriced() -> None:
    world, child = resting()
    events = world.replace("o", "r", 500, 10000)
    assert not any(isinstance(e, ChildReplace) for e in events)
    assert sent(world.end(child)) == [300, 200]


def test_a_replace_under_a_halt_is_refused() -> None:
    world, _ = resting()
    world.halt(HaltScope.DESK, "alpha")
    events = world.replace("o", "r", 400, 9998)
    assert last(events).reason is Reason.HALTED_AT_ROUTER and status(world) is OrdStatus.NEW
    assert [e.applied for e in events if isinstance(e, ReplaceApplied)] == [False]


def test_a_cancel_ends_a_pending_replace() -> None:
    world, child = resting()
    world.replace("o", "r", 700, 9997)
    world.cancel("o")
    events = world.end(child)
    assert [e.applied for e in events if isinstance(e, ReplaceApplied)] == [False]
    assert status(world) is OrdStatus.CANCELED


def test_a_fill_after_its_childs_end_cancels_what_is_too_much() -> None:
    world, child = resting()
    world.unsent(child, Reason.NEVER_REACHED_VENUE)
    events = world.fill(child, 100, 9998)
    assert [e.child_id for e in events if isinstance(e, ChildCancel)] == [world.order_id("o") + ".2"]
    assert sent(world.end(world.order_id("o") + ".2")) == [400]


def test_a_twap_works_its_schedule_and_ends_at_its_end() -> None:
    world = twap(650)
    start = world.now_ns
    for second in range(0, 60, 10):
        events = world.run_until(start + second * SECOND_NS)
        assert slices(events) == [(sum(sent(events)), None)]
        for child in world.open_children("o"):
            world.end(child.child_id)  # nothing is ever filled
    world.quote("A", 9998, 500, 10000, 10_000)
    assert world.parent("o").child_count == 6
    world.run_until(start + 59 * SECOND_NS)
    for child in world.open_children("o"):
        world.end(child.child_id)
    end = last(world.run_until(start + 60 * SECOND_NS))
    assert (end.ord_status, end.reason) == (OrdStatus.CANCELED, Reason.END_TIME_REACHED)


def test_a_late_slice_sends_at_most_twice_its_plan() -> None:
    world = twap(600)
    assert sent(world.step(TimerInput(world.order_id("o"), TimerKind.SLICE, 1, world.now_ns))) == [100]
    world.end(world.order_id("o") + ".1")
    world.now_ns += 45 * SECOND_NS  # the process was down
    assert sent(world.step(TimerInput(world.order_id("o"), TimerKind.SLICE, 2, 0))) == [200]


def test_a_halt_suspends_a_twap_and_a_resume_brings_it_back() -> None:
    world = twap(600, halted=True)
    start = world.now_ns
    assert status(world) is OrdStatus.NEW
    assert slices(world.run_until(start + 15 * SECOND_NS)) == [(0, Reason.HALTED_AT_ROUTER)] * 2
    world.resume()
    assert sent(world.run_until(start + 15 * SECOND_NS)) == [200]


def test_a_halt_over_the_last_slices_is_made_up_before_the_end() -> None:
    world = twap(600)
    start = world.now_ns
    world.halt()
    world.run_until(start + 52 * SECOND_NS)
    world.resume()
    for second in (52, 54, 56, 58):
        for child in world.open_children("o"):
            world.fill(child.child_id, child.order_qty, 10000)
        world.run_until(start + second * SECOND_NS)
    assert status(world) is OrdStatus.FILLED


def test_a_halt_through_the_end_expires_the_twap() -> None:
    world = twap(600, halted=True)
    world.run_until(world.now_ns + 61 * SECOND_NS)
    assert status(world) is OrdStatus.CANCELED and not world.state.queue


def test_a_running_twap_is_replaced_in_quantity_price_and_end() -> None:
    world = twap(600)
    start = world.now_ns
    world.run_until(start)
    world.replace("o", "r", 900, 9999, twap=TwapParameters(start, start + 30 * SECOND_NS, 3))
    assert status(world) is OrdStatus.PENDING_REPLACE, "a child is out"
    world.fill(world.order_id("o") + ".1", 100, 10000)
    assert status(world) is OrdStatus.PARTIALLY_FILLED
    assert slices(world.run_until(start)) == [(0, Reason.NO_LIQUIDITY)], "the new price is below the market"
    assert ("o" in world.parent("o").order_id, world.parent("o").terms.twap_end_ns) == (True, start + 30 * SECOND_NS)
    assert last(world.run_until(start + 30 * SECOND_NS)).reason is Reason.END_TIME_REACHED


def test_closed_orders_are_forgotten_by_trading_date_only() -> None:
    world, child = resting()
    world.cancel("o")
    world.end(child)
    opened = world.parent("o").opened
    for day in range(1, KEPT_TRADING_DATES + 1):
        assert opened.order_id in world.state.parents
        world.rules.evolve(world.state, replace(opened, order_id=f"x{day}", trading_date=opened.trading_date + day), 0)
    assert opened.order_id not in world.state.parents and child not in world.state.children


def test_a_mass_cancel_covers_many_orders_and_a_good_until_is_the_orders_own_only_at_first() -> None:
    world, child = resting()
    first = next(e for e in world.events if isinstance(e, ChildNew))
    assert first.good_until_ns == world.parent("o").terms.good_until_ns
    world.order("p", BUY, 100, 9990, TimeInForce.GTC)
    cancels = [e.child_id for e in world.mass_cancel("o", "p") if isinstance(e, ChildCancel)]
    assert cancels == [child, world.order_id("p") + ".1"]
