"""A gateway over the log in memory, served and called by gRPC: for tests that want nothing else of it."""

from collections.abc import AsyncIterator

import pytest
from gateway_service import Client, World, connected, serving

from oms.runtime.gateway import Gateway


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def gateway(world: World) -> AsyncIterator[Gateway]:
    async with serving(world) as running:
        yield running


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[Client]:
    async with connected(gateway) as connection:
        yield connection
