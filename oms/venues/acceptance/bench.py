"""What a card is written with: orders with names of their own, and expectations about what is heard of them.

A card leaves nothing behind: what it opened is cancelled when it ends, however it ends. Heard messages are kept per order, so that one of
another order does not disturb; a message that was expected and differs, or does not come, ends the card with the reason.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from oms.core.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from oms.core.instructions import PLAIN, Instructions
from oms.venues.acceptance.adapter import (
    Adapter,
    Cancel,
    CancelReject,
    Drive,
    Heard,
    MassCancel,
    MassCancelReport,
    MassStatus,
    NewOrder,
    Replace,
    Report,
    Request,
    Status,
)

ANSWER_S = 5.0
"""How long a venue may take for an answer; a busy machine needs more than a fast venue."""

SILENCE_S = 0.3
"""How long nothing must come where nothing is to come."""


class Failed(Exception):
    """What the venue did not show."""


@dataclass(slots=True)
class Member:
    """One session and what was heard on it, by the order's first ClOrdID."""

    adapter: Adapter
    prefix: str
    count: int = 0
    heard: dict[str, deque[Heard]] = field(default_factory=dict)
    first_of: dict[str, str] = field(default_factory=dict)  # ClOrdID → the first one of its chain
    orders: dict[str, Report | None] = field(default_factory=dict)  # first ClOrdID → the last report
    present: dict[str, str] = field(default_factory=dict)  # first ClOrdID → the last accepted one
    exec_ids: set[str] = field(default_factory=set)

    def name(self) -> str:
        self.count += 1
        return f"{self.prefix}-{self.count}"

    def send(self, request: Request, chain: str = "") -> None:
        if not isinstance(request, Status | MassStatus | MassCancel):
            self.first_of.setdefault(request.cl_ord_id, chain or request.cl_ord_id)
        self.adapter.send(request)

    def read(self, timeout_s: float) -> Heard | None:
        """The next message, which is then with its order."""
        message = self.adapter.hear(timeout_s)
        if message is None:
            return None
        orig = "" if isinstance(message, MassCancelReport) else message.orig_cl_ord_id
        first = self.first_of.get(message.cl_ord_id) or self.first_of.get(orig) or message.cl_ord_id
        self.heard.setdefault(first, deque()).append(message)
        if isinstance(message, Report) and message.order_id != "NONE" and message.exec_type is not ExecType.REJECTED:
            self.orders[first] = message
            if message.exec_type is ExecType.REPLACED:
                self.present[first] = message.cl_ord_id
        return message

    def next(self, first: str, timeout_s: float = ANSWER_S) -> Heard | None:
        while not self.heard.get(first):
            if self.read(timeout_s) is None:
                return None
        return self.heard[first].popleft()


class Bench:
    """`us` is the member that a card is about, `them` the other side of its trades."""

    def __init__(self, adapter: Adapter, card: str, run: str) -> None:
        self.offer = adapter.offer
        self.us = Member(adapter, f"{card}-{run}-a")
        self.them = Member(adapter.other(), f"{card}-{run}-b")
        self.px, self.tick, self.lot = self.offer.price, self.offer.tick, self.offer.lot

    # Orders

    def new(
        self,
        side: Side = Side.BUY,
        lots: int = 10,
        ticks: int | None = 0,
        ord_type: OrdType = OrdType.LIMIT,
        tif: TimeInForce = TimeInForce.DAY,
        instructions: Instructions = PLAIN,
        by: Member | None = None,
        **other: Any,
    ) -> str:
        """An order `ticks` from the offer's price (None: without a price); its ClOrdID."""
        member = by or self.us
        price = None if ticks is None else self.at(ticks)
        order = NewOrder(member.name(), side, ord_type, tif, lots * self.lot, price, instructions, self.offer.symbol)
        order = replace(order, **other)
        member.send(order)
        return order.cl_ord_id

    def resting(
        self, side: Side = Side.BUY, lots: int = 10, ticks: int | None = 0, by: Member | None = None, **other: Any
    ) -> str:
        """The same, and it is accepted."""
        name = self.new(side, lots, ticks, by=by, **other)
        self.expect(name, ExecType.NEW, OrdStatus.NEW, by=by)
        return name

    def at(self, ticks: int) -> int:
        return self.px + ticks * self.tick

    def trade(self, side: Side, lots: int, ticks: int) -> str:
        """The other member takes what we have there: an IOC order of its own, heard to its end."""
        name = self.new(side, lots, ticks, tif=TimeInForce.IOC, by=self.them)
        self.expect(name, ExecType.NEW, OrdStatus.NEW, by=self.them)
        while True:
            report = self.report(name, by=self.them)
            if report.ord_status.is_terminal:
                return name

    def cancel(self, order: str, orig: str = "") -> str:
        name = self.us.name()
        self.us.send(Cancel(name, orig or self.us.present.get(order, order)), order)
        return name

    def replace(
        self, order: str, lots: int, ticks: int | None, orig: str = "", instructions: Instructions = PLAIN
    ) -> str:
        name, price = self.us.name(), None if ticks is None else self.at(ticks)
        asked = Replace(name, orig or self.us.present.get(order, order), lots * self.lot, price, instructions)
        self.us.send(asked, order)
        return name

    def status(self, order: str) -> Report:
        """Its present state, as a status reply, which is never a fill."""
        self.us.send(Status(self.us.present.get(order, order)))
        while True:
            report = self.report(order)
            if report.exec_type is ExecType.ORDER_STATUS:
                self.same("LastQty of a status reply", report.last_qty, 0)
                return report

    def mass_cancel(self, symbol: str = "") -> MassCancelReport:
        """The venue's answer, which may come before or behind the ends of the orders."""
        name = self.us.name()
        self.us.send(MassCancel(name, symbol))
        answer = self.heard(name)
        if not isinstance(answer, MassCancelReport):
            raise Failed(f"{name}: a mass cancel report was expected, not {answer}")
        return answer

    # Expectations

    def heard(self, order: str, by: Member | None = None, timeout_s: float = ANSWER_S) -> Heard:
        message = (by or self.us).next(order, timeout_s)
        if message is None:
            raise Failed(f"nothing was heard of {order} for {timeout_s:g} s")
        return message

    def report(self, order: str, by: Member | None = None) -> Report:
        message = self.heard(order, by)
        if not isinstance(message, Report):
            raise Failed(f"{message.cl_ord_id}: a report was expected, not a refusal ({message.text})")
        return message

    def expect(
        self, order: str, exec_type: ExecType, ord_status: OrdStatus, by: Member | None = None, **figures: Any
    ) -> Report:
        """The next thing heard of the order is this. Quantities in lots: `cum`, `leaves`, `last`, `total`."""
        report = self.report(order, by)
        self.same("ExecType", report.exec_type.name, exec_type.name, report.text)
        self.same("OrdStatus", report.ord_status.name, ord_status.name, report.text)
        lots = {"cum": "cum_qty", "leaves": "leaves_qty", "last": "last_qty", "total": "order_qty"}
        for name, wanted in figures.items():
            value = getattr(report, lots.get(name, name))
            self.same(name, value, wanted * self.lot if name in lots else wanted)
        self._numbers(report, by or self.us)
        return report

    def _numbers(self, report: Report, member: Member) -> None:
        """What holds for every report: quantities add up, and an ExecID is used once (FIX 17)."""
        if report.order_id == "NONE":
            return
        open_qty = 0 if report.ord_status in _ENDED else report.order_qty - report.cum_qty
        self.same("LeavesQty", report.leaves_qty, max(0, open_qty))
        if report.exec_type in (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT) and not report.poss_dup:
            if not report.exec_id or report.exec_id in member.exec_ids:
                raise Failed(f"ExecID {report.exec_id!r} is missing or was used")
            member.exec_ids.add(report.exec_id)

    def refused(self, order: str, *reasons: Any, status: OrdStatus | None = None) -> CancelReject:
        """The next thing heard of the order is the refusal of a request."""
        message = self.heard(order)
        if not isinstance(message, CancelReject):
            raise Failed(f"a cancel reject was expected, not {message}")
        if message.cxl_rej_reason not in reasons:
            raise Failed(f"CxlRejReason {message.cxl_rej_reason.name}, expected {' or '.join(r.name for r in reasons)}")
        if status is not None:
            self.same("OrdStatus", message.ord_status.name, status.name)
        return message

    def silent(self, order: str, by: Member | None = None) -> None:
        message = (by or self.us).next(order, SILENCE_S)
        if message is not None:
            raise Failed(f"nothing was to be heard of {order}, but {message}")

    def same(self, what: str, value: Any, wanted: Any, text: str = "") -> None:
        if value != wanted:
            raise Failed(f"{what} {value}, expected {wanted}{f' ({text})' if text else ''}")

    def holds(self, what: str, true: bool) -> None:
        if not true:
            raise Failed(what)

    # The venue is made to do something

    @contextmanager
    def held(self) -> Iterator[None]:
        """Requests are pending until the end of this."""
        self.us.adapter.drive(Drive.HOLD, "hold")
        try:
            yield
        finally:
            self.us.adapter.drive(Drive.HOLD, "release")

    @contextmanager
    def fresh_day(self) -> Iterator[None]:
        """A day of its own: nothing was called yet, and what is called is over afterwards."""
        self.next_day()
        try:
            yield
        finally:
            self.next_day()

    def next_day(self) -> None:
        self.us.adapter.drive(Drive.DAY, "end-day")
        self.us.adapter.drive(Drive.DAY, "new-day")

    def auction(self, act: str) -> None:
        self.us.adapter.drive(Drive.AUCTION, act)

    # The end

    @contextmanager
    def tidy(self) -> Iterator[None]:
        """Whatever happens, what is open is cancelled."""
        try:
            yield
        finally:
            for member in (self.us, self.them):
                self._close(member)

    def _close(self, member: Member) -> None:
        while member.read(0.02) is not None:
            pass
        for first, report in list(member.orders.items()):
            if report is not None and not report.ord_status.is_terminal:
                member.send(Cancel(member.name(), member.present.get(first, first)), first)
        for first, report in list(member.orders.items()):
            while report is not None and not report.ord_status.is_terminal:
                heard = member.read(SILENCE_S)
                report = member.orders[first]
                if heard is None:
                    break


_ENDED = frozenset({OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED, OrdStatus.CALCULATED})
