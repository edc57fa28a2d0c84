"""The embedded broker and ClickHouse engine as a person's machine runs them: started, killed, restarted, refused."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from oms.local.broker import INSTALL, Broker, BrokerError, parse_java_version
from oms.local.engine import Engine, EngineError, EngineUser, compliance_user, standard_users
from oms.local.ports import free_port, port_in_use
from oms.runtime.kafka import KafkaLog, KafkaSettings, TopicSpec
from oms.runtime.log import Ack, TopicPartition

pytestmark = pytest.mark.integration

PATIENCE_S = 20.0
DESK_USER = compliance_user("compliance_alpha", row_filters={"oms.events": "desk = 'alpha'"})
USERS: tuple[EngineUser, ...] = (*standard_users(), DESK_USER)

ORPHAN = """
import sys, time
from pathlib import Path
from {module} import {name}
component = {name}.start(Path(sys.argv[1]))
print(component.pid, flush=True)
time.sleep(60)
"""


def ask(engine: Engine, sql: str, user: str = "oms_admin", password: str | None = None) -> str:
    """The answer over HTTP; an error's text where the engine refuses."""
    secret = engine.password(user) if password is None else password
    request = urllib.request.Request(
        f"http://127.0.0.1:{engine.http_port}/",
        data=sql.encode(),
        headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": secret},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return str(answer.read().decode()).strip()
    except urllib.error.HTTPError as refusal:
        return str(refusal.read().decode()).strip()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine.start(tmp_path_factory.mktemp("engine"), users=USERS)
    ask(running, "CREATE DATABASE oms")
    ask(running, "CREATE TABLE oms.events (n Int64, desk String) ENGINE = MergeTree ORDER BY n")
    ask(running, "INSERT INTO oms.events VALUES (1, 'alpha'), (2, 'beta'), (3, 'alpha')")
    yield running
    assert running.stop()


def assert_gone_when_parent_dies(module: str, name: str, data_dir: Path) -> None:
    script = ORPHAN.format(module=module, name=name)
    with subprocess.Popen([sys.executable, "-c", script, str(data_dir)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    try:
        child.wait(PATIENCE_S)
    except psutil.TimeoutExpired:
        child.kill()
        raise


# The broker


def append(broker: Broker, topic: str, value: bytes) -> int:
    appender = KafkaLog(KafkaSettings(broker.bootstrap_servers)).appender(TopicPartition(topic, 0))
    appender.append(None, value)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for outcome in appender.poll(0.2):
            assert isinstance(outcome, Ack)
            appender.close(1.0)
            return outcome.offset
    raise AssertionError("no outcome")


def test_the_broker_keeps_records_over_kill_and_restart_on_the_same_port(tmp_path: Path) -> None:
    first = Broker.start(tmp_path)
    log = KafkaLog(KafkaSettings(first.bootstrap_servers))
    log.create_topics([TopicSpec("t", 1)])
    assert append(first, "t", b"before") == 0
    with pytest.raises(BrokerError, match="another broker runs on"):
        Broker.start(tmp_path)
    first.kill()
    assert not first.running()
    second = Broker.start(tmp_path, first.port)
    try:
        assert append(second, "t", b"after") == 1
        reader = log.reader({TopicPartition("t", 0): 0})
        records = reader.poll(PATIENCE_S)
        if len(records) == 1:  # a poll does not wait to fill its batch
            records += reader.poll(PATIENCE_S)
        assert [record.value for record in records] == [b"before", b"after"]
        reader.close()
    finally:
        assert second.stop()
    assert second.stop()  # again: harmless
    assert not port_in_use(second.port)


def test_the_broker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    assert_gone_when_parent_dies("oms.local.broker", "Broker", tmp_path)


def test_a_broker_port_in_use_is_one_clear_line(broker: Broker, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=rf"port {broker.port} is in use: [^\n]*$"):
        Broker.start(tmp_path, broker.port)
    assert not (tmp_path / "kafka").exists()


def test_a_broker_that_cannot_start_shows_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "kafka" / "log").mkdir(parents=True)
    (tmp_path / "kafka" / "log" / "meta.properties").write_text("version=1\ncluster.id=x\nnode.id=7\n")
    with pytest.raises(BrokerError, match=r"did not start: [^\n]*node id[^\n]*$"):
        Broker.start(tmp_path)


def start_elsewhere(tmp_path: Path, path: str, home: str = "") -> str:
    """What `Broker.start` says in a process with another PATH and JAVA_HOME."""
    script = (
        f"from pathlib import Path\nfrom oms.local.broker import Broker\nBroker.start(Path({str(tmp_path / 'data')!r}))"
    )
    environment = {**os.environ, "PATH": path, "JAVA_HOME": home}
    answer = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    return answer.stderr.strip().splitlines()[-1]


def test_without_java_or_with_an_old_one_the_line_names_the_command(tmp_path: Path) -> None:
    said = start_elsewhere(tmp_path, str(tmp_path))
    assert "no Java found" in said and INSTALL in said
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    said = start_elsewhere(tmp_path, str(tmp_path))
    assert "is Java 11: the broker needs 17 or newer" in said and INSTALL in said


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "21"', 21),
        ("", 0),
    ],
)
def test_java_versions_are_read(text: str, version: int) -> None:
    assert parse_java_version(text) == version


# The engine


def test_the_writer_adds_rows_but_changes_no_schema_and_no_row(engine: Engine) -> None:
    assert ask(engine, "INSERT INTO oms.events VALUES (4, 'beta')", "oms_writer") == ""
    assert ask(engine, "SELECT count() FROM oms.events", "oms_writer") == "4"
    for sql in (
        "ALTER TABLE oms.events DELETE WHERE n = 1",
        "TRUNCATE TABLE oms.events",
        "CREATE TABLE oms.other (n Int64) ENGINE = Memory",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    ):
        assert "ACCESS_DENIED" in ask(engine, sql, "oms_writer")
    assert ask(engine, "SELECT getSetting('async_insert')", "oms_writer") == "false"


def test_compliance_reads_with_settings_of_its_own_and_nothing_else(engine: Engine) -> None:
    assert ask(engine, "SELECT desk FROM oms.events WHERE n = 2 SETTINGS max_threads = 1", "compliance") == "beta"
    for sql in (
        "INSERT INTO oms.events VALUES (9, 'x')",
        "CREATE TABLE oms.other (n Int64) ENGINE = Memory",
        "DROP TABLE oms.events",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    ):
        assert "ACCESS_DENIED" in ask(engine, sql, "compliance") or "READONLY" in ask(engine, sql, "compliance")
    assert "READONLY" in ask(engine, "SET readonly = 0", "compliance")
    for seconds in (3600, 0):  # zero means no limit
        refusal = ask(engine, f"SELECT 1 SETTINGS max_execution_time = {seconds}", "compliance")
        assert "SETTING_CONSTRAINT_VIOLATION" in refusal


def test_a_desks_compliance_user_sees_only_its_desk(engine: Engine) -> None:
    sql = "SELECT DISTINCT desk FROM oms.events ORDER BY desk"
    assert ask(engine, sql, DESK_USER.name) == "alpha"
    assert ask(engine, sql, "compliance").split() == ["alpha", "beta"]
    assert ask(engine, "SELECT count() FROM oms.events WHERE desk = 'beta'", DESK_USER.name) == "0"


def test_nobody_enters_without_the_password_and_default_reads_nothing(engine: Engine) -> None:
    assert "AUTHENTICATION_FAILED" in ask(engine, "SELECT 1", "oms_admin", "wrong")
    assert "AUTHENTICATION_FAILED" in ask(engine, "SELECT 1", "compliance", "")
    credentials = engine.folder / "credentials.json"
    for sql in (
        "SELECT * FROM oms.events",
        f"SELECT * FROM file('{credentials}', 'LineAsString')",
        "SYSTEM STOP LISTEN HTTP",
    ):
        answer = ask(engine, sql, "default", "")
        assert "QUOTA_EXCEEDED" in answer or "ACCESS_DENIED" in answer
        assert engine.password("oms_admin") not in answer
    assert ask(engine, "SELECT count() > 0 FROM oms.events") == "1"  # and the engine goes on


def test_credentials_are_private(engine: Engine) -> None:
    credentials = engine.folder / "credentials.json"
    assert credentials.stat().st_mode & 0o777 == 0o600
    passwords = json.loads(credentials.read_text())
    assert set(passwords) == {user.name for user in USERS} and len(set(passwords.values())) == len(USERS)
    for name in ("users.xml", "config.xml"):
        assert (engine.folder / "run" / name).stat().st_mode & 0o777 == 0o600
        assert not any(password in (engine.folder / "run" / name).read_text() for password in passwords.values())


def test_the_engine_keeps_rows_and_passwords_over_kill_and_restart(tmp_path: Path) -> None:
    first = Engine.start(tmp_path)
    ask(first, "CREATE DATABASE oms")
    ask(first, "CREATE TABLE oms.t (n Int64) ENGINE = MergeTree ORDER BY n")
    for n in range(20):
        assert ask(first, f"INSERT INTO oms.t VALUES ({n})", "oms_writer") == ""
    with pytest.raises(EngineError, match="another ClickHouse runs on"):
        Engine.start(tmp_path)
    first.kill()
    second = Engine.start(tmp_path, first.tcp_port, first.http_port)
    assert ask(second, "SELECT count(), sum(n) FROM oms.t", "compliance") == "20\t190"
    assert second.password("oms_writer") == first.password("oms_writer")
    assert second.stop()
    third = Engine.start(tmp_path)
    assert ask(third, "SELECT count(), sum(n) FROM oms.t") == "20\t190"
    assert third.stop() and not third.running()


def test_the_engine_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    assert_gone_when_parent_dies("oms.local.engine", "Engine", tmp_path)


def test_an_engine_port_in_use_is_one_clear_line(engine: Engine, tmp_path: Path) -> None:
    for ports in ((engine.tcp_port, None), (None, engine.http_port)):
        with pytest.raises(EngineError, match=r"port \d+ is in use: [^\n]*$"):
            Engine.start(tmp_path, *ports)


def test_an_engine_that_cannot_start_shows_why(tmp_path: Path) -> None:
    broken = EngineUser("someone", ("NONSENSE ON oms.*",))
    with pytest.raises(EngineError, match="did not start: "):
        Engine.start(tmp_path, users=(broken,))
    with pytest.raises(EngineError, match="cannot be a ClickHouse user"):
        Engine.start(tmp_path, users=(EngineUser("default", ()),))


def test_free_ports_differ() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50 and not any(port_in_use(port) for port in ports)
