"""The parent's status table: closed under what can happen, and terminal for ever."""

import pytest

from oms.core.enums import OrdStatus
from oms.core.routing.parent_status import _TABLE, Trigger, status_after

TERMINAL = [s for s in OrdStatus if s.is_terminal]


def test_every_target_is_a_state_of_the_table() -> None:
    for row in _TABLE.values():
        assert {t for t in row.values() if t is not None} <= set(_TABLE)


@pytest.mark.parametrize("status", TERMINAL)
@pytest.mark.parametrize("trigger", list(Trigger))
def test_terminal_is_for_ever(status: OrdStatus, trigger: Trigger) -> None:
    if trigger is Trigger.TRADE_CORRECTED and status is OrdStatus.FILLED:
        assert status_after(status, trigger, 5, 10) is OrdStatus.PARTIALLY_FILLED
    elif trigger in (Trigger.TRADED, Trigger.TRADED_ALL, Trigger.TRADE_CORRECTED):
        assert status_after(status, trigger, 5, 10) is status
    else:
        with pytest.raises(KeyError):
            status_after(status, trigger, 5, 10)


def test_a_fill_under_a_pending_cancel_leaves_it_pending_even_if_nothing_is_left() -> None:
    assert status_after(OrdStatus.PENDING_CANCEL, Trigger.TRADED_ALL, 10, 10) is OrdStatus.PENDING_CANCEL


@pytest.mark.parametrize(
    ("cum", "status"),
    [(0, OrdStatus.NEW), (4, OrdStatus.PARTIALLY_FILLED), (10, OrdStatus.FILLED), (12, OrdStatus.FILLED)],
)
def test_a_settled_replace_leaves_the_status_that_the_quantity_says(cum: int, status: OrdStatus) -> None:
    assert status_after(OrdStatus.PENDING_REPLACE, Trigger.REPLACE_APPLIED, cum, 10) is status
    assert status_after(OrdStatus.PENDING_REPLACE, Trigger.REPLACE_REFUSED, cum, 10) is status


@pytest.mark.parametrize(
    ("cum", "status"),
    [(0, OrdStatus.NEW), (4, OrdStatus.PARTIALLY_FILLED), (10, OrdStatus.FILLED), (12, OrdStatus.FILLED)],
)
def test_rule_20_a_filled_order_that_loses_quantity_is_what_the_quantity_says(cum: int, status: OrdStatus) -> None:
    assert status_after(OrdStatus.FILLED, Trigger.TRADE_CORRECTED, cum, 10) is status


@pytest.mark.parametrize("status", [OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED])
def test_rule_20_a_correction_alone_fills_no_working_order(status: OrdStatus) -> None:
    """A child may still be open; the end of the last one says FILLED."""
    assert status_after(status, Trigger.TRADE_CORRECTED, 10, 10) is OrdStatus.PARTIALLY_FILLED
    assert status_after(status, Trigger.TRADE_CORRECTED, 0, 10) is OrdStatus.NEW


@pytest.mark.parametrize("status", [OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_REPLACE])
@pytest.mark.parametrize("cum", [0, 4, 10])
def test_rule_20_a_request_outranks_what_a_correction_leaves(status: OrdStatus, cum: int) -> None:
    assert status_after(status, Trigger.TRADE_CORRECTED, cum, 10) is status
