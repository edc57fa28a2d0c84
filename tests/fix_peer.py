"""A FIX counterparty of the venue process, by hand: it says what a test wants it to say, also what is wrong."""

import time

from venue_world import VenueWorld

from oms.fix.codec import encode, parse
from oms.fix.fields import from_utc_ns
from oms.fix.message import Field, Message
from oms.venues.session_client import Disconnected, FrameConnection

ME, VENUE = "PEER", "XALP"
ORDER: list[Field] = [
    (55, b"ACME"), (54, b"1"), (60, b"20131008-14:00:01"), (38, b"100"), (40, b"2"), (44, b"0.98"), (59, b"0"), (100, b"XALP"),
]  # fmt: skip


class Peer:
    """A counterparty that says what a test wants it to say."""

    def __init__(self, world: VenueWorld) -> None:
        self.world = world
        self.link: FrameConnection | None = None
        self.heard: list[Message] = []
        self.ended = ""

    def say(self, msg_type: str, number: int, *body: Field, **header: bytes | int) -> None:
        frame = self.frame(msg_type, number, *body, **header)
        if self.link is None or self.ended:
            assert self.world.venue.fix_port is not None
            self.link, self.ended = FrameConnection.connect("127.0.0.1", self.world.venue.fix_port, frame), ""
        else:
            self.link.send(frame)

    def frame(self, msg_type: str, number: int, *body: Field, **header: bytes | int) -> bytes:
        me, venue = header.pop("me", ME.encode()), header.pop("venue", VENUE.encode())
        now_ns = time.time_ns() + int(header.pop("late", 0))
        first: list[Field] = [(49, bytes(me)), (56, bytes(venue)), (34, b"%d" % number), (52, from_utc_ns(now_ns))]  # type: ignore[arg-type]
        marks = [field for field in body if field[0] in (43, 122, 97)]
        return encode("FIX.4.4", msg_type, [*first, *marks, *(field for field in body if field not in marks)])

    def log_on(self, number: int, *body: Field, then: tuple[str, ...] = ()) -> Message:
        """The answer to a logon; `then`: what comes behind it."""
        self.say("A", number, (98, b"0"), (108, b"30"), *body)
        self.hears("A", *then)
        return self.heard[-1 - len(then)]

    def until(self, msg_type: str, count: int) -> Message:
        """The `count`-th message of this type since the beginning, whatever else comes meanwhile."""
        self.world.wait(lambda: self.look([]) or len(self.all(msg_type)) >= count, ())
        return self.all(msg_type)[count - 1]

    def all(self, msg_type: str) -> list[Message]:
        return [message for message in self.heard if message.msg_type == msg_type]

    def hears(self, *msg_types: str) -> Message:
        """The last of what comes next: messages of these types, in this order, and no others."""
        got: list[Message] = []
        self.world.wait(lambda: self.look(got) or len(got) >= len(msg_types), ())
        assert [message.msg_type for message in got] == list(msg_types), got
        return got[-1]

    def look(self, into: list[Message]) -> bool:
        assert self.link is not None
        for item in self.link.poll():
            if isinstance(item, Disconnected):
                self.ended = item.text
                return True
            into.append(parse(item))
            self.heard.append(into[-1])
        return False

    def order(self, number: int, name: str, *more: Field, **header: bytes | int) -> None:
        self.say("D", number, (11, name.encode()), *ORDER, *more, **header)

    def end(self) -> None:
        """The connection breaks."""
        assert self.link is not None
        self.link.close()
        self.link = None
        self.world.breathe(0.02)


def closed(peer: Peer) -> None:
    peer.world.wait(lambda: peer.look([]) or bool(peer.ended), ())
    assert "closed" in peer.ended
