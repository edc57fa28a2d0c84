"""What triggers of automatic halts are told by others: a venue's session that came up or went down, and a child that a venue refused."""

from dataclasses import dataclass

from oms.core.reasons import Reason


@dataclass(frozen=True, slots=True)
class VenueSessionChanged:
    """A venue's session with this partition came up, or went down, at wall time `at_ns`: execution's word, handed on by the router."""

    session_id: str
    venue_id: str
    is_up: bool
    at_ns: int


@dataclass(frozen=True, slots=True)
class ChildRefused:
    """A venue refused a child of the order, at wall time `wall_ns` of risk. Said where a trigger counts it."""

    order_id: str
    child_id: str
    reason: Reason | None
    wall_ns: int
