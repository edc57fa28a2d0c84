"""The local ClickHouse: the engine of chdb-core as a child process, with the real native protocol (TCP) and HTTP on loopback.

Decides the engine's configuration, its users (name, grants, limits, row filters: `EngineUser`), where their passwords are kept (`credentials.json`, mode
0600, made once) and when the engine counts as started (it greets a native client). Rows acknowledged to a writer survive `kill -9` of the engine.
The child ends when its parent is gone.

The engine's own session must be `default`, without a password, from loopback: it could read any file and cannot be kept off the ports. So its quota is
the three statements that start the engine and keep it running; anyone who comes as `default` afterwards is refused.

Every failure is an `EngineError` of one line. Does not know the schema: migrations run as `oms_admin`.
"""

import hashlib
import json
import os
import re
import secrets
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from xml.sax.saxutils import escape

from oms.local.child import ComponentChild, ComponentError, claim_directory, last_lines, start_child
from oms.local.ports import LOOPBACK, free_port, port_in_use
from oms.runtime.private_file import write_private

START_TIMEOUT_S = 60.0  # 1.2 s as a rule; loading many parts after a kill takes longer
STOP_TIMEOUT_S = 15.0
GREETING_TIMEOUT_S = 2.0
LOG_LINES_SHOWN = 5
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")  # user names are XML element names

SERVER_MEMORY_BYTES_MAX = 2_000_000_000  # beside a broker and seven services on one laptop
QUERY_MEMORY_BYTES_MAX = 1_000_000_000
QUERY_TIME_S_MAX = 60  # a person's query; audit's inserts take milliseconds
COMPLIANCE_QUERIES_MAX = 8  # at once, so that reports leave a core to the audit
# The child's own three statements and no more. Intervals are counted from 1970: this one lasts until 2077.
LAUNCHER_QUOTA = "<interval><duration>1700000000</duration><queries>3</queries></interval>"

CONFIG = """\
<clickhouse>
  <listen_host>{host}</listen_host>
  <tcp_port>{tcp_port}</tcp_port>
  <http_port>{http_port}</http_port>
  <users_config>users.xml</users_config>
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <mark_cache_size>134217728</mark_cache_size>
  <logger>
    <level>warning</level>
    <log>{folder}/server.log</log>
    <errorlog>{folder}/server.err.log</errorlog>
    <size>10M</size>
    <count>3</count>
  </logger>
</clickhouse>
"""

NOTHING: Mapping[str, str] = MappingProxyType({})


class EngineError(ComponentError):
    """The local ClickHouse cannot run; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class EngineUser:
    """A user of the engine. Its password is generated.

    grants: what follows GRANT ("SELECT ON oms.*"). settings: values that the user may change where `readonly` permits it.
    limits: settings whose value is also the most that the user may ask for. row_filters: "database.table" → SQL condition.
    """

    name: str
    grants: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    limits: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    row_filters: Mapping[str, str] = field(default_factory=lambda: NOTHING)


def admin_user() -> EngineUser:
    """Migrations and repairs."""
    return EngineUser("oms_admin", ("ALL ON *.* WITH GRANT OPTION",), {"async_insert": "0"})


def writer_user(database: str = "oms") -> EngineUser:
    """The audit service: adds rows and reads them; cannot change or delete any, nor the schema."""
    return EngineUser("oms_writer", (f"SELECT, INSERT ON {database}.*",), {"async_insert": "0"})


def compliance_user(
    name: str = "compliance", database: str = "oms", row_filters: Mapping[str, str] = NOTHING
) -> EngineUser:
    """People and reports. `readonly` 2: SELECT with settings of its own, within the limits; nothing that writes.

    A table without an entry in `row_filters` is seen whole.
    """
    limits = {
        "max_execution_time": str(QUERY_TIME_S_MAX),
        "max_memory_usage": str(QUERY_MEMORY_BYTES_MAX),
        "max_concurrent_queries_for_user": str(COMPLIANCE_QUERIES_MAX),
    }
    return EngineUser(name, (f"SELECT ON {database}.*",), {"readonly": "2"}, limits, row_filters)


def standard_users(database: str = "oms") -> tuple[EngineUser, ...]:
    return (admin_user(), writer_user(database), compliance_user(database=database))


class Engine:
    """A running local ClickHouse. Made by `Engine.start`."""

    def __init__(
        self, child: ComponentChild, ports: tuple[int, int], folder: Path, passwords: Mapping[str, str]
    ) -> None:
        self._child = child
        self.tcp_port, self.http_port = ports
        self.folder = folder
        self._passwords = passwords

    @classmethod
    def start(
        cls,
        data_dir: Path,
        tcp_port: int | None = None,
        http_port: int | None = None,
        users: Sequence[EngineUser] = standard_users(),
    ) -> "Engine":
        """Start on `data_dir`/clickhouse (made where absent) and wait until it answers. Ports are chosen where none are given."""
        for port in (tcp_port, http_port):
            if port is not None and port_in_use(port):
                raise EngineError(
                    f"port {port} is in use: stop what listens there, or choose another one for ClickHouse"
                )
        ports = (free_port() if tcp_port is None else tcp_port, free_port() if http_port is None else http_port)
        folder = data_dir.resolve() / "clickhouse"
        try:
            lock = claim_directory(folder)
        except BlockingIOError:
            raise EngineError(
                f"another ClickHouse runs on {folder}: stop it first, or choose another data directory"
            ) from None
        try:
            passwords = keep_passwords(folder / "credentials.json", [user.name for user in users])
            engine = cls(launch(folder, ports, users, passwords, lock), ports, folder, passwords)
        finally:
            os.close(lock)  # the engine holds its own
        engine._await_greeting()
        return engine

    @property
    def pid(self) -> int:
        return self._child.pid

    def password(self, user: str) -> str:
        return self._passwords[user]

    def url(self, user: str, database: str = "oms") -> str:
        """The native protocol's address, as `CLICKHOUSE_URL` takes it. Contains the password."""
        return f"clickhouse://{user}:{self._passwords[user]}@{LOOPBACK}:{self.tcp_port}/{database}"

    def running(self) -> bool:
        return self._child.poll() is None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Orderly stop; SIGKILL after `timeout_s`. True where it was orderly. Harmless when repeated."""
        return self._child.stop(timeout_s)

    def kill(self) -> None:
        """SIGKILL, for tests: what was acknowledged is still there at the next start."""
        self._child.kill()

    def _await_greeting(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.running() and time.monotonic() < deadline:
            if greets(self.tcp_port) and self.running():
                return
            time.sleep(0.05)
        self.kill()
        words = " | ".join(last_lines(self.folder / "run" / "server.out", LOG_LINES_SHOWN)) or "it wrote nothing"
        raise EngineError(f"ClickHouse did not start: {words} (see {self.folder / 'run'})")


def launch(
    folder: Path, ports: tuple[int, int], users: Sequence[EngineUser], passwords: Mapping[str, str], lock: int
) -> ComponentChild:
    """Write the configuration and start the process."""
    run_dir, data_dir = folder / "run", folder / "data"
    run_dir.mkdir(mode=0o700, exist_ok=True)
    data_dir.mkdir(mode=0o700, exist_ok=True)
    config = CONFIG.format(
        host=LOOPBACK,
        tcp_port=ports[0],
        http_port=ports[1],
        memory=SERVER_MEMORY_BYTES_MAX,
        folder=escape(str(run_dir)),
    )
    write_private(run_dir / "config.xml", config)
    write_private(run_dir / "users.xml", users_xml(users, passwords))
    command = [sys.executable, "-m", "oms.local.engine_child", str(run_dir), str(data_dir)]
    return start_child(command, run_dir / "server.out", keeps_open=[lock])


def keep_passwords(path: Path, names: Sequence[str]) -> dict[str, str]:
    """The users' passwords: those already in the file, new ones for new names. The file is readable by its owner only."""
    known: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    passwords = {**known, **{name: secrets.token_urlsafe(24) for name in names if name not in known}}
    if passwords != known:
        write_private(path, json.dumps(passwords, indent=2) + "\n")
    return passwords


def users_xml(users: Sequence[EngineUser], passwords: Mapping[str, str]) -> str:
    """The engine's users, profiles and quotas. Passwords appear as SHA-256 only: they have 192 random bits."""
    for user in users:
        if not NAME.fullmatch(user.name) or user.name == "default":
            raise EngineError(
                f"{user.name!r} cannot be a ClickHouse user here: letters, digits, - and _, and not 'default'"
            )
    launcher = ("SYSTEM LISTEN ON *.*", "CREATE TEMPORARY TABLE ON *.*", "READ ON FILE")
    return "\n".join(
        (
            "<clickhouse>",
            f"<profiles><default/>{''.join(profile_xml(user) for user in users)}</profiles>",
            f"<quotas><default/><launcher>{LAUNCHER_QUOTA}</launcher></quotas>",
            "<users>",
            f"<default><password/>{access_xml('default', 'launcher', launcher)}</default>",
            *(user_xml(user, passwords[user.name]) for user in users),
            "</users>",
            "</clickhouse>\n",
        )
    )


def profile_xml(user: EngineUser) -> str:
    settings = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in {**user.settings, **user.limits}.items())
    bounds = "".join(f"<{name}><min>1</min><max>{escape(value)}</max></{name}>" for name, value in user.limits.items())
    return f"<{user.name}>{settings}<constraints>{bounds}</constraints></{user.name}>"


def user_xml(user: EngineUser, password: str) -> str:
    digest = hashlib.sha256(password.encode()).hexdigest()
    filters = ""
    for table, condition in user.row_filters.items():
        database, _, name = table.partition(".")
        filters += f"<{database}><{name}><filter>{escape(condition)}</filter></{name}></{database}>"
    access = access_xml(user.name, "default", user.grants)
    secret = f"<password_sha256_hex>{digest}</password_sha256_hex>"
    return f"<{user.name}>{secret}{access}<databases>{filters}</databases></{user.name}>"


def access_xml(profile: str, quota: str, grants: Sequence[str]) -> str:
    """From where, with which profile and quota, and what is granted."""
    queries = "".join(f"<query>GRANT {escape(grant)}</query>" for grant in grants)
    network = f"<networks><ip>{LOOPBACK}</ip></networks>"
    return f"{network}<profile>{profile}</profile><quota>{quota}</quota><grants>{queries}</grants>"


def greets(port: int) -> bool:
    """True where a ClickHouse server answers a native client's hello (packet 0) with its own.

    Strings are sent with their length; all lengths and numbers here but the revision are below 128, one byte each.
    """
    revision = bytes(
        (0xEE, 0xA7, 0x03)
    )  # 54254 as a LEB128 number: the protocol of 2017, understood by every server since
    hello = bytes((0, 3)) + b"oms" + bytes((1, 1)) + revision + bytes((0, 7)) + b"default" + bytes((0,))
    try:
        with socket.create_connection((LOOPBACK, port), timeout=GREETING_TIMEOUT_S) as connection:
            connection.sendall(hello)
            return connection.recv(1) == b"\x00"
    except OSError:
        return False
