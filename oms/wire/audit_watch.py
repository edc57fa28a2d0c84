"""How far behind the audit is, from `oms.audit-progress`: audit is permission, so not knowing is too far."""

from oms.wire.envelope import AuditProgress
from oms.wire.topics import TOPICS


class AuditWatch:
    """Keeps the maximum per topic and partition: a late record of an older auditor never takes progress back."""

    def __init__(self, desk_partitions: int) -> None:
        self._caught_up: dict[tuple[str, int], int] = {
            (topic.name, p): -1 for topic in TOPICS if topic.audited for p in range(topic.partitions(desk_partitions))
        }

    def apply(self, progress: AuditProgress) -> None:
        key = (progress.topic, progress.partition)
        self._caught_up[key] = max(self._caught_up.get(key, -1), progress.caught_up_wall_ns)

    def age_ns(self, wall_ns: int) -> int | None:
        """Nanoseconds since everything audited was last known to be written; None where a partition was never heard of."""
        oldest = min(self._caught_up.values())
        return None if oldest < 0 else max(0, wall_ns - oldest)
