"""Kafka behind the interface of `oms.runtime.log`: the only file that knows confluent_kafka.

Decides the client settings (each with its reason), what counts as an acknowledgement, and which client errors stop a reader.

Invariants:
- an `Ack` has an offset; a delivery without one (the broker had seen that sequence number before) is `Failed`: its place is unknown;
- partitions are assigned by hand at explicit offsets; nothing is committed; an offset outside the log is an error, never a silent jump;
- what makes appends safe (`FIXED`) cannot be changed from outside: a setting that tries stops the start.

Does not know claims, the run rule, topics' meanings, or retries: after any `Failed` it is for the caller to decide.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from confluent_kafka import (
    TIMESTAMP_LOG_APPEND_TIME,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
)
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec  # type: ignore[attr-defined]

from oms.runtime.log import Ack, Failed, LogError, LogUnavailable, OffsetOutOfRange, Record, TopicPartition

logger = logging.getLogger(__name__)
K = TypeVar("K")

REQUEST_TIMEOUT_S = 10.0  # administrative requests; a leader election on a healthy cluster takes up to 4 s
DELIVERY_TIMEOUT_MS = (
    15_000  # after it an append is reported as unknown; longer than an election, shorter than a desk's patience
)
APPENDER_QUEUE_MAX = 20_000  # records queued or in flight per appender: two seconds at the highest rate measured
APPENDER_QUEUE_KB_MAX = 64 * 1024
READER_QUEUE_KB_MAX = 32 * 1024  # read ahead per reader, so that a reader far behind cannot eat the machine
RECORD_BYTES_MAX = 1_000_000  # the broker's default limit, less what a batch adds

CONNECTION: Mapping[str, str | int | float | bool] = {
    "client.id": "oms",
    "allow.auto.create.topics": False,
    "reconnect.backoff.ms": 50,  # a restarted broker is found again within a second, not within ten
    "reconnect.backoff.max.ms": 1_000,
}
APPENDING: Mapping[str, str | int | float | bool] = {
    "linger.ms": 0,
    "message.timeout.ms": DELIVERY_TIMEOUT_MS,
    "message.max.bytes": RECORD_BYTES_MAX,
    "queue.buffering.max.messages": APPENDER_QUEUE_MAX,
    "queue.buffering.max.kbytes": APPENDER_QUEUE_KB_MAX,
}
READING: Mapping[str, str | int | float | bool] = {
    "group.id": "oms-no-group",  # the client demands one; it is never joined
    # data answers a fetch at once; this only paces fetches that find nothing (10 ms: three times the idle load, no gain)
    # and bounds how long a new assignment, or a partition whose queue was full, waits for the fetch under way
    "fetch.wait.max.ms": 100,
    "fetch.queue.backoff.ms": 5,  # the default (1 s) stalls a reader that caught up
    "check.crcs": False,  # the broker checked them
    "queued.max.messages.kbytes": READER_QUEUE_KB_MAX,
}
FIXED_APPENDING: Mapping[str, str | int | float | bool] = {
    "acks": "all",
    "enable.idempotence": True,
    "partitioner": "murmur2_random",  # Java's; the client's own default differs from it
}
FIXED_READING: Mapping[str, str | int | float | bool] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "enable.partition.eof": False,
    "isolation.level": "read_uncommitted",  # no transactions here; "committed" would hide records behind a stranger's open one
}
FIXED = {*FIXED_APPENDING, *FIXED_READING, "bootstrap.servers", "transactional.id", "enable.gapless.guarantee"}

TOPIC_DEFAULTS: Mapping[str, str] = {
    "message.timestamp.type": "LogAppendTime",
    "retention.ms": "-1",  # no audited topic has time retention: audit trims what is proven elsewhere
    "unclean.leader.election.enable": "false",
}

UNREACHABLE = {
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TIMED_OUT,
    KafkaError._RESOLVE,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
}
OUT_OF_RANGE = {KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET}
STOPS_READING = {
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError._AUTHENTICATION,
    KafkaError._FATAL,
}


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """`extra` goes to the client as it is (SASL, TLS, tuning); a key in `FIXED` is refused."""

    bootstrap_servers: str
    extra: Mapping[str, str] = field(default_factory=dict)
    replication_factor: int = 1
    min_insync_replicas: int = 1


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic to create. `config` overrides `TOPIC_DEFAULTS`, in Kafka's own names."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


class KafkaAppender:
    """Appends to one partition through an idempotent producer of its own.

    `append` and `poll` may be called from different threads; the outcome of a token can then arrive before `append` returned it.
    A new producer needs half a second for its producer id: make the appender some time before its first append has to be quick.
    """

    def __init__(self, settings: Mapping[str, str | int | float | bool], tp: TopicPartition) -> None:
        self._producer: Producer | None = Producer(dict(settings), logger=logger)
        self._tp = tp
        self._token = 0
        self._open: set[int] = set()  # tokens without an outcome yet
        self._outcomes: deque[Ack | Failed] = deque()

    def append(self, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> int:
        if self._producer is None:
            raise LogError(
                f"the appender of {self._tp.topic}/{self._tp.partition} was closed or purged: make a new one"
            )
        self._token += 1
        token = self._token
        self._open.add(token)
        try:
            self._producer.produce(
                self._tp.topic,
                value=value,
                key=key,
                partition=self._tp.partition,
                headers=list(headers),
                on_delivery=partial(self._delivered, token),
            )
        except BufferError:
            self._end(Failed(token, "the appender's queue is full"))
        except KafkaException as fault:
            self._end(Failed(token, str(fault.args[0])))
        return token

    def poll(self, timeout_s: float) -> list[Ack | Failed]:
        producer = self._producer
        if producer is not None:
            producer.poll(0 if self._outcomes else timeout_s)
        outcomes = []
        while self._outcomes:
            outcomes.append(self._outcomes.popleft())
        return outcomes

    def purge(self) -> None:
        producer = self._producer
        if producer is None:
            return
        self._producer = None
        producer.purge(in_queue=True, in_flight=True, blocking=True)
        producer.flush(0)  # outcomes that are known; the rest the client would report too late, or never
        for token in sorted(self._open):
            self._end(Failed(token, "purged"))

    def close(self, timeout_s: float) -> None:
        producer = self._producer
        if producer is None:
            return
        left = producer.flush(timeout_s)
        if left:
            logger.warning("%d records to %s/%d had no outcome when the appender closed", left, *self._tp)
        self.purge()

    def _delivered(self, token: int, error: KafkaError | None, message: Message) -> None:
        offset = message.offset()
        if error is not None:
            self._end(Failed(token, error.str()))
        elif offset is None or offset < 0:
            self._end(Failed(token, "acknowledged without an offset: its place in the log is unknown"))
        else:
            kind, timestamp_ms = message.timestamp()
            self._end(Ack(token, offset, timestamp_ms if kind == TIMESTAMP_LOG_APPEND_TIME else -1))

    def _end(self, outcome: Ack | Failed) -> None:
        if outcome.token in self._open:  # not so after a purge: it has its outcome
            self._open.discard(outcome.token)
            self._outcomes.append(outcome)


class KafkaReader:
    """Reads assigned partitions. A fault that follows good records is raised by the next poll, after them."""

    def __init__(
        self, settings: Mapping[str, str | int | float | bool], positions: Mapping[TopicPartition, int]
    ) -> None:
        self._consumer = Consumer(dict(settings), logger=logger)
        self._fault: LogError | None = None
        self.assign(positions)

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._fault = None
        for tp, offset in positions.items():
            if offset < 0:  # the client has meanings of its own for negative offsets
                raise OffsetOutOfRange(f"{tp.topic}/{tp.partition}: {offset} is no offset")
        self._consumer.assign([ClientPartition(tp.topic, tp.partition, offset) for tp, offset in positions.items()])

    def poll(self, timeout_s: float, max_records: int = 500) -> list[Record]:
        if self._fault is not None:
            raise self._fault
        first = self._consumer.poll(timeout_s)
        if first is None:
            return []
        # `consume` waits its whole time unless the batch is full: it only picks up what is there already
        rest = self._consumer.consume(max_records - 1, 0) if max_records > 1 else []
        records = []
        for message in (first, *rest):
            error = message.error()
            if error is None:
                records.append(to_record(message))
            elif (fault := reading_fault(error)) is not None:
                self._fault = fault
                break
        if self._fault is not None and not records:
            raise self._fault
        return records

    def close(self) -> None:
        self._consumer.close()


class KafkaLog:
    """A Kafka cluster. Makes no connection before it is asked something."""

    def __init__(self, settings: KafkaSettings) -> None:
        forbidden = sorted(FIXED & set(settings.extra))
        if forbidden:
            raise LogError(f"these Kafka client settings are fixed and cannot be given: {', '.join(forbidden)}")
        self._settings = settings
        self._base: dict[str, str | int | float | bool] = {
            **CONNECTION,
            **settings.extra,
            "bootstrap.servers": settings.bootstrap_servers,
        }
        self._admin_client: AdminClient | None = None

    def appender(self, tp: TopicPartition) -> KafkaAppender:
        return KafkaAppender({**APPENDING, **self._base, **FIXED_APPENDING}, tp)

    def reader(self, positions: Mapping[TopicPartition, int]) -> KafkaReader:
        return KafkaReader({**READING, **self._base, **FIXED_READING}, positions)

    def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return self._offsets(partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return self._offsets(partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]

    def delete_before(self, positions: Mapping[TopicPartition, int]) -> None:
        if not positions:
            return
        wanted = [ClientPartition(tp.topic, tp.partition, offset) for tp, offset in positions.items()]
        settle(self._admin().delete_records(wanted, request_timeout=REQUEST_TIMEOUT_S))

    def await_answer(self, timeout_s: float) -> None:
        """Returns once a broker answers a metadata request; raises LogUnavailable after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                metadata = self._admin().list_topics(timeout=min(1.0, timeout_s))
            except KafkaException as exception:
                fault = as_log_error(exception)
                if not isinstance(fault, LogUnavailable):
                    raise fault from exception
            else:
                if metadata.brokers:
                    return
            if time.monotonic() >= deadline:
                raise LogUnavailable(f"no Kafka broker answers at {self._settings.bootstrap_servers}: is it running?")
            time.sleep(0.05)

    def create_topics(self, specs: Sequence[TopicSpec]) -> list[str]:
        """Create what is missing and wait until it can be used; returns the names created.

        Raises LogError where a topic exists with another number of partitions: a desk's partition never moves.
        """
        existing = self.partition_counts()
        for spec in specs:
            if existing.get(spec.name, spec.partitions) != spec.partitions:
                raise LogError(
                    f"topic {spec.name} has {existing[spec.name]} partitions, not {spec.partitions}: the number cannot change"
                )
        missing = [spec for spec in specs if spec.name not in existing]
        if not missing:
            return []
        futures = self._admin().create_topics(
            [self._new_topic(spec) for spec in missing], request_timeout=REQUEST_TIMEOUT_S
        )
        for future in futures.values():
            try:
                future.result()
            except KafkaException as exception:
                if error_of(exception).code() != KafkaError.TOPIC_ALREADY_EXISTS:  # another process was first
                    raise as_log_error(exception) from exception
        self._await_leaders([spec.name for spec in missing])
        return [spec.name for spec in missing]

    def partition_counts(self) -> dict[str, int]:
        """All topics with their numbers of partitions."""
        return {name: len(topic.partitions) for name, topic in self._metadata().topics.items()}

    def topic_config(self, topic: str) -> dict[str, str]:
        """The topic's settings as the broker applies them."""
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        (entries,) = settle(self._admin().describe_configs([resource], request_timeout=REQUEST_TIMEOUT_S)).values()
        return {name: str(entry.value) for name, entry in entries.items()}

    def close(self) -> None:
        """Release the administrative connection. Appenders and readers are closed by their owners."""
        self._admin_client = None

    def _admin(self) -> AdminClient:
        if self._admin_client is None:
            self._admin_client = AdminClient(dict(self._base), logger=logger)
        return self._admin_client

    def _metadata(self) -> Any:
        try:
            return self._admin().list_topics(timeout=REQUEST_TIMEOUT_S)
        except KafkaException as exception:
            raise as_log_error(exception) from exception

    def _new_topic(self, spec: TopicSpec) -> NewTopic:
        config = {**TOPIC_DEFAULTS, "min.insync.replicas": str(self._settings.min_insync_replicas), **spec.config}
        return NewTopic(spec.name, spec.partitions, self._settings.replication_factor, config=config)

    def _await_leaders(self, names: Iterable[str]) -> None:
        wanted = set(names)
        deadline = time.monotonic() + REQUEST_TIMEOUT_S
        while time.monotonic() < deadline:
            topics = self._metadata().topics
            wanted -= {n for n in wanted & topics.keys() if all(p.leader >= 0 for p in topics[n].partitions.values())}
            if not wanted:
                return
            time.sleep(0.02)
        raise LogUnavailable(f"topics without a leader after {REQUEST_TIMEOUT_S:.0f} s: {', '.join(sorted(wanted))}")

    def _offsets(self, partitions: Sequence[TopicPartition], spec: OffsetSpec) -> dict[TopicPartition, int]:
        if not partitions:
            return {}
        wanted = {ClientPartition(tp.topic, tp.partition): spec for tp in partitions}
        found = settle(self._admin().list_offsets(wanted, request_timeout=REQUEST_TIMEOUT_S))
        return {TopicPartition(tp.topic, tp.partition): int(info.offset) for tp, info in found.items()}


def to_record(message: Message) -> Record:
    """A client's message as a record. A tombstone's missing value reads as empty."""
    fields: Any = (
        message  # the client types them all as optional: they are for failed deliveries, not for what was read
    )
    headers = fields.headers()
    return Record(
        fields.topic(),
        fields.partition(),
        fields.offset(),
        fields.timestamp()[1],
        fields.key(),
        fields.value() or b"",
        tuple((name, value or b"") for name, value in headers) if headers else (),
    )


def reading_fault(error: KafkaError) -> LogError | None:
    """What an error from a poll means: a fault that ends reading, or None where the client goes on trying by itself."""
    if error.code() in OUT_OF_RANGE:
        return OffsetOutOfRange(f"the log does not hold the offset to read: {error.str()}")
    if error.fatal() or error.code() in STOPS_READING:
        return LogError(f"cannot read: {error.str()}")
    logger.warning("reading goes on after: %s", error.str())
    return None


def error_of(exception: KafkaException) -> KafkaError:
    error = exception.args[0]
    assert isinstance(error, KafkaError)
    return error


def as_log_error(exception: KafkaException) -> LogError:
    error = error_of(exception)
    if error.code() in UNREACHABLE:
        return LogUnavailable(f"no Kafka broker answered in time: {error.str()}")
    if error.code() in OUT_OF_RANGE:
        return OffsetOutOfRange(error.str())
    return LogError(error.str())


def settle(futures: Mapping[K, "Future[Any]"]) -> dict[K, Any]:
    """Wait for every answer of an administrative request; raises the first fault."""
    try:
        return {key: future.result() for key, future in futures.items()}
    except KafkaException as exception:
        raise as_log_error(exception) from exception
