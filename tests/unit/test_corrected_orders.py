"""What busts and corrections make of orders: router, risk, costs, a desk's view. Rules 4, 5, 8, 10, 11, 20 and 34 of the order behaviours."""

from dataclasses import replace
from typing import Any

import pytest
from gateway_world import new_order, order_id, risk_record, routing_record, traded
from hypothesis import given
from hypothesis import strategies as st
from reconciliation_world import AT_VENUE, CHILD, at_venue
from risk_world import ACCOUNT, NEW, ORDER_ID, REPLACE, changed, fill, settled, world
from test_gateway_blotter import Partition, working

from oms.core.enums import Algorithm, ExecType, IntentKind, LimitKind, LimitScope, Liquidity, OrdStatus, Side
from oms.core.execution_events import ChildRequestRejected, FillCorrected
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Instrument, Limit
from oms.core.risk_events import ExposureCorrected, ExposureMoved, OrderClosed
from oms.core.routing_events import ChildCancel, ChildClosed, ChildNew, ParentChanged, TradeCorrected
from oms.gateway.desk_minutes import DeskMinutes
from oms.gateway.profit import Book, Opening, profit_of
from oms.gateway.updates import updates_of
from oms.testing.reconcile_facts import FillFact, fold_execution, fold_routing
from oms.testing.routing_world import SECOND_NS, RouterWorld
from oms.v1 import enums_pb2
from oms.wire import topics

CANCEL, CORRECT = ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT


# --- the router


def resting(algorithm: Algorithm = Algorithm.DIRECT) -> tuple[RouterWorld, str]:
    world = RouterWorld(venues=("A", "B"))
    world.quote("A", 9998, 500, 10000, 300)
    venue = "A" if algorithm is Algorithm.DIRECT else ""
    world.order("o", Side.BUY, 500, 9998, algorithm=algorithm, venue=venue)
    return world, world.order_id("o") + ".1"


def corrected(
    world: RouterWorld, child_id: str, ref: str, old: tuple[int, int], new: tuple[int, int] = (0, 0), exec_id: str = "B1",
    status: OrdStatus = OrdStatus.PARTIALLY_FILLED,
) -> tuple[Any, ...]:  # fmt: skip
    child = world.child(child_id)
    cum_qty = child.cum_qty + new[0] - old[0]
    return world.execution(
        FillCorrected(
            child.order_id, child_id, child.venue_id, CORRECT if new[0] else CANCEL, exec_id, ref, *old, *new, cum_qty,
            0 if child.closed else child.order_qty - cum_qty, status, Liquidity.REMOVED, world.now_ns, cum_qty, "",
        )
    )  # fmt: skip


def test_rule_20_a_filled_order_is_shown_partially_filled_and_ends_canceled_in_the_same_record() -> None:
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E1")
    world.fill(child_id, 200, 9997, "E2")
    assert world.parent("o").status is OrdStatus.FILLED
    shown, ended = corrected(world, child_id, "E2", (200, 9997))
    assert isinstance(shown, TradeCorrected) and isinstance(ended, ParentChanged)
    assert (shown.exec_type, shown.exec_ref_id, shown.ord_status) == (CANCEL, "E2", OrdStatus.PARTIALLY_FILLED)
    assert (shown.cum_qty, shown.leaves_qty, shown.notional) == (300, 200, 300 * 9998)
    assert (ended.exec_type, ended.ord_status, ended.reason) == (
        ExecType.CANCELED,
        OrdStatus.CANCELED,
        Reason.TRADE_TAKEN_BACK,
    )
    assert (ended.cum_qty, ended.leaves_qty, ended.notional) == (300, 0, 300 * 9998)
    assert world.parent("o").status is OrdStatus.CANCELED and not world.open_children("o")


def test_rule_20_a_corrected_price_leaves_a_filled_order_filled() -> None:
    world, child_id = resting()
    world.fill(child_id, 500, 9998, "E1")
    (event,) = corrected(world, child_id, "E1", (500, 9998), (500, 9990))
    assert (event.ord_status, event.cum_qty, event.leaves_qty) == (OrdStatus.FILLED, 500, 0)
    assert world.parent("o").notional == 500 * 9990


def test_rule_20_all_of_a_filled_order_taken_back_shows_new() -> None:
    world, child_id = resting()
    world.fill(child_id, 500, 9998, "E1")
    shown, ended = corrected(world, child_id, "E1", (500, 9998), status=OrdStatus.NEW)
    assert (shown.ord_status, shown.leaves_qty, shown.notional) == (OrdStatus.NEW, 500, 0)
    assert (ended.ord_status, ended.cum_qty) == (OrdStatus.CANCELED, 0)


def test_rule_20_it_holds_across_a_replace_that_ended_the_order_as_filled() -> None:
    """A reduction to what is executed fills it (rule 13); what is busted then is measured against the new quantity (rule 11)."""
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E1")
    world.replace("o", "r", 300, 9998)
    world.end(child_id)
    assert world.parent("o").status is OrdStatus.FILLED
    shown, ended = corrected(world, child_id, "E1", (300, 9998), (100, 9998))
    assert (shown.cl_ord_id, shown.ord_status, shown.leaves_qty) == ("r", OrdStatus.PARTIALLY_FILLED, 200)
    assert ended.ord_status is OrdStatus.CANCELED and ended.order_qty == 300


def test_a_correction_counts_once_and_a_second_bust_finds_the_order_where_it_is() -> None:
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E1")
    world.fill(child_id, 200, 9997, "E2")
    corrected(world, child_id, "E2", (200, 9997))
    assert corrected(world, child_id, "E2", (200, 9997)) == ()
    (again,) = corrected(world, child_id, "E1", (300, 9998), exec_id="B2")
    assert (again.ord_status, again.cum_qty, again.leaves_qty, again.notional) == (OrdStatus.CANCELED, 0, 0, 0)
    for day in range(20250107, 20250114):  # the order was closed twice, and is forgotten once
        world.state.trading_dates = tuple(sorted({*world.state.trading_dates, day}))[-5:]
    assert sum(order_id == world.order_id("o") for ids in world.state.closed.values() for order_id in ids) == 1


@pytest.mark.parametrize("status", [OrdStatus.CANCELED, OrdStatus.EXPIRED])
def test_rule_10_an_order_that_ended_stays_ended_and_its_leaves_stay_0(status: OrdStatus) -> None:
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E1")
    world.end(child_id, status)
    assert world.parent("o").status is status
    (event,) = corrected(world, child_id, "E1", (300, 9998), (100, 9997))
    assert (event.ord_status, event.cum_qty, event.leaves_qty, event.notional) == (status, 100, 0, 100 * 9997)


def test_rule_4_what_a_live_child_lost_works_on_in_its_venues_book() -> None:
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E1")
    (event,) = corrected(world, child_id, "E1", (300, 9998), status=OrdStatus.NEW)
    assert (event.ord_status, event.leaves_qty) == (OrdStatus.NEW, 500)
    assert world.child(child_id).leaves_qty == 500 and world.parent("o").open_children == (child_id,)
    world.fill(child_id, 500, 9998, "E2")
    assert world.parent("o").status is OrdStatus.FILLED


def test_inv_595_a_child_in_doubt_is_not_filled_and_what_a_correction_takes_from_it_works_on() -> None:
    """The venue told of the trade after it had told of others, so that execution doubts the sum; before it has asked, the trade is corrected.
    The venue has 150 open again, and so have we."""
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E2")
    (late,) = world.fill(child_id, 200, 9998, "E1", OrdStatus.UNKNOWN)
    assert (late.ord_status, late.cum_qty, late.leaves_qty) == (OrdStatus.PARTIALLY_FILLED, 500, 0)
    assert world.parent("o").open_children == (child_id,)
    (event,) = corrected(world, child_id, "E1", (200, 9998), (50, 9999))
    assert (event.ord_status, event.cum_qty, event.leaves_qty) == (OrdStatus.PARTIALLY_FILLED, 350, 150)
    assert world.child(child_id).leaves_qty == 150 and world.parent("o").open_children == (child_id,)
    world.fill(child_id, 150, 9998, "E3")
    assert world.parent("o").status is OrdStatus.FILLED and not world.open_children("o")


def test_inv_595_a_child_in_doubt_ends_as_execution_says_once_it_has_asked() -> None:
    world, child_id = resting()
    world.fill(child_id, 500, 9998, "E1", OrdStatus.UNKNOWN)
    assert world.report(child_id, ExecType.ORDER_STATUS, OrdStatus.UNKNOWN) == ()
    closed, ended = world.report(child_id, ExecType.ORDER_STATUS, OrdStatus.FILLED)
    assert isinstance(closed, ChildClosed) and closed.ord_status is OrdStatus.FILLED
    assert isinstance(ended, ParentChanged) and ended.ord_status is OrdStatus.FILLED
    assert world.parent("o").status is OrdStatus.FILLED and not world.open_children("o")


def ends_by_its_cancel(world: RouterWorld, child_id: str, events: tuple[Any, ...]) -> None:
    """A refused replace ended nothing (`events`): the child is cancelled, and what a correction took from its fill is placed once it has ended."""
    assert not [e for e in events if isinstance(e, ChildClosed | ChildNew)]
    child = world.child(child_id)
    assert world.parent("o").open_children == (child_id,) and child.pending is IntentKind.CANCEL
    corrected(world, child_id, "E1", (500, 9998), (400, 9998))
    assert child.leaves_qty == 100, "the cancel that is under way has something to cancel"
    world.end(child_id)
    (other,) = world.open_children("o")
    assert (other.order_qty, world.parent("o").terms.order_qty) == (300, 700)


def test_inv_595_a_replace_refused_for_the_doubt_ends_no_child() -> None:
    world, child_id = resting()
    world.fill(child_id, 500, 9998, "E1", OrdStatus.UNKNOWN)
    world.replace("o", "r", 700, 9998)
    child, doubt = world.child(child_id), Reason.OUTCOME_UNKNOWN
    events = world.execution(
        ChildRequestRejected(child.order_id, child_id, child.requests, IntentKind.REPLACE, doubt, "not sent")
    )
    ends_by_its_cancel(world, child_id, events)


def replace_filled_in_doubt(qty: int = 700) -> tuple[RouterWorld, str]:
    """A replace is with the venue when all of the child is executed, in doubt."""
    world, child_id = resting()
    world.replace("o", "r", qty, 9998)
    assert world.child(child_id).pending is IntentKind.REPLACE
    world.fill(child_id, 500, 9998, "E1", OrdStatus.UNKNOWN)
    return world, child_id


def refused_by_venue(world: RouterWorld, child_id: str, status: OrdStatus | None) -> tuple[Any, ...]:
    """The venue refuses that replace, the child's first request."""
    order_id, reason = world.child(child_id).order_id, Reason.VENUE_REPLACE_REJECTED
    rejected = ChildRequestRejected(order_id, child_id, 1, IntentKind.REPLACE, reason, "", None, status)
    return world.execution(rejected)


def test_inv_595_a_replace_that_the_venue_refuses_in_doubt_ends_no_child() -> None:
    """Before the correction comes, and before the venue has said how it stands."""
    world, child_id = replace_filled_in_doubt()
    events = refused_by_venue(world, child_id, OrdStatus.UNKNOWN)
    ends_by_its_cancel(world, child_id, events)


def test_inv_595_a_replace_refused_in_doubt_leaves_the_end_to_execution() -> None:
    world, child_id = replace_filled_in_doubt()
    refused_by_venue(world, child_id, OrdStatus.UNKNOWN)
    closed, *_ = world.report(child_id, ExecType.ORDER_STATUS, OrdStatus.FILLED)
    assert isinstance(closed, ChildClosed) and closed.ord_status is OrdStatus.FILLED
    (other,) = world.open_children("o")
    assert (other.order_qty, world.parent("o").terms.order_qty) == (200, 700)


@pytest.mark.parametrize("status", [OrdStatus.FILLED, None])
def test_a_replace_refused_without_doubt_ends_the_child_whose_quantity_is_executed(status: OrdStatus | None) -> None:
    """None: a record from before the status was said."""
    world, child_id = resting()
    world.replace("o", "r", 700, 9998)
    world.fill(child_id, 500, 9998, "E1", OrdStatus.PENDING_REPLACE)
    closed, *_ = refused_by_venue(world, child_id, status)
    assert isinstance(closed, ChildClosed) and closed.ord_status is OrdStatus.FILLED


def test_inv_595_what_must_end_is_asked_for_again_where_its_replace_was_refused_in_doubt() -> None:
    """Its cancel was refused while the replace was under way, whose answer was to say whether anything is left to cancel."""
    world, child_id = replace_filled_in_doubt()
    world.mass_cancel("o")
    world.refuse_request(child_id, IntentKind.CANCEL)
    assert world.child(child_id).pending is IntentKind.REPLACE, "no cancel is asked for until the replace is answered"
    refused_by_venue(world, child_id, OrdStatus.UNKNOWN)
    corrected(world, child_id, "E1", (500, 9998), (400, 9998))
    assert [e.child_id for e in world.run_until(world.now_ns + SECOND_NS) if isinstance(e, ChildCancel)] == [child_id]
    world.end(child_id)
    assert (world.parent("o").status, world.parent("o").cum_qty) == (OrdStatus.CANCELED, 400)


def test_inv_344_what_a_bust_opens_of_an_order_that_must_end_is_cancelled() -> None:
    """Found by a schedule of refusals and doubts: its replace is not answered, so that no cancel was under way."""
    world, child_id = replace_filled_in_doubt()
    world.mass_cancel("o")
    world.refuse_request(child_id, IntentKind.CANCEL)
    corrected(world, child_id, "E1", (500, 9998), (400, 9998))
    assert [e.child_id for e in world.run_until(world.now_ns + SECOND_NS) if isinstance(e, ChildCancel)] == [child_id]


def test_inv_595_a_correction_that_execution_doubts_ends_no_child() -> None:
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E1")
    corrected(world, child_id, "E1", (300, 9998), (500, 9998), status=OrdStatus.UNKNOWN)
    assert world.parent("o").open_children == (child_id,)
    world.report(child_id, ExecType.ORDER_STATUS, OrdStatus.FILLED)
    assert world.parent("o").status is OrdStatus.FILLED and not world.open_children("o")


def test_what_an_ended_child_lost_is_planned_again_while_the_order_works() -> None:
    world = RouterWorld(venues=("A", "B"))
    world.quote("A", 9998, 500, 10000, 300)
    world.order("o", Side.BUY, 500, 10000)
    first, second = sorted(c.child_id for c in world.open_children("o"))
    taker, rester = (first, second) if not world.child(first).rests else (second, first)
    qty = world.child(taker).order_qty
    world.fill(taker, qty, 10000, "E1")
    assert world.parent("o").status is OrdStatus.PARTIALLY_FILLED
    world.quote("A", 9998, 500, 10000, 300)
    events = corrected(world, taker, "E1", (qty, 10000))
    placed = [e for e in events if isinstance(e, ChildNew)]
    assert sum(e.order_qty for e in placed) == qty
    assert isinstance(events[0], TradeCorrected) and events[0].leaves_qty == 500
    assert world.parent("o").cum_qty == 0 and world.child(rester).closed is False


def test_under_a_halt_nothing_new_leaves_for_what_was_taken_back() -> None:
    world = RouterWorld(venues=("A", "B"))
    world.quote("A", 9998, 500, 10000, 300)
    world.order("o", Side.BUY, 500, 10000)
    taker = next(c.child_id for c in world.open_children("o") if not c.rests)
    qty = world.child(taker).order_qty
    world.fill(taker, qty, 10000, "E1")
    world.halt()
    events = corrected(world, taker, "E1", (qty, 10000))
    assert isinstance(events[0], TradeCorrected) and not [e for e in events if isinstance(e, ChildNew)]


def test_rule_8_a_bust_under_a_pending_cancel_leaves_it_pending_and_the_end_is_by_quantity() -> None:
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E1")
    world.cancel("o")
    (event,) = corrected(world, child_id, "E1", (300, 9998), status=OrdStatus.PENDING_CANCEL)
    assert (event.ord_status, event.leaves_qty) == (OrdStatus.PENDING_CANCEL, 500)
    world.end(child_id)
    assert (world.parent("o").status, world.parent("o").cum_qty) == (OrdStatus.CANCELED, 0)


def test_a_bust_under_a_pending_replace_leaves_it_pending_and_the_total_counts_it() -> None:
    world, child_id = resting()
    world.fill(child_id, 300, 9998, "E1")
    world.replace("o", "r", 600, 9998)
    (event,) = corrected(world, child_id, "E1", (300, 9998), status=OrdStatus.PENDING_REPLACE)
    assert event.ord_status is OrdStatus.PENDING_REPLACE
    world.acknowledge_replace(child_id)
    parent = world.parent("o")
    assert (parent.terms.order_qty, parent.cum_qty, parent.status) == (600, 0, OrdStatus.NEW)


def test_rule_34_a_correction_upward_fills_the_order_and_beyond_it_cancels_what_is_open() -> None:
    world, child_id = resting()
    world.fill(child_id, 400, 9998, "E1")
    events = corrected(world, child_id, "E1", (400, 9998), (500, 9998), status=OrdStatus.FILLED)
    assert isinstance(events[0], TradeCorrected) and world.parent("o").status is OrdStatus.FILLED
    assert world.parent("o").cum_qty == 500 and world.child(child_id).closed


# --- risk


def corrected_trade(
    exec_id: str, ref: str, old: tuple[int, int], new: tuple[int, int] = (0, 0), status: OrdStatus = OrdStatus.CANCELED
) -> TradeCorrected:
    return TradeCorrected(
        ORDER_ID, "a1", f"{ORDER_ID}.1", "XV", CORRECT if new[0] else CANCEL, exec_id, ref, *old, *new, Liquidity.REMOVED, 0, 0,
        Amount(0), status, 9, "",
    )  # fmt: skip


def test_a_bust_of_an_open_order_moves_position_and_reservation_back_once() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("E1", 40))
    (event,) = w.route(corrected_trade("B1", "E1", (40, 10_000), status=OrdStatus.NEW))
    assert isinstance(event, ExposureCorrected)
    assert (event.exec_id, event.exec_ref_id, event.signed_qty) == ("XV/B1", "XV/E1", -40)
    assert (event.position_qty, event.reserved_qty, event.text) == (0, 100, "")
    assert w.state.moved == {} and w.state.open_orders[ORDER_ID].cum_qty == 0
    assert w.route(corrected_trade("B1", "E1", (40, 10_000))) == ()


def test_a_bust_of_a_closed_order_moves_the_position_and_reserves_nothing() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("E1", 100, ord_status=OrdStatus.FILLED))
    shown = corrected_trade("B1", "E1", (100, 10_000), (60, 10_000), OrdStatus.PARTIALLY_FILLED)
    events = w.route(shown, changed(OrdStatus.CANCELED))
    assert len(events) == 1 and isinstance(events[0], ExposureCorrected) and not isinstance(events[0], OrderClosed)
    assert (events[0].position_qty, events[0].reserved_qty) == (60, 0)
    assert ORDER_ID in w.state.closed_orders and not w.state.open_orders and not w.state.book().counts


def test_a_bust_under_a_pending_replacement_moves_the_larger_reservation() -> None:
    w = world()
    w.ask(NEW)
    w.ask(REPLACE)
    w.route(fill("E1", 40))
    w.route(corrected_trade("B1", "E1", (40, 10_000), (10, 10_000), OrdStatus.PENDING_REPLACE))
    assert w.state.open_orders[ORDER_ID].reserved_qty == 190
    w.route(settled(False, 100))
    assert w.state.open_orders[ORDER_ID].reserved_qty == 90


def test_a_correction_beyond_a_limit_is_booked_says_so_and_new_use_is_blocked() -> None:
    limit = Limit("tight", LimitKind.POSITION_QTY, LimitScope.ACCOUNT, ACCOUNT.account_id, "IBM", "", Amount(100))
    w = world(limit)
    w.ask(NEW)
    w.route(fill("E1", 100, ord_status=OrdStatus.FILLED))
    (event,) = w.route(corrected_trade("B1", "E1", (100, 10_000), (110, 10_000), OrdStatus.FILLED))
    assert isinstance(event, ExposureCorrected)
    assert (event.position_qty, event.text) == (110, "position is 110, limit tight is 100")
    refused: Any = w.ask(replace(NEW, cl_ord_id="a2", order_qty=10))
    assert refused.reason is Reason.POSITION_LIMIT
    (back,) = w.route(corrected_trade("B2", "B1", (110, 10_000), (100, 10_000), OrdStatus.FILLED))
    assert isinstance(back, ExposureCorrected) and back.text == ""


# --- costs

IBM = Instrument("IBM", "IBM", "USD", 2, 0, 1, 1, "always", True)
FILLS = st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(1, 500)), max_size=5)


def moved(number: int, signed: int, px: int, position: int) -> ExposureMoved:
    return ExposureMoved("o", "A1", "IBM", f"XA/E{number}", abs(signed), px, signed, position, 0, Liquidity.REMOVED)


def exposure_corrected(ref: str, signed: int, px: int, new_qty: int, new_px: int, position: int) -> ExposureCorrected:
    side = Side.BUY if signed > 0 else Side.SELL
    return ExposureCorrected(
        "o", "A1", "IBM", "XA/B1", ref, abs(signed), px, new_qty, new_px, side.sign * (new_qty - abs(signed)), position, 0,
        Liquidity.REMOVED, "", side,
    )  # fmt: skip


@given(
    FILLS,
    FILLS,
    st.integers(-50, 50).filter(bool),
    st.integers(1, 500),
    st.integers(0, 60),
    st.integers(1, 500),
    st.integers(1, 500),
)
def test_rule_5_what_was_paid_is_exact_after_a_correction(
    before: list[tuple[int, int]], after: list[tuple[int, int]], qty: int, px: int, new_qty: int, new_px: int, mark: int
) -> None:
    """Both results together, what was bought and sold and what venues were paid for: as if it had been so from the beginning."""
    sums = []
    sign = 1 if qty > 0 else -1
    real = [(sign * new_qty, new_px)] if new_qty else []
    for fills, corrects in (([*before, (qty, px), *after], True), ([*before, *real, *after], False)):
        book, position = Book(), 0
        book.fold(moved(99, 1, 100, 1))
        position = 1
        for number, (signed, price) in enumerate(fills):
            position += signed
            book.fold(moved(number, signed, price, position))
        if corrects:
            position += sign * new_qty - qty
            book.fold(exposure_corrected(f"XA/E{len(before)}", qty, px, new_qty, new_px if new_qty else 0, position))
        (holding,) = book.holdings.values()
        profit = profit_of(holding, Opening(0, 0), True, mark, IBM)
        assert profit.realised is not None and profit.unrealised is not None and holding.qty == position
        taken = holding.taken["XA"]
        sums.append(
            (profit.qty, profit.realised + profit.unrealised, holding.bought_notional, holding.sold_notional, holding.fill_count,
             taken.fills, taken.qty, taken.notional)
        )  # fmt: skip
    assert sums[0] == sums[1]


def test_a_bust_realises_nothing_where_nothing_was_sold() -> None:
    book = Book()
    book.fold(moved(1, 10, 100, 10))
    book.fold(moved(2, 10, 200, 20))
    book.fold(exposure_corrected("XA/E2", 10, 200, 0, 0, 10))
    (holding,) = book.holdings.values()
    profit = profit_of(holding, Opening(0, 0), True, 100, IBM)
    assert (profit.realised, profit.unrealised, profit.qty) == (0, 0, 10)


def test_a_bust_after_sales_that_mixed_the_lots_leaves_no_cost_below_nothing() -> None:
    book = Book()
    for number, (signed, px, position) in enumerate(((10, 100, 10), (-9, 100, 1), (10, 50, 11)), 1):
        book.fold(moved(number, signed, px, position))
    book.fold(exposure_corrected("XA/E1", 10, 100, 0, 0, 1))
    (holding,) = book.holdings.values()
    assert holding.cost.qty == 1 and holding.cost.known > 0


# --- a desk's view


def of_trade(
    ref: str, old: tuple[int, int], new: tuple[int, int], cum_qty: int, status: OrdStatus, exec_id: str = "B1"
) -> TradeCorrected:
    order = new_order("a1")
    leaves = 0 if status.is_terminal else 100 - cum_qty
    return TradeCorrected(
        order_id(order), "a1", f"{order_id(order)}.1", "XA", CORRECT if new[0] else CANCEL, exec_id, ref, *old, *new,
        Liquidity.REMOVED, cum_qty, leaves, Amount(cum_qty * 7), status, 9, "erroneous",
    )  # fmt: skip


def ended() -> ParentChanged:
    order = new_order("a1")
    return ParentChanged(
        order_id(order), "a1", "a1", ExecType.CANCELED, OrdStatus.CANCELED, 100, 5000, 60, 0, Amount(420), False,
        Reason.TRADE_TAKEN_BACK, "",
    )  # fmt: skip


def test_a_desk_sees_the_corrected_fill_under_its_new_name_and_no_busted_one() -> None:
    partition: Partition = working()
    partition.routing(traded(new_order("a1"), 60, 60, "x1"), traded(new_order("a1"), 40, 100, "x2"))
    order = partition.blotter.orders[order_id(new_order("a1"))]
    px = order.fills[0].last_px
    partition.routing(of_trade("x1", (60, px), (60, 4990), 100, OrdStatus.FILLED))
    assert [(f.exec_id, f.last_qty, f.last_px) for f in order.fills] == [("B1", 60, 4990), ("x2", 40, px)]
    partition.routing(of_trade("x2", (40, px), (0, 0), 60, OrdStatus.PARTIALLY_FILLED, "B2"), ended())
    assert [(f.exec_id, f.last_qty) for f in order.fills] == [("B1", 60)] and order.fill_count == 1
    assert (order.cum_qty, order.leaves_qty, order.notional) == (60, 0, 420)
    assert (order.ord_status, order.reason) == (OrdStatus.CANCELED, Reason.TRADE_TAKEN_BACK)
    assert list(partition.blotter.ended) == [order.order_id], "kept, and dropped, once"
    counts = {status: n for (_, status), n in partition.blotter.counts.items() if n}
    assert counts == {OrdStatus.CANCELED: 1}


def test_an_update_is_a_trade_cancel_or_correct_with_its_reference() -> None:
    record = routing_record(
        0, 1, 0, of_trade("x1", (60, 5000), (50, 4990), 50, OrdStatus.PARTIALLY_FILLED),
        of_trade("B1", (50, 4990), (0, 0), 0, OrdStatus.NEW, "B2"),
    )  # fmt: skip
    correct, bust = updates_of(topics.ROUTING, 0, 1, record)
    assert (correct.exec_type, bust.exec_type) == (enums_pb2.EXEC_TYPE_TRADE_CORRECT, enums_pb2.EXEC_TYPE_TRADE_CANCEL)
    assert not correct.HasField("fill") and not bust.HasField("fill")
    assert (correct.correction.exec_id, correct.correction.exec_ref_id) == ("B1", "x1")
    assert (correct.correction.old_qty, correct.correction.qty, correct.correction.price) == (60, 50, 4990)
    assert (bust.correction.exec_ref_id, bust.correction.old_qty, bust.correction.qty) == ("B1", 50, 0)
    assert (bust.cum_qty, bust.leaves_qty, bust.ord_status) == (0, 100, enums_pb2.ORD_STATUS_NEW)
    assert correct.text == "erroneous"


def test_a_desks_minutes_sum_to_what_stands() -> None:
    table: dict[str, Any] = {}
    minutes = DeskMinutes(table)
    record = risk_record(0, 1, 0, moved(1, 40, 100, 40), exposure_corrected("XA/E1", 40, 100, 30, 90, 30))
    minutes.start_at(0, 1)
    minutes.fold(0, 1, record)
    rows = [row for key, row in table.items() if not key.startswith("position")]
    assert sum(r["fills"] for r in rows) == 1 and sum(r["notional"]["IBM"] for r in rows) == 2700


# --- reconciliation


def test_a_run_is_reconciled_with_what_stands_in_both_journals() -> None:
    facts = RouterWorld(venues=("A",))
    facts.quote("A", 9998, 500, 10000, 300)
    facts.order("o", Side.BUY, 500, 9998, algorithm=Algorithm.DIRECT, venue="A")
    child = facts.order_id("o") + ".1"
    facts.fill(child, 300, 9998, "E1")
    facts.fill(child, 200, 9997, "E2")
    corrected(facts, child, "E1", (300, 9998), (290, 9999), "B1")
    corrected(facts, child, "E2", (200, 9997), (0, 0), "B2")
    parent = fold_routing(facts.events)[facts.order_id("o")]
    assert parent.fills == {FillFact(child, "B1", 9999, 290)}
    assert (parent.cum_qty, parent.notional, parent.status, parent.corrected) == (
        290,
        290 * 9999,
        OrdStatus.CANCELED,
        2,
    )


def test_executions_journal_says_the_same() -> None:
    bench = at_venue(fills=((30, 990), (20, 980)))
    name = bench.venue.correct(AT_VENUE, "E1", 25, 991)
    bench.venue.bust(AT_VENUE, "E2")
    bench.hear()
    child = fold_execution(bench.events())[CHILD]
    assert child.fills == {FillFact(CHILD, name, 991, 25)} and child.reported_cum == 25
