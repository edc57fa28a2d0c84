"""A file of orders as `oms submit-list` takes it: CSV with a header, or JSON with one object per line. Pure but for reading the file.

Columns (or keys) are `side`, `qty` and `instrument`, which must be there, and the options of `oms submit` by their names (`-` or `_`):

    limit (or price), stop, trail, peg, peg-offset, market-to-limit, show, min-qty, all-or-none, post-only, reduce-only,
    tif, expire, good-for, smp, smp-id, algo, venue, over, slices, account, id

They mean what they mean there, and so does what is left out or empty; the type of an order follows from what is given. Those that are
switches there take yes or no. An order without an id is called by the list's id, "-" and its number from 1.

Whatever is wrong is told with its line, of every line; then nothing is sent.
"""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from oms.cli import terms
from oms.cli.instance import UsageError
from oms.cli.instruction_words import Asked, PegWord, SmpWord, instruct
from oms.core.lists import PROGRAM_ORDERS_MAX
from oms.core.reference import Instrument
from oms.v1 import gateway_pb2
from oms.wire.codec import wire_enum

_SWITCHES = {f.name: f.name.replace("_", "-") for f in fields(Asked) if f.type is bool}
_TEXTS = {f.name: f.name.replace("_", "-") for f in fields(Asked) if f.type is str} | {"price": "limit"}
_WORDS: Mapping[str, type[Enum]] = {"tif": terms.TifWord, "peg": PegWord, "smp": SmpWord}
_OTHER = ("algo", "venue", "over", "slices", "account", "id")

COLUMNS = ("side", "qty", "instrument", *_TEXTS.values(), *_SWITCHES.values(), *_WORDS, *_OTHER)
ALIASES = {"price": "limit"}
"""As `oms submit` has two names for one option."""

FILE_BYTES_MAX = 4 * 1024 * 1024
"""What a gateway takes in one call; a list of the largest is a tenth of it."""

ERRORS_SHOWN_MAX = 20

_YES_OR_NO = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}
_OPTION = re.compile(r"--(?=[a-z])")
"""What goes wrong is said in options; here they are columns."""

W = TypeVar("W", bound=Enum)


@dataclass(frozen=True, slots=True)
class Line:
    """An order as it stands in the file. `number` counts lines from 1, the header included."""

    number: int
    fields: Mapping[str, str]


def read_list(path: Path) -> tuple[Line, ...]:
    """By the first character: `{` begins JSON lines, anything else is CSV. UsageError names the lines at fault."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    if len(raw) > FILE_BYTES_MAX:
        raise UsageError(f"{path} has {len(raw)} bytes, more than {FILE_BYTES_MAX}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text (byte {error.start})") from None
    lines = _json_lines(path, text) if text.lstrip().startswith("{") else _csv_lines(path, text)
    if not 1 <= len(lines) <= PROGRAM_ORDERS_MAX:
        raise UsageError(f"{path} has {len(lines)} orders: 1 to {PROGRAM_ORDERS_MAX} make a list")
    return lines


def _csv_lines(path: Path, text: str) -> tuple[Line, ...]:
    reader = csv.reader(text.splitlines())
    header = [_column(name) for name in next(reader, [])]
    _known(path, 1, header)
    missing = [name for name in ("side", "qty", "instrument") if name not in header]
    if missing:
        raise UsageError(f"{path} line 1: the header has no {', '.join(missing)}; it takes {', '.join(COLUMNS)}")
    lines: list[Line] = []
    errors: list[str] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            errors.append(f"line {reader.line_num}: {len(cells)} cells, the header has {len(header)}")
            continue
        lines.append(Line(reader.line_num, {n: c.strip() for n, c in zip(header, cells, strict=True)}))
    refuse(path, errors)
    return tuple(lines)


def _json_lines(path: Path, text: str) -> tuple[Line, ...]:
    lines: list[Line] = []
    errors: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=str, parse_int=str)
        except ValueError as error:
            errors.append(f"line {number}: no JSON ({error})")
            continue
        if not isinstance(value, dict) or not all(isinstance(v, str | bool) for v in value.values()):
            errors.append(f"line {number}: an object of texts, numbers, true and false is wanted")
            continue
        found = {_column(name): str(text).strip() for name, text in value.items()}
        unknown = sorted(set(found) - set(COLUMNS))
        if unknown or len(found) != len(value):
            what = ", ".join(unknown) or "a key stands there twice"
            errors.append(f"line {number}: {what}: it takes {', '.join(COLUMNS)}")
            continue
        lines.append(Line(number, found))
    refuse(path, errors)
    return tuple(lines)


def _column(name: str) -> str:
    plain = name.strip().replace("_", "-")
    return ALIASES.get(plain, plain)


def _known(path: Path, number: int, names: list[str]) -> None:
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or len(set(names)) != len(names):
        what = f"unknown column {', '.join(unknown)}" if unknown else "a column stands there twice"
        raise UsageError(f"{path} line {number}: {what}; it takes {', '.join(COLUMNS)}")


def refuse(path: Path, errors: list[str]) -> None:
    if errors:
        more = f"; and {len(errors) - ERRORS_SHOWN_MAX} more" if len(errors) > ERRORS_SHOWN_MAX else ""
        raise UsageError(f"nothing was sent: {path} {'; '.join(errors[:ERRORS_SHOWN_MAX])}{more}")


def listed_orders(
    path: Path,
    lines: tuple[Line, ...],
    instruments: Mapping[str, Instrument],
    account_id: str,
    list_id: str,
    tape_ns: int,
) -> list[gateway_pb2.ListedOrder]:
    """`account_id`: of a line that names none; `tape_ns`: when a TWAP begins. UsageError names every line at fault."""
    found: list[gateway_pb2.ListedOrder] = []
    errors: list[str] = []
    for index, line in enumerate(lines, 1):
        try:
            found.append(_order(line.fields, instruments, account_id, f"{list_id}-{index}", tape_ns))
        except UsageError as error:
            errors.append(f"line {line.number}: {_OPTION.sub('', str(error))}")
    refuse(path, errors)
    return found


def _order(
    given: Mapping[str, str], instruments: Mapping[str, Instrument], account_id: str, cl_ord_id: str, tape_ns: int
) -> gateway_pb2.ListedOrder:
    instrument = instruments.get(given.get("instrument", ""))
    if instrument is None:
        raise UsageError(f"no instrument {given.get('instrument', '')!r}")
    venue, over = given.get("venue", ""), given.get("over", "")
    algorithm = terms.algorithm_of(_word(terms.AlgorithmWord, given, "algo"), venue, over)
    side = _word(terms.SideWord, given, "side")
    if side is None:
        raise UsageError("side is missing")
    order = gateway_pb2.ListedOrder(
        cl_ord_id=given.get("id", "") or cl_ord_id,
        account_id=given.get("account", "") or account_id,
        instrument_id=instrument.instrument_id,
        side=wire_enum(terms.SIDES[side]),
        order_qty=terms.scaled(given.get("qty", ""), instrument.qty_scale, "qty"),
        algorithm=wire_enum(algorithm),
        venue_id=venue,
    )
    if over:
        terms.put_schedule(order, terms.schedule_of(over, _slices(given.get("slices", ""))), tape_ns)
    instruct(order, _asked(given), instrument)
    return order


def _asked(given: Mapping[str, str]) -> Asked:
    """What the line says, as the options of `oms submit` would."""
    texts: dict[str, Any] = {name: given.get(column, "") for name, column in _TEXTS.items()}
    switches: dict[str, Any] = {name: _switch(given, column) for name, column in _SWITCHES.items()}
    words: dict[str, Any] = {name: _word(kind, given, name) for name, kind in _WORDS.items()}
    return Asked(**texts, **switches, **words)


def _word(kind: type[W], given: Mapping[str, str], column: str) -> W | None:
    text = given.get(column, "")
    if not text:
        return None
    try:
        return kind(text.lower().replace("_", "-"))
    except ValueError:
        raise UsageError(f"{column} {text!r} is none of {', '.join(word.value for word in kind)}") from None


def _switch(given: Mapping[str, str], column: str) -> bool:
    text = given.get(column, "")
    if text.lower() not in _YES_OR_NO:
        raise UsageError(f"{column} {text!r} is neither yes nor no")
    return _YES_OR_NO[text.lower()]


def _slices(text: str) -> int:
    if text and not (text.isdecimal() and 1 <= int(text) <= terms.SLICES_MAX):
        raise UsageError(f"slices {text!r} is no number from 1 to {terms.SLICES_MAX}")
    return int(text) if text else terms.SLICES
