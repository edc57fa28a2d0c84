"""What a quantity is worth: price × quantity × multiplier, in the instrument's currency, and amounts over currencies.

Every rounding is up, away from zero: an exposure, a need or a loss is never understated. Rates are of one unit of a currency in the
firm's own (`FxRate`); the firm's own has rate 10**9 and time 0, and does not age.
"""

from oms.core.money import AMOUNT_MAX, AMOUNT_SCALE
from oms.core.reference import Instrument, Reference
from oms.core.risk_reference import FxRate

PPM = 1_000_000
UNIT_RATE = 10**9


def value_of(instrument: Instrument, price: int, qty: int) -> int:
    """Value of a quantity that is not negative at a price that is not negative, an amount.

    ValueError: scales finer than an amount, or a multiplier below nothing; OverflowError: more than an amount can be. For decisions: what
    cannot be judged is refused.
    """
    if instrument.price_scale + instrument.qty_scale > AMOUNT_SCALE:
        raise ValueError("scales finer than an amount")
    if instrument.multiplier_ppm < 0:
        raise ValueError("a multiplier below nothing")
    amount = worth_of(instrument, price, qty)
    if amount > AMOUNT_MAX:
        raise OverflowError("value")
    return amount


def worth_of(instrument: Instrument, price: int, qty: int) -> int:
    """As `value_of`, of any size and scales: for sums over what is so, whether it can be judged or not."""
    decimals = AMOUNT_SCALE - instrument.price_scale - instrument.qty_scale
    product = price * qty
    plain: int = product * 10**decimals if decimals >= 0 else -(-product // 10**-decimals)
    multiplier = instrument.multiplier_ppm
    if not multiplier or multiplier == PPM:
        return plain
    return -(-plain * multiplier // PPM)


def base_of(instrument: Instrument, qty: int) -> int:
    """Of a currency pair, what a quantity is of its base currency, an amount; rounded up. Nothing of anything else.

    >>> from oms.core.enums import AssetClass
    >>> pair = Instrument("EURUSD", "", "USD", 5, 0, 1, 1, "fx", True, AssetClass.FX_SPOT, base_currency="EUR")
    >>> base_of(pair, 3) == 3 * 10**AMOUNT_SCALE
    True
    """
    return worth_of(instrument, 10**instrument.price_scale, qty) if instrument.base_currency else 0


def delta_part(option: Instrument, underlying: Instrument, underlying_px: int, delta_ppm: int) -> int:
    """Of an option, its delta's part of the underlying's price, at the option's price scale: signed as the delta is, the size rounded up.
    ValueError for a delta of 0, which a model leaves where it knows none."""
    if not delta_ppm:
        raise ValueError(f"the delta of {option.instrument_id} is not known")
    scaled: int = underlying_px * 10**option.price_scale * abs(delta_ppm)
    whole: int = 10**underlying.price_scale * PPM
    size = max(1, -(-scaled // whole))
    return size if delta_ppm > 0 else -size


def part_of(amount: int, ppm: int) -> int:
    """Millionths of an amount, rounded up.

    >>> part_of(10, 150_000)
    2
    """
    return -(-amount * ppm // PPM)


def rate_of(reference: Reference, currency: str) -> FxRate | None:
    """The exchange rate in force; None where there is none by which anything can be converted."""
    rate = reference.fx_rates.get(currency)
    return rate if rate is not None and rate.rate_e9 > 0 else None


def ages(reference: Reference, rate: FxRate) -> bool:
    """Whether its time says anything: the firm's own currency is worth one of itself at any time. Where several say that they are it, nobody
    knows which is: then each is as old as it says."""
    if not is_own(rate):
        return True
    return sum(is_own(other) for other in reference.fx_rates.values()) > 1


def is_own(rate: FxRate) -> bool:
    """Whether it says that its currency is the firm's own."""
    return rate.rate_e9 == UNIT_RATE and rate.as_of_ns == 0


def converted(amount: int, rate_from: int, rate_to: int) -> int:
    """An amount in another currency, rounded up: of what is gained the caller turns the sign. ZeroDivisionError for a rate of nothing.

    >>> converted(100, 1_100_000_000, 1_000_000_000), converted(-1, 1, 2)
    (110, 0)
    """
    return -(-amount * rate_from // rate_to)
