"""Alerts out of the journals into `oms.alerts`: what the audit tells beside writing, and never waits for.

    a batch is written    its alerts are queued, and sent as far as nothing is on its way
    each step             answers are looked at; after a fault the same is sent again, by a new producer, a second later
    a start               what the topic holds last says where to go on; what was written behind that is read back from the store

So whatever crashes when, each alert is told at least once, and an `oms.alerts` that takes nothing stops neither the audit nor, with it, new
orders. Memory is bounded: what does not fit is read back from the store once there is room.

Each journal partition's alerts come in order, each with the place of the one before it, and a repetition begins no later than what was told
last. So a reader needs only the place of the newest of each journal partition to see every alert once: it passes over what is not behind
it, and what comes after one that it has not seen, which was lost on its way and comes again with all that follows. Of two auditors each tells
all: so the topic is not compacted, for the one that is behind may say last what is not so any more.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from oms.runtime.audit_store import AuditStore
from oms.runtime.log import Ack, Appender, Log, LogError, TopicPartition
from oms.wire import topics
from oms.wire.audit_rows import alerts_in
from oms.wire.codec import decode_intake, decode_journal, encode_intake
from oms.wire.envelope import AlertNotice, Envelope

logger = logging.getLogger(__name__)

ANSWER_S_MAX = 20.0
"""A little more than the producer's own delivery timeout."""

AGAIN_S = 1.0
"""After a fault."""

WAITING_MAX = 10_000
"""Alerts of a journal partition in memory: a few megabytes. As many as can be open."""

READ_BACK_MAX = 1_000
"""Records read back from the store at once."""

TAIL_MAX = 2_000
"""Records at the end of a partition of `oms.alerts` in which the newest of each journal is looked for: more than one step tells."""

TAIL_S_MAX = 2.0

_JOURNALS = (topics.RISK, topics.EXECUTION)


@dataclass(slots=True)
class Journal:
    """The alerts of a partition of a journal. `told`: the place of the newest that is in the topic, `last` of the newest in `waiting`; `behind`:
    the store has more of them than `waiting`. `flight`: answers that are awaited, of the first `sent` of `waiting`."""

    tp: TopicPartition
    told: tuple[int, int] = (-1, 0)
    waiting: deque[AlertNotice] = field(default_factory=deque)
    last: tuple[int, int] = (-1, 0)
    behind: bool = True
    appender: Appender | None = None
    flight: set[int] = field(default_factory=set)
    sent: int = 0
    sent_s: float = 0.0
    again_s: float = 0.0

    def add(self, notice: AlertNotice) -> None:
        """Behind all that waits."""
        after = self.last if self.waiting else self.told
        self.waiting.append(replace(notice, after_offset=after[0], after_index=after[1]))
        self.last = notice.place


class AlertForwarder:
    """Appends to the partitions of `oms.alerts`; used by one thread. Never waits for the topic, once it has looked where it ends."""

    def __init__(self, log: Log, store: AuditStore, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log, self._store, self._monotonic = log, store, monotonic
        self._journals: dict[TopicPartition, Journal] = {}
        self.forwarded = 0

    @property
    def waiting(self) -> int:
        """Alerts that are not known to be told, as far as they are in memory."""
        return sum(len(journal.waiting) for journal in self._journals.values())

    def begin(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget everything, and look where the topic ends. What cannot be looked at is told from the beginning: readers pass it over."""
        self.close()
        self._journals = {tp: Journal(tp) for tp in partitions if tp.topic in _JOURNALS}
        try:
            self._look({TopicPartition(topics.ALERTS, tp.partition) for tp in self._journals})
        except LogError as fault:
            logger.warning("it is not known which alerts were told: %s", fault)

    def _look(self, partitions: set[TopicPartition]) -> None:
        starts, ends = self._log.starts(sorted(partitions)), self._log.ends(sorted(partitions))
        positions = {tp: max(starts[tp], ends[tp] - TAIL_MAX) for tp in partitions if ends[tp] > starts[tp]}
        if not positions:
            return
        reader, deadline = self._log.reader(positions), self._monotonic() + TAIL_S_MAX
        polls = 0
        try:
            while any(at < ends[tp] for tp, at in positions.items()):
                polls += 1
                if self._monotonic() > deadline or polls > TAIL_MAX:
                    raise LogError("the end of oms.alerts could not be read in time")
                for record in reader.poll(0.05):
                    positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
                    self._note(decode_intake(topics.ALERTS, record.value))
        finally:
            reader.close()

    def _note(self, notice: AlertNotice) -> None:
        journal = self._journals.get(TopicPartition(notice.topic, notice.partition))
        if journal is not None and (journal.told[0] < 0 or notice.follows(journal.told)):
            journal.told = notice.place

    def offer(self, notices: Sequence[AlertNotice]) -> None:
        """Alerts of records that are about to be written, in order. Never waits."""
        for notice in notices:
            journal = self._journals[TopicPartition(notice.topic, notice.partition)]
            if journal.behind or notice.place <= journal.told:
                continue
            if len(journal.waiting) < WAITING_MAX:
                journal.add(notice)
            else:
                journal.behind = True
        self._send()

    def step(self) -> None:
        """Look at answers, read back what is missing, and send what waits. Not between an `offer` and the write of what it is of."""
        for journal in self._journals.values():
            self._answers(journal)
            if journal.behind and not journal.waiting:
                self._read_back(journal)
        self._send()

    def _read_back(self, journal: Journal) -> None:
        """The next alerts behind what is told that the store has."""
        rows = self._store.alert_records(journal.tp, max(0, journal.told[0]), READ_BACK_MAX)
        for offset, value in rows:
            record = decode_journal(value)
            assert isinstance(record, Envelope), f"{journal.tp} at {offset} is valid, and no record"
            for notice in alerts_in(*journal.tp, offset, record):
                if notice.place > journal.told:
                    journal.add(notice)
        journal.behind = len(rows) == READ_BACK_MAX

    def _send(self) -> None:
        now = self._monotonic()
        for journal in self._journals.values():
            if journal.flight or not journal.waiting or now < journal.again_s:
                continue
            if journal.appender is None:
                journal.appender = self._log.appender(TopicPartition(topics.ALERTS, journal.tp.partition))
            key = journal.tp.topic.encode()
            values = [encode_intake(topics.ALERTS, notice) for notice in journal.waiting]
            journal.flight = {journal.appender.append(key, value) for value in values}
            journal.sent, journal.sent_s = len(values), now

    def _answers(self, journal: Journal) -> None:
        """All of a flight, or none of it: what came before a fault is told again with the rest, in order."""
        if journal.appender is None or not journal.flight:
            return
        for outcome in journal.appender.poll(0.0):
            if not isinstance(outcome, Ack):
                self._fault(journal, f"the fate of an alert is unknown: {outcome.reason}")
                return
            journal.flight.discard(outcome.token)
        if not journal.flight:
            told = [journal.waiting.popleft() for _ in range(journal.sent)]
            journal.told, journal.sent = told[-1].place, 0
            self.forwarded += len(told)
            return
        if self._monotonic() - journal.sent_s > ANSWER_S_MAX:
            self._fault(journal, f"no answer about an alert for {ANSWER_S_MAX:.0f} s")

    def _fault(self, journal: Journal, why: str) -> None:
        logger.warning("alerts wait, and are sent again: %s", why)
        assert journal.appender is not None
        journal.appender.purge()
        journal.appender, journal.flight, journal.sent = None, set(), 0
        journal.again_s = self._monotonic() + AGAIN_S

    def close(self) -> None:
        for journal in self._journals.values():
            if journal.appender is not None:
                journal.appender.close(1.0)
        self._journals = {}
