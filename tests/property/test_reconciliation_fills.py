"""REC-1, REC-2, REC-3 and REC-5 of `oms.core.reconciliation` on quantities alone: random tellings of a venue's trades.

The venue makes trades one by one, tells them in any order and some twice, and is asked in between what it counts.
"""

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.enums import Side
from oms.core.reconciliation.fills import (
    Filled,
    InferredFill,
    inferred_exec_id,
    missing_price,
    missing_qty,
    take_trade,
    with_inferred,
    with_superseded,
    with_trade,
)

CHILD = "alpha/20250106/a1.1"
LIMIT = 1000
MANY = settings(max_examples=200, deadline=None, print_blob=True)


@dataclass(frozen=True, slots=True)
class Real:
    """A trade as the venue made it: CumQty is that after it."""

    number: int
    qty: int
    px: int
    cum_qty: int


def trades_of(sizes: list[tuple[int, int]]) -> list[Real]:
    cum, made = 0, []
    for number, (qty, px) in enumerate(sizes):
        cum += qty
        made.append(Real(number, qty, px, cum))
    return made


@dataclass(slots=True)
class Told:
    """Our side: what it was told, in whatever order. `inferred` are all ever made."""

    filled: Filled = field(default_factory=lambda: Filled(0, 0, 0, 0))
    seen: set[int] = field(default_factory=set)
    inferred: list[InferredFill] = field(default_factory=list)

    def trade(self, real: Real) -> None:
        if real.number in self.seen:
            return
        self.seen.add(real.number)
        before = self.filled
        taken = take_trade(before, real.qty, real.cum_qty)
        after = before
        for part in taken.superseded:
            after = with_superseded(after, part.fill.exec_id, part.qty, real.px, real.cum_qty)
        self.filled = with_trade(after, taken.new_qty, real.px, real.cum_qty)
        assert sum(p.qty for p in taken.superseded) + taken.new_qty == real.qty
        self.check(before)

    def status(self, cum_qty: int) -> None:
        before, qty = self.filled, missing_qty(self.filled, cum_qty)
        if qty:
            exec_id = inferred_exec_id("XALP", CHILD, before.cum_qty, before.cum_qty + qty)
            fill = InferredFill(exec_id, qty, LIMIT)
            self.inferred.append(fill)
            self.filled = with_inferred(before, fill, cum_qty)
            assert self.filled.cum_qty == cum_qty, "REC-1: a status reply settles on what it states"
        self.check(before)

    def check(self, before: Filled) -> None:
        """REC-1 and REC-2, after every step."""
        now = self.filled
        real_qty = now.cum_qty - now.inferred_qty
        assert real_qty >= 0 and all(fill.qty > 0 for fill in now.inferred)
        assert now.cum_qty >= before.cum_qty, "REC-2"
        if now.inferred:
            assert now.cum_qty <= now.venue_cum_qty, "REC-1"


SIZES = st.lists(st.tuples(st.integers(1, 60), st.integers(900, 1100)), min_size=1, max_size=8)
MOVES = st.lists(st.tuples(st.sampled_from(["make", "tell", "ask"]), st.integers(0, 1000)), max_size=40)


def play(sizes: list[tuple[int, int]], moves: list[tuple[str, int]]) -> tuple[Told, list[Real]]:
    """The venue makes trades, tells them in any order, some twice, and is asked in between; in the end all are told."""
    told, reals, made = Told(), trades_of(sizes), 0
    for what, number in moves:
        if what == "make":
            made = min(made + 1, len(reals))
        elif what == "tell" and made:
            told.trade(reals[number % made])
        elif what == "ask" and made:
            told.status(reals[made - 1].cum_qty)
    return told, reals


@MANY
@given(SIZES, MOVES, st.randoms(use_true_random=False))
def test_rec_3_superseding_is_exactly_once_and_independent_of_order(
    sizes: list[tuple[int, int]], moves: list[tuple[str, int]], rest: random.Random
) -> None:
    told, reals = play(sizes, moves)
    order = [*reals, *reals]
    rest.shuffle(order)
    for real in order:
        told.trade(real)
    assert told.filled.cum_qty == sum(r.qty for r in reals)
    assert told.filled.notional == sum(r.qty * r.px for r in reals)
    assert not told.filled.inferred


@MANY
@given(SIZES, MOVES)
def test_rec_1_cum_qty_is_real_and_inferred(sizes: list[tuple[int, int]], moves: list[tuple[str, int]]) -> None:
    told, reals = play(sizes, moves)
    real = sum(reals[n].qty for n in told.seen)
    superseded = sum(f.qty for f in told.inferred) - told.filled.inferred_qty
    assert told.filled.cum_qty == real + sum(f.qty for f in told.inferred) - superseded


@MANY
@given(SIZES, MOVES)
def test_rec_2_no_step_lowers_cum_qty(sizes: list[tuple[int, int]], moves: list[tuple[str, int]]) -> None:
    """`Told.check` holds it at every step; here also for a venue that states less than it told."""
    told, _ = play(sizes, moves)
    before = told.filled
    for less in range(0, before.cum_qty, 7):
        told.status(less)
        assert told.filled.cum_qty == before.cum_qty


@MANY
@given(SIZES, MOVES)
def test_rec_5_an_inferred_exec_id_is_a_function_of_its_range(
    sizes: list[tuple[int, int]], moves: list[tuple[str, int]]
) -> None:
    first, second = play(sizes, moves)[0], play(sizes, moves)[0]
    assert [f.exec_id for f in first.inferred] == [f.exec_id for f in second.inferred]
    assert len({f.exec_id for f in first.inferred}) == len(first.inferred), "CumQty rises: no range comes twice"


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 2000), st.sampled_from(list(Side)))
def test_a_price_from_the_venues_average_is_exact_or_against_us(known: int, missing: int, px: int, side: Side) -> None:
    filled = Filled(known, known, known * px, known)
    limit = 10**6 if side is Side.BUY else 1
    exact = missing_price(filled, known + missing, (known + missing) * px, limit, side)
    assert exact == px
    off = missing_price(filled, known + missing, (known + missing) * px + side.sign, limit, side)
    assert off is not None and side.sign * (off - px) >= 0
    beyond = missing_price(filled, known + missing, known * px - 1, limit, side)
    assert beyond == limit, "a sum that contradicts itself is not used"
    assert missing_price(filled, known + missing, None, None, side) is None
    unpriced = Filled(known, known - 1, (known - 1) * px, known)
    assert missing_price(unpriced, known + missing, (known + missing) * px, limit, side) == limit


@MANY
@given(st.integers(0, 200), st.integers(0, 100), st.integers(1, 100), st.integers(0, 400), st.integers(0, 400))
def test_rec_2_a_real_trade_is_never_discarded(real: int, inferred: int, qty: int, known: int, stated: int) -> None:
    """Whatever CumQty the venue states with it, even one that contradicts its own trades."""
    cum, fills = real + inferred, (InferredFill("i", inferred, LIMIT),) if inferred else ()
    filled = Filled(cum, cum, cum * LIMIT, max(known, cum if inferred else 0), fills)
    taken = take_trade(filled, qty, stated)
    superseded = sum(part.qty for part in taken.superseded)
    assert superseded + taken.new_qty == qty and 0 <= superseded <= inferred
