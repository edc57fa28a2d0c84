"""The file of people: which tokens are accepted, and whom they name. Pure: text in, entries out, and back.

A token is 256 random bits, so its plain SHA-256 is kept: there is no dictionary to try, and nothing that salt or a slow hash would add.
It is looked up by that digest. How long the look-up takes may depend on the digest, which a caller cannot choose without the token: it
tells nothing about those that are accepted.
Revoked entries stay, so that a revoked token is recognised, named and recorded for ever.

Does not know: files, the reference data, what a role may do.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from oms.core.enums import Role, TokenChangeKind

ALL_DESKS = "*"
MACHINE_PERSON = "oms-run"
"""Whom `oms run` is: the one machine that makes a token for itself."""

ENTRIES_MAX = 10_000
"""Of one file, revoked ones included; far beyond a firm's traders, and read within some ten milliseconds."""

TOKEN_ID_DIGITS = 8
TOKEN_PREFIX = "oms_"
"""So that a token in the wrong place is found by whoever looks for one."""

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_KEYS = {"person_id", "token_id", "token_sha256", "created", "revoked", "roles", "desks", "machine"}


class PeopleError(Exception):
    """The file of people cannot be used; one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One token. Times are ISO 8601; `revoked` None: it is live. `roles`, `desks` hold where the reference data does not have the person.

    `machine`: a program's own token, made anew at each of its starts; such tokens alone do not turn identities on.
    """

    person_id: str
    token_sha256: str
    created: str
    revoked: str | None = None
    roles: tuple[Role, ...] = ()
    desks: tuple[str, ...] = ()
    machine: bool = False

    @property
    def token_id(self) -> str:
        return self.token_sha256[:TOKEN_ID_DIGITS]

    @property
    def live(self) -> bool:
        return self.revoked is None


@dataclass(frozen=True, slots=True)
class People:
    """The entries, in the order of the file, and by digest."""

    entries: tuple[PersonEntry, ...] = ()
    by_digest: Mapping[str, PersonEntry] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, entries: Sequence[PersonEntry]) -> "People":
        return cls(tuple(entries), {entry.token_sha256: entry for entry in entries})

    @property
    def identified(self) -> bool:
        """Whether a person has a live token: then every caller needs one."""
        return any(entry.live and not entry.machine for entry in self.entries)


def new_token() -> str:
    """256 random bits, as text that fits into one line of metadata."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """SHA-256, in hexadecimal digits. For any text: what callers send is not always a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def parse_people(text: str) -> People:
    """PeopleError where anything is not as `people_text` writes it: half a file would let in, or keep out, the wrong people."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise PeopleError("is no JSON: restore it, or delete it and add people anew with `oms people add`") from None
    listed = content.get("people") if isinstance(content, dict) else None
    if not isinstance(listed, list) or set(content) != {"people"}:
        raise PeopleError('must be {"people": [...]}: restore it, or make it with `oms people add`')
    if len(listed) > ENTRIES_MAX:
        raise PeopleError(f"has {len(listed)} entries, at most {ENTRIES_MAX} are read: remove old revoked ones")
    entries = [_entry(item, number) for number, item in enumerate(listed)]
    people = People.of(entries)
    if len(people.by_digest) != len(entries):
        raise PeopleError("has the same token twice: remove one of the entries")
    return people


def people_text(people: People) -> str:
    return json.dumps({"people": [_plain(entry) for entry in people.entries]}, indent=2) + "\n"


def _plain(entry: PersonEntry) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "person_id": entry.person_id,
        "token_id": entry.token_id,
        "token_sha256": entry.token_sha256,
        "created": entry.created,
        "revoked": entry.revoked,
    }
    if entry.roles or entry.desks:
        plain |= {"roles": [role.name for role in entry.roles], "desks": list(entry.desks)}
    return plain | ({"machine": True} if entry.machine else {})


def _entry(item: Any, number: int) -> PersonEntry:
    def wrong(what: str) -> PeopleError:
        return PeopleError(f"entry {number + 1}: {what}: correct it, or make entries with `oms people` only")

    if not isinstance(item, dict) or not set(item) <= _KEYS:
        raise wrong(f"takes {', '.join(sorted(_KEYS))} and nothing else")
    person_id, digest, revoked = item.get("person_id"), item.get("token_sha256"), item.get("revoked")
    roles, desks = _texts(item.get("roles", [])), _texts(item.get("desks", []))
    if not isinstance(person_id, str) or not _ID.match(person_id):
        raise wrong("person_id must be 1 to 64 of A-Z a-z 0-9 . _ -")
    if not isinstance(digest, str) or not _DIGEST.match(digest):
        raise wrong("token_sha256 must be 64 hexadecimal digits in lower case")
    if item.get("token_id") != digest[:TOKEN_ID_DIGITS]:
        raise wrong(f"token_id must be the first {TOKEN_ID_DIGITS} digits of token_sha256")
    if not _is_time(item.get("created")) or (revoked is not None and not _is_time(revoked)):
        raise wrong("created must be a time (ISO 8601, with its zone), revoked such a time or null")
    if roles is None or not set(roles) <= set(Role.__members__):
        raise wrong(f"roles must be a list of {', '.join(Role.__members__)}")
    if desks is None or not all(desk == ALL_DESKS or _ID.match(desk) for desk in desks):
        raise wrong('desks must be a list of desks, or ["*"]')
    if not isinstance(item.get("machine", False), bool):
        raise wrong("machine must be true or false")
    named = tuple(Role[name] for name in roles)
    return PersonEntry(person_id, digest, item["created"], revoked, named, tuple(desks), item.get("machine", False))


def _texts(value: Any) -> list[str] | None:
    return value if isinstance(value, list) and all(isinstance(text, str) for text in value) else None


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def added(people: People, entry: PersonEntry) -> People:
    """With one more token. PeopleError where the file is full."""
    if len(people.entries) >= ENTRIES_MAX:
        raise PeopleError(f"has {ENTRIES_MAX} entries, which is all it may: remove old revoked ones")
    return People.of((*people.entries, entry))


def revoked(people: People, name: str, at: str) -> tuple[People, tuple[PersonEntry, ...]]:
    """Without the live tokens of a person, or the one token of that id; and what was revoked. `at`: the time, ISO 8601."""
    chosen = {e.token_sha256 for e in people.entries if e.live and not e.machine and name in (e.person_id, e.token_id)}
    entries = [replace(e, revoked=at) if e.token_sha256 in chosen else e for e in people.entries]
    return People.of(entries), tuple(e for e in entries if e.token_sha256 in chosen)


def with_machine(people: People, entry: PersonEntry) -> People:
    """With the machine's token of now, in the place of its earlier ones: nobody holds those any more."""
    assert entry.machine
    kept = [e for e in people.entries if not (e.machine and e.person_id == entry.person_id)]
    return People.of((*kept, entry))


def token_changes(before: People | None, after: People) -> list[tuple[PersonEntry, TokenChangeKind]]:
    """What became of tokens between two readings of the file; before the first (None) every live one is LOADED."""
    if before is None:
        return [(entry, TokenChangeKind.LOADED) for entry in after.entries if entry.live]
    found: list[tuple[PersonEntry, TokenChangeKind]] = []
    for entry in after.entries:
        was = before.by_digest.get(entry.token_sha256)
        if entry.live and (was is None or not was.live):
            found.append((entry, TokenChangeKind.ADDED))
        elif was is not None and was.live and not entry.live:
            found.append((entry, TokenChangeKind.REVOKED))
        elif was is not None and entry.live and _grant(was) != _grant(entry):
            found.append((entry, TokenChangeKind.ROLES))
    gone = [e for e in before.entries if e.live and e.token_sha256 not in after.by_digest]
    return found + [(entry, TokenChangeKind.REVOKED) for entry in gone]


def _grant(entry: PersonEntry) -> tuple[str, tuple[Role, ...], tuple[str, ...]]:
    return entry.person_id, entry.roles, entry.desks
