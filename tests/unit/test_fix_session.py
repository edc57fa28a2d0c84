"""A FIX session by example: numbers, resends, times, ends. The rules of the session layer over real sockets are in the acceptance scripts."""

from dataclasses import fields, is_dataclass
from enum import IntEnum
from typing import get_args, get_type_hints

import pytest

from oms.fix.codec import parse
from oms.fix.fields import FieldError
from oms.fix.framing import Garbled
from oms.fix.session import (
    Connection,
    Disconnected,
    EndCause,
    FixEvent,
    MessageSent,
    MessageTaken,
    Phase,
    Refusal,
    Send,
    SessionConfig,
    SessionState,
    Tick,
    admit,
    business_reject,
    decide,
    draft,
    evolve,
    next_due_ns,
    session_reject,
)
from oms.fix.session.config import QUEUE_BYTES_MAX, SECOND_NS, SENT_BYTES_MAX
from oms.fix.session.events import (
    ConnectionEnded,
    ConnectionRefused,
    DisconnectDue,
    GapClosed,
    GapFound,
    GarbledIgnored,
    LoggedOn,
    LoggedOut,
    MessageIgnored,
    NumbersReset,
    ResendAnswered,
    SendRefusal,
    SendRefused,
)
from tests.fix_session_world import ORDER, START_NS, HandMade, config, of, pump, shown

# --- rule 26, rule 29


def test_rule_26_a_possible_duplicate_is_processed_once() -> None:
    world = HandMade()
    world.log_on()
    assert len(of(world.hear("D", 2, *ORDER), MessageTaken)) == 1
    assert of(world.hear("D", 2, *ORDER, poss_dup=True), MessageIgnored)
    assert len(of(world.hear("D", 3, *ORDER, poss_dup=True), MessageTaken)) == 1


def test_rule_26_a_possible_duplicate_needs_an_original_time_before_its_own() -> None:
    world = HandMade()
    world.log_on()
    world.said()
    assert not of(world.hear("D", 2, *ORDER, poss_dup=True, orig_ns=None), MessageTaken)
    assert shown(world.said(), 371, 373) == [("3", "2", "122", "1")]
    world.hear("D", 3, *ORDER, poss_dup=True, orig_ns=START_NS + SECOND_NS)
    assert shown(world.said(), 373) == [("3", "3", "10"), ("5", "4", "")]


def test_rule_29_what_is_not_to_be_resent_is_gap_filled() -> None:
    world = HandMade()
    world.log_on()
    for resendable in (True, False, False, True):
        world.session.send("D", ORDER, world.now_ns, resendable)
    world.said()
    world.now_ns += SECOND_NS
    (answered,) = of(world.hear("2", 2, (7, b"1"), (16, b"0")), ResendAnswered)
    assert (answered.begin, answered.end, answered.resent, answered.filled) == (1, 5, 2, 3)
    said = world.said()
    assert shown(said, 43, 36, 123) == [
        ("4", "1", "Y", "2", "Y"),
        ("D", "2", "Y", "", ""),
        ("4", "3", "Y", "5", "Y"),
        ("D", "5", "Y", "", ""),
    ]
    assert said[1].text(122) == "20260921-14:13:20.000" and said[1].text(52) == "20260921-14:13:21.000"
    assert said[1].fields[-len(ORDER) :] == ORDER
    assert world.session.state.next_out == 6


def test_rule_29_what_is_kept_no_longer_is_gap_filled() -> None:
    world = HandMade(sent_kept_max=2)
    world.log_on()
    for _ in range(4):
        world.session.send("D", ORDER, world.now_ns)
    world.said()
    world.hear("2", 2, (7, b"2"), (16, b"0"))
    assert shown(world.said(), 36) == [("4", "2", "4"), ("D", "4", ""), ("D", "5", "")]


def test_what_is_kept_and_what_waits_is_bounded_in_bytes_too() -> None:
    world = HandMade()
    world.log_on()
    long = (*ORDER, (58, b"x" * 1_000_000))
    for _ in range(SENT_BYTES_MAX // 1_000_000 + 5):
        world.session.send("D", long, world.now_ns)
        world.said()
    state = world.session.state
    assert (
        SENT_BYTES_MAX - 1_000_000 < state.sent_bytes == sum(map(len, state.sent.values())) < SENT_BYTES_MAX + 1_100_000
    )
    for number in range(3, QUEUE_BYTES_MAX // 1_000_000 + 8):
        world.hear("D", number, *long)
    assert (
        sum(map(len, state.queue.values())) <= QUEUE_BYTES_MAX and state.highest_in == QUEUE_BYTES_MAX // 1_000_000 + 7
    )
    taken = of(world.hear("4", 2, (36, b"3"), (123, b"Y")), MessageTaken)
    assert [event.seq_num for event in taken] == list(range(3, 3 + len(taken))) and len(taken) > 10
    asked = [message for message in world.said() if message.msg_type == "2"]
    assert asked[-1].integer(7) == state.next_in, "what found no room is asked for again"


def test_rule_27_possible_resends_are_passed_on() -> None:
    world = HandMade()
    world.log_on()
    fields = ((97, b"Y"), *ORDER)
    taken = of(world.hear("D", 2, *fields), MessageTaken) + of(world.hear("D", 3, *fields), MessageTaken)
    assert [event.message.poss_resend for event in taken] == [True, True]


# --- rule 38: ends are told apart


def _end_by_logout(world: HandMade) -> list[FixEvent]:
    return world.hear("5", 2) + world.session.disconnect(world.now_ns)


def _end_by_our_logout(world: HandMade) -> list[FixEvent]:
    return world.session.logout(world.now_ns) + world.hear("5", 2) + world.session.disconnect(world.now_ns)


def _end_by_silence(world: HandMade) -> list[FixEvent]:
    return world.after(36) + world.after(36) + world.session.disconnect(world.now_ns)


def _end_by_death(world: HandMade) -> list[FixEvent]:
    return world.session.disconnect(world.now_ns, EndCause.PROCESS_DEATH)


def _end_without_answer(world: HandMade) -> list[FixEvent]:
    return world.session.logout(world.now_ns) + world.after(10) + world.session.disconnect(world.now_ns)


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (_end_by_logout, EndCause.LOGOUT),
        (_end_by_our_logout, EndCause.LOGOUT),
        (lambda world: world.session.disconnect(world.now_ns), EndCause.SOCKET_DROP),
        (_end_by_silence, EndCause.HEARTBEAT_LOSS),
        (_end_by_death, EndCause.PROCESS_DEATH),
        (_end_without_answer, EndCause.LOGOUT_TIMEOUT),
    ],
)
def test_rule_38_ends_are_told_apart(end: object, cause: EndCause) -> None:
    world = HandMade()
    world.log_on()
    assert callable(end)
    events = end(world)
    assert [event.cause for event in of(events, LoggedOut)] == [cause]
    assert [event.cause for event in of(events, ConnectionEnded)] == [cause]
    assert world.session.state.phase is Phase.DISCONNECTED


def test_an_end_before_anybody_was_logged_on_is_no_logout() -> None:
    world = HandMade()
    world.connect()
    events = world.after(10) + world.session.disconnect(world.now_ns)
    assert not of(events, LoggedOut)
    assert [event.cause for event in of(events, ConnectionEnded)] == [EndCause.LOGON_TIMEOUT]


# --- logon and reset


def test_an_initiator_speaks_first_and_is_logged_on_by_the_answer() -> None:
    world = HandMade(initiator=True, logon_fields=((553, b"me"), (554, b"secret")), heart_bt_int=20)
    world.connect()
    assert shown(world.said(), 98, 108, 553) == [("A", "1", "0", "20", "me")]
    assert of(world.hear("A", 1, (98, b"0"), (108, b"20")), LoggedOn) == [LoggedOn(20, False, START_NS)]


def test_the_answer_to_our_logon_may_be_no() -> None:
    world = HandMade(initiator=True)
    world.connect()
    (due,) = of(world.hear("5", 1, (58, b"not today")), DisconnectDue)
    assert (due.cause, due.text) == (EndCause.LOGON_REFUSED, "not today")
    assert world.session.state.next_in == 2


def test_an_owner_refuses_a_logon_with_its_reason() -> None:
    world = HandMade()
    world.connect()
    logon = Connection(config(initiator=True))
    logon.connect(START_NS)
    events = world.session.take(logon.bytes_to_send(), START_NS, refusal="wrong password")
    assert shown(world.said(), 58) == [("5", "1", "wrong password")]
    assert of(events, DisconnectDue)[0].cause is EndCause.LOGON_REFUSED


@pytest.mark.parametrize("asks", [True, False])
def test_numbers_are_reset_by_flag_from_either_side(asks: bool) -> None:
    initiator, acceptor = Connection(config(True)), Connection(config(False))
    acceptor.connect(START_NS)
    initiator.connect(START_NS)
    pump(initiator, acceptor, START_NS)
    for _ in range(3):
        initiator.send("D", ORDER, START_NS)
        acceptor.send("D", ORDER, START_NS, resendable=False)
    (initiator if asks else acceptor).reset(START_NS)
    events = pump(initiator, acceptor, START_NS)
    assert len(of(events, MessageTaken)) == 6, "what was under way is processed under its old number"
    assert [event.reset for event in of(events, LoggedOn)] == [True, True]
    for session in (initiator, acceptor):
        assert (session.state.next_in, session.state.next_out, session.state.reset_sent) == (2, 2, False)


def test_a_reset_that_was_cut_off_is_asked_for_again() -> None:
    world = HandMade(initiator=True)
    world.connect()
    world.hear("A", 1, (98, b"0"), (108, b"30"))
    world.hear("D", 2, *ORDER)
    world.session.reset(world.now_ns)
    world.session.disconnect(world.now_ns)
    world.connect()
    assert shown(world.said()[-1:], 141) == [("A", "1", "Y")]
    world.hear("A", 1, (98, b"0"), (108, b"30"), (141, b"Y"))
    assert (world.session.state.next_in, world.session.state.reset_sent) == (2, False)


@pytest.mark.parametrize("initiator", [True, False])
def test_a_reset_that_is_not_agreed_on_is_refused(initiator: bool) -> None:
    world = HandMade(initiator, accept_reset=False)
    world.connect()
    world.hear("A", 1, (98, b"0"), (108, b"30"))
    world.said()
    world.hear("A", 1, (98, b"0"), (108, b"30"), (141, b"Y"))
    assert shown(world.said(), 58) == [("5", "2", "ResetSeqNumFlag (141) is not agreed on for this session")]
    assert world.session.closing


@pytest.mark.parametrize(
    ("setting", "by_logout", "resets"),
    [
        ("reset_on_logout", True, True),
        ("reset_on_logout", False, False),
        ("reset_on_disconnect", True, True),
        ("reset_on_disconnect", False, True),
    ],
)
def test_numbers_are_reset_at_the_end_where_that_is_agreed(setting: str, by_logout: bool, resets: bool) -> None:
    world = HandMade(**{setting: True})
    world.log_on()
    if by_logout:
        world.hear("5", 2)
    events = world.session.disconnect(world.now_ns)
    assert bool(of(events, NumbersReset)) == resets
    assert (world.session.state.next_out == 1) == resets


def test_a_reset_while_nobody_is_connected_is_at_once() -> None:
    world = HandMade()
    world.session.send("D", ORDER, START_NS)
    assert world.session.reset(START_NS) == [NumbersReset()]
    assert world.session.state == SessionState()


# --- 789


def _apart(**more: object) -> tuple[Connection, Connection]:
    """Two sessions that both sent what the other never saw."""
    initiator, acceptor = Connection(config(True, **more)), Connection(config(False, **more))
    for session in (initiator, acceptor):
        for _ in range(3):
            (event,) = session.send("D", ORDER, START_NS)
            assert isinstance(event, MessageSent) and event.offline
    acceptor.connect(START_NS)
    initiator.connect(START_NS)
    return initiator, acceptor


@pytest.mark.parametrize("next_expected", [True, False])
def test_what_was_missed_is_resent_after_logon(next_expected: bool) -> None:
    initiator, acceptor = _apart(next_expected=next_expected)
    events = pump(initiator, acceptor, START_NS)
    assert len(of(events, MessageTaken)) == 6
    asked = [event for event in of(events, MessageSent) if event.msg_type == "2"]
    assert bool(asked) == (not next_expected), "with 789 nobody has to ask"
    assert len(of(events, GapFound)) == 2 == len(of(events, GapClosed))
    assert initiator.state.next_in == acceptor.state.next_out and acceptor.state.next_in == initiator.state.next_out


def test_a_counterparty_that_expects_more_than_was_sent_is_refused() -> None:
    world = HandMade(next_expected=True)
    world.log_on(1, (789, b"7"))
    text = "NextExpectedMsgSeqNum (789) too high, expecting at most 1 but received 7"
    assert shown(world.said(), 58) == [("5", "1", text)]


def test_a_resend_that_was_promised_by_789_and_does_not_come_is_asked_for() -> None:
    world = HandMade(next_expected=True)
    world.log_on(4, (789, b"1"))
    assert shown(world.said(), 789) == [("A", "1", "1")]
    world.after(10)
    assert shown(world.said(), 7, 16) == [("2", "2", "1", "0")]


# --- gaps


def test_a_gap_is_asked_for_in_chunks() -> None:
    world = HandMade(resend_chunk=10)
    world.log_on()
    world.hear("0", 30)
    world.said()
    asked = []
    for seq_num in range(2, 30):
        world.hear("0", seq_num, poss_dup=True)
        asked += shown(world.said(), 7, 16)
    assert asked == [("2", "3", "12", "21"), ("2", "4", "22", "29")]
    assert (world.session.state.next_in, world.session.state.gap_end) == (31, 0)


def test_a_gap_that_nobody_fills_is_asked_for_again_and_ends_the_session_at_last() -> None:
    world = HandMade(heart_bt_int=0, resend_tries_max=3)
    world.log_on(heart_bt_int=b"0")
    world.hear("D", 3, *ORDER)
    world.said()
    assert shown(world.said()) == [] and not world.after(9.9)
    world.after(0.1)
    world.after(10)
    assert shown(world.said(), 7) == [("2", "3", "2"), ("2", "4", "2")]
    world.after(10)
    assert shown(world.said(), 58) == [("5", "5", "messages from 2 on were not resent, asked 3 times")]


def test_what_does_not_fit_the_queue_is_asked_for_again() -> None:
    world = HandMade(queue_max=16)
    world.log_on()
    for seq_num in range(3, 25):
        world.hear("D", seq_num, *ORDER)
    assert len(world.session.state.queue) == 16
    world.said()
    taken = of(world.hear("D", 2, *ORDER, poss_dup=True), MessageTaken)
    assert [event.seq_num for event in taken] == list(range(2, 19))
    assert shown(world.said(), 7) == [("2", "3", "19")]


def test_a_gap_fill_takes_what_waits_below_it() -> None:
    world = HandMade()
    world.log_on()
    world.hear("D", 4, *ORDER)
    world.hear("D", 7, *ORDER)
    taken = of(world.hear("4", 2, (36, b"6"), (123, b"Y"), poss_dup=True), MessageTaken)
    assert not taken and list(world.session.state.queue) == [7]
    assert [event.seq_num for event in of(world.hear("D", 6, *ORDER), MessageTaken)] == [6, 7]


# --- messages of the owner


def test_a_message_while_nobody_is_logged_on_waits_or_is_refused() -> None:
    world = HandMade(sent_kept_max=1)
    (kept,) = world.session.send("D", ORDER, START_NS)
    assert isinstance(kept, MessageSent) and kept.offline and kept.seq_num == 1
    assert world.session.send("D", ORDER, START_NS) == [SendRefused("D", SendRefusal.KEPT_FULL)]
    assert world.session.send("D", ORDER, START_NS, False) == [SendRefused("D", SendRefusal.NOT_RESENDABLE)]
    resetting = HandMade(reset_on_logon=True)
    assert resetting.session.send("D", ORDER, START_NS) == [SendRefused("D", SendRefusal.RESET_AHEAD)]
    assert not world.said() and world.session.state.next_out == 2


def test_a_message_between_both_logons_reaches_the_counterparty() -> None:
    initiator, acceptor = Connection(config(True)), Connection(config(False))
    acceptor.connect(START_NS)
    initiator.connect(START_NS)
    initiator.send("D", ORDER, START_NS)
    events = pump(initiator, acceptor, START_NS)
    assert [event.seq_num for event in of(events, MessageTaken)] == [2]


def test_a_field_that_cannot_stand_in_a_frame_changes_nothing() -> None:
    state = SessionState()
    with pytest.raises(FieldError):
        decide(config(), state, Send("D", ((58, b"a\x01b"),)), START_NS)
    assert state == SessionState()


def test_several_messages_are_decided_on_a_draft() -> None:
    world = HandMade()
    world.log_on()
    ahead = draft(world.session.state)
    events: list[FixEvent] = []
    for _ in range(3):
        for event in decide(world.session.config, ahead, Send("D", ORDER), START_NS):
            evolve(ahead, event)
            events.append(event)
    assert world.session.state.next_out == 2 and not world.session.state.sent
    for event in events:
        evolve(world.session.state, event)
    assert list(world.session.state.sent) == [2, 3, 4] and world.session.state.next_out == ahead.next_out == 5


def test_rejects_of_the_application_go_back_on_the_way_that_the_message_came() -> None:
    world = HandMade()
    world.log_on()
    world.said()
    message = of(world.hear("D", 2, (115, b"DESK"), (129, b"ANN"), *ORDER), MessageTaken)[0].message
    for answer in (business_reject(message, 3, "no", "id"), session_reject(message, 5, "bad", 40)):
        world.session.decide(answer, START_NS)
    said = world.said()
    assert shown(said, 45, 128, 116) == [("j", "2", "2", "DESK", "ANN"), ("3", "3", "2", "DESK", "ANN")]
    assert [said[0].text(tag) for tag in (58, 372, 379, 380)] == ["no", "D", "id", "3"]
    assert [said[1].text(tag) for tag in (58, 371, 372, 373)] == ["bad", "40", "D", "5"]


def test_a_reject_is_never_answered_with_a_reject() -> None:
    world = HandMade()
    world.log_on()
    world.said()
    world.hear("3", 2, (45, b"1"), (9999, b"x"))
    assert world.session.state.next_in == 3 and not world.said()


def test_a_resend_costs_what_is_kept_and_not_how_far_back_it_goes() -> None:
    world = HandMade()
    world.session.state.next_out = 10**15
    world.log_on()
    world.session.send("D", ORDER, world.now_ns)
    world.said()
    world.hear("2", 2, (7, b"1"), (16, b"0"))
    assert shown(world.said(), 36) == [("4", "1", str(10**15 + 1)), ("D", str(10**15 + 1), "")]


# --- who may speak


def test_a_first_message_names_its_session() -> None:
    known = config()
    initiator = Connection(config(True))
    initiator.connect(START_NS)
    logon = parse(initiator.bytes_to_send())
    assert admit(logon, {known.id: known}, ()) == known.id
    for refused in (
        admit(logon, {}, ()),
        admit(logon, {known.id: known}, (known.id,)),
        admit(Garbled(b"", "noise"), {known.id: known}, ()),
    ):
        assert isinstance(refused, Refusal) and refused.text


def test_a_second_connection_does_not_touch_the_first() -> None:
    world = HandMade()
    world.log_on()
    before = repr(world.session.state)
    assert world.connect() == [ConnectionRefused()]
    assert repr(world.session.state) == before


def test_garbled_bytes_use_no_number_and_are_told() -> None:
    world = HandMade()
    world.log_on()
    world.said()
    (ignored,) = world.session.receive(b"8=FIX.4.4\x019=5\x0135=0\x0110=999\x01", START_NS)
    assert isinstance(ignored, GarbledIgnored) and "CheckSum" in ignored.reason
    assert world.session.state.next_in == 2 and not world.said()


# --- times


def test_every_time_of_a_session_is_announced() -> None:
    world = HandMade()
    assert next_due_ns(world.session.config, world.session.state) is None
    world.connect()
    assert world.session.next_due_ns == START_NS + 10 * SECOND_NS
    world.hear("A", 1, (98, b"0"), (108, b"30"))
    assert world.session.next_due_ns == START_NS + 30 * SECOND_NS
    assert decide(world.session.config, world.session.state, Tick(), START_NS + 30 * SECOND_NS - 1) == ()
    assert of(world.after(30), MessageSent)[0].msg_type == "0"
    assert world.session.next_due_ns == START_NS + 36 * SECOND_NS
    assert of(world.after(6), MessageSent)[0].msg_type == "1"
    assert world.session.next_due_ns == START_NS + 72 * SECOND_NS
    world.hear("0", 2, (112, b"TEST"))
    assert world.session.state.test_request_ns == 0
    world.session.logout(world.now_ns)
    assert world.session.next_due_ns == world.now_ns + 10 * SECOND_NS


def test_an_interval_of_zero_means_no_heartbeats() -> None:
    world = HandMade()
    world.log_on(heart_bt_int=b"0")
    assert world.session.next_due_ns is None and not world.after(100_000)


# --- what others build on


def test_every_event_is_flat_so_that_it_can_be_journaled() -> None:
    for kind in get_args(FixEvent):
        assert is_dataclass(kind)
        hints = get_type_hints(kind)
        for field in fields(kind):
            hint = hints[field.name]
            assert hint in (int, str, bytes, bool) or issubclass(hint, IntEnum), f"{kind.__name__}.{field.name}"


def test_an_event_that_does_not_fit_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="number 7 sent where 1 is next"):
        evolve(SessionState(), MessageSent(7, "D", b"", 0))
    with pytest.raises(KeyError):
        evolve(SessionState(), LoggedOn(30, False, 0))
    assert decide(config(), SessionState(), Disconnected(), 0) == ()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"sender_comp_id": ""}, "SenderCompID"),
        ({"begin_string": "FIXT.1.1"}, "DefaultApplVerID must be one of"),
        ({"default_appl_ver_id": "9"}, "DefaultApplVerID is for FIXT.1.1 only"),
        ({"begin_string": "FIX.4.2", "next_expected": True}, "789"),
        ({"heart_bt_int": -1}, "HeartBtInt"),
        ({"time_digits": 10}, "decimals"),
        ({"sent_kept_max": -1}, "sent_kept_max"),
        ({"queue_max": 3}, "queue_max"),
        ({"resend_chunk": 2}, "resend_chunk"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(settings: dict[str, object], text: str) -> None:
    given: dict[str, object] = {
        "begin_string": "FIX.4.4",
        "sender_comp_id": "A",
        "target_comp_id": "B",
        "is_initiator": True,
    }
    with pytest.raises(ValueError, match=text):
        SessionConfig(**(given | settings))  # type: ignore[arg-type]
