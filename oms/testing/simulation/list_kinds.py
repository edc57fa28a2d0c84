"""Lists of orders, drawn: every contingency and programs, of orders whose turn comes now and then while a seed lasts.

A maker is given who asks and puts orders onto a request; most make sense, and what does not is for the edge and risk. The prices are near
the middle: the market of a seed moves a few ticks to either side of it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oms.core.enums import Algorithm, ContingencyType, OrdType, PegPriceType, Side, TimeInForce
from oms.testing.simulation.order_kinds import SECOND_NS, Terms, draw
from oms.v1 import gateway_pb2 as api
from oms.wire.codec import wire_enum

LONG_PROGRAM = 0.04
"""The chance that a program has more orders than risk judges in one step, and some more than may be open."""

NONSENSE = 0.06
"""The chance that a list contradicts itself, which the edge has to see."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose list it is, and of what it may be. `name` gives the next ClOrdID."""

    terms: Terms
    account_id: str
    instruments: tuple[str, ...]
    venue_ids: tuple[str, ...]
    name: Callable[[], str]

    @property
    def chance(self) -> random.Random:
        return self.terms.chance


def some_list(request: Any, asking: Asking) -> str:
    """Put orders onto a `SubmitListRequest`; the name of what it became."""
    chance = asking.chance
    makers = (program, one_cancels, one_updates, one_triggers, bracket)
    maker = chance.choices(makers, (2, 4, 3, 3, 4))[0]
    maker(request, asking)
    if chance.random() < NONSENSE:
        chance.choice((_same_name, _of_one, _another_quantity))(request)
    return maker.__name__


# --- what there is


def program(request: Any, asking: Asking) -> None:
    """Orders of every kind, which do not know each other."""
    chance = asking.chance
    count = chance.randrange(51, 60) if chance.random() < LONG_PROGRAM else chance.randrange(1, 9)
    for _ in range(count):
        order = _order(asking, chance.choice(list(Side)), _some_qty(asking))
        draw(order, asking.terms)
        request.orders.append(order)


def one_cancels(request: Any, asking: Asking) -> None:
    """Two or three ways to do one thing; sometimes of both instruments or sides, which an OCO may be."""
    request.contingency = int(ContingencyType.ONE_CANCELS_THE_OTHER)
    _alternatives(request, asking, alike=asking.chance.random() < 0.7)


def one_updates(request: Any, asking: Asking) -> None:
    request.contingency = int(ContingencyType.ONE_UPDATES_THE_OTHER)
    _alternatives(request, asking, alike=True)


def one_triggers(request: Any, asking: Asking) -> None:
    """The first may be of any kind, and so may those it releases."""
    chance = asking.chance
    request.contingency = int(ContingencyType.ONE_TRIGGERS_THE_OTHER)
    for _ in range(chance.randrange(2, 4)):
        order = _order(asking, chance.choice(list(Side)), _some_qty(asking))
        if chance.random() < 0.5:
            draw(order, asking.terms)
        request.orders.append(order)


def bracket(request: Any, asking: Asking) -> None:
    """An entry, and two ways out of what it executes."""
    chance, side, qty = asking.chance, asking.chance.choice(list(Side)), _some_qty(asking)
    request.contingency = int(ContingencyType.BRACKET)
    entry = _order(asking, side, qty)
    if chance.random() < 0.4:
        entry.price = asking.terms.middle + side.sign * 4 * asking.terms.tick  # at once
    request.orders.append(entry)
    for _ in range(chance.choice((1, 2, 2, 2, 3))):
        request.orders.append(_waiting(asking, Side.SELL if side is Side.BUY else Side.BUY, qty, entry.instrument_id))


# --- their orders


def _alternatives(request: Any, asking: Asking, alike: bool) -> None:
    chance = asking.chance
    side, instrument_id = chance.choice(list(Side)), chance.choice(asking.instruments)
    for _ in range(chance.choice((2, 2, 2, 3))):
        if not alike:
            side, instrument_id = chance.choice(list(Side)), chance.choice(asking.instruments)
        request.orders.append(_waiting(asking, side, _some_qty(asking), instrument_id))


def _some_qty(asking: Asking) -> int:
    return asking.terms.lot * asking.chance.randrange(1, 40)


def _order(asking: Asking, side: Side, qty: int, instrument_id: str = "") -> Any:
    chance = asking.chance
    order = api.ListedOrder(
        cl_ord_id=asking.name(),
        account_id=asking.account_id,
        instrument_id=instrument_id or chance.choice(asking.instruments),
        side=wire_enum(side),
        ord_type=wire_enum(OrdType.LIMIT),
        time_in_force=wire_enum(TimeInForce.DAY),
        order_qty=qty,
        price=asking.terms.price(),
        algorithm=wire_enum(Algorithm.BEST_PRICE),
    )
    if chance.random() < 0.5:
        order.algorithm, order.venue_id = wire_enum(Algorithm.DIRECT), chance.choice(asking.venue_ids)
    return order


def _waiting(asking: Asking, side: Side, qty: int, instrument_id: str) -> Any:
    """An order that can stand for others: a limit, or a stop of any kind, with a validity that waits."""
    chance, terms = asking.chance, asking.terms
    order = _order(asking, side, qty, instrument_id)
    draw_ = chance.random()
    if draw_ >= 0.5:
        order.ord_type = int(OrdType.STOP if draw_ < 0.75 else OrdType.STOP_LIMIT)
        order.instructions.stop_px = terms.price()
        if draw_ < 0.75:
            order.ClearField("price")
        if chance.random() < 0.3:
            order.instructions.peg.price_type = int(PegPriceType.TRAILING_STOP)
            order.instructions.peg.offset = terms.tick * chance.randrange(1, 4)
    elif chance.random() < 0.2:
        order.instructions.display_qty = terms.part_of(qty)
    validity = chance.random()
    if validity < 0.3:
        order.time_in_force = int(TimeInForce.GTC)
    elif validity < 0.5:
        order.time_in_force = int(TimeInForce.GOOD_FOR_TIME)
        order.instructions.good_for_ns = chance.randrange(1, 30) * SECOND_NS
    return order


# --- what makes no sense


def _same_name(request: Any) -> None:
    request.orders[-1].cl_ord_id = request.cl_ord_id


def _of_one(request: Any) -> None:
    del request.orders[1:]


def _another_quantity(request: Any) -> None:
    request.orders[-1].order_qty += 1
