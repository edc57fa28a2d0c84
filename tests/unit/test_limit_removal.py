"""A limit that is removed is as if it had never been: for orders, for alerts, for credit over partitions, and for who proposes it (INV-560, 561)."""

from dataclasses import replace

import pytest
from credit_world import CREDIT_ID, LIMIT, Firm, accepted
from risk_catalogue_world import outcome
from risk_world import ACCOUNT, BAC, COLLAR, CONDITIONS, IBM, NEW, NOW, POSITION, QTY, World, world
from test_limit_governance import HOUR_NS, RITA, ROLF, change, proposed
from test_watching import fill_of_40, limit, look, rich

from oms.core.enums import LimitKind, LimitScope
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk import removal
from oms.core.risk.limits import REQUIRED_KINDS
from oms.core.risk.removal import NEEDED, consequence, uncovered
from oms.core.risk_events import OrderRejected

LATER = replace(CONDITIONS, wall_ns=NOW + HOUR_NS)
ORDER = replace(NEW, good_until_ns=NOW + 2 * HOUR_NS)


def removed(w: World, known: Limit, effective_ns: int = 0, name: str = "p1") -> None:
    """By two people."""
    assert change(w, proposed(w, replace(known, removed=True, effective_ns=effective_ns), RITA, name), ROLF)


def asked(w: World, name: str, **changes: object) -> Reason | None:
    return outcome(w, replace(ORDER, cl_ord_id=name, **changes))


def test_a_limit_without_which_no_order_passes_refuses_all_once_it_is_removed() -> None:
    w = world()
    assert asked(w, "a") is None
    removed(w, QTY)
    event = w.ask(replace(ORDER, cl_ord_id="b"))
    assert isinstance(event, OrderRejected) and event.reason is Reason.LIMIT_MISSING
    assert event.text == "no ORDER_QTY limit covers the order"


def test_where_another_limit_of_the_kind_covers_the_order_that_one_binds() -> None:
    w = world(replace(QTY, limit_id="other", scope=LimitScope.DESK, scope_id="alpha", value=Amount(2_000)))
    assert asked(w, "a", order_qty=1_500, price=5_000) is Reason.ORDER_QTY_LIMIT
    removed(w, QTY)
    assert asked(w, "b", order_qty=1_500) is None and asked(w, "c", order_qty=2_010) is Reason.ORDER_QTY_LIMIT


def test_a_kind_that_orders_do_without_is_not_asked_any_more() -> None:
    most = Limit("most", LimitKind.OPEN_ORDERS, LimitScope.FIRM, "", "", "", Amount(0))
    w = world(most)
    assert asked(w, "a") is Reason.OPEN_ORDERS_LIMIT
    removed(w, most)
    assert asked(w, "b") is None


@pytest.mark.parametrize(("at", "reason"), [(HOUR_NS - 1, None), (HOUR_NS, Reason.LIMIT_MISSING)])
def test_it_is_removed_from_its_date_on(at: int, reason: Reason | None) -> None:
    w = world()
    removed(w, QTY, NOW + HOUR_NS)
    w.conditions = replace(CONDITIONS, wall_ns=NOW + at)
    assert asked(w, "a") is reason


def test_what_it_had_replaced_is_gone_with_it() -> None:
    """A value of it that is in force until a time, over one that would be again: neither is."""
    w = world(replace(QTY, value=Amount(5_000), expires_ns=NOW + HOUR_NS))
    removed(w, QTY)
    assert asked(w, "a") is Reason.LIMIT_MISSING
    w.conditions = LATER
    assert asked(w, "b") is Reason.LIMIT_MISSING


def test_before_its_date_what_it_replaces_goes_on_as_it_was() -> None:
    w = world(replace(QTY, value=Amount(50), expires_ns=NOW + HOUR_NS // 2))
    removed(w, QTY, NOW + HOUR_NS)
    assert asked(w, "a") is Reason.ORDER_QTY_LIMIT
    w.conditions = replace(CONDITIONS, wall_ns=NOW + HOUR_NS // 2)
    assert asked(w, "b") is None
    w.conditions = LATER
    assert asked(w, "c") is Reason.LIMIT_MISSING


@pytest.mark.parametrize("from_ns", [0, NOW + HOUR_NS])
def test_set_anew_it_binds_again(from_ns: int) -> None:
    w = world()
    removed(w, QTY)
    assert change(w, proposed(w, replace(QTY, value=Amount(50), effective_ns=from_ns), RITA, "p2"), ROLF)
    w.conditions = LATER
    assert asked(w, "a") is Reason.ORDER_QTY_LIMIT and asked(w, "b", order_qty=50) is None


@pytest.mark.parametrize("from_ns", [0, NOW + HOUR_NS])
def test_an_override_of_a_removed_limit_is_of_its_order_alone(from_ns: int) -> None:
    w = world()
    removed(w, QTY)
    one = replace(QTY, value=Amount(5_000), only_order="alpha/20250106/b", expires_ns=NOW + HOUR_NS, effective_ns=0)
    assert change(w, proposed(w, one, RITA, "p2"), ROLF)
    assert asked(w, "a") is Reason.LIMIT_MISSING and asked(w, "b") is None


@pytest.mark.parametrize("after_ns", [0, HOUR_NS])
def test_its_alert_goes_with_it(after_ns: int) -> None:
    w = rich()
    fill_of_40(w)
    beyond = limit(LimitKind.POSITION_QTY, 30)
    w.load(beyond)
    assert look(w) == ["+POSITION DESK"]
    removed(w, beyond, NOW + after_ns if after_ns else 0)
    if after_ns:
        assert look(w) == []
        w.conditions = replace(w.conditions, wall_ns=NOW + after_ns)
    assert look(w) == ["-POSITION DESK"] and not w.state.alerts.open


# -- credit over partitions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after_ns", [0, HOUR_NS])
def test_a_limit_that_spans_partitions_gives_all_its_credit_back(after_ns: int) -> None:
    """What open orders use of it too: there is no limit any more that they could be within."""
    firm = Firm(LIMIT)
    firm.settle()
    assert accepted(firm.order(0, 20)) and accepted(firm.order(1, 10))
    firm.settle()
    firm.load(replace(LIMIT, removed=True, effective_ns=NOW + after_ns if after_ns else 0))
    if after_ns:
        firm.settle()
        assert (
            not firm.settle()
            and firm.granting().value == LIMIT.value
            and sum(firm.held(p) for p in range(3)) >= LIMIT.value - 2
        )
        assert not accepted(firm.order(2, 100)), "it binds until then"
        firm.wall_ns += after_ns
    firm.settle()
    granting = firm.granting()
    assert (granting.value, granting.granted, granting.over_by) == (0, 0, 0)
    assert [firm.held(p) for p in range(3)] == [0, 0, 0]
    assert accepted(firm.order(0, 200)), "nothing is asked for any more"
    assert not firm.settle()


@pytest.mark.parametrize("anew_ns", [0, 2 * HOUR_NS])
@pytest.mark.parametrize("after_ns", [0, HOUR_NS])
@pytest.mark.parametrize("seen", [True, False])
def test_set_anew_it_covers_what_is_used_before_anybody_adds_to_it(after_ns: int, anew_ns: int, seen: bool) -> None:
    """Of what was used meanwhile nobody knows but the partitions: nothing is granted before each of them has said it anew. `seen`: whether
    the grantor was there while the limit was not."""
    firm = Firm(LIMIT)
    firm.settle()
    firm.load(replace(LIMIT, removed=True, effective_ns=NOW + after_ns if after_ns else 0))
    for partition in range(3):
        firm.risk_turn(partition)
    firm.wall_ns += after_ns
    if seen:
        firm.settle()
    for partition in range(3):
        firm.risk_turn(partition)
    assert [firm.held(p) for p in range(3)] == [0, 0, 0], "whether or not anybody recalls it"
    assert accepted(firm.order(0, 60)) and accepted(firm.order(1, 30))
    firm.load(replace(LIMIT, effective_ns=NOW + anew_ns if anew_ns else 0))
    if anew_ns:
        if seen:
            firm.settle()
        assert accepted(firm.order(2, 5)), "it does not bind yet"
        firm.wall_ns = NOW + anew_ns
    if seen:
        assert not accepted(firm.order(2, 6)), "of what is not granted yet nothing is held"
    firm.settle()
    assert sum(firm.held(p) for p in range(3)) <= LIMIT.value
    free = 10 - 5 * bool(anew_ns)
    assert sum(accepted(firm.order(2)) or firm.settle() < 0 for _ in range(3)) <= free
    firm.settle()
    used = sum(firm.used(p) for p in range(3))
    for _ in range(20):
        accepted(firm.order(2))
        firm.settle()
    assert max(used, sum(firm.used(p) for p in range(3))) <= LIMIT.value
    assert all(firm.held(p) >= firm.used(p) for p in range(3))
    assert sum(firm.used(p) for p in range(3)) == LIMIT.value, "and all of it can be used"


def test_a_removal_that_is_not_in_force_yet_leaves_credit_as_it_is() -> None:
    firm = Firm(LIMIT)
    firm.settle()
    held = [firm.held(p) for p in range(3)]
    firm.load(replace(LIMIT, removed=True, effective_ns=NOW + HOUR_NS))
    firm.settle()
    assert firm.state(0).index().spanning.limits[CREDIT_ID].limit == LIMIT
    assert (firm.granting().value, firm.granting().removed_at) == (LIMIT.value, 0)
    assert [firm.held(p) for p in range(3)] == held


# -- what a person is told ------------------------------------------------------------------------------------------------------


def test_who_proposes_a_removal_is_told_what_will_be_refused() -> None:
    reference = world().state.reference
    for known, text in (
        (COLLAR, "refuses orders of 3 accounts (A1, …) in 2 instruments (BAC, …) (LIMIT_MISSING): no PRICE_COLLAR_BPS limit is left that covers them"),
        (QTY, "refuses orders of 3 accounts (A1, …) in instrument IBM (LIMIT_MISSING): no ORDER_QTY limit is left that covers them"),
        (POSITION, "refuses orders of account A1 in instrument IBM (LIMIT_MISSING): no POSITION_QTY limit is left that covers them"),
    ):  # fmt: skip
        assert consequence(reference, known, NOW) == text
    most = Limit("most", LimitKind.OPEN_ORDERS, LimitScope.FIRM, "", "", "", Amount(0))
    assert uncovered(world(most).state.reference, most, NOW) == removal.Uncovered((), True)
    assert consequence(world(most).state.reference, most, NOW).startswith(
        "refuses nothing: orders are not asked for OPEN"
    )
    other = replace(QTY, limit_id="other")
    assert consequence(world(other).state.reference, QTY, NOW).startswith(
        "refuses nothing: another ORDER_QTY limit covers"
    )
    age = Limit("fx", LimitKind.FX_RATE_AGE_NS, LimitScope.FIRM, "", "", "", Amount(1))
    assert "refuses orders that need a rate or factor of 3 accounts" in consequence(
        world(age).state.reference, age, NOW
    )


@pytest.mark.parametrize("known", [QTY, COLLAR, POSITION])
def test_what_is_told_is_what_is_refused_then(known: Limit) -> None:
    for account, instrument in ((ACCOUNT, IBM), (ACCOUNT, BAC)):
        w = world()
        w.quote(10_000, 10_010, instrument_id="BAC")
        names = {"account_id": account.account_id, "instrument_id": instrument.instrument_id}
        before = asked(w, "a", **names)
        told = uncovered(w.state.reference, known, NOW)
        removed(w, known)
        after = asked(w, "b", **names)
        found = (account.account_id, instrument.instrument_id) in told.pairs
        assert told.whole and (not found or after is Reason.LIMIT_MISSING), (before, after)
        assert found or after is before


@pytest.mark.parametrize(
    ("scope", "scope_id"),
    [
        (LimitScope.TRADER, "tess"),
        (LimitScope.STRATEGY, "s9"),
        (LimitScope.VENUE, "YV"),
        (LimitScope.DESK, "alpha"),
        (LimitScope.CLIENT, "C1"),
        (LimitScope.INSTRUMENT, "IBM"),
    ],
)
def test_of_whoever_it_binds(scope: LimitScope, scope_id: str) -> None:
    """Of the limit of a trader or a venue it is told of orders that name them."""
    one = replace(QTY, limit_id="one", scope=scope, scope_id=scope_id)
    w = world(one, replace(ACCOUNT, client_id="C1"))
    w.drop_limits("qty")
    accounts = {LimitScope.DESK: {"A1", "A2"}, LimitScope.CLIENT: {"A1"}}.get(scope, {"A1", "A2", "B1"})
    assert set(uncovered(w.state.reference, one, NOW).pairs) == {(account, "IBM") for account in accounts}


def test_who_may_not_trade_is_left_out_and_what_is_not_in_force_covers_nothing() -> None:
    w = world(replace(ACCOUNT, enabled=False), replace(BAC, enabled=False))
    w.load(replace(COLLAR, limit_id="later", effective_ns=NOW + 1), replace(COLLAR, limit_id="one", only_order="x"))
    assert uncovered(w.state.reference, COLLAR, NOW).pairs == (("A2", "IBM"), ("B1", "IBM"))
    assert uncovered(w.state.reference, COLLAR, NOW + 1).pairs == ()


def test_a_look_at_everybody_is_bounded_and_says_so() -> None:
    assert set(REQUIRED_KINDS) < set(NEEDED) and removal.PAIRS_MAX == 5_000
    reference = world().state.reference
    everybody = uncovered(reference, COLLAR, NOW)
    assert len(everybody.pairs) == 6 and everybody.whole and everybody == uncovered(reference, COLLAR, NOW, 6)
    assert uncovered(reference, COLLAR, NOW, 5) == removal.Uncovered(everybody.pairs[:5], False)


def test_a_limit_with_former_versions_is_gone_with_them() -> None:
    """Of another limit that covers the order the former versions still do."""
    w = world(replace(QTY, value=Amount(5), effective_ns=NOW + 1))
    assert {pair[1] for pair in uncovered(w.state.reference, QTY, NOW).pairs} == {"IBM"}
    other = replace(QTY, limit_id="other")
    w.load(other, replace(other, effective_ns=NOW + 1))
    assert uncovered(w.state.reference, QTY, NOW).pairs == ()
