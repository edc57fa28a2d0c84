"""A local Kafka cluster of several nodes on loopback, each a child process that can be killed, paused and started again by itself.

Every node is broker and controller in one (KRaft). Three nodes keep three copies and acknowledge what two have; a leader that is not in
sync is never elected. One node keeps one copy: it is then the broker of `oms.local.broker` with another lifetime.

A node may have further listeners, advertised under ports of somebody else's: whoever connects through such a port can be cut off by
whoever holds it (a proxy), and nobody else is. The nodes among themselves always use their own.

Invariants: a node keeps its ports and its folder over any number of starts; all end when this process does, however it does.
Does not know topics, nor what stands between a listener and its clients.
"""

import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oms.local.broker import (
    FAULT,
    LOG4J,
    SERVER_PROPERTIES,
    START_TIMEOUT_S,
    BrokerError,
    claim_broker_folder,
    find_java,
    format_storage,
    heap_arguments,
    new_cluster_id,
    resolve_class_path,
)
from oms.local.child import ComponentChild, last_lines, start_child
from oms.local.ports import LOOPBACK, free_port
from oms.runtime.kafka import KafkaLog, KafkaSettings
from oms.runtime.log import LogError

HEAP_MB = 256  # per node: enough for the topics of one small system, and three of them fit beside it
COPIES_MAX, IN_SYNC_MIN = 3, 2
STOP_TIMEOUT_S = 4.0

CONTROLLER_TIMEOUT_MS = 2_000
"""How long a node waits for the controller's answer. A controller that hangs keeps its connections, so that nodes wait for this and no
event: with the default, 30 s, nobody who starts to append gets a producer id from them for up to 72 s (measured), with this for some 10.
Shorter than a node's session (`broker.session.timeout.ms`), which a slow answer must not end."""

LINES_SHOWN = 3


@dataclass(slots=True)
class Node:
    """`listeners`: name → the port on which the node itself listens for it; OWN is everybody's. `child` None: never started."""

    number: int
    folder: Path
    port: int
    controller_port: int
    listeners: Mapping[str, int]
    child: ComponentChild | None = None
    paused: bool = False

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None


@dataclass(slots=True)
class Cluster:
    """Made by `Cluster.start`. `advertised`: listener → the port under which clients reach it, by node."""

    nodes: tuple[Node, ...]
    advertised: Mapping[str, Sequence[int]]
    cluster_id: str
    java: str = field(default_factory=find_java)
    class_path: str = field(default_factory=resolve_class_path)

    @classmethod
    def start(cls, data_dir: Path, nodes: int, advertised: Mapping[str, Sequence[int]] | None = None) -> "Cluster":
        """Start `nodes` empty nodes under `data_dir`, and wait until all answer. BrokerError with one line where they do not."""
        names = dict(advertised or {})
        assert all(len(ports) == nodes for ports in names.values()), "a listener has a port on every node"
        made = tuple(
            Node(n, data_dir.resolve() / f"kafka-{n}", free_port(), free_port(), {name: free_port() for name in names})
            for n in range(1, nodes + 1)
        )
        cluster = cls(made, names, new_cluster_id())
        try:
            for node in made:
                cluster.launch(node.number)
            cluster.await_brokers(nodes)
        except BaseException:
            cluster.stop(0)
            raise
        return cluster

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(f"{LOOPBACK}:{node.port}" for node in self.nodes)

    def bootstrap_of(self, listener: str) -> str:
        """Where a client starts that comes through `listener` only."""
        return ",".join(f"{LOOPBACK}:{port}" for port in self.advertised[listener])

    @property
    def settings(self) -> KafkaSettings:
        """For whoever creates topics: every acknowledged record is on two nodes where there are three."""
        copies = min(COPIES_MAX, len(self.nodes))
        return KafkaSettings(
            self.bootstrap_servers, replication_factor=copies, min_insync_replicas=min(IN_SYNC_MIN, copies)
        )

    def node(self, number: int) -> Node:
        return self.nodes[number - 1]

    def launch(self, number: int) -> None:
        """Start a node that does not run; returns before it answers."""
        node = self.node(number)
        assert not node.running, f"node {number} runs"
        lock = claim_broker_folder(node.folder)
        try:
            config = self._configure(node)
            common = [f"-Dlog4j2.configurationFile={node.folder / 'config' / 'log4j2.xml'}", "-cp", self.class_path]
            if not (node.folder / "log" / "meta.properties").exists():
                format_storage([self.java, *common], config, cluster_id=self.cluster_id)
            command = [self.java, *heap_arguments(HEAP_MB), *common, "kafka.Kafka", str(config)]
            output = node.folder / "server.out"
            # SIGKILL: a node that is paused when its parent dies would keep a milder signal for later
            node.child = start_child(command, output, keeps_open=[lock], parent_death_signal=signal.SIGKILL)
            node.paused = False
        finally:
            os.close(lock)  # the node holds its own

    def kill(self, number: int) -> None:
        """SIGKILL; what was acknowledged is on its disk and on others."""
        child = self.node(number).child
        assert child is not None
        child.kill()

    def pause(self, number: int) -> None:
        """SIGSTOP: its connections stay open, and nothing answers. Returns once every thread of it stands still (or it has ended)."""
        node = self.node(number)
        assert node.child is not None
        os.kill(node.child.pid, signal.SIGSTOP)
        node.paused = True
        # the signal is only on its way: on a busy machine a thread goes on for as long as it would take to answer
        os.waitid(os.P_PID, node.child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self, number: int) -> None:
        node = self.node(number)
        if node.paused and node.running and node.child is not None:
            os.kill(node.child.pid, signal.SIGCONT)
        node.paused = False

    def await_brokers(self, count: int, timeout_s: float = START_TIMEOUT_S) -> None:
        """Until so many nodes are registered and answer. BrokerError with the last words of one that ended."""
        deadline = time.monotonic() + timeout_s
        log, ours = KafkaLog(self.settings), {node.number for node in self.nodes}
        try:
            while True:
                ended = [node for node in self.nodes if node.child is not None and not node.running]
                if ended:
                    raise BrokerError(f"node {ended[0].number} ended: {last_words(ended[0].folder)}")
                try:
                    registered = log.broker_ids()
                    if registered <= ours and len(registered) >= count:  # else another cluster has a port, and answered
                        return
                except LogError:
                    pass  # not yet
                if time.monotonic() > deadline:
                    raise BrokerError(f"not {count} nodes within {timeout_s:.0f} s: {last_words(self.nodes[0].folder)}")
                time.sleep(0.1)
        finally:
            log.close()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """All at once, orderly where they make it in time. Harmless when repeated."""
        children = [node.child for node in self.nodes if node.child is not None]
        for node in self.nodes:
            self.resume(node.number)
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + timeout_s
        for child in children:
            if child.wait(max(0.0, deadline - time.monotonic())) is None:
                child.kill()

    def _configure(self, node: Node) -> Path:
        """The node's properties file: those of the one-node broker, with what several nodes have differently."""
        folder, copies = node.folder, min(COPIES_MAX, len(self.nodes))
        (folder / "config").mkdir(parents=True, exist_ok=True)
        one = SERVER_PROPERTIES.format(
            protocol="PLAINTEXT",
            host=LOOPBACK,
            advertised_host=LOOPBACK,
            port=node.port,
            controller_port=node.controller_port,
            logs=folder / "log",
        )
        properties = dict(line.split("=", 1) for line in one.splitlines() if line)
        listening = {"PLAINTEXT": node.port, **node.listeners}
        reached = {"PLAINTEXT": node.port} | {n: ports[node.number - 1] for n, ports in self.advertised.items()}
        protocols = ["CONTROLLER:PLAINTEXT", *(f"{name}:PLAINTEXT" for name in listening)]
        voters = [f"{n.number}@{LOOPBACK}:{n.controller_port}" for n in self.nodes]
        properties |= {
            "node.id": str(node.number),
            "controller.quorum.voters": ",".join(voters),
            "listeners": ",".join([*_urls(listening), f"CONTROLLER://{LOOPBACK}:{node.controller_port}"]),
            "advertised.listeners": ",".join(_urls(reached)),
            "listener.security.protocol.map": ",".join(protocols),
            "unclean.leader.election.enable": "false",
            "min.insync.replicas": str(min(IN_SYNC_MIN, copies)),
            "controller.socket.timeout.ms": str(CONTROLLER_TIMEOUT_MS),
            **{key: str(copies) for key in _COPIES},
            **{key: str(min(IN_SYNC_MIN, copies)) for key in _IN_SYNC},
        }
        config = folder / "config" / "server.properties"
        config.write_text("".join(f"{key}={value}\n" for key, value in properties.items()), "utf-8")
        (folder / "config" / "log4j2.xml").write_text(LOG4J.format(folder=folder), "utf-8")
        return config


_COPIES = (
    "default.replication.factor",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "share.coordinator.state.topic.replication.factor",
)
_IN_SYNC = ("transaction.state.log.min.isr", "share.coordinator.state.topic.min.isr")


def _urls(ports: Mapping[str, int]) -> list[str]:
    return [f"{name}://{LOOPBACK}:{port}" for name, port in ports.items()]


def last_words(folder: Path) -> str:
    """The last faults that a node wrote, or its last lines."""
    lines = last_lines(folder / "server.out", LINES_SHOWN)
    faults = [line for line in last_lines(folder / "server.log", 200) if FAULT.search(line)]
    return " | ".join([*lines, *faults[-LINES_SHOWN:]]) or f"it wrote nothing (see {folder})"
