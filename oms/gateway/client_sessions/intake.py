"""What an application message of a client leads to: a command, an answer from here, or a refusal that a person can act on.

The order of the questions: is the message one that we take, may the session's person do that, was the ClOrdID used before (rules 27, 28),
can orders be taken at all (audit, load), does the message make sense. The first that says no is the answer. Cancels are never refused
for load, nor for the audit.

Rule 27, PossResend=Y: a ClOrdID that is known is answered with the present status, one that is not is treated as new.
Rule 28: a known ClOrdID without it, or with other content, is refused (reason 6), with OrdStatus of the original, whose state is not
touched.
"""

from oms.core.client_session_events import ClientOrderOpened, ClientRefused, ClientRequested
from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
    order_id_of,
)
from oms.core.control import tape_now
from oms.core.enums import ExecType, OrdStatus
from oms.core.reasons import Reason
from oms.core.reference import FixSession
from oms.fix.groups import groups
from oms.fix.message import Message
from oms.gateway.client_sessions import answers, market_data, status
from oms.gateway.client_sessions.admission import right_denied
from oms.gateway.client_sessions.contradictions import is_same, require_same_order, require_units
from oms.gateway.client_sessions.draft import Draft, dictionary_of, may_see
from oms.gateway.client_sessions.reports import Report
from oms.gateway.client_sessions.requests import Asked, Unacceptable, command_from, instrument_of, trading_date
from oms.gateway.client_sessions.state import REQUESTS_MAX, ClientOrder, Key
from oms.gateway.identity import Right
from oms.gateway.validation import trading_date_errors

PARTITIONS_MAX = 10_000
"""A session's desk is in this partition, which is there: the bound of the edge's check is not asked here."""

_CANCELS = ("F", "q", "K")
_RIGHT_OF = {
    "D": Right.TRADE,
    "G": Right.TRADE,
    "E": Right.TRADE,
    "F": Right.CANCEL,
    "q": Right.CANCEL,
    "K": Right.CANCEL,
}

_ANSWERED = {"H": status.order_status, "AF": status.mass_status, "M": status.list_status, "V": market_data.requested}

NOT_SUPPORTED = {
    "J": "allocation instructions are not supported: allocate where you book",
    "AS": "allocation reports are not supported",
}

_PASSED_OVER = ("j",)
"""The client refuses what we said: it is in the journal, for a person."""

TAKEN = frozenset((*_RIGHT_OF, *_ANSWERED, *NOT_SUPPORTED, *_PASSED_OVER))
"""MsgTypes (35) of the application that have a meaning of their own here; any other is answered that it is not supported."""


def process(draft: Draft, terms: FixSession, message: Message) -> None:
    kind = message.msg_type
    if kind in _RIGHT_OF:
        _request(draft, terms, message)
    elif kind in _ANSWERED:
        _ANSWERED[kind](draft, terms, message)
    elif kind not in _PASSED_OVER:
        text = NOT_SUPPORTED.get(kind, f"MsgType(35)={kind} is not supported")
        answers.business_reject(draft, terms, message, answers.UNSUPPORTED_TYPE, text)


def _request(draft: Draft, terms: FixSession, message: Message) -> None:
    if terms.drop_copy is not None:
        answers.business_reject(draft, terms, message, answers.NOT_AUTHORIZED, "a drop copy session only listens")
        return
    asked = asked_of(draft, terms)
    try:
        date = trading_date(message, asked)
        if _was_used(draft, terms, message, date, asked):
            return
        _require(draft, terms, message)
        _require_visible(draft, terms, message)
        if message.msg_type == "G" and (order := draft.find_for(terms, message.text(41))) is not None:
            require_same_order(message, order.order)
        command = command_from(message, asked)
        _require_units(message, asked)
        if not isinstance(command, CancelOrder | MassCancelOrders | CancelOrderList):
            _require_date(draft, command)
    except Unacceptable as refusal:
        refuse(draft, terms, message, refusal)
        return
    take(draft, terms, message, command)


def asked_of(draft: Draft, terms: FixSession) -> Asked:
    def find_date(cl_ord_id: str) -> int | None:
        order = draft.find(terms.desk_id, cl_ord_id)
        return order.order.trading_date if order is not None else None

    return Asked(
        terms,
        draft.reference,
        draft.control,
        dictionary_of(terms),
        draft.now_ns,
        find_date,
        PARTITIONS_MAX,
    )


def _require(draft: Draft, terms: FixSession, message: Message) -> None:
    """Whether anything like this can be taken from the session now."""
    denied = right_denied(terms, draft.reference, _RIGHT_OF[message.msg_type])
    if denied is not None:
        raise Unacceptable(denied.reason, denied.text)
    if message.msg_type in _CANCELS:
        return
    if draft.conditions.audit_behind:
        raise Unacceptable(Reason.AUDIT_BEHIND_AT_GATEWAY, "new orders wait for the audit; cancels are taken")
    if draft.open_requests(terms.session_id) >= REQUESTS_MAX:
        raise Unacceptable(Reason.BACK_PRESSURE, f"{REQUESTS_MAX} requests wait for their decision; send again later")


def _require_visible(draft: Draft, terms: FixSession, message: Message) -> None:
    """What is of an account that the session may not use is not there for it."""
    if message.msg_type in ("F", "G") and terms.accounts:
        order = draft.find(terms.desk_id, message.text(41))
        if order is not None and not may_see(terms, order):
            raise Unacceptable(Reason.UNKNOWN_ORDER, f"OrigClOrdID(41)={message.text(41)}: no such order", 41)


def _require_units(message: Message, asked: Asked) -> None:
    """Of a message that was read: its instruments are there."""
    if message.msg_type in ("D", "G", "E"):
        listed = groups(message, 73, asked.dictionary) if message.msg_type == "E" else (message,)
        for order in listed:
            require_units(order, instrument_of(order, asked.reference))


def _require_date(draft: Draft, command: NewOrder | ReplaceOrder | NewOrderList) -> None:
    errors = trading_date_errors(command.trading_date, tape_now(draft.control.anchor, draft.now_ns))
    if errors:
        raise Unacceptable(Reason.INVALID_FIELD, f"TransactTime(60): {errors[0].description}", 60)


def take(draft: Draft, terms: FixSession, message: Message, command: Command) -> None:
    """The command is due; what it opens is known from here on."""
    for order in _opened_by(command):
        draft.emit(ClientOrderOpened(_id_of(order), terms.session_id, order))
    order_id = ""
    if isinstance(command, NewOrder):
        order_id = _id_of(command)
    elif isinstance(command, CancelOrder | ReplaceOrder):
        known = draft.find(terms.desk_id, command.orig_cl_ord_id)
        order_id = known.order_id if known is not None else ""
    draft.emit(ClientRequested(terms.session_id, message.seq_num, message.msg_type, order_id, command))


def _opened_by(command: Command) -> tuple[NewOrder, ...]:
    if isinstance(command, NewOrder):
        return (command,)
    return command.orders if isinstance(command, NewOrderList) else ()


def _id_of(order: NewOrder) -> str:
    return order_id_of(order.desk_id, order.trading_date, order.cl_ord_id)


# -- ClOrdIDs that were used before -----------------------------------------------------------------------------------------


def _was_used(draft: Draft, terms: FixSession, message: Message, date: int, asked: Asked) -> bool:
    """Whether the ClOrdID (of a list: the ListID) is known, and answered."""
    if message.msg_type == "K":
        return False
    cl_ord_id = message.text(66) if message.msg_type == "E" else message.text(11)
    key = terms.desk_id, date, cl_ord_id
    order = draft.find(terms.desk_id, cl_ord_id)
    if order is not None and order.order.trading_date != date and order.ord_status.is_terminal:
        order = None  # an id of another day, of an order that is over
    if order is None and draft.request(key) is None and not draft.is_spent(key):
        return False
    if not message.poss_resend:
        text = f"{cl_ord_id} was used before; PossResend(97)=Y asks for its status"
    elif not _asks_the_same(draft, message, order, key, asked):
        text = f"{cl_ord_id} was used before, for something else than this"
    else:
        _tell_again(draft, terms, message, order, key)
        return True
    refuse(draft, terms, message, Unacceptable(Reason.DUPLICATE_CL_ORD_ID, text, 11), order)
    return True


def _asks_the_same(draft: Draft, message: Message, order: ClientOrder | None, key: Key, asked: Asked) -> bool:
    """Whether it is what came under its ClOrdID before, as far as that is still known here: of a request that is over it is not."""
    request = draft.request(key)
    first: Command | None = request.command if request is not None else None
    if first is None and order is not None and order.order.cl_ord_id == key[2]:
        first = order.order
    if first is None:
        return message.msg_type != "D" or order is None  # no new order under the name of a replacement
    try:
        return is_same(command_from(message, asked), first)
    except Unacceptable:
        return False


def _tell_again(draft: Draft, terms: FixSession, message: Message, order: ClientOrder | None, key: Key) -> None:
    """Rule 27: the present status of what the message asked for when it came first."""
    if message.msg_type == "E":
        status.list_status(draft, terms, message)
        return
    if order is None and message.msg_type in ("F", "G"):
        order = draft.find_for(terms, message.text(41))
    if order is not None and may_see(terms, order):
        status.tell_status(draft, terms, order)
        return
    if message.msg_type == "q":
        text = f"{key[2]} was received, and every order that it covers was told by itself: ask for their status"
    else:
        text = f"{key[2]} was received; its order is not known any more"
    answers.business_reject(draft, terms, message, answers.OTHER, text)


# -- refusals ---------------------------------------------------------------------------------------------------------------


def refuse(
    draft: Draft, terms: FixSession, message: Message, refusal: Unacceptable, original: ClientOrder | None = None
) -> None:
    """The refusal in the message's own words, and a record of it. `original`: the order that has its ClOrdID (rule 28)."""
    kind = message.msg_type
    original = original if original is not None and may_see(terms, original) else None
    about = original
    if kind in ("F", "G") and (named := draft.find_for(terms, message.text(41))) is not None:
        about = named
    draft.emit(
        ClientRefused(
            terms.session_id,
            message.seq_num,
            kind,
            message.text(66) if kind in ("E", "K") else message.text(11),
            about.order_id if about is not None else "",
            refusal.reason,
            refusal.text,
        )
    )
    if kind == "D":
        answers.order_refused(draft, terms, message, refusal, original)
    elif kind in ("F", "G"):
        report = Report(
            ExecType.ORDER_STATUS,
            about.ord_status if about is not None else OrdStatus.REJECTED,
            "",
            draft.now_ns,
            message.text(11),
            message.text(41),
            reason=refusal.reason,
            text=refusal.text,
        )
        answers.cancel_reject(draft, terms, about, report, kind == "G")
    elif kind == "q":
        answers.mass_cancel_refused(draft, terms, message, refusal)
    else:
        status.list_refused(draft, terms, message, refusal)
