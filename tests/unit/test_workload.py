"""The workload's plan: the same for the same seed, every category in it, and nothing before what it names."""

import time
from collections import Counter
from dataclasses import replace
from functools import partial
from types import SimpleNamespace as View

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.cli.client import GatewayClient, GatewayUnavailable
from oms.cli.credentials import Credentials
from oms.core.enums import Algorithm, OrdType, Side, TimeInForce
from oms.core.reference import Instrument
from oms.testing.workload import Runner, improved_price, price_order, sized
from oms.testing.workload_plan import (
    FLOW_VALIDITIES,
    KINDS,
    Change,
    DeskAccounts,
    Fault,
    PlannedAction,
    PlannedCancel,
    PlannedOrder,
    PlannedReplace,
    Pricing,
    plan,
)

ACME = Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True)
BTC = Instrument("BTC-USD", "Bitcoin", "USD", 2, 8, 100, 10_000, "always", True)
FINE = Instrument("FINE", "Every price is on the tick", "USD", 2, 0, 1, 1, "always", True)
DESKS = tuple(DeskAccounts(desk, (f"{desk}-1", f"{desk}-2")) for desk in ("alpha", "beta", "gamma"))
START, MINUTE = 1_736_175_600 * 10**9, 60 * 10**9
END = START + 10 * MINUTE


def a_plan(seed: int = 1, orders: int = 300, instruments: tuple[Instrument, ...] = (ACME, BTC)) -> list[PlannedAction]:
    return plan(seed, DESKS, instruments, START, END, orders)


def orders_of(actions: list[PlannedAction]) -> list[PlannedOrder]:
    return [action for action in actions if isinstance(action, PlannedOrder)]


def test_the_same_seed_is_the_same_plan() -> None:
    assert a_plan(7) == a_plan(7)
    assert a_plan(7) != a_plan(8)


def test_another_tag_is_another_set_of_ids() -> None:
    one = {a.cl_ord_id for a in plan(1, DESKS, (ACME,), START, END, 100, "w1")}
    two = {a.cl_ord_id for a in plan(1, DESKS, (ACME,), START, END, 100, "w2")}
    assert not one & two


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("orders", [len(KINDS), 120, 300])
def test_every_category_is_there(seed: int, orders: int) -> None:
    actions = a_plan(seed, orders)
    kinds = {(o.kind.ord_type, o.kind.time_in_force) for o in orders_of(actions) if o.kind.fault is Fault.NONE}
    limits = {(OrdType.LIMIT, tif) for tif in FLOW_VALIDITIES}
    assert kinds >= limits | {(OrdType.MARKET, TimeInForce.DAY), (OrdType.MARKET, TimeInForce.IOC)}
    assert {o.kind.algorithm for o in orders_of(actions)} == set(Algorithm)
    assert {o.kind.pricing for o in orders_of(actions)} == set(Pricing)
    faults = {o.kind.fault for o in orders_of(actions)} - {Fault.NONE}
    assert len(faults) >= len(Fault) - 2  # a duplicate without an original before it is left out
    if orders >= 120:
        assert {a.change for a in actions if isinstance(a, PlannedReplace)} == set(Change)
        assert any(isinstance(a, PlannedCancel) for a in actions)
        assert len({o.desk_id for o in orders_of(actions)}) == 3


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), orders=st.integers(1, 200), minutes=st.integers(1, 120))
def test_a_plan_is_sound(seed: int, orders: int, minutes: int) -> None:
    end = START + minutes * MINUTE
    actions = plan(seed, DESKS, (ACME, BTC, FINE), START, end, orders)
    lots = {i.instrument_id: i.lot_size for i in (ACME, BTC, FINE)}
    assert len(orders_of(actions)) <= orders
    assert [a.at_tape_ns for a in actions] == sorted(a.at_tape_ns for a in actions)
    sent: dict[int, PlannedOrder] = {}
    ids: Counter[tuple[str, str]] = Counter()
    for action in actions:
        assert START <= action.at_tape_ns < end
        if isinstance(action, PlannedOrder):
            assert action.order_qty > 0
            assert action.order_qty % lots[action.instrument_id] == 0
            if action.kind.fault is Fault.DUPLICATE:
                assert ids[(action.desk_id, action.cl_ord_id)] == 1
                continue
            sent[action.number] = action
        else:
            assert action.target in sent
            assert sent[action.target].desk_id == action.desk_id
        ids[(action.desk_id, action.cl_ord_id)] += 1
    assert max(ids.values(), default=1) == 1


def test_a_large_plan_is_quick_and_keeps_its_proportions() -> None:
    started = time.monotonic()
    orders = orders_of(a_plan(3, 3000))
    assert time.monotonic() - started < 2
    assert 2980 <= len(orders) <= 3000
    assert sum(o.marketable for o in orders) > 1200
    equities = [o.order_qty for o in orders if o.instrument_id == "ACME" and o.kind.fault is Fault.NONE]
    assert sorted(equities)[len(equities) // 2] in range(100, 301)


def quote(venue: str, bid: int, bid_qty: int, ask: int, ask_qty: int) -> View:
    return View(venue_id=venue, quote=View(bid_px=bid, bid_qty=bid_qty, ask_px=ask, ask_qty=ask_qty))


MARKET = View(
    quotes=[
        quote("XALP", 1_000_000, 100, 1_000_300, 200),
        quote("XBET", 1_000_000, 300, 1_000_200, 100),
        quote("XGAM", 0, 0, 1_000_200, 100),
    ]
)


def an_order(side: Side, pricing: Pricing, fault: Fault = Fault.NONE, pick: int = 0) -> PlannedOrder:
    kind = next(k for k in KINDS if k.pricing is pricing and k.fault is fault)
    return PlannedOrder(START, 0, "alpha", "alpha-1", "w-0", "ACME", side, 100, kind, pick, 0, 0)


@pytest.mark.parametrize(
    ("side", "pricing", "price", "venues"),
    [
        (Side.BUY, Pricing.MARKETABLE, 1_000_200 + 1000, {"XGAM"}),
        (Side.SELL, Pricing.MARKETABLE, 1_000_000 - 1000, {"XBET"}),
        (Side.BUY, Pricing.JOIN, 1_000_000, {"XALP", "XBET"}),
        (Side.SELL, Pricing.JOIN, 1_000_200, {"XBET", "XGAM"}),
        (Side.BUY, Pricing.IMPROVE, 1_000_100, {"XALP", "XBET"}),
        (Side.SELL, Pricing.IMPROVE, 1_000_100, {"XBET", "XGAM"}),
    ],
)
def test_prices_come_from_the_market(side: Side, pricing: Pricing, price: int, venues: set[str]) -> None:
    found = {price_order(an_order(side, pricing, pick=pick), ACME, MARKET) for pick in range(4)}
    assert found == {(price, venue) for venue in venues}


def test_mistakes_are_mistakes() -> None:
    off_tick = price_order(an_order(Side.BUY, Pricing.JOIN, Fault.OFF_TICK), ACME, MARKET)
    far_off = price_order(an_order(Side.BUY, Pricing.MARKETABLE, Fault.PRICE_COLLAR), ACME, MARKET)
    assert off_tick is not None and off_tick[0] % ACME.tick_size
    assert far_off is not None and far_off[0] > 1_000_200 * 105 // 100


def test_without_a_side_nothing_is_priced() -> None:
    one_sided = View(quotes=[quote("XALP", 1_000_000, 100, 0, 0)])
    assert price_order(an_order(Side.BUY, Pricing.JOIN), ACME, one_sided) is None


def test_most_marketable_orders_ask_for_what_is_shown() -> None:
    large = replace(an_order(Side.BUY, Pricing.MARKETABLE), order_qty=500)
    small = replace(large, order_qty=137)
    sweeping = replace(large, venue_pick=9)
    direct = replace(
        large, kind=next(k for k in KINDS if k.algorithm is Algorithm.DIRECT and k.pricing is Pricing.MARKETABLE)
    )
    assert sized(large, ACME, MARKET, "XBET") == 200
    assert sized(small, ACME, MARKET, "XBET") == 137
    assert sized(sweeping, ACME, MARKET, "XBET") == 500
    assert sized(direct, ACME, MARKET, "XBET") == 100
    assert sized(replace(large, kind=an_order(Side.BUY, Pricing.JOIN).kind), ACME, MARKET, "XBET") == 500


def test_an_improvement_takes_nothing() -> None:
    tight = View(quotes=[quote("XALP", 1_000_000, 100, 1_000_100, 200)])
    assert improved_price(Side.BUY, 1_000_000, 100, tight) == 1_000_000
    assert improved_price(Side.SELL, 1_000_100, 100, tight) == 1_000_100


def test_that_new_orders_wait_for_the_audit_ends_no_order_flow() -> None:
    """On a machine that is too busy the audit falls behind; what it lacks is shown, and the system goes on."""

    def call(text: str) -> None:
        raise GatewayUnavailable(text)

    with GatewayClient("127.0.0.1:1", Credentials()) as client:
        runner = Runner(client, [], [], patience_s=0.0)
        assert not runner._answered(partial(call, "AUDIT_BEHIND_AT_GATEWAY: new orders wait for the audit"), "o1")
        assert runner.counts["refused at the gateway"] == 1 and "o1" in runner.refused[0]
        with pytest.raises(GatewayUnavailable):
            runner._answered(partial(call, "not reached"), "o2")
