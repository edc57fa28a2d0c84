"""All processes of the system on one machine: started in order, watched, restarted, stopped in order.

Kafka and ClickHouse are children too unless the environment points at real ones (`KAFKA_BOOTSTRAP_SERVERS`, `CLICKHOUSE_URL`).
Every process but those two is a plain `python -m`, told what it needs by environment, as on Kubernetes; tokens are not among that.
A service that ends unexpectedly is started again; nothing is handed over but the journals.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oms.local.broker import Broker, why_not
from oms.local.child import ComponentChild, ComponentError, last_lines, start_child
from oms.local.engine import Engine
from oms.local.memory_broker import MEMORY_BYTES_MAX, MemoryBroker, service_environment
from oms.local.ports import LOOPBACK, free_port
from oms.local.run_identity import RunIdentity, run_identity
from oms.runtime.kafka import KafkaLog, KafkaSettings, TopicSpec
from oms.runtime.lifecycle import EXIT_TOO_OLD
from oms.runtime.log import TopicPartition
from oms.runtime.settings import kafka_settings, read_settings
from oms.wire import topics
from oms.wire.codec import encode_intake
from oms.wire.envelope import Heartbeat
from oms.wire.topics import TOPICS, Topic

SERVICES = ("execution", "router", "risk", "audit", "order-gateway")
"""In the order of their start: whoever reads a topic is there before the first command is accepted."""

FIX_GATEWAY = "fix-gateway"
"""Clients' FIX sessions, the second process of the order-gateway service. It owns partitions, as the stages do. A run may be without it."""

VIEWS = "views"
"""Optional: nothing depends on it, and where it does not stay up the run goes on without it."""

STAGES = ("execution", "router", "risk")
"""Services that own partitions: with standbys each runs twice."""

TAKEOVER_SETTINGS = {"OMS_STANDBY": "1", "OMS_HEARTBEAT_MS": "100", "OMS_SILENCE_MS": "500"}
"""Where a standby is to take over within a second. On a busy machine that makes false alarms, which cost nothing but time."""

VENUES = "venues"
PASSED_ON = (
    *("OMS_AUDIT_LIMIT_MS", "OMS_CONTROL_LIMIT_MS", "OMS_LOG_LEVEL", "OMS_TRACE_SLOW_MS", "OMS_TRACE_CONSOLE"),
    "OMS_PROPOSAL_VALID_HOURS",
)
"""Settings that a person may give to all services of a run; the others are the supervisor's to say."""

STOP_S = 5.0
STORE_STOP_S = 4.0
"""Together below the ten seconds in which a run ends after Ctrl-C; what is killed then loses nothing that was acknowledged."""

COORDINATOR_WAIT_S = 30.0
RESTART_PAUSE_S, SHORT_LIFE_S = 0.5, 3.0
"""Who ended within so short a time of its start is given a pause before the next one; who ran for longer is missed, and comes back at once."""

RESTARTS_PER_MINUTE = 10
"""A service that ends more often than this does not run, and the whole run stops with its last words."""

DISK_FREE_MIN = 1_000_000_000
KAFKA, MEMORY = "kafka", "memory"
"""The brokers that can be asked for; without a wish it is Kafka where Java and Maven are there, else the one in memory."""


@dataclass(slots=True)
class Process:
    """One supervised process. `started` holds the times of its starts in the last minute."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    output: Path
    child: ComponentChild | None = None
    started: list[float] = field(default_factory=list)
    restarts: int = 0

    def start(self) -> None:
        now = time.monotonic()
        self.started = [t for t in self.started if now - t < 60] + [now]
        if len(self.started) > RESTARTS_PER_MINUTE:
            words = " | ".join(last_lines(self.output, 3))
            raise ComponentError(
                f"{self.name} ended {RESTARTS_PER_MINUTE} times within a minute: {words} (see {self.output})"
            )
        if self.output.exists():
            self.output.replace(self.output.with_suffix(".previous.log"))
        self.child = start_child(list(self.argv), self.output, env=self.env)


def check_environment() -> None:
    """SettingsError where a setting is misspelt or malformed: before anything starts, or is written."""
    read_settings({"KAFKA_BOOTSTRAP_SERVERS": "none:0", **os.environ})


def topic_specs(partitions: int) -> list[TopicSpec]:
    """The topics as they are created: append time, no retention by time, compaction only where the table says so."""
    return [TopicSpec(t.name, t.partitions(partitions), _config(t)) for t in TOPICS]


def await_coordinator(log: KafkaLog) -> None:
    """Wait until the broker gives out producer ids: a producer that asks while it still loads them spins until it is restarted."""
    appender = log.appender(TopicPartition(topics.HEARTBEATS, 0))
    beat = Heartbeat(topics.HEARTBEATS, 0, "supervisor", "starting", -1, 0, time.time_ns())
    appender.append(b"supervisor", encode_intake(topics.HEARTBEATS, beat))
    deadline = time.monotonic() + COORDINATOR_WAIT_S
    while not appender.poll(0.2):
        if time.monotonic() > deadline:
            raise ComponentError("the broker acknowledges nothing: see its log, or give another --data")
    appender.close(1.0)


def _config(topic: Topic) -> dict[str, str]:
    return {"cleanup.policy": "compact", "segment.ms": "600000"} if topic.compacted else {}


def standby_of(stage: str) -> str:
    """The second process of a stage. Both wait for silence: whoever claims first owns."""
    return f"{stage}-2"


class Supervisor:
    """Owns every child of one run. Not thread-safe; `watch` is called often. `environment`: further settings of the services."""

    def __init__(
        self,
        data: Path,
        partitions: int,
        tape_arguments: Sequence[str],
        say: Callable[[str], None],
        environment: Mapping[str, str] | None = None,
        broker: str = "",
    ) -> None:
        self.data, self.partitions, self._tape, self._say = data, partitions, list(tape_arguments), say
        self.stores = data  # where ClickHouse and the venues keep what goes with this run's log
        self._environment = dict(environment or {})
        self._wish = broker
        self.broker: Broker | MemoryBroker | None = None
        self.engine: Engine | None = None
        self.kafka: KafkaSettings | None = None
        self.clickhouse_url = ""
        self.gateway_port = self.venue_port = 0
        self.venue_fix_port = 0
        self.fix_rules: Path | None = None  # where the order flow to the venues goes by FIX: their rules of engagement
        self.fix_ports: dict[str, int] = {}
        self.identity: RunIdentity | None = None
        self.processes: dict[str, Process] = {}
        self.health_ports: dict[str, int] = {}
        self.with_view = self.with_standbys = False
        self.fix_gateways = 0  # processes for clients' FIX sessions: none, one, or one and its standby
        self.view_port = 0
        self.disk_bytes_max = 0  # the bound that whoever runs this keeps; told to those who watch

    # -- start --------------------------------------------------------------------------------------------------------------

    def start_stores(self) -> None:
        """Kafka, ClickHouse, topics. ComponentError or LogError with one line where something is missing."""
        check_environment()
        self.data.mkdir(parents=True, exist_ok=True)
        self.identity = run_identity(self.data, {**os.environ, **self._environment})
        free = shutil.disk_usage(self.data).free
        if free < DISK_FREE_MIN:
            raise ComponentError(
                f"only {free // 1_000_000} MB are free under {self.data}: make room, or give another --data"
            )
        if os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
            self.kafka = kafka_settings(os.environ)
            self._say(f"broker: {self.kafka.bootstrap_servers} (yours)")
        else:
            self._start_broker()
        assert self.kafka is not None
        log = KafkaLog(self.kafka)
        log.create_topics(topic_specs(self.partitions))
        await_coordinator(log)
        self._start_clickhouse()

    def _start_broker(self) -> None:
        missing = "" if self._wish else why_not()
        if self._wish == MEMORY or missing:
            self._start_memory_broker(missing)
            return
        self._say("broker: starting Apache Kafka (the first start fetches it, 70 MB)")
        self.broker = Broker.start(self.data)
        self.kafka = KafkaSettings(self.broker.bootstrap_servers)

    def _start_memory_broker(self, missing: str) -> None:
        """An empty log every time, so a database that remembers another one cannot be used with it."""
        if os.environ.get("CLICKHOUSE_URL"):
            raise ComponentError(
                "the broker in memory begins with an empty log, but CLICKHOUSE_URL names a database that would remember the last one: "
                + (missing or "unset it, or use --broker kafka")
            )
        if missing:
            self._say(f"broker: {missing}")
        self._say("broker: in memory. NOTHING SURVIVES A STOP: orders, fills and their audit are gone with it")
        self.broker = MemoryBroker.start(self.data)
        self.kafka = self.broker.settings
        self.stores = self.broker.folder
        self._environment |= service_environment()

    def _start_clickhouse(self) -> None:
        if os.environ.get("CLICKHOUSE_URL"):
            self.clickhouse_url = os.environ["CLICKHOUSE_URL"]
            self._say("ClickHouse: yours")
            return
        self._say("ClickHouse: starting the engine")
        self.engine = Engine.start(self.stores)
        self.clickhouse_url = self.engine.url("oms_writer")

    @property
    def gateway(self) -> str:
        """host:port at which this machine reaches the gateway."""
        assert self.identity is not None
        return f"{self.identity.host}:{self.gateway_port}"

    @property
    def token(self) -> str:
        """Of the run itself, for its own calls."""
        assert self.identity is not None
        return self.identity.token

    def admin_url(self) -> str:
        """The URL with which migrations run."""
        return self.engine.url("oms_admin") if self.engine is not None else self.clickhouse_url

    def start_services(self) -> None:
        assert self.kafka is not None
        self.venue_port, self.venue_fix_port, self.gateway_port = free_port(), free_port(), free_port()
        (self.data / "logs").mkdir(exist_ok=True)
        self._add(VENUES, [*self._venue_argv()], {})
        for name in SERVICES:
            own = self.identity.environment if name == "order-gateway" and self.identity is not None else {}
            doubled = self.with_standbys and name in STAGES
            for own_name in (name, standby_of(name)) if doubled else (name,):
                self._add_service(name, own_name, {**own, **(TAKEOVER_SETTINGS if doubled else {})})
        if self.fix_gateways:
            self._add_fix_gateways()
        if self.with_view:
            self.view_port = free_port()
            self._add(VIEWS, [sys.executable, "-m", "services.views.app"], {"OMS_HEALTH_PORT": str(self.view_port)})
        for process in self.processes.values():
            process.start()
        self._write_run_file()

    def _add_service(self, name: str, own_name: str, env: Mapping[str, str]) -> None:
        self.health_ports[own_name] = free_port()
        ours = {"OMS_HEALTH_PORT": str(self.health_ports[own_name]), "OMS_PROCESS_ID": own_name}
        if name in STAGES:
            ours["OMS_SNAPSHOTS"] = str(self.stores / "snapshots")
        module = f"services.{name.replace('-', '_')}.app"
        self._add(own_name, [sys.executable, "-m", module], {**ours, **env})

    def _add_fix_gateways(self) -> None:
        """One, or two, each with a port of its own: a client tries the other where one does not own its partition."""
        for own_name in (FIX_GATEWAY, standby_of(FIX_GATEWAY))[: self.fix_gateways]:
            self.health_ports[own_name], self.fix_ports[own_name] = free_port(), free_port()
            env = {
                "OMS_HEALTH_PORT": str(self.health_ports[own_name]),
                "OMS_PROCESS_ID": own_name,
                "OMS_SNAPSHOTS": str(self.stores / "snapshots"),
                "OMS_FIX_PORT": str(self.fix_ports[own_name]),
                **(TAKEOVER_SETTINGS if self.fix_gateways > 1 else {}),
            }
            self._add(own_name, [sys.executable, "-m", "services.order_gateway.fix"], env)

    def _venue_argv(self) -> list[str]:
        log_dir = str(self.stores / "venues")
        return [
            sys.executable,
            "-m",
            "oms.cli.main",
            "venue",
            "serve",
            "--port",
            str(self.venue_port),
            "--log-dir",
            log_dir,
            "--partitions",
            str(self.partitions),
            "--fix-port",
            str(self.venue_fix_port),
            *(("--rules", str(self.fix_rules), "--drop-copies") if self.fix_rules is not None else ()),
            *self._tape,
        ]

    def _add(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        assert self.kafka is not None
        ours = {k for k in os.environ if k.startswith("OMS_") and not k.startswith("OMS_KAFKA_")}
        base = {k: v for k, v in os.environ.items() if k not in ours or k in PASSED_ON}
        mine = {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "CLICKHOUSE_URL": self.clickhouse_url,
            "OMS_PARTITIONS": str(self.partitions),
            "OMS_GATEWAY_PORT": str(self.gateway_port),
            "OMS_VENUE_ADDRESS": f"{LOOPBACK}:{self.venue_port}",
            "PYTHONUNBUFFERED": "1",
        }
        if self.fix_rules is not None:
            mine |= {"OMS_VENUES": "fix", "OMS_VENUE_FIX_ADDRESS": f"{LOOPBACK}:{self.venue_fix_port}"}
            mine["OMS_VENUE_RULES"] = str(self.fix_rules)
        self.processes[name] = Process(
            name, argv, {**base, **self._environment, **mine, **env}, self.data / "logs" / f"{name}.log"
        )

    def _write_run_file(self) -> None:
        assert self.kafka is not None
        run = {
            "gateway": self.gateway,
            "kafka": self.kafka.bootstrap_servers,
            "partitions": self.partitions,
            "venue_process": f"{LOOPBACK}:{self.venue_port}",
            "venue_fix": f"{LOOPBACK}:{self.venue_fix_port}",
            "venues": "fix" if self.fix_rules is not None else "local",
            "fix_rules": str(self.fix_rules) if self.fix_rules is not None else "",
            "fix": {name: f"{LOOPBACK}:{port}" for name, port in self.fix_ports.items()},
            "health": {name: f"{LOOPBACK}:{port}" for name, port in self.health_ports.items()},
            "clickhouse": self._clickhouse_addresses(),
            "credentials": str(self.engine.folder / "credentials.json") if self.engine is not None else "",
            "pids": {p.name: p.child.pid for p in self.processes.values() if p.child is not None},
            "view": f"{LOOPBACK}:{self.view_port}" if self.view_port else "",
            "disk_bytes_max": self.disk_bytes_max,
            "stores": str(self.stores),
            "supervisor_pid": os.getpid(),
        }
        path = self.data / "run.json"
        path.with_suffix(".new").write_text(json.dumps(run, indent=2))
        path.with_suffix(".new").replace(path)

    def _clickhouse_addresses(self) -> dict[str, object]:
        if self.engine is None:
            return {"url": "yours"}
        return {"host": LOOPBACK, "port": self.engine.tcp_port, "http_port": self.engine.http_port}

    # -- while it runs ------------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Start again what has ended. ComponentError where a process does not stay up."""
        if self.broker is not None and not self.broker.running():
            raise ComponentError(f"the broker has ended; see {self.broker.folder}")
        if isinstance(self.broker, MemoryBroker) and self.broker.memory_bytes() > MEMORY_BYTES_MAX:
            raise ComponentError(
                f"the broker holds {MEMORY_BYTES_MAX // 1_000_000} MB in memory and has no more: start again, which begins with nothing, "
                "or install Java and Maven for a broker that keeps its log on disk"
            )
        if self.engine is not None and not self.engine.running():
            raise ComponentError(f"the ClickHouse engine has ended; see {self.stores / 'clickhouse'}")
        for process in self.processes.values():
            if process.child is not None and process.child.poll() is not None:
                if process.child.poll() == EXIT_TOO_OLD:
                    raise ComponentError(f"{process.name} must not run on these journals: {self._last_words(process)}")
                self._say(f"{process.name} has ended (exit {process.child.poll()}): starting it again")
                process.restarts += 1
                if time.monotonic() - process.started[-1] < SHORT_LIFE_S:
                    time.sleep(RESTART_PAUSE_S)
                self._start_again(process)
                self._write_run_file()

    def _start_again(self, process: Process) -> None:
        try:
            process.start()
        except ComponentError as error:
            if process.name != VIEWS:
                raise
            process.child = None
            self._say(f"{error}: the run goes on without it")

    def _last_words(self, process: Process) -> str:
        """The message of its last critical line, which says what to do."""
        lines = [json.loads(line) for line in last_lines(process.output, 50) if line.startswith("{")]
        said = [str(line["message"]) for line in lines if line["level"] == "CRITICAL"]
        return said[-1] if said else f"see {process.output}"

    def kill(self, name: str) -> None:
        """SIGKILL one process; `watch` starts it again."""
        process = self.processes.get(name)
        if process is None:
            raise ComponentError(f"no process is named {name}; there are {', '.join(self.processes)}")
        assert process.child is not None
        process.child.kill()

    def stop_service(self, name: str) -> None:
        """Stop one process for good (tests of a stopped audit); `start_service` brings it back."""
        process = self.processes[name]
        if process.child is not None:
            process.child.stop(STOP_S)
            process.child = None

    def start_service(self, name: str) -> None:
        self.processes[name].start()

    # -- stop ---------------------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Services first, all at once; then the venues and the stores. Whatever does not end is killed."""
        children = [p.child for p in self.processes.values() if p.child is not None]
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_S
        for child in children:
            if child.wait(max(0.1, deadline - time.monotonic())) is None:
                child.kill()
        if self.engine is not None:
            self.engine.stop(STORE_STOP_S)
        if self.broker is not None:
            self.broker.stop(STORE_STOP_S)
        (self.data / "run.json").unlink(missing_ok=True)
