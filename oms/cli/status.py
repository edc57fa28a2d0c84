"""`oms status` and `oms reset`: is it well, and start anew.

`status` asks every service's own health page and the gateway; exit code 1 where one is not well. `reset` deletes a data directory:
only one that looks like ours, only when asked twice, and not while anything runs on it. It never ends a process.
"""

import fcntl
import json
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient
from oms.cli.control import halt_text
from oms.cli.instance import (
    CliError,
    CsvOption,
    DataOption,
    Instance,
    JsonOption,
    data_directory,
    process_alive,
    running_instance,
)
from oms.cli.liquidate import liquidation_text
from oms.cli.output import console, print_fields, print_json, print_rows, time_text

HEALTH_TIMEOUT_S = 2.0
OURS = frozenset(
    {
        "run.json",
        "in-use",
        "kafka",
        "snapshots",
        "clickhouse",
        "venues",
        "logs",
        "market.json",
        "memory",
        "workload",
        "people.json",
        "people.json.lock",
        "token",
        "run.new",
    }
)
"""What a data directory holds; one with anything else is not deleted."""


def register(app: typer.Typer) -> None:
    app.command("status")(status)
    app.command("reset")(reset)


def status(data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """How every service is, the clocks, halts, and how far the audit is. Exit code 1 where something is not well."""
    instance = running_instance(data)
    services = [service_row(name, address, instance.pids.get(name)) for name, address in instance.health]
    general = _general(instance)
    problems = [
        f"{row['service']} {row['problem'] or ('is not healthy' if not row['healthy'] else 'is not ready')}"
        for row in services
        if not (row["healthy"] and row["ready"])
    ]
    if "problem" in general:
        problems.append(str(general["problem"]))
    if as_json:
        print_json({"well": not problems, "problems": problems, "services": services, **general})
    else:
        left_out = ("said",) if as_csv else ("said", "address")
        rows = [{k: v for k, v in row.items() if k not in left_out} for row in services]
        print_rows(rows, False, nothing="no services", as_csv=as_csv, columns=SERVICE_COLUMNS, narrow=NARROW)
        if not as_csv:
            print_fields(general)
    if problems:
        raise CliError(f"not well: {'; '.join(problems)} (logs: `oms logs SERVICE`)")


SERVICE_COLUMNS = (
    "service", "healthy", "ready", "phase", "partitions", "epoch", "lag_records", "lag_seconds", "latency_p50_ms",
    "latency_p99_ms", "pid", "address", "problem",
)  # fmt: skip
"""Of --csv; a table leaves out the address, which would not fit."""

NARROW = ("service", "healthy", "ready", "phase", "lag_records", "lag_seconds")


def service_row(name: str, address: str, pid: int | None = None) -> dict[str, Any]:
    """One service by its own word. `epoch`: of each partition it owns, `/`-separated. `said` is all of it."""
    said: dict[str, Any] = {}
    problem = ""
    try:
        said = read_health(f"http://{address}/readyz")
    except (OSError, ValueError) as error:
        problem = f"no answer: {error}"
    partitions = [p for p in said.get("partitions", []) if isinstance(p, dict)]
    phases = sorted({str(p.get("phase")) for p in partitions if "phase" in p})
    latency = said.get("latency_ms") or {}
    return {
        "service": name,
        "healthy": said.get("healthy") is True,
        "ready": said.get("ready") is True,
        "phase": ", ".join(phases),
        "partitions": len(partitions) or None,
        "epoch": "/".join(str(p["epoch"]) for p in partitions if p.get("epoch", -1) >= 0),
        "lag_records": said.get("lag_records"),
        "lag_seconds": said.get("lag_seconds"),
        "latency_p50_ms": latency.get("p50"),
        "latency_p99_ms": latency.get("p99"),
        "pid": said.get("pid") or pid,
        "address": address,
        "problem": problem or str(said.get("problem") or ""),
        "said": said,
    }


def read_health(url: str) -> dict[str, Any]:
    """The JSON of a health page; 503 has one too. Raises OSError or ValueError."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=HEALTH_TIMEOUT_S) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        text = error.read()
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError("not a health page")
    return said


def _general(instance: Instance) -> dict[str, Any]:
    found: dict[str, Any] = {
        "data": str(instance.data),
        "gateway": instance.gateway,
        "kafka": instance.kafka,
        "clickhouse": f"{instance.clickhouse_host}:{instance.clickhouse_port}" if instance.clickhouse_host else "yours",
        "clickhouse_http": f"http://{instance.clickhouse_host}:{instance.clickhouse_http_port}"
        if instance.clickhouse_http_port
        else "",
    }
    try:
        with GatewayClient(instance.gateway) as client:
            said = client.control_status(timeout_s=HEALTH_TIMEOUT_S)
    except CliError as error:
        return {**found, "problem": str(error)}
    found["wall_time"], found["market_time"] = time_text(said.wall_ns), time_text(said.tape_ns)
    if said.HasField("anchor"):
        found["market"] = f"{said.anchor.label}, {said.anchor.speed_milli / 1000:g}x"
    found["halts"] = [halt_text(h) for h in said.halts]
    found["liquidations"] = [liquidation_text(one) for one in said.liquidations]
    found["audit_behind_ms"] = said.audit_age_ns // 10**6 if said.audit_age_ns >= 0 else "never complete"
    return found


def reset(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Even if it looks as if a system runs on it.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete a data directory: all orders, journals, and the audit. Refused while a system runs on it."""
    directory = data_directory(data)
    if not directory.exists():
        _deleted(directory, False, as_json)
        return
    strange = sorted(entry.name for entry in directory.iterdir() if entry.name not in OURS)
    if strange:
        raise CliError(f"{directory} also holds {strange[0]}, which is not ours: nothing was deleted")
    user = used_by(directory)
    if user and not force:
        raise CliError(f"{user}: stop the system first (Ctrl-C where it runs)")
    if not yes and not typer.confirm(f"Delete everything in {directory}?"):
        raise CliError("nothing was deleted")
    try:
        shutil.rmtree(directory)
    except OSError as error:
        raise CliError(f"{directory} could not be deleted completely: {error}") from None
    _deleted(directory, True, as_json)


def used_by(directory: Path) -> str:
    """Who uses the directory, as a sentence; empty where nobody does."""
    run_file = directory / "run.json"
    if run_file.exists():
        try:
            pid = int(json.loads(run_file.read_text("utf-8")).get("supervisor_pid", 0))
        except (ValueError, AttributeError):
            pid = 0
        if pid and process_alive(pid):
            return f"a system runs on {directory} (process {pid})"
    for lock in (*directory.glob("in-use"), *directory.glob("*/in-use"), *directory.glob("*/lock")):
        if _is_locked(lock):
            return f"a process still uses {lock.parent}"
    return ""


def _is_locked(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _deleted(directory: Path, deleted: bool, as_json: bool) -> None:
    if as_json:
        print_json({"directory": str(directory), "deleted": deleted})
    else:
        console().print(f"{directory}: {'deleted' if deleted else 'nothing there'}", markup=False)
