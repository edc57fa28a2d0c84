"""Market data in FIX sessions: who subscribed to what, and what each is told when a book changes. No I/O, no clock, no numbers.

- A snapshot first, then with every turn in which something changed either the whole again (MDUpdateType 0) or what changed (1).
- Top of book, so many levels, or all there are: the tape's quote, less what was taken from it, together with what the members display.
- A subscription ends with its session's connection. What a session missed is not sent again: it subscribes anew.

It does not know sessions: who it is told about is a connection.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from oms.core.enums import Side
from oms.core.matching import Book
from oms.feeds.tape import TapeTrade
from oms.venues.exchange import BookKey
from oms.venues.market_messages import (
    BID,
    CHANGE,
    DELETE,
    DUPLICATE_ID,
    FULL_BOOK,
    FULL_REFRESH,
    INCREMENTAL,
    NEW,
    NO_SUCH_ENTRY,
    NO_SUCH_TYPE,
    NO_SUCH_UPDATE,
    OFFER,
    SNAPSHOT,
    SUBSCRIBE,
    TRADE,
    UNKNOWN_SYMBOL,
    UNSUBSCRIBE,
    Entry,
    MarketAnswer,
    MarketDataIncremental,
    MarketDataRequest,
    MarketDataRequestReject,
    MarketDataSnapshot,
)

LEVELS_MAX = 1_000
"""Of a full book, a side: far more than a screen or an algorithm looks at."""

SUBSCRIPTIONS_MAX = 1_000
"""Of all sessions together: a turn looks at each."""

TRADES_KEPT_MAX = 10_000
"""Prints of one turn; a turn plays a thousand events of the tape."""

Levels = dict[tuple[str, int], int]
"""(side, price) → size."""


@dataclass(slots=True)
class Subscription:
    connection: int
    request: MarketDataRequest
    told: dict[str, Levels] = field(default_factory=dict)


class MarketData:
    """`books`: those of the exchange; `changed` is told of each that may look otherwise."""

    def __init__(self, books: Callable[[], dict[BookKey, Book]]) -> None:
        self._books = books
        self._subscriptions: dict[tuple[int, str], Subscription] = {}
        self._changed: set[BookKey] = set()
        self._trades: list[TapeTrade] = []

    def changed(self, keys: Iterable[BookKey]) -> None:
        if self._subscriptions:
            self._changed.update(keys)

    def traded(self, trade: TapeTrade) -> None:
        if self._subscriptions and len(self._trades) < TRADES_KEPT_MAX:
            self._trades.append(trade)

    def request(self, connection: int, asked: MarketDataRequest, now_ns: int) -> Iterator[MarketAnswer]:
        """What is answered now."""
        key, kind = (connection, asked.md_req_id), asked.subscription_request_type
        if kind == UNSUBSCRIBE:
            self._subscriptions.pop(key, None)
            return
        refused = self._refusal(key, asked)
        if refused is not None:
            yield MarketDataRequestReject(0, asked.md_req_id, *refused)
            return
        made = Subscription(connection, asked)
        if kind == SUBSCRIBE:
            self._subscriptions[key] = made
        for symbol in dict.fromkeys(asked.symbols):
            yield self._whole(made, symbol, now_ns)

    def _refusal(self, key: tuple[int, str], asked: MarketDataRequest) -> tuple[str, str] | None:
        if asked.subscription_request_type not in (SNAPSHOT, SUBSCRIBE):
            return NO_SUCH_TYPE, f"SubscriptionRequestType {asked.subscription_request_type} is not offered"
        if key in self._subscriptions:
            return DUPLICATE_ID, f"MDReqID {asked.md_req_id} has a subscription"
        if asked.md_update_type not in (FULL_REFRESH, INCREMENTAL):
            return NO_SUCH_UPDATE, f"MDUpdateType {asked.md_update_type} is not offered"
        unknown = [kind for kind in asked.md_entry_types if kind not in (BID, OFFER, TRADE)]
        if unknown or not asked.md_entry_types:
            return NO_SUCH_ENTRY, "MDEntryType 0 (bid), 1 (offer) and 2 (trade) are offered"
        absent = [symbol for symbol in asked.symbols if (asked.market, symbol) not in self._books()]
        if absent or not asked.symbols:
            return UNKNOWN_SYMBOL, f"{asked.market} does not list {', '.join(absent) or 'nothing'}"
        if len(self._subscriptions) >= SUBSCRIPTIONS_MAX:
            return NO_SUCH_TYPE, f"more than {SUBSCRIPTIONS_MAX} subscriptions: end some"
        return None

    def news(self, connected: Callable[[int], bool], now_ns: int) -> Iterator[tuple[int, MarketAnswer]]:
        """(connection, message) for all that changed since the last call."""
        changed, trades = self._changed, self._trades
        self._changed, self._trades = set(), []
        for key, made in tuple(self._subscriptions.items()):
            if not connected(made.connection):
                del self._subscriptions[key]
                continue
            for symbol in made.request.symbols:
                book_key = (made.request.market, symbol)
                prints = [t for t in trades if (t.venue, t.instrument) == book_key]
                if book_key in changed or prints:
                    message = self._since(made, symbol, prints, now_ns)
                    if message is not None:
                        yield made.connection, message

    def _since(self, made: Subscription, symbol: str, prints: list[TapeTrade], now_ns: int) -> MarketAnswer | None:
        asked = made.request
        trades = [_trade(t) for t in prints] if TRADE in asked.md_entry_types else []
        before, levels = made.told[symbol], self._levels(asked, symbol)
        if levels == before and not trades:
            return None
        made.told[symbol] = levels
        if asked.md_update_type == FULL_REFRESH:
            entries = [*_entries(levels, now_ns), *trades]
            return MarketDataSnapshot(0, asked.md_req_id, symbol, tuple(e.text() for e in entries))
        changes = [*_changes(before, levels, now_ns), *(t._replace(action=NEW) for t in trades)]
        return MarketDataIncremental(0, asked.md_req_id, symbol, tuple(e.text() for e in changes))

    def _whole(self, made: Subscription, symbol: str, now_ns: int) -> MarketDataSnapshot:
        levels = made.told[symbol] = self._levels(made.request, symbol)
        entries = tuple(e.text() for e in _entries(levels, now_ns))
        return MarketDataSnapshot(0, made.request.md_req_id, symbol, entries)

    def _levels(self, asked: MarketDataRequest, symbol: str) -> Levels:
        book = self._books()[asked.market, symbol]
        most = asked.market_depth if asked.market_depth != FULL_BOOK else LEVELS_MAX
        found: Levels = {}
        for kind, side in ((BID, Side.BUY), (OFFER, Side.SELL)):
            if kind in asked.md_entry_types:
                found |= {(kind, px): size for px, size in _side(book, side, most)}
        return found


def _side(book: Book, side: Side, most: int) -> list[tuple[int, int]]:
    """(price, size), best first: the tape's quote and what members display, at one price together."""
    top = book.available()
    px, size = (top.bid_px, top.bid_qty) if side is Side.BUY else (top.ask_px, top.ask_qty)
    levels = dict(book.depth(side, most))
    if size:
        levels[px] = levels.get(px, 0) + size
    return sorted(levels.items(), key=lambda level: -side.sign * level[0])[:most]


def _entries(levels: Levels, now_ns: int) -> Iterator[Entry]:
    place = {BID: 0, OFFER: 0}
    for (kind, px), size in levels.items():
        place[kind] += 1
        yield Entry(kind, px, size, now_ns, place[kind], f"{kind}-{px}")


def _changes(before: Levels, after: Levels, now_ns: int) -> Iterator[Entry]:
    """Deletions first, so that no book is ever crossed by its updates."""
    for (kind, px), size in before.items():
        if (kind, px) not in after:
            yield Entry(kind, px, size, now_ns, 0, f"{kind}-{px}", DELETE)
    for entry in _entries(after, now_ns):
        old = before.get((entry.entry_type, entry.px))
        if old != entry.size:
            yield entry._replace(action=NEW if old is None else CHANGE)


def _trade(trade: TapeTrade) -> Entry:
    return Entry(TRADE, trade.price, trade.qty, trade.time_ns, 0, trade.trade_id)
