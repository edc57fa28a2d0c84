"""Spans out of the process: OTLP over gRPC, or lines on the console. The only file that imports opentelemetry.

Our spans are built after the fact, with ids of their own, so the SDK's tracer is not used: finished spans go straight to its exporters.
The environment is OpenTelemetry's own: `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) turns the export on, `…_HEADERS`,
`…_TIMEOUT`, `…_CERTIFICATE` and `OTEL_RESOURCE_ATTRIBUTES` are read by the SDK; `OTEL_SDK_DISABLED` and `OTEL_TRACES_EXPORTER=none`
turn it off. `service.name` is each span's own service and not this process's.

Does not know which spans are worth sending (`oms.wire.trace_buffer`), and does not decide when.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Protocol

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from oms.wire.trace import Kind, Span

EXPORT_SPANS_MAX = 512
"""In one request: some 300 kB, far below the 4 MB that a gRPC server takes."""

EXPORT_TIMEOUT_S = 5.0
"""A collector that does not answer costs this much of the exporting thread, and of nothing else, per request."""

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")

_KINDS = {
    Kind.INTERNAL: SpanKind.INTERNAL,
    Kind.SERVER: SpanKind.SERVER,
    Kind.CLIENT: SpanKind.CLIENT,
    Kind.CONSUMER: SpanKind.CONSUMER,
}
_SCOPE = InstrumentationScope("oms.audit")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class SpanSink(Protocol):
    def send(self, spans: Sequence[Span]) -> int:
        """Hand on finished spans; how many were taken. Blocks; never raises."""
        ...

    def close(self) -> None: ...


class OtelSink:
    """Gives spans to exporters of the SDK. A span counts as taken when the first of them took it."""

    def __init__(self, exporters: Sequence[SpanExporter]) -> None:
        self._exporters = tuple(exporters)

    def send(self, spans: Sequence[Span]) -> int:
        taken = 0
        for part in _parts(spans):
            readable = [to_readable(span) for span in part]
            results = [exporter.export(readable) for exporter in self._exporters]
            taken += len(part) if results[0] is SpanExportResult.SUCCESS else 0
        return taken

    def close(self) -> None:
        for exporter in self._exporters:
            exporter.shutdown()


def sink_of(environment: Mapping[str, str], console: bool) -> SpanSink | None:
    """What the environment asks for; None where nobody wants spans."""
    exporters: list[SpanExporter] = []
    off = (
        environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none"
    )
    if not off and any(environment.get(key) for key in _ENDPOINTS):
        told = any(environment.get(key) for key in _TIMEOUTS)
        exporters.append(OTLPSpanExporter(timeout=None if told else EXPORT_TIMEOUT_S))
    if console:
        exporters.append(ConsoleSpanExporter(out=sys.stdout, formatter=lambda span: span.to_json(indent=None) + "\n"))
    return OtelSink(exporters) if exporters else None


def to_readable(span: Span) -> ReadableSpan:
    """The SDK's finished span."""
    context = _context(span.trace_id, span.span_id)
    return ReadableSpan(
        name=f"{span.service} {span.name}",
        context=context,
        parent=_context(span.trace_id, span.parent_id) if span.parent_id else None,
        resource=_resource(span.service),
        attributes=dict(span.attributes),
        events=[Event(name, timestamp=at_ns) for name, at_ns in span.events],
        links=[Link(_context(*link)) for link in span.links],
        kind=_KINDS[span.kind],
        status=Status(StatusCode.ERROR, span.error) if span.error else Status(StatusCode.UNSET),
        start_time=span.start_ns,
        end_time=span.end_ns,
        instrumentation_scope=_SCOPE,
    )


@cache
def _resource(service: str) -> Resource:
    return Resource.create({"service.name": service, "service.namespace": "oms"})


def _context(trace_id: str, span_id: str) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=_SAMPLED)


def _parts(spans: Sequence[Span]) -> Iterator[Sequence[Span]]:
    for start in range(0, len(spans), EXPORT_SPANS_MAX):
        yield spans[start : start + EXPORT_SPANS_MAX]
