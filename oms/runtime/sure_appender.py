"""Records of an intake, in order, each until the broker has it.

A failed append is simply done again, with all that came after it, through a new appender: so a record may be there twice, and whoever reads
the intake knows a repeat by what is in it. Used by one thread.
"""

import logging
import time
from collections import deque
from dataclasses import dataclass

from oms.runtime.log import Ack, Appender, Log, TopicPartition

_LOGGER = logging.getLogger(__name__)

RENEW_PAUSE_S = 0.1
"""Between two new appenders, as at the gateway: one that fails at once must not make a producer per turn."""


@dataclass(slots=True)
class _Waiting:
    key: bytes
    value: bytes
    token: int = 0


class SureAppender:
    """One partition of an intake. `appended` counts what the broker has acknowledged."""

    def __init__(self, log: Log, tp: TopicPartition) -> None:
        self._log, self._tp = log, tp
        self._appender: Appender | None = None
        self._waiting: deque[_Waiting] = deque()
        self._renew_at_s = 0.0
        self.appended = 0

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def append_record(self, key: bytes, value: bytes) -> None:
        waiting = _Waiting(key, value)
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
                _LOGGER.warning("a record is appended again: %s", outcome.reason, extra=self._tp._asdict())
                self._appender.purge()
                self._appender, self._renew_at_s = None, time.monotonic() + RENEW_PAUSE_S
                return
            assert self._waiting and self._waiting[0].token == outcome.token, "acknowledgements come in order"
            self._waiting.popleft()
            self.appended += 1

    def forget(self) -> None:
        """Nothing is due any more. What is in flight may still land."""
        if self._appender is not None:
            self._appender.purge()
        self._appender, self._renew_at_s = None, 0.0
        self._waiting.clear()

    def _again(self) -> None:
        self._renew_at_s = 0.0
        self._appender = self._log.appender(self._tp)
        for waiting in self._waiting:
            waiting.token = self._appender.append(waiting.key, waiting.value)
