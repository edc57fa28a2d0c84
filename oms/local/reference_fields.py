"""Fields of the reference file as values: ids, names, flags, exact numbers, durations, and values spread over instruments.

Every function returns the value or raises the fault that names file, line and field.
"""

import re
from collections.abc import Iterable

from oms.cli.decimals import DecimalError, to_scaled
from oms.core.money import AMOUNT_MAX, AMOUNT_SCALE
from oms.core.reference import Instrument
from oms.runtime.yaml_fields import Field

EACH, ALL = "each", "all"
NS_PER_MIN = 60 * 10**9
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min)")

Instruments = dict[str, Instrument]


def per_instrument(field: Field, instruments: Instruments) -> list[tuple[str, Field]]:
    return spread(field, list(instruments), "instrument")


def all_or_each(field: Field, instruments: Instruments) -> list[tuple[str, Field]]:
    if ALL in field.names():
        rest = [(key, field[key]) for key in field.names() if key != ALL]
        for key, value in rest:
            if key not in instruments:
                raise value.fault(f"no instrument has the id {key}")
        return [("", field[ALL]), *rest]
    return per_instrument(field, instruments)


def spread(field: Field, known: list[str], what: str) -> list[tuple[str, Field]]:
    """`each` stands for all that are not named beside it."""
    for key in field.names():
        if key != EACH and key not in known:
            raise field[key].fault(f"{key} is no {what}: {', '.join(known)}, or {EACH}")
    each = field.get(EACH)
    return [(key, value) for key in known for value in (field.get(key) or each,) if value is not None]


def id_of(field: Field) -> str:
    if not _ID.fullmatch(field.text):
        raise field.fault(f"{field.text!r}: 1 to 32 letters, digits, '_', '.' or '-', starting with a letter or digit")
    return field.text


def name_of(field: Field, default: str) -> str:
    name = field.get("name")
    return name.text if name is not None else default


def known(field: Field, known: Iterable[str], what: str) -> str:
    if field.text not in known:
        raise field.fault(f"no {what} has the id {field.text}")
    return field.text


def flag(field: Field, key: str, default: bool) -> bool:
    value = field.get(key)
    if value is None:
        return default
    if value.text not in ("true", "false"):
        raise value.fault(f"{value.text}: must be true or false")
    return value.text == "true"


def scaled(field: Field, scale: int) -> int:
    try:
        return to_scaled(field.text, scale)
    except DecimalError as error:
        raise field.fault(str(error)) from None


def not_negative(field: Field, scale: int) -> int:
    value = scaled(field, scale)
    if value < 0:
        raise field.fault(f"{field.text} is negative")
    return value


def positive(field: Field, scale: int) -> int:
    value = scaled(field, scale)
    if value <= 0:
        raise field.fault(f"{field.text} is not positive")
    return value


def whole(field: Field, lowest: int, highest: int) -> int:
    value = scaled(field, 0)
    if not lowest <= value <= highest:
        raise field.fault(f"{field.text}: {lowest} to {highest} are possible")
    return value


def amount(field: Field) -> int:
    try:
        value = to_scaled(field.text, AMOUNT_SCALE, AMOUNT_MAX)
    except DecimalError as error:
        raise field.fault(str(error)) from None
    if value < 0:
        raise field.fault(f"{field.text} is negative")
    return value


def duration_ns(field: Field) -> int:
    match = _DURATION.fullmatch(field.text)
    if match is None:
        raise field.fault(f"{field.text!r} is no duration: write it like 500 ms, 10 s or 2 min")
    try:
        if match[2] == "min":
            return to_scaled(match[1], 0) * NS_PER_MIN
        return to_scaled(match[1], 6 if match[2] == "ms" else 9)
    except DecimalError as error:
        raise field.fault(str(error)) from None
