"""How a client of the gateway asks for a trace, over a real gRPC connection: by metadata, by the request, or not at all."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from gateway_service import Client, World, cancel, connected, refused, serving, submit
from gateway_world import DATE

from oms.v1 import gateway_pb2 as api

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ASKED = (("traceparent", f"00-{TRACE}-{SPAN}-01"), ("tracestate", "vendor=1"))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with serving(world) as gateway, connected(gateway) as connection:
        yield connection


def traces(world: World) -> list[str]:
    return [command.trace_id for command in world.commands()]


async def test_each_kind_of_command_takes_the_trace_of_its_call(world: World, client: Client) -> None:
    who = submit("a1").requester
    replace = api.ReplaceRequest(
        desk_id="alpha",
        trading_date=DATE,
        cl_ord_id="r1",
        orig_cl_ord_id="a1",
        order_qty=5,
        price=100_000,
        requester=who,
    )
    mass = api.MassCancelRequest(desk_id="alpha", trading_date=DATE, cl_ord_id="m1", requester=who)
    await client.orders.Submit(submit("a1"), metadata=ASKED)
    await client.orders.Replace(replace, metadata=ASKED)
    await client.orders.Cancel(cancel("c1", "a1"), metadata=ASKED)
    await client.orders.MassCancel(mass, metadata=ASKED)
    assert traces(world) == [f"{TRACE}-{SPAN}-01"] * 4


async def test_a_session_s_trace_is_that_of_all_its_commands_but_those_that_name_one(
    world: World, client: Client
) -> None:
    session = client.orders.Session(metadata=ASKED)
    commands = [
        api.SessionCommand(request_no=1, submit=submit("a1")),
        api.SessionCommand(request_no=2, submit=submit("a2", trace_id="d" * 32)),
    ]
    await session.write(api.SessionRequest(subscribe=api.SubscribeRequest(desk_id="alpha"), commands=commands))
    acks: list[Any] = []
    async with asyncio.timeout(5):
        while len(acks) < 2:
            acks += (await session.read()).acks
    session.cancel()
    assert traces(world) == [f"{TRACE}-{SPAN}-01", "d" * 32]


@pytest.mark.parametrize(
    ("metadata", "trace_id"),
    [
        ((), "[0-9a-f]{32}"),
        ((("traceparent", "rubbish"),), "[0-9a-f]{32}"),
        ((("traceparent", f"00-{TRACE}-{SPAN}-00"),), TRACE),
    ],
    ids=["none", "malformed", "unsampled"],
)
async def test_what_does_not_ask_gets_an_id_only(
    metadata: tuple[tuple[str, str], ...], trace_id: str, world: World, client: Client
) -> None:
    await client.orders.Submit(submit("a1"), metadata=metadata)
    (written,) = traces(world)
    assert re.fullmatch(trace_id, written), written


async def test_the_request_names_its_trace_or_is_refused(world: World, client: Client) -> None:
    await client.orders.Submit(submit("a1", trace_id=f"00-{TRACE}-{SPAN}-01"))
    for wrong in ("mine", "0" * 32, f"00-{TRACE}-{'0' * 16}-01"):
        code, _, fields = await refused(client.orders.Submit(submit("a2", trace_id=wrong), metadata=ASKED))
        assert code is grpc.StatusCode.INVALID_ARGUMENT and set(fields) == {"trace_id"}, wrong
    assert traces(world) == [f"{TRACE}-{SPAN}-01"]
