"""A cluster with TLS and identities, as production has one: Kafka with SASL_SSL and SCRAM-SHA-512, ClickHouse behind TLS, both on loopback.

Everything is told by the environment alone, as a person would. The local ClickHouse engine speaks no TLS: a small proxy in front of it does.
"""

import os
import re
import select
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from oms.local.broker import Broker, BrokerSecurity
from oms.local.engine import Engine
from oms.runtime.clickhouse import ClickHouse, ClickHouseError, ClickHouseSettings, ClickHouseUntrusted
from oms.runtime.kafka import KafkaLog, TopicSpec
from oms.runtime.log import Ack, LogDenied, LogError, TopicPartition
from oms.runtime.migrations import migrate
from oms.runtime.settings import kafka_settings

pytestmark = pytest.mark.integration

PATIENCE_S = 30.0
DENIED_WITHIN_S = 8.0
PASSWORD, BROKERS_PASSWORD = "kafka-Secret-7d1c", "broker-Secret-93aa"
HOST = "localhost"
"""The one name in the certificate: 127.0.0.1 is the same machine, and must not be trusted."""

SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


def make_certificates(folder: Path) -> None:
    """`ca.pem`, `stranger.pem` (an authority of nobody) and `server.pem`: key and certificate for HOST."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for name in ("ca", "stranger"):
        openssl(
            "req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={name}"
        )
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={HOST}")
    (folder / "names").write_text(f"subjectAltName=DNS:{HOST}\n")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
    openssl("x509", "-req", "-in", "server.csr", *signed, "-out", "server.crt")
    (folder / "server.pem").write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())


def security(folder: Path) -> BrokerSecurity:
    """SASL_SSL with two SCRAM users: ours, and the broker's own."""
    own = f'{SCRAM} required username="broker" password="{BROKERS_PASSWORD}";'
    return BrokerSecurity(
        "SASL_SSL",
        (
            "sasl.enabled.mechanisms=SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512",
            f"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={own}",
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={folder / 'server.pem'}",
            "ssl.truststore.type=PEM",
            f"ssl.truststore.location={folder / 'ca.pem'}",
        ),
        (
            *("--add-scram", f"SCRAM-SHA-512=[name=oms,password={PASSWORD}]"),
            *("--add-scram", f"SCRAM-SHA-512=[name=broker,password={BROKERS_PASSWORD}]"),
        ),
        HOST,
        kafka_settings(environment(folder, "unused:0")).extra,
    )


def environment(folder: Path, servers: str, **other: str) -> dict[str, str]:
    """What a person sets to reach the cluster."""
    told = {
        "KAFKA_BOOTSTRAP_SERVERS": servers,
        "OMS_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "OMS_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "OMS_KAFKA_SASL_USERNAME": "oms",
        "OMS_KAFKA_SASL_PASSWORD": PASSWORD,
        "OMS_KAFKA_SSL_CA_LOCATION": str(folder / "ca.pem"),
        "OMS_KAFKA_BROKER_ADDRESS_FAMILY": "v4",
    }
    return {**told, **other}


@dataclass(frozen=True, slots=True)
class Cluster:
    folder: Path
    broker: Broker
    engine: Engine
    clickhouse_port: int

    def environment(self, **other: str) -> dict[str, str]:
        return environment(self.folder, self.broker.bootstrap_servers, **other)

    def log(self, **other: str) -> KafkaLog:
        return KafkaLog(kafka_settings(self.environment(**other)))

    def clickhouse_url(
        self, user: str = "oms_admin", host: str = HOST, ca: str = "ca.pem", scheme: str = "clickhouses"
    ) -> str:
        query = urllib.parse.urlencode({"ca_certs": str(self.folder / ca)})
        return f"{scheme}://{user}:{self.engine.password(user)}@{host}:{self.clickhouse_port}/oms?{query}"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("secured")
    make_certificates(folder)
    engine = Engine.start(folder)
    broker = Broker.start(folder, security=security(folder))
    with TlsProxy(folder / "server.pem", engine.tcp_port) as proxy:
        yield Cluster(folder, broker, engine, proxy.port)
    broker.stop()
    engine.stop()


class TlsProxy:
    """Ends TLS and passes the bytes on to a port of this machine; one thread a connection, for a TLS socket belongs to one."""

    def __init__(self, certificate: Path, target_port: int) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> "TlsProxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        # a client that does not trust us, or does not speak TLS, goes away
        with (
            suppress(OSError),
            self._context.wrap_socket(plain, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self._target_port)) as server,
        ):
            _pass_on(client, server)


def _pass_on(client: ssl.SSLSocket, server: socket.socket) -> None:
    """Both ways, until either side closes."""
    other: dict[socket.socket, socket.socket] = {client: server, server: client}
    while True:
        ready = [client] if client.pending() else select.select(list(other), [], [])[0]
        for source in ready:
            data = source.recv(65_536)
            if not data:
                return
            other[source].sendall(data)


# Kafka


def test_the_log_works_over_tls_with_settings_of_the_environment_alone(cluster: Cluster) -> None:
    with closing(cluster.log()) as log:
        assert log.create_topics([TopicSpec("secured", 2)]) == ["secured"]
        tp = TopicPartition("secured", 1)
        appender = log.appender(tp)
        for n in range(3):
            appender.append(b"key", b"%d" % n)
        acks, deadline = [], time.monotonic() + PATIENCE_S
        while len(acks) < 3 and time.monotonic() < deadline:
            acks += appender.poll(0.2)
        assert [ack.offset for ack in acks if isinstance(ack, Ack)] == [0, 1, 2]
        appender.close(1.0)
        assert log.starts([tp]) == {tp: 0} and log.ends([tp]) == {tp: 3}
        with closing(log.reader({tp: 1})) as reader:
            records = []
            while len(records) < 2 and time.monotonic() < deadline:
                records += reader.poll(0.2)
        assert [record.value for record in records] == [b"1", b"2"]


REFUSED = {
    "a wrong password": (
        {"OMS_KAFKA_SASL_PASSWORD": "guessed-Secret"},
        r"refuses us: .*invalid credentials.*see OMS_KAFKA_SASL_\*",
    ),
    "an unknown user": ({"OMS_KAFKA_SASL_USERNAME": "nobody"}, r"refuses us: .*see OMS_KAFKA_SASL_\*"),
    "another mechanism": ({"OMS_KAFKA_SASL_MECHANISM": "PLAIN"}, r"refuses us: .*supported mechanisms: SCRAM-SHA-512"),
    "a strange authority": (
        {"OMS_KAFKA_SSL_CA_LOCATION": "stranger.pem"},
        "is not trusted: .*OMS_KAFKA_SSL_CA_LOCATION",
    ),
    "a host by another name": (
        {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1"},
        r"certificate of Kafka at 127\.0\.0\.1.* is not trusted",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_who_is_not_let_in_is_told_in_one_line_within_seconds(cluster: Cluster, what: str) -> None:
    changed, said = REFUSED[what]
    changed = {k: str(cluster.folder / v) if v.endswith(".pem") else v for k, v in changed.items()}
    if "KAFKA_BOOTSTRAP_SERVERS" in changed:
        changed["KAFKA_BOOTSTRAP_SERVERS"] += f":{cluster.broker.port}"
    log, began = cluster.log(**changed), time.monotonic()
    with pytest.raises(LogDenied, match=said) as refusal:
        log.partition_counts()
    assert time.monotonic() - began < DENIED_WITHIN_S
    assert "\n" not in str(refusal.value) and "Secret" not in str(refusal.value)


def test_a_setting_that_the_client_does_not_have_is_named(cluster: Cluster) -> None:
    log = cluster.log(OMS_KAFKA_SASL_PASWORD="typed-Secret")
    for use in (log.partition_counts, lambda: log.appender(TopicPartition("t", 0)), lambda: log.reader({})):
        with pytest.raises(LogError, match=r'"sasl\.pasword".*OMS_KAFKA_\*') as refusal:
            use()
        assert "Secret" not in str(refusal.value)


# ClickHouse


def test_clickhouse_over_tls_proves_who_it_is(cluster: Cluster) -> None:
    store = ClickHouse(ClickHouseSettings.from_environment({"CLICKHOUSE_URL": cluster.clickhouse_url()}))
    migrate(store)
    assert store.query("SELECT count() > 0 FROM oms.schema_migrations") == [(1,)]
    assert store.query_bytes("SELECT 'x'") == [(b"x",)]
    store.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"ca": "stranger.pem"}, r"certificate of ClickHouse at localhost:\d+ is not trusted .*\?ca_certs=FILE"),
        ({"host": "127.0.0.1"}, r"certificate of ClickHouse at 127\.0\.0\.1:\d+ is not trusted \(IP address mismatch"),
        ({"ca": "absent.pem"}, "a file in ClickHouse's address is not there"),
    ],
)
def test_a_clickhouse_that_is_not_trusted_is_told_in_one_line(
    cluster: Cluster, address: Mapping[str, str], said: str
) -> None:
    store = ClickHouse(ClickHouseSettings(cluster.clickhouse_url("oms_writer", **address)))
    with pytest.raises(ClickHouseUntrusted, match=said) as refusal:
        store.query("SELECT 1")
    assert "\n" not in str(refusal.value) and cluster.engine.password("oms_writer") not in str(refusal.value)


def test_tls_where_there_is_none_and_none_where_it_is(cluster: Cluster) -> None:
    plain_port = f":{cluster.engine.tcp_port}/"
    to_plain = cluster.clickhouse_url().replace(f":{cluster.clickhouse_port}/", plain_port)
    with pytest.raises(ClickHouseUntrusted, match="does not speak TLS"):
        ClickHouse(ClickHouseSettings(to_plain)).query("SELECT 1")
    with pytest.raises(ClickHouseError, match="no ClickHouse at"):
        ClickHouse(ClickHouseSettings(cluster.clickhouse_url(scheme="clickhouse"))).query("SELECT 1")


# The whole system


def secrets_of(cluster: Cluster) -> list[str]:
    return [PASSWORD, BROKERS_PASSWORD, *(cluster.engine.password(user) for user in ("oms_admin", "oms_writer"))]


def command_lines(root: psutil.Process) -> str:
    """Of a process and all below it: what `ps` shows to everyone."""
    lines = []
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            lines.append(" ".join(process.cmdline()))
    return "\n".join(lines)


def test_five_services_reconcile_on_it_and_no_secret_is_shown(cluster: Cluster, tmp_path: Path) -> None:
    """One minute of market, orders of three desks, over TLS throughout; then everything that was written or shown is searched."""
    url = cluster.clickhouse_url("oms_admin")
    told = {k: v for k, v in os.environ.items() if not k.startswith("OMS_")} | cluster.environment(CLICKHOUSE_URL=url)
    data = tmp_path / "data"
    arguments = ["run", "--data", str(data), "--minutes", "1", "--speed", "10", "--orders", "30", "--exit"]
    command = [sys.executable, "-m", "oms.cli.main", *arguments]
    shown, run_file = "", ""
    with subprocess.Popen(command, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            shown += line
            if "in a second terminal" in line:
                shown += command_lines(psutil.Process(run.pid))
                run_file = (data / "run.json").read_text()
    assert re.search(r"broker: localhost:\d+ \(yours\)", shown), shown
    assert re.search(r"\d+ orders, [1-9]\d* executed, 0 differ", shown), shown
    written = {path.name: path.read_text(errors="replace") for path in data.rglob("*") if path.is_file()}
    assert {"risk.log", "audit.log", "execution.log", "router.log", "order-gateway.log"} <= written.keys()
    for name, text in {**written, "run.json": run_file, "what was shown": shown}.items():
        for secret in secrets_of(cluster):
            assert secret not in text, f"{name} holds a secret"


def test_a_run_with_a_wrong_password_ends_in_one_line(cluster: Cluster, tmp_path: Path) -> None:
    told = {k: v for k, v in os.environ.items() if not k.startswith("OMS_")}
    told |= cluster.environment(OMS_KAFKA_SASL_PASSWORD="guessed-Secret")
    command = [sys.executable, "-m", "oms.cli.main", "run", "--data", str(tmp_path / "data")]
    answer = subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 3
    assert re.fullmatch(
        r"oms: Kafka at localhost:\d+ refuses us: .* see OMS_KAFKA_SASL_\*", answer.stderr.splitlines()[-1]
    )
    assert "Secret" not in answer.stdout + answer.stderr
