"""The simulation is able to fail: each planted bug is found, as what it is, and the same seeds without it are green.

Seeds are tried until one finds the bug, at most SEEDS_MAX; how many it took is printed (`-s`, or the line of a failure). A bug's seeds begin
where it is found soon, so that `make test` stays short; OMS_PLANTED_FIRST=0 shows what an unchosen start takes.
"""

import os
from functools import cache

import pytest
from planted import BUGS, Bug

from oms.runtime.journal_fold import JournalBroken
from oms.testing.simulation.oracle import Oracle
from oms.testing.simulation.witness import Violation
from oms.testing.simulation.world import World

SEEDS_MAX = 60
FIRST_SEEDS = {
    "no offset plan": 2,
    "a break does not void the rest": 6,
    "blind resend": 2,
    "dedupe memory evicted": 2,
    "control ignored by the router": 4,
    "audit resumes at max offset over a hole": 15,
    "control heartbeat ignored": 44,
    "a repeated fill of a book counted twice": 7,
    "of an OCO both are filled": 10,
    "bust not reversed": 1,
    "a bust is not reversed": 2,
    "fenced records counted as fills": 1,
    "NEVER_REACHED from the number alone": 2,
    "NEVER_REACHED from the status alone": 3,
    "nobody watches what is held": 2,
    "alerts told after the insert, and not read back": 5,
}
"""Where a bug's seeds begin; 0 where it is not said."""


def first_seed(bug: Bug) -> int:
    chosen = os.environ.get("OMS_PLANTED_FIRST")
    return int(chosen) if chosen is not None else FIRST_SEEDS.get(bug.name, 0)


def found_by(bug: Bug, seed: int) -> Violation | None:
    """What the oracle found that makes sense for the bug. A process that the bug kills proves nothing by itself."""
    world = bug.world(seed, bug.parts(), Oracle)
    try:
        world.run()
    except (AssertionError, JournalBroken):  # what it journaled breaks a fold by the shipped rules, or a venue
        world.look()
    kinds = {kind.name for kind in bug.kinds}
    return next((v for v in world.violations if v.kind in kinds), None)


@cache
def wrong_without_a_bug(world: type[World], seed: int) -> tuple[Violation, ...]:
    return tuple(world(seed, judge=Oracle).run())


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found_and_its_twin_is_green(bug: Bug) -> None:
    first = first_seed(bug)
    for seed in range(first, first + SEEDS_MAX):
        assert not wrong_without_a_bug(bug.world, seed), f"seed {seed} is not green without {bug.name!r}"
        found = found_by(bug, seed)
        if found is not None:
            print(f"{bug.name}: found by seed {seed} after {seed - first + 1} seeds, step {found.step}: {found.text}")
            return
    raise AssertionError(f"seeds {first} to {first + SEEDS_MAX - 1} did not find {bug.name!r}")


def test_every_bug_has_a_name_of_its_own() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 15
    assert FIRST_SEEDS.keys() <= {bug.name for bug in BUGS}
