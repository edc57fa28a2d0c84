"""The client's end of a socket to the venue process: whole lines out, whole lines in, and that it ended. Nothing else.

It decides nothing about the protocol: which line to send, with which number, is execution's. Sockets never block a caller; a
connection that could not be made shows itself like one that ended, as `Disconnected` out of `poll`.
"""

import contextlib
import socket
from dataclasses import dataclass
from typing import Self

CONNECT_TIMEOUT_S = 1.0  # loopback: a venue process that does not accept within this is not there
UNSENT_BYTES_MAX = 8 * 1024 * 1024  # a venue that does not read this much is not there either
LINE_BYTES_MAX = 1024 * 1024
_READ_BYTES = 256 * 1024
_READS_PER_POLL = 16  # bounds one poll to 4 MB


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The last thing `poll` ever returns, once."""

    text: str


class LineConnection:
    """Not for several threads at once. `fileno` is for waiting (−1 once it ended)."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._ended: str | None = None
        self._told = False
        self._unsent = bytearray()
        self._partial = b""

    @classmethod
    def connect(cls, host: str, port: int, first_line: bytes) -> Self:
        """Connect and send the first line. Never raises for a fault of the network or the venue."""
        self = cls()
        try:
            self._socket = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setblocking(False)
        except OSError as error:
            self._end(f"cannot connect to {host}:{port}: {error}")
        self.send(first_line)
        return self

    def fileno(self) -> int:
        return self._socket.fileno() if self._socket is not None else -1

    @property
    def connected(self) -> bool:
        return self._ended is None

    @property
    def wants_write(self) -> bool:
        """Bytes are waiting for the venue to read; `poll` sends them on."""
        return bool(self._unsent)

    def send(self, line: bytes) -> None:
        """Queue a line (its newline is added if missing) and write what the socket takes. After the end it does nothing."""
        if self._ended is not None:
            return
        self._unsent += line if line.endswith(b"\n") else line + b"\n"
        self._flush()
        if len(self._unsent) > UNSENT_BYTES_MAX:
            self._end("the venue does not read")

    def poll(self) -> list[bytes | Disconnected]:
        """The whole lines that have come (without newline), in order; after all of them, once, `Disconnected`."""
        out: list[bytes | Disconnected] = []
        if self._ended is None:
            self._flush()
        for _ in range(_READS_PER_POLL):
            if self._ended is not None or self._socket is None:
                break
            try:
                data = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                self._end(f"connection lost: {error}")
                break
            if not data:
                self._end("the venue closed the connection")
                break
            *lines, self._partial = (self._partial + data).split(b"\n")
            out.extend(lines)
            if len(self._partial) > LINE_BYTES_MAX:
                self._end("the venue sent an endless line")
        if self._ended is not None and not self._told:
            self._told = True
            out.append(Disconnected(self._ended))
        return out

    def close(self) -> None:
        """Close without a word; bytes not yet written are dropped, and `poll` returns `Disconnected` once."""
        self._end("closed")

    def _flush(self) -> None:
        if self._socket is None or not self._unsent:
            return
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            self._unsent.clear()  # what came before the end is still to be read; reading then says how it ended
            return
        del self._unsent[:sent]

    def _end(self, text: str) -> None:
        if self._ended is None:
            self._ended = text
        self._unsent.clear()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None


class SessionTransport(LineConnection):
    """A session's connection; the first line is its Logon."""


class FeedClient(LineConnection):
    """A market data connection; the first line is FeedLogon, later lines are Clock."""
