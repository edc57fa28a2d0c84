"""Alerts out of the journals into `oms.alerts`: what the audit tells before it writes the batch that they are in.

A batch moves the written prefix only after all its alerts are acknowledged. So whatever crashes when, each alert is forwarded at least once:
who comes next makes the same batch, and tells it again. Each journal partition's alerts come in order, and a repetition begins no later
than what was told last, so that a reader needs only the place of the newest of each journal partition to see every alert once. Of two
auditors each tells all: so the topic is not compacted, for the one that is behind may say last what is not so any more.
"""

import time
from collections.abc import Callable, Sequence

from oms.runtime.log import Ack, Appender, Log, LogUnavailable, TopicPartition
from oms.wire import topics
from oms.wire.codec import encode_intake
from oms.wire.envelope import AlertNotice

ANSWER_S_MAX = 20.0
"""A little more than the producer's own delivery timeout."""


class AlertForwarder:
    """Appends to the partitions of `oms.alerts`; used by one thread. After a fault it goes on with new producers."""

    def __init__(self, log: Log, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log, self._monotonic = log, monotonic
        self._appenders: dict[int, Appender] = {}
        self.forwarded = 0

    def forward(self, notices: Sequence[AlertNotice]) -> None:
        """Waits until all are in the log. LogUnavailable where that is not known: they may be there, and must be told again."""
        for partition in dict.fromkeys(notice.partition for notice in notices):
            self._forward(partition, [notice for notice in notices if notice.partition == partition])

    def _forward(self, partition: int, notices: Sequence[AlertNotice]) -> None:
        appender = self._appenders.get(partition)
        if appender is None:
            appender = self._appenders[partition] = self._log.appender(TopicPartition(topics.ALERTS, partition))
        waiting = {appender.append(notice.topic.encode(), encode_intake(topics.ALERTS, notice)) for notice in notices}
        deadline = self._monotonic() + ANSWER_S_MAX
        while waiting:
            for outcome in appender.poll(0.1):
                if not isinstance(outcome, Ack):
                    self._give_up(partition, f"the fate of an alert is unknown: {outcome.reason}")
                waiting.discard(outcome.token)
            if waiting and self._monotonic() > deadline:
                self._give_up(partition, f"no answer about an alert for {ANSWER_S_MAX:.0f} s")
        self.forwarded += len(notices)

    def _give_up(self, partition: int, why: str) -> None:
        self._appenders.pop(partition).purge()
        raise LogUnavailable(why)

    def close(self) -> None:
        for appender in self._appenders.values():
            appender.close(1.0)
        self._appenders.clear()
