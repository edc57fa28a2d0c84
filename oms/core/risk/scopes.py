"""Which open orders a mass cancel covers: asked when it is decided (how many) and when its record is folded (which)."""

from oms.core.commands import MassCancelOrders
from oms.core.control import covers
from oms.core.enums import Algorithm, HaltScope
from oms.core.risk.state import RiskState


def orders_in_scope(state: RiskState, scope: HaltScope, scope_id: str) -> tuple[str, ...]:
    """Open orders that a control scope covers. A venue covers only what was directed there; the router has the children of the rest."""
    found: list[str] = []
    for order_id, order in state.open_orders.items():
        terms = order.terms
        venue_id = terms.venue_id if terms.algorithm is Algorithm.DIRECT else ""
        if covers(scope, scope_id, terms.desk_id, terms.account_id, terms.instrument_id, venue_id):
            found.append(order_id)
    return tuple(found)


def orders_of_mass_cancel(state: RiskState, command: MassCancelOrders) -> tuple[str, ...]:
    """Open orders of the desk, of the account and instrument where they are named."""
    return tuple(
        order_id
        for order_id, order in state.open_orders.items()
        if order.terms.desk_id == command.desk_id
        and command.account_id in ("", order.terms.account_id)
        and command.instrument_id in ("", order.terms.instrument_id)
    )
