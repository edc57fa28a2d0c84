"""Snapshots in memory, with faults on order. Passes the contract suite of the real stores.

`plan(fate, …)` gives the next puts their fates, in order; without a plan they are kept. `tear`, `flip` and `lose` do it to what is there.
`out_of_reach`: every operation fails, as without the network.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

from oms.runtime.log import TopicPartition
from oms.runtime.snapshot_store import MissingSnapshot, SnapshotStoreError, newest_first


class PutFate(Enum):
    """What becomes of a put."""

    KEPT = auto()
    TORN_AND_FAILED = auto()
    """Half of it is there, and the writer is told that it failed: a crash of a store that does not write whole."""
    TORN = auto()
    FLIPPED = auto()
    LOST = auto()
    """Half of it, one bit wrong, nothing: and the writer is told that it is kept."""
    FULL = auto()
    """Refused, nothing changed: no room."""


@dataclass(slots=True)
class SimSnapshotStore:
    objects: dict[TopicPartition, dict[str, bytes]] = field(default_factory=dict)
    fates: deque[PutFate] = field(default_factory=deque)
    out_of_reach: bool = False

    def plan(self, *fates: PutFate) -> None:
        self.fates.extend(fates)

    def put(self, tp: TopicPartition, name: str, data: bytes) -> None:
        self._reach()
        fate = self.fates.popleft() if self.fates else PutFate.KEPT
        if fate is PutFate.FULL:
            raise SnapshotStoreError(f"{name}: no space left")
        if fate is PutFate.LOST:
            return
        self.objects.setdefault(tp, {})[name] = data
        if fate in (PutFate.TORN, PutFate.TORN_AND_FAILED):
            self.tear(tp, name, len(data) // 2)
        if fate is PutFate.FLIPPED:
            self.flip(tp, name, len(data) * 4)
        if fate is PutFate.TORN_AND_FAILED:
            raise SnapshotStoreError(f"{name}: the connection was lost")

    def names(self, tp: TopicPartition) -> list[str]:
        self._reach()
        return newest_first(list(self.objects.get(tp, {})))

    def read(self, tp: TopicPartition, name: str) -> bytes:
        self._reach()
        try:
            return self.objects[tp][name]
        except KeyError as error:
            raise MissingSnapshot(f"{name}: it is not there") from error

    def remove(self, tp: TopicPartition, name: str) -> None:
        self._reach()
        self.objects.get(tp, {}).pop(name, None)

    def partitions(self, topic: str) -> list[int]:
        self._reach()
        return sorted(tp.partition for tp in self.objects if tp.topic == topic)

    def tear(self, tp: TopicPartition, name: str, bytes_left: int) -> None:
        self.objects[tp][name] = self.objects[tp][name][:bytes_left]

    def flip(self, tp: TopicPartition, name: str, bit: int) -> None:
        content = bytearray(self.objects[tp][name])
        content[bit // 8] ^= 1 << bit % 8
        self.objects[tp][name] = bytes(content)

    def lose(self, tp: TopicPartition, name: str) -> None:
        del self.objects[tp][name]

    def _reach(self) -> None:
        if self.out_of_reach:
            raise SnapshotStoreError("the store is out of reach")
