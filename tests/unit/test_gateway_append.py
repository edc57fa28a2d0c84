"""Appends from the event loop: what fails is replaced at once, and every record's own outcome reaches its own caller."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from gateway_service import eventually

from oms.runtime.gateway_append import RENEW_PAUSE_S, RETIRED_MAX, LoopAppender, OutcomeUnknown
from oms.runtime.log import Ack, Failed, TopicPartition
from oms.testing.sim_log import Fate, SimAppender, SimLog
from oms.wire import topics

TP = TopicPartition(topics.ORDERS, 0)


class HandAppender:
    """An appender whose outcomes are given by hand, in any order and at any time."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.outcomes: list[Ack | Failed] = []
        self.ended = ""

    def append(self, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> int:
        assert not self.ended
        self.values.append(value)
        return len(self.values)

    def poll(self, timeout_s: float) -> list[Ack | Failed]:
        outcomes, self.outcomes = self.outcomes, []
        return outcomes

    def purge(self) -> None:
        self.ended = "purged"

    def close(self, timeout_s: float) -> None:
        self.ended = self.ended or "closed"


class HandLog(SimLog):
    """A log in memory whose appenders are those above; `made` has them in order."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[HandAppender] = []

    def appender(self, tp: TopicPartition) -> HandAppender:  # type: ignore[override]
        self.made.append(HandAppender())
        return self.made[-1]


class CountingLog(SimLog):
    """The log in memory; `made` appenders so far."""

    made = 0

    def appender(self, tp: TopicPartition) -> SimAppender:
        self.made += 1
        return super().appender(tp)


@asynccontextmanager
async def appending(log: SimLog) -> AsyncIterator[LoopAppender]:
    appender = LoopAppender(log, TP, asyncio.get_running_loop())
    yield appender
    appender.close()


async def unknown(future: "asyncio.Future[Ack]") -> str:
    async with asyncio.timeout(5):
        with pytest.raises(OutcomeUnknown) as caught:
            await future
    return str(caught.value)


async def test_the_next_record_after_a_failure_goes_through_a_new_appender_whatever_is_in_flight() -> None:
    log = HandLog()
    async with appending(log) as appender:
        first, second = appender.append(b"", b"1"), appender.append(b"", b"2")
        log.made[0].outcomes.append(Failed(1, "timed out"))
        assert await unknown(first) == "timed out"
        third = appender.append(b"", b"3")
        assert [made.values for made in log.made] == [[b"1", b"2"], [b"3"]]
        assert appender.in_flight == 2 and not log.made[0].ended, "what the first one holds may still be acknowledged"
        log.made[1].outcomes.append(Ack(1, 70))
        assert (await third).offset == 70, "the new appender's token 1, not the old one's"
        log.made[0].outcomes.append(Ack(2, 69))
        assert (await second).offset == 69
        await eventually(lambda: log.made[0].ended == "purged" and appender.in_flight == 0)


async def test_under_unbroken_load_a_broken_appender_is_left() -> None:
    """There is always something in flight, and the first appender never acknowledges again."""
    log = HandLog()
    async with appending(log) as appender:
        stuck = appender.append(b"", b"stuck")
        broken = appender.append(b"", b"broken")
        log.made[0].outcomes.append(Failed(2, "fatal"))
        await unknown(broken)
        for number in range(50):
            later = appender.append(b"", b"later")
            log.made[1].outcomes.append(Ack(number + 1, number))
            assert (await later).offset == number
        assert not stuck.done() and len(log.made) == 2


async def test_one_that_fails_at_once_does_not_make_one_per_record() -> None:
    log = CountingLog({topics.ORDERS: 1})
    async with appending(log) as appender:
        began_s = asyncio.get_running_loop().time()
        for _ in range(40):
            log.plan(TP, Fate.LOST)
            await unknown(appender.append(b"", b"x"))
        passed_s = asyncio.get_running_loop().time() - began_s
        assert 2 <= log.made <= 2 + passed_s / RENEW_PAUSE_S
        await asyncio.sleep(RENEW_PAUSE_S)
        assert (await appender.append(b"", b"y")).offset == 0


async def test_one_that_is_beyond_recovery_is_left_by_the_next_record() -> None:
    log = SimLog({topics.ORDERS: 1})
    async with appending(log) as appender:
        log.plan(TP, Fate.FATAL)
        await unknown(appender.append(b"", b"x"))
        assert (await appender.append(b"", b"y")).offset == 0


async def test_only_so_many_are_listened_to() -> None:
    log = HandLog()
    async with appending(log) as appender:
        waiting = []
        for _ in range(RETIRED_MAX + 1):
            await asyncio.sleep(RENEW_PAUSE_S)
            waiting.append(appender.append(b"", b"stuck"))
            failing = appender.append(b"", b"x")
            log.made[-1].outcomes.append(Failed(2, "timed out"))
            await unknown(failing)
        assert await unknown(waiting[0]) == "too many appenders failed"
        assert [made.ended for made in log.made] == ["purged"] + [""] * (RETIRED_MAX + 1)
        assert not any(future.done() for future in waiting[1:])


async def test_at_the_end_what_is_known_counts_and_the_rest_is_unknown() -> None:
    log = HandLog()
    async with appending(log) as appender:
        known, other = appender.append(b"", b"1"), appender.append(b"", b"2")
        log.made[0].outcomes.append(Ack(1, 5))
    assert (await known).offset == 5
    assert await unknown(other) == "the gateway stops"
