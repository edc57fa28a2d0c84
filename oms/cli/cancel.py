"""`oms cancel`: one order, or all open orders of a desk or an account. Cancels work during every halt, and are never throttled.

All at once is asked for once more (`--yes` answers), and waits until what was open has ended.
"""

import sys
import time
from typing import Annotated, Any

import typer

from oms.cli import terms
from oms.cli.client import GatewayClient, trading_date_of
from oms.cli.completion import complete_account
from oms.cli.instance import CliError, DataOption, JsonOption, UsageError, running_instance
from oms.cli.order_ids import HELP, find_order, key_of
from oms.cli.order_requests import (
    POLL_S,
    DateOption,
    DeskOption,
    IdOption,
    WaitOption,
    decision_fields,
    order_in,
    repeatable,
    sent,
    show_outcome,
    until,
)
from oms.cli.output import print_fields, print_json
from oms.core.enums import OrdStatus
from oms.core.reference import Account
from oms.v1 import gateway_pb2


def register(app: typer.Typer) -> None:
    app.command("cancel")(cancel)


def cancel(
    order_id: Annotated[str, typer.Argument(help=HELP)] = "",
    all_: Annotated[bool, typer.Option("--all", help="All open orders of --desk or --account.")] = False,
    desk: DeskOption = "",
    account: Annotated[str, typer.Option("--account", help="With --all.", autocompletion=complete_account)] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --all: do not ask.")] = False,
    cl_ord_id: IdOption = "",
    date: DateOption = 0,
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel what is open of an order, or of a desk or account. Works during every halt."""
    if all_ == bool(order_id):
        raise UsageError("cancel what? an order's id, or --all with --desk or --account")
    if all_ and not desk and not account:
        raise UsageError("--all of whom? give --desk or --account")
    if account and not all_:
        raise UsageError("--account goes with --all")
    with repeatable(cl_ord_id, date), GatewayClient(running_instance(data).gateway) as client:
        if all_:
            _cancel_all(client, desk, account, yes, cl_ord_id, date, wait, as_json)
            return
        desk_id, orig_date, name = key_of(find_order(running_instance(data), client, order_id, desk))
        request = gateway_pb2.CancelRequest(
            desk_id=desk_id,
            trading_date=date or trading_date_of(client.control_status().tape_ns),
            cl_ord_id=terms.cl_ord_id_of(cl_ord_id),
            orig_trading_date=orig_date,
            orig_cl_ord_id=name,
            requester=terms.requester(),
            wait_for_decision=True,
        )
        answer = sent(client.cancel, request, wait)
        view = until(client, order_in(answer), wait, lambda v: OrdStatus(v.ord_status).is_terminal)
    show_outcome(decision_fields(answer.status), view, as_json)


def _cancel_all(
    client: GatewayClient, desk: str, account: str, yes: bool, cl_ord_id: str, date: int, wait_s: float, as_json: bool
) -> None:
    desk_id = desk or _desk_of(client, account)
    whom = f"account {account}" if account else f"desk {desk_id}"
    open_before = _open_ids(client, desk_id, account)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"this cancels all open orders of {whom}: say --yes")
        if not typer.confirm(f"Cancel all open orders of {whom} ({len(open_before)} now)?", err=True):
            raise CliError("nothing was cancelled")
    request = gateway_pb2.MassCancelRequest(
        desk_id=desk_id,
        trading_date=date or trading_date_of(client.control_status().tape_ns),
        cl_ord_id=terms.cl_ord_id_of(cl_ord_id),
        account_id=account,
        requester=terms.requester(),
        wait_for_decision=True,
    )
    deadline = time.monotonic() + wait_s
    answer = sent(client.mass_cancel, request, wait_s)
    still_open = open_before
    while still_open and time.monotonic() < deadline:
        still_open = open_before & _open_ids(client, desk_id, account)
        if still_open:
            time.sleep(POLL_S)
    fields: dict[str, Any] = decision_fields(answer.status)
    del fields["limit"]
    fields |= {"id": "", "whom": whom, "matched": answer.matched, "still_open": sorted(still_open)}
    if as_json:
        print_json(fields)
    else:
        print_fields({k: v for k, v in fields.items() if v is not False})
    if fields["decision"] == "REJECTED":
        raise typer.Exit(1)
    if still_open:
        raise CliError(f"asked for, but {len(still_open)} are still open after {wait_s:g} s: see `oms orders --open`")


def _open_ids(client: GatewayClient, desk_id: str, account: str) -> set[str]:
    return {o.order_id for o in client.all_orders(desk_id, open_only=True) if account in ("", o.account_id)}


def _desk_of(client: GatewayClient, account: str) -> str:
    found = terms.reference_entity(client, "account", account)
    if not isinstance(found, Account):
        raise UsageError(f"no account {account!r}: `oms reference list account`")
    return found.desk_id
