"""The whole system in one thread: gateway, risk, router, execution, audit, venues, clients; one seed decides everything that happens.

A seed goes through three parts: the system starts and is calm; it is worked and struck, step by step; faults end, everything is cancelled
and comes to rest. A judge looks after every step and at the end. Nothing here judges, but for what the world itself must be able to do:
processes end only by injected faults, and everything comes to rest within its time.

Same seed, same run, in every process: no clock, no hash order, no thread takes part. `digest` is over everything that happened.
"""

import random
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from oms.core.control import ClockAnchor
from oms.core.reference import Entity
from oms.runtime.log import Ack, TopicPartition
from oms.testing.simulation.audit import AuditProcess
from oms.testing.simulation.chronicle import MILLISECOND_NS, Chronicle, Say
from oms.testing.simulation.clients import Client
from oms.testing.simulation.faults import Fault, draw_profile
from oms.testing.simulation.fix_road import FixRoad
from oms.testing.simulation.gateway import GatewayParts, GatewayReplica
from oms.testing.simulation.havoc import Havoc
from oms.testing.simulation.planted import NOTHING_PLANTED, Planted
from oms.testing.simulation.process_log import ProcessClock, ProcessLog, Weather
from oms.testing.simulation.rest import LONG_NS, Rest
from oms.testing.simulation.snapshots import CountedStore
from oms.testing.simulation.stages import (
    AUDIT_LIMIT_NS,
    ORDER_PATH,
    SERVICE,
    SILENCES_NS,
    Memory,
    StageProcess,
    Surroundings,
    journals_of,
)
from oms.testing.simulation.venue import FaultyVenue
from oms.testing.simulation.witness import Judge, ShownOrder, StateCheck, Violation, Witness
from oms.testing.simulation.workload import (
    DESKS,
    INSTRUMENTS,
    VENUES,
    Workload,
    entities,
    partition_of_desk,
    reference_of,
    session_id,
)
from oms.wire import topics

SETUP_ROUNDS, SETUP_STEP_NS = 10, 350 * MILLISECOND_NS
STEPS_MIN, STEPS_MAX = 100, 280
TURNS_MAX = 9
"""Turns between two actions: enough that work gets through, too few for all of it."""

LONG_ROUNDS = 12

REPLICAS = ("a", "b", "c")

BY_FIX = 0.25
"""The part of the seeds in which all that passes between execution and the venues is FIX bytes."""

CHECKED_RECOVERIES, CHECKED_FROM_SNAPSHOTS = 0.05, 0.15
"""The part of the recoveries whose state is compared with a fold from zero; it costs as much as all the rest of a recovery."""

JudgeFactory = Callable[[Witness], Judge]


class World(Chronicle):
    """One seed. `run` goes through it and returns what is wrong; `say` gets a line for everything that happens."""

    def __init__(
        self,
        seed: int,
        planted: Planted = NOTHING_PLANTED,
        judge: JudgeFactory | None = None,
        say: Say | None = None,
    ) -> None:
        setting = random.Random(f"{seed} setting")
        self.profile = draw_profile(setting)
        super().__init__(seed, setting.choice((1, 1, 2)), say)
        self._planted = planted
        self.chance = random.Random(f"{seed} turns")
        self.weather = Weather(self.faults)
        self._starts = self._strangers = 0
        self._make_venues(setting)
        self._make_edges(setting)
        self.judge = judge(self) if judge is not None else None
        self._steps = setting.randrange(STEPS_MIN, STEPS_MAX)
        self.havoc = Havoc(self, random.Random(f"{seed} havoc"), self.profile)
        self._set_up(setting)

    def _make_venues(self, setting: random.Random) -> None:
        self.venue_ids = VENUES[: setting.choice((2, 3))]
        self._sessions: dict[int, dict[str, FaultyVenue]] = {p: {} for p in range(self.partitions)}
        for p in range(self.partitions):
            for venue_id in self.venue_ids:
                name = session_id(venue_id, p)
                owner = partial(self._claimant, TopicPartition(topics.EXECUTION, p))
                self._sessions[p][name] = self._make_venue(name, venue_id, p, owner)
        self.all_venues = [venue for of in self._sessions.values() for venue in of.values()]
        self.by_fix = random.Random(f"{self.seed} wire").random() < BY_FIX
        if self.by_fix:
            self._lay_roads()
        self._accounts = [venue.account() for venue in self.all_venues]

    def _lay_roads(self) -> None:
        reference = reference_of(self.partitions, len(self.venue_ids))
        for venue in self.all_venues:
            venue.road = FixRoad(
                venue.session_id, venue.venue_id, venue.partition, reference, lambda: self.wall_ns, venue.symbol_of
            )

    def _make_venue(self, name: str, venue_id: str, partition: int, owner: Callable[[], str]) -> FaultyVenue:
        return FaultyVenue(
            name,
            venue_id=venue_id,
            partition=partition,
            stamp=self.stamp,
            faults=self.faults,
            owner=owner,
            market_price=100_000,
            tells_value=True,
        )

    def _make_edges(self, setting: random.Random) -> None:
        self.snapshots = CountedStore(faults=self.faults)
        self._ring_entries = setting.choice((8, 40, 20_000))
        self.clients = [
            Client(f"{desk}-client", desk, partition_of_desk(desk, self.partitions), self.chance, self._hear)
            for desk in DESKS
        ]
        self.work = self._make_work()
        self.shared = Surroundings(
            self.log,
            self.weather,
            lambda: self.wall_ns,
            self.partitions,
            self._sessions,
            self._planted,
            Memory(),
            setting.choice(SILENCES_NS),
            self.snapshots,
            self._stage_fell,
        )

    def _make_work(self) -> Workload:
        return Workload(
            random.Random(f"{self.seed} work"),
            self.partitions,
            self.venue_ids,
            lambda: self.wall_ns,
            self.put,
            lambda client, request: client.send(request, self.replicas_up()),
            self.clients,
            self.all_venues,
        )

    def _entities(self) -> list[Entity]:
        return entities(self.partitions, len(self.venue_ids))

    def calm_venues(self) -> None:
        """Faults are over: what a venue does beyond answering ends as well."""

    def _set_up(self, setting: random.Random) -> None:
        self.work.set_up(self._entities(), random.Random(f"{self.seed} triggers"))
        self.work.control(ClockAnchor(self.wall_ns, self.wall_ns, 1000, "the wall's clock"))
        for venue_id in self.venue_ids:
            for instrument_id in INSTRUMENTS:
                self.work.quote(venue_id, instrument_id)
        self.stages: dict[TopicPartition, list[StageProcess]] = {tp: [] for tp in journals_of(self.partitions)}
        self._standbys = setting.choice((1, 1, 2))
        for journal in self.stages:
            for replica in REPLICAS[: 1 + self._standbys]:
                self.start(journal, replica)
        self.replicas: list[GatewayReplica | None] = [None, None]
        self.auditors: list[AuditProcess] = []
        self.audit_stalled_until = 0
        for number in range(len(self.replicas)):
            self.start_gateway(number)
        self.start_auditor()

    # --- one seed

    def run(self) -> list[Violation]:
        for _ in range(SETUP_ROUNDS):
            self.round(SETUP_STEP_NS)
        actions = self._work_actions() + self._havoc_actions()
        weights, todo = [weight for weight, _ in actions], [action for _, action in actions]
        for action in self.chance.choices(todo, weights, k=self._steps):
            self._begin_step(getattr(action, "__name__", ""))
            action()
            self._clear_gateways()
            self._some_turns()
            self.look()
            if self.violations:
                return self.violations
        self._begin_step("rest")
        open_still = Rest(self).come_to_rest()
        if open_still:
            self._wrong.append(Violation("not-at-rest", open_still, self.step))
        self.look()
        if self.judge is not None:
            self.judge.finish()
        return self.violations

    @property
    def events(self) -> dict[str, int]:
        """What happened besides faults, by name, where it is counted."""
        return {}

    @property
    def violations(self) -> list[Violation]:
        """What is wrong so far: what the world found itself, and what the judge did."""
        return [*self._wrong, *(self.judge.violations if self.judge is not None else ())]

    def look(self) -> None:
        if self.judge is not None:
            self.judge.observe()

    def _begin_step(self, what: str) -> None:
        self.step += 1
        self.weather.turn = self.step
        self.havoc.lift()
        self._digest.update(f"{self.step} {what}\n".encode())
        self.say("—", what)

    def _havoc_actions(self) -> list[tuple[float, Callable[[], None]]]:
        return self.havoc.actions()

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        work = self.work
        return [
            (18, work.new), (3, work.cancel), (7, work.replace), (0.5, work.mass_cancel), (2, work.repeat), (1, work.nonsense),
            (0.7, work.halt), (4, work.resume), (0.5, work.cancel_scope), (1, work.change_limit),
            (5, work.quote), (9, work.fill), (2, work.end), (3, work.script),
            (7, self.wait), (0.6, self.long_wait), (8, self.revive), (2, self.send_home), (0.7, self.leave),
        ]  # fmt: skip

    # --- turns

    def _some_turns(self) -> None:
        actors = self.actors()
        for _ in range(self.chance.randrange(1, TURNS_MAX)):
            self.chance.choice(actors)()
        self.pass_time(self.chance.choice((1, 1, 5, 20, 100)) * MILLISECOND_NS)

    def actors(self) -> list[Callable[[], object]]:
        """Everything that can have a turn now. Owners have two chances each: they are what the others wait for."""
        found: list[Callable[[], object]] = []
        for process in self.processes():
            if process.alive and not process.paused:
                found += [partial(self.turn_of, process)] * (2 if process.owns else 1)
        found += [partial(self.turn_gateway, number) for number in range(len(self.replicas))]
        found += [self.turn_clients, self.turn_clients, self.turn_audit]
        return found

    def turn_of(self, process: StageProcess) -> bool:
        """A turn of a process of the order path; before it, venues read some of what was written to them."""
        if process.port is not None:
            self._venues_read(process)
        owned = process.owns
        done = process.turn()
        if not owned and process.owns:
            self._recovered(process)
        return done

    def _venues_read(self, process: StageProcess) -> None:
        for venue in self._sessions[process.journal.partition].values():
            if venue.old:
                venue.read_old(self.chance.randrange(3))
            if venue.on_the_way:
                venue.read(self.chance.choice((0, 1, 2, 5, 100)))

    def _recovered(self, process: StageProcess) -> None:
        self.say("owns", process.process_id, process.epoch)
        if process.snapshots.loaded and self.chance.random() < CHECKED_FROM_SNAPSHOTS:
            self.check_state(process, "FROM_SNAPSHOT")
        elif self.chance.random() < CHECKED_RECOVERIES:
            self.check_state(process, "RECOVERED")

    def check_state(self, process: StageProcess, what: str) -> None:
        at = self.stamp()
        self._checks.append(
            StateCheck(
                at.moment,
                at.step,
                process.journal,
                process.process_id,
                what,
                process.next_offset,
                process.state_hash(),
                process.fresh_hash(),
            )
        )

    def turn_gateway(self, number: int) -> bool:
        replica = self.replicas[number]
        if replica is None:
            return False
        try:
            return replica.turn() | replica.keep_alive()
        except Exception:
            self._gateway_gone(number)
            self._fell("order-gateway", 0, replica.parts.name, False, traceback.format_exc())
        return True

    def turn_clients(self) -> None:
        for client in self.clients:
            client.turn(self.replicas_up())
            client.follow(self.replicas_up())
        self._clear_gateways()

    def turn_audit(self) -> None:
        if self.step < self.audit_stalled_until:
            return
        for auditor in list(self.auditors):
            try:
                auditor.turn()
            except Exception:
                self.auditors.remove(auditor)
                self._fell("audit", 0, auditor.name, False, traceback.format_exc())

    def round(self, step_ns: int) -> bool:
        """Everyone has a turn; whether anyone did anything."""
        done = False
        for process in list(self.processes()):
            done |= self.turn_of(process)
        for number in range(len(self.replicas)):
            done |= self.turn_gateway(number)
        self.turn_clients()
        self.turn_audit()
        self.pass_time(step_ns)
        return done

    def wait(self) -> None:
        for _ in range(self.chance.randrange(1, 6)):
            self.round(self.chance.choice((1, 50, 300)) * MILLISECOND_NS)

    def long_wait(self) -> None:
        """Long enough that a silent owner is replaced."""
        for _ in range(LONG_ROUNDS):
            self.round(LONG_NS)

    def pass_time(self, step_ns: int) -> None:
        self.wall_ns += step_ns
        self.log.now_ms = self.wall_ns // MILLISECOND_NS

    # --- processes of the order path

    def processes(self) -> Iterator[StageProcess]:
        for slots in self.stages.values():
            yield from slots

    def owners_of(self, partition: int) -> list[StageProcess]:
        """The owners of a partition that work, in the order in which an order meets them."""
        mine = {TopicPartition(topic, partition) for topic in ORDER_PATH}
        return [p for p in self.processes() if p.owns and not p.paused and p.journal in mine]

    def start(self, journal: TopicPartition, replica: str, standby: bool = True) -> StageProcess:
        """A new process beside those that are there; the dead ones are cleared away. One that is no standby claims at once."""
        self._starts += 1
        name = f"{SERVICE[journal.topic]}-{journal.partition}-{replica}/{self._starts}"
        process = StageProcess(self.shared, journal, replica, name, standby)
        slots = self.stages[journal]
        slots[:] = [old for old in slots if old.alive]
        slots.append(process)
        self.say("starts", name)
        return process

    def start_stranger(self, journal: TopicPartition) -> StageProcess:
        """A process that nobody needs, which claims at once."""
        self._strangers += 1
        return self.start(journal, f"x{self._strangers}", standby=False)

    def some_journal(self, chance: random.Random) -> TopicPartition:
        return chance.choice(list(self.stages))

    def revive(self) -> None:
        """What should run and does not is started."""
        for journal, slots in self.stages.items():
            for replica in REPLICAS[: 1 + self._standbys]:
                if not any(process.replica == replica and process.alive for process in slots):
                    self.start(journal, replica)
        for number, gateway in enumerate(self.replicas):
            if gateway is None:
                self.start_gateway(number)
        if not self.auditors:
            self.start_auditor()

    def leave(self) -> None:
        """An owner is replaced in good order, as in a rolling restart. Not while its acks are held: it would wait for them."""
        owners = [p for p in self.processes() if p.owns and not p.paused]
        if owners and not any(partition.acks_held for partition in self.log.partitions.values()):
            process = self.chance.choice(owners)
            process.leave()
            self.say("leaves", process.process_id)

    def send_home(self) -> None:
        """Strangers that follow are not needed any more."""
        for process in self.processes():
            if process.alive and process.replica not in REPLICAS and not process.owns and not process.paused:
                process.die()

    def _stage_fell(self, process: StageProcess, expected: bool, text: str) -> None:
        self._fell(SERVICE[process.journal.topic], process.journal.partition, process.process_id, expected, text)

    # --- gateway and audit

    def replicas_up(self) -> list[GatewayReplica]:
        return [replica for replica in self.replicas if replica is not None and not replica.dead]

    def start_gateway(self, number: int) -> None:
        self._starts += 1
        log = ProcessLog(self.log, self.weather)
        parts = GatewayParts(
            self.partitions,
            f"gateway-{number}-{self._starts}",
            AUDIT_LIMIT_NS,
            self._ring_entries,
            self._planted.blotter,
            self._trace,
            self.shared.memory.decoded,
        )
        self.replicas[number] = self._planted.gateway(log, ProcessClock(lambda: self.wall_ns), parts)

    def _trace(self) -> str:
        self._starts += 1
        return f"{self._starts:032x}"

    def crash_gateway(self, number: int, mid_append: bool) -> None:
        """Killed between turns, or after its next append of a command, before the answer."""
        replica = self.replicas[number]
        if replica is None:
            return
        if mid_append:
            replica.doomed = True
            return
        self.faults.add(Fault.GATEWAY_CRASH)
        self._gateway_gone(number)

    def _clear_gateways(self) -> None:
        """Take away the replicas that died with a command in hand."""
        for number, replica in enumerate(self.replicas):
            if replica is not None and replica.dead:
                self.faults.add(Fault.GATEWAY_CRASH_BEFORE_ACK)
                self._gateway_gone(number)

    def _gateway_gone(self, number: int) -> None:
        replica, self.replicas[number] = self.replicas[number], None
        assert replica is not None
        self.say("killed", replica.parts.name)
        for client in self.clients:
            client.gave_up(replica)

    def start_auditor(self) -> None:
        self._starts += 1
        log, name = ProcessLog(self.log, self.weather), f"audit-{self._starts}"
        self.auditors.append(
            AuditProcess(log, self.store, name, self.partitions, lambda: self.wall_ns, self._planted.auditor)
        )

    def restart_audit(self, chance: random.Random) -> None:
        if self.auditors:
            self.auditors.remove(chance.choice(self.auditors))
        if not self.auditors:
            self.start_auditor()

    def second_auditor(self) -> None:
        if len(self.auditors) == 1:
            self.start_auditor()
            self.faults.add(Fault.AUDIT_TWO)

    # --- the log from outside

    def put(self, topic: str, partition: int, value: bytes) -> int:
        """A record of an intake by somebody whose appends land (admin, feeds)."""
        appender = self.log.appender(TopicPartition(topic, partition))
        appender.append(None, value)
        (outcome,) = appender.poll(0.0)
        assert isinstance(outcome, Ack)
        return outcome.offset

    def garbage(self, chance: random.Random) -> None:
        value = b"\xff" + chance.randbytes(chance.randrange(1, 12))
        self.log.appender(TopicPartition(topics.ORDERS, chance.randrange(self.partitions))).append(None, value)

    def shown_orders(self) -> Sequence[ShownOrder]:
        return [
            ShownOrder(replica.parts.name, order_id, order.cum_qty)
            for replica in self.replicas_up()
            for partition in replica.view.partitions
            for order_id, order in partition.blotter.orders.items()
        ]

    def owners(self) -> Sequence[StageProcess]:
        return [process for process in self.processes() if process.owns]
