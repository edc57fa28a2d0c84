"""The book against a naive one that moves a single share at a time, and the promises that hold whatever happens."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.enums import OrdType, Side, TimeInForce
from oms.core.matching import Book, Canceled, Displayed, NewOrder, Replaced, Traded

NOW = 1_381_240_800_000_000_000

Fill = tuple[str, int, int]


@dataclass
class NaiveOrder:
    name: str
    buy: bool
    price: int
    leaves: int
    cum: int
    arrival: int
    ahead: int | None


@dataclass
class NaiveBook:
    """Slow and obvious: lists are sorted at every use, prints and takes go share by share."""

    shown: dict[bool, tuple[int, int]] = field(default_factory=lambda: {True: (0, 0), False: (0, 0)})  # by is-bid
    left: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    orders: list[NaiveOrder] = field(default_factory=list)
    clock: int = 0

    def ranked(self, buy: bool) -> list[NaiveOrder]:
        mine = [o for o in self.orders if o.buy == buy]
        return sorted(mine, key=lambda o: (-o.price if buy else o.price, o.arrival))

    def better(self, buy: bool, price: int, than: int) -> bool:
        return price > than if buy else price < than

    def take_share(self, order: NaiveOrder, limit: int | None, fills: list[Fill]) -> bool:
        px = self.shown[not order.buy][0]
        if not self.left[not order.buy] or (limit is not None and self.better(order.buy, px, limit)):
            return False
        self.left[not order.buy] -= 1
        self.fill(order, px, fills)
        return True

    def fill(self, order: NaiveOrder, px: int, fills: list[Fill]) -> None:
        order.leaves -= 1
        order.cum += 1
        if fills and fills[-1][:2] == (order.name, px):
            fills[-1] = (order.name, px, fills[-1][2] + 1)
        else:
            fills.append((order.name, px, 1))

    def join(self, order: NaiveOrder) -> None:
        px, size = self.shown[order.buy]
        self.clock += 1
        order.arrival = self.clock
        if size == 0 or self.better(order.buy, order.price, px):
            order.ahead = 0
        else:
            order.ahead = size if order.price == px else None
        self.orders.append(order)

    def submit(self, name: str, buy: bool, price: int | None, qty: int, tif: TimeInForce) -> list[Fill]:
        fills: list[Fill] = []
        order = NaiveOrder(name, buy, price or 0, qty, 0, 0, None)
        px = self.shown[not buy][0]
        reachable = self.left[not buy] if price is None or not self.better(buy, px, price) else 0
        if tif is TimeInForce.FOK and reachable < qty:
            return fills
        while order.leaves and self.take_share(order, price, fills):
            pass
        if order.leaves and price is not None and tif in (TimeInForce.DAY, TimeInForce.GTC):
            self.join(order)
        return fills

    def replace(self, name: str, price: int, qty: int) -> list[Fill]:
        fills: list[Fill] = []
        for order in [o for o in self.orders if o.name == name]:
            if qty <= order.cum:
                self.orders.remove(order)
            elif price == order.price and qty <= order.cum + order.leaves:
                order.leaves = qty - order.cum
            else:
                self.orders.remove(order)
                order.price, order.leaves = price, qty - order.cum
                while order.leaves and self.take_share(order, price, fills):
                    pass
                if order.leaves:
                    self.join(order)
        return fills

    def quote(self, bid: tuple[int, int], ask: tuple[int, int]) -> list[Fill]:
        fills: list[Fill] = []
        for is_bid, top in ((True, bid), (False, ask)):
            top = top if top[1] else (0, 0)
            if top != self.shown[is_bid]:
                self.shown[is_bid], self.left[is_bid] = top, top[1]
        for order in self.orders:
            px, size = self.shown[order.buy]
            if size and self.better(order.buy, order.price, px):
                order.ahead = 0
            elif size and order.price == px and order.ahead is None:
                order.ahead = size
        for buy in (True, False):
            for order in self.ranked(buy):
                while order.leaves and self.take_share(order, order.price, fills):
                    pass
        self.orders = [o for o in self.orders if o.leaves]
        return fills

    def print(self, price: int, qty: int) -> list[Fill]:
        fills: list[Fill] = []
        for _ in range(qty):
            if not self.share_printed(True, price, fills):
                self.share_printed(False, price, fills)
            self.orders = [o for o in self.orders if o.leaves]
        return fills

    def share_printed(self, buy: bool, price: int, fills: list[Fill]) -> bool:
        """One share of a print meets one side: somebody ahead of us has it, or we, or nobody here."""
        for order in self.ranked(buy):
            if self.better(buy, order.price, price):
                self.fill(order, price, fills)
                return True
            if order.price == price:
                if order.ahead == 0:
                    self.fill(order, price, fills)
                    return True
                for other in self.orders:
                    if other.buy == buy and other.price == price and other.ahead:
                        other.ahead -= 1
                return True
        return False


# Few prices and small sizes, so that orders meet quotes, prints and each other all the time.
prices = st.integers(98, 102)
sizes = st.integers(0, 12)
picks = st.integers(0, 20)  # which of the open orders
kinds = st.sampled_from([*TimeInForce, TimeInForce.DAY, TimeInForce.GTC, TimeInForce.DAY])
quotes = st.tuples(st.just("quote"), st.integers(98, 101), sizes, st.integers(1, 3), sizes)
prints = st.tuples(st.just("print"), prices, st.integers(1, 25))
news = st.tuples(st.just("new"), st.booleans(), st.one_of(prices, prices, prices, st.none()), st.integers(1, 15), kinds)
replaces = st.tuples(st.just("replace"), picks, prices, st.integers(1, 15))
amends = st.tuples(st.just("replace"), picks, st.none(), st.integers(1, 15))  # the same price
cancels = st.tuples(st.just("cancel"), picks)
steps = st.lists(
    st.one_of(quotes, prints, prints, news, news, news, replaces, amends, cancels), min_size=10, max_size=60
)


def picked(book: Book, pick: int) -> str:
    names = book.open_orders()
    return names[pick % len(names)] if names else "none"


def fast_fills(events: tuple[object, ...]) -> list[Fill]:
    return [(e.order_id, e.last_px, e.last_qty) for e in events if isinstance(e, Traded)]


def play(step: tuple, number: int, book: Book, naive: NaiveBook) -> tuple[tuple[object, ...], list[Fill]]:
    match step:
        case ("quote", bid, bid_qty, spread, ask_qty):
            shown = Displayed(bid, bid_qty, bid + spread, ask_qty)
            return book.on_quote(shown, NOW), naive.quote((bid, bid_qty), (bid + spread, ask_qty))
        case ("print", price, qty):
            return book.on_trade(price, qty, NOW), naive.print(price, qty)
        case ("new", buy, price, qty, tif):
            name = f"O{number}"
            kind = OrdType.MARKET if price is None else OrdType.LIMIT
            order = NewOrder(name, Side.BUY if buy else Side.SELL, kind, tif, price or 0, qty)
            return book.submit(order, NOW), naive.submit(name, buy, price, qty, tif)
        case ("replace", pick, price, qty):
            name = picked(book, pick)
            price = price or next((o.price for o in book.state().orders if o.order_id == name), 100)
            return book.replace(name, price, qty, NOW), naive.replace(name, price, qty)
        case ("cancel", pick):
            name = picked(book, pick)
            naive.orders = [o for o in naive.orders if o.name != name]
            return book.cancel(name), []
    raise AssertionError(step)


def fold_together(fills: list[Fill]) -> list[Fill]:
    """A naive print alternates order by order only where the fast one does; neighbours of one order at one price are one fill."""
    out: list[Fill] = []
    for name, px, qty in fills:
        if out and out[-1][:2] == (name, px):
            out[-1] = (name, px, out[-1][2] + qty)
        else:
            out.append((name, px, qty))
    return out


@settings(max_examples=250, deadline=None)
@given(steps)
def test_the_book_equals_the_naive_oracle(sequence: list[tuple]):
    book, naive = Book("X", "I"), NaiveBook()
    number = 0
    for step in sequence:
        events, expected = play(step, number, book, naive)
        number += step[0] == "new"
        assert fold_together(fast_fills(events)) == fold_together(expected)
        assert book.open_orders() == tuple(o.name for buy in (True, False) for o in naive.ranked(buy))
        for order in naive.orders:
            assert book.queue_ahead(order.name) == order.ahead
        top = book.available()
        assert (top.bid_qty, top.ask_qty) == (naive.left[True], naive.left[False])


@settings(deadline=None)
@given(steps)
def test_fills_never_exceed_what_the_tape_supports(sequence: list[tuple]):
    """Per print, per displayed quote, and per order; and a restored book goes on exactly like the one it was copied from."""
    book, naive = Book("X", "I"), NaiveBook()
    total: dict[str, int] = {}
    wanted: dict[str, int] = {}
    number = 0
    for step in sequence:
        copy = Book("X", "I")
        copy.restore(book.state())
        before, version, state = book.available(), book.version, book.state()
        events, _ = play(step, number, book, naive)
        assert play(step, number, copy, NaiveBook())[0] == events
        assert copy.state() == book.state()
        if book.version == version and step[0] != "quote":
            assert book.state() == state
        filled = fast_fills(events)
        if step[0] == "print":
            assert sum(qty for _, _, qty in filled) <= step[2]
            assert all(px == step[1] for _, px, _ in filled)
        elif step[0] in ("new", "replace"):
            assert sum(qty for _, _, qty in filled) <= max(before.bid_qty, before.ask_qty)
        if step[0] == "new":
            wanted[f"O{number}"] = step[3]
            number += 1
        for event in events:
            if isinstance(event, Replaced):
                wanted[event.order_id] = event.qty
            if isinstance(event, Traded):
                total[event.order_id] = total.get(event.order_id, 0) + event.last_qty
                assert event.cum == total[event.order_id]
                assert event.cum + event.leaves == wanted[event.order_id]
            if isinstance(event, Canceled):
                assert event.order_id not in book.open_orders()
