"""One order over the records of a partition's topics: nothing is delivered before what it rests on.

The rule: a record whose envelope says that it was decided having read another topic up to position k waits until everything of that
topic below k is delivered. Along the edges routing → risk → orders, which is the way that cause takes. So a fill comes after the
acceptance of its order, however the records of different topics arrive. Causes are in the log before their effects, so nothing waits
for ever. Records of one topic keep their order.

Only records that count by the run rule carry content; claims, void records and unreadable commands are delivered as empty entries,
because positions move over them. Knows no reader, and nothing of what a record says.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from oms.core.commands import Command
from oms.core.run_rule import NO_EPOCH, RunPosition, Validity, ack_on_plan, advance
from oms.gateway.resume_token import ReadVector
from oms.wire import topics
from oms.wire.envelope import Claim, Envelope

_RESTS_ON = {topics.ROUTING: topics.RISK, topics.RISK: topics.ORDERS}


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in its place. `content` is None where it does not count. `after` is the read position behind it."""

    topic: str
    offset: int
    content: Command | Envelope | None
    after: RunPosition


class CausalMerge:
    """The merge of one partition, from given read positions (of some or all of orders, risk and routing)."""

    def __init__(self, partition: int, starts: Mapping[str, RunPosition]) -> None:
        self._partition = partition
        self._read = dict(starts)
        self._delivered = dict(starts)
        self._waiting: dict[str, deque[Entry]] = {topic: deque() for topic in starts}

    @property
    def held(self) -> int:
        """Entries that wait for others."""
        return sum(len(queue) for queue in self._waiting.values())

    def read_position(self, topic: str) -> int:
        """The next offset to be offered."""
        return self._read[topic].next_offset

    def delivered(self, topic: str) -> int:
        """The next offset to be delivered."""
        return self._delivered[topic].next_offset

    def vector(self) -> ReadVector:
        """Where whoever took everything delivered so far stands."""
        return ReadVector(self._delivered[topics.RISK], self._delivered[topics.ROUTING])

    def offer_command(self, offset: int, command: Command | None) -> None:
        """A record of `oms.orders`; None where its bytes are no command."""
        after = RunPosition(offset + 1, NO_EPOCH, False)
        self._read[topics.ORDERS] = after
        self._waiting[topics.ORDERS].append(Entry(topics.ORDERS, offset, command, after))

    def offer_journal(self, topic: str, offset: int, record: Claim | Envelope) -> None:
        """The next record of a journal, judged by the run rule."""
        self._read[topic], content = judge(self._read[topic], offset, record)
        after = self._read[topic]
        self._waiting[topic].append(Entry(topic, offset, content, after))

    def deliver_each(self) -> Iterator[tuple[Entry, ReadVector]]:
        """Everything that may go now, in an order that keeps the rule; with each entry the read vector behind it."""
        moved = True
        while moved:
            moved = False
            for topic, queue in self._waiting.items():
                while queue and self._may_go(queue[0]):
                    entry = queue.popleft()
                    self._delivered[topic] = entry.after
                    yield entry, self.vector()
                    moved = True

    def _may_go(self, entry: Entry) -> bool:
        cause = _RESTS_ON.get(entry.topic)
        if cause not in self._delivered or not isinstance(entry.content, Envelope):
            return True
        needed = max(
            (p.next_offset for p in entry.content.positions if p.topic == cause and p.partition == self._partition),
            default=0,
        )
        return self._delivered[cause].next_offset >= needed


def start_at(offset: int) -> RunPosition:
    """The read position of a journal whose oldest record is at `offset`. Beyond 0 its run is not known: no epoch, and yet unbroken."""
    return RunPosition(offset, NO_EPOCH, offset > 0)


def judge(before: RunPosition, offset: int, record: Claim | Envelope) -> tuple[RunPosition, Envelope | None]:
    """The read position behind a journal's next record, and its envelope where it counts."""
    if isinstance(record, Claim):
        return advance(before, offset, True, 0, 0)[0], None
    after, validity = advance(_trimmed_start(before, record), offset, False, record.epoch, record.run_seq)
    return after, record if validity is Validity.VALID else None


def _trimmed_start(position: RunPosition, envelope: Envelope) -> RunPosition:
    """Where a log was trimmed its first claim is gone: a first record that lies on its run's plan is taken to be in an unbroken run.

    Trimming keeps what is younger than what the audit has written and judged, so what it cuts through is settled history.
    """
    offset = position.next_offset
    if position.epoch == NO_EPOCH and position.unbroken and ack_on_plan(envelope.epoch, envelope.run_seq, offset):
        return RunPosition(offset, envelope.epoch, True)
    return position
