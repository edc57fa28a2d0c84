"""The ratio of unexecuted orders to transactions: Commission Delegated Regulation (EU) 2017/566 (RTS 9), counted as its annex counts.

The ratio is a venue's to compute and a member's not to exceed: per member and instrument, over a trading session, auctions included
(article 3). It has two forms, and exceeding either is exceeding it:

    in number   orders / transactions - 1
    in volume   ordered volume / traded volume - 1

*Order* is every message on entry, modification and cancellation (article 1(a)); a modification is a cancellation and a new entry, so it counts
twice. Not counted: cancellations after the uncrossing of an auction, a loss of the connection, or the use of a kill functionality, and
what the venue does by itself (triggers, refreshes, pegs that follow, the end of the other leg).
*Transaction* is an order that was executed, totally or in part (article 1(b)): an order with ten fills is one.
*Volume* is in the instrument's quantity scale; for bonds the nominal value is to be given, for derivatives lots (article 1(c)).

The annex, as messages counted, by type of order:

| type | enter | modify | cancel |
|---|---|---|---|
| limit, stop, trailing stop, market-to-limit, iceberg, peg | 1 | 2 | 1 |
| market | 1 | 2 | 1 |
| immediate or cancel, fill or kill | 1, and 1 more if it is cancelled | 2 | 1 |
| quote, both sides | 2 | 4 | 2 |
| one cancels the other, both legs | 2 | 4 | 2 |

A type that the annex does not name counts as the most similar one (article 3(4)): all else that rests counts as a limit.
The volume of a modification is what was cancelled and what was entered anew; of a cancellation what was left.

Pure integers, so that a check may use it. It does not know where a session begins, nor whose messages they are.
"""

from dataclasses import dataclass, replace
from enum import Enum


class CountedType(Enum):
    """Types of order that the annex counts differently."""

    SINGLE = "one order: limit, stop, market, iceberg, market-to-limit, peg"
    IMMEDIATE = "immediate or cancel, fill or kill"
    QUOTE = "a quote of both sides"
    ONE_CANCELS_OTHER = "two linked orders"


class Act(Enum):
    """What a message does, or became of an order without one."""

    ENTER = "entered"
    MODIFY = "modified"
    CANCEL = "cancelled by a message"
    EXPIRE = "an immediate order's rest was cancelled"
    CANCEL_UNCOUNTED = "cancelled after an uncrossing, a lost connection, or a kill"
    VENUE = "done by the venue itself: triggered, refreshed, followed, ended with its other leg"


COUNTS: dict[CountedType, dict[Act, int]] = {
    kind: {
        Act.ENTER: legs,
        Act.MODIFY: 2 * legs,
        Act.CANCEL: legs,
        Act.EXPIRE: 1 if kind is CountedType.IMMEDIATE else 0,
        Act.CANCEL_UNCOUNTED: 0,
        Act.VENUE: 0,
    }
    for kind, legs in (
        (CountedType.SINGLE, 1),
        (CountedType.IMMEDIATE, 1),
        (CountedType.QUOTE, 2),
        (CountedType.ONE_CANCELS_OTHER, 2),
    )
}
"""Messages counted, by type and act: the annex as a table."""


@dataclass(frozen=True, slots=True)
class OrderToTrade:
    """What was counted of one instrument and session. Volumes in the instrument's quantity scale."""

    orders: int = 0
    transactions: int = 0
    ordered_qty: int = 0
    traded_qty: int = 0


def with_message(counted: OrderToTrade, kind: CountedType, act: Act, left_qty: int, new_qty: int = 0) -> OrderToTrade:
    """One message more. `left_qty`: what was still open of the order before it (0 for an entry); `new_qty`: what is open after it.

    >>> quoted = with_message(OrderToTrade(), CountedType.QUOTE, Act.ENTER, 0, 200)
    >>> with_message(quoted, CountedType.QUOTE, Act.MODIFY, 200, 300)
    OrderToTrade(orders=6, transactions=0, ordered_qty=700, traded_qty=0)
    """
    number = COUNTS[kind][act]
    if not number:
        return counted
    volume = {
        Act.ENTER: new_qty,
        Act.MODIFY: left_qty + new_qty,
        Act.CANCEL: left_qty,
        Act.EXPIRE: left_qty,
    }[act]
    return replace(counted, orders=counted.orders + number, ordered_qty=counted.ordered_qty + volume)


def with_fill(counted: OrderToTrade, last_qty: int, is_first: bool) -> OrderToTrade:
    """One fill more; `is_first`: of its order, which is the transaction that counts."""
    transactions = counted.transactions + is_first
    return replace(counted, transactions=transactions, traded_qty=counted.traded_qty + last_qty)


def number_ratio_milli(counted: OrderToTrade) -> int | None:
    """In thousandths, rounded up. None without a transaction: it is not calculable, and a limit on it is not held.

    >>> number_ratio_milli(OrderToTrade(orders=400, transactions=20)), number_ratio_milli(OrderToTrade(orders=3))
    (19000, None)
    """
    return _ratio_milli(counted.orders, counted.transactions)


def volume_ratio_milli(counted: OrderToTrade) -> int | None:
    """In thousandths, rounded up. None where nothing was traded."""
    return _ratio_milli(counted.ordered_qty, counted.traded_qty)


def exceeds(counted: OrderToTrade, number_max_milli: int, volume_max_milli: int) -> bool:
    """Whether either ratio is beyond its maximum (article 3(2)); not calculable is beyond where anything was ordered.

    >>> exceeds(OrderToTrade(50, 10, 5_000, 100), 100_000, 10_000), exceeds(OrderToTrade(), 0, 0)
    (True, False)
    """
    if not counted.orders:
        return False
    number, volume = number_ratio_milli(counted), volume_ratio_milli(counted)
    if number is None or volume is None:
        return True
    return number > number_max_milli or volume > volume_max_milli


def _ratio_milli(ordered: int, traded: int) -> int | None:
    if traded <= 0:
        return None
    return -(-1000 * (ordered - traded) // traded)
