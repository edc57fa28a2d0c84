"""The life of a FIX session: every phase with everything that can happen, in one table.

    DISCONNECTED ──Connected──► LOGON_AWAITED ──both Logons──► ACTIVE ──our Logout──► LOGOUT_SENT
         ▲                            │                          │                         │
         └────────Disconnected──── CLOSING ◄──refused, late──────┴──its Logout, an error───┘

`TABLE` says for a phase and a trigger what is done (`Act`); `AFTER` says which events change the phase, and to what. What an act
decides is in the module that is named beside it. A cell that does nothing is as much a decision as any other:

- a second connection never touches the session that has one (FIX session layer, duplicate identity);
- before both have said Logon nothing but a Logon is heard; for an acceptor whatever else comes first ends the connection without a word,
  for an initiator a Logout or Reject is the answer to its Logon;
- after our Logout the counterparty may still ask for a resend and send what is under way, and all of it counts;
- while CLOSING nothing is heard: what was not counted is asked for after the next logon;
- a message that is to be sent while nobody is logged on takes its number and waits for the counterparty to ask for it, or is refused.

Invariant: the table is total. It does not know numbers: whether a message is due, early or a duplicate is for `incoming`.
"""

from enum import IntEnum

from oms.fix.message import Message
from oms.fix.session import inputs
from oms.fix.session.events import ConnectionEnded, ConnectionOpened, DisconnectDue, FixEvent, LoggedOn, LogoutBegun
from oms.fix.session.state import Phase


class Trigger(IntEnum):
    """What happens to a session. The second half are messages that came."""

    CONNECTED = 1
    DISCONNECTED = 2
    TICK = 3
    SEND = 4
    LOGOUT = 5
    RESET = 6
    GARBLED = 7
    LOGON_CAME = 8
    LOGOUT_CAME = 9
    REJECT_CAME = 10
    SEQUENCE_RESET_CAME = 11
    RESEND_REQUEST_CAME = 12
    OTHER_CAME = 13
    """Heartbeat, TestRequest, SequenceReset-GapFill and every application message: what has to wait for its turn."""


class Act(IntEnum):
    """What is done. Each is one function."""

    NOTHING = 0
    OPEN = 1  # machine: note the connection; an initiator says Logon
    REFUSE_SECOND = 2  # machine
    END = 3  # machine: the connection is gone; reset where that was agreed
    WATCH_LOGON = 4  # timers: it must come in time
    WATCH_SILENCE = 5  # timers: heartbeats, test requests, gaps that nobody fills
    WATCH_LOGOUT = 6  # timers
    SEND = 7  # machine
    KEEP = 8  # machine: take a number for later, or refuse
    BREAK_OFF = 9  # machine: close before anybody is logged on
    BEGIN_LOGOUT = 10  # machine
    RESET_NUMBERS = 11  # machine
    ASK_RESET = 12  # logon: Logon with ResetSeqNumFlag in a running session
    NOTE_GARBLED = 13  # incoming
    LOG_ON = 14  # logon
    LOG_ON_AGAIN = 15  # logon: a reset, or an error
    BE_REFUSED = 16  # logon: the answer to our Logon is no
    NOT_A_LOGON = 17  # logon
    ANSWER_LOGOUT = 18  # incoming
    FINISH_LOGOUT = 19  # incoming
    MOVE_NUMBERS = 20  # incoming: SequenceReset mode Reset heeds no number
    RESEND = 21  # incoming: answered at once, even before its turn
    IN_TURN = 22  # incoming


PHASES = (Phase.DISCONNECTED, Phase.LOGON_AWAITED, Phase.ACTIVE, Phase.LOGOUT_SENT, Phase.CLOSING)

A, T = Act, Trigger
TABLE: dict[Trigger, tuple[Act, Act, Act, Act, Act]] = {
    #                       DISCONNECTED     LOGON_AWAITED    ACTIVE           LOGOUT_SENT      CLOSING
    T.CONNECTED:           (A.OPEN,          A.REFUSE_SECOND, A.REFUSE_SECOND, A.REFUSE_SECOND, A.REFUSE_SECOND),
    T.DISCONNECTED:        (A.NOTHING,       A.END,           A.END,           A.END,           A.END),
    T.TICK:                (A.NOTHING,       A.WATCH_LOGON,   A.WATCH_SILENCE, A.WATCH_LOGOUT,  A.NOTHING),
    T.SEND:                (A.KEEP,          A.KEEP,          A.SEND,          A.KEEP,          A.KEEP),
    T.LOGOUT:              (A.NOTHING,       A.BREAK_OFF,     A.BEGIN_LOGOUT,  A.NOTHING,       A.NOTHING),
    T.RESET:               (A.RESET_NUMBERS, A.NOTHING,       A.ASK_RESET,     A.NOTHING,       A.NOTHING),
    T.GARBLED:             (A.NOTHING,       A.NOT_A_LOGON,   A.NOTE_GARBLED,  A.NOTE_GARBLED,  A.NOTHING),
    T.LOGON_CAME:          (A.NOTHING,       A.LOG_ON,        A.LOG_ON_AGAIN,  A.NOTHING,       A.NOTHING),
    T.LOGOUT_CAME:         (A.NOTHING,       A.BE_REFUSED,    A.ANSWER_LOGOUT, A.FINISH_LOGOUT, A.NOTHING),
    T.REJECT_CAME:         (A.NOTHING,       A.BE_REFUSED,    A.IN_TURN,       A.IN_TURN,       A.NOTHING),
    T.SEQUENCE_RESET_CAME: (A.NOTHING,       A.NOT_A_LOGON,   A.MOVE_NUMBERS,  A.MOVE_NUMBERS,  A.NOTHING),
    T.RESEND_REQUEST_CAME: (A.NOTHING,       A.NOT_A_LOGON,   A.RESEND,        A.RESEND,        A.NOTHING),
    T.OTHER_CAME:          (A.NOTHING,       A.NOT_A_LOGON,   A.IN_TURN,       A.IN_TURN,       A.NOTHING),
}  # fmt: skip
"""Trigger → act in each of `PHASES`."""

AFTER: dict[tuple[Phase, type[FixEvent]], Phase] = {
    (Phase.DISCONNECTED, ConnectionOpened): Phase.LOGON_AWAITED,
    (Phase.LOGON_AWAITED, LoggedOn): Phase.ACTIVE,
    (Phase.ACTIVE, LoggedOn): Phase.ACTIVE,  # numbers were reset in the running session
    (Phase.ACTIVE, LogoutBegun): Phase.LOGOUT_SENT,
    (Phase.LOGON_AWAITED, DisconnectDue): Phase.CLOSING,
    (Phase.ACTIVE, DisconnectDue): Phase.CLOSING,
    (Phase.LOGOUT_SENT, DisconnectDue): Phase.CLOSING,
    (Phase.LOGON_AWAITED, ConnectionEnded): Phase.DISCONNECTED,
    (Phase.ACTIVE, ConnectionEnded): Phase.DISCONNECTED,
    (Phase.LOGOUT_SENT, ConnectionEnded): Phase.DISCONNECTED,
    (Phase.CLOSING, ConnectionEnded): Phase.DISCONNECTED,
}
"""The only changes of phase. An event that changes phases and has no row for the present one is a bug."""

HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, REJECT, SEQUENCE_RESET, LOGOUT, LOGON = "0", "1", "2", "3", "4", "5", "A"
SESSION_MESSAGES = frozenset({HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, REJECT, SEQUENCE_RESET, LOGOUT, LOGON})
"""MsgType (35) of the session layer; all others are the application's."""

GAP_FILL_FLAG = 123

_OF_MESSAGE = {
    LOGON: Trigger.LOGON_CAME,
    LOGOUT: Trigger.LOGOUT_CAME,
    REJECT: Trigger.REJECT_CAME,
    RESEND_REQUEST: Trigger.RESEND_REQUEST_CAME,
}

_OF_INPUT: dict[type, Trigger] = {
    inputs.Connected: Trigger.CONNECTED,
    inputs.Disconnected: Trigger.DISCONNECTED,
    inputs.Tick: Trigger.TICK,
    inputs.Send: Trigger.SEND,
    inputs.Logout: Trigger.LOGOUT,
    inputs.Reset: Trigger.RESET,
}


def is_gap_fill(message: Message) -> bool:
    return message.msg_type == SEQUENCE_RESET and message.get(GAP_FILL_FLAG) == b"Y"


def trigger_of(session_input: inputs.SessionInput) -> Trigger:
    if not isinstance(session_input, inputs.Received):
        return _OF_INPUT[type(session_input)]
    message = session_input.message
    if not isinstance(message, Message):
        return Trigger.GARBLED
    if message.msg_type == SEQUENCE_RESET and not is_gap_fill(message):
        return Trigger.SEQUENCE_RESET_CAME
    return _OF_MESSAGE.get(message.msg_type, Trigger.OTHER_CAME)


def act_of(phase: Phase, trigger: Trigger) -> Act:
    return TABLE[trigger][phase - 1]


assert tuple(Phase) == PHASES, "the columns of the table are the phases in their order"
CHANGES_PHASE = frozenset(kind for _, kind in AFTER)
