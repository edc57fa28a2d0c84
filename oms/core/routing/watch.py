"""Which armed orders a moved market may concern: an index over them, beside the state and never part of it.

By instrument and venue (no venue: every venue's market counts) two lists sorted by price: what is met, or moves, by a price at or
above; and at or below. The market says which instruments changed; of those only the heads of the lists are looked at. Orders that
follow quotes (pegs, what waits for a displayed size) are looked at whenever a quote of their instrument is new. So a turn costs
O(changed instruments · log n) and what is met; nothing for what waits.

The index only names orders that are worth asking (`asked`); whether a condition is met, `oms.core.routing.triggers` decides.
It rests on nothing but `armed`, and makes itself anew from it after a snapshot was read.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

from oms.core.enums import HaltScope, TriggerKind

Key = tuple[str, str]
"""(instrument, venue)"""

_STOPS = (TriggerKind.STOP, TriggerKind.TRAILING_STOP)


class Waiting(Protocol):
    """What the index has to know of an armed order (`oms.core.routing.state.Armed`)."""

    @property
    def order_id(self) -> str: ...
    @property
    def instrument_id(self) -> str: ...
    @property
    def venue_id(self) -> str: ...
    @property
    def sign(self) -> int: ...
    @property
    def kind(self) -> TriggerKind: ...
    @property
    def price(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def position(self) -> int: ...


@dataclass(slots=True)
class Book:
    """Prices at which orders are to be asked, sorted: `rising` at or above, `falling` at or below. `quoted`: at every quote. `held`: by a halt only."""

    rising: list[tuple[int, str]] = field(default_factory=list)
    falling: list[tuple[int, str]] = field(default_factory=list)
    quoted: dict[str, None] = field(default_factory=dict)
    held: dict[str, None] = field(default_factory=dict)
    position: int = 0
    """Prints below it were looked at."""

    def met(self, low: int, high: int) -> list[str]:
        """Orders that a market between these prices concerns."""
        rising = self.rising[: bisect_right(self.rising, (high, "\U0010ffff"))]
        falling = self.falling[bisect_left(self.falling, (low, "")) :]
        return [order_id for _, order_id in (*rising, *falling)]


@dataclass(slots=True)
class Watch:
    """`asked`: order → the market position from which prints count for it. `parked`: met a halt, asked again when halts change."""

    changes_seen: int = 0
    entries: dict[str, Waiting] = field(default_factory=dict)
    books: dict[Key, Book] = field(default_factory=dict)
    keys: dict[str, dict[Key, None]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    paused: list[tuple[int, str]] = field(default_factory=list)
    waking: dict[str, int] = field(default_factory=dict)
    parked: dict[str, None] = field(default_factory=dict)
    halts_seen: dict[tuple[HaltScope, str], int] = field(default_factory=dict)

    def put(self, armed: Waiting) -> None:
        """Watch for an order as it is armed now, and ask it once."""
        self.drop(armed.order_id)
        self.entries[armed.order_id] = armed
        key = (armed.instrument_id, armed.venue_id)
        book = self.books.setdefault(key, Book())
        self.keys.setdefault(armed.instrument_id, {})[key] = None
        if armed.kind in _STOPS:
            for side, price in _thresholds(armed):
                insort(book.rising if side > 0 else book.falling, (price, armed.order_id))
        else:
            (book.held if armed.kind is TriggerKind.RESUME else book.quoted)[armed.order_id] = None
        self.asked[armed.order_id] = armed.position

    def drop(self, order_id: str) -> None:
        armed = self.entries.pop(order_id, None)
        self.asked.pop(order_id, None)
        self.parked.pop(order_id, None)
        if armed is None:
            return
        key = (armed.instrument_id, armed.venue_id)
        book = self.books[key]
        if armed.kind in _STOPS:
            for side, price in _thresholds(armed):
                prices = book.rising if side > 0 else book.falling
                del prices[bisect_left(prices, (price, order_id))]
        book.quoted.pop(order_id, None)
        book.held.pop(order_id, None)
        if not (book.rising or book.falling or book.quoted or book.held):
            del self.books[key]
            del self.keys[armed.instrument_id][key]
            if not self.keys[armed.instrument_id]:
                del self.keys[armed.instrument_id]

    def ask(self, order_id: str) -> None:
        """Something other than the market changed for an armed order."""
        armed = self.entries.get(order_id)
        if armed is not None:
            self.asked.setdefault(order_id, armed.position)

    def made_of(self, armed: Mapping[str, Waiting]) -> None:
        """Make the index anew where it is not that of `armed`: after a snapshot was read."""
        if len(self.entries) != len(armed):
            self.entries, self.books, self.keys, self.asked, self.parked = {}, {}, {}, {}, {}
            for entry in armed.values():
                self.put(entry)

    def rest(self, changes: int) -> None:
        """Nobody waits: what the market did so far concerns nobody who comes later."""
        self.changes_seen = changes
        self.paused.clear()
        self.waking.clear()

    def pause(self, order_id: str, until_ns: int) -> None:
        """Ask it again then (tape time)."""
        if self.waking.get(order_id) != until_ns:
            self.waking[order_id] = until_ns
            heappush(self.paused, (until_ns, order_id))

    def wake(self, tape_ns: int) -> None:
        while self.paused and self.paused[0][0] <= tape_ns:
            until_ns, order_id = heappop(self.paused)
            if self.waking.get(order_id) == until_ns:
                del self.waking[order_id]
            self.ask(order_id)

    def halts_changed(self, halts: Mapping[tuple[HaltScope, str], int]) -> None:
        """What was parked is asked again, of the market as it is then: what passed meanwhile, passed."""
        if self.parked and self.halts_seen != halts:
            for order_id in self.parked:
                self.asked[order_id] = _NOTHING_BEFORE
            self.parked.clear()
        if self.halts_seen != halts:
            self.halts_seen = dict(halts)

    def met(self, book: Book, low: int, high: int, position: int) -> None:
        """Ask whom a market between these prices concerns, and whoever follows quotes; prints count from the last look on."""
        for order_id in (*book.met(low, high), *book.quoted):
            self.asked[order_id] = min(self.asked.get(order_id, _NOTHING_BEFORE), book.position)
        book.position = position

    def books_of(self, instrument_id: str) -> Iterable[tuple[Key, Book]]:
        return [(key, self.books[key]) for key in self.keys.get(instrument_id, ())]


_NOTHING_BEFORE = 2**62


def _thresholds(armed: Waiting) -> list[tuple[int, int]]:
    """(direction, price): where a stop is met; and of one that trails, from where on it may move."""
    found = [(armed.sign, armed.price)]
    if armed.offset > 0:
        found.append((-armed.sign, armed.price - armed.sign * (armed.offset + 1)))
    return found
