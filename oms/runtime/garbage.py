"""How long a process may stand still for what Python does behind its back: looking for garbage, and handing its lock from thread to thread.

Almost all that is made here is kept (state) or dropped at once, by its reference count. So a look for cycles finds next to nothing, stops every
thread while it lasts, and a look at everything lasts a second in a process that keeps ten thousand orders: with Python's own thresholds
(700, 10, 10) that was a fifth of its time.
"""

import gc
import sys

THRESHOLDS = (20_000, 20, 20)
STAGE_THRESHOLDS = (10_000, 2, 20_000)
"""A stage makes no cycles but those of exceptions, and a halt must not wait: looks at what is new, a few milliseconds each; at everything
once in hundreds of millions of objects."""

SWITCH_S = 0.001
"""After so long a thread of a stage gives its lock to one that waits, five times as often as by default: whoever brings a halt waits for as
many turns as the process has partitions."""


def look_seldom() -> None:
    """For every process that keeps orders; once, at its start."""
    gc.set_threshold(*THRESHOLDS)


def never_stand_still() -> None:
    """For a process that decides."""
    gc.set_threshold(*STAGE_THRESHOLDS)
    sys.setswitchinterval(SWITCH_S)
