"""Questions to the audit's database: one connection, made and closed here; its errors are one line with the right exit code."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from oms.cli.instance import CliError, Instance, NotRunning
from oms.runtime.clickhouse import ClickHouse, ClickHouseError, ClickHouseSettings, ClickHouseUnavailable


@contextmanager
def database(url: str) -> Iterator[ClickHouse]:
    """A connection for the time of a `with`. Raises `NotRunning` (exit code 3) or `CliError`."""
    client = ClickHouse(ClickHouseSettings(url))
    try:
        yield client
    except ClickHouseUnavailable as error:
        raise NotRunning(str(error)) from None
    except ClickHouseError as error:
        raise CliError(str(error)) from None
    finally:
        client.close()


def ask(instance: Instance, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
    """The rows of one question, as the read-only user."""
    with database(instance.clickhouse_url()) as client:
        return client.query(sql, parameters)
