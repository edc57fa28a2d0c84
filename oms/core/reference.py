"""Reference data as a fold of `oms.reference`: what exists, who may do what, and the limits.

A version IS the offset of the record that set it. A change names the version it replaces (−1: the entity is new) and is
void where another change came first. The fold never looks at anything but the records.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from oms.core.commands import Provenance
from oms.core.enums import DisconnectCause, DropCopyScope, LimitKind, LimitScope, Role, VenueBehaviour, VenueFeature
from oms.core.money import Amount


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
    """Prices count 10**-price_scale of the currency; quantities 10**-qty_scale of a unit. Tick and lot are in those counts."""

    instrument_id: str
    name: str
    currency: str
    price_scale: int
    qty_scale: int
    tick_size: int
    lot_size: int
    calendar_id: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class VenueSession:
    """The one session over which partition `partition` talks to the venue."""

    partition: int
    session_id: str


@dataclass(frozen=True, slots=True)
class Venue:
    """Fees are a taker's: parts per million of the notional, and 10**-8 of the currency per unit. Negative = a rebate.

    `latency_ns` is what the simulated venue waits before it answers. `sessions` has one entry per partition.
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
class Account:
    """`client_id`: whose it is; `clearing_member_id`: who clears it (empty: not said). Drop copies go by them."""

    account_id: str
    desk_id: str
    currency: str
    opening_positions: tuple[OpeningPosition, ...]
    enabled: bool
    client_id: str = ""
    clearing_member_id: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    name: str
    roles: tuple[Role, ...]
    desks: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """`scope_id` names the desk or account (empty for the firm). An empty instrument covers all instruments.

    `value` is in the unit of `kind`; quantities need an instrument, amounts a currency.
    """

    limit_id: str
    kind: LimitKind
    scope: LimitScope
    scope_id: str
    instrument_id: str
    currency: str
    value: Amount


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


Entity = Calendar | Instrument | Venue | Desk | Account | Person | Limit | FixSession


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """One record of `oms.reference`: the entity as it is from now on."""

    entity: Entity
    replaces_version: int
    entered_ns: int
    reason: str
    provenance: Provenance


@dataclass(slots=True)
class Reference:
    """The fold. `versions` has the version of every entity by (kind, id); `position` the next offset to fold."""

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

    def version(self, kind: str, entity_id: str) -> int:
        """The version in force of an entity, −1 where it does not exist."""
        return self.versions.get((kind, entity_id), -1)


def entity_key(entity: Entity) -> tuple[str, str]:
    """(kind, id) of an entity."""
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


def applies(reference: Reference, change: ReferenceChange) -> bool:
    """Whether the change is in force once folded: it replaces the version that is there, and moves no desk to another partition."""
    key = entity_key(change.entity)
    if change.replaces_version != reference.versions.get(key, -1):
        return False
    if isinstance(change.entity, Desk) and change.entity.desk_id in reference.desks:
        return reference.desks[change.entity.desk_id].partition == change.entity.partition
    return True


def fold_reference(reference: Reference, offset: int, change: ReferenceChange) -> bool:
    """Fold one record; returns whether it applied."""
    applied = applies(reference, change)
    if applied:
        kind, entity_id = entity_key(change.entity)
        reference.versions[(kind, entity_id)] = offset
        _table(reference, kind)[entity_id] = change.entity
    reference.position = offset + 1
    return applied


def _table(reference: Reference, kind: str) -> dict[str, Entity]:
    tables: dict[str, dict[str, Entity]] = {
        "calendar": reference.calendars,  # type: ignore[dict-item]
        "instrument": reference.instruments,  # type: ignore[dict-item]
        "venue": reference.venues,  # type: ignore[dict-item]
        "desk": reference.desks,  # type: ignore[dict-item]
        "account": reference.accounts,  # type: ignore[dict-item]
        "person": reference.people,  # type: ignore[dict-item]
        "limit": reference.limits,  # type: ignore[dict-item]
        "fix_session": reference.fix_sessions,  # type: ignore[dict-item]
    }
    return tables[kind]
