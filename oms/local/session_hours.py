"""Hours of a FIX session as people write them: `mon-fri 07:00-21:00 Europe/London`; without a zone UTC.

The zone's offsets are written out from this machine's time zone data, so that whoever reads the record later reads what is meant now.
Where a government changes its clocks, load the file again.
"""

import datetime
import zoneinfo
from functools import lru_cache

from oms.core.session_hours import UTC, SessionHours, ZoneOffset, hours_problem
from oms.runtime.yaml_fields import Field

FROM_YEAR, TO_YEAR = 2020, 2060
"""Longer than any session's terms stay as they are; behind it the last offset stays."""


def session_hours(field: Field) -> SessionHours:
    """Raises `FileFault`."""
    hours, _, zone = field.text.strip().rpartition(" ")
    if not hours or zone[:1].isdigit():
        hours, zone = field.text.strip(), UTC
    try:
        found = SessionHours(hours, zone, offsets_of(zone))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise field.fault(f"{zone} is no time zone like Europe/London") from None
    problem = hours_problem(found)
    if problem:
        raise field.fault(f"{problem}: write them like 07:00-21:00 (UTC) or mon-fri 07:00-21:00 Europe/London")
    return found


@lru_cache(64)
def offsets_of(time_zone: str) -> tuple[ZoneOffset, ...]:
    """Those of an IANA zone, from `FROM_YEAR` to `TO_YEAR`; none of UTC. What `zoneinfo.ZoneInfo` raises where there is no such zone."""
    zone = zoneinfo.ZoneInfo(time_zone)
    if time_zone == UTC:
        return ()
    first, last = (_midnight(year) for year in (FROM_YEAR, TO_YEAR))
    found = [ZoneOffset(first, _offset(zone, first))]
    for day in range(first, last, 86_400):
        if _offset(zone, day + 86_400) != found[-1].offset_s:
            start = _change(zone, day, day + 86_400)
            found.append(ZoneOffset(start, _offset(zone, start)))
    return tuple(found)


def _change(zone: zoneinfo.ZoneInfo, before: int, after: int) -> int:
    """The first second that has the offset after; a zone does not change twice a day."""
    offset = _offset(zone, after)
    while before + 1 < after:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return after


def _midnight(year: int) -> int:
    return int(datetime.datetime(year, 1, 1, tzinfo=datetime.UTC).timestamp())


def _offset(zone: zoneinfo.ZoneInfo, utc_s: int) -> int:
    offset = datetime.datetime.fromtimestamp(utc_s, zone).utcoffset()
    assert offset is not None, "a zone has an offset at every moment"
    return offset.days * 86_400 + offset.seconds
