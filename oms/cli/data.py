"""`oms load`, `migrate`, `sql`, `audit verify`, `topics`: reference data in, and the audit's data out.

`load` writes through the gateway; `sql` asks as the read-only compliance user; only `migrate` and `topics --create` change a schema.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from oms.cli.audit_query import database
from oms.cli.client import GatewayClient
from oms.cli.fix_rules_option import rules_in
from oms.cli.instance import CliError, CsvOption, DataOption, Instance, JsonOption, NotRunning, running_instance
from oms.cli.output import console, print_csv, print_json, print_json_rows, print_rows, print_table
from oms.cli.reference_load import apply_reference, print_result
from oms.core.reference import Entity
from oms.local.reference_file import ReferenceFileError, load_reference
from oms.local.supervisor import topic_specs
from oms.runtime.audit_verify import read_progress, verify
from oms.runtime.clickhouse import ClickHouseRefused
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import LogError, TopicPartition
from oms.runtime.migrations import migrate
from oms.runtime.settings import kafka_settings
from oms.venues.ruled_venues import as_ruled
from oms.wire.topics import DEFAULT_PARTITIONS, TOPICS

T = TypeVar("T")

audit_app = typer.Typer(no_args_is_help=True, help="The audit's proof.")


def register(app: typer.Typer) -> None:
    app.command("load")(load)
    app.command("migrate")(migrate_command)
    app.command("sql")(sql)
    app.command("topics")(topics)
    app.add_typer(audit_app, name="audit")


def load(
    file: Annotated[Path, typer.Argument(help="A reference file in the form of deploy/local/reference.yaml.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit.")] = "oms load",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load reference data: what is new or changed in the file. What the file does not name stays in force."""
    instance = running_instance(data)
    with GatewayClient(instance.gateway) as client:
        result = apply_reference(client, entities_for(instance, file), reason)
    print_result(result, as_json)


def entities_for(instance: Instance, file: Path) -> tuple[Entity, ...]:
    """What the file says, with what the rules of engagement of this system add where it speaks FIX. Raises `CliError`."""
    try:
        entities = load_reference(file, instance.partitions)
    except ReferenceFileError as error:
        raise CliError(str(error)) from None
    return as_ruled(entities, rules_in(Path(instance.fix_rules))) if instance.fix_rules else entities


def migrate_command(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Bring the ClickHouse schema up to date. CLICKHOUSE_URL names a server of your own."""
    url = os.environ.get("CLICKHOUSE_URL") or running_instance(data).clickhouse_url("oms_admin")
    with database(url) as client:
        applied = migrate(client)
    if as_json:
        print_json({"applied": applied})
    else:
        console().print(f"applied: {', '.join(applied)}" if applied else "the schema is up to date")


def sql(
    query: Annotated[str, typer.Argument(help='For example "SELECT * FROM oms.orders LIMIT 5"')],
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Ask the audit's database; nothing can be changed. Tables and views: SHOW TABLES FROM oms."""
    instance = running_instance(data)
    with database(instance.clickhouse_url()) as client:
        try:
            columns, rows = client.stream(query, read_only=not instance.clickhouse_host)
            if as_json:
                print_json_rows(columns, rows)
            elif as_csv:
                print_csv(columns, rows)
            else:
                _show_rows(columns, rows)
        except ClickHouseRefused as error:
            if error.code in READ_ONLY_CODES:
                raise CliError(f"`oms sql` only reads, nothing was changed (ClickHouse code {error.code})") from None
            raise


READ_ONLY_CODES = (164, 497)
"""ClickHouse: READONLY, ACCESS_DENIED."""

SHOWN_ROWS_MAX = 1000
"""Of a table for people; its columns are as wide as its widest row, so it cannot be printed as it arrives."""


def _show_rows(columns: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    shown = list(itertools.islice(rows, SHOWN_ROWS_MAX))
    if columns:
        print_table(columns, shown)
    if next(rows, None) is not None:
        console().print(f"the first {len(shown)} rows; --csv and --json print all, and LIMIT takes fewer")
    else:
        console().print(f"{len(shown)} rows")


@audit_app.callback()
def audit() -> None:
    """The audit's proof."""


@audit_app.command("verify")
def audit_verify(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Prove that every record is there exactly once and unchanged. Exit code 1 where it is not."""
    instance = running_instance(data)
    progress = on_kafka(instance.kafka, read_progress)
    with database(instance.clickhouse_url()) as client:
        result = verify(client, progress)
    good = not result.problems
    if as_json:
        fields = {"good": good, "rows": result.rows, "partitions": result.partitions, "problems": list(result.problems)}
        print_json(fields)
    else:
        for problem in result.problems:
            console().print(problem, markup=False)
        console().print(f"{result.rows} rows in {result.partitions} partitions, {len(result.problems)} problems")
    if not good:
        raise CliError(f"the audit's rows are not what was written: {len(result.problems)} problems (above)")


def topics(
    create: Annotated[bool, typer.Option("--create", help="Create what is missing.")] = False,
    partitions: Annotated[
        int, typer.Option("--partitions", min=1, max=999, help="With --create: of topics by desk or instrument.")
    ] = DEFAULT_PARTITIONS,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """The table of topics; with a broker (a running system, or KAFKA_BOOTSTRAP_SERVERS) how many records each has."""
    servers = broker_address(data)
    if create and not servers:
        raise NotRunning("no broker: start the system, or set KAFKA_BOOTSTRAP_SERVERS to host:port")
    if create:
        on_kafka(servers, lambda log: log.create_topics(topic_specs(partitions)))
    spans = on_kafka(servers, _spans) if servers else {}
    rows = []
    for topic in TOPICS:
        row: dict[str, Any] = {
            "topic": topic.name,
            "kind": topic.kind.value,
            "by": topic.partitioning.value,
            "writer": topic.writer,
            "readers": list(topic.readers),
            "audited": topic.audited,
            "content": topic.content,
        }
        if servers:
            row |= dict(zip(("partitions", "records"), spans.get(topic.name, (0, 0)), strict=True))
        rows.append(row)
    narrow = ("topic", "kind", "writer", "partitions", "records")
    print_rows(rows, as_json, as_csv=as_csv, narrow=narrow)


def broker_address(data: Path | None) -> str:
    """host:port of the running system's broker, else of KAFKA_BOOTSTRAP_SERVERS; empty where neither is known."""
    try:
        return running_instance(data).kafka
    except NotRunning:
        return os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")


def _spans(log: KafkaLog) -> dict[str, tuple[int, int]]:
    """Topic → (partitions, records held now)."""
    counts = log.partition_counts()
    found: dict[str, tuple[int, int]] = {}
    for topic in TOPICS:
        if topic.name in counts:
            parts = [TopicPartition(topic.name, p) for p in range(counts[topic.name])]
            starts, ends = log.starts(parts), log.ends(parts)
            found[topic.name] = len(parts), sum(ends[p] - starts[p] for p in parts)
    return found


def on_kafka(servers: str, work: Callable[[KafkaLog], T]) -> T:
    """The result of `work` on the broker's log. NotRunning where it does not answer."""
    try:
        return work(KafkaLog(kafka_settings({**os.environ, "KAFKA_BOOTSTRAP_SERVERS": servers})))
    except LogError as error:
        raise NotRunning(f"broker {servers}: {error}") from None
