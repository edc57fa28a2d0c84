"""A connection of the venue process: its socket, and the wire that it speaks (`oms.venues.venue_wire`). It decides nothing."""

import asyncio
import time
from typing import Protocol, cast

from oms.venues.venue_wire import Taken, Wire

LINGER_S = 1.0  # for the last bytes of a connection that is being closed


class Owner(Protocol):
    def joined(self, connection: "VenueConnection") -> None: ...

    def arrived(self, connection: "VenueConnection", taken: Taken) -> None: ...

    def lost(self, connection: "VenueConnection") -> None: ...


class VenueConnection(asyncio.Protocol):
    """Bytes to messages. What has a closed `transport` is deaf: nothing that arrived later is read."""

    def __init__(self, owner: Owner, number: int, wire: Wire) -> None:
        self._owner = owner
        self.number, self.wire = number, wire
        self.transport: asyncio.Transport | None = None
        self.last_due_ns = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._owner.joined(self)

    def data_received(self, data: bytes) -> None:
        for taken in self.wire.read(data, time.time_ns()):
            self._owner.arrived(self, taken)

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.lost(self)

    @property
    def held_bytes(self) -> int:
        """Written, and not yet taken by the peer."""
        return self.transport.get_write_buffer_size() if self.transport is not None else 0

    def write(self, data: bytes) -> int:
        """Returns the bytes held back."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)
        return self.held_bytes

    def close(self) -> None:
        """After what was written, or after `LINGER_S` of a peer that does not read."""
        if self.transport is not None:
            self.transport.close()
            asyncio.get_running_loop().call_later(LINGER_S, self.transport.abort)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
