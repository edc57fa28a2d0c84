"""Appends from the event loop: a future per record, settled by the broker's answer.

One appender per partition; a thread of its own waits for its outcomes and hands them to the loop. After a failed append the appender is
replaced once nothing is in flight in it: a client that lost the broker may never recover by itself.
"""

import asyncio
import logging
import threading
from collections.abc import Iterable

from oms.runtime.log import Ack, Failed, Log, TopicPartition

_LOGGER = logging.getLogger(__name__)

POLL_S = 0.02
CLOSE_S = 2.0


class OutcomeUnknown(Exception):
    """The record may be in the log, now, later, or never."""


class LoopAppender:
    """Appends to one partition. All methods belong to the event loop's thread."""

    def __init__(self, log: Log, tp: TopicPartition, loop: asyncio.AbstractEventLoop) -> None:
        self._log, self._tp, self._loop = log, tp, loop
        self._appender = log.appender(tp)
        self._pending: dict[int, asyncio.Future[Ack]] = {}
        self._failed = False
        self.appended = 0
        self._work = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._poll, daemon=True, name=f"acks-{tp.topic}-{tp.partition}")
        self._thread.start()

    @property
    def in_flight(self) -> int:
        return len(self._pending)

    def append(self, key: bytes, value: bytes) -> "asyncio.Future[Ack]":
        """Queue one record. The future has the ack, or OutcomeUnknown. Records go out in the order of the calls."""
        token = self._appender.append(key, value)
        self.appended += 1
        future: asyncio.Future[Ack] = self._loop.create_future()
        self._pending[token] = future
        self._work.set()
        return future

    def close(self) -> None:
        self._stopping = True
        self._work.set()
        self._thread.join(CLOSE_S)
        self._appender.close(CLOSE_S)
        self._settle([Failed(token, "the gateway stops") for token in self._pending])

    def _poll(self) -> None:
        pause = threading.Event()
        while not self._stopping:
            self._work.wait()
            outcomes = self._appender.poll(POLL_S)
            if outcomes:
                self._loop.call_soon_threadsafe(self._settle, outcomes)
            else:
                pause.wait(0.0005)  # a log in memory does not wait

    def _settle(self, outcomes: Iterable[Ack | Failed]) -> None:
        for outcome in outcomes:
            future = self._pending.pop(outcome.token, None)
            if isinstance(outcome, Failed):
                self._failed = True
                _LOGGER.warning("an append's outcome is unknown: %s", outcome.reason, extra=self._tp._asdict())
            if future is None or future.done():
                continue
            if isinstance(outcome, Ack):
                future.set_result(outcome)
            else:
                future.set_exception(OutcomeUnknown(outcome.reason))
        if not self._pending and not self._stopping:
            self._work.clear()
            if self._failed:
                self._failed = False
                self._appender.purge()
                self._appender = self._log.appender(self._tp)


class LoopAppenders:
    """An appender for each of some partitions, made at once: a producer's first append is slow if it is made for it."""

    def __init__(self, log: Log, partitions: Iterable[TopicPartition], loop: asyncio.AbstractEventLoop) -> None:
        self._of = {tp: LoopAppender(log, tp, loop) for tp in partitions}

    def __getitem__(self, tp: TopicPartition) -> LoopAppender:
        return self._of[tp]

    def close(self) -> None:
        for appender in self._of.values():
            appender.close()
