"""One decision in the making: its events, and the state as it will be after them.

Every act works on a `Draft`, so that what is decided next sees what was decided before: a message that fills a gap makes the next one due.
Only `sent` and `queue` are those from before; a decision reads of them what it cannot have changed itself.
"""

from oms.fix.message import Field, Message
from oms.fix.session.config import SENT_BYTES_MAX, SessionConfig
from oms.fix.session.events import (
    DisconnectDue,
    FixEvent,
    LoggedOut,
    LogoutBegun,
    MessageCounted,
    MessageRejected,
    MessageSent,
)
from oms.fix.session.fold import draft, evolve
from oms.fix.session.frames import build, dictionary_of, reverse_route, texts
from oms.fix.session.state import EndCause, Phase, SessionState
from oms.fix.session.table import LOGOUT, REJECT, SEQUENCE_RESET, is_gap_fill
from oms.fix.validation import Rejection


class Draft:
    """`state` may be read and is changed by `add` only."""

    __slots__ = ("config", "events", "now_ns", "state")

    def __init__(self, config: SessionConfig, state: SessionState, now_ns: int) -> None:
        self.config = config
        self.state = draft(state)
        self.now_ns = now_ns
        self.events: list[FixEvent] = []

    def add(self, event: FixEvent) -> None:
        self.events.append(event)
        evolve(self.state, event)

    def send(
        self, msg_type: str, body: tuple[Field, ...], header: tuple[Field, ...] = (), kept: bool = False
    ) -> MessageSent:
        """A message of our own with the next number."""
        seq_num = self.state.next_out
        raw = build(self.config, seq_num, msg_type, body, self.now_ns, header)
        event = MessageSent(seq_num, msg_type, raw, self.now_ns, kept, forget=forgotten(self.config, self.state) * kept)
        self.add(event)
        return event

    def count(self, message: Message) -> None:
        """The number of a message that is due is used."""
        self.add(MessageCounted(message.seq_num, message.msg_type, self.now_ns))

    def is_due(self, message: Message) -> bool:
        return message.seq_num == self.state.next_in

    def reject(self, message: Message, wrong: Rejection) -> None:
        """Session Reject (3). It uses the message's number where that is due, and never that of a SequenceReset-Reset, which has none."""
        seq_num = message.seq_num
        if self.is_due(message) and (message.msg_type != SEQUENCE_RESET or is_gap_fill(message)):
            self.count(message)
        reason, tag = int(wrong.reason), wrong.ref_tag
        known = b"%d" % reason in dictionary_of(self.config).fields[373].values  # FIX 4.2 has 0 to 11
        body = texts(
            (45, seq_num),
            (58, wrong.text),
            (371, "" if tag is None else tag),
            (372, message.msg_type),
            (373, reason if known else ""),
        )
        self.add(MessageRejected(seq_num, message.msg_type, tag or 0, reason, wrong.text))
        self.send(REJECT, body, reverse_route(message), kept=self.config.sent_kept_max > 0)

    def begin_logout(self, text: str, cause: EndCause = EndCause.PROTOCOL_ERROR) -> None:
        """Our Logout; the counterparty's is awaited. Nothing where it is sent already."""
        if self.state.phase is Phase.ACTIVE:
            self.send(LOGOUT, texts((58, text)))
            self.add(LogoutBegun(cause, text, self.now_ns))

    def close(self, cause: EndCause, text: str = "") -> None:
        if self.state.logged_on:
            self.add(LoggedOut(cause, text))
        self.add(DisconnectDue(cause, text, self.now_ns))

    def say_and_close(self, text: str, cause: EndCause = EndCause.PROTOCOL_ERROR) -> None:
        """Logout with the reason, and no wait for an answer: numbers cannot be trusted any more, or nobody is logged on."""
        if self.state.phase is not Phase.LOGOUT_SENT:
            self.send(LOGOUT, texts((58, text)))
        self.close(cause, text)


def forgotten(config: SessionConfig, state: SessionState) -> int:
    """How many of the oldest kept messages make room for one more."""
    count, size = max(0, len(state.sent) + 1 - config.sent_kept_max), state.sent_bytes
    if size <= SENT_BYTES_MAX:
        return count
    for older, raw in enumerate(state.sent.values(), 1):
        size -= len(raw)
        if size <= SENT_BYTES_MAX:
            return max(count, older)
    return len(state.sent)
