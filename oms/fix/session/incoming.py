"""What a message that came means for the numbers: whether it is due, early, or was there before; and what is done when it is due.

The order of the checks is the order of the functions: what ends the session, who it is from, when it was sent, its number, its content,
what it asks. A message that is early waits as it came and is looked at when it is due. Exceptions, each from the session layer's text:
a ResendRequest is answered at once, before its turn, else two that wait for each other would wait for ever; a Logout is heard whatever
its number; a SequenceReset-Reset has no number.
"""

from oms.fix.framing import Garbled
from oms.fix.message import Message
from oms.fix.session import resend
from oms.fix.session.config import QUEUE_BYTES_MAX
from oms.fix.session.draft import Draft
from oms.fix.session.events import (
    GarbledIgnored,
    MessageCounted,
    MessageIgnored,
    MessageQueued,
    MessageTaken,
    NumbersMoved,
)
from oms.fix.session.frames import (
    ORIG_SENDING_TIME,
    SENDER_COMP_ID,
    SENDING_TIME,
    TARGET_COMP_ID,
    dictionary_of,
    frame_of,
    message_of,
    number,
    repeatable,
    texts,
    time_of,
)
from oms.fix.session.state import EndCause, Phase
from oms.fix.session.table import HEARTBEAT, LOGOUT, REJECT, SESSION_MESSAGES, TEST_REQUEST, is_gap_fill
from oms.fix.validation import Rejection, RejectReason, reject, rejection

DRAINED_EVENTS_MAX = 200
"""Of one decision: session messages that waited, with their answers."""
NEW_SEQ_NO, TEST_REQ_ID, TEXT = 36, 112, 58

COMP_ID_PROBLEM = reject(RejectReason.COMP_ID_PROBLEM)
TIME_PROBLEM = reject(RejectReason.SENDING_TIME_ACCURACY_PROBLEM)
NO_ORIGINAL_TIME = reject(RejectReason.REQUIRED_TAG_MISSING, ORIG_SENDING_TIME)
NO_SUCH_NUMBER = reject(RejectReason.VALUE_IS_INCORRECT)


def note_garbled(draft: Draft, garbled: Garbled) -> None:
    draft.add(GarbledIgnored(garbled.reason, garbled.raw, draft.now_ns))


def invalid(draft: Draft, message: Message) -> Rejection | None:
    """What the dictionary says against the message."""
    config = draft.config
    return rejection(message, dictionary_of(config), config.validation) if config.validate else None


# ------------------------------------------------------------------------------------------------ before the number is looked at


def passes(draft: Draft, message: Message, numbered: bool = True) -> bool:
    """Whether the message is of this session and of now. If not, it has been dealt with."""
    if message.begin_string != draft.config.begin_string:
        draft.begin_logout("Incorrect BeginString")
    elif numbered and not message.seq_num:
        draft.say_and_close("MsgSeqNum (34) is missing or no number above 0")
    elif wrong_comp_ids(draft, message):
        draft.reject(message, COMP_ID_PROBLEM)
        draft.begin_logout("")
    elif wrong_time(draft, message):
        draft.reject(message, TIME_PROBLEM)
        draft.begin_logout("")
    else:
        return True
    return False


def wrong_comp_ids(draft: Draft, message: Message) -> bool:
    """Named, and named wrongly. One that is missing or empty is first a matter of the dictionary."""
    config = draft.config
    sender, target = message.text(SENDER_COMP_ID), message.text(TARGET_COMP_ID)
    ours = config.target_comp_id, config.sender_comp_id
    return config.check_comp_ids and (sender or ours[0], target or ours[1]) != ours


def wrong_time(draft: Draft, message: Message) -> bool:
    config, sent_ns = draft.config, time_of(message, SENDING_TIME)
    if not config.check_latency or sent_ns is None:
        return False
    return abs(draft.now_ns - sent_ns) > config.sending_time_accuracy_ns


# ------------------------------------------------------------------------------------------------ by number


def in_turn(draft: Draft, message: Message) -> None:
    """A message that waits for its turn."""
    if passes(draft, message):
        by_number(draft, message)


def by_number(draft: Draft, message: Message) -> None:
    expected = draft.state.next_in
    if message.seq_num < expected:
        too_low(draft, message)
    elif message.seq_num > expected:
        too_high(draft, message, frame_of(message))
    else:
        due(draft, message)
        drain(draft)


def too_low(draft: Draft, message: Message) -> None:
    """Without PossDupFlag the counterparty's numbers are wrong, and only a person can settle that. With it, it was processed (rule 26)."""
    if not message.poss_dup:
        expected, got = draft.state.next_in, message.seq_num
        draft.say_and_close(f"MsgSeqNum too low, expecting {expected} but received {got}")
    elif original_is_fine(draft, message):
        draft.add(MessageIgnored(message.seq_num, message.msg_type, "already processed", draft.now_ns))


def original_is_fine(draft: Draft, message: Message) -> bool:
    """Rule 26: OrigSendingTime is there and not after SendingTime. If not, the message is rejected."""
    if not draft.config.require_orig_sending_time or not message.poss_dup:
        return True
    if not message.get(ORIG_SENDING_TIME):
        draft.reject(message, NO_ORIGINAL_TIME)
        return False
    original, sent = time_of(message, ORIG_SENDING_TIME), time_of(message, SENDING_TIME)
    if original is not None and sent is not None and original > sent:
        draft.reject(message, TIME_PROBLEM)
        draft.begin_logout("")
        return False
    return True


def too_high(draft: Draft, message: Message, raw: bytes) -> None:
    """An earlier one is missing. Keep this one, and ask once."""
    state, now_ns = draft.state, draft.now_ns
    if message.seq_num in state.queue or len(state.queue) >= draft.config.queue_max or not _has_room(draft, raw):
        draft.add(MessageIgnored(message.seq_num, message.msg_type, "waits already, or too many wait", now_ns))
    else:
        draft.add(MessageQueued(message.seq_num, raw, now_ns))
    if not state.gap_end and state.next_in not in state.queue:
        resend.ask(draft)


def _has_room(draft: Draft, raw: bytes) -> bool:
    """Numbers alone always have: what was acted on already must not be asked for again."""
    return not raw or sum(map(len, draft.state.queue.values())) + len(raw) <= QUEUE_BYTES_MAX


def drain(draft: Draft) -> None:
    """What waited and is due now, one after the other: up to the next application message, where this decision has taken one already.

    An owner journals what comes of a decision in one record, and of one message there may come much.
    """
    state, has_taken = draft.state, any(isinstance(event, MessageTaken) for event in draft.events)
    while state.logged_on and state.next_in in state.queue:
        if has_taken or len(draft.events) >= DRAINED_EVENTS_MAX:
            return
        seq_num = state.next_in
        raw = state.queue[seq_num]
        if raw:
            due(draft, message_of(draft.config, raw))
            has_taken = isinstance(draft.events[-1], MessageTaken)
        else:
            draft.add(MessageCounted(seq_num, "", draft.now_ns))
        assert state.next_in > seq_num, f"number {seq_num} was due and was not used"
    if state.logged_on:
        resend.close_gap(draft)


# ------------------------------------------------------------------------------------------------ when it is due


def due(draft: Draft, message: Message) -> None:
    wrong = invalid(draft, message)
    if wrong is not None and message.msg_type != REJECT:  # else two that do not understand each other never end
        draft.reject(message, wrong)
    elif not names_match(draft, message):
        draft.reject(message, COMP_ID_PROBLEM)
        draft.begin_logout("")
    elif not original_is_fine(draft, message):
        return
    elif is_gap_fill(message):
        move(draft, message)
    elif message.msg_type not in SESSION_MESSAGES:
        draft.add(MessageTaken(message.seq_num, message.msg_type, frame_of(message), draft.now_ns))
    else:
        draft.count(message)
        if message.msg_type == TEST_REQUEST and draft.state.phase is Phase.ACTIVE:
            draft.send(HEARTBEAT, ((TEST_REQ_ID, repeatable(message.get(TEST_REQ_ID) or b"")),))


def names_match(draft: Draft, message: Message) -> bool:
    config = draft.config
    ours = config.target_comp_id, config.sender_comp_id
    return not config.check_comp_ids or (message.text(SENDER_COMP_ID), message.text(TARGET_COMP_ID)) == ours


def move(draft: Draft, message: Message) -> None:
    """SequenceReset: NewSeqNo is the next number. A gap fill stands in for the messages from its own number on."""
    gap_fill = is_gap_fill(message)
    next_in = number(message, NEW_SEQ_NO)
    lowest = message.seq_num + 1 if gap_fill else draft.state.next_in
    if next_in is None or next_in < lowest:
        draft.reject(message, NO_SUCH_NUMBER)
    else:
        draft.add(NumbersMoved(next_in, gap_fill, draft.now_ns))


# ------------------------------------------------------------------------------------------------ messages with rules of their own


def move_numbers(draft: Draft, message: Message) -> None:
    """SequenceReset-Reset: at once, whatever its number (FIX session layer: "MsgSeqNum should be ignored")."""
    if not passes(draft, message, numbered=False):
        return
    wrong = invalid(draft, message)
    if wrong is not None:
        draft.reject(message, wrong)
        return
    move(draft, message)
    drain(draft)


def answer_resend(draft: Draft, message: Message) -> None:
    """A ResendRequest: answered first, then counted. One with a number of before is answered too: it can only be a late one."""
    if not passes(draft, message):
        return
    early = message.seq_num > draft.state.next_in
    if invalid(draft, message) is not None:
        by_number(draft, message)
        return
    wanted = resend.wanted(message, draft.state.next_out)
    if draft.is_due(message):
        if wanted is None:
            draft.reject(message, NO_SUCH_NUMBER)
        else:
            draft.count(message)
    if wanted is not None:
        resend.answer(draft, *wanted)
    if early:
        too_high(draft, message, b"" if wanted is not None else frame_of(message))
    else:
        drain(draft)


def answer_logout(draft: Draft, message: Message) -> None:
    """The counterparty says goodbye: so do we, and close."""
    if not passes(draft, message):
        return
    if draft.is_due(message):
        draft.count(message)
    draft.send(LOGOUT, texts())
    draft.close(EndCause.LOGOUT, message.text(TEXT))


def finish_logout(draft: Draft, message: Message) -> None:
    """The answer to our Logout, or one that crossed it. Whatever else may be wrong with it, it is the end."""
    if draft.is_due(message):
        draft.count(message)
    draft.close(draft.state.end_cause, message.text(TEXT))
