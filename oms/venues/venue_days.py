"""When a simulated venue opens, calls its auctions and closes: the moments of a calendar between two tape times, in order.

A calendar without intervals (or none) has days that end at midnight UTC and nothing else. One that is always open has days, and no closed
time between them. It knows neither books nor orders.
"""

from collections.abc import Iterator
from enum import IntEnum

from oms.core.reference import Calendar

_NS_PER_DAY = 86_400_000_000_000


class Moment(IntEnum):
    """In the order in which they come where several are at one time."""

    UNCROSS_CLOSE = 1
    END_DAY = 2
    BEGIN_DAY = 3
    CALL_OPEN = 4
    UNCROSS_OPEN = 5
    CALL_CLOSE = 6


def moments(calendar: Calendar | None, after_ns: int, until_ns: int) -> Iterator[tuple[int, Moment]]:
    """What comes after `after_ns` and not after `until_ns`: (its time, what)."""
    if calendar is None or not calendar.intervals:
        for day in range(after_ns // _NS_PER_DAY + 1, until_ns // _NS_PER_DAY + 1):
            yield day * _NS_PER_DAY, Moment.END_DAY
            yield day * _NS_PER_DAY, Moment.BEGIN_DAY
        return
    found: list[tuple[int, Moment]] = []
    last = len(calendar.intervals) - 1
    for place, interval in enumerate(calendar.intervals):
        if interval.close_ns <= after_ns or interval.start_ns > until_ns:
            continue
        if place == 0 or calendar.intervals[place - 1].trading_date != interval.trading_date:
            found.append((interval.start_ns, Moment.BEGIN_DAY))
        if interval.opening_auction_ns:
            found += [(interval.opening_auction_ns, Moment.CALL_OPEN), (interval.open_ns, Moment.UNCROSS_OPEN)]
        if interval.closing_auction_ns:
            found += [(interval.closing_auction_ns, Moment.CALL_CLOSE), (interval.close_ns, Moment.UNCROSS_CLOSE)]
        if place == last or calendar.intervals[place + 1].trading_date != interval.trading_date:
            found.append((interval.close_ns, Moment.END_DAY))
    yield from sorted(moment for moment in found if after_ns < moment[0] <= until_ns)


def takes_orders(calendar: Calendar | None, now_ns: int) -> bool:
    """Whether the venue takes orders at a tape time. Without intervals it always does."""
    return calendar is None or calendar.always_open or not calendar.intervals or calendar.is_open(now_ns)


def next_moment_ns(calendar: Calendar | None, after_ns: int) -> int | None:
    """When the next moment comes; None where the calendar has none left."""
    if calendar is None or not calendar.intervals:
        return (after_ns // _NS_PER_DAY + 1) * _NS_PER_DAY
    times = (
        time_ns
        for i in calendar.intervals
        if i.close_ns > after_ns
        for time_ns in (i.start_ns, i.open_ns, i.closing_auction_ns, i.close_ns)
    )
    return min((time_ns for time_ns in times if time_ns > after_ns), default=None)
