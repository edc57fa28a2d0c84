"""What is executed of a child, event by event: its sums, and its real trades by name, with what corrections made of them.

One fold for live and ended children, and for a draft that has to see what its own events do (`copied`).

Invariants:
- CumQty = Σ over the executions that stand + what stands inferred + fills from records before figures were kept;
- Σ price × quantity likewise, over what is priced;
- an event about a trade adds one name, once; names are never taken back.
It does not know statuses, requests, or whether the child still lives.
"""

from dataclasses import dataclass, replace

from oms.core.enums import ExecType, Liquidity
from oms.core.execution.state import Child, ClosedChild
from oms.core.execution_events import ChildReport, ExecutionSuspended, FillCorrected, FillSuperseded
from oms.core.lifecycle.executions import Execution, Executions, Refusal
from oms.core.reconciliation.fills import (
    Corrections,
    Filled,
    InferredFill,
    is_inferred,
    with_correction,
    with_inferred,
    with_less_inferred,
    with_superseded,
    with_trade,
)


@dataclass(slots=True)
class Ledger:
    """The containers are those of the child, and change in place."""

    filled: Filled
    executions: Executions
    passive: set[str]
    crossed: set[str]
    corrections: Corrections

    def copied(self) -> "Ledger":
        executions = Executions(dict(self.executions.standing), dict(self.executions.ended))
        return Ledger(self.filled, executions, set(self.passive), set(self.crossed), dict(self.corrections))

    def traded(self, trade: ChildReport) -> None:
        """A report with ExecType TRADE."""
        qty, px, cum_qty = trade.last_qty, trade.last_px, trade.venue_cum_qty
        if trade.inferred:
            self.filled = with_inferred(self.filled, InferredFill(trade.exec_id, qty, px), cum_qty)
            return
        self.filled = with_trade(self.filled, qty, px, cum_qty, trade.correctable)
        if trade.correctable:
            self._keep(trade.exec_id, qty, px, trade.liquidity)

    def superseded(self, part: FillSuperseded) -> None:
        name, qty, px = part.inferred_exec_id, part.last_qty, part.last_px
        self.filled = with_superseded(self.filled, name, qty, px, part.venue_cum_qty)
        if part.correctable:
            self._keep(part.exec_id, qty, px, part.liquidity)

    def corrected(self, event: FillCorrected) -> None:
        name, ref, change = event.exec_id, event.exec_ref_id, event.new_qty - event.old_qty
        if is_inferred(ref):
            self.filled = with_less_inferred(self.filled, ref, name, event.new_qty)
            if not self.corrections.get(_report_in(name), (0, 0))[1]:
                self.corrections[name] = event.transact_ns, change
            return
        for part in [n for n in self.corrections if n != name and _report_in(n) == name]:
            del self.corrections[part]  # what was taken of inferred fills, as long as the trade was not known
        self.filled = with_correction(
            self.filled, event.old_qty, event.old_px, event.new_qty, event.new_px, event.venue_cum_qty
        )
        bust = event.exec_type is ExecType.TRADE_CANCEL
        made = (
            self.executions.busting(ref, name)
            if bust
            else self.executions.correction(ref, name, event.new_qty, event.new_px)
        )
        assert not isinstance(made, Refusal), str(made)
        self.executions.take(made)
        self.corrections[name] = event.transact_ns, change
        for marked in (self.passive, self.crossed):
            if ref in marked:
                marked.discard(ref)
                if not bust:
                    marked.add(name)

    def suspended(self, event: ExecutionSuspended) -> bool:
        """A correction of a trade that is not told yet: it moves nothing, but the venue counts what it says from here on, and so much less
        than before as the bust says it takes. False for any other report."""
        if not event.exec_ref_id or self.executions.knows(event.exec_ref_id):
            return False
        self.filled = replace(self.filled, venue_cum_qty=max(self.filled.cum_qty, event.cum_qty))
        taken = event.last_qty if event.exec_type is ExecType.TRADE_CANCEL else 0
        self.corrections[event.exec_id] = event.transact_ns, -taken
        return True

    def liquidity_of(self, exec_id: str) -> Liquidity:
        """As it was booked downstream: what nobody said counts as taken."""
        if exec_id in self.crossed:
            return Liquidity.AUCTION
        return Liquidity.ADDED if exec_id in self.passive else Liquidity.REMOVED

    def _keep(self, exec_id: str, qty: int, px: int, liquidity: Liquidity | None) -> None:
        """A trade comes in parts where some of it takes the place of inferred fills: together they are the execution."""
        part = self.executions.standing.get(exec_id)
        if part is not None:
            self.executions.standing[exec_id] = Execution(part.qty + qty, px, part.day)
            return
        made = self.executions.booking(exec_id, qty, px)
        assert not isinstance(made, Refusal), str(made)
        self.executions.take(made)
        if liquidity is Liquidity.ADDED:
            self.passive.add(exec_id)
        elif liquidity is Liquidity.AUCTION:
            self.crossed.add(exec_id)


def _report_in(name: str) -> str:
    """The venue's report that a correction's name begins with (`oms.core.reconciliation.fills.superseding_id`)."""
    return name.partition(">")[0]


def ledger_of(known: Child | ClosedChild) -> Ledger:
    return Ledger(known.filled, known.executions, known.passive, known.crossed, known.corrections)
