"""Wrong loops, auditors and gateway replicas: processes that forget, resume or count as they must not."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any, cast

from oms.core import run_rule
from oms.core.run_rule import NO_EPOCH, RunPosition, advance
from oms.runtime.alert_forwarder import AlertForwarder
from oms.runtime.audit_store import AuditStore
from oms.runtime.auditor import Auditor
from oms.runtime.inputs import journal_input
from oms.runtime.journal_fold import Folded
from oms.runtime.log import Log, Record, TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import Ownership
from oms.testing.simulation.gateway import GatewayReplica, Stream
from oms.testing.simulation.planted import Planted
from oms.wire import topics
from oms.wire.audit_rows import Prefix, Range, Validity, restored_run
from oms.wire.envelope import AlertNotice, ReadPosition

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
) -> tuple[RunPosition, run_rule.Validity]:
    """Whatever is in the log happened."""
    after, validity = advance(position, offset, claim, epoch, run_seq)
    return after, run_rule.Validity.VALID if validity is run_rule.Validity.VOID else validity


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
        super().__init__(*args, **kwargs)
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
                last_offset=run.epoch + acked,
                last_event_time_ns=run.event_time_ns,
            )


def live_memory_snapshots() -> Planted:
    """One memory per world."""
    memory = LiveMemory()
    return Planted(loop=partial(OwnMemory, memory), snapshots=lambda *_: memory)


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

    def alert_records(self, tp: TopicPartition, from_offset: int, count: int) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = self._store.alert_records(tp, from_offset, count)
        return found

    def prefix(self, tp: TopicPartition) -> Prefix:
        rows = [row for row in self._store.tables["records"] if (row.topic, row.partition) == tuple(tp)]
        if len(rows) == max((row.offset for row in rows), default=-1) + 1:
            whole: Prefix = self._store.prefix(tp)
            return whole
        last = max(rows, key=lambda row: row.offset)
        claims = [row.offset for row in rows if row.validity == Validity.CLAIM]
        found = Prefix(*tp, next_offset=last.offset + 1, chain=last.chain)
        if topics.BY_NAME[tp.topic].kind is topics.Kind.JOURNAL:
            found.run = restored_run(last.offset + 1, max(claims, default=-1), Validity(last.validity))
        return found


def resumes_at_the_highest(log: Log, store: AuditStore, *args: Any, **kwargs: Any) -> Auditor:
    return Auditor(log, HighestOffset(store), *args, **kwargs)


class Kept:
    """A forwarder that only remembers."""

    def __init__(self) -> None:
        self.notices: list[AlertNotice] = []

    def offer(self, notices: Sequence[AlertNotice]) -> None:
        self.notices += notices


class ReadsNothingBack(AlertForwarder):
    """What was written before a start was told before it."""

    def begin(self, partitions: Sequence[TopicPartition]) -> None:
        super().begin(partitions)
        for journal in self._journals.values():
            journal.behind = False


class TellsAfterwards(Auditor):
    """Alerts go out once their batch is written, so that none is told twice."""

    def __init__(self, log: Log, store: AuditStore, *args: Any, monotonic: Any, **kwargs: Any) -> None:
        super().__init__(log, store, *args, monotonic=monotonic, **kwargs)
        self._alerts = ReadsNothingBack(log, store, monotonic)

    def _insert(self, tp: TopicPartition, batch: Range) -> None:
        forwarder, kept = self._alerts, Kept()
        self._alerts = cast(AlertForwarder, kept)
        try:
            super()._insert(tp, batch)
        finally:
            self._alerts = forwarder
        forwarder.offer(kept.notices)


def tells_afterwards(*args: Any, **kwargs: Any) -> Auditor:
    return TellsAfterwards(*args, **kwargs)


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
