"""How a decision and its children are written: what every way of placing an order has in common. It decides nothing."""

from oms.core.enums import OrdType, TimeInForce
from oms.core.instructions import PLAIN, Instructions
from oms.core.market import InstrumentMarket
from oms.core.reference import Instrument
from oms.core.routing import sor
from oms.core.routing.draft import Draft
from oms.core.routing.halting import is_halted
from oms.core.routing.state import Parent, unplaced_qty
from oms.core.routing_events import ChildNew, RoutingDecision

CHILD_GOOD_FOR_NS = 10_000_000_000
"""Wall time within which a child made later than its order must leave: a stalled execution must not send it into another market."""


def halted(draft: Draft, parent: Parent) -> bool:
    return is_halted(draft.state, parent)


def expired(draft: Draft, parent: Parent) -> bool:
    return 0 < parent.terms.expires_ns <= draft.conditions.tape_ns


def instrument_of(draft: Draft, parent: Parent) -> Instrument:
    return draft.state.reference.instruments[parent.opened.instrument_id]


def lot_of(draft: Draft, parent: Parent) -> int:
    return instrument_of(draft, parent).lot_size


def survey_of(draft: Draft, parent: Parent, limit: int | None = None) -> tuple[sor.Offer, ...]:
    """The venues of the mandate, as they are within the parent's limit or a tighter one."""
    within = parent.limit_price if limit is None else limit
    return sor.survey(draft.state, parent, instrument_of(draft, parent), draft.market_of(parent), within)


def note_decision(draft: Draft, parent: Parent, plan: sor.Plan, qty: int | None = None) -> None:
    market: InstrumentMarket | None = draft.market_of(parent)
    draft.emit(
        RoutingDecision(
            parent.order_id,
            parent.decision_count + 1,
            parent.opened.algorithm,
            unplaced_qty(draft.state, parent) if qty is None else qty,
            plan.rested_qty,
            market.partition if market else 0,
            market.position if market else 0,
            draft.state.reference.position,
            draft.state.control.position,
            plan.candidates,
        )
    )


def new_child(
    draft: Draft,
    parent: Parent,
    venue_id: str,
    ord_type: OrdType,
    tif: TimeInForce,
    qty: int,
    price: int | None,
    good_until_ns: int,
    instructions: Instructions = PLAIN,
) -> None:
    o = parent.opened
    draft.emit(
        ChildNew(
            o.order_id,
            f"{o.order_id}.{parent.child_count + 1}",
            parent.decision_count,
            parent.terms.decision_offset,
            o.desk_id,
            o.account_id,
            o.instrument_id,
            venue_id,
            o.side,
            ord_type,
            tif,
            qty,
            price,
            good_until_ns,
            o.trace_id,
            instructions=instructions,
            trader=o.trader,
            strategy=o.strategy,
            reduces_from=parent.terms.reduces_from,
        )
    )
