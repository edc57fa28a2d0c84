"""Plays a tape up to a wanted time, in whole moments: events of one nanosecond are never torn apart.

Because of that a position is one number, and `events(position + 1)` goes on exactly behind it. The source is read by a thread of its
own, ahead of the playing and within limits, so that a slow parser delays the tape and nothing else.
"""

import queue
import threading
from collections import deque
from collections.abc import Iterator

from oms.feeds.tape import TapeEvent, TapeSource

_CHUNK = 1_000  # events per hand-over
_CHUNKS_AHEAD = 8  # bounds memory
_PUT_WAIT_S = 0.1  # how soon the thread notices that it is to end


class TapePlayer:
    """`position_ns`: everything up to and including it has been given out. Raises what the source raised."""

    def __init__(self, source: TapeSource, position_ns: int) -> None:
        self.position_ns = position_ns
        self._end_ns = source.end_ns
        self._buffer: deque[TapeEvent] = deque()
        self._read_to_end = False
        self._closing = threading.Event()
        self._chunks: queue.Queue[list[TapeEvent] | Exception | None] = queue.Queue(_CHUNKS_AHEAD)
        self._thread = threading.Thread(target=self._read, args=(source, position_ns + 1), name="tape", daemon=True)
        self._thread.start()

    @property
    def at_end(self) -> bool:
        """The whole tape has been played."""
        return (
            self._read_to_end and not self._buffer and self._end_ns is not None and self.position_ns >= self._end_ns - 1
        )

    def play(self, until_ns: int, events_max: int) -> list[TapeEvent]:
        """The next events up to `until_ns`; a little more than `events_max` where a moment would be torn."""
        if self._end_ns is not None:
            until_ns = min(until_ns, self._end_ns - 1)
        out: list[TapeEvent] = []
        buffer = self._buffer
        while True:
            self._refill()
            if not buffer or buffer[0].time_ns > until_ns or len(out) >= events_max:
                break
            moment = buffer[0].time_ns
            if buffer[-1].time_ns == moment and not self._read_to_end and not self._extend(moment):
                break  # the rest of this moment is not read yet
            while buffer and buffer[0].time_ns == moment:
                out.append(buffer.popleft())
            self.position_ns = moment
        nothing_before_until = bool(buffer) and buffer[0].time_ns > until_ns
        if nothing_before_until or (not buffer and self._read_to_end):
            self.position_ns = max(self.position_ns, until_ns)
        return out

    def close(self) -> None:
        self._closing.set()
        self._thread.join(2.0)

    def _refill(self) -> None:
        if len(self._buffer) < 2:
            self._extend(None)

    def _extend(self, moment: int | None) -> bool:
        """Take a chunk that is ready; with `moment`, go on until something later is in the buffer. False: nothing more now."""
        while not self._read_to_end:
            try:
                chunk = self._chunks.get_nowait()
            except queue.Empty:
                return False
            if isinstance(chunk, Exception):
                raise chunk
            if chunk is None:
                self._read_to_end = True
            else:
                self._buffer.extend(chunk)
                if moment is None or chunk[-1].time_ns > moment:
                    break
        return True

    def _read(self, source: TapeSource, from_ns: int) -> None:
        try:
            chunk: list[TapeEvent] = []
            for event in _from(source, from_ns):
                chunk.append(event)
                if len(chunk) == _CHUNK:
                    if not self._put(chunk):
                        return
                    chunk = []
            if chunk and not self._put(chunk):
                return
            self._put(None)
        except Exception as error:  # handed to the thread that plays, which raises it
            self._put(error)

    def _put(self, chunk: list[TapeEvent] | Exception | None) -> bool:
        while not self._closing.is_set():
            try:
                self._chunks.put(chunk, timeout=_PUT_WAIT_S)
            except queue.Full:
                continue
            return True
        return False


def _from(source: TapeSource, from_ns: int) -> Iterator[TapeEvent]:
    if source.end_ns is not None and from_ns >= source.end_ns:
        return iter(())
    return source.events(max(from_ns, source.start_ns))
