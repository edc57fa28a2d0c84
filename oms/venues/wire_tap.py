"""Every FIX frame of venue sessions on its way to `oms.venue-wire`, for the audit: bytes as they were, both ways.

The threads that talk to venues only put a frame down here; the service's companion makes records of them, many frames each, and appends
them. So nothing waits for it. A frame is put down when it is given to the socket, and when it is read from it: of a process that is killed
the last tenth of a second may be missing here, while what was said is in the journal. A record may be there twice, and a frame with the
same time and bytes is the same one.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator

from oms.core.venue_frames import VenueFrame, VenueFrames
from oms.runtime.log import Log, TopicPartition
from oms.runtime.sure_appender import SureAppender
from oms.wire import topics
from oms.wire.codec import encode_intake

_LOGGER = logging.getLogger(__name__)

WAITING_MAX = 50_000
"""Frames of a partition that no record has yet: some 25 MB. Where the broker takes none, execution journals nothing either, and so sends
nothing: only a list of open orders, or a resend, comes in then."""

RECORD_BYTES_MAX = 200_000
"""Of the frames in one record; one frame more may be in it."""

EVERY_NS, FRAMES_MANY = 100_000_000, 500
"""A record is made so often at most, unless so many frames wait: nobody waits for them, and many small records are work for broker and audit."""

IN_FLIGHT_MAX = 20
"""Records on their way, of a partition: beyond it frames wait here."""


class WireTap:
    """All partitions of a process."""

    def __init__(self) -> None:
        self._waiting: dict[int, deque[VenueFrame]] = {}
        self.lost = 0

    def of(self, partition: int) -> Callable[[VenueFrame], None]:
        """Where the port of a partition puts its frames. From its own thread."""
        waiting = self._waiting.setdefault(partition, deque())

        def note(frame: VenueFrame) -> None:
            if len(waiting) >= WAITING_MAX:
                self.lost += 1
                if self.lost % WAITING_MAX == 1:
                    _LOGGER.error("%d frames of venue sessions could not be kept: the broker takes none", self.lost)
                return
            waiting.append(frame)

        return note

    def companion(self, log: Log, now_ns: Callable[[], int]) -> Callable[[], bool]:
        """A turn of it, for one thread; whether anything was done. `now_ns`: wall time."""
        appenders: dict[int, SureAppender] = {}
        made_ns: dict[int, int] = {}

        def turn() -> bool:
            done, now = False, now_ns()
            for partition, waiting in tuple(self._waiting.items()):
                appender = appenders.get(partition)
                if appender is None:
                    appender = appenders[partition] = SureAppender(log, TopicPartition(topics.VENUE_WIRE, partition))
                appender.turn()
                if len(waiting) < FRAMES_MANY and 0 <= now - made_ns.get(partition, now - EVERY_NS) < EVERY_NS:
                    continue
                while waiting and appender.in_flight < IN_FLIGHT_MAX:
                    made_ns[partition] = now
                    record = VenueFrames(now, tuple(_some(waiting)))
                    appender.append_record(b"%d" % partition, encode_intake(topics.VENUE_WIRE, record))
                    done = True
            return done

        return turn


def _some(waiting: deque[VenueFrame]) -> Iterator[VenueFrame]:
    size = 0
    while waiting and size < RECORD_BYTES_MAX:
        frame = waiting.popleft()
        size += len(frame.raw)
        yield frame
