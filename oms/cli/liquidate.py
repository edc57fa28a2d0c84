"""`oms liquidate`: cancel what is open in a scope and work every position there down to nothing, by orders of the system desk.

From the record on the scope is reduce-only, until it is resumed; so is the liquidation. What is refused is tried again, and shown with its
reason: `oms status` and `oms watch` list what goes on.
"""

import sys
import time
from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient, admin_messages
from oms.cli.completion import complete_scope
from oms.cli.control import POLL_S, scope_of, scope_text
from oms.cli.instance import CliError, DataOption, JsonOption, UsageError, running_instance
from oms.cli.output import print_fields, print_json
from oms.cli.terms import requester
from oms.core.control import LIQUIDATED
from oms.core.enums import HaltScope
from oms.core.reasons import Reason

NOT_SHOWN = "and {} more"
SHOWN_MAX = 5
"""Holdings that a line names."""


def register(app: typer.Typer) -> None:
    app.command("liquidate")(liquidate)


def liquidate(
    scope: Annotated[
        str,
        typer.Option(
            "--scope",
            help="firm, desk:alpha, account:alpha-1, client:C1 or instrument:ACME",
            metavar="SCOPE",
            autocompletion=complete_scope,
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[float, typer.Option("--wait", min=0, max=600, help="Seconds to wait until all is flat.")] = 30.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel what is open in a scope and sell or buy back every position there; the scope stays reduce-only until it is resumed."""
    kind, scope_id = scope_of(scope)
    if kind not in LIQUIDATED:
        words = ", ".join(s.name.lower() for s in LIQUIDATED)
        raise UsageError(f"{scope} holds no positions of its own: liquidate one of {words}")
    with GatewayClient(running_instance(data).gateway) as client:
        _confirm(scope, yes)
        request = admin_messages.LiquidateRequest(scope=kind, scope_id=scope_id, reason=reason, requester=requester())
        offset = client.liquidate(request)
        status = _followed(client, offset, wait)
    found = [one for one in status.liquidations if one.control_offset == offset]
    fields = {
        "control": f"liquidate {scope}",
        "control_offset": offset,
        "applied_everywhere": bool(status.acknowledged),
        "finished": _finished(status, offset),
        **{name: sum(getattr(one, name) for one in found) for name in ("holdings", "orders", "refused", "remaining")},
        "not_liquidated": [holding_text(tried) for one in found for tried in one.tried],
    }
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)
    if not fields["finished"]:
        raise CliError(f"not over after {wait:g} s: it goes on; see `oms status`, or `oms resume {scope}` to end it")


def _confirm(scope: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"this sells or buys back every position of {scope} at the market: say --yes")
    if not typer.confirm(f"Sell or buy back every position of {scope} at the market?", err=True):
        raise CliError("nothing was liquidated")


def _followed(client: GatewayClient, offset: int, wait_s: float) -> Any:
    """The status once it is over everywhere, or when the time is."""
    deadline = time.monotonic() + wait_s
    while True:
        status = client.control_status(offset)
        if _finished(status, offset) or time.monotonic() >= deadline:
            return status
        time.sleep(POLL_S)


def _finished(status: Any, offset: int) -> bool:
    """Whether every partition of risk has begun and ended it."""
    ended = {one.partition for one in status.liquidations if one.control_offset == offset and one.finished}
    return bool(status.partitions) and ended >= {partition.partition for partition in status.partitions}


def holding_text(tried: Any) -> str:
    """A `HoldingInLiquidation` as people say it."""
    why = f": {Reason(tried.reason).name}" if tried.HasField("reason") else ""
    return f"{tried.account_id} {tried.instrument_id}{why}"


def liquidation_text(one: Any) -> str:
    """A `LiquidationInForce` in one line: what, who, how far, and what is refused."""
    refused = [holding_text(tried) for tried in one.tried if tried.HasField("reason")]
    named = refused[:SHOWN_MAX] + ([NOT_SHOWN.format(len(refused) - SHOWN_MAX)] if len(refused) > SHOWN_MAX else [])
    where = f"{scope_text(HaltScope(one.scope), one.scope_id)} in partition {one.partition}"
    line = f"{where} by {one.entered_by}: {one.remaining} holdings left, {one.orders} orders ({one.reason})"
    return f"{line}; refused: {', '.join(named)}" if named else line
