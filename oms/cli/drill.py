"""`oms drill`: the kill switch, used and measured. What it measures is in the audit: every figure can be asked again as long as the records are kept.

A drill is a halt that cancels what is open. Its times are the broker's, in milliseconds from the record of the halt:

    refused_everywhere_ms   the last partition of risk and router has applied it
    last_accepted_ms        the last order or amendment in the scope that was accepted without knowing of it; null: none was
    cancels_sent_ms         the last cancel of an order that it covered is journaled as about to be sent
    ended_ms                the last of these orders is terminal

The halt stays in force unless it is asked to be lifted: a drill that ends by itself would be a halt that ends by itself.
"""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from oms.cli.audit_query import ask
from oms.cli.client import GatewayClient, admin_messages
from oms.cli.completion import complete_scope
from oms.cli.control import SCOPE_HELP, scope_of, scope_text
from oms.cli.instance import CliError, CsvOption, DataOption, Instance, JsonOption, running_instance
from oms.cli.output import print_fields, print_json, print_rows, time_text
from oms.cli.terms import requester
from oms.core.enums import HaltScope, OrdStatus

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The kill switch, used and measured.")

POLL_S = 0.2
DRILLS_SHOWN = 20

FIELDS = (
    "control_offset", "at", "scope", "reason", "by", "partitions_applied", "refused_everywhere_ms", "accepted_after",
    "last_accepted_ms", "orders", "cancels_sent", "cancels_sent_ms", "ended", "ended_ms",
)  # fmt: skip

ScopeOption = Annotated[
    str,
    typer.Option(
        "--scope",
        help=SCOPE_HELP,
        metavar="SCOPE",
        autocompletion=complete_scope,
    ),
]

_HALT = """
SELECT offset, timestamp_ms, scope, scope_id, reason, entered_by
FROM oms.control_records
WHERE kind = 'Halt' AND valid AND JSONExtractBool(json, 'cancel_open') AND (%(offset)s < 0 OR offset = %(offset)s)
ORDER BY offset DESC
LIMIT %(most)s
"""
_APPLIED = """
SELECT count(DISTINCT topic, partition), max(timestamp_ms)
FROM oms.events
WHERE topic IN ('oms.risk', 'oms.routing') AND event_type = 'ControlApplied' AND valid AND JSONExtractInt(json, 'control_offset') = %(offset)s
"""
_ACCEPTED = """
SELECT count(), max(timestamp_ms)
FROM oms.risk_events
WHERE event_type IN ('OrderAccepted', 'ReplaceAccepted') AND valid AND timestamp_ms >= %(since)s AND control_position <= %(offset)s
    AND multiIf(
        %(scope)s = 'FIRM', 1,
        %(scope)s = 'DESK', desk_id = %(scope_id)s,
        %(scope)s = 'ACCOUNT', JSONExtractString(json, 'order', 'account_id') = %(scope_id)s,
        %(scope)s = 'INSTRUMENT', JSONExtractString(json, 'order', 'instrument_id') = %(scope_id)s,
        %(scope)s = 'TRADER', JSONExtractString(json, 'order', 'provenance', 'trader') = %(scope_id)s,
        %(scope)s = 'STRATEGY', JSONExtractString(json, 'order', 'provenance', 'strategy') = %(scope_id)s,
        %(scope)s = 'CLIENT', JSONExtractString(json, 'order', 'account_id') IN
            (SELECT account_id FROM oms.accounts WHERE JSONExtractString(terms, 'client_id') = %(scope_id)s),
        0)
"""
_COVERED = """
SELECT DISTINCT arrayJoin(JSONExtract(json, 'order_ids', 'Array(String)'))
FROM oms.events
WHERE topic = 'oms.risk' AND event_type = 'MassCancelStep' AND valid AND (partition, JSONExtractInt(json, 'started_seq')) IN
(
    SELECT partition, offset
    FROM oms.events
    WHERE topic = 'oms.risk' AND event_type = 'MassCancelStarted' AND valid AND JSONExtractInt(json, 'control_offset') = %(offset)s
)
"""
_SENT = f"""
SELECT count(), max(timestamp_ms)
FROM oms.execution_events
WHERE event_type = 'Intent' AND valid AND timestamp_ms >= %(since)s AND JSONExtractString(json, 'kind') = 'CANCEL'
    AND order_id IN ({_COVERED})
"""
_ENDED = f"""
SELECT count(), max(ended)
FROM
(
    SELECT order_id, min(timestamp_ms) AS ended
    FROM oms.routing_events
    WHERE event_type IN ('ParentChanged', 'ParentTraded') AND valid AND ord_status IN %(terminal)s AND order_id IN ({_COVERED})
    GROUP BY order_id
)
"""
_ORDERS = f"SELECT count() FROM ({_COVERED})"


@app.command("kill")
def kill(
    scope: ScopeOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit.")] = "drill",
    wait: Annotated[
        float, typer.Option("--wait", min=0, max=600, help="Seconds until the audit must show its end.")
    ] = 60.0,
    lift: Annotated[bool, typer.Option("--resume", help="Lift the halt once all is measured.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Halt a scope and cancel what is open in it; print how long it took until nothing was accepted and everything had ended."""
    kind, scope_id = scope_of(scope)
    instance = running_instance(data)
    with GatewayClient(instance.gateway) as client:
        request = admin_messages.HaltRequest(
            scope=kind, scope_id=scope_id, cancel_open=True, reason=reason, requester=requester()
        )
        offset = client.halt(request)
        partitions = len(client.control_status(offset).partitions)
        figures = _awaited(instance, offset, partitions, wait)
        if lift and figures["complete"]:
            client.resume(
                admin_messages.ResumeRequest(scope=kind, scope_id=scope_id, reason=reason, requester=requester())
            )
    if as_json:
        print_json(figures)
    else:
        print_fields(figures)
    if not figures["complete"]:
        raise CliError(
            f"not over after {wait:g} s: the halt stays in force; see `oms drill list` and `oms orders --open`"
        )


@app.command("list")
def list_drills(
    last: Annotated[int, typer.Option("--last", min=1, max=1000, help="The latest so many.")] = DRILLS_SHOWN,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Every halt that cancelled what was open, measured from the audit; the latest first."""
    instance = running_instance(data)
    rows = [_figures(instance, halt) for halt in ask(instance, _HALT, {"offset": -1, "most": last})]
    print_rows(
        rows, as_json, nothing="no halt has cancelled what was open", as_csv=as_csv, columns=FIELDS, narrow=_NARROW
    )


_NARROW = ("control_offset", "at", "scope", "refused_everywhere_ms", "last_accepted_ms", "orders", "ended", "ended_ms")


def _awaited(instance: Instance, offset: int, partitions: int, wait_s: float) -> dict[str, Any]:
    """The figures once the audit has all of it, or as they are when the time is over. `complete` says which."""
    deadline = time.monotonic() + wait_s
    while True:
        halts = ask(instance, _HALT, {"offset": offset, "most": 1})
        figures = _figures(instance, halts[0]) if halts else dict.fromkeys(FIELDS)
        done = bool(halts) and figures["partitions_applied"] == partitions and figures["ended"] == figures["orders"]
        if (done and _mass_cancels_over(instance, offset)) or time.monotonic() > deadline:
            return figures | {"complete": done}
        time.sleep(POLL_S)


_OVER = """
SELECT
    (SELECT count() FROM oms.events WHERE topic = 'oms.risk' AND event_type = 'MassCancelStarted' AND valid
        AND JSONExtractInt(json, 'control_offset') = %(offset)s AND JSONExtractInt(json, 'matched') > 0) AS started,
    (SELECT count() FROM oms.events WHERE topic = 'oms.risk' AND event_type = 'MassCancelStep' AND valid
        AND JSONExtractInt(json, 'remaining') = 0 AND (partition, JSONExtractInt(json, 'started_seq')) IN
        (SELECT partition, offset FROM oms.events WHERE topic = 'oms.risk' AND event_type = 'MassCancelStarted' AND valid
            AND JSONExtractInt(json, 'control_offset') = %(offset)s)) AS over
"""


def _mass_cancels_over(instance: Instance, offset: int) -> bool:
    ((started, over),) = ask(instance, _OVER, {"offset": offset})
    return bool(started <= over)


def _figures(instance: Instance, halt: tuple[Any, ...]) -> dict[str, Any]:
    """One drill out of the audit."""
    offset, at_ms, scope, scope_id, reason, who = halt
    terminal = tuple(status.name for status in OrdStatus if status.is_terminal)
    about: Mapping[str, object] = {
        "offset": offset, "since": at_ms, "scope": scope, "scope_id": scope_id, "terminal": terminal,
    }  # fmt: skip
    (applied, applied_ms), (accepted, accepted_ms), (sent, sent_ms), (ended, ended_ms) = (
        ask(instance, sql, about)[0] for sql in (_APPLIED, _ACCEPTED, _SENT, _ENDED)
    )
    ((orders,),) = ask(instance, _ORDERS, about)
    return {
        "control_offset": offset,
        "at": time_text(at_ms * 10**6),
        "scope": scope_text(HaltScope[scope], scope_id),
        "reason": reason,
        "by": who,
        "partitions_applied": applied,
        "refused_everywhere_ms": applied_ms - at_ms if applied else None,
        "accepted_after": accepted,
        "last_accepted_ms": accepted_ms - at_ms if accepted else None,
        "orders": orders,
        "cancels_sent": sent,
        "cancels_sent_ms": sent_ms - at_ms if sent else None,
        "ended": ended,
        "ended_ms": ended_ms - at_ms if ended else None,
    }
