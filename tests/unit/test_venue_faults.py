"""Each fault of the venue process, over real sockets, and what execution must make of it. The venue's own log is the judge.

Design section 6: NEVER_REACHED takes both proofs, everything else without an outcome is UNKNOWN and stays reserved; what creates or
increases is never sent twice; cancels are repeated under new ClOrdIDs until there is an outcome.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from venue_world import ASK_PX, NO_LIMIT_NS, QUESTIONS, REST_PX, SESSION, WIRES, VenueWorld, child, name

from oms.core.enums import BreakCause, IntentKind, OrdStatus, TimeInForce
from oms.core.execution.reports import STATUS_TRIES_OF_WINDOW
from oms.core.execution.state import SessionPhase
from oms.core.execution_events import (
    Anomaly,
    ChildReport,
    ChildRequestRejected,
    ChildUnknown,
    Intent,
    SessionDown,
    SessionMessagePlanned,
    SessionUp,
)
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel, ChildReplace
from oms.venues.fault_messages import FaultClear, FaultKind, FaultReject, FaultSet

FIVE_SECONDS = 5.1
"""A little more than execution waits for an answer before it asks."""


@pytest.fixture(params=["local", "fix"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[VenueWorld]:
    made = VenueWorld(tmp_path, **WIRES[request.param])
    made.until(made.is_up)
    yield made
    made.close()
    nothing_twice(made)


def nothing_twice(world: VenueWorld) -> None:
    """The judge: no ClOrdID arrived twice, and no NEW was even numbered twice."""
    assert all(count == 1 for key, count in world.evidence().arrived.items() if key[1] not in QUESTIONS)
    news = [e.child_id for e in world.events(Intent) if e.kind is IntentKind.NEW]
    assert len(news) == len(set(news))


def cancel(number: int, request: int = 1) -> ChildCancel:
    return ChildCancel(f"alpha/20250106/a{number}", child(number).child_id, request)


def replace(number: int, qty: int, price: int = REST_PX, request: int = 1) -> ChildReplace:
    return ChildReplace(f"alpha/20250106/a{number}", child(number).child_id, request, qty, price, NO_LIMIT_NS * 2)


def at_venue(world: VenueWorld, number: int) -> str:
    """The status in the venue's log, empty where the order never was there."""
    facts = world.evidence().by_cl_ord_id.get((SESSION, name(number)))
    return facts.status if facts else ""


def faults_done(world: VenueWorld) -> list[str]:
    return [fact["Did"] for fact in world.evidence().faults]


def status_of(world: VenueWorld, number: int) -> OrdStatus | None:
    """None: the child is closed."""
    found = world.state.children.get(child(number).child_id)
    return found.ord_status if found else None


def is_closed(world: VenueWorld, number: int) -> bool:
    return child(number).child_id in world.state.closed


def reports(world: VenueWorld, number: int) -> list[ChildReport]:
    return [e for e in world.events(ChildReport) if e.child_id == child(number).child_id]


def cancels_sent(world: VenueWorld) -> list[Intent]:
    return [e for e in world.events(Intent) if e.kind is IntentKind.CANCEL]


def rest(world: VenueWorld, number: int = 1) -> None:
    """A child that rests at the venue, and execution knows it."""
    world.router.say(child(number))
    world.until(lambda: status_of(world, number) is OrdStatus.NEW)


# --- requests that are lost


def test_a_request_that_never_arrived_is_never_reached_with_both_proofs(world: VenueWorld) -> None:
    world.fault(FaultKind.DROP_REQUESTS, count=1)
    world.router.say(child(1))
    world.run(10)
    assert world.unsent() == [], "one proof, or none: nothing is concluded"
    world.router.say(child(2))  # its number is too high: the venue asks, and execution logs on anew
    world.until(lambda: len(world.unsent()) == 2, hurry_s=0.1)
    assert world.unsent() == [Reason.NEVER_REACHED_VENUE.name] * 2
    assert world.evidence().arrived.get((SESSION, "NewOrderSingle", name(1))) is None
    assert (at_venue(world, 1), at_venue(world, 2)) == ("", "")
    assert "dropped" in faults_done(world)


def test_a_request_that_arrived_and_was_not_carried_out_stays_unknown_and_reserved(world: VenueWorld) -> None:
    """The status alone would say that nothing is there."""
    world.fault(FaultKind.IGNORE_REQUESTS, count=1)
    world.router.say(child(1))
    world.run(5)
    world.skip(FIVE_SECONDS)
    world.until(lambda: world.events(ChildUnknown))
    world.until(world.open_breaks, hurry_s=0.3)
    assert world.open_breaks() == [(BreakCause.NOT_AT_VENUE, child(1).child_id)]
    assert status_of(world, 1) is OrdStatus.UNKNOWN
    assert world.state.children[child(1).child_id].status_tries == STATUS_TRIES_OF_WINDOW
    assert world.unsent() == []
    assert world.evidence().arrived[SESSION, "NewOrderSingle", name(1)] == 1


def test_a_forgotten_order_is_unknown_though_it_was_acknowledged(world: VenueWorld) -> None:
    rest(world)
    world.fault(FaultKind.FORGET_ORDER, order=name(1))
    world.fault(FaultKind.DISCONNECT)
    world.until(lambda: status_of(world, 1) is OrdStatus.UNKNOWN, hurry_s=0.1)
    world.until(world.open_breaks, hurry_s=0.3)
    assert world.open_breaks() == [(BreakCause.NOT_AT_VENUE, child(1).child_id)]
    assert status_of(world, 1) is OrdStatus.UNKNOWN, "it stays reserved"
    assert world.unsent() == []


def test_a_lost_cancel_is_repeated_though_the_session_stays_up(world: VenueWorld) -> None:
    rest(world)
    world.fault(FaultKind.IGNORE_REQUESTS, count=1)
    world.router.say(cancel(1))
    world.run(5)
    world.until(lambda: is_closed(world, 1), hurry_s=0.3)
    assert [c.cl_ord_id for c in cancels_sent(world)] == [name(1, 1), name(1, 3)]  # 2 asked the status in between
    assert [c.request for c in cancels_sent(world)] == [1, 1]
    assert at_venue(world, 1) == "CANCELED"
    assert len(world.events(SessionUp)) == 1


def test_cancels_to_a_venue_that_says_nothing_are_repeated_ever_more_slowly(world: VenueWorld) -> None:
    rest(world)
    world.fault(FaultKind.IGNORE_REQUESTS)
    world.router.say(cancel(1))
    world.until(lambda: len(cancels_sent(world)) == 6, hurry_s=0.9)
    times = [c.at_ns for c in cancels_sent(world)]
    waits = [(later - earlier) // 1_000_000_000 for earlier, later in pairwise(times)]
    least = [6, *(2**n for n in range(1, len(waits)))]  # first its status was asked
    assert all(wait >= due for wait, due in zip(waits, least, strict=True)), waits
    world.clear_faults()
    world.until(lambda: is_closed(world, 1), hurry_s=2.0)
    assert at_venue(world, 1) == "CANCELED"


def test_a_replace_that_was_not_carried_out_is_settled_and_not_repeated(world: VenueWorld) -> None:
    rest(world)
    world.fault(FaultKind.IGNORE_REQUESTS, count=1)
    world.router.say(replace(1, 50))
    world.run(5)
    world.until(lambda: world.events(ChildRequestRejected), hurry_s=0.3)
    (refused,) = world.events(ChildRequestRejected)
    assert (refused.kind, refused.reason) == (IntentKind.REPLACE, Reason.VENUE_REPLACE_REJECTED)
    assert world.evidence().by_cl_ord_id[SESSION, name(1)].qty == 100
    assert len([e for e in world.events(Intent) if e.kind is IntentKind.REPLACE]) == 1


# --- answers that are lost, late, doubled, out of order


def test_a_lost_acknowledgement_is_asked_for(world: VenueWorld) -> None:
    world.fault(FaultKind.LOSE_REPORTS, count=1)
    world.router.say(child(1))
    world.run(5)
    assert status_of(world, 1) is OrdStatus.PENDING_NEW
    world.skip(FIVE_SECONDS)
    world.until(lambda: status_of(world, 1) is OrdStatus.NEW)
    assert at_venue(world, 1) == "NEW"


def test_a_lost_fill_is_never_guessed(world: VenueWorld) -> None:
    """The status says more than we know: unknown, a break, and no fill is booked from it."""
    rest(world, 2)
    world.fault(FaultKind.LOSE_REPORTS, count=2)
    world.router.say(child(1, price=ASK_PX))
    world.run(5)
    world.skip(FIVE_SECONDS)
    world.until(lambda: status_of(world, 1) is OrdStatus.UNKNOWN)
    assert [r for r in reports(world, 1) if r.last_qty] == []
    assert world.evidence().by_cl_ord_id[SESSION, name(1)].cum == 100, "the venue's log has what it did not say"


def test_reports_that_are_held_leave_in_order_when_the_fault_ends(world: VenueWorld) -> None:
    world.fault(FaultKind.HOLD_REPORTS)
    world.router.say(child(1, price=ASK_PX), child(2))
    world.run(5)
    world.skip(FIVE_SECONDS)
    world.run(5)
    assert (status_of(world, 1), status_of(world, 2)) == (OrdStatus.PENDING_NEW, OrdStatus.PENDING_NEW)
    assert not world.unsent()
    world.clear_faults()
    world.until(lambda: is_closed(world, 1) and status_of(world, 2) is OrdStatus.NEW)
    assert [r.cum_qty for r in reports(world, 1) if r.last_qty] == [100]
    world.settle()


def test_a_cancel_whose_answer_is_held_ends_the_order_once(world: VenueWorld) -> None:
    rest(world)
    world.fault(FaultKind.HOLD_REPORTS)
    world.router.say(cancel(1))
    world.until(lambda: len(cancels_sent(world)) == 3, hurry_s=0.3)
    world.clear_faults()
    world.until(lambda: is_closed(world, 1))
    world.run(5)
    assert [r.ord_status for r in reports(world, 1)].count(OrdStatus.CANCELED) == 1
    assert world.events(Anomaly) == []


def test_late_replies_are_late_and_nothing_else(world: VenueWorld) -> None:
    world.fault(FaultKind.DELAY_REPLIES, ms=60)
    world.router.say(child(1, price=ASK_PX))
    world.run(5)
    assert status_of(world, 1) is OrdStatus.PENDING_NEW
    world.until(lambda: is_closed(world, 1))
    assert [r.cum_qty for r in reports(world, 1) if r.last_qty] == [100]
    (fault,) = world.faults_on()
    assert (fault["Kind"], fault["Ms"], fault["Struck"] >= 2) == ("delay-replies", 60, True)


@pytest.mark.parametrize("kind", [FaultKind.DUPLICATE_REPORTS, FaultKind.REPEAT_REPORTS, FaultKind.REORDER_REPORTS])
def test_fills_are_counted_once_each_and_in_order(world: VenueWorld, kind: FaultKind) -> None:
    """Twice under one number, twice under two numbers, or numbers out of order on the wire."""
    world.fault(kind, count=2)
    world.router.say(child(1, qty=40, price=ASK_PX), child(2, qty=50, price=ASK_PX, tif=TimeInForce.IOC))
    world.until(lambda: is_closed(world, 1) and is_closed(world, 2))
    world.run(10)
    for number, qty in ((1, 40), (2, 50)):
        assert [r.cum_qty for r in reports(world, number) if r.last_qty] == [qty]
        assert at_venue(world, number) == "FILLED"
    resends = [e for e in world.events(SessionMessagePlanned) if e.message.name == "RESEND_REQUEST"]
    assert bool(resends) == (kind is FaultKind.REORDER_REPORTS)
    assert world.session.phase is SessionPhase.UP


# --- connections that end


def test_a_connection_that_ends_before_the_answer_brings_it_after_the_logon(world: VenueWorld) -> None:
    world.fault(FaultKind.DISCONNECT_UNANSWERED, count=2)
    world.router.say(child(1), child(2, price=ASK_PX))
    world.until(lambda: is_closed(world, 2), hurry_s=0.1)
    world.settle()
    assert (status_of(world, 1), at_venue(world, 2)) == (OrdStatus.NEW, "FILLED")
    assert [r.cum_qty for r in reports(world, 2) if r.last_qty] == [100]
    assert len(world.events(SessionDown)) == 1


def test_what_was_written_behind_the_last_message_read_never_reached(world: VenueWorld) -> None:
    world.fault(FaultKind.DISCONNECT_AFTER, count=1)
    world.router.say(child(1), child(2))
    world.until(world.unsent, hurry_s=0.1)
    world.settle()
    assert (status_of(world, 1), at_venue(world, 2)) == (OrdStatus.NEW, "")
    assert world.unsent() == [Reason.NEVER_REACHED_VENUE.name]


def test_disconnected_now_and_a_cancel_still_leaves_at_the_next_logon(world: VenueWorld) -> None:
    rest(world)
    world.fault(FaultKind.DISCONNECT)
    world.until(lambda: world.session.phase is not SessionPhase.UP)
    world.router.say(child(2), cancel(1), cancel(2))
    world.until(lambda: is_closed(world, 1), hurry_s=0.1)
    assert at_venue(world, 1) == "CANCELED"
    assert world.unsent() == [Reason.WITHDRAWN_UNSENT.name]
    assert not [e for e in world.events(Intent) if e.child_id == child(2).child_id], "it was never numbered"


def test_a_venue_that_noticed_nothing_refuses_logons_until_heartbeats_are_missing(tmp_path: Path) -> None:
    world = VenueWorld(tmp_path, heartbeat_s=1)
    world.until(world.is_up)
    rest(world)
    world.fault(FaultKind.REFUSE_LOGON)
    world.router.say(cancel(1))
    world.turn(2)  # journaled, and written into a connection that dies with its process
    world.kill_owner()
    world.until(lambda: [e for e in world.events(SessionDown) if "refused" in e.text], hurry_s=0.02)
    assert status_of(world, 1) is OrdStatus.NEW, "a new owner resolves nothing before its own logon"
    assert world.unsent() == []
    world.until(lambda: is_closed(world, 1))
    assert at_venue(world, 1) == "CANCELED"
    assert "refused a logon" in faults_done(world)
    world.close()
    nothing_twice(world)


def test_a_venue_that_restarts_has_its_books_numbers_and_unread_answers(world: VenueWorld) -> None:
    rest(world)
    world.fault(FaultKind.DISCONNECT_UNANSWERED)
    world.router.say(child(2, price=ASK_PX))
    world.until(lambda: world.session.phase is not SessionPhase.UP)
    port = world.kill_venue()
    world.router.say(cancel(1))
    world.until(lambda: world.session.attempts > 1, hurry_s=0.1)
    world.start_venue(port)
    world.until(lambda: not world.state.children, hurry_s=0.1)
    assert (at_venue(world, 1), at_venue(world, 2)) == ("CANCELED", "FILLED")
    assert [r.cum_qty for r in reports(world, 2) if r.last_qty] == [100]
    assert world.events(Anomaly) == [] and world.faults_on() == []


# --- an answer in parts; questions about replaces


def test_new_orders_wait_until_every_status_is_answered(world: VenueWorld) -> None:
    rest(world, 1)
    rest(world, 2)
    world.fault(FaultKind.LOSE_REPORTS, count=2, order=name(2))  # its status, and its line in the list of open orders
    world.fault(FaultKind.DISCONNECT)
    world.until(lambda: len(world.events(SessionUp)) == 2 and not world.session.asks, hurry_s=0.1)
    world.run(10)
    world.router.say(child(3))
    world.run(10)
    assert list(world.session.awaiting) == [child(2).child_id]
    assert at_venue(world, 3) == "", "one answer of two is no answer"
    world.router.say(cancel(1))
    world.until(lambda: is_closed(world, 1))
    world.until(lambda: status_of(world, 3) is OrdStatus.NEW, hurry_s=0.1)


@pytest.mark.parametrize("applied", [True, False])
def test_a_pending_replace_is_asked_for_by_its_own_name(world: VenueWorld, applied: bool) -> None:
    """The terms would not tell: the replace asks for those that the order has."""
    rest(world)
    if applied:
        world.fault(FaultKind.LOSE_REPORTS, count=1, order=name(1, 1))
    else:
        world.fault(FaultKind.IGNORE_REQUESTS, count=1)
    world.router.say(replace(1, 100))
    world.run(5)
    world.fault(FaultKind.DISCONNECT)
    world.until(lambda: len(world.events(SessionUp)) == 2, hurry_s=0.1)
    world.settle()
    asked = [e.orig_cl_ord_id for e in world.events(Intent) if e.kind is IntentKind.STATUS]
    assert asked[:2] == [name(1, 1), name(1)]
    assert world.state.children[child(1).child_id].cl_ord_id == (name(1, 1) if applied else name(1))
    world.router.say(cancel(1, 2))
    world.until(lambda: is_closed(world, 1))


# --- the switches themselves


def test_a_fault_says_what_it_cannot_be(world: VenueWorld) -> None:
    for wrong in (
        FaultSet(FaultKind.DELAY_REPLIES, SESSION),
        FaultSet(FaultKind.HOLD_REPORTS, SESSION, count=1),
        FaultSet(FaultKind.FORGET_ORDER, SESSION),
        FaultSet(FaultKind.FORGET_ORDER, SESSION, cl_ord_id="nobody's"),
        FaultSet(FaultKind.DISCONNECT, SESSION, count=2),
        FaultSet(FaultKind.LOSE_REPORTS, SESSION, count=-1),
        FaultSet(FaultKind.REORDER_REPORTS, SESSION, cl_ord_id="x"),
    ):
        assert isinstance(world.ask_faults(wrong), FaultReject), wrong
    assert world.faults_on() == []


def test_a_fault_ends_by_count_by_time_or_by_hand_and_strikes_only_its_session(world: VenueWorld) -> None:
    world.fault(FaultKind.IGNORE_REQUESTS, session="another")
    world.fault(FaultKind.DROP_REQUESTS, ms=30)
    world.fault(FaultKind.REPEAT_REPORTS, count=1)
    assert [f["Kind"] for f in world.faults_on()] == ["ignore-requests", "drop-requests", "repeat-reports"]
    world.breathe(0.05)
    rest(world)
    assert [f["SessionID"] for f in world.faults_on()] == ["another"]
    world.ask_faults(FaultClear(False, "another"))
    assert world.faults_on() == []
    assert sorted(faults_done(world)) == ["cleared", "ended", "repeated", "set", "set", "set", "used up"]
