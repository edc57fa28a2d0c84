"""Reference figures computed from a tape itself, to compare with what the system computed from what it received.

Exact: integers and fractions. Suspicious prints count in nothing; prints of places that take no orders count like all others.
"""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from oms.feeds.tape import TapeSource, TapeTrade


@dataclass(frozen=True, slots=True)
class PrintStatistics:
    """Of one instrument in one window. `volume` in quantity units; `notional` = Σ price × quantity, at the sum of both scales."""

    instrument: str
    trades: int
    volume: int
    notional: int
    volume_by_venue: tuple[tuple[str, int], ...]

    @property
    def vwap(self) -> Fraction | None:
        """In price units (ticks of the price scale); None without volume."""
        return Fraction(self.notional, self.volume) if self.volume else None


def print_statistics(source: TapeSource, from_ns: int, to_ns: int) -> dict[str, PrintStatistics]:
    """Per instrument of the source over [from_ns, to_ns); instruments without prints have zeros."""
    trades: dict[str, int] = defaultdict(int)
    notional: dict[str, int] = defaultdict(int)
    volume: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for event in source.events(from_ns):
        if event.time_ns >= to_ns:
            break
        if isinstance(event, TapeTrade) and not event.suspicious:
            trades[event.instrument] += 1
            notional[event.instrument] += event.price * event.qty
            volume[event.instrument][event.venue] += event.qty
    return {
        symbol: PrintStatistics(
            symbol,
            trades[symbol],
            sum(volume[symbol].values()),
            notional[symbol],
            tuple(sorted(volume[symbol].items())),
        )
        for symbol in (instrument.symbol for instrument in source.instruments())
    }
