"""Which open orders a mass cancel covers: asked when it is decided (how many) and when its record is folded (which)."""

from oms.core.commands import MassCancelOrders, NewOrder
from oms.core.control import covers
from oms.core.enums import Algorithm, HaltScope
from oms.core.risk.state import RiskState
from oms.core.risk_events import MassCancelStarted


def orders_in_scope(state: RiskState, scope: HaltScope, scope_id: str) -> tuple[str, ...]:
    """Open orders that a control scope covers. A venue covers only what was directed there; the router has the children of the rest."""
    return tuple(order_id for order_id, o in state.open_orders.items() if _in_scope(o.terms, scope, scope_id))


def _in_scope(terms: NewOrder, scope: HaltScope, scope_id: str) -> bool:
    venue_id = terms.venue_id if terms.algorithm is Algorithm.DIRECT else ""
    return covers(scope, scope_id, terms.desk_id, terms.account_id, terms.instrument_id, venue_id)


def orders_of_mass_cancel(state: RiskState, command: MassCancelOrders) -> tuple[str, ...]:
    """Open orders of the desk, of the account and instrument where they are named."""
    return tuple(order_id for order_id, order in state.open_orders.items() if _asked(order.terms, command))


def _asked(terms: NewOrder, command: MassCancelOrders) -> bool:
    return (
        terms.desk_id == command.desk_id
        and command.account_id in ("", terms.account_id)
        and command.instrument_id in ("", terms.instrument_id)
    )


def stopped_by(orders: tuple[NewOrder, ...], started: MassCancelStarted) -> frozenset[str]:
    """ClOrdIDs of orders of a program that wait to be judged when a mass cancel starts which covers them."""
    asked, scope = started.mass_cancel, started.scope
    if asked is not None:
        return frozenset(o.cl_ord_id for o in orders if _asked(o, asked))
    assert scope is not None, "a mass cancel of nobody"
    return frozenset(o.cl_ord_id for o in orders if _in_scope(o, scope, started.scope_id))
