"""`oms fix reset`: the numbers of a client's FIX session begin anew, by the word of a person who may change its terms, and with a reason.

The request is a change of the session's terms, so it is journaled, versioned and has a person like every other. It is done while nobody is
connected: at once, or with the session's next connection. What the client had not been sent by then it is not sent any more.
"""

import time
from dataclasses import replace
from typing import Annotated

import typer

from oms.cli.audit_query import ask
from oms.cli.client import GatewayClient, admin_messages
from oms.cli.completion import complete_fix_session
from oms.cli.instance import CliError, DataOption, JsonOption, UsageError, running_instance
from oms.cli.output import print_fields, print_json, time_text
from oms.cli.terms import requester
from oms.core.reference import Entity, FixSession
from oms.wire.codec import from_message, to_message

AT_ONCE, LATER = "at once", "with its next connection: it is connected now"
_STATE = "SELECT state FROM oms.fix_sessions WHERE session_id = %(session)s"


def register(app: typer.Typer) -> None:
    app.command("reset")(reset)


def reset(
    session: Annotated[str, typer.Argument(help="The session's id.", autocompletion=complete_fix_session)],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the numbers of a client's FIX session begin at 1 again; never under a connection. The client must begin anew as well."""
    instance = running_instance(data)
    with GatewayClient(instance.gateway) as client:
        found = client.reference("fix_session", session)
        if not found:
            raise UsageError(f"no FIX session {session!r}: `oms fix sessions`")
        terms: Entity = from_message(found[0].entity, Entity)
        assert isinstance(terms, FixSession)
        asked = replace(terms, reset_ns=max(time.time_ns(), terms.reset_ns + 1))
        request = admin_messages.ApplyReferenceRequest(reason=reason, requester=requester())
        request.items.add(entity=to_message(asked, Entity), replaces_version=found[0].version)
        (outcome,) = client.apply_reference(request)
    if not outcome.applied:
        raise CliError(f"another changed session {session} at the same time: look at it, and ask again")
    known = ask(instance, _STATE, {"session": session})
    connected = bool(known) and known[0][0] != "DISCONNECTED"
    fields = {
        "session": session,
        "asked": time_text(asked.reset_ns),
        "reason": reason,
        "takes_effect": LATER if connected else AT_ONCE,
    }
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)
