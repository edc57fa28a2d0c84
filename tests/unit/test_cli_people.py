"""`oms people` and tokens of the command line, against a real gateway over the in-memory log, and without one."""

import json
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_service import System

from oms.cli.client import GatewayClient
from oms.cli.credentials import CHOSEN_FILE, Credentials, open_channel
from oms.cli.instance import CliError
from oms.cli.main import run_command_line
from oms.cli.tape_options import SYNTHETIC_REFERENCE
from oms.gateway.people import MACHINE_PERSON
from oms.local.run_identity import run_identity

PATIENCE_S = 10.0


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """With the shipped reference data, and a file of people that nobody is in yet."""
    found = System(tmp_path, people_file=tmp_path / "people.json")
    found.start()
    assert run_command_line(["load", str(SYNTHETIC_REFERENCE), "--data", str(tmp_path)]) == 0
    yield found
    found.stop()


def oms(data: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command on a data directory."""
    capsys.readouterr()
    before, after = (arguments[:2], arguments[2:]) if arguments[0] == "--token-file" else ((), arguments)
    code = run_command_line([*before, *after, "--data", str(data)])
    out, err = capsys.readouterr()
    return code, out, err


def given(data: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What `oms people add … --json` says."""
    code, out, err = oms(data, capsys, "people", "add", *arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def token_file(folder: Path, name: str, token: str, mode: int = 0o600) -> str:
    path = folder / name
    path.write_text(token + "\n")
    path.chmod(mode)
    return str(path)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def turned_on(system: System) -> bool:
    return bool(system.gateway.health()["identities"])


def test_from_nobody_to_a_desk_with_a_trader(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = system.data
    code, out, _ = oms(data, capsys, "people")
    assert code == 0 and "nobody has a token" in out
    code, _, err = oms(data, capsys, "people", "add", "ada")
    assert code == 1 and "the first person must be an ADMIN" in err and err.count("\n") == 1
    olga = given(data, capsys, "olga", "--save")
    assert (olga["roles"], olga["rights_from"], olga["identities_turned_on"]) == (["ADMIN"], "reference data", True)
    assert stat.S_IMODE((data / "token").stat().st_mode) == 0o600
    until(lambda: turned_on(system))

    ada = given(data, capsys, "ada", "--role", "trader", "--desk", "alpha")
    assert (ada["roles"], ada["desks"], ada["identities_turned_on"]) == (["TRADER"], ["alpha"], False)
    trader = token_file(tmp_path, "ada", ada["secret"])
    until(lambda: oms(data, capsys, "--token-file", trader, "orders")[0] == 0)
    submit = ("submit", "buy", "5", "ACME", "--limit", "90", "--wait", "0.2")
    oms(data, capsys, "--token-file", trader, *submit, "--desk", "alpha")  # risk is not there: nobody decides
    assert system.commands()[-1].provenance.entered_by == "ada"
    code, _, err = oms(data, capsys, "--token-file", trader, *submit, "--desk", "beta", "--account", "beta-1")
    assert code == 1 and "NOT_PERMITTED" in err and "beta" in err and err.count("\n") == 1
    code, _, err = oms(data, capsys, *submit, "--desk", "alpha")
    assert code == 1 and "takes the role TRADER; olga has ADMIN" in err

    (data / "token").unlink()
    code, _, err = oms(data, capsys, "orders")
    assert code == 1 and "NO_TOKEN" in err and "oms people add" in err and err.count("\n") == 1
    for command in (["revoke", "ada"], ["add", "olga"]):
        code, _, err = oms(data, capsys, "people", *command)
        assert code == 1 and "your token is not known" in err and err.count("\n") == 1
        code, _, err = oms(data, capsys, "--token-file", trader, "people", *command)
        assert code == 1 and "ada may not give or take tokens" in err and err.count("\n") == 1
    file = str(data / "people.json")
    assert oms(data, capsys, "people", "revoke", "ada", "--file", file)[0] == 0, "who may write the file may revoke"
    until(lambda: "REVOKED_TOKEN" in oms(data, capsys, "--token-file", trader, "orders")[2])
    code, out, err = oms(data, capsys, "people", "--csv")
    assert code == 0 and "NO_TOKEN" in err, "without a right to ask the list is the file's, and says so"
    assert out.splitlines()[0].startswith("person,token,live,")
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == ["olga", "ada"]
    assert olga["secret"] not in out and ada["secret"] not in (data / "people.json").read_text()


def test_a_person_is_written_with_the_callers_own_right(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = system.data
    given(data, capsys, "olga", "--save")
    until(lambda: turned_on(system))
    rita = given(data, capsys, "rita")
    assert rita["roles"] == ["RISK_OFFICER"]
    officer = token_file(tmp_path, "rita", rita["secret"])
    until(lambda: oms(data, capsys, "--token-file", officer, "orders")[0] == 0)
    code, _, err = oms(data, capsys, "--token-file", officer, "people", "add", "eve", "--role", "admin")
    assert code == 1 and "an ADMIN's token is needed" in err
    code, _, err = oms(data, capsys, "people", "add", "eve", "--role", "trader", "--desk", "nowhere")
    assert code == 2 and "no desk 'nowhere'; there are alpha, beta, gamma" in err
    code, _, err = oms(data, capsys, "people", "add", "stranger")
    assert code == 1 and "--role" in err
    assert "eve" not in (data / "people.json").read_text()


def test_without_a_gateway_the_file_says_what_people_may_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = given(tmp_path, capsys, "root", "--role", "admin")
    second = given(tmp_path, capsys, "root")
    assert first["rights_from"] == second["rights_from"] == "file" and second["roles"] == ["ADMIN"]
    code, out, err = oms(tmp_path, capsys, "people", "--json")
    assert code == 0 and [row["person"] for row in json.loads(out)] == ["root", "root"]
    assert "roles and desks are the file's" in err
    assert oms(tmp_path, capsys, "people", "revoke", first["token"])[0] == 0
    code, _, err = oms(tmp_path, capsys, "people", "revoke", "root")
    assert code == 1 and "last token" in err
    given(tmp_path, capsys, "tom", "--role", "trader", "--desk", "*")
    code, _, err = oms(tmp_path, capsys, "people", "revoke", "root")
    assert code == 0 and "nobody with a token is an ADMIN" in err
    assert oms(tmp_path, capsys, "people", "revoke", "tom", "--turn-off")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says", "exit_code"),
    [
        (["add", "a b"], "cannot be a person", 2),
        (["add", MACHINE_PERSON], "is taken", 2),
        (["add", "ann", "--desk", "alpha"], "go with --role", 2),
        (["add", "ann", "--role", "boss"], "boss", 2),
        (["add", "ann", "--role", "admin", "--role", "compliance"], "must be an ADMIN", 1),
        (["add", "ann", "--role", "admin", "--file", "/nowhere/people.json"], "is no directory", 1),
        (["revoke", "ann"], "ann has no live token", 1),
        (["revoke", MACHINE_PERSON], "the running system itself", 1),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], says: str, exit_code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = oms(tmp_path, capsys, "people", *arguments)
    assert (code, out, err.count("\n")) == (exit_code, "", 1) and says in err
    assert not (tmp_path / "people.json").exists()


def test_a_file_that_is_not_private_or_damaged_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given(tmp_path, capsys, "root", "--role", "admin")
    path = tmp_path / "people.json"
    path.chmod(0o644)
    for command in (["people"], ["people", "add", "x", "--role", "admin"], ["people", "revoke", "root"]):
        code, _, err = oms(tmp_path, capsys, *command)
        assert code == 1 and "chmod 600" in err and err.count("\n") == 1
    path.chmod(0o600)
    path.write_text("{")
    code, _, err = oms(tmp_path, capsys, "people")
    assert code == 1 and "no JSON" in err


def test_a_token_that_cannot_be_used_is_one_line(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content, mode, says in (
        ("open", "oms_x", 0o644, "chmod 600"),
        ("empty", "", 0o600, "holds no token"),
        ("two", "oms_x oms_y", 0o600, "holds no token"),
    ):
        code, _, err = oms(system.data, capsys, "--token-file", token_file(tmp_path, name, content, mode), "orders")
        assert code == 1 and says in err and err.count("\n") == 1 and "oms_x" not in err
    code, _, err = oms(system.data, capsys, "--token-file", str(tmp_path / "absent"), "orders")
    assert code == 1 and "no such file" in err
    assert oms(system.data, capsys, "orders")[0] == 0 and CHOSEN_FILE.get() is None


def test_a_token_never_leaves_this_machine_in_the_clear(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="in the clear"):
        open_channel("gateway.example:443", Credentials("oms_secret"), [])
    with pytest.raises(CliError, match="OMS_GATEWAY_CA"):
        open_channel("gateway.example:443", Credentials("oms_secret", tmp_path / "absent.pem"), [])
    open_channel("gateway.example:443", Credentials("oms_secret", plaintext=True), []).close()
    assert "oms_secret" not in repr(Credentials("oms_secret"))


def test_a_run_goes_on_when_the_first_person_comes(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    first, identity = run_identity(system.data, {}), run_identity(system.data, {})
    assert first.token not in repr(first) and not identity.identified
    given(system.data, capsys, "olga")
    until(lambda: turned_on(system))
    with GatewayClient(system.address, Credentials(identity.token)) as client:
        assert client.set_clock(5, 1000, "test").tape_ns == 5
    with (
        GatewayClient(system.address, Credentials(first.token)) as client,
        pytest.raises(CliError, match="UNKNOWN_TOKEN"),
    ):
        client.control_status()
    assert run_identity(system.data, {}).identified
