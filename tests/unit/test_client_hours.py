"""Hours of clients' sessions with days and zones: open by local time, summer time kept, numbers anew with each window."""

from datetime import UTC, datetime

import pytest
from client_path import connected

from oms.core.reference import Reference
from oms.gateway.client_sessions.terms import day_began_ns, is_open, session_errors
from oms.testing.client_world import Client, fix_session

LONDON = {"schedule": "mon-fri 07:00-21:00", "time_zone": "Europe/London"}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2025-01-06 06:59:59", False), ("2025-01-06 07:00:00", True), ("2025-01-06 20:59:59", True), ("2025-01-06 21:00:00", False),
        ("2025-07-07 05:59:59", False), ("2025-07-07 06:00:00", True), ("2025-07-07 20:00:00", False),  # an hour before, in summer
        ("2025-01-04 12:00:00", False), ("2025-01-05 12:00:00", False),  # Saturday, Sunday
    ],
)  # fmt: skip
def test_open_by_local_time(moment: str, opened: bool) -> None:
    assert is_open(fix_session(**LONDON), at(moment)) is opened


def test_the_numbers_of_a_week_begin_on_its_first_day() -> None:
    weekly = fix_session(schedule="sun 17:00 - fri 16:00", time_zone="America/New_York")
    began = {day_began_ns(weekly, at(f"2025-01-{day:02} 12:00:00")) for day in (6, 7, 8, 9, 10)}
    assert began == {at("2025-01-05 22:00:00")}
    assert day_began_ns(weekly, at("2025-01-13 12:00:00")) == at("2025-01-12 22:00:00")


@pytest.mark.parametrize(
    "terms", [{"schedule": "sometimes"}, {**LONDON, "time_zone": "Europe/Nowhere"}, {"time_zone": "UTC"}]
)
def test_what_nobody_can_read_is_refused_and_never_open(terms: dict[str, str]) -> None:
    session = fix_session(**terms)
    assert {"schedule", "time_zone"} & {error.field for error in session_errors(session, Reference())}
    if session.schedule:
        assert not is_open(session, at("2025-01-06 12:00:00"))


def test_a_session_is_logged_out_when_its_window_ends_and_begins_anew_with_the_next() -> None:
    world, (client,) = connected(fix_session(schedule="mon-fri 07:00-15:00:10", time_zone="UTC", resets_daily=True))
    world.run(60, 250_000_000)
    assert client.heard[-1].msg_type == "5" and "closed at this time" in client.heard[-1].text(58)
    late = Client(world, client.terms)
    late.fix.state = client.fix.state
    world.clients[:] = [late]
    late.connect()
    world.run(20)
    assert "OUTSIDE_SCHEDULE" in late.heard[-1].text(58)
