"""What execution does while it does not know: cancels without outcome, pending replaces, numbers that nobody can know."""

from dataclasses import replace

from oms.core.canonical import state_hash
from oms.core.enums import BreakCause, ExecType, IntentKind, OrdStatus
from oms.core.execution.children import VALIDITY_TRIES
from oms.core.execution.reports import STATUS_TRIES_OF_WINDOW
from oms.core.execution.state import Arrival
from oms.core.execution_events import ChildReport, ChildRequestRejected, ChildUnsent, ExecutionEvent, Intent
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel, ChildReplace
from oms.core.venue_messages import CancelRejectReceived, ReportReceived, VenueMessage
from oms.testing.execution_bench import GOOD_UNTIL_NS, SECOND_NS, SESSION_ID, ExecutionBench, child_new
from oms.testing.sim_venue import SimOrder

CHILD = "alpha/20250106/a1.1"
ORDER = "alpha/20250106/a1"
VENUE_ID_OF_CHILD = f"0:{CHILD}"


def logged_on() -> ExecutionBench:
    bench = ExecutionBench()
    bench.settle()
    return bench


def with_order() -> ExecutionBench:
    bench = logged_on()
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


def replace_(qty: int = 80, request: int = 1) -> ChildReplace:
    return ChildReplace(ORDER, CHILD, request, qty, 1001, GOOD_UNTIL_NS)


def message(bench: ExecutionBench, body: CancelRejectReceived | ReportReceived) -> VenueMessage:
    return VenueMessage(SESSION_ID, bench.state.sessions[SESSION_ID].next_in, False, body, "raw")


def test_a_cancel_without_outcome_on_a_live_session_is_asked_about_and_then_repeated() -> None:
    bench = with_order()
    bench.venue.mute = True
    bench.route(cancel(7))
    bench.do_effects()
    bench.venue.read()  # its number is used up, and nothing comes of it
    bench.venue.mute = False
    bench.now_ns += 5 * SECOND_NS + 1
    bench.fire_due()
    assert [i.kind for i in intents(bench)][-1] is IntentKind.STATUS, "it may only be late"
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    assert bench.state.children[CHILD].ord_status is OrdStatus.NEW
    bench.settle()
    cancels = [i for i in intents(bench) if i.kind is IntentKind.CANCEL]
    assert [(c.request, c.cl_ord_id) for c in cancels] == [(7, f"{VENUE_ID_OF_CHILD}:1"), (7, f"{VENUE_ID_OF_CHILD}:3")]
    assert (last_report(bench).exec_type, last_report(bench).request) == (ExecType.CANCELED, 7)


def test_only_the_newest_of_repeated_cancels_is_answered_for() -> None:
    bench = with_order()
    bench.venue.mute = True
    bench.route(cancel(7))
    bench.settle(rounds=9)  # the cancel twice, without answer
    assert len(bench.state.children[CHILD].requests) == 1
    names = [i.cl_ord_id for i in intents(bench) if i.kind is IntentKind.CANCEL]
    late = CancelRejectReceived(names[0], VENUE_ID_OF_CHILD, OrdStatus.NEW, False, "pending")
    assert len(bench.feed(message(bench, late))) == 1
    refused = bench.feed(message(bench, replace(late, cl_ord_id=names[-1])))[-1]
    assert isinstance(refused, ChildRequestRejected) and refused.request == 7


def test_a_cancel_refused_because_the_order_is_unknown_stays_wanted_until_the_order_turns_up() -> None:
    bench = logged_on()
    bench.venue.mute = True
    bench.route(child_new(1))
    bench.do_effects()
    bench.venue.read()  # its number arrived, and nothing came of it
    bench.venue.mute = False
    bench.route(cancel(7))
    bench.settle(rounds=60)
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    assert not of(bench, ChildRequestRejected), "an unknown order is no outcome"
    bench.venue.orders[VENUE_ID_OF_CHILD] = SimOrder([VENUE_ID_OF_CHILD], "V1", 100, 1000, OrdStatus.NEW)
    bench.settle(rounds=200)
    assert (last_report(bench).exec_type, last_report(bench).request) == (ExecType.CANCELED, 7)


def test_a_cancel_of_what_did_not_arrive_is_not_repeated() -> None:
    bench = logged_on()
    bench.route(child_new(1))
    bench.restart()  # never sent
    bench.now_ns += SECOND_NS
    bench.fire_due()
    bench.do_effects()
    bench.venue.mute = True
    bench.venue.read()
    bench.hear()
    bench.route(cancel())
    bench.settle(rounds=30)
    assert [i.kind for i in intents(bench)].count(IntentKind.CANCEL) == 1
    bench.venue.mute = False
    bench.settle()
    (event,) = of(bench, ChildUnsent)
    assert isinstance(event, ChildUnsent) and event.reason is Reason.NEVER_REACHED_VENUE


def test_a_replace_to_the_same_terms_is_settled_by_its_name() -> None:
    """That the order has the terms which the replace asks for does not show that the replace was carried out."""
    bench = with_order()
    same = bench.state.children[CHILD]
    bench.route(ChildReplace(ORDER, CHILD, 1, same.order_qty, same.price, GOOD_UNTIL_NS))
    bench.venue.lose()
    bench.settle()
    (refused,) = of(bench, ChildRequestRejected)
    assert isinstance(refused, ChildRequestRejected) and refused.reason is Reason.VENUE_REPLACE_REJECTED
    assert bench.state.children[CHILD].cl_ord_id == VENUE_ID_OF_CHILD


def test_a_status_under_the_old_name_says_nothing_of_a_replace_to_the_same_terms() -> None:
    bench = with_order()
    child = bench.state.children[CHILD]
    bench.route(ChildReplace(ORDER, CHILD, 1, child.order_qty, child.price, GOOD_UNTIL_NS))
    status = ReportReceived(
        VENUE_ID_OF_CHILD, "", ExecType.ORDER_STATUS, OrdStatus.NEW, "", "V1", 0, 0, 0, 100, 100, 1000, None, 0, ""
    )
    bench.feed(message(bench, status))
    assert last_report(bench).exec_type is ExecType.ORDER_STATUS
    assert bench.state.children[CHILD].pending(IntentKind.REPLACE) is not None
    bench.feed(message(bench, replace(status, cl_ord_id=f"{VENUE_ID_OF_CHILD}:1")))
    assert bench.state.children[CHILD].cl_ord_id == f"{VENUE_ID_OF_CHILD}:1"


def test_reports_that_are_told_again_change_nothing() -> None:
    """Under new numbers, and long after: the acknowledgement, and a replacement's, while the next replace is pending."""
    bench = with_order()
    bench.route(replace_(qty=80, request=1))
    bench.settle()
    bench.venue.fill(VENUE_ID_OF_CHILD, 30)
    bench.hear()
    bench.route(replace_(qty=90, request=2))
    pending, before = bench.state.children[CHILD].requests, last_report(bench)
    again = ReportReceived(
        f"{VENUE_ID_OF_CHILD}:1", VENUE_ID_OF_CHILD, ExecType.REPLACED, OrdStatus.NEW, "", "V1", 0, 0, 0, 80, 80, 1001, None, 0, ""
    )  # fmt: skip
    for body in (
        again,
        replace(again, cl_ord_id=VENUE_ID_OF_CHILD, exec_type=ExecType.NEW),
        replace(again, cum_qty=30),
    ):
        assert len(bench.feed(message(bench, body))) == 1
    assert last_report(bench) is before
    child = bench.state.children[CHILD]
    assert (child.ord_status, child.requests) == (OrdStatus.PARTIALLY_FILLED, pending)


def test_a_fill_that_was_lost_shows_in_the_next_report() -> None:
    bench = with_order()
    body = ReportReceived(
        VENUE_ID_OF_CHILD, "", ExecType.NEW, OrdStatus.PARTIALLY_FILLED, "", "V1", 0, 0, 40, 60, 100, 1000, None, 0, ""
    )
    assert [type(e).__name__ for e in bench.feed(message(bench, body))] == [
        "SessionReceived",
        "Anomaly",
        "ChildUnknown",
    ]
    assert bench.state.children[CHILD].cum_qty == 0


def test_a_replacement_that_nobody_asked_for_is_an_anomaly_and_is_asked_about() -> None:
    bench = with_order()
    body = ReportReceived(
        f"{VENUE_ID_OF_CHILD}:9", VENUE_ID_OF_CHILD, ExecType.REPLACED, OrdStatus.NEW, "", "V1", 0, 0, 0, 50, 50, 1, None, 0, ""
    )  # fmt: skip
    assert [type(e).__name__ for e in bench.feed(message(bench, body))] == ["SessionReceived", "Anomaly", "Intent"]


def test_rule_28_a_rejection_of_a_duplicate_is_not_the_orders_end() -> None:
    """FIX: ExecType Rejected with OrdRejReason 6 carries the status of the original order."""
    bench = logged_on()
    bench.route(child_new(1))
    body = ReportReceived(
        VENUE_ID_OF_CHILD, "", ExecType.REJECTED, OrdStatus.NEW, "", "V1", 0, 0, 0, 100, 100, 1000, None, 0, "used"
    )
    assert [type(e).__name__ for e in bench.feed(message(bench, body))] == ["SessionReceived", "Anomaly", "Intent"]
    assert not of(bench, ChildReport)


def test_rule_33_each_pending_replace_is_asked_for_by_name_after_a_logon() -> None:
    bench = with_order()
    bench.route(replace_())
    bench.do_effects()
    bench.venue.read()
    bench.venue.sent.pop(bench.venue.next_out - 1)  # the answer is nowhere any more
    bench.venue.next_out -= 1
    bench.venue.lose()
    bench.settle()
    asked = [i.orig_cl_ord_id for i in intents(bench) if i.kind is IntentKind.STATUS]
    assert asked == [f"{VENUE_ID_OF_CHILD}:1", VENUE_ID_OF_CHILD]
    child = bench.state.children[CHILD]
    assert (child.cl_ord_id, child.order_qty, child.requests) == (f"{VENUE_ID_OF_CHILD}:1", 80, {})
    assert state_hash(bench.folded(), 1) == bench.hash()


def test_a_replace_without_outcome_on_a_live_session_is_settled_by_asking() -> None:
    bench = with_order()
    bench.venue.mute = True
    bench.route(replace_(request=4))
    bench.do_effects()
    bench.venue.read()
    bench.venue.mute = False
    bench.settle()
    (refused,) = of(bench, ChildRequestRejected)
    assert isinstance(refused, ChildRequestRejected)
    assert (refused.kind, refused.request) == (IntentKind.REPLACE, 4)
    assert [i.kind for i in intents(bench)].count(IntentKind.REPLACE) == 1


def numbers_lost(bench: ExecutionBench) -> None:
    bench.venue.lose()
    bench.venue.expected = bench.venue.next_out = 1
    bench.venue.sent.clear()


def test_numbers_lost_the_unproven_order_is_cancelled_first() -> None:
    bench = logged_on()
    bench.route(child_new(1))
    bench.do_effects()
    bench.venue.read()
    bench.venue.outbound.clear()
    numbers_lost(bench)
    bench.settle()
    assert [i.kind for i in intents(bench)] == [IntentKind.NEW, IntentKind.CANCEL, IntentKind.STATUS]
    report = last_report(bench)
    assert (report.exec_type, report.reason, report.request) == (ExecType.CANCELED, Reason.OUTCOME_UNKNOWN, 0)


def test_rule_32_numbers_lost_and_the_order_unknown_is_no_proof() -> None:
    bench = logged_on()
    bench.route(child_new(1))  # never sent
    numbers_lost(bench)
    bench.settle(rounds=200)
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    assert not of(bench, ChildUnsent)
    kinds = [i.kind for i in intents(bench)]
    assert kinds.count(IntentKind.CANCEL) == VALIDITY_TRIES + 1
    assert kinds.count(IntentKind.STATUS) > VALIDITY_TRIES + 1
    assert open_breaks(bench) == [BreakCause.NOT_AT_VENUE]


def test_rule_32_unknown_to_the_venue_is_a_break_only_after_a_window_of_questions() -> None:
    """Until then a trade may be on its way, and whoever is told of the break could end an order that lives."""
    bench = logged_on()
    bench.venue.mute = True  # reads the order, and forgets it
    bench.route(child_new(1))
    bench.do_effects()
    bench.venue.read()
    bench.venue.lose()
    bench.venue.mute = False
    tries = set()
    while not open_breaks(bench):
        tries.add(bench.state.children[CHILD].status_tries)
        bench.settle(rounds=1)
    assert bench.state.children[CHILD].status_tries >= STATUS_TRIES_OF_WINDOW
    assert {1, STATUS_TRIES_OF_WINDOW - 1} <= tries, "asked, and no break"
    assert open_breaks(bench) == [BreakCause.NOT_AT_VENUE]


def test_a_venue_that_began_its_own_numbers_anew_is_not_believed_about_ours() -> None:
    """It says that our number did not arrive, and that it does not know the order; but it has just lost its memory."""
    bench = logged_on()
    bench.route(child_new(1))  # never sent
    bench.venue.lose()
    bench.venue.next_out = 1
    bench.venue.sent.clear()
    bench.settle(rounds=60)
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    assert not of(bench, ChildUnsent)


def test_numbers_lost_after_the_number_was_judged_takes_nothing_back() -> None:
    """The first logon proved that the NEW did not arrive, and filled its number; a later one can not unprove it."""
    bench = logged_on()
    bench.route(child_new(1))
    bench.restart()
    bench.now_ns += SECOND_NS
    bench.fire_due()
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    assert bench.state.children[CHILD].arrival is Arrival.NOT_ARRIVED
    numbers_lost(bench)
    bench.settle()
    (event,) = of(bench, ChildUnsent)
    assert isinstance(event, ChildUnsent) and event.reason is Reason.NEVER_REACHED_VENUE


def test_a_break_is_raised_though_the_reply_that_would_is_lost() -> None:
    bench = logged_on()
    bench.venue.mute = True
    bench.route(child_new(1))
    bench.do_effects()
    bench.venue.read()
    bench.settle(rounds=60)
    assert bench.state.children[CHILD].status_tries > STATUS_TRIES_OF_WINDOW
    assert open_breaks(bench) == [BreakCause.NO_ANSWER]
    bench.venue.mute = False
    bench.settle(rounds=400)
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN, "it stays reserved"
    assert open_breaks(bench) == [BreakCause.NOT_AT_VENUE], "the one break now says what the venue said"


def open_breaks(bench: ExecutionBench) -> list[BreakCause]:
    """The causes of all open breaks; each is about the child."""
    assert all(subject == CHILD for _, subject in bench.state.breaks.open)
    return [cause for cause, _ in bench.state.breaks.open]


def intents(bench: ExecutionBench) -> list[Intent]:
    return [e for e in bench.events() if isinstance(e, Intent)]
