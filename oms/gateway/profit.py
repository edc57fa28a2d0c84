"""What accounts hold, what it cost, what came of it, and what open orders could still add: a fold of `oms.risk`, fill by fill.

Average-cost method. A fill of q (signed) at price p meets a position Q that cost C (signed: paid for a long one, received for a short):

    Q is 0 or on the same side     C += q·p
    the other side, |q| ≤ |Q|      C −= C·|q|/|Q|                      the closed share takes its share of the cost with it
    the other side, |q| > |Q|      C = (Q + q)·p                       all of it is closed; the rest opens at the fill's price

    paid = Σ q·p over opening position and fills     average cost = C / Q     market value = Q·mark
    realised = C − paid                              unrealised = Q·mark − C

so realised + unrealised = Q·mark − paid, exactly, whatever the method. The one quotient, C·|q|/|Q|, is rounded to the nearest 10^-12 of
(price × quantity as integers), and what is rounded away stays in C: it moves between realised and unrealised and is never lost, and a
position that ends flat has an exact result. Fees are no part of it.

A correction or bust of a fill changes what was paid by the exact difference. Of the cost it takes the fill off at the fill's own price, as
though it never was, as far as it may still be held; where later sales have mixed it up with others so that the rest would cost nothing or
less, at the average. The corrected fill is then one like any other. So the sum of both results is exact, and a bust realises nothing where
nothing was sold.

An opening position is a first fill at its price. That price is reference data, which has no order relative to the journal, and it may
be unknown. So costs are kept as (an amount, a quantity that has the opening price), and the price is put in when somebody asks.

Exposure of open orders is risk's own, from the same records as the fills, so a fill is never in both or in neither: per order
max(quantity, that of a pending replacement) − executed (`oms.core.risk.exposure`), at the worst price of its mandates.

Invariants: a pure function of the journal; what it keeps is bounded by accounts × instruments × venues and open orders, not by fills.
Where the journal's beginning is not there (`whole` is False), costs are unknown. It does not know currencies, scales, or who asks.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from oms.core.enums import Liquidity, Side
from oms.core.market import InstrumentMarket
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Instrument, Venue
from oms.core.risk_events import (
    ExposureCorrected,
    ExposureMoved,
    ExposureRepriced,
    OrderAccepted,
    OrderClosed,
    ReplaceAccepted,
    ReplaceSettled,
    RiskEvent,
)

FINE = 10**12
"""Costs and opening quantities are kept in parts of this size of their integers."""

Key = tuple[str, str]
"""(account, instrument)."""


def nearest(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, halves up. `denominator` > 0."""
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(slots=True)
class Cost:
    """What `qty` cost, in parts of 10^-12: `known` of price × quantity, and `opening` of a quantity that has the opening price."""

    qty: int = 0
    known: int = 0
    opening: int = 0

    def trade(self, signed_qty: int, price: int | None) -> None:
        """A fill; `price` None stands for the opening price."""
        before, self.qty = self.qty, self.qty + signed_qty
        if before * signed_qty >= 0:
            self._pay(signed_qty, price)
        elif abs(signed_qty) <= abs(before):
            held = abs(before)
            self.known -= nearest(self.known * abs(signed_qty), held)
            self.opening -= nearest(self.opening * abs(signed_qty), held)
        else:
            self.known = self.opening = 0
            self._pay(self.qty, price)

    def undo(self, signed_qty: int, price: int) -> None:
        """A fill of `signed_qty` at `price` never was."""
        before, after = self.qty, self.qty - signed_qty
        known = self.known - signed_qty * price * FINE
        own = (
            before * signed_qty > 0
            and after * signed_qty >= 0
            and (known * signed_qty > 0 or not after or self.opening)
        )
        if not own:
            self.trade(-signed_qty, price)
            return
        self.qty, self.known = after, known if after else 0
        self.opening = self.opening if after else 0

    def _pay(self, signed_qty: int, price: int | None) -> None:
        if price is None:
            self.opening += signed_qty * FINE
        else:
            self.known += signed_qty * price * FINE


@dataclass(slots=True)
class Taken:
    """What was taken at a venue: quantity, and Σ price × quantity."""

    fills: int = 0
    qty: int = 0
    notional: int = 0


@dataclass(slots=True)
class Holding:
    """What an account was moved by, in one instrument. `opening_qty` is what risk counted as such by the last fill."""

    account_id: str
    desk_id: str
    instrument_id: str
    opening_qty: int = 0
    bought_qty: int = 0
    sold_qty: int = 0
    bought_notional: int = 0
    sold_notional: int = 0
    fill_count: int = 0
    fills_without_fee: int = 0
    cost: Cost = field(default_factory=Cost)
    taken: dict[str, Taken] = field(default_factory=dict)

    @property
    def qty(self) -> int:
        """Signed; risk's figure after the last fill."""
        return self.opening_qty + self.bought_qty - self.sold_qty

    def reprice(self, event: ExposureRepriced) -> None:
        """A fill counted at the inferred price has its real one. Of the difference the cost takes the share that may still be held of it,
        the rest is realised: what was paid is exact either way."""
        change = event.last_px - event.inferred_px
        if event.signed_qty > 0:
            self.bought_notional += event.last_qty * change
        else:
            self.sold_notional += event.last_qty * change
        if self.cost.qty * event.signed_qty > 0:
            held = min(abs(self.cost.qty), event.last_qty)
            self.cost.known += (held if event.signed_qty > 0 else -held) * change * FINE
        taken = self.taken.get(event.exec_id.partition("/")[0])
        if taken is None:
            return  # the journal's beginning is not there, and the fill was in it
        if event.liquidity is Liquidity.REMOVED:
            taken.notional += event.last_qty * change
        else:
            taken.qty -= event.last_qty
            taken.notional -= event.last_qty * event.inferred_px

    def fill(self, event: ExposureMoved) -> None:
        self._opened_before(event.position_qty - event.signed_qty)
        self.cost.trade(event.signed_qty, event.last_px)
        self._count(1, event.signed_qty > 0, event.last_qty, event.last_px, event.exec_id, event.liquidity)

    def correct(self, event: ExposureCorrected) -> None:
        sign = event.side.sign
        self._opened_before(event.position_qty - event.signed_qty)
        if event.old_qty:
            self.cost.undo(sign * event.old_qty, event.old_px)
            self._count(-1, sign > 0, event.old_qty, event.old_px, event.exec_ref_id, event.liquidity)
        if event.new_qty:
            self.cost.trade(sign * event.new_qty, event.new_px)
            self._count(1, sign > 0, event.new_qty, event.new_px, event.exec_id, event.liquidity)

    def _opened_before(self, position_qty: int) -> None:
        """The opening position as risk saw it: before the first fill, or changed since the last."""
        if position_qty != self.qty:
            change = position_qty - self.qty
            self.cost.trade(change, None)
            self.opening_qty += change

    def _count(self, times: int, is_buy: bool, qty: int, px: int, exec_id: str, liquidity: Liquidity | None) -> None:
        """`times`: 1 for a fill, −1 for one that never was."""
        if is_buy:
            self.bought_qty += times * qty
            self.bought_notional += times * qty * px
        else:
            self.sold_qty += times * qty
            self.sold_notional += times * qty * px
        self.fill_count += times
        if liquidity is not Liquidity.REMOVED:
            self.fills_without_fee += times
            return
        taken = self.taken.setdefault(exec_id.partition("/")[0], Taken())
        taken.fills += times
        taken.qty += times * qty
        taken.notional += times * qty * px


@dataclass(slots=True)
class OpenOrder:
    """Risk's terms of an open order, and those of a pending replacement."""

    key: Key
    desk_id: str
    is_buy: bool
    order_qty: int
    worst_price: int
    cum_qty: int = 0
    asked_qty: int | None = None
    asked_price: int = 0

    @property
    def reserved_qty(self) -> int:
        return max(0, max(self.order_qty, self.asked_qty or 0) - self.cum_qty)

    @property
    def reserved_notional(self) -> int:
        price = self.worst_price if self.asked_qty is None else max(self.worst_price, self.asked_price)
        return self.reserved_qty * price


@dataclass(slots=True)
class Exposure:
    """What the open orders of one account could add in one instrument."""

    desk_id: str
    orders: int = 0
    buy_qty: int = 0
    sell_qty: int = 0
    buy_notional: int = 0
    sell_notional: int = 0


@dataclass(slots=True)
class Book:
    """One partition. `whole`: the journal was read from its beginning."""

    whole: bool = True
    holdings: dict[Key, Holding] = field(default_factory=dict)
    exposures: dict[Key, Exposure] = field(default_factory=dict)
    orders: dict[str, OpenOrder] = field(default_factory=dict)

    def fold(self, event: RiskEvent) -> None:
        if isinstance(event, ExposureMoved):
            self._filled(event)
        elif isinstance(event, ExposureRepriced):
            holding = self.holdings.get((event.account_id, event.instrument_id))
            if holding is not None:
                holding.reprice(event)
        elif isinstance(event, ExposureCorrected):
            self._corrected(event)
        elif isinstance(event, OrderAccepted):
            self._opened(event)
        elif isinstance(event, OrderClosed):
            order = self.orders.pop(event.order_id, None)
            if order is not None:
                self._count(order, -1)
        elif isinstance(event, ReplaceAccepted | ReplaceSettled):
            self._replaced(event)

    def _opened(self, event: OrderAccepted) -> None:
        terms = event.order
        key = terms.account_id, terms.instrument_id
        order = OpenOrder(key, terms.desk_id, terms.side is Side.BUY, terms.order_qty, event.mandate.worst_price)
        self.orders[event.order_id] = order
        self._count(order, +1)

    def _replaced(self, event: ReplaceAccepted | ReplaceSettled) -> None:
        order = self.orders.get(event.order_id)
        if order is None:
            return
        self._count(order, -1)
        if isinstance(event, ReplaceAccepted):
            order.asked_qty, order.asked_price = event.replace.order_qty, event.mandate.worst_price
        else:
            if event.applied and order.asked_qty is not None:
                order.order_qty, order.worst_price = event.order_qty, order.asked_price
            order.asked_qty = None
        self._count(order, +1)

    def _filled(self, event: ExposureMoved) -> None:
        self._executed(event.order_id, event.last_qty)
        self._holding(event).fill(event)

    def _corrected(self, event: ExposureCorrected) -> None:
        change = event.new_qty - event.old_qty
        self._executed(event.order_id, change)
        self._holding(event).correct(event)

    def _executed(self, order_id: str, qty: int) -> None:
        order = self.orders.get(order_id)
        if order is not None:
            self._count(order, -1)
            order.cum_qty += qty
            self._count(order, +1)

    def _holding(self, event: ExposureMoved | ExposureCorrected) -> Holding:
        key = event.account_id, event.instrument_id
        if key not in self.holdings:
            desk_id = event.order_id.partition("/")[0]
            self.holdings[key] = Holding(event.account_id, desk_id, event.instrument_id)
        return self.holdings[key]

    def _count(self, order: OpenOrder, sign: int) -> None:
        exposure = self.exposures.get(order.key)
        if exposure is None:
            exposure = self.exposures[order.key] = Exposure(order.desk_id)
        exposure.orders += sign
        if order.is_buy:
            exposure.buy_qty += sign * order.reserved_qty
            exposure.buy_notional += sign * order.reserved_notional
        else:
            exposure.sell_qty += sign * order.reserved_qty
            exposure.sell_notional += sign * order.reserved_notional
        if not exposure.orders:
            del self.exposures[order.key]


class MarkSource(IntEnum):
    """The numbers of the API's enumeration of the same name."""

    BID = 1
    ASK = 2
    LAST_TRADE = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A price and where it is from; `time_ns` is tape time, `venue_id` empty for a trade."""

    price: int
    source: MarkSource
    venue_id: str
    time_ns: int


def mark_of(qty: int, market: InstrumentMarket | None, venues: dict[str, Venue]) -> Mark | None:
    """What the position could be left at: the best bid for a long (or flat) one, the best ask for a short one.

    Over the venues that take orders; of equal prices the older one, so that no age is understated. The last trade where none of them
    shows that side; None where that is unknown, or known to be suspicious.
    """
    if market is None:
        return None
    short = qty < 0
    best: tuple[int, int, str] | None = None
    for shown in market.quotes:
        quote, venue = shown.quote, venues.get(shown.venue_id)
        if venue is not None and venue.enabled and (quote.ask_qty if short else quote.bid_qty) > 0:
            offered = (quote.ask_px if short else -quote.bid_px, quote.time_ns, shown.venue_id)
            best = offered if best is None else min(best, offered)
    if best is not None:
        price, time_ns, venue_id = best
        return Mark(price if short else -price, MarkSource.ASK if short else MarkSource.BID, venue_id, time_ns)
    trade = market.last_trade
    if trade is None or trade.suspicious:
        return None
    return Mark(trade.price, MarkSource.LAST_TRADE, "", trade.time_ns)


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening position by reference data; `paid` is Σ quantity × price as integers, None where a price is not known."""

    qty: int
    paid: int | None


@dataclass(frozen=True, slots=True)
class Profit:
    """In amounts of the instrument's currency; None = not known."""

    qty: int
    cost: Amount | None
    avg_cost: Amount | None
    realised: Amount | None
    unrealised: Amount | None
    traded: Amount | None
    market_value: Amount | None


def profit_of(holding: Holding, opening: Opening, whole: bool, mark: int | None, instrument: Instrument) -> Profit:
    """The holding at a mark. An opening position that was changed since the last fill counts as it is now."""
    unit = 10 ** (AMOUNT_SCALE - instrument.price_scale - instrument.qty_scale)
    cost, opening_qty = Cost(holding.cost.qty, holding.cost.known, holding.cost.opening), holding.opening_qty
    if whole and opening.qty != opening_qty:
        cost.trade(opening.qty - opening_qty, None)
        opening_qty = opening.qty
    net_paid = (holding.bought_notional - holding.sold_notional) * unit
    value = _value(cost.qty, mark, unit)
    traded_value = _value(holding.bought_qty - holding.sold_qty, mark, unit)
    held = _cost_amount(cost, opening, whole, unit)
    realised: int | None = None
    if whole and held is not None and opening.paid is not None:
        realised = held - net_paid - opening.paid * unit
    elif whole and cost.opening == opening_qty * FINE:  # nothing of it was closed: its price is in the cost alone
        realised = nearest(cost.known * unit, FINE) - net_paid
    per_unit = None
    if held is not None and cost.qty:
        per_unit = abs(held) * 10**instrument.qty_scale // abs(cost.qty)
    return Profit(
        cost.qty,
        _amount(held),
        _amount(per_unit),
        _amount(realised),
        _amount(None if value is None or held is None else value - held),
        _amount(None if traded_value is None else traded_value - net_paid),
        _amount(value),
    )


def _value(qty: int, mark: int | None, unit: int) -> int | None:
    """Nothing is worth nothing, at whatever price."""
    if not qty:
        return 0
    return None if mark is None else qty * mark * unit


def _cost_amount(cost: Cost, opening: Opening, whole: bool, unit: int) -> int | None:
    if not cost.qty:
        return 0
    if not whole:
        return None
    if not cost.opening:
        return nearest(cost.known * unit, FINE)
    if opening.paid is None or not opening.qty:
        return None
    sign = 1 if opening.qty > 0 else -1
    opened = sign * (cost.known * opening.qty + cost.opening * opening.paid) * unit
    return nearest(opened, FINE * abs(opening.qty))


def _amount(value: int | None) -> Amount | None:
    return None if value is None else Amount(value)


def fee_of(taken: Taken, ppm: int, per_unit_e8: int, price_scale: int, qty_scale: int) -> Amount:
    """A taker's fee by a venue's schedule (`oms.core.reference.Venue`), rounded up to the amount's last decimal.

    So a cost is never understated and a rebate never overstated. The scales are the instrument's.
    """
    money = taken.notional * 10 ** (AMOUNT_SCALE - price_scale - qty_scale)
    proportional = money * ppm * 10 ** (qty_scale + 2)
    per_unit = taken.qty * per_unit_e8 * 10**AMOUNT_SCALE
    return Amount(-(-(proportional + per_unit) // 10 ** (qty_scale + 8)))
