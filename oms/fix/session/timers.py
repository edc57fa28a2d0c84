"""What time does to a session: heartbeats, test requests, and ends that nobody answered.

HeartBtInt counts both ways (FIX session layer, "Heartbeat", "Test request"): whoever sent nothing for the interval sends a Heartbeat;
who heard nothing for the interval and a reasonable transmission time sends a TestRequest; who hears nothing for as long again takes the
connection for lost. While a TestRequest waits for its answer no Heartbeat is due: the request was a message too.
"""

from oms.fix.session import incoming, resend
from oms.fix.session.config import SECOND_NS, SessionConfig
from oms.fix.session.draft import Draft
from oms.fix.session.events import TestRequested
from oms.fix.session.state import EndCause, Phase, SessionState
from oms.fix.session.table import HEARTBEAT, TEST_REQUEST

TEST_REQ_ID = (112, b"TEST")


def interval_ns(state: SessionState) -> int:
    return state.heart_bt_int * SECOND_NS


def patience_ns(config: SessionConfig, state: SessionState) -> int:
    """The interval and a reasonable transmission time."""
    return interval_ns(state) * (100 + config.transmission_percent) // 100


def next_due_ns(config: SessionConfig, state: SessionState) -> int | None:
    """When a `Tick` would do something; None where only an input can."""
    if state.has_more:
        return min(state.last_sent_ns, state.last_received_ns)
    if state.phase is Phase.LOGON_AWAITED:
        return state.since_ns + config.logon_timeout_ns
    if state.phase is Phase.LOGOUT_SENT:
        return state.since_ns + config.logout_timeout_ns
    if state.phase is not Phase.ACTIVE:
        return None
    due = []
    if state.gap_end:
        due.append(state.gap_ns + config.resend_timeout_ns)
    if state.heart_bt_int and state.test_request_ns:
        due.append(state.test_request_ns + patience_ns(config, state))
    elif state.heart_bt_int:
        due += [state.last_sent_ns + interval_ns(state), state.last_received_ns + patience_ns(config, state)]
    return min(due, default=None)


def go_on(draft: Draft) -> bool:
    """The next part of what is due at once; whether there was any."""
    state = draft.state
    if not state.has_more:
        return False
    if state.resend_end:
        resend.answer(draft, state.resend_next, state.resend_end)
    else:
        incoming.drain(draft)
    return True


def watch_logon(draft: Draft) -> None:
    if draft.now_ns >= draft.state.since_ns + draft.config.logon_timeout_ns:
        draft.close(EndCause.LOGON_TIMEOUT, "no Logon in time")


def watch_logout(draft: Draft) -> None:
    state = draft.state
    go_on(draft)
    if draft.now_ns >= state.since_ns + draft.config.logout_timeout_ns:
        cause = EndCause.LOGOUT_TIMEOUT if state.end_cause is EndCause.LOGOUT else state.end_cause
        draft.close(cause, "no answer to our Logout in time")


def watch_silence(draft: Draft) -> None:
    config, state, now_ns = draft.config, draft.state, draft.now_ns
    if go_on(draft):
        return
    if state.heart_bt_int:
        patience = patience_ns(config, state)
        if state.test_request_ns:
            if now_ns >= state.test_request_ns + patience:
                draft.close(EndCause.HEARTBEAT_LOSS, "no answer to our TestRequest in time")
                return
        elif now_ns >= state.last_received_ns + patience:
            draft.send(TEST_REQUEST, (TEST_REQ_ID,))
            draft.add(TestRequested(now_ns))
        elif now_ns >= state.last_sent_ns + interval_ns(state):
            draft.send(HEARTBEAT, ())
    if state.gap_end and now_ns >= state.gap_ns + config.resend_timeout_ns:
        _ask_again(draft)


def _ask_again(draft: Draft) -> None:
    """What was asked for did not come. Without it nothing that came later can be processed, so a person has to know."""
    tries = draft.state.gap_tries
    if tries >= draft.config.resend_tries_max:
        draft.begin_logout(f"messages from {draft.state.next_in} on were not resent, asked {tries} times")
    else:
        resend.ask(draft, tries + 1)
