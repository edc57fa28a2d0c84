"""A venue in memory: one numbered session, orders, and everything that can go wrong with a connection.

What it does with numbers is what a venue process does: a logon states the next number expected, lower numbers are refused, a gap
stays until it is filled, what we missed is sent again with PossDup. Nothing waits: messages move when the test says so (`read`),
and a connection is lost with as many messages read and delivered as the test says (`lose`). Bytes written to a connection that
was replaced are never read. It keeps its own account of orders and fills, for a test to compare with what execution journaled.
It busts and corrects what it executed. Of a filled order that loses quantity by it nothing goes back into the book, unless the test says so.
Does not know time; reports carry `clock_ns`, which stands unless a test moves it.
"""

from collections import Counter, deque
from dataclasses import dataclass, field, replace

from oms.core.enums import ExecType, IntentKind, Liquidity, OrdStatus, SessionMessage
from oms.core.execution_events import Intent, SessionMessagePlanned
from oms.core.routing_events import ChildNew
from oms.core.stage import SendEffect
from oms.core.venue_messages import (
    Body,
    CancelRejectReceived,
    CopyReceived,
    Disconnected,
    GapFilled,
    HeartbeatReceived,
    LoggedOut,
    LogonConfirmed,
    MassCancelReported,
    OpenOrdersListed,
    ReportReceived,
    ResendRequested,
    VenueMessage,
)
from oms.core.venue_reasons import CxlRejReason

AGAIN = ReportReceived | CancelRejectReceived | OpenOrdersListed | CopyReceived | MassCancelReported
"""What is sent again as it was; a gap fill stands for the rest."""

NOT_SUPPORTED = 0
"""MassCancelRejectReason (532)."""


@dataclass(frozen=True, slots=True)
class Script:
    """What becomes of a new order. `fills`: quantities executed at once, cut to what is open."""

    accept: bool = True
    fills: tuple[int, ...] = ()


@dataclass(slots=True)
class SimOrder:
    cl_ord_ids: list[str]
    order_id: str
    order_qty: int
    price: int | None
    status: OrdStatus
    cum_qty: int = 0
    fills: list[tuple[str, int]] = field(default_factory=list)
    notional: int = 0
    standing: dict[str, tuple[int, int]] = field(default_factory=dict)
    """(quantity, price) of each execution that was not busted, by the ExecID of its latest report."""

    @property
    def leaves(self) -> int:
        return 0 if self.status.is_terminal else self.order_qty - self.cum_qty


@dataclass(slots=True)
class SimVenue:
    """`new_read` counts how often a NEW with a ClOrdID was read; `script` is for orders that come from now on."""

    session_id: str
    script: Script = Script()
    expected: int = 1
    next_out: int = 1
    connection: int = 0
    connected: bool = False
    logged_on: bool = False
    sent: dict[int, VenueMessage] = field(default_factory=dict)
    inbound: deque[SendEffect] = field(default_factory=deque)
    outbound: deque[VenueMessage | Disconnected] = field(default_factory=deque)
    orders: dict[str, SimOrder] = field(default_factory=dict)
    new_read: Counter[str] = field(default_factory=Counter)
    mute: bool = False
    """Read everything, answer no business message: a venue that hangs."""
    refuse_cancels: bool = False
    """Answer every cancel with an OrderCancelReject, and let the order be."""
    refuse_mass_cancels: bool = False
    """Answer a mass cancel with 531=0, and let the orders be."""
    ignore_mass_cancels: bool = False
    """Read a mass cancel, and neither do nor say anything."""
    withhold: bool = False
    """Execute, and keep the trade reports back, in `withheld`: they are told when the test says so, or never."""
    withheld: list[ReportReceived] = field(default_factory=list)
    withhold_refusals: bool = False
    """Refuse, and keep each OrderCancelReject back, in `refusals`, as trade reports with `withhold`."""
    refusals: list[CancelRejectReceived] = field(default_factory=list)
    tells_value: bool = False
    """Reports carry Σ price × quantity of the order's fills; there are venues that state no average."""
    market_price: int = 100
    """What orders without a price execute at."""
    clock_ns: int = 0
    copies: "SimVenue | None" = None
    """The drop copy session: it is told each execution, also one that is withheld."""
    children: dict[str, ChildNew] = field(default_factory=dict)
    """What came with each NEW, by its ClOrdID."""
    numbers: Counter[str] = field(default_factory=Counter)
    """How many orders and executions were ever numbered: no number is given twice, whatever is forgotten."""

    # --- the connection

    def connect(self) -> int:
        """A new connection replaces the old one; what was under way on that is gone in both directions."""
        self.connection += 1
        self.connected, self.logged_on = True, False
        self.inbound.clear()
        self.outbound.clear()
        return self.connection

    def write(self, connection: int, effect: SendEffect) -> None:
        """Bytes on a connection; on one that is gone they go nowhere."""
        if self.connected and connection == self.connection:
            self.inbound.append(effect)

    def read(self, count: int = 1_000_000) -> None:
        """Process up to `count` messages that were written."""
        while count and self.inbound and self.connected:
            count -= 1
            self._take(self.inbound.popleft())

    def lose(self, deliver: int = 0) -> None:
        """The connection breaks: what was not read is never read; of what was sent, `deliver` messages still arrive."""
        if not self.connected:
            return
        self.connected, self.logged_on = False, False
        self.inbound.clear()
        while len(self.outbound) > deliver:
            self.outbound.pop()
        self.outbound.append(Disconnected(self.session_id, "connection lost"))

    def deliver(self) -> VenueMessage | Disconnected | None:
        """The next thing that the client hears."""
        return self.outbound.popleft() if self.outbound else None

    # --- what the market does

    def fill(self, cl_ord_id: str, qty: int) -> None:
        order = self.orders.get(cl_ord_id)
        if order is None or not order.leaves:
            return
        qty = min(qty, order.leaves)
        order.cum_qty += qty
        order.notional += qty * (order.price or self.market_price)
        order.status = OrdStatus.PARTIALLY_FILLED if order.leaves else OrdStatus.FILLED
        exec_id = self._next_id("E")
        order.fills.append((exec_id, qty))
        order.standing[exec_id] = (qty, order.price or self.market_price)
        self._report(order, order.cl_ord_ids[-1], ExecType.TRADE, exec_id=exec_id, last_qty=qty)

    def bust(self, cl_ord_id: str, exec_id: str, reopens: bool = False) -> str:
        """The execution never was. Returns the ExecID of the report; empty where there is nothing to cancel."""
        return self._change(cl_ord_id, exec_id, None, reopens)

    def correct(self, cl_ord_id: str, exec_id: str, qty: int, px: int, reopens: bool = False) -> str:
        """The execution is one of `qty` at `px` from here on. Returns as `bust`."""
        return self._change(cl_ord_id, exec_id, (qty, px), reopens)

    def _change(self, cl_ord_id: str, exec_id: str, figures: tuple[int, int] | None, reopens: bool) -> str:
        order = self.orders.get(cl_ord_id)
        if order is None or exec_id not in order.standing:
            return ""
        old_qty, old_px = order.standing.pop(exec_id)
        qty, px = figures or (0, 0)
        name = self._next_id("E")
        if figures is not None:
            order.standing[name] = figures
        order.cum_qty += qty - old_qty
        order.notional += qty * px - old_qty * old_px
        if order.status in (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED):
            self._after_change(order, reopens)
        kind = ExecType.TRADE_CANCEL if figures is None else ExecType.TRADE_CORRECT
        told = self._told(order, order.cl_ord_ids[-1], kind, exec_id=name, last_qty=qty or old_qty)
        told = replace(told, last_px=px or old_px, exec_ref_id=exec_id)
        self._send(told)
        self._copy(order, told)
        return name

    def _after_change(self, order: SimOrder, reopens: bool) -> None:
        if order.cum_qty >= order.order_qty:
            order.status = OrdStatus.FILLED
        elif order.status is OrdStatus.FILLED and not reopens:
            order.status = OrdStatus.CANCELED
        else:
            order.status = OrdStatus.PARTIALLY_FILLED if order.cum_qty else OrdStatus.NEW

    def tell(self, body: Body) -> None:
        """A message of the test's making, or a report that was withheld."""
        self._send(body)

    def end(self, cl_ord_id: str, status: OrdStatus) -> None:
        """The venue cancels or expires an order of its own accord."""
        order = self.orders.get(cl_ord_id)
        if order is not None and not order.status.is_terminal:
            order.status = status
            kind = ExecType.CANCELED if status is OrdStatus.CANCELED else ExecType.EXPIRED
            self._report(order, order.cl_ord_ids[-1], kind)

    def _next_id(self, prefix: str) -> str:
        self.numbers[prefix] += 1
        return f"{prefix}{self.numbers[prefix]}"

    def distinct_orders(self) -> list[SimOrder]:
        return list({id(order): order for order in self.orders.values()}.values())

    # --- numbers

    def _take(self, effect: SendEffect) -> None:
        message = effect.message
        seq = message.msg_seq_num
        if isinstance(message, SessionMessagePlanned) and message.message is SessionMessage.LOGON:
            self._logon(message)
        elif not self.logged_on or seq < self.expected:
            self._log_out(f"number {seq}, expected {self.expected}")
        elif seq > self.expected:
            self._send(ResendRequested(self.expected))
        elif isinstance(message, SessionMessagePlanned):
            self.expected = message.new_seq_no if message.message is SessionMessage.GAP_FILL else seq + 1
            self._session_message(message)
        else:
            self.expected = seq + 1
            self._business(message, effect.child)

    def _logon(self, message: SessionMessagePlanned) -> None:
        if message.resets:
            self.expected = self.next_out = 1
            self.sent.clear()
        if message.msg_seq_num < self.expected:
            self._log_out(f"number {message.msg_seq_num}, expected {self.expected}")
            return
        if message.msg_seq_num == self.expected:
            self.expected += 1
        self.logged_on = True
        missed_until = self.next_out
        self._send(LogonConfirmed(self.expected))
        self._send_again(message.next_expected, missed_until)

    def _log_out(self, text: str) -> None:
        self._send(LoggedOut(text))
        self.lose(deliver=len(self.outbound))

    def _session_message(self, message: SessionMessagePlanned) -> None:
        match message.message:
            case SessionMessage.TEST_REQUEST:
                self._send(HeartbeatReceived())
            case SessionMessage.RESEND_REQUEST:
                self._send_again(message.begin_seq_no, self.next_out)
            case SessionMessage.LIST_ORDERS:
                self._list()
            case SessionMessage.MASS_CANCEL:
                self._mass_cancel(message.text)
            case SessionMessage.LOGOUT:
                self._log_out("as asked")
            case (
                SessionMessage.LOGON
                | SessionMessage.HEARTBEAT
                | SessionMessage.GAP_FILL
                | SessionMessage.DONT_KNOW_TRADE
            ):
                pass

    def _send(self, body: Body) -> None:
        """Numbered whether or not anyone listens: it will be sent again."""
        message = VenueMessage(self.session_id, self.next_out, False, body, repr(body))
        self.sent[self.next_out] = message
        self.next_out += 1
        if self.connected:
            self.outbound.append(message)

    def _send_again(self, first: int, end: int) -> None:
        for seq in range(first, end):
            message = replace(self.sent[seq], poss_dup=True)
            if not isinstance(message.body, AGAIN):
                message = replace(message, body=GapFilled(seq + 1))
            self.outbound.append(message)

    # --- orders

    def _business(self, intent: Intent, child: ChildNew | None) -> None:
        assert child is not None or intent.kind is IntentKind.CANCEL  # a person's, of what is no live child
        if intent.kind is IntentKind.NEW and child is not None:
            self.new_read[intent.cl_ord_id] += 1
            self.children[intent.cl_ord_id] = child
        if self.mute:
            return
        match intent.kind:
            case IntentKind.NEW:
                self._new(intent)
            case IntentKind.CANCEL:
                self._cancel(intent)
            case IntentKind.REPLACE:
                self._replace(intent)
            case IntentKind.STATUS:
                self._status(intent)

    def _new(self, intent: Intent) -> None:
        assert intent.cl_ord_id not in self.orders, f"{intent.cl_ord_id} came twice"
        status = OrdStatus.NEW if self.script.accept else OrdStatus.REJECTED
        order = SimOrder([intent.cl_ord_id], self._next_id("V"), intent.order_qty, intent.price, status)
        self.orders[intent.cl_ord_id] = order
        self._report(order, intent.cl_ord_id, ExecType.NEW if self.script.accept else ExecType.REJECTED)
        for qty in self.script.fills if self.script.accept else ():
            self.fill(intent.cl_ord_id, qty)

    def _cancel(self, intent: Intent) -> None:
        order = self.orders.get(intent.orig_cl_ord_id)
        if order is None or order.status.is_terminal or self.refuse_cancels:
            self._reject(intent, order)
            return
        order.status = OrdStatus.CANCELED
        self._report(order, intent.cl_ord_id, ExecType.CANCELED, orig=intent.orig_cl_ord_id)

    def _replace(self, intent: Intent) -> None:
        order = self.orders.get(intent.orig_cl_ord_id)
        if order is None or order.status.is_terminal or intent.order_qty < order.cum_qty:
            self._reject(intent, order)
            return
        order.order_qty, order.price = intent.order_qty, intent.price
        if order.order_qty == order.cum_qty:
            order.status = OrdStatus.FILLED
        order.cl_ord_ids.append(intent.cl_ord_id)
        self.orders[intent.cl_ord_id] = order
        self._report(order, intent.cl_ord_id, ExecType.REPLACED, orig=intent.orig_cl_ord_id)

    def _status(self, intent: Intent) -> None:
        order = self.orders.get(intent.orig_cl_ord_id)
        if order is None:
            nothing = SimOrder([], "NONE", 0, None, OrdStatus.REJECTED)
            self._report(nothing, intent.orig_cl_ord_id, ExecType.ORDER_STATUS)
        else:
            self._report(order, order.cl_ord_ids[-1], ExecType.ORDER_STATUS)

    def _list(self) -> None:
        """A report for each open order; the last of them ends the list."""
        if self.mute:
            return
        found = [order for order in self.distinct_orders() if order.leaves]
        reports = [self._told(order, order.cl_ord_ids[-1], ExecType.ORDER_STATUS) for order in found]
        for report in reports[:-1]:
            self._send(report)
        self._send(OpenOrdersListed(tuple(o.cl_ord_ids[-1] for o in found), reports[-1] if reports else None))

    def _mass_cancel(self, name: str) -> None:
        """Every open order of the session, and the answer first."""
        if self.mute or self.ignore_mass_cancels:
            return
        if self.refuse_mass_cancels or self.refuse_cancels:
            self._send(MassCancelReported(name, False, NOT_SUPPORTED, None, "not now"))
            return
        found = [order for order in self.distinct_orders() if order.leaves]
        self._send(MassCancelReported(name, True, None, len(found)))
        for order in found:
            order.status = OrdStatus.CANCELED
            self._report(order, order.cl_ord_ids[-1], ExecType.CANCELED)

    def _reject(self, intent: Intent, order: SimOrder | None) -> None:
        status = order.status if order else OrdStatus.REJECTED
        reason = CxlRejReason.BROKER_OPTION if order is not None else CxlRejReason.UNKNOWN_ORDER
        told = CancelRejectReceived(
            intent.cl_ord_id, intent.orig_cl_ord_id, status, order is None, "refused", reason=reason
        )
        if self.withhold_refusals:
            self.refusals.append(told)
        else:
            self._send(told)

    def _report(
        self, order: SimOrder, cl_ord_id: str, kind: ExecType, *, orig: str = "", exec_id: str = "", last_qty: int = 0
    ) -> None:
        told = self._told(order, cl_ord_id, kind, orig=orig, exec_id=exec_id, last_qty=last_qty)
        if kind is ExecType.TRADE and self.withhold:
            self.withheld.append(told)
        else:
            self._send(told)
        if kind is ExecType.TRADE:
            self._copy(order, told)

    def _copy(self, order: SimOrder, told: ReportReceived) -> None:
        if self.copies is not None:
            self.copies.tell(copy_of(told, self.children[order.cl_ord_ids[0]]))

    def _told(
        self, order: SimOrder, cl_ord_id: str, kind: ExecType, *, orig: str = "", exec_id: str = "", last_qty: int = 0
    ) -> ReportReceived:
        return ReportReceived(
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=orig,
            exec_type=kind,
            ord_status=order.status,
            exec_id=exec_id or f"R{self.next_out}",
            venue_order_id=order.order_id,
            last_qty=last_qty,
            last_px=(order.price or self.market_price) if last_qty else 0,
            cum_qty=order.cum_qty,
            leaves_qty=order.leaves,
            order_qty=order.order_qty,
            price=order.price,
            liquidity=Liquidity.REMOVED if last_qty else None,
            transact_ns=self.clock_ns,
            text="",
            cum_notional=order.notional if self.tells_value and order.cum_qty else None,
        )


def copy_of(told: ReportReceived, child: ChildNew) -> CopyReceived:
    """The report of an execution, as a drop copy session is told it."""
    return CopyReceived(
        told.cl_ord_id,
        told.exec_type,
        told.exec_id,
        told.exec_ref_id,
        told.venue_order_id,
        child.account_id,
        child.instrument_id,
        child.side,
        told.last_qty,
        told.last_px,
        told.transact_ns,
    )
