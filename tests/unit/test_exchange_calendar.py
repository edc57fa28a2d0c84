"""Calendars of `exchange_calendars` as ours: dates, early closes, breaks, auctions; and what is refused. Loaded into a real gateway."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_service import System

from oms.cli.exchange_calendar import CalendarError, Calls, exchange_calendar, extended
from oms.cli.main import run_command_line
from oms.core.enums import TimeInForce
from oms.core.instructions import Instructions
from oms.core.reference import Calendar, Interval
from oms.core.sessions import TradingPhase, day_of, expires_at, phase_at

pytest.importorskip("exchange_calendars", reason="the extra `calendars` is not installed (requirements-calendars.lock)")

MIN = 60 * 10**9


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def ns(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text).timestamp()) * 10**9


def test_holidays_are_absent_and_early_closes_early() -> None:
    found = exchange_calendar("XNYS", day("2025-11-26"), day("2025-12-01"))
    assert found == Calendar(
        "XNYS",
        False,
        (
            Interval(ns("2025-11-26T09:30-05:00"), ns("2025-11-26T16:00-05:00"), 20251126),
            Interval(ns("2025-11-28T09:30-05:00"), ns("2025-11-28T13:00-05:00"), 20251128),
            Interval(ns("2025-12-01T09:30-05:00"), ns("2025-12-01T16:00-05:00"), 20251201),
        ),
        "America/New_York",
    )


def test_a_lunch_break_is_between_two_intervals_of_one_day() -> None:
    found = exchange_calendar("XHKG", day("2025-12-23"), day("2025-12-24"))
    assert [(i.open_ns, i.close_ns, i.trading_date) for i in found.intervals] == [
        (ns("2025-12-23T09:30+08:00"), ns("2025-12-23T12:00+08:00"), 20251223),
        (ns("2025-12-23T13:00+08:00"), ns("2025-12-23T16:00+08:00"), 20251223),
        (ns("2025-12-24T09:30+08:00"), ns("2025-12-24T12:00+08:00"), 20251224),
    ]
    whole = day_of(found, 20251223)
    assert whole is not None and whole.close_ns == ns("2025-12-23T16:00+08:00")


def test_a_session_that_begins_the_evening_before_has_the_date_of_its_market() -> None:
    found = exchange_calendar("CMES", day("2025-12-23"), day("2025-12-23"))
    assert [(i.open_ns, i.trading_date) for i in found.intervals] == [(ns("2025-12-22T17:00-06:00"), 20251223)]


def test_the_clock_of_summer_and_winter_is_the_markets() -> None:
    found = exchange_calendar("XNYS", day("2025-03-07"), day("2025-03-10"))
    assert [i.open_ns for i in found.intervals] == [ns("2025-03-07T14:30+00:00"), ns("2025-03-10T13:30+00:00")]


def test_a_market_around_the_clock_has_days_and_no_close() -> None:
    found = exchange_calendar("24/7", day("2025-12-24"), day("2025-12-26"))
    assert found.always_open and found.calendar_id == "24-7"
    assert [i.close_ns for i in found.intervals[:-1]] == [i.open_ns for i in found.intervals[1:]]


def test_calls_of_auctions_belong_to_the_ends_of_the_day() -> None:
    found = exchange_calendar("XHKG", day("2025-12-23"), day("2025-12-23"), calls=Calls(30 * MIN, 10 * MIN))
    morning, afternoon = found.intervals
    assert (morning.opening_auction_ns, morning.closing_auction_ns) == (morning.open_ns - 30 * MIN, 0)
    assert (afternoon.opening_auction_ns, afternoon.closing_auction_ns) == (0, afternoon.close_ns - 10 * MIN)
    assert phase_at(found, morning.open_ns - 1) is TradingPhase.OPENING_AUCTION
    assert phase_at(found, afternoon.close_ns - 1) is TradingPhase.CLOSING_AUCTION


def test_rule_23_expire_date_on_a_real_holiday_is_the_early_close_or_day_before() -> None:
    found = exchange_calendar("XNYS", day("2025-11-24"), day("2025-12-05"))
    accepted = ns("2025-11-24T12:00-05:00")
    for date, last in ((20251127, "2025-11-26T16:00-05:00"), (20251130, "2025-11-28T13:00-05:00")):
        assert expires_at(TimeInForce.GTD, Instructions(expire_date=date), accepted, found) == ns(last)


def test_an_extension_keeps_the_days_that_orders_are_in() -> None:
    now = exchange_calendar("XNYS", day("2025-12-01"), day("2025-12-03"))
    more = exchange_calendar("XNYS", day("2025-12-03"), day("2025-12-05"))
    both = extended(now, more)
    assert [i.trading_date for i in both.intervals] == [20251201, 20251202, 20251203, 20251204, 20251205]
    assert extended(None, more) == more


@pytest.mark.parametrize(
    ("exchange", "first", "last", "says"),
    [
        ("NOPE", "2025-01-01", "2025-02-01", "no exchange that exchange_calendars knows"),
        ("XNYS", "2025-01-04", "2025-01-05", "no session"),
        ("XNYS", "2025-02-01", "2025-01-01", "must be in order"),
        ("XNYS", "1900-01-01", "2025-01-01", "at most"),
        ("XHKG", "1950-01-02", "1960-01-02", "XHKG from"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(exchange: str, first: str, last: str, says: str) -> None:
    with pytest.raises(CalendarError, match=says) as refused:
        exchange_calendar(exchange, day(first), day(last))
    assert "\n" not in str(refused.value)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    found = System(tmp_path)
    found.start()
    yield found
    found.stop()


def test_oms_reference_calendars_loads_and_extends(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def oms(*arguments: str) -> tuple[int, str, str]:
        code = run_command_line([*arguments, "--data", str(tmp_path)])
        return (code, *capsys.readouterr())

    load = ("reference", "calendars", "--exchange", "XNYS", "--json")
    code, out, err = oms(*load, "--from", "2025-12-01", "--to", "2025-12-03", "--closing-call", "10m")
    assert (code, err) == (0, "") and json.loads(out)["added"] == ["calendar XNYS"]
    code, out, _ = oms(*load, "--from", "2025-12-04", "--to", "2025-12-05")
    assert code == 0 and json.loads(out)["changed"] == ["calendar XNYS"]
    code, out, _ = oms("reference", "show", "calendar", "XNYS", "--json")
    terms = json.loads(out)["terms"]
    assert terms["time_zone"] == "America/New_York"
    assert sum(1 for name in terms if name.endswith("trading_date")) == 5
    assert oms(*load, "--from", "soon", "--to", "2025-12-05")[0] == 2
    code, _, err = oms(*load, "--from", "2025-12-06", "--to", "2025-12-07")
    assert code == 1 and "no session" in err and err.count("\n") == 1
