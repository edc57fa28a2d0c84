"""A calendar of the package `exchange_calendars` as one of ours: sessions, early closes and breaks as intervals in UTC.

The only file that imports it. It is an extra (`oms[calendars]`, `requirements-calendars.lock`), because it brings pandas: whoever runs
services needs neither. It knows no auctions: their calls are stated as durations and taken from the open and the close of each day. It
does not know what is loaded already.
"""

import datetime
import warnings
from dataclasses import dataclass, replace
from typing import Any

from oms.core.reference import Calendar, Interval

DAYS_MAX = 366 * 12
"""Sessions of a dozen years, some 200 kB: a reference record has to stay below what the log takes."""


DAYS_KEPT = 366
"""Intervals kept of what was in force before the first day loaded: more than any order's age or correction asks for."""


class CalendarError(Exception):
    """One line: what is wrong with the exchange, the dates, or the installation."""


@dataclass(frozen=True, slots=True)
class Calls:
    """How long the calls of the auctions last, in nanoseconds; 0: there is none."""

    opening_ns: int = 0
    closing_ns: int = 0


NO_CALLS = Calls()


def exchange_calendar(
    exchange: str, first: datetime.date, last: datetime.date, calendar_id: str = "", calls: Calls = NO_CALLS
) -> Calendar:
    """All sessions from `first` to `last`, both included and the exchange's own dates. `exchange`: its MIC, or another name of the package.

    Raises `CalendarError`.
    """
    if not first <= last or (last - first).days >= DAYS_MAX:
        raise CalendarError(f"{first} to {last}: must be in order, and at most {DAYS_MAX} days")
    found = _found(exchange, first, last)
    intervals: list[Interval] = []
    for session in found.schedule.itertuples():
        if session.Index.date() <= last:
            intervals += _intervals(session, calls)
    if not intervals:
        raise CalendarError(f"{exchange} has no session from {first} to {last}")
    always_open = found.name == "24/7"
    return Calendar(calendar_id or _id(exchange), always_open, tuple(intervals), str(found.tz))


def extended(in_force: Calendar | None, loaded: Calendar) -> Calendar:
    """The calendar with what was loaded: days before the first loaded one stay as they are in force, DAYS_KEPT of them at most.

    So an extension never takes away the day that orders are in.
    """
    first = loaded.intervals[0].trading_date
    before = tuple(i for i in in_force.intervals if i.trading_date < first) if in_force is not None else ()
    return replace(loaded, intervals=(*before[-DAYS_KEPT:], *loaded.intervals))


def _found(exchange: str, first: datetime.date, last: datetime.date) -> Any:
    try:
        import exchange_calendars  # an extra: everything else works without it
        from exchange_calendars import errors
    except ImportError:
        raise CalendarError(
            "exchange_calendars is not installed: pip install --no-deps --require-hashes -r requirements-calendars.lock"
        ) from None
    end = last + datetime.timedelta(days=1)  # the package takes no single day
    try:
        with warnings.catch_warnings(
            action="ignore"
        ):  # of what the package uses of pandas: nothing that a reader could act on
            return exchange_calendars.get_calendar(exchange, start=first.isoformat(), end=end.isoformat())
    except errors.InvalidCalendarName:
        raise CalendarError(
            f"{exchange} is no exchange that exchange_calendars knows; it takes MICs like XNYS"
        ) from None
    except errors.NoSessionsError:
        raise CalendarError(f"{exchange} has no session from {first} to {last}") from None
    except ValueError as error:  # beyond the dates that the package has of it
        raise CalendarError(f"{exchange} from {first} to {last}: {' '.join(str(error).split())}") from None


def _intervals(session: Any, calls: Calls) -> list[Interval]:
    """A trading day: one interval, or two around its break. The opening call belongs to the first, the closing call to the last."""
    date = int(session.Index.strftime("%Y%m%d"))
    open_ns, close_ns = _ns(session.open), _ns(session.close)
    opening_ns = open_ns - calls.opening_ns if calls.opening_ns else 0
    closing_ns = close_ns - calls.closing_ns if calls.closing_ns else 0
    halves = [(open_ns, close_ns)]
    if session.break_start == session.break_start:  # NaT, where there is none, equals nothing
        halves = [(open_ns, _ns(session.break_start)), (_ns(session.break_end), close_ns)]
    found = [
        Interval(
            start,
            end,
            date,
            opening_ns if start == open_ns else 0,
            closing_ns if end == close_ns else 0,
        )
        for start, end in halves
    ]
    if found[-1].closing_auction_ns and found[-1].closing_auction_ns <= found[-1].open_ns:
        raise CalendarError(f"on {date} the closing call would begin before trading does")
    return found


def _ns(moment: Any) -> int:
    return int(moment.as_unit("ns").value)


def _id(exchange: str) -> str:
    """24/7 is no id of ours."""
    return exchange.replace("/", "-")
