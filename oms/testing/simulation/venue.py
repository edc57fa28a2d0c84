"""A venue that fails in every way a venue can, and its own account of what it read, had and executed.

On top of `SimVenue`: replies lost, late, twice, swapped or never made; logons refused; restarts; an order forgotten; and a connection
whose process is gone: its bytes are read until the next logon is, and what they bring about is told to nobody, but numbered.

The account is written here from what was read, in plain values; nothing of it comes from a stage.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from oms.core.enums import IntentKind, OrdStatus, SessionMessage
from oms.core.execution_events import Intent, SessionMessagePlanned
from oms.core.routing_events import ChildNew
from oms.core.stage import SendEffect
from oms.core.venue_messages import (
    Body,
    CancelRejectReceived,
    Disconnected,
    MassCancelReported,
    OpenOrdersListed,
    ReportReceived,
    VenueMessage,
)
from oms.testing.sim_venue import SimOrder, SimVenue
from oms.testing.simulation.faults import Fault, FaultCount
from oms.testing.simulation.fix_road import FixRoad
from oms.testing.simulation.witness import VenueFill, VenueOrder, VenueRead, VenueSaid

NOT_CONNECTED = -1


class ReplyFate(Enum):
    """What becomes of a business reply. All are numbered but NEVER, so the session notices and asks again."""

    LOST = auto()
    TWICE = auto()
    SWAPPED = auto()
    NEVER = auto()


FAULT_OF_REPLY = {
    ReplyFate.LOST: Fault.REPLY_LOST,
    ReplyFate.TWICE: Fault.REPLY_TWICE,
    ReplyFate.SWAPPED: Fault.REPLY_SWAPPED,
    ReplyFate.NEVER: Fault.REPLY_NEVER,
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """The world's counters at a moment."""

    moment: int
    step: int
    wall_ns: int


@dataclass(slots=True)
class Written:
    """Bytes on their way: who wrote them, over which connection. `replaced`: another owned the partition by then."""

    connection: int
    process_id: str
    effect: SendEffect
    replaced: bool


@dataclass(slots=True)
class FaultyVenue(SimVenue):
    """`stamp` gives the next moment of the world. Times in wall nanoseconds."""

    venue_id: str = ""
    partition: int = 0
    stamp: Callable[[], Stamp] = lambda: Stamp(0, 0, 0)
    owner: Callable[[], str] = lambda: ""
    """The process that owns the partition now."""
    faults: FaultCount = field(default_factory=FaultCount)
    reply_fates: deque[ReplyFate] = field(default_factory=deque)
    logons_refused: int = 0
    """So many logons from now on are refused: the venue holds the old connection for alive."""
    away: bool = False
    """The venue process is down: nobody can connect."""
    hung: bool = False
    """Reads nothing: what is written to it waits."""
    held: bool = False
    """What it sends is under way and does not arrive yet."""
    on_the_way: deque[Written] = field(default_factory=deque)
    old: deque[Written] = field(default_factory=deque)
    """Bytes of connections before the present one that can still be read, until it logs on."""
    writer_gone: bool = False
    terms: dict[str, ChildNew] = field(default_factory=dict)
    """First ClOrdID → the NEW that brought it."""
    asked_for: dict[str, ChildNew] = field(default_factory=dict)
    """ClOrdID → the child that it is about, of all that was ever read."""
    lost_orders: list[SimOrder] = field(default_factory=list)
    overfilled: set[str] = field(default_factory=set)
    reads: list[VenueRead] = field(default_factory=list)
    booked: list[VenueFill] = field(default_factory=list)
    answers: list[VenueSaid] = field(default_factory=list)
    road: FixRoad | None = None
    """The FIX bytes on the way, in worlds that have them."""
    _reading: Written | None = None
    _old_logged_on: bool = False

    # --- the connection

    def open(self) -> int:
        """A new connection; NOT_CONNECTED while the venue is away. What was written on the old one may still be read before the logon."""
        if self.away:
            return NOT_CONNECTED
        if self.connected and self.on_the_way:
            self.old.extend(self.on_the_way)
            self._old_logged_on = self.logged_on
        self.on_the_way.clear()
        self.held = self.writer_gone = False
        return self.connect()

    def send(self, connection: int, process_id: str, effect: SendEffect) -> None:
        """Bytes of a process on a connection; on one that is gone they go nowhere."""
        if self.connected and connection == self.connection:
            self.on_the_way.append(Written(connection, process_id, effect, process_id != self.owner()))

    def read(self, count: int = 1_000_000) -> None:
        if self.hung:
            return
        while count and self.on_the_way and self.connected:
            count -= 1
            written = self.on_the_way.popleft()
            if written.replaced:
                self.faults.add(Fault.ZOMBIE_BYTES)
            elif self.writer_gone:
                self.faults.add(Fault.IN_FLIGHT)
            self._reading = written
            self._take(written.effect)

    def read_old(self, count: int) -> None:
        """Bytes of a connection that was replaced, while the new one has not logged on: processed, and told to nobody."""
        while count and self.old and not (self.logged_on or self.hung):
            count -= 1
            written = self.old.popleft()
            self.faults.add(Fault.IN_FLIGHT)
            outbound, on_the_way, connected = list(self.outbound), list(self.on_the_way), self.connected
            self.logged_on, self._reading = self._old_logged_on, written
            self._take(written.effect)
            if not self.logged_on:
                self.old.clear()  # logged out: that connection is closed
            self.logged_on, self.connected = False, connected
            self.outbound, self.on_the_way = deque(outbound), deque(on_the_way)

    def lose(self, deliver: int = 0) -> None:
        SimVenue.lose(self, deliver)
        self.on_the_way.clear()
        self.held = False

    def writer_died(self) -> None:
        """The process at the other end is gone; the venue does not know it yet, and has not read everything."""
        self.writer_gone = True

    def restart(self) -> None:
        """The venue process ends and keeps its books; `away` until somebody says that it is back."""
        self.lose()
        self.old.clear()
        self.away = True

    def deliver(self) -> VenueMessage | Disconnected | None:
        return None if self.held and self.connected else SimVenue.deliver(self)

    # --- what the market does

    def fill(self, cl_ord_id: str, qty: int) -> None:
        order = self.orders.get(cl_ord_id)
        known = len(order.fills) if order else 0
        SimVenue.fill(self, cl_ord_id, qty)
        if order is not None and len(order.fills) > known:
            exec_id, done = order.fills[-1]
            at = self.stamp()
            price = order.price or self.market_price
            self.booked.append(VenueFill(at.moment, at.step, exec_id, order.cl_ord_ids[0], done, price))

    def _change(self, cl_ord_id: str, exec_id: str, figures: tuple[int, int] | None, reopens: bool) -> str:
        order, at = self.orders.get(cl_ord_id), self.stamp()
        name = SimVenue._change(self, cl_ord_id, exec_id, figures, reopens)
        if order is not None and name:
            qty, px = figures or (0, 0)
            self.booked.append(VenueFill(at.moment, at.step, name, order.cl_ord_ids[0], qty, px, ref=exec_id))
            self.faults.add(Fault.TRADE_BUSTED if figures is None else Fault.TRADE_CORRECTED)
        return name

    def forget(self, cl_ord_id: str) -> None:
        """The venue loses an order: from now on it does not know it."""
        order = self.orders.get(cl_ord_id)
        if order is None:
            return
        for known in order.cl_ord_ids:
            self.orders.pop(known, None)
        self.lost_orders.append(order)
        self._note("FORGOT", order.cl_ord_ids[0])
        self.faults.add(Fault.VENUE_FORGETS)

    # --- faults of replies, and the account

    def _note(self, what: str, cl_ord_id: str) -> None:
        at = self.stamp()
        self.answers.append(VenueSaid(at.moment, at.step, what, cl_ord_id))

    def _status(self, intent: Intent) -> None:
        self._note("KNOWN" if intent.orig_cl_ord_id in self.orders else "UNKNOWN", intent.orig_cl_ord_id)
        SimVenue._status(self, intent)

    def _mass_cancel(self, name: str) -> None:
        """One of three is refused and one met with silence, by its number: so that no seed draws for it."""
        which = int(name.rpartition("-")[2]) % 3
        self.refuse_mass_cancels, self.ignore_mass_cancels = which == 1, which == 2
        if which:
            self.faults.add(Fault.MASS_CANCEL_REFUSED if which == 1 else Fault.MASS_CANCEL_IGNORED)
        self._carry_out_mass_cancel(name)

    def _carry_out_mass_cancel(self, name: str) -> None:
        SimVenue._mass_cancel(self, name)

    def _business(self, intent: Intent, child: ChildNew | None) -> None:
        if child is not None and intent.kind is IntentKind.NEW:
            self.terms.setdefault(intent.cl_ord_id, child)
        SimVenue._business(self, intent, child)

    def _send(self, body: Body) -> None:
        business = isinstance(body, ReportReceived | CancelRejectReceived | OpenOrdersListed | MassCancelReported)
        fate = self.reply_fates[0] if self.reply_fates and business and self.connected else None
        if fate is None:
            SimVenue._send(self, body)
            return
        self.reply_fates.popleft()
        if fate is ReplyFate.NEVER and isinstance(body, ReportReceived) and body.last_qty:
            fate = ReplyFate.LOST  # an execution is always told: where it were not, nobody could ever know
        if fate is ReplyFate.NEVER:
            self.faults.add(Fault.REPLY_NEVER)
            return
        SimVenue._send(self, body)
        message = self.outbound.pop()
        if fate is ReplyFate.TWICE:
            self.outbound.extend((message, message))
        elif fate is ReplyFate.SWAPPED and self.outbound:
            previous = self.outbound.pop()
            self.outbound.extend((message, previous))
        elif fate is not ReplyFate.LOST:
            self.outbound.append(message)
            return
        self.faults.add(FAULT_OF_REPLY[fate])

    def _logon(self, message: SessionMessagePlanned) -> None:
        if self.logons_refused and message.msg_seq_num >= self.expected:
            self.logons_refused -= 1
            self.faults.add(Fault.VENUE_REFUSES)
            self._log_out("still connected")
            return
        self.old.clear()
        SimVenue._logon(self, message)

    def _take(self, effect: SendEffect) -> None:
        before = self.expected
        at = self.stamp()
        place = len(self.reads)
        self.reads.append(self._seen(at, effect, False))
        SimVenue._take(self, effect)
        planned = effect.message
        if isinstance(planned, SessionMessagePlanned) and planned.message is SessionMessage.LOGON:
            done = self.logged_on
        else:
            done = self.expected > before
        if done:
            self.reads[place] = self._seen(at, effect, True)

    def _seen(self, at: Stamp, effect: SendEffect, done: bool) -> VenueRead:
        message, written, child = effect.message, self._reading, effect.child
        assert written is not None
        head = (at.moment, at.step, at.wall_ns, self.session_id, written.connection, written.process_id)
        if isinstance(message, SessionMessagePlanned):
            name = message.message.name
            return VenueRead(*head, message.msg_seq_num, name, done, new_seq_no=message.new_seq_no)
        child = child or self.asked_for[message.orig_cl_ord_id]  # a person's, of what has ended for us
        self.asked_for[message.cl_ord_id] = child
        kind, i = message.kind.name, child.instructions
        return VenueRead(
            *head,
            message.msg_seq_num,
            kind,
            done,
            message.cl_ord_id,
            message.orig_cl_ord_id,
            message.order_id,
            message.child_id,
            child.account_id,
            child.instrument_id,
            int(child.side),
            int(child.ord_type),
            int(child.time_in_force),
            message.order_qty,
            message.price,
            asked=(i.stop_px, i.display_qty, i.min_qty, tuple(int(e) for e in i.exec_inst)),
        )

    def shown_qty(self, order: SimOrder) -> int:
        """A venue without a book shows nothing."""
        return 0

    def symbol_of(self, cl_ord_id: str) -> str:
        """The instrument of what a ClOrdID was about, empty where it never came."""
        child = self.asked_for.get(cl_ord_id)
        return child.instrument_id if child is not None else ""

    def account(self) -> "Account":
        return Account(self)


@dataclass(frozen=True, slots=True)
class Account:
    """`VenueAccount` of a venue in memory."""

    venue: FaultyVenue

    @property
    def session_id(self) -> str:
        return self.venue.session_id

    @property
    def venue_id(self) -> str:
        return self.venue.venue_id

    @property
    def partition(self) -> int:
        return self.venue.partition

    def read(self) -> list[VenueRead]:
        return self.venue.reads

    def fills(self) -> list[VenueFill]:
        return self.venue.booked

    def said(self) -> list[VenueSaid]:
        return self.venue.answers

    def orders(self) -> list[VenueOrder]:
        kept = [self._order(order, False) for order in self.venue.distinct_orders()]
        return kept + [self._order(order, True) for order in self.venue.lost_orders]

    def _order(self, order: SimOrder, forgotten: bool) -> VenueOrder:
        first = order.cl_ord_ids[0]
        child = self.venue.terms[first]
        return VenueOrder(
            order.order_id,
            tuple(order.cl_ord_ids),
            child.account_id,
            child.instrument_id,
            int(child.side),
            order.order_qty,
            order.price,
            order.status.name,
            order.cum_qty,
            bool(order.leaves) and order.status is not OrdStatus.REJECTED and not forgotten,
            forgotten,
            first in self.venue.overfilled,
            self.venue.shown_qty(order),
        )
