"""What the router remembers: parents, their children, timers, fills seen, and displayed size our own children aim at.

Invariants:
- for every parent, when a child is made or enlarged: executed + what may still execute ≤ the quantity mandated (INV: within the mandate);
- a parent is terminal only when none of its children is open;
- `queue` and `suspended` follow from the rest; they are kept so that `due` and a resume need no search.

Closed orders stay for late fills until the trading dates of KEPT_TRADING_DATES later ones were seen. It knows no clock and no market.
"""

from dataclasses import dataclass, field

from oms.core.canonical import DERIVED
from oms.core.control import Control
from oms.core.enums import (
    ContingencyType,
    IntentKind,
    LegState,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    TimerKind,
    TriggerKind,
)
from oms.core.instructions import COME_BACK, PLAIN, STOPS, Instructions
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Reference
from oms.core.routing.watch import Watch
from oms.core.routing_events import ParentOpened

KEPT_TRADING_DATES = 5
"""A venue corrects its trades within days; a week of trading covers settlement."""

NOTHING = Amount(0)

QUEUE_SPARE = 64
"""Timers dropped that a nearly empty queue may hold before it is made anew."""

LIVES_FOR_DAYS = frozenset({TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME})
"""GT orders, as FIX calls them."""

TimerKey = tuple[str, TimerKind, int]
"""(order, kind, number)"""

TakenKey = tuple[str, str, int]
"""(venue, instrument, sign of our side)"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a parent is worked under: the mandate and the wish, replaced as a whole. `twap_slices` is 0 where it is no TWAP.

    `accepted_ns`: tape time from which its validity counts.
    """

    cl_ord_id: str
    order_qty: int
    price: int | None
    worst_price: int
    venues: tuple[str, ...]
    venue_max_qty: tuple[int, ...]
    twap_start_ns: int
    twap_end_ns: int
    twap_slices: int
    good_until_ns: int
    expires_ns: int
    decision_offset: int
    instructions: Instructions = PLAIN
    accepted_ns: int = 0
    reduces_from: int = 0


@dataclass(frozen=True, slots=True)
class Taking:
    """Displayed size that one decision aims at: `qty` of the quote at `market_offset`."""

    venue_id: str
    market_offset: int
    qty: int


@dataclass(slots=True)
class Child:
    """`replace_qty` is the total asked of the venue by a replace that is not settled, 0 without one. `cancels` counts our attempts."""

    order_id: str
    child_id: str
    venue_id: str
    ord_type: OrdType
    time_in_force: TimeInForce
    order_qty: int
    price: int | None
    taking: Taking | None
    cum_qty: int = 0
    requests: int = 0
    pending: IntentKind | None = None
    cancels: int = 0
    replace_qty: int = 0
    replace_price: int | None = None
    closed: bool = False

    @property
    def leaves_qty(self) -> int:
        """What may still execute, at worst."""
        return 0 if self.closed else max(0, max(self.order_qty, self.replace_qty) - self.cum_qty)

    @property
    def waits_for_replace(self) -> bool:
        """All of it is executed: only the answer to its replace says whether more of it is open."""
        return self.replace_qty > 0 and self.cum_qty >= self.order_qty

    @property
    def rests(self) -> bool:
        """Whether it waits at its venue. The others (IOC, FOK, market) come back by themselves."""
        if self.ord_type in STOPS:
            return True
        return self.ord_type is not OrdType.MARKET and self.time_in_force not in COME_BACK


@dataclass(frozen=True, slots=True)
class Armed:
    """What an order waits for in the router. `sign` and `venue_id` are the order's (an empty venue: every venue's market counts).

    `price`, `qty`, `offset`, `reference_px`: as in `TriggerArmed`, in force now. `position`: market data below it is old news, all but
    the last trade. `changed_ns`: tape time of the last change, from which pauses count.
    """

    order_id: str
    instrument_id: str
    venue_id: str
    sign: int
    kind: TriggerKind
    price: int
    qty: int
    offset: int
    reference_px: int
    position: int
    changed_ns: int


@dataclass(slots=True)
class Parent:
    """`rounds` counts decisions under the present terms; `seen_position` is the market position of the last one.

    `end_reason` is why the system ends it (None: asked for). `excluded` venues refused a child of it. `traded` is by venue.
    Of an order of a contingent list: where it stands (`leg`), how much of it may be worked (`released_qty`, None: all), and how much of
    what it executed the others know of (`counted_qty`).
    `withdrawn` venues: a mass cancel took it off them, for life.
    `triggered`: its stop was met, it is a market or limit order from then on. `last_px`: of the newest fill of a market-to-limit order, 0
    before the first. `must_end`: the cancel under way is carried to its end, whoever refuses it.
    `trade_date`: the trading day that it is in, 0: none, because it does not live for days or none has begun. `day_closed`: that day is over.
    """

    opened: ParentOpened
    terms: Terms
    status: OrdStatus
    pending_terms: Terms | None = None
    cum_qty: int = 0
    notional: Amount = NOTHING
    cancelling: bool = False
    cancel_cl_ord_id: str = ""
    end_reason: Reason | None = None
    child_count: int = 0
    open_children: tuple[str, ...] = ()
    decision_count: int = 0
    rounds: int = 0
    seen_position: int = -1
    takings: tuple[Taking, ...] = ()
    excluded: tuple[str, ...] = ()
    traded: tuple[tuple[str, int], ...] = ()
    slice_no: int = 0
    timers: tuple[tuple[TimerKind, int], ...] = ()
    withdrawn: tuple[str, ...] = ()
    leg: LegState | None = None
    released_qty: int | None = None
    counted_qty: int = 0
    triggered: bool = False
    last_px: int = 0
    must_end: bool = False
    trade_date: int = 0
    day_start_ns: int = 0
    day_closed: bool = False
    day_cum_qty: int = 0
    day_notional: Amount = NOTHING

    @property
    def order_id(self) -> str:
        return self.opened.order_id

    @property
    def closed(self) -> bool:
        return self.status.is_terminal

    @property
    def side(self) -> Side:
        return self.opened.side

    @property
    def lives_for_days(self) -> bool:
        return self.opened.time_in_force in LIVES_FOR_DAYS

    @property
    def done_for_day(self) -> bool:
        return self.day_closed and self.trade_date > 0

    @property
    def day_order_qty(self) -> int:
        """DayOrderQty (FIX 424): OrderQty less what traded on earlier days; 0 where it has no day."""
        return self.terms.order_qty - self.cum_qty + self.day_cum_qty if self.trade_date else 0

    @property
    def mandated_qty(self) -> int:
        """The bound in force: during a replace the larger of old and new, as risk reserves it."""
        return max(self.terms.order_qty, self.pending_terms.order_qty if self.pending_terms else 0)

    @property
    def held_back(self) -> bool:
        """Whether the list that it came in keeps it from any venue."""
        return self.leg not in (None, LegState.LIVE)

    @property
    def limit_price(self) -> int:
        """No child is priced beyond it."""
        return limit_of(self.terms, self.side)


@dataclass(frozen=True, slots=True)
class Retiming:
    """Open orders whose timers are still to be looked at, because the calendar of version `calendar_version` came into force."""

    calendar_version: int
    order_ids: tuple[str, ...]
    steps_done: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A contingent list that is not done. `order_ids` in the list's order; what changes of them is in the orders themselves."""

    list_id: str
    contingency: ContingencyType
    order_ids: tuple[str, ...]


@dataclass(slots=True)
class RouterState:
    partition: int
    reference: Reference = field(default_factory=Reference)
    control: Control = field(default_factory=Control)
    parents: dict[str, Parent] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    executions: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """(venue, exec id) of every fill booked, by order."""
    taken: dict[TakenKey, Taking] = field(default_factory=dict)
    timers: dict[TimerKey, int] = field(default_factory=dict)
    queue: list[tuple[int, str, TimerKind, int]] = field(default_factory=list, compare=False)
    """A heap of the timers by when they are due. What was dropped stays in it until it comes to the head, or until half of it is such:
    taking it out of a list of a million, one for each order that ends today, would cost a move of the list."""
    suspended: set[str] = field(default_factory=set)
    """TWAPs that missed a slice under a halt."""
    trading_dates: tuple[int, ...] = ()
    """The newest KEPT_TRADING_DATES seen, ascending."""
    closed: dict[int, list[str]] = field(default_factory=dict)
    """Terminal orders by the newest trading date known when they became terminal."""
    groups: dict[str, Group] = field(default_factory=dict)
    """Contingent lists by their id, until every order of them has ended."""
    armed: dict[str, Armed] = field(default_factory=dict)
    """By order: what waits for the market in the router."""
    watch: Watch = field(default_factory=Watch, compare=False, repr=False, metadata=DERIVED)
    """`armed`, arranged so that a look costs what moved."""
    day_executions: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """Of orders that live for days: the fills booked that count to the day they are in."""
    retiming: Retiming | None = None


def limit_of(terms: Terms, side: Side) -> int:
    """The tighter of the order's own price and the mandate's worst."""
    if terms.price is None:
        return terms.worst_price
    return min(terms.price, terms.worst_price) if side is Side.BUY else max(terms.price, terms.worst_price)


def open_leaves(state: RouterState, parent: Parent) -> int:
    """What all open children of a parent may still execute, at worst."""
    return sum(state.children[c].leaves_qty for c in parent.open_children)


def unplaced_qty(state: RouterState, parent: Parent) -> int:
    """What is neither executed nor at a venue, of what may be worked. Negative after an overfill."""
    qty = parent.terms.order_qty
    if parent.released_qty is not None:
        qty = min(qty, parent.released_qty)
    return qty - parent.cum_qty - open_leaves(state, parent)


def displayed_by_pegs(state: RouterState, instrument_id: str, sign: int) -> dict[tuple[str, int], int]:
    """What the children of pegged orders of one direction display, by (venue, price): the market that a peg must not follow."""
    found: dict[tuple[str, int], int] = {}
    for _, book in state.watch.books_of(instrument_id):
        for order_id in book.quoted:
            parent = state.parents[order_id]
            if parent.side.sign != sign or state.armed[order_id].kind is not TriggerKind.PEG:
                continue
            for child in (state.children[c] for c in parent.open_children):
                if child.price is not None:
                    key = (child.venue_id, child.price)
                    found[key] = found.get(key, 0) + child.leaves_qty
    return found
