"""How long to wait before connecting again, and where to. Pure: chance is a hash of who connects and of the attempt.

Delays double from `first_ns` up to `max_ns`. Jitter takes up to half of each away, so that the sessions of a venue that comes back do not all
knock at once; two sessions, or two owners of one, draw differently, and a replay draws the same.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_DOUBLINGS_MAX = 62  # beyond it every bound is reached
_BITS = 32

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reconnect:
    first_ns: int = 500_000_000
    max_ns: int = 30_000_000_000

    def __post_init__(self) -> None:
        assert 0 < self.first_ns <= self.max_ns, "delays are positive, and the first is the shortest"


def delay_ns(reconnect: Reconnect, who: str, attempt: int) -> int:
    """Before the attempt number `attempt` (1 = the first after a connection ended, or could not be made): half of the full delay to all of it."""
    assert attempt > 0, "attempts are counted from 1"
    full_ns = min(reconnect.first_ns << min(attempt - 1, _DOUBLINGS_MAX), reconnect.max_ns)
    digest = hashlib.blake2b(f"{who}\0{attempt}".encode(), digest_size=_BITS // 8).digest()
    return full_ns - (full_ns // 2 * int.from_bytes(digest, "big") >> _BITS)


def in_turn(addresses: Sequence[_T], attempt: int) -> tuple[_T, ...]:
    """All of them, each attempt beginning with the next one: the first attempt with the first."""
    at = (attempt - 1) % len(addresses)
    return (*addresses[at:], *addresses[:at])
