"""LOBSTER order-level files of one NASDAQ symbol: a message file and, row by row, the book after each message.

A message row is seconds after midnight New York (up to nine decimals), type, order id, size, price at scale 4, direction. The best bid
and ask after each message are taken from the file beside it (columns ask price, ask size, bid price, bid size, best level first): the
orders that were in the book before the first message are not in the messages, so folding them alone would give a wrong top.

Prints are types 4 (visible) and 5 (hidden execution). A print comes before the top it leaves behind. Other types (6 auction, 7 halt)
are no prints of the continuous book and leave the top as the book file says.
"""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

from oms.feeds.tape import ReplayTape, TapeError, TapeEvent, TapeInstrument, TapeQuote, TapeTrade, TapeVenue
from oms.feeds.window import NEW_YORK, NS_PER_S, Window, local_ns, span

PRICE_SCALE = 4
TICK_SIZE = 100
VENUE = TapeVenue("Q", "NASDAQ", True)
_PRINTS = frozenset({"4", "5"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SYMBOL = re.compile(r"([A-Z.]+)_\d{4}-")


def recognise(folder: Path) -> bool:
    return bool(_files(folder, "message")) and bool(_files(folder, "bbo") or _files(folder, "orderbook"))


def open_lobster(folder: Path, window: Window) -> ReplayTape:
    messages = _files(folder, "message")[0]
    book = (_files(folder, "bbo") or _files(folder, "orderbook"))[0]
    symbol = _symbol(folder, messages)
    if not window.wants(symbol):
        raise TapeError(f"{folder} holds {symbol} only; leave out the choice of instruments or name it")
    date = _date(messages, window)
    midnight_ns = local_ns(date, datetime.time(), NEW_YORK)

    def stream(_: int) -> Iterator[TapeEvent]:
        return _events(messages, book, symbol, midnight_ns)

    with messages.open(encoding="ascii") as lines:
        try:
            times = [_time_ns(line.split(",", 1)[0]) for line in lines]
        except ValueError as error:
            raise TapeError(f"{messages} is not a LOBSTER message file: {error}") from error
    if not times:
        raise TapeError(f"{messages} is empty")
    start_ns, end_ns = span(window, NEW_YORK, date, midnight_ns + times[0], midnight_ns + times[-1])
    instrument = TapeInstrument(symbol, "USD", PRICE_SCALE, 0, 1, TICK_SIZE)
    return ReplayTape(f"replay LOBSTER {symbol} {date}", start_ns, end_ns, (instrument,), (VENUE,), stream)


def _files(folder: Path, kind: str) -> list[Path]:
    """Both `message_….csv` and LOBSTER's own `SYMBOL_DATE_FROM_TO_message_LEVELS.csv`."""
    return sorted(path for path in folder.glob("*.csv") if re.search(rf"(^|_){kind}_", path.name))


def _symbol(folder: Path, messages: Path) -> str:
    if match := _SYMBOL.match(messages.name):
        return match[1]
    return folder.resolve().name.upper().removeprefix("LOBSTER-")


def _date(messages: Path, window: Window) -> datetime.date:
    match = _DATE.search(messages.name)
    named = datetime.date.fromisoformat(match[0]) if match else None
    date = window.date or named
    if date is None:
        raise TapeError(f"the name of {messages} has no date: give it with --date YYYY-MM-DD")
    if named is not None and date != named:
        raise TapeError(f"no data on {date}: {messages} is of {named}")
    return date


def _time_ns(seconds: str) -> int:
    whole, _, fraction = seconds.partition(".")
    return int(whole) * NS_PER_S + int(fraction[:9].ljust(9, "0"))


def _events(messages: Path, book: Path, symbol: str, midnight_ns: int) -> Iterator[TapeEvent]:
    row = 0
    top = (0, 0, 0, 0)
    with messages.open(encoding="ascii") as message_lines, book.open(encoding="ascii") as book_lines:
        for row, message in enumerate(message_lines, start=1):
            level = next(book_lines, None)
            if level is None:
                raise TapeError(f"{book} ends at row {row - 1}, before {messages} does")
            try:
                seconds, kind, _, size, price, _ = message.split(",")
                time_ns = midnight_ns + _time_ns(seconds)
                if kind in _PRINTS:
                    trade_id = f"{symbol}-{row}"
                    yield TapeTrade(time_ns, VENUE.code, symbol, int(price), int(size), trade_id, False)
                shown = _top(level)
            except ValueError as error:
                raise TapeError(f"row {row} of {messages} or {book} is not LOBSTER: {error}") from error
            if shown != top:
                top = shown
                yield TapeQuote(time_ns, VENUE.code, symbol, *shown)


def _top(level: str) -> tuple[int, int, int, int]:
    """Bid price and size, ask price and size. LOBSTER fills an empty side with a dummy price and size 0."""
    fields = level.split(",", 4)
    ask_px, ask_qty, bid_px, bid_qty = int(fields[0]), int(fields[1]), int(fields[2]), int(fields[3])
    return (bid_px if bid_qty else 0, bid_qty, ask_px if ask_qty else 0, ask_qty)
