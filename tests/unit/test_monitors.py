"""Alerts: what is wrong is said once, in time, and taken back. What risk watches: test_watching.py; own trades: test_trade_matching.py."""

import random
from dataclasses import replace

import pytest

from oms.core.enums import AlertKind, LimitScope
from oms.core.monitors import alerts
from oms.core.monitors.alerts import ALERTS_OPEN_MAX, AlertCleared, AlertRaised, AlertState, Measure

AT_NS = 10**18


def tell(state: AlertState, *measures: Measure, at_ns: int = AT_NS) -> list[str]:
    """Decide and evolve; what was said, in short."""
    events = alerts.decide(state, measures, at_ns)
    for event in events:
        alerts.evolve(state, event)
    return [f"{'+' if isinstance(e, AlertRaised) else '-'}{e.alert_id.split('/')[0]}" for e in events]


# -- alerts ---------------------------------------------------------------------------------------------------------------------


def measure(value: int | None, threshold: int = 1_000) -> Measure:
    return Measure(AlertKind.DAY_LOSS, LimitScope.DESK, "alpha", "USD", value, threshold, 7)


def test_one_alert_while_it_is_wrong_again_when_much_worse_and_cleared_when_well_inside() -> None:
    state = AlertState()
    steps = [
        (1_000, []),
        (1_001, ["+DAY_LOSS"]),
        (1_050, []),
        (1_101, []),
        (1_102, ["+DAY_LOSS"]),
        (990, []),
        (951, []),
    ]
    for value, said in steps:
        assert tell(state, measure(value)) == said, value
    assert tell(state, measure(950)) == ["-DAY_LOSS"] and tell(state, measure(950)) == []
    assert state.open == {}


def test_what_cannot_be_measured_is_beyond_and_stays_so_until_it_is_well() -> None:
    state = AlertState()
    assert tell(state, measure(None)) == ["+DAY_LOSS"] and tell(state, measure(None)) == []
    assert tell(state, measure(980)) == [] and tell(state, measure(2_000)) == ["+DAY_LOSS"], "now it can be told"
    assert tell(state, measure(2_000)) == [] and tell(state, measure(None)) == ["+DAY_LOSS"]
    assert tell(state, measure(10)) == ["-DAY_LOSS"]


@pytest.mark.parametrize("seed", range(20))
def test_alerts_are_a_function_of_the_figures_and_never_flap(seed: int) -> None:
    rng, state, open_now = random.Random(seed), AlertState(), False
    for _ in range(300):
        value = rng.randrange(0, 2_000)
        for said in tell(state, measure(value)):
            open_now = said[0] == "+"
        assert open_now == bool(state.open)
        assert open_now or value <= 1_000, "beyond, and nothing is open"
        assert not open_now or value > 950, "well inside, and not cleared"


def test_open_alerts_are_bounded_and_the_rest_is_told_when_there_is_room() -> None:
    state = AlertState()
    table = [replace(measure(2_000), subject=str(n)) for n in range(ALERTS_OPEN_MAX + 1)]
    assert len(tell(state, *table)) == ALERTS_OPEN_MAX == len(state.open)
    assert tell(state, *table) == [], "what was told is not told again, and the last one has no room"
    assert tell(state, replace(table[0], value=0), *table[1:]) == ["-DAY_LOSS"]
    assert tell(state, *table[1:]) == ["+DAY_LOSS"] and len(state.open) == ALERTS_OPEN_MAX


def test_cleared_is_said_of_what_was_raised_only() -> None:
    events = alerts.decide(AlertState(), [measure(0)], AT_NS)
    assert events == () and not isinstance(events, AlertCleared)
