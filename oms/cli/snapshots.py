"""`oms snapshots list|verify|write`: what is kept of each stage's state, whether it can be relied on, and a new one without a standby.

`list` needs no running system. `verify` also holds each snapshot against its journal. `write` is a reader of its own that runs once: it loads
the newest usable snapshot, folds the journal to its end and writes (a cron job will do). It never asks a service: the owner's living state
is no source of a snapshot.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from oms.cli.data import broker_address, on_kafka
from oms.cli.instance import (
    EXIT_UNREACHABLE,
    CliError,
    CsvOption,
    DataOption,
    JsonOption,
    NotRunning,
    data_directory,
)
from oms.cli.output import print_rows, time_text
from oms.core.credit.stage import CreditRules
from oms.core.execution import ExecutionRules
from oms.core.risk import RiskRules
from oms.core.routing import RouterRules
from oms.core.stage import Rules
from oms.gateway.client_sessions import ClientSessionRules
from oms.runtime.journal_fold import JournalBroken, JournalFold
from oms.runtime.log import Log, TopicPartition
from oms.runtime.snapshot_store import (
    MissingSnapshot,
    SnapshotStore,
    SnapshotStoreError,
    offset_of,
    open_store,
)
from oms.runtime.snapshots import fold_to_end, head_of, load_newest, refuse_strange, restore, write
from oms.wire import topics
from oms.wire.snapshot import Fault, SnapshotUnusable, decode_head

T = TypeVar("T")

SNAPSHOTS_FOLDER = "snapshots"
"""Within the data directory of a local system."""

RULES: dict[str, Rules[Any, Any]] = {
    topics.RISK: RiskRules(),
    topics.ROUTING: RouterRules(),
    topics.EXECUTION: ExecutionRules(),
    topics.CLIENT_SESSIONS: ClientSessionRules(),
    topics.CREDIT: CreditRules(),
}

KEPT_COLUMNS = ("stage", "partition", "offset", "taken", "age_s", "bytes", "layout", "schema", "usable", "why")
WRITTEN_COLUMNS = (
    "stage",
    "partition",
    "from_offset",
    "to_offset",
    "records",
    "bytes",
    "took_ms",
    "written",
    "refused",
)
NARROW = ("stage", "partition", "offset", "age_s", "usable", "why")


class StageWord(Enum):
    risk = "risk"
    router = "router"
    execution = "execution"
    fix = "fix"
    credit = "credit"


TOPIC_OF = {
    StageWord.risk: topics.RISK,
    StageWord.router: topics.ROUTING,
    StageWord.execution: topics.EXECUTION,
    StageWord.fix: topics.CLIENT_SESSIONS,
    StageWord.credit: topics.CREDIT,
}

StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        envvar="OMS_SNAPSHOTS",
        help="A directory, or an URL of an object store (default: `snapshots` in --data).",
    ),
]
StageOption = Annotated[StageWord | None, typer.Option("--stage", help="Only this stage.")]

snapshots_app = typer.Typer(no_args_is_help=True, help="Snapshots of the stages' state.")


def register(app: typer.Typer) -> None:
    app.add_typer(snapshots_app, name="snapshots")


@snapshots_app.callback()
def snapshots() -> None:
    """Snapshots of the stages' state."""


@snapshots_app.command("list")
def snapshots_list(
    stage: StageOption = None,
    store: StoreOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What is kept, the newest first: offset, age, size, layout, and whether it can be loaded, or why not."""
    rows = _reaching(lambda: list(kept_rows(_store(store, data), None, _topics(stage), time.time_ns())))
    _print_kept(rows, as_json, as_csv)


@snapshots_app.command("verify")
def snapshots_verify(
    stage: StageOption = None,
    store: StoreOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Load each snapshot, and hold the record that it names against the journal. Exit code 1 where one is of no use."""
    kept = _reaching(lambda: _store(store, data))
    rows = _reaching(
        lambda: on_kafka(_broker(data), lambda log: list(kept_rows(kept, log, _topics(stage), time.time_ns())))
    )
    _print_kept(rows, as_json, as_csv)
    bad = sum(not row["usable"] for row in rows)
    if bad:
        raise CliError(
            f"{bad} of {len(rows)} snapshots cannot be used (above): a stage takes the next older one, or its journal"
        )


@snapshots_app.command("write")
def snapshots_write(
    stage: StageOption = None,
    store: StoreOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Fold each journal on from its newest usable snapshot, and write the next one. Reads only; the services need not run."""
    kept = _reaching(lambda: _store(store, data))

    def write_all(log: Any) -> list[dict[str, Any]]:
        counts = log.partition_counts()
        return [
            written_row(kept, log, TopicPartition(topic, partition))
            for topic in _topics(stage)
            for partition in range(counts.get(topic, 0))
        ]

    rows = _reaching(lambda: on_kafka(_broker(data), write_all))
    print_rows(rows, as_json, nothing="there are no journals", as_csv=as_csv, columns=WRITTEN_COLUMNS)


def _topics(stage: StageWord | None) -> Sequence[str]:
    return tuple(TOPIC_OF.values()) if stage is None else (TOPIC_OF[stage],)


def _store(place: str, data: Path | None) -> SnapshotStore:
    return open_store(place or str(data_directory(data) / SNAPSHOTS_FOLDER))


def _broker(data: Path | None) -> str:
    servers = broker_address(data)
    if not servers:
        raise NotRunning("no broker: start the system, or set KAFKA_BOOTSTRAP_SERVERS to host:port")
    return servers


def _reaching(work: Callable[[], T]) -> T:
    try:
        return work()
    except SnapshotStoreError as error:
        raise CliError(str(error), EXIT_UNREACHABLE) from None
    except JournalBroken as broken:
        raise CliError(f"nothing was written: {broken}") from None


def _print_kept(rows: list[dict[str, Any]], as_json: bool, as_csv: bool) -> None:
    print_rows(rows, as_json, nothing="no snapshots", as_csv=as_csv, columns=KEPT_COLUMNS, narrow=NARROW)


def _stage_of(topic: str) -> str:
    return next(word.value for word, of in TOPIC_OF.items() if of == topic)


def kept_rows(store: SnapshotStore, log: Log | None, of: Sequence[str], now_ns: int) -> Iterator[dict[str, Any]]:
    """One row a snapshot. With a log each is held against its journal."""
    for topic in of:
        for partition in store.partitions(topic):
            tp = TopicPartition(topic, partition)
            for name in store.names(tp):
                try:
                    data = store.read(tp, name)
                except MissingSnapshot:
                    continue  # a newer one took its place since
                yield _kept_row(tp, name, data, log, now_ns)


def _kept_row(tp: TopicPartition, name: str, data: bytes, log: Log | None, now_ns: int) -> dict[str, Any]:
    look = _look(tp, data, log)
    return {
        "stage": _stage_of(tp.topic),
        "partition": tp.partition,
        "offset": offset_of(name),
        "taken": time_text(look.written_ns),
        "age_s": max(0, now_ns - look.written_ns) // 10**9 if look.written_ns else None,
        "bytes": len(data),
        "layout": look.layout,
        "schema": look.schema_version,
        "usable": look.fault is None,
        "why": look.why,
    }


@dataclass(slots=True)
class _Look:
    """What could be read of a snapshot; None and 0 where not even that."""

    written_ns: int = 0
    layout: int | None = None
    schema_version: int | None = None
    fault: Fault | None = None
    why: str = ""


def _look(tp: TopicPartition, data: bytes, log: Log | None) -> _Look:
    look = _Look()
    try:
        head = decode_head(data)
        look.written_ns, look.layout, look.schema_version = head.written_ns, head.layout, head.schema_version
        head_of(data, tp)
        if log is not None:
            refuse_strange(log, tp, head)
        restore(data, tp, RULES[tp.topic])
    except SnapshotUnusable as unusable:
        look.fault, look.why = unusable.fault, str(unusable)
    return look


def written_row(store: SnapshotStore, log: Log, tp: TopicPartition) -> dict[str, Any]:
    """Load, fold on, write; nothing is written where the newest one already is of the journal's end."""
    began_ns = time.monotonic_ns()
    rules = RULES[tp.topic]
    loaded = load_newest(store, tp, rules, log)
    fold = JournalFold(log, rules, tp, loaded.folded)
    from_offset, records_before = fold.folded.run.next_offset, fold.folded.records
    with closing(fold):
        fold_to_end(log, fold)
    size, written = 0, fold.folded.run.next_offset > from_offset
    if written:
        size = len(store.read(tp, write(store, tp, fold.folded, rules, time.time_ns())))
    return {
        "stage": _stage_of(tp.topic),
        "partition": tp.partition,
        "from_offset": from_offset,
        "to_offset": fold.folded.run.next_offset,
        "records": fold.folded.records - records_before,
        "bytes": size,
        "took_ms": (time.monotonic_ns() - began_ns) // 10**6,
        "written": written,
        "refused": [f"{refused.name} {refused.text}".strip() for refused in loaded.refused],
    }
