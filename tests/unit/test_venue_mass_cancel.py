"""Mass cancels and the real venue process, over real sockets: what it ends, whose, and what its faults do to one."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fix_peer import Peer
from venue_world import NOBODY, SESSION, WIRES, VenueWorld, child, name

from oms.core.control import CancelScope, Halt
from oms.core.enums import HaltScope, IntentKind, OrdStatus, SessionMessage, VenueBehaviour
from oms.core.execution_events import Anomaly, ChildReport, Intent, MassCancelAnswered, SessionMessagePlanned
from oms.core.reasons import Reason
from oms.core.venue_reasons import MassCancelOutcome
from oms.fix.message import Field
from oms.venues.fault_messages import FaultKind
from oms.venues.mass_cancel import MASS_CANCELED

FIRM = Halt(HaltScope.FIRM, "", True, "stop", 0, NOBODY)
ALL: Field = (530, b"7")
NOW: Field = (60, b"20131008-14:00:02")
ORDERS = 200


@pytest.fixture(params=WIRES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VenueWorld]:
    made = VenueWorld(tmp_path, behaviours=(VenueBehaviour.TAKES_MASS_CANCEL,), **WIRES[request.param])
    yield made
    made.close()


def place(world: VenueWorld, *numbers: int) -> None:
    world.router.say(*(child(number) for number in numbers))
    ids = [child(number).child_id for number in numbers]

    def open_now() -> bool:
        known = (world.state.children.get(child_id) for child_id in ids)
        return all(c is not None and c.ord_status is OrdStatus.NEW for c in known)

    world.until(open_now)


def asked(world: VenueWorld) -> list[SessionMessagePlanned]:
    return [e for e in world.events(SessionMessagePlanned) if e.message is SessionMessage.MASS_CANCEL]


def ask(world: VenueWorld) -> None:
    """The record is appended; its bytes leave with the next turn."""
    while not world.session.mass_cancels:
        world.turn()


def answer(world: VenueWorld) -> MassCancelAnswered:
    (found,) = world.events(MassCancelAnswered)
    return found  # type: ignore[no-any-return]


def ended(world: VenueWorld) -> bool:
    return not world.state.children and not world.state.scopes_open


def test_inv_544_n_open_orders_end_by_one_message(world: VenueWorld) -> None:
    """The venue reads in order: what it took out for the request was open before the first cancel of an order came."""
    world.until(world.is_up)
    for first in range(1, ORDERS, 50):
        place(world, *range(first, first + 50))
    world.say(FIRM)
    ask(world)
    began_s = time.perf_counter()
    world.turn()
    world.wait(lambda: not world.venue.exchange.open_orders(SESSION), ())
    taken_ms = (time.perf_counter() - began_s) * 1000
    ended_by_it = [world.venue.exchange.order_named("XALP", name(n)) for n in range(1, ORDERS + 1)]
    assert {order.text for order in ended_by_it if order is not None} == {MASS_CANCELED} and len(asked(world)) == 1
    print(f"{ORDERS} open orders, 1 mass cancel: all ended by it, {taken_ms:.0f} ms after it was written")
    world.until(lambda: ended(world))
    assert (answer(world).outcome, answer(world).affected_orders) == (MassCancelOutcome.ACCEPTED, ORDERS)
    assert not world.events(Anomaly)
    ends = [e.reason for e in world.events(ChildReport) if e.ord_status is OrdStatus.CANCELED]
    assert ends == [Reason.HALTED_AT_EXECUTION] * ORDERS


def test_inv_544_it_ends_the_orders_of_its_session_and_of_no_other(world: VenueWorld) -> None:
    """Another member's, and those of another session of ours, stay."""
    if not world.fix:
        pytest.skip("a second member speaks FIX here")
    world.until(world.is_up)
    place(world, 1, 2)
    peer = Peer(world)
    peer.log_on(1, (789, b"1"))
    peer.order(2, "theirs")
    peer.hears("8")
    world.say(FIRM)
    world.until(lambda: ended(world))
    status = {cl_ord_id: facts.status for (_, cl_ord_id), facts in world.evidence().by_cl_ord_id.items()}
    assert status == {name(1): "CANCELED", name(2): "CANCELED", "theirs": "NEW"}


@pytest.mark.parametrize(
    ("kind", "outcome", "reason"),
    [
        (FaultKind.REFUSE_MASS_CANCELS, MassCancelOutcome.REFUSED, 0),
        (FaultKind.IGNORE_MASS_CANCELS, MassCancelOutcome.UNANSWERED, None),
    ],
)
def test_inv_544_refused_or_met_with_silence_the_cancel_of_each_order_does_it(
    world: VenueWorld, kind: FaultKind, outcome: MassCancelOutcome, reason: int | None
) -> None:
    world.until(world.is_up)
    place(world, *range(1, 6))
    world.fault(kind)
    world.say(FIRM)
    world.until(lambda: ended(world))
    world.until(lambda: world.events(MassCancelAnswered), hurry_s=0.5)
    assert (answer(world).outcome, answer(world).reject_reason) == (outcome, reason)
    own = [e for e in world.events(Intent) if e.kind is IntentKind.CANCEL]
    assert len(own) == 5 and len(asked(world)) == 1 and not world.events(Anomaly)
    assert {order.status for order in world.evidence().orders} == {"CANCELED"}


def test_inv_544_reports_that_the_venue_never_sends_are_found(world: VenueWorld) -> None:
    world.until(world.is_up)
    place(world, 1, 2, 3)
    world.fault(FaultKind.LOSE_REPORTS, count=3)
    world.say(FIRM)
    world.until(lambda: ended(world), hurry_s=0.2)
    assert {order.status for order in world.evidence().orders} == {"CANCELED"} and not world.events(Anomaly)


@pytest.mark.parametrize("breathes", [False, True])
def test_inv_543_an_owner_that_dies_with_it_on_the_way(world: VenueWorld, breathes: bool) -> None:
    """Written and read, or lost with its process: the next owner never asks again, and every order ends."""
    world.until(world.is_up)
    place(world, 1, 2, 3)
    world.say(FIRM)
    ask(world)
    if breathes:
        world.turn()
        world.breathe(0.05)
    world.kill_owner()
    world.until(lambda: world.is_up() and ended(world), hurry_s=0.2)
    outcomes = [answered.outcome for answered in world.events(MassCancelAnswered)]
    told_late = [MassCancelOutcome.ACCEPTED] if breathes else []
    assert len(asked(world)) == 1 and outcomes == [MassCancelOutcome.UNANSWERED, *told_late]
    arrived = world.evidence().arrived
    assert sum(n for (_, what, _), n in arrived.items() if what == "OrderMassCancelRequest") <= 1
    assert {order.status for order in world.evidence().orders} == {"CANCELED"} and not world.events(Anomaly)


def test_inv_543_an_order_that_follows_it_stays(world: VenueWorld) -> None:
    world.until(world.is_up)
    place(world, 1, 2)
    world.say(CancelScope(HaltScope.FIRM, "", "", 0, NOBODY))
    ask(world)
    place(world, 3)
    world.until(lambda: len(world.state.children) == 1)
    status = {cl_ord_id: facts.status for (_, cl_ord_id), facts in world.evidence().by_cl_ord_id.items()}
    assert status == {name(1): "CANCELED", name(2): "CANCELED", name(3): "NEW"}


# The acceptor, by hand


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    world = VenueWorld(tmp_path, **WIRES["fix"])
    made = Peer(world)
    made.log_on(1, (789, b"1"))
    yield made
    world.close()


def test_the_acceptor_answers_with_what_it_did_and_a_report_for_each_order(peer: Peer) -> None:
    for number, cl_ord_id in enumerate("abc", 2):
        peer.order(number, cl_ord_id)
    peer.hears("8", "8", "8")
    peer.say("q", 5, (11, b"m1"), ALL, NOW)
    peer.hears("r", "8", "8", "8")
    report, *each = peer.heard[-4:]
    assert [report.text(tag) for tag in (11, 530, 531, 533)] == ["m1", "7", "7", "3"] and report.get(532) is None
    assert [(m.text(11), m.text(39), m.text(150)) for m in each] == [(c, "4", "4") for c in "abc"]


def test_the_acceptor_ends_the_orders_in_one_instrument(peer: Peer) -> None:
    peer.order(2, "a")
    peer.hears("8")
    peer.say("q", 3, (11, b"m1"), (530, b"1"), NOW, (55, b"ACME"))
    peer.hears("r", "8")
    report, each = peer.heard[-2:]
    assert [report.text(tag) for tag in (530, 531, 533, 55)] == ["1", "1", "1", "ACME"] and each.text(39) == "4"


def test_the_acceptor_with_nothing_open_says_zero(peer: Peer) -> None:
    peer.say("q", 2, (11, b"m1"), ALL, NOW)
    report = peer.hears("r")
    assert [report.text(tag) for tag in (531, 533)] == ["7", "0"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (((530, b"1"), NOW, (55, b"NONE-SUCH")), "1"),
        (((530, b"1"), NOW), "0"),
        (((530, b"7"), NOW, (55, b"ACME")), "0"),
        (((530, b"3"), NOW), "0"),
    ],
)
def test_the_acceptor_refuses_with_a_reason_and_ends_nothing(peer: Peer, body: tuple[Field, ...], reason: str) -> None:
    peer.order(2, "a")
    peer.hears("8")
    peer.say("q", 3, (11, b"m1"), *body)
    report = peer.hears("r")
    assert [report.text(tag) for tag in (531, 532)] == ["0", reason] and report.text(58)
    assert [order.status for order in peer.world.evidence().orders] == ["NEW"]
