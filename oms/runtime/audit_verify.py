"""Proof that the audit is complete and unchanged: every row is made again from the stored bytes and compared.

Checked per topic partition: offsets run from 0 without a gap, each once; the audit chain computed over the stored records equals every stored
head; the rows' other columns, quotes and trades are what the bytes say; the chain's head at the prefix that `oms.audit-progress` once published
is the head published. The last is what makes a rewritten history visible: whoever changes a row and every head after it cannot change that.

A problem names the row. A verification that finds none has read every byte. Does not know why a row differs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oms.runtime.clickhouse import ClickHouse
from oms.runtime.log import Log, Record, TopicPartition
from oms.wire import topics
from oms.wire.audit_rows import COLUMNS, Prefix, RecordRow
from oms.wire.codec import CodecError, decode_intake
from oms.wire.envelope import AuditProgress

CHUNK_OFFSETS = 10_000  # read and compared at once: some tens of megabytes
PROBLEMS_MAX = 100  # per partition; a table that is wrong everywhere need not be listed
PROGRESS = TopicPartition(topics.AUDIT_PROGRESS, 0)


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """`problems` is empty where everything is proven; each is one line."""

    rows: int
    partitions: int
    problems: tuple[str, ...]


def read_progress(log: Log) -> dict[TopicPartition, AuditProgress]:
    """The furthest progress published of each partition. A record that cannot be read is skipped: progress is said again."""
    start, end = log.starts([PROGRESS])[PROGRESS], log.ends([PROGRESS])[PROGRESS]
    found: dict[TopicPartition, AuditProgress] = {}
    reader = log.reader({PROGRESS: start})
    try:
        position, silent = start, 0
        while position < end and silent < 20:  # the end of a compacted log may be a hole
            records = reader.poll(0.1, 10_000)
            silent = 0 if records else silent + 1
            for record in records:
                position = record.offset + 1
                _note_progress(found, record)
    finally:
        reader.close()
    return found


def _note_progress(found: dict[TopicPartition, AuditProgress], record: Record) -> None:
    try:
        progress: AuditProgress = decode_intake(topics.AUDIT_PROGRESS, record.value)
    except CodecError:
        return
    tp = TopicPartition(progress.topic, progress.partition)
    if tp not in found or progress.prefix >= found[tp].prefix:
        found[tp] = progress


def verify(
    client: ClickHouse,
    progress: Mapping[TopicPartition, AuditProgress] | None = None,
    report: Callable[[TopicPartition, int], None] = lambda tp, rows: None,
) -> VerifyResult:
    """Verify every partition that has rows, or progress. `report` is told after each partition how many rows it has."""
    said = dict(progress or {})
    counts = {
        TopicPartition(topic, partition): (count, last)
        for topic, partition, count, last in client.query(
            "SELECT toString(topic), partition, count(), max(offset) FROM oms.records GROUP BY topic, partition"
        )
    }
    problems: list[str] = []
    for tp in sorted({*counts, *said}):
        count, last = counts.get(tp, (0, -1))
        check = _PartitionCheck(client, tp, said.get(tp))
        check.run(last)
        problems += check.problems[:PROBLEMS_MAX]
        if len(check.problems) > PROBLEMS_MAX:
            problems.append(f"{tp.topic}/{tp.partition}: and {len(check.problems) - PROBLEMS_MAX} more")
        report(tp, count)
    return VerifyResult(sum(count for count, _ in counts.values()), len(counts), tuple(problems))


class _PartitionCheck:
    """Walks one partition in order and collects what is wrong."""

    def __init__(self, client: ClickHouse, tp: TopicPartition, said: AuditProgress | None) -> None:
        self._client = client
        self._tp = tp
        self._said = said if said is not None and said.prefix > 0 else None
        self._expected = Prefix(*tp)
        self._after_gap = False
        self.problems: list[str] = []

    def run(self, last: int) -> None:
        for start in range(0, last + 1, CHUNK_OFFSETS):
            self._chunk(
                start, min(start + CHUNK_OFFSETS, last + 1)
            )  # what is being written now comes into `records` last
        if self._said is not None and self._said.prefix > last + 1:
            self._problem(last + 1, f"missing: progress said that everything below {self._said.prefix} was written")

    def _chunk(self, start: int, end: int) -> None:
        made: dict[str, list[tuple[Any, ...]]] = {"quotes": [], "trades": []}
        for stored in self._stored_records(start, end):
            offset = stored.offset
            if offset < self._expected.next_offset:
                self._problem(offset, "there more than once")
                continue
            if offset > self._expected.next_offset:
                self._problem(self._expected.next_offset, f"missing, up to {offset - 1}")
                self._expected.next_offset, self._after_gap = offset, True
                self._expected.run = replace(self._expected.run, next_offset=offset)
                rows = self._expected.rows_of([_record_of(stored)])
                self._expected.chain = stored.chain  # nothing to compute it from
            else:
                rows = self._expected.rows_of([_record_of(stored)])
                self._compare(stored, rows.records[0])
            made["quotes"] += rows.quotes
            made["trades"] += rows.trades
            if self._said is not None and self._said.prefix == offset + 1 and stored.chain != self._said.chain_head:
                self._problem(offset, "the audit chain up to it is not the one published in oms.audit-progress")
        if self._tp.topic == topics.MARKET:
            for table, rows_made in made.items():
                self._compare_table(table, rows_made, start, end)

    def _compare(self, stored: RecordRow, made: RecordRow) -> None:
        if stored.chain != made.chain:
            self._problem(stored.offset, "changed: its audit hash does not fit its content and its predecessor")
            self._expected.chain = stored.chain  # the rows after it are judged by themselves
        elif stored != made and not self._after_gap:  # what follows a gap may rest on what is missing
            names = [n for n, a, b in zip(RecordRow._fields, stored, made, strict=True) if a != b]
            self._problem(stored.offset, f"changed: {', '.join(names)} is not what its bytes say")

    def _compare_table(self, table: str, made: Sequence[tuple[Any, ...]], start: int, end: int) -> None:
        stored = self._client.query(
            f"SELECT {', '.join(COLUMNS[table])} FROM oms.{table} WHERE partition = %(partition)s "
            "AND offset >= %(start)s AND offset < %(end)s ORDER BY offset, index_in_record",
            {"partition": self._tp.partition, "start": start, "end": end},
        )
        if stored != [tuple(row) for row in made]:
            differing = sorted(set(stored) ^ {tuple(row) for row in made}) or sorted(stored)
            self._problem(differing[0][1], f"its rows in oms.{table} are not what its bytes say")

    def _stored_records(self, start: int, end: int) -> Iterator[RecordRow]:
        columns = ", ".join("toInt8(validity)" if name == "validity" else name for name in COLUMNS["records"])
        rows = self._client.query_bytes(
            f"SELECT {columns} FROM oms.records WHERE topic = %(topic)s AND partition = %(partition)s "
            "AND offset >= %(start)s AND offset < %(end)s ORDER BY offset",
            {"topic": self._tp.topic, "partition": self._tp.partition, "start": start, "end": end},
        )
        return (_row_of(row) for row in rows)

    def _problem(self, offset: int, text: str) -> None:
        self.problems.append(f"{self._tp.topic}/{self._tp.partition}, offset {offset}: {text}")


_TEXT = frozenset({"topic", "source_topic", "trace_id", "desk_id", "venue_id", "header"})
_TEXTS = frozenset({"event_types", "order_ids", "events"})


def _row_of(stored: tuple[Any, ...]) -> RecordRow:
    """A row read as bytes, in the types in which it was made. Bytes that are no text stay visible as a difference."""
    values: list[Any] = []
    for name, value in zip(RecordRow._fields, stored, strict=True):
        if name in _TEXT:
            value = value.decode("utf-8", "backslashreplace")
        elif name in _TEXTS:
            value = tuple([item.decode("utf-8", "backslashreplace") for item in value])
        elif name == "headers":
            value = tuple([(key.decode("utf-8", "backslashreplace"), content) for key, content in value])
        values.append(value)
    return RecordRow(*values)


def _record_of(row: RecordRow) -> Record:
    return Record(row.topic, row.partition, row.offset, row.timestamp_ms, row.key, row.value, row.headers)
