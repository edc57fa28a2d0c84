"""Everything that is judged after a round, read from the stores themselves: all topics of the order path, the venues' own log, ClickHouse.

A log is read from its first record every time. What was read before is only compared, byte for byte by digest; what is new is decoded and
folded by the run rule. Nothing is taken from a service. The pieces are put together as histories for `oms.testing.history`.

Does not know faults. A source that cannot be read raises `ReconcileError` or the store's own error.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oms.core.enums import ExecType
from oms.core.execution_events import ChildReport, FillCorrected
from oms.core.reasons import Reason
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    ExposureCorrected,
    ExposureMoved,
    MassCancelStarted,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
)
from oms.core.routing_events import ParentTraded, TradeCorrected
from oms.core.run_rule import JOURNAL_START, RunPosition, Validity, advance
from oms.runtime.clickhouse import ClickHouse
from oms.runtime.log import Log, Record, TopicPartition
from oms.testing.chaos.desk import key_of_command
from oms.testing.history import Acted, Audited, Fill, Place, Poll, Position
from oms.testing.reconcile_facts import order_of_child
from oms.testing.reconcile_sources import ReconcileError, child_of
from oms.venues.evidence import Evidence
from oms.wire import topics
from oms.wire.codec import CodecError, decode_head, decode_intake, decode_journal
from oms.wire.envelope import Envelope

STALL_S = 15.0
"""Without a record for so long, what must be there counts as unreadable: longer than an election of a leader."""

POLL_S, POLL_RECORDS = 0.05, 5_000
READER, AGAIN, AUDIT = "reader", "read again", "audit"
READ = (
    topics.REFERENCE,
    topics.CONTROL,
    topics.ORDERS,
    topics.RISK,
    topics.ROUTING,
    topics.EXECUTION,
    topics.DEAD_LETTERS,
)
JOURNALS = frozenset(topics.JOURNAL_OF_STAGE.values())


@dataclass(slots=True)
class PlaceReading:
    """What is known of one place. `keys`: the commands in `oms.orders`; `events`: those of all valid records of a journal."""

    digests: list[str] = field(default_factory=list)
    run: RunPosition = JOURNAL_START
    void: set[int] = field(default_factory=set)
    keys: list[tuple[int, str]] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    audited_to: int = 0


class Readings:
    """One run's. `read` the log first, then ask for the parts."""

    def __init__(self, log: Log, partitions: int) -> None:
        self._log = log
        self.places = [
            TopicPartition(topic, p) for topic in READ for p in range(topics.BY_NAME[topic].partitions(partitions))
        ]
        self.audited_places = [
            TopicPartition(t.name, p) for t in topics.TOPICS if t.audited for p in range(t.partitions(partitions))
        ]
        self._of: dict[Place, PlaceReading] = {place: PlaceReading() for place in self.places}
        self.polls: list[Poll] = []
        self.acted: list[Acted] = []
        self.positions: list[Position] = []
        self.ends: dict[Place, int] = {}
        self.claims = 0
        self._due: dict[TopicPartition, int] = {}
        self._last: dict[tuple[str, str, int], int] = {}  # positions that only repeat themselves are left out

    def read(self) -> None:
        """Everything up to the ends as they are now."""
        ends = self._log.ends(self.places)
        self.ends = {(tp.topic, tp.partition): end for tp, end in ends.items()}
        self.positions += [Position(READER, place, len(self._of[place].digests)) for place in self.places]
        fresh: dict[Place, list[tuple[int, str]]] = {place: [] for place in self.places}
        for record in self._records({tp: ends[tp] for tp in self.places}):
            place: Place = (record.topic, record.partition)
            known = self._of[place]
            digest = digest_of(record.key, record.value)
            if record.offset >= len(known.digests):
                fresh[place].append((record.offset, digest))
                known.digests.append(digest)
                self._take(known, place, record)
            elif known.digests[record.offset] != digest:
                self.polls.append(Poll(AGAIN, place, ((record.offset, digest),)))
        self.polls += [Poll(READER, place, tuple(seen)) for place, seen in fresh.items() if seen]

    def _records(self, ends: Mapping[TopicPartition, int]) -> Iterator[Record]:
        """Every record below `ends`. A place that was trimmed cannot be judged, and is an error."""
        for tp, start in self._log.starts(list(ends)).items():
            if start:
                raise ReconcileError(f"{tp.topic}/{tp.partition} begins at {start}: a trimmed place cannot be judged")
        left = {tp: 0 for tp, end in ends.items() if end}
        if not left:
            return
        reader = self._log.reader(left)
        try:
            heard = time.monotonic()
            while any(position < ends[tp] for tp, position in left.items()):
                for record in reader.poll(POLL_S, POLL_RECORDS):
                    tp = TopicPartition(record.topic, record.partition)
                    left[tp], heard = record.offset + 1, time.monotonic()
                    if record.offset < ends[tp]:
                        yield record
                if time.monotonic() - heard > STALL_S:
                    behind = [f"{tp.topic}/{tp.partition} at {p}" for tp, p in left.items() if p < ends[tp]]
                    raise ReconcileError(f"nothing to read for {STALL_S:.0f} s: {', '.join(behind)}")
        finally:
            reader.close()

    def _take(self, known: PlaceReading, place: Place, record: Record) -> None:
        if record.topic == topics.ORDERS:
            try:
                key = key_of_command(decode_intake(topics.ORDERS, record.value))
            except CodecError:
                key = f"unreadable {digest_of(record.key, record.value)}"
            known.keys.append((record.offset, key))
        elif record.topic in JOURNALS:
            known.run, validity = advance(known.run, record.offset, *decode_head(record.value))
            if validity is Validity.CLAIM:
                self.claims += 1
            elif validity is Validity.VOID:
                known.void.add(record.offset)
            elif validity is Validity.VALID:
                envelope = decode_journal(record.value)
                assert isinstance(envelope, Envelope)
                known.events += envelope.events
                self._follow(place, record.offset, envelope)

    def _follow(self, place: Place, offset: int, envelope: Envelope) -> None:
        """What a stage acted on, and how far it said it has read. A step names its own journal, many times: it is no input."""
        source = envelope.source
        if source.topic and (source.topic, source.partition) != place and not source.timer:
            self.acted.append(Acted(place, offset, (source.topic, source.partition), source.offset))
        name = f"{place[0]}/{place[1]}"
        for p in envelope.positions:
            if self._last.get((name, p.topic, p.partition)) != p.next_offset:
                self._last[name, p.topic, p.partition] = p.next_offset
                self.positions.append(Position(name, (p.topic, p.partition), p.next_offset))

    # Parts

    @property
    def void(self) -> dict[Place, frozenset[int]]:
        return {place: frozenset(known.void) for place, known in self._of.items() if known.void}

    @property
    def dead_letters(self) -> int:
        return sum(end for place, end in self.ends.items() if place[0] == topics.DEAD_LETTERS)

    def events(self, topic: str) -> Iterator[Any]:
        """Of all valid records of a journal, partition by partition."""
        for place, known in self._of.items():
            if place[0] == topic:
                yield from known.events

    def command_polls(self) -> list[Poll]:
        """`oms.orders` as commands."""
        return [Poll(READER, place, tuple(known.keys)) for place, known in self._of.items() if known.keys]

    def decided(self) -> list[str]:
        return [key for event in self.events(topics.RISK) if (key := decided_key(event))]

    def audit_polls(self, client: ClickHouse) -> list[Poll]:
        """What ClickHouse has, in the name space of the log's reader; each offset is asked for once."""
        found = []
        for place, known in self._of.items():
            rows = client.query(
                "SELECT offset, lower(hex(SHA1(concat(ifNull(key, ''), '|', value)))) FROM oms.records "
                "WHERE topic = %(topic)s AND partition = %(partition)s AND offset >= %(from)s AND offset < %(to)s ORDER BY offset",
                {"topic": place[0], "partition": place[1], "from": known.audited_to, "to": self.ends[place]},
            )
            if rows:
                known.audited_to = int(rows[-1][0]) + 1
                found.append(Poll(AUDIT, place, tuple((int(offset), str(digest)) for offset, digest in rows)))
        return found

    def set_due(self) -> None:
        """From now on the audit owes what the log has now: topics that never rest would else always be a little ahead of it."""
        self._due = self._log.ends(self.audited_places)

    def audited(self, client: ClickHouse) -> list[Audited]:
        """What is due, by place. The ends are asked for again after the rows: the audit cannot have read what was not there."""
        counted, last = {}, {}
        for tp in self.audited_places:
            ((rows, offsets),) = client.query(
                "SELECT count(), uniqExact(offset) FROM oms.records "
                "WHERE topic = %(topic)s AND partition = %(partition)s AND offset < %(due)s",
                {"topic": tp.topic, "partition": tp.partition, "due": self._due[tp]},
            )
            counted[tp] = int(rows), int(offsets)
        for topic, partition, highest in client.query(
            "SELECT toString(topic), partition, max(offset) FROM oms.records GROUP BY topic, partition"
        ):
            last[TopicPartition(topic, partition)] = int(highest)
        ends = self._log.ends(self.audited_places)
        beyond = {tp: max(0, last.get(tp, -1) + 1 - ends[tp]) for tp in self.audited_places}
        return [Audited(tp, self._due[tp], *counted[tp], beyond[tp]) for tp in self.audited_places]

    def fills(self, evidence: Evidence, client: ClickHouse) -> dict[str, list[Fill]]:
        """The five books of what was executed."""
        executed = [e for e in self.events(topics.EXECUTION) if _is_execution(e)]
        traded = [e for e in self.events(topics.ROUTING) if isinstance(e, ParentTraded | TradeCorrected)]
        moved = [e for e in self.events(topics.RISK) if isinstance(e, ExposureMoved | ExposureCorrected)]
        rows = client.query("SELECT order_id, venue_id, exec_id, last_px, last_qty FROM oms.executions")
        return {
            "the venues": [
                (order_of_child(child_of(o)), f"{o.venue}/{f.exec_id}", f.px, f.qty)
                for o in evidence.orders
                for f in o.fills
            ],
            "execution": standing(executed),
            "the router": standing(traded),
            "risk": standing(moved),
            "ClickHouse": [(order, f"{venue}/{exec_id}", px, qty) for order, venue, exec_id, px, qty in rows],
        }


def _is_execution(event: Any) -> bool:
    return isinstance(event, FillCorrected) or (isinstance(event, ChildReport) and event.exec_type is ExecType.TRADE)


def standing(events: Iterable[Any]) -> list[Fill]:
    """Fills as corrections and busts leave them; what was booked twice is there twice."""
    fills: list[Fill] = []
    for e in events:
        venue = f"{e.venue_id}/" if hasattr(e, "venue_id") else ""  # risk's names have it in them
        if not isinstance(e, FillCorrected | TradeCorrected | ExposureCorrected):
            fills.append((e.order_id, f"{venue}{e.exec_id}", e.last_px, e.last_qty))
            continue
        old = (e.order_id, f"{venue}{e.exec_ref_id}", e.old_px, e.old_qty)
        if old in fills:
            fills.remove(old)
        if e.new_qty:
            fills.append((e.order_id, f"{venue}{e.exec_id}", e.new_px, e.new_qty))
    return fills


def digest_of(key: bytes | None, value: bytes) -> str:
    """As ClickHouse computes it from its columns."""
    return hashlib.sha1((key or b"") + b"|" + value).hexdigest()


def decided_key(event: Any) -> str:
    """The key of the command that an event of risk decides; empty where it decides none, or refuses a reused id."""
    match event:
        case OrderRejected(reason=Reason.DUPLICATE_CL_ORD_ID) | ReplaceRejected(reason=Reason.DUPLICATE_CL_ORD_ID):
            return ""
        case OrderAccepted() | OrderRejected():
            return key_of_command(event.order)
        case CancelAccepted() | CancelRejected():
            return key_of_command(event.cancel)
        case ReplaceAccepted() | ReplaceRejected():
            return key_of_command(event.replace)
        case MassCancelStarted() if event.mass_cancel is not None:
            return key_of_command(event.mass_cancel)
    return ""


def venue_news(directory: Path) -> list[str]:
    """Every order that a venue was asked to create, as its session numbered it in, in the order read. A torn last line is not there."""
    found = []
    for path in sorted(directory.glob("venue-[0-9]*.log")):
        with path.open("rb") as lines:
            for line in lines:
                if b"NewOrderSingle" in line and line.endswith(b"\n"):
                    received: Sequence[Any] = json.loads(line).get("Received", ())
                    found += [f"{s} {m['ClOrdID']}" for s, m in received if m["MsgType"] == "NewOrderSingle"]
    return found
