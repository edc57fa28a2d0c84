"""Amounts of money: exact integers.

An amount is an integer count of 10**-AMOUNT_SCALE of its currency's unit, whatever the instrument's scales are, so that amounts of
instruments with different scales add up exactly. On the wire and in ClickHouse an amount has 128 bits.
"""

from typing import NewType

Amount = NewType("Amount", int)

AMOUNT_SCALE = 12
"""Fine enough for a price scale and a quantity scale that together have 12 decimals (a crypto pair: 2 + 8)."""

AMOUNT_MAX = 2**127 - 1
AMOUNT_MIN = -(2**127)

INT64_MAX = 2**63 - 1
"""Quantities, prices and times have 64 bits on the wire. A figure beyond it is one that no record can hold."""


def nearest(value: int) -> Amount:
    """The amount that is nearest to a figure. What cannot be so, a fill of a broken venue say, makes figures that no amount holds: they are told
    all the same, and judged beyond every limit."""
    return Amount(max(AMOUNT_MIN, min(AMOUNT_MAX, value)))


def notional(price: int, qty: int, price_scale: int, qty_scale: int) -> Amount:
    """price × quantity, exact.

    >>> notional(1806900, 100, 4, 0) == 18069 * 10**AMOUNT_SCALE
    True
    """
    scale: int = 10 ** (AMOUNT_SCALE - price_scale - qty_scale)
    return Amount(price * qty * scale)


NET_SCALE = 14
"""Decimals of a net price: 8 for prices, 6 for the parts per million of a proportional fee."""


def net_price(price: int, price_scale: int, sign: int, fee_ppm: int, fee_per_unit_e8: int) -> Amount:
    """The price of one unit after a taker's fees at scale NET_SCALE: what is paid (sign +1, a buy) or received (−1, a sale)."""
    gross_e8: int = price * 10 ** (8 - price_scale)
    return nearest(gross_e8 * (10**6 + sign * fee_ppm) + sign * fee_per_unit_e8 * 10**6)
