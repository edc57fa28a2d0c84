"""Records for the audit's tests: one small, complete order in a log in memory, with a straggler that the run rule voids.

IBM has price scale 2. Venue XV shows 500 at 100.10 and takes 20 ppm; YV shows 300 at 100.05 and is free. The order buys 400: 300 at YV, 100 at XV.
"""

from dataclasses import replace

from oms.core.commands import NewOrder, Provenance, order_id_of
from oms.core.control import ControlHeartbeat
from oms.core.enums import Algorithm, ExecType, Liquidity, OrdStatus, OrdType, Side, TimeInForce
from oms.core.execution_events import ChildReport
from oms.core.market import MarketRecord, Quote, Trade
from oms.core.money import Amount
from oms.core.reference import Account, Instrument, OpeningPosition, ReferenceChange, Venue
from oms.core.risk_events import Evidence, Mandate, OrderAccepted
from oms.core.routing_events import Candidate, ChildNew, ParentChanged, ParentOpened, ParentTraded, RoutingDecision
from oms.core.stage import Event
from oms.runtime.auditor import audited_partitions
from oms.runtime.log import Ack, Record, TopicPartition
from oms.testing.sim_log import SimLog
from oms.wire import topics
from oms.wire.codec import encode_claim, encode_envelope, encode_intake
from oms.wire.envelope import Claim, Envelope, Source

NOW = 1_700_000_000_000_000_000
WHO = Provenance("eve", "desk", "test", "eve", "s1")
NEW = NewOrder(
    "alpha", 20250106, "a1", "A1", "IBM", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 400, 10_020, Algorithm.BEST_PRICE,
    "", None, NOW, NOW, "trace", WHO,
)  # fmt: skip
ORDER_ID = order_id_of(NEW.desk_id, NEW.trading_date, NEW.cl_ord_id)
IBM = Instrument("IBM", "IBM", "USD", 2, 0, 5, 10, "always", True)
ACCOUNT = Account("A1", "alpha", "USD", (OpeningPosition("IBM", 50),), True)
XV = Venue("XV", 1, "XV", 20, 0, 0, ("IBM",), (), 10, True)
YV = Venue("YV", 2, "YV", 0, 0, 0, ("IBM",), (), 10, True)
PARTITIONS = audited_partitions(1)


def empty_log() -> SimLog:
    return SimLog({topic.name: topic.partitions(1) for topic in topics.TOPICS}, now_ms=NOW // 1_000_000)


def put(log: SimLog, topic: str, value: bytes, key: bytes | None = b"k") -> int:
    """Append one record; its offset. A millisecond passes."""
    log.now_ms += 1
    appender = log.appender(TopicPartition(topic, 0))
    appender.append(key, value, (("trace", b"\xff\x00"),))
    (ack,) = appender.poll(0)
    assert isinstance(ack, Ack)
    return ack.offset


def put_intake(log: SimLog, topic: str, value: object) -> int:
    return put(log, topic, encode_intake(topic, value))


def put_events(log: SimLog, topic: str, epoch: int, run_seq: int, source: tuple[str, int], *events: Event) -> int:
    envelope = Envelope(
        epoch, run_seq, (), Source(source[0], 0, source[1], "", "", 0), NOW, NOW + log.now_ms, "trace", 1, b"", b"", events
    )  # fmt: skip
    return put(log, topic, encode_envelope(topic, envelope))


def quote(venue_id: str, ask_px: int, ask_qty: int, feed_epoch: int = 3) -> MarketRecord:
    shown = Quote(NOW, ask_px - 20, 100, ask_px, ask_qty)
    return MarketRecord(
        venue_id, "IBM", feed_epoch, (replace(shown, ask_qty=1), shown), (Trade(NOW, ask_px, 5, "t1", False),)
    )


def child(number: int, venue_id: str, qty: int, price: int) -> ChildNew:
    return ChildNew(
        ORDER_ID, f"{ORDER_ID}.{number}", 1, 1, "alpha", "A1", "IBM", venue_id, Side.BUY, OrdType.LIMIT,
        TimeInForce.IOC, qty, price, NOW, "trace",
    )  # fmt: skip


def fill(number: int, venue_id: str, qty: int, price: int, cum: int, notional: int) -> ParentTraded:
    status = OrdStatus.FILLED if cum == 400 else OrdStatus.PARTIALLY_FILLED
    return ParentTraded(
        ORDER_ID, "a1", f"{ORDER_ID}.{number}", venue_id, f"x{number}", qty, price, Liquidity.REMOVED, cum, 400 - cum,
        Amount(notional), status, NOW,
    )  # fmt: skip


def report(number: int, venue_id: str, qty: int, price: int) -> ChildReport:
    return ChildReport(
        ORDER_ID, f"{ORDER_ID}.{number}", venue_id, ExecType.TRADE, OrdStatus.FILLED, f"x{number}", "v1", qty, price,
        qty, 0, qty, price, 0, Liquidity.REMOVED, NOW, None, "",
    )  # fmt: skip


OPENED = ParentOpened(
    ORDER_ID, "alpha", "A1", "IBM", "a1", 20250106, Side.BUY, OrdType.LIMIT, TimeInForce.DAY, Algorithm.BEST_PRICE,
    400, 10_020, "", 10_020, ("XV", "YV"), (400, 400), 0, 0, 0, NOW, 1, "trace",
)  # fmt: skip
WORKING = ParentChanged(
    ORDER_ID, "a1", "", ExecType.NEW, OrdStatus.NEW, 400, 10_020, 0, 400, Amount(0), False, None, ""
)
EVIDENCE = Evidence(4, 1, 0, 2, 10_000, 7, (301,), (-1,), (Amount(2**70),), (Amount(0),), (Amount(-5),))
ACCEPTED = OrderAccepted(
    ORDER_ID, NEW, Mandate(400, 10_020, ("XV", "YV"), (400, 400), Algorithm.BEST_PRICE, 0), EVIDENCE
)


def decision(market_position: int) -> RoutingDecision:
    seen = Candidate("YV", 10_005, 300, 0, 1, 300, "")
    return RoutingDecision(ORDER_ID, 1, Algorithm.BEST_PRICE, 400, 0, 0, market_position, 4, 1, (seen,))


def tell_story(log: SimLog, children: tuple[ChildNew, ...] | None = None) -> None:
    """The order from reference data to the last fill. `children` replaces what the router sent (a planted bug)."""
    if children is None:
        children = (child(1, "YV", 300, 10_005), child(2, "XV", 100, 10_010))
    for entity in (IBM, ACCOUNT, XV, YV):
        put_intake(log, topics.REFERENCE, ReferenceChange(entity, -1, NOW, "start", WHO))
    put_intake(log, topics.REFERENCE, ReferenceChange(replace(XV, taker_fee_ppm=-900), -1, NOW, "too late", WHO))
    put_intake(log, topics.CONTROL, ControlHeartbeat("g1", NOW))
    put_intake(log, topics.MARKET, quote("XV", 10_010, 500))
    put_intake(log, topics.MARKET, quote("YV", 10_005, 300))
    put_intake(log, topics.MARKET, quote("YV", 9_000, 900, feed_epoch=2))  # of an owner that was replaced
    command = put_intake(log, topics.ORDERS, NEW)
    claims = {t: put(log, t, encode_claim(Claim("p1", 1))) for t in (topics.RISK, topics.ROUTING, topics.EXECUTION)}
    epoch = claims[topics.RISK]
    accepted = put_events(log, topics.RISK, epoch, 1, (topics.ORDERS, command), ACCEPTED)
    put_events(log, topics.ROUTING, epoch, 1, (topics.RISK, accepted), OPENED, WORKING, decision(3), *children)
    reports = [
        put_events(log, topics.EXECUTION, epoch, i, (topics.ROUTING, 1), report(i, *what))
        for i, what in enumerate(FILLS, 1)
    ]
    put_events(log, topics.ROUTING, epoch, 2, (topics.EXECUTION, reports[0]), fill(1, *FILLS[0], 300, 3_001_500))
    put_events(log, topics.ROUTING, epoch, 3, (topics.EXECUTION, reports[1]), fill(2, *FILLS[1], 400, 4_002_500))
    put_events(
        log, topics.ROUTING, epoch, 9, (topics.EXECUTION, reports[1]), fill(2, *FILLS[1], 400, 4_002_500)
    )  # void
    put(log, topics.DEAD_LETTERS, b"\xff\xff not protobuf", key=None)


FILLS = (("YV", 300, 10_005), ("XV", 100, 10_010))


def records_of(log: SimLog, topic: str) -> list[Record]:
    return log.partitions[TopicPartition(topic, 0)].records
