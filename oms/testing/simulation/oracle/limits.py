"""Whether an acceptance kept to the limits in force, and named them: recomputed from the orders, not from what the decision says.

The reference data is that of the position the decision names. A price collar and the age of the market are held against the price and age
that the decision names, which is the market data it was judged with.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from oms.testing.simulation.oracle.authority import Known
from oms.testing.simulation.oracle.exposure import Order, Orders
from oms.v1.commands_pb2 import Instructions, NewOrder
from oms.v1.enums_pb2 import (
    LIMIT_KIND_MARKET_DATA_AGE_NS,
    LIMIT_KIND_OPEN_ORDERS,
    LIMIT_KIND_ORDER_NOTIONAL,
    LIMIT_KIND_ORDER_QTY,
    LIMIT_KIND_POSITION_QTY,
    LIMIT_KIND_PRICE_COLLAR_BPS,
    ORD_TYPE_STOP,
    ORD_TYPE_STOP_LIMIT,
    SIDE_BUY,
)
from oms.v1.reference_pb2 import Instrument, Limit
from oms.v1.risk_pb2 import Evidence, Mandate

REQUIRED = (
    LIMIT_KIND_ORDER_QTY,
    LIMIT_KIND_ORDER_NOTIONAL,
    LIMIT_KIND_PRICE_COLLAR_BPS,
    LIMIT_KIND_MARKET_DATA_AGE_NS,
    LIMIT_KIND_POSITION_QTY,
)
"""An order that no limit of one of these kinds covers is never accepted: unknown means no."""

AMOUNT_SCALE = 12
BPS = 10_000


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted: the order's terms, the quantity now asked for, and the order where it exists already (a replacement)."""

    terms: NewOrder
    order_qty: int
    mandate: Mandate
    evidence: Evidence
    replaced: Order | None
    instructions: Instructions

    @property
    def sign(self) -> int:
        return 1 if self.terms.side == SIDE_BUY else -1

    def starts_at(self, tick: int) -> int:
        """Where it begins to trade: the market's price, or a stop's where that is worse."""
        market, sign, asked = self.evidence.reference_price, self.sign, self.instructions
        if self.terms.ord_type not in (ORD_TYPE_STOP, ORD_TYPE_STOP_LIMIT):
            return int(market)
        stop = asked.stop_px if asked.HasField("stop_px") else max(tick, market + sign * asked.peg.offset)
        return int(sign * max(sign * stop, sign * market))


def missing_evidence(accepted: Accepted, known: Known) -> Iterator[str]:
    """What the decision should name and does not."""
    e = accepted.evidence
    columns = {len(e.checks), len(e.limit_versions), len(e.thresholds.hi), len(e.before.hi), len(e.after.hi)}
    if len(columns) != 1 or not e.checks:
        yield "the columns of checks differ in length, or there are none"
    if e.market_partition < 0 or e.market_position <= 0 or not e.HasField("reference_price") or e.reference_price <= 0:
        yield "no market data"
    instrument = known.instrument(accepted.terms.instrument_id)
    if instrument is None:
        yield "the instrument is not known"
        return
    binding = list(known.limits(accepted.terms.desk_id, accepted.terms.account_id, instrument))
    in_force = {version: limit.kind for limit, version in binding}
    named = {version for version in e.limit_versions if version >= 0}
    for version in sorted(named - in_force.keys()):
        yield f"limit version {version} is not in force for the order"
    for kind in REQUIRED:
        if kind not in in_force.values():
            yield f"no limit of kind {kind} covers the order"
        elif kind not in {in_force.get(version) for version in named}:
            yield f"no limit of kind {kind} is named"


def exceeded(accepted: Accepted, known: Known, orders: Orders, partition: int) -> Iterator[str]:
    """Every limit in force that the acceptance breaks."""
    instrument = known.instrument(accepted.terms.instrument_id)
    if instrument is None:
        return
    for limit, version in known.limits(accepted.terms.desk_id, accepted.terms.account_id, instrument):
        value = (limit.value.hi << 64) + limit.value.lo
        found = _measure(accepted, limit, known, orders, partition, instrument)
        if found is not None and found > _bound(accepted, limit, value, instrument.tick_size):
            yield f"{limit.limit_id} (version {version}) is {value}, and this makes {found}"


def _bound(accepted: Accepted, limit: Limit, value: int, tick: int) -> int:
    if limit.kind != LIMIT_KIND_PRICE_COLLAR_BPS:
        return value
    return accepted.sign * accepted.starts_at(tick) * (BPS + accepted.sign * value)


def _measure(
    accepted: Accepted, limit: Limit, known: Known, orders: Orders, partition: int, instrument: Instrument
) -> int | None:
    """What is held against the limit, in its unit; of a collar both sides are multiplied by 10,000."""
    sign, worst = accepted.sign, accepted.mandate.worst_price
    match limit.kind:
        case k if k == LIMIT_KIND_ORDER_QTY:
            return accepted.order_qty
        case k if k == LIMIT_KIND_ORDER_NOTIONAL:
            price = worst if sign > 0 else max(worst, accepted.evidence.reference_price)
            unit = 10 ** (AMOUNT_SCALE - instrument.price_scale - instrument.qty_scale)
            return int(price * accepted.order_qty * unit)
        case k if k == LIMIT_KIND_PRICE_COLLAR_BPS:
            return int(sign * worst * BPS)
        case k if k == LIMIT_KIND_MARKET_DATA_AGE_NS:
            return abs(accepted.evidence.reference_age_ns)
        case k if k == LIMIT_KIND_OPEN_ORDERS:
            accounts = {account.account_id for account in known.accounts_in(limit, partition)}
            return orders.count_open(accounts, limit.instrument_id) + 1 if accepted.replaced is None else None
        case k if k == LIMIT_KIND_POSITION_QTY:
            added = _added(accepted)
            beyond_before = accepted.replaced is not None and not added  # an amendment that adds nothing may be
            return None if beyond_before else sign * _position(accepted, limit, known, orders, partition) + added
    return None


def _added(accepted: Accepted) -> int:
    old = accepted.replaced
    return accepted.order_qty if old is None else old.reserved(accepted.order_qty) - old.reserved()


def _position(accepted: Accepted, limit: Limit, known: Known, orders: Orders, partition: int) -> int:
    """The scope's position with every open order of this direction filled, this one as it was before."""
    instrument_id, sign = accepted.terms.instrument_id, accepted.sign
    return sum(
        orders.worst(known, account.account_id, instrument_id, sign) for account in known.accounts_in(limit, partition)
    )
