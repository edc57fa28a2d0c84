"""`evolve`: what each event does to the state of a session. The only place where it changes.

An event is all that it needs, so a journal of events is a session: whoever folds them has its numbers, what may be resent and its clocks.
That an event does not fit the state is a bug, and asserts. `draft` makes a copy to look ahead with.
"""

from dataclasses import fields
from operator import attrgetter

from oms.fix.session.events import (
    ConnectionEnded,
    ConnectionOpened,
    ConnectionRefused,
    DisconnectDue,
    FixEvent,
    GapClosed,
    GapFound,
    GarbledIgnored,
    LoggedOn,
    LoggedOut,
    LogoutBegun,
    MessageCounted,
    MessageIgnored,
    MessageQueued,
    MessageRejected,
    MessageSent,
    MessageTaken,
    NumbersMoved,
    NumbersReset,
    ResendAnswered,
    ResetRequested,
    SendRefused,
    TestRequested,
)
from oms.fix.session.state import EndCause, SessionState
from oms.fix.session.table import AFTER, CHANGES_PHASE

_values = attrgetter(*(field.name for field in fields(SessionState)))


def draft(state: SessionState) -> SessionState:
    """A copy that costs the same however much is kept: it shares `sent` and `queue` with `state`, and does not add to them.

    So decide on it what you like, but answer no ResendRequest with it that could ask for a message sent on this same draft.
    """
    ahead = SessionState(*_values(state))
    ahead.is_draft = True
    return ahead


def evolve(state: SessionState, event: FixEvent) -> None:
    if type(event) in CHANGES_PHASE:
        state.phase = AFTER[state.phase, type(event)]
    match event:
        case MessageSent():
            _sent(state, event)
        case MessageTaken() | MessageCounted():
            _counted(state, event.seq_num, event.at_ns)
        case MessageQueued():
            _heard(state, event.at_ns)
            state.highest_in = max(state.highest_in, event.seq_num)
            if not state.is_draft:
                state.queue[event.seq_num] = event.raw
        case MessageIgnored():
            _heard(state, event.at_ns)
            state.highest_in = max(state.highest_in, event.seq_num)
        case GarbledIgnored():
            state.last_received_ns = event.at_ns
        case NumbersMoved():
            _moved(state, event)
        case GapFound():
            state.gap_end, state.gap_ns, state.gap_tries = event.end, event.at_ns, event.tries
        case GapClosed():
            state.gap_end = state.gap_ns = state.gap_tries = 0
        case NumbersReset():
            _reset(state, event)
        case ResetRequested():
            state.reset_sent = True
        case TestRequested():
            state.test_request_ns = event.at_ns
        case LoggedOn():
            state.heart_bt_int, state.since_ns, state.reset_sent = event.heart_bt_int, event.at_ns, False
            _heard(state, event.at_ns)
        case LogoutBegun():
            state.since_ns, state.end_cause = event.at_ns, event.cause
        case ConnectionOpened():
            state.since_ns = state.last_received_ns = event.at_ns
            state.end_cause = EndCause.NONE
        case DisconnectDue():
            state.since_ns, state.end_cause = event.at_ns, event.cause
        case ConnectionEnded():
            _ended(state, event)
        case ResendAnswered():
            more = event.rest_end > 0
            state.resend_next, state.resend_end = (event.end + 1, event.rest_end) if more else (0, 0)
        case ConnectionRefused() | SendRefused() | MessageRejected() | LoggedOut():
            pass  # they tell; what they change is in the events beside them


def _sent(state: SessionState, event: MessageSent) -> None:
    if not event.offline:
        state.last_sent_ns = event.at_ns
    if event.resent:
        return
    assert event.seq_num == state.next_out, f"number {event.seq_num} sent where {state.next_out} is next"
    state.next_out += 1
    if event.kept and not state.is_draft:
        for _ in range(min(event.forget, len(state.sent))):
            state.sent_bytes -= len(state.sent.pop(next(iter(state.sent))))
        state.sent[event.seq_num] = event.raw
        state.sent_bytes += len(event.raw)


def _heard(state: SessionState, at_ns: int) -> None:
    """A message came: whoever sends is alive."""
    state.last_received_ns = at_ns
    state.test_request_ns = 0


def _counted(state: SessionState, seq_num: int, at_ns: int) -> None:
    assert seq_num == state.next_in, f"number {seq_num} counted where {state.next_in} is next"
    _heard(state, at_ns)
    state.next_in += 1
    state.highest_in = max(state.highest_in, seq_num)
    if state.gap_end:
        state.gap_ns, state.gap_tries = at_ns, 1
    if not state.is_draft:
        state.queue.pop(seq_num, None)


def _moved(state: SessionState, event: NumbersMoved) -> None:
    assert event.next_in >= state.next_in, f"numbers moved back to {event.next_in} from {state.next_in}"
    _heard(state, event.at_ns)
    state.next_in = event.next_in
    state.highest_in = max(state.highest_in, event.next_in - 1)
    if state.gap_end:
        state.gap_ns, state.gap_tries = event.at_ns, 1
    if not state.is_draft:
        for seq_num in [n for n in state.queue if n < event.next_in]:
            del state.queue[seq_num]


def _reset(state: SessionState, event: NumbersReset) -> None:
    if event.outgoing:
        state.next_out, state.sent, state.sent_bytes = 1, {}, 0
        state.resend_next = state.resend_end = 0
    if event.incoming:
        state.next_in, state.highest_in, state.queue = 1, 0, {}
        state.gap_end = state.gap_ns = state.gap_tries = 0
    if event.outgoing and event.incoming:
        state.reset_sent = False


def _ended(state: SessionState, event: ConnectionEnded) -> None:
    """What waited is asked for again after the next logon, so it need not be kept."""
    state.since_ns, state.end_cause = event.at_ns, event.cause
    state.queue, state.highest_in = {}, state.next_in - 1
    state.resend_next = state.resend_end = 0
    state.gap_end = state.gap_ns = state.gap_tries = 0
    state.test_request_ns = 0
