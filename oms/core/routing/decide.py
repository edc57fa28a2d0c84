"""The router's answer to each kind of input. Each input touches only the orders it names, a resume those that a halt suspended.

Halts: nothing here acts on what is open (risk cancels in steps, execution may on its own); they are asked wherever something new would
leave. A resume brings the next slice of suspended TWAPs forward, at most RESUMED_MAX in its record; the others go on at their timers.
"""

from collections.abc import Set

from oms.core.control import (
    AlertAcknowledged,
    BreakResolution,
    CancelScope,
    ClockAnchor,
    ControlHeartbeat,
    Halt,
    Liquidate,
    Resume,
)
from oms.core.enums import ExecType, TimerKind
from oms.core.execution_events import (
    Anomaly,
    ChildReport,
    ChildRequestRejected,
    ChildTaken,
    ChildUnknown,
    ChildUnsent,
    ExecutionEvent,
    FillCorrected,
    FillSuperseded,
    SessionDown,
    SessionUp,
)
from oms.core.halt_trigger_words import VenueSessionChanged
from oms.core.market import MarketView
from oms.core.reasons import Reason
from oms.core.risk_events import (
    CancelAccepted,
    ControlApplied,
    ListAccepted,
    MassCancelStep,
    OrderAccepted,
    ReplaceAccepted,
    RiskEvent,
)
from oms.core.routing.contingency import open_list, settle_lists
from oms.core.routing.days import on_day_change, on_expiry, on_reference, retime
from oms.core.routing.draft import Draft
from oms.core.routing.ending import wind_down
from oms.core.routing.firing import on_trigger
from oms.core.routing.making import halted
from oms.core.routing.placing import resume_twap, retry_due, work_slice
from oms.core.routing.refusing import ask_again
from oms.core.routing.reports import on_corrected, on_report, on_request_rejected, on_superseded, on_unsent
from oms.core.routing.requests import cancel_order, open_order, replace_order, withdraw_order
from oms.core.routing.state import RouterState
from oms.core.routing_events import RoutingEvent, TimerDone
from oms.core.stage import (
    Conditions,
    ControlInput,
    ExecutionInput,
    Input,
    ReferenceInput,
    RiskInput,
    StepInput,
    TimerInput,
)

RESUMED_MAX = 1000
"""A timer event is some hundred bytes; a record must stay well below a megabyte."""


def decide(
    state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
) -> tuple[RoutingEvent, ...]:
    draft = Draft(state, conditions, market)
    if isinstance(stage_input, RiskInput):
        for risk_event in stage_input.events:
            _on_risk(draft, stage_input, risk_event)
    elif isinstance(stage_input, ExecutionInput):
        corrected = {e.exec_ref_id for e in stage_input.events if isinstance(e, FillCorrected)}
        for execution_event in stage_input.events:
            _on_execution(draft, execution_event, corrected)
    elif isinstance(stage_input, ControlInput):
        _on_control(draft, stage_input)
    elif isinstance(stage_input, TimerInput):
        _on_timer(draft, stage_input)
    elif isinstance(stage_input, ReferenceInput):
        on_reference(draft, stage_input)
    elif isinstance(stage_input, StepInput):
        retime(draft, stage_input)
    settle_lists(draft)
    return tuple(draft.events)


def _on_risk(draft: Draft, record: RiskInput, event: RiskEvent) -> None:
    if isinstance(event, ListAccepted):
        open_list(draft, record.offset, event)
    elif isinstance(event, OrderAccepted):
        open_order(draft, record.offset, record.event_time_ns, event)
    elif isinstance(event, ReplaceAccepted):
        replace_order(draft, record.offset, record.event_time_ns, event)
    elif isinstance(event, CancelAccepted):
        cancel_order(draft, event.order_id, event.cancel.cl_ord_id)
    elif isinstance(event, MassCancelStep):
        for order_id in event.order_ids:
            if event.venues:
                withdraw_order(draft, order_id, event.venues)
            else:
                cancel_order(draft, order_id, "")


def _on_execution(draft: Draft, event: ExecutionEvent, corrected: Set[str]) -> None:
    """`corrected`: executions that this record corrects."""
    if isinstance(event, ChildReport):
        on_report(draft, event, event.exec_type is ExecType.TRADE and event.exec_id in corrected)
    elif isinstance(event, FillSuperseded):
        on_superseded(draft, event)
    elif isinstance(event, FillCorrected):
        on_corrected(draft, event)
    elif isinstance(event, ChildRequestRejected):
        on_request_rejected(draft, event)
    elif isinstance(event, ChildUnsent):
        on_unsent(draft, event)
    elif isinstance(event, SessionUp | SessionDown):  # risk counts how long a venue is lost, and reads no other journal
        is_up = isinstance(event, SessionUp)
        draft.emit(VenueSessionChanged(event.session_id, event.venue_id, is_up, event.at_ns))
    elif isinstance(event, ChildUnknown | ChildTaken | Anomaly):
        pass  # an unknown child stays open, and so does its parent


def _on_control(draft: Draft, control: ControlInput) -> None:
    match control.record:
        case Halt() | CancelScope() | BreakResolution() | Liquidate():
            draft.emit(ControlApplied(control.offset))
        case Resume():
            draft.emit(ControlApplied(control.offset))
            _resume(draft)
        case ClockAnchor() | ControlHeartbeat() | AlertAcknowledged():
            pass


def _resume(draft: Draft) -> None:
    for order_id in draft.suspended()[:RESUMED_MAX]:
        parent = draft.parent(order_id)
        if parent is not None and not halted(draft, parent):
            resume_twap(draft, parent)


def _on_timer(draft: Draft, timer: TimerInput) -> None:
    if timer.kind is TimerKind.TRIGGER:
        on_trigger(draft, timer)
        return
    parent = draft.parent(timer.owner)
    if parent is None or (timer.kind, timer.number) not in parent.timers:
        draft.emit(TimerDone(timer.owner, timer.kind, timer.number))
    elif timer.kind is TimerKind.SLICE:
        work_slice(draft, parent, timer.number)
    elif timer.kind is TimerKind.END:
        wind_down(draft, parent, Reason.END_TIME_REACHED)
    elif timer.kind is TimerKind.EXPIRE:
        on_expiry(draft, parent, timer.number)
    elif timer.kind is TimerKind.DAY_CHANGE:
        on_day_change(draft, parent, timer.number)
    else:
        draft.emit(TimerDone(timer.owner, timer.kind, timer.number))
        ask_again(draft, parent)
        retry_due(draft, parent)
