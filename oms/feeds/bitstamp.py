"""Bitstamp order-level recordings: orders.csv[.gz] and trades.csv of one pair, times in milliseconds UTC.

An order row is id, time received, exchange time, price, volume, action (created, changed, deleted), direction (bid, ask). It starts with
a snapshot as created rows; at its end the recorder deletes what was left, rows whose two times are equal: those are not market events.
The top of the book is folded from the orders; exchange time orders the tape.

What this file decides:
- rows of one millisecond are one event: within it an incoming order shows as resting at its limit before the rows that fill it, and a
  snapshot is half a book;
- while the folded book is crossed nothing is published (the last top stands). If it is still so after `CROSSED_MS_MAX`, a deletion was
  lost by the recorder: the oldest order of the two crossing levels is dropped, until the book is whole;
- a row for an unknown order that deletes it is ignored; a changed one places the order.

It does not know liquidity that never rested.
"""

import gzip
import heapq
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import TextIO

from oms.feeds.tape import ReplayTape, TapeError, TapeEvent, TapeInstrument, TapeQuote, TapeTrade, TapeVenue
from oms.feeds.window import UTC, Window, local_date, span

PRICE_SCALE = 2
QTY_SCALE = 8
LOT_SIZE = 1  # displayed sizes use all eight decimals: a coarser lot could not take what is shown
TICK_SIZE = 100  # every price of the recordings is a whole currency unit
CROSSED_MS_MAX = 500  # fills of one order arrive within milliseconds; longer is a lost row
NS_PER_MS = 1_000_000
VENUE = TapeVenue("BSTP", "Bitstamp", True)

_ORDER_COLUMNS = "id,timestamp,exchange_timestamp,price,volume,action,direction"
_TRADE_COLUMNS = "trade_id,timestamp,exchange_timestamp,price,amount,buy_order_id,sell_order_id,side"


def recognise(folder: Path) -> bool:
    return _orders_path(folder) is not None and (folder / "trades.csv").is_file()


def open_bitstamp(folder: Path, window: Window) -> ReplayTape:
    orders = _orders_path(folder)
    assert orders is not None
    symbol, currency = _pair(folder)
    if not window.wants(symbol):
        raise TapeError(f"{folder} holds {symbol} only; leave out the choice of instruments or name it")
    first_ms, last_ms = _first_and_last_ms(orders)
    date = window.date or local_date(first_ms * NS_PER_MS, UTC)
    start_ns, end_ns = span(window, UTC, date, first_ms * NS_PER_MS, last_ms * NS_PER_MS)
    if window.date is not None and not _on_date(window, first_ms, last_ms):
        raise TapeError(f"no data on {window.date}: {folder} is of {local_date(first_ms * NS_PER_MS, UTC)}")

    def stream(from_ns: int) -> Iterator[TapeEvent]:
        trades = (trade for trade in _trades(folder / "trades.csv", symbol) if trade.time_ns >= from_ns)
        # The order of the streams is the order at equal times.
        return heapq.merge(trades, _quotes(orders, symbol), key=attrgetter("time_ns"))

    instrument = TapeInstrument(symbol, currency, PRICE_SCALE, QTY_SCALE, LOT_SIZE, TICK_SIZE)
    return ReplayTape(f"replay Bitstamp {symbol} {date}", start_ns, end_ns, (instrument,), (VENUE,), stream)


def _orders_path(folder: Path) -> Path | None:
    return next((path for name in ("orders.csv.gz", "orders.csv") if (path := folder / name).is_file()), None)


def _on_date(window: Window, first_ms: int, last_ms: int) -> bool:
    assert window.date is not None
    return local_date(first_ms * NS_PER_MS, UTC) <= window.date <= local_date(last_ms * NS_PER_MS, UTC)


def _pair(folder: Path) -> tuple[str, str]:
    """Symbol and currency; meta.json is optional beside the two CSVs."""
    meta = folder / "meta.json"
    pair = "btcusd"
    if meta.is_file():
        try:
            pair = str(json.loads(meta.read_text(encoding="utf-8"))["pair"])
        except (ValueError, KeyError, TypeError) as error:
            raise TapeError(f"{meta} names no pair: {error}") from error
    return f"{pair[:3]}-{pair[3:]}".upper(), pair[3:].upper()


def _rows(path: Path, columns: str) -> Iterator[list[str]]:
    """The rows after the header, split. Raises TapeError where the file is not what it should be."""
    width = columns.count(",") + 1
    try:
        with _text(path) as lines:
            header = lines.readline().strip()
            if header != columns:
                raise TapeError(f"{path} starts with {header[:80]!r}, expected {columns}")
            for row, line in enumerate(lines, start=2):
                fields = line.rstrip("\n").split(",")
                if len(fields) != width:
                    raise TapeError(f"{path} row {row} has {len(fields)} columns, expected {width}")
                yield fields
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise TapeError(f"{path} cannot be read: {error}") from error


def _text(path: Path) -> TextIO:
    return gzip.open(path, "rt", encoding="ascii") if path.suffix == ".gz" else path.open(encoding="ascii")


def _market_rows(orders: Path) -> Iterator[tuple[int, list[str]]]:
    """(exchange ms, row) without the deletions that the recorder made at its end."""
    for fields in _rows(orders, _ORDER_COLUMNS):
        if fields[5] == "deleted" and fields[1] == fields[2]:
            continue
        try:
            yield int(fields[2]), fields
        except ValueError as error:
            raise TapeError(f"{orders}: {fields[2]!r} is not a time") from error


def _first_and_last_ms(orders: Path) -> tuple[int, int]:
    times = [time_ms for time_ms, _ in _market_rows(orders)]
    if not times:
        raise TapeError(f"{orders} has no orders")
    return times[0], times[-1]


def _scaled(text: str, scale: int) -> int:
    """Exact: a value finer than the scale is an error, not a rounding."""
    whole, _, fraction = text.partition(".")
    if whole.isdigit() and len(fraction) <= scale and (not fraction or fraction.isdigit()):
        return int(whole + fraction.ljust(scale, "0"))
    value = Decimal(text).scaleb(scale)
    if value != int(value):
        raise ValueError(f"{text} has more than {scale} decimals")
    return int(value)


def _trades(path: Path, symbol: str) -> Iterator[TapeTrade]:
    for fields in _rows(path, _TRADE_COLUMNS):
        try:
            time_ns = int(fields[2]) * NS_PER_MS
            price, qty = _scaled(fields[3], PRICE_SCALE), _scaled(fields[4], QTY_SCALE)
        except (ValueError, ArithmeticError) as error:
            raise TapeError(f"{path} trade {fields[0]} cannot be read: {error}") from error
        yield TapeTrade(time_ns, VENUE.code, symbol, price, qty, f"{symbol}-{fields[0]}", False)


def _quotes(orders: Path, symbol: str) -> Iterator[TapeQuote]:
    book = OrderFold()
    top = (0, 0, 0, 0)
    crossed_since_ms: int | None = None
    for time_ms, rows in itertools.groupby(_market_rows(orders), key=lambda item: item[0]):
        for _, fields in rows:
            try:
                volume = _scaled(fields[4], QTY_SCALE)
                book.apply(fields[0], fields[5], fields[6] == "bid", _scaled(fields[3], PRICE_SCALE), volume)
            except (ValueError, ArithmeticError) as error:
                raise TapeError(f"{orders} order {fields[0]} cannot be read: {error}") from error
        if book.crossed():
            crossed_since_ms = time_ms if crossed_since_ms is None else crossed_since_ms
            if time_ms - crossed_since_ms <= CROSSED_MS_MAX:
                continue
            while book.crossed():
                book.drop_oldest_at_top()
        crossed_since_ms = None
        if book.top() != top:
            top = book.top()
            yield TapeQuote(time_ms * NS_PER_MS, VENUE.code, symbol, *top)


@dataclass(frozen=True, slots=True)
class RestingOrder:
    is_bid: bool
    price: int
    volume: int
    arrival: int


class Levels:
    """Volume by price of one side and its best price. `sign` is −1 for bids: the heap then has the best on top for both sides."""

    __slots__ = ("_heap", "_sign", "volume")

    def __init__(self, sign: int) -> None:
        self.volume: dict[int, int] = {}
        self._heap: list[int] = []
        self._sign = sign

    def add(self, price: int, volume: int) -> None:
        after = self.volume.get(price, 0) + volume
        assert after >= 0, "a level never holds less than its orders"
        if price not in self.volume:
            heapq.heappush(self._heap, self._sign * price)
        if after:
            self.volume[price] = after
        else:
            del self.volume[price]

    def best(self) -> int | None:
        """Emptied prices stay in the heap until they come to the top."""
        while self._heap:
            price = self._sign * self._heap[0]
            if price in self.volume:
                return price
            heapq.heappop(self._heap)
        return None


class OrderFold:
    """The book of one pair, folded from its orders."""

    __slots__ = ("_arrivals", "_orders", "asks", "bids")

    def __init__(self) -> None:
        self.bids = Levels(-1)
        self.asks = Levels(1)
        self._orders: dict[str, RestingOrder] = {}
        self._arrivals = 0

    def apply(self, order_id: str, action: str, is_bid: bool, price: int, volume: int) -> None:
        known = self._orders.get(order_id)
        if known is not None:
            self._remove(order_id, known)
        if action == "deleted" or volume == 0:
            return
        self._arrivals += 1
        arrival = self._arrivals if known is None else known.arrival
        self._orders[order_id] = RestingOrder(is_bid, price, volume, arrival)
        (self.bids if is_bid else self.asks).add(price, volume)

    def _remove(self, order_id: str, order: RestingOrder) -> None:
        del self._orders[order_id]
        (self.bids if order.is_bid else self.asks).add(order.price, -order.volume)

    def crossed(self) -> bool:
        bid, ask = self.bids.best(), self.asks.best()
        return bid is not None and ask is not None and bid >= ask

    def drop_oldest_at_top(self) -> None:
        bid, ask = self.bids.best(), self.asks.best()
        at_top = [(o.arrival, id_) for id_, o in self._orders.items() if o.price == (bid if o.is_bid else ask)]
        _, order_id = min(at_top)
        self._remove(order_id, self._orders[order_id])

    def top(self) -> tuple[int, int, int, int]:
        """Bid price and volume, ask price and volume; zeros for an empty side."""
        bid, ask = self.bids.best(), self.asks.best()
        shown_bid = (0, 0) if bid is None else (bid, self.bids.volume[bid])
        return shown_bid + ((0, 0) if ask is None else (ask, self.asks.volume[ask]))
