"""What a dead letter says: of which class it is, what its bytes are, and whether they could be sent again.

A letter keeps the bytes of a record that a service passed over: bytes that are no record of their topic (UNREADABLE), or a command that
the core broke on (BROKEN_INVARIANT); its reason begins with the class. Only a command of `oms.orders` can be sent again: its key makes
that safe. A journal's record is its owner's alone, and control and reference data are stated anew by whoever answers for them.
Does not know where letters are kept, nor who may send them again.
"""

import re
from enum import Enum
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from oms.core.commands import Command
from oms.wire import topics
from oms.wire.codec import CodecError, decode_intake, decode_journal
from oms.wire.envelope import DeadLetter
from oms.wire.topics import Kind

DEPTH_MAX = 8
"""Levels of messages within messages that `fields_of` looks into: no record of ours has more."""


class LetterClass(Enum):
    UNREADABLE = "UNREADABLE"
    BROKEN_INVARIANT = "BROKEN_INVARIANT"


class NotACommand(Exception):
    """The letter cannot be sent again; the text says why, and what to do instead."""


def class_of(reason: str) -> LetterClass:
    """By the first word. Letters of releases that knew one class only do not say it."""
    broken = re.match(rf"{LetterClass.BROKEN_INVARIANT.value}\b", reason) is not None
    return LetterClass.BROKEN_INVARIANT if broken else LetterClass.UNREADABLE


def place_of(letter: DeadLetter) -> str:
    """Where the record lies, as people write it."""
    return f"{letter.topic}/{letter.partition}@{letter.offset}"


def command_in(letter: DeadLetter) -> Command:
    """The command that the letter holds, as this release reads it. NotACommand where it holds none."""
    if letter.topic != topics.ORDERS:
        raise NotACommand(f"{place_of(letter)} is no command of a desk: {_instead(letter.topic)}")
    try:
        command: Command = decode_intake(topics.ORDERS, letter.value)
    except CodecError as error:
        raise NotACommand(f"its bytes are no command of this release ({error}): a later one may read them") from None
    return command


def _instead(topic: str) -> str:
    known = topics.BY_NAME.get(topic)
    if known is not None and known.kind is Kind.JOURNAL:
        return "a journal is its owner's alone, and is never added to from outside"
    return "state it anew, with the command for it"


def value_in(letter: DeadLetter) -> Any | None:
    """The record as its topic's own reader understands it; None where it does not."""
    known = topics.BY_NAME.get(letter.topic)
    if known is None or known.kind is Kind.VIEW:
        return None
    try:
        return decode_journal(letter.value) if known.kind is Kind.JOURNAL else decode_intake(letter.topic, letter.value)
    except CodecError:
        return None


def fields_of(value: bytes) -> list[str] | None:
    """Bytes as protobuf without a schema: `number: value`, nested by dots. None where they are none."""
    return _fields(value, "", 0) if value else None


def _fields(value: bytes, prefix: str, depth: int) -> list[str] | None:
    message = Empty()
    try:
        message.ParseFromString(value)
    except DecodeError:
        return None
    found: list[str] = []
    for field in UnknownFieldSet(message):  # type: ignore[attr-defined]
        name = f"{prefix}{field.field_number}"
        if isinstance(field.data, bytes):
            found += _of_bytes(field.data, name, depth)
        else:
            found.append(f"{name}: {field.data}")
    return found


def _of_bytes(value: bytes, name: str, depth: int) -> list[str]:
    """A text where it reads as one, a message where it parses as one, else hexadecimal digits."""
    text = value.decode("utf-8", "replace")
    if value and text.isprintable() and "\ufffd" not in text:
        return [f"{name}: {text!r}"]
    inner = _fields(value, f"{name}.", depth + 1) if value and depth < DEPTH_MAX else None
    return inner if inner else [f"{name}: 0x{value.hex()}"]
