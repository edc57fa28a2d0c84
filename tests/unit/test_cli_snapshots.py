"""`oms snapshots`: what it says of what is kept, of a stopped system too, and the snapshot that it writes by itself."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.cli.snapshots import KEPT_COLUMNS, TOPIC_OF, WRITTEN_COLUMNS, kept_rows, written_row
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION
from oms.runtime.log import TopicPartition
from oms.runtime.snapshot_store import DirectoryStore, name_of
from oms.testing.pipeline import RULES
from oms.testing.sim_log import SimLog
from oms.testing.sim_snapshots import SimSnapshotStore
from oms.wire import topics
from oms.wire.envelope import SCHEMA_VERSION

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))

from make_journals import VERSION_1, read_journals
from make_snapshots import WRITTEN_NS, write_samples

RISK = TopicPartition(topics.RISK, 0)
HOUR_NS = 3_600 * 10**9


@pytest.fixture
def log() -> SimLog:
    return read_journals(VERSION_1)


def fits(command: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    Draft202012Validator(SCHEMAS[command]).validate(rows)
    assert rows
    return rows


def out_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run_command_line(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_a_row_says_where_when_how_large_and_usable(log: SimLog) -> None:
    store = SimSnapshotStore()
    write_samples(log, store)
    rows = fits("snapshots list", list(kept_rows(store, log, tuple(TOPIC_OF.values()), WRITTEN_NS + HOUR_NS)))
    assert len(rows) == 2 * len(RULES)
    end = len(log.known(RISK).records)
    assert rows[0] == {
        "stage": "risk",
        "partition": 0,
        "offset": end,
        "taken": "2025-01-07 15:00:00.000",
        "age_s": 3_600,
        "bytes": len(store.read(RISK, name_of(end))),
        "layout": STATE_LAYOUT_VERSION,
        "schema": SCHEMA_VERSION,
        "usable": True,
        "why": "",
    }
    assert tuple(rows[0]) == KEPT_COLUMNS


def test_what_is_of_no_use_says_why(log: SimLog) -> None:
    store = SimSnapshotStore()
    write_samples(log, store)
    newest, older = store.names(RISK)
    store.flip(RISK, newest, 20_000)
    store.put(
        RISK,
        name_of(9_000),
        store.read(TopicPartition(topics.ROUTING, 0), store.names(TopicPartition(topics.ROUTING, 0))[0]),
    )
    rows = fits("snapshots verify", list(kept_rows(store, log, (topics.RISK,), WRITTEN_NS)))
    assert [(row["usable"], row["why"].split(":")[0]) for row in rows] == [
        (False, "OTHER_PARTITION"),
        (False, "DAMAGED"),
        (True, ""),
    ]
    assert (rows[1]["taken"], rows[1]["age_s"], rows[1]["layout"]) == ("", None, None)
    assert rows[2]["offset"] == int(older[:20])


def test_only_with_the_journal_is_one_of_another_journal_found(log: SimLog) -> None:
    store = SimSnapshotStore()
    write_samples(log, store)
    del log.known(RISK).records[40:]
    without = list(kept_rows(store, None, (topics.RISK,), WRITTEN_NS))
    held_against = list(kept_rows(store, log, (topics.RISK,), WRITTEN_NS))
    assert [row["usable"] for row in without] == [True, True]
    assert [row["usable"] for row in held_against] == [False, True]
    assert held_against[0]["why"].startswith("NOT_OF_THIS_JOURNAL")


def test_write_folds_on_from_the_newest_and_writes_once(log: SimLog) -> None:
    store, end = SimSnapshotStore(), len(log.known(RISK).records)
    tail = log.known(RISK).records[50:]
    del log.known(RISK).records[50:]
    first = written_row(store, log, RISK)
    log.known(RISK).records.extend(tail)
    second, third = written_row(store, log, RISK), written_row(store, log, RISK)
    rows = fits("snapshots write", [first, second, third])
    assert [(r["from_offset"], r["to_offset"], r["written"]) for r in rows] == [
        (0, 50, True),
        (50, end, True),
        (end, end, False),
    ]
    assert tuple(first) == WRITTEN_COLUMNS and store.names(RISK) == [name_of(end), name_of(50)]
    assert second["bytes"] == len(store.read(RISK, name_of(end))) and second["records"] > 0


def test_write_says_what_it_could_not_go_on_from(log: SimLog) -> None:
    store = SimSnapshotStore()
    written_row(store, log, RISK)
    name = store.names(RISK)[0]
    store.tear(RISK, name, 100)
    row = written_row(store, log, RISK)
    assert row["written"] and row["from_offset"] == 0 and len(row["refused"]) == 1
    assert row["refused"][0].startswith(f"{name} TORN")
    assert all(r["usable"] for r in kept_rows(store, log, (topics.RISK,), WRITTEN_NS))


def test_list_of_a_stopped_system(log: SimLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_samples(log, DirectoryStore(tmp_path / "snapshots"))
    code, out, _ = out_of(capsys, "snapshots", "list", "--data", str(tmp_path), "--stage", "router", "--json")
    rows = fits("snapshots list", json.loads(out))
    assert code == 0 and {row["stage"] for row in rows} == {"router"} and all(row["usable"] for row in rows)
    code, out, _ = out_of(capsys, "snapshots", "list", "--store", str(tmp_path / "snapshots"), "--csv")
    assert code == 0 and out.splitlines()[0] == ",".join(KEPT_COLUMNS) and len(out.splitlines()) == 1 + 2 * len(RULES)


def test_list_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert out_of(capsys, "snapshots", "list", "--data", str(tmp_path))[:2] == (0, "no snapshots\n")


@pytest.mark.parametrize("command", ["verify", "write"])
def test_without_a_broker_the_journal_is_out_of_reach(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = out_of(capsys, "snapshots", command, "--data", str(tmp_path))
    assert (code, out) == (3, "") and "no broker" in err and err.count("\n") == 1


def test_a_store_that_cannot_be_opened_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = out_of(capsys, "snapshots", "list", "--data", str(tmp_path), "--store", "nosuchscheme://x/y")
    assert (code, out) == (3, "") and err.count("\n") == 1 and "nosuchscheme" in err
