"""The only way the client-sessions state changes: one event at a time, integers only, nothing looked up."""

from oms.core.client_session_events import (
    CancelOnDisconnectDone,
    ClientConnected,
    ClientDayBegan,
    ClientDisconnected,
    ClientEvent,
    ClientHeard,
    ClientLinkRefused,
    ClientNumbersReset,
    ClientOrderChanged,
    ClientOrderOpened,
    ClientRefused,
    ClientRequestDecided,
    ClientRequested,
    ClientRequestSettled,
    CommandsRepeated,
    FixNoted,
    MarketSubscribed,
    MarketTold,
    MarketUnsubscribed,
)
from oms.core.commands import CancelOrder, ReplaceOrder
from oms.core.risk_events import ControlApplied
from oms.fix import cancel_on_disconnect as rule_38
from oms.fix import session as fix
from oms.fix.cancel_on_disconnect import DisconnectPhase, DisconnectState
from oms.fix.session.events import LoggedOn
from oms.gateway.client_sessions.state import (
    ENDED_ORDERS_KEPT,
    SPENT_KEPT,
    ClientOrder,
    ClientSession,
    ClientSessionsState,
    Key,
    Request,
    Subscription,
    Told,
)
from oms.gateway.client_sessions.terms import END_CAUSES


def evolve(state: ClientSessionsState, event: ClientEvent) -> None:
    match event:
        case FixNoted():
            session = session_in(state, event.session_id)
            fix.evolve(session.fix, event.event)
            if isinstance(event.event, LoggedOn):
                session.disconnect = rule_38.on_logon(session.disconnect)
                session.since_ns = session.since_ns or event.event.at_ns
        case ClientConnected():
            session = session_in(state, event.session_id)
            session.link_id, session.peer = event.link_id, event.peer
        case ClientDisconnected():
            _disconnected(session_in(state, event.session_id), event)
        case ClientRequested():
            command = event.command
            key = command.desk_id, command.trading_date, command.cl_ord_id
            state.requests[key] = Request(event.session_id, event.msg_seq_num, command)
        case ClientRequestDecided():
            _decided(state, event)
        case ClientRequestSettled():
            _over(state, (event.desk_id, event.trading_date, event.cl_ord_id))
        case ClientOrderOpened():
            _opened(state, event)
        case ClientOrderChanged():
            _changed(state, event)
        case CancelOnDisconnectDone():
            session = session_in(state, event.session_id)
            session.disconnect = rule_38.on_cancelled(session.disconnect)
        case MarketSubscribed() | MarketUnsubscribed() | MarketTold():
            _market(state, event)
        case ClientNumbersReset():
            session_in(state, event.session_id).reset_ns = event.asked_ns
        case ClientDayBegan():
            session_in(state, event.session_id).day_ns = event.began_ns
        case ClientRefused() | ClientLinkRefused() | ClientHeard() | CommandsRepeated() | ControlApplied():
            pass


def session_in(state: ClientSessionsState, session_id: str) -> ClientSession:
    """The session, made where it is new."""
    found = state.sessions.get(session_id)
    if found is None:
        found = state.sessions[session_id] = ClientSession(session_id, fix.SessionState())
    return found


def _disconnected(session: ClientSession, event: ClientDisconnected) -> None:
    """As `rule_38.on_end` said when it was decided: a vain attempt to log on leaves a window as it is."""
    session.link_id, session.peer, session.disconnects = 0, "", session.disconnects + 1
    session.subscriptions.clear()
    if session.disconnect.phase is DisconnectPhase.CONNECTED:
        phase = DisconnectPhase.WAITING if event.cancel_at_ns else DisconnectPhase.AWAY
        session.disconnect = DisconnectState(phase, END_CAUSES[event.cause], event.cancel_at_ns)


def _decided(state: ClientSessionsState, event: ClientRequestDecided) -> None:
    key = event.desk_id, event.trading_date, event.cl_ord_id
    request = state.requests.get(key)
    if request is None:
        return
    if event.accepted and isinstance(request.command, CancelOrder | ReplaceOrder):
        request.decided = True
    else:
        _over(state, key)


def _over(state: ClientSessionsState, key: Key) -> None:
    if state.requests.pop(key, None) is None:
        return
    state.spent[key] = None
    while len(state.spent) > SPENT_KEPT:
        del state.spent[next(iter(state.spent))]


def _opened(state: ClientSessionsState, event: ClientOrderOpened) -> None:
    order = event.order
    state.orders[event.order_id] = ClientOrder(
        event.order_id,
        event.session_id,
        order,
        order.cl_ord_id,
        [order.cl_ord_id],
        order.order_qty,
        order.price,
        order.instructions,
        leaves_qty=order.order_qty,
    )
    state.ids[(order.desk_id, order.cl_ord_id)] = event.order_id


def _changed(state: ClientSessionsState, event: ClientOrderChanged) -> None:
    order = state.orders[event.order_id]
    if event.cl_ord_id not in order.cl_ord_ids:
        order.cl_ord_ids.append(event.cl_ord_id)
        state.ids[(order.desk_id, event.cl_ord_id)] = order.order_id
    order.cl_ord_id, order.exec_type, order.ord_status = event.cl_ord_id, event.exec_type, event.ord_status
    order.told = True
    order.order_qty, order.price, order.instructions = event.order_qty, event.price, event.instructions
    order.cum_qty, order.leaves_qty, order.notional = event.cum_qty, event.leaves_qty, event.notional
    order.day_order_qty, order.day_cum_qty = event.day_order_qty, event.day_cum_qty
    order.day_notional = event.day_notional
    if not event.ord_status.is_terminal:
        state.ended.pop(order.order_id, None)  # a bust of a filled order
        return
    state.ended[order.order_id] = None
    while len(state.ended) > ENDED_ORDERS_KEPT:
        _forget(state, next(iter(state.ended)))


def _forget(state: ClientSessionsState, order_id: str) -> None:
    del state.ended[order_id]
    order = state.orders.pop(order_id)
    for cl_ord_id in order.cl_ord_ids:
        if state.ids.get((order.desk_id, cl_ord_id)) == order_id:
            del state.ids[(order.desk_id, cl_ord_id)]


def _market(state: ClientSessionsState, event: MarketSubscribed | MarketUnsubscribed | MarketTold) -> None:
    subscriptions = session_in(state, event.session_id).subscriptions
    if isinstance(event, MarketUnsubscribed):
        subscriptions.pop(event.request_id, None)
    elif isinstance(event, MarketSubscribed):
        subscriptions[event.request_id] = Subscription(
            event.instruments, event.entry_types, event.depth, event.incremental
        )
    elif (found := subscriptions.get(event.request_id)) is not None:
        entries = dict(zip(event.entry_ids, zip(event.prices, event.quantities, strict=True), strict=True))
        found.told[event.instrument_id] = Told(entries, event.market_position, event.now_ns)
