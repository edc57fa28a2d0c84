"""What execution says of the children that are open at venues: their last state there, who is waited for, and since when.

A fold of one partition of `oms.execution`, beside the blotter and in no order with it: it answers "where is my order now", decides
nothing, and no update of a subscriber comes from it. Open children only, so its memory has a bound. Times are wall time.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from oms.core.enums import ExecType, IntentKind, OrdStatus
from oms.core.execution_events import (
    ChildReport,
    ChildRequestRejected,
    ChildRequestTaken,
    ChildTaken,
    ChildUnknown,
    ChildUnsent,
    FillCorrected,
    Intent,
    SessionDown,
    SessionUp,
)
from oms.core.run_rule import RunPosition
from oms.gateway.merge import judge, start_at
from oms.gateway.order_state import OrderState
from oms.wire.envelope import Claim, Envelope


class Wait(IntEnum):
    """What has to come before the order goes on. The numbers are the API's."""

    DECISION = 1
    """Risk has not decided."""
    ROUTER = 2
    """The router has not taken it up."""
    SESSION = 3
    """The venue's session is down, or not done with its questions."""
    ACCEPTANCE = 4
    """The venue has not answered the new order."""
    CANCEL = 5
    REPLACE = 6
    STATUS = 7
    """The outcome is unknown: the venue is asked for the order's status, again and again."""
    GATEWAY = 8
    """Nothing of the order itself: this gateway started, and has not read yet what venues said."""


@dataclass(slots=True)
class VenueChild:
    """A child as its venue last described it. `sent_ns` 0: nothing has left yet. `asked`: status requests since the last answer."""

    order_id: str
    child_id: str
    venue_id: str
    session_id: str
    order_qty: int
    price: int | None
    since_ns: int
    ord_status: OrdStatus = OrdStatus.PENDING_NEW
    cum_qty: int = 0
    sent_ns: int = 0
    asked: int = 0
    asked_ns: int = 0
    text: str = ""
    requests: dict[IntentKind, int] = field(default_factory=dict)

    def waits(self, session_is_up: bool) -> tuple[Wait, int] | None:
        """What of the venue is waited for, and since when; None where nothing is."""
        if self.ord_status is OrdStatus.UNKNOWN:
            return Wait.STATUS, self.since_ns
        if self.sent_ns == 0:
            return Wait.SESSION, self.since_ns
        asked = [(Wait.CANCEL, IntentKind.CANCEL), (Wait.REPLACE, IntentKind.REPLACE)]
        open_requests = [(wait, self.requests[kind]) for wait, kind in asked if kind in self.requests]
        if open_requests and not session_is_up:
            return Wait.SESSION, min(since for _, since in open_requests)
        if self.ord_status is OrdStatus.PENDING_NEW:
            return Wait.ACCEPTANCE, self.sent_ns
        return open_requests[0] if open_requests else None


class VenueStates:
    """One partition. `children`: order → child → state. `end`: of what was in the journal when the gateway started: before it is read,
    nothing is known of now, and nothing is said."""

    def __init__(self, next_offset: int, end: int = 0) -> None:
        self.children: dict[str, dict[str, VenueChild]] = {}
        self.up: set[str] = set()
        self._read: RunPosition = start_at(next_offset)
        self._end = end

    @property
    def reading(self) -> bool:
        return self._read.next_offset < self._end

    def of_order(self, order_id: str) -> tuple[VenueChild, ...]:
        return () if self.reading else tuple(self.children.get(order_id, {}).values())

    def offer(self, offset: int, record: Claim | Envelope) -> None:
        """The next record of the journal, judged by the run rule."""
        if isinstance(record, Claim):
            self.up.clear()  # a new owner has no session yet
        self._read, envelope = judge(self._read, offset, record)
        if envelope is not None:
            for event in envelope.events:
                self._fold(event, envelope.wall_time_ns)

    def _fold(self, event: object, wall_ns: int) -> None:
        match event:
            case SessionUp():
                self.up.add(event.session_id)
            case SessionDown():
                self.up.discard(event.session_id)
            case ChildTaken():
                self.children.setdefault(event.order_id, {})[event.child_id] = VenueChild(
                    event.order_id,
                    event.child_id,
                    event.venue_id,
                    event.session_id,
                    event.order_qty,
                    event.price,
                    wall_ns,
                )
            case ChildUnsent():
                self._drop(event.order_id, event.child_id)
            case (
                Intent()
                | ChildReport()
                | ChildUnknown()
                | ChildRequestTaken()
                | ChildRequestRejected()
                | FillCorrected()
            ):
                child = self.children.get(event.order_id, {}).get(event.child_id)
                if child is not None:
                    self._child(child, event, wall_ns)

    def _child(self, child: VenueChild, event: object, wall_ns: int) -> None:
        match event:
            case Intent(kind=IntentKind.NEW):
                child.sent_ns = event.at_ns
            case Intent(kind=IntentKind.STATUS):
                child.asked, child.asked_ns = child.asked + 1, event.at_ns
            case Intent() | ChildRequestTaken():
                child.requests.setdefault(event.kind, wall_ns)
            case ChildRequestRejected():
                child.requests.pop(event.kind, None)
            case ChildUnknown():
                child.text = event.text
                _set_status(child, OrdStatus.UNKNOWN, wall_ns)
            case ChildReport():
                self._reported(child, event, wall_ns)
            case FillCorrected():
                self._corrected(child, event, wall_ns)

    def _reported(self, child: VenueChild, report: ChildReport, wall_ns: int) -> None:
        if report.ord_status.is_terminal:
            self._drop(child.order_id, child.child_id)
            return
        child.cum_qty, child.text, child.asked = report.cum_qty, report.text, 0
        if report.exec_type is ExecType.REPLACED:
            child.requests.pop(IntentKind.REPLACE, None)
        if report.ord_status is not OrdStatus.UNKNOWN:
            child.order_qty, child.price = report.order_qty, report.price
        _set_status(child, report.ord_status, wall_ns)

    def _corrected(self, child: VenueChild, event: FillCorrected, wall_ns: int) -> None:
        if event.ord_status.is_terminal:
            self._drop(child.order_id, child.child_id)
            return
        child.cum_qty, child.text = event.cum_qty, event.text
        _set_status(child, event.ord_status, wall_ns)

    def _drop(self, order_id: str, child_id: str) -> None:
        children = self.children.get(order_id)
        if children is not None:
            children.pop(child_id, None)
            if not children:
                del self.children[order_id]


def _set_status(child: VenueChild, status: OrdStatus, wall_ns: int) -> None:
    if status is not child.ord_status:
        child.ord_status, child.since_ns = status, wall_ns


_MOST_PRESSING = (Wait.STATUS, Wait.SESSION, Wait.CANCEL, Wait.REPLACE, Wait.ACCEPTANCE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an order waits for, of whom (a venue; empty: of one of our own stages), since when (wall time), and what is being done."""

    what: Wait
    whom: str
    since_ns: int
    doing: str


def waiting_of(order: OrderState, states: VenueStates) -> Waiting | None:
    """The most pressing of what the order waits for; None where nothing is: it rests, or it has ended."""
    if order.ord_status.is_terminal:
        return None
    if order.decision_offset < 0:
        return Waiting(Wait.DECISION, "", order.terms.entered_ns, "risk has not decided yet")
    if states.reading:
        return Waiting(
            Wait.GATEWAY, "", order.updated_ns, "this gateway is starting, and has not read yet what venues said"
        )
    found = [
        (_MOST_PRESSING.index(wait[0]), wait[1], child)
        for child in states.of_order(order.order_id)
        if (wait := child.waits(child.session_id in states.up)) is not None
    ]
    if found:
        rank, since_ns, child = min(found, key=lambda f: (f[0], f[1], f[2].child_id))
        return Waiting(_MOST_PRESSING[rank], child.venue_id, since_ns, _doing(_MOST_PRESSING[rank], child))
    if order.ord_status is OrdStatus.PENDING_CANCEL:
        return Waiting(Wait.ROUTER, "", order.updated_ns, "a venue refused the cancel; the router asks again")
    if order.ord_status is OrdStatus.PENDING_NEW:
        return Waiting(Wait.ROUTER, "", order.terms.entered_ns, "the router has not taken it up yet")
    return None


def _doing(what: Wait, child: VenueChild) -> str:
    match what:
        case Wait.STATUS:
            why = f" ({child.text})" if child.text else ""
            return f"outcome unknown{why}: its status was asked for {child.asked} times, and is until the venue says"
        case Wait.SESSION:
            return "the session is down, or the venue has not answered for what was sent before: it goes then"
        case Wait.ACCEPTANCE:
            return "sent; no answer yet"
        case _:
            return "asked of the venue; no answer yet"
