"""`oms journal verify`: the replay gate as a command. It decides where the journals are read from, and how the verdict is shown."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from oms.cli.audit_query import database
from oms.cli.instance import CliError, CsvOption, DataOption, JsonOption, NotRunning, running_instance
from oms.cli.output import console, print_csv, print_json, print_table
from oms.runtime.audit_copy import AuditCopy
from oms.runtime.journal_fold import ReleaseTooOld
from oms.runtime.journal_verify import ReplayVerdict, VerifiedJournal, stage_journals, verify_journals
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import Log
from oms.runtime.settings import kafka_settings

journal_app = typer.Typer(no_args_is_help=True, help="The stages' journals.")


class Origin(Enum):
    """Where the journals are read from."""

    KAFKA = "kafka"
    CLICKHOUSE = "clickhouse"


_PARTITIONS = "SELECT toString(topic), max(partition) + 1 FROM oms.records GROUP BY topic"

FromOption = Annotated[
    Origin, typer.Option("--from", help="kafka, or clickhouse: the audit's copy, which has what the log has trimmed.")
]


def register(app: typer.Typer) -> None:
    app.add_typer(journal_app, name="journal")


@journal_app.callback()
def journal() -> None:
    """The stages' journals."""


@journal_app.command("verify")
def verify(
    from_: FromOption = Origin.KAFKA,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Rebuild every stage from its journal and compare with the state hashes stored. Exit code 1 where one differs, or none was compared."""
    try:
        with opened_log(from_, data) as (log, counts):
            verdict = verify_journals(log, stage_journals(counts))
    except ReleaseTooOld as newer:
        raise CliError(str(newer)) from None
    if not verdict.journals:
        raise CliError(f"{from_.value} has no journal: nothing was ever written there")
    rows = [_row(j) for j in verdict.journals]
    if as_json:
        print_json(_fields(from_, verdict, rows))
    elif as_csv:
        print_csv(list(rows[0]), [list(row.values()) for row in rows])
    else:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
        for problem in verdict.problems:
            console().print(problem, markup=False)
        console().print(verdict.line)
    if not verdict.good:
        raise CliError(verdict.problems[0] if as_json or as_csv else "the journals are not proven (above)")


@contextmanager
def opened_log(origin: Origin, data: Path | None) -> Iterator[tuple[Log, dict[str, int]]]:
    """The log to read, and the partitions of its topics. Without a running system here it is the cluster or the database that the
    environment names."""
    if origin is Origin.KAFKA:
        log = KafkaLog(kafka_settings({**os.environ, "KAFKA_BOOTSTRAP_SERVERS": _broker(data)}))
        try:
            yield log, dict(log.partition_counts())
        finally:
            log.close()
        return
    with database(_database_url(data)) as client:
        yield AuditCopy(client), dict(client.query(_PARTITIONS))


def _broker(data: Path | None) -> str:
    try:
        return running_instance(data).kafka
    except NotRunning:
        servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        if not servers:
            raise
        return servers


def _database_url(data: Path | None) -> str:
    try:
        return running_instance(data).clickhouse_url()
    except NotRunning:
        url = os.environ.get("CLICKHOUSE_URL", "")
        if not url:
            raise
        return url


def _row(j: VerifiedJournal) -> dict[str, Any]:
    return {
        "topic": j.topic,
        "partition": j.partition,
        "records": j.records,
        "void": j.void,
        "claims": j.claims,
        "hashes_compared": j.hashes_compared,
        "hashes_skipped": j.hashes_skipped,
        "took_ms": j.took_ns // 1_000_000,
    }


def _fields(origin: Origin, verdict: ReplayVerdict, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "good": verdict.good,
        "from": origin.value,
        "records": verdict.records,
        "hashes_compared": verdict.hashes_compared,
        "hashes_skipped": verdict.hashes_skipped,
        "differences": list(verdict.differences),
        "problems": list(verdict.problems),
        "journals": rows,
    }
