"""Best execution as compliance asks for it: the real order path in memory, audited for real, judged by the SQL of `oms.trade_throughs`.

Two desks in two partitions trade one instrument at five venues with different fees, while quotes, halts, permissions and mandates change
(`Market`, one seed each). The real router walks past nothing; one that does not see a venue is found out.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from oms.core.commands import NewOrder, Provenance, ReplaceOrder, TwapParameters
from oms.core.control import ControlHeartbeat, Halt, Resume
from oms.core.enums import Algorithm, HaltScope, LimitKind, LimitScope, OrdType, Side, TimeInForce
from oms.core.market import InstrumentMarket, MarketMoment, MarketView
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, ReferenceChange, Venue, VenueSession
from oms.core.routing import RouterRules, RouterState
from oms.core.routing_events import RoutingEvent
from oms.core.stage import Conditions, Input
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics

pytestmark = pytest.mark.integration

WHO = Provenance("ann", "", "test", "ann", "")
NOW = 1_736_175_600_000_000_000
DATE = 20250106
SECOND_NS = 1_000_000_000
LOT = 10
STEPS = 500
FEES_PPM = {"XALP": 0, "XBET": 1_500, "XGAM": -1_000, "XHAL": 300, "XSHY": -500}
HIDDEN = "XGAM"
"""A venue with a rebate: often the best, and a gross trade-through where it is taken before a better quote."""


def limit(kind: LimitKind, value: int) -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", "ACME", "USD", Amount(value))


def venue_entity(venue_id: str, enabled: bool = True) -> Venue:
    sessions = tuple(VenueSession(p, f"{venue_id}-P{p}") for p in (0, 1))
    number = list(FEES_PPM).index(venue_id)
    return Venue(venue_id, number, venue_id, FEES_PPM[venue_id], 0, 0, ("ACME",), sessions, 10, enabled)


WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, LOT, "always", True),
    *(venue_entity(v) for v in FEES_PPM if v != "XSHY"),
    *(Desk(desk, desk, p, True) for p, desk in enumerate(("alpha", "beta"))),
    *(Account(f"{desk}-1", desk, "USD", (), True) for desk in ("alpha", "beta")),
    limit(LimitKind.ORDER_QTY, 5_000),
    limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    limit(LimitKind.PRICE_COLLAR_BPS, 500),
    limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    limit(LimitKind.POSITION_QTY, 1_000_000),
    limit(LimitKind.OPEN_ORDERS, 1_000),
)


class Blinkers(MarketMoment):
    """The market without one of its venues."""

    def instrument(self, instrument_id: str) -> InstrumentMarket | None:
        seen = super().instrument(instrument_id)
        return seen and replace(seen, quotes=tuple(q for q in seen.quotes if q.venue_id != HIDDEN))


class BlinkeredRules(RouterRules):
    """The planted bug."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        return super().decide(state, stage_input, conditions, Blinkers(market))


class Market:
    """A seed's day. `XSHY` is disabled but for short whiles, and `XHAL` halted now and then: both often show the best price."""

    def __init__(self, seed: int, router: Callable[[], Any] = RouterRules) -> None:
        self.random = random.Random(seed)
        self.venues = {p: [SimVenue(f"{v}-P{p}", Script(True, (10**9,))) for v in FEES_PPM] for p in (0, 1)}
        rules = {topics.ROUTING: router}
        beta = Pipeline(self.venues[1], NOW, 1, rules)
        self.paths = {"beta": beta, "alpha": Pipeline(self.venues[0], NOW, 0, rules, beside=beta)}
        self.log, self.clock = beta.log, beta.clock
        beta.entities(WORLD, WHO)
        self.shy_version = beta.reference(ReferenceChange(venue_entity("XSHY", False), -1, NOW, "", WHO))
        self.shy = self.halted = False
        self.sent: list[NewOrder] = []
        self.names = 0
        for venue_id in FEES_PPM:
            self.quote(venue_id)
        self.turns(20)

    def play(self) -> None:
        work = (
            [self.new] * 10 + [self.quote] * 8 + [self.amend] * 4 + [self.halt, self.shyness, self.refusals, self.fills]
        )
        for action in self.random.choices(work, k=STEPS):
            action()
            self.turns(self.random.randrange(5))
        self.turns(300)

    def turns(self, count: int) -> None:
        self.paths["beta"].control(ControlHeartbeat("test", self.clock.wall_ns))
        for _ in range(count):
            for path in self.paths.values():  # both desks within the same millisecond
                for loop in path.loops.values():
                    loop.turn(0.0)
            self.paths["beta"].pass_time(self.random.choice([200_000, 20_000_000]))

    def quote(self, venue_id: str = "") -> None:
        ask = 100_000 + 100 * self.random.randrange(5)
        bid = ask - 100 * self.random.randrange(1, 4)
        sizes = [self.random.choice([0, 4, 25, 60, 100, 255, 400]) for _ in range(2)]
        chosen = venue_id or self.random.choice(list(FEES_PPM))
        self.paths["beta"].quote(chosen, "ACME", (bid, sizes[0]), (ask, sizes[1]))

    def new(self) -> None:
        pick, now = self.random.choice, self.clock.wall_ns
        best, direct, twap = Algorithm.BEST_PRICE, Algorithm.DIRECT, Algorithm.TWAP
        algorithm = pick([best] * 6 + [direct] * 3 + [twap])
        desk, ord_type = pick(list(self.paths)), pick([OrdType.LIMIT, OrdType.LIMIT, OrdType.MARKET])
        tif = TimeInForce.DAY if algorithm is twap else pick([TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK])
        price = None if ord_type is OrdType.MARKET else 100_000 + 100 * self.random.randrange(-3, 8)
        slices = TwapParameters(now, now + 3 * SECOND_NS, 6) if algorithm is twap else None
        venue_id = pick([v for v in FEES_PPM if v != "XSHY"]) if algorithm is direct else ""
        self.names += 1
        order = NewOrder(
            desk, DATE, f"o{self.names}", f"{desk}-1", "ACME", pick(list(Side)), ord_type, tif, LOT * self.random.randrange(1, 40),
            price, algorithm, venue_id, slices, now + 10**15, now, "", WHO,
        )  # fmt: skip
        self.sent.append(order)
        self.paths[desk].command(order)

    def amend(self) -> None:
        """Another price and quantity, and with them another mandate."""
        of = [o for o in self.sent[-8:] if o.price is not None and o.time_in_force is TimeInForce.DAY]
        if not of:
            return
        order, now = self.random.choice(of), self.clock.wall_ns
        self.names += 1
        qty, price = LOT * self.random.randrange(1, 60), 100_000 + 100 * self.random.randrange(-3, 8)
        self.paths[order.desk_id].command(
            ReplaceOrder(
                order.desk_id, DATE, f"r{self.names}", DATE, order.cl_ord_id, qty, price, None, now + 10**15, now, "", WHO
            )
        )  # fmt: skip

    def halt(self) -> None:
        self.halted = not self.halted
        now = self.clock.wall_ns
        self.paths["beta"].control(
            Halt(HaltScope.VENUE, "XHAL", False, "test", now, WHO)
            if self.halted
            else Resume(HaltScope.VENUE, "XHAL", "test", now, WHO)
        )

    def shyness(self) -> None:
        self.shy = not self.shy
        change = ReferenceChange(venue_entity("XSHY", self.shy), self.shy_version, self.clock.wall_ns, "", WHO)
        self.shy_version = self.paths["beta"].reference(change)

    def refusals(self) -> None:
        for venue in self.random.sample(self.venues[0] + self.venues[1], 2):
            venue.script = Script(self.random.random() < 0.8, (10**9,))

    def fills(self) -> None:
        for venue in self.venues[0] + self.venues[1]:
            if venue.script.accept:
                venue.script = Script(True, self.random.choice([(10**9,), (LOT,), ()]))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine.start(tmp_path_factory.mktemp("throughs"))
    migrate(ClickHouse(ClickHouseSettings(running.url("oms_admin"))))
    yield running
    running.stop()


@pytest.fixture
def ask(engine: Engine) -> Iterator[Callable[[Market, str], list[tuple[Any, ...]]]]:
    """The rows of a question about a day, which is audited when it is first asked about."""
    admin, writer, compliance = (
        ClickHouse(ClickHouseSettings(engine.url(user))) for user in ("oms_admin", "oms_writer", "compliance")
    )
    audited: list[Market] = []
    for table in ("records", "quotes", "trades"):
        admin.command(f"TRUNCATE TABLE oms.{table}")

    def of(market: Market, sql: str) -> list[tuple[Any, ...]]:
        if market not in audited:
            assert not audited, "one day per test"
            partitions = audited_partitions(2)
            settings = AuditSettings("a", 0.0, 0.0)
            auditor = Auditor(market.log, ClickHouseAuditStore(writer), partitions, settings, lambda: NOW)
            auditor.recover()
            while auditor.prefixes() != market.log.ends(partitions):
                auditor.step()
            audited.append(market)
        return compliance.query(sql)

    yield of
    for client in (admin, writer, compliance):
        client.close()


Ask = Callable[[Market, str], list[tuple[Any, ...]]]

COUNTS = """
SELECT countIf(net_better AND untaken_after_own_qty > 0), countIf(gross_better AND NOT net_better AND untaken_after_own_qty > 0),
       countIf(net_better AND own_earlier_qty > 0), countIf(net_better AND own_earlier_qty = 0)
FROM oms.trade_throughs
"""

SEEN = """
SELECT countIf(taken_qty > 0 AND NOT directed), countIf(taken_qty > 0 AND directed), countIf(NOT usable), countIf(displayed_qty % lot_size > 0)
FROM oms.decision_quotes
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_router_walks_past_nothing(ask: Ask, seed: int) -> None:
    market = Market(seed)
    market.play()
    net, gross_only, after_own, less_than_a_lot = ask(market, COUNTS)[0]
    detail = "SELECT * FROM oms.trade_throughs WHERE net_better AND untaken_after_own_qty > 0"
    assert net == 0, ask(market, detail)
    assert gross_only > 0, "fees decided somewhere, or the test shows little"
    assert after_own > 0, "a quote that our own orders had taken was left out somewhere"
    print(f"{gross_only} gross only, {after_own} taken by our own orders before, {less_than_a_lot} less than a lot")
    seen = ask(market, SEEN)[0]
    assert min(seen) > 10, seen


@pytest.mark.parametrize("seed", [1, 2])
def test_a_router_that_does_not_see_a_venue_is_found_out(ask: Ask, seed: int) -> None:
    market = Market(seed, BlinkeredRules)
    market.play()
    assert ask(market, COUNTS)[0][0] > 5
    sql = "SELECT DISTINCT venue_id FROM oms.trade_throughs WHERE net_better AND untaken_after_own_qty > 0"
    assert ask(market, sql) == [(HIDDEN,)]
