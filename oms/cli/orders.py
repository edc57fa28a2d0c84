"""`oms submit` and `oms replace`: an order, and new terms for one.

Exit code 1 where the request was refused, 3 where no outcome is known (the message has the id to repeat it with).
"""

from typing import Annotated

import typer

from oms.cli import instruction_words as words
from oms.cli import terms
from oms.cli.client import GatewayClient
from oms.cli.completion import complete_account, complete_desk, complete_instrument, complete_venue
from oms.cli.instance import DataOption, JsonOption, UsageError, running_instance
from oms.cli.order_ids import HELP, find_order, key_of
from oms.cli.order_requests import (
    DateOption,
    DeskOption,
    IdOption,
    WaitOption,
    decision_fields,
    order_again,
    order_in,
    repeatable,
    sent,
    show_outcome,
    until,
)
from oms.core.dates import utc_date
from oms.core.enums import OrdStatus, OrdType
from oms.v1 import gateway_pb2

RESTING_WAIT_S = 1.0
"""How long a resting order is watched after its decision: what of it can trade at once has traded by then."""


AccountOption = Annotated[
    str, typer.Option("--account", help="Default: the desk's first.", autocompletion=complete_account)
]
AlgorithmOption = Annotated[
    terms.AlgorithmWord | None,
    typer.Option("--algo", "--algorithm", case_sensitive=False, help="Default: best (direct with --venue)."),
]


def register(app: typer.Typer) -> None:
    app.command("submit")(submit)
    app.command("replace")(replace)


def submit(
    side: Annotated[terms.SideWord, typer.Argument(case_sensitive=False)],
    qty: Annotated[str, typer.Argument(help="In the instrument's units, exact: 100, 0.25")],
    instrument: Annotated[str, typer.Argument(autocompletion=complete_instrument)],
    desk: Annotated[str, typer.Option("--desk", help="The desk that sends it.", autocompletion=complete_desk)],
    price: Annotated[str, typer.Option("--limit", "--price", help="Limit price.")] = "",
    account: AccountOption = "",
    tif: words.TifOption = None,
    stop: words.StopOption = "",
    trail: words.TrailOption = "",
    peg: words.PegOption = None,
    peg_offset: words.PegOffsetOption = "",
    market_to_limit: words.MarketToLimitOption = False,
    show: words.ShowOption = "",
    min_qty: words.MinQtyOption = "",
    all_or_none: words.AllOrNoneOption = False,
    post_only: words.PostOnlyOption = False,
    reduce_only: words.ReduceOnlyOption = False,
    expire: words.ExpireOption = "",
    good_for: words.GoodForOption = "",
    smp: words.SmpOption = None,
    smp_id: words.SmpIdOption = "",
    algorithm: AlgorithmOption = None,
    venue: Annotated[str, typer.Option("--venue", help="Send it there directly.", autocompletion=complete_venue)] = "",
    over: Annotated[str, typer.Option("--over", help="TWAP: work it for so long (90s, 10m, 1h of market time).")] = "",
    minutes: Annotated[int, typer.Option("--minutes", min=0, max=1440, help="TWAP: --over in minutes.")] = 0,
    slices: Annotated[
        int, typer.Option("--slices", min=1, max=terms.SLICES_MAX, help="TWAP: in so many steps.")
    ] = terms.SLICES,
    cl_ord_id: IdOption = "",
    date: DateOption = 0,
    wait: WaitOption = 5.0,
    trace: Annotated[bool, typer.Option("--trace", help="Ask for a trace across all services.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send an order and wait for what becomes of it. Without a price of any kind it is a market order."""
    over = terms.twap_duration(over, minutes)
    chosen = terms.algorithm_of(algorithm, venue, over)
    asked = words.Asked(
        price, tif, stop, trail, peg, peg_offset, market_to_limit, show, min_qty, all_or_none, post_only, reduce_only,
        expire, good_for, smp, smp_id,
    )  # fmt: skip
    with repeatable(cl_ord_id, date), GatewayClient(running_instance(data).gateway) as client:
        request = terms.submit_request(
            desk,
            account or terms.default_account(client, desk),
            terms.instrument_of(client, instrument),
            terms.SIDES[side],
            qty,
            chosen,
            venue,
            terms.schedule_of(over, slices) if over else None,
            terms.cl_ord_id_of(cl_ord_id),
            client.control_status().tape_ns,
            date,
        )
        words.instruct(request, asked, terms.instrument_of(client, instrument))
        request.trace_id = terms.new_trace_parent() if trace else ""
        answer = sent(client.submit, request, wait)
        rests = bool(over) or not words.comes_back(request)
        patience_s = min(wait, RESTING_WAIT_S) if rests else wait
        view = until(order_again(client), order_in(answer), patience_s, lambda v: OrdStatus(v.ord_status).is_terminal)
    fields = decision_fields(answer.status, view)
    if trace:
        fields["trace_id"] = request.trace_id.split("-")[1]
    show_outcome(fields, view, as_json)


def replace(
    order_id: Annotated[str, typer.Argument(help=HELP)],
    qty: Annotated[str, typer.Option("--qty", help="The new total, the executed part included.")] = "",
    price: Annotated[str, typer.Option("--limit", "--price", help="The new limit price.")] = "",
    desk: DeskOption = "",
    cl_ord_id: IdOption = "",
    date: DateOption = 0,
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an open order a new quantity or price (or both); what is not named stays."""
    if not qty and not price:
        raise UsageError("nothing to change: give --qty or --limit")
    with repeatable(cl_ord_id, date), GatewayClient(running_instance(data).gateway) as client:
        old = client.order(find_order(running_instance(data), client, order_id, desk))
        if price and old.ord_type == OrdType.MARKET:
            raise UsageError("a market order has no limit price to replace: cancel it and send a limit order")
        instrument = terms.instrument_of(client, old.instrument_id)
        desk_id, orig_date, name = key_of(old.order_id)
        request = gateway_pb2.ReplaceRequest(
            desk_id=desk_id,
            trading_date=date or utc_date(client.control_status().tape_ns),
            cl_ord_id=terms.cl_ord_id_of(cl_ord_id),
            orig_trading_date=orig_date,
            orig_cl_ord_id=name,
            order_qty=terms.scaled(qty, instrument.qty_scale, "--qty") if qty else old.order_qty,
            requester=terms.requester(),
            wait_for_decision=True,
            instructions=old.instructions,
        )
        if price or old.HasField("price"):
            request.price = terms.scaled(price, instrument.price_scale, "--limit") if price else old.price
        answer = sent(client.replace, request, wait)
        view = until(order_again(client), order_in(answer), wait, lambda v: not v.HasField("pending"))
    show_outcome(decision_fields(answer.status), view, as_json)
