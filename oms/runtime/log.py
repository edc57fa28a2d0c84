"""The log as the rest of the system sees it: partitions of records with consecutive offsets.

Two implementations pass one contract suite: Kafka (`oms.runtime.kafka`) and memory (`oms.testing.sim_log`). This file knows neither.

What every implementation guarantees:
- an appended record gets the next offset of its partition; a reader sees records in offset order, without gaps;
- `Appender.append` never blocks and never raises for a broker fault: the outcome comes as an `Ack` or a `Failed` out of `poll`;
- `Failed` means *unknown*, never *not written*;
- a reader asked for an offset that the log no longer (or does not yet) hold raises `OffsetOutOfRange`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class TopicPartition(NamedTuple):
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a log. `timestamp_ms` is the broker's append time (LogAppendTime), UTC."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def place(self) -> dict[str, object]:
        """Where it is, as a log line says it."""
        return {"topic": self.topic, "partition": self.partition, "offset": self.offset}


@dataclass(frozen=True, slots=True)
class Ack:
    """The record of `token` is written at `offset`. `timestamp_ms` is the broker's append time, or −1 where it gave none."""

    token: int
    offset: int
    timestamp_ms: int = -1


@dataclass(frozen=True, slots=True)
class Failed:
    """The outcome of the record of `token` is unknown: it may be in the log, now, later, or never."""

    token: int
    reason: str


class LogError(Exception):
    """The log cannot be used as asked; the text says what to do."""


class LogUnavailable(LogError):
    """No broker answered in time."""


class LogDenied(LogError):
    """The cluster does not take our credentials, or we do not trust its certificate: a setting must change, asking again will not help."""


class OffsetOutOfRange(LogError):
    """A read position lies outside what the log holds."""


class Appender(Protocol):
    """Appends to one partition, in order, through one idempotent producer of its own."""

    def append(self, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> int:
        """Queue one record; returns its token (1, 2, 3 … per appender). A full queue is reported as `Failed`."""
        ...

    def poll(self, timeout_s: float) -> list[Ack | Failed]:
        """Outcomes so far, in the order they became known; waits up to `timeout_s` for the first."""
        ...

    def purge(self) -> None:
        """Drop what is queued or in flight and make the appender unusable. What was in flight may still land."""
        ...

    def close(self, timeout_s: float) -> None:
        """Wait for what is in flight, then release the resources."""
        ...


class Reader(Protocol):
    """Reads assigned partitions from given offsets. Not thread-safe."""

    def poll(self, timeout_s: float, max_records: int = 500) -> list[Record]:
        """Records that are there; waits up to `timeout_s` for the first only, never to fill up the batch."""
        ...

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Replace what is read: partition → next offset."""
        ...

    def release(self) -> None:
        """From now on the partitions that were held are read too."""
        ...

    def known_ends(self) -> dict[TopicPartition, int]:
        """The ends of the partitions as the broker told them with the last records, without asking it; those not told yet are left out."""
        ...

    def close(self) -> None: ...


class Log(Protocol):
    """A cluster: makes appenders and readers, and answers where its partitions begin and end."""

    def appender(self, tp: TopicPartition) -> Appender: ...

    def reader(
        self,
        positions: Mapping[TopicPartition, int],
        patient: bool = False,
        held: Collection[TopicPartition] = (),
    ) -> Reader:
        """`patient`: records may come a tenth of a second late, many together, for far less work on both sides.

        `held`: of these nothing is handed out before `release`. A topic that a reader gets only later costs up to a second, in which its
        client learns where it is.
        """
        ...

    def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset that each partition still holds."""
        ...

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The high watermark: the offset that the next record will get, or a lower one while replicas lag."""
        ...

    def delete_before(self, positions: Mapping[TopicPartition, int]) -> None:
        """Trim: records below the given offsets are gone."""
        ...
