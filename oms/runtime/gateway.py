"""The gateway as a whole: feed, view, appenders and servicers around one event loop. Started and stopped in one place.

Order of a start: positions are taken and readers made; the server listens (calls are answered UNAVAILABLE until the log is folded); the
health says "serving" once it is. Order of a stop: streams end with a word, calls under way finish, appends in flight get their answer.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

from oms.runtime.clock import Clock
from oms.runtime.followers import MarketFollower
from oms.runtime.gateway_admin import ControlDesk, ReferenceAdmin, control_age
from oms.runtime.gateway_api import OrderGateway
from oms.runtime.gateway_append import LoopAppenders
from oms.runtime.gateway_commands import IN_FLIGHT_MAX, CommandDesk
from oms.runtime.gateway_feed import GatewayFeed, GatewayView
from oms.runtime.gateway_stream import Streams
from oms.runtime.grpc_server import GrpcServer
from oms.runtime.log import Log, TopicPartition
from oms.v1 import admin_pb2, admin_pb2_grpc, gateway_pb2, gateway_pb2_grpc
from oms.wire import topics

READY_CHECK_S = 0.05
JOIN_S = 5.0

_SERVICES = (
    *(service.full_name for service in gateway_pb2.DESCRIPTOR.services_by_name.values()),
    *(service.full_name for service in admin_pb2.DESCRIPTOR.services_by_name.values()),
)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`port` 0: any. `guard` wraps a thread's work so that its failure ends the process."""

    partitions: int
    port: int
    process_id: str
    audit_limit_ns: int
    guard: Callable[[Callable[[], None]], Callable[[], None]]
    in_flight_max: int = IN_FLIGHT_MAX


class Gateway:
    """Made and used inside a running event loop: `await start()`, `await stop()`."""

    def __init__(self, log: Log, clock: Clock, settings: GatewaySettings) -> None:
        self._settings, self._clock = settings, clock
        self._feed = GatewayFeed(log, settings.partitions)
        self.view: GatewayView = self._feed.view
        self._market = MarketFollower(log, settings.partitions, self.view.market)
        loop = asyncio.get_running_loop()
        self._reading = threading.Thread(
            target=settings.guard(lambda: self._feed.work(loop)), daemon=True, name="gateway-feed"
        )
        self._appenders = LoopAppenders(log, _written(settings.partitions), loop)
        self._streams = Streams(log, self.view)
        commands = CommandDesk(self.view, self._appenders, clock, settings.audit_limit_ns, settings.in_flight_max)
        self._control = ControlDesk(self.view, self._appenders, clock)
        self._server = GrpcServer(settings.port, _SERVICES)
        registry = self._server.registry
        orders = OrderGateway(log, self.view, commands, self._streams)
        gateway_pb2_grpc.add_OrderGatewayServiceServicer_to_server(orders, registry)
        reference = ReferenceAdmin(self.view, self._appenders, clock)
        admin_pb2_grpc.add_ReferenceAdminServiceServicer_to_server(reference, registry)
        admin_pb2_grpc.add_ControlServiceServicer_to_server(self._control, registry)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def ready(self) -> bool:
        return self.view.ready and self._market.caught_up.is_set() and self._reading.is_alive()

    async def start(self) -> None:
        self._reading.start()
        self._market.start()
        await self._server.start()
        self._tasks = [
            asyncio.create_task(self._show_ready()),
            asyncio.create_task(self._control.keep_alive(self._settings.process_id)),
        ]

    async def _show_ready(self) -> None:
        while not self.ready:
            await asyncio.sleep(READY_CHECK_S)
        await self._server.show_ready(True)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._streams.stop()
        await self._server.stop()
        self._feed.stop()
        self._market.stop()
        self._appenders.close()
        for thread in (self._reading, self._market):
            await asyncio.to_thread(thread.join, JOIN_S)

    def health(self) -> dict[str, object]:
        """For /healthz and /readyz. Called from another thread: reads single values only."""
        now_ns = self._clock.now_ns()
        return {
            "service": "order-gateway",
            "process": self._settings.process_id,
            "healthy": self._reading.is_alive(),
            "ready": self.ready,
            "port": self.port,
            "lag": self.view.lag(),
            "control_age_ns": control_age(self.view, now_ns),
            "audit_age_ns": self.view.audit.age_ns(now_ns),
        }


def _written(partitions: int) -> list[TopicPartition]:
    keyed = [TopicPartition(topics.ORDERS, p) for p in range(partitions)]
    return [TopicPartition(topics.REFERENCE, 0), TopicPartition(topics.CONTROL, 0), *keyed]
