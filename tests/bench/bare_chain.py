"""The floor under the stages' throughput: three processes in a chain that do what every stage must, and nothing else.

For each record: read, protobuf decode, the run rule, twelve integer comparisons that leave evidence, envelope encode with the hash of the
record before it, append; for each ack the fence. The events are those of a real order. No gateway, no venue, no state, no market, no
reference data, no second input, no audit: what is between this and the system is what those cost.
"""

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sample_orders import sample_log

from oms.core.record_chain import record_hash
from oms.core.run_rule import JOURNAL_START, RunPosition, ack_on_plan, advance
from oms.local.child import start_child
from oms.runtime.kafka import KafkaLog, KafkaSettings, TopicSpec
from oms.runtime.log import Ack, Appender, Log, Reader, Record, TopicPartition
from oms.wire import topics
from oms.wire.codec import decode_head, decode_intake, decode_journal, encode_claim, encode_envelope
from oms.wire.envelope import SCHEMA_VERSION, Claim, Envelope, ReadPosition, Source

STAGES = (topics.RISK, topics.ROUTING, topics.EXECUTION)
PREFIX = "bench.chain."
CHECKS = 12
UNDER_WAY_MAX = 2_000
POLL_S = 0.01
PATIENCE_S = 60.0


def chain_partition(topic: str) -> TopicPartition:
    return TopicPartition(PREFIX + topic, 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """What one order leaves behind: the command, and the first record of each stage."""

    command: bytes
    events: dict[str, tuple[Any, ...]]


def sample() -> Sample:
    log = sample_log(1)
    events = {}
    for stage in STAGES:
        envelopes = [decode_journal(record.value) for record in log.of(stage)]
        found = [
            e.events
            for e in envelopes
            if isinstance(e, Envelope)
            and any("rder" in type(v).__name__ or "hild" in type(v).__name__ for v in e.events)
        ]
        events[stage] = found[0]
    return Sample(log.of(topics.ORDERS)[0].value, events)


class BareStage:
    """One stage of the chain. `fence` off: no hash of the record before, no run rule, no look at the offsets of acks."""

    def __init__(
        self, stage: str, events: tuple[Any, ...], reader: Reader, appender: Appender, fence: bool = True
    ) -> None:
        self._stage, self._events, self._reader, self._appender, self._fence = stage, events, reader, appender, fence
        self._epoch, self._seq, self._hash, self._next = -1, 1, b"", 0
        self._in_flight: deque[int] = deque()
        self._upstream: RunPosition = JOURNAL_START
        self._first = stage == STAGES[0]
        self._source = topics.ORDERS if self._first else STAGES[STAGES.index(stage) - 1]
        self.done = 0

    def claim(self) -> None:
        """As an owner does: the claim's offset is the epoch."""
        self._appender.append(None, encode_claim(Claim("bench", 0)))
        while not (outcomes := self._appender.poll(POLL_S)):
            pass
        assert isinstance(outcomes[0], Ack), outcomes
        self._epoch = outcomes[0].offset

    def turn(self, wait_s: float) -> None:
        self._acks(0.0 if len(self._in_flight) < UNDER_WAY_MAX else POLL_S)
        if len(self._in_flight) < UNDER_WAY_MAX:
            for record in self._reader.poll(0.0 if self._in_flight else wait_s):
                self._take(record)

    def _take(self, record: Record) -> None:
        self._next = record.offset + 1
        if self._first:
            decode_intake(topics.ORDERS, record.value)
        else:
            claim, epoch, run_seq = decode_head(record.value)
            if self._fence:
                self._upstream, _ = advance(self._upstream, record.offset, claim, epoch, run_seq)
            if claim:
                return
            decode_journal(record.value)
        evidence = [number for number in range(CHECKS) if record.offset + number >= number]
        assert len(evidence) == CHECKS
        self._append(record)

    def _append(self, record: Record) -> None:
        up = self._upstream
        position = ReadPosition(self._source, 0, self._next, up.epoch, up.unbroken)
        now = time.time_ns()
        source = Source(self._source, 0, record.offset, "", "", 0)
        value = encode_envelope(
            self._stage,
            Envelope(
                self._epoch, self._seq, (position,), source, now, now, "", SCHEMA_VERSION, self._hash, b"", self._events
            ),
        )
        self._appender.append(None, value)
        self._in_flight.append(self._seq)
        if self._fence:
            self._hash = record_hash(value)
        self._seq += 1

    def _acks(self, wait_s: float) -> None:
        for outcome in self._appender.poll(wait_s):
            run_seq = self._in_flight.popleft()
            assert isinstance(outcome, Ack), outcome
            assert not self._fence or ack_on_plan(self._epoch, run_seq, outcome.offset), "off plan"
            self.done += 1


def make_stage(log: Log, stage: str, given: Sample, fence: bool = True) -> BareStage:
    source = topics.ORDERS if stage == STAGES[0] else STAGES[STAGES.index(stage) - 1]
    reader = log.reader({chain_partition(source): 0})
    made = BareStage(stage, given.events[stage], reader, log.appender(chain_partition(stage)), fence)
    made.claim()
    return made


@contextmanager
def bare_chain(kafka: KafkaSettings, folder: Path) -> Iterator[KafkaLog]:
    """The chain's processes, running."""
    log = KafkaLog(kafka)
    log.create_topics([TopicSpec(chain_partition(topic).topic, 1) for topic in (topics.ORDERS, *STAGES)])
    children = [
        start_child([sys.executable, __file__, kafka.bootstrap_servers, stage], folder / f"chain-{stage}.log")
        for stage in STAGES
    ]
    try:
        yield log
    finally:
        for child in children:
            child.stop(2.0)


def chain_rate(log: KafkaLog, orders: int) -> float:
    """Orders a second that the chain carries to its last journal, from the first to the last of them."""
    command, last = sample().command, chain_partition(STAGES[-1])
    appender, reader = log.appender(chain_partition(topics.ORDERS)), log.reader({last: 0})
    warm = orders // 10
    _push(appender, command, warm)
    _read_to(reader, warm)
    started = time.perf_counter()
    _push(appender, command, orders)
    _read_to(reader, orders)
    took = time.perf_counter() - started
    reader.close()
    appender.close(2.0)
    return orders / took


def _push(appender: Appender, command: bytes, count: int) -> None:
    left, open_count = count, 0
    while left or open_count:
        while left and open_count < UNDER_WAY_MAX:
            appender.append(None, command)
            left, open_count = left - 1, open_count + 1
        open_count -= len(appender.poll(POLL_S))


def _read_to(reader: Reader, count: int) -> None:
    """Read so many records that are no claims."""
    deadline = time.monotonic() + PATIENCE_S
    while count > 0:
        for record in reader.poll(0.1):
            count -= not decode_head(record.value)[0]
        assert time.monotonic() < deadline, f"{count} records of the chain did not come within {PATIENCE_S:.0f} s"


def main() -> None:
    """One stage's process, until it is killed: servers and stage are given."""
    stage = make_stage(KafkaLog(KafkaSettings(sys.argv[1])), sys.argv[2], sample())
    while True:
        stage.turn(0.1)


if __name__ == "__main__":
    main()
