"""The orders of the simulated venues by their names, what an event of a book does to them, and what is reported of it.

Invariants: an order changes only in `apply` (and where a day begins or ends); every change is reported once, to the session that the order
belongs to; a ClOrdID is bound to one order for ever, as long as that is remembered.
It knows neither the tape nor who asks.
"""

from collections.abc import Iterable, Mapping
from heapq import heappush

from oms.core.enums import ExecRestatementReason, ExecType, OrdStatus, OrdType
from oms.core.instructions import AUCTION_ONLY
from oms.core.matching import (
    Accepted,
    Book,
    BookEvent,
    CancelCause,
    Canceled,
    CancelRejected,
    Displayed,
    Expired,
    Rejected,
    Replaced,
    Restated,
    TradeBusted,
    TradeCorrected,
    Traded,
    Triggered,
)
from oms.core.venue_reasons import CxlRejReason
from oms.feeds.tape import TapeInstrument, TapeVenue
from oms.venues import messages as m
from oms.venues.venue_order import (
    NOTHING_ELSE,
    PART,
    UNASKED,
    Execution,
    Happened,
    Order,
    OrderRow,
    Request,
    describe,
)
from oms.venues.venue_terms import VenueTerms

TERMINAL_KEPT_MAX = 100_000  # bounds memory, checkpoints and the time of a restart (about 1 s)
NO_ORDER = "NONE"
ANY_TERMS = VenueTerms()

BookKey = tuple[str, str]  # (venue, instrument)
Tops = tuple[tuple[str, Displayed], ...]


class Records:
    """`reports` (session, report), `executions`, `changed_orders`, `changed_books` and `forgotten` (OrderIDs) grow until `clear`.

    `suspended`: books where an operator stopped trading."""

    def __init__(
        self,
        venues: Iterable[TapeVenue],
        instruments: Iterable[TapeInstrument],
        terms: Mapping[str, VenueTerms] | None = None,
    ) -> None:
        listed, all_venues = tuple(instruments), tuple(venues)
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
        self.scales = {i.symbol: (i.price_scale, i.qty_scale) for i in listed}
        self._terms = dict(terms or {})
        self._orders: dict[str, Order] = {}  # by OrderID, in order of arrival
        self._ids: dict[tuple[str, str], str] = {}  # (session, ClOrdID) → OrderID
        self._terminal: dict[str, None] = {}  # OrderIDs, in order of their end
        self._expiries: list[tuple[int, BookKey]] = []
        self._next_order = 1
        self._figures_before: dict[
            str, tuple[int, int]
        ] = {}  # of an execution that is being corrected: price, quantity
        self.suspended: set[BookKey] = set()
        self.reports: list[tuple[str, m.VenueReport]] = []
        self.executions: list[Execution] = []
        self.changed_orders: set[str] = set()
        self.changed_books: set[BookKey] = set()
        self.forgotten: list[str] = []

    def clear(self) -> None:
        self.reports, self.executions, self.forgotten = [], [], []
        self.changed_orders.clear()
        self.changed_books.clear()

    def terms(self, venue: str) -> VenueTerms:
        return self._terms.get(venue, ANY_TERMS)

    def displayed(self, symbol: str) -> Tops:
        """What every venue shows for an instrument, less what was taken."""
        return tuple((venue, book.available()) for venue, book in self._by_symbol[symbol])

    # What a checkpoint holds

    def order_rows(self, only: Iterable[str] | None = None) -> tuple[OrderRow, ...]:
        orders = self._orders.values() if only is None else [self._orders[i] for i in sorted(only) if i in self._orders]
        return tuple(order.row() for order in orders)

    def restore_order(self, row: OrderRow) -> None:
        order = Order.of_row(row)
        self._orders[order.order_id] = order
        for cl_ord_id in order.ids:
            self._ids[order.session_id, cl_ord_id] = order.order_id
        self._next_order = max(self._next_order, int(order.order_id.rsplit("-", 1)[1]) + 1)
        self._mind_expiry(order)
        if order.status.is_terminal:
            self._remember_terminal(order)

    # From book events to reports

    def _take(
        self,
        book: Book,
        before: int,
        events: Iterable[BookEvent],
        now_ns: int,
        asked: Request = UNASKED,
        requester: str = "",
        displayed: Tops | None = None,
    ) -> None:
        """Events of a book, of which those about the order `requester` answer what it asked; `before`: the book's version until then."""
        for event in events:
            order = self._of_book(event.order_id)
            tops = self.displayed(book.instrument) if displayed is None else displayed
            self._apply(order, event, asked if order.order_id == requester else UNASKED, now_ns, tops)
        self._note_book(book, before)

    def _of_book(self, book_id: str) -> Order:
        return self._orders[self._name_of(book_id)]

    @staticmethod
    def _name_of(book_id: str) -> str:
        """The OrderID that a book's order belongs to."""
        return book_id.partition(PART)[0]

    def _note_book(self, book: Book, before: int) -> None:
        if book.version != before:
            self.changed_books.add((book.venue, book.instrument))

    def _apply(self, order: Order, event: BookEvent, asked: Request, now_ns: int, displayed: Tops) -> None:
        match event:
            case Accepted():
                order.begin_day()
                self._mind_expiry(order)
                self._emit(order, ExecType.NEW, OrdStatus.NEW, now_ns, asked)
            case Rejected():
                order.text = event.text
                what = Happened(rejected=event.reason, text=event.text)
                self._emit(order, ExecType.REJECTED, OrdStatus.REJECTED, now_ns, asked, what)
            case Traded():
                order.executed(event.last_qty, event.last_px * event.last_qty)
                self._emit(order, ExecType.TRADE, order.working, now_ns, what=Happened.traded(event))
                self._note_execution(order, event, now_ns, displayed)
            case Canceled():
                self._canceled(order, event, asked, now_ns)
            case Expired():
                order.text = _why_expired(order)
                self._emit(order, ExecType.EXPIRED, OrdStatus.EXPIRED, now_ns, asked, Happened(text=order.text))
            case Replaced():
                self._replaced(order, event, asked, now_ns)
            case Triggered():
                order.ord_type = OrdType.LIMIT if event.price else OrdType.MARKET
                self._emit(order, ExecType.TRIGGERED, order.working, now_ns)
            case Restated():
                self._restated(order, event, now_ns)
            case TradeBusted() | TradeCorrected():
                self._corrected(order, event, now_ns)
            case CancelRejected():
                self._report_refusal(order.session_id, order, (event.reason, event.text), asked, now_ns)

    def _canceled(self, order: Order, event: Canceled, asked: Request, now_ns: int) -> None:
        requested = event.cause is CancelCause.REQUESTED
        by_terms = event.cause is CancelCause.REMAINDER
        order.text = event.text
        what = Happened(text=event.text, restated=None if requested or by_terms else ExecRestatementReason.OTHER)
        self._emit(order, ExecType.CANCELED, OrdStatus.CANCELED, now_ns, asked if requested else UNASKED, what)

    def _replaced(self, order: Order, event: Replaced, asked: Request, now_ns: int) -> None:
        order.price, order.qty = event.price, event.qty + order.before_part
        order.cl_ord_id = asked.cl_ord_id
        self._bind(order, asked.cl_ord_id)
        self._mind_expiry(order)
        self._emit(order, ExecType.REPLACED, order.working, now_ns, asked)

    def _restated(self, order: Order, event: Restated, now_ns: int) -> None:
        """A peg or a trailing stop moved; or a market-to-limit order has its limit now."""
        reason = ExecRestatementReason.PEG_REFRESH
        if order.ord_type is OrdType.PEGGED:
            order.pegged_px = event.price
        elif event.stop_px:
            order.asked = order.asked._replace(stop_px=event.stop_px)
        else:
            order.ord_type, order.price, reason = OrdType.LIMIT, event.price, ExecRestatementReason.REPRICING
        self._emit(order, ExecType.RESTATED, order.working, now_ns, what=Happened(restated=reason))

    def _corrected(self, order: Order, event: TradeBusted | TradeCorrected, now_ns: int) -> None:
        """A filled order is open again if the book could put back what it lost, or ends with the event that follows."""
        bust = isinstance(event, TradeBusted)
        old_px, old_qty = (event.last_px, event.last_qty) if bust else self._figures_before[event.ref_exec_id]
        new_px, new_qty = (0, 0) if bust else (event.last_px, event.last_qty)
        order.executed(new_qty - old_qty, new_qty * new_px - old_qty * old_px)
        status = order.status
        if status in (OrdStatus.FILLED, OrdStatus.PARTIALLY_FILLED, OrdStatus.NEW):
            status = order.working if event.leaves or order.cum >= order.qty else OrdStatus.EXPIRED
        exec_type = ExecType.TRADE_CANCEL if bust else ExecType.TRADE_CORRECT
        what = Happened(event.exec_id, event.ref_exec_id, event.last_px, event.last_qty)
        if not status.is_terminal:
            self._terminal.pop(order.order_id, None)
        self._emit(order, exec_type, status, now_ns, what=what)

    def _emit(
        self, order: Order, exec_type: ExecType, status: OrdStatus, now_ns: int, asked: Request = UNASKED,
        what: Happened = NOTHING_ELSE,
    ) -> None:  # fmt: skip
        order.status = status
        self.changed_orders.add(order.order_id)
        self.reports.append((order.session_id, self._describe(order, exec_type, now_ns, asked, what)))
        if status.is_terminal:
            self._remember_terminal(order)

    def _describe(
        self, order: Order, exec_type: ExecType, now_ns: int, asked: Request = UNASKED, what: Happened = NOTHING_ELSE
    ) -> m.ExecutionReport:
        suspended = (order.venue, order.symbol) in self.suspended
        return describe(order, exec_type, now_ns, asked=asked, what=what, suspended=suspended)

    def _note_execution(self, order: Order, event: Traded, now_ns: int, displayed: Tops) -> None:
        self.executions.append(
            Execution(
                event.exec_id, order.order_id, order.cl_ord_id, order.session_id, order.venue, order.symbol, order.side,
                event.last_px, event.last_qty, now_ns, event.liquidity, displayed,
            )
        )  # fmt: skip

    def _report_refusal(
        self, session_id: str, order: Order | None, refused: tuple[CxlRejReason, str], asked: Request, now_ns: int
    ) -> None:
        if order is None:
            order_id, status = NO_ORDER, OrdStatus.REJECTED
        else:
            order_id = order.order_id
            status = order.said_status((order.venue, order.symbol) in self.suspended)
        report = m.OrderCancelReject(
            0,
            order_id,
            asked.cl_ord_id,
            asked.orig_cl_ord_id,
            status,
            refused[0],
            asked.response_to,
            refused[1],
            now_ns,
        )
        self.reports.append((session_id, report))

    # Names

    def _find(self, session_id: str, cl_ord_id: str) -> Order | None:
        order_id = self._ids.get((session_id, cl_ord_id))
        return self._orders[order_id] if order_id is not None else None

    def _bind(self, order: Order, cl_ord_id: str) -> None:
        if (order.session_id, cl_ord_id) not in self._ids:
            order.ids.append(cl_ord_id)
        self._ids[order.session_id, cl_ord_id] = order.order_id

    def _begin(self, order: Order) -> None:
        """A new order, under the next number."""
        self._next_order += 1
        self._orders[order.order_id] = order
        self._bind(order, order.cl_ord_id)

    def _mind_expiry(self, order: Order) -> None:
        if order.asked.expire_ns:
            heappush(self._expiries, (order.asked.expire_ns, (order.venue, order.symbol)))

    def _remember_terminal(self, order: Order) -> None:
        self._terminal[order.order_id] = None
        if len(self._terminal) > TERMINAL_KEPT_MAX:
            oldest = next(iter(self._terminal))
            del self._terminal[oldest]
            self._erase(self._orders[oldest])

    def _erase(self, order: Order) -> None:
        for cl_ord_id in order.ids:
            self._ids.pop((order.session_id, cl_ord_id), None)
        del self._orders[order.order_id]


def _why_expired(order: Order) -> str:
    if order.time_in_force in AUCTION_ONLY:
        return "its auction is over"
    return "its time ended" if order.asked.expire_ns else "the day ended"
