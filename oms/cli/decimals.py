"""Decimals that people type and read, exactly: text to integers at a scale, and back.

Invariant: `to_text(to_scaled(text, scale), scale)` is the same number as `text`. What would need rounding is refused, never rounded.
Exponents, thousands separators, infinities and NaN are refused: nobody types an order that way on purpose.
"""

import re
from fractions import Fraction

SCALED_MAX = 2**62 - 1
"""Prices and quantities have 64 bits on the wire; one bit is kept so that sums of two cannot overflow there."""

_DECIMAL = re.compile(r"([+-]?)([0-9]{1,40})(?:\.([0-9]{1,40}))?")


class DecimalError(ValueError):
    """The text is no such number; the message is one line."""


def to_scaled(text: str, scale: int, maximum: int = SCALED_MAX) -> int:
    """`text` × 10**scale, exactly.

    >>> to_scaled("180.69", 4)
    1806900
    """
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        raise DecimalError(f"{text!r} is not a decimal number (write it like 180.69)")
    sign, whole, decimals = match[1], match[2], (match[3] or "").rstrip("0")
    if len(decimals) > scale:
        raise DecimalError(f"{text} has {len(decimals)} decimals; {scale} are possible here")
    value = int(whole + decimals.ljust(scale, "0"))
    if value > maximum:
        raise DecimalError(f"{text} is too large")
    return -value if sign == "-" else value


def to_text(value: int, scale: int) -> str:
    """The shortest decimal that is exactly value / 10**scale.

    >>> to_text(1806900, 4), to_text(-5, 2), to_text(300, 0)
    ('180.69', '-0.05', '300')
    """
    sign, digits = "-" if value < 0 else "", str(abs(value)).rjust(scale + 1, "0")
    whole, decimals = (digits[:-scale], digits[-scale:].rstrip("0")) if scale else (digits, "")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def ratio_text(ratio: Fraction, decimals: int) -> str:
    """A ratio for people, cut (not rounded) after `decimals`; only for showing, never to calculate with.

    >>> ratio_text(Fraction(2, 3), 4)
    '0.6666'
    """
    cut = abs(ratio.numerator) * 10**decimals // ratio.denominator
    return to_text(-cut if ratio < 0 else cut, decimals)
