"""INV-452 in the simulation: with drop copies over sessions that break, the open alerts are the executions that differ, all and no other."""

from collections import Counter
from typing import Any

import pytest

from oms.core.execution import ExecutionRules
from oms.core.monitors.alerts import AlertRaised
from oms.testing.simulation.copy_world import COPIES_FIRST, CopyWorld
from oms.testing.simulation.planted import Planted
from oms.testing.simulation.sweep import Oracle
from oms.wire import topics

SEEDS_MIN, SEEDS_MAX = 8, 60
"""What a seed meets changes with the schedule: after the least, it goes on until everything was met."""


def test_inv_452_over_seeds_every_execution_is_alerted_exactly_if_it_differs() -> None:
    """The oracle judges the order path as in any world. All fates of a copy are met, alerts raised and cleared, and both wires."""
    fates: Counter[str] = Counter()
    met: Counter[str] = Counter()
    wires = set()
    for seed in range(COPIES_FIRST, COPIES_FIRST + SEEDS_MAX):
        world = CopyWorld(seed, judge=Oracle)
        assert world.run() == [], f"make sim SEED={seed}"
        wires.add(world.by_fix)
        met += world.met
        for made in world.copies.values():
            fates += made.fates
        whole = len(fates) == 5 and met["executions that differ"] and met["alerts cleared"] and len(wires) == 2
        if whole and seed - COPIES_FIRST + 1 >= SEEDS_MIN:
            return
    pytest.fail(f"not everything was met: {fates}, {met}, {wires}")


class Deaf(ExecutionRules):
    """Never says that something is wrong."""

    def decide(self, *arguments: Any) -> tuple[Any, ...]:
        return tuple(e for e in super().decide(*arguments) if not isinstance(e, AlertRaised))


class Insistent(ExecutionRules):
    """Says each thing twice."""

    def decide(self, *arguments: Any) -> tuple[Any, ...]:
        events = super().decide(*arguments)
        return (*events, *(e for e in events if isinstance(e, AlertRaised)))


@pytest.mark.parametrize(("rules", "says"), [(Deaf, "no alert is open"), (Insistent, "is raised twice")])
def test_the_judge_of_copies_finds_a_stage_that_does_not_say_or_says_twice(rules: type, says: str) -> None:
    found: list[str] = []
    for seed in range(COPIES_FIRST, COPIES_FIRST + 30):
        found += [v.text for v in CopyWorld(seed, Planted(rules={topics.EXECUTION: rules})).run()]
        if any(says in text for text in found):
            return
    pytest.fail(f"not found: {found[:3]}")
