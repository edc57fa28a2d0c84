"""What the shell completes besides commands and options: names that the running system knows.

A shell asks at every press of a key: whatever is not there within a moment, or goes wrong, completes to nothing.
"""

from pathlib import Path

import typer

from oms.cli.client import GatewayClient
from oms.cli.fix_bodies import Kind as FixMessage
from oms.cli.instance import CliError, data_directory, running_instance
from oms.core.reference import KINDS

PATIENCE_S = 0.7
SERVICES = ("execution", "router", "risk", "audit", "order-gateway", "fix-gateway", "venues")


def complete_instrument(context: typer.Context, incomplete: str) -> list[str]:
    return _entities(context, "instrument", incomplete.upper())


def complete_desk(context: typer.Context, incomplete: str) -> list[str]:
    return _entities(context, "desk", incomplete)


def complete_account(context: typer.Context, incomplete: str) -> list[str]:
    return _entities(context, "account", incomplete)


def complete_venue(context: typer.Context, incomplete: str) -> list[str]:
    return _entities(context, "venue", incomplete.upper())


def complete_client(context: typer.Context, incomplete: str) -> list[str]:
    return _entities(context, "client", incomplete)


def complete_counterparty(context: typer.Context, incomplete: str) -> list[str]:
    return _entities(context, "counterparty", incomplete)


def complete_fix_session(context: typer.Context, incomplete: str) -> list[str]:
    return _entities(context, "fix_session", incomplete, "session_id")


def complete_fix_message(context: typer.Context, incomplete: str) -> list[str]:
    return [kind.value for kind in FixMessage if kind.value.startswith(incomplete)]


def complete_scope(context: typer.Context, incomplete: str) -> list[str]:
    """`firm`, `desk:` and so on; bash takes the colon for the end of a word, so only the part before it is completed."""
    return [
        kind
        for kind in (
            "firm",
            "desk:",
            "account:",
            "instrument:",
            "venue:",
            "trader:",
            "strategy:",
            "client:",
            "counterparty:",
        )
        if kind.startswith(incomplete)
    ]


def complete_log(context: typer.Context, incomplete: str) -> list[str]:
    folder = data_directory(_data(context)) / "logs"
    names = {p.name.removesuffix(".log").removesuffix(".previous") for p in folder.glob("*.log")} or set(SERVICES)
    return sorted(name for name in names if name.startswith(incomplete))


def complete_kind(context: typer.Context, incomplete: str) -> list[str]:
    return [kind for kind in REFERENCE_KINDS if kind.startswith(incomplete)]


REFERENCE_KINDS = KINDS


def _data(context: typer.Context) -> Path | None:
    given: Path | None = context.params.get("data") or context.find_root().params.get("data")
    return given


def _entities(context: typer.Context, kind: str, incomplete: str, id_field: str = "") -> list[str]:
    try:
        with GatewayClient(running_instance(_data(context)).gateway) as client:
            found = client.reference(kind, timeout_s=PATIENCE_S)
    except CliError:
        return []
    names = [getattr(getattr(item.entity, kind), id_field or f"{kind}_id") for item in found]
    return sorted(name for name in names if name.startswith(incomplete))
