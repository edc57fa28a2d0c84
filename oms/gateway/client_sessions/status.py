"""Status, asked for or told: of one order (H), of all (AF), of a list (M → N). A status is never a fill, and has no ExecID of its own."""

from oms.core.commands import NewOrderList, order_id_of
from oms.core.enums import ExecType, OrdStatus
from oms.core.reasons import Reason
from oms.core.reference import FixSession
from oms.fix.fields import from_scaled, from_utc_ns
from oms.fix.message import Field, Message
from oms.gateway.client_sessions import answers, reports, words
from oms.gateway.client_sessions.draft import Draft, may_see
from oms.gateway.client_sessions.reports import Asked, Report
from oms.gateway.client_sessions.requests import Unacceptable
from oms.gateway.client_sessions.state import ClientOrder
from oms.gateway.client_sessions.terms import FIX_42, version_of

MASS_STATUS_MAX = 1_000
"""Reports in one answer: at some 450 bytes each they fit one record. Whoever has more open orders asks by instrument."""

_RECEIVED, _EXECUTING, _ALERT, _ALL_DONE, _REJECT = b"2", b"3", b"5", b"6", b"7"
"""ListOrderStatus (431)."""

_LIST_RESPONSE, _LIST_ACK = b"2", b"1"
"""ListStatusType (429)."""


def tell_status(draft: Draft, terms: FixSession, order: ClientOrder, asked: Asked = reports.NOT_ASKED) -> None:
    """The order as it stands."""
    report = Report(ExecType.ORDER_STATUS, order.ord_status, "", draft.now_ns)
    instrument = draft.reference.instruments.get(order.order.instrument_id)
    body = reports.execution_report(order, instrument, report, version_of(terms), asked)
    draft.send(terms, "8", body, order.order_id)


def order_status(draft: Draft, terms: FixSession, message: Message) -> None:
    order = draft.find_for(terms, message.text(11))
    if order is None and message.get(37) is not None:
        order = draft.order(message.text(37))
    if order is not None and may_see(terms, order):
        tell_status(draft, terms, order, Asked(message.text(790)))
        return
    body = _nothing(draft, message, version_of(terms), f"no order {message.text(11)} is known here")
    if message.get(790) is not None and version_of(terms) != FIX_42:
        body += ((790, message.text(790).encode("latin-1")),)
    draft.send(terms, "8", body)


def _nothing(draft: Draft, message: Message, version: str, text: str) -> tuple[Field, ...]:
    """ExecutionReport about no order: OrderID NONE, OrdStatus Rejected, reason 5 (rule 9)."""
    found: list[Field] = [
        (37, reports.NO_ORDER_ID),
        (11, (message.text(11) or "NONE").encode("latin-1")),
        (17, reports.NO_EXEC_ID),
    ]
    if version == FIX_42:
        found.append((20, b"3"))
    found += [
        (150, b"8" if version == FIX_42 else words.EXEC_TYPES[ExecType.ORDER_STATUS]),
        (39, words.ORD_STATUSES[OrdStatus.REJECTED]),
        (103, words.ord_rej_reason(Reason.UNKNOWN_ORDER, version)),
        (55, (message.text(55) or "NONE").encode("latin-1")),
        (54, message.get(54) or b"1"),
        (151, b"0"),
        (14, b"0"),
        (6, b"0"),
        (60, from_utc_ns(draft.now_ns)),
        (58, reports.text_of(Reason.UNKNOWN_ORDER, text)),
    ]
    return tuple(found)


def mass_status(draft: Draft, terms: FixSession, message: Message) -> None:
    """OrderMassStatusRequest (AF): open orders of the desk that the session may use; 585=1 of one instrument, 7 of all."""
    kind, symbol = message.text(585), message.text(55)
    if kind not in ("1", "7") or (kind == "1" and not symbol):
        text = "MassStatusReqType(585): takes 1 (with Symbol), 7 (all)"
        answers.business_reject(draft, terms, message, answers.OTHER, text)
        return
    if len(message.text(584)) > answers.REQUEST_ID_MAX:
        answers.business_reject(draft, terms, message, answers.OTHER, answers.too_long("MassStatusReqID(584)"))
        return
    found = [
        order_id
        for order_id, order in draft.base.orders.items()
        if not order.ord_status.is_terminal
        and may_see(terms, order)
        and symbol in ("", order.order.instrument_id)
        and message.text(1) in ("", order.order.account_id)
    ]
    if len(found) > MASS_STATUS_MAX:
        text = f"{len(found)} orders are open, {MASS_STATUS_MAX} are told at once: ask by Symbol(55) or Account(1)"
        answers.business_reject(draft, terms, message, answers.OTHER, text)
        return
    mass_id = message.text(584)
    for number, order_id in enumerate(found, 1):
        order = draft.order(order_id)
        if order is not None:
            tell_status(draft, terms, order, Asked("", mass_id, len(found), number == len(found)))
    if not found:
        body = _nothing(draft, message, version_of(terms), "no order is open")
        draft.send(terms, "8", (*body, (584, mass_id.encode("latin-1", "replace")), (911, b"0"), (912, b"Y")))


# -- lists ------------------------------------------------------------------------------------------------------------------


def list_status(draft: Draft, terms: FixSession, message: Message) -> None:
    """ListStatusRequest (M), and a NewOrderList that may have come before."""
    tell_list(draft, terms, message.text(66), _LIST_RESPONSE)


def tell_list(
    draft: Draft, terms: FixSession, cl_list_id: str, kind: bytes = _LIST_ACK, refused: str = "", done: bool = False
) -> None:
    """ListStatus (N) of the orders that are known of it. `refused`: why nothing of it was taken."""
    wanted = f"/{cl_list_id}"
    found = [
        order
        for order_id, known in {**draft.base.orders, **draft.state.orders}.items()
        if known.order.list_id.endswith(wanted) and may_see(terms, known)
        for order in (draft.order(order_id),)
        if order is not None
    ]
    _send_list(draft, terms, cl_list_id, kind, found, refused)


def _send_list(
    draft: Draft, terms: FixSession, cl_list_id: str, kind: bytes, found: list[ClientOrder], refused: str
) -> None:
    if refused or not found:
        status = _REJECT
    elif all(order.ord_status.is_terminal for order in found):
        status = _ALL_DONE
    elif all(order.ord_status is OrdStatus.PENDING_NEW for order in found):
        status = _RECEIVED
    else:
        status = _EXECUTING
    text = refused or ("" if found else f"{Reason.UNKNOWN_ORDER.name}: no list {cl_list_id} is known here")
    head: list[Field] = [
        (66, cl_list_id.encode("latin-1", "replace")),
        (429, kind),
        (82, b"1"),
        (431, status),
        (83, b"1"),
    ]
    if text:
        head.append((444, reports.text_of(None, text)))
    head += [(60, from_utc_ns(draft.now_ns)), (68, b"%d" % len(found)), (73, b"%d" % len(found))]
    for order in found:
        head += _listed(draft, order)
    draft.send(terms, "N", tuple(head))


def _listed(draft: Draft, order: ClientOrder) -> list[Field]:
    instrument = draft.reference.instruments.get(order.order.instrument_id)
    scale = instrument.qty_scale if instrument is not None else 0
    price_scale = instrument.price_scale if instrument is not None else 0
    leaves = reports.leaves_qty(order, order.ord_status)
    canceled = max(0, order.order_qty - order.cum_qty - leaves) if order.ord_status.is_terminal else 0
    return [
        (11, order.cl_ord_id.encode("latin-1", "replace")),
        (14, from_scaled(order.cum_qty, scale)),
        (39, words.ORD_STATUSES[order.ord_status]),
        (151, from_scaled(leaves, scale)),
        (84, from_scaled(canceled, scale)),
        (6, reports.average(order.notional, order.cum_qty, price_scale)),
    ]


def list_refused(draft: Draft, terms: FixSession, message: Message, refusal: Unacceptable) -> None:
    text = f"{refusal.reason.name}: {refusal.text}"
    _send_list(draft, terms, message.text(66), _LIST_RESPONSE, [], text)


def ids_of_list(command: NewOrderList) -> tuple[str, ...]:
    return tuple(order_id_of(o.desk_id, o.trading_date, o.cl_ord_id) for o in command.orders)
