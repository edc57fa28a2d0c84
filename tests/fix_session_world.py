"""A FIX session with a counterparty made by hand, and two sessions whose bytes go to and fro."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from oms.fix.codec import encode, parse
from oms.fix.fields import from_utc_ns
from oms.fix.framing import Framer
from oms.fix.message import Message
from oms.fix.session import Connection, FixEvent, SessionConfig
from oms.fix.session.config import SECOND_NS

START_NS = 1_790_000_000 * SECOND_NS
ORDER = ((11, b"id"), (40, b"1"), (54, b"1"), (55, b"X"), (60, b"20260921-14:13:20"))
E = TypeVar("E")


def config(initiator: bool = False, begin_string: str = "FIX.4.4", **more: Any) -> SessionConfig:
    names = ("INIT", "ACC") if initiator else ("ACC", "INIT")
    return SessionConfig(begin_string, *names, is_initiator=initiator, **more)


class HandMade:
    """A session and what its counterparty says. `now_ns` is moved by the test."""

    def __init__(self, initiator: bool = False, **more: Any) -> None:
        self.session = Connection(config(initiator, **more))
        self.now_ns = START_NS

    def connect(self) -> list[FixEvent]:
        return self.session.connect(self.now_ns)

    def hear(self, msg_type: str, seq_num: int, *body: tuple[int, bytes], **header: Any) -> list[FixEvent]:
        """`poss_dup`, `sent_ns`, `sender`, `begin_string`, `orig_ns` (None: no OrigSendingTime)."""
        settings = self.session.config
        sent_ns = header.get("sent_ns", self.now_ns)
        fields = [
            (34, b"%d" % seq_num),
            (49, header.get("sender", settings.target_comp_id.encode())),
            (52, from_utc_ns(sent_ns)),
            (56, settings.sender_comp_id.encode()),
        ]
        if header.get("poss_dup"):
            fields.append((43, b"Y"))
            if header.get("orig_ns", 0) is not None:
                fields.append((122, from_utc_ns(header.get("orig_ns", sent_ns))))
        begin_string = header.get("begin_string", settings.begin_string)
        return self.session.receive(encode(begin_string, msg_type, (*fields, *body)), self.now_ns)

    def log_on(self, seq_num: int = 1, *more: tuple[int, bytes], heart_bt_int: bytes = b"30") -> list[FixEvent]:
        self.connect()
        return self.hear("A", seq_num, (98, b"0"), (108, heart_bt_int), *more)

    def after(self, seconds: float) -> list[FixEvent]:
        self.now_ns += int(seconds * SECOND_NS)
        return self.session.tick(self.now_ns)

    def said(self) -> list[Message]:
        """What was to be written since the last time."""
        return messages(self.session.bytes_to_send())


def messages(data: bytes) -> list[Message]:
    return [parse(frame) for frame in Framer().feed(data) if isinstance(frame, bytes)]


def of(events: Iterable[object], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def shown(said: Sequence[Message], *tags: int) -> list[tuple[str, ...]]:
    """MsgType, MsgSeqNum and these fields of each."""
    return [(message.msg_type, str(message.seq_num), *(message.text(tag) for tag in tags)) for message in said]


def pump(one: Connection, other: Connection, now_ns: int) -> list[FixEvent]:
    """Both hear what the other says until both are silent."""
    events: list[FixEvent] = []
    while True:
        to_other, to_one = one.bytes_to_send(), other.bytes_to_send()
        if not to_other and not to_one:
            return events
        events += other.receive(to_other, now_ns) if to_other else []
        events += one.receive(to_one, now_ns) if to_one else []
