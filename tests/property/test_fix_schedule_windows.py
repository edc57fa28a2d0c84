"""INV-370: session schedules against a clock on a wall.

The judge knows no offsets and no windows. It looks at the wall every minute and remembers the latest time it ever showed: a clock that is
set back shows nothing new, one that is set forward shows everything between at once. A window is open from when that time reaches its start
until it reaches its end.
"""

import datetime
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oms.fix.schedule import Schedule, to_utc_ns

MINUTE_NS = 60_000_000_000
ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "UTC",
    "Africa/Casablanca",
)
SET_BACK_MAX = datetime.timedelta(hours=3)
JUMPS = tuple(
    int(datetime.datetime.fromisoformat(text + "+00:00").timestamp()) // 60
    for text in (
        *(
            "2026-03-08T07:00",
            "2026-11-01T06:00",
            "2026-03-29T01:00",
            "2026-10-25T01:00",
            "2017-10-15T03:00",
            "2018-02-18T02:00",
        ),
        *("2026-04-04T15:00", "2026-10-03T15:30", "2026-02-15T02:00", "2026-03-22T02:00"),
    )
)
"""Minutes at which some of these clocks are set: half of the moments are within two days of one."""

minutes = st.one_of(
    st.integers(946_684_800 // 60, 2_145_916_800 // 60),
    st.builds(int.__add__, st.sampled_from(JUMPS), st.integers(-2 * 1440, 2 * 1440)),
)
times = st.builds(datetime.time, st.sampled_from((0, 1, 2, 3, 17, 23)), st.sampled_from((0, 1, 29, 30, 59)))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    zone, start, end = ZoneInfo(draw(st.sampled_from(ZONES))), draw(times), draw(times)
    if draw(st.booleans()):
        weekdays = frozenset(draw(st.sets(st.integers(0, 6), min_size=1)))
        return Schedule(start, end, zone, weekdays, int(end <= start))
    day = frozenset((draw(st.integers(0, 6)),))
    return Schedule(start, end, zone, day, draw(st.integers(int(end <= start), 6 if end > start else 7)))


@cache
def wall(minute: int, zone: ZoneInfo) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(minute * 60, zone).replace(tzinfo=None)


def latest_shown(minute: int, zone: ZoneInfo) -> datetime.datetime:
    back = int(SET_BACK_MAX.total_seconds()) // 60
    return max(wall(earlier, zone) for earlier in range(minute - back, minute + 1))


def judged(schedule: Schedule, minute: int) -> bool:
    assert isinstance(schedule.zone, ZoneInfo)
    shown = latest_shown(minute, schedule.zone)
    for back in range(9):
        date = shown.date() - datetime.timedelta(days=back)
        opens = datetime.datetime.combine(date, schedule.start)
        closes = datetime.datetime.combine(date + datetime.timedelta(days=schedule.days), schedule.end)
        if date.weekday() in schedule.weekdays and opens <= shown < closes:
            return True
    return False


@settings(max_examples=400, deadline=None)
@given(schedules(), minutes)
def test_it_is_active_when_the_clock_on_the_wall_says_so(schedule: Schedule, minute: int) -> None:
    assert schedule.is_active(minute * MINUTE_NS) is judged(schedule, minute)
    assert schedule.is_active(minute * MINUTE_NS + MINUTE_NS - 1) is judged(schedule, minute)


@settings(max_examples=400, deadline=None)
@given(schedules(), minutes, st.integers(0, 10**6))
def test_nothing_changes_before_the_next_change(schedule: Schedule, minute: int, part: int) -> None:
    now_ns = minute * MINUTE_NS + 7
    change_ns = schedule.next_change(now_ns)
    assert change_ns > now_ns
    between_ns = now_ns + (change_ns - 1 - now_ns) * part // 10**6
    for same_ns in (between_ns, change_ns - 1):
        assert schedule.is_active(same_ns) is schedule.is_active(now_ns)
        assert schedule.same_session(same_ns, now_ns)
    changed = schedule.is_active(change_ns) is not schedule.is_active(now_ns)
    assert changed or not schedule.same_session(change_ns, now_ns)


@settings(max_examples=400, deadline=None)
@given(schedules(), minutes)
def test_a_session_begins_when_it_is_said_to(schedule: Schedule, minute: int) -> None:
    now_ns = minute * MINUTE_NS
    start_ns = schedule.session_start(now_ns)
    assume(start_ns)
    assert start_ns <= now_ns and schedule.is_active(start_ns) and schedule.session_start(start_ns) == start_ns
    assert not schedule.same_session(start_ns - 1, start_ns)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ZONES), minutes, st.integers(0, 7200))
def test_local_order_is_kept(zone: str, minute: int, later: int) -> None:
    first = wall(minute, ZoneInfo(zone))
    second = first + datetime.timedelta(seconds=later)
    assert to_utc_ns(first, ZoneInfo(zone)) <= to_utc_ns(second, ZoneInfo(zone))
