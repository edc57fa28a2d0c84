"""The acceptance adapter of the local protocol, and a venue process of its own to show the cards to.

The process runs in a thread, on a tape on which nothing happens, with the terms of one venue of the reference data: so a card sees what that
venue offers, and nothing moves but by the cards.
"""

import asyncio
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from oms.feeds.tape import ReplayTape, TapeEvent, TapeInstrument, TapeQuote, TapeVenue
from oms.venues import mass_cancel
from oms.venues import messages as m
from oms.venues.acceptance.adapter import (
    AdapterError,
    Cancel,
    CancelReject,
    Drive,
    Heard,
    MassCancel,
    MassCancelReport,
    MassStatus,
    NewOrder,
    Offer,
    Replace,
    Report,
    Request,
    Status,
)
from oms.venues.fault_client import FaultClient, FaultRefused, FaultsUnavailable
from oms.venues.fault_messages import FaultKind
from oms.venues.fix_rules import PLAIN_FIX, RulesOfEngagement
from oms.venues.one_question import NoAnswer
from oms.venues.operator_client import ActRefused, OperatorClient
from oms.venues.operator_messages import OperatorAct
from oms.venues.session_client import Connection, Disconnected, FeedClient, SessionTransport
from oms.venues.venue_process import VenueProcess, VenueSettings
from oms.venues.venue_terms import VenueTerms

SYMBOL = "ACME"
PRICE = 10_000
T0 = 1_736_150_400_000_000_000  # 2025-01-06 08:00 UTC
LENGTH_NS = 12 * 3600 * 1_000_000_000  # longer than any run of the cards
HEARTBEAT_S = 30
ANSWER_S = 5.0

_ACTS = {act.value: act for act in OperatorAct}


def quiet_tape(venue: str) -> ReplayTape:
    """One instrument, nothing displayed, no prints."""
    quote: TapeEvent = TapeQuote(T0, venue, SYMBOL, 0, 0, 0, 0)
    return ReplayTape(
        label=f"acceptance of {venue}",
        start_ns=T0,
        end_ns=T0 + LENGTH_NS,
        listed_instruments=(TapeInstrument(SYMBOL, "USD", 2, 0, 1, 1),),
        listed_venues=(TapeVenue(venue, venue, True),),
        stream=lambda _from_ns: iter((quote,)),
    )


@dataclass(slots=True)
class LocalVenue:
    """A venue process in a thread; its ports are fixed by its first start. Raises `AdapterError` where it cannot run.

    `rules`: those of its FIX."""

    venue: str
    terms: VenueTerms
    directory: Path
    port: int = 0
    rules: RulesOfEngagement = PLAIN_FIX
    fix_port: int = 0
    _process: VenueProcess | None = None
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _feed: FeedClient | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _fault: str = ""

    def start(self) -> None:
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name="venue", daemon=True)
        self._thread.start()
        if not self._ready.wait(30) or self._fault:
            raise AdapterError(f"the venue process did not start: {self._fault or 'no answer'}")
        self._feed = FeedClient.connect("127.0.0.1", self.port, m.encode(m.FeedLogon((self.venue,))))
        self._feed.send(m.encode(m.Clock(time.time_ns(), time.time_ns(), T0 + 1_000_000_000, 1_000)))
        self._await_quote()

    def _await_quote(self) -> None:
        assert self._feed is not None
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for line in self._feed.poll():
                if isinstance(line, bytes) and isinstance(m.decode(line), m.Quote):
                    return
            time.sleep(0.005)
        raise AdapterError("the venue process shows no quote")

    def stop(self) -> None:
        if self._feed is not None:
            self._feed.close()
        if self._loop is not None and self._process is not None:
            self._loop.call_soon_threadsafe(self._process.stop)
        if self._thread is not None:
            self._thread.join(30)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # told to whoever waits for the start, or found when nothing answers
            self._fault = f"{type(error).__name__}: {error}"
        self._ready.set()

    async def _serve(self) -> None:
        rules = {self.venue: self.rules}
        settings = VenueSettings(
            self.port, self.directory, {self.venue: self.terms}, fix_port=self.fix_port, rules=rules
        )
        process = VenueProcess(quiet_tape(self.venue), settings)
        await process.start()
        self._process, self._loop, self.port = process, asyncio.get_running_loop(), process.port
        self.fix_port = process.fix_port or 0
        self._ready.set()
        await process.run()


class CardWire(Protocol):
    """How the messages of one session become bytes."""

    def open(self, host: str, port: int, logon: m.Logon) -> Connection: ...

    def bytes_of(self, message: m.SessionMessage, number: int) -> bytes: ...

    def message_of(self, data: bytes) -> m.Message: ...

    def of(self, session_id: str) -> "CardWire":
        """The same of another session."""


class LineCards:
    """The local protocol."""

    def open(self, host: str, port: int, logon: m.Logon) -> Connection:
        return SessionTransport.connect(host, port, m.encode(logon))

    def bytes_of(self, message: m.SessionMessage, number: int) -> bytes:
        return m.encode(message, number)

    def message_of(self, data: bytes) -> m.Message:
        return m.decode(data)

    def of(self, session_id: str) -> "LineCards":
        return self


class LocalSession:
    """A session with a venue process. `restart`: how the venue is restarted, None where this is not ours to do. `admin_port`: of its operator
    and its faults, where that is another one."""

    def __init__(
        self,
        host: str,
        port: int,
        session_id: str,
        offer: Offer,
        restart: Callable[[], None] | None = None,
        admin_port: int = 0,
        wire: "CardWire | None" = None,
    ) -> None:
        self._host, self._port, self._session_id, self._offer = host, port, session_id, offer
        self._admin_port, self._wire = admin_port or port, wire or LineCards()
        self._restart = restart
        self._connection: Connection | None = None
        self._next_out, self._next_in = 1, 1
        self._heard: deque[Heard] = deque()
        self._resends_asked = 0
        self._other: LocalSession | None = None

    @property
    def offer(self) -> Offer:
        return self._offer

    def other(self) -> "LocalSession":
        if self._other is None:
            name = f"{self._session_id}-2"
            wire = self._wire.of(name)
            self._other = LocalSession(
                self._host, self._port, name, self._offer, admin_port=self._admin_port, wire=wire
            )
            self._other.connect()
        return self._other

    def close(self) -> None:
        for session in (self, self._other):
            if session is not None:
                session.disconnect()

    # The connection

    def connect(self) -> None:
        logon = m.Logon(self._next_out, self._session_id, self._next_in, HEARTBEAT_S)
        self._next_out += 1
        self._connection = self._wire.open(self._host, self._port, logon)
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            if m.Logon in {type(message) for message in self._read(0.05)}:
                return
        raise AdapterError(f"session {self._session_id}: no answer to the logon")

    def disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, message: m.SessionMessage) -> None:
        if self._connection is None:
            raise AdapterError(f"session {self._session_id} is not connected")
        self._connection.send(self._wire.bytes_of(message, self._next_out))
        self._next_out += 1

    def leave_gap(self) -> None:
        first, asked = self._next_out, self._resends_asked
        self._next_out += 1
        self._send(m.Heartbeat(0))
        deadline = time.monotonic() + ANSWER_S
        while self._resends_asked == asked:
            if time.monotonic() > deadline:
                raise AdapterError(f"the venue did not ask for number {first}")
            self._keep(self._read(0.05))
        assert self._connection is not None
        self._connection.send(self._wire.bytes_of(m.SequenceReset(first, True, self._next_out), first))

    # Messages

    def send(self, request: Request) -> None:
        self._send(_line(self._offer.venue, self._offer.symbol, request))

    def hear(self, timeout_s: float) -> Heard | None:
        deadline = time.monotonic() + timeout_s
        while not self._heard:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return None
            self._keep(self._read(left_s))
        return self._heard.popleft()

    def _keep(self, messages: Iterator[m.SessionMessage]) -> None:
        for _ in messages:
            pass

    def _read(self, timeout_s: float) -> Iterator[m.SessionMessage]:
        """What has come; reports are kept for `hear`, what the session needs is answered."""
        connection = self._connection
        if connection is None:
            raise AdapterError(f"session {self._session_id} is not connected")
        if connection.fileno() >= 0:
            select.select([connection], [], [], timeout_s)
        for line in connection.poll():
            if isinstance(line, Disconnected):
                self._connection = None
                raise AdapterError(f"session {self._session_id}: {line.text}")
            message = self._wire.message_of(line)
            assert not isinstance(message, m.FeedMessage) and hasattr(message, "msg_seq_num")
            self._take(message)  # type: ignore[arg-type]
            yield message  # type: ignore[misc]

    def _take(self, message: m.SessionMessage) -> None:
        if message.msg_seq_num:
            self._next_in = max(self._next_in, message.msg_seq_num + 1)
        match message:
            case m.SequenceReset():
                self._next_in = max(self._next_in, message.new_seq_no)
            case m.TestRequest():
                self._send(m.Heartbeat(0, message.test_req_id))
            case m.ResendRequest():
                self._resends_asked += 1
            case m.ExecutionReport():
                self._heard.append(_report(message))
            case m.OrderCancelReject():
                self._heard.append(
                    CancelReject(
                        message.cl_ord_id,
                        message.orig_cl_ord_id,
                        message.order_id,
                        message.ord_status,
                        message.cxl_rej_reason,
                        message.text,
                    )
                )
            case m.OrderMassCancelReport():
                accepted = message.mass_cancel_response != mass_cancel.REFUSED
                affected = message.total_affected_orders
                self._heard.append(MassCancelReport(message.cl_ord_id, accepted, affected, message.text))
            case m.Reject() | m.BusinessMessageReject():
                raise AdapterError(f"the venue refused message {message.ref_seq_num}: {message.text}")
            case _:
                pass

    # Driving

    def drive(self, drive: Drive, act: str, *, order: str = "", exec_id: str = "", qty: int = 0, px: int = 0) -> None:
        if drive not in self._offer.drives:
            raise AdapterError(f"the venue cannot be made to {drive.value}")
        if drive is Drive.RESTART:
            self._restart_venue()
            return
        try:
            if drive is Drive.DUPLICATE:
                FaultClient(self._host, self._admin_port).set(FaultKind.DUPLICATE_REPORTS, self._session_id, count=1)
            else:
                symbol = "" if drive in (Drive.BUST, Drive.CORRECT) else self._offer.symbol
                client = OperatorClient(self._host, self._admin_port)
                client.act(_ACTS[act], self._offer.venue, symbol=symbol, exec_id=exec_id, order=order, qty=qty, px=px)
        except (NoAnswer, ActRefused, FaultRefused, FaultsUnavailable) as error:
            raise AdapterError(str(error)) from None

    def _restart_venue(self) -> None:
        assert self._restart is not None
        for session in (self, self._other):
            if session is not None:
                session.disconnect()
        self._restart()
        for session in (self, self._other):
            if session is not None:
                session.connect()


def started(
    venue: str, terms: VenueTerms, directory: Path, rules: RulesOfEngagement = PLAIN_FIX
) -> tuple[LocalVenue, Offer]:
    """A venue process of this venue's terms on the quiet tape, and what it offers."""
    here = VenueTerms(terms.features, terms.behaviours, {}, terms.latency_ns)
    process = LocalVenue(venue, here, directory, rules=rules)
    process.start()
    return process, Offer(venue, SYMBOL, PRICE, 1, 1, here.features, here.behaviours, frozenset(Drive))


def own_venue(venue: str, terms: VenueTerms, directory: Path, run: str) -> tuple[LocalVenue, LocalSession]:
    """A venue process, and a session with it. Close the session, then stop the venue."""
    process, offer = started(venue, terms, directory)
    session = LocalSession("127.0.0.1", process.port, f"ACCEPT-{run}", offer, process.restart)
    session.connect()
    return process, session


def _line(venue: str, symbol: str, request: Request) -> m.OrderMessage:
    match request:
        case NewOrder():
            return _new_order(venue, request)
        case Cancel():
            return m.OrderCancelRequest(0, request.cl_ord_id, request.orig_cl_ord_id)
        case Replace():
            i = request.instructions
            return m.OrderCancelReplaceRequest(
                0, request.cl_ord_id, request.orig_cl_ord_id, request.order_qty, request.price or 0,
                stop_px=i.stop_px or 0, display_qty=i.display_qty, min_qty=i.min_qty, exec_inst=i.exec_inst,
                peg_offset_value=i.peg.offset if i.peg else 0, expire_time=i.expire_ns, expire_date=i.expire_date,
                exposure_duration=i.good_for_ns,
            )  # fmt: skip
        case Status():
            return m.OrderStatusRequest(0, request.cl_ord_id)
        case MassStatus():
            return m.OrderMassStatusRequest(0, request.mass_status_req_id)
        case MassCancel():
            kind = mass_cancel.BY_SECURITY if request.symbol else mass_cancel.ALL
            return m.OrderMassCancelRequest(0, request.cl_ord_id, kind, request.symbol)


def _new_order(venue: str, new: NewOrder) -> m.NewOrderSingle:
    i = new.instructions
    return m.NewOrderSingle(
        0, new.cl_ord_id, venue, new.symbol, new.side, new.ord_type, new.time_in_force, new.order_qty, new.price or 0,
        stop_px=i.stop_px or 0, display_qty=i.display_qty, min_qty=i.min_qty, exec_inst=i.exec_inst,
        peg_price_type=i.peg.price_type if i.peg else None, peg_offset_value=i.peg.offset if i.peg else 0,
        expire_time=i.expire_ns, expire_date=i.expire_date, exposure_duration=i.good_for_ns,
        self_match_prevention_instruction=i.smp, self_match_prevention_id=i.smp_id, poss_resend=new.poss_resend,
    )  # fmt: skip


def _report(r: m.ExecutionReport) -> Report:
    return Report(
        r.exec_type, r.ord_status, r.cl_ord_id, r.orig_cl_ord_id, r.order_id, r.exec_id, r.exec_ref_id, r.last_qty, r.last_px,
        r.cum_qty, r.leaves_qty, r.order_qty, r.price or None, r.day_order_qty, r.day_cum_qty, r.ord_rej_reason,
        r.exec_restatement_reason, r.text, r.poss_dup_flag, r.mass_status_req_id, r.last_rpt_requested,
    )  # fmt: skip
