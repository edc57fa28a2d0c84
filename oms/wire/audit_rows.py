"""What the audit writes about a record, and which range of records it writes next. Pure.

Rows are functions of (the partition's records from offset 0 on): every auditor makes the same ones, and `audit verify` makes them again.

Invariants:
- records enter `Prefix.rows_of` without a gap; the state moves past a batch as a whole, so a batch that was not confirmed means: start again
  from what ClickHouse holds;
- a record that cannot be decoded has a row too (completeness does not depend on understanding); in a journal it breaks the run;
- the batch at a prefix is the first plan for it, whoever made it.

Does not know ClickHouse, the log, or the time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, NamedTuple, Protocol

from oms.core import run_rule
from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
    order_id_of,
)
from oms.core.control import AlertAcknowledged, BreakResolution, CancelScope, Halt, Liquidate, Resume
from oms.core.market import MarketRecord
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.record_chain import AUDIT_CHAIN_START, audit_chain
from oms.core.reference import Reference, ReferenceChange, fold_reference
from oms.core.run_rule import JOURNAL_START, RunPosition, advance
from oms.wire import topics
from oms.wire.codec import CodecError, decode_intake, decode_journal, to_json
from oms.wire.envelope import AlertNotice, Claim, DeadLetter, Envelope

BATCH_RECORDS_MAX = 20_000
"""Records in one plan: a second of a busy partition; small enough that a repeat after a crash is quick."""

BATCH_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of values in one plan: a batch is held in memory with its rows, about ten times this."""


class Validity(IntEnum):
    """The verdict in a row. The first three are the run rule's."""

    CLAIM = run_rule.Validity.CLAIM
    VALID = run_rule.Validity.VALID
    VOID = run_rule.Validity.VOID
    INTAKE = 4
    UNREADABLE = 5


class LogRecord(Protocol):
    """A record as the broker holds it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp_ms(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...


class RecordRow(NamedTuple):
    """A row of `oms.records`, in the order of its columns."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes
    validity: int
    accepted: int
    epoch: int
    run_seq: int
    source_topic: str
    source_partition: int
    source_offset: int
    event_time_ns: int
    recorded_ns: int
    trace_id: str
    desk_id: str
    venue_id: str
    header: str
    event_types: tuple[str, ...]
    order_ids: tuple[str, ...]
    events: tuple[str, ...]
    chain: bytes


class QuoteRow(NamedTuple):
    """A row of `oms.quotes`."""

    partition: int
    offset: int
    index_in_record: int
    last_in_record: int
    timestamp_ms: int
    venue_id: str
    instrument_id: str
    feed_epoch: int
    accepted: int
    time_ns: int
    bid_px: int
    bid_qty: int
    ask_px: int
    ask_qty: int


class TradeRow(NamedTuple):
    """A row of `oms.trades`."""

    partition: int
    offset: int
    index_in_record: int
    timestamp_ms: int
    venue_id: str
    instrument_id: str
    feed_epoch: int
    accepted: int
    time_ns: int
    price: int
    qty: int
    trade_id: str
    suspicious: int


@dataclass(slots=True)
class Rows:
    """What one batch writes into each table, and tells."""

    records: list[RecordRow] = field(default_factory=list)
    quotes: list[QuoteRow] = field(default_factory=list)
    trades: list[TradeRow] = field(default_factory=list)
    alerts: list[AlertNotice] = field(default_factory=list)
    """Not of a table: what goes on to `oms.alerts`."""


class _Content(NamedTuple):
    """What a record says, as far as a row's columns ask."""

    validity: Validity
    accepted: bool
    epoch: int = -1
    run_seq: int = 0
    source: tuple[str, int, int] = ("", 0, 0)
    event_time_ns: int = 0
    recorded_ns: int = 0
    trace_id: str = ""
    desk_id: str = ""
    venue_id: str = ""
    header: str = ""
    event_types: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(slots=True)
class Prefix:
    """What is written of one partition, without a gap: all that is needed to make the rows of the records that follow.

    `run` is used by journals, `feed_epochs` (venue → highest seen in this partition) by the market, `reference` by reference data.
    """

    topic: str
    partition: int
    next_offset: int = 0
    chain: bytes = AUDIT_CHAIN_START
    run: RunPosition = JOURNAL_START
    feed_epochs: dict[str, int] = field(default_factory=dict)
    reference: Reference = field(default_factory=Reference)

    def rows_of(self, records: Sequence[LogRecord]) -> Rows:
        """The rows of the records that follow the prefix; moves past them."""
        rows = Rows()
        journal = topics.BY_NAME[self.topic].kind is topics.Kind.JOURNAL
        for r in records:
            assert r.offset == self.next_offset, (
                f"{self.topic}/{self.partition}: {r.offset} given, {self.next_offset} is next"
            )
            content = self._journal(r, rows) if journal else self._intake(r, rows)
            self.chain = audit_chain(
                self.chain, r.topic, r.partition, r.offset, r.timestamp_ms, r.key, r.headers, r.value
            )
            rows.records.append(_row(r, content, self.chain))
            self.next_offset += 1
        return rows

    def fold_change(self, offset: int, change: ReferenceChange) -> bool:
        """Fold a reference change that is, or was, written; whether it is in force from there on."""
        return fold_reference(self.reference, offset, change)

    def _journal(self, r: LogRecord, rows: Rows) -> _Content:
        try:
            record = decode_journal(r.value)
        except CodecError:
            self.run, _ = advance(self.run, r.offset, claim=False, epoch=-1, run_seq=0)
            return _unreadable(r)
        match record:
            case Claim():
                self.run, _ = advance(self.run, r.offset, claim=True, epoch=-1, run_seq=0)
                return _Content(
                    Validity.CLAIM, True, r.offset, 0, recorded_ns=r.timestamp_ms * 1_000_000, header=to_json(record)
                )
            case Envelope():
                self.run, verdict = advance(self.run, r.offset, claim=False, epoch=record.epoch, run_seq=record.run_seq)
                if verdict is run_rule.Validity.VALID:
                    rows.alerts += alerts_in(r.topic, r.partition, r.offset, record)
                return _of_envelope(record, Validity(verdict))

    def _intake(self, r: LogRecord, rows: Rows) -> _Content:
        try:
            record = decode_intake(r.topic, r.value)
        except CodecError:
            return _unreadable(r)
        match record:
            case MarketRecord():
                return self._market(r, record, rows)
            case ReferenceChange():
                applied = self.fold_change(r.offset, record)
                return _of_intake(record, type(record.entity).__name__, applied, record.entered_ns)
            case NewOrder() | CancelOrder() | ReplaceOrder() | MassCancelOrders() | NewOrderList() | CancelOrderList():
                return _of_command(record)
            case Halt() | Resume() | CancelScope() | BreakResolution() | Liquidate() | AlertAcknowledged():
                return _of_intake(record, type(record).__name__, True, record.entered_ns)
            case DeadLetter():
                return _of_intake(record, "DeadLetter", True, r.timestamp_ms * 1_000_000)
            case _:  # the intakes' unions are closed by the codec; clock anchors, control heartbeats and access remain
                return _of_intake(record, type(record).__name__, True, record.wall_ns)

    def _market(self, r: LogRecord, m: MarketRecord, rows: Rows) -> _Content:
        accepted = m.feed_epoch >= self.feed_epochs.get(m.venue_id, -1)
        if accepted:
            self.feed_epochs[m.venue_id] = m.feed_epoch
        last, flag = len(m.quotes) - 1, int(accepted)
        for i, q in enumerate(m.quotes):
            rows.quotes.append(
                QuoteRow(
                    r.partition, r.offset, i, int(i == last), r.timestamp_ms, m.venue_id, m.instrument_id, m.feed_epoch, flag,
                    q.time_ns, q.bid_px, q.bid_qty, q.ask_px, q.ask_qty,
                )
            )  # fmt: skip
        for i, t in enumerate(m.trades):
            rows.trades.append(
                TradeRow(
                    r.partition, r.offset, i, r.timestamp_ms, m.venue_id, m.instrument_id, m.feed_epoch, flag,
                    t.time_ns, t.price, t.qty, t.trade_id, int(t.suspicious),
                )
            )  # fmt: skip
        tape_ns = max([q.time_ns for q in m.quotes[-1:]] + [t.time_ns for t in m.trades[-1:]], default=0)
        return _Content(
            Validity.INTAKE, accepted, m.feed_epoch, 0, event_time_ns=tape_ns,
            recorded_ns=r.timestamp_ms * 1_000_000, venue_id=m.venue_id,
        )  # fmt: skip


def alerts_in(topic: str, partition: int, offset: int, record: Envelope) -> list[AlertNotice]:
    """The alerts of a valid record of a journal."""
    return [
        AlertNotice(topic, partition, offset, index, record.wall_time_ns, event)
        for index, event in enumerate(record.events)
        if isinstance(event, AlertRaised | AlertCleared)
    ]


def restored_run(next_offset: int, last_claim: int, last_validity: Validity | None) -> RunPosition:
    """The read position of a journal after its last row. `last_claim` −1: none so far.

    >>> restored_run(8, 7, Validity.CLAIM)
    RunPosition(next_offset=8, epoch=7, unbroken=True)
    >>> restored_run(12, 7, Validity.VOID)
    RunPosition(next_offset=12, epoch=7, unbroken=False)
    """
    return RunPosition(next_offset, last_claim, last_validity in (Validity.CLAIM, Validity.VALID))


class Step(Enum):
    """What to do about a partition."""

    WAIT = "nothing to do before more records are read"
    PLAN = "append this plan, then look again"
    INSERT = "insert exactly this batch"


class Range(NamedTuple):
    """The offsets [from_offset, to_offset)."""

    step: Step
    from_offset: int
    to_offset: int


def next_range(prefix: int, plans: Mapping[int, int], available: int) -> Range:
    """The next batch of one partition. `plans`: from → to, the first plan for each from; `available`: the end of what was read.

    Nothing new:
    >>> next_range(10, {0: 10}, 10).step.name
    'WAIT'

    Records that nobody planned yet:
    >>> next_range(10, {0: 10}, 15)
    Range(step=<Step.PLAN: 'append this plan, then look again'>, from_offset=10, to_offset=15)

    More than fits:
    >>> next_range(0, {}, 50_000).to_offset
    20000

    A plan is the batch even where more could be written now (its maker, or we before a crash, may have written it already):
    >>> next_range(10, {0: 10, 10: 12}, 15)
    Range(step=<Step.INSERT: 'insert exactly this batch'>, from_offset=10, to_offset=12)

    A plan by an auditor that has read further than we have:
    >>> next_range(10, {10: 30}, 15)
    Range(step=<Step.WAIT: 'nothing to do before more records are read'>, from_offset=10, to_offset=30)

    Plans from before the prefix are done, or were never the first for their offset (the prefix always ends where a first plan does):
    >>> next_range(10, {0: 12}, 15).step.name
    'PLAN'

    A plan beyond the prefix was made by one who had seen the prefix there: ClickHouse has lost rows since:
    >>> next_range(10, {20: 30}, 15)
    Traceback (most recent call last):
    oms.wire.audit_rows.PrefixFault: the written prefix ends at 10, but a batch from 20 was planned and none from 10
    """
    if prefix in plans:
        to = plans[prefix]
        return Range(Step.INSERT if to <= available else Step.WAIT, prefix, to)
    beyond = min((start for start in plans if start > prefix), default=None)
    if beyond is not None:
        raise PrefixFault(
            f"the written prefix ends at {prefix}, but a batch from {beyond} was planned and none from {prefix}"
        )
    if available <= prefix:
        return Range(Step.WAIT, prefix, prefix)
    return Range(Step.PLAN, prefix, min(available, prefix + BATCH_RECORDS_MAX))


class PrefixFault(Exception):
    """Plans and written rows contradict each other: writing on could double or lose rows."""


def range_token(topic: str, partition: int, from_offset: int, to_offset: int) -> str:
    """The deduplication token of a batch."""
    return f"{topic}-{partition}-{from_offset}-{to_offset}"


def _row(r: LogRecord, c: _Content, chain: bytes) -> RecordRow:
    return RecordRow(
        r.topic, r.partition, r.offset, r.timestamp_ms, r.key, r.headers, r.value, int(c.validity), int(c.accepted),
        c.epoch, c.run_seq, *c.source, c.event_time_ns, c.recorded_ns, c.trace_id, c.desk_id, c.venue_id, c.header,
        c.event_types, c.order_ids, c.events, chain,
    )  # fmt: skip


def _unreadable(r: LogRecord) -> _Content:
    return _Content(Validity.UNREADABLE, False, recorded_ns=r.timestamp_ms * 1_000_000)


def _of_intake(record: object, kind: str, accepted: bool, recorded_ns: int) -> _Content:
    return _Content(
        Validity.INTAKE,
        accepted,
        event_time_ns=recorded_ns,
        recorded_ns=recorded_ns,
        event_types=(kind,),
        order_ids=("",),
        events=(to_json(record),),
    )


def _of_command(command: Command) -> _Content:
    return _Content(
        Validity.INTAKE,
        True,
        event_time_ns=command.entered_ns,
        recorded_ns=command.entered_ns,
        trace_id=command.trace_id,
        desk_id=command.desk_id,
        event_types=(type(command).__name__,),
        order_ids=(_order_of(command),),
        events=(to_json(command),),
    )


def _order_of(command: Command) -> str:
    match command:
        case NewOrder():
            return order_id_of(command.desk_id, command.trading_date, command.cl_ord_id)
        case CancelOrder() | ReplaceOrder():
            return order_id_of(command.desk_id, command.orig_trading_date, command.orig_cl_ord_id)
        case MassCancelOrders() | NewOrderList() | CancelOrderList():
            return ""


def _of_envelope(e: Envelope, validity: Validity) -> _Content:
    order_ids = tuple([_order_id(event) for event in e.events])
    return _Content(
        validity,
        validity is Validity.VALID,
        e.epoch,
        e.run_seq,
        (e.source.topic, e.source.partition, e.source.offset),
        e.event_time_ns,
        e.wall_time_ns,
        e.trace_id,
        _only_desk(e.events, order_ids),
        "",
        _header(e),
        tuple([type(event).__name__ for event in e.events]),
        order_ids,
        tuple([to_json(event) for event in e.events]),
    )


def _order_id(event: object) -> str:
    order_id: str = getattr(event, "order_id", "")
    return order_id


def _only_desk(events: Sequence[object], order_ids: Sequence[str]) -> str:
    """The desk of all events; empty where there is none or more than one, so that a filter by desk never shows another's."""
    desks = {order_id.split("/", 1)[0] for order_id in order_ids if order_id}
    for event in events:
        desks |= {order_id.split("/", 1)[0] for order_id in getattr(event, "order_ids", ())}
        mass_cancel = getattr(event, "mass_cancel", None)
        desks |= {mass_cancel.desk_id} if mass_cancel is not None else set()
        list_id: str = getattr(event, "list_id", "")
        desks |= {list_id.split("/", 1)[0]} if list_id else set()
    return desks.pop() if len(desks) == 1 else ""


def _header(e: Envelope) -> str:
    positions = ",".join(
        [
            f'{{"topic":"{p.topic}","partition":{p.partition},"next_offset":{p.next_offset},"epoch":{p.epoch},'
            f'"unbroken":{"true" if p.unbroken else "false"}}}'
            for p in e.positions
        ]
    )
    return (
        f'{{"positions":[{positions}],"source":{to_json(e.source)},"schema_version":{e.schema_version},'
        f'"previous_hash":"{e.previous_hash.hex()}","state_hash":"{e.state_hash.hex()}"}}'
    )


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "records": RecordRow._fields,
    "quotes": QuoteRow._fields,
    "trades": TradeRow._fields,
}

TABLES_IN_ORDER: tuple[tuple[str, Callable[[Rows], Sequence[tuple[Any, ...]]]], ...] = (
    ("quotes", lambda rows: rows.quotes),
    ("trades", lambda rows: rows.trades),
    ("records", lambda rows: rows.records),
)
"""`records` last: its end is the written prefix, so a prefix is never published before every table has the range."""
