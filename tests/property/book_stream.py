"""A random stream of everything that can happen to a book, played to the real one and to a naive one at once. Prices are few and sizes
small, so that orders meet each other, the tape and their limits all the time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from naive_book import NaiveBook

from oms.core.enums import ExecInst, OrdType, PegPriceType, SelfMatchPrevention, Side, TimeInForce
from oms.core.matching import Book, BookError, BookEvent, Displayed, NewOrder, Phase, Terms, Traded

NOW = 1_381_240_800_000_000_000
SMP = (None, *SelfMatchPrevention)
TYPES = (
    *[OrdType.LIMIT] * 8,
    OrdType.MARKET,
    OrdType.STOP,
    OrdType.STOP_LIMIT,
    OrdType.MARKET_TO_LIMIT,
    OrdType.PEGGED,
)
TIFS = (*[TimeInForce.DAY] * 6, *[TimeInForce.GTC] * 4, *TimeInForce)
PEGS = (PegPriceType.PRIMARY, PegPriceType.MID, PegPriceType.MARKET)
UNTIL = (TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME)


def wording(events: tuple[BookEvent, ...]) -> list[BookEvent]:
    """Without the words: they are for people."""
    return [replace(event, text="") if hasattr(event, "text") else event for event in events]


@dataclass
class Stream:
    """`tape`: how often the tape moves, in percent; `auctions`: whether calls are held."""

    random: Random
    tape: int
    auctions: bool

    def __post_init__(self) -> None:
        self.book, self.naive = Book("X", "I"), NaiveBook()
        self.now = NOW
        self.number = 0
        self.exec_ids: list[str] = []

    def step(self) -> tuple[Callable[[Any], tuple[BookEvent, ...]], str]:
        """What to do to a book of either kind, and how to say it."""
        draw = self.random.randrange(100)
        self.now += self.random.randrange(1000)
        now = self.now
        if draw < self.tape:
            return self.tape_moves(now)
        kinds = (
            self.new,
            self.new,
            self.new,
            self.new,
            self.new,
            self.new,
            self.cancel,
            self.replace,
            self.replace,
            self.rare,
        )
        return self.random.choice(kinds)(now)

    def tape_moves(self, now: int):
        r = self.random
        if r.random() < 0.4:
            price, qty = r.randint(97, 103), r.randint(1, 25)
            return lambda b: (b.print if isinstance(b, NaiveBook) else b.on_trade)(
                price, qty, now
            ), f"print {price} {qty}"
        bid = r.randint(97, 101)
        top = Displayed(bid, r.choice((0, 3, 7, 12)), bid + r.randint(1, 4), r.choice((0, 3, 7, 12)))
        return lambda b: (b.quote if isinstance(b, NaiveBook) else b.on_quote)(top, now), f"{top}"

    def terms(self, kind: OrdType, tif: TimeInForce, qty: int) -> Terms:
        r = self.random
        display = r.choice((None, None, None, 0, r.randint(1, qty)))
        inst: tuple[ExecInst, ...] = r.choice(
            ((), (), (), (), (ExecInst.ALL_OR_NONE,), (ExecInst.PARTICIPATE_DONT_INITIATE,))
        )
        least = r.choice((0, 0, 0, 0, r.randint(1, qty)))
        stop = r.randint(97, 103) if kind in (OrdType.STOP, OrdType.STOP_LIMIT) else 0
        if display and (least or ExecInst.ALL_OR_NONE in inst):
            display = None
        until = self.now + r.randrange(1, 30_000) if tif in UNTIL else 0
        return Terms(stop, display, least, inst, 0, until)

    def new(self, now: int):
        r = self.random
        self.number += 1
        kind, tif, qty = r.choice(TYPES), r.choice(TIFS), r.randint(1, 15)
        terms = self.terms(kind, tif, qty)
        priced = kind in (OrdType.LIMIT, OrdType.STOP_LIMIT) or (kind is OrdType.PEGGED and r.random() < 0.5)
        peg, offset = None, 0
        if kind is OrdType.PEGGED:
            peg, offset = r.choice(PEGS), r.randint(-2, 2)
        elif terms.stop_px and r.random() < 0.4:
            peg, offset = PegPriceType.TRAILING_STOP, r.randint(1, 3)
            terms = replace(terms, stop_px=r.choice((0, terms.stop_px)))
        order = NewOrder(
            f"O{self.number}", r.choice(tuple(Side)), kind, tif, r.randint(97, 103) if priced else 0, qty,
            r.choice(("", "", "me", "you")), r.choice(SMP), terms.stop_px, terms.display_qty, terms.min_qty, terms.exec_inst,
            peg, offset, terms.expire_ns,
        )  # fmt: skip
        return lambda b: b.submit(order, now), f"{order}"

    def pick(self) -> str:
        names = self.book.open_orders()
        return self.random.choice(names) if names else "none"

    def cancel(self, now: int):
        name = self.pick()
        return lambda b: b.cancel(name), f"cancel {name}"

    def replace(self, now: int):
        r, name = self.random, self.pick()
        order = self.naive.find(name)
        if order is None:
            return lambda b: b.replace(name, 100, 1, now, Terms()), f"replace {name}"
        price = order.cap if order.kind is OrdType.PEGGED else order.price
        terms = Terms(order.stop_px, order.display, order.least_first, order.inst, order.offset, order.expire_ns)
        qty = r.randint(1, order.qty) if r.random() < 0.5 else r.randint(1, 20)
        if r.random() < 0.4:
            price = r.randint(97, 103) if price else 0
        if r.random() < 0.3:
            terms = replace(self.terms(order.kind, order.tif, qty), peg_offset=order.offset)
        return lambda b: b.replace(name, price, qty, now, terms), f"replace {name} {price} {qty} {terms}"

    def rare(self, now: int):
        r = self.random
        kind = r.choice(("bust", "bust", "correct", "correct", "expire", "call", "uncross", "uncross", "day"))
        if kind in ("bust", "correct"):
            exec_id = r.choice(self.exec_ids[-12:]) if self.exec_ids else "none"
            px, qty = r.randint(97, 103), r.randint(1, 12)
            if kind == "bust":
                return lambda b: b.bust(exec_id, now), f"bust {exec_id}"
            return lambda b: b.correct(exec_id, px, qty, now), f"correct {exec_id} {px} {qty}"
        if kind == "expire":
            return lambda b: b.expire(now), f"expire {now}"
        if kind == "call" and self.auctions:
            phase = r.choice((Phase.OPENING_CALL, Phase.CLOSING_CALL))
            return lambda b: b.call(phase), f"call {phase.name}"
        if kind == "uncross" and self.auctions:
            reference = r.choice((0, 0, r.randint(97, 103)))
            return lambda b: b.uncross(now, reference), f"uncross {reference}"
        return lambda b: b.end_of_day(), "end of day"

    def play(self, act: Callable[[Any], tuple[BookEvent, ...]], book: Any) -> list[BookEvent] | str:
        try:
            return wording(act(book))
        except BookError:
            return "refused"

    def note(self, events: list[BookEvent] | str) -> None:
        if not isinstance(events, str):
            self.exec_ids += [event.exec_id for event in events if isinstance(event, Traded)]
