"""The venue process's local protocol: one JSON object per line, FIX field names, enumerations by name, all numbers integers.

It decides what a line means and which lines mean nothing. It knows no session rules: numbers are only carried here.

- A field equal to its default is left out; a field without default must be there; an unknown field is refused.
- Booleans are "Y" or absent, as in FIX.
- Prices and quantities are at the instrument's scales, times are nanoseconds UTC.
- Every session message has `MsgSeqNum`; 0 is used only for a Logout that refuses a logon (outside the numbering).
"""

import json
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from oms.core.enums import (
    ExecInst,
    ExecRestatementReason,
    ExecType,
    Liquidity,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
)
from oms.core.venue_reasons import CxlRejReason, OrdRejReason
from oms.venues.fault_messages import FaultMessage
from oms.venues.feed_messages import Clock as Clock
from oms.venues.feed_messages import ClockStatus as ClockStatus
from oms.venues.feed_messages import FeedLogon as FeedLogon
from oms.venues.feed_messages import FeedReject as FeedReject
from oms.venues.feed_messages import Quote as Quote
from oms.venues.feed_messages import Trade as Trade
from oms.venues.market_messages import MarketMessage
from oms.venues.operator_messages import OperatorMessage

LINE_BYTES_MAX = 64 * 1024  # the longest legal line is below 2 kB; more is a peer that speaks something else
INT_MAX = 2**63 - 1


class MessageError(Exception):
    """A line that is no message. `msg_seq_num` is 0 where not even that could be read.

    Of FIX: what was wrong (371, 372, 373), and whether the session ends with it."""

    def __init__(
        self,
        text: str,
        msg_seq_num: int = 0,
        *,
        ref_tag_id: int = 0,
        ref_msg_type: str = "",
        reason: int | None = None,
        ends: bool = False,
        poss_dup: bool = False,
    ) -> None:
        super().__init__(text)
        self.msg_seq_num = msg_seq_num
        self.ref_tag_id, self.ref_msg_type, self.reason, self.ends = ref_tag_id, ref_msg_type, reason, ends
        self.poss_dup = poss_dup


@dataclass(frozen=True, slots=True)
class Logon:
    """`next_expected_msg_seq_num` = FIX 789. From the venue: the first number of ours that did not arrive. Over FIX it may be absent (0).

    `reset_seq_num_flag` (141), with number 1: numbers begin anew in both directions."""

    msg_seq_num: int
    session_id: str
    next_expected_msg_seq_num: int
    heart_bt_int: int
    poss_dup_flag: bool = False
    reset_seq_num_flag: bool = False


@dataclass(frozen=True, slots=True)
class Logout:
    """`next_expected_msg_seq_num` is given where a number was the reason."""

    msg_seq_num: int
    text: str = ""
    next_expected_msg_seq_num: int = 0
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class Heartbeat:
    msg_seq_num: int
    test_req_id: str = ""
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class TestRequest:
    msg_seq_num: int
    test_req_id: str
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class ResendRequest:
    """`end_seq_no` 0 = all that follow."""

    msg_seq_num: int
    begin_seq_no: int
    end_seq_no: int = 0
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class SequenceReset:
    """Only the gap-fill form: numbers from `msg_seq_num` up to below `new_seq_no` carry nothing."""

    msg_seq_num: int
    gap_fill_flag: bool
    new_seq_no: int
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """A message that broke the protocol; its number is used up. `session_reject_reason` (373): FIX's codes, None: not said."""

    msg_seq_num: int
    ref_seq_num: int
    text: str
    poss_dup_flag: bool = False
    ref_tag_id: int = 0
    ref_msg_type: str = ""
    session_reject_reason: int | None = None


@dataclass(frozen=True, slots=True)
class NewOrderSingle:
    """`ex_destination` is the venue's code. `price` 0 = none (MARKET, STOP, MARKET_TO_LIMIT); of PEGGED the worst it may follow to.

    Of `oms.core.instructions`: `stop_px` (99), `display_qty` (1138; absent: all is shown, 0: hidden), `min_qty` (110), `exec_inst` (18),
    `peg_price_type` and `peg_offset_value` (1094, 211), `expire_time` (126, ns UTC), `expire_date` (432, YYYYMMDD of the market),
    `exposure_duration` (1629, ns), `self_match_prevention_instruction` and `self_match_prevention_id` (2964, 2362; empty: the account's).
    """

    msg_seq_num: int
    cl_ord_id: str
    ex_destination: str
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    order_qty: int
    price: int = 0
    transact_time: int = 0
    poss_dup_flag: bool = False
    account: str = ""
    stop_px: int = 0
    display_qty: int | None = None
    min_qty: int = 0
    exec_inst: tuple[ExecInst, ...] = ()
    peg_price_type: PegPriceType | None = None
    peg_offset_value: int = 0
    expire_time: int = 0
    expire_date: int = 0
    exposure_duration: int = 0
    self_match_prevention_instruction: SelfMatchPrevention | None = None
    self_match_prevention_id: str = ""
    poss_resend: bool = False


@dataclass(frozen=True, slots=True)
class OrderCancelRequest:
    msg_seq_num: int
    cl_ord_id: str
    orig_cl_ord_id: str
    transact_time: int = 0
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class OrderCancelReplaceRequest:
    """`order_qty` is the total intended quantity, what is executed included. Side, type, time in force, account and self-match prevention stay.

    What it leaves out of the rest (as in NewOrderSingle) is no part of the order from then on."""

    msg_seq_num: int
    cl_ord_id: str
    orig_cl_ord_id: str
    order_qty: int
    price: int
    transact_time: int = 0
    poss_dup_flag: bool = False
    stop_px: int = 0
    display_qty: int | None = None
    min_qty: int = 0
    exec_inst: tuple[ExecInst, ...] = ()
    peg_offset_value: int = 0
    expire_time: int = 0
    expire_date: int = 0
    exposure_duration: int = 0


@dataclass(frozen=True, slots=True)
class OrderStatusRequest:
    msg_seq_num: int
    cl_ord_id: str
    ord_status_req_id: str = ""
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class OrderMassStatusRequest:
    """All open orders of the session. Without any, one report says so: OrderID "NONE", TotNumReports 0."""

    msg_seq_num: int
    mass_status_req_id: str
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class OrderMassCancelRequest:
    """All open orders of the session (`mass_cancel_request_type` 7, tag 530), or those in one instrument (1, and `symbol`)."""

    msg_seq_num: int
    cl_ord_id: str
    mass_cancel_request_type: int
    symbol: str = ""
    transact_time: int = 0
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class OrderMassCancelReport:
    """`mass_cancel_response` (531): 0 refused, with `mass_cancel_reject_reason` (532); else what was cancelled, as in 530. Each order that
    is cancelled has a report of its own; `total_affected_orders` (533) counts them."""

    msg_seq_num: int
    order_id: str
    cl_ord_id: str
    mass_cancel_request_type: int
    mass_cancel_response: int
    mass_cancel_reject_reason: int | None = None
    total_affected_orders: int | None = None
    symbol: str = ""
    transact_time: int = 0
    text: str = ""
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class ExecutionReport:
    """Quantities and price are those of the order after the event; `last_*` only where `exec_type` is TRADE, or changes one.

    `exec_ref_id`: of a TRADE_CORRECT or TRADE_CANCEL the ExecID of the report that it changes; `last_*` of a TRADE_CORRECT are the new
    figures, of a TRADE_CANCEL those that are taken back.
    `cum_notional`: Σ price × quantity of all fills of the order, exact, in the place of FIX's AvgPx (tag 6), which is rounded. Absent where
    nothing is executed, and where the sum is not known or beyond 64 bits.
    `exec_restatement_reason` (378): why the venue acted unasked. `stop_px`: while the order waits for its trigger. `pegged_price` (839): where
    a pegged order is now; `price` stays its limit. `copy_msg_indicator` (797): told in a drop copy session. `day_*` (424, 425; the sum for 426): of a GT order, since its trading day began.
    """

    msg_seq_num: int
    order_id: str
    cl_ord_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    exec_id: str = ""
    orig_cl_ord_id: str = ""
    ex_destination: str = ""
    symbol: str = ""
    side: Side | None = None
    ord_type: OrdType | None = None
    time_in_force: TimeInForce | None = None
    price: int = 0
    order_qty: int = 0
    last_px: int = 0
    last_qty: int = 0
    cum_qty: int = 0
    cum_notional: int = 0
    leaves_qty: int = 0
    last_liquidity_ind: Liquidity | None = None
    transact_time: int = 0
    ord_rej_reason: OrdRejReason | None = None
    text: str = ""
    ord_status_req_id: str = ""
    mass_status_req_id: str = ""
    tot_num_reports: int = 0
    last_rpt_requested: bool = False
    poss_dup_flag: bool = False
    exec_restatement_reason: ExecRestatementReason | None = None
    account: str = ""
    stop_px: int = 0
    pegged_price: int = 0
    display_qty: int | None = None
    day_order_qty: int = 0
    day_cum_qty: int = 0
    day_cum_notional: int = 0
    exec_ref_id: str = ""
    copy_msg_indicator: bool = False


@dataclass(frozen=True, slots=True)
class OrderCancelReject:
    """`cxl_rej_response_to`: the type of the refused request."""

    msg_seq_num: int
    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: OrdStatus
    cxl_rej_reason: CxlRejReason
    cxl_rej_response_to: str
    text: str = ""
    transact_time: int = 0
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class DontKnowTrade:
    """From the client: no order of its own explains this execution. The venue notes it; people talk about it."""

    msg_seq_num: int
    order_id: str
    exec_id: str
    text: str = ""
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class BusinessMessageReject:
    """A well-formed message that only the other side may send."""

    msg_seq_num: int
    ref_seq_num: int
    ref_msg_type: str
    text: str
    poss_dup_flag: bool = False


OrderMessage = (
    NewOrderSingle
    | OrderCancelRequest
    | OrderCancelReplaceRequest
    | OrderStatusRequest
    | OrderMassStatusRequest
    | OrderMassCancelRequest
)
VenueReport = ExecutionReport | OrderCancelReject | OrderMassCancelReport | BusinessMessageReject
SessionMessage = (
    Logon
    | Logout
    | Heartbeat
    | TestRequest
    | ResendRequest
    | SequenceReset
    | Reject
    | OrderMessage
    | DontKnowTrade
    | VenueReport
    | MarketMessage
)
FeedMessage = FeedLogon | FeedReject | Quote | Trade | Clock | ClockStatus
Message = SessionMessage | FeedMessage | FaultMessage | OperatorMessage

_Encoder = Callable[[Any], Any] | None
_Decoder = Callable[[Any], Any]


def _as_int(value: Any) -> int:
    if type(value) is not int or not -INT_MAX <= value <= INT_MAX:
        raise ValueError("not an integer of 64 bits")
    return value


def _as_text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("not a text")
    return value


def _as_flag(value: Any) -> bool:
    if value not in ("Y", "N"):
        raise ValueError('not "Y" or "N"')
    return bool(value == "Y")


def _as_texts(value: Any) -> tuple[str, ...]:
    if type(value) is not list:
        raise ValueError("not a list")
    return tuple(_as_text(item) for item in value)


def _kind(hint: Any) -> tuple[_Encoder, _Decoder]:
    """How a field of this type is written and read; an encoder of None writes the value as it is."""
    if NoneType in get_args(hint):
        (hint,) = (arg for arg in get_args(hint) if arg is not NoneType)
    if isinstance(hint, type) and issubclass(hint, Enum):
        by_name = {member.name: member for member in hint}

        def as_member(value: Any) -> Any:
            if value not in by_name:
                raise ValueError(f"not one of {', '.join(by_name)}")
            return by_name[value]

        return (lambda member: member.name), as_member
    if get_origin(hint) is tuple and get_args(hint)[0] is not str:
        encode_one, decode_one = _kind(get_args(hint)[0])
        assert encode_one is not None

        def as_members(value: Any) -> Any:
            if type(value) is not list:
                raise ValueError("not a list")
            return tuple(decode_one(item) for item in value)

        return (lambda members: [encode_one(member) for member in members]), as_members
    plain: dict[Any, tuple[_Encoder, _Decoder]] = {
        int: (None, _as_int),
        str: (None, _as_text),
        bool: ((lambda flag: "Y" if flag else "N"), _as_flag),
        tuple[str, ...]: (list, _as_texts),
    }
    return plain[hint]


def fix_name(attribute: str) -> str:
    """`orig_cl_ord_id` → `OrigClOrdID`."""
    return "".join("ID" if part == "id" else part.capitalize() for part in attribute.split("_"))


class _Layout:
    """The fields of one message type: (attribute, FIX name, default, encoder, decoder)."""

    def __init__(self, cls: type[Any]) -> None:
        hints = get_type_hints(cls)
        self.cls = cls
        self.name = cls.__name__
        self.fields = [(f.name, fix_name(f.name), f.default, *_kind(hints[f.name])) for f in fields(cls)]
        self.by_name = {name: (attribute, decode) for attribute, name, _, _, decode in self.fields}
        self.required = frozenset(attribute for attribute, _, default, _, _ in self.fields if default is MISSING)


_TYPES: tuple[type[Any], ...] = tuple(
    t for group in (SessionMessage, FeedMessage, FaultMessage, OperatorMessage) for t in get_args(group)
)
_BY_TYPE = {cls: _Layout(cls) for cls in _TYPES}
_BY_NAME = {layout.name: layout for layout in _BY_TYPE.values()}
_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


def encode(message: Message, msg_seq_num: int | None = None) -> bytes:
    """One line with its newline. `msg_seq_num`, where given, takes the place of the message's own."""
    layout = _BY_TYPE[type(message)]
    body: dict[str, Any] = {"MsgType": layout.name}
    for attribute, name, default, encoder, _ in layout.fields:
        value = getattr(message, attribute)
        if value != default:
            body[name] = encoder(value) if encoder is not None else value
    if msg_seq_num is not None:
        body["MsgSeqNum"] = msg_seq_num
    return _dumps(body).encode() + b"\n"


def mark_resent(line: bytes) -> bytes:
    """The same message with PossDupFlag, its number unchanged."""
    return line.rstrip(b"\n")[:-1] + b',"PossDupFlag":"Y"}\n'


def decode(line: bytes) -> Message:
    """Raises `MessageError`, never anything else, for a line that is no message."""
    if len(line) > LINE_BYTES_MAX:
        raise MessageError(f"line longer than {LINE_BYTES_MAX} bytes")
    try:
        body = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not JSON: {error}") from None
    if type(body) is not dict:
        raise MessageError("not a JSON object")
    seq = body.get("MsgSeqNum")
    number = seq if type(seq) is int and 0 < seq <= INT_MAX else 0
    kind = body.pop("MsgType", None)
    layout = _BY_NAME.get(kind) if type(kind) is str else None
    if layout is None:
        raise MessageError(f"unknown MsgType {kind!r}", number)
    values: dict[str, Any] = {}
    for name, value in body.items():
        known = layout.by_name.get(name)
        if known is None:
            raise MessageError(f"{layout.name} has no field {name}", number)
        try:
            values[known[0]] = known[1](value)
        except (ValueError, TypeError) as error:
            raise MessageError(f"{layout.name}.{name}: {error}", number) from None
    missing = layout.required - values.keys()
    if missing:
        raise MessageError(f"{layout.name} lacks {', '.join(sorted(fix_name(m) for m in missing))}", number)
    return layout.cls(**values)  # type: ignore[no-any-return]
