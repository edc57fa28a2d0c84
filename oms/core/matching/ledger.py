"""The fills that can still be busted or corrected, by the latest ExecID of each chain of corrections (FIX ExecRefID, 19).

It keeps `FILLS_KEPT_MAX` per book and forgets the oldest; what is forgotten cannot be busted any more. It notes what changed since
it was last asked, so that a log need not write everything again: fills, and the orders of fills that ended or changed after their end.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from oms.core.enums import Liquidity
from oms.core.matching.messages import BookError
from oms.core.matching.orders import Order

FILLS_KEPT_MAX = (
    10_000  # what a venue decides about within minutes; bounds memory (about 3 MB a book), checkpoints and recovery
)


@dataclass(slots=True)
class Fill:
    """`contra_exec_id`: the other order's fill of the same trade, "" where the other side was the tape."""

    exec_id: str
    order: Order
    last_px: int
    last_qty: int
    liquidity: Liquidity
    contra_exec_id: str


class Ledger:
    __slots__ = ("_fills", "_kept", "_noted", "_touched")

    def __init__(self, fills: Iterable[Fill] = ()) -> None:
        self._fills = {fill.exec_id: fill for fill in fills}
        self._kept = deque(self._fills)  # oldest first; what was dropped meanwhile is passed over
        self._touched: dict[str, None] | None = None  # nobody has asked yet: nothing is noted
        self._noted: dict[str, Order] = {}

    def add(self, fill: Fill) -> None:
        self._fills[fill.exec_id] = fill
        self._kept.append(fill.exec_id)
        if self._touched is not None:
            self._touched[fill.exec_id] = None
        while len(self._fills) > FILLS_KEPT_MAX:
            self.drop(self._kept.popleft())

    def drop(self, exec_id: str) -> None:
        """Nothing where it is gone already."""
        if self._fills.pop(exec_id, None) is not None and self._touched is not None:
            self._touched[exec_id] = None

    def note(self, order: Order) -> None:
        """An order with fills has ended, or is another after its end."""
        if self._touched is not None:
            self._noted[order.order_id] = order

    def get(self, exec_id: str) -> Fill:
        """BookError where there is no such fill, or a later one took its place."""
        fill = self._fills.get(exec_id)
        if fill is None:
            text = f"never made, busted, corrected, or older than the last {FILLS_KEPT_MAX}"
            raise BookError(f"no execution {exec_id}: {text}")
        return fill

    def both(self, exec_id: str) -> list[Fill]:
        """The fill and the other side's of the same trade, where that was an order."""
        fill = self.get(exec_id)
        return [fill, self.get(fill.contra_exec_id)] if fill.contra_exec_id else [fill]

    def fills(self) -> Iterable[Fill]:
        """Oldest first."""
        return self._fills.values()

    def changed(self) -> tuple[list[tuple[str, Fill | None]], list[Order]]:
        """What changed since this was last asked: (ExecID, its fill; None where it is gone), and whose orders. First: everything."""
        touched = self._fills if self._touched is None else self._touched
        fills = [(exec_id, self._fills.get(exec_id)) for exec_id in touched]
        orders = {**self._noted, **{fill.order.order_id: fill.order for _, fill in fills if fill is not None}}
        self._touched, self._noted = {}, {}
        return fills, list(orders.values())
