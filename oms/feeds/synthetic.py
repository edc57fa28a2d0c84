"""A seeded, endless, synthetic market: four venues, four instruments, the same for the same seed on every machine.

Random access: everything within a minute follows from (seed, instrument, minute) alone, so a reader that starts after days pays one
minute. The price path is value noise: at every time the sum of a few integer interpolations between hashed lattice points, bounded
around the base price. At each minute's start all venues quote anew; within it venues requote around the path and prints take displayed
size at the displayed best price. Integers only: no float takes part.

Invariants (beside those of every tape): prices are multiples of the tick, sizes of the lot; no venue locks or crosses itself; a print
is at the price the venue shows and not larger than its size; between venues the market is crossed for `CROSSED_MS_MAX` at most. It is
open from 10:00 New York of its date, for ever; it does not know holidays, sessions or fees.
"""

import datetime
import hashlib
import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from oms.feeds.tape import TapeError, TapeEvent, TapeInstrument, TapeQuote, TapeTrade, TapeVenue, from_middle
from oms.feeds.window import NEW_YORK, local_ns

NS_PER_MS = 1_000_000
MINUTE_NS = 60_000 * NS_PER_MS
ACTIONS_PER_SECOND_MAX = 500  # more would be gaps of single milliseconds, below those between a print and its quote
CROSSED_MS_MAX = 20  # a requote that crosses another venue is followed by that venue's own within this
DEFAULT_DATE = datetime.date(2025, 1, 6)
OPEN_TIME = datetime.time(10, 0)

# Lattice spacing and amplitude in path units: the slow ones make trends, the fast ones make quotes move.
_OCTAVES_NS = (
    (7_200_000 * NS_PER_MS, 160),
    (1_200_000 * NS_PER_MS, 60),
    (180_000 * NS_PER_MS, 20),
    (20_000 * NS_PER_MS, 6),
    (3_000 * NS_PER_MS, 2),
)
_PATH_SUBTICKS = 1_000  # the path is finer than a tick so that interpolation does not stand still


@dataclass(frozen=True, slots=True)
class InstrumentCharacter:
    """`base_ticks`: the price it moves around; `path_unit_ticks`: ticks per path unit, in thousandths; sizes in `size_unit`s."""

    instrument: TapeInstrument
    base_ticks: int
    path_unit_milliticks: int
    half_spread_ticks_max: int
    size_unit: int


@dataclass(frozen=True, slots=True)
class VenueCharacter:
    """Relative frequency of requotes, how far from the best it tends to quote, and how much it shows."""

    venue: TapeVenue
    weight: int
    behind_percent: int
    size_units_max: int


INSTRUMENTS = (
    InstrumentCharacter(TapeInstrument("ACME", "USD", 4, 0, 1, 100), 10_000, 1_000, 1, 100),
    InstrumentCharacter(TapeInstrument("BOLT", "USD", 4, 0, 1, 100), 4_250, 500, 1, 100),
    InstrumentCharacter(TapeInstrument("CRUX", "USD", 4, 0, 1, 100), 780, 100, 1, 200),
    InstrumentCharacter(TapeInstrument("BTC-USD", "USD", 2, 8, 10_000, 100), 95_000, 5_000, 6, 7_310_000),
)
VENUES = (
    VenueCharacter(TapeVenue("XALP", "Alpha Exchange (synthetic)", True), 4, 25, 6),
    VenueCharacter(TapeVenue("XBET", "Beta Exchange (synthetic)", True), 3, 40, 4),
    VenueCharacter(TapeVenue("XGAM", "Gamma Exchange (synthetic)", True), 2, 55, 5),
    VenueCharacter(TapeVenue("XDEL", "Delta Exchange (synthetic)", True), 2, 50, 2),
)
_VENUE_DRAW = tuple(character for character in VENUES for _ in range(character.weight))


@dataclass(frozen=True, slots=True)
class SyntheticTape:
    """`actions_per_second`: requotes and prints per instrument over all venues, before the quotes that prints cause."""

    seed: int
    date: datetime.date = DEFAULT_DATE
    actions_per_second: int = 12
    symbols: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.actions_per_second <= ACTIONS_PER_SECOND_MAX:
            raise TapeError(f"the synthetic market takes 1 to {ACTIONS_PER_SECOND_MAX} actions a second")
        known = {character.instrument.symbol for character in INSTRUMENTS}
        if self.symbols is not None and (not self.symbols or self.symbols - known):
            raise TapeError(f"the synthetic market has {', '.join(sorted(known))}; asked for {sorted(self.symbols)}")

    @property
    def label(self) -> str:
        return f"synthetic seed={self.seed}"

    @property
    def start_ns(self) -> int:
        return local_ns(self.date, OPEN_TIME, NEW_YORK)

    @property
    def end_ns(self) -> int | None:
        return None

    def instruments(self) -> tuple[TapeInstrument, ...]:
        return tuple(character.instrument for character in self._characters())

    def venues(self) -> tuple[TapeVenue, ...]:
        return tuple(character.venue for character in VENUES)

    def events(self, from_ns: int) -> Iterator[TapeEvent]:
        begin_ns = max(from_ns, self.start_ns)
        return from_middle(self._minutes(begin_ns // MINUTE_NS), begin_ns, None)

    def _characters(self) -> tuple[InstrumentCharacter, ...]:
        return tuple(c for c in INSTRUMENTS if self.symbols is None or c.instrument.symbol in self.symbols)

    def _minutes(self, minute: int) -> Iterator[TapeEvent]:
        while True:
            streams = [MarketMinute(self.seed, c, minute, self.actions_per_second).events() for c in self._characters()]
            yield from heapq.merge(*streams, key=attrgetter("time_ns"))
            minute += 1


def path_subticks(seed: int, character: InstrumentCharacter, time_ns: int) -> int:
    """The fair price at a time, in thousandths of a tick."""
    units = 0
    for octave, (spacing_ns, amplitude) in enumerate(_OCTAVES_NS):
        index, into_ns = divmod(time_ns, spacing_ns)
        here = _lattice(seed, character.instrument.symbol, octave, index)
        there = _lattice(seed, character.instrument.symbol, octave, index + 1)
        units += amplitude * (here + (there - here) * into_ns // spacing_ns)
    return character.base_ticks * _PATH_SUBTICKS + units * character.path_unit_milliticks // 1_000


def _lattice(seed: int, symbol: str, octave: int, index: int) -> int:
    """Uniform in −1,000 … 1,000: thousandths of the octave's amplitude."""
    return _hash(f"{seed}|{symbol}|path|{octave}|{index}") % (2 * _PATH_SUBTICKS + 1) - _PATH_SUBTICKS


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of one venue's top, price in ticks; quantity 0 = not shown."""

    ticks: int
    qty: int


class MarketMinute:
    """One instrument's minute. Local to one generator run: its state is what each venue shows."""

    def __init__(self, seed: int, character: InstrumentCharacter, minute: int, actions_per_second: int) -> None:
        self._seed = seed
        self._character = character
        self._minute = minute
        self._gap_ns_max = 2_000 * NS_PER_MS // actions_per_second
        self._random = random.Random(_hash(f"{seed}|{character.instrument.symbol}|minute|{minute}"))
        self._bids: dict[str, Side] = {}
        self._asks: dict[str, Side] = {}
        self._prints = 0

    def events(self) -> Iterator[TapeEvent]:
        now_ns = self._minute * MINUTE_NS
        end_ns = now_ns + MINUTE_NS
        for character in VENUES:
            yield self._requote(character, now_ns, may_cross=False)
        while True:
            now_ns += 1 + self._random.randrange(self._gap_ns_max)
            if now_ns >= end_ns:
                return
            if self._random.randrange(100) < 15:
                for event in self._print(now_ns, end_ns):
                    now_ns = event.time_ns
                    yield event
                continue
            may_cross = self._random.randrange(100) < 2
            yield self._requote(self._random.choice(_VENUE_DRAW), now_ns, may_cross)
            if may_cross:
                for event in self._uncross(now_ns, end_ns):
                    now_ns = event.time_ns
                    yield event

    def _requote(self, character: VenueCharacter, now_ns: int, may_cross: bool) -> TapeQuote:
        """A new top around the path; unless it may cross, no better than one tick away from what other venues show."""
        code = character.venue.code
        fair = path_subticks(self._seed, self._character, now_ns)
        half_spread = self._random.randrange(self._character.half_spread_ticks_max)
        bid = fair // _PATH_SUBTICKS - half_spread - self._behind(character)
        ask = fair // _PATH_SUBTICKS + 1 + half_spread + self._behind(character)
        if not may_cross:
            bid = min([bid, *(side.ticks - 1 for venue, side in self._asks.items() if side.qty and venue != code)])
            ask = max([ask, *(side.ticks + 1 for venue, side in self._bids.items() if side.qty and venue != code)])
        self._bids[code] = Side(bid, self._size(character))
        self._asks[code] = Side(ask, self._size(character))
        return self._quote(code, now_ns)

    def _behind(self, character: VenueCharacter) -> int:
        if self._random.randrange(100) >= character.behind_percent:
            return 0
        return 1 + self._random.randrange(1 + self._character.half_spread_ticks_max)

    def _size(self, character: VenueCharacter) -> int:
        lot = self._character.instrument.lot_size
        size = self._character.size_unit * (1 + self._random.randrange(character.size_units_max))
        if self._random.randrange(10) == 0:  # now and then an odd lot
            size = 1 + self._random.randrange(self._character.size_unit)
        return max(size // lot, 1) * lot

    def _uncross(self, now_ns: int, end_ns: int) -> Iterator[TapeQuote]:
        """Venues that are locked or crossed by another requote one by one, soon, until none is."""
        time_ns = now_ns
        step_ns_max = CROSSED_MS_MAX * NS_PER_MS // len(VENUES)
        for character in VENUES:
            if self._is_locked(character.venue.code):
                # At the minute's end the next minute's quotes do the same.
                time_ns = min(time_ns + 1 + self._random.randrange(step_ns_max), end_ns - 1)
                yield self._requote(character, time_ns, may_cross=False)

    def _is_locked(self, code: str) -> bool:
        bid, ask = self._bids[code], self._asks[code]
        over = any(s.qty and ask.qty and s.ticks >= ask.ticks for v, s in self._bids.items() if v != code)
        under = any(s.qty and bid.qty and s.ticks <= bid.ticks for v, s in self._asks.items() if v != code)
        return over or under

    def _print(self, now_ns: int, end_ns: int) -> Iterator[TapeEvent]:
        """A print against the best displayed price of a random side, mostly followed by that venue's quote without what it took."""
        takes_bid = self._random.randrange(2) == 0
        sides = self._bids if takes_bid else self._asks
        shown = {venue: side for venue, side in sides.items() if side.qty}
        if not shown:
            return
        best = max(s.ticks for s in shown.values()) if takes_bid else min(s.ticks for s in shown.values())
        code = self._random.choice([venue for venue, side in shown.items() if side.ticks == best])
        qty = self._taken(shown[code].qty)
        instrument = self._character.instrument
        self._prints += 1
        trade_id = f"{instrument.symbol}-{self._minute}-{self._prints}"
        yield TapeTrade(now_ns, code, instrument.symbol, best * instrument.tick_size, qty, trade_id, False)
        if self._random.randrange(100) < 20:  # hidden size behind it: the display is as before
            return
        rest = shown[code].qty - qty
        step = 0
        if (
            rest == 0 and self._random.randrange(2) == 0
        ):  # the next level, one tick worse; otherwise the side is empty for a while
            step, rest = (-1 if takes_bid else 1), shown[code].qty
        sides[code] = Side(best + step, rest)
        yield self._quote(code, min(now_ns + 1 + self._random.randrange(5 * NS_PER_MS), end_ns - 1))

    def _taken(self, shown_qty: int) -> int:
        """The whole display in a third of prints, else a part of it, in lots."""
        lots = shown_qty // self._character.instrument.lot_size
        if self._random.randrange(3) == 0:
            return shown_qty
        return (1 + self._random.randrange(lots)) * self._character.instrument.lot_size

    def _quote(self, code: str, now_ns: int) -> TapeQuote:
        bid, ask = self._bids[code], self._asks[code]
        instrument = self._character.instrument
        bid_px = bid.ticks * instrument.tick_size if bid.qty else 0
        ask_px = ask.ticks * instrument.tick_size if ask.qty else 0
        return TapeQuote(now_ns, code, instrument.symbol, bid_px, bid.qty, ask_px, ask.qty)
