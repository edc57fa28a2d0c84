"""When the port waits for a venue, and when it lets the loop go on. A real socket stands for the venue."""

import socket
import time
from collections.abc import Iterator

import pytest

from oms.core.execution_events import Intent, SessionMessagePlanned
from oms.core.stage import SendEffect
from oms.testing.execution_bench import PARTITION, SESSION_ID, ExecutionBench, child_new
from oms.venues import messages as m
from oms.venues.session_port import ANSWER_S, SessionPort

LONG_S = 2.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def effects() -> tuple[SendEffect, SendEffect]:
    """A logon and an order's message, as the rules make them."""
    bench = ExecutionBench()
    bench.fire_due()
    logon = next(e for e in bench.pending if isinstance(e, SendEffect) and isinstance(e.message, SessionMessagePlanned))
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    bench.route(child_new(1))
    bench.fire_due()
    return logon, next(e for e in bench.pending if isinstance(e, SendEffect) and isinstance(e.message, Intent))


def waited(port: SessionPort, timeout_s: float) -> tuple[bool, float]:
    started = time.monotonic()
    return port.await_answer(timeout_s), time.monotonic() - started


def asked(port: SessionPort, order: SendEffect, timeout_s: float) -> float:
    """Send an order's message and wait; the seconds it took. A busy machine may take longer in between than the port cares to wait."""
    for _ in range(200):
        port.perform(order)
        did_wait, took_s = waited(port, timeout_s)
        if did_wait:
            return took_s
    raise AssertionError("it never waited")


def test_it_waits_for_an_answer_and_for_nothing_else(listener: socket.socket) -> None:
    logon, order = effects()
    bench = ExecutionBench()
    port = SessionPort("127.0.0.1", listener.getsockname()[1], PARTITION, lambda: bench.state.reference)
    port.perform(logon)
    venue, _ = listener.accept()
    with venue:
        assert waited(port, LONG_S)[0] is False, "a logon is not waited for: the venue may take its time"
        assert asked(port, order, 0.001) < LONG_S
        venue.sendall(m.encode(m.Heartbeat(1, "")))
        assert asked(port, order, LONG_S) < LONG_S / 2, "an answer ends the wait"
        assert [heard.session_id for heard in port.poll()] == [SESSION_ID]
        assert waited(port, LONG_S)[0] is False, "it has been answered"
    port.close()


def test_a_venue_that_stays_silent_is_not_waited_for_long(listener: socket.socket) -> None:
    logon, order = effects()
    bench = ExecutionBench()
    port = SessionPort("127.0.0.1", listener.getsockname()[1], PARTITION, lambda: bench.state.reference)
    port.perform(logon)
    venue, _ = listener.accept()
    with venue:
        port.perform(order)
        time.sleep(2 * ANSWER_S)
        assert waited(port, LONG_S)[0] is False
    port.close()
