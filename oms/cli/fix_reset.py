"""`oms fix reset`: the numbers of a FIX session begin anew, by the word of a person who may change its terms, and with a reason.

The request is a change of the session's terms, so it is journaled, versioned and has a person like every other. Of a client's session it is
done while nobody is connected: at once, or with the session's next connection; what the client had not been sent by then it is not sent any more.
Of a venue's session execution does it, or refuses in its journal (`oms.core.execution.resets`).
"""

import time
from dataclasses import replace
from typing import Annotated

import typer

from oms.cli.audit_query import ask
from oms.cli.client import GatewayClient, admin_messages
from oms.cli.completion import complete_fix_session
from oms.cli.instance import CliError, DataOption, Instance, JsonOption, UsageError, running_instance
from oms.cli.output import print_fields, print_json, time_text
from oms.cli.terms import requester
from oms.core.reference import Entity, FixSession, Venue
from oms.wire.codec import from_message, to_message

AT_ONCE, LATER = "at once", "with its next connection: it is connected now"
IF_SETTLED = "with a new logon (141=Y), unless an order on it has no outcome yet"
_STATE = "SELECT state FROM oms.fix_sessions WHERE session_id = %(session)s"


def register(app: typer.Typer) -> None:
    app.command("reset")(reset)


def reset(
    session: Annotated[str, typer.Argument(help="The session's id.", autocompletion=complete_fix_session)],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the numbers of a FIX session, with a client or with a venue, begin at 1 again. The other side must begin anew as well."""
    instance = running_instance(data)
    with GatewayClient(instance.gateway) as client:
        terms, version = _session(client, session)
        now_ns = time.time_ns()
        asked: Entity
        if isinstance(terms, FixSession):
            asked_ns = max(now_ns, terms.reset_ns + 1)
            asked = replace(terms, reset_ns=asked_ns)
        else:
            asked_ns = max(now_ns, *(s.reset_ns + 1 for s in terms.sessions))
            changed = [replace(s, reset_ns=asked_ns) if s.session_id == session else s for s in terms.sessions]
            asked = replace(terms, sessions=tuple(changed))
        request = admin_messages.ApplyReferenceRequest(reason=reason, requester=requester())
        request.items.add(entity=to_message(asked, Entity), replaces_version=version)
        (outcome,) = client.apply_reference(request)
    if not outcome.applied:
        raise CliError(f"another changed session {session} at the same time: look at it, and ask again")
    fields = {
        "session": session,
        "asked": time_text(asked_ns),
        "reason": reason,
        "takes_effect": _when(instance, session) if isinstance(terms, FixSession) else IF_SETTLED,
    }
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)


def _session(client: GatewayClient, session_id: str) -> tuple[FixSession | Venue, int]:
    """The terms that the session is in, and their version."""
    found = client.reference("fix_session", session_id)
    for versioned in found or client.reference("venue"):
        terms: Entity = from_message(versioned.entity, Entity)
        of_venue = isinstance(terms, Venue) and any(s.session_id == session_id for s in terms.sessions)
        if isinstance(terms, FixSession) or (isinstance(terms, Venue) and of_venue):
            return terms, versioned.version
    raise UsageError(f"no FIX session {session_id!r}: `oms fix sessions`, `oms reference list venue`")


def _when(instance: Instance, session_id: str) -> str:
    known = ask(instance, _STATE, {"session": session_id})
    return LATER if known and known[0][0] != "DISCONNECTED" else AT_ONCE
