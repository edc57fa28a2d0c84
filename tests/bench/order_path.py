"""The order path under load: its latency beside a raw relay's, and the highest rate that it holds."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from bare_chain import bare_chain, chain_rate
from bench_figures import Figure, median, percentile
from bench_system import DESKS, BenchSystem
from order_flow import Held, OrderFlow, order_flow
from raw_relay import RawRelay, raw_relay

from oms.core.enums import OrdStatus
from oms.runtime.kafka import KafkaSettings

RATE = 200
WARM_RATE, WARM_S = 100, 10
FIRST_PROBE, PROBE_FACTOR = 100.0, 1.4
AUDIT_AGE_S_MAX = 8.0
"""Below the limit at which new orders are refused."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Lengths:
    """Seconds and rounds of the measurements."""

    blocks: int
    block_s: float
    probe_s: float
    hold_s: float
    chain_orders: int


FULL = Lengths(blocks=10, block_s=5, probe_s=8, hold_s=60, chain_orders=30_000)
QUICK = Lengths(blocks=3, block_s=4, probe_s=4, hold_s=8, chain_orders=6_000)


ORDER_PATH, FIX_PATH = "order_path", "fix_path"
"""What the figures are called: by the venue's local socket, and by FIX sessions to the venues."""


async def latency(flow: OrderFlow, relay: RawRelay, lengths: Lengths, say: Say, name: str = ORDER_PATH) -> list[Figure]:
    """Blocks of orders and of relayed records in turn, both at RATE a second."""
    orders: list[float] = []
    relayed: list[float] = []
    for number in range(lengths.blocks):
        held = await flow.hold(RATE, lengths.block_s)
        floor = await asyncio.to_thread(relay.hold, RATE, lengths.block_s)
        orders += held.took_s
        relayed += floor
        ms = [1000 * v for v in (median(held.took_s or [0]), median(floor))]
        say(f"block {number + 1}/{lengths.blocks}: p50 {name} {ms[0]:.2f} ms, relay {ms[1]:.2f} ms, {dict(held.ended)}")
    return [
        Figure.of(f"{name}_p{p}", 1000 * percentile(orders, p), "ms", 1000 * percentile(relayed, p)) for p in (50, 99)
    ]


def keeps_up(held: Held, audit_age_s: float) -> bool:
    """No lag grew: all ended as fills, those open did not become more over the second half, and the audit is there."""
    counts = [count for at, count in held.open_counts if at >= held.seconds / 4]
    half = len(counts) // 2
    early, late = median(counts[:half] or [0]), median(counts[half:] or [0])
    filled = held.ended[OrdStatus.FILLED.name] + held.ended[OrdStatus.PARTIALLY_FILLED.name]
    grew = late > max(early * 1.5, held.rate * 0.25)
    return held.drained and filled == held.sent and not grew and audit_age_s < AUDIT_AGE_S_MAX


async def highest_rate(flow: OrderFlow, audit_age_s: Callable[[], float], lengths: Lengths, say: Say) -> float:
    """Search upward in short probes, then hold what passed for the full time, less by a seventh until it is held."""

    async def holds(rate: float, seconds: float) -> bool:
        held = await flow.hold(rate, seconds)
        age = await asyncio.to_thread(audit_age_s)
        good = keeps_up(held, age)
        p50 = 1000 * median(held.took_s or [0])
        verdict = "held" if good else f"not held ({held.sent} sent, {dict(held.ended.most_common(3))})"
        say(f"{rate:.0f}/s for {seconds:.0f} s: {verdict}, p50 {p50:.1f} ms, audit {age:.1f} s")
        return good

    rate = FIRST_PROBE
    while await holds(rate * PROBE_FACTOR, lengths.probe_s):
        rate *= PROBE_FACTOR
    while not await holds(rate, lengths.hold_s):
        rate *= 0.85
        if rate < 1:
            raise RuntimeError("no rate is held: the machine has no time for this")
    return rate


async def order_path(system: BenchSystem, lengths: Lengths, folder: Path, say: Say) -> list[Figure]:
    """order_path_p50, order_path_p99 and order_path_throughput of a running system."""
    kafka = _kafka(system)
    async with _flow(system) as flow:
        figures = await _beside_the_relay(flow, kafka, lengths, folder, say, ORDER_PATH)
        rate = await highest_rate(flow, system.audit_age_s, lengths, say)
    floor = await asyncio.to_thread(bare_rate, kafka, folder, lengths.chain_orders)
    return [*figures, Figure.of("order_path_throughput", rate, "orders/s", floor)]


async def fix_path(system: BenchSystem, lengths: Lengths, folder: Path, say: Say) -> list[Figure]:
    """fix_path_p50 and fix_path_p99 of a running system whose orders reach their venues by FIX."""
    assert system.supervisor.fix_rules is not None, "the venues of this system are not reached by FIX"
    async with _flow(system) as flow:
        return await _beside_the_relay(flow, _kafka(system), lengths, folder, say, FIX_PATH)


def _kafka(system: BenchSystem) -> KafkaSettings:
    assert system.supervisor.kafka is not None
    return system.supervisor.kafka


def _flow(system: BenchSystem) -> AbstractAsyncContextManager[OrderFlow]:
    address = f"127.0.0.1:{system.supervisor.gateway_port}"
    return order_flow(address, DESKS, system.trading_date(), system.prices)


async def _beside_the_relay(
    flow: OrderFlow, kafka: KafkaSettings, lengths: Lengths, folder: Path, say: Say, name: str
) -> list[Figure]:
    await flow.hold(WARM_RATE, WARM_S)
    with raw_relay(kafka, folder) as relay:
        relay.hold(WARM_RATE, WARM_S / 2)
        return await latency(flow, relay, lengths, say, name)


def bare_rate(kafka: KafkaSettings, folder: Path, orders: int) -> float:
    with bare_chain(kafka, folder) as log:
        return chain_rate(log, orders)
