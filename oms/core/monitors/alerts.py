"""Alerts: one for each thing that is wrong, while it is wrong.

    not open    beyond its threshold → AlertRaised
    open        worse by a tenth of the threshold than what was last told → AlertRaised again, with the new value
    open        at most 95 % of its threshold, or measured no more → AlertCleared

Between 95 % and the threshold nothing is said: a figure that dances about its limit gives one alert and not a hundred.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from oms.core.enums import AlertKind, LimitScope

CLEAR_PPM = 950_000
AGAIN_PPM = 100_000
_PPM = 1_000_000

ALERTS_OPEN_MAX = 10_000
"""Far more than a desk can look at; beyond, the newest are not told, and the count says so."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure and its threshold, in one unit. `value` None: it cannot be told, for what `text` says, and counts as beyond."""

    kind: AlertKind
    scope: LimitScope
    scope_id: str
    subject: str
    value: int | None
    threshold: int
    limit_version: int
    text: str = ""

    @property
    def alert_id(self) -> str:
        return f"{self.kind.name}/{self.scope.name}/{self.scope_id}/{self.subject}/{self.limit_version}"


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """`subject`: instrument, currency, or execution. `value` None: could not be measured. `at_ns`: tape time of what caused it."""

    alert_id: str
    kind: AlertKind
    scope: LimitScope
    scope_id: str
    subject: str
    value: int | None
    threshold: int
    limit_version: int
    at_ns: int
    text: str


@dataclass(frozen=True, slots=True)
class AlertCleared:
    alert_id: str
    at_ns: int


Alert = AlertRaised | AlertCleared


@dataclass(slots=True)
class AlertState:
    """Open alerts, with the value last told. `untold`: raised when too many were open."""

    open: dict[str, int | None] = field(default_factory=dict)
    untold: int = 0


def decide(state: AlertState, measures: Iterable[Measure], at_ns: int) -> tuple[Alert, ...]:
    """What is to be said of these figures; of those not given, nothing."""
    events: list[Alert] = []
    for m in measures:
        told = m.alert_id in state.open
        if _beyond(m):
            if not told or _worse(state.open[m.alert_id], m):
                events.append(_raised(m, at_ns))
        elif told and m.value is not None and m.value * _PPM <= m.threshold * CLEAR_PPM:
            events.append(AlertCleared(m.alert_id, at_ns))
    return tuple(events)


def _beyond(m: Measure) -> bool:
    return m.value is None or m.value > m.threshold


def _worse(told: int | None, m: Measure) -> bool:
    if told is None or m.value is None:
        return told is not None and m.value is None
    return (m.value - told) * _PPM > max(1, m.threshold) * AGAIN_PPM


def _raised(m: Measure, at_ns: int) -> AlertRaised:
    said = (
        m.text
        or f"{m.kind.name.lower().replace('_', ' ')} of {m.scope_id or 'the firm'} is {m.value}, allowed {m.threshold}"
    )
    return AlertRaised(
        m.alert_id, m.kind, m.scope, m.scope_id, m.subject, m.value, m.threshold, m.limit_version, at_ns, said
    )


def evolve(state: AlertState, event: Alert) -> None:
    match event:
        case AlertRaised():
            if event.alert_id not in state.open and len(state.open) >= ALERTS_OPEN_MAX:
                state.untold += 1
                return
            state.open[event.alert_id] = event.value
        case AlertCleared():
            state.open.pop(event.alert_id, None)
