"""Risk models: pure functions of prices, volumes and positions to figures, and their rounding into records of integers.

Floats are allowed here and nowhere else, for no decision is made here: what a model finds enters as an entity of `oms.reference`
(`oms.core.risk_reference`), rounded against us (`oms.models.rounding`), and the checks are arithmetic of integers.
Every function gives the same result for the same arguments on any machine with IEEE 754 doubles: sums are `math.fsum`, in the order of the
arguments. Figures are good to a relative error of 1e-9 against exact arithmetic (tests/unit/test_model_figures.py).

    bars           one-minute bars out of the records of `oms.market`
    volatility     exponentially weighted and range-based estimators
    tail           value at risk and expected shortfall, parametric and historical
    portfolio      covariances, and the past of what is held today
    stress         lists of shocks over factors, and what positions lose by them
    sizes          mean and deviation as they come, median and absolute deviation, z-scores
    factors        all of it as records

It knows no log, no clock and no randomness.
"""


class ModelError(ValueError):
    """A figure cannot be computed from these numbers; the text says which and why."""
