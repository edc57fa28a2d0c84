"""The small figures of a rehearsal: what it takes from evidence, when it is near a limit, what a report adds up."""

from dataclasses import replace

import pytest
from risk_world import (
    ACCOUNT,
    CONDITIONS,
    DOLLAR,
    IBM,
    NEW,
    NOW,
    ORDER_ID,
    OTHER_ACCOUNT,
    OTHER_DESK,
    REPLACE,
    World,
    fill,
    opening,
    world,
)

from oms.core.enums import OrdStatus, Side
from oms.core.market import Trade, reference_price
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.risk.rehearsal import (
    NEAR_PPM,
    Exposure,
    Outcome,
    RecordedMarket,
    Rehearsed,
    Report,
    _evidence,
    affected_now,
    conditions_of,
    exposures,
    propose,
    rehearse,
    usage_of,
)
from oms.core.risk_events import Evidence, OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected
from oms.core.stage import Conditions

EVIDENCE = Evidence(1, 2, 3, 4, 10_005, 30, (), (), (), (), (), NOW, NOW + 5)


def test_the_market_of_a_decision_is_the_price_and_time_that_its_evidence_has() -> None:
    seen = RecordedMarket("IBM", EVIDENCE).instrument("IBM")
    assert seen is not None and (seen.partition, seen.position) == (3, 4)
    assert seen.last_trade == Trade(NOW + 5 - 30, 10_005, 1, "", False)
    assert reference_price(seen) == (10_005, NOW + 5 - 30)
    for nothing in (replace(EVIDENCE, reference_price=None), replace(EVIDENCE, reference_age_ns=None)):
        assert RecordedMarket("IBM", nothing).instrument("IBM") is None


def test_its_times_are_the_evidences_and_control_and_audit_are_alive() -> None:
    made = conditions_of(EVIDENCE)
    assert made == Conditions(NOW, NOW + 5, 0, 1, 0, 1)
    assert not made.control_silent and not made.audit_behind


def test_a_price_known_last_is_as_old_as_the_tape_says_and_rests_on_no_record() -> None:
    found = _evidence((10_000, NOW - 7), CONDITIONS)
    assert (found.reference_price, found.reference_age_ns, found.wall_ns, found.tape_ns) == (10_000, 7, NOW, NOW)
    assert (found.reference_position, found.control_position) == (-1, -1)
    assert (found.market_partition, found.market_position) == (-1, -1)
    nothing = _evidence(None, CONDITIONS)
    assert nothing.reference_price is None and nothing.reference_age_ns is None


def used(threshold: int, after: int, check: int = 14) -> tuple[int, str]:
    return usage_of(replace(EVIDENCE, checks=(check,), thresholds=(Amount(threshold),), after=(Amount(after),)))


def test_the_part_of_a_limit_is_in_millionths_of_it() -> None:
    assert used(1_000, 900) == (900_000, "order_qty")
    assert used(1_000, -900) == (900_000, "order_qty")
    assert used(1, 3) == (3_000_000, "order_qty")
    assert used(0, 3) == used(-1, 3) == used(5, 0) == (0, "")
    assert used(1_000, 900, check=17) == (0, ""), "a price is no part of a bound"
    several = replace(
        EVIDENCE, checks=(14, 18, 20), thresholds=(Amount(10),) * 3, after=(Amount(4), Amount(5), Amount(5))
    )
    assert usage_of(several) == (500_000, "order_notional"), "the first of those that use as much"
    after_one_without = replace(
        EVIDENCE, checks=(7, 14), thresholds=(Amount(0), Amount(10)), after=(Amount(0), Amount(4))
    )
    assert usage_of(after_one_without) == (400_000, "order_qty")


ROW = Rehearsed("o", "d", "a", "IBM", NOW, None, None, Outcome.SAME, "", Amount(7), "USD", 0, "")


@pytest.mark.parametrize(("part", "near"), [(NEAR_PPM - 1, False), (NEAR_PPM, True), (NEAR_PPM + 1, True)])
def test_nine_tenths_of_a_limit_are_near_it(part: int, near: bool) -> None:
    assert NEAR_PPM == 900_000
    assert replace(ROW, used_ppm=part).near == near
    assert not replace(ROW, used_ppm=part, would=Reason.HALTED).near


def test_a_report_adds_up_by_outcome_reason_and_currency() -> None:
    report = Report(rows_max=3)
    blocked = replace(ROW, would=Reason.HALTED, outcome=Outcome.NEW_BLOCK)
    for row in (ROW, blocked, blocked, replace(ROW, outcome=Outcome.RELEASED), replace(ROW, outcome=Outcome.RELEASED)):
        report.add(row)
    report.add(replace(ROW, used_ppm=NEAR_PPM))
    report.add(replace(ROW, outcome=Outcome.UNTOLD, currency="EUR"))
    report.add(replace(ROW, used_ppm=NEAR_PPM, currency="EUR"))
    assert report.judged == 8 and len(report.rows) == 3
    assert report.counts == {"new block": 2, "released": 2, "near miss": 2, "untold": 1}
    assert report.blocked == {"USD": 14} and report.by_reason == {"HALTED": 2}
    assert report.released_value == {"USD": 14}


def decisions() -> tuple[World, OrderAccepted, OrderRejected]:
    w = world()
    accepted, refused = w.ask(NEW), world().ask(replace(NEW, order_qty=2_000))
    assert isinstance(accepted, OrderAccepted) and isinstance(refused, OrderRejected)
    return world(), accepted, refused


def test_a_decision_asked_again_in_the_same_state_is_as_it_was() -> None:
    before, accepted, refused = decisions()
    (row,) = rehearse(before.state, (accepted,))
    assert (row.was, row.would, row.outcome, row.text) == (None, None, Outcome.SAME, "")
    assert (row.order_id, row.desk_id, row.account_id, row.instrument_id) == (ORDER_ID, "alpha", "A1", "IBM")
    assert (row.value, row.currency) == (10_000 * DOLLAR, "USD")
    (row,) = rehearse(before.state, (refused,))
    assert (row.was, row.would, row.outcome) == (refused.reason, refused.reason, Outcome.SAME)
    assert row.text == refused.text


def test_what_is_no_decision_of_the_checks_is_not_asked_again() -> None:
    before, accepted, refused = decisions()
    for event in (
        replace(accepted, evidence=replace(accepted.evidence, checks=())),
        replace(accepted, evidence=replace(accepted.evidence, wall_ns=0)),
        replace(refused, reason=Reason.CONTROL_SILENT),
        replace(refused, reason=Reason.AUDIT_BEHIND),
    ):
        assert rehearse(before.state, (event,)) == ()


def test_a_replacement_is_asked_again_where_its_order_is_open() -> None:
    w = world()
    w.ask(NEW)
    replaced = world()
    replaced.ask(NEW)
    event = w.ask(REPLACE)
    assert isinstance(event, ReplaceAccepted)
    (row,) = rehearse(replaced.state, (event,))
    assert row.outcome is Outcome.SAME and row.value > 0
    assert rehearse(world().state, (event,)) == ()
    refused = world()
    refused.ask(NEW)
    no = refused.ask(replace(REPLACE, order_qty=2_000))
    assert isinstance(no, ReplaceRejected)
    (row,) = rehearse(replaced.state, (no,))
    assert row.was is no.reason and row.outcome is Outcome.SAME


def test_without_a_price_then_nothing_can_be_told_now() -> None:
    _, _, refused = decisions()
    halted = replace(
        refused, reason=Reason.HALTED, evidence=replace(refused.evidence, reference_price=None, reference_age_ns=None)
    )
    (row,) = rehearse(world().state, (replace(halted, order=NEW),))
    assert (row.outcome, row.was, row.would) == (Outcome.UNTOLD, Reason.HALTED, Reason.NO_MARKET_PRICE)


@pytest.mark.parametrize(
    ("qty", "price", "valued"),
    [(0, 10_000, False), (-10, 10_000, False), (1, 1, True), (10, 0, False), (10, -5, False)],
)
def test_what_has_no_value_has_none(qty: int, price: int, valued: bool) -> None:
    w = world()
    event = w.ask(replace(NEW, order_qty=qty, price=price))
    assert isinstance(event, OrderRejected)
    (row,) = rehearse(world().state, (event,))
    assert (row.value > 0) == valued
    w = world()
    unknown = w.ask(replace(NEW, instrument_id="NONE"))
    assert isinstance(unknown, OrderRejected)
    (row,) = rehearse(world().state, (unknown,))
    assert (row.value, row.currency) == (0, "")


def test_exposure_is_what_is_held_and_what_it_could_become_either_way() -> None:
    w = world()
    w.ask(NEW)
    w.ask(replace(NEW, cl_ord_id="s", side=Side.SELL, price=10_010, order_qty=30, account_id="A1"))
    w.route(fill("x", 40))
    assert exposures(w.state) == (Exposure("A1", "IBM", 40, 100, 10),)
    assert exposures(w.state, [ORDER_ID]) == (Exposure("A1", "IBM", 40, 40, 10),)
    w = world()
    w.ask(NEW)
    assert exposures(w.state, [ORDER_ID]) == (Exposure("A1", "IBM", 0, 0, 0),)


def test_an_opening_position_alone_is_exposure_and_one_of_another_partition_is_not() -> None:
    w = world(opening(ACCOUNT, "IBM", 70), replace(OTHER_DESK, desk_id="far", partition=2))
    w.load(opening(replace(OTHER_ACCOUNT, account_id="F1", desk_id="far"), "IBM", 5))
    assert exposures(w.state) == (Exposure("A1", "IBM", 70, 70, 70),)


def test_open_orders_that_other_limits_would_refuse_are_named() -> None:
    w = world()
    w.ask(NEW)
    assert affected_now(w.state, {"IBM": (10_005, NOW)}, CONDITIONS) == ()
    propose(w.state, [replace(w.state.reference.limits["qty"], value=Amount(90))])
    (row,) = affected_now(w.state, {"IBM": (10_005, NOW)}, CONDITIONS)
    assert (row.order_id, row.would, row.outcome) == (ORDER_ID, Reason.ORDER_QTY_LIMIT, Outcome.NEW_BLOCK)
    propose(w.state, [replace(w.state.reference.limits["qty"], value=Amount(1_000))])
    (row,) = affected_now(w.state, {}, CONDITIONS)
    assert (row.would, row.outcome) == (Reason.NO_MARKET_PRICE, Outcome.UNTOLD)
    assert IBM.currency == row.currency


def test_what_was_accepted_in_a_record_counts_for_the_next_of_it_and_what_was_refused_does_not() -> None:
    """Of three in one record the second was refused: the third stands on the first alone."""
    first, second, third = (replace(NEW, cl_ord_id=f"o{n}") for n in range(3))
    narrow = world()
    narrow.load(replace(narrow.state.reference.limits["position"], value=Amount(50)))
    record = (world().ask(first), narrow.ask(second), world().ask(third))
    assert [type(event) for event in record] == [OrderAccepted, OrderRejected, OrderAccepted]
    w = world()
    w.load(replace(w.state.reference.limits["position"], value=Amount(150)))
    rows = rehearse(w.state, record)  # type: ignore[arg-type]
    assert [row.would for row in rows] == [None, Reason.POSITION_LIMIT, Reason.POSITION_LIMIT]
    w.load(replace(w.state.reference.limits["position"], value=Amount(200)))
    rows = rehearse(w.state, record)  # type: ignore[arg-type]
    assert [row.would for row in rows] == [None, None, None]


def test_exposure_of_what_is_held_alone_is_what_is_held() -> None:
    w = world()
    w.ask(NEW)
    w.route(fill("x1", 100, ord_status=OrdStatus.FILLED))
    assert exposures(w.state) == (Exposure("A1", "IBM", 100, 100, 100),)
