"""Session schedules on the days that are not like the others, and their text form."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from oms.fix.schedule import Schedule, ScheduleError, daily, parse, to_utc_ns, weekly

NEW_YORK = ZoneInfo("America/New_York")
HOUR_NS = 3_600_000_000_000


def utc_ns(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp()) * 1_000_000_000


def test_a_week_of_a_daily_session() -> None:
    schedule = parse("mon-fri 08:00-17:00", NEW_YORK)
    monday, friday_evening = utc_ns("2026-06-01T12:00:00"), utc_ns("2026-06-05T21:00:00")
    assert not schedule.is_active(monday - 1) and schedule.is_active(monday)
    assert schedule.session_start(monday) == monday
    assert schedule.next_change(monday) == monday + 9 * HOUR_NS
    assert schedule.is_active(friday_evening - 1) and not schedule.is_active(friday_evening)
    assert schedule.next_change(friday_evening) == utc_ns("2026-06-08T12:00:00")
    assert (
        schedule.session_start(friday_evening) == friday_evening - 9 * HOUR_NS
    )  # numbers are those of Friday until Monday


def test_a_weekly_session_over_the_weekend_of_a_jump() -> None:
    schedule = parse("sun 17:00 - fri 16:00", NEW_YORK)
    start = utc_ns("2026-03-01T22:00:00")
    assert schedule.session_start(start + 50 * HOUR_NS) == start
    assert schedule.next_change(start) == utc_ns("2026-03-06T21:00:00")
    assert schedule.next_change(schedule.next_change(start)) == utc_ns(
        "2026-03-08T21:00:00"
    )  # now an hour earlier in UTC


def test_a_whole_week_begins_anew_where_it_ends() -> None:
    schedule = weekly(6, datetime.time(17), 6, datetime.time(17), NEW_YORK)
    at = utc_ns("2026-06-07T21:00:00")
    assert schedule.is_active(at - 1) and schedule.is_active(at)
    assert not schedule.same_session(at - 1, at) and schedule.next_change(at - 1) == at


def test_a_session_of_24_hours_has_23_and_25_twice_a_year() -> None:
    schedule = parse("17:00-17:00", NEW_YORK)
    for day, hours in (("2026-03-07T22:30:00", 23), ("2026-10-31T21:30:00", 25), ("2026-06-01T21:30:00", 24)):
        start = schedule.session_start(utc_ns(day))
        assert schedule.next_change(start) - start == hours * HOUR_NS and schedule.is_active(start)


def test_a_time_that_happens_twice_is_its_first() -> None:
    schedule = parse("01:30-04:00", NEW_YORK)
    first = utc_ns("2026-11-01T05:30:00")
    assert schedule.session_start(first) == first and schedule.is_active(first + HOUR_NS)
    assert schedule.session_start(first + HOUR_NS) == first  # 01:30 again, and nothing begins


def test_a_time_that_does_not_happen_is_the_jump() -> None:
    jump = utc_ns("2026-03-08T07:00:00")
    assert to_utc_ns(datetime.datetime(2026, 3, 8, 2, 30), NEW_YORK) == jump
    assert parse("02:30-09:00", NEW_YORK).session_start(jump) == jump
    inside = parse("02:10-02:50", NEW_YORK)  # not there that day
    assert not inside.is_active(jump) and inside.session_start(jump) == utc_ns("2026-03-07T07:10:00")


def test_a_day_that_a_country_skipped() -> None:
    schedule = parse("09:00-17:00", ZoneInfo("Pacific/Apia"))  # 30 December 2011 did not happen
    before = utc_ns("2011-12-29T19:00:00")  # 09:00 of the 29th
    assert schedule.is_active(before)
    assert schedule.next_change(schedule.next_change(before)) == utc_ns("2011-12-30T19:00:00")  # of the 31st


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("8:00-17:00", None),
        ("mon-fri", None),
        ("mon-fry 08:00-17:00", None),
        ("sun 17:00 - fri", None),
        ("", None),
        ("08:00-25:00", None),
        ("Mon-Fri 08:00-17:00", daily(datetime.time(8), datetime.time(17), NEW_YORK, frozenset(range(5)))),
        ("sat-mon 22:00-21:59:30", daily(datetime.time(22), datetime.time(21, 59, 30), NEW_YORK, frozenset((5, 6, 0)))),
        ("wed 08:00 - 17:00", daily(datetime.time(8), datetime.time(17), NEW_YORK, frozenset((2,)))),
        ("sun 17:00-fri 16:00", weekly(6, datetime.time(17), 4, datetime.time(16), NEW_YORK)),
        ("fri 08:00-fri 17:00", weekly(4, datetime.time(8), 4, datetime.time(17), NEW_YORK)),
    ],
)
def test_the_text_of_a_setting(text: str, same: Schedule | None) -> None:
    if same is None:
        with pytest.raises(ScheduleError, match="expected"):
            parse(text, NEW_YORK)
    else:
        assert parse(text, NEW_YORK) == same


def test_what_makes_no_schedule() -> None:
    for start, weekdays in (
        (datetime.time(8, tzinfo=NEW_YORK), {1}),
        (datetime.time(8, 0, 0, 1), {1}),
        (datetime.time(8), ()),
    ):
        with pytest.raises(ScheduleError):
            daily(start, datetime.time(9), NEW_YORK, frozenset(weekdays))
    with pytest.raises(ScheduleError):
        daily(datetime.time(8), datetime.time(9), NEW_YORK, frozenset((7,)))
    with pytest.raises(ScheduleError):
        weekly(1, datetime.time(8), 9, datetime.time(9), NEW_YORK)
