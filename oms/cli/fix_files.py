"""FIX messages out of files: where they begin in a log, how its delimiter is written, which dictionary reads them.

A file may be a capture (SOH between fields) or a log where people see `|` or `^A` instead, with other text around the messages. What is
no message is passed over; what begins like one and is garbled is told, with the reason.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oms.cli.instance import CliError, UsageError
from oms.fix.codec import ParseError, parse
from oms.fix.dictionary import Dictionary, DictionaryError, load
from oms.fix.fields import SOH
from oms.fix.framing import Framer, Garbled
from oms.fix.message import Message

FILE_BYTES_MAX = 1 << 30
"""A file is read as a whole: a day's log of one session is far smaller."""
START = b"8=FIX"
DELIMITERS = (SOH, b"|", b"^A")


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a file, or bytes that began like one."""

    number: int
    """From 1, garbled ones included."""
    message: Message | None
    dictionary: Dictionary | None
    garbled: str = ""


def read_entries(name: str, version: str) -> Iterator[Entry]:
    """The messages of a file, `-` for standard input. `version` "" = as each message's BeginString says."""
    data = _delimited(_bytes_of(name))
    number = 0
    framer = Framer()
    for piece in framer.feed(data):
        if isinstance(piece, Garbled) and not piece.raw.startswith(START):
            continue
        number += 1
        yield Entry(number, None, None, piece.reason) if isinstance(piece, Garbled) else _entry(number, piece, version)
    left = data[len(data) - framer.waiting_bytes :]
    if left.startswith(START):
        number += 1
        yield Entry(number, None, None, "the file ends before its CheckSum (10)")
    if not number:
        raise CliError(f"{name} has no FIX message (looked for 8=FIX…, with SOH, | or ^A between the fields)")


def _entry(number: int, frame: bytes, version: str) -> Entry:
    begin = frame[2 : frame.index(SOH)].decode("latin-1")
    dictionary = dictionary_of(version or begin, asked=bool(version))
    try:
        return Entry(number, parse(frame, dictionary), dictionary)
    except ParseError as error:
        return Entry(number, None, None, str(error))


def dictionary_of(version: str, asked: bool = False) -> Dictionary | None:
    """None where there is none and nobody asked for it by name. FIXT 1.1 carries FIX 5.0 SP2."""
    try:
        return load("FIX.5.0SP2" if version == "FIXT.1.1" else version)
    except DictionaryError as error:
        if asked:
            raise UsageError(str(error)) from None
        return None


def _bytes_of(name: str) -> bytes:
    if name == "-":
        data = sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
    else:
        try:
            with Path(name).open("rb") as file:
                data = file.read(FILE_BYTES_MAX + 1)
        except OSError as error:
            raise CliError(f"{name}: {error.strerror}") from None
    if len(data) > FILE_BYTES_MAX:
        raise CliError(f"{name} is longer than {FILE_BYTES_MAX} bytes: cut it into parts")
    return data


def _delimited(data: bytes) -> bytes:
    """With SOH between the fields, whatever stands there; a file has one way to write it, and its first message shows which."""
    start = data.find(START)
    mark = next((mark for mark in DELIMITERS if data.find(mark + b"9=", start, start + 40) >= 0), SOH)
    return data if mark == SOH else data.replace(mark, SOH)
