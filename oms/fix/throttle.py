"""A venue's message throttle, kept on our side: never more than so many messages in any window of so long, and cancels first.

The bucket has `messages` tokens. A message takes one, and it is back `per_ns` later, not sooner: so the bound holds for every window, wherever
it begins, and the whole rate can be used (a bucket that refills evenly would give away one of the two).

- New and replace leave the last `reserve` tokens alone; a cancel may take every one. So whatever orders do, `reserve` cancels can leave at once,
  and a cancel waits only where the window's last `reserve` messages were cancels themselves.
- What has no token waits, in order within its budget; no order leaves while a cancel waits. A cancel is never refused; an order is
  once `waiting_max` wait. What waits longer than `late_ns` is told, once.

`decide` and `evolve` as elsewhere: the functions that ask change nothing, those named `on_…` are the only ones that do. The state is plain
data. A clock that steps back gives no token early (one that jumps
forward does). Which message is a cancel, and what the reference of a message is, is the owner's.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum


class Budget(IntEnum):
    ORDER = 0  # new, replace, status requests: everything that can wait
    CANCEL = 1  # cancel, mass cancel


class Admission(IntEnum):
    SEND = 0  # now; tell `on_sent`
    WAIT = 1  # tell `on_waiting`; `ready` names it when it is its turn
    REFUSE = 2  # too many wait


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `messages` in any `per_ns`, of which orders leave `reserve` to cancels.

    `margin_ns`: how much closer together messages may arrive at the venue than they left here; tokens are back that much later.
    """

    messages: int
    per_ns: int
    reserve: int
    margin_ns: int = 0
    waiting_max: int = 1_000
    late_ns: int = 1_000_000_000

    def __post_init__(self) -> None:
        assert 0 <= self.reserve < self.messages and self.per_ns > 0, "a throttle lets something through"
        assert self.margin_ns >= 0 and self.waiting_max >= 0 and self.late_ns >= 0

    def limit(self, budget: Budget) -> int:
        """How many tokens may be in use once it has taken one."""
        return self.messages if budget is Budget.CANCEL else self.messages - self.reserve


@dataclass(slots=True)
class ThrottleState:
    """`sent_ns`: the tokens in use, by when they were taken, oldest first. `orders`, `cancels`: what waits, reference → since when, in order.
    `told`: those of them that were told to be late."""

    sent_ns: deque[int] = field(default_factory=deque)
    orders: dict[str, int] = field(default_factory=dict)
    cancels: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)

    def waiting(self, budget: Budget) -> dict[str, int]:
        return self.cancels if budget is Budget.CANCEL else self.orders


# Asking


def admit(throttle: Throttle, state: ThrottleState, budget: Budget, now_ns: int) -> Admission:
    """What becomes of a message of this budget that comes now."""
    queue = state.waiting(budget)
    if not queue and not state.cancels and _in_use(throttle, state, now_ns) < throttle.limit(budget):
        return Admission.SEND
    if budget is Budget.ORDER and len(queue) >= throttle.waiting_max:
        return Admission.REFUSE
    return Admission.WAIT


def free(throttle: Throttle, state: ThrottleState, budget: Budget, now_ns: int) -> int:
    """How many messages of this budget may leave now, one after the other."""
    if budget is Budget.ORDER and state.cancels:
        return 0
    return max(0, throttle.limit(budget) - _in_use(throttle, state, now_ns))


def ready(throttle: Throttle, state: ThrottleState, now_ns: int) -> list[str]:
    """What waits and may leave now, in that order: cancels, then orders."""
    in_use = _in_use(throttle, state, now_ns)
    cancels = list(state.cancels)[: max(0, throttle.limit(Budget.CANCEL) - in_use)]
    if len(cancels) < len(state.cancels):
        return cancels
    free = throttle.limit(Budget.ORDER) - in_use - len(cancels)
    return cancels + list(state.orders)[: max(0, free)]


def next_due_ns(throttle: Throttle, state: ThrottleState) -> int | None:
    """From when on `ready` names something (a moment gone by: now); None: nothing waits."""
    if not state.cancels and not state.orders:
        return None
    limit = throttle.limit(Budget.CANCEL if state.cancels else Budget.ORDER)
    if len(state.sent_ns) < limit:
        return 0
    return state.sent_ns[len(state.sent_ns) - limit] + throttle.per_ns + throttle.margin_ns


def position(state: ThrottleState, ref: str) -> int | None:
    """How many of its budget leave before it; None: it does not wait."""
    for queue in (state.cancels, state.orders):
        if ref in queue:
            return list(queue).index(ref)
    return None


def late(throttle: Throttle, state: ThrottleState, now_ns: int) -> list[str]:
    """What waits too long and was not told yet, oldest first of each budget; tell `on_told`."""
    return [
        ref
        for queue in (state.cancels, state.orders)
        for ref, since_ns in queue.items()
        if now_ns - since_ns > throttle.late_ns and ref not in state.told
    ]


def _in_use(throttle: Throttle, state: ThrottleState, now_ns: int) -> int:
    back_ns = now_ns - throttle.per_ns - throttle.margin_ns
    returned = 0
    for sent_ns in state.sent_ns:
        if sent_ns > back_ns:
            break
        returned += 1
    return len(state.sent_ns) - returned


# Changing


def on_sent(throttle: Throttle, state: ThrottleState, ref: str, now_ns: int) -> None:
    """It left, whether it waited or not. Also for what is not asked for and counts at the venue (`ref` of nothing that waits)."""
    on_withdrawn(state, ref)
    last_ns = state.sent_ns[-1] if state.sent_ns else now_ns
    for _ in range(len(state.sent_ns) - _in_use(throttle, state, now_ns)):
        state.sent_ns.popleft()
    state.sent_ns.append(max(now_ns, last_ns))


def on_waiting(state: ThrottleState, budget: Budget, ref: str, now_ns: int) -> None:
    assert ref not in state.orders and ref not in state.cancels, f"{ref} waits already"
    state.waiting(budget)[ref] = now_ns


def on_withdrawn(state: ThrottleState, ref: str) -> None:
    """It is not to be sent any more: a new order that was cancelled while it waited."""
    state.orders.pop(ref, None)
    state.cancels.pop(ref, None)
    state.told.pop(ref, None)


def on_told(state: ThrottleState, refs: Iterable[str], now_ns: int) -> None:
    for ref in refs:
        state.told[ref] = now_ns
