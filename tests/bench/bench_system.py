"""A whole system to be measured: real processes, the synthetic market running, venues without latency, limits out of the way."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from oms.cli.client import GatewayClient, GatewayUnavailable
from oms.cli.fix_rules_option import SIMULATED_RULES
from oms.cli.reference_load import apply_reference
from oms.cli.status import read_health
from oms.cli.tape_options import SYNTHETIC_REFERENCE, TapeChoice
from oms.local.supervisor import VENUES, Supervisor
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate

PARTITIONS = 4
DESKS = ("alpha", "beta", "gamma", "delta")
"""One of each partition, in order; `delta` is added to those shipped."""

START_S = 90.0
INSTRUMENT = "BTC-USD"
"""Of the synthetic instruments the one whose lot is small against what venues show: an order of one lot never drains a quote."""

BEHIND_THE_BROKER, LAST = 5, 15
"""Nice values: a third, and a thirtieth, of what a thread at 0 gets."""

LOT = 10_000
"""0.0001 at the quantity scale of 8."""


def reference_file(folder: Path) -> Path:
    """The shipped reference data with a desk in every partition, venues that answer at once, and limits that never bind."""
    data = yaml.safe_load(SYNTHETIC_REFERENCE.read_text("utf-8"))
    for venue in data["venues"]:
        venue["latency_ms"] = 0
    data["desks"].append({"id": "delta", "name": "Delta desk", "partition": 3})
    data["accounts"].append({"id": "delta-1", "desk": "delta", "currency": "USD"})
    for desk in data["limits"]["desks"].values():
        desk.clear()
        desk["open_orders"] = {"all": 1_000_000}
    firm = data["limits"]["firm"]
    firm["open_orders"] = {"all": 1_000_000}
    firm["position_qty"] = dict.fromkeys(firm["position_qty"], 1000000)
    path = folder / "reference.yaml"
    path.write_text(yaml.safe_dump(data), "utf-8")
    return path


@dataclass(slots=True)
class BenchSystem:
    """A running system, and the words it said."""

    supervisor: Supervisor
    client: GatewayClient
    said: list[str]

    def audit_age_s(self) -> float:
        age: int = self.client.control_status().audit_age_ns
        return age / 1e9

    def trading_date(self) -> int:
        day = time.gmtime(self.client.control_status().tape_ns // 1_000_000_000)
        return day.tm_year * 10_000 + day.tm_mon * 100 + day.tm_mday

    def prices(self, instrument_id: str = INSTRUMENT) -> tuple[int, int]:
        """(what a buyer gives at any venue, what a seller takes at any), one percent from the market, in whole ticks of 1."""
        quotes = [v.quote for i in self.client.quotes(instrument_id) for v in i.quotes]
        asks, bids = [q.ask_px for q in quotes if q.ask_qty], [q.bid_px for q in quotes if q.bid_qty]
        return max(asks) * 101 // 10_000 * 100, min(bids) * 99 // 10_000 * 100

    def until(self, what: str, holds: Callable[[], Any], timeout_s: float = START_S) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            self.supervisor.watch()
            try:
                if holds():
                    return
            except (GatewayUnavailable, OSError, ValueError):
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {timeout_s:.0f} s: {what} ({self.said[-3:]})")
            time.sleep(0.05)

    def let_others_yield(self) -> None:
        """What in production has machines of its own is not held up by the order path (the broker; whoever asks), and does not hold it up
        (venues, ClickHouse, audit): else a drill on two full processors measures in which order a kernel serves thirty threads."""
        for name, process in self.supervisor.processes.items():
            assert process.child is not None
            _yield(process.child.pid, LAST if name in (VENUES, "audit") else BEHIND_THE_BROKER)
        if self.supervisor.engine is not None:
            _yield(self.supervisor.engine.pid, LAST)

    def ready(self) -> bool:
        ports = self.supervisor.health_ports
        return all(read_health(f"http://127.0.0.1:{port}/readyz").get("ready") is True for port in ports.values())


def _yield(pid: int, nice: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)


@contextmanager
def bench_system(
    data: Path, settings: Mapping[str, str] | None = None, fix: bool = False, broker: str = ""
) -> Iterator[BenchSystem]:
    """Everything up: reference data in force, quotes at all venues, the audit level. `settings`: further ones of the services; `fix`: all
    order flow to the venues over FIX."""
    data.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    choice, reference = TapeChoice(), reference_file(data)
    arguments = [*choice.arguments(), "--reference", str(reference)]
    supervisor = Supervisor(data, PARTITIONS, arguments, said.append, settings, broker)
    supervisor.fix_rules = SIMULATED_RULES if fix else None
    try:
        supervisor.start_stores()
        store = ClickHouse(ClickHouseSettings(supervisor.admin_url()))
        migrate(store)
        store.close()
        supervisor.start_services()
        with GatewayClient(f"127.0.0.1:{supervisor.gateway_port}") as client:
            system = BenchSystem(supervisor, client, said)
            system.until("services ready", system.ready)
            source = choice.open()
            apply_reference(client, tuple(choice.reference(source, PARTITIONS, reference)), "benchmark")
            client.set_clock(source.start_ns, 1000, source.label)
            system.until("the audit level", lambda: 0 <= system.audit_age_s() < 3)
            system.until("quotes", lambda: sum(len(i.quotes) for i in client.quotes(INSTRUMENT)) == 4)
            yield system
    finally:
        supervisor.stop()
