"""An order inside the book, and the queue of those at one price. It decides nothing.

Invariants: `cum + leaves = qty`; an order is linked into at most one queue, the one of its `level`; `shown` is above 0 exactly while
it stands in a displayed queue.
"""

from bisect import bisect_left
from enum import IntEnum

from oms.core.enums import ExecInst, OrdType, PegPriceType, SelfMatchPrevention, Side, TimeInForce
from oms.core.matching.messages import NewOrder


class Place(IntEnum):
    """Where an order is."""

    BOOK = 1
    """Rests at a price."""
    STOP = 2
    """Waits for its stop price."""
    PARKED = 3
    """A peg that has nothing to follow."""
    HELD = 4
    """Waits for an auction, or is a market order in one."""
    FILLED = 5
    """Gone, executed in full: a bust can bring it back."""
    ENDED = 6
    """Gone for good."""


class Order:
    """`ahead`: the external quantity before it, as a count of the level's `passed`; None: unknown. `arrival`: its place in time.

    `entry`: when it was accepted, counted like `arrival`. `cap`: the worst price that a peg may follow to, 0 for none.
    """

    __slots__ = (
        "ahead",
        "all_or_none",
        "arrival",
        "buy",
        "cap",
        "cum",
        "display_qty",
        "entry",
        "exec_inst",
        "expire_ns",
        "level",
        "min_left",
        "next",
        "ord_type",
        "order_id",
        "peg_offset",
        "peg_price_type",
        "place",
        "post_only",
        "prev",
        "price",
        "qty",
        "shown",
        "side",
        "smp",
        "smp_id",
        "stop_px",
        "time_in_force",
    )

    def __init__(self, new: NewOrder) -> None:
        self.order_id = new.order_id
        self.side: Side = new.side
        self.buy = new.side is Side.BUY
        self.ord_type: OrdType = new.ord_type
        self.time_in_force: TimeInForce = new.time_in_force
        self.price = 0 if new.ord_type is OrdType.PEGGED else new.price
        self.cap = new.price
        self.qty = new.qty
        self.cum = 0
        self.smp_id = new.smp_id
        self.smp: SelfMatchPrevention | None = new.smp
        self.stop_px = new.stop_px
        self.display_qty = new.display_qty
        self.min_left = new.min_qty
        self.peg_price_type: PegPriceType | None = new.peg_price_type
        self.peg_offset = new.peg_offset
        self.expire_ns = new.expire_ns
        self.instruct(new.exec_inst)
        self.shown = 0
        self.ahead: int | None = 0
        self.arrival = 0
        self.entry = 0
        self.place = Place.ENDED
        self.level: Level | None = None
        self.prev: Order | None = None
        self.next: Order | None = None

    def instruct(self, exec_inst: tuple[ExecInst, ...]) -> None:
        self.exec_inst = exec_inst
        self.all_or_none = ExecInst.ALL_OR_NONE in exec_inst
        self.post_only = ExecInst.PARTICIPATE_DONT_INITIATE in exec_inst

    @property
    def leaves(self) -> int:
        return self.qty - self.cum

    @property
    def least(self) -> int:
        """The least quantity that its next execution may have; 0 where any will do."""
        return self.qty - self.cum if self.all_or_none else min(self.min_left, self.qty - self.cum)

    @property
    def conditional(self) -> bool:
        return self.all_or_none or self.min_left > 0

    @property
    def slice(self) -> int:
        """What it shows when it joins a queue."""
        leaves = self.qty - self.cum
        return leaves if self.display_qty is None else min(self.display_qty, leaves)

    @property
    def anchors(self) -> bool:
        """Whether its price is one that pegs follow: displayed, and not itself a follower or conditional."""
        return self.display_qty != 0 and self.ord_type is not OrdType.PEGGED and not self.conditional


class Queue:
    """Orders in time, first come first served; joining and leaving cost the same wherever in it."""

    __slots__ = ("head", "tail")

    def __init__(self) -> None:
        self.head: Order | None = None
        self.tail: Order | None = None

    def append(self, order: Order) -> None:
        last = self.tail
        order.prev, order.next = last, None
        if last is None:
            self.head = order
        else:
            last.next = order
        self.tail = order

    def remove(self, order: Order) -> None:
        before, behind = order.prev, order.next
        if before is None:
            self.head = behind
        else:
            before.next = behind
        if behind is None:
            self.tail = before
        else:
            behind.prev = before
        order.prev = order.next = None


class Level:
    """The orders at one price: those displayed, and behind all of them the hidden ones.

    External quantity that was ahead of orders here and is gone counts up `passed`; so one number serves every order of the queue.
    Orders up to arrival `cleared` have nothing external before them. What an unknown queue turned out to be is in `learned`:
    (last arrival that it is true for, the count of `passed` at which it will be gone).
    """

    __slots__ = ("anchors", "cleared", "hidden", "learned", "passed", "price", "rung", "shown", "shown_qty", "unknown")

    def __init__(self, price: int, rung: int) -> None:
        self.price = price
        self.rung = rung
        self.shown = Queue()
        self.hidden = Queue()
        self.shown_qty = 0
        self.anchors = 0
        self.passed = 0
        self.cleared = 0
        self.unknown = False
        self.learned: list[tuple[int, int]] = []

    def ahead_of(self, order: Order) -> int | None:
        """The external quantity before an order in the displayed queue."""
        if order.arrival <= self.cleared:
            return 0
        gone_at = order.ahead
        if gone_at is None:
            at = bisect_left(self.learned, (order.arrival,))
            if at == len(self.learned):
                return None
            gone_at = order.ahead = self.learned[at][1]
        return gone_at - self.passed if gone_at > self.passed else 0

    def clear(self, arrival: int) -> None:
        """Nothing external is before anybody who is here by now."""
        self.cleared, self.unknown = arrival, False
        self.learned.clear()

    def learn(self, arrival: int, size: int) -> None:
        """Who waits here behind an unknown queue now knows it."""
        head = self.shown.head
        oldest = head.arrival if head is not None else arrival
        self.learned = [known for known in self.learned if known[0] >= oldest]
        self.learned.append((arrival, self.passed + size))
        self.unknown = False
