"""What risk remembers of one partition: commands seen, orders with their reservations, positions moved, mass cancels under way.

Invariants:
- it changes in `oms.core.risk.evolve` only, by events alone;
- a key (desk, trading date, ClOrdID) is remembered once, with the command that first used it, or as a tombstone;
- remembered are the last TRADING_DATES_MAX trading dates of each desk on which it had an order accepted, and, however old,
  every order still open. Refused and unknown commands never move that window: one desk's wrong date costs no desk a memory;
- of tombstones and cancels dated after a desk's newest order, at most twice CANCELS_AHEAD_KEPT are remembered: nothing else makes them go.

It does not know how exposure is computed (`exposure`), nor what an event does (`evolve`).
"""

from bisect import insort
from dataclasses import dataclass, field
from typing import ClassVar

from oms.core.canonical import DERIVED
from oms.core.commands import Command, NewOrder, NewOrderList, ReplaceOrder, order_id_of
from oms.core.control import Control
from oms.core.credit.holder import Credit
from oms.core.enums import HaltScope, LimitScope, OrdType, Side
from oms.core.monitors.alerts import AlertState
from oms.core.reference import Reference
from oms.core.risk.book import Book
from oms.core.risk.ledger import Ledger
from oms.core.risk.reference_index import Holder, ReferenceIndex
from oms.core.risk.trigger_index import TriggerIndex
from oms.core.risk.trips import Counts, Grace, Trip
from oms.core.risk.watch_queue import WatchQueue

TRADING_DATES_MAX = 5
"""A trading week: longer than any retry, short enough that the ids of a busy desk stay in memory."""

CANCELS_AHEAD_KEPT = 1_000
"""Per desk: far more than a desk sends before its first order of a day. A cancel is never refused, so its dates are whatever it says.
Twice as many are let come together before they are cut to this, so that no cancel costs a sort."""


DAY_NS = 86_400 * 1_000_000_000
DAYS_KEPT = 16
"""Days that an unsettled trade is remembered: ten business days and two weekends, and no market of ours settles later."""

TERMS_KEPT = 50_000
"""Accepted orders of which the terms are remembered: at a thousand a second the last 50 s."""

Terms = tuple[str, str, Side, OrdType, int, int]
"""(account, instrument, side, type, quantity, price or 0): what makes an order the same as another."""


@dataclass(slots=True)
class Activity:
    """Messages and executed orders of one day (RTS 9 article 1), and the volume of both in the instrument's quantity scale."""

    day: int = 0
    messages: int = 0
    trades: int = 0
    ordered_qty: int = 0
    traded_qty: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """The first use of a key. `order_id`: the order meant, "" where none is known. No command: a tombstone left by a cancel."""

    order_id: str
    command: Command | None


@dataclass(slots=True)
class RiskOrder:
    """An accepted order. `terms` are those in force at the router; `pending` is a replacement that it has not settled yet.

    `cl_ord_ids`: (trading date, ClOrdID) of the order and of every replacement accepted for it, in order of acceptance.
    `closed_date`: as in `OrderClosed`, 0 while it is open. `venues`: those of its mandates. `worst_px`, `value_px`: the worst price of the
    mandate in force, and the price at which it counts as exposure (negative: the other way round); `pending_px`: both of the pending replacement's. An order accepted before these were kept has
    `value_px` 0: what it trades is counted in positions, and not in money.
    """

    terms: NewOrder
    cl_ord_ids: tuple[tuple[int, str], ...]
    pending: ReplaceOrder | None = None
    cum_qty: int = 0
    reserved_qty: int = 0
    is_open: bool = True
    exec_ids: set[str] = field(default_factory=set)
    closed_date: int = 0
    venues: tuple[str, ...] = ()
    worst_px: int = 0
    value_px: int = 0
    pending_px: tuple[int, int] | None = None

    @property
    def value_price(self) -> int:
        """The price at which it counts as exposure, whichever terms turn out to be in force: its size."""
        pending = abs(self.pending_px[1]) if self.pending_px is not None else 0
        return max(abs(self.value_px or self.terms.price or 0), pending)

    @property
    def directions(self) -> set[int]:
        """1: what is open of it would make long, −1: short. Of an option that falls when its underlying rises a buy makes short."""
        prices = (self.value_px, *(self.pending_px[1:] if self.pending_px is not None else ()))
        return {self.terms.side.sign * (-1 if price < 0 else 1) for price in prices}

    @property
    def worst_price(self) -> int:
        """The furthest that it may trade at, whichever terms turn out to be in force."""
        worst = self.worst_px or self.terms.price or 0
        if self.pending_px is None:
            return worst
        return max(worst, self.pending_px[0]) if self.terms.side.sign > 0 else min(worst, self.pending_px[0])

    @property
    def last_date(self) -> int:
        """The date from which on it is forgotten: of its last ClOrdID, or of its end."""
        return max(self.closed_date, *(date for date, _ in self.cl_ord_ids))


@dataclass(slots=True)
class MassCancelWork:
    """What remains of a mass cancel: orders not yet in a step, and how many steps there were. `venue_id`: only what they have there;
    `venue_ids`: at these, which are a counterparty's."""

    order_ids: tuple[str, ...]
    steps_done: int = 0
    venue_id: str = ""
    venue_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class ProgramWork:
    """What remains of a program: orders not yet judged, how many steps there were, and the ClOrdIDs among the rest that were cancelled."""

    list_id: str
    orders: tuple[NewOrder, ...]
    steps_done: int = 0
    stopped: frozenset[str] = frozenset()


@dataclass(slots=True)
class HoldingWork:
    """What a liquidation has tried of one holding: refusals in a row, and when it may try again (see `LiquidatedHolding`)."""

    tries: int = 0
    next_ns: int = 0
    market_position: int = -1


@dataclass(slots=True)
class LiquidationWork:
    """What remains of a liquidation. `holdings`: (account, instrument) of what is not known to be flat; `orders`: made so far."""

    scope: HaltScope
    scope_id: str
    entered_by: str
    holdings: dict[tuple[str, str], HoldingWork]
    steps_done: int = 0
    orders: int = 0


@dataclass(slots=True)
class CreditWork:
    """Credit ids that may have something due, in the order in which they came, of one index: those not in it have nothing.

    `growing`: whom limits bind of which more is used without an order, and their credit ids. Looked at are those whose result moved, at
    `looked_ns` (wall time) last, and all of them, at `all_ns`, where (position of reference data, day) is not as it was `seen`.
    """

    index: ReferenceIndex
    credit_ids: dict[str, None]
    growing: dict[Holder, tuple[str, ...]] = field(default_factory=dict)
    looked_ns: int = 0
    all_ns: int = 0
    seen: tuple[int, int] = (-1, -1)


@dataclass(slots=True)
class RiskState:
    """The fold of a partition of `oms.risk`. `moved` has no opening positions: those are read from reference data."""

    GONE: ClassVar[tuple[str, ...]] = ("reserved", "open_counts")
    """Sums over `open_orders` that layout 3 kept; the book has them."""

    partition: int
    reference: Reference = field(default_factory=Reference)
    control: Control = field(default_factory=Control)
    dates: dict[str, tuple[int, ...]] = field(default_factory=dict)
    seen: dict[str, dict[int, dict[str, Seen]]] = field(default_factory=dict)
    open_orders: dict[str, RiskOrder] = field(default_factory=dict)
    closed_orders: dict[str, RiskOrder] = field(default_factory=dict)
    open_cl_ord_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    mass_cancels: dict[int, MassCancelWork] = field(default_factory=dict)
    programs: dict[int, ProgramWork] = field(default_factory=dict)
    """By the offset of the record that took them."""
    moved_by: dict[tuple[LimitScope, str, str], int] = field(default_factory=dict)
    """By (TRADER or STRATEGY, name, instrument): signed fills of their orders."""
    ledgers: dict[tuple[str, str], Ledger] = field(default_factory=dict)
    """By (account, instrument)."""
    marks: dict[str, int] = field(default_factory=dict)
    """Instrument → the price at which everyone's holding was valued last; before, the first that a decision or a trade saw."""
    off_mark: set[str] = field(default_factory=set)
    """Instruments of which somebody's holding is valued elsewhere than near that price (`oms.core.risk.marking.has_moved`)."""
    peaks: dict[tuple[LimitScope, str, str], int] = field(default_factory=dict)
    """By (scope, id, currency): the best result of the day, an amount, never below nothing."""
    unsettled: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)
    """By (counterparty, currency): day → value traded, an amount."""
    days: tuple[int, ...] = ()
    """Days (tape time, counted from 1970) on which orders were accepted: the newest DAYS_KEPT, the present one last."""
    activity: dict[tuple[LimitScope, str, str], Activity] = field(default_factory=dict)
    """By (scope, id, instrument)."""
    buckets: dict[tuple[LimitScope, str, str], int] = field(default_factory=dict)
    """By (scope, id, instrument) of a limit of messages: the wall time at which its bucket is full again."""
    windows: dict[str, dict[int, int]] = field(default_factory=dict)
    """By credit id of a limit of messages: how many there were in each slice of the last second (`oms.core.risk.windows`)."""
    rates_refused: dict[str, int] = field(default_factory=dict)
    """By credit id of a limit of messages: the slice in which one was refused last because too little was held."""
    terms_seen: dict[Terms, int] = field(default_factory=dict)
    """Terms → wall time of the newest accepted order of such terms; the oldest first, at most TERMS_KEPT."""
    repeats: dict[str, int] = field(default_factory=dict)
    """Strategy → orders accepted since a person let it go on."""
    liquidations: dict[int, LiquidationWork] = field(default_factory=dict)
    """By the offset of the control record."""
    recalled: dict[str, dict[str, int]] = field(default_factory=dict)
    """Desk → orders that were forgotten and traded since (`oms.core.risk.forgotten`) → their closed date. They are among the closed ones."""
    unbooked: dict[str, int] = field(default_factory=dict)
    """Desk (empty: nobody knows whose) → trades that could not be booked, until a person has seen to them."""
    credits: dict[str, Credit] = field(default_factory=dict)
    """By credit id: what is held of limits that span partitions."""
    alerts: AlertState = field(default_factory=AlertState)
    trips: dict[str, Trip] = field(default_factory=dict)
    """Trigger → its trip in effect."""
    graces: dict[str, Grace] = field(default_factory=dict)
    """Trigger → what its last resume left."""
    counts: dict[str, Counts] = field(default_factory=dict)
    """By trigger of messages."""
    venue_sessions: dict[str, int] = field(default_factory=dict)
    """Session → wall time since which it is down, 0: it is up."""
    index_memo: ReferenceIndex | None = field(default=None, compare=False, repr=False, metadata=DERIVED)
    book_memo: Book | None = field(default=None, compare=False, repr=False, metadata=DERIVED)

    triggers_memo: TriggerIndex | None = field(default=None, compare=False, repr=False, metadata=DERIVED)
    marking_looked_ns: int = field(default=0, compare=False, repr=False, metadata=DERIVED)
    """Wall time at which it was last looked whether what is held is worth something else (`oms.core.risk.marking`)."""
    watch_queue: WatchQueue = field(default_factory=WatchQueue, compare=False, repr=False, metadata=DERIVED)
    """What the monitors look at next (`oms.core.risk.watching`)."""

    liquidations_looked_ns: int = field(default=0, compare=False, repr=False, metadata=DERIVED)
    """Wall time at which nothing could be done for any of them last (`oms.core.risk.liquidating`)."""
    credit_work: CreditWork | None = field(default=None, compare=False, repr=False, metadata=DERIVED)
    """What is to be looked at by `oms.core.risk.spanning`."""

    @property
    def day(self) -> int:
        """The present day, 0 before the first order."""
        return self.days[-1] if self.days else 0

    def begins_day(self, tape_ns: int) -> bool:
        """Whether an order now were the first of a later UTC day: the state has the figures of the day before, which do not count."""
        return bool(self.days) and tape_ns // DAY_NS > self.day

    def index(self) -> ReferenceIndex:
        """Reference data arranged for look-up: a cache, made anew when its structure has changed."""
        memo = self.index_memo
        if memo is None or memo.structure != self.reference.structure or memo.reference is not self.reference:
            memo = self.index_memo = ReferenceIndex.of(self.reference, self.partition)
        return memo

    def book(self) -> Book:
        """Sums over orders and accounts: a cache, made anew when the structure of reference data has changed."""
        memo = self.book_memo
        if memo is None or memo.index is not self.index():
            memo = self.book_memo = Book.of(self)
        return memo

    def triggers(self) -> TriggerIndex:
        """The triggers of automatic halts arranged for look-up: a cache, made anew when the structure of reference data has changed."""
        memo = self.triggers_memo
        if memo is None or memo.structure != self.reference.structure or memo.reference is not self.reference:
            memo = self.triggers_memo = TriggerIndex.of(self.reference, memo)
        return memo

    def credit_of(self, credit_id: str) -> Credit | None:
        """What is held of a limit that is judged by credit here; None of one that is judged as a whole."""
        if not credit_id:
            return None
        spanning = self.index().spanning.limits.get(credit_id)
        known = self.credits.get(credit_id)
        return known or (Credit() if spanning is not None and len(spanning.members) > 1 else None)

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
        if not isinstance(use.command, NewOrder | ReplaceOrder | NewOrderList)
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


def _has_open(state: RiskState, known: NewOrderList) -> bool:
    """Whether an order of the list is open, so that the list can still be cancelled by its name."""
    return any(order_id_of(o.desk_id, o.trading_date, o.cl_ord_id) in state.open_orders for o in known.orders)


def forget(state: RiskState, desk_id: str) -> None:
    """Drop what is older than the window, except every key and the record of an order that is open or was dated later since."""
    by_date, recalled = state.seen.get(desk_id, {}), state.recalled.get(desk_id, {})
    for order_id in [o for o, closed_date in recalled.items() if state.too_old(desk_id, closed_date)]:
        del recalled[order_id], state.closed_orders[order_id]
    for date in [d for d in by_date if state.too_old(desk_id, d)]:
        uses = by_date[date]
        for cl_ord_id, use in list(uses.items()):
            order = state.order(use.order_id)
            if isinstance(use.command, NewOrderList) and _has_open(state, use.command):
                continue
            if order is not None and (date, cl_ord_id) in order.cl_ord_ids:
                if order.is_open or not state.too_old(desk_id, order.last_date):
                    continue
                # The closed order's later keys, if any, are of dates just as old and go in this same sweep.
                state.closed_orders.pop(use.order_id, None)
            del uses[cl_ord_id]
        if not uses:
            del by_date[date]
