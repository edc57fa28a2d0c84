"""What risk journals in `oms.risk`. Every event says all that `evolve` and every reader downstream need: nothing is looked up later."""

from dataclasses import dataclass

from oms.core.commands import CancelOrder, CancelOrderList, MassCancelOrders, NewOrder, NewOrderList, ReplaceOrder
from oms.core.credit.events import CreditReleased, CreditTaken, CreditWanted, RecallNoted, UseNoted
from oms.core.enums import Algorithm, HaltAction, HaltScope, Liquidity, Side
from oms.core.halt_trigger_words import ChildRefused, VenueSessionChanged
from oms.core.halt_triggers import HaltTriggerKind
from oms.core.liquidation_events import LiquidationDone, LiquidationStarted, LiquidationStep
from oms.core.money import Amount
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason


@dataclass(frozen=True, slots=True)
class EvidenceInput:
    """A piece of reference data that a decision rested on beside limits: its kind, id and version (offset in `oms.reference`, −1: there is
    none), and how old it was in nanoseconds of tape time."""

    kind: str
    entity_id: str
    version: int
    age_ns: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a decision was judged with. The columns run in parallel: one entry for each check evaluated, the failing one last.

    `limit_versions` are offsets in `oms.reference` (−1: the check has no limit). The unit of a threshold and its values is the check's.
    `reference_price` and its age (nanoseconds of tape time) are None where the checks did not come that far.
    `wall_ns`, `tape_ns`: when it was judged (0 in records of before); `inputs`: risk factors and exchange rates that it rested on.
    """

    reference_position: int
    control_position: int
    market_partition: int
    market_position: int
    reference_price: int | None
    reference_age_ns: int | None
    checks: tuple[int, ...]
    limit_versions: tuple[int, ...]
    thresholds: tuple[Amount, ...]
    before: tuple[Amount, ...]
    after: tuple[Amount, ...]
    wall_ns: int = 0
    tape_ns: int = 0
    inputs: tuple[EvidenceInput, ...] = ()


@dataclass(frozen=True, slots=True)
class Mandate:
    """What the router may do for an order and no more. A market order's worst price is its collar bound.

    `venues` and `venue_max_qty` run in parallel. `expires_ns` is tape time, 0 = with the order. `reduces_from`: judged as what only reduces,
    knowing every control record before this offset; 0: not judged so (`oms.core.halts`).
    """

    order_qty: int
    worst_price: int
    venues: tuple[str, ...]
    venue_max_qty: tuple[int, ...]
    algorithm: Algorithm
    expires_ns: int
    reduces_from: int = 0


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """`value_px`: the price at which what is open of it counts as exposure (0 in records of before: the mandate's worst). Negative of an
    option with a negative delta: a buy of it makes short."""

    order_id: str
    order: NewOrder
    mandate: Mandate
    evidence: Evidence
    value_px: int = 0


@dataclass(frozen=True, slots=True)
class OrderRejected:
    """`order` as asked. `order_id` is that of the *original* where the ClOrdID is a duplicate, whose state is untouched."""

    order_id: str
    order: NewOrder
    reason: Reason
    text: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class CancelAccepted:
    """`wall_ns`: when it was judged (0 in records of before)."""

    order_id: str
    cancel: CancelOrder
    wall_ns: int = 0


@dataclass(frozen=True, slots=True)
class CancelRejected:
    """UNKNOWN_ORDER leaves a tombstone: a New with that ClOrdID that arrives later is refused. `wall_ns` as in `CancelAccepted`."""

    order_id: str
    cancel: CancelOrder
    reason: Reason
    text: str
    wall_ns: int = 0


@dataclass(frozen=True, slots=True)
class ReplaceAccepted:
    """`order_id` is the chain's. The mandate replaces the one before; its quantity is the total. `value_px` as in `OrderAccepted`."""

    order_id: str
    replace: ReplaceOrder
    mandate: Mandate
    evidence: Evidence
    value_px: int = 0


@dataclass(frozen=True, slots=True)
class ReplaceRejected:
    order_id: str
    replace: ReplaceOrder
    reason: Reason
    text: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class MassCancelStarted:
    """Every open order it covers is to be cancelled; `matched` of them were open when it was read. Steps follow.

    It names what it covers and not each order, so that its size has a bound; the state knows which are open.
    `mass_cancel` is None where a control record (halt with cancel, cancel scope) at `control_offset` asked for it: then `scope` is set.
    At a `control_offset` of −1 it was an automatic halt of this partition (`HaltTriggerTripped`).
    `filter`: scope and what narrows it as one; None in records of before, where a venue covers only what was sent DIRECT to it.
    """

    mass_cancel: MassCancelOrders | None
    control_offset: int
    scope: HaltScope | None
    scope_id: str
    matched: int
    filter: OrderFilter | None = None


@dataclass(frozen=True, slots=True)
class MassCancelStep:
    """These orders are now to be cancelled by the router. `remaining` = 0 ends the mass cancel.

    With a `venue_id` a smart order among them is only taken off that venue; with `venue_ids` off each of these, which are a counterparty's.
    """

    started_seq: int
    order_ids: tuple[str, ...]
    remaining: int
    venue_id: str = ""
    venue_ids: tuple[str, ...] = ()

    @property
    def venues(self) -> tuple[str, ...]:
        """Those that orders are taken off; none: they end."""
        return self.venue_ids or ((self.venue_id,) if self.venue_id else ())


@dataclass(frozen=True, slots=True)
class ControlApplied:
    """This partition has applied the control record at `control_offset`."""

    control_offset: int


@dataclass(frozen=True, slots=True)
class ReferenceApplied:
    """From this record on the partition judges by version `version` (offset in `oms.reference`) of an entity that binds or allows trading.

    Once for each version that came into force and each partition; of what flows (`oms.core.risk_reference.FLOWING`) none.
    """

    kind: str
    entity_id: str
    version: int


@dataclass(frozen=True, slots=True)
class ExposureMoved:
    """A fill booked: `last_qty` moved from reserved to position in one event. `position_qty` and `reserved_qty` are the values after it.

    `exec_id` is the venue's id, "/", and its ExecID. `liquidity` is None in records from before it was kept.
    `inferred`: the fill follows from a venue's CumQty; `ExposureRepriced` follows when the real trade comes.
    """

    order_id: str
    account_id: str
    instrument_id: str
    exec_id: str
    last_qty: int
    last_px: int
    signed_qty: int
    position_qty: int
    reserved_qty: int
    liquidity: Liquidity | None = None
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class OrderClosed:
    """The router confirmed the parent terminal: what was still reserved is released, the ClOrdIDs stay remembered.

    `closed_date`: the newest trading date of the desk's orders then. An order that lived for days is remembered from its end, not from
    its beginning: its late fills come then.
    """

    order_id: str
    released_qty: int
    closed_date: int = 0


@dataclass(frozen=True, slots=True)
class ReplaceSettled:
    """The router applied (or refused) a replacement: the reservation is that of `order_qty` alone again."""

    order_id: str
    cl_ord_id: str
    applied: bool
    order_qty: int


@dataclass(frozen=True, slots=True)
class ExposureRepriced:
    """A real trade took the place of `last_qty` of an inferred fill: position and reservation stay, what it cost changes.

    ExecIDs as in `ExposureMoved`; `signed_qty` is that of the fill.
    """

    order_id: str
    account_id: str
    instrument_id: str
    exec_id: str
    inferred_exec_id: str
    last_qty: int
    last_px: int
    inferred_px: int
    signed_qty: int
    liquidity: Liquidity


@dataclass(frozen=True, slots=True)
class ListAccepted:
    """A list was taken (FIX ListStatus, ListOrderStatus 2). Contingent: `OrderAccepted` of each of its orders follow in this record.

    A program: its orders are judged one by one in the steps that follow, in records of their own.
    """

    list_id: str
    order_list: NewOrderList


@dataclass(frozen=True, slots=True)
class ListRejected:
    """Nothing of the list was accepted (ListOrderStatus 7), and none of its ClOrdIDs is used up but the list's own.

    `order_cl_ord_id`: the order at fault, with the evidence of its judgement; empty: the list itself. `list_id` is the list's own.
    """

    list_id: str
    order_list: NewOrderList
    order_cl_ord_id: str
    reason: Reason
    text: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ListStep:
    """Orders of a program were judged: those of this record. `remaining` = 0: all of them are."""

    started_seq: int
    list_id: str
    remaining: int


@dataclass(frozen=True, slots=True)
class ListCancelAccepted:
    """Every open order of the list is to be cancelled (steps follow, as of a mass cancel), and what waits to be judged is refused.

    `matched`: both together.
    """

    list_id: str
    cancel: CancelOrderList
    matched: int


@dataclass(frozen=True, slots=True)
class ListCancelRejected:
    """UNKNOWN_ORDER leaves a tombstone: a list with that ListID that arrives later is refused."""

    list_id: str
    cancel: CancelOrderList
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class OrderReduced:
    """The router took from the order what another of its list executed: it is of `order_qty` from here on, and reserves so much less."""

    order_id: str
    order_qty: int


@dataclass(frozen=True, slots=True)
class ExposureCorrected:
    """A venue corrected or cancelled a fill that is booked: position and, while the order is open, its reservation move with it.

    ExecIDs as in `ExposureMoved`. `signed_qty` is the change of the position: `side` × (`new_qty` − `old_qty`). What is so is booked whatever
    limits say; `text` names a limit that the position is beyond after it, empty where there is none.
    """

    order_id: str
    account_id: str
    instrument_id: str
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    signed_qty: int
    position_qty: int
    reserved_qty: int
    liquidity: Liquidity
    text: str
    side: Side


@dataclass(frozen=True, slots=True)
class RepeatsForgiven:
    """A person let a strategy go on (the control record at `control_offset` resumed it): its repeated executions count from nothing.

    An empty strategy: all of them, as the whole firm was resumed.
    """

    strategy: str
    control_offset: int


@dataclass(frozen=True, slots=True)
class HoldingMark:
    """A price that the market showed of an instrument, at its scale. `value_px`: of an option its delta's part of the underlying, signed as
    the delta is; 0: not known, what it was stays."""

    instrument_id: str
    price: int
    value_px: int = 0


@dataclass(frozen=True, slots=True)
class HoldingsMarked:
    """What is held of these instruments is worth something else: results and exposures are counted at these prices from here on."""

    marks: tuple[HoldingMark, ...]


@dataclass(frozen=True, slots=True)
class HaltTriggerTripped:
    """An automatic halt: from this event on `scope` is halted in this partition with `action`, until a resume of exactly that scope.

    `trigger_version`: offset in `oms.reference`. `figure` in the unit of the threshold, None: it could not be evaluated, for what `text` says;
    `inputs`: what it rested on. `at_ns`: tape time, `wall_ns`: wall time. `control_position`: what risk had read of `oms.control`: a resume
    from there on came after the trip. The `Halt` that spreads it names the trip by partition and the offset of this record.
    """

    trigger_id: str
    trigger_version: int
    kind: HaltTriggerKind
    scope: HaltScope
    scope_id: str
    action: HaltAction
    cancel_open: bool
    figure: Amount | None
    threshold: Amount
    inputs: tuple[EvidenceInput, ...]
    at_ns: int
    wall_ns: int
    control_position: int
    text: str


@dataclass(frozen=True, slots=True)
class HaltTriggerRearmed:
    """A person resumed the scope of a trip (the control record at `control_offset`): it is over, and the trigger armed again.

    Until `grace_until_ns` (wall) it is measured against `figure`, what it was at the resume (None: not known), and a tenth of its threshold.
    """

    trigger_id: str
    trigger_version: int
    control_offset: int
    figure: Amount | None
    grace_until_ns: int


@dataclass(frozen=True, slots=True)
class OrderRecalled:
    """A trade came of an order that risk has forgotten (or never knew): it is known again, as one that has ended, and the trade is booked.

    What was asked with it is not known any more. `venue_id`: where it traded; `closed_date` as in `OrderClosed`. `text`: for a person.
    """

    order_id: str
    desk_id: str
    account_id: str
    instrument_id: str
    side: Side
    trader: str
    strategy: str
    venue_id: str
    closed_date: int
    text: str


@dataclass(frozen=True, slots=True)
class TradeUnbooked:
    """The router told of a trade, correction or bust that cannot be booked: of an order that nobody here knows, and the record does not say
    whose it was (records of before do not), or with figures that do not fit. `text` says which.

    The positions of `desk_id` (empty: it is not known whose; of all) are not what they should be until a person has seen to it, and its
    new orders are refused (TRADES_UNBOOKED) until its resume. Figures as in `ExposureCorrected`; of a fill the old ones are 0.
    """

    order_id: str
    desk_id: str
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    text: str


@dataclass(frozen=True, slots=True)
class UnbookedSettled:
    """A person has seen to what could not be booked, and lets the desk go on (the control record at `control_offset` resumed it). An empty
    desk: all of them, as the whole firm was resumed."""

    desk_id: str
    control_offset: int


RiskEvent = (
    OrderAccepted
    | OrderRejected
    | CancelAccepted
    | CancelRejected
    | ReplaceAccepted
    | ReplaceRejected
    | MassCancelStarted
    | MassCancelStep
    | ControlApplied
    | ReferenceApplied
    | ExposureMoved
    | OrderClosed
    | ReplaceSettled
    | ExposureRepriced
    | ListAccepted
    | ListRejected
    | ListStep
    | ListCancelAccepted
    | ListCancelRejected
    | OrderReduced
    | ExposureCorrected
    | RepeatsForgiven
    | HoldingsMarked
    | HaltTriggerTripped
    | HaltTriggerRearmed
    | VenueSessionChanged
    | ChildRefused
    | LiquidationStarted
    | LiquidationStep
    | LiquidationDone
    | OrderRecalled
    | TradeUnbooked
    | UnbookedSettled
    | CreditWanted
    | CreditTaken
    | RecallNoted
    | UseNoted
    | CreditReleased
    | AlertRaised
    | AlertCleared
)
