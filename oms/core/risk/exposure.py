"""Exposure: what an order reserves, what a fill moves, and the sums over orders that limits look at.

    reserved of an order   max over the terms that may be in force (the present ones, a pending replacement's) of their quantity,
                           less what is executed; never below zero; zero once the order is closed
    position               opening position (reference data) + signed fills

Invariants:
- one event moves a fill from reserved to position; there is no moment at which it is in neither, or in both; a correction or bust of it
  moves both back in one event, of an order that is closed the position alone;
- a fill that comes late or exceeds the reservation is booked in full, and reserves nothing negative;
- sums by (account, instrument, side) equal those over all open orders (see tests/property/test_exposure.py).

It does not know limits, and of the firm only this partition: a firm's or desk's position is that of its accounts here.
"""

from dataclasses import replace
from typing import TypeVar

from oms.core.commands import NewOrder, ReplaceOrder
from oms.core.enums import LimitScope, Side
from oms.core.risk.state import RiskOrder, RiskState

K = TypeVar("K")

_DIRECTIONS = {1: (Side.BUY,), -1: (Side.SELL, Side.SELL_SHORT)}


def reservation(order: RiskOrder) -> int:
    if not order.is_open:
        return 0
    qty = order.terms.order_qty
    if order.pending is not None:
        qty = max(qty, order.pending.order_qty)
    return max(0, qty - order.cum_qty)


def replaced_terms(terms: NewOrder, asked: ReplaceOrder) -> NewOrder:
    """The order as it would be under the replacement. TWAP parameters that are not given stay as they were."""
    return replace(
        terms,
        order_qty=asked.order_qty,
        price=asked.price,
        twap=asked.twap if asked.twap is not None else terms.twap,
        good_until_ns=asked.good_until_ns,
        instructions=asked.instructions,
    )


def settle(order: RiskOrder, applied: bool, order_qty: int) -> None:
    """The router works under the pending replacement from here on, or as before. It may have applied another quantity than asked."""
    if applied and order.pending is not None:
        order.terms = replace(replaced_terms(order.terms, order.pending), order_qty=order_qty)
    order.pending = None


def rebook(state: RiskState, order: RiskOrder) -> None:
    """Bring the order's reservation and its sum up to what its terms say now."""
    due = reservation(order)
    terms = order.terms
    _add(state.reserved, (terms.account_id, terms.instrument_id, terms.side), due - order.reserved_qty)
    order.reserved_qty = due


def count_open(state: RiskState, terms: NewOrder, change: int) -> None:
    """One open order more or less for everyone whom a limit could bind, for its instrument and for all."""
    holders = (
        (LimitScope.FIRM, ""),
        (LimitScope.DESK, terms.desk_id),
        (LimitScope.ACCOUNT, terms.account_id),
    )
    for scope, scope_id in holders:
        _add(state.open_counts, (scope, scope_id, ""), change)
        _add(state.open_counts, (scope, scope_id, terms.instrument_id), change)


def move(state: RiskState, account_id: str, instrument_id: str, signed_qty: int) -> None:
    _add(state.moved, (account_id, instrument_id), signed_qty)


def position_of(state: RiskState, account_id: str, instrument_id: str) -> int:
    """Signed quantity held, the opening position included."""
    held = (account_id, instrument_id)
    return state.index().openings.get(held, 0) + state.moved.get(held, 0)


def worst_position(state: RiskState, scope: LimitScope, scope_id: str, instrument_id: str, sign: int) -> int:
    """The position of everyone in the scope, should all their open orders of one direction (+1 buys, −1 sales) fill."""
    total = 0
    for account_id in state.index().accounts.get((scope, scope_id), ()):
        total += position_of(state, account_id, instrument_id)
        for side in _DIRECTIONS[sign]:
            total += sign * state.reserved.get((account_id, instrument_id, side), 0)
    return total


def _add(sums: dict[K, int], key: K, change: int) -> None:
    total = sums.get(key, 0) + change
    if total:
        sums[key] = total
    else:
        sums.pop(key, None)
