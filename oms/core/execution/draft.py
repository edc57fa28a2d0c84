"""The record that a decision is writing: every message number and every ClOrdID is given out here, and nowhere else.

A draft never changes the state. What it has given out itself (numbers, request numbers, children taken in this very record) it
remembers beside it, so that several messages of one record follow each other as they will in the fold.
"""

from dataclasses import dataclass, field

from oms.core.commands import venue_cl_ord_id
from oms.core.enums import IntentKind, SessionMessage
from oms.core.execution.state import Child, ExecutionState, Session, new_child
from oms.core.execution_events import (
    Anomaly,
    ChildTaken,
    ExecutionEvent,
    Intent,
    SessionDown,
    SessionMessagePlanned,
    SessionReceived,
)


@dataclass(slots=True)
class Draft:
    """`now_ns` is wall time. `unsent`: as in `Conditions`."""

    state: ExecutionState
    now_ns: int
    unsent: frozenset[tuple[str, int]] = frozenset()
    events: list[ExecutionEvent] = field(default_factory=list)
    _next_out: dict[str, int] = field(default_factory=dict)
    _next_request: dict[str, int] = field(default_factory=dict)
    _fresh: dict[str, Child] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)

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
    ) -> None:
        """A numbered message about the child. `about`: the ClOrdID that a STATUS asks for, where it is not the order's present one."""
        terms = child.terms
        seq = self._number(self.session(child))
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
            )
        )

    def session_message(
        self,
        session: Session,
        message: SessionMessage,
        *,
        text: str = "",
        begin_seq_no: int = 0,
        next_expected: int | None = None,
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

    def down(self, session: Session, text: str) -> None:
        self.add(SessionDown(session.session_id, session.venue_id, text, self.now_ns))

    def anomaly(self, session: Session, text: str, raw: str) -> None:
        self.add(Anomaly(session.venue_id, session.session_id, text, raw))

    def _number(self, session: Session) -> int:
        seq = self._next_out.get(session.session_id, session.next_out)
        self._next_out[session.session_id] = seq + 1
        return seq
