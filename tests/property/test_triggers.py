"""INV-300 to INV-306: orders that wait for the market, over random markets, orders, answers of venues, halts and restarts.

The judge has its own memory of the market and of what each order asked; it takes nothing from the router but its events. `RouterWorld`
checks the mandate, halts, terminal states and the index after every input. A restart in the middle goes on from the folded journal alone.
"""

import os
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.canonical import state_hash
from oms.core.enums import (
    Algorithm,
    ExecInst,
    ExecType,
    HaltScope,
    IntentKind,
    OrdStatus,
    OrdType,
    PegPriceType,
    Side,
    TimeInForce,
    TriggerKind,
    VenueFeature,
)
from oms.core.instructions import STOPS, Instructions, Peg
from oms.core.market import MarketRecord, MarketView, Trade
from oms.core.routing.conditions import QUOTES_AFTER_NS
from oms.core.routing.state import Child
from oms.core.routing.triggers import due
from oms.core.routing_events import ChildNew, ChildReplace, RoutingEvent
from oms.core.trigger_events import StopMoved, TriggerArmed, Triggered
from oms.testing.routing_world import INSTRUMENT, RouterWorld

LOT = 10
AON, POST_ONLY = ExecInst.ALL_OR_NONE, ExecInst.PARTICIPATE_DONT_INITIATE


@dataclass
class Judge:
    """What the market was and what each order asked, beside the router."""

    world: RouterWorld
    prints: list[tuple[str, int, int]] = field(default_factory=list)
    """(venue, price, tape time)"""
    bests: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    stops: dict[str, int] = field(default_factory=dict)
    armed_at: dict[str, int] = field(default_factory=dict)
    """By order: prints known when it was armed, or its stop moved."""
    triggered: set[str] = field(default_factory=set)

    def check(self, events: tuple[RoutingEvent, ...]) -> None:
        for event in events:
            if isinstance(event, TriggerArmed) and event.kind in (TriggerKind.STOP, TriggerKind.TRAILING_STOP):
                self.stops[event.order_id] = event.price
                self.armed_at[event.order_id] = len(self.prints)
            elif isinstance(event, StopMoved):
                sign = self.world.state.parents[event.order_id].side.sign
                assert event.previous_px == self.stops[event.order_id]
                assert sign * (event.stop_px - event.previous_px) < 0, "a trailing stop never moves back"
                self.stops[event.order_id] = event.stop_px
            elif isinstance(event, Triggered) and event.kind in (TriggerKind.STOP, TriggerKind.TRAILING_STOP):
                self.condition_was_met(event)
                self.triggered.add(event.order_id)
            elif isinstance(event, ChildNew):
                self.child_is_allowed(event)
            if isinstance(event, ChildNew | ChildReplace):
                parent = self.world.state.parents[event.order_id]
                terms = (
                    parent.pending_terms if isinstance(event, ChildReplace) and parent.pending_terms else parent.terms
                )
                beyond = parent.side.sign * ((event.price or 0) - terms.worst_price)
                assert event.price is not None and beyond <= 0, "beyond its limit"
        self.slices_show_no_more()

    def condition_was_met(self, event: Triggered) -> None:
        parent = self.world.state.parents[event.order_id]
        sign, stop, where = parent.side.sign, self.stops[event.order_id], parent.opened.venue_id
        mine = [(px, at) for venue, px, at in self.prints if where in ("", venue)]
        since = [px for venue, px, _ in self.prints[self.armed_at[event.order_id] :] if where in ("", venue)]
        counted = since + [px for px, _ in mine[-1:]]
        if any(sign * (px - stop) >= 0 for px in counted):
            return
        assert not mine or self.world.now_ns - mine[-1][1] > QUOTES_AFTER_NS, "no print met it, and prints are there"
        others = [
            (q[2] if sign > 0 else q[0])
            for venue, q in self.bests.items()
            if where in ("", venue) and (q[3] if sign > 0 else q[1]) > 0
        ]
        assert any(sign * (px - stop) >= 0 for px in others), "nothing in the market met it"

    def child_is_allowed(self, child: ChildNew) -> None:
        parent = self.world.state.parents[child.order_id]
        i, o = parent.terms.instructions, parent.opened
        features = self.world.state.reference.venues[child.venue_id].features
        native = o.algorithm is Algorithm.DIRECT and child.ord_type in STOPS
        if o.ord_type in STOPS and not native:
            assert child.order_id in self.triggered, "a child before the stop was met"
        waits = child.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK)
        if AON in i.exec_inst and VenueFeature.ALL_OR_NONE not in features:
            assert child.time_in_force is TimeInForce.FOK, "all-or-none could be filled in parts"
        if i.min_qty and VenueFeature.MIN_QTY not in features and parent.cum_qty == 0:
            assert child.time_in_force is TimeInForce.FOK and child.order_qty >= min(i.min_qty, parent.terms.order_qty)
        if i.display_qty == 0 and VenueFeature.HIDDEN not in features:
            assert not waits, "a hidden order would be displayed"
        if POST_ONLY in i.exec_inst:
            assert waits and VenueFeature.POST_ONLY in features

    def slices_show_no_more(self) -> None:
        for parent in self.world.state.parents.values():
            shown = parent.terms.instructions.display_qty
            if not shown or parent.opened.ord_type is OrdType.MARKET:
                continue
            open_there = [self.world.state.children[c] for c in parent.open_children]
            slices = [
                c.leaves_qty
                for c in open_there
                if c.rests and VenueFeature.ICEBERG not in self.world.state.reference.venues[c.venue_id].features
            ]
            pending = parent.pending_terms.instructions.display_qty or 0 if parent.pending_terms else 0
            assert sum(slices) <= max(shown, pending), "the slices together show more than the order may"


class Player:
    """Turns random numbers into things that happen to a router with every kind of order."""

    def __init__(self, offered: int) -> None:
        self.world = RouterWorld(lot=LOT)
        self.world.offer("B", *[f for f in VenueFeature if offered >> f & 1])
        self.world.offer("C", VenueFeature.POST_ONLY)
        self.judge = Judge(self.world)
        self.orders: list[str] = []
        self.execs = 0

    def act(self, what: int, a: int, b: int) -> None:
        actions = [self.order, self.order, self.trade, self.trade, self.trade, self.quote, self.quote, self.fill, self.fill,
                   self.back, self.settle, self.time, self.time, self.cancel, self.replace, self.halt, self.restart]  # fmt: skip
        actions[what % len(actions)](a, b)

    def quote(self, a: int, b: int) -> None:
        venue, bid, ask = "ABC"[a % 3], 9990 + b % 8, 9998 + b % 5
        self.judge.bests[venue] = (bid, 5 * (a % 20), ask, 5 * (b % 20))
        self.judge.check(self.world.quote(venue, bid, 5 * (a % 20), ask, 5 * (b % 20)))

    def trade(self, a: int, b: int) -> None:
        venue, prints = "ABC"[a % 3], [(9985 + (b + n * a) % 30, 10) for n in range(1 + a % 3)]
        self.judge.prints += [(venue, px, self.world.now_ns) for px, _ in prints]
        self.judge.check(self.world.trade(venue, *prints))

    def order(self, a: int, b: int) -> None:
        name, side, qty = f"o{len(self.orders)}", Side(1 + a % 3), LOT * (2 + b % 30)
        kind = [OrdType.STOP, OrdType.STOP_LIMIT, OrdType.PEGGED, OrdType.LIMIT, OrdType.MARKET_TO_LIMIT][a % 5]
        tif = TimeInForce.IOC if b % 11 == 0 and kind in STOPS else TimeInForce.DAY
        priced = kind in (OrdType.LIMIT, OrdType.STOP_LIMIT) or (kind is OrdType.PEGGED and b % 2 == 0)
        price = 9985 + b % 30 if priced else None
        direct = b % 3 == 0
        self.orders.append(name)
        self.judge.check(
            self.world.order(
                name,
                side,
                qty,
                price,
                tif,
                Algorithm.DIRECT if direct else Algorithm.BEST_PRICE,
                worst=price or (10_030 if side is Side.BUY else 9_960),
                venue="ABC"[a % 3] if direct else "",
                kind=kind,
                instructions=self.instructions(kind, tif, side, qty, a, b),
            )
        )

    def instructions(self, kind: OrdType, tif: TimeInForce, side: Side, qty: int, a: int, b: int) -> Instructions:
        i: dict[str, object] = {}
        if kind in STOPS:
            trails = a % 2 == 0
            i["peg"] = Peg(PegPriceType.TRAILING_STOP, 1 + b % 9) if trails else None
            i["stop_px"] = None if trails and b % 2 else 9985 + a % 30
        if kind is OrdType.PEGGED:
            follows = PegPriceType(1 + b % 3)
            i["peg"] = Peg(follows, -side.sign * (a % 4))
        if kind in (OrdType.LIMIT, OrdType.STOP_LIMIT) and tif is TimeInForce.DAY:
            extra = b % 6
            i |= [{}, {"display_qty": LOT}, {"display_qty": 0}, {"min_qty": qty // 2 // LOT * LOT},
                  {"exec_inst": (AON,)}, {"exec_inst": (POST_ONLY,)}][extra]  # fmt: skip
        if kind is OrdType.PEGGED and b % 2:
            i["display_qty"] = LOT
        return Instructions(**i)  # type: ignore[arg-type]

    def replace(self, a: int, b: int) -> None:
        if not self.orders:
            return
        name = self.orders[a % len(self.orders)]
        parent = self.world.parent(name)
        i, price, o = parent.terms.instructions, parent.terms.price, parent.opened
        qty = max(LOT, i.display_qty or 0, i.min_qty, LOT * (1 + b % 30))
        new = None if price is None else 9985 + b % 30
        if o.ord_type in STOPS and i.stop_px is not None:
            i = Instructions(9985 + b % 30, i.display_qty, i.min_qty, i.exec_inst, i.peg)
        worst = new or parent.terms.worst_price
        self.judge.check(self.world.replace(name, f"r{len(self.world.events)}", qty, new, worst=worst, instructions=i))
        self.judge.check(self.world.met())

    def cancel(self, a: int, b: int) -> None:
        if self.orders:
            name = self.orders[a % len(self.orders)]
            self.judge.check(self.world.cancel(name) if b % 3 else self.world.mass_cancel(name))

    def halt(self, a: int, b: int) -> None:
        scope, scope_id = [(HaltScope.FIRM, ""), (HaltScope.VENUE, "A"), (HaltScope.DESK, "alpha")][a % 3]
        self.judge.check(self.world.halt(scope, scope_id) if b % 3 == 0 else self.world.resume(scope, scope_id))
        self.judge.check(self.world.met())

    def time(self, a: int, b: int) -> None:
        self.judge.check(
            self.world.run_until(self.world.now_ns + (a % 50) * 20_000_000 + (b % 20 == 0) * QUOTES_AFTER_NS)
        )

    def fill(self, a: int, b: int) -> None:
        child = self.child(a)
        if child is None or (left := child.order_qty - child.cum_qty) <= 0 or (child.ord_type in STOPS):
            return
        qty = left if child.time_in_force is TimeInForce.FOK or b % 2 else 1 + b % left
        self.execs += 1
        self.judge.check(self.world.fill(child.child_id, qty, child.price or 10_000, f"X{self.execs}"))
        self.judge.check(self.world.met())

    def back(self, a: int, b: int) -> None:
        child = self.child(a)
        if child is not None and (not child.rests or child.pending is IntentKind.CANCEL or b % 7 == 0):
            status = [OrdStatus.CANCELED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED][b % 4]
            if status is OrdStatus.REJECTED and child.cum_qty:
                status = OrdStatus.CANCELED
            self.judge.check(self.world.end(child.child_id, status))
            self.judge.check(self.world.met())

    def settle(self, a: int, b: int) -> None:
        """A venue's word about a request, or that its stop was met."""
        child = self.child(a)
        if child is None:
            return
        if child.replace_qty and b % 3:
            self.judge.check(self.world.acknowledge_replace(child.child_id))
        elif child.pending in (IntentKind.REPLACE, IntentKind.CANCEL):
            self.judge.check(self.world.refuse_request(child.child_id, child.pending))
        elif child.ord_type in STOPS:
            parent = self.world.state.parents[child.order_id]
            self.judge.stops.setdefault(child.order_id, parent.terms.instructions.stop_px or 0)
            self.world.report(child.child_id, ExecType.TRIGGERED, OrdStatus.NEW)
        self.judge.check(self.world.met())

    def restart(self, a: int, b: int) -> None:
        """Another owner: the state is the fold of the journal, and the index is made anew."""
        world = self.world
        again = world.rules.initial(0)
        again.reference, again.control = world.state.reference, world.state.control
        for event in world.events:
            world.rules.evolve(again, event, 0)
        assert state_hash(again, 1) == state_hash(world.state, 1)
        assert again.queue == world.state.queue and again.armed == world.state.armed
        world.state = again
        self.judge.check(world.met())

    def child(self, a: int) -> Child | None:
        those = [c for c in self.world.state.children.values() if not c.closed]
        return those[a % len(those)] if those else None

    def finish(self) -> None:
        for scope, scope_id in ((HaltScope.FIRM, ""), (HaltScope.VENUE, "A"), (HaltScope.DESK, "alpha")):
            self.judge.check(self.world.resume(scope, scope_id))
        self.judge.check(self.world.met())
        for name in self.orders:
            self.judge.check(self.world.mass_cancel(name))
        while (child := self.child(0)) is not None:
            self.judge.check(self.world.end(child.child_id))
        assert all(p.closed for p in self.world.state.parents.values())
        assert not (self.world.state.queue or self.world.state.armed)
        watch = self.world.state.watch
        assert not (watch.books or watch.asked or watch.parked or watch.entries)


NUMBER = st.integers(0, 1000)


@settings(max_examples=200, deadline=None, print_blob=True)
@given(st.integers(0, 2**13 - 1), st.lists(st.tuples(NUMBER, NUMBER, NUMBER), max_size=80))
def test_nothing_is_sent_before_its_condition_nor_beyond_its_limit(
    offered: int, script: list[tuple[int, int, int]]
) -> None:
    player = Player(offered)
    for what, a, b in script:
        player.act(what, a, b)
    player.finish()


@settings(max_examples=200, deadline=None, print_blob=True)
@given(st.lists(st.integers(9_950, 10_050), min_size=1, max_size=60), st.integers(9_950, 10_050), st.booleans())
def test_a_stop_is_met_by_the_first_print_that_reaches_it(path: list[int], stop: int, buys: bool) -> None:
    world, side = RouterWorld(venues=("A",)), Side.BUY if buys else Side.SELL
    world.quote("A", *((9_900, 10, 9_940, 10) if buys else (10_060, 10, 10_100, 10)))  # it is not through the quotes
    worst = 10_200 if buys else 9_800
    world.order("s", side, LOT, None, worst=worst, kind=OrdType.STOP, instructions=Instructions(stop_px=stop))
    expected = next((n for n, px in enumerate(path) if side.sign * (px - stop) >= 0), None)
    found = None
    for n, px in enumerate(path):
        events = world.trade("A", (px, 1))
        if found is None and any(isinstance(e, Triggered) for e in events):
            found = n
            assert any(isinstance(e, ChildNew) for e in events), "the child is in the same record"
    assert found == expected


@settings(max_examples=100, deadline=None, print_blob=True)
@given(
    st.lists(st.tuples(st.integers(9_950, 10_050), st.integers(0, 400)), min_size=1, max_size=50),
    st.integers(1, 30),
    st.booleans(),
)
def test_a_trailing_stop_is_the_best_print_less_its_distance_by_steps(
    path: list[tuple[int, int]], distance: int, buys: bool
) -> None:
    """Against the ideal stop, which moves with every print: ours is never tighter, and after a pause it is the same."""
    world, side = RouterWorld(venues=("A",)), Side.BUY if buys else Side.SELL
    sign = side.sign
    world.quote("A", 9_900, 10, 10_100, 10)
    world.trade("A", (10_000, 1))
    i = Instructions(peg=Peg(PegPriceType.TRAILING_STOP, distance))
    world.order("s", side, LOT, None, worst=10_200 if buys else 9_800, kind=OrdType.STOP, instructions=i)
    ideal = 10_000 + sign * distance
    for px, wait_ms in path:
        events = world.trade("A", (px, 1))
        if any(isinstance(e, Triggered) for e in events):
            assert sign * (px - ideal) >= 0, "met before the ideal stop would be"
            return
        was_met = sign * (px - ideal) >= 0
        ideal = min(ideal, px + distance) if buys else max(ideal, px - distance)
        events = world.run_until(world.now_ns + wait_ms * 1_000_000)
        if any(isinstance(e, Triggered) for e in events):
            return
        stop = world.state.armed[world.order_id("s")].price
        assert sign * (stop - ideal) >= 0, "tighter than the best print allows"
        if was_met:
            return  # it lags behind the ideal within its pause
        if wait_ms >= 200:
            assert stop == ideal


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5_000), st.booleans()), min_size=1, max_size=100), st.integers(4_900, 5_100))
def test_the_index_names_every_stop_that_the_market_met_and_asks_no_other(
    stops: list[tuple[int, bool]], px: int
) -> None:
    """Against a search through all of them."""
    world = RouterWorld(venues=("A",))
    world.quote("A", 1, 10, 20_000, 10)
    for n, (at, buys) in enumerate(stops):
        stop = 5_000 + at if buys else 5_001 - at or 1
        side, worst = (Side.BUY, 20_000) if buys else (Side.SELL, 1)
        i = Instructions(stop_px=max(1, stop))
        world.order(f"s{n}", side, LOT, None, worst=worst, kind=OrdType.STOP, instructions=i)
    expected = {o for o, armed in world.state.armed.items() if armed.sign * (px - armed.price) >= 0}
    while due(world.state, world.market, world.now_ns) is not None:
        raise AssertionError("nothing was traded yet")
    trade = Trade(world.now_ns, px, 1, "T", False)
    world.market.apply(1, 10**6, MarketRecord("A", INSTRUMENT, 0, (), (trade,)))
    found = {e.order_id for e in world.met() if isinstance(e, Triggered)}
    assert found == expected


def test_a_view_tells_what_changed_and_a_reader_too_far_behind_to_look_at_all() -> None:
    view = MarketView()
    for n in range(3_000):
        view.apply(0, n, MarketRecord("A", f"I{n % 7}", 0, (), ()))
    assert view.changed_since(3_000) == (3_000, ())
    assert set(view.changed_since(2_998)[1] or ()) == {f"I{n % 7}" for n in (2_998, 2_999)}
    assert view.changed_since(0) == (3_000, None)
    for n in range(3_000, 9_000):
        view.apply(0, n, MarketRecord("A", f"J{n % 7}", 0, (), ()))
    assert set(view.changed_since(8_000)[1] or ()) == {f"J{n}" for n in range(7)}


SEEDS_FIRST, SEEDS = int(os.environ.get("OMS_TRIGGERS_FIRST", "0")), int(os.environ.get("OMS_TRIGGERS_SEEDS", "30"))


@pytest.mark.parametrize("seed", range(SEEDS_FIRST, SEEDS_FIRST + SEEDS))
def test_long_lives_break_nothing(seed: int) -> None:
    """Longer than what hypothesis likes to draw."""
    chance = random.Random(seed)
    player = Player(chance.getrandbits(13))
    for _ in range(chance.randrange(50, 200)):
        player.act(chance.randrange(1000), chance.randrange(1000), chance.randrange(1000))
    player.finish()
