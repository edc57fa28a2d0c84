"""Sizes of a desk's own orders: what is usual, and how far from it a new one is.

Two measures, for they fail in different ways. `Moments` are mean and deviation as values come (Welford, Technometrics 4 (1962) 419): exact
up to rounding, no history kept, and one huge order makes the next look small. `robust` is median and median absolute deviation (Iglewicz,
Hoaglin, How to detect and handle outliers, 1993): half of the history may be wrong, and it needs the history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from oms.models import ModelError

NORMAL_CONSISTENCY = 1.4826
"""1 / Φ⁻¹(3/4): with it the median absolute deviation of a normal sample is its standard deviation."""


@dataclass(frozen=True, slots=True)
class Moments:
    """`count` values with their `mean`; `squares`: Σ (x - mean)²."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def with_value(self, value: float) -> "Moments":
        """
        >>> m = Moments().with_value(2).with_value(4).with_value(9)
        >>> m.count, m.mean, round(m.deviation, 9)
        (3, 5.0, 3.605551275)
        """
        count = self.count + 1
        step = value - self.mean
        mean = self.mean + step / count
        return Moments(count, mean, self.squares + step * (value - mean))

    @property
    def deviation(self) -> float:
        """The sample's standard deviation, divisor n - 1. ModelError below two values."""
        if self.count < 2:
            raise ModelError(f"{self.count} values have no deviation")
        return sqrt(self.squares / (self.count - 1))


def moments_of(values: Sequence[float]) -> Moments:
    moments = Moments()
    for value in values:
        moments = moments.with_value(value)
    return moments


@dataclass(frozen=True, slots=True)
class Robust:
    """`deviation`: NORMAL_CONSISTENCY × the median absolute deviation from the median."""

    count: int
    median: float
    deviation: float


def robust(values: Sequence[float]) -> Robust:
    """
    >>> robust([1, 2, 3, 4, 1000])
    Robust(count=5, median=3, deviation=1.4826)
    """
    if not values:
        raise ModelError("no values, no median")
    middle = median(values)
    return Robust(len(values), middle, NORMAL_CONSISTENCY * median([abs(x - middle) for x in values]))


def z_score(value: float, centre: float, deviation: float) -> float:
    """(value - centre) / deviation; infinite where all were alike and this one is not."""
    if deviation < 0:
        raise ModelError(f"a deviation is not negative: {deviation}")
    distance = value - centre
    if distance == 0:
        return 0.0
    return distance / deviation if deviation else float("inf") * (1 if distance > 0 else -1)


def average_volume(days: Sequence[int], last: int = 20) -> float:
    """Mean of the volumes of the last whole days, `last` at most. ModelError where there is none.

    >>> average_volume([10, 20, 30], last=2)
    25.0
    """
    kept = days[-last:]
    if not kept:
        raise ModelError("no whole day, no average volume")
    return sum(kept) / len(kept)


def participation(own_qty: int, market_qty: int) -> float:
    """Our part of what the market traded, our own included on both sides; infinite where the market traded nothing and we did.

    >>> participation(25, 100), participation(0, 0)
    (0.25, 0.0)
    """
    if own_qty < 0 or market_qty < 0:
        raise ModelError("volumes are not negative")
    if own_qty == 0:
        return 0.0
    return own_qty / market_qty if market_qty else float("inf")
