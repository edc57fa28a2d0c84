"""`python -m oms.testing.simulation`: one seed, or many.

run --seed N [--verbose]                              what happens in a seed, and what is wrong with it
sweep --seeds N [--seed FIRST] [--seconds S]          many seeds; the last line has the sums; exit 1 on a violation
      [--every-fault]                                 fails too where a kind of fault was never injected
      [--every-refusal]                               fails too where a reason that a limit gives was never given
      [--both]                                        each seed, and the one a million further on, in which orders live their whole life
"""

import argparse
import sys
from pathlib import Path

from oms.testing.simulation.sweep import RESULTS, Results, quiet, run_seed, sweep


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulation")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run")
    one.add_argument("--seed", type=int, required=True)
    one.add_argument("--verbose", action="store_true")
    many = commands.add_parser("sweep")
    many.add_argument("--seeds", type=int, required=True)
    many.add_argument("--seed", type=int, default=0)
    many.add_argument("--seconds", type=float)
    many.add_argument("--workers", type=int)
    many.add_argument("--every-fault", action="store_true")
    many.add_argument("--every-refusal", action="store_true")
    many.add_argument("--both", action="store_true")
    many.add_argument("--results", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    quiet()
    return _one(chosen) if chosen.command == "run" else _many(chosen)


def _one(chosen: argparse.Namespace) -> int:
    result = run_seed(chosen.seed, say=print if chosen.verbose else None)
    for line in result.violations:
        print(line)
    faults = " ".join(f"{name}={count}" for name, count in result.faults.items())
    print(f"seed {result.seed}, steps {result.steps}, digest {result.digest}, faults: {faults}, ", end="")
    print(f"violations {len(result.violations)}")
    return 1 if result.violations else 0


def _many(chosen: argparse.Namespace) -> int:
    tally = sweep(chosen.seed, chosen.seeds, Results(chosen.results), chosen.seconds, chosen.workers, chosen.both)
    missing = tally.missing_faults() if chosen.every_fault else []
    if tally.failed_seeds:
        print("violations in seeds " + " ".join(str(seed) for seed in sorted(tally.failed_seeds)))
    unsaid = tally.missing_refusals() if chosen.every_refusal else []
    if missing:
        print("never injected: " + ", ".join(missing))
    if unsaid:
        print("never refused for: " + ", ".join(unsaid))
    print(tally.line())
    return 1 if tally.failed_seeds or missing or unsaid or not tally.seeds else 0


if __name__ == "__main__":
    sys.exit(main())
