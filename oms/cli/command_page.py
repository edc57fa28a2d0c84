"""docs/commands.md: made from the commands themselves, so that the page and `--help` cannot differ. A test compares it with the file.

Write it anew with `python -m oms.cli.command_page > docs/commands.md`.
"""

import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from oms.cli.command_examples import EXAMPLES
from oms.cli.main import EXIT_CODES, app
from oms.cli.schemas import WITHOUT_JSON

INTRODUCTION = """# Commands

Made from the commands by `python -m oms.cli.command_page > docs/commands.md`; a test holds it against them.

`--json` prints one JSON value for programs, in the form that `oms/cli/schemas.py` describes (JSON Schema). `--csv`, where a command
prints one table, is RFC 4180 with a header. Numbers are exact decimals, times are UTC. `--data DIR` says which system is meant; it may
stand before the command too, and `OMS_DATA` is its default. A terminal narrower than 110 columns gets narrower tables.
`oms --install-completion` installs completion for your shell: commands, options, and names of instruments, desks, accounts and venues
from the running system.

An order may be named by its id (desk/date/ClOrdID), a child's id (the same with `.1`), a ClOrdID with `--desk`, or what a venue calls it:
its order id or an execution's id.
"""


def commands() -> Iterator[tuple[str, Any]]:
    """(name as typed, command) of every command that does something, in the order of `oms --help`."""
    yield from _leaves("", typer.main.get_command(app))


def _leaves(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield f"{prefix}{name}", command
            yield from _leaves(f"{prefix}{name} ", command)
        else:
            yield f"{prefix}{name}", command


def page() -> str:
    lines = [INTRODUCTION, "## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {' '.join(meaning.split())} |" for code, meaning in EXIT_CODES.items()]
    lines += ["", "A failure is one line on standard error that says what to do. Standard output has answers only."]
    for name, command in commands():
        lines += ["", *_section(name, command)]
    return "\n".join(lines) + "\n"


def _section(name: str, command: Any) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help" and not p.hidden]
    words = [_argument(p) for p in arguments]
    lines = [f"## oms {' '.join([name, *words])}", "", " ".join((command.help or "").split())]
    if name in WITHOUT_JSON:
        lines[-1] += f" No --json: {WITHOUT_JSON[name]}."
    if arguments or options:
        lines += ["", "| argument or option | meaning |", "|---|---|"]
        lines += [f"| `{_argument(p)}` | {_help(p)} |" for p in arguments]
        lines += [f"| `{', '.join((*p.opts, *p.secondary_opts))}` | {_help(p)} |" for p in options]
    if name in EXAMPLES:
        lines += ["", *(f"    {line}".rstrip() for line in EXAMPLES[name].strip().splitlines())]
    return lines


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).strip("[]{}").upper()
    return name if parameter.required else f"[{name}]"


def _help(parameter: Any) -> str:
    text = " ".join((parameter.help or "").split())
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        text = f"{text} One of {', '.join(str(member.value) for member in kind)}.".strip()
    default = parameter.default
    shown = getattr(default, "value", default)
    if isinstance(shown, str | int | float) and not isinstance(shown, bool) and shown not in ("", 0):
        text += f" Default: {shown:g}." if isinstance(shown, float) else f" Default: {shown}."
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
