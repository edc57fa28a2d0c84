"""Trades that the router tells long after an order's end: with whose it was, and of what it has forgotten everything that execution said."""

from dataclasses import replace

import pytest
from risk_world import ACCOUNT, DESK, IBM, NEW, World, opening, resume, world

from oms.core.enums import ExecType, HaltScope, Liquidity, OrdStatus, Side
from oms.core.execution_events import ChildReport, FillCorrected, FillSuperseded
from oms.core.risk_events import ExposureCorrected, ExposureMoved, OrderAccepted, TradeUnbooked, UnbookedSettled
from oms.core.routing.state import KEPT_TRADING_DATES
from oms.core.routing_events import ForgottenTraded, ParentTraded, TradeCorrected, Whose
from oms.testing.routing_world import ACCOUNT as AT
from oms.testing.routing_world import DATE, INSTRUMENT, WHO, RouterWorld

WHOSE = Whose("alpha", AT, INSTRUMENT, Side.BUY, WHO.trader, WHO.strategy)


def filled() -> tuple[RouterWorld, str]:
    routed = RouterWorld(venues=("A",))
    routed.quote("A", 9998, 500, 10000, 300)
    routed.order("o", Side.BUY, 100, 10000)
    child = routed.order_id("o") + ".1"
    (first, *_) = routed.fill(child, 100, 10000, "E1")
    assert isinstance(first, ParentTraded) and first.whose is None, "the fill that ends an order is not late"
    return routed, child


def bust(routed: RouterWorld, child: str) -> FillCorrected:
    return FillCorrected(
        routed.order_id("o"), child, "A", ExecType.TRADE_CANCEL, "E9", "E1", 100, 10000, 0, 0, 0, 0, OrdStatus.CANCELED,
        Liquidity.REMOVED, routed.now_ns, 0, "",
    )  # fmt: skip


def late(routed: RouterWorld, child: str) -> ChildReport:
    return ChildReport(
        routed.order_id("o"), child, "A", ExecType.TRADE, OrdStatus.FILLED, "E2", "v", 50, 10010, 150, 0, 100, 10000, 0,
        Liquidity.ADDED, routed.now_ns, None, "",
    )  # fmt: skip


def aged(routed: RouterWorld) -> None:
    """So many later dates that the router forgets the order."""
    for later in range(1, KEPT_TRADING_DATES + 2):
        accepted = routed.accepted(f"d{later}", Side.BUY, 1, 9000)
        order = replace(accepted.order, trading_date=DATE + later)
        routed.risk(replace(accepted, order_id=f"alpha/{DATE + later}/d{later}", order=order))
    assert routed.order_id("o") not in routed.state.parents


def test_a_trade_after_an_orders_end_says_whose_it_was() -> None:
    routed, child = filled()
    traded = next(e for e in routed.execution(late(routed, child)) if isinstance(e, ParentTraded))
    assert traded.whose == WHOSE
    corrected = next(e for e in routed.execution(bust(routed, child)) if isinstance(e, TradeCorrected))
    assert corrected.whose == WHOSE


def test_inv_520_what_the_router_has_forgotten_it_tells_with_all_its_figures() -> None:
    routed, child = filled()
    aged(routed)
    o = routed.order_id("o")
    assert routed.execution(bust(routed, child)) == (
        ForgottenTraded(o, child, "A", "E9", "E1", 100, 10000, 0, 0, Liquidity.REMOVED, routed.now_ns, False, False),
    )
    assert routed.execution(late(routed, child)) == (
        ForgottenTraded(o, child, "A", "E2", "", 0, 0, 50, 10010, Liquidity.ADDED, routed.now_ns, False, False),
    )
    real = FillSuperseded(o, child, "A", "E3", "I1", 100, 9990, 9998, 0, None, routed.now_ns, 100)
    assert routed.execution(real) == (
        ForgottenTraded(o, child, "A", "E3", "I1", 100, 9998, 100, 9990, Liquidity.REMOVED, routed.now_ns, False, True),
    )
    status = replace(late(routed, child), exec_type=ExecType.ORDER_STATUS, last_qty=0)
    assert routed.execution(status) == (), "what is no trade changes nobody's position"


@pytest.fixture
def risk() -> World:
    return world(DESK, IBM, opening(ACCOUNT, "IBM", 0))


_TOLD = ForgottenTraded("alpha/20250106/a1", "c", "XV", "E1", "", 0, 0, 40, 10_000, Liquidity.ADDED, 1, False, False)


def test_inv_520_risk_books_it_where_it_knows_the_order(risk: World) -> None:
    assert isinstance(risk.ask(NEW), OrderAccepted)
    (moved,) = risk.route(_TOLD)
    assert isinstance(moved, ExposureMoved) and (moved.signed_qty, moved.exec_id) == (40, "XV/E1")
    taken_back = replace(_TOLD, exec_id="E2", exec_ref_id="E1", old_qty=40, old_px=10_000, new_qty=0, new_px=0)
    (corrected,) = risk.route(taken_back)
    assert isinstance(corrected, ExposureCorrected) and corrected.position_qty == 0


def test_inv_521_and_tells_a_person_where_it_does_not(risk: World) -> None:
    unbooked, _alert = risk.route(_TOLD)
    assert isinstance(unbooked, TradeUnbooked) and (unbooked.new_qty, unbooked.new_px) == (40, 10_000)
    assert risk.state.unbooked == {"alpha": 1}


MORE = 2**63
"""One more than a record can hold."""


@pytest.mark.parametrize(
    ("filled_qty", "old_qty", "new_qty"), [(0, 1, MORE), (100, MORE, 1)], ids=["what it is", "what it was"]
)
def test_a_quantity_that_no_record_can_hold_is_not_booked_though_what_changes_could_be(
    risk: World, filled_qty: int, old_qty: int, new_qty: int
) -> None:
    assert isinstance(risk.ask(NEW), OrderAccepted)
    if filled_qty:
        risk.route(replace(_TOLD, exec_id="E0", new_qty=filled_qty))
    position = risk.state.moved.get(("A1", "IBM"), 0)
    told = replace(_TOLD, exec_id="E2", exec_ref_id="E1", old_qty=old_qty, old_px=1, new_qty=new_qty, new_px=1)
    unbooked, *_ = risk.route(told)
    assert isinstance(unbooked, TradeUnbooked) and "more than 64 bits" in unbooked.text
    assert risk.state.moved.get(("A1", "IBM"), 0) == position


@pytest.mark.parametrize(
    ("scope", "scope_id", "settles"),
    [
        (HaltScope.DESK, "alpha", True),
        (HaltScope.DESK, "beta", False),
        (HaltScope.ACCOUNT, "alpha", False),
        (HaltScope.FIRM, "", True),
    ],
)
def test_only_a_resume_of_the_desk_or_the_firm_settles_what_is_unbooked(
    risk: World, scope: HaltScope, scope_id: str, settles: bool
) -> None:
    risk.route(_TOLD)
    said = risk.control(resume(scope, scope_id))
    assert any(isinstance(event, UnbookedSettled) for event in said) == settles
    assert risk.state.unbooked == ({} if settles else {"alpha": 1})
