"""The numbered rules of order behaviour that are about states and quantities of one order; each test carries its number."""

from dataclasses import replace
from fractions import Fraction

import pytest

from oms.core.enums import ExecType, IntentKind, OrdStatus
from oms.core.lifecycle import events as e
from oms.core.lifecycle.apply import CHAIN_MAX, REQUESTS_MAX, Anomaly, AnomalyKind, apply
from oms.core.lifecycle.order import UNKNOWN_ORDER_ID, Order, Report, unknown_cancel, unknown_status
from oms.core.lifecycle.table import PRECEDENCE, highest
from oms.core.venue_reasons import CxlRejReason, OrdRejReason

S, T = OrdStatus, ExecType
RENEWAL, NOT_BEST = 2, 10
"""Of ExecRestatementReason: kept as they come."""


class Life:
    """An order X of 100, and what was told of it."""

    def __init__(self, order_qty: int = 100, good_till: bool = False) -> None:
        self.order = Order("O1", "X", order_qty, 50, good_till, day=1)
        self.reports: list[Report] = []
        self._fills = 0

    def then(self, *events: e.OrderEvent) -> Report:
        """Apply them, each of which must be possible; the last report."""
        for event in events:
            outcome = apply(self.order, event)
            assert not isinstance(outcome, Anomaly), (event, outcome)
            self.order = outcome[0]
            if outcome[1] is not None:
                self.reports.append(outcome[1])
        return self.reports[-1]

    def fill(self, qty: int, px: int = 50, cl_ord_id: str = "") -> Report:
        self._fills += 1
        return self.then(e.Traded(f"F{self._fills}", qty, px, cl_ord_id))

    def anomaly(self, event: e.OrderEvent) -> AnomalyKind:
        """What is wrong with it; the order is then as it was."""
        outcome = apply(self.order, event)
        assert isinstance(outcome, Anomaly), outcome
        return outcome.kind

    def shows(self, status: OrdStatus) -> bool:
        return self.order.ord_status is status

    @property
    def figures(self) -> tuple[OrdStatus, int, int, int]:
        o = self.order
        return o.ord_status, o.order_qty, o.cum_qty, o.leaves_qty


def cancel(name: str, orig: str = "") -> e.Requested:
    return e.Requested(IntentKind.CANCEL, name, orig)


def change(name: str, order_qty: int, orig: str = "", price: int | None = 50) -> e.Requested:
    return e.Requested(IntentKind.REPLACE, name, orig, order_qty, price)


@pytest.fixture
def life() -> Life:
    """Accepted."""
    life = Life()
    life.then(e.Accepted())
    return life


# --- states and quantities


def test_rule_01_exec_type_and_ord_status_do_not_follow_from_each_other(life: Life) -> None:
    fill = life.fill(30)
    asked = life.then(e.StatusAsked())
    pending = life.then(cancel("Y"), e.RequestPending("Y"))
    again = life.fill(10)
    assert (fill.exec_type, fill.ord_status) == (T.TRADE, S.PARTIALLY_FILLED)
    assert (asked.exec_type, asked.ord_status) == (T.ORDER_STATUS, S.PARTIALLY_FILLED)
    assert (pending.exec_type, pending.ord_status) == (T.PENDING_CANCEL, S.PENDING_CANCEL)
    assert (again.exec_type, again.ord_status) == (T.TRADE, S.PENDING_CANCEL)


def test_rule_02_the_highest_of_several_states_is_told() -> None:
    ladder = [
        {S.UNKNOWN}, {S.PENDING_CANCEL}, {S.PENDING_REPLACE}, {S.DONE_FOR_DAY}, {S.CALCULATED}, {S.FILLED}, {S.STOPPED}, {S.SUSPENDED},
        {S.CANCELED, S.EXPIRED}, {S.PARTIALLY_FILLED}, {S.NEW, S.REJECTED, S.PENDING_NEW},
    ]  # fmt: skip
    assert set().union(*ladder) == set(OrdStatus)
    for number, higher in enumerate(ladder):
        assert len({PRECEDENCE[s] for s in higher}) == 1
        for lower in ladder[number + 1 :]:
            assert all(highest((b, a)) is a and highest((a, b)) is a for a in higher for b in lower)


def test_rule_02_each_state_shows_when_what_was_above_it_goes() -> None:
    life = Life(good_till=True)
    life.then(e.Accepted(), e.Suspended())
    assert life.shows(S.SUSPENDED)
    life.then(e.Stopped(10, 50))
    assert life.shows(S.STOPPED)
    life.then(e.DoneForDay(), e.Calculated())
    assert life.shows(S.DONE_FOR_DAY)
    life.then(change("Y", 200), e.RequestPending("Y"), cancel("Z"), e.RequestPending("Z"))
    assert life.shows(S.PENDING_CANCEL)
    life.then(e.RequestRejected("Z"))
    assert life.shows(S.PENDING_REPLACE)
    life.then(e.RequestRejected("Y"))
    assert life.shows(S.DONE_FOR_DAY)
    life.then(e.DayStarted(2))
    assert life.shows(S.STOPPED)
    life.then(e.Resumed())
    assert life.shows(S.STOPPED)
    life.fill(100)
    assert life.shows(S.FILLED)


def test_rule_03_quantities_are_of_the_chain(life: Life) -> None:
    life.fill(40, 50)
    replaced = life.then(change("Y", 200, price=52), e.Replaced("Y"))
    assert (replaced.cum_qty, replaced.leaves_qty, replaced.notional) == (40, 160, 2_000)
    filled = life.fill(60, 52)
    assert (filled.cl_ord_id, filled.cum_qty, filled.avg_px) == ("Y", 100, Fraction(40 * 50 + 60 * 52, 100))


@pytest.mark.parametrize(
    ("events", "leaves"),
    [
        ((e.Accepted(), e.Traded("F", 30, 1)), 70),
        ((e.Accepted(), e.Traded("F", 30, 1), e.Canceled()), 0),
        ((e.Accepted(), e.Traded("F", 30, 1), e.Expired()), 0),
        ((e.Accepted(), e.Traded("F", 30, 1), e.Calculated()), 0),
        ((e.Rejected(),), 0),
        ((e.Accepted(), e.Traded("F", 30, 1), e.DoneForDay()), 0),
        ((e.Accepted(), e.Traded("F", 30, 1), e.Suspended()), 70),
        ((e.Accepted(), e.Traded("F", 130, 1)), 0),
    ],
)
def test_rule_04_leaves_qty(events: tuple[e.OrderEvent, ...], leaves: int) -> None:
    life = Life()
    assert life.then(*events).leaves_qty == leaves == life.order.leaves_qty


def test_rule_04_a_gt_order_that_is_done_for_the_day_keeps_its_rest() -> None:
    life = Life(good_till=True)
    life.then(e.Accepted())
    life.fill(30)
    assert life.then(e.DoneForDay()).leaves_qty == 70


def test_rule_05_the_average_is_exact_over_all_fills() -> None:
    life = Life(3)
    life.then(e.Accepted())
    life.fill(1, 10)
    assert life.fill(2, 11).avg_px == Fraction(32, 3)
    assert life.then(e.TradeCorrected("F1", "C1", 1, 8)).avg_px == 10


def test_rule_06_an_exec_id_counts_once_and_a_status_is_no_fill(life: Life) -> None:
    life.fill(30)
    assert life.anomaly(e.Traded("F1", 30, 50)) is AnomalyKind.REPEATED_EXEC_ID
    assert life.then(e.StatusAsked()).cum_qty == 30 == life.order.cum_qty


def test_rule_07_a_fill_under_a_pending_replace_carries_the_old_order(life: Life) -> None:
    life.then(change("Y", 200, price=60), e.RequestPending("Y"))
    fill = life.fill(30)
    assert (fill.cl_ord_id, fill.order_qty, fill.price, fill.leaves_qty) == ("X", 100, 50, 70)
    assert fill.ord_status is S.PENDING_REPLACE
    replaced = life.then(e.Replaced("Y"))
    assert (replaced.cl_ord_id, replaced.orig_cl_ord_id, replaced.order_qty, replaced.price) == ("Y", "X", 200, 60)


def test_rule_08_a_pending_cancel_outranks_the_last_fill_until_it_is_too_late(life: Life) -> None:
    life.then(cancel("Y"), e.RequestPending("Y"))
    life.fill(100)
    assert life.figures == (S.PENDING_CANCEL, 100, 100, 0)
    rejected = life.then(e.RequestRejected("Y", CxlRejReason.TOO_LATE_TO_CANCEL))
    assert (rejected.exec_type, rejected.ord_status, rejected.reason) == (
        None,
        S.FILLED,
        CxlRejReason.TOO_LATE_TO_CANCEL,
    )


def test_rule_09_a_cancel_before_the_acknowledgement() -> None:
    life = Life()
    pending = life.then(cancel("Y", "X"), e.RequestPending("Y"))
    assert (pending.ord_status, pending.cl_ord_id, pending.orig_cl_ord_id, pending.leaves_qty) == (
        S.PENDING_CANCEL,
        "Y",
        "X",
        100,
    )
    accepted = life.then(e.Accepted())
    assert (accepted.exec_type, accepted.ord_status, accepted.cl_ord_id) == (T.NEW, S.PENDING_CANCEL, "X")
    assert life.then(e.Canceled("Y")).ord_status is S.CANCELED


def test_rule_09_a_cancel_crossing_the_acknowledgement() -> None:
    life = Life()
    assert life.then(cancel("Y", "X"), e.Accepted()).ord_status is S.NEW
    assert life.then(e.RequestPending("Y"), e.Canceled("Y")).ord_status is S.CANCELED


def test_rule_09_a_cancel_of_an_unknown_order() -> None:
    report = unknown_cancel("Y", "X")
    assert (report.order_id, report.ord_status, report.reason) == ("NONE", S.REJECTED, 1), "FIX tags 37, 39, 102"
    assert (report.cl_ord_id, report.orig_cl_ord_id, report.exec_type) == ("Y", "X", None)


@pytest.mark.parametrize("end", [e.Canceled(), e.Expired()])
def test_rule_10_what_is_closed_takes_executions_and_stays_closed(life: Life, end: e.OrderEvent) -> None:
    closed = OrdStatus.CANCELED if isinstance(end, e.Canceled) else OrdStatus.EXPIRED
    life.fill(30)
    life.then(end)
    late = life.fill(70)
    assert (late.exec_type, *life.figures) == (T.TRADE, closed, 100, 100, 0)
    busted = life.then(e.TradeCanceled("F1", "B1"))
    assert (busted.exec_type, *life.figures) == (T.TRADE_CANCEL, closed, 100, 70, 0)
    for event in (
        e.Accepted(),
        e.Replaced("Y"),
        e.Restated(200),
        e.Suspended(),
        e.Canceled(),
        e.Expired(),
        e.DoneForDay(),
    ):
        assert life.anomaly(event)


# --- replace chains


def test_rule_11_a_replace_asks_for_the_total(life: Life) -> None:
    life.fill(40)
    replaced = life.then(change("Y", 60), e.Replaced("Y"))
    assert (replaced.order_qty, replaced.leaves_qty) == (60, 20)


def test_rule_12_what_a_replace_does_not_restate_is_not_carried_over(life: Life) -> None:
    assert life.then(change("Y", 100, price=None), e.Replaced("Y")).price is None


@pytest.mark.parametrize("asked", [40, 25])
def test_rule_13_no_less_than_is_executed(life: Life, asked: int) -> None:
    life.then(change("Y", asked))
    life.fill(40)
    replaced = life.then(e.Replaced("Y"))
    assert (replaced.exec_type, *life.figures) == (T.REPLACED, S.FILLED, 40, 40, 0)


def test_rule_14_an_increase_opens_a_filled_order_again_or_is_rejected(life: Life) -> None:
    life.fill(100)
    life.then(change("Y", 120))
    assert life.then(e.RequestRejected("Y")).ord_status is S.FILLED
    life.then(change("Z", 130), e.RequestPending("Z"), e.Replaced("Z"))
    assert life.figures == (S.PARTIALLY_FILLED, 130, 100, 30)


def test_rule_15_requests_point_at_the_last_not_rejected_and_reports_at_the_last_accepted(life: Life) -> None:
    assert life.order.last_not_rejected == "X"
    life.then(change("Y", 90))
    assert life.order.last_not_rejected == "Y"
    life.then(change("Z", 80, life.order.last_not_rejected))
    pending = life.then(e.RequestPending("Y"), e.RequestPending("Z"))
    assert (pending.cl_ord_id, pending.orig_cl_ord_id) == ("Z", "X")
    assert (pending.order_qty, pending.leaves_qty) == (90, 90), "as if what was asked before were granted"
    rejected = life.then(e.RequestRejected("Z", CxlRejReason.ALREADY_PENDING))
    assert (rejected.cl_ord_id, rejected.orig_cl_ord_id) == ("Z", "X")
    assert life.order.last_not_rejected == "Y"
    life.then(e.Replaced("Y"))
    assert (life.order.cl_ord_id, life.order.last_not_rejected) == ("Y", "Y")


def test_rule_15_a_request_that_names_a_rejected_one_is_of_an_unknown_order(life: Life) -> None:
    life.then(change("Y", 90), e.RequestRejected("Y"))
    refused = life.then(change("Z", 80, "Y"))
    assert (refused.exec_type, refused.reason, refused.order_id) == (
        None,
        CxlRejReason.UNKNOWN_ORDER,
        UNKNOWN_ORDER_ID,
    )
    assert not life.order.requests


def test_rule_15_what_a_granted_replace_built_on_is_granted_too(life: Life) -> None:
    replaced = life.then(change("Y", 90), change("Z", 80, "Y"), e.Replaced("Z"))
    assert (replaced.order_qty, replaced.orig_cl_ord_id) == (80, "X")
    assert life.anomaly(e.Replaced("Y")) is AnomalyKind.UNKNOWN_REQUEST, "it would take the order back"


def test_rule_16_a_second_request_is_refused_while_one_pends(life: Life) -> None:
    life.then(change("Y", 90), e.RequestPending("Y"), cancel("Z"))
    refused = life.then(e.RequestRejected("Z", CxlRejReason.ALREADY_PENDING))
    assert (refused.ord_status, refused.reason) == (S.PENDING_REPLACE, CxlRejReason.ALREADY_PENDING)


def test_rule_16_or_both_are_processed(life: Life) -> None:
    life.then(change("Y", 90), e.RequestPending("Y"), cancel("Z"), e.RequestPending("Z"))
    assert life.then(e.Replaced("Y")).ord_status is S.PENDING_CANCEL
    canceled = life.then(e.Canceled("Z"))
    assert (canceled.orig_cl_ord_id, *life.figures) == ("Y", S.CANCELED, 90, 0, 0)


def test_rule_16_an_order_has_so_many_requests_and_no_more(life: Life) -> None:
    for number in range(REQUESTS_MAX):
        life.then(cancel(f"Y{number}"))
    assert life.then(cancel("Z")).reason == CxlRejReason.ALREADY_PENDING
    assert len(life.order.requests) == REQUESTS_MAX


def test_rule_16_no_number_of_replaces_keeps_a_cancel_out(life: Life) -> None:
    for number in range(REQUESTS_MAX):
        life.then(change(f"Y{number}", 90))
    assert life.then(change("Z", 80)).reason == CxlRejReason.ALREADY_PENDING
    life.order = replace(life.order, past=tuple(f"P{number}" for number in range(CHAIN_MAX)), requests=())
    assert life.then(change("Z", 80)).reason == CxlRejReason.BROKER_OPTION
    life.then(cancel("C", "X"))
    assert [r.cl_ord_id for r in life.order.requests] == ["C"]


@pytest.mark.parametrize("before", [(), (e.Traded("F", 30, 50),), (e.Suspended(),), (e.Stopped(10, 50),)])
@pytest.mark.parametrize("ask", [cancel("Y"), change("Y", 200)])
def test_rule_17_after_a_reject_the_status_is_that_of_before(
    life: Life, before: tuple[e.OrderEvent, ...], ask: e.Requested
) -> None:
    for event in before:
        life.then(event)
    figures = life.figures
    life.then(ask, e.RequestPending("Y"))
    assert life.figures[0] is not figures[0]
    assert life.then(e.RequestRejected("Y")).ord_status is figures[0]
    assert life.figures == figures


@pytest.mark.parametrize("by_fill", [False, True])
def test_rule_18_a_replace_by_cancel_and_new_is_bound_by_acknowledgement_or_fill(life: Life, by_fill: bool) -> None:
    life.fill(10)
    life.then(change("Y", 200), e.RequestPending("Y"), e.LegCanceled())
    assert life.figures == (S.PENDING_REPLACE, 100, 10, 90), "the old leg's cancel is not the end of the order"
    report = life.fill(5, cl_ord_id="Y") if by_fill else life.then(e.Accepted("Y"))
    assert (report.exec_type, report.cl_ord_id) == (T.TRADE if by_fill else T.REPLACED, "Y")
    assert life.figures == (S.PARTIALLY_FILLED, 200, 15 if by_fill else 10, 185 if by_fill else 190)


def test_rule_18_the_new_leg_is_refused_and_the_old_is_gone(life: Life) -> None:
    life.fill(10)
    life.then(change("Y", 200), e.LegCanceled())
    assert life.then(e.RequestRejected("Y")).ord_status is S.CANCELED
    assert life.figures == (S.CANCELED, 100, 10, 0)
    assert Life().anomaly(e.LegCanceled()) is AnomalyKind.NO_REPLACE_PENDING


def test_rule_18_an_order_that_ends_between_the_legs_is_ended_once(life: Life) -> None:
    life.then(change("Y", 200), e.LegCanceled(), e.Canceled())
    assert life.then(e.RequestRejected("Y")).ord_status is S.CANCELED


# --- unsolicited events, busts, corrections, days


def test_rule_19_an_unsolicited_cancel_keeps_its_reason(life: Life) -> None:
    known = life.then(e.Canceled(reason=NOT_BEST))
    assert (known.exec_type, known.cl_ord_id, known.orig_cl_ord_id) == (T.CANCELED, "X", "")
    assert known.reason == NOT_BEST


def test_rule_20_busts_and_corrections_refer_to_the_latest_report_of_the_chain(life: Life) -> None:
    life.fill(60, 50)
    life.fill(40, 60)
    corrected = life.then(e.TradeCorrected("F1", "C1", 50, 51))
    assert (corrected.exec_type, corrected.last_qty, corrected.last_px, corrected.exec_ref_id) == (
        T.TRADE_CORRECT,
        50,
        51,
        "F1",
    )
    assert life.figures == (S.PARTIALLY_FILLED, 100, 90, 10), "a filled order goes back"
    assert life.order.notional == 50 * 51 + 40 * 60
    assert life.anomaly(e.TradeCanceled("F1", "B1")) is AnomalyKind.SUPERSEDED_EXECUTION
    assert life.anomaly(e.TradeCorrected("F9", "C2", 1, 1)) is AnomalyKind.UNKNOWN_EXECUTION
    life.then(change("Y", 200), e.Replaced("Y"))
    busted = life.then(e.TradeCanceled("C1", "B1"))
    assert (busted.exec_type, busted.cl_ord_id, busted.last_qty, busted.last_px) == (T.TRADE_CANCEL, "Y", 0, 0)
    assert (*life.figures, life.order.notional) == (S.PARTIALLY_FILLED, 200, 40, 160, 2_400)
    assert life.anomaly(e.TradeCorrected("C1", "C2", 1, 1)) is AnomalyKind.BUSTED_EXECUTION


def test_rule_21_a_new_day_begins_the_days_figures_and_no_other() -> None:
    life = Life(good_till=True)
    life.then(e.Accepted())
    life.fill(30, 50)
    life.then(e.DoneForDay(), e.DayStarted(2))
    restated = life.then(e.Restated(reason=RENEWAL))
    assert (restated.exec_type, restated.ord_status, restated.last_qty) == (T.RESTATED, S.PARTIALLY_FILLED, 0)
    assert (restated.cum_qty, restated.day_order_qty, restated.day_cum_qty, restated.day_avg_px) == (
        30,
        70,
        0,
        Fraction(0),
    )
    fill = life.fill(20, 60)
    assert (fill.cum_qty, fill.day_order_qty, fill.day_cum_qty, fill.day_avg_px) == (50, 70, 20, Fraction(60))
    corrected = life.then(e.TradeCorrected("F1", "C1", 10, 50))
    assert (corrected.cum_qty, corrected.day_order_qty, corrected.day_cum_qty) == (30, 90, 20), "yesterday's"
    assert life.anomaly(e.DayStarted(2)) is AnomalyKind.DAY_NOT_LATER


def test_rule_21_a_split_changes_what_is_executed_and_not_what_was_paid() -> None:
    life = Life(good_till=True)
    life.then(e.Accepted())
    life.fill(30, 50)
    restated = life.then(e.Restated(ratio=(3, 2), price=33))
    assert (restated.order_qty, restated.cum_qty, restated.notional, restated.price) == (150, 45, 1_500, 33)
    assert life.anomaly(e.Restated(ratio=(1, 7))) is AnomalyKind.FRACTIONAL_QTY
    life.then(e.TradeCanceled("F1", "B1"))
    assert (life.order.cum_qty, life.order.notional) == (0, 0), "busted after the split, exactly"


@pytest.mark.parametrize("filled", [0, 40])
def test_rule_22_an_ioc_or_fok_that_cannot_fill_is_canceled(filled: int) -> None:
    life = Life()
    life.then(e.Accepted())
    if filled:
        life.fill(filled)
    canceled = life.then(e.Canceled())
    assert (canceled.exec_type, *life.figures) == (T.CANCELED, S.CANCELED, 100, filled, 0)


def test_rule_23_an_order_expires_once_also_part_filled_and_after_a_rejected_cancel(life: Life) -> None:
    life.fill(30)
    life.then(cancel("Y"), e.RequestPending("Y"), e.RequestRejected("Y"))
    expired = life.then(e.Expired())
    assert (expired.exec_type, *life.figures) == (T.EXPIRED, S.EXPIRED, 100, 30, 0)
    assert life.anomaly(e.Expired()) is AnomalyKind.IMPOSSIBLE_IN_STATE


def test_rule_19_terms_that_nobody_asked_for_are_told_as_restated_or_as_replaced(life: Life) -> None:
    life.fill(30)
    life.then(change("Y", 200))
    told = life.then(e.Restated(80, 49, reason=NOT_BEST, exec_type=T.REPLACED))
    assert (told.exec_type, told.reason, told.cl_ord_id, told.orig_cl_ord_id) == (T.REPLACED, NOT_BEST, "X", "")
    assert (told.order_qty, told.price, told.last_qty) == (80, 49, 0)
    assert life.then(e.Replaced("Y")).order_qty == 200, "the request is still to be answered"
    assert life.then(e.Restated(90)).exec_type is T.RESTATED


def test_rule_24_a_cl_ord_id_is_used_once_in_a_chain_over_all_days() -> None:
    life = Life(good_till=True)
    life.then(e.Accepted(), change("Y", 90), e.Replaced("Y"), change("Z", 80), e.RequestRejected("Z"), e.DayStarted(2))
    for used in ("X", "Y", "Z"):
        refused = life.then(change(used, 70))
        assert (refused.exec_type, refused.reason, refused.ord_status) == (
            None,
            CxlRejReason.DUPLICATE_CL_ORD_ID,
            S.NEW,
        )
    assert not life.order.requests


def test_rule_25_an_execution_of_another_order_is_not_booked(life: Life) -> None:
    assert life.anomaly(e.Traded("F1", 10, 50, "Q")) is AnomalyKind.WRONG_CL_ORD_ID
    assert life.anomaly(e.StatusAsked("Q")) is AnomalyKind.WRONG_CL_ORD_ID


# --- duplicates and resends


def test_rule_27_a_resend_of_a_known_order_is_answered_with_the_status(life: Life) -> None:
    life.fill(30)
    life.then(change("Y", 200), e.Replaced("Y"))
    before = life.order
    report = life.then(e.SentAgain(poss_resend=True, cl_ord_id="X"))
    assert (report.exec_type, report.ord_status, report.cl_ord_id) == (T.ORDER_STATUS, S.PARTIALLY_FILLED, "X")
    assert (report.order_qty, report.cum_qty, report.last_qty) == (200, 30, 0)
    assert life.order is before


@pytest.mark.parametrize(("poss_resend", "same"), [(False, True), (False, False), (True, False)])
def test_rule_28_a_duplicate_is_rejected_and_the_original_is_not_touched(
    life: Life, poss_resend: bool, same: bool
) -> None:
    life.fill(30)
    before = life.order
    report = life.then(e.SentAgain(poss_resend, same))
    assert (report.exec_type, report.ord_status, report.reason) == (
        T.REJECTED,
        S.PARTIALLY_FILLED,
        OrdRejReason.DUPLICATE_ORDER,
    )
    assert (report.order_qty, report.cum_qty, report.leaves_qty) == (100, 30, 70)
    assert life.order is before


def test_rule_30_a_trade_is_known_by_its_name_never_by_price_and_quantity(life: Life) -> None:
    life.then(e.Traded("A", 10, 50), e.Traded("B", 10, 50))
    assert life.order.cum_qty == 20
    assert life.anomaly(e.Traded("A", 7, 51)) is AnomalyKind.REPEATED_EXEC_ID


# --- unknown outcomes


def test_rule_31_an_unknown_order_stays_in_flight_until_something_proves_its_state(life: Life) -> None:
    life.then(e.Lost())
    assert life.figures == (S.UNKNOWN, 100, 0, 100)
    life.then(cancel("Y"), e.RequestPending("Y"))
    assert life.shows(S.PENDING_CANCEL), "who says that a cancel pends has the order"
    life.then(e.Lost(), e.RequestRejected("Y"))
    assert life.shows(S.UNKNOWN), "a refusal says nothing of the order"
    assert life.then(e.Found()).ord_status is S.NEW
    life.then(e.Lost())
    life.fill(10)
    assert life.figures == (S.PARTIALLY_FILLED, 100, 10, 90)
    assert life.anomaly(e.Found()) is AnomalyKind.NOTHING_TO_END


def test_rule_32_the_answer_about_an_order_that_nobody_knows_says_no_more() -> None:
    report = unknown_status("X")
    assert (report.exec_type, report.ord_status, report.order_id) == (T.ORDER_STATUS, S.REJECTED, UNKNOWN_ORDER_ID)


def test_rule_33_a_pending_replace_has_a_status_of_its_own(life: Life) -> None:
    life.then(change("Y", 200), e.RequestPending("Y"))
    order, pending = life.then(e.StatusAsked("X")), life.then(e.StatusAsked("Y"))
    assert (order.cl_ord_id, order.orig_cl_ord_id) == ("X", "")
    assert (pending.cl_ord_id, pending.orig_cl_ord_id, pending.ord_status) == ("Y", "X", S.PENDING_REPLACE)


def test_rule_34_an_overfill_is_booked_and_says_so(life: Life) -> None:
    life.fill(90)
    report = life.fill(25)
    assert (report.overfill_qty, *life.figures) == (15, S.FILLED, 100, 115, 0)
    assert life.then(e.TradeCorrected("F2", "C1", 10, 50)).overfill_qty == 0


def test_rule_36_what_cannot_happen_tells_nothing_and_changes_nothing(life: Life) -> None:
    before = life.order
    for event in (
        e.Accepted(),
        e.Replaced("Y"),
        e.RequestPending("Y"),
        e.RequestRejected("Y"),
        e.Resumed(),
        e.Traded("F", 0, 1),
    ):
        outcome = apply(life.order, event)
        assert isinstance(outcome, Anomaly) and outcome.what
    assert life.order is before
    assert life.anomaly(change("Y", 0)) is AnomalyKind.QTY_NOT_POSITIVE
    assert life.anomaly(e.Restated(order_qty=0)) is AnomalyKind.QTY_NOT_POSITIVE


# --- other rows of the table


def test_what_presumes_an_acknowledgement_proves_it() -> None:
    for event in (
        e.Traded("F", 10, 50),
        e.Suspended(),
        e.Stopped(10, 50),
        e.DoneForDay(),
        e.Restated(90),
        e.Triggered(),
    ):
        life = Life()
        life.then(event)
        assert life.order.base is S.NEW, event
        assert life.anomaly(e.Accepted()) is AnomalyKind.IMPOSSIBLE_IN_STATE


def test_a_cancel_may_rename_the_order_as_in_fix_4_2(life: Life) -> None:
    life.fill(30)
    life.then(cancel("Y"), e.Canceled("Y", renames=True))
    assert life.then(e.TradeCanceled("F1", "B1")).cl_ord_id == "Y"
    assert life.then(e.StatusAsked("X")).orig_cl_ord_id == ""


def test_a_filled_day_order_takes_a_bust_after_its_day() -> None:
    life = Life()
    life.then(e.Accepted())
    life.fill(100)
    life.then(e.DoneForDay(), e.TradeCanceled("F1", "B1"))
    assert life.figures == (S.DONE_FOR_DAY, 100, 0, 0)
    assert life.then(e.Expired()).ord_status is S.EXPIRED
