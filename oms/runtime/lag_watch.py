"""How far a process is behind its inputs, in records and in time, known without asking anybody when a page is shown.

A thread of its own asks the broker once a second where the partitions end, so that neither the loop nor a health page waits for a broker.

Time: each look says "at t the log ended at e". Once the read position is at e, everything that was there at t has been read; so the
oldest record not read is younger than the latest such t. It is also no older than the record read last. The later of the two is
what the lag counts from: exact to a second for one that keeps up, by the broker's times for one that reads a backlog.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from oms.runtime.clock import Clock
from oms.runtime.log import Log, LogError, TopicPartition

_LOGGER = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
LOOKS_MAX = 1_000
"""Ends remembered of a partition while it is behind; beyond it the oldest are enough."""


class Cursor(NamedTuple):
    """A read position, and the broker's time of the last record before it (0: not known)."""

    next_offset: int
    last_ms: int = 0


class Lag(NamedTuple):
    """`seconds`: the age of the oldest record not read, at most; 0 when everything that the last look saw has been read."""

    records: int
    seconds: float


@dataclass(slots=True)
class _Looks:
    first_ns: int
    ends: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=LOOKS_MAX))
    last_end: int = 0
    had_all_of_ns: int = 0


class LagWatch:
    """`cursors` says what the process reads now and how far; it is called from other threads than the ones that read."""

    def __init__(self, log: Log, cursors: Callable[[], Mapping[TopicPartition, Cursor]], clock: Clock) -> None:
        self._log, self._cursors, self._clock = log, cursors, clock
        self._looks: dict[TopicPartition, _Looks] = {}
        self._lock = threading.Lock()

    def look(self) -> None:
        """Ask where the logs end. A broker that does not answer leaves the last look standing: the lag in time goes on growing."""
        read = list(self._cursors())
        now = self._clock.now_ns()
        try:
            ends = self._log.ends(read)
        except LogError as error:
            _LOGGER.warning("how far the inputs are is not known: %s", error)
            return
        with self._lock:
            for tp, end in ends.items():
                looks = self._looks.setdefault(tp, _Looks(now))
                looks.ends.append((now, end))
                looks.last_end = end

    def lags(self) -> dict[TopicPartition, Lag]:
        """Of everything read now that was looked at."""
        cursors, now = self._cursors(), self._clock.now_ns()
        with self._lock:
            return {tp: self._lag(self._looks[tp], cursor, now) for tp, cursor in cursors.items() if tp in self._looks}

    def _lag(self, looks: _Looks, cursor: Cursor, now_ns: int) -> Lag:
        while looks.ends and looks.ends[0][1] <= cursor.next_offset:
            looks.had_all_of_ns = looks.ends.popleft()[0]
        behind = max(0, looks.last_end - cursor.next_offset)
        if not behind:
            return Lag(0, 0.0)
        since_ns = max(looks.had_all_of_ns, cursor.last_ms * 1_000_000) or looks.first_ns
        return Lag(behind, max(0, now_ns - since_ns) / 1e9)


class Looker(threading.Thread):
    """Calls each of `looks` once a second until stopped, and once at the start."""

    def __init__(self, looks: Sequence[Callable[[], None]]) -> None:
        super().__init__(daemon=True, name="looker")
        self._looks, self._stopping = looks, threading.Event()

    def run(self) -> None:
        while True:
            for look in self._looks:
                look()
            if self._stopping.wait(LOOK_EVERY_S):
                return

    def stop(self) -> None:
        self._stopping.set()
