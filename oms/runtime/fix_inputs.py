"""What the FIX transport tells its owner, and the limits it works under. Frames and connections; no session, no message number.

Of a link, in this order: `Opened` once (not where a connection could not be made), `FramesArrived` any number of times, `Closed` once.
A connection that was accepted and never became one (TLS failed, too many) has no link: it is logged and counted, and its owner hears nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from oms.fix.framing import Garbled


class Cause(Enum):
    """Why a connection ended, or was never there."""

    CLOSED = "closed by us"
    PEER_CLOSED = "closed by the peer"
    RESET = "reset by the peer"
    LOST = "lost"  # the network: no route, no answer to what was sent
    UNREACHABLE = "cannot connect"  # no address took the connection within its time
    TLS = "TLS failed"
    NO_LOGON = "no logon"  # no whole first frame within its time
    TOO_SLOW = "the peer does not read"
    GARBAGE = "garbage"  # more of it than a faulty line explains
    TOO_MANY = "too many connections"


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """A verified certificate of the peer. Whether it may speak for a CompID is for the owner to say.

    `subject`: as in RFC 4514, "CN=desk,O=Firm". `names`: its SubjectAltName, in order, as "DNS:…", "URI:…", "email:…", "IP Address:…".
    `sha256`: of the DER form, in hex.
    """

    subject: str
    common_name: str
    names: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The connection is there (after TLS, where there is TLS). `port`: the listening port that it came to; 0 where we connected."""

    link: int
    peer: Address
    certificate: PeerCertificate | None
    port: int


@dataclass(frozen=True, slots=True)
class FramesArrived:
    """In the order of the wire. `size`: bytes of all of them."""

    link: int
    frames: Sequence[bytes | Garbled]
    size: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The last of a link. `text`: the cause in one line, with what is known of it."""

    link: int
    cause: Cause
    text: str


LinkInput = Opened | FramesArrived | Closed


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """Of one connection. What waits at most: `unprocessed_*` and one read of ours before reading pauses, `unread_bytes_max` of ours."""

    frame_bytes_max: int = 256 * 1024
    """The largest message we use is a list of orders; one of a thousand has half of that."""

    unprocessed_frames_max: int = 1_000
    unprocessed_bytes_max: int = 512 * 1024
    """Reading pauses above either and goes on at half: TCP then holds the peer back. Two of the largest frames must have room."""

    unread_bytes_max: int = 4 * 1024 * 1024
    """A peer that does not read this much is disconnected; a resend brings it later. 10,000 reports fit. What is written in one go and is
    longer cannot be told from it."""

    garbled_in_a_row_max: int = 100
    """Garbled messages are ignored by FIX's rules; so many without a whole one between them come from no FIX engine."""

    garbled_bytes_max: int = 1024 * 1024
    """Of those in a row. A garbled piece is at most as long as a frame; four of the longest are no accident."""

    logon_s: float = 10.0
    """A connection made to us shows a whole first frame within this, or is cut; TLS is part of it."""

    linger_s: float = 2.0
    """For the last bytes to a peer that is slow, and for its own end, before we cut."""

    def __post_init__(self) -> None:
        assert self.unprocessed_bytes_max >= 2 * self.frame_bytes_max, "a frame must fit into what may wait"
        assert (
            self.unprocessed_frames_max >= 2
            and self.unread_bytes_max > 0
            and self.garbled_in_a_row_max > 0
            and self.garbled_bytes_max > 0
        )
        assert self.logon_s > 0 and self.linger_s >= 0


LIMITS = LinkLimits()
CONNECTIONS_MAX = 256
"""Of one listening port. With the defaults 256 peers can make us hold at most 128 MB unprocessed and 1 GB unread."""
