"""Reference data as a fold of `oms.reference`: what exists, who may do what, and the limits.

A version IS the offset of the record that set it. A change names the version it replaces (−1: the entity is new) and is
void where another change came first. The fold never looks at anything but the records.
"""

from dataclasses import dataclass, field

from oms.core.accounts import Account as Account
from oms.core.accounts import CashBalance as CashBalance
from oms.core.accounts import OpeningPosition as OpeningPosition
from oms.core.accounts import Person as Person
from oms.core.calendars import Calendar as Calendar
from oms.core.calendars import Interval as Interval
from oms.core.commands import Provenance
from oms.core.enums import AssetClass, Role, VenueBehaviour, VenueFeature
from oms.core.fix_terms import CancelOnDisconnect as CancelOnDisconnect
from oms.core.fix_terms import FixSession as FixSession
from oms.core.governance import ChangeBasis, loosens, proposal_objection, same_person
from oms.core.halt_triggers import HaltTrigger
from oms.core.limits import FormerLimit as FormerLimit
from oms.core.limits import Limit as Limit
from oms.core.limits import LimitApproval as LimitApproval
from oms.core.limits import LimitProposal as LimitProposal
from oms.core.limits import ProposalWithdrawal as ProposalWithdrawal
from oms.core.risk_reference import (
    FLOWING,
    GOVERNED_KINDS,
    PROPOSAL_KINDS,
    ChangeApproval,
    ChangeProposal,
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
from oms.core.session_hours import SessionHours as SessionHours


@dataclass(frozen=True, slots=True)
class Instrument:
    """Prices count 10**-price_scale of the currency; quantities 10**-qty_scale of a unit. Tick and lot are in those counts.

    What a unit is worth is price × `multiplier_ppm` / 10**6 (0: as 10**6): a future on 50 of something has 50 × 10**6, a bond whose price is in
    percent of par 10**4. An OPTION's value is its delta's part of `underlying_id` (see `oms.core.risk.value`). `settlement_currency`: in
    which it is paid, empty: `currency`. `locate_required`: sales are marked short, and short sales located (SEC Regulation SHO).
    `base_currency`: of FX_SPOT, what is bought (EUR of EURUSD, quoted in `currency`); a unit is one of it.
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
    base_currency: str = ""

    @property
    def unit(self) -> tuple[str, int, int, int, str, str]:
        """What a price and a quantity of it mean, in every record there is."""
        multiplier_ppm = self.multiplier_ppm or 10**6
        return (
            self.currency,
            self.price_scale,
            self.qty_scale,
            multiplier_ppm,
            self.base_currency,
            self.underlying_id,
        )


@dataclass(frozen=True, slots=True)
class VenueSession:
    """The one session over which partition `partition` talks to the venue. `drop_copy_id`: the session over which the venue tells every
    execution of that one's orders once more; empty: it does not. `reset_ns`: wall time at which a person asked for the numbers of both sides to
    begin anew; 0: nobody did."""

    partition: int
    session_id: str
    drop_copy_id: str = ""
    reset_ns: int = 0


@dataclass(frozen=True, slots=True)
class MessageThrottle:
    """What a venue takes on one session: at most `messages` about orders in any `window_ms`; `reserve` of them are kept for cancels."""

    messages: int
    window_ms: int
    reserve: int


@dataclass(frozen=True, slots=True)
class Venue:
    """Fees are a taker's: parts per million of the notional, and 10**-8 of the currency per unit. Negative = a rebate.

    `latency_ns` is what the simulated venue waits before it answers. `sessions` has one entry per partition.
    `hours`: when its sessions are logged on, None: always; with `resets_daily` the numbers of both sides begin anew when one of these begins.
    `counterparties`: who owes us what is traded there until it is settled: its operator, our broker, our clearing member.
    `throttle` None: it takes whatever comes.
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
    throttle: MessageThrottle | None = None
    hours: SessionHours | None = None
    resets_daily: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """The unit of order and exposure; its partition never changes."""

    desk_id: str
    name: str
    partition: int
    enabled: bool


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
    | ChangeProposal
    | ChangeApproval
    | HaltTrigger
    | ProposalWithdrawal
)


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """One record of `oms.reference`: the entity as it is from now on. `basis`: None in records of before (see `oms.core.governance`)."""

    entity: Entity
    replaces_version: int
    entered_ns: int
    reason: str
    provenance: Provenance
    basis: ChangeBasis | None = None


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
    """Limits that two people have set once: from then on nobody changes them alone, by the rules of before either."""
    former_limits: dict[str, tuple[FormerLimit, ...]] = field(default_factory=dict)
    """Limit → what it replaced, the newest first: the first of them that is in force binds while the present one is not."""
    change_proposals: dict[str, ChangeProposal] = field(default_factory=dict)
    change_approvals: dict[str, ChangeApproval] = field(default_factory=dict)
    loading: bool = False
    """The first loading has begun, and not ended: by its last record, or by a person who proposes, approves or sets by the rules."""
    ruled: bool = False
    """A record that names its basis was folded: from here on the rules of `oms.core.governance` bind every record."""
    proposal_withdrawals: dict[str, ProposalWithdrawal] = field(default_factory=dict)
    removals: dict[str, int] = field(default_factory=dict)
    """Limit → the version by which it was removed last."""

    @property
    def bootstrap_open(self) -> bool:
        """Whether a change may be a part of the first loading: nobody has set anything that binds or allows trading, or it goes on."""
        there = (
            self.limits,
            self.counterparties,
            self.trading_lists,
            self.trading_permissions,
            self.locates,
            self.fx_rates,
            self.halt_triggers,
        )
        return self.loading or not any(there)

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
        case ChangeProposal():
            return "change_proposal", entity.proposal_id
        case ChangeApproval():
            return "change_approval", entity.proposal_id
        case ProposalWithdrawal():
            return "proposal_withdrawal", entity.proposal_id


def standing_limits(reference: Reference) -> list[Limit]:
    """Every limit that is, was until something that is not always in force, or will be; none that only says that another is removed."""
    formers = [former.limit for formers in list(reference.former_limits.values()) for former in formers]
    return [limit for limit in (*list(reference.limits.values()), *formers) if not limit.removed]


def changed_key(reference: Reference, change: ReferenceChange) -> tuple[str, str]:
    """(kind, id) of what a folded change sets: of an approval what was proposed."""
    match change.entity:
        case LimitApproval(proposal_id=proposal_id) if proposal_id in reference.limit_proposals:
            return "limit", reference.limit_proposals[proposal_id].limit.limit_id
        case ChangeApproval(proposal_id=proposal_id) if proposal_id in reference.change_proposals:
            return risk_entity_key(reference.change_proposals[proposal_id].entity)
        case entity:
            return entity_key(entity)


def applies(reference: Reference, change: ReferenceChange) -> bool:
    """Whether the change is in force once folded: it replaces the version that is there, moves no desk to another partition, and who sets
    it may."""
    entity, key = change.entity, entity_key(change.entity)
    if change.replaces_version != reference.versions.get(key, -1):
        return False
    if isinstance(entity, Desk) and entity.desk_id in reference.desks:
        return reference.desks[entity.desk_id].partition == entity.partition
    return objection(reference, change) == ""


def objection(reference: Reference, change: ReferenceChange) -> str:
    """Why who sets it may not; "" where nothing is against it. Records of before are under the rules of before, until the first of now."""
    entity, basis = change.entity, change.basis
    ruled = basis is not None or reference.ruled
    if isinstance(entity, LimitApproval | ChangeApproval):
        return approvable(reference, entity, change.provenance.entered_by, change.entered_ns if ruled else None)
    if isinstance(entity, ProposalWithdrawal):
        return withdrawable(reference, entity, change.provenance.entered_by)
    kind, entity_id = entity_key(entity)
    if not ruled:
        return (
            f"limit {entity_id} is changed by two people" if entity_id in reference.governed and kind == "limit" else ""
        )
    if isinstance(entity, LimitProposal | ChangeProposal):
        if same_person(change.provenance.entered_by, ""):
            return f"proposal {entity_id} is nobody's: then anybody would be another person"
        others: object = reference.change_proposals if kind == "limit_proposal" else reference.limit_proposals
        if entity_id in others:  # type: ignore[operator]
            return f"there is a proposal {entity_id} of something else: give this one another name"
        known = reference.limits.get(entity.limit.limit_id) if isinstance(entity, LimitProposal) else None
        return proposal_objection(entity, change.replaces_version, known)
    if basis is ChangeBasis.BOOTSTRAP or basis is ChangeBasis.BOOTSTRAP_ENDS:
        return "" if reference.bootstrap_open else "the first loading is over"
    if isinstance(entity, Instrument | Account):
        return _lasting(reference, entity)
    if kind not in GOVERNED_KINDS:
        return ""
    if basis is ChangeBasis.SERVICE:
        return "" if kind in FLOWING else f"a service publishes rates and factors, no {kind}"
    if isinstance(entity, Limit):
        return f"limit {entity_id} is changed by two people"
    before: object = table_of(reference, kind).get(entity_id)
    why = loosens(before, entity, reference.trading_permissions.values())  # type: ignore[arg-type]
    return f"{kind} {entity_id} is changed by two people: {why}" if why else ""


def _lasting(reference: Reference, entity: Instrument | Account) -> str:
    """What nobody changes: under every order, position and limit there would be something else."""
    if isinstance(entity, Account):
        known = reference.accounts.get(entity.account_id)
        before = reference.desks.get(known.desk_id) if known is not None else None
        after = reference.desks.get(entity.desk_id)
        if before is None or (after is not None and after.partition == before.partition):
            return ""
        return f"what account {entity.account_id} holds is in partition {before.partition}: no desk of another one can have it"
    was = reference.instruments.get(entity.instrument_id)
    if was is not None and was.locate_required and not entity.locate_required:
        return f"short sales of instrument {entity.instrument_id} are located: a locate lets an account sell short"
    if was is None or (was.unit == entity.unit and was.asset_class in (None, entity.asset_class)):
        return ""
    return (
        f"scales, currencies, multiplier, underlying and asset class of instrument {entity.instrument_id} are what is held and limited: "
        "give the new one another name"
    )


def approvable(
    reference: Reference, approval: LimitApproval | ChangeApproval, person: str, wall_ns: int | None = None
) -> str:
    """Why a person cannot approve it; "" where nothing is against it. `wall_ns` None: by the rules of before."""
    proposal: LimitProposal | ChangeProposal | None
    if isinstance(approval, LimitApproval):
        kind, proposal = "limit_proposal", reference.limit_proposals.get(approval.proposal_id)
    else:
        kind, proposal = "change_proposal", reference.change_proposals.get(approval.proposal_id)
    if proposal is None:
        return f"there is no proposal {approval.proposal_id}"
    if reference.version(kind, approval.proposal_id) != approval.proposal_version:
        return f"proposal {approval.proposal_id} has changed"
    proposer = reference.proposers[approval.proposal_id]
    if approval.proposal_id in reference.proposal_withdrawals:
        return f"{proposer} has withdrawn proposal {approval.proposal_id}: propose anew"
    if wall_ns is not None and 0 < proposal.valid_until_ns <= wall_ns:
        ago_s = (wall_ns - proposal.valid_until_ns) // 10**9
        return f"proposal {approval.proposal_id} has lapsed {ago_s} s ago: propose anew"
    if not person or person == proposer or (wall_ns is not None and same_person(person, proposer)):
        others = [p for p in officers(reference) if not same_person(p, proposer)]
        who = f" ({' or '.join(others[:OTHERS_NAMED_MAX])})" if others else ""
        return f"{proposer} proposed it: another person has to approve it{who}"
    wanted = proposal.limit if isinstance(proposal, LimitProposal) else proposal.entity
    version = proposal.limit_version if isinstance(proposal, LimitProposal) else proposal.replaces_version
    if reference.version(*entity_key(wanted)) != version:
        return f"{' '.join(entity_key(wanted))} has changed since it was proposed"
    if wall_ns is not None and isinstance(wanted, Limit) and 0 < wanted.expires_ns <= wall_ns:
        return f"what it proposes of limit {wanted.limit_id} has ended: propose anew"
    return ""


def withdrawable(reference: Reference, withdrawal: ProposalWithdrawal, person: str) -> str:
    """Why a person cannot take a proposal back; "" where nothing is against it. Whoever else is against a proposal does not approve it."""
    proposal_id = withdrawal.proposal_id
    known = max(reference.version("limit_proposal", proposal_id), reference.version("change_proposal", proposal_id))
    if known == -1:
        return f"there is no proposal {proposal_id}"
    if known != withdrawal.proposal_version:
        return f"proposal {proposal_id} has changed"
    if not same_person(person, reference.proposers[proposal_id]):
        return f"{reference.proposers[proposal_id]} proposed it, and nobody else withdraws it: it lapses if nobody approves it"
    if proposal_id in reference.proposal_withdrawals:
        return f"proposal {proposal_id} is withdrawn already"
    if proposal_id in reference.limit_approvals or proposal_id in reference.change_approvals:
        return f"proposal {proposal_id} is approved: propose what was before"
    return ""


OTHERS_NAMED_MAX = 5
"""People named in a text: an example is enough."""


def officers(reference: Reference) -> list[str]:
    """Ids of the people who may approve, sorted. COMPLIANCE changes nothing."""
    people = reference.people.values()
    roles = {person.person_id: set(person.roles) for person in people if person.enabled}
    return sorted(p for p, has in roles.items() if Role.RISK_OFFICER in has and Role.COMPLIANCE not in has)


def fold_reference(reference: Reference, offset: int, change: ReferenceChange) -> bool:
    """Fold one record; returns whether it applied."""
    applied = applies(reference, change)
    if applied:
        entity = change.entity
        kind, entity_id = entity_key(entity)
        if isinstance(entity, Limit):
            _replace_limit(reference, offset, entity, change.entered_ns)
        _set(reference, offset, entity)
        if isinstance(entity, LimitProposal | ChangeProposal):
            reference.proposers[entity_id] = change.provenance.entered_by
        elif isinstance(entity, LimitApproval):
            limit = reference.limit_proposals[entity_id].limit
            _replace_limit(reference, offset, limit, change.entered_ns)
            reference.governed.add(limit.limit_id)
        elif isinstance(entity, ChangeApproval):
            _set(reference, offset, reference.change_proposals[entity_id].entity)
        if kind not in FLOWING:
            reference.structure = offset + 1
    if change.basis is not None:
        reference.ruled = True
        if change.basis is ChangeBasis.BOOTSTRAP:
            reference.loading |= applied
        elif change.basis is ChangeBasis.BOOTSTRAP_ENDS or _by_the_rules(change):
            reference.loading = False
    reference.position = offset + 1
    return applied


def _by_the_rules(change: ReferenceChange) -> bool:
    """Whether a person works by the rules for two: from then on nobody says that the first loading, left open, goes on."""
    kind = entity_key(change.entity)[0]
    return change.basis is ChangeBasis.PERSON and kind in GOVERNED_KINDS | PROPOSAL_KINDS


def _set(reference: Reference, offset: int, entity: Entity) -> None:
    kind, entity_id = entity_key(entity)
    reference.versions[(kind, entity_id)] = offset
    table_of(reference, kind)[entity_id] = entity


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
    if limit.removed:
        reference.removals[limit_id] = offset


_OTHER_PLURALS = {
    "person": "people",
    "counterparty": "counterparties",
    "instrument_factors": "instrument_factors",
    "holder_factors": "holder_factors",
}
_ORDER = """
calendar instrument venue desk account person limit client counterparty trading_list trading_permission locate fx_rate instrument_factors
holder_factors limit_proposal limit_approval change_proposal change_approval fix_session halt_trigger proposal_withdrawal
"""
_TABLES = {kind: _OTHER_PLURALS.get(kind, f"{kind}s") for kind in _ORDER.split()}

KINDS = tuple(_TABLES)
"""Every kind of entity, in the order in which they are shown."""


def table_of(reference: Reference, kind: str) -> dict[str, Entity]:
    """The entities in force of a kind, by id. KeyError for a kind that there is not."""
    table: dict[str, Entity] = getattr(reference, _TABLES[kind])
    return table
