"""Portfolios: what is held today, over the returns of the past.

The past of every instrument is put on one grid of bars; where one did not trade, its last close stands (a return of 0, then the whole step).
So correlations of instruments that trade seldom are understated, as everywhere (Epps, Journal of the American Statistical Association 74
(1979) 291); the undiversified sum over the instruments (`InstrumentFactors`) is beside it for that.

A variance of a portfolio is taken of the series of its own returns: with weights w, Σ w[t] (Σ x[i] r[i][t])² is x' C x of the covariance
matrix C[i][j] = Σ w[t] r[i][t] r[j][t], without the matrix.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import fsum

from oms.models import ModelError
from oms.models.bars import Bar


def aligned_prices(series: Mapping[str, Sequence[Bar]], last: int) -> dict[str, list[int]]:
    """Closes by instrument at the newest `last` bar starts at which anything traded, from when all had traded once.

    >>> a, b = Bar(0, 1, 1, 1, 1, 1), Bar(1, 2, 2, 2, 2, 1)
    >>> aligned_prices({"A": [a, b], "B": [a]}, 10)
    {'A': [1, 2], 'B': [1, 1]}
    """
    if any(not bars for bars in series.values()):
        raise ModelError("an instrument that never traded has no past")
    first = max((bars[0].start_ns for bars in series.values()), default=0)
    starts = sorted({bar.start_ns for bars in series.values() for bar in bars if bar.start_ns >= first})[-last:]
    return {instrument_id: _at(bars, starts) for instrument_id, bars in series.items()}


def _at(bars: Sequence[Bar], starts: Sequence[int]) -> list[int]:
    found, place, close = [], 0, bars[0].close
    for start in starts:
        while place < len(bars) and bars[place].start_ns <= start:
            close = bars[place].close
            place += 1
        found.append(close)
    return found


def simple_returns(prices: Sequence[int]) -> list[float]:
    """p[t] / p[t-1] - 1: what a holding gains, exactly; a log return is not.

    >>> simple_returns([100, 150, 75])
    [0.5, -0.5]
    """
    if any(price <= 0 for price in prices):
        raise ModelError("a return takes positive prices")
    return [after / before - 1 for before, after in pairwise(prices)]


def gains(values: Mapping[str, float], returns: Mapping[str, Sequence[float]]) -> list[float]:
    """Per bar of the past, what the present `values` (signed, one currency) would have gained in it. ModelError where a past is missing.

    >>> gains({"A": 100.0, "B": -50.0}, {"A": [0.5], "B": [0.5]})
    [25.0]
    """
    if missing := sorted(set(values) - set(returns)):
        raise ModelError(f"no returns of {', '.join(missing)}")
    held = sorted(values)
    counts = {len(returns[i]) for i in held}
    if len(counts) > 1:
        raise ModelError("the pasts are not of one length")
    return [fsum(values[i] * returns[i][t] for i in held) for t in range(counts.pop() if counts else 0)]
