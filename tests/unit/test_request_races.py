"""Races of cancel and replace, as a parent lives through them; each test carries the number of its rule (order behaviours).

Risk and the router are driven each by itself: what crosses between them is given in the order in which it can cross.
"""

from dataclasses import replace

import pytest
from risk_world import CANCEL, NEW, ORDER_ID, REPLACE, changed, fill, settled, world

from oms.core.commands import TwapParameters
from oms.core.enums import Algorithm, ExecType, IntentKind, OrdStatus, Side
from oms.core.execution_events import Anomaly, ChildRequestRejected
from oms.core.reasons import Reason
from oms.core.risk_events import CancelAccepted, CancelRejected, ReplaceAccepted, ReplaceRejected
from oms.core.routing_events import (
    ChildCancel,
    ChildNew,
    ChildReplace,
    ParentChanged,
    ParentTraded,
    ReplaceApplied,
    RoutingEvent,
)
from oms.testing.routing_world import SECOND_NS, RouterWorld

BUY = Side.BUY


def resting(qty: int = 500) -> tuple[RouterWorld, str]:
    """An order of `qty` that rests in one child."""
    w = RouterWorld(venues=("A", "B"))
    w.quote("A", 9998, 500, 10000, 300)
    w.order("o", BUY, qty, 9998)
    return w, w.order_id("o") + ".1"


def said(events: tuple[RoutingEvent, ...]) -> list[tuple[ExecType, OrdStatus, str, bool]]:
    """(ExecType, OrdStatus, ClOrdID, whether it is an OrderCancelReject) of every change that the desk is told."""
    return [(e.exec_type, e.ord_status, e.cl_ord_id, e.cancel_rejected) for e in events if isinstance(e, ParentChanged)]


def of(events: tuple[RoutingEvent, ...], kind: type[RoutingEvent]) -> list[RoutingEvent]:
    return [e for e in events if isinstance(e, kind)]


# --- 7: a fill while a request is pending belongs to the old order


@pytest.mark.parametrize("pending", ["replace", "cancel"])
def test_rule_07_a_fill_under_a_pending_request_is_the_old_orders(pending: str) -> None:
    w, child_id = resting()
    if pending == "replace":
        w.replace("o", "o2", 800, 9997)
    else:
        w.cancel("o", "c1")
    (event,) = w.fill(child_id, 200, 9998)
    assert isinstance(event, ParentTraded)
    assert (event.cl_ord_id, event.cum_qty, event.leaves_qty) == ("o", 200, 300)
    assert w.parent("o").terms.price == 9998
    assert event.ord_status is (OrdStatus.PENDING_REPLACE if pending == "replace" else OrdStatus.PENDING_CANCEL)


# --- 8: the fill that crosses the cancel


def test_rule_08_a_last_fill_under_a_pending_cancel_leaves_it_pending_until_the_cancel_is_too_late() -> None:
    w, child_id = resting()
    w.cancel("o", "c1")
    first = w.fill(child_id, 200, 9998)
    assert [e.ord_status for e in first if isinstance(e, ParentTraded)] == [OrdStatus.PENDING_CANCEL]
    events = w.fill(child_id, 300, 9998)
    (traded,) = of(events, ParentTraded)
    assert isinstance(traded, ParentTraded)
    assert (traded.ord_status, traded.leaves_qty) == (OrdStatus.PENDING_CANCEL, 0)
    assert said(events) == [(ExecType.ORDER_STATUS, OrdStatus.FILLED, "c1", True)]
    (rejected,) = of(events, ParentChanged)
    assert isinstance(rejected, ParentChanged) and rejected.reason is Reason.TOO_LATE_TO_CANCEL


# --- 9: before the acknowledgement, crossing it, and of an unknown order: three cases


def test_rule_09_a_cancel_before_the_acknowledgement_waits_for_an_end() -> None:
    """Nothing was heard of the child yet; the order is pending cancel, and ends when the child does."""
    w, child_id = resting()
    events = w.cancel("o", "c1")
    assert said(events) == [(ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL, "c1", False)]
    assert of(events, ChildCancel)
    assert said(w.end(child_id)) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c1", False)]


def test_rule_09_a_cancel_before_the_acknowledgement_of_an_order_that_the_venue_then_refuses() -> None:
    w, child_id = resting()
    w.cancel("o", "c1")
    assert said(w.end(child_id, OrdStatus.REJECTED)) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c1", False)]


def test_rule_09_a_cancel_that_crosses_the_acknowledgement() -> None:
    """The acknowledgement comes after the request; it changes nothing of it."""
    w, child_id = resting()
    w.cancel("o", "c1")
    child = w.child(child_id)
    assert w.report(child_id, ExecType.NEW, OrdStatus.NEW, 0, 0, "") == ()
    assert w.parent("o").status is OrdStatus.PENDING_CANCEL and child.pending is IntentKind.CANCEL
    assert said(w.end(child_id)) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c1", False)]


def test_rule_09_a_cancel_of_an_order_that_never_left_is_done_without_the_venue() -> None:
    w, child_id = resting()
    w.cancel("o", "c1")
    events = w.unsent(child_id, Reason.WITHDRAWN_UNSENT)
    assert said(events) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c1", False)]


def test_rule_09_a_cancel_of_an_unknown_order_names_none() -> None:
    """Risk knows no OrderID for it (FIX OrderID NONE, CxlRejReason 1); the router's own answer is REJECTED of nothing."""
    refused = world().ask(CANCEL)
    assert isinstance(refused, CancelRejected)
    assert (refused.order_id, refused.reason) == ("", Reason.UNKNOWN_ORDER)
    w, _ = resting()
    (answer,) = w.cancel("nobody", "c1")
    assert isinstance(answer, ParentChanged)
    assert (answer.ord_status, answer.reason, answer.cancel_rejected) == (
        OrdStatus.REJECTED,
        Reason.UNKNOWN_ORDER,
        True,
    )
    assert (answer.order_qty, answer.cum_qty, answer.leaves_qty) == (0, 0, 0)
    assert w.parent("o").status is OrdStatus.NEW


# --- 13 and 14: replaced below what is executed, and after the end


@pytest.mark.parametrize("qty", [150, 200])
def test_rule_13_a_quantity_not_above_cum_qty_is_amended_to_it_and_the_order_is_filled(qty: int) -> None:
    w, child_id = resting()
    w.fill(child_id, 200, 9998)
    asked = w.replace("o", "o2", qty, 9998)
    assert said(asked) == [(ExecType.PENDING_REPLACE, OrdStatus.PENDING_REPLACE, "o2", False)]
    assert not of(asked, ChildReplace) and of(asked, ChildCancel)
    events = w.end(child_id)
    (applied,) = of(events, ReplaceApplied)
    assert isinstance(applied, ReplaceApplied) and (applied.applied, applied.order_qty) == (True, 200)
    (told,) = of(events, ParentChanged)
    assert isinstance(told, ParentChanged)
    assert (told.exec_type, told.ord_status) == (ExecType.REPLACED, OrdStatus.FILLED)
    assert (told.order_qty, told.cum_qty, told.leaves_qty) == (200, 200, 0)


@pytest.mark.parametrize("qty", [10, 50])
def test_rule_13_risk_lets_it_pass_and_reserves_no_less_until_it_is_settled(qty: int) -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("x1", 50))
    before = w.state.open_orders[ORDER_ID].reserved_qty
    accepted = w.ask(replace(REPLACE, order_qty=qty))
    assert isinstance(accepted, ReplaceAccepted) and accepted.mandate.order_qty == qty
    assert w.state.open_orders[ORDER_ID].reserved_qty == before
    w.route(settled(True, 50))
    assert w.state.open_orders[ORDER_ID].reserved_qty == 0


def test_rule_14_a_filled_order_is_not_reopened() -> None:
    """Where risk knows it, and where the fill crosses the request on its way."""
    w = world()
    w.ask(NEW)
    w.route(fill("x1", 100, ord_status=OrdStatus.FILLED))
    refused = w.ask(REPLACE)
    assert isinstance(refused, ReplaceRejected) and refused.reason is Reason.ORDER_NOT_OPEN
    r, child_id = resting()
    r.fill(child_id, 500, 9998)
    events = r.replace("o", "o2", 800, 9998)
    assert said(events) == [(ExecType.ORDER_STATUS, OrdStatus.FILLED, "o2", True)]
    assert not of(events, ChildNew) and r.parent("o").terms.order_qty == 500
    (applied,) = of(events, ReplaceApplied)
    assert isinstance(applied, ReplaceApplied) and not applied.applied


# --- 15 and 16: what a request names, and a second one while one is pending


def test_rule_15_a_request_may_name_any_cl_ord_id_of_the_chain() -> None:
    w = world()
    w.ask(NEW)
    w.ask(REPLACE)
    w.route(settled(True, 200))
    superseded = w.ask(replace(REPLACE, cl_ord_id="r2", orig_cl_ord_id="a1"))
    assert isinstance(superseded, ReplaceAccepted) and superseded.order_id == ORDER_ID
    cancelled = w.ask(CANCEL)
    assert CANCEL.orig_cl_ord_id == "a1"
    assert isinstance(cancelled, CancelAccepted) and cancelled.order_id == ORDER_ID


def test_rule_15_reports_name_the_last_accepted_cl_ord_id_while_a_replacement_is_pending() -> None:
    w, child_id = resting()
    (told,) = of(w.replace("o", "o2", 400, 9998), ParentChanged)
    assert isinstance(told, ParentChanged) and (told.cl_ord_id, told.orig_cl_ord_id) == ("o2", "o")
    (applied,) = of(w.acknowledge_replace(child_id), ParentChanged)
    assert isinstance(applied, ParentChanged) and (applied.cl_ord_id, applied.orig_cl_ord_id) == ("o2", "o")
    (event,) = w.fill(child_id, 100, 9998)
    assert isinstance(event, ParentTraded) and event.cl_ord_id == "o2"


def test_rule_16_a_cancel_behind_a_pending_replacement_ends_both() -> None:
    w, child_id = resting()
    w.replace("o", "o2", 400, 9998)
    assert said(w.cancel("o", "c1")) == [(ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL, "c1", False)]
    assert said(w.end(child_id)) == [
        (ExecType.ORDER_STATUS, OrdStatus.PENDING_CANCEL, "o2", True),
        (ExecType.CANCELED, OrdStatus.CANCELED, "c1", False),
    ]


def test_rule_16_a_replacement_behind_a_pending_cancel_or_replacement_is_refused() -> None:
    """CxlRejReason 3. The request that was there first goes on."""
    for first in ("cancel", "replace"):
        w, _ = resting()
        if first == "cancel":
            w.cancel("o", "c1")
        else:
            w.replace("o", "o2", 400, 9998)
        before = w.parent("o").status
        (refused,) = of(w.replace("o", "o3", 300, 9998), ParentChanged)
        assert isinstance(refused, ParentChanged)
        assert (refused.cancel_rejected, refused.reason) == (True, Reason.ALREADY_PENDING)
        assert refused.ord_status is before is w.parent("o").status


def test_rule_16_a_venue_that_processes_both_requests_and_one_that_refuses_the_second() -> None:
    w, child_id = resting()  # replaced first, then cancelled
    w.replace("o", "o2", 400, 9998)
    w.cancel("o", "c1")
    assert said(w.acknowledge_replace(child_id)) == [(ExecType.REPLACED, OrdStatus.PENDING_CANCEL, "o2", False)]
    assert said(w.end(child_id)) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c1", False)]
    w, child_id = resting()  # it refuses the cancel while the replacement is pending: it is asked again
    w.replace("o", "o2", 400, 9998)
    w.cancel("o", "c1")
    assert of(w.refuse_request(child_id, IntentKind.CANCEL), ChildCancel)
    w.acknowledge_replace(child_id)
    assert said(w.end(child_id)) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c1", False)]


def test_rule_16_a_second_cancel_is_answered_by_the_one_end() -> None:
    w, child_id = resting()
    w.cancel("o", "c1")
    second = w.cancel("o", "c2")
    assert said(second) == [(ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL, "c2", False)]
    assert of(second, ChildCancel), (
        "the venue is asked again: it may have refused the first, as often as we ask for one request"
    )
    assert said(w.end(child_id)) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c2", False)]


# --- 17: after a refusal everything is as before the request


def test_rule_17_a_refused_replacement_leaves_status_terms_and_timers() -> None:
    w = RouterWorld(venues=("A",))
    w.quote("A", 9998, 500, 10000, 10_000)
    schedule = TwapParameters(w.now_ns, w.now_ns + 60 * SECOND_NS, 6)
    w.order("o", BUY, 600, 10000, algorithm=Algorithm.TWAP, twap=schedule)
    before = (w.parent("o").status, w.parent("o").terms, w.parent("o").timers, tuple(w.state.queue))
    w.halt()
    (refused,) = of(w.replace("o", "o2", 900, 10000, twap=schedule), ParentChanged)
    assert isinstance(refused, ParentChanged) and refused.reason is Reason.HALTED_AT_ROUTER
    assert (w.parent("o").status, w.parent("o").terms, w.parent("o").timers, tuple(w.state.queue)) == before


@pytest.mark.parametrize("filled", [0, 200])
def test_rule_17_a_replacement_that_execution_refuses_behind_a_mass_cancel_leaves_the_order_as_it_was(
    filled: int,
) -> None:
    w, child_id = resting()
    if filled:
        w.fill(child_id, filled, 9998)
    before = w.parent("o").status, w.parent("o").terms
    w.replace("o", "o2", 800, 9998)
    child = w.child(child_id)
    events = w.execution(
        ChildRequestRejected(
            child.order_id, child_id, child.requests, IntentKind.REPLACE, Reason.TOO_LATE_TO_CANCEL, "not sent"
        )
    )
    assert said(events) == [(ExecType.ORDER_STATUS, before[0], "o2", True)]
    assert (w.parent("o").status, w.parent("o").terms) == before
    assert not of(events, ChildCancel)


# --- 36: what cannot be


def test_rule_36_what_no_order_explains_leaves_the_order_alone() -> None:
    """Execution keeps it as an anomaly; downstream nothing follows."""
    w, child_id = resting()
    assert w.execution(Anomaly("A", "s", "a fill of nobody", "raw")) == ()
    stray = ChildRequestRejected(
        w.order_id("nobody"), "nobody.1", 1, IntentKind.CANCEL, Reason.VENUE_CANCEL_REJECTED, ""
    )
    assert w.execution(stray) == ()
    late = ChildRequestRejected(w.order_id("o"), child_id, 7, IntentKind.CANCEL, Reason.VENUE_CANCEL_REJECTED, "")
    assert w.execution(late) == (), "an answer to a request that was never made"
    assert w.parent("o").status is OrdStatus.NEW


def test_rule_36_news_of_an_ended_order_ends_it_once() -> None:
    w, child_id = resting()
    w.end(child_id)
    assert w.parent("o").status is OrdStatus.CANCELED
    assert w.end(child_id) == ()
    assert w.acknowledge_replace(child_id) == ()
    r = world()
    r.ask(NEW)
    assert r.route(changed(OrdStatus.CANCELED))
    assert r.route(changed(OrdStatus.CANCELED)) == ()
