"""The audit's tables as its worker needs them: where the written prefix ends, and inserts that may be repeated.

Invariant: `prefix` is computed from `oms.records` alone, which every batch writes last; so below it every table has every row.
Does not know plans, the log, or what rows mean.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from oms.runtime.clickhouse import ClickHouse
from oms.runtime.log import TopicPartition
from oms.wire import topics
from oms.wire.audit_rows import COLUMNS, Prefix, PrefixFault, Validity, restored_run
from oms.wire.codec import decode_intake


class AuditStore(Protocol):
    def prefix(self, tp: TopicPartition) -> Prefix:
        """What is written of the partition. PrefixFault where it has a gap or a row twice."""
        ...

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], token: str) -> None:
        """Write a batch into one table; a repeat under the same token changes nothing."""
        ...

    def alert_records(self, tp: TopicPartition, from_offset: int, count: int) -> list[tuple[int, bytes]]:
        """(offset, value) of the first valid records of a journal from an offset on that hold alerts, in order."""
        ...


class ClickHouseAuditStore:
    def __init__(self, client: ClickHouse) -> None:
        self._client = client

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], token: str) -> None:
        self._client.insert(f"oms.{table}", COLUMNS[table], rows, token)

    def alert_records(self, tp: TopicPartition, from_offset: int, count: int) -> list[tuple[int, bytes]]:
        rows = self._client.query_bytes(
            "SELECT offset, value FROM oms.records WHERE topic = %(topic)s AND partition = %(partition)s AND offset >= %(from)s "
            "AND validity = 'valid' AND hasAny(event_types, ['AlertRaised', 'AlertCleared']) ORDER BY offset LIMIT %(count)s",
            {"topic": tp.topic, "partition": tp.partition, "from": from_offset, "count": count},
        )
        return [(int(offset), value) for offset, value in rows]

    def prefix(self, tp: TopicPartition) -> Prefix:
        where = {"topic": tp.topic, "partition": tp.partition}
        (count, last), *_ = self._client.query(
            "SELECT count(), max(offset) FROM oms.records WHERE topic = %(topic)s AND partition = %(partition)s", where
        )
        if count == 0:
            return Prefix(*tp)
        if count != last + 1:
            raise PrefixFault(f"{tp.topic}/{tp.partition}: {count} rows up to offset {last}: run `oms audit verify`")
        (chain, validity), *_ = self._client.query_bytes(
            "SELECT chain, toInt8(validity) FROM oms.records "
            "WHERE topic = %(topic)s AND partition = %(partition)s AND offset = %(last)s",
            {**where, "last": last},
        )
        prefix = Prefix(*tp, next_offset=last + 1, chain=chain)
        if topics.BY_NAME[tp.topic].kind is topics.Kind.JOURNAL:
            (claims, claim), *_ = self._client.query(
                "SELECT count(), max(offset) FROM oms.records "
                "WHERE topic = %(topic)s AND partition = %(partition)s AND validity = 'claim'",
                where,
            )
            prefix.run = restored_run(last + 1, claim if claims else -1, Validity(validity))
        elif tp.topic == topics.MARKET:
            prefix.feed_epochs = self._feed_epochs(tp.partition)
        elif tp.topic == topics.REFERENCE:
            self._fold_reference(prefix)
        return prefix

    def _feed_epochs(self, partition: int) -> dict[str, int]:
        return dict(
            self._client.query(
                "SELECT toString(venue_id), max(epoch) FROM oms.records "
                "WHERE topic = %(topic)s AND partition = %(partition)s AND validity = 'intake' GROUP BY venue_id",
                {"topic": topics.MARKET, "partition": partition},
            )
        )

    def _fold_reference(self, prefix: Prefix) -> None:
        rows = self._client.query_bytes(
            "SELECT offset, value FROM oms.records WHERE topic = %(topic)s AND validity = 'intake' ORDER BY offset",
            {"topic": topics.REFERENCE},
        )
        for offset, value in rows:
            prefix.fold_change(offset, decode_intake(topics.REFERENCE, value))
