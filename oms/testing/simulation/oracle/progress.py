"""How far behind the audit was, at best: from what it had said in the log by then. Nobody can have known more.

A partition's progress is the highest ever said of it; a partition that was never heard of is behind whatever the limit.
"""

from bisect import bisect_left
from collections.abc import Sequence

from oms.runtime.log import TopicPartition
from oms.testing.simulation.witness import Witness
from oms.v1.operations_pb2 import AuditProgress

PROGRESS = TopicPartition("oms.audit-progress", 0)

NOT_AUDITED = ("oms.heartbeats", "oms.audit-plans", "oms.audit-progress", "oms.alerts", "oms.views.")


def audited(witness: Witness) -> Sequence[TopicPartition]:
    """Every partition that the audit answers for."""
    return [tp for tp in witness.topics() if not tp.topic.startswith(NOT_AUDITED)]


class Progress:
    """`said`: every record so far. Per partition: the moments at which its highest moved, and what it was then."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self.said: list[AuditProgress] = []
        self._moments: dict[TopicPartition, list[int]] = {tp: [] for tp in audited(witness)}
        self._highest: dict[TopicPartition, list[int]] = {tp: [] for tp in audited(witness)}

    def advance(self) -> None:
        records, landed = self._witness.records(PROGRESS), self._witness.landed(PROGRESS)
        for offset in range(len(self.said), len(records)):
            said = AuditProgress.FromString(records[offset].value)
            self.said.append(said)
            tp = TopicPartition(said.topic, said.partition)
            if tp.topic.startswith(NOT_AUDITED):
                continue
            highest = self._highest.setdefault(tp, [])
            if not highest or said.caught_up_wall_ns > highest[-1]:
                highest.append(said.caught_up_wall_ns)
                self._moments.setdefault(tp, []).append(landed[offset])

    def caught_up_ns(self, moment: int) -> int | None:
        """The latest wall time at which everything was known to be written, by a moment; None where something was never heard of."""
        oldest: int | None = None
        for tp, moments in self._moments.items():
            place = bisect_left(moments, moment)
            if not place:
                return None
            at = self._highest[tp][place - 1]
            oldest = at if oldest is None else min(oldest, at)
        return oldest
