"""How many records an appender hands to its client at a time.

The Kafka client takes five requests of an idempotent producer at a time. While more than that is queued in it, its thread asks for room
without a pause: a broker that is slow for a moment would then cost a processor per producer, its own included, and stay slow. So what is
appended while UNDER_WAY_MAX records have no outcome waits here, and leaves together once all of them have theirs. (A batch may leave the
client as several requests, so it needs all the room.) At low rates nothing waits; at high rates batches are as large as the broker is slow.

Whoever appends must poll, or what waits stays. Knows no client: it stands before any appender that counts its tokens 1, 2, 3 ….
"""

import threading
from collections.abc import Sequence
from typing import Protocol

from oms.runtime.log import Ack, Appender, Failed

UNDER_WAY_MAX = 4
HELD_MAX = 20_000  # two seconds at the highest rate measured

Headers = Sequence[tuple[str, bytes]]


class BatchAppender(Appender, Protocol):
    """An appender that takes several records at once."""

    def append_all(self, records: Sequence[tuple[bytes | None, bytes]]) -> None:
        """As `append` for each of them, without headers."""
        ...


class PacedAppender:
    """An appender like the one inside, whose records leave in the order of `append`. Both methods may be called from two threads."""

    def __init__(self, inner: BatchAppender) -> None:
        self._inner = inner
        self._token = 0
        self._under_way = 0
        self._held: list[tuple[bytes | None, bytes]] = []
        self._failed: list[Ack | Failed] = []
        self._lock = threading.Lock()

    def append(self, key: bytes | None, value: bytes, headers: Headers = ()) -> int:
        with self._lock:
            if len(self._held) >= HELD_MAX:
                self._let_go()  # the client's own queue is bounded, and says so
            if headers or not (self._held or self._under_way >= UNDER_WAY_MAX):
                self._let_go()
                self._under_way += 1
                self._token = self._inner.append(key, value, headers)
            else:
                self._token += 1
                self._held.append((key, value))
            return self._token

    def poll(self, timeout_s: float) -> list[Ack | Failed]:
        outcomes = self._inner.poll(0.0 if self._failed else timeout_s)
        if not outcomes and not self._failed:
            return outcomes
        with self._lock:
            self._under_way = max(0, self._under_way - len(outcomes))
            if not self._under_way:
                self._let_go()
            outcomes += self._failed
            self._failed.clear()
        return outcomes

    def purge(self) -> None:
        with self._lock:
            first = self._token - len(self._held) + 1
            self._failed += [Failed(first + n, "purged") for n in range(len(self._held))]
            self._held.clear()
            self._under_way = 0  # so that a further append is refused by the one inside
        self._inner.purge()

    def close(self, timeout_s: float) -> None:
        with self._lock:
            self._let_go()
        self._inner.close(timeout_s)

    def _let_go(self) -> None:
        held, self._held = self._held, []
        if held:
            self._under_way += len(held)
            self._inner.append_all(held)
