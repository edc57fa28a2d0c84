"""What execution knows: its venue sessions, the children it answers for, and which of them it still has to ask about.

Invariants:
- `next_out` of a session is above every number given out since its numbers began; a number is given out once (a logon that begins them anew
  apart, until the venue has confirmed one);
- a child is queued (no number yet), or sent (`new_seq` > 0), or closed; only a sent child can be at the venue;
- `arrival` of a child is judged once, at the first logon after its NEW, and proven by any report about it; where the venue has lost its
  numbers it stays unproven, whatever later logons say (and, while a cancel made for that is under way, whatever reports say);
- order of work is by ticket, so that it is the same after any restart.
It does not know sockets, and trusts no phase over a change of owner: a new owner is told `Disconnected` for each session first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from oms.core.commands import venue_cl_ord_id
from oms.core.control import Control
from oms.core.enums import HaltScope, IntentKind, OrdStatus, Side
from oms.core.execution_events import ChildRequestTaken, ChildTaken
from oms.core.lifecycle.executions import Executions
from oms.core.monitors.alerts import AlertState
from oms.core.monitors.trades import TradeState
from oms.core.reconciliation.breaks import BreakTable
from oms.core.reconciliation.fills import Corrections, Filled, InferredFill
from oms.core.reference import Reference, Venue
from oms.core.session_hours import standing

CLOSED_CHILDREN_MAX = 20_000
"""Closed children whose fills are remembered: minutes of the highest rate, hours of a usual day; a later fill is an anomaly."""

NO_CANCEL = -1
"""No cancel is wanted. 0: one of execution's own (a scope is cancelled); above: the router's request."""


ANSWER_WAIT_NS = 5_000_000_000
"""How long an order message may stay without an answer before its status is asked: far beyond any venue's usual answer."""


class SessionPhase(IntEnum):
    DOWN = 1
    LOGGING_ON = 2
    UP = 3
    LOGGING_OUT = 4
    """We said Logout. What the venue still says counts; nothing new leaves, and nothing is asked that its answers do not call for."""


class Arrival(IntEnum):
    """Whether the number of a child's NEW reached the venue."""

    UNJUDGED = 1
    ARRIVED = 2
    NOT_ARRIVED = 3
    UNPROVEN = 4
    """Nobody can know: the venue lost its numbers."""


@dataclass(slots=True)
class Session:
    """One numbered session. Times are wall time.

    `asks`: children whose status must be asked since the logon; `awaiting`: asked, not answered; `queue`: children with a NEW or
    REPLACE that waits. All three: child → ticket. `logon_out` and `logon_in`: the numbers of the last logon messages, ours and theirs.
    `listed_ns`: when the list of open orders was asked for last, 0: not since the logon. `copies`: of a drop copy session the order session
    whose executions it is told. `caught_up_ns`: of these two, since when all has come that the venue had sent before the logon; 0: it has not.
    `mass_cancels`: those without an answer, ClOrdID → since when. `sent_ns`: when the latest messages about orders left, as far as the venue's
    throttle counts them; `cancels`: children whose cancel has no room in it yet, child → ticket. `reset_ns`: the newest request of a person for
    new numbers that was done or refused; `resetting`: it is being done, and the venue has not confirmed it.
    """

    session_id: str
    venue_id: str
    phase: SessionPhase = SessionPhase.DOWN
    next_out: int = 1
    next_in: int = 1
    logon_out: int = 0
    logon_in: int = 0
    known_below: int = (
        1  # numbers below are known to have arrived: a venue that later says otherwise has lost its memory
    )
    attempts: int = 0
    retry_ns: int = 0
    last_in_ns: int = 0
    last_out_ns: int = 0
    tested: bool = False
    resend_from: int = 0
    listed_ns: int = 0
    asks: dict[str, int] = field(default_factory=dict)
    awaiting: dict[str, int] = field(default_factory=dict)
    queue: dict[str, int] = field(default_factory=dict)
    copies: str = ""
    caught_up_ns: int = 0
    mass_cancels: dict[str, int] = field(default_factory=dict)
    sent_ns: list[int] = field(default_factory=list)
    cancels: dict[str, int] = field(default_factory=dict)
    reset_ns: int = 0
    resetting: bool = False

    @property
    def is_up(self) -> bool:
        return self.phase is SessionPhase.UP

    @property
    def can_ask(self) -> bool:
        """What the venue had sent before the logon has come again: a status asked now is newer than all of it."""
        return self.is_up and self.next_in > self.logon_in

    @property
    def ready(self) -> bool:
        """NEW and REPLACE may leave: the venue has answered for everything sent before."""
        return self.can_ask and not self.asks and not self.awaiting


@dataclass(frozen=True, slots=True)
class Request:
    """A CANCEL or REPLACE under way. `at_ns`: wall time at which it was numbered. `joined`: the router's newest request that has its outcome
    with this cancel, 0: none."""

    kind: IntentKind
    request: int
    msg_seq_num: int
    order_qty: int
    price: int | None
    at_ns: int = 0
    joined: int = 0

    @property
    def terms(self) -> tuple[int, int | None]:
        """What a REPLACE asks for."""
        return self.order_qty, self.price

    @property
    def answers(self) -> tuple[int, ...]:
        """The requests that have their outcome with it."""
        return (self.request, self.joined) if self.joined else (self.request,)


@dataclass(slots=True)
class Child:
    """A live child. `cl_ord_id` names it at the venue; `requests` are those without outcome, by the number in their ClOrdID.

    `priced_qty`, `notional`, `venue_cum_qty` and `inferred` are those of `oms.core.reconciliation.fills.Filled`. `executions`: real trades
    with their figures, so that a correction finds them; those from records before these were kept are not there. `passive`: which of them
    added liquidity; `crossed`: which were executed in an auction. `exec_ids`: every ExecID taken, corrections included.
    """

    terms: ChildTaken
    control_position: int
    cl_ord_id: str
    order_qty: int
    price: int | None
    new_seq: int = 0
    arrival: Arrival = Arrival.UNJUDGED
    ord_status: OrdStatus = OrdStatus.PENDING_NEW
    venue_order_id: str = ""
    cum_qty: int = 0
    exec_ids: set[str] = field(default_factory=set)
    next_request: int = 1
    requests: dict[int, Request] = field(default_factory=dict)
    cancel: int = NO_CANCEL
    waiting_replace: ChildRequestTaken | None = None
    replace_control_position: int = 0
    status_tries: int = 0
    deadline_ns: int = 0
    priced_qty: int = 0
    notional: int = 0
    venue_cum_qty: int = 0
    inferred: tuple[InferredFill, ...] = ()
    executions: Executions = field(default_factory=Executions)
    passive: set[str] = field(default_factory=set)
    crossed: set[str] = field(default_factory=set)
    corrections: Corrections = field(default_factory=dict)
    withdrawn: bool = False
    """The control record that wants it cancelled is about its venue, not about its order."""

    @property
    def filled(self) -> Filled:
        return Filled(self.cum_qty, self.priced_qty, self.notional, self.venue_cum_qty, self.inferred)

    @property
    def most_qty(self) -> int:
        """What the venue may execute at most: of a replace under way, whichever quantity is larger."""
        return max(self.order_qty, *(r.order_qty for r in self.requests.values()), 0)

    @property
    def sent(self) -> bool:
        return self.new_seq > 0

    @property
    def needs_answer(self) -> bool:
        return self.ord_status in (OrdStatus.PENDING_NEW, OrdStatus.UNKNOWN) or bool(self.requests)

    def pending(self, kind: IntentKind) -> Request | None:
        """The newest request of this kind without outcome."""
        return next((r for r in reversed(self.requests.values()) if r.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Copied:
    """What a drop copy says of an order beside its name."""

    session_id: str
    account_id: str
    instrument_id: str
    side: Side


@dataclass(frozen=True, slots=True)
class ClosedChild:
    """What is remembered of a child after its end, so that a late fill or a correction still finds it, once. `copied` None: of a venue
    that gave no drop copy then."""

    order_id: str
    child_id: str
    venue_id: str
    unsent: bool
    order_qty: int
    price: int | None
    cum_qty: int
    exec_ids: tuple[str, ...]
    ticket: int
    priced_qty: int = 0
    notional: int = 0
    venue_cum_qty: int = 0
    inferred: tuple[InferredFill, ...] = ()
    executions: Executions = field(default_factory=Executions)
    passive: set[str] = field(default_factory=set)
    crossed: set[str] = field(default_factory=set)
    corrections: Corrections = field(default_factory=dict)
    copied: Copied | None = None

    @property
    def filled(self) -> Filled:
        return Filled(self.cum_qty, self.priced_qty, self.notional, self.venue_cum_qty, self.inferred)


@dataclass(slots=True)
class ExecutionState:
    """The fold of one partition of `oms.execution`.

    `scope_work`: children that a control record wants cancelled; `scopes_open`: the offsets of those records that are not done.
    `seen_halts`: the newest halt ever applied per scope, lifted or not.
    `breaks`: differences from what venues say, and reports that no order of ours explains.
    `trades`: own executions against the venue's drop copy, by order session that has one.
    `work_offset`, `work_items`: the record that last started work, and how many items were done since: the names of steps.
    `deadlines`: heap of (deadline, child), whose head is always in force; an index of the children's own deadlines.
    """

    partition: int
    reference: Reference = field(default_factory=Reference)
    control: Control = field(default_factory=Control)
    sessions: dict[str, Session] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    closed: dict[str, ClosedChild] = field(default_factory=dict)
    scope_work: dict[str, int] = field(default_factory=dict)
    seen_halts: dict[tuple[HaltScope, str], int] = field(default_factory=dict)
    next_ticket: int = 1
    work_offset: int = -1
    work_items: int = 0
    breaks: BreakTable = field(default_factory=BreakTable)
    deadlines: list[tuple[int, str]] = field(default_factory=list, compare=False)
    scopes_open: tuple[int, ...] = ()
    alerts: AlertState = field(default_factory=AlertState)
    trades: dict[str, TradeState] = field(default_factory=dict)

    def ticket(self) -> int:
        self.next_ticket += 1
        return self.next_ticket - 1


def session_id_of(venue: Venue, partition: int) -> str:
    """The session over which the partition talks to the venue, empty where there is none."""
    for session in venue.sessions:
        if session.partition == partition:
            return session.session_id
    return ""


def owned_sessions(state: ExecutionState) -> Iterator[tuple[Venue, Session]]:
    """Every session of this partition, those never logged on included, in the order of the reference data; a drop copy behind its own."""
    for venue in state.reference.venues.values():
        session_id = session_id_of(venue, state.partition)
        if session_id:
            yield venue, state.sessions.get(session_id) or Session(session_id, venue.venue_id)
            if copy_id := drop_copy_of(venue, session_id):
                yield venue, state.sessions.get(copy_id) or Session(copy_id, venue.venue_id, copies=session_id)


def reset_asked(venue: Venue, session: Session, wall_ns: int) -> int:
    """Since when the session's numbers are to begin anew, where that is neither done nor refused; else 0: a person asked, or its day began."""
    asked = next((s.reset_ns for s in venue.sessions if s.session_id == session.session_id), 0)
    if venue.resets_daily and venue.hours is not None:
        asked = max(asked, standing(venue.hours, wall_ns).began_ns)
    return asked if asked > session.reset_ns else 0


def drop_copy_of(venue: Venue | None, session_id: str) -> str:
    """The drop copy session of the order session, empty where it has none."""
    sessions = venue.sessions if venue is not None else ()
    return next((s.drop_copy_id for s in sessions if s.session_id == session_id), "")


def is_compared(state: ExecutionState, session: Session) -> bool:
    """It is a drop copy session, or has one."""
    return bool(session.copies or drop_copy_of(state.reference.venues.get(session.venue_id), session.session_id))


def copied_by(venue: Venue | None, session_id: str) -> str:
    """The order session whose executions this one is told, empty where it is no drop copy session."""
    sessions = venue.sessions if venue is not None else ()
    return next((s.session_id for s in sessions if s.drop_copy_id == session_id), "")


def new_child(terms: ChildTaken, partition: int, control_position: int) -> Child:
    return Child(
        terms=terms,
        control_position=control_position,
        cl_ord_id=venue_cl_ord_id(partition, terms.child_id),
        order_qty=terms.order_qty,
        price=terms.price,
    )


def parse_cl_ord_id(partition: int, cl_ord_id: str) -> tuple[str, int]:
    """(child, number of the request or 0), the inverse of `venue_cl_ord_id`; ("", 0) for what is not of this partition.

    A child id ends in "." and digits, so what follows its last ":" is never digits alone.

    >>> parse_cl_ord_id(2, "2:alpha/20250106/a1.1:3"), parse_cl_ord_id(2, "2:alpha/20250106/a:1.1")
    (('alpha/20250106/a1.1', 3), ('alpha/20250106/a:1.1', 0))
    """
    prefix = f"{partition}:"
    if not cl_ord_id.startswith(prefix):
        return "", 0
    rest = cl_ord_id[len(prefix) :]
    child_id, colon, number = rest.rpartition(":")
    if colon and number.isascii() and number.isdigit():
        return child_id, int(number)
    return rest, 0
