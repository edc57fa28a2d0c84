"""What happens in a book that is slow and obvious, to hold the real one against: one list of orders, sorted at every use, everything looked for anew.

It shares with `oms.core.matching` the messages and the table of refusals, and no structure: no levels, no counters, no ladders.
"""

from dataclasses import dataclass, field

from oms.core.enums import ExecInst, Liquidity, OrdType, PegPriceType, SelfMatchPrevention, Side, TimeInForce
from oms.core.matching import (
    BookEvent,
    CancelCause,
    Canceled,
    Displayed,
    Phase,
    Restated,
    Traded,
    Triggered,
)

STOP_TYPES = (OrdType.STOP, OrdType.STOP_LIMIT)
UNPRICED = (OrdType.MARKET, OrdType.MARKET_TO_LIMIT)
AUCTIONS = {TimeInForce.AT_THE_OPENING: Phase.OPENING_CALL, TimeInForce.AT_THE_CLOSE: Phase.CLOSING_CALL}
DAYS = (TimeInForce.DAY, *AUCTIONS)
AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


@dataclass(eq=False)
class NaiveOrder:
    name: str
    side: Side
    kind: OrdType
    tif: TimeInForce
    price: int
    cap: int
    qty: int
    smp_id: str
    smp: SelfMatchPrevention | None
    stop_px: int
    display: int | None
    least_first: int
    inst: tuple[ExecInst, ...]
    peg: PegPriceType | None
    offset: int
    expire_ns: int
    cum: int = 0
    shown: int = 0
    ahead: int | None = 0
    arrival: int = 0
    entry: int = 0
    where: str = "nowhere"  # book, stop, parked, held, filled, ended

    @property
    def buy(self) -> bool:
        return self.side is Side.BUY

    @property
    def leaves(self) -> int:
        return self.qty - self.cum

    @property
    def picky(self) -> bool:
        return ExecInst.ALL_OR_NONE in self.inst or self.least_first > 0

    @property
    def least(self) -> int:
        return self.leaves if ExecInst.ALL_OR_NONE in self.inst else min(self.least_first, self.leaves)

    @property
    def passive(self) -> bool:
        return ExecInst.PARTICIPATE_DONT_INITIATE in self.inst

    def reaches(self, price: int, limit: int | None) -> bool:
        return limit is None or (price <= limit if self.buy else price >= limit)


@dataclass
class NaiveFill:
    exec_id: str
    order: NaiveOrder
    px: int
    qty: int
    contra: str


@dataclass
class NaiveFloor:
    orders: list[NaiveOrder] = field(default_factory=list)  # every order ever
    shown: dict[bool, tuple[int, int]] = field(default_factory=lambda: {True: (0, 0), False: (0, 0)})  # by is-bid
    left: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    fills: list[NaiveFill] = field(default_factory=list)
    phase: Phase = Phase.CONTINUOUS
    over: list[Phase] = field(default_factory=list)
    last: int = 0
    now: int = 0
    clock: int = 0
    execs: int = 0
    traded: list[int] = field(default_factory=list)
    freed: list[NaiveOrder] = field(default_factory=list)
    followed: tuple[int | None, int | None] | None = None
    events: list[BookEvent] = field(default_factory=list)

    # Looking

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def at(self, *places: str) -> list[NaiveOrder]:
        return sorted((o for o in self.orders if o.where in places), key=lambda o: o.entry)

    def ranked(self, buy: bool) -> list[NaiveOrder]:
        mine = [o for o in self.orders if o.where == "book" and o.buy == buy]
        return sorted(mine, key=lambda o: (-o.price if buy else o.price, o.display == 0, o.arrival))

    def open(self) -> list[NaiveOrder]:
        return [*self.ranked(True), *self.ranked(False), *self.at("stop", "parked", "held")]

    def find(self, name: str) -> NaiveOrder | None:
        return next((o for o in self.open() if o.name == name), None)

    def better(self, buy: bool, price: int, than: int) -> bool:
        return price > than if buy else price < than

    def queue_at(self, buy: bool, price: int) -> int | None:
        px, size = self.shown[buy]
        if size == 0 or self.better(buy, price, px):
            return 0
        return size if price == px else None

    def ahead(self, order: NaiveOrder) -> int | None:
        return self.queue_at(order.buy, order.price) if order.display == 0 else order.ahead

    def line(self, buy: bool) -> list[tuple[NaiveOrder | None, int, int]]:
        """Everything on one side in the order in which it would be served to the last share: (whose, price, quantity)."""
        px, external = self.shown[buy][0], self.left[buy]
        mine = self.ranked(buy)
        prices = {o.price for o in mine} | ({px} if external else set())
        served: list[tuple[NaiveOrder | None, int, int]] = []
        for price in sorted(prices, reverse=buy):
            there = [o for o in mine if o.price == price]
            left = external if price == px else 0
            gone = 0
            slices = []
            for o in (o for o in there if o.display != 0):
                before = min(o.ahead or 0, left) - gone
                if before > 0:
                    served.append((None, price, before))
                    gone += before
                served.append((o, price, o.shown))
                slices.append([o, o.leaves - o.shown])
            if left > gone:
                served.append((None, price, left - gone))
            while any(reserve for _, reserve in slices):
                for entry in slices:
                    size = min(entry[0].display or 0, entry[1])
                    if size:
                        served.append((entry[0], price, size))
                        entry[1] -= size
            served += [(o, price, o.leaves) for o in there if o.display == 0]
        return served

    def plan(self, order: NaiveOrder) -> tuple[list[tuple[NaiveOrder | None, int, int]], int, bool]:
        """(steps, quantity, whether the order itself is to be cancelled at their end); a step without quantity: an own order."""
        limit = None if order.kind in UNPRICED else order.price
        want, steps, own = order.leaves, [], []
        for contra, price, size in self.line(not order.buy):
            if not want or not order.reaches(price, limit):
                break
            qty = min(size, want)
            if contra is None:
                steps.append((None, price, qty))
                want -= qty
                continue
            if contra in own or (contra.picky and qty < contra.least):
                continue
            asked = order.smp or contra.smp
            if order.smp_id and order.smp_id == contra.smp_id and asked:
                steps.append((contra, price, 0))
                own.append(contra)
                if asked is not SelfMatchPrevention.CANCEL_PASSIVE:
                    return steps, order.leaves - want, True
                continue
            steps.append((contra, price, qty))
            want -= qty
        return steps, order.leaves - want, False

    # Moving

    def rest(self, order: NaiveOrder) -> None:
        order.where, order.arrival = "book", self.tick()
        self.show_slice(order)

    def show_slice(self, order: NaiveOrder) -> None:
        order.shown = order.leaves if order.display is None else min(order.display, order.leaves)
        order.ahead = self.queue_at(order.buy, order.price)

    def cancel_order(self, order: NaiveOrder, cause: CancelCause) -> None:
        order.where = "ended"
        self.events.append(Canceled(order.name, "", cause))

    def next_exec(self) -> str:
        self.execs += 1
        return f"X-I-20131008-{self.execs}"

    def fill(self, order: NaiveOrder, px: int, qty: int, liquidity: Liquidity, exec_id: str, contra: str = "") -> None:
        order.cum += qty
        if order.least_first and order.where == "book":
            self.freed.append(order)
        order.least_first = 0
        self.last = px
        if self.at("stop"):
            self.traded.append(px)
        if order.where == "book" and order.display != 0:
            order.shown -= min(qty, order.shown)
        if not order.leaves:
            order.where = "filled"
        elif order.where == "book" and order.display != 0 and not order.shown:
            order.arrival = self.tick()
            self.show_slice(order)
        self.fills.append(NaiveFill(exec_id, order, px, qty, contra))
        self.events.append(Traded(order.name, exec_id, px, qty, order.cum, order.leaves, liquidity, contra))

    def cross(self, one: NaiveOrder, other: NaiveOrder, px: int, qty: int, liquidity: Liquidity) -> None:
        a, b = self.next_exec(), self.next_exec()
        both = liquidity is Liquidity.AUCTION
        self.fill(one, px, qty, liquidity, a, b)
        self.fill(other, px, qty, liquidity if both else Liquidity.ADDED, b, a)

    def consume(self, buy: bool, qty: int) -> None:
        """External quantity is gone from the displayed best: who stood behind it comes closer."""
        self.left[buy] -= qty
        self.step_up(buy, self.shown[buy][0], qty)

    def step_up(self, buy: bool, price: int, qty: int) -> None:
        for o in self.ranked(buy):
            if o.price == price and o.ahead:
                o.ahead = max(0, o.ahead - qty)

    def carry_out(self, order: NaiveOrder, steps: list[tuple[NaiveOrder | None, int, int]]) -> None:
        for contra, price, qty in steps:
            if contra is None:
                self.consume(not order.buy, qty)
                self.fill(order, price, qty, Liquidity.REMOVED, self.next_exec())
            elif qty:
                self.cross(order, contra, price, qty, Liquidity.REMOVED)
            elif (order.smp or contra.smp) is not SelfMatchPrevention.CANCEL_AGGRESSIVE:
                self.cancel_order(contra, CancelCause.SELF_MATCH)

    def enter(self, order: NaiveOrder) -> None:
        steps, total, stop = self.plan(order)
        if steps and order.passive:
            return self.cancel_order(order, CancelCause.WOULD_TAKE)
        if total >= (order.leaves if order.tif is TimeInForce.FOK else order.least):
            self.carry_out(order, steps)
            if not order.leaves:
                return None
            if stop:
                return self.cancel_order(order, CancelCause.SELF_MATCH)
        if order.kind is OrdType.MARKET_TO_LIMIT and order.cum:
            order.kind, order.price = OrdType.LIMIT, self.last
            self.events.append(Restated(order.name, order.price))
        if order.kind in UNPRICED or order.tif in AT_ONCE:
            return self.cancel_order(order, CancelCause.REMAINDER)
        return self.rest(order)

    # What follows

    def settle(self) -> tuple[BookEvent, ...]:
        while self.phase is Phase.CONTINUOUS:
            if self.traded:
                self.run_stops()
            elif self.pegs() and self.followed != self.references():
                self.followed = self.references()
                for order in self.pegs():
                    if order in self.pegs():
                        self.follow(order)
            elif self.freed:
                self.free(self.freed.pop(0))
            elif not self.retry():
                break
        events, self.events = tuple(self.events), []
        return events

    def pegs(self) -> list[NaiveOrder]:
        return [o for o in self.at("book", "parked") if o.kind is OrdType.PEGGED]

    def references(self) -> tuple[int | None, int | None]:
        return self.reference(True), self.reference(False)

    def reference(self, buy: bool) -> int | None:
        prices = [o.price for o in self.ranked(buy) if o.display != 0 and not o.picky and o.kind is not OrdType.PEGGED]
        prices += [self.shown[buy][0]] if self.left[buy] else []
        if not prices:
            return None
        return max(prices) if buy else min(prices)

    def follow(self, order: NaiveOrder) -> None:
        assert self.followed is not None
        bid, ask = self.followed
        own, other = (bid, ask) if order.buy else (ask, bid)
        if order.peg is PegPriceType.MID:
            whole = None if bid is None or ask is None else (bid + ask + (0 if order.buy else 1)) // 2
        else:
            whole = own if order.peg is PegPriceType.PRIMARY else other
        price = 0 if whole is None else whole + order.offset
        if price and order.cap and self.better(order.buy, price, order.cap):
            price = order.cap
        price = max(price, 0)
        if price == order.price:
            return
        order.price = price
        order.where = "nowhere" if price else "parked"
        self.events.append(Restated(order.name, price))
        if price:
            self.enter(order)

    def run_stops(self) -> None:
        prices, self.traded = self.traded, []
        ready = []
        for px in prices:
            buys = [o for o in self.at("stop") if o.buy and px >= o.stop_px]
            sells = [o for o in self.at("stop") if not o.buy and px <= o.stop_px]
            for o in [
                *sorted(buys, key=lambda o: (o.stop_px, o.arrival)),
                *sorted(sells, key=lambda o: (-o.stop_px, o.arrival)),
            ]:
                o.where = "nowhere"
                ready.append(o)
            for o in self.at("stop"):
                if o.peg is PegPriceType.TRAILING_STOP:
                    trailed = px + o.offset if o.buy else px - o.offset
                    if self.better(not o.buy, trailed, o.stop_px):
                        o.stop_px, o.arrival = trailed, self.tick()
                        self.events.append(Restated(o.name, 0, trailed))
        for o in ready:
            self.trigger(o)

    def trigger(self, order: NaiveOrder) -> None:
        order.where = "nowhere"
        order.kind = OrdType.MARKET if order.kind is OrdType.STOP else OrdType.LIMIT
        self.events.append(Triggered(order.name, order.price))
        self.enter(order)

    def free(self, order: NaiveOrder) -> None:
        if order.where != "book" or order.picky:
            return
        steps, _, stop = self.plan(order)
        if steps and order.passive:
            self.cancel_order(order, CancelCause.WOULD_TAKE)
            return
        self.carry_out(order, steps)
        if stop and order.leaves:
            self.cancel_order(order, CancelCause.SELF_MATCH)

    def retry(self) -> bool:
        for buy in (True, False):
            picky = sorted(
                (o for o in self.ranked(buy) if o.picky), key=lambda o: (-o.price if buy else o.price, o.arrival)
            )
            for order in picky:
                steps, total, stop = self.plan(order)
                if not order.passive and total >= order.least:
                    self.carry_out(order, steps)
                    if stop and order.leaves:
                        self.cancel_order(order, CancelCause.SELF_MATCH)
                    return True
        return False

    # The tape

    def quote(self, shown: Displayed, now: int) -> tuple[BookEvent, ...]:
        self.now = now
        changed = False
        for is_bid, (px, size) in ((True, shown[:2]), (False, shown[2:])):
            top = (px, size) if size else (0, 0)
            if top != self.shown[is_bid]:
                self.shown[is_bid], self.left[is_bid], changed = top, size, True
        for o in self.at("book"):
            px, size = self.shown[o.buy]
            if size and self.better(o.buy, o.price, px):
                o.ahead = 0
            elif size and o.price == px and o.ahead is None:
                o.ahead = size
        if changed and self.phase is Phase.CONTINUOUS:
            self.meet_tape()
        return self.settle()

    def meet_tape(self) -> None:
        for buy in (True, False):
            px = self.shown[not buy][0]
            self.serve(buy, px, lambda o, px=px: o.reaches(px, o.price), lambda buy=buy: self.left[not buy], True)

    def serve(self, buy, px, reached, remaining, from_tape):
        """Fill a side's orders in turn at `px` until nothing remains or nobody who is reached takes the size."""
        done = set()  # (order, arrival): who was passed over, or has shown a slice and is behind the others now
        while remaining():
            waiting = [o for o in self.ranked(buy) if reached(o) and (o, o.arrival) not in done]
            if not waiting:
                return
            order = waiting[0]
            done.add((order, order.arrival))
            size = order.leaves if order.display == 0 else order.shown
            qty = min(size, remaining())
            if qty >= order.least:
                self.fill(order, px, qty, Liquidity.ADDED, self.next_exec())
                if from_tape:
                    self.consume(not buy, qty)
                else:
                    self.printed -= qty

    def print(self, price: int, qty: int, now: int) -> tuple[BookEvent, ...]:
        self.now, self.last = now, price
        if not self.open() or self.phase is not Phase.CONTINUOUS:
            return ()
        if self.at("stop"):
            self.traded.append(price)
        self.printed = qty
        for buy in (True, False):
            self.serve(buy, price, lambda o: self.better(o.buy, o.price, price), lambda: self.printed, False)
            self.print_at(buy, price)
        return self.settle()

    def print_at(self, buy: bool, price: int) -> None:
        passed = 0
        done = set()
        while self.printed:
            waiting = [
                o for o in self.ranked(buy) if o.price == price and o.display != 0 and (o, o.arrival) not in done
            ]
            if not waiting:
                break
            order = waiting[0]
            done.add((order, order.arrival))
            eaten = self.printed if order.ahead is None else min(order.ahead, self.printed)
            self.printed -= eaten
            passed += eaten
            self.step_up(buy, price, eaten)
            qty = min(order.shown, self.printed)
            if qty and qty >= order.least:
                self.printed -= qty
                self.fill(order, price, qty, Liquidity.ADDED, self.next_exec())
        if self.printed and any(o.price == price and o.display == 0 for o in self.ranked(buy)):
            queue = self.queue_at(buy, price)
            self.printed -= self.printed if queue is None else min(self.printed, max(0, queue - passed))
            self.serve(buy, price, lambda o: o.price == price and o.display == 0, lambda: self.printed, False)
