"""The venue's side of the session protocol: message numbers, logon, gaps, resends, heartbeats. No I/O, no orders, no clock.

Numbers belong to the session name, not to the connection; they survive connections and restarts (the venue log keeps them).
A number is used once, in both directions, by every message: heartbeats and logons included.

Logon(n, m) on a connection, with E = the next number expected from the session:
- n < E, or m above what the venue ever sent: Logout with the reason (its number 0, outside the numbering), disconnect, nothing else.
- the session is connected already: `REPLACE` drops the old connection first, nothing more is read from it, then the new logon is
  confirmed; `REFUSE` answers Logout (number 0) on the new one.
- n = E: the reply says NextExpectedMsgSeqNum n + 1.
- n > E: the reply says E; the numbers E..n did not arrive and only a gap fill to n + 1 or above is processed (orders are not resent).
- ResetSeqNumFlag with number 1 begins both directions at 1.
Then the venue resends what it sent from m on: reports with PossDupFlag and their own number, everything else (the reply included)
as gap fills, so that afterwards the client expects the number after the reply.

Later: a number below the expected one is ignored with PossDupFlag and else ends the connection; a number above it is dropped and
answered with ResendRequest (once per gap).

A connection that speaks FIX (`speaks_fix`) differs where FIX does:
- a refused logon of a session that is not connected has a number of its own; where there is no such session, or it is connected, the
  connection ends without a word;
- a logon without NextExpectedMsgSeqNum is answered without it: what is missing each side then asks for (ResendRequest), also behind
  the logon's own number;
- SequenceReset-Reset moves the number expected forward, whatever its own is.

It does not know what the business messages mean: it hands them on in order, and numbers what it is given to send.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from oms.venues import messages as m
from oms.venues.market_messages import (
    MarketDataIncremental,
    MarketDataRequest,
    MarketDataRequestReject,
    MarketDataSnapshot,
)

HEART_BT_INT_MAX_S = 3600
SENT_KEPT_MAX = (
    20_000  # reports kept per session for a resend; older ones are gap-filled, the client then asks the status
)
SILENCE_FACTOR = 2  # disconnect after this many heartbeat intervals without a byte
SESSION_ID_MAX = 64
SESSIONS_MAX = 1_000
VALUE_INCORRECT = 5  # SessionRejectReason (373)


class DuplicateLogon(Enum):
    """What happens to a logon of a session that is connected."""

    REPLACE = "replace"
    REFUSE = "refuse"


@dataclass(slots=True)
class SessionNumbers:
    """What outlives a connection. `sent` holds the reports sent, by number, ascending; what is not in it was session-level."""

    session_id: str
    next_in: int = 1
    next_out: int = 1
    sent: deque[tuple[int, bytes]] = field(default_factory=deque)

    def keep(self, number: int, line: bytes) -> None:
        self.sent.append((number, line))
        if len(self.sent) > SENT_KEPT_MAX:
            self.sent.popleft()


@dataclass(slots=True)
class _Link:
    connection: int
    numbers: SessionNumbers
    heart_bt_ns: int
    last_in_ns: int
    last_out_ns: int
    test_pending: bool = False
    gap_asked: bool = False


@dataclass(frozen=True, slots=True)
class SendLine:
    """`session_id` empty: of a connection without a session. `is_report`: a report that leaves for the first time. `garbled`: a fault
    spoils its bytes on the way."""

    connection: int
    line: bytes
    session_id: str = ""
    is_report: bool = False
    garbled: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection after what was sent to it; nothing more is read from it, not even what has arrived already."""

    connection: int


Effect = SendLine | Close
Business = m.OrderMessage | m.DontKnowTrade | MarketDataRequest
"""What is not the session layer's own."""


class SessionLayer:
    """`effects`: what the process has to do, in order, once the log has it. `changed`: sessions whose numbers moved.
    `sent`: (session, line) of every numbered report since the last `clear`."""

    def __init__(self, on_duplicate: DuplicateLogon) -> None:
        self._on_duplicate = on_duplicate
        self._sessions: dict[str, SessionNumbers] = {}
        self._links: dict[str, _Link] = {}
        self._by_connection: dict[int, _Link] = {}
        self._fix: set[int] = set()
        self.effects: list[Effect] = []
        self.changed: set[str] = set()
        self.sent: list[tuple[str, bytes]] = []

    def clear(self) -> None:
        """The process took everything since the last call."""
        self.effects, self.sent = [], []
        self.changed.clear()

    # What a checkpoint holds

    def sessions(self) -> tuple[SessionNumbers, ...]:
        return tuple(self._sessions.values())

    def restore(self, numbers: SessionNumbers) -> None:
        self._sessions[numbers.session_id] = numbers

    # What comes in

    def speaks_fix(self, connection: int) -> None:
        self._fix.add(connection)

    def is_fix(self, connection: int) -> bool:
        return connection in self._fix

    def receive(self, connection: int, message: m.SessionMessage, wall_ns: int) -> Business | None:
        """Take one message; a business message that is due comes back, to be carried out now, with `session_of`."""
        link = self._by_connection.get(connection)
        if link is None:
            self._first(connection, message, wall_ns)
            return None
        link.last_in_ns = wall_ns
        link.test_pending = False
        number = message.msg_seq_num
        if isinstance(message, m.SequenceReset) and not message.gap_fill_flag and connection in self._fix:
            self._reset(link, message, wall_ns)
        elif self._is_due(link, number, message.poss_dup_flag, wall_ns):
            self._use_incoming(link, number + 1)
            return self._in_order(link, message, wall_ns)
        return None

    def _is_due(self, link: _Link, number: int, poss_dup: bool, wall_ns: int) -> bool:
        """Whether the number is the one expected; what follows from it where it is not."""
        expected = link.numbers.next_in
        if number < expected:
            if not poss_dup:
                self._end(link, f"MsgSeqNum too low, expecting {expected} but received {number}", wall_ns)
        elif number > expected and not link.gap_asked:
            link.gap_asked = True
            self._send(link, m.ResendRequest(0, expected), wall_ns)
        return number == expected

    def _reset(self, link: _Link, reset: m.SequenceReset, wall_ns: int) -> None:
        if reset.new_seq_no >= link.numbers.next_in:
            self._use_incoming(link, reset.new_seq_no)
        else:
            text = f"NewSeqNo {reset.new_seq_no} is below {link.numbers.next_in}"
            refusal = m.Reject(0, reset.msg_seq_num, text, False, 36, "4", VALUE_INCORRECT)
            self._send(link, refusal, wall_ns)

    def refuse_line(self, connection: int, error: m.MessageError, wall_ns: int) -> None:
        """A line that is no message: its number is used up if it has the one expected; without a number the connection ends."""
        link = self._by_connection.get(connection)
        if link is None:
            self.refuse_logon(connection, str(error))
        elif not error.msg_seq_num:
            self._end(link, str(error), wall_ns)
        elif self._is_due(link, error.msg_seq_num, error.poss_dup, wall_ns):
            link.last_in_ns = wall_ns
            self._use_incoming(link, error.msg_seq_num + 1)
            reason = (error.ref_tag_id, error.ref_msg_type, error.reason)
            self._send(link, m.Reject(0, error.msg_seq_num, str(error), False, *reason), wall_ns)
            if error.ends:
                self._end(link, str(error), wall_ns)

    def session_of(self, connection: int) -> str | None:
        link = self._by_connection.get(connection)
        return link.numbers.session_id if link is not None else None

    def connection_of(self, session_id: str) -> int | None:
        """The connection that the session is thought to have."""
        link = self._links.get(session_id)
        return link.connection if link is not None else None

    def connections(self) -> tuple[tuple[str, int], ...]:
        """(session, connection) of every session that is connected."""
        return tuple((session_id, link.connection) for session_id, link in self._links.items())

    def cut(self, connection: int) -> None:
        """End a connection without a word, behind what was sent to it."""
        self.disconnected(connection)
        self.effects.append(Close(connection))

    def lose_numbers(self, session_id: str) -> bool:
        """As a venue that begins every day, or every start, at 1; what was kept for a resend is gone. False: there is no such session."""
        numbers = self._sessions.get(session_id)
        if numbers is not None:
            numbers.next_in = numbers.next_out = 1
            numbers.sent.clear()
            self.changed.add(session_id)
        return numbers is not None

    def disconnected(self, connection: int) -> None:
        self._fix.discard(connection)
        link = self._by_connection.pop(connection, None)
        if link is not None:
            del self._links[link.numbers.session_id]

    # What goes out

    def report(self, session_id: str, message: m.VenueReport, wall_ns: int) -> None:
        """Number a report and send it; a session that is not connected gets it by resend, a drop copy session that never was as well."""
        numbers = self._sessions.setdefault(session_id, SessionNumbers(session_id))
        line = m.encode(message, numbers.next_out)
        numbers.keep(numbers.next_out, line)
        numbers.next_out += 1
        self.changed.add(session_id)
        self.sent.append((session_id, line))
        link = self._links.get(session_id)
        if link is not None:
            link.last_out_ns = wall_ns
            self.effects.append(SendLine(link.connection, line, session_id, is_report=True))

    def tell(self, connection: int, message: m.SessionMessage, wall_ns: int) -> None:
        """A message that is numbered and not kept: a resend fills its number. Nothing where the connection has no session any more."""
        link = self._by_connection.get(connection)
        if link is not None:
            self._send(link, message, wall_ns)

    def on_timer(self, wall_ns: int) -> None:
        """Heartbeats, test requests, and the end of silent connections. Call it several times per heartbeat interval."""
        for link in tuple(self._links.values()):
            silent_ns = wall_ns - link.last_in_ns
            if silent_ns > SILENCE_FACTOR * link.heart_bt_ns:
                self._end(link, "no message for two heartbeat intervals", wall_ns)
                continue
            if silent_ns > link.heart_bt_ns * 5 // 4 and not link.test_pending:
                link.test_pending = True
                self._send(link, m.TestRequest(0, f"silence-{link.numbers.next_out}"), wall_ns)
            if wall_ns - link.last_out_ns >= link.heart_bt_ns:
                self._send(link, m.Heartbeat(0), wall_ns)

    def end_all(self, text: str, wall_ns: int) -> None:
        for link in tuple(self._links.values()):
            self._end(link, text, wall_ns)

    # How it works

    def _first(self, connection: int, message: m.SessionMessage, wall_ns: int) -> None:
        match message:
            case m.Logon():
                self._logon(connection, message, wall_ns)
            case _:
                self.refuse_logon(connection, "the first message must be Logon")

    def refuse_logon(self, connection: int, text: str, expected: int = 0, session_id: str = "") -> None:
        """Logout and the end, of a connection that has no session. `session_id`: whose logon it was."""
        numbers = self._sessions.get(session_id)
        number = 0
        if connection in self._fix and numbers is not None and session_id not in self._links:
            number, numbers.next_out = numbers.next_out, numbers.next_out + 1
            self.changed.add(session_id)
        self.effects.append(SendLine(connection, m.encode(m.Logout(number, text, expected)), session_id))
        self.effects.append(Close(connection))
        self._fix.discard(connection)

    def _logon_fault(self, logon: m.Logon, numbers: SessionNumbers, is_fix: bool) -> str | None:
        if not 0 < len(logon.session_id) <= SESSION_ID_MAX:
            return f"SessionID must have 1 to {SESSION_ID_MAX} characters"
        if not 0 < logon.heart_bt_int <= HEART_BT_INT_MAX_S:
            return f"HeartBtInt must be 1 to {HEART_BT_INT_MAX_S}"
        if logon.msg_seq_num < numbers.next_in:
            return f"MsgSeqNum too low, expecting {numbers.next_in} but received {logon.msg_seq_num}"
        if logon.reset_seq_num_flag and logon.msg_seq_num != 1:
            return "ResetSeqNumFlag goes with number 1"
        if not (0 if is_fix else 1) <= logon.next_expected_msg_seq_num <= numbers.next_out:
            return f"NextExpectedMsgSeqNum {logon.next_expected_msg_seq_num} was never sent, the next is {numbers.next_out}"
        if logon.session_id in self._links and self._on_duplicate is DuplicateLogon.REFUSE:
            return "the session is connected"
        if logon.session_id not in self._sessions and len(self._sessions) >= SESSIONS_MAX:
            return f"more than {SESSIONS_MAX} sessions"
        return None

    def _logon(self, connection: int, logon: m.Logon, wall_ns: int) -> None:
        numbers = self._sessions.get(logon.session_id) or SessionNumbers(logon.session_id)
        fault = self._logon_fault(logon, numbers, connection in self._fix)
        if fault is not None:
            self.refuse_logon(connection, fault, numbers.next_in, logon.session_id)
            return
        old = self._links.get(logon.session_id)
        if old is not None:
            self.disconnected(old.connection)
            self.effects.append(Close(old.connection))
        self._sessions[logon.session_id] = numbers
        link = _Link(connection, numbers, logon.heart_bt_int * 1_000_000_000, wall_ns, wall_ns)
        self._links[logon.session_id] = self._by_connection[connection] = link
        missing = logon.msg_seq_num != numbers.next_in
        if not missing:
            self._use_incoming(link, logon.msg_seq_num + 1)
        begin, reply = logon.next_expected_msg_seq_num, numbers.next_out
        while numbers.sent and numbers.sent[0][0] < begin:
            numbers.sent.popleft()
        expected = numbers.next_in if begin else 0
        reset = logon.reset_seq_num_flag
        self._send(link, m.Logon(0, logon.session_id, expected, logon.heart_bt_int, False, reset), wall_ns)
        link.gap_asked = missing  # the reply says what is missing, where it says a number
        if missing and not begin:
            self._send(link, m.ResendRequest(0, numbers.next_in), wall_ns)
        if 0 < begin < reply:
            self._resend(link, begin, reply)

    def _in_order(self, link: _Link, message: m.SessionMessage, wall_ns: int) -> Business | None:
        """A message with the expected number, which is used up already."""
        if isinstance(message, Business):
            return message
        match message:
            case m.TestRequest():
                self._send(link, m.Heartbeat(0, message.test_req_id), wall_ns)
            case m.ResendRequest():
                last = link.numbers.next_out - 1
                self._resend(link, max(1, message.begin_seq_no), min(message.end_seq_no or last, last))
            case m.SequenceReset():
                if message.gap_fill_flag and message.new_seq_no > message.msg_seq_num:
                    self._use_incoming(link, message.new_seq_no)
                else:
                    self._send(link, m.Reject(0, message.msg_seq_num, "only gap fills, and only forward"), wall_ns)
            case m.Logout():
                self._end(link, "", wall_ns)
            case m.Heartbeat() | m.Reject():
                pass
            case m.Logon():
                self._end(link, "a second Logon on one connection", wall_ns)
            case m.ExecutionReport() | m.OrderCancelReject() | m.OrderMassCancelReport() | m.BusinessMessageReject():
                self._refuse_kind(link, message, wall_ns)
            case MarketDataSnapshot() | MarketDataIncremental() | MarketDataRequestReject():
                self._refuse_kind(link, message, wall_ns)
        return None

    def _refuse_kind(self, link: _Link, message: m.SessionMessage, wall_ns: int) -> None:
        kind = type(message).__name__
        refusal = m.BusinessMessageReject(0, message.msg_seq_num, kind, "only a venue sends this")
        self.report(link.numbers.session_id, refusal, wall_ns)

    def _use_incoming(self, link: _Link, next_in: int) -> None:
        link.numbers.next_in = next_in
        link.gap_asked = False
        self.changed.add(link.numbers.session_id)

    def _send(self, link: _Link, message: m.SessionMessage, wall_ns: int) -> None:
        """A session-level message: numbered, never resent."""
        self.effects.append(self._line(link, m.encode(message, link.numbers.next_out)))
        link.numbers.next_out += 1
        link.last_out_ns = wall_ns
        self.changed.add(link.numbers.session_id)

    def _end(self, link: _Link, text: str, wall_ns: int) -> None:
        self._send(link, m.Logout(0, text, link.numbers.next_in), wall_ns)
        self.effects.append(Close(link.connection))
        self.disconnected(link.connection)

    def _resend(self, link: _Link, begin: int, end: int) -> None:
        """Everything sent with the numbers begin..end again."""
        at = begin
        for number, line in link.numbers.sent:
            if begin <= number <= end:
                self._gap_fill(link, at, number)
                self.effects.append(self._line(link, m.mark_resent(line)))
                at = number + 1
        self._gap_fill(link, at, end + 1)

    def _gap_fill(self, link: _Link, at: int, to: int) -> None:
        if at < to:
            line = m.encode(m.SequenceReset(at, True, to, poss_dup_flag=True))
            self.effects.append(self._line(link, line))

    def _line(self, link: _Link, line: bytes) -> SendLine:
        return SendLine(link.connection, line, link.numbers.session_id)
