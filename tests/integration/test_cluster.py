"""A Kafka cluster of three nodes, killed, paused and cut off: what it acknowledged stays, once and in order."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oms.local.child import ComponentError
from oms.local.cluster import Cluster
from oms.local.ports import free_port
from oms.runtime.kafka import KafkaLog, KafkaSettings, TopicSpec
from oms.runtime.log import Ack, LogUnavailable, TopicPartition
from oms.testing.chaos.proxy import Proxy, why_not

pytestmark = pytest.mark.integration

NODES = 3
LINE, LISTENER = "test", "VIA_TEST"
TP = TopicPartition("cluster-test", 0)
ELECTION_S = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    cluster: Cluster
    proxy: Proxy | None
    log: KafkaLog

    def leader(self) -> int:
        return until("a leader", lambda: max(self.log.leaders([TP])[TP], 0))

    def append(self, values: list[bytes]) -> list[int]:
        """The offsets of all, once each is acknowledged."""
        appender = self.log.appender(TP)
        for value in values:
            appender.append(None, value)
        acks: list[int] = []

        def polled() -> bool:
            for outcome in appender.poll(0.2):
                assert isinstance(outcome, Ack), outcome
                acks.append(outcome.offset)
            return len(acks) == len(values)

        until("every record acknowledged", polled)
        appender.close(1.0)
        return acks

    def read(self) -> list[bytes]:
        reader, end, values = self.log.reader({TP: 0}), self.log.ends([TP])[TP], list[bytes]()

        def polled() -> bool:
            values.extend(record.value for record in reader.poll(0.2))
            return len(values) >= end

        until("everything read", polled)
        reader.close()
        return values


def until(what: str, holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + ELECTION_S
    while True:
        try:
            if found := holds():
                return found
        except LogUnavailable:
            pass
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    proxy = None if why_not() else Proxy.start(folder / "proxy")
    ports = [free_port() for _ in range(NODES)]
    cluster = Cluster.start(folder, NODES, {LISTENER: ports})
    try:
        for node, port in zip(cluster.nodes, ports, strict=True):
            if proxy is not None:
                proxy.add(LINE, port, node.listeners[LISTENER])
        log = KafkaLog(cluster.settings)
        log.create_topics([TopicSpec(TP.topic, 1)])
        yield Running(cluster, proxy, log)
        log.close()
    finally:
        cluster.stop()
        if proxy is not None:
            proxy.stop()
    assert not any(node.running for node in cluster.nodes)


def test_a_topic_has_three_copies_and_needs_two(running: Running) -> None:
    config = running.log.topic_config(TP.topic)
    assert config["min.insync.replicas"] == "2" and config["unclean.leader.election.enable"] == "false"
    assert running.log.broker_ids() == {1, 2, 3}


@pytest.mark.parametrize("how", ["killed", "paused"])
def test_what_was_acknowledged_survives_its_leader(running: Running, how: str) -> None:
    before = running.read()
    values = [f"{how} before {n}".encode() for n in range(20)]
    offsets = running.append(values)
    gone = running.leader()
    (running.cluster.kill if how == "killed" else running.cluster.pause)(gone)
    after = [f"{how} after {n}".encode() for n in range(20)]
    offsets += running.append(after)
    assert running.leader() != gone
    if how == "killed":
        running.cluster.launch(gone)
    running.cluster.resume(gone)
    running.cluster.await_brokers(NODES)
    offsets += running.append([b"whole again"])
    assert offsets == list(range(len(before), len(before) + len(offsets)))
    assert running.read() == [*before, *values, *after, b"whole again"]


@pytest.mark.parametrize("how", ["cut", "silent"])
def test_one_client_is_cut_off_and_nobody_else(running: Running, how: str) -> None:
    proxy = running.proxy
    if proxy is None:
        pytest.skip(why_not())
    settings = KafkaSettings(running.cluster.bootstrap_of(LISTENER))
    behind = KafkaLog(settings)
    assert behind.ends([TP]) == running.log.ends([TP])
    (proxy.cut if how == "cut" else proxy.silence)(LINE)
    with pytest.raises(LogUnavailable):
        behind.ends([TP])
    assert running.append([b"the others go on"])
    proxy.heal(LINE)
    until("reached again", lambda: behind.ends([TP]) == running.log.ends([TP]))
    behind.close()


def test_a_node_that_ends_at_its_start_says_why(running: Running, tmp_path: Path) -> None:
    taken = running.cluster.node(1).port
    one = Cluster.start(tmp_path / "one", 1)
    try:
        one.kill(1)
        one.node(1).port = taken
        one.launch(1)
        with pytest.raises(ComponentError, match=r"node 1 ended: .*[Bb]ind"):
            one.await_brokers(1)
    finally:
        one.stop(0)
