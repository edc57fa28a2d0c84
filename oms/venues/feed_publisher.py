"""Publishes venues' market data in `oms.market`: one per execution process, for the venues whose data its partitions own.

The owner of execution partition (venue number mod partitions) publishes a venue; its epoch is the feed epoch, so that readers drop
what a replaced owner still sends. The tape's clock goes the other way over the same connection: the anchor that the owner has folded.

Quotes may be conflated (the venue does that for a slow reader); prints never: after a reconnect they are asked for again from a
margin before, and readers drop repeated trade ids. A failed append ends the connection, so that its prints come again.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from oms.core.control import ClockAnchor, tape_now
from oms.core.market import MarketRecord, Quote, Trade
from oms.core.reference import Reference
from oms.runtime.log import Appender, Failed, Log, TopicPartition
from oms.venues import messages as m
from oms.venues.session_client import Disconnected, FeedClient
from oms.wire import topics
from oms.wire.codec import encode_intake

_LOGGER = logging.getLogger(__name__)

TRADES_AGAIN_S = 120
"""Wall seconds of prints asked for again at a reconnect: longer than any restart of ours, and bounded."""

EVENTS_PER_RECORD_MAX = 500
RECONNECT_NS = 500_000_000


@dataclass(frozen=True, slots=True)
class FeedOwner:
    """What a partition's owner lends to the publisher; `epoch` −1 while it does not own."""

    partition: int
    epoch: int
    reference: Reference | None
    anchor: ClockAnchor | None
    anchor_offset: int


@dataclass(slots=True)
class _Feed:
    client: FeedClient
    venues: tuple[str, ...]
    epoch: int
    anchor_told: int = -1


@dataclass(slots=True)
class FeedPublisher:
    """`turn` is called by one thread. `owners` is asked at every turn."""

    log: Log
    host: str
    port: int
    partitions: int
    owners: Callable[[], Sequence[FeedOwner]]
    status: m.ClockStatus | None = None
    _feeds: dict[int, _Feed] = field(default_factory=dict)
    _appenders: dict[int, Appender] = field(default_factory=dict)
    _not_before_ns: dict[int, int] = field(default_factory=dict)

    def turn(self) -> bool:
        """Connect what should be connected, pass on what has come; whether anything was done."""
        done = False
        for owner in self.owners():
            venues = self._venues_of(owner)
            feed = self._feeds.get(owner.partition)
            if feed is not None and (feed.venues != venues or feed.epoch != owner.epoch):
                feed.client.close()
                feed = self._feeds.pop(owner.partition, None) and None
            if feed is None and venues:
                feed = self._connect(owner, venues)
            if feed is not None:
                done |= self._pass_on(owner, feed)
        self._watch_appends()
        return done

    def close(self) -> None:
        for feed in self._feeds.values():
            feed.client.close()
        for appender in self._appenders.values():
            appender.close(2.0)

    def _venues_of(self, owner: FeedOwner) -> tuple[str, ...]:
        if owner.epoch < 0 or owner.reference is None:
            return ()
        venues = list(owner.reference.venues.values())
        return tuple(sorted(v.venue_id for v in venues if v.number % self.partitions == owner.partition))

    def _connect(self, owner: FeedOwner, venues: tuple[str, ...]) -> _Feed | None:
        now = time.time_ns()
        if now < self._not_before_ns.get(owner.partition, 0):
            return None
        self._not_before_ns[owner.partition] = now + RECONNECT_NS
        logon = m.FeedLogon(venues, _trades_from(owner.anchor, now))
        feed = _Feed(FeedClient.connect(self.host, self.port, m.encode(logon)), venues, owner.epoch)
        self._feeds[owner.partition] = feed
        return feed

    def _pass_on(self, owner: FeedOwner, feed: _Feed) -> bool:
        if owner.anchor is not None and owner.anchor_offset != feed.anchor_told:
            a = owner.anchor
            feed.client.send(m.encode(m.Clock(owner.anchor_offset, a.wall_ns, a.tape_ns, a.speed_milli)))
            feed.anchor_told = owner.anchor_offset
        lines = feed.client.poll()
        batches: dict[tuple[str, str], tuple[list[Quote], list[Trade]]] = {}
        for line in lines:
            if isinstance(line, Disconnected):
                _LOGGER.warning("market data of %s: %s", ",".join(feed.venues), line.text)
                self._feeds.pop(owner.partition, None)
            else:
                self._sort(m.decode(line), batches)
        for (venue, instrument), (quotes, trades) in batches.items():
            self._publish(venue, instrument, feed.epoch, quotes, trades)
        return bool(lines)

    def _sort(self, message: m.Message, batches: dict[tuple[str, str], tuple[list[Quote], list[Trade]]]) -> None:
        match message:
            case m.Quote():
                quote = Quote(message.time_ns, message.bid_px, message.bid_size, message.offer_px, message.offer_size)
                batches.setdefault((message.venue, message.symbol), ([], []))[0].append(quote)
            case m.Trade():
                trade = Trade(message.time_ns, message.last_px, message.last_qty, message.trade_id, message.suspicious)
                batches.setdefault((message.venue, message.symbol), ([], []))[1].append(trade)
            case m.ClockStatus():
                self.status = message
            case m.FeedReject():
                _LOGGER.error("the venue process refuses market data: %s", message.text)
            case _:
                _LOGGER.error("market data connection brought %s", type(message).__name__)

    def _publish(self, venue: str, instrument: str, epoch: int, quotes: list[Quote], trades: list[Trade]) -> None:
        partition = topics.market_partition(instrument, self.partitions)
        appender = self._appenders.get(partition)
        if appender is None:
            appender = self._appenders[partition] = self.log.appender(TopicPartition(topics.MARKET, partition))
        for start in range(0, max(len(quotes), len(trades)), EVENTS_PER_RECORD_MAX):
            end = start + EVENTS_PER_RECORD_MAX
            record = MarketRecord(venue, instrument, epoch, tuple(quotes[start:end]), tuple(trades[start:end]))
            appender.append(instrument.encode(), encode_intake(topics.MARKET, record))

    def _watch_appends(self) -> None:
        for partition, appender in list(self._appenders.items()):
            failed = [o for o in appender.poll(0.0) if isinstance(o, Failed)]
            if failed:
                where = {"topic": topics.MARKET, "partition": partition}
                _LOGGER.error("market data not written: %s: every feed starts again", failed[0].reason, extra=where)
                appender.purge()
                del self._appenders[partition]
                for feed in self._feeds.values():
                    feed.client.close()


def _trades_from(anchor: ClockAnchor | None, wall_ns: int) -> int:
    """Tape time from which prints are asked for again; 0 = none, before the tape's clock is known."""
    if anchor is None:
        return 0
    return max(1, tape_now(anchor, wall_ns) - TRADES_AGAIN_S * 1_000_000 * max(1000, anchor.speed_milli))
