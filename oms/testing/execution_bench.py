"""Execution's rules and a simulated venue, back to back in one thread, with a journal in between.

What the loop and the transport do around the core, as little of it as a test needs: a decided record is journaled and folded at
once; its effects are done when the test says so, which is where a process can die (`restart`) or sleep and wake up (`stragglers`).
"""

from collections import deque
from dataclasses import dataclass, field

from oms.core.canonical import state_hash
from oms.core.commands import Provenance
from oms.core.control import ControlRecord, fold_control
from oms.core.enums import OrdType, SessionMessage, Side, TimeInForce, VenueBehaviour
from oms.core.execution import ExecutionRules, ExecutionState
from oms.core.execution_events import ExecutionEvent, SessionMessagePlanned
from oms.core.market import MarketView
from oms.core.reference import MessageThrottle, Reference, ReferenceChange, Venue, VenueSession, fold_reference
from oms.core.routing_events import ChildNew, RoutingEvent
from oms.core.session_hours import SessionHours
from oms.core.stage import Conditions, ControlInput, Effect, Input, RoutingInput, SendEffect
from oms.core.venue_messages import Disconnected
from oms.testing.sim_venue import SimVenue

SESSION_ID, VENUE_ID, PARTITION = "OMS0-XALP", "XALP", 0
NOBODY = Provenance("", "", "", "", "")
RULES = ExecutionRules()
SECOND_NS = 1_000_000_000
GOOD_UNTIL_NS = 10**18


def venue_reference(
    *behaviours: VenueBehaviour,
    throttle: MessageThrottle | None = None,
    hours: SessionHours | None = None,
    resets_daily: bool = False,
) -> Reference:
    """One venue, one session, a heartbeat of 30 s."""
    sessions = (VenueSession(PARTITION, SESSION_ID),)
    terms = (("ACME",), sessions, 30, True, (), behaviours, (), throttle, hours, resets_daily)
    venue = Venue(VENUE_ID, 0, "Alpha", 0, 0, 0, *terms)
    reference = Reference()
    fold_reference(reference, 0, ReferenceChange(venue, -1, 0, "", NOBODY))
    return reference


def child_new(number: int, *, qty: int = 100, good_until_ns: int = GOOD_UNTIL_NS, venue_id: str = VENUE_ID) -> ChildNew:
    order_id = f"alpha/20250106/a{number}"
    return ChildNew(
        order_id=order_id,
        child_id=f"{order_id}.1",
        decision_no=1,
        decision_offset=7,
        desk_id="alpha",
        account_id="acc",
        instrument_id="ACME",
        venue_id=venue_id,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        time_in_force=TimeInForce.DAY,
        order_qty=qty,
        price=1000,
        good_until_ns=good_until_ns,
        trace_id="t",
    )


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """The events of a record, and the control records that were folded before it."""

    control_position: int
    events: tuple[ExecutionEvent, ...]


@dataclass(slots=True)
class ExecutionBench:
    """`pending`: effects of acknowledged records that were not done yet. `behaviours`, `hours`, `resets_daily`: of the venue, in the
    reference data."""

    venue: SimVenue = field(default_factory=lambda: SimVenue(SESSION_ID))
    state: ExecutionState = field(default_factory=lambda: ExecutionState(PARTITION, venue_reference()))
    now_ns: int = 1_000 * SECOND_NS
    journal: list[JournalRecord] = field(default_factory=list)
    control_log: list[ControlRecord] = field(default_factory=list)
    pending: deque[Effect] = field(default_factory=deque)
    stragglers: list[tuple[int, SendEffect]] = field(default_factory=list)
    connection: int = 0
    behaviours: tuple[VenueBehaviour, ...] = ()
    throttle: MessageThrottle | None = None
    hours: SessionHours | None = None
    resets_daily: bool = False

    @classmethod
    def open_at(cls, hours: SessionHours, now_ns: int, resets_daily: bool = False) -> "ExecutionBench":
        """With a venue whose sessions have hours."""
        reference = venue_reference(hours=hours, resets_daily=resets_daily)
        state = ExecutionState(PARTITION, reference)
        return cls(state=state, now_ns=now_ns, hours=hours, resets_daily=resets_daily)

    @classmethod
    def at(cls, *behaviours: VenueBehaviour, throttle: MessageThrottle | None = None) -> "ExecutionBench":
        """With a venue that behaves so."""
        state = ExecutionState(PARTITION, venue_reference(*behaviours, throttle=throttle))
        return cls(state=state, behaviours=behaviours, throttle=throttle)

    def feed(self, stage_input: Input) -> tuple[ExecutionEvent, ...]:
        conditions = Conditions(self.now_ns, self.now_ns, 0, SECOND_NS, 0, SECOND_NS)
        events = RULES.decide(self.state, stage_input, conditions, MarketView())
        if events:
            offset = len(self.journal)
            self.journal.append(JournalRecord(self.state.control.position, events))
            for event in events:
                RULES.evolve(self.state, event, offset)
            self.pending.extend(RULES.effects(self.state, events))
        return events

    def route(self, *events: RoutingEvent) -> tuple[ExecutionEvent, ...]:
        return self.feed(RoutingInput(0, 0, events))

    def control(self, record: ControlRecord) -> tuple[ExecutionEvent, ...]:
        offset = len(self.control_log)
        self.control_log.append(record)
        fold_control(self.state.control, offset, record)
        return self.feed(ControlInput(offset, record))

    def fire_due(self, limit: int = 10_000) -> None:
        """Fire what is due now, until nothing is."""
        while (due := RULES.due(self.state, self.now_ns, self.now_ns, MarketView())) is not None:
            assert self.feed(due), f"{due} left no record"
            limit -= 1
            assert limit > 0, f"{due} comes again and again"

    def do_effects(self, count: int = 1_000_000) -> None:
        """What the transport does: a LOGON connects first."""
        while count and self.pending:
            count -= 1
            effect = self.pending.popleft()
            if not isinstance(effect, SendEffect):
                if self.venue.connection == self.connection:
                    self.venue.lose()
                    self.venue.outbound.clear()  # nobody reports the end of a connection that was closed on purpose
                continue
            if _is_logon(effect):
                self.connection = self.venue.connect()
            self.venue.write(self.connection, effect)

    def hear(self, count: int = 1_000_000) -> None:
        """Take what the venue sent on our connection."""
        while count and self.venue.connection == self.connection and (message := self.venue.deliver()) is not None:
            count -= 1
            self.feed(message)

    def restart(self) -> None:
        """The process dies with effects undone; a new owner folds the journal. The old one's bytes may still wake up (`wake`)."""
        self.stragglers += [(self.connection, e) for e in self.pending if isinstance(e, SendEffect)]
        self.pending.clear()
        self.connection = -1  # the new process has none
        self.venue.outbound.clear()
        self.state = self.folded()
        self.feed(Disconnected(SESSION_ID, "new owner"))

    def wake(self) -> None:
        """A paused former owner does what it had left to do: on its own connection, or on one it opens, which replaces ours."""
        for connection, effect in self.stragglers:
            if _is_logon(effect):
                connection = self.venue.connect()
                if self.connection == connection - 1:
                    self.feed(Disconnected(SESSION_ID, "replaced"))
            self.venue.write(connection, effect)
        self.stragglers.clear()

    def folded(self) -> ExecutionState:
        """The state from the journal alone."""
        terms = {"throttle": self.throttle, "hours": self.hours, "resets_daily": self.resets_daily}
        state = ExecutionState(PARTITION, venue_reference(*self.behaviours, **terms))  # type: ignore[arg-type]
        for offset, record in enumerate(self.journal):
            while state.control.position < record.control_position:
                position = state.control.position
                fold_control(state.control, position, self.control_log[position])
            for event in record.events:
                RULES.evolve(state, event, offset)
        while state.control.position < len(self.control_log):
            fold_control(state.control, state.control.position, self.control_log[state.control.position])
        return state

    def hash(self) -> bytes:
        return state_hash(self.state, 1)

    def settle(self, rounds: int = 200, step_ns: int = SECOND_NS) -> None:
        """Let everything run without faults for a while."""
        for _ in range(rounds):
            self.fire_due()
            self.do_effects()
            self.venue.read()
            self.hear()
            self.now_ns += step_ns
            if self.at_rest():
                return

    def at_rest(self) -> bool:
        busy = self.pending or self.venue.inbound or self.venue.outbound or self.state.scope_work
        sessions = self.state.sessions.values()
        return not busy and all(s.ready and not s.queue and not s.cancels for s in sessions) and not self._unanswered()

    def _unanswered(self) -> bool:
        return any(child.needs_answer for child in self.state.children.values())

    def events(self) -> list[ExecutionEvent]:
        return [event for record in self.journal for event in record.events]


def _is_logon(effect: SendEffect) -> bool:
    message = effect.message
    return isinstance(message, SessionMessagePlanned) and message.message is SessionMessage.LOGON
