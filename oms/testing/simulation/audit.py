"""The audit in one thread: the shipped worker over a store in memory that fails as ClickHouse does.

The store: one insert is one block of one table; the same token again changes nothing; an insert may fail before it lands or after.
What is written is what the witness shows; the store makes nothing of it but the written prefix.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from oms.runtime.auditor import AuditInterrupted, Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouseUnavailable
from oms.runtime.log import LogUnavailable, OffsetOutOfRange, TopicPartition
from oms.testing.simulation.faults import Fault, FaultCount
from oms.testing.simulation.process_log import ProcessLog
from oms.wire import topics
from oms.wire.audit_rows import Prefix, PrefixFault, RecordRow, Validity, restored_run
from oms.wire.codec import decode_intake

INTERVAL_S, PROGRESS_S = 0.0, 1.5
"""Every step writes what is there; progress is said every other second, for each record of it is read by everyone."""


class InsertFate(Enum):
    FAILS = auto()
    LANDS = auto()


@dataclass(slots=True)
class MemoryAuditStore:
    """`AuditStore` in memory, shared by all auditors of a world."""

    faults: FaultCount
    tables: dict[str, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {"quotes": [], "trades": [], "records": []}
    )
    fates: deque[InsertFate] = field(default_factory=deque)
    _tokens: set[tuple[str, str]] = field(default_factory=set)
    _of: dict[tuple[str, int], list[RecordRow]] = field(default_factory=dict)

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], token: str) -> None:
        fate = self.fates.popleft() if self.fates else None
        if fate is InsertFate.FAILS:
            self.faults.add(Fault.INSERT_FAILS)
            raise ClickHouseUnavailable("no answer: nothing was written")
        self._write(table, rows, token)
        if fate is InsertFate.LANDS:
            self.faults.add(Fault.INSERT_LANDS)
            raise ClickHouseUnavailable("no answer: all was written")

    def _write(self, table: str, rows: Sequence[tuple[Any, ...]], token: str) -> None:
        if (table, token) in self._tokens:
            return
        self._tokens.add((table, token))
        self.tables[table].extend(rows)
        for row in rows:
            if isinstance(row, RecordRow):
                self._of.setdefault((row.topic, row.partition), []).append(row)

    def alert_records(self, tp: TopicPartition, from_offset: int, count: int) -> list[tuple[int, bytes]]:
        wanted = {"AlertRaised", "AlertCleared"}
        rows = [
            (row.offset, row.value)
            for row in self._of.get((tp.topic, tp.partition), [])
            if row.offset >= from_offset and row.validity == Validity.VALID and wanted & set(row.event_types)
        ]
        return rows[:count]

    def prefix(self, tp: TopicPartition) -> Prefix:
        rows = self._of.get((tp.topic, tp.partition), [])
        if not rows:
            return Prefix(*tp)
        last = max(row.offset for row in rows)
        if len(rows) != last + 1:
            raise PrefixFault(f"{tp.topic}/{tp.partition}: {len(rows)} rows up to offset {last}")
        prefix = Prefix(*tp, next_offset=last + 1, chain=rows[-1].chain)
        if topics.BY_NAME[tp.topic].kind is topics.Kind.JOURNAL:
            claims = [row.offset for row in rows if row.validity == Validity.CLAIM]
            prefix.run = restored_run(last + 1, max(claims, default=-1), Validity(rows[-1].validity))
        elif tp.topic == topics.MARKET:
            for row in rows:
                if row.validity == Validity.INTAKE:
                    prefix.feed_epochs[row.venue_id] = max(prefix.feed_epochs.get(row.venue_id, -1), row.epoch)
        elif tp.topic == topics.REFERENCE:
            for row in rows:
                if row.validity == Validity.INTAKE:
                    prefix.fold_change(row.offset, decode_intake(topics.REFERENCE, row.value))
        return prefix


AuditorFactory = Callable[..., Auditor]

INTERRUPTIONS = (AuditInterrupted, ClickHouseUnavailable, LogUnavailable, OffsetOutOfRange)
"""After these `Auditor.run` begins again from what is written; so does the simulation. Whatever else it raises ends the process."""


class AuditProcess:
    """One auditor. `turn` is one round of `Auditor.run`, without its pause."""

    def __init__(
        self,
        log: ProcessLog,
        store: MemoryAuditStore,
        name: str,
        partitions: int,
        wall_ns: Callable[[], int],
        factory: AuditorFactory = Auditor,
    ) -> None:
        self.name = name
        self.auditor = factory(
            log,
            store,
            audited_partitions(partitions),
            AuditSettings(name, INTERVAL_S, PROGRESS_S, trims=False),
            wall_ns,
            monotonic=lambda: wall_ns() / 1e9,
        )
        self._doubtful = True

    def turn(self) -> None:
        try:
            if self._doubtful:
                self.auditor.recover()
                self._doubtful = False
            self.auditor.step()
        except INTERRUPTIONS:
            self._doubtful = True
