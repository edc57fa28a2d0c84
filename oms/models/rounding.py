"""From a model's figure to an integer, against us: a risk is rounded up, what liquidity or value there is is rounded down.

A float is a binary fraction, and is taken as exactly that: nothing is lost before the rounding. So the integer is at most one unit worse than
the figure, and never better. What is no number, or infinite, is a ModelError: it becomes no record.
"""

from fractions import Fraction
from math import ceil, floor, isfinite

from oms.models import ModelError


def risk_of(figure: float, scale: int) -> int:
    """The figure in units of 1/scale, rounded up: losses, volatilities.

    >>> risk_of(0.0123456001, 10**6), risk_of(-0.5, 1)
    (12346, 0)
    """
    return ceil(_exact(figure) * scale)


def liquidity_of(figure: float, scale: int) -> int:
    """The figure in units of 1/scale, rounded down: volumes, values of what is owned.

    >>> liquidity_of(0.0123459999, 10**6)
    12345
    """
    return floor(_exact(figure) * scale)


def away_from_zero(figure: float, scale: int) -> int:
    """The figure in units of 1/scale, its size rounded up: a delta, the shock of a scenario.

    >>> away_from_zero(-0.1234561, 10**6), away_from_zero(0.1234561, 10**6)
    (-123457, 123457)
    """
    return ceil(_exact(figure) * scale) if figure > 0 else floor(_exact(figure) * scale)


def _exact(figure: float) -> Fraction:
    if not isfinite(figure):
        raise ModelError(f"{figure} is no figure that a record can hold")
    return Fraction(figure)
