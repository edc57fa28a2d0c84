"""The orders of all simulated venues of one process: what a business message does, and what is reported about it.

It joins the books (`oms.core.matching`) with the names that clients use: ClOrdIDs belong to a session, and each is used once.
It knows no numbers, sockets, files or clocks: the time of the tape comes as an argument.

- A duplicate ClOrdID: ExecutionReport Rejected with the state of the original order, which is not touched.
- A cancel names any ClOrdID of the order's chain (a cancel is never refused for naming an old one); a replace names the last.
- The status of an order that never came here: OrderID "NONE", OrdStatus REJECTED. Of one that was refused: its own OrderID.
- Terminal orders are remembered up to `TERMINAL_KEPT_MAX`; then the oldest is forgotten, and asking for it says "NONE".
- The day ends at midnight UTC of the tape: DAY orders expire.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from oms.core.enums import ExecType, Liquidity, OrdStatus, OrdType, Side, TimeInForce
from oms.core.matching import (
    Accepted,
    Book,
    BookEvent,
    Canceled,
    CancelRejected,
    CxlRejReason,
    Displayed,
    Expired,
    NewOrder,
    OrdRejReason,
    Rejected,
    Replaced,
    Traded,
)
from oms.feeds.tape import TapeInstrument, TapeQuote, TapeTrade, TapeVenue
from oms.venues import messages as m

TERMINAL_KEPT_MAX = 100_000  # bounds memory, checkpoints and the time of a restart (about 1 s)
CL_ORD_ID_MAX = 64
NO_ORDER = "NONE"
_NS_PER_DAY = 86_400_000_000_000

BookKey = tuple[str, str]  # (venue, instrument)


class OrderRow(NamedTuple):
    """An order as the log keeps it. `ids`: every ClOrdID ever bound to it, the present one last but for cancels' (see `cl_ord_id`).

    `notional`: Σ price × quantity of its fills; None in a row from before it was kept, of an order with fills.
    """

    order_id: str
    session_id: str
    cl_ord_id: str
    venue: str
    symbol: str
    side: int
    ord_type: int
    time_in_force: int
    price: int
    qty: int
    cum: int
    status: int
    text: str
    ids: tuple[str, ...]
    notional: int | None = None


@dataclass(slots=True)
class _Order:
    order_id: str
    session_id: str
    cl_ord_id: str
    venue: str
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    price: int
    qty: int
    cum: int = 0
    status: OrdStatus = OrdStatus.NEW
    text: str = ""
    ids: list[str] = field(default_factory=list)
    notional: int | None = 0

    @property
    def stated_notional(self) -> int:
        """0 where nothing is said of it: unknown, or more than a message can carry."""
        return self.notional if self.notional is not None and self.notional <= m.INT_MAX else 0

    @property
    def leaves(self) -> int:
        return 0 if self.status.is_terminal else self.qty - self.cum


@dataclass(frozen=True, slots=True)
class Execution:
    """A fill with what the venues of this process displayed for the instrument just before it, for judging it later."""

    exec_id: str
    order_id: str
    cl_ord_id: str
    session_id: str
    venue: str
    symbol: str
    side: Side
    last_px: int
    last_qty: int
    time_ns: int
    liquidity: Liquidity
    displayed: tuple[tuple[str, Displayed], ...]


@dataclass(frozen=True, slots=True)
class _Request:
    """What a book event answers to: the ClOrdID of the request and the one it names. Empty for what the tape caused."""

    cl_ord_id: str = ""
    orig_cl_ord_id: str = ""
    response_to: str = ""


_UNASKED = _Request()


class Exchange:
    """`reports` (session, report), `executions`, `changed_orders`, `changed_books` and `forgotten` (OrderIDs) grow until `clear`."""

    def __init__(self, venues: Iterable[TapeVenue], instruments: Iterable[TapeInstrument]) -> None:
        listed = tuple(instruments)
        all_venues = tuple(venues)
        self.books: dict[BookKey, Book] = {
            (v.code, i.symbol): Book(v.code, i.symbol, i.tick_size, i.lot_size)
            for v in all_venues
            if v.orderable
            for i in listed
        }
        self._by_symbol = {
            i.symbol: [(v, book) for (v, name), book in self.books.items() if name == i.symbol] for i in listed
        }
        self._venues = {v.code: v.orderable for v in all_venues}
        self._orders: dict[str, _Order] = {}  # by OrderID, in order of arrival
        self._ids: dict[tuple[str, str], str] = {}  # (session, ClOrdID) → OrderID
        self._terminal: dict[str, None] = {}  # OrderIDs, in order of their end
        self._next_order = 1
        self.day = 0
        self.reports: list[tuple[str, m.VenueReport]] = []
        self.executions: list[Execution] = []
        self.changed_orders: set[str] = set()
        self.changed_books: set[BookKey] = set()
        self.forgotten: list[str] = []

    def clear(self) -> None:
        self.reports, self.executions, self.forgotten = [], [], []
        self.changed_orders.clear()
        self.changed_books.clear()

    # What a checkpoint holds

    def order_rows(self, only: Iterable[str] | None = None) -> tuple[OrderRow, ...]:
        orders = self._orders.values() if only is None else [self._orders[i] for i in sorted(only) if i in self._orders]
        return tuple(
            OrderRow(
                o.order_id, o.session_id, o.cl_ord_id, o.venue, o.symbol, o.side, o.ord_type, o.time_in_force,
                o.price, o.qty, o.cum, o.status, o.text, tuple(o.ids), o.notional,
            )
            for o in orders
        )  # fmt: skip

    def restore_order(self, row: OrderRow) -> None:
        order = _Order(
            row.order_id, row.session_id, row.cl_ord_id, row.venue, row.symbol, Side(row.side), OrdType(row.ord_type),
            TimeInForce(row.time_in_force), row.price, row.qty, row.cum, OrdStatus(row.status), row.text, list(row.ids),
            row.notional if row.cum else 0,
        )  # fmt: skip
        self._orders[order.order_id] = order
        for cl_ord_id in order.ids:
            self._ids[order.session_id, cl_ord_id] = order.order_id
        self._next_order = max(self._next_order, int(order.order_id.rsplit("-", 1)[1]) + 1)
        if order.status.is_terminal:
            self._remember_terminal(order)

    # The tape

    def on_quote(self, quote: TapeQuote) -> None:
        book = self.books.get((quote.venue, quote.instrument))
        if book is not None:
            before = book.version
            shown = Displayed(quote.bid_px, quote.bid_qty, quote.ask_px, quote.ask_qty)
            self._passive(book, before, book.on_quote(shown, quote.time_ns), quote.time_ns)

    def on_trade(self, trade: TapeTrade) -> None:
        """Suspicious prints fill nobody."""
        book = self.books.get((trade.venue, trade.instrument))
        if book is not None and not trade.suspicious:
            before = book.version
            self._passive(book, before, book.on_trade(trade.price, trade.qty, trade.time_ns), trade.time_ns)

    def on_time(self, now_ns: int) -> None:
        """The tape has reached `now_ns`; with a new day the orders of the day before expire."""
        day = now_ns // _NS_PER_DAY
        if self.day and day > self.day:
            for book in self.books.values():
                self._passive(book, book.version, book.end_of_day(), now_ns)
        self.day = max(self.day, day)

    def displayed(self, symbol: str) -> tuple[tuple[str, Displayed], ...]:
        """What every venue shows for an instrument, less what was taken."""
        return tuple((venue, book.available()) for venue, book in self._by_symbol[symbol])

    # Requests

    def handle(self, session_id: str, message: m.OrderMessage, now_ns: int) -> None:
        match message:
            case m.NewOrderSingle():
                self._new(session_id, message, now_ns)
            case m.OrderCancelRequest():
                self._cancel(session_id, message, now_ns)
            case m.OrderCancelReplaceRequest():
                self._replace(session_id, message, now_ns)
            case m.OrderStatusRequest():
                self._status(session_id, message, now_ns)
            case m.OrderMassStatusRequest():
                self._mass_status(session_id, message, now_ns)

    def venue_of(self, session_id: str, message: m.OrderMessage) -> str | None:
        """Which venue a request goes to (its latency applies); None where it goes to none."""
        match message:
            case m.NewOrderSingle():
                return message.ex_destination
            case m.OrderCancelRequest() | m.OrderCancelReplaceRequest():
                order = self._find(session_id, message.orig_cl_ord_id)
            case m.OrderStatusRequest():
                order = self._find(session_id, message.cl_ord_id)
            case m.OrderMassStatusRequest():
                return None
        return order.venue if order is not None else None

    def _new(self, session_id: str, new: m.NewOrderSingle, now_ns: int) -> None:
        original = self._find(session_id, new.cl_ord_id)
        if original is not None:
            self._report_duplicate(original, new, now_ns)
            return
        order = _Order(
            f"{new.ex_destination}-{new.symbol}-{self._next_order}", session_id, new.cl_ord_id, new.ex_destination, new.symbol,
            new.side, new.ord_type, new.time_in_force, new.price, new.order_qty, ids=[new.cl_ord_id],
        )  # fmt: skip
        self._next_order += 1
        self._orders[order.order_id] = order
        self._ids[session_id, new.cl_ord_id] = order.order_id
        refused = self._unroutable(order)
        if refused is not None:
            self._apply(order, refused, _Request(new.cl_ord_id), now_ns, ())
            return
        book = self.books[order.venue, order.symbol]
        before, displayed = book.version, self.displayed(order.symbol)
        terms = NewOrder(order.order_id, order.side, order.ord_type, order.time_in_force, order.price, order.qty)
        for event in book.submit(terms, now_ns):
            self._apply(self._orders[event.order_id], event, _UNASKED, now_ns, displayed)
        self._note_book(book, before)

    def _unroutable(self, order: _Order) -> Rejected | None:
        if not 0 < len(order.cl_ord_id) <= CL_ORD_ID_MAX:
            return Rejected(order.order_id, OrdRejReason.OTHER, f"ClOrdID must have 1 to {CL_ORD_ID_MAX} characters")
        if order.venue not in self._venues:
            return Rejected(order.order_id, OrdRejReason.OTHER, f"unknown venue {order.venue}")
        if not self._venues[order.venue]:
            return Rejected(order.order_id, OrdRejReason.EXCHANGE_CLOSED, f"{order.venue} takes no orders")
        if (order.venue, order.symbol) not in self.books:
            return Rejected(order.order_id, OrdRejReason.UNKNOWN_SYMBOL, f"{order.venue} does not list {order.symbol}")
        return None

    def _cancel(self, session_id: str, request: m.OrderCancelRequest, now_ns: int) -> None:
        asked = _Request(request.cl_ord_id, request.orig_cl_ord_id, "OrderCancelRequest")
        order = self._find(session_id, request.orig_cl_ord_id)
        refused = self._refuse_request(session_id, order, asked)
        if refused is not None or order is None:
            self._report_refusal(session_id, order, refused, asked, now_ns)
            return
        self._bind(order, request.cl_ord_id)
        book = self.books[order.venue, order.symbol]
        before = book.version
        self._answer(order, book.cancel(order.order_id), asked, now_ns, ())
        self._note_book(book, before)

    def _replace(self, session_id: str, request: m.OrderCancelReplaceRequest, now_ns: int) -> None:
        asked = _Request(request.cl_ord_id, request.orig_cl_ord_id, "OrderCancelReplaceRequest")
        order = self._find(session_id, request.orig_cl_ord_id)
        refused = self._refuse_request(session_id, order, asked)
        if refused is None and order is not None and order.cl_ord_id != request.orig_cl_ord_id:
            refused = (CxlRejReason.OTHER, f"the order goes by {order.cl_ord_id} now")
        if refused is not None or order is None:
            self._report_refusal(session_id, order, refused, asked, now_ns)
            return
        book = self.books[order.venue, order.symbol]
        before, displayed = book.version, self.displayed(order.symbol)
        events = book.replace(order.order_id, request.price, request.order_qty, now_ns)
        self._answer(order, events, asked, now_ns, displayed)
        self._note_book(book, before)

    def _refuse_request(
        self, session_id: str, order: _Order | None, asked: _Request
    ) -> tuple[CxlRejReason, str] | None:
        if order is None:
            return CxlRejReason.UNKNOWN_ORDER, f"no order {asked.orig_cl_ord_id}"
        if self._find(session_id, asked.cl_ord_id) is not None:
            return CxlRejReason.DUPLICATE_CL_ORD_ID, f"ClOrdID {asked.cl_ord_id} was used"
        if not 0 < len(asked.cl_ord_id) <= CL_ORD_ID_MAX:
            return CxlRejReason.OTHER, f"ClOrdID must have 1 to {CL_ORD_ID_MAX} characters"
        if order.status.is_terminal:
            return CxlRejReason.TOO_LATE_TO_CANCEL, f"the order is {order.status.name}"
        return None

    def _status(self, session_id: str, request: m.OrderStatusRequest, now_ns: int) -> None:
        order = self._find(session_id, request.cl_ord_id)
        if order is None:
            report = m.ExecutionReport(
                0, NO_ORDER, request.cl_ord_id, ExecType.ORDER_STATUS, OrdStatus.REJECTED, transact_time=now_ns,
                text="unknown order", ord_status_req_id=request.ord_status_req_id,
            )  # fmt: skip
        else:
            report = self._describe(
                order, ExecType.ORDER_STATUS, now_ns, text=order.text, req_id=request.ord_status_req_id
            )
        self.reports.append((session_id, report))

    def _mass_status(self, session_id: str, request: m.OrderMassStatusRequest, now_ns: int) -> None:
        found = [o for o in self._open_orders() if o.session_id == session_id]
        for n, order in enumerate(found, 1):
            report = self._describe(
                order,
                ExecType.ORDER_STATUS,
                now_ns,
                mass_id=request.mass_status_req_id,
                total=len(found),
                last=n == len(found),
            )
            self.reports.append((session_id, report))
        if not found:
            none = m.ExecutionReport(
                0, NO_ORDER, NO_ORDER, ExecType.ORDER_STATUS, OrdStatus.REJECTED, transact_time=now_ns,
                text="no open orders", mass_status_req_id=request.mass_status_req_id, last_rpt_requested=True,
            )  # fmt: skip
            self.reports.append((session_id, none))

    def _open_orders(self) -> list[_Order]:
        return [self._orders[order_id] for book in self.books.values() for order_id in book.open_orders()]

    def knows(self, session_id: str, cl_ord_id: str) -> bool:
        return self._find(session_id, cl_ord_id) is not None

    def forget(self, session_id: str, cl_ord_id: str) -> str | None:
        """The order is gone from book and records, and nobody is told. Its OrderID, None where there is no such order."""
        order = self._find(session_id, cl_ord_id)
        if order is None:
            return None
        if not order.status.is_terminal:
            book = self.books[order.venue, order.symbol]
            before = book.version
            book.cancel(order.order_id)
            self._note_book(book, before)
        self._terminal.pop(order.order_id, None)
        self._erase(order)
        self.forgotten.append(order.order_id)
        return order.order_id

    # From book events to reports

    def _passive(self, book: Book, before: int, events: tuple[BookEvent, ...], now_ns: int) -> None:
        for event in events:
            self._apply(self._orders[event.order_id], event, _UNASKED, now_ns, self.displayed(book.instrument))
        self._note_book(book, before)

    def _answer(
        self,
        order: _Order,
        events: tuple[BookEvent, ...],
        asked: _Request,
        now_ns: int,
        displayed: tuple[tuple[str, Displayed], ...],
    ) -> None:
        """Only the first event answers the request; what follows from it, to this order or others, nobody asked for."""
        for number, event in enumerate(events):
            self._apply(self._orders[event.order_id], event, _UNASKED if number else asked, now_ns, displayed)

    def _note_book(self, book: Book, before: int) -> None:
        if book.version != before:
            self.changed_books.add((book.venue, book.instrument))

    def _apply(
        self,
        order: _Order,
        event: BookEvent,
        asked: _Request,
        now_ns: int,
        displayed: tuple[tuple[str, Displayed], ...],
    ) -> None:
        """The only place where an order changes."""
        match event:
            case Accepted():
                self._emit(order, ExecType.NEW, OrdStatus.NEW, asked, now_ns)
            case Rejected():
                order.text = event.text
                self._emit(order, ExecType.REJECTED, OrdStatus.REJECTED, _UNASKED, now_ns, rejected=event)
            case Traded():
                order.cum = event.cum
                if order.notional is not None:
                    order.notional += event.last_px * event.last_qty
                status = OrdStatus.PARTIALLY_FILLED if event.leaves else OrdStatus.FILLED
                self._emit(order, ExecType.TRADE, status, _UNASKED, now_ns, traded=event)
                self.executions.append(
                    Execution(
                        event.exec_id, order.order_id, order.cl_ord_id, order.session_id, order.venue, order.symbol, order.side,
                        event.last_px, event.last_qty, now_ns, event.liquidity, displayed,
                    )
                )  # fmt: skip
            case Canceled():
                order.text = event.text
                self._emit(order, ExecType.CANCELED, OrdStatus.CANCELED, asked, now_ns)
            case Expired():
                order.text = "the day ended"
                self._emit(order, ExecType.EXPIRED, OrdStatus.EXPIRED, asked, now_ns)
            case Replaced():
                order.price, order.qty, order.cl_ord_id = event.price, event.qty, asked.cl_ord_id
                self._bind(order, asked.cl_ord_id)
                working = OrdStatus.PARTIALLY_FILLED if order.cum else OrdStatus.NEW
                self._emit(order, ExecType.REPLACED, working if event.leaves else OrdStatus.FILLED, asked, now_ns)
            case CancelRejected():
                self._report_refusal(order.session_id, order, (event.reason, event.text), asked, now_ns)

    def _emit(
        self, order: _Order, exec_type: ExecType, status: OrdStatus, asked: _Request, now_ns: int,
        traded: Traded | None = None, rejected: Rejected | None = None,
    ) -> None:  # fmt: skip
        order.status = status
        self.changed_orders.add(order.order_id)
        report = self._describe(order, exec_type, now_ns, order.text, asked=asked, traded=traded, rejected=rejected)
        self.reports.append((order.session_id, report))
        if status.is_terminal:
            self._remember_terminal(order)

    def _describe(
        self, order: _Order, exec_type: ExecType, now_ns: int, text: str = "", *, asked: _Request = _UNASKED,
        traded: Traded | None = None, rejected: Rejected | None = None, status: OrdStatus | None = None,
        req_id: str = "", mass_id: str = "", total: int = 0, last: bool = False,
    ) -> m.ExecutionReport:  # fmt: skip
        return m.ExecutionReport(
            0, order.order_id, asked.cl_ord_id or order.cl_ord_id, exec_type, status or order.status,
            exec_id=traded.exec_id if traded else "", orig_cl_ord_id=asked.orig_cl_ord_id,
            ex_destination=order.venue, symbol=order.symbol, side=order.side, ord_type=order.ord_type,
            time_in_force=order.time_in_force, price=order.price, order_qty=order.qty,
            last_px=traded.last_px if traded else 0, last_qty=traded.last_qty if traded else 0,
            cum_qty=order.cum, cum_notional=order.stated_notional, leaves_qty=order.leaves,
            last_liquidity_ind=traded.liquidity if traded else None,
            transact_time=now_ns, ord_rej_reason=rejected.reason if rejected else None, text=text,
            ord_status_req_id=req_id, mass_status_req_id=mass_id, tot_num_reports=total, last_rpt_requested=last,
        )  # fmt: skip

    def _report_duplicate(self, original: _Order, new: m.NewOrderSingle, now_ns: int) -> None:
        refusal = Rejected(original.order_id, OrdRejReason.DUPLICATE_ORDER, f"ClOrdID {new.cl_ord_id} was used")
        asked = _Request(new.cl_ord_id)
        report = self._describe(original, ExecType.REJECTED, now_ns, refusal.text, asked=asked, rejected=refusal)
        self.reports.append((original.session_id, report))

    def _report_refusal(
        self,
        session_id: str,
        order: _Order | None,
        refused: tuple[CxlRejReason, str] | None,
        asked: _Request,
        now_ns: int,
    ) -> None:
        assert refused is not None
        report = m.OrderCancelReject(
            0, order.order_id if order else NO_ORDER, asked.cl_ord_id, asked.orig_cl_ord_id,
            order.status if order else OrdStatus.REJECTED, refused[0], asked.response_to, refused[1], now_ns,
        )  # fmt: skip
        self.reports.append((session_id, report))

    # Names

    def _find(self, session_id: str, cl_ord_id: str) -> _Order | None:
        order_id = self._ids.get((session_id, cl_ord_id))
        return self._orders[order_id] if order_id is not None else None

    def _bind(self, order: _Order, cl_ord_id: str) -> None:
        order.ids.append(cl_ord_id)
        self._ids[order.session_id, cl_ord_id] = order.order_id

    def _remember_terminal(self, order: _Order) -> None:
        self._terminal[order.order_id] = None
        if len(self._terminal) > TERMINAL_KEPT_MAX:
            oldest = next(iter(self._terminal))
            del self._terminal[oldest]
            self._erase(self._orders[oldest])

    def _erase(self, order: _Order) -> None:
        for cl_ord_id in order.ids:
            del self._ids[order.session_id, cl_ord_id]
        del self._orders[order.order_id]
