"""A decision in the making: its events so far, and the orders concerned as those events leave them.

Deciding one input often takes several steps, each of which needs the state after the one before (a child comes back, so the rest is
planned again). The state itself must not be touched before the record is acknowledged; so a draft copies the orders it is asked for
into a small state of its own and applies every event there with the same `evolve` that will apply it for good.
"""

from typing import TypeVar

from oms.core.enums import TimerKind
from oms.core.market import InstrumentMarket, MarketView
from oms.core.reasons import Reason
from oms.core.routing.evolve import evolve
from oms.core.routing.state import Child, Group, Parent, RouterState, displayed_by_pegs
from oms.core.routing_events import ParentCancelStarted, RoutingEvent, TimerDone, TimerSet
from oms.core.stage import Conditions

T = TypeVar("T", Parent, Child)


class Draft:
    """`state` is the draft's own small state: read it freely, change it only through `emit`."""

    __slots__ = ("_base", "conditions", "events", "market", "state")

    def __init__(self, base: RouterState, conditions: Conditions, market: MarketView) -> None:
        self._base = base
        self.conditions = conditions
        self.market = market
        self.events: list[RoutingEvent] = []
        self.state = RouterState(
            base.partition, base.reference, base.control, trading_dates=base.trading_dates, retiming=base.retiming
        )

    def emit(self, event: RoutingEvent) -> None:
        self.events.append(event)
        evolve(self.state, event)

    def parent(self, order_id: str) -> Parent | None:
        """The order as this draft leaves it, with its open children, timers and what was taken of its venues' quotes."""
        found = self.state.parents.get(order_id)
        if found is not None:
            return found
        original = self._base.parents.get(order_id)
        if original is None:
            return None
        parent = self.state.parents[order_id] = _copy(original)
        for child_id in parent.open_children:
            self.state.children[child_id] = _copy(self._base.children[child_id])
        if order_id in self._base.armed:
            self.state.armed[order_id] = self._base.armed[order_id]
            self.state.watch.put(self._base.armed[order_id])
        for kind, number in parent.timers:
            due_ns = self.state.timers[(order_id, kind, number)] = self._base.timers[(order_id, kind, number)]
            self.state.queue.append((due_ns, order_id, kind, number))
        self.state.queue.sort()
        self.load_taken(parent)
        return parent

    def group(self, list_id: str) -> Group | None:
        """A contingent list that is not done, with its orders."""
        found = self.state.groups.get(list_id) or self._base.groups.get(list_id)
        if found is None:
            return None
        self.state.groups[list_id] = found
        for order_id in found.order_ids:
            self.parent(order_id)
        return found

    def touched_lists(self) -> list[str]:
        """Lists of which this draft has an order, in a fixed order."""
        return sorted({p.opened.list_id for p in self.state.parents.values() if p.leg is not None})

    def load_taken(self, parent: Parent) -> None:
        """Bring in what our own orders took of the quotes this order may meet; values already changed in this draft stay."""
        for terms in (parent.terms, parent.pending_terms):
            for venue_id in terms.venues if terms else ():
                key = (venue_id, parent.opened.instrument_id, parent.side.sign)
                if key in self._base.taken and key not in self.state.taken:
                    self.state.taken[key] = self._base.taken[key]

    def child(self, child_id: str) -> Child | None:
        """A child, open or closed; its parent is loaded with it."""
        found = self.state.children.get(child_id) or self._base.children.get(child_id)
        if found is None or self.parent(found.order_id) is None:
            return None
        if child_id not in self.state.children:
            self.state.children[child_id] = _copy(found)
        return self.state.children[child_id]

    def open_children(self, parent: Parent) -> list[Child]:
        return [self.state.children[c] for c in parent.open_children]

    def has_booked(self, order_id: str, venue_id: str, exec_id: str) -> bool:
        key = (venue_id, exec_id)
        return key in self._base.executions.get(order_id, ()) or key in self.state.executions.get(order_id, ())

    def suspended(self) -> list[str]:
        return sorted(self._base.suspended)

    def own_pegs(self, parent: Parent) -> dict[tuple[str, int], int]:
        """What our own pegged orders of the parent's direction display, by (venue, price)."""
        return displayed_by_pegs(self._base, parent.opened.instrument_id, parent.side.sign)

    def counts_today(self, order_id: str, venue_id: str, exec_id: str) -> bool:
        """Whether a fill booked counts to the trading day that its order is in."""
        key = (venue_id, exec_id)
        if key in self.state.day_executions.get(order_id, ()):
            return True
        return key in self._base.day_executions.get(order_id, ())

    def count_open(self) -> int:
        """How many orders are open; as many steps as that takes."""
        return sum(1 for parent in self._base.parents.values() if not parent.closed)

    def market_of(self, parent: Parent) -> InstrumentMarket | None:
        return self.market.instrument(parent.opened.instrument_id)

    def set_timer(self, parent: Parent, kind: TimerKind, number: int, due_ns: int) -> None:
        self.emit(TimerSet(parent.order_id, kind, number, due_ns))

    def due(self, parent: Parent, kind: TimerKind, number: int) -> int:
        """When a timer of the order fires that is set."""
        return self.state.timers[(parent.order_id, kind, number)]

    def end_timer(self, parent: Parent, kind: TimerKind, number: int) -> None:
        self.emit(TimerDone(parent.order_id, kind, number))

    def drop_timers(self, parent: Parent) -> None:
        """All of them: the order has ended."""
        for kind, number in parent.timers:
            self.end_timer(parent, kind, number)

    def drop_work_timers(self, parent: Parent) -> None:
        """Those of its work. How long it lives is not changed by what is asked of it."""
        for kind, number in parent.timers:
            if kind not in (TimerKind.EXPIRE, TimerKind.DAY_CHANGE):
                self.end_timer(parent, kind, number)

    def start_cancel(self, parent: Parent, cl_ord_id: str, reason: Reason | None) -> None:
        """One that a desk asked for by name can be refused, any other is carried to its end."""
        self.emit(ParentCancelStarted(parent.order_id, cl_ord_id, reason, reason is not None or not cl_ord_id))


def _copy(original: T) -> T:
    """A shallow copy: every field is a plain or immutable value. (`copy.copy` takes five times as long for a slotted class.)"""
    kind = type(original)
    fresh = object.__new__(kind)
    for name in kind.__slots__:
        setattr(fresh, name, getattr(original, name))
    return fresh
