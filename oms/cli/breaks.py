"""`oms breaks`: where our own state and a venue's reports differ, what is known of each difference, and a person's decision about it.

Lists from the audit, as `oms fills` does; a decision goes through the gateway into `oms.control`, and this command waits until execution
has acted on it and the audit shows it. What may be decided about a cause is the core's table; docs/runbook says what to do about each.
"""

import time
from enum import Enum
from typing import Annotated, Any

import typer

from oms.cli.audit_query import database
from oms.cli.client import GatewayClient, admin_messages
from oms.cli.decimals import DecimalError, to_scaled, to_text
from oms.cli.instance import CliError, CsvOption, DataOption, Instance, JsonOption, UsageError, running_instance
from oms.cli.output import print_fields, print_json, print_rows, time_text
from oms.cli.terms import requester
from oms.core.enums import BreakCause, ResolutionKind
from oms.core.reconciliation.breaks import ACCEPTED
from oms.runtime.clickhouse import ClickHouse

COUNT_MAX = 10_000
POLL_S = 0.2

COLUMNS = (
    "break_id", "cause", "age", "status", "order_id", "venue", "ours", "venues", "instrument", "opened", "seen", "resolution", "by",
    "text",
)  # fmt: skip
NARROW = ("break_id", "cause", "age", "status", "order_id")

_BREAKS = """
SELECT break_id, cause, age_ns, open, order_id, venue_id, our_qty, venue_qty, our_px, venue_px, b.instrument_id, opened_ns, seen_ns,
       resolution, resolved_by, text, partition, child_id, session_id, cl_ord_id, venue_order_id, exec_id, seen_count, reason, resolved_ns,
       i.price_scale, i.qty_scale
FROM oms.breaks AS b
LEFT JOIN oms.instruments AS i ON i.instrument_id = b.instrument_id
WHERE (%(break_id)s = '' OR break_id = %(break_id)s) AND (%(all)s OR open) AND (%(cause)s = '' OR cause = %(cause)s)
  AND (%(venue)s = '' OR venue_id = %(venue)s)
ORDER BY opened_ns, break_id
LIMIT %(count)s
"""

_SUSPENDED = """
SELECT argMax(json, (offset, event_no)) FROM oms.events
WHERE topic = 'oms.execution' AND event_type = 'ExecutionSuspended' AND valid AND JSONExtractString(json, 'subject') = %(subject)s
HAVING count() > 0
"""

_DECISIONS = """
SELECT control_offset, kind, entered_by, reason, entered_ns, outcome, text FROM oms.break_decisions
WHERE break_id = %(break_id)s AND (%(offset)s < 0 OR control_offset = %(offset)s)
ORDER BY control_offset
"""


class KindWord(Enum):
    accept_venue = "accept-venue"
    keep_ours = "keep-ours"
    noted = "noted"
    cancel_at_venue = "cancel-at-venue"


KINDS = {word: ResolutionKind[word.name.upper()] for word in KindWord}

CauseOption = Annotated[str, typer.Option("--cause", help="Only this cause class, such as FILL_INFERRED.")]
VenueOption = Annotated[str, typer.Option("--venue")]
AllOption = Annotated[bool, typer.Option("--all", help="Those that were closed too.")]
CountOption = Annotated[int, typer.Option("--count", "-n", min=1, max=COUNT_MAX)]
IdArgument = Annotated[str, typer.Argument(metavar="BREAK", help="As the list shows it, such as B0-17.")]

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@app.callback()
def breaks(
    context: typer.Context,
    show_all: AllOption = False,
    cause: CauseOption = "",
    venue: VenueOption = "",
    count: CountOption = 100,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List the open breaks, oldest first: where we and a venue differ. `show` and `resolve` take one."""
    if context.invoked_subcommand is None:
        list_breaks(show_all, cause, venue, count, data, as_json, as_csv)


@app.command("list")
def list_breaks(
    show_all: AllOption = False,
    cause: CauseOption = "",
    venue: VenueOption = "",
    count: CountOption = 100,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """As `oms breaks` alone."""
    if cause and cause.upper() not in BreakCause.__members__:
        raise UsageError(f"no cause {cause!r}; there are {', '.join(BreakCause.__members__)}")
    asked = {"break_id": "", "all": show_all, "cause": cause.upper(), "venue": venue, "count": count}
    with database(running_instance(data).clickhouse_url()) as client:
        found = [_row(row) for row in client.query(_BREAKS, asked)]
    rows = [{name: row[name] for name in COLUMNS} for row in found]
    nothing = "no breaks" if show_all else "no open breaks"
    print_rows(rows, as_json, nothing=nothing, as_csv=as_csv, columns=COLUMNS, narrow=NARROW)


@app.command("show")
def show(break_id: IdArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """One break: both sides, what was kept of the venue's report, what may be decided, and what was."""
    with database(running_instance(data).clickhouse_url()) as client:
        row = _one(client, break_id)
        suspended = client.query(_SUSPENDED, {"subject": f"{row['venue']}/{row['exec_id'] or row['venue_order_id']}"})
        decisions = client.query(_DECISIONS, {"break_id": break_id, "offset": -1})
    fields = {
        **row,
        "may_be_decided": _words(row["cause"]) if row["status"] == "open" else [],
        "report": suspended[0][0] if suspended and not row["child_id"] else "",
        "decisions": [
            {
                "time": time_text(entered_ns), "kind": kind, "by": by, "reason": reason, "outcome": outcome,
                "text": text, "control_offset": offset,
            }
            for offset, kind, by, reason, entered_ns, outcome, text in decisions
        ],
    }  # fmt: skip
    if as_json:
        print_json(fields)
        return
    decided = fields.pop("decisions")
    print_fields(fields)
    print_rows(decided, False, title="decisions", nothing="nobody has decided anything about it")


@app.command("resolve")
def resolve(
    break_id: IdArgument,
    kind: Annotated[KindWord, typer.Option("--as", help="The decision; docs/runbook says what each does.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit.")],
    price: Annotated[str, typer.Option("--price", help="Of fills that nothing prices (FILLS_UNPRICED).")] = "",
    wait: Annotated[float, typer.Option("--wait", min=0, max=60, help="Seconds to wait for the outcome.")] = 10.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide about an open break. What its cause does not allow is refused, and changes nothing."""
    instance = running_instance(data)
    with database(instance.clickhouse_url()) as client:
        row = _one(client, break_id)
    request = admin_messages.ResolveBreakRequest(
        break_id=break_id, kind=int(KINDS[kind]), reason=reason, requester=requester()
    )
    if price:
        request.price = _scaled(price, row["price_scale"])
    elif (row["cause"], kind) == (BreakCause.FILLS_UNPRICED.name, KindWord.accept_venue):
        raise UsageError("the fill has no price: give the one that the venue states with --price")
    if row["status"] == "open" and kind.value not in _words(row["cause"]):
        raise UsageError(f"{row['cause']} may be decided as {', '.join(_words(row['cause']))}")
    with GatewayClient(instance.gateway) as gateway:
        offset = gateway.resolve_break(request)
    _report(instance, break_id, kind, offset, wait, as_json)


def _report(instance: Instance, break_id: str, kind: KindWord, offset: int, wait_s: float, as_json: bool) -> None:
    """Wait for what execution made of it, as the audit shows it."""
    started = time.monotonic()
    outcome = text = ""
    with database(instance.clickhouse_url()) as client:
        while not outcome:
            found = client.query(_DECISIONS, {"break_id": break_id, "offset": offset})
            outcome, text = (found[0][5], found[0][6]) if found else ("", "")
            if outcome or time.monotonic() - started >= wait_s:
                break
            time.sleep(POLL_S)
    fields = {
        "break_id": break_id,
        "decision": kind.value,
        "control_offset": offset,
        "outcome": _OUTCOMES.get(outcome, outcome),
        "text": text,
    }
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)
    if outcome == "BreakResolutionRefused":
        raise CliError(f"{break_id}: refused, nothing was changed: {text}")
    if not outcome:
        raise CliError(
            f"written, and not seen in the audit within {wait_s:g} s: look with `oms breaks show {break_id}`"
        )


_OUTCOMES = {
    "": "not known yet",
    "BreakResolved": "closed",
    "BreakResolutionRefused": "refused",
    "Intent": "a cancel was sent: the break is closed when the venue says that the order is gone",
}


def _one(client: ClickHouse, break_id: str) -> dict[str, Any]:
    asked = {"break_id": break_id, "all": True, "cause": "", "venue": "", "count": 1}
    found = client.query(_BREAKS, asked)
    if not found:
        raise CliError(f"no break is called {break_id!r} in the audit (yet): `oms breaks --all` lists them")
    return _row(found[0])


def _row(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row of `_BREAKS` for people: `ours` and `venues` are quantity, and price where that differs."""
    (
        break_id, cause, age_ns, is_open, order_id, venue_id, our_qty, venue_qty, our_px, venue_px, instrument_id, opened_ns, seen_ns,
        resolution, by, text, partition, child_id, session_id, cl_ord_id, venue_order_id, exec_id, seen_count, reason, resolved_ns,
        price_scale, qty_scale,
    ) = row  # fmt: skip
    return {
        "break_id": break_id,
        "cause": cause,
        "age": age_text(age_ns),
        "status": "open" if is_open else "closed",
        "order_id": order_id,
        "venue": venue_id,
        "ours": _side(our_qty, our_px, qty_scale, price_scale),
        "venues": _side(venue_qty, venue_px, qty_scale, price_scale),
        "instrument": instrument_id,
        "opened": time_text(opened_ns),
        "seen": time_text(seen_ns),
        "resolution": resolution,
        "by": by,
        "text": text,
        "partition": partition,
        "child_id": child_id,
        "session_id": session_id,
        "cl_ord_id": cl_ord_id,
        "venue_order_id": venue_order_id,
        "exec_id": exec_id,
        "seen_count": seen_count,
        "reason": reason,
        "resolved": time_text(resolved_ns) if resolved_ns else "",
        "price_scale": price_scale,
    }


def age_text(age_ns: int) -> str:
    """At a glance, in the two largest units.

    >>> age_text(3 * 86_400 * 10**9 + 5 * 3_600 * 10**9), age_text(90 * 10**9), age_text(7)
    ('3d 5h', '1m 30s', '0s')
    """
    left = max(0, age_ns) // 10**9
    parts: list[str] = []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, seconds)
        if count or parts or unit == "s":
            parts.append(f"{count}{unit}")
    return " ".join(part for part in parts[:2] if part[0] != "0" or len(parts) == 1)


def _side(qty: int, px: int | None, qty_scale: int, price_scale: int) -> str:
    quantity = to_text(qty, qty_scale)
    return quantity if px is None else f"{quantity} @ {to_text(px, price_scale)}"


def _words(cause: str) -> list[str]:
    """The decisions that a cause allows, as they are typed; none for one of a later release."""
    if cause not in BreakCause.__members__:
        return []
    return [word.value for word, kind in KINDS.items() if kind in ACCEPTED[BreakCause[cause]]]


def _scaled(price: str, scale: int) -> int:
    try:
        return to_scaled(price, scale)
    except DecimalError as error:
        raise UsageError(f"--price: {error}") from None
