"""US equities NBBO ticks: zips of national best changes and prints, each row tagged with a venue.

A quote row is ms since midnight New York, bid, bid size, ask, ask size, venue, condition, suspicious; rows alternate bid and ask and the
side at zero is unchanged. A trade row is ms, price, size, venue, sale condition, suspicious. Prices are at scale 4.

The tape is not each venue's own book: it says only who shows the national best. What this file decides (the display rule):
- a venue shows its last tagged quote until the national best on that side becomes worse than it; then nothing until tagged again;
- a bid row and the ask row after it at the same time are one event;
- a venue's newer side stands: the older one that it would lock or cross is withdrawn; where both came in one event, both are;
- suspicious quotes are not shown. Suspicious prints are kept, with their flag.

Several symbols are merged in time order; at equal times prints come before quotes, since a print takes what was shown before it.
It does not know the times before a symbol's first row.
"""

import datetime
import heapq
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from oms.feeds.tape import ReplayTape, TapeError, TapeEvent, TapeInstrument, TapeQuote, TapeTrade, TapeVenue
from oms.feeds.window import NEW_YORK, Window, local_ns

PRICE_SCALE = 4
TICK_SIZE = 100  # one cent: Rule 612 of Regulation NMS forbids finer quotes at or above one dollar
NS_PER_MS = 1_000_000
REGULAR_OPEN = datetime.time(9, 30)
REGULAR_CLOSE = datetime.time(16, 0)

VENUES = (
    TapeVenue("N", "NYSE", True),
    TapeVenue("Q", "NASDAQ", True),
    TapeVenue("P", "NYSE Arca", True),
    TapeVenue("Z", "BATS BZX", True),
    TapeVenue("Y", "BATS BYX", True),
    TapeVenue("K", "Direct Edge X", True),
    TapeVenue("J", "Direct Edge A", True),
    TapeVenue("B", "NASDAQ BX", True),
    TapeVenue("X", "NASDAQ PSX", True),
    TapeVenue("C", "National Stock Exchange", True),
    TapeVenue("W", "CBOE", True),
    TapeVenue("M", "Chicago Stock Exchange", True),
    TapeVenue("D", "off-exchange prints", False),
)

_FILE = re.compile(r"(\d{8})_(quote|trade)\.zip")

Shown = tuple[int, int]  # price, quantity
Tag = tuple[str, int, int]  # venue, price, quantity


@dataclass(frozen=True, slots=True)
class SymbolFiles:
    """The files of one symbol on one day; a symbol without quotes has prints only."""

    symbol: str
    date: datetime.date
    quotes: Path | None
    trades: Path | None


def recognise(folder: Path) -> bool:
    return any(_FILE.fullmatch(path.name) for path in (*folder.glob("*.zip"), *folder.glob("*/*.zip")))


def open_us_equities(folder: Path, window: Window) -> ReplayTape:
    """Without times the regular session, without instruments those that have quotes on the day."""
    available = _find(folder)
    date = window.date if window.date is not None else _only_date(available)
    files = [found for found in available if found.date == date and _wanted(found, window)]
    if not files:
        dates = ", ".join(sorted({str(found.date) for found in available}))
        symbols = ", ".join(sorted({found.symbol for found in available}))
        raise TapeError(f"no ticks of the wanted instruments on {date}; the folder has {symbols} on {dates}")
    if window.instruments is not None and (missing := window.instruments - {found.symbol for found in files}):
        raise TapeError(f"no ticks of {', '.join(sorted(missing))} on {date}; leave it out or choose another --date")
    start_ns = local_ns(date, window.from_ or REGULAR_OPEN, NEW_YORK)
    end_ns = local_ns(date, window.to or REGULAR_CLOSE, NEW_YORK)
    if start_ns >= end_ns:
        raise TapeError(
            "the window is empty: without both --from and --to it is within the session from 09:30 to 16:00"
        )
    instruments = tuple(TapeInstrument(found.symbol, "USD", PRICE_SCALE, 0, 1, TICK_SIZE) for found in files)

    def stream(from_ns: int) -> Iterator[TapeEvent]:
        prints = [_prints(found, from_ns) for found in files if found.trades is not None]
        quotes = [_quotes(found) for found in files if found.quotes is not None]
        # The order of the streams is the order at equal times.
        return heapq.merge(*prints, *quotes, key=attrgetter("time_ns"))

    symbols = ",".join(found.symbol for found in files)
    return ReplayTape(f"replay US equities {symbols} {date}", start_ns, end_ns, instruments, VENUES, stream)


def _find(folder: Path) -> list[SymbolFiles]:
    """Files in the folder itself (named after the symbol) or in one folder per symbol."""
    found: dict[tuple[str, str], dict[str, Path]] = {}
    for path in sorted((*folder.glob("*.zip"), *folder.glob("*/*.zip"))):
        if match := _FILE.fullmatch(path.name):
            found.setdefault((path.resolve().parent.name.upper(), match[1]), {})[match[2]] = path
    return [
        SymbolFiles(symbol, _date(day), kinds.get("quote"), kinds.get("trade"))
        for (symbol, day), kinds in sorted(found.items())
    ]


def _date(day: str) -> datetime.date:
    try:
        return datetime.datetime.strptime(day, "%Y%m%d").date()
    except ValueError:
        raise TapeError(f"file name starts with {day}, which is not a date") from None


def _only_date(available: list[SymbolFiles]) -> datetime.date:
    dates = sorted({found.date for found in available})
    if len(dates) > 1:
        raise TapeError(f"the folder has several dates, choose one with --date: {', '.join(map(str, dates))}")
    return dates[0]


def _wanted(found: SymbolFiles, window: Window) -> bool:
    """A symbol without quotes cannot be traded against: only where it is asked for by name."""
    if window.instruments is None:
        return found.quotes is not None
    return found.symbol in window.instruments


def _lines(path: Path) -> Iterator[str]:
    """The rows of the zip's one CSV, unpacked as they are read. Raises TapeError where the file is no such zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".csv")]
            if len(names) != 1:
                raise TapeError(f"{path} should hold one CSV, it has {len(names)}")
            with archive.open(names[0]) as raw:
                yield from io.TextIOWrapper(raw, "ascii")
    except (zipfile.BadZipFile, UnicodeDecodeError, OSError, EOFError) as error:
        raise TapeError(f"{path} cannot be read: {error}") from error


def _prints(files: SymbolFiles, from_ns: int) -> Iterator[TapeTrade]:
    assert files.trades is not None
    midnight_ns = local_ns(files.date, datetime.time(), NEW_YORK)
    prefix = f"{files.symbol}-{files.date:%Y%m%d}-"
    row = 0
    line = ""
    try:
        for row, line in enumerate(_lines(files.trades), start=1):
            time_ms, price, size, venue, _, suspicious = line.split(",")
            time_ns = midnight_ns + int(time_ms) * NS_PER_MS
            if time_ns < from_ns:
                continue
            yield TapeTrade(time_ns, venue, files.symbol, int(price), int(size), f"{prefix}{row}", int(suspicious) != 0)
    except ValueError as error:
        raise TapeError(f"{files.trades} row {row} is not a trade: {line.strip()!r}") from error


def _quotes(files: SymbolFiles) -> Iterator[TapeQuote]:
    assert files.quotes is not None
    midnight_ns = local_ns(files.date, datetime.time(), NEW_YORK)
    symbol = files.symbol
    tops = VenueTops()
    nothing = (0, 0)
    for time_ms, bid, ask in _national_bests(files.quotes):
        for venue in tops.apply(bid, ask):
            bid_px, bid_qty = tops.bids.get(venue, nothing)
            ask_px, ask_qty = tops.asks.get(venue, nothing)
            yield TapeQuote(midnight_ns + time_ms * NS_PER_MS, venue, symbol, bid_px, bid_qty, ask_px, ask_qty)


def _national_bests(path: Path) -> Iterator[tuple[int, Tag | None, Tag | None]]:
    """(ms, bid, ask) per change of the national best: a bid row with the ask row after it, or either alone (None = unchanged)."""
    held: tuple[int, Tag] | None = None
    for time_ms, is_bid, tag in _sides(path):
        if held is not None and not is_bid and held[0] == time_ms:
            yield time_ms, held[1], tag
            held = None
            continue
        if held is not None:
            yield held[0], held[1], None
        held = (time_ms, tag) if is_bid else None
        if not is_bid:
            yield time_ms, None, tag
    if held is not None:
        yield held[0], held[1], None


def _sides(path: Path) -> Iterator[tuple[int, bool, Tag]]:
    """(ms, is bid, tag) per side that a row names, without suspicious rows."""
    line = ""
    try:
        for line in _lines(path):
            time_ms, bid_px, bid_qty, ask_px, ask_qty, venue, _, suspicious = line.split(",")
            if int(suspicious):
                continue
            if bid_qty != "0":
                yield int(time_ms), True, (venue, int(bid_px), int(bid_qty))
            if ask_qty != "0":
                yield int(time_ms), False, (venue, int(ask_px), int(ask_qty))
    except ValueError as error:
        raise TapeError(f"{path}: not a quote row: {line.strip()!r}") from error


class VenueTops:
    """What each venue of one symbol shows, by the display rule above."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids: dict[str, Shown] = {}
        self.asks: dict[str, Shown] = {}

    def apply(self, bid: Tag | None, ask: Tag | None) -> list[str]:
        """Take one national best change; the venues whose shown top changed, withdrawals first."""
        bids, asks = self.bids, self.asks
        changed: dict[str, None] = {}
        if bid is not None:
            best = bid[1]
            for venue in [venue for venue, shown in bids.items() if shown[0] > best and venue != bid[0]]:
                del bids[venue]
                changed[venue] = None
        if ask is not None:
            best = ask[1]
            for venue in [venue for venue, shown in asks.items() if shown[0] < best and venue != ask[0]]:
                del asks[venue]
                changed[venue] = None
        tagged = [tag[0] for tag in (bid, ask) if tag is not None]
        before = [(bids.get(venue), asks.get(venue)) for venue in tagged]
        if bid is not None:
            bids[bid[0]] = bid[1:]
        if ask is not None:
            asks[ask[0]] = ask[1:]
        self._uncross(bid, ask)
        for venue, shown in zip(tagged, before, strict=True):
            if (bids.get(venue), asks.get(venue)) != shown:
                changed[venue] = None
        return list(changed)

    def _uncross(self, bid: Tag | None, ask: Tag | None) -> None:
        """No venue shows a bid at or above its own ask."""
        crossed_by_bid = bid is not None and bid[0] in self.asks and bid[1] >= self.asks[bid[0]][0]
        crossed_by_ask = ask is not None and ask[0] in self.bids and self.bids[ask[0]][0] >= ask[1]
        if crossed_by_bid:
            assert bid is not None
            del self.asks[bid[0]]
        if crossed_by_ask:
            assert ask is not None
            del self.bids[ask[0]]
