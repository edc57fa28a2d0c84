"""Mass cancels on the command line: which orders they are about, and how far they have come.

What `oms orders` filters by, `oms cancel --all` cancels by; `oms cancel --all` and `oms halt --cancel-open` show the same progress.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import typer

from oms.cli.completion import (
    complete_account,
    complete_client,
    complete_counterparty,
    complete_desk,
    complete_instrument,
    complete_venue,
)
from oms.cli.instance import CliError
from oms.cli.terms import SIDES, SideWord
from oms.core.enums import HaltScope
from oms.core.order_filter import EVERYTHING, FIELD_OF_SCOPE, OrderFilter
from oms.v1 import commands_pb2

POLL_S = 0.05

DeskFilter = Annotated[str, typer.Option("--desk", help="Of this desk.", autocompletion=complete_desk)]
AccountFilter = Annotated[str, typer.Option("--account", help="Of this account.", autocompletion=complete_account)]
InstrumentFilter = Annotated[
    str, typer.Option("--instrument", help="In this instrument.", autocompletion=complete_instrument)
]
SideFilter = Annotated[
    SideWord | None, typer.Option("--side", case_sensitive=False, help="Of this side (a short sale is its own).")
]
TraderFilter = Annotated[str, typer.Option("--trader", help="Of this trader.")]
StrategyFilter = Annotated[str, typer.Option("--strategy", help="Of this strategy.")]
VenueFilter = Annotated[
    str,
    typer.Option("--venue", help="Sent to this venue, or with something open there.", autocompletion=complete_venue),
]
ClientFilter = Annotated[
    str, typer.Option("--client", help="Of this client's accounts.", autocompletion=complete_client)
]
CounterpartyFilter = Annotated[
    str,
    typer.Option(
        "--counterparty", help="As --venue: where this is a counterparty.", autocompletion=complete_counterparty
    ),
]

_WORDS = {
    "desk_id": "desk", "account_id": "account", "instrument_id": "instrument", "trader": "trader",
    "strategy": "strategy", "venue_id": "venue", "client_id": "client", "counterparty_id": "counterparty",
}  # fmt: skip


def filter_from(
    desk: str,
    account: str,
    instrument: str,
    side: SideWord | None,
    trader: str,
    strategy: str,
    venue: str,
    client: str,
    counterparty: str,
) -> OrderFilter:
    exact_side = SIDES[side] if side is not None else None
    of_whom = OrderFilter(desk, account, instrument, exact_side, trader, strategy, venue)
    return replace(of_whom, client_id=client, counterparty_id=counterparty)


def words(wanted: OrderFilter) -> str:
    """The filter as people say it.

    >>> words(OrderFilter(desk_id="alpha", trader="ann"))
    'desk alpha, trader ann'
    """
    found = [f"{word} {getattr(wanted, field)}" for field, word in _WORDS.items() if getattr(wanted, field)]
    if wanted.side is not None:
        found.append(f"side {wanted.side.name.lower()}")
    return ", ".join(found) or "the firm"


def scope_and_rest(wanted: OrderFilter) -> tuple[HaltScope, str, Any]:
    """The control record's scope, and what narrows it (None: nothing): the first field that is set, and the others.

    >>> scope_and_rest(OrderFilter(trader="ann"))
    (<HaltScope.TRADER: 6>, 'ann', None)
    """
    scope, scope_id = next(
        ((scope, getattr(wanted, field)) for scope, field in FIELD_OF_SCOPE.items() if getattr(wanted, field)),
        (HaltScope.FIRM, ""),
    )
    rest = {f: getattr(wanted, f) for f in _WORDS if f != FIELD_OF_SCOPE.get(scope) and getattr(wanted, f)}
    if not rest and wanted.side is None:
        return scope, scope_id, None
    side = int(wanted.side) if wanted.side is not None else None
    messages: Any = commands_pb2
    return scope, scope_id, messages.OrderFilter(**rest, side=side)


def is_everything(wanted: OrderFilter) -> bool:
    return wanted == EVERYTHING


def follow(ask: Callable[[], Any], wait_s: float, quiet: bool) -> Any:
    """Ask until it is finished or the time is over; each change of the figures is a line on stderr. Returns the last answer."""
    deadline, said = time.monotonic() + wait_s, ""
    while True:
        answer = ask()
        line = progress_line(answer)
        if line != said and not quiet and any(p.started for p in answer.partitions):
            typer.echo(line, err=True)
            said = line
        if answer.finished or time.monotonic() >= deadline:
            return answer
        time.sleep(POLL_S)


def progress_line(answer: Any) -> str:
    """The sums, and each partition where there are several."""
    matched, waiting, working, done = sums(answer)
    line = f"{done} of {matched} done, {working} working, {waiting} waiting"
    if len(answer.partitions) > 1:
        each = (f"{p.partition}: {p.done}/{p.matched}" if p.started else f"{p.partition}: -" for p in answer.partitions)
        line += f" (partition {', '.join(each)})"
    return line


def sums(answer: Any) -> tuple[int, int, int, int]:
    """(matched, waiting, working, done) over all partitions."""
    return tuple(sum(getattr(p, name) for p in answer.partitions) for name in ("matched", "waiting", "working", "done"))


def progress_fields(answer: Any) -> dict[str, Any]:
    matched, waiting, working, done = sums(answer)
    names = ("partition", "started", "matched", "waiting", "working", "done")
    return {
        "matched": matched,
        "done": done,
        "working": working,
        "waiting": waiting,
        "finished": bool(answer.finished),
        "by_partition": [{name: getattr(p, name) for name in names} for p in answer.partitions],
    }


def require_finished(answer: Any, wait_s: float) -> None:
    """Exit with what is left where it is not over."""
    if answer.finished:
        return
    silent = [str(p.partition) for p in answer.partitions if not p.started]
    where = f"; partition {', '.join(silent)} has not read it yet" if silent else ""
    raise CliError(
        f"asked for, and not over after {wait_s:g} s: {progress_line(answer)}{where}: see `oms orders --open`"
    )
