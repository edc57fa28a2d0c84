"""A router driven by hand, with contingent lists: `RouterWorld`, and after every input what must always hold of a list.

- of orders that stand for each other at most one has anything at a venue, and an order that its list holds back has nothing there;
- all of them together may execute no more than the list's quantity, whatever the venues do with what they have (`quantity_left`);
- the list is done exactly when all of its orders have ended.
Orders are given as `Leg`s, short: what a test does not say is a BUY of 100, DAY, BEST_PRICE.
"""

from dataclasses import dataclass

from oms.core.commands import NewOrder, NewOrderList, order_id_of
from oms.core.enums import Algorithm, ContingencyType, LegState, OrdType, Side, TimeInForce
from oms.core.instructions import Instructions
from oms.core.lists import exclusive, list_id_of
from oms.core.risk_events import ListAccepted, OrderAccepted, RiskEvent
from oms.core.routing.state import Group, open_leaves
from oms.core.routing_events import RoutingEvent
from oms.testing.routing_world import ACCOUNT, DATE, DESK, INSTRUMENT, NEVER, NO_EVIDENCE, SECOND_NS, WHO, RouterWorld


@dataclass(frozen=True, slots=True)
class Leg:
    """`price` None: a market order; `stop` makes it a stop (with a price: a stop-limit). `worst`: of one without a price."""

    cl_ord_id: str
    price: int | None = None
    stop: int | None = None
    side: Side = Side.BUY
    qty: int = 100
    tif: TimeInForce = TimeInForce.DAY
    algorithm: Algorithm = Algorithm.BEST_PRICE
    venue_id: str = ""
    worst: int | None = None

    @property
    def ord_type(self) -> OrdType:
        if self.stop is not None:
            return OrdType.STOP if self.price is None else OrdType.STOP_LIMIT
        return OrdType.MARKET if self.price is None else OrdType.LIMIT

    @property
    def worst_price(self) -> int:
        if self.price is not None:
            return self.price
        return self.worst if self.worst is not None else 100_000 if self.side is Side.BUY else 1


class ListWorld(RouterWorld):
    """`groups` remembers every contingent list ever opened."""

    def __init__(self, venues: tuple[str, ...] = ("A", "B"), lot: int = 1) -> None:
        super().__init__(venues=venues, lot=lot)
        self.groups: dict[str, Group] = {}

    def order_list(self, contingency: ContingencyType, *legs: Leg, name: str = "list") -> tuple[RoutingEvent, ...]:
        orders = tuple(self._order(leg, order_id_of(DESK, DATE, name)) for leg in legs)
        good_until_ns = self.now_ns + 60 * SECOND_NS
        asked = NewOrderList(DESK, DATE, name, contingency, orders, good_until_ns, self.now_ns, "", WHO)
        list_id = list_id_of(asked)
        events: list[RiskEvent] = [ListAccepted(list_id, asked)]
        for leg, order in zip(legs, orders, strict=True):
            venues = (leg.venue_id,) if leg.venue_id else ()
            mandate = self._mandate(leg.qty, leg.worst_price, venues, None, leg.algorithm)
            events.append(OrderAccepted(self.order_id(leg.cl_ord_id), order, mandate, NO_EVIDENCE))
        self.groups[list_id] = Group(list_id, contingency, tuple(self.order_id(leg.cl_ord_id) for leg in legs))
        return self.risk(*events)

    def _next_moment(self) -> int:
        """Pauses of what is not armed any more wake nobody."""
        if self.state.armed:
            return super()._next_moment()
        return min((due_ns for due_ns, *_ in self.state.queue[:1]), default=NEVER)

    def legs(self, *cl_ord_ids: str) -> list[LegState | None]:
        """Where they stand; None for one that has ended."""
        parents = [self.parent(c) for c in cl_ord_ids]
        return [None if p.closed else p.leg for p in parents]

    def quantity_left(self, group: Group) -> int:
        """How much of the list's quantity could still be executed over; negative: too much could."""
        parents = [self.state.parents[o] for o in group.order_ids]
        standing = [p for n, p in enumerate(parents) if exclusive(group.contingency, n)]
        most = max((p.opened.order_qty for p in standing), default=0)
        if group.contingency is ContingencyType.BRACKET:
            most = parents[0].cum_qty
        return most - sum(p.cum_qty + open_leaves(self.state, p) for p in standing)

    def _order(self, leg: Leg, list_id: str) -> NewOrder:
        instructions = Instructions(stop_px=leg.stop)
        return NewOrder(
            DESK, DATE, leg.cl_ord_id, ACCOUNT, INSTRUMENT, leg.side, leg.ord_type, leg.tif, leg.qty, leg.price,
            leg.algorithm, leg.venue_id, None, self.now_ns + 60 * SECOND_NS, self.now_ns, "", WHO, instructions, list_id,
        )  # fmt: skip

    def _check_parents(self) -> None:
        super()._check_parents()
        for group in self.groups.values():
            parents = [self.state.parents[o] for o in group.order_ids if o in self.state.parents]
            at_venues = [
                p
                for p in parents
                if p.open_children and exclusive(group.contingency, group.order_ids.index(p.order_id))
            ]
            assert len(at_venues) <= 1, f"{[p.order_id for p in at_venues]} are at venues together"
            for parent in parents:
                waits = parent.leg in (LegState.HELD, LegState.ARMED, LegState.DUE)
                assert not (waits and parent.open_children), f"{parent.order_id} is {parent.leg} and at a venue"
            done = all(p.closed for p in parents)
            assert done == (group.list_id not in self.state.groups), "a list is done exactly when all its orders are"
