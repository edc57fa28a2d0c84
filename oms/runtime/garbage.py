"""How often a process looks for garbage that reference counts do not free: cycles.

Almost all that is made here is kept (state) or dropped at once, so a look finds nothing, stops every thread while it lasts, and in a process
that keeps many orders the whole look lasts a second. With Python's own thresholds (700, 10, 10) one with ten thousand open orders spends
a fifth of its time on it.
"""

import gc

THRESHOLDS = (20_000, 20, 20)


def look_seldom() -> None:
    """For every process that keeps orders; once, at its start."""
    gc.set_threshold(*THRESHOLDS)
