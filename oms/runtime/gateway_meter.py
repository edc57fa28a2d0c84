"""What the order gateway counts: calls, commands, and how long a new order takes to be written and first filled, as the desk sees it.

All of it is written in the event loop's thread and read by any. Calls are counted by an interceptor that stands before every other, so
that what the others refuse is counted too; commands at the desk where they are taken or refused, for a stream carries many of them.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message
from google.rpc import code_pb2

from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
    order_id_of,
)
from oms.core.routing_events import ParentTraded
from oms.gateway.blotter import Blotter
from oms.gateway.merge import Entry
from oms.gateway.refusal import Code, Refused
from oms.runtime.clock import Clock
from oms.runtime.followers import MarketFollower
from oms.runtime.gateway_append import LoopAppenders
from oms.runtime.gateway_commands import Begun, CommandDesk
from oms.runtime.gateway_feed import GatewayView
from oms.runtime.histogram import Histogram, Recent
from oms.runtime.lag_watch import Cursor, LagWatch
from oms.runtime.log import Log, TopicPartition
from oms.runtime.stage_meter import ACCEPTED, NO_REASON, Measure
from oms.runtime.telemetry import METHODS, OTHER
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.envelope import Envelope

_LOGGER = logging.getLogger(__name__)

_PREFIX = "/oms.v1."
_KINDS = {
    api.SubmitRequest: "new",
    api.CancelRequest: "cancel",
    api.ReplaceRequest: "replace",
    api.MassCancelRequest: "mass_cancel",
    api.SubmitListRequest: "new_list",
    api.CancelListRequest: "cancel_list",
}
_KINDS_OF_COMMAND: dict[type[Command], str] = {
    NewOrder: "new",
    CancelOrder: "cancel",
    ReplaceOrder: "replace",
    MassCancelOrders: "mass_cancel",
    NewOrderList: "new_list",
    CancelOrderList: "cancel_list",
}


class GatewayMeter:
    """Counts; `measures` gives the values of the gateway's metrics. `watch` comes before `look`, `health` and `measures`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.calls: dict[tuple[str, str], int] = {}
        self.seconds: dict[str, Histogram] = {}
        self.open: dict[str, int] = {}
        self.commands: dict[tuple[str, str], int] = {}
        self.repeats = 0
        self.appends: dict[int, Histogram] = {}
        self.written: dict[int, Histogram] = {}
        self.filled: dict[int, Histogram] = {}
        self._recent = Recent(lambda: list(self.appends.copy().values()))
        self._recent_fills = Recent(lambda: list(self.filled.copy().values()))

    def watch(
        self,
        log: Log,
        view: GatewayView,
        market: MarketFollower,
        appenders: LoopAppenders,
        written: Sequence[TopicPartition],
    ) -> None:
        """What it looks at beside its own counts, once that is there."""
        self._view, self._market, self._appenders, self._written = view, market, appenders, tuple(written)
        self._began, self._began_ns = view.positions(), self._clock.now_ns()
        self._lag = LagWatch(log, self._cursors, self._clock)
        for number, partition in enumerate(view.partitions):
            self.filled[number] = Histogram()
            partition.on_entry = self._on_entry(number)

    def look(self) -> None:
        self._lag.look()
        now_ns = self._clock.now_ns()
        self._recent.look(now_ns)
        self._recent_fills.look(now_ns)

    def health(self) -> dict[str, object]:
        """`latency_ms`: of the last minute, from a command's arrival until it was written; `fill_ms`: until the first fill came back."""
        lags = self._lag.lags().values()
        return {
            "latency_ms": self._recent.latency_ms(),
            "fill_ms": self._recent_fills.latency_ms(),
            "lag_records": sum(lag.records for lag in lags) if lags else None,
            "lag_seconds": round(max(lag.seconds for lag in lags), 3) if lags else None,
        }

    def interceptor(self) -> "CallMeter":
        return CallMeter(self)

    def begun(self, kind: str, begun: Begun) -> None:
        """A command was taken; its answer may come in the same moment."""
        self._count(kind, ACCEPTED)
        if begun.appended is None:
            self.repeats += 1
            return
        entered_ns = begun.command.entered_ns
        histograms = [self.appends.setdefault(begun.partition, Histogram())]
        if isinstance(begun.command, NewOrder):
            histograms.append(self.written.setdefault(begun.partition, Histogram()))

        def answered(future: "asyncio.Future[Any]") -> None:
            if future.cancelled():
                return
            if (error := future.exception()) is not None:
                place = {"topic": topics.ORDERS, "partition": begun.partition, "order_id": _order_of(begun.command)}
                _LOGGER.warning("it is not known whether a command was written: %s", error, extra=place)
                return
            for histogram in histograms:
                histogram.observe(self._clock.now_ns() - entered_ns)

        begun.appended.add_done_callback(answered)

    def refused(self, kind: str, refused: Refused) -> None:
        if refused.reason is not None:
            reason = refused.reason.name
        else:
            reason = "INVALID_FIELD" if refused.code is Code.INVALID_ARGUMENT else NO_REASON
        self._count(kind, reason)

    def call_began(self, method: str) -> None:
        self.open[method] = self.open.get(method, 0) + 1

    def call_ended(self, method: str, code: str) -> None:
        self.open[method] -= 1
        self.calls[method, code] = self.calls.get((method, code), 0) + 1

    def measures(self) -> Iterator[Measure]:
        for (method, code), count in self.calls.copy().items():
            yield Measure("oms_rpc_total", (method, code), count)
        for method, histogram in self.seconds.copy().items():
            yield Measure("oms_rpc_seconds", (method,), histogram)
        for method, count in self.open.copy().items():
            yield Measure("oms_rpc_open", (method,), count)
        for (kind, reason), count in self.commands.copy().items():
            yield Measure("oms_commands_total", (kind, reason), count)
        yield Measure("oms_duplicates_total", ("command",), self.repeats)
        yield Measure("oms_duplicates_total", ("market_record",), self._market.outdated)
        for number, histogram in self.appends.copy().items():
            yield Measure("oms_append_seconds", (topics.ORDERS, str(number)), histogram)
        for number, histogram in self.written.copy().items():
            yield Measure("oms_order_path_seconds", (str(number), "written"), histogram)
        for number, histogram in self.filled.copy().items():
            yield Measure("oms_order_path_seconds", (str(number), "filled"), histogram)
        yield from self._records()
        if (age_ns := self._view.audit.age_ns(self._clock.now_ns())) is not None:
            yield Measure("oms_audit_age_seconds", (), age_ns / 1e9)

    def _records(self) -> Iterator[Measure]:
        for tp in self._written:
            appender = self._appenders[tp]
            yield Measure("oms_records_written_total", (tp.topic, str(tp.partition)), appender.appended)
            yield Measure("oms_in_flight_records", (tp.topic, str(tp.partition)), appender.in_flight)
        read = {tp: offset - self._began[tp] for tp, offset in self._view.positions().items()}
        for tp, count in {**read, **self._market.read.copy()}.items():
            yield Measure("oms_records_read_total", (tp.topic, str(tp.partition)), count)
        for tp, lag in self._lag.lags().items():
            yield Measure("oms_input_lag_records", (tp.topic, str(tp.partition)), lag.records)
            yield Measure("oms_input_lag_seconds", (tp.topic, str(tp.partition)), lag.seconds)

    def _cursors(self) -> Mapping[TopicPartition, Cursor]:
        read = self._view.positions() | self._market.positions.copy()
        return {tp: Cursor(offset) for tp, offset in read.items()}

    def _count(self, kind: str, reason: str) -> None:
        self.commands[kind, reason] = self.commands.get((kind, reason), 0) + 1

    def _on_entry(self, number: int) -> Callable[[Entry, Blotter], None]:
        histogram = self.filled[number]

        def on_entry(entry: Entry, blotter: Blotter) -> None:
            """First fills of orders that came in since we started: the log also brings those of yesterday."""
            if entry.topic != topics.ROUTING or not isinstance(entry.content, Envelope):
                return
            for event in entry.content.events:
                if isinstance(event, ParentTraded) and event.cum_qty == event.last_qty:
                    order = blotter.orders.get(event.order_id)
                    if order is not None and order.terms.entered_ns >= self._began_ns:
                        histogram.observe(self._clock.now_ns() - order.terms.entered_ns)

        return on_entry


class MeteredDesk(CommandDesk):
    """A command desk that counts what it takes and what it refuses."""

    meter: GatewayMeter

    def begin(self, request: Message, *more: Any, **named: Any) -> Begun:
        """As `CommandDesk.begin`."""
        kind = _KINDS[type(request)]
        try:
            begun = super().begin(request, *more, **named)
        except Refused as refused:
            self.meter.refused(kind, refused)
            raise
        self.meter.begun(kind, begun)
        return begun

    def begin_again(self, command: Command, partition: int) -> Begun:
        """As `CommandDesk.begin_again`."""
        kind = _KINDS_OF_COMMAND[type(command)]
        try:
            begun = super().begin_again(command, partition)
        except Refused as refused:
            self.meter.refused(kind, refused)
            raise
        self.meter.begun(kind, begun)
        return begun


class CallMeter(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]
    """The first interceptor: sees every call, and how it ended."""

    def __init__(self, meter: GatewayMeter) -> None:
        self._meter = meter

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any) -> Any:
        method = handler_call_details.method.removeprefix(_PREFIX)
        handler = await continuation(handler_call_details)
        if handler is None:
            self._meter.call_began(OTHER)  # a stranger chooses this name: it is not kept
            self._meter.call_ended(OTHER, "UNIMPLEMENTED")
        if handler is None or method not in METHODS:
            return handler
        kept = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(self._stream(method, handler.stream_stream), **kept)
        if handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(self._stream(method, handler.unary_stream), **kept)
        return grpc.unary_unary_rpc_method_handler(self._unary(method, handler.unary_unary), **kept)

    def _unary(self, method: str, behaviour: Callable[[Any, Any], Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        histogram = self._meter.seconds.setdefault(method, Histogram())

        async def call(request: Any, context: Any) -> Any:
            began_ns = time.monotonic_ns()
            self._meter.call_began(method)
            code = "UNKNOWN"
            try:
                answer = await behaviour(request, context)
                code = _code_of(context)
                return answer
            except BaseException as error:
                code = _code_after(error, context)
                raise
            finally:
                self._meter.call_ended(method, code)
                histogram.observe(time.monotonic_ns() - began_ns)

        return call

    def _stream(self, method: str, behaviour: Callable[[Any, Any], AsyncGenerator[Any]]) -> Callable[..., Any]:
        async def call(request: Any, context: Any) -> AsyncIterator[Any]:
            self._meter.call_began(method)
            code = "UNKNOWN"
            try:
                async with aclosing(behaviour(request, context)) as responses:
                    async for response in responses:
                        yield response
                code = _code_of(context)
            except BaseException as error:
                code = _code_after(error, context)
                raise
            finally:
                self._meter.call_ended(method, code)

        return call


def _order_of(command: Command) -> str:
    """The order that a command is about; empty for one about many."""
    match command:
        case NewOrder():
            return order_id_of(command.desk_id, command.trading_date, command.cl_ord_id)
        case CancelOrder() | ReplaceOrder():
            return order_id_of(command.desk_id, command.orig_trading_date, command.orig_cl_ord_id)
        case MassCancelOrders() | NewOrderList() | CancelOrderList():
            return ""


def _code_of(context: Any) -> str:
    """What the handler left in the context; nothing means OK."""
    code = context.code()
    number = code.value[0] if isinstance(code, grpc.StatusCode) else int(code or 0)
    return str(code_pb2.Code.Name(number))


def _code_after(error: BaseException, context: Any) -> str:
    match error:
        case asyncio.CancelledError() | GeneratorExit():
            return "CANCELLED"
        case _:
            code = _code_of(context)
            return (
                "UNKNOWN" if code == "OK" else code
            )  # what gRPC answers for an exception that nobody turned into a status
