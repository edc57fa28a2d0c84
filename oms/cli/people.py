"""`oms people`: who has a token, and giving and taking tokens.

Tokens are in a private file on the gateway's machine: whoever may write that file decides who has one, so these commands run there. What a
person may do is in the reference data, and is changed through the gateway with the caller's own right. Where no gateway runs yet (or with
--file), roles go into the file instead, and hold as long as the reference data does not have the person.

Refuses to begin with somebody who could not let in others, and to take the last token without being told so.
"""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient, GatewayRefused
from oms.cli.credentials import TOKEN_FILE, credentials_for
from oms.cli.instance import (
    CliError,
    CsvOption,
    DataOption,
    JsonOption,
    NotRunning,
    UsageError,
    data_directory,
    running_instance,
)
from oms.cli.output import print_fields, print_json, print_rows
from oms.cli.reference_load import apply_reference
from oms.core.enums import Role
from oms.core.reference import Desk, Entity, Person
from oms.gateway.identity import administers
from oms.gateway.people import (
    ALL_DESKS,
    MACHINE_PERSON,
    People,
    PeopleError,
    PersonEntry,
    added,
    digest_of,
    new_token,
    revoked,
)
from oms.local.run_identity import PEOPLE_FILE
from oms.runtime.people_file import change_people, read_people
from oms.runtime.private_file import write_private
from oms.wire.codec import from_message

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
COLUMNS = ("person", "token", "live", "created", "revoked", "roles", "desks", "rights_from")

FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file", help="The file of people of a gateway elsewhere (default: OMS_PEOPLE_FILE, or that of --data)."
    ),
]

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


class RoleWord(Enum):
    trader = "trader"
    risk_officer = "risk-officer"
    compliance = "compliance"
    admin = "admin"


@dataclass(frozen=True, slots=True)
class Known:
    """What the reference data says; `people` None where no gateway could be asked. `why`: the reason for that."""

    people: dict[str, Person] | None
    desks: frozenset[str] = frozenset()
    why: str = ""

    def roles(self, entry: PersonEntry) -> tuple[Role, ...]:
        """The rights in force, as the gateway judges them: the reference data's where it has the person."""
        person = (self.people or {}).get(entry.person_id)
        if person is None:
            return entry.roles
        return person.roles if person.enabled else ()


@app.callback()
def list_people(
    context: typer.Context,
    file: FileOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Who has a token, or had one; `add` and `revoke` change that."""
    if context.invoked_subcommand is not None:
        return
    people = _read(_path(file, data))
    known = _known(file, data)
    rows = [_row(entry, known) for entry in people.entries]
    nothing = "nobody has a token: everybody on this machine may call the gateway (oms people add ID --role admin)"
    print_rows(rows, as_json, nothing=nothing, as_csv=as_csv, columns=COLUMNS)
    if rows and known.people is None:
        _note(f"roles and desks are the file's: {known.why}")


@app.command("add")
def add(
    person_id: Annotated[str, typer.Argument(help="The person's id, as in the reference data.", metavar="ID")],
    role: Annotated[
        list[RoleWord] | None, typer.Option("--role", help="Set the person's roles to these; repeat for more.")
    ] = None,
    desk: Annotated[
        list[str] | None, typer.Option("--desk", help="Set the person's desks to these ('*': all); repeat for more.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The person's name, for the reference data.")] = "",
    save: Annotated[
        bool, typer.Option("--save", help="Make it the token of your own `oms` on this data directory.")
    ] = False,
    file: FileOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a person a token, printed once; with --role also what the person may do."""
    roles, desks = tuple(Role[word.name.upper()] for word in role or ()), tuple(desk or ())
    if not _ID.match(person_id) or person_id == MACHINE_PERSON:
        raise UsageError(f"{person_id!r} cannot be a person: 1 to 64 of A-Z a-z 0-9 . _ - ({MACHINE_PERSON} is taken)")
    if (desks or name) and not roles:
        raise UsageError("--desk and --name go with --role: they set what the person is, as a whole")
    path, known = _path(file, data), _known(file, data)
    before = _read(path)
    _require_administrator(before, known, file, data)
    stated = Person(person_id, _name(name, person_id, known), roles, desks, True)
    in_reference = bool(roles) and known.people is not None
    entry, token = _entry(person_id, () if in_reference else roles, () if in_reference else desks, before)
    _require_first_is_admin(before, roles or known.roles(entry), person_id)
    if in_reference:
        _set_person(stated, known, data)
    _require_rights(entry, roles, known)
    after = _change(path, lambda people: added(people, entry))
    known = _known_after(known, stated if in_reference else None)
    saved = _save(data_directory(data) / TOKEN_FILE, token) if save else ""
    fields: dict[str, Any] = {
        **_row(entry, known),
        "token": entry.token_id,
        "secret": token,
        "file": str(path),
        "saved_to": saved,
        "identities_turned_on": not before.identified,
    }
    _print_added(fields, as_json)
    _warn_without_admin(after, known)


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="A person's id: all tokens; or one token's id.", metavar="ID|TOKEN")],
    turn_off: Annotated[
        bool, typer.Option("--turn-off", help="Also the last token: from then on everybody on this machine may call.")
    ] = False,
    file: FileOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take tokens: the gateway refuses them within a second, in streams that are open too."""
    path = _path(file, data)
    if name == MACHINE_PERSON:
        raise CliError(f"{MACHINE_PERSON} is the running system itself: its token ends when it stops")
    known = _known(file, data)
    _require_administrator(_read(path), known, file, data)
    taken: list[PersonEntry] = []

    def without(people: People) -> People:
        after, gone = revoked(people, name, _now())
        if not gone:
            live = sorted({e.person_id for e in people.entries if e.live and not e.machine})
            raise CliError(f"{name} has no live token; there are tokens of {', '.join(live) or 'nobody'}")
        if not after.identified and not turn_off:
            raise CliError(
                "this is the last token: without it everybody on the gateway's machine may do everything "
                "(give another person one first, or say --turn-off)"
            )
        taken.extend(gone)
        return after

    after = _change(path, without)
    fields = {"revoked": [e.token_id for e in taken], "person": taken[0].person_id, "file": str(path)}
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)
    if after.identified:
        _warn_without_admin(after, known)


def _path(file: Path | None, data: Path | None) -> Path:
    named = file if file is not None else os.environ.get("OMS_PEOPLE_FILE")
    path = Path(named).expanduser() if named else data_directory(data) / PEOPLE_FILE
    if not path.parent.is_dir():
        raise CliError(f"{path.parent} is no directory: start `oms run` there first, or name the file with --file")
    return path


def _read(path: Path) -> People:
    try:
        return read_people(path)
    except PeopleError as error:
        raise CliError(str(error)) from None


def _change(path: Path, change: Any) -> People:
    try:
        return change_people(path, change)
    except PeopleError as error:
        raise CliError(str(error)) from None


def _known(file: Path | None, data: Path | None) -> Known:
    """Asked of the running gateway. With --file nobody is asked: the file is another gateway's."""
    if file is not None:
        return Known(None, why="no gateway is asked with --file")
    try:
        address = running_instance(data).gateway
    except NotRunning as error:
        return Known(None, why=str(error))
    try:
        with GatewayClient(address) as client:
            entities = [from_message(item.entity, Entity) for item in client.reference()]
    except GatewayRefused as error:
        return Known(None, why=str(error))
    people = {e.person_id: e for e in entities if isinstance(e, Person)}
    return Known(people, frozenset(e.desk_id for e in entities if isinstance(e, Desk)))


def _known_after(known: Known, stated: Person | None) -> Known:
    if stated is None or known.people is None:
        return known
    return Known(known.people | {stated.person_id: stated}, known.desks)


def _require_administrator(before: People, known: Known, file: Path | None, data: Path | None) -> None:
    """While a system runs with people, tokens are an ADMIN's to give and take. `--file` names the file itself: who may write it may do so."""
    if file is not None or not before.identified:
        return
    try:
        address = running_instance(data).gateway
    except NotRunning:
        return
    mine = before.by_digest.get(digest_of(credentials_for(address).token))
    if mine is None or not mine.live:
        raise CliError("your token is not known: an ADMIN's is needed (or name the file of people itself with --file)")
    if not administers(known.roles(mine)):
        raise CliError(f"{mine.person_id} may not give or take tokens: an ADMIN's token is needed")


def _require_first_is_admin(before: People, roles: Sequence[Role], person_id: str) -> None:
    if not before.identified and not administers(roles):
        raise CliError(
            f"the first person must be an ADMIN, or nobody could change what people may do: oms people add {person_id} --role admin"
        )


def _require_rights(entry: PersonEntry, roles: Sequence[Role], known: Known) -> None:
    """A token without any right is a mistake nobody notices until it is used."""
    if roles or known.roles(entry) or known.people is None:
        return
    person = known.people.get(entry.person_id)
    if person is not None and not person.enabled:
        raise CliError(
            f"{entry.person_id} is disabled in the reference data: enable the person first (--role sets it anew)"
        )
    raise CliError(
        f"{entry.person_id} is nobody in the reference data: say what the person may do with --role and --desk"
    )


def _set_person(stated: Person, known: Known, data: Path | None) -> None:
    strangers = [desk for desk in stated.desks if desk != ALL_DESKS and desk not in known.desks]
    if strangers:
        raise UsageError(f"no desk {strangers[0]!r}; there are {', '.join(sorted(known.desks)) or 'none'}")
    with GatewayClient(running_instance(data).gateway) as client:
        result = apply_reference(client, (stated,), "oms people add")
    if result.conflicts:
        raise CliError(f"somebody changed {stated.person_id} at the same time: look at `oms people`, and repeat")


def _name(given: str, person_id: str, known: Known) -> str:
    person = (known.people or {}).get(person_id)
    return given or (person.name if person is not None else person_id)


def _entry(person_id: str, roles: tuple[Role, ...], desks: tuple[str, ...], people: People) -> tuple[PersonEntry, str]:
    """A further token of a person whose rights are in the file has the rights of those that the person has."""
    token = new_token()
    if not roles:
        own = [e for e in people.entries if e.live and e.person_id == person_id and e.roles]
        roles, desks = (own[-1].roles, own[-1].desks) if own else ((), ())
    return PersonEntry(person_id, digest_of(token), _now(), None, roles, desks), token


def _save(path: Path, token: str) -> str:
    try:
        write_private(path, token + "\n")
    except OSError as error:
        raise CliError(f"the token is given, but not saved: {path} cannot be written: {error.strerror}") from None
    return str(path)


def _row(entry: PersonEntry, known: Known) -> dict[str, Any]:
    person = (known.people or {}).get(entry.person_id)
    source = "reference data" if person is not None else "machine" if entry.machine else "file" if entry.roles else ""
    desks = person.desks if person is not None else entry.desks
    return {
        "person": entry.person_id,
        "token": entry.token_id,
        "live": entry.live,
        "created": entry.created,
        "revoked": entry.revoked,
        "roles": [role.name for role in known.roles(entry)],
        "desks": list(desks),
        "rights_from": "disabled" if person is not None and not person.enabled else source,
    }


def _print_added(fields: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(fields)
        return
    shown = ("person", "token", "roles", "desks", "rights_from", "file")
    print_fields({key: fields[key] for key in shown})
    sys.stdout.write(f"\n{fields['secret']}\n\n")
    where = fields["saved_to"] or "not kept anywhere"
    sys.stdout.write(f"This is the token, shown once ({where}).\n")
    if not fields["saved_to"]:
        sys.stdout.write(
            "Its owner puts it into a file with mode 0600 and sets OMS_TOKEN_FILE, or uses `oms --token-file`.\n"
        )
    if fields["identities_turned_on"]:
        sys.stdout.write("Identities are on: the gateway asks every caller for a token within a second.\n")


def _warn_without_admin(people: People, known: Known) -> None:
    live = [e for e in people.entries if e.live and not e.machine]
    if not any(administers(known.roles(e)) for e in live):
        unsure = "" if known.people is not None else f" as far as the file says ({known.why})"
        _note(f"nobody with a token is an ADMIN{unsure}: nobody can change what people may do")


def _note(text: str) -> None:
    sys.stderr.write(f"oms: {text}\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
