"""The oracle judges what the core did: it imports nothing of it, nor anything that does.

What it may know of ours: the generated messages, what a witness says, and the two plain types of the log that a witness is told in.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORACLE = "oms.testing.simulation.oracle"
WITNESS, LOG = "oms.testing.simulation.witness", "oms.runtime.log"
FILES = sorted((ROOT / "oms/testing/simulation/oracle").glob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path.name}: imports are written out"
            yield node.module


def is_standard(module: str) -> bool:
    return module.split(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_oracle_shares_no_code_with_what_it_judges(path: Path) -> None:
    allowed = ("oms.v1.", "google.protobuf.", ORACLE)
    strange = {
        module
        for module in imported(path)
        if not is_standard(module) and module not in (WITNESS, LOG) and not module.startswith(allowed)
    }
    assert not strange, f"{path.name} imports {sorted(strange)}"


@pytest.mark.parametrize("module", [WITNESS, LOG])
def test_what_the_oracle_is_told_in_rests_on_nothing(module: str) -> None:
    path = ROOT / (module.replace(".", "/") + ".py")
    strange = {name for name in imported(path) if not is_standard(name) and name != LOG}
    assert not strange, f"{module} imports {sorted(strange)}"
