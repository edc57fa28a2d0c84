"""Times counted into fixed buckets: what the one thread that owns a histogram pays for it is a search among 25 numbers and two additions.

Written by one thread, read by others without a lock: a reader takes a copy of the buckets, so a count is never torn; the sum may be one
observation ahead of it. `Recent` tells what happened lately from differences of such copies. No client library, no clock.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence

_STEPS_US = (
    100, 200, 500, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 50_000, 75_000,
    100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 30_000_000, 60_000_000,
)  # fmt: skip

BOUNDS_NS: tuple[int, ...] = tuple(step * 1_000 for step in _STEPS_US)
"""Upper bounds, inclusive, in nanoseconds: fine where an order path should be (1 to 20 ms), coarse where it only tells that all is lost."""

WINDOW_LOOKS = 13
LOOK_EVERY_NS = 5_000_000_000
"""Twelve times five seconds: "lately" is the last minute."""


class Histogram:
    """`counts[i]`: observations at most `BOUNDS_NS[i]` and above the bound before; the last: above all bounds."""

    __slots__ = ("counts", "sum_ns")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_NS) + 1)
        self.sum_ns = 0

    def observe(self, ns: int) -> None:
        """One duration. Two clocks may make it negative: it counts as zero."""
        if ns < 0:
            ns = 0
        self.counts[bisect_left(BOUNDS_NS, ns)] += 1
        self.sum_ns += ns


def quantile_ms(counts: Sequence[int], part: float) -> float | None:
    """The duration that `part` of the observations do not exceed, in milliseconds, linear within its bucket; None without any.

    Beyond the last bound it is the last bound.
    """
    total = sum(counts)
    if total == 0:
        return None
    wanted, below, lower = part * total, 0, 0
    for count, bound in zip(counts, BOUNDS_NS, strict=False):
        if count and below + count >= wanted:
            return (lower + (bound - lower) * (wanted - below) / count) / 1e6
        below, lower = below + count, bound
    return BOUNDS_NS[-1] / 1e6


class Recent:
    """What some histograms counted, all together, in the last minute. `look` is called by one thread, now and then."""

    def __init__(self, histograms: Callable[[], Sequence[Histogram]]) -> None:
        self._histograms = histograms
        self._looks: deque[list[int]] = deque(maxlen=WINDOW_LOOKS)
        self._looked_ns = 0

    def look(self, now_ns: int) -> None:
        if now_ns - self._looked_ns >= LOOK_EVERY_NS:
            self._looked_ns = now_ns
            self._looks.append(self._total())

    def latency_ms(self) -> dict[str, float | None]:
        """`p50` and `p99` in milliseconds; None where nothing happened."""
        now = self._total()
        before = self._looks[0] if self._looks else [0] * len(now)
        lately = [a - b for a, b in zip(now, before, strict=True)]
        return {name: _rounded(quantile_ms(lately, part)) for name, part in (("p50", 0.5), ("p99", 0.99))}

    def _total(self) -> list[int]:
        total = [0] * (len(BOUNDS_NS) + 1)
        for histogram in self._histograms():
            total = [a + b for a, b in zip(total, histogram.counts, strict=True)]
        return total


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
