"""A parent's status by the table of all orders: closed under what can happen, and terminal for ever."""

import pytest

from oms.core.enums import OrdStatus, Side
from oms.core.lifecycle.table import BY_QTY, CLOSED, CONDITIONS, TABLE, Trigger, by_quantity, status_after
from oms.core.routing.draft import Draft
from oms.core.routing.ending import move
from oms.core.routing.state import Parent
from oms.core.stage import Conditions
from oms.testing.routing_world import SECOND_NS, RouterWorld

S, T = OrdStatus, Trigger
TERMINAL = [s for s in OrdStatus if s.is_terminal]
PARENTS = [
    T.TRADED,
    T.CANCEL_STARTED,
    T.REPLACE_STARTED,
    T.REPLACED,
    T.REQUEST_REJECTED,
    T.CANCELED,
    T.REJECTED,
    T.EXPIRED,
    T.COMPLETED,
]
"""The triggers of a parent."""


@pytest.fixture
def draft() -> Draft:
    """Of a world with one parent, a, for 10 at A."""
    world = RouterWorld()
    world.quote("A", 99, 100, 100, 100)
    world.order("a", Side.BUY, 10, 100)
    return Draft(world.state, Conditions(SECOND_NS, SECOND_NS, 0, SECOND_NS, 0, SECOND_NS), world.market)


@pytest.fixture
def parent(draft: Draft) -> Parent:
    (order_id,) = draft._base.parents
    found = draft.parent(order_id)
    assert found is not None
    return found


def test_every_target_is_a_state_of_the_table() -> None:
    for row in TABLE.values():
        assert {t for t in row.values() if t is not BY_QTY} <= {*TABLE, *CONDITIONS}
    assert CLOSED <= set(TERMINAL) <= set(TABLE)


@pytest.mark.parametrize("status", TERMINAL)
@pytest.mark.parametrize("trigger", PARENTS)
def test_terminal_is_for_ever(draft: Draft, parent: Parent, status: OrdStatus, trigger: Trigger) -> None:
    parent.status, parent.cum_qty, parent.cancelling = status, 5, True
    if trigger is T.TRADED:
        says = S.FILLED if status is S.FILLED else S.PARTIALLY_FILLED
        assert move(draft, parent, trigger, says) is status
    else:
        with pytest.raises(AssertionError):
            move(draft, parent, trigger)


@pytest.mark.parametrize("status", sorted(CLOSED))
@pytest.mark.parametrize("trigger", [t for t in PARENTS if t not in (T.TRADED, T.REQUEST_REJECTED)])
def test_the_table_itself_has_no_way_out_of_a_closed_order(status: OrdStatus, trigger: Trigger) -> None:
    with pytest.raises(KeyError):
        status_after(status, trigger, S.FILLED, ())


@pytest.mark.parametrize("says", [S.PARTIALLY_FILLED, S.FILLED])
def test_a_fill_under_a_pending_cancel_leaves_it_pending_even_if_nothing_is_left(
    draft: Draft, parent: Parent, says: OrdStatus
) -> None:
    parent.cancelling = True
    assert move(draft, parent, T.TRADED, says) is S.PENDING_CANCEL
    parent.pending_terms = parent.terms
    assert move(draft, parent, T.TRADED, says) is S.PENDING_CANCEL, "a cancel hides a replace"
    assert move(draft, parent, T.COMPLETED) is S.FILLED, "too late, and that is the end"


@pytest.mark.parametrize(("cum", "status"), [(0, S.NEW), (4, S.PARTIALLY_FILLED), (10, S.FILLED), (12, S.FILLED)])
def test_a_settled_replace_leaves_the_status_that_the_quantity_says(
    draft: Draft, parent: Parent, cum: int, status: OrdStatus
) -> None:
    parent.status, parent.cum_qty = S.PENDING_REPLACE, cum
    assert by_quantity(cum, parent.terms.order_qty) is status
    for trigger in (T.REPLACED, T.REQUEST_REJECTED):
        assert move(draft, parent, trigger) is status
    parent.cancelling = True
    for trigger in (T.REPLACED, T.REQUEST_REJECTED):
        assert move(draft, parent, trigger) is S.PENDING_CANCEL


def test_a_last_fill_with_a_child_open_does_not_fill_the_parent(draft: Draft, parent: Parent) -> None:
    parent.cum_qty = 10
    assert move(draft, parent, T.TRADED, S.PARTIALLY_FILLED) is S.PARTIALLY_FILLED
    assert move(draft, parent, T.COMPLETED) is S.FILLED


TAKEN_BACK = (T.TRADE_CORRECTED, T.TRADE_CANCELED)


@pytest.mark.parametrize("trigger", TAKEN_BACK)
@pytest.mark.parametrize("says", [S.NEW, S.PARTIALLY_FILLED, S.FILLED])
def test_rule_20_a_filled_order_is_what_the_quantity_says_after_a_bust(
    draft: Draft, parent: Parent, trigger: Trigger, says: OrdStatus
) -> None:
    parent.status, parent.cum_qty = S.FILLED, 10
    assert move(draft, parent, trigger, says) is says


@pytest.mark.parametrize("trigger", TAKEN_BACK)
@pytest.mark.parametrize("status", sorted(CLOSED))
def test_rule_10_a_closed_order_stays_what_it_is_whatever_is_busted(
    draft: Draft, parent: Parent, trigger: Trigger, status: OrdStatus
) -> None:
    parent.status, parent.cum_qty = status, 5
    assert move(draft, parent, trigger, S.NEW) is status


@pytest.mark.parametrize("trigger", TAKEN_BACK)
def test_rule_8_a_request_outranks_what_a_bust_leaves(draft: Draft, parent: Parent, trigger: Trigger) -> None:
    parent.cum_qty, parent.cancelling = 5, True
    assert move(draft, parent, trigger, S.NEW) is S.PENDING_CANCEL
    parent.cancelling, parent.pending_terms = False, parent.terms
    assert move(draft, parent, trigger, S.NEW) is S.PENDING_REPLACE
