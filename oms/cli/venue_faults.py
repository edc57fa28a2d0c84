"""`oms venue fault` and `oms venue faults`: make the simulated venues fail, and see how. What each fault does is in the venues' log.

For exercises and tests. It decides only which venue process is meant: that of the running system, or the one at --address.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from oms.cli.instance import CliError, DataOption, JsonOption, NotRunning, UsageError, running_instance
from oms.cli.output import print_rows
from oms.venues.fault_client import FaultClient, FaultFacts, FaultRefused, FaultsUnavailable
from oms.venues.fault_messages import FaultKind

ALL = "all"
"""The word for every session; a session of that name cannot be named."""

T = TypeVar("T")

AddressOption = Annotated[
    str, typer.Option("--address", help="HOST:PORT of a venue process; default: that of the running system.")
]


def register(app: typer.Typer) -> None:
    app.command("fault")(fault)
    app.command("faults")(faults)


def fault(
    session: Annotated[str, typer.Argument(help="A venue session (`oms reference list venue` names them), or `all`.")],
    kind: Annotated[FaultKind, typer.Argument(help="What goes wrong.", show_choices=True)],
    count: Annotated[int, typer.Option("--count", min=0, help="How often it strikes; 0: until it ends.")] = 0,
    ms: Annotated[
        int, typer.Option("--ms", min=0, help="How long it is on; 0: until cleared. Of delay-replies: the delay.")
    ] = 0,
    order: Annotated[str, typer.Option("--order", help="Only messages with this ClOrdID, as the venue knows it.")] = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Switch on a fault of the simulated venues. It ends with its count, its time, `oms venue faults --clear`, or the process."""
    client = _client(address, data)
    session_id = "" if session == ALL else session
    _show([_told(lambda: client.set(kind, session_id, count=count, ms=ms, cl_ord_id=order))], as_json)


def faults(
    clear: Annotated[
        str, typer.Option("--clear", help="Switch off those set for this session, or `all` there are.")
    ] = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The faults of the simulated venues that are on; with --clear, those that were switched off."""
    client = _client(address, data)
    if clear:
        _show(_told(lambda: client.clear(None if clear == ALL else clear)), as_json)
    else:
        _show(_told(client.listed), as_json)


def _client(address: str, data: Path | None) -> FaultClient:
    return FaultClient(*process_address(address, data))


def process_address(address: str, data: Path | None) -> tuple[str, int]:
    """(host, port) of the venue process that is meant."""
    where = address or running_instance(data).venue_process
    host, _, port = where.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"{where!r} is no address of a venue process: HOST:PORT")
    return host, int(port)


def _told(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except FaultsUnavailable as error:
        raise NotRunning(str(error)) from None
    except FaultRefused as error:
        raise CliError(str(error)) from None


def _show(facts: Sequence[FaultFacts], as_json: bool) -> None:
    rows = [
        {
            "fault": f.number,
            "session": f.session_id or ALL,
            "kind": f.kind,
            "left": f.left,
            "left_ms": f.left_ms,
            "delay_ms": f.delay_ms,
            "order": f.cl_ord_id,
            "struck": f.struck,
        }
        for f in facts
    ]
    print_rows(rows, as_json, nothing="no fault is on")
