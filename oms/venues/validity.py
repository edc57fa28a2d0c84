"""Until when an order is valid at a simulated venue (FIX ExpireTime 126, ExpireDate 432, ExposureDuration 1629). Pure."""

from datetime import date

from oms.core.enums import TimeInForce
from oms.core.reference import Calendar

_NS_PER_DAY = 86_400_000_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class ValidityError(ValueError):
    """What is asked has no end that could be known; the text is one line."""


def expiry_ns(
    tif: TimeInForce, expire_time: int, expire_date: int, duration_ns: int, calendar: Calendar | None, now_ns: int
) -> int:
    """When a GTD or GOOD_FOR_TIME order ends, tape time; 0 for what has no time of its own. Raises `ValidityError`.

    ExpireDate is the market's date and the last tradable day: its end is the close of that day, or of the last one before it; without
    a calendar midnight UTC after it. GOOD_FOR_TIME counts from now.
    """
    if tif is TimeInForce.GOOD_FOR_TIME:
        if duration_ns <= 0:
            raise ValidityError("GOOD_FOR_TIME needs ExposureDuration")
        return now_ns + duration_ns
    if tif is not TimeInForce.GTD:
        return 0
    if bool(expire_time) == bool(expire_date):
        raise ValidityError("GTD needs either ExpireTime or ExpireDate")
    if expire_time:
        return expire_time
    if calendar is not None and calendar.intervals:
        closes = [i.close_ns for i in calendar.intervals if i.trading_date <= expire_date]
        if not closes:
            raise ValidityError(f"no trading day until ExpireDate {expire_date}")
        return closes[-1]
    return (_day_number(expire_date) + 1) * _NS_PER_DAY


def _day_number(yyyymmdd: int) -> int:
    try:
        return date(yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100).toordinal() - _EPOCH_ORDINAL
    except ValueError:
        raise ValidityError(f"ExpireDate {yyyymmdd} is no date like 20250106") from None
