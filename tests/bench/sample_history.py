"""A long life of one stage's journal, made as fast as it can be folded: orders that were filled, and some that are still open.

Two orders go through the real pipeline in memory, one filled at once and one left resting; what risk, the router and execution journaled of
them is then told again under other ids, each record with its place in the run and the hash of the one before. So the records are those of
the real stages, sizes and read positions included; only the numbers within one order repeat. Orders are spread over trading dates
(ORDERS_PER_DATE each, weekdays), because what a stage remembers of closed orders is bounded by dates.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oms.core.commands import NewOrder, Provenance
from oms.core.control import ClockAnchor
from oms.core.enums import Algorithm, LimitKind, LimitScope, OrdType, Role, Side, TimeInForce
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.record_chain import record_hash
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, Person, Venue, VenueSession
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_log import SimLog
from oms.testing.sim_venue import Script, SimVenue
from oms.v1 import envelope_pb2

ORDERS_PER_DATE = 4_000
"""A desk that trades all day, an order every six seconds: a million orders are a year of trading."""

FIRST_DATE = datetime.date(2025, 1, 6)
NOW = 1_736_175_600_000_000_000
WHO = Provenance("ann", "client-7", "grpc", "ann", "twap-desk")
FILLED, RESTING = "o0000001", "o0000002"
"""The ids of the two orders told again; every other id is as long."""


def _limit(kind: LimitKind, value: int) -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", "ACME", "USD", Amount(value))


WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True),
    Venue("XALP", 0, "Xalp", 0, 300_000, 1_000_000, ("ACME",), (VenueSession(0, "XALP-P0"),), 10, True),
    Desk("alpha", "Alpha", 0, True),
    Account("A1", "alpha", "USD", (), True),
    Person("ann", "Ann", (Role.TRADER,), ("alpha",), True),
    _limit(LimitKind.ORDER_QTY, 10_000),
    _limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    _limit(LimitKind.PRICE_COLLAR_BPS, 500),
    _limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    _limit(LimitKind.POSITION_QTY, 100_000),
    _limit(LimitKind.OPEN_ORDERS, 10_000),
)


def _order(cl_ord_id: str, price: int) -> NewOrder:
    return NewOrder(
        desk_id="alpha",
        trading_date=_number_of(FIRST_DATE),
        cl_ord_id=cl_ord_id,
        account_id="A1",
        instrument_id="ACME",
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        time_in_force=TimeInForce.DAY,
        order_qty=100,
        price=price,
        algorithm=Algorithm.BEST_PRICE,
        venue_id="",
        twap=None,
        good_until_ns=NOW + 10**15,
        entered_ns=NOW,
        trace_id=f"trace-{cl_ord_id}",
        provenance=WHO,
    )


def _number_of(date: datetime.date) -> int:
    return date.year * 10_000 + date.month * 100 + date.day


def _dates() -> Iterator[datetime.date]:
    date = FIRST_DATE
    while True:
        if date.weekday() < 5:
            yield date
        date += datetime.timedelta(days=1)


def _set_date(message: Any, number: int) -> None:
    """Every trading date within the events of a record."""
    for event in message.envelope.events:
        told = getattr(event, event.WhichOneof("kind"))
        part = getattr(told, told.WhichOneof("kind"))
        for holder in (part, getattr(part, "order", None)):
            if holder is not None and "trading_date" in holder.DESCRIPTOR.fields_by_name:
                holder.trading_date = number


@dataclass(slots=True)
class History:
    """The journal of `topic`, appended to `log` order by order. `records`: those of a filled and of a resting order."""

    log: SimLog
    tp: TopicPartition
    filled: tuple[bytes, ...]
    resting: tuple[bytes, ...]

    @staticmethod
    def of(topic: str) -> "History":
        """A world in which the stage has claimed its journal and is set up, with no order yet."""
        tp, venue = TopicPartition(topic, 0), SimVenue("XALP-P0", Script(True, (10**9,)))
        pipeline = Pipeline([venue], NOW)
        pipeline.entities(WORLD, WHO)
        pipeline.control(ClockAnchor(NOW, NOW, 1_000, "as the wall"))
        pipeline.quote("XALP", "ACME", (99_900, 500), (100_000, 10**9))
        pipeline.run()
        marks = [pipeline.log.known(tp).end]
        for cl_ord_id, price in ((FILLED, 100_000), (RESTING, 99_900)):
            pipeline.command(_order(cl_ord_id, price))
            pipeline.run(20)
            marks.append(pipeline.log.known(tp).end)
            venue.script = Script(True, ())
        records = pipeline.log.known(tp).records
        values = [r.value for r in records[marks[0] :]]
        del records[marks[0] :]
        filled_count = marks[1] - marks[0]
        return History(pipeline.log, tp, tuple(values[:filled_count]), tuple(values[filled_count:]))

    def play(self, orders: int, open_count: int) -> Iterator[int]:
        """Appends the records of `orders` orders, the last `open_count` × 4 of which are open every fourth; yields after each order."""
        assert orders >= 4 * open_count, "not so many are open among so few"
        appender = self.log.appender(self.tp)
        partition = self.log.known(self.tp)
        previous, run_seq = record_hash(partition.records[-1].value), partition.end - 1
        first_doubtful = orders - 4 * open_count
        if partition.end == 1:  # only the claim: the first record of the run is chained to it
            previous = record_hash(b"" + partition.records[0].value)
        dates = _dates()
        for number in range(orders):
            if number % ORDERS_PER_DATE == 0:
                date = _number_of(next(dates))
                told = {open_: self._dated(open_, date) for open_ in (False, True)}
            stays_open = number >= first_doubtful and number % 4 == 0
            old_id, new_id = (RESTING if stays_open else FILLED).encode(), b"o%07d" % (number + 10)
            for message in told[stays_open]:
                run_seq += 1
                message.envelope.run_seq, message.envelope.previous_hash = run_seq, previous
                value = message.SerializeToString().replace(old_id, new_id)
                previous = record_hash(value)
                appender.append(None, value)
            appender.poll(0.0)
            yield number

    def _dated(self, stays_open: bool, date: int) -> list[Any]:
        messages: list[Any] = []
        first = str(_number_of(FIRST_DATE)).encode()
        for value in self.resting if stays_open else self.filled:
            message = envelope_pb2.JournalRecord()
            message.ParseFromString(value.replace(first, str(date).encode()))
            _set_date(message, date)
            message.envelope.epoch, message.envelope.state_hash = 0, b""
            messages.append(message)
        return messages
