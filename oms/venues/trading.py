"""What moves the simulated venues without their members: the tape, the clock, the calendar, and an operator who stops trading.

- Days, auctions and closed times come from the calendars (`oms.venues.venue_days`). At a day's end DAY orders expire, and GT orders are done
  for the day until the next one restates them and begins to count their day's quantities.
- Where trading is stopped, or the market is closed, nothing of the tape reaches the book; what it shows then comes when it goes on.
- A call that is not to come (a second opening, or a call while another is on) is passed over where the calendar wants it, and refused
  where an operator does (`BookError`).
"""

from collections.abc import Callable, Iterable, Mapping
from heapq import heappop

from oms.core.enums import ExecRestatementReason, ExecType, OrdStatus, VenueFeature
from oms.core.matching import Book, BookError, CancelRejected, Displayed, Phase
from oms.core.reference import Calendar
from oms.core.sessions import TradingPhase, phase_at
from oms.feeds.tape import TapeInstrument, TapeQuote, TapeTrade, TapeVenue
from oms.venues import messages as m
from oms.venues.venue_days import Moment, moments, next_moment_ns, takes_orders
from oms.venues.venue_order import Happened, Order, book_terms
from oms.venues.venue_records import BookKey, Records
from oms.venues.venue_terms import VenueTerms

_CALLS = {Moment.CALL_OPEN: Phase.OPENING_CALL, Moment.CALL_CLOSE: Phase.CLOSING_CALL}
_CALL_OF = {
    TradingPhase.OPENING_AUCTION: Moment.CALL_OPEN,
    TradingPhase.CLOSING_AUCTION: Moment.CALL_CLOSE,
}
_AUCTIONS = frozenset({*_CALLS, Moment.UNCROSS_OPEN, Moment.UNCROSS_CLOSE})


class Trading(Records):
    def __init__(
        self,
        venues: Iterable[TapeVenue],
        instruments: Iterable[TapeInstrument],
        terms: Mapping[str, VenueTerms] | None = None,
    ) -> None:
        super().__init__(venues, instruments, terms)
        self._now_ns = 0
        self._moment_ns = 0  # nothing of a calendar comes before it
        self._closed: set[BookKey] = set()
        self._kept_quotes: dict[BookKey, TapeQuote] = {}  # of books that stand still: what they show when they go on

    # The tape

    def on_quote(self, quote: TapeQuote) -> None:
        key = quote.venue, quote.instrument
        book = self.books.get(key)
        if book is None:
            return
        if self._stands_still(key):
            self._kept_quotes[key] = quote
            return
        before = book.version
        shown = Displayed(quote.bid_px, quote.bid_qty, quote.ask_px, quote.ask_qty)
        self._take(book, before, book.on_quote(shown, quote.time_ns), quote.time_ns)

    def on_trade(self, trade: TapeTrade) -> None:
        """Suspicious prints fill nobody."""
        key = trade.venue, trade.instrument
        book = self.books.get(key)
        if book is not None and not trade.suspicious and not self._stands_still(key):
            before = book.version
            self._take(book, before, book.on_trade(trade.price, trade.qty, trade.time_ns), trade.time_ns)

    def _stands_still(self, key: BookKey) -> bool:
        return key in self.suspended or key in self._closed

    # The clock and the calendar

    def on_time(self, now_ns: int) -> None:
        """The tape has reached `now_ns`: what is to end by then ends, and the day takes its course. The first time nothing is due, but a call
        that is on is joined."""
        while self._expiries and self._expiries[0][0] <= now_ns:
            book = self.books[heappop(self._expiries)[1]]
            before = book.version
            self._take(book, before, book.expire(now_ns), now_ns)
        if now_ns < self._moment_ns:
            return
        before_ns, self._now_ns = self._now_ns, max(self._now_ns, now_ns)
        for key in self.books:
            calendar = self.calendar(key)
            for time_ns, moment in moments(calendar, before_ns, now_ns) if before_ns else ():
                self._by_calendar(key, moment, time_ns)
            if (
                not before_ns
                and calendar is not None
                and (call := _CALL_OF.get(phase_at(calendar, now_ns))) is not None
            ):
                self._by_calendar(key, call, now_ns)
            (self._closed.discard if takes_orders(calendar, now_ns) else self._closed.add)(key)
            self._show_again(key)
        coming = (next_moment_ns(self.calendar(key), now_ns) for key in self.books)
        self._moment_ns = min((time_ns for time_ns in coming if time_ns is not None), default=m.INT_MAX)

    def calendar(self, key: BookKey) -> Calendar | None:
        return self.terms(key[0]).calendars.get(key[1])

    def _by_calendar(self, key: BookKey, moment: Moment, now_ns: int) -> None:
        book, auctions = self.books[key], VenueFeature.AUCTIONS in self.terms(key[0]).features
        if moment not in _AUCTIONS:
            self.at_moment(key, moment, now_ns)
        elif auctions and (book.phase is Phase.CONTINUOUS if moment in _CALLS else book.phase in _CALLS.values()):
            try:
                self.at_moment(key, moment, now_ns)
            except BookError:
                assert moment in _CALLS, (
                    "a call that is on can be uncrossed"
                )  # that auction was held already: it is not held twice

    def at_moment(self, key: BookKey, moment: Moment, now_ns: int) -> None:
        """A moment of the day at one book. Raises `BookError` where there is no such call."""
        book = self.books[key]
        before = book.version
        match moment:
            case Moment.END_DAY:
                self._take(book, before, book.end_of_day(), now_ns)
                self._each(book, now_ns, ExecType.DONE_FOR_DAY, lambda order: order.lives_for_days and not order.done)
            case Moment.BEGIN_DAY:
                self._closed.discard(key)
                self._each(book, now_ns, ExecType.RESTATED, lambda order: order.done)
            case Moment.CALL_OPEN | Moment.CALL_CLOSE:
                self._take(book, before, book.call(_CALLS[moment]), now_ns)
            case Moment.UNCROSS_OPEN | Moment.UNCROSS_CLOSE:
                self._take(book, before, book.uncross(now_ns), now_ns)

    def _each(self, book: Book, now_ns: int, exec_type: ExecType, which: Callable[[Order], bool]) -> None:
        """Orders that outlive the day are done for it, or begin the next one."""
        for order in self._open(book):
            if not which(order):
                continue
            what = Happened()
            if exec_type is ExecType.RESTATED:
                order.begin_day()
                what = Happened(restated=ExecRestatementReason.GT_RENEWAL)
            else:
                order.done = True
            self._emit(order, exec_type, order.status, now_ns, what=what)

    def _open(self, book: Book) -> list[Order]:
        return list({id(o): o for o in (self._of_book(order_id) for order_id in book.open_orders())}.values())

    # An operator stops trading

    def suspend(self, key: BookKey, now_ns: int) -> None:
        book = self.books[key]
        self.suspended.add(key)
        self._kept_quotes.setdefault(key, TapeQuote(now_ns, *key, *book.displayed()))
        for order in self._open(book):
            self._emit(order, ExecType.SUSPENDED, order.status, now_ns)

    def resume(self, key: BookKey, now_ns: int) -> None:
        self.suspended.discard(key)
        for order in self._open(self.books[key]):
            self._emit(order, ExecType.RESTATED, order.status, now_ns, what=Happened(text="trading goes on"))
        self._show_again(key)

    def _show_again(self, key: BookKey) -> None:
        if key in self._kept_quotes and not self._stands_still(key):
            self.on_quote(self._kept_quotes.pop(key))

    # An operator decides about orders and executions

    def order_named(self, venue: str, name: str) -> Order | None:
        """By its OrderID, or by a ClOrdID of any session."""
        found = self._orders.get(name) or next(
            (self._orders[order_id] for (_, cl_ord_id), order_id in self._ids.items() if cl_ord_id == name), None
        )
        return found if found is not None and found.venue == venue else None

    def bust(self, key: BookKey, exec_id: str, now_ns: int) -> None:
        """Raises `BookError` where the book has no such execution, or an order of it is not remembered any more."""
        book = self.books[key]
        self._require_remembered(book, exec_id)
        before = book.version
        self._take(book, before, book.bust(exec_id, now_ns), now_ns)

    def correct(self, key: BookKey, exec_id: str, last_px: int, last_qty: int, now_ns: int) -> None:
        """Raises `BookError` where that cannot be said of the execution, or an order of it is not remembered any more."""
        book = self.books[key]
        self._require_remembered(book, exec_id)
        before = book.version
        figures = {fill.exec_id: (fill.last_px, fill.last_qty) for fill in book.state().fills}
        events = book.correct(exec_id, last_px, last_qty, now_ns)
        self._figures_before = figures
        self._take(book, before, events, now_ns)
        self._figures_before = {}

    def _require_remembered(self, book: Book, exec_id: str) -> None:
        """Both sides of a trade change or none: of an order that is not in the records nobody could be told."""
        gone = [name for name in map(self._name_of, book.orders_of(exec_id)) if name not in self._orders]
        if gone:
            raise BookError(f"{exec_id}: order {gone[0]} is not remembered any more")

    def cancel_unasked(self, order: Order, reason: ExecRestatementReason, now_ns: int) -> None:
        """Of an order that is open."""
        book = self.books[order.venue, order.symbol]
        before = book.version
        book.cancel(order.book_id)
        self._note_book(book, before)
        order.text = "canceled by the venue"
        what = Happened(restated=reason, text=order.text)
        self._emit(order, ExecType.CANCELED, OrdStatus.CANCELED, now_ns, what=what)

    def decline(self, order: Order, qty: int, now_ns: int) -> str | None:
        """The venue takes quantity off an open order; why it cannot, else None."""
        if not order.cum < qty < order.qty:
            return f"{order.order_id} has {order.qty}, of which {order.cum} is executed: name a quantity between"
        book = self.books[order.venue, order.symbol]
        before = book.version
        terms = book_terms(order.asked)
        first, *events = book.replace(order.book_id, order.price, qty - order.before_part, now_ns, terms)
        if isinstance(first, CancelRejected):
            return first.text
        order.qty = qty
        what = Happened(restated=ExecRestatementReason.PARTIAL_DECLINE)
        self._emit(order, ExecType.RESTATED, order.working, now_ns, what=what)
        self._take(book, before, events, now_ns)
        return None
