"""The documented client (docs/fix-clients.md): simplefix, which shares no line with our engine, trades with a running system."""

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from system_world import System

from oms.cli.decimals import to_text

simplefix = pytest.importorskip("simplefix", reason="the independent client is not installed")

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[2] / "docs" / "fix-clients.md"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(tmp_path_factory.mktemp("simplefix"), broker="memory")
    running.supervisor.fix_gateways = 1
    try:
        running.start()
        yield running
    finally:
        running.stop()


def documented() -> str:
    """The program of the page, between its fences."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    return str(program)


def test_the_documented_client_trades(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    """The program as the page shows it, with the port and a price of this run."""
    (port,) = system.supervisor.fix_ports.values()
    program = documented().replace("9878", str(port)).replace("98.50", to_text(system.deep_price("ACME"), 4))
    assert len([line for line in program.splitlines() if line.strip()]) <= 40
    deadline = time.monotonic() + 60
    while True:
        exec(compile(program.replace("my-1", system.name()), str(PAGE), "exec"), {})
        said = capsys.readouterr().out
        if "AUDIT_BEHIND" not in said:
            break
        assert time.monotonic() < deadline, said
        system.until("the audit level", system.audited)
    assert "ExecType 0 OrdStatus 0" in said and said.rstrip().endswith("ExecType 4 OrdStatus 4"), said


def test_the_acceptor_takes_what_simplefix_cuts_as_it_likes(system: System) -> None:
    """A logon a byte at a time, then two messages in one write. The connection before may still be ending: it is tried again."""
    (port,) = system.supervisor.fix_ports.values()
    expected = [(b"A", None), (b"0", b"one"), (b"0", b"two")]
    assert system.until("the answers", lambda: heartbeats(port) == expected)


def heartbeats(port: int) -> list[tuple[bytes, bytes | None]]:
    """What is answered, up to three messages or the end of the connection."""
    parser, answers = simplefix.FixParser(), []
    with socket.create_connection(("127.0.0.1", port)) as wire, contextlib.suppress(OSError):
        wire.settimeout(5)
        for byte in _message("A", 1, (98, "0"), (108, "30"), (141, "Y")):
            wire.sendall(bytes([byte]))
        wire.sendall(_message("1", 2, (112, "one")) + _message("1", 3, (112, "two")))
        while len(answers) < 3 and (data := wire.recv(4096)):
            parser.append_buffer(data)
            while (message := parser.get_message()) is not None:
                answers.append((message.get(35), message.get(112)))
    return answers


def _message(kind: str, number: int, *fields: tuple[int, str]) -> bytes:
    message = simplefix.FixMessage()
    for tag, value in ((8, "FIX.4.4"), (35, kind), (49, "ALPHA"), (56, "OMS"), (34, number)):
        message.append_pair(tag, value)
    message.append_utc_timestamp(52)
    for tag, value in fields:
        message.append_pair(tag, value)
    return bytes(message.encode())
