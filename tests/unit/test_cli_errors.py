"""Every expected failure of the command line is one line that says what to do, with its own exit code."""

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from oms.cli.control import scope_of
from oms.cli.instance import UsageError, running_instance
from oms.cli.main import run_command_line
from oms.core.enums import HaltScope
from oms.local.child import claim_directory
from oms.runtime.health import serve_health

REFUSED, USAGE, UNREACHABLE = 1, 2, 3


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pretend_running(data: Path, **changes: Any) -> Path:
    """A data directory whose system runs as this process, with nothing behind its addresses."""
    nowhere = f"127.0.0.1:{closed_port()}"
    run = {
        "gateway": nowhere,
        "kafka": nowhere,
        "partitions": 4,
        "health": {},
        "clickhouse": {"host": "127.0.0.1", "port": closed_port(), "http_port": 0},
        "supervisor_pid": os.getpid(),
    }
    (data / "clickhouse").mkdir(parents=True)
    (data / "clickhouse" / "credentials.json").write_text(json.dumps({"compliance": "a:b@c/d", "oms_admin": "x"}))
    (data / "run.json").write_text(json.dumps(run | changes))
    return data


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """(exit code, the line on stderr)."""
    code = run_command_line(arguments)
    text = capsys.readouterr().err
    assert text.startswith("oms: ")
    assert text.count("\n") == 1
    return code, text


def test_a_kill_that_could_not_happen_is_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for moment in ("10:10", "09:59"):
        code, text = failed(
            capsys, "run", "--data", str(tmp_path / "d"), "--minutes", "10", "--exit", "--kill", f"risk@{moment}"
        )
        assert code == USAGE and "nothing would be killed" in text
    assert not (tmp_path / "d").exists()


EVERY_COMMAND = [
    ["submit", "buy", "100", "ACME", "--desk", "alpha"],
    ["cancel", "alpha/20250106/a"],
    ["replace", "alpha/20250106/a", "--qty", "5"],
    ["orders"],
    ["order", "alpha/20250106/a"],
    ["quotes"],
    ["positions"],
    ["halt", "firm"],
    ["resume", "desk:alpha"],
    ["load", "reference.yaml"],
    ["migrate"],
    ["sql", "SELECT 1"],
    ["audit", "verify"],
    ["status"],
]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda c: " ".join(c[:2]))
def test_without_a_running_system_it_says_how_to_start_one(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = failed(capsys, *command, "--data", str(tmp_path / "none"))
    assert code == UNREACHABLE
    assert "oms run" in text


@pytest.mark.parametrize(
    "command",
    [c for c in EVERY_COMMAND if c[0] not in ("load", "audit", "migrate", "status")],
    ids=lambda c: " ".join(c[:2]),
)
def test_what_does_not_answer_is_named(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = pretend_running(tmp_path / "data")
    code, text = failed(capsys, *command, "--data", str(data))
    assert code == UNREACHABLE
    assert "127.0.0.1:" in text
    assert "a:b@c" not in text


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["submit", "buy", "100", "ACME"], "--desk"),
        (["submit", "hold", "100", "ACME", "--desk", "alpha"], "hold"),
        (["submit", "buy", "100", "ACME", "--desk", "a", "--tif", "week"], "week"),
        (["submit", "buy", "100", "ACME", "--desk", "a", "--algo", "direct"], "--venue goes with"),
        (["submit", "buy", "100", "ACME", "--desk", "a", "--algo", "best", "--over", "5m"], "goes with --algo twap"),
        (["submit", "buy", "100", "ACME", "--desk", "a", "--over", "5m", "--minutes", "5"], "give one of them"),
        (["cancel"], "cancel what?"),
        (["cancel", "alpha/20250106/a", "--all"], "cancel what?"),
        (["cancel", "--all"], "--all of whom?"),
        (["cancel", "alpha/20250106/a", "--account", "a"], "go with --all"),
        (["cancel", "alpha/20250106/a", "--firm"], "go with --all"),
        (["cancel", "--all", "--firm", "--desk", "alpha"], "--all of whom?"),
        (["orders", "--json", "--csv"], "give one of them"),
        (["orders", "--csv", "--json"], "give one of them"),
        (["orders", "--since", "yesterday"], "--since 'yesterday'"),
        (["orders", "--status", "lost"], "lost"),
        (["logs", "risk", "--level", "loud"], "one of DEBUG"),
        (["reference", "history", "planet/mars"], "no kind of reference data"),
        (["replace", "alpha/20250106/a"], "nothing to change"),
        (["halt", "everything"], "no scope"),
        (["halt", "desk"], "which one"),
        (["halt", "firm:x"], "write `firm` alone"),
        (["nonsense"], "nonsense"),
        (["sql"], "query"),
        (["venue", "serve", "--log-dir", "x", "--date", "2013-10-08"], "--replay"),
        (["venue", "serve", "--log-dir", "x", "--replay", "absent-folder"], "absent-folder is not a folder"),
        (["venue", "serve", "--log-dir", "x", "--instrument", "NOPE"], "NOPE"),
        (["venue", "serve", "--log-dir", "x", "--tls-key", "k.pem"], "all of them"),
        (["orders", "--count", "many"], "--count"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_wrong_usage_is_said_before_anything_is_done(
    command: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = failed(capsys, *command)
    assert code == USAGE
    assert says in text


@pytest.mark.parametrize("text", ["firm", "desk:alpha", "account:a-1", "instrument:BTC-USD", "venue:XALP"])
def test_scopes(text: str) -> None:
    scope, scope_id = scope_of(text)
    assert scope is HaltScope[text.split(":", maxsplit=1)[0].upper()]
    assert scope_id == text.partition(":")[2]


@pytest.mark.parametrize("text", ["", "desk:", "alpha", ":alpha", "FIRM:", "firm "])
def test_no_scopes(text: str) -> None:
    with pytest.raises(UsageError):
        scope_of(text)


def test_a_system_that_died_is_not_running(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = pretend_running(tmp_path / "data", supervisor_pid=2**22 + 1)
    code, text = failed(capsys, "orders", "--data", str(data))
    assert code == UNREACHABLE
    assert "has ended" in text


def test_a_damaged_run_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = pretend_running(tmp_path / "data")
    (data / "run.json").write_text("{")
    code, text = failed(capsys, "orders", "--data", str(data))
    assert code == REFUSED
    assert "damaged" in text


def test_passwords_go_into_the_address_as_they_are(tmp_path: Path) -> None:
    data = pretend_running(tmp_path / "data")
    assert running_instance(data).clickhouse_url().startswith("clickhouse://compliance:a%3Ab%40c%2Fd@127.0.0.1:")


def test_status_names_who_is_not_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    well = serve_health(0, lambda: {"healthy": True, "ready": True, "partitions": [{"phase": "owner"}]})
    waiting = serve_health(0, lambda: {"healthy": True, "ready": False, "partitions": []})
    try:
        health = {
            "risk": f"127.0.0.1:{well.port}",
            "router": f"127.0.0.1:{waiting.port}",
            "audit": f"127.0.0.1:{closed_port()}",
        }
        data = pretend_running(tmp_path / "data", health=health)
        assert run_command_line(["status", "--data", str(data), "--json"]) == REFUSED
        out, err = capsys.readouterr()
        assert "not well: audit no answer" in err and "; router is not ready" in err
        services = {row["service"]: row for row in json.loads(out)["services"]}
        assert services["risk"]["ready"] and not services["router"]["ready"]
        assert "no answer" in services["audit"]["problem"]
    finally:
        well.shutdown()
        waiting.shutdown()


def test_topics_are_shown_without_a_broker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["topics", "--json", "--data", str(tmp_path)]) == 0
    assert {row["topic"] for row in json.loads(capsys.readouterr().out)} >= {"oms.orders", "oms.risk"}


def a_stopped_directory(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    (data / "kafka").mkdir(parents=True)
    (data / "kafka" / "in-use").write_text("")
    return data


def test_reset_deletes_what_is_stopped(tmp_path: Path) -> None:
    data = a_stopped_directory(tmp_path)
    assert run_command_line(["reset", "--yes", "--data", str(data)]) == 0
    assert not data.exists()
    assert run_command_line(["reset", "--yes", "--data", str(data)]) == 0


def test_reset_refuses_a_running_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = pretend_running(tmp_path / "data")
    code, text = failed(capsys, "reset", "--yes", "--data", str(data))
    assert code == REFUSED
    assert "stop the system first" in text
    assert (data / "run.json").exists()


def test_reset_refuses_while_a_component_holds_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = a_stopped_directory(tmp_path)
    with (data / "kafka" / "in-use").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        code, _ = failed(capsys, "reset", "--yes", "--data", str(data))
        assert code == REFUSED
        assert data.exists()
    assert run_command_line(["reset", "--yes", "--data", str(data)]) == 0


def test_reset_leaves_strange_directories_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").write_text("do not delete")
    code, text = failed(capsys, "reset", "--yes", "--force", "--data", str(tmp_path))
    assert code == REFUSED
    assert "thesis.tex" in text
    assert (tmp_path / "thesis.tex").exists()


def test_a_second_run_on_a_data_directory_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = claim_directory(tmp_path)
    assert run_command_line(["run", "--data", str(tmp_path)]) == 1
    os.close(taken)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1) and f"a system runs on {tmp_path}" in err
    assert [entry.name for entry in tmp_path.iterdir()] == ["in-use"]


def test_a_run_that_its_reference_data_does_not_fit_starts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["run", "--data", str(tmp_path), "--partitions", "1"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "desks[2].partition: 2, but the system has partition 0 alone" in said.err and "--partitions 3" in said.err
    assert not list(tmp_path.iterdir())


def test_a_quantity_below_zero_is_said_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["submit", "buy", "-100", "ACME", "--desk", "alpha"]) == 2
    assert "a quantity or price is positive" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("submit", "buy", "10", "ACME", "--desk", "alpha"),
        ("cancel", "alpha/20250106/a1"),
        ("cancel", "--all", "--desk", "alpha", "--yes"),
        ("replace", "alpha/20250106/a1", "--qty", "5"),
    ],
)
def test_a_repeat_while_nothing_answers_says_what_to_repeat_it_with(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """With its id, and with its date: after the market's midnight the same id alone would be another order."""
    given = (*arguments, "--client-order-id", "my-1", "--date", "20250106", "--wait", "0")
    code, text = failed(capsys, *given, "--data", str(pretend_running(tmp_path / "d")))
    assert code == UNREACHABLE and "does not answer" in text
    assert text.endswith("; repeat with the same id [--id my-1 --date 20250106]\n")
    code, text = failed(capsys, *given, "--data", str(tmp_path / "none"))
    assert code == UNREACHABLE and "no system runs on" in text
    assert text.endswith("; repeat with the same id [--id my-1 --date 20250106]\n")
    code, text = failed(capsys, *arguments, "--data", str(tmp_path / "none"))
    assert code == UNREACHABLE and "same id" not in text, "nothing was sent, and no id was given"


@pytest.mark.parametrize("arguments", [("list",), ("show", "0"), ("resubmit", "0")])
def test_dead_letters_without_a_broker_or_a_gateway(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, text = failed(capsys, "dead-letters", *arguments, "--data", str(tmp_path / "none"))
    assert code == UNREACHABLE and "oms run" in text
