"""INV-610 to INV-613: one cancel of an order under way is enough; who asks for it as well has the outcome with it."""

import pytest

from oms.core.canonical import state_hash
from oms.core.control import CancelScope
from oms.core.enums import HaltScope, IntentKind, OrdStatus
from oms.core.execution.state import ANSWER_WAIT_NS, NO_CANCEL
from oms.core.execution_events import (
    ChildReport,
    ChildRequestRejected,
    ChildRequestTaken,
    ExecutionEvent,
    Intent,
    ScopeCancelStarted,
)
from oms.core.reasons import Reason
from oms.core.reference import MessageThrottle
from oms.core.routing_events import ChildCancel, ChildReplace
from oms.core.venue_messages import CancelRejectReceived, MessageRefused, VenueMessage
from oms.testing.execution_bench import GOOD_UNTIL_NS, NOBODY, SECOND_NS, SESSION_ID, ExecutionBench, child_new
from oms.testing.sim_venue import SimOrder

CHILD, ORDER = child_new(1).child_id, child_new(1).order_id
FIRM = CancelScope(HaltScope.FIRM, "", "drill", 0, NOBODY)
MS_NS = 1_000_000


def with_orders(count: int = 1, throttle: MessageThrottle | None = None) -> ExecutionBench:
    bench = ExecutionBench.at(throttle=throttle)
    bench.settle()
    bench.route(*(child_new(number) for number in range(1, count + 1)))
    for _ in range(2_000):
        if len(bench.venue.orders) == count and not bench.venue.outbound:
            return bench
        turn(bench)
    raise AssertionError("the orders did not reach the venue")


def turn(bench: ExecutionBench, step_ns: int = 20 * MS_NS) -> int:
    """A moment passes. Returns how many cancels the venue was written in it."""
    bench.fire_due()
    bench.do_effects()
    written = [e.message for e in bench.venue.inbound if isinstance(e.message, Intent)]
    bench.venue.read()
    bench.hear()
    bench.now_ns += step_ns
    return sum(intent.kind is IntentKind.CANCEL for intent in written)


def cancel(request: int = 1, number: int = 1) -> ChildCancel:
    new = child_new(number)
    return ChildCancel(new.order_id, new.child_id, request)


def questions(bench: ExecutionBench) -> int:
    return sum(isinstance(e, Intent) and e.kind is IntentKind.STATUS for e in bench.events())


def cancels(bench: ExecutionBench) -> list[int]:
    """The requests of the cancels that left, in their order."""
    return [e.request for e in bench.events() if isinstance(e, Intent) and e.kind is IntentKind.CANCEL]


def refusals(bench: ExecutionBench) -> list[int]:
    return [e.request for e in bench.events() if isinstance(e, ChildRequestRejected)]


def last(bench: ExecutionBench, kind: type[ExecutionEvent]) -> ExecutionEvent:
    return [e for e in bench.events() if isinstance(e, kind)][-1]


def hear(bench: ExecutionBench, body: CancelRejectReceived | MessageRefused) -> None:
    bench.feed(VenueMessage(SESSION_ID, bench.state.sessions[SESSION_ID].next_in, False, body, "raw"))


def under_way() -> ExecutionBench:
    """The scope's cancel is with the venue, which has not said anything; the router's has joined it."""
    bench = with_orders()
    bench.control(FIRM)
    bench.fire_due()
    assert cancels(bench) == [0]
    (taken,) = bench.route(cancel(5))
    assert isinstance(taken, ChildRequestTaken) and (taken.request, taken.joins) == (5, 1)
    return bench


@pytest.mark.parametrize("throttle", [None, MessageThrottle(20, 1_000, 5)])
@pytest.mark.parametrize("first", ["scope", "router", "router before the step"])
def test_inv_610_the_venue_is_sent_one_cancel_of_each_order(first: str, throttle: MessageThrottle | None) -> None:
    bench = with_orders(60, throttle)
    asked = [cancel(1, number) for number in range(1, 61)]
    if first == "router":
        bench.route(*asked)
        bench.control(FIRM)
    else:
        bench.control(FIRM)
        if first == "scope":
            bench.fire_due()
        bench.route(*asked)
    assert sum(turn(bench) for _ in range(400)) == 60
    assert {o.status for o in bench.venue.distinct_orders()} == {OrdStatus.CANCELED}
    assert not bench.state.children and not bench.state.scopes_open and bench.at_rest()
    assert state_hash(bench.folded(), 1) == bench.hash()


def test_inv_610_a_scope_leaves_to_the_routers_cancel_what_that_has_reached() -> None:
    bench = with_orders()
    bench.route(cancel(5))
    bench.control(FIRM)
    started = last(bench, ScopeCancelStarted)
    assert isinstance(started, ScopeCancelStarted) and started.matched == 0 and not bench.state.scope_work
    bench.settle()
    assert cancels(bench) == [5]


def test_inv_610_the_end_is_the_routers() -> None:
    bench = under_way()
    bench.settle()
    report = last(bench, ChildReport)
    assert isinstance(report, ChildReport)
    assert (report.ord_status, report.request, report.reason) == (OrdStatus.CANCELED, 5, None)
    assert cancels(bench) == [0] and not refusals(bench)


def test_inv_610_after_a_logon_what_is_repeated_is_joined_too() -> None:
    bench = with_orders()
    bench.control(FIRM)
    bench.fire_due()
    bench.venue.lose()
    bench.hear()
    while True:
        bench.fire_due()
        if cancels(bench) == [0, 0]:
            break
        turn(bench)
    (taken,) = bench.route(cancel(5))
    assert isinstance(taken, ChildRequestTaken) and taken.joins == 2
    bench.settle()
    assert cancels(bench) == [0, 0] and not bench.state.children


def test_inv_611_a_refusal_is_told_to_both() -> None:
    bench = under_way()
    bench.venue.refuse_cancels = True
    turn(bench)
    told = [e for e in bench.events() if isinstance(e, ChildRequestRejected)]
    assert [(e.request, e.kind, e.reason, e.ord_status) for e in told] == [
        (request, IntentKind.CANCEL, Reason.VENUE_CANCEL_REJECTED, OrdStatus.NEW) for request in (0, 5)
    ]
    child = bench.state.children[CHILD]
    assert (child.cancel, child.requests) == (NO_CANCEL, {})
    bench.venue.refuse_cancels = False
    bench.route(cancel(6))
    bench.settle()
    assert cancels(bench) == [0, 6] and not bench.state.children


def test_inv_611_a_message_that_the_venue_could_not_take_is_told_to_both() -> None:
    bench = under_way()
    intent = last(bench, Intent)
    assert isinstance(intent, Intent)
    hear(bench, MessageRefused(intent.msg_seq_num, "what?"))
    assert refusals(bench) == [0, 5] and bench.state.children[CHILD].cancel == NO_CANCEL


def test_inv_611_of_several_that_joined_the_newest_is_told() -> None:
    """A desk that asks again and again: what waits for the answer is bounded."""
    bench = under_way()
    bench.route(*(cancel(request) for request in range(6, 40)))
    bench.venue.refuse_cancels = True
    turn(bench)
    assert cancels(bench) == [0] and refusals(bench) == [0, 39]


def test_inv_612_where_the_cancel_is_lost_with_its_connection_the_routers_is_repeated() -> None:
    bench = under_way()
    bench.venue.lose()
    bench.settle()
    assert cancels(bench) == [0, 5] and not bench.state.children
    report = last(bench, ChildReport)
    assert isinstance(report, ChildReport) and report.request == 5


@pytest.mark.parametrize("written", [False, True])
def test_inv_612_a_new_owner_knows_what_joined(written: bool) -> None:
    """The old owner's bytes reached the venue, or did not."""
    bench = under_way()
    if written:
        bench.do_effects()
        bench.venue.read()
    before = bench.hash()
    bench.restart()
    assert bench.state.children[CHILD].cancel == 5 and bench.hash() != before, "its session is down"
    bench.settle()
    assert not bench.state.children and not refusals(bench)
    assert cancels(bench) == ([0] if written else [0, 5]), "asked for again, as the router's, where there is no answer"
    assert bench.venue.orders[f"0:{CHILD}"].status is OrdStatus.CANCELED


def test_inv_612_an_unknown_order_is_no_outcome_and_the_cancel_that_joined_stays_wanted() -> None:
    bench = ExecutionBench()
    bench.settle()
    bench.venue.mute = True
    bench.route(child_new(1))
    bench.do_effects()
    bench.venue.read()  # its number arrived, and nothing came of it
    bench.venue.mute = False
    bench.control(FIRM)
    bench.fire_due()
    bench.route(cancel(5))
    bench.settle(rounds=60)
    assert not refusals(bench) and bench.state.children[CHILD].cancel == 5
    bench.venue.orders[f"0:{CHILD}"] = SimOrder([f"0:{CHILD}"], "V1", 100, 1000, OrdStatus.NEW)
    bench.settle(rounds=200)
    report = last(bench, ChildReport)
    assert isinstance(report, ChildReport) and (report.ord_status, report.request) == (OrdStatus.CANCELED, 5)


def test_inv_613_a_cancel_that_hangs_is_joined_until_its_answer_is_overdue_and_no_longer() -> None:
    bench = under_way()
    bench.venue.mute = True
    turn(bench, 0)
    sent_ns = bench.now_ns
    bench.now_ns = sent_ns + ANSWER_WAIT_NS - 1
    (joins,) = bench.route(cancel(6))
    assert isinstance(joins, ChildRequestTaken) and joins.joins == 1
    bench.now_ns += 1
    (own,) = bench.route(cancel(7))
    assert isinstance(own, Intent) and (own.kind, own.request) == (IntentKind.CANCEL, 7)
    hear(bench, CancelRejectReceived(f"0:{CHILD}:1", f"0:{CHILD}", OrdStatus.NEW, False, "no"))
    assert refusals(bench) == [0, 6] and bench.state.children[CHILD].cancel == 7, "the person's own goes on"
    bench.venue.mute = False
    bench.settle()
    assert not bench.state.children


def test_inv_613_a_cancel_without_outcome_is_asked_about_and_repeated_as_the_one_that_joined() -> None:
    bench = under_way()
    bench.venue.mute = True
    turn(bench)
    bench.venue.mute = False
    bench.settle()
    assert cancels(bench) == [0, 5] and not bench.state.children
    kinds = [e.kind for e in bench.events() if isinstance(e, Intent)]
    assert kinds[:4] == [IntentKind.NEW, IntentKind.CANCEL, IntentKind.STATUS, IntentKind.CANCEL], "first a question"


def test_inv_613_questions_from_before_a_cancel_do_not_have_it_repeated() -> None:
    bench = ExecutionBench()
    bench.settle()
    bench.venue.mute = True
    bench.route(child_new(1))
    while questions(bench) < 3:
        turn(bench, SECOND_NS)
    bench.route(cancel(5))
    sent_ns = bench.now_ns
    while bench.now_ns < sent_ns + ANSWER_WAIT_NS:
        turn(bench, SECOND_NS)
    assert questions(bench) > 3 and cancels(bench) == [5], "asked again, and given the time for an answer"
    while bench.now_ns < sent_ns + 10 * ANSWER_WAIT_NS:
        turn(bench, SECOND_NS)
    assert cancels(bench)[:2] == [5, 5]


def test_inv_613_only_the_repeated_one_is_answered_for() -> None:
    bench = under_way()
    bench.venue.mute = True
    turn(bench)
    bench.settle(rounds=9)
    assert cancels(bench)[:2] == [0, 5] and len(bench.state.children[CHILD].requests) == 1
    hear(bench, CancelRejectReceived(f"0:{CHILD}:1", f"0:{CHILD}", OrdStatus.NEW, False, "no"))
    assert not refusals(bench)


def test_inv_610_a_cancel_joins_no_replace() -> None:
    bench = with_orders()
    bench.route(ChildReplace(ORDER, CHILD, 1, 80, 1001, GOOD_UNTIL_NS))
    (intent,) = bench.route(cancel(2))
    assert isinstance(intent, Intent) and intent.kind is IntentKind.CANCEL


def test_inv_610_a_cancel_that_waits_for_room_is_taken_over_by_the_routers() -> None:
    bench = with_orders(3, MessageThrottle(3, 1_000, 1))
    bench.control(FIRM)
    bench.fire_due()
    waiting = list(bench.state.sessions[SESSION_ID].cancels)
    assert waiting
    bench.route(*(cancel(5, number) for number in (1, 2, 3)))
    assert list(bench.state.sessions[SESSION_ID].cancels) == waiting
    bench.now_ns += SECOND_NS
    assert sum(turn(bench) for _ in range(400)) == 3 and not bench.state.children
