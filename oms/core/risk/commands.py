"""What risk answers to a desk's command. Every event says what was decided; nothing here changes anything.

A command is known by its key (desk, trading date, ClOrdID). First use and same content again: no event, the first answer stands.
Order of refusals: WRONG_PARTITION, then duplicates, then age, good-until, tombstone, and the table of checks last. Duplicates come
before everything else that could refuse, because an order's id is a function of its key: a refusal of the second use for another
reason would carry the id of the first, and be read as its end.

A cancel is only refused where there is nothing to cancel: an unknown order (which leaves a tombstone), or one already closed.
Neither halts, nor silence, nor limits, nor a reused id, nor age stop it. Mass cancels are never refused.
"""

from oms.core.commands import (
    CancelOrder,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
    order_id_of,
    same_content,
)
from oms.core.halts import NOT_JUDGED
from oms.core.market import MarketView
from oms.core.reasons import Reason
from oms.core.risk.checks import evidence_of, judge
from oms.core.risk.exposure import replaced_terms
from oms.core.risk.forgotten import is_recalled
from oms.core.risk.judgement import Judgement
from oms.core.risk.scopes import orders_in
from oms.core.risk.spanning import asked
from oms.core.risk.state import RiskOrder, RiskState
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    Evidence,
    Mandate,
    MassCancelStarted,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
    RiskEvent,
)
from oms.core.stage import Conditions

Refusal = tuple[Reason, str]

OrderCommand = NewOrder | CancelOrder | ReplaceOrder | MassCancelOrders
"""Commands about orders one by one; those about lists are in `oms.core.risk.lists`."""


def decide_command(
    state: RiskState, command: OrderCommand, conditions: Conditions, market: MarketView
) -> tuple[RiskEvent, ...]:
    if repeated(state, command):
        return ()
    match command:
        case NewOrder():
            judgement = Judgement.of(state, conditions, market, command)
            event = judged_order(judgement)
            return (event, *asked(judgement, event))
        case CancelOrder():
            return (_cancel(state, command, conditions.wall_ns),)
        case ReplaceOrder():
            return _replace(state, command, conditions, market)
        case MassCancelOrders():
            return (_mass_cancel(state, command),)


def repeated(state: RiskState, command: Command) -> bool:
    """Whether the command says again what the first under its key said: that one's answer stands."""
    first = state.first_use(command.desk_id, command.trading_date, command.cl_ord_id)
    return first is not None and first.command is not None and same_content(first.command, command)


def judged_order(judgement: Judgement) -> OrderAccepted | OrderRejected:
    state, order, conditions = judgement.state, judgement.order, judgement.conditions
    order_id = order_id_of(order.desk_id, order.trading_date, order.cl_ord_id)
    original = taken(state, order)
    if elsewhere(state, order.desk_id):
        return OrderRejected(order_id, order, Reason.WRONG_PARTITION, ELSEWHERE, evidence_of(judgement))
    if original is not None:
        text = f"ClOrdID {order.cl_ord_id} is in use"
        return OrderRejected(original, order, Reason.DUPLICATE_CL_ORD_ID, text, evidence_of(judgement))
    refusal = out_of_time(state, order, conditions)
    if refusal is not None:
        return OrderRejected(order_id, order, *refusal, evidence_of(judgement))
    evidence, result = judge(judgement)
    if result.reason is not None:
        return OrderRejected(order_id, order, result.reason, result.text, evidence)
    return OrderAccepted(order_id, order, mandate(judgement), evidence, judgement.signed_value_px)


def _replace(
    state: RiskState, wanted: ReplaceOrder, conditions: Conditions, market: MarketView
) -> tuple[RiskEvent, ...]:
    order_id = _named(state, wanted)
    order = state.open_orders.get(order_id)
    refusal = _replace_refusal(state, wanted, order_id, order, conditions)
    if refusal is not None or order is None:
        reason, text = refusal or (Reason.ORDER_NOT_OPEN, "the order is not open")
        return (ReplaceRejected(order_id, wanted, reason, text, no_evidence(state)),)
    terms = replaced_terms(order.terms, wanted)
    judgement = Judgement.of(state, conditions, market, terms, order, amended_by=wanted.provenance)
    evidence, result = judge(judgement)
    event: ReplaceAccepted | ReplaceRejected
    if result.reason is not None:
        event = ReplaceRejected(order_id, wanted, result.reason, result.text, evidence)
    else:
        event = ReplaceAccepted(order_id, wanted, mandate(judgement), evidence, judgement.signed_value_px)
    return (event, *asked(judgement, event))


def _replace_refusal(
    state: RiskState, asked: ReplaceOrder, order_id: str, order: RiskOrder | None, conditions: Conditions
) -> Refusal | None:
    if elsewhere(state, asked.desk_id):
        return Reason.WRONG_PARTITION, ELSEWHERE
    if taken(state, asked) is not None:
        return Reason.DUPLICATE_CL_ORD_ID, f"ClOrdID {asked.cl_ord_id} is in use"
    refusal = out_of_time(state, asked, conditions)
    if refusal is not None:
        return refusal
    if not order_id:
        return Reason.UNKNOWN_ORDER, f"no order {asked.orig_cl_ord_id} of {asked.orig_trading_date}"
    if order is None:
        return Reason.ORDER_NOT_OPEN, "the order is not open"
    if order.pending is not None:
        return Reason.ALREADY_PENDING, f"replacement {order.pending.cl_ord_id} is not settled"
    return None


def _cancel(state: RiskState, cancel: CancelOrder, wall_ns: int) -> CancelAccepted | CancelRejected:
    order_id = _named(state, cancel)
    if elsewhere(state, cancel.desk_id):
        return CancelRejected(order_id, cancel, Reason.WRONG_PARTITION, ELSEWHERE, wall_ns)
    if order_id in state.open_orders:
        return CancelAccepted(order_id, cancel, wall_ns)
    if order_id:
        return CancelRejected(order_id, cancel, Reason.TOO_LATE_TO_CANCEL, "the order is not open any more", wall_ns)
    text = f"no order {cancel.orig_cl_ord_id} of {cancel.orig_trading_date}"
    return CancelRejected(order_id, cancel, Reason.UNKNOWN_ORDER, text, wall_ns)


def _mass_cancel(state: RiskState, command: MassCancelOrders) -> MassCancelStarted:
    matched = len(orders_in(state, command.filter))
    return MassCancelStarted(command, -1, None, "", matched, command.filter)


ELSEWHERE = "the desk belongs to another partition"


def elsewhere(state: RiskState, desk_id: str) -> bool:
    """An unknown desk is not elsewhere: it is refused as unknown."""
    desk = state.reference.desks.get(desk_id)
    return desk is not None and desk.partition != state.partition


def taken(state: RiskState, command: NewOrder | ReplaceOrder | NewOrderList) -> str | None:
    """The order id of what has the ClOrdID already: the same key, or an open order of the desk on any date."""
    first = state.first_use(command.desk_id, command.trading_date, command.cl_ord_id)
    if first is not None and first.command is not None:
        return first.order_id
    if state.recalled and isinstance(command, NewOrder) and is_recalled(state, command):
        return order_id_of(command.desk_id, command.trading_date, command.cl_ord_id)
    return state.open_cl_ord_ids.get((command.desk_id, command.cl_ord_id))


def out_of_time(
    state: RiskState, command: NewOrder | ReplaceOrder | NewOrderList, conditions: Conditions
) -> Refusal | None:
    """Too late to be judged as it was meant: dated before the window, past its good-until, or cancelled before it came."""
    if state.too_old(command.desk_id, command.trading_date):
        return Reason.TRADING_DATE_TOO_OLD, f"commands of {command.trading_date} are not remembered any more"
    if conditions.wall_ns > command.good_until_ns:
        return Reason.GOOD_UNTIL_PASSED, f"{conditions.wall_ns - command.good_until_ns} ns late"
    if state.first_use(command.desk_id, command.trading_date, command.cl_ord_id) is not None:
        return Reason.CANCELED_BEFORE_ARRIVAL, "its cancel came first"
    return None


def _named(state: RiskState, command: CancelOrder | ReplaceOrder) -> str:
    """The order that the command means, by any ClOrdID of its chain (a refused replacement's too); "" where there is none."""
    first = state.first_use(command.desk_id, command.orig_trading_date, command.orig_cl_ord_id)
    if first is None or not isinstance(first.command, NewOrder | ReplaceOrder):
        return ""
    return first.order_id


def mandate(j: Judgement) -> Mandate:
    assert j.worst_price is not None and j.venues, "an order that passed every check has a worst price and venues"
    qty = j.order.order_qty
    reduces_from = j.state.control.position if j.must_reduce else NOT_JUDGED
    return Mandate(qty, j.worst_price, j.venues, (qty,) * len(j.venues), j.order.algorithm, 0, reduces_from)


def no_evidence(state: RiskState) -> Evidence:
    """For a replacement that no check was asked about: which reference and control it met, and no market."""
    return Evidence(state.reference.position, state.control.position, -1, -1, None, None, (), (), (), (), ())
