"""What comes in from a venue session, after its adapter has read the bytes: venue-neutral, FIX names.

Every numbered message carries its `msg_seq_num`; execution's state says which number comes next, and drops what it has seen.
"""

from dataclasses import dataclass

from oms.core.enums import ExecRestatementReason, ExecType, Liquidity, OrdStatus, Side
from oms.core.venue_reasons import CxlRejReason


@dataclass(frozen=True, slots=True)
class LogonConfirmed:
    """FIX Logon (35=A) in answer to ours. `next_expected` = tag 789: the first of our numbers that did not arrive; 0: the venue has no such tag."""

    next_expected: int


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """FIX Logout (35=5)."""

    text: str


@dataclass(frozen=True, slots=True)
class HeartbeatReceived:
    """FIX Heartbeat (35=0). `test_req_id` (112): of one that answers a TestRequest."""

    test_req_id: str = ""


@dataclass(frozen=True, slots=True)
class TestRequestReceived:
    """FIX TestRequest (35=1)."""

    test_req_id: str


@dataclass(frozen=True, slots=True)
class ResendRequested:
    """FIX ResendRequest (35=2): the venue misses our numbers from `begin_seq_no` on; they are gap-filled, never resent."""

    begin_seq_no: int


@dataclass(frozen=True, slots=True)
class GapFilled:
    """FIX SequenceReset-GapFill (35=4, 123=Y): the next number is `new_seq_no`."""

    new_seq_no: int


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """FIX ExecutionReport (35=8). `cl_ord_id` is ours as the venue returned it. Unknown order: `venue_order_id` "NONE".

    `exec_ref_id` (tag 19): of a TRADE_CORRECT or TRADE_CANCEL the execution that it is about; a TRADE_CORRECT's `last_qty` and `last_px` are
    that execution's from here on, a TRADE_CANCEL's may be anything.
    `cum_notional`: Σ price × quantity of the order's fills there, as FIX says it by AvgPx × CumQty (tags 6, 14), but exact; None where the
    venue does not state it. `restatement`: tag 378, why it changed or ended the order unasked; None: not said.
    """

    cl_ord_id: str
    orig_cl_ord_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    exec_id: str
    venue_order_id: str
    last_qty: int
    last_px: int
    cum_qty: int
    leaves_qty: int
    order_qty: int
    price: int | None
    liquidity: Liquidity | None
    transact_ns: int
    text: str
    cum_notional: int | None = None
    exec_ref_id: str = ""
    restatement: ExecRestatementReason | None = None


@dataclass(frozen=True, slots=True)
class CopyReceived:
    """FIX ExecutionReport (35=8) of a drop copy session: with or without CopyMsgIndicator (797). Fields as in `ReportReceived`."""

    cl_ord_id: str
    exec_type: ExecType
    exec_id: str
    exec_ref_id: str
    venue_order_id: str
    account_id: str
    instrument_id: str
    side: Side
    last_qty: int
    last_px: int
    transact_ns: int


@dataclass(frozen=True, slots=True)
class OpenOrdersListed:
    """The end of a list of open orders (FIX OrderMassStatusRequest, 35=AF, answered by reports with 150=I): ClOrdIDs that were in it.

    Each listed order came as a report of its own before, but the last: it comes as `last`, None where the list is empty. What is not in
    it may still be open: a list has its moment, and its limits.
    """

    cl_ord_ids: tuple[str, ...]
    last: ReportReceived | None = None


@dataclass(frozen=True, slots=True)
class CancelRejectReceived:
    """FIX OrderCancelReject (35=9), in answer to a cancel or a replace. `unknown_order`: CxlRejReason 1; `pending`: CxlRejReason 3,
    another request about the order has no outcome yet."""

    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: OrdStatus
    unknown_order: bool
    text: str
    pending: bool = False
    reason: CxlRejReason | None = None


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """FIX Reject (35=3) or BusinessMessageReject (35=j) of our message `ref_seq_num`."""

    ref_seq_num: int
    text: str


@dataclass(frozen=True, slots=True)
class MassCancelReported:
    """FIX OrderMassCancelReport (35=r). `accepted`: MassCancelResponse (531) other than 0. `reject_reason` (532) and `affected_orders` (533)
    None: not said. It ends no order: each has a report of its own."""

    cl_ord_id: str
    accepted: bool
    reject_reason: int | None = None
    affected_orders: int | None = None
    text: str = ""


Body = (
    LogonConfirmed
    | LoggedOut
    | HeartbeatReceived
    | TestRequestReceived
    | ResendRequested
    | GapFilled
    | ReportReceived
    | CopyReceived
    | OpenOrdersListed
    | CancelRejectReceived
    | MassCancelReported
    | MessageRefused
)


@dataclass(frozen=True, slots=True)
class VenueMessage:
    """A numbered message of a session. `raw` is the line as it came, kept for anomalies."""

    session_id: str
    msg_seq_num: int
    poss_dup: bool
    body: Body
    raw: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection of a session ended, or could not be made."""

    session_id: str
    text: str


SessionInput = VenueMessage | Disconnected
