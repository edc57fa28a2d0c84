"""Days, buckets, terms, repeats and marks: what evolve keeps, to the last figure, and the limits of pace that rest on it."""

from dataclasses import replace

import pytest
from risk_catalogue_world import limit_of, outcome, rich
from risk_world import (
    ACCOUNT,
    CONDITIONS,
    DOLLAR,
    IBM,
    NEW,
    NOW,
    ORDER_ID,
    REPLACE,
    World,
    changed,
    fill,
    opening,
    world,
)

from oms.core.enums import AssetClass, ExecType, LimitKind, LimitScope, Liquidity, OrdStatus, OrdType, Side, TimeInForce
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.activity import (
    SECOND_NS,
    SESSION_CHECK,
    begin_day,
    bucket_step,
    note_mark,
    note_market,
    note_message,
    note_refused,
    note_terms,
    note_withdrawn,
    terms_of,
)
from oms.core.risk.checks import CHECK_NAMES
from oms.core.risk.ledger import Ledger
from oms.core.risk.state import DAY_NS, TERMS_KEPT, Activity
from oms.core.risk_events import Evidence, OrderAccepted, OrderRejected, ReplaceAccepted
from oms.core.routing_events import TradeCorrected

MINE = (LimitScope.ACCOUNT, "A1", "IBM")


def test_the_check_that_begins_a_day_is_that_of_the_session() -> None:
    assert CHECK_NAMES[SESSION_CHECK][0] == "session_open" and SECOND_NS == 10**9


@pytest.mark.parametrize(
    ("value", "step"), [(1, 10**9), (3, 333_333_334), (10**9, 1), (10**9 + 1, 1), (0, 2 * 10**9), (-1, 2 * 10**9)]
)
def test_a_message_takes_its_part_of_a_second_rounded_up(value: int, step: int) -> None:
    assert bucket_step(value) == step


def test_terms_have_a_price_or_nothing() -> None:
    assert terms_of(NEW) == ("A1", "IBM", Side.BUY, OrdType.LIMIT, 100, 10_000)
    assert terms_of(replace(NEW, price=None)) == ("A1", "IBM", Side.BUY, OrdType.LIMIT, 100, 0)


def paced(value: int) -> World:
    return rich(replace(limit_of(LimitKind.MESSAGE_RATE, LimitScope.DESK, value), instrument_id=""))


KEY = (LimitScope.DESK, "alpha", "")


def test_a_bucket_is_full_again_after_its_messages_and_none_fills_it_beyond_its_rim() -> None:
    w = paced(2)
    assert outcome(w, replace(NEW, cl_ord_id="a")) is None and w.state.buckets == {KEY: NOW + 500_000_000}
    assert outcome(w, replace(NEW, cl_ord_id="b")) is None and w.state.buckets == {KEY: NOW + 1_000_000_000}
    assert outcome(w, replace(NEW, cl_ord_id="c")) is Reason.MESSAGE_RATE_LIMIT
    assert w.state.buckets == {KEY: NOW + 1_000_000_000}
    note_message(w.state, NEW, (), some_evidence(), 1, 100)
    assert w.state.buckets == {KEY: NOW + 1_000_000_000}, "a cancel's amendment cannot fill it further"


@pytest.mark.parametrize("value", [0, -1])
def test_where_nothing_is_allowed_a_refused_order_fills_the_bucket_for_a_while(value: int) -> None:
    w = paced(value)
    note_message(w.state, NEW, (), some_evidence(), 1, 100)
    assert w.state.buckets == {KEY: NOW + 2 * 10**9}


def some_evidence() -> Evidence:
    event = world().ask(NEW)
    assert isinstance(event, OrderAccepted)
    return event.evidence


@pytest.mark.parametrize(("wait", "held"), [(0, 1), (499_999_999, 1), (500_000_000, 0)])
def test_the_evidence_counts_what_the_bucket_holds_still(wait: int, held: int) -> None:
    w = paced(2)
    outcome(w, replace(NEW, cl_ord_id="a"))
    w.conditions = replace(CONDITIONS, wall_ns=NOW + wait)
    event = w.ask(replace(NEW, good_until_ns=NOW + 10**10))
    assert isinstance(event, OrderAccepted)
    at = event.evidence.checks.index(26)
    assert (event.evidence.before[at], event.evidence.after[at]) == (held, held + 1)


def test_activity_of_the_day_by_weight_and_volume() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("x", 40))
    w.route(fill("y", 10))
    assert w.state.activity[MINE] == Activity(w.state.day, 1, 1, 100, 50)
    w.route(correction("z", "x", (40, 10_000), (0, 0)))
    assert w.state.activity[MINE] == Activity(w.state.day, 1, 1, 100, 10)
    w.route(correction("u", "y", (10, 10_000), (12, 10_000)))
    assert w.state.activity[MINE] == Activity(w.state.day, 1, 1, 100, 12)
    w.route(correction("v", "y", (12, 10_000), (12, 10_005)))
    assert w.state.activity[MINE] == Activity(w.state.day, 1, 1, 100, 12)


def correction(exec_id: str, of: str, old: tuple[int, int], new: tuple[int, int]) -> TradeCorrected:
    what = ExecType.TRADE_CORRECT if new[0] else ExecType.TRADE_CANCEL
    return TradeCorrected(
        ORDER_ID, "a1", f"{ORDER_ID}.1", "XV", what, exec_id, of, *old, *new, Liquidity.REMOVED, 0, 0, Amount(0),
        OrdStatus.PARTIALLY_FILLED, NOW, "",
    )  # fmt: skip


def test_a_bust_of_more_than_was_traded_today_leaves_nothing() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("x", 40))
    w.state.activity[MINE].traded_qty = 30
    w.route(correction("z", "x", (40, 10_000), (0, 0)))
    assert w.state.activity[MINE].traded_qty == 0


def test_a_bust_at_its_own_price_where_nothing_else_is_known_begins_no_ledger_anew() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("x", 40))
    del w.state.ledgers["A1", "IBM"]
    w.state.book_memo = None
    w.state.marks.clear()
    w.route(correction("z", "x", (40, 9_900), (0, 0)))
    assert w.state.marks["IBM"] == 9_900
    assert w.state.ledgers["A1", "IBM"].mark_px == 9_900


def test_a_record_of_before_such_figures_trades_without_a_ledger() -> None:
    w = world()
    accepted = w.ask(NEW)
    assert isinstance(accepted, OrderAccepted)
    old = world()
    old.rules.evolve(old.state, replace(accepted, value_px=0), 0)
    old.route(fill("x", 40))
    old.route(correction("z", "x", (40, 10_000), (30, 10_000)))
    assert (old.state.ledgers, old.state.activity.get(MINE, Activity()).trades) == ({}, 0)
    old.state.ledgers["A1", "IBM"] = Ledger()
    old.route(fill("y", 10))
    assert old.state.ledgers["A1", "IBM"].bought == 10 * 10_000
    old.route(correction("u", "y", (10, 10_000), (5, 10_000)))
    assert old.state.ledgers["A1", "IBM"].bought == 5 * 10_000


def test_a_market_values_what_is_held_and_of_an_option_keeps_the_deltas_part() -> None:
    option = replace(IBM, instrument_id="CALL", asset_class=AssetClass.OPTION, underlying_id="IBM")
    w = world(option, opening(ACCOUNT, "IBM", 10))
    note_market(w.state, "IBM", 10_100)
    assert (w.state.ledgers["A1", "IBM"].mark_px, w.state.ledgers["A1", "IBM"].value_px) == (10_100, 10_100)
    w = world(option, opening(ACCOUNT, "CALL", 10))
    note_market(w.state, "CALL", 100, 4_000)
    note_market(w.state, "CALL", 110)
    ledger = w.state.ledgers["A1", "CALL"]
    assert (ledger.mark_px, ledger.value_px) == (110, 4_000)
    note_market(w.state, "CALL", 120, -4_100)
    assert (ledger.mark_px, ledger.value_px) == (120, -4_100)


@pytest.mark.parametrize("price", [0, -1])
def test_no_price_marks_nothing(price: int) -> None:
    w = world(opening(ACCOUNT, "IBM", 10))
    note_mark(w.state, "A1", "IBM", price, 5)
    assert w.state.ledgers == {} and w.state.marks == {}
    note_mark(w.state, "A1", "IBM", 1, 5)
    assert (w.state.ledgers["A1", "IBM"].mark_px, w.state.ledgers["A1", "IBM"].value_px) == (1, 5)


def test_the_best_result_of_the_day_is_kept_and_no_worse_one() -> None:
    w = world(opening(ACCOUNT, "IBM", 10))
    note_market(w.state, "IBM", 10_000)
    assert w.state.peaks == {}
    for price, best in ((10_001, 10), (10_000, 10), (9_000, 10), (10_002, 20)):
        note_market(w.state, "IBM", price)
        assert w.state.peaks[LimitScope.ACCOUNT, "A1", "USD"] == best * DOLLAR // 100


def test_a_later_day_begins_anew_an_earlier_one_or_the_same_does_not() -> None:
    w = world(opening(ACCOUNT, "IBM", 10))
    note_market(w.state, "IBM", 10_000)
    begin_day(w.state, 5 * DAY_NS)
    assert w.state.days == (5,) and w.state.ledgers["A1", "IBM"].qty == 10
    note_market(w.state, "IBM", 10_100)
    w.state.activity[MINE] = Activity(5, 1)
    for tape_ns in (6 * DAY_NS - 1, 5 * DAY_NS, 4 * DAY_NS):
        begin_day(w.state, tape_ns)
        assert w.state.days == (5,) and w.state.activity and w.state.peaks
    begin_day(w.state, 6 * DAY_NS)
    assert w.state.days == (5, 6) and w.state.activity == {} and w.state.peaks == {}
    ledger = w.state.ledgers["A1", "IBM"]
    assert (ledger.cost, ledger.qty, ledger.realised) == (10 * 10_100, 10, 0)


def test_terms_are_kept_newest_last_and_so_many() -> None:
    w = world()
    for number in range(TERMS_KEPT + 1):
        note_terms(w.state, replace(NEW, order_qty=number), NOW + number)
    assert len(w.state.terms_seen) == TERMS_KEPT
    assert next(iter(w.state.terms_seen)) == terms_of(replace(NEW, order_qty=1))
    note_terms(w.state, replace(NEW, order_qty=1), NOW)
    assert list(w.state.terms_seen)[-1] == terms_of(replace(NEW, order_qty=1))
    assert w.state.repeats == {"s1": TERMS_KEPT + 2}
    note_terms(w.state, NEW, 0)
    assert w.state.repeats == {"s1": TERMS_KEPT + 2}


@pytest.mark.parametrize(
    ("tif", "status", "messages", "ordered"),
    [
        (TimeInForce.DAY, OrdStatus.CANCELED, 1, 100),
        (TimeInForce.IOC, OrdStatus.CANCELED, 2, 160),
        (TimeInForce.FOK, OrdStatus.CANCELED, 2, 160),
    ],
)
def test_the_rest_of_an_immediate_order_counts_when_its_venue_cancels_it(
    tif: TimeInForce, status: OrdStatus, messages: int, ordered: int
) -> None:
    w = world()
    assert isinstance(w.ask(replace(NEW, time_in_force=tif)), OrderAccepted)
    w.route(fill("x", 40))
    w.route(changed(status))
    found = w.state.activity[MINE]
    assert (found.messages, found.ordered_qty) == (messages, ordered)


DUPLICATES = Limit("dup", LimitKind.DUPLICATE_TERMS_NS, LimitScope.DESK, "alpha", "", "", Amount(1_000))
REPEATS = Limit("rep", LimitKind.REPEATED_EXECUTIONS, LimitScope.DESK, "alpha", "", "", Amount(3))


def row(event: object, check: int) -> tuple[int, int, int]:
    assert isinstance(event, OrderAccepted | OrderRejected | ReplaceAccepted)
    at = event.evidence.checks.index(check)
    return event.evidence.thresholds[at], event.evidence.before[at], event.evidence.after[at]


@pytest.mark.parametrize(("since", "passes"), [(0, False), (999, False), (1_000, True)])
def test_since_the_same_terms_were_accepted(since: int, passes: bool) -> None:
    w = world(DUPLICATES)
    assert row(w.ask(replace(NEW, cl_ord_id="a")), 27) == (1_000, -1, -1)
    w.conditions = replace(CONDITIONS, wall_ns=NOW + since)
    event = w.ask(replace(NEW, good_until_ns=NOW + 10_000))
    assert isinstance(event, OrderAccepted) == passes and row(event, 27) == (1_000, since, since)


def test_of_two_windows_the_longer_holds_and_a_replacement_is_no_new_order() -> None:
    w = world(DUPLICATES, replace(DUPLICATES, limit_id="longer", value=Amount(5_000)))
    w.ask(NEW)
    event = w.ask(replace(NEW, cl_ord_id="b"))
    assert row(event, 27) == (5_000, 0, 0)
    assert row(w.ask(replace(REPLACE, order_qty=100)), 27) == (5_000, -1, -1)


def test_a_strategys_repeats_are_counted_with_this_one() -> None:
    w = world(REPEATS)
    assert row(w.ask(replace(NEW, cl_ord_id="a")), 28) == (3, 0, 1)
    assert row(w.ask(NEW), 28) == (3, 1, 2)
    assert row(w.ask(REPLACE), 28) == (3, 2, 2)
    nobody = replace(NEW, cl_ord_id="n", provenance=replace(NEW.provenance, strategy=""))
    assert row(w.ask(nobody), 28) == (3, 0, 0)
    w.ask(replace(NEW, cl_ord_id="c"))
    event = w.ask(replace(NEW, cl_ord_id="d"))
    assert isinstance(event, OrderRejected) and row(event, 28) == (3, 3, 4)
    assert "strategy s1 has executed 3 times" in event.text


def test_what_was_judged_without_times_or_of_an_unknown_instrument_counts_no_message() -> None:
    w = paced(2)
    note_message(w.state, NEW, (), replace(some_evidence(), wall_ns=0), 1, 100)
    note_message(w.state, replace(NEW, instrument_id="NONE"), (), some_evidence(), 1, 100)
    assert w.state.buckets == {} and w.state.activity == {}
    note_refused(w.state, NEW, Reason.ORDER_QTY_LIMIT, replace(some_evidence(), wall_ns=0))
    note_refused(w.state, NEW, Reason.ORDER_QTY_LIMIT, replace(some_evidence(), checks=()))
    assert w.state.buckets == {}
    note_refused(w.state, NEW, Reason.ORDER_QTY_LIMIT, some_evidence())
    assert w.state.buckets == {KEY: NOW + 500_000_000}


def test_a_bucket_of_one_a_second_is_full_for_a_second() -> None:
    w = paced(1)
    for _ in range(3):
        note_message(w.state, NEW, (), some_evidence(), 1, 100)
    assert w.state.buckets == {KEY: NOW + 10**9}


def test_at_the_first_nanosecond_a_bucket_is_empty() -> None:
    w = paced(10**9)
    note_message(w.state, NEW, (), replace(some_evidence(), wall_ns=1), 1, 100)
    assert w.state.buckets == {KEY: 2}


def test_an_order_that_is_filled_withdraws_nothing_more() -> None:
    w = world()
    w.ask(NEW)
    order = w.state.open_orders[ORDER_ID]
    order.cum_qty = 150
    note_withdrawn(w.state, order)
    assert w.state.activity[MINE] == Activity(w.state.day, 2, 0, 100, 0)


def test_as_many_terms_as_are_kept_are_kept() -> None:
    w = world()
    for number in range(TERMS_KEPT):
        note_terms(w.state, replace(NEW, order_qty=number), NOW)
    assert len(w.state.terms_seen) == TERMS_KEPT


def test_a_result_of_the_smallest_amount_is_a_best_one() -> None:
    w = world(replace(IBM, price_scale=12, qty_scale=0), opening(ACCOUNT, "IBM", 1))
    note_market(w.state, "IBM", 10**9)
    note_market(w.state, "IBM", 10**9 + 1)
    assert w.state.peaks[LimitScope.ACCOUNT, "A1", "USD"] == 1


@pytest.mark.parametrize(
    ("old", "new", "traded"), [((40, 7), (30, 40), 30), ((40, 30), (30, 9), 30), ((40, 7), (40, 9), 40)]
)
def test_a_correction_counts_quantities_and_never_prices(
    old: tuple[int, int], new: tuple[int, int], traded: int
) -> None:
    w = world()
    w.ask(NEW)
    w.route(replace(fill("x", 40), last_px=old[1]))
    w.route(correction("z", "x", old, new))
    assert w.state.activity[MINE].traded_qty == traded
