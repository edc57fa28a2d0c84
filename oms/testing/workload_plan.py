"""What a workload will do, decided beforehand from a seed: orders of every kind over a span of tape time, and what follows them.

Pure: the same arguments give the same plan on every machine. Prices are not in it; an order has a `Pricing`, and the runner takes the
price from the market when it sends.

Invariants: actions come in order of time; every kind of `KINDS` is there at least once when `orders` ≥ len(KINDS); a cancel, replacement
or duplicate comes after the order it names; ClOrdIDs are unique but for duplicates; quantities are multiples of the lot.
"""

import random
from dataclasses import dataclass
from enum import Enum

from oms.core.enums import Algorithm, OrdType, Side, TimeInForce
from oms.core.reference import Instrument

SECOND_NS = 1_000_000_000
LAST_ORDER_PERCENT = 95  # of the span: what is sent later could do nothing before the end
LAST_TWAP_PERCENT = 55
TWAP_SPAN_PERCENT = 20  # of the span, at most
FAT_FINGER_UNITS = 50_000
CANCEL_PERCENT = 22  # of passive orders and TWAPs
REPLACE_PERCENT = 38


class Pricing(Enum):
    """How the runner prices an order: none (market), through the far side, at the near side, one tick inside it."""

    MARKET = "market"
    MARKETABLE = "marketable"
    JOIN = "join"
    IMPROVE = "improve"


class Fault(Enum):
    """A mistake made on purpose, named after what risk should say of it."""

    NONE = ""
    FAT_FINGER = "ORDER_QTY_LIMIT"
    PRICE_COLLAR = "PRICE_COLLAR"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    OFF_TICK = "PRICE_NOT_IN_TICKS"
    DUPLICATE = "DUPLICATE_CL_ORD_ID"


class Change(Enum):
    """What a replacement changes."""

    QTY_DOWN = "qty down"
    QTY_UP = "qty up"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of order and how often it comes, relative to the others."""

    weight: int
    ord_type: OrdType
    time_in_force: TimeInForce
    algorithm: Algorithm
    pricing: Pricing
    fault: Fault = Fault.NONE


_M, _L = OrdType.MARKET, OrdType.LIMIT
_DAY, _GTC, _IOC, _FOK = TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
_DIRECT, _BEST, _TWAP = Algorithm.DIRECT, Algorithm.BEST_PRICE, Algorithm.TWAP
_X = Pricing.MARKETABLE

FLOW_VALIDITIES = (_DAY, _GTC, _IOC, _FOK)
"""Of the limit orders of a run's flow: the others end by a calendar, and a run's market may be open at all times."""

KINDS: tuple[Kind, ...] = (
    Kind(120, _L, _IOC, _BEST, _X),
    Kind(40, _L, _IOC, _DIRECT, _X),
    Kind(40, _L, _FOK, _BEST, _X),
    Kind(20, _L, _FOK, _DIRECT, _X),
    Kind(90, _L, _DAY, _BEST, _X),
    Kind(30, _L, _GTC, _BEST, _X),
    Kind(20, _L, _GTC, _DIRECT, _X),
    Kind(60, _M, _DAY, _BEST, Pricing.MARKET),
    Kind(60, _M, _IOC, _BEST, Pricing.MARKET),
    Kind(30, _M, _IOC, _DIRECT, Pricing.MARKET),
    Kind(120, _L, _DAY, _BEST, Pricing.JOIN),
    Kind(50, _L, _DAY, _DIRECT, Pricing.JOIN),
    Kind(50, _L, _GTC, _DIRECT, Pricing.JOIN),
    Kind(70, _L, _DAY, _BEST, Pricing.IMPROVE),
    Kind(60, _L, _GTC, _DIRECT, Pricing.IMPROVE),
    Kind(20, _L, _DAY, _TWAP, _X),
    Kind(10, _L, _GTC, _TWAP, Pricing.JOIN),
    Kind(15, _M, _DAY, _TWAP, Pricing.MARKET),
    Kind(12, _L, _DAY, _BEST, _X, Fault.FAT_FINGER),
    Kind(12, _L, _IOC, _BEST, _X, Fault.PRICE_COLLAR),
    Kind(8, _L, _DAY, _BEST, _X, Fault.UNKNOWN_INSTRUMENT),
    Kind(12, _L, _DAY, _BEST, Pricing.JOIN, Fault.OFF_TICK),
    Kind(12, _L, _DAY, _BEST, _X, Fault.DUPLICATE),
)
_COLLAR = next(kind for kind in KINDS if kind.fault is Fault.PRICE_COLLAR)


@dataclass(frozen=True, slots=True)
class DeskAccounts:
    desk_id: str
    account_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """`number` counts the plan's orders. `venue_pick`: which of the suitable venues a DIRECT order goes to. TWAP: duration and slices."""

    at_tape_ns: int
    number: int
    desk_id: str
    account_id: str
    cl_ord_id: str
    instrument_id: str
    side: Side
    order_qty: int
    kind: Kind
    venue_pick: int
    twap_ns: int
    twap_slices: int

    @property
    def marketable(self) -> bool:
        """Meant to trade at once: it counts in the share of marketable orders that were filled."""
        return (
            self.kind.fault is Fault.NONE
            and self.kind.algorithm is not Algorithm.TWAP
            and self.kind.pricing in (Pricing.MARKET, Pricing.MARKETABLE)
        )


@dataclass(frozen=True, slots=True)
class PlannedCancel:
    """Cancels the order `target` (its number)."""

    at_tape_ns: int
    desk_id: str
    cl_ord_id: str
    target: int


@dataclass(frozen=True, slots=True)
class PlannedReplace:
    """Replaces the order `target`; `order_qty` is the new total, equal to the old one where the price changes."""

    at_tape_ns: int
    desk_id: str
    cl_ord_id: str
    target: int
    change: Change
    order_qty: int


PlannedAction = PlannedOrder | PlannedCancel | PlannedReplace


def plan(
    seed: int,
    desks: tuple[DeskAccounts, ...],
    instruments: tuple[Instrument, ...],
    start_ns: int,
    end_ns: int,
    orders: int,
    tag: str = "w",
) -> list[PlannedAction]:
    """The actions of `orders` orders over [start_ns, end_ns) of tape time. `tag` begins every ClOrdID: another run, another tag."""
    assert desks and instruments and end_ns > start_ns and orders > 0
    draw = random.Random(seed)
    kinds = _kinds(draw, orders)
    span_ns = (end_ns - start_ns) * LAST_ORDER_PERCENT // 100
    # A TWAP needs time: its kinds get the early places.
    early = orders * LAST_TWAP_PERCENT // 100
    _bring_forward(draw, kinds, early)
    placed = [
        _order(
            draw,
            n,
            kind,
            desks,
            instruments,
            start_ns + (n * 1000 + draw.randrange(1000)) * span_ns // (orders * 1000),
            end_ns - start_ns,
            tag,
        )
        for n, kind in enumerate(kinds)
    ]
    placed = _with_duplicates(placed)
    actions: list[PlannedAction] = list(placed)
    by_id = {i.instrument_id: i for i in instruments}
    for order in placed:
        actions += _follow_ups(draw, order, by_id[order.instrument_id].lot_size, end_ns, tag)
    return sorted(actions, key=lambda a: a.at_tape_ns)


def _kinds(draw: random.Random, orders: int) -> list[Kind]:
    """Each kind in proportion to its weight, at least once if there is room; shuffled."""
    total = sum(kind.weight for kind in KINDS)
    found = [kind for kind in KINDS for _ in range(max(1, orders * kind.weight // total))]
    draw.shuffle(found)
    if len(found) > orders:
        keep = {kind: found.index(kind) for kind in KINDS}
        spare = [n for n in range(len(found)) if n not in keep.values()]
        found = [found[n] for n in sorted([*keep.values(), *spare][:orders])]
    found += draw.choices(KINDS, [kind.weight for kind in KINDS], k=orders - len(found))
    return found


def _bring_forward(draw: random.Random, kinds: list[Kind], early: int) -> None:
    late = [n for n, kind in enumerate(kinds) if kind.algorithm is Algorithm.TWAP and n >= early]
    places = [n for n, kind in enumerate(kinds[:early]) if kind.algorithm is not Algorithm.TWAP]
    for source, target in zip(late, draw.sample(places, min(len(late), len(places))), strict=False):
        kinds[source], kinds[target] = kinds[target], kinds[source]


def _order(
    draw: random.Random,
    number: int,
    kind: Kind,
    desks: tuple[DeskAccounts, ...],
    instruments: tuple[Instrument, ...],
    at_ns: int,
    span_ns: int,
    tag: str,
) -> PlannedOrder:
    desk = desks[number % len(desks)]
    instrument = draw.choice(instruments)
    if kind.fault is Fault.OFF_TICK and instrument.tick_size == 1:
        kind = _COLLAR  # every price is on the tick
    twap_ns = span_ns * draw.randrange(TWAP_SPAN_PERCENT // 2, TWAP_SPAN_PERCENT + 1) // 100
    return PlannedOrder(
        at_ns,
        number,
        desk.desk_id,
        draw.choice(desk.account_ids),
        f"{tag}-{number}",
        instrument.instrument_id,
        draw.choice((Side.BUY, Side.SELL)),
        _quantity(draw, kind, instrument),
        kind,
        draw.randrange(1000),
        twap_ns if kind.algorithm is Algorithm.TWAP else 0,
        draw.randrange(4, 9) if kind.algorithm is Algorithm.TWAP else 0,
    )


def _quantity(draw: random.Random, kind: Kind, instrument: Instrument) -> int:
    """100 to 500 of what is traded in whole units (some odd lots), 0.02 to 0.2 of a fraction; a TWAP three times that."""
    if kind.fault is Fault.FAT_FINGER:
        return _in_lots(FAT_FINGER_UNITS * 10**instrument.qty_scale, instrument.lot_size)
    if instrument.qty_scale == 0:
        qty = draw.choice((100, 100, 100, 100, 200, 200, 200, 300, 400, 500))
        if draw.randrange(100) < 12:
            qty += draw.randrange(1, 100)
    else:
        qty = draw.randrange(2, 21) * 10**instrument.qty_scale // 100
    if kind.algorithm is Algorithm.TWAP:
        qty *= 3
    return _in_lots(qty, instrument.lot_size)


def _in_lots(qty: int, lot: int) -> int:
    return max(1, qty // lot) * lot


def _with_duplicates(placed: list[PlannedOrder]) -> list[PlannedOrder]:
    """A duplicate uses the ClOrdID of the same desk's latest sound order, and asks for something else under it."""
    latest: dict[str, PlannedOrder] = {}
    found: list[PlannedOrder] = []
    for order in placed:
        if order.kind.fault is not Fault.DUPLICATE:
            found.append(order)
            if order.kind.fault is Fault.NONE:
                latest[order.desk_id] = order
        elif order.desk_id in latest:
            original = latest[order.desk_id]
            found.append(_duplicate(order, original))
    return found


def _duplicate(order: PlannedOrder, original: PlannedOrder) -> PlannedOrder:
    return PlannedOrder(
        order.at_tape_ns,
        order.number,
        order.desk_id,
        order.account_id,
        original.cl_ord_id,
        original.instrument_id,
        original.side,
        original.order_qty * 2,
        order.kind,
        order.venue_pick,
        0,
        0,
    )


def _follow_ups(draw: random.Random, order: PlannedOrder, lot: int, end_ns: int, tag: str) -> list[PlannedAction]:
    """A replacement, or a cancel, or a replacement and then a cancel, of some orders that can rest."""
    rests = order.kind.pricing in (Pricing.JOIN, Pricing.IMPROVE) or order.kind.algorithm is Algorithm.TWAP
    if order.kind.fault is not Fault.NONE or not rests:
        return []
    found: list[PlannedAction] = []
    at_ns = order.at_tape_ns
    if order.kind.ord_type is OrdType.LIMIT and draw.randrange(100) < REPLACE_PERCENT:
        at_ns += draw.randrange(8 * SECOND_NS, 45 * SECOND_NS)
        change = draw.choice(tuple(Change))
        percent = {Change.QTY_DOWN: 60, Change.QTY_UP: 150, Change.PRICE: 100}[change]
        qty = order.order_qty if change is Change.PRICE else _in_lots(order.order_qty * percent // 100, lot)
        found.append(PlannedReplace(at_ns, order.desk_id, f"{tag}-{order.number}r", order.number, change, qty))
    if draw.randrange(100) < CANCEL_PERCENT:
        at_ns += draw.randrange(10 * SECOND_NS, 90 * SECOND_NS)
        found.append(PlannedCancel(at_ns, order.desk_id, f"{tag}-{order.number}c", order.number))
    return [action for action in found if action.at_tape_ns < end_ns]
