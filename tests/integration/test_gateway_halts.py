"""Halts with an action, of clients and counterparties, and liquidations, over a real gRPC connection and the in-memory log."""

from typing import Any

import grpc
import pytest
from gateway_service import ANN, Client, World, eventually, refused
from gateway_world import risk_record

from oms.core.control import LIQUIDATED, Halt, Liquidate
from oms.core.enums import HaltAction, HaltScope
from oms.core.liquidation_events import LiquidatedHolding, LiquidationDone, LiquidationStarted, LiquidationStep
from oms.core.reasons import Reason
from oms.gateway.liquidations import LIQUIDATIONS_KEPT, Liquidations
from oms.runtime.gateway import Gateway
from oms.runtime.log import TopicPartition
from oms.v1 import admin_pb2, enums_pb2, reference_pb2
from oms.wire import topics
from oms.wire.codec import decode_intake, encode_envelope


def halt(scope: int, scope_id: str, **more: Any) -> Any:
    return admin_pb2.HaltRequest(scope=scope, scope_id=scope_id, reason="test", requester=ANN, **more)  # type: ignore[arg-type]


def liquidate(scope: int, scope_id: str = "") -> Any:
    return admin_pb2.LiquidateRequest(scope=scope, scope_id=scope_id, reason="a loss", requester=ANN)  # type: ignore[arg-type]


def written(world: World, offset: int) -> object:
    record = world.log.known(TopicPartition(topics.CONTROL, 0)).records[offset]
    return decode_intake(topics.CONTROL, record.value)


async def test_a_halt_says_what_it_lets_through(world: World, gateway: Gateway, client: Client) -> None:
    soft = halt(HaltScope.DESK, "alpha", action=enums_pb2.HALT_ACTION_REDUCE_ONLY)
    offset = (await client.control.Halt(soft)).control_offset
    record = written(world, offset)
    assert isinstance(record, Halt) and record.action is HaltAction.REDUCE_ONLY
    await eventually(lambda: gateway.view.control.position > offset)
    status = await client.control.GetControlStatus(admin_pb2.GetControlStatusRequest())
    assert [h.action for h in status.halts] == [enums_pb2.HALT_ACTION_REDUCE_ONLY]
    offset = (await client.control.Halt(halt(HaltScope.DESK, "alpha"))).control_offset
    record = written(world, offset)
    assert isinstance(record, Halt) and record.action is HaltAction.BLOCK_NEW, "unsaid: nothing new passes"


@pytest.mark.parametrize(("scope", "kind"), [(HaltScope.CLIENT, "client"), (HaltScope.COUNTERPARTY, "counterparty")])
async def test_clients_and_counterparties_are_halted_by_their_names(
    client: Client, scope: HaltScope, kind: str
) -> None:
    code, _, fields = await refused(client.control.Halt(halt(scope, "somebody")))
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["scope_id"])
    known = (
        reference_pb2.Entity(client=reference_pb2.Client(client_id="somebody", name="S", enabled=True))
        if scope is HaltScope.CLIENT
        else reference_pb2.Entity(
            counterparty=reference_pb2.Counterparty(
                counterparty_id="somebody", name="S", kind=enums_pb2.COUNTERPARTY_KIND_BROKER, enabled=False
            )
        )
    )
    item = admin_pb2.ReferenceItem(entity=known, replaces_version=-1)
    request = admin_pb2.ApplyReferenceRequest(items=[item], reason="r", requester=ANN)
    assert (await client.reference.ApplyReference(request)).outcomes[0].applied
    assert (await client.control.Halt(halt(scope, "somebody"))).control_offset >= 0


@pytest.mark.parametrize("scope", HaltScope)
async def test_what_holds_no_positions_is_not_liquidated(client: Client, scope: HaltScope) -> None:
    scope_id = "not-empty" if scope is HaltScope.FIRM else "nobody"
    code, _, fields = await refused(client.control.Liquidate(liquidate(scope, scope_id)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert fields == (["scope_id"] if scope in LIQUIDATED else ["scope"])


async def test_a_liquidation_is_shown_until_it_is_over(world: World, gateway: Gateway, client: Client) -> None:
    offset = (await client.control.Liquidate(liquidate(HaltScope.DESK, "alpha"))).control_offset
    record = written(world, offset)
    assert isinstance(record, Liquidate) and record.reason == "a loss"
    begun = LiquidationStarted(offset, HaltScope.DESK, "alpha", "a loss", "ann", 2)
    refused_sale = LiquidatedHolding("alpha-1", "ACME", 50, "alpha/20250106/LIQ0-1", Reason.MARKET_PRICE_STALE, 9, 3)
    sale = LiquidatedHolding("alpha-1", "BOLT", -7, "alpha/20250106/LIQ0-2", None, 9, -1)
    step = LiquidationStep(offset, (refused_sale, sale), 2)
    risk = TopicPartition(topics.RISK, 0)
    world.append(risk, encode_envelope(topics.RISK, risk_record(0, 1, -1, begun, step)))

    async def shown(about: int = -1) -> list[Any]:
        request = admin_pb2.GetControlStatusRequest(control_offset=about)
        return list((await client.control.GetControlStatus(request)).liquidations)

    await eventually(lambda: bool(gateway.view.partitions[0].liquidations.shown(-1)))
    (one,) = await shown()
    assert (one.scope_id, one.entered_by, one.holdings, one.orders, one.refused, one.remaining) == (
        "alpha",
        "ann",
        2,
        2,
        1,
        2,
    )
    assert [(t.instrument_id, t.position_qty, t.HasField("reason")) for t in one.tried] == [
        ("ACME", 50, True),
        ("BOLT", -7, False),
    ]
    flat = tuple(LiquidatedHolding("alpha-1", i, 0, "", None, 0, -1) for i in ("ACME", "BOLT"))
    over = LiquidationStep(offset, flat, 0), LiquidationDone(offset, 0, False)
    world.append(risk, encode_envelope(topics.RISK, risk_record(0, 2, -1, *over)))
    await eventually(lambda: not gateway.view.partitions[0].liquidations.shown(-1))
    assert not await shown()
    (asked,) = await shown(offset)
    assert (asked.finished, asked.lifted, asked.remaining, list(asked.tried)) == (True, False, 0, [])


def test_the_oldest_liquidation_is_forgotten() -> None:
    kept = Liquidations()
    for offset in range(LIQUIDATIONS_KEPT + 1):
        kept.take(LiquidationStarted(offset, HaltScope.FIRM, "", "r", "w", 1))
    assert [one.started.control_offset for one in kept.shown(-1)] == list(range(1, LIQUIDATIONS_KEPT + 1))
