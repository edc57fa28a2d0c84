"""Mutants of the risk core, one small change of its code at a time, and whether a test notices.

    make mutation                                  all of oms/core/risk that is not in the record as it is now; goes on where it was stopped
    python tests/mutation/mutate.py --only ledger.py        one file
    python tests/mutation/mutate.py --again                 the survivors that nobody has argued are tried once more: after a new test
    python tests/mutation/mutate.py --minutes 2 --check     what has changed, as far as the time goes; the record is left as it is

`tests/mutation/record.txt` has a line for each function (or rest of a class or module) with its digest, how many changes of it were tried, how
many a test noticed and in which files those tests are, and below it the survivors. A survivor that is no fault, because the program is the same
or the change is refused elsewhere, is argued behind its `#`. A function whose digest is another has changed, and is tried again: a check runs
the test files that noticed its changes before.
"""

import argparse
import os
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from changes import Mutant, Unit, mutants_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "oms/core/risk"
RECORD = Path(__file__).with_name("record.txt")
TESTS = tuple(
    f"tests/{name}.py"
    for name in (
        "unit/test_risk_*", "unit/test_limit_*", "unit/test_rehearsal", "unit/test_positions", "unit/test_settlement",
        "unit/test_halt_actions", "unit/test_liquidation", "unit/test_credit_*", "unit/test_watching", "unit/test_governance",
        "unit/test_acknowledgement", "unit/test_corrected_orders", "unit/test_order_path*", "unit/test_refused_cancels",
        "unit/test_halt_triggers", "unit/test_triggers", "unit/test_forgotten_trades", "unit/test_inferred_fills", "unit/test_order_days",
        "property/test_exposure", "property/test_book", "property/test_profit", "property/test_currency_pairs", "property/test_pair_figures", "property/test_reduce_only",
        "property/test_forgotten_orders", "property/test_triggers", "property/test_credit_*",
    )
)  # fmt: skip
TARGET_PERCENT = 90
FILES_MAX = 4
"""Of the test files that are named for a unit."""
_UNIT = re.compile(
    r"(?P<file>\S+) (?P<name>\S+) (?P<digest>[0-9a-f]{12}): (?P<killed>\d+) of (?P<tried>\d+)(?: by (?P<by>.+))?"
)
_SURVIVOR = re.compile(r"    (?P<change>.+?)(?:  # (?P<why>.*))?")


@dataclass(slots=True)
class Tried:
    """What is known of a unit. `by`: test files that noticed most of it. `survivors`: change → why it is no fault, "" where nobody has argued."""

    digest: str
    tried: int = 0
    killed: int = 0
    by: tuple[str, ...] = ()
    survivors: dict[str, str] = field(default_factory=dict)


Record = dict[tuple[str, str], Tried]


def read_record() -> Record:
    found: Record = {}
    last = Tried("")
    for line in RECORD.read_text("utf-8").splitlines() if RECORD.exists() else ():
        if unit := _UNIT.fullmatch(line):
            by = tuple((unit["by"] or "").split())
            last = Tried(unit["digest"], int(unit["tried"]), int(unit["killed"]), by)
            found[unit["file"], unit["name"]] = last
        elif survivor := _SURVIVOR.fullmatch(line):
            last.survivors[survivor["change"]] = survivor["why"] or ""
    return found


def write_record(record: Record) -> None:
    lines = []
    for (file, name), tried in sorted(record.items()):
        by = " by " + " ".join(tried.by) if tried.by else ""
        lines.append(f"{file} {name} {tried.digest}: {tried.killed} of {tried.tried}{by}")
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
        self._by: dict[Unit, Counter[str]] = {unit: Counter() for unit in self._of_unit}
        self.due = [m for unit, of_it in self._of_unit.items() for m in self._due(unit, of_it, again)]
        self._told = 0
        self._new: list[tuple[Unit, str]] = []

    def _due(self, unit: Unit, mutants: list[Mutant], again: bool) -> list[Mutant]:
        known = self.record.get((unit.file, unit.name))
        if known is None or known.digest != unit.digest or known.tried != len(mutants):
            return mutants
        self._by[unit].update(known.by)
        for mutant in mutants:
            if not again or known.survivors.get(mutant.change, "argued"):
                self._results[unit][mutant.change] = mutant.change not in known.survivors
        return [mutant for mutant in mutants if mutant.change not in self._results[unit]]

    def told(self, mutant: Mutant, test: str) -> None:
        unit = mutant.unit
        self._results[unit][mutant.change] = bool(test)
        if "::" in test:
            self._by[unit][test.split("::")[0].removeprefix("tests/")] += 1
        self._told += 1
        said = f"killed by {test}:" if test else "SURVIVED"
        print(f"{self._told}/{len(self.due)} {said} {unit.file}:{mutant.line} {unit.name}: {mutant.change}", flush=True)
        results = self._results[unit]
        before = self.record.get((unit.file, unit.name), Tried(""))
        if not test and mutant.change not in before.survivors:
            self._new.append((unit, mutant.change))
        if len(results) == len(self._of_unit[unit]):
            survivors = {change: before.survivors.get(change, "") for change, dead in results.items() if not dead}
            by = tuple(file for file, _ in self._by[unit].most_common(FILES_MAX))
            found = Tried(unit.digest, len(results), sum(results.values()), by, survivors)
            self.record[unit.file, unit.name] = found
            if not self._check:
                write_record({**read_record(), (unit.file, unit.name): found})  # another run may be at other files

    def forget_gone(self, files: set[str]) -> None:
        """Units of these files that are no more."""
        units = {(unit.file, unit.name) for unit in self._of_unit}
        gone = [key for key in self.record if key[0] in files and key not in units]
        for key in gone:
            del self.record[key]
        if gone and not self._check:
            write_record({key: tried for key, tried in read_record().items() if key not in gone})

    def files_that_noticed(self) -> list[str]:
        """The test files that noticed changes of what is due, or of others in its file where it is new."""
        due = {(mutant.unit.file, mutant.unit.name) for mutant in self.due}
        known = {key: tried.by for key, tried in self.record.items()}
        found = {file for key in due for file in known.get(key, ())}
        for of_file in {file for file, name in due if not known.get((file, name))}:
            counts = Counter(by for (file, _), files in known.items() if file == of_file for by in files)
            found.update(file for file, _ in counts.most_common(FILES_MAX))
        return sorted(f"tests/{file}" for file in found)

    def report(self) -> int:
        tried = [
            (unit, self.record[unit.file, unit.name])
            for unit in self._of_unit
            if (unit.file, unit.name) in self.record and self.record[unit.file, unit.name].digest == unit.digest
        ]
        total, killed = sum(t.tried for _, t in tried), sum(t.killed for _, t in tried)
        open_ones = [(unit, change) for unit, t in tried for change, why in t.survivors.items() if not why]
        for unit, change in self._new if self._check else open_ones:
            print(f"survivor: {unit.file} {unit.name}: {change}")
        percent = 100 * killed / max(1, total)
        argued = sum(bool(why) for _, t in tried for why in t.survivors.values())
        untried = sum(map(len, self._of_unit.values())) - total
        print(
            f"mutation: {killed} of {total} killed ({percent:.1f} %), {untried} not tried, "
            f"{argued} survivors argued, {len(open_ones)} not"
        )
        return int((bool(total) and percent < TARGET_PERCENT) or (self._check and bool(self._new)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="files of the package, with commas between")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so many; 0: never")
    parser.add_argument("--again", action="store_true", help="try survivors that are not argued again")
    parser.add_argument("--check", action="store_true", help="leave the record as it is; a new survivor is a failure")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants tried at the same time")
    parser.add_argument("--seconds", type=float, default=0.7, help="of tests for one mutant, the quickest first")
    options = parser.parse_args()
    until = time.monotonic() + options.minutes * 60 if options.minutes else float("inf")
    paths = sorted(path.relative_to(ROOT) for path in (ROOT / PACKAGE).glob("*.py"))
    sources = {str(path): (ROOT / path).read_text("utf-8") for path in paths}
    tried = {
        file: text for file, text in sources.items() if not options.only or Path(file).name in options.only.split(",")
    }
    session = Session(
        read_record(),
        [m for file, text in tried.items() for m in mutants_of(file, text)],
        options.again,
        options.check,
    )
    session.forget_gone(set(tried))
    if session.due:
        _try(session, sources, options, until)
    return session.report()


def _try(session: Session, sources: dict[str, str], options: argparse.Namespace, until: float) -> None:
    import trials  # pytest and what it brings: only where something is due

    os.chdir(ROOT)
    reach = trials.Reach(sources)
    reach.load()
    tests = sorted(str(path.relative_to(ROOT)) for pattern in TESTS for path in ROOT.glob(pattern))
    if options.check:
        tests = session.files_that_noticed() or tests
    bounds = trials.Bounds(options.jobs, options.seconds, until)
    due = sorted(session.due, key=lambda mutant: mutant.unit.in_function)
    left = trials.try_in_process(due, sources, reach, tests, session.told, bounds)
    reach.load()
    trials.try_from_start(left, sources, reach, session.told, bounds)


if __name__ == "__main__":
    sys.exit(main())
