"""The market as venues show it: records of `oms.market`, and the view that risk and the router keep of it.

A view is a cache outside the state. What a decision took from it is stored in the decision, with the *market position*: the next
offset of the instrument's market partition. Everything below that position, and nothing else, was known.
A venue's data has the epoch of the execution owner that published it; lower epochs and repeated trade ids are dropped.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Quote:
    """The whole displayed top of one venue. A quantity of 0: that side is not shown."""

    time_ns: int
    bid_px: int
    bid_qty: int
    ask_px: int
    ask_qty: int


@dataclass(frozen=True, slots=True)
class Trade:
    """A print. `suspicious` prints are kept and left out of statistics."""

    time_ns: int
    price: int
    qty: int
    trade_id: str
    suspicious: bool


@dataclass(frozen=True, slots=True)
class MarketRecord:
    """One record of `oms.market`: what one venue said about one instrument, applied as a whole. Times are tape time.

    `quotes` may be conflated to the last one under load; `trades` never are.
    """

    venue_id: str
    instrument_id: str
    feed_epoch: int
    quotes: tuple[Quote, ...]
    trades: tuple[Trade, ...]


@dataclass(frozen=True, slots=True)
class VenueQuote:
    """The quote of a venue in force, and the offset of the record that brought it."""

    venue_id: str
    quote: Quote
    offset: int


@dataclass(frozen=True, slots=True)
class VenueTrade:
    """A print, its venue, and the offset of the record that brought it."""

    venue_id: str
    trade: Trade
    offset: int


PRINTS_KEPT = 64
"""Newest prints of an instrument that a view has: a reader that looks at every turn misses none, unless so many came within one turn."""


@dataclass(frozen=True, slots=True)
class InstrumentMarket:
    """All that is known of one instrument below `position` of its market partition. Immutable: readers share it.

    `prints`: the newest PRINTS_KEPT that are not suspicious, oldest first.
    """

    partition: int
    position: int
    quotes: tuple[VenueQuote, ...]
    last_trade: Trade | None
    time_ns: int
    prints: tuple[VenueTrade, ...] = ()


CHANGES_KEPT = 4096
"""Changes of a view that a reader may be behind and still learn which instruments they were; a reader further behind looks at all."""


@dataclass(slots=True)
class MarketView:
    """The fold of `oms.market` over all partitions. `instrument` never blocks and returns an immutable value."""

    positions: dict[int, int] = field(default_factory=dict)
    epochs: dict[tuple[int, str], int] = field(default_factory=dict)
    changes: int = 0
    """Records folded; with `changed_since` a reader learns what moved without looking at all."""
    _instruments: dict[str, InstrumentMarket] = field(default_factory=dict)
    _changed: list[str] = field(default_factory=list, repr=False)

    def changed_since(self, seen: int) -> tuple[int, tuple[str, ...] | None]:
        """(`changes` now, the instruments of the changes after the first `seen`); None where that is too long ago to be known.

        A ring with a counter, for it is read beside the thread that writes it: half of it is left to the writer meanwhile.
        """
        now = self.changes
        if now - seen > CHANGES_KEPT // 2:
            return now, None
        return now, tuple({self._changed[n % CHANGES_KEPT]: None for n in range(seen, now)})

    def instrument(self, instrument_id: str) -> InstrumentMarket | None:
        return self._instruments.get(instrument_id)

    def instruments(self) -> tuple[str, ...]:
        return tuple(self._instruments)

    def apply(self, partition: int, offset: int, record: MarketRecord) -> bool:
        """Fold one record; False where it came from an owner that has been replaced."""
        self.positions[partition] = offset + 1
        source = (
            partition,
            record.venue_id,
        )  # per partition, so that the verdict does not depend on the order partitions are read in
        if record.feed_epoch < self.epochs.get(source, -1):
            return False
        self.epochs[source] = record.feed_epoch
        known = self._instruments.get(record.instrument_id)
        quotes = known.quotes if known else ()
        if record.quotes:
            mine = VenueQuote(record.venue_id, record.quotes[-1], offset)
            quotes = tuple(
                sorted((*(q for q in quotes if q.venue_id != record.venue_id), mine), key=lambda q: q.venue_id)
            )
        last = record.trades[-1] if record.trades else (known.last_trade if known else None)
        times = [known.time_ns] if known else []
        times += [q.time_ns for q in record.quotes] + [t.time_ns for t in record.trades]
        prints = known.prints if known else ()
        if record.trades:
            fresh = (VenueTrade(record.venue_id, t, offset) for t in record.trades if not t.suspicious)
            prints = (*prints, *fresh)[-PRINTS_KEPT:]
        self._instruments[record.instrument_id] = InstrumentMarket(
            partition, offset + 1, quotes, last, max(times, default=0), prints
        )
        self._note_change(record.instrument_id)
        return True

    def _note_change(self, instrument_id: str) -> None:
        if self.changes < CHANGES_KEPT:
            self._changed.append(instrument_id)
        else:
            self._changed[self.changes % CHANGES_KEPT] = instrument_id
        self.changes += 1


class MarketMoment(MarketView):
    """A view as it stood when it was first asked: one decision sees one market, however often it looks and whoever goes on folding."""

    __slots__ = ("_seen", "_view")

    def __init__(self, view: MarketView) -> None:
        self._view = view
        self._seen: dict[str, InstrumentMarket | None] = {}

    def instrument(self, instrument_id: str) -> InstrumentMarket | None:
        if instrument_id not in self._seen:
            self._seen[instrument_id] = self._view.instrument(instrument_id)
        return self._seen[instrument_id]


def reference_price(market: InstrumentMarket) -> tuple[int, int] | None:
    """(price, time) to judge an order's price by: the middle of the best bid and ask shown, rounded down, else the last trade.

    The time is the oldest of what went in, so that its age is never understated.
    """
    bids = [(q.quote.bid_px, q.quote.time_ns) for q in market.quotes if q.quote.bid_qty > 0]
    asks = [(q.quote.ask_px, q.quote.time_ns) for q in market.quotes if q.quote.ask_qty > 0]
    if bids and asks:
        bid, ask = max(bids), min(asks, key=lambda a: (a[0], -a[1]))
        return (bid[0] + ask[0]) // 2, min(bid[1], ask[1])
    if market.last_trade is not None:
        return market.last_trade.price, market.last_trade.time_ns
    return None
