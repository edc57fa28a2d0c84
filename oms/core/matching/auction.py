"""The price of an auction: pure arithmetic over prices and quantities.

The rules, each deciding only what the one before leaves open (Deutsche Börse, "Market Model for the Trading Venue Xetra", price
determination in auctions; the ASX's four-step algorithm is the same):
1. Maximum executable volume: the limits at which most can be executed.
2. Minimum imbalance: of these, the limits with the smallest surplus.
3. Market pressure: where the surplus is on the buy side at all of them, the highest; on the sell side, the lowest.
4. Reference price: else the price within them that is nearest to the reference (the last trade, unless another is given); without a
   reference the middle of them, rounded down to a tick.
Where only market orders meet, the price is the reference, and without one nothing is executed.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple


class Interest(NamedTuple):
    """What one side would trade: at market, and by limit (price, quantity) in any order."""

    market: int
    limits: tuple[tuple[int, int], ...]


class Uncrossing(NamedTuple):
    price: int
    volume: int


class _Candidate(NamedTuple):
    price: int
    volume: int
    surplus: int  # above 0: more is bid than offered


def uncrossing(buys: Interest, sells: Interest, reference: int, tick: int) -> Uncrossing | None:
    """None where nothing can be executed. `reference` 0: there is none."""
    candidates = _candidates(buys, sells)
    most = max((c.volume for c in candidates), default=0)
    if not most:
        volume = min(buys.market, sells.market)
        return Uncrossing(reference, volume) if volume and reference and not candidates else None
    best = [c for c in candidates if c.volume == most]
    least = min(abs(c.surplus) for c in best)
    best = [c for c in best if abs(c.surplus) == least]
    low, high = best[0].price, best[-1].price
    if all(c.surplus > 0 for c in best):
        return Uncrossing(high, most)
    if all(c.surplus < 0 for c in best):
        return Uncrossing(low, most)
    nearest = min(max(reference or (low + high) // 2, low), high)
    return Uncrossing(max(nearest - nearest % tick, low), most)


def _candidates(buys: Interest, sells: Interest) -> list[_Candidate]:
    """Every limit, ascending, with what could be executed at it."""
    prices = sorted({price for price, _ in (*buys.limits, *sells.limits)})
    bid, offered = _by_price(buys.limits, prices), _by_price(sells.limits, prices)
    at_or_below = list(accumulate(offered))
    at_or_above = list(accumulate(reversed(bid)))[::-1]
    return [
        _Candidate(price, min(b + buys.market, s + sells.market), b + buys.market - s - sells.market)
        for price, b, s in zip(prices, at_or_above, at_or_below, strict=True)
    ]


def _by_price(limits: Iterable[tuple[int, int]], prices: list[int]) -> list[int]:
    found = [0] * len(prices)
    for price, qty in limits:
        found[bisect_left(prices, price)] += qty
    return found
