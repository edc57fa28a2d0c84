"""What a simulated venue offers and how it behaves, from the reference data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from oms.core.enums import VenueBehaviour, VenueFeature
from oms.core.reference import Calendar, Entity, Instrument, Venue

EVERYTHING = frozenset(VenueFeature)


@dataclass(frozen=True, slots=True)
class VenueTerms:
    """As `oms.core.reference.Venue` says; without any a venue offers everything. `calendars` by symbol: without one, or without intervals,
    a day ends at midnight UTC of the tape, and there are no auctions but those that an operator calls."""

    features: frozenset[VenueFeature] = EVERYTHING
    behaviours: frozenset[VenueBehaviour] = frozenset()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    latency_ns: int = 0


def terms_of_venues(entities: Iterable[Entity]) -> dict[str, VenueTerms]:
    """By venue code."""
    found = tuple(entities)
    calendars = {e.calendar_id: e for e in found if isinstance(e, Calendar)}
    by_symbol = {e.instrument_id: calendars[e.calendar_id] for e in found if isinstance(e, Instrument)}
    return {
        e.venue_id: VenueTerms(frozenset(e.features), frozenset(e.behaviours), by_symbol, e.latency_ns)
        for e in found
        if isinstance(e, Venue)
    }
