"""Commands of clients' FIX sessions into `oms.orders`: in order, each until the broker has it.

The journal has a command before it comes here, and a new owner brings it again. So a failed append is simply done again, with all that
came after it, through a new appender: what of it was in the log already risk passes over. Used by the thread of one partition's loop.
"""

import logging
import time
from collections import deque
from dataclasses import dataclass

from oms.core.commands import Command
from oms.runtime.log import Ack, Appender, Log, TopicPartition
from oms.wire import topics
from oms.wire.codec import encode_intake

_LOGGER = logging.getLogger(__name__)

RENEW_PAUSE_S = 0.1
"""Between two new appenders, as at the gateway: one that fails at once must not make a producer per turn."""


@dataclass(slots=True)
class _Waiting:
    key: bytes
    value: bytes
    token: int = 0


class CommandAppender:
    """One partition of `oms.orders`. `appended` counts what the broker has acknowledged."""

    def __init__(self, log: Log, partition: int) -> None:
        self._log, self._tp = log, TopicPartition(topics.ORDERS, partition)
        self._appender: Appender | None = None
        self._waiting: deque[_Waiting] = deque()
        self._renew_at_s = 0.0
        self.appended = 0

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def append(self, command: Command) -> None:
        waiting = _Waiting(command.desk_id.encode(), encode_intake(topics.ORDERS, command))
        self._waiting.append(waiting)
        if self._appender is None and not self._renew_at_s:
            self._appender = self._log.appender(self._tp)
        if self._appender is not None:
            waiting.token = self._appender.append(waiting.key, waiting.value)

    def turn(self) -> None:
        """Take outcomes; after a failure append again what is not acknowledged. Does not wait."""
        if self._appender is None:
            if self._renew_at_s and time.monotonic() >= self._renew_at_s:
                self._again()
            return
        for outcome in self._appender.poll(0.0):
            if not isinstance(outcome, Ack):
                _LOGGER.warning("a command is appended again: %s", outcome.reason, extra=self._tp._asdict())
                self._appender.purge()
                self._appender, self._renew_at_s = None, time.monotonic() + RENEW_PAUSE_S
                return
            assert self._waiting and self._waiting[0].token == outcome.token, "acknowledgements come in order"
            self._waiting.popleft()
            self.appended += 1

    def forget(self) -> None:
        """The ownership is over: who comes next appends what is due. What is in flight may still land."""
        if self._appender is not None:
            self._appender.purge()
        self._appender, self._renew_at_s = None, 0.0
        self._waiting.clear()

    def _again(self) -> None:
        self._renew_at_s = 0.0
        self._appender = self._log.appender(self._tp)
        for waiting in self._waiting:
            waiting.token = self._appender.append(waiting.key, waiting.value)
