"""No kind of command is a way to send without being counted: what triggers of MESSAGE_RATE and REJECT_RATIO see."""

from dataclasses import replace

import pytest
from halt_trigger_world import NEW, SECOND, trigger
from risk_catalogue_world import limit_of
from risk_world import CANCEL, DATE, MASS_CANCEL, NOW, REPLACE, WHO, World, world

from oms.core.commands import CancelOrderList, Command, NewOrderList
from oms.core.enums import ContingencyType, LimitKind, LimitScope
from oms.core.halt_triggers import HaltTriggerKind
from oms.core.risk_events import ListRejected, ReplaceRejected
from oms.core.stage import CommandInput

LATER = NOW + SECOND
PAIR = ContingencyType.ONE_CANCELS_THE_OTHER


def list_of(name: str, *qtys: int, entered_ns: int = NOW) -> NewOrderList:
    orders = tuple(
        replace(NEW, cl_ord_id=f"{name}-{place}", order_qty=qty, list_id=f"alpha/{DATE}/{name}")
        for place, qty in enumerate(qtys)
    )
    return NewOrderList("alpha", DATE, name, PAIR, orders, LATER, entered_ns, "t", WHO)


def counted(w: World) -> tuple[int, int]:
    """(messages, refused) of the window."""
    counts = w.state.counts.get("tried")
    return counts.within(w.conditions.wall_ns) if counts is not None else (0, 0)


def watching(kind: HaltTriggerKind) -> World:
    w = world(trigger(kind, 10**6))
    w.quote(10_000, 10_010)
    w.ask(NEW)
    return w


@pytest.mark.parametrize(
    ("command", "more"),
    [
        (replace(NEW, cl_ord_id="a2"), 1),
        (CANCEL, 1),
        (replace(CANCEL, orig_cl_ord_id="none"), 1),
        (REPLACE, 1),
        (replace(REPLACE, orig_cl_ord_id="none"), 1),
        (MASS_CANCEL, 1),
        (CancelOrderList("alpha", DATE, "x", DATE, "none", NOW, "t", WHO), 1),
        (list_of("l", 100, 100), 2),
        (list_of("l", 7, 7), 2),
        (replace(list_of("l", 100, 100), orders=list_of("l", 100).orders), 1),
    ],
)
def test_inv_589_every_message_of_a_desk_is_counted(command: Command, more: int) -> None:
    w = watching(HaltTriggerKind.MESSAGE_RATE)
    before, _ = counted(w)
    w.feed(CommandInput(0, command))
    assert counted(w)[0] == before + more


def test_inv_589_cancels_of_a_list_that_is_open_are_counted() -> None:
    w = watching(HaltTriggerKind.MESSAGE_RATE)
    w.feed(CommandInput(0, list_of("l", 100, 100)))
    before, _ = counted(w)
    w.feed(CommandInput(0, CancelOrderList("alpha", DATE, "x", DATE, "l", NOW, "t", WHO)))
    assert counted(w)[0] == before + 1


def test_inv_589_an_amendment_that_no_check_was_asked_about_is_a_message_and_none_of_a_ratio() -> None:
    for kind, more in ((HaltTriggerKind.MESSAGE_RATE, 1), (HaltTriggerKind.REJECT_RATIO, 0)):
        w = watching(kind)
        w.ask(REPLACE)
        before, _ = counted(w)
        pending = w.ask(replace(REPLACE, cl_ord_id="r2"))
        assert isinstance(pending, ReplaceRejected)
        assert counted(w) == (before + more, 0), "it crossed with another, and says nothing of the order"


def test_inv_589_each_order_of_a_refused_list_is_a_refused_one() -> None:
    w = watching(HaltTriggerKind.REJECT_RATIO)
    assert isinstance(w.feed(CommandInput(0, list_of("l", 100, 7)))[0], ListRejected)
    assert counted(w) == (3, 2)


def test_inv_589_refused_lists_fill_the_bucket_of_a_message_limit() -> None:
    w = world(limit_of(LimitKind.MESSAGE_RATE, LimitScope.FIRM, 2))
    w.quote(10_000, 10_010)
    for name, reason in (("l1", "QTY_NOT_IN_LOTS"), ("l2", "MESSAGE_RATE_LIMIT")):
        (refused,) = w.feed(CommandInput(0, list_of(name, 100, 7)))
        assert isinstance(refused, ListRejected) and refused.reason.name == reason
