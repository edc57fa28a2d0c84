"""Which rules of engagement a command goes by: those of a directory, or those of the simulated venues."""

from pathlib import Path
from typing import Annotated

import typer

import oms
from oms.cli.instance import CliError
from oms.venues.fix_rules import FileProblem, RulesOfEngagement, read_rules

SIMULATED_RULES = Path(oms.__file__).parents[1] / "deploy" / "local" / "venues"
"""Those of the simulated venues."""

RulesOption = Annotated[
    Path | None,
    typer.Option("--rules", help="Directory of rules of engagement (docs/fix.md); default: the simulated venues'."),
]


def rules_in(directory: Path | None) -> dict[str, RulesOfEngagement]:
    """Raises `CliError` with file, line and field."""
    try:
        return read_rules(directory or SIMULATED_RULES)
    except FileProblem as error:
        raise CliError(str(error)) from None
