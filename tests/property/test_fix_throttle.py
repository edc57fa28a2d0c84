"""INV-371, INV-372: the message throttle under random traffic, judged by the list of what left and when.

`World` is an owner: it asks, waits, sends, withdraws, lets time pass and has its clock step back. The venue judges by true time.
`SEED=` replays one schedule.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from oms.fix.throttle import (
    Admission,
    Budget,
    Throttle,
    ThrottleState,
    admit,
    late,
    next_due_ns,
    on_sent,
    on_told,
    on_waiting,
    on_withdrawn,
    position,
    ready,
)

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else list(range(60))
ORDER, CANCEL = Budget.ORDER, Budget.CANCEL


@dataclass
class World:
    rng: random.Random
    throttle: Throttle
    state: ThrottleState = field(default_factory=ThrottleState)
    true_ns: int = 10**18
    behind_ns: int = 0
    sent: list[tuple[int, Budget, str]] = field(default_factory=list)
    asked: dict[Budget, list[str]] = field(default_factory=lambda: {ORDER: [], CANCEL: []})
    told: list[str] = field(default_factory=list)
    steps_back: int = 0
    count: int = 0

    @property
    def now_ns(self) -> int:
        return self.true_ns - self.behind_ns

    def in_window(self) -> list[Budget]:
        return [budget for at, budget, _ in self.sent if at > self.true_ns - self.throttle.per_ns]

    def ask(self, budget: Budget) -> Admission:
        self.count += 1
        ref = f"{budget.name}-{self.count}"
        answer = admit(self.throttle, self.state, budget, self.now_ns)
        match answer:
            case Admission.SEND:
                self.asked[budget].append(ref)
                self.leave(budget, ref)
            case Admission.WAIT:
                self.asked[budget].append(ref)
                on_waiting(self.state, budget, ref, self.now_ns)
            case Admission.REFUSE:
                assert budget is ORDER and len(self.state.orders) == self.throttle.waiting_max
        exact = not self.throttle.margin_ns and not self.behind_ns
        if budget is CANCEL and answer is Admission.WAIT and exact and len(self.state.cancels) == 1:
            assert self.in_window().count(CANCEL) >= self.throttle.reserve, "cancels wait behind cancels only"
        return answer

    def leave(self, budget: Budget, ref: str) -> None:
        on_sent(self.throttle, self.state, ref, self.now_ns)
        self.sent.append((self.true_ns, budget, ref))
        window = self.in_window()
        assert len(window) <= self.throttle.messages
        if budget is ORDER:
            assert len(window) <= self.throttle.messages - self.throttle.reserve, "an order took from the reserve"
            assert not self.state.cancels, "an order passed a cancel that waits"

    def work(self) -> None:
        for ref in ready(self.throttle, self.state, self.now_ns):
            assert position(self.state, ref) == 0
            self.leave(CANCEL if ref in self.state.cancels else ORDER, ref)
        due_ns = next_due_ns(self.throttle, self.state)
        assert due_ns is None or due_ns > self.now_ns
        found = late(self.throttle, self.state, self.now_ns)
        on_told(self.state, found, self.now_ns)
        self.told += found
        assert not late(self.throttle, self.state, self.now_ns)

    def withdraw(self) -> None:
        waiting = [*self.state.orders, *self.state.cancels]
        if waiting:
            ref = self.rng.choice(waiting)
            on_withdrawn(self.state, ref)
            self.asked[ORDER if ref.startswith("ORDER") else CANCEL].remove(ref)

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
        due_ns = next_due_ns(self.throttle, self.state)
        if due_ns is not None and self.rng.random() < 0.5:
            self.true_ns += max(0, due_ns - self.now_ns)
            assert ready(self.throttle, self.state, self.now_ns), "something is due, and nothing is ready"
        else:
            self.true_ns += self.rng.randint(0, self.throttle.per_ns // self.rng.choice((1, 4, 20)))


def run(seed: int) -> World:
    rng = random.Random(seed)
    messages = rng.randint(1, 12)
    throttle = Throttle(
        messages,
        per_ns=1_000,
        reserve=rng.randint(0, messages - 1),
        margin_ns=rng.choice((0, 0, 50)),
        waiting_max=rng.choice((0, 3, 100)),
        late_ns=rng.choice((100, 2_500)),
    )
    world = World(rng, throttle, steps_back=rng.choice((0, 1)))
    for _ in range(400):
        world.step()
    for _ in range(1_000):
        world.work()
        due_ns = next_due_ns(throttle, world.state)
        if due_ns is None:
            return world
        world.true_ns += due_ns - world.now_ns
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
    assert len(set(world.told)) == len(world.told)


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
            assert world.ask(CANCEL) is Admission.SEND
        world.true_ns += 1_000
        world.work()


def test_the_whole_rate_can_be_used() -> None:
    throttle = Throttle(50, 1_000_000, reserve=0)
    world = World(random.Random(0), throttle)
    for _ in range(500):
        world.ask(ORDER)
    start_ns = world.true_ns
    while (due_ns := next_due_ns(throttle, world.state)) is not None:
        world.true_ns += max(0, due_ns - world.now_ns)
        world.work()
    assert len(world.sent) == 500 and world.true_ns - start_ns == 9 * 1_000_000


def test_a_clock_that_steps_back_gives_no_token_early() -> None:
    throttle, state = Throttle(1, 1_000, reserve=0), ThrottleState()
    on_sent(throttle, state, "a", 5_000)
    assert admit(throttle, state, CANCEL, 100) is Admission.WAIT
    on_sent(throttle, state, "heartbeat", 4_000)  # not asked for; it counts
    assert admit(throttle, state, CANCEL, 5_999) is Admission.WAIT
    assert admit(throttle, state, CANCEL, 6_000) is Admission.SEND


def test_what_waits_too_long_is_told_once() -> None:
    throttle, state = Throttle(1, 10_000, reserve=0, late_ns=100), ThrottleState()
    on_sent(throttle, state, "first", 0)
    on_waiting(state, ORDER, "a", 0)
    on_waiting(state, CANCEL, "b", 50)
    assert late(throttle, state, 100) == [] and late(throttle, state, 101) == ["a"]
    on_told(state, ["a"], 101)
    assert late(throttle, state, 150) == [] and late(throttle, state, 151) == ["b"]
    assert position(state, "a") == 0 and position(state, "b") == 0 and position(state, "c") is None
