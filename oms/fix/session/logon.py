"""Logon, both ways: who speaks first, what both must agree on, when numbers are reset, and what was missed in between.

An initiator says Logon when it is connected, an acceptor when it has heard one; after both the session is active. Numbers are looked at
only when the Logon is acceptable as such. Sources: FIX session layer, "Logon"; FIX 4.4 volume 2, NextExpectedMsgSeqNum (789).
"""

from oms.fix.message import Field, Message
from oms.fix.session import incoming, resend
from oms.fix.session.config import FIXT, SessionConfig
from oms.fix.session.draft import Draft
from oms.fix.session.events import GapFound, LoggedOn, MessageQueued, NumbersReset, ResetRequested
from oms.fix.session.frames import in_order, number, texts
from oms.fix.session.state import EndCause
from oms.fix.session.table import HEARTBEAT, LOGON

ENCRYPT_METHOD, HEART_BT_INT, RESET_SEQ_NUM, NEXT_EXPECTED, DEFAULT_APPL_VER_ID = 98, 108, 141, 789, 1137


def _with_next_expected(config: SessionConfig, logon: Message) -> bool:
    """Whether 789 counts: by agreement, or because who calls says it, and so understands it."""
    return config.next_expected or (config.next_expected_in_kind and logon.get(NEXT_EXPECTED) is not None)


def say(draft: Draft, heart_bt_int: int, reset: bool, answered: Message | None = None) -> None:
    """Our Logon; `answered`: theirs."""
    config = draft.config
    says_next = config.next_expected if answered is None else _with_next_expected(config, answered)
    fields: tuple[Field, ...] = texts(
        (ENCRYPT_METHOD, 0),
        (HEART_BT_INT, heart_bt_int),
        (RESET_SEQ_NUM, "Y" if reset else ""),
        (NEXT_EXPECTED, draft.state.next_in if says_next else ""),
        (DEFAULT_APPL_VER_ID, config.default_appl_ver_id),
    )
    draft.send(LOGON, in_order((*fields, *config.logon_fields)) if config.logon_fields else fields)


def open_session(draft: Draft) -> None:
    """An initiator's first word. ResetSeqNumFlag says that both begin at 1."""
    config = draft.config
    reset = config.reset_on_logon or draft.state.reset_sent
    if reset:
        draft.add(NumbersReset())
    say(draft, config.heart_bt_int, reset)
    if reset:
        draft.add(ResetRequested())


def log_on(draft: Draft, message: Message, refusal: str) -> None:
    """A Logon while one is awaited. Who names the wrong parties or the wrong time is told nothing."""
    config = draft.config
    if message.begin_string != config.begin_string or not incoming.names_match(draft, message):
        draft.close(EndCause.LOGON_REFUSED, "BeginString, SenderCompID or TargetCompID is not this session's")
        return
    if incoming.wrong_time(draft, message):
        draft.close(EndCause.LOGON_REFUSED, incoming.TIME_PROBLEM.text)
        return
    problem = refusal or _problem(draft, message)
    resets = message.get(RESET_SEQ_NUM) == b"Y"
    if not config.is_initiator and (config.reset_on_logon or (resets and not problem)):
        draft.add(NumbersReset())
    problem = problem or _problem_with_numbers(draft, message)
    if problem:
        if draft.is_due(message):
            draft.count(message)
        draft.say_and_close(problem, EndCause.LOGON_REFUSED)
        return
    _agree(draft, message, resets)


def _agree(draft: Draft, message: Message, resets: bool) -> None:
    """Nothing speaks against it: both are logged on, and what either missed is on its way."""
    config, state = draft.config, draft.state
    early = not draft.is_due(message)
    if early:
        draft.add(MessageQueued(message.seq_num, b"", draft.now_ns))
    else:
        draft.count(message)
    asked = number(message, HEART_BT_INT) or 0
    first_unseen = state.next_out
    if not config.is_initiator:
        say(draft, asked, resets, message)
    draft.add(LoggedOn(config.heart_bt_int if config.is_initiator else asked, resets, draft.now_ns))
    expected = number(message, NEXT_EXPECTED) if _with_next_expected(config, message) else None
    if expected is not None and expected < first_unseen:
        resend.answer(draft, expected, first_unseen - 1)
    elif state.next_out - 1 in state.sent:
        # Sent between our Logon and this one, so it was not written: a message behind it shows the counterparty what it lacks.
        draft.send(HEARTBEAT, ())
    if early and expected is not None:
        draft.add(GapFound(state.next_in, state.highest_in, 1, draft.now_ns))
    elif early:
        resend.ask(draft)


def _problem(draft: Draft, message: Message) -> str:
    """Why the Logon cannot be accepted whatever the numbers are; empty where it can."""
    config = draft.config
    wrong = incoming.invalid(draft, message)
    interval = number(message, HEART_BT_INT)
    if not message.seq_num:
        return "MsgSeqNum (34) is missing or no number above 0"
    if interval is None or interval < 0:
        return "HeartBtInt (108) must be a number, and must not be negative"
    if wrong is not None:
        return wrong.text if wrong.ref_tag is None else f"{wrong.text} ({wrong.ref_tag})"
    if (message.get(ENCRYPT_METHOD) or b"0") != b"0":
        return "EncryptMethod (98) must be 0: encryption is the transport's"
    if not config.is_initiator and interval > config.heart_bt_int_max:
        return f"HeartBtInt (108) must be at most {config.heart_bt_int_max} seconds"
    return _problem_with_version(config, message) or _problem_with_reset(draft, message)


def _problem_with_version(config: SessionConfig, message: Message) -> str:
    if config.begin_string != FIXT or message.text(DEFAULT_APPL_VER_ID) == config.default_appl_ver_id:
        return ""
    return f"DefaultApplVerID (1137) must be {config.default_appl_ver_id}"


def _problem_with_reset(draft: Draft, message: Message) -> str:
    if message.get(RESET_SEQ_NUM) != b"Y":
        return ""
    if message.seq_num != 1:
        return "ResetSeqNumFlag (141) needs MsgSeqNum 1"
    if draft.config.is_initiator and not draft.state.reset_sent:
        return "ResetSeqNumFlag (141) was not asked for"
    return "" if draft.config.accept_reset else "ResetSeqNumFlag (141) is not agreed on for this session"


def _problem_with_numbers(draft: Draft, message: Message) -> str:
    config, state = draft.config, draft.state
    if message.seq_num < state.next_in:
        return f"MsgSeqNum too low, expecting {state.next_in} but received {message.seq_num}"
    expected = number(message, NEXT_EXPECTED) if _with_next_expected(config, message) else None
    if expected is not None and not 0 < expected <= state.next_out:
        return f"NextExpectedMsgSeqNum (789) too high, expecting at most {state.next_out} but received {expected}"
    return ""


def be_refused(draft: Draft, message: Message) -> None:
    """Logout or Reject in answer to our Logon. For an acceptor it is a first message that is no Logon."""
    if draft.config.is_initiator and draft.is_due(message) and message.begin_string == draft.config.begin_string:
        draft.count(message)
    draft.close(EndCause.LOGON_REFUSED, message.text(incoming.TEXT) or "the first message is no Logon")


def not_a_logon(draft: Draft) -> None:
    draft.close(EndCause.LOGON_REFUSED, "the first message is no Logon")


def ask_reset(draft: Draft) -> None:
    """Numbers begin at 1 again in a running session. What the counterparty sends until its answer still has its old numbers."""
    if draft.state.reset_sent:
        return
    draft.add(NumbersReset(incoming=False))
    say(draft, draft.state.heart_bt_int, reset=True)
    draft.add(ResetRequested())


def log_on_again(draft: Draft, message: Message) -> None:
    """A Logon in a running session: a reset asked for or answered, one that was there before, or an error."""
    if not incoming.passes(draft, message):
        return
    if message.get(RESET_SEQ_NUM) != b"Y":
        if message.seq_num < draft.state.next_in:
            incoming.too_low(draft, message)
        else:
            draft.say_and_close("already logged on")
        return
    answered = draft.state.reset_sent
    problem = _problem(draft, message) if not answered or message.seq_num != 1 else ""
    if draft.config.is_initiator and not answered and message.seq_num == 1:
        problem = "" if draft.config.accept_reset else "ResetSeqNumFlag (141) is not agreed on for this session"
    if problem:
        draft.say_and_close(problem)
        return
    draft.add(NumbersReset(outgoing=not answered))
    draft.count(message)
    interval = draft.state.heart_bt_int
    if not answered:
        say(draft, interval, reset=True)
    draft.add(LoggedOn(interval, True, draft.now_ns))
