"""What leaves for a child and why it does not: every reason of execution, on the real rules against the simulated venue."""

from dataclasses import fields, replace

import pytest

from oms.core.control import CancelScope, Halt, Resume
from oms.core.enums import BreakCause, ExecType, HaltScope, IntentKind, OrdStatus, SessionMessage
from oms.core.execution_events import (
    Anomaly,
    BreakRaised,
    ChildReport,
    ChildRequestRejected,
    ChildRequestTaken,
    ChildTaken,
    ChildUnknown,
    ChildUnsent,
    ExecutionEvent,
    ExecutionSuspended,
    Intent,
    SessionMessagePlanned,
    SessionReceived,
)
from oms.core.instructions import Instructions
from oms.core.reasons import Reason
from oms.core.risk_events import ControlApplied
from oms.core.routing_events import ChildCancel, ChildReplace
from oms.core.stage import SendEffect
from oms.core.venue_messages import MessageRefused, ReportReceived, VenueMessage
from oms.testing.execution_bench import GOOD_UNTIL_NS, NOBODY, RULES, SECOND_NS, SESSION_ID, ExecutionBench, child_new
from oms.testing.sim_venue import Script

CHILD = "alpha/20250106/a1.1"
ORDER = "alpha/20250106/a1"
VENUE_ID_OF_CHILD = f"0:{CHILD}"
HALT = Halt(HaltScope.DESK, "alpha", False, "", 0, NOBODY)
RESUME = Resume(HaltScope.DESK, "alpha", "", 0, NOBODY)


def logged_on() -> ExecutionBench:
    bench = ExecutionBench()
    bench.settle()
    assert bench.state.sessions[SESSION_ID].ready
    return bench


def with_order(script: Script = Script()) -> ExecutionBench:
    bench = logged_on()
    bench.venue.script = script
    bench.route(child_new(1))
    bench.settle()
    return bench


def of(bench: ExecutionBench, kind: type[ExecutionEvent]) -> list[ExecutionEvent]:
    return [event for event in bench.events() if isinstance(event, kind)]


def last_report(bench: ExecutionBench) -> ChildReport:
    found = of(bench, ChildReport)[-1]
    assert isinstance(found, ChildReport)
    return found


def cancel(request: int = 1) -> ChildCancel:
    return ChildCancel(ORDER, CHILD, request)


def replace_(qty: int = 80, request: int = 1, good_until_ns: int = GOOD_UNTIL_NS) -> ChildReplace:
    return ChildReplace(ORDER, CHILD, request, qty, 1001, good_until_ns)


def test_a_new_is_taken_and_numbered_in_one_record() -> None:
    bench = logged_on()
    # Nothing of what the router asks is left at its default: what gets lost on the way to the venue is seen here.
    asked = replace(child_new(1), instructions=Instructions(min_qty=10), trader="ada", strategy="s1", reduces_from=3)
    plain = [f.name for f in fields(asked) if getattr(asked, f.name) == f.default]
    assert not plain, f"give {plain} a value here"
    taken, intent = bench.route(asked)
    assert isinstance(taken, ChildTaken) and isinstance(intent, Intent)
    assert (intent.kind, intent.msg_seq_num, intent.cl_ord_id) == (IntentKind.NEW, 2, VENUE_ID_OF_CHILD)
    (effect,) = RULES.effects(bench.state, (taken, intent))
    assert effect == SendEffect(intent, asked)


def test_several_children_of_one_record_are_numbered_in_order() -> None:
    bench = logged_on()
    events = bench.route(child_new(1), child_new(2), ChildCancel(ORDER, CHILD, 1))
    intents = [e for e in events if isinstance(e, Intent)]
    assert [(i.kind, i.msg_seq_num) for i in intents] == [
        (IntentKind.NEW, 2),
        (IntentKind.NEW, 3),
        (IntentKind.CANCEL, 4),
    ]
    assert intents[2].orig_cl_ord_id == VENUE_ID_OF_CHILD


def test_a_fill_is_reported_with_the_sum() -> None:
    bench = with_order(Script(fills=(30,)))
    report = last_report(bench)
    assert (report.exec_type, report.ord_status) == (ExecType.TRADE, OrdStatus.PARTIALLY_FILLED)
    assert (report.last_qty, report.cum_qty, report.leaves_qty) == (30, 30, 70)


def test_unknown_venue() -> None:
    (event,) = logged_on().route(child_new(1, venue_id="XNIL"))
    assert isinstance(event, ChildUnsent) and event.reason is Reason.NO_VENUE_SESSION


def test_a_child_ordered_twice_is_sent_once() -> None:
    bench = with_order()
    (event,) = bench.route(child_new(1))
    assert isinstance(event, Anomaly)


def test_halted() -> None:
    bench = logged_on()
    (applied,) = bench.control(HALT)
    assert applied == ControlApplied(0)
    _, event = bench.route(child_new(1))
    assert isinstance(event, ChildUnsent) and event.reason is Reason.HALTED_AT_EXECUTION


@pytest.mark.parametrize(("scope", "scope_id"), [(HaltScope.TRADER, "bob"), (HaltScope.STRATEGY, "spread")])
def test_inv_276_a_halt_of_a_trader_or_strategy_binds_here_too(scope: HaltScope, scope_id: str) -> None:
    bench = logged_on()
    bench.control(Halt(scope, scope_id, False, "", 0, NOBODY))
    _, event = bench.route(replace(child_new(1), trader="bob", strategy="spread"))
    assert isinstance(event, ChildUnsent) and event.reason is Reason.HALTED_AT_EXECUTION
    bench.route(replace(child_new(2), trader="ann"))
    bench.settle()
    assert list(bench.venue.orders) == ["0:alpha/20250106/a2.1"]


def test_inv_271_behind_a_scopes_cancel_no_replace_leaves() -> None:
    bench = with_order()
    bench.control(CancelScope(HaltScope.FIRM, "", "", 0, NOBODY))
    (refused,) = bench.route(ChildReplace(ORDER, CHILD, 1, 200, 1000, GOOD_UNTIL_NS))
    assert isinstance(refused, ChildRequestRejected) and refused.reason is Reason.TOO_LATE_TO_CANCEL
    bench.settle()
    assert last_report(bench).ord_status is OrdStatus.CANCELED


@pytest.mark.parametrize(
    ("scopes", "reason"),
    [
        ((HaltScope.VENUE,), Reason.WITHDRAWN_FROM_VENUE),
        ((HaltScope.VENUE, HaltScope.DESK), Reason.HALTED_AT_EXECUTION),
        ((HaltScope.DESK, HaltScope.VENUE), Reason.HALTED_AT_EXECUTION),
    ],
)
def test_inv_275_the_end_says_whether_it_is_the_venues_or_the_orders(
    scopes: tuple[HaltScope, ...], reason: Reason
) -> None:
    bench = with_order()
    for scope in scopes:
        scope_id = {HaltScope.VENUE: child_new(1).venue_id, HaltScope.DESK: "alpha"}[scope]
        bench.control(CancelScope(scope, scope_id, "", 0, NOBODY))
    bench.fire_due()
    bench.settle()
    assert (last_report(bench).ord_status, last_report(bench).reason) == (OrdStatus.CANCELED, reason)


def test_a_halt_blocks_what_waits_even_when_it_is_lifted_first() -> None:
    bench = ExecutionBench()
    bench.route(child_new(1))
    bench.control(HALT)
    bench.control(RESUME)
    bench.route(child_new(2))
    bench.settle()
    assert [e.child_id for e in of(bench, ChildUnsent) if isinstance(e, ChildUnsent)] == [CHILD]
    assert list(bench.venue.orders) == ["0:alpha/20250106/a2.1"]


def test_good_until_passed_on_arrival_and_while_waiting() -> None:
    bench = ExecutionBench()
    _, event = bench.route(child_new(1, good_until_ns=bench.now_ns - 1))
    assert isinstance(event, ChildUnsent) and event.reason is Reason.GOOD_UNTIL_PASSED_AT_EXECUTION
    assert len(bench.route(child_new(2, good_until_ns=bench.now_ns))) == 1
    bench.now_ns += 1
    bench.fire_due()
    reasons = [e.reason for e in of(bench, ChildUnsent) if isinstance(e, ChildUnsent)]
    assert reasons == [Reason.GOOD_UNTIL_PASSED_AT_EXECUTION] * 2


def test_a_cancel_withdraws_what_has_not_left() -> None:
    bench = ExecutionBench()
    bench.route(child_new(1))
    (event,) = bench.route(cancel())
    assert isinstance(event, ChildUnsent) and event.reason is Reason.WITHDRAWN_UNSENT
    (late,) = bench.route(cancel(2))
    assert isinstance(late, ChildRequestRejected) and late.reason is Reason.TOO_LATE_TO_CANCEL
    (nothing,) = bench.route(ChildCancel("o", "o.9", 1))
    assert isinstance(nothing, ChildRequestRejected) and nothing.reason is Reason.UNKNOWN_ORDER


def test_cancel_at_the_venue() -> None:
    bench = with_order()
    bench.route(cancel(3))
    bench.settle()
    report = last_report(bench)
    assert (report.exec_type, report.request, report.reason) == (ExecType.CANCELED, 3, None)
    assert CHILD not in bench.state.children


def test_a_cancel_during_a_halt_leaves() -> None:
    bench = with_order()
    bench.control(HALT)
    (event,) = bench.route(cancel())
    assert isinstance(event, Intent) and event.kind is IntentKind.CANCEL


def test_a_cancel_waits_for_the_logon_and_no_longer() -> None:
    bench = with_order()
    bench.venue.lose()
    bench.hear()
    (event,) = bench.route(cancel())
    assert isinstance(event, ChildRequestTaken)
    bench.settle()
    assert last_report(bench).exec_type is ExecType.CANCELED


def test_a_cancel_without_outcome_is_repeated_under_a_new_id() -> None:
    bench = with_order()
    bench.route(cancel())
    bench.do_effects()
    bench.venue.lose()
    bench.settle()
    cancels = [e for e in of(bench, Intent) if isinstance(e, Intent) and e.kind is IntentKind.CANCEL]
    assert len({c.cl_ord_id for c in cancels}) == 2
    assert bench.venue.orders[VENUE_ID_OF_CHILD].status is OrdStatus.CANCELED


def test_the_venue_refuses_a_cancel() -> None:
    bench = with_order()
    bench.venue.fill(VENUE_ID_OF_CHILD, 100)  # crosses the cancel
    bench.route(cancel())
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    assert last_report(bench).ord_status is OrdStatus.FILLED
    assert not of(bench, ChildRequestRejected), "the order's end has answered the cancel"


def test_the_venue_refuses_a_message() -> None:
    bench = with_order()
    intent = bench.route(cancel())[0]
    assert isinstance(intent, Intent)
    _, event = bench.feed(message(bench, MessageRefused(intent.msg_seq_num, "what?")))
    assert isinstance(event, ChildRequestRejected) and event.reason is Reason.VENUE_CANCEL_REJECTED
    intent = bench.route(child_new(2))[1]
    assert isinstance(intent, Intent)
    _, report = bench.feed(message(bench, MessageRefused(intent.msg_seq_num, "what?")))
    assert isinstance(report, ChildReport) and report.reason is Reason.VENUE_REJECTED


def test_rule_03_replaced_and_then_filled_under_the_new_id() -> None:
    bench = with_order()
    bench.route(replace_(request=2))
    bench.settle()
    report = last_report(bench)
    assert (report.exec_type, report.request, report.order_qty, report.price) == (ExecType.REPLACED, 2, 80, 1001)
    (intent,) = bench.route(cancel(3))
    assert isinstance(intent, Intent) and intent.orig_cl_ord_id == f"{VENUE_ID_OF_CHILD}:1"
    bench.venue.fill(VENUE_ID_OF_CHILD, 80)
    bench.hear()
    assert last_report(bench).ord_status is OrdStatus.FILLED


def test_why_a_replace_does_not_leave() -> None:
    bench = with_order()
    refused = bench.route(replace_(good_until_ns=bench.now_ns - 1))[0]
    assert isinstance(refused, ChildRequestRejected) and refused.reason is Reason.GOOD_UNTIL_PASSED_AT_EXECUTION
    bench.route(replace_(request=2))
    refused = bench.route(replace_(request=3))[0]
    assert isinstance(refused, ChildRequestRejected) and refused.reason is Reason.REPLACE_UNSUPPORTED
    bench.control(HALT)
    bench.settle()
    refused = bench.route(replace_(request=4))[0]
    assert isinstance(refused, ChildRequestRejected) and refused.reason is Reason.HALTED_AT_EXECUTION
    refused = bench.route(ChildReplace("o", "o.9", 1, 1, 1, GOOD_UNTIL_NS))[0]
    assert isinstance(refused, ChildRequestRejected) and refused.reason is Reason.ORDER_NOT_OPEN


def test_the_venue_refuses_a_replace() -> None:
    bench = with_order(Script(fills=(90,)))
    bench.route(replace_(qty=50))
    bench.settle()
    (refused,) = of(bench, ChildRequestRejected)
    assert isinstance(refused, ChildRequestRejected) and refused.reason is Reason.VENUE_REPLACE_REJECTED


def test_a_replace_that_did_not_arrive_is_not_repeated() -> None:
    bench = with_order()
    bench.route(replace_())
    bench.do_effects()
    bench.venue.lose()
    bench.settle()
    (refused,) = of(bench, ChildRequestRejected)
    assert isinstance(refused, ChildRequestRejected) and refused.kind is IntentKind.REPLACE
    assert bench.venue.orders[VENUE_ID_OF_CHILD].order_qty == 100


def test_the_venue_rejects_expires_cancels() -> None:
    assert last_report(with_order(Script(accept=False))).reason is Reason.VENUE_REJECTED
    for status, reason in ((OrdStatus.CANCELED, Reason.VENUE_CANCELED), (OrdStatus.EXPIRED, Reason.VENUE_EXPIRED)):
        bench = with_order()
        bench.venue.end(VENUE_ID_OF_CHILD, status)
        bench.hear()
        assert (last_report(bench).ord_status, last_report(bench).reason) == (status, reason)


def test_a_scope_is_cancelled_in_steps_that_end() -> None:
    bench = logged_on()
    for number in range(1, 451):
        bench.route(child_new(number))
    bench.settle()
    before = len(bench.journal)
    bench.control(CancelScope(HaltScope.ACCOUNT, "acc", "", 0, NOBODY))
    bench.fire_due()
    sizes = [len(record.events) for record in bench.journal[before:]]
    assert sizes == [2, 200, 200, 51]
    bench.settle()
    assert not bench.state.children
    assert last_report(bench).reason is Reason.HALTED_AT_EXECUTION


def test_never_reached_takes_a_number_that_did_not_arrive_and_an_unknown_order() -> None:
    bench = logged_on()
    bench.route(child_new(1))  # journaled
    bench.restart()  # never sent
    bench.settle()
    (event,) = of(bench, ChildUnsent)
    assert isinstance(event, ChildUnsent) and event.reason is Reason.NEVER_REACHED_VENUE
    assert not bench.venue.orders


def test_rule_31_arrived_and_unknown_stays_unknown_and_is_asked_again() -> None:
    bench = logged_on()
    bench.venue.mute = True  # reads the order, and forgets it
    bench.route(child_new(1))
    bench.do_effects()
    bench.venue.read()
    bench.venue.lose()
    bench.venue.mute = False
    bench.settle(rounds=60)
    assert len(of(bench, ChildUnknown)) == 1
    assert len([e for e in of(bench, Intent) if isinstance(e, Intent) and e.kind is IntentKind.STATUS]) > 3
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    (raised,) = of(bench, BreakRaised)
    assert isinstance(raised, BreakRaised) and raised.cause is BreakCause.NOT_AT_VENUE
    refused = bench.route(replace_())[0]
    assert isinstance(refused, ChildRequestRejected) and refused.reason is Reason.OUTCOME_UNKNOWN


def test_rule_31_no_answer_for_five_seconds_asks_the_status() -> None:
    bench = logged_on()
    bench.venue.mute = True
    bench.route(child_new(1))
    bench.do_effects()
    bench.now_ns += 5 * SECOND_NS
    bench.fire_due()
    assert len(of(bench, Intent)) == 1
    bench.now_ns += 1
    bench.fire_due()
    assert [e.kind for e in of(bench, Intent) if isinstance(e, Intent)] == [IntentKind.NEW, IntentKind.STATUS]


def test_rule_31_an_end_with_another_quantity_than_ours_is_doubt_and_asked_about() -> None:
    bench = with_order()
    end = replace(report_of(ExecType.CANCELED, exec_id="C1", cum_qty=5, last_qty=0), ord_status=OrdStatus.CANCELED)
    events = bench.feed(message(bench, replace(end, leaves_qty=0)))
    assert any(isinstance(e, ChildUnknown) for e in events) and any(isinstance(e, Anomaly) for e in events)
    child = bench.state.children[CHILD]
    assert (child.ord_status, child.cum_qty) == (OrdStatus.UNKNOWN, 0), "it has not ended, and nothing was made up"


def test_rule_06_a_status_reply_is_never_a_fill() -> None:
    bench = with_order()
    reply = report_of(ExecType.ORDER_STATUS, exec_id="S1", cum_qty=60, last_qty=60)
    _, event = bench.feed(message(bench, reply))
    assert isinstance(event, ChildUnknown)
    assert bench.state.children[CHILD].cum_qty == 0


def test_rule_30_a_fill_counts_once_even_after_the_end() -> None:
    bench = with_order()
    bench.route(cancel())
    bench.settle()
    late = report_of(ExecType.TRADE, exec_id="LATE", cum_qty=5, last_qty=5)
    _, event = bench.feed(message(bench, late))
    assert isinstance(event, ChildReport) and (event.last_qty, event.cum_qty) == (5, 5)
    (only,) = bench.feed(message(bench, late))
    assert isinstance(only, SessionReceived)


def test_rule_30_a_fill_of_a_live_child_counts_once_however_often_it_is_told() -> None:
    """Told under a new number of the session, with the same ExecID; the same figures under another ExecID are another trade."""
    bench = with_order()
    first = report_of(ExecType.TRADE, exec_id="T1", cum_qty=5, last_qty=5)
    _, event = bench.feed(message(bench, first))
    assert isinstance(event, ChildReport) and (event.last_qty, event.cum_qty) == (5, 5)
    for told_again in (first, replace(first, cum_qty=10), replace(first, last_px=999)):
        (only,) = bench.feed(message(bench, told_again))
        assert isinstance(only, SessionReceived)
    _, event = bench.feed(message(bench, replace(first, exec_id="T2", cum_qty=10, leaves_qty=90)))
    assert isinstance(event, ChildReport) and (event.last_qty, event.cum_qty) == (5, 10)
    assert bench.state.children[CHILD].ord_status is OrdStatus.PARTIALLY_FILLED


def test_rule_25_a_fill_of_an_order_that_is_not_ours_is_kept_in_suspense() -> None:
    bench = logged_on()
    _, raised, kept, told = bench.feed(message(bench, report_of(ExecType.TRADE, exec_id="X", cum_qty=5, last_qty=5)))
    assert isinstance(told, SessionMessagePlanned) and told.message is SessionMessage.DONT_KNOW_TRADE
    assert isinstance(raised, BreakRaised) and raised.cause is BreakCause.UNKNOWN_EXECUTION
    assert isinstance(kept, ExecutionSuspended) and kept.raw == "raw"


def message(bench: ExecutionBench, body: MessageRefused | ReportReceived) -> VenueMessage:
    return VenueMessage(SESSION_ID, bench.state.sessions[SESSION_ID].next_in, False, body, "raw")


def report_of(exec_type: ExecType, *, exec_id: str, cum_qty: int, last_qty: int) -> ReportReceived:
    return ReportReceived(
        cl_ord_id=VENUE_ID_OF_CHILD,
        orig_cl_ord_id="",
        exec_type=exec_type,
        ord_status=OrdStatus.PARTIALLY_FILLED,
        exec_id=exec_id,
        venue_order_id="V1",
        last_qty=last_qty,
        last_px=1000,
        cum_qty=cum_qty,
        leaves_qty=100 - cum_qty,
        order_qty=100,
        price=1000,
        liquidity=None,
        transact_ns=0,
        text="",
    )
