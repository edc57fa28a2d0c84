"""The log in memory: deterministic, in one thread, with faults on order.

Passes the same contract suite as Kafka. Nothing waits: a timeout is ignored, an outcome is known at the next `poll`.

A test or simulation decides what happens to appends:
- `plan(tp, fate, …)` gives the next appends to a partition their fates, in order; without a plan they land and are acknowledged;
- `hold_acks(tp)` … `release_acks(tp)`: records land, outcomes wait (a paused owner, a slow broker);
- `land_late(tp)` appends what was planned `LATE`, in the order it was sent.
Does not know which process appends: fencing is the run rule's business.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from oms.runtime.log import Ack, Failed, LogError, OffsetOutOfRange, Record, TopicPartition

RECORD_BYTES_MAX = 1_000_000  # as the real broker's
APPENDER_QUEUE_MAX = 20_000  # outcomes not yet polled per appender, as the real client's


class Fate(Enum):
    """What becomes of an append. All but the first are reported as `Failed`: the appender cannot tell them apart."""

    LANDS = auto()
    LANDS_UNACKED = auto()
    LANDS_TWICE = auto()
    LATE = auto()
    LOST = auto()
    FATAL = auto()
    """Lost, and so is everything that this appender is given from now on: what a client calls a fatal error."""


@dataclass(slots=True)
class Partition:
    """The records from `start` on, and the faults ordered for what comes next."""

    start: int = 0
    records: list[Record] = field(default_factory=list)
    fates: deque[Fate] = field(default_factory=deque)
    stragglers: list[Record] = field(default_factory=list)
    acks_held: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.records)

    def land(self, record: Record, now_ms: int) -> int:
        offset = self.end
        self.records.append(replace(record, offset=offset, timestamp_ms=now_ms))
        return offset


class SimAppender:
    def __init__(self, log: "SimLog", tp: TopicPartition) -> None:
        self._log = log
        self._tp = tp
        self._token = 0
        self._outcomes: list[Ack | Failed] = []
        self._usable = True
        self._broken = False

    def append(self, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> int:
        if not self._usable:
            raise LogError(
                f"the appender of {self._tp.topic}/{self._tp.partition} was closed or purged: make a new one"
            )
        self._token += 1
        self._outcomes.append(self._outcome(self._token, Record(*self._tp, -1, -1, key, value, tuple(headers))))
        return self._token

    def poll(self, timeout_s: float) -> list[Ack | Failed]:
        partition = self._log.partitions.get(self._tp)
        if self._usable and partition is not None and partition.acks_held:
            return []
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def purge(self) -> None:
        partition = self._log.partitions.get(self._tp)
        if partition is not None and partition.acks_held:
            self._outcomes = [Failed(outcome.token, "purged") for outcome in self._outcomes]
        self._usable = False

    def close(self, timeout_s: float) -> None:
        self._usable = False

    def _outcome(self, token: int, record: Record) -> Ack | Failed:
        partition = self._log.partitions.get(self._tp)
        if partition is None:
            return Failed(token, f"unknown partition {self._tp.topic}/{self._tp.partition}")
        if len(self._outcomes) >= APPENDER_QUEUE_MAX:
            return Failed(token, "the appender's queue is full")
        if len(record.value) + len(record.key or b"") > RECORD_BYTES_MAX:
            return Failed(token, "the record is too large")
        if self._broken:
            return Failed(token, "the appender failed for good")
        match partition.fates.popleft() if partition.fates else Fate.LANDS:
            case Fate.LANDS:
                return Ack(token, partition.land(record, self._log.now_ms), self._log.now_ms)
            case Fate.LANDS_UNACKED:
                partition.land(record, self._log.now_ms)
            case Fate.LANDS_TWICE:
                partition.land(record, self._log.now_ms)
                partition.land(record, self._log.now_ms)
            case Fate.LATE:
                partition.stragglers.append(record)
            case Fate.LOST:
                pass
            case Fate.FATAL:
                self._broken = True
        return Failed(token, "timed out")


class SimReader:
    """Serves its partitions in turn, so that a busy one cannot starve the others."""

    def __init__(
        self, log: "SimLog", positions: Mapping[TopicPartition, int], held: Collection[TopicPartition] = ()
    ) -> None:
        self._log = log
        self._held = frozenset(held)
        self._positions: dict[TopicPartition, int] = {}
        self._turn = 0
        self.assign(positions)

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        for tp, offset in positions.items():
            if offset < 0:
                raise OffsetOutOfRange(f"{tp.topic}/{tp.partition}: {offset} is no offset")
        self._positions = dict(positions)

    def release(self) -> None:
        self._held = frozenset()

    def poll(self, timeout_s: float, max_records: int = 500) -> list[Record]:
        order = list(self._positions)
        records: list[Record] = []
        fault: LogError | None = None
        for step in range(len(order)):
            tp = order[(self._turn + step) % len(order)]
            if tp in self._held:
                continue
            try:
                found = self._read(tp, max_records - len(records))
            except LogError as raised:
                fault = raised
                continue
            self._positions[tp] += len(found)
            records += found
        self._turn += 1
        if fault is not None and not records:
            raise fault
        return records

    def known_ends(self) -> dict[TopicPartition, int]:
        return {tp: self._log.known(tp).end for tp in self._positions}

    def close(self) -> None:
        self._positions = {}

    def _read(self, tp: TopicPartition, count: int) -> list[Record]:
        partition = self._log.known(tp)
        offset = self._positions[tp]
        if not partition.start <= offset <= partition.end:
            raise OffsetOutOfRange(
                f"{tp.topic}/{tp.partition} holds {partition.start} to {partition.end}, not {offset}"
            )
        first = offset - partition.start
        return partition.records[first : first + count]


class SimLog:
    """`now_ms` is the broker's clock: the simulation sets it."""

    def __init__(self, topics: Mapping[str, int] | None = None, now_ms: int = 0) -> None:
        self.now_ms = now_ms
        self.partitions: dict[TopicPartition, Partition] = {}
        for topic, count in (topics or {}).items():
            self.create_topic(topic, count)

    def create_topic(self, topic: str, partitions: int) -> None:
        for number in range(partitions):
            self.partitions[TopicPartition(topic, number)] = Partition()

    def appender(self, tp: TopicPartition) -> SimAppender:
        return SimAppender(self, tp)

    def reader(
        self,
        positions: Mapping[TopicPartition, int],
        patient: bool = False,
        held: Collection[TopicPartition] = (),
    ) -> SimReader:
        return SimReader(self, positions, held)

    def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.known(tp).start for tp in partitions}

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.known(tp).end for tp in partitions}

    def delete_before(self, positions: Mapping[TopicPartition, int]) -> None:
        for tp, offset in positions.items():
            partition = self.known(tp)
            if offset > partition.end:
                raise OffsetOutOfRange(f"{tp.topic}/{tp.partition} ends at {partition.end}: cannot trim to {offset}")
            if offset > partition.start:
                del partition.records[: offset - partition.start]
                partition.start = offset

    def known(self, tp: TopicPartition) -> Partition:
        if tp not in self.partitions:
            raise LogError(f"unknown partition {tp.topic}/{tp.partition}")
        return self.partitions[tp]

    def plan(self, tp: TopicPartition, *fates: Fate) -> None:
        self.known(tp).fates.extend(fates)

    def hold_acks(self, tp: TopicPartition) -> None:
        self.known(tp).acks_held = True

    def release_acks(self, tp: TopicPartition) -> None:
        self.known(tp).acks_held = False

    def land_late(self, tp: TopicPartition) -> list[int]:
        """Append the stragglers; returns their offsets."""
        partition = self.known(tp)
        stragglers, partition.stragglers = partition.stragglers, []
        return [partition.land(record, self.now_ms) for record in stragglers]
