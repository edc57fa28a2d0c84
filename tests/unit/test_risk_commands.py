"""Commands of desks: keys, duplicates, windows, tombstones, and that a cancel passes always. Each reason of the 2xx block once."""

from dataclasses import replace

import pytest
from risk_world import (
    ACCOUNT,
    CANCEL,
    CONDITIONS,
    DATE,
    DESK,
    IBM,
    MASS_CANCEL,
    NEW,
    NOW,
    ORDER_ID,
    REPLACE,
    WHO,
    XV,
    World,
    changed,
    fill,
    halt,
    settled,
    world,
)

from oms.core.commands import CancelOrder, Command, NewOrder, ReplaceOrder
from oms.core.enums import HaltScope, OrdStatus, Side
from oms.core.reasons import Reason
from oms.core.risk.state import TRADING_DATES_MAX
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    ExposureMoved,
    MassCancelStarted,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
    RiskEvent,
)
from oms.core.stage import CommandInput


def refusal(event: RiskEvent | None) -> Reason | None:
    """The reason of a refusal; None for an acceptance."""
    if isinstance(event, OrderRejected | CancelRejected | ReplaceRejected):
        return event.reason
    assert isinstance(event, OrderAccepted | CancelAccepted | ReplaceAccepted), event
    return None


def dated(date: int, cl_ord_id: str) -> NewOrder:
    return replace(NEW, trading_date=date, cl_ord_id=cl_ord_id, order_qty=10)


def with_full_window(w: World) -> None:
    """Accept an order on each of as many dates as are remembered, DATE the first, and close all."""
    for day in range(TRADING_DATES_MAX):
        assert refusal(w.ask(dated(DATE + day, f"w{day}"))) is None
        w.route(changed(OrdStatus.CANCELED, f"alpha/{DATE + day}/w{day}"))


def test_an_unreadable_command_has_nobody_to_answer() -> None:
    assert world().feed(CommandInput(0, None)) == ()


@pytest.mark.parametrize("command", [NEW, CANCEL, REPLACE])
def test_a_desk_of_another_partition_is_refused(command: Command) -> None:
    w = world()
    w.load(replace(DESK, desk_id="far", partition=2))
    assert refusal(w.ask(replace(command, desk_id="far"))) is Reason.WRONG_PARTITION


@pytest.mark.parametrize("command", [NEW, replace(CANCEL, orig_cl_ord_id="n1"), REPLACE, MASS_CANCEL])
def test_the_same_command_again_changes_nothing(command: Command) -> None:
    w = world()
    w.ask(replace(NEW, cl_ord_id="n1"))
    assert w.ask(command) is not None
    w.conditions = replace(CONDITIONS, wall_ns=NOW + 10**12)
    again = replace(command, entered_ns=NOW + 5, trace_id="other", provenance=replace(WHO, source="retry"))
    assert w.ask(again) is None
    if isinstance(again, NewOrder | ReplaceOrder):
        assert w.ask(replace(again, good_until_ns=NOW + 10**13)) is None


@pytest.mark.parametrize("cut", [OrdStatus.NEW, OrdStatus.CANCELED])
def test_rule_28_a_key_in_use_with_other_content_is_a_duplicate_and_touches_nothing(cut: OrdStatus) -> None:
    w = world()
    w.ask(NEW)
    w.route(changed(cut))
    event = w.ask(replace(NEW, side=Side.SELL, good_until_ns=0))
    assert isinstance(event, OrderRejected)
    assert (event.reason, event.order_id) == (Reason.DUPLICATE_CL_ORD_ID, ORDER_ID)
    assert (ORDER_ID in w.state.open_orders) == (cut is OrdStatus.NEW)
    assert w.ask(NEW) is None


def test_the_id_of_an_open_order_is_taken_on_every_date() -> None:
    w = world()
    w.ask(NEW)
    other_date = replace(NEW, trading_date=DATE + 1)
    event = w.ask(other_date)
    assert isinstance(event, OrderRejected)
    assert (event.reason, event.order_id) == (Reason.DUPLICATE_CL_ORD_ID, ORDER_ID)
    # That key was an order of its own which never was: a cancel of it must not hit the original.
    assert refusal(w.ask(replace(CANCEL, orig_trading_date=DATE + 1))) is Reason.TOO_LATE_TO_CANCEL
    assert refusal(w.ask(replace(REPLACE, trading_date=DATE + 2, cl_ord_id="a1"))) is Reason.DUPLICATE_CL_ORD_ID
    w.route(changed(OrdStatus.CANCELED))
    assert refusal(w.ask(replace(NEW, trading_date=DATE + 3))) is None
    assert w.ask(other_date) is None


def test_another_desk_may_use_the_same_id() -> None:
    w = world()
    w.ask(NEW)
    event = w.ask(replace(NEW, desk_id="beta", account_id="B1"))
    assert isinstance(event, OrderRejected) and event.reason is Reason.LIMIT_MISSING  # and no duplicate


@pytest.mark.parametrize("command", [NEW, REPLACE])
def test_past_its_good_until_a_command_is_not_judged(command: Command) -> None:
    w = world()
    w.ask(replace(NEW, cl_ord_id="a0"))
    w.conditions = replace(CONDITIONS, wall_ns=NOW + 1_001)
    late = replace(command, orig_cl_ord_id="a0") if isinstance(command, ReplaceOrder) else command
    assert refusal(w.ask(late)) is Reason.GOOD_UNTIL_PASSED
    w.conditions = replace(CONDITIONS, wall_ns=NOW + 1_000)
    assert refusal(w.ask(replace(late, cl_ord_id="z"))) is None


def test_what_is_dated_before_the_window_cannot_be_judged() -> None:
    w = world()
    with_full_window(w)
    assert refusal(w.ask(dated(DATE - 1, "x"))) is Reason.TRADING_DATE_TOO_OLD
    assert refusal(w.ask(replace(REPLACE, trading_date=DATE - 1))) is Reason.TRADING_DATE_TOO_OLD
    assert refusal(w.ask(replace(CANCEL, trading_date=DATE - 1, orig_cl_ord_id="w0"))) is Reason.TOO_LATE_TO_CANCEL
    assert refusal(w.ask(replace(dated(DATE, "x"), desk_id="beta", account_id="B1"))) is Reason.LIMIT_MISSING


def test_closed_orders_are_forgotten_by_date_and_open_ones_never() -> None:
    w = world()
    w.ask(NEW)
    with_full_window(w)
    closed = f"alpha/{DATE}/w0"
    assert closed in w.state.closed_orders
    w.ask(dated(DATE + TRADING_DATES_MAX, "next"))
    assert closed not in w.state.closed_orders
    assert list(w.state.seen["alpha"][DATE]) == ["a1"]
    assert refusal(w.ask(replace(NEW, side=Side.SELL))) is Reason.DUPLICATE_CL_ORD_ID
    assert refusal(w.ask(replace(CANCEL, trading_date=DATE + TRADING_DATES_MAX))) is None
    w.route(changed(OrdStatus.CANCELED))
    (late,) = w.route(fill("late", 10))  # of an order older than the window: booked, and no reason to stop
    assert isinstance(late, ExposureMoved) and late.last_qty == 10
    for day in range(1, TRADING_DATES_MAX):
        w.ask(dated(DATE + TRADING_DATES_MAX + day, f"after{day}"))
    assert ORDER_ID in w.state.closed_orders, "remembered from its end on, not from its date"
    w.ask(dated(DATE + 2 * TRADING_DATES_MAX, "after"))
    assert DATE not in w.state.seen["alpha"] and ORDER_ID not in w.state.closed_orders


def test_an_order_replaced_later_is_remembered_by_its_later_date() -> None:
    w = world()
    w.ask(NEW)
    w.ask(replace(REPLACE, trading_date=DATE + 1))
    w.route(settled(True, 200), changed(OrdStatus.CANCELED))
    for day in range(1, TRADING_DATES_MAX + 1):
        w.ask(dated(DATE + day, f"d{day}"))
    assert ORDER_ID in w.state.closed_orders
    w.ask(dated(DATE + TRADING_DATES_MAX + 1, "last"))
    assert ORDER_ID not in w.state.closed_orders
    assert DATE not in w.state.seen["alpha"] and "r1" not in w.state.seen["alpha"].get(DATE + 1, {})


def test_refused_commands_of_wild_dates_do_not_move_the_window() -> None:
    w = world()
    for day in range(TRADING_DATES_MAX + 1):
        w.ask(replace(NEW, trading_date=99991200 + day, cl_ord_id="x", order_qty=0))
        w.ask(replace(CANCEL, trading_date=99991200 + day, orig_cl_ord_id="gone"))
    assert refusal(w.ask(NEW)) is None


@pytest.mark.parametrize("orig", ["a1", "r1"])
def test_a_cancel_that_comes_first_stops_what_comes_after(orig: str) -> None:
    w = world()
    w.ask(replace(NEW, cl_ord_id="a0"))
    event = w.ask(replace(CANCEL, orig_cl_ord_id=orig))
    assert isinstance(event, CancelRejected) and (event.reason, event.order_id) == (Reason.UNKNOWN_ORDER, "")
    command: Command = NEW if orig == "a1" else replace(REPLACE, orig_cl_ord_id="a0")
    assert refusal(w.ask(command)) is Reason.CANCELED_BEFORE_ARRIVAL
    assert w.ask(command) is None
    assert refusal(w.ask(replace(CANCEL, cl_ord_id="c2"))) is (
        Reason.TOO_LATE_TO_CANCEL if orig == "a1" else Reason.UNKNOWN_ORDER
    )


def test_a_cancel_may_name_any_id_of_the_chain() -> None:
    w = world()
    w.ask(NEW)
    w.ask(REPLACE)
    w.route(settled(True, 200))
    w.ask(replace(REPLACE, cl_ord_id="r2", orig_cl_ord_id="r1", order_qty=300))
    w.route(settled(False, 0, "r2"))
    w.ask(
        replace(REPLACE, cl_ord_id="r3", orig_cl_ord_id="r1", order_qty=15)
    )  # refused, yet it is clear what was meant
    for n, orig in enumerate(("a1", "r1", "r2", "r3")):
        event = w.ask(replace(CANCEL, cl_ord_id=f"c{n}", orig_cl_ord_id=orig))
        assert isinstance(event, CancelAccepted) and event.order_id == ORDER_ID


def test_a_closed_order_cannot_be_cancelled_or_replaced() -> None:
    w = world()
    w.ask(NEW)
    w.route(changed(OrdStatus.CANCELED))
    assert refusal(w.ask(CANCEL)) is Reason.TOO_LATE_TO_CANCEL
    assert refusal(w.ask(REPLACE)) is Reason.ORDER_NOT_OPEN


def test_an_unknown_order_cannot_be_replaced() -> None:
    w = world()
    assert refusal(w.ask(REPLACE)) is Reason.UNKNOWN_ORDER
    assert refusal(w.ask(NEW)) is None, "a replacement leaves no tombstone"


def test_rule_16_one_replacement_at_a_time() -> None:
    w = world()
    w.ask(NEW)
    assert refusal(w.ask(REPLACE)) is None
    pending = w.ask(replace(REPLACE, cl_ord_id="r2", orig_cl_ord_id="r1"))
    assert isinstance(pending, ReplaceRejected) and pending.reason is Reason.ALREADY_PENDING
    assert "r1" in pending.text and pending.order_id == ORDER_ID
    w.route(settled(True, 200))
    assert refusal(w.ask(replace(REPLACE, cl_ord_id="r3", orig_cl_ord_id="r1"))) is None


@pytest.mark.parametrize("scope", list(HaltScope))
def test_a_cancel_passes_under_every_halt_and_a_replacement_does_not(scope: HaltScope) -> None:
    w = world(replace(ACCOUNT, client_id="C1"))
    w.ask(NEW)
    scope_id = {
        HaltScope.FIRM: "",
        HaltScope.DESK: "alpha",
        HaltScope.ACCOUNT: "A1",
        HaltScope.INSTRUMENT: "IBM",
        HaltScope.VENUE: "XV",
        HaltScope.TRADER: WHO.trader,
        HaltScope.STRATEGY: WHO.strategy,
        HaltScope.CLIENT: "C1",
        HaltScope.COUNTERPARTY: "CP",
    }[scope]
    w.control(halt(scope, scope_id))
    if scope not in (HaltScope.VENUE, HaltScope.COUNTERPARTY):  # a smart order goes to the other venue
        assert refusal(w.ask(REPLACE)) is Reason.HALTED
    assert refusal(w.ask(CANCEL)) is None
    assert isinstance(w.ask(MASS_CANCEL), MassCancelStarted)


@pytest.mark.parametrize(
    "conditions",
    [
        replace(CONDITIONS, control_age_ns=None, audit_age_ns=None),
        replace(CONDITIONS, control_age_ns=10**12),
        replace(CONDITIONS, audit_age_ns=10**12),
        replace(CONDITIONS, tape_ns=0),
        replace(CONDITIONS, wall_ns=10**18),
    ],
)
def test_a_cancel_passes_in_silence_outside_the_session_and_late(conditions: object) -> None:
    w = world()
    w.ask(NEW)
    w.conditions = conditions  # type: ignore[assignment]
    assert refusal(w.ask(REPLACE)) is not None
    assert refusal(w.ask(CANCEL)) is None
    started = w.ask(MASS_CANCEL)
    assert isinstance(started, MassCancelStarted) and started.matched == 1


def test_a_cancel_passes_when_everything_is_disabled_and_no_limit_is_left() -> None:
    w = world()
    w.ask(NEW)
    w.load(*(replace(entity, enabled=False) for entity in (DESK, ACCOUNT, IBM, XV)))
    w.drop_limits("qty", "notional", "collar", "age", "position")
    assert refusal(w.ask(CANCEL)) is None


def test_a_cancel_with_a_used_id_passes() -> None:
    w = world()
    w.ask(NEW)
    w.ask(replace(NEW, cl_ord_id="c1"))
    assert refusal(w.ask(CANCEL)) is None
    reused = w.ask(CancelOrder("alpha", DATE, "a1", DATE, "c1", NOW, "t", WHO))
    assert isinstance(reused, CancelAccepted) and reused.order_id == f"alpha/{DATE}/c1"
