"""The venue's drop copy: what it says of executions another way, and what follows where our journal says otherwise.

A copy is a fact about the venue, not about an order: it books nothing, ends nothing and moves no position (`TradeCopied`). What is ours to
say is in our own reports of trades, corrections and busts; the fold takes both to `oms.core.monitors.trades`, and a timer judges.

    we do not have it, an order of ours that lives     TRADE_UNKNOWN_HERE, and the venue is asked where that order is: what it then counts
                                                       beyond our CumQty is booked as inferred (`oms.core.reconciliation`)
    we do not have it, and no such order lives         TRADE_UNKNOWN_HERE, and a break UNKNOWN_EXECUTION, which a person decides
    the copy does not have it, or says otherwise       TRADE_NOT_CONFIRMED, TRADE_DIFFERS: people talk to the venue
    alike after all, or the break was decided          the alert is cleared

Nothing is judged while one of the two sessions is down, or has not yet heard again what it missed: the grace begins when both have. Where
executions wait for UNHEARD_NS and one of the two is down, that is one alert, about the session. An inferred fill is nobody's word.

Invariants:
- a copy counts once per (venue, ExecID) in a day: ExecID (17) is unique within one trading day, and some count from 1 every morning;
- every timer makes less of what is due: it moves keys out of `waiting` or `agreed`, or turns `unheard`;
- an own trade of a session without a drop copy is not waited for.
It does not know how orders come to be, nor whether the venue or we are right.
"""

from dataclasses import replace

from oms.core.enums import AlertKind, BreakCause, ExecType, IntentKind, LimitScope, ResolutionKind, TimerKind
from oms.core.execution.draft import Draft
from oms.core.execution.state import (
    Child,
    ClosedChild,
    Copied,
    ExecutionState,
    Session,
    drop_copy_of,
    parse_cl_ord_id,
)
from oms.core.execution.trades import EXECUTED
from oms.core.execution_events import (
    BreakResolved,
    ChildReport,
    ExecutionEvent,
    FillCorrected,
    FillSuperseded,
    TradeCopied,
    TradesJudged,
)
from oms.core.monitors import alerts
from oms.core.monitors.alerts import AlertCleared, AlertRaised, Measure
from oms.core.monitors.trades import (
    Pair,
    Told,
    TradeSaid,
    TradeState,
    forget,
    is_corrected,
    is_of_another_day,
    judge,
    key_of,
    measure_of,
    next_due_ns,
    overdue,
    pair_of,
    remember,
    rename,
    root_of,
    settle,
    take,
)
from oms.core.reconciliation.breaks import Difference
from oms.core.reconciliation.fills import is_inferred
from oms.core.stage import TimerInput
from oms.core.venue_messages import CopyReceived

UNHEARD_NS = 60_000_000_000
"""How long executions may wait for a session that is down before a person hears of it: a logon takes seconds, a venue's restart a minute."""

ABOUT_TRADES = (
    ChildReport, FillSuperseded, FillCorrected, TradeCopied, TradesJudged, AlertRaised, AlertCleared, BreakResolved,
)  # fmt: skip
"""The events that the fold looks at."""


def take_copy(draft: Draft, session: Session, body: CopyReceived, raw: str) -> None:
    """One message of a drop copy session. What executes nothing is no news, and what was told before neither."""
    if not session.copies:
        draft.anomaly(session, f"a drop copy of {body.exec_id} in a session that is for orders", raw)
        return
    if body.exec_type not in EXECUTED:
        return
    if not body.exec_id or (body.exec_type is not ExecType.TRADE and not body.exec_ref_id):
        draft.anomaly(session, f"a drop copy of a {body.exec_type.name} that does not name its execution", raw)
        return
    table = draft.state.trades.get(session.copies, _NOTHING)
    key = key_of(session.venue_id, body.exec_id)
    if key not in table.copied or is_of_another_day(table, key, body.transact_ns):
        draft.add(
            TradeCopied(
                session_id=session.session_id,
                venue_id=session.venue_id,
                exec_type=body.exec_type,
                exec_id=body.exec_id,
                exec_ref_id=body.exec_ref_id,
                cl_ord_id=body.cl_ord_id,
                venue_order_id=body.venue_order_id,
                account_id=body.account_id,
                instrument_id=body.instrument_id,
                side=body.side,
                last_qty=body.last_qty,
                last_px=body.last_px,
                transact_ns=body.transact_ns,
                at_ns=draft.now_ns,
            )
        )


_NOTHING = TradeState("")


# --- what is due


def due_trades(state: ExecutionState, wall_ns: int) -> TimerInput | None:
    """The first table about which something is to be said."""
    for session_id, table in state.trades.items():
        due_ns = _due_ns(state, session_id, table)
        if due_ns is not None and due_ns <= wall_ns:
            return TimerInput(session_id, TimerKind.TRADES, table.judgements, due_ns)
    return None


def _due_ns(state: ExecutionState, session_id: str, table: TradeState) -> int | None:
    copy_id = _copy_id(state, session_id, table)
    if not copy_id:
        return None  # it has none any more: what was open stays as it is
    open_since_ns = _open_since_ns(state, session_id, copy_id)
    if open_since_ns:
        return open_since_ns if table.unheard else next_due_ns(table, open_since_ns)
    oldest = next(iter(table.waiting.values()), None)
    return oldest.since_ns + UNHEARD_NS if oldest is not None and not table.unheard else None


def _open_since_ns(state: ExecutionState, session_id: str, copy_id: str) -> int:
    """Wall time since when both ways are open, and all has come that was missed; 0: they are not."""
    since = [s.caught_up_ns if s is not None else 0 for s in map(state.sessions.get, (session_id, copy_id))]
    return max(since) if all(since) else 0


def _copy_id(state: ExecutionState, session_id: str, table: TradeState) -> str:
    return drop_copy_of(state.reference.venues.get(table.venue_id), session_id)


def judge_trades(draft: Draft, session_id: str) -> None:
    """Say what is due of this table, and what is over."""
    state, table = draft.state, draft.state.trades[session_id]
    copy_id = _copy_id(state, session_id, table)
    open_since_ns = _open_since_ns(state, session_id, copy_id)
    if not open_since_ns:
        draft.add(TradesJudged(session_id, (), (), True))
        _say(draft, [_unheard(state, session_id, copy_id, 1)], draft.now_ns)
        return
    keys = overdue(table, open_since_ns, draft.now_ns)
    draft.add(TradesJudged(session_id, keys, tuple(table.agreed), False))
    if table.unheard:
        _say(draft, [_unheard(state, session_id, copy_id, 0)], draft.now_ns)
    for key, at_ns in table.agreed.items():
        _clear(draft, table, key, at_ns)
        draft.gone(key, BreakCause.UNKNOWN_EXECUTION)
    for key in keys:
        _differs(draft, session_id, table, key)


def _unheard(state: ExecutionState, session_id: str, copy_id: str, value: int) -> Measure:
    """That one of the two ways is down: told once for all that waits."""
    copy, waiting = state.sessions.get(copy_id), len(state.trades[session_id].waiting)
    down = session_id if copy is not None and copy.caught_up_ns else copy_id
    text = f"the session {down} is down: {waiting} executions of {session_id} are not compared with the drop copy"
    return Measure(AlertKind.TRADE_NOT_CONFIRMED, LimitScope.FIRM, "", session_id, value, 0, -1, text)


def _differs(draft: Draft, session_id: str, table: TradeState, key: str) -> None:
    pair = table.waiting[key]
    measure = measure_of(pair)
    if table.raised.get(key, measure.alert_id) != measure.alert_id:
        _clear(draft, table, key, pair.newest.at_ns)
    _say(draft, [measure], pair.newest.at_ns)
    if measure.kind is AlertKind.TRADE_UNKNOWN_HERE:
        _repair(draft, draft.state.sessions[session_id], pair)


def _say(draft: Draft, measures: list[Measure], at_ns: int) -> None:
    for event in alerts.decide(draft.state.alerts, measures, at_ns):
        draft.add(event)


def _clear(draft: Draft, table: TradeState, key: str, at_ns: int) -> None:
    if key in table.raised:
        draft.add(AlertCleared(table.raised[key], at_ns))


def _repair(draft: Draft, session: Session, pair: Pair) -> None:
    """The means there are for a fill that was never told: the order's own status, or a person."""
    word = pair.newest
    child_id, _ = parse_cl_ord_id(draft.state.partition, word.cl_ord_id)
    child, closed = draft.child(child_id), draft.state.closed.get(child_id)
    if child is not None and child.sent:
        if child_id not in session.awaiting:
            draft.intent(child, IntentKind.STATUS)
        return
    text = "told by the drop copy alone" + (", of an order that has ended" if closed is not None else "")
    order_id = closed.order_id if closed is not None else ""
    difference = Difference(
        BreakCause.UNKNOWN_EXECUTION, word.key, order_id, child_id if closed is not None else "", word.cl_ord_id,
        exec_id=word.exec_id, venue_qty=abs(word.signed_qty), venue_px=word.price, text=text,
    )  # fmt: skip
    if draft.open_break(*difference.key) is None:  # the order session may have told it too, and said more
        draft.note(difference, session.venue_id, session.session_id)


# --- the fold


def fold_trades(state: ExecutionState, event: ExecutionEvent) -> None:
    """Before the event's own change of the state."""
    match event:
        case ChildReport(exec_type=ExecType.TRADE, inferred=False) | FillSuperseded() | FillCorrected():
            _own(state, event)
        case TradeCopied():
            _copied(state, event)
        case TradesJudged():
            table = state.trades[event.session_id]
            judge(table, event.differ, event.agree)
            table.unheard, table.judgements = event.unheard, table.judgements + 1
        case AlertRaised():
            for table in state.trades.values():
                if event.subject in table.judged:
                    table.raised[event.subject] = event.alert_id
        case AlertCleared():
            told = state.alerts.open.get(event.alert_id)
            for table in state.trades.values():
                if told is not None and table.raised.get(told.subject) == event.alert_id:
                    del table.raised[told.subject]
        case BreakResolved():
            if event.kind is not ResolutionKind.CAUSE_GONE:
                _decided(state, event)
        case _:
            pass


def _about(known: Child | ClosedChild) -> Copied | None:
    """None: the child ended when its venue gave no drop copy."""
    if isinstance(known, ClosedChild):
        return known.copied
    return Copied(known.terms.session_id, known.terms.account_id, known.terms.instrument_id, known.terms.side)


def _own(state: ExecutionState, event: ChildReport | FillSuperseded | FillCorrected) -> None:
    """What we say of an execution. Of one that comes in parts, for some of it was inferred, they are said together."""
    known = state.children.get(event.child_id) or state.closed.get(event.child_id)
    assert known is not None, f"an execution of {event.child_id}, which is not known"
    about = _about(known)
    if about is None or not drop_copy_of(state.reference.venues.get(event.venue_id), about.session_id):
        return
    table = state.trades.setdefault(about.session_id, TradeState(event.venue_id))
    venue_id, key = event.venue_id, key_of(event.venue_id, event.exec_id)
    if isinstance(event, FillCorrected):
        if is_inferred(event.exec_ref_id):
            return
        root = root_of(table, key_of(venue_id, event.exec_ref_id))
        rename(table, key, root)
        key, qty, px, busted = root, event.new_qty, event.new_px, event.exec_type is ExecType.TRADE_CANCEL
    else:
        if is_of_another_day(table, key, event.transact_ns):
            forget(table, key)
        before = pair_of(table, key)
        part = before.own if before is not None and before.own is not None else None
        qty, px, busted = event.last_qty + (abs(part.signed_qty) if part is not None else 0), event.last_px, False
    word = TradeSaid(
        Told.OWN, venue_id, _name(venue_id, key), about.account_id, about.instrument_id, about.side.sign * qty, px, event.transact_ns,
        busted,
    )  # fmt: skip
    take(table, word, state.sessions[about.session_id].last_in_ns)


def _name(venue_id: str, key: str) -> str:
    return key.removeprefix(f"{venue_id}/")


def _copied(state: ExecutionState, copy: TradeCopied) -> None:
    """What the venue says. Where our own word is forgotten the ledger of the order still has it."""
    session_id = state.sessions[copy.session_id].copies
    table = state.trades.setdefault(session_id, TradeState(copy.venue_id))
    told = key = key_of(copy.venue_id, copy.exec_id)
    if copy.exec_type is not ExecType.TRADE:
        root = root_of(table, key_of(copy.venue_id, copy.exec_ref_id))
        rename(table, key, root)
        key = root
    elif is_of_another_day(table, key, copy.transact_ns):
        forget(table, key)
    corrected = copy.exec_type is ExecType.TRADE and is_corrected(table, key)
    remember(table, told)
    if corrected:
        return  # told after its own correction, which says what stands
    word = TradeSaid(
        Told.VENUE, copy.venue_id, _name(copy.venue_id, key), copy.account_id, copy.instrument_id, copy.side.sign * copy.last_qty,
        copy.last_px, copy.transact_ns, copy.exec_type is ExecType.TRADE_CANCEL or not copy.last_qty, copy.cl_ord_id,
    )  # fmt: skip
    if pair_of(table, key) is None and (own := _in_ledger(state, copy, word)) is not None:
        take(table, own, copy.at_ns)
    take(table, word, copy.at_ns)


def _in_ledger(state: ExecutionState, copy: TradeCopied, word: TradeSaid) -> TradeSaid | None:
    """Our word of an execution of which the table has nothing, from the order that the copy names."""
    child_id, _ = parse_cl_ord_id(state.partition, copy.cl_ord_id)
    known: Child | ClosedChild | None = state.children.get(child_id) or state.closed.get(child_id)
    if known is None:
        return None
    about = _about(known)
    stands = known.executions.standing.get(copy.exec_id) or known.executions.standing.get(copy.exec_ref_id)
    if stands is not None and about is not None:
        return TradeSaid(
            Told.OWN, word.venue_id, word.exec_id, about.account_id, about.instrument_id, about.side.sign * stands.qty, stands.px,
            word.at_ns,
        )  # fmt: skip
    # told again, from before what became of it: we had it then
    return replace(word, told=Told.OWN) if copy.exec_id in known.exec_ids else None


def _decided(state: ExecutionState, event: BreakResolved) -> None:
    """A person has looked: at an execution that no order of ours explains, or at what was booked in place of fills that were not told."""
    for table in state.trades.values():
        for key in _explained(state, table, event):
            pair = pair_of(table, key)
            if pair is not None:
                settle(table, key, pair.newest)


def _explained(state: ExecutionState, table: TradeState, event: BreakResolved) -> tuple[str, ...]:
    if event.cause is BreakCause.UNKNOWN_EXECUTION:
        return (event.subject,) if event.subject in table.judged else ()
    if event.cause is not BreakCause.FILL_INFERRED:
        return ()
    return tuple([key for key, p in table.judged.items() if p.own is None and _child_of(state, p) == event.subject])


def _child_of(state: ExecutionState, pair: Pair) -> str:
    return parse_cl_ord_id(state.partition, pair.newest.cl_ord_id)[0]
