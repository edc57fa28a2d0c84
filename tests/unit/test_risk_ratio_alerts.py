"""Cancels are counted and alerted, never refused: an order-to-trade ratio that they take beyond its limit is said."""

from dataclasses import replace

import pytest
from risk_catalogue_world import SCOPE_IDS, rich
from risk_world import CANCEL, DATE, NEW, NOW, World, changed, fill
from test_watching import look

from oms.core.enums import AlertKind, LimitKind, LimitScope, OrdStatus
from oms.core.money import Amount
from oms.core.reference import Limit
from oms.core.risk.levels import binds
from oms.core.risk.state import DAY_NS, Activity
from oms.core.risk.watch_queue import LOOK_FIGURES_MAX, SWEEP_EVERY_NS
from oms.core.risk_events import CancelAccepted, OrderAccepted
from oms.core.risk_reference import FxRate

ORDER = replace(NEW, good_until_ns=2**62)
HOLDERS = {**SCOPE_IDS, LimitScope.VENUE: "XV"}


def limit(
    value: int,
    scope: LimitScope = LimitScope.DESK,
    instrument_id: str = "",
    kind: LimitKind = LimitKind.ORDER_TO_TRADE_MILLI,
) -> Limit:
    return Limit("ratio", kind, scope, HOLDERS[scope], instrument_id, "", Amount(value))


def enter_and_cancel(w: World, name: str) -> None:
    """Two messages, and nothing traded."""
    assert isinstance(w.ask(replace(ORDER, cl_ord_id=name)), OrderAccepted)
    assert isinstance(w.ask(replace(CANCEL, cl_ord_id=f"c{name}", orig_cl_ord_id=name)), CancelAccepted)
    w.route(changed(OrdStatus.CANCELED, f"alpha/{DATE}/{name}"))


def traded(w: World, name: str, qty: int) -> None:
    assert isinstance(w.ask(replace(ORDER, cl_ord_id=name, order_qty=qty)), OrderAccepted)
    w.route(replace(fill(f"x{name}", qty, f"alpha/{DATE}/{name}"), ord_status=OrdStatus.FILLED))


@pytest.mark.parametrize("instrument_id", ["", "IBM"])
@pytest.mark.parametrize(("value", "said"), [(3_001, []), (3_000, []), (2_999, ["+ORDER_TO_TRADE DESK"])])
def test_cancels_beyond_a_ratio_are_said_and_not_refused(instrument_id: str, value: int, said: list[str]) -> None:
    """Two orders and two cancels for no trade: four for one, less one, are 3,000 thousandths."""
    w = rich(limit(value, instrument_id=instrument_id))
    w.load(limit(10**9, instrument_id=instrument_id))
    enter_and_cancel(w, "one")
    enter_and_cancel(w, "two")
    w.load(limit(value, instrument_id=instrument_id))
    assert look(w) == said
    if said:
        (alert,) = w.state.alerts.open.values()
        assert (alert.kind, alert.subject, alert.value, alert.threshold) == (
            AlertKind.ORDER_TO_TRADE,
            "IBM",
            3_000,
            value,
        )
        assert "cancels count" in alert.text


def test_a_cancel_alone_takes_it_beyond_and_a_trade_takes_it_back() -> None:
    w = rich(limit(2_000))
    assert isinstance(w.ask(ORDER), OrderAccepted)
    enter_and_cancel(w, "two")
    assert look(w) == [], "three messages"
    assert isinstance(w.ask(CANCEL), CancelAccepted)
    assert look(w) == ["+ORDER_TO_TRADE DESK"]
    assert look(w) == [], "it is said once"
    w.route(fill("x1", 100))
    w.load(limit(10**9))
    assert look(w, 2 * 10**9) == ["-ORDER_TO_TRADE DESK"]
    traded(w, "three", 100)
    w.load(limit(2_000))
    assert look(w) == [], "five messages for two orders executed"


@pytest.mark.parametrize("scope", [scope for scope in LimitScope if binds(LimitKind.ORDER_TO_TRADE_MILLI, scope)])
def test_at_each_level(scope: LimitScope) -> None:
    w = rich(limit(2_000, scope))
    assert isinstance(w.ask(ORDER), OrderAccepted)
    enter_and_cancel(w, "two")
    assert look(w) == []
    w.ask(CANCEL)
    assert look(w) == [f"+ORDER_TO_TRADE {scope.name}"]


def test_by_volume() -> None:
    """300 ordered and 200 withdrawn of it, for 100 traded: 4,000 thousandths."""
    w = rich(limit(10**9, kind=LimitKind.ORDER_TO_TRADE_VOLUME_MILLI))
    enter_and_cancel(w, "one")
    enter_and_cancel(w, "two")
    w.load(limit(3_999, kind=LimitKind.ORDER_TO_TRADE_VOLUME_MILLI))
    assert look(w) == [], "before a trade there is no ratio by volume"
    w.load(limit(10**9, kind=LimitKind.ORDER_TO_TRADE_VOLUME_MILLI))
    traded(w, "three", 100)
    w.load(limit(3_999, kind=LimitKind.ORDER_TO_TRADE_VOLUME_MILLI))
    assert look(w) == ["+ORDER_TO_TRADE_VOLUME DESK"]


@pytest.mark.parametrize("allowed", [0, 900])
@pytest.mark.parametrize("cleared", [False, True])
def test_the_next_day_clears_it(allowed: int, cleared: bool) -> None:
    """Of the day before nothing counts, whether it is still there or not; and nothing is within a limit of nothing."""
    w = rich(limit(10**9))
    enter_and_cancel(w, "one")
    w.load(limit(allowed))
    assert look(w) == ["+ORDER_TO_TRADE DESK"]
    if cleared:
        w.state.activity.clear()  # as the first order of a day does
    w.state.days = (*w.state.days, (NOW + DAY_NS) // DAY_NS)
    assert look(w, 2 * 10**9) == ["-ORDER_TO_TRADE DESK"]


def test_a_new_owner_says_what_the_old_one_did_not_come_to() -> None:
    w = rich(limit(2_000))
    assert isinstance(w.ask(ORDER), OrderAccepted)
    enter_and_cancel(w, "two")
    w.ask(CANCEL)
    w.state.book().touched.clear()
    w.state.watch_queue = type(w.state.watch_queue)()
    assert look(w) == ["+ORDER_TO_TRADE DESK"]


@pytest.mark.parametrize("new_day", [False, True])
def test_a_new_rate_has_no_ratio_looked_at_again_and_a_new_day_has(new_day: bool) -> None:
    """More of them than one look takes, so that some are still to be looked at after it."""
    w = rich(limit(2_000))
    enter_and_cancel(w, "one")
    for number in range(3 * LOOK_FIGURES_MAX):
        w.state.activity[LimitScope.DESK, "alpha", f"I{number}"] = Activity(w.state.day, 2)
    look(w)
    w.load(FxRate("EUR", 1_200_000_000, NOW))
    if new_day:
        w.state.days = (*w.state.days, w.state.day + 1)
    w.conditions = replace(w.conditions, wall_ns=w.conditions.wall_ns + SWEEP_EVERY_NS)
    w.rules.due(w.state, NOW, w.conditions.wall_ns, w.market)
    assert any(instrument_id.startswith("I1") for _, _, instrument_id in w.state.watch_queue.rest) is new_day
