"""INV: what a parent's children executed and may still execute never exceeds its mandate; what a decision places sums exactly.

Random orders, markets, venue answers, halts, replaces and cancels drive the router; `RouterWorld` checks the mandate (by the assertions
of `evolve`), halts and terminal states after each input. Here: sums of each decision, prices within the limit, fills counted once, and
that folding the journal again gives the same state. In the end every venue answers, and every order must end.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.canonical import state_hash
from oms.core.commands import TwapParameters
from oms.core.enums import Algorithm, HaltScope, IntentKind, OrdStatus, Side, TimeInForce
from oms.core.reasons import Reason
from oms.core.routing.sor import Offer, plan
from oms.core.routing.state import Child
from oms.core.routing.twap import Schedule
from oms.core.routing_events import ChildNew, ParentTraded, RoutingDecision, RoutingEvent
from oms.testing.routing_world import SECOND_NS, RouterWorld

LOT = 10


class Player:
    """Turns random numbers into things that happen to a router."""

    def __init__(self) -> None:
        self.world = RouterWorld(lot=LOT)
        self.orders: list[str] = []
        self.filled: dict[str, int] = {}

    def act(self, what: int, a: int, b: int) -> None:
        actions = [self.order, self.order, self.quote, self.quote, self.fill, self.fill, self.fill, self.back, self.back,
                   self.time, self.cancel, self.replace, self.halt, self.unsent, self.refuse, self.late_fill]  # fmt: skip
        actions[what % len(actions)](a, b)

    def quote(self, a: int, b: int) -> None:
        self.world.quote("ABC"[a % 3], 9990 + b % 8, 5 * (a % 20), 9998 + b % 5, 5 * (b % 20))

    def order(self, a: int, b: int) -> None:
        name, side, qty = f"o{len(self.orders)}", Side(1 + a % 3), LOT * (1 + b % 30)
        tif = [TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK][b % 4]
        price = None if a % 4 == 0 and tif is not TimeInForce.GTC else 9985 + a % 20
        worst = price or (10010 if side is Side.BUY else 9980)
        kind = [Algorithm.BEST_PRICE, Algorithm.BEST_PRICE, Algorithm.DIRECT, Algorithm.TWAP][(a + b) % 4]
        twap, venue = None, ""
        if kind is Algorithm.TWAP:
            start = self.world.now_ns + (a % 3 - 1) * SECOND_NS
            twap, tif = TwapParameters(start, start + (2 + b % 20) * SECOND_NS, 1 + a % 7), TimeInForce.DAY
        if kind is Algorithm.DIRECT:
            venue = "ABC"[a % 3]
        self.orders.append(name)
        self.check(self.world.order(name, side, qty, price, tif, kind, worst=worst, venue=venue, twap=twap))

    def replace(self, a: int, b: int) -> None:
        if not self.orders:
            return
        name = self.orders[a % len(self.orders)]
        price = self.world.parent(name).terms.price
        new = None if price is None else 9985 + b % 20
        worst = new or self.world.parent(name).terms.worst_price
        self.check(self.world.replace(name, f"r{len(self.world.events)}", LOT * (1 + b % 30), new, worst=worst))
        if any(c.replace_qty for c in self.world.open_children(name)) and b % 2:
            child = self.world.open_children(name)[0]
            self.check(self.world.acknowledge_replace(child.child_id))

    def cancel(self, a: int, b: int) -> None:
        if self.orders:
            name = self.orders[a % len(self.orders)]
            self.check(self.world.cancel(name) if b % 3 else self.world.mass_cancel(name))

    def halt(self, a: int, b: int) -> None:
        scope, scope_id = [(HaltScope.FIRM, ""), (HaltScope.VENUE, "A"), (HaltScope.DESK, "alpha")][a % 3]
        self.check(self.world.halt(scope, scope_id) if b % 3 == 0 else self.world.resume(scope, scope_id))

    def time(self, a: int, b: int) -> None:
        self.check(self.world.run_until(self.world.now_ns + a * 10_000_000))

    def fill(self, a: int, b: int) -> None:
        child = self.child(a, closed=False)
        if child is not None and child.leaves_qty > 0:
            self.book(child, 1 + b % max(1, min(child.leaves_qty, child.order_qty - child.cum_qty) or 1))

    def late_fill(self, a: int, b: int) -> None:
        child = self.child(a, closed=True)
        if child is not None and b % 4 == 0:
            self.book(child, 1 + b % 7)

    def book(self, child: Child, qty: int) -> None:
        if child.cum_qty + qty <= child.order_qty or child.closed:
            self.filled[child.order_id] = self.filled.get(child.order_id, 0) + qty
            exec_id = f"X{sum(self.filled.values())}"
            self.check(self.world.fill(child.child_id, qty, 10000, exec_id))
            same = self.world.fill(child.child_id, qty, 10000, exec_id, OrdStatus.PARTIALLY_FILLED)
            assert not any(isinstance(e, ParentTraded) for e in same)

    def back(self, a: int, b: int) -> None:
        child = self.child(a, closed=False)
        if child is not None:
            status = [OrdStatus.CANCELED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED][b % 4]
            self.check(self.world.end(child.child_id, status))

    def unsent(self, a: int, b: int) -> None:
        child = self.child(a, closed=False)
        reasons = [
            Reason.NEVER_REACHED_VENUE,
            Reason.HALTED_AT_EXECUTION,
            Reason.WITHDRAWN_UNSENT,
            Reason.NO_VENUE_SESSION,
        ]
        if child is not None and child.cum_qty == 0:
            self.check(self.world.unsent(child.child_id, reasons[b % 4]))

    def refuse(self, a: int, b: int) -> None:
        child = self.child(a, closed=False)
        if child is not None and child.pending in (IntentKind.CANCEL, IntentKind.REPLACE):
            self.check(self.world.refuse_request(child.child_id, child.pending))

    def child(self, a: int, *, closed: bool) -> Child | None:
        those = [c for c in self.world.state.children.values() if c.closed is closed]
        return those[a % len(those)] if those else None

    def finish(self) -> None:
        """Every venue answers and no halt is left: every order must end."""
        for scope, scope_id in ((HaltScope.FIRM, ""), (HaltScope.VENUE, "A"), (HaltScope.DESK, "alpha")):
            self.check(self.world.resume(scope, scope_id))
        for name in self.orders:
            self.check(self.world.mass_cancel(name))
        while (child := self.child(0, closed=False)) is not None:
            self.check(self.world.end(child.child_id))
        assert all(p.closed for p in self.world.state.parents.values())
        assert not self.world.state.queue and not self.world.state.suspended
        for order_id, parent in self.world.state.parents.items():
            assert parent.cum_qty == self.filled.get(order_id, 0)

    def check(self, events: tuple[RoutingEvent, ...]) -> None:
        """Each decision: its children sum exactly to what its candidates say, in lots, within the limit."""
        decisions = {(e.order_id, e.decision_no): e for e in events if isinstance(e, RoutingDecision)}
        placed: dict[tuple[str, int], int] = dict.fromkeys(decisions, 0)
        for child in (e for e in events if isinstance(e, ChildNew)):
            parent = self.world.state.parents[child.order_id]
            placed[(child.order_id, child.decision_no)] += child.order_qty
            assert child.order_qty > 0
            if parent.opened.algorithm is not Algorithm.DIRECT:
                assert child.order_qty % LOT == 0
                assert child.price is not None and child.side.sign * (child.price - parent.limit_price) <= 0
        for key, decision in decisions.items():
            chosen = sum(c.chosen_qty + c.rested_qty for c in decision.candidates)
            assert placed[key] == chosen <= decision.remaining_qty
            assert decision.rested_qty == sum(c.rested_qty for c in decision.candidates)
            assert all(bool(c.why_not) == (c.chosen_qty + c.rested_qty == 0) for c in decision.candidates)


NUMBER = st.integers(0, 1000)


@settings(max_examples=150, deadline=None, print_blob=True)
@given(st.lists(st.tuples(NUMBER, NUMBER, NUMBER), max_size=60))
def test_children_never_exceed_the_mandate_and_decisions_sum(script: list[tuple[int, int, int]]) -> None:
    player = Player()
    for what, a, b in script:
        player.act(what, a, b)
    player.finish()
    world = player.world
    again = world.rules.initial(0)
    again.reference, again.control = world.state.reference, world.state.control
    for event in world.events:
        world.rules.evolve(again, event, 0)
    assert state_hash(again, 1) == state_hash(world.state, 1)
    assert again.queue == world.state.queue


@given(
    st.lists(st.tuples(NUMBER, NUMBER, NUMBER), min_size=1, max_size=5),
    st.integers(1, 3000),
    st.booleans(),
    st.booleans(),
)
def test_a_plan_is_the_naive_best(shown: list[tuple[int, int, int]], qty: int, rest: bool, all_or_none: bool) -> None:
    """Against an oracle that buys lot by lot, always the cheapest there is."""
    offers = tuple(
        Offer(
            f"V{i}",
            price,
            size,
            0,
            size // LOT * LOT,
            500 // LOT * LOT,
            price,
            0,
            price - 1,
            size,
            "",
            "" if size >= LOT else "no quote",
        )
        for i, (price, size, _) in enumerate(shown)
    )
    made = plan(offers, qty, LOT, Side.BUY, may_rest=rest, all_or_none=all_or_none)
    lots = sorted(o.score for o in offers for _ in range(min(o.free_qty, o.capacity) // LOT) if not o.untaken)
    wanted = qty // LOT
    cost = sum(price * take for _, price, take in made.takes)
    if all_or_none and len(lots) < wanted:
        assert not made.takes
    else:
        assert cost == LOT * sum(lots[:wanted])
    room = sum(o.capacity for o in offers)
    assert not rest or made.placed_qty == min(wanted * LOT, room)


@given(st.integers(0, 10**6), st.integers(1, 10**9), st.integers(1, 1000), st.integers(1, 5000), st.integers(1, 100))
def test_a_schedule_reaches_its_total_in_lots(start: int, span: int, slices: int, lots: int, lot: int) -> None:
    s = Schedule(start, start + span, slices, lots * lot, lot)
    targets = [s.target(k) for k in range(slices + 1)]
    assert targets[0] == 0 and targets[-1] == lots * lot
    assert targets == sorted(targets) and all(t % lot == 0 for t in targets)
    assert sum(s.planned(k) for k in range(1, slices + 1)) == s.total
    for k in (1, slices // 2 + 1, slices):
        newest = max(j for j in range(1, slices + 1) if s.due_ns(j) <= s.due_ns(k))
        assert s.slice_at(s.due_ns(k)) == newest
