"""Reads the four sources that `oms.testing.reconcile_facts` compares: the venue log, the journals, and ClickHouse.

Journals are read from the log itself and only as far as the run rule lets them count; nothing is taken from a service. Every reading
is of the whole journal: a trimmed one cannot be reconciled, and is an error.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oms.core.commands import venue_cl_ord_id
from oms.core.execution.state import parse_cl_ord_id
from oms.core.money import net_price
from oms.core.reference import Instrument, Reference, ReferenceChange, Venue, fold_reference
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.runtime.clickhouse import ClickHouse
from oms.runtime.log import Log, Record, TopicPartition
from oms.testing.reconcile_facts import (
    AuditFacts,
    Facts,
    FillFact,
    Fills,
    VenueOrder,
    fold_execution,
    fold_risk,
    fold_routing,
)
from oms.venues.evidence import Evidence, OrderFacts
from oms.wire import topics
from oms.wire.codec import decode_head, decode_intake, decode_journal
from oms.wire.envelope import Envelope

STALL_S = 10.0
"""Without a record for so long, what must be there counts as unreadable."""

AUDIT_POLL_S = 0.2
AUDITED = (topics.REFERENCE, topics.ORDERS, topics.RISK, topics.ROUTING, topics.EXECUTION, topics.MARKET)


class ReconcileError(Exception):
    """A source cannot be read; one line."""


def read_facts(
    log: Log, partitions: int, evidence: Evidence, client: ClickHouse, acknowledged: frozenset[str]
) -> Facts:
    decisions, refusals = fold_risk(events_of(log, topics.RISK, partitions))
    return Facts(
        venue_orders(evidence),
        fold_execution(events_of(log, topics.EXECUTION, partitions)),
        fold_routing(events_of(log, topics.ROUTING, partitions)),
        decisions,
        refusals,
        audit_facts(client),
        acknowledged,
    )


def events_of(log: Log, topic: str, partitions: int) -> Iterator[Any]:
    """The events of all valid records of a journal, partition by partition."""
    for partition in range(partitions):
        position = JOURNAL_START
        for record in records_of(log, TopicPartition(topic, partition)):
            claim, epoch, run_seq = decode_head(record.value)
            position, validity = advance(position, record.offset, claim, epoch, run_seq)
            if validity is Validity.VALID:
                envelope = decode_journal(record.value)
                assert isinstance(envelope, Envelope)
                yield from envelope.events


def records_of(log: Log, tp: TopicPartition) -> Iterator[Record]:
    """Every record from offset 0 to the end as it is now. Raises `ReconcileError`."""
    start, end = log.starts([tp])[tp], log.ends([tp])[tp]
    if start:
        raise ReconcileError(f"{tp.topic}/{tp.partition} begins at {start}: a trimmed journal cannot be reconciled")
    reader = log.reader({tp: 0})
    try:
        position, heard = 0, time.monotonic()
        while position < end:
            for record in reader.poll(0.05, 5_000):
                if record.offset < end:
                    yield record
                position, heard = record.offset + 1, time.monotonic()
            if time.monotonic() - heard > STALL_S:
                raise ReconcileError(
                    f"{tp.topic}/{tp.partition}: nothing to read at {position}, though it ends at {end}"
                )
    finally:
        reader.close()


def reference_of(log: Log) -> Reference:
    """The fold of `oms.reference`, to its end."""
    reference = Reference()
    for record in records_of(log, TopicPartition(topics.REFERENCE, 0)):
        change: ReferenceChange = decode_intake(topics.REFERENCE, record.value)
        fold_reference(reference, record.offset, change)
    return reference


def venue_orders(evidence: Evidence) -> dict[str, tuple[VenueOrder, ...]]:
    """Child → what the venues' own log has of it. A venue's session name ends with its partition.

    An order that began under the ClOrdID of a replace goes on with the one before: a venue may replace by another order.
    """
    found: dict[str, list[VenueOrder]] = {}
    for order in evidence.orders:
        child_id, request = child_of(order), _request_of(order)
        fills = frozenset(FillFact(child_id, f.exec_id, f.px, f.qty) for f in order.fills)
        one = VenueOrder(child_id, order.venue, order.status, order.is_terminal, order.reported_cum, fills)
        orders = found.setdefault(child_id, [])
        if request and orders:
            before = orders.pop()
            cum = before.reported_cum + one.reported_cum
            one = VenueOrder(child_id, one.venue_id, one.status, one.terminal, cum, before.fills | fills)
        orders.append(one)
    return {child_id: tuple(orders) for child_id, orders in found.items()}


def child_of(order: OrderFacts) -> str:
    """The child that an order at a venue is, from its first ClOrdID."""
    cl_ord_id = order.cl_ord_ids[0]
    partition, _, _ = cl_ord_id.partition(":")
    child_id, request = parse_cl_ord_id(int(partition), cl_ord_id) if partition.isdigit() else ("", 0)
    if not child_id or venue_cl_ord_id(int(partition), child_id, request) != cl_ord_id:
        return cl_ord_id
    if not order.session_id.endswith(f"-P{partition}"):
        return f"{cl_ord_id} over {order.session_id}"
    return child_id


def _request_of(order: OrderFacts) -> int:
    """The number of the replace that the order began with, 0 for none."""
    cl_ord_id = order.cl_ord_ids[0]
    partition, _, _ = cl_ord_id.partition(":")
    return parse_cl_ord_id(int(partition), cl_ord_id)[1] if partition.isdigit() else 0


_ORDERS = (
    "SELECT order_id, toString(ord_status), cum_qty, notional, count() OVER (PARTITION BY order_id) FROM oms.orders"
)
_EXECUTIONS = "SELECT order_id, child_id, exec_id, last_px, last_qty FROM oms.executions"
_CHILD_EXECUTIONS = "SELECT order_id, child_id, exec_id, last_px, last_qty FROM oms.child_executions"


def audit_facts(client: ClickHouse) -> dict[str, AuditFacts]:
    executions, child_executions = _fills(client, _EXECUTIONS), _fills(client, _CHILD_EXECUTIONS)
    none: Fills = frozenset()
    return {
        order_id: AuditFacts(
            order_id, status, cum, notional, executions.get(order_id, none), child_executions.get(order_id, none), rows
        )
        for order_id, status, cum, notional, rows in client.query(_ORDERS)
    }


def _fills(client: ClickHouse, sql: str) -> dict[str, Fills]:
    found: dict[str, set[FillFact]] = {}
    for order_id, child_id, exec_id, px, qty in client.query(sql):
        found.setdefault(order_id, set()).add(FillFact(child_id, exec_id, px, qty))
    return {order_id: frozenset(fills) for order_id, fills in found.items()}


def await_audit(log: Log, partitions: int, client: ClickHouse, timeout_s: float) -> None:
    """Wait until ClickHouse has what the log had when this was called. Raises `ReconcileError`."""
    parts = [TopicPartition(topic, p) for topic in AUDITED for p in range(topics.BY_NAME[topic].partitions(partitions))]
    ends = log.ends(parts)
    deadline = time.monotonic() + timeout_s
    while True:
        behind = _behind(client, parts, ends)
        if not behind:
            return
        if time.monotonic() > deadline:
            raise ReconcileError(f"the audit is behind: {', '.join(behind)}")
        time.sleep(AUDIT_POLL_S)


def _behind(client: ClickHouse, parts: Sequence[TopicPartition], ends: dict[TopicPartition, int]) -> list[str]:
    rows = client.query("SELECT toString(topic), partition, max(offset) FROM oms.records GROUP BY topic, partition")
    last = {TopicPartition(topic, partition): offset for topic, partition, offset in rows}
    return [
        f"{tp.topic}/{tp.partition} at {last.get(tp, -1)} of {ends[tp] - 1}"
        for tp in parts
        if last.get(tp, -1) < ends[tp] - 1
    ]


_PRINTS = """
SELECT instrument_id, sum(q), sum(toInt128(p) * q) FROM
(
    SELECT toString(instrument_id) AS instrument_id, venue_id, trade_id, any(qty) AS q, any(price) AS p
    FROM oms.trades
    WHERE accepted AND NOT suspicious AND time_ns >= %(from_ns)s AND time_ns < %(to_ns)s
    GROUP BY instrument_id, venue_id, trade_id
)
GROUP BY instrument_id
"""


def market_prints(client: ClickHouse, from_ns: int, to_ns: int) -> dict[str, tuple[int, int]]:
    """Instrument → (volume, Σ price × quantity) of the prints that the audit has; one seen twice counts once."""
    rows = client.query(_PRINTS, {"from_ns": from_ns, "to_ns": to_ns})
    return {instrument_id: (volume, notional) for instrument_id, volume, notional in rows}


_TRADE_THROUGHS = """
SELECT countIf(net_better AND untaken_after_own_qty > 0), countIf(gross_better AND untaken_after_own_qty > 0), count()
FROM oms.trade_throughs
"""


def trade_throughs(client: ClickHouse) -> tuple[int, int, int]:
    """(by net price, by gross price, all rows): better displayed liquidity that a decision walked past."""
    net, gross, rows = client.query(_TRADE_THROUGHS)[0]
    return int(net), int(gross), int(rows)


def late_trade_throughs(evidence: Evidence, reference: Reference) -> tuple[int, int, int]:
    """(by net price, by gross price, taking fills): the same against what venues showed when a fill happened, from their own log.

    It includes what changed between decision and execution, and fills of orders that a desk sent to one venue.
    """
    net = gross = fills = 0
    for order in evidence.orders:
        instrument = reference.instruments.get(order.symbol)
        if instrument is None:
            continue
        for fill in order.fills:
            if fill.liquidity != "REMOVED":
                continue
            fills += 1
            others = [s for s in fill.displayed if s.venue != order.venue]
            sign = 1 if order.side == "BUY" else -1
            shown = (
                [(s.venue, s.ask_px) for s in others if s.ask_qty]
                if sign > 0
                else [(s.venue, s.bid_px) for s in others if s.bid_qty]
            )
            paid = _net(reference.venues.get(order.venue), instrument, fill.px, sign)
            gross += any(sign * px < sign * fill.px for _, px in shown)
            net += any(sign * _net(reference.venues.get(v), instrument, px, sign) < sign * paid for v, px in shown)
    return net, gross, fills


def _net(venue: Venue | None, instrument: Instrument, px: int, sign: int) -> int:
    fee_ppm, per_unit = (venue.taker_fee_ppm, venue.taker_fee_per_unit_e8) if venue is not None else (0, 0)
    return net_price(px, instrument.price_scale, sign, fee_ppm, per_unit)


def venue_log_directory(data: Path) -> Path:
    """Where the local venue process keeps its log."""
    return data / "venues"
