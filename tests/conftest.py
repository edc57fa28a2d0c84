"""What several test files share: one broker for the whole session, started by the first test that asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oms.local.broker import Broker
from oms.local.memory_broker import MemoryBroker


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real local broker. Topics of a test have names of their own: nothing is cleaned up between tests."""
    data_dir: Path = tmp_path_factory.mktemp("broker")
    running = Broker.start(data_dir)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def memory_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryBroker]:
    """The broker without Java, likewise."""
    running = MemoryBroker.start(tmp_path_factory.mktemp("memory-broker"))
    yield running
    running.stop()
