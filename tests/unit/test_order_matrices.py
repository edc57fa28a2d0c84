"""FIX order state matrices: ours of every kind, the shared ones where they are, and a driver that overlooks nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oms.testing.order_matrices.__main__ import DIFFER, SAME, UNKNOWN, line_of, main
from oms.testing.order_matrices.drive import drive
from oms.testing.order_matrices.matrix import MatrixError, read_file

ROOT = Path(__file__).parents[2]
OWN = sorted((ROOT / "tests" / "golden" / "order_matrices").glob("*.json"))
SHARED = Path(os.environ.get("OMS_SHARED_FIX", ROOT.parent / "shared" / "fix")) / "order_state_matrices.json"
KINDS = {"vanilla", "cancels", "replaces", "chains", "unsolicited", "days", "busts"}

ROWS = [
    {"t": "1", "received": "New Order(X)", "order_qty": 100},
    {"t": "2", "sent": "Execution(X)", "exec_type": "New", "ord_status": "New", "order_qty": 100, "leaves_qty": 100},
    {
        "t": "3",
        "sent": "Execution(X)",
        "exec_type": "Trade",
        "ord_status": "Partially Filled",
        "cum_qty": 40,
        "last_qty": 40,
    },
]


def _file(folder: Path, *rows: dict[str, Any], **matrix: Any) -> Path:
    path = folder / "matrix.json"
    path.write_text(json.dumps([{"id": "m", "fix": "4.4", "title": "", "rows": list(rows), **matrix}]))
    return path


def _differing(path: Path) -> list[str]:
    return [line_of(j) for matrix in read_file(path) for j in drive(matrix) if not j.same]


def test_every_kind_of_matrix_is_there() -> None:
    assert {path.stem for path in OWN} == KINDS


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.stem)
def test_our_own_matrices_do_not_differ(path: Path) -> None:
    assert not _differing(path)


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not on this machine")
def test_the_shared_matrices_do_not_differ() -> None:
    assert not _differing(SHARED)


# --- what the driver must notice


def _is_cause(row: dict[str, Any]) -> bool:
    """Whether the row itself says what the quantity of the order is."""
    return row.get("exec_type") in ("Restated", "New") or (row.get("exec_type") == "Replace" and "," not in row["sent"])


def _altered(rows: list[dict[str, Any]]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every figure, status and name that a sent row gives, made wrong one at a time. What is cause alone is left as it is."""
    for number, row in enumerate(rows):
        if "sent" not in row:
            continue
        for column in ("order_qty", "cum_qty", "leaves_qty", "day_order_qty", "day_cum_qty"):
            if column in row and not (column == "order_qty" and _is_cause(row)):
                yield number, column, {**row, column: row[column] + 1}
        for column in ("avg_px", "day_avg_px"):
            if column in row:
                yield number, column, {**row, column: str(float(row[column]) + 1)}
        if "ord_status" in row:
            yield (
                number,
                "ord_status",
                {**row, "ord_status": "Calculated" if row["ord_status"] != "Calculated" else "New"},
            )
        name, ids = row["sent"].rstrip(")").split("(")
        yield number, "orig_cl_ord_id", {**row, "sent": f"{name}({ids.split(',')[0]},other)"}


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.stem)
def test_whatever_a_row_gives_is_compared(path: Path, tmp_path: Path) -> None:
    altered = 0
    for matrix in json.loads(path.read_text("utf-8")):
        for number, column, row in _altered(matrix["rows"]):
            rows = [*matrix["rows"][:number], row, *matrix["rows"][number + 1 :]]
            (read,) = read_file(_file(tmp_path, *rows, **{k: v for k, v in matrix.items() if k != "rows"}))
            judged = list(drive(read))
            assert not judged[number].same, (matrix["id"], number + 1, column, line_of(judged[number]))
            altered += 1
    assert altered > 50


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({**ROWS[1], "avg_price": 1}, "avg_price"),
        ({**ROWS[1], "exec_type": "Born"}, "exec_type"),
        ({**ROWS[1], "ord_status": "Lost"}, "ord_status"),
        ({**ROWS[1], "ord_status": "Unknown"}, "ord_status"),
        ({**ROWS[1], "sent": "Allocation(X)"}, "Allocation"),
        ({**ROWS[1], "sent": "New Order(X)"}, "New Order"),
        ({**ROWS[0], "received": "New Order(X) PossCancel=Y"}, "PossCancel"),
        ({**ROWS[0], "received": "New Order(X, PossCancel=Y)"}, "PossCancel"),
        ({**ROWS[0], "received": "New Order"}, "New Order"),
        ({**ROWS[1], "cum_qty": "1.5"}, "cum_qty"),
        ({**ROWS[1], "cum_qty": -1}, "cum_qty"),
        ({**ROWS[1], "last_px": "ten"}, "last_px"),
        ({**ROWS[1], "last_px": True}, "last_px"),
        ({**ROWS[1], "last_px": "NaN"}, "last_px"),
        ({**ROWS[2], "last_px": "0.000000001"}, "0.000000001|1E-9"),
        ({**ROWS[1], "alt": "yes"}, "alt"),
        ({**ROWS[1], "exec_id": "E(B)(C)"}, "exec_id"),
        ({"t": "2", "sent": "Execution(X)", "ord_status": "New"}, "exec_type"),
        ({"t": "2", "ord_status": "New"}, "ord_status"),
        ({**ROWS[1], "received": "Cancel Request(Y,X)"}, "received or sent"),
    ],
)
def test_what_is_not_known_ends_with_two_and_names_it(
    row: dict[str, Any], column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, ROWS[0], ROWS[1], row)
    assert main([str(path)]) == UNKNOWN
    told = capsys.readouterr()
    assert not told.out, "nothing was driven"
    assert any(word in told.err for word in column.split("|"))


def test_a_field_of_the_matrix_and_a_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(_file(tmp_path, *ROWS, venue="A"))]) == UNKNOWN
    assert "unknown field venue" in capsys.readouterr().err
    broken = tmp_path / "broken.json"
    broken.write_text("[{")
    assert main([str(broken)]) == UNKNOWN
    with pytest.raises(MatrixError):
        read_file(tmp_path / "none.json")


def test_a_difference_ends_with_one_and_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _file(tmp_path, *ROWS[:2], {**ROWS[2], "leaves_qty": 50})
    assert main([str(path)]) == DIFFER
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "3 rows, 1 differ"
    assert "LeavesQty=50" in lines[2] and "LeavesQty=60" in lines[2] and lines[2].endswith("DIFFERS: LeavesQty")


def test_the_command_itself(tmp_path: Path) -> None:
    path = _file(tmp_path, *ROWS)
    done = subprocess.run(
        [sys.executable, "-m", "oms.testing.order_matrices", str(path), str(path)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1]) == (SAME, "6 rows, 0 differ"), done.stderr


# --- what the driver must not make up


def test_an_average_may_be_rounded_only_where_it_has_decimals(tmp_path: Path) -> None:
    rows = [
        *ROWS[:2],
        {**ROWS[2], "last_px": 10, "cum_qty": 1, "last_qty": 1, "avg_px": "10"},
        {**ROWS[2], "t": "4", "last_px": "10.1", "cum_qty": 3, "last_qty": 2},
    ]
    for avg_px, same in (
        ("10.07", True),
        ("10.06", True),
        ("10.0667", True),
        ("10.08", False),
        ("10.1", False),
        (10, False),
    ):
        path = _file(tmp_path, *rows[:3], {**rows[3], "avg_px": avg_px})
        assert bool(_differing(path)) is not same, avg_px


def test_a_bust_without_a_name_takes_the_only_execution_or_none(tmp_path: Path) -> None:
    fill = {"t": "3", "sent": "Execution(X)", "exec_type": "Fill", "last_qty": 10}
    bust = {"t": "4", "sent": "Execution(X)", "exec_type": "Trade Cancel", "cum_qty": 0}
    assert not _differing(_file(tmp_path, *ROWS[:2], fill, bust))
    (line,) = _differing(_file(tmp_path, *ROWS[:2], fill, fill, bust))
    assert "exec_ref_id is missing" in line


def test_an_execution_of_no_known_order_is_told_as_such(tmp_path: Path) -> None:
    (line,) = _differing(_file(tmp_path, *ROWS[:2], {**ROWS[2], "sent": "Execution(Q)"}))
    assert "goes to suspense" in line


def test_an_exec_id_that_is_used_twice_differs(tmp_path: Path) -> None:
    rows = [ROWS[0], {**ROWS[1], "exec_id": "A"}, {**ROWS[2], "exec_id": "A"}]
    (line,) = _differing(_file(tmp_path, *rows))
    assert "ExecID" in line


def test_alternatives_begin_where_they_fit(tmp_path: Path) -> None:
    """Two alternatives of one time: the second begins where the main line stands, or goes on from the first; an alternative may stand
    after what it is one of."""
    fill = {
        "t": "2",
        "sent": "Execution(X)",
        "exec_type": "Trade",
        "ord_status": "Partially Filled",
        "last_qty": 10,
        "alt": True,
    }
    gone = {"t": "2", "sent": "Execution(X)", "exec_type": "Canceled", "ord_status": "Canceled", "alt": True}
    rejected = {"t": "2", "sent": "Execution(X)", "exec_type": "Rejected", "ord_status": "Rejected", "alt": True}
    rows = [ROWS[0], fill, {**gone, "cum_qty": 10}, rejected, ROWS[1], {**gone, "cum_qty": 0}, rejected]
    assert not _differing(_file(tmp_path, *rows, ROWS[2]))
    (line,) = _differing(_file(tmp_path, *rows[:2], {**gone, "cum_qty": 7}, *rows[3:]))
    assert "CumQty=7" in line


def test_a_question_is_asked_on_every_branch_and_the_answer_says_which(tmp_path: Path) -> None:
    rejected = {"t": "2", "sent": "Execution(X)", "exec_type": "Rejected", "ord_status": "Rejected", "alt": True}
    asked = {"t": "2", "received": "Status Request(X)", "alt": True}
    answer = {"t": "2", "sent": "Execution(X)", "exec_type": "Order Status", "ord_status": "Rejected", "alt": True}
    assert not _differing(_file(tmp_path, ROWS[0], rejected, asked, answer, ROWS[1], ROWS[2]))
    (line,) = _differing(_file(tmp_path, ROWS[0], rejected, asked, {**answer, "ord_status": "Expired"}, ROWS[1]))
    assert "OrdStatus=Expired" in line


def test_a_branch_goes_on_without_its_mark_where_only_it_can(tmp_path: Path) -> None:
    """The main line is then where it was; what fits neither is judged by the main line."""
    asked = {"t": "3", "received": "Cancel Request(Y,X)"}
    refused = {"t": "4", "sent": "Cancel Reject(Y,X)", "ord_status": "New", "alt": True}
    gone = {"t": "4", "sent": "Execution(Y,X)", "exec_type": "Canceled", "ord_status": "Canceled", "leaves_qty": 0}
    later = {"t": "4", "sent": "Execution(X)", "exec_type": "Trade", "ord_status": "Partially Filled", "last_qty": 30}
    late = {
        "t": "5",
        "sent": "Execution(X)",
        "exec_type": "Trade",
        "ord_status": "Canceled",
        "cum_qty": 40,
        "last_qty": 40,
    }
    assert not _differing(_file(tmp_path, *ROWS[:2], asked, gone, refused, {**later, "cum_qty": 30}, late))
    (line, _) = _differing(_file(tmp_path, *ROWS[:2], asked, gone, refused, {**later, "cum_qty": 31}, late))
    assert "actual" in line and "OrdStatus=Canceled" in line


@pytest.mark.parametrize("fix", ["4.2", "4.4"])
@pytest.mark.parametrize("name", ["X", "Y"])
def test_the_first_report_after_a_cancel_says_whose_name_goes_on(fix: str, name: str, tmp_path: Path) -> None:
    """Versions of FIX differ, and so do those who write of them; a second report must agree with the first."""
    asked = {"t": "3", "received": "Cancel Request(Y,X)"}
    gone = {"t": "4", "sent": "Execution(Y,X)", "exec_type": "Canceled", "ord_status": "Canceled"}
    late = {"t": "5", "sent": f"Execution({name})", "exec_type": "Trade", "ord_status": "Canceled", "last_qty": 5}
    assert not _differing(_file(tmp_path, *ROWS[:2], asked, gone, late, {**late, "t": "6"}, fix=fix))
    other = {**late, "t": "6", "sent": f"Execution({'XY'.replace(name, '')})"}
    (line,) = _differing(_file(tmp_path, *ROWS[:2], asked, gone, late, other, fix=fix))
    assert "DIFFERS: ClOrdID" in line


def test_new_terms_that_nobody_asked_for_may_be_told_as_replaced(tmp_path: Path) -> None:
    told = {"t": "3", "sent": "Execution(X)", "exec_type": "Replaced", "ord_status": "New", "order_qty": 80}
    assert not _differing(_file(tmp_path, *ROWS[:2], {**told, "leaves_qty": 80}))
    for sent in ("Execution(Y,X)", "Execution(X,X)"):
        (line,) = _differing(_file(tmp_path, *ROWS[:2], {**told, "sent": sent}))
        assert "UNKNOWN_REQUEST" in line


def test_an_order_by_telephone_has_no_cl_ord_id(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"t": "1", "comment": "told by telephone"},
        {**ROWS[1], "sent": "Execution"},
        {**ROWS[2], "sent": "Execution()"},
    ]
    assert not _differing(_file(tmp_path, *rows))
    (line,) = _differing(_file(tmp_path, *rows[:2], {**ROWS[2], "sent": "Execution(X)"}))
    assert "suspense" in line
