"""The file of people: what it must look like, that it is private, and that changes of several hands are all in it."""

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from oms.core.enums import Role, TokenChangeKind
from oms.gateway import people as p
from oms.gateway.people import People, PeopleError, PersonEntry, digest_of, new_token, parse_people, people_text
from oms.runtime.people_file import BYTES_MAX, change_people, read_people, read_private, stamp_of
from oms.runtime.private_file import write_private

AT = "2026-01-01T00:00:00+00:00"


def entry(person_id: str = "ann", **changes: Any) -> PersonEntry:
    return PersonEntry(person_id, digest_of(new_token()), AT, **changes)


def test_a_token_is_256_random_bits_in_one_line() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 47 and token.isascii() and token.isprintable() for token in tokens)


def test_what_was_written_is_read() -> None:
    people = People.of(
        [
            entry(),
            entry("bob", revoked=AT),
            entry("cyd", roles=(Role.ADMIN, Role.TRADER), desks=("*",)),
            entry("oms-run", machine=True, roles=(Role.ADMIN,), desks=("alpha",)),
        ]
    )
    assert parse_people(people_text(people)) == people
    assert json.loads(people_text(people))["people"][0]["token_id"] == people.entries[0].token_id


GOOD = json.loads(people_text(People.of([entry()])))["people"][0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ('{"people": [', "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "must be"),
        ('{"people": {}}', "must be"),
        ('{"people": [], "more": 1}', "must be"),
        ('{"people": [1]}', "entry 1"),
        (json.dumps({"people": [GOOD, GOOD]}), "twice"),
        (json.dumps({"people": [GOOD] * (p.ENTRIES_MAX + 1)}), "at most"),
    ],
    ids=range(9),
)
def test_a_damaged_file_says_what_to_do(text: str, says: str) -> None:
    with pytest.raises(PeopleError, match=says) as caught:
        parse_people(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"person_id": "a b"}, "person_id"),
        ({"person_id": None}, "person_id"),
        ({"person_id": "ann\n"}, "person_id"),
        ({"token_sha256": GOOD["token_sha256"].upper()}, "token_sha256"),
        ({"token_sha256": "12"}, "token_sha256"),
        ({"token_id": "00000000"}, "token_id"),
        ({"created": "yesterday"}, "created"),
        ({"created": "2026-01-01T00:00:00"}, "created"),
        ({"revoked": False}, "revoked"),
        ({"roles": ["BOSS"]}, "roles"),
        ({"roles": "ADMIN"}, "roles"),
        ({"desks": ["a b"]}, "desks"),
        ({"desks": [1]}, "desks"),
        ({"machine": "yes"}, "machine"),
        ({"revokd": AT}, "nothing else"),
    ],
    ids=lambda v: str(v)[:40],
)
def test_an_entry_that_is_not_understood_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(PeopleError, match=says):
        parse_people(json.dumps({"people": [GOOD | changes]}))


def test_the_file_is_private_or_not_read(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    assert read_people(path) == People()
    change_people(path, lambda people: p.added(people, entry()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for mode in (0o644, 0o660, 0o601, 0o604):
        path.chmod(mode)
        with pytest.raises(PeopleError, match=f"mode {mode:04o}.*chmod 600"):
            read_people(path)
    path.chmod(0o400)
    assert len(read_people(path).entries) == 1
    with pytest.raises(PeopleError, match="is no file"):
        read_people(tmp_path)
    write_private(path, "x" * (BYTES_MAX + 1))
    with pytest.raises(PeopleError, match="bytes"):
        read_people(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(PeopleError, match="no text"):
        read_private(path, 100)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    write_private(path, people_text(People()))
    os.chown(path, 12345, -1)
    with pytest.raises(PeopleError, match="belongs to user 12345"):
        read_people(path)


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    change_people(path, lambda people: p.added(people, entry()))
    before = path.read_bytes()

    def refuse(people: People) -> People:
        raise KeyError("no")

    with pytest.raises(KeyError):
        change_people(path, refuse)
    assert path.read_bytes() == before
    assert sorted(f.name for f in tmp_path.iterdir()) == ["people.json", "people.json.lock"]
    with pytest.raises(PeopleError, match="cannot be made"):
        change_people(tmp_path / "absent" / "people.json", lambda people: people)


def test_changes_of_several_hands_are_all_in_it(tmp_path: Path) -> None:
    path = tmp_path / "people.json"

    def add_one(name: str) -> None:
        change_people(path, lambda people: p.added(people, entry(name)))

    def add(number: int) -> None:
        for turn in range(5):
            add_one(f"p{number}.{turn}")

    hands = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert {e.person_id for e in read_people(path).entries} == {f"p{n}.{t}" for n in range(4) for t in range(5)}


def test_every_change_of_the_file_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    stamps = [stamp_of(path)]
    write_private(path, "a")
    stamps.append(stamp_of(path))
    write_private(path, "b")
    stamps.append(stamp_of(path))
    path.chmod(0o640)
    stamps.append(stamp_of(path))
    assert len(set(stamps)) == 4 and stamps[0] is None


def test_revoking_a_person_or_one_token() -> None:
    first, second, other = entry(), entry(), entry("bob")
    machine = entry("oms-run", machine=True)
    people = People.of([first, second, other, machine])
    after, gone = p.revoked(people, "ann", AT)
    assert [e.token_id for e in gone] == [first.token_id, second.token_id]
    assert [e.person_id for e in after.entries if e.live] == ["bob", "oms-run"]
    assert [e.revoked for e in after.entries] == [AT, AT, None, None]
    _, gone = p.revoked(people, second.token_id, AT)
    assert [e.token_id for e in gone] == [second.token_id]
    for name in ("oms-run", machine.token_id, "nobody"):
        assert p.revoked(people, name, AT)[1] == ()


def test_machines_alone_are_no_identities_and_replace_themselves() -> None:
    first = p.with_machine(People(), entry("oms-run", machine=True))
    assert not first.identified
    second = p.with_machine(p.added(first, entry()), entry("oms-run", machine=True))
    assert second.identified and len(second.entries) == 2
    assert not p.revoked(second, "ann", AT)[0].identified
    full = People.of([entry() for _ in range(3)] * 4_000)
    with pytest.raises(PeopleError, match="remove old"):
        p.added(full, entry())


def test_changes_between_two_readings() -> None:
    ann, bob, cyd = entry(), entry("bob"), entry("cyd", revoked=AT)
    before = People.of([ann, bob, cyd])
    assert p.token_changes(None, before) == [(ann, TokenChangeKind.LOADED), (bob, TokenChangeKind.LOADED)]
    assert p.token_changes(before, before) == []
    without_bob, _ = p.revoked(before, "bob", AT)
    assert [(e.person_id, k) for e, k in p.token_changes(before, without_bob)] == [("bob", TokenChangeKind.REVOKED)]
    assert p.token_changes(before, People.of([ann, cyd])) == [(bob, TokenChangeKind.REVOKED)]
    dee = entry("dee")
    assert p.token_changes(before, p.added(before, dee)) == [(dee, TokenChangeKind.ADDED)]
    more = PersonEntry("ann", ann.token_sha256, AT, None, (Role.ADMIN,))
    assert p.token_changes(before, People.of([more, bob, cyd])) == [(more, TokenChangeKind.ROLES)]
