"""Risk factors are published for what limits ask for, once a bar, by who owns; and a replay of the same market gives the same ones."""

import random
import time

from oms.core.enums import LimitKind, LimitScope
from oms.core.market import MarketRecord, Trade
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import (
    Account,
    Calendar,
    Desk,
    Entity,
    Instrument,
    Limit,
    OpeningPosition,
    ReferenceChange,
    fold_reference,
)
from oms.core.risk.state import RiskState
from oms.core.risk_reference import FactorPosition, HolderFactors, InstrumentFactors
from oms.models.bars import MINUTE_NS
from oms.models.publication import MODEL_PROVENANCE, changes
from oms.runtime.factor_publisher import FactorOwner, FactorPublisher, book_of
from oms.runtime.log import TopicPartition
from oms.testing.sim_log import SimLog
from oms.wire import topics
from oms.wire.codec import decode_intake, encode_intake

START_NS = 1_700_000_040_000_000_000 // MINUTE_NS * MINUTE_NS
REFERENCE = TopicPartition(topics.REFERENCE, 0)
PATIENCE_S = 20.0
DOLLAR = 10**AMOUNT_SCALE

WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 2, 0, 1, 1, "always", True),
    Desk("alpha", "Alpha", 0, True),
    Desk("beta", "Beta", 1, True),
    Account("A1", "alpha", "USD", (OpeningPosition("ACME", 500),), True),
    Account("B1", "beta", "USD", (OpeningPosition("ACME", -200),), True),
)
VAR = Limit("v", LimitKind.VALUE_AT_RISK, LimitScope.DESK, "alpha", "", "USD", Amount(DOLLAR))
FIRM_VAR = Limit("w", LimitKind.VALUE_AT_RISK, LimitScope.FIRM, "", "", "USD", Amount(DOLLAR))
QTY = Limit("q", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "ACME", "", Amount(5))


class Clock:
    """Wall time that a test moves."""

    def __init__(self) -> None:
        self.wall_ns = START_NS

    def now_ns(self) -> int:
        return self.wall_ns


class World:
    def __init__(self, *limits: Limit, partitions: int = 2) -> None:
        self.log = SimLog({topics.MARKET: partitions, topics.REFERENCE: 1}, now_ms=START_NS // 10**6)
        self.clock, self.partitions = Clock(), partitions
        self.states = [RiskState(p) for p in range(partitions)]
        self.owned = set(range(partitions))
        self.folded = 0
        appender = self.log.appender(REFERENCE)
        for entity in (*WORLD, *limits):
            change = ReferenceChange(entity, -1, 0, "test", MODEL_PROVENANCE)
            appender.append(b"", encode_intake(topics.REFERENCE, change))
        self.fold()
        self.publisher = FactorPublisher(self.log, partitions, self.owners, self.clock)

    def owners(self) -> list[FactorOwner]:
        return [FactorOwner(p, state if p in self.owned else None) for p, state in enumerate(self.states)]

    def fold(self) -> list[Entity]:
        """What is new in `oms.reference`, as it applied."""
        fresh, records = [], self.log.partitions[REFERENCE].records[self.folded :]
        for record in records:
            change = decode_intake(topics.REFERENCE, record.value)
            applied = [fold_reference(state.reference, record.offset, change) for state in self.states]
            if all(applied):
                fresh.append(change.entity)
        self.folded += len(records)
        return fresh

    def trades(self, count: int, first: int = 0) -> None:
        """A print every 20 seconds of tape."""
        rng = random.Random(first)
        partition = TopicPartition(topics.MARKET, topics.market_partition("ACME", self.partitions))
        appender = self.log.appender(partition)
        for n in range(first, first + count):
            trade = Trade(START_NS + n * 20 * 10**9, 10_000 + rng.randrange(-20, 20), 10, str(n), False)
            appender.append(b"", encode_intake(topics.MARKET, MarketRecord("X", "ACME", 1, (), (trade,))))

    def run(self) -> list[Entity]:
        """Let the publisher read all there is."""
        self.publisher.turn()
        follower = self.publisher._follower
        if follower is None:
            return []
        assert follower.caught_up.wait(PATIENCE_S)
        deadline = time.monotonic() + PATIENCE_S
        ends = self.log.ends([TopicPartition(topics.MARKET, p) for p in range(self.partitions)])
        while any(follower.positions[tp] < end for tp, end in ends.items()) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.05)  # the last record is being worked on
        self.publisher.turn()
        return self.fold()

    def close(self) -> None:
        self.publisher.close()


def factors_at(world: World, more: int) -> list[Entity]:
    """Enough bars before it starts, then some prints and a second of wall time."""
    world.trades(400)
    world.run()
    world.clock.wall_ns += 2 * 10**9
    world.trades(more, 400)
    return world.run()


def test_nothing_is_read_or_written_while_no_limit_asks() -> None:
    world = World(QTY)
    assert factors_at(world, 10) == [] and world.publisher.appended == 0
    world.close()


def test_a_limit_on_value_at_risk_brings_factors_of_its_instruments_and_holder() -> None:
    world = World(VAR)
    found = factors_at(world, 4)
    world.close()
    instruments = [e for e in found if isinstance(e, InstrumentFactors)]
    holders = [e for e in found if isinstance(e, HolderFactors)]
    assert [f.instrument_id for f in instruments] == ["ACME"] and instruments[0].var_ppm > 0
    assert [(h.factors_id, h.currency) for h in holders] == [("desk.alpha", "USD")]
    assert holders[0].positions == (FactorPosition("ACME", 500),) and holders[0].es >= holders[0].var // 2 > 0
    assert world.states[0].reference.instrument_factors["ACME"] == instruments[0]


def test_a_second_set_replaces_the_first_and_comes_no_sooner_than_a_bar_and_a_second() -> None:
    world = World(VAR)
    assert len(factors_at(world, 4)) == 2
    world.trades(4, 404)
    assert world.run() == []  # a bar is over, the second is not
    world.clock.wall_ns += 2 * 10**9
    world.trades(1, 408)
    world.trades(3, 409)
    again = world.run()
    world.close()
    assert len(again) == 2 and again[0].as_of_ns > START_NS + 400 * 20 * 10**9  # type: ignore[union-attr]
    assert world.publisher.appended == 4


def test_who_does_not_own_publishes_nothing_and_a_firm_needs_all_its_partitions() -> None:
    world = World(VAR, FIRM_VAR)
    owner = topics.market_partition("ACME", 2)
    world.owned = set()
    world.trades(400)
    world.run()
    world.owned = {owner}
    found = factors_at_more(world)
    scopes = {e.scope for e in found if isinstance(e, HolderFactors)}
    assert found and LimitScope.FIRM not in scopes
    world.owned = {0, 1}
    world.clock.wall_ns += 2 * 10**9
    world.trades(4, 500)
    later = world.run()
    world.close()
    firm = next(e for e in later if isinstance(e, HolderFactors) and e.scope is LimitScope.FIRM)
    assert firm.positions == (FactorPosition("ACME", 300),)


def factors_at_more(world: World) -> list[Entity]:
    world.publisher.turn()
    world.run()
    world.clock.wall_ns += 2 * 10**9
    world.trades(8, 400)
    return world.run()


def test_the_same_market_gives_the_same_factors() -> None:
    """INV-447."""
    found = []
    for _ in range(2):
        world = World(VAR)
        found.append(factors_at(world, 4))
        world.close()
    assert found[0] == found[1] and len(found[0]) == 2


def test_a_publisher_that_is_too_late_changes_nothing() -> None:
    """INV-447. Two processes computed the same: the second names a version that is replaced."""
    world = World(VAR)
    factors_at(world, 4)
    world.close()
    state = world.states[0]
    stale = ReferenceChange(state.reference.instrument_factors["ACME"], -1, 0, "late", MODEL_PROVENANCE)
    before = state.reference.version("instrument_factors", "ACME")
    assert not fold_reference(state.reference, 10_000, stale)
    assert state.reference.version("instrument_factors", "ACME") == before
    assert changes(state.reference, {}, [book_of(state)], 2, START_NS, 0, ()) == []
