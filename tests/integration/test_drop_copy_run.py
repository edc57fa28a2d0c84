"""Drop copies through the real processes: `oms run --venues fix`, an owner that is killed, one copy that says otherwise; the audit is asked."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oms.venues.evidence import read_evidence

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
READY_S, PATIENCE_S, END_S = 200, 120, 60


def test_inv_458_over_real_processes_the_copy_that_says_otherwise_is_the_one_alert(tmp_path: Path) -> None:
    """Trades before and after a kill -9 of the owner are told by both ways; what starts in its place goes on with both sessions."""
    data = tmp_path / "data"
    command = [
        sys.executable, "-m", "oms.cli.main", "run", "--venues", "fix", "--minutes", "20", "--speed", "4", "--desks", "3",
        "--broker", "memory", "--no-fix", "--rate", "4", "--plain", "--data", str(data),
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as run:
        try:
            until(lambda: count(data, "TradeCopied") >= 5, READY_S)
            before = count(data, "TradeCopied")
            os.kill(facts(data)["pids"]["execution"], signal.SIGKILL)
            until(lambda: count(data, "TradeCopied") >= before + 5, PATIENCE_S)
            assert alerts(data) == [], "a takeover raises nothing"
            oms(data, "venue", "fault", "all", "copy-other-price", "--count", "1")
            until(lambda: alerts(data), PATIENCE_S)
            time.sleep(10.0)
            assert alerts(data) == ["TRADE_DIFFERS"]
            told, stores = count(data, "TradeCopied"), Path(facts(data)["stores"])
        finally:
            run.terminate()
            run.wait(END_S)
    evidence = read_evidence(stores / "venues")
    assert evidence.copies == sum(len(order.fills) for order in evidence.orders) >= told > before > 0
    assert not [o for o in evidence.orders if o.session_id.endswith("-COPY")], "no order of a second session"


def facts(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data / "run.json").read_text())
    return found


def until(condition: Callable[[], Any], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.5)


def oms(data: Path, *words: str) -> str:
    """What the command says; empty where it fails, as while the system starts."""
    command = [sys.executable, "-m", "oms.cli.main", *words, "--data", str(data)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=env, timeout=60).stdout


def rows(data: Path, query: str) -> list[dict[str, Any]]:
    said = oms(data, "sql", query, "--json") if (data / "run.json").exists() else ""
    found: list[dict[str, Any]] = json.loads(said) if said else []
    return found


def count(data: Path, kind: str) -> int:
    query = f"SELECT count() AS n FROM oms.execution_events WHERE event_type = '{kind}' AND valid"
    return sum(int(row["n"]) for row in rows(data, query))


def alerts(data: Path) -> list[str]:
    """The kinds of all alerts that execution ever raised."""
    query = "SELECT JSONExtractString(json, 'kind') AS kind FROM oms.execution_events WHERE event_type = 'AlertRaised' AND valid"
    return [str(row["kind"]) for row in rows(data, query)]
