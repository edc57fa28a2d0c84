"""The order path in one thread: risk, router and execution of one partition over the in-memory log, and venues in memory.

The real loops, rules and codec; only the log, the clock and the venues are doubles. Nothing moves but in `run`: the caller decides
what faults happen when, so that a schedule can be repeated. `crash` drops a stage with all it remembers, as `kill -9` does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from oms.core.commands import Command
from oms.core.control import ClockAnchor, ControlHeartbeat, ControlRecord
from oms.core.credit.stage import HOLDERS_SAY, CreditRules
from oms.core.enums import SessionMessage
from oms.core.execution import ExecutionRules
from oms.core.execution_events import SessionMessagePlanned
from oms.core.market import MarketRecord, MarketView, Quote, Trade
from oms.core.reference import Entity, ReferenceChange
from oms.core.risk import RiskRules
from oms.core.routing import RouterRules
from oms.core.stage import DisconnectEffect, Effect
from oms.core.venue_messages import Disconnected, SessionInput
from oms.runtime.control_ahead import ControlAhead
from oms.runtime.log import TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import LoopSettings
from oms.runtime.parts import PARTS, Parts
from oms.testing.sim_log import SimLog
from oms.testing.sim_venue import SimVenue
from oms.wire import topics
from oms.wire.codec import encode_intake
from oms.wire.envelope import RELEASE, Release
from oms.wire.topics import TOPICS

RULES: dict[str, Any] = {topics.RISK: RiskRules, topics.ROUTING: RouterRules, topics.EXECUTION: ExecutionRules}
INPUTS = {
    topics.RISK: (topics.ORDERS, topics.ROUTING, topics.CREDIT),
    topics.ROUTING: (topics.RISK, topics.EXECUTION),
    topics.EXECUTION: (topics.ROUTING,),
}
NO_LIMIT_NS = 10**18


@dataclass(slots=True)
class ManualClock:
    """Wall time that stands until it is moved."""

    wall_ns: int

    def now_ns(self) -> int:
        return self.wall_ns


@dataclass(slots=True)
class SimPort:
    """Execution's port to venues in memory. `venues`: session id → venue."""

    venues: dict[str, SimVenue]
    connections: dict[str, int] = field(default_factory=dict)
    ended: list[SessionInput] = field(default_factory=list)

    def restart(self) -> None:
        self.connections.clear()
        self.ended = [Disconnected(session_id, "a new ownership begins") for session_id in self.venues]

    def poll(self) -> Sequence[SessionInput]:
        inputs, self.ended = self.ended, []
        for session_id, venue in self.venues.items():
            venue.read()
            connection = self.connections.get(session_id)
            if connection is None:
                continue
            if connection != venue.connection:
                del self.connections[session_id]
                inputs.append(Disconnected(session_id, "another connection replaced this one"))
                continue
            while (heard := venue.deliver()) is not None:
                inputs.append(heard)
        return inputs

    def await_answer(self, timeout_s: float) -> bool:
        return False  # venues in memory answer within a turn

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, DisconnectEffect):
            self.connections.pop(effect.session_id, None)
            return
        message = effect.message
        venue = self.venues[message.session_id]
        if isinstance(message, SessionMessagePlanned) and message.message is SessionMessage.LOGON:
            self.connections[message.session_id] = venue.connect()
        if message.session_id in self.connections:
            venue.write(self.connections[message.session_id], effect)


class Pipeline:
    """One partition of the whole path. Times in nanoseconds; the tape's clock is the wall's.

    `rules`: stages that run under other rules than the real ones (a planted bug). `beside`: share log, clock and market with the
    pipeline of a higher partition; the caller gives both their turns. `release`, `parts`: of all stages.
    """

    def __init__(
        self,
        venues: Sequence[SimVenue],
        now_ns: int,
        partition: int = 0,
        rules: Mapping[str, Callable[[], Any]] = MappingProxyType({}),
        beside: "Pipeline | None" = None,
        release: Release = RELEASE,
        parts: Parts = PARTS,
    ) -> None:
        self.rules, self.release, self.parts = {**RULES, **rules}, release, parts
        topic_sizes = {t.name: t.partitions(partition + 1) for t in TOPICS}
        self.clock: ManualClock = beside.clock if beside else ManualClock(now_ns)
        self.log: SimLog = beside.log if beside else SimLog(topic_sizes, now_ns // 1_000_000)
        self.partition = partition
        self.view: MarketView = beside.view if beside else MarketView()
        self.venues = {venue.session_id: venue for venue in venues}
        self.audit_age_ns: int | None = 0
        self.control_limit_ns = NO_LIMIT_NS
        self.loops: dict[str, StageLoop[Any, Any]] = {}
        self.incarnations = 0
        self.ahead = ControlAhead()
        """Of all stages; filled by whoever wants control to come before a backlog."""
        self.control(ClockAnchor(now_ns, now_ns, 1000, "the wall's clock"))
        for topic in RULES:
            self.start(topic)
        if partition and beside is None:  # limits over partitions need a grantor, and one is enough
            self.start(topics.CREDIT)

    def start(self, topic: str) -> None:
        """A new process for a stage, under the limits as they are set now. The grantor runs beside several partitions, and where a test starts it."""
        self.incarnations += 1
        grants = topic == topics.CREDIT
        settings = LoopSettings(
            TopicPartition(topic, topics.partition_of(topic, self.partition)),
            self._inputs(topic),
            f"process-{self.incarnations}",
            self.control_limit_ns,
            NO_LIMIT_NS,
            kinds=HOLDERS_SAY if grants else None,
        )
        port = SimPort(self.venues) if topic == topics.EXECUTION else None
        self.loops[topic] = StageLoop(
            self.log,
            self.rules.get(topic, CreditRules)(),
            settings,
            self.clock,
            self.view,
            lambda: self.audit_age_ns,
            port,
            parts=self.parts,
            release=self.release,
            control=self.ahead,
        )

    def _inputs(self, topic: str) -> tuple[TopicPartition, ...]:
        """Of the grantor every partition of risk; of the others their own partition, or the only one of a topic."""
        if topic == topics.CREDIT:
            return tuple(TopicPartition(topics.RISK, p) for p in range(self.partition + 1))
        return tuple(TopicPartition(t, topics.partition_of(t, self.partition)) for t in INPUTS[topic])

    def crash(self, topic: str) -> None:
        """The process is gone with all it remembers; another starts in its place."""
        if topic == topics.EXECUTION:
            for venue in self.venues.values():
                venue.lose()
        self.start(topic)

    def put(self, topic: str, value: object, partition: int = 0) -> int:
        """Append a record to an intake, as the gateway or a feed does; returns its offset."""
        appender = self.log.appender(TopicPartition(topic, partition))
        appender.append(None, encode_intake(topic, value))
        (outcome,) = appender.poll(0.0)
        return outcome.offset  # type: ignore[union-attr]

    def reference(self, change: ReferenceChange) -> int:
        return self.put(topics.REFERENCE, change)

    def entities(self, entities: Sequence[Entity], who: Any) -> None:
        for entity in entities:
            self.reference(ReferenceChange(entity, -1, self.clock.wall_ns, "set up", who))

    def control(self, record: ControlRecord) -> int:
        return self.put(topics.CONTROL, record)

    def command(self, command: Command) -> int:
        return self.put(topics.ORDERS, command, self.partition)

    def quote(self, venue_id: str, instrument_id: str, bid: tuple[int, int], ask: tuple[int, int]) -> None:
        """A venue's whole displayed top (price, quantity), known to everyone at once."""
        quote = Quote(self.clock.wall_ns, bid[0], bid[1], ask[0], ask[1])
        self.publish(MarketRecord(venue_id, instrument_id, 0, (quote,), ()))

    def trade(self, venue_id: str, instrument_id: str, price: int, qty: int) -> None:
        """A print, known to everyone at once."""
        now = self.clock.wall_ns
        self.publish(
            MarketRecord(venue_id, instrument_id, 0, (), (Trade(now, price, qty, f"{venue_id}-{now}", False),))
        )

    def publish(self, record: MarketRecord) -> None:
        instrument_id = record.instrument_id
        partition = topics.market_partition(instrument_id, self.partition + 1)
        self.view.apply(partition, self.put(topics.MARKET, record, partition), record)

    def run(self, turns: int = 60, step_ns: int = 20_000_000) -> None:
        """Every loop takes `turns` turns; the clock moves `step_ns` with each round."""
        self.control(ControlHeartbeat("test", self.clock.wall_ns))
        for _ in range(turns):
            for loop in list(self.loops.values()):
                loop.turn(0.0)
            self.pass_time(step_ns)

    def pass_time(self, step_ns: int) -> None:
        """Everyone's clock moves, the broker's too."""
        self.clock.wall_ns += step_ns
        self.log.now_ms = self.clock.wall_ns // 1_000_000
