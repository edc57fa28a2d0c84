"""INV-379, rule 38: cancel on disconnect. Causes are told apart, the grace window holds, a logon disarms, a restart changes nothing."""

import itertools

import pytest

from oms.fix.cancel_on_disconnect import (
    AT_ONCE,
    NEVER,
    CancelOnDisconnect,
    DisconnectPhase,
    DisconnectState,
    due,
    next_due_ns,
    on_cancelled,
    on_end,
    on_logon,
)
from oms.fix.session.state import EndCause

AWAY, CONNECTED, WAITING, DONE = DisconnectPhase
CONFIG = CancelOnDisconnect(logout_ns=NEVER, socket_drop_ns=10, heartbeat_loss_ns=AT_ONCE, process_death_ns=30)
UP = on_logon(DisconnectState())
T = 1_000


def test_rule_38_the_four_causes_are_told_apart() -> None:
    found = {cause: on_end(CONFIG, UP, cause, T) for cause in EndCause if 1 <= cause <= 4}
    assert found[EndCause.LOGOUT] == DisconnectState(AWAY, EndCause.LOGOUT)
    assert found[EndCause.SOCKET_DROP] == DisconnectState(WAITING, EndCause.SOCKET_DROP, T + 10)
    assert found[EndCause.HEARTBEAT_LOSS] == DisconnectState(WAITING, EndCause.HEARTBEAT_LOSS, T)
    assert found[EndCause.PROCESS_DEATH] == DisconnectState(WAITING, EndCause.PROCESS_DEATH, T + 30)
    assert [due(state, T) for state in found.values()] == [False, False, True, False]
    assert [next_due_ns(state) for state in found.values()] == [None, T + 10, T, T + 30]


@pytest.mark.parametrize("after", list(itertools.product((NEVER, AT_ONCE, 7), repeat=4)))
def test_rule_38_each_cause_has_its_own_rule(after: tuple[int, int, int, int]) -> None:
    config = CancelOnDisconnect(*after)
    for cause, grace_ns in zip(range(1, 5), after, strict=True):
        state = on_end(config, UP, EndCause(cause), T)
        assert [ns for ns in range(T, T + 20) if due(state, ns)] == (
            [] if grace_ns == NEVER else list(range(T + grace_ns, T + 20))
        )


def test_rule_38_other_ends_count_as_what_they_resemble() -> None:
    assert on_end(CONFIG, UP, EndCause.LOGOUT_TIMEOUT, T).phase is AWAY
    assert on_end(CONFIG, UP, EndCause.PROTOCOL_ERROR, T).due_ns == T + 10
    for cause in (EndCause.LOGON_REFUSED, EndCause.LOGON_TIMEOUT):
        assert on_end(CONFIG, UP, cause, T) == UP


def test_rule_38_the_grace_window_ends_exactly() -> None:
    state = on_end(CONFIG, UP, EndCause.SOCKET_DROP, T)
    assert not due(state, T + 9) and due(state, T + 10)
    assert due(state, T + 10), "due until it is done"
    assert not due(on_cancelled(state), T + 10)


def test_rule_38_timers_are_disarmed_on_reconnect() -> None:
    state = on_logon(on_end(CONFIG, UP, EndCause.SOCKET_DROP, T))
    assert state.phase is CONNECTED and next_due_ns(state) is None
    assert not due(state, T + 10**12)
    again = on_end(CONFIG, state, EndCause.SOCKET_DROP, T + 50)
    assert again.due_ns == T + 60, "the next end has a window of its own"


def test_rule_38_a_vain_attempt_to_reconnect_does_not_begin_the_window_again() -> None:
    state = on_end(CONFIG, UP, EndCause.SOCKET_DROP, T)
    for cause in EndCause:
        assert on_end(CONFIG, state, cause, T + 5) == state


def test_rule_38_a_restart_in_the_window_keeps_it() -> None:
    """The state is what the journal says; who takes over tells PROCESS_DEATH of every session, and only those that were up are concerned."""
    waiting = on_end(CONFIG, UP, EndCause.SOCKET_DROP, T)
    assert on_end(CONFIG, waiting, EndCause.PROCESS_DEATH, T + 5) == waiting
    assert on_end(CONFIG, UP, EndCause.PROCESS_DEATH, T + 5).due_ns == T + 35
    assert on_end(CONFIG, DisconnectState(), EndCause.PROCESS_DEATH, T) == DisconnectState()


def test_rule_38_it_is_cancelled_once() -> None:
    done = on_cancelled(on_end(CONFIG, UP, EndCause.HEARTBEAT_LOSS, T))
    assert done.phase is DONE and next_due_ns(done) is None
    for cause in EndCause:
        assert on_end(CONFIG, done, cause, T) == done
    with pytest.raises(AssertionError):
        on_cancelled(done)
    with pytest.raises(AssertionError):
        on_cancelled(UP)
    assert on_logon(done) == DisconnectState(CONNECTED, EndCause.HEARTBEAT_LOSS)


def test_a_window_that_makes_no_sense_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        CancelOnDisconnect(logout_ns=-2)
