"""A recorded day of order-level data against the engine: who is first in the queue is what the tape says, and so is the book.

The book is seeded from the first row of the level file as anonymous orders with priority; then every message is applied. Hidden executions
(type 5) do not touch the visible book. A visible execution (type 4) is sent as an immediate-or-cancel order of its size, and the engine
chooses whom it meets.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from oms.core.enums import OrdType, Side, TimeInForce
from oms.core.matching import Book, Canceled, NewOrder, Traded

SHARED = Path(os.environ.get("OMS_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
LOBSTER = SHARED / "lobster-aapl"
NEW, PART, DELETE, VISIBLE = 1, 2, 3, 4
Levels = list[tuple[int, int]]


class Replay:
    def __init__(self, first: list[int], message: list[str]) -> None:
        self.book = Book("Q", "AAPL")
        self.open: dict[str, list[int]] = {}  # id → [side, price, left, executed]
        self.added: set[str] = set()
        self.anonymous: dict[tuple[int, int], str] = {}  # (side, price) → id
        self.count: Counter[str] = Counter()
        asks, bids = levels_of(first)
        self.worst = {Side.SELL: asks[-1][0], Side.BUY: bids[-1][0]}
        _, _, _, size, price, direction = message
        for side, levels in ((Side.SELL, asks), (Side.BUY, bids)):
            for px, qty in levels:
                mine = (side, px) == (side_of(direction), int(price))
                before = qty - int(size) if mine else qty  # the first row is the book after the first message
                if before:
                    self.anonymous[side, px] = f"seed-{side.name}-{px}"
                    self.rest(self.anonymous[side, px], side, px, before)

    def rest(self, name: str, side: Side, price: int, qty: int) -> None:
        events = self.book.submit(NewOrder(name, side, OrdType.LIMIT, TimeInForce.DAY, price, qty), 0)
        self.count["new orders that met another"] += any(isinstance(event, Traded) for event in events)
        self.open[name] = [side, price, qty, 0]

    def named(self, name: str, side: Side, price: int) -> str | None:
        """The order itself, or for one from before the file the anonymous order at its price."""
        if name in self.open:
            return name
        anonymous = self.anonymous.get((side, price), "")
        return anonymous if anonymous in self.open else None

    def less(self, name: str, qty: int) -> None:
        _, price, left, executed = self.open[name]
        if qty < left:
            self.open[name][2] -= qty
            self.book.replace(name, price, executed + left - qty, 0)
        else:
            del self.open[name]
            assert isinstance(self.book.cancel(name)[0], Canceled)

    def executed(self, name: str, qty: int) -> None:
        entry = self.open[name]
        entry[2] -= qty
        entry[3] += qty
        if not entry[2]:
            del self.open[name]

    def execute(self, name: str, side: Side, price: int, qty: int) -> None:
        self.count["visible executions"] += 1
        tape = self.named(name, side, price)
        if tape is None:
            self.count["of orders outside the seeded levels"] += 1
            return
        other = Side.SELL if side is Side.BUY else Side.BUY
        taker = f"taker{self.count['visible executions']}"
        events = self.book.submit(NewOrder(taker, other, OrdType.LIMIT, TimeInForce.IOC, price, qty), 0)
        met = [event for event in events if isinstance(event, Traded) and event.order_id != taker]
        chosen = [(event.order_id, event.last_px, event.last_qty) for event in met]
        right = chosen == [(tape, price, qty)]
        known = "of orders added in the file" if name in self.added else "of anonymous orders"
        self.count[known] += 1
        self.count[f"{known}, chosen as the tape says"] += right
        if right:
            self.executed(tape, qty)
            return
        for event in met:  # as the tape says: whom the engine chose gets it back
            self.book.bust(event.exec_id, 0)
        self.less(tape, qty)

    def apply(self, message: list[str]) -> None:
        _, text, name, size, price, direction = message
        kind, side, qty = int(text), side_of(direction), int(size)
        self.count[f"type {kind}"] += 1
        if kind == NEW:
            self.added.add(name)
            self.rest(name, side, int(price), qty)
        elif kind in (PART, DELETE):
            order = self.named(name, side, int(price))
            self.count["cancels of orders outside the seeded levels"] += order is None
            if order is not None:
                self.less(order, qty)
        elif kind == VISIBLE:
            self.execute(name, side, int(price), qty)

    def told(self, side: Side, levels: Levels, prices: set[int]) -> Levels:
        """What the first row and the messages tell: no level beyond the worst of the first row, whose orders nobody has named, and none
        that comes from nowhere (its price neither in the first row nor in any message)."""
        worst = self.worst[side]
        near = [(px, qty) for px, qty in levels if (px >= worst if side is Side.BUY else px <= worst)]
        self.count["levels from nowhere"] += sum(px not in prices for px, _ in near)
        return [level for level in near if level[0] in prices]


def side_of(direction: str) -> Side:
    """LOBSTER's direction is that of the resting order."""
    return Side.BUY if int(direction) == 1 else Side.SELL


def levels_of(row: list[int]) -> tuple[Levels, Levels]:
    """(price, size) best first: asks, bids."""
    pairs = list(zip(row[::2], row[1::2], strict=True))
    return [p for p in pairs[::2] if p[1]], [p for p in pairs[1::2] if p[1]]


@pytest.mark.skipif(not LOBSTER.is_dir(), reason="private LOBSTER recording is not on this machine")
def test_the_engine_serves_whom_the_tape_names_and_the_book_is_the_given_one() -> None:
    """INV-243"""
    messages = [line.split(",") for line in (LOBSTER / "message_first20000.csv").read_text().splitlines()]
    deep = [ints(line) for line in (LOBSTER / "orderbook_50_first672.csv").read_text().splitlines()]
    tops = [ints(line) for line in (LOBSTER / "bbo_first20000.csv").read_text().splitlines()]
    replay = Replay(deep[0], messages[0])
    prices = {int(message[4]) for message in messages} | set(deep[0][::2])
    count = replay.count
    for number, message in enumerate(messages):
        replay.apply(message)
        rows = deep if number < len(deep) else tops
        for side, given in zip((Side.SELL, Side.BUY), levels_of(rows[number]), strict=True):
            expected = replay.told(side, given, prices)
            count["levels compared"] += len(expected)
            if replay.book.depth(side, len(expected)) != expected:
                count["sides of rows that differ"] += 1
    print(", ".join(f"{name}: {n}" for name, n in sorted(count.items())))
    assert count["sides of rows that differ"] == 0
    assert count["levels from nowhere"] <= 0.001 * count["levels compared"]
    assert count["new orders that met another"] == 0
    known = count["of orders added in the file"]
    assert known == 1_162
    assert count["of orders added in the file, chosen as the tape says"] >= 0.99 * known


def ints(line: str) -> list[int]:
    return [int(part) for part in line.split(",")]
