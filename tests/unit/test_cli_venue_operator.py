"""`oms venue bust`, `correct`, `cancel` and the rest against a running venue process; `oms venue accept`; and what they refuse."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import validate

from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.core.enums import ExecType, OrdType, Side, TimeInForce
from oms.venues import messages as m
from oms.venues.acceptance.local import quiet_tape
from oms.venues.evidence import read_evidence
from oms.venues.one_question import NoAnswer
from oms.venues.operator_client import OperatorClient
from oms.venues.session_client import SessionTransport
from oms.venues.venue_process import VenueProcess, VenueSettings


@pytest.fixture
def process(tmp_path: Path) -> Iterator[VenueProcess]:
    process = VenueProcess(quiet_tape("XALP"), VenueSettings(0, tmp_path))
    listening, aio = threading.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        await process.start()
        listening.set()
        await process.run()

    thread = threading.Thread(target=lambda: aio.run_until_complete(serve()))
    thread.start()
    assert listening.wait(10)
    yield process
    aio.call_soon_threadsafe(process.stop)
    thread.join()
    aio.close()


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run_command_line(("venue", *arguments))
    out, err = capsys.readouterr()
    return code, out, err


class Member:
    def __init__(self, process: VenueProcess) -> None:
        self.link = SessionTransport.connect("127.0.0.1", process.port, m.encode(m.Logon(1, "E1", 1, 30)))
        self.next = 2
        self.inbox: list[m.Message] = []

    def order(self, name: str, side: Side) -> None:
        self.link.send(
            m.encode(m.NewOrderSingle(self.next, name, "XALP", "ACME", side, OrdType.LIMIT, TimeInForce.DAY, 10, 100))
        )
        self.next += 1

    def until(self, exec_type: ExecType) -> m.ExecutionReport:
        for _ in range(2000):
            self.inbox += [m.decode(line) for line in self.link.poll() if isinstance(line, bytes)]
            for at, report in enumerate(self.inbox):
                if isinstance(report, m.ExecutionReport) and report.exec_type is exec_type:
                    del self.inbox[at]
                    return report
            threading.Event().wait(0.005)
        raise AssertionError(f"no {exec_type.name}")


def test_an_execution_is_corrected_and_busted(
    process: VenueProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--address", f"127.0.0.1:{process.port}", "--json")
    member = Member(process)
    member.order("S", Side.SELL)
    member.order("B", Side.BUY)
    traded = member.until(ExecType.TRADE)
    code, out, _ = answer(capsys, "correct", "XALP", traded.exec_id, "--qty", "7", "--price", "0.99", *here)
    assert code == 0 and "correct" in json.loads(out)[0]["did"]
    validate(json.loads(out), SCHEMAS["venue correct"])
    corrected = member.until(ExecType.TRADE_CORRECT)
    assert (corrected.exec_ref_id, corrected.last_qty, corrected.last_px) == (traded.exec_id, 7, 99)
    assert answer(capsys, "bust", "XALP", corrected.exec_id, *here)[0] == 0
    assert member.until(ExecType.TRADE_CANCEL).exec_ref_id == corrected.exec_id
    code, _, err = answer(capsys, "bust", "XALP", corrected.exec_id, *here)
    assert code == 1 and "no execution" in err
    found = read_evidence(tmp_path)
    assert (found.busts, found.corrections) == (2, 2)
    member.link.close()


def test_an_order_is_cancelled_and_trading_stops_and_goes_on(
    process: VenueProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--address", f"127.0.0.1:{process.port}")
    member = Member(process)
    member.order("A", Side.BUY)
    member.order("C", Side.BUY)
    member.until(ExecType.NEW)
    for words in (
        ("suspend", "XALP", "--instrument", "ACME"),
        ("resume", "XALP"),
        ("hold", "XALP"),
        ("release", "XALP"),
        ("auction", "XALP", "call-open"),
        ("auction", "XALP", "uncross"),
        ("cancel", "XALP", "C"),
        ("day", "XALP", "end"),
        ("day", "XALP", "new"),
    ):
        assert answer(capsys, *words, *here)[0] == 0, words
    canceled = member.until(ExecType.CANCELED)
    assert canceled.cl_ord_id == "C" and canceled.exec_restatement_reason is not None
    assert member.until(ExecType.EXPIRED).cl_ord_id == "A"
    member.link.close()


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("bust", "XALP", "nothing"), 1, "no execution nothing"),
        (("correct", "XALP", "nothing", "--qty", "1", "--price", "1"), 1, "no execution of XALP"),
        (("correct", "XALP", "XALP-ACME-1", "--qty", "1.5", "--price", "1"), 2, "--qty"),
        (("correct", "XALP", "XALP-ACME-1", "--qty", "1"), 2, "price"),
        (("cancel", "XALP", "nobody"), 1, "knows no order"),
        (("suspend", "XNIL"), 1, "no venue XNIL"),
        (("auction", "XALP", "begin"), 2, "begin"),
        (("auction", "XALP", "uncross"), 1, "nothing to uncross"),
        (("day", "XALP"), 2, "'step'"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    process: VenueProcess, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, text: str
) -> None:
    got, out, err = answer(capsys, *words, "--address", f"127.0.0.1:{process.port}")
    assert (got, out) == (code, "") and text in err and len(err.splitlines()) == 1


def test_nothing_runs_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = answer(capsys, "bust", "XALP", "E1", "--data", str(tmp_path / "none"))
    assert code == 3 and "no system runs" in err
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert answer(capsys, "bust", "XALP", "E1", "--address", f"127.0.0.1:{port}")[0] == 3
    with pytest.raises(NoAnswer):
        OperatorClient("127.0.0.1", port).scales("XALP")


def test_a_card_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answer(capsys, "accept", "XGAM", "--card", "va-01", "--card", "VA-06")
    assert code == 0
    passed, not_offered, total = out.splitlines()
    assert passed.startswith("VA-01 passed: ") and not_offered.startswith("VA-06 not offered (STOP): ")
    assert total == "1 passed, 0 failed, 1 not offered"
    code, out, _ = answer(capsys, "accept", "XALP", "--card", "VA-30", "--json")
    validate(json.loads(out), SCHEMAS["venue accept"])
    assert json.loads(out)[0]["verdict"] == "passed"


@pytest.mark.parametrize(
    ("words", "text"),
    [(("accept", "XNIL"), "no venue XNIL"), (("accept", "XALP", "--card", "VA-99"), "no card VA-99")],
)
def test_a_venue_or_card_that_is_none(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], text: str) -> None:
    code, out, err = answer(capsys, *words)
    assert (code, out) == (2, "") and text in err
