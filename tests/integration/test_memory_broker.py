"""The broker without Java: when it is taken, what it refuses, and that nothing of it is left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from oms.local.broker import BrokerError
from oms.local.memory_broker import STORES, MemoryBroker

pytestmark = pytest.mark.integration

PATIENCE_S = 60.0

ORPHAN = """
import sys, time
from pathlib import Path
from oms.local.memory_broker import MemoryBroker
from oms.runtime.kafka import KafkaLog
broker = MemoryBroker.start(Path(sys.argv[1]))
KafkaLog(broker.settings).partition_counts()
print(broker.pid, flush=True)
time.sleep(60)
"""


def test_every_start_begins_with_nothing_and_leaves_the_kafka_run_alone(tmp_path: Path) -> None:
    old = tmp_path / STORES / "clickhouse" / "rows"
    kept = tmp_path / "clickhouse" / "rows"
    for path in (old, kept):
        path.parent.mkdir(parents=True)
        path.write_text("of a former run")
    broker = MemoryBroker.start(tmp_path)
    try:
        assert not old.exists() and kept.exists()
        assert broker.memory_bytes() > 0
        with pytest.raises(BrokerError, match=r"another broker runs on [^\n]*$"):
            MemoryBroker.start(tmp_path)
        assert broker.running()
    finally:
        broker.stop()
    assert not broker.running() and broker.memory_bytes() == 0


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    try:
        child.wait(PATIENCE_S)
    except psutil.TimeoutExpired:
        child.kill()
        raise


def run_without_java(data: Path, *arguments: str, **told: str) -> "subprocess.CompletedProcess[str]":
    """`oms run` on a machine where neither Java nor Maven is found."""
    environment = {"HOME": os.environ.get("HOME", str(data)), "PATH": str(data / "nothing-here"), **told}
    command = [sys.executable, "-m", "oms.cli.main", "run", "--data", str(data), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def test_without_java_kafka_is_refused_and_says_how_to_get_it(tmp_path: Path) -> None:
    answer = run_without_java(tmp_path, "--broker", "kafka")
    assert answer.returncode == 1
    assert "oms: no Java found: the broker needs Java 17 or newer; install it with: sudo apt-get" in answer.stderr


def test_a_database_that_would_remember_another_log_is_refused(tmp_path: Path) -> None:
    answer = run_without_java(tmp_path, CLICKHOUSE_URL="clickhouse://u:a-Secret@127.0.0.1:1/oms")
    assert answer.returncode == 1
    assert "begins with an empty log, but CLICKHOUSE_URL names a database that would remember" in answer.stderr
    assert "Secret" not in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("wish", "told", "said"),
    [
        ("rabbit", {}, "--broker rabbit: give kafka or memory"),
        (
            "memory",
            {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"},
            "KAFKA_BOOTSTRAP_SERVERS names yours: unset one of them",
        ),
    ],
)
def test_a_wish_that_cannot_be_is_wrong_usage(tmp_path: Path, wish: str, told: dict[str, str], said: str) -> None:
    answer = run_without_java(tmp_path, "--broker", wish, **told)
    assert answer.returncode == 2 and said in answer.stderr
