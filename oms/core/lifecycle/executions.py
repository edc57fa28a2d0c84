"""The executions of one order at one place, and what trade corrections and trade cancels (busts) make of them.

An execution is named by the ExecID of its latest report. A correction gives it another name and other figures; a bust ends it. Both say
by ExecRefID (FIX tag 19) which they mean, and that must be the latest report of its chain: whoever names an older one has not read the
newer, so nothing is changed (rule 20 of the order behaviours).

    booking    E1 100@10           E1: 100@10
    correction E2 → E1, 80@11      E2: 80@11          E1 is superseded
    bust       E3 → E2             nothing            E2 is busted, and E3 names nothing that could be changed

Whoever asks gets the exact difference first (`booking`, `correction`, `busting`: a `Change`, or a `Refusal` and nothing changed) and takes it
afterwards, in place (`take`) or in a copy (`after`).

Invariants:
- an ExecID is used once, whatever it named;
- the sums of all changes taken are the sums over what stands: quantity and Σ price × quantity never drift;
- an execution keeps the day it was made on, through every correction: yesterday's trade corrected today is yesterday's.

It does not know orders, nor venues: a parent's executions at several venues are those of its children. Days are any integers that the
caller counts trading days by. Prices may be negative (spreads).
"""

from dataclasses import dataclass, field
from enum import IntEnum

AT = " @ "
"""In the name of an execution: what follows is of that report alone, so that no later report can say it again."""


class ExecutionFault(IntEnum):
    """Why a report about an execution cannot be taken. The first that applies, in this order."""

    REPEATED_EXEC_ID = 1
    QTY_NOT_POSITIVE = 2
    UNKNOWN_REFERENCE = 3
    SUPERSEDED_REFERENCE = 4
    """A later correction of the same execution is known."""
    BUSTED_REFERENCE = 5
    """The execution was cancelled, or the reference names the report that cancelled one."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`exec_id` is the report's own, `exec_ref_id` what it refers to (empty: it refers to nothing)."""

    fault: ExecutionFault
    exec_id: str
    exec_ref_id: str = ""

    def __str__(self) -> str:
        about = f" (of {self.exec_ref_id})" if self.exec_ref_id else ""
        return f"{self.fault.name}: execution {self.exec_id}{about}"


@dataclass(frozen=True, slots=True)
class Execution:
    """Its figures as they stand. `qty` at the instrument's quantity scale, `px` at its price scale, `day` the trading day it was made on.

    `paid_qty`: the quantity that `px` was paid for, where a corporate action changed `qty` since; 0: `qty` itself.
    """

    qty: int
    px: int
    day: int
    paid_qty: int = 0

    @property
    def notional(self) -> int:
        """Price × quantity, exact also after a split."""
        return (self.paid_qty or self.qty) * self.px


@dataclass(frozen=True, slots=True)
class Change:
    """What one report changes. `exec_ref_id` is empty for a new execution; `stands` is None for a bust.

    `delta_qty` and `delta_notional` (price × quantity) are added to the order's sums; `day` is the execution's, whose figures they touch too.
    """

    exec_id: str
    exec_ref_id: str
    stands: Execution | None
    day: int
    delta_qty: int
    delta_notional: int


@dataclass(frozen=True, slots=True)
class Sums:
    """CumQty (FIX tag 14), or DayCumQty (425), and Σ price × quantity behind AvgPx (6), or DayAvgPx (426): the average is notional ÷ qty."""

    qty: int = 0
    notional: int = 0


@dataclass(slots=True)
class Executions:
    """`standing`: ExecID of the latest report → execution. `ended`: an ExecID that cannot be referred to → the report that ended it."""

    standing: dict[str, Execution] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)

    def knows(self, exec_id: str) -> bool:
        """Whether a report of this name was taken, of whatever kind."""
        return exec_id in self.standing or exec_id in self.ended

    def named(self, exec_ref_id: str) -> str:
        """What a reference means, by the name under which it is here; the reference itself where that is nothing, or not one.

        It may leave out what no later report says again (`AT`). Where trades have a name for life (TradeID) each correction adds its own
        ExecID to it: a reference by the trade's name then means the latest of them.
        """
        latest = exec_ref_id
        while latest not in self.standing and self.ended.get(latest, latest) != latest:
            if not self.ended[latest].startswith(f"{exec_ref_id}:"):
                break
            latest = self.ended[latest]
        if latest != exec_ref_id or self.knows(exec_ref_id) or not exec_ref_id:
            return latest
        standing = [name for name in self.standing if name.startswith(exec_ref_id + AT)]
        ended = [name for name in self.ended if name.startswith(exec_ref_id + AT)]
        if len(standing) == 1:
            return standing[0]
        return ended[-1] if ended and not standing else exec_ref_id

    def booking(self, exec_id: str, qty: int, px: int, day: int = 0) -> Change | Refusal:
        """A new execution (FIX ExecType F)."""
        fault = self._fault(exec_id, qty)
        if fault is not None:
            return Refusal(fault, exec_id)
        return Change(exec_id, "", Execution(qty, px, day), day, qty, qty * px)

    def correction(self, exec_ref_id: str, exec_id: str, qty: int, px: int) -> Change | Refusal:
        """A trade correct (FIX ExecType G; 4.2: ExecTransType 2): `qty` and `px` are the execution's from here on, not differences."""
        fault = self._fault(exec_id, qty) or self._reference_fault(exec_ref_id)
        if fault is not None:
            return Refusal(fault, exec_id, exec_ref_id)
        old = self.standing[exec_ref_id]
        stands = Execution(qty, px, old.day)
        return Change(exec_id, exec_ref_id, stands, old.day, qty - old.qty, stands.notional - old.notional)

    def busting(self, exec_ref_id: str, exec_id: str) -> Change | Refusal:
        """A trade cancel (FIX ExecType H; 4.2: ExecTransType 1): the execution never was."""
        fault = self._fault(exec_id, 1) or self._reference_fault(exec_ref_id)
        if fault is not None:
            return Refusal(fault, exec_id, exec_ref_id)
        old = self.standing[exec_ref_id]
        return Change(exec_id, exec_ref_id, None, old.day, -old.qty, -old.notional)

    def take(self, change: Change) -> None:
        """Make a change that was given for these executions as they are. A bug otherwise: it asserts."""
        assert not self.knows(change.exec_id), f"execution {change.exec_id} was taken before"
        if change.exec_ref_id:
            del self.standing[change.exec_ref_id]
            self.ended[change.exec_ref_id] = change.exec_id
        if change.stands is not None:
            self.standing[change.exec_id] = change.stands
        else:
            self.ended[change.exec_id] = change.exec_id

    def after(self, change: Change) -> "Executions":
        """A copy with the change: costs as much as there are executions."""
        copied = Executions(dict(self.standing), dict(self.ended))
        copied.take(change)
        return copied

    def split(self, made: int, out_of: int) -> "Executions | None":
        """A copy in which every execution counts `made` for each `out_of`, for what was paid. None where a quantity would be a fraction."""
        if any(e.qty * made % out_of for e in self.standing.values()):
            return None
        standing = {
            exec_id: Execution(e.qty * made // out_of, e.px, e.day, e.paid_qty or e.qty)
            for exec_id, e in self.standing.items()
        }
        return Executions(standing, dict(self.ended))

    def latest(self, exec_id: str) -> str:
        """The report that names this execution now; empty where it is unknown, busted, or no execution."""
        while exec_id not in self.standing:
            by = self.ended.get(exec_id, exec_id)
            if by == exec_id:
                return ""
            exec_id = by
        return exec_id

    def sums(self, day: int | None = None) -> Sums:
        """Of everything that stands, or of one day's: recounted from the facts."""
        counted = [e for e in self.standing.values() if day is None or e.day == day]
        return Sums(sum(e.qty for e in counted), sum(e.notional for e in counted))

    def _fault(self, exec_id: str, qty: int) -> ExecutionFault | None:
        if self.knows(exec_id):
            return ExecutionFault.REPEATED_EXEC_ID
        return None if qty > 0 else ExecutionFault.QTY_NOT_POSITIVE

    def _reference_fault(self, exec_ref_id: str) -> ExecutionFault | None:
        if exec_ref_id in self.standing:
            return None
        if exec_ref_id not in self.ended:
            return ExecutionFault.UNKNOWN_REFERENCE
        return ExecutionFault.SUPERSEDED_REFERENCE if self.latest(exec_ref_id) else ExecutionFault.BUSTED_REFERENCE
