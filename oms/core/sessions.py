"""What a market's calendar says of a moment: the phase, the trading day, and when an order's validity ends.

A trading day is all intervals of one trading date, breaks included: a DAY order of the morning lives through lunch. Dates are the market's
own (local) ones, because the intervals carry them; so ExpireDate needs no time zone here. All times are UTC nanoseconds, ends exclusive.

Invariants:
- what the calendar does not reach is not known, and says so (None): nothing is guessed from the weeks before;
- an always-open calendar without intervals has no trading days; with intervals it has days that follow each other without a close.

It reads no clock and knows no order.
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum

from oms.core.dates import NS_PER_DAY, day_number
from oms.core.enums import TimeInForce
from oms.core.instructions import AUCTION_ONLY, Instructions
from oms.core.money import INT64_MAX
from oms.core.reference import Calendar, Interval


class TradingPhase(IntEnum):
    """FIX tag 625 TradingSessionSubID, those that we tell apart."""

    CLOSED = 1
    OPENING_AUCTION = 2
    CONTINUOUS = 3
    CLOSING_AUCTION = 4


@dataclass(frozen=True, slots=True)
class TradingDay:
    """`start_ns`: from when orders are taken (the opening call counts); `close_ns`: the end of the last interval."""

    trading_date: int
    start_ns: int
    close_ns: int


def interval_at(calendar: Calendar, now_ns: int) -> Interval | None:
    """The interval that is on; None between them."""
    place = bisect_right(calendar.intervals, now_ns, key=_start)
    found = calendar.intervals[place - 1] if place else None
    return found if found is not None and now_ns < found.close_ns else None


def phase_at(calendar: Calendar, now_ns: int) -> TradingPhase:
    """The phase at a tape time. Auctions are called until the open and until the close: at these the cross is done already."""
    found = interval_at(calendar, now_ns)
    if found is None:
        return TradingPhase.CONTINUOUS if calendar.always_open and now_ns > 0 else TradingPhase.CLOSED
    if now_ns < found.open_ns:
        return TradingPhase.OPENING_AUCTION
    if found.closing_auction_ns and now_ns >= found.closing_auction_ns:
        return TradingPhase.CLOSING_AUCTION
    return TradingPhase.CONTINUOUS


def day_at(calendar: Calendar, now_ns: int) -> TradingDay | None:
    """The trading day that is on (a break is within it), else the next one; None where the calendar ends before."""
    place = bisect_right(calendar.intervals, now_ns, key=_close)
    return _day(calendar, place) if place < len(calendar.intervals) else None


def day_of(calendar: Calendar, trading_date: int) -> TradingDay | None:
    """The trading day of that date; None where there is none."""
    place = bisect_right(calendar.intervals, trading_date, key=_date) - 1
    if place < 0 or calendar.intervals[place].trading_date != trading_date:
        return None
    return _day(calendar, place)


def day_after(calendar: Calendar, trading_date: int) -> TradingDay | None:
    """The first trading day of a later date; None where the calendar ends before."""
    place = bisect_right(calendar.intervals, trading_date, key=_date)
    return _day(calendar, place) if place < len(calendar.intervals) else None


def expires_at(
    time_in_force: TimeInForce, instructions: Instructions, accepted_ns: int, calendar: Calendar | None
) -> int | None:
    """When an order ends by itself; None: by no clock (GTC, IOC, FOK), or at a moment that the calendar does not reach yet.

    DAY and orders for an auction: the close of the trading day of `accepted_ns` (FIX 59=0, 2, 7). GTD: ExpireTime (126), or the close of the
    last trading day up to ExpireDate (432), which is the last on which it can trade. GOOD_FOR_TIME: ExposureDuration (1629) after acceptance.
    """
    if time_in_force is TimeInForce.DAY or time_in_force in AUCTION_ONLY:
        day = day_at(calendar, accepted_ns) if calendar is not None else None
        return day.close_ns if day is not None else None
    if time_in_force is TimeInForce.GOOD_FOR_TIME:
        return min(accepted_ns + instructions.good_for_ns, INT64_MAX)
    if time_in_force is TimeInForce.GTD:
        return instructions.expire_ns or _end_of_date(instructions.expire_date, accepted_ns, calendar)
    return None


def _end_of_date(expire_date: int, accepted_ns: int, calendar: Calendar | None) -> int | None:
    if calendar is None or not calendar.intervals:
        return _utc_midnight_after(expire_date)
    if calendar.intervals[-1].trading_date < expire_date:
        return None  # days up to the date may still come
    place = bisect_right(calendar.intervals, expire_date, key=_date) - 1
    # No day up to the date at all: it was over before the calendar begins.
    return calendar.intervals[place].close_ns if place >= 0 else accepted_ns


def _utc_midnight_after(expire_date: int) -> int:
    """A market without trading days counts its dates in UTC. What is no date is over at once: the edge refuses it."""
    day = day_number(expire_date)
    return min((day + 1) * NS_PER_DAY, INT64_MAX) if day is not None else 0


def _day(calendar: Calendar, place: int) -> TradingDay:
    """The whole day that has the interval at `place`."""
    intervals = calendar.intervals
    first = last = place
    while first > 0 and intervals[first - 1].trading_date == intervals[place].trading_date:
        first -= 1
    while last + 1 < len(intervals) and intervals[last + 1].trading_date == intervals[place].trading_date:
        last += 1
    return TradingDay(intervals[place].trading_date, intervals[first].start_ns, intervals[last].close_ns)


def _start(interval: Interval) -> int:
    return interval.start_ns


def _close(interval: Interval) -> int:
    return interval.close_ns


def _date(interval: Interval) -> int:
    return interval.trading_date
