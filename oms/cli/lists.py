"""`oms submit-list`, `oms list` and `oms cancel-list`: orders that depend on each other, and baskets of orders that do not.

A list is sent as one, under one id, by the same rules as an order: repeated with the same id it is carried out once.
"""

import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from oms.cli import terms
from oms.cli.client import GatewayClient, GatewayRefused
from oms.cli.completion import complete_account, complete_desk
from oms.cli.instance import DataOption, JsonOption, UsageError, running_instance
from oms.cli.list_file import Line, listed_orders, read_list
from oms.cli.order_ids import key_of
from oms.cli.order_list import short_id
from oms.cli.order_requests import (
    DateOption,
    DeskOption,
    IdOption,
    WaitOption,
    decision_fields,
    repeatable,
    require_accepted,
    sent,
    until,
)
from oms.cli.output import order_row, print_fields, print_json, print_rows, reason_name
from oms.core.dates import utc_date
from oms.core.enums import ContingencyType, LegState, OrdStatus
from oms.core.reference import Entity, Instrument
from oms.v1 import gateway_pb2
from oms.wire.codec import from_message, wire_enum

HELP = "The list: desk/date/ListID, or its ListID of today with --desk."

_LIST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}/[0-9]{8}/[!-.0-9;-~]{1,64}")
_PLACE = re.compile(r"orders\[(\d+)\]")


class ContingencyWord(Enum):
    program = "program"
    oco = "oco"
    oto = "oto"
    ouo = "ouo"
    bracket = "bracket"


CONTINGENCIES: dict[ContingencyWord, ContingencyType | None] = {
    ContingencyWord.program: None,
    ContingencyWord.oco: ContingencyType.ONE_CANCELS_THE_OTHER,
    ContingencyWord.oto: ContingencyType.ONE_TRIGGERS_THE_OTHER,
    ContingencyWord.ouo: ContingencyType.ONE_UPDATES_THE_OTHER,
    ContingencyWord.bracket: ContingencyType.BRACKET,
}


def register(app: typer.Typer) -> None:
    app.command("submit-list")(submit_list)
    app.command("list")(show_list)
    app.command("cancel-list")(cancel_list)


def submit_list(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with a header, or JSON, one object per line: side, qty, instrument, and any options of `oms submit` by their "
            "names (limit, stop, tif, show, post-only, venue, account, id and so on). The order that triggers the others (oto, bracket) first."
        ),
    ],
    desk: Annotated[str, typer.Option("--desk", help="The desk that sends it.", autocompletion=complete_desk)],
    contingency: Annotated[
        ContingencyWord,
        typer.Option("--contingency", case_sensitive=False, help="How the orders depend on each other."),
    ] = ContingencyWord.program,
    account: Annotated[
        str,
        typer.Option(
            "--account", help="Of lines that name none. Default: the desk's first.", autocompletion=complete_account
        ),
    ] = "",
    cl_ord_id: IdOption = "",
    date: DateOption = 0,
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a list of orders: a basket, or orders that cancel, trigger or update each other. A bad line: nothing is sent."""
    lines = read_list(file)
    with repeatable(cl_ord_id, date), GatewayClient(running_instance(data).gateway) as client:
        name, tape_ns = terms.cl_ord_id_of(cl_ord_id), client.control_status().tape_ns
        request = gateway_pb2.SubmitListRequest(
            desk_id=desk,
            trading_date=date or utc_date(tape_ns),
            cl_ord_id=name,
            orders=listed_orders(
                file, lines, _instruments(client), account or terms.default_account(client, desk), name, tape_ns
            ),
            requester=terms.requester(),
            wait_for_decision=True,
        )
        kind = CONTINGENCIES[contingency]
        if kind is not None:
            request.contingency = wire_enum(kind)
        try:
            answer = sent(client.submit_list, request, wait)
        except GatewayRefused as error:
            raise GatewayRefused(_by_line(str(error), lines)) from None
        view = until(_list_again(client), _list_in(answer), wait, _is_judged)
    _show_outcome(decision_fields(answer.status), view, as_json)


def show_list(
    list_id: Annotated[str, typer.Argument(help=HELP)],
    desk: DeskOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """A list and the state of each of its orders."""
    with GatewayClient(running_instance(data).gateway) as client:
        view = client.order_list(_find(client, list_id, desk))
    _show(view, as_json, {})


def cancel_list(
    list_id: Annotated[str, typer.Argument(help=HELP)],
    desk: DeskOption = "",
    cl_ord_id: IdOption = "",
    date: DateOption = 0,
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel all that is open of a list. Works during every halt."""
    with repeatable(cl_ord_id, date), GatewayClient(running_instance(data).gateway) as client:
        desk_id, orig_date, name = key_of(_find(client, list_id, desk))
        request = gateway_pb2.CancelListRequest(
            desk_id=desk_id,
            trading_date=date or utc_date(client.control_status().tape_ns),
            cl_ord_id=terms.cl_ord_id_of(cl_ord_id),
            orig_trading_date=orig_date,
            orig_cl_ord_id=name,
            requester=terms.requester(),
            wait_for_decision=True,
        )
        answer = sent(client.cancel_list, request, wait)
        view = until(_list_again(client), _list_in(answer), wait, _is_over)
    _show_outcome({**decision_fields(answer.status), "matched": answer.matched}, view, as_json)


def _instruments(client: GatewayClient) -> dict[str, Instrument]:
    entities = (from_message(item.entity, Entity) for item in client.reference("instrument"))
    return {e.instrument_id: e for e in entities if isinstance(e, Instrument)}


def _find(client: GatewayClient, name: str, desk: str) -> str:
    if _LIST_ID.fullmatch(name):
        return name
    if "/" in name or not desk:
        raise UsageError(f"{name!r} is no id of a list: give desk/date/ListID, or a ListID of today with --desk")
    return f"{desk}/{utc_date(client.control_status().tape_ns)}/{name}"


def _by_line(text: str, lines: tuple[Line, ...]) -> str:
    """The gateway names orders by their place; a person has lines."""
    return _PLACE.sub(
        lambda m: f"line {lines[int(m[1])].number}: orders[{m[1]}]" if int(m[1]) < len(lines) else m[0], text
    )


def _list_again(client: GatewayClient) -> Callable[[Any], Any]:
    return lambda view: client.order_list(view.list_id)


def _list_in(answer: Any) -> Any:
    return answer.list if answer.HasField("list") else None


def _status(view: Any) -> str:
    return str(gateway_pb2.ListOrderStatus.Name(view.status)).removeprefix("LIST_ORDER_STATUS_")


def _is_judged(view: Any) -> bool:
    return _status(view) != "RECEIVED_FOR_EXECUTION"


def _is_over(view: Any) -> bool:
    return all(OrdStatus(order.ord_status).is_terminal for order in view.orders)


def list_fields(view: Any) -> dict[str, Any]:
    """A `ListView` in full."""
    return {
        "list_id": view.list_id,
        "status": _status(view),
        "contingency": ContingencyType(view.contingency).name if view.HasField("contingency") else "",
        "reason": reason_name(view),
        "text": view.text,
        "order_at_fault": view.order_cl_ord_id,
        "orders": [leg_row(order) for order in view.orders],
    }


LEG_COLUMNS = ("leg", "status", "side", "qty", "instrument", "type", "price", "filled", "avg_price", "reason")
"""What a table shows of each order; `oms order` and --json have the rest."""


def leg_row(order: Any) -> dict[str, Any]:
    row = order_row(order)
    leg = LegState(order.leg_state).name.lower() if order.HasField("leg_state") else ""
    return {"order_id": row.pop("order_id"), "leg": leg, **row}


def _show_outcome(fields: dict[str, Any], view: Any, as_json: bool) -> None:
    """Ends with exit code 1 where the request was refused, 3 where nothing decided it in time."""
    del fields["limit"]
    if view is None and as_json:
        print_json({**fields, "list": None})
    elif view is None:
        print_fields({k: v for k, v in fields.items() if v is not False})
    else:
        _show(view, as_json, fields)
    require_accepted(fields, "list")


def _show(view: Any, as_json: bool, fields: dict[str, Any]) -> None:
    mine = list_fields(view)
    if as_json:
        print_json({**fields, "list": mine} if fields else mine)
        return
    orders = mine.pop("orders")
    said = {k: v for k, v in fields.items() if v is not False and k != "id"}
    print_fields({**said, **{k: v for k, v in mine.items() if v}})
    shown = [{"order": short_id(row["order_id"]), **{name: row[name] for name in LEG_COLUMNS}} for row in orders]
    print_rows(shown, False, "orders", narrow=("order", "leg", "status", "side", "qty", "price", "filled"))
