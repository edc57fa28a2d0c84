"""The matching engine of the simulated venues: the order book of one instrument at one venue.

One engine for two uses that meet in one book: a price-time book among the members' (and anonymous) orders, and the displayed top and
the prints of a recorded or synthetic tape as external liquidity beside them. It is pure: times are the caller's, no sessions, clients
or other venues.

Priority and matching
- Price, then displayed before hidden, then time. External quantity that was displayed at a price when an order joined is ahead of it;
  what came later is behind. Trades are at the resting side's price. (`walk`)
- What is taken of the tape's quote stays taken until the tape changes that side. Depth behind the tape's top is unknown: nothing of it
  is taken. A print first fills orders priced better than it, then passes the queue ahead at its own price, then fills in time; an
  unknown queue lets nothing through. A new quote that reaches a resting order fills it. (`floor`, `half`)
- Amendments: less quantity, or another expiry, keeps the place; another price, more quantity, another display quantity, minimum or
  instruction loses it. Of an iceberg the reserve is reduced first. (`book`)
- Self-match prevention (FIX 2362, 2964): where an order would trade with one of its owner, the incoming order's instruction says whom
  the book cancels, else the resting one's; what is left of a cancelled incoming order never rests. Only an own order that would
  really have traded counts. None in an auction.

Types
- A stop is triggered by a trade at its price, of members or of the tape, never by a quote; a trailing stop follows trades. (`stops`)
- A market order takes until nothing is left; what is left of a market-to-limit order rests at the price of its last fill.
- A peg follows the best displayed price, pegs and conditional orders not counted, and queues anew whenever it moves. (`pegs`)
- An iceberg shows its next slice at the tail of its price. A hidden order stands behind all that is displayed there.
- Minimum quantity: the first execution, which may be against several orders at one moment, has at least it. If what is reachable is
  less, an IOC, FOK or market order is cancelled; another rests, and is passed over by whatever would give it less, until one event
  meets it; then it is an ordinary order and takes what it reaches. All-or-none is the same with the whole quantity, each time.
  Conditional orders are not displayed quantity, block nobody, take no part in auctions, and are looked at again after every event.
- A post-only order that would take is refused; after a trigger, a peg's move or a met minimum it is cancelled.
- IOC and FOK that cannot fill are cancelled, not rejected.

Auctions, the clock, the operator: `Book.call`, `Book.uncross` (price: `auction`), `Book.expire`, `Book.end_of_day`, `busts`.

Cost: an event costs O(log prices) and O(1) per fill, order moved or order passed over; state that serves a whole queue is kept per price
(`orders.Level`).
"""

from oms.core.matching.book import Book
from oms.core.matching.messages import (
    Accepted,
    BookError,
    BookEvent,
    CancelCause,
    Canceled,
    CancelRejected,
    Displayed,
    Expired,
    NewOrder,
    Phase,
    Rejected,
    Replaced,
    Restated,
    Terms,
    TradeBusted,
    TradeCorrected,
    Traded,
    Triggered,
)
from oms.core.matching.state import BookState, BookStates, FillState, RestingState, SideState

__all__ = [
    "Accepted",
    "Book",
    "BookError",
    "BookEvent",
    "BookState",
    "BookStates",
    "CancelCause",
    "CancelRejected",
    "Canceled",
    "Displayed",
    "Expired",
    "FillState",
    "NewOrder",
    "Phase",
    "Rejected",
    "Replaced",
    "RestingState",
    "Restated",
    "SideState",
    "Terms",
    "TradeBusted",
    "TradeCorrected",
    "Traded",
    "Triggered",
]
