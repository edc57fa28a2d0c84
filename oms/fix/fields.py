"""Typed values of FIX fields: bytes to integers, dates, flags and words, and back, exactly.

`FieldError` is the only error. Nothing is rounded on the way in: a price with more decimals than its scale has is refused. On the way
out a time is cut to the digits asked for, because the standard allows three where we count nine. The forms are those of FIX 4.4,
volume 1, "FIX data types", and of FIX 5.0 SP2 for times with more than three digits.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

SOH = b"\x01"
NS_PER_S = 1_000_000_000
S_PER_DAY = 86_400
NS_PER_DAY = S_PER_DAY * NS_PER_S

INT_DIGITS_MAX = 18
"""What fits into 64 bits with its sign; FIX names no limit, and an int of a million digits takes minutes to read."""
DECIMAL_DIGITS_MAX = 38
"""Digits before and after the point, each. More than any scale needs; a limit for the same reason."""
TIME_DIGITS_MAX = 9

_EPOCH = date(1970, 1, 1)
_EPOCH_DAYS = _EPOCH.toordinal()
INT = re.compile(rb"-?[0-9]{1,%d}" % INT_DIGITS_MAX)
DECIMAL = re.compile(rb"(-?)(?=\.?[0-9])([0-9]{0,%d})(?:\.([0-9]{0,%d}))?" % (DECIMAL_DIGITS_MAX, DECIMAL_DIGITS_MAX))
"""float, Price, Qty, Amt: digits before the point, behind it, or both; no plus sign, no exponent."""
_DATE = re.compile(rb"([0-9]{4})([0-9]{2})([0-9]{2})")
TIME = re.compile(rb"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.([0-9]{1,%d}))?" % TIME_DIGITS_MAX)


class FieldError(ValueError):
    """A value that is not of its type; the message is one line."""


def to_int(value: bytes) -> int:
    """int: digits with leading zeros allowed, a minus sign, no plus sign.

    >>> to_int(b"-007")
    -7
    """
    if value.isdigit() and len(value) <= INT_DIGITS_MAX:
        return int(value)  # nearly all of them, in half the time
    if INT.fullmatch(value) is None:
        raise FieldError(f"{_shown(value)} is no int (at most {INT_DIGITS_MAX} digits)")
    return int(value)


def from_int(value: int) -> bytes:
    """Raises FieldError for what `to_int` could not read back."""
    text = b"%d" % value
    if len(text) > INT_DIGITS_MAX + (value < 0):
        raise FieldError(f"{value} has more than {INT_DIGITS_MAX} digits")
    return text


def to_scaled(value: bytes, scale: int) -> int:
    """Price, Qty, Amt: value × 10**scale, exactly. Zeros after the scale are allowed, other digits there are an error.

    >>> to_scaled(b"180.690", 2), to_scaled(b"-.5", 1)
    (18069, -5)
    """
    match = DECIMAL.fullmatch(value)
    if match is None:
        raise FieldError(f"{_shown(value)} is no decimal number")
    decimals = match[3] or b""
    if len(decimals) > scale:
        if decimals[scale:].strip(b"0"):
            raise FieldError(f"{_shown(value)} has more than {scale} decimals")
        decimals = decimals[:scale]
    number = int(match[2] + decimals.ljust(scale, b"0") or b"0")
    return -number if match[1] else number


def from_scaled(value: int, scale: int) -> bytes:
    """The shortest decimal that is exactly value / 10**scale.

    >>> from_scaled(18069, 2), from_scaled(-5, 2), from_scaled(300, 2)
    (b'180.69', b'-0.05', b'3')
    """
    if not scale:
        return b"%d" % value
    digits = b"%0*d" % (scale + 1, abs(value))
    decimals = digits[-scale:].rstrip(b"0")
    number = digits[:-scale] + b"." + decimals if decimals else digits[:-scale]
    return b"-" + number if value < 0 else number


def to_utc_ns(value: bytes) -> int:
    """UTCTimestamp, YYYYMMDD-HH:MM:SS with 0 to 9 digits: nanoseconds since 1970. A leap second is the second after it.

    >>> to_utc_ns(b"19700102-00:00:01.5")
    86401500000000
    """
    if value[8:9] != b"-":
        raise FieldError(f"{_shown(value)} is no UTCTimestamp (YYYYMMDD-HH:MM:SS.sss)")
    return _days(value[:8]) * NS_PER_DAY + to_utc_time_ns(value[9:])


def from_utc_ns(ns: int, digits: int = 3) -> bytes:
    """UTCTimestamp of nanoseconds since 1970, cut to `digits` (0 to 9) of the second.

    >>> from_utc_ns(86401567800000)
    b'19700102-00:00:01.567'
    """
    second, rest = divmod(ns, NS_PER_S)
    if digits == 3:
        return b"%b.%03d" % (_second_text(second), rest // 1_000_000)
    if not digits:
        return _second_text(second)
    if not 0 < digits <= TIME_DIGITS_MAX:
        raise FieldError(f"{digits} digits of a second: 0 to {TIME_DIGITS_MAX} are possible")
    return b"%b.%0*d" % (_second_text(second), digits, rest // 10 ** (TIME_DIGITS_MAX - digits))


def to_utc_time_ns(value: bytes) -> int:
    """UTCTimeOnly, HH:MM:SS with 0 to 9 digits: nanoseconds since midnight."""
    match = TIME.fullmatch(value)
    if match is None:
        raise FieldError(f"{_shown(value)} is no time of day (HH:MM:SS.sss)")
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
    return seconds * NS_PER_S + int((match[4] or b"").ljust(TIME_DIGITS_MAX, b"0"))


def to_utc_date(value: bytes) -> date:
    """UTCDateOnly and LocalMktDate, YYYYMMDD: the day, in UTC or where the market is.

    >>> to_utc_date(b"20240229")
    datetime.date(2024, 2, 29)
    """
    return _EPOCH + timedelta(days=_days(value))


def from_utc_date(day: date) -> bytes:
    return b"%04d%02d%02d" % (day.year, day.month, day.day)


def to_flag(value: bytes) -> bool:
    """Boolean: Y or N, nothing else."""
    if value == b"Y":
        return True
    if value == b"N":
        return False
    raise FieldError(f"{_shown(value)} is no Boolean (Y or N)")


def from_flag(value: bool) -> bytes:
    return b"Y" if value else b"N"


def to_char(value: bytes) -> str:
    """char: one character."""
    if len(value) != 1 or value == SOH:
        raise FieldError(f"{_shown(value)} is no char (one character)")
    return value.decode("latin-1")


def to_words(value: bytes) -> tuple[str, ...]:
    """MultipleValueString, MultipleCharValue, MultipleStringValue: words with one space between them.

    >>> to_words(b"G 6")
    ('G', '6')
    """
    words = value.decode("latin-1").split(" ")
    if "" in words:
        raise FieldError(f"{_shown(value)} is no list of words with one space between them")
    return tuple(words)


def from_words(words: Iterable[str]) -> bytes:
    """Raises FieldError where a word is empty or has a space: it would be read back as others."""
    listed = tuple(words)
    if not listed or any(not word or " " in word for word in listed):
        raise FieldError(f"{listed} are no words for one field")
    return from_text(" ".join(listed))


def from_text(text: str) -> bytes:
    """String. Raises FieldError for the field delimiter, for an empty text and for what latin-1 does not have."""
    try:
        value = text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise FieldError(
            f"{text!r}: {text[error.start]!r} is not in latin-1; use the field's Encoded… companion"
        ) from None
    if not value or SOH in value:
        raise FieldError(f"{text!r} is empty or has the field delimiter")
    return value


@lru_cache(maxsize=64)
def _days(value: bytes) -> int:
    """Days since 1970 of YYYYMMDD. Kept, because nearly all messages are of today."""
    match = _DATE.fullmatch(value)
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), int(match[3])).toordinal() - _EPOCH_DAYS
    except ValueError:
        pass
    raise FieldError(f"{_shown(value)} is no date (YYYYMMDD)")


@lru_cache(maxsize=64)
def _second_text(second: int) -> bytes:
    """YYYYMMDD-HH:MM:SS. Kept, because all messages of one second share it."""
    days, rest = divmod(second, S_PER_DAY)
    try:
        day = _EPOCH + timedelta(days=days)
    except OverflowError:
        raise FieldError(f"{second} seconds since 1970 are in no year from 1 to 9999") from None
    return b"%b-%02d:%02d:%02d" % (from_utc_date(day), rest // 3600, rest // 60 % 60, rest % 60)


def _shown(value: bytes) -> str:
    """A value in an error: short, so that a hostile one does not fill a log."""
    return repr(value[:40].decode("latin-1")) + ("…" if len(value) > 40 else "")
