"""The venue process: all simulated venues of one tape behind one loopback port. The shell around the layers; it decides only order.

One turn of its loop, in this order:
1. the tape is played up to where the clock wants it (`tape_clock`), through the books, to the feeds;
2. the messages that are due (arrival + the venue's latency, in order per connection) go through the session layer to the exchange;
3. heartbeats;
4. everything the turn did is written to the log as one batch;
5. only then anything leaves: replies, reports, market data.
A failure in 1 to 4 ends the process: recovery from the log is the only way back, and it is the way it starts.

After a restart the tape goes on behind the position in the log; the quotes in force there come first, and a book that has none is
emptied. The clock's anchor is in the log too, so the tape catches up by itself.
"""

import asyncio
import contextlib
import heapq
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from oms.core.matching import Displayed
from oms.feeds.tape import TapeEvent, TapeQuote, TapeSource
from oms.venues import messages as m
from oms.venues.exchange import BookKey, Exchange
from oms.venues.feed_layer import FeedLayer
from oms.venues.session_layer import Close, DuplicateLogon, SendLine, SessionLayer
from oms.venues.tape_clock import TapeClock
from oms.venues.tape_player import TapePlayer
from oms.venues.venue_log import SEGMENTS_KEPT, Batch, VenueLog, checkpoint

TAPE_EVENTS_PER_TURN_MAX = 1_000  # about 20 ms of work: orders do not wait longer behind the tape
MESSAGES_PER_TURN_MAX = 1_000  # bounds a batch
TURN_S = 0.005  # how often the tape moves
IDLE_TURN_S = 0.05  # while it stands
TIMER_NS = 100_000_000
POSITION_MARK_NS = 200_000_000  # how often a moved tape alone is worth a line in the log
STATUS_NS = 1_000_000_000
UNREAD_BYTES_MAX = 16 * 1024 * 1024  # a session that does not read this much is disconnected; a resend brings it later
LINGER_S = 1.0  # for the last bytes of a connection that is being closed
BACKLOG_MAX = 100_000  # messages waiting for their latency; a peer beyond it is disconnected


@dataclass(frozen=True, slots=True)
class VenueSettings:
    """`port` 0 = any free one. `latency_ns` per venue code (wall time between arrival and effect; none given = 0)."""

    port: int
    log_dir: Path
    latency_ns: Mapping[str, int] = field(default_factory=dict)
    on_duplicate_logon: DuplicateLogon = DuplicateLogon.REPLACE
    segments_kept: int = SEGMENTS_KEPT
    host: str = "127.0.0.1"


@dataclass(order=True, slots=True)
class _Arrival:
    """A message (or the end: None) of a connection, to be taken at `due_ns`."""

    due_ns: int
    order: int
    connection: int = field(compare=False)
    message: m.Message | m.MessageError | None = field(compare=False)
    line: bytes = field(compare=False, default=b"")


class _Connection(asyncio.Protocol):
    """Bytes to lines. What has a closed `transport` is deaf: nothing that arrived later is read."""

    def __init__(self, process: "VenueProcess", number: int) -> None:
        self._process = process
        self.number = number
        self.transport: asyncio.Transport | None = None
        self.last_due_ns = 0
        self._partial = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._process.joined(self)

    def data_received(self, data: bytes) -> None:
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._process.arrived(self, line)
        if len(self._partial) > m.LINE_BYTES_MAX:
            self._process.arrived(self, self._partial)
            self._partial = b""

    def connection_lost(self, exc: Exception | None) -> None:
        self._process.lost(self)


class VenueProcess:
    """`start`, then `run` until `stop` is called or something fails (then it raises)."""

    def __init__(self, source: TapeSource, settings: VenueSettings) -> None:
        self._source = source
        self._settings = settings
        self._log = VenueLog(settings.log_dir, source.label, settings.segments_kept)
        self.exchange = Exchange(source.venues(), source.instruments())
        self.sessions = SessionLayer(settings.on_duplicate_logon)
        self._feeds = FeedLayer()
        self._clock = TapeClock()
        self._connections: dict[int, _Connection] = {}
        self._arrivals: list[_Arrival] = []
        self._received: list[tuple[str, bytes]] = []
        self._counter = 0
        self._anchor_new = False
        self._position_ns = self._marked_ns = source.start_ns - 1
        self._unseen: set[BookKey] = set()  # books that no quote was seen for since a restart
        self._resumed_ns = 0
        self._timer_ns = self._status_ns = self._mark_ns = 0
        self._player: TapePlayer | None = None
        self._server: asyncio.Server | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        self.port = settings.port

    # From start to stop

    async def start(self) -> None:
        """Recover, then listen. Raises `VenueLogError`, and OSError where the port is in use."""
        self._recover()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, self._settings.host, self._settings.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while not self._stopping:
                self._wake.clear()
                if self._turn(time.time_ns()):
                    await asyncio.sleep(0)
                    continue
                timer = loop.call_later(self._pause_s(time.time_ns()), self._wake.set)
                await self._wake.wait()
                timer.cancel()
            self.sessions.end_all("the venue is shutting down", time.time_ns())
            self._commit(time.time_ns(), mark=True)
        finally:
            await self._close()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections.values()):
            if connection.transport is not None:
                connection.transport.close()
        for number in tuple(self._feeds.feeds):
            self._feeds.leave(number)
        if self._player is not None:
            self._player.close()
        self._log.close()
        await asyncio.sleep(0)

    def _recover(self) -> None:
        recovered = self._log.open()
        for numbers in recovered.sessions.values():
            self.sessions.restore(numbers)
        for row in sorted(recovered.orders.values(), key=lambda r: int(r.order_id.rsplit("-", 1)[1])):
            self.exchange.restore_order(row)
        for key, state in recovered.books.items():
            self.exchange.books[key].restore(state)
        self._clock.anchor = recovered.anchor
        if recovered.tape_ns is not None and recovered.tape_ns >= self._source.start_ns:
            self._position_ns = self._marked_ns = recovered.tape_ns
            self._resumed_ns = recovered.tape_ns + 1
            self._unseen = set(self.exchange.books)
            self.exchange.on_time(recovered.tape_ns)
        if self._log.full:
            self._log.rotate(self._everything(time.time_ns()))

    # Connections (called by the event loop, between turns)

    def _accept(self) -> _Connection:
        self._counter += 1
        return _Connection(self, self._counter)

    def joined(self, connection: _Connection) -> None:
        self._connections[connection.number] = connection

    def arrived(self, connection: _Connection, line: bytes) -> None:
        if connection.number not in self._connections:
            return
        message: m.Message | m.MessageError
        try:
            message = m.decode(line)
        except m.MessageError as error:
            message = error
        if len(self._arrivals) >= BACKLOG_MAX:
            self._disconnect(connection.number)
            return
        self._enqueue(connection, message, line)

    def lost(self, connection: _Connection) -> None:
        """What arrived before the end is still carried out, in its turn."""
        if connection.number in self._connections:
            self._enqueue(connection, None, b"")

    def _enqueue(self, connection: _Connection, message: m.Message | m.MessageError | None, line: bytes) -> None:
        due_ns = max(connection.last_due_ns, time.time_ns() + self._latency_ns(connection.number, message))
        connection.last_due_ns = due_ns
        self._counter += 1
        heapq.heappush(self._arrivals, _Arrival(due_ns, self._counter, connection.number, message, line))
        self._wake.set()

    def _latency_ns(self, connection: int, message: m.Message | m.MessageError | None) -> int:
        if not self._settings.latency_ns or not isinstance(message, m.OrderMessage):
            return 0
        session_id = self.sessions.session_of(connection)
        venue = self.exchange.venue_of(session_id, message) if session_id is not None else None
        return self._settings.latency_ns.get(venue, 0) if venue is not None else 0

    # A turn

    def _pause_s(self, wall_ns: int) -> float:
        pause_s = IDLE_TURN_S if self._clock.anchor is None else TURN_S
        if self._arrivals:
            pause_s = min(pause_s, (self._arrivals[0].due_ns - wall_ns) / 1e9)
        return max(0.0, pause_s)

    def _turn(self, wall_ns: int) -> bool:
        """True if there is more to do at once."""
        more = self._play(wall_ns) | self._take_arrivals(wall_ns)
        if wall_ns - self._timer_ns >= TIMER_NS:
            self._timer_ns = wall_ns
            self.sessions.on_timer(wall_ns)
        if wall_ns - self._status_ns >= STATUS_NS:
            self._status_ns = wall_ns
            self._feeds.tell_all(self._status(wall_ns))
        self._commit(wall_ns, mark=wall_ns - self._mark_ns >= POSITION_MARK_NS)
        return more

    def _play(self, wall_ns: int) -> bool:
        self._feeds.go_on_catching_up(self._position_ns)
        wanted_ns = self._clock.wanted_ns(wall_ns)
        if wanted_ns is None or wanted_ns <= self._position_ns:
            return self._feeds.catching_up
        if self._player is None:
            self._player = TapePlayer(self._source, self._position_ns)
        events = self._player.play(wanted_ns, TAPE_EVENTS_PER_TURN_MAX)
        for event in events:
            self._play_event(event)
        self._position_ns = self._player.position_ns
        if self._unseen and self._position_ns > self._resumed_ns:
            self._empty_unseen()
        self.exchange.on_time(self._position_ns)
        return len(events) >= TAPE_EVENTS_PER_TURN_MAX or self._feeds.catching_up

    def _play_event(self, event: TapeEvent) -> None:
        self.exchange.on_time(event.time_ns)
        if self._unseen and event.time_ns > self._resumed_ns:
            self._empty_unseen()
        if not isinstance(event, TapeQuote):
            self._feeds.trade(event)
            self.exchange.on_trade(event)
            return
        key = event.venue, event.instrument
        self._unseen.discard(key)
        self.exchange.on_quote(event)
        book = self.exchange.books.get(key)
        top = book.available() if book else Displayed(event.bid_px, event.bid_qty, event.ask_px, event.ask_qty)
        self._feeds.show(key, top, event.time_ns)

    def _empty_unseen(self) -> None:
        """A tape that goes on in its middle repeats the quotes in force; a venue it names none for shows nothing."""
        for venue, symbol in sorted(self._unseen):
            self.exchange.on_quote(TapeQuote(self._resumed_ns, venue, symbol, 0, 0, 0, 0))
        self._unseen.clear()

    def _take_arrivals(self, wall_ns: int) -> bool:
        taken = 0
        while self._arrivals and self._arrivals[0].due_ns <= wall_ns and taken < MESSAGES_PER_TURN_MAX:
            arrival = heapq.heappop(self._arrivals)
            if arrival.connection in self._connections:
                self._take(arrival, wall_ns)
                taken += 1
        for session_id, report in self.exchange.reports:
            self.sessions.report(session_id, report, wall_ns)
        self.exchange.reports = []
        return bool(self._arrivals) and self._arrivals[0].due_ns <= wall_ns

    def _take(self, arrival: _Arrival, wall_ns: int) -> None:
        message, connection = arrival.message, arrival.connection
        if message is None:
            self.sessions.disconnected(connection)
            self._feeds.leave(connection)
            del self._connections[connection]
        elif isinstance(message, m.FeedMessage) or connection in self._feeds.feeds:
            self._take_feed(connection, message)
        elif isinstance(message, m.MessageError):
            self._flush_reports(wall_ns)
            self.sessions.refuse_line(connection, message, wall_ns)
        else:
            self._flush_reports(wall_ns)
            business = self.sessions.receive(connection, message, wall_ns)
            if business is not None:
                session_id = self.sessions.session_of(connection)
                assert session_id is not None
                self._received.append((session_id, arrival.line))
                self.exchange.handle(session_id, business, max(self._position_ns, self._source.start_ns))
        self._drop_closed()

    def _flush_reports(self, wall_ns: int) -> None:
        """Reports get their numbers in the order in which things happened, session-level messages among them."""
        for session_id, report in self.exchange.reports:
            self.sessions.report(session_id, report, wall_ns)
        self.exchange.reports = []

    def _drop_closed(self) -> None:
        """A connection that is to be closed is not read any more, in this turn already."""

    def _take_feed(self, connection: int, message: m.Message | m.MessageError) -> None:
        raise NotImplementedError

    def _status(self, wall_ns: int) -> m.ClockStatus:
        raise NotImplementedError

    def _everything(self, wall_ns: int) -> Batch:
        raise NotImplementedError

    def _commit(self, wall_ns: int, mark: bool) -> None:
        raise NotImplementedError

    def _disconnect(self, number: int) -> None:
        raise NotImplementedError


async def serve(source: TapeSource, settings: VenueSettings, ready: Callable[[int], None] | None = None) -> None:
    raise NotImplementedError
