"""Message numbers at the venue: logon, gaps, resends, duplicates, silence. No socket: lines in, effects out."""

from oms.core.enums import ExecType, OrdStatus
from oms.venues import messages as m
from oms.venues.session_layer import Close, DuplicateLogon, SendLine, SessionLayer

S = 1_000_000_000


def layer(on_duplicate: DuplicateLogon = DuplicateLogon.REPLACE) -> SessionLayer:
    return SessionLayer(on_duplicate)


def told(sessions: SessionLayer) -> list[tuple[int, m.Message] | Close]:
    """What leaves, as (connection, message) or Close; and the layer is cleared as after a turn."""
    out = [(e.connection, m.decode(e.line)) if isinstance(e, SendLine) else e for e in sessions.effects]
    sessions.clear()
    return out


def logged_on(number: int = 1, expected: int = 1, connection: int = 1) -> SessionLayer:
    sessions = layer()
    sessions.receive(connection, m.Logon(number, "E1", expected, 10), 0)
    return sessions


def status(number: int, poss_dup: bool = False) -> m.OrderStatusRequest:
    return m.OrderStatusRequest(number, "A", poss_dup_flag=poss_dup)


def report(text: str) -> m.ExecutionReport:
    return m.ExecutionReport(0, "O-1", "A", ExecType.NEW, OrdStatus.NEW, text=text)


def test_a_first_logon_is_confirmed_with_the_next_number():
    sessions = logged_on()
    assert told(sessions) == [(1, m.Logon(1, "E1", 2, 10))]
    assert sessions.receive(1, status(2), 0) == status(2)


def test_a_logon_below_the_expected_number_changes_nothing():
    sessions = logged_on()
    told(sessions)
    sessions.receive(2, m.Logon(1, "E1", 2, 10), 0)
    refusal, close = told(sessions)
    assert refusal == (2, m.Logout(0, "MsgSeqNum too low, expecting 2 but received 1", 2))
    assert close == Close(2)
    assert sessions.receive(1, status(2), 0) is not None  # the connection that was there goes on


def test_numbers_that_did_not_arrive_are_named_and_must_be_gap_filled_first():
    sessions = logged_on()
    sessions.disconnected(1)
    told(sessions)
    sessions.receive(2, m.Logon(6, "E1", 2, 10), 0)
    assert told(sessions) == [(2, m.Logon(2, "E1", 2, 10))]  # 2 is the first that did not arrive
    assert sessions.receive(2, status(7), 0) is None  # not before the gap is filled
    assert told(sessions) == []
    sessions.receive(2, m.SequenceReset(2, True, 7), 0)
    assert sessions.receive(2, status(7), 0) == status(7)


def test_a_gap_later_is_asked_for_once_and_what_came_above_it_is_dropped():
    sessions = logged_on()
    told(sessions)
    assert sessions.receive(1, status(4), 0) is None
    assert sessions.receive(1, status(5), 0) is None
    assert told(sessions) == [(1, m.ResendRequest(2, 2))]
    sessions.receive(1, m.SequenceReset(2, True, 6), 0)
    assert sessions.receive(1, status(6), 0) is not None


def test_a_number_used_twice_ends_the_connection_unless_it_says_possdup():
    sessions = logged_on()
    told(sessions)
    assert sessions.receive(1, status(1, poss_dup=True), 0) is None
    assert told(sessions) == []
    assert sessions.receive(1, status(1), 0) is None
    (_, logout), close = told(sessions)
    assert isinstance(logout, m.Logout)
    assert logout.msg_seq_num == 2
    assert close == Close(1)


def test_reports_are_resent_with_their_numbers_and_the_rest_is_gap_filled():
    sessions = logged_on()  # the reply was 1
    sessions.report("E1", report("first"), 0)  # 2
    sessions.receive(1, m.TestRequest(2, "hello"), 0)  # answered with 3
    sessions.report("E1", report("second"), 0)  # 4
    sessions.disconnected(1)
    sessions.report("E1", report("third"), 0)  # 5, nobody there
    told(sessions)
    sessions.receive(2, m.Logon(3, "E1", 2, 10), 0)
    confirmed, *resent = told(sessions)
    assert confirmed == (2, m.Logon(6, "E1", 4, 10))
    numbers = [(type(x).__name__, x.msg_seq_num, getattr(x, "new_seq_no", None)) for _, x in resent]
    assert numbers == [
        ("ExecutionReport", 2, None),
        ("SequenceReset", 3, 4),
        ("ExecutionReport", 4, None),
        ("ExecutionReport", 5, None),
        ("SequenceReset", 6, 7),  # the confirmation itself
    ]
    assert all(x.poss_dup_flag for _, x in resent)


def test_a_resend_request_gives_exactly_the_range():
    sessions = logged_on()
    for text in ("a", "b", "c"):
        sessions.report("E1", report(text), 0)
    told(sessions)
    sessions.receive(1, m.ResendRequest(2, 2, 3), 0)
    assert [x.text for _, x in told(sessions)] == ["a", "b"]


def test_a_second_logon_replaces_the_connection_before_it_is_confirmed():
    sessions = logged_on()
    told(sessions)
    sessions.receive(2, m.Logon(2, "E1", 2, 10), 0)
    assert told(sessions) == [Close(1), (2, m.Logon(2, "E1", 3, 10))]
    sessions.receive(1, status(3), 0)  # the old connection is a stranger now
    assert sessions.receive(2, status(3), 0) is not None


def test_or_it_is_refused_as_configured():
    sessions = layer(DuplicateLogon.REFUSE)
    sessions.receive(1, m.Logon(1, "E1", 1, 10), 0)
    told(sessions)
    sessions.receive(2, m.Logon(2, "E1", 2, 10), 0)
    assert told(sessions) == [(2, m.Logout(0, "the session is connected", 2)), Close(2)]
    sessions.disconnected(1)
    sessions.receive(3, m.Logon(2, "E1", 2, 10), 0)
    assert told(sessions) == [(3, m.Logon(2, "E1", 3, 10))]


def test_a_client_that_expects_what_was_never_sent_is_refused():
    sessions = layer()
    sessions.receive(1, m.Logon(1, "E1", 5, 10), 0)
    (_, logout), close = told(sessions)
    assert "never sent" in logout.text
    assert close == Close(1)


def test_the_first_message_must_be_a_logon():
    sessions = layer()
    assert sessions.receive(1, status(1), 0) is None
    assert told(sessions)[-1] == Close(1)


def test_silence_is_tested_and_then_ends_the_connection():
    sessions = logged_on()
    told(sessions)
    sessions.on_timer(10 * S)
    assert told(sessions) == [(1, m.Heartbeat(2))]
    sessions.on_timer(13 * S)
    assert [type(x) for _, x in told(sessions)] == [m.TestRequest]
    sessions.on_timer(21 * S)
    (_, logout), close = told(sessions)
    assert isinstance(logout, m.Logout)
    assert close == Close(1)


def test_a_heartbeat_in_time_keeps_the_connection():
    sessions = logged_on()
    for n in range(2, 6):
        sessions.receive(1, m.Heartbeat(n), (n - 1) * 10 * S)
        sessions.on_timer((n - 1) * 10 * S)
    assert Close(1) not in told(sessions)


def test_a_bad_line_with_the_expected_number_is_rejected_and_uses_it_up():
    sessions = logged_on()
    told(sessions)
    sessions.refuse_line(1, m.MessageError("bad side", 2), 0)
    assert told(sessions) == [(1, m.Reject(2, 2, "bad side"))]
    assert sessions.receive(1, status(3), 0) is not None
    sessions.refuse_line(1, m.MessageError("not JSON"), 0)
    assert told(sessions)[-1] == Close(1)


def test_what_only_a_venue_sends_is_refused_with_its_number():
    sessions = logged_on()
    told(sessions)
    assert sessions.receive(1, m.ExecutionReport(2, "O", "A", ExecType.NEW, OrdStatus.NEW), 0) is None
    assert told(sessions) == [(1, m.BusinessMessageReject(2, 2, "ExecutionReport", "only a venue sends this"))]


def test_a_reset_that_is_no_gap_fill_forward_is_rejected():
    sessions = logged_on()
    told(sessions)
    sessions.receive(1, m.SequenceReset(2, False, 1), 0)
    sessions.receive(1, m.SequenceReset(3, True, 3), 0)
    assert [type(x) for _, x in told(sessions)] == [m.Reject, m.Reject]
    assert sessions.receive(1, status(4), 0) is not None


def test_logout_is_answered_and_closed():
    sessions = logged_on()
    told(sessions)
    sessions.receive(1, m.Logout(2), 0)
    assert told(sessions) == [(1, m.Logout(2, "", 3)), Close(1)]
