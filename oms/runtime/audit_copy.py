"""The audit's copy of the log, read as a log: `oms.records` holds the bytes of every record of every audited topic.

So whatever folds the log folds the copy too, and both must come to the same. It can only be read.

Invariant: a reader hands on records in offset order without a gap, as every log does: a row that is missing is `OffsetOutOfRange`, never
skipped. What the audit has not written yet is not there yet: a reader waits for it like for any record. That every row is what was
written, once, is for `oms.runtime.audit_verify`.
"""

import time
from collections.abc import Collection, Mapping, Sequence

from oms.runtime.clickhouse import ClickHouse
from oms.runtime.log import Appender, LogError, OffsetOutOfRange, Reader, Record, TopicPartition

_RECORDS = (
    "SELECT offset, timestamp_ms, key, headers, value FROM oms.records "
    "WHERE topic = %(topic)s AND partition = %(partition)s AND offset >= %(offset)s ORDER BY offset LIMIT %(count)s"
)
_ENDS = (
    "SELECT count(), min(offset), max(offset) FROM oms.records WHERE topic = %(topic)s AND partition = %(partition)s"
)
_READ_ONLY = "the audit's copy can only be read"


class AuditCopy:
    """A `Log` over one connection to ClickHouse, which stays its maker's to close. Raises ClickHouseError where that fails."""

    def __init__(self, client: ClickHouse) -> None:
        self._client = client

    def reader(
        self, positions: Mapping[TopicPartition, int], patient: bool = False, held: Collection[TopicPartition] = ()
    ) -> Reader:
        return _CopyReader(self._client, positions, held)

    def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: _span(self._client, tp)[0] for tp in partitions}

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: _span(self._client, tp)[1] for tp in partitions}

    def appender(self, tp: TopicPartition) -> Appender:
        raise LogError(_READ_ONLY)

    def delete_before(self, positions: Mapping[TopicPartition, int]) -> None:
        raise LogError(_READ_ONLY)


class _CopyReader:
    """Serves its partitions in turn, each poll those of the first that has any."""

    def __init__(
        self, client: ClickHouse, positions: Mapping[TopicPartition, int], held: Collection[TopicPartition]
    ) -> None:
        self._client = client
        self._positions = dict(positions)
        self._held = frozenset(held)

    def poll(self, timeout_s: float, max_records: int = 500) -> list[Record]:
        for tp in [tp for tp in self._positions if tp not in self._held]:
            position = self._positions.pop(tp)
            self._positions[tp] = position  # the last to be asked the next time
            records = self._rows(tp, position, max_records)
            if records:
                self._positions[tp] = records[-1].offset + 1
                return records
        time.sleep(timeout_s)
        return []

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._positions = dict(positions)

    def release(self) -> None:
        self._held = frozenset()

    def known_ends(self) -> dict[TopicPartition, int]:
        return {tp: _span(self._client, tp)[1] for tp in self._positions}

    def close(self) -> None:
        self._positions = {}

    def _rows(self, tp: TopicPartition, position: int, count: int) -> list[Record]:
        """The rows up to the first that is not the next one."""
        asked = {**tp._asdict(), "offset": position, "count": count}
        found: list[Record] = []
        for offset, timestamp_ms, key, headers, value in self._client.query_bytes(_RECORDS, asked):
            due = position + len(found)
            if offset > due and found:
                break  # what is there first
            if offset != due:
                what = (
                    f"{offset} is there twice" if offset < due else f"{due} is missing: the next one there is {offset}"
                )
                raise OffsetOutOfRange(f"{tp.topic}/{tp.partition}: row {what}: run `oms audit verify`")
            named = tuple((name.decode("utf-8", "backslashreplace"), content) for name, content in headers)
            found.append(Record(*tp, offset, timestamp_ms, key, value, named))
        return found


def _span(client: ClickHouse, tp: TopicPartition) -> tuple[int, int]:
    """The first offset there and the one after the last."""
    (count, first, last), *_ = client.query(_ENDS, tp._asdict())
    return (first, last + 1) if count else (0, 0)
