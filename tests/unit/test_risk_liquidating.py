"""The figures of a liquidation's steps: names and dates of its orders, waits, whose holdings it takes."""

from dataclasses import replace
from datetime import date

import pytest
from risk_world import ACCOUNT, IBM, NOW, ORDER_ID, World, changed, opening, world
from test_liquidation import held_world, later, liquidate, steps

from oms.core.enums import HaltScope, OrdStatus
from oms.core.liquidation_events import LiquidatedHolding, LiquidationStarted, LiquidationStep
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import OpeningPosition
from oms.core.risk.liquidating import (
    CUTS_MAX,
    GOOD_FOR_NS,
    LOOK_NS,
    PAUSE_NS,
    STEP_HOLDINGS_MAX,
    WAIT_NS_MAX,
    due_liquidation,
    evolve,
    holdings_in,
)
from oms.core.risk.scopes import holds
from oms.core.risk.state import DAY_NS, HoldingWork
from oms.core.risk_events import OrderAccepted, OrderRejected, RiskEvent


def stepped_of(events: list[RiskEvent]) -> LiquidationStep:
    return next(event for event in events if isinstance(event, LiquidationStep))


def test_the_bounds_are_what_the_pages_say() -> None:
    assert (STEP_HOLDINGS_MAX, LOOK_NS, PAUSE_NS, WAIT_NS_MAX) == (50, 20_000_000, 10**9, 60 * 10**9)
    assert (GOOD_FOR_NS, CUTS_MAX) == (10 * 10**9, 6)


def test_only_holdings_of_known_accounts_of_desks_of_this_partition() -> None:
    w = held_world()
    assert holds(w.state, HaltScope.FIRM, "", "A1", "IBM")
    assert not holds(w.state, HaltScope.FIRM, "", "nobody", "IBM")
    w.load(replace(ACCOUNT, account_id="A9", desk_id="gone"))
    assert not holds(w.state, HaltScope.FIRM, "", "A9", "IBM")
    assert len(holdings_in(w.state, HaltScope.FIRM, "")) == 4
    w.state.partition = 2
    assert not holds(w.state, HaltScope.FIRM, "", "A1", "IBM") and holdings_in(w.state, HaltScope.FIRM, "") == ()


def test_it_is_looked_at_once_in_so_long_and_at_once_where_the_clock_went_back() -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))

    def due(wall_ns: int, tape_ns: int = NOW) -> bool:
        return due_liquidation(w.state, tape_ns, wall_ns, w.market) is not None

    assert not due(NOW, tape_ns=0) and due(NOW)
    w.state.liquidations[0].holdings["A2", "IBM"].next_ns = NOW + 10 * LOOK_NS
    assert not due(NOW) and w.state.liquidations_looked_ns == NOW
    w.state.liquidations[0].holdings["A2", "IBM"].next_ns = NOW - 10 * LOOK_NS
    assert not due(NOW) and not due(NOW + LOOK_NS - 1)
    assert due(NOW + LOOK_NS) and due(NOW - 1)


@pytest.mark.parametrize(("by", "ready"), [(-1, False), (0, True)])
def test_a_holding_is_tried_again_from_its_moment_on(by: int, ready: bool) -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    w.state.liquidations[0].holdings["A2", "IBM"].next_ns = NOW + 100
    assert (due_liquidation(w.state, NOW, NOW + 100 + by, w.market) is not None) == ready


@pytest.mark.parametrize(("seen", "ready"), [(-1, True), (0, True), (1, False), (2, True)])
def test_what_waits_for_the_market_waits_until_that_shows_another_position(seen: int, ready: bool) -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    shown = w.market.instrument("IBM")
    assert shown is not None and shown.position == 1
    w.state.liquidations[0].holdings["A2", "IBM"].market_position = seen
    assert (due_liquidation(w.state, NOW, NOW, w.market) is not None) == ready


def test_without_any_market_it_waits_for_the_first_price() -> None:
    w = world(opening(ACCOUNT, "BAC", 10))
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    refused, stepped = steps(w)
    assert isinstance(refused, OrderRejected) and isinstance(stepped, LiquidationStep)
    (holding,) = stepped.holdings
    assert holding.position_qty == 10 and holding.order_id == refused.order_id
    w.state.liquidations[0].holdings["A1", "BAC"] = HoldingWork(0, 0, 0)
    assert due_liquidation(w.state, NOW, NOW + 10 * PAUSE_NS, w.market) is None, "nothing is shown of it yet"
    w.quote(5_000, 5_010, instrument_id="BAC")
    assert due_liquidation(w.state, NOW, NOW + 11 * PAUSE_NS, w.market) is not None


def test_the_orders_are_numbered_over_all_steps_and_good_for_so_long() -> None:
    w = held_world()
    w.control(liquidate())
    made = [event for event in steps(w) if isinstance(event, OrderAccepted)]
    assert [event.order.cl_ord_id for event in made] == ["LIQ0-1", "LIQ0-2", "LIQ0-3"]
    first = made[0].order
    assert first.entered_ns == w.conditions.wall_ns and first.good_until_ns == w.conditions.wall_ns + GOOD_FOR_NS
    assert first.trace_id == "alpha/0/LIQ0-1"
    work = w.state.liquidations[0]
    assert (work.steps_done, work.orders) == (1, 3)
    assert list(work.holdings.values()) == [HoldingWork(0, w.conditions.wall_ns + PAUSE_NS, -1)] * 3
    for event in made:
        w.route(changed(OrdStatus.CANCELED, event.order_id))
    later(w, PAUSE_NS)
    again = [event.order.cl_ord_id for event in steps(w) if isinstance(event, OrderAccepted)]
    assert again == ["LIQ0-4", "LIQ0-5", "LIQ0-6"]
    assert (work.steps_done, work.orders) == (2, 6)


@pytest.mark.parametrize("day", [date(2025, 1, 7), date(2031, 12, 30), date(1999, 3, 1)])
def test_an_orders_date_is_the_tapes_or_the_newest_of_its_desk(day: date) -> None:
    w = held_world()
    w.conditions = replace(w.conditions, tape_ns=(day.toordinal() - date(1970, 1, 1).toordinal()) * DAY_NS + DAY_NS - 1)
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    event = steps(w)[0]
    assert isinstance(event, OrderAccepted | OrderRejected)
    assert event.order.trading_date == day.year * 10_000 + day.month * 100 + day.day


@pytest.mark.parametrize(("newest", "expected"), [(20250108, 20250108), (20250106, 20250107)])
def test_an_order_is_not_dated_before_its_desks_newest_date(newest: int, expected: int) -> None:
    w = held_world()
    w.state.dates["alpha"] = [20250105, newest]  # type: ignore[assignment]
    at = (date(2025, 1, 7).toordinal() - date(1970, 1, 1).toordinal()) * DAY_NS
    w.conditions = replace(w.conditions, tape_ns=at)
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    event = steps(w)[0]
    assert isinstance(event, OrderAccepted | OrderRejected) and event.order.trading_date == expected


def test_what_is_flat_is_told_with_nothing_and_left() -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    w.load(opening(replace(ACCOUNT, account_id="A2"), "IBM", 0))
    stepped = stepped_of(steps(w))
    assert stepped.holdings == (LiquidatedHolding("A2", "IBM", 0, "", None, 0, -1),) and stepped.remaining == 0
    assert not w.state.liquidations


def test_a_refusal_is_counted_and_an_order_forgets_it() -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))

    def told(reason: Reason | None) -> HoldingWork:
        said = LiquidatedHolding("A2", "IBM", 50, ORDER_ID, reason, 7, -1)
        evolve(w.state, LiquidationStep(0, (said,), 1))
        return w.state.liquidations[0].holdings["A2", "IBM"]

    assert told(Reason.HALTED) == HoldingWork(1, 7, -1)
    assert told(Reason.HALTED) == HoldingWork(2, 7, -1)
    assert told(None) == HoldingWork(0, 7, -1)
    assert (w.state.liquidations[0].orders, w.state.liquidations[0].steps_done) == (3, 3)


def test_a_step_takes_no_more_than_fit_in_a_record() -> None:
    names = [f"N{n:02}" for n in range(STEP_HOLDINGS_MAX + 1)]
    held = tuple(OpeningPosition(name, 3) for name in names)
    w = world(replace(ACCOUNT, opening_positions=held))
    (*_, begun) = w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    assert isinstance(begun, LiquidationStarted) and begun.holdings == len(names)
    made = steps(w)
    sizes = [len(event.holdings) for event in made if isinstance(event, LiquidationStep)]
    assert sizes == [STEP_HOLDINGS_MAX, 1]
    refused = [event for event in made if isinstance(event, OrderRejected)]
    assert {event.reason for event in refused} == {Reason.UNKNOWN_INSTRUMENT}
    assert {event.order.order_qty for event in refused} == {3}, "of what is not known no lots are"
    assert len({event.order.cl_ord_id for event in refused}) == len(names)


def flat_world() -> World:
    return world()


@pytest.mark.parametrize("qty", [1, -1])
def test_a_holding_of_one_is_a_holding(qty: int) -> None:
    w = world(opening(ACCOUNT, "IBM", qty))
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    event = steps(w)[0]
    assert isinstance(event, OrderRejected) and event.reason is Reason.QTY_NOT_IN_LOTS
    assert (event.order.side.sign, event.order.order_qty) == (-qty, 1)
    assert flat_world().control(liquidate(HaltScope.ACCOUNT, "A1"))[-2] == LiquidationStarted(
        0, HaltScope.ACCOUNT, "A1", "a loss", "rita", 0
    )


def test_a_refused_holding_waits_for_time_and_for_no_market() -> None:
    """What is refused for another reason than a price."""
    w = world(opening(ACCOUNT, "IBM", 1))
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    (holding,) = stepped_of(steps(w)).holdings
    assert (holding.reason, holding.market_position) == (Reason.QTY_NOT_IN_LOTS, -1)
    assert holding.next_ns == w.conditions.wall_ns + PAUSE_NS


@pytest.mark.parametrize(("most", "made"), [(3, 3), (1, 1), (0, None)])
def test_an_order_is_cut_down_to_what_a_limit_of_its_size_allows(most: int, made: int | None) -> None:
    """Down to one; where nothing is allowed it is refused as it is."""
    w = world(replace(IBM, lot_size=1), opening(ACCOUNT, "IBM", 10))
    w.load(replace(w.state.reference.limits["qty"], value=Amount(most)))
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    event = steps(w)[0]
    assert isinstance(event, OrderRejected if made is None else OrderAccepted)
    assert event.order.order_qty == (10 if made is None else made)  # type: ignore[union-attr]


@pytest.mark.parametrize("lot", [0, -10])
def test_what_has_no_lot_is_refused_and_nothing_stops(lot: int) -> None:
    w = world(replace(IBM, lot_size=lot), opening(ACCOUNT, "IBM", 100))
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    event = steps(w)[0]
    assert isinstance(event, OrderRejected) and event.reason is Reason.EVALUATION_ERROR
    assert event.order.order_qty == 100 and f"the lot of IBM is {lot}" in event.text
