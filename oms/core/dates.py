"""Dates as numbers: YYYYMMDD as FIX writes them, and days counted from 1970. All of UTC; a market's own dates are in its calendar."""

from datetime import date

NS_PER_DAY = 86_400 * 1_000_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def utc_date(time_ns: int) -> int:
    """YYYYMMDD of a moment.

    >>> utc_date(1_736_121_600_000_000_000)
    20250106
    """
    day = date.fromordinal(_EPOCH_DAY + time_ns // NS_PER_DAY)
    return day.year * 10_000 + day.month * 100 + day.day


def day_number(yyyymmdd: int) -> int | None:
    """A date as a day counted from 1970; None for what is no date.

    >>> day_number(19700102), day_number(20250230)
    (1, None)
    """
    try:
        return date(yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100).toordinal() - _EPOCH_DAY
    except (ValueError, OverflowError):
        return None
