"""INV-280, INV-281: through trades, busts, corrections, replaces and events out of order, every stage holds what the venue made.

The real loops, rules and codec over the log in memory; the venue executes, keeps reports back and tells them in any order, busts and
corrects what it executed, of orders that live and of orders that ended. Each stage's figures come from its journal alone.
"""

from itertools import permutations
from typing import Any

import pytest
from corrections_world import ACTIONS, Schedule, World
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from test_reconciliation_path import folded, risk_events

from oms.core.enums import OrdStatus
from oms.core.risk_events import ExposureCorrected, ExposureMoved, ExposureRepriced
from oms.core.routing_events import ParentChanged, ParentTraded, TradeCorrected, TradeSuperseded
from oms.gateway.profit import Book
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import Pipeline
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope


def events_of(p: Pipeline, topic: str) -> list[tuple[Any, ...]]:
    values = [decode_journal(r.value) for r in p.log.known(TopicPartition(topic, 0)).records]
    return [value.events for value in values if isinstance(value, Envelope)]


def holdings(p: Pipeline) -> dict[str, tuple[int, int]]:
    """Each stage's (quantity, what was paid), folded from the journals alone."""
    execution, router, risk = (folded(p, topic) for topic in (topics.EXECUTION, topics.ROUTING, topics.RISK))
    children = [*execution.children.values(), *execution.closed.values()]
    paid, book = 0, Book()
    for event in risk_events(p):
        book.fold(event)
        if isinstance(event, ExposureMoved):
            paid += event.last_qty * event.last_px
        elif isinstance(event, ExposureRepriced):
            paid += event.last_qty * (event.last_px - event.inferred_px)
        elif isinstance(event, ExposureCorrected):
            paid += event.new_qty * event.new_px - event.old_qty * event.old_px
    held = list(book.holdings.values())
    return {
        "execution": (sum(c.cum_qty for c in children), sum(c.notional for c in children)),
        "chains": (
            sum(c.executions.sums().qty for c in children),
            sum(c.executions.sums().notional for c in children),
        ),
        "router": (sum(o.cum_qty for o in router.parents.values()), sum(o.notional for o in router.parents.values())),
        "risk": (sum(risk.moved.values()), paid),
        "gateway": (sum(h.bought_qty for h in held), sum(h.bought_notional for h in held)),
        "costs": (sum(h.qty for h in held), sum(h.bought_notional - h.sold_notional for h in held)),
    }


def never_open_again(p: Pipeline) -> None:
    """INV-281: no record leaves an order open that an earlier one had ended."""
    ended: set[str] = set()
    for events in events_of(p, topics.ROUTING):
        after: dict[str, OrdStatus] = {}
        for event in events:
            if isinstance(event, ParentTraded | ParentChanged | TradeCorrected | TradeSuperseded):
                after[event.order_id] = event.ord_status
                closed = event.ord_status.is_terminal
                assert event.leaves_qty == 0 or not closed, f"rule 4: {event}"
        assert not [o for o in ended if o in after and not after[o].is_terminal]
        ended |= {o for o, status in after.items() if status.is_terminal}


CHOICES = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.tuples(st.integers(0, 7), st.integers(1, 60))), min_size=4, max_size=30
)


WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A schedule runs for a third of a second: the blob of the first one that fails is worth more than minutes of shrinking."""


@settings(max_examples=40, deadline=None, print_blob=True, phases=WITHOUT_SHRINKING)
@given(CHOICES)
def test_rule_20_every_stage_holds_what_stands_at_the_venues(schedule: Schedule) -> None:
    world = World()
    world.enter()
    for number, (what, (which, much)) in enumerate(schedule):
        if number % 9 == 8:
            world.enter()
        world.act(what, which, much)
    world.finish()
    stands = [figures for made in world.orders() for figures in made.standing.values()]
    made = sum(qty for qty, _ in stands), sum(qty * px for qty, px in stands)
    found = holdings(world.p)
    note(str(found))
    assert found == dict.fromkeys(found, made)
    execution = folded(world.p, topics.EXECUTION)
    known = {child_id: c.executions for child_id, c in (execution.children | execution.closed).items()}
    for order_made in world.orders():
        executions = known[order_made.cl_ord_ids[0].partition(":")[2]]
        assert {n: (e.qty, e.px) for n, e in executions.standing.items()} == order_made.standing
    never_open_again(world.p)


TOLD = ("first", "second", "refusal", "correction")


@pytest.mark.parametrize(
    "told", [t for t in permutations(TOLD) if not t.index("first") < t.index("second") < t.index("correction")]
)
def test_inv_595_in_whatever_order_a_refusal_and_a_correction_are_told_no_more_is_open_than_was_ordered(
    told: tuple[str, ...],
) -> None:
    """The venue executes all of a child in two trades, refuses its replacement, and opens what it corrects. But where both trades are told
    in their order, so that the child is filled before: what is opened then is a break (rule 10)."""
    world = World()
    world.names = 1
    world.enter()
    (made,) = world.orders()
    venue, name = world.venue_of(made), made.cl_ord_ids[-1]
    venue.withhold = venue.withhold_refusals = True
    for qty in (70, 30):
        venue.clock_ns += 1
        venue.fill(name, qty)
    world.replace("o2", 120)
    world.p.run(10)
    venue.withhold = venue.withhold_refusals = False
    reports = dict(zip(TOLD, [*venue.withheld, *venue.refusals], strict=False))
    assert len(reports) == 3, "both trades, and a refusal"
    venue.withheld.clear()
    venue.refusals.clear()
    for what in told:
        venue.clock_ns += 1
        if what == "correction":
            venue.correct(name, "E1", 20, 99_900, reopens=True)
        else:
            venue.tell(reports[what])
    for _ in range(60):
        world.p.run(1)
        assert sum(o.cum_qty + o.leaves for o in world.orders()) <= 120
    world.finish()
    stands = [figures for o in world.orders() for figures in o.standing.values()]
    made_in_all = sum(qty for qty, _ in stands), sum(qty * px for qty, px in stands)
    assert holdings(world.p) == dict.fromkeys(holdings(world.p), made_in_all)
    never_open_again(world.p)
