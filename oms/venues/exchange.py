"""The orders of all simulated venues of one process: what a business message does, and what is reported about it.

It joins the books (`oms.core.matching`) with the names that clients use: ClOrdIDs belong to a session, and each is used once.
It knows no numbers, sockets, files or clocks: the time of the tape comes as an argument.

- A duplicate ClOrdID: ExecutionReport Rejected with the state of the original order, which is not touched; with PossResend its present
  status. What the venue does not offer (`VenueTerms.features`): Rejected with OrdRejReason 11, and the text says what.
- A cancel names any ClOrdID of the order's chain (a cancel is never refused for naming an old one); a replace names the last.
- The status of an order that never came here: OrderID "NONE", OrdStatus REJECTED. Of one that was refused: its own OrderID.
- Terminal orders are remembered up to `TERMINAL_KEPT_MAX`; then the oldest is forgotten, and asking for it says "NONE".
- REPLACES_BY_NEW_ORDER: a replace cancels the order and begins another, with what is left of the quantity, under a new OrderID.
- REOPENS_FILLED: a replace with more quantity opens a filled order again; elsewhere it is too late.
- A mass cancel (35=q) ends every open order of its session, or those in one instrument; a whole one is refused while one of them is at a
  venue that holds requests.
- While a venue holds requests (an operator's act) each is answered as pending and waits; released, they are carried out in order. With
  ONE_REQUEST_AT_A_TIME a second one about an order is refused (CxlRejReason 3). What waits is lost with the process.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from oms.core.enums import ExecType, OrdStatus, VenueBehaviour
from oms.core.matching import Canceled, CancelRejected, Rejected, Replaced
from oms.core.venue_reasons import CxlRejReason, OrdRejReason
from oms.feeds.tape import TapeInstrument, TapeVenue
from oms.venues import messages as m
from oms.venues.mass_cancel import MASS_CANCELED, accepted, obstacle, refused
from oms.venues.trading import Trading
from oms.venues.validity import ValidityError, expiry_ns
from oms.venues.venue_order import (
    PART,
    UNASKED,
    Asked,
    Execution,
    Happened,
    Order,
    OrderRow,
    Request,
    asked_of,
    book_terms,
    needs,
    restated_terms,
)
from oms.venues.venue_records import NO_ORDER, TERMINAL_KEPT_MAX, BookKey
from oms.venues.venue_terms import VenueTerms

__all__ = ["TERMINAL_KEPT_MAX", "BookKey", "Exchange", "Execution", "OrderRow"]

CL_ORD_ID_MAX = 64

Change = m.OrderCancelRequest | m.OrderCancelReplaceRequest


class Exchange(Trading):
    """`holding`: venues that answer requests as pending and carry them out later."""

    def __init__(
        self,
        venues: Iterable[TapeVenue],
        instruments: Iterable[TapeInstrument],
        terms: Mapping[str, VenueTerms] | None = None,
    ) -> None:
        super().__init__(venues, instruments, terms)
        self.holding: set[str] = set()
        self._waiting: list[tuple[str, Change]] = []

    def handle(self, session_id: str, message: m.OrderMessage, now_ns: int) -> None:
        match message:
            case m.NewOrderSingle():
                self._new(session_id, message, now_ns)
            case m.OrderCancelRequest() | m.OrderCancelReplaceRequest():
                self._change(session_id, message, now_ns)
            case m.OrderStatusRequest():
                self._status(session_id, message, now_ns)
            case m.OrderMassStatusRequest():
                self._mass_status(session_id, message, now_ns)
            case m.OrderMassCancelRequest():
                self._mass_cancel(session_id, message, now_ns)

    def venue_of(self, session_id: str, message: m.OrderMessage) -> str | None:
        """Which venue a request goes to (its latency applies); None where it goes to none."""
        match message:
            case m.NewOrderSingle():
                return message.ex_destination
            case m.OrderCancelRequest() | m.OrderCancelReplaceRequest():
                order = self._find(session_id, message.orig_cl_ord_id)
            case m.OrderStatusRequest():
                order = self._find(session_id, message.cl_ord_id)
            case m.OrderMassStatusRequest() | m.OrderMassCancelRequest():
                return None
        return order.venue if order is not None else None

    # New orders

    def _new(self, session_id: str, new: m.NewOrderSingle, now_ns: int) -> None:
        original = self._find(session_id, new.cl_ord_id)
        if original is not None:
            self._repeated(original, new, now_ns)
            return
        order = Order(
            f"{new.ex_destination}-{new.symbol}-{self._next_order}", session_id, new.cl_ord_id, new.ex_destination, new.symbol,
            new.side, new.ord_type, new.time_in_force, new.price, new.order_qty,
        )  # fmt: skip
        self._begin(order)
        refused = self._unroutable(order, new)
        if refused is None:
            try:
                order.asked = asked_of(new, self._expiry(order, new, now_ns))
            except ValidityError as error:
                refused = Rejected(order.order_id, OrdRejReason.OTHER, str(error))
        if refused is not None:
            self._apply(order, refused, UNASKED, now_ns, ())
            return
        self._submit(order, now_ns)

    def _submit(self, order: Order, now_ns: int) -> None:
        book = self.books[order.venue, order.symbol]
        before, displayed = book.version, self.displayed(order.symbol)
        self._take(book, before, book.submit(order.for_book(), now_ns), now_ns, displayed=displayed)

    def _expiry(self, order: Order, asked: m.NewOrderSingle | m.OrderCancelReplaceRequest, now_ns: int) -> int:
        return expiry_ns(
            order.time_in_force, asked.expire_time, asked.expire_date, asked.exposure_duration,
            self.calendar((order.venue, order.symbol)), now_ns,
        )  # fmt: skip

    def _unroutable(self, order: Order, new: m.NewOrderSingle) -> Rejected | None:
        key = order.venue, order.symbol
        if not 0 < len(order.cl_ord_id) <= CL_ORD_ID_MAX:
            return Rejected(order.order_id, OrdRejReason.OTHER, f"ClOrdID must have 1 to {CL_ORD_ID_MAX} characters")
        if order.venue not in self._venues:
            return Rejected(order.order_id, OrdRejReason.OTHER, f"unknown venue {order.venue}")
        if not self._venues[order.venue]:
            return Rejected(order.order_id, OrdRejReason.EXCHANGE_CLOSED, f"{order.venue} takes no orders")
        if key not in self.books:
            return Rejected(order.order_id, OrdRejReason.UNKNOWN_SYMBOL, f"{order.venue} does not list {order.symbol}")
        lacking = needs(new) - self.terms(order.venue).features
        if lacking:
            names = ", ".join(sorted(feature.name for feature in lacking))
            return Rejected(order.order_id, OrdRejReason.UNSUPPORTED_ORDER, f"{order.venue} does not offer {names}")
        if self._stands_still(key):
            return Rejected(order.order_id, OrdRejReason.EXCHANGE_CLOSED, self._why_still(key))
        return None

    def _why_still(self, key: BookKey) -> str:
        return f"trading in {key[1]} is suspended" if key in self.suspended else f"{key[0]} is closed"

    def _repeated(self, original: Order, new: m.NewOrderSingle, now_ns: int) -> None:
        if new.poss_resend:
            self.reports.append((original.session_id, self._describe(original, ExecType.ORDER_STATUS, now_ns)))
            return
        text = f"ClOrdID {new.cl_ord_id} was used"
        what = Happened(rejected=OrdRejReason.DUPLICATE_ORDER, text=text)
        report = self._describe(original, ExecType.REJECTED, now_ns, Request(new.cl_ord_id), what)
        self.reports.append((original.session_id, report))

    # Cancels and replaces

    def _change(self, session_id: str, request: Change, now_ns: int) -> None:
        asked = Request(request.cl_ord_id, request.orig_cl_ord_id, type(request).__name__)
        order = self._find(session_id, request.orig_cl_ord_id)
        holds = order is not None and order.venue in self.holding
        refused = self._refuse_change(session_id, order, request, holds)
        if refused is not None or order is None:
            assert refused is not None
            self._report_refusal(session_id, order, refused, asked, now_ns)
        elif holds:
            self._wait(order, request, asked, now_ns)
        else:
            self._carry_out(order, request, asked, now_ns)

    def _carry_out(self, order: Order, request: Change, asked: Request, now_ns: int) -> None:
        if isinstance(request, m.OrderCancelRequest):
            self._cancel(order, asked, now_ns)
        else:
            self._replace(order, request, asked, now_ns)

    def _refuse_change(
        self, session_id: str, order: Order | None, request: Change, holds: bool
    ) -> tuple[CxlRejReason, str] | None:
        if order is None:
            return CxlRejReason.UNKNOWN_ORDER, f"no order {request.orig_cl_ord_id}"
        if self._find(session_id, request.cl_ord_id) is not None:
            return CxlRejReason.DUPLICATE_CL_ORD_ID, f"ClOrdID {request.cl_ord_id} was used"
        if not 0 < len(request.cl_ord_id) <= CL_ORD_ID_MAX:
            return CxlRejReason.OTHER, f"ClOrdID must have 1 to {CL_ORD_ID_MAX} characters"
        if holds and order.pending and self._is(order, VenueBehaviour.ONE_REQUEST_AT_A_TIME):
            return CxlRejReason.ALREADY_PENDING, f"{order.pending[-1].cl_ord_id} has no outcome yet"
        return self._unchangeable(order, request, holds)

    def _unchangeable(self, order: Order, request: Change, holds: bool) -> tuple[CxlRejReason, str] | None:
        """Why the order itself cannot be cancelled or replaced now."""
        replacing = isinstance(request, m.OrderCancelReplaceRequest)
        if order.status.is_terminal and not (replacing and self._may_reopen(order, request)):
            return CxlRejReason.TOO_LATE_TO_CANCEL, f"the order is {order.status.name}"
        if not replacing:
            return None
        if not holds and order.cl_ord_id != request.orig_cl_ord_id:
            return CxlRejReason.OTHER, f"the order goes by {order.cl_ord_id} now"
        key = order.venue, order.symbol
        return (CxlRejReason.OTHER, self._why_still(key)) if self._stands_still(key) else None

    def _may_reopen(self, order: Order, request: Change) -> bool:
        more = isinstance(request, m.OrderCancelReplaceRequest) and request.order_qty > order.cum
        return order.status is OrdStatus.FILLED and more and self._is(order, VenueBehaviour.REOPENS_FILLED)

    def _is(self, order: Order, behaviour: VenueBehaviour) -> bool:
        return behaviour in self.terms(order.venue).behaviours

    def _cancel(self, order: Order, asked: Request, now_ns: int) -> None:
        self._bind(order, asked.cl_ord_id)
        self._take_out(order, asked, now_ns)

    def _take_out(self, order: Order, asked: Request, now_ns: int, text: str = "") -> None:
        book = self.books[order.venue, order.symbol]
        before = book.version
        parts = [order.book_id] if order.part == 1 else self._parts(order)
        for part in parts[:-1]:
            book.cancel(part)
        events = book.cancel(parts[-1])
        if text:
            events = tuple(replace(e, text=text) if isinstance(e, Canceled) else e for e in events)
        self._take(book, before, events, now_ns, asked, order.order_id, ())

    def _parts(self, order: Order) -> list[str]:
        """Where an order that was opened again is in the book; the present part last."""
        return [
            order_id
            for order_id in self.books[order.venue, order.symbol].open_orders()
            if order_id.partition(PART)[0] == order.order_id
        ] or [order.book_id]

    def _replace(self, order: Order, request: m.OrderCancelReplaceRequest, asked: Request, now_ns: int) -> None:
        try:
            terms = restated_terms(order.asked, request, self._expiry(order, request, now_ns))
        except ValidityError as error:
            self._report_refusal(order.session_id, order, (CxlRejReason.OTHER, str(error)), asked, now_ns)
            return
        if self._is(order, VenueBehaviour.REPLACES_BY_NEW_ORDER):
            self._begin_new_leg(order, request, asked, now_ns)
        elif order.status is OrdStatus.FILLED:
            self._reopen(order, request, asked, now_ns)
        else:
            self._amend(order, request, terms, asked, now_ns)

    def _amend(
        self, order: Order, request: m.OrderCancelReplaceRequest, terms: Asked, asked: Request, now_ns: int
    ) -> None:
        book = self.books[order.venue, order.symbol]
        before, displayed, before_terms = book.version, self.displayed(order.symbol), order.asked
        order.asked = terms  # the first event speaks of the order as it is then
        qty = request.order_qty - order.before_part
        events = book.replace(order.book_id, request.price, qty, now_ns, book_terms(terms))
        if isinstance(events[0], CancelRejected):
            order.asked = before_terms
        self._take(book, before, events, now_ns, asked, order.order_id, displayed)

    def _begin_new_leg(self, order: Order, request: m.OrderCancelReplaceRequest, asked: Request, now_ns: int) -> None:
        """Cancel, then a new order under the replace's ClOrdID, which the cancel names as well."""
        left = request.order_qty - order.before_legs - order.cum
        if left <= 0:
            text = f"{order.before_legs + order.cum} is executed: nothing would be left"
            self._report_refusal(order.session_id, order, (CxlRejReason.OTHER, text), asked, now_ns)
            return
        book = self.books[order.venue, order.symbol]
        before = book.version
        self._take(book, before, book.cancel(order.book_id), now_ns, asked, order.order_id, ())
        terms = restated_terms(order.asked, request, self._expiry(order, request, now_ns))
        leg = Order(
            f"{order.venue}-{order.symbol}-{self._next_order}", order.session_id, asked.cl_ord_id, order.venue, order.symbol,
            order.side, order.ord_type, order.time_in_force, request.price, left, asked=terms,
            before_legs=order.before_legs + order.cum,
        )  # fmt: skip
        self._begin(leg)
        self._submit(leg, now_ns)

    def _reopen(self, order: Order, request: m.OrderCancelReplaceRequest, asked: Request, now_ns: int) -> None:
        """A filled order goes on with more quantity; to the book it is another one."""
        restated = replace(
            order, part=order.part + 1, before_part=order.cum, price=request.price, qty=request.order_qty
        )
        book = self.books[order.venue, order.symbol]
        before, displayed = book.version, self.displayed(order.symbol)
        first, *events = book.submit(restated.for_book(), now_ns)
        if isinstance(first, Rejected):
            self._report_refusal(order.session_id, order, (CxlRejReason.OTHER, first.text), asked, now_ns)
            return
        order.part, order.before_part = restated.part, restated.before_part
        self._terminal.pop(order.order_id, None)
        replaced = Replaced(
            order.book_id,
            request.price,
            request.order_qty - order.before_part,
            0,
            request.order_qty - order.before_part,
        )
        self._take(book, before, (replaced, *events), now_ns, asked, order.order_id, displayed)

    # Requests that wait

    def _wait(self, order: Order, request: Change, asked: Request, now_ns: int) -> None:
        self._bind(order, asked.cl_ord_id)
        order.pending.append(asked)
        self._waiting.append((order.session_id, request))
        cancel = isinstance(request, m.OrderCancelRequest)
        self._emit(order, ExecType.PENDING_CANCEL if cancel else ExecType.PENDING_REPLACE, order.status, now_ns, asked)

    def release(self, venue: str, now_ns: int) -> int:
        """Carry out what waits at the venue, in order; how many requests that were."""
        self.holding.discard(venue)
        waiting, self._waiting = self._waiting, []
        count = 0
        for session_id, request in waiting:
            order = self._find(session_id, request.orig_cl_ord_id)
            if order is None or order.venue != venue:
                self._waiting.append((session_id, request))
                continue
            asked = order.pending.pop(0)
            refused = self._unchangeable(order, request, False)
            count += 1
            if refused is not None:
                self._report_refusal(session_id, order, refused, asked, now_ns)
            else:
                self._carry_out(order, request, asked, now_ns)
        return count

    # Questions

    def _status(self, session_id: str, request: m.OrderStatusRequest, now_ns: int) -> None:
        order = self._find(session_id, request.cl_ord_id)
        if order is None:
            report = m.ExecutionReport(
                0, NO_ORDER, request.cl_ord_id, ExecType.ORDER_STATUS, OrdStatus.REJECTED, transact_time=now_ns,
                text="unknown order", ord_status_req_id=request.ord_status_req_id,
            )  # fmt: skip
        else:
            what = Happened(text=order.text, req_id=request.ord_status_req_id)
            report = self._describe(order, ExecType.ORDER_STATUS, now_ns, what=what)
        self.reports.append((session_id, report))

    def _mass_cancel(self, session_id: str, request: m.OrderMassCancelRequest, now_ns: int) -> None:
        """The report first, then that of each order, under its own ClOrdID."""
        found = [order for order in self.open_orders(session_id) if request.symbol in ("", order.symbol)]
        problem = obstacle(request, {symbol for _, symbol in self.books}, any(o.venue in self.holding for o in found))
        if problem is not None:
            self.refuse_mass_cancel(session_id, request, *problem, now_ns)
            return
        self.reports.append((session_id, accepted(request, len(found), now_ns)))
        for order in found:
            self._take_out(order, UNASKED, now_ns, MASS_CANCELED)

    def refuse_mass_cancel(
        self, session_id: str, request: m.OrderMassCancelRequest, reason: int, text: str, now_ns: int
    ) -> None:
        self.reports.append((session_id, refused(request, reason, text, now_ns)))

    def _mass_status(self, session_id: str, request: m.OrderMassStatusRequest, now_ns: int) -> None:
        found = self.open_orders(session_id)
        mass_id = request.mass_status_req_id
        for n, order in enumerate(found, 1):
            what = Happened(mass_id=mass_id, total=len(found), last=n == len(found))
            self.reports.append((session_id, self._describe(order, ExecType.ORDER_STATUS, now_ns, what=what)))
        if not found:
            none = m.ExecutionReport(
                0, NO_ORDER, NO_ORDER, ExecType.ORDER_STATUS, OrdStatus.REJECTED, transact_time=now_ns,
                text="no open orders", mass_status_req_id=mass_id, last_rpt_requested=True,
            )  # fmt: skip
            self.reports.append((session_id, none))

    def open_orders(self, session_id: str) -> list[Order]:
        return [o for book in self.books.values() for o in self._open(book) if o.session_id == session_id]

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
            for part in self._parts(order):
                book.cancel(part)
            self._note_book(book, before)
        self._terminal.pop(order.order_id, None)
        self._erase(order)
        self.forgotten.append(order.order_id)
        return order.order_id
