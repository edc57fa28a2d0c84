"""The book against a naive one, over random streams of all order types, amendments, cancels, auctions, self-match prevention, busts,
corrections and the tape; and the promises that hold whatever happens.

    OMS_BOOK_SEED=7 pytest tests/property/test_matching_oracle.py     plays this seed alone
"""

import json
import os
from collections import Counter
from random import Random
from typing import get_args

import pytest
from book_stream import Stream

from oms.core.enums import OrdType, Side
from oms.core.matching import (
    Book,
    BookEvent,
    BookState,
    BookStates,
    CancelCause,
    Canceled,
    Displayed,
    Expired,
    Phase,
    Traded,
)
from oms.core.matching.ladder import Ladder

SEEDS = [int(os.environ["OMS_BOOK_SEED"])] if "OMS_BOOK_SEED" in os.environ else list(range(300))
STEPS = 120
WORLDS = [
    (0, False),
    (0, True),
    (25, False),
    (25, True),
]  # how often the tape moves, in percent; whether auctions are held


def stream_of(seed: int) -> Stream:
    return Stream(Random(seed), *WORLDS[seed % len(WORLDS)])


def test_the_book_equals_the_naive_oracle() -> None:
    """INV-240"""
    seen: Counter[str] = Counter()
    causes: set[CancelCause] = set()
    for seed in SEEDS:
        stream = stream_of(seed)
        for number in range(STEPS):
            act, said = stream.step()
            fast, slow = stream.play(act, stream.book), stream.play(act, stream.naive)
            stream.note(slow)
            assert fast == slow, f"seed {seed}, step {number}: {said}"
            seen.update([fast] if isinstance(fast, str) else (type(event).__name__ for event in fast))
            causes |= {event.cause for event in fast if isinstance(event, Canceled)}
            assert stream.book.open_orders() == tuple(o.name for o in stream.naive.open()), (
                f"seed {seed}, step {number}: {said}"
            )
            for order in stream.naive.at("book"):
                assert stream.book.queue_ahead(order.name) == stream.naive.ahead(order), (
                    f"seed {seed}, step {number}: {said}"
                )
            top = stream.book.available()
            assert (top.bid_qty, top.ask_qty) == (stream.naive.left[True], stream.naive.left[False])
    if len(SEEDS) > 1:
        assert not {kind.__name__ for kind in get_args(BookEvent)} - set(seen), "the streams do not reach everything"
        assert causes == set(CancelCause)
    print(f"seeds {SEEDS[0]}..{SEEDS[-1]}, {STEPS} steps each: {dict(seen.most_common())}")


def copied(state: BookState) -> Book:
    """Through JSON, as the venue's log does it."""
    book = Book("X", "I")
    book.restore(BookState.read(json.loads(json.dumps(state))))
    return book


def test_a_restored_book_goes_on_exactly_like_the_one_it_was_copied_from() -> None:
    """INV-241"""
    for seed in SEEDS[:60]:
        stream, log = stream_of(seed), BookStates()
        log.add(stream.book.state())
        for number in range(STEPS):
            act, said = stream.step()
            copy, before = copied(stream.book.state()), stream.book.version
            state = stream.book.state()
            events = stream.play(act, stream.book)
            stream.play(act, stream.naive)
            stream.note(events)
            assert stream.play(act, copy) == events, f"seed {seed}, step {number}: {said}"
            assert copy.state() == stream.book.state(), f"seed {seed}, step {number}: {said}"
            if stream.book.version == before and "Displayed" not in said:
                tape = {"last_px": 0, "now_ns": 0}
                assert stream.book.state()._replace(**tape) == state._replace(**tape), (
                    f"seed {seed}, step {number}: {said}"
                )
            log.add(BookState.read(json.loads(json.dumps(stream.book.changes()))))
            assert by_name(log.whole()) == by_name(stream.book.state()), f"seed {seed}, step {number}: {said}"


def by_name(state: BookState) -> BookState:
    """The ended orders in one order: nothing depends on it."""
    return state._replace(done=tuple(sorted(state.done)))


def test_what_always_holds_of_a_book() -> None:
    """INV-242: no fill is worse than its order's limit, fills never exceed quantity, tape or print, unconditional orders never
    stand crossed in continuous trading, and an ended order does nothing any more."""
    for seed in SEEDS[:150]:
        stream = stream_of(seed)
        ended: set[str] = set()
        for number in range(STEPS):
            act, said = stream.step()
            before = stream.book.available()
            events = stream.play(act, stream.book)
            stream.play(act, stream.naive)
            stream.note(events)
            where = f"seed {seed}, step {number}: {said}"
            state = stream.book.state()
            if isinstance(events, str):
                continue
            fills = [event for event in events if isinstance(event, Traded)]
            from_tape = sum(fill.last_qty for fill in fills if not fill.contra_exec_id)
            if said.startswith("print"):
                printed = int(said.split()[2])
                after = stream.book.available()
                assert from_tape <= printed + before.bid_qty + before.ask_qty - after.bid_qty - after.ask_qty, where
            elif not said.startswith("Displayed"):
                assert from_tape <= before.bid_qty + before.ask_qty, where
            for fill in fills:
                order = next(o for o in stream.naive.orders if o.name == fill.order_id)
                if order.kind is OrdType.LIMIT and order.cap and not order.stop_px and "replace" not in said:
                    assert order.reaches(fill.last_px, order.price), where
                assert fill.leaves >= 0 and fill.last_qty <= fill.cum, where
                assert fill.order_id not in ended, where
            if not said.startswith(("bust", "correct")):
                ended |= {event.order_id for event in events if isinstance(event, Canceled | Expired)}
            assert all(0 <= row.cum < row.qty for row in state.orders), where
            assert 0 <= state.bid.taken <= state.bid.size and 0 <= state.ask.taken <= state.ask.size, where
            if state.phase == Phase.CONTINUOUS:
                bids, asks = stream.book.depth(Side.BUY, 1), stream.book.depth(Side.SELL, 1)
                assert not (bids and asks and bids[0][0] >= asks[0][0]), where
                top: Displayed = stream.book.available()
                assert not (bids and top.ask_qty and bids[0][0] >= top.ask_px), where


@pytest.mark.parametrize("size", [1, 513, 5_000])
def test_a_ladder_is_a_sorted_set(size: int) -> None:
    random, ladder, plain = Random(size), Ladder(), set()
    for _ in range(4 * size):
        rung = random.randrange(-size, 2 * size)
        if random.random() < 0.6:
            ladder.add(rung)
            plain.add(rung)
        else:
            ladder.discard(rung)
            plain.discard(rung)
        asked = random.randrange(-size, 2 * size)
        if size < 5_000 or random.random() < 0.01:
            assert ladder.after(asked) == min((r for r in plain if r > asked), default=None)
            assert ladder.first() == min(plain, default=None)
    assert list(ladder) == sorted(plain)
    assert bool(ladder) == bool(plain)
