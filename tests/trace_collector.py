"""An OTLP/gRPC collector: keeps every span it is sent, with the service that it is of."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


@dataclass(slots=True)
class Received:
    """A span as it came over the wire. Ids in hex."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    error: str


@dataclass
class Collector(trace_service_pb2_grpc.TraceServiceServicer):  # type: ignore[misc]
    """`spans` in the order of their arrival; written by gRPC's threads."""

    endpoint: str = ""
    spans: list[Received] = field(default_factory=list)

    def Export(self, request: Any, context: Any) -> Any:
        for part in request.resource_spans:
            (service,) = [a.value.string_value for a in part.resource.attributes if a.key == "service.name"]
            for span in (span for scope in part.scope_spans for span in scope.spans):
                ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                times = span.start_time_unix_nano, span.end_time_unix_nano
                self.spans.append(Received(service, span.name, *ids, *times, span.status.message))
        return trace_service_pb2.ExportTraceServiceResponse()

    def of(self, trace_id: str) -> list[Received]:
        return [span for span in list(self.spans) if span.trace_id == trace_id]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of this machine."""
    server = grpc.server(ThreadPoolExecutor(2))
    collector = Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    collector.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collector
    finally:
        server.stop(None).wait()


def edges_received(spans: list[Received]) -> set[tuple[str, str]]:
    """(service of the parent, service of the child), as the wire has it."""
    services = {span.span_id: span.service for span in spans}
    edges = {(services[span.parent_id], span.service) for span in spans if span.parent_id in services}
    return {(parent, child) for parent, child in edges if parent != child}
