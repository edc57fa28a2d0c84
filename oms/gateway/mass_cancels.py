"""How far mass cancels have come, and at which venues an order has something open: a fold of one partition beside the blotter.

    matched    orders that risk found open when it read the request (of a venue: those sent there, and every smart order)
    waiting    of them, those that no step has named yet
    working    named by a step, and the order (of a venue: what it has there) is still open
    done       the rest: ended, or with nothing at the venue

The last CANCELS_KEPT are remembered. It decides nothing, and asks the blotter only whether an order is open.
"""

from dataclasses import dataclass, field

from oms.core.enums import Algorithm
from oms.core.halts import client_of, venues_of
from oms.core.order_filter import OrderFilter
from oms.core.reference import Reference
from oms.core.risk_events import MassCancelStarted, MassCancelStep
from oms.core.routing_events import ChildClosed, ChildNew, ParentChanged, ParentTraded, VenueWithdrawn
from oms.gateway.blotter import Blotter
from oms.gateway.merge import Entry
from oms.gateway.order_state import Key, OrderState
from oms.wire.envelope import Envelope

CANCELS_KEPT = 1_000
"""Per partition: whoever asks about a mass cancel does so within minutes, and nobody makes a thousand of them in that time."""

Name = int | Key
"""The offset of a control record, or the key of a desk's command."""

_WHOLE: frozenset[str] = frozenset()
"""Of an order that is to end as a whole no children are awaited."""


@dataclass(slots=True)
class MassCancel:
    """`working`: order → the children whose end is awaited; none where the order's own end is.

    `venues`: those that orders are taken off, once a step has named them; `unheard`: order → of how many of them the router has not told.
    """

    matched: int
    waiting: int
    venues: tuple[str, ...] = ()
    working: dict[str, frozenset[str]] = field(default_factory=dict)
    unheard: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return self.matched - self.waiting - len(self.working)


class MassCancels:
    def __init__(self) -> None:
        self._by_name: dict[Name, MassCancel] = {}
        self._by_offset: dict[int, MassCancel] = {}
        self._watched: dict[str, list[MassCancel]] = {}
        self._places: dict[str, dict[str, str]] = {}

    def find(self, name: Name) -> MassCancel | None:
        return self._by_name.get(name)

    def is_at(self, order: OrderState, venue_id: str) -> bool:
        """Whether an order was sent to the venue, or has a child open there."""
        if order.terms.algorithm is Algorithm.DIRECT:
            return order.terms.venue_id == venue_id
        return venue_id in self._places.get(order.order_id, {}).values()

    def covers(self, reference: Reference, wanted: OrderFilter, order: OrderState) -> bool:
        """Whether the filter covers an order (FIX MassStatusReqType 585)."""
        t, who = order.terms, order.terms.provenance
        client_id = client_of(reference, t.account_id) if wanted.client_id else ""
        known = t.desk_id, t.account_id, t.instrument_id, t.side, who.trader, who.strategy, who.source
        if not wanted.matches(*known, client_id):
            return False
        venues = venues_of(reference, wanted)
        return venues is None or any(self.is_at(order, venue_id) for venue_id in venues)

    def fold(self, entry: Entry, blotter: Blotter) -> None:
        """After the blotter has folded the same entry."""
        if not isinstance(entry.content, Envelope):
            return
        for event in entry.content.events:
            if isinstance(event, ChildNew):
                self._places.setdefault(event.order_id, {})[event.child_id] = event.venue_id
            elif isinstance(event, ChildClosed):
                self._child_closed(event)
            elif isinstance(event, ParentTraded | ParentChanged):
                if event.ord_status.is_terminal:
                    self._ended(event.order_id)
            elif isinstance(event, MassCancelStarted):
                self._started(entry.offset, event)
            elif isinstance(event, MassCancelStep):
                self._stepped(event, blotter)
            elif isinstance(event, VenueWithdrawn):
                self._withdrawn(event)

    def _started(self, offset: int, event: MassCancelStarted) -> None:
        asked = event.mass_cancel
        # An automatic halt's has no name that anybody could ask by: its own place, which is nobody else's.
        by_offset = event.control_offset if event.control_offset >= 0 else -1 - offset
        name = by_offset if asked is None else (asked.desk_id, asked.trading_date, asked.cl_ord_id)
        self._by_name[name] = self._by_offset[offset] = MassCancel(event.matched, event.matched)
        if len(self._by_offset) > CANCELS_KEPT:
            oldest = self._by_offset.pop(next(iter(self._by_offset)))
            del self._by_name[next(iter(self._by_name))]
            for order_id in oldest.working:
                self._unwatch(order_id, oldest)

    def _stepped(self, event: MassCancelStep, blotter: Blotter) -> None:
        cancel = self._by_offset.get(event.started_seq)
        if cancel is None:
            return
        cancel.waiting, cancel.venues = event.remaining, event.venues
        for order_id in event.order_ids:
            order = blotter.orders.get(order_id)
            if order is not None and not order.ord_status.is_terminal:
                cancel.working[order_id] = _WHOLE
                cancel.unheard[order_id] = len(event.venues)
                self._watched.setdefault(order_id, []).append(cancel)

    def _withdrawn(self, event: VenueWithdrawn) -> None:
        for cancel in tuple(self._watched.get(event.order_id, ())):
            if event.venue_id not in cancel.venues:
                continue
            still_open = frozenset(event.child_ids).intersection(self._places.get(event.order_id, ()))
            cancel.working[event.order_id] |= still_open
            cancel.unheard[event.order_id] = max(0, cancel.unheard[event.order_id] - 1)
            self._finished(event.order_id, cancel)

    def _child_closed(self, event: ChildClosed) -> None:
        places = self._places.get(event.order_id)
        if places is not None:
            places.pop(event.child_id, None)
            if not places:
                del self._places[event.order_id]
        for cancel in tuple(self._watched.get(event.order_id, ())):
            awaited = cancel.working[event.order_id]
            if event.child_id not in awaited:
                continue
            cancel.working[event.order_id] = awaited - {event.child_id}
            self._finished(event.order_id, cancel)

    def _ended(self, order_id: str) -> None:
        self._places.pop(order_id, None)
        for cancel in self._watched.pop(order_id, ()):
            cancel.working.pop(order_id, None)
            cancel.unheard.pop(order_id, None)

    def _finished(self, order_id: str, cancel: MassCancel) -> None:
        """Where nothing of the order is awaited at any of the venues."""
        if not cancel.working[order_id] and not cancel.unheard[order_id]:
            del cancel.working[order_id], cancel.unheard[order_id]
            self._unwatch(order_id, cancel)

    def _unwatch(self, order_id: str, cancel: MassCancel) -> None:
        watching = [other for other in self._watched.get(order_id, ()) if other is not cancel]
        if watching:
            self._watched[order_id] = watching
        else:
            self._watched.pop(order_id, None)
