"""Alerts and own trades: what is wrong is said once, in time, and taken back. What risk watches: test_watching.py."""

import random
from dataclasses import replace

import pytest
from oms.core.enums import AlertKind, LimitScope
from oms.core.monitors import alerts, trades
from oms.core.monitors.alerts import ALERTS_OPEN_MAX, AlertCleared, AlertRaised, AlertState, Measure
from oms.core.monitors.trades import GRACE_NS, Told, TradeSaid, TradeState

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
    assert tell(state, measure(980)) == [] and tell(state, measure(2_000)) == []
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


# -- own trades -----------------------------------------------------------------------------------------------------------------


def trade(
    told: Told, exec_id: str = "e1", qty: int = 100, price: int = 10_000, at_ns: int = AT_NS, busted: bool = False
) -> TradeSaid:
    return TradeSaid(told, "XV", exec_id, "A1", "IBM", qty, price, at_ns, busted)


class Matching:
    """Both ways in, alerts out."""

    def __init__(self) -> None:
        self.state, self.alerts = TradeState(), AlertState()

    def say(self, one: TradeSaid) -> list[str]:
        return tell(self.alerts, *trades.said(self.state, one), at_ns=one.at_ns)

    def tick(self, now_ns: int) -> list[str]:
        return tell(self.alerts, *trades.overdue(self.state, now_ns), at_ns=now_ns)


@pytest.mark.parametrize("first", list(Told))
def test_a_trade_that_both_sides_tell_in_any_order_is_matched_in_silence(first: Told) -> None:
    m = Matching()
    second = Told.VENUE if first is Told.OWN else Told.OWN
    assert m.say(trade(first)) == [] == m.say(trade(second, at_ns=AT_NS + GRACE_NS))
    assert m.say(trade(first)) == [] and m.tick(AT_NS + 10 * GRACE_NS) == []
    assert list(trades.unsettled(m.state)) == []


@pytest.mark.parametrize(("told", "alert"), [(Told.OWN, "TRADE_NOT_CONFIRMED"), (Told.VENUE, "TRADE_UNKNOWN_HERE")])
def test_one_sides_word_alone_is_said_after_the_grace_and_within_five_seconds(told: Told, alert: str) -> None:
    m, said_at = Matching(), 0
    m.say(trade(told))
    for second in range(10):
        if m.tick(AT_NS + second * 10**9) == [f"+{alert}"]:
            said_at = said_at or second
    assert GRACE_NS // 10**9 <= said_at <= 5
    other = Told.VENUE if told is Told.OWN else Told.OWN
    assert m.say(trade(other, at_ns=AT_NS + 20 * 10**9)) == [f"-{alert}"]


@pytest.mark.parametrize("wrong", [{"qty": 99}, {"qty": -100}, {"price": 10_001}, {"busted": True}])
def test_two_words_that_differ_are_said_at_once_and_cleared_when_one_is_corrected(wrong: dict[str, int]) -> None:
    m = Matching()
    m.say(trade(Told.OWN))
    assert m.say(trade(Told.VENUE, **wrong)) == ["+TRADE_DIFFERS"]  # type: ignore[arg-type]
    assert m.say(trade(Told.OWN, **wrong)) == ["-TRADE_DIFFERS"]  # type: ignore[arg-type]
    assert list(trades.unsettled(m.state)) == []


def test_a_bust_that_only_the_venue_tells_is_said() -> None:
    m = Matching()
    m.say(trade(Told.OWN))
    m.say(trade(Told.VENUE))
    assert m.say(trade(Told.VENUE, busted=True, at_ns=AT_NS + 1)) == []
    assert m.tick(AT_NS + GRACE_NS + 1) == ["+TRADE_UNKNOWN_HERE"]
    assert m.say(trade(Told.OWN, busted=True, at_ns=AT_NS + GRACE_NS + 2)) == ["-TRADE_UNKNOWN_HERE"]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_order_the_words_come_in_the_end_is_the_same(seed: int) -> None:
    """Every trade told by both matches, every one told by one is said, at the end and not twice."""
    rng, m = random.Random(seed), Matching()
    told = {f"e{n}": rng.choice([(Told.OWN,), (Told.VENUE,), (Told.OWN, Told.VENUE)]) for n in range(50)}
    words = [
        trade(side, key, at_ns=AT_NS)
        for key, sides in told.items()
        for side in sides
        for _ in range(rng.randrange(1, 3))
    ]
    rng.shuffle(words)
    for n, word in enumerate(words):
        m.say(replace(word, at_ns=AT_NS + n))
    raised = m.tick(AT_NS + 10 * GRACE_NS)
    assert len(raised) == sum(len(sides) == 1 for sides in told.values()) == len(m.alerts.open)
    assert m.tick(AT_NS + 20 * GRACE_NS) == []


def test_cleared_is_said_of_what_was_raised_only() -> None:
    events = alerts.decide(AlertState(), [measure(0)], AT_NS)
    assert events == () and not isinstance(events, AlertCleared)
