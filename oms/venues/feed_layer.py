"""Market data to feed connections: what each gets, and what becomes of one that does not keep up. No I/O, no clock.

- After FeedLogon: with `trades_from_ns` first every print since then, read from the tape again (a reader drops the trade ids that it
  has), then the quotes in force, then everything as it happens.
- A feed that lags (its socket holds back more than `HIGH_WATER_BYTES`) or that is still catching up gets no quote until it is up
  to date again, and then the last of each book. Prints are never left out: a feed that holds back `FEED_BYTES_MAX` is dropped,
  and comes back with `trades_from_ns`.
"""

from dataclasses import dataclass, field

from oms.core.matching import Displayed
from oms.feeds.tape import TapeTrade
from oms.venues import messages as m
from oms.venues.exchange import BookKey
from oms.venues.tape_player import TapePlayer

HIGH_WATER_BYTES = 256 * 1024
FEED_BYTES_MAX = 32 * 1024 * 1024
CATCH_UP_EVENTS_MAX = 2_000  # per turn, so that orders are not kept waiting


@dataclass(slots=True)
class Feed:
    """`catch_up` replays the tape's prints until it is where the tape is."""

    venues: frozenset[str]
    catch_up: TapePlayer | None
    lagging: bool = False
    lines: list[bytes] = field(default_factory=list)
    stale: set[BookKey] = field(default_factory=set)


class FeedLayer:
    """Feeds by connection, and the quote of each book as it was last shown."""

    def __init__(self) -> None:
        self.feeds: dict[int, Feed] = {}
        self._shown: dict[BookKey, m.Quote] = {}

    def join(self, connection: int, venues: frozenset[str], catch_up: TapePlayer | None) -> None:
        feed = Feed(venues, catch_up)
        feed.stale = {key for key in self._shown if key[0] in venues}
        self.feeds[connection] = feed

    def leave(self, connection: int) -> None:
        feed = self.feeds.pop(connection, None)
        if feed is not None and feed.catch_up is not None:
            feed.catch_up.close()

    def show(self, key: BookKey, top: Displayed, time_ns: int) -> None:
        """A book displays `top` now; nothing is sent where it did before."""
        last = self._shown.get(key)
        if last is not None and (last.bid_px, last.bid_size, last.offer_px, last.offer_size) == top:
            return
        quote = self._shown[key] = m.Quote(time_ns, *key, *top)
        line = b""
        for feed in self.feeds.values():
            if key[0] in feed.venues:
                if feed.lagging or feed.catch_up is not None or key in feed.stale:
                    feed.stale.add(key)
                else:
                    line = line or m.encode(quote)
                    feed.lines.append(line)

    def trade(self, trade: TapeTrade) -> None:
        line = b""
        for feed in self.feeds.values():
            if trade.venue in feed.venues and feed.catch_up is None:
                line = line or _trade_line(trade)
                feed.lines.append(line)

    def tell_all(self, message: m.FeedMessage) -> None:
        line = m.encode(message)
        for feed in self.feeds.values():
            feed.lines.append(line)

    def go_on_catching_up(self, position_ns: int) -> None:
        """Call before the tape is played beyond `position_ns`: a feed that has caught up to it is live from here."""
        for feed in self.feeds.values():
            if feed.catch_up is not None:
                for event in feed.catch_up.play(position_ns, CATCH_UP_EVENTS_MAX):
                    if isinstance(event, TapeTrade) and event.venue in feed.venues:
                        feed.lines.append(_trade_line(event))
                if feed.catch_up.position_ns >= position_ns:
                    feed.catch_up.close()
                    feed.catch_up = None

    @property
    def catching_up(self) -> bool:
        return any(feed.catch_up is not None for feed in self.feeds.values())

    def take(self, connection: int, held_bytes: int) -> bytes | None:
        """What to write to a connection that still holds back `held_bytes`; None = drop the connection."""
        feed = self.feeds[connection]
        if held_bytes > FEED_BYTES_MAX:
            return None
        feed.lagging = held_bytes > HIGH_WATER_BYTES
        if feed.stale and not feed.lagging and feed.catch_up is None:
            feed.lines.extend(m.encode(self._shown[key]) for key in sorted(feed.stale))
            feed.stale.clear()
        out = b"".join(feed.lines)
        feed.lines.clear()
        return out


def _trade_line(t: TapeTrade) -> bytes:
    return m.encode(m.Trade(t.time_ns, t.venue, t.instrument, t.price, t.qty, t.trade_id, t.suspicious))
