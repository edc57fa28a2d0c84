"""The floor under the order path: plain bytes through the same number of appends, one after the other, by the same processes.

An order's way to its fill is six appends, each made after the one before was acknowledged or read:

    client → 0 → risk → 1 → router → 2 → execution → 3 (and its ack) → 4 → router → 5 → client

A relay is a process for each of the three services and a thread for each of its hops: it reads a topic and appends what it read to the
next one, unlooked at. Same broker, same client, same client settings; no gRPC, no protobuf, no decision, no venue.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from oms.local.child import start_child
from oms.runtime.kafka import KafkaLog, KafkaSettings, TopicSpec
from oms.runtime.log import Ack, Appender, Log, TopicPartition

HOPS = 6
PROCESSES = (((0, 1),), ((1, 2), (4, 5)), ((2, 3, 4),))
"""Of each process its hops: the topic read, the topics appended to, each after the ack of the one before."""

POLL_S = 0.1
BACKLOG_MIN = 4  # an appender that holds records back lets them go when it is polled
READY_S = 30.0


def topic(number: int) -> TopicPartition:
    return TopicPartition(f"bench.relay.{number}", 0)


def acked(appender: Appender) -> None:
    """Wait for one ack."""
    while not (outcomes := appender.poll(POLL_S)):
        pass
    assert isinstance(outcomes[0], Ack), outcomes


def relay(log: Log, route: tuple[int, ...], stopping: threading.Event) -> None:
    """Move records along one route until stopped."""
    source, *sinks = (topic(number) for number in route)
    appenders = [log.appender(tp) for tp in sinks]
    reader = log.reader({source: 0})
    open_count = 0
    while not stopping.is_set():
        for record in reader.poll(POLL_S if open_count < BACKLOG_MIN else 0.0):
            for appender in appenders[:-1]:
                appender.append(None, record.value)
                acked(appender)
            appenders[-1].append(None, record.value)
            open_count += 1
        open_count -= len(appenders[-1].poll(0.0 if open_count < BACKLOG_MIN else 0.001))
    reader.close()


@dataclass(slots=True)
class RelayClient:
    """Sends numbered records into the first topic, and hears them out of the last."""

    log: KafkaLog
    sent_s: dict[int, float] = field(default_factory=dict)
    took_s: list[float] = field(default_factory=list)
    heard: int = 0
    numbers: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        reader = self.log.reader({topic(HOPS - 1): 0})
        while not self.stopping.is_set():
            for record in reader.poll(POLL_S):
                now = time.perf_counter()
                self.took_s.append(now - self.sent_s.pop(int(record.value[:12])))
                self.heard += 1
        reader.close()

    def hold(self, appender: Appender, rate: float, seconds: float, payload: bytes) -> list[float]:
        """Send at a rate for a while; the seconds that each record took."""
        self.took_s = []
        start, count = time.perf_counter(), round(rate * seconds)
        for number in range(count):
            time.sleep(max(0.0, start + number / rate - time.perf_counter()))
            self.numbers += 1
            self.sent_s[self.numbers] = time.perf_counter()
            appender.append(None, b"%012d" % self.numbers + payload)
            appender.poll(0.0)
        deadline = time.perf_counter() + READY_S
        while self.sent_s and time.perf_counter() < deadline:
            appender.poll(0.005)
            time.sleep(0.001)
        assert not self.sent_s, f"{len(self.sent_s)} records of the relay were not heard within {READY_S:.0f} s"
        return self.took_s


@dataclass(slots=True)
class RawRelay:
    """The relay's processes and its client."""

    client: RelayClient
    appender: Appender

    def hold(self, rate: float, seconds: float, payload_bytes: int = 500) -> list[float]:
        return self.client.hold(self.appender, rate, seconds, b"x" * payload_bytes)


@contextmanager
def raw_relay(kafka: KafkaSettings, folder: Path) -> Iterator[RawRelay]:
    """A relay that runs: its first record went all the way."""
    log = KafkaLog(kafka)
    log.create_topics([TopicSpec(topic(number).topic, 1) for number in range(HOPS)])
    children = [
        start_child([sys.executable, __file__, kafka.bootstrap_servers, str(index)], folder / f"relay-{index}.log")
        for index in range(len(PROCESSES))
    ]
    client = RelayClient(log)
    listener = threading.Thread(target=client.listen, daemon=True)
    listener.start()
    running = RawRelay(client, log.appender(topic(0)))
    try:
        running.hold(10, 1)
        yield running
    finally:
        client.stopping.set()
        listener.join(2)
        for child in children:
            child.stop(2.0)
        running.appender.close(1.0)


def main() -> None:
    """One process of the relay, until it is killed: servers and its index in PROCESSES are given."""
    log = KafkaLog(KafkaSettings(sys.argv[1]))
    stopping = threading.Event()
    threads = [
        threading.Thread(target=relay, args=(log, route, stopping), daemon=True)
        for route in PROCESSES[int(sys.argv[2])]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
