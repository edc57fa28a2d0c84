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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    libversion,
)
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec  # type: ignore[attr-defined]

from oms.runtime.gapless import GaplessReader
from oms.runtime.kafka_config import (
    APPENDERS_ONLY,
    APPENDING,
    CONNECTION,
    FIXED,
    FIXED_APPENDING,
    FIXED_READING,
    PATIENT,
    READERS_ONLY,
    READING,
    TOPIC_DEFAULTS,
    WITHOUT_IDEMPOTENCE,
    Setting,
)
from oms.runtime.log import Ack, Failed, LogDenied, LogError, LogUnavailable, OffsetOutOfRange, Record, TopicPartition
from oms.runtime.pacing import PacedAppender

logger = logging.getLogger(__name__)
K = TypeVar("K")
C = TypeVar("C")
Positions = Mapping[TopicPartition, int]
Partitions = Collection[TopicPartition]

LIBRDKAFKA_VERSION = str(libversion()[0])
"""Of the C library inside the client."""

ATTEMPT_S = 1.0  # between two looks at why a request is not answered
REQUEST_TIMEOUT_S = 10.0  # administrative requests; a leader election on a healthy cluster takes up to 4 s

UNREACHABLE = {
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TIMED_OUT,
    KafkaError._RESOLVE,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError._NOENT,  # "no leaders found": every broker that could answer is away, or no leader is elected yet
    KafkaError.OFFSET_NOT_AVAILABLE,  # a leader just elected does not know yet what its followers have
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.BROKER_NOT_AVAILABLE,
    KafkaError.NETWORK_EXCEPTION,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.FENCED_LEADER_EPOCH,  # what the client remembers of the leader is older, or newer, than what the broker knows
    KafkaError.UNKNOWN_LEADER_EPOCH,
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
    """`extra` goes to the client as it is (SASL, TLS, tuning); a key in `FIXED` is refused. `by_kafka`: not so for the broker in memory."""

    bootstrap_servers: str
    extra: Mapping[str, str] = field(default_factory=dict)
    replication_factor: int = 1
    min_insync_replicas: int = 1
    by_kafka: bool = True


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

    def __init__(self, settings: Mapping[str, Setting], tp: TopicPartition) -> None:
        self._producer: Producer | None = made(Producer, settings)
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

    def append_all(self, records: Sequence[tuple[bytes | None, bytes]]) -> None:
        """Queue records together: the client then sends them in one request or two, not in one each."""
        if self._producer is None:
            return  # purged meanwhile: whoever holds them back says so
        first, self._token = self._token + 1, self._token + len(records)
        self._open.update(range(first, self._token + 1))
        messages = [
            {"key": key, "value": value, "callback": partial(self._delivered, first + n)}
            for n, (key, value) in enumerate(records)
        ]
        refused = ""
        try:
            self._producer.produce_batch(self._tp.topic, messages, partition=self._tp.partition)
        except (BufferError, KafkaException) as fault:
            refused = str(fault.args[0])
        for n, message in enumerate(messages):
            if why := refused or str(message.get("_error", "")):
                self._end(Failed(first + n, why))

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
            logger.warning("%d records had no outcome when the appender closed", left, extra=self._tp._asdict())
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

    def __init__(self, settings: Mapping[str, Setting], positions: Positions, held: Partitions = ()) -> None:
        self._consumer = made(Consumer, settings)
        self._held = [ClientPartition(tp.topic, tp.partition) for tp in held]
        self.assign(positions)

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._fault: LogError | None = None
        for tp, offset in positions.items():
            if offset < 0:  # the client has meanings of its own for negative offsets
                raise OffsetOutOfRange(f"{tp.topic}/{tp.partition}: {offset} is no offset")
        self._assigned = tuple(positions)
        self._consumer.assign([ClientPartition(tp.topic, tp.partition, offset) for tp, offset in positions.items()])
        if self._held:
            self._consumer.pause(self._held)

    def release(self) -> None:
        if self._held:
            self._consumer.resume(self._held)
            self._held = []

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

    def known_ends(self) -> dict[TopicPartition, int]:
        told = {p: self._consumer.get_watermark_offsets(ClientPartition(*p), cached=True)[1] for p in self._assigned}
        return {tp: end for tp, end in told.items() if end >= 0}

    def close(self) -> None:
        self._consumer.close()


class KafkaLog:
    """A Kafka cluster. Makes no connection before it is asked something."""

    def __init__(self, settings: KafkaSettings) -> None:
        forbidden = sorted(FIXED & set(settings.extra))
        if forbidden:
            raise LogError(f"these Kafka client settings are fixed and cannot be given: {', '.join(forbidden)}")
        self._settings = settings
        self._base: dict[str, Setting] = {
            **CONNECTION,
            **{k: v for k, v in settings.extra.items() if not k.startswith((*READERS_ONLY, *APPENDERS_ONLY))},
            "bootstrap.servers": settings.bootstrap_servers,
        }
        self._reading = {k: v for k, v in settings.extra.items() if k.startswith(READERS_ONLY)}
        self._appending = {k: v for k, v in settings.extra.items() if k.startswith(APPENDERS_ONLY)}
        self._admin_client: AdminClient | None = None
        self._denied = ""  # why the cluster and we cannot talk, since the last answer

    def appender(self, tp: TopicPartition) -> PacedAppender:
        fixed = FIXED_APPENDING if self._settings.by_kafka else {**FIXED_APPENDING, **WITHOUT_IDEMPOTENCE}
        return PacedAppender(KafkaAppender({**APPENDING, **self._base, **self._appending, **fixed}, tp))

    def reader(self, positions: Positions, patient: bool = False, held: Partitions = ()) -> KafkaReader | GaplessReader:
        base = {**READING, **PATIENT, **self._base} if patient else {**READING, **self._base}
        reader = KafkaReader({**base, **self._reading, **FIXED_READING}, positions, held)
        return reader if self._settings.by_kafka else GaplessReader(reader, positions)

    def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return self._offsets(partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return self._offsets(partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]

    def delete_before(self, positions: Mapping[TopicPartition, int]) -> None:
        if not positions:
            return
        wanted = [ClientPartition(tp.topic, tp.partition, offset) for tp, offset in positions.items()]
        self._settle(self._admin().delete_records(wanted, request_timeout=REQUEST_TIMEOUT_S))

    def await_answer(self, timeout_s: float) -> None:
        """Returns once a broker answers a metadata request; LogUnavailable after `timeout_s`, LogDenied as soon as that is known."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                metadata = self._admin().list_topics(timeout=min(ATTEMPT_S, timeout_s))
            except KafkaException as exception:
                fault = self._fault(exception)
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
                    raise self._fault(exception) from exception
        self._await_leaders([spec.name for spec in missing])
        return [spec.name for spec in missing]

    def partition_counts(self) -> dict[str, int]:
        """All topics with their numbers of partitions."""
        return {name: len(topic.partitions) for name, topic in self._metadata().topics.items()}

    def broker_ids(self) -> frozenset[int]:
        """The brokers that are registered now."""
        return frozenset(self._metadata().brokers)

    def copies(self, tp: TopicPartition) -> tuple[int, int]:
        """Which broker leads a partition (−1: none does), and how many have all of it."""
        found = self._metadata().topics[tp.topic].partitions[tp.partition]
        return int(found.leader), len(found.isrs)

    def topic_config(self, topic: str) -> dict[str, str]:
        """The topic's settings as the broker applies them."""
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        (entries,) = self._settle(
            self._admin().describe_configs([resource], request_timeout=REQUEST_TIMEOUT_S)
        ).values()
        return {name: str(entry.value) for name, entry in entries.items()}

    def close(self) -> None:
        """Release the administrative connection. Appenders and readers are closed by their owners."""
        self._admin_client = None

    def _admin(self) -> AdminClient:
        if self._admin_client is None:
            self._admin_client = made(AdminClient, {**self._base, "error_cb": self._heard})
        return self._admin_client

    def _heard(self, error: KafkaError) -> None:
        """The client's own errors, told while it is polled. Those of a connection that broke are not among the ones that count."""
        if error.code() == KafkaError._AUTHENTICATION:
            said = error.str().partition(": ")[2].partition(" (after")[0]
            self._denied = f"Kafka at {self._settings.bootstrap_servers} refuses us: {said}: see OMS_KAFKA_SASL_*"
        elif error.code() == KafkaError._SSL and "certificate verify failed" in error.str():
            self._denied = (
                f"the certificate of Kafka at {self._settings.bootstrap_servers} is not trusted: "
                "name its authority in OMS_KAFKA_SSL_CA_LOCATION, and the host as the certificate does"
            )

    def _fault(self, exception: KafkaException) -> LogError:
        """What a request's failure means, in the light of what the client said meanwhile."""
        fault = as_log_error(exception)
        if isinstance(fault, LogUnavailable):
            self._admin().poll(0)
            if self._denied:
                return LogDenied(self._denied)
        return fault

    def _settle(self, futures: Mapping[K, "Future[Any]"]) -> dict[K, Any]:
        """Wait for every answer of an administrative request; raises the first fault."""
        try:
            answers = {key: future.result() for key, future in futures.items()}
        except KafkaException as exception:
            raise self._fault(exception) from exception
        self._denied = ""
        return answers

    def _metadata(self) -> Any:
        deadline = time.monotonic() + REQUEST_TIMEOUT_S
        while True:
            try:
                answer = self._admin().list_topics(timeout=ATTEMPT_S)
            except KafkaException as exception:
                fault = self._fault(exception)
                if not isinstance(fault, LogUnavailable) or time.monotonic() >= deadline:
                    raise fault from exception
                time.sleep(0.05)
            else:
                self._denied = ""
                return answer

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
        deadline = time.monotonic() + REQUEST_TIMEOUT_S
        while True:
            try:
                found = self._settle(self._admin().list_offsets(wanted, request_timeout=REQUEST_TIMEOUT_S))
                offsets = {TopicPartition(tp.topic, tp.partition): int(info.offset) for tp, info in found.items()}
                if min(offsets.values()) >= 0:
                    return offsets
                raise LogUnavailable("the broker does not know its offsets yet")  # of a topic that was just created
            except LogUnavailable:
                if time.monotonic() >= deadline:
                    raise
                self._metadata()  # a leader that moved is asked under its present name and epoch
                time.sleep(0.05)


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


def made(kind: Callable[..., C], settings: Mapping[str, object]) -> C:
    """A client. LogError where it does not take the settings: their names are in the text, no value of a secret is."""
    try:
        return kind(dict(settings), logger=logger)
    except KafkaException as exception:
        raise LogError(
            f"the Kafka client does not take a setting: {error_of(exception).str()}: see OMS_KAFKA_*"
        ) from None
