"""Which system the command talks to: the data directory, and what its running instance says of itself in `run.json`.

Decides the default data directory, and what "is it running" means: `run.json` is there and its supervisor's process is alive.
A command for a system that does not run ends with exit code 3 and says how to start it. Nothing here connects to anything.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

DEFAULT_DATA = Path("~/.local/share/oms")

EXIT_OK, EXIT_REFUSED, EXIT_USAGE, EXIT_UNREACHABLE = 0, 1, 2, 3


def _nearest_data(context: typer.Context, value: Path | None) -> Path | None:
    """--data after the command, else --data before it, else OMS_DATA."""
    source = context.get_parameter_source("data")
    if source is not None and source.name == "COMMANDLINE":
        return value
    before: Path | None = context.find_root().params.get("data")
    return before or value


DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        envvar="OMS_DATA",
        help="Data directory of the system.",
        show_default=str(DEFAULT_DATA),
        callback=_nearest_data,
    ),
]
"""The parameter's name is `data`."""


class CliError(Exception):
    """The command ends here: one line that says what to do, and the exit code."""

    def __init__(self, text: str, exit_code: int = EXIT_REFUSED) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class UsageError(CliError):
    def __init__(self, text: str) -> None:
        super().__init__(text, EXIT_USAGE)


class NotRunning(CliError):
    def __init__(self, text: str) -> None:
        super().__init__(text, EXIT_UNREACHABLE)


def _one_format(context: typer.Context, value: bool) -> bool:
    """A command prints one format. Both options go through here, so the second one of the line finds the first."""
    if value and (context.params.get("as_json") or context.params.get("as_csv")):
        raise UsageError("--json and --csv are two formats: give one of them")
    return value


JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON for programs instead of tables for people.", callback=_one_format)
]
"""The parameter's name is `as_json`."""

CsvOption = Annotated[
    bool, typer.Option("--csv", help="Print CSV (RFC 4180, with a header) instead of a table.", callback=_one_format)
]
"""Of commands that print one table. The parameter's name is `as_csv`."""


class GatewayAddress(str):
    """host:port of a gateway, and the data directory that it belongs to: there the command line finds its token."""

    __slots__ = ("data",)

    def __new__(cls, address: str, data: Path) -> "GatewayAddress":
        made = super().__new__(cls, address)
        made.data = data
        return made

    data: Path


@dataclass(frozen=True, slots=True)
class Instance:
    """A running system. Addresses are host:port; `health` is by service name. `view`: of the optional process with the view per
    desk and minute. `disk_bytes_max` 0: no bound is known. `fix`: of the FIX gateways, by name. `stores`: where what goes with its log is kept.
    `fix_rules`: the venues' rules of engagement, empty: they are not reached by FIX. `clickhouse_url` is empty where it is not the local one."""

    data: Path
    gateway: GatewayAddress
    kafka: str
    partitions: int
    venue_process: str
    health: tuple[tuple[str, str], ...]
    clickhouse_host: str
    clickhouse_port: int
    clickhouse_http_port: int
    credentials: str
    pids: dict[str, int]
    view: str = ""
    disk_bytes_max: int = 0
    fix: tuple[tuple[str, str], ...] = ()
    stores: str = ""
    fix_rules: str = ""

    def clickhouse_url(self, user: str = "compliance") -> str:
        """The native protocol's address for one of the local engine's users; an engine of your own is in CLICKHOUSE_URL."""
        if not self.clickhouse_host:
            url = os.environ.get("CLICKHOUSE_URL", "")
            if not url:
                raise NotRunning("this system uses a ClickHouse of yours: set CLICKHOUSE_URL to its address")
            return url
        passwords = _read_json(Path(self.credentials))
        if user not in passwords:
            raise CliError(f"{self.credentials} has no password of {user}")
        password = quote(str(passwords[user]), safe="")
        return f"clickhouse://{user}:{password}@{self.clickhouse_host}:{self.clickhouse_port}/oms"


def data_directory(given: Path | None) -> Path:
    """The directory that the option or the environment names, else the default."""
    return (given if given is not None else DEFAULT_DATA).expanduser().absolute()


def running_instance(given: Path | None) -> Instance:
    """Raises `NotRunning` where nothing runs on the directory."""
    data = data_directory(given)
    path = data / "run.json"
    if not path.exists():
        raise NotRunning(f"no system runs on {data}: start it with `oms run`, or name its directory with --data")
    run = _read_json(path)
    pid = int(run.get("supervisor_pid", 0))
    if pid and not process_alive(pid):
        raise NotRunning(f"the system on {data} has ended without a clean stop: start it again with `oms run`")
    return _instance(data, run)


def _instance(data: Path, run: dict[str, Any]) -> Instance:
    try:
        clickhouse = run["clickhouse"]
        return Instance(
            data,
            GatewayAddress(run["gateway"], data),
            run["kafka"],
            int(run.get("partitions", 4)),
            run.get("venue_process", ""),
            tuple(sorted(run.get("health", {}).items())),
            clickhouse.get("host", ""),
            int(clickhouse.get("port", 0)),
            int(clickhouse.get("http_port", 0)),
            run.get("credentials") or str(data / "clickhouse" / "credentials.json"),
            {str(name): int(pid) for name, pid in run.get("pids", {}).items()},
            str(run.get("view", "")),
            int(run.get("disk_bytes_max", 0)),
            tuple(sorted(run.get("fix", {}).items())),
            str(run.get("stores", "")),
            str(run.get("fix_rules", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CliError(f"{data / 'run.json'} was written by another release ({error}): restart the system") from None


def process_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CliError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise CliError(f"{path} is damaged: restart the system") from None
    if not isinstance(value, dict):
        raise CliError(f"{path} is damaged: restart the system")
    return value
