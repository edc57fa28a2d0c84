"""How long a partition is without decisions when its owner is killed: SIGKILL → the first decision on an input in the successor's run.

    python tests/bench/failover_bench.py            50 kills of risk, router and execution, with a standby and by restart
    python tests/bench/failover_bench.py --quick    5 kills of risk

Real processes on a broker of this machine, orders flowing into every partition all the while. The end of the time is the broker's own stamp
on the record that the successor appended, on the same clock as the kill. A kill counts with the slowest of the partitions that the
killed process owned. A table, and build/failover.json.
"""

import argparse
import asyncio
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench_figures import median
from bench_system import DESKS, PARTITIONS, BenchSystem, bench_system
from order_flow import order_flow
from rich.console import Console
from rich.table import Table

from oms.cli.status import read_health
from oms.core.run_rule import RunPosition, Validity, advance
from oms.local.child import ComponentError
from oms.local.ports import free_port
from oms.local.supervisor import SHORT_LIFE_S, Process
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import Record, TopicPartition
from oms.wire.codec import decode_head, decode_journal
from oms.wire.envelope import Envelope
from oms.wire.topics import JOURNAL_OF_STAGE

OUTPUT = Path(__file__).resolve().parents[2] / "build" / "failover.json"
KILLS, KILLS_QUICK = 50, 5
RATE = 20
"""Orders a second over all partitions: a partition is given something to decide every 200 ms, which is within what is measured; at four
times the rate two processors have no time left for a process that starts."""

SETTLED_S = SHORT_LIFE_S
"""Between everybody being ready and the next kill: the figure is that of a process that ran, not of one that fails as it starts."""

SUCCESSOR_S = 60.0
STANDBY, RESTART = "standby", "restart"
TARGET_MS = {STANDBY: 1_000, RESTART: 3_000}
STANDBY_SETTINGS: Mapping[str, str] = {"OMS_STANDBY": "1", "OMS_HEARTBEAT_MS": "100", "OMS_SILENCE_MS": "500"}
"""Five heartbeats: what suits one machine. A false alarm costs a pause, never correctness."""


@dataclass(frozen=True, slots=True)
class Failover:
    """One line of the table. `took_ms`: one entry a kill."""

    stage: str
    mode: str
    took_ms: list[int]

    @property
    def p50_ms(self) -> float:
        return median(self.took_ms)

    @property
    def max_ms(self) -> int:
        return max(self.took_ms)


class Successors:
    """Watches the journals of some partitions for the first decision after a later claim."""

    def __init__(self, log: KafkaLog, journals: list[TopicPartition]) -> None:
        self._ends = log.ends(journals)
        self._positions = {tp: RunPosition(end, -1, False) for tp, end in self._ends.items()}
        self._reader = log.reader(self._ends)
        self.first_ms: dict[TopicPartition, int] = {}

    def look(self) -> None:
        for record in self._reader.poll(0.05, 5_000):
            tp = TopicPartition(record.topic, record.partition)
            self._positions[tp], validity = advance(self._positions[tp], record.offset, *decode_head(record.value))
            if validity is Validity.VALID and tp not in self.first_ms and _decided(record):
                self.first_ms[tp] = record.timestamp_ms

    def all_decide(self) -> bool:
        return self.first_ms.keys() == self._ends.keys()

    def close(self) -> None:
        self._reader.close()


def _decided(record: Record) -> bool:
    """On a record of an input, so that a logon or a timer of the start does not count."""
    envelope = decode_journal(record.value)
    return isinstance(envelope, Envelope) and bool(envelope.events) and bool(envelope.source.topic)


class Stage:
    """The processes of one stage in a running system: one, or an owner and a standby."""

    def __init__(self, system: BenchSystem, name: str, mode: str) -> None:
        self._system, self.name, self.mode = system, name, mode
        self._names = [name]
        if mode == STANDBY:
            self._add_standby()

    def _add_standby(self) -> None:
        supervisor, first = self._system.supervisor, self._system.supervisor.processes[self.name]
        name, port = f"{self.name}-standby", free_port()
        env = {**first.env, "OMS_HEALTH_PORT": str(port)}
        process = Process(name, first.argv, env, supervisor.data / "logs" / f"{name}.log")
        supervisor.processes[name], supervisor.health_ports[name] = process, port
        process.start()
        self._names.append(name)

    def await_ready(self) -> None:
        self._system.until(f"{self.name} ready", self._ready)

    def _ready(self) -> bool:
        """Everybody is, and where there is a standby one process owns all partitions and the other follows them all."""
        phases = [set(self._phases(name).values()) for name in self._names]
        return self._system.ready() and sorted(map(sorted, phases)) == [["following"], ["running"]][-len(self._names) :]

    def _phases(self, name: str) -> dict[int, str]:
        said = read_health(f"http://127.0.0.1:{self._system.supervisor.health_ports[name]}/readyz")
        return {p["partition"]: p["phase"] for p in said["partitions"]}

    def owner(self) -> str:
        return next(name for name in self._names if "running" in self._phases(name).values())

    def forgive(self) -> None:
        """The supervisor counts how often a process ended: these did not fail, they were killed."""
        for name in self._names:
            del self._system.supervisor.processes[name].started[:-1]

    def fail_over(self, log: KafkaLog) -> int:
        """Kill the owner; the milliseconds until every partition decides again."""
        owner, supervisor = self.owner(), self._system.supervisor
        watched = Successors(log, [TopicPartition(JOURNAL_OF_STAGE[self.name], p) for p in range(PARTITIONS)])
        try:
            killed_ms = time.time_ns() // 1_000_000
            supervisor.kill(owner)
            deadline = time.monotonic() + SUCCESSOR_S
            while not watched.all_decide():
                supervisor.watch()
                watched.look()
                if time.monotonic() > deadline:
                    missing = PARTITIONS - len(watched.first_ms)
                    raise ComponentError(
                        f"{missing} partitions of {self.name} decide nothing after {SUCCESSOR_S:.0f} s"
                    )
            return max(watched.first_ms.values()) - killed_ms
        finally:
            watched.close()


@contextmanager
def orders_flowing(system: BenchSystem) -> Iterator[None]:
    """Orders at a steady rate from a thread of its own, whatever comes back."""
    loop = asyncio.new_event_loop()

    async def flow() -> None:
        address = f"127.0.0.1:{system.supervisor.gateway_port}"
        async with order_flow(address, DESKS, system.trading_date(), system.prices) as orders:
            await orders.hold(RATE, 10**6)

    task = loop.create_task(flow())
    failed: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="orders")
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()
    if failed:
        raise failed[0]


def measure(stages: list[str], mode: str, kills: int, folder: Path) -> Iterator[Failover]:
    """One system for the stages of a mode, one after the other."""
    settings = STANDBY_SETTINGS if mode == STANDBY else {}
    with bench_system(folder / mode, settings) as system:
        assert system.supervisor.kafka is not None
        log = KafkaLog(system.supervisor.kafka)
        made = [Stage(system, name, mode) for name in stages]
        with orders_flowing(system):
            for stage in made:
                took: list[int] = []
                for number in range(kills):
                    stage.await_ready()
                    time.sleep(SETTLED_S)
                    took.append(stage.fail_over(log))
                    say(f"{stage.name}, {mode}: kill {number + 1} of {kills}: {took[-1]} ms")
                    stage.forgive()
                yield Failover(stage.name, mode, took)
        log.close()


def say(text: str) -> None:
    print(f"failover: {text}", flush=True)


def show(found: list[Failover]) -> None:
    table = Table(title="owner killed → first decision of its successor")
    for title in ("stage", "successor", "kills", "p50 ms", "max ms", "target ms"):
        table.add_column(title, justify="left" if title in ("stage", "successor") else "right")
    for f in found:
        table.add_row(f.stage, f.mode, str(len(f.took_ms)), f"{f.p50_ms:.0f}", str(f.max_ms), str(TARGET_MS[f.mode]))
    Console(width=100).print(table)


def write(found: list[Failover], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(f) | {"p50_ms": f.p50_ms, "max_ms": f.max_ms, "target_ms": TARGET_MS[f.mode]} for f in found]
    path.write_text(json.dumps(rows, indent=2) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{KILLS_QUICK} kills of risk")
    parser.add_argument("--kills", type=int, default=0, help=f"of each stage in each mode (default {KILLS})")
    parser.add_argument(
        "--stage", choices=tuple(JOURNAL_OF_STAGE), action="append", help="repeat it for more (default: all)"
    )
    parser.add_argument("--mode", choices=(STANDBY, RESTART), action="append", help="default: both")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the JSON goes")
    options = parser.parse_args()
    logging.getLogger("oms").setLevel(logging.ERROR)  # what a client says while a broker starts is not news
    stages = options.stage or (["risk"] if options.quick else list(JOURNAL_OF_STAGE))
    kills = options.kills or (KILLS_QUICK if options.quick else KILLS)
    folder = Path(tempfile.mkdtemp(prefix="oms-failover-"))
    found: list[Failover] = []
    try:
        for mode in options.mode or (STANDBY, RESTART):
            found += measure(stages, mode, kills, folder)
    except (ComponentError, TimeoutError) as error:
        print(f"failover: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(found)
    write(found, options.output)
    say(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
