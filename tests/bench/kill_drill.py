"""The kill switch over the whole firm or a desk, thousands of orders open and more of them coming: how long until nothing is accepted and all is cancelled.

    python tests/bench/kill_drill.py                              50 drills of 10,000 open orders, 500 new ones offered a second
    python tests/bench/kill_drill.py --scope desk                 the desks one after the other, the others trading on
    python tests/bench/kill_drill.py --drills 3 --open 2000       a short form

Real processes. Orders rest away from the market; then more are offered at a steady rate, the scope is halted with what is open in it to be cancelled,
and once it is over the journals are read. Times count from the acknowledgement of the halt. That of a decision is its decider's, which its record
tells; every other one is the broker's stamp, on the same clock. `oms drill list` asks the audit, and knows the broker's stamps alone, for deciders
elsewhere have clocks of their own. The system is a new one every few drills: what it remembers of a week's orders is another bench's. A table, and
build/kill_drill.json. Exit 1 where a target is missed.
"""

import argparse
import asyncio
import json
import logging
import math
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from bench_figures import median
from bench_system import DESKS, PARTITIONS, BenchSystem, bench_system
from order_flow import Held, OrderFlow, order_flow
from rich.console import Console
from rich.table import Table

from oms.cli.client import admin_messages, gateway_messages
from oms.core.enums import HaltScope, IntentKind
from oms.core.execution_events import Intent
from oms.core.risk_events import ControlApplied, MassCancelStep, OrderAccepted, OrderClosed, ReplaceAccepted
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.runtime import garbage
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import TopicPartition
from oms.wire import topics
from oms.wire.codec import decode_head, decode_journal
from oms.wire.envelope import Envelope

OUTPUT = Path(__file__).resolve().parents[2] / "build" / "kill_drill.json"
DRILLS, OPEN_ORDERS, DRILLS_OF_A_SYSTEM = 50, 10_000, 25
OPENING_RATE, NEWS_RATE = 400.0, 500.0
NEWS_BEFORE_S, NEWS_S = 1.0, 4.0
OVER_S, LOOK_S = 120.0, 1.0
ACCEPTED_MS_P99, SENT_MS = 50, 2_000
SETTINGS = {"OMS_AUDIT_LIMIT_MS": "600000"}
"""Opening so many orders at once leaves the audit behind, for longer than a desk may trade without it: it is waited for before each halt."""

AUDITED_S = 3.0
JOURNALS = [TopicPartition(topic, p) for topic in (topics.RISK, topics.EXECUTION) for p in range(PARTITIONS)]


@dataclass(frozen=True, slots=True)
class Drill:
    """Milliseconds from the acknowledgement of the halt. `accepted_ms`: the last decision of risk that accepted an order, 0 where none did after
    it; `journaled_ms`: the last record of such a decision; `applied_ms`: the last partition's risk; `sent`, `sent_ms`, `ended_ms`: of the orders that it covered those of which a
    cancel went out, the last of them, and the last end. `offered_per_s`: new orders."""

    orders: int
    accepted_ms: int
    accepted_after: int
    journaled_ms: int
    applied_ms: int
    sent: int
    sent_ms: int
    ended_ms: int
    offered_per_s: float
    refused: int


class Accepted(NamedTuple):
    """When risk decided it, and when the broker stamped the record."""

    decided_ms: int
    journaled_ms: int


@dataclass
class Journals:
    """What the journals say of halts, orders and cancels; read when nothing is measured."""

    log: KafkaLog
    open: dict[str, str] = field(default_factory=dict)
    """Order → desk."""
    accepted: dict[str, list[Accepted]] = field(default_factory=lambda: {desk: [] for desk in DESKS})
    applied_ms: dict[int, dict[int, int]] = field(default_factory=dict)
    covered: dict[str, None] = field(default_factory=dict)
    sent_ms: dict[str, int] = field(default_factory=dict)
    ended_ms: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._positions = dict.fromkeys(JOURNALS, JOURNAL_START)
        self._reader = self.log.reader(dict.fromkeys(JOURNALS, 0))

    def forget(self) -> None:
        """Before a drill: all but what is open."""
        for desk in self.accepted.values():
            desk.clear()
        for kept in (self.applied_ms, self.sent_ms, self.ended_ms):
            kept.clear()
        self.covered.clear()

    def catch_up(self) -> None:
        ends = self.log.ends(JOURNALS)
        while any(self._positions[tp].next_offset < end for tp, end in ends.items()):
            for record in self._reader.poll(0.05, 5_000):
                tp = TopicPartition(record.topic, record.partition)
                self._positions[tp], validity = advance(self._positions[tp], record.offset, *decode_head(record.value))
                envelope = decode_journal(record.value) if validity is Validity.VALID else None
                for event in envelope.events if isinstance(envelope, Envelope) else ():
                    self._take(event, tp, envelope.wall_time_ns // 1_000_000, record.timestamp_ms)

    def _take(self, event: Any, tp: TopicPartition, decided_ms: int, at_ms: int) -> None:
        match event:
            case OrderAccepted():
                self.open[event.order_id] = event.order.desk_id
                self.accepted[event.order.desk_id].append(Accepted(decided_ms, at_ms))
            case ReplaceAccepted():
                self.accepted[event.replace.desk_id].append(Accepted(decided_ms, at_ms))
            case OrderClosed():
                self.open.pop(event.order_id, None)
                self.ended_ms[event.order_id] = at_ms
            case ControlApplied() if tp.topic == topics.RISK:
                self.applied_ms.setdefault(event.control_offset, {}).setdefault(tp.partition, at_ms)
            case MassCancelStep():
                self.covered |= dict.fromkeys(event.order_ids)
            case Intent() if event.kind is IntentKind.CANCEL:
                self.sent_ms.setdefault(event.order_id, at_ms)

    def close(self) -> None:
        self._reader.close()


class Drills:
    """Drills of one system."""

    def __init__(self, system: BenchSystem, resting: Mapping[str, OrderFlow], news: OrderFlow) -> None:
        """`resting`: a client of each desk."""
        assert system.supervisor.kafka is not None
        self._system, self._resting, self._news = system, resting, news
        self._journals = Journals(KafkaLog(system.supervisor.kafka))

    async def once(self, open_orders: int, rate: float, desk_id: str) -> Drill:
        """Of the firm where no desk is named."""
        await asyncio.to_thread(self._journals.catch_up)
        open_now = Counter(self._journals.open.values())
        for desk, flow in self._resting.items():
            await flow.open_orders(open_orders // len(DESKS) - open_now[desk], OPENING_RATE)
        await self._until_open(open_orders)
        self._journals.forget()
        news = asyncio.create_task(self._news.hold(rate, NEWS_S))
        await asyncio.sleep(NEWS_BEFORE_S)
        offset = await asyncio.to_thread(self._system.client.halt, _halt(desk_id))
        acknowledged_ms = time.time_ns() // 1_000_000
        held = await news
        desks = {desk_id} if desk_id else set(DESKS)
        await self._until_over(offset, desks)
        await asyncio.to_thread(self._system.client.resume, _resume(desk_id))
        return self._figures(offset, acknowledged_ms, held, desks)

    async def _until_open(self, count: int) -> None:
        deadline = time.monotonic() + OVER_S
        while len(self._journals.open) < count * 99 // 100:  # the market takes a few
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self._journals.open)} of {count} orders are open after {OVER_S:.0f} s")
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self._journals.catch_up)
        await asyncio.to_thread(self._system.until, "the audit", lambda: self._system.audit_age_s() < AUDITED_S, OVER_S)

    async def _until_over(self, offset: int, desks: set[str]) -> None:
        """Every partition has applied it, and nothing of these desks is open."""
        deadline = time.monotonic() + OVER_S
        while len(self._journals.applied_ms.get(offset, {})) < PARTITIONS or self._open_of(desks):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._open_of(desks)} orders are open {OVER_S:.0f} s after the halt")
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self._journals.catch_up)

    def _open_of(self, desks: set[str]) -> int:
        return sum(desk in desks for desk in self._journals.open.values())

    def _figures(self, offset: int, acknowledged_ms: int, held: Held, desks: set[str]) -> Drill:
        journals = self._journals
        accepted = [a for desk in desks for a in journals.accepted[desk]]
        after = [a.decided_ms for a in accepted if a.decided_ms > acknowledged_ms]
        last_journaled_ms = max((a.journaled_ms for a in accepted), default=0)
        sent = [journals.sent_ms[order_id] for order_id in journals.covered if order_id in journals.sent_ms]
        return Drill(
            orders=len(journals.covered),
            accepted_ms=max(after, default=acknowledged_ms) - acknowledged_ms,
            accepted_after=len(after),
            journaled_ms=max(0, last_journaled_ms - acknowledged_ms),
            applied_ms=max(journals.applied_ms[offset].values()) - acknowledged_ms,
            sent=len(sent),
            sent_ms=max(sent) - acknowledged_ms,
            ended_ms=max(journals.ended_ms[order_id] for order_id in journals.covered) - acknowledged_ms,
            offered_per_s=round(held.sent / held.seconds),
            refused=sum(count for how, count in held.ended.items() if how not in ("FILLED", "CANCELED")),
        )

    def close(self) -> None:
        self._journals.close()


def _scope(desk_id: str) -> dict[str, Any]:
    return {"scope": HaltScope.DESK if desk_id else HaltScope.FIRM, "scope_id": desk_id, "requester": _who()}


def _halt(desk_id: str) -> Any:
    return admin_messages.HaltRequest(cancel_open=True, reason="drill", **_scope(desk_id))


def _resume(desk_id: str) -> Any:
    return admin_messages.ResumeRequest(reason="drill over", **_scope(desk_id))


def _who() -> Any:
    return gateway_messages.Requester(entered_by="bench")


async def drills(folder: Path, of_desk: bool, count: int, open_orders: int, rate: float) -> list[Drill]:
    """Of one system."""
    made: list[Drill] = []
    with bench_system(folder, SETTINGS) as system:
        system.let_others_yield()
        address, date = f"127.0.0.1:{system.supervisor.gateway_port}", system.trading_date()

        def away() -> tuple[int, int]:
            sell_px, buy_px = system.prices()  # a percent beyond the market, so that three more are far away
            return buy_px * 97 // 10_000 * 100, sell_px * 103 // 10_000 * 100

        async with AsyncExitStack() as clients:
            news = await clients.enter_async_context(order_flow(address, DESKS, date, system.prices))
            resting = {
                desk: await clients.enter_async_context(order_flow(address, (desk,), date, away)) for desk in DESKS
            }
            running = Drills(system, resting, news)
            for number in range(count):
                made.append(await running.once(open_orders, rate, DESKS[number % len(DESKS)] if of_desk else ""))
                say(", ".join(f"{name} {value}" for name, value in asdict(made[-1]).items()))
            running.close()
    return made


def percentile(values: Sequence[int], percent: int) -> int:
    """Nearest rank."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def show(made: Sequence[Drill]) -> bool:
    """Whether the targets are met."""
    table = Table(title="milliseconds from the acknowledgement of the halt")
    for title in ("", "p50", "p99", "max", "target"):
        table.add_column(title, justify="left" if not title else "right")
    accepted, sent = [d.accepted_ms for d in made], [d.sent_ms for d in made]
    rows = (
        ("last order accepted", accepted, f"p99 ≤ {ACCEPTED_MS_P99}"),
        ("last record of an acceptance", [d.journaled_ms for d in made], ""),
        ("applied by every partition of risk", [d.applied_ms for d in made], ""),
        ("last cancel journaled to be sent", sent, f"≤ {SENT_MS}"),
        ("last order ended", [d.ended_ms for d in made], ""),
    )
    for title, values, target in rows:
        table.add_row(title, f"{median(values):.0f}", str(percentile(values, 99)), str(max(values)), target)
    Console(width=110).print(table)
    return percentile(accepted, 99) <= ACCEPTED_MS_P99 and max(sent) <= SENT_MS


def say(text: str) -> None:
    print(f"kill drill: {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drills", type=int, default=DRILLS, help=f"default {DRILLS}")
    parser.add_argument("--open", type=int, default=OPEN_ORDERS, help=f"orders that rest (default {OPEN_ORDERS})")
    parser.add_argument("--scope", choices=("firm", "desk"), default="firm", help="what is halted (default firm)")
    parser.add_argument("--rate", type=float, default=NEWS_RATE, help=f"new orders a second (default {NEWS_RATE:.0f})")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the JSON goes")
    options = parser.parse_args()
    garbage.look_seldom()
    logging.getLogger("oms").setLevel(logging.ERROR)
    folder = Path(tempfile.mkdtemp(prefix="oms-kill-drill-"))
    made: list[Drill] = []
    try:
        while len(made) < options.drills:
            count = min(DRILLS_OF_A_SYSTEM, options.drills - len(made))
            made += asyncio.run(
                drills(folder / str(len(made)), options.scope == "desk", count, options.open, options.rate)
            )
            shutil.rmtree(folder / str(len(made) - count))
    except TimeoutError as error:
        print(f"kill drill: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    good = show(made)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(
        json.dumps({"scope": options.scope, "drills": [asdict(drill) for drill in made], "good": good}, indent=2) + "\n"
    )
    say(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {options.output}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
