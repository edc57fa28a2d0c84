"""docs/controls.md against the code: the catalogue is the table of checks, and every check, test and view that it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from oms.core.enums import LimitKind, LimitScope
from oms.core.reasons import Reason
from oms.core.risk.checks import CHECKS
from oms.core.risk.judgement import Check
from oms.core.risk.levels import EVERYONE, SCOPES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "controls.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
CATALOGUE = [row for row in ROWS if row[0].isdigit() and len(row) == 7]
CONTROLS = [row for row in ROWS if len(row) == 5 and row[0] not in ("article", "paragraph")]
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
ARTICLES = (
    "12(1)",
    "12(2)",
    "12(3)",
    *(f"15({n})" for n in range(2, 7)),
    *(f"15(1)({c})" for c in "abcd"),
    "16(1) to (4)",
    "16(5)",
    *(f"17({n})" for n in range(1, 5)),
)
PARAGRAPHS = ("(c)(1)(i)", "(c)(1)(ii)", "(c)(2)(i)", "(c)(2)(ii)", "(c)(2)(iii)", "(c)(2)(iv)")


def test_the_page_has_every_check_in_the_order_in_which_it_runs() -> None:
    assert [int(row[0]) for row in CATALOGUE] == [check.number for check in CHECKS]
    for row, check in zip(CATALOGUE, CHECKS, strict=True):
        assert row[1] == f"`{check.name}`"
        assert row[2].split(", ") == [reason.name for reason in check.reasons]
        assert (f"({check.unit})" in row[5]) == bool(check.unit)
        assert row[5] and row[6]


@pytest.mark.parametrize("check", [check for check in CHECKS if len(check.kinds) == 1], ids=lambda check: check.name)
def test_the_page_names_each_limit_and_whom_it_can_bind(check: Check) -> None:
    row = next(row for row in CATALOGUE if int(row[0]) == check.number)
    (kind,) = check.kinds
    assert row[3] == kind.name
    scopes = SCOPES.get(kind, EVERYONE)
    assert row[4] == ("all" if scopes == EVERYONE else ", ".join(s.name.lower() for s in LimitScope if s in scopes))


def test_every_kind_of_limit_is_on_the_page() -> None:
    assert [kind.name for kind in LimitKind if kind.name not in PAGE and kind is not LimitKind.OPEN_ORDERS] == []


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_article_has_a_control_a_test_and_a_view() -> None:
    assert [row[0] for row in CONTROLS] == [*_in_page_order(ARTICLES), *PARAGRAPHS]
    assert TESTS and [f"{file}::{name}" for file, name in TESTS if name not in names_in(file)] == []
    for row in CONTROLS:
        assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`|the same test", row[3]), row
        views = re.findall(r"`(oms\.\w+)`", row[4])
        assert views and all(f"VIEW {view}" in _MIGRATIONS for view in views), row


def _in_page_order(articles: tuple[str, ...]) -> list[str]:
    return sorted(articles, key=lambda article: (int(article.split("(")[0]), article))


_MIGRATIONS = "\n".join(
    path.read_text("utf-8") for path in (ROOT / "deploy" / "clickhouse" / "migrations").glob("*.sql")
)


def test_every_control_that_is_a_check_is_one() -> None:
    names = {check.name for check in CHECKS}
    for row in CONTROLS:
        for word in re.findall(r"`([a-z_]+)`", row[2]):
            assert word in names, f"{row[0]} names {word}, which is no check"


def test_every_reason_on_the_page_is_one() -> None:
    told = {name for row in CATALOGUE for name in row[2].split(", ")} | {"EVALUATION_ERROR"}
    assert told == {reason.name for reason in Reason if 300 < reason < 400}
