"""Lists in risk: accepted as a whole or not at all, programs judged in steps, keys, cancels, and what is reserved meanwhile."""

from dataclasses import replace

import pytest
from risk_world import (
    ACCOUNT,
    CANCEL,
    DATE,
    MASS_CANCEL,
    NEW,
    NOW,
    WHO,
    World,
    changed,
    halt,
    reserved_of,
    world,
)

from oms.core.commands import CancelOrderList, NewOrder, NewOrderList, order_id_of
from oms.core.enums import Algorithm, ContingencyType, HaltScope, LimitKind, LimitScope, OrdStatus, OrdType, Side
from oms.core.instructions import Instructions
from oms.core.list_events import LegReduced
from oms.core.lists import CONTINGENT_ORDERS_MAX, PROGRAM_ORDERS_MAX
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.lists import LIST_STEP_ORDERS_MAX
from oms.core.risk_events import (
    ListAccepted,
    ListCancelAccepted,
    ListCancelRejected,
    ListRejected,
    ListStep,
    MassCancelStep,
    OrderAccepted,
    OrderReduced,
    OrderRejected,
    RiskEvent,
)
from oms.core.stage import CommandInput, StepInput

OCO, OTO = ContingencyType.ONE_CANCELS_THE_OTHER, ContingencyType.ONE_TRIGGERS_THE_OTHER
OUO, BRACKET = ContingencyType.ONE_UPDATES_THE_OTHER, ContingencyType.BRACKET
LIST_ID = order_id_of("alpha", DATE, "l1")


def order(cl_ord_id: str, **changes: object) -> NewOrder:
    return replace(NEW, cl_ord_id=cl_ord_id, list_id=LIST_ID, **changes)  # type: ignore[arg-type]


def a_list(*orders: NewOrder, contingency: ContingencyType | None = OCO, name: str = "l1") -> NewOrderList:
    mine = tuple(replace(o, list_id=order_id_of("alpha", DATE, name)) for o in orders)
    return NewOrderList("alpha", DATE, name, contingency, mine, NOW + 1_000, NOW, "t", WHO)


PAIR = (order("o1"), order("o2", price=9_995))


def send(w: World, command: NewOrderList | CancelOrderList) -> tuple[RiskEvent, ...]:
    return w.feed(CommandInput(0, command))


def run(w: World) -> list[tuple[RiskEvent, ...]]:
    """Every step that is due, one after another."""
    records = []
    while (step := w.rules.due(w.state, NOW, NOW, w.market)) is not None:
        assert isinstance(step, StepInput)
        records.append(w.feed(step))
    return records


def refused(events: tuple[RiskEvent, ...]) -> tuple[Reason, str]:
    (event,) = events
    assert isinstance(event, ListRejected), event
    return event.reason, event.order_cl_ord_id


def reserved(w: World) -> int:
    return sum(reserved_of(w.state).values())


def cancel(list_name: str = "l1", by: str = "k1") -> CancelOrderList:
    return CancelOrderList("alpha", DATE, by, DATE, list_name, NOW, "t", WHO)


@pytest.mark.parametrize("contingency", [OCO, OTO, OUO])
def test_a_contingent_list_is_one_record_with_all_of_its_orders(contingency: ContingencyType) -> None:
    w = world()
    events = send(w, a_list(*PAIR, contingency=contingency))
    assert [type(e) for e in events] == [ListAccepted, OrderAccepted, OrderAccepted]
    assert reserved(w) == 200, "all of them could execute: each reserves its own"


def test_the_first_reason_of_any_order_refuses_a_contingent_list_and_nothing_is_accepted() -> None:
    w = world()
    events = send(w, a_list(order("o1"), order("o2", order_qty=15)))
    assert refused(events) == (Reason.QTY_NOT_IN_LOTS, "o2")
    assert not w.state.open_orders and reserved(w) == 0
    assert w.ask(order("o1", price=9_995)) is not None, "its ClOrdIDs are not used up"


def test_an_order_is_judged_with_those_of_its_list_before_it() -> None:
    """Alone each fits under the position limit of 2,000; the third does not on top of two. And as many orders as one may."""
    w = world()
    w.load(Limit("qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "IBM", "", Amount(1_000)))
    three = [order(f"o{n}", order_qty=1_000, price=9_990 + 5 * n) for n in range(3)]
    assert refused(send(w, a_list(*three))) == (Reason.POSITION_LIMIT, "o2")
    assert isinstance(send(w, a_list(*three[:2], name="l2"))[0], ListAccepted)
    w = world()
    w.load(Limit("open", LimitKind.OPEN_ORDERS, LimitScope.ACCOUNT, ACCOUNT.account_id, "", "", Amount(1)))
    assert refused(send(w, a_list(*PAIR))) == (Reason.OPEN_ORDERS_LIMIT, "o2")


def test_the_same_list_again_changes_nothing_and_another_under_its_id_is_refused() -> None:
    w = world()
    send(w, a_list(*PAIR))
    again = a_list(*(replace(o, entered_ns=NOW + 5, good_until_ns=NOW + 9_000) for o in PAIR))
    assert send(w, replace(again, entered_ns=NOW + 5)) == ()
    assert refused(send(w, a_list(order("o3"), order("o4")))) == (Reason.DUPLICATE_CL_ORD_ID, "")


@pytest.mark.parametrize("contingency", [OCO, None])
def test_a_used_cl_ord_id_refuses_the_whole_list(contingency: ContingencyType | None) -> None:
    w = world()
    w.ask(replace(NEW, cl_ord_id="o2"))
    assert refused(send(w, a_list(*PAIR, contingency=contingency))) == (Reason.DUPLICATE_CL_ORD_ID, "o2")
    assert len(w.state.open_orders) == 1 and not w.state.programs


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (a_list(order("o1")), "orders must be 2 to 10"),
        (a_list(*(order(f"o{n}") for n in range(CONTINGENT_ORDERS_MAX + 1))), "orders must be 2 to 10"),
        (a_list(*(order(f"o{n}") for n in range(PROGRAM_ORDERS_MAX + 1)), contingency=None), "orders must be 1 to 500"),
        (a_list(order("o1"), order("o1")), "orders[1].cl_ord_id"),
        (a_list(order("o1"), order("l1")), "orders[1].cl_ord_id"),
        (a_list(order("o1"), order("o2", ord_type=OrdType.MARKET, price=None)), "orders[1].ord_type"),
        (a_list(order("o1"), order("o2", algorithm=Algorithm.TWAP)), "orders[1].algorithm"),
        (a_list(order("o1"), order("o2", side=Side.SELL), contingency=OUO), "orders[1] must be of the account"),
        (a_list(order("o1"), order("o2"), contingency=BRACKET), "orders[1].side"),
        (a_list(order("o1"), order("o2", side=Side.SELL, order_qty=50), contingency=BRACKET), "orders[1].order_qty"),
        (replace(a_list(*PAIR), orders=(order("o1"), replace(PAIR[1], list_id=""))), "orders[1] must name its list"),
        (replace(a_list(*PAIR), orders=(order("o1"), replace(PAIR[1], trading_date=DATE + 1))), "orders[1] must be of"),
    ],
)  # fmt: skip
def test_what_does_not_make_a_list_is_refused_by_name(wrong: NewOrderList, where: str) -> None:
    (event,) = send(world(), wrong)
    assert isinstance(event, ListRejected) and event.reason is Reason.LIST_INVALID
    assert event.text.startswith(where)


def test_a_list_past_its_good_until_is_refused() -> None:
    assert refused(send(world(), replace(a_list(*PAIR), good_until_ns=NOW - 1)))[0] is Reason.GOOD_UNTIL_PASSED


def test_a_program_is_judged_one_by_one_in_steps() -> None:
    w = world()
    count = LIST_STEP_ORDERS_MAX + 5
    qty = [15 if n == 3 else 10 for n in range(count)]
    orders = [order(f"o{n}", order_qty=qty[n]) for n in range(count)]
    assert [type(e) for e in send(w, a_list(*orders, contingency=None))] == [ListAccepted]
    assert not w.state.open_orders
    first, second = run(w)
    assert [e.remaining for e in (*first, *second) if isinstance(e, ListStep)] == [5, 0]
    assert [e.order.cl_ord_id for e in first if isinstance(e, OrderRejected)] == ["o3"]
    assert len(w.state.open_orders) == count - 1 and not w.state.programs


def test_orders_of_one_step_count_for_each_other() -> None:
    w = world()
    w.load(Limit("qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "IBM", "", Amount(1_000)))
    send(w, a_list(*(order(f"o{n}", order_qty=1_000) for n in range(3)), contingency=None))
    (step,) = run(w)
    assert [e.reason for e in step if isinstance(e, OrderRejected)] == [Reason.POSITION_LIMIT]
    assert reserved(w) == 2_000


def test_an_order_of_a_program_cancelled_before_its_step_is_refused_alone() -> None:
    w = world()
    send(w, a_list(order("o1"), order("o2"), contingency=None))
    w.ask(replace(CANCEL, orig_cl_ord_id="o1"))
    (step,) = run(w)
    assert [e.reason for e in step if isinstance(e, OrderRejected)] == [Reason.CANCELED_BEFORE_ARRIVAL]
    assert len(w.state.open_orders) == 1


@pytest.mark.parametrize("by", ["list", "desk", "control"])
def test_a_cancel_of_many_covers_what_waits_to_be_judged(by: str) -> None:
    w = world()
    w.ask(replace(NEW, cl_ord_id="before"))
    send(w, a_list(*(order(f"o{n}", order_qty=10) for n in range(LIST_STEP_ORDERS_MAX + 5)), contingency=None))
    step = w.rules.due(w.state, NOW, NOW, w.market)
    assert isinstance(step, StepInput)
    w.feed(step)
    if by == "list":
        (event,) = send(w, cancel())
        assert isinstance(event, ListCancelAccepted) and event.matched == LIST_STEP_ORDERS_MAX + 5
    elif by == "desk":
        w.ask(MASS_CANCEL)
    else:
        w.control(replace(halt(HaltScope.DESK, "alpha"), cancel_open=True))
    records = run(w)
    named = [o for record in records for e in record if isinstance(e, MassCancelStep) for o in e.order_ids]
    assert len(named) == LIST_STEP_ORDERS_MAX + (by != "list")
    refusals = [e.reason for record in records for e in record if isinstance(e, OrderRejected)]
    assert refusals == [Reason.CANCELED_BEFORE_ARRIVAL] * 5


def test_the_cancel_of_a_list_that_is_over_or_unknown_is_refused() -> None:
    w = world()
    (event,) = send(w, cancel())
    assert isinstance(event, ListCancelRejected) and event.reason is Reason.UNKNOWN_ORDER
    assert refused(send(w, a_list(*PAIR)))[0] is Reason.CANCELED_BEFORE_ARRIVAL
    w = world()
    send(w, a_list(*PAIR))
    for o in PAIR:
        w.route(changed(OrdStatus.CANCELED, order_id_of("alpha", DATE, o.cl_ord_id)))
    (event,) = send(w, cancel())
    assert isinstance(event, ListCancelRejected) and event.reason is Reason.TOO_LATE_TO_CANCEL


def test_what_the_router_takes_off_an_order_is_not_reserved_any_more() -> None:
    w = world()
    send(w, a_list(*PAIR, contingency=OUO))
    o1, o2 = (order_id_of("alpha", DATE, o.cl_ord_id) for o in PAIR)
    before = reserved(w)
    events = w.route(LegReduced(LIST_ID, o2, 70, o1, 30))
    assert events == (OrderReduced(o2, 70),)
    assert reserved(w) == before - 30
    assert w.route(changed(OrdStatus.CANCELED, o2)) and w.state.closed_orders[o2].terms.order_qty == 70


def test_a_stop_of_a_list_is_judged_like_any_other_stop() -> None:
    w = world()
    stop = order("o2", side=Side.SELL, ord_type=OrdType.STOP, price=None, instructions=Instructions(stop_px=9_950))
    events = send(w, a_list(order("o1", side=Side.SELL, price=10_050), stop))
    assert isinstance(events[0], ListAccepted), events[0]
