"""The arithmetic of a TWAP: when its slices are due and how much should have been done by then.

A TWAP of n slices over [start, end) has slice k (1…n) due at start + (k − 1)(end − start)/n. Its cumulative target after slice k is
total × k / n, rounded down to whole lots; after the last it is the total. What a slice could not do is in the next one's target.

Catch-up rule: whatever was missed (a halt, a late start, a process that was down), one slice asks for at most twice the quantity planned
for it (planned: its target minus the one before, and at least a lot). After the last slice, what is left is tried again in steps of a
fifth of the slices' spacing, until the end. So a delay is made up by doubling the pace, never by a burst; at the end time the rest is
cancelled.

It does not know orders, venues or halts.
"""

from dataclasses import dataclass

CATCH_UP_FACTOR = 2
"""A slice sends at most this many times its plan."""

CATCH_UP_STEPS = 5
"""Tries per slice spacing after the last slice."""

STEP_NS_MIN = 100_000_000
"""No two slices of one order are set closer than this: each leaves a record."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`total` and `lot` at the instrument's quantity scale; times are tape nanoseconds."""

    start_ns: int
    end_ns: int
    slices: int
    total: int
    lot: int

    def slice_at(self, now_ns: int) -> int:
        """The number of the newest slice whose time has come; 0 before the start."""
        if now_ns < self.start_ns:
            return 0
        span = max(1, self.end_ns - self.start_ns)
        # The largest k with due_ns(k) <= now; due times are rounded down to whole nanoseconds.
        index = ((now_ns - self.start_ns + 1) * self.slices - 1) // span + 1
        return min(index, self.slices)

    def due_ns(self, number: int) -> int:
        return self.start_ns + (number - 1) * (self.end_ns - self.start_ns) // self.slices

    def target(self, number: int) -> int:
        """The quantity that should be done once slice `number` is."""
        if number >= self.slices:
            return self.total
        return self.total * number // (self.slices * self.lot) * self.lot

    def planned(self, number: int) -> int:
        return self.target(number) - self.target(number - 1) if number > 0 else 0

    def qty_to_send(self, number: int, done_qty: int) -> int:
        """What slice `number` asks for when `done_qty` is executed or under way."""
        cap = CATCH_UP_FACTOR * max(self.planned(number), self.lot)
        return max(0, min(self.target(number) - done_qty, cap))

    def next_due_ns(self, now_ns: int) -> int | None:
        """When the slice after the one at `now_ns` is due; None where the end comes first."""
        number = self.slice_at(now_ns)
        if number < self.slices:
            due = self.due_ns(number + 1)
        else:
            due = now_ns + max(STEP_NS_MIN, (self.end_ns - self.start_ns) // self.slices // CATCH_UP_STEPS)
        return due if due < self.end_ns else None
