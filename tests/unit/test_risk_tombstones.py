"""What cancels leave in risk's memory: tombstones that stop the order that comes after them, and a bound on those of dates to come."""

from dataclasses import replace

import pytest
import risk_world
from risk_world import CANCEL, DATE, MASS_CANCEL, NEW, World

from oms.core.canonical import state_hash
from oms.core.commands import Command
from oms.core.reasons import Reason
from oms.core.risk.state import CANCELS_AHEAD_KEPT
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION

FAR = 99991231


@pytest.fixture
def world() -> World:
    return risk_world.world()


def remembered(world: World) -> int:
    return sum(len(uses) for uses in world.state.seen.get("alpha", {}).values())


def test_cancels_of_any_date_are_taken_and_leave_so_much(world: World) -> None:
    for number in range(3 * CANCELS_AHEAD_KEPT):
        named = replace(
            CANCEL,
            cl_ord_id=f"c{number}",
            trading_date=FAR - number % 7,
            orig_trading_date=FAR,
            orig_cl_ord_id=f"x{number}",
        )
        assert decide(world, named)
    assert CANCELS_AHEAD_KEPT <= remembered(world) <= 2 * CANCELS_AHEAD_KEPT


def test_mass_cancels_of_any_date_leave_so_much(world: World) -> None:
    for number in range(2 * CANCELS_AHEAD_KEPT + 50):
        decide(world, replace(MASS_CANCEL, cl_ord_id=f"m{number}", trading_date=FAR))
    assert CANCELS_AHEAD_KEPT <= remembered(world) <= 2 * CANCELS_AHEAD_KEPT


def test_the_furthest_go_first_and_a_tombstone_of_the_day_holds(world: World) -> None:
    decide(world, replace(CANCEL, orig_cl_ord_id="later"))
    for number in range(2 * CANCELS_AHEAD_KEPT):
        decide(
            world,
            replace(
                CANCEL, cl_ord_id=f"c{number}", orig_trading_date=FAR, orig_cl_ord_id=f"x{number}", trading_date=FAR
            ),
        )
    (event,) = decide(world, replace(NEW, cl_ord_id="later"))
    assert isinstance(event, OrderRejected) and event.reason is Reason.CANCELED_BEFORE_ARRIVAL


def test_orders_that_were_refused_are_remembered_beside_them(world: World) -> None:
    """Only what cancels left goes: a refused order's retry gets its refusal, and not a second judgement."""
    for number in range(5):
        decide(world, replace(NEW, cl_ord_id=f"n{number}", order_qty=5_000, trading_date=FAR))
    for number in range(2 * CANCELS_AHEAD_KEPT):
        decide(
            world,
            replace(
                CANCEL, cl_ord_id=f"c{number}", orig_trading_date=FAR, orig_cl_ord_id=f"x{number}", trading_date=FAR
            ),
        )
    assert 5 < remembered(world) <= 2 * CANCELS_AHEAD_KEPT + 2
    assert not decide(world, replace(NEW, cl_ord_id="n3", order_qty=5_000, trading_date=FAR))


def test_dates_that_were_reached_are_not_ahead(world: World) -> None:
    """Once an order of the day was accepted, the window of trading dates is what makes its cancels go."""
    (event,) = decide(world, NEW)
    assert isinstance(event, OrderAccepted)
    for number in range(2 * CANCELS_AHEAD_KEPT + 50):
        decide(world, replace(CANCEL, cl_ord_id=f"c{number}", orig_cl_ord_id=f"x{number}"))
    assert remembered(world) == 1 + 2 * (2 * CANCELS_AHEAD_KEPT + 50)


def test_what_goes_does_not_hang_on_the_order_of_memory(world: World) -> None:
    """A state that was written down and read back drops the same as one that was never put away."""
    for number in range(CANCELS_AHEAD_KEPT):
        decide(world, replace(CANCEL, cl_ord_id=f"c{number}", orig_trading_date=FAR, orig_cl_ord_id=f"x{number}"))
    twin = risk_world.world()
    twin.offset = world.offset
    by_date = world.state.seen["alpha"]
    twin.state.seen["alpha"] = {date: dict(reversed(uses.items())) for date, uses in reversed(by_date.items())}
    for each in (world, twin):
        for number in range(200):
            decide(each, replace(CANCEL, cl_ord_id=f"d{number}", orig_trading_date=FAR, orig_cl_ord_id=f"y{number}"))
    hashes = {state_hash(each.state, STATE_LAYOUT_VERSION) for each in (world, twin)}
    assert len(hashes) == 1 and remembered(world) < 2 * CANCELS_AHEAD_KEPT


def decide(world: World, command: Command) -> tuple[object, ...]:
    event = world.ask(command)
    return () if event is None else (event,)


def test_the_date_of_these_tests_is_before_the_far_one() -> None:
    assert DATE < FAR
