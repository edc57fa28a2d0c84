"""Trade cancels (busts) and corrections of a venue at execution: rules 8, 10, 20, 25, 30, 34, 35 and 36 of the order behaviours."""

from dataclasses import replace

import pytest
from reconciliation_world import (
    AT_VENUE,
    CHILD,
    ORDER,
    ask,
    at_venue,
    check_journal,
    execute,
    of,
    open_causes,
    status_of,
    tell,
)

from oms.core.enums import BreakCause, ExecType, IntentKind, Liquidity, OrdStatus
from oms.core.execution_events import (
    Anomaly,
    BreakResolved,
    ChildReport,
    ChildRequestRejected,
    ChildUnknown,
    ExecutionSuspended,
    FillCorrected,
    Intent,
)
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel, ChildReplace
from oms.core.venue_messages import ReportReceived
from oms.testing.execution_bench import GOOD_UNTIL_NS, ExecutionBench


def changed(bench: ExecutionBench) -> list[FillCorrected]:
    return [e for e in of(bench, FillCorrected) if isinstance(e, FillCorrected)]


def held(bench: ExecutionBench) -> tuple[int, int]:
    """(CumQty, Σ price × quantity) of the child, live or ended."""
    child = bench.state.children.get(CHILD) or bench.state.closed[CHILD]
    assert child.executions.sums().qty + child.filled.inferred_qty == child.cum_qty
    inferred = sum(fill.qty * fill.px for fill in child.inferred)
    assert child.executions.sums().notional + inferred == child.notional
    assert bench.folded() == bench.state
    return child.cum_qty, child.notional


def message(bench: ExecutionBench, **changes: object) -> ReportReceived:
    """A hand-made correction of E1, stating the venue's own order as it is."""
    order = bench.venue.orders[AT_VENUE]
    body = ReportReceived(
        order.cl_ord_ids[-1], "", ExecType.TRADE_CANCEL, order.status, "B1", order.order_id, 0, 0, order.cum_qty, order.leaves,
        order.order_qty, order.price, None, 0, "", exec_ref_id="E1",
    )  # fmt: skip
    return replace(body, **changes)  # type: ignore[arg-type]


def test_rule_20_a_bust_moves_quantity_and_money_back_exactly() -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    bench.venue.bust(AT_VENUE, "E1")
    bench.hear()
    (event,) = changed(bench)
    assert (event.exec_type, event.exec_ref_id, event.old_qty, event.old_px) == (ExecType.TRADE_CANCEL, "E1", 30, 990)
    assert (event.new_qty, event.new_px, event.cum_qty, event.leaves_qty) == (0, 0, 20, 80)
    assert event.ord_status is OrdStatus.PARTIALLY_FILLED and event.liquidity is Liquidity.REMOVED
    assert held(bench) == (20, 20 * 980)
    bench.venue.bust(AT_VENUE, "E2")
    bench.hear()
    assert held(bench) == (0, 0)
    assert bench.state.children[CHILD].ord_status is OrdStatus.NEW
    assert open_causes(bench) == []


def test_rule_20_corrections_refer_to_the_latest_of_the_chain() -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    first = bench.venue.correct(AT_VENUE, "E1", 25, 991)
    second = bench.venue.correct(AT_VENUE, first, 28, 992)
    bench.hear()
    assert [(e.exec_ref_id, e.old_qty, e.new_qty) for e in changed(bench)] == [("E1", 30, 25), (first, 25, 28)]
    assert held(bench) == (48, 28 * 992 + 20 * 980)
    bench.venue.bust(AT_VENUE, second)
    bench.hear()
    assert held(bench) == (20, 20 * 980)
    assert open_causes(bench) == []


@pytest.mark.parametrize(("ref", "fault"), [("E1", "SUPERSEDED_REFERENCE"), ("busted", "BUSTED_REFERENCE")])
def test_rule_20_who_names_an_older_one_changes_nothing_and_a_person_is_told(ref: str, fault: str) -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    if ref == "E1":
        bench.venue.correct(AT_VENUE, "E1", 25, 991)
    else:
        bench.venue.bust(AT_VENUE, "E1")
        ref = "E1"
    bench.hear()
    before, count = held(bench), len(changed(bench))
    tell(bench, message(bench, exec_ref_id=ref))
    assert held(bench) == before and len(changed(bench)) == count
    assert open_causes(bench) == [BreakCause.UNKNOWN_EXECUTION]
    (found,) = bench.state.breaks.open.values()
    assert fault in found.text and found.child_id == CHILD and found.order_id == ORDER


def test_rule_20_a_correction_of_an_execution_before_a_replace_holds_after_it() -> None:
    bench = at_venue(fills=((30, 990),))
    bench.route(ChildReplace(ORDER, CHILD, 1, 150, 1001, GOOD_UNTIL_NS))
    bench.settle()
    bench.venue.bust(AT_VENUE, "E1")
    bench.hear()
    child = bench.state.children[CHILD]
    assert held(bench) == (0, 0) and child.order_qty == 150 and child.cl_ord_id != AT_VENUE
    assert changed(bench)[-1].leaves_qty == 150


def test_rule_30_a_correction_is_taken_once_however_often_it_is_told() -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    told = message(bench, cum_qty=20, leaves_qty=80)
    for _ in range(3):
        tell(bench, told)
    assert held(bench) == (20, 20 * 980) and len(changed(bench)) == 1
    assert open_causes(bench) == []


def test_rule_8_a_bust_under_a_pending_cancel_leaves_it_pending() -> None:
    bench = at_venue(fills=((30, 990),))
    bench.route(ChildCancel(ORDER, CHILD, 1))
    tell(bench, message(bench, cum_qty=0, leaves_qty=100, ord_status=OrdStatus.PENDING_CANCEL))
    child = bench.state.children[CHILD]
    assert child.ord_status is OrdStatus.PENDING_CANCEL and child.cum_qty == 0
    assert child.pending(IntentKind.CANCEL) is not None


@pytest.mark.parametrize("status", [OrdStatus.CANCELED, OrdStatus.EXPIRED])
def test_rule_10_after_the_end_a_bust_moves_cum_qty_and_the_child_stays_ended(status: OrdStatus) -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    bench.venue.end(AT_VENUE, status)
    bench.hear()
    sent = len(of(bench, Intent))
    bench.venue.bust(AT_VENUE, "E1")
    bench.venue.correct(AT_VENUE, "E2", 10, 975)
    bench.settle()
    assert CHILD in bench.state.closed and CHILD not in bench.state.children
    assert held(bench) == (10, 9750)
    assert [e.leaves_qty for e in changed(bench)] == [0, 0]
    assert len(of(bench, Intent)) == sent and open_causes(bench) == []


def test_rule_10_a_filled_child_that_is_busted_stays_ended_and_nothing_is_sent_for_it() -> None:
    bench = at_venue(fills=((30, 990), (70, 980)))
    sent = len(of(bench, Intent))
    bench.venue.bust(AT_VENUE, "E2")
    bench.settle()
    assert CHILD in bench.state.closed and held(bench) == (30, 30 * 990)
    assert len(of(bench, Intent)) == sent and open_causes(bench) == []


def test_rule_10_what_the_venue_puts_back_into_its_book_is_a_break_and_fills_of_it_are_booked() -> None:
    bench = at_venue(fills=((30, 990), (70, 980)))
    bench.venue.bust(AT_VENUE, "E2", reopens=True)
    bench.hear()
    assert open_causes(bench) == [BreakCause.OPEN_AFTER_END]
    (found,) = bench.state.breaks.open.values()
    assert (found.venue_qty, found.child_id) == (70, CHILD)
    execute(bench, 10, 970)
    bench.hear()
    assert CHILD in bench.state.closed and held(bench) == (40, 30 * 990 + 10 * 970)
    bench.venue.end(AT_VENUE, OrdStatus.CANCELED)
    bench.hear()
    assert open_causes(bench) == []


def test_rule_25_a_reference_to_nothing_we_know_is_in_suspense_with_a_break() -> None:
    bench = at_venue(fills=((30, 990),))
    tell(bench, message(bench, exec_ref_id="E77"))
    assert held(bench) == (30, 30 * 990) and not changed(bench)
    (kept,) = (e for e in of(bench, ExecutionSuspended) if isinstance(e, ExecutionSuspended))
    assert (kept.exec_ref_id, kept.exec_type, kept.raw) == ("E77", ExecType.TRADE_CANCEL, "raw")
    assert open_causes(bench) == [BreakCause.UNKNOWN_EXECUTION]
    events = len(bench.events())
    tell(bench, message(bench, exec_ref_id="E77"))
    assert len(bench.events()) == events + 1, "told again: the number, and nothing else"
    check_journal(bench)


def test_rule_25_a_correction_of_no_order_of_ours_is_in_suspense() -> None:
    bench = at_venue(fills=((30, 990),))
    tell(bench, message(bench, cl_ord_id="f", exec_ref_id="E77"))
    assert open_causes(bench) == [BreakCause.UNKNOWN_EXECUTION] and held(bench) == (30, 30 * 990)


def test_rule_25_a_bust_of_what_is_in_suspense_ends_its_break() -> None:
    bench = at_venue()
    trade = message(bench, cl_ord_id="f", exec_type=ExecType.TRADE, exec_id="X8", exec_ref_id="", last_qty=3, last_px=9)
    tell(bench, trade)
    assert open_causes(bench) == [BreakCause.UNKNOWN_EXECUTION]
    tell(bench, message(bench, cl_ord_id="f", exec_id="X9", exec_ref_id="X8"))
    assert open_causes(bench) == [] and not bench.state.breaks.suspense
    assert of(bench, Anomaly)


def test_rule_25_a_bust_before_its_trade_waits_for_it_and_both_are_booked_in_one_record() -> None:
    bench = at_venue(fills=((30, 990),), untold=((20, 980),))
    name = bench.venue.correct(AT_VENUE, "E2", 15, 981)
    bench.venue.bust(AT_VENUE, name)
    bench.hear()
    assert held(bench) == (30, 30 * 990)
    assert open_causes(bench) == [BreakCause.UNKNOWN_EXECUTION] * 2
    events = tell(bench, bench.venue.withheld.pop())
    assert [type(e) for e in events if isinstance(e, ChildReport | FillCorrected)] == [
        ChildReport,
        FillCorrected,
        FillCorrected,
    ]
    assert held(bench) == (30, 30 * 990) and open_causes(bench) == []
    assert bench.state.children[CHILD].ord_status is OrdStatus.PARTIALLY_FILLED
    check_without_falling(bench)


def test_rule_35_a_bust_of_a_real_trade_that_superseded_an_inferred_fill_takes_all_of_it() -> None:
    bench = at_venue(fills=((30, 990),), untold=((20, 980),))
    ask(bench)
    assert held(bench)[0] == 50 and bench.state.children[CHILD].filled.inferred_qty == 20
    bench.venue.tell(bench.venue.withheld.pop())
    bench.hear()
    assert held(bench) == (50, 30 * 990 + 20 * 980)
    bench.venue.bust(AT_VENUE, "E2")
    bench.hear()
    assert held(bench) == (30, 30 * 990) and open_causes(bench) == []


def test_rule_35_a_bust_of_a_trade_that_was_only_inferred_takes_the_inferred_fill_back() -> None:
    bench = at_venue(fills=((30, 990),), untold=((20, 980),))
    ask(bench)
    bench.venue.bust(AT_VENUE, "E2")
    bench.hear()
    assert held(bench) == (30, 30 * 990)
    (event,) = changed(bench)
    assert event.exec_ref_id.startswith("inferred:") and event.exec_type is ExecType.TRADE_CANCEL
    assert open_causes(bench) == [BreakCause.UNKNOWN_EXECUTION], (
        "until its trade is told, or a person says that it never will be"
    )
    bench.venue.tell(bench.venue.withheld.pop())
    bench.settle()
    assert held(bench) == (30, 30 * 990) and open_causes(bench) == []


def test_rule_35_a_late_trade_supersedes_as_though_the_bust_had_not_come_between() -> None:
    """E2 and E3 untold and inferred, E3 busted, then E2 told with the CumQty of its time: it is not new."""
    bench = at_venue(fills=((30, 990),))
    for clock_ns, qty in ((10, 20), (20, 15)):
        bench.venue.clock_ns = clock_ns
        execute(bench, qty, 980, told=False)
    ask(bench)
    assert held(bench)[0] == 65
    bench.venue.clock_ns = 30
    bench.venue.bust(AT_VENUE, "E3")
    bench.hear()
    assert held(bench)[0] == 50
    for late in bench.venue.withheld:
        bench.venue.tell(late)
    bench.settle()
    assert held(bench) == (50, 30 * 990 + 20 * 980)
    assert open_causes(bench) == [] and not bench.state.children[CHILD].inferred


def test_rule_20_a_bust_that_overtakes_the_correction_it_names_follows_it() -> None:
    """E1 is corrected, the correction busted, and the bust is told first: nothing moves until the correction comes, then both do."""
    bench = at_venue(fills=((30, 990), (20, 980)))
    bust = message(bench, exec_id="B2", exec_ref_id="C2")
    tell(bench, replace(bust, cum_qty=20, leaves_qty=80))
    assert held(bench)[0] == 50 and open_causes(bench) == [BreakCause.UNKNOWN_EXECUTION]
    fixed = replace(bust, exec_type=ExecType.TRADE_CORRECT, exec_id="C2", exec_ref_id="E1", last_qty=25, last_px=990)
    tell(bench, replace(fixed, cum_qty=45, leaves_qty=55))
    assert held(bench) == (20, 20 * 980) and open_causes(bench) == []


def test_rule_34_a_correction_beyond_the_order_is_booked_and_a_break_and_a_bust_ends_it() -> None:
    bench = at_venue(fills=((30, 990), (70, 980)))
    name = bench.venue.correct(AT_VENUE, "E1", 45, 990)
    bench.hear()
    assert held(bench)[0] == 115 and open_causes(bench) == [BreakCause.OVERFILL]
    bench.venue.bust(AT_VENUE, name)
    bench.hear()
    assert held(bench)[0] == 70 and open_causes(bench) == []


def test_a_correction_to_nothing_is_a_bust() -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    tell(bench, message(bench, exec_type=ExecType.TRADE_CORRECT, last_qty=0, cum_qty=20, leaves_qty=80))
    assert held(bench) == (20, 20 * 980) and changed(bench)[0].exec_type is ExecType.TRADE_CANCEL


@pytest.mark.parametrize("changes", [{"exec_type": ExecType.TRADE_CORRECT, "last_qty": -5}, {"exec_id": ""}])
def test_rule_36_what_is_no_correction_is_an_anomaly_and_changes_nothing(changes: dict[str, object]) -> None:
    bench = at_venue(fills=((30, 990),))
    tell(bench, message(bench, **changes))
    assert held(bench) == (30, 30 * 990) and of(bench, Anomaly) and not changed(bench)


def test_rule_31_a_cum_qty_that_is_not_ours_after_a_bust_is_doubt_and_asked_about() -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    tell(bench, message(bench, cum_qty=45, leaves_qty=55))
    assert held(bench) == (20, 20 * 980)
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN


def test_rule_31_an_end_that_only_a_bust_mentions_is_doubt_until_the_venue_is_asked() -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    bench.venue.orders[AT_VENUE].status = OrdStatus.CANCELED
    bench.venue.bust(AT_VENUE, "E1")
    bench.hear()
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    bench.settle(rounds=30)
    assert CHILD in bench.state.closed and held(bench) == (20, 20 * 980)


def told_out_of_order() -> ExecutionBench:
    """All of the child is executed, in two trades; the later one is told first."""
    bench = at_venue(untold=((70, 990), (30, 980)))
    while bench.venue.withheld:
        bench.venue.tell(bench.venue.withheld.pop())
        bench.hear()
    return bench


def test_inv_595_trades_told_out_of_order_are_doubt_and_a_correction_then_leaves_the_child_open() -> None:
    bench = told_out_of_order()
    child = bench.state.children[CHILD]
    assert (child.ord_status, child.cum_qty) == (OrdStatus.UNKNOWN, 100)
    bench.venue.correct(AT_VENUE, "E1", 20, 991, reopens=True)
    bench.hear()
    assert (child.ord_status, held(bench)) == (OrdStatus.PARTIALLY_FILLED, (50, 20 * 991 + 30 * 980))
    assert changed(bench)[-1].leaves_qty == 50
    bench.settle(rounds=30)
    assert CHILD in bench.state.children and open_causes(bench) == []


def test_inv_595_trades_told_out_of_order_end_the_child_once_the_venue_is_asked() -> None:
    bench = told_out_of_order()
    bench.settle(rounds=30)
    assert CHILD in bench.state.closed and open_causes(bench) == []
    ended = [e for e in of(bench, ChildReport) if isinstance(e, ChildReport) and e.ends]
    assert [(e.exec_type, e.ord_status, e.cum_qty) for e in ended] == [(ExecType.ORDER_STATUS, OrdStatus.FILLED, 100)]


@pytest.mark.parametrize("in_doubt", [True, False])
def test_inv_595_a_refused_replace_says_whether_its_child_is_in_doubt(in_doubt: bool) -> None:
    """All of it is executed before the replace is read; the later of two trades is told first, or not."""
    bench = at_venue()
    bench.route(ChildReplace(ORDER, CHILD, 4, 150, 1001, GOOD_UNTIL_NS))
    for qty, px in ((70, 990), (29, 980)):
        execute(bench, qty, px, told=False)
    for _ in range(2):
        bench.venue.tell(bench.venue.withheld.pop(-1 if in_doubt else 0))
    bench.hear()
    bench.venue.orders[AT_VENUE].status = OrdStatus.CANCELED  # what is left of it
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    (refused,) = [e for e in of(bench, ChildRequestRejected) if isinstance(e, ChildRequestRejected)]
    assert (refused.kind, refused.request, refused.reason) == (IntentKind.REPLACE, 4, Reason.VENUE_REPLACE_REJECTED)
    assert refused.ord_status is (OrdStatus.UNKNOWN if in_doubt else OrdStatus.PARTIALLY_FILLED)
    bench.settle(rounds=30)
    assert CHILD in bench.state.closed and open_causes(bench) == []


def test_a_refusal_says_the_status_that_its_own_record_brings() -> None:
    """The answer to a question settles the doubt, and the replace that the lost connection left behind."""
    bench = at_venue()
    bench.route(ChildReplace(ORDER, CHILD, 4, 150, 1001, GOOD_UNTIL_NS))
    for qty, px in ((30, 990), (20, 980)):
        execute(bench, qty, px, told=False)
    while bench.venue.withheld:
        bench.venue.tell(bench.venue.withheld.pop())
        bench.hear()
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    bench.venue.lose()
    bench.venue.mute = True
    bench.settle(rounds=3)
    tell(bench, status_of(bench))
    (refused,) = [e for e in of(bench, ChildRequestRejected) if isinstance(e, ChildRequestRejected)]
    assert (refused.text, refused.ord_status) == ("the venue did not apply it", OrdStatus.PARTIALLY_FILLED)


@pytest.mark.parametrize("liquidity", [Liquidity.ADDED, Liquidity.AUCTION, Liquidity.REMOVED])
def test_how_an_execution_came_about_stays_so_through_its_corrections(liquidity: Liquidity) -> None:
    bench = at_venue()
    trade = message(
        bench,
        exec_type=ExecType.TRADE,
        exec_id="T1",
        exec_ref_id="",
        last_qty=40,
        last_px=995,
        cum_qty=40,
        leaves_qty=60,
    )
    tell(bench, replace(trade, liquidity=liquidity, ord_status=OrdStatus.PARTIALLY_FILLED))
    partly = {"ord_status": OrdStatus.PARTIALLY_FILLED, "cum_qty": 40, "leaves_qty": 60}
    correction = {
        "exec_type": ExecType.TRADE_CORRECT,
        "exec_id": "T2",
        "exec_ref_id": "T1",
        "last_qty": 40,
        "last_px": 996,
    }
    tell(bench, message(bench, **partly, **correction))
    tell(bench, message(bench, exec_id="T3", exec_ref_id="T2", cum_qty=0, leaves_qty=100, ord_status=OrdStatus.NEW))
    assert [e.liquidity for e in changed(bench)] == [liquidity] * 2
    assert held(bench) == (0, 0) and not of(bench, ChildUnknown)


def check_without_falling(bench: ExecutionBench) -> None:
    """REC-6: every break that was opened is open or resolved."""
    resolved = [e for e in of(bench, BreakResolved) if isinstance(e, BreakResolved)]
    assert {e.subject for e in resolved}.isdisjoint({subject for _, subject in bench.state.breaks.open})
