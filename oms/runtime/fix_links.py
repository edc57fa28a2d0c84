"""FIX connections for an owner that is a synchronous loop: an asyncio loop in a thread of its own, and queues between the two.

Every method may be called from any thread and none waits for the network (`listen` and `stop` wait for that thread). The queues are bounded:
what came in and was not polled pauses the reading of its connection, what was written and not read ends it, and where the owner does not
poll at all no new connection is accepted.

    links = FixLinks("execution")
    link = links.connect((Address("fix.venue.example", 9001),), ClientTls("fix.venue.example"))
    while True:
        for told in links.poll():
            match told:
                case Opened(): links.write(told.link, logon)
                case FramesArrived(): …  # told.frames
                case Closed(): …  # told.cause, told.text
        links.wait(0.004)

A bug in that thread is raised by `poll`. Knows no session. When to connect again is the owner's: `oms.fix.reconnect` gives the delay.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from oms.runtime.fix_inputs import (
    CONNECTIONS_MAX,
    LIMITS,
    Address,
    Cause,
    Closed,
    FramesArrived,
    LinkInput,
    LinkLimits,
    Opened,
)
from oms.runtime.fix_tls import ClientTls, ServerTls
from oms.runtime.fix_transport import CONNECT_TIMEOUT_S, FixTransport

_LOGGER = logging.getLogger(__name__)

POLL_FRAMES_MAX = 1_000
"""Taken by one poll: bounds a turn of the owner's loop."""

INPUTS_MAX = 10_000
"""What waits to be polled, arrivals as one each. An owner that far behind takes no new connection; those it has are bounded by their windows."""

OWNER_AHEAD = 4
"""Times `unread_bytes_max` that an owner may write before the thread comes to offer it: until then no peer is to blame."""

THREAD_S = 5.0
"""For the thread to do what it is asked; longer means that it is broken."""

_T = TypeVar("_T")


class LinksError(Exception):
    """The thread is broken, or has been stopped."""


@dataclass(slots=True)
class _Outgoing:
    """What the owner wants of a link, until the thread takes it."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    end: bool | None = None  # True: after what was written; False: at once


class FixLinks:
    """`name` names the thread. Links are numbered 1, 2, 3 …; a number is not used again. `stop` it.

    `polled_is_processed`: an owner that works off what it polls before it polls again. One that hands frames on to somebody who may be behind
    says False, and tells `processed`: then a flood on one link pauses that link, and no other.
    """

    def __init__(self, name: str, limits: LinkLimits = LIMITS, polled_is_processed: bool = True) -> None:
        self._polled_is_processed = polled_is_processed
        self._limits = limits
        self._queued_bytes_max = OWNER_AHEAD * limits.unread_bytes_max
        self._inputs: deque[LinkInput] = deque()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._links: dict[int, _Outgoing] = {}
        """Every link between its `connect` or polled `Opened`, and its polled `Closed`."""
        self._wanting: dict[int, _Outgoing] = {}
        self._all_ended_before = 0
        """What was accepted before this link, and not polled yet, was ended with all others."""
        self._broken: BaseException | None = None
        self._stopped = False
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._on_exception)
        self._transport = FixTransport(self._tell, limits, lambda: len(self._inputs) < INPUTS_MAX)
        self._thread = threading.Thread(target=self._run, name=f"fix-links-{name}", daemon=True)
        self._thread.start()

    # What the owner calls

    def connect(
        self, addresses: Sequence[Address], tls: ClientTls | None = None, timeout_s: float = CONNECT_TIMEOUT_S
    ) -> int:
        """Begin to connect; the addresses are tried in order, `timeout_s` (TLS included) each. Returns the link at once.

        `Opened` or `Closed` (UNREACHABLE, TLS) follows. Never raises for a fault of the network, of names or of certificates.
        """
        link = self._transport.next_link()
        with self._lock:
            self._links[link] = _Outgoing()
        self._soon(self._transport.connect, addresses, tls, timeout_s, link)
        return link

    def listen(self, address: Address, tls: ServerTls | None = None, connections_max: int = CONNECTIONS_MAX) -> int:
        """Accept connections from now on; returns the port (of `address.port` 0: a free one). OSError where it cannot be had,
        TlsError where the certificates cannot be used."""
        return self._await(self._transport.listen(address, tls, connections_max))

    def stop_listening(self, port: int) -> None:
        """Accept no more at that port; its connections stay."""
        self._soon(self._transport.stop_listening, port)

    def write(self, link: int, data: bytes) -> None:
        """Bytes to the peer, in the order of the calls. Nothing happens where the link is not open (any more).

        More than `unread_bytes_max` that the peer does not read ends the link: TOO_SLOW.
        """
        with self._lock:
            outgoing = self._links.get(link)
            if outgoing is None or outgoing.end is not None or outgoing.size > self._queued_bytes_max:
                return
            outgoing.parts.append(data)
            outgoing.size += len(data)
            self._want(link, outgoing)

    def close(self, link: int, after_flush: bool = True) -> None:
        """End it, after what was written or at once. Only its `Closed` is polled any more, at most `linger_s` later."""
        with self._lock:
            outgoing = self._links.get(link)
            if outgoing is not None and outgoing.end is not False:
                outgoing.end = after_flush
                self._want(link, outgoing)

    def close_all(self) -> None:
        """End every connection at once (a new ownership); `Closed` of each that was polled comes. Listening goes on."""
        with self._lock:
            self._all_ended_before = self._transport.next_link()
            for outgoing in self._links.values():
                outgoing.end = False
            self._wanting.clear()
        self._soon(self._transport.close_all)

    def poll(self, frames_max: int = POLL_FRAMES_MAX) -> list[LinkInput]:
        """What came since, in order. About `frames_max` frames (the last arrival may go beyond it); the rest stays. Does not wait.

        What is polled counts as processed, as a rule: an owner that cannot take more does not poll, and the peers are held back. LinksError: a
        bug.
        """
        if self._broken is not None:
            raise LinksError(f"the thread of the FIX connections broke: {self._broken!r}") from self._broken
        out: list[LinkInput] = []
        frames = 0
        with self._lock:
            self._news.clear()
            while frames < frames_max and self._inputs:
                told = self._inputs.popleft()
                wanted = self._is_for_owner(told)
                if wanted:
                    out.append(told)
                if isinstance(told, FramesArrived):
                    frames += len(told.frames)
                    if self._polled_is_processed or not wanted:
                        self._processed(told.link, len(told.frames), told.size)
            if self._inputs:
                self._news.set()
        return out

    def processed(self, link: int, frames: int, size: int) -> None:
        """Of an owner that says so itself: it is done with so many polled frames (garbled ones count) of so many bytes, of this link."""
        assert not self._polled_is_processed, "what was polled has counted already"
        with self._lock:
            self._processed(link, frames, size)

    def wait(self, timeout_s: float) -> bool:
        """Until there is something to poll or the time is over; whether there is."""
        return self._news.wait(timeout_s)

    def refused(self) -> dict[Cause, int]:
        """Connections to us that were ended before they were there, by cause, since the start."""
        return dict(self._transport.refused)

    def stop(self) -> None:
        """Close every link after what was written to it, within `linger_s`, then end the thread. Nothing is polled after it."""
        if self._stopped:
            return
        self._stopped = True
        try:
            if self._thread.is_alive():
                self._await(self._transport.stop(), self._limits.linger_s)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(THREAD_S)
            if not self._thread.is_alive():
                self._loop.close()
            self._inputs.clear()

    # Between the threads

    def _want(self, link: int, outgoing: _Outgoing) -> None:
        """Under the lock. One wake-up for everything that is wanted until the thread looks."""
        idle = not self._wanting
        self._wanting[link] = outgoing
        if idle:
            self._soon(self._carry_out)

    def _soon(self, what: Any, *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *arguments)

    def _await(self, what: Coroutine[Any, Any, _T], more_s: float = 0.0) -> _T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(THREAD_S + more_s)

    def _processed(self, link: int, frames: int, size: int) -> None:
        """Under the lock: the window has one writer at a time on this side."""
        connection = self._transport.connections.get(link)
        if connection is not None:
            connection.window.processed(frames, size)
            if connection.window.paused and connection.window.has_room:
                self._soon(connection.go_on)

    def _is_for_owner(self, told: LinkInput) -> bool:
        match told:
            case Opened():
                ended = False if told.link < self._all_ended_before else None
                return self._links.setdefault(told.link, _Outgoing(end=ended)).end is None
            case FramesArrived():
                return self._links[told.link].end is None
            case Closed():
                del self._links[told.link]
                return True

    # In the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _tell(self, told: LinkInput) -> None:
        self._inputs.append(told)
        self._news.set()

    def _carry_out(self) -> None:
        with self._lock:
            wanting, self._wanting = self._wanting, {}
            wishes = [(link, o.parts, o.size, o.end) for link, o in wanting.items()]
            for outgoing in wanting.values():
                outgoing.parts, outgoing.size = [], 0
        for link, parts, size, end in wishes:
            if size > self._queued_bytes_max:
                self._transport.too_slow(link, size)
            elif parts:
                self._transport.write(link, parts[0] if len(parts) == 1 else b"".join(parts))
            if end is not None:
                self._transport.close(link, end)

    def _on_exception(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is None or isinstance(error, OSError):  # no file left to accept with, and such
            _LOGGER.warning("FIX connections: %s: %s", context.get("message"), error)
            return
        self._broken = self._broken or error
        self._news.set()
