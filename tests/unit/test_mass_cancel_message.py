"""One OrderMassCancelRequest in front of many cancels: when it is asked for, what its answer does, and every way in which it can go wrong.

Execution's rules and a venue in memory, back to back; no socket. The real acceptor is in `test_venue_mass_cancel.py`.
"""

from dataclasses import replace

import pytest

from oms.core.control import CancelScope, ControlRecord, Halt, fold_control
from oms.core.enums import ExecType, HaltScope, IntentKind, OrdStatus, SessionMessage, VenueBehaviour
from oms.core.execution_events import (
    Anomaly,
    ChildReport,
    ChildRequestRejected,
    ExecutionEvent,
    Intent,
    MassCancelAnswered,
    SessionMessagePlanned,
)
from oms.core.market import MarketView
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason
from oms.core.stage import Conditions, ControlInput
from oms.core.venue_messages import MassCancelReported, MessageRefused, ReportReceived, VenueMessage
from oms.core.venue_reasons import MassCancelOutcome
from oms.testing.execution_bench import NOBODY, RULES, SECOND_NS, SESSION_ID, ExecutionBench, child_new
from oms.testing.sim_venue import Script

FIRM = Halt(HaltScope.FIRM, "", True, "stop", 0, NOBODY)


@pytest.fixture
def bench() -> ExecutionBench:
    made = ExecutionBench.at(VenueBehaviour.TAKES_MASS_CANCEL)
    made.settle()
    return made


def place(bench: ExecutionBench, *numbers: int, desk: str = "alpha") -> None:
    for number in numbers:
        bench.route(replace(child_new(number), desk_id=desk))
    bench.settle()
    assert all(bench.state.children[child_new(n).child_id].ord_status is OrdStatus.NEW for n in numbers)


def asked(events: tuple[ExecutionEvent, ...] | list[ExecutionEvent]) -> list[SessionMessagePlanned]:
    return [e for e in events if isinstance(e, SessionMessagePlanned) and e.message is SessionMessage.MASS_CANCEL]


def answers(bench: ExecutionBench) -> list[MassCancelAnswered]:
    return [e for e in bench.events() if isinstance(e, MassCancelAnswered)]


def cancels(bench: ExecutionBench) -> list[Intent]:
    return [e for e in bench.events() if isinstance(e, Intent) and e.kind is IntentKind.CANCEL]


def anomalies(bench: ExecutionBench) -> list[str]:
    return [e.text for e in bench.events() if isinstance(e, Anomaly)]


def at_venue(bench: ExecutionBench) -> set[OrdStatus]:
    return {order.status for order in bench.venue.distinct_orders()}


def test_inv_540_what_covers_a_session_is_asked_for_in_one_message_before_any_cancel(bench: ExecutionBench) -> None:
    place(bench, *range(1, 301))
    before = bench.state.sessions[SESSION_ID].next_out
    (planned,) = asked(bench.control(FIRM))
    assert (planned.msg_seq_num, planned.text, planned.session_id) == (before, f"0:mass-{before}", SESSION_ID)
    assert not cancels(bench), "the cancel of each order follows in steps"
    bench.do_effects()
    bench.venue.read()
    assert at_venue(bench) == {OrdStatus.CANCELED}, "300 orders, one message"
    bench.hear()
    assert not bench.state.children and not cancels(bench), "what has ended by then needs no cancel of its own"
    (answer,) = answers(bench)
    assert (answer.outcome, answer.affected_orders, answer.cl_ord_id) == (
        MassCancelOutcome.ACCEPTED,
        300,
        planned.text,
    )
    bench.settle()
    assert not cancels(bench) and not anomalies(bench) and not bench.state.scopes_open


def test_inv_541_an_order_that_a_mass_cancel_ended_says_why(bench: ExecutionBench) -> None:
    """As one that its own cancel ended: the control record wanted it gone."""
    place(bench, 1, 2)
    bench.control(FIRM)
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    ends = [e for e in bench.events() if isinstance(e, ChildReport) and e.ord_status is OrdStatus.CANCELED]
    assert [e.reason for e in ends] == [Reason.HALTED_AT_EXECUTION] * 2


def test_inv_541_both_ways_cross_and_nothing_is_strange(bench: ExecutionBench) -> None:
    """The cancels are on their way when the venue answers: each is refused, and that changes nothing."""
    place(bench, *range(1, 11))
    bench.control(FIRM)
    bench.fire_due()
    assert len(cancels(bench)) == 10
    bench.settle()
    assert not bench.state.children and not anomalies(bench)
    assert not [e for e in bench.events() if isinstance(e, ChildRequestRejected)]


@pytest.mark.parametrize(
    ("desks", "record", "wanted"),
    [
        (("alpha", "alpha"), FIRM, True),
        (("alpha", "alpha"), replace(FIRM, cancel_open=False), False),
        (("alpha", "beta"), FIRM, True),
        (("alpha", "alpha"), CancelScope(HaltScope.VENUE, "XALP", "", 0, NOBODY), True),
        (("alpha", "alpha"), CancelScope(HaltScope.VENUE, "XBET", "", 0, NOBODY), False),
        (("alpha", "alpha"), CancelScope(HaltScope.DESK, "alpha", "", 0, NOBODY), True),
        (("alpha", "beta"), CancelScope(HaltScope.DESK, "alpha", "", 0, NOBODY), False),
        (("alpha", "beta"), CancelScope(HaltScope.VENUE, "XALP", "", 0, NOBODY, OrderFilter(desk_id="beta")), False),
        (("alpha", "beta"), CancelScope(HaltScope.ACCOUNT, "acc", "", 0, NOBODY), True),
    ],
)
def test_inv_540_it_is_asked_for_only_where_every_order_of_the_session_is_covered(
    bench: ExecutionBench, desks: tuple[str, str], record: ControlRecord, wanted: bool
) -> None:
    place(bench, 1, 2, desk=desks[0])
    place(bench, 3, 4, desk=desks[1])
    assert bool(asked(bench.control(record))) is wanted
    left = {c.terms.desk_id for c in bench.state.children.values() if c.terms.child_id not in bench.state.scope_work}
    bench.settle()
    assert {c.terms.desk_id for c in bench.state.children.values()} == left, "the others stay, whichever way it went"


def test_inv_540_a_venue_that_does_not_take_it_is_not_asked() -> None:
    bench = ExecutionBench()
    bench.settle()
    place(bench, 1, 2)
    assert not asked(bench.control(FIRM))
    bench.settle()
    assert at_venue(bench) == {OrdStatus.CANCELED}


def test_inv_540_one_order_is_cancelled_by_its_own_message(bench: ExecutionBench) -> None:
    place(bench, 1)
    assert not asked(bench.control(FIRM))


def test_inv_540_orders_whose_cancel_is_under_way_are_not_asked_for_again(bench: ExecutionBench) -> None:
    place(bench, 1, 2)
    bench.control(FIRM)
    bench.fire_due()
    assert not asked(bench.control(CancelScope(HaltScope.FIRM, "", "", 0, NOBODY)))


def test_inv_540_an_order_that_nobody_knows_keeps_a_narrower_scope_from_it(bench: ExecutionBench) -> None:
    """It may be anybody's; all of the venue, or of the firm, is to go whosever it is."""
    place(bench, 1, 2)
    stranger = ReportReceived(
        "0:beta/20250106/z9.1", "", ExecType.NEW, OrdStatus.NEW, "", "V99", 0, 0, 0, 5, 5, 10, None, 0, ""
    )
    bench.venue.tell(stranger)
    bench.hear()
    assert bench.state.breaks.open
    assert not asked(bench.control(CancelScope(HaltScope.DESK, "alpha", "", 0, NOBODY)))
    place(bench, 3, 4)
    assert asked(bench.control(CancelScope(HaltScope.FIRM, "", "", 0, NOBODY)))


def test_inv_540_a_session_that_is_down_is_not_asked_and_its_orders_are_cancelled_later(bench: ExecutionBench) -> None:
    place(bench, 1, 2)
    bench.venue.lose()
    bench.hear()
    assert not asked(bench.control(FIRM))
    bench.settle()
    assert not asked(bench.events()) and at_venue(bench) == {OrdStatus.CANCELED}


def test_inv_540_what_is_not_sent_yet_has_no_part_in_it(bench: ExecutionBench) -> None:
    """An order behind it has a higher number: a venue that reads in order cannot end it by it."""
    place(bench, 1, 2)
    (planned,) = asked(bench.control(CancelScope(HaltScope.FIRM, "", "", 0, NOBODY)))
    bench.route(child_new(3))
    (new,) = [e for e in bench.events() if isinstance(e, Intent) and e.child_id == child_new(3).child_id]
    assert new.kind is IntentKind.NEW and new.msg_seq_num > planned.msg_seq_num
    bench.settle()
    assert [c.terms.child_id for c in bench.state.children.values()] == [child_new(3).child_id]
    assert [o.cl_ord_ids[0] for o in bench.venue.distinct_orders() if o.leaves] == ["0:alpha/20250106/a3.1"]


def test_inv_542_a_refusal_is_journaled_with_its_reason_and_changes_nothing_else(bench: ExecutionBench) -> None:
    place(bench, 1, 2, 3)
    bench.venue.refuse_mass_cancels = True
    bench.control(FIRM)
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    (answer,) = answers(bench)
    assert (answer.outcome, answer.reject_reason, answer.text) == (MassCancelOutcome.REFUSED, 0, "not now")
    assert len(bench.state.children) == 3 and not bench.state.sessions[SESSION_ID].mass_cancels
    bench.settle()
    assert at_venue(bench) == {OrdStatus.CANCELED} and len(cancels(bench)) == 3 and not anomalies(bench)


def test_inv_542_a_reject_of_the_message_is_a_refusal(bench: ExecutionBench) -> None:
    place(bench, 1, 2)
    bench.venue.ignore_mass_cancels = True
    (planned,) = asked(bench.control(FIRM))
    bench.do_effects()
    bench.venue.read()
    bench.venue.tell(MessageRefused(planned.msg_seq_num, "unsupported message type"))
    bench.hear()
    (answer,) = answers(bench)
    assert (answer.outcome, answer.text) == (MassCancelOutcome.REFUSED, "unsupported message type")
    bench.settle()
    assert at_venue(bench) == {OrdStatus.CANCELED} and not anomalies(bench) and len(answers(bench)) == 1


def test_inv_542_silence_is_journaled_after_a_while_and_a_late_answer_too(bench: ExecutionBench) -> None:
    place(bench, 1, 2)
    bench.venue.ignore_mass_cancels = True
    (planned,) = asked(bench.control(FIRM))
    bench.settle()
    assert at_venue(bench) == {OrdStatus.CANCELED} and not bench.state.children, "the cancels wait for no answer"
    bench.now_ns = planned.at_ns + 5 * SECOND_NS - 1
    bench.fire_due()
    assert not answers(bench)
    bench.now_ns += 1
    bench.fire_due()
    assert [a.outcome for a in answers(bench)] == [MassCancelOutcome.UNANSWERED]
    bench.venue.tell(MassCancelReported(planned.text, True, None, 2))
    bench.hear()
    assert [a.outcome for a in answers(bench)] == [MassCancelOutcome.UNANSWERED, MassCancelOutcome.ACCEPTED]
    assert not anomalies(bench)


def test_inv_542_a_part_is_a_part(bench: ExecutionBench) -> None:
    """The venue ends one of three, and says so (533=1): the others are cancelled one by one."""
    place(bench, 1, 2, 3)
    bench.venue.ignore_mass_cancels = True
    (planned,) = asked(bench.control(FIRM))
    bench.do_effects()
    bench.venue.read()
    bench.venue.tell(MassCancelReported(planned.text, True, None, 1))
    bench.venue.end("0:alpha/20250106/a2.1", OrdStatus.CANCELED)
    bench.hear()
    assert [a.affected_orders for a in answers(bench)] == [1] and len(bench.state.children) == 2
    bench.settle()
    assert [i.orig_cl_ord_id for i in cancels(bench)] == ["0:alpha/20250106/a1.1", "0:alpha/20250106/a3.1"]
    assert at_venue(bench) == {OrdStatus.CANCELED} and not anomalies(bench)


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_inv_542_reports_that_are_lost_are_found_by_the_cancel_of_each_order(bench: ExecutionBench, lost: int) -> None:
    """Never told, so no resend brings them: the order's own cancel comes too late, and the status says how it ended."""
    place(bench, 1, 2)
    bench.control(FIRM)
    bench.do_effects()
    bench.venue.read()
    for _ in range(lost):
        gone = bench.venue.outbound.pop()
        assert isinstance(gone, VenueMessage)
        bench.venue.next_out -= 1
        del bench.venue.sent[gone.msg_seq_num]
    bench.settle()
    assert not bench.state.children and not anomalies(bench)
    ends = [e.reason for e in bench.events() if isinstance(e, ChildReport) and e.ord_status is OrdStatus.CANCELED]
    assert ends == [Reason.HALTED_AT_EXECUTION] * 2


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("read", [False, True])
def test_inv_543_a_new_owner_fills_its_number_and_never_sends_it_again(
    bench: ExecutionBench, written: bool, read: bool
) -> None:
    """Between the record and the bytes, between the bytes and the venue, between the venue and its answer."""
    place(bench, 1, 2)
    bench.control(FIRM)
    if written:
        bench.do_effects()
    if written and read:
        bench.venue.read()
    bench.restart()
    (answer,) = answers(bench)
    assert answer.outcome is MassCancelOutcome.UNANSWERED and not bench.state.sessions[SESSION_ID].mass_cancels
    bench.settle()
    assert len(asked(bench.events())) == 1 and bench.venue.expected == bench.state.sessions[SESSION_ID].next_out
    assert not bench.state.children and at_venue(bench) == {OrdStatus.CANCELED} and not anomalies(bench)
    assert bench.hash() == _hash_of(bench), "the state is the fold of the journal"


def _hash_of(bench: ExecutionBench) -> bytes:
    state, bench.state = bench.state, bench.folded()
    found, bench.state = bench.hash(), state
    return found


def test_inv_543_the_bytes_of_an_old_owner_cancel_nothing_that_a_new_one_sent(bench: ExecutionBench) -> None:
    """The request's number is filled by then: what wakes up is refused for its number, and the new orders stay."""
    place(bench, 1, 2)
    bench.control(CancelScope(HaltScope.FIRM, "", "", 0, NOBODY))
    bench.restart()
    bench.settle()
    place(bench, 3, 4)
    bench.wake()
    bench.settle()
    open_ones = {o.cl_ord_ids[0] for o in bench.venue.distinct_orders() if o.leaves}
    assert open_ones == {"0:alpha/20250106/a3.1", "0:alpha/20250106/a4.1"}
    assert len(bench.state.children) == 2


def test_inv_541_a_venue_may_name_the_request_in_the_reports_of_the_orders(bench: ExecutionBench) -> None:
    """ClOrdID the request's, OrigClOrdID the order's."""
    place(bench, 1, 2)
    bench.venue.ignore_mass_cancels = True
    (planned,) = asked(bench.control(FIRM))
    bench.do_effects()
    bench.venue.read()
    for order in bench.venue.distinct_orders():
        order.status = OrdStatus.CANCELED
        bench.venue.tell(
            ReportReceived(
                planned.text,
                order.cl_ord_ids[0],
                ExecType.CANCELED,
                OrdStatus.CANCELED,
                "",
                order.order_id,
                0,
                0,
                0,
                0,
                order.order_qty,
                order.price,
                None,
                0,
                "",
            )
        )
    bench.hear()
    assert not bench.state.children and not anomalies(bench) and not cancels(bench)


def test_inv_541_a_fill_that_crosses_it_is_booked(bench: ExecutionBench) -> None:
    place(bench, 1, 2)
    bench.control(FIRM)
    bench.venue.fill("0:alpha/20250106/a1.1", 40)
    bench.settle()
    ends = {e.child_id: e.cum_qty for e in bench.events() if isinstance(e, ChildReport) and e.ends}
    assert ends == {child_new(1).child_id: 40, child_new(2).child_id: 0} and not anomalies(bench)


def test_inv_542_a_report_for_no_request_of_ours_is_strange(bench: ExecutionBench) -> None:
    place(bench, 1)
    bench.venue.tell(MassCancelReported("somebody-else", True, None, 7))
    bench.hear()
    assert anomalies(bench) == ["a mass cancel report for somebody-else, which is none of ours"] and not answers(bench)


def test_inv_541_an_order_that_is_filled_at_once_needs_no_end(bench: ExecutionBench) -> None:
    bench.venue.script = Script(fills=(100,))
    for number in (1, 2, 3):
        bench.route(child_new(number))
    assert asked(bench.control(FIRM)), "nobody knows yet that they are filled"
    bench.settle()
    assert not bench.state.children and at_venue(bench) == {OrdStatus.FILLED} and not anomalies(bench)


def test_inv_543_a_new_owner_asks_nothing_over_the_session_of_the_one_before(bench: ExecutionBench) -> None:
    """It reads control before it has a session of its own (seed 119 of the simulation)."""
    place(bench, 1, 2)
    bench.control_log.append(FIRM)
    fold_control(bench.state.control, 0, FIRM)
    conditions = Conditions(bench.now_ns, bench.now_ns, 0, SECOND_NS, 0, SECOND_NS, starting=True)
    events = RULES.decide(bench.state, ControlInput(0, FIRM), conditions, MarketView())
    assert [type(e).__name__ for e in events] == ["ControlApplied", "ScopeCancelStarted"]
