"""Around midnight UTC: figures of models are of the day before until new ones come, and what was traded then still counts with them."""

from dataclasses import replace

import pytest
from risk_catalogue_world import FACTORS, FIRST_ID, holder_factors, limit_of, outcome, rich
from risk_world import DOLLAR, NEW, NOW, World, fill

from oms.core.enums import LimitKind, LimitScope, OrdStatus
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Calendar, Entity, Limit
from oms.core.risk.book import Book
from oms.core.risk.state import DAY_NS

MINUTE_NS = 60 * 10**9
VALUE_AT_RISK = LimitKind.VALUE_AT_RISK
YESTERDAY = (1_000 + 500 + 300) * DOLLAR
"""The model's figure; 5 % of the 10,000 that were traded since it was made; the order at its own 3 %."""
TODAY = YESTERDAY - 500 * DOLLAR


def at(w: World, tape_ns: int) -> None:
    w.conditions = replace(w.conditions, tape_ns=tape_ns)
    w.quote(10_000, 10_010, tape_ns)


def published(as_of_ns: int) -> tuple[Entity, ...]:
    return replace(FACTORS, as_of_ns=as_of_ns), replace(holder_factors(LimitScope.FIRM), as_of_ns=as_of_ns)


def before_midnight(value: int) -> World:
    """100 bought at 100.00 a minute before midnight, after the model's last figures."""
    age = Limit("factors_age", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(5 * MINUTE_NS))
    w = rich(Calendar("nyse", True, ()), limit_of(VALUE_AT_RISK, LimitScope.FIRM, value), age)
    w.state.days = (0,)  # the first day of 1970 is one as any other here
    at(w, DAY_NS - MINUTE_NS)
    w.load(*published(DAY_NS - 2 * MINUTE_NS))
    assert outcome(w, replace(NEW, cl_ord_id="held")) is None
    w.route(fill("x1", 100, FIRST_ID, OrdStatus.FILLED))
    return w


@pytest.mark.parametrize("tape_ns", [DAY_NS - 1, DAY_NS, DAY_NS + MINUTE_NS])
@pytest.mark.parametrize("begun", [False, True])
def test_inv_527_figures_from_before_midnight_count_what_was_traded_before_it(tape_ns: int, begun: bool) -> None:
    for value, reason in ((YESTERDAY, None), (YESTERDAY - 1, Reason.VALUE_AT_RISK_LIMIT)):
        w = before_midnight(value)
        at(w, tape_ns)
        if begun:  # another order has begun the day
            assert outcome(w, replace(NEW, cl_ord_id="odd", order_qty=11)) is Reason.QTY_NOT_IN_LOTS
            assert w.state.day == tape_ns // DAY_NS
        assert outcome(w, NEW) is reason
        firm = (LimitScope.FIRM, "", "USD")
        assert w.state.book().money[firm] == Book.of(w.state).money[firm], "the same when the sums are made again"


@pytest.mark.parametrize("begun", [False, True])
def test_inv_527_figures_of_the_new_day_have_it_in_their_portfolio(begun: bool) -> None:
    for value, reason in ((TODAY, None), (TODAY - 1, Reason.VALUE_AT_RISK_LIMIT)):
        w = before_midnight(YESTERDAY)
        w.load(limit_of(VALUE_AT_RISK, LimitScope.FIRM, value), *published(DAY_NS + MINUTE_NS))
        at(w, DAY_NS + MINUTE_NS)
        if begun:
            assert outcome(w, replace(NEW, cl_ord_id="odd", order_qty=11)) is Reason.QTY_NOT_IN_LOTS
        assert outcome(w, NEW) is reason


def test_inv_527_figures_older_than_what_is_remembered_refuse() -> None:
    w = before_midnight(10**6 * DOLLAR)
    w.load(Limit("factors_age", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(9 * DAY_NS)))
    for day in (1, 2):
        at(w, day * DAY_NS + MINUTE_NS)
        expected = None if day == 1 else Reason.EVALUATION_ERROR
        outcome(w, replace(NEW, cl_ord_id=f"odd{day}", order_qty=11))
        assert outcome(w, replace(NEW, cl_ord_id=f"o{day}", good_until_ns=NOW + DAY_NS)) is expected


def test_inv_527_figures_of_the_day_before_are_remembered_with_what_was_traded_then() -> None:
    """However many days were before it: the last two count."""
    for value, reason in ((YESTERDAY, None), (YESTERDAY - 1, Reason.VALUE_AT_RISK_LIMIT)):
        w = before_midnight(value)
        w.state.days = (-2, -1, *w.state.days)
        at(w, DAY_NS + MINUTE_NS)
        assert outcome(w, replace(NEW, cl_ord_id="odd", order_qty=11)) is Reason.QTY_NOT_IN_LOTS
        assert w.state.days == (-2, -1, 0, 1)
        assert outcome(w, NEW) is reason


@pytest.mark.parametrize(("of_day", "refused"), [(0, False), (-1, True), (-2, True)])
def test_inv_527_the_day_before_is_the_last_that_figures_may_be_of(of_day: int, refused: bool) -> None:
    w = before_midnight(10**9 * DOLLAR)
    w.state.days = (-1, *w.state.days)
    w.load(Limit("factors_age", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(9 * DAY_NS)))
    at(w, DAY_NS + MINUTE_NS)
    w.load(*published(of_day * DAY_NS + MINUTE_NS))
    assert outcome(w, replace(NEW, cl_ord_id="odd", order_qty=11)) is Reason.QTY_NOT_IN_LOTS
    assert w.state.days == (-1, 0, 1)
    assert outcome(w, NEW) is (Reason.EVALUATION_ERROR if refused else None)
