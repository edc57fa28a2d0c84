"""Exposure: what an order reserves, what a fill moves, and the sums over orders that limits look at.

    reserved of an order   max over the terms that may be in force (the present ones, a pending replacement's) of their quantity,
                           less what is executed; never below zero; zero once the order is closed
    position               opening position (reference data) + signed fills

Invariants:
- one event moves a fill from reserved to position; there is no moment at which it is in neither, or in both; a correction or bust of it
  moves both back in one event, of an order that is closed the position alone;
- a fill that comes late or exceeds the reservation is booked in full, and reserves nothing negative;
- sums by (account, instrument, side) equal those over all open orders (see tests/property/test_exposure.py), and so do all those of
  `oms.core.risk.book`.

It does not know limits, and of the firm only this partition: a firm's or desk's position is that of its accounts here.
"""

from dataclasses import replace
from typing import TypeVar

from oms.core.commands import NewOrder, ReplaceOrder
from oms.core.enums import LimitScope
from oms.core.risk.state import RiskOrder, RiskState

K = TypeVar("K")


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
        if order.pending_px is not None:
            order.worst_px, order.value_px = order.pending_px
    order.pending = order.pending_px = None


def rebook(state: RiskState, order_id: str, order: RiskOrder) -> None:
    """Bring the order's reservation and all its sums up to what its terms say now."""
    book = state.book()
    due = reservation(order)
    order.reserved_qty = due
    book.book_order(state, order_id, order)


def move(state: RiskState, order: RiskOrder, signed_qty: int) -> None:
    """What its account holds, and what its trader and strategy have traded."""
    book = state.book()
    terms, who = order.terms, order.terms.provenance
    _add(state.moved, (terms.account_id, terms.instrument_id), signed_qty)
    book.move(terms.account_id, terms.instrument_id, signed_qty)
    for scope, name in ((LimitScope.TRADER, who.trader), (LimitScope.STRATEGY, who.strategy)):
        if name and order.value_px:
            _add(state.moved_by, (scope, name, terms.instrument_id), signed_qty)
            book.move_cell(scope, name, terms.instrument_id, signed_qty)


def position_of(state: RiskState, account_id: str, instrument_id: str) -> int:
    """Signed quantity held, the opening position included."""
    opening = state.index().openings.get((LimitScope.ACCOUNT, account_id, instrument_id), 0)
    return opening + state.moved.get((account_id, instrument_id), 0)


def worst_position(state: RiskState, scope: LimitScope, scope_id: str, instrument_id: str, sign: int) -> int:
    """The position of everyone in the scope, should all their open orders of one direction (+1 buys, −1 sales) fill."""
    return state.book().worst(scope, scope_id, instrument_id, sign)


def _add(sums: dict[K, int], key: K, change: int) -> None:
    total = sums.get(key, 0) + change
    if total:
        sums[key] = total
    else:
        sums.pop(key, None)
