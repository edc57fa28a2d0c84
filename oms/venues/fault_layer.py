"""Faults of the venues, switched on at run time: which are on, whom they strike, and what becomes of the message that is struck.

It decides, for each place where a message passes, whether a fault takes it. It does nothing by itself: `oms.venues.order_entry` asks
it. No I/O, no clock, no numbers.

    arrival of an order message    DROP_REQUESTS, IGNORE_REQUESTS, DISCONNECT_AFTER, DISCONNECT_UNANSWERED,
                                   REFUSE_MASS_CANCELS, IGNORE_MASS_CANCELS
    a report, before its number    LOSE_REPORTS, HOLD_REPORTS, REPEAT_REPORTS
    a line, on its way out         SILENCE, WRONG_NUMBERS, GARBAGE, REORDER_REPORTS, DUPLICATE_REPORTS, DELAY_REPLIES
    a logon                        REFUSE_LOGON, DENY_LOGON, LOSE_NUMBERS
    the end of a connection        REFUSE_LOGON

Invariants:
- what a fault did is in `journal`, for the venue's log: who reads the log can tell the venue's faults from its rules;
- lines of one connection leave in order, but for REORDER_REPORTS; a connection that ends first gets what was kept back for it;
- a fault ends with the process: after a restart the venue has none, and reports that were held are lost.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from oms.core.enums import ExecType
from oms.venues import messages as m
from oms.venues.fault_messages import FaultKind, FaultSet
from oms.venues.session_layer import Close, Effect, SendLine

FAULTS_MAX = 1_000
"""Faults on at once: each message asks them all."""

HELD_MAX = 100_000
"""Reports held and lines delayed; beyond it the fault does not strike."""

WRONG_BY = 1_000
"""What WRONG_NUMBERS adds: far beyond what is on its way on any connection."""

_MS_NS = 1_000_000
_COUNT_DEFAULTS_TO_ONE = (
    FaultKind.DISCONNECT_AFTER,
    FaultKind.DISCONNECT_UNANSWERED,
    FaultKind.LOSE_NUMBERS,
    FaultKind.DENY_LOGON,
)
_AT_ONCE = (FaultKind.DISCONNECT, FaultKind.FORGET_ORDER)
_NAMES_ORDER = (
    FaultKind.FORGET_ORDER,
    FaultKind.DROP_REQUESTS,
    FaultKind.IGNORE_REQUESTS,
    FaultKind.LOSE_REPORTS,
    FaultKind.REPEAT_REPORTS,
    FaultKind.COPY_OTHER_PRICE,
    FaultKind.COPY_OTHER_QTY,
    FaultKind.COPY_INVENTED,
)

Report = tuple[str, m.VenueReport]


@dataclass(slots=True)
class Fault:
    """One that is on. `left` 0 = no bound; `until_ns` 0 = until cleared (wall time)."""

    number: int
    kind: FaultKind
    session_id: str
    cl_ord_id: str
    left: int
    until_ns: int
    delay_ns: int
    struck: int = 0
    over: bool = False

    def facts(self, wall_ns: int) -> dict[str, Any]:
        left_ms = max(0, self.until_ns - wall_ns) // _MS_NS if self.until_ns else 0
        return {
            "Fault": self.number, "SessionID": self.session_id, "Kind": self.kind.value, "Left": self.left,
            "LeftMs": left_ms, "Ms": self.delay_ns // _MS_NS, "ClOrdID": self.cl_ord_id, "Struck": self.struck,
        }  # fmt: skip


@dataclass(slots=True)
class FaultLayer:
    """`journal`: what faults did since the last `clear_journal`, for the log."""

    faults: list[Fault] = field(default_factory=list)
    journal: list[dict[str, Any]] = field(default_factory=list)
    _next: int = 1
    _held: deque[Report] = field(default_factory=deque)
    _overtaken: dict[int, SendLine] = field(default_factory=dict)
    _late: dict[int, deque[tuple[int, SendLine]]] = field(default_factory=dict)

    # Switches

    def set(self, wanted: FaultSet, wall_ns: int) -> Fault | str:
        """Switch on; the text says why not. What happens at once is only noted here, and over."""
        if (problem := self._problem(wanted)) is not None:
            return problem
        delays, bounded = wanted.kind is FaultKind.DELAY_REPLIES, wanted.kind in _COUNT_DEFAULTS_TO_ONE
        fault = Fault(
            self._next,
            wanted.kind,
            wanted.session_id,
            wanted.cl_ord_id,
            wanted.count or int(bounded),
            wall_ns + wanted.ms * _MS_NS if wanted.ms and not delays else 0,
            wanted.ms * _MS_NS if delays else 0,
        )
        self._next += 1
        self._note(fault, "set")
        if wanted.kind not in _AT_ONCE:
            self.faults.append(fault)
        return fault

    def _problem(self, wanted: FaultSet) -> str | None:
        if len(self.faults) >= FAULTS_MAX:
            return f"more than {FAULTS_MAX} faults are on: clear some"
        if wanted.count < 0 or wanted.ms < 0:
            return "Count and Ms cannot be negative"
        if wanted.kind is FaultKind.DELAY_REPLIES and not wanted.ms:
            return "delay-replies needs Ms"
        if wanted.kind in _AT_ONCE and (wanted.count or wanted.ms):
            return f"{wanted.kind.value} happens at once: it takes neither Count nor Ms"
        if wanted.kind is FaultKind.HOLD_REPORTS and wanted.count:
            return "hold-reports holds all that comes until it ends: it takes no Count"
        if wanted.kind is FaultKind.FORGET_ORDER and not (wanted.cl_ord_id and wanted.session_id):
            return "forget-order needs SessionID and ClOrdID"
        if wanted.cl_ord_id and wanted.kind not in _NAMES_ORDER:
            return f"{wanted.kind.value} strikes a session, not an order"
        return None

    def clear(self, session_id: str | None, wall_ns: int) -> list[Fault]:
        """Switch off those set for the session (None = all). What they held leaves."""
        gone = [f for f in self._on(wall_ns) if session_id is None or f.session_id == session_id]
        for fault in gone:
            self._end(fault, "cleared")
        return gone

    def listed(self, wall_ns: int) -> list[Fault]:
        return list(self._on(wall_ns))

    def clear_journal(self) -> None:
        self.journal = []

    # Arrivals

    def drops(self, session_id: str, message: m.OrderMessage, line: bytes, wall_ns: int) -> bool:
        fault = self._strike(FaultKind.DROP_REQUESTS, session_id, wall_ns, _named(message))
        if fault is not None:
            self._note(fault, "dropped", Line=line.decode(errors="replace"))
        return fault is not None

    def ignores(self, session_id: str, message: m.OrderMessage, wall_ns: int) -> bool:
        fault = self._strike(FaultKind.IGNORE_REQUESTS, session_id, wall_ns, _named(message))
        if fault is None and isinstance(message, m.OrderMassCancelRequest):
            fault = self._strike(FaultKind.IGNORE_MASS_CANCELS, session_id, wall_ns)
        if fault is not None:
            self._note(fault, "ignored", MsgSeqNum=message.msg_seq_num, ClOrdID=_named(message))
        return fault is not None

    def refuses(self, session_id: str, message: m.OrderMassCancelRequest, wall_ns: int) -> bool:
        fault = self._strike(FaultKind.REFUSE_MASS_CANCELS, session_id, wall_ns)
        if fault is not None:
            self._note(fault, "refused", MsgSeqNum=message.msg_seq_num, ClOrdID=message.cl_ord_id)
        return fault is not None

    def disconnects(self, kind: FaultKind, session_id: str, message: m.OrderMessage, wall_ns: int) -> bool:
        """Whether the connection ends with this message, the last that was counted."""
        fault = self._strike(kind, session_id, wall_ns)
        if fault is None or not fault.over:
            return False
        self._note(fault, "disconnected", MsgSeqNum=message.msg_seq_num)
        return True

    # Logons and the ends of connections

    def refuses_logon(self, session_id: str, wall_ns: int) -> bool:
        fault = self._strike(FaultKind.REFUSE_LOGON, session_id, wall_ns)
        if fault is not None:
            self._note(fault, "refused a logon", SessionID=session_id)
        return fault is not None

    def denies_logon(self, session_id: str, wall_ns: int) -> bool:
        fault = self._strike(FaultKind.DENY_LOGON, session_id, wall_ns)
        if fault is not None:
            self._note(fault, "denied a logon", SessionID=session_id)
        return fault is not None

    def hides_the_end(self, session_id: str, wall_ns: int) -> bool:
        """Whether the venue goes on as if the connection were there."""
        return self._find(FaultKind.REFUSE_LOGON, session_id, wall_ns) is not None

    def loses_numbers(self, session_id: str, wall_ns: int) -> bool:
        fault = self._strike(FaultKind.LOSE_NUMBERS, session_id, wall_ns)
        if fault is not None:
            self._note(fault, "numbers lost", SessionID=session_id)
        return fault is not None

    # Reports, before they are numbered

    def held_and_due(self, wall_ns: int) -> list[Report]:
        """Held reports of sessions where the fault is over, oldest first."""
        if not self._held:
            return []
        due: list[Report] = []
        still: deque[Report] = deque()
        for report in self._held:
            over = self._find(FaultKind.HOLD_REPORTS, report[0], wall_ns) is None
            (due if over else still).append(report)
        self._held = still
        return due

    def said(self, report: Report, wall_ns: int) -> int:
        """How often the report is numbered and sent now: 0, 1 or 2. 0: it was lost, or is held."""
        session_id, message = report
        named = "" if isinstance(message, m.BusinessMessageReject) else message.cl_ord_id
        fault = self._strike(FaultKind.LOSE_REPORTS, session_id, wall_ns, named)
        if fault is not None:
            self._note(fault, "lost", Report=m.encode(message).decode())
            return 0
        fault = self._strike(FaultKind.HOLD_REPORTS, session_id, wall_ns) if len(self._held) < HELD_MAX else None
        if fault is not None:
            self._held.append(report)
            self._note(fault, "held", Report=m.encode(message).decode())
            return 0
        fault = self._strike(FaultKind.REPEAT_REPORTS, session_id, wall_ns, named)
        if fault is not None:
            self._note(fault, "repeated", ClOrdID=named)
        return 1 if fault is None else 2

    def copies(self, session_id: str, copy: m.ExecutionReport, wall_ns: int) -> tuple[m.ExecutionReport, ...]:
        """What a drop copy session is told of an execution: the copy, spoilt perhaps, and one of an execution that there never was."""
        if not self.faults or copy.exec_type is ExecType.TRADE_CANCEL:
            return (copy,)
        name = copy.cl_ord_id
        if (fault := self._strike(FaultKind.COPY_OTHER_PRICE, session_id, wall_ns, name)) is not None:
            self._note(fault, "another price", ExecID=copy.exec_id)
            copy = replace(copy, last_px=copy.last_px + 1)
        if (fault := self._strike(FaultKind.COPY_OTHER_QTY, session_id, wall_ns, name)) is not None:
            self._note(fault, "another quantity", ExecID=copy.exec_id)
            copy = replace(copy, last_qty=copy.last_qty + 1)
        if (fault := self._strike(FaultKind.COPY_INVENTED, session_id, wall_ns, name)) is not None:
            invented = replace(copy, exec_id=f"{copy.exec_id}-INVENTED", exec_type=ExecType.TRADE, exec_ref_id="")
            self._note(fault, "invented", ExecID=invented.exec_id)
            return copy, invented
        return (copy,)

    # Lines, on their way out

    def outgoing(self, effects: list[Effect], wall_ns: int) -> list[Effect]:
        """What leaves now, in order. Call it every turn, also without effects: what was delayed becomes due."""
        out: list[Effect] = []
        for connection in tuple(self._late):
            self._ripen(connection, wall_ns, out)
        for effect in effects:
            if isinstance(effect, Close):
                if (kept := self._overtaken.pop(effect.connection, None)) is not None:
                    self._late.setdefault(effect.connection, deque()).append((0, kept))
                out += [line for _, line in self._late.pop(effect.connection, ())]
                out.append(effect)
            elif (spoilt := self._spoilt(effect, wall_ns)) is not None:
                for line in self._shuffled(spoilt, wall_ns):
                    self._delayed(line, wall_ns, out)
        return out

    def _spoilt(self, line: SendLine, wall_ns: int) -> SendLine | None:
        """What becomes of the bytes of a session's line; None: they do not leave."""
        if not (self.faults and line.session_id):
            return line
        if (fault := self._strike(FaultKind.SILENCE, line.session_id, wall_ns)) is not None:
            self._note(fault, "kept silent", Line=line.line.decode())
            return None
        if (fault := self._strike(FaultKind.WRONG_NUMBERS, line.session_id, wall_ns)) is not None:
            self._note(fault, "numbered wrongly", Line=line.line.decode())
            message = m.decode(line.line)
            return replace(line, line=m.encode(message, getattr(message, "msg_seq_num", 0) + WRONG_BY))
        if (fault := self._strike(FaultKind.GARBAGE, line.session_id, wall_ns)) is not None:
            self._note(fault, "spoilt", Line=line.line.decode())
            return replace(line, garbled=True)
        return line

    def next_due_ns(self) -> int | None:
        """When something that was delayed leaves."""
        return min((lines[0][0] for lines in self._late.values()), default=None)

    def connection_gone(self, connection: int) -> None:
        self._overtaken.pop(connection, None)
        self._late.pop(connection, None)

    def _shuffled(self, line: SendLine, wall_ns: int) -> list[SendLine]:
        kept = self._overtaken.pop(line.connection, None)
        if not line.is_report:
            return [line] if kept is None else [kept, line]
        if kept is not None:
            return [line, kept]
        fault = self._strike(FaultKind.REORDER_REPORTS, line.session_id, wall_ns)
        if fault is not None:
            self._overtaken[line.connection] = line
            self._note(fault, "kept to be overtaken", SessionID=line.session_id)
            return []
        fault = self._strike(FaultKind.DUPLICATE_REPORTS, line.session_id, wall_ns)
        if fault is not None:
            self._note(fault, "sent twice", SessionID=line.session_id)
            return [line, SendLine(line.connection, m.mark_resent(line.line), line.session_id)]
        return [line]

    def _delayed(self, line: SendLine, wall_ns: int, out: list[Effect]) -> None:
        waiting = self._late.get(line.connection)
        fault = self._find(FaultKind.DELAY_REPLIES, line.session_id, wall_ns) if line.session_id else None
        if fault is not None:
            self._hit(fault)
        elif not waiting:
            out.append(line)
            return
        due_ns = wall_ns + (fault.delay_ns if fault is not None else 0)
        if waiting:
            due_ns = max(due_ns, waiting[-1][0])
        self._late.setdefault(line.connection, deque()).append((due_ns, line))

    def _ripen(self, connection: int, wall_ns: int, out: list[Effect]) -> None:
        waiting = self._late[connection]
        while waiting and waiting[0][0] <= wall_ns:
            out.append(waiting.popleft()[1])
        if not waiting:
            del self._late[connection]

    # How a fault is found, strikes, and ends

    def _on(self, wall_ns: int) -> list[Fault]:
        for fault in [f for f in self.faults if f.until_ns and f.until_ns <= wall_ns]:
            self._end(fault, "ended")
        return self.faults

    def _find(self, kind: FaultKind, session_id: str, wall_ns: int, cl_ord_id: str = "") -> Fault | None:
        if not self.faults:
            return None
        for fault in self._on(wall_ns):
            named = fault.session_id in ("", session_id) and fault.cl_ord_id in ("", cl_ord_id)
            if fault.kind is kind and named:
                return fault
        return None

    def _strike(self, kind: FaultKind, session_id: str, wall_ns: int, cl_ord_id: str = "") -> Fault | None:
        fault = self._find(kind, session_id, wall_ns, cl_ord_id)
        if fault is not None:
            self._hit(fault)
        return fault

    def _hit(self, fault: Fault) -> None:
        fault.struck += 1
        if fault.left:
            fault.left -= 1
            if not fault.left:
                self._end(fault, "used up")

    def _end(self, fault: Fault, how: str) -> None:
        fault.over = True
        self.faults = [f for f in self.faults if f is not fault]
        self._note(fault, how)

    def _note(self, fault: Fault, did: str, **facts: Any) -> None:
        self.journal.append(
            {"Fault": fault.number, "Kind": fault.kind.value, "SessionID": fault.session_id, "Did": did} | facts
        )


def _named(message: m.OrderMessage) -> str:
    return "" if isinstance(message, m.OrderMassStatusRequest) else message.cl_ord_id
