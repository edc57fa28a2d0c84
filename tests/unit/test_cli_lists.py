"""Lists on the command line: files of orders, what is wrong with them, and the three commands against a real gateway in memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_service import System
from jsonschema import Draft202012Validator

from oms.cli.instance import UsageError
from oms.cli.list_file import listed_orders, read_list
from oms.cli.list_words import list_words
from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.cli.tape_options import SYNTHETIC_REFERENCE
from oms.cli.units import Scales
from oms.core.commands import CancelOrderList, NewOrderList
from oms.core.enums import Algorithm, ContingencyType, OrdType, Side, TimeInForce
from oms.core.reference import Instrument

ACME = Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True)
BRACKET = "side,qty,instrument,price,stop\nbuy,100,ACME,100.5,\nsell,100,ACME,103,\nsell,100,ACME,,99\n"


def written(folder: Path, text: str, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def orders_in(path: Path) -> list[Any]:
    return listed_orders(path, read_list(path), {"ACME": ACME}, "A1", "b1")


def test_a_csv_file_of_a_bracket(tmp_path: Path) -> None:
    entry, profit, loss = orders_in(written(tmp_path, BRACKET))
    assert (entry.cl_ord_id, entry.side, entry.ord_type, entry.price) == ("b1-1", Side.BUY, OrdType.LIMIT, 1_005_000)
    assert (profit.time_in_force, profit.algorithm) == (TimeInForce.DAY, Algorithm.BEST_PRICE)
    assert (loss.ord_type, loss.instructions.stop_px, loss.HasField("price")) == (OrdType.STOP, 990_000, False)


def test_json_lines_say_the_same(tmp_path: Path) -> None:
    lines = [
        {"side": "buy", "qty": 100, "instrument": "ACME", "price": 100.5},
        {"side": "sell", "qty": "100", "instrument": "ACME", "price": "103"},
        {"side": "sell", "qty": 100, "instrument": "ACME", "stop": 99},
    ]
    path = written(tmp_path, "\n".join(json.dumps(line) for line in lines), "orders.json")
    assert orders_in(path) == orders_in(written(tmp_path, BRACKET))


def test_every_column_is_taken(tmp_path: Path) -> None:
    text = "side,qty,instrument,type,price,stop,tif,algo,venue,account,id\nshort,7,ACME,stop_limit,99,98.5,gtc,direct,XALP,A2,mine\n"
    (order,) = orders_in(written(tmp_path, text))
    assert (order.side, order.ord_type, order.time_in_force) == (Side.SELL_SHORT, OrdType.STOP_LIMIT, TimeInForce.GTC)
    assert (order.venue_id, order.account_id, order.cl_ord_id) == ("XALP", "A2", "mine")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("side,qty\nbuy,1\n", "line 1: the header has no instrument"),
        ("side,qty,instrument,colour\nbuy,1,ACME,red\n", "line 1: unknown column colour"),
        ("side,qty,instrument\nbuy,1\n", "line 2: 2 cells, the header has 3"),
        ("side,qty,instrument\nbuy,1.5,ACME\nhold,1,ACME\nbuy,1,IBM\n", "line 2: qty: "),
        ("side,qty,instrument\nbuy,1,ACME\nhold,1,ACME\nbuy,1,IBM\n", "line 3: side 'hold' is none of buy, sell, short; line 4: no "),
        ('{"side": "buy", "qty": 1, "instrument": "ACME"}\n{"side": \n', "line 2: no JSON"),
        ('{"side": "buy", "size": 1}\n', "line 1: size: it takes side, qty"),
        ('{"side": "buy", "qty": [1], "instrument": "ACME"}\n', "line 1: an object of texts and numbers is wanted"),
        ("side,qty,instrument\n", "has 0 orders: 1 to 500 make a list"),
        ("side,qty,instrument\n" + "buy,1,ACME\n" * 501, "has 501 orders: 1 to 500 make a list"),
    ],
)  # fmt: skip
def test_bad_lines_are_named_all_of_them(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        orders_in(written(tmp_path, text))
    assert says in str(caught.value), str(caught.value)


def test_events_of_lists_have_words() -> None:
    scales = Scales(4, 0, "USD")
    changed = {"leg_state": "DUE", "released_qty": 60, "by_order_id": "a/1/sl", "order_id": "a/1/sl"}
    assert list_words("LegChanged", changed, scales).endswith("60 released, by the market")
    reduced = {"order_qty": 70, "executed_qty": 30, "by_order_id": "a/1/tp"}
    assert list_words("LegReduced", reduced, scales) == "to 70: tp executed 30"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    found = System(tmp_path_factory.mktemp("data"))
    found.start()
    assert run_command_line(["load", str(SYNTHETIC_REFERENCE), "--data", str(found.data)]) == 0
    yield found
    found.stop()


def run(system: System, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    capsys.readouterr()
    code = run_command_line([*arguments, "--data", str(system.data), "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err


def test_a_bracket_is_sent_shown_and_cancelled(
    system: System, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = written(tmp_path, BRACKET)
    arguments = ("submit-list", str(path), "--desk", "alpha", "--contingency", "bracket", "--id", "b1", "--wait", "0.3")
    code, said, _ = run(system, capsys, *arguments)
    assert (code, said["decision"]) == (3, "RECEIVED"), "nobody decides here"
    Draft202012Validator(SCHEMAS["submit-list"]).validate(said)
    command = system.commands()[-1]
    assert isinstance(command, NewOrderList) and command.contingency is ContingencyType.BRACKET
    assert [o.cl_ord_id for o in command.orders] == ["b1-1", "b1-2", "b1-3"]
    code, shown, _ = run(system, capsys, "list", "b1", "--desk", "alpha")
    assert code == 0 and shown["status"] == "RECEIVED_FOR_EXECUTION" and len(shown["orders"]) == 3
    Draft202012Validator(SCHEMAS["list"]).validate(shown)
    code, said, _ = run(system, capsys, *arguments)
    assert said["already_received"] and len([c for c in system.commands() if isinstance(c, NewOrderList)]) == 1
    code, said, _ = run(system, capsys, "cancel-list", shown["list_id"], "--wait", "0.3")
    assert code == 3 and isinstance(system.commands()[-1], CancelOrderList)
    Draft202012Validator(SCHEMAS["cancel-list"]).validate(said)


def test_what_the_gateway_refuses_is_named_by_its_line(
    system: System, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = len(system.commands())
    path = written(tmp_path, "side,qty,instrument,price,venue\nbuy,100,ACME,100,\n\nbuy,0,ACME,100,\n")
    code, _, err = run(system, capsys, "submit-list", str(path), "--desk", "alpha")
    assert code == 1 and "line 4: orders[1].order_qty" in err and len(system.commands()) == before


def test_a_list_that_is_not_there(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(system, capsys, "list", "alpha/20250106/none")[0] == 1
    assert run(system, capsys, "list", "none")[0] == 2
