"""The client's end of a socket to a venue: whole messages out, whole messages in, and that it ended. Nothing else.

A message is a line of the local protocol (`LineConnection`), or a FIX frame (`FrameConnection`; what is garbled is left out, as FIX wants).

It decides nothing about the protocol: which line to send, with which number, is execution's. Sockets never block a caller; a
connection that could not be made shows itself like one that ended, as `Disconnected` out of `poll`.
"""

import contextlib
import logging
import socket
import ssl
from dataclasses import dataclass
from typing import Self

from oms.fix.framing import Framer, Garbled
from oms.runtime.fix_tls import failure
from oms.venues.session_opening import Opening, Tls

_LOGGER = logging.getLogger(__name__)

UNSENT_BYTES_MAX = 8 * 1024 * 1024  # a venue that does not read this much is not there either
LINE_BYTES_MAX = 1024 * 1024
FRAME_BYTES_MAX = 128 * 1024
"""Of a FIX message: a report is below 2 kB. Its bytes and its text go into one journal record, in which a byte may become two; there a
megabyte ends the partition. A longer one is garbled, and a gap that a person hears of."""
_READ_BYTES = 256 * 1024
_READS_PER_POLL = 16  # bounds one poll to 4 MB


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The last thing `poll` ever returns, once."""

    text: str


class Connection:
    """Not for several threads at once. `fileno` is for waiting (−1 once it ended)."""

    def __init__(self) -> None:
        self._where = ""
        self._opening: Opening | None = None
        self._socket: socket.socket | None = None
        self._ended: str | None = None
        self._told = False
        self._unsent = bytearray()

    @classmethod
    def connect(cls, host: str, port: int, first: bytes, tls: Tls | None = None) -> Self:
        """Begin to connect; the first message leaves when that is done, and `poll` drives it on. Never raises for a fault of the network or
        the venue."""
        self = cls()
        self._where = f"{host}:{port}"
        try:
            self._opening = Opening(host, port, tls)
        except OSError as error:
            self._cannot_connect(error)
        self.send(first)
        return self

    def fileno(self) -> int:
        source = self._socket or self._opening
        return source.fileno() if source is not None else -1

    @property
    def connected(self) -> bool:
        return self._ended is None

    @property
    def wants_write(self) -> bool:
        """Bytes are waiting for the venue to read, or for the connection to be there; `poll` sends them on."""
        return bool(self._unsent)

    def send(self, message: bytes) -> None:
        """Queue a message and write what the socket takes. After the end it does nothing."""
        if self._ended is not None:
            return
        self._unsent += self._whole(message)
        self._flush()
        if len(self._unsent) > UNSENT_BYTES_MAX:
            self._end("the venue does not read")

    def poll(self) -> list[bytes | Disconnected]:
        """The whole messages that have come, in order; after all of them, once, `Disconnected`."""
        out: list[bytes | Disconnected] = []
        if self._ended is None:
            self._flush()
        for _ in range(_READS_PER_POLL):
            if self._socket is None:
                break
            try:
                data = self._socket.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except OSError as error:
                self._end(f"connection lost: {_words(error)}")
                break
            if not data:
                self._end("the venue closed the connection")
                break
            out.extend(self._parts(data))
        if self._ended is not None and not self._told:
            self._told = True
            out.append(Disconnected(self._ended))
        return out

    def close(self) -> None:
        """Close without a word; bytes not yet written are dropped, and `poll` returns `Disconnected` once."""
        self._end("closed")

    def _whole(self, message: bytes) -> bytes:
        return message

    def _parts(self, data: bytes) -> list[bytes]:
        """The messages that are whole with these bytes."""
        raise NotImplementedError

    def _open(self) -> None:
        """Whatever it takes next to be connected."""
        if self._opening is not None:
            try:
                self._socket = self._opening.go_on()
            except OSError as error:
                self._cannot_connect(error)
            if self._socket is not None:
                self._opening = None

    def _cannot_connect(self, error: OSError) -> None:
        self._end(f"cannot connect to {self._where}: {_words(error)}")

    def _flush(self) -> None:
        self._open()
        if self._socket is None or not self._unsent:
            return
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            self._unsent.clear()  # what came before the end is still to be read; reading then says how it ended
            return
        del self._unsent[:sent]

    def _end(self, text: str) -> None:
        if self._ended is None:
            self._ended = text
        self._unsent.clear()
        for source in (self._socket, self._opening):
            if source is not None:
                with contextlib.suppress(OSError):
                    source.close()
        self._socket = self._opening = None


def _words(error: OSError) -> str:
    return f"TLS: {failure(error)}" if isinstance(error, ssl.SSLError) else str(error)


class LineConnection(Connection):
    """Lines, with their newline on the wire alone."""

    def __init__(self) -> None:
        super().__init__()
        self._partial = b""

    def _whole(self, message: bytes) -> bytes:
        return message if message.endswith(b"\n") else message + b"\n"

    def _parts(self, data: bytes) -> list[bytes]:
        *lines, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > LINE_BYTES_MAX:
            self._end("the venue sent an endless line")
        return lines


class FrameConnection(Connection):
    """FIX frames, each whole and with the right CheckSum."""

    def __init__(self) -> None:
        super().__init__()
        self._framer = Framer(FRAME_BYTES_MAX)

    def _parts(self, data: bytes) -> list[bytes]:
        frames = []
        for frame in self._framer.feed(data):
            if isinstance(frame, Garbled):
                _LOGGER.warning("a garbled message is ignored: %s: %r", frame.reason, frame.raw[:200])
            else:
                frames.append(frame)
        return frames


class SessionTransport(LineConnection):
    """A session's connection; the first line is its Logon."""


class FeedClient(LineConnection):
    """A market data connection; the first line is FeedLogon, later lines are Clock."""
