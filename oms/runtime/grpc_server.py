"""The gRPC server: what is the same for every method.

- Every method but health is called only after `admit` let the call in; what that gave is `context.access` there.
- Where it listens is decided by `Listening`: beyond this machine only with TLS, or where somebody else is said to provide it.
- A request that cannot be read, and every refusal, becomes a status with google.rpc details; what nobody foresaw is logged and INTERNAL.
- Health (`grpc.health.v1`) follows readiness; reflection is on; stopping lets calls under way end.
Knows no order.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import _async as aio_health
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status

from oms.gateway.refusal import Code, Refused, invalid_field
from oms.runtime.log import LogError

_LOGGER = logging.getLogger(__name__)

MESSAGE_BYTES_MAX = 4 * 1024 * 1024
"""Of a request: the largest is a frame of 500 commands, or of 500 reference changes."""

STREAMS_MAX = 1_000
"""Calls at once per connection."""

STOP_GRACE_S = 3.0
OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_concurrent_streams", STREAMS_MAX),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.so_reuseport", 0),  # a second gateway on the same port must fail, not share it unseen
)
_OPEN = "/grpc.health.v1."
LOOPBACK = "127.0.0.1"
PEM_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server listens. `tls`: the certificate chain and its key, in PEM files; None: in the clear."""

    port: int
    host: str = LOOPBACK
    tls: tuple[Path, Path] | None = None

    def credentials(self) -> Any:
        """OSError or ValueError, of one line, where the files cannot be used."""
        assert self.tls is not None
        chain, key = (_pem(path) for path in self.tls)
        return grpc.ssl_server_credentials([(key, chain)])


class Call:
    """What a method gets beside its request: gRPC's own context, and what the caller may do."""

    __slots__ = ("_context", "access")

    def __init__(self, context: Any, access: Any) -> None:
        self._context, self.access = context, access

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


Admit = Callable[[str, Any], Any]
"""(method, context) → what the method finds as `context.access`. Refused where the call is not let in."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A request whose bytes are no message."""

    text: str


def status_of(refused: Refused) -> status_pb2.Status:
    """The refusal with its details: BadRequest for fields, ErrorInfo for a numbered reason."""
    status = status_pb2.Status(code=int(refused.code), message=refused.message)
    if refused.errors:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=e.field, description=e.description)
            for e in refused.errors
        ]
        status.details.append(_packed(error_details_pb2.BadRequest(field_violations=violations)))
    if refused.reason is not None:
        status.details.append(_packed(error_details_pb2.ErrorInfo(reason=refused.reason.name, domain="oms")))
    return status


def _packed(message: Any) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


async def _abort(context: Any, refused: Refused) -> None:
    status = rpc_status.to_status(status_of(refused))
    await context.abort(status.code, status.details, status.trailing_metadata)


async def _answer_failure(context: Any, method: str, error: Exception) -> None:
    match error:
        case Refused():
            await _abort(context, error)
        case LogError():
            _LOGGER.error("%s: %s", method, error)
            await _abort(context, Refused(Code.UNAVAILABLE, f"the log does not answer: {error}"))
        case _:
            _LOGGER.critical("%s: %s: %s", method, type(error).__name__, error, exc_info=error)
            await context.abort(grpc.StatusCode.INTERNAL, "a fault of the service; it is in its log")


def _reader(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except Exception as error:  # whatever the parser says of a stranger's bytes
            return Unreadable(str(error))

    return read


def _readable(request: Any) -> Any:
    if isinstance(request, Unreadable):
        raise invalid_field("", f"the request cannot be read: {request.text}")
    return request


async def _each_readable(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        yield _readable(request)


class Guard(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]
    """Stands before every method: who calls, unreadable requests, refusals and faults become statuses here and nowhere else."""

    def __init__(self, admit: Admit) -> None:
        self._admit = admit

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any) -> Any:
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(_OPEN):
            return handler
        kept = {
            "request_deserializer": _reader(handler.request_deserializer),
            "response_serializer": handler.response_serializer,
        }
        if handler.stream_stream is not None:
            behaviour = _guarded_stream(method, handler.stream_stream, self._admit, True)
            return grpc.stream_stream_rpc_method_handler(behaviour, **kept)
        if handler.unary_stream is not None:
            behaviour = _guarded_stream(method, handler.unary_stream, self._admit, False)
            return grpc.unary_stream_rpc_method_handler(behaviour, **kept)
        return grpc.unary_unary_rpc_method_handler(_guarded_unary(method, handler.unary_unary, self._admit), **kept)


def _guarded_unary(
    method: str, behaviour: Callable[[Any, Any], Awaitable[Any]], admit: Admit
) -> Callable[[Any, Any], Awaitable[Any]]:
    async def call(request: Any, context: Any) -> Any:
        try:
            access = admit(method, context)
            return await behaviour(_readable(request), Call(context, access))
        except (grpc.aio.AbortError, asyncio.CancelledError):
            raise
        except Exception as error:
            return await _answer_failure(context, method, error)

    return call


def _guarded_stream(
    method: str, behaviour: Callable[[Any, Any], AsyncGenerator[Any]], admit: Admit, many_requests: bool
) -> Callable[[Any, Any], AsyncIterator[Any]]:
    async def call(request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            access = admit(method, context)
            given = _each_readable(request) if many_requests else _readable(request)
            async with aclosing(behaviour(given, Call(context, access))) as responses:
                async for response in responses:
                    yield response
        except (grpc.aio.AbortError, asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:
            await _answer_failure(context, method, error)

    return call


class GrpcServer:
    """`port` is the one it got where 0 was asked for."""

    def __init__(
        self, listening: Listening, service_names: Sequence[str], admit: Admit, before: Sequence[Any] = ()
    ) -> None:
        """`before`: interceptors that see a call before anything else does. OSError where the port is taken, or a file of TLS cannot be used."""
        self._server = grpc.aio.server(interceptors=(*before, Guard(admit)), options=OPTIONS)
        self._listening = listening
        self._names = (*service_names, health.SERVICE_NAME)
        self._health = aio_health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection((*self._names, reflection.SERVICE_NAME), self._server)
        self.port = _bound(self._server, listening)

    @property
    def registry(self) -> Any:
        """To give to the generated `add_…_to_server`, before `start`."""
        return self._server

    async def start(self) -> None:
        await self.show_ready(False)
        await self._server.start()
        _LOGGER.info(
            "gRPC on %s:%d, %s", self._listening.host, self.port, "TLS" if self._listening.tls else "in the clear"
        )

    async def show_ready(self, ready: bool) -> None:
        serving = health_pb2.HealthCheckResponse.ServingStatus
        status = serving.Value("SERVING" if ready else "NOT_SERVING")
        for name in ("", *self._names):
            await self._health.set(name, status)

    async def stop(self) -> None:
        """Take nothing new, let calls under way end for a while, then end them."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(STOP_GRACE_S)


def _bound(server: Any, listening: Listening) -> int:
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    address = f"{host}:{listening.port}"
    credentials = listening.credentials() if listening.tls is not None else None
    try:
        if credentials is not None:
            bound = int(server.add_secure_port(address, credentials))
        else:
            bound = int(server.add_insecure_port(address))
    except RuntimeError as error:
        raise _cannot_listen(listening) from error
    if bound == 0:
        raise _cannot_listen(listening)
    return bound


def _cannot_listen(listening: Listening) -> OSError:
    if listening.tls is not None:
        return OSError(
            f"cannot listen with TLS on {listening.host}:{listening.port}: the port is taken, this machine has no such address, or "
            f"{listening.tls[0]} and {listening.tls[1]} are no certificate and its key"
        )
    if listening.host != LOOPBACK:
        return OSError(
            f"cannot listen on {listening.host}:{listening.port}: the port is taken, or no address of this machine"
        )
    return OSError(f"port {listening.port} is taken: stop what uses it, or set another")


def _pem(path: Path) -> bytes:
    content = path.read_bytes()
    if b"-----BEGIN " not in content[:PEM_BYTES_MAX]:
        raise OSError(f"{path} is no PEM file: give the certificate and the key as PEM")
    return content


assert all(int(code) in code_pb2.Code.values() for code in Code), "Code must be a part of google.rpc.Code"
