"""Reference data as a fold of `oms.reference`: what exists, who may do what, and the limits.

A version IS the offset of the record that set it. A change names the version it replaces (−1: the entity is new) and is
void where another change came first. The fold never looks at anything but the records.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from oms.core.commands import Provenance
from oms.core.enums import (
    AssetClass,
    DisconnectCause,
    DropCopyScope,
    LimitKind,
    LimitScope,
    Role,
    VenueBehaviour,
    VenueFeature,
)
from oms.core.halt_triggers import HaltTrigger
from oms.core.money import Amount
from oms.core.risk_reference import (
    FLOWING,
    Client,
    Counterparty,
    FxRate,
    HolderFactors,
    InstrumentFactors,
    Locate,
    RiskEntity,
    TradingList,
    TradingPermission,
    risk_entity_key,
)


@dataclass(frozen=True, slots=True)
class Interval:
    """A part of a trading day without a break, UTC nanoseconds, end exclusive. `trading_date` is the market's own date, YYYYMMDD.

    `opening_auction_ns`: when the call before the open begins; it is uncrossed at `open_ns`. `closing_auction_ns`: when continuous trading
    gives way to the call before the close; it is uncrossed at `close_ns`. 0: there is no such auction.
    """

    open_ns: int
    close_ns: int
    trading_date: int
    opening_auction_ns: int = 0
    closing_auction_ns: int = 0

    @property
    def start_ns(self) -> int:
        """From here on orders are taken: with the opening call, where there is one."""
        return self.opening_auction_ns or self.open_ns


def _start(interval: Interval) -> int:
    return interval.start_ns


@dataclass(frozen=True, slots=True)
class Calendar:
    """`intervals` are in order and do not overlap; those of one trading date follow each other (a lunch break is between two).

    `time_zone` (IANA name) is the market's: its dates are the local ones. Empty is UTC. What has no intervals has no trading days.
    """

    calendar_id: str
    always_open: bool
    intervals: tuple[Interval, ...]
    time_zone: str = ""

    def is_open(self, now_ns: int) -> bool:
        """Whether orders are taken at a tape time; never at 0, which is no time."""
        if self.always_open:
            return now_ns > 0
        place = bisect_right(self.intervals, now_ns, key=_start)
        return place > 0 and now_ns < self.intervals[place - 1].close_ns


@dataclass(frozen=True, slots=True)
class Instrument:
    """Prices count 10**-price_scale of the currency; quantities 10**-qty_scale of a unit. Tick and lot are in those counts.

    What a unit is worth is price × `multiplier_ppm` / 10**6 (0: as 10**6): a future on 50 of something has 50 × 10**6, a bond whose price is in
    percent of par 10**4. An OPTION's value is its delta's part of `underlying_id` (see `oms.core.risk.value`). `settlement_currency`: in
    which it is paid, empty: `currency`. `locate_required`: sales are marked short, and short sales located (SEC Regulation SHO).
    """

    instrument_id: str
    name: str
    currency: str
    price_scale: int
    qty_scale: int
    tick_size: int
    lot_size: int
    calendar_id: str
    enabled: bool
    asset_class: AssetClass | None = None
    multiplier_ppm: int = 0
    settlement_currency: str = ""
    underlying_id: str = ""
    locate_required: bool = False


@dataclass(frozen=True, slots=True)
class VenueSession:
    """The one session over which partition `partition` talks to the venue."""

    partition: int
    session_id: str


@dataclass(frozen=True, slots=True)
class Venue:
    """Fees are a taker's: parts per million of the notional, and 10**-8 of the currency per unit. Negative = a rebate.

    `latency_ns` is what the simulated venue waits before it answers. `sessions` has one entry per partition.
    `counterparties`: who owes us what is traded there until it is settled: its operator, our broker, our clearing member.
    """

    venue_id: str
    number: int
    name: str
    taker_fee_ppm: int
    taker_fee_per_unit_e8: int
    latency_ns: int
    instruments: tuple[str, ...]
    sessions: tuple[VenueSession, ...]
    heartbeat_s: int
    enabled: bool
    features: tuple[VenueFeature, ...] = ()
    behaviours: tuple[VenueBehaviour, ...] = ()
    counterparties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """The unit of order and exposure; its partition never changes."""

    desk_id: str
    name: str
    partition: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class OpeningPosition:
    """`avg_price` is what a unit cost on average, in the instrument's price scale; None: not known, and with it the profit of this part.

    No decision rests on that price: it is for showing profits, and no part of any stage's state.
    """

    instrument_id: str
    qty: int
    avg_price: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CashBalance:
    """What an account has of a currency before anything is traded."""

    currency: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Account:
    """`client_id`: whose it is, empty: the firm's own. `clearing_member_id`: who clears it, empty: not said. Drop copies go by both.
    `settlement_currencies`: in which it can pay; none: in any."""

    account_id: str
    desk_id: str
    currency: str
    opening_positions: tuple[OpeningPosition, ...]
    enabled: bool
    client_id: str = ""
    clearing_member_id: str = ""
    cash: tuple[CashBalance, ...] = ()
    settlement_currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    name: str
    roles: tuple[Role, ...]
    desks: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """`scope_id` names whom it binds (empty for the firm). An empty instrument covers all instruments.

    `value` is in the unit of `kind`; quantities need an instrument, amounts a currency. It is in force from `effective_ns` on and before
    `expires_ns` (wall time; 0: at once, for ever), of `only_order` alone (an order's id; empty: of every order that it covers). Where it is
    not, the one that it replaced is.
    """

    limit_id: str
    kind: LimitKind
    scope: LimitScope
    scope_id: str
    instrument_id: str
    currency: str
    value: Amount
    effective_ns: int = 0
    expires_ns: int = 0
    only_order: str = ""

    @property
    def timed(self) -> bool:
        """Whether the one that it replaced can still be in force."""
        return bool(self.effective_ns or self.expires_ns or self.only_order)

    def active(self, wall_ns: int, order_id: str) -> bool:
        """Whether it is in force for an order at a moment."""
        if self.only_order and self.only_order != order_id:
            return False
        return self.effective_ns <= wall_ns and (not self.expires_ns or wall_ns < self.expires_ns)


@dataclass(frozen=True, slots=True)
class CancelOnDisconnect:
    """After an end by `cause` the session's open orders are cancelled, unless it is back within `grace_ns` of wall time."""

    cause: DisconnectCause
    grace_ns: int


@dataclass(frozen=True, slots=True)
class FixSession:
    """A client's FIX session. `comp_id` is the client's SenderCompID (49), `our_comp_id` the TargetCompID (56) by which it calls us.

    `begin_string` (8): FIX.4.2, FIX.4.4 or FIXT.1.1, the last with `appl_ver_id` (1137, "9": FIX 5.0 SP2). `person_id` has the rights;
    `accounts` narrows them (empty: every account of the desk). `certificate_subject`: the common name that the client's certificate must
    have (empty: none is asked for). `calendar_id`: which trading date a TransactTime (60) belongs to (empty: the UTC day).
    `client_id`: the client, or of a drop copy by clearing member that member.
    `open_s`, `close_s`: seconds of the UTC day between which it may be logged on; equal: always. With `resets_daily` the numbers begin
    anew at `open_s`; with `resets_on_logon` whenever the client asks (141=Y). `heartbeat_s_min`, `_max`: bounds of HeartBtInt (108).
    `cancels`: on which ends of the session its orders are cancelled (rule 38); a cause that is not named cancels nothing.
    `drop_copy`: None for a session that trades; else it only listens.
    """

    session_id: str
    comp_id: str
    our_comp_id: str
    begin_string: str
    appl_ver_id: str
    desk_id: str
    client_id: str
    accounts: tuple[str, ...]
    person_id: str
    certificate_subject: str
    calendar_id: str
    open_s: int
    close_s: int
    resets_daily: bool
    resets_on_logon: bool
    heartbeat_s_min: int
    heartbeat_s_max: int
    cancels: tuple[CancelOnDisconnect, ...]
    drop_copy: DropCopyScope | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class LimitProposal:
    """A limit as a person wants it, in the place of version `limit_version` (−1: it is new). It binds nobody until another approves it."""

    proposal_id: str
    limit: Limit
    limit_version: int


@dataclass(frozen=True, slots=True)
class LimitApproval:
    """A person approves version `proposal_version` of a proposal: void where the same person proposed it, where the proposal has changed, or
    where the limit has."""

    proposal_id: str
    proposal_version: int


Entity = (
    Calendar
    | Instrument
    | Venue
    | Desk
    | Account
    | Person
    | Limit
    | Client
    | Counterparty
    | TradingList
    | TradingPermission
    | Locate
    | FxRate
    | InstrumentFactors
    | HolderFactors
    | LimitProposal
    | LimitApproval
    | FixSession
    | HaltTrigger
)


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """One record of `oms.reference`: the entity as it is from now on."""

    entity: Entity
    replaces_version: int
    entered_ns: int
    reason: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class FormerLimit:
    """A limit that was replaced by one that is not always in force, and its version."""

    limit: Limit
    version: int


@dataclass(slots=True)
class Reference:
    """The fold. `versions` has the version of every entity by (kind, id); `position` the next offset to fold.

    `structure` is the position after the last record that changed more than what flows (`oms.core.risk_reference.FLOWING`).
    """

    position: int = 0
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    venues: dict[str, Venue] = field(default_factory=dict)
    desks: dict[str, Desk] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    limits: dict[str, Limit] = field(default_factory=dict)
    fix_sessions: dict[str, FixSession] = field(default_factory=dict)
    structure: int = field(default=0, compare=False)
    clients: dict[str, Client] = field(default_factory=dict)
    counterparties: dict[str, Counterparty] = field(default_factory=dict)
    trading_lists: dict[str, TradingList] = field(default_factory=dict)
    trading_permissions: dict[str, TradingPermission] = field(default_factory=dict)
    locates: dict[str, Locate] = field(default_factory=dict)
    fx_rates: dict[str, FxRate] = field(default_factory=dict)
    instrument_factors: dict[str, InstrumentFactors] = field(default_factory=dict)
    holder_factors: dict[str, HolderFactors] = field(default_factory=dict)
    halt_triggers: dict[str, HaltTrigger] = field(default_factory=dict)
    limit_proposals: dict[str, LimitProposal] = field(default_factory=dict)
    limit_approvals: dict[str, LimitApproval] = field(default_factory=dict)
    proposers: dict[str, str] = field(default_factory=dict)
    """Proposal → who made the version in force."""
    governed: set[str] = field(default_factory=set)
    """Limits that two people have set once: from then on nobody changes them alone."""
    former_limits: dict[str, tuple[FormerLimit, ...]] = field(default_factory=dict)
    """Limit → what it replaced, the newest first: the first of them that is in force binds while the present one is not."""

    def version(self, kind: str, entity_id: str) -> int:
        """The version in force of an entity, −1 where it does not exist."""
        return self.versions.get((kind, entity_id), -1)


def entity_key(entity: Entity) -> tuple[str, str]:
    """(kind, id) of an entity."""
    if isinstance(entity, RiskEntity):
        return risk_entity_key(entity)
    match entity:
        case Calendar():
            return "calendar", entity.calendar_id
        case Instrument():
            return "instrument", entity.instrument_id
        case Venue():
            return "venue", entity.venue_id
        case Desk():
            return "desk", entity.desk_id
        case Account():
            return "account", entity.account_id
        case Person():
            return "person", entity.person_id
        case Limit():
            return "limit", entity.limit_id
        case FixSession():
            return "fix_session", entity.session_id
        case LimitProposal():
            return "limit_proposal", entity.proposal_id
        case LimitApproval():
            return "limit_approval", entity.proposal_id


def applies(reference: Reference, change: ReferenceChange) -> bool:
    """Whether the change is in force once folded: it replaces the version that is there, moves no desk to another partition, and changes no
    limit alone that two people have set."""
    entity, key = change.entity, entity_key(change.entity)
    if change.replaces_version != reference.versions.get(key, -1):
        return False
    match entity:
        case Desk() if entity.desk_id in reference.desks:
            return reference.desks[entity.desk_id].partition == entity.partition
        case Limit():
            return entity.limit_id not in reference.governed
        case LimitApproval():
            return approvable(reference, entity, change.provenance.entered_by) == ""
        case _:
            return True


def approvable(reference: Reference, approval: LimitApproval, person: str) -> str:
    """Why a person cannot approve it; "" where nothing is against it."""
    proposal = reference.limit_proposals.get(approval.proposal_id)
    if proposal is None:
        return f"there is no proposal {approval.proposal_id}"
    if reference.version("limit_proposal", approval.proposal_id) != approval.proposal_version:
        return f"proposal {approval.proposal_id} has changed"
    proposer = reference.proposers[approval.proposal_id]
    if not person or person == proposer:
        return f"{proposer} proposed it: another person has to approve it"
    if reference.version("limit", proposal.limit.limit_id) != proposal.limit_version:
        return f"limit {proposal.limit.limit_id} has changed since it was proposed"
    return ""


def fold_reference(reference: Reference, offset: int, change: ReferenceChange) -> bool:
    """Fold one record; returns whether it applied."""
    applied = applies(reference, change)
    if applied:
        entity = change.entity
        kind, entity_id = entity_key(entity)
        if isinstance(entity, Limit):
            _replace_limit(reference, offset, entity, change.entered_ns)
        reference.versions[(kind, entity_id)] = offset
        table_of(reference, kind)[entity_id] = entity
        if isinstance(entity, LimitProposal):
            reference.proposers[entity_id] = change.provenance.entered_by
        elif isinstance(entity, LimitApproval):
            limit = reference.limit_proposals[entity_id].limit
            _replace_limit(reference, offset, limit, change.entered_ns)
            reference.governed.add(limit.limit_id)
        if kind not in FLOWING:
            reference.structure = offset + 1
    reference.position = offset + 1
    return applied


def _replace_limit(reference: Reference, offset: int, limit: Limit, now_ns: int) -> None:
    """Set a limit; where it is not always in force, what can be meanwhile stays."""
    limit_id = limit.limit_id
    present = reference.limits.get(limit_id)
    if not limit.timed:
        reference.former_limits.pop(limit_id, None)
    elif present is not None:
        former = FormerLimit(present, reference.version("limit", limit_id))
        kept = [former, *reference.former_limits.get(limit_id, ())] if present.timed else [former]
        reference.former_limits[limit_id] = tuple([f for f in kept if not 0 < f.limit.expires_ns <= now_ns])
    reference.limits[limit_id] = limit
    reference.versions[("limit", limit_id)] = offset


_TABLES = {
    "calendar": "calendars",
    "instrument": "instruments",
    "venue": "venues",
    "desk": "desks",
    "account": "accounts",
    "person": "people",
    "limit": "limits",
    "client": "clients",
    "counterparty": "counterparties",
    "trading_list": "trading_lists",
    "trading_permission": "trading_permissions",
    "locate": "locates",
    "fx_rate": "fx_rates",
    "instrument_factors": "instrument_factors",
    "holder_factors": "holder_factors",
    "limit_proposal": "limit_proposals",
    "limit_approval": "limit_approvals",
    "fix_session": "fix_sessions",
    "halt_trigger": "halt_triggers",
}

KINDS = tuple(_TABLES)
"""Every kind of entity, in the order in which they are shown."""


def table_of(reference: Reference, kind: str) -> dict[str, Entity]:
    """The entities in force of a kind, by id. KeyError for a kind that there is not."""
    table: dict[str, Entity] = getattr(reference, _TABLES[kind])
    return table
