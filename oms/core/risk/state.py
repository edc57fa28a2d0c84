"""What risk remembers of one partition: commands seen, orders with their reservations, positions moved, mass cancels under way.

Invariants:
- it changes in `oms.core.risk.evolve` only, by events alone;
- a key (desk, trading date, ClOrdID) is remembered once, with the command that first used it, or as a tombstone;
- remembered are the last TRADING_DATES_MAX trading dates of each desk on which it had an order accepted, and, however old,
  every order still open. Refused and unknown commands never move that window: one desk's wrong date costs no desk a memory;
- of tombstones and cancels dated after a desk's newest order, at most twice CANCELS_AHEAD_KEPT are remembered: nothing else makes them go;
- `reserved` and `open_counts` are the sums over `open_orders`, kept as it changes; a zero is not kept.

It does not know how exposure is computed (`exposure`), nor what an event does (`evolve`).
"""

from bisect import insort
from dataclasses import dataclass, field

from oms.core.canonical import DERIVED
from oms.core.commands import Command, NewOrder, ReplaceOrder
from oms.core.control import Control
from oms.core.enums import LimitScope, Side
from oms.core.reference import Reference
from oms.core.risk.reference_index import ReferenceIndex

TRADING_DATES_MAX = 5
"""A trading week: longer than any retry, short enough that the ids of a busy desk stay in memory."""

CANCELS_AHEAD_KEPT = 1_000
"""Per desk: far more than a desk sends before its first order of a day. A cancel is never refused, so its dates are whatever it says.
Twice as many are let come together before they are cut to this, so that no cancel costs a sort."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The first use of a key. `order_id`: the order meant, "" where none is known. No command: a tombstone left by a cancel."""

    order_id: str
    command: Command | None


@dataclass(slots=True)
class RiskOrder:
    """An accepted order. `terms` are those in force at the router; `pending` is a replacement that it has not settled yet.

    `cl_ord_ids`: (trading date, ClOrdID) of the order and of every replacement accepted for it, in order of acceptance.
    `closed_date`: as in `OrderClosed`, 0 while it is open.
    """

    terms: NewOrder
    cl_ord_ids: tuple[tuple[int, str], ...]
    pending: ReplaceOrder | None = None
    cum_qty: int = 0
    reserved_qty: int = 0
    is_open: bool = True
    exec_ids: set[str] = field(default_factory=set)
    closed_date: int = 0

    @property
    def last_date(self) -> int:
        """The date from which on it is forgotten: of its last ClOrdID, or of its end."""
        return max(self.closed_date, *(date for date, _ in self.cl_ord_ids))


@dataclass(slots=True)
class MassCancelWork:
    """What remains of a mass cancel: orders not yet in a step, and how many steps there were. `venue_id`: only what they have there."""

    order_ids: tuple[str, ...]
    steps_done: int = 0
    venue_id: str = ""


@dataclass(slots=True)
class RiskState:
    """The fold of a partition of `oms.risk`. `moved` has no opening positions: those are read from reference data."""

    partition: int
    reference: Reference = field(default_factory=Reference)
    control: Control = field(default_factory=Control)
    dates: dict[str, tuple[int, ...]] = field(default_factory=dict)
    seen: dict[str, dict[int, dict[str, Seen]]] = field(default_factory=dict)
    open_orders: dict[str, RiskOrder] = field(default_factory=dict)
    closed_orders: dict[str, RiskOrder] = field(default_factory=dict)
    open_cl_ord_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    reserved: dict[tuple[str, str, Side], int] = field(default_factory=dict)
    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    open_counts: dict[tuple[LimitScope, str, str], int] = field(default_factory=dict)
    mass_cancels: dict[int, MassCancelWork] = field(default_factory=dict)
    index_memo: ReferenceIndex | None = field(default=None, compare=False, repr=False, metadata=DERIVED)

    def index(self) -> ReferenceIndex:
        """Reference data arranged for look-up: a cache, made anew when reference data has moved."""
        memo = self.index_memo
        if memo is None or memo.position != self.reference.position:
            memo = self.index_memo = ReferenceIndex.of(self.reference, self.partition)
        return memo

    def order(self, order_id: str) -> RiskOrder | None:
        return self.open_orders.get(order_id) or self.closed_orders.get(order_id)

    def first_use(self, desk_id: str, trading_date: int, cl_ord_id: str) -> Seen | None:
        return self.seen.get(desk_id, {}).get(trading_date, {}).get(cl_ord_id)

    def too_old(self, desk_id: str, trading_date: int) -> bool:
        """Whether commands of that date are forgotten, so that a duplicate could not be told from a first."""
        dates = self.dates.get(desk_id, ())
        return len(dates) == TRADING_DATES_MAX and trading_date < dates[0]


def remember(state: RiskState, desk_id: str, trading_date: int, cl_ord_id: str, first: Seen) -> None:
    """Keep the first use of a key; only a tombstone gives way. What is out of the window would be forgotten at once."""
    if state.too_old(desk_id, trading_date):
        return
    uses = state.seen.setdefault(desk_id, {}).setdefault(trading_date, {})
    known = uses.get(cl_ord_id)
    if known is None or known.command is None:
        uses[cl_ord_id] = first


def bound_ahead(state: RiskState, desk_id: str) -> None:
    """After a cancel: of what cancels left beyond the date of the desk's newest order, the furthest goes first where it is too much.

    By date and ClOrdID, so that it is the same wherever the state is folded or read back.
    """
    dates, by_date = state.dates.get(desk_id, ()), state.seen.get(desk_id, {})
    ahead = [date for date in by_date if not dates or date > dates[-1]]
    if sum(len(by_date[date]) for date in ahead) <= 2 * CANCELS_AHEAD_KEPT:
        return
    left_by_cancels = sorted(
        (date, cl_ord_id)
        for date in ahead
        for cl_ord_id, use in by_date[date].items()
        if not isinstance(use.command, NewOrder | ReplaceOrder)
    )
    for date, cl_ord_id in left_by_cancels[CANCELS_AHEAD_KEPT:]:
        del by_date[date][cl_ord_id]
        if not by_date[date]:
            del by_date[date]


def advance_dates(state: RiskState, desk_id: str, trading_date: int) -> None:
    """An order of this date was accepted: the window takes it in, and what falls out is forgotten."""
    dates = state.dates.get(desk_id, ())
    if trading_date in dates:
        return
    longer = list(dates)
    insort(longer, trading_date)
    state.dates[desk_id] = tuple(longer[-TRADING_DATES_MAX:])
    if len(longer) > TRADING_DATES_MAX:
        forget(state, desk_id)


def forget(state: RiskState, desk_id: str) -> None:
    """Drop what is older than the window, except every key and the record of an order that is open or was dated later since."""
    by_date = state.seen.get(desk_id, {})
    for date in [d for d in by_date if state.too_old(desk_id, d)]:
        uses = by_date[date]
        for cl_ord_id, use in list(uses.items()):
            order = state.order(use.order_id)
            if order is not None and (date, cl_ord_id) in order.cl_ord_ids:
                if order.is_open or not state.too_old(desk_id, order.last_date):
                    continue
                # The closed order's later keys, if any, are of dates just as old and go in this same sweep.
                state.closed_orders.pop(use.order_id, None)
            del uses[cl_ord_id]
        if not uses:
            del by_date[date]
