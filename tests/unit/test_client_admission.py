"""Who may use a FIX session: CompIDs and certificate at the front, rights and schedule within the session; and the terms themselves."""

import datetime
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from client_path import connected
from path_world import NOW, WHO

from oms.core.access import AccessRefused
from oms.core.client_links import LinkClosed, LinkFrame, LinkOpened, OwnershipBegan
from oms.core.control import ClockAnchor, Control
from oms.core.enums import DropCopyScope, Role
from oms.core.reasons import Reason
from oms.core.reference import Account, Desk, FixSession, Person, Reference, ReferenceChange, SessionHours, Venue
from oms.fix.message import Message
from oms.fix.session import Connection, SessionConfig
from oms.gateway.client_sessions.admission import Refusal, admit
from oms.gateway.client_sessions.requests import date_at, market_time
from oms.gateway.client_sessions.terms import covers, day_began_ns, is_open, session_errors, venue_errors, with_entities
from oms.local.session_hours import offsets_of
from oms.runtime.clock import SystemClock
from oms.runtime.fix_commands import CommandAppender
from oms.runtime.fix_front import FixFront
from oms.runtime.fix_inputs import Address
from oms.runtime.fix_port import ClientPort
from oms.runtime.log import TopicPartition
from oms.testing.client_world import ANN, ClientWorld, fix_session
from oms.testing.sim_log import SimLog
from oms.wire import topics
from oms.wire.codec import decode_intake
from oms.wire.topics import TOPICS

DAY_S = 86_400
S = 1_000_000_000


def reference(*sessions: FixSession) -> Reference:
    entities = (Desk("alpha", "Alpha", 0, True), Account("A1", "alpha", "USD", (), True, "c1", "m1"), ANN, *sessions)
    return with_entities(Reference(), entities)


def logon(comp_id: str = "ALPHA-FIX", our: str = "OMS", begin: str = "FIX.4.4", msg_type: str = "A") -> Message:
    return Message(msg_type, ((34, b"1"), (49, comp_id.encode()), (56, our.encode()), (108, b"30")), begin)


def test_a_session_is_known_by_its_names_and_its_certificate() -> None:
    terms = fix_session(certificate_subject="fix.alpha")
    known = reference(terms)
    assert admit(logon(), "fix.alpha", known) == terms
    for message, subject, reason in (
        (logon("NOBODY"), "fix.alpha", Reason.UNKNOWN_COMP_ID),
        (logon(our="THEM"), "fix.alpha", Reason.UNKNOWN_COMP_ID),
        (logon(begin="FIX.4.2"), "fix.alpha", Reason.UNKNOWN_COMP_ID),
        (logon(msg_type="D"), "fix.alpha", Reason.UNKNOWN_COMP_ID),
        (logon(), "fix.beta", Reason.WRONG_CERTIFICATE),
        (logon(), "", Reason.WRONG_CERTIFICATE),
    ):
        refused = admit(message, subject, known)
        assert isinstance(refused, Refusal) and refused.reason is reason and refused.text


def refused_logon(terms: FixSession, person: Person = ANN) -> str:
    """The Text of the Logout that the logon is answered with."""
    world = ClientWorld(connected(fix_session("other"))[0].p, (), WHO)
    for entity in (replace(person, person_id="bob"), replace(terms, person_id="bob")):
        world.p.entities((entity,), WHO)
    world.run(10)
    client = world.client(replace(terms, person_id="bob"))
    client.connect()
    world.run(10)
    assert not client.fix.state.logged_on and [m.msg_type for m in client.heard] == ["5"], [m.raw for m in client.heard]
    return client.heard[-1].text(58)


def test_who_may_not_log_on_is_told_why() -> None:
    now_s = NOW // S % DAY_S
    assert "disabled" in refused_logon(fix_session("s", enabled=False))
    assert "OUTSIDE_SCHEDULE" in refused_logon(fix_session("s", open_s=now_s + 600, close_s=now_s + 1_200))
    assert "HeartBtInt(108)=30" in refused_logon(fix_session("s", heartbeat_s_max=20))
    assert "TRADER" in refused_logon(fix_session("s"), replace(ANN, roles=(Role.ADMIN,)))
    assert "alpha is not" in refused_logon(fix_session("s"), replace(ANN, desks=("beta",)))
    assert "disabled" in refused_logon(fix_session("s"), replace(ANN, enabled=False))


def test_whoever_loses_the_right_is_logged_out() -> None:
    terms = fix_session()
    world, (client,) = connected(terms)
    version = world.state.reference.version("fix_session", terms.session_id)
    world.p.reference(ReferenceChange(replace(terms, enabled=False), version, world.now, "closed", WHO))
    world.run(20)
    assert client.heard[-1].msg_type == "5" and "disabled" in client.heard[-1].text(58)
    assert not client.fix.state.logged_on


def test_a_second_connection_is_closed_and_the_first_not_touched() -> None:
    terms = fix_session()
    world, (client,) = connected(terms)
    world.port.put(LinkOpened(terms.session_id, 77, "10.0.0.9:1"), LinkFrame(terms.session_id, 77, client.heard[0].raw))
    world.run(20)
    assert 77 in world.wires.closed and client.fix.state.logged_on
    client.new("a1", price="9.99")
    world.run(80)
    assert client.states("a1")[-1] == "00"


def test_the_schedule_ends_a_session_and_a_day_begins_its_numbers() -> None:
    now_s = NOW // S % DAY_S
    terms = fix_session(open_s=now_s - 600, close_s=now_s + 20, resets_daily=True)
    world, (client,) = connected(terms)
    world.run(600, 50_000_000)
    assert not client.fix.state.logged_on and "closed" in [m for m in client.heard if m.msg_type == "5"][-1].text(58)
    world.p.clock.wall_ns += DAY_S * S - 60 * S
    client.fix.reset(world.now)
    client.connect()
    world.run(20)
    assert client.fix.state.logged_on and world.state.sessions[terms.session_id].fix.next_in <= 3


def london(text: str) -> SessionHours:
    return SessionHours(text, "Europe/London", offsets_of("Europe/London"))


def test_inv_592_hours_of_a_client_session_are_of_their_weekdays_and_zone() -> None:
    terms = fix_session(hours=london("mon-fri 07:00-21:00"))

    def at(*moment: int) -> int:
        return int(datetime.datetime(*moment, tzinfo=datetime.UTC).timestamp()) * S  # type: ignore[misc, arg-type]

    friday, saturday, monday = (2026, 3, 27), (2026, 3, 28), (2026, 3, 30)
    states = [is_open(terms, at(*friday, hour)) for hour in (6, 7, 20, 21)]
    assert states == [False, True, True, False], "winter: London has UTC"
    assert not any(is_open(terms, at(*saturday, hour)) for hour in range(24))
    assert [is_open(terms, at(*monday, hour)) for hour in (5, 6, 19, 20)] == [False, True, True, False], "summer"
    assert day_began_ns(terms, at(*saturday, 12)) == at(*friday, 7), "between two days it is still the last one"
    assert day_began_ns(terms, at(*monday, 6)) == at(*monday, 6)
    assert not session_errors(terms, reference(terms))


def test_inv_592_a_new_day_ends_a_session_that_is_logged_on_and_begins_its_numbers() -> None:
    roll_s = NOW // S % DAY_S + 20
    at = f"{roll_s // 3_600:02}:{roll_s // 60 % 60:02}:{roll_s % 60:02}"
    terms = fix_session(hours=SessionHours(f"{at}-{at}", "UTC"), resets_daily=True)
    world, (client,) = connected(terms)
    world.run(600, 50_000_000)
    told = [m for m in client.heard if m.msg_type == "5"][-1].text(58)
    assert not client.fix.state.logged_on and "a new day" in told
    client.fix.reset(world.now)
    client.connect()
    world.run(20)
    assert client.fix.state.logged_on and world.state.sessions[terms.session_id].fix.next_in <= 3
    world.run(600, 50_000_000)
    assert client.fix.state.logged_on, "once a day"


def test_hours_of_a_venue_are_a_schedule() -> None:
    venue = Venue("X", 0, "X", 0, 0, 0, (), (), 30, True)
    assert not venue_errors(venue) and not venue_errors(replace(venue, hours=london("mon-fri 07:00-21:00")))
    for wrong, field in (
        (replace(venue, hours=SessionHours("7-21", "UTC")), "hours"),
        (replace(venue, hours=SessionHours("07:00-21:00", "Europe/London")), "hours"),
        (replace(venue, resets_daily=True), "resets_daily"),
    ):
        assert [error.field for error in venue_errors(wrong)] == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"comp_id": ""}, "comp_id"),
        ({"our_comp_id": "a b"}, "our_comp_id"),
        ({"begin_string": "FIX.4.1"}, "begin_string"),
        ({"appl_ver_id": "9"}, "appl_ver_id"),
        ({"desk_id": "none"}, "desk_id"),
        ({"person_id": "none"}, "person_id"),
        ({"calendar_id": "none"}, "calendar_id"),
        ({"accounts": ("B1",)}, "accounts"),
        ({"drop_copy": DropCopyScope.CLIENT}, "client_id"),
        ({"open_s": DAY_S}, "open_s"),
        ({"hours": SessionHours("7-21", "UTC")}, "hours"),
        ({"hours": SessionHours("07:00-21:00", "UTC"), "close_s": 7}, "hours"),
        ({"heartbeat_s_min": 0}, "heartbeat_s_min"),
        ({"heartbeat_s_min": 61}, "heartbeat_s_min"),
        ({"session_id": "twin"}, "comp_id"),
    ],
)
def test_terms_that_make_no_sense_are_refused(changes: dict[str, object], field: str) -> None:
    known = reference(fix_session())
    assert not session_errors(fix_session(), known)
    wrong = replace(fix_session(), **changes)  # type: ignore[arg-type]
    assert field in [error.field for error in session_errors(wrong, known)]


def test_schedules_over_midnight_and_days() -> None:
    night = fix_session(open_s=22 * 3600, close_s=6 * 3600)
    at = {hour: is_open(night, hour * 3600 * S) for hour in (0, 5, 6, 12, 21, 22, 23)}
    assert at == {0: True, 5: True, 6: False, 12: False, 21: False, 22: True, 23: True}
    assert day_began_ns(night, 23 * 3600 * S) == 22 * 3600 * S
    assert day_began_ns(night, 5 * 3600 * S) == -2 * 3600 * S


def test_what_a_drop_copy_covers() -> None:
    known = reference()
    for scope, client_id, covered in (
        (DropCopyScope.DESK, "", True),
        (DropCopyScope.CLIENT, "c1", True),
        (DropCopyScope.CLIENT, "c2", False),
        (DropCopyScope.CLEARING_MEMBER, "m1", True),
        (DropCopyScope.CLEARING_MEMBER, "c1", False),
        (None, "c1", False),
    ):
        terms = fix_session(drop_copy=scope, client_id=client_id)
        assert covers(terms, "alpha", "A1", known) is covered, (scope, client_id)


def test_a_replayed_market_has_days_of_its_own() -> None:
    control = Control(anchor=ClockAnchor(NOW, 1_000 * S, 2_000, "tape"))
    assert market_time(control, NOW + 5 * S) == 1_010 * S and market_time(control, NOW - S) == 1_000 * S
    assert date_at(None, market_time(control, NOW)) == 19700101


# -- the front, over real sockets -------------------------------------------------------------------------------------------


class Front:
    def __init__(self, known: Reference | None) -> None:
        self.log = SimLog({topic.name: 1 for topic in TOPICS})
        self.front = FixFront(self.log, SystemClock(), "fix-1", lambda work: work)
        self.port = ClientPort(self.front.links, CommandAppender(self.log, 0), lambda: self.front.drop(0))
        self.front.add(0, self.port, lambda: known)
        self.number = self.front.start(Address("127.0.0.1", 0), None)

    def connect(self, comp_id: str) -> socket.socket:
        wire = socket.create_connection(("127.0.0.1", self.number), 5)
        client = Connection(SessionConfig("FIX.4.4", comp_id, "OMS", True))
        client.connect(time.time_ns())
        wire.sendall(client.bytes_to_send())
        wire.settimeout(5)
        return wire

    def heard(self) -> list[object]:
        found: list[object] = []
        deadline = time.monotonic() + 5
        while len(found) < 2 and time.monotonic() < deadline:
            found += self.port.poll()
            time.sleep(0.005)
        return found

    def refusals(self) -> list[AccessRefused]:
        records = self.log.known(TopicPartition(topics.ACCESS, 0)).records
        return [decode_intake(topics.ACCESS, r.value) for r in records]


@pytest.fixture
def front() -> Iterator[Front]:
    made = Front(reference(fix_session()))
    yield made
    made.front.stop()


def test_the_front_hands_a_session_to_its_partition(front: Front) -> None:
    with front.connect("ALPHA-FIX"):
        opened, frame = front.heard()
        assert (
            isinstance(opened, LinkOpened) and opened.session_id == "alpha-fix" and opened.peer.startswith("127.0.0.1:")
        )
        assert isinstance(frame, LinkFrame) and b"\x0135=A\x01" in frame.raw and frame.link_id == opened.link_id
        assert front.front.connections() == {"alpha-fix": opened.peer}
        front.port.restart()
        began, closed = front.heard()
        assert isinstance(began, OwnershipBegan) and isinstance(closed, LinkClosed), "it begins without connections"


def test_a_stranger_is_closed_without_a_word_and_recorded(front: Front) -> None:
    with front.connect("NOBODY") as wire:
        assert wire.recv(100) == b""
    (refused,) = front.refusals()
    assert refused.reason is Reason.UNKNOWN_COMP_ID and refused.peer == "127.0.0.1" and refused.method == "FIX Logon"
    assert front.front.refused == 1 and not front.port.waiting


def test_a_process_that_owns_nothing_takes_nobody() -> None:
    made = Front(None)
    try:
        with made.connect("ALPHA-FIX") as wire:
            assert wire.recv(100) == b""
        assert not made.port.waiting
    finally:
        made.front.stop()
