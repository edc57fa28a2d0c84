"""A session for owners that need no journal: bytes in, events out; commands in, bytes out.

    connection.connect(now_ns)
    for event in connection.receive(data, now_ns): ...
    writer.write(connection.bytes_to_send())

Every event is folded before it is returned. It is one session over any number of connections, one after the other.
"""

from oms.fix.codec import ParseError
from oms.fix.framing import Framer, Garbled
from oms.fix.message import Field, Message
from oms.fix.session.config import SessionConfig
from oms.fix.session.events import DisconnectDue, FixEvent, MessageSent
from oms.fix.session.fold import evolve
from oms.fix.session.frames import message_of
from oms.fix.session.inputs import (
    Connected,
    Disconnected,
    Logout,
    Received,
    Reset,
    Send,
    SessionInput,
    Tick,
)
from oms.fix.session.machine import decide
from oms.fix.session.state import EndCause, Phase, SessionState
from oms.fix.session.timers import next_due_ns


class Connection:
    """`state` goes on from there; a stored one that was connected is told `disconnect(now_ns, EndCause.PROCESS_DEATH)` first."""

    def __init__(self, config: SessionConfig, state: SessionState | None = None) -> None:
        self.config = config
        self.state = state or SessionState()
        self._framer = Framer()
        self._out: list[bytes] = []

    @property
    def closing(self) -> bool:
        """Close the connection when `bytes_to_send` is written, and say `disconnect`."""
        return self.state.phase is Phase.CLOSING

    @property
    def next_due_ns(self) -> int | None:
        """When `tick` would do something."""
        return next_due_ns(self.config, self.state)

    def connect(self, now_ns: int) -> list[FixEvent]:
        """A connection is there. It begins with a message, whatever the last one ended with."""
        if not self.state.connected:
            self._framer = Framer()
            self._out.clear()
        return self.decide(Connected(), now_ns)

    def receive(self, data: bytes, now_ns: int) -> list[FixEvent]:
        events: list[FixEvent] = []
        for frame in self._framer.feed(data):
            events += self.take(frame, now_ns)
        return events

    def take(self, frame: bytes | Garbled, now_ns: int, refusal: str = "") -> list[FixEvent]:
        """One frame that an owner cut from its stream itself."""
        return self._whole(Received(as_message(self.config, frame), refusal), now_ns)

    def send(
        self,
        msg_type: str,
        body: tuple[Field, ...],
        now_ns: int,
        resendable: bool = True,
        header: tuple[Field, ...] = (),
    ) -> list[FixEvent]:
        return self.decide(Send(msg_type, body, resendable, header), now_ns)

    def logout(self, now_ns: int, text: str = "") -> list[FixEvent]:
        return self.decide(Logout(text), now_ns)

    def reset(self, now_ns: int) -> list[FixEvent]:
        return self.decide(Reset(), now_ns)

    def disconnect(self, now_ns: int, reason: EndCause = EndCause.SOCKET_DROP) -> list[FixEvent]:
        """The connection is gone, and with it what was not written."""
        self._out.clear()
        return self.decide(Disconnected(reason), now_ns)

    def tick(self, now_ns: int) -> list[FixEvent]:
        return self._whole(Tick(), now_ns)

    def _whole(self, session_input: SessionInput, now_ns: int) -> list[FixEvent]:
        """With what follows from it at once: nothing is journaled here, so nothing has to come in parts."""
        events = self.decide(session_input, now_ns)
        while self.state.has_more:
            events += self.decide(Tick(), now_ns)
        return events

    def decide(self, session_input: SessionInput, now_ns: int) -> list[FixEvent]:
        events = list(decide(self.config, self.state, session_input, now_ns))
        for event in events:
            evolve(self.state, event)
            if isinstance(event, MessageSent) and not event.offline:
                self._out.append(event.raw)
        return events

    def bytes_to_send(self) -> bytes:
        """What is to be written, once."""
        out = b"".join(self._out)
        self._out.clear()
        return out


def as_message(config: SessionConfig, frame: bytes | Garbled) -> Message | Garbled:
    """A frame as a session takes it: what cannot be parsed is garbled too."""
    if isinstance(frame, Garbled):
        return frame
    try:
        return message_of(config, frame)
    except ParseError as error:
        return Garbled(frame, str(error))


def ends(events: list[FixEvent]) -> bool:
    return any(isinstance(event, DisconnectDue) for event in events)
