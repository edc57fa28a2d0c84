"""Order entry of the venues: session layer, faults, exchange, in the order in which a message meets them. No I/O, no clock.

    a line in:  DROP? → session layer (numbers) → IGNORE? → REFUSE? → exchange → DISCONNECT_…?
    a report:   LOSE? HOLD? REPEAT? → session layer (its number) → the log → REORDER? DUPLICATE? DELAY? → the socket
    a copy:     COPY_…? → as a report, of the drop copy session

Without a fault it is the plain way: each message to the session layer, what is due to the exchange, reports numbered in the order in
which things happened. It does not know what messages mean.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from oms.venues import messages as m
from oms.venues.exchange import Exchange
from oms.venues.fault_layer import Fault, FaultLayer
from oms.venues.fault_messages import FaultClear, FaultKind, FaultList, FaultMessage, FaultReject, Faults, FaultSet
from oms.venues.fix_mapping import EXECUTIONS
from oms.venues.market_data import MarketData
from oms.venues.market_messages import MarketDataRequest
from oms.venues.mass_cancel import NOT_SUPPORTED
from oms.venues.operator import Operator
from oms.venues.operator_messages import OperatorMessage, OperatorReject, OperatorRequest
from oms.venues.session_layer import Effect, SendLine, SessionLayer


class OrderEntry:
    """`received`, `unsaid`: (session, line) of what was taken, and of reports that a fault kept from being sent, until `clear`.
    `renumbered`: sessions whose numbers were lost. `drop_copies`: order session → the session that is told its executions once more."""

    def __init__(
        self, sessions: SessionLayer, exchange: Exchange, drop_copies: Mapping[str, str] | None = None
    ) -> None:
        self._sessions, self._exchange = sessions, exchange
        self._drop_copies = dict(drop_copies or {})
        self._copying = frozenset(self._drop_copies.values())
        self.faults = FaultLayer()
        self.operator = Operator(exchange)
        self.market_data = MarketData(lambda: exchange.books)
        self.received: list[tuple[str, bytes]] = []
        self.unsaid: list[tuple[str, bytes]] = []
        self.renumbered: list[str] = []

    @property
    def acted(self) -> bool:
        """There is something for the log."""
        return bool(self.received or self.unsaid or self.renumbered or self.faults.journal or self.operator.journal)

    def clear(self) -> None:
        self.received, self.unsaid, self.renumbered = [], [], []
        self.faults.clear_journal()
        self.operator.clear()

    # In

    def take(
        self, connection: int, message: m.SessionMessage | m.MessageError, line: bytes, now_ns: int, wall_ns: int
    ) -> None:
        self.number_reports(wall_ns)  # before the session layer may number messages of its own
        session_id = self._sessions.session_of(connection)
        if isinstance(message, m.MessageError):
            self._sessions.refuse_line(connection, message, wall_ns)
        elif session_id is None:
            self._first(connection, message, wall_ns)
        elif session_id in self._copying:
            self._take_of_copies(session_id, connection, message, wall_ns)
        elif isinstance(message, MarketDataRequest):
            due = self._sessions.receive(connection, message, wall_ns)
            if isinstance(due, MarketDataRequest):
                for answer in self.market_data.request(connection, due, now_ns):
                    self._sessions.tell(connection, answer, wall_ns)
        elif isinstance(message, m.DontKnowTrade):
            if self._sessions.receive(connection, message, wall_ns) is not None:
                self.received.append((session_id, line))
        elif not isinstance(message, m.OrderMessage):
            self._sessions.receive(connection, message, wall_ns)
        elif not self.faults.drops(session_id, message, line, wall_ns):
            self._order_message(session_id, connection, message, line, now_ns, wall_ns)

    def _first(self, connection: int, message: m.SessionMessage, wall_ns: int) -> None:
        if isinstance(message, m.Logon):
            session_id = message.session_id
            if self._sessions.connection_of(session_id) is not None and self.faults.refuses_logon(session_id, wall_ns):
                self._sessions.refuse_logon(connection, "the session is connected", session_id=session_id)
                return
            if self.faults.denies_logon(session_id, wall_ns):
                self._sessions.refuse_logon(connection, "not now", session_id=session_id)
                return
            if self.faults.loses_numbers(session_id, wall_ns):
                self._renumber(session_id)
                message = replace(message, next_expected_msg_seq_num=min(1, message.next_expected_msg_seq_num))
            elif message.reset_seq_num_flag and message.msg_seq_num == 1:
                self._renumber(session_id)
        self._sessions.receive(connection, message, wall_ns)

    def _take_of_copies(self, session_id: str, connection: int, message: m.SessionMessage, wall_ns: int) -> None:
        """A drop copy session listens: what else it asks for is refused."""
        due = self._sessions.receive(connection, message, wall_ns)
        if due is not None:
            text = "a drop copy session takes no orders and asks for nothing"
            refusal = m.BusinessMessageReject(0, due.msg_seq_num, type(due).__name__, text)
            self._sessions.report(session_id, refusal, wall_ns)

    def _renumber(self, session_id: str) -> None:
        """Both directions begin at 1: such a venue has nothing to compare a number with."""
        if self._sessions.lose_numbers(session_id):
            self.renumbered.append(session_id)

    def _order_message(
        self, session_id: str, connection: int, message: m.OrderMessage, line: bytes, now_ns: int, wall_ns: int
    ) -> None:
        due = self._sessions.receive(connection, message, wall_ns)
        if not isinstance(due, m.OrderMessage):
            return
        self.received.append((session_id, line))
        if not self.faults.ignores(session_id, due, wall_ns):
            if isinstance(due, m.OrderMassCancelRequest) and self.faults.refuses(session_id, due, wall_ns):
                self._exchange.refuse_mass_cancel(session_id, due, NOT_SUPPORTED, "not now", now_ns)
            else:
                self._exchange.handle(session_id, due, now_ns)
        if self.faults.disconnects(FaultKind.DISCONNECT_UNANSWERED, session_id, due, wall_ns):
            self._sessions.cut(connection)
        elif self.faults.disconnects(FaultKind.DISCONNECT_AFTER, session_id, due, wall_ns):
            self.number_reports(wall_ns)
            self._sessions.cut(connection)

    def ended(self, connection: int, wall_ns: int) -> None:
        """A connection is gone; the session layer hears of it, unless a fault hides it."""
        self.faults.connection_gone(connection)
        session_id = self._sessions.session_of(connection)
        if session_id is None or not self.faults.hides_the_end(session_id, wall_ns):
            self._sessions.disconnected(connection)

    # Out

    def number_reports(self, wall_ns: int) -> None:
        """Give reports their numbers in the order in which things happened, those that were held first."""
        for session_id, report in self.faults.held_and_due(wall_ns):
            self._sessions.report(session_id, report, wall_ns)
        for session_id, report in self._exchange.reports:
            times = self.faults.said((session_id, report), wall_ns)
            if not times:
                self.unsaid.append((session_id, m.encode(report)))
            for _ in range(times):
                self._sessions.report(session_id, report, wall_ns)
            self._copy(session_id, report, wall_ns)
        self._exchange.reports = []

    def _copy(self, session_id: str, report: m.VenueReport, wall_ns: int) -> None:
        """Of an execution, whatever became of the report: that the two ways fail apart is what a drop copy is for."""
        copy_id = self._drop_copies.get(session_id)
        if copy_id is None or not isinstance(report, m.ExecutionReport) or report.exec_type not in EXECUTIONS:
            return
        for copy in self.faults.copies(copy_id, replace(report, copy_msg_indicator=True), wall_ns):
            times = self.faults.said((copy_id, copy), wall_ns)
            if not times:
                self.unsaid.append((copy_id, m.encode(copy)))
            for _ in range(times):
                self._sessions.report(copy_id, copy, wall_ns)

    def tell_market(self, now_ns: int, wall_ns: int) -> None:
        """What changed in the books, to who subscribed in a session."""
        alive = self._sessions.session_of
        for connection, answer in self.market_data.news(lambda c: alive(c) is not None, now_ns):
            self._sessions.tell(connection, answer, wall_ns)

    def outgoing(self, effects: list[Effect], wall_ns: int) -> list[Effect]:
        return self.faults.outgoing(effects, wall_ns)

    # The operator and faults

    def take_operator(self, connection: int, message: OperatorMessage, now_ns: int, wall_ns: int) -> None:
        """An operator's line, and its answer: what it brings about has happened by then."""
        self.number_reports(wall_ns)
        answer: OperatorMessage
        if isinstance(message, OperatorRequest):
            answer = self.operator.act(message, now_ns)
        else:
            answer = OperatorReject(message.request, f"{type(message).__name__} is what the venue says")
        self.number_reports(wall_ns)
        self._sessions.effects.append(SendLine(connection, m.encode(answer)))

    def take_fault(self, connection: int, message: FaultMessage, wall_ns: int) -> None:
        """A line about faults, and its answer."""
        answer: FaultMessage
        match message:
            case FaultSet():
                answer = self._set(message, wall_ns)
            case FaultClear():
                gone = self.faults.clear(None if message.all_sessions else message.session_id, wall_ns)
                answer = _listed(gone, wall_ns)
            case FaultList():
                answer = _listed(self.faults.listed(wall_ns), wall_ns, message.request)
            case Faults() | FaultReject():
                answer = FaultReject(f"{type(message).__name__} is what the venue says")
        self._sessions.effects.append(SendLine(connection, m.encode(answer)))

    def _set(self, wanted: FaultSet, wall_ns: int) -> Faults | FaultReject:
        self.number_reports(wall_ns)
        if wanted.kind is FaultKind.FORGET_ORDER and not self._exchange.knows(wanted.session_id, wanted.cl_ord_id):
            return FaultReject(f"no order {wanted.cl_ord_id} of session {wanted.session_id}")
        fault = self.faults.set(wanted, wall_ns)
        if isinstance(fault, str):
            return FaultReject(fault)
        if wanted.kind is FaultKind.FORGET_ORDER:
            self._exchange.forget(wanted.session_id, wanted.cl_ord_id)
        elif wanted.kind is FaultKind.DISCONNECT:
            for session_id, connection in self._sessions.connections():
                if wanted.session_id in ("", session_id):
                    self._sessions.cut(connection)
        return _listed([fault], wall_ns)


def _listed(faults: list[Fault], wall_ns: int, request: int = 0) -> Faults:
    return Faults(tuple(json.dumps(fault.facts(wall_ns)) for fault in faults), request)
