"""What a FIX session decided. Each is complete in itself: the state is the fold of these, and they may be journaled.

An owner journals the events of one decision together, evolves, and only then acts on them, in this order:
`MessageSent`: write `raw` where `offline` is False; `MessageTaken`: process the message; `DisconnectDue`: close the connection.
"""

from dataclasses import dataclass
from enum import IntEnum

from oms.fix.message import Message
from oms.fix.session.frames import read
from oms.fix.session.state import EndCause


class SendRefusal(IntEnum):
    """Why a message was not taken for sending; nobody is logged on then."""

    NOT_RESENDABLE = 1
    """It is not to be resent, so it could never reach the counterparty."""
    RESET_AHEAD = 2
    """The numbers are reset before the next logon, and it would be forgotten."""
    KEPT_FULL = 3
    """As many messages as are kept for a resend wait already."""


@dataclass(frozen=True, slots=True)
class ConnectionOpened:
    at_ns: int


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    """A second connection for a session that has one: close the second. The first is not touched."""


@dataclass(frozen=True, slots=True)
class NumbersReset:
    """Numbers begin at 1 again, and nothing from before can be resent. Our own request for it moves one direction, its answer the other."""

    incoming: bool = True
    outgoing: bool = True


@dataclass(frozen=True, slots=True)
class MessageSent:
    """These bytes are to be written once this event is journaled. A number is used once: it is `next_out` of before, unless `resent`.

    `kept`: may be resent. `resent`: an earlier number, with PossDupFlag: a message sent again, or a gap fill in place of some.
    `offline`: nobody is logged on, so it is not written; the counterparty will ask for it. `forget`: how many of the oldest kept
    messages make room for it; should they be asked for, their numbers are gap-filled.
    """

    seq_num: int
    msg_type: str
    raw: bytes
    at_ns: int
    kept: bool = False
    resent: bool = False
    offline: bool = False
    forget: int = 0


@dataclass(frozen=True, slots=True)
class SendRefused:
    """A message was not taken for sending: it has no number and was not sent."""

    msg_type: str
    reason: SendRefusal


@dataclass(frozen=True, slots=True)
class MessageTaken:
    """An application message is due for processing: in order, and once for its number. PossResend is for the receiver to judge (rule 27)."""

    seq_num: int
    msg_type: str
    raw: bytes
    at_ns: int

    @property
    def message(self) -> Message:
        return read(self.raw)


@dataclass(frozen=True, slots=True)
class MessageCounted:
    """A number that came in is used: a session message, or a message that was rejected."""

    seq_num: int
    msg_type: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """A message came before an earlier one. Empty `raw`: it was acted on already, only its number waits."""

    seq_num: int
    raw: bytes
    at_ns: int


@dataclass(frozen=True, slots=True)
class MessageIgnored:
    """A message that uses no number: one that was processed before, or one more than the queue holds."""

    seq_num: int
    msg_type: str
    reason: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class GarbledIgnored:
    """Bytes that are no FIX message: ignored, no number used (FIX session layer: garbled messages)."""

    reason: str
    raw: bytes
    at_ns: int


@dataclass(frozen=True, slots=True)
class MessageRejected:
    """A message of the counterparty was answered with a session Reject (3); the answer is the `MessageSent` beside it."""

    seq_num: int
    msg_type: str
    ref_tag: int
    reason: int
    text: str


@dataclass(frozen=True, slots=True)
class NumbersMoved:
    """The counterparty's SequenceReset: the next number is `next_in`; waiting messages below it are void. `gap_fill`: else mode Reset."""

    next_in: int
    gap_fill: bool
    at_ns: int


@dataclass(frozen=True, slots=True)
class GapFound:
    """Messages from `begin` to `end` are missing and awaited. They were asked for by the `MessageSent` beside it, or by our 789."""

    begin: int
    end: int
    tries: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class GapClosed:
    at_ns: int


@dataclass(frozen=True, slots=True)
class ResendAnswered:
    """The counterparty asked for `begin` to `end` and has them: `resent` messages sent again, `filled` numbers gap-filled.

    `rest_end`: it asked for the numbers behind `end` up to this one too, which follow; 0: it did not.
    """

    begin: int
    end: int
    resent: int
    filled: int
    rest_end: int = 0


@dataclass(frozen=True, slots=True)
class TestRequested:
    """Nothing came for too long: the test request beside it has to be answered."""

    __test__ = False  # for pytest, which collects what is called Test…

    at_ns: int


@dataclass(frozen=True, slots=True)
class ResetRequested:
    """Our Logon with ResetSeqNumFlag is under way."""


@dataclass(frozen=True, slots=True)
class LoggedOn:
    """Both have said Logon. `heart_bt_int`: seconds. `reset`: numbers began at 1 with it by ResetSeqNumFlag."""

    heart_bt_int: int
    reset: bool
    at_ns: int


@dataclass(frozen=True, slots=True)
class LogoutBegun:
    """Our Logout is sent, the counterparty's is awaited. `cause`: what the end will be if it comes."""

    cause: EndCause
    text: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The session that was logged on is so no more. `text`: the counterparty's or ours."""

    cause: EndCause
    text: str


@dataclass(frozen=True, slots=True)
class DisconnectDue:
    """Close the connection when what was sent before is written."""

    cause: EndCause
    text: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class ConnectionEnded:
    cause: EndCause
    at_ns: int


FixEvent = (
    ConnectionOpened
    | ConnectionRefused
    | NumbersReset
    | MessageSent
    | SendRefused
    | MessageTaken
    | MessageCounted
    | MessageQueued
    | MessageIgnored
    | GarbledIgnored
    | MessageRejected
    | NumbersMoved
    | GapFound
    | GapClosed
    | ResendAnswered
    | TestRequested
    | ResetRequested
    | LoggedOn
    | LogoutBegun
    | LoggedOut
    | DisconnectDue
    | ConnectionEnded
)
