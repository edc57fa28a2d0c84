"""What single events do to the state and what single records become, to the last figure."""

from dataclasses import replace

import pytest
from risk_catalogue_world import limit_of, rich
from risk_world import (
    ACCOUNT,
    COLLAR,
    IBM,
    MASS_CANCEL,
    NEW,
    NOTIONAL,
    NOW,
    ORDER_ID,
    POSITION,
    REPLACE,
    XV,
    fill,
    opening,
    settled,
    world,
)

from oms.core.commands import Provenance
from oms.core.enums import AssetClass, ExecInst, LimitKind, LimitScope, Side
from oms.core.instructions import Instructions
from oms.core.money import INT64_MAX, Amount
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason
from oms.core.risk.commands import no_evidence
from oms.core.risk.evolve import evolve
from oms.core.risk.state import MassCancelWork, ProgramWork
from oms.core.risk_events import (
    ExposureMoved,
    ListStep,
    MassCancelStarted,
    MassCancelStep,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
    TradeUnbooked,
)
from oms.core.risk_reference import InstrumentFactors

CALL = replace(IBM, instrument_id="CALL", asset_class=AssetClass.OPTION, underlying_id="BAC")


def test_a_mass_cancel_of_a_desk_says_how_many_matched_and_rests_on_no_control_record() -> None:
    w = world()
    w.ask(NEW)
    started = w.ask(MASS_CANCEL)
    assert isinstance(started, MassCancelStarted)
    assert (started.control_offset, started.scope, started.scope_id, started.matched) == (-1, None, "", 1)


def test_a_replacement_that_no_check_was_asked_about_met_no_market() -> None:
    w = world()
    event = w.ask(REPLACE)
    assert isinstance(event, ReplaceRejected) and event.reason is Reason.UNKNOWN_ORDER
    assert event.evidence == no_evidence(w.state)
    assert (event.evidence.market_partition, event.evidence.market_position) == (-1, -1)
    assert event.evidence.reference_price is None and event.evidence.checks == ()


def test_each_step_takes_its_part_and_is_counted_once() -> None:
    w = world()
    w.state.mass_cancels[7] = MassCancelWork(("a", "b", "c", "d"))
    evolve(w.state, MassCancelStep(7, ("a",), 3), 8)
    assert w.state.mass_cancels[7] == MassCancelWork(("b", "c", "d"), 1)
    evolve(w.state, MassCancelStep(7, ("b",), 2), 9)
    assert w.state.mass_cancels[7] == MassCancelWork(("c", "d"), 2)
    evolve(w.state, MassCancelStep(7, ("c", "d"), 0), 10)
    assert w.state.mass_cancels == {}
    orders = tuple(replace(NEW, cl_ord_id=name) for name in "abc")
    w.state.programs[7] = ProgramWork("l", orders)
    evolve(w.state, ListStep(7, "l", 2), 11)
    assert w.state.programs[7] == ProgramWork("l", orders[1:], 1)
    evolve(w.state, ListStep(7, "l", 1), 12)
    assert w.state.programs[7] == ProgramWork("l", orders[2:], 2)


@pytest.mark.parametrize("venue_id", ["", "XV"])
def test_a_mass_cancel_knows_the_venue_that_it_is_for(venue_id: str) -> None:
    w = world()
    w.ask(NEW)
    wanted = OrderFilter(desk_id="alpha", venue_id=venue_id)
    evolve(w.state, MassCancelStarted(None, 3, None, "", 1, wanted), 4)
    assert w.state.mass_cancels[4] == MassCancelWork((ORDER_ID,), venue_id=venue_id)


def test_a_replacement_counts_what_it_withdraws_and_what_it_enters() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("x", 40))
    assert isinstance(w.ask(replace(REPLACE, order_qty=150)), ReplaceAccepted)
    activity = w.state.activity[LimitScope.ACCOUNT, "A1", "IBM"]
    assert activity.ordered_qty == 100 + (100 - 40) + (150 - 40)
    assert (activity.messages, activity.trades, activity.traded_qty) == (3, 1, 40)


def test_a_replacement_to_what_is_filled_already_enters_nothing() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("x", 90))
    accepted = w.ask(replace(REPLACE, order_qty=90))
    assert isinstance(accepted, ReplaceAccepted)
    assert w.state.activity[LimitScope.ACCOUNT, "A1", "IBM"].ordered_qty == 100 + 10


@pytest.mark.parametrize(("applied", "prices"), [(True, (10_050, 10_050)), (False, (10_000, 10_000))])
def test_once_a_replacement_is_settled_its_price_counts_or_the_old_one(applied: bool, prices: tuple[int, int]) -> None:
    w = world()
    w.ask(NEW)
    assert isinstance(w.ask(replace(REPLACE, price=10_050)), ReplaceAccepted)
    order = w.state.open_orders[ORDER_ID]
    assert (order.worst_px, order.value_px, order.pending_px) == (10_000, 10_000, (10_050, 10_050))
    w.route(settled(applied, 200 if applied else 100))
    assert (order.worst_px, order.value_px, order.pending_px) == (*prices, None)


def test_what_traders_and_strategies_traded_is_kept_by_their_names() -> None:
    w = world()
    w.ask(replace(NEW, provenance=Provenance("eve", "", "test", "eve", "")))
    w.route(fill("x", 40))
    assert w.state.moved_by == {(LimitScope.TRADER, "eve", "IBM"): 40}
    w = world()
    accepted = w.ask(NEW)
    assert isinstance(accepted, OrderAccepted)
    old = world()
    evolve(old.state, replace(accepted, value_px=0), 0)  # a record of before such figures
    old.route(fill("x", 40))
    assert old.state.moved_by == {} and old.state.ledgers == {}


def test_a_decision_marks_what_is_held_at_the_markets_price_not_the_orders() -> None:
    w = world()
    w.ask(NEW)
    ledger = w.state.ledgers["A1", "IBM"]
    assert (ledger.mark_px, ledger.value_px) == (10_005, 10_005)
    assert w.state.marks == {"IBM": 10_005}


REDUCING = replace(NEW, side=Side.SELL, price=10_005, instructions=Instructions(exec_inst=(ExecInst.DO_NOT_INCREASE,)))


@pytest.mark.parametrize(("sign", "side"), [(1, Side.SELL), (-1, Side.BUY)])
@pytest.mark.parametrize(("qty", "passes"), [(290, True), (300, True), (310, False)])
def test_what_only_reduces_may_close_all_and_no_more(sign: int, side: Side, qty: int, passes: bool) -> None:
    w = world(opening(ACCOUNT, "IBM", 300 * sign))
    price = 10_005 if side is Side.SELL else 10_000
    event = w.ask(replace(REDUCING, side=side, price=price, order_qty=qty))
    assert isinstance(event, OrderAccepted if passes else OrderRejected)
    at = event.evidence.checks.index(81)
    after = sign * (300 - qty)
    assert (event.evidence.thresholds[at], event.evidence.before[at], event.evidence.after[at]) == (
        0,
        300 * sign,
        after,
    )
    if isinstance(event, OrderRejected):
        assert "at most 300 more reduce it" in event.text


def test_nothing_more_reduces_what_is_flat() -> None:
    w = world()
    event = w.ask(REDUCING)
    assert isinstance(event, OrderRejected) and "at most 0 more reduce it" in event.text


@pytest.mark.parametrize(("held", "booked"), [(INT64_MAX - 40, True), (INT64_MAX - 39, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_trade_to_a_position_of_more_than_64_bits_is_told_to_a_person(held: int, booked: bool, sign: int) -> None:
    w = world(opening(ACCOUNT, "IBM", 0))
    order = replace(NEW, side=Side.BUY if sign > 0 else Side.SELL, price=10_005)
    assert isinstance(w.ask(order), OrderAccepted)
    w.load(opening(ACCOUNT, "IBM", sign * held))
    (event, *_) = w.route(fill("x", 40))
    if booked:
        assert isinstance(event, ExposureMoved) and event.position_qty == sign * INT64_MAX
    else:
        assert isinstance(event, TradeUnbooked) and "64 bits" in event.text
        assert (event.old_qty, event.old_px, event.new_qty, event.new_px) == (0, 0, 40, 10_000)


@pytest.mark.parametrize(("qty", "booked"), [(INT64_MAX, True), (INT64_MAX + 1, False)])
def test_a_trade_of_more_than_64_bits_is_told_to_a_person(qty: int, booked: bool) -> None:
    w = world()
    w.ask(NEW)
    (event, *_) = w.route(fill("x", qty))
    assert isinstance(event, ExposureMoved if booked else TradeUnbooked)


def test_so_many_trades_that_the_filled_quantity_has_more_than_64_bits() -> None:
    w = world(opening(ACCOUNT, "IBM", -100))
    w.ask(NEW)
    assert isinstance(w.route(fill("x", INT64_MAX))[0], ExposureMoved)
    assert isinstance(w.route(fill("y", 1))[0], TradeUnbooked)


def test_the_evidence_of_the_limits_that_must_be_there_counts_them() -> None:
    w = world()
    w.drop_limits("qty", "position")
    event = w.ask(NEW)
    assert isinstance(event, OrderRejected) and event.reason is Reason.LIMIT_MISSING
    assert (event.evidence.thresholds[-1], event.evidence.before[-1], event.evidence.after[-1]) == (5, 3, 3)


def test_the_market_price_is_in_the_evidence_and_one_is_enough() -> None:
    w = world()
    event = w.ask(NEW)
    assert isinstance(event, OrderAccepted)
    at = event.evidence.checks.index(15)
    assert (event.evidence.thresholds[at], event.evidence.before[at], event.evidence.after[at]) == (0, 10_005, 10_005)
    w = world(replace(IBM, tick_size=1))
    w.quote(1, 1)
    event = w.ask(replace(NEW, price=1))
    assert isinstance(event, OrderAccepted) and event.evidence.reference_price == 1


@pytest.mark.parametrize(("bid", "ask"), [(0, 0), (-10, 10), (-20, 10)])
def test_no_price_of_nothing_or_less(bid: int, ask: int) -> None:
    w = world()
    w.quote(bid, ask)
    event = w.ask(NEW)
    assert isinstance(event, OrderRejected) and event.reason is Reason.NO_MARKET_PRICE


def test_of_two_limits_of_open_orders_the_one_with_less_room_is_named() -> None:
    w = world()
    w.load(replace(limit_of(LimitKind.OPEN_ORDERS, LimitScope.DESK, 5), limit_id="wide"))
    w.load(replace(limit_of(LimitKind.OPEN_ORDERS, LimitScope.ACCOUNT, 2), limit_id="less"))
    for name in ("a", "b"):
        assert isinstance(w.ask(replace(NEW, cl_ord_id=name)), OrderAccepted)
    event = w.ask(NEW)
    assert isinstance(event, OrderRejected) and "limit less is 2" in event.text


def test_a_wider_limit_with_more_orders_against_it_has_less_room_than_a_low_one() -> None:
    w = world()
    w.load(replace(POSITION, limit_id="position2", scope_id="A2"))
    w.load(replace(limit_of(LimitKind.OPEN_ORDERS, LimitScope.DESK, 3), limit_id="wide"))
    w.load(replace(limit_of(LimitKind.OPEN_ORDERS, LimitScope.ACCOUNT, 2), limit_id="low"))
    for name in ("a", "b", "c"):
        assert isinstance(w.ask(replace(NEW, cl_ord_id=name, account_id="A2")), OrderAccepted)
    event = w.ask(NEW)
    assert isinstance(event, OrderRejected) and "limit wide is 3" in event.text


@pytest.mark.parametrize(("qty", "passes"), [(INT64_MAX - 1_007, True), (INT64_MAX - 1_006, False)])
def test_a_position_of_more_than_64_bits_cannot_be_judged(qty: int, passes: bool) -> None:
    w = world(
        replace(IBM, lot_size=1),
        replace(POSITION, value=Amount(2**100)),
        opening(ACCOUNT, "IBM", qty),
    )
    event = w.ask(replace(NEW, order_qty=1_000))
    w2 = w.ask(replace(NEW, cl_ord_id="z", order_qty=7))
    assert isinstance(event, OrderAccepted)
    assert isinstance(w2, OrderAccepted if passes else OrderRejected)


@pytest.mark.parametrize(
    ("price", "age", "passes"),
    [
        (5_000, 0, True),
        (5_000, 5_000, True),
        (5_000, 5_001, False),
        (5_000, -5_001, False),
        (1, 0, True),
        (0, 0, False),
        (-4, 0, False),
        (None, 0, False),
    ],
)
def test_the_underlying_of_an_option_needs_a_fresh_price(price: int | None, age: int, passes: bool) -> None:
    listed = replace(XV, instruments=("IBM", "BAC", "CALL"), counterparties=("CL",))
    bound = [
        replace(limit_of(kind, LimitScope.ACCOUNT, 2**100), limit_id=kind.name, instrument_id="CALL")
        for kind in (LimitKind.ORDER_QTY, LimitKind.POSITION_QTY, LimitKind.NET_EXPOSURE)
    ]
    w = rich(CALL, listed, InstrumentFactors("CALL", "m1", NOW, delta_ppm=500_000), *bound)
    w.quote(100, 100, instrument_id="CALL")
    if price is not None:
        w.quote(price, price, NOW - age, instrument_id="BAC")
    event = w.ask(replace(NEW, instrument_id="CALL", price=100))
    assert isinstance(event, OrderAccepted if passes else OrderRejected), event
    if isinstance(event, OrderAccepted):
        assert price is not None and event.value_px == max(100, (price + 1) // 2)
    else:
        assert isinstance(event, OrderRejected) and event.reason is Reason.EVALUATION_ERROR


@pytest.mark.parametrize("sign", [1, -1])
def test_a_collar_at_the_edge_of_64_bits(sign: int) -> None:
    """A bound that is the largest price that fits is a price, one more is none."""
    for price, passes in ((INT64_MAX, True), (INT64_MAX + 1, False)):
        w = world(
            replace(IBM, tick_size=1, lot_size=1),
            replace(COLLAR, value=Amount(0)),
            replace(NOTIONAL, value=Amount(2**120)),
        )
        w.quote(price, price)
        side = Side.BUY if sign > 0 else Side.SELL
        event = w.ask(replace(NEW, side=side, order_qty=1, price=price))
        assert isinstance(event, OrderAccepted) == passes, event
        assert passes or (isinstance(event, OrderRejected) and event.reason is Reason.EVALUATION_ERROR)
