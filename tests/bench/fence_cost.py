"""What the fence and its checks cost: CPU time of an order with and without them, in pairs that alternate.

    python tests/bench/fence_cost.py            40 pairs; a table, and build/fence.json
    python tests/bench/fence_cost.py --quick    10 pairs

Two systems over the log in memory. The stages: the shipped loops, rules and codec of risk, router and execution with a venue that fills,
once put together as shipped and once from parts that fence nothing (`OPEN`): no offset plan at an ack, no run rule over what is read, no
hash of each record in the next, no watch over the own journal. The bare chain: the least that three stages can do, so that its ratio is
an upper bound. The time of a pair's two sides is taken back to back, in an order that changes, by the CPU time of this thread alone.
"""

import argparse
import gc
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from bare_chain import STAGES, Sample, chain_partition, make_stage, sample
from bench_figures import Figure, median
from rich.console import Console
from rich.table import Table
from sample_orders import DRAIN_TURNS, NOW_NS, QUOTED_QTY, WHO, WORLD, order

from oms.core.risk_events import OrderAccepted
from oms.core.run_rule import RunPosition, Validity
from oms.runtime.journal_fold import Judge
from oms.runtime.log import Ack, Failed, Log, TopicPartition
from oms.runtime.own_journal import OwnJournal, RunLost
from oms.runtime.parts import PARTS, Parts
from oms.runtime.run import InFlight
from oms.testing.pipeline import Pipeline
from oms.testing.sim_log import SimLog
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope

OUTPUT = Path(__file__).resolve().parents[2] / "build" / "fence.json"
PAIRS, PAIRS_QUICK, ORDERS = 40, 10, 400
STAGES_NAME, CHAIN_NAME = "stages", "chain"
TARGET_PERCENT = 3.0
BATCH, BATCH_TURNS, TURN_NS = 20, 4, 1_000_000
RESAMPLES, CONFIDENCE_PERCENT = 10_000, 95


def unjudged(position: RunPosition, offset: int, claim: bool, epoch: int, run_seq: int) -> tuple[RunPosition, Validity]:
    """Whatever is in a journal counts."""
    if claim:
        return RunPosition(offset + 1, offset, True), Validity.CLAIM
    return RunPosition(offset + 1, position.epoch, True), Validity.VALID


def no_problem(outcome: Ack | Failed, flight: InFlight, epoch: int) -> str:
    return ""


def no_hash(value: bytes) -> bytes:
    return b""


class Unwatched(OwnJournal):
    """Reads nothing back."""

    def __init__(self, log: Log, journal: TopicPartition, epoch: int, advance: Judge) -> None:
        pass

    def look(self, acked: int) -> RunLost | None:
        return None

    def close(self) -> None:
        pass


OPEN = Parts(advance=unjudged, problem_of=no_problem, record_hash=no_hash, own_journal=Unwatched)


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU µs an order, medians of both sides. `percent`: what the fence adds, the mean over the pairs; `low`, `high`: its interval."""

    system: str
    pairs: int
    orders: int
    fenced_us: float
    open_us: float
    percent: float
    low_percent: float
    high_percent: float


Measure = Callable[[bool], float]
"""CPU µs an order, with the fence or without."""


def stages_cpu_us(fence: bool, orders: int = ORDERS) -> float:
    """Of an order's way through the shipped stages, the doubles of log and venue included."""
    path = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,)))], NOW_NS, parts=PARTS if fence else OPEN)
    path.entities(WORLD, WHO)
    path.quote("XALP", "ACME", (99_900, QUOTED_QTY), (100_000, QUOTED_QTY))
    path.run()
    gc.collect()
    started = time.thread_time_ns()
    for number in range(orders):
        path.command(order(number, path.clock.wall_ns))
        if number % BATCH == BATCH - 1:
            path.run(BATCH_TURNS, TURN_NS)
    path.run(DRAIN_TURNS, TURN_NS)
    took = (time.thread_time_ns() - started) / 1000 / orders
    assert _accepted(path) == orders, "the two sides must do the same work"
    return took


def _accepted(path: Pipeline) -> int:
    found = [decode_journal(r.value) for r in path.log.known(TopicPartition(topics.RISK, 0)).records]
    return sum(isinstance(event, OrderAccepted) for e in found if isinstance(e, Envelope) for event in e.events)


def chain_cpu_us(fence: bool, given: Sample, orders: int = ORDERS) -> float:
    """Of an order's way through the bare chain."""
    log = SimLog({chain_partition(topic).topic: 1 for topic in (topics.ORDERS, *STAGES)})
    stages = [make_stage(log, stage, given, fence) for stage in STAGES]
    appender = log.appender(chain_partition(topics.ORDERS))
    for _ in range(orders):
        appender.append(None, given.command)
    gc.collect()
    started = time.thread_time_ns()
    for stage in stages:
        while stage.done < orders:
            stage.turn(0.0)
    return (time.thread_time_ns() - started) / 1000 / orders


def in_pairs(measure: Measure, pairs: int) -> list[tuple[float, float]]:
    """(with, without), measured back to back; which comes first changes with every pair, as a machine warms and tires."""
    for fence in (True, False):
        measure(fence)  # the first round pays for the imports and the converters
    found = []
    for number in range(pairs):
        first = number % 2 == 0
        one, other = measure(first), measure(not first)
        found.append((one, other) if first else (other, one))
    return found


def interval(values: Sequence[float], seed: int) -> tuple[float, float]:
    """Of their mean, by resampling (percentile bootstrap)."""
    draw = random.Random(seed)
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    outside = RESAMPLES * (100 - CONFIDENCE_PERCENT) // 200
    return means[outside], means[RESAMPLES - 1 - outside]


def cost(system: str, measure: Measure, pairs: int, orders: int, seed: int) -> Cost:
    took = in_pairs(measure, pairs)
    added = [100 * (fenced / bare - 1) for fenced, bare in took]
    low, high = interval(added, seed)
    fenced_us, open_us = (median([pair[side] for pair in took]) for side in (0, 1))
    return Cost(system, pairs, orders, fenced_us, open_us, sum(added) / pairs, low, high)


def costs(pairs: int = PAIRS, orders: int = ORDERS, seed: int = 1) -> list[Cost]:
    gc.disable()  # it would run in one side of some pair; what it costs is no part of the fence
    try:
        chain = partial(chain_cpu_us, given=sample(), orders=orders)
        return [
            cost(STAGES_NAME, partial(stages_cpu_us, orders=orders), pairs, orders, seed),
            cost(CHAIN_NAME, chain, pairs, orders, seed),
        ]
    finally:
        gc.enable()


def fence_cost(pairs: int = PAIRS, orders: int = ORDERS) -> list[Figure]:
    """As `make bench` shows it."""
    return [Figure.of(f"fence_cost_{c.system}", c.fenced_us, "us CPU/order", c.open_us) for c in costs(pairs, orders)]


def show(found: Sequence[Cost]) -> None:
    table = Table(title="CPU of an order with and without the fence and its checks")
    for title in (
        "system",
        "pairs",
        "with µs",
        "without µs",
        "added %",
        f"{CONFIDENCE_PERCENT} % interval",
        "target %",
    ):
        table.add_column(title, justify="left" if title == "system" else "right")
    for c in found:
        span = f"{c.low_percent:+.2f} … {c.high_percent:+.2f}"
        target = f"< {TARGET_PERCENT:.0f}" if c.system == STAGES_NAME else ""
        table.add_row(
            c.system, str(c.pairs), f"{c.fenced_us:.1f}", f"{c.open_us:.1f}", f"{c.percent:+.2f}", span, target
        )
    Console(width=100).print(table)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{PAIRS_QUICK} pairs")
    parser.add_argument("--pairs", type=int, default=0, help=f"default {PAIRS}")
    parser.add_argument("--seed", type=int, default=1, help="of the resampling")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the JSON goes")
    options = parser.parse_args()
    found = costs(options.pairs or (PAIRS_QUICK if options.quick else PAIRS), ORDERS, options.seed)
    show(found)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps([asdict(c) for c in found], indent=2) + "\n")
    print(f"fence: load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
