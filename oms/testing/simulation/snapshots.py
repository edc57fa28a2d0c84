"""Snapshots in a world: the shipped keeper over a store in memory that tears, flips, loses and refuses.

A store is shared by all processes of a world, as a directory or an object store is. What was loaded is noted, so that a recovery that
rests on a snapshot can be compared with a fold from zero.
"""

from dataclasses import dataclass, field
from typing import Any

from oms.runtime.journal_fold import Folded
from oms.runtime.log import TopicPartition
from oms.runtime.parts import Snapshots
from oms.testing.sim_snapshots import PutFate, SimSnapshotStore
from oms.testing.simulation.faults import Fault, FaultCount

FAULT_OF_PUT = {
    PutFate.TORN: Fault.SNAPSHOT_TORN,
    PutFate.TORN_AND_FAILED: Fault.SNAPSHOT_TORN,
    PutFate.FLIPPED: Fault.SNAPSHOT_FLIPPED,
    PutFate.LOST: Fault.SNAPSHOT_LOST,
    PutFate.FULL: Fault.SNAPSHOT_REFUSED,
}


@dataclass(slots=True)
class CountedStore(SimSnapshotStore):
    """Counts a fault where a put meets it."""

    faults: FaultCount = field(default_factory=FaultCount)

    def put(self, tp: TopicPartition, name: str, data: bytes) -> None:
        if self.fates and self.fates[0] in FAULT_OF_PUT:
            self.faults.add(FAULT_OF_PUT[self.fates[0]])
        SimSnapshotStore.put(self, tp, name, data)


@dataclass(slots=True)
class NotedSnapshots:
    """`Snapshots` as a loop has them; `loaded`: whether the process began with one."""

    inner: Snapshots
    loaded: bool = False

    def load(self, tp: TopicPartition) -> Folded[Any] | None:
        folded = self.inner.load(tp)
        self.loaded = folded is not None
        return folded

    def keep(self, tp: TopicPartition, folded: Folded[Any]) -> None:
        self.inner.keep(tp, folded)
