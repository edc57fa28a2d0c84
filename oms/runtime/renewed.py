"""An appender for what is said again soon, or what nobody waits for: heartbeats, the audit's progress, dead letters.

A producer may be beyond recovery after a fault. Where no run ends with it and nobody looks at its outcomes, it would be silent for good.
"""

from oms.runtime.log import Failed, Log, TopicPartition


class RenewedAppender:
    """Used by one thread. What failed is not repeated here."""

    def __init__(self, log: Log, tp: TopicPartition) -> None:
        self._log, self._tp = log, tp
        self._appender = log.appender(tp)
        self.waiting = 0
        """Records without an outcome. What is said again soon need not be said again while many of them wait: a slow broker would fall behind."""

    def append(self, key: bytes | None, value: bytes) -> None:
        self.waiting += 1
        self._appender.append(key, value)

    def look(self) -> None:
        """Take the outcomes that are there; after a fault the next append goes through a new producer."""
        outcomes = self._appender.poll(0.0)
        self.waiting -= len(outcomes)
        if any(isinstance(outcome, Failed) for outcome in outcomes):
            self._appender.purge()
            self._appender, self.waiting = self._log.appender(self._tp), 0

    def close(self, timeout_s: float) -> None:
        self._appender.close(timeout_s)
