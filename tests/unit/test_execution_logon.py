"""The session layer: logon, numbers both ways, gaps, heartbeats, backoff, and a new owner that trusts nothing."""

from oms.core.enums import IntentKind, SessionMessage
from oms.core.execution.session_fold import LOGON_RETRY_MAX_NS, LOGON_RETRY_NS
from oms.core.execution.sessions import LOGON_TIMEOUT_NS, logon_due_ns
from oms.core.execution.state import Arrival, ExecutionState, SessionPhase, parse_cl_ord_id
from oms.core.execution_events import Anomaly, Intent, SessionDown, SessionMessagePlanned, SessionReceived, SessionUp
from oms.core.market import MarketView
from oms.core.stage import DisconnectEffect, TimerInput
from oms.core.venue_messages import (
    Body,
    Disconnected,
    GapFilled,
    HeartbeatReceived,
    LoggedOut,
    LogonConfirmed,
    ResendRequested,
    TestRequestReceived,
    VenueMessage,
)
from oms.testing.execution_bench import (
    PARTITION,
    RULES,
    SECOND_NS,
    SESSION_ID,
    ExecutionBench,
    child_new,
    venue_reference,
)


def say(bench: ExecutionBench, seq: int, body: Body) -> tuple[object, ...]:
    return bench.feed(VenueMessage(SESSION_ID, seq, False, body, "raw"))


def logging_on() -> ExecutionBench:
    bench = ExecutionBench()
    bench.fire_due()
    return bench


def up() -> ExecutionBench:
    bench = logging_on()
    say(bench, 1, LogonConfirmed(2))
    return bench


def planned(bench: ExecutionBench) -> list[tuple[SessionMessage, int]]:
    return [(e.message, e.msg_seq_num) for e in bench.events() if isinstance(e, SessionMessagePlanned)]


def phase(bench: ExecutionBench) -> SessionPhase:
    return bench.state.sessions[SESSION_ID].phase


def test_logon_and_up() -> None:
    bench = up()
    assert planned(bench) == [(SessionMessage.LOGON, 1)]
    assert bench.events()[-1] == SessionUp(SESSION_ID, "XALP", 2, 1, bench.now_ns)
    assert phase(bench) is SessionPhase.UP


def test_every_attempt_has_its_own_number_and_backs_off() -> None:
    bench, waits = ExecutionBench(), []
    for _ in range(8):
        bench.fire_due()
        (event,) = bench.feed(Disconnected(SESSION_ID, "refused"))
        assert isinstance(event, SessionDown)
        waits.append(bench.state.sessions[SESSION_ID].retry_ns - bench.now_ns)
        bench.now_ns += waits[-1]
    assert [seq for _, seq in planned(bench)] == list(range(1, 9))
    assert waits == sorted(waits) and waits[0] == 400_000_000 and waits[-1] == LOGON_RETRY_MAX_NS


def test_sessions_do_not_all_knock_at_once() -> None:
    """A venue comes back after its sessions were lost at one moment: each has a wait of its own, the same in every process."""
    state = ExecutionState(PARTITION, venue_reference())
    venue = state.reference.venues["XALP"]
    names = [f"OMS{partition}-XALP" for partition in range(16)]
    for name in names:
        RULES.evolve(state, SessionDown(name, "XALP", "the venue is gone", 7), 0)
    waits = {logon_due_ns(venue, state.sessions[name], 7) - 7 for name in names}
    assert len(waits) > 12 and all(LOGON_RETRY_NS // 2 <= wait <= LOGON_RETRY_NS for wait in waits)


def test_no_answer_to_a_logon() -> None:
    bench = logging_on()
    bench.now_ns += LOGON_TIMEOUT_NS
    due = RULES.due(bench.state, 0, bench.now_ns, MarketView())
    assert isinstance(due, TimerInput)
    events = bench.feed(due)
    assert RULES.effects(bench.state, events) == (DisconnectEffect(SESSION_ID),)


def test_a_refused_logon() -> None:
    bench = logging_on()
    say(bench, 1, LoggedOut("who are you"))
    assert phase(bench) is SessionPhase.DOWN


def test_numbers_that_did_not_arrive_are_filled_up_to_the_logon() -> None:
    bench = up()
    bench.route(child_new(1), child_new(2))  # 2, 3
    bench.feed(Disconnected(SESSION_ID, "gone"))
    bench.now_ns += SECOND_NS
    bench.fire_due()  # logon 4
    events = say(bench, 2, LogonConfirmed(3))
    fill = events[-1]
    assert isinstance(fill, SessionMessagePlanned)
    assert (fill.message, fill.msg_seq_num, fill.new_seq_no) == (SessionMessage.GAP_FILL, 3, 5)
    bench.fire_due()
    asked = [e.msg_seq_num for e in bench.events() if isinstance(e, Intent) and e.kind is IntentKind.STATUS]
    assert asked == [5, 6]


def test_rule_33_nothing_new_leaves_until_every_status_is_answered() -> None:
    bench = ExecutionBench()
    bench.settle()
    bench.route(child_new(1))
    bench.settle()
    bench.venue.lose()
    bench.hear()
    bench.now_ns += SECOND_NS
    bench.fire_due()
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    bench.fire_due()
    assert len(bench.route(child_new(2))) == 1, "taken only"
    bench.settle()
    assert len(bench.venue.orders) == 2


def test_lower_is_dropped_equal_counts_higher_is_asked_for_once() -> None:
    bench = up()
    assert say(bench, 1, HeartbeatReceived()) == ()
    assert say(bench, 2, HeartbeatReceived()) == (SessionReceived(SESSION_ID, 3, bench.now_ns),)
    (again,) = say(bench, 5, HeartbeatReceived())
    assert isinstance(again, SessionMessagePlanned)
    assert (again.message, again.begin_seq_no) == (SessionMessage.RESEND_REQUEST, 3)
    assert say(bench, 6, HeartbeatReceived()) == ()
    assert say(bench, 3, GapFilled(6)) == (SessionReceived(SESSION_ID, 6, bench.now_ns),)
    assert say(bench, 6, HeartbeatReceived()) == (SessionReceived(SESSION_ID, 7, bench.now_ns),)


def test_their_logon_counts_ahead_of_what_is_sent_again() -> None:
    bench = logging_on()
    received, _ = say(bench, 4, LogonConfirmed(2))
    assert received == SessionReceived(SESSION_ID, 1, bench.now_ns)
    assert not bench.state.sessions[SESSION_ID].can_ask
    assert say(bench, 1, GapFilled(4)) == (SessionReceived(SESSION_ID, 5, bench.now_ns),)
    assert bench.state.sessions[SESSION_ID].ready


def test_a_logon_that_contradicts_the_numbers_we_know() -> None:
    bench = logging_on()
    anomaly, down = say(bench, 1, LogonConfirmed(7))
    assert isinstance(anomaly, Anomaly) and isinstance(down, SessionDown)


def test_a_venue_that_forgot_proves_nothing() -> None:
    bench = up()
    bench.route(child_new(1))
    bench.feed(Disconnected(SESSION_ID, "gone"))
    bench.now_ns += SECOND_NS
    bench.fire_due()
    anomaly, *_ = say(bench, 2, LogonConfirmed(1))
    assert isinstance(anomaly, Anomaly)
    (child,) = bench.state.children.values()
    assert child.arrival is Arrival.UNPROVEN


def test_heartbeat_test_request_silence() -> None:
    bench = up()
    for seconds, expected in ((0, 2), (29, 2), (1, 3), (15, 4), (14, 4), (15, 5)):
        bench.now_ns += seconds * SECOND_NS
        bench.fire_due()
        assert len(planned(bench)) == expected
    assert [m for m, _ in planned(bench)][1:] == [
        SessionMessage.LIST_ORDERS,
        SessionMessage.HEARTBEAT,
        SessionMessage.TEST_REQUEST,
        SessionMessage.LIST_ORDERS,
    ]
    assert phase(bench) is SessionPhase.UP
    bench.now_ns += SECOND_NS
    bench.feed(due_now(bench))
    assert phase(bench) is SessionPhase.DOWN


def due_now(bench: ExecutionBench) -> TimerInput:
    due = RULES.due(bench.state, 0, bench.now_ns, MarketView())
    assert isinstance(due, TimerInput)
    return due


def test_a_test_request_is_answered() -> None:
    _, beat = say(up(), 2, TestRequestReceived("who"))
    assert isinstance(beat, SessionMessagePlanned)
    assert (beat.message, beat.text, beat.msg_seq_num) == (SessionMessage.HEARTBEAT, "who", 2)


def test_old_numbers_are_filled_again_missing_ones_of_this_connection_end_it() -> None:
    bench = up()
    _, fill = say(bench, 2, ResendRequested(1))
    assert isinstance(fill, SessionMessagePlanned) and (fill.msg_seq_num, fill.new_seq_no) == (1, 2)
    bench.route(child_new(1))
    _, down = say(bench, 3, ResendRequested(2))
    assert isinstance(down, SessionDown)


def test_a_new_owner_logs_on_before_anything_else() -> None:
    bench = ExecutionBench()
    bench.settle()
    bench.route(child_new(1))
    bench.restart()
    assert phase(bench) is SessionPhase.DOWN
    bench.now_ns += SECOND_NS
    bench.fire_due()
    assert phase(bench) is SessionPhase.LOGGING_ON
    assert isinstance(bench.events()[-1], SessionMessagePlanned)


def test_cl_ord_ids_are_read_back() -> None:
    assert parse_cl_ord_id(0, "0:a/1/x.1") == ("a/1/x.1", 0)
    assert parse_cl_ord_id(0, "0:a/1/x:7.1:12") == ("a/1/x:7.1", 12)
    assert parse_cl_ord_id(0, "1:a/1/x.1") == ("", 0)
