"""The FIX bytes between execution and a venue in memory: what is written is decoded by the acceptor's side of the venue process, what is said
is encoded by it, and both by the shipped port on the other end. No socket; a frame is whole or not there.

A written message must mean the same after the bytes; then the venue gets it as it was. What the venue says reaches execution only as the
port read it. Only the ClOrdIDs of a list of open orders do not pass: the venue in memory lists them with its last report.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import oms
from oms.core.enums import ExecType, OrdStatus, SessionMessage
from oms.core.execution.state import ExecutionState
from oms.core.execution.trades import UNKNOWN_ORDER_ID
from oms.core.execution_events import Intent
from oms.core.reference import Reference
from oms.core.stage import SendEffect
from oms.core.venue_messages import (
    Body,
    CancelRejectReceived,
    CopyReceived,
    GapFilled,
    HeartbeatReceived,
    LoggedOut,
    LogonConfirmed,
    MassCancelReported,
    MessageRefused,
    OpenOrdersListed,
    ReportReceived,
    ResendRequested,
    TestRequestReceived,
    VenueMessage,
)
from oms.core.venue_reasons import CxlRejReason
from oms.venues import messages as m
from oms.venues.fix_mapping import UNKNOWN_SCALE
from oms.venues.fix_port import NO_MESSAGE, FixPort
from oms.venues.fix_rules import DEFAULT, read_rules_file
from oms.venues.mass_cancel import ALL, REFUSED
from oms.venues.session_port import Listing, to_line
from oms.venues.venue_wire import FixWire

RULES = read_rules_file(Path(oms.__file__).parents[1] / "deploy" / "local" / "venues" / "default.yaml")
HEARTBEAT_S = 30


@dataclass(slots=True)
class FixRoad:
    """Of one session. `symbol_of`: the instrument of a ClOrdID, empty where the venue knows none."""

    session_id: str
    venue_id: str
    partition: int
    reference: Reference
    now_ns: Callable[[], int]
    symbol_of: Callable[[str], str]
    frames: int = 0
    _port: FixPort = field(init=False)
    _wire: FixWire = field(init=False)

    def __post_init__(self) -> None:
        state, rules = ExecutionState(self.partition, reference=self.reference), {DEFAULT: RULES}
        self._port = FixPort("", 0, self.partition, lambda: state, rules, self.now_ns)
        self._wire = FixWire(frozenset({self.venue_id}), rules, self._scales)

    def _scales(self, symbol: str) -> tuple[int, int]:
        found = self.reference.instruments.get(symbol)
        return (found.price_scale, found.qty_scale) if found is not None else (UNKNOWN_SCALE, UNKNOWN_SCALE)

    def ask(self, effect: SendEffect) -> None:
        """Write the message, and read it as the venue does. AssertionError where it means something else then."""
        planned = effect.message
        wanted: m.SessionMessage
        if not isinstance(planned, Intent) and planned.message is SessionMessage.LOGON:
            wanted = m.Logon(planned.msg_seq_num, self.session_id, planned.next_expected, HEARTBEAT_S)
            frame = self._port.logon_frame(self.venue_id, wanted)
        else:
            wanted, frame = _said(effect), self._port.frame_of(effect)
        (taken,) = self._wire.read(frame, self.now_ns())
        self.frames += 1
        assert taken.message == wanted, f"{wanted} became {taken.message}"

    def tell(self, told: VenueMessage) -> VenueMessage:
        """What execution hears of a message of the venue."""
        said = self._line(told.body)
        line = m.encode(replace(said, poss_dup_flag=told.poss_dup), told.msg_seq_num)
        frame = self._wire.write(line, self.now_ns())
        heard = self._port.message_of(self.session_id, frame, Listing())
        self.frames += 1
        assert heard is not None and not _is_unread(heard.body), f"{told} was not understood: {heard}"
        if isinstance(told.body, OpenOrdersListed):
            assert isinstance(heard.body, OpenOrdersListed)
            heard = replace(heard, body=replace(heard.body, cl_ord_ids=told.body.cl_ord_ids))
        return heard

    def _line(self, body: Body) -> Any:
        match body:
            case LogonConfirmed():
                return m.Logon(0, self.session_id, body.next_expected, HEARTBEAT_S)
            case LoggedOut():
                return m.Logout(0, body.text)
            case HeartbeatReceived():
                return m.Heartbeat(0, body.test_req_id)
            case TestRequestReceived():
                return m.TestRequest(0, body.test_req_id)
            case ResendRequested():
                return m.ResendRequest(0, body.begin_seq_no)
            case GapFilled():
                return m.SequenceReset(0, True, body.new_seq_no)
            case MessageRefused():
                return m.BusinessMessageReject(0, body.ref_seq_num, "D", body.text)
            case CancelRejectReceived():
                return _cancel_reject(body)
            case MassCancelReported():
                return _mass_cancel_report(body)
            case ReportReceived():
                return self._report(body)
            case CopyReceived():
                return _copy(body)
            case OpenOrdersListed():
                last = self._report(body.last) if body.last is not None else _NO_ORDERS
                return replace(last, mass_status_req_id="list", last_rpt_requested=True)

    def _report(self, r: ReportReceived) -> m.ExecutionReport:
        return m.ExecutionReport(
            0, r.venue_order_id, r.cl_ord_id, r.exec_type, r.ord_status, r.exec_id, r.orig_cl_ord_id,
            symbol=self.symbol_of(r.orig_cl_ord_id or r.cl_ord_id), price=r.price or 0, order_qty=r.order_qty, last_px=r.last_px,
            last_qty=r.last_qty, cum_qty=r.cum_qty, cum_notional=r.cum_notional or 0, leaves_qty=r.leaves_qty,
            last_liquidity_ind=r.liquidity, transact_time=r.transact_ns, text=r.text, exec_ref_id=r.exec_ref_id,
            exec_restatement_reason=r.restatement,
        )  # fmt: skip


_NO_ORDERS = m.ExecutionReport(0, UNKNOWN_ORDER_ID, UNKNOWN_ORDER_ID, ExecType.ORDER_STATUS, OrdStatus.REJECTED)


def _said(effect: SendEffect) -> m.SessionMessage:
    """What the venue must read."""
    message = to_line(effect)
    if isinstance(message, m.NewOrderSingle | m.OrderCancelRequest | m.OrderCancelReplaceRequest):
        assert isinstance(effect.message, Intent)
        return replace(message, transact_time=effect.message.at_ns)
    if isinstance(message, m.OrderMassCancelRequest):
        return replace(message, transact_time=effect.message.at_ns)
    return replace(message, poss_dup_flag=True) if isinstance(message, m.SequenceReset) else message


def _cancel_reject(body: CancelRejectReceived) -> m.OrderCancelReject:
    known = CxlRejReason.ALREADY_PENDING if body.pending else CxlRejReason.OTHER
    reason = body.reason or (CxlRejReason.UNKNOWN_ORDER if body.unknown_order else known)
    return m.OrderCancelReject(
        0, UNKNOWN_ORDER_ID if body.unknown_order else "order", body.cl_ord_id, body.orig_cl_ord_id, body.ord_status,
        reason, "OrderCancelRequest", body.text,
    )  # fmt: skip


def _mass_cancel_report(body: MassCancelReported) -> m.OrderMassCancelReport:
    return m.OrderMassCancelReport(
        0, body.cl_ord_id, body.cl_ord_id, ALL, ALL if body.accepted else REFUSED, body.reject_reason,
        body.affected_orders, text=body.text,
    )  # fmt: skip


def _copy(body: CopyReceived) -> m.ExecutionReport:
    return m.ExecutionReport(
        0, body.venue_order_id, body.cl_ord_id, body.exec_type, OrdStatus.PARTIALLY_FILLED, body.exec_id, symbol=body.instrument_id,
        side=body.side, last_px=body.last_px, last_qty=body.last_qty, cum_qty=body.last_qty, transact_time=body.transact_ns,
        account=body.account_id, exec_ref_id=body.exec_ref_id, copy_msg_indicator=True,
    )  # fmt: skip


def _is_unread(body: Body) -> bool:
    return isinstance(body, MessageRefused) and body.ref_seq_num == NO_MESSAGE
