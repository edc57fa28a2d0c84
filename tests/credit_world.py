"""Several partitions of risk and the grantor of their credit, each over a journal: all that is written is read when the test says so.

Each desk `d0`, `d1`, … is alone in the partition of its number, with an account of its name. An order of 10 at 100.00 is worth 1,000 dollars.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from risk_world import CALENDAR, CONDITIONS, DOLLAR, IBM, NEW, NOW, WHO, XV, YV, changed

from oms.core.commands import NewOrder
from oms.core.credit.grantor import GrantedLimit
from oms.core.credit.holder import Credit
from oms.core.credit.spans import credit_id_of
from oms.core.credit.stage import CreditRules, CreditState
from oms.core.enums import LimitKind, LimitScope, OrdStatus, TimerKind
from oms.core.market import MarketRecord, MarketView, Quote
from oms.core.money import Amount
from oms.core.reference import Account, Desk, Entity, Limit, Reference, ReferenceChange, entity_key, fold_reference
from oms.core.risk import RiskRules, RiskState
from oms.core.risk.spanning import in_use
from oms.core.risk_events import OrderAccepted, OrderRejected, RiskEvent
from oms.core.routing_events import RoutingEvent
from oms.core.stage import CommandInput, CreditInput, Input, RiskInput, RoutingInput

LOT_VALUE = 1_000 * DOLLAR
LIMIT = Limit("firm.credit.USD", LimitKind.CREDIT, LimitScope.FIRM, "", "", "USD", Amount(100 * LOT_VALUE))
CREDIT_ID = credit_id_of(LIMIT)
FOR_ALL: tuple[Entity, ...] = (
    *(IBM, CALENDAR, XV, YV),
    Limit("qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "IBM", "", Amount(10**9)),
    Limit("notional", LimitKind.ORDER_NOTIONAL, LimitScope.FIRM, "", "", "USD", Amount(10**9 * DOLLAR)),
    Limit("collar", LimitKind.PRICE_COLLAR_BPS, LimitScope.FIRM, "", "", "", Amount(100)),
    Limit("age", LimitKind.MARKET_DATA_AGE_NS, LimitScope.FIRM, "", "", "", Amount(5_000)),
)


@dataclass
class Stage:
    """A stage over its journal: `records` has what it wrote, `read` how far it has read others'."""

    rules: Any
    state: Any
    records: list[tuple[Any, ...]] = field(default_factory=list)
    read: dict[int, int] = field(default_factory=dict)

    def feed(self, stage_input: Input, market: MarketView, wall_ns: int = NOW, tape_ns: int = NOW) -> tuple[Any, ...]:
        conditions = replace(CONDITIONS, wall_ns=wall_ns, tape_ns=tape_ns)
        events: tuple[Any, ...] = self.rules.decide(self.state, stage_input, conditions, market)
        for event in events:
            self.rules.evolve(self.state, event, len(self.records))
        if events:
            self.records.append(events)
        return events

    def timers(self, market: MarketView, wall_ns: int = NOW, tape_ns: int = NOW) -> bool:
        fired = False
        while (due := self.rules.due(self.state, tape_ns, wall_ns, market)) is not None:
            events = self.feed(due, market, wall_ns, tape_ns)
            assert events or due.kind is TimerKind.TRIGGER, f"{due} left no record"
            fired |= bool(events)
        return fired

    def folded(self) -> Any:
        """The state made anew from what was written."""
        again = self.rules.initial(self.state.partition)
        again.reference = self.state.reference
        for offset, events in enumerate(self.records):
            for event in events:
                self.rules.evolve(again, event, offset)
        return again


class Firm:
    """`partitions` of risk with a desk each, and one grantor. `desks`: partition of each desk."""

    def __init__(self, *limits: Limit, desks: Iterable[int] = (0, 1, 2), partitions: int = 3) -> None:
        self.market = MarketView()
        self.wall_ns = self.tape_ns = NOW
        quote = Quote(NOW, 10_000, 500, 10_010, 500)
        self.market.apply(0, 0, MarketRecord("XV", "IBM", 1, (quote,), ()))
        self.risk = [Stage(RiskRules(), RiskRules().initial(p)) for p in range(partitions)]
        self.grantor = Stage(CreditRules(), CreditRules().initial(0))
        self.orders = 0
        self.load(*FOR_ALL)
        for number, partition in enumerate(desks):
            self.add_desk(number, partition)
        self.load(*limits)

    def add_desk(self, number: int, partition: int, client_id: str = "") -> None:
        name = f"d{number}"
        position = Limit(f"position {name}", LimitKind.POSITION_QTY, LimitScope.DESK, name, "IBM", "", Amount(10**9))
        self.load(
            Desk(name, name, partition, True), Account(name, name, "USD", (), True, client_id=client_id), position
        )

    def load(self, *entities: Entity, into: Iterable[Stage] | None = None) -> None:
        for stage in into if into is not None else (*self.risk, self.grantor):
            for entity in entities:
                reference: Reference = stage.state.reference
                version = reference.version(*entity_key(entity))
                assert fold_reference(reference, reference.position, ReferenceChange(entity, version, NOW, "", WHO))

    # what happens

    def grantor_turn(self) -> bool:
        moved = self.grantor.timers(self.market, self.wall_ns)
        for p, stage in enumerate(self.risk):
            for events in stage.records[self.grantor.read.get(p, 0) :]:
                self.grantor.read[p] = self.grantor.read.get(p, 0) + 1
                moved |= bool(self.grantor.feed(RiskInput(0, NOW, events), self.market, self.wall_ns))
        return moved

    def risk_turn(self, partition: int) -> bool:
        stage = self.risk[partition]
        moved = stage.timers(self.market, self.wall_ns, self.tape_ns)
        for events in self.grantor.records[stage.read.get(0, 0) :]:
            stage.read[0] = stage.read.get(0, 0) + 1
            moved |= bool(stage.feed(CreditInput(0, NOW, events), self.market, self.wall_ns))
        return moved

    def settle(self) -> int:
        """Everything is read until nothing moves; how many rounds it took."""
        for rounds in range(200):
            if not any([self.grantor_turn(), *(self.risk_turn(p) for p in range(len(self.risk)))]):
                return rounds
        raise AssertionError("grantor and holders talk for ever")

    def order(self, desk: int, lots: int = 1, partition: int | None = None, **changes: Any) -> tuple[RiskEvent, ...]:
        self.orders += 1
        name = f"d{desk}"
        terms = {"desk_id": name, "account_id": name, "good_until_ns": self.wall_ns + 1_000, **changes}
        order: NewOrder = replace(NEW, cl_ord_id=f"o{self.orders}", order_qty=10 * lots, **terms)
        return self.risk[desk if partition is None else partition].feed(
            CommandInput(0, order), self.market, self.wall_ns
        )

    def end(self, partition: int, order_id: str) -> None:
        self.route(partition, changed(OrdStatus.CANCELED, order_id))

    def route(self, partition: int, event: RoutingEvent) -> tuple[RiskEvent, ...]:
        return self.risk[partition].feed(RoutingInput(0, NOW, (event,)), self.market)

    def end_all(self, partition: int) -> None:
        for order_id in list(self.risk[partition].state.open_orders):
            self.end(partition, order_id)

    # what is so

    def state(self, partition: int) -> RiskState:
        state: RiskState = self.risk[partition].state
        return state

    def held(self, partition: int, credit_id: str = CREDIT_ID) -> int:
        return self.state(partition).credits.get(credit_id, Credit()).held

    def used(self, partition: int, limit: Limit = LIMIT) -> int:
        used = in_use(self.state(partition), limit, NOW)
        assert used is not None
        return used

    def granting(self, credit_id: str = CREDIT_ID) -> GrantedLimit:
        state: CreditState = self.grantor.state
        return state.granting.limits[credit_id]


def accepted(events: tuple[RiskEvent, ...]) -> bool:
    (decision,) = [e for e in events if isinstance(e, OrderAccepted | OrderRejected)]
    return isinstance(decision, OrderAccepted)
