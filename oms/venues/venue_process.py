"""The venue process: all simulated venues of one tape behind one loopback port, and a second one where they speak FIX. The shell around the
layers; it decides only order.

One turn of its loop, in this order:
1. the tape is played up to where the clock wants it (`tape_clock`), through the books, to the feeds;
2. the messages that are due (arrival + the venue's latency, in order per connection) go through the session layer to the exchange;
3. heartbeats;
4. everything the turn did is written to the log as one batch;
5. only then anything leaves: replies, reports, market data.
A failure in 1 to 4 ends the process: recovery from the log is the only way back, and it is the way it starts.

After a restart the books first show the quotes in force at the position in the log (read from the tape; the log holds a quote only
where something was taken from it), then the tape goes on behind it. The clock's anchor is in the log too, so the tape catches up by
itself.
"""

import asyncio
import heapq
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oms.core.matching import Displayed
from oms.feeds.tape import TapeEvent, TapeQuote, TapeSource
from oms.runtime.fix_tls import RenewedContext, ServerTls, TlsPipe
from oms.venues import messages as m
from oms.venues.exchange import Exchange
from oms.venues.fault_messages import FaultMessage
from oms.venues.feed_layer import FeedLayer
from oms.venues.fix_mapping import UNKNOWN_SCALE
from oms.venues.fix_rules import RulesOfEngagement
from oms.venues.operator_messages import OperatorMessage
from oms.venues.order_entry import OrderEntry
from oms.venues.session_layer import Close, DuplicateLogon, Effect, SendLine, SessionLayer
from oms.venues.tape_clock import TapeClock
from oms.venues.tape_player import TapePlayer
from oms.venues.venue_connection import VenueConnection
from oms.venues.venue_log import SEGMENTS_KEPT, Batch, VenueLog, checkpoint
from oms.venues.venue_terms import VenueTerms
from oms.venues.venue_wire import FixWire, LineWire, Taken, Wire

TAPE_EVENTS_PER_TURN_MAX = 1_000  # about 20 ms of work: orders do not wait longer behind the tape
MESSAGES_PER_TURN_MAX = 1_000  # bounds a batch
TURN_S = 0.005  # how often the tape moves
IDLE_TURN_S = 0.05  # while it stands
TIMER_NS = 100_000_000
POSITION_MARK_NS = 200_000_000  # how often a moved tape alone is worth a line in the log
STATUS_NS = 1_000_000_000
UNREAD_BYTES_MAX = 16 * 1024 * 1024  # a session that does not read this much is disconnected; a resend brings it later
BACKLOG_MAX = 100_000  # messages waiting for their latency; a peer beyond it is disconnected


@dataclass(frozen=True, slots=True)
class VenueSettings:
    """`port` 0 = any free one. `terms` per venue code: what it offers, how it behaves, its latency (wall time between arrival and effect);
    a venue without any offers everything at once. `fix_port`: of the FIX sessions, None: there are none; `rules` per venue code: what its FIX
    is like. `drop_copies`: order session → the session that is told its executions once more. `fix_tls`: of the FIX port, None: in the clear."""

    port: int
    log_dir: Path
    terms: Mapping[str, VenueTerms] = field(default_factory=dict)
    on_duplicate_logon: DuplicateLogon = DuplicateLogon.REPLACE
    segments_kept: int = SEGMENTS_KEPT
    host: str = "127.0.0.1"
    fix_port: int | None = None
    rules: Mapping[str, RulesOfEngagement] = field(default_factory=dict)
    drop_copies: Mapping[str, str] = field(default_factory=dict)
    fix_tls: ServerTls | None = None


@dataclass(order=True, slots=True)
class _Arrival:
    """A message (or the end: None) of a connection, to be taken at `due_ns`."""

    due_ns: int
    order: int
    connection: int = field(compare=False)
    message: m.Message | m.MessageError | None = field(compare=False)
    line: bytes = field(compare=False, default=b"")


class VenueProcess:
    """`start`, then `run` until `stop` is called or something fails (then it raises)."""

    def __init__(self, source: TapeSource, settings: VenueSettings) -> None:
        self._source = source
        self._settings = settings
        self._log = VenueLog(settings.log_dir, source.label, settings.segments_kept)
        self.exchange = Exchange(source.venues(), source.instruments(), settings.terms)
        self.sessions = SessionLayer(settings.on_duplicate_logon)
        self._entry = OrderEntry(self.sessions, self.exchange, settings.drop_copies)
        self._feeds = FeedLayer()
        self._clock = TapeClock()
        self._connections: dict[int, VenueConnection] = {}
        self._arrivals: list[_Arrival] = []
        self._counter = 0
        self._anchor_new = False
        self._closing: dict[int, VenueConnection] = {}
        self._effects_seen = 0
        self._position_ns = self._marked_ns = source.start_ns - 1
        self._timer_ns = self._status_ns = self._mark_ns = 0
        self._player: TapePlayer | None = None
        self._servers: list[asyncio.Server] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self.port, self.fix_port = settings.port, settings.fix_port

    # From start to stop

    async def start(self) -> None:
        """Recover, then listen. Raises `VenueLogError`, OSError where a port is in use, TlsError where the certificates cannot be used."""
        self._recover()
        if self._position_ns >= self._source.start_ns:
            await self._show_quotes_in_force()
        self.port = await self._listen(LineWire, self._settings.port, None)
        if self._settings.fix_port is not None:
            self.fix_port = await self._listen(self._fix_wire, self._settings.fix_port, self._settings.fix_tls)

    async def _listen(self, wire: Callable[[], Wire], port: int, tls: ServerTls | None) -> int:
        context = RenewedContext(tls) if tls is not None else None

        def accept() -> VenueConnection:
            return self._accept(wire(), TlsPipe(context.get()) if context is not None else None)

        server = await asyncio.get_running_loop().create_server(accept, self._settings.host, port)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def _fix_wire(self) -> FixWire:
        scales, unknown = self.exchange.scales, (UNKNOWN_SCALE, UNKNOWN_SCALE)
        venues = frozenset(venue.code for venue in self._source.venues())
        return FixWire(venues, self._settings.rules, lambda symbol: scales.get(symbol, unknown))

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
        for server in self._servers:
            server.close()
        for connection in tuple(self._connections.values()):
            connection.close()
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
        self.exchange.suspended = recovered.suspended
        self._clock.anchor = recovered.anchor
        if recovered.tape_ns is not None and recovered.tape_ns >= self._source.start_ns:
            self._position_ns = self._marked_ns = recovered.tape_ns
        self.exchange.on_time(
            self._position_ns
        )  # a tape that has not begun: closed until then, if the calendar says so
        if self._log.full:
            self._log.rotate(self._everything(time.time_ns()))

    async def _show_quotes_in_force(self) -> None:
        """Only the last quote of each book: one that was overtaken in the same moment would give back what we took."""
        position_ns = self._position_ns
        player = TapePlayer(self._source, position_ns - 1)
        empty = (TapeQuote(position_ns, venue, symbol, 0, 0, 0, 0) for venue, symbol in self.exchange.books)
        last = {(quote.venue, quote.instrument): quote for quote in empty}
        while player.position_ns < position_ns:
            for event in player.play(position_ns, TAPE_EVENTS_PER_TURN_MAX):
                if isinstance(event, TapeQuote):
                    last[event.venue, event.instrument] = event
            await asyncio.sleep(0.001)
        player.close()
        for quote in last.values():
            self._show(quote)

    # Connections (called by the event loop, between turns)

    def _accept(self, wire: Wire, pipe: TlsPipe | None) -> VenueConnection:
        self._counter += 1
        return VenueConnection(self, self._counter, wire, pipe)

    def joined(self, connection: VenueConnection) -> None:
        self._connections[connection.number] = connection
        if connection.wire.is_fix:
            self.sessions.speaks_fix(connection.number)

    def arrived(self, connection: VenueConnection, taken: Taken) -> None:
        if connection.number not in self._connections:
            return
        if len(self._arrivals) >= BACKLOG_MAX:
            self._drop(connection.number)
            return
        self._enqueue(connection, taken.message, taken.line)

    def lost(self, connection: VenueConnection) -> None:
        """What arrived before the end is still carried out, in its turn."""
        if connection.number in self._connections:
            self._enqueue(connection, None, b"")

    def _enqueue(self, connection: VenueConnection, message: m.Message | m.MessageError | None, line: bytes) -> None:
        due_ns = max(connection.last_due_ns, time.time_ns() + self._latency_ns(connection.number, message))
        connection.last_due_ns = due_ns
        self._counter += 1
        heapq.heappush(self._arrivals, _Arrival(due_ns, self._counter, connection.number, message, line))
        self._wake.set()

    def _latency_ns(self, connection: int, message: m.Message | m.MessageError | None) -> int:
        if not self._settings.terms or not isinstance(message, m.OrderMessage):
            return 0
        session_id = self.sessions.session_of(connection)
        venue = self.exchange.venue_of(session_id, message) if session_id is not None else None
        return self.exchange.terms(venue).latency_ns if venue is not None else 0

    # A turn

    def _pause_s(self, wall_ns: int) -> float:
        pause_s = IDLE_TURN_S if self._clock.anchor is None else TURN_S
        late_ns = self._entry.faults.next_due_ns()
        for due_ns in (self._arrivals[0].due_ns if self._arrivals else None, late_ns):
            if due_ns is not None:
                pause_s = min(pause_s, (due_ns - wall_ns) / 1e9)
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
        self.exchange.on_time(self._position_ns)
        return len(events) >= TAPE_EVENTS_PER_TURN_MAX or self._feeds.catching_up

    def _play_event(self, event: TapeEvent) -> None:
        self.exchange.on_time(event.time_ns)
        if not isinstance(event, TapeQuote):
            self._feeds.trade(event)
            self._entry.market_data.traded(event)
            self.exchange.on_trade(event)
            return
        self._show(event)

    def _show(self, event: TapeQuote) -> None:
        key = event.venue, event.instrument
        self.exchange.on_quote(event)
        book = self.exchange.books.get(key)
        top = book.available() if book else Displayed(event.bid_px, event.bid_qty, event.ask_px, event.ask_qty)
        self._feeds.show(key, top, event.time_ns)
        self._entry.market_data.changed((key,))

    def _take_arrivals(self, wall_ns: int) -> bool:
        taken = 0
        while self._arrivals and self._arrivals[0].due_ns <= wall_ns and taken < MESSAGES_PER_TURN_MAX:
            arrival = heapq.heappop(self._arrivals)
            if arrival.connection in self._connections:
                self._take(arrival, wall_ns)
                taken += 1
        self._entry.number_reports(wall_ns)
        for key in sorted(self.exchange.changed_books):
            self._feeds.show(key, self.exchange.books[key].available(), self._position_ns)
        self._entry.market_data.changed(self.exchange.changed_books)
        self._entry.tell_market(self._tape_ns, wall_ns)
        return bool(self._arrivals) and self._arrivals[0].due_ns <= wall_ns

    def _take(self, arrival: _Arrival, wall_ns: int) -> None:
        message, number = arrival.message, arrival.connection
        if message is None:
            self._forget(number, wall_ns)
        elif isinstance(message, m.FeedMessage) or number in self._feeds.feeds:
            self._take_feed(number, message)
        elif isinstance(message, FaultMessage):
            self._entry.take_fault(number, message, wall_ns)
        elif isinstance(message, OperatorMessage):
            self._entry.take_operator(number, message, self._tape_ns, wall_ns)
        else:
            self._entry.take(number, message, arrival.line, self._tape_ns, wall_ns)
        self._deafen_closed()

    @property
    def _tape_ns(self) -> int:
        """What time it is at the venues."""
        return max(self._position_ns, self._source.start_ns)

    def _take_feed(self, number: int, message: m.Message | m.MessageError) -> None:
        feed = number in self._feeds.feeds
        match message:
            case m.FeedLogon() if not feed and self.sessions.session_of(number) is None:
                unknown = set(message.venues) - {venue.code for venue in self._source.venues()}
                if unknown or not message.venues:
                    self._refuse_feed(number, f"unknown venues {sorted(unknown)}" if unknown else "no venues named")
                    return
                catch_up = TapePlayer(self._source, message.trades_from_ns - 1) if message.trades_from_ns > 0 else None
                self._feeds.join(number, frozenset(message.venues), catch_up)
                self._status_ns = 0  # it hears at once where the tape is
            case m.Clock() if feed:
                if message.anchor < 0 or message.speed_milli < 0:
                    self._refuse_feed(number, "Anchor and SpeedMilli cannot be negative")
                else:
                    self._anchor_new |= self._clock.accept(message)
            case m.MessageError():
                self._refuse_feed(number, str(message))
            case _:
                self._refuse_feed(number, f"{type(message).__name__} has no place here")

    def _refuse_feed(self, number: int, text: str) -> None:
        self._feeds.leave(number)
        self.sessions.disconnected(number)
        self.sessions.effects += [SendLine(number, m.encode(m.FeedReject(text))), Close(number)]

    def _deafen_closed(self) -> None:
        """What is to be closed is not read any more, from here on in this very turn."""
        for effect in self.sessions.effects[self._effects_seen :]:
            if isinstance(effect, Close) and effect.connection in self._connections:
                self._closing[effect.connection] = self._connections.pop(effect.connection)
        self._effects_seen = len(self.sessions.effects)

    def _status(self, wall_ns: int) -> m.ClockStatus:
        wanted_ns = self._clock.wanted_ns(wall_ns)
        at_end = self._player is not None and self._player.at_end
        lag_ns = 0 if wanted_ns is None or at_end else max(0, wanted_ns - self._position_ns)
        anchor = self._clock.anchor.anchor if self._clock.anchor is not None else -1
        return m.ClockStatus(self._position_ns, lag_ns, anchor, at_end)

    # The end of a turn: first the log, then the world

    def _commit(self, wall_ns: int, mark: bool) -> None:
        sessions, exchange = self.sessions, self.exchange
        self._deafen_closed()
        effects = self._entry.outgoing(sessions.effects, wall_ns)
        moved = self._position_ns != self._marked_ns
        acted = (
            sessions.changed
            or exchange.changed_orders
            or exchange.changed_books
            or self._entry.acted
            or self._anchor_new
        )
        if acted or (mark and moved):
            self._log.append(self._batch(wall_ns))
            self._marked_ns, self._mark_ns = self._position_ns, wall_ns
            if self._log.full:
                self._log.rotate(self._everything(wall_ns))
        sessions.clear()
        exchange.clear()
        self._entry.clear()
        self._anchor_new, self._effects_seen = False, 0
        self._send(effects)
        self._send_feeds()

    def _batch(self, wall_ns: int) -> Batch:
        numbers = {n.session_id: n for n in self.sessions.sessions() if n.session_id in self.sessions.changed}
        return Batch(
            wall_ns,
            self._position_ns,
            tuple(self._entry.received),
            tuple(self.sessions.sent),
            tuple(self.exchange.executions),
            tuple((n.session_id, n.next_in, n.next_out) for n in numbers.values()),
            self.exchange.order_rows(self.exchange.changed_orders),
            tuple((key, self.exchange.books[key].changes()) for key in sorted(self.exchange.changed_books)),
            self._clock.anchor if self._anchor_new else None,
            unsaid=tuple(self._entry.unsaid),
            faults=tuple(self._entry.faults.journal),
            forgotten=tuple(self.exchange.forgotten),
            renumbered=tuple(self._entry.renumbered),
            operator=tuple(self._entry.operator.journal),
            suspended=tuple(sorted(self.exchange.suspended)) if self._entry.operator.journal else None,
        )

    def _everything(self, wall_ns: int) -> Batch:
        books = tuple((key, book.state()) for key, book in self.exchange.books.items())
        orders = self.exchange.order_rows()
        anchor, position_ns = self._clock.anchor, self._position_ns
        sessions, suspended = self.sessions.sessions(), self.exchange.suspended
        return checkpoint(self._source.label, wall_ns, position_ns, anchor, sessions, orders, books, suspended)

    def _send(self, effects: list[Effect]) -> None:
        parts: dict[int, list[bytes]] = {}
        now_ns = time.time_ns()
        for effect in effects:
            connection = self._connections.get(effect.connection) or self._closing.get(effect.connection)
            if isinstance(effect, SendLine) and connection is not None:
                write = connection.wire.garble if effect.garbled else connection.wire.write
                parts.setdefault(effect.connection, []).append(write(effect.line, now_ns))
        for number, data in parts.items():
            connection = self._connections.get(number) or self._closing.get(number)
            if connection is not None and connection.write(b"".join(data)) > UNREAD_BYTES_MAX:
                self._drop(number)
        for connection in self._closing.values():
            connection.close()
        self._closing.clear()

    def _send_feeds(self) -> None:
        for number in tuple(self._feeds.feeds):
            connection = self._connections[number]
            data = self._feeds.take(number, connection.held_bytes)
            if data is None:
                self._drop(number)
            elif data:
                connection.write(data)

    def _forget(self, number: int, wall_ns: int) -> VenueConnection | None:
        self._entry.ended(number, wall_ns)
        self._feeds.leave(number)
        return self._connections.pop(number, None)

    def _drop(self, number: int) -> None:
        connection = self._forget(number, time.time_ns())
        if connection is not None:
            connection.abort()


async def serve(
    source: TapeSource, settings: VenueSettings, ready: Callable[[int, int | None], None] | None = None
) -> None:
    """Run until SIGTERM or SIGINT. `ready` is told the ports, the second that of FIX, once they listen."""
    process = VenueProcess(source, settings)
    await process.start()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    if ready is not None:
        ready(process.port, process.fix_port)
    await process.run()
