"""When triggers are looked at, and what a trip is: events, and nothing else.

    a message moved a count beyond its threshold, or a fill, a correction or a mark moved a holder's result
                      the trigger is flagged by `evolve`, and looked at before the next order is judged: no order is accepted that came
                      after what tripped it
    once a second     all that are armed are looked at: time alone moves ages, and windows
    a resume          lifts the trips of exactly its scope, at the figure of that moment

A trip with `cancel_open` is followed by the start of a mass cancel in a record of its own, as one record starts one piece of work at most.
Between its seconds a turn of the loop costs a comparison; an order costs what it moves.
"""

from collections.abc import Iterable
from dataclasses import replace

from oms.core.control import Resume
from oms.core.enums import AlertKind, LimitScope, TimerKind
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.market import MarketView
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.monitors import alerts
from oms.core.monitors.alerts import Measure
from oms.core.order_filter import filter_of
from oms.core.risk.scopes import orders_in
from oms.core.risk.state import RiskState
from oms.core.risk.trigger_figures import Figure, figure_of
from oms.core.risk.trips import trip_of
from oms.core.risk_events import HaltTriggerRearmed, HaltTriggerTripped, MassCancelStarted, RiskEvent
from oms.core.stage import Conditions, TimerInput

EVERY_NS = 1_000_000_000
TRIGGERS = "halt_triggers"
"""Owner of the timer input that looks at triggers; its number says at which."""

FLAGGED, ALL, CANCELS = 0, 1, 2

TRIPS_AT_ONCE_MAX = 500
"""Of a look of its own: a few hundred kB. The rest trip at the next one, or before the next order is judged."""

AGAIN_PART = 10
"""Within the grace of a resume, worse by this part of the threshold trips again: as much as an alert is told anew for."""


def due_triggers(state: RiskState, tape_ns: int, wall_ns: int) -> TimerInput | None:
    """Asked at every turn. The input need not lead to an event: a TRIGGER is no timer that was set."""
    if any(trip.cancels for trip in state.trips.values()):
        return TimerInput(TRIGGERS, TimerKind.TRIGGER, CANCELS, tape_ns)
    index = state.triggers()
    if not index.armed:
        return None
    if not 0 <= wall_ns - index.looked_ns < EVERY_NS:
        index.looked_ns = wall_ns
        return TimerInput(TRIGGERS, TimerKind.TRIGGER, ALL, tape_ns)
    if _flagged(state):
        return TimerInput(TRIGGERS, TimerKind.TRIGGER, FLAGGED, tape_ns)
    return None


def looked(state: RiskState, number: int, conditions: Conditions, market: MarketView) -> tuple[RiskEvent, ...]:
    """What comes of a look: trips, or the start of one mass cancel."""
    if number == CANCELS:
        return _cancels(state)
    flagged = state.triggers().armed if number == ALL else _flagged(state)
    return _evaluated(state, flagged, conditions, market, TRIPS_AT_ONCE_MAX)


def tripped(state: RiskState, conditions: Conditions, market: MarketView) -> tuple[RiskEvent, ...]:
    """Trips of what was flagged since the last look; asked before an order is judged."""
    flagged = _flagged(state)
    return _evaluated(state, flagged, conditions, market) if flagged else ()


def with_trips(state: RiskState, events: tuple[RiskEvent, ...]) -> RiskState:
    """The state as it will be once these have been folded, for decisions of the same record."""
    trips = {e.trigger_id: trip_of(e, -1) for e in events if isinstance(e, HaltTriggerTripped)}
    return replace(state, trips={**state.trips, **trips}) if trips else state


def _flagged(state: RiskState) -> set[str]:
    index = state.triggers()
    moved = state.book().results_moved
    if moved:
        for holder in moved:
            index.flagged.update(index.losses.get(holder, ()))
        moved.clear()
    return index.flagged


def _evaluated(
    state: RiskState,
    trigger_ids: Iterable[str],
    conditions: Conditions,
    market: MarketView,
    most: int | None = None,
) -> tuple[RiskEvent, ...]:
    index = state.triggers()
    index.begin(conditions.wall_ns, conditions.tape_ns, state.control.anchor)
    events: list[RiskEvent] = []
    count = 0
    left: set[str] = set()
    for trigger_id in sorted(trigger_ids):
        trigger = index.armed.get(trigger_id)
        if trigger is None or trigger_id in state.trips:
            continue
        figure = figure_of(state, trigger, conditions, market)
        if trips(state, trigger, figure.value, conditions.wall_ns):
            if count == most:
                left.add(trigger_id)
                continue
            count += 1
            event = _tripped(state, trigger, figure, conditions)
            events += [event, *alerts.decide(state.alerts, [_measure(event)], conditions.tape_ns)]
    index.flagged.clear()
    index.flagged |= left
    return tuple(events)


def trips(state: RiskState, trigger: HaltTrigger, value: int | None, wall_ns: int) -> bool:
    """Whether a trigger that is armed trips at a figure."""
    grace = state.graces.get(trigger.trigger_id)
    version = state.reference.version("halt_trigger", trigger.trigger_id)
    if grace is None or grace.version != version or wall_ns >= grace.until_ns:
        return value is None or value > trigger.threshold
    if value is None:
        return grace.figure is not None
    allowed: int = trigger.threshold
    if grace.figure is not None:
        allowed = max(allowed, grace.figure + max(1, trigger.threshold // AGAIN_PART))
    return value > allowed


def _tripped(state: RiskState, trigger: HaltTrigger, figure: Figure, conditions: Conditions) -> HaltTriggerTripped:
    whom = f"{trigger.scope.name.lower()} {trigger.scope_id}".strip()
    said = f"{trigger.kind.name} of {whom}"
    if figure.value is None:
        text = f"{said} cannot be evaluated: {figure.text}"
    else:
        text = f"{said} is {_told(trigger, figure.value)}, allowed {_told(trigger, trigger.threshold)}"
        text += f": {figure.text}" if figure.text else ""
    return HaltTriggerTripped(
        trigger.trigger_id,
        state.reference.version("halt_trigger", trigger.trigger_id),
        trigger.kind,
        trigger.scope,
        trigger.scope_id,
        trigger.action,
        trigger.cancel_open,
        None if figure.value is None else Amount(figure.value),
        trigger.threshold,
        figure.inputs,
        conditions.tape_ns,
        conditions.wall_ns,
        state.control.position,
        text,
    )


def _told(trigger: HaltTrigger, value: int) -> str:
    """A figure or threshold for people: an amount to the hundredth and a time to the millisecond, rounded up; else exact."""
    match trigger.kind:
        case HaltTriggerKind.DAY_LOSS:
            hundredths = -(-value * 100 // 10**AMOUNT_SCALE)
            return f"{hundredths // 100}.{hundredths % 100:02} {trigger.currency}"
        case HaltTriggerKind.MESSAGE_RATE:
            return f"{value} in {trigger.window_ns // 10**6} ms"
        case HaltTriggerKind.REJECT_RATIO:
            return f"{value} ppm"
        case HaltTriggerKind.STALE_MARKET | HaltTriggerKind.VENUE_LOST | HaltTriggerKind.AUDIT_LAG:
            return f"{-(-value // 10**6)} ms"


def _measure(event: HaltTriggerTripped) -> Measure:
    return Measure(
        AlertKind.HALT_TRIGGER,
        LimitScope[event.scope.name],
        event.scope_id,
        event.trigger_id,
        event.figure,
        event.threshold,
        event.trigger_version,
        event.text,
    )


def _cancels(state: RiskState) -> tuple[RiskEvent, ...]:
    for trip in state.trips.values():
        if trip.cancels:
            wanted = filter_of(trip.scope, trip.scope_id)
            assert wanted is not None, "a scope alone contradicts nothing"
            matched = len(orders_in(state, wanted))
            return (MassCancelStarted(None, -1, trip.scope, trip.scope_id, matched, wanted),)
    return ()


def rearmed(
    state: RiskState, resume: Resume, control_offset: int, conditions: Conditions, market: MarketView
) -> tuple[RiskEvent, ...]:
    """What a resume does to the trips of exactly its scope."""
    events: list[RiskEvent] = []
    for trigger_id, trip in sorted(state.trips.items()):
        if (trip.scope, trip.scope_id) != (resume.scope, resume.scope_id):
            continue
        trigger = state.triggers().armed.get(trigger_id)
        value = figure_of(state, trigger, conditions, market).value if trigger is not None else None
        until_ns = conditions.wall_ns + (trigger.grace_ns if trigger is not None else 0)
        version = state.reference.version("halt_trigger", trigger_id)
        figure = None if value is None else Amount(value)
        events.append(HaltTriggerRearmed(trigger_id, version, control_offset, figure, until_ns))
        told = [a for a, alert in state.alerts.open.items() if _is_of(alert, trigger_id)]
        events += alerts.gone(told, conditions.tape_ns)
    return tuple(events)


def _is_of(alert: alerts.AlertRaised, trigger_id: str) -> bool:
    return alert.kind is AlertKind.HALT_TRIGGER and alert.subject == trigger_id
