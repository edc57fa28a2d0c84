"""The system as faults are played on it: all processes of a local run, a standby beside each stage, and a cluster instead of one broker.

A `Supervisor` with other stores below it. It carries out one fault at a time and undoes it; which, when and why is not its matter.
Only processes that this run started are signalled, each by its id. `stop` undoes everything first, so that nothing stays paused, cut,
mounted or running, whatever was interrupted.
"""

import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from oms.cli.status import read_health
from oms.local.child import ComponentError
from oms.local.cluster import Cluster
from oms.local.engine import Engine
from oms.local.ports import LOOPBACK, free_port
from oms.local.supervisor import SERVICES, STAGES, STORE_STOP_S, Supervisor, standby_of
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import LogError, TopicPartition
from oms.runtime.ownership import Phase
from oms.testing.chaos import proxy as toxiproxy
from oms.testing.chaos.faults import BROKER, CLICKHOUSE, OWNER, SNAPSHOTS, STANDBY, Fault, Kind
from oms.testing.chaos.proxy import Proxy
from oms.testing.chaos.small_disk import SmallDisk
from oms.wire import topics

SNAPSHOT_SETTINGS = {"OMS_SNAPSHOT_EVERY": "100"}
"""Often enough that every round writes some."""

JOURNALS = (topics.RISK, topics.ROUTING, topics.EXECUTION)
COMPONENT_STOP_S = 3.0


@dataclass(frozen=True, slots=True)
class Shape:
    """What a run is made of. `proxied`, `small_disk`: wanted; what the machine cannot do is left out, and said."""

    nodes: int
    standbys: bool
    proxied: bool
    small_disk: bool


class ChaosSystem(Supervisor):
    """Used by one thread. `skipped`: one line for each kind of fault that this machine cannot play."""

    def __init__(
        self,
        data: Path,
        partitions: int,
        tape_arguments: Sequence[str],
        say: Callable[[str], None],
        shape: Shape,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(data, partitions, tape_arguments, say, environment)
        self.with_standbys = shape.standbys
        self.shape = shape
        self.skipped: list[str] = []
        self.cluster: Cluster | None = None
        self.proxy: Proxy | None = None
        self.disk: SmallDisk | None = None
        self._paused: set[str] = set()
        self._engine_ports = (0, 0)

    # What it is made of

    @property
    def standbys(self) -> tuple[str, ...]:
        return tuple(standby_of(stage) for stage in STAGES if standby_of(stage) in self.processes)

    @property
    def cut_off(self) -> tuple[str, ...]:
        """The services that reach the broker through the proxy. A standby never does, so that it can take over."""
        return SERVICES if self.proxy is not None else ()

    def start_stores(self) -> None:
        if self.shape.small_disk:
            self._mount()
        super().start_stores()
        assert self.engine is not None
        self._engine_ports = self.engine.tcp_port, self.engine.http_port

    def _mount(self) -> None:
        disk = SmallDisk.mounted(self.data / "small-disk")
        if isinstance(disk, str):
            self.skipped.append(f"disk full for snapshots: {disk}")
            return
        self.disk = disk

    def _start_broker(self) -> None:
        """The cluster, and before it the proxy, whose ports the nodes advertise."""
        lines: dict[str, list[int]] = {}
        reason = toxiproxy.why_not() if self.shape.proxied else ""
        if reason:
            self.skipped.append(f"a service cut off from the broker: {reason}")
        elif self.shape.proxied:
            self.proxy = Proxy.start(self.data / "proxy")
            lines = {_listener(name): [free_port() for _ in range(self.shape.nodes)] for name in SERVICES}
        self.cluster = Cluster.start(self.data, self.shape.nodes, lines)
        self.kafka = self.cluster.settings
        for name in self.cut_off:
            for node, port in zip(self.cluster.nodes, lines[_listener(name)], strict=True):
                assert self.proxy is not None
                self.proxy.add(name, port, node.listeners[_listener(name)])

    def _add(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """A first process reaches the brokers through the proxy; a snapshot's place is the small disk, where there is one."""
        reaches = {}
        if self.cluster is not None and name in self.cut_off:
            reaches["KAFKA_BOOTSTRAP_SERVERS"] = self.cluster.bootstrap_of(_listener(name))
        if self.disk is not None and "OMS_SNAPSHOTS" in env:
            reaches |= {"OMS_SNAPSHOTS": str(self.disk.folder), **SNAPSHOT_SETTINGS}
        super()._add(name, argv, {**env, **reaches})

    # Faults

    def play(self, fault: Fault) -> str:
        """Carry it out; what was done, for the round's line, and the name by which `undo` knows it."""
        target = self._process(fault.card.target)
        match fault.card.kind:
            case Kind.KILL:
                return self._kill(target, fault.draw)
            case Kind.PAUSE:
                return self._pause(target, fault.draw)
            case Kind.STOP:
                self._stop_engine(orderly=True)
            case Kind.CUT:
                assert self.proxy is not None
                self.proxy.cut(target)
            case Kind.SILENCE:
                assert self.proxy is not None
                self.proxy.silence(target)
            case Kind.FILL:
                assert self.disk is not None and target == SNAPSHOTS
                self.disk.fill()
        return target

    def _process(self, target: str) -> str:
        """A process by its role where `target` names one. The owner is who owns most partitions; of equals, the first."""
        stage, _, role = target.partition(" ")
        if role not in (OWNER, STANDBY):
            return target
        both = _pair(stage)
        owned = {name: self._owned(name) for name in both}
        owner = max(both, key=lambda name: owned[name])
        return owner if role == OWNER else next(name for name in both if name != owner)

    def taken_over(self, name: str) -> bool:
        """Whether the other process of a stage owns everything that `name` may have owned."""
        (other,) = {of for stage in STAGES for of in _pair(stage) if name in _pair(stage)} - {name}
        return self._owned(other) == self.partitions

    def _owned(self, name: str) -> int:
        """How many partitions a process says that it owns; none where it says nothing."""
        try:
            said = read_health(f"http://{LOOPBACK}:{self.health_ports[name]}/readyz")
        except (OSError, ValueError):
            return 0
        return sum(partition["phase"] == Phase.RUNNING.value for partition in said["partitions"])

    def undo(self, fault: Fault, what: str) -> None:
        """`what`: as `play` returned it."""
        match fault.card.kind:
            case Kind.KILL | Kind.PAUSE | Kind.STOP:
                self._bring_back(what)
            case Kind.CUT | Kind.SILENCE:
                assert self.proxy is not None
                self.proxy.heal(what)
            case Kind.FILL:
                assert self.disk is not None
                self.disk.empty()

    def _kill(self, target: str, draw: int) -> str:
        if target == CLICKHOUSE:
            self._stop_engine(orderly=False)
            return target
        if target == BROKER:
            number = self._leader(draw)
            assert self.cluster is not None
            self.cluster.kill(number)
            return f"{BROKER} {number}"
        self.kill(target)
        return target

    def _pause(self, target: str, draw: int) -> str:
        if target == BROKER:
            number = self._leader(draw)
            assert self.cluster is not None
            self.cluster.pause(number)
            return f"{BROKER} {number}"
        child = self.processes[target].child
        assert child is not None
        os.kill(child.pid, signal.SIGSTOP)
        self._paused.add(target)
        return target

    def _bring_back(self, what: str) -> None:
        name, _, number = what.partition(" ")
        if name == BROKER:
            assert self.cluster is not None
            node = self.cluster.node(int(number))
            if node.running:
                self.cluster.resume(node.number)
            else:
                self.cluster.launch(node.number)
        elif name == CLICKHOUSE:
            self.engine = self.engine or Engine.start(self.stores, *self._engine_ports)
        elif name in self._paused:
            self._continue(name)

    def _continue(self, name: str) -> None:
        self._paused.discard(name)
        child = self.processes[name].child
        if child is not None and child.poll() is None:
            os.kill(child.pid, signal.SIGCONT)

    def _stop_engine(self, orderly: bool) -> None:
        """While it is away `watch` does not miss it."""
        engine, self.engine = self.engine, None
        assert engine is not None
        if orderly:
            engine.stop(STORE_STOP_S)
        else:
            engine.kill()

    def _leader(self, draw: int) -> int:
        """The node that leads the partition of a journal that `draw` picks; any running one where none is known."""
        assert self.cluster is not None and self.kafka is not None
        tp = TopicPartition(JOURNALS[draw % len(JOURNALS)], draw // len(JOURNALS) % self.partitions)
        log = KafkaLog(self.kafka)
        try:
            leader = log.copies(tp)[0]
        except LogError:
            leader = -1
        finally:
            log.close()
        running = [node.number for node in self.cluster.nodes if node.running]
        if not running:
            raise ComponentError("no broker runs, and one was to be killed")
        return leader if leader in running else running[draw % len(running)]

    def whole(self) -> bool:
        """Nothing is paused or away: every process of the run is there, and every node answers."""
        if self._paused or self.engine is None or self.cluster is None:
            return False
        if not all(node.running and not node.paused for node in self.cluster.nodes):
            return False
        return all(p.child is not None and p.child.poll() is None for p in self.processes.values())

    # End

    def stop(self) -> None:
        for name in list(self._paused):
            self._continue(name)
        try:
            super().stop()
        finally:
            if self.cluster is not None:
                self.cluster.stop(COMPONENT_STOP_S)
            if self.proxy is not None:
                self.proxy.stop()
            if self.disk is not None:
                self.disk.unmount()

    def remove(self) -> None:
        """Take its data off the disk, after `stop`."""
        shutil.rmtree(self.data)


def _pair(stage: str) -> tuple[str, str]:
    return stage, standby_of(stage)


def _listener(name: str) -> str:
    """Kafka's listeners have names of capitals."""
    return f"VIA_{name.upper().replace('-', '_')}"
