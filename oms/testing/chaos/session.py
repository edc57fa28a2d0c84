"""Rounds on one running system: order flow, faults in the middle of it, settling, judging.

A round is over when every fault is undone, every order of its flow is answered, cancelled and known, and the judge has spoken. Every wait
is for a fact and has a bound; while it lasts the supervisor goes on watching, so that what was killed comes back.
"""

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from oms.cli.client import GatewayUnavailable
from oms.cli.credentials import credentials_of
from oms.cli.instance import CliError
from oms.cli.reference_load import apply_reference
from oms.cli.status import read_health
from oms.cli.tape_options import TapeChoice
from oms.core.reference import Account, Desk, Entity
from oms.local.child import ComponentError
from oms.local.ports import LOOPBACK
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.kafka import KafkaLog
from oms.runtime.migrations import migrate
from oms.testing.chaos.desk import RecordingClient
from oms.testing.chaos.faults import Card, Fault, planned
from oms.testing.chaos.judge import Judge, Judgement
from oms.testing.chaos.readings import Readings
from oms.testing.chaos.system import ChaosSystem, Shape
from oms.testing.reconcile_sources import venue_log_directory
from oms.testing.workload import Runner, plan_for

PARTITIONS = 4
DESKS = 4
ORDERS_PER_ROUND = 26
"""One of every kind, and a few: some three a second over the flow's ten."""

FLOW_NS = 10_000_000_000
MARKET_RATE = 4  # quotes and prints a second and instrument: enough to trade against, little to write down
START_S = 120.0
SETTLE_S = 120.0
JUDGE_S = 90.0
"""How long a finding may last before it counts: everything is on its way to everywhere within seconds on an idle machine."""

TAKEOVER_S, TAKEOVER_POLL_S = 60.0, 0.2
"""How long a paused owner waits for its successor: below a second where nothing else needs the machine."""

AUDIT_FRESH_NS = 3_000_000_000
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class RoundResult:
    """`played`: card → times; a kill of the broker counts as any other."""

    number: int
    faults: tuple[str, ...]
    played: Counter[str]
    judgement: Judgement
    took_s: float

    @property
    def kills(self) -> int:
        return sum(times for name, times in self.played.items() if name.startswith("kill "))

    @property
    def pauses(self) -> int:
        return sum(times for name, times in self.played.items() if name.startswith("pause "))

    def line(self) -> str:
        verdict = "clean" if self.judgement.clean else "NOT CLEAN"
        j = self.judgement
        of = f"{j.records} records ({j.claims} claims, {j.void} void), {j.orders} orders, {j.fills} fills"
        return f"round {self.number}: {'; '.join(self.faults)}: {of}: {verdict} ({self.took_s:.0f} s)"


class Session:
    """`start`, then `round` any number of times, then `stop`. Used by one thread."""

    def __init__(self, data: Path, shape: Shape, seed: int, say: Callable[[str], None]) -> None:
        self.seed, self._say = seed, say
        self._choice = TapeChoice(seed=seed % 1000 + 1, rate=MARKET_RATE)
        self.system = ChaosSystem(data, PARTITIONS, self._choice.arguments(), say, shape, {})
        self._flows: list[Runner] = []
        self._client: RecordingClient | None = None
        self._log: KafkaLog | None = None
        self._judge: Judge | None = None

    def start(self) -> None:
        """Everything up, reference data in force, the market running, the audit level."""
        system = self.system
        system.start_stores()
        store = ClickHouse(ClickHouseSettings(system.admin_url()))
        migrate(store)
        store.close()
        system.start_services()
        assert system.kafka is not None
        self._client = client = RecordingClient(system.gateway, credentials_of(system.token))
        self._log = KafkaLog(system.kafka)
        readings = Readings(self._log, PARTITIONS)
        self._judge = Judge(readings, client, venue_log_directory(system.stores), lambda: system.clickhouse_url)
        self.until("services ready", self._ready, START_S)
        source = self._choice.open()
        apply_reference(client, (*self._choice.reference(source, PARTITIONS), *FOURTH_DESK), "chaos")
        client.set_clock(source.start_ns, 1000, source.label)
        self.until("the audit level", lambda: 0 <= client.control_status().audit_age_ns < AUDIT_FRESH_NS, START_S)
        symbols = {i.symbol for i in source.instruments()}
        self.until("quotes", lambda: symbols <= _priced(client), START_S)

    def round(self, number: int, cards: Sequence[Card]) -> RoundResult:
        """Play the cards over a flow of orders, settle, judge. ComponentError where the system does not come back."""
        assert self._client is not None and self._judge is not None
        began = time.monotonic()
        flow = self._flow(number)
        faults = planned(cards, self.seed, number)
        problems = self._play(faults, flow)
        problems += self._settled(flow)
        acknowledged = {order_id for one in self._flows for order_id in one.acknowledged()}
        found = self._judge.settle(acknowledged, JUDGE_S, self.system.watch)
        if problems:
            found = replace(found, problems=(*problems, *found.problems))
        played = Counter(f"{fault.card.kind.value} {fault.card.target}" for fault in faults)
        return RoundResult(number, tuple(map(str, faults)), played, found, time.monotonic() - began)

    def stop(self) -> None:
        for flow in self._flows:
            flow.stop()
        if self._client is not None:
            self._client.close()
        if self._log is not None:
            self._log.close()
        self.system.stop()

    def until(self, what: str, holds: Callable[[], bool], timeout_s: float) -> None:
        """ComponentError where it does not come true in time."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.system.watch()
            try:
                if holds():
                    return
            except GatewayUnavailable:
                pass  # asked again
            if time.monotonic() > deadline:
                raise ComponentError(f"not within {timeout_s:.0f} s: {what}")
            time.sleep(POLL_S)

    def _ready(self) -> bool:
        for port in self.system.health_ports.values():
            try:
                if read_health(f"http://{LOOPBACK}:{port}/readyz").get("ready") is not True:
                    return False
            except (OSError, ValueError):
                return False
        return True

    def _flow(self, number: int) -> Runner:
        assert self._client is not None
        from_ns = int(self._client.control_status().tape_ns)
        seed = self.seed * 100_000 + number
        tag = f"c{number}"
        actions = plan_for(self._client, seed, from_ns, from_ns + FLOW_NS, ORDERS_PER_ROUND, DESKS, tag)
        flow = Runner.over(self._client, actions)
        self._flows.append(flow)
        flow.start()
        return flow

    def _play(self, faults: Sequence[Fault], flow: Runner) -> list[str]:
        """Every fault at its time and its end, until all are undone and everything is sent. What did not happen, one line each."""
        began, problems = time.monotonic(), list[str]()
        agenda: list[tuple[float, int, Fault, str]] = [(f.at_s, n, f, "") for n, f in enumerate(faults)]
        heapq.heapify(agenda)
        while agenda or flow.running:
            self.system.watch()
            now_s = time.monotonic() - began
            while agenda and agenda[0][0] <= now_s:
                _, n, fault, what = heapq.heappop(agenda)
                if not what:
                    what = self.system.play(fault)
                    if fault.for_s:
                        heapq.heappush(agenda, (time.monotonic() - began + fault.for_s, n, fault, what))
                elif fault.awaits_takeover and not self.system.taken_over(what) and now_s < fault.at_s + TAKEOVER_S:
                    heapq.heappush(agenda, (now_s + TAKEOVER_POLL_S, n, fault, what))
                else:
                    if fault.awaits_takeover and not self.system.taken_over(what):
                        problems.append(f"{what} was paused for {TAKEOVER_S:.0f} s, and nobody took over")
                    self.system.undo(fault, what)
            time.sleep(POLL_S)
        return problems

    def _settled(self, flow: Runner) -> list[str]:
        """What went wrong while everything open was cancelled, and everything came back."""
        problems: list[str] = []

        def settle() -> None:
            try:
                flow.join()
                finished = flow.finish(SETTLE_S)
            except CliError as error:
                problems.append(f"the flow could not be finished: {error}")
                return
            if finished.open_order_ids:
                problems.append(f"open after {finished.waited_s:.0f} s: {', '.join(finished.open_order_ids[:5])}")

        settling = threading.Thread(target=settle, daemon=True)
        settling.start()
        while settling.is_alive():
            self.system.watch()
            time.sleep(POLL_S)
        self.until("everything back", lambda: self.system.whole() and self._ready(), SETTLE_S)
        return problems


FOURTH_DESK: tuple[Entity, ...] = (Desk("delta", "Delta desk", 3, True), Account("delta-1", "delta", "USD", (), True))
"""A desk in the partition that the shipped reference data leaves empty."""


def _priced(client: RecordingClient) -> set[str]:
    """The instruments with something to buy and something to sell."""
    return {
        i.instrument_id
        for i in client.quotes()
        if any(v.quote.ask_qty for v in i.quotes) and any(v.quote.bid_qty for v in i.quotes)
    }
