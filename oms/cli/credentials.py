"""What the command line shows a gateway: its token, and whether the connection is TLS.

The token: the file of `oms --token-file` or OMS_TOKEN_FILE, else OMS_TOKEN, else the file `token` in the data directory, else none. Files
must be private. It goes along with every call as `authorization: Bearer …`, and never in the clear to another machine.
OMS_GATEWAY_CA names the certificates that are trusted to sign the gateway's; with it the connection is TLS.
Connects to nothing by itself.
"""

import getpass
import os
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import grpc
import typer

from oms.cli.instance import CliError, GatewayAddress
from oms.gateway.people import PeopleError
from oms.runtime.gateway_auth import is_loopback
from oms.runtime.people_file import read_private

TOKEN_FILE = "token"
TOKEN_BYTES_MAX = 4096
NAME_CHARACTERS_MAX = 64

CHOSEN_FILE: ContextVar[Path | None] = ContextVar("token_file", default=None)
"""What `--token-file` (or OMS_TOKEN_FILE) said in this command."""


def _choose(token_file: Path | None) -> Path | None:
    CHOSEN_FILE.set(token_file)
    return token_file


TokenFileOption = Annotated[
    Path | None,
    typer.Option("--token-file", envvar="OMS_TOKEN_FILE", help="Private file that holds your token.", callback=_choose),
]
"""The option that all commands share: `oms --token-file FILE orders`."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """`token` empty: none. `ca` None: no TLS. `plaintext`: the user says that the way is safe."""

    token: str = field(default="", repr=False)
    ca: Path | None = None
    plaintext: bool = False


def credentials_for(address: str) -> Credentials:
    """The command's credentials for a gateway; an address without a data directory has no token file of its own."""
    data = address.data if isinstance(address, GatewayAddress) else None
    return credentials_of(_token(data))


def credentials_of(token: str) -> Credentials:
    ca = os.environ.get("OMS_GATEWAY_CA", "")
    return Credentials(token, Path(ca) if ca else None, os.environ.get("OMS_GATEWAY_PLAINTEXT") == "1")


def _token(data: Path | None) -> str:
    chosen = CHOSEN_FILE.get()
    try:
        if chosen is not None:
            return _line(read_private(chosen, TOKEN_BYTES_MAX), str(chosen))
        if given := os.environ.get("OMS_TOKEN", ""):
            return _line(given, "OMS_TOKEN")
        own = data / TOKEN_FILE if data is not None else None
        return _line(read_private(own, TOKEN_BYTES_MAX), str(own)) if own is not None and own.exists() else ""
    except FileNotFoundError:
        raise CliError(f"{chosen}: there is no such file; it must hold your token") from None
    except PeopleError as error:
        raise CliError(str(error)) from None


def _line(text: str, place: str) -> str:
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CliError(f"{place} holds no token: it is one line, as `oms people add` printed it")
    return token


def own_name() -> str:
    """This machine's user: who enters requests where no token says it."""
    return getpass.getuser()[:NAME_CHARACTERS_MAX] or "cli"


def open_channel(address: str, credentials: Credentials, options: Sequence[tuple[str, Any]]) -> Any:
    """A channel whose every call carries the token. CliError where the token would leave this machine in the clear."""
    if credentials.ca is not None:
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(_trusted(credentials.ca)), options)
    else:
        host = address.rpartition(":")[0]
        if credentials.token and not (is_loopback(host) or credentials.plaintext):
            raise CliError(
                f"your token would go to {host} in the clear: set OMS_GATEWAY_CA to the gateway's certificate authority"
            )
        channel = grpc.insecure_channel(address, options)
    return grpc.intercept_channel(channel, _Bearer(credentials.token)) if credentials.token else channel


def _trusted(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CliError(f"OMS_GATEWAY_CA: {path}: {error.strerror}") from None


class _Details(NamedTuple):
    """grpc.ClientCallDetails with other metadata."""

    method: str
    timeout: float | None
    metadata: Sequence[tuple[str, str]]
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class _Bearer(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[type-arg]
    grpc.UnaryStreamClientInterceptor,  # type: ignore[type-arg]
    grpc.StreamStreamClientInterceptor,  # type: ignore[type-arg]
):
    """RFC 6750, as metadata."""

    def __init__(self, token: str) -> None:
        self._header = ("authorization", f"Bearer {token}")

    def _with_token(self, details: Any) -> _Details:
        return _Details(
            details.method,
            details.timeout,
            (*(details.metadata or ()), self._header),
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return continuation(self._with_token(details), request)

    def intercept_unary_stream(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return continuation(self._with_token(details), request)

    def intercept_stream_stream(self, continuation: Callable[..., Any], details: Any, requests: Any) -> Any:
        return continuation(self._with_token(details), requests)
