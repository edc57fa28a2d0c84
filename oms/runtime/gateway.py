"""The gateway as a whole: feed, view, appenders and servicers around one event loop. Started and stopped in one place.

Order of a start: positions are taken and readers made; the server listens (calls are answered UNAVAILABLE until the log is folded); the
health says "serving" once it is. Order of a stop: streams end with a word, calls under way finish, appends in flight get their answer.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oms.core.limits import PROPOSAL_VALID_NS
from oms.gateway.people import People, PeopleError
from oms.runtime.clock import Clock
from oms.runtime.followers import MarketFollower
from oms.runtime.gateway_admin import ControlDesk, ReferenceAdmin, control_age
from oms.runtime.gateway_api import OrderGateway
from oms.runtime.gateway_append import LoopAppenders
from oms.runtime.gateway_auth import GatewayAuth, is_loopback
from oms.runtime.gateway_commands import IN_FLIGHT_MAX, require_ready
from oms.runtime.gateway_feed import GatewayFeed, GatewayView
from oms.runtime.gateway_letters import DeadLetterDesk
from oms.runtime.gateway_meter import GatewayMeter, MeteredDesk
from oms.runtime.gateway_stream import Streams
from oms.runtime.grpc_server import LOOPBACK, GrpcServer, Listening
from oms.runtime.halt_spreader import HaltSpreader
from oms.runtime.log import Log, TopicPartition
from oms.runtime.people_file import read_people
from oms.runtime.settings import Settings, SettingsError
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
    """`port` 0: any. `guard` wraps a thread's work so that its failure ends the process. `people_file` None: there are no identities.

    `tls`: the certificate chain and its key, in PEM files. `plaintext`: what is in front of the gateway ends TLS, so that it may listen in the clear beyond this machine.
    """

    partitions: int
    port: int
    process_id: str
    audit_limit_ns: int
    guard: Callable[[Callable[[], None]], Callable[[], None]]
    in_flight_max: int = IN_FLIGHT_MAX
    people_file: Path | None = None
    host: str = LOOPBACK
    tls: tuple[Path, Path] | None = None
    plaintext: bool = False
    proposal_valid_ns: int = PROPOSAL_VALID_NS


class Gateway:
    """Made and used inside a running event loop: `await start()`, `await stop()`."""

    def __init__(self, log: Log, clock: Clock, settings: GatewaySettings) -> None:
        """OSError or PeopleError, of one line, where it must not or cannot listen: nothing is left behind then."""
        people = read_people(settings.people_file) if settings.people_file is not None else People()
        listening = Listening(settings.port, settings.host, settings.tls)
        require_safe(listening, people, settings.plaintext)
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
        self.meter = GatewayMeter(clock)
        self.meter.watch(log, self.view, self._market, self._appenders, _written(settings.partitions))
        commands = MeteredDesk(self.view, self._appenders, clock, settings.audit_limit_ns, settings.in_flight_max)
        commands.meter = self.meter
        self._control = ControlDesk(self.view, self._appenders, clock)
        self._spreader = HaltSpreader(self.view, self._appenders, clock)
        self._auth = GatewayAuth(
            self.view,
            settings.people_file,
            people,
            is_loopback(settings.host),
            self._appenders[TopicPartition(topics.ACCESS, 0)],
            clock,
            settings.process_id,
            lambda: require_ready(self.view),
        )
        self._server = GrpcServer(listening, _SERVICES, self._auth.admit, (self.meter.interceptor(),))
        registry = self._server.registry
        orders = OrderGateway(log, self.view, commands, self._streams, clock)
        gateway_pb2_grpc.add_OrderGatewayServiceServicer_to_server(orders, registry)
        reference = ReferenceAdmin(self.view, self._appenders, clock, settings.proposal_valid_ns)
        admin_pb2_grpc.add_ReferenceAdminServiceServicer_to_server(reference, registry)
        admin_pb2_grpc.add_ControlServiceServicer_to_server(self._control, registry)
        letters = DeadLetterDesk(log, self.view, commands, clock)
        admin_pb2_grpc.add_DeadLetterServiceServicer_to_server(letters, registry)
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
        self._auth.begin()
        self._tasks = [
            asyncio.create_task(self._show_ready()),
            asyncio.create_task(self._auth.watch(self._streams.wake)),
            asyncio.create_task(self._control.keep_alive(self._settings.process_id)),
            asyncio.create_task(self._spreader.run()),
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
        self._auth.write_due(everything=True)
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
            "healthy": self._reading.is_alive() and not self._auth.problem,
            "ready": self.ready,
            "port": self.port,
            "identities": self._auth.identified,
            "people_file_problem": self._auth.problem,
            "problem": "; ".join(self.view.broken.copy().values()),
            "lag": self.view.lag(),
            "control_age_ns": control_age(self.view, now_ns),
            "audit_age_ns": self.view.audit.age_ns(now_ns),
            "pid": os.getpid(),
            **self.meter.health(),
        }


def _written(partitions: int) -> list[TopicPartition]:
    keyed = [TopicPartition(topics.ORDERS, p) for p in range(partitions)]
    singles = [TopicPartition(topic, 0) for topic in (topics.REFERENCE, topics.CONTROL, topics.ACCESS)]
    return [*singles, *keyed]


def check_start(settings: Settings) -> None:
    """SettingsError, one line, where the gateway would refuse to start: before anything is connected to."""
    try:
        people = read_people(settings.people_file) if settings.people_file is not None else People()
        listening = Listening(settings.gateway_port, settings.gateway_host, settings.gateway_tls)
        require_safe(listening, people, settings.gateway_plaintext)
        if listening.tls is not None:
            listening.credentials()
    except OSError as error:
        raise SettingsError(f"{error.strerror}: {error.filename}" if error.filename else str(error)) from None
    except PeopleError as error:
        raise SettingsError(str(error)) from None


def require_safe(listening: Listening, people: People, plaintext: bool) -> None:
    """OSError, one line, where callers from elsewhere would have no name, or their tokens would cross a network in the clear."""
    if is_loopback(listening.host):
        return
    if not people.identified:
        raise OSError(
            f"OMS_GATEWAY_HOST is {listening.host}, and nobody has a token: add people to OMS_PEOPLE_FILE first "
            "(`oms people add ID --role admin --file FILE`), or listen on 127.0.0.1"
        )
    if listening.tls is None and not plaintext:
        raise OSError(
            f"OMS_GATEWAY_HOST is {listening.host}, and tokens would cross the network in the clear: set "
            "OMS_GATEWAY_TLS_CERTIFICATE and OMS_GATEWAY_TLS_KEY, or OMS_GATEWAY_PLAINTEXT=1 where TLS ends in front of it"
        )
