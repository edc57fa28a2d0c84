"""The latest updates of a partition, for everyone who subscribes to one of its desks.

A ring holds the entries between two read vectors, `begin` and `end`, in the order of `oms.gateway.merge`. Whoever stands anywhere between
them is served from here: it takes the entries whose record it does not have. Whoever stands before `begin` reads the log first, up to
`begin` or beyond, and is then served from here by the same rule: the hand-over repeats nothing and misses nothing.
"""

from collections import deque
from dataclasses import dataclass

from oms.gateway.merge import Entry
from oms.gateway.resume_token import ReadVector
from oms.gateway.updates import updates_of
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.envelope import Envelope

RING_ENTRIES = 20_000
"""Records with updates kept per partition: some ten seconds at the highest rate, so that a slow reader seldom goes to the log."""

FRAME_UPDATES = 256
"""Updates in one message to a client, more where one record has more: well below the bound on a message's size."""


@dataclass(frozen=True, slots=True)
class RingEntry:
    """The updates of one record, and the read vector behind it."""

    topic: str
    offset: int
    updates: tuple[api.OrderUpdate, ...]
    after: ReadVector


@dataclass(frozen=True, slots=True)
class Frame:
    """Updates for one desk, and where whoever takes them in stands then. `next_index` is the ring's."""

    updates: tuple[api.OrderUpdate, ...]
    vector: ReadVector
    next_index: int


def entry_of(partition: int, entry: Entry, after: ReadVector) -> RingEntry | None:
    """What subscribers see of a merged record; None where they see nothing."""
    if entry.topic not in (topics.RISK, topics.ROUTING) or not isinstance(entry.content, Envelope):
        return None
    updates = updates_of(entry.topic, partition, entry.offset, entry.content)
    return RingEntry(entry.topic, entry.offset, tuple(updates), after) if updates else None


class UpdateRing:
    def __init__(self, begin: ReadVector, capacity: int = RING_ENTRIES) -> None:
        self.begin = begin
        self.end = begin
        self._capacity = capacity
        self._entries: deque[RingEntry] = deque()
        self._first_index = 0

    @property
    def next_index(self) -> int:
        """The index that the next entry will get."""
        return self._first_index + len(self._entries)

    def add(self, entry: RingEntry | None, end: ReadVector) -> None:
        """Take in a record; `end` is the read vector behind it, whether it has updates or not."""
        self.end = end
        if entry is None:
            return
        self._entries.append(entry)
        while len(self._entries) > self._capacity:
            self.begin = self._entries.popleft().after
            self._first_index += 1

    def serves(self, vector: ReadVector) -> bool:
        """Whether everything that is missing at `vector` is here."""
        return vector.covers(self.begin)

    def start_index(self) -> int:
        """Where to begin for a vector that this ring serves."""
        return self._first_index

    def frame(self, desk_id: str, vector: ReadVector, index: int) -> Frame | None:
        """The next updates of a desk for whoever stands at `vector`, from `index` on; None where the ring has moved past `index`."""
        if index < self._first_index:
            return None
        found: list[api.OrderUpdate] = []
        reached = vector
        position = index - self._first_index
        while position < len(self._entries) and len(found) < FRAME_UPDATES:
            entry = self._entries[position]
            if not vector.skips(entry.topic, entry.offset):
                found += [update for update in entry.updates if update.desk_id == desk_id]
            reached = reached.joined(entry.after)
            position += 1
        if position == len(self._entries):
            reached = reached.joined(self.end)
        return Frame(tuple(found), reached, self._first_index + position)
