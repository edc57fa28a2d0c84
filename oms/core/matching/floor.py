"""Where orders meet: what happens when an order enters the continuous book, when the tape moves, and what follows from that.

It carries out the steps of a `Walk`, fills and rests orders, and then settles: whatever a change of the book sets off is done before
the next event is looked at. `Book` adds what members and operators ask for.

Settling, until none of these has anything to do, always the first that has:
1. Each traded price in turn triggers stops and moves trailing stops; what was triggered enters in that order.
2. Where the best displayed prices are others than those the pegs follow, every peg whose price differs is restated and enters anew,
   in order of acceptance.
3. An order that rested until its minimum quantity was met, and now takes any, takes what it reaches.
4. The first conditional order (bids, then offers, by price and time) for which the other side now holds enough takes it.
"""

from datetime import date

from oms.core.enums import Liquidity, OrdType, SelfMatchPrevention, TimeInForce
from oms.core.instructions import COME_BACK
from oms.core.matching.half import Half
from oms.core.matching.ledger import Fill, Ledger
from oms.core.matching.messages import (
    BookEvent,
    CancelCause,
    Canceled,
    Displayed,
    Phase,
    Restated,
    Traded,
    Triggered,
)
from oms.core.matching.orders import Level, Order, Place, Queue
from oms.core.matching.pegs import followed_price
from oms.core.matching.stops import Stops
from oms.core.matching.walk import Walk

_NS_PER_DAY = 86_400_000_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_UNPRICED = frozenset({OrdType.MARKET, OrdType.MARKET_TO_LIMIT})
_CANCEL_AGGRESSIVE = SelfMatchPrevention.CANCEL_AGGRESSIVE

References = tuple[int | None, int | None]  # the best displayed bid and offer that pegs follow


class Floor:
    """`version` moves whenever anything but the tape (its untouched quote, its time, its prints while no order is open) changes."""

    __slots__ = (
        "_ask",
        "_bid",
        "_by_id",
        "_day",
        "_day_text",
        "_followed",
        "_freed",
        "_held",
        "_ledger",
        "_next_arrival",
        "_next_exec",
        "_pegs",
        "_stops",
        "_traded",
        "instrument",
        "last_px",
        "lot_size",
        "now_ns",
        "phase",
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
        self.phase = Phase.CONTINUOUS
        self.last_px = 0
        self.now_ns = 0
        self._bid = Half(1)
        self._ask = Half(-1)
        self._by_id: dict[str, Order] = {}
        self._stops = Stops()
        self._pegs: dict[str, Order] = {}
        self._held: dict[str, Order] = {}
        self._ledger = Ledger()
        self._followed: References | None = None
        self._freed: list[Order] = []  # resting orders whose minimum quantity was just met
        self._traded: list[int] = []  # prices that the stops have not seen yet
        self._next_exec = 1
        self._next_arrival = 1
        self._day, self._day_text = -1, ""

    # Names and numbers

    def _own(self, order: Order) -> Half:
        return self._bid if order.buy else self._ask

    def _opposite(self, order: Order) -> Half:
        return self._ask if order.buy else self._bid

    def _arrive(self) -> int:
        arrival = self._next_arrival
        self._next_arrival = arrival + 1
        self.version += 1
        return arrival

    def _exec_id(self) -> str:
        day = self.now_ns // _NS_PER_DAY
        if day != self._day:
            self._day = day
            self._day_text = f"{self.venue}-{self.instrument}-{date.fromordinal(_EPOCH_ORDINAL + day):%Y%m%d}-"
        number = self._next_exec
        self._next_exec = number + 1
        return self._day_text + str(number)

    # Entering

    def _walk(self, order: Order) -> Walk:
        opposite, walk = self._opposite(order), Walk(order, order.leaves)
        limit = None if order.ord_type in _UNPRICED else -opposite.sign * order.price
        best = opposite.best_rung()
        if best is None or (limit is not None and best > limit):
            return walk
        return walk.through(opposite, limit)

    def _enter(self, order: Order, events: list[BookEvent]) -> None:
        """An order that stands nowhere trades what it can; then it rests, or what is left of it ends."""
        walk = self._walk(order)
        if walk.steps:
            if order.post_only:
                self._cancel(order, "participate don't initiate: it would take", CancelCause.WOULD_TAKE, events)
                return
            need = order.leaves if order.time_in_force is TimeInForce.FOK else order.least
            if walk.total >= need:
                self._execute(order, walk, events)
                if order.cum == order.qty or self._stop(order, walk, events):
                    return
        if order.ord_type is OrdType.MARKET_TO_LIMIT and order.cum:
            order.ord_type, order.price = OrdType.LIMIT, self.last_px
            events.append(Restated(order.order_id, order.price))
        if order.ord_type in _UNPRICED:
            self._cancel(order, "market order: no more displayed", CancelCause.REMAINDER, events)
        elif order.time_in_force in COME_BACK:
            text = f"{'immediate or cancel' if order.time_in_force is TimeInForce.IOC else 'fill or kill'}: remainder"
            self._cancel(order, text, CancelCause.REMAINDER, events)
        else:
            self._own(order).join(order, self._arrive())
            self._by_id[order.order_id] = order

    def _execute(self, order: Order, walk: Walk, events: list[BookEvent]) -> None:
        opposite = self._opposite(order)
        for contra, qty in walk.steps:
            if contra is None:
                opposite.take(qty)
                events.append(self._fill(order, opposite.px, qty, Liquidity.REMOVED, self._exec_id()))
            elif qty:
                self._cross_orders(order, contra, contra.price, qty, events, Liquidity.REMOVED, Liquidity.ADDED)
            elif (order.smp or contra.smp) is not _CANCEL_AGGRESSIVE:
                self._cancel(contra, "self-match prevention", CancelCause.SELF_MATCH, events)

    def _cross_orders(
        self,
        order: Order,
        contra: Order,
        px: int,
        qty: int,
        events: list[BookEvent],
        its: Liquidity,
        contras: Liquidity,
    ) -> None:
        one, other = self._exec_id(), self._exec_id()
        events.append(self._fill(order, px, qty, its, one, other))
        events.append(self._fill(contra, px, qty, contras, other, one))

    def _fill(self, order: Order, px: int, qty: int, liquidity: Liquidity, exec_id: str, contra: str = "") -> Traded:
        assert 0 < qty <= order.qty - order.cum
        order.cum += qty
        leaves = order.qty - order.cum
        self.version += 1
        self.last_px = px
        if self._stops.count and px not in self._traded[-1:]:
            self._traded.append(px)
        if order.level is not None:
            self._shrink(order, qty, leaves)
        else:
            order.min_left = 0
        if not leaves:
            self._forget(order, Place.FILLED)
        self._ledger.add(Fill(exec_id, order, px, qty, liquidity, contra))
        return Traded(order.order_id, exec_id, px, qty, order.cum, leaves, liquidity, contra)

    def _shrink(self, order: Order, qty: int, leaves: int) -> None:
        """A resting order was filled: in an auction beyond what it shows."""
        own = self._own(order)
        if order.min_left:
            own.satisfy(order)
            self._freed.append(order)
        if order.display_qty != 0:
            own.reduce_shown(order, min(qty, order.shown))
        if not leaves:
            own.leave(order)
        elif order.display_qty != 0 and not order.shown:
            own.refresh(order, self._arrive())

    # Leaving

    def _cancel(self, order: Order, text: str, cause: CancelCause, events: list[BookEvent]) -> None:
        self._withdraw(order, Place.ENDED)
        events.append(Canceled(order.order_id, text, cause))

    def _withdraw(self, order: Order, place: Place) -> None:
        """Out of wherever it is."""
        if order.level is not None:
            self._own(order).leave(order)
        elif order.place is Place.STOP:
            self._stops.remove(order)
        self._forget(order, place)

    def _forget(self, order: Order, place: Place) -> None:
        order.place = place
        self.version += 1
        if order.cum:
            self._ledger.note(order)
        self._by_id.pop(order.order_id, None)
        if order.ord_type is OrdType.PEGGED:
            self._pegs.pop(order.order_id, None)
        if self._held:
            self._held.pop(order.order_id, None)

    # What follows

    def _settle(self, events: list[BookEvent]) -> None:
        while self.phase is Phase.CONTINUOUS:
            if self._traded:
                self._run_stops(events)
            elif self._pegs and self._followed != self._references():
                self._follow(events)
            elif self._freed:
                self._free(self._freed.pop(0), events)
            elif not ((self._bid.picky or self._ask.picky) and self._retry(events)):
                return

    def _references(self) -> References:
        return self._bid.reference(), self._ask.reference()

    def _run_stops(self, events: list[BookEvent]) -> None:
        prices, self._traded = self._traded, []
        ready: list[Order] = []
        for px in prices:
            ready += self._stops.triggered_by(px)
            for order in self._stops.moved_by(px):
                self._stops.remove(order)
                order.stop_px = px + order.peg_offset if order.buy else px - order.peg_offset
                self._stops.add(order, self._arrive())
                events.append(Restated(order.order_id, 0, order.stop_px))
        for order in ready:
            self._trigger(order, events)

    def _trigger(self, order: Order, events: list[BookEvent]) -> None:
        order.place = Place.ENDED  # it stands nowhere until it rests
        order.ord_type = OrdType.MARKET if order.ord_type is OrdType.STOP else OrdType.LIMIT
        events.append(Triggered(order.order_id, order.price))
        self._enter(order, events)

    def _follow(self, events: list[BookEvent]) -> None:
        self._followed = self._references()
        for order in sorted(self._pegs.values(), key=lambda peg: peg.entry):
            if order.order_id in self._pegs:
                self._peg(order, self._followed, events)

    def _peg(self, order: Order, followed: References, events: list[BookEvent]) -> None:
        """To where its price is now; nothing where it is there already."""
        price = followed_price(order, *followed, self.tick_size)
        if price == order.price:
            return
        if order.level is not None:
            self._own(order).leave(order)
        order.price = price
        self.version += 1
        events.append(Restated(order.order_id, price))
        if price:
            self._enter(order, events)
        else:
            order.place = Place.PARKED

    def _free(self, order: Order, events: list[BookEvent]) -> None:
        if order.level is None or order.conditional:
            return
        walk = self._walk(order)
        if walk.steps and order.post_only:
            self._cancel(order, "participate don't initiate: it would take", CancelCause.WOULD_TAKE, events)
        elif walk.steps:
            self._execute(order, walk, events)
            self._stop(order, walk, events)

    def _stop(self, order: Order, walk: Walk, events: list[BookEvent]) -> bool:
        """What is left of an order that met another of its owner; True if that ended it."""
        if not walk.stopped or not order.leaves:
            return False
        self._cancel(order, "self-match prevention: the remainder", CancelCause.SELF_MATCH, events)
        return True

    def _retry(self, events: list[BookEvent]) -> bool:
        """Whether a conditional order traded."""
        for own, opposite in ((self._bid, self._ask), (self._ask, self._bid)):
            best, rung = opposite.best_rung(), own.conditional.first()
            while best is not None and rung is not None and rung + best <= 0:
                for order in sorted(own.picky[rung].values(), key=lambda o: o.arrival):
                    if not order.post_only and self._try(order, events):
                        return True
                rung = own.conditional.after(rung)
        return False

    def _try(self, order: Order, events: list[BookEvent]) -> bool:
        walk = self._walk(order)
        if walk.total < order.least:
            return False
        self._execute(order, walk, events)
        self._stop(order, walk, events)
        return True

    # The tape

    def on_quote(self, quote: Displayed, now_ns: int) -> tuple[BookEvent, ...]:
        """The venue's whole displayed top after a tape event."""
        self.now_ns = now_ns
        bid, ask = self._bid, self._ask
        touched = bid.taken + ask.taken
        changed = bid.show(quote.bid_px, quote.bid_qty) | ask.show(quote.ask_px, quote.ask_qty)
        if touched != bid.taken + ask.taken:
            self.version += 1
        if not changed or not self._by_id:
            return ()
        arrived = self._next_arrival - 1
        if bid.learn(arrived) | ask.learn(arrived):
            self.version += 1
        events: list[BookEvent] = []
        if self.phase is Phase.CONTINUOUS:
            self._meet_tape(events)
            self._settle(events)
        return tuple(events)

    def on_trade(self, price: int, qty: int, now_ns: int) -> tuple[BookEvent, ...]:
        """A print of the tape at this venue. While nothing trades here it only is the last price."""
        self.now_ns = now_ns
        if self._by_id and price != self.last_px:
            self.version += 1
        self.last_px = price
        if not self._by_id or self.phase is not Phase.CONTINUOUS:
            return ()
        if self._stops.count:
            self._traded.append(price)
        events: list[BookEvent] = []
        remaining = self._print(self._bid, price, qty, events)
        self._print(self._ask, price, remaining, events)
        self._settle(events)
        return tuple(events)

    def _meet_tape(self, events: list[BookEvent]) -> None:
        """Fill resting orders that the displayed price of the other side has reached."""
        for own, opposite in ((self._bid, self._ask), (self._ask, self._bid)):
            reach = -own.sign * opposite.px
            rung = own.prices.first()
            while rung is not None and rung <= reach and opposite.available:
                level = own.levels[rung]
                for queue in (level.shown, level.hidden):
                    there = opposite.available
                    left = self._serve(queue, opposite.px, there, events)
                    if left < there:
                        opposite.take(there - left)
                rung = own.prices.after(rung)

    def _print(self, own: Half, price: int, remaining: int, events: list[BookEvent]) -> int:
        """Fill one side from a print; what is left of the print comes back."""
        at = -own.sign * price
        rung = own.prices.first()
        while rung is not None and rung < at and remaining:
            level = own.levels[rung]
            remaining = self._serve(level.shown, price, remaining, events)
            remaining = self._serve(level.hidden, price, remaining, events)
            rung = own.prices.after(rung)
        there = own.levels.get(at)
        return self._print_at(own, there, price, remaining, events) if there is not None else remaining

    def _print_at(self, own: Half, level: Level, price: int, remaining: int, events: list[BookEvent]) -> int:
        passed = level.passed
        remaining = self._serve(level.shown, price, remaining, events, level)
        if remaining and level.hidden.head is not None:
            ahead = own.queue_for(price)
            if ahead is None:
                return 0
            remaining -= min(remaining, max(0, ahead - (level.passed - passed)))
            remaining = self._serve(level.hidden, price, remaining, events)
        return remaining

    def _serve(self, queue: Queue, px: int, remaining: int, events: list[BookEvent], level: Level | None = None) -> int:
        """Fill a queue's orders in turn. With `level`: each after the external quantity ahead of it there, which is served first."""
        order = queue.head
        while order is not None and remaining:
            following = order.next
            if level is not None:
                ahead = level.ahead_of(order)
                eaten = remaining if ahead is None else min(ahead, remaining)
                if eaten:
                    level.passed += eaten
                    remaining -= eaten
                    self.version += 1
            qty = min(order.shown or order.leaves, remaining)
            if qty and qty >= order.least:
                remaining -= qty
                events.append(self._fill(order, px, qty, Liquidity.ADDED, self._exec_id()))
                if following is None and order.level is not None:
                    following = order  # the last one there shows its next slice
            order = following
        return remaining
