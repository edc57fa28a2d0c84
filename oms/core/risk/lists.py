"""What risk answers to lists of orders, and the steps in which it judges a program.

    NewOrderList, contingent   every order is judged, each with those before it already counted: ListAccepted and an OrderAccepted for
                               each, or ListRejected with the first reason found and nothing else
    NewOrderList, a program    ListAccepted; then steps of LIST_STEP_ORDERS_MAX orders, each accepted or refused for itself
    CancelOrderList            what is open is cancelled in steps like a mass cancel, what still waits to be judged is refused

Refusals of a list as a whole, in order: WRONG_PARTITION, LIST_INVALID, duplicates (the ListID, or any ClOrdID in it), too old, past its
good-until, cancelled before it came. An order of a program whose ClOrdID was used, or that was cancelled, between the list's record and
its own step is refused alone, just as if the orders had been sent one by one.

Exposure: every order of a list reserves its own quantity from its acceptance until it ends, or is reduced. That is the worst case, as all
of them could execute (a venue may execute an order after it confirmed its cancel); what could be saved for orders that exclude each
other rests on a venue's word, so it is not saved. It does not know how a contingency is carried out: that is the router's.
"""

from oms.core.commands import CancelOrderList, NewOrderList, order_id_of
from oms.core.lists import list_contradictions, list_id_of
from oms.core.market import MarketView
from oms.core.reasons import Reason
from oms.core.risk.checks import judge
from oms.core.risk.commands import (
    ELSEWHERE,
    Refusal,
    elsewhere,
    judged_order,
    mandate,
    no_evidence,
    out_of_time,
    repeated,
    taken,
)
from oms.core.risk.judgement import Ahead, Judgement
from oms.core.risk.spanning import asked, asked_last
from oms.core.risk.state import RiskState
from oms.core.risk_events import (
    ListAccepted,
    ListCancelAccepted,
    ListCancelRejected,
    ListRejected,
    ListStep,
    OrderAccepted,
    OrderRejected,
    RiskEvent,
)
from oms.core.stage import Conditions, StepInput

LIST_STEP_ORDERS_MAX = 50
"""Orders of a program in one record: with their evidence some 150 kB, and a few milliseconds before other inputs have their turn."""


def decide_list(
    state: RiskState, command: NewOrderList | CancelOrderList, conditions: Conditions, market: MarketView
) -> tuple[RiskEvent, ...]:
    if repeated(state, command):
        return ()
    if isinstance(command, CancelOrderList):
        return (_cancel_list(state, command),)
    list_id = list_id_of(command)
    refusal = _refusal(state, command, conditions)
    if refusal is not None:
        cl_ord_id, reason, text = refusal
        return (ListRejected(list_id, command, cl_ord_id, reason, text, no_evidence(state)),)
    if command.contingency is None:
        return (ListAccepted(list_id, command),)
    return _contingent(state, list_id, command, conditions, market)


def _refusal(state: RiskState, command: NewOrderList, conditions: Conditions) -> tuple[str, Reason, str] | None:
    """(ClOrdID of the order at fault, why)."""
    if elsewhere(state, command.desk_id):
        return "", Reason.WRONG_PARTITION, ELSEWHERE
    wrong = list_contradictions(command)
    if wrong:
        field, text = wrong[0]
        return "", Reason.LIST_INVALID, f"{field} {text}"
    if taken(state, command) is not None:
        return "", Reason.DUPLICATE_CL_ORD_ID, f"ListID {command.cl_ord_id} is in use"
    for order in command.orders:
        if taken(state, order) is not None:
            return order.cl_ord_id, Reason.DUPLICATE_CL_ORD_ID, f"ClOrdID {order.cl_ord_id} is in use"
    late = out_of_time(state, command, conditions)
    return None if late is None else ("", *late)


def _contingent(
    state: RiskState, list_id: str, command: NewOrderList, conditions: Conditions, market: MarketView
) -> tuple[RiskEvent, ...]:
    events: list[RiskEvent] = [ListAccepted(list_id, command)]
    judged: list[tuple[Judgement, RiskEvent]] = []
    ahead: tuple[Ahead, ...] = ()
    for order in command.orders:
        j = Judgement.of(state, conditions, market, order, ahead=ahead)
        late = out_of_time(state, order, conditions)
        if late is not None:
            return (ListRejected(list_id, command, order.cl_ord_id, *late, no_evidence(state)),)
        evidence, result = judge(j)
        if result.reason is not None:
            refused = ListRejected(list_id, command, order.cl_ord_id, result.reason, result.text, evidence)
            return (refused, *asked(j, refused))
        order_id = order_id_of(order.desk_id, order.trading_date, order.cl_ord_id)
        accepted = OrderAccepted(order_id, order, mandate(j), evidence, j.signed_value_px)
        events.append(accepted)
        judged.append((j, accepted))
        ahead = (*ahead, j.as_ahead())
    return (*events, *asked_last(judged))


def step_program(
    state: RiskState, step: StepInput, conditions: Conditions, market: MarketView
) -> tuple[RiskEvent, ...]:
    """The next orders of a program, each judged with those accepted before it in this record."""
    work = state.programs[step.started_offset]
    assert step.step == work.steps_done + 1, f"step {step.step} of {step.started_offset} after {work.steps_done}"
    chunk = work.orders[:LIST_STEP_ORDERS_MAX]
    events: list[RiskEvent] = []
    judged: list[tuple[Judgement, RiskEvent]] = []
    ahead: tuple[Ahead, ...] = ()
    for order in chunk:
        if order.cl_ord_id in work.stopped:
            order_id = order_id_of(order.desk_id, order.trading_date, order.cl_ord_id)
            refusal: Refusal = (Reason.CANCELED_BEFORE_ARRIVAL, "its list was cancelled before it was judged")
            events.append(OrderRejected(order_id, order, *refusal, no_evidence(state)))
            continue
        j = Judgement.of(state, conditions, market, order, ahead=ahead)
        event = judged_order(j)
        if isinstance(event, OrderAccepted):
            ahead = (*ahead, j.as_ahead())
        events.append(event)
        judged.append((j, event))
    events.append(ListStep(step.started_offset, work.list_id, len(work.orders) - len(chunk)))
    return (*events, *asked_last(judged))


def _cancel_list(state: RiskState, cancel: CancelOrderList) -> ListCancelAccepted | ListCancelRejected:
    list_id = order_id_of(cancel.desk_id, cancel.orig_trading_date, cancel.orig_cl_ord_id)
    if elsewhere(state, cancel.desk_id):
        return ListCancelRejected(list_id, cancel, Reason.WRONG_PARTITION, ELSEWHERE)
    if known_list(state, cancel) is None:
        text = f"no list {cancel.orig_cl_ord_id} of {cancel.orig_trading_date}"
        return ListCancelRejected(list_id, cancel, Reason.UNKNOWN_ORDER, text)
    matched = len(open_of_list(state, cancel)) + len(waiting_of_list(state, list_id))
    if not matched:
        return ListCancelRejected(list_id, cancel, Reason.TOO_LATE_TO_CANCEL, "no order of the list is open any more")
    return ListCancelAccepted(list_id, cancel, matched)


def known_list(state: RiskState, cancel: CancelOrderList) -> NewOrderList | None:
    first = state.first_use(cancel.desk_id, cancel.orig_trading_date, cancel.orig_cl_ord_id)
    command = first.command if first is not None else None
    return command if isinstance(command, NewOrderList) else None


def open_of_list(state: RiskState, cancel: CancelOrderList) -> tuple[str, ...]:
    """Orders of the list that are open, in its order. An order that a ClOrdID of a refused list names later is not of it."""
    known = known_list(state, cancel)
    found: list[str] = []
    for order in known.orders if known is not None else ():
        order_id = order_id_of(order.desk_id, order.trading_date, order.cl_ord_id)
        mine = state.open_orders.get(order_id)
        if mine is not None and mine.terms.list_id == order.list_id:
            found.append(order_id)
    return tuple(found)


def waiting_of_list(state: RiskState, list_id: str) -> tuple[str, ...]:
    """ClOrdIDs of a program that wait to be judged and are not stopped."""
    return tuple(
        order.cl_ord_id
        for work in state.programs.values()
        if work.list_id == list_id
        for order in work.orders
        if order.cl_ord_id not in work.stopped
    )
