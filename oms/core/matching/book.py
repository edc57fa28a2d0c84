"""The order book of one instrument at one venue, driven by a recorded or synthetic tape.

It decides when an order of ours would have traded, and with how much, given only what the tape shows: the venue's displayed
top (best bid and offer with sizes) and its prints. It knows nothing of sessions, clients, clocks or other venues.

The rules:
- An incoming marketable order takes the displayed opposite size up to its limit. What we took stays taken until the tape
  changes that side of the venue's quote (price or size). Depth behind the top is unknown, so nothing of it is taken.
- A resting order has a queue ahead of it: the tape's displayed size at its price when it joins, 0 where it improves the
  displayed price, unknown (`None`) where it is worse than the displayed price. The queue becomes known when the displayed price
  reaches the order's price, and 0 when the venue displays only a worse price. Cancels ahead of us are not guessed.
- A print of `qty` at `price` first fills our orders priced better than the print, then at its own price passes the queue ahead
  and fills us in time order. An unknown queue lets nothing through. One print serves buys, then sells (both only if ours cross).
- A new quote whose opposite side reaches the price of a resting order fills it, and what it fills counts as taken.
- Our own orders never trade with each other: a bid and an offer of ours that cross both keep waiting for the tape.
- The remainder of an IOC or of a MARKET order is canceled; a FOK that cannot be filled at once is canceled (never rejected).
- Replace: another price or more quantity loses the place in the queue, less quantity keeps it; a quantity not above what is
  already executed fills the order.

Invariants: every fill is at a price the tape showed or printed; the fills out of one print never exceed it; taken never exceeds
displayed; `cum + leaves = qty` while an order rests.
"""

from bisect import insort
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from oms.core.enums import Liquidity, OrdType, Side, TimeInForce
from oms.core.matching.messages import (
    Accepted,
    BookEvent,
    Canceled,
    CancelRejected,
    CxlRejReason,
    Displayed,
    Expired,
    NewOrder,
    OrdRejReason,
    Rejected,
    Replaced,
    Traded,
)

_NS_PER_DAY = 86_400_000_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class RestingState(NamedTuple):
    """A resting order as a snapshot holds it, in priority order."""

    order_id: str
    side: int
    time_in_force: int
    price: int
    qty: int
    cum: int
    queue_ahead: int | None
    arrival: int


class SideState(NamedTuple):
    px: int
    size: int
    taken: int


class BookState(NamedTuple):
    """Everything a book needs to go on where it was; plain numbers and strings, so that any log can hold it."""

    bid: SideState
    ask: SideState
    next_exec: int
    next_arrival: int
    orders: tuple[RestingState, ...]


@dataclass(slots=True)
class _Resting:
    order_id: str
    side: Side
    time_in_force: TimeInForce
    price: int
    qty: int
    cum: int
    queue_ahead: int | None
    arrival: int

    @property
    def leaves(self) -> int:
        return self.qty - self.cum


@dataclass(slots=True)
class _Half:
    """One side of the book. `sign * price` is larger for a better price: sign +1 for bids, −1 for offers."""

    sign: int
    px: int = 0
    size: int = 0
    taken: int = 0
    orders: list[_Resting] = field(default_factory=list)

    @property
    def available(self) -> int:
        return self.size - self.taken

    def reached_by(self, limit: int | None) -> bool:
        """Whether an opposite order with this limit (None = market) trades with what is displayed here."""
        return self.available > 0 and (limit is None or self.sign * (limit - self.px) <= 0)

    def insert(self, order: _Resting) -> None:
        insort(self.orders, order, key=lambda o: (-self.sign * o.price, o.arrival))

    def queue_for(self, price: int) -> int | None:
        """The queue ahead of an order that joins at `price` now."""
        if self.size == 0 or self.sign * (price - self.px) > 0:
            return 0
        return self.size if price == self.px else None

    def show(self, px: int, size: int) -> bool:
        """Display a new top; True if it differs, in which case nothing of it is taken."""
        px = px if size else 0
        if px == self.px and size == self.size:
            return False
        self.px, self.size, self.taken = px, size, 0
        return True

    def learn_queues(self) -> bool:
        """Adjust the queues ahead to the displayed top; True if any changed. An empty side teaches nothing."""
        changed = False
        for order in self.orders if self.size else ():
            gap = self.sign * (order.price - self.px)
            if gap > 0 and order.queue_ahead != 0:
                order.queue_ahead, changed = 0, True
            elif gap == 0 and order.queue_ahead is None:
                order.queue_ahead, changed = self.size, True
        return changed


class Book:
    """See the module docstring. `version` moves whenever anything but the untouched displayed quote changes.

    `now_ns` of the methods only dates the execution ids.
    """

    __slots__ = (
        "_ask",
        "_bid",
        "_by_id",
        "_next_arrival",
        "_next_exec",
        "instrument",
        "lot_size",
        "tick_size",
        "venue",
        "version",
    )

    def __init__(self, venue: str, instrument: str, tick_size: int = 1, lot_size: int = 1) -> None:
        assert tick_size > 0 and lot_size > 0
        self.venue = venue
        self.instrument = instrument
        self.tick_size = tick_size
        self.lot_size = lot_size
        self.version = 0
        self._bid = _Half(1)
        self._ask = _Half(-1)
        self._by_id: dict[str, _Resting] = {}
        self._next_exec = 1
        self._next_arrival = 1

    # What can be seen

    def displayed(self) -> Displayed:
        """The tape's quote."""
        return Displayed(self._bid.px, self._bid.size, self._ask.px, self._ask.size)

    def available(self) -> Displayed:
        """The tape's quote less what we took from it; price 0 where nothing is left."""
        bid, ask = self._bid.available, self._ask.available
        return Displayed(self._bid.px if bid else 0, bid, self._ask.px if ask else 0, ask)

    def queue_ahead(self, order_id: str) -> int | None:
        return self._by_id[order_id].queue_ahead

    def open_orders(self) -> tuple[str, ...]:
        """Ids of the resting orders in price-time priority, bids first."""
        return tuple(order.order_id for half in (self._bid, self._ask) for order in half.orders)

    # Orders

    def submit(self, order: NewOrder, now_ns: int) -> tuple[BookEvent, ...]:
        refused = self._refuse_new(order)
        if refused is not None:
            return (refused,)
        assert order.order_id not in self._by_id
        accepted = Accepted(order.order_id)
        limit = None if order.ord_type is OrdType.MARKET else order.price
        opposite = self._opposite(order.side)
        fillable = opposite.available if opposite.reached_by(limit) else 0
        if order.time_in_force is TimeInForce.FOK and fillable < order.qty:
            return (accepted, Canceled(order.order_id, "fill or kill: not enough displayed"))
        resting = _Resting(order.order_id, order.side, order.time_in_force, order.price, order.qty, 0, None, 0)
        events: list[BookEvent] = [accepted, *self._take(resting, opposite, limit, now_ns)]
        if resting.leaves:
            if limit is None:
                events.append(Canceled(order.order_id, "market order: no more displayed"))
            elif order.time_in_force is TimeInForce.IOC:
                events.append(Canceled(order.order_id, "immediate or cancel: remainder"))
            else:
                self._rest(resting)
        return tuple(events)

    def cancel(self, order_id: str) -> tuple[BookEvent, ...]:
        order = self._by_id.get(order_id)
        if order is None:
            return (CancelRejected(order_id, CxlRejReason.UNKNOWN_ORDER, "no such order in the book"),)
        self._remove(order)
        return (Canceled(order_id, "canceled on request"),)

    def replace(self, order_id: str, price: int, qty: int, now_ns: int) -> tuple[BookEvent, ...]:
        """`qty` is the total intended quantity, what is executed included (FIX)."""
        order = self._by_id.get(order_id)
        if order is None:
            return (CancelRejected(order_id, CxlRejReason.UNKNOWN_ORDER, "no such order in the book"),)
        if qty <= 0 or qty % self.lot_size:
            return (
                CancelRejected(
                    order_id, CxlRejReason.OTHER, f"quantity {qty} is not a positive multiple of {self.lot_size}"
                ),
            )
        if price <= 0 or price % self.tick_size:
            text = f"price {price} is not a positive multiple of {self.tick_size}"
            return (CancelRejected(order_id, CxlRejReason.INVALID_PRICE_INCREMENT, text),)
        if qty <= order.cum:
            self._remove(order)
            return (Replaced(order_id, price, order.cum, order.cum, 0),)
        replaced = Replaced(order_id, price, qty, order.cum, qty - order.cum)
        if price == order.price and qty <= order.qty:
            order.qty = qty
            self.version += 1
            return (replaced,)
        self._remove(order)
        order.price, order.qty = price, qty
        events = [replaced, *self._take(order, self._opposite(order.side), price, now_ns)]
        if order.leaves:
            self._rest(order)
        return tuple(events)

    def end_of_day(self) -> tuple[BookEvent, ...]:
        """DAY orders expire; GTC orders stay."""
        day = [o for half in (self._bid, self._ask) for o in half.orders if o.time_in_force is TimeInForce.DAY]
        for order in day:
            self._remove(order)
        return tuple(Expired(order.order_id) for order in day)

    # The tape

    def on_quote(self, quote: Displayed, now_ns: int) -> tuple[BookEvent, ...]:
        """The venue's whole displayed top after a tape event."""
        bid, ask = self._bid, self._ask
        touched = bid.taken + ask.taken
        changed = bid.show(quote.bid_px, quote.bid_qty) | ask.show(quote.ask_px, quote.ask_qty)
        if touched != bid.taken + ask.taken:
            self.version += 1
        if not changed or not self._by_id:
            return ()
        if bid.learn_queues() | ask.learn_queues():
            self.version += 1
        return (*self._cross(bid, ask, now_ns), *self._cross(ask, bid, now_ns))

    def on_trade(self, price: int, qty: int, now_ns: int) -> tuple[BookEvent, ...]:
        """A print of the tape at this venue."""
        if not self._by_id:
            return ()
        events: list[BookEvent] = []
        remaining = self._print(self._bid, price, qty, now_ns, events)
        self._print(self._ask, price, remaining, now_ns, events)
        return tuple(events)

    # Snapshots

    def state(self) -> BookState:
        bid, ask = self._bid, self._ask
        orders = tuple(
            RestingState(o.order_id, o.side, o.time_in_force, o.price, o.qty, o.cum, o.queue_ahead, o.arrival)
            for half in (bid, ask)
            for o in half.orders
        )
        bid_state, ask_state = (SideState(half.px, half.size, half.taken) for half in (bid, ask))
        return BookState(bid_state, ask_state, self._next_exec, self._next_arrival, orders)

    def restore(self, state: BookState) -> None:
        """Become exactly the book that gave `state`."""
        self._bid = _Half(1, *state.bid)
        self._ask = _Half(-1, *state.ask)
        self._by_id = {}
        self._next_exec, self._next_arrival = state.next_exec, state.next_arrival
        for row in state.orders:
            order = _Resting(
                row.order_id,
                Side(row.side),
                TimeInForce(row.time_in_force),
                row.price,
                row.qty,
                row.cum,
                row.queue_ahead,
                row.arrival,
            )
            self._own(order.side).insert(order)
            self._by_id[order.order_id] = order

    # How it works

    def _own(self, side: Side) -> _Half:
        return self._bid if side is Side.BUY else self._ask

    def _opposite(self, side: Side) -> _Half:
        return self._ask if side is Side.BUY else self._bid

    def _refuse_new(self, order: NewOrder) -> Rejected | None:
        if order.qty <= 0 or order.qty % self.lot_size:
            text = f"quantity {order.qty} is not a positive multiple of {self.lot_size}"
            return Rejected(order.order_id, OrdRejReason.INCORRECT_QUANTITY, text)
        if order.ord_type is OrdType.LIMIT and (order.price <= 0 or order.price % self.tick_size):
            text = f"price {order.price} is not a positive multiple of {self.tick_size}"
            return Rejected(order.order_id, OrdRejReason.INVALID_PRICE_INCREMENT, text)
        if order.ord_type is OrdType.MARKET and order.price != 0:
            return Rejected(order.order_id, OrdRejReason.OTHER, "a market order has no price")
        return None

    def _take(self, order: _Resting, opposite: _Half, limit: int | None, now_ns: int) -> tuple[BookEvent, ...]:
        if not opposite.reached_by(limit):
            return ()
        qty = min(order.leaves, opposite.available)
        opposite.taken += qty
        return (self._fill(order, opposite.px, qty, Liquidity.REMOVED, now_ns),)

    def _fill(self, order: _Resting, px: int, qty: int, liquidity: Liquidity, now_ns: int) -> Traded:
        assert 0 < qty <= order.leaves
        order.cum += qty
        day = date.fromordinal(_EPOCH_ORDINAL + now_ns // _NS_PER_DAY).strftime("%Y%m%d")
        exec_id = f"{self.venue}-{self.instrument}-{day}-{self._next_exec}"
        self._next_exec += 1
        self.version += 1
        return Traded(order.order_id, exec_id, px, qty, order.cum, order.leaves, liquidity)

    def _rest(self, order: _Resting) -> None:
        own = self._own(order.side)
        order.queue_ahead = own.queue_for(order.price)
        order.arrival = self._next_arrival
        self._next_arrival += 1
        own.insert(order)
        self._by_id[order.order_id] = order
        self.version += 1

    def _remove(self, order: _Resting) -> None:
        self._own(order.side).orders.remove(order)
        del self._by_id[order.order_id]
        self.version += 1

    def _cross(self, own: _Half, opposite: _Half, now_ns: int) -> list[BookEvent]:
        """Fill resting orders that the opposite displayed price has reached."""
        events: list[BookEvent] = []
        while own.orders and opposite.reached_by(own.orders[0].price):
            order = own.orders[0]
            qty = min(order.leaves, opposite.available)
            opposite.taken += qty
            events.append(self._fill(order, opposite.px, qty, Liquidity.ADDED, now_ns))
            if not order.leaves:
                self._remove(order)
        return events

    def _print(self, own: _Half, price: int, remaining: int, now_ns: int, events: list[BookEvent]) -> int:
        """Fill one side from a print; what is left of the print comes back."""
        passed = 0  # of the market's own orders at the print's price that were served before ours
        for order in tuple(own.orders):
            gap = own.sign * (order.price - price)
            if gap < 0 or not (remaining or passed):
                break
            if gap == 0:
                ahead = remaining if order.queue_ahead is None else max(0, order.queue_ahead - passed)
                eaten = min(ahead, remaining)
                passed += eaten
                remaining -= eaten
                if order.queue_ahead:
                    order.queue_ahead = max(0, order.queue_ahead - passed)
                    self.version += 1
                if order.queue_ahead != 0:
                    continue
            qty = min(order.leaves, remaining)
            if qty:
                remaining -= qty
                events.append(self._fill(order, price, qty, Liquidity.ADDED, now_ns))
                if not order.leaves:
                    self._remove(order)
        return remaining
