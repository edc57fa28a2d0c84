"""Which open orders a mass cancel covers: asked when it is decided (how many) and when its record is folded (which).

Of a venue or a counterparty these are the orders sent DIRECT there, and every smart order: what children one has where is the router's knowledge, which
cancels them and passes over the orders that have none there.
"""

from typing import NamedTuple

from oms.core.commands import NewOrder
from oms.core.enums import Algorithm, HaltScope
from oms.core.halts import client_of, venues_of
from oms.core.order_filter import OrderFilter, filter_of
from oms.core.reference import Reference
from oms.core.risk.state import RiskState
from oms.core.risk_events import MassCancelStarted


def orders_in(state: RiskState, wanted: OrderFilter, directed_only: bool = False) -> tuple[str, ...]:
    """Open orders that the filter covers. `directed_only`: of a venue only those sent there."""
    covers = _Cover(state.reference, wanted, venues_of(state.reference, wanted), directed_only)
    return tuple(order_id for order_id, o in state.open_orders.items() if covers(o.terms))


class _Cover(NamedTuple):
    """A filter with its venues looked up (None: it says nothing about them)."""

    reference: Reference
    wanted: OrderFilter
    venues: frozenset[str] | None
    directed_only: bool

    def __call__(self, t: NewOrder) -> bool:
        who, wanted = t.provenance, self.wanted
        client_id = client_of(self.reference, t.account_id) if wanted.client_id else ""
        known = t.desk_id, t.account_id, t.instrument_id, t.side, who.trader, who.strategy, who.source
        if not wanted.matches(*known, client_id):
            return False
        smart = t.algorithm is not Algorithm.DIRECT
        return self.venues is None or (not self.directed_only if smart else t.venue_id in self.venues)


def holds(state: RiskState, scope: HaltScope, scope_id: str, account_id: str, instrument_id: str) -> bool:
    """Whether a holding is one of the scope, and of a desk of this partition."""
    account = state.reference.accounts.get(account_id)
    desk = state.reference.desks.get(account.desk_id) if account is not None else None
    if account is None or desk is None or desk.partition != state.partition:
        return False
    of = {
        HaltScope.FIRM: "",
        HaltScope.DESK: account.desk_id,
        HaltScope.ACCOUNT: account_id,
        HaltScope.CLIENT: client_of(state.reference, account_id),
        HaltScope.INSTRUMENT: instrument_id,
    }
    return of.get(scope) == scope_id


def venues_left(state: RiskState, started: MassCancelStarted) -> tuple[str, ...]:
    """The venues that orders are taken off by a record's steps; none where they are cancelled as a whole."""
    venues = venues_of(state.reference, started.filter) if started.filter is not None else None
    return tuple(sorted(venues or ()))


def orders_of(state: RiskState, started: MassCancelStarted) -> tuple[str, ...]:
    """Those that a record covers."""
    if started.filter is not None:
        return orders_in(state, started.filter)
    if started.mass_cancel is not None:
        return orders_in(state, started.mass_cancel.filter)
    assert started.scope is not None, "a mass cancel of nobody"
    wanted = filter_of(started.scope, started.scope_id)
    assert wanted is not None, "a scope alone contradicts nothing"
    return orders_in(state, wanted, directed_only=True)


def stopped_by(state: RiskState, orders: tuple[NewOrder, ...], started: MassCancelStarted) -> frozenset[str]:
    """ClOrdIDs of orders of a program that wait to be judged when a mass cancel starts which covers them.

    Of a venue only those that would be sent there: what waits has nothing at any venue.
    """
    wanted = started.filter
    if wanted is None and started.mass_cancel is not None:
        wanted = started.mass_cancel.filter
    if wanted is None and started.scope is not None:
        wanted = filter_of(started.scope, started.scope_id)
    assert wanted is not None, "a mass cancel of nobody"
    covers = _Cover(state.reference, wanted, venues_of(state.reference, wanted), directed_only=True)
    return frozenset(o.cl_ord_id for o in orders if covers(o))
