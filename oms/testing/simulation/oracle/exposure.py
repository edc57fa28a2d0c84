"""Orders as risk's valid events have them, and exposure by going through all of them: no sum is kept.

reserved of an order   the larger of its quantity and that of a replacement pending, less what is executed; 0 once closed
position               opening position + every fill, signed
"""

from dataclasses import dataclass, field

from oms.testing.simulation.oracle.authority import Known
from oms.v1.commands_pb2 import NewOrder, ReplaceOrder
from oms.v1.enums_pb2 import SIDE_BUY


@dataclass(slots=True)
class Order:
    """`order_qty`, `price`: the terms in force at the router. `fills`: execution id → signed quantity, of what stands;
    `gone`: names that corrections and busts have ended; `parts`: of a trade that took the place of an inferred fill, so much."""

    order_id: str
    terms: NewOrder
    order_qty: int
    pending: ReplaceOrder | None = None
    is_open: bool = True
    fills: dict[str, int] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        return 1 if self.terms.side == SIDE_BUY else -1

    @property
    def cum_qty(self) -> int:
        return abs(sum(self.fills.values()))

    def knows(self, exec_id: str) -> bool:
        return exec_id in self.fills or exec_id in self.gone

    def reserved(self, at_least: int = 0) -> int:
        """`at_least`: a quantity that it is about to be given as well."""
        if not self.is_open:
            return 0
        most = max(self.order_qty, at_least, self.pending.order_qty if self.pending is not None else 0)
        return max(0, most - self.cum_qty)


@dataclass(slots=True)
class Orders:
    """Every order of a partition that was ever accepted."""

    by_id: dict[str, Order] = field(default_factory=dict)

    def position(self, known: Known, account_id: str, instrument_id: str) -> int:
        opening = sum(
            opened.qty
            for account in known.accounts()
            if account.account_id == account_id
            for opened in account.opening_positions
            if opened.instrument_id == instrument_id
        )
        return opening + sum(self._moved(order) for order in self._of(account_id, instrument_id))

    def worst(self, known: Known, account_id: str, instrument_id: str, sign: int) -> int:
        """The position, should every open order of one direction fill."""
        reserved = sum(o.reserved() for o in self._of(account_id, instrument_id) if o.sign == sign)
        return self.position(known, account_id, instrument_id) + sign * reserved

    def count_open(self, accounts: set[str], instrument_id: str) -> int:
        return sum(
            order.is_open and order.terms.account_id in accounts and instrument_id in ("", order.terms.instrument_id)
            for order in self.by_id.values()
        )

    def held(self) -> dict[tuple[str, str], int]:
        """What fills moved, by (account, instrument); zeros left out."""
        sums: dict[tuple[str, str], int] = {}
        for order in self.by_id.values():
            key = (order.terms.account_id, order.terms.instrument_id)
            sums[key] = sums.get(key, 0) + self._moved(order)
        return {key: qty for key, qty in sums.items() if qty}

    def _of(self, account_id: str, instrument_id: str) -> list[Order]:
        return [
            order
            for order in self.by_id.values()
            if (order.terms.account_id, order.terms.instrument_id) == (account_id, instrument_id)
        ]

    @staticmethod
    def _moved(order: Order) -> int:
        return sum(order.fills.values())
