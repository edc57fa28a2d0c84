"""`oms config`: every setting, what it is now, where that comes from, and what it means. Secrets are never printed.

Decides which variables of the environment are ours: `OMS_*`, `KAFKA_BOOTSTRAP_SERVERS`, `CLICKHOUSE_URL`, `OTEL_*`. What begins with
`OMS_` and is no setting is shown and marked: every service refuses to start with it.
"""

import os
import re
from collections.abc import Mapping

import typer

from oms.cli.instance import CsvOption, DataOption, JsonOption, data_directory
from oms.cli.output import print_rows
from oms.runtime.settings import known_settings, redacted

KAFKA_PREFIX = "OMS_KAFKA_"

BESIDE = {
    "KAFKA_BOOTSTRAP_SERVERS": "host:port of a broker of yours (default: `oms run` starts one)",
    "CLICKHOUSE_URL": "clickhouse(s)://user:password@host:port/database of yours (default: `oms run` starts an engine)",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "where traces are sent, OTLP over gRPC (default: nowhere)",
}
"""What is not `OMS_*` and read all the same."""

_DEFAULT = re.compile(r"\s*\(default:? (?P<value>[^()]*)\)")


def register(app: typer.Typer) -> None:
    app.command("config")(config)


def config(data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """Every setting: value, source and meaning. Secrets are shown as ***."""
    rows = setting_rows(os.environ)
    for row in rows:
        if row["setting"] == "OMS_DATA" and data is not None:
            row["value"], row["source"] = str(data_directory(data)), row["source"] or "command line"
    print_rows(rows, as_json, as_csv=as_csv)


def setting_rows(environment: Mapping[str, str]) -> list[dict[str, str]]:
    """One row a setting, in the order: ours, the broker's client, the rest, unknown ones."""
    known = dict(known_settings())
    given = {name: value for name, value in environment.items() if _is_ours(name)}
    rows = [_row(name, meaning, given.get(name)) for name, meaning in {**known, **BESIDE}.items()]
    for name in sorted(given.keys() - known.keys() - BESIDE.keys()):
        if name.startswith(KAFKA_PREFIX):
            client_name = name.removeprefix(KAFKA_PREFIX).lower().replace("_", ".")
            rows.append(_row(name, f"setting {client_name} of the Kafka client", given[name]))
        elif name.startswith("OMS_"):
            rows.append(
                {**_row(name, "NO SETTING: nothing starts with it; misspelt?", given[name]), "source": "unknown"}
            )
        else:
            rows.append(_row(name, "of OpenTelemetry", given[name]))
    return rows


def _is_ours(name: str) -> bool:
    return name.startswith(("OMS_", "OTEL_")) or name in BESIDE


def _row(name: str, meaning: str, given: str | None) -> dict[str, str]:
    default = _DEFAULT.search(meaning)
    if given is not None:
        value, source = redacted(given, name), "environment"
    else:
        value, source = default["value"] if default else "", "default" if default else ""
    return {"setting": name, "value": value, "source": source, "meaning": _DEFAULT.sub("", meaning)}
