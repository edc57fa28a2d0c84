"""INV-451, INV-452: an execution that both sides tell alike is matched in silence, in any order; any other is due once, after the grace."""

import random
from dataclasses import replace

import pytest

from oms.core.monitors import alerts, trades
from oms.core.monitors.alerts import AlertState
from oms.core.monitors.trades import (
    GRACE_NS,
    JUDGED_AT_ONCE_MAX,
    MATCHED_KEPT,
    UNSETTLED_MAX,
    Told,
    TradeSaid,
    TradeState,
    judge,
    measure_of,
    next_due_ns,
    overdue,
    pair_of,
    take,
    unsettled,
)

AT_NS = 10**18
OPEN_NS = AT_NS - GRACE_NS
"""Both ways are open since long."""


def trade(told: Told, exec_id: str = "e1", qty: int = 100, price: int = 10_000, busted: bool = False) -> TradeSaid:
    return TradeSaid(told, "XV", exec_id, "A1", "IBM", qty, price, AT_NS, busted)


class Matching:
    """Both ways in; what is due, in short: as the owner does it."""

    def __init__(self) -> None:
        self.state = TradeState("XV")

    def say(self, one: TradeSaid, now_ns: int = AT_NS) -> None:
        take(self.state, one, now_ns)

    def tick(self, now_ns: int, open_ns: int = OPEN_NS) -> list[str]:
        keys, over = overdue(self.state, open_ns, now_ns), tuple(self.state.agreed)
        said = [f"+{measure_of(self.state.waiting[key]).kind.name}" for key in keys] + [f"-{key}" for key in over]
        judge(self.state, keys, over)
        return said


@pytest.mark.parametrize("first", list(Told))
def test_a_trade_that_both_sides_tell_in_any_order_is_matched_in_silence(first: Told) -> None:
    m = Matching()
    m.say(trade(first))
    m.say(trade(Told.VENUE if first is Told.OWN else Told.OWN), AT_NS + GRACE_NS - 1)
    m.say(trade(first), AT_NS + GRACE_NS)
    assert m.tick(AT_NS + 10 * GRACE_NS) == [] and unsettled(m.state) == ()
    assert next_due_ns(m.state, OPEN_NS) is None


@pytest.mark.parametrize(("told", "alert"), [(Told.OWN, "TRADE_NOT_CONFIRMED"), (Told.VENUE, "TRADE_UNKNOWN_HERE")])
def test_one_sides_word_alone_is_due_when_the_grace_ends_and_once(told: Told, alert: str) -> None:
    m = Matching()
    m.say(trade(told))
    assert next_due_ns(m.state, OPEN_NS) == AT_NS + GRACE_NS
    assert m.tick(AT_NS + GRACE_NS - 1) == []
    assert m.tick(AT_NS + GRACE_NS) == [f"+{alert}"] and m.tick(AT_NS + 9 * GRACE_NS) == []
    m.say(trade(Told.VENUE if told is Told.OWN else Told.OWN), AT_NS + 10 * GRACE_NS)
    assert m.tick(AT_NS + 10 * GRACE_NS) == ["-XV/e1"]


def test_the_grace_begins_when_both_ways_are_open() -> None:
    m = Matching()
    m.say(trade(Told.OWN))
    assert m.tick(AT_NS + 5 * GRACE_NS, open_ns=AT_NS + 4 * GRACE_NS + 1) == []
    assert m.tick(AT_NS + 5 * GRACE_NS + 1, open_ns=AT_NS + 4 * GRACE_NS + 1) == ["+TRADE_NOT_CONFIRMED"]


@pytest.mark.parametrize("wrong", [{"qty": 99}, {"qty": -100}, {"price": 10_001}, {"busted": True}])
def test_two_words_that_differ_are_due_and_over_when_one_is_corrected(wrong: dict[str, int]) -> None:
    m = Matching()
    m.say(trade(Told.OWN))
    m.say(trade(Told.VENUE, **wrong))  # type: ignore[arg-type]
    assert m.tick(AT_NS + GRACE_NS) == ["+TRADE_DIFFERS"]
    m.say(trade(Told.OWN, **wrong))  # type: ignore[arg-type]
    assert m.tick(AT_NS + GRACE_NS) == ["-XV/e1"] and unsettled(m.state) == ()


@pytest.mark.parametrize("told", list(Told))
def test_a_bust_that_one_side_alone_tells_differs_and_one_of_what_the_other_never_had_is_nothing(told: Told) -> None:
    m = Matching()
    for side in Told:
        m.say(trade(side))
    m.say(trade(told, busted=True), AT_NS + 1)
    assert m.tick(AT_NS + GRACE_NS + 1) == ["+TRADE_DIFFERS"]
    m.say(trade(told, "e2"))
    assert m.tick(AT_NS + 2 * GRACE_NS) != []
    m.say(trade(told, "e2", busted=True))
    assert m.tick(AT_NS + 2 * GRACE_NS) == ["-XV/e2"], "nothing stands on either side"


def test_news_before_the_alert_is_cleared_keeps_it_open() -> None:
    m = Matching()
    m.say(trade(Told.OWN))
    m.tick(AT_NS + GRACE_NS)
    m.say(trade(Told.VENUE), AT_NS + GRACE_NS)
    m.say(trade(Told.VENUE, qty=99), AT_NS + GRACE_NS)
    assert m.tick(AT_NS + GRACE_NS) == [] and m.tick(AT_NS + 2 * GRACE_NS) == ["+TRADE_DIFFERS"]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_order_the_words_come_in_the_end_is_the_same(seed: int) -> None:
    """Every trade told by both matches, every one told by one is due, at the end and not twice."""
    rng, m = random.Random(seed), Matching()
    told = {f"e{n}": rng.choice([(Told.OWN,), (Told.VENUE,), (Told.OWN, Told.VENUE)]) for n in range(50)}
    words = [trade(side, key) for key, sides in told.items() for side in sides for _ in range(rng.randrange(1, 3))]
    rng.shuffle(words)
    for n, word in enumerate(words):
        m.say(replace(word, at_ns=AT_NS + n), AT_NS + n)
    due = m.tick(AT_NS + 10 * GRACE_NS)
    assert len(due) == sum(len(sides) == 1 for sides in told.values()) == len(unsettled(m.state))
    assert m.tick(AT_NS + 20 * GRACE_NS) == []


def test_tables_are_bounded_and_what_found_no_room_is_counted() -> None:
    m = Matching()
    for n in range(UNSETTLED_MAX + 3):
        m.say(trade(Told.OWN, f"e{n}"))
    assert len(m.state.waiting) == UNSETTLED_MAX and m.state.overflown == 3
    assert len(m.tick(AT_NS + GRACE_NS)) == JUDGED_AT_ONCE_MAX, "the rest by the next record"
    for n in range(MATCHED_KEPT + 3):
        m.say(trade(Told.VENUE, f"e{n}"))
    assert len(m.state.matched) == MATCHED_KEPT and pair_of(m.state, "XV/e0") is None


def test_an_alert_about_a_trade_names_its_account_and_both_words() -> None:
    m = Matching()
    m.say(trade(Told.OWN))
    m.say(trade(Told.VENUE, qty=99))
    (raised,) = alerts.decide(AlertState(), [measure_of(pair) for pair in m.state.waiting.values()], AT_NS)
    assert isinstance(raised, alerts.AlertRaised)
    assert (raised.scope_id, raised.subject) == ("A1", "XV/e1")
    assert raised.text == "XV/e1: ours is 100 IBM at 10000, the venue's 99 IBM at 10000"
    assert trades.key_of("XV", "e1") == raised.subject
