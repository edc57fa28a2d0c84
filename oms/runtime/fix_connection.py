"""One FIX connection: bytes of a socket to whole frames, bytes of the owner to the socket, and why it ended. No session, no number.

    OPENING ──TCP, TLS──► OPEN ──_end(flush)──► ENDING ──flushed, or lingered──► ENDED
       └────────────────────┴──────_end, lost────────────────────────────────────►

- OPENING: nothing is told. A TLS handshake that fails sends its alert and ends.
- OPEN: frames are told. Reading pauses while the owner has more unprocessed than the limits say, and goes on at half of that: TCP holds the
  peer back. A peer that does not read what we write is cut.
- ENDING: what was written still leaves, then our side is shut, so that the last message (a Logout) is not lost to a reset; what comes is
  thrown away, and reading is never paused. `linger_s` bounds it.
- The first cause is the cause: what happens after it is a consequence.

Bytes that the peer sent before it reset the connection may be lost with it; FIX asks for them again by their numbers.
"""

import asyncio
import contextlib
import enum
from collections.abc import Callable, Sequence
from typing import cast

from oms.fix.framing import Framer, Garbled
from oms.runtime.fix_inputs import Address, Cause, Closed, FramesArrived, LinkInput, LinkLimits, Opened
from oms.runtime.fix_tls import TlsError, TlsPipe, speaks_tls


class Phase(enum.Enum):
    OPENING = enum.auto()
    OPEN = enum.auto()
    ENDING = enum.auto()
    ENDED = enum.auto()


class ReadWindow:
    """What the owner was given and has not processed yet, by frames and bytes.

    Each count has one writer (`given` the connection's thread, `processed` the owner's), so two threads need no lock. Who pauses says so
    before it looks once more, who processes counts before it looks whether somebody paused: one of the two sees the other.
    """

    __slots__ = ("_bytes_done", "_bytes_in", "_bytes_max", "_frames_done", "_frames_in", "_frames_max", "paused")

    def __init__(self, limits: LinkLimits) -> None:
        self._frames_max, self._bytes_max = limits.unprocessed_frames_max, limits.unprocessed_bytes_max
        self._frames_in = self._bytes_in = self._frames_done = self._bytes_done = 0
        self.paused = False

    def given(self, frames: int, size: int) -> None:
        self._frames_in += frames
        self._bytes_in += size

    def processed(self, frames: int, size: int) -> None:
        self._frames_done += frames
        self._bytes_done += size

    @property
    def full(self) -> bool:
        return (
            self._frames_in - self._frames_done > self._frames_max
            or self._bytes_in - self._bytes_done > self._bytes_max
        )

    @property
    def has_room(self) -> bool:
        frames, size = self._frames_in - self._frames_done, self._bytes_in - self._bytes_done
        return frames <= self._frames_max // 2 and size <= self._bytes_max // 2


class FixConnection(asyncio.BufferedProtocol):
    """`tell` is given Opened, FramesArrived and Closed; `ended` is called once, at the end, whether it ever was open or not.

    `read_buffer` may be shared by all connections of an event loop: it is used up before anything else happens.
    """

    def __init__(
        self,
        link: int,
        limits: LinkLimits,
        read_buffer: bytearray,
        pipe: TlsPipe | None,
        port: int,
        tell: Callable[[LinkInput], None],
        ended: Callable[["FixConnection"], None],
    ) -> None:
        self.link, self.port = link, port
        self.peer = Address("", 0)
        self.phase = Phase.OPENING
        self.cause, self.text, self.was_open = Cause.LOST, "", False
        self.window = ReadWindow(limits)
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once it is open, or ending."""
        self._limits, self._pipe, self._tell, self._ended = limits, pipe, tell, ended
        self._buffer = memoryview(read_buffer)
        self._framer = Framer(limits.frame_bytes_max)
        self._garbled = self._garbled_bytes = 0  # in a row
        self._heard = self._framed = False
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def was_made(self) -> bool:
        """Whether there ever was a socket: then `ended` is called."""
        return self._transport is not None

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._limits.unread_bytes_max)
        name = transport.get_extra_info("peername")
        self.peer = Address(*name[:2]) if name else self.peer
        if self.port:
            self._timer = asyncio.get_running_loop().call_later(self._limits.logon_s, self._no_logon)
        if self.phase is not Phase.OPENING:
            self._transport.abort()  # given up before it was there
        elif self._pipe is None:
            self._open()
        else:
            self._pipe.start()
            self._send_out()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self.phase in (Phase.ENDING, Phase.ENDED):
            return  # deaf
        data = bytes(self._buffer[:nbytes])
        try:
            data = self._plain(data)
        except TlsError as error:
            self._send_out()
            self._end(Cause.TLS, str(error), flush=True)
            return
        if data and self.phase is Phase.OPEN:
            self._take(self._framer.feed(data))

    def eof_received(self) -> bool:
        if self.phase is Phase.OPENING and self._pipe is not None:
            self._end(Cause.TLS, "the peer closed the connection during the TLS handshake", flush=True)
        else:
            cut = self._framer.waiting_bytes
            self._end(
                Cause.PEER_CLOSED,
                f"the peer closed the connection{f', {cut} bytes into a message' * bool(cut)}",
                flush=True,
            )
        return False  # what we wrote still leaves, then the transport closes

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(exc, ConnectionResetError | BrokenPipeError):
            self._is_ending(Cause.RESET, "the peer reset the connection")
        else:
            self._is_ending(Cause.LOST, f"the connection was lost: {exc or 'the socket was closed'}")
        self.phase = Phase.ENDED
        self._stop_timer()
        if self.was_open:
            self._tell(Closed(self.link, self.cause, self.text))
        self._ended(self)

    # What the owner calls

    def write(self, data: bytes) -> None:
        """In the order of the calls; nothing once it is ending."""
        if self.phase is not Phase.OPEN or self._transport is None or self._transport.is_closing():
            return
        if self._pipe is None:
            self._transport.write(data)
        else:
            self._pipe.send(data)
            self._send_out()
        unread = self._transport.get_write_buffer_size()
        if unread > self._limits.unread_bytes_max:
            self.too_slow(unread)

    def too_slow(self, unread: int) -> None:
        self._end(Cause.TOO_SLOW, f"the peer left {unread} bytes unread", flush=False)

    def close(self, after_flush: bool, text: str = "closed by us") -> None:
        if self.phase is Phase.ENDING and not after_flush and self.was_open and self._transport is not None:
            self._transport.abort()
        self._end(Cause.CLOSED, text, flush=after_flush)

    def processed(self, frames: int, size: int) -> None:
        """The owner is done with so much of what it was told. From the event loop's thread."""
        self.window.processed(frames, size)
        self.go_on()

    def go_on(self) -> None:
        """Read again, if reading was paused and there is room."""
        if self.window.paused and self.window.has_room and self._transport is not None:
            self.window.paused = False
            self._transport.resume_reading()

    # How it works

    def _plain(self, data: bytes) -> bytes:
        first, self._heard = not self._heard, True
        if self._pipe is None:
            if first and speaks_tls(data):
                raise TlsError("the peer speaks TLS, and none is configured here")
            return data
        data = self._pipe.receive(data)
        self._send_out()
        if self._pipe.established and self.phase is Phase.OPENING:
            self._open()
        return data

    def _open(self) -> None:
        self.phase, self.was_open = Phase.OPEN, True
        self.opened.set_result(None)
        certificate = self._pipe.certificate() if self._pipe is not None else None
        self._tell(Opened(self.link, self.peer, certificate, self.port))

    def _take(self, frames: Sequence[bytes | Garbled]) -> None:
        if not frames:
            return
        size = 0
        for frame in frames:
            if isinstance(frame, Garbled):
                size += len(frame.raw)
                self._garbled += 1
                self._garbled_bytes += len(frame.raw)
            else:
                size += len(frame)
                self._garbled = self._garbled_bytes = 0
                self._framed = True
        if self._framed and self._timer is not None:
            self._stop_timer()
        self.window.given(len(frames), size)
        self._tell(FramesArrived(self.link, frames, size))
        if self._garbled > self._limits.garbled_in_a_row_max or self._garbled_bytes > self._limits.garbled_bytes_max:
            text = f"{self._garbled} garbled messages in a row ({self._garbled_bytes} bytes)"
            self._end(Cause.GARBAGE, f"{text}, the last: {_reason(frames)}", flush=False)
        elif self.window.full:
            self._hold_back()

    def _hold_back(self) -> None:
        if self.phase is Phase.OPEN and self._transport is not None and not self.window.paused:
            self._transport.pause_reading()
            self.window.paused = True
            self.go_on()  # the owner may have caught up in between, and seen no pause

    def _send_out(self) -> None:
        if self._pipe is not None and self._transport is not None and (data := self._pipe.outgoing()):
            self._transport.write(data)

    def _no_logon(self) -> None:
        state = "no whole message" if self.was_open else "no TLS handshake"
        self._end(Cause.NO_LOGON, f"{state} within {self._limits.logon_s:g} s", flush=False)

    def _is_ending(self, cause: Cause, text: str) -> bool:
        """Whether this is the first to end it."""
        if self.phase in (Phase.ENDING, Phase.ENDED):
            return False
        self.cause, self.text, self.phase = cause, text, Phase.ENDING
        self._stop_timer()
        if not self.opened.done():
            self.opened.set_result(None)
        return True

    def _end(self, cause: Cause, text: str, flush: bool) -> None:
        if not self._is_ending(cause, text) or self._transport is None:
            return
        if not flush:
            self._transport.abort()
            return
        if self._pipe is not None:
            self._pipe.end()
            self._send_out()
        with contextlib.suppress(OSError):  # the peer is gone already: reading says so
            self._transport.write_eof()
        self._transport.resume_reading()  # to be thrown away, up to the peer's end
        self._timer = asyncio.get_running_loop().call_later(self._limits.linger_s, self._transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _reason(frames: Sequence[bytes | Garbled]) -> str:
    return next((frame.reason for frame in reversed(frames) if isinstance(frame, Garbled)), "")
