"""Every kind of order, drawn: types, validities and instructions put onto a request. Most make sense; what does not is for the edge and risk.

A kind is a function that changes a request of a limit order; its name counts what was asked for. `KINDS` are types and behaviours,
`VALIDITIES` how long it lives. One of each makes an order.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from oms.core.enums import Algorithm, ExecInst, OrdType, PegPriceType, SelfMatchPrevention, TimeInForce

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a draw of terms needs to know: the middle and the tick of the prices, the lot, the time."""

    chance: random.Random
    middle: int
    tick: int
    lot: int
    now_ns: int
    today: date

    def price(self, spread: int = 4) -> int:
        return self.middle + self.tick * self.chance.randrange(-spread, spread + 1)

    def part_of(self, qty: int) -> int:
        return self.lot * self.chance.randrange(1, max(2, qty // self.lot))


Kind = Callable[[Any, Terms], None]


def market(order: Any, terms: Terms) -> None:
    order.ord_type = int(OrdType.MARKET)
    order.ClearField("price")


def limit(order: Any, terms: Terms) -> None:
    order.ord_type = int(OrdType.LIMIT)


def stop(order: Any, terms: Terms) -> None:
    order.ord_type = int(OrdType.STOP)
    order.ClearField("price")
    order.instructions.stop_px = terms.price()


def stop_limit(order: Any, terms: Terms) -> None:
    order.ord_type = int(OrdType.STOP_LIMIT)
    order.instructions.stop_px = terms.price()


def trailing(order: Any, terms: Terms) -> None:
    (stop if terms.chance.random() < 0.5 else stop_limit)(order, terms)
    order.instructions.peg.price_type = int(PegPriceType.TRAILING_STOP)
    order.instructions.peg.offset = terms.tick * terms.chance.randrange(1, 4)
    if terms.chance.random() < 0.5:
        order.instructions.ClearField("stop_px")


def market_to_limit(order: Any, terms: Terms) -> None:
    order.ord_type = int(OrdType.MARKET_TO_LIMIT)
    order.ClearField("price")


def pegged(order: Any, terms: Terms) -> None:
    order.ord_type = int(OrdType.PEGGED)
    kinds = [kind for kind in PegPriceType if kind is not PegPriceType.TRAILING_STOP]
    order.instructions.peg.price_type = int(terms.chance.choice(kinds))
    order.instructions.peg.offset = terms.tick * terms.chance.choice((0, 0, -1, -2, 1))
    if terms.chance.random() < 0.5:
        order.ClearField("price")


def iceberg(order: Any, terms: Terms) -> None:
    limit(order, terms)
    order.instructions.display_qty = terms.part_of(order.order_qty)


def hidden(order: Any, terms: Terms) -> None:
    limit(order, terms)
    order.instructions.display_qty = 0


def minimum(order: Any, terms: Terms) -> None:
    limit(order, terms)
    order.instructions.min_qty = terms.part_of(order.order_qty)


def all_or_none(order: Any, terms: Terms) -> None:
    limit(order, terms)
    order.instructions.exec_inst.append(int(ExecInst.ALL_OR_NONE))


def post_only(order: Any, terms: Terms) -> None:
    limit(order, terms)
    order.instructions.exec_inst.append(int(ExecInst.PARTICIPATE_DONT_INITIATE))


def reduce_only(order: Any, terms: Terms) -> None:
    order.instructions.exec_inst.append(int(ExecInst.DO_NOT_INCREASE))


def self_match(order: Any, terms: Terms) -> None:
    order.instructions.smp = int(terms.chance.choice(list(SelfMatchPrevention)))


KINDS: tuple[tuple[int, Kind], ...] = (
    (6, limit),
    (3, market),
    (4, stop),
    (4, stop_limit),
    (4, trailing),
    (2, market_to_limit),
    (4, pegged),
    (5, iceberg),
    (3, hidden),
    (2, minimum),
    (2, all_or_none),
    (2, post_only),
    (2, reduce_only),
    (3, self_match),
)


# --- how long it lives


def day(order: Any, terms: Terms) -> None:
    order.time_in_force = int(TimeInForce.DAY)


def until_cancelled(order: Any, terms: Terms) -> None:
    order.time_in_force = int(TimeInForce.GTC)


def until_time(order: Any, terms: Terms) -> None:
    order.time_in_force = int(TimeInForce.GTD)
    order.instructions.expire_ns = terms.now_ns + terms.chance.randrange(1, 60) * SECOND_NS


def until_date(order: Any, terms: Terms) -> None:
    order.time_in_force = int(TimeInForce.GTD)
    last = date.fromordinal(terms.today.toordinal() + terms.chance.randrange(3))
    order.instructions.expire_date = int(last.strftime("%Y%m%d"))


def for_a_time(order: Any, terms: Terms) -> None:
    order.time_in_force = int(TimeInForce.GOOD_FOR_TIME)
    order.instructions.good_for_ns = terms.chance.randrange(1, 30) * SECOND_NS


def at_once(order: Any, terms: Terms) -> None:
    order.time_in_force = int(terms.chance.choice((TimeInForce.IOC, TimeInForce.FOK)))


def opening(order: Any, terms: Terms) -> None:
    order.time_in_force = int(TimeInForce.AT_THE_OPENING)


def closing(order: Any, terms: Terms) -> None:
    order.time_in_force = int(TimeInForce.AT_THE_CLOSE)


VALIDITIES: tuple[tuple[int, Kind], ...] = (
    (8, day),
    (5, until_cancelled),
    (3, until_time),
    (2, until_date),
    (3, for_a_time),
    (3, at_once),
    (2, opening),
    (2, closing),
)


def draw(order: Any, terms: Terms) -> tuple[str, str]:
    """Make a request of a limit order one of another kind; the names of what it became."""
    kinds, validities = KINDS, VALIDITIES
    if order.algorithm == int(Algorithm.TWAP):
        kinds, validities = ((1, limit), (1, market)), ((2, day), (1, until_cancelled), (1, for_a_time))
    kind = pick(terms.chance, kinds)
    validity = pick(terms.chance, validities)
    kind(order, terms)
    validity(order, terms)
    if kind is not self_match and terms.chance.random() < 0.1:
        self_match(order, terms)
    return kind.__name__, validity.__name__


def pick(chance: random.Random, weighted: tuple[tuple[int, Kind], ...]) -> Kind:
    return chance.choices([kind for _, kind in weighted], [weight for weight, _ in weighted])[0]
