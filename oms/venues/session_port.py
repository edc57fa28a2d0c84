"""Execution's port to the venues: effects become messages on a socket, messages become session inputs. It decides nothing.

`SessionPort` speaks the local protocol; `oms.venues.fix_port` puts FIX in its place, by what is said here of opening, writing and reading.

Numbers, gaps, and what to do after a loss are execution's (`oms.core.execution`). A line that is no message ends the connection:
the venue is asked again after the next logon, nothing is guessed. The reports of a list of open orders are counted here until its last,
which says so; a list of which something is missing is one that has less in it, and a new one is asked for.
"""

import logging
import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from oms.core.enums import IntentKind, SessionMessage
from oms.core.execution.trades import UNKNOWN_ORDER_ID
from oms.core.execution_events import Intent, SessionMessagePlanned
from oms.core.reference import Reference
from oms.core.routing_events import ChildNew
from oms.core.stage import DisconnectEffect, Effect, SendEffect
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
    SessionInput,
    TestRequestReceived,
    VenueMessage,
)
from oms.core.venue_messages import Disconnected as SessionEnded
from oms.core.venue_reasons import CxlRejReason
from oms.venues import mass_cancel
from oms.venues import messages as m
from oms.venues.fault_messages import FaultMessage
from oms.venues.operator_messages import OperatorMessage
from oms.venues.session_client import Connection, Disconnected, SessionTransport

_LOGGER = logging.getLogger(__name__)

ANSWER_S = 0.005
"""A venue near us answers within this; for one further away the loop looks in every few milliseconds, as for what comes unasked."""


@dataclass(slots=True)
class Listing:
    """The list of open orders that a session is receiving: ClOrdIDs of the reports so far, in order, each once."""

    request: str = ""
    cl_ord_ids: dict[str, None] = field(default_factory=dict)

    def take(self, message: m.ExecutionReport) -> None:
        if message.mass_status_req_id != self.request:
            self.request, self.cl_ord_ids = message.mass_status_req_id, {}
        if message.order_id != UNKNOWN_ORDER_ID:
            self.cl_ord_ids[message.cl_ord_id] = None


class SessionPort:
    """All venue sessions of one execution partition, over one address."""

    def __init__(self, host: str, port: int, partition: int, reference: Callable[[], Reference]) -> None:
        self._host, self._port, self._partition, self._reference = host, port, partition, reference
        self._connections: dict[str, Connection] = {}
        self._listings: dict[str, Listing] = {}
        self._ended: list[SessionInput] = []
        self._asked_s = 0.0

    def restart(self) -> None:
        """A new ownership: nothing of the old one's connections is kept, and every session says so."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._ended = [SessionEnded(session_id, "a new ownership begins") for session_id in self._sessions()]

    def poll(self) -> Sequence[SessionInput]:
        inputs, self._ended = self._ended, []
        for session_id, connection in self._with_news():
            self._asked_s = 0.0
            for line in connection.poll():
                if isinstance(line, Disconnected):
                    self._connections.pop(session_id, None)
                    inputs.append(SessionEnded(session_id, line.text))
                    break
                try:
                    message = self._read(session_id, line, self._listings.setdefault(session_id, Listing()))
                    if message is not None:
                        inputs.append(message)
                except m.MessageError as error:
                    _LOGGER.error(
                        "a line that is no message: %s: %r", error, line[:200], extra={"session_id": session_id}
                    )
                    connection.close()
        return inputs

    def _with_news(self) -> list[tuple[str, Connection]]:
        """The connections worth a look, by one system call for all: this is asked hundreds of times a second."""
        open_ones = [c for c in self._connections.values() if c.fileno() >= 0]
        readable = set(select.select(open_ones, (), (), 0)[0]) if open_ones else set()
        return [(s, c) for s, c in self._connections.items() if c in readable or c.wants_write or c.fileno() < 0]

    def await_answer(self, timeout_s: float) -> bool:
        """Wait for the venues, where one was sent an order's message a moment ago and none has said anything since."""
        if not self._asked_s or time.monotonic() - self._asked_s > ANSWER_S:
            self._asked_s = 0.0
            return False
        open_ones = [c for c in self._connections.values() if c.fileno() >= 0]
        select.select(open_ones, (), (), timeout_s)
        return True

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, DisconnectEffect):
            connection = self._connections.pop(effect.session_id, None)
            if connection is not None:
                connection.close()
            return
        message = effect.message
        if isinstance(message, SessionMessagePlanned) and message.message is SessionMessage.LOGON:
            self._log_on(message)
        elif (connection := self._connections.get(message.session_id)) is not None:
            self._write(connection, effect)
            if isinstance(message, Intent):
                self._asked_s = time.monotonic()

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _log_on(self, message: SessionMessagePlanned) -> None:
        old = self._connections.pop(message.session_id, None)
        if old is not None:
            old.close()
        heartbeat_s = self._reference().venues[message.venue_id].heartbeat_s
        logon = m.Logon(
            message.msg_seq_num, message.session_id, message.next_expected, heartbeat_s, False, message.resets
        )
        connection = self._open(message.venue_id, logon)
        if connection is not None:
            self._connections[message.session_id] = connection

    # The wire

    def _open(self, venue_id: str, logon: m.Logon) -> Connection | None:
        """Connect and log on. None: not to be tried, and `_ended` says so."""
        return SessionTransport.connect(self._host, self._port, m.encode(logon))

    def _write(self, connection: Connection, effect: SendEffect) -> None:
        connection.send(m.encode(to_line(effect)))

    def _read(self, session_id: str, line: bytes, listing: Listing) -> VenueMessage | None:
        """None: as if nothing had come. Raises `MessageError`: the connection then ends."""
        return to_input(session_id, line, listing)

    def _sessions(self) -> list[str]:
        venues = self._reference().venues.values()
        own = [s for venue in venues for s in venue.sessions if s.partition == self._partition]
        return [name for s in own for name in (s.session_id, s.drop_copy_id) if name]


def to_line(effect: SendEffect) -> m.SessionMessage:
    """The venue's message for an effect other than a logon."""
    message = effect.message
    if isinstance(message, Intent):
        return _order_message(message, effect.child)
    number = message.msg_seq_num
    match message.message:
        case SessionMessage.HEARTBEAT:
            return m.Heartbeat(number, message.text)
        case SessionMessage.TEST_REQUEST:
            return m.TestRequest(number, message.text)
        case SessionMessage.RESEND_REQUEST:
            return m.ResendRequest(number, message.begin_seq_no)
        case SessionMessage.GAP_FILL:
            return m.SequenceReset(msg_seq_num=number, new_seq_no=message.new_seq_no, gap_fill_flag=True)
        case SessionMessage.LOGOUT:
            return m.Logout(number, message.text)
        case SessionMessage.LIST_ORDERS:
            return m.OrderMassStatusRequest(number, message.text)
        case SessionMessage.DONT_KNOW_TRADE:
            return m.DontKnowTrade(number, message.venue_order_id, message.exec_id, message.text)
        case SessionMessage.MASS_CANCEL:
            return m.OrderMassCancelRequest(number, message.text, mass_cancel.ALL)
        case SessionMessage.LOGON:
            raise AssertionError("a logon opens a connection; it is not sent on one")


def _order_message(intent: Intent, child: ChildNew | None) -> m.SessionMessage:
    number = intent.msg_seq_num
    match intent.kind:
        case IntentKind.NEW:
            assert child is not None, f"an intent to send {intent.child_id} without its terms"
            return _new_order(number, intent.cl_ord_id, child)
        case IntentKind.CANCEL:
            return m.OrderCancelRequest(number, intent.cl_ord_id, intent.orig_cl_ord_id)
        case IntentKind.REPLACE:
            return _replace_request(number, intent)
        case IntentKind.STATUS:
            return m.OrderStatusRequest(number, intent.orig_cl_ord_id or intent.cl_ord_id, intent.cl_ord_id)


def _new_order(number: int, cl_ord_id: str, child: ChildNew) -> m.NewOrderSingle:
    i = child.instructions
    return m.NewOrderSingle(
        number,
        cl_ord_id,
        child.venue_id,
        child.instrument_id,
        child.side,
        child.ord_type,
        child.time_in_force,
        child.order_qty,
        child.price or 0,
        account=child.account_id,
        stop_px=i.stop_px or 0,
        display_qty=i.display_qty,
        min_qty=i.min_qty,
        exec_inst=i.exec_inst,
        peg_price_type=i.peg.price_type if i.peg is not None else None,
        peg_offset_value=i.peg.offset if i.peg is not None else 0,
        expire_time=i.expire_ns,
        expire_date=i.expire_date,
        exposure_duration=i.good_for_ns,
        self_match_prevention_instruction=i.smp,
        self_match_prevention_id=i.smp_id,
    )


def _replace_request(number: int, intent: Intent) -> m.OrderCancelReplaceRequest:
    i = intent.instructions
    return m.OrderCancelReplaceRequest(
        number,
        intent.cl_ord_id,
        intent.orig_cl_ord_id,
        intent.order_qty,
        intent.price or 0,
        stop_px=i.stop_px or 0,
        display_qty=i.display_qty,
        min_qty=i.min_qty,
        exec_inst=i.exec_inst,
        peg_offset_value=i.peg.offset if i.peg is not None else 0,
        expire_time=i.expire_ns,
        expire_date=i.expire_date,
        exposure_duration=i.good_for_ns,
    )


def to_input(session_id: str, line: bytes, listing: Listing) -> VenueMessage:
    """A line of a session as an input. MessageError where it is no message that a venue sends."""
    message = m.decode(line)
    if isinstance(message, m.FeedMessage | FaultMessage | OperatorMessage):
        raise m.MessageError(f"{type(message).__name__} in an order session")
    raw = line.decode(errors="replace")
    return VenueMessage(session_id, message.msg_seq_num, message.poss_dup_flag, to_body(message, listing), raw)


def to_body(message: m.SessionMessage, listing: Listing, copies: bool = False) -> Body:
    """`copies`: of a drop copy session. A report that says it is a copy is none of an order, wherever it came."""
    if isinstance(message, m.ExecutionReport) and (copies or message.copy_msg_indicator):
        return _copy(message)
    match message:
        case m.Logon():
            return LogonConfirmed(message.next_expected_msg_seq_num)
        case m.Logout():
            return LoggedOut(message.text)
        case m.Heartbeat():
            return HeartbeatReceived(message.test_req_id)
        case m.TestRequest():
            return TestRequestReceived(message.test_req_id)
        case m.ResendRequest():
            return ResendRequested(message.begin_seq_no)
        case m.SequenceReset():
            return GapFilled(message.new_seq_no)
        case m.Reject() | m.BusinessMessageReject():
            return MessageRefused(message.ref_seq_num, message.text)
        case m.ExecutionReport():
            return _listed(message, listing) if message.mass_status_req_id else _report(message)
        case m.OrderCancelReject():
            unknown = message.cxl_rej_reason is CxlRejReason.UNKNOWN_ORDER
            return CancelRejectReceived(
                message.cl_ord_id,
                message.orig_cl_ord_id,
                message.ord_status,
                unknown,
                message.text,
                message.cxl_rej_reason is CxlRejReason.ALREADY_PENDING,
                message.cxl_rej_reason,
            )
        case m.OrderMassCancelReport():
            return MassCancelReported(
                message.cl_ord_id,
                message.mass_cancel_response != mass_cancel.REFUSED,
                message.mass_cancel_reject_reason,
                message.total_affected_orders,
                message.text,
            )
        case _:
            raise m.MessageError(f"a venue does not send {type(message).__name__}", message.msg_seq_num)


def _listed(message: m.ExecutionReport, listing: Listing) -> ReportReceived | OpenOrdersListed:
    listing.take(message)
    if not message.last_rpt_requested:
        return _report(message)
    return OpenOrdersListed(
        tuple(listing.cl_ord_ids), None if message.order_id == UNKNOWN_ORDER_ID else _report(message)
    )


def _copy(message: m.ExecutionReport) -> CopyReceived:
    if message.side is None or not message.symbol:
        raise m.MessageError("a drop copy without Side or Symbol", message.msg_seq_num)
    return CopyReceived(
        message.cl_ord_id,
        message.exec_type,
        message.exec_id,
        message.exec_ref_id,
        message.order_id,
        message.account,
        message.symbol,
        message.side,
        message.last_qty,
        message.last_px,
        message.transact_time,
    )


def _report(message: m.ExecutionReport) -> ReportReceived:
    return ReportReceived(
        message.cl_ord_id,
        message.orig_cl_ord_id,
        message.exec_type,
        message.ord_status,
        message.exec_id,
        message.order_id,
        message.last_qty,
        message.last_px,
        message.cum_qty,
        message.leaves_qty,
        message.order_qty,
        message.price or None,
        message.last_liquidity_ind,
        message.transact_time,
        message.text,
        message.cum_notional or None,
        message.exec_ref_id,
        message.exec_restatement_reason,
    )
