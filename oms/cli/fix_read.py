"""`oms fix decode` and `oms fix diff`: FIX messages of files in words, and what two files say differently. No system has to run."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Annotated, Any

import typer

from oms.cli.fix_files import Entry, read_entries
from oms.cli.instance import CliError, JsonOption
from oms.cli.output import console, print_json
from oms.fix.anonymise import Pseudonyms
from oms.fix.dictionary import Dictionary
from oms.fix.groups import depths
from oms.fix.message import Field
from oms.fix.validation import rejection

HEADER_IGNORED = frozenset({34, 52})
"""MsgSeqNum and SendingTime; BodyLength and CheckSum follow from the rest and are no fields of a message."""
DIFFERENCES_SHOWN = 1_000
"""Of two files that have nothing in common nobody reads more."""

VersionOption = Annotated[
    str, typer.Option("--version", help="The dictionary to read by, such as FIX.4.4. Default: BeginString.")
]


def register(app: typer.Typer) -> None:
    app.command("decode")(decode)
    app.command("diff")(diff)


def decode(
    file: Annotated[str, typer.Argument(help="A capture or a log with FIX messages; - for standard input.")],
    version: VersionOption = "",
    anonymise: Annotated[
        bool, typer.Option("--anonymise", help="Pseudonyms for names, accounts, ids and texts.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """FIX messages by their dictionary: tag, name, value, meaning; what breaks the dictionary's rules; what is garbled."""
    pseudonyms = Pseudonyms() if anonymise else None
    told = (told_of(entry, pseudonyms) for entry in read_entries(file, version))
    if as_json:
        print_json(list(told))
        return
    for facts in told:
        for line in lines_of(facts):
            console().print(line, markup=False, soft_wrap=True)


def diff(
    a: Annotated[str, typer.Argument(help="A file with FIX messages.")],
    b: Annotated[str, typer.Argument(help="Another; - for standard input.")],
    version: VersionOption = "",
    everything: Annotated[bool, typer.Option("--all", help="MsgSeqNum (34) and SendingTime (52) too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What two files of FIX messages say differently, message by message. Exit code 1 where they differ."""
    ignored = frozenset() if everything else HEADER_IGNORED
    first, second = list(read_entries(a, version)), list(read_entries(b, version))
    differences = _differences(first, second, ignored)
    if as_json:
        print_json(
            {"same": not differences, "messages_a": len(first), "messages_b": len(second), "differences": differences}
        )
    else:
        for found in differences[:DIFFERENCES_SHOWN]:
            for line in _difference_lines(found):
                console().print(line, markup=False, soft_wrap=True)
    if differences:
        raise CliError(f"{len(differences)} messages differ ({len(first)} in {a}, {len(second)} in {b})")
    if not as_json:
        console().print(f"the same {len(first)} messages", markup=False)


def told_of(entry: Entry, pseudonyms: Pseudonyms | None) -> dict[str, Any]:
    """One message as facts."""
    message, dictionary = entry.message, entry.dictionary
    if message is None:
        return {
            "message": entry.number,
            "begin_string": "",
            "type": "",
            "name": "",
            "garbled": entry.garbled,
            "fault": "",
            "fields": [],
        }
    fault = None if dictionary is None else rejection(message, dictionary)
    if pseudonyms is not None and dictionary is None:
        raise CliError(f"message {entry.number}: no dictionary for {message.begin_string}; name one with --version")
    if pseudonyms is not None and dictionary is not None:
        message = pseudonyms.of(message, dictionary)
    levels = [0] * len(message.fields) if dictionary is None else depths(message, dictionary)
    where = (
        ""
        if fault is None or fault.ref_tag is None
        else f" ({f'{fault.ref_tag} {_name(dictionary, fault.ref_tag)}'.strip()})"
    )
    return {
        "message": entry.number,
        "begin_string": message.begin_string,
        "type": message.msg_type,
        "name": "" if dictionary is None else dictionary.known.get(message.msg_type, ""),
        "garbled": "",
        "fault": "" if fault is None else f"{fault.text}{where}",
        "fields": [_field(field, dictionary, level) for field, level in zip(message.fields, levels, strict=True)],
    }


def _field(field: Field, dictionary: Dictionary | None, level: int) -> dict[str, Any]:
    tag, value = field
    return {
        "tag": tag,
        "name": _name(dictionary, tag),
        "value": value.decode("latin-1"),
        "meaning": "" if dictionary is None else dictionary.value_name(tag, value),
        "level": level,
    }


def _name(dictionary: Dictionary | None, tag: int) -> str:
    return "" if dictionary is None else dictionary.field_name(tag)


def lines_of(facts: dict[str, Any]) -> list[str]:
    if facts["garbled"]:
        return [f"message {facts['message']}  garbled: {facts['garbled']}"]
    lines = [f"message {facts['message']}  {facts['begin_string']}  {facts['type']} {facts['name']}"]
    for field in facts["fields"]:
        name = f"{'  ' * field['level']}{field['tag']:>5}  {field['name']}"
        lines.append(f"{name:<34} {_printable(field['value'])}" + (f"  {field['meaning']}" if field["meaning"] else ""))
    return [*lines, f"  fault: {facts['fault']}"] if facts["fault"] else lines


def _printable(value: str) -> str:
    """Raw data may have anything in it, escape sequences of a terminal included."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in value)


Key = tuple[str, tuple[Field, ...]]


def _differences(a: Sequence[Entry], b: Sequence[Entry], ignored: frozenset[int]) -> list[dict[str, Any]]:
    """Messages that are in one only, and pairs of one type in the same place with other fields."""
    keys_a, keys_b = [_key(entry, ignored) for entry in a], [_key(entry, ignored) for entry in b]
    found = []
    for kind, a_from, a_to, b_from, b_to in SequenceMatcher(None, keys_a, keys_b, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        at_a, at_b = a_from, b_from
        while at_a < a_to or at_b < b_to:
            paired = at_a < a_to and at_b < b_to and keys_a[at_a][0] == keys_b[at_b][0]
            left = a[at_a] if at_a < a_to else None
            right = b[at_b] if at_b < b_to and (paired or left is None) else None
            found.append(_difference(left, right, ignored))
            at_a += left is not None
            at_b += right is not None
    return found


def _key(entry: Entry, ignored: frozenset[int]) -> Key:
    if entry.message is None:
        return "garbled", ()
    return entry.message.msg_type, tuple(field for field in entry.message.fields if field[0] not in ignored)


def _difference(a: Entry | None, b: Entry | None, ignored: frozenset[int]) -> dict[str, Any]:
    entry = a or b
    assert entry is not None
    fields = (
        [] if a is None or b is None else _field_differences(_key(a, ignored)[1], _key(b, ignored)[1], entry.dictionary)
    )
    msg_type = "" if entry.message is None else entry.message.msg_type
    name = "" if entry.dictionary is None else entry.dictionary.known.get(msg_type, "")
    return {"a": a and a.number, "b": b and b.number, "type": msg_type, "name": name, "fields": fields}


def _field_differences(
    a: tuple[Field, ...], b: tuple[Field, ...], dictionary: Dictionary | None
) -> list[dict[str, Any]]:
    found = []
    for kind, a_from, a_to, b_from, b_to in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind != "equal":
            found += [_one_sided(field, dictionary, "a") for field in a[a_from:a_to]]
            found += [_one_sided(field, dictionary, "b") for field in b[b_from:b_to]]
    return found


def _one_sided(field: Field, dictionary: Dictionary | None, side: str) -> dict[str, Any]:
    tag, value = field
    return {"side": side, "tag": tag, "name": _name(dictionary, tag), "value": value.decode("latin-1")}


def _difference_lines(found: dict[str, Any]) -> list[str]:
    what = f"{found['type']} {found['name']}".strip() or "garbled"
    if found["a"] is None or found["b"] is None:
        return [f"- a {found['a']}  {what}" if found["b"] is None else f"+ b {found['b']}  {what}"]
    lines = [f"! a {found['a']}, b {found['b']}  {what}"]
    for field in found["fields"]:
        lines.append(
            f"  {'-' if field['side'] == 'a' else '+'} {field['tag']:>5}  {field['name']:<24} {_printable(field['value'])}"
        )
    return lines
