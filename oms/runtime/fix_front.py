"""The front of the FIX gateway: accepts clients' connections, learns from the first message whose they are, and hands them to a partition.

A connection is let in by its CompIDs, its certificate (`oms.gateway.client_sessions.admission`) and because this process owns the desk's
partition; one that is not is closed, with a line in the log and a record in `oms.access`, as a refused call has one. The reason does not
go to a stranger: who does not know a session's names learns nothing. What else keeps a session from logging on is answered by its partition.

One thread reads for all partitions. Knows no numbers and no orders.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oms.core.access import AccessRefused
from oms.core.client_links import LinkClosed, LinkFrame, LinkOpened
from oms.core.enums import DisconnectCause
from oms.core.reasons import Reason
from oms.core.reference import FixSession, Reference
from oms.fix.codec import ParseError, parse
from oms.fix.framing import Garbled
from oms.gateway.access_record import Refusal as AccessRefusal
from oms.gateway.access_record import RefusalCounter
from oms.gateway.client_sessions.admission import Refusal, admit, logon_refusal
from oms.gateway.client_sessions.terms import partition_of
from oms.runtime.clock import Clock
from oms.runtime.fix_inputs import Address, Closed, FramesArrived, Opened
from oms.runtime.fix_links import FixLinks
from oms.runtime.fix_port import ClientPort, Processed
from oms.runtime.fix_tls import ServerTls
from oms.runtime.log import Appender, Log, TopicPartition
from oms.wire import topics
from oms.wire.codec import encode_intake

_LOGGER = logging.getLogger(__name__)

WAIT_S = 0.05
"""Until the front looks at what is due besides (records of refusals); what comes in ends the wait."""

METHOD = "FIX Logon"
"""The `method` of a record of a refused connection."""


@dataclass(slots=True)
class _Link:
    """`session` None: nobody knows yet whose it is."""

    peer: str
    certificate_subject: str
    session: FixSession | None = None
    partition: int = -1


class FixFront:
    """Made once in a process; `port` of each partition before `start`. Methods but `start` and `stop` belong to its thread or a loop's."""

    def __init__(
        self, log: Log, clock: Clock, process_id: str, guard: Callable[[Callable[[], None]], Callable[[], None]]
    ):
        self._log, self._clock, self._guard = log, clock, guard
        self.links = FixLinks("fix-gateway", polled_is_processed=False)
        self._ports: dict[int, ClientPort] = {}
        self._reference: dict[int, Callable[[], Reference | None]] = {}
        self._known: dict[int, _Link] = {}
        self._dropped: set[int] = set()
        self._lock = threading.Lock()
        self._counter = RefusalCounter(process_id)
        self._access: Appender | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=guard(self._work), daemon=True, name="fix-front")
        self.refused = 0
        self.listening_port = 0

    def add(self, partition: int, port: ClientPort, reference: Callable[[], Reference | None]) -> None:
        """`reference`: as the partition has folded it; None while this process does not own it."""
        self._ports[partition], self._reference[partition] = port, reference

    def start(self, address: Address, tls: ServerTls | None) -> int:
        """Listen; returns the port. OSError, TlsError where it cannot."""
        self.listening_port = self.links.listen(address, tls)
        self._thread.start()
        return self.listening_port

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(2.0)
        self.links.stop()
        if self._access is not None:
            for record in self._counter.due(self._clock.now_ns(), everything=True):
                self._write(record)
            self._access.close(1.0)

    def drop(self, partition: int) -> None:
        """By a loop's thread: the partition's connections are nobody's any more."""
        with self._lock:
            self._dropped.add(partition)

    # -- its thread ----------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopping.is_set():
            self.turn()

    def turn(self) -> None:
        self._drop_links()
        for record in self._counter.due(self._clock.now_ns()):
            self._write(record)
        if self._access is not None:
            self._access.poll(0.0)
        if self.links.wait(WAIT_S):
            for told in self.links.poll():
                match told:
                    case Opened():
                        subject = told.certificate.common_name if told.certificate is not None else ""
                        self._known[told.link] = _Link(str(told.peer), subject)
                    case FramesArrived():
                        self._arrived(told)
                    case Closed():
                        self._closed(told)

    def _drop_links(self) -> None:
        with self._lock:
            dropped, self._dropped = self._dropped, set()
        for link_id, link in self._known.items():
            if link.partition in dropped:
                self.links.close(link_id, after_flush=False)

    def _arrived(self, told: FramesArrived) -> None:
        link = self._known.get(told.link)
        if link is None or (link.session is None and not self._admitted(told.link, link, told.frames[0])):
            self.links.processed(told.link, len(told.frames), told.size)
            return
        assert link.session is not None
        session_id = link.session.session_id
        frames = (_frame(session_id, told.link, frame) for frame in told.frames)
        self._ports[link.partition].put(*frames, Processed(told.link, len(told.frames), told.size))

    def _admitted(self, link_id: int, link: _Link, first: bytes | Garbled) -> bool:
        """Whether the connection is a session's of a partition that this process owns."""
        found = self._whose(link, first)
        if isinstance(found, Refusal):
            self._refuse(link_id, link, found)
            return False
        partition = partition_of(self._newest() or Reference(), found)
        reference = self._reference.get(partition, lambda: None)()
        if reference is None:
            _LOGGER.info("%s: another process owns partition %d: closed", found.session_id, partition)
            self.links.close(link_id)
            return False
        link.session, link.partition = found, partition
        self._record_refusal_within(link, found, reference, first)
        self._ports[partition].put(LinkOpened(found.session_id, link_id, link.peer))
        return True

    def _whose(self, link: _Link, first: bytes | Garbled) -> FixSession | Refusal:
        if isinstance(first, Garbled):
            return Refusal(Reason.UNKNOWN_COMP_ID, f"the first message is garbled: {first.reason}")
        reference = self._newest()
        if reference is None:
            return Refusal(Reason.SESSION_NOT_PERMITTED, "this process owns no partition yet: try the other address")
        try:
            return admit(parse(first), link.certificate_subject, reference)
        except ParseError as error:
            return Refusal(Reason.UNKNOWN_COMP_ID, f"the first message cannot be read: {error}")

    def _record_refusal_within(
        self, link: _Link, terms: FixSession, reference: Reference, first: bytes | Garbled
    ) -> None:
        """A known session that may not log on is answered by its partition; that it tried is recorded here, as for a call."""
        assert isinstance(first, bytes)
        refusal = logon_refusal(terms, reference, parse(first), self._clock.now_ns())
        if refusal:
            reason = (
                Reason.OUTSIDE_SCHEDULE if Reason.OUTSIDE_SCHEDULE.name in refusal else Reason.SESSION_NOT_PERMITTED
            )
            self._record(link, Refusal(reason, refusal, terms.session_id, terms.person_id))

    def _newest(self) -> Reference | None:
        """The reference data that has come furthest here."""
        found = [reference for get in self._reference.values() if (reference := get()) is not None]
        return max(found, key=lambda reference: reference.position, default=None)

    def _refuse(self, link_id: int, link: _Link, refusal: Refusal) -> None:
        self._record(link, refusal)
        self.links.close(link_id)

    def _record(self, link: _Link, refusal: Refusal) -> None:
        self.refused += 1
        _LOGGER.warning(
            "a FIX connection from %s was refused: %s: %s",
            link.peer,
            refusal.reason.name,
            refusal.text,
            extra={"session_id": refusal.session_id},
        )
        told = AccessRefusal(METHOD, link.peer.rpartition(":")[0], refusal.person_id, "", refusal.reason, refusal.text)
        record = self._counter.tell(self._clock.now_ns(), told)
        if record is not None:
            self._write(record)

    def _write(self, record: AccessRefused) -> None:
        if self._access is None:
            self._access = self._log.appender(TopicPartition(topics.ACCESS, 0))
        self._access.append(b"access", encode_intake(topics.ACCESS, record))

    def _closed(self, told: Closed) -> None:
        link = self._known.pop(told.link, None)
        if link is not None and link.session is not None:
            closed = LinkClosed(link.session.session_id, told.link, DisconnectCause.SOCKET_DROP, told.text)
            self._ports[link.partition].put(closed)

    def connections(self) -> Mapping[str, str]:
        """Session → client's address, of those that are connected here. For a look from another thread."""
        return {link.session.session_id: link.peer for link in self._known.copy().values() if link.session is not None}


def _frame(session_id: str, link_id: int, frame: bytes | Garbled) -> LinkFrame:
    if isinstance(frame, Garbled):
        return LinkFrame(session_id, link_id, frame.raw, frame.reason)
    return LinkFrame(session_id, link_id, frame)
