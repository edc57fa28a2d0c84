"""`oms pid SERVICE`: the process of a service on this machine, for a debugger, a profiler, or a kill that shows what the system survives."""

from typing import Annotated

import typer

from oms.cli.instance import DataOption, JsonOption, UsageError, running_instance
from oms.cli.output import print_json


def register(app: typer.Typer) -> None:
    app.command("pid")(pid)


def pid(
    service: Annotated[str, typer.Argument(help="A service of `oms status`, or `venues`.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the process id of a service (`kill -9 $(oms pid execution)` is safe to try)."""
    pids = running_instance(data).pids
    if service not in pids:
        raise UsageError(f"no process {service!r} runs here; there are {', '.join(sorted(pids))}")
    if as_json:
        print_json({"service": service, "pid": pids[service]})
    else:
        typer.echo(pids[service])
