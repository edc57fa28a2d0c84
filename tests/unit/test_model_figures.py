"""The models' figures: worked by hand on small numbers, and held to numpy and scipy on one-minute returns of real ticks.

The precision that is promised is a relative error of 1e-9; what is quantile or count is exact. References are written from the papers'
formulas with numpy, in another order of operations than the models'.
"""

import math
import os
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from oms.core.enums import AssetClass
from oms.feeds.replay import open_tape
from oms.feeds.tape import TapeTrade
from oms.models import ModelError
from oms.models.bars import Bar
from oms.models.options import forward_delta
from oms.models.portfolio import aligned_prices, gains, simple_returns
from oms.models.rounding import away_from_zero, liquidity_of, risk_of
from oms.models.sizes import average_volume, moments_of, participation, robust, z_score
from oms.models.stress import Holding, loss, portfolio_loss, scenarios_of, unit_loss, worst_loss
from oms.models.tail import historical_shortfall, historical_var, normal_shortfall, normal_var
from oms.models.volatility import (
    ewma,
    ewma_variance,
    garman_klass,
    log_returns,
    parkinson,
    rogers_satchell,
    scaled,
    yang_zhang,
)

SHARED = Path(os.environ.get("OMS_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
TICKS = SHARED / "us-equities-ticks"
PRECISION = 1e-9
MINUTE_NS = 60 * 10**9


def minutes(symbol: str) -> list[Bar]:
    """One-minute bars of the regular session of a real day."""
    if not TICKS.is_dir():
        pytest.skip("private US equities ticks are not on this machine")
    bars: dict[int, list[TapeTrade]] = {}
    for event in open_tape(TICKS, "2013-10-08", "09:30", "16:00", [symbol]).events(0):
        if isinstance(event, TapeTrade) and not event.suspicious:
            bars.setdefault(event.time_ns // MINUTE_NS, []).append(event)
    return [
        Bar(
            minute * MINUTE_NS,
            trades[0].price,
            max(t.price for t in trades),
            min(t.price for t in trades),
            trades[-1].price,
            sum(t.qty for t in trades),
        )
        for minute, trades in sorted(bars.items())
    ]


@pytest.fixture(scope="module")
def ibm() -> list[Bar]:
    return minutes("IBM")


def close_to(figure: float, reference: float) -> bool:
    return math.isclose(figure, float(reference), rel_tol=PRECISION)


# -- against numpy and scipy ----------------------------------------------------------------------------------------------------


def test_real_minutes_are_a_session(ibm: list[Bar]) -> None:
    assert 380 <= len(ibm) <= 391 and all(b.low <= b.open <= b.high for b in ibm)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.975, 0.99])
@pytest.mark.parametrize("sign", [1, -1], ids=["held", "owed"])
def test_historical_figures_are_numpys_on_real_minutes(ibm: list[Bar], confidence: float, sign: int) -> None:
    """INV-441."""
    np = pytest.importorskip("numpy")
    losses = [-sign * r for r in simple_returns([b.close for b in ibm])]
    ranked = np.sort(np.asarray(losses))
    assert historical_var(losses, confidence) == np.quantile(ranked, confidence, method="inverted_cdf")
    tail = len(losses) * (1 - confidence)
    whole = int(tail)
    reference = (ranked[::-1][:whole].sum() + (tail - whole) * ranked[::-1][whole]) / tail
    assert close_to(historical_shortfall(losses, confidence), reference)
    assert historical_shortfall(losses, confidence) >= historical_var(losses, confidence)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.975, 0.99, 0.999])
def test_parametric_figures_are_scipys_on_real_minutes(ibm: list[Bar], confidence: float) -> None:
    """INV-441."""
    stats, integrate = pytest.importorskip("scipy.stats"), pytest.importorskip("scipy.integrate")
    deviation = ewma(log_returns([b.close for b in ibm]))
    normal = stats.norm(0, deviation)
    assert close_to(1 + normal_var(deviation, confidence), 1 + normal.ppf(confidence))
    beyond, _ = integrate.quad(lambda x: x * stats.norm.pdf(x), stats.norm.ppf(confidence), 40, epsabs=0, epsrel=1e-12)
    assert close_to(normal_shortfall(deviation, confidence), beyond / (1 - confidence) * deviation)


def test_estimators_are_their_formulas_in_numpy_on_real_minutes(ibm: list[Bar]) -> None:
    np = pytest.importorskip("numpy")
    o, h, low, c = (
        np.log(np.asarray([getattr(b, name) for b in ibm], float)) for name in ("open", "high", "low", "close")
    )
    n = len(ibm)
    assert close_to(parkinson(ibm), np.sqrt(np.mean((h - low) ** 2) / (4 * np.log(2))))
    assert close_to(garman_klass(ibm), np.sqrt(np.mean(0.5 * (h - low) ** 2 - (2 * np.log(2) - 1) * (c - o) ** 2)))
    inner = (h - c) * (h - o) + (low - c) * (low - o)
    assert close_to(rogers_satchell(ibm), np.sqrt(inner.mean()))
    k = 0.34 / (1.34 + n / (n - 2))
    steps, moves = o[1:] - c[:-1], (c - o)[1:]
    reference = steps.var(ddof=1) + k * moves.var(ddof=1) + (1 - k) * inner[1:].mean()
    assert close_to(yang_zhang(ibm), np.sqrt(reference))
    r = np.diff(c)
    weights = 0.94 ** np.arange(len(r))[::-1]
    assert close_to(ewma(log_returns([b.close for b in ibm])), np.sqrt(np.average(r * r, weights=weights)))


def test_a_portfolios_variance_is_that_of_its_covariance_matrix() -> None:
    """INV-441."""
    np = pytest.importorskip("numpy")
    prices = aligned_prices({"IBM": minutes("IBM"), "BAC": minutes("BAC")}, 10_000)
    returns = {i: simple_returns(p) for i, p in prices.items()}
    values = {"IBM": 1_000_000.0, "BAC": -700_000.0}
    matrix = np.asarray([returns["IBM"], returns["BAC"]])
    weights = 0.97 ** np.arange(matrix.shape[1])[::-1]
    covariance = (matrix * (weights / weights.sum())) @ matrix.T
    x = np.asarray([values["IBM"], values["BAC"]])
    assert close_to(ewma_variance(gains(values, returns), 0.97), x @ covariance @ x)
    assert ewma(gains(values, returns), 0.97) <= sum(abs(v) * ewma(returns[i], 0.97) for i, v in values.items())


# -- worked by hand -------------------------------------------------------------------------------------------------------------


def test_historical_figures_worked_by_hand() -> None:
    losses = [-5.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0]
    assert historical_var(losses, 0.8) == 6.0  # eight of ten are at most 6
    assert historical_shortfall(losses, 0.8) == pytest.approx(9.0)  # the mean of 8 and 10
    assert historical_shortfall(losses, 0.75) == pytest.approx((10 + 8 + 0.5 * 6) / 2.5)  # half of the third counts
    assert (
        historical_var([-3.0, -2.0], 0.5) == 0.0 and historical_shortfall([-3.0, -2.0], 0.5) == 0.0
    )  # a gain is no risk


def test_weights_count_as_so_many_copies() -> None:
    once, weights = [1.0, 2.0, 5.0], [2.0, 1.0, 1.0]
    copies = [1.0, 1.0, 2.0, 5.0]
    for confidence in (0.5, 0.6, 0.66):
        assert historical_var(once, confidence, weights) == historical_var(copies, confidence)
        assert historical_shortfall(once, confidence, weights) == pytest.approx(
            historical_shortfall(copies, confidence)
        )


@pytest.mark.parametrize("count", [1, 9, 99])
def test_too_few_losses_say_nothing_and_one_more_does(count: int) -> None:
    confidence = 1 - 1 / (count + 1)
    with pytest.raises(ModelError, match="say nothing"):
        historical_var([1.0] * count, max(0.5, confidence) if count > 1 else 0.5)
    assert historical_var([1.0] * (count + 1), max(0.5, confidence)) == 1.0


@pytest.mark.parametrize("confidence", [-0.1, 0.49, 1.0, 1.5])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    for figure in (normal_var, normal_shortfall):
        with pytest.raises(ModelError, match="confidence"):
            figure(1.0, confidence)


def test_ewma_worked_by_hand() -> None:
    assert ewma_variance([0.01], 0.94) == pytest.approx(0.0001)
    # weights 0.5 and 1 of 1.5: (0.5 × 4 + 1 × 1) / 1.5 in units of 1e-4
    assert ewma_variance([0.02, 0.01], 0.5) == pytest.approx(2e-4)
    assert scaled(0.01, MINUTE_NS, 390 * MINUTE_NS) == pytest.approx(0.01 * math.sqrt(390))


def test_range_estimators_worked_by_hand() -> None:
    """One bar from e to e that went to e² and back: ln H/L = 1, ln C/O = 0."""
    unit = 10**12
    low, high = round(unit * math.e), round(unit * math.e**2)
    bar = Bar(0, low, high, low, low, 1)
    assert parkinson([bar]) == pytest.approx(math.sqrt(1 / (4 * math.log(2))))
    assert garman_klass([bar]) == pytest.approx(math.sqrt(0.5))
    assert rogers_satchell([bar]) == pytest.approx(1.0)
    assert rogers_satchell([Bar(0, low, high, low, high, 1)]) == 0.0  # a pure drift is none


@pytest.mark.parametrize("bad", [Bar(0, 1, 1, 2, 1, 1), Bar(0, 0, 1, 0, 1, 1), Bar(0, 5, 4, 3, 4, 1)])
def test_a_bar_that_is_none_is_refused(bad: Bar) -> None:
    for estimator in (parkinson, garman_klass, rogers_satchell):
        with pytest.raises(ModelError, match="is none"):
            estimator([bad])
    with pytest.raises(ModelError):
        log_returns([100, 0])


def test_more_drift_does_not_move_the_estimators_that_say_so() -> None:
    """Rogers and Satchell's of a rising and of a falling path of the same ranges are equal."""
    up = [Bar(0, 100, 112, 99, 110, 1)]
    down = [Bar(0, 110, 112, 99, 100, 1)]
    assert rogers_satchell(up) == pytest.approx(rogers_satchell(down))


# -- sizes ----------------------------------------------------------------------------------------------------------------------


def test_moments_as_they_come_are_those_of_all(ibm: list[Bar]) -> None:
    np = pytest.importorskip("numpy")
    volumes = [float(b.qty) for b in ibm]
    moments = moments_of(volumes)
    assert close_to(moments.mean, np.mean(volumes)) and close_to(moments.deviation, np.std(volumes, ddof=1))
    shifted = moments_of([1e9 + v for v in volumes])
    assert shifted.deviation == pytest.approx(float(np.std(volumes, ddof=1)), rel=1e-6)  # no sum of squares is lost


def test_one_fat_finger_moves_the_mean_and_not_the_median() -> None:
    history = [float(n) for n in range(90, 111)]
    usual, spoilt = robust(history), robust([*history, 1e6])
    assert abs(spoilt.median - usual.median) <= 1 and spoilt.deviation <= 2 * usual.deviation
    moments = moments_of([*history, 1e6])
    assert z_score(5_000, spoilt.median, spoilt.deviation) > 500 > 3 > z_score(5_000, moments.mean, moments.deviation)


def test_scores_where_all_were_alike() -> None:
    assert z_score(5, 5, 0) == 0 and z_score(6, 5, 0) == math.inf and z_score(4, 5, 0) == -math.inf
    with pytest.raises(ModelError):
        moments_of([1.0]).deviation  # noqa: B018
    with pytest.raises(ModelError):
        robust([])


def test_volumes() -> None:
    assert average_volume([1, 2, 3]) == 2 and average_volume(list(range(100)), 20) == 89.5
    assert participation(1, 4) == 0.25 and participation(1, 0) == math.inf
    for wrong in (lambda: average_volume([]), lambda: participation(-1, 3)):
        with pytest.raises(ModelError):
            wrong()


# -- rounding -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", [0.1, 1 / 3, 0.0123456, 123456.789, 5e-324, 0.0])
def test_a_record_is_never_better_than_its_figure(figure: float) -> None:
    """INV-440."""
    for scale in (1, 10**6, 10**12):
        exact = Fraction(figure) * scale
        assert exact <= risk_of(figure, scale) < exact + 1
        assert exact - 1 < liquidity_of(figure, scale) <= exact
        assert abs(away_from_zero(-figure, scale)) == risk_of(figure, scale)


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_no_number_is_no_record(figure: float) -> None:
    for rounded in (risk_of, liquidity_of, away_from_zero):
        with pytest.raises(ModelError):
            rounded(figure, 10**6)


# -- stress ---------------------------------------------------------------------------------------------------------------------

CRASH = scenarios_of(
    {
        "crash": [("everything", "", -200_000), ("asset class", "BOND", 50_000), ("currency", "EUR", 100_000)],
        "single": [("instrument", "ACME", -500_000), ("everything", "", -100_000)],
        "dollar": [("currency", "EUR", -100_000), ("currency", "JPY", 200_000)],
    }
)
ONE = Fraction(1)


def holding(kind: AssetClass, qty: int, price: int, currency: str = "USD", **more: object) -> Holding:
    values: dict[str, object] = {"rate": ONE, "price_scale": 2, "qty_scale": 0} | more
    return Holding("ACME", kind, currency, qty, price, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "scenario", "lost"),
    [
        (holding(AssetClass.EQUITY, 100, 5_000), 0, 1_000),  # 5,000 falls by a fifth
        (holding(AssetClass.EQUITY, -100, 5_000), 0, -1_000),  # owed: a gain
        (holding(AssetClass.EQUITY, 100, 5_000, "EUR", rate=Fraction(11, 10)), 0, 660),  # 5,500 × (1 - 0.8 × 1.1)
        (holding(AssetClass.EQUITY, 100, 5_000), 1, 2_500),  # the shock of the instrument counts alone
        (holding(AssetClass.FUTURE, 3, 400_000, multiplier_ppm=50 * 10**6), 0, 120_000),  # 3 × 50 × 4,000 × 0.2
        (holding(AssetClass.FUTURE, 3, 400_000, "EUR", multiplier_ppm=50 * 10**6), 2, 0),  # no value, no currency risk
        (holding(AssetClass.BOND, 100_000, 9_800, multiplier_ppm=10**4), 0, -4_900),  # 98,000 rises by a twentieth
        (holding(AssetClass.CRYPTO, 150_000_000, 6_000_000, qty_scale=8), 0, 18_000),  # 1.5 × 60,000 × 0.2
        (
            holding(AssetClass.OPTION, -10, 250, multiplier_ppm=100 * 10**6, underlying_id="U", underlying_price=Fraction(50), delta_ppm=400_000),
            0,
            -4_000,  # short 10 × 100 × 0.4 × 50 = 20,000 of the underlying
        ),
        (
            holding(AssetClass.OPTION, 10, 250, multiplier_ppm=100 * 10**6, underlying_id="U", underlying_price=Fraction(50), delta_ppm=-400_000),
            0,
            -4_000,  # a put gains when its underlying falls
        ),
        # 1,000,000 EUR bought at 150.00 JPY; EUR 1.1, JPY 0.0073 dollars: 1.1m × 0.1 lost and 1.095m × 0.2 owed more
        (
            holding(AssetClass.FX_SPOT, 10**6, 15_000, "JPY", rate=Fraction(73, 10_000), base_currency="EUR", base_rate=Fraction(11, 10)),
            2,
            110_000 + 219_000,
        ),
    ],
)  # fmt: skip
def test_shocks_worked_by_hand(held: Holding, scenario: int, lost: int) -> None:
    """INV-443."""
    assert loss(held, CRASH[scenario]) == lost


def test_an_options_underlying_is_shocked_before_its_class() -> None:
    shocked = scenarios_of({"u": [("instrument", "U", -100_000), ("asset class", "OPTION", -900_000)]})[0]
    option = holding(AssetClass.OPTION, 1, 100, underlying_id="U", underlying_price=Fraction(10), delta_ppm=500_000)
    assert loss(option, shocked) == Fraction(1, 2)


def test_gains_pay_for_losses_within_a_scenario_and_not_over_two() -> None:
    book = [holding(AssetClass.EQUITY, 100, 5_000), holding(AssetClass.FUTURE, -1, 400_000)]
    assert portfolio_loss(book, CRASH[0]) == 1_000 - 800
    assert worst_loss(book, CRASH) == ("single", 2_500 - 2_000)
    assert worst_loss([], CRASH) == ("", 0)
    assert unit_loss(book[0], CRASH) == Fraction(1, 2)


@pytest.mark.parametrize(
    "rows", [[("weather", "", 1)], [("everything", "", 1), ("everything", "", 2)]], ids=["factor", "twice"]
)
def test_a_scenario_that_is_none_is_refused(rows: Sequence[tuple[str, str, int]]) -> None:
    with pytest.raises(ModelError, match="bad"):
        scenarios_of({"bad": rows})


def test_what_cannot_be_shocked_is_refused() -> None:
    total = scenarios_of({"all": [("everything", "", -1_000_000)]})[0]
    with pytest.raises(ModelError, match="cannot fall"):
        loss(holding(AssetClass.EQUITY, 1, 1), total)
    for unpriced in (
        holding(AssetClass.EQUITY, 1, 0),
        holding(AssetClass.OPTION, 1, 1),
        holding(AssetClass.FX_SPOT, 1, 1),
    ):
        with pytest.raises(ModelError):
            loss(unpriced, CRASH[0])


def test_deltas() -> None:
    assert forward_delta(100, 100, 0.2, 0, True) == 0.5 and forward_delta(101, 100, 0.2, 0, True) == 1
    call, put = forward_delta(90, 100, 0.3, 0.5, True), forward_delta(90, 100, 0.3, 0.5, False)
    assert call - put == pytest.approx(1) and 0 < call < 0.5
    stats = pytest.importorskip("scipy.stats")
    d1 = (math.log(0.9) + 0.045 * 0.5) / (0.3 * math.sqrt(0.5))
    assert close_to(call, stats.norm.cdf(d1))


def test_prices_on_one_grid_stand_where_nothing_traded() -> None:
    a = [Bar(n, p, p, p, p, 1) for n, p in ((0, 10), (1, 11), (3, 12))]
    b = [Bar(n, p, p, p, p, 1) for n, p in ((1, 20), (2, 21))]
    assert aligned_prices({"A": a, "B": b}, 10) == {"A": [11, 11, 12], "B": [20, 21, 21]}
    assert aligned_prices({"A": a, "B": b}, 2) == {"A": [11, 12], "B": [21, 21]}
    with pytest.raises(ModelError):
        gains({"C": 1.0}, {"A": [0.1]})
    assert [round(r, 9) for r in simple_returns([10, 11, 11])] == [0.1, 0.0] and list(pairwise([])) == []
