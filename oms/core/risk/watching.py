"""Post-trade monitors of risk (RTS 6 articles 16 and 17): figures that moved are held against their limits, and alerts say what is beyond.

    a fill, a correction or a mark is journaled    `evolve` notes in the book which figures it moved; of an order, an amendment and a
                                                   cancel whose order-to-trade ratios
    a turn of the loop, 20 ms later at most        `due_watching` looks at them; what is to be said makes a timer input
    that input is decided                          `AlertRaised` and `AlertCleared`, in a record of their own

So an order waits for none of it, and a burst of fills is measured once. Nothing that is booked is undone: who is beyond a position or a loss
limit is refused whatever would take him further, by the checks (`oms.core.risk.limits`), and may come back.

Invariants: once a look found nothing more to say, an alert is open for every figure beyond its limit, and for none that is well inside;
what was moved and not looked at when the owner was lost is looked at by the next one.
It does not know fills, nor who is told.
"""

from itertools import islice

from oms.core.enums import AlertKind, TimerKind
from oms.core.monitors import alerts
from oms.core.monitors.alerts import Alert, AlertRaised
from oms.core.risk.book import Key
from oms.core.risk.measures import ALERT_KINDS, limits_by_figure, measures
from oms.core.risk.ratio_watch import RATIO_ALERTS, limits_of, ratio_keys, with_ratios
from oms.core.risk.state import RiskState
from oms.core.stage import TimerInput

WATCHING = "monitors"
"""Owner of the timer input that raises and clears alerts."""

_BY_INSTRUMENT = RATIO_ALERTS | {AlertKind.POSITION}

LEAVERS_MAX = 1_000
"""Alerts of limits that are not in force any more, cleared in one record: some 200 kB. The rest follow at the next look."""


def due_watching(state: RiskState, tape_ns: int, wall_ns: int) -> TimerInput | None:
    """A look that would say something. Between two looks it costs a comparison."""
    queue = state.watch_queue
    if not queue.is_due(wall_ns) or not tape_ns:
        return None
    queue.looked_ns = wall_ns
    _refresh(state, wall_ns)
    keys = queue.next()
    if not keys and not queue.leavers:
        return None
    if _said(state, keys, tape_ns, wall_ns):
        return TimerInput(WATCHING, TimerKind.TRIGGER, 0, tape_ns)
    queue.full |= len(state.alerts.open) >= alerts.ALERTS_OPEN_MAX
    queue.done(keys)
    return None


def watched(state: RiskState, tape_ns: int, wall_ns: int) -> tuple[Alert, ...]:
    """What is to be said of the figures that are to be looked at next."""
    return _said(state, state.watch_queue.next(), tape_ns, wall_ns)


def _refresh(state: RiskState, wall_ns: int) -> None:
    """Take over what moved, and begin a sweep where everything may have."""
    queue, index, book = state.watch_queue, state.index(), state.book()
    position, day = state.reference.position, state.day
    if queue.index is not index:
        queue.index, queue.limits = index, with_ratios(limits_by_figure(index, state.partition), index)
        queue.fresh.clear()
        queue.sweep(position, day, wall_ns, ratio_keys(state, queue.limits))
    queue.touched(book.touched)
    if queue.sweep_is_due(position, day, index.timed, wall_ns):
        # A new rate or factor moves no ratio, and comes every second.
        moves_ratios = index.timed or queue.full or day != queue.day
        queue.sweep(position, day, wall_ns, ratio_keys(state, queue.limits) if moves_ratios else ())


def _said(state: RiskState, keys: tuple[Key, ...], tape_ns: int, wall_ns: int) -> tuple[Alert, ...]:
    limits = state.watch_queue.limits
    found = [measure for key in keys for measure in measures(state, limits_of(limits, key), wall_ns, key[2])]
    said = alerts.decide(state.alerts, found, tape_ns)
    if not state.watch_queue.leavers or not state.alerts.open:
        return said
    return (*said, *alerts.gone(_leavers(state, wall_ns), tape_ns))


def _leavers(state: RiskState, wall_ns: int) -> tuple[str, ...]:
    """The first open alerts of limits that are not in force any more."""
    limits = state.watch_queue.limits
    found = (
        alert.alert_id
        for alert in state.alerts.open.values()
        if alert.kind in ALERT_KINDS | RATIO_ALERTS
        and not any(
            versioned.version == alert.limit_version and versioned.active(wall_ns, "")
            for versioned in limits_of(limits, _key_of(alert))
        )
    )
    return tuple(islice(found, LEAVERS_MAX))


def _key_of(alert: AlertRaised) -> Key:
    return alert.scope, alert.scope_id, alert.subject if alert.kind in _BY_INSTRUMENT else ""
