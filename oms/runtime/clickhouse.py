"""ClickHouse over its native protocol: the only file that knows clickhouse_driver.

Decides how an insert is made safe to repeat: synchronous, as one block, under a deduplication token; and what an error means.

Invariants:
- `insert` returns only after the server confirmed the block; any error means *unknown*, and the same insert may be made again;
- a connection error is `ClickHouseUnavailable` (try again later), anything the server says is `ClickHouseRefused` (do not);
- with `clickhouses://` the server proves who it is, unless the URL says `verify=0`: a certificate that does not fit is `ClickHouseUntrusted`
  (a setting must change), never a connection without TLS;
- no error text holds a password.

Does not know tables, migrations, or what rows mean.
"""

import errno
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from clickhouse_driver import Client
from clickhouse_driver.errors import Error, NetworkError, ServerException, SocketTimeoutError

logging.getLogger("clickhouse_driver").setLevel(
    logging.CRITICAL
)  # it logs a traceback for what is reported here in one line

CONNECT_TIMEOUT_S = 5
PORT, TLS_PORT = 9000, 9440  # ClickHouse's own
ANSWER_TIMEOUT_S = 300  # as the server's own: a merge-heavy moment is no failure
CERTIFICATE_FAULT = re.compile(r"certificate verify failed:([^(]*)")
INSERT_ROWS_MAX = 1_000_000  # one block: beyond this the server would split it, and a token covers one block

ABORTED = 236
""""Server shutdown is called": said by a server that is being stopped, about what was under way. The outcome is unknown."""

SAFE_INSERT: Mapping[str, object] = {
    "async_insert": 0,  # on by default since 26: it would answer for a buffer, and merge our blocks with others'
    "deduplicate_insert": "enable",
    "insert_deduplicate": 1,  # for servers that do not know the setting above
    "max_insert_block_size": INSERT_ROWS_MAX,
    "insert_block_size": INSERT_ROWS_MAX,
    "max_partitions_per_insert_block": 1,  # two partitions would be two transactions
}


class ClickHouseError(Exception):
    """ClickHouse did not do what was asked; the text is one line."""


class ClickHouseUnavailable(ClickHouseError):
    """No connection, or it broke: what was under way is unknown."""


class ClickHouseUntrusted(ClickHouseError):
    """No connection that could be trusted: the certificate, the name in it, or TLS at all. The same settings will not do."""


class ClickHouseRefused(ClickHouseError):
    """The server said no. `code` is its own."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class ClickHouseSettings:
    """`url`: clickhouse://user:password@host:9000/database, clickhouses://…:9440 for TLS (environment: CLICKHOUSE_URL).

    TLS: `?ca_certs=FILE` names the authority (else the system's), `certfile=` and `keyfile=` a certificate of ours, `server_hostname=`
    the name to expect; `verify=0` trusts anyone. What a URL gives a meaning to within user and password is percent-encoded.
    """

    url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ClickHouseSettings":
        url = environment.get("CLICKHOUSE_URL", "")
        if _split(url).scheme not in ("clickhouse", "clickhouses"):
            raise ClickHouseError(
                "CLICKHOUSE_URL is not set, or no clickhouse://user:password@host:port/database address"
            )
        return cls(url)

    @property
    def address(self) -> str:
        """Host and port, to be shown."""
        parts = _split(self.url)
        return f"{parts.hostname}:{parts.port or (TLS_PORT if parts.scheme == 'clickhouses' else PORT)}"


class ClickHouse:
    """One connection, made when it is first needed and again after it broke. Not thread-safe."""

    def __init__(self, settings: ClickHouseSettings) -> None:
        self._settings = settings
        self._text: Client | None = None
        self._bytes: Client | None = None

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """The rows; strings as str. `%(name)s` in the text is replaced by an escaped parameter."""
        return self._run(self._text_client(), sql, parameters)

    def query_bytes(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """As `query`, with every string as bytes, exactly as stored."""
        if self._bytes is None:
            self._bytes = self._connect(strings_as_bytes=True)
        return self._run(self._bytes, sql, parameters)

    def query_with_columns(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows, for people."""
        try:
            rows, columns = self._text_client().execute(sql, with_column_types=True)
        except (Error, OSError, EOFError) as fault:
            raise self.as_error(fault) from fault
        return [name for name, _ in columns], rows

    def stream(self, sql: str, read_only: bool = False) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """Column names, and the rows as they arrive: of any number, in bounded memory. `read_only`: the server is told to change nothing."""
        settings = {"readonly": 1} if read_only else None
        try:
            rows = self._text_client().execute_iter(sql, with_column_types=True, settings=settings)
            columns: list[tuple[str, str]] = next(rows, [])
        except (Error, OSError, EOFError) as fault:
            raise self.as_error(fault) from fault
        return [name for name, _ in columns], self._guarded(rows)

    def _guarded(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        try:
            yield from rows
        except (Error, OSError, EOFError) as fault:
            raise self.as_error(fault) from fault

    def command(self, sql: str) -> None:
        """A statement without rows: DDL."""
        self._run(self._text_client(), sql, None)

    def create_database(self, name: str) -> None:
        """Create the database where it is missing, over a connection of its own: none can be made into what does not exist."""
        client = self._connect(database="system")
        try:
            self._run(client, f"CREATE DATABASE IF NOT EXISTS {name}", None)
        finally:
            client.disconnect()

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], token: str) -> None:
        """Insert all rows as one block under the token. A repeat with the same token changes nothing."""
        assert 0 < len(rows) <= INSERT_ROWS_MAX, f"{len(rows)} rows are not one block"
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
        settings = {**SAFE_INSERT, "insert_deduplication_token": token}
        try:
            self._text_client().execute(sql, list(zip(*rows, strict=True)), columnar=True, settings=settings)
        except (Error, OSError, EOFError) as fault:
            raise self.as_error(fault) from fault

    def close(self) -> None:
        for client in (self._text, self._bytes):
            if client is not None:
                client.disconnect()
        self._text = self._bytes = None

    def _text_client(self) -> Client:
        if self._text is None:
            self._text = self._connect()
        return self._text

    def _connect(self, strings_as_bytes: bool = False, database: str = "") -> Client:
        parts = _split(self._settings.url)
        options = f"connect_timeout={CONNECT_TIMEOUT_S}&send_receive_timeout={ANSWER_TIMEOUT_S}"
        if strings_as_bytes:
            options += "&strings_as_bytes=1"  # any text here means true to the client
        query = f"{parts.query}&{options}" if parts.query else options
        path = f"/{database}" if database else parts.path
        try:
            return Client.from_url(urlunsplit((parts.scheme, parts.netloc, path, query, "")))
        except (ValueError, AttributeError):  # of an option; its text may quote what it read
            raise _unreadable() from None

    def _run(self, client: Client, sql: str, parameters: Mapping[str, object] | None) -> list[tuple[Any, ...]]:
        try:
            result = client.execute(sql, parameters)
        except (Error, OSError, EOFError) as fault:
            raise self.as_error(fault) from fault
        return result if isinstance(result, list) else []

    def as_error(self, fault: Exception) -> ClickHouseError:
        """What a fault of the client means."""
        if isinstance(fault, ServerException) and fault.code == ABORTED:
            return ClickHouseUnavailable(f"the ClickHouse at {self._settings.address} is being stopped")
        if isinstance(fault, ServerException):
            said = fault.message.split("Stack trace", 1)[0].strip().splitlines()
            return ClickHouseRefused(
                fault.code, f"ClickHouse: {(said or ['refused'])[0].removeprefix('DB::Exception: ')}"
            )
        if (untrusted := _untrusted(fault, self._settings.address)) is not None:
            return untrusted
        if isinstance(fault, (NetworkError, SocketTimeoutError, OSError, EOFError)):
            return ClickHouseUnavailable(f"no ClickHouse at {self._settings.address}: is it running?")
        return ClickHouseError(f"ClickHouse client: {fault}".splitlines()[0])


def _split(url: str) -> SplitResult:
    """The parts of an address. ClickHouseError where it has none, without a word of it: it may be a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _unreadable() from None
    return parts


def _unreadable() -> ClickHouseError:
    return ClickHouseError(
        "the ClickHouse address cannot be read: clickhouse://user:password@host:port/database?option=value, "
        "with special characters of the password percent-encoded"
    )


def _untrusted(fault: BaseException, address: str) -> ClickHouseUntrusted | None:
    """The fault where TLS is the reason, and trying again will not help. The client keeps only the text of what happened."""
    text = str(fault)
    if (found := CERTIFICATE_FAULT.search(text)) is not None:
        return ClickHouseUntrusted(
            f"the certificate of ClickHouse at {address} is not trusted ({found[1].strip()}): "
            "name its authority with ?ca_certs=FILE in the address, and the host as the certificate does"
        )
    if "WRONG_VERSION_NUMBER" in text:
        return ClickHouseUntrusted(f"ClickHouse at {address} does not speak TLS: give its TLS port, or clickhouse://")
    if os.strerror(errno.ENOENT) in text:
        return ClickHouseUntrusted("a file in ClickHouse's address is not there: see ca_certs, certfile and keyfile")
    return None
