"""Many seeds over all cores, resumable: what was done stays in a file, by the code that did it.

A seed's outcome is a function of the seed and of the code, so a seed done under the same code is not done again. The file is written
every few seconds and at the end, whole or not at all; a sweep that is interrupted goes on where it was.
"""

import gc
import hashlib
import json
import logging
import os
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oms.core.risk.checks import CHECKS
from oms.local.child import end_with
from oms.testing.simulation.chronicle import Say
from oms.testing.simulation.faults import Fault
from oms.testing.simulation.life_world import LIFE_FIRST, world_of
from oms.testing.simulation.oracle import Oracle
from oms.testing.simulation.planted import NOTHING_PLANTED, Planted
from oms.testing.simulation.witness import Violation

RESULTS = Path("build/sim.json")
SEEDS_PER_TASK = 4
"""Some seconds of work: little is lost when a sweep is interrupted."""

TASKS_AHEAD = 2
SAVE_S = 10.0
VIOLATIONS_KEPT = 200
"""Texts kept in the file; all are counted."""

LIMIT_REASONS = tuple(reason for check in CHECKS if check.kinds for reason in check.reasons)
"""Of checks that a limit asks for."""

PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What came of one seed. `violations`: one line each, the first is what ended it."""

    seed: int
    steps: int
    faults: dict[str, int]
    violations: tuple[str, ...]
    digest: str
    events: dict[str, int] = field(default_factory=dict)


def run_seed(seed: int, planted: Planted = NOTHING_PLANTED, say: Say | None = None) -> SeedResult:
    """One seed under the independent judge."""
    world = world_of(seed)(seed, planted, Oracle, say)
    try:
        found = world.run()
    except Exception as fault:  # a venue, a client or the world itself: that nothing falls is part of what a seed shows
        at = traceback.extract_tb(fault.__traceback__)[-1]
        text = f"{type(fault).__name__} {fault} in {Path(at.filename).name}:{at.lineno}"
        found = [*world.violations, Violation("world-broke", text, world.step)]
    lines = tuple(f"seed {seed} step {v.step}: {v.kind}: {v.text}" for v in found)
    return SeedResult(seed, world.step, world.faults.by_name(), lines, world.digest(), world.events)


def run_seeds(seeds: Sequence[int]) -> list[SeedResult]:
    """In a worker. A world is dropped as a whole after its seed, so nothing is collected while it runs."""
    found = []
    for seed in seeds:
        gc.disable()
        found.append(run_seed(seed))
        gc.enable()
    gc.collect()
    return found


@dataclass(slots=True)
class Tally:
    """The sums over seeds done."""

    seeds: set[int] = field(default_factory=set)
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    failed_seeds: list[int] = field(default_factory=list)

    def add(self, result: SeedResult) -> None:
        if result.seed in self.seeds:
            return
        self.seeds.add(result.seed)
        self.steps += result.steps
        self.faults.update(result.faults)
        self.events.update(result.events)
        if result.violations:
            self.failed_seeds.append(result.seed)
            self.violations += result.violations

    def missing_faults(self) -> list[str]:
        return [fault.value for fault in Fault if not self.faults[fault.value]]

    def missing_refusals(self) -> list[str]:
        """Reasons that a limit of the seeds could have given, and none did."""
        return [reason.name for reason in LIMIT_REASONS if not self.events[f"refused-{reason.name.lower()}"]]

    def line(self) -> str:
        faults = " ".join(f"{fault.value}={self.faults[fault.value]}" for fault in Fault)
        happened = " ".join(f"{name}={count}" for name, count in sorted(self.events.items()))
        return f"seeds {len(self.seeds)}, steps {self.steps}, faults: {faults}, events: {happened}, violations {len(self.violations)}"

    def to_json(self) -> dict[str, Any]:
        return {
            "seeds": ranges(self.seeds),
            "steps": self.steps,
            "faults": dict(sorted(self.faults.items())),
            "events": dict(sorted(self.events.items())),
            "failed_seeds": sorted(self.failed_seeds),
            "violations": self.violations[:VIOLATIONS_KEPT],
            "violation_count": len(self.violations),
        }

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> "Tally":
        seeds = {seed for first, last in stored["seeds"] for seed in range(first, last + 1)}
        faults, events = Counter(stored["faults"]), Counter(stored.get("events", {}))
        return cls(seeds, stored["steps"], faults, events, list(stored["violations"]), list(stored["failed_seeds"]))


def ranges(seeds: Iterable[int]) -> list[list[int]]:
    """Consecutive seeds as [first, last].

    >>> ranges({1, 2, 3, 7})
    [[1, 3], [7, 7]]
    """
    found: list[list[int]] = []
    for seed in sorted(seeds):
        if found and found[-1][1] == seed - 1:
            found[-1][1] = seed
        else:
            found.append([seed, seed])
    return found


def code_id() -> str:
    """What the outcome of a seed depends on besides the seed: a hash over the library's source files."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(str(path.relative_to(PACKAGE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def commit() -> str:
    """The commit that is checked out, where there is one."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            check=False,
            cwd=PACKAGE,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except OSError:
        return ""
    return done.stdout.strip()


class Results:
    """The file: by code, what was done with it."""

    def __init__(self, path: Path) -> None:
        self._path, self._code = path, code_id()
        self._all: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        stored = self._all.get(self._code)
        self.tally = Tally.of_json(stored) if stored is not None else Tally()

    def save(self) -> None:
        self._all[self._code] = {"commit": commit(), **self.tally.to_json()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._all, indent=1))
        partial.replace(self._path)


def quiet() -> None:
    """In a worker: what processes log when they are struck is not news."""
    logging.disable(logging.CRITICAL)
    gc.freeze()


def _in_worker(parent_pid: int) -> None:
    end_with(parent_pid)
    quiet()


def sweep(
    first: int,
    count: int,
    results: Results,
    seconds: float | None = None,
    workers: int | None = None,
    both: bool = False,
) -> Tally:
    """Run the seeds from `first` on that the results lack; returns the sums over the seeds asked for that are done.

    `seconds`: no new seeds are begun after so long. `both`: after each seed one in which orders live their whole life.
    """
    wanted = [seed for n in range(first, first + count) for seed in ((n, LIFE_FIRST + n) if both else (n,))]
    todo = iter(_tasks([seed for seed in wanted if seed not in results.tally.seeds]))
    workers = workers or os.cpu_count() or 1
    began = saved = time.monotonic()
    asked = Tally()
    with ProcessPoolExecutor(workers, initializer=_in_worker, initargs=(os.getpid(),)) as pool:
        running: set[Future[list[SeedResult]]] = set()
        while True:
            open_still = seconds is None or time.monotonic() - began < seconds
            while open_still and len(running) < workers * TASKS_AHEAD and (task := next(todo, None)):
                running.add(pool.submit(run_seeds, task))
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                _take(future.result(), results.tally, asked)
            if time.monotonic() - saved > SAVE_S:
                results.save()
                saved = time.monotonic()
                print(f"{len(asked.seeds)} seeds, {len(asked.violations)} violations", flush=True)
    results.save()
    return results.tally if seconds is None and _covers(results.tally, wanted) else asked


def _take(found: Sequence[SeedResult], *tallies: Tally) -> None:
    for result in found:
        for tally in tallies:
            tally.add(result)
        for line in result.violations[:1]:
            print(line, flush=True)


def _tasks(seeds: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seeds), SEEDS_PER_TASK):
        yield seeds[start : start + SEEDS_PER_TASK]


def _covers(tally: Tally, wanted: Sequence[int]) -> bool:
    return tally.seeds.issuperset(wanted)
