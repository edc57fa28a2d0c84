"""What happens when the time of a parent comes: its validity ends, its trading day is over, the next begins, its calendar changes.

    EXPIRE fires              every open child is asked to go, the order ends EXPIRED (VALIDITY_ENDED) once none is open; until then it is
                              asked again, after 1, 2, 4 … 4096 s: a venue that refuses a cancel does not outlive the order's end
    DAY_CHANGE at the close   a GT order is done for the day (LeavesQty stays), its DAY children are asked to go; what is unknown stays so
    DAY_CHANGE at the start   it is restated (GT_RENEWAL): DayOrderQty, DayCumQty, DayAvgPx count anew, CumQty does not; the rest is placed

Each is a journaled command that rests on tape time and reference data alone. A process that was down meets every change that it missed, in
order, and places nothing for a day that is over. An order that is ending changes days like any other; its status stays pending.
Where the calendar never closes, a new trading date restates the order and touches nothing else.

A calendar that changes (a session added, an early close) moves the timers of all open orders, RETIMED_MAX at a time, each step a record.
"""

from oms.core.enums import ExecRestatementReason, ExecType, IntentKind, TimeInForce, TimerKind
from oms.core.lifecycle.table import Trigger
from oms.core.reasons import Reason
from oms.core.reference import Calendar
from oms.core.routing.draft import Draft
from oms.core.routing.ending import ask_cancel, move, tell, wind_down
from oms.core.routing.placing import place_again
from oms.core.routing.state import Parent
from oms.core.routing.triggers import waits_for_stop
from oms.core.routing.validity import arm, arm_day_change, calendar_of, expiry, next_change
from oms.core.routing_events import DayChanged, RetimingStarted, RetimingStep
from oms.core.sessions import day_after, day_at
from oms.core.stage import ReferenceInput, StepInput

RETIMED_MAX = 500
"""Two timer events of some hundred bytes for each order: a record stays far below a megabyte."""

EXPIRY_PAUSE_NS = 1_000_000_000
"""Tape time before an order past its end is cancelled again: longer than any venue takes to answer."""

EXPIRY_DOUBLINGS_MAX = 12
"""The pause doubles up to about an hour: as long as the order is not gone, somebody asks, and a venue that is away finds no heap of it."""


def on_expiry(draft: Draft, parent: Parent, number: int) -> None:
    draft.end_timer(parent, TimerKind.EXPIRE, number)
    now_ns, due_ns = draft.conditions.tape_ns, expiry(draft, parent)
    if not parent.cancelling and (due_ns is None or due_ns > now_ns):
        if due_ns is not None:
            draft.set_timer(parent, TimerKind.EXPIRE, number, due_ns)
        return
    if parent.cancelling:
        for child in draft.open_children(parent):
            ask_cancel(draft, child)
    else:
        wind_down(draft, parent, Reason.VALIDITY_ENDED, Trigger.EXPIRED)
    if not parent.closed:
        pause_ns = EXPIRY_PAUSE_NS << min(number - 1, EXPIRY_DOUBLINGS_MAX)
        draft.set_timer(parent, TimerKind.EXPIRE, number + 1, now_ns + pause_ns)


def on_day_change(draft: Draft, parent: Parent, number: int) -> None:
    draft.end_timer(parent, TimerKind.DAY_CHANGE, number)
    calendar, change = calendar_of(draft, parent), next_change(draft, parent)
    if calendar is None or change is None:
        return
    if change[1] > draft.conditions.tape_ns:
        arm_day_change(draft, parent)
    elif parent.day_closed or calendar.always_open or not parent.trade_date:
        _open_day(draft, parent, calendar)
    else:
        _close_day(draft, parent)


def _close_day(draft: Draft, parent: Parent) -> None:
    status = move(draft, parent, Trigger.DONE_FOR_DAY)
    draft.emit(DayChanged(parent.order_id, parent.trade_date, parent.day_start_ns, True))
    tell(draft, parent, ExecType.DONE_FOR_DAY, status)
    for child in draft.open_children(parent):
        # The venue ends them at its own close; the request is for one that closes later than the calendar says.
        if child.rests and child.time_in_force is TimeInForce.DAY and child.pending is not IntentKind.CANCEL:
            ask_cancel(draft, child)
    arm_day_change(draft, parent)


def _open_day(draft: Draft, parent: Parent, calendar: Calendar) -> None:
    renewed = parent.trade_date > 0
    day = day_after(calendar, parent.trade_date) if renewed else day_at(calendar, draft.conditions.tape_ns)
    assert day is not None, "a change of day that the calendar knows"
    draft.emit(DayChanged(parent.order_id, day.trading_date, day.start_ns, False))
    if renewed:
        status = move(draft, parent, Trigger.DAY_STARTED)
        tell(draft, parent, ExecType.RESTATED, status, restatement=ExecRestatementReason.GT_RENEWAL)
    arm_day_change(draft, parent)
    if waits_for_stop(parent) and parent.order_id in draft.state.armed:
        return  # it waits on, with its stop where it has trailed to
    if not parent.cancelling and parent.pending_terms is None and parent.terms.twap_slices == 0:
        place_again(draft, parent)


def on_reference(draft: Draft, changed: ReferenceInput) -> None:
    """A calendar came into force: begin to look at the timers of what is open."""
    calendar = changed.change.entity
    if not isinstance(calendar, Calendar):
        return
    if draft.state.reference.version("calendar", calendar.calendar_id) != changed.offset:
        return  # another change came first
    matched = draft.count_open()
    if matched:
        draft.emit(RetimingStarted(calendar.calendar_id, changed.offset, matched))


def retime(draft: Draft, step: StepInput) -> None:
    """The next orders of a retiming."""
    work = draft.state.retiming
    assert work is not None and step.step == work.steps_done + 1, f"step {step.step} of a retiming is not the next"
    chunk = work.order_ids[:RETIMED_MAX]
    for order_id in chunk:
        parent = draft.parent(order_id)
        if parent is not None and not parent.closed:
            arm(draft, parent)
    draft.emit(RetimingStep(len(work.order_ids) - len(chunk)))
