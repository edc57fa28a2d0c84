"""Bars: the records of `oms.market`, folded into open, high, low, close and volume per instrument and interval of tape time.

Invariants:
- a bar depends on the records of its instrument's market partition alone, in their order: the same log gives the same bars;
- prints make prices and volume; suspicious prints and what a replaced owner still sends count in neither (as in `oms.core.market`);
- a bar is finished when the tape of its market partition is past its end by `LATE_NS`; what comes for it later is counted and dropped;
- an interval without a print has no bar: a return is from one bar's close to the next bar's, whatever lies between.

It does not know what is computed from bars.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from oms.core.market import MarketRecord

MINUTE_NS = 60 * 10**9
DAY_NS = 86_400 * 10**9

LATE_NS = 2 * 10**9
"""Venues' prints reach the log within milliseconds of each other; two seconds of tape bound what a replay at high speed mixes up."""

BARS_KEPT = 5_000
"""Per instrument: a trading week of minutes around the clock would be 7,200, five sessions of 6.5 hours are 1,950; 0.5 MB each."""

DAYS_KEPT = 40
"""Of daily volumes: two months of trading dates, of which an average takes the last 20 whole ones."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Prints of [start_ns, start_ns + interval): prices and volume at the instrument's scales."""

    start_ns: int
    open: int
    high: int
    low: int
    close: int
    qty: int


@dataclass(slots=True)
class _Open:
    start_ns: int
    open: int
    high: int
    low: int
    close: int
    qty: int

    def finished(self) -> Bar:
        return Bar(self.start_ns, self.open, self.high, self.low, self.close, self.qty)


@dataclass(slots=True)
class Series:
    """One instrument. `bars`: the finished ones, oldest first. `daily`: UTC day number → volume; the first day known is as a rule no whole one."""

    bars: deque[Bar] = field(default_factory=lambda: deque(maxlen=BARS_KEPT))
    daily: dict[int, int] = field(default_factory=dict)
    open_bar: _Open | None = None
    trade_ids: dict[str, dict[str, None]] = field(default_factory=dict)
    late: int = 0


TRADE_IDS_KEPT = 4_096
"""Per venue and instrument: a publisher that reconnects repeats two minutes of prints (`oms.venues.feed_publisher`)."""


@dataclass(slots=True)
class BarBook:
    """The fold of one partition of `oms.market`. `tape_ns`: the newest time of any record; `position`: the next offset."""

    interval_ns: int = MINUTE_NS
    position: int = 0
    tape_ns: int = 0
    series: dict[str, Series] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)

    def apply(self, offset: int, record: MarketRecord) -> bool:
        """Fold one record; False where it came from an owner that has been replaced."""
        self.position = offset + 1
        if record.feed_epoch < self.epochs.get(record.venue_id, -1):
            return False
        self.epochs[record.venue_id] = record.feed_epoch
        series = self.series.get(record.instrument_id)
        if series is None:
            series = self.series[record.instrument_id] = Series()
        for trade in record.trades:
            if (
                not trade.suspicious
                and trade.qty > 0
                and trade.price > 0
                and _is_new(series, record.venue_id, trade.trade_id)
            ):
                self._trade(series, trade.time_ns, trade.price, trade.qty)
        times = [q.time_ns for q in record.quotes] + [t.time_ns for t in record.trades]
        self.tape_ns = max(self.tape_ns, *times) if times else self.tape_ns
        return True

    def finish(self) -> int:
        """Close the bars whose interval is over; the tape time up to which every bar is final."""
        final_ns = (self.tape_ns - LATE_NS) // self.interval_ns * self.interval_ns
        for series in self.series.values():
            bar = series.open_bar
            if bar is not None and bar.start_ns + self.interval_ns <= final_ns:
                series.bars.append(bar.finished())
                series.open_bar = None
        return final_ns

    def _trade(self, series: Series, time_ns: int, price: int, qty: int) -> None:
        start, bar = time_ns // self.interval_ns * self.interval_ns, series.open_bar
        day = time_ns // DAY_NS
        series.daily[day] = series.daily.get(day, 0) + qty
        while len(series.daily) > DAYS_KEPT:
            del series.daily[min(series.daily)]
        if bar is not None and start > bar.start_ns:
            series.bars.append(bar.finished())
            bar = None
        newest = bar.start_ns if bar is not None else series.bars[-1].start_ns + self.interval_ns if series.bars else 0
        if start < newest:
            series.late += 1
            return
        if bar is None:
            series.open_bar = _Open(start, price, price, price, price, qty)
            return
        bar.high, bar.low = max(bar.high, price), min(bar.low, price)
        bar.close, bar.qty = price, bar.qty + qty


def _is_new(series: Series, venue_id: str, trade_id: str) -> bool:
    if not trade_id:
        return True
    seen = series.trade_ids.setdefault(venue_id, {})
    if trade_id in seen:
        return False
    seen[trade_id] = None
    if len(seen) > TRADE_IDS_KEPT:
        del seen[next(iter(seen))]
    return True


def whole_days(daily: dict[int, int], now_ns: int) -> Iterator[int]:
    """Volumes of the days that are over, oldest first, without the first known: nobody was there when it began."""
    today = now_ns // DAY_NS
    yield from (daily[day] for day in sorted(daily)[1:] if day < today)


def closes(bars: deque[Bar] | tuple[Bar, ...]) -> tuple[int, ...]:
    return tuple(bar.close for bar in bars)


def window(bars: deque[Bar] | tuple[Bar, ...], from_ns: int, to_ns: int) -> tuple[int, int, int] | None:
    """(volume, lowest, highest price) of the bars that begin in [from_ns, to_ns); None where there is none.

    >>> window((Bar(0, 5, 9, 4, 6, 10), Bar(60, 6, 7, 3, 5, 20)), 60, 120)
    (20, 3, 7)
    """
    inside = [bar for bar in bars if from_ns <= bar.start_ns < to_ns]
    if not inside:
        return None
    return sum(bar.qty for bar in inside), min(bar.low for bar in inside), max(bar.high for bar in inside)
