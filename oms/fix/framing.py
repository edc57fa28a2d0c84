"""Bytes from a connection to whole frames. It knows BeginString (8), BodyLength (9), MsgType (35) and CheckSum (10), and no other field.

Invariants:

- any split of the same bytes gives the same list of frames and garbled pieces: each decision depends on the bytes before its end only;
- a frame begins with the exact first three fields and its BodyLength and CheckSum are right; every other byte is in a `Garbled`;
- no more than `max_bytes` wait for the rest of a frame (and what one `feed` brings).

What is garbled is skipped, as the standard asks (FIX 4.4 volume 2, "Message integrity"): to the next trailer where the length was
wrong, because what the length covers cannot be trusted to begin a message, otherwise to the next `8=FIX` or behind the next trailer.
The sequence numbers of the session show what was lost.
"""

import re
from dataclasses import dataclass, field
from zlib import adler32

from oms.fix.fields import SOH

FRAME_BYTES_MAX = 1 << 20
"""The longest frame that is waited for: a full market data refresh of ten thousand entries is shorter."""
BEGIN_STRING_BYTES_MAX = 16
"""FIXT.1.1 has 8. Behind so many bytes without a delimiter no BeginString is awaited any more."""
LENGTH_DIGITS_MAX = 9
TRAILER_BYTES = 7
"""10=ddd and its delimiter."""

_START = b"8=FIX"
_LOOSE_TRAILER = rb"\x0110=[0-9]{0,8}\x01"
"""Digits only: what may be the start of another message must not be taken for a trailer that is still coming."""
_LOOSE_TRAILER_BYTES_MAX = 13
_RESYNC = re.compile(rb"8=FIX|" + _LOOSE_TRAILER)
_TRAILER = re.compile(_LOOSE_TRAILER)
_EXACT_TRAILER = re.compile(rb"\x0110=[0-9]{3}\x01")
_CHUNK_BYTES = 256


def check_sum(data: bytes) -> int:
    """CheckSum (10): the sum of all bytes, modulo 256.

    Adler-32's lower half is that sum plus one, modulo 65521, in C; 256 bytes cannot reach the modulus. Ten times as fast as sum().
    """
    if len(data) <= _CHUNK_BYTES:
        return (adler32(data) - 1) & 0xFF
    return sum((adler32(data[at : at + _CHUNK_BYTES]) & 0xFFFF) - 1 for at in range(0, len(data), _CHUNK_BYTES)) & 0xFF


@dataclass(frozen=True, slots=True)
class Garbled:
    """Bytes that are no frame, and why."""

    raw: bytes = field(repr=False)
    reason: str


class Framer:
    """Feed it what a connection brings. One for each connection; it is not thread-safe."""

    __slots__ = ("_buffer", "_max_bytes", "_searched")

    def __init__(self, max_bytes: int = FRAME_BYTES_MAX) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._searched = 0
        """Where a search that found nothing goes on: bytes that come one by one are not searched again and again."""

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait for the rest of their frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes | Garbled]:
        """The frames and garbled pieces that are complete with these bytes, in order."""
        buffer: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            buffer = self._buffer
        found: list[bytes | Garbled] = []
        at = 0
        while at < len(buffer):
            piece = self._piece(buffer, at)
            if piece is None:
                break
            found.append(piece)
            at += len(piece if isinstance(piece, bytes) else piece.raw)
            self._searched = 0
        if buffer is data:
            self._buffer += data[at:]
        else:
            del self._buffer[:at]
        return found

    def _piece(self, buffer: bytes | bytearray, at: int) -> bytes | Garbled | None:
        """What begins at `at`; None until it is complete."""
        if not buffer.startswith(_START, at):
            if _may_become(_START, buffer, at):
                return None
            return self._skip(_RESYNC, buffer, at, at, "bytes outside a message")
        trailer_at = self._trailer_at(buffer, at)
        if trailer_at is None:
            return None
        if isinstance(trailer_at, str):
            return self._skip(_RESYNC, buffer, at, at + 1, trailer_at)
        end = trailer_at + TRAILER_BYTES
        if len(buffer) < end:
            return None
        if _EXACT_TRAILER.fullmatch(buffer, trailer_at - 1, end) is None:
            return self._skip(_TRAILER, buffer, at, trailer_at - 1, "BodyLength (9) does not lead to CheckSum (10)")
        frame = bytes(buffer[at:end])
        if int(frame[-4:-1]) != check_sum(frame[:-TRAILER_BYTES]):
            return Garbled(frame, "CheckSum (10) is wrong")
        return frame

    def _trailer_at(self, buffer: bytes | bytearray, at: int) -> int | str | None:
        """Where BodyLength says that CheckSum begins; a reason where the first three fields are wrong; None until they are there.

        A reason depends on the bytes up to it, so it is the same whether more of them have come or not.
        """
        begin_end = buffer.find(SOH, at, at + BEGIN_STRING_BYTES_MAX)
        if begin_end < 0:
            return None if len(buffer) < at + BEGIN_STRING_BYTES_MAX else "BeginString (8) has no end"
        if not buffer.startswith(b"9=", begin_end + 1):
            return None if _may_become(b"9=", buffer, begin_end + 1) else "BodyLength (9) is not the second field"
        digits_at = begin_end + 3
        digits_end = buffer.find(SOH, digits_at, digits_at + LENGTH_DIGITS_MAX + 1)
        digits = buffer[digits_at : digits_end if digits_end >= 0 else digits_at + LENGTH_DIGITS_MAX + 1]
        if digits_end < 0 and (not digits or (digits.isdigit() and len(digits) <= LENGTH_DIGITS_MAX)):
            return None
        if not digits.isdigit() or digits_end < 0:
            return "BodyLength (9) is no length"
        trailer_at = digits_end + 1 + int(digits)
        if trailer_at + TRAILER_BYTES - at > self._max_bytes:
            return f"longer than {self._max_bytes} bytes"
        if not buffer.startswith(b"35=", digits_end + 1):
            return None if _may_become(b"35=", buffer, digits_end + 1) else "MsgType (35) is not the third field"
        return trailer_at

    def _skip(
        self, to: re.Pattern[bytes], buffer: bytes | bytearray, at: int, start: int, reason: str
    ) -> Garbled | None:
        """The garbled piece from `at` to what ends it, or as much as may wait; None until one of both is there."""
        limit = at + self._max_bytes
        match = to.search(buffer, max(start, at + self._searched), limit)
        if match is not None:
            # A new message is left for the next look, a trailer goes with what it ends.
            end = match.start() if match[0] == _START else match.end()
        elif len(buffer) >= limit:
            end = limit
        else:
            self._searched = max(0, len(buffer) - at - _LOOSE_TRAILER_BYTES_MAX)
            return None
        return Garbled(bytes(buffer[at:end]), reason)


def _may_become(wanted: bytes, buffer: bytes | bytearray, at: int) -> bool:
    """Whether the buffer ends at `at` or within `wanted`."""
    return len(buffer) - at < len(wanted) and wanted.startswith(buffer[at:])
