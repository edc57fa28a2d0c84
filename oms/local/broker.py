"""The local broker: one Apache Kafka node (KRaft, broker and controller in one) as a child process.

Decides where its jars come from (Maven resolves `deploy/local/kafka/pom.xml` once; the class path is kept under `build/` by the pom's hash), how it
is configured, and when it counts as started (it answers a metadata request). Data, configuration and logs lie under the data directory; a start on
existing data continues with it. Loopback only. The child ends when its parent is gone.

Every failure is a `BrokerError` of one line that says what to do. Does not know which topics there are.
"""

import hashlib
import os
import re
import shutil
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from oms.local.child import ComponentChild, ComponentError, claim_directory, last_lines, start_child
from oms.local.ports import LOOPBACK, free_port, port_in_use
from oms.runtime.kafka import KafkaLog, KafkaSettings
from oms.runtime.log import LogDenied, LogUnavailable

PROJECT = Path(__file__).resolve().parents[2]
POM = PROJECT / "deploy" / "local" / "kafka" / "pom.xml"
CACHE = PROJECT / "build" / "kafka"

JAVA_VERSION_MIN = 17  # Kafka 4 brokers need it
INSTALL = "sudo apt-get install -y openjdk-17-jre-headless maven"
HEAP_MB_MIN = 256
HEAP_MB_MAX = 512  # enough for tens of partitions; a laptop runs seven other processes beside it
START_TIMEOUT_S = 60.0  # 3 s on an idle machine; recovery of a large log after a kill takes longer
RESOLVE_TIMEOUT_S = 600.0  # 70 MB on a slow line
STOP_TIMEOUT_S = 15.0
LOG_LINES_SHOWN = 5
FAULT = re.compile(
    r" (ERROR|FATAL) |^(Caused by: )?[\w.]+(Exception|Error)\b"
)  # a log line, or the head of a stack trace

# A killed broker may register again only when its session has run out: 3 s instead of 9.
# Segments small enough that a trimmed topic gives its disk back soon, large enough that there are few files.
# Indexes are sized for such segments. The cleaner's buffer (default 128 MiB of heap) only serves small compacted topics.
# Flushing is left to the operating system, as on a cluster: acknowledged records survive a killed process, not a power cut.
SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
controller.listener.names=CONTROLLER
listeners={protocol}://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners={protocol}://{advertised_host}:{port}
listener.security.protocol.map={protocol}:{protocol},CONTROLLER:PLAINTEXT
inter.broker.listener.name={protocol}
log.dirs={logs}
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
num.network.threads=2
num.io.threads=4
background.threads=2
num.recovery.threads.per.data.dir=2
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
log.retention.ms=-1
log.retention.check.interval.ms=30000
log.segment.delete.delay.ms=5000
log.message.timestamp.type=LogAppendTime
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=16777216
group.initial.rebalance.delay.ms=0
"""

LOG4J = """\
<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <RollingFile name="file" fileName="{folder}/server.log" filePattern="{folder}/server.log.%i">
      <PatternLayout pattern="%d{{ISO8601}}{{UTC}}Z %p %m (%c{{1}})%n"/>
      <SizeBasedTriggeringPolicy size="10 MB"/>
      <DefaultRolloverStrategy max="3"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Logger name="kafka" level="INFO"/>
    <Logger name="org.apache.kafka" level="WARN"/>
    <Root level="WARN"><AppenderRef ref="file"/></Root>
  </Loggers>
</Configuration>
"""


class BrokerError(ComponentError):
    """The local broker cannot run; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class BrokerSecurity:
    """How clients must come: `protocol` is Kafka's (SASL_SSL, SSL), `properties` the listener's further lines.

    `format_arguments` go to the storage tool (the first SCRAM users). `host` is the name that is advertised: the one in the certificate.
    `client` are the settings with which the start is checked.
    """

    protocol: str
    properties: tuple[str, ...]
    format_arguments: tuple[str, ...]
    host: str
    client: Mapping[str, str]


OPEN = BrokerSecurity("PLAINTEXT", (), (), LOOPBACK, {})
"""No identities: what runs on one machine, on loopback."""


class Broker:
    """A running local broker. Made by `Broker.start`."""

    def __init__(self, child: ComponentChild, port: int, folder: Path, security: BrokerSecurity = OPEN) -> None:
        self._child = child
        self.port = port
        self.folder = folder
        self._security = security

    @classmethod
    def start(cls, data_dir: Path, port: int | None = None, security: BrokerSecurity = OPEN) -> "Broker":
        """Start on `data_dir`/kafka (made where absent) and wait until it answers. A port is chosen where none is given."""
        java = find_java()
        class_path = resolve_class_path()
        if port is not None and port_in_use(port):
            raise BrokerError(f"port {port} is in use: stop what listens there, or choose another one for the broker")
        port = free_port() if port is None else port
        folder = data_dir.resolve() / "kafka"
        lock = claim_broker_folder(folder)
        try:
            broker = cls(launch(java, class_path, folder, port, lock, security), port, folder, security)
        finally:
            os.close(lock)  # the broker holds its own
        broker._await_answer()
        return broker

    @property
    def bootstrap_servers(self) -> str:
        return f"{self._security.host}:{self.port}"

    @property
    def pid(self) -> int:
        return self._child.pid

    def running(self) -> bool:
        return self._child.poll() is None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Orderly stop; SIGKILL after `timeout_s`. True where it was orderly. Harmless when repeated."""
        return self._child.stop(timeout_s)

    def kill(self) -> None:
        """SIGKILL, for tests: what was acknowledged is still there at the next start."""
        self._child.kill()

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        log = KafkaLog(KafkaSettings(self.bootstrap_servers, self._security.client))
        while self.running():
            try:
                log.await_answer(timeout_s=0.5)
                if self.running():  # else another process has the port and answered
                    return
            except (LogUnavailable, LogDenied):  # users are known a moment after it listens
                if time.monotonic() > deadline:
                    break
        self.kill()
        raise BrokerError(f"the broker did not start: {self._last_words()} (see {self.folder})")

    def _last_words(self) -> str:
        log = self.folder / "server.log"
        lines = last_lines(self.folder / "server.out", LOG_LINES_SHOWN)
        faults = [line for line in last_lines(log, 200) if FAULT.search(line)]
        lines += (faults or last_lines(log, LOG_LINES_SHOWN))[-LOG_LINES_SHOWN:]
        return " | ".join(lines) or "it wrote nothing"


def claim_broker_folder(folder: Path) -> int:
    """The lock of a broker's folder, as `claim_directory`. BrokerError where another broker has it."""
    try:
        return claim_directory(folder)
    except BlockingIOError:
        raise BrokerError(f"another broker runs on {folder}: stop it first, or choose another data directory") from None


def launch(
    java: str, class_path: str, folder: Path, port: int, lock: int, security: BrokerSecurity = OPEN
) -> ComponentChild:
    """Write the configuration, format an empty folder, start the process."""
    config = write_config(folder, port, free_port(), security)
    common = [f"-Dlog4j2.configurationFile={folder / 'config' / 'log4j2.xml'}", "-cp", class_path]
    if not (folder / "log" / "meta.properties").exists():
        format_storage([java, *common], config, security.format_arguments)
    (folder / "server.log").unlink(missing_ok=True)  # of the run before: its last words are not this one's
    command = [java, *heap_arguments(HEAP_MB_MAX), *common, "kafka.Kafka", str(config)]
    return start_child(command, folder / "server.out", keeps_open=[lock])


def heap_arguments(heap_mb: int) -> list[str]:
    """How the virtual machine of a small broker is run."""
    collector = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"]
    return [f"-Xmx{heap_mb}m", f"-Xms{min(heap_mb, HEAP_MB_MIN)}m", *collector]


def find_java() -> str:
    """The Java to run with: JAVA_HOME's, else the one on PATH. Raises BrokerError where there is none or it is too old."""
    home = os.environ.get("JAVA_HOME")
    candidate = Path(home) / "bin" / "java" if home else None
    java = str(candidate) if candidate and candidate.exists() else shutil.which("java")
    if java is None:
        raise BrokerError(
            f"no Java found: the broker needs Java {JAVA_VERSION_MIN} or newer; install it with: {INSTALL}"
        )
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=60)
    version = parse_java_version(answer.stderr + answer.stdout)
    if version < JAVA_VERSION_MIN:
        raise BrokerError(
            f"{java} is Java {version or 'of unknown version'}: the broker needs {JAVA_VERSION_MIN} or newer; install it with: {INSTALL}"
        )
    return java


def parse_java_version(text: str) -> int:
    """The major version in the output of `java -version`; "1.8.0" counts as 8; 0 where there is none."""
    found = re.search(r'version "(\d+)(?:\.(\d+))?', text)
    if found is None:
        return 0
    major = int(found[1])
    return int(found[2] or 0) if major == 1 else major


def why_not() -> str:
    """Why no Kafka can be started on this machine: no Java, an old one, or no Maven to fetch it; empty where one can be."""
    try:
        find_java()
    except BrokerError as fault:
        return str(fault)
    return "" if kept_class_path() or shutil.which("mvn") else f"no Maven found: install it with: {INSTALL}"


def kept_class_path() -> str:
    """The class path resolved before, while its jars are there; else empty."""
    kept = CACHE / f"classpath-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}"
    class_path = kept.read_text("utf-8").strip() if kept.exists() else ""
    return class_path if all(os.path.exists(jar) for jar in class_path.split(os.pathsep)) else ""


def resolve_class_path() -> str:
    """The broker's class path: the kept one while its jars are there, else resolved by Maven (70 MB the first time)."""
    if class_path := kept_class_path():
        return class_path
    kept = CACHE / f"classpath-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}"
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError(f"no Maven found: it fetches the broker's jars once; install it with: {INSTALL}")
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = CACHE / f"resolving-{os.getpid()}"  # renamed when complete: two processes may resolve at once
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:build-classpath", f"-Dmdep.outputFile={fresh}"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RESOLVE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise BrokerError(
            f"Maven did not fetch the broker's jars in {RESOLVE_TIMEOUT_S:.0f} s: check the network and retry"
        ) from None
    if answer.returncode != 0 or not fresh.exists():
        faults = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip()]
        raise BrokerError(f"Maven could not fetch the broker's jars: {faults[0] if faults else 'no message'}")
    fresh.replace(kept)
    return kept.read_text("utf-8").strip()


def write_config(folder: Path, port: int, controller_port: int, security: BrokerSecurity = OPEN) -> Path:
    """Write the node's configuration under `folder`; returns the properties file."""
    (folder / "config").mkdir(parents=True, exist_ok=True)
    config = folder / "config" / "server.properties"
    text = SERVER_PROPERTIES.format(
        protocol=security.protocol,
        host=LOOPBACK,
        advertised_host=security.host,
        port=port,
        controller_port=controller_port,
        logs=folder / "log",
    )
    config.touch(mode=0o600)  # it may hold the broker's own password
    config.write_text("".join((text, *(f"{line}\n" for line in security.properties))), "utf-8")
    (folder / "config" / "log4j2.xml").write_text(LOG4J.format(folder=folder), "utf-8")
    return config


def new_cluster_id() -> str:
    """What all nodes of one cluster are formatted with."""
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return "A" + cluster_id[1:] if cluster_id.startswith("-") else cluster_id  # the tool would read it as an option


def format_storage(command: list[str], config: Path, further: Sequence[str] = (), cluster_id: str = "") -> None:
    """Give an empty data directory its cluster id. Formatting an already formatted one would be refused by Kafka itself."""
    cluster_id = cluster_id or new_cluster_id()
    arguments = [*command, "kafka.tools.StorageTool", "format", "--config", str(config), "--cluster-id", cluster_id]
    arguments += further
    try:
        answer = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=START_TIMEOUT_S)
    except subprocess.TimeoutExpired:  # its text would show the arguments, and the first users' passwords with them
        raise BrokerError(f"the broker's data directory was not prepared in {START_TIMEOUT_S:.0f} s: retry") from None
    if answer.returncode != 0:
        lines = (answer.stdout + answer.stderr).strip().splitlines()
        raise BrokerError(f"the broker's data directory could not be prepared: {lines[-1] if lines else 'no message'}")
