"""What goes into a book and what comes out of it: orders, terms of a replace, events, and the reasons of its refusals.

Prices are in ticks of the instrument's price scale, quantities in lots of its quantity scale, times in nanoseconds since 1970 UTC.
Names and meanings are FIX's (tags in the docstrings). It decides nothing.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from oms.core.enums import ExecInst, Liquidity, OrdType, PegPriceType, SelfMatchPrevention, Side, TimeInForce
from oms.core.venue_reasons import CxlRejReason, OrdRejReason


class Phase(IntEnum):
    """FIX tag 625 TradingSessionSubID, our own values: what the book does with an order that reaches it."""

    CONTINUOUS = 1
    OPENING_CALL = 2
    """Orders are collected for the opening auction; nothing trades."""
    CLOSING_CALL = 3
    """Orders are collected for the closing auction; nothing trades."""
    CLOSED = 4
    """After the closing auction, until the day ends: no order is taken, cancels are."""


class Displayed(NamedTuple):
    """A venue's top of book: prices in ticks of the price scale, sizes in lots of the quantity scale; size 0 = not shown."""

    bid_px: int
    bid_qty: int
    ask_px: int
    ask_qty: int


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it reaches the book.

    `price` (44): 0 for MARKET, STOP and MARKET_TO_LIMIT; for PEGGED the worst price that it may follow to, 0 for none.
    `stop_px` (99): of STOP and STOP_LIMIT; a trailing stop may leave it 0, then it starts `peg_offset` away from the last trade.
    `display_qty` (1138): None shows all, 0 is a hidden order, anything between is an iceberg's slice.
    `min_qty` (110): the least first execution, 0 for none. `exec_inst` (18).
    `peg_price_type` (1094), `peg_offset` (211): in price units, added to what a PEGGED order follows; of a trailing stop its
    (positive) distance from the last trade. `expire_ns` (126): of GTD and GOOD_FOR_TIME, else 0.
    `smp_id` (2362): orders with the same one are of one owner; `smp` (2964): whom to cancel where two of them would trade.
    """

    order_id: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    price: int
    qty: int
    smp_id: str = ""
    smp: SelfMatchPrevention | None = None
    stop_px: int = 0
    display_qty: int | None = None
    min_qty: int = 0
    exec_inst: tuple[ExecInst, ...] = ()
    peg_price_type: PegPriceType | None = None
    peg_offset: int = 0
    expire_ns: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a replace restates beside price and quantity; what it leaves at its default is no longer part of the order.

    Side, type, validity and owner of an order cannot be replaced. Fields as in `NewOrder`.
    """

    stop_px: int = 0
    display_qty: int | None = None
    min_qty: int = 0
    exec_inst: tuple[ExecInst, ...] = ()
    peg_offset: int = 0
    expire_ns: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    order_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    order_id: str
    reason: OrdRejReason
    text: str


@dataclass(frozen=True, slots=True)
class Triggered:
    """The stop price was traded: from here on the order is what it was to become, a market order (`price` 0) or a limit order."""

    order_id: str
    price: int


@dataclass(frozen=True, slots=True)
class Restated:
    """The book changed the order by its own terms: a peg followed, a trailing stop moved, what is left of a MARKET_TO_LIMIT rests.

    `price`: what it is in the book with now, 0 while it waits outside. `stop_px`: 0 unless it waits for its trigger.
    """

    order_id: str
    price: int
    stop_px: int = 0


@dataclass(frozen=True, slots=True)
class Traded:
    """One fill. `cum` and `leaves` are those of the order after it. `contra_exec_id`: the other order's fill, "" for the tape."""

    order_id: str
    exec_id: str
    last_px: int
    last_qty: int
    cum: int
    leaves: int
    liquidity: Liquidity
    contra_exec_id: str = ""


class CancelCause(IntEnum):
    """Why an order was cancelled; all but REQUESTED are unsolicited."""

    REQUESTED = 1
    REMAINDER = 2
    """By its validity or type: IOC, FOK or market order, or a minimum quantity, that found no more."""
    SELF_MATCH = 3
    WOULD_TAKE = 4
    """Post-only, and it would have taken (after a trigger or a peg's move: an incoming one is refused)."""
    BUST = 5
    """What a bust gave back could not go back into the book."""


@dataclass(frozen=True, slots=True)
class Canceled:
    order_id: str
    text: str
    cause: CancelCause = CancelCause.REQUESTED


@dataclass(frozen=True, slots=True)
class Expired:
    order_id: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The order now has this price and total quantity; `leaves` 0 means that it is filled by the amendment."""

    order_id: str
    price: int
    qty: int
    cum: int
    leaves: int


@dataclass(frozen=True, slots=True)
class CancelRejected:
    order_id: str
    reason: CxlRejReason
    text: str


@dataclass(frozen=True, slots=True)
class TradeBusted:
    """FIX ExecType H. `ref_exec_id` (19): the latest execution of the chain, which never was; `last_*` are its figures.

    `cum` and `leaves` are those of the order after it; an order that had ended otherwise than filled keeps `leaves` 0.
    """

    order_id: str
    exec_id: str
    ref_exec_id: str
    last_px: int
    last_qty: int
    cum: int
    leaves: int


@dataclass(frozen=True, slots=True)
class TradeCorrected:
    """FIX ExecType G. `exec_id` takes the place of `ref_exec_id` (19) with the figures `last_px` and `last_qty`."""

    order_id: str
    exec_id: str
    ref_exec_id: str
    last_px: int
    last_qty: int
    cum: int
    leaves: int


BookEvent = (
    Accepted
    | Rejected
    | Triggered
    | Restated
    | Traded
    | Canceled
    | Expired
    | Replaced
    | CancelRejected
    | TradeBusted
    | TradeCorrected
)


class BookError(ValueError):
    """An operator's command that the book cannot carry out (bust, correct, uncross); nothing was changed. The text is one line."""
