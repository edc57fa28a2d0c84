"""Risk as a stage: fills and closings from the router, control records, mass cancels in steps, folding, and its cost."""

from dataclasses import replace

import pytest
from risk_world import (
    ACCOUNT,
    CANCEL,
    DATE,
    MASS_CANCEL,
    NEW,
    NOW,
    ORDER_ID,
    POSITION,
    REPLACE,
    WHO,
    World,
    cancel_scope,
    changed,
    fill,
    halt,
    opening,
    reserved_of,
    resume,
    settled,
    world,
)

from oms.core.canonical import state_hash
from oms.core.control import ClockAnchor, ControlHeartbeat, ControlRecord
from oms.core.enums import Algorithm, HaltScope, Liquidity, OrdStatus, Side
from oms.core.money import Amount
from oms.core.reference import ReferenceChange
from oms.core.risk import RiskRules
from oms.core.risk_events import (
    ControlApplied,
    ExposureMoved,
    MassCancelStarted,
    MassCancelStep,
    OrderAccepted,
    OrderClosed,
    RepeatsForgiven,
    ReplaceSettled,
)
from oms.core.stage import ReferenceInput, RiskInput, StepInput


def reserved(w: World) -> int:
    return reserved_of(w.state).get(("A1", "IBM", Side.BUY), 0)


def test_a_fill_moves_from_reserved_to_position_in_one_event() -> None:
    w = world(opening(ACCOUNT, "IBM", 7))
    w.ask(NEW)
    assert reserved(w) == 100
    (event,) = w.route(fill("x1", 30))
    assert event == ExposureMoved(ORDER_ID, "A1", "IBM", "XV/x1", 30, 10_000, 30, 37, 70, Liquidity.REMOVED)
    assert reserved(w) == 70 and w.state.moved == {("A1", "IBM"): 30}
    assert w.route(fill("x1", 30)) == ()


def test_several_fills_and_the_end_in_one_record() -> None:
    w = world()
    w.ask(NEW)
    events = w.route(fill("x1", 30), fill("x2", 40), fill("x2", 40), changed(OrdStatus.CANCELED))
    assert [(e.position_qty, e.reserved_qty) for e in events if isinstance(e, ExposureMoved)] == [(30, 70), (70, 30)]
    assert events[-1] == OrderClosed(ORDER_ID, 30, DATE)
    assert reserved(w) == 0 and not w.state.book().counts


def test_a_fill_that_fills_the_parent_closes_it_once() -> None:
    w = world()
    w.ask(NEW)
    events = w.route(fill("x1", 100, ord_status=OrdStatus.FILLED), changed(OrdStatus.FILLED))
    assert events[1:] == (OrderClosed(ORDER_ID, 0, DATE),)
    assert w.route(changed(OrdStatus.FILLED)) == ()


def test_a_change_that_is_not_the_end_closes_nothing() -> None:
    w = world()
    w.ask(NEW)
    for status in OrdStatus:
        if not status.is_terminal:
            assert w.route(changed(status)) == ()
    assert reserved(w) == 100


def test_fills_late_and_beyond_the_reservation_are_booked() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("x1", 130))
    assert reserved(w) == 0 and w.state.moved == {("A1", "IBM"): 130}
    w.route(changed(OrdStatus.CANCELED))
    (late,) = w.route(fill("x2", 20, ord_status=OrdStatus.CANCELED))
    assert isinstance(late, ExposureMoved) and (late.position_qty, late.reserved_qty) == (150, 0)
    assert reserved_of(w.state) == {}


def test_a_sale_is_signed() -> None:
    w = world()
    w.ask(replace(NEW, side=Side.SELL_SHORT, price=10_010))
    (event,) = w.route(fill("x1", 30))
    assert isinstance(event, ExposureMoved) and (event.signed_qty, event.position_qty) == (-30, -30)
    w.route(fill("x2", 70, ord_status=OrdStatus.FILLED))
    assert w.state.moved == {("A1", "IBM"): -100}


@pytest.mark.parametrize(
    ("asked", "applied", "while_pending", "after"), [(300, True, 300, 300), (300, False, 300, 100), (60, True, 100, 60)]
)
def test_while_a_replacement_is_pending_the_larger_terms_are_reserved(
    asked: int, applied: bool, while_pending: int, after: int
) -> None:
    w = world()
    w.ask(NEW)
    w.ask(replace(REPLACE, order_qty=asked))
    assert reserved(w) == while_pending
    w.route(fill("x1", 20))
    (event,) = w.route(settled(applied, asked))
    assert event == ReplaceSettled(ORDER_ID, "r1", applied, after)
    assert reserved(w) == after - 20
    assert w.route(settled(applied, asked)) == ()


def test_a_settlement_of_another_replacement_is_ignored() -> None:
    w = world()
    w.ask(NEW)
    assert w.route(settled(True, 500)) == ()
    w.ask(REPLACE)
    assert w.route(settled(True, 500, "r9")) == ()
    assert w.route(changed(OrdStatus.CANCELED), settled(True, 200)) == (OrderClosed(ORDER_ID, 200, DATE),)


def test_a_mass_cancel_is_worked_in_steps_and_skips_what_has_closed() -> None:
    w = world(replace(POSITION, value=Amount(10_000)))
    for n in range(450):
        w.ask(replace(NEW, cl_ord_id=f"n{n}", order_qty=10))
    started = w.ask(MASS_CANCEL)
    assert isinstance(started, MassCancelStarted) and started.matched == 450
    order_ids = w.state.mass_cancels[w.journal[-1][0]].order_ids
    assert w.rules.due(w.state, NOW, NOW, w.market) == StepInput(w.journal[-1][0], 1, presses=True)
    w.route(changed(OrdStatus.CANCELED, order_ids[0]))
    steps = []
    while (step := w.step()) is not None:
        assert isinstance(step, MassCancelStep)
        steps.append(step)
        w.ask(replace(NEW, cl_ord_id=f"later{len(steps)}", order_qty=10))
    assert [step.remaining for step in steps] == [250, 50, 0]
    assert tuple(i for step in steps for i in step.order_ids) == order_ids[1:]
    assert w.state.mass_cancels == {}


def test_a_mass_cancel_covers_what_it_names() -> None:
    w = world()
    w.ask(NEW)
    w.ask(REPLACE)
    for account, instrument, matched in (("A1", "", 1), ("A2", "", 0), ("", "IBM", 1), ("", "BAC", 0)):
        command = replace(
            MASS_CANCEL, cl_ord_id=f"m{account}{instrument}", account_id=account, instrument_id=instrument
        )
        event = w.ask(command)
        assert isinstance(event, MassCancelStarted) and event.matched == matched


@pytest.mark.parametrize(
    ("scope", "scope_id", "matched"),
    [
        (HaltScope.FIRM, "", ["a1", "direct"]),
        (HaltScope.DESK, "alpha", ["a1", "direct"]),
        (HaltScope.DESK, "beta", []),
        (HaltScope.ACCOUNT, "A1", ["a1", "direct"]),
        (HaltScope.INSTRUMENT, "BAC", []),
        (HaltScope.VENUE, "XV", ["a1", "direct"]),
        (HaltScope.VENUE, "XW", ["a1"]),
        (HaltScope.TRADER, "eve", ["a1", "direct"]),
        (HaltScope.TRADER, "s1", []),
        (HaltScope.STRATEGY, "s1", ["a1", "direct"]),
    ],
)
def test_control_is_acknowledged_and_cancels_its_scope(scope: HaltScope, scope_id: str, matched: list[str]) -> None:
    w = world()
    w.ask(NEW)
    w.ask(replace(NEW, cl_ord_id="direct", algorithm=Algorithm.DIRECT, venue_id="XV"))
    records: tuple[ControlRecord, ...] = (cancel_scope(scope, scope_id), halt(scope, scope_id, cancel_open=True))
    for offset, record in enumerate(records):
        applied, started = w.control(record)
        assert applied == ControlApplied(offset)
        assert isinstance(started, MassCancelStarted) and started.control_offset == offset
        assert started.matched == len(matched)
        work = w.state.mass_cancels.get(w.journal[-1][0])
        assert [order_id.rsplit("/")[-1] for order_id in (work.order_ids if work else ())] == matched
    assert w.control(halt(scope, scope_id)) == (ControlApplied(2),)
    applied = w.control(resume(scope, scope_id))
    assert applied[0] == ControlApplied(3)
    forgives = scope in (HaltScope.FIRM, HaltScope.STRATEGY) and matched
    assert applied[1:] == ((RepeatsForgiven(scope_id, 3),) if forgives else ())
    assert isinstance(w.ask(replace(NEW, cl_ord_id="a2")), OrderAccepted)


def test_other_records_of_control_and_reference_need_no_event() -> None:
    w = world()
    assert w.control(ClockAnchor(NOW, NOW, 1_000, "real")) == ()
    assert w.control(ControlHeartbeat("g1", NOW)) == ()
    assert w.feed(ReferenceInput(0, ReferenceChange(ACCOUNT, -1, NOW, "", WHO))) == ()
    with pytest.raises(AssertionError, match="does not read RiskInput"):
        w.feed(RiskInput(0, NOW, ()))


def test_reference_data_changed_later_is_what_counts() -> None:
    w = world()
    w.ask(NEW)
    (moved,) = w.route(fill("x1", 10))
    w.load(opening(ACCOUNT, "IBM", 1_000))
    (later,) = w.route(fill("x2", 10))
    assert isinstance(moved, ExposureMoved) and isinstance(later, ExposureMoved)
    assert (moved.position_qty, later.position_qty) == (10, 1_020)


def test_a_state_folded_from_the_journal_is_the_same_state() -> None:
    w = world()
    w.ask(NEW)
    w.ask(REPLACE)
    w.route(fill("x1", 20), settled(True, 200))
    w.ask(replace(CANCEL, orig_cl_ord_id="nothing"))
    w.ask(MASS_CANCEL)
    w.ask(replace(NEW, cl_ord_id="a2", order_qty=0))
    folded = RiskRules().initial(1)
    folded.reference, folded.control = w.state.reference, w.state.control
    for offset, event in w.journal:
        w.rules.evolve(folded, event, offset)
    assert folded == w.state
    assert state_hash(folded, 1) == state_hash(w.state, 1)
    assert w.rules.effects(w.state, ()) == ()
