"""The venues of a seed whose orders meet in real books: the shipped exchange of the simulated venues, its members, and who runs it.

One exchange has every book of a world. Our sessions are members (`BookVenue`); there is one stranger, who brings what ours trade with; and
there is an operator, who busts, corrects, cancels, declines, suspends, holds auctions and keeps requests waiting. The calendar's moments
come with the time.

What a member's account says is taken from the exchange's reports to it, whatever becomes of these on their way.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from oms.core.enums import ExecInst, ExecRestatementReason, ExecType, IntentKind, OrdStatus, OrdType, Side, TimeInForce
from oms.core.execution_events import Intent
from oms.core.instructions import COME_BACK, STOPS
from oms.core.market import MarketRecord
from oms.core.reference import Calendar
from oms.core.routing_events import ChildNew
from oms.core.stage import SendEffect
from oms.core.venue_messages import ReportReceived
from oms.feeds.tape import TapeInstrument, TapeQuote, TapeTrade, TapeVenue
from oms.testing.sim_venue import SimOrder
from oms.testing.simulation.faults import Fault
from oms.testing.simulation.venue import FaultyVenue
from oms.testing.simulation.witness import VenueFill
from oms.venues import messages as m
from oms.venues.exchange import Exchange
from oms.venues.mass_cancel import ALL, NOT_SUPPORTED
from oms.venues.operator import Operator
from oms.venues.operator_messages import OperatorAct, OperatorReject, OperatorRequest
from oms.venues.session_port import Listing, to_input, to_line
from oms.venues.venue_order import Order
from oms.venues.venue_terms import VenueTerms

STRANGER = "stranger"

_EXECUTIONS = (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)


class Floor:
    """`happened`: what the exchange reported to our members, by the ExecType's name; it counts reports, not what arrived."""

    def __init__(
        self,
        venue_ids: Iterable[str],
        instruments: Iterable[TapeInstrument],
        terms: Mapping[str, VenueTerms],
        calendar: Calendar,
    ) -> None:
        self.calendar = calendar
        venues = [TapeVenue(venue_id, venue_id, True) for venue_id in venue_ids]
        self.exchange = Exchange(venues, instruments, terms)
        self.operator = Operator(self.exchange)
        self.members: dict[str, BookVenue] = {}
        self.happened: dict[str, int] = {}
        self._strangers = self._acts = 0

    def today(self, now_ns: int) -> date:
        """The market's date: of the day that is on, or of the next one."""
        found = next((i for i in self.calendar.intervals if now_ns < i.close_ns), self.calendar.intervals[-1])
        return datetime.strptime(str(found.trading_date), "%Y%m%d").date()

    def note(self, what: str) -> None:
        self.happened[what] = self.happened.get(what, 0) + 1

    def settle(self) -> None:
        """Give out what the exchange reported."""
        while self.exchange.reports:
            reports, self.exchange.reports = self.exchange.reports, []
            for session_id, report in reports:
                if session_id != STRANGER:
                    self.members[session_id].reported(report)
        self.exchange.clear()
        self.operator.clear()

    # --- what moves it

    def on_time(self, now_ns: int) -> None:
        self.exchange.on_time(now_ns)
        self.settle()

    def show(self, record: MarketRecord) -> None:
        """What the market data says of a venue is so there."""
        for q in record.quotes:
            tape = TapeQuote(q.time_ns, record.venue_id, record.instrument_id, q.bid_px, q.bid_qty, q.ask_px, q.ask_qty)
            self.exchange.on_quote(tape)
        for t in record.trades:
            print_ = TapeTrade(
                t.time_ns, record.venue_id, record.instrument_id, t.price, t.qty, t.trade_id, t.suspicious
            )
            self.exchange.on_trade(print_)
        self.settle()

    def stranger(self, venue: str, symbol: str, side: Side, price: int, qty: int, now_ns: int, stays: bool) -> None:
        """An order of somebody else; a market order where `price` is 0."""
        self._strangers += 1
        ord_type = OrdType.LIMIT if price else OrdType.MARKET
        tif = TimeInForce.DAY if stays and price else TimeInForce.IOC
        new = m.NewOrderSingle(
            1, f"s{self._strangers}", venue, symbol, side, ord_type, tif, qty, price, account="other"
        )
        self.exchange.handle(STRANGER, new, now_ns)
        self.settle()

    def act(self, act: OperatorAct, venue: str, now_ns: int, **what: Any) -> str:
        """What the operator does; why it cannot be done, empty where it was."""
        self._acts += 1
        request = OperatorRequest(act, self._acts, venue, **what)
        done = self.operator.act(request, now_ns)
        self.settle()
        if isinstance(done, OperatorReject):
            return done.text
        self.note(f"venue-{act.value.lower()}")
        return ""


@dataclass(slots=True)
class BookVenue(FaultyVenue):
    """A member's session. Orders are the exchange's; `orders` mirrors those of this session, as their reports say.

    `keeps_back`: the next execution is told only after what the venue says next of it: a bust, or a correction, before its trade.
    """

    floor: Floor | None = None
    listing: Listing = field(default_factory=Listing)
    keeps_back: bool = False
    kept_back: list[ReportReceived] = field(default_factory=list)
    mirrored: dict[str, SimOrder] = field(default_factory=dict)
    lists: int = 0

    @property
    def _floor(self) -> Floor:
        assert self.floor is not None
        return self.floor

    def _now_ns(self) -> int:
        return self.stamp().wall_ns

    # --- what it is asked

    def _business(self, intent: Intent, child: ChildNew | None) -> None:
        assert child is not None or intent.kind is IntentKind.CANCEL
        exchange = self._floor.exchange
        if intent.kind is IntentKind.NEW:
            assert child is not None
            self.new_read[intent.cl_ord_id] += 1
            self.terms.setdefault(intent.cl_ord_id, child)
        elif intent.kind is IntentKind.STATUS:
            known = exchange.knows(self.session_id, intent.orig_cl_ord_id)
            self._note("KNOWN" if known else "UNKNOWN", intent.orig_cl_ord_id)
        self._handle(to_line(SendEffect(intent, child)))

    def _list(self) -> None:
        self.lists += 1
        self._handle(m.OrderMassStatusRequest(1, f"list-{self.lists}"))

    def _carry_out_mass_cancel(self, name: str) -> None:
        request = m.OrderMassCancelRequest(1, name, ALL)
        if self.refuse_mass_cancels:
            self._floor.exchange.refuse_mass_cancel(self.session_id, request, NOT_SUPPORTED, "not now", self._now_ns())
            self._floor.settle()
        elif not self.ignore_mass_cancels:
            self._handle(request)

    def _handle(self, message: m.SessionMessage) -> None:
        assert isinstance(message, m.OrderMessage)
        self._floor.exchange.handle(self.session_id, message, self._now_ns())
        self._floor.settle()

    # --- what it is told

    def reported(self, report: m.VenueReport) -> None:
        """The exchange's word to this session: into the account, and on its way."""
        body = to_input(self.session_id, m.encode(report, 1), self.listing).body
        if isinstance(report, m.ExecutionReport):
            self._floor.note(f"report-{report.exec_type.name.lower()}")
            order = self._floor.exchange.order_named(self.venue_id, report.order_id)
            if order is not None:
                self._mirror(order, report)
        elif isinstance(report, m.OrderCancelReject):
            self._floor.note(f"refused-{report.cxl_rej_response_to}")
        if isinstance(body, ReportReceived) and body.exec_type is ExecType.TRADE and self.keeps_back:
            self.keeps_back = False
            self.kept_back.append(body)
            return
        self._send(body)
        if isinstance(body, ReportReceived) and body.exec_type in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT):
            self.tell_all()

    def tell_all(self) -> None:
        """What was kept back is told, late."""
        kept, self.kept_back, self.keeps_back = self.kept_back, [], False
        for body in kept:
            self._send(body)

    def tell_again(self, body: ReportReceived) -> None:
        """The same, under a number of its own (FIX PossResend)."""
        self._send(body)

    def some_execution(self, chance: random.Random) -> ReportReceived | None:
        """One that was told, or its bust, or its correction."""
        bodies = (sent.body for sent in self.sent.values())
        told = [b for b in bodies if isinstance(b, ReportReceived) and b.exec_type in _EXECUTIONS]
        return chance.choice(told) if told else None

    def _mirror(self, order: Order, report: m.ExecutionReport) -> None:
        sim = self.mirrored.get(order.order_id)
        if sim is None:
            sim = SimOrder([report.cl_ord_id], order.order_id, order.qty, order.price or None, order.status)
            self.mirrored[order.order_id] = self.orders[report.cl_ord_id] = sim
        elif report.exec_type is ExecType.REPLACED:
            sim.cl_ord_ids.append(report.cl_ord_id)
            self.orders[report.cl_ord_id] = sim
        sim.order_qty, sim.price, sim.status = order.qty, order.price or None, order.status
        sim.cum_qty, sim.notional = order.cum, order.notional or 0
        if report.exec_type in _EXECUTIONS:
            self._book(sim, report)

    def _book(self, sim: SimOrder, report: m.ExecutionReport) -> None:
        bust = report.exec_type is ExecType.TRADE_CANCEL
        qty, px = (0, 0) if bust else (report.last_qty, report.last_px)
        if report.exec_ref_id:
            sim.standing.pop(report.exec_ref_id)
            self.faults.add(Fault.TRADE_BUSTED if bust else Fault.TRADE_CORRECTED)
        else:
            sim.fills.append((report.exec_id, qty))
        if not bust:
            sim.standing[report.exec_id] = (qty, px)
        at = self.stamp()
        self.booked.append(
            VenueFill(at.moment, at.step, report.exec_id, sim.cl_ord_ids[0], qty, px, ref=report.exec_ref_id)
        )

    # --- what the market and the venue do to an order

    def fill(self, cl_ord_id: str, qty: int) -> None:
        """A print that goes through the order's price."""
        order = self.orders.get(cl_ord_id)
        if order is not None and order.leaves:
            self._act(OperatorAct.TRADE, order=order.order_id, last_qty=min(qty, order.leaves))

    def end(self, cl_ord_id: str, status: OrdStatus) -> None:
        """Unasked. A book expires an order when its time comes; what is ended here is cancelled."""
        order = self.orders.get(cl_ord_id)
        named = self._floor.exchange.order_named(self.venue_id, order.order_id) if order is not None else None
        if named is not None and not named.status.is_terminal:
            self._floor.exchange.cancel_unasked(named, ExecRestatementReason.MARKET_OPTION, self._now_ns())
            self._floor.settle()

    def decline(self, cl_ord_id: str, qty: int) -> None:
        """Part of an open order is taken off (ExecRestatementReason 5)."""
        order = self.orders.get(cl_ord_id)
        if order is not None and order.leaves:
            self._act(OperatorAct.RESTATE, order=order.order_id, last_qty=qty)

    def bust(self, cl_ord_id: str, exec_id: str, reopens: bool = False) -> str:
        return self._act(OperatorAct.BUST, exec_id=exec_id)

    def correct(self, cl_ord_id: str, exec_id: str, qty: int, px: int, reopens: bool = False) -> str:
        """To figures that the book takes: whole lots and ticks."""
        book = self._floor.exchange.books[self.venue_id, self._symbol(cl_ord_id)]
        qty = max(1, qty // book.lot_size) * book.lot_size
        px = round(px / book.tick_size) * book.tick_size
        return self._act(OperatorAct.CORRECT, exec_id=exec_id, last_qty=qty, last_px=px)

    def _symbol(self, cl_ord_id: str) -> str:
        return self.terms[self.orders[cl_ord_id].cl_ord_ids[0]].instrument_id

    def shown_qty(self, order: SimOrder) -> int:
        found = self._floor.exchange.order_named(self.venue_id, order.order_id)
        if found is None or not order.leaves or found.time_in_force in COME_BACK:
            return 0
        asked = found.asked
        if found.ord_type in STOPS or asked.min_qty or int(ExecInst.ALL_OR_NONE) in asked.exec_inst:
            return 0  # waits outside of what is shown
        return order.leaves if asked.display_qty is None else min(asked.display_qty, order.leaves)

    def _act(self, act: OperatorAct, **what: Any) -> str:
        return self._floor.act(act, self.venue_id, self._now_ns(), **what)

    def forget(self, cl_ord_id: str) -> None:
        order = self.orders.get(cl_ord_id)
        if order is None:
            return
        self._floor.exchange.forget(self.session_id, order.cl_ord_ids[0])
        self.mirrored.pop(order.order_id, None)
        FaultyVenue.forget(self, cl_ord_id)
