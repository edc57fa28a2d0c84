"""Quantities: which fill follows from a venue's CumQty, and what a real trade does to inferred ones. REC-1 to REC-3, REC-5.

    inferring     I grows by c − (R + I), c the CumQty of a status reply: one fill for the whole of what is missing; M := max(M, c)
    a real trade of q, with CumQty c
                  M := max(M, c)
                  it supersedes s = min(I, max(0, R + q + I − M)) of what was inferred, oldest first; q − s of it is new

So while R + I ≤ M held before, R + q + (I − s) ≤ M holds after, or nothing inferred is left; CumQty never falls; and which trade comes
first does not matter, because s depends on sums alone. A correction of a real trade from q to q' moves R and M by q' − q: what the venue
stated before it, it would state so much lower or higher now (`brought_to_now` does that to what was stated before and is told after). Prices: AvgPx of the venue if it gives one, less what we know; else the limit.
It does not know children or reports.
"""

from dataclasses import dataclass, replace

from oms.core.enums import Side
from oms.core.money import INT64_MAX

INFERRED_PREFIX = "inferred:"
"""No venue's ExecID begins so: they have no colon in any venue of ours, and uniqueness is per venue and order anyway."""


@dataclass(frozen=True, slots=True)
class InferredFill:
    """What still stands of an inferred fill."""

    exec_id: str
    qty: int
    px: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What is executed of an order. `cum_qty` = real + inferred; `notional` = Σ price × quantity of both; `venue_cum_qty` is M.

    `priced_qty` of it is in `notional`: less than all where fills are from records that do not state the venue's CumQty (schema 1).
    Those count for nothing here, so that a state from a snapshot of that time equals the one folded from the journal's beginning.
    """

    cum_qty: int
    priced_qty: int
    notional: int
    venue_cum_qty: int
    inferred: tuple[InferredFill, ...] = ()

    @property
    def inferred_qty(self) -> int:
        return sum(fill.qty for fill in self.inferred)


@dataclass(frozen=True, slots=True)
class Superseded:
    """`qty` of `fill` gives way to the real trade."""

    fill: InferredFill
    qty: int


@dataclass(frozen=True, slots=True)
class TakenTrade:
    """A real trade, divided: what it supersedes, and what is new of it."""

    superseded: tuple[Superseded, ...]
    new_qty: int


BOOKABLE_QTY_MAX = 2**52
"""Of one child, in its instrument's quantity scale: far beyond what anybody trades, and so small that a thousand such children add up to what
has 64 bits on the wire, and their value to what has 128."""


def can_be_booked(cum_qty: int, most_qty: int, more_qty: int) -> bool:
    """Whether a child of which so much is executed and may be can have executed `more_qty`. An overfill can; what no record could hold cannot, and
    is a person's to look at: it would stop everything behind it."""
    return cum_qty + more_qty <= min(INT64_MAX, max(2 * most_qty, BOOKABLE_QTY_MAX))


def inferred_exec_id(venue_id: str, child_id: str, from_qty: int, to_qty: int) -> str:
    """The ExecID of the fill that stands for CumQty from `from_qty` to `to_qty`.

    >>> inferred_exec_id("XALP", "alpha/20250106/a.1", 60, 100)
    'inferred:XALP/alpha/20250106/a.1/60-100'
    """
    return f"{INFERRED_PREFIX}{venue_id}/{child_id}/{from_qty}-{to_qty}"


def is_inferred(exec_id: str) -> bool:
    """Whether an execution's name is one of ours: an inferred fill, or what a bust has left of one.

    >>> is_inferred("inferred:XALP/a.1/60-100"), is_inferred("E9>inferred:XALP/a.1/60-100"), is_inferred("E9")
    (True, True, False)
    """
    return INFERRED_PREFIX in exec_id


def superseding_id(exec_id: str, inferred_exec_id: str) -> str:
    """Names the part of a trade that took the place of an inferred fill, among the executions of an order.

    >>> superseding_id("E7", "inferred:XALP/a.1/60-100")
    'E7>inferred:XALP/a.1/60-100'
    """
    return f"{exec_id}>{inferred_exec_id}"


def missing_qty(filled: Filled, venue_cum_qty: int) -> int:
    """What the venue counts beyond our CumQty by its present word; 0 where it counts no more.

    >>> missing_qty(Filled(60, 60, 6000, 60), 100), missing_qty(Filled(60, 60, 6000, 60), 40)
    (40, 0)
    """
    return max(0, venue_cum_qty - filled.cum_qty)


def missing_price(
    filled: Filled, venue_cum_qty: int, venue_notional: int | None, limit: int | None, side: Side
) -> int | None:
    """The price of what is missing: the venue's own Σ price × quantity less ours, rounded against us; else the limit; else None.

    The sum is of no use where the prices of our own fills are not all known. One that gives a price which is not positive, or beyond
    the limit, contradicts itself and is not used either.

    >>> missing_price(Filled(60, 60, 6000, 60), 100, 10_050, 110, Side.BUY), missing_price(Filled(60, 60, 6000, 60), 100, None, 110, Side.BUY)
    (102, 110)
    """
    qty = missing_qty(filled, venue_cum_qty)
    if venue_notional is not None and qty and filled.priced_qty == filled.cum_qty:
        paid = venue_notional - filled.notional
        px = -(-paid // qty) if side is Side.BUY else paid // qty
        if px > 0 and (limit is None or side.sign * (px - limit) <= 0):
            return px
    return limit


def take_trade(filled: Filled, qty: int, venue_cum_qty: int) -> TakenTrade:
    """A real trade of `qty`, with CumQty as the venue stated it after the trade.

    The trade that was missing; one that came after it; one that is both:
    >>> forty = (InferredFill("i", 40, 100),)
    >>> take_trade(Filled(100, 100, 10_000, 100, forty), 40, 100).new_qty
    0
    >>> take_trade(Filled(100, 100, 10_000, 100, forty), 20, 120)
    TakenTrade(superseded=(), new_qty=20)
    >>> take_trade(Filled(100, 100, 10_000, 100, forty), 60, 120).superseded[0].qty
    40
    """
    most = max(filled.venue_cum_qty, venue_cum_qty)
    left = min(filled.inferred_qty, max(0, filled.cum_qty + qty - most))
    new_qty, superseded = qty - left, []
    for fill in filled.inferred:
        if left == 0:
            break
        part = min(left, fill.qty)
        superseded.append(Superseded(fill, part))
        left -= part
    return TakenTrade(tuple(superseded), new_qty)


def with_trade(filled: Filled, qty: int, px: int, venue_cum_qty: int, priced: bool = False) -> Filled:
    """After a fill that counts, real or (`with_inferred`) not. `priced`: whatever the venue counts by now."""
    priced_qty = qty if priced or venue_cum_qty else 0
    return Filled(
        filled.cum_qty + qty,
        filled.priced_qty + priced_qty,
        filled.notional + priced_qty * px,
        max(filled.venue_cum_qty, venue_cum_qty),
        filled.inferred,
    )


def with_inferred(filled: Filled, fill: InferredFill, venue_cum_qty: int) -> Filled:
    after = with_trade(filled, fill.qty, fill.px, venue_cum_qty)
    return replace(after, inferred=(*filled.inferred, fill))


def with_superseded(filled: Filled, exec_id: str, qty: int, px: int, venue_cum_qty: int) -> Filled:
    """`qty` of the inferred fill `exec_id` now has a real price."""
    left: list[InferredFill] = []
    notional = filled.notional
    for fill in filled.inferred:
        if fill.exec_id != exec_id:
            left.append(fill)
            continue
        assert fill.qty >= qty, f"{qty} superseded of {fill.qty} of {exec_id}"
        notional += qty * (px - fill.px)
        if fill.qty > qty:
            left.append(InferredFill(exec_id, fill.qty - qty, fill.px))
    return replace(
        filled, notional=notional, venue_cum_qty=max(filled.venue_cum_qty, venue_cum_qty), inferred=tuple(left)
    )


Corrections = dict[str, tuple[int, int]]
"""ExecID of a correction or bust → (when the venue made it, nanoseconds; by how much it moved the order's CumQty)."""


def brought_to_now(corrections: Corrections, venue_cum_qty: int, transact_ns: int) -> int:
    """A CumQty that the venue stated at `transact_ns`, less what it has taken back since, and more what it has added by corrections.

    >>> brought_to_now({"E9": (50, -40)}, 100, 20), brought_to_now({"E9": (50, -40)}, 100, 60)
    (60, 100)
    """
    return venue_cum_qty + sum(change for made_ns, change in corrections.values() if made_ns > transact_ns)


def with_correction(filled: Filled, old_qty: int, old_px: int, new_qty: int, new_px: int, venue_cum_qty: int) -> Filled:
    """A real trade of `old_qty` at `old_px` is one of `new_qty` at `new_px` (0: none) from here on.

    >>> with_correction(Filled(100, 100, 10_000, 100), 40, 100, 0, 0, 60)
    Filled(cum_qty=60, priced_qty=60, notional=6000, venue_cum_qty=60, inferred=())
    """
    change = new_qty - old_qty
    return replace(
        filled,
        cum_qty=filled.cum_qty + change,
        priced_qty=filled.priced_qty + change,
        notional=filled.notional + new_qty * new_px - old_qty * old_px,
        venue_cum_qty=max(filled.venue_cum_qty + change, venue_cum_qty),
    )


def with_less_inferred(filled: Filled, exec_id: str, new_exec_id: str, new_qty: int) -> Filled:
    """Of the inferred fill `exec_id` only `new_qty` still stands, as `new_exec_id`: what it stood for was never told and is taken back."""
    left, gone, px = [], 0, 0
    for fill in filled.inferred:
        if fill.exec_id != exec_id:
            left.append(fill)
            continue
        gone, px = fill.qty - new_qty, fill.px
        if new_qty:
            left.append(InferredFill(new_exec_id, new_qty, px))
    cum_qty = filled.cum_qty - gone
    return Filled(cum_qty, filled.priced_qty - gone, filled.notional - gone * px, cum_qty, tuple(left))
