"""Hours as data mean what the machine's time zone database meant when they were written."""

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core.session_hours import OFFSETS_MAX, SessionHours, ZoneOffset, hours_problem, standing
from oms.fix import schedule
from oms.local.session_hours import FROM_YEAR, TO_YEAR, offsets_of

NS_PER_S = 1_000_000_000
ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "Africa/Casablanca",
    "America/Santiago",
)
TEXTS = (
    "07:00-21:00",
    "mon-fri 07:00-21:00",
    "mon-fri 17:00-16:00",
    "sun 17:00 - fri 16:00",
    "01:30-01:15",
    "00:00-00:00",
    "sun 02:00-02:30",
)


def second(year: int) -> int:
    return int(datetime.datetime(year, 1, 1, tzinfo=datetime.UTC).timestamp())


@given(st.sampled_from(ZONES), st.sampled_from(TEXTS), st.data())
def test_inv_593_hours_as_data_mean_what_the_zone_means(zone: str, text: str, data: st.DataObject) -> None:
    """INV-593: at any moment, those around a change of the clocks above all."""
    hours = SessionHours(text, zone, offsets_of(zone))
    assert not hours_problem(hours)
    changes = st.sampled_from([o.from_s for o in hours.offsets[1:]] or [second(2026)])
    near = st.builds(lambda at, shift: at + shift, changes, st.integers(-10_000, 10_000))
    moment_ns = data.draw(near | st.integers(second(FROM_YEAR + 1), second(TO_YEAR - 1))) * NS_PER_S
    expected = schedule.parse(text, zoneinfo.ZoneInfo(zone))
    found = standing(hours, moment_ns)
    assert (found.is_open, found.began_ns) == (expected.is_active(moment_ns), expected.session_start(moment_ns))


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        (SessionHours("7-21", "UTC"), "'7': expected a time"),
        (SessionHours("mon-fri", "UTC"), "'mon': expected a time"),
        (SessionHours("07:00-21:00", "Europe/London"), "offsets of Europe/London are missing"),
        (SessionHours("07:00-21:00", "X", (ZoneOffset(5, 0), ZoneOffset(5, 3_600))), "ascend"),
        (SessionHours("07:00-21:00", "X", (ZoneOffset(5, 86_400),)), "less than a day"),
        (SessionHours("07:00-21:00", "X", tuple(ZoneOffset(n, 0) for n in range(OFFSETS_MAX + 1))), "at most"),
    ],
)
def test_hours_that_make_no_schedule_are_told_why(hours: SessionHours, problem: str) -> None:
    assert problem in hours_problem(hours)
    assert not standing(hours, second(2026) * NS_PER_S).is_open, "what nobody can read is never open"


@given(st.text(max_size=30))
def test_no_text_of_hours_gets_past_the_check_and_fails_later(text: str) -> None:
    hours = SessionHours(text, "UTC")
    if not hours_problem(hours):
        standing(hours, second(2026) * NS_PER_S)


@given(st.lists(st.tuples(st.integers(), st.integers()), max_size=5), st.integers(0, 2**62))
def test_no_offsets_get_past_the_check_and_fail_later(offsets: list[tuple[int, int]], now_ns: int) -> None:
    hours = SessionHours("mon-fri 17:00-16:00", "X", tuple(ZoneOffset(*offset) for offset in offsets))
    if not hours_problem(hours):
        standing(hours, now_ns)
