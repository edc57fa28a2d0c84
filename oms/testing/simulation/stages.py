"""Processes of the order path: a shipped loop each, with its own way to the log, its own clock, and its own readers of the market.

A process lives, is paused, or is dead. What kills it is outside; a dead one is replaced by a new one, which knows nothing.
"""

import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from oms.core.canonical import state_hash
from oms.core.credit.stage import HOLDERS_SAY, CreditRules
from oms.core.execution import ExecutionRules
from oms.core.market import MarketView
from oms.core.risk import RiskRules
from oms.core.routing import RouterRules
from oms.runtime.control_ahead import ControlAhead
from oms.runtime.gateway_feed import Decoded, decode
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalFold
from oms.runtime.log import LogError, Record, TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import LoopSettings, Phase
from oms.runtime.parts import PARTS
from oms.testing.sim_snapshots import SimSnapshotStore
from oms.testing.simulation.faults import Killed
from oms.testing.simulation.planted import Planted
from oms.testing.simulation.process_log import ProcessClock, ProcessLog, WatchedLog, Weather
from oms.testing.simulation.snapshots import NotedSnapshots
from oms.testing.simulation.venue import FaultyVenue
from oms.wire import topics
from oms.wire.audit_watch import AuditWatch

CONTROL = TopicPartition(topics.CONTROL, 0)

RULES: dict[str, Callable[[], Any]] = {
    topics.RISK: RiskRules,
    topics.ROUTING: RouterRules,
    topics.EXECUTION: ExecutionRules,
    topics.CREDIT: CreditRules,
}
INPUTS = {
    topics.RISK: (topics.ORDERS, topics.ROUTING, topics.CREDIT),
    topics.ROUTING: (topics.RISK, topics.EXECUTION),
    topics.EXECUTION: (topics.ROUTING,),
}
SERVICE = {topics.RISK: "risk", topics.ROUTING: "router", topics.EXECUTION: "execution", topics.CREDIT: "credit"}
ORDER_PATH = (topics.RISK, topics.ROUTING, topics.EXECUTION)
"""Journals that an order meets, in this order."""


def journals_of(partitions: int) -> list[TopicPartition]:
    """All that have an owner."""
    return [TopicPartition(topic, p) for topic in SERVICE for p in range(topics.BY_NAME[topic].partitions(partitions))]


def inputs_of(journal: TopicPartition, partitions: int) -> tuple[TopicPartition, ...]:
    """What a process reads: the grantor all partitions of risk, the others their own partition, or the only one of a topic."""
    if journal.topic == topics.CREDIT:
        return tuple(TopicPartition(topics.RISK, p) for p in range(partitions))
    return tuple(TopicPartition(t, topics.partition_of(t, journal.partition)) for t in INPUTS[journal.topic])


CONTROL_LIMIT_NS, AUDIT_LIMIT_NS = 4_000_000_000, 15_000_000_000
"""Four intervals of the control heartbeat; some of the audit's progress."""

HEARTBEAT_NS, SILENCES_NS = 500_000_000, (1_500_000_000, 4_000_000_000)
"""Owners' heartbeats, and what a seed draws the timeout of its standbys from."""

SNAPSHOT_EVERY = 40
"""Records between two snapshots: some in every seed."""


class Memory:
    """Records decoded once for all readers of a world that are the world's own: caches of processes, and gateways."""

    def __init__(self) -> None:
        self._decoded: dict[tuple[str, int, int], Decoded] = {}

    def decoded(self, record: Record) -> Decoded:
        key = (record.topic, record.partition, record.offset)
        found = self._decoded.get(key)
        if found is None:
            found = self._decoded[key] = decode(record)
        return found


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all processes of a world share."""

    log: WatchedLog
    weather: Weather
    true_ns: Callable[[], int]
    partitions: int
    venues: Mapping[int, dict[str, FaultyVenue]]
    planted: Planted
    memory: Memory
    silence_ns: int
    snapshots: SimSnapshotStore
    on_fall: Callable[["StageProcess", bool, str], None]


@dataclass(slots=True)
class SideReaders:
    """The caches of a process: the market, and how far the audit is (as `oms.runtime.followers`, without threads)."""

    log: ProcessLog
    partitions: int
    memory: Memory
    market: MarketView = field(default_factory=MarketView)
    reader: Any = None
    audit: AuditWatch = field(init=False)

    def __post_init__(self) -> None:
        self.audit = AuditWatch(self.partitions)
        followed = [TopicPartition(topics.MARKET, p) for p in range(self.partitions)]
        self.reader = self.log.reader(self.log.starts([*followed, TopicPartition(topics.AUDIT_PROGRESS, 0)]))

    def turn(self) -> None:
        for record in self.reader.poll(0.0):
            value: Any = self.memory.decoded(record).value
            if record.topic == topics.MARKET:
                self.market.apply(record.partition, record.offset, value)
            else:
                self.audit.apply(value)


class StageProcess:
    """One process of one stage and partition. `process_id` is "replica/incarnation"; the latter is new with every start."""

    def __init__(
        self, shared: Surroundings, journal: TopicPartition, replica: str, process_id: str, standby: bool
    ) -> None:
        self.shared, self.journal, self.replica, self.process_id = shared, journal, replica, process_id
        self.clock = ProcessClock(shared.true_ns)
        self.log = ProcessLog(shared.log, shared.weather, journal)
        self.log.recovering = lambda: self.loop.phase is not Phase.RUNNING
        self.paused = self.dead = False
        self.was_running = False
        self.sides: SideReaders | None = None
        if journal.topic in (topics.RISK, topics.ROUTING):
            self.sides = SideReaders(self.log, shared.partitions, shared.memory)
        self.port = None
        if journal.topic == topics.EXECUTION:
            self.port = shared.planted.port(shared.venues[journal.partition], process_id, self.log)
        self.ahead = ControlAhead()
        self.control_reader = self.log.reader(shared.log.ends([CONTROL]))
        self.loop: StageLoop[Any, Any] = self._loop(standby)

    def _loop(self, standby: bool) -> StageLoop[Any, Any]:
        shared, topic = self.shared, self.journal.topic
        settings = LoopSettings(
            self.journal,
            inputs_of(self.journal, shared.partitions),
            self.process_id,
            CONTROL_LIMIT_NS,
            AUDIT_LIMIT_NS,
            standby,
            HEARTBEAT_NS,
            shared.silence_ns,
            SNAPSHOT_EVERY,
            HOLDERS_SAY if topic == topics.CREDIT else None,
        )
        rules = shared.planted.rules.get(topic, RULES[topic])
        keeper = shared.planted.snapshots(shared.snapshots, rules(), self.log, self.clock)
        self.snapshots = NotedSnapshots(keeper)
        market = self.sides.market if self.sides is not None else MarketView()
        return shared.planted.loop(
            self.log,
            rules(),
            settings,
            self.clock,
            market,
            self._audit_age_ns,
            self.port,
            self.snapshots,
            parts=shared.planted.parts.get(topic, PARTS),
            control=self.ahead,
        )

    def _audit_age_ns(self) -> int | None:
        return self.sides.audit.age_ns(self.clock.now_ns()) if self.sides is not None else 0

    @property
    def alive(self) -> bool:
        return not self.dead

    @property
    def owns(self) -> bool:
        """Whether it holds itself for the owner."""
        return self.alive and self.loop.phase is Phase.RUNNING

    def turn(self) -> bool:
        """One turn; whether anything was done. A process that dies in it is dead afterwards."""
        if self.dead or self.paused:
            return False
        try:
            if self.sides is not None:
                self.sides.turn()
            for record in self.control_reader.poll(0.0):
                self.ahead.put(record)
            return self.loop.turn(0.0)
        except Killed:
            self.die()
        except LogError as error:
            self.die()
            self.shared.on_fall(self, True, f"{type(error).__name__}: {error}")
        except Exception:
            self.die()
            self.shared.on_fall(self, False, traceback.format_exc())
        return True

    def leave(self) -> None:
        """An orderly end: what is in flight gets its answer, and the standbys are told."""
        with suppress(Killed):  # struck on its way out, it is gone as well
            self.loop.close()
        self.die()

    def die(self) -> None:
        """The process is gone with all it remembers. Its sockets stay until the venue notices."""
        self.dead = True
        if self.port is not None:
            for session_id, connection in self.port.connections.items():
                venue = self.port.venues[session_id]
                if venue.connection == connection:
                    venue.writer_died()

    # --- as the witness sees it

    @property
    def epoch(self) -> int:
        return self.loop.epoch

    @property
    def caught_up(self) -> bool:
        return self.loop.ready

    @property
    def in_flight(self) -> int:
        run = self.loop._run  # the simulation's own look into the loop: there is no other need to know
        return len(run.in_flight) if run is not None else 0

    @property
    def next_offset(self) -> int:
        run = self.loop._run
        return run.epoch + run.next_seq if run is not None else -1

    @property
    def positions(self) -> dict[TopicPartition, int]:
        return {TopicPartition(c.topic, c.partition): c.next_offset for c in self.loop.cursors()}

    def state_hash(self) -> bytes:
        return state_hash(self.loop.state, STATE_LAYOUT_VERSION)

    def fresh_hash(self) -> bytes:
        """The hash of a fold of the journal from zero, to where this owner stands, under the shipped rules."""
        log = self.shared.log
        fold = JournalFold(log, RULES[self.journal.topic](), self.journal)
        for record in log.kept[self.journal][: self.next_offset]:
            fold.apply(record)
        fold.fold_sides(self.loop.cursors())
        return state_hash(fold.folded.state, STATE_LAYOUT_VERSION)
