"""`oms cancel`: one order, or all open orders of a scope. Cancels work during every halt, and are never throttled.

All at once is asked for once more (`--yes` answers), shows how far it has come, and waits until it is over. Within one desk it is the desk's
own command, which a trader may give; over desks it is one control record for every partition, which takes a risk officer.
"""

import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from oms.cli import terms
from oms.cli.client import GatewayClient, admin_messages, gateway_messages
from oms.cli.instance import CliError, DataOption, JsonOption, UsageError, running_instance
from oms.cli.mass_progress import (
    AccountFilter,
    ClientFilter,
    CounterpartyFilter,
    DeskFilter,
    InstrumentFilter,
    SideFilter,
    StrategyFilter,
    TraderFilter,
    VenueFilter,
    filter_from,
    follow,
    is_everything,
    progress_fields,
    require_finished,
    scope_and_rest,
    words,
)
from oms.cli.order_ids import HELP, find_order, key_of
from oms.cli.order_requests import (
    DateOption,
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
from oms.cli.output import print_fields, print_json
from oms.core.dates import utc_date
from oms.core.enums import OrdStatus
from oms.core.order_filter import OrderFilter
from oms.core.reference import Account
from oms.v1 import gateway_pb2

_NARROWING = (
    "--account", "--instrument", "--side", "--trader", "--strategy", "--venue", "--client", "--counterparty",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command("cancel")(cancel)


def cancel(
    order_id: Annotated[str, typer.Argument(help=HELP)] = "",
    all_: Annotated[bool, typer.Option("--all", help="All open orders that the filters cover.")] = False,
    desk: DeskFilter = "",
    account: AccountFilter = "",
    instrument: InstrumentFilter = "",
    side: SideFilter = None,
    trader: TraderFilter = "",
    strategy: StrategyFilter = "",
    venue: VenueFilter = "",
    client: ClientFilter = "",
    counterparty: CounterpartyFilter = "",
    firm: Annotated[bool, typer.Option("--firm", help="With --all: without any filter.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="With --all over desks: why; kept in the audit.")] = "by hand",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --all: do not ask.")] = False,
    cl_ord_id: IdOption = "",
    date: DateOption = 0,
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel what is open of an order, or of a scope: filters together narrow it. Works during every halt."""
    wanted = filter_from(desk, account, instrument, side, trader, strategy, venue, client, counterparty)
    if all_ == bool(order_id):
        raise UsageError("cancel what? an order's id, or --all with --desk, --account, --trader … or --firm")
    if all_ and is_everything(wanted) != firm:
        raise UsageError(f"--all of whom? give --desk, {', '.join(_NARROWING)}; or --firm")
    if not all_ and (firm or wanted != OrderFilter(desk_id=desk)):
        raise UsageError(f"{', '.join(_NARROWING)} and --firm go with --all")
    with repeatable(cl_ord_id, date), GatewayClient(running_instance(data).gateway) as gateway:
        if all_:
            _cancel_all(gateway, wanted, reason, yes, cl_ord_id, date, wait, as_json)
            return
        desk_id, orig_date, name = key_of(find_order(running_instance(data), gateway, order_id, desk))
        request = gateway_pb2.CancelRequest(
            desk_id=desk_id,
            trading_date=date or utc_date(gateway.control_status().tape_ns),
            cl_ord_id=terms.cl_ord_id_of(cl_ord_id),
            orig_trading_date=orig_date,
            orig_cl_ord_id=name,
            requester=terms.requester(),
            wait_for_decision=True,
        )
        answer = sent(gateway.cancel, request, wait)
        view = until(order_again(gateway), order_in(answer), wait, lambda v: OrdStatus(v.ord_status).is_terminal)
    show_outcome(decision_fields(answer.status), view, as_json)


def _cancel_all(
    client: GatewayClient,
    wanted: OrderFilter,
    reason: str,
    yes: bool,
    cl_ord_id: str,
    date: int,
    wait_s: float,
    as_json: bool,
) -> None:
    desk_id = wanted.desk_id or (_desk_of(client, wanted.account_id) if wanted.account_id else "")
    if wanted.client_id or wanted.counterparty_id:
        desk_id = ""  # a desk's command names neither
    _confirm(client, wanted, yes)
    deadline = time.monotonic() + wait_s
    if desk_id:
        fields, ask = _by_desk(client, desk_id, wanted, cl_ord_id, date, wait_s)
    else:
        fields, ask = _by_control(client, wanted, reason)
    if fields["decision"] == "REJECTED":
        _show({**fields, "whom": words(wanted)}, as_json)
        raise typer.Exit(1)
    answer = follow(ask, max(0.0, deadline - time.monotonic()), as_json)
    _show({**fields, "whom": words(wanted), **progress_fields(answer)}, as_json)
    require_finished(answer, wait_s)


def _confirm(client: GatewayClient, wanted: OrderFilter, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"this cancels all open orders of {words(wanted)}: say --yes")
    request = gateway_messages.ListOrdersRequest(
        desk_id=wanted.desk_id,
        account_id=wanted.account_id,
        instrument_id=wanted.instrument_id,
        side=int(wanted.side or 0),
        trader=wanted.trader,
        strategy=wanted.strategy,
        venue_id=wanted.venue_id,
        client_id=wanted.client_id,
        counterparty_id=wanted.counterparty_id,
        open_only=True,
        page_size=1,
        count_matches=True,
    )
    count = client.list_orders(request).tot_num_reports
    if not typer.confirm(f"Cancel all open orders of {words(wanted)} ({count} now)?", err=True):
        raise CliError("nothing was cancelled")


Asking = tuple[dict[str, Any], Callable[[], Any]]
"""What is known of the request, and how to ask for its progress."""


def _by_desk(
    client: GatewayClient, desk_id: str, wanted: OrderFilter, cl_ord_id: str, date: int, wait_s: float
) -> Asking:
    request = gateway_messages.MassCancelRequest(
        desk_id=desk_id,
        trading_date=date or utc_date(client.control_status().tape_ns),
        cl_ord_id=terms.cl_ord_id_of(cl_ord_id),
        account_id=wanted.account_id,
        instrument_id=wanted.instrument_id,
        side=int(wanted.side or 0),
        trader=wanted.trader,
        strategy=wanted.strategy,
        venue_id=wanted.venue_id,
        requester=terms.requester(),
        wait_for_decision=True,
    )
    fields = decision_fields(sent(client.mass_cancel, request, wait_s).status)
    del fields["limit"]
    fields["id"] = ""
    about = gateway_pb2.GetMassCancelRequest(
        desk_id=desk_id, trading_date=request.trading_date, cl_ord_id=request.cl_ord_id
    )
    return fields, lambda: client.mass_cancel_progress(about)


def _by_control(client: GatewayClient, wanted: OrderFilter, reason: str) -> Asking:
    """Nobody decides about a control record: written is accepted."""
    scope, scope_id, rest = scope_and_rest(wanted)
    request = admin_messages.CancelScopeRequest(
        scope=int(scope), scope_id=scope_id, reason=reason, narrowed=rest, requester=terms.requester()
    )
    offset = client.cancel_scope(request)
    about = gateway_pb2.GetMassCancelRequest(control_offset=offset)
    fields = {"id": "", "request": "", "control_offset": offset, "decision": "ACCEPTED", "already_received": False}
    return fields, lambda: client.mass_cancel_progress(about)


def _show(fields: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(fields)
    else:
        print_fields(
            {k: v for k, v in fields.items() if v is not False and k not in ("by_partition", "already_received")}
        )


def _desk_of(client: GatewayClient, account: str) -> str:
    found = terms.reference_entity(client, "account", account)
    if not isinstance(found, Account):
        raise UsageError(f"no account {account!r}: `oms reference list account`")
    return found.desk_id
