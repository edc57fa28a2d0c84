"""A small world for risk's tests: one desk that may trade, everything wide open, and a way to change one thing at a time.

Prices have scale 2, quantities scale 0; lot 10, tick 5. The market is 100.00 bid, 100.10 offered, so the reference price is 10005.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

from oms.core.commands import (
    CancelOrder,
    Command,
    MassCancelOrders,
    NewOrder,
    Provenance,
    ReplaceOrder,
    TwapParameters,
)
from oms.core.control import CancelScope, ControlRecord, Halt, Resume, fold_control
from oms.core.enums import (
    Algorithm,
    ExecType,
    HaltScope,
    LimitKind,
    LimitScope,
    Liquidity,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from oms.core.market import MarketRecord, MarketView, Quote
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import (
    Account,
    Calendar,
    Desk,
    Entity,
    Instrument,
    Interval,
    Limit,
    OpeningPosition,
    ReferenceChange,
    Venue,
    entity_key,
    fold_reference,
)
from oms.core.risk import RiskRules, RiskState
from oms.core.risk_events import OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected, RiskEvent
from oms.core.routing_events import ParentChanged, ParentTraded, ReplaceApplied, RoutingEvent
from oms.core.stage import CommandInput, Conditions, ControlInput, Input, RoutingInput

NOW = 1_000_000_000_000
DATE = 20250106
DOLLAR = 10**AMOUNT_SCALE
WHO = Provenance("eve", "desk", "test", "eve", "s1")

IBM = Instrument("IBM", "IBM", "USD", 2, 0, 5, 10, "nyse", True)
BAC = Instrument("BAC", "BAC", "USD", 2, 0, 5, 10, "nyse", True)
DESK = Desk("alpha", "Alpha", 1, True)
OTHER_DESK = Desk("beta", "Beta", 1, True)
ACCOUNT = Account("A1", "alpha", "USD", (), True)
SECOND_ACCOUNT = Account("A2", "alpha", "USD", (), True)
OTHER_ACCOUNT = Account("B1", "beta", "USD", (), True)
CALENDAR = Calendar("nyse", False, (Interval(NOW - 1000, NOW + 1_000_000_000_000, DATE),))
XV = Venue("XV", 1, "XV", 0, 0, 0, ("IBM", "BAC"), (), 10, True)
YV = Venue("YV", 2, "YV", 0, 0, 0, ("IBM",), (), 10, True)
QTY = Limit("qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "IBM", "", Amount(1_000))
NOTIONAL = Limit("notional", LimitKind.ORDER_NOTIONAL, LimitScope.DESK, "alpha", "", "USD", Amount(1_000_000 * DOLLAR))
COLLAR = Limit("collar", LimitKind.PRICE_COLLAR_BPS, LimitScope.FIRM, "", "", "", Amount(100))
AGE = Limit("age", LimitKind.MARKET_DATA_AGE_NS, LimitScope.FIRM, "", "", "", Amount(5_000))
POSITION = Limit("position", LimitKind.POSITION_QTY, LimitScope.ACCOUNT, "A1", "IBM", "", Amount(2_000))
ENTITIES: tuple[Entity, ...] = (
    *(IBM, BAC, DESK, OTHER_DESK, ACCOUNT, SECOND_ACCOUNT, OTHER_ACCOUNT, CALENDAR, XV, YV),
    *(QTY, NOTIONAL, COLLAR, AGE, POSITION),
)

NEW = NewOrder(
    desk_id="alpha",
    trading_date=DATE,
    cl_ord_id="a1",
    account_id="A1",
    instrument_id="IBM",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    time_in_force=TimeInForce.DAY,
    order_qty=100,
    price=10_000,
    algorithm=Algorithm.BEST_PRICE,
    venue_id="",
    twap=None,
    good_until_ns=NOW + 1_000,
    entered_ns=NOW,
    trace_id="t",
    provenance=WHO,
)
MARKET = replace(NEW, ord_type=OrdType.MARKET, price=None)
TWAP = replace(NEW, algorithm=Algorithm.TWAP, twap=TwapParameters(NOW, NOW + 1_000, 10))
CANCEL = CancelOrder("alpha", DATE, "c1", DATE, "a1", NOW, "t", WHO)
REPLACE = ReplaceOrder("alpha", DATE, "r1", DATE, "a1", 200, 10_000, None, NOW + 1_000, NOW, "t", WHO)
MASS_CANCEL = MassCancelOrders("alpha", DATE, "m1", "", "", NOW, "t", WHO)

CONDITIONS = Conditions(NOW, NOW, 0, 1_000, 0, 1_000)
ORDER_ID = "alpha/20250106/a1"


@dataclass(slots=True)
class World:
    """Drives risk as the loop does: fold, decide, evolve. `journal` has every event with its record's offset."""

    state: RiskState = field(default_factory=lambda: RiskRules().initial(1))
    rules: RiskRules = field(default_factory=RiskRules)
    market: MarketView = field(default_factory=MarketView)
    conditions: Conditions = CONDITIONS
    journal: list[tuple[int, RiskEvent]] = field(default_factory=list)
    offset: int = 0

    def load(self, *entities: Entity) -> None:
        reference = self.state.reference
        for entity in entities:
            version = reference.version(*entity_key(entity))
            assert fold_reference(reference, reference.position, ReferenceChange(entity, version, NOW, "", WHO))

    def drop_limits(self, *limit_ids: str) -> None:
        """As if they had never been set: limits cannot be removed by a change, only set anew."""
        for limit_id in limit_ids:
            del self.state.reference.limits[limit_id]
        self.state.reference.position += 1
        self.state.reference.structure = self.state.reference.position

    def quote(self, bid: int, ask: int, time_ns: int = NOW, instrument_id: str = "IBM") -> None:
        record = MarketRecord("XV", instrument_id, 1, (Quote(time_ns, bid, 500, ask, 500),), ())
        self.market.apply(0, self.market.positions.get(0, 0), record)

    def feed(self, stage_input: Input) -> tuple[RiskEvent, ...]:
        events = self.rules.decide(self.state, stage_input, self.conditions, self.market)
        for event in events:
            self.rules.evolve(self.state, event, self.offset)
            self.journal.append((self.offset, event))
        self.offset += bool(events)
        return events

    def ask(self, command: Command) -> RiskEvent | None:
        events = self.feed(CommandInput(0, command))
        assert len(events) <= 1
        return events[0] if events else None

    def route(self, *events: RoutingEvent) -> tuple[RiskEvent, ...]:
        return self.feed(RoutingInput(0, NOW, events))

    def control(self, record: ControlRecord) -> tuple[RiskEvent, ...]:
        offset = self.state.control.position
        fold_control(self.state.control, offset, record)
        return self.feed(ControlInput(offset, record))

    def step(self) -> RiskEvent | None:
        """The next step that is due, taken."""
        due = self.rules.due(self.state, NOW, NOW, self.market)
        return self.feed(due)[0] if due is not None else None


def world(*changes: Entity) -> World:
    """The open world, with some of its entities changed or added."""
    made = World()
    made.load(*ENTITIES)
    made.load(*changes)
    made.quote(10_000, 10_010)
    return made


def reserved_of(state: RiskState) -> dict[tuple[str, str, Side], int]:
    """What open orders reserve, by (account, instrument, side); a zero is left out."""
    found: Counter[tuple[str, str, Side]] = Counter()
    for order in state.open_orders.values():
        found[order.terms.account_id, order.terms.instrument_id, order.terms.side] += order.reserved_qty
    return dict(+found)


def halt(scope: HaltScope, scope_id: str = "", cancel_open: bool = False) -> Halt:
    return Halt(scope, scope_id, cancel_open, "test", NOW, WHO)


def resume(scope: HaltScope, scope_id: str = "") -> Resume:
    return Resume(scope, scope_id, "test", NOW, WHO)


def cancel_scope(scope: HaltScope, scope_id: str = "") -> CancelScope:
    return CancelScope(scope, scope_id, "test", NOW, WHO)


def opening(account: Account, instrument_id: str, qty: int) -> Account:
    return replace(account, opening_positions=(OpeningPosition(instrument_id, qty),))


def fill(
    exec_id: str, qty: int, order_id: str = ORDER_ID, ord_status: OrdStatus = OrdStatus.PARTIALLY_FILLED
) -> ParentTraded:
    """Risk reads the quantity, the price and whether the parent ended; the totals are the router's."""
    return ParentTraded(
        order_id, "a1", f"{order_id}.1", "XV", exec_id, qty, 10_000, Liquidity.REMOVED, 0, 0, Amount(0), ord_status, NOW
    )


def changed(ord_status: OrdStatus, order_id: str = ORDER_ID) -> ParentChanged:
    return ParentChanged(
        order_id, "a1", "", ExecType.CANCELED, ord_status, 100, 10_000, 0, 0, Amount(0), False, None, ""
    )


def settled(applied: bool, order_qty: int, cl_ord_id: str = "r1", order_id: str = ORDER_ID) -> ReplaceApplied:
    return ReplaceApplied(order_id, cl_ord_id, applied, order_qty, 10_000)


def row(event: object, check: int) -> tuple[int, int, int, int]:
    """(threshold, before, after, version of the limit) that a decision has of a check."""
    assert isinstance(event, OrderAccepted | OrderRejected | ReplaceAccepted | ReplaceRejected)
    e = event.evidence
    at = e.checks.index(check)
    return e.thresholds[at], e.before[at], e.after[at], e.limit_versions[at]
