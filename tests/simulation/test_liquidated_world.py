"""After a whole life of faults, halts and liquidations, what is still held is liquidated, and everybody is flat."""

from dataclasses import replace

import pytest

from oms.core.control import Liquidate
from oms.core.enums import HaltScope, Side
from oms.core.money import Amount
from oms.core.risk.exposure import position_of
from oms.testing.simulation.life_world import LIFE_FIRST, LifeWorld
from oms.testing.simulation.limit_kinds import ARMED
from oms.testing.simulation.oracle import Oracle
from oms.testing.simulation.workload import INSTRUMENTS, LOT, MIDDLE, TICK, WHO
from oms.wire import topics

ROUNDS_MAX, ROUND_NS = 400, 50_000_000
SUPPLIED_EVERY = 5
"""Rounds after which strangers show again what they buy and sell, and the market its quotes."""


def states(world: LifeWorld) -> list[object]:
    return [p.loop.state for of in world.stages.values() for p in of if p.owns and p.journal.topic == topics.RISK]


def held(world: LifeWorld) -> dict[tuple[str, str], int]:
    found = {key: position_of(state, *key) for state in states(world) for key in state.moved}  # type: ignore[attr-defined, arg-type]
    return {key: qty for key, qty in found.items() if qty}


def supply(world: LifeWorld) -> None:
    for venue_id in world.venue_ids:
        for instrument_id in INSTRUMENTS:
            for side in (Side.BUY, Side.SELL):
                price = MIDDLE - side.sign * TICK
                world.floor.stranger(venue_id, instrument_id, side, price, LOT * 200, world.wall_ns, False)
            world.work.quote(venue_id, instrument_id)


def widen(world: LifeWorld) -> None:
    """What the life was bound by a person lifts: a ratio of the day, say, refuses what reduces too, and is listed as the reason."""
    wide = {armed.kind: armed.wide for armed in ARMED}
    for limit in list(states(world)[0].reference.limits.values()):  # type: ignore[attr-defined]
        if limit.kind in wide:
            world.work.set_entity(replace(limit, value=Amount(wide[limit.kind])))


@pytest.mark.parametrize("seed", [LIFE_FIRST, LIFE_FIRST + 2, LIFE_FIRST + 29])
def test_inv_484_a_world_at_rest_is_liquidated(seed: int) -> None:
    world = LifeWorld(seed, judge=Oracle)
    assert not world.run()
    assert held(world), "something is held: there is something to do"
    world.calm_venues()
    widen(world)
    world.work.control(Liquidate(HaltScope.FIRM, "", "simulated", world.wall_ns, WHO))
    for number in range(ROUNDS_MAX):
        if number % SUPPLIED_EVERY == 0:
            supply(world)
        world.round(ROUND_NS)
        if number > SUPPLIED_EVERY and not any(state.liquidations for state in states(world)):  # type: ignore[attr-defined]
            break
    world.look()
    assert not world.violations
    assert not held(world)
    assert not any(state.open_orders for state in states(world))  # type: ignore[attr-defined]
