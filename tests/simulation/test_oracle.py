"""The oracle itself, on small histories by hand: a right one passes, and each kind of violation is found in one that has it.

A history is written step by step as the stages would; each case does one thing wrong. A kind without a case fails.
"""

from collections.abc import Callable

import pytest
from credit_histories import CASES as CREDIT_CASES
from credit_histories import RIGHT as RIGHT_CREDIT
from history import (
    CHILD_ID,
    CONTROL,
    EXECUTION,
    FIRST,
    LATER,
    NOW,
    ORDER_ID,
    ORDERS,
    PRICE,
    PROGRESS,
    REFERENCE,
    RISK,
    ROUTING,
    SECOND_NS,
    History,
    tp,
)
from list_histories import CASES as LIST_CASES
from list_histories import RIGHT as RIGHT_LISTS

from oms.testing.simulation.oracle import Kind, Oracle
from oms.testing.simulation.witness import Fallen, ShownOrder, StateCheck, Told, VenueSaid
from oms.v1 import alerts_pb2 as alerts
from oms.v1 import commands_pb2 as commands
from oms.v1 import enums_pb2 as enums
from oms.v1 import execution_pb2 as execution
from oms.v1 import operations_pb2 as operations
from oms.v1 import risk_pb2 as risk
from oms.v1 import routing_pb2 as routing

Case = Callable[[History], object]
CASES: dict[Kind, list[Case]] = {kind: list(cases) for kind, cases in (LIST_CASES | CREDIT_CASES).items()}
ALONE = (
    Kind.STOP_EARLY,
    Kind.SHOWN_TOO_MUCH,
    Kind.EXPIRED_EARLY,
    Kind.LIVES_TOO_LONG,
    Kind.DAY_DIFFERS,
    Kind.NOT_THE_TOTAL,
    Kind.OTHER_TERMS,
    Kind.QUANTITY_DIFFERS,
)
BROKEN_OFF = {kind.name for kind in (Kind.NOT_ENDED, Kind.RESERVED_AT_REST)}


def shows(*kinds: Kind) -> Callable[[Case], Case]:
    def add(case: Case) -> Case:
        for kind in kinds:
            CASES.setdefault(kind, []).append(case)
        return case

    return add


def judged(history: History) -> set[str]:
    """What is found at the end; every case is one look, so that order within a look is tested too."""
    oracle = Oracle(history)
    oracle.finish()
    return {violation.kind for violation in oracle.violations}


# --- the right story, up to a point


def accepted(h: History) -> int:
    h.order()
    return h.accept(0)


def opened(h: History) -> int:
    return h.open(accepted(h))


def sent(h: History) -> int:
    offset = h.take(opened(h))
    h.venue_takes()
    return offset


def executed(h: History) -> int:
    sent(h)
    h.venue_fills()
    return h.write(EXECUTION, h.filled(), session=2)


def traded(h: History) -> int:
    source = executed(h)
    return h.write(ROUTING, h.traded(), h.closed(), source=(EXECUTION, source))


def finished(h: History) -> None:
    source = traded(h)
    h.moved(source, 100, 100, 0, risk.OrderClosed(order_id=ORDER_ID))
    h.audit()


def test_an_order_that_is_filled_is_right() -> None:
    h = History()
    finished(h)
    h.subscribe()
    h.updates((RISK, FIRST + 1, 0), (ROUTING, 1, 1), (ROUTING, 2, 0))
    h.hear(Told.ACK, cl_ord_id="o1", offset=0)
    h.hear(Told.ACK, cl_ord_id="o1", offset=-1, already_received=True)
    assert judged(h) == set()


def test_every_look_finds_what_one_look_at_the_end_finds() -> None:
    h = History()
    oracle = Oracle(h)
    for step in (accepted, lambda h: h.open(1), lambda h: h.take(1, h.taken(), h.intent(), h.intent(number=3))):
        step(h)
        oracle.observe()
    assert Kind.NEW_TWICE.name in {violation.kind for violation in oracle.violations}


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_each_kind_is_found(kind: Kind) -> None:
    assert kind in CASES, f"no history shows {kind.name}"
    for case in CASES[kind]:
        history = History()
        case(history)
        assert kind.name in judged(history), case.__name__


@pytest.mark.parametrize("kind", ALONE, ids=lambda kind: kind.name)
def test_nothing_else_is_found(kind: Kind) -> None:
    """But for what is open when the history breaks off."""
    for case in CASES[kind]:
        h = History()
        case(h)
        h.audit()
        assert judged(h) - BROKEN_OFF == {kind.name}, case.__name__


def test_a_retry_has_no_decision_of_its_own() -> None:
    h = History()
    accepted(h)
    h.order()
    h.write(RISK, timer="mark", read={ORDERS: 2})
    assert Kind.INPUT_SKIPPED.name not in judged(h)


def test_what_a_venue_lost_may_stay_unknown() -> None:
    h = History()
    sent(h)
    h.books(100, is_open=False, forgotten=True)
    h.venue.answers.append(VenueSaid(h.now(), 0, "FORGOT", f"0:{CHILD_ID}"))
    h.audit()
    assert judged(h) == set()


# --- journals and read positions


@shows(Kind.UNREADABLE)
def bytes_that_are_no_record(h: History) -> None:
    h.put(RISK, b"\xff\xff")


@shows(Kind.CHAIN_BROKEN)
def a_record_that_names_another(h: History) -> None:
    h.order()
    h.accept(0, previous=b"another")


@shows(Kind.POSITION_MISJUDGED)
def a_position_with_another_epoch(h: History) -> None:
    h.order()
    h.accept(0, run=(7, True))


@shows(Kind.POSITION_BACK)
def a_position_that_goes_back(h: History) -> None:
    accepted(h)
    h.write(RISK, timer="mark", read={ORDERS: 0})


@shows(Kind.POSITION_AHEAD)
def a_position_beyond_the_end(h: History) -> None:
    h.write(RISK, timer="mark", read={ORDERS: 9})


@shows(Kind.INPUT_TWICE)
def a_command_decided_twice(h: History) -> None:
    accepted(h)
    h.accept(0)


@shows(Kind.INPUT_TWICE)
def a_halt_applied_twice(h: History) -> None:
    halt = h.halt()
    h.applied(RISK, halt)
    h.write(RISK, risk.ControlApplied(control_offset=halt), timer="step:1:1")


@shows(Kind.INPUT_TWICE)
def a_limit_acknowledged_twice(h: History) -> None:
    version = h.limit(enums.LIMIT_KIND_ORDER_QTY, 900, h.limits[enums.LIMIT_KIND_ORDER_QTY])
    event = risk.ReferenceApplied(kind="limit", entity_id="limit-1", version=version)
    h.write(RISK, event, timer="step:1:1")


@shows(Kind.INPUT_SKIPPED)
def a_limit_passed_over(h: History) -> None:
    known = h.log[tp(REFERENCE)]
    h.limit(enums.LIMIT_KIND_ORDER_QTY, 900, h.limits[enums.LIMIT_KIND_ORDER_QTY], silent=True)
    h.write(RISK, timer="mark", read={REFERENCE: len(known)})


@shows(Kind.INPUT_SKIPPED)
def a_command_passed_over(h: History) -> None:
    h.order()
    h.write(RISK, timer="mark", read={ORDERS: 1})


@shows(Kind.INPUT_SKIPPED)
def a_halt_passed_over(h: History) -> None:
    h.halt()
    h.write(EXECUTION, timer="mark")


@shows(Kind.INPUT_SKIPPED)
def a_child_neither_taken_nor_refused(h: History) -> None:
    source = opened(h)
    h.write(EXECUTION, h.message(enums.SESSION_MESSAGE_HEARTBEAT, 2), source=(ROUTING, source))


@shows(Kind.INPUT_SKIPPED)
def a_fill_passed_over_by_the_router(h: History) -> None:
    source = executed(h)
    h.write(ROUTING, timer="mark", read={EXECUTION: source + 1})


@shows(Kind.INPUT_NOT_VALID, Kind.FILL_UNFOUNDED)
def a_fill_from_a_fenced_record(h: History) -> None:
    sent(h)
    h.venue_fills()
    void = h.write(EXECUTION, h.filled(), session=2, epoch=99)
    h.write(ROUTING, h.traded(), h.closed(), source=(EXECUTION, void))


@shows(Kind.TIMER_EARLY)
def a_slice_before_the_cancel_was_read(h: History) -> None:
    opened(h)
    h.put(ORDERS, commands.Command(cancel_order=cancel_of("o1")))
    h.write(RISK, risk.CancelAccepted(order_id=ORDER_ID, cancel=cancel_of("o1")), source=(ORDERS, 1))
    h.claim(ROUTING)
    h.write(ROUTING, routing.TimerDone(order_id=ORDER_ID, kind=1, number=1), timer=f"slice:{ORDER_ID}:1")


@shows(Kind.BLIND_DECISION)
def a_decision_before_control_was_read(h: History) -> None:
    h.order()
    h.heartbeat()
    h.claim(RISK)
    h.accept(0, read={CONTROL: 1})


@shows(Kind.STATE_DIFFERS)
def a_state_that_is_not_the_fold(h: History) -> None:
    h.checks.append(StateCheck(1, 0, tp(RISK), "p", "RECOVERED", 5, b"one", b"another"))


@shows(Kind.STAGE_DIED)
def an_assertion(h: History) -> None:
    h.falls.append(Fallen(1, 0, "risk", 0, "p", False, "AssertionError"))


def cancel_of(name: str) -> commands.CancelOrder:
    return commands.CancelOrder(
        desk_id="alpha", trading_date=20250106, cl_ord_id="c1", orig_trading_date=20250106, orig_cl_ord_id=name
    )


# --- risk


@shows(Kind.DECISION_DIFFERS)
def another_quantity_than_asked(h: History) -> None:
    h.order()
    h.accept(0, qty=900)


@shows(Kind.RETRY_DECIDED)
def a_retry_refused(h: History) -> None:
    accepted(h)
    h.order()
    rejected = risk.OrderRejected(order_id=ORDER_ID, order=h.command(1), reason=enums.REASON_DUPLICATE_CL_ORD_ID)
    h.write(RISK, rejected, source=(ORDERS, 1))


@shows(Kind.ACCEPTED_TWICE)
def a_second_order_under_the_same_key(h: History) -> None:
    accepted(h)
    h.order(qty=200)
    h.accept(1)


@shows(Kind.ACCEPTED_AFTER_CANCEL)
def a_cancel_came_first(h: History) -> None:
    h.put(ORDERS, commands.Command(cancel_order=cancel_of("o1")))
    rejected = risk.CancelRejected(cancel=cancel_of("o1"), reason=enums.REASON_UNKNOWN_ORDER)
    h.write(RISK, rejected, source=(ORDERS, 0))
    h.order()
    h.accept(1)


@shows(Kind.TRIP_DIFFERS, Kind.TRIP_NOT_SPREAD)
def a_trip_of_no_trigger_that_nobody_is_told_of(h: History) -> None:
    trip = risk.HaltTriggerTripped(trigger_id="none", scope=enums.HALT_SCOPE_FIRM, action=enums.HALT_ACTION_BLOCK_NEW)
    h.write(RISK, trip, timer="trigger:halt_triggers:1")


@shows(Kind.ALERT_WRONG, Kind.ALERT_LOST)
def an_alert_of_what_nobody_holds_that_is_told_to_nobody(h: History) -> None:
    version = h.limits[enums.LIMIT_KIND_POSITION_QTY]
    raised = alerts.AlertRaised(
        alert_id=f"POSITION/FIRM//ACME/{version}",
        kind=enums.ALERT_KIND_POSITION,
        scope=enums.LIMIT_SCOPE_FIRM,
        subject="ACME",
        limit_version=version,
    )
    h.write(RISK, raised, timer="watching:limits:1")


@shows(Kind.ALERT_MISSING)
def a_limit_is_lowered_below_what_is_held_and_nobody_says_so(h: History) -> None:
    finished(h)
    kind = enums.LIMIT_KIND_POSITION_QTY
    h.limit(kind, 50, replaces=h.limits[kind])


@shows(Kind.ACCEPTED_UNDER_HALT)
def a_halt_in_force(h: History) -> None:
    h.applied(RISK, h.halt())
    accepted(h)


@shows(Kind.ACCEPTED_IN_SILENCE)
def control_is_silent(h: History) -> None:
    h.order()
    h.accept(0, wall_ns=NOW + 5 * SECOND_NS)


@shows(Kind.ACCEPTED_UNAUDITED)
def the_audit_is_behind(h: History) -> None:
    h.order()
    h.heartbeat()
    h.accept(0, wall_ns=NOW + h.audit_limit_ns + 1)


@shows(Kind.ACCEPTED_LATE)
def past_its_good_until(h: History) -> None:
    h.order(good_until_ns=NOW - 1)
    h.accept(0)


@shows(Kind.EVIDENCE_MISSING)
def no_limit_is_named(h: History) -> None:
    h.order()
    h.accept(0, named=False)


@shows(Kind.EVIDENCE_MISSING)
def a_limit_that_was_replaced_is_named(h: History) -> None:
    kind = enums.LIMIT_KIND_ORDER_QTY
    h.limit(kind, 1_000, replaces=h.limits[kind])
    accepted(h)


@shows(Kind.LIMIT_EXCEEDED)
def more_than_an_order_may_be(h: History) -> None:
    h.order(qty=1_001)
    h.accept(0)


@shows(Kind.LIMIT_EXCEEDED)
def open_orders_add_up(h: History) -> None:
    for number, name in enumerate(("o1", "o2", "o3")):
        h.order(name, qty=900)
        h.accept(number)


def amended_beyond_a_lowered_limit(h: History, qty: int) -> None:
    """All of the order's 100 are beyond the limit of 50 that came after it."""
    accepted(h)
    kind = enums.LIMIT_KIND_POSITION_QTY
    h.limits[kind] = h.limit(kind, 50, replaces=h.limits[kind])
    h.accept_replace(h.replace(qty))


@shows(Kind.LIMIT_EXCEEDED)
def an_amendment_that_adds_beyond_a_lowered_limit(h: History) -> None:
    amended_beyond_a_lowered_limit(h, 101)


@pytest.mark.parametrize("qty", [100, 99])
def test_an_amendment_that_adds_nothing_may_be_beyond_a_lowered_limit(qty: int) -> None:
    h = History()
    amended_beyond_a_lowered_limit(h, qty)
    h.audit()
    assert Kind.LIMIT_EXCEEDED.name not in judged(h)


@shows(Kind.EXPOSURE_DIFFERS)
def a_position_that_does_not_sum(h: History) -> None:
    h.moved(traded(h), position=90)


@shows(Kind.RELEASED_EARLY)
def time_gives_back(h: History) -> None:
    accepted(h)
    h.order("o2")
    h.accept(1)
    h.write(RISK, risk.OrderClosed(order_id=ORDER_ID, released_qty=100), source=(ORDERS, 1))


# --- router


@shows(Kind.FILL_TWICE)
def the_router_books_again(h: History) -> None:
    source = executed(h)
    h.write(ROUTING, h.traded(), h.traded(), h.closed(), source=(EXECUTION, source))


@shows(Kind.FILL_TWICE)
def risk_books_again(h: History) -> None:
    source = traded(h)
    h.moved(source)
    h.moved(source)


@shows(Kind.FILL_TWICE)
def execution_books_again(h: History) -> None:
    executed(h)
    h.write(EXECUTION, h.filled(), session=3)


@shows(Kind.FILL_UNFOUNDED)
def a_fill_of_another_quantity(h: History) -> None:
    source = executed(h)
    h.write(ROUTING, h.traded(90), source=(EXECUTION, source))


@shows(Kind.FILL_UNFOUNDED)
def a_fill_that_the_venue_does_not_have(h: History) -> None:
    sent(h)
    h.write(EXECUTION, h.filled(), session=2)


@shows(Kind.PARENT_TWICE)
def opened_twice(h: History) -> None:
    decision = accepted(h)
    h.open(decision)
    h.write(ROUTING, h.opened(decision), timer="mark")


@shows(Kind.PARENT_UNFOUNDED)
def opened_with_more_than_the_mandate(h: History) -> None:
    decision = accepted(h)
    h.write(ROUTING, h.opened(decision, qty=200), source=(RISK, decision))


@shows(Kind.BEYOND_MANDATE)
def a_child_for_more(h: History) -> None:
    decision = accepted(h)
    h.open(decision, h.child(decision, qty=101))


@shows(Kind.BEYOND_MANDATE)
def two_children_for_more(h: History) -> None:
    decision = accepted(h)
    h.open(decision, h.child(decision), h.child(decision, qty=1, number=2))


@shows(Kind.BEYOND_MANDATE)
def a_child_at_a_worse_price(h: History) -> None:
    decision = accepted(h)
    h.open(decision, h.child(decision, price=100_100))


@shows(Kind.INCREASED_UNDER_HALT)
def a_buy_from_nothing_under_reduce_only(h: History) -> None:
    h.applied(RISK, h.halt(enums.HALT_ACTION_REDUCE_ONLY))
    h.order()
    h.accept(0, reduces_from=len(h.log[tp(CONTROL)]))


@shows(Kind.INCREASED_UNDER_HALT)
def an_acceptance_that_says_it_knew_a_halt_of_which_there_is_none(h: History) -> None:
    h.order()
    h.accept(0, reduces_from=1)


@shows(Kind.SENT_UNDER_HALT)
def a_child_under_a_halt(h: History) -> None:
    decision = accepted(h)
    h.applied(ROUTING, h.halt())
    h.open(decision)


@shows(Kind.SENT_UNDER_HALT)
def an_intent_after_a_halt_that_was_applied(h: History) -> None:
    h.take(opened(h), h.taken())
    h.applied(EXECUTION, h.halt())
    h.write(EXECUTION, h.intent(), timer="step:1:1")


@shows(Kind.CHILD_AFTER_END)
def a_child_of_an_order_that_ends(h: History) -> None:
    decision = accepted(h)
    h.open(decision, routing.ParentCancelStarted(order_id=ORDER_ID), h.child(decision))


@shows(Kind.CHILD_AFTER_END)
def a_child_of_an_order_whose_refused_cancel_was_asked_again(h: History) -> None:
    decision = accepted(h)
    started = routing.ParentCancelStarted(order_id=ORDER_ID, cl_ord_id="c1")
    again = routing.ParentCancelStarted(order_id=ORDER_ID, cl_ord_id="c2")
    refused = routing.ParentCancelRefused(order_id=ORDER_ID, cl_ord_id="c1")
    h.open(decision, started, refused, again, h.child(decision))


@shows(Kind.REOPENED)
def a_mass_cancel_that_is_refused(h: History) -> None:
    decision = accepted(h)
    refused = routing.ParentCancelRefused(order_id=ORDER_ID)
    h.open(decision, routing.ParentCancelStarted(order_id=ORDER_ID), refused)


@shows(Kind.REOPENED)
def a_cancel_refused_that_nobody_asked_for(h: History) -> None:
    h.open(accepted(h), routing.ParentCancelRefused(order_id=ORDER_ID, cl_ord_id="c1"))


@shows(Kind.CHILD_UNFOUNDED)
def a_child_that_nobody_ordered(h: History) -> None:
    h.write(EXECUTION, h.taken(), timer="mark")


@shows(Kind.CHILD_TWICE)
def a_child_taken_twice(h: History) -> None:
    h.take(opened(h), h.taken(), h.taken())


@shows(Kind.CLOSED_UNFOUNDED)
def a_child_closed_by_a_fill_of_all_that_execution_doubts(h: History) -> None:
    sent(h)
    fill = h.write(EXECUTION, h.report(enums.EXEC_TYPE_TRADE, enums.ORD_STATUS_UNKNOWN, 100), session=2)
    h.write(ROUTING, h.traded(), h.closed(), source=(EXECUTION, fill))


@shows(Kind.CLOSED_UNFOUNDED)
def a_child_closed_while_it_is_open(h: History) -> None:
    sent(h)
    new = h.write(EXECUTION, h.report(enums.EXEC_TYPE_NEW, enums.ORD_STATUS_NEW), session=2)
    h.write(ROUTING, h.closed(), source=(EXECUTION, new))


@shows(Kind.ENDED_EARLY)
def an_order_ended_with_an_open_child(h: History) -> None:
    decision = accepted(h)
    h.open(decision, h.child(decision), h.changed(enums.ORD_STATUS_CANCELED))


@shows(Kind.REOPENED)
def open_again_after_its_end(h: History) -> None:
    decision = accepted(h)
    h.open(decision, h.changed(enums.ORD_STATUS_CANCELED))
    h.write(ROUTING, h.changed(enums.ORD_STATUS_NEW), timer="mark")


@shows(Kind.TIMER_UNKNOWN)
def a_timer_that_was_not_set(h: History) -> None:
    opened(h)
    h.write(ROUTING, timer=f"slice:{ORDER_ID}:1")


@shows(Kind.OVERFILLED)
def more_executed_than_ordered(h: History) -> None:
    sent(h)
    h.venue_fills(150)
    source = h.write(EXECUTION, h.filled(150), session=2)
    h.write(ROUTING, h.traded(150), h.closed(), source=(EXECUTION, source))


# --- the life of orders: each story told once, right or with one thing wrong in it

STOP, TRADING_DATE = PRICE - 50, 20250106
ICEBERG = commands.Instructions(display_qty=10)


def stopped(h: History, market_px: int) -> None:
    """A purchase that waits until the market has its stop price."""
    asked = {"ord_type": enums.ORD_TYPE_STOP_LIMIT, "instructions": commands.Instructions(stop_px=STOP)}
    h.order(**asked)
    decision = h.accept(0)
    h.open(decision, h.changed(enums.ORD_STATUS_NEW), opened=h.opened(decision, **asked))
    h.trades(market_px)
    h.write(ROUTING, triggered(market_px), h.child(decision), timer=f"trigger:{ORDER_ID}:1")


def triggered(market_px: int, basis: int = enums.TRIGGER_BASIS_LAST_TRADE) -> routing.Triggered:
    return routing.Triggered(
        order_id=ORDER_ID, kind=enums.TRIGGER_KIND_STOP, basis=basis, price=STOP, market_px=market_px
    )


def iceberg(h: History, shown_qty: int, display_qty: int = 10) -> None:
    """A venue reads that it may show 10, or something else, and shows so much."""
    h.order(instructions=ICEBERG)
    decision = h.accept(0)
    child = h.child(decision, instructions=ICEBERG)
    source = h.open(decision, h.changed(enums.ORD_STATUS_NEW), child, opened=h.opened(decision, instructions=ICEBERG))
    h.take(source, h.taken(child), h.intent())
    h.reads("NEW", 2, f"0:{CHILD_ID}", asked=(None, display_qty, 0, ()))
    h.books(100, is_open=True, shown_qty=shown_qty)


def good_for_a_minute(h: History, expires_ns: int) -> None:
    asked = {
        "time_in_force": enums.TIME_IN_FORCE_GOOD_FOR_TIME,
        "instructions": commands.Instructions(good_for_ns=60 * SECOND_NS),
    }
    h.order(**asked)
    decision = h.accept(0)
    h.open(decision, h.changed(enums.ORD_STATUS_NEW), opened=h.opened(decision, accepted_ns=NOW, **asked))
    ended = h.changed(enums.ORD_STATUS_EXPIRED, enums.EXEC_TYPE_EXPIRED, reason=enums.REASON_VALIDITY_ENDED)
    h.write(ROUTING, ended, timer="mark", wall_ns=expires_ns)


def good_for_the_day(h: History, placed_ns: int) -> None:
    """The day has one more minute when it is accepted."""
    asked = {"time_in_force": enums.TIME_IN_FORCE_DAY}
    h.calendar(close_ns=NOW + 60 * SECOND_NS)
    h.order(**asked)
    decision = h.accept(0)
    h.open(decision, h.changed(enums.ORD_STATUS_NEW), opened=h.opened(decision, accepted_ns=NOW, **asked))
    h.write(ROUTING, h.child(decision), timer="mark", wall_ns=placed_ns)


def executed_today(h: History, day_cum_qty: int, day_order_qty: int = 100) -> None:
    """40 on the first day of an order, then a change that says so again."""
    decision = accepted(h)
    day = routing.DayChanged(order_id=ORDER_ID, trading_date=TRADING_DATE, start_ns=NOW)
    h.take(h.open(decision, day, h.changed(enums.ORD_STATUS_NEW), h.child(decision)))
    h.venue_takes()
    h.venue_fills(40)
    source = h.write(EXECUTION, h.filled(40), session=2)
    status = enums.ORD_STATUS_PARTIALLY_FILLED
    today = {"day_order_qty": day_order_qty, "day_cum_qty": day_cum_qty}
    trade = h.traded(40, status, trade_date=TRADING_DATE, **today)
    changed = h.changed(status, cum_qty=40, leaves_qty=60, **today)
    h.moved(h.write(ROUTING, trade, changed, source=(EXECUTION, source)), 40, 40, 60)


def replaced_by_200(h: History, asked_qty: int) -> None:
    """40 are executed when the replacement comes; its child is asked for so many."""
    direct = {"algorithm": enums.ALGORITHM_DIRECT}
    decision = accepted(h)
    opened = h.opened(decision, **direct)
    h.take(h.open(decision, h.changed(enums.ORD_STATUS_NEW), h.child(decision), opened=opened))
    h.venue_takes()
    h.venue_fills(40)
    source = h.write(EXECUTION, h.filled(40), session=2)
    trade = h.traded(40, enums.ORD_STATUS_PARTIALLY_FILLED)
    h.moved(h.write(ROUTING, trade, source=(EXECUTION, source)), 40, 40, 60)
    decision = h.accept_replace(h.replace(200))
    h.write(ROUTING, h.replace_started(decision, 200), h.child_replace(asked_qty), source=(RISK, decision))


@shows(Kind.STOP_EARLY)
def a_stop_that_the_market_did_not_reach(h: History) -> None:
    stopped(h, market_px=STOP - 1)


@shows(Kind.STOP_EARLY)
def a_stop_that_works_untriggered(h: History) -> None:
    decision = accepted(h)
    h.open(decision, h.child(decision), opened=h.opened(decision, ord_type=enums.ORD_TYPE_STOP_LIMIT))


@shows(Kind.STOP_EARLY)
def a_venue_that_did_not_say_so(h: History) -> None:
    decision = accepted(h)
    h.open(decision, triggered(STOP, enums.TRIGGER_BASIS_VENUE))


@shows(Kind.SHOWN_TOO_MUCH)
def an_iceberg_that_shows_all(h: History) -> None:
    iceberg(h, shown_qty=100)


@shows(Kind.EXPIRED_EARLY)
def expired_a_second_early(h: History) -> None:
    good_for_a_minute(h, expires_ns=NOW + 59 * SECOND_NS)


@shows(Kind.EXPIRED_EARLY)
def expired_where_no_clock_says(h: History) -> None:
    decision = accepted(h)
    h.open(decision, routing.ParentCancelStarted(order_id=ORDER_ID, reason=enums.REASON_VALIDITY_ENDED))


@shows(Kind.LIVES_TOO_LONG)
def placed_at_the_end_of_its_day(h: History) -> None:
    good_for_the_day(h, placed_ns=NOW + 60 * SECOND_NS)


@shows(Kind.DAY_DIFFERS)
def less_of_today_than_was_executed(h: History) -> None:
    executed_today(h, day_cum_qty=30, day_order_qty=90)


@shows(Kind.DAY_DIFFERS)
def more_left_of_the_day_than_of_all(h: History) -> None:
    executed_today(h, day_cum_qty=40, day_order_qty=120)


@shows(Kind.NOT_THE_TOTAL)
def a_replacement_that_asks_for_the_rest(h: History) -> None:
    replaced_by_200(h, asked_qty=160)


@pytest.mark.parametrize(
    ("story", "told"),
    [
        (stopped, {"market_px": STOP}),
        (iceberg, {"shown_qty": 10}),
        (good_for_a_minute, {"expires_ns": NOW + 60 * SECOND_NS}),
        (good_for_the_day, {"placed_ns": NOW + 60 * SECOND_NS - 1}),
        (executed_today, {"day_cum_qty": 40}),
        (replaced_by_200, {"asked_qty": 200}),
    ],
)
def test_a_life_that_is_right(story: Callable[..., None], told: dict[str, int]) -> None:
    """But for what is open when the story breaks off."""
    h = History()
    story(h, **told)
    h.audit()
    assert judged(h) <= BROKEN_OFF


@pytest.mark.parametrize("story", [*RIGHT_LISTS, *RIGHT_CREDIT], ids=lambda story: story.__name__)
def test_a_list_or_credit_that_is_right(story: Case) -> None:
    """But for what is open when the story breaks off."""
    h = History()
    story(h)
    h.audit()
    assert judged(h) <= BROKEN_OFF


# --- execution and venues


@shows(Kind.OTHER_TERMS)
def an_iceberg_that_the_venue_may_show(h: History) -> None:
    iceberg(h, shown_qty=10, display_qty=100)


@shows(Kind.OTHER_TERMS)
def another_quantity_than_the_router_ordered(h: History) -> None:
    h.take(opened(h))
    h.reads("NEW", 2, f"0:{CHILD_ID}", qty=90)
    h.books(90, is_open=True)


@shows(Kind.NEW_TWICE)
def two_numbers_for_one_order(h: History) -> None:
    h.take(opened(h), h.taken(), h.intent(), h.intent(number=3))


@shows(Kind.NEW_TWICE)
def a_venue_reads_it_twice(h: History) -> None:
    sent(h)
    h.reads("NEW", 3, f"0:{CHILD_ID}")


@shows(Kind.CANCEL_TWICE)
def two_cancels_before_an_answer(h: History) -> None:
    sent(h)
    both = (h.intent(enums.INTENT_KIND_CANCEL, number, number) for number in (3, 4))
    h.write(EXECUTION, *both, timer="step:1:1")


@pytest.mark.parametrize("between", ["a question", "a refusal", "time", "a logon"])
def test_a_second_cancel_behind(between: str) -> None:
    h = History()
    sent(h)
    h.write(EXECUTION, h.intent(enums.INTENT_KIND_CANCEL, 3, 1), timer="step:1:1")
    second = h.intent(enums.INTENT_KIND_CANCEL, 6, 3)
    if between == "a question":
        h.write(EXECUTION, h.intent(enums.INTENT_KIND_STATUS, 4, 2), timer="step:1:2")
    elif between == "a refusal":
        refused = execution.ChildRequestRejected(
            order_id=ORDER_ID, child_id=CHILD_ID, request=1, kind=enums.INTENT_KIND_CANCEL
        )
        h.write(EXECUTION, refused, session=3)
    elif between == "time":
        second.at_ns = 5 * SECOND_NS
    else:
        h.claim(EXECUTION)
        h.write(EXECUTION, h.message(enums.SESSION_MESSAGE_LOGON, 4), timer="logon:XALP-P0:4")
        h.write(EXECUTION, h.up(5), session=3)
    h.write(EXECUTION, second, timer="step:1:3")
    assert Kind.CANCEL_TWICE.name not in judged(h)


@shows(Kind.NUMBER_TWICE)
def a_number_given_out_twice(h: History) -> None:
    h.take(opened(h), h.taken(), h.intent(number=1))


@shows(Kind.NUMBER_TWICE)
def a_number_read_twice(h: History) -> None:
    sent(h)
    h.reads("NEW", 2, f"0:{CHILD_ID}")


@shows(Kind.NOT_NAMED)
def bytes_without_a_record(h: History) -> None:
    opened(h)
    h.reads("NEW", 2, f"0:{CHILD_ID}")


@shows(Kind.BEFORE_RECORD)
def bytes_before_their_record(h: History) -> None:
    moment = h.now()
    h.take(opened(h))
    h.reads("NEW", 2, f"0:{CHILD_ID}", moment)


@shows(Kind.BEFORE_LOGON)
def a_new_owner_sends_at_once(h: History) -> None:
    source = opened(h)
    h.claim(EXECUTION)
    h.take(source)


@shows(Kind.BEFORE_LOGON)
def a_new_owner_resolves_at_once(h: History) -> None:
    sent(h)
    h.claim(EXECUTION)
    h.write(EXECUTION, h.unsent(), timer="mark")


@shows(Kind.SENT_LATE)
def sent_past_its_good_until(h: History) -> None:
    source = opened(h)
    h.write(EXECUTION, h.taken(), h.intent(), source=(ROUTING, source), wall_ns=LATER + 1)


def logon_again(h: History, arrived_below: int) -> None:
    h.claim(EXECUTION)
    h.write(EXECUTION, h.message(enums.SESSION_MESSAGE_LOGON, 3), timer="logon:XALP-P0:3")
    h.write(EXECUTION, h.up(arrived_below), session=2)


@shows(Kind.NEVER_REACHED_UNPROVEN)
def the_status_alone(h: History) -> None:
    sent(h)
    logon_again(h, arrived_below=4)
    h.write(EXECUTION, h.intent(enums.INTENT_KIND_STATUS, 4, 1), timer="step:1:1")
    h.venue.answers.append(VenueSaid(h.now(), 0, "UNKNOWN", f"0:{CHILD_ID}"))
    h.write(EXECUTION, h.unsent(), session=3)


@shows(Kind.NEVER_REACHED_UNPROVEN)
def the_number_alone(h: History) -> None:
    h.take(opened(h))
    logon_again(h, arrived_below=2)
    h.write(EXECUTION, h.unsent(), session=3)


@shows(Kind.NEVER_REACHED_UNPROVEN)
def carried_out_after_all(h: History) -> None:
    proven(h)
    h.reads("NEW", 2, f"0:{CHILD_ID}")


def proven(h: History) -> None:
    h.take(opened(h))
    logon_again(h, arrived_below=2)
    h.write(EXECUTION, h.message(enums.SESSION_MESSAGE_GAP_FILL, 2, 4), timer="mark")
    h.write(EXECUTION, h.intent(enums.INTENT_KIND_STATUS, 4, 1), timer="step:1:1")
    h.venue.answers.append(VenueSaid(h.now(), 0, "UNKNOWN", f"0:{CHILD_ID}"))
    h.write(EXECUTION, h.unsent(), session=3)


def test_both_proofs_are_enough() -> None:
    h = History()
    proven(h)
    assert Kind.NEVER_REACHED_UNPROVEN.name not in judged(h)


@shows(Kind.END_UNFOUNDED)
def ended_and_open_at_the_venue(h: History) -> None:
    sent(h)
    h.write(EXECUTION, h.report(enums.EXEC_TYPE_CANCELED, enums.ORD_STATUS_CANCELED), session=2)


# --- at rest


@shows(Kind.NOT_DECIDED)
def a_command_without_an_answer(h: History) -> None:
    h.order()


@shows(Kind.NOT_ENDED)
def an_order_never_opened(h: History) -> None:
    accepted(h)


@shows(Kind.RESERVED_AT_REST)
def something_is_reserved(h: History) -> None:
    accepted(h)


@shows(Kind.FILL_LOST, Kind.POSITIONS_DIFFER)
def a_fill_that_nobody_booked(h: History) -> None:
    sent(h)
    h.venue_fills()


@shows(Kind.QUANTITY_DIFFERS)
def a_gateway_that_shows_less(h: History) -> None:
    finished(h)
    h.shown += [ShownOrder("g", ORDER_ID, 100), ShownOrder("g2", ORDER_ID, 90)]


@shows(Kind.ROW_MISSING)
def a_record_without_a_row(h: History) -> None:
    finished(h)
    del h.rows[-1]


@shows(Kind.ROW_TWICE)
def a_row_twice(h: History) -> None:
    finished(h)
    h.rows.append(h.rows[0])


@shows(Kind.ROW_DIFFERS)
def a_row_with_another_verdict(h: History) -> None:
    finished(h)
    place = next(n for n, row in enumerate(h.rows) if row[0] == RISK and row[7] == 2)
    h.rows[place] = (*h.rows[place][:7], 3, h.rows[place][-1])


@shows(Kind.ROW_DIFFERS)
def a_row_with_another_chain(h: History) -> None:
    finished(h)
    h.rows[3] = (*h.rows[3][:-1], bytes(32))


@shows(Kind.PROGRESS_UNFOUNDED)
def more_is_said_than_written(h: History) -> None:
    h.order()
    h.put(PROGRESS, operations.AuditProgress(topic=ORDERS, partition=0, prefix=1))


# --- clients


@shows(Kind.ANSWER_DIFFERS)
def an_acknowledgement_without_a_record(h: History) -> None:
    h.hear(Told.ACK, cl_ord_id="o1", offset=3)


@shows(Kind.ANSWER_DIFFERS)
def refused_to_the_client_and_accepted(h: History) -> None:
    accepted(h)
    h.hear(Told.ACK, cl_ord_id="o1", offset=0, state="REJECTED")


@shows(Kind.NOT_ANSWERED)
def no_outcome_for_ever(h: History) -> None:
    h.order()
    h.hear(Told.UNKNOWN, cl_ord_id="o1", request=b"o1")


@shows(Kind.ANSWER_DIFFERS)
def an_update_of_what_did_not_happen(h: History) -> None:
    h.subscribe()
    h.updates((RISK, FIRST + 5, 0))


@shows(Kind.UPDATE_TWICE)
def an_update_twice(h: History) -> None:
    accepted(h)
    h.subscribe()
    h.updates((RISK, FIRST + 1, 0))
    h.updates((RISK, FIRST + 1, 0))


@shows(Kind.UPDATE_LOST)
def an_update_left_out(h: History) -> None:
    accepted(h)
    h.order("o2")
    h.accept(1)
    h.subscribe()
    h.updates((RISK, FIRST + 2, 0))


@shows(Kind.UPDATE_ORDER)
def an_update_before_its_cause(h: History) -> None:
    opened(h)
    h.subscribe()
    h.updates((ROUTING, 1, 1))
