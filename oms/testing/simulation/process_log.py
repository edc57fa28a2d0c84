"""The log (and the clock) as one process has it: the shipped log in memory, and the places where that process can be struck.

    append ─┬─ killed before ─┬─ lands, is lost, late, twice … ─┬─ killed before the answer
    poll ───┴─ killed with the answer in hand, nothing done about it
    read ───── nothing new of a stalled topic; killed while it recovers

`WatchedLog` notes for the witness when each record landed. What becomes of an append is decided by the shipped log (`Fate`); this file
only puts the next fate in place. Does not know which process does what.
"""

import random
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from oms.runtime.log import Ack, Failed, Record, TopicPartition
from oms.testing.sim_log import Fate, Partition, SimAppender, SimLog, SimReader
from oms.testing.simulation.faults import Fault, FaultCount, Killed
from oms.wire import topics

FAULT_OF_FATE = {
    Fate.LANDS_UNACKED: Fault.ACK_LOST,
    Fate.LANDS_TWICE: Fault.APPEND_TWICE,
    Fate.LOST: Fault.APPEND_LOST,
    Fate.FATAL: Fault.APPEND_FATAL,
}
"""A late one is counted when it lands."""


class Strike(Enum):
    """Where a process is killed."""

    BEFORE_APPEND = auto()
    BEFORE_ACK = auto()
    BEFORE_EFFECT = auto()
    IN_RECOVERY = auto()


FAULT_OF_STRIKE = {
    Strike.BEFORE_APPEND: Fault.CRASH_BEFORE_APPEND,
    Strike.BEFORE_ACK: Fault.CRASH_BEFORE_ACK,
    Strike.BEFORE_EFFECT: Fault.CRASH_BEFORE_EFFECT,
    Strike.IN_RECOVERY: Fault.CRASH_IN_RECOVERY,
}


@dataclass(slots=True)
class WatchedPartition(Partition):
    """`on_land` is told of each record once it has its offset."""

    on_land: Callable[[Record], None] = lambda record: None

    def land(self, record: Record, now_ms: int) -> int:
        offset = Partition.land(self, record, now_ms)
        self.on_land(self.records[-1])
        return offset


class WatchedLog(SimLog):
    """`moments`: of each record of each partition, when it landed, by the world's own counter. `kept`: all of them, trimmed ones too."""

    def __init__(self, sizes: Mapping[str, int], now_ms: int, on_land: Callable[[Record], int]) -> None:
        self._on_land = on_land
        self.moments: dict[TopicPartition, list[int]] = {}
        self.kept: dict[TopicPartition, list[Record]] = {}
        super().__init__(sizes, now_ms)

    def create_topic(self, topic: str, partitions: int) -> None:
        for number in range(partitions):
            tp = TopicPartition(topic, number)
            self.moments[tp], self.kept[tp] = [], []
            self.partitions[tp] = WatchedPartition(on_land=self._landed)

    def _landed(self, record: Record) -> None:
        tp = TopicPartition(record.topic, record.partition)
        self.kept[tp].append(record)
        self.moments[tp].append(self._on_land(record))


@dataclass(slots=True)
class Weather:
    """What is wrong with the log now, for everyone: fates of the next appends by partition, topics that stand still for readers."""

    faults: FaultCount
    fates: dict[TopicPartition, deque[Fate]] = field(default_factory=lambda: defaultdict(deque))
    stalled: dict[str, int] = field(default_factory=dict)
    """Topic → the turn of the world until which nobody sees anything new of it."""
    turn: int = 0

    def stands_still(self, topic: str) -> bool:
        until = self.stalled.get(topic)
        return until is not None and self.turn < until

    def clear(self) -> None:
        self.fates.clear()
        self.stalled.clear()


@dataclass(slots=True)
class Doom:
    """What is going to strike a process: the strike, and how many chances it lets pass first."""

    strike: Strike | None = None
    passes: int = 0

    def strikes(self, at: Strike) -> bool:
        if self.strike is not at:
            return False
        if self.passes > 0:
            self.passes -= 1
            return False
        self.strike = None
        return True


@dataclass(slots=True)
class ProcessClock:
    """A process's own wall clock: true time, and how wrong it is."""

    true_ns: Callable[[], int]
    offset_ns: int = 0

    def now_ns(self) -> int:
        return self.true_ns() + self.offset_ns


class ProcessLog:
    """`oms.runtime.log.Log` for one process. `recovering` tells whether a strike in recovery may hit now."""

    def __init__(self, log: WatchedLog, weather: Weather, journal: TopicPartition | None = None) -> None:
        self._log, self.weather, self.journal = log, weather, journal
        self.doom = Doom()
        self.recovering: Callable[[], bool] = lambda: False

    def appender(self, tp: TopicPartition) -> "ProcessAppender":
        return ProcessAppender(self, tp, self._log.appender(tp), self._log)

    def reader(
        self, positions: Mapping[TopicPartition, int], patient: bool = False, held: Collection[TopicPartition] = ()
    ) -> "ProcessReader":
        return ProcessReader(self, self._log, positions, held)

    def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return self._log.starts(partitions)

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        self.strike(Strike.IN_RECOVERY)
        return self._log.ends(partitions)

    def delete_before(self, positions: Mapping[TopicPartition, int]) -> None:
        self._log.delete_before(positions)

    def strike(self, at: Strike) -> None:
        """Kill the process here, if that is its fate."""
        if self.doom.strike is None or (at is Strike.IN_RECOVERY and not self.recovering()):
            return
        if self.doom.strikes(at):
            self.weather.faults.add(FAULT_OF_STRIKE[at])
            raise Killed(at.name)


class ProcessAppender:
    def __init__(self, process: ProcessLog, tp: TopicPartition, inner: SimAppender, log: WatchedLog) -> None:
        self._process, self._tp, self._inner, self._log = process, tp, inner, log
        self._lost = False

    def append(self, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> int:
        process = self._process
        owns = self._tp == process.journal
        if owns:
            process.strike(Strike.BEFORE_APPEND)
            process.strike(Strike.IN_RECOVERY)
        self._put_fate()
        token = self._inner.append(key, value, headers)
        if owns:
            process.strike(Strike.BEFORE_ACK)
            process.strike(Strike.IN_RECOVERY)
        return token

    def _put_fate(self) -> None:
        weather = self._process.weather
        fates = weather.fates.get(self._tp)
        fate = fates.popleft() if fates else Fate.LANDS
        if fate is not Fate.LANDS:
            self._log.plan(self._tp, fate)
            if fate in FAULT_OF_FATE:
                weather.faults.add(FAULT_OF_FATE[fate])
        elif self._lost:
            weather.faults.add(Fault.MIDDLE_LOST)
            self._lost = False
        self._lost = self._lost or fate is Fate.LOST

    def poll(self, timeout_s: float) -> list[Ack | Failed]:
        outcomes = self._inner.poll(timeout_s)
        if outcomes and self._tp == self._process.journal:
            self._process.strike(Strike.BEFORE_EFFECT)
            self._process.strike(Strike.IN_RECOVERY)
        return outcomes

    def purge(self) -> None:
        self._inner.purge()

    def close(self, timeout_s: float) -> None:
        self._inner.close(timeout_s)


class ProcessReader(SimReader):
    """Sees nothing new of a stalled topic."""

    def __init__(
        self,
        process: ProcessLog,
        log: SimLog,
        positions: Mapping[TopicPartition, int],
        held: Collection[TopicPartition],
    ) -> None:
        self._process = process
        super().__init__(log, positions, held)

    def poll(self, timeout_s: float, max_records: int = 500) -> list[Record]:
        if self._process.doom.strike is not None:
            self._process.strike(Strike.IN_RECOVERY)
        return super().poll(timeout_s, max_records) if self._something_new() else []

    def _something_new(self) -> bool:
        """A look that costs less than a poll: most polls of a simulation find nothing."""
        partitions = self._log.partitions
        for tp, offset in self._positions.items():
            partition = partitions.get(tp)
            if partition is None or offset != partition.start + len(partition.records):
                return True
        return False

    def _read(self, tp: TopicPartition, count: int) -> list[Record]:
        if self._process.weather.stalled and self._process.weather.stands_still(tp.topic):
            return []
        return super()._read(tp, count)


def draw_fates(chance: random.Random) -> list[Fate]:
    """What becomes of the next appends to a partition: a burst of bad luck."""
    kinds, weights = zip(*_FATE_WEIGHTS, strict=True)
    return chance.choices(kinds, weights, k=chance.randrange(1, 5))


_FATE_WEIGHTS = (
    (Fate.LANDS, 4),
    (Fate.LANDS_UNACKED, 3),
    (Fate.LANDS_TWICE, 2),
    (Fate.LATE, 3),
    (Fate.LOST, 3),
    (Fate.FATAL, 1),
)

STALLS = {
    topics.CONTROL: Fault.STALL_CONTROL,
    topics.REFERENCE: Fault.STALL_REFERENCE,
    topics.MARKET: Fault.STALL_MARKET,
    topics.AUDIT_PROGRESS: Fault.STALL_PROGRESS,
}
