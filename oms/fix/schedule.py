"""When a session is up, and when it began: the moment that tells whether numbers start again at 1. Pure functions of UTC nanoseconds.

A schedule has windows `[start, end)` of a market's local time: one on each of some weekdays, or one a week. Windows may touch (a session of
24 hours that begins anew at 17:00) and never overlap. `session_start` differs between two moments exactly if they belong to different
sessions; between two windows it is still that of the last one.

Daylight saving: a local time that happens twice is its first time; one that does not happen is the moment of the jump. So local order is kept:
touching windows touch on these days too, and a window that lies in the jump is not there that day.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

NS_PER_S = 1_000_000_000
_DAYS_BACK = 15
"""A window begins at least once in seven days, unless it lies in a jump; it is at most seven days long."""

_EPOCH = datetime.datetime(1970, 1, 1)
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ScheduleError(ValueError):
    """What makes no schedule: one line."""


@dataclass(frozen=True, slots=True)
class Window:
    """UTC nanoseconds; `end_ns` is outside."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Use `daily`, `weekly` or `parse`. `weekdays`: of the local date on which a window starts, 0 = Monday. `days`: from the date of the start to
    that of the end. `zone`: from zoneinfo, or fixed; loading it is the caller's.
    """

    start: datetime.time
    end: datetime.time
    zone: datetime.tzinfo
    weekdays: frozenset[int]
    days: int

    def __post_init__(self) -> None:
        for time in (self.start, self.end):
            if time.tzinfo is not None or time.microsecond:
                raise ScheduleError(f"{time}: a local time of whole seconds is wanted, without a zone")
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ScheduleError(f"weekdays are 0 (Monday) to 6, at least one: {sorted(self.weekdays)}")

    def is_active(self, now_ns: int) -> bool:
        last = self._last(now_ns)
        return last is not None and now_ns < last.end_ns

    def session_start(self, now_ns: int) -> int:
        """When the session of this moment began, or the last one where none is up. UTC ns; 0 = there was none in two weeks."""
        last = self._last(now_ns)
        return last.start_ns if last is not None else 0

    def same_session(self, a_ns: int, b_ns: int) -> bool:
        """Whether numbers go on between the two moments."""
        return self.session_start(a_ns) == self.session_start(b_ns)

    def next_change(self, now_ns: int) -> int:
        """The first moment after this one at which `is_active` or `session_start` changes. UTC ns."""
        last = self._last(now_ns)
        if last is not None and now_ns < last.end_ns:
            return last.end_ns
        return next(w.start_ns for w in self._windows(self._date(now_ns), 1) if w.start_ns > now_ns)

    def _last(self, now_ns: int) -> Window | None:
        """The last window that began, at this moment or before it."""
        return next((w for w in self._windows(self._date(now_ns), -1) if w.start_ns <= now_ns), None)

    def _date(self, now_ns: int) -> datetime.date:
        return (_EPOCH + datetime.timedelta(seconds=now_ns // NS_PER_S)).date()

    def _windows(self, around: datetime.date, step: int) -> Iterator[Window]:
        """Those that begin from the day before on (`step` 1), or from the day after back (−1): the local date differs by a day at most."""
        for offset in range(-1, _DAYS_BACK):
            date = around + datetime.timedelta(days=offset * step)
            if date.weekday() in self.weekdays:
                start_ns = to_utc_ns(datetime.datetime.combine(date, self.start), self.zone)
                last_date = date + datetime.timedelta(days=self.days)
                end_ns = to_utc_ns(datetime.datetime.combine(last_date, self.end), self.zone)
                if start_ns < end_ns:
                    yield Window(start_ns, end_ns)


def daily(
    start: datetime.time, end: datetime.time, zone: datetime.tzinfo, weekdays: frozenset[int] = frozenset(range(7))
) -> Schedule:
    """A window on each of the weekdays; `end` at or before `start` is on the next day. ScheduleError."""
    return Schedule(start, end, zone, weekdays, int(end <= start))


def weekly(start_day: int, start: datetime.time, end_day: int, end: datetime.time, zone: datetime.tzinfo) -> Schedule:
    """One window a week, at most seven days long. Days: 0 = Monday. ScheduleError."""
    if not 0 <= end_day <= 6:
        raise ScheduleError(f"a weekday is 0 (Monday) to 6: {end_day}")
    days = (end_day - start_day) % 7
    return Schedule(start, end, zone, frozenset((start_day,)), days if days or start < end else 7)


def parse(text: str, zone: datetime.tzinfo) -> Schedule:
    """Of a setting: "08:00-17:00", "mon-fri 17:00-16:00" (daily), "sun 17:00 - fri 16:00" (weekly); hours with or without seconds.

    ScheduleError says what was expected.
    """
    words = text.lower().replace("-", " - ").split()
    match words:
        case [start, "-", end]:
            return daily(_time(start), _time(end), zone)
        case [day, start, "-", end] if ":" in end:
            return daily(_time(start), _time(end), zone, frozenset((_day(day),)))
        case [first, "-", last, start, "-", end] if ":" in end:
            days = range(_day(first), _day(first) + (_day(last) - _day(first)) % 7 + 1)
            return daily(_time(start), _time(end), zone, frozenset(day % 7 for day in days))
        case [start_day, start, "-", end_day, end]:
            return weekly(_day(start_day), _time(start), _day(end_day), _time(end), zone)
        case _:
            raise ScheduleError(
                f"{text!r}: expected like '08:00-17:00', 'mon-fri 08:00-17:00' or 'sun 17:00 - fri 16:00'"
            )


def _time(text: str) -> datetime.time:
    try:
        return datetime.time.fromisoformat(text)
    except ValueError:
        raise ScheduleError(f"{text!r}: expected a time like 17:00 or 17:00:30") from None


def _day(text: str) -> int:
    if text not in _WEEK:
        raise ScheduleError(f"{text!r}: expected a weekday, one of {', '.join(_WEEK)}")
    return _WEEK.index(text)


def to_utc_ns(local: datetime.datetime, zone: datetime.tzinfo) -> int:
    """UTC ns of a local time without a zone: the first of two, the moment of the jump where there is none."""
    utc_s = _seconds(local) - _offset_s(local, zone, fold=0)
    after_s = _seconds(local) - _offset_s(local, zone, fold=1)
    if after_s >= utc_s:
        return utc_s * NS_PER_S
    # in a jump (PEP 495: fold 0 reads it with the offset before): the jump is the first second that has the offset after
    new_offset_s = _seconds(local) - after_s
    low_s, high_s = after_s, utc_s
    while low_s < high_s:
        middle_s = (low_s + high_s) // 2
        if _offset_at(middle_s, zone) == new_offset_s:
            high_s = middle_s
        else:
            low_s = middle_s + 1
    return low_s * NS_PER_S


def _seconds(time: datetime.datetime) -> int:
    since = time - _EPOCH
    return since.days * 86_400 + since.seconds


def _offset_s(local: datetime.datetime, zone: datetime.tzinfo, fold: int) -> int:
    offset = local.replace(tzinfo=zone, fold=fold).utcoffset()
    assert offset is not None, "a zone has an offset at every moment"
    return offset.days * 86_400 + offset.seconds


def _offset_at(utc_s: int, zone: datetime.tzinfo) -> int:
    moment = (_EPOCH + datetime.timedelta(seconds=utc_s)).replace(tzinfo=datetime.UTC).astimezone(zone)
    offset = moment.utcoffset()
    assert offset is not None, "a zone has an offset at every moment"
    return offset.days * 86_400 + offset.seconds
