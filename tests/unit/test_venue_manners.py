"""Venues with manners of their own, and operators who act: the real execution against the real venue process, over sockets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from venue_world import NO_LIMIT_NS, REST_PX, SESSION, WIRES, VenueWorld, child, name

from oms.core.enums import ExecRestatementReason, ExecType, OrdStatus, TimeInForce, VenueBehaviour
from oms.core.execution.state import Child
from oms.core.execution_events import ChildReport
from oms.core.routing_events import ChildCancel, ChildReplace
from oms.venues.operator_messages import OperatorAct

ORDER, CHILD = "alpha/20250106/a1", "alpha/20250106/a1.1"


@contextmanager
def world_of(directory: Path, *behaviours: VenueBehaviour, wire: str = "fix") -> Iterator[VenueWorld]:
    """With the order a1: 100 at REST_PX, open at the venue."""
    world = VenueWorld(directory, behaviours=behaviours, **WIRES[wire])
    world.until(world.is_up)
    world.router.say(child(1, tif=TimeInForce.GTC))
    world.until(lambda: live(world) is not None and live(world).ord_status is OrdStatus.NEW)  # type: ignore[union-attr]
    yield world
    world.close()


def live(world: VenueWorld) -> Child | None:
    return world.state.children.get(CHILD)


def cum(world: VenueWorld) -> int:
    known = live(world) or world.state.closed[CHILD]
    return known.cum_qty


def until_cum(world: VenueWorld, qty: int) -> None:
    world.until(lambda: cum(world) == qty)


def fill(world: VenueWorld, qty: int, order: str = "") -> None:
    world.operate(OperatorAct.TRADE, order=order or name(1), last_qty=qty)


def replace(world: VenueWorld, qty: int) -> None:
    world.router.say(ChildReplace(ORDER, CHILD, 1, qty, REST_PX, NO_LIMIT_NS * 2))


def until(world: VenueWorld, condition: Callable[[Child], bool]) -> None:
    world.until(lambda: (found := live(world)) is not None and condition(found))


def reported(world: VenueWorld, exec_type: ExecType) -> list[ChildReport]:
    return [e for e in world.events(ChildReport) if e.exec_type is exec_type]


def test_rule_18_replaced_by_another_order_of_the_venue(tmp_path: Path) -> None:
    with world_of(tmp_path, VenueBehaviour.REPLACES_BY_NEW_ORDER) as world:
        first = live(world)
        assert first is not None
        old_id = first.venue_order_id
        fill(world, 40)
        until_cum(world, 40)
        replace(world, 120)
        until(world, lambda c: c.order_qty == 120 and c.venue_order_id != old_id and not c.requests)
        fill(world, 80, name(1, 1))
        world.until(lambda: CHILD in world.state.closed)
        assert cum(world) == 120 and world.open_breaks() == []
        assert sum(order.cum for order in world.evidence().orders) == 120


def test_rule_18_and_a_restart_of_execution_in_between(tmp_path: Path) -> None:
    with world_of(tmp_path, VenueBehaviour.REPLACES_BY_NEW_ORDER) as world:
        fill(world, 40)
        until_cum(world, 40)
        replace(world, 120)
        world.turn(3)
        world.kill_owner()
        world.until(world.is_up, hurry_s=0.2)
        until(world, lambda c: c.order_qty == 120 and not c.requests)
        fill(world, 10, name(1, 1))
        until_cum(world, 50)
        assert world.open_breaks() == []


def test_rule_16_a_venue_that_takes_one_request_at_a_time_gets_the_cancel_again(tmp_path: Path) -> None:
    with world_of(tmp_path, VenueBehaviour.ONE_REQUEST_AT_A_TIME) as world:
        world.operate(OperatorAct.HOLD)
        replace(world, 120)
        until(world, lambda c: c.ord_status is OrdStatus.PENDING_REPLACE)
        world.router.say(ChildCancel(ORDER, CHILD, 2))
        world.until(lambda: world.evidence().arrived.get((SESSION, "OrderCancelRequest", name(1, 2))) == 1)
        world.operate(OperatorAct.RELEASE)
        world.until(lambda: CHILD in world.state.closed, hurry_s=0.5)
        assert world.evidence().by_cl_ord_id[SESSION, name(1)].status == "CANCELED"


def test_rule_14_filled_under_a_replace_for_more_and_open_again(tmp_path: Path) -> None:
    with world_of(tmp_path, VenueBehaviour.REOPENS_FILLED) as world:
        world.operate(OperatorAct.HOLD)
        replace(world, 150)
        until(world, lambda c: c.ord_status is OrdStatus.PENDING_REPLACE)
        fill(world, 100)
        until_cum(world, 100)
        world.operate(OperatorAct.RELEASE)
        until(world, lambda c: c.ord_status is OrdStatus.PARTIALLY_FILLED and c.order_qty == 150)
        fill(world, 50, name(1, 1))
        world.until(lambda: CHILD in world.state.closed)
        assert cum(world) == 150 and world.open_breaks() == []


def test_rule_8_filled_under_a_pending_cancel(tmp_path: Path) -> None:
    with world_of(tmp_path) as world:
        world.operate(OperatorAct.HOLD)
        world.router.say(ChildCancel(ORDER, CHILD, 1))
        until(world, lambda c: c.ord_status is OrdStatus.PENDING_CANCEL)
        fill(world, 100)
        until(world, lambda c: c.cum_qty == 100 and c.ord_status is OrdStatus.PENDING_CANCEL)
        world.operate(OperatorAct.RELEASE)
        world.until(lambda: CHILD in world.state.closed, hurry_s=0.5)
        assert cum(world) == 100


def test_rule_20_a_bust_and_a_correction_reach_execution(tmp_path: Path) -> None:
    with world_of(tmp_path) as world:
        fill(world, 40)
        until_cum(world, 40)
        (exec_id,) = live(world).executions.standing  # type: ignore[union-attr]
        world.operate(OperatorAct.CORRECT, exec_id=exec_id, last_qty=30, last_px=REST_PX)
        until_cum(world, 30)
        (corrected,) = live(world).executions.standing  # type: ignore[union-attr]
        world.operate(OperatorAct.BUST, exec_id=corrected)
        until(world, lambda c: c.cum_qty == 0 and c.ord_status is OrdStatus.NEW)
        assert world.open_breaks() == [] and world.evidence().busts == 1


def test_rule_21_days_suspension_restatement_and_an_end_that_nobody_asked_for(tmp_path: Path) -> None:
    with world_of(tmp_path) as world:
        fill(world, 40)
        until_cum(world, 40)
        for act, status in (
            (OperatorAct.SUSPEND, OrdStatus.SUSPENDED),
            (OperatorAct.RESUME, OrdStatus.PARTIALLY_FILLED),
            (OperatorAct.END_DAY, OrdStatus.DONE_FOR_DAY),
            (OperatorAct.NEW_DAY, OrdStatus.PARTIALLY_FILLED),
        ):
            world.operate(act)
            until(world, lambda c, status=status: c.ord_status is status)  # type: ignore[misc]
        world.operate(OperatorAct.RESTATE, order=name(1), last_qty=70)
        until(world, lambda c: c.order_qty == 70)
        world.operate(OperatorAct.CANCEL, order=name(1))
        world.until(lambda: CHILD in world.state.closed)
        (ended,) = reported(world, ExecType.CANCELED)
        assert ended.restatement is ExecRestatementReason.MARKET_OPTION and cum(world) == 40
        assert world.open_breaks() == []
