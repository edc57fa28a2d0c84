"""`oms reference list`, `show`, `history`, `calendars`: reference data in force, and every version it ever had, with what each changed.

What is in force comes from the gateway, the history from the audit. A version is the offset of the record that set it.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from oms.cli.audit_query import ask
from oms.cli.client import GatewayClient
from oms.cli.completion import REFERENCE_KINDS, complete_kind
from oms.cli.instance import CliError, CsvOption, DataOption, Instance, JsonOption, UsageError, running_instance
from oms.cli.output import console, print_fields, print_json, print_rows, shown, time_text
from oms.cli.reference_calendars import calendars
from oms.cli.units import AllScales, Scales, entity_value
from oms.core.reference import Entity, entity_key
from oms.wire.codec import from_message, to_json

app = typer.Typer(no_args_is_help=True, help="Reference data: what is in force, and its history.")

KindArgument = Annotated[
    str, typer.Argument(help=", ".join(REFERENCE_KINDS), metavar="KIND", autocompletion=complete_kind)
]


def register(parent: typer.Typer) -> None:
    app.command("calendars")(calendars)
    parent.add_typer(app, name="reference")


@app.callback()
def reference() -> None:
    """Reference data: what is in force, and its history."""


@app.command("list")
def list_command(
    kind: KindArgument = "", data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False
) -> None:
    """What is in force: kind, id, version, and its terms in short."""
    rows = [
        {
            "kind": found_kind,
            "id": entity_id,
            "version": version,
            "terms": ", ".join(f"{k} {v}" for k, v in terms.items() if not k.endswith("_id") or kind == "limit"),
        }
        for found_kind, entity_id, version, terms in _in_force(running_instance(data), _kind(kind), "")
    ]
    nothing = f"no {kind or 'reference data'} there yet: `oms load FILE`"
    print_rows(rows, as_json, nothing=nothing, as_csv=as_csv, columns=("kind", "id", "version", "terms"))


@app.command("show")
def show(
    kind: KindArgument,
    entity_id: Annotated[str, typer.Argument(metavar="ID")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """One entity in force, field by field, in units of people."""
    found = _in_force(running_instance(data), _kind(kind), entity_id)
    if not found:
        raise CliError(f"there is no {kind} {entity_id}: `oms reference list {kind}`")
    _, _, version, terms = found[0]
    fields = {"kind": kind, "id": entity_id, "version": version, "terms": terms}
    if as_json:
        print_json(fields)
    else:
        print_fields({"kind": kind, "version": version, **terms})


@app.command("history")
def history(
    what: Annotated[str, typer.Argument(help="KIND/ID, or an ID alone.", metavar="KIND/ID")],
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Every version an entity had: when, who, why, whether it came into force, and what it changed."""
    kind, slash, entity_id = what.partition("/")
    if not slash:
        kind, entity_id = "", what
    kind = _kind(kind)
    versions = _versions(running_instance(data), kind, entity_id)
    if not versions:
        raise CliError(f"the audit knows no {kind or 'entity'} {entity_id}: `oms reference list`")
    if as_json:
        print_json(versions)
        return
    if as_csv:
        rows = [{**_without_changes(v), **change} for v in versions for change in v["changes"] or [_NO_CHANGE]]
        print_rows(rows, False, as_csv=True)
        return
    for version in versions:
        _print_version(version)


_NO_CHANGE = {"field": "", "before": "", "after": ""}


def _kind(kind: str) -> str:
    if kind and kind not in REFERENCE_KINDS:
        raise UsageError(f"{kind!r} is no kind of reference data: {', '.join(REFERENCE_KINDS)}")
    return kind


def _in_force(instance: Instance, kind: str, entity_id: str) -> list[tuple[str, str, int, dict[str, str]]]:
    """(kind, id, version, terms for people), in the order of kind and id."""
    with GatewayClient(instance.gateway) as client:
        found = [(from_message(item.entity, Entity), item.version) for item in client.reference(kind, entity_id)]
        instruments = client.reference("instrument")
    scales = {i.entity.instrument.instrument_id: _scales(i.entity.instrument) for i in instruments}
    rows = []
    for entity, version in found:
        terms = json.loads(to_json(entity))
        rows.append((*entity_key(entity), version, _terms(terms, scales)))
    return sorted(rows, key=lambda row: row[:2])


def _scales(instrument: Any) -> Scales:
    return Scales(instrument.price_scale, instrument.qty_scale, instrument.currency)


def _terms(entity: Mapping[str, Any], scales: AllScales) -> dict[str, str]:
    return {field: entity_value(field, value, entity, scales) for field, value in flat(entity).items()}


_HISTORY = """
SELECT kind, entity_id, version, valid, replaces_version, reason, entered_by, timestamp_ms, entity
FROM oms.reference_changes
WHERE entity_id = %(id)s AND (%(kind)s = '' OR kind = %(kind)s)
ORDER BY entity_kind, version
LIMIT 10000
"""
_SCALES = "SELECT instrument_id, price_scale, qty_scale, currency FROM oms.instruments"


def _versions(instance: Instance, kind: str, entity_id: str) -> list[dict[str, Any]]:
    rows = ask(instance, _HISTORY, {"id": entity_id, "kind": kind})
    scales = {row[0]: Scales(*row[1:]) for row in ask(instance, _SCALES)}
    return history_of(rows, scales)


def history_of(rows: list[tuple[Any, ...]], scales: AllScales) -> list[dict[str, Any]]:
    """Rows of `oms.reference_changes`, oldest first, as versions with what each changed against the one in force before it."""
    in_force: dict[tuple[str, str], Mapping[str, Any]] = {}
    versions = []
    for kind, entity_id, version, valid, replaces, reason, who, recorded_ms, text in rows:
        entity = json.loads(text)
        before = in_force.get((kind, entity_id), {})
        versions.append(
            {
                "kind": kind,
                "id": entity_id,
                "version": version,
                "recorded": time_text(recorded_ms * 10**6),
                "who": who,
                "reason": reason,
                "accepted": bool(valid),
                "replaces_version": replaces if replaces >= 0 else None,
                "changes": changed_fields(before, entity, scales),
            }
        )
        if valid:
            in_force[kind, entity_id] = entity
    return versions


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any], scales: AllScales) -> list[dict[str, str]]:
    """Field by field, in units of people; of a new entity every field that says something. Texts only: empty = not there."""
    old, new = flat(before), flat(after)
    found = []
    for field in dict.fromkeys((*old, *new)):
        if old.get(field) != new.get(field) or (field in old) != (field in new):
            texts = {
                name: entity_value(field, side[field], whole, scales) if field in side else ""
                for name, side, whole in (("before", old, before), ("after", new, after))
            }
            if texts["before"] != texts["after"]:
                found.append({"field": field, **texts})
    return found


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested fields as `name`, `name.inner`, `list[key]`: a member of a list is named by its first field, so that one that moves
    within the list is no change. Lists of plain values stay whole.

    >>> flat({"type": "X", "a": 1, "b": [{"type": "Y", "id": "k", "n": 2}], "c": ["p", "q"]})
    {'a': 1, 'b[k].n': 2, 'c': ['p', 'q']}
    """
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if name == "type":
            continue
        path = f"{prefix}{name}"
        if isinstance(inner, dict) and inner.get("type") == "SessionHours":
            found[path] = _hours(inner)
        elif isinstance(inner, dict):
            found |= flat(inner, f"{path}.")
        elif isinstance(inner, list) and inner and all(isinstance(i, dict) for i in inner):
            for member in inner:
                fields = {k: v for k, v in member.items() if k != "type"}
                key = next(iter(fields))
                found |= flat({k: v for k, v in fields.items() if k != key}, f"{path}[{fields[key]}].")
        else:
            found[path] = int(inner) if isinstance(inner, str) and name in _WIDE and _is_integer(inner) else inner
    return found


def _hours(hours: Mapping[str, Any]) -> str:
    """In one line: nobody reads a zone's offsets, and how many there are shows that they have changed.

    >>> _hours({"hours": "mon-fri 07:00-21:00", "time_zone": "Europe/London", "offsets": [{"from_s": 0}, {"from_s": 7}]})
    'mon-fri 07:00-21:00 Europe/London (2 offsets)'
    """
    offsets = hours.get("offsets") or ()
    return f"{hours['hours']} {hours['time_zone']}" + (f" ({len(offsets)} offsets)" if offsets else "")


_WIDE = ("value", "open_ns", "close_ns", "opening_auction_ns", "closing_auction_ns", "qty")
"""Fields whose large integers the audit's JSON writes as text."""


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdigit()


def _without_changes(version: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in version.items() if name != "changes"}


def _print_version(version: Mapping[str, Any]) -> None:
    verdict = "" if version["accepted"] else "  NOT APPLIED: another change came first, or it was not possible"
    out = console()
    out.print(
        f"{version['kind']} {version['id']} version {version['version']}  {version['recorded']}  by {version['who']}"
        f"  ({version['reason']}){verdict}",
        markup=False,
    )
    width = max((len(change["field"]) for change in version["changes"]), default=0)
    for change in version["changes"]:
        arrow = f"{change['before']} -> {change['after']}" if change["before"] else shown(change["after"])
        out.print(f"    {change['field']:<{width}}  {arrow}", markup=False)
    if not version["changes"]:
        out.print("    nothing changed", markup=False)
