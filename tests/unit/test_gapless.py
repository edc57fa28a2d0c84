"""A reader over a broker that passes over records: what it hands out, and when it gives up. The reader inside is a fake of that broker."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.runtime.gapless import HOLE_S_MAX, GaplessReader
from oms.runtime.log import LogError, OffsetOutOfRange, Record, TopicPartition

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


class HastyBroker:
    """A reader that answers with what `there` has at and after its positions, whether or not something before it is missing."""

    def __init__(self, positions: Mapping[TopicPartition, int]) -> None:
        self.there: set[tuple[TopicPartition, int]] = set()
        self.positions = dict(positions)
        self.fault: LogError | None = None
        self.released = self.closed = False

    def poll(self, timeout_s: float, max_records: int = 500) -> list[Record]:
        if self.fault is not None:
            raise self.fault
        found = sorted((tp, offset) for tp, offset in self.there if offset >= self.positions[tp])[:max_records]
        for tp, offset in found:
            self.positions[tp] = offset + 1
        return [Record(tp.topic, tp.partition, offset, 0, None, b"%d" % offset, ()) for tp, offset in found]

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self.positions = dict(positions)

    def release(self) -> None:
        self.released = True

    def known_ends(self) -> dict[TopicPartition, int]:
        return {A: 7}

    def close(self) -> None:
        self.closed = True


def places(records: list[Record]) -> list[tuple[int, int]]:
    return [(record.partition, record.offset) for record in records]


def test_what_was_passed_over_is_read_again_and_other_partitions_go_on() -> None:
    broker = HastyBroker({A: 3, B: 0})
    reader = GaplessReader(broker, {A: 3, B: 0})
    broker.there = {(A, 3), (A, 5), (B, 0)}
    assert places(reader.poll(0)) == [(0, 3), (1, 0)]
    assert places(reader.poll(0)) == []
    broker.there |= {(A, 4), (B, 1)}
    assert places(reader.poll(0)) == [(0, 4), (0, 5), (1, 1)]


@given(st.permutations(range(8)), st.integers(1, 4))
def test_in_whatever_order_records_come_into_being_each_is_read_once_and_in_order(order: list[int], most: int) -> None:
    broker = HastyBroker({A: 0})
    reader = GaplessReader(broker, {A: 0}, lambda: 0.0)
    read: list[int] = []
    for offset in order:
        broker.there.add((A, offset))
        read += [record.offset for record in reader.poll(0, most)]
    for _ in order:
        read += [record.offset for record in reader.poll(0, most)]
    assert read == list(range(8))


def test_a_record_that_does_not_come_ends_the_reader_but_not_before_its_time() -> None:
    now = 100.0
    broker = HastyBroker({A: 0})
    reader = GaplessReader(broker, {A: 0}, lambda: now)
    broker.there = {(A, 1)}
    assert reader.poll(0) == []
    now += HOLE_S_MAX
    assert reader.poll(0) == []
    now += 0.1
    with pytest.raises(LogError, match=r"t/0: the broker has records after offset 0, but not that one"):
        reader.poll(0)


def test_a_gap_that_closed_leaves_the_next_one_its_whole_time() -> None:
    now = 0.0
    broker = HastyBroker({A: 0})
    reader = GaplessReader(broker, {A: 0}, lambda: now)
    broker.there = {(A, 1)}
    assert reader.poll(0) == []
    broker.there |= {(A, 0), (A, 3)}
    now = HOLE_S_MAX
    assert places(reader.poll(0)) == [(0, 0), (0, 1)]
    now += HOLE_S_MAX
    assert reader.poll(0) == []
    broker.there.add((A, 2))
    assert places(reader.poll(0)) == [(0, 2), (0, 3)]


def test_a_new_assignment_is_where_reading_goes_on() -> None:
    broker = HastyBroker({A: 0})
    reader = GaplessReader(broker, {A: 0})
    broker.there = {(A, offset) for offset in range(4)}
    assert len(reader.poll(0)) == 4
    reader.assign({A: 2})
    assert places(reader.poll(0)) == [(0, 2), (0, 3)]
    assert reader.known_ends() == {A: 7}
    reader.release()
    reader.close()
    assert broker.released and broker.closed
    broker.fault = OffsetOutOfRange("trimmed")
    with pytest.raises(OffsetOutOfRange, match="trimmed"):
        reader.poll(0)
