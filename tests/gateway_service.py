"""A gateway over the in-memory log, its client, and hands that write what risk, the router and the audit would write."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
import pytest
from gateway_world import (
    DATE,
    SOMEONE,
    accepted,
    new_order,
    opened,
    risk_record,
    routing_record,
    traded,
)
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from oms.core.control import ControlHeartbeat
from oms.core.reference import Account, Desk, Instrument, OpeningPosition, ReferenceChange
from oms.core.stage import Event
from oms.runtime.clock import SystemClock
from oms.runtime.gateway import Gateway, GatewaySettings
from oms.runtime.log import TopicPartition
from oms.testing.sim_log import SimLog
from oms.v1 import admin_pb2_grpc, enums_pb2
from oms.v1 import gateway_pb2 as api
from oms.v1 import gateway_pb2_grpc as api_grpc
from oms.wire import topics
from oms.wire.codec import decode_intake, encode_claim, encode_envelope, encode_intake
from oms.wire.envelope import AuditProgress, Claim

PARTITIONS = 2
IN_FLIGHT_MAX = 5
ANN = api.Requester(entered_by="ann")
ORDERS, RISK, ROUTING = (TopicPartition(topic, 0) for topic in (topics.ORDERS, topics.RISK, topics.ROUTING))


class World:
    """A log with reference data and a live audit, and hands that write what other services would."""

    def __init__(self) -> None:
        self.log = SimLog({topic.name: topic.partitions(PARTITIONS) for topic in topics.TOPICS}, now_ms=now_ms())
        self._appenders: dict[TopicPartition, Any] = {}
        opening = (OpeningPosition("IBM", 1000),)
        for entity in (
            Desk("alpha", "Alpha", 0, True),
            Desk("beta", "Beta", 0, True),
            Desk("gamma", "Gamma", 1, True),
            Account("acc-alpha", "alpha", "USD", opening, True),
            Instrument("IBM", "IBM", "USD", 4, 0, 100, 1, "us", True),
        ):
            self.put(topics.REFERENCE, ReferenceChange(entity, -1, 0, "", SOMEONE))
        self.put(topics.CONTROL, ControlHeartbeat("test", 0))
        self.audit()
        for p in range(PARTITIONS):
            for topic in (topics.RISK, topics.ROUTING):
                self.append(TopicPartition(topic, p), encode_claim(Claim("owner", 1)))

    def append(self, tp: TopicPartition, value: bytes) -> int:
        appender = self._appenders.setdefault(tp, self.log.appender(tp))
        appender.append(b"", value)
        return int(appender.poll(0)[0].offset)

    def put(self, topic: str, value: object) -> int:
        return self.append(TopicPartition(topic, 0), encode_intake(topic, value))

    def audit(self) -> None:
        for topic in topics.TOPICS:
            for p in range(topic.partitions(PARTITIONS) if topic.audited else 0):
                self.put(topics.AUDIT_PROGRESS, AuditProgress(topic.name, p, 0, b"", time.time_ns()))

    def risk(self, command_offset: int, *events: Event) -> int:
        run_seq = self.log.ends([RISK])[RISK]
        return self.append(RISK, encode_envelope(topics.RISK, risk_record(0, run_seq, command_offset, *events)))

    def routing(self, *events: Event) -> int:
        run_seq, below = self.log.ends([ROUTING])[ROUTING], self.log.ends([RISK])[RISK]
        return self.append(ROUTING, encode_envelope(topics.ROUTING, routing_record(0, run_seq, below, *events)))

    def commands(self, partition: int = 0) -> list[Any]:
        records = self.log.partitions[TopicPartition(topics.ORDERS, partition)].records
        return [decode_intake(topics.ORDERS, record.value) for record in records]

    def life(self, cl_ord_id: str, desk_id: str = "alpha") -> None:
        """An order from decision to its last fill, without its command."""
        order = new_order(cl_ord_id, desk_id)
        self.risk(-1, accepted(order))
        self.routing(opened(order))
        self.routing(traded(order, 60, 60, "x1"))
        self.routing(traded(order, 40, 100, "x2"))


class Client:
    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.orders: Any = api_grpc.OrderGatewayServiceStub(channel)
        self.reference: Any = admin_pb2_grpc.ReferenceAdminServiceStub(channel)
        self.control: Any = admin_pb2_grpc.ControlServiceStub(channel)
        self.letters: Any = admin_pb2_grpc.DeadLetterServiceStub(channel)
        self.health: Any = health_pb2_grpc.HealthStub(channel)

    async def still_serves(self) -> None:
        """The server is well: it says so, and takes an order."""
        answer = await self.health.Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        done = await self.orders.Submit(submit(f"well-{time.monotonic_ns()}"))
        assert done.status.state == api.COMMAND_STATE_RECEIVED


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def submit(cl_ord_id: str, /, **changes: Any) -> api.SubmitRequest:
    fields: dict[str, Any] = {
        "desk_id": "alpha",
        "trading_date": DATE,
        "cl_ord_id": cl_ord_id,
        "account_id": "acc-alpha",
        "instrument_id": "IBM",
        "side": enums_pb2.SIDE_BUY,
        "ord_type": enums_pb2.ORD_TYPE_LIMIT,
        "time_in_force": enums_pb2.TIME_IN_FORCE_DAY,
        "order_qty": 100,
        "price": 5000,
        "algorithm": enums_pb2.ALGORITHM_BEST_PRICE,
        "requester": ANN,
    }
    return api.SubmitRequest(**(fields | changes))


def cancel(cl_ord_id: str, orig: str) -> api.CancelRequest:
    return api.CancelRequest(
        desk_id="alpha", trading_date=DATE, cl_ord_id=cl_ord_id, orig_cl_ord_id=orig, requester=ANN
    )


async def refused(call: Any) -> tuple[grpc.StatusCode, str, list[str]]:
    """(code, text, fields named) of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error = caught.value
    fields: list[str] = []
    status = rpc_status.from_call(error) if error.trailing_metadata() else None
    for detail in status.details if status else ():
        if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            fields += [violation.field for violation in bad.field_violations]
    return error.code(), error.details() or "", fields


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def serving(world: World, **changes: Any) -> AsyncIterator[Gateway]:
    """A gateway that has read everything; no thread of it may have failed at the end. `changes`: of its settings."""
    failures: list[BaseException] = []

    def guard(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)

        return run

    settings = GatewaySettings(PARTITIONS, 0, "test", 5_000_000_000, guard, IN_FLIGHT_MAX)
    running = Gateway(world.log, SystemClock(), replace(settings, **changes))
    await running.start()
    await eventually(lambda: running.ready)
    yield running
    await running.stop()
    assert failures == []


@asynccontextmanager
async def connected(gateway: Gateway) -> AsyncIterator[Client]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port}") as channel:
        await asyncio.sleep(0.06)  # the health is shown within one check
        yield Client(channel)
