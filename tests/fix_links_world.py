"""What the tests of the FIX transport share: frames, an owner that remembers what it was told, and a peer that is a bare socket."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from oms.fix.codec import encode
from oms.fix.framing import Garbled
from oms.runtime.fix_inputs import Address, Cause, Closed, FramesArrived, LinkInput, LinkLimits, Opened
from oms.runtime.fix_links import FixLinks

HERE = "127.0.0.1"
WAIT_S = 20.0
"""The machine may be busy; nothing here is measured in time."""


def frame(number: int, text: bytes = b"") -> bytes:
    return encode("FIX.4.4", "B", ((34, b"%d" % number), (58, text or b"-")))


@dataclass
class Owner:
    """A stage with its links."""

    links: FixLinks
    told: list[LinkInput] = field(default_factory=list)

    def look(self) -> None:
        self.told += self.links.poll()

    def until(self, seen: Callable[[], object]) -> None:
        end_s = time.monotonic() + WAIT_S
        while not seen():
            assert time.monotonic() < end_s, f"not seen: {self.told[-5:]}"
            self.links.wait(0.05)
            self.look()

    def waits_unpolled(self) -> None:
        """Until a frame is there to be polled; it is left there."""
        end_s = time.monotonic() + WAIT_S
        while not any(isinstance(t, FramesArrived) for t in tuple(self.links._inputs)):
            assert time.monotonic() < end_s, "no frame came"
            time.sleep(0.005)

    def opened(self, count: int = 1) -> list[Opened]:
        self.until(lambda: sum(isinstance(t, Opened) for t in self.told) >= count)
        return [t for t in self.told if isinstance(t, Opened)]

    def closed(self, link: int) -> Closed:
        self.until(lambda: any(isinstance(t, Closed) and t.link == link for t in self.told))
        found = [t for t in self.told if isinstance(t, Closed) and t.link == link]
        assert len(found) == 1, "told once"
        assert self.of(link)[-1] is found[0], "and last"
        return found[0]

    def ended(self, link: int, cause: Cause) -> str:
        closed = self.closed(link)
        assert closed.cause is cause, closed
        assert "\n" not in closed.text
        return closed.text

    def of(self, link: int) -> list[LinkInput]:
        return [t for t in self.told if t.link == link]

    def frames(self, link: int) -> list[bytes | Garbled]:
        return [f for t in self.told if isinstance(t, FramesArrived) and t.link == link for f in t.frames]

    def has(self, link: int, count: int) -> list[bytes | Garbled]:
        self.until(lambda: len(self.frames(link)) >= count)
        return self.frames(link)


@contextlib.contextmanager
def owner(limits: LinkLimits | None = None) -> Iterator[Owner]:
    links = FixLinks("test", limits or LinkLimits())
    try:
        yield Owner(links)
    finally:
        links.stop()


@contextlib.contextmanager
def peer(port: int, receive_buffer: int = 0) -> Iterator[socket.socket]:
    """A bare client."""
    with socket.socket() as end:
        if receive_buffer:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        end.settimeout(WAIT_S)
        end.connect((HERE, port))
        yield end


@contextlib.contextmanager
def server() -> Iterator[tuple[socket.socket, Address]]:
    """A bare server, to be connected to."""
    with socket.create_server((HERE, 0)) as end:
        end.settimeout(WAIT_S)
        yield end, Address(HERE, end.getsockname()[1])


def read_to_end(end: socket.socket) -> bytes:
    """Everything up to the peer's end; a reset is one too."""
    out = b""
    with contextlib.suppress(ConnectionResetError):
        while data := end.recv(65536):
            out += data
    return out
