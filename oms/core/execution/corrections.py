"""Trade corrections and trade cancels (busts) of a venue: FIX ExecType TradeCorrect and TradeCancel, with ExecRefID (19).

A correction names the latest report of an execution, and moves CumQty and Σ price × quantity by the exact difference (rule 20 of the order
behaviours); told again it is nothing. A child that has ended stays ended (rule 10), filled or not: its CumQty moves, nothing is sent for
it. Where the venue says that it put the busted quantity back into its book, a person has to know (OPEN_AFTER_END).

What cannot be told from a list of what is booked is kept in suspense with a break, and moves nothing (rule 25): a reference that is not
known, not the latest any more, or busted. It waits there for its trade: one that comes later is booked and corrected in one record.
Meanwhile inferred fills give way: what the venue took back it cannot count, so that of those as much is taken as we count beyond the
CumQty that the bust states.

It does not know who asks for a bust, nor what follows for the parent.
"""

from dataclasses import dataclass, replace

from oms.core.enums import BreakCause, ExecType, OrdStatus
from oms.core.execution.draft import Draft
from oms.core.execution.ledger import Ledger, ledger_of
from oms.core.execution.state import Child, ClosedChild, Session
from oms.core.execution.trades import (
    SETTLED_BY_ANY_STATUS,
    inferred_difference,
    note_overfill,
    suspend,
    take_late_trade,
    take_live_trade,
)
from oms.core.execution_events import ChildReport, ExecutionSuspended, FillCorrected, FillSuperseded
from oms.core.lifecycle.executions import Change, ExecutionFault, Refusal
from oms.core.reconciliation.breaks import Difference
from oms.core.reconciliation.fills import brought_to_now, can_be_booked, superseding_id
from oms.core.venue_messages import ReportReceived

_ENDED = (OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED)


@dataclass(slots=True)
class Corrected:
    """The child that a correction is about, with a ledger of this record's own. `live` is None for one that has ended."""

    session: Session
    order_id: str
    child_id: str
    venue_id: str
    order_qty: int
    most_qty: int
    ledger: Ledger
    live: Child | None


def _about(session: Session, known: Child | ClosedChild) -> Corrected:
    ledger = ledger_of(known).copied()
    if isinstance(known, ClosedChild):
        qty = known.order_qty
        return Corrected(session, known.order_id, known.child_id, known.venue_id, qty, qty, ledger, None)
    t = known.terms
    return Corrected(session, t.order_id, t.child_id, t.venue_id, known.order_qty, known.most_qty, ledger, known)


def take_trade_report(
    draft: Draft, session: Session, known: Child | ClosedChild, body: ReportReceived, raw: str
) -> None:
    """A trade, and what is already known to have become of it. One of a quantity that cannot be is kept in suspense."""
    most_qty = known.order_qty if isinstance(known, ClosedChild) else known.most_qty
    if not can_be_booked(known.filled.cum_qty, most_qty, body.last_qty) and body.exec_id not in known.exec_ids:
        _unbelievable(draft, _about(session, known), body, raw)
        return
    waiting = _waiting_for(draft, body.exec_id, session.venue_id)
    first = len(draft.events)
    if isinstance(known, ClosedChild):
        take_late_trade(draft, session, known, body)
    else:
        take_live_trade(draft, session, known, body, raw, waiting is not None)
    if waiting is None or body.exec_id in known.exec_ids:
        return
    about = _about(session, known)
    for event in draft.events[first:]:
        if isinstance(event, ChildReport):
            about.ledger.traded(event)
        elif isinstance(event, FillSuperseded):
            about.ledger.superseded(event)
    _follow(draft, about, waiting)


def take_correction(draft: Draft, session: Session, known: Child | ClosedChild, body: ReportReceived, raw: str) -> None:
    if body.exec_id in known.exec_ids or not body.exec_id:
        if not body.exec_id:
            draft.anomaly(session, f"a {body.exec_type.name} without an ExecID", raw)
        return
    about = _about(session, known)
    body = replace(body, exec_ref_id=about.ledger.executions.named(body.exec_ref_id))
    change = _change(about.ledger, body)
    if isinstance(change, Change):
        if not can_be_booked(about.ledger.filled.cum_qty, about.most_qty, change.delta_qty):
            _unbelievable(draft, about, body, raw)
            return
        _apply(draft, about, body, change, raw)
        _follow(draft, about, _waiting_for(draft, body.exec_id, session.venue_id))
        return
    if change.fault is ExecutionFault.QTY_NOT_POSITIVE:
        draft.anomaly(session, f"{body.exec_type.name} {body.exec_id} to a quantity of {body.last_qty}", raw)
        return
    why = f"{body.exec_type.name} of execution {body.exec_ref_id or 'without ExecRefID'}: {change.fault.name}"
    if not suspend(draft, session, body, raw, why, about.order_id, about.child_id):
        return  # told before
    if change.fault is ExecutionFault.UNKNOWN_REFERENCE:
        about.ledger.suspended(next(e for e in reversed(draft.events) if isinstance(e, ExecutionSuspended)))
        _cut_inferred(draft, about, body)


def _unbelievable(draft: Draft, about: Corrected, body: ReportReceived, raw: str) -> None:
    """No record could hold what it makes of the child's quantity: it waits for a person."""
    cum_qty = about.ledger.filled.cum_qty
    why = f"{body.last_qty} executed, with {cum_qty} before, of {about.most_qty}: no such quantity can be booked"
    suspend(draft, about.session, body, raw, why, about.order_id, about.child_id)


def take_unexplained_correction(draft: Draft, session: Session, body: ReportReceived) -> bool:
    """A correction of an execution that is itself in suspense. A bust closes that one's break: neither moves anything. True where it did."""
    about = _suspended(draft, session.venue_id, body.exec_ref_id)
    if about is None or body.exec_type is not ExecType.TRADE_CANCEL:
        return False
    draft.gone(about.subject, BreakCause.UNKNOWN_EXECUTION)
    draft.anomaly(session, f"execution {body.exec_ref_id} in suspense was cancelled by {body.exec_id}", about.raw)
    return True


def _change(ledger: Ledger, body: ReportReceived) -> Change | Refusal:
    """A correction to nothing is a bust by another name."""
    if body.exec_type is ExecType.TRADE_CANCEL or body.last_qty == 0:
        return ledger.executions.busting(body.exec_ref_id, body.exec_id)
    return ledger.executions.correction(body.exec_ref_id, body.exec_id, body.last_qty, body.last_px)


def _apply(draft: Draft, about: Corrected, body: ReportReceived, change: Change, raw: str) -> None:
    ledger, old = about.ledger, about.ledger.executions.standing[body.exec_ref_id]
    stated_qty = brought_to_now(ledger.corrections, body.cum_qty, body.transact_ns)
    cum_qty = ledger.filled.cum_qty + change.delta_qty
    stands = change.stands
    status = _status(draft, about, body, stated_qty, cum_qty, raw)
    event = FillCorrected(
        order_id=about.order_id,
        child_id=about.child_id,
        venue_id=about.venue_id,
        exec_type=ExecType.TRADE_CORRECT if stands is not None else ExecType.TRADE_CANCEL,
        exec_id=body.exec_id,
        exec_ref_id=body.exec_ref_id,
        old_qty=old.qty,
        old_px=old.px,
        new_qty=stands.qty if stands is not None else 0,
        new_px=stands.px if stands is not None else 0,
        cum_qty=cum_qty,
        leaves_qty=max(0, about.order_qty - cum_qty) if about.live is not None and not status.is_terminal else 0,
        ord_status=status,
        liquidity=ledger.liquidity_of(body.exec_ref_id),
        transact_ns=body.transact_ns,
        venue_cum_qty=stated_qty,
        text=body.text,
    )
    draft.add(event)
    ledger.corrected(event)
    _breaks(draft, about, body, status)


def _status(draft: Draft, about: Corrected, body: ReportReceived, stated_qty: int, cum_qty: int, raw: str) -> OrdStatus:
    """The venue's word of a live child, where its CumQty is ours; UNKNOWN, and asked about, where it is not, or where it says that the
    order ended meanwhile: that is not how an end is told. From before what is known: nothing new."""
    child = about.live
    if child is None:
        return body.ord_status
    if cum_qty != stated_qty:
        draft.anomaly(
            about.session,
            f"fills of {about.child_id} sum to {cum_qty} after {body.exec_id}, the venue says {stated_qty}",
            raw,
        )
        return OrdStatus.UNKNOWN
    if stated_qty != body.cum_qty:
        return child.ord_status
    filled_short = body.ord_status is OrdStatus.FILLED and cum_qty < child.order_qty
    return OrdStatus.UNKNOWN if body.ord_status in _ENDED or filled_short else body.ord_status


def _breaks(draft: Draft, about: Corrected, body: ReportReceived, status: OrdStatus) -> None:
    """Differences that are over by it, that changed, or that it brings."""
    filled, child_id = about.ledger.filled, about.child_id
    if filled.cum_qty <= about.most_qty:
        draft.gone(child_id, BreakCause.OVERFILL)
    note_overfill(draft, about.session, about.order_id, child_id, filled.cum_qty, about.most_qty)
    if filled.cum_qty == filled.venue_cum_qty:
        draft.gone(child_id, BreakCause.VENUE_CUM_BELOW)
    if filled.inferred_qty and draft.open_break(BreakCause.FILL_INFERRED, child_id) is not None:
        difference = inferred_difference(about.order_id, child_id, filled.inferred_qty, filled.cum_qty)
        draft.note(difference, about.venue_id, about.session.session_id)
    if about.live is not None:
        if status is not OrdStatus.UNKNOWN:
            draft.gone(child_id, *SETTLED_BY_ANY_STATUS)
    elif body.leaves_qty and not body.ord_status.is_terminal:
        text = f"{body.leaves_qty} open at the venue again after {body.exec_type.name} {body.exec_id}, ended for us"
        difference = Difference(
            BreakCause.OPEN_AFTER_END, child_id, about.order_id, child_id, body.cl_ord_id, body.venue_order_id,
            "", 0, body.leaves_qty, None, body.price, text,
        )  # fmt: skip
        draft.note(difference, about.venue_id, about.session.session_id)


def _cut_inferred(draft: Draft, about: Corrected, body: ReportReceived) -> None:
    """A bust of a trade that was never told. What we inferred in its place we count beyond the venue's CumQty now, and take back."""
    ledger = about.ledger
    excess = ledger.filled.cum_qty - brought_to_now(ledger.corrections, body.cum_qty, body.transact_ns)
    for fill in ledger.filled.inferred:
        part = min(excess, fill.qty)
        if part <= 0:
            break
        excess -= part
        cum_qty = ledger.filled.cum_qty - part
        live = about.live
        event = FillCorrected(
            order_id=about.order_id,
            child_id=about.child_id,
            venue_id=about.venue_id,
            exec_type=ExecType.TRADE_CORRECT if fill.qty > part else ExecType.TRADE_CANCEL,
            exec_id=superseding_id(body.exec_id, fill.exec_id),
            exec_ref_id=fill.exec_id,
            old_qty=fill.qty,
            old_px=fill.px,
            new_qty=fill.qty - part,
            new_px=fill.px if fill.qty > part else 0,
            cum_qty=cum_qty,
            leaves_qty=max(0, about.order_qty - cum_qty) if live is not None else 0,
            ord_status=OrdStatus.UNKNOWN if live is not None else body.ord_status,
            liquidity=ledger.liquidity_of(fill.exec_id),
            transact_ns=body.transact_ns,
            venue_cum_qty=body.cum_qty,
            text="the venue took back a trade that it had not told",
        )
        draft.add(event)
        ledger.corrected(event)
    if not ledger.filled.inferred:
        draft.gone(about.child_id, BreakCause.FILL_INFERRED)
    elif draft.open_break(BreakCause.FILL_INFERRED, about.child_id) is not None:
        filled = ledger.filled
        difference = inferred_difference(about.order_id, about.child_id, filled.inferred_qty, filled.cum_qty)
        draft.note(difference, about.venue_id, about.session.session_id)


# --- what waits for its trade


def _waiting_for(draft: Draft, exec_id: str, venue_id: str) -> ExecutionSuspended | None:
    """The correction in suspense that names this execution."""
    suspense = draft.state.breaks.suspense
    for held in suspense.values():
        if held.exec_ref_id == exec_id and held.venue_id == venue_id:
            return held
    return None


def _suspended(draft: Draft, venue_id: str, exec_id: str) -> ExecutionSuspended | None:
    return draft.state.breaks.suspense.get(f"{venue_id}/{exec_id}") if exec_id else None


def _follow(draft: Draft, about: Corrected, held: ExecutionSuspended | None) -> None:
    """The corrections that waited for this execution, one after the other; their breaks are over."""
    while held is not None:
        body = _body_of(held)
        change = _change(about.ledger, body)
        if not isinstance(change, Change):
            return
        _apply(draft, about, body, change, held.raw)
        draft.gone(held.subject, BreakCause.UNKNOWN_EXECUTION)
        held = _waiting_for(draft, held.exec_id, held.venue_id)


def _body_of(held: ExecutionSuspended) -> ReportReceived:
    """The report as it came."""
    return ReportReceived(
        cl_ord_id=held.cl_ord_id,
        orig_cl_ord_id="",
        exec_type=held.exec_type,
        ord_status=held.ord_status,
        exec_id=held.exec_id,
        venue_order_id=held.venue_order_id,
        last_qty=held.last_qty,
        last_px=held.last_px,
        cum_qty=held.cum_qty,
        leaves_qty=held.leaves_qty,
        order_qty=held.order_qty,
        price=held.price,
        liquidity=None,
        transact_ns=held.transact_ns,
        text="told before its trade",
        exec_ref_id=held.exec_ref_id,
    )
