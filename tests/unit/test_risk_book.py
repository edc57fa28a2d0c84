"""What one holding and one order put into the sums: every field of `Money`, worked out by hand, with both signs."""

from dataclasses import replace

import pytest
from risk_catalogue_world import rich
from risk_world import ACCOUNT, DOLLAR, IBM, NEW, ORDER_ID, World, fill, opening, world

from oms.core.enums import AssetClass, ExecType, LimitScope, OrdStatus, Side
from oms.core.risk.book import Book, Cell, Holding, Money, worst_worth
from oms.core.risk.ledger import Ledger
from oms.core.risk_events import OrderAccepted
from oms.core.routing_events import ParentChanged

CENT = DOLLAR // 100
"""What one of a quantity is worth at a price of one."""
PAIR = replace(IBM, instrument_id="EURUSD", asset_class=AssetClass.FX_SPOT, base_currency="EUR")
OWNERS = ((LimitScope.FIRM, ""), (LimitScope.DESK, "alpha"), (LimitScope.ACCOUNT, "A1"))


def sums(w: World, currency: str = "USD") -> Money:
    """The account's, which the desk and the firm have too: nobody else holds anything. Sums made anew are the same."""
    book, anew = w.state.book(), Book.of(w.state)
    nothing = Money()
    found = {scope: book.money.get((scope, scope_id, currency), nothing) for scope, scope_id in OWNERS}
    assert found == {scope: anew.money.get((scope, scope_id, currency), nothing) for scope, scope_id in OWNERS}
    assert found[LimitScope.FIRM] == found[LimitScope.DESK] == found[LimitScope.ACCOUNT]
    return found[LimitScope.ACCOUNT]


def with_ledger(qty: int, ledger: Ledger, instrument_id: str = "IBM") -> World:
    w = world(PAIR, opening(ACCOUNT, instrument_id, qty))
    w.state.ledgers["A1", instrument_id] = ledger
    w.state.book_memo = None
    return w


def test_a_money_and_a_cell_begin_with_nothing() -> None:
    assert Cell() == Cell(0, 0, 0) and Money() == Money(*(0,) * 18)
    assert Holding() == Holding(0, 0, (), "", 0, 0, (0,) * 15, 0, 0, (0,) * 4)


@pytest.mark.parametrize("qty", [5, -5, 1, -1])
def test_what_is_held_without_a_price_is_unpriced(qty: int) -> None:
    assert sums(world(opening(ACCOUNT, "IBM", qty))) == Money(unpriced=1)
    assert sums(world(opening(ACCOUNT, "IBM", 0))) == Money()
    assert sums(world(opening(ACCOUNT, "NONE", qty)), "") == Money(unpriced=1)
    assert sums(with_ledger(qty, Ledger())) == Money(unpriced=1)


@pytest.mark.parametrize(
    ("qty", "value_px", "net"), [(3, 7, 21), (-3, 7, -21), (3, -7, -21), (-3, -7, 21), (0, -7, 0), (1, 1, 1)]
)
def test_what_is_held_is_worth_its_value_price(qty: int, value_px: int, net: int) -> None:
    assert sums(with_ledger(qty, Ledger(mark_px=1, value_px=value_px))) == Money(gross=abs(net) * CENT, net=net * CENT)


def test_every_figure_of_a_ledger_goes_where_it_belongs() -> None:
    ledger = Ledger(
        mark_px=11,
        value_px=7,
        cost=20,
        realised=-3,
        bought=50,
        sold=13,
        day_bought=17,
        day_sold=19,
        qty=2,
        before_traded=23,
    )
    assert sums(with_ledger(3, ledger)) == Money(
        gross=21 * CENT,
        net=21 * CENT,
        spent=(50 - 13) * CENT,
        turnover=(17 + 19) * CENT,
        realised=-3 * CENT,
        unrealised=(2 * 11 - 20) * CENT,
        turnover_before=23 * CENT,
    )


def test_of_scales_that_are_too_fine_what_is_won_is_rounded_down_and_what_is_used_up() -> None:
    third = replace(IBM, multiplier_ppm=1)
    w = with_ledger(0, Ledger(mark_px=1, realised=1, bought=1, sold=1, day_bought=1, before_traded=1))
    w.load(replace(third, price_scale=18, qty_scale=0))
    w.state.book_memo = None
    assert sums(w) == Money(spent=1, turnover=1, turnover_before=1)
    w.state.ledgers["A1", "IBM"] = Ledger(mark_px=1, realised=-1, cost=1)
    w.state.book_memo = None
    assert sums(w) == Money(realised=-1, unrealised=-1)


@pytest.mark.parametrize("qty", [3, -3])
def test_a_pair_is_long_of_one_currency_and_short_of_the_other(qty: int) -> None:
    w = with_ledger(qty, Ledger(mark_px=7, value_px=7), "EURUSD")
    assert sums(w) == Money(long=-7 * qty * CENT)
    assert sums(w, "EUR") == Money(long=qty * DOLLAR)


def open_order(**changes: object) -> World:
    w = rich(PAIR)
    w.load(
        *(
            replace(w.state.reference.limits[name], limit_id=f"{name}2", instrument_id="EURUSD")
            for name in ("qty", "position")
        )
    )
    w.load(replace(w.state.reference.venues["XV"], instruments=("IBM", "BAC", "EURUSD")))
    w.quote(10_000, 10_010, instrument_id="EURUSD")
    assert isinstance(w.ask(replace(NEW, **changes)), OrderAccepted)  # type: ignore[arg-type]
    return w


BOUGHT, SOLD = 10_000 * DOLLAR, 10_005 * DOLLAR
"""A purchase of 100 at 100.00; a sale counts at the market's 100.05."""


def test_an_open_order_counts_by_side_until_it_ends() -> None:
    w = open_order()
    assert sums(w) == Money(buys=BOUGHT, longs=BOUGHT, gross=BOUGHT)
    book = w.state.book()
    assert book.cells[LimitScope.ACCOUNT, "A1", "IBM"] == Cell(0, 100, 0)
    assert book.counts[LimitScope.ACCOUNT, "A1", "IBM"] == book.counts[LimitScope.ACCOUNT, "A1", ""] == 1
    assert book.money[LimitScope.COUNTERPARTY, "CL", "USD"] == Money(buys=BOUGHT)
    assert book.prices[LimitScope.ACCOUNT, "A1", "IBM", 1] == [10_000]
    w.route(
        ParentChanged(ORDER_ID, "a1", "", ExecType.CANCELED, OrdStatus.CANCELED, 100, 10_000, 0, 0, 0, False, None, "")
    )  # type: ignore[arg-type]
    assert sums(w) == Money() and book.cells[LimitScope.ACCOUNT, "A1", "IBM"] == Cell()
    assert book.counts == {} and book.prices[LimitScope.ACCOUNT, "A1", "IBM", 1] == []
    assert book.money[LimitScope.COUNTERPARTY, "CL", "USD"] == Money()


def test_a_sale_counts_on_the_other_side() -> None:
    w = open_order(side=Side.SELL, price=10_000)
    assert sums(w) == Money(sells=SOLD, shorts=SOLD, gross=SOLD)
    assert w.state.book().cells[LimitScope.ACCOUNT, "A1", "IBM"] == Cell(0, 0, 100)
    assert w.state.book().money[LimitScope.COUNTERPARTY, "CL", "USD"] == Money(buys=SOLD)


def test_an_open_order_of_a_pair_adds_to_one_currency_and_takes_of_the_other() -> None:
    w = open_order(instrument_id="EURUSD")
    assert sums(w) == Money(buys=BOUGHT, pair_buys=BOUGHT)
    assert sums(w, "EUR") == Money(base_in=100 * DOLLAR)
    w = open_order(instrument_id="EURUSD", side=Side.SELL)
    assert sums(w) == Money(sells=SOLD, pair_sells=SOLD)
    assert sums(w, "EUR") == Money(base_out=100 * DOLLAR)


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_what_was_traded_of_a_pair_was_paid_with_the_other_currency(side: Side) -> None:
    w = open_order(instrument_id="EURUSD", side=side)
    w.route(fill("x", 40))
    moved = 40 * side.sign
    dollars, euros = sums(w), sums(w, "EUR")
    assert (dollars.long, dollars.spent) == (-moved * 100 * DOLLAR, moved * 100 * DOLLAR)
    assert (euros.long, euros.base_spent) == (moved * DOLLAR, -moved * DOLLAR)
    assert (dollars.turnover, dollars.gross, dollars.net) == (4_000 * DOLLAR, 0, 0)


@pytest.mark.parametrize(
    ("money", "worst"),
    [
        (Money(long=5), 5),
        (Money(long=-5), 5),
        (Money(long=5, base_in=2, pair_sells=3), 10),
        (Money(long=5, base_out=20, pair_buys=3), 18),
        (Money(long=-5, base_in=20, pair_sells=1), 16),
    ],
)
def test_a_currencys_worst_takes_one_direction(money: Money, worst: int) -> None:
    assert money.currency_worst == worst


@pytest.mark.parametrize(
    ("value", "buys", "sells", "worst"), [(5, 2, 1, 7), (5, 0, 20, 15), (-5, 2, 1, 6), (-5, 20, 0, 15)]
)
def test_the_worst_of_a_holding_takes_one_direction(value: int, buys: int, sells: int, worst: int) -> None:
    assert worst_worth(value, buys, sells) == worst


def test_worst_positions_and_orders_that_would_be_crossed() -> None:
    w = open_order()
    w.load(opening(replace(w.state.reference.accounts["A1"]), "IBM", 7))
    for number, price in enumerate((10_000, 10_050)):
        order = replace(NEW, cl_ord_id=f"s{number}", side=Side.SELL, price=price, order_qty=30)
        assert isinstance(w.ask(order), OrderAccepted)
    book = w.state.book()
    of = (LimitScope.ACCOUNT, "A1", "IBM")
    assert (book.held(*of), book.worst(*of, 1), book.worst(*of, -1)) == (7, 107, -53)
    assert [book.crossed(*of, 1, price) for price in (9_999, 10_000, 10_049, 10_050)] == [0, 1, 1, 2]
    assert [book.crossed(*of, -1, price) for price in (9_999, 10_000, 10_001)] == [1, 1, 0]
    other = (LimitScope.ACCOUNT, "A2", "IBM")
    assert (book.held(*other), book.worst(*other, 1), book.crossed(*other, 1, 10**9)) == (0, 0, 0)


def test_a_trade_moves_position_result_and_what_is_open_at_once() -> None:
    w = open_order()
    w.route(replace(fill("x", 40), last_px=9_900))
    w.quote(10_100, 10_100)
    book = w.state.book()
    assert book.cells[LimitScope.ACCOUNT, "A1", "IBM"] == Cell(40, 60, 0)
    assert book.cells[LimitScope.INSTRUMENT, "IBM", "IBM"] == Cell(40, 60, 0)
    assert book.cells[LimitScope.TRADER, "eve", "IBM"] == Cell(40, 60, 0)
    assert sums(w) == Money(
        gross=(3_960 + 6_000) * DOLLAR, net=3_960 * DOLLAR, buys=6_000 * DOLLAR, longs=6_000 * DOLLAR,
        spent=3_960 * DOLLAR, turnover=3_960 * DOLLAR,
    )  # fmt: skip
    assert w.state.unsettled == {("CL", "USD"): {w.state.day: 3_960 * DOLLAR}}


def test_what_nobody_traded_is_worth_the_markets_price_and_has_no_result() -> None:
    w = world(opening(ACCOUNT, "IBM", 10))
    w.state.marks["IBM"] = 7
    w.state.book_memo = None
    assert sums(w) == Money(gross=70 * CENT, net=70 * CENT)


@pytest.mark.parametrize(
    ("ledger", "touched"),
    [
        (Ledger(mark_px=1, realised=5), True),
        (Ledger(mark_px=1, cost=5), True),
        (Ledger(mark_px=1, value_px=5), False),
        (Ledger(mark_px=1, bought=5), False),
    ],
)
def test_monitors_look_where_a_result_moved(ledger: Ledger, touched: bool) -> None:
    w = world()
    book = w.state.book()
    w.state.ledgers["A1", "IBM"] = ledger
    book.touched.clear()
    book.book_holding(w.state, "A1", "IBM")
    assert book.touched == (dict.fromkeys((*owner, "") for owner in OWNERS) if touched else {})
