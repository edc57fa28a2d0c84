"""How fast the auditor writes: rows a second from Kafka into ClickHouse, beside a raw insert of the same blocks into tables like those.

Chunk by chunk and in turn: records into Kafka (not timed), the auditor until they are written (timed), its blocks once more by a plain
client (timed). A broker and an engine of its own, so that nothing else is in either.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench_figures import Figure
from sample_orders import SampleLog, sample_log

from oms.local.broker import Broker
from oms.local.engine import Engine
from oms.local.supervisor import await_coordinator, topic_specs
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.kafka import KafkaLog, KafkaSettings
from oms.runtime.log import Record, TopicPartition
from oms.runtime.migrations import migrate
from oms.wire.audit_rows import COLUMNS, Prefix

PARTITIONS = 1
CHUNKS = 2

Block = tuple[str, list[tuple[Any, ...]]]


class RecordingStore:
    """The real store, which keeps what it was given."""

    def __init__(self, inner: ClickHouseAuditStore) -> None:
        self._inner = inner
        self.blocks: list[Block] = []

    def prefix(self, tp: TopicPartition) -> Prefix:
        return self._inner.prefix(tp)

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], token: str) -> None:
        self._inner.insert(table, rows, token)
        self.blocks.append((table, list(rows)))


@contextmanager
def audit_stores(folder: Path) -> Iterator[tuple[KafkaSettings, Engine]]:
    broker = Broker.start(folder)
    try:
        kafka = KafkaSettings(broker.bootstrap_servers)
        log = KafkaLog(kafka)
        log.create_topics(topic_specs(PARTITIONS))
        await_coordinator(log)
        engine = Engine.start(folder)
        try:
            yield kafka, engine
        finally:
            engine.stop()
    finally:
        broker.stop()


def _tables_like(admin: ClickHouse) -> None:
    for table in COLUMNS:
        admin.command(f"CREATE TABLE oms.{table}_raw AS oms.{table}")


def _append(log: KafkaLog, records: dict[TopicPartition, list[Record]]) -> None:
    for tp, part in records.items():
        appender = log.appender(tp)
        for record in part:
            appender.append(record.key, record.value)
        appender.close(30.0)


def _chunks(log: SampleLog, count: int) -> list[dict[TopicPartition, list[Record]]]:
    """The records of each audited topic in so many parts; each topic's records keep their order."""
    wanted = [tp for tp in audited_partitions(PARTITIONS) if log.records.get(tp)]
    parts = []
    for number in range(count):
        part = {}
        for tp in wanted:
            records = log.records[tp]
            part[tp] = records[len(records) * number // count : len(records) * (number + 1) // count]
        parts.append(part)
    return parts


def _audit(auditor: Auditor, ends: dict[TopicPartition, int]) -> float:
    """Seconds until everything is written."""
    started = time.perf_counter()
    while any(auditor.prefixes()[tp] < end for tp, end in ends.items()):
        auditor.step()
    return time.perf_counter() - started


def _insert_raw(client: ClickHouse, blocks: Sequence[Block], tag: int) -> tuple[float, int]:
    """(seconds, rows) of the blocks, one insert each."""
    started = time.perf_counter()
    for number, (table, rows) in enumerate(blocks):
        client.insert(f"oms.{table}_raw", COLUMNS[table], rows, f"bench-{tag}-{number}")
    return time.perf_counter() - started, sum(len(rows) for _, rows in blocks)


def audit_ingest(folder: Path, orders: int) -> Figure:
    """Rows a second of the auditor; the baseline is the raw insert."""
    chunks = _chunks(sample_log(orders), CHUNKS)
    with audit_stores(folder) as (kafka, engine):
        admin = ClickHouse(ClickHouseSettings(engine.url("oms_admin")))
        migrate(admin)
        _tables_like(admin)
        client = ClickHouse(ClickHouseSettings(engine.url("oms_writer")))
        store = RecordingStore(ClickHouseAuditStore(ClickHouse(ClickHouseSettings(engine.url("oms_writer")))))
        log = KafkaLog(kafka)
        auditor = Auditor(log, store, audited_partitions(PARTITIONS), AuditSettings("bench"))
        auditor.recover()
        audit_s = raw_s = 0.0
        rows = 0
        for number, chunk in enumerate(chunks):
            _append(log, chunk)
            store.blocks.clear()
            audit_s += _audit(auditor, log.ends(list(chunk)))
            took, count = _insert_raw(client, store.blocks, number)
            raw_s, rows = raw_s + took, rows + count
        auditor.close()
        for connection in (admin, client):
            connection.close()
    return Figure.of("audit_ingest", rows / audit_s, "rows/s", rows / raw_s)
