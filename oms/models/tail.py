"""Value at risk and expected shortfall: how much is lost at a confidence, and how much on average beyond it.

Conventions, the same everywhere:
- a loss is positive, a gain negative; what comes out below zero is no risk and is 0;
- confidence c in (0, 1), 0.99 = one of a hundred is worse;
- historical figures: of losses sorted with weights that sum to 1, value at risk is the smallest loss L with P(loss ≤ L) ≥ c (the lower
  quantile: `numpy.quantile(losses, c, method="inverted_cdf")`), a loss that happened and no interpolation between two. Expected shortfall is the
  mean of the worst 1 - c of the mass, the loss at the boundary counted with the part of its weight that lies beyond (Acerbi, Tasche, On
  the coherence of expected shortfall, 2002): subadditive, which a mean of "losses at or beyond VaR" is not;
- parametric figures: of a normal distribution with mean 0 (the horizon is short, and a mean that is estimated is mostly noise).

Scaling over a horizon by the square root of time is the caller's, and is right for uncorrelated returns only.
"""

from collections.abc import Sequence
from math import fsum
from statistics import NormalDist

from oms.models import ModelError

_NORMAL = NormalDist()

_SUM_ERROR = 1e-12
"""Of a sum of some thousand weights, far below any weight: 0.99 of a hundred losses are ninety-nine, however 1/100 is stored."""

LEAST_TAIL = 1.0
"""Observations beyond the confidence that a historical figure needs, (1 - c) × n: with less it is the worst loss, and says nothing."""


def normal_var(deviation: float, confidence: float) -> float:
    """z(c) × deviation.

    >>> round(normal_var(1.0, 0.99), 6)
    2.326348
    """
    _confidence(confidence)
    return max(0.0, _NORMAL.inv_cdf(confidence) * _deviation(deviation))


def normal_shortfall(deviation: float, confidence: float) -> float:
    """φ(z(c)) / (1 - c) × deviation (McNeil, Frey, Embrechts, Quantitative Risk Management, 2005, chapter 2).

    >>> round(normal_shortfall(1.0, 0.99), 6)
    2.665214
    """
    _confidence(confidence)
    return _NORMAL.pdf(_NORMAL.inv_cdf(confidence)) / (1 - confidence) * _deviation(deviation)


def historical_var(losses: Sequence[float], confidence: float, weights: Sequence[float] | None = None) -> float:
    """The lower quantile of the losses. `weights`: of each, positive; None: all alike."""
    ranked, covered = _ranked(losses, confidence, weights), 0.0
    for loss, weight in ranked:
        covered += weight
        if covered >= confidence - _SUM_ERROR:
            return max(0.0, loss)
    return max(0.0, ranked[-1][0])


def historical_shortfall(losses: Sequence[float], confidence: float, weights: Sequence[float] | None = None) -> float:
    """The mean of the worst 1 - c of the mass."""
    left, parts = 1 - confidence, []
    for loss, weight in reversed(_ranked(losses, confidence, weights)):
        part = min(weight, left)
        parts.append(part * loss)
        left -= part
        if left <= 0:
            break
    return max(0.0, fsum(parts) / (1 - confidence))


def _ranked(losses: Sequence[float], confidence: float, weights: Sequence[float] | None) -> list[tuple[float, float]]:
    """(loss, weight), least loss first, weights summing to 1."""
    _confidence(confidence)
    if len(losses) * (1 - confidence) < LEAST_TAIL - 1e-9:
        raise ModelError(f"{len(losses)} losses say nothing at a confidence of {confidence}")
    if weights is None:
        weight = 1 / len(losses)
        return [(loss, weight) for loss in sorted(losses)]
    if len(weights) != len(losses) or min(weights) <= 0:
        raise ModelError("every loss has a weight above 0")
    total = fsum(weights)
    return sorted((loss, weight / total) for loss, weight in zip(losses, weights, strict=True))


def _confidence(confidence: float) -> None:
    if not 0.5 <= confidence < 1:
        raise ModelError(f"a confidence is at least 0.5 and below 1, not {confidence}")


def _deviation(deviation: float) -> float:
    if deviation < 0:
        raise ModelError(f"a deviation is not negative: {deviation}")
    return deviation
