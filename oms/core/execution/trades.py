"""Fills of a child: real trades, those that a venue counts without having told them, and what comes after the end.

A real trade counts once per (venue, ExecID). What inferred fills stand for gives way to it (`oms.core.reconciliation.fills`), the rest
of it is new. Nothing is inferred from a trade: only the answer to "where are we?" says what the venue counts, after it had its time.
A status that a trade brings is taken where its CumQty is ours; a trade from before what we know already changes quantities alone.
What a venue takes back or corrects is in `oms.core.execution.corrections`; a trade that is told after its own correction is booked, and
corrected in the same record.
"""

from oms.core.enums import BreakCause, ExecType, IntentKind, OrdStatus, Side, VenueBehaviour
from oms.core.execution.draft import Draft
from oms.core.execution.legs import behaves
from oms.core.execution.state import Child, ClosedChild, Request, Session
from oms.core.execution_events import ChildReport, ExecutionSuspended, FillSuperseded
from oms.core.reasons import Reason
from oms.core.reconciliation.breaks import Difference
from oms.core.reconciliation.fills import (
    Filled,
    TakenTrade,
    brought_to_now,
    can_be_booked,
    inferred_exec_id,
    missing_price,
    missing_qty,
    take_trade,
)
from oms.core.venue_messages import ReportReceived

UNKNOWN_ORDER_ID = "NONE"
"""FIX tag 37 in a status reply about an order that the venue does not have."""


def child_report(
    draft: Draft,
    child: Child,
    body: ReportReceived,
    *,
    exec_type: ExecType,
    ord_status: OrdStatus,
    cum_qty: int,
    last_qty: int = 0,
    request: int = 0,
    reason: Reason | None = None,
    asked: Request | None = None,
    stated_qty: int | None = None,
) -> None:
    """The venue's report, as the child's. Under UNKNOWN the venue's terms and LeavesQty are not proven: ours stand. `asked`: a replace
    that the venue says it applied, whose terms are ours from here on. `stated_qty`: the venue's CumQty, brought to now."""
    terms, unproven = child.terms, ord_status is OrdStatus.UNKNOWN
    order_qty, price = (child.order_qty, child.price) if unproven else (body.order_qty, body.price)
    if asked is not None:
        order_qty, price = asked.order_qty, asked.price
    draft.add(
        ChildReport(
            order_id=terms.order_id,
            child_id=terms.child_id,
            venue_id=terms.venue_id,
            exec_type=exec_type,
            ord_status=ord_status,
            exec_id=body.exec_id,
            venue_order_id="" if body.venue_order_id == UNKNOWN_ORDER_ID else body.venue_order_id,
            last_qty=last_qty,
            last_px=body.last_px if last_qty else 0,
            cum_qty=cum_qty,
            leaves_qty=max(0, child.order_qty - cum_qty if unproven else body.leaves_qty),
            order_qty=order_qty,
            price=price,
            request=request,
            liquidity=body.liquidity,
            transact_ns=body.transact_ns,
            reason=reason,
            text=body.text,
            venue_cum_qty=body.cum_qty if stated_qty is None else stated_qty,
            correctable=exec_type is ExecType.TRADE and last_qty > 0 and body.cum_qty > 0,
            restatement=body.restatement,
        )
    )


def take_live_trade(
    draft: Draft, session: Session, child: Child, body: ReportReceived, raw: str, corrected_next: bool = False
) -> None:
    """`corrected_next`: a correction of it is known already and follows in this record, so that its status says nothing of now."""
    if body.exec_id in child.exec_ids:
        return
    child_id, filled = child.terms.child_id, child.filled
    stated_qty = brought_to_now(child.corrections, body.cum_qty, body.transact_ns)
    taken = take_trade(filled, body.last_qty, stated_qty)
    _supersede(
        draft, session.session_id, child.terms.order_id, child_id, child.terms.venue_id, filled, taken, body, stated_qty
    )
    cum_qty = filled.cum_qty + taken.new_qty
    if taken.new_qty or not taken.superseded:
        status = body.ord_status
        if _may_go_on(draft, child, body):
            status = OrdStatus.PENDING_REPLACE
        if corrected_next:
            status = child.ord_status
        elif cum_qty != stated_qty:
            superseding = bool(taken.superseded)
            status = _status_of_earlier(draft, session, child, cum_qty, stated_qty, superseding, raw)
        elif stated_qty != body.cum_qty:
            status = child.ord_status  # from before what the venue has taken back since
        child_report(
            draft,
            child,
            body,
            exec_type=ExecType.TRADE,
            ord_status=status,
            cum_qty=cum_qty,
            last_qty=taken.new_qty,
            stated_qty=stated_qty,
        )
        if status is not OrdStatus.UNKNOWN:
            draft.gone(child_id, *SETTLED_BY_ANY_STATUS)
    if not corrected_next:
        note_overfill(draft, session, child.terms.order_id, child_id, cum_qty, child.most_qty)


def _may_go_on(draft: Draft, child: Child, body: ReportReceived) -> bool:
    """Filled at a venue that opens a filled order again, while a replace that asks for more is under way: its answer says whether it ended.
    Of states that apply at once the highest is said (FIX: PendingReplace before Filled)."""
    request = child.pending(IntentKind.REPLACE)
    more = request is not None and request.order_qty > body.cum_qty
    return body.ord_status is OrdStatus.FILLED and more and behaves(draft, child, VenueBehaviour.REOPENS_FILLED)


SETTLED_BY_ANY_STATUS = (BreakCause.NOT_AT_VENUE, BreakCause.NO_ANSWER)
"""Once the venue has said what became of the order, these are over."""


def _status_of_earlier(
    draft: Draft, session: Session, child: Child, cum_qty: int, stated_qty: int, superseding: bool, raw: str
) -> OrdStatus:
    """The venue's CumQty is not ours. A trade from before what was inferred says nothing of now; anything else is doubt."""
    if superseding and cum_qty == max(child.venue_cum_qty, stated_qty):
        return child.ord_status
    draft.anomaly(session, f"fills of {child.terms.child_id} sum to {cum_qty}, the venue says {stated_qty}", raw)
    return OrdStatus.UNKNOWN


def take_late_trade(draft: Draft, session: Session, closed: ClosedChild, body: ReportReceived) -> None:
    """A trade after the end of the child: booked, once; the child stays ended."""
    if body.exec_id in closed.exec_ids:
        return
    filled = closed.filled
    stated_qty = brought_to_now(closed.corrections, body.cum_qty, body.transact_ns)
    taken = take_trade(filled, body.last_qty, stated_qty)
    _supersede(
        draft, session.session_id, closed.order_id, closed.child_id, closed.venue_id, filled, taken, body, stated_qty
    )
    if taken.new_qty:
        draft.add(
            ChildReport(
                order_id=closed.order_id,
                child_id=closed.child_id,
                venue_id=closed.venue_id,
                exec_type=ExecType.TRADE,
                ord_status=body.ord_status,
                exec_id=body.exec_id,
                venue_order_id=body.venue_order_id,
                last_qty=taken.new_qty,
                last_px=body.last_px,
                cum_qty=filled.cum_qty + taken.new_qty,
                leaves_qty=0,
                order_qty=closed.order_qty,
                price=closed.price,
                request=0,
                liquidity=body.liquidity,
                transact_ns=body.transact_ns,
                reason=None,
                text="after the end of the order",
                venue_cum_qty=stated_qty,
                correctable=body.cum_qty > 0,
            )
        )
    cum_qty = filled.cum_qty + taken.new_qty
    note_overfill(draft, session, closed.order_id, closed.child_id, cum_qty, closed.order_qty)


def infer_missing(
    draft: Draft, session: Session, child: Child, venue_cum_qty: int, price: int, transact_ns: int, *, accepted: bool
) -> int:
    """Book what the venue counts beyond our CumQty as one inferred fill; returns CumQty after it. `accepted`: a person decided so.

    The report says UNKNOWN: what the order's status is, a report or a person's decision after it says.
    """
    terms, filled = child.terms, child.filled
    qty = missing_qty(filled, venue_cum_qty)
    cum_qty = filled.cum_qty + qty
    exec_id = inferred_exec_id(terms.venue_id, terms.child_id, filled.cum_qty, cum_qty)
    draft.add(
        ChildReport(
            order_id=terms.order_id,
            child_id=terms.child_id,
            venue_id=terms.venue_id,
            exec_type=ExecType.TRADE,
            ord_status=OrdStatus.UNKNOWN,
            exec_id=exec_id,
            venue_order_id=child.venue_order_id,
            last_qty=qty,
            last_px=price,
            cum_qty=cum_qty,
            leaves_qty=max(0, child.order_qty - cum_qty),
            order_qty=child.order_qty,
            price=child.price,
            request=0,
            liquidity=None,
            transact_ns=transact_ns,
            reason=None,
            text="inferred from the venue's CumQty",
            inferred=True,
            venue_cum_qty=venue_cum_qty,
        )
    )
    if not accepted:
        difference = inferred_difference(terms.order_id, terms.child_id, filled.inferred_qty + qty, cum_qty)
        draft.note(difference, terms.venue_id, session.session_id)
    note_overfill(draft, session, terms.order_id, terms.child_id, cum_qty, child.most_qty)
    return cum_qty


def price_of_missing(child: Child, body: ReportReceived) -> int | None:
    """None: it cannot be told, or what is missing cannot be; a person decides."""
    side: Side = child.terms.side
    if not can_be_booked(child.filled.cum_qty, child.most_qty, missing_qty(child.filled, body.cum_qty)):
        return None
    return missing_price(child.filled, body.cum_qty, body.cum_notional, child.price, side)


EXECUTED = (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)
"""Reports about an execution, which has a name of its own."""


def suspend(
    draft: Draft,
    session: Session,
    body: ReportReceived,
    raw: str,
    why: str = "",
    order_id: str = "",
    child_id: str = "",
) -> bool:
    """Nothing of ours explains it: kept whole, and a person is told. The same again is nothing new: False. `why`: what is not explained,
    where the order is ours."""
    trade = body.exec_type in EXECUTED
    subject = f"{session.venue_id}/{body.exec_id if trade else body.venue_order_id}"
    cause = BreakCause.UNKNOWN_EXECUTION if trade else BreakCause.UNKNOWN_ORDER
    difference = Difference(
        cause,
        subject,
        order_id,
        child_id,
        cl_ord_id=body.cl_ord_id,
        venue_order_id=body.venue_order_id,
        exec_id=body.exec_id if trade else "",
        venue_qty=body.last_qty if trade else body.leaves_qty,
        venue_px=body.last_px if trade else body.price,
        text=why or f"{body.exec_type.name} of {body.cl_ord_id or 'no ClOrdID'}, which is no order of ours",
    )
    before = len(draft.events)
    draft.note(difference, session.venue_id, session.session_id)
    if len(draft.events) == before:
        return False
    draft.add(
        ExecutionSuspended(
            subject=subject,
            venue_id=session.venue_id,
            session_id=session.session_id,
            cl_ord_id=body.cl_ord_id,
            venue_order_id=body.venue_order_id,
            exec_id=body.exec_id,
            exec_type=body.exec_type,
            ord_status=body.ord_status,
            last_qty=body.last_qty,
            last_px=body.last_px,
            cum_qty=body.cum_qty,
            leaves_qty=body.leaves_qty,
            order_qty=body.order_qty,
            price=body.price,
            transact_ns=body.transact_ns,
            at_ns=draft.now_ns,
            raw=raw,
            exec_ref_id=body.exec_ref_id,
        )
    )
    return True


def _supersede(
    draft: Draft,
    session_id: str,
    order_id: str,
    child_id: str,
    venue_id: str,
    filled: Filled,
    taken: TakenTrade,
    body: ReportReceived,
    stated_qty: int,
) -> None:
    for part in taken.superseded:
        draft.add(
            FillSuperseded(
                order_id=order_id,
                child_id=child_id,
                venue_id=venue_id,
                exec_id=body.exec_id,
                inferred_exec_id=part.fill.exec_id,
                last_qty=part.qty,
                last_px=body.last_px,
                inferred_px=part.fill.px,
                left_qty=part.fill.qty - part.qty,
                liquidity=body.liquidity,
                transact_ns=body.transact_ns,
                venue_cum_qty=stated_qty,
                correctable=body.cum_qty > 0,
            )
        )
    if not taken.superseded or draft.open_break(BreakCause.FILL_INFERRED, child_id) is None:
        return
    left = filled.inferred_qty - sum(part.qty for part in taken.superseded)
    if left:
        cum_qty = filled.cum_qty + taken.new_qty
        draft.note(inferred_difference(order_id, child_id, left, cum_qty), venue_id, session_id)
    else:
        draft.gone(child_id, BreakCause.FILL_INFERRED)


def inferred_difference(order_id: str, child_id: str, inferred_qty: int, cum_qty: int) -> Difference:
    """Ours: the real fills. The venue's: what it counts."""
    return Difference(
        BreakCause.FILL_INFERRED,
        child_id,
        order_id,
        child_id,
        our_qty=cum_qty - inferred_qty,
        venue_qty=cum_qty,
        text=f"{inferred_qty} executed by the venue's count and no trade told: booked as inferred",
    )


def note_overfill(draft: Draft, session: Session, order_id: str, child_id: str, cum_qty: int, most_qty: int) -> None:
    """Booked in full whatever it is: the position is real. A person has to know."""
    if cum_qty <= most_qty:
        return
    difference = Difference(
        BreakCause.OVERFILL,
        child_id,
        order_id,
        child_id,
        our_qty=most_qty,
        venue_qty=cum_qty,
        text=f"{cum_qty} executed of {most_qty}",
    )
    draft.note(difference, session.venue_id, session.session_id)
