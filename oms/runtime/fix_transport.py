"""All FIX connections of one asyncio loop: accepting, connecting, and which link is which. No session, no message number.

Whoever accepts is never asked: a connection beyond the limit, or whose TLS fails, is ended, counted by cause and logged with its reason; the
owner hears of a connection when it is there. A connection that we make always has a link, and its `Closed` says why it could not be made.

An owner in the same loop gets `tell` called; one in another thread uses `oms.runtime.fix_links`. Not thread-safe.
"""

import asyncio
import functools
import itertools
import logging
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from oms.runtime.fix_connection import FixConnection
from oms.runtime.fix_inputs import CONNECTIONS_MAX, LIMITS, Address, Cause, Closed, LinkInput, LinkLimits
from oms.runtime.fix_tls import ClientTls, RenewedContext, ServerTls, TlsError, TlsPipe

_LOGGER = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
READ_BYTES = 64 * 1024
"""Of one read: what a connection may bring beyond its limits before reading pauses."""

BACKLOG = 128
ACCEPT_TURNS = 5
"""Of asyncio's loop, from the accept of a socket to its `connection_made`, with some to spare: what is on its way is ended with the rest."""

REFUSALS_LOGGED_MAX, REFUSALS_LOGGED_S = 60, 60.0
"""Lines about refused connections in so many seconds; whoever knocks without end does not fill the disk. The counts go on."""

_LOGGED = frozenset((Cause.TLS, Cause.NO_LOGON, Cause.TOO_SLOW, Cause.GARBAGE, Cause.TOO_MANY))
"""What somebody should look at. The rest happens, and its owner hears of it."""


@dataclass(slots=True)
class _Listener:
    server: asyncio.Server
    connections: set[FixConnection] = field(default_factory=set)


class FixTransport:
    """`tell` is called in the loop's thread, for every link in the order that `fix_inputs` gives. `may_accept` false: a new connection is
    refused (the owner is behind)."""

    def __init__(
        self,
        tell: Callable[[LinkInput], None],
        limits: LinkLimits = LIMITS,
        may_accept: Callable[[], bool] = lambda: True,
    ) -> None:
        self.connections: dict[int, FixConnection] = {}
        self.refused: Counter[Cause] = Counter()
        """Connections that were ended before they were there, by cause."""
        self._tell, self._limits, self._may_accept = tell, limits, may_accept
        self._read_buffer = bytearray(READ_BYTES)
        self._listeners: dict[int, _Listener] = {}
        self._attempts: dict[int, asyncio.Task[None]] = {}
        self._living: set[FixConnection] = set()
        """Also those that nobody may use any more, up to their last byte."""
        self._numbers = itertools.count(1)
        self._gone = asyncio.Event()
        self._logged, self._logged_from = 0, 0.0

    # Accepting

    async def listen(
        self, address: Address, tls: ServerTls | None = None, connections_max: int = CONNECTIONS_MAX
    ) -> int:
        """Accept connections from now on; returns the port (of `address.port` 0: a free one).

        OSError where it cannot be had, TlsError where the certificates cannot be used.
        """
        context = RenewedContext(tls) if tls is not None else None
        loop = asyncio.get_running_loop()
        listener: _Listener | None = None

        def accept() -> asyncio.BaseProtocol:
            assert listener is not None
            if len(listener.connections) >= connections_max or not self._may_accept():
                return _Refuser(self._refuse)
            pipe = TlsPipe(context.get()) if context is not None else None
            connection = self._connection(self.next_link(), pipe, port, listener.connections.discard)
            listener.connections.add(connection)
            return connection

        server = await loop.create_server(
            accept, address.host, address.port, backlog=BACKLOG, reuse_port=False, start_serving=False
        )
        port = cast(int, server.sockets[0].getsockname()[1])
        listener = self._listeners[port] = _Listener(server)
        await server.start_serving()
        return port

    def stop_listening(self, port: int) -> None:
        """Accept no more at that port; its connections stay."""
        listener = self._listeners.pop(port, None)
        if listener is not None:
            listener.server.close()

    # Connecting

    def connect(
        self,
        addresses: Sequence[Address],
        tls: ClientTls | None = None,
        timeout_s: float = CONNECT_TIMEOUT_S,
        link: int | None = None,
    ) -> int:
        """Begin to connect; the addresses are tried in order, `timeout_s` (TLS included) each. Returns the link at once.

        `Opened` or `Closed` (UNREACHABLE, TLS) follows. Never raises for a fault of the network, of names or of certificates.
        `link`: a number taken from `next_link` before.
        """
        assert addresses, "an address to connect to"
        link = self.next_link() if link is None else link
        attempt = asyncio.get_running_loop().create_task(self._connect(link, tuple(addresses), tls, timeout_s))
        self._attempts[link] = attempt
        attempt.add_done_callback(functools.partial(self._attempted, link))
        return link

    async def _connect(self, link: int, addresses: Sequence[Address], tls: ClientTls | None, timeout_s: float) -> None:
        faults: list[str] = []
        cause = Cause.UNREACHABLE
        try:
            context = tls.context() if tls is not None else None
        except TlsError as error:
            self._not_connected(link, Cause.TLS, str(error))
            return
        for address in addresses:
            pipe = TlsPipe(context, tls.server_name) if context is not None and tls is not None else None
            connection = self._connection(link, pipe, 0, lambda _: None)
            fault = await self._try(connection, address, timeout_s)
            if fault is None:
                return
            if connection.cause is Cause.TLS:
                cause = Cause.TLS
            faults.append(f"{address}: {fault}")
        self._not_connected(link, cause, "; ".join(faults))

    async def _try(self, connection: FixConnection, address: Address, timeout_s: float) -> str | None:
        """None once it was open (it tells its own end); else why it is not."""
        loop = asyncio.get_running_loop()
        fault = ""
        try:
            async with asyncio.timeout(timeout_s):
                await loop.create_connection(lambda: connection, address.host, address.port)
                await connection.opened
        except TimeoutError:
            fault = f"no connection within {timeout_s:g} s"
        except OSError as error:
            number = error.errno or 0  # of getaddrinfo: negative
            fault = os.strerror(number) if number > 0 else error.strerror or str(error)
        except asyncio.CancelledError:
            if not connection.was_open:
                self._give_up(connection)
                raise
            connection.close(after_flush=False)  # it came to be at the very moment; it tells its end
        if connection.was_open:
            return None
        self._give_up(connection)
        return fault or connection.text

    def _give_up(self, connection: FixConnection) -> None:
        """What there is of it ends by itself, a last alert of TLS included."""
        del self.connections[connection.link]
        connection.close(after_flush=False)
        if not connection.was_made:
            self._living.discard(connection)

    def _attempted(self, link: int, attempt: asyncio.Task[None]) -> None:
        del self._attempts[link]
        self._gone.set()
        if attempt.cancelled():
            self._tell(Closed(link, Cause.CLOSED, "closed by us before it was connected"))
        else:
            attempt.result()  # a bug raises here: the loop's exception handler decides

    def _not_connected(self, link: int, cause: Cause, text: str) -> None:
        self._log(cause, f"cannot connect: {text}")
        self._tell(Closed(link, cause, text))

    # What is open

    def write(self, link: int, data: bytes) -> None:
        """Bytes to the peer, in the order of the calls. Nothing happens where the link is not open.

        More than `unread_bytes_max` that the peer does not read ends the link: TOO_SLOW.
        """
        if (connection := self.connections.get(link)) is not None:
            connection.write(data)

    def too_slow(self, link: int, unread: int) -> None:
        """End a link whose peer leaves so many bytes unread."""
        if (connection := self.connections.get(link)) is not None:
            connection.too_slow(unread)

    def close(self, link: int, after_flush: bool = True) -> None:
        """End it, after what was written or at once. No frame of it is told any more; `Closed` still comes, at most `linger_s` later."""
        connection = self.connections.get(link)
        if connection is not None and (connection.was_open or connection.port):
            connection.close(after_flush)
        elif (attempt := self._attempts.get(link)) is not None:
            attempt.cancel()

    def close_all(self, after_flush: bool = False) -> None:
        """End every connection; `Closed` of each comes. Listening goes on."""
        for link in {*self._attempts, *self.connections}:
            self.close(link, after_flush)

    def processed(self, link: int, frames: int, size: int) -> None:
        """The owner is done with so many frames (garbled ones count) of so many bytes: more may be read."""
        if (connection := self.connections.get(link)) is not None:
            connection.processed(frames, size)

    async def stop(self) -> None:
        """Listen no more and close every link after what was written to it; all are told when this returns (within `linger_s`)."""
        for port in tuple(self._listeners):
            self.stop_listening(port)
        for _ in range(ACCEPT_TURNS):
            await asyncio.sleep(0)
        self.close_all(after_flush=True)
        while self._attempts or self._living:
            self._gone.clear()
            await self._gone.wait()

    # How it works

    def next_link(self) -> int:
        """A number for a link, from any thread; none is given twice."""
        return next(self._numbers)

    def _connection(
        self, link: int, pipe: TlsPipe | None, port: int, forget: Callable[[FixConnection], None]
    ) -> FixConnection:
        def ended(connection: FixConnection) -> None:
            forget(connection)
            self._living.discard(connection)
            if self.connections.get(link) is connection and (connection.was_open or connection.port):
                del self.connections[link]
            self._ended(connection)

        connection = FixConnection(link, self._limits, self._read_buffer, pipe, port, self._tell, ended)
        self.connections[link] = connection
        self._living.add(connection)
        return connection

    def _ended(self, connection: FixConnection) -> None:
        self._gone.set()
        if connection.was_open:
            self._log(connection.cause, f"connection with {connection.peer} ended: {connection.text}")
        elif connection.port:
            self._refuse(connection.peer, connection.port, connection.cause, connection.text)

    def _refuse(self, peer: Address, port: int, cause: Cause, text: str) -> None:
        self._log(cause, f"connection from {peer} to port {port} refused: {text}")
        self.refused[cause] += 1

    def _log(self, cause: Cause, text: str) -> None:
        if cause not in _LOGGED:
            return
        now_s = asyncio.get_running_loop().time()
        if now_s - self._logged_from >= REFUSALS_LOGGED_S:
            if self._logged > REFUSALS_LOGGED_MAX:
                _LOGGER.warning("%d more such lines were left out", self._logged - REFUSALS_LOGGED_MAX)
            self._logged, self._logged_from = 0, now_s
        self._logged += 1
        if self._logged <= REFUSALS_LOGGED_MAX:
            _LOGGER.warning("FIX %s: %s", cause.value, text)


class _Refuser(asyncio.Protocol):
    """Ends a connection that there is no room for, unread."""

    def __init__(self, refuse: Callable[[Address, int, Cause, str], None]) -> None:
        self._refuse = refuse

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self._refuse(
            Address(*peer[:2]) if peer else Address("", 0), own[1] if own else 0, Cause.TOO_MANY, Cause.TOO_MANY.value
        )
        cast(asyncio.Transport, transport).abort()
