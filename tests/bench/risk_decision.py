"""What a decision of risk costs with the complete catalogue on, its evidence encoded for the journal, beside an order record of 200 bytes.

    python tests/bench/risk_decision.py            a table; the same figures are in `make bench`

200 accounts, 1,000 instruments, every kind of limit covering every order, fresh factors of all, triggers
of automatic halts on losses and messages. A sample is the decision, its record's bytes and
its fold into the state; orders are of accounts and instruments drawn from all. The baseline is one parse and one serialise of an order record
of RECORD_BYTES, taken in turn with the samples. CPU time of this thread, the collector's share included. What grows with open orders is the
median with MANY of them beside that with FEW.
"""

import gc
import random
import time
from dataclasses import dataclass, field, replace

from bench_figures import Figure, median, percentile, show_figures
from rich.console import Console

from oms.core.commands import NewOrder, Provenance
from oms.core.enums import (
    Algorithm,
    CounterpartyKind,
    HaltAction,
    HaltScope,
    LimitKind,
    LimitScope,
    OrdType,
    Side,
    TimeInForce,
)
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.market import MarketRecord, MarketView, Quote
from oms.core.money import Amount
from oms.core.reference import (
    Account,
    Calendar,
    CashBalance,
    Desk,
    Entity,
    Instrument,
    Limit,
    Reference,
    ReferenceChange,
    Venue,
    fold_reference,
)
from oms.core.risk import RiskRules, RiskState
from oms.core.risk.checks import CHECKS
from oms.core.risk.levels import AMOUNTS, QUANTITIES, SCOPES
from oms.core.risk_events import OrderAccepted, RiskEvent
from oms.core.risk_reference import Client, Counterparty, FxRate, HolderFactors, InstrumentFactors
from oms.core.stage import CommandInput, Conditions
from oms.wire import topics
from oms.wire.codec import decode_intake, encode_envelope, encode_intake
from oms.wire.envelope import Envelope, Source

NOW = 1_736_175_600_000_000_000
WHO = Provenance("ann", "client-7", "grpc", "ann", "momentum")
ACCOUNTS, INSTRUMENTS = 200, 1_000
FEW, BETWEEN, MANY = 100, 10_000, 100_000
SAMPLES = 2_000
RECORD_BYTES = 200
SEED = 11
HUGE = 10**30
_COLLARS = {LimitKind.PRICE_COLLAR_BPS, LimitKind.WINDOW_COLLAR_BPS, LimitKind.COLLAR_SIGMAS_MILLI}
CONDITIONS = Conditions(NOW, NOW, 0, 10**10, 0, 10**10)


def entities(accounts: int, instruments: int) -> list[Entity]:
    names = [f"I{n}" for n in range(instruments)]
    found: list[Entity] = [
        Calendar("always", True, ()),
        *(Instrument(name, name, "USD", 2, 0, 1, 1, "always", True) for name in names),
        Counterparty("clear", "clear", CounterpartyKind.CLEARING_MEMBER, 2, True),
        Client("client", "client", True),
        FxRate("USD", 10**9, 0),
        Venue("XV", 0, "XV", 0, 0, 0, tuple(names), (), 10, True, counterparties=("clear",)),
        Desk("alpha", "alpha", 0, True),
        HolderFactors("firm", LimitScope.FIRM, "", "USD", "m", NOW, *[Amount(1)] * 3, 1, *[Amount(10**18)] * 3),
    ]
    cash = (CashBalance("USD", Amount(10**18)),)
    for number in range(accounts):
        found.append(Account(f"A{number}", "alpha", "USD", (), True, "client", cash=cash))
        found.append(_limit(LimitKind.CASH, f"A{number}", LimitScope.ACCOUNT, f"A{number}", HUGE))
    for kind in LimitKind:
        scope = LimitScope.COUNTERPARTY if kind is LimitKind.COUNTERPARTY_EXPOSURE else LimitScope.FIRM
        if kind in QUANTITIES or scope not in SCOPES.get(kind, {scope}):
            continue
        value = 1 if kind is LimitKind.DUPLICATE_TERMS_NS else 500 if kind in _COLLARS else HUGE
        found.append(_limit(kind, kind.name, scope, "clear" if scope is LimitScope.COUNTERPARTY else "", value))
    found += _triggers()
    for name in names:
        found.append(InstrumentFactors(name, "m", NOW, 20_000, 10**6, 10**6, 9_900, 10_100, 0, 1, 1, 1))
        found += [replace(_limit(kind, f"{kind.name}.{name}", value=HUGE), instrument_id=name) for kind in QUANTITIES]
    return found


def _triggers() -> list[Entity]:
    """Of losses and messages, of the firm and its one desk: those that every order and mark moves."""
    kinds = (HaltTriggerKind.DAY_LOSS, HaltTriggerKind.MESSAGE_RATE, HaltTriggerKind.REJECT_RATIO)
    return [
        HaltTrigger(
            f"{kind.name}.{scope.name}",
            kind,
            scope,
            scope_id,
            "USD" if kind is HaltTriggerKind.DAY_LOSS else "",
            Amount(HUGE),
            0 if kind is HaltTriggerKind.DAY_LOSS else 60 * 10**9,
            0,
            HaltAction.BLOCK_NEW,
            True,
            0,
            True,
        )
        for kind in kinds
        for scope, scope_id in ((HaltScope.FIRM, ""), (HaltScope.DESK, "alpha"))
    ]


def _limit(
    kind: LimitKind, limit_id: str, scope: LimitScope = LimitScope.FIRM, scope_id: str = "", value: int = 0
) -> Limit:
    return Limit(limit_id, kind, scope, scope_id, "", "USD" if kind in AMOUNTS else "", Amount(value))


@dataclass(slots=True)
class Floor:
    """A partition of risk with orders open in it."""

    state: RiskState
    market: MarketView
    accounts: int
    instruments: int
    draw: random.Random = field(default_factory=lambda: random.Random(SEED))
    number: int = 0
    rules: RiskRules = field(default_factory=RiskRules)

    @staticmethod
    def of(accounts: int, instruments: int) -> "Floor":
        reference = Reference()
        for offset, entity in enumerate(entities(accounts, instruments)):
            assert fold_reference(reference, offset, ReferenceChange(entity, -1, NOW, "bench", WHO))
        market = MarketView()
        for number in range(instruments):
            quote = Quote(NOW, 10_000, 500, 10_010, 500)
            market.apply(0, number, MarketRecord("XV", f"I{number}", 0, (quote,), ()))
        state = RiskRules().initial(0)
        state.reference = reference
        return Floor(state, market, accounts, instruments)

    def order(self) -> NewOrder:
        self.number += 1
        return NewOrder(
            desk_id="alpha",
            trading_date=20250106,
            cl_ord_id=f"b{self.number}",
            account_id=f"A{self.draw.randrange(self.accounts)}",
            instrument_id=f"I{self.draw.randrange(self.instruments)}",
            side=self.draw.choice((Side.BUY, Side.SELL)),
            ord_type=OrdType.LIMIT,
            time_in_force=TimeInForce.DAY,
            order_qty=self.number,  # no two have the same terms
            price=10_000,
            algorithm=Algorithm.BEST_PRICE,
            venue_id="",
            twap=None,
            good_until_ns=NOW,
            entered_ns=NOW,
            trace_id="0123456789abcdef0123456789abcdef",
            provenance=WHO,
        )

    def decide(self, order: NewOrder) -> tuple[RiskEvent, ...]:
        return self.rules.decide(self.state, CommandInput(self.number, order), CONDITIONS, self.market)

    def fold(self, events: tuple[RiskEvent, ...]) -> None:
        for event in events:
            self.rules.evolve(self.state, event, self.number)

    def fill(self, count: int) -> None:
        while len(self.state.open_orders) < count:
            self.fold(self.decide(self.order()))

    def sample_us(self) -> float:
        """CPU µs of one decision, journaled and folded."""
        order = self.order()
        started = time.thread_time_ns()
        events = self.decide(order)
        encode_envelope(topics.RISK, Envelope(1, 1, (), _SOURCE, NOW, NOW, order.trace_id, 3, b"", b"", events, 3))
        self.fold(events)
        spent = time.thread_time_ns() - started
        accepted = events[0]
        assert isinstance(accepted, OrderAccepted), accepted
        assert len(accepted.evidence.checks) == len(CHECKS), "a check was not asked"
        return spent / 1000


_SOURCE = Source(topics.ORDERS, 0, 1, "", "", 0)


def record() -> bytes:
    """The order record that everything is compared with."""
    order = Floor(RiskRules().initial(0), MarketView(), 1, 1).order()
    short = RECORD_BYTES - len(encode_intake(topics.ORDERS, order))
    value = encode_intake(topics.ORDERS, replace(order, trace_id=order.trace_id + "0" * short))
    assert len(value) == RECORD_BYTES
    return value


def record_us(value: bytes) -> float:
    started = time.thread_time_ns()
    encode_intake(topics.ORDERS, decode_intake(topics.ORDERS, value))
    return (time.thread_time_ns() - started) / 1000


def risk_decision(
    few: int = FEW,
    between: int = BETWEEN,
    many: int = MANY,
    samples: int = SAMPLES,
    accounts: int = ACCOUNTS,
    instruments: int = INSTRUMENTS,
) -> list[Figure]:
    """`risk_decision_p50`, `_p99` beside the record; `risk_decision_growth` beside the median with few orders open."""
    value = record()
    floor = Floor.of(accounts, instruments)
    medians: list[float] = []
    figures: list[Figure] = []
    for count in (few, between, many):
        floor.fill(count)
        gc.collect()
        gc.freeze()
        decisions, records = [], []
        for _ in range(samples):
            decisions.append(floor.sample_us())
            records.append(record_us(value))
        gc.unfreeze()
        medians.append(median(decisions))
        if count == between:
            baseline = median(records)
            figures.append(Figure.of("risk_decision_p50", median(decisions), "us", baseline))
            figures.append(Figure.of("risk_decision_p99", percentile(decisions, 99), "us", baseline))
    return [*figures, Figure.of("risk_decision_growth", medians[-1], "us", medians[0])]


if __name__ == "__main__":
    show_figures(risk_decision(), Console())
