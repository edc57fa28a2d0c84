"""Cost and results of one holding: exact figures by hand, long and short, and a recount in fractions."""

from dataclasses import astuple
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core.risk.ledger import Ledger, correct, count, exchange, new_day, trade


@pytest.mark.parametrize(
    ("trades", "qty", "cost", "realised"),
    [
        ([(1, 100)], 1, 100, 0),
        ([(-1, 100)], -1, -100, 0),
        ([(1, 100), (-1, 103)], 0, 0, 3),
        ([(-1, 100), (1, 103)], 0, 0, -3),
        ([(2, 100), (2, 110)], 4, 420, 0),
        ([(2, 100), (2, 110), (-1, 110)], 3, 315, 5),
        ([(-2, 100), (-2, 110), (1, 100)], -3, -315, 5),
        ([(3, 100), (-5, 90)], -2, -180, -30),  # through nothing: three are closed, two are sold short
        ([(-3, 100), (5, 90)], 2, 180, 30),
        (
            [(1, 100), (2, 101), (-1, 100)],
            2,
            201,
            -1,
        ),  # an average of 100.67 costs 101 where one is closed: never too much is won
        ([(-1, 100), (-2, 101), (1, 100)], -2, -202, 0),  # and so of a short one: it brought 100
        ([(2, 100), (0, 50)], 2, 200, 0),
    ],
)
def test_what_closes_is_realised_at_its_average_cost(
    trades: list[tuple[int, int]], qty: int, cost: int, realised: int
) -> None:
    ledger = Ledger()
    for signed_qty, price in trades:
        trade(ledger, signed_qty, price)
    assert (ledger.qty, ledger.cost, ledger.realised) == (qty, cost, realised)
    assert ledger.mark_px == trades[-1][1]


def test_a_new_ledger_has_nothing() -> None:
    assert astuple(Ledger()) == (0,) * 10


def test_what_is_bought_and_sold_is_counted_by_side_for_ever_and_for_the_day() -> None:
    ledger = Ledger()
    trade(ledger, 2, 10)
    trade(ledger, 1, 10)
    trade(ledger, -1, 10)
    trade(ledger, -1, 10)
    assert (ledger.bought, ledger.sold, ledger.day_bought, ledger.day_sold) == (30, 20, 30, 20)
    new_day(ledger, 1)
    assert (ledger.bought, ledger.sold, ledger.day_bought, ledger.day_sold) == (30, 20, 0, 0)
    assert ledger.before_traded == 50


@pytest.mark.parametrize("sign", [1, -1])
def test_a_correction_of_yesterdays_trade_takes_no_more_from_the_day_than_it_has(sign: int) -> None:
    ledger = Ledger()
    count(ledger, sign, 30)
    count(ledger, sign, -29)
    day, ever = (ledger.day_bought, ledger.bought) if sign > 0 else (ledger.day_sold, ledger.sold)
    assert (day, ever) == (1, 1)
    new_day(ledger, 0)
    count(ledger, sign, -5)
    day, ever = (ledger.day_bought, ledger.bought) if sign > 0 else (ledger.day_sold, ledger.sold)
    assert (day, ever) == (0, -4)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_corrected_trade_is_as_if_the_new_one_had_been_alone(sign: int) -> None:
    ledger, alone = Ledger(), Ledger()
    trade(ledger, sign * 3, 100)
    correct(ledger, sign, (3, 100), (2, 105))
    trade(alone, sign * 2, 105)
    alone.mark_px = ledger.mark_px
    assert ledger == alone


def test_a_day_begins_with_what_is_held_at_its_mark() -> None:
    ledger = Ledger()
    trade(ledger, 2, 100)
    trade(ledger, -1, 107)
    new_day(ledger, 5)
    assert (ledger.qty, ledger.cost, ledger.realised, ledger.mark_px) == (5, 535, 0, 107)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 9)), max_size=12))
def test_the_result_is_within_a_unit_for_each_trade_of_that_in_fractions_and_never_more(
    trades: list[tuple[int, int]],
) -> None:
    ledger, held, cost, realised = Ledger(), 0, Fraction(0), Fraction(0)
    for signed_qty, price in trades:
        exchange(ledger, signed_qty, price)
        if held * signed_qty < 0:
            closed = min(abs(held), abs(signed_qty)) * (1 if held > 0 else -1)
            part = cost * closed / held
            realised, cost = realised + closed * price - part, cost - part
            cost += (signed_qty + closed) * price
        else:
            cost += signed_qty * price
        held += signed_qty
        assert ledger.qty == held
        assert abs(ledger.realised - realised) <= len(trades) and abs(ledger.cost - cost) <= len(trades)
        assert held or not ledger.cost
