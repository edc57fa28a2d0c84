"""When a trade with a counterparty is settled: at the end of the n-th business day after its day, and not a moment before."""

from dataclasses import replace

import pytest
from risk_catalogue_world import CLEARER, rich
from risk_world import DOLLAR

from oms.core.dates import day_number
from oms.core.reference import Calendar, Interval
from oms.core.risk.settlement import is_weekday, unsettled_value
from oms.core.risk.state import DAY_NS

OWED = 100 * DOLLAR
MONDAY = 4
"""The fifth of January 1970, counted from the first, a Thursday."""


def owed(
    *, trade_day: int, today: int, days: int, calendar: Calendar | None = None, active: tuple[int, ...] = ()
) -> int:
    """What is not settled at the first moment of `today`, and at the last of the day before it the same or more."""
    clearer = replace(CLEARER, settlement_days=days, calendar_id=calendar.calendar_id if calendar is not None else "")
    w = rich(clearer, *([calendar] if calendar is not None else []))
    w.state.days = active
    w.state.unsettled["CL", "USD"] = {trade_day: OWED}
    now = unsettled_value(w.state, "CL", "USD", today * DAY_NS)
    assert now <= unsettled_value(w.state, "CL", "USD", today * DAY_NS - 1)
    return now


def week(*dates: int) -> Calendar:
    return Calendar("market", False, tuple(Interval(n * DAY_NS, n * DAY_NS + 1, date) for n, date in enumerate(dates)))


BUSINESS = week(19700105, 19700106, 19700107, 19700109, 19700112, 19700113)
"""Monday to Wednesday, no Thursday, Friday; Monday, Tuesday."""


@pytest.mark.parametrize(
    ("days", "trade_day", "first_free_day"),
    [
        (0, MONDAY, MONDAY + 1),
        (1, MONDAY, MONDAY + 2),
        (2, MONDAY, MONDAY + 3),  # Tuesday, Wednesday: free from Thursday on
        (2, MONDAY + 1, MONDAY + 5),  # Wednesday, Friday: Thursday is a holiday
        (2, MONDAY + 4, MONDAY + 9),  # over the weekend: Monday, Tuesday
        (1, MONDAY + 5, MONDAY + 8),  # traded on a Saturday: Monday
    ],
)
def test_inv_526_a_trade_is_owed_until_its_settlement_day_is_over(
    days: int, trade_day: int, first_free_day: int
) -> None:
    for today in range(trade_day, first_free_day):
        assert owed(trade_day=trade_day, today=today, days=days, calendar=BUSINESS) == OWED, today
    assert owed(trade_day=trade_day, today=first_free_day, days=days, calendar=BUSINESS) == 0


def test_inv_526_a_calendar_that_ends_settles_nothing_after_its_end_and_one_that_is_gone_nothing() -> None:
    assert owed(trade_day=MONDAY + 8, today=MONDAY + 400, days=2, calendar=BUSINESS) == OWED
    w = rich(replace(CLEARER, calendar_id="gone"))
    w.state.unsettled["CL", "USD"] = {0: OWED}
    assert unsettled_value(w.state, "CL", "USD", 400 * DAY_NS) == OWED
    assert unsettled_value(w.state, "nobody", "USD", 400 * DAY_NS) == 0
    w.state.unsettled["nobody", "USD"] = {0: OWED}
    assert unsettled_value(w.state, "nobody", "USD", 400 * DAY_NS) == OWED


def test_inv_526_where_it_is_always_open_every_day_counts() -> None:
    always = Calendar("always", True, ())
    assert owed(trade_day=MONDAY + 4, today=MONDAY + 6, days=2, calendar=always) == OWED
    assert owed(trade_day=MONDAY + 4, today=MONDAY + 7, days=2, calendar=always) == 0


def test_inv_526_without_a_calendar_weekdays_count_on_which_orders_came() -> None:
    every_day = tuple(range(MONDAY, MONDAY + 10))
    assert owed(trade_day=MONDAY + 4, today=MONDAY + 8, days=2, active=every_day) == OWED
    assert owed(trade_day=MONDAY + 4, today=MONDAY + 9, days=2, active=every_day) == 0
    quiet = (MONDAY, MONDAY + 2)
    assert owed(trade_day=MONDAY, today=MONDAY + 9, days=2, active=quiet) == OWED, "one day of orders since"


def test_days_are_numbered_as_the_clock_counts_them() -> None:
    assert day_number(19700105) == MONDAY and is_weekday(MONDAY) and not is_weekday(MONDAY - 1)
    assert day_number(0) is None and day_number(20250231) is None
