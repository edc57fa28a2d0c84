"""What a turn costs is what moved: counted in looks at orders, not in seconds, so that it is the same on every machine."""

import pytest

from oms.core.enums import OrdType, Side
from oms.core.instructions import Instructions
from oms.core.market import MarketRecord, MarketView, Quote, Trade
from oms.core.routing import triggers
from oms.core.routing.conditions import QUOTES_AFTER_NS
from oms.core.routing.state import RouterState
from oms.testing.routing_world import INSTRUMENT, RouterWorld


class CountedOrders(dict):  # type: ignore[type-arg]
    """The armed orders of a state, with a count of those that were looked at."""

    looks = 0

    def __getitem__(self, key: object) -> object:
        self.looks += 1
        return super().__getitem__(key)

    def values(self) -> object:  # type: ignore[override]
        self.looks += len(self)
        return super().values()


def armed_far_away(count: int) -> tuple[RouterWorld, CountedOrders]:
    world = RouterWorld(venues=("A",))
    world.quote("A", 9_990, 10, 10_000, 10)
    world.trade("A", (9_995, 1))
    for n in range(count):
        i = Instructions(stop_px=20_000 + n)
        world.order(f"s{n}", Side.BUY, 10, None, worst=90_000, kind=OrdType.STOP, instructions=i)
    assert triggers.due(world.state, world.market, world.now_ns) is None
    counted = CountedOrders(world.state.armed)
    world.state.armed = counted
    return world, counted


def looks(count: int) -> int:
    """Looks at orders in a hundred turns, each with a print and a quote that meet nobody."""
    world, counted = armed_far_away(count)
    for n in range(100):
        trade = Trade(world.now_ns, 9_990 + n % 10, 1, f"T{n}", False)
        quote = Quote(world.now_ns, 9_990, 10, 10_000, 10)
        world.market.apply(1, 10_000 + n, MarketRecord("A", INSTRUMENT, 0, (quote,), (trade,)))
        assert triggers.due(world.state, world.market, world.now_ns) is None
    return counted.looks


@pytest.mark.parametrize("count", [10, 200])
def test_a_turn_does_not_cost_what_waits(count: int) -> None:
    assert looks(count) == 0


def test_a_market_that_nobody_waits_for_is_not_looked_at() -> None:
    world, counted = armed_far_away(10)
    for n in range(50):
        world.market.apply(2, n, MarketRecord("A", f"OTHER{n}", 0, (), (Trade(world.now_ns, 1, 1, "T", False),)))
    assert triggers.due(world.state, world.market, world.now_ns + QUOTES_AFTER_NS * 2) is None
    assert counted.looks == 0


def test_without_anything_armed_a_turn_only_notes_how_far_the_market_is() -> None:
    state, market = RouterState(0), MarketView()
    market.apply(0, 0, MarketRecord("A", "X", 0, (), (Trade(0, 1, 1, "T", False),)))
    assert triggers.due(state, market, 0) is None
    assert state.watch.changes_seen == 1 and not state.watch.asked
