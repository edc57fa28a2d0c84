"""Execution's FIX port: what it does with what a venue cannot be told, with what it cannot understand, and how TLS is verified."""

import logging
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from venue_world import ASK_PX, REST_PX, SESSION, SIMULATED, T0, WIRES, VenueWorld, child, name

from oms.core.enums import BreakCause, OrdStatus, OrdType, SessionMessage, Side, TimeInForce
from oms.core.execution_events import Anomaly, SessionDown, SessionMessagePlanned, SessionUp
from oms.core.routing_events import ChildCancel
from oms.venues import messages as m
from oms.venues.fault_messages import FaultKind
from oms.venues.fix_rules import OrderIdKind, ReplaceKind, RulesOfEngagement, TlsRules

SHORT = replace(SIMULATED, cl_ord_id_max=20, cl_ord_id_characters="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
VARIANTS: dict[str, RulesOfEngagement] = {
    "short names": SHORT,
    "digits alone": replace(SHORT, cl_ord_id_characters="0123456789"),
    "an OrderID per report": replace(SIMULATED, order_id=OrderIdKind.PER_REPORT),
    "executions named by order and id": replace(SIMULATED, trade_id=(37, 17)),
    "no list of open orders": replace(SIMULATED, not_taken=frozenset({"AF", "Q"})),
    "no exact value": replace(SIMULATED, tags={**SIMULATED.tags, "CumNotional": 0}),
    "milliseconds": replace(SIMULATED, time_digits=3),
}


def world_of(directory: Path, rules: RulesOfEngagement = SIMULATED) -> VenueWorld:
    world = VenueWorld(directory, fix=True, rules=rules)
    world.until(lambda: world.is_up() or world.events(SessionDown))
    return world


@pytest.mark.parametrize("variant", VARIANTS)
def test_inv_383_an_order_lives_the_same_life_under_any_rules(tmp_path: Path, variant: str) -> None:
    """New, filled, cancelled, over a takeover in between: by names, ids and times as the venue wants them."""
    world = world_of(tmp_path, VARIANTS[variant])
    world.router.say(child(1, price=ASK_PX), child(2), child(3))
    world.until(lambda: len(world.state.children) == 2 and len(world.state.closed) == 1)
    world.settle()
    filled = world.state.closed[child(1).child_id]
    assert (filled.cum_qty, filled.notional) == (100, 100 * ASK_PX)
    world.new_owner()
    order = child(2)
    world.router.say(ChildCancel(order.order_id, order.child_id, 1))
    world.until(lambda: order.child_id in world.state.closed)
    world.settle()
    assert world.state.children[child(3).child_id].ord_status is OrdStatus.NEW
    assert world.open_breaks() == [] and world.events(Anomaly) == []
    at_venue = [o for o in world.evidence().orders if o.session_id == SESSION]
    assert sorted(o.status for o in at_venue) == ["CANCELED", "FILLED", "NEW"]
    if variant in ("short names", "digits alone"):
        allowed = set(VARIANTS[variant].cl_ord_id_characters)
        assert all(set(text) <= allowed and len(text) == 20 for o in at_venue for text in o.cl_ord_ids)
    world.close()


@pytest.mark.parametrize("wire", WIRES)
def test_rule_25_an_execution_that_matches_nothing_is_told_to_the_venue(tmp_path: Path, wire: str) -> None:
    """DontKnowTrade, once, beside the break; a session goes on with it."""
    world = VenueWorld(tmp_path, **WIRES[wire])
    world.until(world.is_up)
    stranger = m.NewOrderSingle(0, "stranger", "XALP", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 30, ASK_PX)
    world.venue.exchange.handle(SESSION, stranger, T0)
    world.until(lambda: world.events(SessionMessagePlanned) and dont_know(world))
    world.router.say(child(1))
    world.until(lambda: child(1).child_id in world.state.children)
    world.settle()
    told = dont_know(world)
    assert len(told) == 1 and told[0].exec_id and told[0].venue_order_id
    assert BreakCause.UNKNOWN_EXECUTION in [cause for cause, _ in world.open_breaks()]
    assert world.evidence().arrived[SESSION, "DontKnowTrade", ""] == 1
    assert len(world.events(SessionUp)) == 1
    world.close()


def dont_know(world: VenueWorld) -> list[SessionMessagePlanned]:
    planned: list[SessionMessagePlanned] = world.events(SessionMessagePlanned)
    return [event for event in planned if event.message is SessionMessage.DONT_KNOW_TRADE]


def test_rules_that_contradict_the_reference_data_keep_the_session_down(tmp_path: Path) -> None:
    world = world_of(tmp_path, replace(SIMULATED, replace=ReplaceKind.NEW_ORDER))
    assert "rules of engagement" in world.events(SessionDown)[0].text
    assert not world.events(SessionUp)
    world.close()


def test_an_order_that_the_rules_cannot_say_is_proven_not_sent(tmp_path: Path) -> None:
    """Its number is missing at the venue, the next logon says so, and the child is let go."""
    codes = {**SIMULATED.codes, "TimeInForce": {TimeInForce.DAY: "0"}}
    world = world_of(tmp_path, replace(SIMULATED, codes=codes))
    world.router.say(child(1, tif=TimeInForce.IOC))
    world.until(lambda: world.unsent() or child(1).child_id in world.state.closed, hurry_s=0.1)
    assert world.unsent() and not world.evidence().orders
    world.close()


def test_rule_31_what_is_not_understood_is_an_anomaly_and_the_order_stays_in_flight(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A code that decides and that nobody knows: the number is used up, the session goes on, the status is asked."""
    rules = replace(SIMULATED, codes={**SIMULATED.codes, "ExecType": {**SIMULATED.codes["ExecType"]}})
    world = VenueWorld(tmp_path, fix=True, rules=rules)
    world.until(world.is_up)
    port = world.owner.port
    known = dict(port._fix[SESSION].mapping._by_type["8"][1][4].by_code)  # type: ignore[attr-defined]
    by_code = port._fix[SESSION].mapping._by_type["8"][1][4].by_code  # type: ignore[attr-defined]
    del by_code[b"0"]
    with caplog.at_level(logging.CRITICAL):
        world.router.say(child(1))
        world.until(lambda: world.events(Anomaly))
    assert world.state.children[child(1).child_id].ord_status is OrdStatus.PENDING_NEW
    by_code.update(known)
    world.until(lambda: world.state.children[child(1).child_id].ord_status is OrdStatus.NEW, hurry_s=0.3)
    assert len(world.events(SessionUp)) == 1
    world.close()


@pytest.mark.parametrize("kind", [FaultKind.WRONG_NUMBERS, FaultKind.GARBAGE, FaultKind.SILENCE, FaultKind.DENY_LOGON])
def test_inv_384_faults_of_the_wire_lose_and_double_nothing(tmp_path: Path, kind: FaultKind) -> None:
    world = world_of(tmp_path)
    world.fault(kind, count=0 if kind is FaultKind.SILENCE else 2, ms=300 if kind is FaultKind.SILENCE else 0)
    world.router.say(child(1, price=ASK_PX), child(2))
    if kind is FaultKind.DENY_LOGON:
        world.kill_owner()
    world.until(lambda: child(1).child_id in world.state.closed, hurry_s=0.1)
    world.settle()
    assert world.state.closed[child(1).child_id].cum_qty == 100
    assert world.state.children[child(2).child_id].ord_status is OrdStatus.NEW
    arrived = world.evidence().arrived
    assert [arrived[SESSION, "NewOrderSingle", name(n)] for n in (1, 2)] == [1, 1]
    assert world.open_breaks() == []
    world.close()


# --- TLS


def certificate(folder: Path, common_name: str, *more: str) -> tuple[Path, Path]:
    key, cert = folder / f"{common_name}.key", folder / f"{common_name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
         "-subj", f"/CN={common_name}", "-addext", f"subjectAltName=DNS:{common_name}", *more],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@pytest.fixture
def tunnel(tmp_path: Path) -> Iterator[tuple[int, list[int], Path]]:
    """A TLS server that passes bytes on to a port: (its port, the port it passes on to, its certificate)."""
    cert, key = certificate(tmp_path, "venue.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    target: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, context, target), daemon=True).start()
        yield server.getsockname()[1], target, cert


def _serve(server: socket.socket, context: ssl.SSLContext, target: list[int]) -> None:
    while True:
        try:
            plain, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_pass, args=(plain, context, target), daemon=True).start()


def _pass(plain: socket.socket, context: ssl.SSLContext, target: list[int]) -> None:
    try:
        outer = context.wrap_socket(plain, server_side=True)
        inner = socket.create_connection(("127.0.0.1", target[0]))
    except OSError:
        return
    threading.Thread(target=_copy, args=(inner, outer), daemon=True).start()
    _copy(outer, inner)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass


@pytest.mark.parametrize(("ca", "server_name", "says"), [
    ("own", "venue.example", ""),
    ("own", "other.example", "Hostname mismatch"),
    ("none", "venue.example", "its own authority, and we do not trust it"),
])  # fmt: skip
def test_tls_verifies_whom_the_rules_name(
    tmp_path: Path, tunnel: tuple[int, list[int], Path], ca: str, server_name: str, says: str
) -> None:
    port, target, cert = tunnel
    tls = TlsRules(ca=cert if ca == "own" else None, name=server_name)
    world = VenueWorld(tmp_path / "venue", fix=True, rules=replace(SIMULATED, address=f"127.0.0.1:{port}", tls=tls))
    assert world.venue.fix_port is not None
    target.append(world.venue.fix_port)
    if says:
        world.until(lambda: [e for e in world.events(SessionDown) if says in e.text])
        assert not world.events(SessionUp)
    else:
        world.until(world.is_up)
        world.router.say(child(1, price=REST_PX))
        world.until(lambda: child(1).child_id in world.state.children)
        world.settle()
    world.close()


def test_a_password_file_that_is_not_there_ends_the_logon_alone(tmp_path: Path) -> None:
    """The partition has other venues, so it goes on."""
    world = VenueWorld(tmp_path, fix=True, rules=replace(SIMULATED, username="us", password_file=tmp_path / "none"))
    world.run(20, hurry_s=0.5)
    assert not world.is_up() and world.events(SessionUp) == []
    (tmp_path / "none").write_text("secret", "utf-8")
    world.settle()
    assert world.is_up(), "the file is read for each logon"
