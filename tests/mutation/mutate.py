"""Mutants of the risk core, one small change of its code at a time, and whether a test notices.

    make mutation                                        all of oms/core/risk; goes on where it was stopped (build/mutation.json)
    python tests/mutation/mutate.py --only ledger.py     one file
    python tests/mutation/mutate.py --since main --minutes 2      what has changed since a commit, as far as the time goes

A mutant is one changed comparison, operator, constant, condition, `min` or `max`, in a copy of the package beside the project. It is killed
when the tests of TESTS fail or do not end in time. The tests run once unchanged first: they must pass. Survivors are printed with file, line
and change; those that are no fault (an equal program) stand argued in tests/mutation/survivors.txt, which a run holds them against.
"""

import argparse
import ast
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path("oms/core/risk")
RESULTS = ROOT / "build" / "mutation.json"
ARGUED = Path(__file__).with_name("survivors.txt")
TESTS = (
    "tests/unit/test_risk_catalogue.py",
    "tests/unit/test_risk_checks.py",
    "tests/unit/test_risk_commands.py",
    "tests/unit/test_risk_stage.py",
    "tests/unit/test_risk_lists.py",
    "tests/unit/test_risk_instructions.py",
    "tests/unit/test_limit_governance.py",
    "tests/unit/test_corrected_orders.py",
    "tests/property/test_exposure.py",
    "tests/property/test_book.py",
)
TIMEOUT_S = 300
TARGET_PERCENT = 90

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """`number`: of the change within the file, in order of its syntax tree."""

    file: str
    number: int
    line: int
    change: str

    @property
    def key(self) -> str:
        return f"{self.file}:{self.line}:{self.number} {self.change}"


def changes_in(tree: ast.Module) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """(node, what changes, the node that stands there instead). Texts, annotations and assertions are no behaviour."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert | ast.JoinedStr):
            skipped.update(id(inner) for inner in ast.walk(node))
        elif isinstance(node, ast.AnnAssign | ast.FunctionDef | ast.arg):
            annotation = node.returns if isinstance(node, ast.FunctionDef) else node.annotation
            skipped.update(
                id(inner) for inner in ast.walk(annotation) if annotation is not None
            ) if annotation else None
    for node in ast.walk(tree):
        if id(node) not in skipped:
            yield from _changes_of(node)


def _changes_of(node: ast.AST) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    changed = copy.deepcopy(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARE:
        assert isinstance(changed, ast.Compare)
        changed.ops[0] = _COMPARE[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        assert isinstance(changed, ast.BinOp)
        changed.op = _BINARY[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        assert isinstance(changed, ast.BoolOp)
        changed.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node, f"{ast.unparse(node)} -> {ast.unparse(node.operand)}", node.operand
        return
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        changed = ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        changed = ast.Constant(not node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        assert isinstance(changed, ast.Call)
        changed.func = ast.Name(_CALLS[node.func.id], ast.Load())
    else:
        return
    yield node, f"{ast.unparse(node)} -> {ast.unparse(changed)}", changed


class _Put(ast.NodeTransformer):
    def __init__(self, target: ast.AST, instead: ast.AST) -> None:
        self._target, self._instead = target, instead

    def visit(self, node: ast.AST) -> ast.AST:
        return self._instead if node is self._target else super().visit(node)


def mutants_of(file: Path) -> list[Mutant]:
    found = changes_in(ast.parse((ROOT / file).read_text("utf-8")))
    return [
        Mutant(str(file), number, getattr(node, "lineno", 0), " ".join(change.split())[:100])
        for number, (node, change, _) in enumerate(found)
    ]


def source_of(mutant: Mutant) -> str:
    tree = ast.parse((ROOT / mutant.file).read_text("utf-8"))
    node, _, instead = list(changes_in(tree))[mutant.number]
    return ast.unparse(ast.fix_missing_locations(_Put(node, instead).visit(tree)))


class Workshop:
    """A copy of the package in which one file at a time is another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("oms", "services", "tests", "deploy"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)

    def passes(self) -> bool:
        """Whether all tests pass, each property with the same few examples every time."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=1", *TESTS]
        try:
            return not subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, timeout=TIMEOUT_S, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            return False

    def kills(self, mutant: Mutant) -> bool:
        place = self.folder / mutant.file
        original = place.read_text("utf-8")
        try:
            place.write_text(source_of(mutant), "utf-8")
            return not self.passes()
        finally:
            place.write_text(original, "utf-8")


def run(mutants: Sequence[Mutant], known: dict[str, bool], until: float) -> dict[str, bool]:
    """Mutant → killed. What is known is not tried again; every result is kept at once."""
    with tempfile.TemporaryDirectory(prefix="oms-mutation-") as folder:
        workshop = Workshop(Path(folder))
        if not workshop.passes():
            sys.exit("mutation: the tests fail without any change")
        for place, mutant in enumerate(mutants):
            if mutant.key in known or time.monotonic() > until:
                continue
            known[mutant.key] = workshop.kills(mutant)
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(known, indent=0))
            print(
                f"{place + 1}/{len(mutants)} {'killed  ' if known[mutant.key] else 'SURVIVED'} {mutant.key}", flush=True
            )
    return known


def argued() -> set[str]:
    """File and change of the survivors that are no fault; lines move, so that they are left out."""
    lines = ARGUED.read_text("utf-8").splitlines() if ARGUED.exists() else []
    return {line.partition(" # ")[0].strip() for line in lines if line.strip() and not line.startswith("#")}


def files_since(commit: str) -> set[str]:
    command = ["git", "diff", "--name-only", commit, "--", str(PACKAGE)]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a file of the package")
    parser.add_argument("--since", default="", help="files changed since this commit")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so many; 0: never")
    options = parser.parse_args()
    files = sorted(path.relative_to(ROOT) for path in (ROOT / PACKAGE).glob("*.py"))
    changed = files_since(options.since) if options.since else {str(file) for file in files}
    files = [file for file in files if str(file) in changed and options.only in ("", file.name)]
    mutants = [mutant for file in files for mutant in mutants_of(file)]
    known: dict[str, bool] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    until = time.monotonic() + options.minutes * 60 if options.minutes else float("inf")
    known = run(mutants, known, until) if mutants else known
    tried = [mutant for mutant in mutants if mutant.key in known]
    reasons = argued()
    survivors = [m for m in tried if not known[m.key] and f"{m.file} {m.change}" not in reasons]
    for mutant in survivors:
        print(f"survivor: {mutant.key}")
    killed = len(tried) - sum(not known[mutant.key] for mutant in tried)
    percent = 100 * killed // max(1, len(tried))
    print(
        f"mutation: {killed} of {len(tried)} killed ({percent} %), {len(mutants) - len(tried)} not tried, {len(survivors)} not argued"
    )
    return int(bool(tried) and percent < TARGET_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
