"""A whole run over FIX: real processes, all order flow to the venues over FIX 4.4 sessions, reconciled; and sessions that outlive a kill."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
RUN_S, FAILOVER_S, END_S = 240, 600, 30
VENUES, PARTITIONS = 4, 4
SESSIONS = 2 * VENUES * PARTITIONS
"""Each with a drop copy session beside it."""


def test_a_run_over_fix_is_reconciled_without_a_difference(tmp_path: Path) -> None:
    """Every child at the venues has a name, a fill, a state in both journals; and not one byte of it went over the local protocol."""
    data = tmp_path / "data"
    command = [
        sys.executable, "-m", "oms.cli.main", "run", "--venues", "fix", "--minutes", "2", "--speed", "4", "--desks", "3", "--orders", "60",
        "--broker", "memory", "--exit", "--plain", "--data", str(data),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as run:
        try:
            seen = _sessions_by_fix(data)
            said, _ = run.communicate(timeout=RUN_S)
        finally:
            if run.poll() is None:
                run.terminate()
                run.wait(END_S)
    assert re.search(r"(GOOD|NOT GOOD): \d+ orders, [1-9]\d* executed, 0 differ", said), said[-3000:]
    assert seen == SESSIONS, "a session for orders and one for copies each"


def _sessions_by_fix(data: Path) -> int:
    """How many connections execution has at the venues' FIX port, and that it has none at the other."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (data / "run.json").exists():
            facts = json.loads((data / "run.json").read_text())
            assert facts["venues"] == "fix"
            peers = _peers_of(facts["pids"]["execution"])
            port = int(facts["venue_fix"].rpartition(":")[2])
            if peers.count(port) == SESSIONS:
                local = int(facts["venue_process"].rpartition(":")[2])
                assert peers.count(local) <= VENUES, "a feed of market data each, and no session"
                return SESSIONS
        time.sleep(0.1)
    return 0


def _peers_of(pid: int) -> list[int]:
    """Ports that a process is connected to."""
    return [c.raddr.port for c in psutil.Process(pid).net_connections("tcp") if c.raddr]


def test_sessions_outlive_their_process_and_that_of_the_venues(tmp_path: Path) -> None:
    """Two kills each: on again with the right numbers, no order twice, no fill lost. The silence is that of a machine with other work."""
    output = tmp_path / "failover.json"
    command = [
        sys.executable, "fix_failover.py", "--rounds", "2", "--open", "60", "--broker", "memory", "--silence-ms", "3000",
        "--output", str(output),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, check=False, cwd=ROOT / "tests" / "bench", env=env, capture_output=True, text=True, timeout=FAILOVER_S
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(output.read_text())
    assert report["counted"]["fills"] > 0 and report["counted"]["open_orders"] >= 50
    assert [len(one["sessions_ms"]) for one in report["failovers"]] == [2, 2]
