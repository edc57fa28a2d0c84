"""Trades that are taken back or changed afterwards (FIX ExecType H and G), as the venue's operator decides.

A bust or correction names the latest ExecID of either side's chain and reaches both orders of the trade. The quantity that it gives
back to an order
- that still rests, queues anew at its price: it is more quantity;
- that was filled, brings it back to the tail of its price, where it may rest (not a market, IOC or FOK order, not after its day or
  time) and would not trade at once; else the remainder is cancelled. A bust never makes a trade;
- that was cancelled or has expired, stays gone: CumQty moves, LeavesQty stays 0.
A correction may give more quantity than there was only to orders that rest with as much open. Prices of the past stay as they were:
neither stops nor the last price are turned back.
"""

from oms.core.enums import OrdType
from oms.core.instructions import AUCTION_ONLY, COME_BACK
from oms.core.matching.floor import Floor
from oms.core.matching.ledger import Fill
from oms.core.matching.messages import BookError, BookEvent, CancelCause, Phase, TradeBusted, TradeCorrected
from oms.core.matching.orders import Order, Place

_RESTS = frozenset({OrdType.LIMIT, OrdType.PEGGED})


class Busts(Floor):
    __slots__ = ()

    def orders_of(self, exec_id: str) -> tuple[str, ...]:
        """The order that executed, and the other side's where that was one. Raises `BookError` where there is no such execution."""
        return tuple(fill.order.order_id for fill in self._ledger.both(exec_id))

    def bust(self, exec_id: str, now_ns: int) -> tuple[BookEvent, ...]:
        """The trade never was. Raises `BookError` where there is no such execution that can still be busted."""
        fills = self._ledger.both(exec_id)
        self.now_ns = now_ns
        events: list[BookEvent] = []
        for fill in fills:
            order = fill.order
            order.cum -= fill.last_qty
            self._ledger.drop(fill.exec_id)
            self._ledger.note(order)
            leaves = 0 if order.place is Place.ENDED else order.leaves
            events.append(
                TradeBusted(
                    order.order_id, self._exec_id(), fill.exec_id, fill.last_px, fill.last_qty, order.cum, leaves
                )
            )
        self._give_back(fills, events)
        return tuple(events)

    def correct(self, exec_id: str, last_px: int, last_qty: int, now_ns: int) -> tuple[BookEvent, ...]:
        """The trade had other figures. Raises `BookError` where that cannot be said of it; then nothing is changed."""
        fills = self._ledger.both(exec_id)
        self._check(fills, last_px, last_qty)
        self.now_ns = now_ns
        less = last_qty < fills[0].last_qty
        names = [self._exec_id() for _ in fills]
        events: list[BookEvent] = []
        for fill, name, contra in zip(fills, names, [*names[1:], names[0]], strict=True):
            order = fill.order
            order.cum += last_qty - fill.last_qty
            self._ledger.drop(fill.exec_id)
            self._ledger.add(Fill(name, order, last_px, last_qty, fill.liquidity, contra if len(names) > 1 else ""))
            leaves = 0 if order.place is Place.ENDED else order.leaves
            events.append(TradeCorrected(order.order_id, name, fill.exec_id, last_px, last_qty, order.cum, leaves))
            if not less and order.level is not None:
                self._consume(order)
        self.version += 1
        if less:
            self._give_back(fills, events)
        else:
            self._settle(events)
        return tuple(events)

    def _check(self, fills: list[Fill], last_px: int, last_qty: int) -> None:
        if last_px <= 0 or last_px % self.tick_size:
            raise BookError(f"price {last_px} is not a positive multiple of {self.tick_size}")
        if last_qty <= 0 or last_qty % self.lot_size:
            raise BookError(
                f"quantity {last_qty} is not a positive multiple of {self.lot_size}: to take all back, bust it"
            )
        for fill in fills:
            more = last_qty - fill.last_qty
            if more > 0 and (fill.order.place is not Place.BOOK or fill.order.leaves < more):
                raise BookError(f"order {fill.order.order_id} has no {more} open that a correction could fill")

    def _consume(self, order: Order) -> None:
        """A resting order has less open than it shows, or nothing."""
        own = self._own(order)
        if not order.leaves:
            own.leave(order)
            self._forget(order, Place.FILLED)
        elif order.shown > order.leaves:
            own.reduce_shown(order, order.shown - order.leaves)

    def _give_back(self, fills: list[Fill], events: list[BookEvent]) -> None:
        resting = [fill.order for fill in fills if fill.order.place is Place.BOOK]
        filled = [fill.order for fill in fills if fill.order.place is Place.FILLED]
        for order in resting:
            self._own(order).leave(order)
            self._own(order).join(order, self._arrive())
        for order in filled:  # after those, whose queues have to be right for what would trade at once
            self._bring_back(order, events)
        self.version += 1
        self._settle(events)

    def _bring_back(self, order: Order, events: list[BookEvent]) -> None:
        tif = order.time_in_force
        over = tif in COME_BACK or tif in AUCTION_ONLY or 0 < order.expire_ns <= self.now_ns
        if order.ord_type not in _RESTS or over or not order.price or self._walk(order).steps:
            self._cancel(order, "busted: what it gave back cannot rest", CancelCause.BUST, events)
            return
        self._by_id[order.order_id] = order
        if order.ord_type is OrdType.PEGGED:
            self._pegs[order.order_id] = order
            self._followed = None  # its price may be of long ago
        if order.ord_type is OrdType.PEGGED and self.phase is not Phase.CONTINUOUS:
            order.price, order.place = 0, Place.PARKED
            return
        self._own(order).join(order, self._arrive())
