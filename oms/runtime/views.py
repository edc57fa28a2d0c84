"""The live view per desk and minute, as a faust table over `oms.risk`: the only file that knows faust.

A view is a convenience that can be built again from the journal at any time. So it is at-least-once: the fold
(`oms.gateway.desk_minutes`) counts a record once however often it comes. The table lives in memory and in its changelog topic.

Where reading starts is the table's word, not the consumer group's: offsets that faust commits may be ahead of a changelog that was never
written, or outlive one that was deleted. So nothing is committed, and faust begins each partition where its log does; where it would go
to the committed offsets, it goes ahead to the table's positions. What it fetched before that lies in order below them, or goes on
from them, so it does no harm: it was folded (and is skipped), or is the next one.

What faust would do beyond that is switched off: its web server, its own topics, its logging set-up, its signal handlers.
"""

import asyncio
import logging
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from oms.gateway.desk_minutes import DeskMinutes
from oms.runtime.kafka import KafkaSettings
from oms.wire import topics
from oms.wire.codec import decode_journal

if (
    TYPE_CHECKING
):  # faust asks the system about itself by a child process when it is imported: the functions below import it
    import faust
    from faust.types import TP

_LOGGER = logging.getLogger(__name__)

APP_ID = "oms.views"
"""Also the consumer group. Its members are processes of this file alone."""

SESSION_TIMEOUT_S = 6.0
"""How long a killed worker's partitions stay unread: the least that brokers allow."""

TURN_S = 0.2
LOOK_EVERY_S = 1.0
"""Between two looks at the journal's ends; each is a request to the broker for every partition."""

TALKATIVE = ("faust", "mode", "aiokafka")
"""Loggers of whose start, stop and assignments only the trouble is worth a line."""

STOP_WAIT_S = 4.0


class ViewStopped(Exception):
    """The worker cannot go on; the text says why. Starting again is the recovery."""


class DeskView:
    """One worker and its part of the table. `run` belongs to one event loop; `table` and `said` may be read from any thread."""

    def __init__(self, kafka: KafkaSettings, partitions: int) -> None:
        self._kafka, self._partitions = kafka, partitions
        self._folding: DeskMinutes | None = None
        self._store: Mapping[str, Any] = {}
        self._restored = False
        self._ends: dict[int, int] = {}
        self._looked_s = 0.0
        self._failure: BaseException | None = None

    def table(self) -> dict[str, Any]:
        """All rows and positions as they are now."""
        return dict(self._store)

    def lag(self) -> int:
        """Records of the journal that are there and not folded yet, as of the last look at the log's ends."""
        return sum(max(0, end - self._next(p)) for p, end in self._ends.items())

    def ready(self) -> bool:
        """Restored, reading, and level with the ends last seen."""
        return self._restored and bool(self._looked_s) and self.lag() == 0

    def said(self) -> list[dict[str, object]]:
        """The partitions of this worker: next offset to fold, and lag."""
        return [
            {"topic": topics.RISK, "partition": p, "read": self._next(p), "lag_records": max(0, end - self._next(p))}
            for p, end in sorted(self._ends.items())
        ]

    def _next(self, partition: int) -> int:
        return self._folding.next_offset(partition) if self._folding is not None else 0

    async def run(self, stopped: Callable[[], bool]) -> None:
        """Until `stopped`. ViewStopped where the worker fails."""
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        with tempfile.TemporaryDirectory(prefix="oms-views-") as folder:
            app = self._app(folder)
            table = app.Table(
                "desk-minutes",
                partitions=self._partitions,
                changelog_topic=app.topic(
                    topics.VIEW_DESK_MINUTES,
                    key_serializer="json",
                    value_serializer="json",
                    internal=True,
                    allow_empty=True,
                ),
            )
            self._folding, self._store = DeskMinutes(table), cast(Any, table).data.data
            table.on_recover(partial(self._on_restored, app))
            self._declare(app)
            await app.start()
            try:
                await self._watch(app, stopped)
            finally:
                self._restored = False
                await asyncio.wait_for(app.stop(), STOP_WAIT_S)

    def _app(self, folder: str) -> "faust.App":
        import faust

        app = faust.App(
            APP_ID,
            broker=f"kafka://{self._kafka.bootstrap_servers.replace(',', ';')}",
            broker_credentials=credentials(self._kafka.extra),
            broker_client_id="oms-views",
            broker_session_timeout=SESSION_TIMEOUT_S,
            broker_heartbeat_interval=SESSION_TIMEOUT_S / 3,
            consumer_auto_offset_reset="earliest",
            processing_guarantee="at_least_once",
            store="memory://",
            datadir=folder,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            table_standby_replicas=0,
            stream_wait_empty=False,
        )
        app.transport = transport(app, self._next)
        return app

    def _declare(self, app: "faust.App") -> None:
        source = app.topic(topics.RISK, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=bytes)

        @app.agent(source, concurrency=1)
        async def fold(stream: Any) -> None:
            async for event in stream.events():
                self._take(event.message)

        @app.on_partitions_revoked.connect
        async def on_revoked(*_: Any, **__: Any) -> None:
            self._restored = False
            self._looked_s = 0.0

    def _take(self, message: Any) -> None:
        """One record of the journal. One that was folded may come again; one beyond the next must not come."""
        assert self._folding is not None
        if not self._restored:  # left over from an assignment that is gone
            return
        try:
            if message.offset > (expected := self._folding.next_offset(message.partition)):
                raise ViewStopped(f"{message.topic}/{message.partition}: read {message.offset} instead of {expected}")
            if message.offset == expected:
                self._folding.fold(message.partition, message.offset, decode_journal(message.value))
        except Exception as error:  # faust would start the agent again, behind this record
            self._failure = error
            raise

    async def _on_restored(self, app: "faust.App", *_: object) -> None:
        """The table holds what its changelog has of the new assignment; nothing of the journal was handed out yet."""
        assert self._folding is not None
        self._folding.reload()
        mine = [tp for tp in app.consumer.assignment() if tp.topic == topics.RISK]
        for tp, start in (await app.consumer.earliest_offsets(*mine)).items() if mine else ():
            if start > self._folding.next_offset(tp.partition):
                self._folding.start_at(tp.partition, start)
        self._restored = True
        _LOGGER.info("reading %s on from %s", topics.RISK, {tp.partition: self._next(tp.partition) for tp in mine})

    async def _watch(self, app: "faust.App", stopped: Callable[[], bool]) -> None:
        while not stopped():
            if self._failure is not None or app.crashed:
                raise ViewStopped(f"the view's worker failed: {self._failure or app.crash_reason!r}")
            if self._restored and time.monotonic() - self._looked_s >= LOOK_EVERY_S:
                await self._look(app)
            await asyncio.sleep(TURN_S)

    async def _look(self, app: "faust.App") -> None:
        """Where the log of each partition ends."""
        mine = [tp for tp in app.consumer.assignment() if tp.topic == topics.RISK]
        ends = await app.consumer.highwaters(*mine) if mine else {}
        self._ends = {tp.partition: end for tp, end in ends.items()}
        self._looked_s = time.monotonic()


def transport(app: "faust.App", next_offset: Callable[[int], int]) -> Any:
    """faust's own, but that it commits nothing, and goes to `next_offset` of a partition of the journal where it has one."""
    from faust.transport.drivers import aiokafka

    class Consumer(aiokafka.Consumer):
        logger = aiokafka.Consumer.logger

        async def seek_to_committed(self) -> "Mapping[TP, int]":
            mine = [tp for tp in self.assignment() if tp.topic == topics.RISK]
            ahead = {tp: next_offset(tp.partition) for tp in mine if next_offset(tp.partition) > 0}
            await self.seek_wait(ahead)
            return ahead

        async def _commit(self, offsets: "Mapping[TP, int]") -> bool:
            return True

    class Transport(aiokafka.Transport):
        pass

    Transport.Consumer = Consumer
    return Transport(app.conf.broker_consumer, app)


def credentials(extra: Mapping[str, str]) -> Any:
    """The client settings of `OMS_KAFKA_*` (librdkafka's names) as faust takes them; None for a plain connection.

    ViewStopped where they ask for what cannot be translated.
    """
    import faust

    protocol = extra.get("security.protocol", "plaintext").upper()
    context: ssl.SSLContext | None = None
    if protocol in ("SSL", "SASL_SSL"):
        context = ssl.create_default_context(cafile=extra.get("ssl.ca.location"))
        if extra.get("ssl.endpoint.identification.algorithm") == "none":
            context.check_hostname = False
        if "ssl.certificate.location" in extra:
            context.load_cert_chain(
                extra["ssl.certificate.location"], extra.get("ssl.key.location"), extra.get("ssl.key.password")
            )
    match protocol:
        case "PLAINTEXT":
            return None
        case "SSL":
            return faust.SSLCredentials(context)
        case "SASL_PLAINTEXT" | "SASL_SSL":
            return faust.SASLCredentials(
                username=extra.get("sasl.username"),
                password=extra.get("sasl.password"),
                mechanism=extra.get("sasl.mechanism", extra.get("sasl.mechanisms", "PLAIN")),
                ssl_context=context,
            )
        case _:
            raise ViewStopped(f"security.protocol {protocol} is none that the view's client knows")
