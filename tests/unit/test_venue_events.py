"""What a venue may say of an order beside fills and cancels, and venues that replace, refuse or re-open in their own way: at execution.

Rules 7, 8, 13, 14, 16, 17, 18, 19, 21 and 36 of the order behaviours, on the real rules.
"""

from dataclasses import replace

import pytest

from oms.core.enums import (
    ExecRestatementReason,
    ExecType,
    IntentKind,
    Liquidity,
    OrdStatus,
    OrdType,
    VenueBehaviour,
)
from oms.core.execution_events import Anomaly, ChildReport, ChildRequestRejected, ExecutionEvent, Intent
from oms.core.reasons import Reason
from oms.core.reference import ReferenceChange, fold_reference
from oms.core.routing_events import ChildCancel, ChildNew, ChildReplace
from oms.core.venue_messages import Body, CancelRejectReceived, ReportReceived
from oms.testing.execution_bench import GOOD_UNTIL_NS, NOBODY, SECOND_NS, ExecutionBench, child_new
from oms.testing.sim_venue import Script

ORDER, CHILD = "alpha/20250106/a1", "alpha/20250106/a1.1"
AT_VENUE, REPLACED = f"0:{CHILD}", f"0:{CHILD}:1"


def bench_at(*behaviours: VenueBehaviour, fills: tuple[int, ...] = (), new: ChildNew | None = None) -> ExecutionBench:
    bench = ExecutionBench()
    reference = bench.state.reference
    venue = replace(reference.venues["XALP"], behaviours=behaviours)
    assert fold_reference(reference, 1, ReferenceChange(venue, 0, 0, "", NOBODY))
    bench.settle()
    bench.venue.script = Script(fills=fills)
    bench.route(new or child_new(1))
    bench.settle()
    return bench


def report(exec_type: ExecType, ord_status: OrdStatus, cum: int = 0, **other: object) -> ReportReceived:
    live = ord_status not in (OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED, OrdStatus.FILLED)
    body = ReportReceived(
        AT_VENUE, "", exec_type, ord_status, "", "V1", 0, 0, cum, 100 - cum if live else 0, 100, 1000, None, 0, ""
    )
    return replace(body, **other)  # type: ignore[arg-type]


def trade(
    exec_id: str, qty: int, cum: int, status: OrdStatus = OrdStatus.PARTIALLY_FILLED, **other: object
) -> ReportReceived:
    figures = {"exec_id": exec_id, "last_qty": qty, "last_px": 1000, "liquidity": Liquidity.ADDED} | other
    return report(ExecType.TRADE, status, cum, **figures)


def tell(bench: ExecutionBench, body: Body) -> list[ExecutionEvent]:
    before = len(bench.events())
    bench.venue.tell(body)
    bench.hear()
    return bench.events()[before:]


def reports(events: list[ExecutionEvent]) -> list[ChildReport]:
    return [e for e in events if isinstance(e, ChildReport)]


def only_report(events: list[ExecutionEvent]) -> ChildReport:
    (found,) = reports(events)
    return found


def from_the_journal(bench: ExecutionBench) -> None:
    """The state is the fold of what was journaled, over the same reference data."""
    folded = bench.folded()
    folded.reference = bench.state.reference
    assert folded == bench.state


def kinds(events: list[ExecutionEvent], kind: IntentKind) -> list[Intent]:
    return [e for e in events if isinstance(e, Intent) and e.kind is kind]


def ask_replace(bench: ExecutionBench, qty: int, price: int = 1000) -> None:
    """It is on its way; the venue of the bench does not hear it, so that the test is the venue."""
    bench.route(ChildReplace(ORDER, CHILD, 1, qty, price, GOOD_UNTIL_NS))
    bench.pending.clear()


def ask_cancel(bench: ExecutionBench, request: int = 2) -> None:
    bench.route(ChildCancel(ORDER, CHILD, request))
    bench.pending.clear()


# What a venue says unasked


@pytest.mark.parametrize(
    ("exec_type", "ord_status"),
    [
        (ExecType.SUSPENDED, OrdStatus.SUSPENDED),
        (ExecType.STOPPED, OrdStatus.STOPPED),
        (ExecType.RESTATED, OrdStatus.NEW),
        (ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY),
        (ExecType.PENDING_NEW, OrdStatus.PENDING_NEW),
    ],
)
def test_rule_1_a_report_of_the_lifecycle_says_why_and_what_and_is_no_fill(
    exec_type: ExecType, ord_status: OrdStatus
) -> None:
    bench = bench_at()
    told = only_report(tell(bench, report(exec_type, ord_status)))
    assert (told.exec_type, told.ord_status, told.last_qty, told.cum_qty) == (exec_type, ord_status, 0, 0)
    assert bench.state.children[CHILD].ord_status is ord_status
    from_the_journal(bench)


def test_rule_19_an_unsolicited_cancel_keeps_its_reason() -> None:
    bench = bench_at()
    why = ExecRestatementReason.CANCEL_ON_TRADING_HALT
    told = only_report(tell(bench, report(ExecType.CANCELED, OrdStatus.CANCELED, restatement=why)))
    assert (told.restatement, told.reason) == (why, Reason.VENUE_CANCELED)
    assert CHILD in bench.state.closed


def test_rule_21_a_restatement_has_other_terms_and_no_fill() -> None:
    bench = bench_at(fills=(30,))
    why = ExecRestatementReason.PARTIAL_DECLINE
    told = only_report(
        tell(
            bench,
            report(ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED, 30, order_qty=60, leaves_qty=30, restatement=why),
        )
    )
    child = bench.state.children[CHILD]
    assert (told.last_qty, told.cum_qty, told.leaves_qty, told.restatement) == (0, 30, 30, why)
    assert (child.order_qty, child.cum_qty, child.executions.sums().qty) == (60, 30, 30)


def test_a_restatement_to_what_is_executed_is_the_end() -> None:
    bench = bench_at(fills=(30,))
    tell(bench, report(ExecType.RESTATED, OrdStatus.FILLED, 30, order_qty=30, leaves_qty=0))
    assert bench.state.closed[CHILD].cum_qty == 30


def test_market_to_limit_has_the_price_that_the_venue_restated() -> None:
    new = replace(child_new(1), ord_type=OrdType.MARKET_TO_LIMIT, price=None)
    bench = bench_at(fills=(30,), new=new)
    tell(bench, report(ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED, 30, price=1003))
    assert bench.state.children[CHILD].price == 1003


def test_rule_4_done_for_the_day_with_nothing_left_is_the_end_and_with_something_it_is_not() -> None:
    lives = bench_at(fills=(30,))
    tell(lives, report(ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY, 30))
    assert lives.state.children[CHILD].ord_status is OrdStatus.DONE_FOR_DAY
    over = bench_at(fills=(30,))
    told = only_report(tell(over, report(ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY, 30, leaves_qty=0)))
    assert told.ends and told.reason is Reason.VENUE_EXPIRED and CHILD in over.state.closed


def test_done_for_the_day_with_a_fill_that_is_missing_is_asked_about() -> None:
    bench = bench_at()
    told = tell(bench, report(ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY, 30, leaves_qty=0))
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    assert any(isinstance(e, Anomaly) for e in told)


def test_triggered() -> None:
    new = replace(child_new(1), ord_type=OrdType.STOP_LIMIT)
    bench = bench_at(new=new)
    assert only_report(tell(bench, report(ExecType.TRIGGERED, OrdStatus.NEW))).exec_type is ExecType.TRIGGERED


@pytest.mark.parametrize(
    "contradiction",
    [
        report(ExecType.TRIGGERED, OrdStatus.NEW),  # of an order that is no stop
        report(ExecType.SUSPENDED, OrdStatus.CANCELED),
        report(ExecType.RESTATED, OrdStatus.EXPIRED),
    ],
)
def test_rule_36_what_a_state_does_not_allow_is_an_anomaly_and_changes_nothing(contradiction: ReportReceived) -> None:
    bench = bench_at()
    before = bench.state.children[CHILD].ord_status
    told = tell(bench, contradiction)
    assert [type(e) for e in told if isinstance(e, Anomaly | ChildReport)] == [Anomaly]
    assert bench.state.children[CHILD].ord_status is before
    assert kinds(told, IntentKind.STATUS)


@pytest.mark.parametrize("exec_type", [ExecType.SUSPENDED, ExecType.RESTATED, ExecType.TRIGGERED])
def test_rule_36_what_only_a_live_order_can_do_is_an_anomaly_once_it_has_ended(exec_type: ExecType) -> None:
    bench = bench_at(fills=(100,))
    closed = bench.state.closed[CHILD]
    told = tell(bench, report(exec_type, OrdStatus.SUSPENDED, 100, leaves_qty=0))
    assert [type(e) for e in told if isinstance(e, Anomaly | ChildReport)] == [Anomaly]
    assert bench.state.closed[CHILD] == closed


# Requests


def test_rule_7_a_fill_under_a_pending_replace_is_of_the_order_as_it_was() -> None:
    bench = bench_at()
    ask_replace(bench, 200)
    tell(
        bench, report(ExecType.PENDING_REPLACE, OrdStatus.PENDING_REPLACE, cl_ord_id=REPLACED, orig_cl_ord_id=AT_VENUE)
    )
    told = only_report(tell(bench, trade("E1", 40, 40, OrdStatus.PENDING_REPLACE)))
    child = bench.state.children[CHILD]
    assert (told.order_qty, told.cum_qty, child.order_qty, child.cl_ord_id) == (100, 40, 100, AT_VENUE)


def test_rule_8_filled_under_a_pending_cancel_stays_pending_until_the_cancel_is_too_late() -> None:
    bench = bench_at()
    ask_cancel(bench)
    tell(bench, report(ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL))
    tell(bench, trade("E1", 100, 100, OrdStatus.PENDING_CANCEL, leaves_qty=0))
    child = bench.state.children[CHILD]
    assert (child.ord_status, child.cum_qty) == (OrdStatus.PENDING_CANCEL, 100)
    told = tell(bench, CancelRejectReceived(f"{AT_VENUE}:1", AT_VENUE, OrdStatus.FILLED, False, "too late"))
    assert kinds(told, IntentKind.STATUS)
    assert any(isinstance(e, ChildRequestRejected) for e in told)
    tell(bench, report(ExecType.ORDER_STATUS, OrdStatus.FILLED, 100))
    assert bench.state.closed[CHILD].cum_qty == 100


def test_rule_16_a_cancel_refused_because_another_request_is_pending_stays_wanted() -> None:
    bench = bench_at(VenueBehaviour.ONE_REQUEST_AT_A_TIME)
    ask_replace(bench, 200)
    ask_cancel(bench)
    refusal = CancelRejectReceived(f"{AT_VENUE}:2", AT_VENUE, OrdStatus.PENDING_REPLACE, False, "pending", pending=True)
    told = tell(bench, refusal)
    assert not any(isinstance(e, ChildRequestRejected) for e in told)
    assert kinds(told, IntentKind.STATUS)
    tell(
        bench,
        report(
            ExecType.REPLACED, OrdStatus.NEW, cl_ord_id=REPLACED, orig_cl_ord_id=AT_VENUE, order_qty=200, leaves_qty=200
        ),
    )
    before = len(bench.events())
    bench.now_ns += 10 * SECOND_NS
    bench.fire_due()
    (again,) = kinds(bench.events()[before:], IntentKind.CANCEL)
    assert again.orig_cl_ord_id == REPLACED


def test_rule_16_a_replace_refused_because_another_request_is_pending_is_refused() -> None:
    bench = bench_at(VenueBehaviour.ONE_REQUEST_AT_A_TIME)
    ask_replace(bench, 200)
    told = tell(
        bench, CancelRejectReceived(REPLACED, AT_VENUE, OrdStatus.PENDING_CANCEL, False, "pending", pending=True)
    )
    (refused,) = [e for e in told if isinstance(e, ChildRequestRejected)]
    assert refused.reason is Reason.VENUE_REPLACE_REJECTED


def test_rule_17_after_a_refused_replace_the_order_is_as_before() -> None:
    bench = bench_at(fills=(30,))
    ask_replace(bench, 200)
    tell(bench, CancelRejectReceived(REPLACED, AT_VENUE, OrdStatus.PARTIALLY_FILLED, False, "no"))
    child = bench.state.children[CHILD]
    assert (child.order_qty, child.cl_ord_id, child.requests) == (100, AT_VENUE, {})


def test_rule_13_a_replace_to_no_more_than_is_executed_is_amended_and_filled() -> None:
    bench = bench_at(fills=(30,))
    ask_replace(bench, 10)
    amended = report(ExecType.REPLACED, OrdStatus.FILLED, 30, cl_ord_id=REPLACED, orig_cl_ord_id=AT_VENUE, order_qty=30)
    told = only_report(tell(bench, amended))
    assert (told.order_qty, told.leaves_qty, bench.state.closed[CHILD].cum_qty) == (30, 0, 30)
    assert not bench.state.breaks.open


def test_rule_14_filled_while_more_was_asked_for_is_over_only_once_the_venue_has_answered() -> None:
    bench = bench_at(VenueBehaviour.REOPENS_FILLED)
    ask_replace(bench, 150)
    told = only_report(tell(bench, trade("E1", 100, 100, OrdStatus.FILLED)))
    assert (told.ord_status, told.leaves_qty) == (OrdStatus.PENDING_REPLACE, 0)
    opened = report(
        ExecType.REPLACED, OrdStatus.PARTIALLY_FILLED, 100, cl_ord_id=REPLACED, orig_cl_ord_id=AT_VENUE, order_qty=150,
        leaves_qty=50,
    )  # fmt: skip
    tell(bench, opened)
    child = bench.state.children[CHILD]
    assert (child.ord_status, child.order_qty, child.cum_qty) == (OrdStatus.PARTIALLY_FILLED, 150, 100)


def test_rule_14_and_where_the_venue_refuses_it_was_filled() -> None:
    bench = bench_at(VenueBehaviour.REOPENS_FILLED)
    ask_replace(bench, 150)
    tell(bench, trade("E1", 100, 100, OrdStatus.FILLED))
    tell(bench, CancelRejectReceived(REPLACED, AT_VENUE, OrdStatus.FILLED, False, "too late"))
    tell(bench, report(ExecType.ORDER_STATUS, OrdStatus.FILLED, 100))
    assert bench.state.closed[CHILD].cum_qty == 100


def test_rule_14_elsewhere_a_filled_order_is_over_at_once() -> None:
    bench = bench_at()
    ask_replace(bench, 150)
    tell(bench, trade("E1", 100, 100, OrdStatus.FILLED))
    assert CHILD in bench.state.closed


# A replace that begins another order


def replacing(fills: tuple[int, ...] = (40,)) -> ExecutionBench:
    """An order of 100 with 40 executed, that is being replaced by one of 120 at 1005 in all."""
    bench = bench_at(VenueBehaviour.REPLACES_BY_NEW_ORDER, fills=fills)
    ask_replace(bench, 120, 1005)
    return bench


def old_leg_canceled(**other: object) -> ReportReceived:
    figures = {"cl_ord_id": REPLACED, "orig_cl_ord_id": AT_VENUE} | other
    return report(ExecType.CANCELED, OrdStatus.CANCELED, 40, **figures)


def new_leg(exec_type: ExecType, status: OrdStatus, cum: int = 0, **other: object) -> ReportReceived:
    """Of 80: what was left of 120. Quantities are the leg's own."""
    figures = {"cl_ord_id": REPLACED, "venue_order_id": "O2", "order_qty": 80, "leaves_qty": 80 - cum, "price": 1005}
    return report(exec_type, status, cum, **figures | other)


def leg_trade(qty: int, cum: int, exec_id: str = "L1") -> ReportReceived:
    status = OrdStatus.PARTIALLY_FILLED if cum < 80 else OrdStatus.FILLED
    return new_leg(
        ExecType.TRADE, status, cum, exec_id=exec_id, last_qty=qty, last_px=1005, liquidity=Liquidity.REMOVED
    )


def test_rule_18_the_old_legs_cancel_is_not_the_end_and_the_acknowledgement_binds_the_new_id() -> None:
    bench = replacing()
    pending = only_report(tell(bench, old_leg_canceled()))
    assert (pending.exec_type, pending.ord_status) == (ExecType.PENDING_REPLACE, OrdStatus.PENDING_REPLACE)
    bound = only_report(tell(bench, new_leg(ExecType.NEW, OrdStatus.NEW)))
    assert (bound.exec_type, bound.order_qty, bound.cum_qty, bound.leaves_qty) == (ExecType.REPLACED, 120, 40, 80)
    child = bench.state.children[CHILD]
    assert (child.venue_order_id, child.cl_ord_id, child.order_qty, child.price) == ("O2", REPLACED, 120, 1005)
    assert not child.requests
    filled = only_report(tell(bench, leg_trade(80, 80)))
    assert (filled.ord_status, filled.cum_qty, filled.leaves_qty) == (OrdStatus.FILLED, 120, 0)
    assert bench.state.closed[CHILD].cum_qty == 120 and not bench.state.breaks.open
    from_the_journal(bench)


def test_rule_18_the_first_fill_binds_the_new_id() -> None:
    bench = replacing()
    tell(bench, old_leg_canceled())
    bound, filled = reports(tell(bench, leg_trade(10, 10)))
    assert (bound.exec_type, bound.cum_qty) == (ExecType.REPLACED, 40)
    assert (filled.exec_type, filled.last_qty, filled.cum_qty, filled.leaves_qty) == (ExecType.TRADE, 10, 50, 70)
    assert bench.state.children[CHILD].venue_order_id == "O2"
    tell(bench, new_leg(ExecType.NEW, OrdStatus.NEW))  # late: it says nothing new
    assert bench.state.children[CHILD].cum_qty == 50


def test_rule_18_also_where_the_cancel_does_not_name_the_replace() -> None:
    bench = replacing()
    tell(bench, old_leg_canceled(cl_ord_id=AT_VENUE, orig_cl_ord_id=""))
    tell(bench, new_leg(ExecType.NEW, OrdStatus.NEW))
    assert bench.state.children[CHILD].order_qty == 120


def test_rule_18_a_refused_new_leg_is_the_end() -> None:
    bench = replacing()
    tell(bench, old_leg_canceled())
    told = tell(bench, new_leg(ExecType.REJECTED, OrdStatus.REJECTED, leaves_qty=0, text="no"))
    (refused,) = [e for e in told if isinstance(e, ChildRequestRejected)]
    ended = only_report(told)
    assert refused.kind is IntentKind.REPLACE
    assert (ended.ord_status, ended.cum_qty, ended.reason) == (OrdStatus.CANCELED, 40, Reason.VENUE_REPLACE_REJECTED)
    assert CHILD in bench.state.closed


def test_rule_18_a_late_fill_of_the_old_leg_counts_once() -> None:
    """The venue had executed 60 of the old leg, 20 of which it tells after the new leg (of 60) began."""
    bench = replacing()
    tell(bench, old_leg_canceled(cum_qty=60))
    tell(bench, new_leg(ExecType.NEW, OrdStatus.NEW, order_qty=60, leaves_qty=60))
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    late = trade("E9", 20, 60, OrdStatus.PARTIALLY_FILLED)
    tell(bench, late)
    tell(bench, late)
    assert bench.state.children[CHILD].cum_qty == 60
    tell(bench, new_leg(ExecType.ORDER_STATUS, OrdStatus.NEW, order_qty=60, leaves_qty=60))
    child = bench.state.children[CHILD]
    assert (child.ord_status, child.cum_qty, child.order_qty) == (OrdStatus.NEW, 60, 120)


def test_rule_18_a_cancel_that_somebody_asked_for_is_the_end() -> None:
    bench = bench_at(VenueBehaviour.REPLACES_BY_NEW_ORDER, fills=(40,))
    ask_cancel(bench, 1)
    tell(bench, report(ExecType.CANCELED, OrdStatus.CANCELED, 40, cl_ord_id=f"{AT_VENUE}:1", orig_cl_ord_id=AT_VENUE))
    assert CHILD in bench.state.closed


def test_rule_18_a_fill_of_an_old_leg_can_be_busted() -> None:
    bench = replacing()
    tell(bench, old_leg_canceled())
    tell(bench, new_leg(ExecType.NEW, OrdStatus.NEW))
    (exec_id,) = bench.state.children[CHILD].executions.standing
    bust = report(
        ExecType.TRADE_CANCEL, OrdStatus.CANCELED, 0, exec_id="X1", exec_ref_id=exec_id, last_qty=40, last_px=1000
    )
    tell(bench, bust)
    child = bench.state.children[CHILD]
    assert (child.cum_qty, child.order_qty, child.executions.sums().qty) == (0, 120, 0)
