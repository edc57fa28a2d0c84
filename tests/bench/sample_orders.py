"""Real records of real orders, made in memory: the stages' own loops and rules over the log in memory, with one venue that fills at once."""

from dataclasses import dataclass

from oms.core.commands import NewOrder, Provenance
from oms.core.enums import Algorithm, LimitKind, LimitScope, OrdType, Side, TimeInForce
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, Venue, VenueSession
from oms.runtime.log import Record, TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue

NOW_NS = 1_736_175_600_000_000_000
WHO = Provenance("bench", "", "bench", "bench", "")
QUOTED_QTY = 10**9
DRAIN_TURNS = 40


def _limit(kind: LimitKind, value: int) -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", "ACME", "USD", Amount(value))


WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True),
    Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), (VenueSession(0, "XALP-P0"),), 10, True),
    Desk("alpha", "Alpha", 0, True),
    Account("A1", "alpha", "USD", (), True),
    _limit(LimitKind.ORDER_QTY, 10_000),
    _limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    _limit(LimitKind.PRICE_COLLAR_BPS, 500),
    _limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    _limit(LimitKind.POSITION_QTY, 10**9),
)


@dataclass(frozen=True, slots=True)
class SampleLog:
    """Every record of every topic after some orders, in the order of offsets."""

    records: dict[TopicPartition, list[Record]]

    def of(self, topic: str) -> list[Record]:
        return self.records[TopicPartition(topic, 0)]


def order(number: int, now_ns: int) -> NewOrder:
    return NewOrder(
        desk_id="alpha",
        trading_date=20250106,
        cl_ord_id=f"b{number}",
        account_id="A1",
        instrument_id="ACME",
        side=Side.BUY if number % 2 else Side.SELL,
        ord_type=OrdType.LIMIT,
        time_in_force=TimeInForce.DAY,
        order_qty=100,
        price=100_100 if number % 2 else 99_800,
        algorithm=Algorithm.BEST_PRICE,
        venue_id="",
        twap=None,
        good_until_ns=now_ns + 10**15,
        entered_ns=now_ns,
        trace_id="",
        provenance=WHO,
    )


def sample_log(orders: int) -> SampleLog:
    """The whole log after so many orders, all of them filled."""
    path = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,)))], NOW_NS)
    path.entities(WORLD, WHO)
    path.quote("XALP", "ACME", (99_900, QUOTED_QTY), (100_000, QUOTED_QTY))
    path.run()
    for number in range(orders):
        path.command(order(number, path.clock.wall_ns))
        if number % 20 == 19:
            path.run(4, 1_000_000)
    path.run(DRAIN_TURNS, 1_000_000)
    return SampleLog({tp: partition.records for tp, partition in path.log.partitions.items()})
