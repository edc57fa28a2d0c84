"""Trades that come when an order is long over: whose it was is told with them, and of a child that is forgotten all that execution said.

Nothing is dropped: what has executed is somebody's position (see `oms.core.risk.forgotten`).
"""

from oms.core.enums import Liquidity
from oms.core.execution_events import ChildReport, FillCorrected, FillSuperseded
from oms.core.routing.draft import Draft
from oms.core.routing.state import Parent
from oms.core.routing_events import ForgottenTraded, Whose


def whose_of(parent: Parent) -> Whose | None:
    """Of an order that has ended, else None: risk remembers by the desk's trading dates, the router by everyone's."""
    if not parent.closed:
        return None
    o = parent.opened
    return Whose(o.desk_id, o.account_id, o.instrument_id, o.side, o.trader, o.strategy)


def tell_forgotten(draft: Draft, told: ChildReport | FillSuperseded | FillCorrected) -> None:
    """A trade of a child that is not known any more."""
    match told:
        case ChildReport():
            ref, old, new = "", (0, 0), (told.last_qty, told.last_px)
        case FillSuperseded():
            ref, old, new = told.inferred_exec_id, (told.last_qty, told.inferred_px), (told.last_qty, told.last_px)
        case FillCorrected():
            ref, old, new = told.exec_ref_id, (told.old_qty, told.old_px), (told.new_qty, told.new_px)
    draft.emit(
        ForgottenTraded(
            told.order_id,
            told.child_id,
            told.venue_id,
            told.exec_id,
            ref,
            *old,
            *new,
            told.liquidity or Liquidity.REMOVED,
            told.transact_ns,
            isinstance(told, ChildReport) and told.inferred,
            isinstance(told, FillSuperseded),
        )
    )
