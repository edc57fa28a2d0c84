"""Validity and days of orders under random schedules, against a naive oracle that counts fills by the days they were made on.

Random orders of every validity, fills in time and late, ends, refusals, cancels, replaces, closes met in time or hours late, and a calendar
that changes. `RouterWorld` checks mandate and terminal states after each input; here: day quantities, where nothing may be placed, the order
of the days that a desk is told, and that in the end every order whose validity ends has ended.
"""

import random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from oms.core.canonical import state_hash
from oms.core.enums import Algorithm, ExecType, IntentKind, OrdStatus, Side, TimeInForce, TimerKind
from oms.core.instructions import PLAIN, Instructions
from oms.core.reference import Calendar, Interval
from oms.core.routing.state import LIVES_FOR_DAYS
from oms.core.routing_events import ChildNew, DayChanged, ParentChanged, ParentTraded, RoutingEvent
from oms.core.sessions import TradingPhase, day_at, phase_at
from oms.core.stage import Input
from oms.testing.routing_world import SECOND_NS, RouterWorld

HOUR = 3600 * SECOND_NS
DAYS = 12
DATES = [19700101 + n for n in range(DAYS)]


def market(close_hour: int) -> Calendar:
    """Twelve days from midnight on, with an hour's break at four."""
    found = []
    for n, date in enumerate(DATES):
        start = 24 * HOUR * n
        found += [
            Interval(start, start + 4 * HOUR, date),
            Interval(start + 5 * HOUR, start + close_hour * HOUR, date),
        ]
    return Calendar("M", False, tuple(found))


class Watched(RouterWorld):
    """Where something is placed, a trading day is on."""

    def step(self, stage_input: Input) -> tuple[RoutingEvent, ...]:
        events = super().step(stage_input)
        if any(isinstance(e, ChildNew) for e in events):
            day = day_at(self.state.reference.calendars["M"], self.now_ns)
            assert day is not None and day.start_ns <= self.now_ns, "placed between two days"
        return events


class Player:
    """Turns random numbers into things that happen to a router."""

    def __init__(self) -> None:
        self.world = Watched(venues=("A", "B"), calendar=market(8))
        self.orders: list[str] = []
        self.fills: dict[str, list[tuple[int, int, int]]] = {}
        self.quote(0, 0)

    def act(self, what: int, a: int, b: int) -> None:
        actions = [self.order, self.order, self.order, self.fill, self.fill, self.late_fill, self.back, self.refuse,
                   self.cancel, self.replace, self.time, self.time, self.time, self.down, self.calendar, self.quote]  # fmt: skip
        actions[what % len(actions)](a, b)

    def quote(self, a: int, b: int) -> None:
        self.world.quote("AB"[a % 2], 9990 + b % 8, 500, 10000 + b % 5, 500)

    def order(self, a: int, b: int) -> None:
        """Sent while the market is open, as risk would have it."""
        if phase_at(self.world.state.reference.calendars["M"], self.world.now_ns) is TradingPhase.CLOSED:
            return
        now, name = self.world.now_ns, f"o{len(self.orders)}"
        tif, wishes = [
            (TimeInForce.DAY, PLAIN),
            (TimeInForce.GTC, PLAIN),
            (TimeInForce.GTD, Instructions(expire_date=DATES[a % (DAYS - 2)])),
            (TimeInForce.GTD, Instructions(expire_ns=now + (a % 60 - 2) * HOUR or 1)),
            (TimeInForce.GOOD_FOR_TIME, Instructions(good_for_ns=1 + a % 40 * HOUR)),
        ][b % 5]
        kind = Algorithm.DIRECT if a % 3 == 0 else Algorithm.BEST_PRICE
        self.orders.append(name)
        events = self.world.order(
            name, Side.BUY, 100 + a % 400, 9980, tif, kind, instructions=wishes, venue="A" if a % 3 == 0 else ""
        )
        self.check(events)

    def fill(self, a: int, b: int) -> None:
        self._fill(a, b, self.world.now_ns)

    def late_fill(self, a: int, b: int) -> None:
        self._fill(a, b, max(1, self.world.now_ns - b % 30 * HOUR))

    def _fill(self, a: int, b: int, at_ns: int) -> None:
        open_ids = [c for c, child in self.world.state.children.items() if not child.closed]
        if not open_ids:
            return
        child = self.world.child(open_ids[a % len(open_ids)])
        qty, px = min(1 + b % 100, child.order_qty - child.cum_qty), 9970 + b % 10
        if qty <= 0:
            return
        self.fills.setdefault(child.order_id, []).append((at_ns, qty, px))
        self.check(self.world.fill(child.child_id, qty, px, at_ns=at_ns))

    def back(self, a: int, b: int) -> None:
        open_ids = [c for c, child in self.world.state.children.items() if not child.closed]
        if open_ids:
            status = OrdStatus.EXPIRED if b % 3 else OrdStatus.CANCELED
            self.check(self.world.end(open_ids[a % len(open_ids)], status))

    def refuse(self, a: int, b: int) -> None:
        pending = [c for c, child in self.world.state.children.items() if not child.closed and child.pending]
        if pending:
            child = self.world.child(pending[a % len(pending)])
            self.check(self.world.refuse_request(child.child_id, child.pending or IntentKind.CANCEL))

    def cancel(self, a: int, b: int) -> None:
        if self.orders and b % 2:
            self.check(self.world.cancel(self.orders[a % len(self.orders)], by=f"c{a}"))

    def replace(self, a: int, b: int) -> None:
        if self.orders:
            self.check(self.world.replace(self.orders[a % len(self.orders)], f"r{a}", 100 + b % 500, 9980 - b % 3))

    def time(self, a: int, b: int) -> None:
        self.check(self.world.run_until(self.world.now_ns + (1 + a % 7) * HOUR + b % 1000))

    def down(self, a: int, b: int) -> None:
        self.check(self.world.sleep_until(self.world.now_ns + (1 + a % 60) * HOUR + b % 1000))

    def calendar(self, a: int, b: int) -> None:
        if a % 3 == 0:
            self.check(self.world.calendar(market(7 + b % 3)))

    # What must hold

    def check(self, events: tuple[RoutingEvent, ...]) -> None:
        world = self.world
        for event in events:
            if isinstance(event, ParentChanged) and event.order_id in world.state.parents and not event.cancel_rejected:
                self._check_told(event)
            elif isinstance(event, ChildNew):
                tif = world.state.parents[event.order_id].opened.time_in_force
                assert tif is TimeInForce.DAY or event.time_in_force in (
                    TimeInForce.DAY,
                    TimeInForce.GTC,
                    TimeInForce.IOC,
                )
        for order_id, parent in world.state.parents.items():
            self._check_days(order_id)
            due = [world.state.timers[(order_id, k, n)] for k, n in parent.timers if k is TimerKind.DAY_CHANGE]
            assert len(due) <= 1 and (parent.opened.time_in_force in LIVES_FOR_DAYS or not due)

    def _check_told(self, event: ParentChanged) -> None:
        """Rule 4, and rule 21's DayOrderQty."""
        left = 0 if event.ord_status.is_terminal else max(0, event.order_qty - event.cum_qty)
        assert event.leaves_qty == left
        if event.day_order_qty or event.day_cum_qty:
            assert event.day_order_qty == event.order_qty - (event.cum_qty - event.day_cum_qty)
        if event.exec_type in (ExecType.DONE_FOR_DAY, ExecType.RESTATED):
            assert not event.ord_status.is_terminal

    def _check_days(self, order_id: str) -> None:
        parent = self.world.state.parents[order_id]
        if not parent.trade_date:
            assert (parent.day_cum_qty, parent.day_notional) == (0, 0)
            return
        todays = [f for f in self.fills.get(order_id, ()) if f[0] >= parent.day_start_ns]
        booked_before = sum(q for _, q, _ in self.fills.get(order_id, ())) - sum(q for _, q, _ in todays)
        assert parent.day_cum_qty == sum(q for _, q, _ in todays)
        assert parent.day_notional == sum(q * p for _, q, p in todays)
        assert parent.day_order_qty == parent.terms.order_qty - booked_before

    def finish(self) -> None:
        """Every venue answers, and time goes on to the last close."""
        for _ in range(2 * DAYS):
            for child_id in [c for c, child in self.world.state.children.items() if not child.closed]:
                self.check(self.world.end(child_id, OrdStatus.EXPIRED))
            self.check(self.world.run_until(self.world.now_ns + 12 * HOUR))
        for child_id in [c for c, child in self.world.state.children.items() if not child.closed]:
            self.check(self.world.end(child_id, OrdStatus.EXPIRED))


def days_told(player: Player, order_id: str) -> list[tuple[int, bool]]:
    return [
        (e.trading_date, e.closed)
        for e in player.world.events
        if isinstance(e, DayChanged) and e.order_id == order_id and e.trading_date
    ]


@settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 2**32))
def test_rules_4_17_21_23_hold_whatever_happens_in_whatever_order(seed: int) -> None:
    draw, player = random.Random(seed), Player()
    for _ in range(50):
        player.act(draw.randrange(16), draw.randrange(1 << 16), draw.randrange(1 << 16))
    player.finish()
    world = player.world
    for order_id, parent in world.state.parents.items():
        if parent.opened.time_in_force is not TimeInForce.GTC:
            assert parent.closed, f"{order_id} outlives its validity"
        told = days_told(player, order_id)
        assert told == sorted(told), "days are told in order, a beginning before its end"
        assert len(set(told)) == len(told), "and once"
        booked = [e for e in world.events if isinstance(e, ParentTraded) and e.order_id == order_id]
        assert sum(e.last_qty for e in booked) == parent.cum_qty
    again = RouterWorld(venues=("A", "B"), calendar=market(8))
    again.state.reference = world.state.reference
    for event in world.events:
        again.rules.evolve(again.state, event, 0)
    assert state_hash(again.state.parents, 1) == state_hash(world.state.parents, 1)
    assert (again.state.timers, again.state.day_executions) == (world.state.timers, world.state.day_executions)
