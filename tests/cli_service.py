"""A gateway over the in-memory log with a data directory that names it: what commands of the command line talk to in tests."""

import asyncio
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from oms.core.market import MarketRecord, Quote
from oms.runtime.clock import SystemClock
from oms.runtime.gateway import Gateway, GatewaySettings
from oms.runtime.log import TopicPartition
from oms.testing.sim_log import SimLog
from oms.wire import topics
from oms.wire.codec import decode_intake, encode_intake
from oms.wire.envelope import AuditProgress

PARTITIONS = 4


class System:
    """A gateway in a thread of its own, and a data directory that names it."""

    def __init__(self, data: Path, **settings: Any) -> None:
        """`settings`: of the gateway, where they are not the test's usual ones."""
        self.data, self._settings = data, settings
        self.log = SimLog({t.name: t.partitions(PARTITIONS) for t in topics.TOPICS}, now_ms=time.time_ns() // 10**6)
        self.failures: list[BaseException] = []
        self._up, self._down = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        for topic in topics.TOPICS:
            for p in range(topic.partitions(PARTITIONS) if topic.audited else 0):
                self._put(topics.AUDIT_PROGRESS, AuditProgress(topic.name, p, 0, b"", time.time_ns()))
        quote = Quote(time.time_ns(), 999_900, 100, 1_000_100, 200)
        partition = topics.market_partition("ACME", PARTITIONS)
        self._put(topics.MARKET, MarketRecord("XALP", "ACME", 0, (quote,), ()), partition)

    def _put(self, topic: str, value: object, partition: int = 0) -> None:
        appender = self.log.appender(TopicPartition(topic, partition))
        appender.append(b"", encode_intake(topic, value))
        appender.poll(0)

    def start(self) -> None:
        self._thread.start()
        assert self._up.wait(10)

    def stop(self) -> None:
        self._down.set()
        self._thread.join(10)
        assert not self.failures

    async def _serve(self) -> None:
        def guard(work: Any) -> Any:
            def run() -> None:
                try:
                    work()
                except BaseException as error:
                    self.failures.append(error)

            return run

        settings = GatewaySettings(PARTITIONS, 0, "test", 10**18, guard, **self._settings)
        self.gateway = gateway = Gateway(self.log, SystemClock(), settings)
        await gateway.start()
        while not gateway.ready:
            await asyncio.sleep(0.005)
        self.address = f"127.0.0.1:{gateway.port}"
        run = {
            "gateway": self.address,
            "kafka": "127.0.0.1:1",
            "partitions": PARTITIONS,
            "health": {},
            "clickhouse": {"host": "127.0.0.1", "port": 1, "http_port": 0},
            "supervisor_pid": os.getpid(),
        }
        (self.data / "run.json").write_text(json.dumps(run))
        self._up.set()
        await asyncio.to_thread(self._down.wait)
        await gateway.stop()

    def commands(self) -> list[Any]:
        """What was written to partition 0."""
        records = self.log.partitions[TopicPartition(topics.ORDERS, 0)].records
        return [decode_intake(topics.ORDERS, record.value) for record in records]
