"""An inferred fill and the real trade that takes its place, below execution: router, book of costs, a desk's view."""

from dataclasses import replace

from gateway_world import new_order, order_id, routing_record, traded
from hypothesis import given
from hypothesis import strategies as st
from test_gateway_blotter import Partition, working

from oms.core.enums import ExecType, Liquidity, OrdStatus, Side
from oms.core.execution_events import ChildReport, FillSuperseded
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Instrument
from oms.core.risk_events import ExposureMoved, ExposureRepriced
from oms.core.routing_events import ChildNew, ParentChanged, ParentTraded, TradeSuperseded
from oms.gateway.profit import Book, Opening, profit_of
from oms.gateway.updates import updates_of
from oms.testing.routing_world import RouterWorld
from oms.v1 import enums_pb2
from oms.wire import topics

INFERRED = "inferred:A/x/0-100"


def resting() -> tuple[RouterWorld, str]:
    world = RouterWorld(venues=("A", "B"))
    world.quote("A", 9998, 500, 10000, 300)
    world.order("o", Side.BUY, 500, 9998)
    return world, world.order_id("o") + ".1"


def superseded(world: RouterWorld, child_id: str, qty: int, px: int, exec_id: str) -> FillSuperseded:
    child = world.child(child_id)
    return FillSuperseded(
        child.order_id, child_id, child.venue_id, exec_id, INFERRED, qty, px, 9998, 100 - qty, None, world.now_ns, 100
    )


def test_rule_35_the_router_corrects_what_was_paid_and_nothing_else_and_once() -> None:
    world, child_id = resting()
    child = world.child(child_id)
    inferred = ChildReport(
        child.order_id, child_id, child.venue_id, ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, INFERRED, "v", 100, 9998,
        100, 400, 500, 9998, 0, None, 0, None, "", True, 100,
    )  # fmt: skip
    (booked,) = (e for e in world.execution(inferred) if isinstance(e, ParentTraded))
    assert booked.inferred and booked.liquidity is Liquidity.REMOVED and booked.notional == 100 * 9998
    before = world.parent("o").cum_qty, world.parent("o").status, world.child(child_id).cum_qty
    (event,) = world.execution(superseded(world, child_id, 60, 9990, "E1"))
    assert isinstance(event, TradeSuperseded)
    assert (event.cum_qty, event.leaves_qty, event.notional) == (100, 400, 60 * 9990 + 40 * 9998)
    assert world.execution(superseded(world, child_id, 60, 9990, "E1")) == ()
    world.execution(superseded(world, child_id, 40, 9991, "E2"))
    parent = world.parent("o")
    assert (parent.cum_qty, parent.status, world.child(child_id).cum_qty) == before
    assert parent.notional == 60 * 9990 + 40 * 9991


def test_a_child_ended_by_hand_ends_its_parent_with_that_reason() -> None:
    """Nobody proved that the order is not there: nothing is sent in its place."""
    world, child_id = resting()
    events = world.end(child_id, OrdStatus.CANCELED, Reason.ENDED_BY_HAND)
    ended = next(e for e in events if isinstance(e, ParentChanged) and e.ord_status.is_terminal)
    assert (ended.ord_status, ended.reason) == (OrdStatus.CANCELED, Reason.ENDED_BY_HAND)
    assert not any(isinstance(e, ChildNew) for e in events)


IBM = Instrument("IBM", "IBM", "USD", 0, 0, 1, 1, "always", True)
FILLS = st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(1, 500)), min_size=1, max_size=6)


def moved(order_no: int, signed: int, px: int, position: int, inferred: bool) -> ExposureMoved:
    exec_id = f"XA/{INFERRED if inferred else order_no}"
    return ExposureMoved(
        f"alpha/20250106/{order_no}",
        "A1",
        "IBM",
        exec_id,
        abs(signed),
        px,
        signed,
        position,
        0,
        Liquidity.REMOVED,
        inferred,
    )


@given(FILLS, FILLS, st.integers(-50, 50).filter(bool), st.integers(1, 500), st.integers(1, 500), st.integers(1, 500))
def test_what_was_paid_is_exact_after_the_correction(
    before: list[tuple[int, int]], after: list[tuple[int, int]], qty: int, guess: int, real: int, mark: int
) -> None:
    """Realised and unrealised together are as if the real price had been known; so is what was taken from the venue."""
    sums = []
    for price, corrected in ((guess, True), (real, False)):
        book, position = Book(), 0
        for number, (signed, px) in enumerate([*before, (qty, price), *after]):
            position += signed
            book.fold(moved(number, signed, px, position, number == len(before)))
        if corrected:
            book.fold(ExposureRepriced(
                "o", "A1", "IBM", "XA/E1", f"XA/{INFERRED}", abs(qty), real, guess, qty, Liquidity.REMOVED
            ))  # fmt: skip
        (holding,) = book.holdings.values()
        profit = profit_of(holding, Opening(0, 0), True, mark, IBM)
        assert profit.realised is not None and profit.unrealised is not None
        sums.append((profit.qty, profit.realised + profit.unrealised, holding.bought_notional, holding.sold_notional))
        sums[-1] += (holding.taken["XA"].notional,)  # type: ignore[assignment]
        assert holding.qty == position
    assert sums[0] == sums[1]


def test_a_passive_real_trade_was_not_taken() -> None:
    book = Book()
    book.fold(moved(1, 40, 100, 40, True))
    book.fold(ExposureRepriced("o", "A1", "IBM", "XA/E1", f"XA/{INFERRED}", 40, 99, 100, 40, Liquidity.ADDED))
    taken = book.holdings[("A1", "IBM")].taken["XA"]
    assert (taken.qty, taken.notional) == (0, 0)


def of_trade(qty: int, px: int, exec_id: str, notional: int) -> TradeSuperseded:
    order = new_order("a1")
    return TradeSuperseded(
        order_id(order), "a1", f"{order_id(order)}.1", "XA", exec_id, INFERRED, qty, px, 5000, Liquidity.ADDED, 100, 0,
        Amount(notional), OrdStatus.FILLED, 9,
    )  # fmt: skip


def test_rule_35_a_desk_sees_the_real_fill_in_the_place_of_the_inferred_one() -> None:
    partition: Partition = working()
    partition.routing(replace(traded(new_order("a1"), 100, 100, INFERRED), inferred=True))
    order = partition.blotter.orders[order_id(new_order("a1"))]
    assert [f.inferred for f in order.fills] == [True]
    partition.routing(of_trade(60, 4990, "E1", 499_400))
    assert [(f.exec_id, f.last_qty, f.last_px, f.inferred) for f in order.fills] == [
        ("E1", 60, 4990, False), (INFERRED, 40, 5000, True),
    ]  # fmt: skip
    partition.routing(of_trade(40, 4980, "E2", 498_600))
    assert [(f.exec_id, f.last_qty, f.inferred) for f in order.fills] == [("E1", 60, False), ("E2", 40, False)]
    assert (order.cum_qty, order.notional, order.ord_status) == (100, 498_600, OrdStatus.FILLED)


def test_an_update_says_that_a_price_was_corrected() -> None:
    record = routing_record(
        0, 1, 0, replace(traded(new_order("a1"), 100, 100), inferred=True), of_trade(60, 4990, "E1", 7)
    )
    fill, corrected = updates_of(topics.ROUTING, 0, 1, record)
    assert fill.fill.inferred and fill.exec_type == enums_pb2.EXEC_TYPE_TRADE
    assert corrected.exec_type == enums_pb2.EXEC_TYPE_ORDER_STATUS and not corrected.HasField("fill")
    assert (corrected.cum_qty, corrected.notional.lo) == (100, 7)
    assert corrected.text == f"E1 at 4990 takes the place of 60 of {INFERRED}"
