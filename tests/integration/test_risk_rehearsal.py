"""A kill drill, a back-test and a what-if, as commands on a running system: what they measure is what the audit and the journals have."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from system_world import System

from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS

pytestmark = pytest.mark.integration

ORDERS = 6
PATIENCE_S = 90.0


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    found = System(tmp_path_factory.mktemp("drill"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


class Oms:
    def __init__(self, system: System, capsys: pytest.CaptureFixture[str]) -> None:
        self.system, self._capsys = system, capsys

    def json(self, *arguments: str) -> Any:
        self._capsys.readouterr()
        code = run_command_line(["--data", str(self.system.data), *arguments, "--json"])
        out, err = self._capsys.readouterr()
        assert code == 0, (arguments, out, err)
        value = json.loads(out)
        jsonschema.validate(value, SCHEMAS[" ".join(arguments[:2])])
        return value


@pytest.fixture
def oms(system: System, capsys: pytest.CaptureFixture[str]) -> Oms:
    return Oms(system, capsys)


def test_a_mass_cancel_is_tried_before_it_is_made(oms: Oms) -> None:
    for _ in range(ORDERS):
        oms.system.resting("beta")
    tried = oms.json("limits", "what-if", "--cancel-desk", "beta")
    assert tried["affected"] >= ORDERS
    row = next(r for r in tried["exposure"] if r["instrument"] == "ACME")
    assert float(row["most_before"]) > float(row["most_after"]) == float(row["position"])


def test_the_kill_switch_is_used_measured_and_lifted(oms: Oms) -> None:
    drill = oms.json("drill", "kill", "--scope", "desk:beta", "--reason", "quarterly drill", "--resume", "--wait", "90")
    assert drill["complete"] and drill["scope"] == "desk:beta" and drill["reason"] == "quarterly drill"
    assert drill["partitions_applied"] == 8 and 0 <= drill["refused_everywhere_ms"] < 5_000
    assert drill["orders"] == drill["ended"] >= ORDERS and drill["cancels_sent"] >= ORDERS
    assert 0 < drill["cancels_sent_ms"] <= drill["ended_ms"] < 30_000
    again = oms.json("drill", "list")
    assert again[0] == {name: value for name, value in drill.items() if name != "complete"}
    assert oms.system.client.control_status().halts == []


@pytest.mark.parametrize("source", ["kafka", "clickhouse"])
def test_limits_are_back_tested_on_the_log_and_on_the_audits_copy(oms: Oms, source: str, tmp_path: Path) -> None:
    file = tmp_path / "tighter.yaml"
    file.write_text("limits:\n  desks:\n    beta:\n      order_qty: {ACME: 1}\n")
    deadline = time.monotonic() + PATIENCE_S
    while True:
        report = oms.json("limits", "backtest", "--with", str(file), "--source", source)
        if report["new_blocks"] >= ORDERS or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert report["new_blocks"] >= ORDERS and set(report["new_blocks_by_reason"]) == {"ORDER_QTY_LIMIT"}
    assert float(report["blocked_value"]["USD"]) > 0 and report["released"] == report["untold"] == 0
    later = oms.json("limits", "backtest", "--with", str(file), "--source", source, "--from", "2200-01-01")
    assert later["judged"] == 0
