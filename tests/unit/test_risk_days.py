"""Orders that live for days in risk's memory: their names stay theirs, and their late fills find them."""

from dataclasses import replace

import pytest
import risk_world
from risk_world import CANCEL, DATE, NEW, ORDER_ID, World, changed, fill

from oms.core.enums import OrdStatus, TimeInForce
from oms.core.reasons import Reason
from oms.core.risk.state import TRADING_DATES_MAX
from oms.core.risk_events import CancelAccepted, ExposureMoved, OrderAccepted, OrderClosed, OrderRejected

GTC = replace(NEW, time_in_force=TimeInForce.GTC)


@pytest.fixture
def world() -> World:
    found = risk_world.world()
    assert isinstance(found.ask(GTC), OrderAccepted)
    return found


def days_go_by(world: World, first: int, count: int) -> None:
    """Each with an order of its own, which ends on its day."""
    for number in range(first, first + count):
        later = replace(NEW, cl_ord_id=f"d{number}", trading_date=DATE + number, order_qty=10)
        accepted = world.ask(later)
        assert isinstance(accepted, OrderAccepted)
        world.route(changed(OrdStatus.CANCELED, accepted.order_id))


def test_rule_24_a_cl_ord_id_of_an_open_order_is_taken_however_many_days_later(world: World) -> None:
    days_go_by(world, 1, 3 * TRADING_DATES_MAX)
    again = world.ask(replace(GTC, trading_date=DATE + 3 * TRADING_DATES_MAX, order_qty=20))
    assert isinstance(again, OrderRejected) and again.reason is Reason.DUPLICATE_CL_ORD_ID
    assert again.order_id == ORDER_ID
    assert world.ask(GTC) is None, "the same command again is a retry, as old as it is"


def test_rule_24_an_open_order_answers_to_its_first_name_however_many_days_later(world: World) -> None:
    days_go_by(world, 1, 3 * TRADING_DATES_MAX)
    now = DATE + 3 * TRADING_DATES_MAX
    event = world.ask(replace(CANCEL, trading_date=now, orig_trading_date=DATE, orig_cl_ord_id=GTC.cl_ord_id))
    assert isinstance(event, CancelAccepted) and event.order_id == ORDER_ID


def test_rule_24_an_order_of_many_days_is_remembered_from_its_end_on(world: World) -> None:
    """Its late fills come after its end: forgotten with its first date, they would be fills of nobody."""
    days_go_by(world, 1, 2 * TRADING_DATES_MAX)
    closed = world.route(changed(OrdStatus.CANCELED))
    assert closed == (OrderClosed(ORDER_ID, GTC.order_qty, DATE + 2 * TRADING_DATES_MAX),)
    days_go_by(world, 2 * TRADING_DATES_MAX + 1, TRADING_DATES_MAX - 1)
    assert [type(e) for e in world.route(fill("x1", 10, ord_status=OrdStatus.CANCELED))] == [ExposureMoved]
    assert world.ask(GTC) is None
    days_go_by(world, 3 * TRADING_DATES_MAX, 1)
    assert world.state.order(ORDER_ID) is None, "and not for ever"
