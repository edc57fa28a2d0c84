"""What comes from the connections of clients' FIX sessions, and what is done to them: bytes, before and after anybody has read them.

A connection is named by `link_id`, a number that its process gives once; which session it belongs to its first message said, and the
front that read it has checked who may say so (`oms.gateway.client_sessions.admission`).
"""

from dataclasses import dataclass

from oms.core.commands import Command
from oms.core.enums import DisconnectCause


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """A connection that shows itself to be the session's. Its first message follows as a frame."""

    session_id: str
    link_id: int
    peer: str


@dataclass(frozen=True, slots=True)
class LinkFrame:
    """A frame as it came. `garbled`: why it is none (its checksum or length is wrong); empty for a sound one."""

    session_id: str
    link_id: int
    raw: bytes
    garbled: str = ""


@dataclass(frozen=True, slots=True)
class LinkClosed:
    """The connection is gone, by the other side or by a fault."""

    session_id: str
    link_id: int
    cause: DisconnectCause
    text: str


@dataclass(frozen=True, slots=True)
class OwnershipBegan:
    """The process owns the partition from here on, and has no connection yet: whatever was connected before is not."""

    session_id: str = ""


ClientInput = LinkOpened | LinkFrame | LinkClosed | OwnershipBegan


@dataclass(frozen=True, slots=True)
class WriteEffect:
    """Write these bytes to the connection, if it is still there."""

    session_id: str
    link_id: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class CloseLinkEffect:
    """Close the connection, after what was written to it."""

    session_id: str
    link_id: int


@dataclass(frozen=True, slots=True)
class CommandEffect:
    """Append the command to `oms.orders`, after those before it."""

    command: Command


ClientEffect = WriteEffect | CloseLinkEffect | CommandEffect
