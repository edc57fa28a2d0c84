"""What the matching engine costs per event: with 100 and with 1,000,000 open orders, and beside `liquibook` (C++, PyPI) on the same stream.

    python tests/bench/matching_bench.py            a table, and build/matching.json
    python tests/bench/matching_bench.py --quick    a tenth of the open orders and fewer events

Depth: the same events go to a book with few and to one with many open orders, in turn; medians over the rounds. An event is a new limit
order, a cancel of any open order, a replace of any to another price, or an order that takes a little of the best, a quarter each; both
books have their orders over the same 1,000 prices a side. liquibook: limit orders, immediate-or-cancel orders and cancels, with identical
fills (its own replace is defective: cancel and new there); its cost includes its callbacks into Python, without which it tells nobody.
"""

import argparse
import gc
import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bench_figures import Figure, median, show_figures
from rich.console import Console

from oms.core.enums import OrdType, Side, TimeInForce
from oms.core.matching import Book, NewOrder, Traded

OUTPUT = Path(__file__).resolve().parents[2] / "build" / "matching.json"
FEW, MANY, MANY_QUICK = 100, 1_000_000, 100_000
ROUNDS, EVENTS = 61, 200
STREAM, STREAM_QUICK = 40_000, 10_000
MIDDLE, PRICES = 100_000, 1_000
SIZES = (20, 100)
TARGET_RATIO = 1.5

Flow = list[tuple[str, Side, int, int, int]]  # what, side, price, quantity, which of the side's open orders


class Filled:
    """A book with open orders over `PRICES` prices a side, and what it takes to be sent the same events as one of another size."""

    def __init__(self, open_orders: int, seed: int) -> None:
        self.book = Book("X", "I")
        self.size = open_orders
        self.names: dict[Side, list[str]] = {Side.BUY: [], Side.SELL: []}
        self.number = 0
        self.level_out(random.Random(seed), set())

    def play(self, flow: Flow, draw: random.Random) -> float:
        """CPU µs per event."""
        book, told, number = self.book, [], self.number
        started = time.thread_time_ns()
        for what, side, price, qty, pick in flow:
            names = self.names[side]
            if what == "new":
                number += 1
                names.append(f"O{number}")
                book.submit(NewOrder(names[-1], side, OrdType.LIMIT, TimeInForce.DAY, price, qty), 0)
            elif what == "take":
                number += 1
                told.append(book.submit(NewOrder(f"O{number}", side, OrdType.LIMIT, TimeInForce.IOC, price, qty), 0))
            elif what == "replace":
                book.replace(names[pick % len(names)], price, qty, 0)
            else:
                at = pick % len(names)
                names[at], names[-1] = names[-1], names[at]
                book.cancel(names.pop())
        took = (time.thread_time_ns() - started) / 1000 / len(flow)
        self.number = number
        self.level_out(draw, {e.order_id for events in told for e in events if isinstance(e, Traded) and not e.leaves})
        return took

    def level_out(self, draw: random.Random, filled: set[str]) -> None:
        """As many open orders as at the start, outside the measured time."""
        for side, names in self.names.items():
            if filled:
                names[:] = [name for name in names if name not in filled]
            while len(names) > self.size // 2:
                self.book.cancel(names.pop())
            while len(names) < self.size // 2:
                self.number += 1
                names.append(f"O{self.number}")
                price, qty = passive(draw, side), draw.randrange(*SIZES)
                self.book.submit(NewOrder(names[-1], side, OrdType.LIMIT, TimeInForce.DAY, price, qty), 0)


def passive(draw: random.Random, side: Side) -> int:
    return MIDDLE - side.sign * draw.randrange(1, PRICES)


def flow_of(draw: random.Random, count: int) -> Flow:
    """An immediate-or-cancel order takes little of the best that is there, so that either book does the same work."""
    flow: Flow = []
    for _ in range(count):
        what, side = draw.choice(("new", "cancel", "replace", "take")), draw.choice((Side.BUY, Side.SELL))
        price, qty = passive(draw, side), draw.randrange(*SIZES)
        if what == "take":
            price, qty = MIDDLE + PRICES * side.sign, draw.randrange(1, 4)
        flow.append((what, side, price, qty, draw.randrange(2**30)))
    return flow


def depth_cost(many: int, rounds: int = ROUNDS, events: int = EVENTS, seed: int = 1) -> Figure:
    draw = random.Random(seed)
    books = [Filled(FEW, seed), Filled(many, seed)]
    gc.collect()
    gc.freeze()
    took: list[list[float]] = [[], []]
    for number in range(rounds):
        flow = flow_of(draw, events)
        for side in (0, 1) if number % 2 else (1, 0):
            took[side].append(books[side].play(flow, draw))
    gc.unfreeze()
    few, much = (median(side[1:]) for side in took)
    return Figure.of(f"matching_open_orders_{many}", much, "us CPU/event", few)


Fills = list[tuple[int, int, int, int]]  # resting, incoming, price, quantity
Stream = list[
    tuple[str, int, bool, int, int]
]  # new, take or cancel; number of the order, whether it buys, price, quantity


def stream_of(count: int, seed: int) -> Stream:
    draw = random.Random(seed)
    stream: Stream = []
    for number in range(1, count + 1):
        what = draw.choice(("new", "new", "new", "take", "cancel"))
        buy = draw.random() < 0.5
        price = MIDDLE + draw.randrange(-20, 6) if buy else MIDDLE + draw.randrange(-5, 21)
        target = draw.randrange(max(1, number - 200), number + 1) if what == "cancel" else number
        stream.append((what, target, buy, price, draw.randrange(1, 100)))
    return stream


def our_fills(stream: Stream) -> tuple[Fills, float]:
    book, fills = Book("X", "I"), []
    started = time.thread_time_ns()
    for what, number, buy, price, qty in stream:
        if what == "cancel":
            book.cancel(str(number))
            continue
        tif = TimeInForce.IOC if what == "take" else TimeInForce.GTC
        events = book.submit(NewOrder(str(number), Side.BUY if buy else Side.SELL, OrdType.LIMIT, tif, price, qty), 0)
        fills += [
            (int(e.order_id), number, e.last_px, e.last_qty)
            for e in events
            if isinstance(e, Traded) and e.order_id != str(number)
        ]
    return fills, (time.thread_time_ns() - started) / 1000 / len(stream)


def their_fills(stream: Stream) -> tuple[Fills, float]:
    import liquibook

    fills: Fills = []
    numbers: dict[int, int] = {}  # its own order ids → ours

    class Listener(liquibook.OrderListener):  # type: ignore[misc]
        def on_accept(self, order: object) -> None: ...
        def on_cancel(self, order: object) -> None: ...
        def on_cancel_reject(self, order: object, reason: str) -> None: ...

        def on_fill(self, order: object, matched: object, qty: int, price: int) -> None:
            order.fill(qty, price, 0)  # type: ignore[attr-defined]
            matched.fill(qty, price, 0)  # type: ignore[attr-defined]
            fills.append((numbers[matched.order_id_], numbers[order.order_id_], price, qty))  # type: ignore[attr-defined]

    listener, book = Listener(), liquibook.DepthOrderBook()
    book.set_order_listener(listener)
    orders: dict[int, object] = {}
    started = time.thread_time_ns()
    for what, number, buy, price, qty in stream:
        if what == "cancel":
            order = orders.pop(number, None)
            if order is not None and order.open_qty():  # type: ignore[attr-defined]
                book.cancel(order)
            continue
        conditions = liquibook.oc_immediate_or_cancel if what == "take" else liquibook.oc_no_conditions
        order = liquibook.SimpleOrder(buy, price, qty, 0, conditions)
        numbers[order.order_id_] = number
        if what == "new":
            orders[number] = order
        book.add(order, conditions)
    return fills, (time.thread_time_ns() - started) / 1000 / len(stream)


def beside_liquibook(count: int, seed: int = 1) -> Figure:
    """Raises where the fills differ."""
    stream = stream_of(count, seed)
    costs: dict[Callable[[Stream], tuple[Fills, float]], list[float]] = {our_fills: [], their_fills: []}
    for _ in range(5):
        found = []
        for play, took in costs.items():
            fills, cost = play(stream)
            found.append(fills)
            took.append(cost)
        assert found[0] == found[1], "the engines do not fill alike"
    ours, theirs = (median(took) for took in costs.values())
    return Figure.of("matching_beside_liquibook", ours, "us CPU/event", theirs)


def matching_cost(quick: bool) -> list[Figure]:
    """As `make bench` shows it; without `liquibook` where it is not installed (it has no wheel for every platform)."""
    figures = [depth_cost(MANY_QUICK if quick else MANY)]
    try:
        import liquibook  # noqa: F401
    except ImportError:
        print("bench: liquibook is not installed here: no figure beside it", flush=True)
        return figures
    return [*figures, beside_liquibook(STREAM_QUICK if quick else STREAM)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the open orders, fewer events")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the JSON goes")
    options = parser.parse_args()
    found = matching_cost(options.quick)
    show_figures(found, Console(width=100))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps([asdict(figure) for figure in found], indent=2) + "\n")
    print(
        f"matching: target ratio of the first ≤ {TARGET_RATIO}; load average {os.getloadavg()[0]:.1f}; {options.output}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
