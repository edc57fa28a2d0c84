"""The stop orders of a book, outside of it until their price is traded.

What it decides: which orders a traded price triggers (FIX 40=3 and 4: a buy at or above its stop price, a sell at or below it), and
which trailing stops (FIX 1094=8) it moves. A trailing stop follows the last trade at its offset towards the market, never back.
Only trades count, never a quote. It knows nothing of what a triggered order then does.

Invariants: an order is in `_waiting` under its stop price and, if it trails, in `_trailing` under the price whose passing moves it.
"""

from collections.abc import Iterator

from oms.core.enums import PegPriceType
from oms.core.matching.ladder import Ladder
from oms.core.matching.orders import Order, Place


class _Shelf:
    """Orders by rung; in the order of their coming within one."""

    __slots__ = ("orders", "rungs")

    def __init__(self) -> None:
        self.rungs = Ladder()
        self.orders: dict[int, dict[str, Order]] = {}

    def add(self, rung: int, order: Order) -> None:
        there = self.orders.get(rung)
        if there is None:
            there = self.orders[rung] = {}
            self.rungs.add(rung)
        there[order.order_id] = order

    def remove(self, rung: int, order: Order) -> None:
        there = self.orders[rung]
        del there[order.order_id]
        if not there:
            del self.orders[rung]
            self.rungs.discard(rung)

    def up_to(self, rung: int) -> list[Order]:
        """Those at `rung` or below, lowest first."""
        found: list[Order] = []
        at = self.rungs.first()
        while at is not None and at <= rung:
            found += self.orders[at].values()
            at = self.rungs.after(at)
        return found

    def __iter__(self) -> Iterator[Order]:
        for rung in self.rungs:
            yield from self.orders[rung].values()


def trails(order: Order) -> bool:
    return order.peg_price_type is PegPriceType.TRAILING_STOP


def _moved_by(order: Order) -> int:
    """The rung of the price beyond which the market must trade to move a trailing stop."""
    return order.peg_offset - order.stop_px if order.buy else order.stop_px + order.peg_offset


class Stops:
    __slots__ = ("_trailing", "_waiting", "count")

    def __init__(self) -> None:
        self._waiting = {True: _Shelf(), False: _Shelf()}  # by whether they buy
        self._trailing = {True: _Shelf(), False: _Shelf()}
        self.count = 0

    def add(self, order: Order, arrival: int) -> None:
        order.place, order.arrival = Place.STOP, arrival
        self.count += 1
        self._waiting[order.buy].add(order.stop_px if order.buy else -order.stop_px, order)
        if trails(order):
            self._trailing[order.buy].add(_moved_by(order), order)

    def remove(self, order: Order) -> None:
        self.count -= 1
        self._waiting[order.buy].remove(order.stop_px if order.buy else -order.stop_px, order)
        if trails(order):
            self._trailing[order.buy].remove(_moved_by(order), order)

    def triggered_by(self, price: int) -> list[Order]:
        """Taken out: buys from the lowest stop price up, then sells from the highest down, at one price in time."""
        found = [*self._waiting[True].up_to(price), *self._waiting[False].up_to(-price)]
        for order in found:
            self.remove(order)
        return found

    def moved_by(self, price: int) -> list[Order]:
        """The trailing stops that a trade at `price` moves, as they were accepted; their stop prices are not changed here."""
        found = [*self._trailing[True].up_to(-price - 1), *self._trailing[False].up_to(price - 1)]
        return sorted(found, key=lambda order: order.entry)

    def __iter__(self) -> Iterator[Order]:
        """In the order in which they would be triggered: buys, then sells."""
        for shelf in self._waiting.values():
            yield from shelf
