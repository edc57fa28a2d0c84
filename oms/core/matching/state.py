"""A book as a log or a snapshot holds it: plain numbers and strings in rows, read back from JSON as well.

Rows only grow at their end, with defaults: what was written before a field existed reads on.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from oms.core.enums import ExecInst, Liquidity, OrdType, PegPriceType, SelfMatchPrevention, Side, TimeInForce
from oms.core.matching.ledger import Fill
from oms.core.matching.messages import NewOrder, Phase
from oms.core.matching.orders import Order, Place


class RestingState(NamedTuple):
    """An order as a snapshot holds it, in priority order. `shown` −1: what an order that joins would show.

    `min_qty`: what is left to be satisfied. `price`: the present one; `cap`: of a peg. Numbers are those of the enumerations, 0 none.
    """

    order_id: str
    side: int
    time_in_force: int
    price: int
    qty: int
    cum: int
    queue_ahead: int | None
    arrival: int
    ord_type: int = OrdType.LIMIT
    place: int = Place.BOOK
    entry: int = 0
    shown: int = -1
    display_qty: int | None = None
    min_qty: int = 0
    exec_inst: tuple[int, ...] = ()
    stop_px: int = 0
    peg_price_type: int = 0
    peg_offset: int = 0
    cap: int = 0
    expire_ns: int = 0
    smp_id: str = ""
    smp: int = 0


class SideState(NamedTuple):
    px: int
    size: int
    taken: int


class FillState(NamedTuple):
    """A fill that can still be busted or corrected. `last_qty` 0: it no longer can (only in changes)."""

    exec_id: str
    order_id: str = ""
    last_px: int = 0
    last_qty: int = 0
    liquidity: int = 0
    contra_exec_id: str = ""


class BookState(NamedTuple):
    """Everything a book needs to go on where it was.

    `done`: the orders of `fills` that are no longer open. `auctions_held`: the calls of the day that are over (`Phase`).
    `traded`: prices that the stops have still to see.
    """

    bid: SideState
    ask: SideState
    next_exec: int
    next_arrival: int
    orders: tuple[RestingState, ...]
    phase: int = Phase.CONTINUOUS
    auctions_held: tuple[int, ...] = ()
    last_px: int = 0
    now_ns: int = 0
    traded: tuple[int, ...] = ()
    fills: tuple[FillState, ...] = ()
    done: tuple[RestingState, ...] = ()

    @classmethod
    def read(cls, row: Sequence[Any]) -> "BookState":
        """From what JSON made of a state: lists for tuples."""
        bid, ask, next_exec, next_arrival, orders, *more = row
        state = cls(SideState(*bid), SideState(*ask), next_exec, next_arrival, _resting(orders))
        named: dict[str, Any] = dict(zip(cls._fields[5:], more, strict=False))
        for name in ("auctions_held", "traded"):
            named[name] = tuple(named.get(name, ()))
        named["fills"] = tuple(FillState(*fill) for fill in named.get("fills", ()))
        return state._replace(**named | {"done": _resting(named.get("done", ()))})


class BookStates:
    """The states of one book one after the other, the first whole, the others `Book.changes`: the last one whole again."""

    __slots__ = ("_done", "_fills", "_last")

    def __init__(self) -> None:
        self._last: BookState | None = None
        self._fills: dict[str, FillState] = {}
        self._done: dict[str, RestingState] = {}

    def add(self, state: BookState) -> None:
        self._last = state
        for fill in state.fills:
            self._fills.pop(fill.exec_id, None)
            if fill.last_qty:
                self._fills[fill.exec_id] = fill
        for row in state.done:
            self._done[row.order_id] = row

    def whole(self) -> BookState:
        assert self._last is not None
        needed = {fill.order_id for fill in self._fills.values()} - {row.order_id for row in self._last.orders}
        done = tuple(row for order_id, row in self._done.items() if order_id in needed)
        return self._last._replace(fills=tuple(self._fills.values()), done=done)


def _resting(rows: Iterable[Sequence[Any]]) -> tuple[RestingState, ...]:
    found = []
    for row in rows:
        state = RestingState(*row)
        found.append(state._replace(exec_inst=tuple(state.exec_inst)))
    return tuple(found)


def row_of(order: Order, queue_ahead: int | None) -> RestingState:
    return RestingState(
        order.order_id, order.side, order.time_in_force, order.price, order.qty, order.cum, queue_ahead, order.arrival,
        order.ord_type, order.place, order.entry, order.shown, order.display_qty, order.min_left,
        tuple(int(inst) for inst in order.exec_inst), order.stop_px, order.peg_price_type or 0, order.peg_offset,
        order.cap if order.ord_type is OrdType.PEGGED else 0,
        order.expire_ns, order.smp_id, order.smp or 0,
    )  # fmt: skip


def order_of(row: RestingState) -> Order:
    order = Order(
        NewOrder(
            row.order_id, Side(row.side), OrdType(row.ord_type), TimeInForce(row.time_in_force), row.price, row.qty,
            row.smp_id, SelfMatchPrevention(row.smp) if row.smp else None, row.stop_px, row.display_qty, row.min_qty,
            tuple(ExecInst(inst) for inst in row.exec_inst), PegPriceType(row.peg_price_type) if row.peg_price_type else None,
            row.peg_offset, row.expire_ns,
        )
    )  # fmt: skip
    order.price, order.cap, order.cum = row.price, row.cap or row.price, row.cum
    order.arrival, order.entry, order.place = row.arrival, row.entry or row.arrival, Place(row.place)
    if order.ord_type is OrdType.PEGGED:
        order.cap = row.cap
    return order


def fill_row(fill: Fill) -> FillState:
    return FillState(
        fill.exec_id, fill.order.order_id, fill.last_px, fill.last_qty, fill.liquidity, fill.contra_exec_id
    )


def fill_of(row: FillState, order: Order) -> Fill:
    return Fill(row.exec_id, order, row.last_px, row.last_qty, Liquidity(row.liquidity), row.contra_exec_id)
