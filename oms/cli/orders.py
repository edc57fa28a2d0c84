"""`oms submit`, `cancel`, `replace`, `orders`, `order`: what a desk does by hand.

A request is sent with one id until an answer is there: a lost answer is asked for again, never guessed. Exit code 1 where the request
was refused, 3 where no outcome is known (the message has the id to repeat it with).
"""

import json
import re
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from oms.cli import terms
from oms.cli.client import GatewayClient, GatewayUnavailable, NotFound, retried, trading_date_of
from oms.cli.instance import CliError, DataOption, JsonOption, UsageError, running_instance
from oms.cli.output import (
    console,
    order_fields,
    order_row,
    print_fields,
    print_json,
    print_rows,
    reason_name,
    time_text,
)
from oms.core.enums import OrdStatus, OrdType, TimeInForce
from oms.runtime.clickhouse import ClickHouse, ClickHouseError, ClickHouseSettings
from oms.v1 import gateway_pb2

POLL_S = 0.05
RESTING_WAIT_S = 1.0
"""How long a resting order is watched after its decision: what of it can trade at once has traded by then."""

DeskOption = Annotated[str, typer.Option("--desk", help="The desk that sends it.")]
WaitOption = Annotated[float, typer.Option("--wait", min=0, max=600, help="Seconds to wait for the outcome.")]
IdOption = Annotated[str, typer.Option("--id", help="ClOrdID; repeat a request safely with the same one.")]


def register(app: typer.Typer) -> None:
    for name, function in (
        ("submit", submit),
        ("cancel", cancel),
        ("replace", replace),
        ("orders", orders),
        ("order", order),
    ):
        app.command(name)(function)


def submit(
    side: Annotated[terms.SideWord, typer.Argument(case_sensitive=False)],
    qty: Annotated[str, typer.Argument(help="In the instrument's units, exact: 100, 0.25")],
    instrument: Annotated[str, typer.Argument()],
    desk: DeskOption,
    price: Annotated[
        str, typer.Option("--price", "--limit", help="Limit price; without one it is a market order.")
    ] = "",
    account: Annotated[str, typer.Option("--account", help="Default: the desk's first.")] = "",
    tif: Annotated[terms.TifWord, typer.Option("--tif", case_sensitive=False)] = terms.TifWord.day,
    algorithm: Annotated[
        terms.AlgorithmWord | None, typer.Option("--algorithm", "--algo", case_sensitive=False)
    ] = None,
    venue: Annotated[str, typer.Option("--venue", help="Send it there directly.")] = "",
    over: Annotated[str, typer.Option("--over", help="TWAP: work it for so long (90s, 10m, 1h of market time).")] = "",
    slices: Annotated[int, typer.Option("--slices", min=1, max=1000)] = 10,
    cl_ord_id: IdOption = "",
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send an order and wait for what becomes of it."""
    word = algorithm or _implied_algorithm(venue, over)
    if (word is terms.AlgorithmWord.direct) != bool(venue):
        raise UsageError("--venue goes with --algorithm direct, and with no other")
    if (word is terms.AlgorithmWord.twap) != bool(over):
        raise UsageError("--over goes with --algorithm twap, and with no other")
    with GatewayClient(running_instance(data).gateway) as client:
        found = terms.instrument_of(client, instrument)
        request = terms.submit_request(
            desk,
            account or terms.default_account(client, desk),
            found,
            terms.SIDES[side],
            qty,
            price,
            TimeInForce[tif.name.upper()],
            terms.ALGORITHMS[word],
            venue,
            terms.schedule_of(over, slices) if over else None,
            terms.cl_ord_id_of(cl_ord_id),
            client.control_status().tape_ns,
        )
        status, view = _sent(client.submit, request, wait)
        view = _watched(client, view, wait)
    _show_outcome(status, view, as_json)


def _implied_algorithm(venue: str, over: str) -> terms.AlgorithmWord:
    if venue:
        return terms.AlgorithmWord.direct
    return terms.AlgorithmWord.twap if over else terms.AlgorithmWord.best


def cancel(
    order_id: Annotated[str, typer.Argument(help="The order's id (desk/date/ClOrdID), or its ClOrdID with --desk.")],
    desk: DeskOption = "",
    cl_ord_id: IdOption = "",
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel what is open of an order. Works during every halt."""
    with GatewayClient(running_instance(data).gateway) as client:
        desk_id, date, name = _named(client, order_id, desk)
        request = gateway_pb2.CancelRequest(
            desk_id=desk_id,
            trading_date=trading_date_of(client.control_status().tape_ns),
            cl_ord_id=terms.cl_ord_id_of(cl_ord_id),
            orig_trading_date=date,
            orig_cl_ord_id=name,
            requester=terms.requester(),
            wait_for_decision=True,
        )
        status, view = _sent(client.cancel, request, wait)
        view = _until(client, view, wait, lambda v: OrdStatus(v.ord_status).is_terminal)
    _show_outcome(status, view, as_json)


def replace(
    order_id: Annotated[str, typer.Argument(help="The order's id (desk/date/ClOrdID), or its ClOrdID with --desk.")],
    qty: Annotated[str, typer.Option("--qty", help="The new total, the executed part included.")] = "",
    price: Annotated[str, typer.Option("--price", help="The new limit price.")] = "",
    desk: DeskOption = "",
    cl_ord_id: IdOption = "",
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an open order a new quantity or price (or both); what is not named stays."""
    if not qty and not price:
        raise UsageError("nothing to change: give --qty or --price")
    with GatewayClient(running_instance(data).gateway) as client:
        old = terms.order_by(client, order_id, desk)
        instrument = terms.instrument_of(client, old.instrument_id)
        request = gateway_pb2.ReplaceRequest(
            desk_id=old.desk_id,
            trading_date=trading_date_of(client.control_status().tape_ns),
            cl_ord_id=terms.cl_ord_id_of(cl_ord_id),
            orig_trading_date=old.trading_date,
            orig_cl_ord_id=old.order_id.rsplit("/", 1)[1],
            order_qty=terms.scaled(qty, instrument.qty_scale, "--qty") if qty else old.order_qty,
            requester=terms.requester(),
            wait_for_decision=True,
        )
        if price or old.HasField("price"):
            request.price = terms.scaled(price, instrument.price_scale, "--price") if price else old.price
        status, view = _sent(client.replace, request, wait)
        view = _until(client, view, wait, lambda v: not v.HasField("pending"))
    _show_outcome(status, view, as_json)


def orders(
    desk: Annotated[str, typer.Option("--desk")] = "",
    account: Annotated[str, typer.Option("--account")] = "",
    instrument: Annotated[str, typer.Option("--instrument")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only what is open.")] = False,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=1000)] = 30,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List orders, newest first."""
    with GatewayClient(running_instance(data).gateway) as client:
        page = client.list_orders(
            gateway_pb2.ListOrdersRequest(
                desk_id=desk, account_id=account, instrument_id=instrument, open_only=open_only, page_size=count
            )
        )
    print_rows((order_row(o) for o in page.orders), as_json, nothing="no orders")
    if not as_json and page.counts:
        console().print(", ".join(f"{OrdStatus(c.ord_status).name} {c.count}" for c in page.counts if c.ord_status))


def order(
    order_id: Annotated[str, typer.Argument(help="The order's id (desk/date/ClOrdID), or its ClOrdID with --desk.")],
    desk: DeskOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """An order and its biography: every event of it and its children, in order, from the audit."""
    instance = running_instance(data)
    fields: dict[str, Any] = {"order_id": order_id, "fills": []}
    absent: NotFound | None = None
    with GatewayClient(instance.gateway) as client:
        try:
            fields = order_fields(terms.order_by(client, order_id, desk))
        except NotFound as error:  # the gateway keeps the open and the latest ones; the audit has all
            absent = error
            if "/" not in order_id:
                fields["order_id"] = "/".join(str(part) for part in _named(client, order_id, desk))
    try:
        steps = _biography(instance.clickhouse_url(), fields["order_id"])
    except CliError as error:
        raise CliError(f"{absent}; {error}" if absent else str(error), error.exit_code) from None
    if absent is not None and not steps:
        raise absent
    if as_json:
        print_json({**fields, "biography": steps})
        return
    _show_order(fields)
    print_rows([{k: v for k, v in s.items() if k != "json"} for s in steps], False, "biography", "not audited yet")


_BIOGRAPHY = """
SELECT step, timestamp_ms, event_time_ns, topic, partition, offset, event_type, child_id, venue_id, ord_status, reason, json
FROM oms.order_biography WHERE order_id = %(order_id)s ORDER BY step LIMIT 10000
"""


def _biography(url: str, order_id: str) -> list[dict[str, Any]]:
    database = ClickHouse(ClickHouseSettings(url))
    try:
        rows = database.query(_BIOGRAPHY, {"order_id": order_id})
    except ClickHouseError as error:
        raise CliError(str(error)) from None
    finally:
        database.close()
    return [
        {
            "step": row[0],
            "recorded": time_text(row[1] * 10**6),
            "market_time": time_text(row[2]),
            "where": f"{row[3]}/{row[4]}@{row[5]}",
            "event": row[6],
            "child": row[7].rsplit(".", 1)[-1] if row[7] else "",
            "venue": row[8],
            "status": row[9],
            "reason": row[10],
            "detail": _detail(json.loads(row[11])),
            "json": row[11],
        }
        for row in rows
    ]


def _detail(event: dict[str, Any]) -> str:
    """What a step rested on, in one cell, in integers as they were decided: a refusal's words, limits' versions, venues' quotes."""
    evidence = event.get("evidence") or {}
    versions = sorted({v for v in evidence.get("limit_versions", ()) if v >= 0})
    found = [
        event.get("text") or "",
        f"reference price {evidence['reference_price']}" if evidence.get("reference_price") else "",
        f"limits @{', @'.join(map(str, versions))}" if versions else "",
        *(
            f"{c['venue_id']} {c['displayed_qty']}@{c['price']} {c['why_not'] or c['chosen_qty']}"
            for c in event.get("candidates", ())
        ),
    ]
    return "; ".join(part for part in found if part)


def _named(client: GatewayClient, name: str, desk_id: str) -> tuple[str, int, str]:
    """(desk, trading date, ClOrdID). A cancel may name what the gateway does not know (yet), so nothing is looked up."""
    parts = name.split("/")
    if len(parts) == 3 and re.fullmatch("[0-9]{8}", parts[1]):
        return parts[0], int(parts[1]), parts[2]
    if len(parts) != 1 or not desk_id:
        raise UsageError(f"{name!r}: give the whole id (desk/date/ClOrdID), or a ClOrdID with --desk")
    return desk_id, trading_date_of(client.control_status().tape_ns), name


def _sent(call: Callable[..., Any], request: Any, wait_s: float) -> tuple[Any, Any]:
    """(CommandStatus, OrderView or None). The same request is sent until it is answered or the time is over."""
    deadline_s = max(1.0, wait_s)
    try:
        answer = retried(lambda: call(request, timeout_s=deadline_s), deadline_s)
    except GatewayUnavailable as error:
        raise GatewayUnavailable(f"{error} [--id {request.cl_ord_id}]") from None
    return answer.status, answer.order if answer.HasField("order") else None


def _watched(client: GatewayClient, view: Any, wait_s: float) -> Any:
    """The order once it has ended; a resting one a moment after its decision."""
    if view is None:
        return None
    rests = view.ord_type == OrdType.LIMIT and view.time_in_force in (TimeInForce.DAY, TimeInForce.GTC)
    return _until(
        client, view, min(wait_s, RESTING_WAIT_S) if rests else wait_s, lambda v: OrdStatus(v.ord_status).is_terminal
    )


def _until(client: GatewayClient, view: Any, wait_s: float, done: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + wait_s
    while view is not None and not done(view) and time.monotonic() < deadline:
        time.sleep(POLL_S)
        try:
            view = client.order(view.order_id)
        except GatewayUnavailable:
            continue  # the answer is known already: what is shown is as new as could be had
    return view


def _show_outcome(status: Any, view: Any, as_json: bool) -> None:
    refused = status.state == gateway_pb2.COMMAND_STATE_REJECTED
    decision = gateway_pb2.CommandState.Name(status.state).removeprefix("COMMAND_STATE_")
    fields = {
        "id": status.order_id or f"{status.desk_id}/{status.trading_date}/{status.cl_ord_id}",
        "request": status.cl_ord_id,
        "decision": decision,
        "decision_reason": reason_name(status),
        "decision_text": status.text,
        "already_received": status.already_received,
    }
    order_part = order_fields(view) if view is not None else None
    if as_json:
        print_json({**fields, "order": order_part})
    else:
        print_fields({key: value for key, value in fields.items() if value is not False})
        if order_part is not None:
            _show_order(
                {k: v for k, v in order_part.items() if k not in ("order_id", "text") or v != fields["decision_text"]}
            )
    if refused:
        raise typer.Exit(1)


def _show_order(fields: dict[str, Any]) -> None:
    print_fields({k: v for k, v in fields.items() if k != "fills"})
    if fields["fills"]:
        print_rows(fields["fills"], False, "fills")
