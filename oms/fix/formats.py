"""Whether a value has the form of its data type: what SessionRejectReason 6 asks. By FIX's names of the types.

A type that is not here (String, data, Currency, …) has no form of its own: any value will do. Currency, Country and Exchange are among
them because their lists are other standards' and venues use codes of their own.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from oms.fix.fields import DECIMAL, INT, TIME, FieldError, to_flag, to_utc_date, to_utc_time_ns, to_words

_MONTH = rb"[0-9]{4}(?:0[1-9]|1[0-2])"
_MONTH_YEAR = re.compile(_MONTH + rb"(?:w[1-5])?")
_TZ_TIME = re.compile(
    rb"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?"
)


def _reads(read: Callable[[bytes], object]) -> Callable[[bytes], bool]:
    """Whether the typed reader takes it: one place says what a type is."""

    def check(value: bytes) -> bool:
        try:
            read(value)
        except FieldError:
            return False
        return True

    return check


def _is_utc_timestamp(value: bytes) -> bool:
    return value[8:9] == b"-" and TIME.fullmatch(value, 9) is not None and _is_day(value[:8])


def _is_count(value: bytes) -> bool:
    return value.isdigit() and _is_int(value)


def _is_int(value: bytes) -> bool:
    return INT.fullmatch(value) is not None


def _is_decimal(value: bytes) -> bool:
    return DECIMAL.fullmatch(value) is not None


def _is_char(value: bytes) -> bool:
    return len(value) == 1


def _is_day_of_month(value: bytes) -> bool:
    return _is_count(value) and 1 <= int(value) <= 31


def _is_month_year(value: bytes) -> bool:
    return _MONTH_YEAR.fullmatch(value) is not None or _is_date(value)


def _is_tz_time(value: bytes) -> bool:
    return _TZ_TIME.fullmatch(value) is not None


def _is_tz_timestamp(value: bytes) -> bool:
    return value[8:9] == b"-" and _is_day(value[:8]) and _is_tz_time(value[9:])


def _are_chars(value: bytes) -> bool:
    return all(len(word) == 1 for word in value.split(b" "))


_is_date = _reads(to_utc_date)
_is_day = lru_cache(maxsize=64)(_is_date)
"""The same, kept: nearly all times are of today."""
_are_words = _reads(to_words)

FORMATS: Mapping[str, Callable[[bytes], bool]] = {
    **dict.fromkeys(("Length", "NumInGroup", "SeqNum", "TagNum"), _is_count),
    **dict.fromkeys(("float", "Qty", "Price", "PriceOffset", "Amt", "Percentage"), _is_decimal),
    **dict.fromkeys(("MultipleValueString", "MultipleStringValue"), _are_words),
    **dict.fromkeys(("UTCDateOnly", "LocalMktDate"), _is_date),
    "int": _is_int,
    "DayOfMonth": _is_day_of_month,
    "char": _is_char,
    "Boolean": _reads(to_flag),
    "MultipleCharValue": _are_chars,
    "MonthYear": _is_month_year,
    "UTCTimestamp": _is_utc_timestamp,
    "UTCTimeOnly": _reads(to_utc_time_ns),
    "TZTimeOnly": _is_tz_time,
    "TZTimestamp": _is_tz_timestamp,
}
