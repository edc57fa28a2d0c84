"""Whether a halt stops what is new of a parent: as a whole, and at a venue (`oms.core.halts`)."""

from oms.core.halts import Place, stopped_by
from oms.core.routing.state import Parent, RouterState


def is_halted(state: RouterState, parent: Parent, reduces_from: int | None = None) -> bool:
    """As a whole: a halt of a venue or a counterparty only where it is bound to the venue. `reduces_from` as in `is_halted_at`."""
    return is_halted_at(state, parent, parent.opened.venue_id, reduces_from)


def is_halted_at(state: RouterState, parent: Parent, venue_id: str, reduces_from: int | None = None) -> bool:
    """At a venue. `reduces_from`: of a mandate that is to replace the present one; None: the present one's."""
    o = parent.opened
    place = Place(o.desk_id, o.account_id, o.instrument_id, o.trader, o.strategy, venue_id)
    judged_from = parent.terms.reduces_from if reduces_from is None else reduces_from
    return stopped_by(state.control, state.reference, place, judged_from) >= 0
