"""A file of orders as `oms submit-list` takes it: CSV with a header, or JSON with one object per line. Pure but for reading the file.

Columns (or keys), of which `side`, `qty` and `instrument` must be there; what is left out or empty has its default:

    side        buy, sell, short
    qty         in the instrument's units, exact
    instrument  its id
    type        market, limit, stop, stop_limit (default: limit with a price, market without; with a stop price stop_limit or stop)
    price       the limit price
    stop        the stop price
    tif         day, gtc, ioc, fok, at_the_opening, at_the_close (default: day)
    algo        direct, best (default: best; direct with a venue)
    venue       for direct
    account     (default: the desk's first)
    id          its ClOrdID (default: the list's id, "-" and the number of the order from 1)

Whatever is wrong is told with its line, of every line; then nothing is sent.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oms.cli.decimals import DecimalError, to_scaled
from oms.cli.instance import UsageError
from oms.cli.terms import ALGORITHMS, SIDES, AlgorithmWord, SideWord
from oms.core.enums import Algorithm, OrdType, TimeInForce
from oms.core.lists import PROGRAM_ORDERS_MAX
from oms.core.reference import Instrument
from oms.v1 import gateway_pb2

COLUMNS = ("side", "qty", "instrument", "type", "price", "stop", "tif", "algo", "venue", "account", "id")
FILE_BYTES_MAX = 4 * 1024 * 1024
"""What a gateway takes in one call; a list of the largest is a tenth of it."""

ERRORS_SHOWN_MAX = 20

_TYPES = {"market": OrdType.MARKET, "limit": OrdType.LIMIT, "stop": OrdType.STOP, "stop_limit": OrdType.STOP_LIMIT}
_TIFS = {
    t.name.lower(): t for t in TimeInForce if t not in (TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME)
}  # those two need a time


class LineError(Exception):
    """What is wrong with a line."""


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
    header = [name.strip() for name in next(reader, [])]
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
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            errors.append(f"line {number}: an object of texts and numbers is wanted")
            continue
        unknown = sorted(set(value) - set(COLUMNS))
        if unknown:
            errors.append(f"line {number}: {', '.join(unknown)}: it takes {', '.join(COLUMNS)}")
            continue
        lines.append(Line(number, {name: text.strip() for name, text in value.items()}))
    refuse(path, errors)
    return tuple(lines)


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
    path: Path, lines: tuple[Line, ...], instruments: Mapping[str, Instrument], account_id: str, list_id: str
) -> list[gateway_pb2.ListedOrder]:
    """`account_id`: of a line that names none. UsageError names every line at fault."""
    found: list[gateway_pb2.ListedOrder] = []
    errors: list[str] = []
    for index, line in enumerate(lines, 1):
        try:
            found.append(_order(line.fields, instruments, account_id, f"{list_id}-{index}"))
        except LineError as error:
            errors.append(f"line {line.number}: {error}")
    refuse(path, errors)
    return found


def _order(
    fields: Mapping[str, str], instruments: Mapping[str, Instrument], account_id: str, cl_ord_id: str
) -> gateway_pb2.ListedOrder:
    instrument = instruments.get(fields.get("instrument", ""))
    if instrument is None:
        raise LineError(f"no instrument {fields.get('instrument', '')!r}")
    price, stop = fields.get("price", ""), fields.get("stop", "")
    venue = fields.get("venue", "")
    algorithm = fields.get("algo", "") or ("direct" if venue else "best")
    if algorithm not in ("direct", "best"):
        raise LineError(f"algo {algorithm!r} is none of direct, best")
    side = _word(fields.get("side", ""), {w.value: SIDES[w] for w in SideWord}, "side")
    implied = ("stop_limit" if price else "stop") if stop else "limit" if price else "market"
    order = gateway_pb2.ListedOrder(
        cl_ord_id=fields.get("id", "") or cl_ord_id,
        account_id=fields.get("account", "") or account_id,
        instrument_id=instrument.instrument_id,
        side=side,
        ord_type=_word(fields.get("type", "") or implied, _TYPES, "type"),
        time_in_force=_word(fields.get("tif", "") or "day", _TIFS, "tif"),
        order_qty=_scaled(fields.get("qty", ""), instrument.qty_scale, "qty"),
        algorithm=_algorithm(algorithm),
        venue_id=venue,
    )
    if price:
        order.price = _scaled(price, instrument.price_scale, "price")
    if stop:
        order.instructions.stop_px = _scaled(stop, instrument.price_scale, "stop")
    return order


def _algorithm(word: str) -> "gateway_pb2.ListedOrder.ValueType":  # type: ignore[name-defined]
    found: Algorithm = ALGORITHMS[AlgorithmWord(word)]
    return found


def _word(text: str, words: Mapping[str, int], what: str) -> "gateway_pb2.ListedOrder.ValueType":  # type: ignore[name-defined]
    found = words.get(text.lower())
    if found is None:
        raise LineError(f"{what} {text!r} is none of {', '.join(words)}")
    return found


def _scaled(text: str, scale: int, what: str) -> int:
    try:
        return to_scaled(text, scale)
    except DecimalError as error:
        raise LineError(f"{what}: {error}") from None
