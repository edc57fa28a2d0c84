"""Alerts: one for each thing that is wrong, while it is wrong.

    not open    beyond its threshold → AlertRaised
    open        worse by a tenth of the threshold than what was last told → AlertRaised again, with the new value; so too where it is beyond,
                and can be measured now, or not any more
    open        at most 95 % of its threshold, or measured no more (`gone`) → AlertCleared

Between 95 % and the threshold nothing is said: a figure that dances about its limit gives one alert and not a hundred.

The events are those of the journals of risk and of execution alike; each keeps an `AlertState` of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from oms.core.enums import AlertKind, LimitScope
from oms.core.money import Amount, nearest

CLEAR_PPM = 950_000
AGAIN_PPM = 100_000
_PPM = 1_000_000

ACKNOWLEDGED_WITHIN_NS = 15 * 60 * 10**9
"""An alert that nobody has acknowledged so long after its newest word is overdue: whoever watches has left."""

ALERTS_OPEN_MAX = 10_000
"""Far more than a desk can look at: what else is wrong is told when some of them are cleared."""


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
    """`subject`: instrument, currency, or execution. `value` None: could not be measured, for what `text` says.

    The unit of `value` and `threshold` is the limit's; `value` is the nearest amount that there is, `text` has the figure. `limit_version`: offset in `oms.reference`, −1: no limit. `at_ns`: tape time at which
    it was measured.
    """

    alert_id: str
    kind: AlertKind
    scope: LimitScope
    scope_id: str
    subject: str
    value: Amount | None
    threshold: Amount
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
    """Open alerts by id, each as it was told last."""

    open: dict[str, AlertRaised] = field(default_factory=dict)


def decide(state: AlertState, measures: Iterable[Measure], at_ns: int) -> tuple[Alert, ...]:
    """What is to be said of these figures; of those not given, nothing."""
    events: list[Alert] = []
    room = ALERTS_OPEN_MAX - len(state.open)
    for m in measures:
        told = state.open.get(m.alert_id)
        if _beyond(m):
            if told is None and room > 0:
                room -= 1
                events.append(_raised(m, at_ns))
            elif told is not None and _worse(told.value, m):
                events.append(_raised(m, at_ns))
        elif told is not None and m.value is not None and m.value * _PPM <= m.threshold * CLEAR_PPM:
            events.append(AlertCleared(m.alert_id, at_ns))
    return tuple(events)


def gone(alert_ids: Iterable[str], at_ns: int) -> tuple[Alert, ...]:
    """What nothing measures any more, as its limit is not in force: it is not wrong."""
    return tuple([AlertCleared(alert_id, at_ns) for alert_id in alert_ids])


def _beyond(m: Measure) -> bool:
    return m.value is None or m.value > m.threshold


def _worse(told: int | None, m: Measure) -> bool:
    if told is None or m.value is None:
        return told != m.value  # it can be told now, or not any more
    return (nearest(m.value) - told) * _PPM > max(1, m.threshold) * AGAIN_PPM


def _raised(m: Measure, at_ns: int) -> AlertRaised:
    said = (
        m.text
        or f"{m.kind.name.lower().replace('_', ' ')} of {m.scope_id or 'the firm'} is {m.value}, allowed {m.threshold}"
    )
    value = None if m.value is None else nearest(m.value)
    return AlertRaised(
        m.alert_id, m.kind, m.scope, m.scope_id, m.subject, value, Amount(m.threshold), m.limit_version, at_ns, said
    )


def evolve(state: AlertState, event: Alert) -> None:
    """The only way the state changes."""
    match event:
        case AlertRaised():
            state.open[event.alert_id] = event
        case AlertCleared():
            state.open.pop(event.alert_id, None)
