"""When a market takes orders, and which trading date a moment belongs to. Sessions and their calls are `oms.core.sessions`' matter."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A part of a trading day without a break, UTC nanoseconds, end exclusive. `trading_date` is the market's own date, YYYYMMDD.

    `opening_auction_ns`: when the call before the open begins; it is uncrossed at `open_ns`. `closing_auction_ns`: when continuous trading
    gives way to the call before the close; it is uncrossed at `close_ns`. 0: there is no such auction.
    """

    open_ns: int
    close_ns: int
    trading_date: int
    opening_auction_ns: int = 0
    closing_auction_ns: int = 0

    @property
    def start_ns(self) -> int:
        """From here on orders are taken: with the opening call, where there is one."""
        return self.opening_auction_ns or self.open_ns


def _start(interval: Interval) -> int:
    return interval.start_ns


@dataclass(frozen=True, slots=True)
class Calendar:
    """`intervals` are in order and do not overlap; those of one trading date follow each other (a lunch break is between two).

    `time_zone` (IANA name) is the market's: its dates are the local ones. Empty is UTC. What has no intervals has no trading days.
    """

    calendar_id: str
    always_open: bool
    intervals: tuple[Interval, ...]
    time_zone: str = ""

    def is_open(self, now_ns: int) -> bool:
        """Whether orders are taken at a tape time; never at 0, which is no time."""
        if self.always_open:
            return now_ns > 0
        place = bisect_right(self.intervals, now_ns, key=_start)
        return place > 0 and now_ns < self.intervals[place - 1].close_ns
