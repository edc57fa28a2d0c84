"""docs/invariants.md names real tests: each sentence has a number of its own and at least one test that is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "docs" / "invariants.md").read_text("utf-8").splitlines()
SENTENCE = re.compile(r"\*\*(INV-\d{2,3})\*\* \S")
PROOF = re.compile(r"- proved by `(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def names_in(path: str) -> set[str]:
    file = ROOT / path
    tree = ast.parse(file.read_text("utf-8")) if file.exists() else ast.Module([], [])
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def proofs() -> dict[str, list[tuple[str, str]]]:
    """Number of the invariant → (file, test)."""
    found: dict[str, list[tuple[str, str]]] = {}
    number = ""
    for line in LINES:
        if sentence := SENTENCE.match(line):
            number = sentence[1]
            assert number not in found, f"{number} stands twice"
            found[number] = []
        elif line.startswith("- proved by"):
            proof = PROOF.fullmatch(line)
            assert proof, f"not `file::test`: {line}"
            found[number].append((proof[1], proof[2]))
    return found


def test_every_invariant_has_a_proof() -> None:
    assert len(proofs()) >= 20
    assert not [number for number, tests in proofs().items() if not tests]


def test_every_named_test_exists() -> None:
    missing = [f"{n}: {file}::{test}" for n, ts in proofs().items() for file, test in ts if test not in names_in(file)]
    assert not missing


def test_numbers_rise() -> None:
    numbers = [int(number.removeprefix("INV-")) for number in proofs()]
    assert numbers == sorted(numbers)
