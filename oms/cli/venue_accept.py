"""`oms venue accept`: the acceptance cards, shown to a simulated venue of the reference data in a process of its own."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from oms.cli.fix_rules_option import RulesOption, rules_in
from oms.cli.instance import EXIT_REFUSED, CliError, JsonOption, UsageError
from oms.cli.output import console, print_json
from oms.cli.tape_options import SYNTHETIC_REFERENCE, ReferenceOption
from oms.core.enums import VenueBehaviour
from oms.local.reference_file import ReferenceFileError, load_reference
from oms.venues.acceptance.adapter import AdapterError
from oms.venues.acceptance.cards import CARDS, Card, Result, Verdict, run_cards
from oms.venues.acceptance.fix import own_fix_venue
from oms.venues.acceptance.local import LocalSession, LocalVenue, own_venue
from oms.venues.fix_rules import ReplaceKind, rules_of
from oms.venues.venue_terms import VenueTerms, terms_of_venues

LOCAL, FIX = "local", "fix"


def register(app: typer.Typer) -> None:
    app.command("accept")(accept)


def accept(
    name: Annotated[str, typer.Argument(help="A venue of the reference file.", metavar="NAME")],
    card: Annotated[
        list[str] | None,
        typer.Option("--card", help="Only this one, such as VA-07 (repeat it for more); default: all."),
    ] = None,
    reference: ReferenceOption = None,
    as_json: JsonOption = False,
    wire: Annotated[str, typer.Option("--wire", help="local, or fix: over a FIX 4.4 session.")] = LOCAL,
    rules: RulesOption = None,
) -> None:
    """Show the acceptance cards (docs/venue-acceptance.md) to a venue: a line per card; exit 1 where one failed."""
    cards, terms = _cards(card or []), _terms(name, reference or SYNTHETIC_REFERENCE)
    begin = _begin(wire, rules, name, terms)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="oms-accept-") as directory:
        try:
            venue, session = begin(Path(directory), f"{time.time_ns() % 10**9}")
        except AdapterError as error:
            raise CliError(str(error)) from None
        try:
            for result in run_cards(session, cards, f"{time.time_ns() % 10**9}"):
                results.append(result)
                if not as_json:
                    console().print(line(result), soft_wrap=True, highlight=False, markup=False)
        finally:
            session.close()
            venue.stop()
    failed = sum(result.verdict is Verdict.FAILED for result in results)
    if as_json:
        print_json([_row(result) for result in results])
    else:
        console().print(summary(results), highlight=False, markup=False)
    if failed:
        raise typer.Exit(EXIT_REFUSED)


def _begin(
    wire: str, rules: Path | None, name: str, terms: VenueTerms
) -> Callable[[Path, str], tuple[LocalVenue, LocalSession]]:
    """How the venue process and the session are made."""
    if wire not in (LOCAL, FIX):
        raise UsageError(f"--wire {wire}: give {LOCAL} or {FIX}")
    if wire == LOCAL:
        return lambda directory, run: own_venue(name, terms, directory, run)
    by_new = VenueBehaviour.REPLACES_BY_NEW_ORDER in terms.behaviours
    own = replace(rules_of(rules_in(rules), name), replace=ReplaceKind.NEW_ORDER if by_new else ReplaceKind.IN_PLACE)
    return lambda directory, run: own_fix_venue(name, terms, directory, run, own)


def line(result: Result) -> str:
    why = f" ({result.why})" if result.why else ""
    return f"{result.card.name} {result.verdict.value}{why}: {result.card.title}"


def summary(results: list[Result]) -> str:
    counts = {verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict}
    return ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items())


def _row(result: Result) -> dict[str, str]:
    return {
        "card": result.card.name,
        "verdict": result.verdict.value,
        "why": result.why,
        "title": result.card.title,
    }


def _cards(wanted: list[str]) -> list[Card]:
    by_name = {card.name: card for card in CARDS}
    unknown = [name for name in wanted if name.upper() not in by_name]
    if unknown:
        raise UsageError(f"there is no card {unknown[0]}: {CARDS[0].name} to {CARDS[-1].name}")
    return [by_name[name.upper()] for name in wanted] or list(CARDS)


def _terms(name: str, file: Path) -> VenueTerms:
    try:
        terms = terms_of_venues(load_reference(file, 1_000))
    except ReferenceFileError as error:
        raise CliError(str(error)) from None
    if name not in terms:
        raise UsageError(f"{file} has no venue {name}: {', '.join(terms)}")
    return terms[name]
