"""What the router journals of contingent lists: who may work, who waits for whom, and what one took from another. Part of `RoutingEvent`."""

from dataclasses import dataclass

from oms.core.enums import ContingencyType, LegState


@dataclass(frozen=True, slots=True)
class ListOpened:
    """A contingent list: its orders, in the order in which they stand in it; `ParentOpened` of each follow in this record."""

    list_id: str
    contingency: ContingencyType
    order_ids: tuple[str, ...]
    decision_offset: int


@dataclass(frozen=True, slots=True)
class LegChanged:
    """Where an order of a contingent list stands from here on, and the order of the list that made it so (its own id: the market did).

    `released_qty`: how much of it may be worked; it follows what the list's first order executed. None: all of it.
    """

    list_id: str
    order_id: str
    leg_state: LegState
    released_qty: int | None
    by_order_id: str


@dataclass(frozen=True, slots=True)
class LegReduced:
    """The order is of `order_qty` from here on: `by_order_id` executed `executed_qty` of what both stood for."""

    list_id: str
    order_id: str
    order_qty: int
    by_order_id: str
    executed_qty: int


@dataclass(frozen=True, slots=True)
class LegCounted:
    """What this order executed counts for the others from here on, up to `counted_qty` in total. It never falls: a bust gives nothing back."""

    list_id: str
    order_id: str
    counted_qty: int


@dataclass(frozen=True, slots=True)
class ListDone:
    """Every order of the contingent list has ended (FIX ListOrderStatus 6, all done)."""

    list_id: str
