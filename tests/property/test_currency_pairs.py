"""FX spot: a currency pair is long of one currency and short of the other, in exposure, cash, settlement and results. Worked by hand.

`BUY` buys 10,000 euros at 1.10 dollars: 11,000 dollars are paid. A euro is worth 1.10 dollars by its rate, a pound 1.25.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_catalogue_world import CLEARER, CLIENT, DOLLARS, EUROS, FX_AGE, OWNED, mark
from risk_world import DOLLAR, IBM, NEW, NOW, XV, World, fill, world
from test_book import same_sums

from oms.core.enums import AssetClass, LimitKind, LimitScope, OrdStatus, Side
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import CashBalance, Entity, Limit
from oms.core.risk.book import Book, Money
from oms.core.risk.checks import CHECKS
from oms.core.risk.settlement import unsettled_value
from oms.core.risk.spanning import in_use
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.core.risk_reference import FxRate

PAIR = replace(
    IBM,
    instrument_id="EURUSD",
    price_scale=5,
    tick_size=1,
    lot_size=1_000,
    asset_class=AssetClass.FX_SPOT,
    base_currency="EUR",
)
POUNDS = FxRate("GBP", 1_250_000_000, NOW)
UNIT = DOLLAR  # amounts have one scale, whatever the currency
BUY = replace(NEW, instrument_id="EURUSD", order_qty=10_000, price=110_000)
SELL = replace(BUY, side=Side.SELL)
ROOMY: tuple[Entity, ...] = (
    *(CLIENT, CLEARER, OWNED, DOLLARS, EUROS, POUNDS, FX_AGE, PAIR),
    replace(XV, instruments=("IBM", "EURUSD"), counterparties=("CL",)),
    Limit("pair_qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "EURUSD", "", Amount(10**9)),
    Limit("pair_position", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "EURUSD", "", Amount(10**9)),
)


def pairs(*changes: Entity) -> World:
    w = world(*ROOMY, *changes)
    w.quote(110_000, 110_000, instrument_id="EURUSD")
    return w


def asked(w: World, order: object) -> Reason | None:
    event = w.ask(order)  # type: ignore[arg-type]
    assert isinstance(event, OrderAccepted | OrderRejected), event
    return None if isinstance(event, OrderAccepted) else event.reason


def limit(kind: LimitKind, currency: str, units: int, scope: LimitScope = LimitScope.FIRM, of: str = "") -> Limit:
    return Limit("tried", kind, scope, of, "", currency, Amount(units * UNIT))


GROSS, NET = LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE


@pytest.mark.parametrize("order", [BUY, SELL])
@pytest.mark.parametrize(("kind", "reason"), [(GROSS, Reason.GROSS_EXPOSURE_LIMIT), (NET, Reason.NET_EXPOSURE_LIMIT)])
@pytest.mark.parametrize(
    ("currency", "units"),
    [
        ("USD", 11_000),  # 10,000 euros; the dollars are the limit's own currency
        ("EUR", 10_000),  # 11,000 dollars
        ("GBP", 17_600),  # both: 11,000 / 1.25 of euros, 11,000 / 1.25 of dollars
    ],
)
def test_inv_522_a_pair_is_exposed_in_each_currency_but_the_limits_own(
    order: object, kind: LimitKind, reason: Reason, currency: str, units: int
) -> None:
    assert asked(pairs(limit(kind, currency, units)), order) is None
    assert asked(pairs(replace(limit(kind, currency, units), value=Amount(units * UNIT - 1))), order) is reason


def test_inv_522_pairs_are_netted_by_currency_and_the_worst_direction_counts() -> None:
    w = pairs(limit(GROSS, "USD", 11_000))
    assert asked(w, replace(BUY, cl_ord_id="b")) is None
    assert asked(w, replace(SELL, cl_ord_id="s")) is None, "the other direction alone is no worse"
    assert asked(w, replace(BUY, cl_ord_id="more", order_qty=1_000)) is Reason.GROSS_EXPOSURE_LIMIT
    w.route(fill("x1", 10_000, "alpha/20250106/b", OrdStatus.FILLED))
    w.route(replace(fill("x2", 10_000, "alpha/20250106/s", OrdStatus.FILLED), last_px=110_000))
    assert asked(w, replace(BUY, cl_ord_id="again")) is None, "sold again, nothing is held"


def test_inv_522_a_pair_and_a_share_do_not_net() -> None:
    """Dollars owed by a pair are not what a share is worth: 10,000 dollars of shares, 11,000 of euros."""
    share = replace(NEW, order_qty=100)
    for kind in (GROSS, NET):
        assert asked(pairs(limit(kind, "USD", 21_000)), share) is None
        w = pairs(limit(kind, "USD", 21_000))
        assert asked(w, BUY) is None and asked(w, replace(share, cl_ord_id="share")) is None
        assert asked(w, replace(share, cl_ord_id="one more", order_qty=10)) is not None


def cash_of(dollars: int, euros: int) -> tuple[Entity, ...]:
    cash = (CashBalance("USD", Amount(dollars * UNIT)), CashBalance("EUR", Amount(euros * UNIT)))
    return (
        replace(OWNED, cash=cash),
        replace(limit(LimitKind.CASH, "USD", 0, LimitScope.ACCOUNT, "A1"), limit_id="usd"),
        replace(limit(LimitKind.CASH, "EUR", 0, LimitScope.ACCOUNT, "A1"), limit_id="eur"),
    )


def test_inv_523_a_buy_pays_with_the_quoted_currency_and_a_sale_with_the_base() -> None:
    assert asked(pairs(*cash_of(11_000, 0)), BUY) is None
    assert asked(pairs(*cash_of(10_999, 99_999)), BUY) is Reason.CASH_LIMIT
    assert asked(pairs(*cash_of(0, 10_000)), SELL) is None
    assert asked(pairs(*cash_of(99_999, 9_999)), SELL) is Reason.CASH_LIMIT


def test_inv_523_what_was_bought_can_be_sold_and_what_is_open_is_reserved() -> None:
    w = pairs(*cash_of(22_000, 0))
    assert asked(w, replace(SELL, cl_ord_id="early")) is Reason.CASH_LIMIT
    assert asked(w, replace(BUY, cl_ord_id="b")) is None
    w.route(replace(fill("x1", 10_000, "alpha/20250106/b", OrdStatus.FILLED), last_px=110_000))
    assert asked(w, replace(SELL, cl_ord_id="s1", order_qty=6_000)) is None
    assert asked(w, replace(SELL, cl_ord_id="s2", order_qty=5_000)) is Reason.CASH_LIMIT, "4,000 euros are left"
    assert asked(w, replace(BUY, cl_ord_id="b2", order_qty=11_000)) is Reason.CASH_LIMIT, "11,000 dollars are left"
    w.route(replace(fill("x2", 6_000, "alpha/20250106/s1", OrdStatus.FILLED), last_px=110_000))
    assert asked(w, replace(BUY, cl_ord_id="b3", order_qty=16_000)) is None, "6,600 dollars came back"


def test_inv_523_both_currencies_have_to_be_settled() -> None:
    for pays, reason in (
        (("USD",), Reason.SETTLEMENT_CURRENCY),
        (("EUR",), Reason.SETTLEMENT_CURRENCY),
        (("EUR", "USD"), None),
    ):
        assert asked(pairs(replace(OWNED, settlement_currencies=pays)), BUY) is reason


def test_inv_523_of_a_counterparty_what_is_to_come_is_not_settled() -> None:
    w = pairs()
    for number, order in enumerate((BUY, replace(SELL, order_qty=4_000))):
        assert asked(w, replace(order, cl_ord_id=f"o{number}")) is None
        w.route(replace(fill(f"x{number}", order.order_qty, f"alpha/20250106/o{number}"), last_px=110_000))
    assert unsettled_value(w.state, "CL", "EUR", NOW) == 10_000 * UNIT
    assert unsettled_value(w.state, "CL", "USD", NOW) == 4_400 * UNIT


def test_inv_523_a_result_is_of_both_legs_and_converted_against_us() -> None:
    """10,000 euros bought at 1.10 are worth 1.09: 100 dollars are lost, which are 90.9090… euros, rounded up."""
    lost = -(-100 * UNIT * 10 // 11)
    for value, reason in ((lost, None), (lost - 1, Reason.DAY_LOSS_LIMIT)):
        w = pairs(replace(limit(LimitKind.DAY_LOSS, "EUR", 1), value=Amount(value)))
        assert asked(w, replace(BUY, cl_ord_id="b")) is None
        w.route(replace(fill("x1", 10_000, "alpha/20250106/b", OrdStatus.FILLED), last_px=110_000))
        w.quote(109_000, 109_000, instrument_id="EURUSD")
        mark(w)
        assert asked(w, replace(BUY, cl_ord_id="more", price=109_000)) is reason


def test_without_a_rate_or_a_base_nothing_passes() -> None:
    w = world(*(entity for entity in ROOMY if entity is not EUROS), limit(GROSS, "USD", 10**6))
    w.quote(110_000, 110_000, instrument_id="EURUSD")
    assert asked(w, BUY) is Reason.FX_RATE_MISSING
    assert asked(pairs(replace(EUROS, as_of_ns=1), limit(GROSS, "USD", 10**6)), BUY) is Reason.FX_RATE_STALE
    assert asked(pairs(replace(PAIR, base_currency=""), limit(GROSS, "USD", 10**6)), BUY) is Reason.FX_RATE_MISSING


@settings(max_examples=100, deadline=None, print_blob=True)
@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 9), st.integers(0, 3), st.booleans()), max_size=12))
def test_inv_522_the_legs_are_those_counted_again_from_all_trades(history: list[tuple[Side, int, int, bool]]) -> None:
    w, long, open_in, open_out, bought = pairs(), 0, 0, 0, 0
    for number, (side, lots, parts, closes) in enumerate(history):
        if side is Side.SELL_SHORT:
            continue
        order = replace(BUY, cl_ord_id=f"o{number}", side=side, order_qty=4_000 * lots)
        assert asked(w, order) is None
        filled, order_id = 1_000 * lots * parts, f"alpha/20250106/o{number}"
        status = OrdStatus.CANCELED if closes else OrdStatus.PARTIALLY_FILLED
        w.route(replace(fill("x", filled, order_id, status), last_px=110_000))
        long += side.sign * filled
        bought += side.sign * filled
        left = 0 if closes else 4_000 * lots - filled
        open_in, open_out = open_in + (left if side.sign > 0 else 0), open_out + (left if side.sign < 0 else 0)
    euros = w.state.book().money.get((LimitScope.ACCOUNT, "A1", "EUR"), Money())
    dollars = w.state.book().money.get((LimitScope.ACCOUNT, "A1", "USD"), Money())
    assert (euros.long, euros.base_in, euros.base_out) == (long * UNIT, open_in * UNIT, open_out * UNIT)
    assert euros.base_spent == -bought * UNIT and dollars.spent == bought * UNIT * 11 // 10
    assert dollars.long == -long * UNIT * 11 // 10
    assert (dollars.pair_buys, dollars.pair_sells) == (open_in * UNIT * 11 // 10, open_out * UNIT * 11 // 10)
    assert dollars.gross == dollars.net == 0
    same_sums(w.state.book(), Book.of(w.state))


@settings(max_examples=60, deadline=None, print_blob=True)
@given(
    st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=8),
    st.sampled_from([GROSS, NET]),
    st.sampled_from(["USD", "EUR", "GBP"]),
)
def test_inv_522_what_is_in_use_over_partitions_is_what_an_order_is_held_to(
    history: list[tuple[Side, int, int]], kind: LimitKind, currency: str
) -> None:
    tried = limit(kind, currency, 10**9)
    w = pairs(tried)
    for number, (side, lots, filled) in enumerate(history):
        if side is Side.SELL_SHORT:
            continue
        assert asked(w, replace(BUY, cl_ord_id=f"o{number}", side=side, order_qty=1_000 * lots)) is None
        w.route(replace(fill("x", min(lots, filled) * 1_000, f"alpha/20250106/o{number}"), last_px=110_000))
    used = in_use(w.state, tried, NOW)
    probe = w.ask(replace(BUY, cl_ord_id="probe"))
    assert isinstance(probe, OrderAccepted)
    row = probe.evidence.checks.index(next(c.number for c in CHECKS if c.kinds == {kind}))
    assert probe.evidence.before[row] == used
