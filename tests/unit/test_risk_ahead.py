"""Orders ahead in the same record count for those after them as if they were accepted already: for whom, of what, and which way."""

from dataclasses import replace

import pytest
from risk_catalogue_world import DOLLARS, EUROS, OWNED, held_at_a_loss, limit_of, outcome, rich
from risk_world import DOLLAR, IBM, NEW, SECOND_ACCOUNT, XV, World, opening

from oms.core.commands import NewOrder
from oms.core.enums import AssetClass, LimitKind, LimitScope, Side
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import CashBalance, Entity, Limit
from oms.core.risk.checks import judge
from oms.core.risk.judgement import Judgement
from oms.core.risk_events import Evidence

WIDE = 2**100
FIRST = replace(NEW, cl_ord_id="o1")
SECOND = replace(NEW, cl_ord_id="o2", order_qty=50)
BACS = (
    Limit("bac.qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "BAC", "", Amount(10**6)),
    Limit("bac.pos", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "BAC", "", Amount(10**6)),
    Limit("all.pos", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "IBM", "", Amount(10**6)),
)


def judged(w: World, order: NewOrder, ahead: NewOrder) -> tuple[Evidence, Reason | None]:
    """The second of a record; the first passes."""
    first = Judgement.of(w.state, w.conditions, w.market, ahead)
    _, result = judge(first)
    assert result.reason is None, result.text
    evidence, result = judge(Judgement.of(w.state, w.conditions, w.market, order, ahead=(first.as_ahead(),)))
    return evidence, result.reason


def figures(w: World, check: int, order: NewOrder, ahead: NewOrder) -> tuple[int, int]:
    """(before, after) of a check."""
    evidence, _ = judged(w, order, ahead)
    at = evidence.checks.index(check)
    return evidence.before[at], evidence.after[at]


@pytest.mark.parametrize(
    ("ahead", "counts"),
    [
        (FIRST, True),
        (replace(FIRST, side=Side.SELL, price=10_010), False),
        (replace(FIRST, instrument_id="BAC"), False),
        (replace(FIRST, account_id="A2"), False),
    ],
)
@pytest.mark.parametrize("kind", [LimitKind.POSITION_QTY, LimitKind.ADV_PPM])
def test_of_a_position_what_is_ahead_counts_of_its_holder_instrument_and_direction(
    kind: LimitKind, ahead: NewOrder, counts: bool
) -> None:
    w = rich(*BACS, limit_of(kind, LimitScope.ACCOUNT, 1_000 if kind is LimitKind.POSITION_QTY else WIDE))
    w.quote(10_000, 10_010, instrument_id="BAC")
    unit = 1 if kind is LimitKind.POSITION_QTY else 100  # millionths of the 10,000 a day
    expected = (100 * unit, 150 * unit) if counts else (0, 50 * unit)
    assert figures(w, 20 if unit == 1 else 38, SECOND, ahead) == expected


@pytest.mark.parametrize(
    ("ahead", "instrument_id", "counted"),
    [
        (FIRST, "IBM", 1),
        (FIRST, "", 1),
        (replace(FIRST, instrument_id="BAC"), "IBM", 0),
        (replace(FIRST, instrument_id="BAC"), "", 1),
        (replace(FIRST, account_id="A2"), "IBM", 0),
        (replace(FIRST, account_id="A2"), "", 0),
    ],
)
def test_of_open_orders_those_ahead_count_that_the_limit_counts(
    ahead: NewOrder, instrument_id: str, counted: int
) -> None:
    w = rich(*BACS, replace(limit_of(LimitKind.OPEN_ORDERS, LimitScope.ACCOUNT, WIDE), instrument_id=instrument_id))
    w.quote(10_000, 10_010, instrument_id="BAC")
    assert figures(w, 19, SECOND, ahead) == (counted, counted + 1)


# --- cash


PAIR = replace(IBM, instrument_id="EURUSD", asset_class=AssetClass.FX_SPOT, base_currency="EUR")
PAIRS: tuple[Entity, ...] = (
    PAIR,
    replace(XV, instruments=("IBM", "BAC", "EURUSD"), counterparties=("CL",)),
    *(DOLLARS, EUROS),
    Limit("pair.qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "EURUSD", "", Amount(10**6)),
    Limit("pair.pos", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "EURUSD", "", Amount(10**6)),
    replace(OWNED, cash=(CashBalance("USD", Amount(4_000 * DOLLAR)), CashBalance("EUR", Amount(40 * DOLLAR)))),
)
PAIR_BUY = replace(FIRST, instrument_id="EURUSD")
PAIR_SALE = replace(PAIR_BUY, side=Side.SELL)


def with_pairs(*changes: Entity) -> World:
    w = rich(*BACS, *PAIRS, *changes)
    w.quote(10_000, 10_010, instrument_id="EURUSD")
    return w


@pytest.mark.parametrize(
    ("order", "ahead", "paid_ahead"),
    [
        # Dollars: by purchases of shares and of the pair.
        (SECOND, FIRST, 10_000),
        (SECOND, PAIR_BUY, 10_000),
        (SECOND, PAIR_SALE, 0),
        (SECOND, replace(FIRST, account_id="A2"), 0),
        # Euros: by sales of the pair alone.
        (replace(PAIR_SALE, cl_ord_id="o2", order_qty=50), PAIR_SALE, 100),
        (replace(PAIR_SALE, cl_ord_id="o2", order_qty=50), PAIR_BUY, 0),
        (replace(PAIR_SALE, cl_ord_id="o2", order_qty=50), FIRST, 0),
        (replace(PAIR_SALE, cl_ord_id="o2", order_qty=50), replace(FIRST, side=Side.SELL, price=10_010), 0),
    ],
)
def test_cash_that_is_ahead_is_paid_in_its_own_currency(order: NewOrder, ahead: NewOrder, paid_ahead: int) -> None:
    currency = "EUR" if order.instrument_id == "EURUSD" else "USD"
    w = with_pairs(replace(limit_of(LimitKind.CASH, LimitScope.ACCOUNT, WIDE), currency=currency, instrument_id=""))
    there, paid = (4_000, 5_000) if currency == "USD" else (40, 50)
    expected = ((paid_ahead - there) * DOLLAR, (paid_ahead - there + paid) * DOLLAR)
    assert figures(w, 45, order, ahead) == expected


# --- currencies by pairs


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
@pytest.mark.parametrize("kind", [LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE])
def test_a_pair_ahead_adds_to_its_own_direction_and_nothing_to_the_other(kind: LimitKind, side: Side) -> None:
    """200 euros are open the other way: 100 ahead and 50 of the order stay below them."""
    limit = replace(limit_of(kind, LimitScope.ACCOUNT, WIDE), instrument_id="")
    w = with_pairs(limit)
    other = Side.SELL if side is Side.BUY else Side.BUY
    assert outcome(w, replace(PAIR_BUY, cl_ord_id="open", side=other, order_qty=200)) is None
    ahead, order = replace(PAIR_BUY, side=side), replace(PAIR_BUY, cl_ord_id="o2", side=side, order_qty=50)
    check = 41 if kind is LimitKind.GROSS_EXPOSURE else 42
    assert figures(w, check, order, ahead) == (220 * DOLLAR, 220 * DOLLAR), "at 1.10 dollars each"
    assert figures(w, check, replace(order, order_qty=110), ahead) == (220 * DOLLAR, 231 * DOLLAR)
    assert figures(w, check, SECOND, ahead) == (220 * DOLLAR, 5_220 * DOLLAR), "an order in shares moves no currency"


# --- what reduces


@pytest.mark.parametrize(("qty", "passes"), [(40, True), (50, False)])
def test_beyond_a_loss_what_is_ahead_reduces_first(qty: int, passes: bool) -> None:
    """100 are held at a loss; 60 are sold ahead."""
    w = rich(*BACS)
    held_at_a_loss(w)
    w.load(limit_of(LimitKind.DAY_LOSS, LimitScope.ACCOUNT, 1))
    sale = replace(FIRST, side=Side.SELL, price=9_900, order_qty=60)
    _, reason = judged(w, replace(sale, cl_ord_id="o2", order_qty=qty), sale)
    assert reason is (None if passes else Reason.DAY_LOSS_LIMIT)


def test_another_accounts_order_ahead_reduces_nothing_here() -> None:
    w = rich(*BACS, opening(SECOND_ACCOUNT, "IBM", 1_000))
    held_at_a_loss(w)
    w.load(limit_of(LimitKind.DAY_LOSS, LimitScope.ACCOUNT, 1))
    sale = replace(FIRST, side=Side.SELL, price=9_900, account_id="A2", order_qty=60)
    _, reason = judged(w, replace(sale, cl_ord_id="o2", account_id="A1", order_qty=100), sale)
    assert reason is None
