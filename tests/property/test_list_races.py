"""Contingent lists under random schedules: fills, crossing cancels, refusals, unknown outcomes, requests of people, halts, restarts.

INV-310  Of orders that stand for each other at most one has anything at a venue (`ListWorld` looks after every input).
INV-311  Whatever the venues do with what they have, orders that stand for each other execute no more than the list's quantity: of an OCO
         only one order executes anything; OUO and the exits of a bracket together no more than one of them, or than the entry executed.
INV-312  A list is done exactly when all of its orders have ended (looked at after every input as well).
"""

import random

import pytest

from oms.core.canonical import state_hash
from oms.core.enums import ContingencyType, IntentKind, LegState, OrdStatus, Side
from oms.core.lists import exclusive
from oms.core.reasons import Reason
from oms.core.routing import RouterRules
from oms.core.routing.state import Child
from oms.testing.list_world import Leg, ListWorld
from oms.testing.routing_world import SECOND_NS

SEEDS = range(150)
STEPS = 120
CONTINGENCIES = tuple(ContingencyType)


def legs_of(rng: random.Random, contingency: ContingencyType) -> list[Leg]:
    side = rng.choice((Side.BUY, Side.SELL))
    names = [f"o{n}" for n in range(rng.randint(2, 4))]
    legs: list[Leg] = []
    for n, name in enumerate(names):
        mine = Side.SELL if contingency is ContingencyType.BRACKET and n and side is Side.BUY else side
        if contingency is ContingencyType.BRACKET and n and side is Side.SELL:
            mine = Side.BUY
        away = rng.randint(1, 60)
        limit = 10000 - away if mine is Side.BUY else 10000 + away
        stop = 10000 + away if mine is Side.BUY else 10000 - away
        shape = rng.random()
        if shape < 0.5:
            legs.append(Leg(name, price=limit, side=mine))
        elif shape < 0.8:
            legs.append(Leg(name, stop=stop, side=mine, worst=11000 if mine is Side.BUY else 9000))
        else:
            legs.append(Leg(name, stop=stop, price=stop + 5 * mine.sign, side=mine))
    return legs


class Venues:
    """What venues may do, at any time, with children that they have: they execute nothing once they confirmed an end."""

    def __init__(self, world: ListWorld, rng: random.Random) -> None:
        self.world, self.rng = world, rng

    def open(self) -> list[Child]:
        return [c for c in self.world.state.children.values() if not c.closed]

    def act(self) -> None:
        children = self.open()
        if not children:
            return
        c, draw = self.rng.choice(children), self.rng.random()
        if draw < 0.35 and c.cum_qty < c.order_qty:
            left = c.order_qty - c.cum_qty
            qty = self.rng.choice((left, self.rng.randint(1, left)))
            self.world.fill(c.child_id, qty, c.price or 10000)
        elif c.pending is IntentKind.CANCEL and draw < 0.8:
            self.world.end(c.child_id)
        elif c.pending is not None and draw < 0.9:
            self.world.refuse_request(c.child_id, c.pending)
        elif not c.rests:
            self.world.end(c.child_id)
        elif draw > 0.97:
            status = self.rng.choice((OrdStatus.EXPIRED, OrdStatus.REJECTED, OrdStatus.CANCELED))
            self.world.end(c.child_id, status)
        elif draw > 0.95 and not c.cum_qty:
            self.world.unsent(c.child_id, Reason.NEVER_REACHED_VENUE)


class Play:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.world = ListWorld()
        self.venues = Venues(self.world, self.rng)
        self.contingency = self.rng.choice(CONTINGENCIES)
        self.mid = 10000
        self.halted = False
        self.market()
        self.world.trade("A", (10000, 10))
        self.legs = legs_of(self.rng, self.contingency)
        self.world.order_list(self.contingency, *self.legs)
        (self.group,) = self.world.groups.values()

    def market(self) -> None:
        self.mid += self.rng.choice((-30, -5, 0, 5, 30))
        for venue in ("A", "B"):
            gap = self.rng.randint(1, 10)
            self.world.quote(venue, self.mid - gap, self.rng.randint(0, 300), self.mid + gap, self.rng.randint(0, 300))

    def step(self) -> None:
        draw, name = self.rng.random(), self.rng.choice(self.legs).cl_ord_id
        if draw < 0.45:
            self.venues.act()
        elif draw < 0.6:
            self.market()
        elif draw < 0.75:
            self.world.trade("A", (self.mid, 10))
        elif draw < 0.88:
            self.world.run_until(self.world.now_ns + self.rng.choice((1, 50, 300)) * SECOND_NS // 1000)
        elif draw < 0.90:
            self.world.cancel(name, f"c{self.world.now_ns}")
        elif draw < 0.94:
            self.reprice(name)
        elif draw < 0.97:
            self.toggle_halt()
        elif draw < 0.98:
            self.world.mass_cancel(*(leg.cl_ord_id for leg in self.legs[: self.rng.randint(1, len(self.legs))]))

    def reprice(self, name: str) -> None:
        parent = self.world.parent(name)
        if parent.closed or parent.pending_terms is not None:
            return
        price = parent.terms.price
        moved = price + self.rng.choice((-10, 10)) if price is not None else None
        instructions = parent.terms.instructions
        worst = None if moved is not None else parent.terms.worst_price
        qty = parent.terms.order_qty
        self.world.replace(name, f"{name}r{len(self.world.events)}", qty, moved, worst=worst, instructions=instructions)

    def toggle_halt(self) -> None:
        self.halted = not self.halted
        if self.halted:
            self.world.halt()
        else:
            self.world.resume()
            self.world.met()

    def check(self) -> None:
        parents = [self.world.state.parents[o] for o in self.group.order_ids]
        standing = [p for n, p in enumerate(parents) if exclusive(self.contingency, n)]
        executed = [p.cum_qty for p in standing]
        if self.contingency is ContingencyType.ONE_CANCELS_THE_OTHER:
            assert sum(qty > 0 for qty in executed) <= 1, f"two orders of an OCO executed: {executed}"
        assert self.world.quantity_left(self.group) >= 0 or not standing, f"beyond the list's quantity: {executed}"
        for p in parents:
            held = p.leg is LegState.HELD
            assert not (held and p.cum_qty), "an order that was never released executed"

    def restart(self) -> None:
        """A successor folds the journal and must hold what the owner held."""
        again = RouterRules().initial(0)
        again.reference, again.control = self.world.state.reference, self.world.state.control
        for event in self.world.events:
            RouterRules().evolve(again, event, 0)
        assert state_hash(again, 1) == state_hash(self.world.state, 1)
        self.world.state = again

    def finish(self) -> None:
        """Everything is cancelled, and the venues answer: the list must come to its end."""
        if self.halted:
            self.toggle_halt()
        self.world.mass_cancel(*(leg.cl_ord_id for leg in self.legs))
        for c in self.venues.open():
            self.world.end(c.child_id)
        assert not self.venues.open() and self.group.list_id not in self.world.state.groups


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_that_stand_for_each_other_never_execute_together(seed: int) -> None:
    play = Play(seed)
    for n in range(STEPS):
        play.step()
        play.check()
        if n % 40 == 39:
            play.restart()
    play.finish()
    play.check()


def test_the_schedules_meet_what_they_are_about() -> None:
    """Over all seeds: each contingency, fills that cross a cancel of their list, orders that were due, released and reduced."""
    seen: set[str] = set()
    for seed in SEEDS:
        play = Play(seed)
        seen.add(play.group.contingency.name)
        for _ in range(STEPS):
            leaving = {p.order_id: p.cum_qty for p in play.world.state.parents.values() if p.leg is LegState.LEAVING}
            play.step()
            parents = play.world.state.parents
            seen |= {"crossed" for order_id, before in leaving.items() if parents[order_id].cum_qty > before}
            seen |= {p.leg.name for p in parents.values() if p.leg is not None}
        seen |= {type(e).__name__ for e in play.world.events}
    wanted = {c.name for c in CONTINGENCIES} | {s.name for s in LegState} | {"LegReduced", "ListDone", "crossed"}
    assert wanted <= seen, wanted - seen
