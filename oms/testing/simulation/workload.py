"""What people and markets do in a seed: commands of desks, control, limits, quotes, executions. Nothing here is a fault, however silly."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from oms.core.commands import Provenance
from oms.core.control import CancelScope, ControlRecord, Halt, Resume
from oms.core.enums import (
    Algorithm,
    HaltAction,
    HaltScope,
    LimitKind,
    LimitScope,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    VenueBehaviour,
)
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.market import MarketRecord, Quote, Trade
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import (
    Account,
    Calendar,
    Desk,
    Entity,
    Instrument,
    Limit,
    Reference,
    ReferenceChange,
    Venue,
    VenueSession,
    entity_key,
    fold_reference,
)
from oms.testing.sim_venue import Script
from oms.testing.simulation.clients import Client
from oms.testing.simulation.venue import FaultyVenue
from oms.v1 import commands_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import encode_intake, wire_enum

WHO = Provenance("ann", "", "test", "ann", "")
DATE = 20250106
SECOND_NS = 1_000_000_000
LOT, TICK, MIDDLE = 10, 100, 100_000
INSTRUMENTS = ("ACME", "BOLT")
VENUES = ("XALP", "XBET", "XGAM")
DESKS = ("alpha", "beta")
ACCOUNT_OF = {"alpha": "A1", "beta": "B1"}
RECENT = 12
"""Orders that a desk still thinks of."""

FIRST_LIMITS = {
    LimitKind.ORDER_QTY: 5_000,
    LimitKind.ORDER_NOTIONAL: 10_000_000 * 10**AMOUNT_SCALE,
    LimitKind.PRICE_COLLAR_BPS: 500,
    LimitKind.MARKET_DATA_AGE_NS: 120 * SECOND_NS,
    LimitKind.POSITION_QTY: 20_000,
    LimitKind.OPEN_ORDERS: 30,
}


BEHAVIOURS = (VenueBehaviour.TAKES_MASS_CANCEL,)
"""Of every venue: one that does not take mass cancels is one that refuses each."""


def session_id(venue_id: str, partition: int) -> str:
    return f"{venue_id}-P{partition}"


def partition_of_desk(desk_id: str, partitions: int) -> int:
    return DESKS.index(desk_id) % partitions


def limit(kind: LimitKind, instrument_id: str, value: int) -> Limit:
    name = f"{kind.name}-{instrument_id}"
    return Limit(name, kind, LimitScope.FIRM, "", instrument_id, "USD", Amount(value))


def entities(partitions: int, venue_count: int) -> list[Entity]:
    """The world as it is set up."""
    found: list[Entity] = [Calendar("always", True, ())]
    found += [Instrument(i, i.title(), "USD", 4, 0, TICK, LOT, "always", True) for i in INSTRUMENTS]
    for number, venue_id in enumerate(VENUES[:venue_count]):
        sessions = tuple(VenueSession(p, session_id(venue_id, p)) for p in range(partitions))
        found.append(Venue(venue_id, number, venue_id, 0, 0, 0, INSTRUMENTS, sessions, 30, True, (), BEHAVIOURS))
    for desk_id in DESKS:
        found.append(Desk(desk_id, desk_id.title(), partition_of_desk(desk_id, partitions), True))
        found.append(Account(ACCOUNT_OF[desk_id], desk_id, "USD", (), True))
    found += [limit(kind, i, value) for kind, value in FIRST_LIMITS.items() for i in INSTRUMENTS]
    return found


def halt_triggers(chance: random.Random, venue_count: int) -> list[HaltTrigger]:
    """Triggers that the work of a seed reaches now and then; none in most seeds."""
    if chance.random() >= ARMED:
        return []
    messages = chance.choice((8, 20))
    armed: list[tuple[HaltTriggerKind, HaltScope, str, int, int]] = [
        (HaltTriggerKind.MESSAGE_RATE, HaltScope.DESK, DESKS[0], messages, 10**10),
        (HaltTriggerKind.REJECT_RATIO, HaltScope.FIRM, "", 500_000, 2 * 10**10),
        (HaltTriggerKind.DAY_LOSS, HaltScope.ACCOUNT, ACCOUNT_OF[DESKS[-1]], 10**AMOUNT_SCALE // 100, 0),
        *((HaltTriggerKind.VENUE_LOST, HaltScope.VENUE, venue, 10**10, 0) for venue in VENUES[:venue_count]),
    ]
    return [
        HaltTrigger(
            f"{kind.name}-{scope_id or 'firm'}",
            kind,
            scope,
            scope_id,
            "USD" if kind is HaltTriggerKind.DAY_LOSS else "",
            Amount(threshold),
            window_ns,
            5 if kind is HaltTriggerKind.REJECT_RATIO else 0,
            HaltAction.BLOCK_NEW,
            chance.random() < 0.5,
            chance.choice((0, 10**10)),
            True,
        )
        for kind, scope, scope_id, threshold, window_ns in armed
        if chance.random() < 0.7
    ]


ARMED = 0.3
"""The part of the seeds with triggers of automatic halts."""


def reference_of(partitions: int, venue_count: int) -> Reference:
    """The fold of the world as it is set up."""
    reference = Reference()
    for offset, entity in enumerate(entities(partitions, venue_count)):
        fold_reference(reference, offset, ReferenceChange(entity, -1, 0, "", WHO))
    return reference


SCOPES = (
    (HaltScope.FIRM, ""),
    *((HaltScope.DESK, desk) for desk in DESKS),
    *((HaltScope.ACCOUNT, account) for account in ACCOUNT_OF.values()),
    *((HaltScope.INSTRUMENT, instrument) for instrument in INSTRUMENTS),
    *((HaltScope.VENUE, venue) for venue in VENUES),
)


@dataclass(slots=True)
class Workload:
    """Draws what happens next. `put` appends a record to an intake, and always lands; `ask` gives a request to a client."""

    chance: random.Random
    partitions: int
    venue_ids: tuple[str, ...]
    wall_ns: Callable[[], int]
    put: Callable[[str, int, bytes], int]
    ask: Callable[[Client, Message], None]
    clients: Sequence[Client]
    venues: Sequence[FaultyVenue]
    sent: list[tuple[Client, Any]] = field(default_factory=list)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    halted: dict[tuple[HaltScope, str], None] = field(default_factory=dict)
    triggers: list[HaltTrigger] = field(default_factory=list)
    names: int = 0
    prints: int = 0

    # --- desks

    def _name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def _send(self, client: Client, request: Message) -> None:
        self.sent.append((client, request))
        self.ask(client, request)

    def _head(self, client: Client, prefix: str) -> dict[str, Any]:
        requester = api.Requester(entered_by="ann")
        return {
            "desk_id": client.desk_id,
            "trading_date": DATE,
            "cl_ord_id": self._name(prefix),
            "requester": requester,
        }

    def new(self) -> None:
        pick, client = self.chance.choice, self.chance.choice(self.clients)
        algorithm = pick([Algorithm.BEST_PRICE, Algorithm.BEST_PRICE, Algorithm.DIRECT, Algorithm.TWAP])
        ord_type = pick([OrdType.LIMIT, OrdType.LIMIT, OrdType.LIMIT, OrdType.MARKET])
        resting = (TimeInForce.DAY, TimeInForce.GTC)
        tif = pick(resting if algorithm is Algorithm.TWAP else list(TimeInForce))
        request = api.SubmitRequest(
            **self._head(client, "o"),
            account_id=ACCOUNT_OF[client.desk_id],
            instrument_id=pick(INSTRUMENTS),
            side=wire_enum(pick(list(Side))),
            ord_type=wire_enum(ord_type),
            time_in_force=wire_enum(tif),
            order_qty=LOT * self.chance.randrange(1, 60),
            algorithm=wire_enum(algorithm),
        )
        if ord_type is OrdType.LIMIT:
            request.price = self._price()
        if algorithm is Algorithm.DIRECT:
            request.venue_id = pick(self.venue_ids)
        elif algorithm is Algorithm.TWAP:
            request.twap.CopyFrom(self._twap())
        if self.chance.random() < 0.7:
            request.good_until_ns = self.wall_ns() + pick([SECOND_NS // 10, 3600 * SECOND_NS, 3600 * SECOND_NS])
        self._send(client, request)

    def _price(self) -> int:
        return MIDDLE + TICK * self.chance.randrange(-4, 5)

    def _twap(self) -> commands_pb2.TwapParameters:
        start = self.wall_ns() + self.chance.randrange(-SECOND_NS, SECOND_NS)
        end = start + self.chance.randrange(2, 20) * SECOND_NS
        return commands_pb2.TwapParameters(start_ns=start, end_ns=end, slices=self.chance.randrange(1, 8))

    def _some_order(self, client: Client) -> str:
        known = [
            r.cl_ord_id for c, r in self.sent if c is client and isinstance(r, api.SubmitRequest | api.ReplaceRequest)
        ]
        return self.chance.choice(known[-RECENT:]) if known else "nothing"

    def cancel(self) -> None:
        client = self.chance.choice(self.clients)
        head = self._head(client, "c")
        self._send(client, api.CancelRequest(**head, orig_cl_ord_id=self._some_order(client)))

    def replace(self) -> None:
        client = self.chance.choice(self.clients)
        orig = self._some_order(client)
        request = api.ReplaceRequest(
            **self._head(client, "r"),
            orig_cl_ord_id=orig,
            order_qty=LOT * self.chance.randrange(1, 60),
            good_until_ns=self.wall_ns() + 3600 * SECOND_NS,
        )
        if self.chance.random() < 0.8:
            request.price = self._price()
        self._send(client, request)

    def mass_cancel(self) -> None:
        client = self.chance.choice(self.clients)
        request = api.MassCancelRequest(**self._head(client, "m"))
        if self.chance.random() < 0.4:
            request.instrument_id = self.chance.choice(INSTRUMENTS)
        self._send(client, request)

    def cancel_all(self) -> None:
        """Everything of every desk, as the day ends."""
        for client in self.clients:
            self._send(client, api.MassCancelRequest(**self._head(client, "end")))

    def repeat(self) -> None:
        """The same again, long after its answer; sometimes the same key with other content."""
        if not self.sent:
            return
        client, request = self.chance.choice(self.sent[-3 * RECENT :])
        if isinstance(request, api.SubmitRequest) and self.chance.random() < 0.2:
            changed = api.SubmitRequest()
            changed.CopyFrom(request)
            changed.order_qty += LOT
            request = changed
        self.ask(client, request)

    def nonsense(self) -> None:
        """Requests that the gateway must refuse, or risk."""
        client = self.chance.choice(self.clients)
        head = self._head(client, "x")
        request = api.SubmitRequest(
            **head,
            account_id=self.chance.choice(["A1", "B1", "nobody"]),
            instrument_id=self.chance.choice(["ACME", "nothing"]),
            side=wire_enum(self.chance.choice([0, 1, 2])),
            ord_type=wire_enum(OrdType.LIMIT),
            time_in_force=wire_enum(TimeInForce.DAY),
            order_qty=self.chance.choice([0, 7, 10, 10**9]),
            price=self.chance.choice([MIDDLE, MIDDLE + 1, 2 * MIDDLE]),
            algorithm=wire_enum(Algorithm.BEST_PRICE),
        )
        self._send(client, request)

    # --- control and reference

    def control(self, record: ControlRecord) -> None:
        self.put(topics.CONTROL, 0, encode_intake(topics.CONTROL, record))

    def _scope(self) -> tuple[HaltScope, str]:
        return self.chance.choice(SCOPES)

    def halt(self) -> None:
        scope = self._scope()
        self.halted[scope] = None
        self.control(Halt(*scope, self.chance.random() < 0.5, "simulated", self.wall_ns(), WHO))

    def resume(self) -> None:
        """Lift every halt; now and then where there is none."""
        if self.chance.random() < 0.1:
            self.halted[self._scope()] = None
        for scope in self.halted:
            self.control(Resume(*scope, "simulated", self.wall_ns(), WHO))
        for trigger in self.triggers:
            if self.chance.random() < 0.5:
                self.control(Resume(trigger.scope, trigger.scope_id, "simulated", self.wall_ns(), WHO))
        self.halted.clear()

    def cancel_scope(self) -> None:
        self.control(CancelScope(*self._scope(), "simulated", self.wall_ns(), WHO))

    def set_entity(self, entity: Entity, replaces: int | None = None) -> None:
        key = entity_key(entity)
        known = self.versions.get(key, -1)
        version = known if replaces is None else replaces
        change = ReferenceChange(entity, version, self.wall_ns(), "simulated", WHO)
        offset = self.put(topics.REFERENCE, 0, encode_intake(topics.REFERENCE, change))
        if version == known:
            self.versions[key] = offset

    def set_up(self, found: Sequence[Entity], chance: random.Random) -> None:
        """The world's reference data, and in some seeds triggers of automatic halts."""
        self.triggers = halt_triggers(chance, len(self.venue_ids))
        for entity in (*found, *self.triggers):
            self.set_entity(entity)

    def change_limit(self) -> None:
        """A limit goes up or down; now and then on the grounds of a version long replaced."""
        kind = self.chance.choice([LimitKind.ORDER_QTY, LimitKind.POSITION_QTY, LimitKind.OPEN_ORDERS])
        quarters = self.chance.randrange(1, 9)
        value = FIRST_LIMITS[kind] * quarters // 4
        if kind is LimitKind.POSITION_QTY and quarters == 1:
            value = LOT  # less than what is held already
        stale = 0 if self.chance.random() < 0.2 else None
        self.set_entity(limit(kind, self.chance.choice(INSTRUMENTS), value), stale)

    # --- markets

    def quote(self, venue_id: str = "", instrument_id: str = "") -> None:
        venue_id = venue_id or self.chance.choice(self.venue_ids)
        instrument_id = instrument_id or self.chance.choice(INSTRUMENTS)
        bid = MIDDLE + TICK * self.chance.randrange(-3, 1)
        ask = bid + TICK * self.chance.randrange(1, 3)
        sizes = (LOT * self.chance.randrange(1, 30), LOT * self.chance.randrange(1, 30))
        now = self.wall_ns()
        quotes = (Quote(now, bid, sizes[0], ask, sizes[1]),)
        trades: tuple[Trade, ...] = ()
        if self.chance.random() < 0.2:
            self.prints += 1
            trades = (Trade(now, bid, LOT, f"T{self.prints}", False),)
        self.publish(MarketRecord(venue_id, instrument_id, 0, quotes, trades))

    def publish(self, record: MarketRecord) -> None:
        partition = topics.market_partition(record.instrument_id, self.partitions)
        self.put(topics.MARKET, partition, encode_intake(topics.MARKET, record))
        self.shown(record)

    def shown(self, record: MarketRecord) -> None:
        """Market data was published. Venues with a script have no book that it could move."""

    def _live(self, venue: FaultyVenue) -> str:
        live = [order.cl_ord_ids[0] for order in venue.distinct_orders() if order.leaves]
        return self.chance.choice(live) if live else ""

    def fill(self) -> None:
        for _ in range(3):
            venue = self.chance.choice(self.venues)
            venue.fill(self._live(venue), LOT * self.chance.randrange(1, 30))

    def end(self) -> None:
        venue = self.chance.choice(self.venues)
        venue.end(self._live(venue), self.chance.choice([OrdStatus.CANCELED, OrdStatus.EXPIRED]))

    def script(self) -> None:
        """How a venue takes new orders from now on."""
        self.chance.choice(self.venues).script = self.chance.choice(
            [Script(False), Script(True), Script(True, (LOT,)), Script(True, (LOT, LOT)), Script(True, (10**9,))]
        )
