"""When a FIX session is up, by a market's own time: what is written, and the zone as data.

A time zone's rules are a file of the machine, which two machines need not have alike. So whoever writes hours writes the zone's offsets with
them (`oms.local.session_hours`), and what follows at any moment follows from the record alone. Behind the last offset that one stays.
It does not know whose session it is.
"""

import datetime
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from oms.fix import schedule

UTC = "UTC"
"""The zone without offsets."""

NS_PER_S = 1_000_000_000
OFFSET_S_MAX = 86_400
"""An offset of UTC is less than a day."""

OFFSETS_MAX = 256
"""Two a year for a century, and more than any zone has in ours."""

_EPOCH = datetime.datetime(1970, 1, 1)

KEPT_MAX = 1_024
"""Of what is remembered: more than there are sessions and venues."""


@dataclass(frozen=True, slots=True)
class ZoneOffset:
    """From `from_s` on, UTC seconds, local time is UTC plus `offset_s` seconds."""

    from_s: int
    offset_s: int


@dataclass(frozen=True, slots=True)
class SessionHours:
    """`hours` as `oms.fix.schedule.parse` reads them, of `time_zone` (IANA name). `offsets`: of the zone, ascending; none: UTC.

    What is before the first is as behind it.
    """

    hours: str
    time_zone: str
    offsets: tuple[ZoneOffset, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """At one moment. `began_ns`: when the session of now, or the last one, began; UTC ns, 0: none did."""

    is_open: bool
    began_ns: int


def hours_problem(hours: SessionHours) -> str:
    """Why they make no schedule, empty where they do."""
    offsets = hours.offsets
    if not offsets and hours.time_zone != UTC:
        return f"the offsets of {hours.time_zone or 'no time zone'} are missing: a reference file has them written out"
    if len(offsets) > OFFSETS_MAX:
        return f"a zone has at most {OFFSETS_MAX} offsets"
    if any(a.from_s >= b.from_s for a, b in pairwise(offsets)):
        return "the offsets of a zone must ascend by their time"
    if any(abs(offset.offset_s) >= OFFSET_S_MAX for offset in offsets):
        return "an offset of UTC is less than a day"
    try:
        _schedule(hours)
    except schedule.ScheduleError as error:
        return str(error)
    return ""


def standing(hours: SessionHours, now_ns: int) -> Standing:
    """At a wall time; what makes no schedule is never open. Schedules have whole seconds, so one answer serves a second."""
    second = now_ns // NS_PER_S
    kept = _recent.get(id(hours))
    if kept is not None and kept[0] is hours and kept[1] == second:
        return kept[2]
    found = _standing(hours, second)
    if len(_recent) >= KEPT_MAX:
        _recent.clear()
    _recent[id(hours)] = hours, second, found
    return found


_recent: dict[int, tuple[SessionHours, int, Standing]] = {}
"""The newest answer for each record, by its identity: it is asked for thousands of times a second, and the hash of a zone takes long."""


def _standing(hours: SessionHours, second: int) -> Standing:
    if hours_problem(hours):
        return Standing(False, 0)
    found, now_ns = _schedule(hours), second * NS_PER_S
    return Standing(found.is_active(now_ns), found.session_start(now_ns))


@lru_cache(KEPT_MAX)
def _schedule(hours: SessionHours) -> schedule.Schedule:
    return schedule.parse(hours.hours, _Zone(hours) if hours.offsets else datetime.UTC)


class _Zone(datetime.tzinfo):
    """Of the offsets, as PEP 495 has it: where a local time is not there, or twice, `fold` 0 reads it with the offset before the change."""

    def __init__(self, hours: SessionHours) -> None:
        self._name = hours.time_zone
        self._offsets = [offset.offset_s for offset in hours.offsets]
        self._starts = [offset.from_s for offset in hours.offsets[1:]]
        around = tuple(zip(self._starts, self._offsets, self._offsets[1:], strict=False))
        self._walls = [start + max(before, after) for start, before, after in around]
        self._folded_walls = [start + min(before, after) for start, before, after in around]

    def utcoffset(self, local: datetime.datetime | None) -> datetime.timedelta:
        assert local is not None, "a moment has an offset, a zone by itself has none"
        walls = self._folded_walls if local.fold else self._walls
        return datetime.timedelta(seconds=self._offsets[bisect_right(walls, _seconds(local))])

    def fromutc(self, utc: datetime.datetime) -> datetime.datetime:
        place = bisect_right(self._starts, _seconds(utc))
        local = utc + datetime.timedelta(seconds=self._offsets[place])
        is_second = place > 0 and _seconds(local) < self._walls[place - 1]
        return local.replace(fold=int(is_second))

    def dst(self, local: datetime.datetime | None) -> None:
        """Which part of an offset is daylight saving is not known."""

    def tzname(self, local: datetime.datetime | None) -> str:
        return self._name


def _seconds(moment: datetime.datetime) -> int:
    since = moment.replace(tzinfo=None) - _EPOCH
    return since.days * 86_400 + since.seconds
