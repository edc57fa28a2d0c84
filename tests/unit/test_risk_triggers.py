"""Figures of triggers where there is nothing to measure, and at which rates a loss is told."""

from dataclasses import replace

import pytest

from oms.core.commands import ReplaceOrder
from oms.core.credit.holder import Credit
from oms.core.credit.spans import credit_id_of
from oms.core.enums import HaltScope, LimitKind, LimitScope
from oms.core.halt_triggers import HaltTriggerKind
from oms.core.money import Amount
from oms.core.reference import FxRate, Limit
from oms.core.risk.measures import measure_of
from oms.core.risk.state import DAY_NS
from oms.core.risk.trigger_figures import Figure, figure_of
from oms.core.risk_events import OrderAccepted, ReplaceRejected
from tests.halt_trigger_world import SECOND, WITH_SESSION, lose_a_hundred, trigger
from tests.risk_world import CONDITIONS, DOLLAR, NEW, NOW, REPLACE, World, world

K = HaltTriggerKind


@pytest.mark.parametrize("kind", [K.STALE_MARKET, K.VENUE_LOST])
def test_outside_of_sessions_nothing_is_stale_or_lost(kind: HaltTriggerKind) -> None:
    w = world(WITH_SESSION)
    night = replace(CONDITIONS, tape_ns=NOW - 2_000)
    assert figure_of(w.state, trigger(kind, SECOND), night, w.market) == Figure(0)


def test_of_a_venue_that_is_disabled_nothing_is_lost() -> None:
    w = world(replace(WITH_SESSION, enabled=False))
    assert figure_of(w.state, trigger(K.VENUE_LOST, SECOND), CONDITIONS, w.market) == Figure(0)


def test_before_the_first_order_of_a_day_nothing_is_lost_on_it() -> None:
    w = world()
    w.state.days = (0,)  # the first day of 1970 is one as any other here
    lose_a_hundred(w)
    loss = trigger(K.DAY_LOSS, DOLLAR)
    assert figure_of(w.state, loss, CONDITIONS, w.market) == Figure(Amount(100 * DOLLAR))
    next_day = replace(CONDITIONS, tape_ns=(w.state.day + 1) * DAY_NS)
    assert figure_of(w.state, loss, next_day, w.market) == Figure(0)


FIRM_LOSS = Limit("loss", LimitKind.DAY_LOSS, LimitScope.FIRM, "", "", "USD", Amount(10**6 * DOLLAR))


def with_others(*lost: tuple[Limit, int]) -> World:
    """Of each limit two other partitions have said that they lost so many dollars together."""
    w = world(*(limit for limit, _ in lost))
    w.state.days = (0,)
    for limit, dollars in lost:
        w.state.credits[credit_id_of(limit)] = Credit(others={0: 5 * DOLLAR, 7: (dollars - 5) * DOLLAR})
    return w


def firm_loss(w: World) -> Figure:
    return figure_of(w.state, trigger(K.DAY_LOSS, DOLLAR, HaltScope.FIRM), CONDITIONS, w.market)


@pytest.mark.parametrize(("result", "loss"), [(-100, 300), (0, 200), (100, 200)])
def test_a_gain_here_makes_good_nothing_that_others_lost(result: int, loss: int) -> None:
    """For a trigger and for the monitors alike."""
    w = with_others((FIRM_LOSS, 200))
    w.state.book().money_of(LimitScope.FIRM, "", "USD").realised = result * DOLLAR
    found = w.state.index().limits[LimitScope.FIRM, "", ""]
    (versioned,) = [versioned for versioned in found if versioned.limit == FIRM_LOSS]
    assert firm_loss(w).value == measure_of(w.state, versioned).value == loss * DOLLAR


def test_what_others_lost_is_what_limits_on_the_day_s_loss_in_its_currency_know() -> None:
    """The most that one of them knows; what is lost by another measure, in another currency or from a later date on is no part of it."""
    w = with_others(
        (FIRM_LOSS, 20),
        (replace(FIRM_LOSS, limit_id="second"), 30),
        (replace(FIRM_LOSS, limit_id="third"), 10),
        (replace(FIRM_LOSS, limit_id="realised", kind=LimitKind.REALISED_LOSS), 90),
        (replace(FIRM_LOSS, limit_id="euros", currency="EUR"), 90),
        (replace(FIRM_LOSS, limit_id="later", effective_ns=NOW + 1), 90),
    )
    assert firm_loss(w).value == 30 * DOLLAR


EUR_LOSS = trigger(K.DAY_LOSS, DOLLAR, currency="EUR")
"""Of the desk alpha."""


def lost(age_ns: int, *allowed: tuple[LimitScope, str, int]) -> Figure:
    limits = [
        Limit(f"age{n}", LimitKind.FX_RATE_AGE_NS, scope, name, "", "", Amount(value))
        for n, (scope, name, value) in enumerate(allowed)
    ]
    w = world(FxRate("EUR", 1_100_000_000, NOW - age_ns), FxRate("USD", 10**9, 0), *limits)
    lose_a_hundred(w)
    return figure_of(w.state, EUR_LOSS, CONDITIONS, w.market)


FIRM, DESK, OTHER = (LimitScope.FIRM, ""), (LimitScope.DESK, "alpha"), (LimitScope.DESK, "beta")


@pytest.mark.parametrize(
    ("age_ns", "allowed", "known"),
    [
        (0, (), True),
        (1, (), False),
        (5, ((*FIRM, 5),), True),
        (6, ((*FIRM, 5),), False),
        # Of the firm's limit and the holder's the lower one; another's says nothing.
        (5, ((*FIRM, 5), (*DESK, 9)), True),
        (6, ((*FIRM, 5), (*DESK, 9)), False),
        (6, ((*FIRM, 9), (*DESK, 5)), False),
        (6, ((*FIRM, 9), (*OTHER, 5)), True),
        (1, ((*OTHER, 5),), False),
    ],
)
def test_a_rate_may_be_as_old_as_the_lowest_limit_lets_it(
    age_ns: int, allowed: tuple[tuple[LimitScope, str, int], ...], known: bool
) -> None:
    figure = lost(age_ns, *allowed)
    assert (figure.value is not None) is known
    if known:
        assert {(i.entity_id, i.age_ns) for i in figure.inputs} == {("EUR", age_ns), ("USD", 0)}
    else:
        assert figure.text == f"the exchange rate of EUR is {age_ns} ns old"


@pytest.mark.parametrize(
    ("asked", "of_the_ratio"),
    [
        (replace(REPLACE, orig_cl_ord_id="gone"), False),  # nothing is known of the order
        (replace(REPLACE, good_until_ns=NOW - 1), False),  # no check was asked
        (replace(REPLACE, order_qty=15), True),  # no multiple of the lot
    ],
)
def test_a_refused_replacement_is_a_message_and_one_of_the_orders_where_checks_judged_it(
    asked: ReplaceOrder, of_the_ratio: bool
) -> None:
    rate = trigger(K.MESSAGE_RATE, 10**6, trigger_id="rate")
    ratio = trigger(K.REJECT_RATIO, 10**6, trigger_id="ratio")
    w = world(rate, ratio)
    assert isinstance(w.ask(NEW), OrderAccepted)
    before = {name: w.state.counts[name].within(NOW) for name in ("rate", "ratio")}
    assert before == {"rate": (1, 0), "ratio": (1, 0)}
    assert isinstance(w.ask(asked), ReplaceRejected)
    after = {name: w.state.counts[name].within(NOW) for name in ("rate", "ratio")}
    assert after == {"rate": (2, 0), "ratio": (2, 1) if of_the_ratio else (1, 0)}
