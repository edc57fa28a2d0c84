"""Limits on losses over partitions, through risk and grantor as they ship, whatever comes late: held against a recount of every trade.

The recount knows fills and the market's price when it was marked, and no figure of risk: of a desk the day's result is what it holds at the
mark, less what it paid, and the drawdown is from the best of these after any trade or mark. Every test prints its seed; OMS_SEED sets one.
"""

import os
import random
from dataclasses import dataclass, replace

import pytest
from credit_world import Firm, accepted
from risk_world import DOLLAR, NOW, fill

from oms.core.credit.holder import Credit
from oms.core.credit.spans import credit_id_of
from oms.core.enums import LimitKind, LimitScope, Side
from oms.core.market import MarketRecord, Quote
from oms.core.money import Amount
from oms.core.reference import Limit
from oms.core.risk.limits import position_of
from oms.core.risk_events import HoldingsMarked, OrderAccepted

SEEDS = [int(os.environ["OMS_SEED"])] if "OMS_SEED" in os.environ else list(range(12))
KINDS = (LimitKind.DAY_LOSS, LimitKind.DRAWDOWN)
RAW = DOLLAR // 100  # of a price (scale 2) times a quantity (scale 0)
SECOND_NS = 1_000_000_000


@dataclass
class Recount:
    """One desk: what it holds, what it paid, the price it was marked at last, and its best result."""

    qty: int = 0
    paid: int = 0
    mark: int = 0
    best: int = 0

    def seen(self, price: int) -> None:
        self.mark = price
        self.best = max(self.best, self.result)

    def traded(self, signed_qty: int, price: int) -> None:
        self.qty += signed_qty
        self.paid += signed_qty * price
        self.seen(price)

    @property
    def result(self) -> int:
        return self.qty * self.mark - self.paid

    def lost(self, kind: LimitKind) -> int:
        return RAW * max(0, (self.best if kind is LimitKind.DRAWDOWN else 0) - self.result)


class Losing:
    """A firm of three partitions whose market moves: orders fill at once, marks and messages come when chance has it."""

    def __init__(self, seed: int, kind: LimitKind) -> None:
        self.rng, self.kind = random.Random(f"{seed} {kind.name}"), kind
        self.limit = Limit("loss", kind, LimitScope.FIRM, "", "", "USD", Amount(400 * DOLLAR))
        self.firm = Firm(self.limit)
        self.firm.settle()
        self.credit_id, self.price, self.quotes = credit_id_of(self.limit), 10_000, 0
        self.desks = [Recount() for _ in range(3)]
        self.quote()

    def quote(self) -> None:
        self.quotes += 1
        quote = Quote(NOW, self.price - 5, 500, self.price + 5, 500)
        self.firm.market.apply(0, self.quotes, MarketRecord("XV", "IBM", self.quotes + 1, (quote,), ()))

    def turn(self, p: int) -> None:
        """The partition's timers, marks among them, and the grantor's journal."""
        before = len(self.firm.risk[p].records)
        self.firm.risk_turn(p)
        for events in self.firm.risk[p].records[before:]:
            if any(isinstance(event, HoldingsMarked) for event in events) and self.desks[p].mark:
                self.desks[p].seen(self.price)

    def order(self, p: int) -> bool:
        """Whether it was accepted; then it is filled near the market, at once."""
        side, lots = self.rng.choice((Side.BUY, Side.SELL)), self.rng.randrange(1, 12)
        events = self.firm.order(p, lots, price=self.price, side=side)
        if not accepted(events):
            return False
        (order,) = [e for e in events if isinstance(e, OrderAccepted)]
        self.desks[p].seen(self.price)
        price = self.price + 5 * self.rng.randrange(-2, 3)
        self.firm.route(p, replace(fill(f"x{order.order_id}", 10 * lots, order.order_id), last_px=price))
        self.desks[p].traded(side.sign * 10 * lots, price)
        self.firm.end(p, order.order_id)
        return True

    def lost(self) -> list[int]:
        return [desk.lost(self.kind) for desk in self.desks]

    def told(self, p: int) -> int:
        return self.firm.state(p).credits.get(self.credit_id, Credit()).others_use


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_inv_571_whatever_comes_late_no_more_is_held_than_the_limit_and_beyond_it_nobody_adds(
    seed: int, kind: LimitKind
) -> None:
    losing = Losing(seed, kind)
    firm, rng, refused = losing.firm, losing.rng, 0
    for _ in range(220):
        p = rng.randrange(3)
        match rng.randrange(7):
            case 0 | 1 | 2:
                before, lost = losing.desks[p].qty, losing.lost()[p]
                held, told = firm.held(p, losing.credit_id), losing.told(p)
                if losing.order(p):
                    grew = abs(losing.desks[p].qty) > abs(before)
                    assert not grew or (lost <= held and (not told or lost + told <= losing.limit.value)), (
                        f"{lost} lost here of {held} held, {told} elsewhere"
                    )
                else:
                    refused += 1
            case 3:
                losing.price = max(9_000, losing.price + 5 * rng.randrange(-12, 12))
                losing.quote()
            case 4 | 5:
                firm.wall_ns += rng.choice((SECOND_NS // 5, 2 * SECOND_NS))
                losing.turn(p)
            case 6:
                firm.grantor_turn()
        assert [firm.used(q, losing.limit) for q in range(3)] == losing.lost(), "as counted from every trade"
        assert position_of(firm.state(p), f"d{p}", "IBM") == losing.desks[p].qty
        lines = firm.granting(losing.credit_id).lines
        assert all(firm.held(q, losing.credit_id) <= lines[q].granted for q in range(3))
        assert firm.granting(losing.credit_id).granted <= losing.limit.value
    print(f"seed {seed}: {refused} refused, lost {losing.lost()}, {len(firm.grantor.records)} records of the grantor")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_inv_573_once_all_is_read_the_others_losses_are_known(seed: int, kind: LimitKind) -> None:
    """And where the losses together are beyond the limit, nobody may open a position, though none is beyond it alone."""
    losing = Losing(seed, kind)
    firm, rng, step, beyond = losing.firm, losing.rng, losing.limit.value // 100, 0
    for _ in range(30):
        for p in range(3):
            losing.order(p)
        losing.price = max(9_000, losing.price + 5 * rng.randrange(-12, 12))
        losing.quote()
        for _ in range(4):
            firm.wall_ns += SECOND_NS
            for p in range(3):
                losing.turn(p)
            firm.grantor_turn()
        lost = losing.lost()
        for p in range(3):
            assert abs(losing.told(p) - (sum(lost) - lost[p])) < 2 * step, f"{losing.told(p)} of {lost}"
        if sum(lost) > losing.limit.value + 2 * step:
            beyond += 1
            for p in range(3):
                side = Side.BUY if losing.desks[p].qty >= 0 else Side.SELL
                assert not accepted(firm.order(p, 1, price=losing.price, side=side)), f"{lost} of {losing.limit.value}"
    print(f"seed {seed}: beyond the limit {beyond} times, lost {losing.lost()}")
