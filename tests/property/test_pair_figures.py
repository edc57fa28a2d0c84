"""Exposure in currencies by pairs, with what is open and what is ahead in a list: figures by hand, both directions.

10,000 euros at 1.10 are 11,000 dollars; in pounds at 1.25 dollars that is 8,800 of each currency.
"""

from dataclasses import replace

import pytest
from risk_world import DATE, DOLLAR, NEW, NOW, WHO, World
from test_currency_pairs import BUY, SELL, limit, pairs

from oms.core.commands import NewOrder, NewOrderList, order_id_of
from oms.core.enums import ContingencyType, LimitKind
from oms.core.risk_events import OrderAccepted
from oms.core.stage import CommandInput

WIDE = 10**12
CHECK = {LimitKind.GROSS_EXPOSURE: 41, LimitKind.NET_EXPOSURE: 42}


def figures(event: object, kind: LimitKind) -> tuple[int, int]:
    assert isinstance(event, OrderAccepted), event
    at = event.evidence.checks.index(CHECK[kind])
    return event.evidence.before[at] // DOLLAR, event.evidence.after[at] // DOLLAR


def in_a_list(w: World, *orders: NewOrder) -> object:
    mine = tuple(
        replace(o, cl_ord_id=f"o{n}", price=(o.price or 0) + n, list_id=order_id_of("alpha", DATE, "l"))
        for n, o in enumerate(orders)
    )
    contingency = ContingencyType.ONE_CANCELS_THE_OTHER
    return w.feed(CommandInput(0, NewOrderList("alpha", DATE, "l", contingency, mine, NOW + 1_000, NOW, "t", WHO)))[-1]


def one_by_one(w: World, *orders: NewOrder) -> object:
    return [w.ask(replace(o, cl_ord_id=f"o{n}")) for n, o in enumerate(orders)][-1]


@pytest.mark.parametrize("kind", list(CHECK))
@pytest.mark.parametrize("sent", [in_a_list, one_by_one])
@pytest.mark.parametrize(
    ("currency", "orders", "before", "after"),
    [
        ("USD", (BUY, BUY), 11_000, 22_000),
        ("USD", (SELL, SELL), 11_000, 22_000),
        ("USD", (BUY, SELL), 11_000, 11_000),
        ("USD", (SELL, BUY), 11_000, 11_000),
        ("GBP", (BUY, BUY), 17_600, 35_200),
        ("GBP", (SELL, SELL), 17_600, 35_200),
        ("GBP", (BUY, SELL), 17_600, 17_600),
        ("EUR", (BUY, BUY), 10_000, 20_000),
        ("EUR", (SELL, SELL), 10_000, 20_000),
    ],
)
def test_a_currencys_worst_before_and_with_the_order(
    kind: LimitKind, sent: object, currency: str, orders: tuple[NewOrder, ...], before: int, after: int
) -> None:
    w = pairs(limit(kind, currency, WIDE))
    found = figures(sent(w, *orders), kind)  # type: ignore[operator]
    # In a list each price is a tick from the other, which is a tenth of a dollar or two.
    assert abs(found[0] - before) <= 1 and abs(found[1] - after) <= 1


@pytest.mark.parametrize("kind", list(CHECK))
def test_shares_and_currencies_add_up(kind: LimitKind) -> None:
    w = pairs(limit(kind, "USD", WIDE))
    assert figures(one_by_one(w, NEW, BUY), kind) == (10_000, 21_000)
    assert figures(w.ask(replace(BUY, cl_ord_id="b")), kind) == (21_000, 32_000)
    assert figures(w.ask(replace(NEW, cl_ord_id="c")), kind) == (32_000, 42_000)
