"""`oms breaks` from end to end: the real order path in memory, a gateway, and the audit in a real ClickHouse engine.

A venue that keeps trades back and speaks of orders that are none of ours; a person at the command line who decides. The commands of the
runbook's pages are typed against it.
"""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from runbook_pages import all_commands
from trace_world import order, order_path

from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.core.enums import ExecType, OrdStatus
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.clock import SystemClock
from oms.runtime.gateway import Gateway, GatewaySettings
from oms.runtime.migrations import migrate
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.envelope import AuditProgress

pytestmark = pytest.mark.integration

SECOND_NS = 1_000_000_000
ORDER = "alpha/20250106/my-1"
PATIENCE_S = 60.0
Say = pytest.CaptureFixture[str]


class Running:
    """The path, its audit and a gateway; the path and the audit take their turns in a thread of their own, as services do."""

    def __init__(self, data: Path, engine: Engine) -> None:
        self.path: Pipeline = order_path(Script(), Script())
        self.data, self.engine = data, engine
        writer = ClickHouseAuditStore(ClickHouse(ClickHouseSettings(engine.url("oms_writer"))))
        settings = AuditSettings("test", interval_s=0.0, progress_interval_s=0.0)
        self._auditor = Auditor(self.path.log, writer, audited_partitions(1), settings)
        self._auditor.recover()
        self.failures: list[BaseException] = []
        self._down, self._up = threading.Event(), threading.Event()
        self._work: list[Any] = []
        self._threads = [
            threading.Thread(target=self._turns),
            threading.Thread(target=lambda: asyncio.run(self._serve())),
        ]

    def start(self) -> None:
        for topic in topics.TOPICS:
            for p in range(topic.partitions(1) if topic.audited else 0):
                self.path.put(topics.AUDIT_PROGRESS, AuditProgress(topic.name, p, 0, b"", time.time_ns()))
        for thread in self._threads:
            thread.start()
        assert self._up.wait(PATIENCE_S)

    def stop(self) -> None:
        self._down.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self._auditor.close()
        assert not self.failures

    def do(self, work: Any) -> None:
        """Something that the venue does, between two turns."""
        self._work.append(work)

    def _turns(self) -> None:
        try:
            while not self._down.is_set():
                while self._work:
                    self._work.pop(0)()
                self.path.run(1, SECOND_NS // 4)
                self._auditor.step()
                time.sleep(0.002)
        except BaseException as error:
            self.failures.append(error)

    async def _serve(self) -> None:
        def guard(work: Any) -> Any:
            def run() -> None:
                try:
                    work()
                except BaseException as error:
                    self.failures.append(error)

            return run

        gateway = Gateway(self.path.log, SystemClock(), GatewaySettings(1, 0, "test", 10**18, guard))
        await gateway.start()
        while not gateway.ready:
            await asyncio.sleep(0.005)
        run = {
            "gateway": f"127.0.0.1:{gateway.port}",
            "kafka": "127.0.0.1:1",
            "partitions": 1,
            "clickhouse": {"host": "127.0.0.1", "port": self.engine.tcp_port, "http_port": self.engine.http_port},
            "credentials": str(self.engine.folder / "credentials.json"),
        }
        (self.data / "run.json").write_text(json.dumps(run))
        self._up.set()
        await asyncio.to_thread(self._down.wait)
        await gateway.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """100 ordered, 60 told, 40 executed and not told at 9.99; and what the venue says of orders that are none of ours."""
    data = tmp_path_factory.mktemp("breaks")
    engine = Engine.start(data)
    migrate(ClickHouse(ClickHouseSettings(engine.url("oms_admin"))))
    found = Running(data, engine)
    path, venue = found.path, found.path.venues["XALP-P0"]
    path.command(order(path, "my-1", 100, 100_000))
    path.run()
    (name,) = venue.orders
    venue.fill(name, 60)
    path.run()
    venue.withhold = True
    venue.fill(name, 40)
    venue.withhold = False
    venue.lose()
    path.run(200, SECOND_NS)
    foreign = replace(venue.withheld[0], cl_ord_id="somebody:1", venue_order_id="V77")
    venue.tell(replace(foreign, exec_id="X99"))
    venue.tell(replace(foreign, exec_type=ExecType.NEW, ord_status=OrdStatus.NEW, leaves_qty=70))
    path.run()
    found.start()
    yield found
    found.stop()
    engine.stop()


def typed(running: Running, capsys: Say, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run_command_line(["--data", str(running.data), *arguments])
    return code, *capsys.readouterr()


def asked(running: Running, capsys: Say, *arguments: str, code: int = 0) -> Any:
    got, out, err = typed(running, capsys, *arguments, "--json")
    assert got == code, (arguments, out, err)
    value = json.loads(out)
    name = next(" ".join(arguments[:n]) for n in (2, 1) if " ".join(arguments[:n]) in SCHEMAS)
    Draft202012Validator(SCHEMAS[name]).validate(value)
    return value


def until(running: Running, capsys: Say, holds: Any, *arguments: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not holds(value := asked(running, capsys, *arguments)):
        assert time.monotonic() < deadline and not running.failures, value
        time.sleep(0.05)
    return value


def test_a_breaks_life_at_the_command_line(running: Running, capsys: Say) -> None:
    rows = until(running, capsys, lambda found: len(found) == 3, "breaks")
    assert [(r["break_id"], r["cause"], r["status"]) for r in rows] == [
        ("B0-1", "FILL_INFERRED", "open"),
        ("B0-2", "UNKNOWN_EXECUTION", "open"),
        ("B0-3", "UNKNOWN_ORDER", "open"),
    ]
    assert (rows[0]["order_id"], rows[0]["ours"], rows[0]["venues"], rows[0]["instrument"]) == (
        ORDER,
        "60",
        "100",
        "ACME",
    )
    listed = asked(running, capsys, "breaks", "list", "--cause", "unknown_order")
    assert [row["break_id"] for row in listed] == ["B0-3"]
    shown = asked(running, capsys, "breaks", "show", "B0-2")
    assert json.loads(shown["report"])["exec_id"] == "X99" and shown["may_be_decided"] == ["keep-ours", "noted"]
    _, csv, _ = typed(running, capsys, "breaks", "--csv")
    assert csv.count("\r\n") == csv.count("\n") == 4
    _the_pages(running, capsys)
    _the_inferred_fill(running, capsys)
    _decisions(running, capsys)


def _the_pages(running: Running, capsys: Say) -> None:
    """Every command of the pages that only looks, as it stands there."""
    looks = [c for c in all_commands() if c[0] in ("breaks", "fills", "sql") and c[1:2] != ["resolve"]]
    assert len(looks) > 20
    for words in looks:
        code, _, err = typed(running, capsys, *words)
        assert code == 0, (words, err)


def _the_inferred_fill(running: Running, capsys: Say) -> None:
    """Its quantity counts from the start; the real trade's price takes the place of the estimate, everywhere."""
    fills = asked(running, capsys, "fills", ORDER)
    assert sorted((f["qty"], f["price"]) for f in fills) == [("40", "10"), ("60", "10")]
    before = _row(running, capsys, "SELECT cum_qty, notional FROM oms.orders")
    assert {key: int(value) for key, value in before.items()} == {"cum_qty": 100, "notional": 100 * 100_000}
    venue: SimVenue = running.path.venues["XALP-P0"]
    running.do(lambda: venue.tell(replace(venue.withheld[0], last_px=99_900)))
    until(running, capsys, lambda found: found["status"] == "closed", "breaks", "show", "B0-1")
    fills = asked(running, capsys, "fills", ORDER)
    assert sorted((f["qty"], f["price"]) for f in fills) == [("40", "9.99"), ("60", "10")]
    for view in ("executions", "child_executions"):
        sums = _row(
            running,
            capsys,
            f"SELECT sum(last_qty) AS qty, sum(last_qty * last_px) AS paid, countIf(inferred) AS n FROM oms.{view}",
        )
        assert {k: int(v) for k, v in sums.items()} == {"qty": 100, "paid": 60 * 100_000 + 40 * 99_900, "n": 0}, view
    after = _row(running, capsys, "SELECT notional FROM oms.orders")
    assert int(after["notional"]) == 60 * 100_000 + 40 * 99_900
    assert int(_row(running, capsys, "SELECT qty FROM oms.positions")["qty"]) == 100
    shown = asked(running, capsys, "breaks", "show", "B0-1")
    assert (shown["resolution"], shown["by"], shown["decisions"]) == ("CAUSE_GONE", "", [])


def _row(running: Running, capsys: Say, query: str) -> dict[str, Any]:
    (row,) = asked(running, capsys, "sql", query)
    return dict(row)


def _decisions(running: Running, capsys: Say) -> None:
    code, _, err = typed(running, capsys, "breaks", "resolve", "B0-2", "--as", "accept-venue", "--reason", "r")
    assert code == 2 and "keep-ours, noted" in err
    code, _, err = typed(running, capsys, "breaks", "resolve", "B9-9", "--as", "noted", "--reason", "r")
    assert code == 1 and "no break is called" in err
    done = asked(running, capsys, "breaks", "resolve", "B0-2", "--as", "noted", "--reason", "XALP takes it back")
    assert done["outcome"] == "closed"
    shown = asked(running, capsys, "breaks", "show", "B0-2")
    assert (shown["status"], shown["resolution"], shown["reason"]) == ("closed", "NOTED", "XALP takes it back")
    assert shown["by"] and [d["kind"] for d in shown["decisions"]] == ["NOTED"]
    again = asked(running, capsys, "breaks", "resolve", "B0-2", "--as", "noted", "--reason", "twice", code=1)
    assert again["outcome"] == "refused"
    sent = asked(running, capsys, "breaks", "resolve", "B0-3", "--as", "cancel-at-venue", "--reason", "nobody's")
    assert sent["outcome"].startswith("a cancel was sent")
    venue: SimVenue = running.path.venues["XALP-P0"]
    gone = replace(venue.withheld[0], cl_ord_id="x", venue_order_id="V77", last_qty=0, leaves_qty=0)
    running.do(lambda: venue.tell(replace(gone, exec_type=ExecType.CANCELED, ord_status=OrdStatus.CANCELED)))
    until(running, capsys, lambda found: not found, "breaks")
    assert len(asked(running, capsys, "breaks", "--all")) == 3
