"""A venue's message throttle, kept on our side: never more than so many messages in any window of so long, and cancels first.

The bucket has `messages` tokens. A message takes one, and it is back `per_ns` later, not sooner: so the bound holds for every window, wherever
it begins, and the whole rate can be used (a bucket that refills evenly would give away one of the two).

New and replace leave the last `reserve` tokens alone, and every one while a cancel waits; a cancel may take them all. So whatever orders do,
`reserve` cancels can leave at once, and a cancel waits only where the window's last `reserve` messages were cancels themselves.

`free` changes nothing, `on_sent` does. The tokens in use are plain data of the owner's: when each was taken, oldest first. A clock that steps back
gives no token early (one that jumps forward does). Which message is a cancel, and what waits in which order, is the owner's.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Budget(IntEnum):
    ORDER = 0  # new, replace, status requests: everything that can wait
    CANCEL = 1  # cancel, mass cancel


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `messages` in any `per_ns`, of which orders leave `reserve` to cancels."""

    messages: int
    per_ns: int
    reserve: int

    def __post_init__(self) -> None:
        assert 0 <= self.reserve < self.messages and self.per_ns > 0, "a throttle lets something through"

    def limit(self, budget: Budget) -> int:
        """How many tokens may be in use once it has taken one."""
        return self.messages if budget is Budget.CANCEL else self.messages - self.reserve


def free(throttle: Throttle, sent_ns: Sequence[int], budget: Budget, now_ns: int, cancels_wait: bool) -> int:
    """How many messages of this budget may leave now, one after the other. `sent_ns`: the tokens in use."""
    if budget is Budget.ORDER and cancels_wait:
        return 0
    in_use = len(sent_ns) - _returned(throttle, sent_ns, now_ns)
    return max(0, throttle.limit(budget) - in_use)


def on_sent(throttle: Throttle, sent_ns: list[int], now_ns: int) -> None:
    """A message left, be it one that nobody asked room for: it counts at the venue."""
    last_ns = sent_ns[-1] if sent_ns else now_ns
    del sent_ns[: _returned(throttle, sent_ns, now_ns)]
    sent_ns.append(max(now_ns, last_ns))


def _returned(throttle: Throttle, sent_ns: Sequence[int], now_ns: int) -> int:
    """How many of the tokens, the oldest, are back."""
    return bisect_right(sent_ns, now_ns - throttle.per_ns)
