"""What an appender holds back, what it lets go, and that every token gets its outcome, in order."""

from collections.abc import Sequence

import pytest

from oms.runtime.log import Ack, Failed, LogError, TopicPartition
from oms.runtime.pacing import UNDER_WAY_MAX, PacedAppender
from oms.testing.sim_log import SimAppender, SimLog

TP = TopicPartition("t", 0)


class CountingAppender(SimAppender):
    """The appender in memory, which notes how many records came together."""

    def __init__(self, log: SimLog) -> None:
        super().__init__(log, TP)
        self.calls: list[int] = []

    def append(self, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> int:
        self.calls.append(1)
        return super().append(key, value, headers)

    def append_all(self, records: Sequence[tuple[bytes | None, bytes]]) -> None:
        self.calls.append(len(records))
        for key, value in records:
            super().append(key, value)


@pytest.fixture
def log() -> SimLog:
    return SimLog({"t": 1})


def values(log: SimLog) -> list[bytes]:
    return [record.value for record in log.partitions[TP].records]


def test_what_comes_alone_leaves_at_once(log: SimLog) -> None:
    inner = CountingAppender(log)
    appender = PacedAppender(inner)
    for number in range(20):
        assert appender.append(None, b"%d" % number) == number + 1
        assert appender.poll(0) == [Ack(number + 1, number, 0)]
    assert inner.calls == [1] * 20


def test_a_backlog_waits_and_leaves_together_in_order(log: SimLog) -> None:
    inner = CountingAppender(log)
    appender = PacedAppender(inner)
    log.hold_acks(TP)
    tokens = [appender.append(None, b"%02d" % number) for number in range(20)]
    assert tokens == list(range(1, 21))
    assert inner.calls == [1] * UNDER_WAY_MAX and appender.poll(0) == []
    log.release_acks(TP)
    assert [outcome.token for outcome in appender.poll(0)] == tokens[:UNDER_WAY_MAX]
    assert inner.calls[UNDER_WAY_MAX:] == [20 - UNDER_WAY_MAX]
    assert [outcome.token for outcome in appender.poll(0)] == tokens[UNDER_WAY_MAX:]
    assert values(log) == [b"%02d" % number for number in range(20)]


def test_headers_leave_behind_what_waited(log: SimLog) -> None:
    appender = PacedAppender(CountingAppender(log))
    log.hold_acks(TP)
    for number in range(6):
        appender.append(None, b"%d" % number)
    assert appender.append(None, b"6", (("h", b"v"),)) == 7
    assert values(log) == [b"%d" % number for number in range(7)]


def test_a_purge_makes_what_waited_unknown_and_the_appender_unusable(log: SimLog) -> None:
    appender = PacedAppender(CountingAppender(log))
    log.hold_acks(TP)
    for number in range(10):
        appender.append(None, b"%d" % number)
    appender.purge()
    found = appender.poll(0)
    assert [outcome.token for outcome in found] == list(range(1, 11))
    assert all(isinstance(outcome, Failed) for outcome in found)
    assert len(values(log)) == UNDER_WAY_MAX
    with pytest.raises(LogError):
        appender.append(None, b"late")


def test_closing_lets_go_of_what_waits(log: SimLog) -> None:
    appender = PacedAppender(CountingAppender(log))
    log.hold_acks(TP)
    for number in range(10):
        appender.append(None, b"%d" % number)
    appender.close(1.0)
    assert len(values(log)) == 10
