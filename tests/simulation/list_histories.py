"""Histories of lists by hand, right or with one thing wrong: `CASES` says which kind each wrong one shows, `RIGHT` are without fault."""

from collections.abc import Callable

from history import EXECUTION, LATER, ORDER_ID, ORDERS, PRICE, RISK, ROUTING, VENUE, History, tp

from oms.testing.simulation.oracle import Kind
from oms.v1 import commands_pb2 as commands
from oms.v1 import enums_pb2 as enums
from oms.v1 import execution_pb2 as execution
from oms.v1 import risk_pb2 as risk
from oms.v1 import routing_pb2 as routing

OCO, OTO = enums.CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER, enums.CONTINGENCY_TYPE_ONE_TRIGGERS_THE_OTHER
OUO, BRACKET = enums.CONTINGENCY_TYPE_ONE_UPDATES_THE_OTHER, enums.CONTINGENCY_TYPE_BRACKET
LIST_ID, OTHER_ID, LATE_SEQ = "alpha/20250106/l1", "alpha/20250106/o2", 3
NEW, FILLED, CANCELED = enums.ORD_STATUS_NEW, enums.ORD_STATUS_FILLED, enums.ORD_STATUS_CANCELED


def asked(h: History, contingency: "enums.ContingencyType | None", count: int = 2) -> int:
    """A list of orders of 100 each, in `oms.orders`."""
    orders = [h.new_order(f"o{n}", list_id=LIST_ID) for n in range(1, count + 1)]
    order_list = commands.NewOrderList(
        desk_id="alpha", trading_date=20250106, cl_ord_id="l1", orders=orders, good_until_ns=LATER
    )
    if contingency is not None:
        order_list.contingency = contingency
    return h.put(ORDERS, commands.Command(new_order_list=order_list))


def list_accepted(h: History, offset: int) -> risk.ListAccepted:
    order_list = commands.Command.FromString(h.log[tp(ORDERS)][offset].value).new_order_list
    return risk.ListAccepted(list_id=LIST_ID, order_list=order_list)


def order_accepted(h: History, order: commands.NewOrder) -> risk.OrderAccepted:
    mandate = risk.Mandate(
        order_qty=order.order_qty, worst_price=PRICE, venues=[VENUE], venue_max_qty=[order.order_qty],
        algorithm=order.algorithm,
    )  # fmt: skip
    order_id = f"alpha/20250106/{order.cl_ord_id}"
    return risk.OrderAccepted(order_id=order_id, order=order, mandate=mandate, evidence=h.evidence())


def accepted(h: History, contingency: "enums.ContingencyType", first: int = 0, last: int = 2) -> int:
    """`first`, `last`: which of its orders risk accepts with it."""
    offset = asked(h, contingency)
    told = list_accepted(h, offset)
    orders = [order_accepted(h, order) for order in told.order_list.orders[first:last]]
    return h.write(RISK, told, *orders, source=(ORDERS, offset))


def child(h: History, decision: int, number: int = 1, qty: int = 100) -> routing.ChildNew:
    """Of the list's second order."""
    return h.child(decision, qty, number, order_id=OTHER_ID, child_id=f"{OTHER_ID}.{number}")


def ended(h: History, order_id: str = OTHER_ID) -> routing.ParentChanged:
    return h.changed(CANCELED, enums.EXEC_TYPE_CANCELED, order_id=order_id)


DONE = routing.ListDone(list_id=LIST_ID)


def opened(
    h: History, contingency: "enums.ContingencyType", *more: "routing.ChildNew", told: "int | None" = None
) -> tuple[int, int]:
    """Both orders are at the router, the first at its venue: (offset at risk, offset at the router). `told`: what the router takes it for."""
    decision = accepted(h, contingency)
    taken_for = contingency if told is None else told
    begun = routing.ListOpened(
        list_id=LIST_ID,
        contingency=taken_for,
        order_ids=[ORDER_ID, OTHER_ID],
        decision_offset=decision,  # type: ignore[arg-type]
    )
    orders = [h.opened(decision, list_id=LIST_ID), h.opened(decision, order_id=OTHER_ID, list_id=LIST_ID)]
    source = h.write(ROUTING, begun, *orders, h.child(decision), *more, source=(RISK, decision))
    return decision, source


def executed(h: History, contingency: "enums.ContingencyType", qty: int = 100) -> tuple[int, int]:
    """The first order executes: (offset at risk, offset at execution)."""
    decision, source = opened(h, contingency)
    h.take(source)
    h.venue_takes()
    h.venue_fills(qty)
    return decision, h.write(EXECUTION, h.filled(qty), session=2)


def other_filled(h: History, qty: int = 100) -> execution.ChildReport:
    told = h.filled(qty)
    told.order_id, told.child_id, told.exec_id = OTHER_ID, f"{OTHER_ID}.1", "E2"
    return told


def other_traded(h: History, qty: int = 100) -> routing.ParentTraded:
    return h.traded(qty, order_id=OTHER_ID, child_id=f"{OTHER_ID}.1", exec_id="E2")


# --- right ones


def one_cancels_the_other(h: History) -> None:
    _, source = executed(h, OCO)
    offset = h.write(ROUTING, h.traded(), h.closed(), ended(h), DONE, source=(EXECUTION, source))
    closed = (risk.OrderClosed(order_id=ORDER_ID), risk.OrderClosed(order_id=OTHER_ID, released_qty=100))
    h.moved(offset, 100, 100, 0, *closed)


def one_triggers_the_other(h: History) -> None:
    decision, source = executed(h, OTO)
    offset = h.write(ROUTING, h.traded(), h.closed(), child(h, decision), source=(EXECUTION, source))
    h.moved(offset, 100, 100, 0, risk.OrderClosed(order_id=ORDER_ID))


def one_updates_the_other(h: History) -> None:
    _, source = executed(h, OUO, 40)
    reduced = routing.LegReduced(list_id=LIST_ID, order_id=OTHER_ID, order_qty=60, by_order_id=ORDER_ID)
    partly = h.traded(40, enums.ORD_STATUS_PARTIALLY_FILLED)
    offset = h.write(ROUTING, partly, reduced, source=(EXECUTION, source))
    h.moved(offset, 40, 40, 60, risk.OrderReduced(order_id=OTHER_ID, order_qty=60))


def a_bracket_works_what_was_entered(h: History) -> None:
    decision, source = executed(h, BRACKET, 40)
    partly = h.traded(40, enums.ORD_STATUS_PARTIALLY_FILLED)
    offset = h.write(ROUTING, partly, child(h, decision, qty=40), source=(EXECUTION, source))
    h.moved(offset, 40, 40, 60)


def a_program_in_its_steps(h: History) -> None:
    program(h)


def program(h: History, judged: int = 2, remaining: int = 0) -> None:
    offset = asked(h, None)
    told = list_accepted(h, offset)
    started = h.write(RISK, told, source=(ORDERS, offset))
    orders = [order_accepted(h, order) for order in told.order_list.orders[:judged]]
    step = risk.ListStep(started_seq=started, list_id=LIST_ID, remaining=remaining)
    h.write(RISK, *orders, step, timer=f"step:{started}:1")


RIGHT = (
    one_cancels_the_other,
    one_triggers_the_other,
    one_updates_the_other,
    a_bracket_works_what_was_entered,
    a_program_in_its_steps,
)


# --- with one thing wrong


def both_at_a_venue(h: History) -> None:
    decision = accepted(h, OCO)
    begun = routing.ListOpened(
        list_id=LIST_ID, contingency=OCO, order_ids=[ORDER_ID, OTHER_ID], decision_offset=decision
    )
    orders = [h.opened(decision, list_id=LIST_ID), h.opened(decision, order_id=OTHER_ID, list_id=LIST_ID)]
    h.write(ROUTING, begun, *orders, h.child(decision), child(h, decision), source=(RISK, decision))


def released_by_nothing(h: History) -> None:
    decision, _ = opened(h, OTO)
    h.write(ROUTING, child(h, decision), source=(RISK, decision))


def an_exit_for_more_than_was_entered(h: History) -> None:
    decision, source = executed(h, BRACKET, 40)
    partly = h.traded(40, enums.ORD_STATUS_PARTIALLY_FILLED)
    h.write(ROUTING, partly, child(h, decision, qty=50), source=(EXECUTION, source))


def one_cancels_nothing(h: History) -> None:
    _, source = executed(h, OCO)
    h.write(ROUTING, h.traded(), h.closed(), source=(EXECUTION, source))


def placed_after_the_other_executed(h: History) -> None:
    decision, source = executed(h, OCO)
    h.write(ROUTING, h.traded(), h.closed(), source=(EXECUTION, source))
    h.write(ROUTING, child(h, decision), source=(RISK, decision))


def goes_on_without_its_first(h: History) -> None:
    _, source = opened(h, OTO)
    unsent = h.write(EXECUTION, h.taken(), h.unsent(enums.REASON_WITHDRAWN_UNSENT), source=(ROUTING, source))
    h.write(ROUTING, h.closed(CANCELED), ended(h, ORDER_ID), source=(EXECUTION, unsent))


def of_an_oco_both_filled(h: History) -> None:
    decision, source = executed(h, OCO)
    h.write(ROUTING, h.traded(), h.closed(), child(h, decision), source=(EXECUTION, source))
    again = h.write(EXECUTION, other_filled(h), session=LATE_SEQ)
    h.write(ROUTING, other_traded(h), source=(EXECUTION, again))


def more_than_the_other_left(h: History) -> None:
    decision, source = executed(h, OUO, 40)
    partly = h.traded(40, enums.ORD_STATUS_PARTIALLY_FILLED)
    h.write(ROUTING, partly, child(h, decision, qty=100), source=(EXECUTION, source))


def executed_more_than_the_other_left(h: History) -> None:
    decision, source = executed(h, OUO, 40)
    partly = h.traded(40, enums.ORD_STATUS_PARTIALLY_FILLED)
    h.write(ROUTING, partly, child(h, decision, qty=60), source=(EXECUTION, source))
    again = h.write(EXECUTION, other_filled(h, 80), session=LATE_SEQ)
    h.write(ROUTING, other_traded(h, 80), source=(EXECUTION, again))


def done_while_one_is_open(h: History) -> None:
    _, source = executed(h, OUO)
    h.write(ROUTING, h.traded(), h.closed(), DONE, source=(EXECUTION, source))


def ended_and_not_done(h: History) -> None:
    _, source = executed(h, OCO)
    h.write(ROUTING, h.traded(), h.closed(), ended(h), source=(EXECUTION, source))


def done_twice(h: History) -> None:
    _, source = executed(h, OCO)
    h.write(ROUTING, h.traded(), h.closed(), ended(h), DONE, DONE, source=(EXECUTION, source))


def accepted_in_part(h: History) -> None:
    accepted(h, OCO, last=1)


def taken_for_another(h: History) -> None:
    opened(h, OCO, told=OUO)


def reduced_by_too_little(h: History) -> None:
    _, source = executed(h, OUO, 40)
    reduced = routing.LegReduced(list_id=LIST_ID, order_id=OTHER_ID, order_qty=70, by_order_id=ORDER_ID)
    partly = h.traded(40, enums.ORD_STATUS_PARTIALLY_FILLED)
    h.write(ROUTING, partly, reduced, source=(EXECUTION, source))


def a_step_that_says_more_remains(h: History) -> None:
    program(h, judged=2, remaining=1)


def reduced_at_risk_by_nobody(h: History) -> None:
    _, source = opened(h, OUO)
    h.write(RISK, risk.OrderReduced(order_id=OTHER_ID, order_qty=60), source=(ROUTING, source))


def a_program_judged_in_part(h: History) -> None:
    program(h, judged=1, remaining=1)


def accepted_after_its_list_was_cancelled(h: History) -> None:
    offset = asked(h, None)
    told = list_accepted(h, offset)
    started = h.write(RISK, told, source=(ORDERS, offset))
    cancel = commands.CancelOrderList(
        desk_id="alpha", trading_date=20250106, cl_ord_id="c1", orig_trading_date=20250106, orig_cl_ord_id="l1"
    )
    asked_at = h.put(ORDERS, commands.Command(cancel_order_list=cancel))
    h.write(RISK, risk.ListCancelAccepted(list_id=LIST_ID, cancel=cancel, matched=2), source=(ORDERS, asked_at))
    orders = [order_accepted(h, order) for order in told.order_list.orders]
    h.write(RISK, *orders, risk.ListStep(started_seq=started, list_id=LIST_ID), timer=f"step:{started}:1")


CASES: dict[Kind, tuple[Callable[[History], object], ...]] = {
    Kind.LEGS_TOGETHER: (both_at_a_venue,),
    Kind.LEG_EARLY: (released_by_nothing, an_exit_for_more_than_was_entered),
    Kind.LEG_GOES_ON: (one_cancels_nothing, placed_after_the_other_executed, goes_on_without_its_first),
    Kind.LIST_OVERFILLED: (of_an_oco_both_filled, more_than_the_other_left, executed_more_than_the_other_left),
    Kind.LIST_NOT_DONE: (done_while_one_is_open, ended_and_not_done, done_twice),
    Kind.LIST_DIFFERS: (accepted_in_part, taken_for_another, reduced_by_too_little, a_step_that_says_more_remains),
    Kind.RELEASED_EARLY: (reduced_at_risk_by_nobody,),
    Kind.NOT_DECIDED: (a_program_judged_in_part,),
    Kind.ACCEPTED_AFTER_CANCEL: (accepted_after_its_list_was_cancelled,),
}
"""A late fill of an order whose child has ended is in no case: it is counted, and nobody's fault."""
