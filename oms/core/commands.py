"""What desks ask for: the records of `oms.orders`.

A command's key is (desk, trading date, ClOrdID). The trading date is the command's own, unchanged on a retry.
`order_id` of an order is a function of its first command's key, and stays through every replacement.
"""

from dataclasses import dataclass, fields

from oms.core.enums import Algorithm, ContingencyType, OrdType, Side, TimeInForce
from oms.core.instructions import PLAIN, Instructions
from oms.core.order_filter import OrderFilter


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who and what stands behind a command or a change."""

    entered_by: str
    on_behalf_of: str
    source: str
    trader: str
    strategy: str


SYSTEM_DESK = "liquidation-desk"
"""Trader of every order of a liquidation, and of no other."""

CONTROL_SOURCE = "control/"
"""Begins the source of an order that no person entered: before the offset of the control record that asked for it."""


@dataclass(frozen=True, slots=True)
class TwapParameters:
    """A TWAP works from `start_ns` to `end_ns` (UTC, nanoseconds) in `slices` equal steps."""

    start_ns: int
    end_ns: int
    slices: int


@dataclass(frozen=True, slots=True)
class NewOrder:
    """FIX NewOrderSingle (35=D). `price` is None where the type has none (market, stop, market-to-limit); `venue` is empty unless `algorithm` is DIRECT.

    `good_until_ns` is wall time: past it the command is refused instead of judged. `entered_ns` is when the edge got it (wall).
    `list_id`: of the `NewOrderList` that it came in (FIX 66, made unique as an order's id is); empty for an order of its own.
    """

    desk_id: str
    trading_date: int
    cl_ord_id: str
    account_id: str
    instrument_id: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    order_qty: int
    price: int | None
    algorithm: Algorithm
    venue_id: str
    twap: TwapParameters | None
    good_until_ns: int
    entered_ns: int
    trace_id: str
    provenance: Provenance
    instructions: Instructions = PLAIN
    list_id: str = ""


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """FIX OrderCancelRequest (35=F). `orig_cl_ord_id` names the order (any ClOrdID of its chain), of `orig_trading_date`."""

    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    entered_ns: int
    trace_id: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ReplaceOrder:
    """FIX OrderCancelReplaceRequest (35=G). `order_qty` is the total intended, executed part included.

    `instructions` are those of the order from then on: what is not stated again is not carried over. Type and validity stay.
    """

    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    order_qty: int
    price: int | None
    twap: TwapParameters | None
    good_until_ns: int
    entered_ns: int
    trace_id: str
    provenance: Provenance
    instructions: Instructions = PLAIN


@dataclass(frozen=True, slots=True)
class MassCancelOrders:
    """FIX OrderMassCancelRequest (35=q) over one desk; what is empty (None) restricts nothing. See `oms.core.order_filter`.

    `source`: orders that came in over this FIX session (`oms.gateway.client_sessions.source_of`), for cancel on disconnect.
    """

    desk_id: str
    trading_date: int
    cl_ord_id: str
    account_id: str
    instrument_id: str
    entered_ns: int
    trace_id: str
    provenance: Provenance
    side: Side | None = None
    trader: str = ""
    strategy: str = ""
    venue_id: str = ""
    source: str = ""

    @property
    def filter(self) -> OrderFilter:
        return OrderFilter(
            self.desk_id,
            self.account_id,
            self.instrument_id,
            self.side,
            self.trader,
            self.strategy,
            self.venue_id,
            self.source,
        )


@dataclass(frozen=True, slots=True)
class NewOrderList:
    """FIX NewOrderList (35=E); `cl_ord_id` is the ListID (66). `contingency` (1385) None: a program.

    The orders have the list's desk, trading date and good-until, ClOrdIDs of their own, and name the list. See `oms.core.lists`.
    """

    desk_id: str
    trading_date: int
    cl_ord_id: str
    contingency: ContingencyType | None
    orders: tuple[NewOrder, ...]
    good_until_ns: int
    entered_ns: int
    trace_id: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CancelOrderList:
    """FIX ListCancelRequest (35=K): all that is open of the list whose ListID is `orig_cl_ord_id`, of `orig_trading_date`."""

    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    entered_ns: int
    trace_id: str
    provenance: Provenance


Command = NewOrder | CancelOrder | ReplaceOrder | MassCancelOrders | NewOrderList | CancelOrderList


_NOT_CONTENT = frozenset({"entered_ns", "good_until_ns", "trace_id", "provenance", "orders"})
"""What differs between a command and its retry: when and how it was sent, not what it asks. A list's orders are compared one by one."""


def same_content(one: Command, other: Command) -> bool:
    """Whether two commands ask the same."""
    if type(one) is not type(other):
        return False
    if isinstance(one, NewOrderList) and isinstance(other, NewOrderList):
        if len(one.orders) != len(other.orders):
            return False
        if not all(same_content(mine, yours) for mine, yours in zip(one.orders, other.orders, strict=True)):
            return False
    names = [field.name for field in fields(one) if field.name not in _NOT_CONTENT]
    return all(getattr(one, name) == getattr(other, name) for name in names)


def order_id_of(desk_id: str, trading_date: int, cl_ord_id: str) -> str:
    """The order's id for life, from the key of its first command.

    >>> order_id_of("alpha", 20250106, "a1")
    'alpha/20250106/a1'
    """
    return f"{desk_id}/{trading_date}/{cl_ord_id}"


def venue_cl_ord_id(partition: int, child_id: str, request: int = 0) -> str:
    """The ClOrdID that a venue sees: the partition, the child, and for a cancel, replace or status the number of the request.

    >>> venue_cl_ord_id(2, "alpha/20250106/a1.1", 3)
    '2:alpha/20250106/a1.1:3'
    """
    return f"{partition}:{child_id}:{request}" if request else f"{partition}:{child_id}"
