"""The commands against a real gateway over the in-memory log. Risk is not there: what is sent stays undecided."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_service import System

from oms.cli.client import GatewayClient, GatewayRefused, NotFound, admin_messages, gateway_messages
from oms.cli.main import run_command_line
from oms.cli.tape_options import SYNTHETIC_REFERENCE
from oms.core.commands import CancelOrder, MassCancelOrders, NewOrder, ReplaceOrder
from oms.core.control import CancelScope, Halt, cancels
from oms.core.enums import HaltScope, OrdType, Side, TimeInForce
from oms.core.instructions import PLAIN
from oms.core.order_filter import OrderFilter
from oms.runtime.log import TopicPartition
from oms.testing.workload import plan_for
from oms.v1 import commands_pb2
from oms.wire import topics
from oms.wire.codec import decode_intake


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """With the shipped reference data loaded, by the command."""
    found = System(tmp_path_factory.mktemp("data"))
    found.start()
    assert run_command_line(["load", str(SYNTHETIC_REFERENCE), "--data", str(found.data)]) == 0
    yield found
    found.stop()


def run(system: System, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    """(exit code, JSON on stdout, stderr)."""
    capsys.readouterr()
    code = run_command_line([*arguments, "--data", str(system.data), "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err


def test_loading_again_changes_nothing(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run(system, capsys, "load", str(SYNTHETIC_REFERENCE))
    assert code == 0
    assert (said["added"], said["changed"], said["conflicts"]) == ([], [], [])
    assert said["unchanged"] > 30


def test_loading_a_changed_file_changes_only_that(
    system: System, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "reference.yaml"
    file.write_text(SYNTHETIC_REFERENCE.read_text().replace("Ada Traderson", "Ada Newname"))
    code, said, _ = run(system, capsys, "load", str(file))
    assert (code, said["changed"]) == (0, ["person ada"])


def test_submit_converts_decimals_exactly(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run(
        system, capsys, "submit", "BUY", "0.25", "BTC-USD", "--desk", "alpha", "--limit", "95000.00",
        "--id", "exact-1", "--tif", "gtc", "--wait", "0.3",
    )  # fmt: skip
    assert code == 3, "nobody decides here: the outcome is not known"
    assert said["decision"] == "RECEIVED"
    order = system.commands()[-1]
    assert isinstance(order, NewOrder)
    assert (order.order_qty, order.price, order.account_id) == (25_000_000, 9_500_000, "alpha-1")
    assert (order.side, order.ord_type, order.time_in_force) == (Side.BUY, OrdType.LIMIT, TimeInForce.GTC)


def test_rule_12_replacing_states_again_what_is_not_named(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    """A replacement carries nothing over by itself, so the command says the instructions in force: an iceberg stays one."""
    iceberg = ["submit", "buy", "100", "ACME", "--desk", "alpha", "--limit", "100", "--show", "10", "--post-only"]
    run(system, capsys, *iceberg, "--id", "ice", "--wait", "0.3")
    run(system, capsys, "replace", "ice", "--desk", "alpha", "--qty", "80", "--id", "ice-2", "--wait", "0.3")
    first, amended = system.commands()[-2:]
    assert isinstance(amended, ReplaceOrder) and amended.order_qty == 80
    assert amended.instructions == first.instructions != PLAIN


def test_the_same_id_again_is_the_same_order(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["submit", "sell", "100", "ACME", "--desk", "alpha", "--id", "twice", "--wait", "0.3"]
    run(system, capsys, *command)
    code, said, _ = run(system, capsys, *command)
    assert code == 3, "nobody decides here: the outcome is not known"
    assert said["already_received"]
    code, said, _ = run(system, capsys, "orders", "--desk", "alpha")
    assert sum(o["order_id"].endswith("/twice") for o in said) == 1


@pytest.mark.parametrize(
    ("arguments", "says", "exit_code"),
    [
        (["submit", "buy", "1.5", "ACME", "--desk", "alpha"], "quantity: 1.5 has 1 decimals", 2),
        (["submit", "buy", "100", "ACME", "--desk", "alpha", "--price", "1e2"], "--limit: '1e2' is not a decimal", 2),
        (["submit", "buy", "100", "ACNE", "--desk", "alpha"], "no instrument 'ACNE'; there are ACME, BOLT", 2),
        (["submit", "buy", "100", "ACME", "--desk", "omega"], "no desk 'omega'; there are alpha", 2),
        (["submit", "buy", "100", "ACME", "--desk", "omega", "--account", "x"], "desk_id", 1),
        (["submit", "buy", "100", "ACME", "--desk", "alpha", "--id", "a b"], "--id", 2),
        (["submit", "buy", "100", "ACME", "--desk", "alpha", "--over", "soon"], "--over 'soon'", 2),
        (["order", "a/b/c/d"], "is no id of an order", 2),
        (["order", "alpha/20250106/absent"], "no order alpha/20250106/absent", 1),
        (["cancel", "alpha/99999999999999999999999/x"], "is no id of an order", 2),
        (["halt", "desk:alhpa"], "there is no desk alhpa", 1),
        (["replace", "alpha/20250106/absent", "--qty", "5"], "", 1),
        (["resume", "desk:beta"], "no halt of desk:beta is in force", 1),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_what_the_gateway_or_its_reference_data_refuses_is_one_line(
    arguments: list[str], says: str, exit_code: int, system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(system, capsys, *arguments)
    assert (code, err.count("\n")) == (exit_code, 1), err
    assert says in err


def test_cancel_needs_no_known_order(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, _ = run(system, capsys, "cancel", "alpha/20250106/elsewhere", "--id", "c1", "--wait", "0.3")
    assert code == 3, "nobody decides here: the outcome is not known"
    cancel = system.commands()[-1]
    assert isinstance(cancel, CancelOrder)
    assert (cancel.orig_trading_date, cancel.orig_cl_ord_id) == (20250106, "elsewhere")


def test_a_halt_that_nobody_applies_is_told(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, err = run(system, capsys, "halt", "instrument:CRUX", "--cancel-open", "--wait", "0.2")
    assert code == 1
    assert "written, but not applied everywhere" in err
    assert not said["applied_everywhere"]
    records = system.log.partitions[TopicPartition(topics.CONTROL, 0)].records
    halts = [r for r in (decode_intake(topics.CONTROL, record.value) for record in records) if isinstance(r, Halt)]
    assert (halts[-1].scope, halts[-1].scope_id, halts[-1].cancel_open) == (HaltScope.INSTRUMENT, "CRUX", True)


def control_records(system: System) -> list[Any]:
    records = system.log.partitions[TopicPartition(topics.CONTROL, 0)].records
    return [decode_intake(topics.CONTROL, record.value) for record in records]


def test_a_cancel_over_desks_is_one_control_record(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, err = run(
        system, capsys, "cancel", "--all", "--trader", "ada", "--side", "short", "--instrument", "ACME", "--yes", "--wait", "0.2",
    )  # fmt: skip
    assert code == 1, "nobody works it here"
    assert "not over after 0.2 s" in err and "has not read it yet" in err
    assert (said["whom"], said["finished"]) == ("instrument ACME, trader ada, side sell_short", False)
    record = next(r for r in reversed(control_records(system)) if isinstance(r, CancelScope))
    assert cancels(record) == OrderFilter(instrument_id="ACME", side=Side.SELL_SHORT, trader="ada")


def test_a_cancel_within_a_desk_is_its_own_command(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, _ = run(
        system, capsys, "cancel", "--all", "--account", "alpha-1", "--strategy", "spread", "--venue", "XALP", "--side", "buy",
        "--yes", "--wait", "1.5", "--id", "mass-1",
    )  # fmt: skip
    assert code in (1, 3), "nobody decides here"
    command = system.commands()[-1]
    assert isinstance(command, MassCancelOrders)
    assert command.filter == OrderFilter("alpha", "alpha-1", "", Side.BUY, "", "spread", "XALP")


@pytest.mark.parametrize(
    ("scope", "narrowed", "says"),
    [
        (("DESK", "alpha"), {"desk_id": "beta"}, "contradicts the scope"),
        (("DESK", "alpha"), {"account_id": "nobody"}, "there is no account nobody"),
        (("TRADER", "nobody"), {}, "there is no trader nobody"),
        (("FIRM", ""), {"strategy": "s" * 65}, "at most 64 bytes"),
        (("FIRM", ""), {"side": 0}, "narrowed"),
    ],
)
def test_a_cancel_that_would_take_nothing_is_refused(
    scope: tuple[str, str], narrowed: dict[str, Any], says: str, system: System
) -> None:
    before = len(control_records(system))
    with GatewayClient(system.address) as client, pytest.raises(GatewayRefused, match=says):
        client.cancel_scope(
            admin_messages.CancelScopeRequest(
                scope=HaltScope[scope[0]],
                scope_id=scope[1],
                reason="test",
                requester=gateway_messages.Requester(),
                narrowed=commands_pb2.OrderFilter(**narrowed) if narrowed else None,
            )
        )
    assert not [r for r in control_records(system)[before:] if isinstance(r, CancelScope)]


def test_a_mass_status_gives_every_open_order_its_count_and_the_last_one(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, side in enumerate(("buy", "sell", "sell")):
        run(
            system, capsys, "submit", side, "100", "ACME", "--desk", "beta", "--venue", "XALP", "--limit", "99.00",
            "--id", f"ms-{number}", "--wait", "0",
        )  # fmt: skip
    with GatewayClient(system.address) as client:

        def status(**wanted: Any) -> list[Any]:
            pages, token = [], ""
            while not pages or token:
                request = gateway_messages.ListOrdersRequest(
                    open_only=True, page_size=1, page_token=token, count_matches=True, **wanted
                )
                pages.append(client.list_orders(request))
                token = pages[-1].next_page_token
            return pages

        pages = status(desk_id="beta", side=int(Side.SELL), venue_id="XALP")
        assert [page.orders[0].cl_ord_id for page in pages] == ["ms-2", "ms-1"]
        assert pages[0].tot_num_reports == 2
        assert [page.last_rpt_requested for page in pages] == [False, True]
        (nothing,) = status(desk_id="beta", venue_id="XGAM")
        assert (len(nothing.orders), nothing.tot_num_reports, nothing.last_rpt_requested) == (0, 0, True)
        trader = pages[0].orders[0].provenance.trader
        assert status(desk_id="beta", trader=trader)[0].tot_num_reports == 3
        assert status(desk_id="beta", trader=trader, strategy="none")[0].tot_num_reports == 0
    code, said, _ = run(system, capsys, "orders", "--open", "--desk", "beta", "--venue", "XALP", "--side", "buy")
    assert code == 0 and [o["order_id"].split("/")[2] for o in said] == ["ms-0"]


def test_quotes_and_positions(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    _, quotes, _ = run(system, capsys, "quotes", "ACME")
    assert [(q["venue"], q["bid"], q["ask"], q["bid_qty"], q["best"]) for q in quotes] == [
        ("XALP", "99.99", "100.01", "100", ["bid", "ask"]),
        *((venue, None, None, None, []) for venue in ("XBET", "XDEL", "XGAM")),
    ]
    assert [q["state"] for q in quotes] == ["live", "no quote", "no quote", "no quote"]
    _, said, _ = run(system, capsys, "positions", "--account", "alpha-1")
    assert {p["instrument"]: (p["position"], p["cost"]) for p in said["positions"]}["BTC-USD"] == ("2.5", "228125")


def test_tables_for_people(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["orders"], ["quotes"], ["positions"]):
        assert run_command_line([*command, "--data", str(system.data)]) == 0
        assert "ACME" in capsys.readouterr().out


def test_a_plan_is_made_from_what_the_system_knows(system: System) -> None:
    with GatewayClient(system.address) as client:
        actions = plan_for(client, 1, 10**18, 10**18 + 600 * 10**9, 100, 3, "w")
        assert {a.desk_id for a in actions} == {"alpha", "beta", "gamma"}


def test_the_client_tells_refusals_apart(system: System) -> None:
    with GatewayClient(system.address) as client:
        with pytest.raises(NotFound):
            client.order("alpha/20250106/none")
        with pytest.raises(GatewayRefused, match="cl_ord_id: "):
            client.cancel(gateway_messages.CancelRequest(desk_id="alpha", trading_date=20250106))


def test_an_id_with_its_date_is_the_same_order_on_another_day(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["submit", "sell", "100", "ACME", "--desk", "alpha", "--id", "over-midnight", "--wait", "0.3"]
    _, first, _ = run(system, capsys, *command, "--date", "20250103")
    _, again, _ = run(system, capsys, *command, "--date", "20250103")
    assert first["id"] == again["id"] == "alpha/20250103/over-midnight"
    assert not first["already_received"] and again["already_received"]


def test_sending_a_dead_letter_again_needs_the_letter(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, err = run(system, capsys, "dead-letters", "resubmit", "5")
    assert (code, said) == (1, None) and "there is no dead letter 5" in err


def test_new_numbers_of_a_venue_session_are_asked_for_and_a_file_does_not_take_them_back(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = run(system, capsys, "fix", "reset", "XALP-P1", "--reason", "the venue begins a new week at 1")
    assert (code, said["session"]) == (0, "XALP-P1") and "141=Y" in said["takes_effect"]
    with GatewayClient(system.address) as client:
        (found,) = client.reference("venue", "XALP")
    asked = {s.session_id: s.reset_ns for s in found.entity.venue.sessions}
    assert asked["XALP-P1"] > 0 and not any(ns for name, ns in asked.items() if name != "XALP-P1")
    code, said, _ = run(system, capsys, "load", str(SYNTHETIC_REFERENCE))
    assert code == 0 and "venue XALP" not in said["changed"]
    code, _, told = run(system, capsys, "fix", "reset", "XALP-P9", "--reason", "nobody")
    assert code == 2 and "no FIX session 'XALP-P9'" in told
