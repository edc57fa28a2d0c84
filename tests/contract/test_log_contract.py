"""What `oms.runtime.log` promises, asked of every implementation: the same tests run against memory, a real Kafka, and the broker without Java.

What that broker does not have is marked `ABSENT`, test by test: each mark fails once the broker has it.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from oms.local.broker import Broker
from oms.local.memory_broker import MemoryBroker
from oms.runtime.kafka import KafkaLog, KafkaSettings, TopicSpec
from oms.runtime.log import Ack, Appender, Failed, Log, LogError, OffsetOutOfRange, Reader, Record, TopicPartition
from oms.testing.sim_log import Fate, SimLog

PATIENCE_S = 20.0
HOPELESS_S = 2.0
"""Patience where a mark says that the answer does not come; it takes a tenth of a second as a rule."""
QUIET_S = 0.3

ABSENT = {
    "test_a_record_comes_back_as_it_was_appended": "no append time of its own: an ack has none, a record has its producer's",
    "test_an_offset_beyond_the_end_is_out_of_range": "a fetch beyond the end is answered with nothing",
    "test_a_trimmed_offset_is_out_of_range_and_the_rest_stays": "no DeleteRecords: it drops the connection",
}
"""What the broker without Java lacks, by the test that finds out."""

MakeTopic = Callable[[int], str]
Cluster = tuple[Log, MakeTopic]


@pytest.fixture(
    params=["memory", *(pytest.param(name, marks=pytest.mark.integration) for name in ("kafka", "memory-broker"))]
)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A log, and a way to make a topic of some partitions that no other test uses."""
    if request.param == "memory":
        sim = SimLog(now_ms=1_700_000_000_000)

        def make_in_memory(partitions: int) -> str:
            sim.create_topic("t", partitions)
            return "t"

        yield sim, make_in_memory
        return
    with closing(KafkaLog(_settings_of(request))) as kafka:

        def make_in_kafka(partitions: int) -> str:
            name = f"contract-{uuid.uuid4().hex}"
            kafka.create_topics([TopicSpec(name, partitions)])
            return name

        yield kafka, make_in_kafka


def _settings_of(request: pytest.FixtureRequest) -> KafkaSettings:
    if request.param == "memory-broker":
        if (lacks := ABSENT.get(request.function.__name__)) is not None:
            request.applymarker(pytest.mark.xfail(reason=lacks, strict=True))
        memory_broker: MemoryBroker = request.getfixturevalue("memory_broker")
        return memory_broker.settings
    broker: Broker = request.getfixturevalue("broker")
    return KafkaSettings(broker.bootstrap_servers)


def outcomes(appender: Appender, count: int) -> list[Ack | Failed]:
    found: list[Ack | Failed] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(found) < count and time.monotonic() < deadline:
        found += appender.poll(0.2)
    return found


def write(log: Log, tp: TopicPartition, *values: bytes) -> None:
    with ClosingAppender(log, tp) as appender:
        for value in values:
            appender.append(None, value)
        assert all(isinstance(outcome, Ack) for outcome in outcomes(appender, len(values)))


class ClosingAppender:
    def __init__(self, log: Log, tp: TopicPartition) -> None:
        self.appender = log.appender(tp)

    def __enter__(self) -> Appender:
        return self.appender

    def __exit__(self, *fault: object) -> None:
        self.appender.close(1.0)


def read(reader: Reader, count: int) -> list[Record]:
    found: list[Record] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(found) < count and time.monotonic() < deadline:
        found += reader.poll(0.2)
    return found


def read_all(log: Log, positions: Mapping[TopicPartition, int], count: int) -> list[Record]:
    with closing(log.reader(positions)) as reader:
        return read(reader, count)


def read_fault(log: Log, positions: Mapping[TopicPartition, int], patience_s: float = PATIENCE_S) -> LogError:
    with closing(log.reader(positions)) as reader:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            try:
                assert reader.poll(0.2) == []
            except LogError as fault:
                return fault
    raise AssertionError("no fault")


def test_offsets_are_consecutive_from_zero_and_tokens_from_one(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with ClosingAppender(log, tp) as appender:
        assert [appender.append(None, b"%d" % n) for n in range(5)] == [1, 2, 3, 4, 5]
        acks = outcomes(appender, 5)
    assert [(ack.token, ack.offset) for ack in acks if isinstance(ack, Ack)] == [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]


def test_a_record_comes_back_as_it_was_appended(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with ClosingAppender(log, tp) as appender:
        appender.append(b"key", b"\x00value", [("a", b"1"), ("a", b"\xff"), ("b", b"")])
        appender.append(None, b"")
        first, second = outcomes(appender, 2)
    assert isinstance(first, Ack) and isinstance(second, Ack)
    full, bare = read_all(log, {tp: 0}, 2)
    headers = (("a", b"1"), ("a", b"\xff"), ("b", b""))
    assert full == Record(tp.topic, 0, 0, first.timestamp_ms, b"key", b"\x00value", headers)
    assert bare == Record(tp.topic, 0, 1, second.timestamp_ms, None, b"")
    assert first.timestamp_ms > 1_600_000_000_000  # the log's own time, not −1


def test_an_outcome_is_known_only_to_a_poll_and_told_once(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with ClosingAppender(log, tp) as appender:
        assert appender.poll(0) == []
        appender.append(None, b"x")
        assert len(outcomes(appender, 1)) == 1
        assert appender.poll(QUIET_S) == []


def test_partitions_have_offsets_of_their_own(cluster: Cluster) -> None:
    log, make_topic = cluster
    topic = make_topic(3)
    left, right, empty = (TopicPartition(topic, number) for number in range(3))
    write(log, left, b"l0", b"l1", b"l2")
    write(log, right, b"r0")
    assert log.starts([left, right, empty]) == {left: 0, right: 0, empty: 0}
    assert log.ends([left, right, empty]) == {left: 3, right: 1, empty: 0}
    records = read_all(log, {left: 1, right: 0, empty: 0}, 3)
    assert [record.value for record in records if record.partition == 0] == [b"l1", b"l2"]
    assert [record.value for record in records if record.partition == 1] == [b"r0"]


def test_a_reader_sees_what_two_appenders_wrote_in_one_order_without_gaps(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with ClosingAppender(log, tp) as one, ClosingAppender(log, tp) as two:
        for n in range(50):
            one.append(None, b"one %d" % n)
            two.append(None, b"two %d" % n)
        acked = {ack.offset for ack in outcomes(one, 50) + outcomes(two, 50) if isinstance(ack, Ack)}
    records = read_all(log, {tp: 0}, 100)
    assert [record.offset for record in records] == list(range(100)) and acked == set(range(100))
    for name in (b"one", b"two"):
        assert [r.value for r in records if r.value.startswith(name)] == [b"%s %d" % (name, n) for n in range(50)]


def test_a_reader_waits_at_the_end_and_goes_on_from_there(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    write(log, tp, b"old")
    with closing(log.reader({tp: 1})) as reader:
        assert reader.poll(QUIET_S) == []
        write(log, tp, b"new")
        assert [record.value for record in read(reader, 1)] == [b"new"]


def test_a_poll_returns_at_most_what_was_asked_for_and_loses_nothing(cluster: Cluster) -> None:
    log, make_topic = cluster
    topic = make_topic(2)
    for number in range(2):
        write(log, TopicPartition(topic, number), *(b"%d" % n for n in range(20)))
    found: list[Record] = []
    with closing(log.reader({TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 0})) as reader:
        deadline = time.monotonic() + PATIENCE_S
        while len(found) < 40 and time.monotonic() < deadline:
            batch = reader.poll(0.2, max_records=7)
            assert len(batch) <= 7
            found += batch
    for number in range(2):
        assert [record.offset for record in found if record.partition == number] == list(range(20))


def test_an_assignment_replaces_the_one_before(cluster: Cluster) -> None:
    log, make_topic = cluster
    topic = make_topic(2)
    left, right = TopicPartition(topic, 0), TopicPartition(topic, 1)
    write(log, left, b"l0", b"l1")
    write(log, right, b"r0", b"r1")
    with closing(log.reader({left: 0})) as reader:
        assert [record.value for record in read(reader, 2)] == [b"l0", b"l1"]
        reader.assign({right: 1})
        assert [record.value for record in read(reader, 1)] == [b"r1"]
        reader.assign({left: 0})
        assert [record.value for record in read(reader, 2)] == [b"l0", b"l1"]
        reader.assign({})
        assert reader.poll(QUIET_S) == []


def test_an_offset_beyond_the_end_is_out_of_range(cluster: Cluster, request: pytest.FixtureRequest) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    write(log, tp, b"only")
    patience_s = HOPELESS_S if request.node.get_closest_marker("xfail") else PATIENCE_S
    assert isinstance(read_fault(log, {tp: 5}, patience_s), OffsetOutOfRange)


def test_a_trimmed_offset_is_out_of_range_and_the_rest_stays(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    write(log, tp, b"0", b"1", b"2", b"3")
    log.delete_before({tp: 3})
    log.delete_before({tp: 1})  # already gone: no effect
    assert log.starts([tp]) == {tp: 3} and log.ends([tp]) == {tp: 4}
    assert isinstance(read_fault(log, {tp: 2}), OffsetOutOfRange)
    assert [record.value for record in read_all(log, {tp: 3}, 1)] == [b"3"]
    write(log, tp, b"4")
    assert log.ends([tp]) == {tp: 5}
    with pytest.raises(OffsetOutOfRange):
        log.delete_before({tp: 6})


def test_a_negative_offset_is_out_of_range(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with pytest.raises(OffsetOutOfRange):
        log.reader({tp: -1})


def test_an_unknown_topic_is_a_fault(cluster: Cluster) -> None:
    log, _ = cluster
    unknown = TopicPartition("no-such-topic", 0)
    with pytest.raises(LogError):
        log.ends([unknown])
    with pytest.raises(LogError):
        log.delete_before({unknown: 1})


def test_nothing_asked_is_nothing_answered(cluster: Cluster) -> None:
    log, _ = cluster
    assert log.starts([]) == {} and log.ends([]) == {}
    log.delete_before({})


def test_a_record_that_is_too_large_is_failed_not_raised(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with ClosingAppender(log, tp) as appender:
        appender.append(None, b"x" * 2_000_000)
        appender.append(None, b"small")
        failed, acked = sorted(outcomes(appender, 2), key=lambda outcome: outcome.token)
    assert isinstance(failed, Failed) and failed.reason
    assert isinstance(acked, Ack) and acked.offset == 0


def test_a_full_queue_is_failed_not_raised(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with ClosingAppender(log, tp) as appender:
        for _ in range(20_500):  # nobody polls
            appender.append(None, b"x")
        failed = [outcome for outcome in outcomes(appender, 20_500) if isinstance(outcome, Failed)]
    assert failed and all("full" in outcome.reason for outcome in failed)


def test_a_purged_appender_cannot_be_used(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    appender = log.appender(tp)
    appender.append(None, b"x")
    appender.purge()
    appender.purge()
    assert [outcome.token for outcome in appender.poll(0)] == [1]  # an answer, whichever
    with pytest.raises(LogError):
        appender.append(None, b"y")
    appender.close(1.0)
    write(log, tp, b"by another")


def test_close_waits_for_what_is_in_flight(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    appender = log.appender(tp)
    for n in range(100):
        appender.append(None, b"%d" % n)
    appender.close(PATIENCE_S)
    assert log.ends([tp]) == {tp: 100}
    assert len(appender.poll(0)) == 100
    with pytest.raises(LogError):
        appender.append(None, b"late")


# What only memory can do on order: a real broker does these on its own time.


def test_the_faults_of_the_log_in_memory() -> None:
    log = SimLog({"t": 1})
    tp = TopicPartition("t", 0)
    log.plan(tp, Fate.LANDS, Fate.LANDS_UNACKED, Fate.LOST, Fate.LATE, Fate.LANDS_TWICE, Fate.LANDS)
    appender = log.appender(tp)
    for value in (b"0", b"1", b"2", b"3", b"4", b"5"):
        appender.append(None, value)
    outcome = appender.poll(0)
    assert [(ack.token, ack.offset) for ack in outcome if isinstance(ack, Ack)] == [(1, 0), (6, 4)]
    assert [failed.token for failed in outcome if isinstance(failed, Failed)] == [2, 3, 4, 5]
    assert log.land_late(tp) == [5] and log.land_late(tp) == []
    assert [record.value for record in read_all(log, {tp: 0}, 6)] == [b"0", b"1", b"4", b"4", b"5", b"3"]


def test_held_acks_come_after_their_release_and_as_unknown_after_a_purge() -> None:
    log = SimLog({"t": 1})
    tp = TopicPartition("t", 0)
    log.hold_acks(tp)
    patient, hasty = log.appender(tp), log.appender(tp)
    patient.append(None, b"a")
    hasty.append(None, b"b")
    assert patient.poll(1) == [] and log.ends([tp]) == {tp: 2}
    hasty.purge()
    assert [type(outcome) for outcome in hasty.poll(0)] == [Failed]
    log.release_acks(tp)
    assert patient.poll(0) == [Ack(1, 0, 0)]


def read_until(reader: Reader, count: int) -> list[Record]:
    found: list[Record] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(found) < count and time.monotonic() < deadline:
        found += reader.poll(0.2)
    return found


def test_a_patient_reader_misses_nothing(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with closing(log.reader({tp: 0}, patient=True)) as reader:
        write(log, tp, *(b"%d" % n for n in range(30)))
        found: list[bytes] = []
        deadline = time.monotonic() + PATIENCE_S
        while len(found) < 30 and time.monotonic() < deadline:
            found += [record.value for record in reader.poll(0.2)]
    assert found == [b"%d" % n for n in range(30)]


def test_of_held_partitions_nothing_comes_before_they_are_released_and_then_everything(cluster: Cluster) -> None:
    log, make_topic = cluster
    topic = make_topic(2)
    free, held = TopicPartition(topic, 0), TopicPartition(topic, 1)
    write(log, free, b"f1", b"f2")
    write(log, held, b"h1", b"h2")
    with closing(log.reader({free: 0, held: 1}, held=[held])) as reader:
        assert [r.value for r in read_until(reader, 2)] == [b"f1", b"f2"]
        assert reader.poll(0.3) == []
        reader.release()
        write(log, held, b"h3")
        assert [r.value for r in read_until(reader, 2)] == [b"h2", b"h3"]


def test_a_reader_knows_the_ends_of_what_it_has_read_without_asking(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    write(log, tp, b"a", b"b")
    with closing(log.reader({tp: 0})) as reader:
        deadline = time.monotonic() + PATIENCE_S
        while not reader.poll(0.2) and time.monotonic() < deadline:
            pass
        assert reader.known_ends() == {tp: 2}


def test_a_backlog_is_acknowledged_in_order_at_consecutive_offsets(cluster: Cluster) -> None:
    log, make_topic = cluster
    tp = TopicPartition(make_topic(1), 0)
    with ClosingAppender(log, tp) as appender:
        tokens = [appender.append(None, b"%d" % n) for n in range(300)]
        found = outcomes(appender, 300)
    assert [outcome.token for outcome in found] == tokens
    assert [outcome.offset for outcome in found if isinstance(outcome, Ack)] == list(range(300))


# What only Kafka has.


@pytest.mark.integration
def test_the_broker_without_java_counts_a_batch_as_one_so_its_clients_send_single_records(
    memory_broker: MemoryBroker,
) -> None:
    """Why `CLIENT_SETTINGS` are what they are. Once the first assertion fails the broker counts, and they may go."""
    batched = KafkaSettings(memory_broker.bootstrap_servers, {"linger.ms": "200"})
    for settings, end in ((batched, 1), (memory_broker.settings, 4)):
        log = KafkaLog(settings)
        name = f"contract-{uuid.uuid4().hex}"
        log.create_topics([TopicSpec(name, 1)])
        tp = TopicPartition(name, 0)
        write(log, tp, *(b"%d" % n for n in range(4)))  # more at once leave in a second batch: `oms.runtime.pacing`
        assert log.ends([tp]) == {tp: end}
        assert len(read_all(log, {tp: 0}, 4)) == 4


@pytest.mark.integration
def test_readers_of_the_broker_without_java_miss_nothing_that_several_producers_append_at_once(
    memory_broker: MemoryBroker,
) -> None:
    """Without `GaplessReader` six readers pass over some four records in this time: a fetch sees an offset before the record is there."""
    log, name = KafkaLog(memory_broker.settings), f"contract-{uuid.uuid4().hex}"
    log.create_topics([TopicSpec(name, 1)])
    tp, until = TopicPartition(name, 0), time.monotonic() + 5.0
    with ThreadPoolExecutor(12) as pool:
        written = [pool.submit(write_until, memory_broker.settings, tp, until) for _ in range(6)]
        read = [pool.submit(offsets_until, memory_broker.settings, tp, until) for _ in range(6)]
    total = sum(count.result() for count in written)
    assert log.ends([tp]) == {tp: total}
    for offsets in (future.result() for future in read):
        assert offsets == list(range(len(offsets))) and offsets
    assert len(read_all(log, {tp: 0}, total)) == total


def write_until(settings: KafkaSettings, tp: TopicPartition, until: float) -> int:
    """One record at a time by one producer; returns how many."""
    count = 0
    with ClosingAppender(KafkaLog(settings), tp) as appender:
        while time.monotonic() < until:
            appender.append(None, b"x")
            assert isinstance(outcomes(appender, 1)[0], Ack)
            count += 1
    return count


def offsets_until(settings: KafkaSettings, tp: TopicPartition, until: float) -> list[int]:
    offsets: list[int] = []
    with closing(KafkaLog(settings).reader({tp: 0})) as reader:
        while time.monotonic() < until:
            offsets += [record.offset for record in reader.poll(0.05)]
    return offsets


@pytest.mark.integration
def test_topics_are_created_once_with_the_settings_that_audit_relies_on(broker: Broker) -> None:
    log = KafkaLog(KafkaSettings(broker.bootstrap_servers))
    name = f"contract-{uuid.uuid4().hex}"
    assert log.create_topics([TopicSpec(name, 4, {"cleanup.policy": "compact"})]) == [name]
    assert log.create_topics([TopicSpec(name, 4, {"cleanup.policy": "compact"})]) == []
    assert log.partition_counts()[name] == 4
    config = log.topic_config(name)
    assert config["message.timestamp.type"] == "LogAppendTime" and config["retention.ms"] == "-1"
    assert config["cleanup.policy"] == "compact" and config["min.insync.replicas"] == "1"
    with pytest.raises(LogError, match="4 partitions, not 8"):
        log.create_topics([TopicSpec(name, 8)])


def test_settings_that_make_appends_safe_cannot_be_changed() -> None:
    with pytest.raises(LogError, match=r"acks, auto\.offset\.reset"):
        KafkaLog(KafkaSettings("127.0.0.1:1", {"acks": "1", "auto.offset.reset": "latest", "client.id": "mine"}))
