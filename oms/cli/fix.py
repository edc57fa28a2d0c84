"""`oms fix sessions`, `oms fix venues`, `oms fix tail`: FIX sessions of clients and with venues, and what was said on them, out of the audit.

What is in force of a session comes from the gateway's reference data; its state, numbers and messages from the journal as the audit has it,
so that they are told also where no gateway runs. A message is shown as it was on the wire, its fields apart by `|`.
"""

import time
from typing import Annotated, Any

import typer

from oms.cli import fix_read, fix_reset, fix_send
from oms.cli.audit_query import ask
from oms.cli.client import GatewayClient
from oms.cli.instance import CsvOption, DataOption, Instance, JsonOption, running_instance
from oms.cli.output import print_rows, time_text
from oms.core.enums import DropCopyScope

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="FIX sessions of clients and with venues, and their messages; a message over one; messages of any FIX log.",
)
fix_read.register(app)
fix_send.register(app)
fix_reset.register(app)

SESSION_COLUMNS = (
    "session", "version", "comp_id", "desk", "person", "drop_copy", "enabled", "state", "cause", "peer", "last_in", "last_out",
    "last_in_at", "last_out_at", "our_comp_id",
)  # fmt: skip
VENUE_COLUMNS = (
    "session", "venue", "partition", "state", "since", "last_in", "last_out", "last_in_at", "last_out_at", "messages", "text",
)  # fmt: skip
VENUE_NARROW = ("session", "venue", "state", "since", "last_in", "last_out", "text")
SESSION_NARROW = ("session", "version", "comp_id", "our_comp_id", "desk", "state", "last_in", "last_out")
MESSAGE_COLUMNS = ("at", "session", "direction", "number", "type", "order", "resent", "text")
MESSAGE_NARROW = ("at", "session", "direction", "number", "type", "text")

NEVER = "NEVER_CONNECTED"
FOLLOW_S = 0.5

_SESSIONS = """
SELECT session_id, state, cause, peer, last_in, last_out, toUnixTimestamp64Nano(last_in_at), toUnixTimestamp64Nano(last_out_at)
FROM oms.fix_sessions
"""
_VENUES = """
SELECT session_id, venue_id, partition, state, toUnixTimestamp64Nano(since), last_in, last_out,
       toUnixTimestamp64Nano(last_in_at), toUnixTimestamp64Nano(last_out_at), messages, text
FROM oms.fix_venue_sessions
ORDER BY session_id
"""
_MESSAGES = """
SELECT toUnixTimestamp64Nano(at), session_id, direction, msg_seq_num, msg_type, order_id, resent, text, partition, offset, event_no
FROM oms.fix_messages
WHERE valid AND (%(party)s = '' OR party = %(party)s) AND (%(session)s = '' OR session_id = %(session)s) AND (%(order)s = '' OR order_id = %(order)s)
  AND (%(heartbeats)s OR msg_type NOT IN ('0', '1'))
ORDER BY at DESC, partition DESC, offset DESC, event_no DESC
LIMIT %(last)s
"""


@app.command("sessions")
def sessions(data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """Every FIX session of a client: its terms, whether it is logged on, its numbers, and when either side spoke last."""
    instance = running_instance(data)
    with GatewayClient(instance.gateway) as client:
        terms = [item.entity.fix_session for item in client.reference("fix_session")]
    known = {row[0]: row[1:] for row in ask(instance, _SESSIONS)}
    rows = [_session(found, known.get(found.session_id)) for found in sorted(terms, key=lambda t: t.session_id)]
    nothing = "no FIX sessions: add `fix_sessions` to the reference file (docs/fix-clients.md)"
    print_rows(rows, as_json, nothing=nothing, as_csv=as_csv, columns=SESSION_COLUMNS, narrow=SESSION_NARROW)


def _session(terms: Any, known: tuple[Any, ...] | None) -> dict[str, Any]:

    state, cause, peer, last_in, last_out, in_ns, out_ns = known or (NEVER, "", "", 0, 0, 0, 0)
    return {
        "session": terms.session_id,
        "version": "FIX.5.0SP2" if terms.appl_ver_id else terms.begin_string,
        "comp_id": terms.comp_id,
        "desk": terms.desk_id,
        "person": terms.person_id,
        "drop_copy": DropCopyScope(terms.drop_copy).name if terms.HasField("drop_copy") else "",
        "enabled": terms.enabled,
        "state": state,
        "cause": cause if state == "DISCONNECTED" else "",
        "peer": peer if state != "DISCONNECTED" else "",
        "last_in": last_in,
        "last_out": last_out,
        "last_in_at": time_text(in_ns) if in_ns else "",
        "last_out_at": time_text(out_ns) if out_ns else "",
        "our_comp_id": terms.our_comp_id,
    }


@app.command("venues")
def venues(data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """Every session with a venue that was ever logged on: whether it is, its numbers, when either side spoke last, and how it ended.

    Numbers and times are those of FIX frames (`oms run --venues fix`); over the local protocol there are none.
    """
    rows = [_venue(row) for row in ask(running_instance(data), _VENUES)]
    nothing = "no session with a venue was logged on yet"
    print_rows(rows, as_json, nothing=nothing, as_csv=as_csv, columns=VENUE_COLUMNS, narrow=VENUE_NARROW)


def _venue(row: tuple[Any, ...]) -> dict[str, Any]:
    session_id, venue_id, partition, state, since_ns, last_in, last_out, in_ns, out_ns, messages, text = row
    return {
        "session": session_id,
        "venue": venue_id,
        "partition": partition,
        "state": state,
        "since": time_text(since_ns),
        "last_in": last_in,
        "last_out": last_out,
        "last_in_at": time_text(in_ns) if in_ns else "",
        "last_out_at": time_text(out_ns) if out_ns else "",
        "messages": messages,
        "text": text,
    }


@app.command("tail")
def tail(
    session: Annotated[str, typer.Option("--session", help="Only this session.")] = "",
    order: Annotated[str, typer.Option("--order", help="Only messages about this order (its OrderID).")] = "",
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="The latest so many.")] = 50,
    with_venues: Annotated[bool, typer.Option("--venues", help="Sessions with venues instead of clients'.")] = False,
    heartbeats: Annotated[bool, typer.Option("--heartbeats", help="Heartbeats and test requests too.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C, with what comes.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """The latest messages of clients' FIX sessions, oldest first; of one session or order, whoever is on the other side."""
    instance = running_instance(data)
    party = "VENUE" if with_venues else "" if session or order else "CLIENT"
    wanted = {"party": party, "session": session, "order": order, "heartbeats": int(heartbeats), "last": last}
    rows, seen = _messages(instance, wanted, set())
    print_rows(rows, as_json, nothing="no messages", as_csv=as_csv, columns=MESSAGE_COLUMNS, narrow=MESSAGE_NARROW)
    while follow:
        time.sleep(FOLLOW_S)
        rows, seen = _messages(instance, wanted, seen)
        for row in rows:
            typer.echo("  ".join(str(row[name]) for name in MESSAGE_NARROW))


Places = set[tuple[int, int, int]]


def _messages(instance: Instance, wanted: dict[str, Any], seen: Places) -> tuple[list[dict[str, Any]], Places]:
    """The latest messages that were not seen, oldest first, and the places of all that were asked for."""
    found = list(reversed(ask(instance, _MESSAGES, wanted)))
    rows = [_message(row) for row in found if row[8:] not in seen]
    return rows, {row[8:] for row in found}


def _message(row: tuple[Any, ...]) -> dict[str, Any]:
    at_ns, session_id, direction, number, kind, order_id, resent, text = row[:8]
    return {
        "at": time_text(at_ns),
        "session": session_id,
        "direction": direction,
        "number": number,
        "type": kind,
        "order": order_id,
        "resent": bool(resent),
        "text": text,
    }
