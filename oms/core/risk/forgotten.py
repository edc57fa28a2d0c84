"""Trades of orders that risk does not know any more: booked where the router says whose the order was, else told to a person.

Risk remembers a desk's last trading dates, the router everyone's, a venue may bust a trade weeks later. What is so is booked, beyond limits
too; what cannot be booked leaves the desk's positions unknown, and unknown means no: its new orders are refused until a person resumes it.

    the record says whose it was    `OrderRecalled`, and the trade is booked as any other that comes after an order's end
    it does not, or does not fit    `TradeUnbooked`; the desk is blocked (TRADES_UNBOOKED) until `UnbookedSettled`

Invariant: no record of the router stops the stage. An order that is known again is remembered as one that ended now. ExecIDs that were booked
before it was forgotten are not known again: the router told each of them once.
"""

from collections.abc import Iterable

from oms.core.commands import NewOrder, Provenance, order_id_of
from oms.core.enums import AlertKind, Algorithm, ExecType, LimitScope, OrdStatus, OrdType, TimeInForce
from oms.core.money import Amount
from oms.core.monitors import alerts
from oms.core.monitors.alerts import Measure
from oms.core.risk.state import RiskOrder, RiskState
from oms.core.risk_events import OrderRecalled, RiskEvent, TradeUnbooked, UnbookedSettled
from oms.core.routing_events import ForgottenTraded, ParentTraded, TradeCorrected, TradeSuperseded, Whose

RECALLED_MAX = 1_000
"""Of a desk: far more late trades of forgotten orders than a venue can explain. Beyond, of the others the one that ended first is
forgotten again."""

UNBOOKED_TOLD_MAX = 2_000
"""Open alerts of trades that cannot be booked: a resume clears them all in one record, which has to fit. Beyond, what a refusal of the desk
says counts them, and each is in the journal."""


def recall(state: RiskState, order_id: str, whose: Whose, venue_id: str, text: str) -> OrderRecalled:
    """The event that makes a forgotten order known again."""
    dates = state.dates.get(whose.desk_id, ())
    return OrderRecalled(
        order_id,
        whose.desk_id,
        whose.account_id,
        whose.instrument_id,
        whose.side,
        whose.trader,
        whose.strategy,
        venue_id,
        dates[-1] if dates else 0,
        text,
    )


def order_of(event: OrderRecalled) -> RiskOrder:
    """What is known of it: whose it is. It is worth money: what it trades counts in all sums."""
    _, _, rest = event.order_id.partition("/")
    date, _, cl_ord_id = rest.partition("/")
    trading_date = int(date) if date.isascii() and date.isdecimal() else 0
    terms = NewOrder(
        desk_id=event.desk_id,
        trading_date=trading_date,
        cl_ord_id=cl_ord_id,
        account_id=event.account_id,
        instrument_id=event.instrument_id,
        side=event.side,
        ord_type=OrdType.MARKET,
        time_in_force=TimeInForce.DAY,
        order_qty=0,
        price=None,
        algorithm=Algorithm.BEST_PRICE,
        venue_id="",
        twap=None,
        good_until_ns=0,
        entered_ns=0,
        trace_id="",
        provenance=Provenance("", "", "", event.trader, event.strategy),
    )
    return RiskOrder(
        terms,
        ((trading_date, cl_ord_id),),
        is_open=False,
        closed_date=event.closed_date,
        venues=(event.venue_id,),
        value_px=1,
    )


def as_told(trade: ForgottenTraded) -> ParentTraded | TradeSuperseded | TradeCorrected:
    """What the router would have told, had it known the order; its totals and status are nobody's."""
    t, nothing, status = trade, Amount(0), OrdStatus.UNKNOWN
    if t.supersedes:
        return TradeSuperseded(
            t.order_id, "", t.child_id, t.venue_id, t.exec_id, t.exec_ref_id, t.new_qty, t.new_px, t.old_px, t.liquidity, 0, 0,
            nothing, status, t.transact_ns,
        )  # fmt: skip
    if not t.exec_ref_id:
        return ParentTraded(
            t.order_id, "", t.child_id, t.venue_id, t.exec_id, t.new_qty, t.new_px, t.liquidity, 0, 0, nothing, status,
            t.transact_ns, t.inferred,
        )  # fmt: skip
    what = ExecType.TRADE_CORRECT if t.new_qty else ExecType.TRADE_CANCEL
    return TradeCorrected(
        t.order_id, "", t.child_id, t.venue_id, what, t.exec_id, t.exec_ref_id, t.old_qty, t.old_px, t.new_qty, t.new_px,
        t.liquidity, 0, 0, nothing, status, t.transact_ns, "",
    )  # fmt: skip


def note_forgotten(state: RiskState, event: OrderRecalled | TradeUnbooked | UnbookedSettled) -> None:
    match event:
        case OrderRecalled():
            _remember(state, event)
        case TradeUnbooked():
            state.unbooked[event.desk_id] = state.unbooked.get(event.desk_id, 0) + 1
        case UnbookedSettled():
            if event.desk_id:
                state.unbooked.pop(event.desk_id, None)
            else:
                state.unbooked.clear()


def _remember(state: RiskState, event: OrderRecalled) -> None:
    assert state.order(event.order_id) is None, f"{event.order_id} is known, and recalled"
    state.closed_orders[event.order_id] = order_of(event)
    forgotten = remember(state.recalled.setdefault(event.desk_id, {}), event)
    if forgotten:
        del state.closed_orders[forgotten]


def remember(mine: dict[str, int], event: OrderRecalled) -> str:
    """Note it among those of its desk; the order that is forgotten again for it, "" where there is room."""
    mine[event.order_id] = event.closed_date
    if len(mine) <= RECALLED_MAX:
        return ""
    first = min(mine.keys() - {event.order_id}, key=lambda order_id: (mine[order_id], order_id))
    del mine[first]
    return first


def is_recalled(state: RiskState, command: NewOrder) -> bool:
    """Whether a trade of an order of this name came before it: it is no new one."""
    mine = state.recalled.get(command.desk_id, {})
    return order_id_of(command.desk_id, command.trading_date, command.cl_ord_id) in mine


def alerts_of(state: RiskState, events: Iterable[RiskEvent], tape_ns: int) -> tuple[alerts.Alert, ...]:
    """One for each trade among the events that cannot be booked."""
    unbooked = [event for event in events if isinstance(event, TradeUnbooked)]
    if not unbooked:
        return ()
    told = sum(alert.kind is AlertKind.TRADE_UNBOOKED for alert in state.alerts.open.values())
    measures = [
        Measure(
            AlertKind.TRADE_UNBOOKED,
            LimitScope.DESK if event.desk_id else LimitScope.FIRM,
            event.desk_id,
            f"{event.order_id} {event.exec_id}",
            None,
            0,
            -1,
            f"{event.text}: {event.exec_id} of {event.order_id}, new orders are refused until `oms resume`",
        )
        for event in unbooked[: max(0, UNBOOKED_TOLD_MAX - told)]
    ]
    return alerts.decide(state.alerts, measures, tape_ns)


def alerts_settled(state: RiskState, desk_id: str, tape_ns: int) -> tuple[alerts.Alert, ...]:
    """What a person has seen to, by resuming a desk or (empty) everyone."""
    told = state.alerts.open.items()
    wanted = [i for i, a in told if a.kind is AlertKind.TRADE_UNBOOKED and desk_id in ("", a.scope_id)]
    return alerts.gone(sorted(wanted), tape_ns)


def desk_here(state: RiskState, order_id: str) -> str:
    """The desk that an order's id names, "" where this partition has none such."""
    desk = state.reference.desks.get(order_id.partition("/")[0])
    return desk.desk_id if desk is not None and desk.partition == state.partition else ""


def blocked_by_unbooked(state: RiskState, desk_id: str) -> bool:
    return bool(state.unbooked) and (desk_id in state.unbooked or "" in state.unbooked)
