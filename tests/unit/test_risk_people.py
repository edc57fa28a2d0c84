"""Whom an order is held against: whose it is, who entered it under another's name, and who amends it."""

from dataclasses import replace

import pytest
from risk_catalogue_world import limit_of, outcome, rich
from risk_world import MARKET, NEW, NOW, REPLACE, WHO, YV, World, halt

from oms.core.commands import CONTROL_SOURCE, SYSTEM_DESK, Provenance, ReplaceOrder
from oms.core.control import Halt
from oms.core.enums import Algorithm, HaltAction, HaltScope, LimitKind, LimitScope, Role
from oms.core.reasons import Reason
from oms.core.reference import Person
from oms.core.risk.trips import Trip
from oms.core.risk_events import OrderAccepted, ReplaceAccepted, ReplaceRejected
from oms.core.risk_reference import TradingPermission

BOB = Provenance("bob", "", "test", "bob", "s2")
BOB_AS_EVE = Provenance("bob", "", "test", "eve", "s1")
EVES = TradingPermission("eves", "eve", (), (), (), (), (), True)
PERSON_BOB = Person("bob", "Bob", (Role.TRADER,), ("alpha",), True)


def amended(w: World, by: Provenance, **changes: object) -> Reason | None:
    """What becomes of an amendment of an open order of eve and s1, from 100 to 200 unless told."""
    assert outcome(w, NEW) is None
    wanted: ReplaceOrder = replace(REPLACE, provenance=by, **changes)  # type: ignore[arg-type]
    event = w.ask(wanted)
    assert isinstance(event, ReplaceAccepted | ReplaceRejected)
    return event.reason if isinstance(event, ReplaceRejected) else None


def test_inv_585_who_may_not_trade_an_instrument_amends_no_order_of_it() -> None:
    assert amended(rich(EVES), WHO) is None
    assert amended(rich(EVES), BOB) is Reason.NO_PERMISSION
    assert amended(rich(EVES, replace(EVES, permission_id="bobs", trader="bob")), BOB) is None


def test_inv_585_an_amendment_reaches_only_venues_that_both_may_reach() -> None:
    w = rich(EVES, replace(EVES, permission_id="bobs", trader="bob", venues=("YV",)))
    assert outcome(w, NEW) is None
    event = w.ask(replace(REPLACE, provenance=BOB))
    assert isinstance(event, ReplaceAccepted) and event.mandate.venues == (YV.venue_id,)


@pytest.mark.parametrize("scope_id", [(HaltScope.TRADER, "bob"), (HaltScope.STRATEGY, "s2")])
def test_inv_585_a_halted_trader_or_strategy_amends_nothing(scope_id: tuple[HaltScope, str]) -> None:
    w = rich()
    assert outcome(w, NEW) is None
    w.control(halt(*scope_id))
    for wanted, expected in ((replace(REPLACE, provenance=BOB), Reason.HALTED), (REPLACE, None)):
        event = w.ask(replace(wanted, cl_ord_id=f"r{expected}"))
        assert (event.reason if isinstance(event, ReplaceRejected) else None) is expected


def test_inv_585_under_a_halt_of_who_amends_only_what_reduces_passes() -> None:
    w = rich()
    assert outcome(w, NEW) is None
    w.control(Halt(HaltScope.TRADER, "bob", False, "test", NOW, WHO, HaltAction.REDUCE_ONLY))
    event = w.ask(replace(REPLACE, provenance=BOB))
    assert isinstance(event, ReplaceRejected) and event.reason is Reason.INCREASES_POSITION


def test_inv_585_a_trip_of_who_amends_binds_at_once() -> None:
    w = rich()
    assert outcome(w, NEW) is None
    w.state.trips["rate"] = Trip(HaltScope.TRADER, "bob", HaltAction.BLOCK_NEW, 1, 0, NOW, 0, "too many", False)
    event = w.ask(replace(REPLACE, provenance=BOB))
    assert isinstance(event, ReplaceRejected) and event.reason is Reason.HALTED and "rate" in event.text


@pytest.mark.parametrize(("value", "expected"), [(199, Reason.ORDER_QTY_LIMIT), (200, None)])
@pytest.mark.parametrize(("scope", "name"), [(LimitScope.TRADER, "bob"), (LimitScope.STRATEGY, "s2")])
def test_inv_585_limits_of_one_order_bind_who_amends_it(
    scope: LimitScope, name: str, value: int, expected: Reason | None
) -> None:
    assert amended(rich(limit_of(LimitKind.ORDER_QTY, scope, value, name)), BOB) is expected


def test_inv_585_what_another_holds_is_not_held_against_an_amendment_of_his() -> None:
    """The position will be eve's: bob's limit on his own says nothing of it."""
    assert amended(rich(limit_of(LimitKind.POSITION_QTY, LimitScope.TRADER, 0, "bob")), BOB) is None


def test_inv_586_who_enters_under_another_name_needs_a_permission_as_well() -> None:
    order = replace(NEW, provenance=BOB_AS_EVE)
    assert outcome(rich(EVES, PERSON_BOB), order) is Reason.NO_PERMISSION
    assert outcome(rich(EVES, PERSON_BOB, replace(EVES, permission_id="bobs", trader="bob")), order) is None
    assert outcome(rich(EVES), order) is None, "a machine that enters orders is no person"


def test_inv_586_a_halted_trader_enters_nothing_under_another_name() -> None:
    """Nor does a machine: whatever the token names is halted, whether it is a person or not."""
    w = rich()
    w.control(halt(HaltScope.TRADER, "bob"))
    assert outcome(w, replace(NEW, provenance=BOB_AS_EVE)) is Reason.HALTED
    assert outcome(w, replace(NEW, cl_ord_id="own")) is None


def test_inv_586_who_asks_for_a_liquidation_needs_no_permission_of_a_trader() -> None:
    systems = TradingPermission("sys", SYSTEM_DESK, (), (), (), (), (), True)
    officer = Person("rita", "Rita", (Role.RISK_OFFICER,), ("alpha",), True)
    by_system = Provenance("rita", SYSTEM_DESK, f"{CONTROL_SOURCE}0", SYSTEM_DESK, "")
    event = rich(systems, officer).ask(replace(MARKET, algorithm=Algorithm.BEST_PRICE, provenance=by_system))
    assert isinstance(event, OrderAccepted)


def test_inv_620_who_enters_an_amendment_under_the_traders_name_needs_a_permission_as_well() -> None:
    assert amended(rich(EVES, PERSON_BOB), BOB_AS_EVE) is Reason.NO_PERMISSION
    assert amended(rich(EVES, PERSON_BOB, replace(EVES, permission_id="bobs", trader="bob")), BOB_AS_EVE) is None
    assert amended(rich(EVES, PERSON_BOB), WHO) is None


def test_inv_620_a_halted_trader_amends_nothing_under_the_traders_name() -> None:
    w = rich()
    assert outcome(w, NEW) is None
    w.control(halt(HaltScope.TRADER, "bob"))
    event = w.ask(replace(REPLACE, provenance=BOB_AS_EVE))
    assert isinstance(event, ReplaceRejected) and event.reason is Reason.HALTED
