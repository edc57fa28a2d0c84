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

DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="OMS_DATA", help="Data directory of the system.", show_default=str(DEFAULT_DATA)),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of tables for people.")]


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


@dataclass(frozen=True, slots=True)
class Instance:
    """A running system. Addresses are host:port; `health` is by service name. `clickhouse_url` is empty where it is not the local one."""

    data: Path
    gateway: str
    kafka: str
    partitions: int
    venue_process: str
    health: tuple[tuple[str, str], ...]
    clickhouse_host: str
    clickhouse_port: int
    clickhouse_http_port: int
    credentials: str

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
            run["gateway"],
            run["kafka"],
            int(run.get("partitions", 4)),
            run.get("venue_process", ""),
            tuple(sorted(run.get("health", {}).items())),
            clickhouse.get("host", ""),
            int(clickhouse.get("port", 0)),
            int(clickhouse.get("http_port", 0)),
            run.get("credentials") or str(data / "clickhouse" / "credentials.json"),
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
