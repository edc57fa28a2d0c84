"""What the gateway counts, by a real gateway over a log in memory: calls and their ends, commands, streams, and the first fill."""

import asyncio

import grpc
from gateway_service import (
    IN_FLIGHT_MAX,
    ORDERS,
    PARTITIONS,
    World,
    cancel,
    connected,
    eventually,
    refused,
    serving,
    submit,
)
from gateway_world import DATE, accepted, new_order, opened, traded
from telemetry_pages import Samples, check_page, value

from oms.runtime.gateway import Gateway
from oms.runtime.telemetry import OTHER, Bounds, Telemetry
from oms.v1 import gateway_pb2 as api


def page(gateway: Gateway) -> Samples:
    telemetry = Telemetry("order-gateway", PARTITIONS, gateway.meter.measures, gateway.health)
    return check_page(telemetry.page("")[1].decode(), "order-gateway", Bounds(PARTITIONS, frozenset()))


async def test_calls_and_commands_are_counted_by_how_they_ended() -> None:
    async with serving(World()) as gateway, connected(gateway) as client:
        for cl_ord_id in ("a", "b", "a"):
            done = await client.orders.Submit(submit(cl_ord_id))
            read_back = done.status.offset
            await eventually(lambda: gateway.view.partitions[0].received.position > read_back)  # noqa: B023
        await client.orders.Cancel(cancel("c", "a"))
        assert (await refused(client.orders.Submit(submit("d", order_qty=-1))))[0] is grpc.StatusCode.INVALID_ARGUMENT
        missing = api.GetOrderRequest(desk_id="alpha", trading_date=DATE, cl_ord_id="none")
        assert (await refused(client.orders.GetOrder(missing)))[0] is grpc.StatusCode.NOT_FOUND
        samples = page(gateway)
        submits = "OrderGatewayService/Submit"
        assert value(samples, "oms_rpc_total", method=submits, code="OK") == 3
        assert value(samples, "oms_rpc_total", method=submits, code="INVALID_ARGUMENT") == 1
        assert value(samples, "oms_rpc_total", method="OrderGatewayService/GetOrder", code="NOT_FOUND") == 1
        assert value(samples, "oms_rpc_seconds_count", method=submits) == 4
        assert value(samples, "oms_commands_total", kind="new", reason="ACCEPTED") == 3
        assert value(samples, "oms_commands_total", kind="new", reason="INVALID_FIELD") == 1
        assert value(samples, "oms_commands_total", kind="cancel", reason="ACCEPTED") == 1
        assert value(samples, "oms_duplicates_total", kind="command") == 1
        assert value(samples, "oms_records_written_total", topic="oms.orders") == 3
        assert value(samples, "oms_append_seconds_count", topic="oms.orders") == 3
        assert value(samples, "oms_order_path_seconds_count", until="written") == 2
        assert value(samples, "oms_in_flight_records", topic="oms.orders") == 0 == value(samples, "oms_rpc_open")


async def test_a_method_that_a_stranger_makes_up_leaves_no_name_behind() -> None:
    async with serving(World()) as gateway, connected(gateway) as client:
        for number in range(20):
            call = client.channel.unary_unary(f"/oms.v1.OrderGatewayService/Method{number}")
            assert (await refused(call(b"")))[0] is grpc.StatusCode.UNIMPLEMENTED
        samples = page(gateway)
        assert value(samples, "oms_rpc_total", method=OTHER, code="UNIMPLEMENTED") == 20
        assert set(gateway.meter.calls) == {(OTHER, "UNIMPLEMENTED")} and set(gateway.meter.open) == {OTHER}


async def test_an_open_stream_is_seen_and_its_end_too() -> None:
    async with serving(World()) as gateway, connected(gateway) as client:
        stream = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha"))
        await stream.read()
        assert value(page(gateway), "oms_rpc_open", method="OrderGatewayService/Subscribe") == 1
        stream.cancel()
        await eventually(lambda: gateway.meter.open["OrderGatewayService/Subscribe"] == 0)
        assert value(page(gateway), "oms_rpc_total", method="OrderGatewayService/Subscribe", code="CANCELLED") == 1


async def test_the_first_fill_of_a_new_order_ends_its_path() -> None:
    world = World()
    world.life("yesterday")  # filled before the gateway was there: nobody knows when it heard of it
    async with serving(world) as gateway, connected(gateway) as client:
        assert value(page(gateway), "oms_order_path_seconds_count", until="filled") == 0
        done = await client.orders.Submit(submit("a1"))
        (order,) = world.commands()
        assert order.cl_ord_id == new_order("a1").cl_ord_id
        world.risk(done.status.offset, accepted(order))
        world.routing(opened(order))
        world.routing(traded(order, 60, 60, "x1"))
        world.routing(traded(order, 40, 100, "x2"))
        await eventually(lambda: value(page(gateway), "oms_order_path_seconds_count", until="filled") == 1)
        await asyncio.sleep(0.05)
        samples = page(gateway)
        assert value(samples, "oms_order_path_seconds_count", until="filled") == 1
        assert 0 < value(samples, "oms_order_path_seconds_sum", until="filled") < 5
        assert value(samples, "oms_records_read_total", topic="oms.routing", partition="0") >= 3
        assert gateway.health()["fill_ms"] != {"p50": None, "p99": None}
        gateway.meter.look()
        assert value(page(gateway), "oms_input_lag_records") == 0


async def test_a_numbered_refusal_has_its_reason() -> None:
    """Appends that the broker does not answer fill the gateway up to its limit."""
    world = World()
    async with serving(world) as gateway, connected(gateway) as client:
        world.log.hold_acks(ORDERS)
        calls = [asyncio.ensure_future(client.orders.Submit(submit(f"a{n}"))) for n in range(IN_FLIGHT_MAX)]
        await eventually(lambda: value(page(gateway), "oms_in_flight_records", topic="oms.orders") == IN_FLIGHT_MAX)
        assert (await refused(client.orders.Submit(submit("b"))))[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
        samples = page(gateway)
        assert value(samples, "oms_commands_total", kind="new", reason="BACK_PRESSURE") == 1
        assert value(samples, "oms_rpc_open", method="OrderGatewayService/Submit") == IN_FLIGHT_MAX
        world.log.release_acks(ORDERS)
        await asyncio.gather(*calls)
        samples = page(gateway)
        assert value(samples, "oms_rpc_open") == 0 == value(samples, "oms_in_flight_records", topic="oms.orders")
