"""An order as a simulated venue keeps it, and what a report says of it. It decides nothing.

Invariants: CumQty is the sum of its fills that stand, and never negative; LeavesQty is OrderQty less CumQty while the order lives (also
while it is done for a day that it survives), else 0; of several states that apply a report says the highest (FIX 4.4, volume 4,
precedence of OrdStatus).
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from oms.core.enums import (
    ExecInst,
    ExecRestatementReason,
    ExecType,
    Liquidity,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
    VenueFeature,
)
from oms.core.instructions import Instructions, Peg, features_needed
from oms.core.matching import Displayed, NewOrder, Terms, Traded
from oms.core.venue_reasons import OrdRejReason
from oms.venues import messages as m

DAYS = frozenset({TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME})
"""Validities that may outlive a day."""

PART = "~"
"""Before the number of a part, in the name of an order in the book."""


class OrderRow(NamedTuple):
    """An order as the log keeps it. `ids`: every ClOrdID ever bound to it, the present one last but for cancels' (see `cl_ord_id`).

    `notional`: Σ price × quantity of its fills; None in a row from before it was kept, of an order with fills. `terms`: what it asks
    beyond price, quantity and validity, in the order of `Asked`; `day`: (quantity when its day began, executed of it, Σ of that).
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
    terms: tuple[object, ...] = ()
    day: tuple[int, int, int] = (0, 0, 0)
    done: bool = False
    pegged_px: int = 0
    part: int = 1
    before_part: int = 0
    before_legs: int = 0

    @classmethod
    def read(cls, row: list[Any]) -> "OrderRow":
        """From what JSON made of a row: lists for tuples."""
        order = cls(*row)
        terms = tuple(tuple(term) if isinstance(term, list) else term for term in order.terms)
        first, cum, notional = order.day
        return order._replace(ids=tuple(order.ids), terms=terms, day=(first, cum, notional))


class Asked(NamedTuple):
    """What an order asks beyond price, quantity and validity, in plain values. `expire_ns`: of GTD and GOOD_FOR_TIME, resolved."""

    account: str = ""
    stop_px: int = 0
    display_qty: int | None = None
    min_qty: int = 0
    exec_inst: tuple[int, ...] = ()
    peg_price_type: int = 0
    peg_offset: int = 0
    expire_ns: int = 0
    smp: int = 0
    smp_id: str = ""

    @classmethod
    def of(cls, row: tuple[object, ...]) -> "Asked":
        """As the log has it."""
        return cls(*row)  # type: ignore[arg-type]


NOTHING = Asked()


@dataclass(slots=True)
class Order:
    """`done`: for the day. `part`: how often the order was in a book: an order that is opened again after it was filled is another one for
    the book, which had executed `before_part` before. `pending`: requests that wait to be carried out. `before_legs`: executed by the orders
    that this one replaces, where a replace begins a new order."""

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
    asked: Asked = NOTHING
    day: tuple[int, int, int] = (0, 0, 0)
    done: bool = False
    pegged_px: int = 0
    part: int = 1
    before_part: int = 0
    before_legs: int = 0
    pending: list["Request"] = field(default_factory=list)

    @property
    def stated_notional(self) -> int:
        """0 where nothing is said of it: unknown, or more than a message can carry."""
        return self.notional if self.notional is not None and self.notional <= m.INT_MAX else 0

    @property
    def leaves(self) -> int:
        return 0 if self.status.is_terminal else self.qty - self.cum

    @property
    def book_id(self) -> str:
        return self.order_id if self.part == 1 else f"{self.order_id}{PART}{self.part}"

    @property
    def working(self) -> OrdStatus:
        """What an order in the book is."""
        if self.cum >= self.qty:
            return OrdStatus.FILLED
        return OrdStatus.PARTIALLY_FILLED if self.cum else OrdStatus.NEW

    @property
    def lives_for_days(self) -> bool:
        return self.time_in_force in DAYS

    def said_status(self, suspended: bool) -> OrdStatus:
        """The highest of the states that apply."""
        if self.pending and (not self.status.is_terminal or self.status is OrdStatus.FILLED):
            cancel = any(r.response_to == "OrderCancelRequest" for r in self.pending)
            return OrdStatus.PENDING_CANCEL if cancel else OrdStatus.PENDING_REPLACE
        if self.status.is_terminal:
            return self.status
        if self.done:
            return OrdStatus.DONE_FOR_DAY
        return OrdStatus.SUSPENDED if suspended else self.status

    def end(self, status: OrdStatus, text: str) -> None:
        self.status, self.text = status, text

    def begin_day(self) -> None:
        self.day, self.done = (self.qty - self.cum, 0, 0), False

    def executed(self, qty: int, value: int) -> None:
        """A fill, or (negative) what a bust or correction takes back."""
        self.cum += qty
        if self.notional is not None:
            self.notional += value
        first, cum, notional = self.day
        self.day = first, cum + qty, notional + value

    def row(self) -> OrderRow:
        return OrderRow(
            self.order_id, self.session_id, self.cl_ord_id, self.venue, self.symbol, self.side, self.ord_type, self.time_in_force,
            self.price, self.qty, self.cum, self.status, self.text, tuple(self.ids), self.notional, tuple(self.asked), self.day,
            self.done, self.pegged_px, self.part, self.before_part,
            self.before_legs,
        )  # fmt: skip

    @classmethod
    def of_row(cls, row: OrderRow) -> "Order":
        first, cum, notional = row.day
        return cls(
            row.order_id, row.session_id, row.cl_ord_id, row.venue, row.symbol, Side(row.side), OrdType(row.ord_type),
            TimeInForce(row.time_in_force), row.price, row.qty, row.cum, OrdStatus(row.status), row.text, list(row.ids),
            row.notional if row.cum else 0, Asked.of(row.terms), (first, cum, notional), row.done, row.pegged_px, row.part, row.before_part,
            row.before_legs,
        )  # fmt: skip

    def for_book(self) -> NewOrder:
        a = self.asked
        return NewOrder(
            self.book_id, self.side, self.ord_type, self.time_in_force, self.price, self.qty - self.before_part,
            smp_id=a.smp_id or (f"account:{a.account}" if a.smp else ""),
            smp=SelfMatchPrevention(a.smp) if a.smp else None,
            stop_px=a.stop_px, display_qty=a.display_qty, min_qty=a.min_qty,
            exec_inst=tuple(ExecInst(i) for i in a.exec_inst),
            peg_price_type=PegPriceType(a.peg_price_type) if a.peg_price_type else None,
            peg_offset=a.peg_offset, expire_ns=a.expire_ns,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What a book event answers to: the ClOrdID of the request and the one it names. Empty for what the tape caused."""

    cl_ord_id: str = ""
    orig_cl_ord_id: str = ""
    response_to: str = ""


UNASKED = Request()


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
class Happened:
    """What a report is about, beside the order: the execution, the reason, whom it answers."""

    exec_id: str = ""
    exec_ref_id: str = ""
    last_px: int = 0
    last_qty: int = 0
    liquidity: Liquidity | None = None
    rejected: OrdRejReason | None = None
    restated: ExecRestatementReason | None = None
    text: str = ""
    req_id: str = ""
    mass_id: str = ""
    total: int = 0
    last: bool = False

    @classmethod
    def traded(cls, event: Traded) -> "Happened":
        return cls(event.exec_id, "", event.last_px, event.last_qty, event.liquidity)


NOTHING_ELSE = Happened()


def asked_of(new: m.NewOrderSingle, expire_ns: int) -> Asked:
    smp = new.self_match_prevention_instruction
    return Asked(
        new.account, new.stop_px, new.display_qty, new.min_qty, tuple(int(i) for i in new.exec_inst),
        int(new.peg_price_type or 0), new.peg_offset_value, expire_ns, int(smp or 0), new.self_match_prevention_id,
    )  # fmt: skip


def restated_terms(asked: Asked, request: m.OrderCancelReplaceRequest, expire_ns: int) -> Asked:
    """What a replace leaves out is no part of the order any more; its owner is."""
    return asked._replace(
        stop_px=request.stop_px,
        display_qty=request.display_qty,
        min_qty=request.min_qty,
        exec_inst=tuple(int(i) for i in request.exec_inst),
        peg_offset=request.peg_offset_value,
        expire_ns=expire_ns,
    )


def book_terms(asked: Asked) -> Terms:
    return Terms(
        asked.stop_px, asked.display_qty, asked.min_qty, tuple(ExecInst(i) for i in asked.exec_inst), asked.peg_offset,
        asked.expire_ns,
    )  # fmt: skip


def needs(new: m.NewOrderSingle) -> frozenset[VenueFeature]:
    """What a venue must offer to take the order."""
    peg = Peg(new.peg_price_type, new.peg_offset_value) if new.peg_price_type is not None else None
    smp = new.self_match_prevention_instruction
    instructions = Instructions(
        display_qty=new.display_qty, min_qty=new.min_qty, exec_inst=new.exec_inst, peg=peg, smp=smp
    )
    return features_needed(new.ord_type, new.time_in_force, instructions)


def describe(
    order: Order, exec_type: ExecType, now_ns: int, *, asked: Request = UNASKED, what: Happened = NOTHING_ELSE, suspended: bool = False
) -> m.ExecutionReport:  # fmt: skip
    first, day_cum, day_notional = order.day
    days = order.lives_for_days
    return m.ExecutionReport(
        0, order.order_id, asked.cl_ord_id or order.cl_ord_id, exec_type, order.said_status(suspended),
        exec_id=what.exec_id, exec_ref_id=what.exec_ref_id, orig_cl_ord_id=asked.orig_cl_ord_id,
        ex_destination=order.venue, symbol=order.symbol, side=order.side, ord_type=order.ord_type,
        time_in_force=order.time_in_force, price=order.price, order_qty=order.qty, last_px=what.last_px, last_qty=what.last_qty,
        cum_qty=order.cum, cum_notional=order.stated_notional, leaves_qty=order.leaves, last_liquidity_ind=what.liquidity,
        transact_time=now_ns, ord_rej_reason=what.rejected, text=what.text, ord_status_req_id=what.req_id,
        mass_status_req_id=what.mass_id, tot_num_reports=what.total, last_rpt_requested=what.last,
        exec_restatement_reason=what.restated, account=order.asked.account, stop_px=order.asked.stop_px,
        pegged_price=order.pegged_px, display_qty=order.asked.display_qty,
        day_order_qty=first if days else 0, day_cum_qty=day_cum if days else 0,
        day_cum_notional=day_notional if days and day_notional <= m.INT_MAX else 0,
    )  # fmt: skip
