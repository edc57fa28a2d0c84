"""docs/runbook: a page for each cause class, the decisions as the core allows them, and commands that the command line takes."""

import re
from typing import Any

import pytest
import typer
from runbook_pages import PAGES, all_commands, commands_of, pages
from typer.exceptions import TyperException

from oms.cli.breaks import KINDS
from oms.cli.main import app
from oms.core.enums import BreakCause
from oms.core.reconciliation.breaks import ACCEPTED
from oms.runtime.telemetry import METRICS


def parsed(words: list[str]) -> str:
    """The command that the words name; an error where its arguments or options are not as typed."""
    command: Any = typer.main.get_command(app)
    name, rest = "oms", list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        _, command, rest = command.resolve_command(command.make_context(name, list(rest)), rest)
        name = f"{name} {command.name}"
    command.make_context(name, rest)
    return name


@pytest.mark.parametrize("words", all_commands(), ids=lambda words: " ".join(words)[:60])
def test_every_command_of_the_pages_is_one_of_ours(words: list[str]) -> None:
    assert parsed(words).startswith("oms ")


def test_a_wrong_command_is_found() -> None:
    for words in (["breaks", "resolve", "B0-1"], ["breaks", "mend", "B0-1"], ["halt", "--now"], ["nothing"]):
        with pytest.raises(TyperException):
            parsed(words)


def test_each_cause_has_a_page_and_the_table_says_what_the_core_allows() -> None:
    table = dict(re.findall(r"\| \[([A-Z_]+)\]\(([a-z-]+\.md)\) \|", (PAGES / "README.md").read_text("utf-8")))
    assert set(table) == set(BreakCause.__members__)
    rows = (PAGES / "README.md").read_text("utf-8").splitlines()
    assert all(f"]({page.name})" in "".join(rows) for page in pages() if page.name != "README.md"), (
        "every page is linked"
    )
    for cause in BreakCause:
        page = (PAGES / table[cause.name]).read_text("utf-8")
        assert page.startswith(f"# {cause.name}\n")
        row = next(line for line in rows if line.startswith(f"| [{cause.name}]"))
        allowed = {word.value for word, kind in KINDS.items() if kind in ACCEPTED[cause]}
        assert {word.value for word in KINDS if word.value in row} == allowed, cause
        decided = {c[c.index("--as") + 1] for c in commands_of(PAGES / table[cause.name]) if "--as" in c}
        assert decided and decided <= allowed, f"{cause.name}: {decided}"


def test_what_the_pages_name_is_there() -> None:
    text = (PAGES / "README.md").read_text("utf-8")
    assert "`oms_breaks_open`" in text and any(metric.name == "oms_breaks_open" for metric in METRICS)
    alerts = (PAGES.parents[1] / "deploy" / "prometheus" / "alerts.yaml").read_text("utf-8")
    assert "`OmsBreakOpen`" in text and "alert: OmsBreakOpen" in alerts
