"""`oms halt` and `oms resume`: stop what creates or increases, and let it go on. Cancels pass during every halt.

Waits until every partition of risk and router has applied it, and prints how long that took. Exit code 1 where one has not in time.
"""

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient, admin_messages
from oms.cli.completion import complete_scope
from oms.cli.instance import CliError, DataOption, JsonOption, UsageError, running_instance
from oms.cli.mass_progress import follow, progress_fields, require_finished
from oms.cli.output import print_fields, print_json
from oms.cli.terms import requester
from oms.core.enums import HaltAction, HaltScope
from oms.v1 import gateway_pb2

POLL_S = 0.02
SCOPE_HELP = (
    "firm, desk:alpha, account:alpha-1, client:C1, instrument:ACME, venue:XALP, counterparty:CP1, trader:ada "
    "or strategy:spread"
)
ScopeArgument = Annotated[
    str,
    typer.Argument(
        help=SCOPE_HELP,
        metavar="SCOPE",
        autocompletion=complete_scope,
    ),
]
ReduceOnlyOption = Annotated[
    bool, typer.Option("--reduce-only", help="Let through what cannot increase a position, with all that is open.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit.")]
WaitOption = Annotated[float, typer.Option("--wait", min=0, max=60, help="Seconds to wait for every partition.")]


def register(app: typer.Typer) -> None:
    app.command("halt")(halt)
    app.command("resume")(resume)


def halt(
    scope: ScopeArgument,
    cancel_open: Annotated[bool, typer.Option("--cancel-open", help="Also cancel what is open there.")] = False,
    reduce_only: ReduceOnlyOption = False,
    reason: ReasonOption = "by hand",
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Block new orders, amendments, slices and children in a scope, or those that do not reduce a position."""
    kind, scope_id = scope_of(scope)
    with GatewayClient(running_instance(data).gateway) as client:
        request = admin_messages.HaltRequest(
            scope=kind,
            scope_id=scope_id,
            cancel_open=cancel_open,
            reason=reason,
            requester=requester(),
            action=int(HaltAction.REDUCE_ONLY if reduce_only else HaltAction.BLOCK_NEW),
        )
        _applied(client, lambda: client.halt(request), f"halt {scope}", wait, as_json, cancel_open)


def resume(
    scope: ScopeArgument,
    reason: ReasonOption = "by hand",
    wait: WaitOption = 5.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lift the halt of exactly this scope."""
    kind, scope_id = scope_of(scope)
    with GatewayClient(running_instance(data).gateway) as client:
        in_force = {(h.scope, h.scope_id) for h in client.control_status().halts}
        if (kind, scope_id) not in in_force:
            halted = ", ".join(scope_text(HaltScope(s), i) for s, i in sorted(in_force))
            raise CliError(f"no halt of {scope} is in force; halted: {halted or 'nothing'}")
        request = admin_messages.ResumeRequest(scope=kind, scope_id=scope_id, reason=reason, requester=requester())
        _applied(client, lambda: client.resume(request), f"resume {scope}", wait, as_json)


def scope_of(text: str) -> tuple[HaltScope, str]:
    """`firm`, or a kind and an id.

    >>> scope_of("desk:alpha")
    (<HaltScope.DESK: 2>, 'alpha')
    """
    kind, colon, scope_id = text.partition(":")
    if kind.upper() not in HaltScope.__members__:
        raise UsageError(
            f"{text!r} is no scope: firm, desk:ID, account:ID, client:ID, instrument:ID, venue:ID, counterparty:ID, "
            "trader:ID or strategy:ID"
        )
    scope = HaltScope[kind.upper()]
    if (scope is HaltScope.FIRM) == bool(colon) or bool(colon) != bool(scope_id):
        raise UsageError(
            f"{text!r}: write `firm` alone, and {kind.lower()}:ID for one"
            if colon
            else f"{text!r}: which one? write {kind.lower()}:ID"
        )
    return scope, scope_id


def halt_text(halt: Any) -> str:
    """A halt in force (`HaltInForce`) as people say it: its scope, and what it lets through where that is anything."""
    text = scope_text(HaltScope(halt.scope), halt.scope_id)
    return f"{text} (reduce-only)" if halt.action == HaltAction.REDUCE_ONLY else text


def scope_text(scope: HaltScope, scope_id: str) -> str:
    return f"{scope.name.lower()}:{scope_id}" if scope_id else scope.name.lower()


def _applied(
    client: GatewayClient,
    order: Callable[[], int],
    what: str,
    wait_s: float,
    as_json: bool,
    cancels: bool = False,
) -> None:
    """`cancels`: the record cancels too, which is waited for in what is left of the time."""
    offset = order()
    started = time.monotonic()
    status = client.control_status(offset)
    while not status.acknowledged and time.monotonic() - started < wait_s:
        time.sleep(POLL_S)
        status = client.control_status(offset)
    took_ms = round((time.monotonic() - started) * 1000)
    waiting = [f"{p.topic}/{p.partition}" for p in status.partitions if not p.acknowledged]
    fields: dict[str, Any] = {
        "control": what,
        "control_offset": offset,
        "applied_everywhere": bool(status.acknowledged),
        "after_ms": took_ms,
        "partitions": len(status.partitions),
        "not_yet": waiting,
    }
    progress = None
    if cancels:
        about = gateway_pb2.GetMassCancelRequest(control_offset=offset)
        left_s = max(0.0, wait_s - (time.monotonic() - started))
        progress = follow(lambda: client.mass_cancel_progress(about), left_s, as_json)
        fields |= progress_fields(progress)
    if as_json:
        print_json(fields)
    else:
        print_fields({name: value for name, value in fields.items() if name != "by_partition"})
    if not status.acknowledged:
        raise CliError(
            f"written, but not applied everywhere within {wait_s:g} s: {', '.join(waiting) or 'see `oms status`'}"
        )
    if progress is not None:
        require_finished(progress, wait_s)
