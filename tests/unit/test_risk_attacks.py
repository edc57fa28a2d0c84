"""What once made an order pass that must not, or refused what must pass: days that begin refused, limits in a row, buckets, lists, marks."""

from dataclasses import replace

import pytest
from risk_catalogue_world import (
    BUY_FILLED,
    CLEARER,
    DOLLARS,
    EUROS,
    FIRST_ID,
    FX_AGE,
    OWNED,
    SAP,
    held_at_a_loss,
    holder_factors,
    limit_of,
    mark,
    outcome,
    rich,
)
from risk_world import (
    DATE,
    DOLLAR,
    IBM,
    NEW,
    NOW,
    ORDER_ID,
    REPLACE,
    SECOND_ACCOUNT,
    WHO,
    XV,
    World,
    changed,
    fill,
    halt,
    opening,
    resume,
)

from oms.core.commands import NewOrder, NewOrderList, order_id_of
from oms.core.enums import ExecInst, HaltScope, LimitKind, LimitScope, OrdStatus, Side
from oms.core.instructions import Instructions
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Calendar, Limit, OpeningPosition
from oms.core.risk.book import Book
from oms.core.risk.marking import MARKS_MAX
from oms.core.risk.state import DAY_NS, TERMS_KEPT
from oms.core.risk_events import OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected
from oms.core.risk_reference import FxRate
from oms.core.stage import CommandInput

SECOND_NS = 1_000_000_000
REASON_OF = {
    LimitKind.CAPITAL: Reason.CAPITAL_LIMIT,
    LimitKind.ORDER_TO_TRADE_MILLI: Reason.ORDER_TO_TRADE_LIMIT,
    LimitKind.ORDER_TO_TRADE_VOLUME_MILLI: Reason.ORDER_TO_TRADE_VOLUME_LIMIT,
}
ALWAYS = Calendar("nyse", True, ())


def tomorrow(w: World) -> None:
    """The market's clock is a day further, and so is its price. Of the first day it is known that it began."""
    w.state.days = w.state.days or (0,)
    now_ns = w.conditions.tape_ns + DAY_NS
    w.conditions = replace(w.conditions, tape_ns=now_ns)
    w.quote(10_000, 10_010, now_ns)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (LimitKind.CAPITAL, 10_000 * DOLLAR),
        (LimitKind.DAY_LOSS, 99 * DOLLAR),
        (LimitKind.DRAWDOWN, 99 * DOLLAR),
        (LimitKind.ORDER_TO_TRADE_MILLI, 0),
        (LimitKind.ORDER_TO_TRADE_VOLUME_MILLI, 0),
    ],
)
def test_a_limit_of_the_day_that_was_reached_lets_the_next_day_begin(kind: LimitKind, value: int) -> None:
    w = rich(ALWAYS, limit_of(kind, LimitScope.FIRM, value))
    held_at_a_loss(w)
    assert outcome(w, NEW) is not None
    tomorrow(w)
    assert outcome(w, replace(NEW, cl_ord_id="next")) is None
    assert w.state.book() == Book.of(w.state)
    assert outcome(w, replace(NEW, cl_ord_id="next2")) is (
        None if kind in (LimitKind.DAY_LOSS, LimitKind.DRAWDOWN) else REASON_OF[kind]
    )


def test_a_refused_order_of_a_later_day_begins_it_and_one_without_a_session_does_not() -> None:
    w = rich(ALWAYS)
    held_at_a_loss(w)
    tomorrow(w)
    assert outcome(w, replace(NEW, cl_ord_id="odd", order_qty=11)) is Reason.QTY_NOT_IN_LOTS
    assert w.state.day == 1
    w.load(Calendar("nyse", False, ()))
    tomorrow(w)
    assert outcome(w, NEW) is Reason.SESSION_CLOSED
    assert w.state.day == 1


def test_what_a_stopped_counterparty_limit_holds_back_settles_as_days_go_by() -> None:
    w = rich(ALWAYS, limit_of(LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, 10_000 * DOLLAR))
    assert outcome(w, BUY_FILLED) is None
    w.route(replace(fill("x1", 100, FIRST_ID), ord_status=OrdStatus.FILLED))
    assert outcome(w, NEW) is Reason.COUNTERPARTY_LIMIT
    assert CLEARER.settlement_days == 2
    for day in range(
        1, 5
    ):  # the first day is a Thursday: Friday, a weekend, and Monday, which is the second business day
        tomorrow(w)
        assert outcome(w, replace(NEW, cl_ord_id=f"next{day}")) is Reason.COUNTERPARTY_LIMIT, day
    tomorrow(w)
    assert outcome(w, replace(NEW, cl_ord_id="settled")) is None


def test_refused_orders_do_not_block_a_message_limit_longer_than_a_second() -> None:
    w = rich(limit_of(LimitKind.MESSAGE_RATE, LimitScope.FIRM, 2))
    w.control(halt(HaltScope.FIRM))
    for place in range(50):
        assert outcome(w, replace(NEW, cl_ord_id=f"h{place}")) is Reason.HALTED
    w.control(resume(HaltScope.FIRM))
    w.conditions = replace(w.conditions, wall_ns=w.conditions.wall_ns + SECOND_NS)
    assert outcome(w, replace(NEW, good_until_ns=NOW + 2 * SECOND_NS)) is None


def test_two_message_limits_of_one_holder_do_not_count_twice() -> None:
    rates = [
        Limit(f"rate{value}", LimitKind.MESSAGE_RATE, LimitScope.FIRM, "", "", "", Amount(value)) for value in (2, 3)
    ]
    w = rich(*rates)
    assert [outcome(w, replace(NEW, cl_ord_id=f"o{place}", order_qty=10 * (1 + place))) for place in range(3)] == [
        None,
        None,
        Reason.MESSAGE_RATE_LIMIT,
    ]


def test_a_message_limit_that_is_not_in_force_yet_takes_nothing() -> None:
    w = rich(Limit("rate", LimitKind.MESSAGE_RATE, LimitScope.FIRM, "", "", "", Amount(2)))
    w.load(Limit("rate", LimitKind.MESSAGE_RATE, LimitScope.FIRM, "", "", "", Amount(1), effective_ns=NOW + DAY_NS))
    assert outcome(w, NEW) is None
    assert outcome(w, replace(NEW, cl_ord_id="o2")) is None


def test_refused_orders_are_no_messages_to_a_venue() -> None:
    w = rich(limit_of(LimitKind.ORDER_TO_TRADE_MILLI, LimitScope.FIRM, 0))
    for place in range(3):
        assert outcome(w, replace(NEW, cl_ord_id=f"o{place}", order_qty=11)) is Reason.QTY_NOT_IN_LOTS
    assert outcome(w, NEW) is None


def test_names_that_nobody_has_are_not_remembered_in_activity() -> None:
    w = rich()
    assert outcome(w, replace(NEW, account_id="nobody's")) is Reason.UNKNOWN_ACCOUNT
    assert not any(scope_id == "nobody's" for _, scope_id, _ in w.state.activity)


def qty_limit(value: int, **times: int | str) -> Limit:
    return Limit("cap", LimitKind.CAPITAL, LimitScope.FIRM, "", "", "USD", Amount(value * DOLLAR), **times)  # type: ignore[arg-type]


def test_a_timed_limit_over_one_that_expires_leaves_no_gap() -> None:
    """100 for ever, 200 until noon, and then from afternoon on 300: between noon and afternoon it is 100 again, not nothing."""
    w = rich(qty_limit(100))
    w.load(qty_limit(200, expires_ns=NOW + 10))
    w.load(qty_limit(300, effective_ns=NOW + 20))
    w.conditions = replace(w.conditions, wall_ns=NOW + 15)
    assert outcome(w, NEW) is Reason.CAPITAL_LIMIT


def test_an_override_of_one_order_while_another_limit_expires_leaves_what_was_before() -> None:
    w = rich(qty_limit(100))
    w.load(qty_limit(200, expires_ns=NOW + 10))
    w.load(qty_limit(50_000, only_order=ORDER_ID, expires_ns=NOW + 5))
    w.conditions = replace(w.conditions, wall_ns=NOW + 15)
    assert outcome(w, replace(NEW, cl_ord_id="another")) is Reason.CAPITAL_LIMIT
    assert outcome(w, NEW) is Reason.CAPITAL_LIMIT


def test_a_limit_that_begins_later_is_not_lost_to_one_that_begins_later_still() -> None:
    w = rich(qty_limit(50_000))
    w.load(qty_limit(100, effective_ns=NOW + 10))
    w.load(qty_limit(200, effective_ns=NOW + 20))
    assert outcome(w, NEW) is None
    w.conditions = replace(w.conditions, wall_ns=NOW + 15)
    assert outcome(w, replace(NEW, cl_ord_id="later")) is Reason.CAPITAL_LIMIT


def test_what_an_account_holds_is_marked_though_another_trades_at_the_market() -> None:
    """A2 trades and is always marked; A1 holds and does nothing: its loss is a loss all the same."""
    w = rich(
        SECOND_ACCOUNT,
        limit_of(LimitKind.DAY_LOSS, LimitScope.ACCOUNT, 99 * DOLLAR),
        replace(limit_of(LimitKind.POSITION_QTY, LimitScope.ACCOUNT, 2_000, "A2"), limit_id="p2"),
    )
    assert outcome(w, replace(NEW, cl_ord_id="first", account_id="A2")) is None
    assert outcome(w, BUY_FILLED) is None
    w.route(fill("x1", 100, FIRST_ID))
    mark(w)
    w.quote(9_900, 9_900)
    assert outcome(w, replace(NEW, cl_ord_id="second", account_id="A2", price=9_900)) is None
    mark(w)
    assert outcome(w, replace(NEW, price=9_900)) is Reason.DAY_LOSS_LIMIT


def test_a_counterparty_in_another_currency_is_judged_the_same_after_the_sums_are_made_again() -> None:
    w = rich(
        *(SAP, DOLLARS, EUROS, FX_AGE, replace(XV, instruments=("IBM", "BAC", "SAP"), counterparties=("CL",))),
        replace(limit_of(LimitKind.ORDER_QTY, LimitScope.FIRM, 1_000), limit_id="q2", instrument_id="SAP"),
        Limit("n2", LimitKind.ORDER_NOTIONAL, LimitScope.FIRM, "", "", "EUR", Amount(10**6 * DOLLAR)),
        replace(limit_of(LimitKind.POSITION_QTY, LimitScope.ACCOUNT, 2_000), limit_id="p2", instrument_id="SAP"),
        replace(limit_of(LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, 10**6 * DOLLAR), instrument_id=""),
    )
    w.quote(10_000, 10_010, instrument_id="SAP")
    assert outcome(w, replace(BUY_FILLED, instrument_id="SAP")) is None
    w.route(replace(fill("x1", 100, FIRST_ID), ord_status=OrdStatus.FILLED))
    w.state.book_memo = None
    assert outcome(w, NEW) is None


def a_program(*orders: NewOrder) -> NewOrderList:
    mine = tuple(replace(order, list_id=order_id_of("alpha", DATE, "l1")) for order in orders)
    return NewOrderList("alpha", DATE, "l1", None, mine, NOW + 1_000, NOW, "t", WHO)


def judged(w: World, *orders: NewOrder) -> list[Reason | None]:
    """The orders as one program, judged in one record."""
    w.feed(CommandInput(0, a_program(*orders)))
    due = w.rules.due(w.state, NOW, NOW, w.market)
    assert due is not None
    events = w.feed(due)
    return [
        event.reason if isinstance(event, OrderRejected) else None
        for event in events
        if isinstance(event, OrderAccepted | OrderRejected)
    ]


SALE = replace(NEW, side=Side.SELL)


def test_sales_ahead_in_the_record_count_for_a_counterparty() -> None:
    w = rich(limit_of(LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, 15_000 * DOLLAR))
    reasons = judged(w, SALE, replace(SALE, cl_ord_id="a2"))
    assert reasons == [None, Reason.COUNTERPARTY_LIMIT]


def test_orders_ahead_in_the_record_count_for_one_that_may_only_reduce() -> None:
    w = rich(opening(OWNED, "IBM", 100))
    reducing = replace(SALE, instructions=Instructions(exec_inst=(ExecInst.DO_NOT_INCREASE,)))
    assert judged(w, reducing, replace(reducing, cl_ord_id="a2")) == [None, Reason.INCREASES_POSITION]


def test_cash_of_one_currency_is_not_taken_by_orders_in_another_ahead_of_it() -> None:
    w = rich(
        *(SAP, replace(XV, instruments=("IBM", "BAC", "SAP"))),
        replace(limit_of(LimitKind.ORDER_QTY, LimitScope.FIRM, 1_000), limit_id="q2", instrument_id="SAP"),
        Limit("n2", LimitKind.ORDER_NOTIONAL, LimitScope.FIRM, "", "", "EUR", Amount(10**6 * DOLLAR)),
        replace(limit_of(LimitKind.POSITION_QTY, LimitScope.ACCOUNT, 2_000), limit_id="p2", instrument_id="SAP"),
        replace(limit_of(LimitKind.CASH, LimitScope.ACCOUNT, 6_000 * DOLLAR), instrument_id=""),
    )
    w.quote(10_000, 10_010, instrument_id="SAP")
    assert judged(w, replace(NEW, instrument_id="SAP"), replace(NEW, cl_ord_id="a2")) == [None, None]


def test_what_is_held_of_an_unknown_instrument_has_no_known_exposure() -> None:
    w = rich(opening(OWNED, "GONE", 100), limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.FIRM, 10**6 * DOLLAR))
    assert outcome(w, NEW) is Reason.EVALUATION_ERROR


def test_a_purchase_far_from_the_market_is_valued_at_the_market_though_that_stands_still() -> None:
    """Bought at 101.05 where the market is 100.05: marked at its own price it would have lost nothing."""
    w = rich(limit_of(LimitKind.DAY_LOSS, LimitScope.ACCOUNT, 50 * DOLLAR))
    assert outcome(w, replace(BUY_FILLED, price=10_105)) is None
    w.route(replace(fill("x1", 100, FIRST_ID), last_px=10_105))
    mark(w)
    assert outcome(w, NEW) is Reason.DAY_LOSS_LIMIT


def test_what_moved_furthest_is_marked_first() -> None:
    """More instruments move than one record takes: none waits for ever because of its name."""
    w = rich()
    names = [f"I{number:03}" for number in range(MARKS_MAX + 1)]
    w.load(
        *(replace(IBM, instrument_id=name) for name in names),
        replace(OWNED, opening_positions=tuple(OpeningPosition(name, 100) for name in names)),
    )
    for name in names:
        w.quote(10_000, 10_010, instrument_id=name)
    mark(w)
    mark(w)
    assert set(names) <= w.state.marks.keys()
    for name in names:
        w.quote(9_900, 9_910, instrument_id=name)
    w.quote(8_000, 8_010, instrument_id=names[-1])
    mark(w)
    assert w.state.marks[names[-1]] == 8_005


def test_a_book_made_anew_marks_what_the_old_one_marked() -> None:
    """An order of before it was kept what it counts as leaves a holding of nothing in the book: no ledger begins with it."""
    old, fresh = rich(SECOND_ACCOUNT), rich(SECOND_ACCOUNT)
    for w in (old, fresh):
        assert isinstance(w.ask(NEW), OrderAccepted)
        w.state.open_orders[ORDER_ID].value_px = 0
        w.state.ledgers.clear()
        w.state.book_memo = None
        w.state.book()
        w.route(changed(OrdStatus.CANCELED))
    fresh.state.book_memo = None
    for w in (old, fresh):
        w.quote(9_000, 9_010)
        mark(w)
    assert old.state.ledgers == fresh.state.ledgers


@pytest.mark.parametrize("qty", [1_000, -1_000])
def test_what_is_transferred_in_or_out_is_neither_won_nor_lost(qty: int) -> None:
    """The loss is still a hundred dollars: a transfer neither hides it nor makes one."""
    w = rich(limit_of(LimitKind.DAY_LOSS, LimitScope.ACCOUNT, 99 * DOLLAR))
    held_at_a_loss(w)
    w.load(opening(OWNED, "IBM", qty))
    event = w.ask(replace(NEW, price=9_900, side=Side.BUY if qty > 0 else Side.SELL))
    assert isinstance(event, OrderRejected) and event.reason is Reason.DAY_LOSS_LIMIT
    assert event.evidence.after[-1] == 100 * DOLLAR
    w.quote(9_800, 9_800)
    mark(w)
    assert w.state.book().held(LimitScope.ACCOUNT, "A1", "IBM") == 100 + qty
    assert w.state.book().money[(LimitScope.ACCOUNT, "A1", "USD")].unrealised == -200 * DOLLAR


@pytest.mark.parametrize(
    ("kind", "figure"),
    [
        (LimitKind.VALUE_AT_RISK, "var"),
        (LimitKind.EXPECTED_SHORTFALL, "es"),
        (LimitKind.STRESS_LOSS, "stress_loss"),
    ],
)
def test_inv_587_a_negative_loss_of_the_portfolio_makes_no_room(kind: LimitKind, figure: str) -> None:
    """Nothing is a figure that a flat portfolio can have; what is below it would let an order of any size pass."""
    for value, expected in ((-1, Reason.EVALUATION_ERROR), (0, None)):
        told = replace(holder_factors(LimitScope.FIRM), **{figure: Amount(value)})  # type: ignore[arg-type]
        w = rich(limit_of(kind, LimitScope.FIRM, 1_000 * DOLLAR), told)
        assert outcome(w, NEW) is expected, value


@pytest.mark.parametrize(("qty", "passes"), [(190, True), (200, True), (210, False)])
def test_an_amendment_that_adds_nothing_passes_beyond_a_position_limit(qty: int, passes: bool) -> None:
    w = rich()
    assert outcome(w, replace(NEW, order_qty=200)) is None
    w.load(limit_of(LimitKind.POSITION_QTY, LimitScope.DESK, 100))
    event = w.ask(replace(REPLACE, order_qty=qty))
    assert isinstance(event, ReplaceAccepted) is passes
    assert passes or (isinstance(event, ReplaceRejected) and event.reason is Reason.POSITION_LIMIT)


@pytest.mark.parametrize(("age_ns", "reason"), [(999, Reason.DUPLICATE_TERMS), (1_000, None)])
def test_where_terms_are_forgotten_within_the_window_no_order_is_known_to_be_the_first(
    age_ns: int, reason: Reason | None
) -> None:
    """The table is full of newer orders: what was sent before its oldest may have been the same."""
    w = rich(limit_of(LimitKind.DUPLICATE_TERMS_NS, LimitScope.FIRM, 1_000))
    others = {("A9", "IBM", Side.BUY, NEW.ord_type, qty, 1): NOW - age_ns for qty in range(TERMS_KEPT)}
    w.state.terms_seen = dict(list(others.items())[1:])
    assert outcome(w, replace(NEW, cl_ord_id="before")) is None, "one place is left"
    w.state.terms_seen = dict(others)
    assert outcome(w, replace(NEW, cl_ord_id="full", order_qty=50)) is reason


def test_of_two_currencies_that_say_they_are_the_firms_own_neither_is() -> None:
    """A rate of 1 and time 0 never ages: of another currency than the firm's it would be in force for ever."""
    both = (SAP, replace(XV, instruments=("IBM", "SAP"), counterparties=("CL",)), DOLLARS, FX_AGE)
    gross = replace(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.FIRM, 10**9 * DOLLAR), instrument_id="")
    limits = (
        Limit("sap_qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "SAP", "", Amount(1_000)),
        Limit("sap_position", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "SAP", "", Amount(1_000)),
        Limit("sap_notional", LimitKind.ORDER_NOTIONAL, LimitScope.FIRM, "", "", "EUR", Amount(10**9 * DOLLAR)),
    )
    for as_of_ns, reason in ((0, Reason.FX_RATE_STALE), (NOW, None)):
        w = rich(*both, *limits, gross, FxRate("EUR", 10**9, as_of_ns))
        w.quote(10_000, 10_010, instrument_id="SAP")
        assert outcome(w, replace(NEW, instrument_id="SAP")) is reason
