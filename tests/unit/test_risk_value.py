"""What quantities are worth: exact amounts, at scales coarse and fine, every rounding up."""

from dataclasses import replace

import pytest
from risk_catalogue_world import limit_of, outcome, rich
from risk_world import DOLLAR, IBM, NEW

from oms.core.enums import AssetClass, LimitKind, LimitScope
from oms.core.money import AMOUNT_MAX, AMOUNT_SCALE, Amount
from oms.core.reasons import Reason
from oms.core.reference import Instrument
from oms.core.risk.value import base_of, converted, delta_part, part_of, value_of, worth_of

PLAIN = replace(IBM, price_scale=2, qty_scale=1)
UNIT = 10 ** (AMOUNT_SCALE - 3)
"""An amount of one price unit × one quantity unit of PLAIN."""
FINE = replace(IBM, price_scale=AMOUNT_SCALE, qty_scale=1)


@pytest.mark.parametrize(
    ("multiplier", "amount"),
    [
        (0, 21 * UNIT),
        (1_000_000, 21 * UNIT),
        (100_000_000, 2_100 * UNIT),
        (500_000, 21 * UNIT // 2),
        (1, 21 * UNIT // 10**6),
    ],
)
def test_a_multiplier_is_in_millionths_and_0_is_none(multiplier: int, amount: int) -> None:
    instrument = replace(PLAIN, multiplier_ppm=multiplier)
    assert worth_of(instrument, 3, 7) == value_of(instrument, 3, 7) == amount


def test_scales_finer_than_an_amount_are_worth_something_rounded_up_and_judge_nothing() -> None:
    assert [worth_of(FINE, 1, qty) for qty in (0, 1, 10, 11)] == [0, 1, 1, 2]
    with pytest.raises(ValueError, match="finer"):
        value_of(FINE, 1, 1)
    assert value_of(replace(FINE, qty_scale=0), 1, 1) == 1
    assert worth_of(replace(FINE, qty_scale=0, multiplier_ppm=1), 1, 1) == 1


def test_more_than_an_amount_can_be_judges_nothing() -> None:
    exact = replace(IBM, price_scale=AMOUNT_SCALE, qty_scale=0)
    assert value_of(exact, AMOUNT_MAX, 1) == AMOUNT_MAX
    with pytest.raises(OverflowError):
        value_of(exact, AMOUNT_MAX + 1, 1)


def test_only_a_pair_has_a_base() -> None:
    pair = replace(PLAIN, asset_class=AssetClass.FX_SPOT, base_currency="EUR")
    assert base_of(pair, 7) == 7 * 10 ** (AMOUNT_SCALE - 1)
    assert base_of(PLAIN, 7) == 0


@pytest.mark.parametrize(
    ("price", "delta_ppm", "part"),
    [
        (1_000, 500_000, 500),
        (1_000, -500_000, -500),
        (1_001, 500_000, 501),
        (1_001, -500_000, -501),
        (1, 1, 1),
        (1, -1, -1),
        (0, 1, 1),  # never nothing: the delta is known
    ],
)
def test_a_deltas_part_is_signed_and_its_size_rounded_up(price: int, delta_ppm: int, part: int) -> None:
    assert delta_part(PLAIN, PLAIN, price, delta_ppm) == part
    assert delta_part(replace(PLAIN, price_scale=3), PLAIN, 1_000, 500_000) == 5_000
    assert delta_part(PLAIN, replace(PLAIN, price_scale=3), 1_000, -500_000) == -50


def test_a_delta_of_nothing_is_not_known() -> None:
    with pytest.raises(ValueError, match="not known"):
        delta_part(PLAIN, PLAIN, 1_000, 0)


@pytest.mark.parametrize(
    ("amount", "ppm", "part"), [(10, 100_000, 1), (11, 100_000, 2), (9, 100_000, 1), (-9, 100_000, 0), (0, 5, 0)]
)
def test_a_part_is_rounded_up(amount: int, ppm: int, part: int) -> None:
    assert part_of(amount, ppm) == part


@pytest.mark.parametrize(
    ("amount", "rates", "there"),
    [(10, (3, 2), 15), (11, (3, 2), 17), (-11, (3, 2), -16), (7, (1, 7), 1), (8, (1, 7), 2)],
)
def test_an_amount_is_converted_rounded_up(amount: int, rates: tuple[int, int], there: int) -> None:
    assert converted(amount, *rates) == there


@pytest.mark.parametrize(
    ("instrument", "worth"),
    [
        # A nominal of 100 at 100.00 % of par, and 100 hundred-millionths of a coin at 100.00.
        (replace(IBM, asset_class=AssetClass.BOND, multiplier_ppm=10_000), 100 * DOLLAR),
        (replace(IBM, asset_class=AssetClass.CRYPTO, qty_scale=8), DOLLAR // 10_000),
    ],
)
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (LimitKind.ORDER_NOTIONAL, Reason.ORDER_NOTIONAL_LIMIT),
        (LimitKind.GROSS_EXPOSURE, Reason.GROSS_EXPOSURE_LIMIT),
        (LimitKind.CREDIT, Reason.CREDIT_LIMIT),
    ],
)
def test_a_bond_counts_in_percent_of_par_and_a_coin_in_its_fractions(
    instrument: Instrument, worth: int, kind: LimitKind, reason: Reason
) -> None:
    limit = limit_of(kind, LimitScope.ACCOUNT, worth)
    assert outcome(rich(instrument, limit), NEW) is None
    assert outcome(rich(instrument, replace(limit, value=Amount(worth - 1))), NEW) is reason
