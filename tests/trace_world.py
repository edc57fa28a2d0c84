"""Orders through the order path in memory, and what the audit would write about them: rows, records and spans."""

from collections.abc import Iterable, Sequence

from oms.core.commands import CancelOrder, NewOrder, Provenance, order_id_of
from oms.core.enums import Algorithm, LimitKind, LimitScope, OrdType, Side, TimeInForce
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, Venue, VenueSession
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.audit_rows import Prefix, RecordRow
from oms.wire.trace import Place, Span, TracedRecord, TracedRow, record_of, spans_of, traced_row, with_causes

WHO = Provenance("ann", "", "test", "ann", "")
NOW = 1_736_175_600_000_000_000
DATE = 20250106
WRITTEN_NS = 300_000_000
"""After the append: when ClickHouse has a record in this world."""

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ASKED = f"{TRACE}-{SPAN}-01"


def _limit(kind: LimitKind, value: int) -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", "ACME", "USD", Amount(value))


_WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True),
    Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), (VenueSession(0, "XALP-P0"),), 10, True),
    Venue("XBET", 1, "Beta", 0, 0, 0, ("ACME",), (VenueSession(0, "XBET-P0"),), 10, True),
    Desk("alpha", "Alpha", 0, True),
    Account("A1", "alpha", "USD", (), True),
    _limit(LimitKind.ORDER_QTY, 10_000),
    _limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    _limit(LimitKind.PRICE_COLLAR_BPS, 500),
    _limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    _limit(LimitKind.POSITION_QTY, 1_000_000),
    _limit(LimitKind.OPEN_ORDERS, 1_000),
)


def order(path: Pipeline, cl_ord_id: str, qty: int = 100, price: int = 100_100, trace_id: str = "") -> NewOrder:
    """A limit order to buy at the best price, entered now."""
    now = path.clock.wall_ns
    return NewOrder(
        "alpha", DATE, cl_ord_id, "A1", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, qty, price, Algorithm.BEST_PRICE,
        "", None, now + 10**15, now, trace_id, WHO,
    )  # fmt: skip


def cancel(path: Pipeline, cl_ord_id: str, of: str, trace_id: str = "") -> CancelOrder:
    return CancelOrder("alpha", DATE, cl_ord_id, DATE, of, path.clock.wall_ns, trace_id, WHO)


def order_path(*scripts: Script) -> Pipeline:
    """Two venues; the best offer is 100 at 10.00 on each but where a script says what the venue does of it."""
    first, second = (*scripts, *[Script(True, (10**9,))] * 2)[:2]
    path = Pipeline([SimVenue("XALP-P0", first), SimVenue("XBET-P0", second)], NOW)
    path.entities(_WORLD, WHO)
    path.quote("XALP", "ACME", (99_900, 500), (100_000, 500))
    path.quote("XBET", "ACME", (99_900, 500), (100_100, 500))
    path.run()
    return path


def batches_of(path: Pipeline) -> list[Sequence[RecordRow]]:
    """A batch of the audit for each topic of the order path."""
    found = []
    for topic in topics.ORDER_PATH:
        reader = path.log.reader({TopicPartition(topic, path.partition): 0})
        found.append(Prefix(topic, path.partition).rows_of(reader.poll(0.0, 1_000_000)).records)
    return found


def rows_of(path: Pipeline) -> list[TracedRow]:
    rows = [row for batch in batches_of(path) for row in batch]
    return [traced_row(row, row.timestamp_ms * 1_000_000 + WRITTEN_NS) for row in rows]


def records_of(rows: Iterable[TracedRow], order_id: str) -> dict[Place, TracedRecord]:
    """All of one order, and what it came from: what `oms trace` finds in ClickHouse."""
    everything = {row.place: row for row in rows}
    mine = [record_of(row) for row in everything.values() if order_id in row.order_ids]
    return with_causes(mine, lambda places: [record_of(everything[p]) for p in places if p in everything])


def spans_in(path: Pipeline, cl_ord_id: str) -> tuple[Span, ...]:
    order_id = order_id_of("alpha", DATE, cl_ord_id)
    return spans_of(order_id, records_of(rows_of(path), order_id))


def assert_well_formed(spans: Sequence[Span]) -> None:
    """What every trace keeps: ids once, a parent there before its child or with the client, and no time that runs back."""
    seen: dict[tuple[str, str], Span] = {}
    for span in spans:
        assert span.key not in seen, f"twice: {span}"
        assert len(span.trace_id) == 32 and len(span.span_id) == 16
        assert span.start_ns <= span.end_ns, span
        if span.parent_id and span.parent_id != SPAN:
            parent = seen[span.trace_id, span.parent_id]
            assert parent.start_ns <= span.start_ns, (parent, span)
        seen[span.key] = span
    for span in spans:
        for link in span.links:
            assert link in seen, "a link names a span of the same order"
