"""INV-371, INV-372: the message throttle under random traffic, judged by the list of what left and when.

`World` is an owner: it asks, keeps what has no room, sends, withdraws, lets time pass and has its clock step back. The venue judges by true time.
`SEED=` replays one schedule.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from oms.fix.throttle import Budget, Throttle, free, on_sent

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else list(range(60))
ORDER, CANCEL = Budget.ORDER, Budget.CANCEL


@dataclass
class World:
    """`asked`: what was to be sent and was not withdrawn, `waiting`: of that, what has not left."""

    rng: random.Random
    throttle: Throttle
    sent_ns: list[int] = field(default_factory=list)
    true_ns: int = 10**18
    behind_ns: int = 0
    sent: list[tuple[int, Budget, str]] = field(default_factory=list)
    asked: dict[Budget, list[str]] = field(default_factory=lambda: {ORDER: [], CANCEL: []})
    waiting: dict[Budget, list[str]] = field(default_factory=lambda: {ORDER: [], CANCEL: []})
    steps_back: int = 0
    count: int = 0

    @property
    def now_ns(self) -> int:
        return self.true_ns - self.behind_ns

    def in_window(self) -> list[Budget]:
        return [budget for at, budget, _ in self.sent if at > self.true_ns - self.throttle.per_ns]

    def free(self, budget: Budget) -> int:
        found = free(self.throttle, self.sent_ns, budget, self.now_ns, bool(self.waiting[CANCEL]))
        if not self.behind_ns and not (budget is ORDER and self.waiting[CANCEL]):
            assert found == max(0, self.throttle.limit(budget) - len(self.in_window())), "counted anew"
        return found

    def ask(self, budget: Budget) -> bool:
        """Whether it left at once."""
        self.count += 1
        ref = f"{budget.name}-{self.count}"
        self.asked[budget].append(ref)
        if not self.waiting[budget] and self.free(budget) > 0:
            self.leave(budget, ref)
            return True
        self.waiting[budget].append(ref)
        if budget is CANCEL and not self.behind_ns and len(self.waiting[CANCEL]) == 1:
            assert self.in_window().count(CANCEL) >= self.throttle.reserve, "cancels wait behind cancels only"
        return False

    def leave(self, budget: Budget, ref: str) -> None:
        on_sent(self.throttle, self.sent_ns, self.now_ns)
        self.sent.append((self.true_ns, budget, ref))
        window = self.in_window()
        assert len(window) <= self.throttle.messages
        assert len(self.sent_ns) <= self.throttle.messages, "what is back is not kept"
        if budget is ORDER:
            assert len(window) <= self.throttle.messages - self.throttle.reserve, "an order took from the reserve"
            assert not self.waiting[CANCEL], "an order passed a cancel that waits"

    def work(self) -> None:
        for budget in (CANCEL, ORDER):
            for _ in range(min(self.free(budget), len(self.waiting[budget]))):
                self.leave(budget, self.waiting[budget].pop(0))
            assert not self.waiting[budget] or self.free(budget) == 0

    def withdraw(self) -> None:
        waiting = [(budget, ref) for budget in Budget for ref in self.waiting[budget]]
        if waiting:
            budget, ref = self.rng.choice(waiting)
            self.waiting[budget].remove(ref)
            self.asked[budget].remove(ref)

    def step(self) -> None:
        rng, per_ns = self.rng, self.throttle.per_ns
        choices: list[tuple[int, Callable[[], object]]] = [
            (10, lambda: self.ask(ORDER)),
            (6, lambda: self.ask(CANCEL)),
            (1, self.withdraw),
            (8, self.pass_time),
            (self.steps_back, lambda: setattr(self, "behind_ns", self.behind_ns + rng.randint(0, per_ns))),
            (6, self.work),
        ]
        rng.choices([do for _, do in choices], [weight for weight, _ in choices])[0]()

    def pass_time(self) -> None:
        if self.sent_ns and self.rng.random() < 0.5:
            self.pass_until_one_is_back()
        else:
            self.true_ns += self.rng.randint(0, self.throttle.per_ns // self.rng.choice((1, 4, 20)))

    def pass_until_one_is_back(self) -> None:
        self.true_ns += max(0, self.sent_ns[0] + self.throttle.per_ns - self.now_ns)
        assert self.free(CANCEL) > 0


def run(seed: int) -> World:
    rng = random.Random(seed)
    messages = rng.randint(1, 12)
    throttle = Throttle(messages, per_ns=1_000, reserve=rng.randint(0, messages - 1))
    world = World(rng, throttle, steps_back=rng.choice((0, 1)))
    for _ in range(400):
        world.step()
    for _ in range(1_000):
        world.work()
        if not any(world.waiting.values()):
            return world
        world.true_ns += throttle.per_ns
    raise AssertionError("something waits for ever")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rate_holds_in_every_window_and_order_is_kept(seed: int) -> None:
    world = run(seed)
    at = [at for at, _, _ in world.sent]
    for first_ns in at:
        assert sum(first_ns <= ns < first_ns + world.throttle.per_ns for ns in at) <= world.throttle.messages
    for budget in Budget:
        assert [ref for _, b, ref in world.sent if b is budget] == world.asked[budget], (
            "neither lost, doubled nor passed"
        )


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_cancels_are_never_starved_by_orders(seed: int) -> None:
    """Orders press without a pause; `reserve` cancels in a window leave at once all the same."""
    rng = random.Random(seed)
    messages = rng.randint(2, 40)
    world = World(rng, Throttle(messages, 1_000, reserve=rng.randint(1, messages - 1)))
    for _ in range(20):
        for _ in range(rng.randint(0, 3 * messages)):
            world.ask(ORDER)
        world.work()
        for _ in range(world.throttle.reserve):
            assert world.ask(CANCEL), "it left at once"
        world.true_ns += 1_000
        world.work()


def test_the_whole_rate_can_be_used() -> None:
    world = World(random.Random(0), Throttle(50, 1_000_000, reserve=0))
    for _ in range(500):
        world.ask(ORDER)
    start_ns = world.true_ns
    while world.waiting[ORDER]:
        world.pass_until_one_is_back()
        world.work()
    assert len(world.sent) == 500 and world.true_ns - start_ns == 9 * 1_000_000


def test_a_clock_that_steps_back_gives_no_token_early() -> None:
    throttle, sent_ns = Throttle(1, 1_000, reserve=0), []
    on_sent(throttle, sent_ns, 5_000)
    assert free(throttle, sent_ns, CANCEL, 100, False) == 0
    on_sent(throttle, sent_ns, 4_000)  # nobody asked for room; it counts
    assert free(throttle, sent_ns, CANCEL, 5_999, False) == 0
    assert free(throttle, sent_ns, CANCEL, 6_000, False) == 1
