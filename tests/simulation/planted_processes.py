"""Wrong loops, auditors and gateway replicas: processes that forget, resume or count as they must not."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from oms.core.run_rule import NO_EPOCH, RunPosition, Validity, advance
from oms.runtime.audit_store import AuditStore
from oms.runtime.auditor import Auditor
from oms.runtime.inputs import journal_input
from oms.runtime.journal_fold import Folded
from oms.runtime.log import Log, Record, TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import Ownership
from oms.testing.simulation.gateway import GatewayReplica, Stream
from oms.wire import topics
from oms.wire.audit_rows import AUDIT_CHAIN_START, Prefix
from oms.wire.envelope import ReadPosition

# --- loops


class ReaderWithoutEpoch(StageLoop[Any, Any]):
    """Read positions keep the offset alone: after a restart the claim that the next records belong to is not known."""

    def _start(self, ownership: Ownership[Any]) -> None:
        positions = ownership.folded.positions
        for tp, position in positions.items():
            positions[tp] = replace(position, epoch=NO_EPOCH, unbroken=False)
        super()._start(ownership)


def reader_without_epoch(*args: Any, **kwargs: Any) -> StageLoop[Any, Any]:
    return ReaderWithoutEpoch(*args, **kwargs)


def void_counts(
    position: RunPosition, offset: int, claim: bool, epoch: int, run_seq: int
) -> tuple[RunPosition, Validity]:
    """Whatever is in the log happened."""
    after, validity = advance(position, offset, claim, epoch, run_seq)
    return after, Validity.VALID if validity is Validity.VOID else validity


class FencedRecordsCount(StageLoop[Any, Any]):
    """The router takes every record of execution, those of a replaced owner too."""

    def _understand(self, record: Record, cursor: ReadPosition) -> tuple[Any, ReadPosition, bool]:
        if record.topic != topics.EXECUTION:
            return super()._understand(record, cursor)
        stage_input, reached = journal_input(record, cursor, void_counts, self._release.reader_version)
        return stage_input, reached, stage_input is not None


def fenced_records_count(*args: Any, **kwargs: Any) -> StageLoop[Any, Any]:
    return FencedRecordsCount(*args, **kwargs)


class LiveMemory:
    """Snapshots of owners' live states, each labelled with the last record that was acknowledged. `Snapshots` of a world."""

    def __init__(self) -> None:
        self.kept: dict[TopicPartition, Folded[Any]] = {}

    def load(self, tp: TopicPartition) -> Folded[Any] | None:
        found = self.kept.get(tp)
        return deepcopy(found) if found is not None else None

    def keep(self, tp: TopicPartition, folded: Folded[Any]) -> None:
        """A follower's are not wanted: the owner's are newer."""


class OwnMemory(StageLoop[Any, Any]):
    """Keeps its live state, what is still in flight included, every few records."""

    EVERY = 3

    def __init__(self, memory: LiveMemory, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "snapshots": memory})
        self._memory = memory
        self._behind: dict[int, tuple[bytes, dict[TopicPartition, ReadPosition]]] = {}

    def _start(self, ownership: Ownership[Any]) -> None:
        self._ownership = ownership
        super()._start(ownership)

    def _append(self, *args: Any, **kwargs: Any) -> None:
        super()._append(*args, **kwargs)
        run = self._run
        assert run is not None
        seq = run.next_seq - 1
        self._behind[seq] = (run.last_hash, dict(run.cursors))
        acked = run.in_flight[0].run_seq - 1
        if acked >= 1 and seq % self.EVERY == 0:
            last_hash, positions = self._behind[acked]
            self._memory.kept[self.journal] = replace(
                self._ownership.folded,
                state=deepcopy(run.state),
                run=RunPosition(run.epoch + acked + 1, run.epoch, True),
                positions=positions,
                last_hash=last_hash,
                last_event_time_ns=run.event_time_ns,
            )


def live_memory_snapshots() -> Callable[..., StageLoop[Any, Any]]:
    """One memory per world."""
    memory = LiveMemory()
    return lambda *args, **kwargs: OwnMemory(memory, *args, **kwargs)


# --- audit


class HighestOffset:
    """A store whose written prefix is said to end at the highest offset that has a row."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], token: str) -> None:
        """Both halves of a batch under way at once: the second can be written without the first."""
        half = len(rows) // 2
        for part, chosen in (("b", rows[half:]), ("a", rows[:half])):
            if chosen:
                self._store.insert(table, chosen, token + part)

    def prefix(self, tp: TopicPartition) -> Prefix:
        rows = [row for row in self._store.tables["records"] if (row.topic, row.partition) == tuple(tp)]
        if not rows:
            return Prefix(*tp, chain=AUDIT_CHAIN_START)
        highest = max(row.offset for row in rows)
        if len(rows) == highest + 1:
            found: Prefix = self._store.prefix(tp)
            return found
        last = next(row for row in rows if row.offset == highest)
        return Prefix(*tp, next_offset=highest + 1, chain=last.chain)


def resumes_at_the_highest(log: Log, store: AuditStore, *args: Any, **kwargs: Any) -> Auditor:
    return Auditor(log, HighestOffset(store), *args, **kwargs)


# --- gateway


class ForgetsOne(GatewayReplica):
    """A stream that is resumed begins one record behind the token's place."""

    def open(self, desk_id: str, partition: int, token: str, from_start: bool) -> Stream:
        stream = super().open(desk_id, partition, token, from_start)
        ring = self.view.partitions[partition].ring
        risk, end = stream.vector.risk, ring.end.risk
        if token and risk.next_offset < end.next_offset:
            stream.vector = replace(stream.vector, risk=replace(risk, next_offset=risk.next_offset + 1))
        return stream


def forgets_what_it_owes(*args: Any, **kwargs: Any) -> GatewayReplica:
    return ForgetsOne(*args, **kwargs)
