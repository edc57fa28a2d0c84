"""Mutants of the risk core, one small change of its code at a time, and whether a test notices.

    make mutation                                  all of oms/core/risk that is not in the record as it is now; goes on where it was stopped
    python tests/mutation/mutate.py --only ledger.py        one file
    python tests/mutation/mutate.py --again                 the survivors that nobody has argued are tried once more: after a new test
    python tests/mutation/mutate.py --minutes 2 --check     what has changed, as far as the time goes; the record is left as it is

`tests/mutation/record.txt` has a line for each function (or rest of a class or module) with its digest, how many changes of it were tried and
how many a test noticed, and below it the survivors. A survivor that is no fault, because the program is the same or the change is refused
elsewhere, is argued behind its `#`. A function whose digest is another has changed, and is tried again.
"""

import argparse
import os
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from changes import Mutant, Unit, mutants_of
from trials import ROOT, try_in_copy, try_in_process

PACKAGE = "oms/core/risk"
RECORD = Path(__file__).with_name("record.txt")
TESTS = tuple(
    f"tests/{name}.py"
    for name in (
        "unit/test_risk_*", "unit/test_limit_*", "unit/test_corrected_orders", "unit/test_rehearsal", "unit/test_positions",
        "unit/test_inferred_fills", "unit/test_monitors", "unit/test_order_days",
        "unit/test_order_path", "unit/test_refused_cancels", "unit/test_request_races", "unit/test_routing_emulation",
        "property/test_exposure", "property/test_book", "property/test_profit", 
    )
)  # fmt: skip
TARGET_PERCENT = 90
_UNIT = re.compile(r"(?P<file>\S+) (?P<name>\S+) (?P<digest>[0-9a-f]{12}): (?P<killed>\d+) of (?P<tried>\d+)")
_SURVIVOR = re.compile(r"    (?P<change>.+?)(?:  # (?P<why>.*))?")


@dataclass(slots=True)
class Tried:
    """What is known of a unit. `survivors`: change → why it is no fault, "" where nobody has argued."""

    digest: str
    tried: int = 0
    killed: int = 0
    survivors: dict[str, str] = field(default_factory=dict)


Record = dict[tuple[str, str], Tried]


def read_record() -> Record:
    found: Record = {}
    last = Tried("")
    for line in RECORD.read_text("utf-8").splitlines() if RECORD.exists() else ():
        if unit := _UNIT.fullmatch(line):
            last = Tried(unit["digest"], int(unit["tried"]), int(unit["killed"]))
            found[unit["file"], unit["name"]] = last
        elif survivor := _SURVIVOR.fullmatch(line):
            last.survivors[survivor["change"]] = survivor["why"] or ""
    return found


def write_record(record: Record) -> None:
    lines = []
    for (file, name), tried in sorted(record.items()):
        lines.append(f"{file} {name} {tried.digest}: {tried.killed} of {tried.tried}")
        lines += [f"    {change}  # {why}" if why else f"    {change}" for change, why in tried.survivors.items()]
    RECORD.write_text("\n".join(lines) + "\n", "utf-8")


class Session:
    """One run: a unit counts once all its mutants were tried."""

    def __init__(self, record: Record, mutants: list[Mutant], again: bool, check: bool) -> None:
        self.record, self._check = record, check
        self._of_unit: dict[Unit, list[Mutant]] = {}
        for mutant in mutants:
            self._of_unit.setdefault(mutant.unit, []).append(mutant)
        self._results: dict[Unit, dict[str, bool]] = {unit: {} for unit in self._of_unit}
        self.due = [m for unit, of_it in self._of_unit.items() for m in self._due(unit, of_it, again)]
        self._told = 0

    def _due(self, unit: Unit, mutants: list[Mutant], again: bool) -> list[Mutant]:
        known = self.record.get((unit.file, unit.name))
        if known is None or known.digest != unit.digest or known.tried != len(mutants):
            return mutants
        for mutant in mutants:
            if not again or known.survivors.get(mutant.change, "argued"):
                self._results[unit][mutant.change] = mutant.change not in known.survivors
        return [mutant for mutant in mutants if mutant.change not in self._results[unit]]

    def told(self, mutant: Mutant, killed: bool) -> None:
        unit = mutant.unit
        self._results[unit][mutant.change] = killed
        self._told += 1
        said = "killed  " if killed else "SURVIVED"
        print(f"{self._told}/{len(self.due)} {said} {unit.file}:{mutant.line} {unit.name}: {mutant.change}", flush=True)
        results = self._results[unit]
        if len(results) == len(self._of_unit[unit]):
            before = self.record.get((unit.file, unit.name), Tried(""))
            survivors = {change: before.survivors.get(change, "") for change, dead in results.items() if not dead}
            self.record[unit.file, unit.name] = Tried(unit.digest, len(results), sum(results.values()), survivors)
            if not self._check:
                write_record(self.record)

    def forget_gone(self, files: set[str]) -> None:
        """Units of these files that are no more."""
        units = {(unit.file, unit.name) for unit in self._of_unit}
        for key in [key for key in self.record if key[0] in files and key not in units]:
            del self.record[key]

    def report(self) -> int:
        tried = [
            (unit, self.record[unit.file, unit.name])
            for unit in self._of_unit
            if (unit.file, unit.name) in self.record and self.record[unit.file, unit.name].digest == unit.digest
        ]
        total, killed = sum(t.tried for _, t in tried), sum(t.killed for _, t in tried)
        open_ones = [(unit, change) for unit, t in tried for change, why in t.survivors.items() if not why]
        for unit, change in open_ones:
            print(f"survivor: {unit.file} {unit.name}: {change}")
        percent = 100 * killed / max(1, total)
        untried = sum(map(len, self._of_unit.values())) - total
        print(
            f"mutation: {killed} of {total} killed ({percent:.1f} %), {untried} not tried, {len(open_ones)} survivors not argued"
        )
        return int(bool(total) and percent < TARGET_PERCENT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a file of the package")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so many; 0: never")
    parser.add_argument("--again", action="store_true", help="try survivors that are not argued again")
    parser.add_argument("--check", action="store_true", help="leave the record as it is")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants tried at the same time")
    options = parser.parse_args()
    until = time.monotonic() + options.minutes * 60 if options.minutes else float("inf")
    paths = sorted(path.relative_to(ROOT) for path in (ROOT / PACKAGE).glob("*.py") if options.only in ("", path.name))
    sources = {str(path): (ROOT / path).read_text("utf-8") for path in paths}
    session = Session(
        read_record(),
        [m for file, text in sources.items() for m in mutants_of(file, text)],
        options.again,
        options.check,
    )
    session.forget_gone(set(sources))
    tests = sorted(str(path.relative_to(ROOT)) for pattern in TESTS for path in ROOT.glob(pattern))
    inside = [m for m in session.due if m.unit.in_function]
    outside = [m for m in session.due if not m.unit.in_function]
    if session.due and not try_in_process(inside, sources, tests, session.told, options.jobs, until):
        print("mutation: the tests fail without any change")
        return 1
    try_in_copy(outside, sources, tests, session.told, until)
    return session.report()


if __name__ == "__main__":
    sys.exit(main())
