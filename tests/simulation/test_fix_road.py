"""Worlds in which all that passes between execution and the venues is FIX bytes."""

import pytest

from oms.testing.simulation.life_world import LIFE_FIRST, world_of
from oms.testing.simulation.oracle import Oracle
from oms.testing.simulation.world import World


def by_fix(first: int) -> World:
    """The first world from a seed on that is of this kind."""
    seed = first
    while not (world := world_of(seed)(seed, judge=Oracle)).by_fix:
        seed += 1
    return world


@pytest.mark.parametrize("first", [0, LIFE_FIRST])
def test_inv_387_a_world_by_fix_passes_everything_and_the_judge_finds_nothing(first: int) -> None:
    world = by_fix(first)
    violations = world.run()
    print(f"seed {world.seed}")
    assert violations == []
    roads = [venue.road for venue in world.all_venues]
    assert sum(road.frames for road in roads if road is not None) > 50


def test_a_part_of_the_seeds_is_of_this_kind() -> None:
    found = sum(world_of(seed)(seed).by_fix for seed in range(40))
    assert 4 <= found <= 20
