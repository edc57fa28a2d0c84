"""What the fence costs: CPU time of the bare chain over the log in memory, with and without it, in pairs that alternate.

The fence here is everything that ownership adds to an order: the hash of each record in the next, the run rule over what is read, the
look at each ack's offset. The baseline is the bare chain, which does less than the real stages, so that the ratio is an upper bound.
"""

import time

from bare_chain import STAGES, Sample, chain_partition, make_stage, sample
from bench_figures import Figure, median

from oms.testing.sim_log import SimLog
from oms.wire import topics

PAIRS, ORDERS = 15, 400


def cpu_us_per_order(given: Sample, fence: bool, orders: int) -> float:
    """CPU microseconds of this thread for an order's way through the three stages."""
    log = SimLog({chain_partition(topic).topic: 1 for topic in (topics.ORDERS, *STAGES)})
    stages = [make_stage(log, stage, given, fence) for stage in STAGES]
    appender = log.appender(chain_partition(topics.ORDERS))
    for _ in range(orders):
        appender.append(None, given.command)
    started = time.thread_time_ns()
    for stage in stages:
        while stage.done < orders:
            stage.turn(0.0)
    return (time.thread_time_ns() - started) / 1000 / orders


def fence_cost(pairs: int = PAIRS, orders: int = ORDERS) -> Figure:
    given = sample()
    cpu_us_per_order(given, True, orders)  # the first round pays for the imports and the converters
    took = [(cpu_us_per_order(given, True, orders), cpu_us_per_order(given, False, orders)) for _ in range(pairs)]
    fenced, bare = zip(*took, strict=True)
    return Figure.of("fence_cost", median(fenced), "us CPU/order", median(bare))
