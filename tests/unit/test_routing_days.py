"""What time does to orders: validity that ends, days that change, calendars that move. Tests carry the numbers of the order behaviours."""

from dataclasses import replace

import pytest

from oms.core.commands import TwapParameters
from oms.core.enums import (
    Algorithm,
    ExecRestatementReason,
    ExecType,
    IntentKind,
    Liquidity,
    OrdStatus,
    OrdType,
    PegPriceType,
    Side,
    TimeInForce,
    TimerKind,
)
from oms.core.execution_events import ChildUnknown, FillCorrected, FillSuperseded
from oms.core.instructions import PLAIN, Instructions, Peg
from oms.core.reasons import Reason
from oms.core.reference import Calendar, Interval
from oms.core.routing.days import EXPIRY_PAUSE_NS
from oms.core.routing.state import KEPT_TRADING_DATES
from oms.core.routing_events import (
    ChildCancel,
    ChildNew,
    DayChanged,
    ParentChanged,
    ParentTraded,
    RetimingStarted,
    RetimingStep,
    RoutingEvent,
    SliceDone,
    TimerSet,
    TradeCorrected,
    TradeSuperseded,
)
from oms.core.trigger_events import Triggered
from oms.testing.routing_world import DATE, SECOND_NS, RouterWorld

BUY = Side.BUY
HOUR = 3600 * SECOND_NS
DAY = 24 * HOUR
DATES = (19700101, 19700102, 19700103, 19700104, 19700105)


def close_of(day: int) -> int:
    return day * DAY + 8 * HOUR


def open_of(day: int) -> int:
    return day * DAY


MARKET = Calendar("M", False, tuple(Interval(open_of(n), close_of(n), d) for n, d in enumerate(DATES)))
CLOCK_ROUND = Calendar("R", True, tuple(Interval(n * DAY, (n + 1) * DAY, d) for n, d in enumerate(DATES)))


def resting(
    tif: TimeInForce,
    instructions: Instructions = PLAIN,
    calendar: Calendar = MARKET,
    algorithm: Algorithm = Algorithm.BEST_PRICE,
    qty: int = 500,
) -> tuple[RouterWorld, str]:
    """An order that rests in one child at venue A, which alone has a market."""
    world = RouterWorld(venues=("A", "B"), calendar=calendar)
    world.quote("A", 9998, 500, 10000, 300)
    venue = "A" if algorithm is Algorithm.DIRECT else ""
    world.order("o", BUY, qty, 9998, tif, algorithm, instructions=instructions, venue=venue)
    return world, world.order_id("o") + ".1"


def told(events: tuple[RoutingEvent, ...]) -> list[tuple[ExecType, OrdStatus]]:
    return [(e.exec_type, e.ord_status) for e in events if isinstance(e, ParentChanged)]


def changed(events: tuple[RoutingEvent, ...], exec_type: ExecType) -> ParentChanged:
    return next(e for e in events if isinstance(e, ParentChanged) and e.exec_type is exec_type)


def children(events: tuple[RoutingEvent, ...]) -> list[tuple[TimeInForce, int]]:
    return [(e.time_in_force, e.order_qty) for e in events if isinstance(e, ChildNew)]


def cancels(events: tuple[RoutingEvent, ...]) -> list[str]:
    return [e.child_id for e in events if isinstance(e, ChildCancel)]


GTD_TWO_DAYS = Instructions(expire_date=DATES[1])

# Validity


def test_rule_23_a_day_order_ends_at_the_close_of_its_session() -> None:
    world, child = resting(TimeInForce.DAY)
    assert not world.run_until(close_of(0) - 1)
    assert cancels(world.run_until(close_of(0))) == [child]
    ended = changed(world.end(child), ExecType.EXPIRED)
    assert (ended.ord_status, ended.reason, ended.leaves_qty) == (OrdStatus.EXPIRED, Reason.VALIDITY_ENDED, 0)
    assert ended.day_order_qty == 0, "day quantities are for orders that live for days"


def test_rule_23_the_venues_own_expiry_ends_a_day_order_the_same() -> None:
    world, child = resting(TimeInForce.DAY)
    world.run_until(close_of(0))
    assert told(world.end(child, OrdStatus.EXPIRED)) == [(ExecType.EXPIRED, OrdStatus.EXPIRED)]


@pytest.mark.parametrize(
    ("tif", "instructions", "end_ns"),
    [
        (TimeInForce.GTD, Instructions(expire_ns=5 * HOUR), 5 * HOUR),
        (TimeInForce.GOOD_FOR_TIME, Instructions(good_for_ns=HOUR), SECOND_NS + HOUR),
        (TimeInForce.GTD, Instructions(expire_date=DATES[0]), close_of(0)),
    ],
)
def test_rule_23_what_the_system_expires_ends_at_its_time(
    tif: TimeInForce, instructions: Instructions, end_ns: int
) -> None:
    world, child = resting(tif, instructions)
    assert not world.run_until(end_ns - 1)
    assert cancels(world.run_until(end_ns)) == [child]
    assert told(world.end(child)) == [(ExecType.EXPIRED, OrdStatus.EXPIRED)]


def test_rule_23_an_expiry_survives_partial_fills_and_a_fill_that_crosses_it() -> None:
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
    world.fill(child, 200, 9998)
    world.run_until(5 * HOUR)
    traded = next(e for e in world.fill(child, 100, 9998) if isinstance(e, ParentTraded))
    assert traded.ord_status is OrdStatus.PENDING_CANCEL
    ended = changed(world.end(child), ExecType.EXPIRED)
    assert (ended.cum_qty, ended.leaves_qty) == (300, 0)


def test_rule_23_a_last_fill_that_crosses_the_expiry_fills_the_order() -> None:
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
    world.run_until(5 * HOUR)
    assert told(world.fill(child, 500, 9998))[-1][1] is OrdStatus.FILLED
    assert not world.parent("o").timers


def test_rule_23_a_refused_cancel_does_not_outlive_the_expiry() -> None:
    """After the attempts of one request the timer asks again, ever more seldom, until the child is gone."""
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
    world.run_until(5 * HOUR)
    asked = 1
    for _ in range(6):
        asked += len(cancels(world.refuse_request(child, IntentKind.CANCEL)))
    assert asked == 3, "one request's attempts"
    assert cancels(world.run_until(5 * HOUR + EXPIRY_PAUSE_NS)) == [child]
    assert len(cancels(world.run_until(5 * HOUR + 4 * EXPIRY_PAUSE_NS))) == 1
    assert len(cancels(world.run_until(6 * HOUR))) == 9
    assert len(cancels(world.run_until(16 * HOUR))) in range(8, 11), "in the end once an hour or so"
    assert told(world.end(child)) == [(ExecType.EXPIRED, OrdStatus.EXPIRED)]


def test_rule_17_a_cancel_that_the_venue_refuses_disarms_no_expiry() -> None:
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
    world.cancel("o")
    for _ in range(4):
        world.refuse_request(child, IntentKind.CANCEL)
    assert cancels(world.run_until(5 * HOUR)) == [child]
    assert world.parent("o").status is OrdStatus.PENDING_CANCEL


def test_rule_17_a_replace_that_is_refused_leaves_the_expiry_armed() -> None:
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
    world.replace("o", "r", 600, 9997, instructions=Instructions(expire_ns=7 * HOUR))
    assert world.parent("o").status is OrdStatus.PENDING_REPLACE
    world.halt()
    world.refuse_request(child, IntentKind.REPLACE)
    world.resume()
    assert cancels(world.run_until(5 * HOUR)) or world.parent("o").closed


def test_rule_17_a_replace_that_risk_sent_too_late_changes_no_timer() -> None:
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
    world.halt()
    refused = changed(world.replace("o", "r", 600, 9998), ExecType.ORDER_STATUS)
    assert refused.cancel_rejected and refused.ord_status is OrdStatus.NEW
    assert cancels(world.run_until(5 * HOUR)) == [child]


def test_a_replacement_may_state_another_end_and_keeps_the_old_one_otherwise() -> None:
    for stated, end_ns in ((Instructions(expire_ns=7 * HOUR), 7 * HOUR), (Instructions(), 5 * HOUR)):
        world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
        world.replace("o", "r", 600, 9997, instructions=stated)
        world.acknowledge_replace(child)
        assert not world.run_until(end_ns - 1)
        assert cancels(world.run_until(end_ns)) == [child]


def test_a_duration_stated_again_begins_with_the_replacement() -> None:
    world, child = resting(TimeInForce.GOOD_FOR_TIME, Instructions(good_for_ns=HOUR))
    world.run_until(HOUR // 2)
    world.replace("o", "r", 600, 9997, instructions=Instructions(good_for_ns=HOUR))
    world.acknowledge_replace(child)
    assert not world.run_until(HOUR // 2 + HOUR - 1)
    assert cancels(world.run_until(HOUR // 2 + HOUR)) == [child]


def test_an_order_whose_end_is_past_is_never_placed() -> None:
    world, _ = resting(TimeInForce.GTD, Instructions(expire_ns=SECOND_NS // 2))
    assert world.parent("o").status is OrdStatus.EXPIRED and not world.parent("o").child_count


def test_rule_23_nothing_is_placed_at_an_end_whose_timer_has_not_fired_yet() -> None:
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
    world.now_ns = 5 * HOUR
    events = world.unsent(child, Reason.NEVER_REACHED_VENUE)
    assert not children(events) and told(events) == [(ExecType.EXPIRED, OrdStatus.EXPIRED)]


def test_rule_8_a_cancel_too_late_after_the_expiry_leaves_no_timer() -> None:
    """Found by seed 572159823 of the property test: asked for by a person too, the order ended filled with its timers set."""
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=5 * HOUR))
    world.run_until(5 * HOUR)
    world.cancel("o")
    refused = changed(world.fill(child, 500, 9998), ExecType.ORDER_STATUS)
    assert refused.cancel_rejected and refused.reason is Reason.TOO_LATE_TO_CANCEL
    assert world.parent("o").status is OrdStatus.FILLED and not world.parent("o").timers


# Days


@pytest.mark.parametrize("tif", [TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME])
def test_rule_4_a_gt_order_done_for_the_day_keeps_its_leaves(tif: TimeInForce) -> None:
    wishes = {TimeInForce.GTD: GTD_TWO_DAYS, TimeInForce.GOOD_FOR_TIME: Instructions(good_for_ns=3 * DAY)}
    world, child = resting(tif, wishes.get(tif, Instructions()))
    world.fill(child, 200, 9998)
    done = changed(world.run_until(close_of(0)), ExecType.DONE_FOR_DAY)
    assert (done.ord_status, done.order_qty, done.cum_qty, done.leaves_qty) == (OrdStatus.DONE_FOR_DAY, 500, 200, 300)
    assert (done.day_order_qty, done.day_cum_qty, done.day_notional) == (500, 200, 200 * 9998)


def test_rule_21_a_new_day_restates_and_counts_the_day_anew_but_not_cum_qty() -> None:
    world, child = resting(TimeInForce.GTC)
    world.fill(child, 200, 9998)
    world.run_until(close_of(0))
    world.end(child, OrdStatus.EXPIRED)
    events = world.run_until(open_of(1))
    restated = changed(events, ExecType.RESTATED)
    assert restated.restatement is ExecRestatementReason.GT_RENEWAL
    assert (restated.ord_status, restated.cum_qty, restated.leaves_qty) == (OrdStatus.PARTIALLY_FILLED, 200, 300)
    assert (restated.day_order_qty, restated.day_cum_qty, restated.day_notional) == (300, 0, 0)
    assert restated.notional == 200 * 9998
    assert children(events) == [(TimeInForce.DAY, 300)]
    traded = next(e for e in world.fill(f"{world.order_id('o')}.2", 100, 9990) if isinstance(e, ParentTraded))
    assert (traded.cum_qty, traded.day_order_qty, traded.day_cum_qty) == (300, 300, 100)
    assert (traded.day_notional, traded.notional, traded.trade_date) == (100 * 9990, 100 * 9990 + 200 * 9998, DATES[1])


def test_rule_21_restated_is_not_a_fill() -> None:
    world, child = resting(TimeInForce.GTC)
    world.run_until(close_of(0))
    world.end(child, OrdStatus.EXPIRED)
    assert not [e for e in world.run_until(open_of(1)) if isinstance(e, ParentTraded)]
    assert world.parent("o").cum_qty == 0 and world.parent("o").status is OrdStatus.NEW


def test_children_of_a_best_price_gt_order_live_for_a_day_and_direct_gtc_keeps_its_place() -> None:
    world, child = resting(TimeInForce.GTC)
    assert world.child(child).time_in_force is TimeInForce.DAY
    world, child = resting(TimeInForce.GTC, algorithm=Algorithm.DIRECT)
    assert world.child(child).time_in_force is TimeInForce.GTC
    assert not cancels(world.run_until(close_of(0)))
    assert not children(world.run_until(open_of(1)))
    assert world.parent("o").open_children == (child,) and world.parent("o").status is OrdStatus.NEW
    world, child = resting(TimeInForce.GTD, GTD_TWO_DAYS, algorithm=Algorithm.DIRECT)
    assert world.child(child).time_in_force is TimeInForce.DAY


def test_what_the_venue_does_not_end_at_the_close_is_cancelled() -> None:
    world, child = resting(TimeInForce.GTC)
    assert cancels(world.run_until(close_of(0))) == [child]
    assert not told(world.end(child)), "the order goes on, done for the day"
    assert world.parent("o").status is OrdStatus.DONE_FOR_DAY
    assert children(world.run_until(open_of(1))) == [(TimeInForce.DAY, 500)]


def test_a_venue_that_closes_before_our_calendar_does_not_end_the_order() -> None:
    world, child = resting(TimeInForce.GTC)
    world.run_until(close_of(0) - SECOND_NS)
    events = world.end(child, OrdStatus.EXPIRED)
    assert not told(events) and not children(events)
    assert not children(world.run_until(close_of(0)))
    assert children(world.run_until(open_of(1))) == [(TimeInForce.DAY, 500)]


def test_what_is_unknown_at_the_close_stays_unknown_and_is_not_placed_twice() -> None:
    world, child = resting(TimeInForce.GTC)
    world.execution(ChildUnknown(world.order_id("o"), child, ""))
    world.run_until(close_of(0))
    assert not children(world.run_until(open_of(1)))
    assert world.parent("o").open_children == (child,)
    assert children(world.end(child, OrdStatus.EXPIRED)) == [], "it ended with its day: planned at the next"
    assert children(world.run_until(open_of(2))) == [(TimeInForce.DAY, 500)]


def test_rule_21_a_late_fill_counts_to_the_day_it_was_made_on() -> None:
    world, child = resting(TimeInForce.GTC)
    world.run_until(close_of(0))
    late = next(e for e in world.fill(child, 100, 9998, at_ns=close_of(0) - 1) if isinstance(e, ParentTraded))
    assert (late.ord_status, late.day_cum_qty, late.trade_date) == (OrdStatus.DONE_FOR_DAY, 100, DATES[0])
    world.run_until(open_of(1))
    later = next(e for e in world.fill(child, 50, 9998, at_ns=close_of(0) - 1) if isinstance(e, ParentTraded))
    assert (later.cum_qty, later.day_order_qty, later.day_cum_qty, later.trade_date) == (150, 350, 0, DATES[0])


def test_a_late_fill_of_everything_ends_an_order_that_is_done_for_the_day() -> None:
    world, child = resting(TimeInForce.GTC)
    world.run_until(close_of(0))
    assert [e.ord_status for e in world.fill(child, 500, 9998) if isinstance(e, ParentTraded)] == [OrdStatus.FILLED]
    assert not world.parent("o").timers


def test_rule_21_a_corrected_price_of_an_earlier_day_is_not_of_this_one() -> None:
    for days_later, day_notional in ((0, 100 * 9990), (1, 0)):
        world, child = resting(TimeInForce.GTC)
        world.fill(child, 100, 9998, "I1")
        world.run_until(open_of(days_later) if days_later else 2 * SECOND_NS)
        o = world.order_id("o")
        real = FillSuperseded(o, child, "A", "E1", "I1", 100, 9990, 9998, 0, None, world.now_ns, 100)
        told_again = next(e for e in world.execution(real) if isinstance(e, TradeSuperseded))
        assert (told_again.notional, told_again.day_notional) == (100 * 9990, day_notional)
        assert world.parent("o").day_notional == day_notional


def test_a_cancel_of_an_order_that_is_done_for_the_day() -> None:
    world, child = resting(TimeInForce.GTC)
    world.run_until(close_of(0))
    world.end(child, OrdStatus.EXPIRED)
    assert told(world.cancel("o")) == [(ExecType.CANCELED, OrdStatus.CANCELED)]


def test_rule_2_a_pending_cancel_hides_done_for_the_day_and_the_day_still_changes() -> None:
    world, child = resting(TimeInForce.GTC)
    world.fill(child, 200, 9998)
    world.cancel("o")
    assert told(world.run_until(close_of(0))) == [(ExecType.DONE_FOR_DAY, OrdStatus.PENDING_CANCEL)]
    restated = changed(world.run_until(open_of(1)), ExecType.RESTATED)
    assert (restated.ord_status, restated.day_cum_qty) == (OrdStatus.PENDING_CANCEL, 0)
    assert not children(world.run_until(open_of(1)))
    assert told(world.end(child))[-1][1] is OrdStatus.CANCELED


def test_a_replace_that_is_settled_after_the_close_works_from_the_next_day() -> None:
    world, child = resting(TimeInForce.GTC)
    world.replace("o", "r", 600, 9997)
    assert told(world.run_until(close_of(0))) == [(ExecType.DONE_FOR_DAY, OrdStatus.PENDING_REPLACE)]
    assert told(world.end(child, OrdStatus.EXPIRED)) == [(ExecType.REPLACED, OrdStatus.DONE_FOR_DAY)]
    assert children(world.run_until(open_of(1))) == [(TimeInForce.DAY, 600)]


def test_rule_23_gtd_ends_at_the_close_of_its_last_day_and_is_not_done_for_the_day_first() -> None:
    world, child = resting(TimeInForce.GTD, GTD_TWO_DAYS)
    world.run_until(close_of(0))
    world.end(child, OrdStatus.EXPIRED)
    world.run_until(open_of(1))
    events = world.run_until(close_of(1))
    assert told(events)[0] == (ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL)
    assert told(world.end(f"{world.order_id('o')}.2", OrdStatus.EXPIRED)) == [(ExecType.EXPIRED, OrdStatus.EXPIRED)]


def test_a_gtd_order_may_end_overnight() -> None:
    world, child = resting(TimeInForce.GTD, Instructions(expire_ns=12 * HOUR))
    world.run_until(close_of(0))
    world.end(child, OrdStatus.EXPIRED)
    assert told(world.run_until(12 * HOUR)) == [(ExecType.EXPIRED, OrdStatus.EXPIRED)]


def test_a_router_that_was_down_for_days_meets_every_change_and_places_only_for_today() -> None:
    world, child = resting(TimeInForce.GTC)
    world.run_until(close_of(0) - 1)
    events = world.sleep_until(open_of(3) + HOUR)
    D, R = ExecType.DONE_FOR_DAY, ExecType.RESTATED
    assert [t for t, _ in told(events)] == [D, R, D, R, D, R]
    assert not children(events), "the child of the first day is still open as far as we know"
    world, child = resting(TimeInForce.GTC)
    world.run_until(close_of(0))
    world.end(child, OrdStatus.EXPIRED)
    assert children(world.sleep_until(open_of(3) + HOUR)) == [(TimeInForce.DAY, 500)]
    world, child = resting(TimeInForce.GTC)
    world.run_until(close_of(0))
    world.end(child, OrdStatus.EXPIRED)
    assert not children(world.sleep_until(close_of(3)))


def test_a_calendar_that_never_closes_changes_days_by_its_dates_alone() -> None:
    world, child = resting(TimeInForce.GTC, calendar=CLOCK_ROUND)
    world.fill(child, 200, 9998)
    assert world.child(child).time_in_force is TimeInForce.GTC
    events = world.run_until(DAY)
    assert told(events) == [(ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED)]
    assert (world.parent("o").day_cum_qty, world.parent("o").day_order_qty) == (0, 300)
    assert not cancels(events) and not children(events)


def test_a_calendar_without_dates_changes_no_day() -> None:
    world, child = resting(TimeInForce.GTC, calendar=Calendar("always", True, ()))
    assert not world.parent("o").timers and world.child(child).time_in_force is TimeInForce.GTC
    assert not world.run_until(10 * DAY)


def test_an_order_that_comes_between_two_days_waits_for_the_first() -> None:
    world = RouterWorld(venues=("A",), calendar=MARKET)
    world.quote("A", 9998, 500, 10000, 300)
    world.now_ns = close_of(0)
    events = world.order("o", BUY, 500, 9998, TimeInForce.GTC)
    assert told(events) == [(ExecType.NEW, OrdStatus.NEW)] and not children(events)
    events = world.run_until(open_of(1))
    assert children(events) == [(TimeInForce.DAY, 500)] and not told(events), "it is not renewed: it begins"


def test_a_twap_skips_its_slices_between_two_days() -> None:
    world = RouterWorld(venues=("A",), calendar=MARKET)
    world.quote("A", 9998, 500, 10000, 10_000)
    world.now_ns = close_of(0) - HOUR
    twap = TwapParameters(world.now_ns, open_of(1) + HOUR, 18)
    world.order("o", BUY, 1800, 10000, TimeInForce.GTC, Algorithm.TWAP, twap=twap)
    night = [e for e in world.run_until(open_of(1) - 1) if isinstance(e, SliceDone) and e.sent_qty == 0]
    assert night and {e.reason for e in night} == {Reason.BETWEEN_TRADING_DAYS}


# Calendars that change


def test_an_early_close_moves_the_timers_of_what_is_open() -> None:
    for tif in (TimeInForce.DAY, TimeInForce.GTC):
        world, child = resting(tif)
        early = replace(MARKET, intervals=(Interval(open_of(0), 4 * HOUR, DATES[0]), *MARKET.intervals[1:]))
        events = world.calendar(early)
        assert [e.matched for e in events if isinstance(e, RetimingStarted)] == [1]
        assert [e.remaining for e in events if isinstance(e, RetimingStep)] == [0]
        assert not world.run_until(4 * HOUR - 1)
        assert cancels(world.run_until(4 * HOUR)) == [child]


def test_a_calendar_that_is_extended_reaches_the_end_of_what_waits_for_it() -> None:
    short = replace(MARKET, intervals=MARKET.intervals[:1])
    world, child = resting(TimeInForce.GTD, GTD_TWO_DAYS, calendar=short)
    assert not [t for t in world.parent("o").timers if t[0] is TimerKind.EXPIRE], "nobody knows yet when it ends"
    world.run_until(close_of(0))
    world.end(child, OrdStatus.EXPIRED)
    assert not world.run_until(3 * DAY), "no day is known that could begin"
    world.now_ns = close_of(0) + HOUR
    world.calendar(MARKET)
    assert children(world.run_until(open_of(1))) == [(TimeInForce.DAY, 500)]
    assert cancels(world.run_until(close_of(1))) == [f"{world.order_id('o')}.2"]


def test_many_orders_are_timed_again_in_bounded_steps() -> None:
    world = RouterWorld(venues=("A",), calendar=MARKET)
    world.quote("A", 9998, 500, 10000, 300)
    world.risk(*(world.accepted(f"o{n}", BUY, 1, 9990, TimeInForce.DAY) for n in range(600)))
    later = replace(MARKET, intervals=(Interval(open_of(0), close_of(0) + HOUR, DATES[0]), *MARKET.intervals[1:]))
    events = world.calendar(later)
    assert [e.remaining for e in events if isinstance(e, RetimingStep)] == [100, 0]
    moved = [e for e in events if isinstance(e, TimerSet)]
    assert len(moved) == 600 and {e.due_ns for e in moved} == {close_of(0) + HOUR}


# Names across days


def test_rule_24_an_open_order_is_never_forgotten_however_many_days_go_by() -> None:
    world, _ = resting(TimeInForce.GTC, calendar=Calendar("always", True, ()))
    first = DATE
    for n in range(1, KEPT_TRADING_DATES + 3):
        opened = world.parent("o").opened
        world.rules.evolve(world.state, replace(opened, order_id=f"x{n}", trading_date=first + n), 0)
    assert world.parent("o").status is OrdStatus.NEW
    assert told(world.cancel("o"))


def test_days_are_journaled_before_the_desk_is_told() -> None:
    world, _ = resting(TimeInForce.GTC)
    begun = [e for e in world.events if isinstance(e, DayChanged)]
    assert begun == [DayChanged(world.order_id("o"), DATES[0], open_of(0), False)]
    new = changed(tuple(world.events), ExecType.NEW)
    assert (new.day_order_qty, new.day_cum_qty) == (500, 0)


def test_timers_of_orders_that_end_early_do_not_pile_up() -> None:
    world = RouterWorld(venues=("A",), calendar=MARKET)
    world.quote("A", 9998, 500, 10000, 300)
    world.order("a", BUY, 1, 9990, TimeInForce.DAY)  # the first to fire, so that nothing behind it comes to the head
    for n in range(80):
        world.risk(world.accepted(f"o{n}", BUY, 1, 9990, TimeInForce.DAY))
        world.cancel(f"o{n}")
        world.end(world.order_id(f"o{n}") + ".1")
    assert len(world.state.timers) == 1 and len(world.state.queue) < 80
    assert cancels(world.run_until(close_of(0))) == [world.order_id("a") + ".1"]


@pytest.mark.parametrize(("days_later", "day_cum", "day_order"), [(0, 40, 500), (1, 0, 460)])
def test_rule_21_a_bust_or_correction_counts_to_the_day_of_its_fill(
    days_later: int, day_cum: int, day_order: int
) -> None:
    world, child = resting(TimeInForce.GTC)
    world.fill(child, 100, 9998, "E1")
    if days_later:
        world.run_until(open_of(1))
    o, at = world.order_id("o"), world.now_ns
    corrected = FillCorrected(
        o,
        child,
        "A",
        ExecType.TRADE_CORRECT,
        "E2",
        "E1",
        100,
        9998,
        40,
        9990,
        40,
        460,
        OrdStatus.PARTIALLY_FILLED,
        Liquidity.REMOVED,
        at,
        40,
        "",
    )
    (told_again,) = [e for e in world.execution(corrected) if isinstance(e, TradeCorrected)]
    assert (told_again.cum_qty, told_again.notional) == (40, 40 * 9990)
    assert (told_again.day_cum_qty, told_again.day_order_qty, told_again.day_notional) == (
        day_cum, day_order, day_cum * 9990,
    )  # fmt: skip
    busted = replace(
        corrected, exec_type=ExecType.TRADE_CANCEL, exec_id="E3", exec_ref_id="E2",
        old_qty=40, old_px=9990, new_qty=0, new_px=0,
    )  # fmt: skip
    world.execution(busted)
    parent = world.parent("o")
    assert (parent.cum_qty, parent.day_cum_qty, parent.day_notional, parent.day_order_qty) == (0, 0, 0, 500)


def overnight_stop(peg: Peg | None = None, px: int | None = None) -> RouterWorld:
    """A sale of 200 that waits for its stop, good till cancelled; the market is at 99.98 / 100.00, the last trade was at 99.99."""
    world = RouterWorld(venues=("A",), calendar=MARKET)
    world.quote("A", 9998, 500, 10000, 300)
    world.trade("A", (9999, 10))
    asked = Instructions(stop_px=px, peg=peg)
    world.order("s", Side.SELL, 200, None, TimeInForce.GTC, worst=9500, kind=OrdType.STOP, instructions=asked)
    return world


def test_a_trailing_stop_waits_through_the_night_where_it_has_trailed_to() -> None:
    """The next day begins with the order as it waits, not as it was asked for."""
    world = overnight_stop(Peg(PegPriceType.TRAILING_STOP, 50))
    first = world.state.armed[world.order_id("s")].price
    world.trade("A", (10040, 10))
    world.run_until(world.now_ns + SECOND_NS)  # a stop does not move with every print
    trailed = world.state.armed[world.order_id("s")].price
    assert (first, trailed) == (9949, 9990)
    world.run_until(open_of(1))
    assert world.parent("s").trade_date == DATES[1]
    assert world.state.armed[world.order_id("s")].price == trailed


def test_a_stop_that_is_met_between_two_days_is_placed_on_the_next() -> None:
    world = overnight_stop(px=9990)
    world.run_until(close_of(0) + HOUR)
    met = world.trade("A", (9980, 10))
    assert [e for e in met if isinstance(e, Triggered)] and children(met) == []
    world.quote("A", 9985, 500, 10000, 300)
    assert sum(qty for _, qty in children(world.run_until(open_of(1)))) == 200
