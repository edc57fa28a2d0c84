"""The order-to-trade ratio by the table of Commission Delegated Regulation (EU) 2017/566, message by message."""

import pytest

from oms.core.order_to_trade import (
    Act,
    CountedType,
    OrderToTrade,
    exceeds,
    number_ratio_milli,
    volume_ratio_milli,
    with_fill,
    with_message,
)

PUBLISHED = [
    ("limit, add", CountedType.SINGLE, Act.ENTER, 1),
    ("limit, delete", CountedType.SINGLE, Act.CANCEL, 1),
    ("limit, modify", CountedType.SINGLE, Act.MODIFY, 2),
    ("stop", CountedType.SINGLE, Act.ENTER, 1),
    ("stop, triggered", CountedType.SINGLE, Act.VENUE, 0),
    ("market", CountedType.SINGLE, Act.ENTER, 1),
    ("fill-or-kill or immediate-or-cancel", CountedType.IMMEDIATE, Act.ENTER, 1),
    ("the same, and then cancelled: 2 in all", CountedType.IMMEDIATE, Act.EXPIRE, 1),
    ("iceberg, refreshed", CountedType.SINGLE, Act.VENUE, 0),
    ("peg, followed its price", CountedType.SINGLE, Act.VENUE, 0),
    ("quote", CountedType.QUOTE, Act.ENTER, 2),
    ("quote, delete", CountedType.QUOTE, Act.CANCEL, 2),
    ("quote, modify", CountedType.QUOTE, Act.MODIFY, 4),
    ("one-cancels-the-other, add", CountedType.ONE_CANCELS_OTHER, Act.ENTER, 2),
    ("one-cancels-the-other, delete", CountedType.ONE_CANCELS_OTHER, Act.CANCEL, 2),
    ("one-cancels-the-other, modify", CountedType.ONE_CANCELS_OTHER, Act.MODIFY, 4),
    ("one-cancels-the-other, the other leg went", CountedType.ONE_CANCELS_OTHER, Act.VENUE, 0),
    ("cancelled by a kill", CountedType.SINGLE, Act.CANCEL_UNCOUNTED, 0),
    ("quote, cancelled with its connection", CountedType.QUOTE, Act.CANCEL_UNCOUNTED, 0),
]


@pytest.mark.parametrize(("what", "kind", "act", "number"), PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_a_message_counts_as_published(what: str, kind: CountedType, act: Act, number: int) -> None:
    """INV-444."""
    counted = with_message(OrderToTrade(), kind, act, 70, 30)
    assert counted.orders == number
    assert (counted.ordered_qty == 0) == (number == 0)


def test_every_type_has_every_act() -> None:
    for kind in CountedType:
        for act in Act:
            with_message(OrderToTrade(), kind, act, 1, 1)


def test_a_session_worked_by_hand() -> None:
    """A limit of 100, raised to 150, filled 50 in two parts, the rest cancelled; an immediate order of 80 that got 30; a quote of 10 by 10."""
    c = OrderToTrade()
    single, now, quote = CountedType.SINGLE, CountedType.IMMEDIATE, CountedType.QUOTE
    c = with_message(c, single, Act.ENTER, 0, 100)  # 1 order, 100
    c = with_message(c, single, Act.MODIFY, 100, 150)  # 2 more, 250 more
    c = with_fill(with_fill(c, 20, True), 30, False)  # one transaction of 50
    c = with_message(c, single, Act.CANCEL, 100)  # 1 more, 100 more
    c = with_message(c, now, Act.ENTER, 0, 80)  # 1 more, 80 more
    c = with_fill(c, 30, True)
    c = with_message(c, now, Act.EXPIRE, 50)  # 1 more, 50 more
    c = with_message(c, quote, Act.ENTER, 0, 20)  # 2 more, 20 more
    assert c == OrderToTrade(orders=8, transactions=2, ordered_qty=600, traded_qty=80)
    assert number_ratio_milli(c) == 3_000 and volume_ratio_milli(c) == 6_500
    assert not exceeds(c, 3_000, 6_500)
    assert exceeds(c, 2_999, 6_500) and exceeds(c, 3_000, 6_499)  # either is enough


def test_an_order_that_is_all_executed_has_a_ratio_of_nothing_and_no_trade_has_none() -> None:
    filled = with_fill(with_message(OrderToTrade(), CountedType.SINGLE, Act.ENTER, 0, 10), 10, True)
    assert number_ratio_milli(filled) == volume_ratio_milli(filled) == 0
    untraded = with_message(OrderToTrade(), CountedType.SINGLE, Act.ENTER, 0, 10)
    assert number_ratio_milli(untraded) is None and exceeds(untraded, 10**9, 10**9)


def test_ratios_round_up() -> None:
    assert number_ratio_milli(OrderToTrade(10, 3)) == 2_334  # 7/3 = 2.333…
