"""What an event costs the order state machine with 100 open orders and with a million, in turn on the same processor.

    python tests/bench/lifecycle_cost.py            a table; the same figure is in `make bench`

Two books of open orders, every fourth partly filled. A sample is LIVES orders drawn from all open ones, each of which has the EVENTS of an
ordinary hour: a fill, a replace asked, pending and granted, a fill under it, a status, a cancel asked, pending and refused, a bust. Every
event is looked up, applied, and put back into the book; at the end the order is put back as it was, so that both books stay what they are.
Samples of the two books alternate; the figure is the median of each. CPU time of this thread, the collector's share included.
"""

import gc
import random
import time
from collections.abc import Sequence

from bench_figures import Figure, median, show_figures
from rich.console import Console

from oms.core.enums import IntentKind
from oms.core.lifecycle import events as e
from oms.core.lifecycle.apply import Anomaly, apply
from oms.core.lifecycle.order import Order

FEW, MANY = 100, 1_000_000
SAMPLES, LIVES = 15, 2_000
SEED = 7

EVENTS: tuple[e.OrderEvent, ...] = (
    e.Traded("E1", 10, 101),
    e.Requested(IntentKind.REPLACE, "Y", "", 1_500, 102),
    e.RequestPending("Y"),
    e.Traded("E2", 5, 102),
    e.Replaced("Y"),
    e.StatusAsked(),
    e.Requested(IntentKind.CANCEL, "Z", ""),
    e.RequestPending("Z"),
    e.RequestRejected("Z"),
    e.TradeCanceled("E1", "E3"),
)

Book = dict[str, Order]


def open_orders(count: int) -> Book:
    book: Book = {}
    for number in range(count):
        order_id = f"alpha/20250106/{number}"
        started = apply(Order(order_id, f"c{number}", 1_000, 100, day=1), e.Accepted())
        assert not isinstance(started, Anomaly)
        book[order_id] = started[0]
        if number % 4 == 0:
            filled = apply(started[0], e.Traded("E0", 100, 100))
            assert not isinstance(filled, Anomaly)
            book[order_id] = filled[0]
    return book


def event_us(book: Book, order_ids: Sequence[str]) -> float:
    """CPU µs an event."""
    started = time.thread_time_ns()
    for order_id in order_ids:
        before = book[order_id]
        for event in EVENTS:
            outcome = apply(book[order_id], event)
            assert not isinstance(outcome, Anomaly), outcome
            book[order_id] = outcome[0]
        book[order_id] = before
    return (time.thread_time_ns() - started) / 1_000 / (len(order_ids) * len(EVENTS))


def lifecycle_cost(few: int = FEW, many: int = MANY, samples: int = SAMPLES, lives: int = LIVES) -> Figure:
    """The cost with `many` open orders; the baseline is that with `few`."""
    draw = random.Random(SEED)
    books = [open_orders(count) for count in (few, many)]
    keys = [list(book) for book in books]
    took: list[list[float]] = [[], []]
    gc.collect()
    for number in range(samples):
        for side in (0, 1) if number % 2 else (1, 0):
            took[side].append(event_us(books[side], draw.choices(keys[side], k=lives)))
    return Figure.of("order_state_event", median(took[1]), "µs", median(took[0]))


if __name__ == "__main__":
    show_figures([lifecycle_cost()], Console(width=100))
