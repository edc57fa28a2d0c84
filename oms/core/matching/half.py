"""One side of the book: the members' orders by price and time, and the tape's displayed best beside them.

Its prices are counted in rungs: `rung = -sign * price`, so that the better price is the lower rung on either side. It moves orders and
quantities; who trades with whom is decided in `walk` and `floor`.

Invariants: 0 ≤ taken ≤ size; a level exists exactly while an order stands in it; `anchored` holds the rungs of the levels that pegs
follow, `conditional` those of the orders that do not take every size, `unsettled` those where somebody may wait behind the tape.
"""

from collections.abc import Iterator

from oms.core.matching.ladder import Ladder
from oms.core.matching.orders import Level, Order, Place


class Half:
    """`sign` is +1 for bids, −1 for offers. `px`, `size`, `taken`: the tape's best and what of it is gone."""

    __slots__ = ("anchored", "conditional", "levels", "picky", "prices", "px", "sign", "size", "taken", "unsettled")

    def __init__(self, sign: int, px: int = 0, size: int = 0, taken: int = 0) -> None:
        self.sign = sign
        self.px = px
        self.size = size
        self.taken = taken
        self.levels: dict[int, Level] = {}
        self.prices = Ladder()
        self.anchored = Ladder()
        self.unsettled = Ladder()
        self.conditional = Ladder()
        self.picky: dict[int, dict[str, Order]] = {}  # the conditional orders by rung

    # The tape

    @property
    def available(self) -> int:
        return self.size - self.taken

    def tape_rung(self) -> int | None:
        """None where nothing is left of what the tape displays."""
        return -self.sign * self.px if self.size > self.taken else None

    def best_rung(self) -> int | None:
        """The best at which anything can be had, displayed or not."""
        first, tape = self.prices.first(), self.tape_rung()
        if first is None or (tape is not None and tape < first):
            return tape
        return first

    def queue_for(self, price: int) -> int | None:
        """The external quantity ahead of an order that joins at `price` now; None: not known."""
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

    def take(self, qty: int) -> None:
        """Somebody takes of what is displayed; those of ours at that price come closer to their turn."""
        assert 0 < qty <= self.available
        self.taken += qty
        level = self.levels.get(-self.sign * self.px)
        if level is not None:
            level.passed += qty

    def learn(self, arrival: int) -> bool:
        """Adjust the queues ahead to the displayed top; True if any may have changed. An empty side teaches nothing."""
        if not self.size:
            return False
        changed = False
        top = -self.sign * self.px
        rung = self.unsettled.first()
        while rung is not None and rung < top:
            self.levels[rung].clear(arrival)
            self.unsettled.discard(rung)
            changed = True
            rung = self.unsettled.first()
        level = self.levels.get(top)
        if level is not None and level.unknown:
            level.learn(arrival, self.size)
            changed = True
        return changed

    # Orders

    def ahead_of(self, order: Order) -> int | None:
        """The external quantity before a resting order. A hidden one stands behind whatever is displayed at its price."""
        assert order.level is not None
        return self.queue_for(order.price) if order.display_qty == 0 else order.level.ahead_of(order)

    def join(self, order: Order, arrival: int) -> None:
        """To the tail of the queue at its price."""
        self.put(order, arrival, order.slice, self.queue_for(order.price))

    def put(self, order: Order, arrival: int, shown: int, ahead: int | None) -> None:
        rung = -self.sign * order.price
        level = self.levels.get(rung)
        if level is None:
            level = self.levels[rung] = Level(order.price, rung)
            self.prices.add(rung)
        order.level, order.arrival, order.place = level, arrival, Place.BOOK
        if order.all_or_none or order.min_left:
            self._mind(order, rung)
        self._queue(order, level, shown, ahead)
        if order.anchors:
            level.anchors += 1
            if level.anchors == 1:
                self.anchored.add(rung)

    def _queue(self, order: Order, level: Level, shown: int, ahead: int | None) -> None:
        order.shown = shown
        if order.display_qty == 0:
            level.hidden.append(order)
            return
        level.shown.append(order)
        if not order.conditional:
            level.shown_qty += shown
        order.ahead = None if ahead is None else level.passed + ahead
        if ahead is None:
            level.unknown = True
        if ahead != 0:
            self.unsettled.add(level.rung)

    def _mind(self, order: Order, rung: int) -> None:
        there = self.picky.setdefault(rung, {})
        there[order.order_id] = order
        if len(there) == 1:
            self.conditional.add(rung)

    def _unmind(self, order: Order, rung: int) -> None:
        there = self.picky[rung]
        del there[order.order_id]
        if not there:
            del self.picky[rung]
            self.conditional.discard(rung)

    def leave(self, order: Order) -> None:
        level = order.level
        assert level is not None
        if order.display_qty == 0:
            level.hidden.remove(order)
        else:
            level.shown.remove(order)
        if order.all_or_none or order.min_left:
            self._unmind(order, level.rung)
        else:
            level.shown_qty -= order.shown
        if order.anchors:
            level.anchors -= 1
            if not level.anchors:
                self.anchored.discard(level.rung)
        order.level, order.shown = None, 0
        if level.shown.head is None and level.hidden.head is None:
            del self.levels[level.rung]
            self.prices.discard(level.rung)
            self.unsettled.discard(level.rung)

    def refresh(self, order: Order, arrival: int) -> None:
        """An iceberg whose slice is gone shows the next one, at the tail of its price."""
        level = order.level
        assert level is not None and order.shown == 0
        level.shown.remove(order)
        order.arrival = arrival
        self._queue(order, level, order.slice, self.queue_for(order.price))

    def reduce_shown(self, order: Order, qty: int) -> None:
        order.shown -= qty
        assert order.level is not None and order.shown >= 0
        if not order.conditional:
            order.level.shown_qty -= qty

    def satisfy(self, order: Order) -> None:
        """A resting order had its minimum execution: from now on any size will do."""
        level = order.level
        assert level is not None
        order.min_left = 0
        if order.all_or_none:
            return
        self._unmind(order, level.rung)
        level.shown_qty += order.shown
        if order.anchors:
            level.anchors += 1
            if level.anchors == 1:
                self.anchored.add(level.rung)

    # What can be seen

    def orders(self) -> Iterator[Order]:
        """In priority order. The book must not change meanwhile."""
        for rung in self.prices:
            level = self.levels[rung]
            for queue in (level.shown, level.hidden):
                order = queue.head
                while order is not None:
                    yield order
                    order = order.next

    def displayed_levels(self, most: int) -> list[tuple[int, int]]:
        """(price, quantity) of what the members display, best first; conditional orders and hidden quantity are not in it."""
        found: list[tuple[int, int]] = []
        rung = self.prices.first()
        while rung is not None and len(found) < most:
            level = self.levels[rung]
            if level.shown_qty:
                found.append((level.price, level.shown_qty))
            rung = self.prices.after(rung)
        return found

    def reference(self) -> int | None:
        """The best displayed price that pegs follow: the tape's, or that of a displayed order that is no peg itself."""
        rung, tape = self.anchored.first(), self.tape_rung()
        if rung is None or (tape is not None and tape < rung):
            rung = tape
        return None if rung is None else -self.sign * rung
