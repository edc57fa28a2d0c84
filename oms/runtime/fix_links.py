"""FIX connections for an owner that is a synchronous loop: an asyncio loop in a thread of its own, and queues between the two.

Every method may be called from any thread and none waits for the network (`listen` and `stop` wait for that thread). The queues are bounded:
what came in and was not polled pauses the reading of its connection; what was written and not read ends it.

    links = FixLinks("execution")
    link = links.connect((Address("fix.venue.example", 9001),), tls=ClientTls(ca=…, server_name=…))
    while True:
        for told in links.poll():
            match told:
                case Opened(link, peer, certificate): links.write(link, logon)
                case FramesArrived(link, frames): …
                case Closed(link, cause, text): …
        links.wait(0.004)

Knows no session. When to connect again is the owner's: `oms.fix.reconnect` gives the delay.
"""

from collections.abc import Sequence

from oms.runtime.fix_inputs import CONNECTIONS_MAX, LIMITS, Address, LinkInput, LinkLimits
from oms.runtime.fix_tls import ClientTls, ServerTls

POLL_FRAMES_MAX = 1_000
"""Taken by one poll: bounds a turn of the owner's loop."""

CONNECT_TIMEOUT_S = 5.0


class FixLinks:
    """`name` names the thread. Links are numbered 1, 2, 3 …; a number is not used again."""

    def __init__(self, name: str, limits: LinkLimits = LIMITS) -> None: ...

    def connect(
        self, addresses: Sequence[Address], tls: ClientTls | None = None, timeout_s: float = CONNECT_TIMEOUT_S
    ) -> int:
        """Begin to connect; the addresses are tried in order, `timeout_s` (TLS included) each. Returns the link at once.

        `Opened` or `Closed` (UNREACHABLE, TLS) follows. Never raises for a fault of the network, of names or of certificates.
        """

    def listen(
        self, address: Address, tls: ServerTls | None = None, connections_max: int = CONNECTIONS_MAX
    ) -> int:
        """Accept connections from now on; returns the port (of `address.port` 0: a free one). OSError where it cannot be had,
        TlsError where the certificates cannot be used."""

    def stop_listening(self, port: int) -> None:
        """Accept no more at that port; its connections stay."""

    def write(self, link: int, data: bytes) -> None:
        """Bytes to the peer, in the order of the calls. Nothing happens where the link has ended or is ending.

        More than `unread_bytes_max` that the peer does not read ends the link: TOO_SLOW.
        """

    def close(self, link: int, after_flush: bool = True) -> None:
        """End it, after what was written or at once. No frame of it is polled any more; `Closed` still comes, at most `linger_s` later."""

    def close_all(self) -> None:
        """End every connection at once (a new ownership); `Closed` of each comes. Listening goes on."""

    def poll(self, frames_max: int = POLL_FRAMES_MAX) -> list[LinkInput]:
        """What came since, in order per link. At most `frames_max` frames (one arrival may go beyond it); the rest stays. Does not wait.

        What is polled counts as processed: an owner that cannot take more does not poll, and the peers are held back.
        """

    def wait(self, timeout_s: float) -> bool:
        """Until there is something to poll or the time is over; whether there is."""

    def stop(self) -> None:
        """Close every link after what was written to it, within `linger_s`, then end the thread. Nothing is told after it."""
