"""The gateway's task that spreads trips, in a running event loop over the log in memory."""

import asyncio

import pytest

from oms.core.risk_events import OrderRejected
from oms.runtime.gateway_append import LoopAppenders
from oms.runtime.halt_spreader import HaltSpreader
from oms.runtime.log import TopicPartition
from oms.testing.sim_log import Fate
from oms.wire import topics
from tests.trips_world import LOSS, TwoPartitions

CONTROL = TopicPartition(topics.CONTROL, 0)
PATIENCE_S = 5.0


def spread_by(two: TwoPartitions, replicas: int) -> list[HaltSpreader]:
    """What the tasks of so many replicas do until the trip's halt is read back by all."""

    async def work() -> list[HaltSpreader]:
        loop = asyncio.get_running_loop()
        appenders = [LoopAppenders(two.log, [CONTROL], loop) for _ in range(replicas)]
        found = [
            HaltSpreader(gateway.view, appending, two.paths[0].clock)
            for gateway, appending in zip(two.gateways, appenders, strict=True)
        ]
        tasks = [asyncio.create_task(spreader.run()) for spreader in found]
        async with asyncio.timeout(PATIENCE_S):
            while not all(gateway.view.trips.spread for gateway in two.gateways):
                for gateway in two.gateways:
                    gateway.read_all()
                two.paths[0].pass_time(10_000_000)
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for appending in appenders:
            appending.close()
        return found

    return asyncio.run(work())


def test_a_trip_is_written_once_and_binds_the_other_partition() -> None:
    two = TwoPartitions(LOSS)
    two.lose()
    (spreader,) = spread_by(two, 1)
    assert spreader.written == 1 and len(two.halts()) == 1
    assert isinstance(two.ask(1, "after", price=90_000), OrderRejected)


@pytest.mark.parametrize(("fate", "written"), [(Fate.LANDS_UNACKED, 1), (Fate.LOST, 2)])
def test_what_has_no_answer_is_looked_for_and_written_again_only_where_it_is_not_there(
    fate: Fate, written: int
) -> None:
    two = TwoPartitions(LOSS)
    two.lose()
    two.log.plan(CONTROL, fate)
    (spreader,) = spread_by(two, 1)
    assert (spreader.written, len(two.halts())) == (written, 1)


def test_of_two_replicas_at_least_one_writes_and_the_halt_is_one() -> None:
    two = TwoPartitions(LOSS, replicas=2)
    two.lose()
    spreaders = spread_by(two, 2)
    assert 1 <= sum(spreader.written for spreader in spreaders) <= 2
    assert {halt.trip for halt in two.halts()} == {two.halts()[0].trip}
    assert isinstance(two.ask(1, "after", price=90_000), OrderRejected)
