"""Sessions that outlive their process: SIGKILL of execution, or of the venues, in the middle of open orders and a stream of fills over FIX.

    python tests/bench/fix_failover.py                          50 kills of execution and 50 of the venues, 1,000 orders open
    python tests/bench/fix_failover.py --rounds 2 --open 100    a short form

Real processes, two of execution (an owner and a standby), FIX 4.4 over TCP. A round: kill, until every session is up again and fills are booked
in every partition. At the end everything is counted that must not be: numbers that contradict each other, logons refused for a number, orders
that arrived twice, fills of the venues' own log that are not in the execution journal, or the other way round. Exit 1 where one is not zero.
A table, and build/fix_failover.json.
"""

import argparse
import asyncio
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench_figures import median
from bench_system import DESKS, PARTITIONS, BenchSystem, bench_system
from failover_bench import STANDBY, STANDBY_SETTINGS, Stage, orders_flowing
from order_flow import VENUES, order_flow
from rich.console import Console
from rich.table import Table

from oms.core.enums import ExecType
from oms.core.execution_events import Anomaly, ChildReport, ExecutionEvent, SessionDown, SessionUp
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.local.child import ComponentError
from oms.local.supervisor import VENUES as VENUE_PROCESS
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import TopicPartition
from oms.testing.reconcile_facts import fold_execution
from oms.testing.reconcile_sources import events_of, venue_log_directory, venue_orders
from oms.venues.evidence import read_evidence
from oms.wire import topics
from oms.wire.codec import decode_head, decode_journal
from oms.wire.envelope import Claim, Envelope

OUTPUT = Path(__file__).resolve().parents[2] / "build" / "fix_failover.json"
ROUNDS, OPEN_ORDERS = 50, 1_000
OPENING_RATE = 100.0
SESSIONS = PARTITIONS * len(VENUES)
BACK_S, SETTLE_S = 120.0, 60.0
EXECUTION = "execution"
JOURNALS = [TopicPartition(topics.EXECUTION, p) for p in range(PARTITIONS)]
_OF_NUMBERS = ("MsgSeqNum", "NextExpectedMsgSeqNum", "contradict", "number")


@dataclass(slots=True)
class Failovers:
    """Of one victim. Milliseconds from the kill, one entry a round: until every session was up again, until a fill was booked in every
    partition."""

    victim: str
    sessions_ms: list[int] = field(default_factory=list)
    fills_ms: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Counted:
    """What must not be, and how much of everything there was."""

    orders: int
    open_orders: int
    fills: int
    logons: int
    arrived_twice: int
    fills_lost: int
    fills_invented: int
    refused_for_numbers: int
    anomalies: int

    @property
    def good(self) -> bool:
        wrong = self.arrived_twice + self.fills_lost + self.fills_invented + self.refused_for_numbers + self.anomalies
        return not wrong


class Watch:
    """The execution journals, from their beginning on: sessions that came up, and partitions in which a fill was booked, since a kill."""

    def __init__(self, log: KafkaLog) -> None:
        self._log = log
        self._positions = dict.fromkeys(JOURNALS, JOURNAL_START)
        self._reader = log.reader(dict.fromkeys(JOURNALS, 0))
        self.begin(0)

    def begin(self, killed_ms: int) -> None:
        self._killed_ms = killed_ms
        self._up: set[str] = set()
        self._filled: set[int] = set()
        self._taken: Counter[int] = Counter()
        self._what: dict[int, Counter[str]] = {p: Counter() for p in range(PARTITIONS)}
        self.sessions_ms = self.fills_ms = 0

    def catch_up(self) -> None:
        """Read what there is, so that a round begins with its kill."""
        ends = self._log.ends(JOURNALS)
        while any(self._positions[tp].next_offset < end for tp, end in ends.items()):
            self.look()

    def look(self) -> None:
        for record in self._reader.poll(0.05, 5_000):
            tp = TopicPartition(record.topic, record.partition)
            self._positions[tp], validity = advance(self._positions[tp], record.offset, *decode_head(record.value))
            new = record.timestamp_ms >= self._killed_ms
            envelope = decode_journal(record.value) if new and validity is Validity.VALID else None
            self._taken[record.partition] += new and isinstance(decode_journal(record.value), Claim)
            for event in envelope.events if isinstance(envelope, Envelope) else ():
                self._take(event, record.partition, record.timestamp_ms)

    def _take(self, event: object, partition: int, at_ms: int) -> None:
        self._what[partition][f"down: {event.text}" if isinstance(event, SessionDown) else type(event).__name__] += 1
        if isinstance(event, SessionUp):
            self._up.add(event.session_id)
            if len(self._up) == SESSIONS and not self.sessions_ms:
                self.sessions_ms = at_ms
        elif isinstance(event, ChildReport) and event.exec_type is ExecType.TRADE and self._up:
            self._filled.add(partition)
            if len(self._filled) == PARTITIONS and not self.fills_ms:
                self.fills_ms = at_ms

    @property
    def done(self) -> bool:
        return bool(self.sessions_ms and self.fills_ms)

    def described(self) -> str:
        """For a round that did not end: what the partitions did meanwhile, and how often each changed hands."""
        head = f"{len(self._up)} of {SESSIONS} sessions, fills in {len(self._filled)} of {PARTITIONS} partitions"
        rest = [
            f"{p}: {self._taken[p]} claims, {dict(self._what[p])}" for p in range(PARTITIONS) if p not in self._filled
        ]
        return "; ".join([head, *rest])

    def close(self) -> None:
        self._reader.close()


async def _rest(system: BenchSystem, count: int) -> None:
    """Orders a percent away from the market, on either side: they stay."""
    address = f"127.0.0.1:{system.supervisor.gateway_port}"

    def away() -> tuple[int, int]:
        return system.prices()[::-1]

    async with order_flow(address, DESKS, system.trading_date(), away) as orders:
        await orders.open_orders(count, OPENING_RATE)


def kill(system: BenchSystem, stage: Stage, watch: Watch, victim: str) -> tuple[int, int]:
    """One round: (until every session was up, until every partition had booked a fill), milliseconds."""
    stage.await_ready()
    name = stage.owner() if victim == EXECUTION else VENUE_PROCESS
    watch.catch_up()
    killed_ms = time.time_ns() // 1_000_000
    watch.begin(killed_ms)
    system.supervisor.kill(name)
    deadline = time.monotonic() + BACK_S
    while not watch.done:
        system.supervisor.watch()
        watch.look()
        if time.monotonic() > deadline:
            raise ComponentError(f"{victim} killed: after {BACK_S:.0f} s {watch.described()}")
    return watch.sessions_ms - killed_ms, watch.fills_ms - killed_ms


def count(system: BenchSystem, log: KafkaLog) -> Counted:
    """Once nothing is on its way any more: both accounts, order by order and fill by fill."""
    directory, deadline = venue_log_directory(system.supervisor.stores), time.monotonic() + SETTLE_S
    while True:
        events = list(events_of(log, topics.EXECUTION, PARTITIONS))
        counted = _compare(directory, events)
        if counted.good or time.monotonic() > deadline:
            return counted
        time.sleep(1.0)


def _compare(directory: Path, events: list[ExecutionEvent]) -> Counted:
    evidence, children = read_evidence(directory), fold_execution(iter(events))
    at_venues = {fill for orders in venue_orders(evidence).values() for order in orders for fill in order.fills}
    booked = {fill for child in children.values() for fill in child.fills}
    booked_twice = sum(child.repeated for child in children.values())
    arrived: Counter[str] = Counter()
    for (_, kind, cl_ord_id), times in evidence.arrived.items():
        if kind == "NewOrderSingle":
            arrived[cl_ord_id] += times
    downs = [event.text for event in events if isinstance(event, SessionDown)]
    return Counted(
        orders=len(children),
        open_orders=sum(not order.is_terminal for order in evidence.orders),
        fills=len(at_venues),
        logons=sum(isinstance(event, SessionUp) for event in events),
        arrived_twice=sum(times > 1 for times in arrived.values()),
        fills_lost=len(at_venues - booked),
        fills_invented=len(booked - at_venues) + booked_twice,
        refused_for_numbers=sum(any(word in text for word in _OF_NUMBERS) for text in downs),
        anomalies=sum(isinstance(event, Anomaly) for event in events),
    )


def measure(
    victims: list[str], rounds: int, open_orders: int, folder: Path, broker: str, silence_ms: str
) -> Iterator[Failovers | Counted]:
    """The figures of each victim, then what was counted in the end."""
    settings = {**STANDBY_SETTINGS, "OMS_SILENCE_MS": silence_ms}
    with bench_system(folder, settings, fix=True, broker=broker) as system:
        assert system.supervisor.kafka is not None
        log = KafkaLog(system.supervisor.kafka)
        stage, watch = Stage(system, EXECUTION, STANDBY), Watch(log)
        stage.await_ready()
        asyncio.run(_rest(system, open_orders))
        say(f"{open_orders} orders rest; fills begin")
        with orders_flowing(system):
            for victim in victims:
                made = Failovers(victim)
                for number in range(rounds):
                    sessions_ms, fills_ms = kill(system, stage, watch, victim)
                    made.sessions_ms.append(sessions_ms)
                    made.fills_ms.append(fills_ms)
                    say(f"{victim}: kill {number + 1} of {rounds}: sessions {sessions_ms} ms, fills {fills_ms} ms")
                    stage.forgive()
                    del system.supervisor.processes[VENUE_PROCESS].started[:-1]
                yield made
        stage.await_ready()
        yield count(system, log)
        watch.close()
        log.close()


def say(text: str) -> None:
    print(f"fix failover: {text}", flush=True)


def show(found: list[Failovers], counted: Counted) -> None:
    table = Table(title="killed → sessions logged on with the right numbers, and fills booked again")
    for title in ("victim", "rounds", "sessions p50 ms", "max ms", "fills p50 ms", "max ms"):
        table.add_column(title, justify="left" if title == "victim" else "right")
    for f in found:
        figures = (median(f.sessions_ms), max(f.sessions_ms), median(f.fills_ms), max(f.fills_ms))
        table.add_row(f.victim, str(len(f.sessions_ms)), *(f"{figure:.0f}" for figure in figures))
    Console(width=110).print(table)
    say(", ".join(f"{value} {name.replace('_', ' ')}" for name, value in asdict(counted).items()))


def run(
    victims: list[str], rounds: int, open_orders: int, folder: Path, broker: str, silence_ms: str
) -> tuple[list[Failovers], Counted]:
    *found, counted = measure(victims, rounds, open_orders, folder, broker, silence_ms)
    assert isinstance(counted, Counted)
    return [one for one in found if isinstance(one, Failovers)], counted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"kills of each victim (default {ROUNDS})")
    parser.add_argument("--open", type=int, default=OPEN_ORDERS, help=f"orders that rest (default {OPEN_ORDERS})")
    parser.add_argument("--victim", choices=(EXECUTION, VENUE_PROCESS), action="append", help="default: both")
    parser.add_argument("--broker", choices=("kafka", "memory"), default="", help="default: as `oms run` chooses")
    parser.add_argument(
        "--silence-ms", default=STANDBY_SETTINGS["OMS_SILENCE_MS"], help="of an owner before the standby takes over"
    )
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the JSON goes")
    options = parser.parse_args()
    logging.getLogger("oms").setLevel(logging.ERROR)
    folder = Path(tempfile.mkdtemp(prefix="oms-fix-failover-"))
    victims = options.victim or [EXECUTION, VENUE_PROCESS]
    try:
        found, counted = run(victims, options.rounds, options.open, folder, options.broker, options.silence_ms)
    except (ComponentError, TimeoutError) as error:
        print(f"fix failover: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(found, counted)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    report = {"failovers": [asdict(one) for one in found], "counted": asdict(counted), "good": counted.good}
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    say(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {options.output}")
    return 0 if counted.good else 1


if __name__ == "__main__":
    sys.exit(main())
