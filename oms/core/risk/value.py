"""What a quantity is worth: price × quantity × multiplier, in the instrument's currency, and amounts over currencies.

Every rounding is up, away from zero: an exposure, a need or a loss is never understated. Rates are of one unit of a currency in the
firm's own (`FxRate`); the firm's own has rate 10**9 and time 0, and does not age.
"""

from oms.core.money import AMOUNT_MAX, AMOUNT_SCALE
from oms.core.reference import Instrument

PPM = 1_000_000


def value_of(instrument: Instrument, price: int, qty: int) -> int:
    """Value of a quantity that is not negative at a price that is not negative, an amount. ValueError: scales finer than an amount."""
    decimals = AMOUNT_SCALE - instrument.price_scale - instrument.qty_scale
    if decimals < 0:
        raise ValueError("scales finer than an amount")
    plain: int = price * qty * 10**decimals
    multiplier = instrument.multiplier_ppm
    amount = plain if not multiplier or multiplier == PPM else -(-plain * multiplier // PPM)
    if amount > AMOUNT_MAX:
        raise OverflowError("value")
    return amount


def part_of(amount: int, ppm: int) -> int:
    """Millionths of an amount, rounded up.

    >>> part_of(10, 150_000)
    2
    """
    return -(-amount * ppm // PPM)


def converted(amount: int, rate_from: int, rate_to: int) -> int:
    """An amount in another currency, rounded up (a gain down). ZeroDivisionError for a rate of nothing.

    >>> converted(100, 1_100_000_000, 1_000_000_000), converted(-1, 1, 2)
    (110, 0)
    """
    return -(-amount * rate_from // rate_to)
