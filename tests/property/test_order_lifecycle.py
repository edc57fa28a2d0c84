"""The life of an order: every state with every event, and random lives, against sentences that are counted anew from the executions.

The oracle here knows nothing of the table: what is told is taken from a list of all states that apply, what is left from rule 4.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.canonical import encode
from oms.core.enums import IntentKind, OrdStatus
from oms.core.lifecycle import events as e
from oms.core.lifecycle.apply import Anomaly, AnomalyKind, apply
from oms.core.lifecycle.executions import Change, Executions
from oms.core.lifecycle.order import Order, Request
from oms.core.lifecycle.table import BY_QTY, CONDITIONS, TABLE, Trigger, row_of
from oms.wire.state_converters import class_fields, reader_of, writer_of

S = OrdStatus
CLOSED = (S.CANCELED, S.EXPIRED, S.REJECTED)

LADDER = (
    S.UNKNOWN, S.PENDING_CANCEL, S.PENDING_REPLACE, S.DONE_FOR_DAY, S.CALCULATED, S.FILLED, S.STOPPED, S.SUSPENDED, S.CANCELED,
    S.EXPIRED, S.PARTIALLY_FILLED, S.NEW, S.REJECTED, S.PENDING_NEW,
)  # fmt: skip
"""Highest first, typed from FIX's table once more."""


def told(order: Order) -> OrdStatus:
    """The first of the ladder that applies."""
    applies = {*order.conditions}
    if order.base in CLOSED or order.base is S.PENDING_NEW:
        applies.add(order.base)
    else:
        executed = order.executions.sums().qty
        applies.add(S.NEW if executed == 0 else S.PARTIALLY_FILLED if executed < order.order_qty else S.FILLED)
    if order.base not in CLOSED:
        kinds = {r.kind for r in order.requests if r.pending}
        applies |= {
            s for k, s in ((IntentKind.CANCEL, S.PENDING_CANCEL), (IntentKind.REPLACE, S.PENDING_REPLACE)) if k in kinds
        }
    return next(s for s in LADDER if s in applies)


def left(order: Order) -> int:
    """Rule 4."""
    if (
        order.base in CLOSED
        or S.CALCULATED in order.conditions
        or (S.DONE_FOR_DAY in order.conditions and not order.good_till)
    ):
        return 0
    return max(0, order.order_qty - order.executions.sums().qty)


def check(order: Order) -> None:
    sums, today = order.executions.sums(), order.executions.sums(order.day)
    assert (order.cum_qty, order.notional) == (sums.qty, sums.notional), "AvgPx × CumQty is the sum over the executions"
    assert (order.day_cum_qty, order.day_notional) == (today.qty, today.notional)
    assert order.cum_qty >= 0 and order.order_qty > 0
    assert order.leaves_qty == left(order) >= 0
    assert order.ord_status is told(order)
    assert order.base in (S.PENDING_NEW, S.NEW, *CLOSED)
    assert len(set(order.conditions)) == len(order.conditions) and set(order.conditions) <= CONDITIONS
    names = [order.cl_ord_id, *order.past, *order.refused, *(r.cl_ord_id for r in order.requests)]
    assert len(set(names)) == len(names), "a ClOrdID is in one place"


# --- every state with every event


def _executed(*qtys: int) -> Executions:
    executions = Executions()
    for number, qty in enumerate(qtys, 1):
        change = executions.booking(f"F{number}", qty, 10, 1)
        assert isinstance(change, Change)
        executions.take(change)
    return executions


def _states() -> Iterator[Order]:
    """An order of 100 in every base, quantity and condition, with and without requests."""
    requests = (
        (),
        (Request(IntentKind.CANCEL, "Y", "X", 0, None, True),),
        (Request(IntentKind.REPLACE, "Y", "X", 120, 9, True),),
        (Request(IntentKind.REPLACE, "Y", "X", 20, 9), Request(IntentKind.CANCEL, "Z", "Y", 0, None, True)),
    )
    conditions = [tuple(c) for size in range(len(CONDITIONS) + 1) for c in combinations(sorted(CONDITIONS), size)]
    bases = (S.PENDING_NEW, S.NEW, *CLOSED)
    for base, qtys, condition, asked, good_till in product(
        bases, ((), (40,), (60, 40)), conditions, requests, (False, True)
    ):
        if (base is S.PENDING_NEW and (qtys or (condition and condition != (S.UNKNOWN,)))) or (
            base in CLOSED and condition not in ((), (S.CALCULATED,))
        ):
            continue  # an acknowledgement is proven by more than a request; an end leaves no condition but one that comes after it
        executions = _executed(*qtys)
        sums = executions.sums()
        yield Order(
            "O", "X", 100, 10, good_till, base, condition, asked, (), ("R",), False, sums.qty, sums.notional, 1, sums.qty, sums.notional, executions
        )  # fmt: skip


EVENTS: tuple[tuple[e.OrderEvent, Trigger], ...] = (
    (e.PendingNew(), Trigger.PENDING_NEW),
    (e.Accepted(), Trigger.ACCEPTED),
    (e.Rejected(), Trigger.REJECTED),
    (e.Canceled(), Trigger.CANCELED),
    (e.Expired(), Trigger.EXPIRED),
    (e.DoneForDay(), Trigger.DONE_FOR_DAY),
    (e.Calculated(), Trigger.CALCULATED),
    (e.Stopped(10, 10), Trigger.STOPPED),
    (e.Suspended(), Trigger.SUSPENDED),
    (e.Resumed(), Trigger.RESUMED),
    (e.Restated(90), Trigger.RESTATED),
    (e.Triggered(), Trigger.TRIGGERED),
    (e.Traded("N", 30, 10), Trigger.TRADED),
    (e.TradeCorrected("F1", "N", 35, 11), Trigger.TRADE_CORRECTED),
    (e.TradeCanceled("F1", "N"), Trigger.TRADE_CANCELED),
    (e.Requested(IntentKind.CANCEL, "N", ""), Trigger.REQUESTED),
    (e.Requested(IntentKind.REPLACE, "N", "", 110, 9), Trigger.REQUESTED),
    (e.LegCanceled(), Trigger.LEG_CANCELED),
    (e.RequestRejected("Y"), Trigger.REQUEST_REJECTED),
    (e.Replaced("Y"), Trigger.REPLACED),
    (e.DayStarted(2), Trigger.DAY_STARTED),
    (e.StatusAsked(), Trigger.ASKED),
    (e.SentAgain(True), Trigger.ASKED),
    (e.Lost(), Trigger.LOST),
    (e.Found(), Trigger.FOUND),
)
OTHER_EVENTS: tuple[e.OrderEvent, ...] = (
    e.RequestPending("Y"),
    e.RequestPending("Z"),
    e.Canceled("Y"),
    e.Canceled("Y", renames=True),
    e.Accepted("Y"),
    e.Traded("N", 30, 10, "Y"),
    e.Traded("F1", 30, 10),
    e.Traded("N", 30, 10, "nobody's"),
    e.Restated(ratio=(2, 1)),
    e.Requested(IntentKind.CANCEL, "R", ""),
    e.SentAgain(False),
)
"""Those whose trigger depends on the order."""

STATES = tuple(_states())


def test_the_events_are_all_there_and_so_are_the_standings() -> None:
    assert {type(event) for event, _ in EVENTS} | {e.RequestPending} == set(e.OrderEvent.__args__)
    assert {state.standing for state in STATES} == set(TABLE)
    assert {trigger for _, trigger in EVENTS} | {
        Trigger.CANCEL_STARTED,
        Trigger.REPLACE_STARTED,
        Trigger.COMPLETED,
    } == set(Trigger)


@pytest.mark.parametrize(
    "event", [*(event for event, _ in EVENTS), *OTHER_EVENTS], ids=lambda event: type(event).__name__
)
def test_every_state_with_every_event_is_a_transition_or_an_anomaly(event: e.OrderEvent) -> None:
    trigger = dict(EVENTS).get(event)
    for state in STATES:
        check(state)
        before = encode(state)
        outcome = apply(state, event)
        assert encode(state) == before, "the order given is never changed"
        if isinstance(outcome, Anomaly):
            assert outcome.what
            if trigger is not None and outcome.kind is AnomalyKind.IMPOSSIBLE_IN_STATE:
                assert trigger not in row_of(state.standing, state.good_till, state.cum_qty >= state.order_qty)
            continue
        after, report = outcome
        check(after)
        if trigger is not None:
            assert trigger in row_of(state.standing, state.good_till, state.cum_qty >= state.order_qty)
        if state.base in CLOSED:
            assert after.base is state.base and after.leaves_qty == 0, "what is closed stays closed"
        if report is not None and report.order_id == after.order_id:
            assert (report.ord_status, report.cum_qty, report.notional) == (
                after.ord_status,
                after.cum_qty,
                after.notional,
            )


def test_every_row_of_the_table_happens() -> None:
    """No row is there for nothing: each (standing, trigger) but a parent's own leads somewhere from one of the states."""
    seen = set()
    for state, (event, trigger) in product(STATES, EVENTS):
        if not isinstance(apply(state, event), Anomaly):
            seen.add((state.standing, trigger))
    for state, asked in product(STATES, (IntentKind.CANCEL, IntentKind.REPLACE)):
        for request in state.requests:
            if request.kind is asked and not isinstance(apply(state, e.RequestPending(request.cl_ord_id)), Anomaly):
                seen.add(
                    (state.standing, Trigger.CANCEL_STARTED if asked is IntentKind.CANCEL else Trigger.REPLACE_STARTED)
                )
    written = {
        (standing, trigger) for standing, row in TABLE.items() for trigger in row if trigger is not Trigger.COMPLETED
    }
    without = {
        (standing, trigger)
        for standing in (S.PENDING_NEW, S.NEW)
        for trigger in (Trigger.TRADE_CORRECTED, Trigger.TRADE_CANCELED)
    }
    assert written - seen == without, "only what refers to an execution where there is none"
    assert seen <= written


def test_a_target_is_a_state_that_can_begin() -> None:
    targets = {target for row in TABLE.values() for target in row.values()}
    assert targets - {BY_QTY} <= {S.PENDING_NEW, S.FILLED, *CLOSED, *CONDITIONS}


# --- random lives


_names = st.sampled_from(["X", "Y", "Z", "W", "V"])
_exec_ids = st.sampled_from([f"E{n}" for n in range(7)])
_qtys = st.integers(1, 60)
_prices = st.integers(-3, 30)
_requests = st.builds(
    e.Requested, st.sampled_from([IntentKind.CANCEL, IntentKind.REPLACE]), _names, st.one_of(st.just(""), _names), st.integers(0, 150), st.none() | _prices
)  # fmt: skip
_events: st.SearchStrategy[e.OrderEvent] = st.one_of(
    st.builds(e.Traded, _exec_ids, _qtys, _prices, st.just("") | _names),
    st.builds(e.TradeCorrected, _exec_ids, _exec_ids, _qtys, _prices),
    st.builds(e.TradeCanceled, _exec_ids, _exec_ids),
    _requests,
    st.builds(e.RequestPending, _names),
    st.builds(e.Replaced, _names),
    st.builds(e.RequestRejected, _names),
    st.builds(e.Canceled, st.just("") | _names, st.none(), st.booleans()),
    st.builds(e.Accepted, st.just("") | _names),
    st.builds(e.Restated, st.none() | st.integers(1, 150), st.none() | _prices, st.none(), st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 2)])),
    st.builds(e.DayStarted, st.integers(1, 4)),
    st.builds(e.StatusAsked, st.just("") | _names),
    st.builds(e.SentAgain, st.booleans(), st.booleans(), st.just("") | _names),
    st.sampled_from(
        (
            e.PendingNew(), e.Rejected(), e.Expired(), e.DoneForDay(), e.Calculated(), e.Stopped(5, 5), e.Suspended(), e.Resumed(),
            e.Triggered(), e.LegCanceled(), e.Lost(), e.Found(),
        )
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None, print_blob=True)
@given(st.booleans(), st.lists(_events, max_size=30))
def test_a_random_life_keeps_every_sentence(good_till: bool, events: list[e.OrderEvent]) -> None:
    order = Order("O", "X", 100, 10, good_till, day=1)
    for event in events:
        before = encode(order)
        outcome = apply(order, event)
        assert encode(order) == before
        if isinstance(outcome, Anomaly):
            continue
        after, report = outcome
        check(after)
        if order.base in CLOSED:
            assert after.base is order.base, "terminal for ever"
        assert set(order.past) <= {*after.past} and set(order.refused) <= {*after.refused}
        if isinstance(event, e.StatusAsked | e.SentAgain):
            assert after is order
        if report is not None and report.order_id == after.order_id:
            assert report.avg_px * report.cum_qty == after.notional
            assert report.day_avg_px * report.day_cum_qty == after.day_notional
            assert report.day_order_qty - report.day_cum_qty == report.order_qty - report.cum_qty
        order = after


@settings(max_examples=100, deadline=None, print_blob=True)
@given(st.booleans(), st.lists(_events, max_size=20))
def test_an_order_survives_a_snapshot_in_the_middle_of_its_life(good_till: bool, events: list[e.OrderEvent]) -> None:
    order = Order("O", "X", 100, 10, good_till, day=1)
    read_order = reader_of(Order, class_fields(Order))
    for event in events:
        outcome = apply(order, event)
        read = read_order(writer_of(Order)(order))
        assert encode(read) == encode(order)
        again = apply(read, event)
        assert type(again) is type(outcome)
        if not isinstance(outcome, Anomaly) and not isinstance(again, Anomaly):
            assert encode(again[0]) == encode(outcome[0])
            order = outcome[0]


@settings(max_examples=100, deadline=None, print_blob=True)
@given(st.lists(st.tuples(_qtys, _prices), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_fills_busted_in_any_order_leave_nothing(fills: list[tuple[int, int]], shuffled: "object") -> None:
    order = Order("O", "X", 1000, 10, day=1)
    for number, (qty, px) in enumerate(fills):
        outcome = apply(order, e.Traded(f"F{number}", qty, px))
        assert not isinstance(outcome, Anomaly)
        order = outcome[0]
    numbers = list(range(len(fills)))
    shuffled.shuffle(numbers)  # type: ignore[attr-defined]
    for number in numbers:
        outcome = apply(order, e.TradeCanceled(f"F{number}", f"B{number}"))
        assert not isinstance(outcome, Anomaly)
        order = outcome[0]
    assert (order.cum_qty, order.notional, order.ord_status) == (0, 0, S.NEW)
    assert replace(order, executions=Executions()).leaves_qty == 1000
