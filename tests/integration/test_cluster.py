"""A Kafka cluster of three nodes, killed, paused and cut off: what it acknowledged stays, once and in order."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oms.local.child import ComponentError
from oms.local.cluster import Cluster
from oms.local.ports import free_port
from oms.runtime.kafka import KafkaLog, KafkaSettings, TopicSpec
from oms.runtime.log import Ack, Appender, Failed, LogUnavailable, TopicPartition
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
        return until("a leader", lambda: max(self.log.copies(TP)[0], 0))

    def append(self, values: list[bytes], appender: Appender | None = None) -> list[int]:
        """The offsets of all, once each is acknowledged. `appender`: one that goes on; else a new one, that is closed again."""
        given = appender
        appender = given or self.log.appender(TP)
        for value in values:
            appender.append(None, value)
        acks: list[int] = []

        def polled() -> bool:
            for outcome in appender.poll(0.2):
                assert isinstance(outcome, Ack), outcome
                acks.append(outcome.offset)
            return len(acks) == len(values)

        until("every record acknowledged", polled)
        if given is None:
            appender.close(1.0)
        return acks

    def await_whole(self) -> None:
        """All nodes are there and have everything: with less, the next one that is hurt could be one too many."""
        self.cluster.await_brokers(NODES)
        until("all in sync", lambda: self.log.copies(TP)[1] == NODES)

    @contextmanager
    def hurt(self, number: int, how: str) -> Iterator[None]:
        """A node is killed or paused, and there again afterwards whatever the test found."""
        (self.cluster.kill if how == "killed" else self.cluster.pause)(number)
        try:
            yield
        finally:
            if how == "killed":
                self.cluster.launch(number)
            self.cluster.resume(number)
            self.await_whole()

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
    """To one who appended before: that is what an owner is. Its producer has its id, which only a controller gives."""
    running.await_whole()
    before = running.read()
    appender = running.log.appender(TP)
    values = [f"{how} before {n}".encode() for n in range(20)]
    offsets = running.append(values, appender)
    gone = running.leader()
    with running.hurt(gone, how):
        after = [f"{how} after {n}".encode() for n in range(20)]
        offsets += running.append(after, appender)
        assert running.leader() != gone
    appender.close(1.0)
    offsets += running.append([b"whole again"])
    assert offsets == list(range(len(before), len(before) + len(offsets)))
    assert running.read() == [*before, *values, *after, b"whole again"]


@pytest.mark.parametrize("number", range(1, NODES + 1))
def test_a_newcomer_gets_to_append_while_a_node_hangs(running: Running, number: int) -> None:
    """One of the three is the controller, which gives a new producer its id: the others must soon ask the next one. Each try is a
    process of its own, as a stage is that starts again after an append without an outcome."""
    running.await_whole()
    with running.hurt(number, "paused"):
        until("a newcomer's record acknowledged", lambda: tried(running))


def tried(running: Running) -> bool:
    appender = running.log.appender(TP)
    appender.append(None, b"newcomer")
    outcomes: list[Ack | Failed] = []
    while not outcomes:
        outcomes += appender.poll(0.2)
    appender.purge()
    return isinstance(outcomes[0], Ack)


@pytest.mark.parametrize("how", ["cut", "silent"])
def test_one_client_is_cut_off_and_nobody_else(running: Running, how: str) -> None:
    proxy = running.proxy
    if proxy is None:
        pytest.skip(why_not())
    running.await_whole()
    settings = KafkaSettings(running.cluster.bootstrap_of(LISTENER))
    behind = KafkaLog(settings)
    assert behind.ends([TP]) == running.log.ends([TP])
    (proxy.cut if how == "cut" else proxy.silence)(LINE)
    try:
        with pytest.raises(LogUnavailable):
            behind.ends([TP])
        assert running.append([b"the others go on"])
    finally:
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
