"""Liquidation: what one partition of risk decides step by step, and the whole order path that ends flat."""

from dataclasses import replace

import pytest
from risk_world import (
    ACCOUNT,
    CALENDAR,
    CONDITIONS,
    NEW,
    NOTIONAL,
    NOW,
    OTHER_ACCOUNT,
    REPLACE,
    SECOND_ACCOUNT,
    WHO,
    World,
    changed,
    fill,
    halt,
    opening,
    resume,
    row,
    world,
)
from test_order_path import NOW as PATH_NOW
from test_order_path import WHO as PATH_WHO
from test_order_path import WORLD as PATH_WORLD
from test_order_path import last_status, valid_events, venue_fills
from test_order_path import order as path_order

from oms.core.commands import CancelOrder
from oms.core.control import LIQUIDATED, Halt, Liquidate, Resume, fold_control
from oms.core.control import Control as ControlFold
from oms.core.enums import (
    HaltAction,
    HaltScope,
    LimitKind,
    LimitScope,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from oms.core.instructions import Instructions
from oms.core.liquidation_events import LiquidationDone, LiquidationStarted, LiquidationStep
from oms.core.market import MarketView
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit, OpeningPosition
from oms.core.risk.exposure import position_of
from oms.core.risk.liquidating import LOOK_NS, PAUSE_NS, SYSTEM_DESK, TIMER
from oms.core.risk_events import (
    ControlApplied,
    MassCancelStarted,
    MassCancelStep,
    OrderAccepted,
    OrderRejected,
    ReplaceRejected,
    RiskEvent,
)
from oms.core.stage import TimerInput
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics

LONG, SHORT = 300, -200
ALPHA = (HaltScope.DESK, "alpha")
EPOCH = 19700101
"""The day of the tape of this world."""


def liquidate(scope: HaltScope = HaltScope.DESK, scope_id: str = "alpha") -> Liquidate:
    return Liquidate(scope, scope_id, "a loss", NOW, replace(WHO, entered_by="rita"))


def held_world() -> World:
    """A1 is long IBM and short BAC, A2 is long IBM; of another desk, in this partition too, B1 is long IBM."""
    long_and_short = (OpeningPosition("IBM", LONG), OpeningPosition("BAC", SHORT))
    w = world(
        replace(ACCOUNT, opening_positions=long_and_short, client_id="C1"),
        opening(SECOND_ACCOUNT, "IBM", 50),
        opening(OTHER_ACCOUNT, "IBM", 70),
        Limit("qty2", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "BAC", "", Amount(1_000)),
        Limit("position2", LimitKind.POSITION_QTY, LimitScope.ACCOUNT, "A1", "BAC", "", Amount(2_000)),
        Limit("position3", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "IBM", "", Amount(20_000)),
        replace(NOTIONAL, limit_id="notional2", scope_id="beta"),
        Limit("orders", LimitKind.OPEN_ORDERS, LimitScope.FIRM, "", "", "", Amount(1_000)),
    )
    w.quote(5_000, 5_010, instrument_id="BAC")
    return w


def later(w: World, by_ns: int) -> None:
    w.conditions = replace(w.conditions, wall_ns=w.conditions.wall_ns + by_ns)


def steps(w: World) -> list[RiskEvent]:
    """What follows by itself, at the next look."""
    later(w, LOOK_NS)
    found: list[RiskEvent] = []
    while (due := w.rules.due(w.state, w.conditions.tape_ns, w.conditions.wall_ns, w.market)) is not None:
        if isinstance(due, TimerInput) and not due.owner.startswith(TIMER):
            w.feed(due)
            continue
        found += w.feed(due)
    return found


def orders(events: list[RiskEvent]) -> list[tuple[str, str, Side, int]]:
    return [
        (e.order.account_id, e.order.instrument_id, e.order.side, e.order.order_qty)
        for e in events
        if isinstance(e, OrderAccepted)
    ]


@pytest.mark.parametrize(
    ("scope", "scope_id", "expected"),
    [
        (HaltScope.FIRM, "", ["A1 BAC", "A1 IBM", "A2 IBM", "B1 IBM"]),
        (HaltScope.DESK, "alpha", ["A1 BAC", "A1 IBM", "A2 IBM"]),
        (HaltScope.ACCOUNT, "A1", ["A1 BAC", "A1 IBM"]),
        (HaltScope.CLIENT, "C1", ["A1 BAC", "A1 IBM"]),
        (HaltScope.INSTRUMENT, "IBM", ["A1 IBM", "A2 IBM", "B1 IBM"]),
        (HaltScope.ACCOUNT, "nobody", []),
    ],
)
def test_inv_484_every_position_of_the_scope_gets_its_order(
    scope: HaltScope, scope_id: str, expected: list[str]
) -> None:
    w = held_world()
    applied, cancels, begun, *done = w.control(liquidate(scope, scope_id))
    assert applied == ControlApplied(0) and isinstance(cancels, MassCancelStarted) and cancels.matched == 0
    assert begun == LiquidationStarted(0, scope, scope_id, "a loss", "rita", len(expected))
    assert done == ([] if expected else [LiquidationDone(0, 0, False)])
    held = {f"{a} {i}": position_of(w.state, a, i) for a in ("A1", "A2", "B1") for i in ("IBM", "BAC")}
    made = steps(w)
    assert [f"{a} {i}" for a, i, _, _ in orders(made)] == expected
    for account_id, instrument_id, side, qty in orders(made):
        assert side.sign * qty == -held[f"{account_id} {instrument_id}"]
    for event in made:
        if isinstance(event, OrderAccepted):
            who = event.order.provenance
            assert (who.trader, who.entered_by, who.source) == (SYSTEM_DESK, "rita", "control/0")
            assert (event.order.ord_type, event.order.time_in_force) == (OrdType.MARKET, TimeInForce.IOC)
            assert event.mandate.reduces_from == 1 and 81 in event.evidence.checks
    assert {scope for scope, *_ in [(scope,)]} <= set(LIQUIDATED)


def test_inv_484_it_ends_when_all_is_flat_and_nothing_is_open() -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    (accepted, stepped) = steps(w)
    assert isinstance(accepted, OrderAccepted) and isinstance(stepped, LiquidationStep) and stepped.remaining == 1
    w.route(fill("e1", 20, accepted.order_id))
    assert steps(w) == [], "30 are working"
    w.route(changed(OrdStatus.CANCELED, accepted.order_id))
    assert steps(w) == [], "not so soon after the last"
    later(w, PAUSE_NS)
    again, _ = steps(w)
    assert isinstance(again, OrderAccepted) and again.order.order_qty == 30
    w.route(fill("e2", 30, again.order_id, OrdStatus.FILLED))
    stepped, done = steps(w)
    assert isinstance(stepped, LiquidationStep) and [h.position_qty for h in stepped.holdings] == [0]
    assert done == LiquidationDone(0, 0, False)
    assert not w.state.liquidations and w.state.control.reduce_only == {(HaltScope.ACCOUNT, "A2")}


def test_open_orders_go_first() -> None:
    w = held_world()
    assert isinstance(w.ask(NEW), OrderAccepted)
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    cancelled = steps(w)
    assert isinstance(cancelled[0], MassCancelStep) and cancelled[0].order_ids == ("alpha/20250106/a1",)
    assert [i for _, i, _, _ in orders(cancelled)] == ["BAC"], "a buy that is still open could make IBM larger"
    w.route(fill("e1", 30), changed(OrdStatus.CANCELED))
    assert orders(steps(w)) == [("A1", "IBM", Side.SELL, LONG + 30)]


def test_a_reducing_order_of_the_desk_takes_its_part() -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    sale = replace(NEW, account_id="A2", side=Side.SELL, order_qty=20, time_in_force=TimeInForce.IOC)
    assert isinstance(w.ask(sale), OrderAccepted)
    assert orders(steps(w)) == [("A2", "IBM", Side.SELL, 30)]
    buy = replace(sale, cl_ord_id="a2", side=Side.BUY, good_until_ns=NOW + 10**12)
    increasing = w.ask(buy)
    assert isinstance(increasing, OrderRejected) and increasing.reason is Reason.INCREASES_POSITION


@pytest.mark.parametrize(
    "waits",
    [
        {"time_in_force": TimeInForce.DAY},
        {"time_in_force": TimeInForce.GTC, "price": 10_100},
        {
            "time_in_force": TimeInForce.IOC,
            "ord_type": OrdType.STOP,
            "price": None,
            "instructions": Instructions(stop_px=9_950),
        },
    ],
)
def test_inv_630_nobody_keeps_a_position_by_an_order_that_waits(waits: dict[str, object]) -> None:
    """It would take the part of the liquidation's own, and never be executed."""
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    sale = replace(NEW, account_id="A2", side=Side.SELL, order_qty=50, **waits)  # type: ignore[arg-type]
    event = w.ask(sale)
    assert isinstance(event, OrderRejected) and event.reason is Reason.HALTED and "liquidated" in event.text
    assert row(event, 3) == (-1, 0, 0, -1), "the reduce-only halt that it is under"
    assert orders(steps(w)) == [("A2", "IBM", Side.SELL, 50)]
    elsewhere = w.ask(replace(sale, cl_ord_id="a2", account_id="A1", good_until_ns=NOW + 10**12))
    assert isinstance(elsewhere, OrderAccepted), "not in its scope"
    w.control(liquidate(HaltScope.ACCOUNT, "B1"))
    event = w.ask(replace(sale, cl_ord_id="a3", good_until_ns=NOW + 10**12))
    assert isinstance(event, OrderRejected) and event.reason is Reason.HALTED, "whatever else is liquidated"


def test_inv_630_nor_by_amending_one_that_is_there() -> None:
    w = held_world()
    assert isinstance(w.ask(replace(NEW, account_id="A2", side=Side.SELL, order_qty=50)), OrderAccepted)
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    event = w.ask(replace(REPLACE, order_qty=50, price=10_050))
    assert isinstance(event, ReplaceRejected) and event.reason is Reason.HALTED


def test_inv_485_without_a_fresh_price_it_is_refused_and_tried_when_the_market_shows_one() -> None:
    w = held_world()
    w.conditions = replace(CONDITIONS, tape_ns=NOW + 100_000)
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    refused, stepped = steps(w)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.MARKET_PRICE_STALE
    assert isinstance(stepped, LiquidationStep) and stepped.remaining == 1
    assert [(h.order_id, h.reason) for h in stepped.holdings] == [(refused.order_id, Reason.MARKET_PRICE_STALE)]
    later(w, 100 * PAUSE_NS)
    assert steps(w) == [], "the market has shown nothing new"
    w.quote(9_900, 9_910, NOW + 100_000)
    later(w, PAUSE_NS)
    assert orders(steps(w)) == [("A2", "IBM", Side.SELL, 50)]


def test_inv_485_a_price_from_another_market_partition_is_something_new() -> None:
    w = held_world()
    for _ in range(5):
        w.quote(9_900, 9_910)
    w.conditions = replace(CONDITIONS, tape_ns=NOW + 100_000)
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    assert [type(e) for e in steps(w)] == [OrderRejected, LiquidationStep]
    w.market = MarketView()
    assert steps(w) == []
    w.quote(9_900, 9_910, NOW + 100_000)
    later(w, PAUSE_NS)
    assert orders(steps(w)) == [("A2", "IBM", Side.SELL, 50)]


def test_inv_485_other_refusals_are_tried_again_after_a_wait_that_doubles() -> None:
    w = held_world()
    w.control(halt(HaltScope.FIRM))
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    waits = []
    for _ in range(9):
        refused, stepped = steps(w)
        assert isinstance(refused, OrderRejected) and refused.reason is Reason.HALTED, "the firm's halt is tighter"
        assert isinstance(stepped, LiquidationStep)
        waits.append((stepped.holdings[0].next_ns - w.conditions.wall_ns) // PAUSE_NS)
        later(w, stepped.holdings[0].next_ns - w.conditions.wall_ns)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    w.control(resume(HaltScope.FIRM))
    assert orders(steps(w)) == [("A2", "IBM", Side.SELL, 50)]


def test_a_size_limit_cuts_the_order() -> None:
    w = held_world()
    w.load(replace(Limit("qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "IBM", "", Amount(125))))
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    made = orders(steps(w))
    assert ("A1", "IBM", Side.SELL, 120) in made, "the limit is 125, the lot 10"


def test_less_than_a_lot_is_said_not_to_be_liquidated() -> None:
    w = held_world()
    w.load(opening(SECOND_ACCOUNT, "IBM", 7))
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    refused, _ = steps(w)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.QTY_NOT_IN_LOTS


def test_inv_486_a_resume_of_its_scope_ends_it_and_so_does_another() -> None:
    w = held_world()
    w.control(liquidate())
    steps(w)
    assert w.control(resume(HaltScope.DESK, "beta"))[1:] == ()
    again = w.control(liquidate())
    assert [type(e) for e in again[1:]] == [MassCancelStarted, LiquidationDone, LiquidationStarted]
    assert again[2] == LiquidationDone(0, 3, True)
    assert isinstance(again[1], MassCancelStarted) and again[1].matched == 3, "orders of the first one too"
    assert w.control(resume(*ALPHA))[1] == LiquidationDone(2, 3, True)
    assert not w.state.liquidations
    assert not [e for e in steps(w) if isinstance(e, OrderAccepted)]


def test_a_fill_nobody_expected_is_liquidated_too() -> None:
    w = held_world()
    assert isinstance(w.ask(replace(NEW, account_id="A2")), OrderAccepted)
    w.load(replace(SECOND_ACCOUNT, opening_positions=()))
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    steps(w)
    w.route(fill("e1", 40), changed(OrdStatus.CANCELED))
    assert orders(steps(w)) == [("A2", "IBM", Side.SELL, 40)]


def test_inv_486_liquidating_makes_its_own_scope_reduce_only_and_a_halt_stops_it_again() -> None:
    control = ControlFold()
    fold_control(control, 0, Halt(*ALPHA, False, "stop", NOW, WHO, HaltAction.BLOCK_NEW))
    fold_control(control, 1, liquidate())
    assert control.halts == {ALPHA: 1} and control.action(*ALPHA) is HaltAction.REDUCE_ONLY
    assert control.why == {1: "a loss"}
    fold_control(control, 2, Halt(*ALPHA, False, "stop again", NOW, WHO))
    assert control.action(*ALPHA) is HaltAction.BLOCK_NEW
    fold_control(control, 3, Resume(*ALPHA, "over", NOW, WHO))
    assert not control.halts and not control.reduce_only


def test_the_system_desk_can_be_halted_by_name() -> None:
    w = held_world()
    w.control(halt(HaltScope.TRADER, SYSTEM_DESK))
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    refused, _ = steps(w)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.HALTED


def test_inv_484_what_became_flat_without_a_price_is_done_with() -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    w.conditions = replace(w.conditions, tape_ns=NOW + 100_000)
    assert {e.reason for e in steps(w) if isinstance(e, OrderRejected)} == {Reason.MARKET_PRICE_STALE}
    w.load(replace(ACCOUNT, opening_positions=(), client_id="C1"))  # corrected: it never held anything
    assert steps(w)[-1] == LiquidationDone(0, 0, False), "it waits for no price"


def test_inv_484_an_account_that_leaves_the_scope_is_let_alone() -> None:
    w = held_world()
    w.control(liquidate(HaltScope.CLIENT, "C1"))
    w.load(replace(w.state.reference.accounts["A1"], client_id="C2"))
    made = steps(w)
    assert not orders(made) and made[-1] == LiquidationDone(0, 0, False)


def test_a_desk_s_own_use_of_its_names_stands_in_no_way() -> None:
    w = held_world()
    w.control(liquidate(HaltScope.ACCOUNT, "A1"))
    for number in range(1, 4):
        w.ask(CancelOrder("alpha", EPOCH, f"c{number}", EPOCH, f"LIQ0-{number}", NOW, "t", WHO))
    made = steps(w)
    assert [e.order.cl_ord_id for e in made if isinstance(e, OrderAccepted)] == ["LIQ0-4", "LIQ0-5"]
    w.route(*(changed(OrdStatus.CANCELED, e.order_id) for e in made if isinstance(e, OrderAccepted)))
    later(w, PAUSE_NS)
    assert len(orders(steps(w))) == 2, "names are not used twice"


def test_inv_485_while_its_market_is_closed_it_is_not_tried_again() -> None:
    w = held_world()
    closed = replace(CALENDAR, intervals=())
    w.load(closed)
    w.control(liquidate(HaltScope.ACCOUNT, "A2"))
    refused, _ = steps(w)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.SESSION_CLOSED
    for _ in range(5):
        later(w, 100 * PAUSE_NS)
        assert steps(w) == []
    w.load(CALENDAR)
    assert orders(steps(w)) == [("A2", "IBM", Side.SELL, 50)]


# The whole path


def path_held() -> Pipeline:
    """A1 has bought 100 on two venues; a rest of another buy waits in a book."""
    p = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,))), SimVenue("XBET-P0", Script(True, (10**9,)))], PATH_NOW)
    p.entities(PATH_WORLD, PATH_WHO)
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.quote("XBET", "ACME", (99_900, 500), (100_100, 500))
    p.run()
    p.command(path_order("a1", 100))
    p.run()
    for venue in p.venues.values():
        venue.script = Script(True, ())
    p.command(path_order("a2", 200, price=99_800))
    p.run()
    for venue in p.venues.values():
        venue.script = Script(True, (10**9,))
    return p


def held(p: Pipeline) -> int:
    return position_of(p.loops[topics.RISK].state, "A1", "ACME")


@pytest.mark.parametrize("killed", ["", topics.RISK, topics.ROUTING, topics.EXECUTION])
@pytest.mark.parametrize("after", [1, 4])
def test_inv_484_the_order_path_ends_flat(killed: str, after: int) -> None:
    p = path_held()
    assert held(p) == 100
    offset = p.control(Liquidate(HaltScope.FIRM, "", "a loss", PATH_NOW, PATH_WHO))
    if killed:
        p.run(after, 5_000_000)
        p.crash(killed)
    p.run(400)
    events = valid_events(p, topics.RISK)
    assert [e for e in events if isinstance(e, LiquidationDone)] == [LiquidationDone(offset, 0, False)]
    assert held(p) == 0 and not p.loops[topics.RISK].state.open_orders
    assert last_status(p, "a2")[0] is OrdStatus.CANCELED
    assert venue_fills(p) == 200, "100 bought, and 100 sold"
