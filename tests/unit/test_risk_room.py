"""Of several limits of a kind the one with the least room decides, and is named: not the lowest, and not the one that is used most."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from risk_catalogue_world import FACTORS, limit_of, rich
from risk_world import (
    ACCOUNT,
    CONDITIONS,
    DOLLAR,
    IBM,
    NEW,
    NOW,
    REPLACE,
    SECOND_ACCOUNT,
    World,
    fill,
    opening,
    row,
    world,
)

from oms.core.enums import Algorithm, AssetClass, LimitKind, LimitScope, Side
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.factors import tightest_row
from oms.core.risk.limits import position_beyond
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk_events import OrderAccepted, OrderRejected

WIDE = 2**100


def limit(version: int, value: int) -> VersionedLimit:
    return VersionedLimit(
        Limit(f"l{version}", LimitKind.CAPITAL, LimitScope.FIRM, "", "", "USD", Amount(value)), version
    )


@pytest.mark.parametrize(
    ("rows", "named", "refused"),
    [
        # (limit, before, after): the room that is left is the limit less what is after.
        (((20, 0, 19), (25, 0, 5)), 0, False),
        (((20, 0, 5), (25, 0, 24)), 1, False),
        (((20, 0, 21), (25, 0, 24)), 0, True),
        (((20, 0, 19), (25, 0, 26)), 1, True),
        # What is beyond and grows refuses, though another is further beyond and does not grow.
        (((20, 90, 80), (25, 0, 26)), 1, True),
        (((20, 90, 90), (25, 0, 26)), 1, True),
        # Of two that refuse the one that lacks more.
        (((20, 0, 30), (25, 0, 26)), 0, True),
        (((20, 0, 21), (25, 0, 30)), 1, True),
        # At a limit is not beyond it: what is beyond and does not grow has less room than what just fits.
        (((20, 0, 20), (25, 40, 30)), 1, False),
        (((20, 0, 20), (25, 0, 20)), 0, False),
        (((20, 0, 20),), 0, False),
    ],
)
def test_of_rows_the_one_with_the_least_room(rows: tuple[tuple[int, int, int], ...], named: int, refused: bool) -> None:
    judged = [(limit(version, value), before, after) for version, (value, before, after) in enumerate(rows)]
    result = tightest_row(judged, Reason.CAPITAL_LIMIT, "used")
    assert result[:4] == (*rows[named], named)
    assert result.reason is (Reason.CAPITAL_LIMIT if refused else None)


def of_two(kind: LimitKind, desk: int, account: int, instrument_id: str = "IBM") -> tuple[Limit, ...]:
    return tuple(
        replace(limit_of(kind, scope, value), limit_id=scope.name, instrument_id=instrument_id)
        for scope, value in ((LimitScope.DESK, desk), (LimitScope.ACCOUNT, account))
    )


SECOND_OF_DESK = replace(NEW, cl_ord_id="other", account_id="A2")
OWN_SALE = replace(SECOND_OF_DESK, side=Side.SELL)


def three_of_the_other_account(w: World) -> None:
    for number in range(3):
        assert isinstance(w.ask(replace(SECOND_OF_DESK, cl_ord_id=f"b{number}")), OrderAccepted)


def three_sales_of_the_other_account(w: World) -> None:
    for number in range(3):
        assert isinstance(w.ask(replace(OWN_SALE, cl_ord_id=f"b{number}")), OrderAccepted)


def traded_by_the_other_account(w: World) -> None:
    """One executed of four: the ratio of the desk is worse than the account's."""
    three_of_the_other_account(w)
    w.route(fill("x1", 100, "alpha/20250106/b0"))


@pytest.mark.parametrize(
    ("kind", "check", "before", "desk", "account", "named"),
    [
        # The desk has three messages before this one, the account none.
        (LimitKind.MESSAGE_RATE, 26, three_of_the_other_account, 10, 8, "DESK"),
        (LimitKind.MESSAGE_RATE, 26, three_of_the_other_account, 12, 8, "ACCOUNT"),
        # Four messages of the desk for one order executed: 3,000; the account's first, as if executed: 0.
        (LimitKind.ORDER_TO_TRADE_MILLI, 50, traded_by_the_other_account, 10_000, 8_000, "DESK"),
        (LimitKind.ORDER_TO_TRADE_MILLI, 50, traded_by_the_other_account, 12_000, 8_000, "ACCOUNT"),
        # Three sales of the desk would be met, none of the account's own.
        (LimitKind.SELF_MATCH, 54, three_sales_of_the_other_account, 5, 3, "DESK"),
        (LimitKind.SELF_MATCH, 54, three_sales_of_the_other_account, 7, 3, "ACCOUNT"),
    ],
)
def test_a_wider_limit_that_more_is_used_of_can_have_less_room(
    kind: LimitKind, check: int, before: Callable[[World], None], desk: int, account: int, named: str
) -> None:
    w = rich(*of_two(kind, desk, account))
    w.load(replace(w.state.reference.limits["position"], scope=LimitScope.INSTRUMENT, scope_id="IBM"))
    before(w)
    assert row(w.ask(NEW), check)[3] == w.state.reference.version("limit", named)


@pytest.mark.parametrize(("desk", "account", "named"), [(300, 250, "DESK"), (500, 250, "ACCOUNT")])
@pytest.mark.parametrize("kind", [LimitKind.DAY_LOSS, LimitKind.REALISED_LOSS, LimitKind.DRAWDOWN])
def test_of_losses_the_one_nearest_to_its_limit(kind: LimitKind, desk: int, account: int, named: str) -> None:
    """The desk has lost 200 dollars, all of it by another account."""
    w = rich(*of_two(kind, desk * DOLLAR, account * DOLLAR, ""))
    w.load(replace(w.state.reference.limits["position"], scope=LimitScope.INSTRUMENT, scope_id="IBM"))
    w.ask(SECOND_OF_DESK)
    w.route(fill("x1", 100, "alpha/20250106/other"))
    w.quote(9_800, 9_800)
    w.ask(replace(OWN_SALE, cl_ord_id="out", price=9_800))
    w.route(replace(fill("x2", 100, "alpha/20250106/out"), last_px=9_800))
    check = {LimitKind.DAY_LOSS: 51, LimitKind.REALISED_LOSS: 52, LimitKind.DRAWDOWN: 53}[kind]
    lost = 200 * DOLLAR if named == "DESK" else 0
    event = w.ask(replace(NEW, price=9_800))
    assert row(event, check)[1:] == (lost, lost, w.state.reference.version("limit", named))


@pytest.mark.parametrize(
    ("side", "held", "desk", "account", "refused"),
    [
        (Side.BUY, 250, 300, 200, "DESK"),
        (Side.BUY, 50, 300, 99, "ACCOUNT"),
        (Side.SELL, -250, 300, 200, "DESK"),
        (Side.SELL, -50, 300, 99, "ACCOUNT"),
        (Side.BUY, 200, 300, 100, ""),
        (Side.SELL, -200, 300, 100, ""),
    ],
)
def test_the_position_with_the_least_room_decides_in_its_direction(
    side: Side, held: int, desk: int, account: int, refused: str
) -> None:
    """100 more, of a desk whose other account holds something."""
    limits = of_two(LimitKind.POSITION_QTY, desk, account)
    w = world(*limits, opening(SECOND_ACCOUNT, "IBM", held))
    event = w.ask(replace(NEW, side=side, price=10_005))
    assert isinstance(event, OrderRejected if refused else OrderAccepted)
    if refused:
        assert event.reason is Reason.POSITION_LIMIT and f"limit {refused} " in event.text  # type: ignore[union-attr]


@pytest.mark.parametrize(("limit_qty", "beyond"), [(40, False), (39, True)])
def test_what_an_account_that_nothing_moved_of_holds_counts_as_it_is(limit_qty: int, beyond: bool) -> None:
    w = world(opening(ACCOUNT, "IBM", 10), opening(SECOND_ACCOUNT, "IBM", 25))
    w.load(Limit("desk", LimitKind.POSITION_QTY, LimitScope.DESK, "alpha", "IBM", "", Amount(limit_qty)))
    said = position_beyond(w.state, "alpha", "A1", "IBM", {("A1", "IBM"): 5})
    assert said == (f"position is 40, limit desk is {limit_qty}" if beyond else "")


# --- what a replacement adds, of an order that is filled in part


REPLACED = {
    # 40 of 100 are filled and 60 open; the larger of both terms counts until the router has settled it.
    150: (150, 15_000),
    100: (100, 10_000),
    70: (100, 10_000),
}


@pytest.mark.parametrize(("order_qty", "most"), REPLACED.items())
def test_a_replacement_adds_what_it_has_more_than_the_order(order_qty: int, most: tuple[int, int]) -> None:
    qty, value = most
    exposure = limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.ACCOUNT, WIDE)
    w = rich(exposure)
    w.ask(NEW)
    w.route(fill("x", 40))
    event = w.ask(replace(REPLACE, order_qty=order_qty))
    assert row(event, 20)[1:3] == (100, qty)
    assert row(event, 41)[1:3] == (10_000 * DOLLAR, value * DOLLAR)


@pytest.mark.parametrize("order_qty", [40, 30, 10])
def test_a_replacement_down_to_what_is_filled_or_less_adds_nothing(order_qty: int) -> None:
    """The order of 100 has 60 open: they stay reserved, and no more."""
    w = rich(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.ACCOUNT, WIDE))
    w.ask(NEW)
    w.route(fill("x", 40))
    event = w.ask(replace(REPLACE, order_qty=order_qty))
    assert row(event, 20)[1:3] == (100, 100)
    assert row(event, 41)[1:3] == (10_000 * DOLLAR, 10_000 * DOLLAR)


def test_a_replacement_of_what_is_filled_beyond_both_terms_adds_nothing() -> None:
    """A venue filled 120 of an order of 100, and 110 are asked for."""
    w = rich(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.ACCOUNT, WIDE))
    w.ask(NEW)
    w.route(fill("x", 120))
    event = w.ask(replace(REPLACE, order_qty=110))
    assert row(event, 20)[1:3] == (120, 120)
    assert row(event, 41)[1:3] == (12_000 * DOLLAR, 12_000 * DOLLAR)


@pytest.mark.parametrize(("delta_ppm", "value_px"), [(500_000, 5_003), (-500_000, -5_003)])
def test_an_accepted_option_says_which_way_it_counts(delta_ppm: int, value_px: int) -> None:
    """Half of 100.05, rounded up; the other way round where it falls when its underlying rises."""
    option = replace(IBM, instrument_id="BAC", asset_class=AssetClass.OPTION, underlying_id="IBM")
    w = rich(
        *(option, replace(FACTORS, instrument_id="BAC", delta_ppm=delta_ppm)),
        Limit("o.qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "BAC", "", Amount(10**6)),
        Limit("o.pos", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "BAC", "", Amount(10**6)),
        limit_of(LimitKind.NET_EXPOSURE, LimitScope.FIRM, WIDE),
    )
    w.load(replace(w.state.reference.limits["tried"], instrument_id=""))
    w.quote(500, 500, instrument_id="BAC")
    event = w.ask(replace(NEW, instrument_id="BAC", price=500))
    assert isinstance(event, OrderAccepted) and event.value_px == value_px


def test_a_replacement_below_what_is_filled_withdraws_what_was_open_and_enters_nothing() -> None:
    w = rich(limit_of(LimitKind.ORDER_TO_TRADE_VOLUME_MILLI, LimitScope.DESK, WIDE))
    w.ask(NEW)
    w.route(fill("x", 40))
    event = w.ask(replace(REPLACE, order_qty=30))
    assert row(event, 90)[1:3] == (100 * 1_000 // 40 - 1_000, (100 + 60) * 1_000 // 40 - 1_000)


# --- what needs a price of its own, and what has none


def test_a_basis_point_is_a_ten_thousandth() -> None:
    """A bound is exact where the price is fine enough to show it: one basis point of 100,000.00 is 10.00."""
    window = limit_of(LimitKind.WINDOW_COLLAR_BPS, LimitScope.FIRM, 1)
    for side, bound in ((Side.BUY, 10_001_000), (Side.SELL, 9_999_000)):
        w = rich(
            replace(window, value=Amount(1)),
            Limit("wide", LimitKind.ORDER_NOTIONAL, LimitScope.FIRM, "", "", "USD", Amount(WIDE)),
        )
        w.load(replace(w.state.reference.limits["collar"], value=Amount(1)))
        factors = w.state.reference.instrument_factors["IBM"]
        w.load(replace(factors, window_low_px=10_000_000, window_high_px=10_000_000))
        w.quote(10_000_000, 10_000_000)
        event = w.ask(replace(NEW, side=side, price=10_000_000))
        assert row(event, 17)[:3] == (bound, 10_000_000, 10_000_000)
        assert row(event, 31)[:3] == (bound, 10_000_000, 10_000_000)


def test_a_market_order_that_would_be_worth_nothing_is_refused() -> None:
    """Below one tick there is no price that its collar allows."""
    w = world()
    w.quote(1, 1)
    event = w.ask(replace(NEW, ord_type=NEW.ord_type.MARKET, price=None))
    assert isinstance(event, OrderRejected) and event.reason is Reason.PRICE_COLLAR
    assert row(event, 17)[1:3] == (1, 0)


def test_messages_of_the_last_second_are_none_where_none_came() -> None:
    """By whatever clock: the bucket of someone new is empty, not full since the clock began."""
    w = rich(limit_of(LimitKind.MESSAGE_RATE, LimitScope.DESK, 5))
    w.conditions = replace(CONDITIONS, wall_ns=0)
    assert row(w.ask(replace(NEW, good_until_ns=NOW, algorithm=Algorithm.BEST_PRICE)), 26)[1:3] == (0, 1)
