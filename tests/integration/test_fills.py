"""`oms fills` against a real ClickHouse engine with one audited order: exact, filtered, newest first."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audit_world import NOW, ORDER_ID, PARTITIONS, empty_log, tell_story

from oms.cli.fills import COLUMNS
from oms.cli.main import run_command_line
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a system of which only the audit's database runs."""
    folder = tmp_path_factory.mktemp("fills")
    engine = Engine.start(folder)
    admin, writer = (ClickHouse(ClickHouseSettings(engine.url(user))) for user in ("oms_admin", "oms_writer"))
    migrate(admin)
    log = empty_log()
    tell_story(log)
    settings = AuditSettings("a", interval_s=0.0, progress_interval_s=0.0)
    auditor = Auditor(log, ClickHouseAuditStore(writer), PARTITIONS, settings, lambda: NOW)
    auditor.recover()
    auditor.step()
    run = {
        "gateway": "127.0.0.1:1",
        "kafka": "127.0.0.1:1",
        "clickhouse": {"host": "127.0.0.1", "port": engine.tcp_port, "http_port": engine.http_port},
        "credentials": str(engine.folder / "credentials.json"),
    }
    (folder / "run.json").write_text(json.dumps(run))
    yield folder
    for client in (admin, writer):
        client.close()
    engine.stop()


Say = pytest.CaptureFixture[str]


def asked(data: Path, capsys: Say, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run_command_line(["fills", *arguments, "--data", str(data)])
    return code, *capsys.readouterr()


def rows(data: Path, capsys: Say, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = asked(data, capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_fills_are_exact_and_newest_first_and_estimate_a_takers_fee(data: Path, capsys: Say) -> None:
    newest, oldest = rows(data, capsys)
    assert {key: newest[key] for key in ("exec_id", "child_id", "order_id", "venue", "side", "liquidity", "desk")} == {
        "exec_id": "x2",
        "child_id": f"{ORDER_ID}.2",
        "order_id": ORDER_ID,
        "venue": "XV",
        "side": "BUY",
        "liquidity": "REMOVED",
        "desk": "alpha",
    }
    figures = ("qty", "price", "notional", "currency", "fee")
    assert [newest[key] for key in figures] == ["100", "100.1", "10010", "USD", "0.2002"], "20 ppm, as in force"
    assert [oldest[key] for key in figures] == ["300", "100.05", "30015", "USD", "0"]
    assert newest["time"] == "2023-11-14 22:13:20.000"
    assert newest["recorded"] > oldest["recorded"] >= newest["time"]


def test_a_fill_is_found_by_what_it_is_called(data: Path, capsys: Say) -> None:
    for name, execs in ((ORDER_ID, ["x2", "x1"]), (f"{ORDER_ID}.1", ["x1"]), ("x2", ["x2"])):
        assert [row["exec_id"] for row in rows(data, capsys, name)] == execs, name
    assert len(rows(data, capsys, "a1", "--desk", "alpha")) == 2


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (["--desk", "alpha", "--account", "A1", "--instrument", "IBM"], 2),
        (["--venue", "YV"], 1),
        (["--desk", "beta"], 0),
        (["--account", "A2"], 0),
        (["--instrument", "BAC"], 0),
        (["--count", "1"], 1),
        (["--since", "2023-11-14T22:13:20"], 2),
        (["--since", "1d"], 0),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_filters(filters: list[str], count: int, data: Path, capsys: Say) -> None:
    assert len(rows(data, capsys, *filters)) == count


def test_csv_has_a_header_even_without_a_row(data: Path, capsys: Say) -> None:
    _, out, _ = asked(data, capsys, "--csv")
    found = list(csv.DictReader(io.StringIO(out)))
    assert [(row["exec_id"], row["notional"]) for row in found] == [("x2", "10010"), ("x1", "30015")]
    _, empty, _ = asked(data, capsys, "--desk", "beta", "--csv")
    assert empty.strip().split(",") == list(COLUMNS) == list(found[0])


def test_a_table_for_people_says_when_there_is_nothing(data: Path, capsys: Say) -> None:
    code, out, _ = asked(data, capsys)
    assert code == 0 and "100.05" in out and "XV" in out
    assert asked(data, capsys, "--desk", "beta")[1] == "no fills\n"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["nobody"], 1, "nothing is called 'nobody'"),
        (["--since", "soon"], 2, "--since 'soon'"),
        (["--json", "--csv"], 2, "two formats"),
        (["--count", "0"], 2, "count"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_what_is_wrong_is_one_line(arguments: list[str], exit_code: int, says: str, data: Path, capsys: Say) -> None:
    code, out, err = asked(data, capsys, *arguments)
    assert (code, out, err.count("\n")) == (exit_code, "", 1)
    assert says in err


def test_without_the_database_it_says_so(data: Path, tmp_path: Path, capsys: Say) -> None:
    run = json.loads((data / "run.json").read_text())
    run["clickhouse"]["port"] = 1
    (tmp_path / "run.json").write_text(json.dumps(run))
    code, _, err = asked(tmp_path, capsys)
    assert (code, err) == (3, "oms: no ClickHouse at 127.0.0.1:1: is it running?\n")
