"""Rule 17 of the order behaviours, at the router: a venue refuses every cancel of a child. INV-340 to INV-343."""

import pytest

from oms.core.commands import TwapParameters
from oms.core.enums import (
    Algorithm,
    ExecType,
    IntentKind,
    OrdStatus,
    OrdType,
    PegPriceType,
    Side,
    TimeInForce,
    TimerKind,
)
from oms.core.execution_events import ChildRequestRejected
from oms.core.instructions import Instructions, Peg
from oms.core.reasons import Reason
from oms.core.risk_events import MassCancelStep
from oms.core.routing.ending import CANCEL_ATTEMPTS_MAX
from oms.core.routing.refusing import CANCEL_RETRY_NS
from oms.core.routing_events import (
    ChildCancel,
    ChildNew,
    ChildReplace,
    ParentCancelRefused,
    ParentChanged,
    ReplaceApplied,
    RoutingEvent,
    SliceDone,
)
from oms.testing.routing_world import SECOND_NS, RouterWorld

BUY = Side.BUY
NEW, PART, PENDING = OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.PENDING_CANCEL
REJECT = ExecType.ORDER_STATUS


def resting(qty: int = 500) -> tuple[RouterWorld, str]:
    w = RouterWorld(venues=("A", "B"))
    w.quote("A", 9998, 500, 10000, 300)
    w.order("o", BUY, qty, 9998)
    return w, w.order_id("o") + ".1"


def two_children() -> RouterWorld:
    """A sweep over both venues, 300 and 200; neither has answered."""
    w = RouterWorld(venues=("A", "B"))
    w.quote("A", 9998, 500, 10000, 300)
    w.quote("B", 9998, 500, 10000, 200)
    w.order("o", BUY, 500, 10000)
    assert len(w.parent("o").open_children) == 2
    return w


def slicing() -> RouterWorld:
    """A TWAP of five slices, a second apart; the child of the first is out."""
    w = RouterWorld(venues=("A",))
    w.quote("A", 9998, 1000, 10000, 1000)
    w.order(
        "o", BUY, 500, None, algorithm=Algorithm.TWAP, worst=10000, twap=TwapParameters(SECOND_NS, 6 * SECOND_NS, 5)
    )
    w.met()
    assert len(w.parent("o").open_children) == 1
    return w


def refuse(w: RouterWorld, child_id: str, times: int = CANCEL_ATTEMPTS_MAX) -> tuple[RoutingEvent, ...]:
    """So many refusals; what the last one leads to."""
    events: tuple[RoutingEvent, ...] = ()
    for _ in range(times):
        assert w.child(child_id).pending is IntentKind.CANCEL, "a cancel is under way"
        events = w.refuse_request(child_id, IntentKind.CANCEL)
    return events


def said(events: tuple[RoutingEvent, ...]) -> list[tuple[ExecType, OrdStatus, str, bool]]:
    return [(e.exec_type, e.ord_status, e.cl_ord_id, e.cancel_rejected) for e in events if isinstance(e, ParentChanged)]


def asked(events: tuple[RoutingEvent, ...]) -> list[str]:
    return [e.child_id for e in events if isinstance(e, ChildCancel)]


def timers(w: RouterWorld) -> dict[tuple[TimerKind, int], int]:
    return {(kind, number): due_ns for (_, kind, number), due_ns in w.state.timers.items()}


# --- the order goes on as it was


@pytest.mark.parametrize(("filled", "before"), [(0, NEW), (200, PART)])
def test_rule_17_the_order_goes_on_with_the_status_before_the_request(filled: int, before: OrdStatus) -> None:
    w, child = resting()
    if filled:
        w.fill(child, filled, 9998)
    w.cancel("o", "c1")
    events = refuse(w, child)
    assert said(events) == [(REJECT, before, "c1", True)]
    (told,) = [e for e in events if isinstance(e, ParentChanged)]
    assert (told.reason, told.text, told.leaves_qty) == (Reason.VENUE_CANCEL_REJECTED, "A", 500 - filled)
    assert w.parent("o").status is before and not w.parent("o").cancelling
    assert not w.state.timers, "an order that rests waits for nothing"


def test_rule_17_the_venues_own_words_are_passed_on() -> None:
    w, child = resting()
    w.cancel("o", "c1")
    refuse(w, child, CANCEL_ATTEMPTS_MAX - 1)
    c = w.child(child)
    reason = Reason.VENUE_CANCEL_REJECTED
    (told,) = [
        e
        for e in w.execution(
            ChildRequestRejected(c.order_id, child, c.requests, IntentKind.CANCEL, reason, "in auction")
        )
        if isinstance(e, ParentChanged)
    ]
    assert told.text == "A: in auction"


def test_rule_17_a_fill_under_the_cancel_counts_to_the_status() -> None:
    w, child = resting()
    w.cancel("o", "c1")
    w.fill(child, 100, 9998)
    assert said(refuse(w, child)) == [(REJECT, PART, "c1", True)]
    assert said(w.fill(child, 400, 9998)) == []
    assert w.parent("o").status is OrdStatus.FILLED


def test_rule_17_the_child_can_be_cancelled_again_by_a_new_request() -> None:
    w, child = resting()
    w.cancel("o", "c1")
    refuse(w, child)
    events = w.cancel("o", "c2")
    assert asked(events) == [child] and said(events) == [(ExecType.PENDING_CANCEL, PENDING, "c2", False)]
    assert said(w.end(child)) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c2", False)]


def test_rule_17_a_new_request_has_all_its_attempts() -> None:
    w, child = resting()
    for name in ("c1", "c2", "c3"):
        w.cancel("o", name)
        assert said(refuse(w, child)) == [(REJECT, NEW, name, True)]


def test_rule_17_the_order_can_be_replaced_afterwards() -> None:
    w, child = resting()
    w.cancel("o", "c1")
    refuse(w, child)
    assert [e.child_id for e in w.replace("o", "o2", 800, 9998) if isinstance(e, ChildReplace)] == [child]
    assert said(w.acknowledge_replace(child)) == [(ExecType.REPLACED, NEW, "o2", False)]


def test_rule_17_a_refusal_said_twice_refuses_once() -> None:
    w, child = resting()
    w.cancel("o", "c1")
    refuse(w, child)
    assert w.refuse_request(child, IntentKind.CANCEL) == ()


def test_rule_17_the_order_is_refused_its_cancel_once_every_child_has_refused() -> None:
    w = two_children()
    first, second = w.parent("o").open_children
    w.cancel("o", "c1")
    assert said(refuse(w, first)) == [] and w.parent("o").status is PENDING
    assert said(refuse(w, second)) == [(REJECT, NEW, "c1", True)]
    assert not w.state.timers, "the timer to ask again went with the cancel"


def test_rule_17_what_another_child_filled_does_not_bind_the_order_to_its_cancel() -> None:
    """The last cancel under way ends with a fill of all of its child: nothing of the order was cancelled."""
    w = two_children()
    first, second = w.parent("o").open_children
    w.cancel("o", "c1")
    refuse(w, first)
    assert said(w.fill(second, w.child(second).order_qty, 10000)) == [(REJECT, PART, "c1", True)]
    assert w.parent("o").status is PART and not w.state.timers


# --- what was disarmed is armed again


def test_rule_17_a_twap_goes_on_with_its_next_slice_and_none_is_worked_twice() -> None:
    w = slicing()
    (child,) = w.parent("o").open_children
    armed = timers(w)
    w.cancel("o", "c1")
    assert not w.state.timers
    refuse(w, child)
    assert timers(w) == armed, "the end and the next slice, at their times"
    w.fill(child, 100, 10000)
    slices = [e.number for e in w.run_until(5 * SECOND_NS) if isinstance(e, SliceDone)]
    assert slices == [2, 3, 4, 5]
    assert sum(w.child(c).order_qty for c in w.state.children) <= 500


def test_rule_17_a_twap_makes_up_for_the_slices_that_passed_under_the_cancel() -> None:
    w = slicing()
    (child,) = w.parent("o").open_children
    w.cancel("o", "c1")
    w.run_until(3 * SECOND_NS + SECOND_NS // 2)
    refuse(w, child)
    assert timers(w) == {(TimerKind.END, 1): 6 * SECOND_NS, (TimerKind.SLICE, 2): 4 * SECOND_NS}
    done = [e for e in w.run_until(4 * SECOND_NS) if isinstance(e, SliceDone)]
    assert [(e.number, e.sent_qty) for e in done] == [(2, 200)], "twice its plan at most"


def test_rule_17_a_twap_whose_end_passed_under_the_cancel_ends() -> None:
    w = slicing()
    (child,) = w.parent("o").open_children
    w.cancel("o", "c1")
    w.run_until(7 * SECOND_NS)
    refuse(w, child)
    events = w.met()
    assert asked(events) == [child] and w.parent("o").end_reason is Reason.END_TIME_REACHED
    assert said(w.end(child)) == [(ExecType.CANCELED, OrdStatus.CANCELED, "o", False)]


def test_rule_17_a_peg_follows_the_market_again() -> None:
    w = RouterWorld(venues=("A",))
    w.quote("A", 9990, 500, 10000, 300)
    peg = Instructions(peg=Peg(PegPriceType.PRIMARY, 0))
    w.order("o", BUY, 100, 9999, kind=OrdType.PEGGED, venue="A", algorithm=Algorithm.DIRECT, instructions=peg)
    (child,) = w.parent("o").open_children
    w.cancel("o", "c1")
    assert not w.state.armed
    refuse(w, child)
    assert w.order_id("o") in w.state.armed
    w.now_ns += SECOND_NS
    moved = w.quote("A", 9995, 500, 10000, 300)
    assert [(e.child_id, e.price) for e in moved if isinstance(e, ChildReplace)] == [(child, 9995)]


def test_rule_17_a_peg_whose_replace_and_cancel_are_refused_follows_the_next_change() -> None:
    """The venue answers the replace only after the cancel was asked for."""
    w = RouterWorld(venues=("A",))
    w.quote("A", 9990, 500, 10000, 300)
    peg = Instructions(peg=Peg(PegPriceType.PRIMARY, 0))
    w.order("o", BUY, 100, 9999, kind=OrdType.PEGGED, venue="A", algorithm=Algorithm.DIRECT, instructions=peg)
    (child,) = w.parent("o").open_children
    w.now_ns += SECOND_NS
    w.quote("A", 9992, 500, 10000, 300)
    number = w.child(child).requests
    w.cancel("o", "c1")
    reason = Reason.VENUE_REPLACE_REJECTED
    w.execution(ChildRequestRejected(w.order_id("o"), child, number, IntentKind.REPLACE, reason, ""))
    refuse(w, child)
    assert w.child(child).pending is None
    w.now_ns += SECOND_NS
    assert [e.price for e in w.quote("A", 9995, 500, 10000, 300) if isinstance(e, ChildReplace)] == [9995]


@pytest.mark.parametrize("room", [True, False])
def test_rule_17_what_was_not_placed_is_tried_again_where_a_venue_takes_more(room: bool) -> None:
    """A takes 300 of 500 at most, and B nothing, till it is there again. Without room the order rests as it did."""
    w = RouterWorld(venues=("A", "B"))
    b = w.state.reference.venues["B"]
    w.disable("B")
    w.quote("A", 9998, 500, 10000, 300)
    w.order("o", BUY, 500, 9998, venue_max=300)
    (child,) = w.parent("o").open_children
    w.cancel("o", "c1")
    if room:
        w.state.reference.venues["B"] = b
    refuse(w, child)
    later = w.run_until(w.now_ns + SECOND_NS)
    assert [(e.venue_id, e.order_qty) for e in later if isinstance(e, ChildNew)] == ([("B", 200)] if room else [])
    assert w.parent("o").status is NEW and not w.parent("o").cancelling


# --- with a replace pending


def test_rule_17_a_replace_that_its_venue_has_not_answered_is_pending_again() -> None:
    w, child = resting()
    w.replace("o", "o2", 800, 9998)
    w.cancel("o", "c1")
    assert said(refuse(w, child)) == [(REJECT, OrdStatus.PENDING_REPLACE, "c1", True)]
    assert said(w.acknowledge_replace(child)) == [(ExecType.REPLACED, NEW, "o2", False)]
    assert w.parent("o").terms.order_qty == 800


def test_rule_17_a_replace_refused_after_the_cancel_was_is_refused_and_tried_as_cancel_and_new() -> None:
    w, child = resting()
    w.replace("o", "o2", 800, 9998)
    number = w.child(child).requests
    w.cancel("o", "c1")
    refuse(w, child)
    reason = Reason.VENUE_REPLACE_REJECTED
    refused = ChildRequestRejected(w.order_id("o"), child, number, IntentKind.REPLACE, reason, "")
    assert asked(w.execution(refused)) == [child]
    assert said(refuse(w, child)) == [(REJECT, NEW, "o2", True)]
    assert w.parent("o").terms.order_qty == 500


def test_rule_17_a_replace_refused_under_the_cancel_leaves_the_cancel_pending() -> None:
    w, child = resting()
    w.replace("o", "o2", 800, 9998)
    number = w.child(child).requests
    w.cancel("o", "c1")
    reason = Reason.VENUE_REPLACE_REJECTED
    events = w.execution(ChildRequestRejected(w.order_id("o"), child, number, IntentKind.REPLACE, reason, ""))
    assert said(events) == [(REJECT, PENDING, "o2", True)]
    assert said(refuse(w, child)) == [(REJECT, NEW, "c1", True)]


def test_rule_17_a_replace_by_cancel_and_new_is_refused_with_the_cancel() -> None:
    """Both need the same child gone."""
    w, child = resting()
    w.replace("o", "o2", 500, 10000)  # it would find the offer: routed anew, not repriced
    assert not w.child(child).replace_qty
    w.cancel("o", "c1")
    assert said(refuse(w, child)) == [
        (REJECT, OrdStatus.PENDING_REPLACE, "c1", True),
        (REJECT, NEW, "o2", True),
    ]


def test_rule_17_a_replace_by_cancel_and_new_that_no_child_lets_happen_is_refused() -> None:
    w, child = resting()
    w.replace("o", "o2", 500, 10000)
    events = refuse(w, child)
    assert said(events) == [(REJECT, NEW, "o2", True)]
    assert [e.applied for e in events if isinstance(e, ReplaceApplied)] == [False]
    assert w.parent("o").terms.price == 9998 and asked(w.cancel("o", "c1")) == [child]


def test_rule_17_a_twaps_replace_stays_pending_until_its_takers_come_back() -> None:
    w = slicing()
    (child,) = w.parent("o").open_children
    w.replace("o", "o2", 400, None, worst=10000)
    w.cancel("o", "c1")
    assert said(refuse(w, child)) == [(REJECT, OrdStatus.PENDING_REPLACE, "c1", True)]
    assert said(w.end(child))[-1] == (ExecType.REPLACED, NEW, "o2", False)
    assert {kind for kind, _ in timers(w)} == {TimerKind.END, TimerKind.SLICE}


# --- what must end is asked again


def ended_by(w: RouterWorld, how: str) -> None:
    match how:
        case "mass cancel":
            w.mass_cancel("o")
        case "mass cancel over a desk's":
            w.cancel("o", "c1")
            w.mass_cancel("o")
        case "a desk's over a mass cancel":
            w.mass_cancel("o")
            w.cancel("o", "c1")
        case "end of the TWAP":
            w.run_until(6 * SECOND_NS)


@pytest.mark.parametrize(
    "how", ["mass cancel", "mass cancel over a desk's", "a desk's over a mass cancel", "end of the TWAP"]
)
def test_rule_17_an_order_that_must_end_is_asked_for_again_at_a_bounded_pace(how: str) -> None:
    w = slicing()
    (child,) = w.parent("o").open_children
    if how == "end of the TWAP":
        w.fill(child, 100, 10000)
        w.run_until(5 * SECOND_NS)
        child = w.parent("o").open_children[0]
        for c in w.parent("o").open_children[1:]:
            w.end(c)
    ended_by(w, how)
    for c in w.parent("o").open_children:
        if c != child:
            w.end(c)
    refuse(w, child)
    for _ in range(4):
        assert w.parent("o").status is PENDING
        assert asked(w.run_until(w.now_ns + CANCEL_RETRY_NS - 1)) == []
        assert asked(w.run_until(w.now_ns + 1)) == [child], "once"
        assert not any(isinstance(e, ParentCancelRefused) for e in refuse(w, child, 1))
    w.run_until(w.now_ns + CANCEL_RETRY_NS)
    w.end(child)
    assert w.parent("o").status is OrdStatus.CANCELED and not w.state.timers


def test_rule_17_a_cancel_that_took_a_part_is_carried_to_its_end_and_nothing_is_placed() -> None:
    w = two_children()
    first, second = w.parent("o").open_children
    w.cancel("o", "c1")
    refuse(w, first)
    w.end(second)
    assert w.parent("o").status is PENDING
    events = w.run_until(w.now_ns + CANCEL_RETRY_NS)
    assert asked(events) == [first]
    assert said(refuse(w, first, 1)) == [] and w.parent("o").status is PENDING
    done = w.fill(first, 300, 10000)
    assert said(done) == [(ExecType.CANCELED, OrdStatus.CANCELED, "c1", False)]
    assert w.parent("o").cum_qty == 300 and w.parent("o").child_count == 2


def test_rule_17_the_rest_refuses_after_a_part_is_gone() -> None:
    w = two_children()
    first, second = w.parent("o").open_children
    w.cancel("o", "c1")
    w.end(first)
    assert said(refuse(w, second)) == [] and w.parent("o").status is PENDING
    assert asked(w.run_until(w.now_ns + CANCEL_RETRY_NS)) == [second]


def test_rule_17_what_is_taken_off_a_venue_is_asked_for_again_while_the_order_goes_on() -> None:
    w, child = resting()
    w.risk(MassCancelStep(0, (w.order_id("o"),), 0, "A"))
    refuse(w, child)
    assert w.parent("o").status is NEW and not w.parent("o").cancelling
    assert asked(w.run_until(w.now_ns + CANCEL_RETRY_NS)) == [child]
    refuse(w, child, 1)
    w.cancel("o", "c1")
    assert said(refuse(w, child)) == [(REJECT, NEW, "c1", True)]
    assert asked(w.run_until(w.now_ns + CANCEL_RETRY_NS)) == [child], "a desk's cancel in between changes nothing"
    assert [e.venue_id for e in w.end(child) if isinstance(e, ChildNew)] == ["B"]


def test_rule_17_an_order_of_which_all_is_executed_is_not_refused_its_cancel() -> None:
    """Two venues fill what one order asked for: the other child is too much, whoever asked."""
    w = two_children()
    first, second = w.parent("o").open_children
    w.cancel("o", "c1")
    w.fill(first, 500, 10000, status=OrdStatus.FILLED)
    assert said(refuse(w, second)) == [] and w.parent("o").status is PENDING
    assert asked(w.run_until(w.now_ns + CANCEL_RETRY_NS)) == [second]
    assert said(w.end(second)) == [(REJECT, OrdStatus.FILLED, "c1", True)]


def test_rule_17_a_direct_order_of_an_immediate_kind_comes_back_by_itself() -> None:
    w = RouterWorld(venues=("A",))
    w.quote("A", 9998, 500, 10000, 300)
    w.order("o", BUY, 100, 10000, TimeInForce.IOC, Algorithm.DIRECT, venue="A")
    (child,) = w.parent("o").open_children
    w.cancel("o", "c1")
    refuse(w, child)
    assert w.parent("o").status is NEW
    w.end(child)
    assert w.parent("o").status is OrdStatus.CANCELED
