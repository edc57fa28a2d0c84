"""What the gateway reads, and the view it serves from.

`GatewayFeed` is a thread's work: it reads and decodes. `GatewayView` lives in the event loop alone: batches come to it over
`call_soon_threadsafe`, are folded there, and whoever waits for a position is woken. So servicers need no lock.

Reads reference, control, orders, risk, routing, execution, alerts, dead letters and audit progress from the log's start (the view is a cache and starts
empty), heartbeats from now on. The market has a follower of its own. A journal with a record that cannot be read is not read on: nobody may guess.
"""

import asyncio
import heapq
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from oms.core.control import AlertAcknowledged, Control, fold_control
from oms.core.market import MarketView
from oms.core.reference import Account, Reference, ReferenceChange, entity_key, fold_reference
from oms.core.run_rule import RunPosition
from oms.gateway.alert_board import AlertBoard
from oms.gateway.blotter import Blotter
from oms.gateway.letter import Letter
from oms.gateway.liquidations import Liquidations
from oms.gateway.mass_cancels import MassCancels
from oms.gateway.merge import CausalMerge, Entry, start_at
from oms.gateway.profit import Book
from oms.gateway.reference_authors import Authors
from oms.gateway.trips import Trips
from oms.gateway.update_ring import RING_ENTRIES, UpdateRing, entry_of
from oms.gateway.venue_states import VenueStates
from oms.runtime.log import Log, Record, TopicPartition
from oms.wire import topics
from oms.wire.audit_watch import AuditWatch
from oms.wire.codec import CodecError, decode_intake, decode_journal
from oms.wire.envelope import AlertNotice, AuditProgress, Claim, DeadLetter, Envelope, Heartbeat

_LOGGER = logging.getLogger(__name__)

POLL_S = 0.05
BATCHES_MAX = 8
"""Batches on their way into the event loop: the reader waits for the loop, not the other way round."""

OUTCOMES_KEPT = 10_000
"""Results of reference changes kept for whoever asked for them."""

_JOURNALS = (topics.RISK, topics.ROUTING, topics.EXECUTION)
_SINGLES = (topics.REFERENCE, topics.CONTROL, topics.DEAD_LETTERS, topics.AUDIT_PROGRESS, topics.HEARTBEATS)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record and its value; None where the bytes of an intake are none of its records."""

    record: Record
    value: object | None


class Gate:
    """A position that only grows, and who waits for it."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = 0

    async def reach(self, position: int) -> None:
        """Return once the position is reached."""
        if self.position >= position:
            return
        future = asyncio.get_running_loop().create_future()
        self._number += 1
        heapq.heappush(self._waiting, (position, self._number, future))
        try:
            await future
        except asyncio.CancelledError:
            self._waiting = [waiter for waiter in self._waiting if not waiter[2].done()]
            heapq.heapify(self._waiting)
            raise

    def advance(self, position: int) -> None:
        self.position = max(self.position, position)
        while self._waiting and self._waiting[0][0] <= self.position:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)


class PartitionView:
    """One partition: its records in causal order, its blotter, and the updates for subscribers."""

    def __init__(
        self,
        partition: int,
        starts: dict[str, RunPosition],
        ring_entries: int = RING_ENTRIES,
        execution_end: int = 0,
        trips: Trips | None = None,
    ) -> None:
        """`execution_end`: of `oms.execution` when the gateway started. `trips`: those of all partitions."""
        self.blotter = Blotter(partition, book=Book(whole=starts[topics.RISK].next_offset == 0))
        self.venues = VenueStates(starts[topics.EXECUTION].next_offset, execution_end)
        self.mass_cancels = MassCancels()
        self.trips = trips if trips is not None else Trips()
        self.liquidations = Liquidations()
        self._partition = partition
        self._merge = CausalMerge(partition, {t: p for t, p in starts.items() if t != topics.EXECUTION})
        self.ring = UpdateRing(self._merge.vector(), ring_entries)
        self.received = Gate(self._merge.delivered(topics.ORDERS))
        self.judged = Gate(0)
        self.letters = Gate(0)
        self.listeners: set[asyncio.Event] = set()
        self.on_entry: Callable[[Entry, Blotter], None] | None = None
        """Told of each entry once it is folded; it must neither wait nor raise."""

    def offer(self, item: Decoded) -> None:
        record = item.record
        if record.topic == topics.EXECUTION:
            self.venues.offer(record.offset, item.value)  # type: ignore[arg-type]
        elif isinstance(item.value, Claim | Envelope):
            self._merge.offer_journal(record.topic, record.offset, item.value)
        else:
            self._merge.offer_command(record.offset, item.value)  # type: ignore[arg-type]

    def settle(self) -> None:
        """Fold what may be delivered now, and wake who waits for it."""
        entries = self._merge.deliver_each()
        moved = False
        for entry, vector in entries:
            self.blotter.fold(entry)
            self.mass_cancels.fold(entry, self.blotter)
            if entry.topic == topics.RISK and isinstance(entry.content, Envelope):
                self.trips.fold(self._partition, entry.offset, entry.content.events)  # type: ignore[arg-type]
            self.liquidations.fold(entry)
            if self.on_entry is not None:
                self.on_entry(entry, self.blotter)
            self.ring.add(entry_of(self._partition, entry, vector), vector)
            moved = True
        if not moved:
            return
        self.received.advance(self._merge.delivered(topics.ORDERS))
        self.judged.advance(self.blotter.judged_below)
        for listener in self.listeners:
            listener.set()

    def lettered(self, offset: int, letter: Letter) -> None:
        """A dead letter about the command at `offset`."""
        self.blotter.lettered(offset, letter)
        self.letters.advance(self.letters.position + 1)

    def read_position(self, topic: str) -> int:
        return self._merge.read_position(topic)


class GatewayView:
    """All that the servicers answer from. Only the event loop touches it (the market apart, which is of immutable values)."""

    def __init__(
        self,
        partitions: int,
        starts: dict[TopicPartition, int],
        ends: dict[TopicPartition, int],
        ring_entries: int = RING_ENTRIES,
    ) -> None:
        self.reference = Reference()
        self.control = Control()
        self.control_newest_ms: int | None = None
        self.market = MarketView()
        self.audit = AuditWatch(partitions)
        self.audit_progress: dict[tuple[str, int], AuditProgress] = {}
        self.heartbeats: dict[tuple[str, int, str], Heartbeat] = {}
        self.alerts = AlertBoard()
        self.alert_listeners: set[asyncio.Event] = set()
        self.reference_gate = Gate(0)
        self.reference_outcomes: dict[int, bool] = {}
        self.trips = Trips()
        self.authors = Authors()
        self.partitions = [
            PartitionView(p, _starts_of(p, starts), ring_entries, ends[TopicPartition(topics.EXECUTION, p)], self.trips)
            for p in range(partitions)
        ]
        self._read = dict(starts)
        self._ends = {tp: end for tp, end in ends.items() if tp.topic != topics.EXECUTION}
        self._ready = False
        self.broken: dict[TopicPartition, str] = {}
        """Journals that are not read any more, and why. Written by the feed's thread."""

    @property
    def ready(self) -> bool:
        """Whether everything that was in the log at the start has been folded, but for what execution said: no command and no update
        needs it, and orders do not wait for it (`VenueStates` says so, where somebody asks)."""
        if not self._ready:
            self._ready = all(self._read[tp] >= end for tp, end in self._ends.items() if tp not in self.broken)
        return self._ready

    def lag(self) -> int:
        """Records that were there at the start, that `ready` waits for, and that are not folded yet."""
        return sum(max(0, end - self._read[tp]) for tp, end in self._ends.items())

    def positions(self) -> dict[TopicPartition, int]:
        """The next offset of everything read but what is compacted, where offsets do not count records. From any thread."""
        return {tp: offset for tp, offset in self._read.copy().items() if not topics.BY_NAME[tp.topic].compacted}

    def apply(self, batch: Sequence[Decoded]) -> None:
        touched: set[int] = set()
        alerts = self.alerts.next_change
        for item in batch:
            record = item.record
            self._read[TopicPartition(record.topic, record.partition)] = record.offset + 1
            if record.topic in (topics.ORDERS, *_JOURNALS):
                self.partitions[record.partition].offer(item)
                touched.add(record.partition)
            else:
                self._single(record, item.value)
        for partition in touched:
            self.partitions[partition].settle()
        self.reference_gate.advance(self.reference.position)
        if self.alerts.next_change != alerts:
            for listener in self.alert_listeners:
                listener.set()

    def _single(self, record: Record, value: object | None) -> None:
        if record.topic == topics.REFERENCE:
            if isinstance(value, ReferenceChange):
                before = self.reference.accounts.get(entity_key(value.entity)[1])
                applied = fold_reference(self.reference, record.offset, value)
                if applied and before is not None and isinstance(value.entity, Account):
                    self.alerts.moved(before.account_id, before.desk_id, value.entity.desk_id)
                self.reference_outcomes[record.offset] = applied
                if applied:
                    self.authors.note(record.offset, value)
                while len(self.reference_outcomes) > OUTCOMES_KEPT:
                    del self.reference_outcomes[next(iter(self.reference_outcomes))]
            self.reference.position = record.offset + 1
        elif record.topic == topics.CONTROL:
            if value is not None:
                fold_control(self.control, record.offset, value)  # type: ignore[arg-type]
                self.trips.told(value)  # type: ignore[arg-type]
                if isinstance(value, AlertAcknowledged):
                    self.alerts.acknowledge(value)
            self.control.position = record.offset + 1
            self.control_newest_ms = record.timestamp_ms
        elif isinstance(value, AuditProgress):
            self.audit.apply(value)
            known = self.audit_progress.get((value.topic, value.partition))
            if known is None or known.prefix <= value.prefix:
                self.audit_progress[(value.topic, value.partition)] = value
        elif isinstance(value, DeadLetter):
            if value.topic == topics.ORDERS and 0 <= value.partition < len(self.partitions):
                self.partitions[value.partition].lettered(value.offset, Letter(record.offset, value.reason))
        elif isinstance(value, AlertNotice):
            self.alerts.take(value)
        elif isinstance(value, Heartbeat):
            self.heartbeats[(value.topic, value.partition, value.process_id)] = value


def _starts_of(partition: int, starts: dict[TopicPartition, int]) -> dict[str, RunPosition]:
    return {topic: start_at(starts[TopicPartition(topic, partition)]) for topic in (topics.ORDERS, *_JOURNALS)}


def read_partitions(partitions: int) -> list[TopicPartition]:
    """Everything the feed reads."""
    keyed = [
        TopicPartition(topic, p) for topic in (topics.ORDERS, *_JOURNALS, topics.ALERTS) for p in range(partitions)
    ]
    return [TopicPartition(topic, 0) for topic in _SINGLES] + keyed


def decode(record: Record) -> Decoded:
    """CodecError for a journal; an intake's unreadable record counts as empty (risk puts it into the dead letters)."""
    if record.topic in _JOURNALS:
        return Decoded(record, decode_journal(record.value))
    try:
        return Decoded(record, decode_intake(record.topic, record.value))
    except CodecError as error:
        _LOGGER.error("%s", error, extra=record.place)
        return Decoded(record, None)


class GatewayFeed:
    """Reads for one view, from construction on: `work` in a thread, until `stop`."""

    def __init__(self, log: Log, partitions: int) -> None:
        wanted = read_partitions(partitions)
        ends = log.ends(wanted)
        starts = log.starts(wanted)
        heartbeats = TopicPartition(topics.HEARTBEATS, 0)  # every process speaks once a second: its past is of no use
        starts[heartbeats] = ends[heartbeats]
        self.view = GatewayView(partitions, starts, ends)
        self._reader = log.reader(starts)
        self._stopping = threading.Event()
        self._room = threading.Semaphore(BATCHES_MAX)

    def stop(self) -> None:
        self._stopping.set()

    def work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Blocks until stopped. Raises where the log cannot be followed any more."""
        try:
            while not self._stopping.is_set():
                records = self._reader.poll(POLL_S)
                if not records:
                    self._stopping.wait(0.0005)  # a log in memory does not wait
                    continue
                self._hand_over(loop, self._decoded(records))
        finally:
            self._reader.close()

    def _decoded(self, records: Sequence[Record]) -> list[Decoded]:
        """What can be read. Of a journal that holds a record that cannot be, nothing more is taken: nobody may guess what it says. All
        else goes on, so that control still reaches those who can cancel at venues."""
        found: list[Decoded] = []
        for record in records:
            tp = TopicPartition(record.topic, record.partition)
            if tp in self.view.broken:
                continue
            try:
                found.append(decode(record))
            except CodecError as error:
                self.view.broken[tp] = f"{tp.topic}/{tp.partition} at {record.offset}: {error}"
                _LOGGER.critical("a journal is not read any more: %s", error, extra=record.place)
        return found

    def _hand_over(self, loop: asyncio.AbstractEventLoop, batch: Iterable[Decoded]) -> None:
        while not self._room.acquire(timeout=0.1):
            if self._stopping.is_set():
                return
        loop.call_soon_threadsafe(self._take, list(batch))

    def _take(self, batch: list[Decoded]) -> None:
        try:
            self.view.apply(batch)
        finally:
            self._room.release()
