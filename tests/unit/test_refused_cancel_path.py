"""Rule 17 over the order path whole: a venue that refuses cancels, real loops, rules and codec over the log in memory, the gateway's view."""

import pytest
from path_world import DATE, NOW, WHO, WORLD
from test_order_path import cancel, last_status, order, valid_events

from oms.core.canonical import state_hash
from oms.core.commands import order_id_of
from oms.core.control import CancelScope
from oms.core.enums import HaltScope, IntentKind, OrdStatus
from oms.core.execution.state import NO_CANCEL
from oms.core.execution_events import Intent
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel, ParentCancelRefused, ParentChanged
from oms.core.run_rule import JOURNAL_START
from oms.core.venue_reasons import CxlRejReason
from oms.gateway.updates import updates_of
from oms.gateway.venue_states import Waiting, waiting_of
from oms.runtime.gateway_feed import PartitionView, decode
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.envelope import Envelope

ORDER_ID = order_id_of("alpha", DATE, "a1")


@pytest.fixture
def path() -> Pipeline:
    """One order rests, and its venue refuses every cancel."""
    p = Pipeline([SimVenue("XALP-P0", Script(True, ())), SimVenue("XBET-P0", Script(True, ()))], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.quote("XBET", "ACME", (99_800, 500), (100_100, 500))
    p.run()
    p.command(order("a1", 100, price=99_900))
    p.run()
    for venue in p.venues.values():
        venue.refuse_cancels = True
    return p


def view(p: Pipeline) -> PartitionView:
    names = (topics.ORDERS, topics.RISK, topics.ROUTING, topics.EXECUTION)
    found = PartitionView(p.partition, dict.fromkeys(names, JOURNAL_START))
    for record in p.log.reader({TopicPartition(name, p.partition): 0 for name in names}).poll(0.0, 1_000_000):
        found.offer(decode(record))
    found.settle()
    return found


def updates(p: Pipeline) -> list[api.OrderUpdate]:
    found: list[api.OrderUpdate] = []
    for record in p.log.reader({TopicPartition(topics.ROUTING, p.partition): 0}).poll(0.0, 1_000_000):
        value = decode(record).value
        if isinstance(value, Envelope):
            found += updates_of(record.topic, record.partition, record.offset, value)
    return found


def waiting(p: Pipeline) -> Waiting | None:
    found = view(p)
    return waiting_of(found.blotter.orders[ORDER_ID], found.venues)


def cancels_sent(p: Pipeline) -> int:
    return sum(1 for e in valid_events(p, topics.EXECUTION) if isinstance(e, Intent) and e.kind is IntentKind.CANCEL)


def test_rule_17_a_refused_cancel_leaves_the_order_as_it_was_at_every_stage(path: Pipeline) -> None:
    path.command(cancel("c1", "a1"))
    path.run()
    assert last_status(path, "a1") == (OrdStatus.NEW, 0)
    (refused,) = [e for e in valid_events(path, topics.ROUTING) if isinstance(e, ParentCancelRefused)]
    assert (refused.cl_ord_id, refused.reason, refused.text) == ("c1", Reason.VENUE_CANCEL_REJECTED, "XALP: refused")
    told = [e for e in valid_events(path, topics.ROUTING) if isinstance(e, ParentChanged)][-1]
    assert (told.cancel_rejected, told.cl_ord_id, told.leaves_qty) == (True, "c1", 100)
    assert told.cxl_rej_reason is CxlRejReason.BROKER_OPTION, "the venue's own, as the desk's update has it"
    assert [u.cxl_rej_reason for u in updates(path) if u.cancel_rejected] == [CxlRejReason.BROKER_OPTION]
    (child,) = path.loops[topics.EXECUTION].state.children.values()
    assert child.cancel == NO_CANCEL and not child.requests
    assert ORDER_ID in path.loops[topics.RISK].state.open_orders
    blotter = view(path).blotter.orders[ORDER_ID]
    assert blotter.pending is None and blotter.ord_status is OrdStatus.NEW and blotter.leaves_qty == 100
    assert waiting(path) is None


def test_rule_17_a_new_cancel_ends_it_once_the_venue_takes_one(path: Pipeline) -> None:
    path.command(cancel("c1", "a1"))
    path.run()
    path.command(cancel("c2", "a1"))
    path.run()
    assert last_status(path, "a1") == (OrdStatus.NEW, 0), "refused again"
    for venue in path.venues.values():
        venue.refuse_cancels = False
    path.command(cancel("c3", "a1"))
    path.run()
    assert last_status(path, "a1") == (OrdStatus.CANCELED, 0)
    assert ORDER_ID not in path.loops[topics.RISK].state.open_orders


def test_rule_17_an_order_that_goes_on_is_filled(path: Pipeline) -> None:
    path.command(cancel("c1", "a1"))
    path.run()
    (at,) = [(v, o) for v in path.venues.values() for o in v.distinct_orders()]
    at[0].fill(at[1].cl_ord_ids[-1], 100)
    path.run()
    assert last_status(path, "a1") == (OrdStatus.FILLED, 100)


def test_rule_17_a_control_that_cancels_keeps_asking_and_says_so(path: Pipeline) -> None:
    path.control(CancelScope(HaltScope.FIRM, "", "test", NOW, WHO))
    path.run()
    sent = cancels_sent(path)
    assert last_status(path, "a1") == (OrdStatus.PENDING_CANCEL, 0)
    found = waiting(path)
    assert found is not None and "refused the cancel" in found.doing
    path.run(150)  # three seconds
    assert sent < cancels_sent(path) <= sent + 4, "a cancel each second"
    assert last_status(path, "a1") == (OrdStatus.PENDING_CANCEL, 0)
    for venue in path.venues.values():
        venue.refuse_cancels = False
    path.run(120)
    assert last_status(path, "a1") == (OrdStatus.CANCELED, 0)


@pytest.mark.parametrize("topic", [topics.ROUTING, topics.EXECUTION])
@pytest.mark.parametrize("after", range(12))
def test_rule_17_a_crash_anywhere_refuses_the_cancel_once(path: Pipeline, topic: str, after: int) -> None:
    path.command(cancel("c1", "a1"))
    path.run(after, 5_000_000)
    path.crash(topic)
    path.run(300)
    refused = [e for e in valid_events(path, topics.ROUTING) if isinstance(e, ParentCancelRefused)]
    assert len(refused) == 1 and last_status(path, "a1") == (OrdStatus.NEW, 0)
    assert len({e.request for e in valid_events(path, topics.ROUTING) if isinstance(e, ChildCancel)}) == 3
    fold = JournalFold(path.log, RULES[topics.ROUTING](), TopicPartition(topics.ROUTING, 0))
    for record in path.log.reader({TopicPartition(topics.ROUTING, 0): 0}).poll(0.0, 1_000_000):
        fold.apply(record)
    fold.fold_sides(tuple(path.loops[topics.ROUTING].cursors()))
    assert state_hash(fold.folded.state, 1) == state_hash(path.loops[topics.ROUTING].state, 1)
