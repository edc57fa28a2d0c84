"""Migrations of the ClickHouse schema: numbered SQL files, each applied once, in order, and never changed afterwards.

A file is `NNNN_name.sql`, numbered from 1 without a gap; its statements end with a semicolon at the end of a line. What was applied is in
`oms.schema_migrations` with the checksum of the file: a changed file is refused by name. ClickHouse has no transactions over DDL: a file
that failed half way must be repaired by hand, so statements create and never alter what holds data.
Does not know what the statements say.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import oms
from oms.runtime.clickhouse import ClickHouse, ClickHouseError

MIGRATIONS_DIR = Path(oms.__file__).parents[1] / "deploy" / "clickhouse" / "migrations"
_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_STATEMENT_END = re.compile(r";\s*$", re.MULTILINE)


class MigrationError(ClickHouseError):
    """The files and the database do not fit together."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]


def read_migrations(directory: Path) -> tuple[Migration, ...]:
    """The files in order. MigrationError where a name or number is wrong."""
    found: list[Migration] = []
    for path in sorted(directory.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise MigrationError(f"{path.name}: migration {len(found) + 1:04d}_name.sql was expected here")
        text = path.read_text("utf-8")
        sql = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
        statements = tuple(part.strip() for part in _STATEMENT_END.split(sql) if part.strip())
        found.append(Migration(len(found) + 1, match[2], hashlib.sha256(text.encode()).hexdigest(), statements))
    if not found:
        raise MigrationError(f"no migrations in {directory}")
    return tuple(found)


def migrate(client: ClickHouse, directory: Path = MIGRATIONS_DIR) -> list[str]:
    """Apply what is missing; the names applied now (empty: the schema was up to date)."""
    migrations = read_migrations(directory)
    client.create_database("oms")
    client.command(
        "CREATE TABLE IF NOT EXISTS oms.schema_migrations (version UInt32, name String, checksum String, "
        "applied_at DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = MergeTree ORDER BY version "
        "SETTINGS non_replicated_deduplication_window = 1000"
    )
    done: dict[int, str] = dict(client.query("SELECT version, checksum FROM oms.schema_migrations"))
    if len(done) > len(migrations):
        raise MigrationError(
            f"the database is at migration {max(done)}, this release ends at {len(migrations)}: use a newer release"
        )
    applied = []
    for migration in migrations:
        if migration.version in done:
            if done[migration.version] != migration.checksum:
                raise MigrationError(
                    f"migration {migration.version:04d}_{migration.name} was changed after it was applied"
                )
            continue
        for statement in migration.statements:
            client.command(statement)
        row = (migration.version, migration.name, migration.checksum)
        client.insert("oms.schema_migrations", ("version", "name", "checksum"), [row], f"migration-{migration.version}")
        applied.append(f"{migration.version:04d}_{migration.name}")
    return applied
