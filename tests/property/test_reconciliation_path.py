"""REC-13: venue, execution, router, risk and the gateway's book hold the same, through fills that were inferred and then told.

The real loops, rules and codec over the log in memory; the venue keeps back what it executed, and tells it later in the reverse order.
Each stage's figures come from its journal alone.
"""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from trace_world import order, order_path

from oms.core.enums import OrdStatus
from oms.core.risk_events import ExposureMoved, ExposureRepriced, RiskEvent
from oms.gateway.profit import Book
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_venue import Script
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope

SECOND_NS = 1_000_000_000
TOPICS_IN_ORDER = (topics.EXECUTION, topics.ROUTING, topics.RISK)


def holdings(p: Pipeline) -> dict[str, tuple[int, int]]:
    """Each stage's (quantity, what was paid), folded from the journals alone."""
    execution, router, risk = (folded(p, topic) for topic in TOPICS_IN_ORDER)
    children = [*execution.children.values(), *execution.closed.values()]
    events = risk_events(p)
    moved = [e for e in events if isinstance(e, ExposureMoved)]
    repriced = [e for e in events if isinstance(e, ExposureRepriced)]
    paid = sum(e.last_qty * e.last_px for e in moved) + sum(e.last_qty * (e.last_px - e.inferred_px) for e in repriced)
    book = Book()
    for event in events:
        book.fold(event)
    (holding,) = book.holdings.values()
    return {
        "execution": (sum(c.cum_qty for c in children), sum(c.notional for c in children)),
        "router": (sum(o.cum_qty for o in router.parents.values()), sum(o.notional for o in router.parents.values())),
        "risk": (sum(risk.moved.values()), paid),
        "gateway": (holding.bought_qty, holding.bought_notional),
    }


def risk_events(p: Pipeline) -> list[RiskEvent]:
    values = [decode_journal(r.value) for r in p.log.known(TopicPartition(topics.RISK, 0)).records]
    return [event for value in values if isinstance(value, Envelope) for event in value.events]  # type: ignore[misc]


def folded(p: Pipeline, topic: str) -> Any:
    fold: JournalFold[Any, Any] = JournalFold(p.log, RULES[topic](), TopicPartition(topic, 0))
    for record in p.log.known(TopicPartition(topic, 0)).records:
        fold.apply(record)
    return fold.folded.state


@settings(max_examples=12, deadline=None, print_blob=True)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(99_000, 100_000)), min_size=1, max_size=3), st.booleans())
def test_rec_13_every_stage_holds_what_the_venue_made(untold: list[tuple[int, int]], ends: bool) -> None:
    p = order_path(Script(), Script())
    p.command(order(p, "a1", 100, 100_000))
    p.run(30)
    venue = p.venues["XALP-P0"]
    (name,) = venue.orders
    venue.withhold = True
    for qty, px in untold:
        venue.fill(name, qty)
        venue.withheld[-1] = replace(venue.withheld[-1], last_px=px)
    venue.withhold = False
    if ends:
        venue.end(name, OrdStatus.CANCELED)
    else:
        venue.lose()
    p.run(150, SECOND_NS)
    made = venue.orders[name]
    assert holdings(p) == dict.fromkeys(holdings(p), (made.cum_qty, made.cum_qty * 100_000)), "at the limit"
    for report in reversed(venue.withheld):
        venue.tell(report)
    p.run(60)
    paid = sum(r.last_qty * r.last_px for r in venue.withheld)
    assert holdings(p) == dict.fromkeys(holdings(p), (made.cum_qty, paid))
    assert not folded(p, topics.EXECUTION).breaks.open
