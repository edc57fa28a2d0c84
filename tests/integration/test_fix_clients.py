"""Clients trade by FIX with a running system, over real sockets: every message kind, a kill of the gateway, what the audit has of it.

The client is the engine's own core as initiator over a plain socket; `test_fix_documented_client.py` has one that shares no line with it.
"""

import itertools
import json
import socket
import time
from collections.abc import Iterator

import pytest
from system_world import System

from oms.cli.decimals import to_text
from oms.cli.main import run_command_line
from oms.fix.fields import from_utc_ns
from oms.fix.message import Field, Message
from oms.fix.session import Connection, EndCause, MessageTaken, SessionConfig
from oms.gateway.client_sessions.terms import source_of
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import TopicPartition
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Claim

pytestmark = pytest.mark.integration

BEGIN = {
    "FIX.4.2": ("FIX.4.2", "", "GAMMA"),
    "FIX.4.4": ("FIX.4.4", "", "ALPHA"),
    "FIX.5.0SP2": ("FIXT.1.1", "9", "BETA"),
}
DESK = {"FIX.4.2": "gamma", "FIX.4.4": "alpha", "FIX.5.0SP2": "beta"}
ANSWER_S = 20.0


class SocketClient:
    """One FIX session over TCP. `got`: application messages in order, each once."""

    def __init__(self, version: str, ports: list[int], comp_id: str = "") -> None:
        begin_string, appl_ver_id, own = BEGIN[version]
        self.ports, self._turn = ports, itertools.cycle(ports)
        self.desk = DESK[version]
        self.fix = Connection(
            SessionConfig(begin_string, comp_id or own, "OMS", True, appl_ver_id, heart_bt_int=5, validate=False)
        )
        self.socket: socket.socket | None = None
        self.got: list[Message] = []
        self.connections = 0

    def log_on(self, timeout_s: float = ANSWER_S) -> None:
        """Until some address takes the logon; nothing to do where the session is up, and the other side still there."""
        self.until(lambda: self.socket is None, 1.0)
        deadline = time.monotonic() + timeout_s
        while not self.fix.state.logged_on:
            assert time.monotonic() < deadline, "no gateway takes the logon"
            self.drop()
            try:
                self.socket = socket.create_connection(("127.0.0.1", next(self._turn)), 2.0)
            except OSError:
                time.sleep(0.05)
                continue
            self.fix.connect(time.time_ns())
            self.flush()
            self.until(lambda: self.fix.state.logged_on or self.socket is None, 2.0)
        self.connections += 1

    def drop(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None
        if self.fix.state.connected:
            self.fix.disconnect(time.time_ns(), EndCause.SOCKET_DROP)

    def flush(self) -> None:
        data = self.fix.bytes_to_send()
        if self.socket is not None and data:
            try:
                self.socket.sendall(data)
            except OSError:
                self.drop()

    def read(self, wait_s: float = 0.01) -> None:
        if self.socket is None:
            time.sleep(wait_s)
            return
        self.socket.settimeout(wait_s)
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            data = None
        except OSError:
            data = b""
        if data == b"":
            self.drop()
            return
        events = self.fix.receive(data or b"", time.time_ns())
        events += self.fix.tick(time.time_ns())
        self.got += [event.message for event in events if isinstance(event, MessageTaken)]
        self.flush()
        if self.fix.closing:
            self.drop()

    def until(self, holds: object, timeout_s: float = ANSWER_S) -> bool:
        deadline = time.monotonic() + timeout_s
        while not holds():  # type: ignore[operator]
            if time.monotonic() > deadline:
                return False
            self.read()
        return True

    def send(self, msg_type: str, *body: Field) -> None:
        self.fix.send(msg_type, body, time.time_ns())
        self.flush()

    def new(self, name: str, price: str, qty: int = 10, tif: bytes = b"1", *more: Field) -> None:
        account = f"{self.desk}-1".encode()
        self.send(
            "D",
            (11, name.encode()),
            *(((21, b"1"),) if self.fix.config.begin_string != "FIXT.1.1" else ()),
            (1, account),
            (55, b"ACME"),
            (54, b"1"),
            (60, from_utc_ns(time.time_ns())),
            (38, b"%d" % qty),
            (40, b"2"),
            (44, price.encode()),
            (59, tif),
            *more,
        )

    def cancel(self, name: str, orig: str) -> None:
        self.send(
            "F",
            (41, orig.encode()),
            (11, name.encode()),
            (55, b"ACME"),
            (54, b"1"),
            (60, from_utc_ns(time.time_ns())),
            (38, b"10"),
        )

    def states(self, name: str) -> list[str]:
        return [m.text(150) + m.text(39) for m in self.got if m.msg_type == "8" and name in (m.text(11), m.text(41))]

    def order(self, system: System, price: str, status: str) -> str:
        """An order that is taken, and reaches the status: a machine that is short of time may let the audit fall behind. Its ClOrdID."""
        for _ in range(20):
            name = system.name()
            self.new(name, price)
            self.until(lambda: any(s[1] in (status, "8") for s in self.states(name)))  # noqa: B023
            refused = [m.text(58) for m in self.got if m.text(11) == name and m.text(39) == "8"]
            if not any("AUDIT_BEHIND" in why for why in refused):
                self.reaches(name, status)
                return name
            system.until("the audit level", system.audited)
        raise AssertionError("the audit is always behind")

    def reaches(self, name: str, status: str) -> None:
        held = self.until(lambda: any(s[1] == status for s in self.states(name)))
        assert held, (name, status, self.states(name), [m.raw for m in self.got[-3:]])


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(tmp_path_factory.mktemp("fix-clients"), broker="memory")
    running.supervisor.fix_gateways = 2
    try:
        running.start()
        yield running
    finally:
        running.stop()


CLIENTS: dict[tuple[str, str], SocketClient] = {}


def client(system: System, version: str, comp_id: str = "") -> SocketClient:
    """One for each session: its numbers go on from test to test."""
    if (version, comp_id) not in CLIENTS:
        CLIENTS[version, comp_id] = SocketClient(version, list(system.supervisor.fix_ports.values()), comp_id)
    return CLIENTS[version, comp_id]


def text(price: int) -> str:
    return to_text(price, 4)


@pytest.mark.parametrize("version", list(BEGIN))
def test_a_client_trades(system: System, version: str) -> None:
    mine = client(system, version)
    mine.log_on()
    resting = mine.order(system, text(system.deep_price("ACME")), "0")
    mine.cancel(f"c{resting}", resting)
    mine.reaches(f"c{resting}", "4")
    mine.order(system, text(system.far_price("ACME")), "2")
    mine.fix.logout(time.time_ns())
    mine.flush()
    mine.until(lambda: mine.socket is None, 5.0)


def test_a_stranger_is_refused_and_recorded(system: System) -> None:
    stranger = client(system, "FIX.4.4", "NOBODY")
    with pytest.raises(AssertionError, match="no gateway"):
        stranger.log_on(3.0)

    def recorded() -> list[tuple[object, ...]]:
        return system.rows("SELECT text FROM oms.access WHERE reason = 'UNKNOWN_COMP_ID'")

    assert system.until("the refusal is in the audit", recorded)


def test_the_session_outlives_a_kill_of_its_gateway(system: System) -> None:
    """The standby has the numbers: no message twice, none lost, each order once."""
    mine = client(system, "FIX.4.4")
    mine.log_on()
    copy = client(system, "FIX.4.4", "ALPHA-COPY")
    copy.log_on()
    names, price = [system.name() for _ in range(30)], text(system.deep_price("ACME"))
    mine.order(system, price, "0")
    for name in names[:15]:
        mine.new(name, price)
    system.supervisor.processes[_owner(system)].child.kill()  # type: ignore[union-attr]
    for name in names[15:]:
        mine.new(name, price)
    mine.until(lambda: mine.socket is None, 5.0)
    mine.log_on(60.0)
    for name in names:
        mine.until(lambda: any(s[1] in "08" for s in mine.states(name)))  # noqa: B023
        told = mine.states(name)
        assert told.count("00") + told.count("88") == 1, (name, told)
    taken = [name for name in names if "00" in mine.states(name)]
    assert taken
    assert mine.connections >= 2
    copy.log_on(60.0)
    for name in taken:
        copy.reaches(name, "0")
        assert copy.states(name).count("00") == 1
    accepted = [
        event.order.cl_ord_id
        for record in system.journal(topics.RISK, 0)
        for event in record.envelope.events
        if type(event).__name__ == "OrderAccepted" and event.order.provenance.source == source_of("alpha-fix")  # type: ignore[union-attr]
    ]
    assert sorted(n for n in accepted if n in names) == sorted(taken) and len(set(accepted)) == len(accepted)
    assert not system.replay().problems


def test_the_audit_has_the_messages_and_the_commands_show_them(
    system: System, capfd: pytest.CaptureFixture[str]
) -> None:
    mine = client(system, "FIX.4.4")
    mine.log_on(60.0)
    name = mine.order(system, text(system.deep_price("ACME")), "0")
    order_id = next(m.text(37) for m in mine.got if m.text(11) == name and m.text(39) == "0")

    def written() -> list[tuple[object, ...]]:
        sql = f"SELECT direction, msg_type, raw FROM oms.fix_messages WHERE order_id = '{order_id}' AND cl_ord_id = '{name}'"
        return [row for row in system.rows(sql) if row[1] == "8"] and system.rows(sql)

    rows = system.until("the messages are in the audit", written)
    assert ("IN", "D") in {row[:2] for row in rows}
    assert run_command_line(["fix", "sessions", "--data", str(system.data), "--json"]) == 0
    shown = {row["session"]: row for row in json.loads(capfd.readouterr().out)}
    assert shown["alpha-fix"]["state"] == "LOGGED_ON" and shown["alpha-fix"]["last_in"] > 0
    assert run_command_line(["fix", "tail", "--data", str(system.data), "--order", order_id, "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert [row["type"] for row in told][:1] == ["D"] and all(order_id == row["order"] for row in told)


def _owner(system: System) -> str:
    """The gateway process that holds the session now."""
    for name in system.supervisor.fix_ports:
        claims = [c for c in _claims(system) if c.startswith(name + "/")]
        if claims and _claims(system)[-1].startswith(name + "/"):
            return name
    raise AssertionError(_claims(system))


def _claims(system: System) -> list[str]:
    assert system.supervisor.kafka is not None
    log, tp = KafkaLog(system.supervisor.kafka), TopicPartition(topics.CLIENT_SESSIONS, 0)
    end, found, seen = log.ends([tp])[tp], [], 0
    reader = log.reader({tp: 0})
    while seen < end:
        for record in reader.poll(0.2):
            seen = record.offset + 1
            claim = decode_journal(record.value)
            if isinstance(claim, Claim):
                found.append(claim.process_id)
    reader.close()
    log.close()
    return found
