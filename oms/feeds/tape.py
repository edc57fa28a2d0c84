"""What a tape is: the one interface between recorded (or synthetic) market data and everything that is driven by it.

A tape is a finite or endless sequence of events in time order. This file decides what an event says and how a reader that starts
in the middle gets whole books; the parsers decide how a format is read.

Invariants of every source:
- events come in time order; a quote is the whole displayed top of one venue after the event, so the latest one replaces all earlier;
- one venue's shown bid is below its shown ask; between venues the market may be locked or crossed;
- a trade carries the time of the quote it took from or an earlier place at the same time: prints come before the quotes they cause;
- `events(from_ns)` first repeats the quotes in force, stamped `from_ns`, and then gives exactly what `events(start_ns)` gives from there;
- two readings of one source are equal, trade ids included.

It does not know clocks, speeds, orders or who reads.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol


class TapeError(Exception):
    """The tape cannot be read as asked; the text is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class TapeQuote:
    """The displayed top of `venue` after the event. Prices and quantities at the instrument's scales; quantity 0 = side not shown."""

    time_ns: int
    venue: str
    instrument: str
    bid_px: int
    bid_qty: int
    ask_px: int
    ask_qty: int


@dataclass(frozen=True, slots=True)
class TapeTrade:
    """A print. `suspicious`: the data's own flag; such a print counts in no statistic."""

    time_ns: int
    venue: str
    instrument: str
    price: int
    qty: int
    trade_id: str
    suspicious: bool


TapeEvent = TapeQuote | TapeTrade


@dataclass(frozen=True, slots=True)
class TapeInstrument:
    """`lot_size` in quantity units and `tick_size` in price units (both at scale): what an order must be a multiple of."""

    symbol: str
    currency: str
    price_scale: int
    qty_scale: int
    lot_size: int
    tick_size: int


@dataclass(frozen=True, slots=True)
class TapeVenue:
    """`orderable` is False for a place that only reports prints."""

    code: str
    name: str
    orderable: bool


class TapeSource(Protocol):
    """Where events come from. `end_ns` is exclusive, None for an endless tape; `label` is printed wherever its figures are."""

    @property
    def label(self) -> str: ...

    @property
    def start_ns(self) -> int: ...

    @property
    def end_ns(self) -> int | None: ...

    def instruments(self) -> tuple[TapeInstrument, ...]: ...

    def venues(self) -> tuple[TapeVenue, ...]: ...

    def events(self, from_ns: int) -> Iterator[TapeEvent]: ...


def from_middle(events: Iterator[TapeEvent], from_ns: int, end_ns: int | None) -> Iterator[TapeEvent]:
    """Cut a stream to [from_ns, end_ns), the quotes in force at its start first. `events` must begin early enough to know them."""
    in_force: dict[tuple[str, str], TapeQuote] = {}
    first: TapeEvent | None = None
    for event in events:
        if event.time_ns >= from_ns:
            first = event
            break
        if isinstance(event, TapeQuote):
            in_force[event.venue, event.instrument] = event
    if end_ns is not None and from_ns >= end_ns:
        return
    for quote in in_force.values():
        if quote.bid_qty or quote.ask_qty:
            yield replace(quote, time_ns=from_ns)
    if first is None or (end_ns is not None and first.time_ns >= end_ns):
        return
    yield first
    for event in events:
        if end_ns is not None and event.time_ns >= end_ns:
            return
        yield event


@dataclass(frozen=True, slots=True)
class ReplayTape:
    """A window of recorded data. `stream(from_ns)` gives the recording from its beginning; prints before `from_ns` may be left out."""

    label: str
    start_ns: int
    end_ns: int
    listed_instruments: tuple[TapeInstrument, ...]
    listed_venues: tuple[TapeVenue, ...]
    stream: Callable[[int], Iterator[TapeEvent]]

    def instruments(self) -> tuple[TapeInstrument, ...]:
        return self.listed_instruments

    def venues(self) -> tuple[TapeVenue, ...]:
        return self.listed_venues

    def events(self, from_ns: int) -> Iterator[TapeEvent]:
        begin_ns = max(from_ns, self.start_ns)
        return from_middle(self.stream(begin_ns), begin_ns, self.end_ns)
