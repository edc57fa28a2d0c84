"""The only way the router's state changes: one event at a time, integers only, nothing decided.

Every event says all that is needed. The assertions are the mandate's bound and the order of a parent's life: where one fails a bug has
been journaled, and the process must not go on.
"""

from dataclasses import replace
from heapq import heappop, heappush

from oms.core.enums import Algorithm, IntentKind, LegState, OrdStatus, OrdType, TimeInForce, TimerKind, TriggerKind
from oms.core.halt_trigger_words import VenueSessionChanged
from oms.core.list_events import LegChanged, LegCounted, LegReduced, ListDone, ListOpened
from oms.core.reasons import Reason
from oms.core.reconciliation.fills import superseding_id
from oms.core.risk_events import ControlApplied
from oms.core.routing.state import (
    KEPT_TRADING_DATES,
    NOTHING,
    QUEUE_SPARE,
    Armed,
    Child,
    Group,
    Parent,
    Retiming,
    RouterState,
    Taking,
    Terms,
    open_leaves,
)
from oms.core.routing_events import (
    ChildCancel,
    ChildClosed,
    ChildNew,
    ChildReplace,
    ChildRequestRefused,
    DayChanged,
    ForgottenTraded,
    ParentCancelRefused,
    ParentCancelStarted,
    ParentChanged,
    ParentOpened,
    ParentReplaceStarted,
    ParentTraded,
    ReplaceApplied,
    RetimingStarted,
    RetimingStep,
    RoutingDecision,
    RoutingEvent,
    SliceDone,
    TimerDone,
    TimerSet,
    TradeCorrected,
    TradeSuperseded,
    VenueWithdrawn,
)
from oms.core.trigger_events import ChildReplaced, Repegged, StopMoved, TriggerArmed, Triggered

NOT_THE_VENUES_WORD = (
    Reason.NEVER_REACHED_VENUE,
    Reason.HALTED_AT_EXECUTION,
    Reason.GOOD_UNTIL_PASSED_AT_EXECUTION,
    Reason.WITHDRAWN_UNSENT,
)
"""Ends of a child that say nothing about whether its venue would take another one."""


def evolve(state: RouterState, event: RoutingEvent) -> None:
    match event:
        case ParentOpened():
            _opened(state, event)
        case RoutingDecision():
            _decided(state, event)
        case ChildNew():
            _child_new(state, event)
        case ChildCancel():
            child = state.children[event.child_id]
            child.requests, child.pending, child.cancels = event.request, IntentKind.CANCEL, child.cancels + 1
        case ChildReplace():
            _child_replace(state, event)
        case ParentTraded():
            _traded(state, event)
        case TradeSuperseded():
            _superseded(state, event)
        case TradeCorrected():
            _corrected(state, event)
        case ParentChanged():
            _changed(state, event)
        case ChildClosed():
            _child_closed(state, event)
        case TimerSet():
            set_timer(state, event)
        case TimerDone():
            drop_timer(state, event.order_id, event.kind, event.number)
        case SliceDone():
            _slice_done(state, event)
        case ReplaceApplied():
            _replace_settled(state, event)
        case ParentCancelStarted():
            _cancel_started(state, event)
        case ParentCancelRefused():
            _cancel_refused(state, event)
        case ChildRequestRefused():
            _request_refused(state, event)
        case ParentReplaceStarted():
            state.parents[event.order_id].pending_terms = _terms(event)
        case ListOpened() | LegChanged() | LegReduced() | LegCounted() | ListDone():
            _list_event(state, event)
        case TriggerArmed():
            _armed(state, event)
        case Triggered():
            disarm(state, event.order_id)
            if event.kind in (TriggerKind.STOP, TriggerKind.TRAILING_STOP):
                state.parents[event.order_id].triggered = True
        case StopMoved():
            _moved(state, event.order_id, event.stop_px, 0, event.market_position, event.moved_ns)
        case Repegged():
            _moved(state, event.order_id, event.price, event.reference_px, event.market_position, event.moved_ns)
        case ChildReplaced():
            _child_replaced(state, event)
        case VenueWithdrawn():
            parent = state.parents.get(event.order_id)
            if parent is not None and event.child_ids and event.venue_id not in parent.withdrawn:
                parent.withdrawn = (*parent.withdrawn, event.venue_id)
        case DayChanged():
            _day_changed(state, event)
        case RetimingStarted():
            # Whoever decided it saw the same orders; a draft has only those that it was asked for.
            open_ids = sorted(order_id for order_id, parent in state.parents.items() if not parent.closed)
            state.retiming = Retiming(event.reference_position, tuple(open_ids))
        case RetimingStep():
            _retiming_step(state, event)
        case ControlApplied() | VenueSessionChanged() | ForgottenTraded():
            pass  # the loop folds control itself, and nobody here knows the order; all are said for readers downstream


def _list_event(state: RouterState, event: ListOpened | LegChanged | LegReduced | LegCounted | ListDone) -> None:
    match event:
        case ListOpened():
            state.groups[event.list_id] = Group(event.list_id, event.contingency, event.order_ids)
        case LegChanged():
            _leg_changed(state, event)
        case LegReduced():
            _leg_reduced(state, event)
        case LegCounted():
            state.parents[event.order_id].counted_qty = event.counted_qty
        case ListDone():
            del state.groups[event.list_id]


def _terms(event: ParentOpened | ParentReplaceStarted) -> Terms:
    return Terms(
        event.cl_ord_id,
        event.order_qty,
        event.price,
        event.worst_price,
        event.venues,
        event.venue_max_qty,
        event.twap_start_ns,
        event.twap_end_ns,
        event.twap_slices,
        event.good_until_ns,
        event.expires_ns,
        event.decision_offset,
        event.instructions,
        event.accepted_ns,
        event.reduces_from,
    )


def _opened(state: RouterState, event: ParentOpened) -> None:
    assert event.order_id not in state.parents, "an order is opened once"
    state.parents[event.order_id] = Parent(event, _terms(event), OrdStatus.NEW)
    if event.trading_date not in state.trading_dates:
        state.trading_dates = tuple(sorted((*state.trading_dates, event.trading_date)))[-KEPT_TRADING_DATES:]
        for date in [d for d in state.closed if d < state.trading_dates[0]]:
            for order_id in state.closed.pop(date):
                _forget(state, order_id)


def _forget(state: RouterState, order_id: str) -> None:
    parent = state.parents.pop(order_id)
    state.executions.pop(order_id, None)
    state.day_executions.pop(order_id, None)
    for number in range(1, parent.child_count + 1):
        del state.children[f"{order_id}.{number}"]


def _decided(state: RouterState, event: RoutingDecision) -> None:
    parent = state.parents[event.order_id]
    parent.decision_count, parent.seen_position = event.decision_no, event.market_position
    parent.rounds += 1
    takings = []
    for c in event.candidates:
        qty = min(c.chosen_qty, c.displayed_qty - c.own_taken_qty)
        if qty > 0:
            taking = Taking(c.venue_id, c.market_offset, qty)
            takings.append(taking)
            key = (c.venue_id, parent.opened.instrument_id, parent.side.sign)
            state.taken[key] = Taking(c.venue_id, c.market_offset, c.own_taken_qty + qty)
    parent.takings = tuple(takings)
    if event.algorithm is Algorithm.TWAP:
        parent.excluded = ()  # a venue's refusal counts for one slice: a day is long


def _child_new(state: RouterState, event: ChildNew) -> None:
    parent = state.parents[event.order_id]
    assert not parent.closed, "a closed order gets no child"
    assert not parent.held_back, "an order that its list holds back gets no child"
    taking = None
    if event.time_in_force in (TimeInForce.IOC, TimeInForce.FOK) or parent.opened.algorithm is Algorithm.DIRECT:
        taking = next((t for t in parent.takings if t.venue_id == event.venue_id), None)
    state.children[event.child_id] = Child(
        event.order_id,
        event.child_id,
        event.venue_id,
        event.ord_type,
        event.time_in_force,
        event.order_qty,
        event.price,
        taking,
    )
    parent.child_count += 1
    parent.open_children = (*parent.open_children, event.child_id)
    assert parent.cum_qty + open_leaves(state, parent) <= parent.mandated_qty, "beyond the mandate"


def _child_replace(state: RouterState, event: ChildReplace) -> None:
    parent, child = state.parents[event.order_id], state.children[event.child_id]
    child.requests, child.pending = event.request, IntentKind.REPLACE
    child.replace_qty, child.replace_price = event.order_qty, event.price
    assert parent.cum_qty + open_leaves(state, parent) <= parent.mandated_qty, "beyond the mandate"


def _traded(state: RouterState, event: ParentTraded) -> None:
    parent, child = state.parents[event.order_id], state.children[event.child_id]
    state.executions.setdefault(event.order_id, set()).add((event.venue_id, event.exec_id))
    child.cum_qty += event.last_qty
    parent.cum_qty, parent.notional = event.cum_qty, event.notional
    if event.trade_date:
        parent.day_cum_qty, parent.day_notional = event.day_cum_qty, event.day_notional
        if event.trade_date == parent.trade_date:
            state.day_executions.setdefault(event.order_id, set()).add((event.venue_id, event.exec_id))
    _count_traded(parent, event.venue_id, event.last_qty)
    if parent.opened.ord_type is OrdType.MARKET_TO_LIMIT:  # no other has a use for it, and no older snapshot has it
        parent.last_px = event.last_px
    _set_status(state, parent, event.ord_status)


def _corrected(state: RouterState, event: TradeCorrected) -> None:
    parent, child = state.parents[event.order_id], state.children[event.child_id]
    state.executions.setdefault(event.order_id, set()).add((event.venue_id, event.exec_id))
    change = event.new_qty - event.old_qty
    child.cum_qty += change
    parent.cum_qty, parent.notional = event.cum_qty, event.notional
    _goes_on_counting(state, event.order_id, event.venue_id, event.exec_ref_id, event.exec_id)
    if parent.trade_date:
        parent.day_cum_qty, parent.day_notional = event.day_cum_qty, event.day_notional
    _count_traded(parent, event.venue_id, change)
    _set_status(state, parent, event.ord_status)


def _count_traded(parent: Parent, venue_id: str, change: int) -> None:
    traded = dict(parent.traded)
    traded[venue_id] = traded.get(venue_id, 0) + change
    parent.traded = tuple(sorted(traded.items()))


def _superseded(state: RouterState, event: TradeSuperseded) -> None:
    parent = state.parents[event.order_id]
    state.executions.setdefault(event.order_id, set()).add(
        (event.venue_id, superseding_id(event.exec_id, event.inferred_exec_id))
    )
    parent.notional = event.notional
    _goes_on_counting(state, event.order_id, event.venue_id, event.inferred_exec_id, event.exec_id)
    if parent.trade_date:
        parent.day_notional = event.day_notional


def _goes_on_counting(state: RouterState, order_id: str, venue_id: str, before: str, now: str) -> None:
    """A fill known as `before` that counts to the order's present day does so as `now`."""
    todays = state.day_executions.get(order_id, set())
    if (venue_id, before) in todays:
        todays.add((venue_id, now))


def _day_changed(state: RouterState, event: DayChanged) -> None:
    parent = state.parents[event.order_id]
    parent.trade_date, parent.day_start_ns, parent.day_closed = event.trading_date, event.start_ns, event.closed
    if not event.closed:
        parent.day_cum_qty, parent.day_notional = 0, NOTHING
        parent.rounds, parent.excluded = 0, ()  # a venue's refusal, or its close, counts for one day
        state.day_executions.pop(event.order_id, None)


def _retiming_step(state: RouterState, event: RetimingStep) -> None:
    work = state.retiming
    assert work is not None, "a step of nothing"
    if not event.remaining:
        state.retiming = None
        return
    state.retiming = replace(work, order_ids=work.order_ids[-event.remaining :], steps_done=work.steps_done + 1)


def _changed(state: RouterState, event: ParentChanged) -> None:
    parent = state.parents.get(event.order_id)
    if parent is not None:  # a refusal may name an order that is not known any more
        _set_status(state, parent, event.ord_status)


def _set_status(state: RouterState, parent: Parent, status: OrdStatus) -> None:
    if status.is_terminal and not parent.closed:
        state.closed.setdefault(state.trading_dates[-1], []).append(parent.order_id)
        state.suspended.discard(parent.order_id)
        disarm(state, parent.order_id)
    elif (
        parent.closed and not status.is_terminal
    ):  # a bust, which is rare: its record ends the order again, and counts from then
        for order_ids in state.closed.values():
            if parent.order_id in order_ids:
                order_ids.remove(parent.order_id)
    parent.status = status


def _child_closed(state: RouterState, event: ChildClosed) -> None:
    parent, child = state.parents[event.order_id], state.children[event.child_id]
    child.closed, child.pending = True, None
    state.watch.ask(event.order_id)
    parent.must_end = parent.must_end or event.part_of_cancel
    parent.open_children = tuple(c for c in parent.open_children if c != event.child_id)
    if event.ord_status is OrdStatus.EXPIRED and child.time_in_force is TimeInForce.DAY and parent.lives_for_days:
        parent.excluded = (*parent.excluded, child.venue_id)  # the venue has closed, whatever our calendar says
    if event.ord_status is not OrdStatus.REJECTED:
        return
    if event.reason not in NOT_THE_VENUES_WORD and child.venue_id not in parent.excluded:
        parent.excluded = (*parent.excluded, child.venue_id)
    _give_back(state, parent, child)


def _give_back(state: RouterState, parent: Parent, child: Child) -> None:
    """A child that never lived took nothing: the size it aimed at is there for others, if the quote is still the same."""
    if child.taking is None:
        return
    key = (child.venue_id, parent.opened.instrument_id, parent.side.sign)
    taken = state.taken.get(key)
    if taken is not None and taken.market_offset == child.taking.market_offset:
        state.taken[key] = Taking(child.venue_id, taken.market_offset, max(0, taken.qty - child.taking.qty))


def _slice_done(state: RouterState, event: SliceDone) -> None:
    state.parents[event.order_id].slice_no = event.number
    if event.reason is Reason.HALTED_AT_ROUTER:
        state.suspended.add(event.order_id)
    else:
        state.suspended.discard(event.order_id)


def _replace_settled(state: RouterState, event: ReplaceApplied) -> None:
    parent = state.parents.get(event.order_id)
    if parent is None or parent.pending_terms is None or parent.pending_terms.cl_ord_id != event.cl_ord_id:
        return  # refused without having been started
    for child_id in parent.open_children:
        child = state.children[child_id]
        if event.applied and child.replace_qty:
            child.order_qty, child.price = child.replace_qty, child.replace_price
        child.replace_qty, child.replace_price = 0, None
        if child.pending is IntentKind.REPLACE:
            child.pending = None
    if event.applied:
        parent.terms = replace(parent.pending_terms, order_qty=event.order_qty)
        parent.rounds, parent.excluded = 0, ()
        disarm(state, event.order_id)
    parent.pending_terms = None
    state.watch.ask(event.order_id)


def _cancel_started(state: RouterState, event: ParentCancelStarted) -> None:
    parent = state.parents[event.order_id]
    parent.cancelling = True
    disarm(state, event.order_id)
    parent.cancel_cl_ord_id = event.cl_ord_id or parent.cancel_cl_ord_id
    parent.end_reason = event.reason
    parent.must_end = parent.must_end or event.must_end
    state.suspended.discard(event.order_id)
    for child_id in parent.open_children:
        state.children[child_id].cancels = 0


def _leg_changed(state: RouterState, event: LegChanged) -> None:
    """Rounds count anew: the order is planned under conditions that are new to it."""
    parent = state.parents[event.order_id]
    if event.leg_state is not parent.leg:
        disarm(state, event.order_id)
    parent.leg, parent.released_qty, parent.rounds = event.leg_state, event.released_qty, 0
    if event.leg_state is LegState.LEAVING:
        for child_id in parent.open_children:
            state.children[child_id].cancels = 0
    if event.leg_state is LegState.ARMED:
        assert not parent.open_children, "an order that waits in the router has nothing at a venue"


def _leg_reduced(state: RouterState, event: LegReduced) -> None:
    parent = state.parents[event.order_id]
    assert event.order_qty > parent.cum_qty, "an order is reduced to something that is left"
    parent.terms = replace(parent.terms, order_qty=event.order_qty)
    if parent.pending_terms is not None:
        qty = max(parent.cum_qty, parent.pending_terms.order_qty - event.executed_qty)
        parent.pending_terms = replace(parent.pending_terms, order_qty=qty)


def _request_refused(state: RouterState, event: ChildRequestRefused) -> None:
    child = state.children[event.child_id]
    if event.kind is IntentKind.REPLACE:
        child.replace_qty, child.replace_price = 0, None
    if child.pending is event.kind:  # a cancel may have followed a replace, which is then still to be answered
        child.pending = IntentKind.REPLACE if child.replace_qty else None
    state.watch.ask(event.order_id)


def _cancel_refused(state: RouterState, event: ParentCancelRefused) -> None:
    parent = state.parents[event.order_id]
    parent.cancelling, parent.cancel_cl_ord_id, parent.end_reason = False, "", None
    for child_id in parent.open_children:
        state.children[child_id].cancels = 0


def set_timer(state: RouterState, event: TimerSet) -> None:
    """Set, or move, a timer."""
    drop_timer(state, event.order_id, event.kind, event.number)
    state.timers[(event.order_id, event.kind, event.number)] = event.due_ns
    heappush(state.queue, (event.due_ns, event.order_id, event.kind, event.number))
    parent = state.parents[event.order_id]
    parent.timers = (*parent.timers, (event.kind, event.number))
    _prune(state)


def drop_timer(state: RouterState, order_id: str, kind: TimerKind, number: int) -> None:
    if state.timers.pop((order_id, kind, number), None) is None:
        return
    parent = state.parents[order_id]
    parent.timers = tuple(t for t in parent.timers if t != (kind, number))
    _prune(state)


def _prune(state: RouterState) -> None:
    """The head of the queue is a timer that is set, and at most every other one behind it is not."""
    queue, timers = state.queue, state.timers
    while queue and timers.get(queue[0][1:]) != queue[0][0]:
        heappop(queue)
    if len(queue) > 2 * len(timers) + QUEUE_SPARE:
        queue[:] = sorted((due_ns, *key) for key, due_ns in timers.items())


def _armed(state: RouterState, event: TriggerArmed) -> None:
    o = state.parents[event.order_id].opened
    _arm(
        state,
        Armed(
            event.order_id,
            o.instrument_id,
            o.venue_id if o.algorithm is Algorithm.DIRECT else "",
            o.side.sign,
            event.kind,
            event.price,
            event.qty,
            event.offset,
            event.reference_px,
            event.market_position,
            event.armed_ns,
        ),
    )


def _arm(state: RouterState, armed: Armed) -> None:
    """An order waits for one thing at a time; the index has what the state has."""
    state.watch.made_of(state.armed)
    state.armed[armed.order_id] = armed
    state.watch.put(armed)


def disarm(state: RouterState, order_id: str) -> None:
    """An order that ends, is being cancelled, works or gets other terms waits for nothing."""
    if order_id in state.armed:
        state.watch.made_of(state.armed)
        del state.armed[order_id]
        state.watch.drop(order_id)


def _moved(state: RouterState, order_id: str, price: int, reference_px: int, position: int, at_ns: int) -> None:
    armed = state.armed[order_id]
    _arm(state, replace(armed, price=price, reference_px=reference_px, position=position, changed_ns=at_ns))


def _child_replaced(state: RouterState, event: ChildReplaced) -> None:
    child = state.children[event.child_id]
    child.order_qty, child.price = event.order_qty, event.price
    child.replace_qty, child.replace_price = 0, None
    if child.pending is IntentKind.REPLACE:  # a cancel may have followed it
        child.pending = None
    state.watch.ask(event.order_id)
