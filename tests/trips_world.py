"""Two partitions of the order path and gateways that spread trips, in one thread, over the log in memory."""

from dataclasses import replace

from oms.core.commands import NewOrder
from oms.core.control import Halt, Resume
from oms.core.enums import HaltAction, HaltScope, LimitScope
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Desk, Entity, Limit, Venue, VenueSession
from oms.core.risk_events import (
    HaltTriggerTripped,
    OrderAccepted,
    OrderRejected,
)
from oms.core.venue_messages import Disconnected, VenueMessage
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_intake
from tests.replica_world import Replica
from tests.unit.test_order_path import NOW, WHO, WORLD, order, valid_events

SECOND = 1_000_000_000
DOLLAR = 10**AMOUNT_SCALE
LOSS = HaltTrigger(
    "firm-loss",
    HaltTriggerKind.DAY_LOSS,
    HaltScope.FIRM,
    "",
    "USD",
    Amount(50 * DOLLAR),
    0,
    0,
    HaltAction.BLOCK_NEW,
    True,
    300 * SECOND,
    True,
)
LOST = HaltTrigger(
    "alpha-lost",
    HaltTriggerKind.VENUE_LOST,
    HaltScope.VENUE,
    "XALP",
    "",
    Amount(2 * SECOND),
    0,
    0,
    HaltAction.BLOCK_NEW,
    False,
    300 * SECOND,
    True,
)


def both(venue: Entity) -> Entity:
    """The venue with a session for each partition."""
    assert isinstance(venue, Venue)
    return replace(venue, sessions=tuple(VenueSession(p, f"{venue.venue_id}-P{p}") for p in range(2)))


def entities(*triggers: HaltTrigger) -> list[Entity]:
    world: list[Entity] = [both(e) if isinstance(e, Venue) else e for e in WORLD if not isinstance(e, Limit)]
    # Of each desk: limits of the firm over partitions need a grantor of credit, which is not here.
    limits = [
        replace(e, limit_id=f"{e.limit_id}.{desk}", scope=LimitScope.DESK, scope_id=desk)
        for e in WORLD
        if isinstance(e, Limit)
        for desk in ("alpha", "beta")
    ]
    return [*world, *limits, Desk("beta", "Beta", 1, True), Account("B1", "beta", "USD", (), True), *triggers]


class Deaf(SimVenue):
    """A venue that can stop answering, logons too."""

    deaf = False

    def deliver(self) -> VenueMessage | Disconnected | None:
        while (said := super().deliver()) is not None:
            if not self.deaf or isinstance(said, Disconnected):
                return said
        return None


class TwoPartitions:
    """`desks`: partition 0 (alpha) and 1 (beta). `gateways` spread trips when told to."""

    def __init__(self, *triggers: HaltTrigger, replicas: int = 1) -> None:
        scripts = Script(True, (10**9,))
        one = Pipeline([SimVenue("XALP-P1", scripts), SimVenue("XBET-P1", scripts)], NOW, 1)
        zero = Pipeline([Deaf("XALP-P0", scripts), SimVenue("XBET-P0", scripts)], NOW, 0, beside=one)
        self.paths = (zero, one)
        self.log = zero.log
        zero.entities(entities(*triggers), WHO)
        self.gateways = [Replica(self.log, 2, 1_000) for _ in range(replicas)]
        self.quote(100_000)
        self.run()

    def quote(self, ask: int) -> None:
        for path in self.paths[1:]:  # the market is shared
            for venue_id in ("XALP", "XBET"):
                path.quote(venue_id, "ACME", (ask - 100, 500), (ask, 500))

    def run(self, rounds: int = 3) -> None:
        for _ in range(rounds):
            for path in self.paths:
                path.run(20)

    def ask(self, partition: int, name: str, **changes: object) -> OrderAccepted | OrderRejected:
        who = {"desk_id": "beta", "account_id": "B1"} if partition else {}
        command: NewOrder = order(name, 100, **{**who, **changes})  # type: ignore[arg-type]
        self.paths[partition].command(command)
        self.run()
        found = [e for e in self.events(partition) if isinstance(e, OrderAccepted | OrderRejected)]
        return next(e for e in found if e.order.cl_ord_id == name)

    def events(self, partition: int) -> list[object]:
        return valid_events(self.paths[partition], topics.RISK)

    def trips(self, partition: int) -> list[HaltTriggerTripped]:
        return [e for e in self.events(partition) if isinstance(e, HaltTriggerTripped)]

    def halts(self) -> list[Halt]:
        records = self.log.reader({TopicPartition(topics.CONTROL, 0): 0}).poll(0.0, 100_000)
        found = [decode_intake(topics.CONTROL, record.value) for record in records]
        return [record for record in found if isinstance(record, Halt)]

    def due(self, gateway: int = 0) -> list[Halt]:
        replica = self.gateways[gateway]
        replica.read_all()
        return list(replica.view.trips.due(replica.view.control, self.paths[0].clock.wall_ns))

    def spread(self, gateway: int = 0) -> int:
        """A gateway reads on, and writes what is missing; how many halts that were."""
        found = self.due(gateway)
        for halt in found:
            self.paths[0].control(halt)
        self.run()
        return len(found)

    def resume(self, scope: HaltScope = HaltScope.FIRM, scope_id: str = "") -> None:
        self.paths[0].control(Resume(scope, scope_id, "looked at", self.paths[0].clock.wall_ns, WHO))
        self.run()

    def lose(self) -> HaltTriggerTripped:
        """Alpha buys a hundred shares at about ten dollars, which are worth nine a second later."""
        assert isinstance(self.ask(0, "buy"), OrderAccepted)
        self.quote(90_000)
        self.run(5)
        (trip,) = self.trips(0)
        return trip
