"""With whom an order would trade: the one walk through the other side of the book, which changes nothing.

What it decides: the steps, in order, for an order that may trade up to a rung and wants a quantity.
- Better prices first; at one price the displayed orders in time, each after the external quantity that was displayed before it came,
  then what is left of the external quantity, then the further slices of icebergs in turn, then the hidden orders in time.
- An order that does not take the size on offer (all-or-none, minimum quantity) is passed over and blocks nobody. External quantity
  ahead of it is served before that is found out.
- An order of the same owner that would trade is a step without quantity, where one of the two asked for self-match prevention
  (the incoming order's instruction counts, else the resting one's); the walk ends there if the incoming order is to be cancelled.
  An own order that the walk does not reach, because the quantity is used up before it or it is passed over, is not touched.
"""

from collections import deque
from typing import NamedTuple

from oms.core.enums import SelfMatchPrevention
from oms.core.matching.half import Half
from oms.core.matching.orders import Level, Order

_CANCEL_PASSIVE = SelfMatchPrevention.CANCEL_PASSIVE


class Step(NamedTuple):
    """`contra` None: external quantity. `qty` 0: an order of the same owner was reached."""

    contra: Order | None
    qty: int


class Walk:
    """`total`: what would be executed. `stopped`: the incoming order is to be cancelled where the steps end."""

    __slots__ = ("order", "steps", "stopped", "total", "want")

    def __init__(self, order: Order, want: int) -> None:
        self.order = order
        self.want = want
        self.total = 0
        self.stopped = False
        self.steps: list[Step] = []

    def through(self, half: Half, limit: int | None) -> "Walk":
        """`limit`: the highest rung that may be reached, None for all."""
        rung, tape = half.prices.first(), half.tape_rung()
        while self.want:
            if tape is not None and (rung is None or tape < rung):
                if limit is not None and tape > limit:
                    break
                self._external(half.available)
                tape = None
                continue
            if rung is None or (limit is not None and rung > limit):
                break
            self._level(half.levels[rung], half.available if rung == tape else 0)
            if rung == tape:
                tape = None
            rung = half.prices.after(rung)
        return self

    def _external(self, available: int) -> None:
        qty = min(available, self.want)
        self.steps.append(Step(None, qty))
        self.want -= qty
        self.total += qty

    def _level(self, level: Level, external: int) -> None:
        used = 0
        slices: deque[tuple[Order, int]] = deque()
        contra = level.shown.head
        while contra is not None and self.want:
            if used < external:
                before = min(level.ahead_of(contra) or 0, external) - used
                if before > 0:
                    used += min(before, self.want)
                    self._external(before)
            if self.want and self._meet(contra, contra.shown) and contra.leaves > contra.shown:
                slices.append((contra, contra.leaves - contra.shown))
            contra = contra.next
        if self.want and used < external:
            self._external(external - used)
        while slices and self.want:
            contra, left = slices.popleft()
            assert contra.display_qty
            size = min(contra.display_qty, left)
            if self._meet(contra, size) and left > size:
                slices.append((contra, left - size))
        contra = level.hidden.head
        while contra is not None and self.want:
            self._meet(contra, contra.leaves)
            contra = contra.next

    def _meet(self, contra: Order, size: int) -> bool:
        """True if all of `size` was traded."""
        order, qty = self.order, min(size, self.want)
        if (contra.all_or_none or contra.min_left) and qty < contra.least:
            return False
        if order.smp_id and order.smp_id == contra.smp_id:
            instruction = order.smp or contra.smp
            if instruction is not None:
                self.steps.append(Step(contra, 0))
                if instruction is not _CANCEL_PASSIVE:
                    self.stopped, self.want = True, 0
                return False
        self.steps.append(Step(contra, qty))
        self.want -= qty
        self.total += qty
        return qty == size
