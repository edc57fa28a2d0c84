"""The order book of one instrument at one venue: what members, the clock, the tape and the venue's operator do to it.

See the package for the rules. Every public method settles the book before it returns (`oms.core.matching.floor`), and returns what
happened in the order in which it happened. Times are the caller's.
"""

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush

from oms.core.enums import Liquidity, OrdType, Side, TimeInForce
from oms.core.instructions import AUCTION_ONLY, COME_BACK, STOPS
from oms.core.matching.auction import Interest, uncrossing
from oms.core.matching.busts import Busts
from oms.core.matching.half import Half
from oms.core.matching.ledger import Ledger
from oms.core.matching.messages import (
    Accepted,
    BookError,
    BookEvent,
    CancelCause,
    CancelRejected,
    Displayed,
    Expired,
    NewOrder,
    Phase,
    Rejected,
    Replaced,
    Restated,
    Terms,
)
from oms.core.matching.orders import Order, Place
from oms.core.matching.state import BookState, FillState, SideState, fill_of, fill_row, order_of, row_of
from oms.core.matching.stops import trails
from oms.core.matching.terms import Refusal, refusal
from oms.core.venue_reasons import CxlRejReason, OrdRejReason

_AUCTION_OF = {TimeInForce.AT_THE_OPENING: Phase.OPENING_CALL, TimeInForce.AT_THE_CLOSE: Phase.CLOSING_CALL}
_UNPRICED = frozenset({OrdType.MARKET, OrdType.MARKET_TO_LIMIT})
_ENDS_WITH_DAY = frozenset({TimeInForce.DAY, TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE})
_PLAIN = Terms()
_EXPIRIES_OVER = 4  # times more expiries than open orders: those of ended orders are thrown out, at a cost that their coming has paid


class Book(Busts):
    __slots__ = ("_auctions_held", "_expiries")

    def __init__(self, venue: str, instrument: str, tick_size: int = 1, lot_size: int = 1) -> None:
        super().__init__(venue, instrument, tick_size, lot_size)
        self._auctions_held: set[Phase] = set()
        self._expiries: list[
            tuple[int, int, str]
        ] = []  # (expire_ns, entry, order id); what ended meanwhile is passed over

    # What can be seen

    def displayed(self) -> Displayed:
        """The tape's quote."""
        return Displayed(self._bid.px, self._bid.size, self._ask.px, self._ask.size)

    def available(self) -> Displayed:
        """The tape's quote less what was taken from it; price 0 where nothing is left."""
        bid, ask = self._bid.available, self._ask.available
        return Displayed(self._bid.px if bid else 0, bid, self._ask.px if ask else 0, ask)

    def depth(self, side: Side, most: int) -> list[tuple[int, int]]:
        """(price, quantity) of what the members display on a side, best first; the tape's quote is not in it."""
        return (self._bid if side is Side.BUY else self._ask).displayed_levels(most)

    def queue_ahead(self, order_id: str) -> int | None:
        """The external quantity before a resting order, None where it is not known. KeyError where it does not rest here."""
        order = self._by_id[order_id]
        if order.level is None:
            raise KeyError(order_id)
        return self._own(order).ahead_of(order)

    def open_orders(self) -> tuple[str, ...]:
        """Ids of the open orders: bids, then offers in price-time priority, then those outside the book as they were accepted."""
        return tuple(order.order_id for order in self._open())

    def _open(self) -> Iterator[Order]:
        yield from self._bid.orders()
        yield from self._ask.orders()
        yield from sorted((o for o in self._by_id.values() if o.level is None), key=lambda order: order.entry)

    # Members

    def submit(self, order: NewOrder, now_ns: int) -> tuple[BookEvent, ...]:
        """`order_id` must be new to the book."""
        assert order.order_id not in self._by_id
        self.now_ns = now_ns
        refused = self._closed_to(order.time_in_force) or refusal(
            order, self.tick_size, self.lot_size, self.last_px, now_ns
        )
        if refused is not None:
            return (Rejected(order.order_id, *refused),)
        entering = Order(order)
        if self._would_take(entering):
            return (Rejected(order.order_id, OrdRejReason.OTHER, "participate don't initiate: it would take"),)
        entering.entry = self._arrive()
        self._mind_expiry(entering)
        events: list[BookEvent] = [Accepted(order.order_id)]
        self._place(entering, events)
        self._settle(events)
        return tuple(events)

    def cancel(self, order_id: str) -> tuple[BookEvent, ...]:
        order = self._by_id.get(order_id)
        if order is None:
            return (CancelRejected(order_id, CxlRejReason.UNKNOWN_ORDER, "no such order in the book"),)
        events: list[BookEvent] = []
        self._cancel(order, "canceled on request", CancelCause.REQUESTED, events)
        self._settle(events)
        return tuple(events)

    def replace(self, order_id: str, price: int, qty: int, now_ns: int, terms: Terms = _PLAIN) -> tuple[BookEvent, ...]:
        """`qty` is the total intended quantity, what is executed included (FIX 38); at most what is executed fills the order.

        What `terms` does not restate is no longer part of the order. `price` as in `NewOrder`.
        """
        self.now_ns = now_ns
        order = self._by_id.get(order_id)
        if order is None:
            return (CancelRejected(order_id, CxlRejReason.UNKNOWN_ORDER, "no such order in the book"),)
        restated = self._restated(order, price, qty, terms)
        refused = self._refuse_replace(order, restated)
        if refused is not None:
            reason = CxlRejReason.OTHER
            if refused[0] is OrdRejReason.INVALID_PRICE_INCREMENT:
                reason = CxlRejReason.INVALID_PRICE_INCREMENT
            return (CancelRejected(order_id, reason, refused[1]),)
        if qty <= order.cum:
            order.qty = order.cum
            self._withdraw(order, Place.FILLED)
            events: list[BookEvent] = [Replaced(order_id, price, order.cum, order.cum, 0)]
        else:
            events = [Replaced(order_id, price, qty, order.cum, qty - order.cum)]
            self._amend(order, restated, events)
        self._settle(events)
        return tuple(events)

    def _closed_to(self, tif: TimeInForce) -> Refusal | None:
        auction = _AUCTION_OF.get(tif)
        if self.phase is Phase.CLOSED or auction in self._auctions_held:
            return OrdRejReason.EXCHANGE_CLOSED, "closed" if auction is None else "the auction is over"
        return None

    def _would_take(self, order: Order) -> bool:
        """Whether a post-only limit order would trade at once. A peg's price is only known when it enters."""
        if not order.post_only or order.ord_type is not OrdType.LIMIT or self.phase is not Phase.CONTINUOUS:
            return False
        return bool(self._walk(order).steps)

    def _place(self, order: Order, events: list[BookEvent]) -> None:
        """Where an accepted order goes first."""
        auction = _AUCTION_OF.get(order.time_in_force)
        if order.ord_type in STOPS:
            self._await_trigger(order, events)
        elif auction is not None and self.phase is not auction:
            self._hold(order)
        elif self.phase is not Phase.CONTINUOUS:
            self._collect(order, events)
        elif order.ord_type is OrdType.PEGGED:
            self._start_following(order, events)
        else:
            self._enter(order, events)

    def _await_trigger(self, order: Order, events: list[BookEvent]) -> None:
        if trails(order) and not order.stop_px:
            order.stop_px = self.last_px + (order.peg_offset if order.buy else -order.peg_offset)
        self._by_id[order.order_id] = order
        last = self.last_px
        reached = last >= order.stop_px if order.buy else last <= order.stop_px
        if last and reached and self.phase is Phase.CONTINUOUS:
            self._trigger(order, events)
        else:
            self._stops.add(order, self._arrive())

    def _hold(self, order: Order) -> None:
        order.place = Place.HELD
        self._by_id[order.order_id] = self._held[order.order_id] = order

    def _collect(self, order: Order, events: list[BookEvent]) -> None:
        """During a call: nothing trades."""
        if order.time_in_force in COME_BACK:
            self._cancel(order, "nothing trades during a call", CancelCause.REMAINDER, events)
        elif order.ord_type is OrdType.PEGGED:
            order.place = Place.PARKED
            self._by_id[order.order_id] = self._pegs[order.order_id] = order
        elif order.ord_type in _UNPRICED:
            self._hold(order)
        else:
            self._own(order).join(order, self._arrive())
            self._by_id[order.order_id] = order

    def _start_following(self, order: Order, events: list[BookEvent]) -> None:
        order.price, order.place = 0, Place.PARKED
        self._by_id[order.order_id] = self._pegs[order.order_id] = order
        self._followed = self._references()
        self._peg(order, self._followed, events)

    # Amendments

    def _restated(self, order: Order, price: int, qty: int, terms: Terms) -> NewOrder:
        """The order as a replace states it. A triggered stop is no stop any more: its stop price is passed over."""
        stop = order.ord_type in STOPS
        was_stop = order.stop_px > 0 and not stop
        follows = order.peg_price_type if stop or order.ord_type is OrdType.PEGGED else None
        return NewOrder(
            order.order_id, order.side, order.ord_type, order.time_in_force, price, qty, order.smp_id, order.smp,
            0 if was_stop else terms.stop_px, terms.display_qty, terms.min_qty, terms.exec_inst, follows,
            0 if was_stop else terms.peg_offset, terms.expire_ns,
        )  # fmt: skip

    def _refuse_replace(self, order: Order, restated: NewOrder) -> Refusal | None:
        if self.phase is Phase.CLOSED:
            return OrdRejReason.EXCHANGE_CLOSED, "closed"
        refused = refusal(restated, self.tick_size, self.lot_size, self.last_px, self.now_ns)
        if refused is not None:
            return refused
        trial = Order(restated)
        trial.cum = min(order.cum, restated.qty)
        if trial.leaves and self._would_take(trial):
            return OrdRejReason.OTHER, "participate don't initiate: it would take"
        return None

    def _amend(self, order: Order, restated: NewOrder, events: list[BookEvent]) -> None:
        """Only less quantity, or another expiry, keeps the place in the queue: another price, more quantity or another way of
        showing or executing it loses it."""
        more = restated.qty > order.qty
        same = (
            restated.price == (order.cap if order.ord_type is OrdType.PEGGED else order.price)
            and restated.display_qty == order.display_qty
            and restated.min_qty == order.min_left
            and set(restated.exec_inst) == set(order.exec_inst)
            and (order.ord_type not in STOPS or restated.stop_px == order.stop_px)
            and (restated.peg_price_type is None or restated.peg_offset == order.peg_offset)
        )
        self.version += 1
        if same and not more:
            self._lessen(order, restated.qty)
            self._extend(order, restated.expire_ns)
            return
        if order.level is not None:
            self._own(order).leave(order)
        elif order.place is Place.STOP:
            self._stops.remove(order)
        if order.place is Place.HELD:
            order.entry = self._arrive()
            self._mind_expiry(order)
        self._restate(order, restated)
        self._place(order, events)

    def _restate(self, order: Order, restated: NewOrder) -> None:
        order.qty, order.price, order.cap = restated.qty, restated.price, restated.price
        if order.ord_type is OrdType.PEGGED:
            order.price = 0
        order.display_qty, order.min_left = restated.display_qty, restated.min_qty
        order.instruct(restated.exec_inst)
        if order.ord_type in STOPS:
            order.stop_px = restated.stop_px
        if restated.peg_price_type is not None:
            order.peg_offset = restated.peg_offset
        self._extend(order, restated.expire_ns)

    def _lessen(self, order: Order, qty: int) -> None:
        """Less quantity: of an iceberg the hidden reserve goes first."""
        order.qty = qty
        if order.level is not None and order.shown > order.leaves:
            self._own(order).reduce_shown(order, order.shown - order.leaves)

    # The clock

    def _mind_expiry(self, order: Order) -> None:
        if not order.expire_ns:
            return
        heappush(self._expiries, (order.expire_ns, order.entry, order.order_id))
        if len(self._expiries) > _EXPIRIES_OVER * (len(self._by_id) + _EXPIRIES_OVER):
            open_orders = (*self._by_id.values(), order)
            self._expiries = list({(o.expire_ns, o.entry, o.order_id) for o in open_orders if o.expire_ns})
            heapify(self._expiries)

    def _extend(self, order: Order, expire_ns: int) -> None:
        if expire_ns != order.expire_ns:
            order.expire_ns = expire_ns
            self._mind_expiry(order)

    def expire(self, now_ns: int) -> tuple[BookEvent, ...]:
        """GTD and GOOD_FOR_TIME orders whose time has come end, the earliest first."""
        self.now_ns = now_ns
        events: list[BookEvent] = []
        while self._expiries and self._expiries[0][0] <= now_ns:
            expire_ns, entry, order_id = heappop(self._expiries)
            order = self._by_id.get(order_id)
            if order is not None and (order.expire_ns, order.entry) == (expire_ns, entry):
                self._expire(order, events)
        self._settle(events)
        return tuple(events)

    def _expire(self, order: Order, events: list[BookEvent]) -> None:
        self._withdraw(order, Place.ENDED)
        events.append(Expired(order.order_id))

    def end_of_day(self) -> tuple[BookEvent, ...]:
        """DAY orders and those of the day's auctions expire; the others stay. A closed book trades again; a call goes on."""
        events: list[BookEvent] = []
        for order in list(self._open()):
            if order.time_in_force in _ENDS_WITH_DAY:
                self._expire(order, events)
        for fill in self._ledger.fills():
            if fill.order.place is Place.FILLED and fill.order.time_in_force in _ENDS_WITH_DAY:
                fill.order.place = Place.ENDED
                self._ledger.note(fill.order)
                self.version += 1
        if self._auctions_held:
            self.version += 1
            self._auctions_held.clear()
        if self.phase is Phase.CLOSED:
            self.phase, self._followed = Phase.CONTINUOUS, None
            self.version += 1
            self._meet_tape(events)
        self._settle(events)
        return tuple(events)

    # Auctions

    def call(self, phase: Phase) -> tuple[BookEvent, ...]:
        """Begin a call: from now on orders are only collected. Raises `BookError` where this auction is not to come."""
        if phase not in _AUCTION_OF.values() or self.phase is not Phase.CONTINUOUS or phase in self._auctions_held:
            raise BookError(f"no {phase.name} now: the book is in {self.phase.name}")
        self.phase = phase
        self.version += 1
        events: list[BookEvent] = []
        for order in sorted(self._pegs.values(), key=lambda peg: peg.entry):
            if order.level is not None:
                self._own(order).leave(order)
                order.price, order.place = 0, Place.PARKED
                events.append(Restated(order.order_id, 0))
        for order in sorted(self._held.values(), key=lambda held: held.entry):
            if _AUCTION_OF.get(order.time_in_force) is phase and order.ord_type not in _UNPRICED:
                del self._held[order.order_id]
                self._own(order).join(order, self._arrive())
        return tuple(events)

    def uncross(self, now_ns: int, reference_px: int = 0) -> tuple[BookEvent, ...]:
        """End the call: execute at one price (`oms.core.matching.auction`), then continuous trading, or none after the close.

        Market orders come first, then prices, then displayed before hidden, then time. Conditional orders and pegs take no part, and
        self-match prevention does not apply: nobody is aggressive. What is left of orders for this auction alone expires, of market
        orders is cancelled, of market-to-limit orders rests at the auction's price. `reference_px` 0: the last trade's.
        Raises `BookError` where there is no call.
        """
        if self.phase not in _AUCTION_OF.values():
            raise BookError(f"nothing to uncross: the book is in {self.phase.name}")
        self.now_ns = now_ns
        events: list[BookEvent] = []
        call = self.phase
        market = sorted(
            (o for o in self._held.values() if o.ord_type in _UNPRICED and _AUCTION_OF.get(o.time_in_force, call) is call),
            key=lambda held: held.entry,
        )  # fmt: skip
        price = self._auction(market, reference_px, events)
        self._auctions_held.add(call)
        self.phase = Phase.CONTINUOUS if call is Phase.OPENING_CALL else Phase.CLOSED
        self.version += 1
        self._end_auction(call, market, price, events)
        self._followed = None
        if self.phase is Phase.CONTINUOUS:
            self._meet_tape(events)
        self._settle(events)
        return tuple(events)

    def _auction(self, market: list[Order], reference_px: int, events: list[BookEvent]) -> int:
        """Executes what can be; the price, 0 where there is none."""
        buys, sells = ([o for o in half.orders() if not o.conditional] for half in (self._bid, self._ask))
        ready = [o for o in market if not o.conditional]
        market_buys, market_sells = ([o for o in ready if o.buy is buy] for buy in (True, False))
        found = uncrossing(
            Interest(sum(o.leaves for o in market_buys), tuple((o.price, o.leaves) for o in buys)),
            Interest(sum(o.leaves for o in market_sells), tuple((o.price, o.leaves) for o in sells)),
            reference_px or self.last_px,
            self.tick_size,
        )
        if found is None:
            return 0
        bidding, offering = iter((*market_buys, *buys)), iter((*market_sells, *sells))
        buy, sell, left = next(bidding), next(offering), found.volume
        while left:
            qty = min(buy.leaves, sell.leaves, left)
            left -= qty
            self._cross_orders(buy, sell, found.price, qty, events, Liquidity.AUCTION, Liquidity.AUCTION)
            if left:
                buy = buy if buy.leaves else next(bidding)
                sell = sell if sell.leaves else next(offering)
        return found.price

    def _end_auction(self, call: Phase, market: list[Order], price: int, events: list[BookEvent]) -> None:
        for order in market:
            if not order.leaves or order.time_in_force in AUCTION_ONLY:
                continue
            if order.ord_type is OrdType.MARKET or not order.cum:
                self._cancel(order, "market order: the auction is over", CancelCause.REMAINDER, events)
                continue
            del self._held[order.order_id]
            order.ord_type, order.price = OrdType.LIMIT, price
            events.append(Restated(order.order_id, price))
            self._own(order).join(order, self._arrive())
        for order in sorted(self._by_id.values(), key=lambda o: o.entry):
            if _AUCTION_OF.get(order.time_in_force) is call:
                self._expire(order, events)

    # Snapshots

    def state(self) -> BookState:
        """The whole book."""
        fills = tuple(self._ledger.fills())
        return self._state(tuple(fill_row(fill) for fill in fills), (fill.order for fill in fills))

    def changes(self) -> BookState:
        """As `state`, but of the fills and of their ended orders only what changed since this was last asked (see `BookStates`)."""
        fills, orders = self._ledger.changed()
        return self._state(tuple(fill_row(fill) if fill else FillState(exec_id) for exec_id, fill in fills), orders)

    def _state(self, fills: tuple[FillState, ...], of_fills: Iterable[Order]) -> BookState:
        orders = tuple(row_of(o, self._own(o).ahead_of(o) if o.level is not None else 0) for o in self._open())
        ended = dict.fromkeys(o for o in of_fills if o.order_id not in self._by_id)
        bid, ask = (SideState(half.px, half.size, half.taken) for half in (self._bid, self._ask))
        return BookState(
            bid, ask, self._next_exec, self._next_arrival, orders, self.phase, tuple(sorted(self._auctions_held)), self.last_px,
            self.now_ns, tuple(self._traded), fills, tuple(row_of(order, 0) for order in ended),
        )  # fmt: skip

    def restore(self, state: BookState) -> None:
        """Become exactly the book that gave `state`."""
        fresh = Book(self.venue, self.instrument, self.tick_size, self.lot_size)
        for name in ("_bid", "_ask", "_by_id", "_stops", "_pegs", "_held", "_expiries"):
            setattr(self, name, getattr(fresh, name))
        self._bid, self._ask = Half(1, *state.bid), Half(-1, *state.ask)
        self._next_exec, self._next_arrival = state.next_exec, state.next_arrival
        self.phase, self._auctions_held = Phase(state.phase), {Phase(held) for held in state.auctions_held}
        self.last_px, self.now_ns, self._traded = state.last_px, state.now_ns, list(state.traded)
        for row in state.orders:
            self._put_back(order_of(row), row.queue_ahead, row.shown)
        heapify(self._expiries)
        done = {row.order_id: order_of(row) for row in state.done}
        self._ledger = Ledger(fill_of(row, self._by_id.get(row.order_id) or done[row.order_id]) for row in state.fills)
        self._followed = self._references() if self.phase is Phase.CONTINUOUS else None

    def _put_back(self, order: Order, ahead: int | None, shown: int) -> None:
        self._by_id[order.order_id] = order
        if order.expire_ns:
            self._expiries.append((order.expire_ns, order.entry, order.order_id))
        if order.ord_type is OrdType.PEGGED:
            self._pegs[order.order_id] = order
        if order.place is Place.BOOK:
            self._own(order).put(order, order.arrival, order.slice if shown < 0 else shown, ahead)
        elif order.place is Place.STOP:
            self._stops.add(order, order.arrival)
        elif order.place is Place.HELD:
            self._held[order.order_id] = order
