"""Messages of the last second under a limit that can span partitions: what is in use of it here, as `oms.core.credit` counts use.

A window counts messages by slices of a hundredth of a second; a slice counts until a second after it ends, so that a message counts for a second at
least and for ten milliseconds more at most. That is why a share of R holds, and the limit with it: at every moment a partition's messages of its
last second are at most what it holds, what all hold is at most the limit, so at most the limit was sent by all of them in that second.

    an order or amendment was accepted         one more, in the window of each limit that covers it, in force or not: who is let pass by a limit
                                               for one order alone has sent a message nevertheless
    it was refused by a check                  one more as well, but none beyond what is held: a flood of refused orders is over a second later
    it was refused as one too many, or of      nothing
    somebody who may send none
    the clock was set back                     what was counted later than now counts as of now, from the next message on: for a second, and not
                                               for as long as the clock was set back

A window does not know what is held, and changes by messages alone: shares may change at any moment, and leave every message counted.
"""

from collections.abc import Iterable

from oms.core.reasons import Reason
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk.state import RiskState

SLICE_NS = 10_000_000
"""A hundredth of a second: of a limit 99 % can be used all the time, and a window has 101 numbers at most."""

SLICES = 100
"""Before the present one, in a second."""

NO_MESSAGE = frozenset({Reason.MESSAGE_RATE_LIMIT, Reason.RATE_NOT_HELD, Reason.HALTED, Reason.ACCOUNT_NOT_OF_DESK})
"""Refusals that are no message: by a rate, for who sends it again in a moment is not made to wait for it, and of whoever may send none."""

Window = dict[int, int]
"""Slice (wall time by SLICE_NS) → messages."""


def of_last_second(window: Window, wall_ns: int) -> int:
    """Messages that count at a moment; those of a later one, by a clock that was set back, among them.

    >>> window = {100: 3, 200: 2}
    >>> [of_last_second(window, slice_ * SLICE_NS) for slice_ in (99, 200, 201, 301)]
    [5, 5, 2, 0]
    """
    oldest = wall_ns // SLICE_NS - SLICES
    return sum([messages for number, messages in window.items() if number >= oldest])


def note(window: Window, wall_ns: int, messages: int) -> None:
    """So many more now; what does not count any more goes with the first of a slice."""
    now = wall_ns // SLICE_NS
    if now not in window:
        messages += sum([later for number, later in window.items() if number > now])
        for number in [number for number in window if not now - SLICES <= number <= now]:
            del window[number]
    if messages:
        window[now] = window.get(now, 0) + messages


def note_accepted(state: RiskState, limits: Iterable[VersionedLimit], wall_ns: int) -> None:
    """A message was accepted that these limits of message rates cover."""
    for credit_id in _spanning(limits):
        note(state.windows.setdefault(credit_id, {}), wall_ns, 1)


def note_refused(state: RiskState, limits: Iterable[VersionedLimit], wall_ns: int, reason: Reason) -> None:
    """One was refused by a check."""
    for credit_id in _spanning(limits):
        window = state.windows.get(credit_id, {})
        counts = reason not in NO_MESSAGE and of_last_second(window, wall_ns) < _most(state, credit_id)
        note(window, wall_ns, int(counts))
        if window:
            state.windows[credit_id] = window
        if reason is Reason.RATE_NOT_HELD:
            state.rates_refused[credit_id] = wall_ns // SLICE_NS


def has_asked(state: RiskState, credit_id: str, wall_ns: int) -> bool:
    """Whether more was asked for in this hundredth of a second: a flood of refused orders is none of wishes."""
    return state.rates_refused.get(credit_id, -1) == wall_ns // SLICE_NS


def _spanning(limits: Iterable[VersionedLimit]) -> dict[str, None]:
    """Each once, though several of its versions may cover an order."""
    return {versioned.credit_id: None for versioned in limits if versioned.credit_id}


def _most(state: RiskState, credit_id: str) -> int:
    """What refused messages can fill: what is held, or of a limit that is not judged by credit all of it."""
    credit = state.credit_of(credit_id)
    return credit.held if credit is not None else state.index().spanning.limits[credit_id].limit.value
