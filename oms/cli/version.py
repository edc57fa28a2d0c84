"""`oms version`: what is installed, down to the libraries and formats that matter when two machines disagree."""

import importlib.metadata
import platform
import re

import typer

from oms.cli.instance import JsonOption
from oms.cli.output import print_fields, print_json
from oms.runtime.kafka import LIBRDKAFKA_VERSION
from oms.wire.envelope import READER_VERSION, SCHEMA_VERSION

PACKAGE = "oms"
ENGINE_PACKAGE = "chdb-core"


def register(app: typer.Typer) -> None:
    app.command("version")(version)


def version(as_json: JsonOption = False) -> None:
    """Versions of the package, Python, the Kafka client, the ClickHouse engine, and the wire schema."""
    fields = version_fields()
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)


def version_fields() -> dict[str, str | int]:
    """An engine that is not installed is an empty text: a server of one's own does without."""
    return {
        "oms": _installed(PACKAGE),
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "confluent_kafka": _installed("confluent-kafka"),
        "librdkafka": LIBRDKAFKA_VERSION,
        "clickhouse_engine": _installed(ENGINE_PACKAGE),
        "clickhouse_driver": _installed("clickhouse-driver"),
        "grpc": _installed("grpcio"),
        "protobuf": _installed("protobuf"),
        "wire_schema": SCHEMA_VERSION,
        "wire_schema_oldest_read": READER_VERSION,
    }


def print_short(value: bool) -> None:
    """The callback of `oms --version`."""
    if value:
        typer.echo(f"oms {_installed(PACKAGE)}")
        raise typer.Exit


def _installed(package: str) -> str:
    try:
        return re.sub(r"\s", "", importlib.metadata.version(package))
    except importlib.metadata.PackageNotFoundError:
        return ""
