"""The commands that need no running system, and what every command does with trouble that is not its own."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from risk_world import NEW

from oms.cli import python_problem
from oms.cli.config import setting_rows
from oms.cli.decision_words import limit_named, refusal_text
from oms.cli.logs import parsed, text_of
from oms.cli.main import exit_code_of, run_command_line
from oms.cli.order_list import moment_ns
from oms.cli.order_story import Step, limit_versions, story_of, terms_of
from oms.cli.order_why import decisions_of
from oms.cli.reference import changed_fields, history_of
from oms.cli.schemas import SCHEMAS
from oms.cli.units import Scales, duration_text, limit_value
from oms.core.enums import Algorithm
from oms.core.money import Amount
from oms.core.risk_events import Evidence, EvidenceInput, Mandate, OrderAccepted
from oms.wire.codec import to_json

OMS = [sys.executable, "-m", "oms.cli.main"]
COIN = Scales(2, 8, "USD")


def out_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run_command_line(arguments)
    out, err = capsys.readouterr()
    return code, out, err


# -- settings --------------------------------------------------------------------------------------------------------------------


def test_config_prints_no_secret_and_marks_what_is_no_setting() -> None:
    secrets = {
        "OMS_KAFKA_SASL_PASSWORD": "pa55-one",
        "OMS_KAFKA_SSL_KEY_PASSWORD": "pa55-two",
        "OMS_TOKEN": "pa55-three",
        "CLICKHOUSE_URL": "clickhouse://me:pa55-four@host:9000/oms?password=pa55-five",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=pa55-six",
    }
    rows = {
        row["setting"]: row
        for row in setting_rows({**secrets, "OMS_PARTITONS": "4", "OMS_LOG_LEVEL": "DEBUG", "PATH": "x"})
    }
    assert "pa55" not in json.dumps(rows)
    assert rows["OMS_TOKEN"]["value"] == "***" and "host:9000" in rows["CLICKHOUSE_URL"]["value"]
    assert rows["OMS_PARTITONS"]["source"] == "unknown"
    assert (rows["OMS_LOG_LEVEL"]["value"], rows["OMS_LOG_LEVEL"]["source"]) == ("DEBUG", "environment")
    assert (rows["OMS_AUDIT_LIMIT_MS"]["value"], rows["OMS_AUDIT_LIMIT_MS"]["source"]) == ("10000", "default")
    assert "sasl.password" in rows["OMS_KAFKA_SASL_PASSWORD"]["meaning"]
    assert "PATH" not in rows


# -- logs ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def logged(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    line = {"time": "2025-01-06T15:00:00.123+00:00", "level": "INFO", "service": "risk", "message": "began"}
    (folder / "risk.previous.log").write_text(json.dumps(line) + "\n")
    about = {
        **line,
        "level": "WARNING",
        "message": "late",
        "order_id": "a/20250106/x",
        "topic": "oms.risk",
        "partition": 0,
        "offset": 7,
    }
    (folder / "risk.log").write_text(f"{json.dumps(about)}\nTraceback: boom\nhalf a li")
    return tmp_path


def test_logs_of_a_stopped_system(logged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = out_of(capsys, "logs", "risk", "--data", str(logged))
    assert code == 0
    assert out.splitlines() == [
        "2025-01-06 15:00:00.123 INFO    began",
        "2025-01-06 15:00:00.123 WARNING late  [a/20250106/x oms.risk/0@7]",
        "Traceback: boom",
    ]
    assert out_of(capsys, "logs", "risk", "-n", "1", "--data", str(logged))[1] == "Traceback: boom\n"
    assert out_of(capsys, "logs", "risk", "--order", "a/20250106/x", "--data", str(logged))[1].count("\n") == 1
    found = json.loads(out_of(capsys, "logs", "risk", "--level", "warning", "--json", "--data", str(logged))[1])
    assert [line["message"] for line in found] == ["late", "Traceback: boom"]


def test_logs_that_are_not_there(logged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = out_of(capsys, "logs", "router", "--data", str(logged))
    assert (code, err) == (2, "oms: no log of 'router'; there are risk\n")
    code, _, err = out_of(capsys, "logs", "risk", "--data", str(tmp_path / "none"))
    assert code == 3 and "oms run" in err


def test_a_log_line_does_nothing_to_a_terminal() -> None:
    assert "\x1b" not in text_of(parsed("\x1b[2Jgone")) + text_of({"level": "INFO", "message": "\x1b]0;x\x07"})


def test_logs_are_followed_into_the_file_of_a_new_process(logged: Path) -> None:
    command = [*OMS, "logs", "risk", "-f", "-n", "1", "--data", str(logged)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        timer = threading.Timer(180, process.kill)
        timer.start()
        path = logged / "logs" / "risk.log"
        try:
            assert process.stdout.readline() == "Traceback: boom\n"
            with path.open("a") as file:
                file.write("ne\n")
            assert process.stdout.readline() == "half a line\n"
            path.replace(path.with_suffix(".previous.log"))
            path.write_text("anew\n")
            assert process.stdout.readline() == "anew\n"
        finally:
            timer.cancel()
            process.kill()


# -- reference history -------------------------------------------------------------------------------------------------------------


def test_history_says_what_changed_in_units_of_people() -> None:
    limit = {
        "type": "Limit",
        "limit_id": "l",
        "kind": "ORDER_QTY",
        "scope": "FIRM",
        "instrument_id": "BTC-USD",
        "currency": "",
        "value": 500_000_000,
    }
    rows = [
        ("limit", "l", 3, 1, -1, "first", "olga", 1_736_175_600_000, json.dumps(limit)),
        ("limit", "l", 8, 0, -1, "too late", "carl", 1_736_175_601_000, json.dumps({**limit, "value": 1})),
        ("limit", "l", 9, 1, 3, "more", "olga", 1_736_175_602_000, json.dumps({**limit, "value": "1000000000"})),
    ]
    first, refused, last = history_of(rows, {"BTC-USD": COIN})
    assert {"field": "value", "before": "", "after": "5"} in first["changes"]
    assert not refused["accepted"]
    assert last["changes"] == [{"field": "value", "before": "5", "after": "10"}]
    assert (last["who"], last["replaces_version"], last["recorded"]) == ("olga", 3, "2025-01-06 15:00:02.000")


def test_members_of_a_list_are_known_by_their_name() -> None:
    def account(*positions: tuple[str, int]) -> dict[str, object]:
        return {"opening_positions": [{"type": "P", "instrument_id": i, "qty": q} for i, q in positions]}

    changed = changed_fields(
        account(("ACME", 5), ("BTC-USD", 10**8)), account(("BTC-USD", 2 * 10**8), ("ACME", 5)), {"BTC-USD": COIN}
    )
    assert changed == [{"field": "opening_positions[BTC-USD].qty", "before": "1", "after": "2"}]


def test_units() -> None:
    assert [duration_text(n) for n in (120 * 10**9, 1_500_000, 2_345, 7)] == ["120 s", "1.5 ms", "2.345 us", "7 ns"]
    assert limit_value(300, "PRICE_COLLAR_BPS", COIN) == "300 bps"
    assert limit_value(10**18, "ORDER_NOTIONAL", COIN) == "1000000 USD"


# -- an order's story --------------------------------------------------------------------------------------------------------------


def rejected_steps() -> list[Step]:
    order = {
        "type": "NewOrder", "desk_id": "alpha", "account_id": "alpha-1", "instrument_id": "BTC-USD", "side": "BUY", "ord_type": "LIMIT",
        "time_in_force": "DAY", "order_qty": 600_000_000, "price": 9_500_000, "algorithm": "BEST_PRICE", "entered_ns": "1736175600000000000",
        "provenance": {"entered_by": "ada", "on_behalf_of": "", "source": "grpc", "trader": "ada", "strategy": "manual"},
    }  # fmt: skip
    evidence = {
        "reference_position": 40, "control_position": 3, "market_partition": 1, "market_position": 9, "reference_price": None,
        "reference_age_ns": None, "checks": [4, 14], "limit_versions": [-1, 24], "thresholds": [0, 500_000_000], "before": [0, 0],
        "after": [0, 600_000_000],
    }  # fmt: skip
    text = "order quantity would be 600000000, limit firm.order_qty.BTC-USD is 500000000"
    refusal = {
        "type": "OrderRejected",
        "order_id": "alpha/20250106/x",
        "order": order,
        "reason": "ORDER_QTY_LIMIT",
        "text": text,
        "evidence": evidence,
    }
    began = 1_736_175_600_000
    return [
        Step.of((1, began + 1, 0, 0, "oms.orders", 0, 5, "NewOrder", json.dumps(order))),
        Step.of(
            (2, began + 4, (began + 3) * 10**6, began * 10**6, "oms.risk", 0, 9, "OrderRejected", json.dumps(refusal))
        ),
    ]


def test_the_story_of_a_refused_order_is_in_decimals_and_words() -> None:
    steps = rejected_steps()
    assert limit_versions(steps) == [24]
    story = story_of(steps, COIN, {24: "firm.order_qty.BTC-USD"})
    decision = story["decision"]
    assert decision["text"] == "order quantity would be 6, limit firm.order_qty.BTC-USD is 5"
    assert decision["checks"][1] == {
        "check": "order_qty", "limit": "firm.order_qty.BTC-USD", "version": 24, "threshold": "5", "before": "0", "after": "6",
    }  # fmt: skip
    assert story["who"]["entered_by"] == "ada"
    assert story["clocks"]["decided_after"] == "3 ms"
    assert [line["where"] for line in story["biography"]] == ["oms.orders/0@5", "oms.risk/0@9"]
    assert terms_of("alpha/20250106/x", steps, COIN)["status"] == "REJECTED"
    assert "600000000" not in json.dumps({k: v for k, v in story.items() if k != "biography"})


def test_why_names_every_check_its_figures_and_which_failed() -> None:
    (decision,) = decisions_of(rejected_steps(), COIN, {24: "firm.order_qty.BTC-USD"})
    assert (decision["what"], decision["verdict"], decision["reason"]) == ("new order", "REJECTED", "ORDER_QTY_LIMIT")
    assert [check["passed"] for check in decision["checks"]] == [True] * (len(decision["checks"]) - 1) + [False]
    assert decision["checks"][-1]["limit"] == "firm.order_qty.BTC-USD" and decision["checks"][-1]["threshold"] == "5"
    assert decision["text"] == "order quantity would be 6, limit firm.order_qty.BTC-USD is 5"


def test_why_names_rates_and_factors_with_their_age() -> None:
    one = EvidenceInput("fx_rate", "EUR", 7, 2_000_000_000)
    evidence = Evidence(
        1, 1, 0, 5, 10_005, 1_500_000, (1,), (-1,), (Amount(0),), (Amount(0),), (Amount(0),), 1, 1, (one,)
    )
    event = OrderAccepted(
        "alpha/20250106/a1", NEW, Mandate(100, 10_000, ("XV",), (100,), Algorithm.DIRECT, 0), evidence
    )
    step = Step.of((1, 1, 0, 0, "oms.risk", 0, 9, "OrderAccepted", to_json(event)))
    (decision,) = decisions_of([step], COIN, {})
    assert [(row["input"], row["id"], row["version"], row["age"]) for row in decision["inputs"][1:]] == [
        ("fx rate", "EUR", "7", "2 s")
    ]
    assert decision["inputs"][0]["version"] == "oms.market/0@5" and decision["inputs"][0]["age"] == "1 ms"


def test_a_refusal_without_figures_keeps_its_words() -> None:
    assert refusal_text("HALTED", "desk alpha is halted", 3, -1, 7, COIN) == "desk alpha is halted"
    assert limit_named("no limit here") == ""


def test_since() -> None:
    assert moment_ns("1970-01-01T00:00:01", 0) == 10**9
    assert moment_ns("1970-01-01T01:00:01+01:00", 0) == 10**9
    assert moment_ns("1h", 3601 * 10**9) == 10**9


# -- what is nobody's fault here -----------------------------------------------------------------------------------------------------


def test_a_full_disk_is_one_line() -> None:
    """/dev/full refuses every write with ENOSPC, as a full disk does."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*OMS, "topics", "--json", "--data", "/nowhere"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=180,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "oms: the disk is full: make room, or choose another --data\n"


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [*OMS, "topics", "--data", "/nowhere"],
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
        timeout=180,
        check=False,
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, "")


def test_an_unforeseen_error_is_one_line_that_names_the_details(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise LookupError("a bug,\nin two lines")

    assert exit_code_of(broken, "orders") == 4
    err = capsys.readouterr().err
    assert (
        err.startswith("oms: unforeseen error: LookupError: a bug, in two lines; please report it with ")
        and err.count("\n") == 1
    )
    details = Path(err.rsplit(" ", 1)[1].strip())
    assert "in broken" in details.read_text()
    assert details.stat().st_mode & 0o077 == 0
    details.unlink()


def test_an_old_python_is_told_what_is_needed() -> None:
    assert python_problem(tuple(sys.version_info[:3])) == ""
    assert "3.11 or newer is needed, this is 3.9.2" in python_problem((3, 9, 2))
    old = "import sys; sys.version_info = (3, 9, 2, 'final', 0); import oms.cli"
    done = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 1 and done.stderr.startswith("oms: Python 3.11") and done.stderr.count("\n") == 1


def test_the_data_directory_may_be_named_before_the_command(logged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert out_of(capsys, "--data", str(logged), "logs", "risk", "-n", "1")[1] == "Traceback: boom\n"
    code, _, err = out_of(capsys, "--data", str(logged), "orders", "--data", "/after/goes/first")
    assert code == 3 and "/after/goes/first" in err


def test_version_says_everything_it_promises(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(json.loads(out_of(capsys, "version", "--json")[1])) == set(SCHEMAS["version"]["properties"])
    assert out_of(capsys, "--version")[:2] == (0, f"oms {json.loads(out_of(capsys, 'version', '--json')[1])['oms']}\n")


def test_bash_completes_commands_options_and_kinds() -> None:
    def completed(words: str) -> set[str]:
        env = {**os.environ, "_OMS_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = subprocess.run(OMS, env=env, capture_output=True, text=True, timeout=180, check=False)
        return set(done.stdout.split())

    assert {"submit", "status", "reference"} <= completed("oms ")
    assert completed("oms submit --client-or") == {"--client-order-id"}
    assert completed("oms reference list de") == {"desk"}
