"""Execution and a venue back to back, under connections lost at any message, processes that die at any effect, owners that wake up late.

A venue that begins its numbers anew is in a test of its own: there something may stay unknown for good.

INV: no order reaches the venue twice; every fill is counted once; every child's end is known once the venue answers; what is proven
never to have reached the venue is not there; the journal alone gives the same state; no order has two cancels under way (INV-610).
"""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.canonical import state_hash
from oms.core.commands import venue_cl_ord_id
from oms.core.control import CancelScope, Halt, Resume
from oms.core.enums import ExecType, HaltScope, IntentKind, OrdStatus, SessionMessage
from oms.core.execution.state import ANSWER_WAIT_NS
from oms.core.execution_events import (
    ChildReport,
    ChildRequestRejected,
    ChildUnsent,
    ExecutionEvent,
    Intent,
    SessionDown,
    SessionMessagePlanned,
)
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel, ChildReplace
from oms.core.session_hours import SessionHours, standing
from oms.testing.execution_bench import NOBODY, PARTITION, SECOND_NS, ExecutionBench, child_new
from oms.testing.sim_venue import Script

SCRIPTS = (Script(), Script(fills=(40,)), Script(fills=(30, 70)), Script(accept=False))

ACTIONS = st.sampled_from(
    (
        *("new", "new", "new", "cancel", "replace", "fill", "time", "lose", "restart", "wake", "halt", "scope cancel"),
        *("venue cancels", "due", "due", "one effect", "effects", "effects", "read one", "read", "read", "hear one"),
        *("hear", "hear", "settle", "settle"),
    )
)


class Story:
    """One run: what was ordered, and the next numbers."""

    def __init__(self, bench: ExecutionBench | None = None) -> None:
        self.bench = bench or ExecutionBench()
        self.children: list[str] = []
        self.requests = 0

    def act(self, action: str, number: int) -> None:
        bench, venue = self.bench, self.bench.venue
        match action:
            case "new":
                venue.script = SCRIPTS[number % len(SCRIPTS)]
                new = child_new(len(self.children) + 1)
                self.children.append(new.child_id)
                bench.route(new)
            case "cancel" | "replace":
                self._request(action, number)
            case "fill":
                if cl_ord_id := self._at_venue(number):
                    venue.fill(cl_ord_id, 1 + number)
            case "venue cancels":
                if cl_ord_id := self._at_venue(number):
                    venue.end(cl_ord_id, OrdStatus.CANCELED)
            case "due":
                bench.fire_due()
            case "effects":
                bench.do_effects()
            case "one effect":
                bench.do_effects(1)
            case "read":
                venue.read()
            case "read one":
                venue.read(1)
            case "hear":
                bench.hear()
            case "hear one":
                bench.hear(1)
            case "time":
                bench.now_ns += (number + 1) * SECOND_NS
            case "lose":
                venue.read(number % 3)
                venue.lose(deliver=number % 4)
            case "lose numbers":
                venue.lose(deliver=number % 2)
                venue.expected = venue.next_out = 1
                venue.sent.clear()
            case "restart":
                bench.restart()
            case "wake":
                bench.wake()
            case "halt":
                bench.control(Halt(HaltScope.FIRM, "", bool(number % 2), "", 0, NOBODY))
                bench.control(Resume(HaltScope.FIRM, "", "", 0, NOBODY))
            case "scope cancel":
                bench.control(CancelScope(HaltScope.DESK, "alpha", "", 0, NOBODY))
            case "settle":
                bench.settle()
            case "roll":
                bench.now_ns = _next_change(bench.now_ns) + number % 3

    def _request(self, action: str, number: int) -> None:
        if not self.children:
            return
        self.requests += 1
        child_id = self.children[number % len(self.children)]
        order_id = child_id.rpartition(".")[0]
        if action == "cancel":
            self.bench.route(ChildCancel(order_id, child_id, self.requests))
        else:
            self.bench.route(ChildReplace(order_id, child_id, self.requests, 80 + number, 1001, 10**18))

    def _at_venue(self, number: int) -> str:
        orders = list(self.bench.venue.orders)
        return orders[number % len(orders)] if orders else ""


@settings(max_examples=250, deadline=None, print_blob=True)
@given(st.lists(st.tuples(ACTIONS, st.integers(0, 60)), min_size=5, max_size=70))
def test_no_order_twice_no_fill_twice_no_end_unknown(actions: list[tuple[str, int]]) -> None:
    story = Story()
    for action, number in actions:
        story.act(action, number)
    _judge(story)


HALF_A_DAY_NS = 43_200 * SECOND_NS
HOURS = SessionHours("00:00-12:00", "UTC")


def _next_change(now_ns: int) -> int:
    return (now_ns // HALF_A_DAY_NS + 1) * HALF_A_DAY_NS


@settings(max_examples=150, deadline=None, print_blob=True)
@given(
    st.lists(st.tuples(ACTIONS | st.just("roll"), st.integers(0, 60)), min_size=5, max_size=70),
    st.booleans(),
)
def test_inv_590_no_order_twice_no_fill_twice_no_end_unknown_over_days(
    actions: list[tuple[str, int]], resets_daily: bool
) -> None:
    story = Story(ExecutionBench.open_at(HOURS, 1_000 * SECOND_NS, resets_daily))
    bench = story.bench
    for action, number in actions:
        before = len(bench.journal)
        story.act(action, number)
        if not standing(HOURS, bench.now_ns).is_open:
            assert not any(_is_logon(event) for record in bench.journal[before:] for event in record.events)
    if not standing(HOURS, bench.now_ns).is_open:
        bench.now_ns = _next_change(bench.now_ns)
    _judge(story)


def _is_logon(event: object) -> bool:
    return isinstance(event, SessionMessagePlanned) and event.message is SessionMessage.LOGON


def _judge(story: Story) -> None:
    bench = story.bench
    assert state_hash(bench.folded(), 1) == bench.hash()
    bench.settle()
    _one_cancel_at_a_time(bench.events())
    assert bench.at_rest(), "something stayed without an answer"
    assert all(count == 1 for count in bench.venue.new_read.values())
    unsent = {e.child_id: e.reason for e in bench.events() if isinstance(e, ChildUnsent)}
    filled, statuses = _told(bench)
    for child_id in story.children:
        order = bench.venue.orders.get(venue_cl_ord_id(PARTITION, child_id))
        if order is None:
            assert child_id in unsent
            continue
        assert child_id not in unsent
        assert filled[child_id] == order.cum_qty
        child = bench.state.children.get(child_id)
        assert (child is None) == order.status.is_terminal
        assert statuses[child_id] is order.status or (child is not None and child.ord_status is order.status)
        assert child is None or (child.order_qty, child.price) == (order.order_qty, order.price)
    assert set(unsent.values()) <= {
        Reason.NEVER_REACHED_VENUE,
        Reason.WITHDRAWN_UNSENT,
        Reason.HALTED_AT_EXECUTION,
    }


def _one_cancel_at_a_time(events: list[ExecutionEvent]) -> None:
    """INV-610: between two cancels of an order on one connection it is refused, asked about, or overdue."""
    left_ns: dict[str, int] = {}
    for event in events:
        match event:
            case SessionDown():
                left_ns.clear()
            case Intent(kind=IntentKind.CANCEL):
                assert event.at_ns - left_ns.get(event.child_id, 0) >= ANSWER_WAIT_NS, f"{event.child_id}: two cancels"
                left_ns[event.child_id] = event.at_ns
            case Intent(kind=IntentKind.STATUS) | ChildRequestRejected(kind=IntentKind.CANCEL):
                left_ns.pop(event.child_id, None)


LOSING = st.sampled_from(
    ("new", "new", "cancel", "replace", "fill", "time", "lose", "lose numbers", "restart", "settle")
)


@settings(max_examples=150, deadline=None, print_blob=True)
@given(st.lists(st.tuples(LOSING, st.integers(0, 60)), min_size=5, max_size=40))
def test_a_venue_that_loses_its_numbers_makes_nothing_twice_and_nothing_up(actions: list[tuple[str, int]]) -> None:
    """What it was sent, or said, before it lost its numbers may stay unknown; then it is told so, and stays open."""
    story = Story()
    for action, number in actions:
        story.act(action, number)
    bench = story.bench
    assert state_hash(bench.folded(), 1) == bench.hash()
    bench.settle(rounds=120)
    assert all(count == 1 for count in bench.venue.new_read.values())
    unsent = {e.child_id for e in bench.events() if isinstance(e, ChildUnsent)}
    filled, _ = _told(bench)
    for child_id in story.children:
        order = bench.venue.orders.get(venue_cl_ord_id(PARTITION, child_id))
        child = bench.state.children.get(child_id)
        unknown = child is not None and child.ord_status is OrdStatus.UNKNOWN
        assert (order is None) or child_id not in unsent
        assert unknown or (order is None) == (child_id in unsent)
        assert unknown or order is None or filled[child_id] == order.cum_qty
        assert unknown or order is None or (child is None) == order.status.is_terminal
        assert order is None or filled[child_id] <= order.cum_qty


def _told(bench: ExecutionBench) -> tuple[Counter[str], dict[str, OrdStatus]]:
    """Per child what the journal says was filled, every ExecID once, and the last status."""
    filled: Counter[str] = Counter()
    statuses: dict[str, OrdStatus] = {}
    seen: set[str] = set()
    for event in bench.events():
        if isinstance(event, ChildReport):
            statuses[event.child_id] = event.ord_status
            if event.exec_type is ExecType.TRADE:
                assert event.exec_id not in seen, f"fill {event.exec_id} was counted twice"
                seen.add(event.exec_id)
                filled[event.child_id] += event.last_qty
                assert event.cum_qty == filled[event.child_id]
    return filled, statuses
