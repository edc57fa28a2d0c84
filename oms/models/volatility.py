"""Volatility: estimators of the standard deviation of a log return, per bar of the input.

All take prices as positive integers of one scale: a ratio has no scale. All give a standard deviation in natural units (0.01 = one per
cent); `scaled` takes it to another horizon. ModelError where there are too few bars or a price is not positive.

| estimator | uses | mean return | source |
|---|---|---|---|
| `ewma` | closes | taken as 0 | RiskMetrics Technical Document, 4th edition, 1996 |
| `parkinson` | high, low | taken as 0 | Parkinson, Journal of Business 53 (1980) 61 |
| `garman_klass` | open, high, low, close | taken as 0 | Garman, Klass, Journal of Business 53 (1980) 67 |
| `rogers_satchell` | open, high, low, close | any | Rogers, Satchell, Annals of Applied Probability 1 (1991) 504 |
| `yang_zhang` | the same, and the step from close to open | any | Yang, Zhang, Journal of Business 73 (2000) 477 |

Range-based estimators assume that prices are seen continuously. Of few prints the range is too small, so they are low then; the record has
the larger of `ewma` and `yang_zhang` for that reason (`oms.models.factors`).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import fsum, log, sqrt

from oms.models import ModelError
from oms.models.bars import Bar

RISKMETRICS_DAILY_DECAY = 0.94
"""RiskMetrics' decay factor for daily data."""


def log_returns(prices: Sequence[int]) -> list[float]:
    """ln(p[t] / p[t-1]), one less than there are prices.

    >>> log_returns([100, 100])
    [0.0]
    """
    _positive(prices)
    return [log(after / before) for before, after in pairwise(prices)]


def ewma_variance(returns: Sequence[float], decay: float) -> float:
    """s²[t] = decay × s²[t-1] + (1 - decay) × r²[t], with the weights of a finite sample: they sum to 1.

    So Σ decay**i × r²[t-i] / Σ decay**i. As RiskMetrics has it; `decay` in (0, 1).
    """
    if not returns:
        raise ModelError("no return to take a variance of")
    if not 0 < decay < 1:
        raise ModelError(f"a decay lies between 0 and 1, not at {decay}")
    weights = weights_of(len(returns), decay)
    return fsum(w * r * r for w, r in zip(weights, returns, strict=True))


def weights_of(count: int, decay: float) -> list[float]:
    """Exponential weights, oldest first, that sum to 1."""
    total = (1 - decay**count) / (1 - decay)
    return [decay ** (count - 1 - i) / total for i in range(count)]


def ewma(returns: Sequence[float], decay: float = RISKMETRICS_DAILY_DECAY) -> float:
    """The standard deviation of `ewma_variance`."""
    return sqrt(ewma_variance(returns, decay))


def parkinson(bars: Sequence[Bar]) -> float:
    """sqrt( Σ ln(H/L)² / (4 n ln 2) )."""
    _some(bars, 1)
    return sqrt(fsum(log(bar.high / bar.low) ** 2 for bar in bars) / (4 * len(bars) * log(2)))


def garman_klass(bars: Sequence[Bar]) -> float:
    """sqrt( Σ [ ½ ln(H/L)² - (2 ln 2 - 1) ln(C/O)² ] / n )."""
    _some(bars, 1)
    return sqrt(fsum(_garman_klass(bar) for bar in bars) / len(bars))


def _garman_klass(bar: Bar) -> float:
    return 0.5 * log(bar.high / bar.low) ** 2 - (2 * log(2) - 1) * log(bar.close / bar.open) ** 2


def rogers_satchell(bars: Sequence[Bar]) -> float:
    """sqrt( Σ [ ln(H/C) ln(H/O) + ln(L/C) ln(L/O) ] / n ): right for any drift."""
    _some(bars, 1)
    return sqrt(_rogers_satchell(bars))


def _rogers_satchell(bars: Sequence[Bar]) -> float:
    terms = (log(b.high / b.close) * log(b.high / b.open) + log(b.low / b.close) * log(b.low / b.open) for b in bars)
    return max(0.0, fsum(terms) / len(bars))


def yang_zhang(bars: Sequence[Bar]) -> float:
    """sqrt( V_o + k V_c + (1 - k) V_rs ), k = 0.34 / (1.34 + (n + 1) / (n - 1)).

    V_o: sample variance of ln(O[t]/C[t-1]); V_c: of ln(C/O); V_rs: Rogers and Satchell's. Over n bars; the first only opens.
    """
    _some(bars, 3)
    steps = [log(bar.open / before.close) for before, bar in pairwise(bars)]
    inner = bars[1:]
    moves = [log(bar.close / bar.open) for bar in inner]
    n = len(inner)
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    return sqrt(sample_variance(steps) + k * sample_variance(moves) + (1 - k) * _rogers_satchell(inner))


def sample_variance(values: Sequence[float]) -> float:
    """Σ (x - mean)² / (n - 1), in two passes. Needs two values."""
    if len(values) < 2:
        raise ModelError("a variance takes two values")
    mean = fsum(values) / len(values)
    return fsum((x - mean) ** 2 for x in values) / (len(values) - 1)


def scaled(deviation: float, bar_ns: int, horizon_ns: int) -> float:
    """A deviation per bar as one over a horizon: × sqrt(horizon / bar). Right where returns of different bars are uncorrelated.

    >>> scaled(0.01, 1, 4)
    0.02
    """
    return deviation * sqrt(horizon_ns / bar_ns)


def _some(bars: Sequence[Bar], least: int) -> None:
    if len(bars) < least:
        raise ModelError(f"{len(bars)} bars, and it takes {least}")
    for bar in bars:
        if not 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
            raise ModelError(f"the bar at {bar.start_ns} is none: {bar.open} {bar.high} {bar.low} {bar.close}")


def _positive(prices: Sequence[int]) -> None:
    for price in prices:
        if price <= 0:
            raise ModelError(f"a log return takes positive prices, not {price}")
