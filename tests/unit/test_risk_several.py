"""Several orders or limits at once, settlement, and whom a mass cancel covers: figures by hand."""

from dataclasses import replace

import pytest
from risk_catalogue_world import (
    limit_of,
    rich,
)
from risk_world import (
    DATE,
    DOLLAR,
    IBM,
    MASS_CANCEL,
    NEW,
    NOW,
    ORDER_ID,
    REPLACE,
    WHO,
    World,
    fill,
    row,
    world,
)

from oms.core.commands import NewOrder, NewOrderList, order_id_of
from oms.core.enums import (
    Algorithm,
    AssetClass,
    ContingencyType,
    HaltScope,
    LimitKind,
    LimitScope,
    Side,
)
from oms.core.money import Amount
from oms.core.order_filter import OrderFilter
from oms.core.reference import Limit
from oms.core.risk.scopes import orders_of, stopped_by
from oms.core.risk.settlement import note_settlement
from oms.core.risk.state import DAY_NS
from oms.core.risk_events import MassCancelStarted
from oms.core.stage import CommandInput

# --- pace of several at once


def two(kind: LimitKind, desk: int, account: int) -> tuple[Limit, ...]:
    return tuple(
        replace(limit_of(kind, scope, value), limit_id=scope.name, instrument_id="")
        for scope, value in ((LimitScope.DESK, desk), (LimitScope.ACCOUNT, account))
    )


@pytest.mark.parametrize(("desk", "account", "named"), [(1, 9, "DESK"), (9, 1, "ACCOUNT")])
@pytest.mark.parametrize(
    "kind", [LimitKind.MESSAGE_RATE, LimitKind.ORDER_TO_TRADE_MILLI, LimitKind.ORDER_TO_TRADE_VOLUME_MILLI]
)
def test_the_holder_with_less_room_is_named(kind: LimitKind, desk: int, account: int, named: str) -> None:
    check = {LimitKind.MESSAGE_RATE: 26, LimitKind.ORDER_TO_TRADE_MILLI: 50}.get(kind, 90)
    w = rich(*two(kind, desk, account))
    assert row(w.ask(NEW), check)[3] == w.state.reference.version("limit", named)


def listed(*orders: NewOrder) -> NewOrderList:
    list_id = order_id_of("alpha", DATE, "l1")
    mine = tuple(replace(o, list_id=list_id) for o in orders)
    return NewOrderList("alpha", DATE, "l1", ContingencyType.ONE_CANCELS_THE_OTHER, mine, NOW + 1_000, NOW, "t", WHO)


def of_a_list(w: World, second: NewOrder, *, first: NewOrder = replace(NEW, cl_ord_id="o1")) -> object:
    events = w.feed(CommandInput(0, listed(first, second)))
    return events[-1]


SECOND = replace(NEW, cl_ord_id="o2", order_qty=50)
WIDE = 2**100


@pytest.mark.parametrize(
    ("kind", "check", "figures"),
    [
        (LimitKind.MESSAGE_RATE, 26, (1, 2)),
        (LimitKind.REPEATED_EXECUTIONS, 28, (1, 2)),
        (LimitKind.ORDER_TO_TRADE_MILLI, 50, (0, 1_000)),
        (LimitKind.ORDER_TO_TRADE_VOLUME_MILLI, 90, (1_000, 2_000)),
        (LimitKind.GROSS_EXPOSURE, 41, (10_000 * DOLLAR, 15_000 * DOLLAR)),
        (LimitKind.NET_EXPOSURE, 42, (10_000 * DOLLAR, 15_000 * DOLLAR)),
        (LimitKind.CREDIT, 43, (10_000 * DOLLAR, 15_000 * DOLLAR)),
        (LimitKind.CAPITAL, 44, (10_000 * DOLLAR, 15_000 * DOLLAR)),
        (LimitKind.OPEN_ORDERS, 19, (1, 2)),
        (LimitKind.POSITION_QTY, 20, (100, 150)),
        (LimitKind.ADV_PPM, 38, (10_000, 15_000)),
    ],
)
def test_what_is_ahead_in_a_list_counts(kind: LimitKind, check: int, figures: tuple[int, int]) -> None:
    scope = LimitScope.DESK
    value = 1_500 if kind is LimitKind.POSITION_QTY else 10**6 if kind is LimitKind.MESSAGE_RATE else WIDE
    w = rich(replace(limit_of(kind, scope, value), instrument_id="IBM"))
    assert row(of_a_list(w, SECOND), check)[1:3] == figures


def test_what_is_ahead_and_sells_counts_on_its_side() -> None:
    sale = replace(NEW, cl_ord_id="o1", side=Side.SELL, price=10_010)
    for kind, check, figures in (
        (LimitKind.GROSS_EXPOSURE, 41, (10_010, 15_010)),
        (LimitKind.NET_EXPOSURE, 42, (10_010, 10_010)),
        (LimitKind.CREDIT, 43, (10_010, 10_010)),
        (LimitKind.CAPITAL, 44, (10_010, 15_010)),
    ):
        w = rich(limit_of(kind, LimitScope.DESK, WIDE))
        event = of_a_list(w, SECOND, first=sale)
        assert row(event, check)[1:3] == (figures[0] * DOLLAR, figures[1] * DOLLAR)


def test_cash_that_is_ahead_is_paid_by_its_own_account_only() -> None:
    cash = limit_of(LimitKind.CASH, LimitScope.ACCOUNT, WIDE)
    w = rich(cash)
    assert row(of_a_list(w, SECOND), 45)[1:3] == (6_000 * DOLLAR, 11_000 * DOLLAR)
    w = rich(cash)
    sale = replace(NEW, cl_ord_id="o1", side=Side.SELL, price=10_010)
    assert row(of_a_list(w, SECOND, first=sale), 45)[1:3] == (-4_000 * DOLLAR, 1_000 * DOLLAR)


def test_terms_that_are_ahead_are_the_same_terms() -> None:
    window = Limit("dup", LimitKind.DUPLICATE_TERMS_NS, LimitScope.DESK, "alpha", "", "", Amount(1_000))
    w = rich(window)
    assert row(of_a_list(w, SECOND), 27)[1:3] == (-1, -1)
    w = rich(replace(window, value=Amount(0)))
    assert row(of_a_list(w, replace(NEW, cl_ord_id="o2")), 27)[1:3] == (0, 0)


def test_a_replacement_counts_by_volume_what_it_withdraws_and_enters() -> None:
    w = rich(limit_of(LimitKind.ORDER_TO_TRADE_VOLUME_MILLI, LimitScope.DESK, WIDE))
    w.ask(NEW)
    w.route(fill("x", 40))
    event = w.ask(replace(REPLACE, order_qty=150))
    at = event.evidence.checks.index(90)  # type: ignore[union-attr]
    ordered = 100
    assert event.evidence.before[at] == ordered * 1_000 // 40 - 1_000  # type: ignore[union-attr]
    assert event.evidence.after[at] == (ordered + 60 + 110) * 1_000 // 40 - 1_000  # type: ignore[union-attr]


# --- settlement

TRADED = (LimitScope.COUNTERPARTY, "CL")


@pytest.mark.parametrize(
    ("old", "new", "owed"),
    [((0, 0), (40, 100), 40), ((40, 100), (30, 100), 30), ((40, 100), (0, 0), 0), ((40, 100), (40, 101), 40)],
)
def test_a_corrected_trade_is_owed_as_if_it_had_been_alone(
    old: tuple[int, int], new: tuple[int, int], owed: int
) -> None:
    w = rich()
    note_settlement(w.state, "XV", NEW, (0, 0), old)
    note_settlement(w.state, "XV", NEW, old, new)
    assert w.state.unsettled == {("CL", "USD"): {w.state.day: new[0] * new[1] * DOLLAR // 100}}
    assert owed == new[0]


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_of_a_pair_what_comes_is_owed(side: Side) -> None:
    pair = replace(IBM, instrument_id="EURUSD", asset_class=AssetClass.FX_SPOT, base_currency="EUR")
    w = rich(pair)
    terms = replace(NEW, instrument_id="EURUSD", side=side)
    note_settlement(w.state, "XV", terms, (0, 0), (40, 110))
    note_settlement(w.state, "XV", terms, (40, 110), (30, 110))
    expected = {("CL", "EUR"): 30 * DOLLAR} if side is Side.BUY else {("CL", "USD"): 33 * DOLLAR}
    assert {key: by_day[w.state.day] for key, by_day in w.state.unsettled.items()} == expected


def test_more_taken_back_than_is_owed_leaves_nothing_and_old_days_go() -> None:
    w = rich()
    note_settlement(w.state, "XV", NEW, (40, 100), (0, 0))
    assert w.state.unsettled["CL", "USD"] == {w.state.day: 0}
    w.state.days = (5, 6, 7)
    w.state.unsettled["CL", "USD"] = {4: 1, 5: 2, 6: 3}
    note_settlement(w.state, "XV", NEW, (0, 0), (1, 100))
    assert w.state.unsettled["CL", "USD"] == {5: 2, 6: 3, 7: DOLLAR}


@pytest.mark.parametrize(("venue_id", "instrument_id"), [("gone", "IBM"), ("XV", "gone"), ("gone", "gone")])
def test_where_nobody_is_known_nobody_owes(venue_id: str, instrument_id: str) -> None:
    w = rich()
    note_settlement(w.state, venue_id, replace(NEW, instrument_id=instrument_id), (0, 0), (1, 100))
    assert w.state.unsettled == {} and DAY_NS == 86_400 * 10**9


# --- scopes of old records, and what waits


def started(**changes: object) -> MassCancelStarted:
    return replace(MassCancelStarted(None, 0, None, "", 0, None), **changes)  # type: ignore[arg-type]


DIRECT = replace(NEW, cl_ord_id="d", algorithm=Algorithm.DIRECT, venue_id="XV")


def test_a_record_of_before_filters_covers_what_its_command_or_scope_says() -> None:
    w = world()
    w.ask(NEW)
    w.ask(DIRECT)
    both = (ORDER_ID, f"alpha/{DATE}/d")
    assert orders_of(w.state, started(mass_cancel=MASS_CANCEL)) == both
    assert orders_of(w.state, started(mass_cancel=replace(MASS_CANCEL, desk_id="beta"))) == ()
    assert orders_of(w.state, started(scope=HaltScope.DESK, scope_id="alpha")) == both
    assert orders_of(w.state, started(scope=HaltScope.VENUE, scope_id="XV")) == both[1:]
    assert orders_of(w.state, started(filter=OrderFilter(venue_id="XV"))) == both


def test_what_waits_is_stopped_by_filter_command_or_scope_and_of_a_venue_only_what_is_sent_there() -> None:
    w = world()
    waiting = (NEW, DIRECT)
    assert stopped_by(w.state, waiting, started(mass_cancel=MASS_CANCEL)) == {"a1", "d"}
    assert stopped_by(w.state, waiting, started(mass_cancel=replace(MASS_CANCEL, desk_id="beta"))) == frozenset()
    assert stopped_by(w.state, waiting, started(scope=HaltScope.DESK, scope_id="alpha")) == {"a1", "d"}
    assert stopped_by(w.state, waiting, started(scope=HaltScope.DESK, scope_id="beta")) == frozenset()
    venue = started(filter=OrderFilter(venue_id="XV"), scope=HaltScope.DESK, scope_id="alpha")
    assert stopped_by(w.state, waiting, venue) == {"d"}
    both = started(filter=OrderFilter(desk_id="beta"), mass_cancel=MASS_CANCEL)
    assert stopped_by(w.state, waiting, both) == frozenset()
