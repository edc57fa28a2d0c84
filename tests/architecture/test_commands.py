"""Every command is described: its page, its JSON schema, an example; every reason has words."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from oms.cli.command_examples import EXAMPLES
from oms.cli.command_page import commands, page
from oms.cli.decision_words import REASON_WORDS
from oms.cli.schemas import SCHEMAS, WITHOUT_JSON
from oms.core.reasons import Reason

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def options(command: object) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}  # type: ignore[attr-defined]


def test_the_page_is_that_of_the_commands() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m oms.cli.command_page > docs/commands.md"


def test_every_command_has_a_schema_or_says_why_not_and_an_example() -> None:
    names = {name for name, _ in commands()}
    assert names == set(SCHEMAS) | set(WITHOUT_JSON)
    assert not set(SCHEMAS) & set(WITHOUT_JSON)
    assert names == set(EXAMPLES)


def test_json_is_an_option_where_a_schema_is_and_only_there() -> None:
    assert {name for name, command in commands() if "--json" in options(command)} == set(SCHEMAS)


def test_every_command_but_a_process_knows_its_data_directory() -> None:
    without = {name for name, command in commands() if "--data" not in options(command)}
    # `venue accept` starts a venue process of its own; the two of `fix` read files
    assert without == {"version", "venue serve", "venue accept", "fix decode", "fix diff"}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_reason_has_words_of_its_own_line() -> None:
    assert set(REASON_WORDS) == set(Reason)
    assert all(words and "\n" not in words and len(words) < 100 for words in REASON_WORDS.values())
