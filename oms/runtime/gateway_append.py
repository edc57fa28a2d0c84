"""Appends from the event loop: a future per record, settled by the broker's answer.

One appender per partition in use; a thread of its own waits for outcomes and hands them to the loop. After a failed append the next
record goes through a new appender at once: a client that lost the broker may never recover by itself, and under unbroken load there is
no moment without anything in flight. The retired one is listened to until all it was given has an outcome: its acknowledgements count.

Order: records of one appender keep theirs; what was in flight when another failed may land behind what is sent next. Whoever sent both
had no answer for the first, and the tombstone of a cancel takes care of the New that comes after it.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oms.runtime.log import Ack, Appender, Failed, Log, TopicPartition

_LOGGER = logging.getLogger(__name__)

POLL_S = 0.02
CLOSE_S = 2.0

RENEW_PAUSE_S = 0.1
"""Between two new appenders: one that fails at once (a partition that is not there) must not make a producer per command."""

RETIRED_MAX = 4
"""Retired appenders listened to at once, each with threads of its own; past it the oldest is dropped, and its outcomes are unknown."""


class OutcomeUnknown(Exception):
    """The record may be in the log, now, later, or never."""


@dataclass(frozen=True, slots=True, eq=False)
class _Generation:
    """One appender and the futures of what it was given, by its own tokens."""

    appender: Appender
    pending: dict[int, "asyncio.Future[Ack]"]


class LoopAppender:
    """Appends to one partition. All methods belong to the event loop's thread."""

    def __init__(self, log: Log, tp: TopicPartition, loop: asyncio.AbstractEventLoop) -> None:
        self._log, self._tp, self._loop = log, tp, loop
        self._current = _Generation(log.appender(tp), {})
        self._retired: tuple[_Generation, ...] = ()  # replaced as a whole: the thread looks at it too
        self._renewed_s = loop.time() - RENEW_PAUSE_S
        self._broken = False
        self.appended = 0
        self._heard: deque[tuple[_Generation, Sequence[Ack | Failed]]] = deque()  # by the thread, not handed over yet
        self._work = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._poll, daemon=True, name=f"acks-{tp.topic}-{tp.partition}")
        self._thread.start()

    @property
    def in_flight(self) -> int:
        return sum(len(generation.pending) for generation in (self._current, *self._retired))

    def append(self, key: bytes, value: bytes) -> "asyncio.Future[Ack]":
        """Queue one record. The future has the ack, or OutcomeUnknown. Records go out in the order of the calls."""
        if self._broken:
            self._renew()
        token = self._current.appender.append(key, value)
        self.appended += 1
        future: asyncio.Future[Ack] = self._loop.create_future()
        self._current.pending[token] = future
        self._work.set()
        return future

    def close(self) -> None:
        self._stopping = True
        self._work.set()
        self._thread.join(CLOSE_S)
        self._settle()
        for generation in (*self._retired, self._current):
            generation.appender.close(CLOSE_S)
            self._hear(generation, generation.appender.poll(0.0))
            self._give_up(generation, "the gateway stops")

    def _poll(self) -> None:
        pause = threading.Event()
        while not self._stopping:
            self._work.wait()
            heard = [(retired, retired.appender.poll(0.0)) for retired in self._retired]
            current = self._current
            heard.append((current, current.appender.poll(POLL_S)))
            found = [(generation, outcomes) for generation, outcomes in heard if outcomes]
            if found:
                self._heard.extend(found)
                self._loop.call_soon_threadsafe(self._settle)
            else:
                pause.wait(0.0005)  # a log in memory does not wait

    def _settle(self) -> None:
        while self._heard:
            generation, outcomes = self._heard.popleft()
            failed = self._hear(generation, outcomes)
            if failed and generation is self._current and not self._stopping:
                self._broken = True
                self._renew()
        if not self._stopping:
            self._let_go(tuple(retired for retired in self._retired if not retired.pending))
            if not self.in_flight:
                self._work.clear()

    def _hear(self, generation: _Generation, outcomes: Iterable[Ack | Failed]) -> bool:
        """Hand outcomes to whoever waits for them; whether any is a failure."""
        failed = False
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                failed = True
                _LOGGER.warning("an append's outcome is unknown: %s", outcome.reason, extra=self._tp._asdict())
            future = generation.pending.pop(outcome.token, None)
            if future is None or future.done():
                continue
            if isinstance(outcome, Ack):
                future.set_result(outcome)
            else:
                future.set_exception(OutcomeUnknown(outcome.reason))
        return failed

    def _renew(self) -> None:
        """From now on through a new appender; where the last renewal is only just over, the next append or failure does it."""
        if self._loop.time() - self._renewed_s < RENEW_PAUSE_S:
            return
        self._renewed_s, self._broken = self._loop.time(), False
        self._retired = (*self._retired, self._current)
        self._current = _Generation(self._log.appender(self._tp), {})
        self._let_go(self._retired[:-RETIRED_MAX])

    def _let_go(self, generations: tuple[_Generation, ...]) -> None:
        """Retired ones that are done, or too many. What they have in flight may still land."""
        self._retired = tuple(retired for retired in self._retired if retired not in generations)
        for generation in generations:
            generation.appender.purge()
            self._hear(generation, generation.appender.poll(0.0))
            self._give_up(generation, "too many appenders failed")

    def _give_up(self, generation: _Generation, why: str) -> None:
        self._hear(generation, [Failed(token, why) for token in list(generation.pending)])


class LoopAppenders:
    """An appender for each of some partitions, made at once: a producer's first append is slow if it is made for it."""

    def __init__(self, log: Log, partitions: Iterable[TopicPartition], loop: asyncio.AbstractEventLoop) -> None:
        self._of = {tp: LoopAppender(log, tp, loop) for tp in partitions}

    def __getitem__(self, tp: TopicPartition) -> LoopAppender:
        return self._of[tp]

    def close(self) -> None:
        for appender in self._of.values():
            appender.close()
