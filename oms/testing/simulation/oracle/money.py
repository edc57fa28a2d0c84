"""Limits of money that add up, by going through every order and trade from the first: no sum is kept, and no code of risk is used.

    bought, sold     every trade of the account at its price, as it stands now: corrected and busted ones as the venue left them
    open             every open order at its exposure price, for what it may still execute
    credit           bought less sold with one direction's open orders filled, the worse
    capital          bought and sold, and all that is open; a seed is within one day, so everything is of the day
    cash             bought less sold, with the open buys, beyond the account's balance
    counterparty     all trades of the venues' clearer and all that is open: nothing is settled within a day

Amounts are in dollars: prices at scale 4, quantities at scale 0. A limit in another currency is converted at the rates in force, rounded up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from oms.testing.simulation.oracle.authority import Known
from oms.v1.commands_pb2 import NewOrder
from oms.v1.enums_pb2 import (
    LIMIT_KIND_CAPITAL,
    LIMIT_KIND_CASH,
    LIMIT_KIND_COUNTERPARTY_EXPOSURE,
    LIMIT_KIND_CREDIT,
    SIDE_BUY,
)
from oms.v1.reference_pb2 import Limit
from oms.v1.risk_pb2 import ExposureCorrected, ExposureMoved, ExposureRepriced, OrderAccepted, ReplaceAccepted

UNIT = 10**8
"""Of an amount in a price (scale 4) times a quantity (scale 0)."""

KINDS = frozenset({LIMIT_KIND_CREDIT, LIMIT_KIND_CAPITAL, LIMIT_KIND_CASH, LIMIT_KIND_COUNTERPARTY_EXPOSURE})


@dataclass(slots=True)
class Paid:
    """One order. `trades`: execution id → (quantity, price) of what stands. `px`: at which what is open counts; `pending_px` as well."""

    terms: NewOrder
    px: int
    pending_px: int = 0
    trades: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        return 1 if self.terms.side == SIDE_BUY else -1

    @property
    def raw(self) -> int:
        return sum(qty * px for parts in self.trades.values() for qty, px in parts)

    @property
    def count_px(self) -> int:
        return max(self.px, self.pending_px)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was accepted: what is open of the order with it, and the price at which that counts."""

    qty: int
    value_px: int


@dataclass(slots=True)
class MoneyBook:
    """Of one partition, in the order of its valid records."""

    orders: dict[str, Paid] = field(default_factory=dict)

    def accepted(self, event: OrderAccepted) -> None:
        self.orders[event.order_id] = Paid(event.order, event.value_px)

    def replacing(self, event: ReplaceAccepted) -> None:
        self.orders[event.order_id].pending_px = event.value_px

    def settled(self, order_id: str, applied: bool) -> None:
        paid = self.orders[order_id]
        if applied and paid.pending_px:
            paid.px = paid.pending_px
        paid.pending_px = 0

    def moved(self, event: ExposureMoved) -> None:
        if event.order_id in self.orders:
            self.orders[event.order_id].trades.setdefault(event.exec_id, []).append((event.last_qty, event.last_px))

    def corrected(self, event: ExposureCorrected) -> None:
        if event.order_id not in self.orders:
            return
        trades = self.orders[event.order_id].trades
        trades.pop(event.exec_ref_id, None)
        if event.new_qty:
            trades[event.exec_id] = [(event.new_qty, event.new_px)]

    def repriced(self, event: ExposureRepriced) -> None:
        """So much of an inferred trade is the real one's now."""
        if event.order_id not in self.orders:
            return
        trades = self.orders[event.order_id].trades
        left = sum(qty for qty, _ in trades.pop(event.inferred_exec_id, [])) - event.last_qty
        if left > 0:
            trades[event.inferred_exec_id] = [(left, event.inferred_px)]
        trades.setdefault(event.exec_id, []).append((event.last_qty, event.last_px))

    # --- what is held against a limit

    def exceeded(
        self,
        limits: list[tuple[Limit, int]],
        known: Known,
        reserved: dict[str, int],
        order: NewOrder,
        order_id: str,
        asked: Asked,
    ) -> Iterator[str]:
        """Every limit that an acceptance breaks: beyond it, and further than before. `reserved`: by order, as it was."""
        for limit, version in limits:
            if limit.kind not in KINDS or (limit.kind == LIMIT_KIND_CASH and order.side != SIDE_BUY):
                continue
            before = self._used(limit, known, reserved, order, order_id, None)
            after = self._used(limit, known, reserved, order, order_id, asked)
            value = _amount(limit.value)
            if after > value and after > before:
                yield f"{limit.limit_id} (version {version}) is {value}, and this makes {after} of {before}"

    def _used(
        self, limit: Limit, known: Known, reserved: dict[str, int], order: NewOrder, order_id: str, asked: Asked | None
    ) -> int:
        account_id = "" if limit.kind == LIMIT_KIND_COUNTERPARTY_EXPOSURE else limit.scope_id
        bought, sold, buys, sells = self._sums(account_id, reserved, order_id if asked is not None else "")
        if asked is not None:
            paid = self.orders.get(order_id)
            px = max(asked.value_px, paid.count_px if paid is not None else 0)
            most = px * asked.qty
            if paid is not None:
                most = max(most, paid.count_px * reserved.get(order_id, 0))
            buys, sells = (buys + most, sells) if order.side == SIDE_BUY else (buys, sells + most)
        spent = bought - sold
        match limit.kind:
            case k if k == LIMIT_KIND_CREDIT:
                raw = max(abs(spent + buys), abs(spent - sells))
            case k if k == LIMIT_KIND_CASH:
                cash = sum(_amount(b.amount) for a in known.accounts() if a.account_id == account_id for b in a.cash)
                return (spent + buys) * UNIT - cash
            case _:
                raw = bought + sold + buys + sells
        return _in_currency(raw * UNIT, limit.currency, known)

    def _sums(self, account_id: str, reserved: dict[str, int], without: str) -> tuple[int, int, int, int]:
        """(bought, sold, open buys, open sales), raw; of everyone where no account is named; what is open of one order left out."""
        sums = [0, 0, 0, 0]
        for order_id, paid in self.orders.items():
            if account_id in ("", paid.terms.account_id):
                side = 0 if paid.sign > 0 else 1
                sums[side] += paid.raw
                sums[2 + side] += 0 if order_id == without else paid.count_px * reserved.get(order_id, 0)
        return sums[0], sums[1], sums[2], sums[3]


def _amount(value: object) -> int:
    return (value.hi << 64) + value.lo  # type: ignore[attr-defined, no-any-return]


def _in_currency(amount: int, currency: str, known: Known) -> int:
    if currency == "USD":
        return amount
    rates = {c: known.entities["fx_rate", c].fx_rate.rate_e9 for c in ("USD", currency)}
    return -(-amount * rates["USD"] // rates[currency])
