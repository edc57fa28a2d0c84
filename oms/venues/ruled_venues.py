"""What the rules of engagement of venues add to the reference data: drop copy sessions, and that a venue takes mass cancels. Pure.

A drop copy session for each order session, with a name, numbers and a connection of its own. So whoever owns the order session owns the
copies of exactly its orders, and nobody hears of the orders of another partition.
It does not know what is copied (`oms.venues.order_entry`), nor what follows from a copy (`oms.core.execution.copies`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from oms.core.enums import VenueBehaviour
from oms.core.reference import Entity, Venue
from oms.venues.fix_rules import RulesOfEngagement, rules_of

MASS_CANCEL = VenueBehaviour.TAKES_MASS_CANCEL


def as_ruled(entities: Iterable[Entity], rules: Mapping[str, RulesOfEngagement]) -> tuple[Entity, ...]:
    """The reference data with what the venues' rules say: the drop copy sessions, TAKES_MASS_CANCEL."""
    return tuple([_with(entity, rules) if isinstance(entity, Venue) else entity for entity in entities])


def _with(venue: Venue, rules: Mapping[str, RulesOfEngagement]) -> Venue:
    own = rules_of(rules, venue.venue_id)
    named = [(s, own.drop_copy_of(s.session_id, venue.venue_id)) for s in venue.sessions]
    sessions = tuple([replace(session, drop_copy_id=name) for session, name in named])
    takes = own.mass_cancel and MASS_CANCEL not in venue.behaviours
    behaviours = (*venue.behaviours, MASS_CANCEL) if takes else venue.behaviours
    return replace(venue, sessions=sessions, behaviours=behaviours)


def copied_sessions(entities: Iterable[Entity], rules: Mapping[str, RulesOfEngagement]) -> dict[str, str]:
    """Order session → drop copy session, by the names that the venue knows them by: what FIX says of the sender in the header."""
    found = {}
    for venue in (e for e in as_ruled(entities, rules) if isinstance(e, Venue)):
        own = rules_of(rules, venue.venue_id)
        for s in venue.sessions:
            if s.drop_copy_id:
                order, copy = (own.sender_of(name, venue.venue_id) for name in (s.session_id, s.drop_copy_id))
                found[order] = copy
    return found
