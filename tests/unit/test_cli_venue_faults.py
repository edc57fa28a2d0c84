"""`oms venue fault` and `oms venue faults` against a running venue process, and what they say where there is none."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import validate
from venue_world import tape

from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.venues import messages as m
from oms.venues.evidence import read_evidence
from oms.venues.fault_client import FaultClient, FaultsUnavailable
from oms.venues.fault_messages import FaultKind
from oms.venues.venue_process import VenueProcess, VenueSettings


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    process = VenueProcess(tape(), VenueSettings(0, tmp_path))
    listening, aio = threading.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        await process.start()
        listening.set()
        await process.run()

    thread = threading.Thread(target=lambda: aio.run_until_complete(serve()))
    thread.start()
    assert listening.wait(5)
    yield f"127.0.0.1:{process.port}"
    aio.call_soon_threadsafe(process.stop)
    thread.join()
    aio.close()


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run_command_line(("venue", *arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_switched_on_listed_and_switched_off(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("--address", address, "--json")
    code, out, _ = answer(capsys, "fault", "S1", "drop-requests", "--count", "3", "--order", "0:x.1", *here)
    (fault,) = json.loads(out)
    assert (code, fault["session"], fault["left"], fault["order"]) == (0, "S1", 3, "0:x.1")
    assert answer(capsys, "fault", "all", "delay-replies", "--ms", "20", *here)[0] == 0
    code, out, _ = answer(capsys, "faults", *here)
    listed = json.loads(out)
    assert [(f["session"], f["kind"], f["delay_ms"]) for f in listed] == [
        ("S1", "drop-requests", 0),
        ("all", "delay-replies", 20),
    ]
    validate(listed, SCHEMAS["venue faults"])
    assert [f["session"] for f in json.loads(answer(capsys, "faults", "--clear", "S1", *here)[1])] == ["S1"]
    assert [f["session"] for f in json.loads(answer(capsys, "faults", "--clear", "all", *here)[1])] == ["all"]
    assert "no fault is on" in answer(capsys, "faults", "--address", address)[1]
    assert [f["Did"] for f in read_evidence(tmp_path).faults] == ["set", "set", "cleared", "cleared"]


def test_refused_and_unreachable(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = answer(capsys, "fault", "S1", "delay-replies", "--address", address)
    assert (code, out) == (1, "") and "needs Ms" in err
    assert answer(capsys, "fault", "S1", "explode", "--address", address)[0] == 2
    assert answer(capsys, "faults", "--address", "nowhere")[0] == 2
    code, _, err = answer(capsys, "faults", "--data", str(tmp_path / "none"))
    assert code == 3 and "no system runs" in err


def test_what_answers_there_may_be_something_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = FaultClient("127.0.0.1", server.getsockname()[1])

        def somebody_else(line: bytes) -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(line)

        for line in (b"HTTP/1.1 400 Bad Request\n", m.encode(m.FeedReject("x")), b""):
            thread = threading.Thread(target=somebody_else, args=(line,))
            thread.start()
            with pytest.raises(FaultsUnavailable):
                client.set(FaultKind.DISCONNECT)
            thread.join()
