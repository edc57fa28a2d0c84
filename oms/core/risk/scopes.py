"""Which open orders a mass cancel covers: asked when it is decided (how many) and when its record is folded (which).

Of a venue these are the orders sent DIRECT to it, and every smart order: what children one has where is the router's knowledge, which
cancels them and passes over the orders that have none there.
"""

from oms.core.commands import NewOrder
from oms.core.enums import Algorithm
from oms.core.order_filter import OrderFilter, filter_of
from oms.core.risk.state import RiskState
from oms.core.risk_events import MassCancelStarted


def orders_in(state: RiskState, wanted: OrderFilter, directed_only: bool = False) -> tuple[str, ...]:
    """Open orders that the filter covers. `directed_only`: of a venue only those sent there."""
    return tuple(order_id for order_id, o in state.open_orders.items() if _covers(wanted, o.terms, directed_only))


def _covers(wanted: OrderFilter, t: NewOrder, directed_only: bool) -> bool:
    who = t.provenance
    if not wanted.matches(t.desk_id, t.account_id, t.instrument_id, t.side, who.trader, who.strategy, who.source):
        return False
    smart = t.algorithm is not Algorithm.DIRECT and not directed_only
    return not wanted.venue_id or smart or (t.algorithm is Algorithm.DIRECT and t.venue_id == wanted.venue_id)


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


def stopped_by(orders: tuple[NewOrder, ...], started: MassCancelStarted) -> frozenset[str]:
    """ClOrdIDs of orders of a program that wait to be judged when a mass cancel starts which covers them.

    Of a venue only those that would be sent there: what waits has nothing at any venue.
    """
    wanted = started.filter
    if wanted is None and started.mass_cancel is not None:
        wanted = started.mass_cancel.filter
    if wanted is None and started.scope is not None:
        wanted = filter_of(started.scope, started.scope_id)
    assert wanted is not None, "a mass cancel of nobody"
    return frozenset(o.cl_ord_id for o in orders if _covers(wanted, o, directed_only=True))
