"""Owners that die, or sleep, with bytes in the kernel's buffers, and a venue that lost its session numbers: over real sockets.

The venue breathes only when the test says so: what an owner wrote lies in the kernel meanwhile, and outlives it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from venue_world import ASK_PX, QUESTIONS, REST_PX, SECOND_NS, SESSION, T0, WIRES, VenueWorld, child, name

from oms.core.enums import BreakCause, ExecType, IntentKind, OrdStatus, OrdType, SessionMessage, Side, TimeInForce
from oms.core.execution.children import VALIDITY_TRIES
from oms.core.execution.sessions import LOGONS_BEFORE_DOUBT
from oms.core.execution.state import Arrival, SessionPhase
from oms.core.execution_events import (
    Anomaly,
    ChildReport,
    ChildRequestRejected,
    Intent,
    SessionDown,
    SessionMessagePlanned,
    SessionUp,
)
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel
from oms.venues import messages as m
from oms.venues.fault_messages import FaultKind
from oms.venues.venue_terms import VenueTerms

LATENCY_NS = 300_000_000
"""At a venue with a latency an order that was read takes effect later: behind a logon that came meanwhile, it never does."""


@pytest.fixture(params=WIRES)
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[VenueWorld]:
    yield from made(VenueWorld(tmp_path, **WIRES[request.param]))


@pytest.fixture
def slow_world(tmp_path: Path) -> Iterator[VenueWorld]:
    yield from made(VenueWorld(tmp_path, venue_settings={"terms": {"XALP": VenueTerms(latency_ns=LATENCY_NS)}}))


def made(world: VenueWorld) -> Iterator[VenueWorld]:
    world.until(world.is_up)
    yield world
    world.close()
    arrived = world.evidence().arrived
    assert all(count == 1 for key, count in arrived.items() if key[1] not in QUESTIONS)


def status_of(world: VenueWorld, number: int) -> OrdStatus | None:
    """None: no live child."""
    found = world.state.children.get(child(number).child_id)
    return found.ord_status if found else None


def is_closed(world: VenueWorld, number: int) -> bool:
    return child(number).child_id in world.state.closed


def cancel(number: int, request: int = 1) -> ChildCancel:
    return ChildCancel(f"alpha/20250106/a{number}", child(number).child_id, request)


def at_venue(world: VenueWorld, number: int) -> str:
    facts = world.evidence().by_cl_ord_id.get((SESSION, name(number)))
    return facts.status if facts else ""


def write_unread(world: VenueWorld, *numbers: int) -> None:
    """Children whose NEWs are journaled and written, while the venue reads nothing."""
    world.router.say(*(child(number) for number in numbers))
    before = world.session.next_out
    while world.session.next_out < before + len(numbers):
        world.turn()
    world.turn(3)  # the acks, and the bytes


# --- owners


def test_bytes_of_a_dead_owner_that_are_read_first_are_accounted_for(world: VenueWorld) -> None:
    write_unread(world, 1)
    world.kill_owner()
    world.settle()
    assert status_of(world, 1) is OrdStatus.NEW
    assert at_venue(world, 1) == "NEW"
    assert world.unsent() == []


def test_bytes_of_a_dead_owner_that_had_no_effect_before_the_new_logon_never_have_one(slow_world: VenueWorld) -> None:
    world = slow_world
    write_unread(world, 1, 2)
    world.new_owner()  # the old one's socket stays open: a paused process
    world.until(lambda: len(world.unsent()) == 2, hurry_s=0.2)
    assert world.unsent() == [Reason.NEVER_REACHED_VENUE.name] * 2
    world.breathe(2 * LATENCY_NS / 1e9)
    assert world.evidence().arrived.get((SESSION, "NewOrderSingle", name(1))) is None
    assert (at_venue(world, 1), at_venue(world, 2)) == ("", "")


def test_what_a_paused_owner_writes_after_it_was_replaced_goes_nowhere(world: VenueWorld) -> None:
    """It has decided and journaled, its ack comes after the new owner's logon: the run rule stops it, and the socket is deaf as well."""
    write_unread(world, 1)
    world.settle()
    paused = world.owner
    world.new_owner()
    world.until(world.is_up, hurry_s=0.05)
    world.router.say(child(2))
    for _ in range(20):
        paused.loop.turn(0.0)
        world.breathe()
    assert at_venue(world, 2) == "", "the paused one owns nothing any more"
    world.until(lambda: status_of(world, 2) is OrdStatus.NEW)
    assert world.evidence().arrived[SESSION, "NewOrderSingle", name(2)] == 1


def test_answers_that_a_dead_owner_never_read_come_again_once(world: VenueWorld) -> None:
    world.router.say(child(1, price=ASK_PX))
    world.turn(5)
    world.breathe(0.05)  # filled; the reports lie in the dead owner's buffer
    assert at_venue(world, 1) == "FILLED"
    world.kill_owner()
    world.until(lambda: is_closed(world, 1), hurry_s=0.05)
    assert [r.last_qty for r in world.events(ChildReport) if r.last_qty] == [100]


def test_a_cancel_of_a_dead_owner_is_repeated_under_another_name(slow_world: VenueWorld) -> None:
    world = slow_world
    world.router.say(child(1))
    world.until(lambda: status_of(world, 1) is OrdStatus.NEW)
    world.router.say(cancel(1))
    world.turn(4)  # journaled and written; due at the venue behind the logon of the next owner
    world.new_owner()
    world.until(lambda: len(world.events(SessionUp)) == 2, hurry_s=0.2)
    world.until(lambda: is_closed(world, 1))
    names = [e.cl_ord_id for e in world.events(Intent) if e.kind is IntentKind.CANCEL]
    assert len(names) == len(set(names)) == 2
    assert at_venue(world, 1) == "CANCELED"


# --- numbers that cannot be known


def lose_numbers(world: VenueWorld, hurry_s: float = 0.05) -> None:
    logons = len(world.events(SessionUp))
    world.fault(FaultKind.LOSE_NUMBERS)
    world.fault(FaultKind.DISCONNECT)
    world.until(lambda: len(world.events(SessionUp)) > logons, hurry_s)


def test_numbers_lost_an_order_of_unknown_arrival_is_cancelled_first(world: VenueWorld) -> None:
    """It was at the venue, its reports were lost with the numbers: the cancel finds it, and it is over."""
    world.fault(FaultKind.HOLD_REPORTS)
    world.router.say(child(1))
    world.until(lambda: at_venue(world, 1) == "NEW")
    world.fault(FaultKind.LOSE_REPORTS, count=1, order=name(1))
    lose_numbers(world)
    assert world.state.children[child(1).child_id].arrival is Arrival.UNPROVEN
    world.clear_faults()
    world.until(lambda: is_closed(world, 1), hurry_s=0.05)
    kinds = [e.kind for e in world.events(Intent)]
    assert kinds == [IntentKind.NEW, IntentKind.CANCEL, IntentKind.STATUS]
    assert at_venue(world, 1) == "CANCELED"
    assert world.unsent() == []
    assert world.session.ready, "both sides count on from here"


def test_numbers_lost_and_the_order_unknown_proves_nothing(world: VenueWorld) -> None:
    """The number did not arrive, the venue does not know the order: but of the first nobody can be sure. It stays reserved."""
    world.fault(FaultKind.DROP_REQUESTS, count=1)
    world.router.say(child(1))
    world.run(5)
    lose_numbers(world)
    sent = len([e for e in world.events(Intent) if e.kind is IntentKind.CANCEL])
    world.until(lambda: world.state.children[child(1).child_id].status_tries > VALIDITY_TRIES + 2, hurry_s=1.0)
    intents = [e.kind for e in world.events(Intent)]
    assert sent <= 1 and intents.count(IntentKind.NEW) == 1
    assert intents.count(IntentKind.CANCEL) == VALIDITY_TRIES + 1, (
        "the first at the logon, then until the window has passed"
    )
    assert intents[-1] is IntentKind.STATUS and intents[1] is IntentKind.CANCEL
    assert status_of(world, 1) is OrdStatus.UNKNOWN
    assert world.unsent() == []
    assert [a for a in world.events(Anomaly) if "began anew" in a.text]
    assert world.open_breaks() == [(BreakCause.NOT_AT_VENUE, child(1).child_id)]
    assert world.events(ChildRequestRejected) == [], "the router asked for no cancel"


def test_an_order_of_unknowable_arrival_that_turns_up_later_is_cancelled(world: VenueWorld) -> None:
    """What the venue did not know at the logon, it has a moment later: it was still on its way through another door."""
    world.fault(FaultKind.IGNORE_REQUESTS, count=1)
    world.router.say(child(1))
    world.run(5)
    lose_numbers(world)
    world.until(lambda: status_of(world, 1) is OrdStatus.UNKNOWN, hurry_s=0.02)
    late = m.NewOrderSingle(0, name(1), "XALP", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 100, REST_PX)
    world.venue.exchange.handle(SESSION, late, T0 + SECOND_NS)
    world.until(lambda: is_closed(world, 1), hurry_s=0.1)
    assert at_venue(world, 1) == "CANCELED"
    assert world.events(ChildReport)[-1].reason is Reason.OUTCOME_UNKNOWN
    assert world.unsent() == []


def test_numbers_lost_what_is_known_at_the_venue_is_left_alone(world: VenueWorld) -> None:
    world.router.say(child(1))
    world.until(lambda: status_of(world, 1) is OrdStatus.NEW)
    lose_numbers(world)
    world.settle()
    world.router.say(child(2, price=ASK_PX))
    world.until(lambda: is_closed(world, 2))
    assert status_of(world, 1) is OrdStatus.NEW
    assert [e.kind for e in world.events(Intent) if e.child_id == child(1).child_id] == [
        IntentKind.NEW,
        IntentKind.STATUS,
    ]


def test_numbers_lost_and_the_answer_that_said_so_too_is_no_lockout(world: VenueWorld) -> None:
    """The venue refuses to be expected to have sent more than it did; after some attempts execution expects nothing."""
    world.router.say(child(1), child(2), child(3))
    world.until(lambda: status_of(world, 3) is OrdStatus.NEW)
    world.fault(FaultKind.LOSE_NUMBERS)
    world.kill_owner()
    world.until(lambda: world.session.phase is SessionPhase.LOGGING_ON, hurry_s=0.1)
    world.breathe(0.02)  # answered, unheard
    world.kill_owner()
    if world.rules.next_expected:  # one that is not told a number has none to refuse
        world.until(lambda: [e for e in world.events(SessionDown) if "was never sent" in e.text], hurry_s=0.5)
    world.until(lambda: len(world.events(SessionUp)) == 2, hurry_s=0.5)
    world.settle()
    assert [status_of(world, n) for n in (1, 2, 3)] == [OrdStatus.NEW] * 3


def test_a_logon_that_expects_what_is_known_brings_nothing_twice(world: VenueWorld) -> None:
    """A venue that was only away for long: the attempt that gets through may be one of those that expect everything again."""
    world.router.say(child(1, price=ASK_PX), child(2))
    world.until(lambda: is_closed(world, 1) and status_of(world, 2) is OrdStatus.NEW)
    before = len(world.events(ChildReport))
    port = world.kill_venue()
    world.until(lambda: world.session.attempts == LOGONS_BEFORE_DOUBT - 1, hurry_s=0.5)
    world.start_venue(port)
    world.until(lambda: len(world.events(SessionUp)) == 2, hurry_s=0.5)
    world.settle()
    logon = [e for e in world.events(SessionMessagePlanned) if e.message is SessionMessage.LOGON][-1]
    assert logon.next_expected == 1
    told = world.events(ChildReport)[before:]
    assert [(r.child_id, r.exec_type) for r in told] == [(child(2).child_id, ExecType.ORDER_STATUS)]
    assert world.events(Anomaly) == []


def test_lost_numbers_stay_lost_over_a_restart_of_the_venue(world: VenueWorld) -> None:
    world.router.say(child(1))
    world.until(lambda: status_of(world, 1) is OrdStatus.NEW)
    lose_numbers(world)
    world.settle()
    next_in, next_out = world.session.next_in, world.session.next_out
    port = world.kill_venue()
    world.start_venue(port)
    world.until(lambda: len(world.events(SessionUp)) == 3, hurry_s=0.05)
    assert not [a for a in world.events(Anomaly) if "contradict" in a.text]
    assert world.session.next_in > next_in and world.session.next_out > next_out
    world.settle()
    assert status_of(world, 1) is OrdStatus.NEW
