"""Which open orders a mass cancel covers: asked when it is decided (how many) and when its record is folded (which).

Of a venue these are the orders sent DIRECT to it, and every smart order: what children one has where is the router's knowledge, which
cancels them and passes over the orders that have none there.
"""

from oms.core.enums import Algorithm
from oms.core.order_filter import OrderFilter, filter_of
from oms.core.risk.state import RiskState
from oms.core.risk_events import MassCancelStarted


def orders_in(state: RiskState, wanted: OrderFilter, directed_only: bool = False) -> tuple[str, ...]:
    """Open orders that the filter covers. `directed_only`: of a venue only those sent there."""
    found: list[str] = []
    for order_id, order in state.open_orders.items():
        t = order.terms
        who = t.provenance
        if not wanted.matches(t.desk_id, t.account_id, t.instrument_id, t.side, who.trader, who.strategy):
            continue
        smart = t.algorithm is not Algorithm.DIRECT and not directed_only
        if not wanted.venue_id or smart or (t.algorithm is Algorithm.DIRECT and t.venue_id == wanted.venue_id):
            found.append(order_id)
    return tuple(found)


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
