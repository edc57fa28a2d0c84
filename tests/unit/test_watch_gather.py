"""The facts of the live view out of a real gateway over the log in memory, real health pages, and parts that do not answer."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_service import System
from jsonschema import validate

from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.cli.tape_options import SYNTHETIC_REFERENCE
from oms.runtime.health import serve_health

MINUTE_NS = 60_000_000_000
NOWHERE = "127.0.0.1:1"
RISK = {
    "service": "risk",
    "healthy": True,
    "ready": True,
    "latency_ms": {"p50": 1.5, "p99": 7.25},
    "lag_records": 3,
    "lag_seconds": 0.25,
    "partitions": [{"partition": p, "phase": "owner", "epoch": 10 + p} for p in range(2)],
}
VIEW = {
    "minutes": [
        {"desk_id": desk, "minute_ns": m * MINUTE_NS, "orders": 4, "rejects": 1, "fills": 2, "notional": sums}
        for m in (28_936_620, 28_936_621)
        for desk, sums in (("alpha", {"ACME": "15000000", "BTC-USD": str(95 * 10**14)}), ("beta", {"GONE": "1"}))
    ]
}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    found = System(tmp_path_factory.mktemp("data"))
    found.start()
    pages = serve_health(0, lambda: RISK, {"/view": lambda: VIEW})
    try:
        path = found.data / "run.json"
        address = f"127.0.0.1:{pages.port}"
        more = {"health": {"risk": address, "audit": NOWHERE}, "view": address, "disk_bytes_max": 5_000_000_000}
        path.write_text(json.dumps(json.loads(path.read_text()) | more))
        data = ["--data", str(found.data)]
        assert run_command_line(["load", str(SYNTHETIC_REFERENCE), *data]) == 0
        run_command_line(
            ["submit", "buy", "100", "ACME", "--desk", "alpha", "--wait", "0.3", *data]
        )  # undecided: no risk
        yield found
    finally:
        pages.shutdown()
        found.stop()


def watched(system: System, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run_command_line(["watch", "--json", *options, "--data", str(system.data)]) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    validate(said, SCHEMAS["watch"])
    return said


def test_each_fact_comes_from_its_place(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    said = watched(system, capsys)
    assert said["orders"] == {"PENDING_NEW": 1}
    risk, audit = said["services"]
    assert (risk["ready"], risk["phase"], risk["epochs"], risk["lag_records"]) == (True, "owner", [10, 11], 3)
    assert risk["latency_ms"] == {"p50": 1.5, "p99": 7.25}
    assert not audit["answers"] and "refused" in audit["problem"]
    assert said["disk"]["limit"] == 5_000_000_000 and said["disk"]["used"] > 0
    assert {d["desk"] for d in said["desks"]} == {"alpha", "beta", "gamma"}
    assert "audit does not answer" in said["alerts"][0]["text"]


def test_notional_is_in_money_where_the_instrument_is_known(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    rows = watched(system, capsys)["minutes"]
    assert [(r["desk"], r["minute"], r["notional"]) for r in rows[:2]] == [
        ("alpha", "2025-01-06 21:00:00.000", {"USD": "951500"}),  # 1,500 of ACME and 950,000 of BTC-USD
        ("beta", "2025-01-06 21:00:00.000", {}),
    ]


def test_filters_restrict_what_is_asked(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    said = watched(system, capsys, "--desk", "beta", "--service", "risk")
    assert said["orders"] == {} and {r["desk"] for r in said["minutes"]} == {"beta"}
    assert [s["service"] for s in said["services"]] == ["risk"] and {d["desk"] for d in said["desks"]} == {"beta"}
    mine = watched(system, capsys, "--account", "alpha-1", "--instrument", "BTC-USD")
    assert {(p["account"], p["instrument"]) for p in mine["positions"]} == {("alpha-1", "BTC-USD")}
    assert {d["desk"] for d in mine["desks"]} == {"alpha-1"}


def test_one_frame_is_text_as_wide_as_the_screen(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_command_line(["watch", "--once", "--data", str(system.data)]) == 0
    frame = capsys.readouterr().out
    assert "\x1b" not in frame
    for words in ("ALERT audit does not answer", "ORDERS 1 pending new", "0.2", "10 11", "alpha", "of 5 GB"):
        assert words in frame, words


@pytest.mark.parametrize(
    ("options", "says", "exit_code"),
    [
        (["--service", "riks"], "there are execution, router, risk, audit, order-gateway", 2),
        ([], "needs a terminal: give --once", 2),
        (["--every", "0"], "--every", 2),
    ],
)
def test_wrong_usage_is_one_line(
    options: list[str], says: str, exit_code: int, system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["watch", *options, "--data", str(system.data)]) == exit_code
    err = capsys.readouterr().err
    assert says in err and err.count("\n") == 1


def test_a_gateway_and_a_view_that_are_gone_are_facts(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = json.loads((system.data / "run.json").read_text()) | {"gateway": NOWHERE, "view": ""}
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert run_command_line(["watch", "--json", "--data", str(tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [said[name] for name in ("orders", "desks", "positions", "fills", "minutes")] == [None] * 5
    texts = [alert["text"] for alert in said["alerts"]]
    assert texts[0].startswith(f"the order gateway at {NOWHERE} does not answer")
    assert texts[-1] == "view not there: it is not running"


def test_no_system_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["watch", "--once", "--data", str(tmp_path)]) == 3
    assert "oms run" in capsys.readouterr().err


def on_terminal(program: list[str], until: str, key: bytes) -> tuple[int, str]:
    """Run a program on a terminal of 80 × 24, press the key once the text is on the screen: its exit code, and all that it drew."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")} | {"TERM": "xterm"}
    child = subprocess.Popen(
        program, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    before = termios.tcgetattr(theirs)
    drawn, pressed, deadline = "", False, time.monotonic() + 60
    while child.poll() is None and time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            drawn += os.read(ours, 65536).decode(errors="replace")
        if not pressed and until in drawn:
            pressed = True
            if key == b"\x03":  # the terminal would send the signal, were it this session's own
                child.send_signal(signal.SIGINT)
            else:
                os.write(ours, key)
    child.kill()
    while select.select([ours], [], [], 0.1)[0]:
        drawn += os.read(ours, 65536).decode(errors="replace")
    assert termios.tcgetattr(theirs) == before, f"the terminal is not as it was: {drawn[-1500:]!r}"
    os.close(ours)
    os.close(theirs)
    return child.wait(), drawn


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "Ctrl-C"])
def test_the_live_view_runs_on_a_terminal_until_a_key(key: bytes, system: System) -> None:
    program = [sys.executable, "-m", "oms.cli.main", "watch", "--data", str(system.data), "--every", "0.2"]
    code, drawn = on_terminal(program, "ALERT audit does not answer", key)
    assert code == 0, drawn
    assert "\x1b[?1049h" in drawn and drawn.index("\x1b[?1049l") > drawn.index("ALERT"), (
        "not back from the other screen"
    )


RUN = """
import sys, time
from pathlib import Path
from oms.cli.run_report import Progress
progress = Progress(plain=sys.argv[2] == "plain")
progress.say("before the screen")
progress.open_screen(Path(sys.argv[1]))
progress.say("while it is open")
for _ in range(400):
    if progress._screen is not None:
        progress._screen.show()
    time.sleep(0.02)
    if _ > 50 and sys.argv[2] == "plain":
        break
    if _ == 250:
        break
progress.close()
progress.say("after it")
"""
"""What a run does with its screen."""


def test_a_runs_screen_keeps_its_messages_and_gives_them_back(system: System) -> None:
    code, drawn = on_terminal([sys.executable, "-c", RUN, str(system.data), "screen"], "never", b"")
    assert code == 0, drawn
    inside, _, behind = drawn.partition("\x1b[?1049l")
    assert "\x1b[?1049h" in inside and "ORDERS 1 pending new" in inside and "while it is open" in inside
    assert "while it is open" in behind and behind.index("while it is open") < behind.index("after it")
    code, drawn = on_terminal([sys.executable, "-c", RUN, str(system.data), "plain"], "never", b"")
    assert code == 0 and "\x1b[?1049h" not in drawn and "while it is open" in drawn
