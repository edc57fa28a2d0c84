"""A connection of the venue process: its socket, TLS where the port wants it, and the wire that it speaks (`oms.venues.venue_wire`).

Over TLS the owner hears of it once the handshake is done; one that fails is told to the peer by its alert, and to the log with its reason.
It decides nothing.
"""

import asyncio
import logging
import time
from typing import Protocol, cast

from oms.runtime.fix_tls import TlsError, TlsPipe
from oms.venues.venue_wire import Taken, Wire

_LOGGER = logging.getLogger(__name__)

LINGER_S = 1.0  # for the last bytes of a connection that is being closed
HANDSHAKE_S = 5.0  # as long as our own connections try: whoever says nothing does not stay


class Owner(Protocol):
    def joined(self, connection: "VenueConnection") -> None: ...

    def arrived(self, connection: "VenueConnection", taken: Taken) -> None: ...

    def lost(self, connection: "VenueConnection") -> None: ...


class VenueConnection(asyncio.Protocol):
    """Bytes to messages. What has a closed `transport` is deaf: nothing that arrived later is read. `pipe`: TLS, None: in the clear."""

    def __init__(self, owner: Owner, number: int, wire: Wire, pipe: TlsPipe | None = None) -> None:
        self._owner, self._pipe = owner, pipe
        self.number, self.wire = number, wire
        self.transport: asyncio.Transport | None = None
        self.last_due_ns = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self._pipe is None:
            self._owner.joined(self)
        else:
            asyncio.get_running_loop().call_later(HANDSHAKE_S, self._no_handshake)

    def data_received(self, data: bytes) -> None:
        plain = data if self._pipe is None else self._opened(self._pipe, data)
        for taken in self.wire.read(plain, time.time_ns()) if plain else ():
            self._owner.arrived(self, taken)

    def _opened(self, pipe: TlsPipe, data: bytes) -> bytes:
        """What was inside; nothing where TLS fails, and the connection ends with its alert."""
        before = pipe.established
        try:
            plain = pipe.receive(data)
        except TlsError as error:
            self._refuse(str(error))
            return b""
        self._send_out()
        if pipe.established and not before:
            self._owner.joined(self)
        return plain

    def _no_handshake(self) -> None:
        waits = self._pipe is not None and not self._pipe.established
        if waits and self.transport is not None and not self.transport.is_closing():
            self._refuse(f"no handshake within {HANDSHAKE_S:.0f} s")

    def _refuse(self, why: str) -> None:
        assert self.transport is not None
        peer = self.transport.get_extra_info("peername")
        _LOGGER.warning("a connection to the FIX port from %s is ended: TLS: %s", peer, why)
        self._send_out()
        self.close()

    def _send_out(self) -> None:
        if self._pipe is not None and self.transport is not None and (data := self._pipe.outgoing()):
            self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.lost(self)

    @property
    def held_bytes(self) -> int:
        """Written, and not yet taken by the peer."""
        return self.transport.get_write_buffer_size() if self.transport is not None else 0

    def write(self, data: bytes) -> int:
        """Returns the bytes held back."""
        if self.transport is None or self.transport.is_closing():
            return self.held_bytes
        if self._pipe is None:
            self.transport.write(data)
        else:
            self._pipe.send(data)
            self._send_out()
        return self.held_bytes

    def close(self) -> None:
        """After what was written, or after `LINGER_S` of a peer that does not read."""
        if self.transport is not None:
            if self._pipe is not None and not self.transport.is_closing():
                self._pipe.end()
                self._send_out()
            self.transport.close()
            asyncio.get_running_loop().call_later(LINGER_S, self.transport.abort)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
