"""What the router journals in `oms.routing`: the life of parent orders, and commands about child orders for execution."""

from dataclasses import dataclass

from oms.core.enums import (
    Algorithm,
    ExecRestatementReason,
    ExecType,
    IntentKind,
    Liquidity,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    TimerKind,
)
from oms.core.halt_trigger_words import VenueSessionChanged
from oms.core.instructions import PLAIN, Instructions
from oms.core.list_events import LegChanged, LegCounted, LegReduced, ListDone, ListOpened
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.retiming_events import RetimingStarted as RetimingStarted
from oms.core.retiming_events import RetimingStep as RetimingStep
from oms.core.risk_events import ControlApplied
from oms.core.trigger_events import ChildReplaced, Repegged, StopMoved, TriggerArmed, Triggered
from oms.core.venue_reasons import CxlRejReason

_NOTHING = Amount(0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One venue as the router saw it. `score` is the net price at scale 14 (`oms.core.money.net_price`).

    `displayed_qty` is all that the venue shows on the side we take; `own_taken_qty` of it is what our own earlier children aim at
    since that quote. `chosen_qty` takes displayed size, `rested_qty` goes to the venue's book to wait (of a directed IOC or FOK that does
    not cross: to come back). `why_not` is empty where the venue was chosen for either. Without a quote: price, sizes and score 0, offset −1.
    """

    venue_id: str
    price: int
    displayed_qty: int
    score: Amount
    market_offset: int
    chosen_qty: int
    why_not: str
    own_taken_qty: int = 0
    rested_qty: int = 0


@dataclass(frozen=True, slots=True)
class RoutingDecision:
    """Why children look as they do. `decision_no` counts within the parent; its children name it.

    `remaining_qty` is what was to be placed; `rested_qty` of it goes to a venue's book to wait, the rest takes displayed liquidity.
    """

    order_id: str
    decision_no: int
    algorithm: Algorithm
    remaining_qty: int
    rested_qty: int
    market_partition: int
    market_position: int
    reference_position: int
    control_position: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class ParentOpened:
    """A mandate taken up. `decision_offset` is the offset of risk's record, `accepted_ns` its tape time: from there validity counts.
    `list_id`: that of the list it came in (empty: none). `reduces_from` is the mandate's.
    """

    order_id: str
    desk_id: str
    account_id: str
    instrument_id: str
    cl_ord_id: str
    trading_date: int
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    algorithm: Algorithm
    order_qty: int
    price: int | None
    venue_id: str
    worst_price: int
    venues: tuple[str, ...]
    venue_max_qty: tuple[int, ...]
    twap_start_ns: int
    twap_end_ns: int
    twap_slices: int
    good_until_ns: int
    decision_offset: int
    trace_id: str
    expires_ns: int = 0
    instructions: Instructions = PLAIN
    trader: str = ""
    strategy: str = ""
    accepted_ns: int = 0
    list_id: str = ""
    reduces_from: int = 0


@dataclass(frozen=True, slots=True)
class ChildNew:
    """A child order for execution. `child_id` = parent id + "." + number; `decision_offset`, `reduces_from`: of the mandate it acts under."""

    order_id: str
    child_id: str
    decision_no: int
    decision_offset: int
    desk_id: str
    account_id: str
    instrument_id: str
    venue_id: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    order_qty: int
    price: int | None
    good_until_ns: int
    trace_id: str
    instructions: Instructions = PLAIN
    trader: str = ""
    strategy: str = ""
    reduces_from: int = 0


@dataclass(frozen=True, slots=True)
class ChildCancel:
    """Ask the venue to cancel a child. `request` counts the child's requests from 1."""

    order_id: str
    child_id: str
    request: int


@dataclass(frozen=True, slots=True)
class ChildReplace:
    """Ask the venue to replace a child's quantity (total) and price. `reduces_from`: of the mandate that replaces."""

    order_id: str
    child_id: str
    request: int
    order_qty: int
    price: int | None
    good_until_ns: int
    instructions: Instructions = PLAIN
    reduces_from: int = 0


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose an order was. It is told with a trade that comes after the order's end: who books it may have forgotten the order."""

    desk_id: str
    account_id: str
    instrument_id: str
    side: Side
    trader: str = ""
    strategy: str = ""


@dataclass(frozen=True, slots=True)
class ParentTraded:
    """A child's fill, applied to the parent. `notional` = Σ price × quantity over all fills, so AvgPx = notional / cum_qty exactly.

    `inferred`: execution's, from the venue's CumQty; `TradeSuperseded` follows when the real trade comes. Of an order that lives for days:
    DayOrderQty, DayCumQty (FIX 424, 425), the day's part of `notional`, and TradeDate (75), the day that this fill counts to; else 0.
    `whose`: only of an order that had ended before; None in records of before.
    """

    order_id: str
    cl_ord_id: str
    child_id: str
    venue_id: str
    exec_id: str
    last_qty: int
    last_px: int
    liquidity: Liquidity
    cum_qty: int
    leaves_qty: int
    notional: Amount
    ord_status: OrdStatus
    transact_ns: int
    inferred: bool = False
    day_order_qty: int = 0
    day_cum_qty: int = 0
    day_notional: Amount = _NOTHING
    trade_date: int = 0
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class ParentChanged:
    """Any other change of the parent, as the desk is told of it (FIX ExecutionReport or OrderCancelReject).

    `cl_ord_id` / `orig_cl_ord_id` are the request's and the accepted order's. `reason` is None unless something was refused or ended
    by the system. `cancel_rejected` marks an OrderCancelReject: the order goes on as before. `restatement` is why it is RESTATED (FIX 378),
    `cxl_rej_reason` why a venue refused the request (FIX 102).
    Day quantities as in `ParentTraded`.
    """

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    order_qty: int
    price: int | None
    cum_qty: int
    leaves_qty: int
    notional: Amount
    cancel_rejected: bool
    reason: Reason | None
    text: str
    day_order_qty: int = 0
    day_cum_qty: int = 0
    day_notional: Amount = _NOTHING
    restatement: ExecRestatementReason | None = None
    cxl_rej_reason: CxlRejReason | None = None


@dataclass(frozen=True, slots=True)
class ChildClosed:
    """The router knows a child's end: no more of it is open at the venue. `reason` is None where it was filled or cancelled as asked.

    `part_of_cancel`: its order is being cancelled, and what it leaves is gone for good.
    """

    order_id: str
    child_id: str
    ord_status: OrdStatus
    cum_qty: int
    reason: Reason | None
    part_of_cancel: bool = False


@dataclass(frozen=True, slots=True)
class TimerSet:
    """A journaled timer of a parent; it fires at `due_ns` (tape time) or later, once."""

    order_id: str
    kind: TimerKind
    number: int
    due_ns: int


@dataclass(frozen=True, slots=True)
class TimerDone:
    """The timer fired, or is no longer wanted."""

    order_id: str
    kind: TimerKind
    number: int


@dataclass(frozen=True, slots=True)
class SliceDone:
    """A TWAP slice was worked (or skipped: then `reason` says why and its quantity moves to the slices that remain).

    `number` counts what was worked or skipped, catch-up slices included; `planned_qty` is the schedule's for this moment.
    """

    order_id: str
    number: int
    planned_qty: int
    sent_qty: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class ReplaceApplied:
    """The parent works under its replacement from here on (or the replacement was refused: then it works as before)."""

    order_id: str
    cl_ord_id: str
    applied: bool
    order_qty: int
    price: int | None


@dataclass(frozen=True, slots=True)
class ParentCancelStarted:
    """Everything open of the parent is being cancelled; nothing new is placed for it. `cl_ord_id` is the cancel's (empty: a mass cancel).

    `reason` is None where a person asked; else why the system ends the order. `must_end`: it is carried to its end, whoever refuses it.
    """

    order_id: str
    cl_ord_id: str
    reason: Reason | None = None
    must_end: bool = False


@dataclass(frozen=True, slots=True)
class ParentReplaceStarted:
    """The parent is to work under these terms; until `ReplaceApplied` it works, and is reported, under the old ones."""

    order_id: str
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
class TradeSuperseded:
    """A real trade took the place of `last_qty` of an inferred one: quantities stay, `notional` is with the real price from here on.
    `whose` as in `ParentTraded`."""

    order_id: str
    cl_ord_id: str
    child_id: str
    venue_id: str
    exec_id: str
    inferred_exec_id: str
    last_qty: int
    last_px: int
    inferred_px: int
    liquidity: Liquidity
    cum_qty: int
    leaves_qty: int
    notional: Amount
    ord_status: OrdStatus
    transact_ns: int
    day_order_qty: int = 0
    day_cum_qty: int = 0
    day_notional: Amount = _NOTHING
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class DayChanged:
    """A trading day began for an order that lives for days, or is over for it (`closed`). Tape time.

    With a beginning its day quantities count anew; a fill made before `start_ns` is of an earlier day. While it is closed nothing new
    is placed for it. `trading_date` 0, closed: the order came between two days.
    """

    order_id: str
    trading_date: int
    start_ns: int
    closed: bool


@dataclass(frozen=True, slots=True)
class TradeCorrected:
    """A fill of the parent has other figures (TRADE_CORRECT), or never was (TRADE_CANCEL): execution's `FillCorrected`, applied.

    `cum_qty`, `leaves_qty`, `notional` and `ord_status` are those after it. An order that was FILLED and lost quantity by it is shown as
    PARTIALLY_FILLED (or NEW) with that LeavesQty here; it is not worked again, so that a `ParentChanged` in the same record ends it.
    `whose` as in `ParentTraded`.
    """

    order_id: str
    cl_ord_id: str
    child_id: str
    venue_id: str
    exec_type: ExecType
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    liquidity: Liquidity
    cum_qty: int
    leaves_qty: int
    notional: Amount
    ord_status: OrdStatus
    transact_ns: int
    text: str
    day_order_qty: int = 0
    day_cum_qty: int = 0
    day_notional: Amount = _NOTHING
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class VenueWithdrawn:
    """A mass cancel takes the parent off a venue: these open children there are being cancelled, and no other goes there any more.

    Without children it had none there, and nothing changes.
    """

    order_id: str
    venue_id: str
    child_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChildRequestRefused:
    """The venue refused for good what we asked of a child, and it goes on as it was: the last of the cancels that we try in a row, or a replace.

    `text` is the venue's own.
    """

    order_id: str
    child_id: str
    kind: IntentKind
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class ParentCancelRefused:
    """The cancel `cl_ord_id` that a desk asked for is refused (FIX OrderCancelReject): no child is being cancelled any more, and the order
    goes on as before. What is armed again for it is in the same record."""

    order_id: str
    cl_ord_id: str
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class ForgottenTraded:
    """Execution told of a trade of a child that the router has forgotten, of a correction or bust of it, or of a real trade in the place of an
    inferred one (`supersedes`): nothing changes here, and risk books it or tells a person. Figures as in `TradeCorrected`; of a fill the
    old ones are 0 and there is no `exec_ref_id`."""

    order_id: str
    child_id: str
    venue_id: str
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    liquidity: Liquidity
    transact_ns: int
    inferred: bool
    supersedes: bool


RoutingEvent = (
    ParentOpened
    | RoutingDecision
    | ChildNew
    | ChildCancel
    | ChildReplace
    | ParentTraded
    | ParentChanged
    | ChildClosed
    | TimerSet
    | TimerDone
    | SliceDone
    | ReplaceApplied
    | ParentCancelStarted
    | ControlApplied
    | ParentReplaceStarted
    | TradeSuperseded
    | ListOpened
    | LegChanged
    | LegReduced
    | LegCounted
    | ListDone
    | TradeCorrected
    | TriggerArmed
    | Triggered
    | StopMoved
    | Repegged
    | ChildReplaced
    | VenueWithdrawn
    | ChildRequestRefused
    | ParentCancelRefused
    | DayChanged
    | RetimingStarted
    | RetimingStep
    | VenueSessionChanged
    | ForgottenTraded
)
