"""The port of the client-sessions stage: what clients' connections bring becomes inputs, effects become bytes and commands. Decides nothing.

One per partition, used by the thread of its loop; the front (`oms.runtime.fix_front`), which has all connections, puts in what is the
partition's. A new ownership begins without connections: those of the one before are closed, and it is told so first.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from oms.core.client_links import (
    ClientEffect,
    ClientInput,
    CloseLinkEffect,
    CommandEffect,
    OwnershipBegan,
    WriteEffect,
)
from oms.runtime.fix_commands import CommandAppender

INPUTS_PER_POLL = 200
"""Records made of clients' messages between two looks at the journals: their own orders' reports must not wait behind a flood."""


@dataclass(frozen=True, slots=True)
class Processed:
    """So many frames of a connection, of so many bytes, are behind what comes before this: the transport may read on."""

    link_id: int
    frames: int
    size: int


class Links(Protocol):
    """What the port needs of the transport (`oms.runtime.fix_links.FixLinks`)."""

    def write(self, link: int, data: bytes) -> None: ...

    def close(self, link: int, after_flush: bool = True) -> None: ...

    def processed(self, link: int, frames: int, size: int) -> None: ...


class ClientPort:
    """`commands`: where commands go. `on_restart`: told when an ownership begins or is lost; the front drops the partition's links then."""

    def __init__(self, links: Links, commands: CommandAppender, on_restart: Callable[[], None]) -> None:
        self._links, self._commands, self._on_restart = links, commands, on_restart
        self._inbox: deque[ClientInput | Processed] = deque()
        self._news = threading.Event()

    def put(self, *inputs: ClientInput | Processed) -> None:
        """By the front, from its own thread: what came, in order. What waits is bounded by the transport, connection by connection."""
        self._inbox.extend(inputs)
        self._news.set()

    @property
    def waiting(self) -> int:
        return len(self._inbox)

    def poll(self) -> Sequence[ClientInput]:
        self._commands.turn()
        self._news.clear()
        found: list[ClientInput] = []
        while self._inbox and len(found) < INPUTS_PER_POLL:
            told = self._inbox.popleft()
            if isinstance(told, Processed):
                self._links.processed(told.link_id, told.frames, told.size)
            else:
                found.append(told)
        return found

    def perform(self, effect: ClientEffect) -> None:
        match effect:
            case WriteEffect():
                self._links.write(effect.link_id, effect.raw)
            case CloseLinkEffect():
                self._links.close(effect.link_id)
            case CommandEffect():
                self._commands.append(effect.command)

    def await_answer(self, timeout_s: float) -> bool:
        """Nobody is asked anything here; the loop waits for its journals, and looks in every few milliseconds."""
        return False

    def restart(self) -> None:
        self._on_restart()
        self._commands.forget()
        while self._inbox:
            told = self._inbox.popleft()
            if isinstance(told, Processed):
                self._links.processed(told.link_id, told.frames, told.size)
        self._inbox.append(OwnershipBegan())
