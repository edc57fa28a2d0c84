"""How a connection to a venue comes to be: nothing of it blocks, and who is not there or does not answer is told apart."""

import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest
from venue_world import ASK_PX, SIMULATED, VenueWorld, child

from oms.core.execution_events import SessionDown
from oms.core.reference import Venue, VenueSession
from oms.local.ports import free_port
from oms.venues.fix_rules import TlsRules
from oms.venues.session_client import Disconnected, FrameConnection
from oms.venues.session_opening import Opening, Tls

PATIENCE_S = 5.0
HERE = "127.0.0.1"
CLIENT_HELLO = 0x16
"""The first byte of a TLS record of a handshake."""


def opened(opening: Opening) -> socket.socket:
    deadline = time.monotonic() + PATIENCE_S
    while (found := opening.go_on()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return found


def silent() -> socket.socket:
    """A port that takes connections and never says anything."""
    return socket.create_server((HERE, 0))


def test_a_connection_in_the_clear_is_there_at_once() -> None:
    with silent() as listening, opened(Opening(HERE, listening.getsockname()[1], None)) as made:
        made.send(b"x")
        taken, _ = listening.accept()
        with taken:
            assert taken.recv(1) == b"x"
        assert not made.getblocking()


def test_every_address_of_a_name_is_tried() -> None:
    """`localhost` is ::1 first on many machines, and nobody listens there."""
    with silent() as listening, opened(Opening("localhost", listening.getsockname()[1], None)) as made:
        assert made.getpeername()[0] == HERE


def test_who_is_not_there_is_told_as_such() -> None:
    with pytest.raises(OSError, match="Connection refused"):
        opened(Opening(HERE, free_port(), None))
    connection = FrameConnection.connect(HERE, port := free_port(), b"hello")
    deadline, told = time.monotonic() + PATIENCE_S, connection.poll()
    while not told and time.monotonic() < deadline:
        told = connection.poll()
    assert told == [Disconnected(f"cannot connect to {HERE}:{port}: [Errno 111] Connection refused")]
    assert connection.fileno() == -1


def test_a_handshake_that_is_not_answered_ends_in_time() -> None:
    with silent() as listening:
        opening = Opening(
            HERE, listening.getsockname()[1], Tls(ssl.create_default_context(), "venue"), handshake_s=0.05
        )
        began_s = time.monotonic()
        with pytest.raises(TimeoutError, match="no TLS handshake in time"):
            opened(opening)
        assert time.monotonic() - began_s >= 0.05 and opening.fileno() == -1


def test_inv_553_a_handshake_that_is_never_answered_holds_up_no_other_session(tmp_path: Path) -> None:
    """One venue takes the connection and says nothing; meanwhile an order trades at the other one, and the first is still waited for."""
    with silent() as listening:
        listening.settimeout(PATIENCE_S)
        rules = replace(SIMULATED, address=f"{HERE}:{listening.getsockname()[1]}", tls=TlsRules())
        quiet = Venue("XBET", 1, "Beta", 0, 0, 0, ("ACME",), (VenueSession(0, "OMS0-XBET"),), 300, True)
        world = VenueWorld(tmp_path, fix=True, others=((quiet, rules),))
        world.until(world.is_up)
        taken, _ = listening.accept()
        with taken:
            world.run()
            assert taken.recv(1)[0] == CLIENT_HELLO
            order = child(1, price=ASK_PX)
            world.router.say(order)
            world.until(lambda: order.child_id in world.state.closed)
            assert not [
                down for down in world.events(SessionDown) if down.venue_id == "XBET" and "connect" in down.text
            ]
        world.until(lambda: [down for down in world.events(SessionDown) if "cannot connect" in down.text])
        world.close()
