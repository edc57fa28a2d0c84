"""What members, the clock and the operator do to the slow and obvious book of `naive_floor`."""

from naive_floor import AT_ONCE, AUCTIONS, DAYS, STOP_TYPES, UNPRICED, NaiveFill, NaiveFloor, NaiveOrder

from oms.core.enums import Liquidity, OrdType
from oms.core.matching import (
    Accepted,
    BookError,
    BookEvent,
    CancelCause,
    CancelRejected,
    Expired,
    NewOrder,
    Phase,
    Rejected,
    Replaced,
    Restated,
    Terms,
    TradeBusted,
    TradeCorrected,
)
from oms.core.matching.terms import refusal
from oms.core.venue_reasons import CxlRejReason, OrdRejReason


class NaiveBook(NaiveFloor):
    # Members

    def submit(self, new: NewOrder, now: int) -> tuple[BookEvent, ...]:
        self.now = now
        refused = refusal(new, 1, 1, self.last, now)
        if self.phase is Phase.CLOSED or AUCTIONS.get(new.time_in_force) in self.over:
            refused = (OrdRejReason.EXCHANGE_CLOSED, "")
        peg = new.ord_type is OrdType.PEGGED
        order = NaiveOrder(
            new.order_id, new.side, new.ord_type, new.time_in_force, 0 if peg else new.price, new.price, new.qty, new.smp_id,
            new.smp, new.stop_px, new.display_qty, new.min_qty, new.exec_inst, new.peg_price_type, new.peg_offset, new.expire_ns,
        )  # fmt: skip
        if refused is None and self.takes(order):
            refused = (OrdRejReason.OTHER, "")
        if refused is not None:
            return (Rejected(new.order_id, refused[0], ""),)
        self.orders.append(order)
        order.entry = self.tick()
        self.events.append(Accepted(order.name))
        self.place(order)
        return self.settle()

    def takes(self, order: NaiveOrder) -> bool:
        limit = order.kind is OrdType.LIMIT and self.phase is Phase.CONTINUOUS
        return limit and order.passive and bool(self.plan(order)[0])

    def place(self, order: NaiveOrder) -> None:
        auction = AUCTIONS.get(order.tif)
        if order.kind in STOP_TYPES:
            if order.peg and not order.stop_px:
                order.stop_px = self.last + (order.offset if order.buy else -order.offset)
            hit = self.last >= order.stop_px if order.buy else self.last <= order.stop_px
            if self.last and hit and self.phase is Phase.CONTINUOUS:
                self.trigger(order)
            else:
                order.where, order.arrival = "stop", self.tick()
        elif auction and auction is not self.phase:
            order.where = "held"
        elif self.phase is not Phase.CONTINUOUS:
            if order.tif in AT_ONCE:
                self.cancel_order(order, CancelCause.REMAINDER)
            elif order.kind is OrdType.PEGGED:
                order.where = "parked"
            elif order.kind in UNPRICED:
                order.where = "held"
            else:
                self.rest(order)
        elif order.kind is OrdType.PEGGED:
            order.price, order.where = 0, "parked"
            self.followed = self.references()
            self.follow(order)
        else:
            self.enter(order)

    def cancel(self, name: str) -> tuple[BookEvent, ...]:
        order = self.find(name)
        if order is None:
            return (CancelRejected(name, CxlRejReason.UNKNOWN_ORDER, ""),)
        self.cancel_order(order, CancelCause.REQUESTED)
        return self.settle()

    def replace(self, name: str, price: int, qty: int, now: int, terms: Terms) -> tuple[BookEvent, ...]:
        self.now = now
        order = self.find(name)
        if order is None:
            return (CancelRejected(name, CxlRejReason.UNKNOWN_ORDER, ""),)
        waits = order.kind in STOP_TYPES
        stop_px, offset = terms.stop_px, terms.peg_offset
        if not waits and order.stop_px:
            stop_px = offset = 0
        peg = order.peg if waits or order.kind is OrdType.PEGGED else None
        wish = NewOrder(
            name, order.side, order.kind, order.tif, price, qty, order.smp_id, order.smp, stop_px, terms.display_qty,
            terms.min_qty, terms.exec_inst, peg, offset, terms.expire_ns,
        )  # fmt: skip
        refused = refusal(wish, 1, 1, self.last, now)
        if self.phase is Phase.CLOSED:
            refused = (OrdRejReason.OTHER, "")
        before = (order.price, order.qty, order.inst)
        if refused is None and qty > order.cum:
            order.price, order.qty, order.inst = price, qty, terms.exec_inst
            if self.takes(order):
                refused = (OrdRejReason.OTHER, "")
            order.price, order.qty, order.inst = before
        if refused is not None:
            tick = refused[0] is OrdRejReason.INVALID_PRICE_INCREMENT
            return (CancelRejected(name, CxlRejReason.INVALID_PRICE_INCREMENT if tick else CxlRejReason.OTHER, ""),)
        if qty <= order.cum:
            order.qty, order.where = order.cum, "filled"
            self.events.append(Replaced(name, price, qty if qty > order.cum else order.cum, order.cum, 0))
            return self.settle()
        self.events.append(Replaced(name, price, qty, order.cum, qty - order.cum))
        held = order.cap if order.kind is OrdType.PEGGED else order.price
        same = (held, order.display, order.least_first, sorted(order.inst)) == (
            price,
            terms.display_qty,
            terms.min_qty,
            sorted(terms.exec_inst),
        )
        same = same and (not waits or stop_px == order.stop_px) and (peg is None or offset == order.offset)
        order.expire_ns = terms.expire_ns
        if same and qty <= order.qty:
            order.qty = qty
            order.shown = min(order.shown, order.leaves)
            return self.settle()
        if order.where == "held":
            order.entry = self.tick()
        order.price, order.cap, order.qty, order.where = price, price, qty, "nowhere"
        if order.kind is OrdType.PEGGED:
            order.price = 0
        order.display, order.least_first, order.inst = terms.display_qty, terms.min_qty, terms.exec_inst
        if waits:
            order.stop_px = stop_px
        if peg is not None:
            order.offset = offset
        self.place(order)
        return self.settle()

    # The clock and the auctions

    def expire(self, now: int) -> tuple[BookEvent, ...]:
        self.now = now
        due = [o for o in self.open() if 0 < o.expire_ns <= now]
        for order in sorted(due, key=lambda o: (o.expire_ns, o.entry)):
            order.where = "ended"
            self.events.append(Expired(order.name))
        return self.settle()

    def end_of_day(self) -> tuple[BookEvent, ...]:
        for order in self.open():
            if order.tif in DAYS:
                order.where = "ended"
                self.events.append(Expired(order.name))
        for order in self.at("filled"):
            if order.tif in DAYS:
                order.where = "ended"
        self.over = []
        if self.phase is Phase.CLOSED:
            self.phase, self.followed = Phase.CONTINUOUS, None
            self.meet_tape()
        return self.settle()

    def call(self, phase: Phase) -> tuple[BookEvent, ...]:
        if self.phase is not Phase.CONTINUOUS or phase in self.over:
            raise BookError("no call now")
        self.phase = phase
        for order in self.pegs():
            if order.where == "book":
                order.where, order.price = "parked", 0
                self.events.append(Restated(order.name, 0))
        for order in self.at("held"):
            if AUCTIONS.get(order.tif) is phase and order.kind is OrdType.LIMIT:
                self.rest(order)
        return self.settle()

    def uncross(self, now: int, reference: int) -> tuple[BookEvent, ...]:
        if self.phase not in AUCTIONS.values():
            raise BookError("no call")
        self.now = now
        call = self.phase
        market = [o for o in self.at("held") if o.kind in UNPRICED and AUCTIONS.get(o.tif, call) is call]
        sides = [[o for o in (*market, *self.ranked(buy)) if o.buy == buy and not o.picky] for buy in (True, False)]
        price = self.auction_price(sides, reference or self.last)
        buys, sells = ([o for o in side if o in market or o.reaches(price, o.price)] for side in sides)
        while price and buys and sells:
            self.cross(buys[0], sells[0], price, min(buys[0].leaves, sells[0].leaves), Liquidity.AUCTION)
            buys, sells = ([o for o in side if o.leaves] for side in (buys, sells))
        self.over.append(call)
        self.phase = Phase.CONTINUOUS if call is Phase.OPENING_CALL else Phase.CLOSED
        for order in market:
            if order.where == "held" and order.tif not in AUCTIONS:
                if order.kind is OrdType.MARKET or not order.cum:
                    self.cancel_order(order, CancelCause.REMAINDER)
                    continue
                order.kind, order.price = OrdType.LIMIT, price
                self.events.append(Restated(order.name, price))
                self.rest(order)
        for order in self.at("book", "held", "stop", "parked"):
            if AUCTIONS.get(order.tif) is call:
                order.where = "ended"
                self.events.append(Expired(order.name))
        self.followed = None
        if self.phase is Phase.CONTINUOUS:
            self.meet_tape()
        return self.settle()

    def auction_price(self, sides: list[list[NaiveOrder]], reference: int) -> int:
        """0: nothing can be executed."""

        def total(side: list[NaiveOrder], price: int) -> int:
            return sum(o.leaves for o in side if o.kind in UNPRICED or o.reaches(price, o.price))

        limits = sorted({o.price for side in sides for o in side if o.kind not in UNPRICED})
        table = [(p, total(sides[0], p), total(sides[1], p)) for p in limits]
        if not table:
            return reference if total(sides[0], 0) and total(sides[1], 0) else 0
        most = max(min(b, s) for _, b, s in table)
        if not most:
            return 0
        assert most >= max(min(total(sides[0], p), total(sides[1], p)) for p in range(limits[0], limits[-1] + 1))
        table = [row for row in table if min(row[1], row[2]) == most]
        least = min(abs(b - s) for _, b, s in table)
        table = [row for row in table if abs(row[1] - row[2]) == least]
        prices = [p for p, _, _ in table]
        if all(b > s for _, b, s in table):
            return prices[-1]
        if all(b < s for _, b, s in table):
            return prices[0]
        middle = reference or (prices[0] + prices[-1]) // 2
        return min(range(prices[0], prices[-1] + 1), key=lambda p: abs(p - middle))

    # The operator

    def named(self, exec_id: str) -> list[NaiveFill]:
        found = [f for f in self.fills if f.exec_id == exec_id]
        if not found:
            raise BookError(exec_id)
        return found + [f for f in self.fills if f.exec_id == found[0].contra]

    def bust(self, exec_id: str, now: int) -> tuple[BookEvent, ...]:
        fills = self.named(exec_id)
        self.now = now
        for f in fills:
            self.fills.remove(f)
            o = f.order
            o.cum -= f.qty
            leaves = 0 if o.where == "ended" else o.leaves
            self.events.append(TradeBusted(o.name, self.next_exec(), f.exec_id, f.px, f.qty, o.cum, leaves))
        return self.give_back(fills)

    def correct(self, exec_id: str, px: int, qty: int, now: int) -> tuple[BookEvent, ...]:
        fills = self.named(exec_id)
        more = qty - fills[0].qty
        if px <= 0 or qty <= 0 or (more > 0 and any(f.order.where != "book" or f.order.leaves < more for f in fills)):
            raise BookError(exec_id)
        self.now = now
        names = [self.next_exec() for _ in fills]
        for number, f in enumerate(fills):
            self.fills.remove(f)
            o = f.order
            o.cum += more
            self.fills.append(NaiveFill(names[number], o, px, qty, names[1 - number] if len(fills) > 1 else ""))
            leaves = 0 if o.where == "ended" else o.leaves
            self.events.append(TradeCorrected(o.name, names[number], f.exec_id, px, qty, o.cum, leaves))
            if more >= 0 and o.where == "book":
                o.shown = min(o.shown, o.leaves)
                o.where = "book" if o.leaves else "filled"
        return self.give_back(fills) if more < 0 else self.settle()

    def give_back(self, fills: list[NaiveFill]) -> tuple[BookEvent, ...]:
        resting, filled = ([f.order for f in fills if f.order.where == where] for where in ("book", "filled"))
        for o in resting:
            self.rest(o)
        for o in filled:
            ends = o.tif in AT_ONCE or o.tif in AUCTIONS or 0 < o.expire_ns <= self.now
            if ends or o.kind not in (OrdType.LIMIT, OrdType.PEGGED) or not o.price or self.plan(o)[0]:
                self.cancel_order(o, CancelCause.BUST)
            elif o.kind is OrdType.PEGGED and self.phase is not Phase.CONTINUOUS:
                o.price, o.where = 0, "parked"
            else:
                self.rest(o)
                self.followed = None if o.kind is OrdType.PEGGED else self.followed
        return self.settle()
