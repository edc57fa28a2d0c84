"""An option's delta: what it gains for one unit that its underlying gains.

Black and Scholes (Journal of Political Economy 81 (1973) 637), on the forward (Black, Journal of Financial Economics 3 (1976) 167):
call Φ(d1), put Φ(d1) - 1, d1 = [ln(F/K) + σ² T / 2] / (σ √T), of European exercise and per unit of the underlying at the forward's price.
"""

from math import log, sqrt
from statistics import NormalDist

from oms.models import ModelError

_NORMAL = NormalDist()


def forward_delta(forward: float, strike: float, volatility: float, years: float, is_call: bool) -> float:
    """`volatility` per square root of a year. At expiry, or without volatility, 1, ½ or 0 of a call.

    >>> round(forward_delta(100, 100, 0.2, 1.0, True), 6), round(forward_delta(100, 100, 0.2, 1.0, False), 6)
    (0.539828, -0.460172)
    """
    if forward <= 0 or strike <= 0 or volatility < 0 or years < 0:
        raise ModelError("an option has a forward and a strike above 0, and no negative volatility or time")
    spread = volatility * sqrt(years)
    if spread == 0:
        call = 1.0 if forward > strike else 0.5 if forward == strike else 0.0
    else:
        call = _NORMAL.cdf((log(forward / strike) + spread * spread / 2) / spread)
    return call if is_call else call - 1
