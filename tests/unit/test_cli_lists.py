"""Lists on the command line: files of orders, what is wrong with them, and the three commands against a real gateway in memory."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from cli_service import System
from jsonschema import Draft202012Validator

from oms.cli.instance import UsageError
from oms.cli.list_file import ALIASES, COLUMNS, listed_orders, read_list
from oms.cli.list_words import list_words
from oms.cli.main import app, run_command_line
from oms.cli.schemas import SCHEMAS
from oms.cli.tape_options import SYNTHETIC_REFERENCE
from oms.cli.units import Scales
from oms.core.commands import CancelOrderList, NewOrderList
from oms.core.enums import Algorithm, ContingencyType, ExecInst, OrdType, Side, TimeInForce
from oms.core.reference import Instrument

ACME = Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True)
NOW_NS = 1_736_175_600 * 10**9
BRACKET = "side,qty,instrument,price,stop\nbuy,100,ACME,100.5,\nsell,100,ACME,103,\nsell,100,ACME,,99\n"


def written(folder: Path, text: str, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def orders_in(path: Path) -> list[Any]:
    return listed_orders(path, read_list(path), {"ACME": ACME}, "A1", "b1", NOW_NS)


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


def test_every_option_of_submit_is_a_column(tmp_path: Path) -> None:
    """All but what is the list's, or the call's: its desk, date, waiting and output."""
    options = {
        p.name: p.opts for p in typer.main.get_command(app).commands["submit"].params if p.param_type_name == "option"
    }
    of_the_list = {"desk", "date", "wait", "trace", "data", "as_json", "minutes"}
    named = {name: {o.removeprefix("--") for o in opts} for name, opts in options.items() if name not in of_the_list}
    missing = {name for name, opts in named.items() if not opts & {*COLUMNS, *ALIASES}}
    assert not missing


LINES: tuple[tuple[str, str, Callable[[Any], Any], Any], ...] = (
    ("limit,stop,tif,venue,account,id", "99,98.5,gtc,XALP,A2,mine", lambda o: (o.ord_type, o.time_in_force, o.venue_id, o.account_id, o.cl_ord_id), (OrdType.STOP_LIMIT, TimeInForce.GTC, "XALP", "A2", "mine")),
    ("limit,tif", "99,opening", lambda o: o.time_in_force, TimeInForce.AT_THE_OPENING),
    ("tif", "closing", lambda o: (o.ord_type, o.time_in_force), (OrdType.MARKET, TimeInForce.AT_THE_CLOSE)),
    ("trail", "0.5", lambda o: (o.ord_type, o.instructions.peg.offset), (OrdType.STOP, 5_000)),
    ("peg,peg_offset,limit", "mid,-0.01,99", lambda o: (o.ord_type, o.instructions.peg.offset), (OrdType.PEGGED, -100)),
    ("market-to-limit", "yes", lambda o: o.ord_type, OrdType.MARKET_TO_LIMIT),
    ("limit,show", "99,2", lambda o: o.instructions.display_qty, 2),
    ("limit,min-qty", "99,3", lambda o: o.instructions.min_qty, 3),
    ("limit,all-or-none", "99,true", lambda o: list(o.instructions.exec_inst), [ExecInst.ALL_OR_NONE]),
    ("limit,post-only,reduce-only", "99,yes,1", lambda o: sorted(o.instructions.exec_inst), sorted((ExecInst.PARTICIPATE_DONT_INITIATE, ExecInst.DO_NOT_INCREASE))),
    ("limit,post-only", "99,no", lambda o: list(o.instructions.exec_inst), []),
    ("limit,expire", "99,2025-01-10", lambda o: (o.time_in_force, o.instructions.expire_date), (TimeInForce.GTD, 20250110)),
    ("limit,good-for", "99,10m", lambda o: (o.time_in_force, o.instructions.good_for_ns), (TimeInForce.GOOD_FOR_TIME, 600 * 10**9)),
    ("limit,smp,smp-id", "99,cancel-both,own", lambda o: o.instructions.smp_id, "own"),
    ("over,slices", "90s,3", lambda o: (o.algorithm, o.twap.end_ns - o.twap.start_ns, o.twap.slices), (Algorithm.TWAP, 90 * 10**9, 3)),
)  # fmt: skip


@pytest.mark.parametrize(("columns", "cells", "seen", "expected"), LINES, ids=[columns for columns, *_ in LINES])
def test_a_column_is_what_the_option_is(
    tmp_path: Path, columns: str, cells: str, seen: Callable[[Any], Any], expected: Any
) -> None:
    (order,) = orders_in(written(tmp_path, f"side,qty,instrument,{columns}\nshort,7,ACME,{cells}\n"))
    assert order.side == Side.SELL_SHORT and seen(order) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("side,qty\nbuy,1\n", "line 1: the header has no instrument"),
        ("side,qty,instrument,colour\nbuy,1,ACME,red\n", "line 1: unknown column colour"),
        ("side,qty,instrument\nbuy,1\n", "line 2: 2 cells, the header has 3"),
        ("side,qty,instrument\nbuy,1.5,ACME\nhold,1,ACME\nbuy,1,IBM\n", "line 2: qty: "),
        ("side,qty,instrument\nbuy,1,ACME\nhold,1,ACME\nbuy,1,IBM\n", "line 3: side 'hold' is none of buy, sell, short; line 4: no "),
        ("side,qty,instrument,tif\nbuy,1,ACME,at_the_opening\n", "line 2: tif 'at_the_opening' is none of day, gtc, ioc"),
        ("side,qty,instrument,price,limit\nbuy,1,ACME,1,1\n", "line 1: a column stands there twice"),
        ("side,qty,instrument,post-only\nbuy,1,ACME,perhaps\n", "line 2: post-only 'perhaps' is neither yes nor no"),
        ("side,qty,instrument,stop,peg\nbuy,1,ACME,1,mid\n", "line 2: stop (or trail), peg and market-to-limit are different orders"),
        ("side,qty,instrument,over\nbuy,1,ACME,soon\n", "line 2: over 'soon': write it like 90s"),
        ("side,qty,instrument,algo\nbuy,1,ACME,direct\n", "line 2: venue goes with algo direct"),
        ("side,qty,instrument,over,slices\nbuy,1,ACME,90s,x\n", "line 2: slices 'x' is no number from 1"),
        ("side,qty,instrument\n,1,ACME\n", "line 2: side is missing"),
        ('{"side": "buy", "qty": 1, "instrument": "ACME"}\n{"side": \n', "line 2: no JSON"),
        ('{"side": "buy", "size": 1}\n', "line 1: size: it takes side, qty"),
        ('{"side": "buy", "qty": [1], "instrument": "ACME"}\n', "line 1: an object of texts, numbers, true and false is wanted"),
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
