"""The record that a decision is writing: every message number and every ClOrdID is given out here, and nowhere else.

A draft never changes the state. What it has given out itself (numbers, request numbers, children taken in this very record) it
remembers beside it, so that several messages of one record follow each other as they will in the fold.
"""

from dataclasses import dataclass, field, replace

from oms.core.commands import venue_cl_ord_id
from oms.core.enums import BreakCause, IntentKind, OrdStatus, ResolutionKind, SessionMessage
from oms.core.execution.state import Child, ExecutionState, Session, new_child
from oms.core.execution.throttling import room
from oms.core.execution_events import (
    Anomaly,
    BreakRaised,
    BreakResolved,
    ChildReport,
    ChildTaken,
    ChildUnknown,
    ExecutionEvent,
    FillCorrected,
    Intent,
    MassCancelAnswered,
    SessionDown,
    SessionMessagePlanned,
    SessionReceived,
)
from oms.core.instructions import PLAIN, Instructions
from oms.core.reconciliation.breaks import BREAKS_MAX, Difference, Key, break_id_of, figures_of
from oms.core.venue_reasons import MassCancelOutcome
from oms.fix.throttle import Budget


@dataclass(slots=True)
class Draft:
    """`now_ns` is wall time. `unsent`, `starting`: as in `Conditions`."""

    state: ExecutionState
    now_ns: int
    unsent: frozenset[tuple[str, int]] = frozenset()
    starting: bool = False
    events: list[ExecutionEvent] = field(default_factory=list)
    _next_out: dict[str, int] = field(default_factory=dict)
    _intents: dict[str, int] = field(default_factory=dict)
    _next_request: dict[str, int] = field(default_factory=dict)
    _fresh: dict[str, Child] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _breaks: dict[Key, BreakRaised | None] = field(default_factory=dict)
    _raised: int = 0

    def add(self, event: ExecutionEvent) -> None:
        self.events.append(event)

    def child(self, child_id: str) -> Child | None:
        """The live child, one taken in this record included."""
        if child_id in self._ended:
            return None
        return self._fresh.get(child_id) or self.state.children.get(child_id)

    def ended(self, child_id: str) -> None:
        """The child ends in this record."""
        self._ended.add(child_id)

    def is_known(self, child_id: str) -> bool:
        return (
            child_id in self._ended
            or child_id in self._fresh
            or child_id in self.state.children
            or child_id in self.state.closed
        )

    def has_asked(self, child: Child) -> bool:
        """Whether a request about the child has a number and no outcome, one of this record included."""
        return bool(child.requests) or child.terms.child_id in self._next_request

    def status_of(self, child: Child) -> OrdStatus:
        """The child's status behind what this record says of it so far."""
        for event in reversed(self.events):
            if isinstance(event, ChildReport | FillCorrected | ChildUnknown) and event.child_id == child.terms.child_id:
                return OrdStatus.UNKNOWN if isinstance(event, ChildUnknown) else event.ord_status
        return child.ord_status

    def take(self, taken: ChildTaken) -> Child:
        child = self._fresh[taken.child_id] = new_child(taken, self.state.partition, self.state.control.position)
        self.add(taken)
        return child

    def session(self, child: Child) -> Session:
        terms = child.terms
        return self.state.sessions.get(terms.session_id) or Session(terms.session_id, terms.venue_id)

    def intent(
        self,
        child: Child,
        kind: IntentKind,
        request: int = 0,
        order_qty: int = 0,
        price: int | None = None,
        about: str = "",
        instructions: Instructions = PLAIN,
    ) -> None:
        """A numbered message about the child. `about`: the ClOrdID that a STATUS asks for, where it is not the order's present one."""
        terms = child.terms
        seq = self._number(self.session(child))
        self._intents[terms.session_id] = self._intents.get(terms.session_id, 0) + 1
        if kind is IntentKind.NEW:
            cl_ord_id, orig = child.cl_ord_id, ""
            if terms.child_id in self._fresh:
                child.new_seq = seq  # this record's own copy, not the state's
        else:
            count = self._next_request.get(terms.child_id, child.next_request)
            self._next_request[terms.child_id] = count + 1
            cl_ord_id, orig = venue_cl_ord_id(self.state.partition, terms.child_id, count), about or child.cl_ord_id
        self.add(
            Intent(
                terms.order_id,
                terms.child_id,
                kind,
                terms.session_id,
                seq,
                cl_ord_id,
                orig,
                request,
                order_qty,
                price,
                self.now_ns,
                instructions,
            )
        )

    def cancel_by_hand(self, session: Session, cancel: Intent) -> None:
        """A person's cancel of what is no live child."""
        self.add(replace(cancel, msg_seq_num=self._number(session)))

    def session_message(
        self,
        session: Session,
        message: SessionMessage,
        *,
        text: str = "",
        begin_seq_no: int = 0,
        next_expected: int | None = None,
        venue_order_id: str = "",
        exec_id: str = "",
    ) -> None:
        """A session-level message with a number of its own. `next_expected`: only a LOGON may say another than the next that counts."""
        seq = self._number(session)
        self.add(
            SessionMessagePlanned(
                session.session_id,
                session.venue_id,
                message,
                seq,
                session.next_in if next_expected is None else next_expected,
                0,
                begin_seq_no,
                text,
                self.now_ns,
                venue_order_id,
                exec_id,
            )
        )

    def logon_anew(self, session: Session) -> None:
        """A LOGON with number 1, behind the event that made it the next one."""
        self._next_out[session.session_id] = 2
        self.add(
            SessionMessagePlanned(
                session.session_id,
                session.venue_id,
                SessionMessage.LOGON,
                1,
                1,
                0,
                0,
                "",
                self.now_ns,
                resets=True,
            )
        )

    def gap_fill(self, session: Session, first: int, new_seq_no: int) -> None:
        """Numbers from `first` to below `new_seq_no` will never carry anything. Uses the gap's first number, and up none."""
        self.add(
            SessionMessagePlanned(
                session.session_id,
                session.venue_id,
                SessionMessage.GAP_FILL,
                first,
                session.next_in,
                new_seq_no,
                0,
                "",
                self.now_ns,
            )
        )

    def received(self, session: Session, next_in: int) -> None:
        """The next number that counts; over the venue's logon message, if that came ahead of what was sent again."""
        if session.is_up and next_in == session.logon_in:
            next_in += 1
        self.add(SessionReceived(session.session_id, next_in, self.now_ns))

    def mass_cancel_answered(
        self,
        session: Session,
        cl_ord_id: str,
        outcome: MassCancelOutcome,
        text: str,
        affected: int | None = None,
        reason: int | None = None,
    ) -> None:
        session_id, venue_id = session.session_id, session.venue_id
        self.add(MassCancelAnswered(session_id, venue_id, cl_ord_id, outcome, affected, reason, text, self.now_ns))

    def down(self, session: Session, text: str) -> None:
        for cl_ord_id in session.mass_cancels:
            self.mass_cancel_answered(session, cl_ord_id, MassCancelOutcome.UNANSWERED, f"the session ended: {text}")
        self.add(SessionDown(session.session_id, session.venue_id, text, self.now_ns))

    def anomaly(self, session: Session, text: str, raw: str) -> None:
        self.add(Anomaly(session.venue_id, session.session_id, text, raw))

    # --- breaks: those of this very record are remembered beside the state, like everything else a draft gives out

    def open_break(self, cause: BreakCause, subject: str) -> BreakRaised | None:
        key = cause, subject
        return self._breaks[key] if key in self._breaks else self.state.breaks.open.get(key)

    def note(self, difference: Difference, venue_id: str, session_id: str) -> None:
        """The difference is there: open a break, or bring its figures up to date. Seen before, or decided by a person: nothing."""
        found = self.open_break(*difference.key)
        decided = self.state.breaks.decided.get(difference.key)
        if found is not None and figures_of(found) == difference.figures:
            return
        if found is None and decided is not None and decided.figures == difference.figures:
            return
        if found is None and self._open_count() >= BREAKS_MAX:
            self._note_full(difference, venue_id, session_id)
            return
        self._raise(difference, found, venue_id, session_id)

    def _note_full(self, difference: Difference, venue_id: str, session_id: str) -> None:
        """One break stands for all that have no room, and counts them. It has room itself: the bound is no law of nature."""
        found = self.open_break(BreakCause.TABLE_FULL, "")
        count = found.venue_qty + 1 if found is not None else 1
        text = f"{count} more differences, the last: {difference.cause.name} of {difference.subject}: {difference.text}"
        self._raise(Difference(BreakCause.TABLE_FULL, "", venue_qty=count, text=text), found, venue_id, session_id)

    def _raise(self, d: Difference, found: BreakRaised | None, venue_id: str, session_id: str) -> None:
        if found is None:
            break_id = break_id_of(self.state.partition, self.state.breaks.next_number + self._raised)
            self._raised += 1
        else:
            break_id = found.break_id
        event = BreakRaised(
            break_id=break_id,
            cause=d.cause,
            subject=d.subject,
            order_id=d.order_id,
            child_id=d.child_id,
            venue_id=venue_id,
            session_id=session_id,
            cl_ord_id=d.cl_ord_id,
            venue_order_id=d.venue_order_id,
            exec_id=d.exec_id,
            our_qty=d.our_qty,
            venue_qty=d.venue_qty,
            our_px=d.our_px,
            venue_px=d.venue_px,
            opened_ns=found.opened_ns if found is not None else self.now_ns,
            seen_ns=self.now_ns,
            seen_count=found.seen_count + 1 if found is not None else 1,
            text=d.text,
        )
        self._breaks[(d.cause, d.subject)] = event
        self.add(event)

    def gone(self, subject: str, *causes: BreakCause) -> None:
        """These differences are not there, or not there any more: open breaks about them are closed."""
        for cause in causes:
            found = self.open_break(cause, subject)
            if found is not None:
                self.resolved(found, ResolutionKind.CAUSE_GONE, -1, "", "")

    def resolved(self, found: BreakRaised, kind: ResolutionKind, control_offset: int, by: str, reason: str) -> None:
        self._breaks[(found.cause, found.subject)] = None
        self.add(
            BreakResolved(
                found.break_id,
                found.cause,
                found.subject,
                found.order_id,
                kind,
                control_offset,
                by,
                reason,
                self.now_ns,
            )
        )

    def _open_count(self) -> int:
        known = self.state.breaks.open
        change = sum((event is not None) - (key in known) for key, event in self._breaks.items())
        return len(known) + change

    def room(self, session: Session, budget: Budget) -> int:
        """How many messages about orders its venue takes on the session now, those of this record off."""
        return room(self.state, session, budget, self.now_ns) - self._intents.get(session.session_id, 0)

    def _number(self, session: Session) -> int:
        seq = self._next_out.get(session.session_id, session.next_out)
        self._next_out[session.session_id] = seq + 1
        return seq
