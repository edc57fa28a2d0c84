"""Reference data, control, and the server itself, over a real gRPC connection and the in-memory log."""

import asyncio
from typing import Any

import grpc
from gateway_service import (
    ANN,
    PARTITIONS,
    Client,
    World,
    cancel,
    connected,
    eventually,
    now_ms,
    refused,
    serving,
    submit,
)
from gateway_world import (
    risk_record,
)
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from oms.core.control import ControlHeartbeat
from oms.core.risk_events import ControlApplied
from oms.runtime.gateway import Gateway
from oms.runtime.log import TopicPartition
from oms.v1 import admin_pb2, enums_pb2, reference_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import decode_intake, encode_envelope, to_message
from oms.wire.envelope import AuditProgress

# --- administration -----------------------------------------------------------------------------------------------------------


async def test_reference_is_versioned(client: Client) -> None:
    desk = reference_pb2.Entity(desk=reference_pb2.Desk(desk_id="delta", name="Delta", partition=1, enabled=True))

    def change(version: int) -> admin_pb2.ApplyReferenceRequest:
        item = admin_pb2.ReferenceItem(entity=desk, replaces_version=version)
        return admin_pb2.ApplyReferenceRequest(items=[item], reason="new desk", requester=ANN)

    first = (await client.reference.ApplyReference(change(-1))).outcomes[0]
    assert (first.kind, first.entity_id, first.applied) == ("desk", "delta", True)
    conflict = (await client.reference.ApplyReference(change(-1))).outcomes[0]
    assert (conflict.applied, conflict.version) == (False, first.version)
    assert (await client.reference.ApplyReference(change(first.version))).outcomes[0].applied
    read = await client.reference.GetReference(admin_pb2.GetReferenceRequest(kind="desk", entity_id="delta"))
    assert [entity.entity.desk.name for entity in read.entities] == ["Delta"]
    assert (await client.orders.Submit(submit("d1", desk_id="delta"))).status.partition == 1


async def test_bad_reference_is_named(client: Client) -> None:
    def entity_with(**kind: Any) -> Any:
        item = admin_pb2.ReferenceItem(entity=reference_pb2.Entity(**kind))
        return client.reference.ApplyReference(admin_pb2.ApplyReferenceRequest(items=[item], reason="r", requester=ANN))

    cash, qty, firm = enums_pb2.LIMIT_KIND_CASH, enums_pb2.LIMIT_KIND_ORDER_QTY, enums_pb2.LIMIT_SCOPE_FIRM
    cash_of_the_firm = reference_pb2.Limit(limit_id="l", kind=cash, scope=firm)
    for_ever_of_one_order = reference_pb2.Limit(limit_id="l", kind=qty, scope=firm, only_order="alpha/20250106/a1")
    nameless = reference_pb2.Limit(kind=qty, scope=firm)
    bad: list[dict[str, Any]] = [
        {},
        {"desk": reference_pb2.Desk(desk_id="a/b")},
        {"desk": reference_pb2.Desk(desk_id="x", partition=99)},
        {"instrument": reference_pb2.Instrument(instrument_id="I", price_scale=9, tick_size=1, lot_size=1)},
        {"instrument": reference_pb2.Instrument(instrument_id="I", price_scale=2, tick_size=2**62, lot_size=1)},
        {"limit": reference_pb2.Limit(limit_id="l", kind=99)},
        {"limit": reference_pb2.Limit(limit_id="l")},
        {"limit": cash_of_the_firm},
        {"limit_proposal": reference_pb2.LimitProposal(proposal_id="p", limit=cash_of_the_firm)},
        {"limit_proposal": reference_pb2.LimitProposal(proposal_id="p", limit=for_ever_of_one_order)},
        {"limit_proposal": reference_pb2.LimitProposal(proposal_id="p", limit=nameless)},
    ]
    for kind in bad:
        code, _, fields = await refused(entity_with(**kind))
        assert code is grpc.StatusCode.INVALID_ARGUMENT and fields[0].startswith("items[0]"), kind
    await client.still_serves()


async def test_a_halt_is_acknowledged_by_partitions(world: World, client: Client) -> None:
    halt = admin_pb2.HaltRequest(scope=enums_pb2.HALT_SCOPE_DESK, scope_id="alpha", reason="test", requester=ANN)
    offset = (await client.control.Halt(halt)).control_offset
    ask = admin_pb2.GetControlStatusRequest(control_offset=offset)
    await asyncio.sleep(0.05)
    status = await client.control.GetControlStatus(ask)
    assert [(h.scope_id, h.control_offset) for h in status.halts] == [("alpha", offset)]
    assert not status.acknowledged and len(status.partitions) == 2 * PARTITIONS
    for p in range(PARTITIONS):
        for topic in (topics.RISK, topics.ROUTING):
            record = risk_record(0, 1, -1, ControlApplied(offset), partition=p)
            world.append(TopicPartition(topic, p), encode_envelope(topic, record))
    await asyncio.sleep(0.05)
    assert (await client.control.GetControlStatus(ask)).acknowledged
    resume = admin_pb2.ResumeRequest(scope=enums_pb2.HALT_SCOPE_DESK, scope_id="alpha", reason="test", requester=ANN)
    await client.control.Resume(resume)
    clock = await client.control.SetClock(admin_pb2.SetClockRequest(tape_ns=5, speed_milli=0, label="paused"))
    await asyncio.sleep(0.05)
    status = await client.control.GetControlStatus(ask)
    assert (list(status.halts), status.tape_ns, status.anchor.label) == ([], 5, "paused")
    assert clock.anchor.wall_ns > 0


async def test_a_journal_that_cannot_be_read_stops_no_gateway_and_a_halt_still_goes_in(world: World) -> None:
    """Also where the record is there already when the gateway starts."""
    world.append(TopicPartition(topics.RISK, 0), b"\xff")
    async with serving(world) as gateway, connected(gateway) as client:
        world.append(TopicPartition(topics.ROUTING, 1), b"\xff")
        halt = admin_pb2.HaltRequest(
            scope=enums_pb2.HALT_SCOPE_FIRM, cancel_open=True, reason="the journal is broken", requester=ANN
        )
        assert (await client.control.Halt(halt)).control_offset >= 0
        await client.still_serves()
        await eventually(lambda: "oms.routing/1 at " in str(gateway.health()["problem"]))
        assert "oms.risk/0 at " in str(gateway.health()["problem"])
        assert gateway.health()["healthy"] and gateway.health()["ready"]


async def test_a_halt_of_what_does_not_exist_is_refused_and_a_resume_is_not(client: Client) -> None:
    named: dict[str, Any] = {
        "scope": enums_pb2.HALT_SCOPE_DESK,
        "scope_id": "alhpa",
        "reason": "test",
        "requester": ANN,
    }
    for call in (
        client.control.Halt(admin_pb2.HaltRequest(**named)),
        client.control.CancelScope(admin_pb2.CancelScopeRequest(**named)),
    ):
        code, _, fields = await refused(call)
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["scope_id"])
    await client.control.Resume(admin_pb2.ResumeRequest(**named))


async def test_the_tape_never_goes_back(gateway: Gateway, client: Client) -> None:
    await client.control.SetClock(admin_pb2.SetClockRequest(tape_ns=1_000, speed_milli=0, label="first"))
    await eventually(lambda: gateway.view.control.anchor is not None)
    second = await client.control.SetClock(admin_pb2.SetClockRequest(tape_ns=999, speed_milli=0, label="second"))
    assert (second.anchor.tape_ns, second.anchor.label) == (1_000, "second")


async def test_new_orders_are_dated_near_the_market_and_cancels_need_not_be(gateway: Gateway, client: Client) -> None:
    await client.control.SetClock(
        admin_pb2.SetClockRequest(tape_ns=1_736_175_600_000_000_000, speed_milli=0, label="2025-01-06")
    )
    await eventually(lambda: gateway.view.control.anchor is not None)
    await client.orders.Submit(submit("near", trading_date=20250113))
    for bad in (20250114, 99991231, 20241230 - 1, 20250199):
        code, _, fields = await refused(client.orders.Submit(submit("far", trading_date=bad)))
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["trading_date"]), bad
    far = cancel("c", "far")
    far.trading_date = 99991231
    await client.orders.Cancel(far)


async def test_control_is_never_silent(world: World, client: Client) -> None:
    tp = TopicPartition(topics.CONTROL, 0)
    before = world.log.ends([tp])[tp]
    world.log.now_ms = now_ms() + 1_600
    await asyncio.sleep(1.6)
    written = world.log.partitions[tp].records[before:]
    assert len(written) == 1  # it is as new as the broker's clock says it is
    assert isinstance(decode_intake(topics.CONTROL, written[0].value), ControlHeartbeat)


async def test_reflection_and_health(client: Client) -> None:
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    async for answer in stub.ServerReflectionInfo(iter([request])):
        names = {service.name for service in answer.list_services_response.service}
        assert {"oms.v1.OrderGatewayService", "oms.v1.ControlService", "grpc.health.v1.Health"} <= names
        break
    await client.still_serves()


async def test_a_stop_ends_streams_with_a_word(gateway: Gateway, client: Client) -> None:
    stream = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha"))
    await stream.read()
    stopping = asyncio.ensure_future(gateway.stop())
    code, text, _ = await refused(stream.read())
    assert code is grpc.StatusCode.UNAVAILABLE and "resume with the token" in text
    await stopping


def test_values_of_the_contract_have_messages() -> None:
    assert to_message(AuditProgress("t", 0, 1, b"", 2)).DESCRIPTOR.name == "AuditProgress"
