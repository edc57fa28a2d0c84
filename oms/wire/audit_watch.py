"""How far behind the audit is, from `oms.audit-progress`: audit is permission, so not knowing is too far.

But for `oms.alerts`: it repeats what is in the journals, which are audited. That nobody can be told must not stop who trades.
"""

from oms.wire.envelope import AuditProgress
from oms.wire.topics import ALERTS, TOPICS


class AuditWatch:
    """Keeps the maximum per topic and partition: a late record of an older auditor never takes progress back."""

    def __init__(self, desk_partitions: int) -> None:
        awaited = [topic for topic in TOPICS if topic.audited and topic.name != ALERTS]
        self._caught_up: dict[tuple[str, int], int] = {
            (topic.name, p): -1 for topic in awaited for p in range(topic.partitions(desk_partitions))
        }

    def apply(self, progress: AuditProgress) -> None:
        key = (progress.topic, progress.partition)
        if progress.topic == ALERTS:
            return
        self._caught_up[key] = max(self._caught_up.get(key, -1), progress.caught_up_wall_ns)

    def age_ns(self, wall_ns: int) -> int | None:
        """Nanoseconds since everything audited was last known to be written; None where a partition was never heard of."""
        oldest = min(self._caught_up.values())
        return None if oldest < 0 else max(0, wall_ns - oldest)
