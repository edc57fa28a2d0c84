"""The venue process as a FIX 4.4 acceptor: session rules, frame by frame, over a real socket."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fix_peer import ME, ORDER, VENUE, Peer, closed
from venue_world import SECOND_NS, WIRES, VenueWorld

from oms.fix.codec import encode
from oms.fix.fields import from_utc_ns
from oms.fix.message import Field
from oms.venues.fault_messages import FaultKind
from oms.venues.session_client import FRAME_BYTES_MAX, FrameConnection


@pytest.fixture
def world(tmp_path: Path) -> Iterator[VenueWorld]:
    made = VenueWorld(tmp_path, **WIRES["fix"])
    yield made
    made.close()


@pytest.fixture
def peer(world: VenueWorld) -> Peer:
    return Peer(world)


def test_a_logon_with_789_is_answered_by_it_and_one_without_is_not(peer: Peer) -> None:
    reply = peer.log_on(1, (789, b"1"))
    assert [reply.text(tag) for tag in (49, 56, 34, 108, 789)] == [VENUE, ME, "1", "30", "2"]
    peer.end()
    assert peer.log_on(2).get(789) is None


def test_without_789_each_side_asks_for_what_it_misses(peer: Peer) -> None:
    peer.log_on(1)
    peer.order(2, "a")
    assert peer.hears("8").text(150) == "0"
    peer.end()
    peer.say("A", 5, (98, b"0"), (108, b"30"))
    asked = peer.hears("A", "2")
    assert asked.text(7) == "3"
    peer.say("4", 3, (123, b"Y"), (36, b"6"))
    peer.say("2", 6, (7, b"2"), (16, b"0"))
    again = peer.hears("8", "4")
    report = peer.heard[-2]
    assert (report.seq_num, report.poss_dup, report.text(11)) == (2, True, "a")
    assert report.get(122) is not None and again.text(36) == "5", "logon and resend request are filled"


def test_inv_382_numbers_and_reports_survive_the_connection_and_the_process(peer: Peer) -> None:
    peer.log_on(1, (789, b"1"))
    peer.order(2, "a")
    peer.hears("8")
    peer.world.start_venue(peer.world.kill_venue())
    peer.link = None
    reply = peer.log_on(3, (789, b"2"), then=("8", "4"))
    assert (reply.seq_num, reply.text(789)) == (3, "4")
    report, filled = peer.heard[-2:]
    assert report.text(11) == "a" and report.poss_dup and filled.text(36) == "4"


@pytest.mark.parametrize(
    ("msg_type", "body", "tag", "reason"),
    [
        ("D", [(11, b"a"), *ORDER[1:]], "55", "1"),
        ("D", [(11, b"a"), *ORDER, (18, b"?")], "18", "5"),
        ("D", [(11, b"a"), (38, b"x"), *(f for f in ORDER if f[0] != 38)], "38", "6"),
        ("D", [(11, b"a"), (44, b"0.987"), *(f for f in ORDER if f[0] != 44)], "44", "6"),
        ("D", [(11, b""), *ORDER], "11", "4"),
        ("D", [(11, b"a"), *ORDER, (9999, b"x")], "9999", "0"),
        ("ZZ", [], "", "11"),
    ],
)
def test_a_message_that_is_wrong_is_rejected_and_its_number_used_up(
    peer: Peer, msg_type: str, body: list[Field], tag: str, reason: str
) -> None:
    peer.log_on(1, (789, b"1"))
    peer.say(msg_type, 2, *body)
    reject = peer.hears("3")
    assert [reject.text(t) for t in (45, 372, 373)] == ["2", msg_type, reason]
    assert reject.text(371) in (tag, "")
    assert not peer.world.evidence().orders
    peer.order(3, "b")
    assert peer.hears("8").text(11) == "b"


@pytest.mark.parametrize(
    ("header", "reason"),
    [({"me": b"OTHER"}, "9"), ({"venue": b"XBET"}, "9"), ({"late": -300 * SECOND_NS}, "10"), ({"late": 300 * SECOND_NS}, "10")],
)  # fmt: skip
def test_a_foreign_comp_id_or_a_wrong_clock_ends_the_session(peer: Peer, header: dict[str, bytes], reason: str) -> None:
    peer.log_on(1, (789, b"1"))
    peer.order(2, "a", **header)
    peer.hears("3", "5")
    assert peer.heard[-2].text(373) == reason
    closed(peer)
    assert not peer.world.evidence().orders


def test_what_is_garbled_is_as_if_it_had_not_come(peer: Peer) -> None:
    peer.log_on(1, (789, b"1"))
    assert peer.link is not None
    broken = bytearray(peer.frame("D", 2, (11, b"a"), *ORDER))
    broken[-2] = broken[-2] ^ 1
    peer.link.send(bytes(broken) + b"rubbish")
    peer.order(3, "b")
    assert peer.hears("2").text(7) == "2", "the number that is missing is asked for"
    peer.order(2, "a", (43, b"Y"), (122, from_utc_ns(time.time_ns())))
    peer.order(3, "b", (43, b"Y"), (122, from_utc_ns(time.time_ns())))
    assert [peer.hears("8", "8").text(11), peer.heard[-2].text(11)] == ["b", "a"]


def test_rule_26_poss_dup_that_was_processed_is_ignored_and_needs_its_first_time(peer: Peer) -> None:
    peer.log_on(1, (789, b"1"))
    peer.order(2, "a")
    peer.hears("8")
    now = time.time_ns()
    peer.order(2, "a", (43, b"Y"), (122, from_utc_ns(now)))
    peer.say("1", 3, (112, b"there"))
    assert peer.hears("0").text(112) == "there", "nothing but the answer to the test"
    peer.order(4, "b", (43, b"Y"))
    assert peer.hears("3").text(373) == "1"
    peer.order(5, "b", (43, b"Y"), (122, from_utc_ns(now + 60 * SECOND_NS)))
    peer.hears("3", "5")
    assert peer.heard[-2].text(373) == "10"


def test_a_number_too_low_ends_the_session_with_both_numbers_in_words(peer: Peer) -> None:
    peer.log_on(1, (789, b"1"))
    peer.order(1, "a")
    assert peer.hears("5").text(58) == "MsgSeqNum too low, expecting 2 but received 1"
    closed(peer)


def test_a_logon_that_is_refused_uses_a_number_where_there_is_a_session(peer: Peer) -> None:
    peer.log_on(1, (789, b"1"))
    peer.end()
    peer.say("A", 1, (98, b"0"), (108, b"30"), (789, b"2"))
    refused = peer.hears("5")
    assert (refused.seq_num, refused.text(58)) == (2, "MsgSeqNum too low, expecting 2 but received 1")
    closed(peer)
    assert peer.log_on(2, (789, b"3")).seq_num == 3


def test_whom_no_session_is_for_is_told_nothing(peer: Peer) -> None:
    peer.say("A", 1, (98, b"0"), (108, b"30"), venue=b"NOWHERE")
    closed(peer)
    peer.order(1, "a")
    closed(peer)
    assert peer.heard == []


def test_numbers_can_be_reset_by_a_logon_and_by_a_sequence_reset(peer: Peer) -> None:
    peer.log_on(1, (789, b"1"))
    peer.order(2, "a")
    peer.hears("8")
    peer.end()
    reply = peer.log_on(1, (141, b"Y"))
    assert (reply.seq_num, reply.text(141)) == (1, "Y")
    peer.say("4", 77, (123, b"N"), (36, b"10"))
    peer.order(10, "b")
    assert peer.hears("8").text(11) == "b"
    peer.say("4", 11, (123, b"N"), (36, b"5"))
    assert peer.hears("3").text(373) == "5"
    peer.order(11, "c")
    assert peer.hears("8").text(11) == "c"
    peer.world.start_venue(peer.world.kill_venue())
    peer.link = None
    assert peer.log_on(12, (789, b"5"), then=()).seq_num == 5, "the reset is in the venue's log"


def test_faults_at_the_level_of_fix(peer: Peer) -> None:
    """Wrong numbers, garbage, silence, a logon denied: each leaves a session that goes on."""
    peer.log_on(1, (789, b"1"))
    peer.world.fault(FaultKind.WRONG_NUMBERS, count=1, session=ME)
    peer.order(2, "a")
    assert peer.hears("8").seq_num == 1002
    peer.world.fault(FaultKind.GARBAGE, count=1, session=ME)
    peer.order(3, "b")
    peer.order(4, "c")
    assert peer.hears("8").seq_num == 4, "what had number 3 was garbled"
    peer.world.fault(FaultKind.SILENCE, session=ME)
    peer.order(5, "d")
    peer.world.breathe(0.05)
    assert peer.link is not None and peer.link.poll() == []
    peer.world.clear_faults()
    peer.say("2", 6, (7, b"2"), (16, b"0"))
    peer.hears("8", "8", "8", "8")
    assert [message.text(11) for message in peer.heard[-4:]] == ["a", "b", "c", "d"]
    peer.end()
    peer.world.fault(FaultKind.DENY_LOGON, session=ME)
    peer.say("A", 7, (98, b"0"), (108, b"30"), (789, b"6"))
    assert peer.hears("5").text(58) == "not now"
    closed(peer)
    assert peer.log_on(7, (789, b"7")).seq_num == 7
    did = {fault["Did"] for fault in peer.world.evidence().faults}
    assert {"numbered wrongly", "spoilt", "kept silent", "denied a logon"} <= did


def test_a_message_may_come_in_any_pieces(peer: Peer) -> None:
    peer.log_on(1, (789, b"1"))
    assert peer.link is not None
    for byte in peer.frame("D", 2, (11, b"a"), *ORDER):
        peer.link.send(bytes([byte]))
        peer.world.breathe(0)
    assert peer.hears("8").text(11) == "a"


def test_a_message_that_no_journal_record_could_hold_is_garbled() -> None:
    body = ((34, b"2"), (49, b"V"), (52, b"20260101-00:00:00"), (56, b"US"))
    short, long = encode("FIX.4.4", "0", body), encode("FIX.4.4", "8", (*body, (58, b"\xe9" * FRAME_BYTES_MAX)))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connection = FrameConnection.connect("127.0.0.1", listening.getsockname()[1], short)
        venue, _ = listening.accept()
        venue.sendall(long + short)
        heard: list[object] = []
        deadline = time.monotonic() + 10
        while not heard and time.monotonic() < deadline:
            heard += connection.poll()
        assert heard == [short]
        connection.close()
        venue.close()
