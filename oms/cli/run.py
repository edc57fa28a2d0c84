"""`oms run`: everything on this machine, on a live synthetic market or a recorded tape, with desks' order flow.

It only puts together: processes (`oms.local.supervisor`), the market (`oms.cli.tape_options`), the order flow (`oms.testing.workload`),
the check at the end (`oms.testing.reconcile_run`). Ctrl-C stops everything; the next run on the same directory goes on.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time as time_of_day
from pathlib import Path
from typing import Annotated

import typer

from oms.cli.client import GatewayClient
from oms.cli.credentials import credentials_of
from oms.cli.fix_rules_option import SIMULATED_RULES, RulesOption, rules_in
from oms.cli.instance import CliError, DataOption, UsageError, data_directory
from oms.cli.reference_load import apply_reference
from oms.cli.run_disk import DiskBound
from oms.cli.run_market import TapeDrive, remember_market
from oms.cli.run_report import Progress
from oms.cli.tape_options import (
    DEFAULT_RATE,
    DEFAULT_SEED,
    DateOption,
    FromOption,
    InstrumentsOption,
    RateOption,
    ReferenceOption,
    ReplayOption,
    SeedOption,
    TapeChoice,
    ToOption,
)
from oms.core.reference import Entity
from oms.feeds.tape import TapeSource
from oms.feeds.window import NEW_YORK, UTC, local_date, local_ns
from oms.local.child import ComponentError, claim_directory
from oms.local.supervisor import FIX_GATEWAY, KAFKA, MEMORY, SERVICES, VENUES, Supervisor, check_environment
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate
from oms.testing.reconcile_run import reconcile_run
from oms.testing.workload import Runner, plan_for
from oms.venues.ruled_venues import as_ruled
from oms.wire.topics import DEFAULT_PARTITIONS

READY_S = 90.0
FLOW_WINDOW_NS = 600_000_000_000
"""Endless order flow is planned ten minutes of tape time at a time."""

FLOW_ORDERS = 240
SETTLE_S = 120.0
QUOTES_WAIT_S = 5.0
AUDIT_FRESH_NS = 3_000_000_000
NS_PER_MINUTE = 60_000_000_000


KillOption = Annotated[
    list[str] | None,
    typer.Option("--kill", help="SERVICE@HH:MM[:SS] of the tape: kill -9 it then; repeat for more."),
]
StandbyOption = Annotated[
    bool, typer.Option("--standby", help="Two processes for each stage: the second takes over within a second.")
]
BrokerOption = Annotated[
    str,
    typer.Option(
        "--broker",
        help="kafka, or memory (no Java; nothing survives a stop). Default: kafka where Java and Maven are.",
    ),
]

KILLABLE = (*SERVICES, FIX_GATEWAY, VENUES)

LOCAL, FIX = "local", "fix"
VenuesOption = Annotated[
    str, typer.Option("--venues", help="fix: all order flow to the venues over FIX 4.4 sessions; or local.")
]


@dataclass(frozen=True, slots=True)
class Kill:
    """One process to be killed when the tape reaches a time."""

    service: str
    at_ns: int


def register(app: typer.Typer) -> None:
    app.command("run")(run)


def run(
    data: DataOption = None,
    replay: ReplayOption = None,
    date: DateOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    instruments: InstrumentsOption = None,
    seed: SeedOption = DEFAULT_SEED,
    rate: RateOption = DEFAULT_RATE,
    reference: ReferenceOption = None,
    speed: Annotated[float, typer.Option("--speed", min=0.01, max=1000, help="Times the tape's own pace.")] = 1.0,
    minutes: Annotated[
        int, typer.Option("--minutes", min=0, help="Synthetic: stop after so much tape time (0: endless).")
    ] = 0,
    desks: Annotated[int, typer.Option("--desks", min=0, help="Desks with order flow (0: none).")] = 3,
    orders: Annotated[int, typer.Option("--orders", min=0, help="Orders over the whole tape (0: a steady flow).")] = 0,
    kill: KillOption = None,
    exit_: Annotated[
        bool, typer.Option("--exit", help="At the end of the tape: settle, reconcile, print, end.")
    ] = False,
    disk_gb: Annotated[
        float, typer.Option("--disk-gb", min=0.1, help="Bound of the data directory: beyond it new orders are halted.")
    ] = 5.0,
    partitions: Annotated[int, typer.Option("--partitions", min=1, max=64)] = DEFAULT_PARTITIONS,
    standby: StandbyOption = False,
    fix: Annotated[
        bool, typer.Option("--fix/--no-fix", help="Clients may trade by FIX too (docs/fix-clients.md); or not.")
    ] = True,
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of the live view, on a terminal too.")] = False,
    broker: BrokerOption = "",
    venues: VenuesOption = LOCAL,
    rules: RulesOption = None,
) -> None:
    """Start everything, show progress, stop cleanly with Ctrl-C."""
    choice = TapeChoice(replay, date, from_, to, tuple(instruments or ()), seed, rate)
    source = choice.open()
    end_ns = source.start_ns + minutes * NS_PER_MINUTE if minutes else source.end_ns
    if exit_ and end_ns is None:
        raise UsageError("--exit needs an end: give --minutes, or a --replay")
    check_broker(broker)
    fix_rules = rules_for(venues, rules)
    entities = choice.reference(source, partitions, reference)  # what is wrong with it is said before anything starts
    kills = [parse_kill(text, source) for text in kill or ()]
    for text, planned in zip(kill or (), kills, strict=True):
        if planned.at_ns < source.start_ns or (end_ns is not None and planned.at_ns >= end_ns):
            raise UsageError(f"--kill {text}: the tape is not there at that time, nothing would be killed")
    folder, taken = _take(data)
    remember_market(folder, choice.arguments())
    progress = Progress(plain)
    system = Supervisor(folder, partitions, choice.arguments(reference), progress.say, broker=broker)
    disk = DiskBound(folder, round(disk_gb * 1_000_000_000))
    system.fix_rules = fix_rules
    system.with_view, system.with_standbys, system.disk_bytes_max = True, standby, disk.limit_bytes
    system.fix_gateways = (2 if standby else 1) if fix else 0
    session = RunSession(system, source, progress, end_ns, round(speed * 1000), desks, orders, seed, kills, disk)
    with _stoppable() as stopping:
        try:
            session.start(entities)
            stopping.starting = False
            code = session.go(stopping, exit_)
        except ComponentError as error:
            raise CliError(str(error)) from None
        finally:
            stopping.starting = False
            session.stop()
            os.close(taken)
    if code:
        raise CliError("the reconciliation found differences, or a category is empty (above)", code)


def _take(data: Path | None) -> tuple[Path, int]:
    """The data directory for this run alone (a second one must not write a line before it knows that), and a lock to close."""
    check_environment()
    folder = data_directory(data)
    try:
        return folder, claim_directory(folder)
    except BlockingIOError:
        raise CliError(
            f"a system runs on {folder}: stop it first (Ctrl-C where it runs), or choose another --data"
        ) from None
    except OSError as error:
        raise UsageError(f"{folder} cannot be the data directory ({error.strerror}): choose another --data") from None


class RunSession:
    """One run, from start to end. Times are tape time, nanoseconds."""

    def __init__(
        self,
        system: Supervisor,
        source: TapeSource,
        progress: Progress,
        end_ns: int | None,
        speed_milli: int,
        desks: int,
        orders: int,
        seed: int,
        kills: list[Kill],
        disk: DiskBound,
    ) -> None:
        self.system, self.source, self.progress = system, source, progress
        self.end_ns, self.speed_milli, self.desks, self.orders, self.seed = end_ns, speed_milli, desks, orders, seed
        self.kills = sorted(kills, key=lambda k: k.at_ns)
        self.disk = disk
        self.client: GatewayClient | None = None
        self.drive: TapeDrive | None = None
        self.flow: Runner | None = None
        self.runners: list[Runner] = []

    def start(self, reference: tuple[Entity, ...]) -> None:
        """Stores, tables, services, reference data, the tape's clock, order flow."""
        self.progress.say(f"market: {self.source.label}")
        self.system.start_stores()
        store = ClickHouse(ClickHouseSettings(self.system.admin_url()))
        migrate(store)
        store.close()
        self.system.start_services()
        self.client = GatewayClient(self.system.gateway, credentials_of(self.system.token))
        self.progress.say("services: starting")
        self._await(self._ready, "the services were not ready", "")
        loaded = apply_reference(self.client, self._ruled(reference), "oms run")
        self.progress.say(
            f"reference data: {len(loaded.added)} added, {len(loaded.changed)} changed, {loaded.unchanged} as they were"
        )
        if loaded.proposed:
            self.progress.say(f"another person has to approve: oms limits approve {loaded.proposed[0]} --reason WHY")
        self.drive = TapeDrive(
            self.client, f"127.0.0.1:{self.system.venue_port}", self.speed_milli, self.source.label, self.progress.say
        )
        began_ns = self.drive.start(self.source.start_ns)
        self._await(self._audited, "the audit has not caught up", "audit.log")
        self._start_flow(began_ns)
        self._await_quotes()
        self.progress.say_how_to(self.system, min(i.symbol for i in self.source.instruments()))

    def _ruled(self, entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
        """Over FIX with what the rules of engagement say of the venues; the local protocol has none."""
        rules = self.system.fix_rules
        return as_ruled(entities, rules_in(rules)) if rules is not None else entities

    def _ready(self) -> bool:
        return all(self.progress.service_ready(port) for port in self.system.health_ports.values())

    def _audited(self) -> bool:
        """Audit is permission: before it has written what is there, every order would be refused."""
        assert self.client is not None
        return bool(0 <= self.client.control_status().audit_age_ns < AUDIT_FRESH_NS)

    def _await_quotes(self) -> None:
        """Nobody is told that orders can be sent before there is a price to judge them by; a quiet tape is not waited for long."""
        assert self.client is not None and self.drive is not None
        deadline = time.monotonic() + QUOTES_WAIT_S
        while time.monotonic() < deadline:
            self.drive.turn()
            priced = {i.instrument_id for i in self.client.quotes() if any(v.quote.ask_qty for v in i.quotes)}
            if priced >= {i.symbol for i in self.source.instruments()}:
                return
            time.sleep(0.1)

    def _await(self, holds: Callable[[], bool], otherwise: str, log: str) -> None:
        """Until `holds`, with the processes watched meanwhile."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            self.system.watch()
            if holds():
                return
            time.sleep(0.2)
        raise ComponentError(f"{otherwise} within {READY_S:.0f} s; see {self.system.data / 'logs' / log}")

    def _start_flow(self, from_ns: int) -> None:
        if not self.desks:
            return
        assert self.client is not None
        last_ns = self.end_ns if self.orders and self.end_ns else from_ns + FLOW_WINDOW_NS
        if last_ns <= from_ns:
            return
        tag = f"w{from_ns // 1_000_000_000:x}"
        count = self.orders or FLOW_ORDERS
        self.flow = Runner.over(self.client, plan_for(self.client, self.seed, from_ns, last_ns, count, self.desks, tag))
        self.runners.append(self.flow)
        self.flow.start()
        self.progress.say(f"order flow: {count} orders of {self.desks} desks, seed {self.seed}")

    def go(self, stopping: "Stopping", ends: bool) -> int:
        """Until Ctrl-C, or the end of the tape with `--exit`; the exit code."""
        assert self.drive is not None and self.client is not None
        self.progress.open_screen(self.system.data)
        while not stopping.asked:
            self.system.watch()
            now_ns = self.drive.turn()
            self._kill_due(now_ns)
            self.disk.watch(self.client, self.progress.say)
            self.progress.show(self.client, self.drive, self.system)
            if self.flow is not None and not self.flow.running:
                self.flow.join()
                if not self.orders:
                    self._start_flow(now_ns)
            if ends and self.end_ns is not None and now_ns >= self.end_ns:
                return self._finish(self.end_ns)
            time.sleep(0.1)
        return 0

    def _kill_due(self, now_ns: int) -> None:
        while self.kills and self.kills[0].at_ns <= now_ns:
            victim = self.kills.pop(0).service
            self.progress.say(f"killing {victim} (SIGKILL)")
            self.system.kill(victim)

    def _finish(self, end_ns: int) -> int:
        assert self.client is not None and self.drive is not None
        self.progress.close_screen()
        self.progress.say("the tape is at its end: cancelling what is open, waiting until nothing is unknown")
        for runner in self.runners:
            runner.join(SETTLE_S)
        for runner in self.runners:
            finished = runner.finish(SETTLE_S)
            if finished.open_order_ids:
                self.progress.say(
                    f"still open after {finished.waited_s:.0f} s: {', '.join(finished.open_order_ids[:10])}"
                )
        self.drive.pause()
        self.system.watch()
        result = reconcile_run(self.system, self.source, self.runners, self.source.start_ns, end_ns, self.progress.say)
        return 0 if result else 1

    def stop(self) -> None:
        """Everything down, in order. The tape's clock is stopped first, so that the next run goes on where this one was."""
        self.progress.close_screen()
        self.progress.say("stopping")
        for runner in self.runners:
            runner.stop()
        if self.drive is not None:
            self.drive.pause()
        if self.client is not None:
            self.client.close()
        self.progress.close()
        self.system.stop()


@dataclass(slots=True)
class Stopping:
    """Plain flags: a signal handler may take no lock. While `starting`, a signal interrupts; afterwards the loop looks at `asked`."""

    asked: bool = False
    starting: bool = True


@contextmanager
def _stoppable() -> Iterator[Stopping]:
    """SIGINT and SIGTERM set the flag; a second one while stopping changes nothing, so that nothing is left behind."""
    stopping = Stopping()

    def ask(*_: object) -> None:
        first, stopping.asked = not stopping.asked, True
        if first and stopping.starting:
            raise KeyboardInterrupt

    before = {n: signal.signal(n, ask) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_broker(broker: str) -> None:
    """A wish that is none, or that the environment contradicts."""
    if broker not in ("", KAFKA, MEMORY):
        raise UsageError(f"--broker {broker}: give {KAFKA} or {MEMORY}")
    if broker and os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        raise UsageError(
            "--broker starts one on this machine, but KAFKA_BOOTSTRAP_SERVERS names yours: unset one of them"
        )


def rules_for(venues: str, rules: Path | None) -> Path | None:
    """The rules of engagement of a run by FIX, read here so that a fault in them is found before anything starts; None: not by FIX."""
    if venues not in (LOCAL, FIX):
        raise UsageError(f"--venues {venues}: give {LOCAL} or {FIX}")
    if venues == LOCAL:
        if rules is not None:
            raise UsageError("--rules are those of FIX sessions: give --venues fix")
        return None
    rules_in(rules)
    return (rules or SIMULATED_RULES).resolve()


def parse_kill(text: str, source: TapeSource) -> Kill:
    """`risk@10:05` or `venues@10:05:30`, local time of the market on the tape's first day."""
    service, at, moment = text.partition("@")
    if not at or service not in KILLABLE:
        raise UsageError(f"--kill {text}: give SERVICE@HH:MM, SERVICE one of {', '.join(KILLABLE)}")
    zone = UTC if any(v.code == "BSTP" for v in source.venues()) else NEW_YORK
    try:
        parsed = time.strptime(moment, "%H:%M:%S" if moment.count(":") == 2 else "%H:%M")
    except ValueError:
        raise UsageError(f"--kill {text}: {moment} is no time of day (HH:MM or HH:MM:SS)") from None
    midnight = local_ns(local_date(source.start_ns, zone), time_of_day(), zone)
    return Kill(service, midnight + (parsed.tm_hour * 3600 + parsed.tm_min * 60 + parsed.tm_sec) * 1_000_000_000)
