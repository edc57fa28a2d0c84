"""Lists of orders (FIX NewOrderList, 35=E): what forms a list has, and what of a list contradicts itself.

    program (no contingency)   orders that do not depend on each other; risk judges them one by one, in steps
    ONE_CANCELS_THE_OTHER      any execution of one order ends the others
    ONE_UPDATES_THE_OTHER      what one order executes is taken off the others' quantity
    ONE_TRIGGERS_THE_OTHER     the first order works; its complete fill releases the others (FIX volume 1: "executes in full"); its end
                               without one ends them
    BRACKET                    the first order is the entry; what it executes releases the others, the exits, for so much; exits
                               update each other

The orders of a contingent list are accepted together or not at all. Orders of which one may execute in the place of another
(`exclusive`) are never at a venue together; so they must be of a kind whose turn the market can tell. It knows no reference data.
"""

from oms.core.commands import NewOrder, NewOrderList, order_id_of
from oms.core.enums import Algorithm, ContingencyType, OrdType, PegPriceType, TimeInForce

PROGRAM_ORDERS_MAX = 500
"""An order is at most some 1,100 bytes in a record (five ids and five names of 64 bytes, thirty integers), and a record holds 1,000,000:
the command stays below six tenths of it, whatever its orders say. `tests/unit/test_list_bounds.py` encodes the largest."""

CONTINGENT_ORDERS_MAX = 10
"""They are decided in one record, each with its evidence of some 2 kB, and every event of one looks at all of them."""

EXCLUSIVE_TYPES = frozenset({OrdType.LIMIT, OrdType.STOP, OrdType.STOP_LIMIT})
"""Orders whose turn the market tells: a limit's price is reached, a stop's is touched."""

_CAN_WAIT = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME})

Contradiction = tuple[str, str]
"""(field, by its path in the list; what it takes)"""


def list_id_of(order_list: NewOrderList) -> str:
    """As an order's id: a function of the command's key."""
    return order_id_of(order_list.desk_id, order_list.trading_date, order_list.cl_ord_id)


def exclusive(contingency: ContingencyType, index: int) -> bool:
    """Whether the order at `index` stands for others, so that at most one of them may be at a venue."""
    match contingency:
        case ContingencyType.ONE_CANCELS_THE_OTHER | ContingencyType.ONE_UPDATES_THE_OTHER:
            return True
        case ContingencyType.ONE_TRIGGERS_THE_OTHER:
            return False
        case ContingencyType.BRACKET:
            return index > 0


def triggers(contingency: ContingencyType) -> bool:
    """Whether the first order releases the others."""
    return contingency in (ContingencyType.ONE_TRIGGERS_THE_OTHER, ContingencyType.BRACKET)


def list_contradictions(order_list: NewOrderList) -> tuple[Contradiction, ...]:
    """What is wrong with a list as a list; the sense of each order for itself is judged elsewhere."""
    found = _size(order_list) + _keys(order_list)
    if order_list.contingency is not None and not found:
        for index, order in enumerate(order_list.orders):
            if exclusive(order_list.contingency, index):
                found += _waits(index, order)
        found += _depend(order_list.contingency, order_list.orders)
    return tuple(found)


def _size(order_list: NewOrderList) -> list[Contradiction]:
    count = len(order_list.orders)
    if order_list.contingency is None:
        fits, bounds = 1 <= count <= PROGRAM_ORDERS_MAX, f"1 to {PROGRAM_ORDERS_MAX} orders"
    else:
        fits, bounds = 2 <= count <= CONTINGENT_ORDERS_MAX, f"2 to {CONTINGENT_ORDERS_MAX} orders"
    return [] if fits else [("orders", f"must be {bounds}, and are {count}")]


def _keys(order_list: NewOrderList) -> list[Contradiction]:
    seen, found = {order_list.cl_ord_id: "the list's own"}, []
    for index, order in enumerate(order_list.orders):
        place = f"orders[{index}]"
        if (order.desk_id, order.trading_date) != (order_list.desk_id, order_list.trading_date):
            found.append((place, "must be of the list's desk and trading date"))
        if order.list_id != list_id_of(order_list):
            found.append((place, f"must name its list, {list_id_of(order_list)}"))
        if order.cl_ord_id in seen:
            found.append((f"{place}.cl_ord_id", f"{order.cl_ord_id} is {seen[order.cl_ord_id]}"))
        seen.setdefault(order.cl_ord_id, f"that of orders[{index}]")
    return found


def _waits(index: int, order: NewOrder) -> list[Contradiction]:
    place, found = f"orders[{index}]", []
    if order.ord_type not in EXCLUSIVE_TYPES:
        names = ", ".join(sorted(t.name for t in EXCLUSIVE_TYPES))
        found.append((f"{place}.ord_type", f"an order that stands for others is one of {names}"))
    if order.time_in_force not in _CAN_WAIT:
        found.append((f"{place}.time_in_force", "an order that stands for others must be able to wait"))
    if order.algorithm is Algorithm.TWAP:
        found.append((f"{place}.algorithm", "a schedule does not wait for its turn"))
    peg = order.instructions.peg
    if peg is not None and peg.price_type is not PegPriceType.TRAILING_STOP:
        found.append((f"{place}.instructions.peg", "the turn of a pegged order cannot be told"))
    return found


def _depend(contingency: ContingencyType, orders: tuple[NewOrder, ...]) -> list[Contradiction]:
    match contingency:
        case ContingencyType.ONE_CANCELS_THE_OTHER | ContingencyType.ONE_TRIGGERS_THE_OTHER:
            return []
        case ContingencyType.ONE_UPDATES_THE_OTHER:
            return [
                (f"orders[{i}]", "must be of the account, instrument and side of orders[0]: quantities are taken off")
                for i, order in enumerate(orders)
                if i and (*_book(order), order.side) != (*_book(orders[0]), orders[0].side)
            ]
        case ContingencyType.BRACKET:
            return _bracket(orders[0], orders[1:])


def _bracket(entry: NewOrder, exits: tuple[NewOrder, ...]) -> list[Contradiction]:
    found: list[Contradiction] = []
    for i, order in enumerate(exits, 1):
        if _book(order) != _book(entry):
            found.append((f"orders[{i}]", "an exit must be of the account and instrument of its entry"))
        if order.side.sign == entry.side.sign:
            found.append((f"orders[{i}].side", "an exit must be on the other side of its entry"))
        if order.side is not exits[0].side:
            found.append((f"orders[{i}].side", "exits must be of one side"))
        if order.order_qty != entry.order_qty:
            found.append((f"orders[{i}].order_qty", f"an exit must be of its entry's quantity, {entry.order_qty}"))
    return found


def _book(order: NewOrder) -> tuple[str, str]:
    return order.account_id, order.instrument_id
