"""The commands that the pages of docs/runbook tell people to type."""

import shlex
from pathlib import Path

PAGES = Path(__file__).parents[1] / "docs" / "runbook"


def pages() -> list[Path]:
    return sorted(PAGES.glob("*.md"))


def commands_of(page: Path) -> list[list[str]]:
    """The words after `$ oms` of each line that shows one; every line of a console block is one."""
    found, inside = [], False
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("```"):
            inside = line == "```console"
        elif inside:
            assert line.startswith("$ oms "), f"{page.name}: {line!r} is no command of ours"
            found.append(shlex.split(line.removeprefix("$ oms ")))
    return found


def all_commands() -> list[list[str]]:
    """Every command once, in the order of the pages."""
    found = [command for page in pages() for command in commands_of(page)]
    return [command for number, command in enumerate(found) if command not in found[:number]]
