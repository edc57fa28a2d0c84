"""Reference data arranged for risk's look-ups: limits by whom they bind, openings by holder, listings, permissions, lists, locates.

A pure function of the structure of `oms.reference` and the partition; never part of the state, only a cache beside it. What flows (rates,
risk factors) is looked up in the fold itself. `covering` and `holders` remember their answers: desks ask the same all day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oms.core.commands import NewOrder
from oms.core.credit.spans import SpanningLimits, can_span, credit_id_of
from oms.core.dates import day_number
from oms.core.enums import Algorithm, LimitKind, LimitScope, TradingListKind
from oms.core.reference import Calendar, Instrument, Limit, Reference
from oms.core.risk.levels import HOLDERS, QUANTITIES, SAME_CURRENCY, SCOPES
from oms.core.risk_reference import Locate, TradingPermission

ANSWERS_KEPT = 20_000
"""Distinct askers of a day: some hundred accounts on some hundred instruments each. Beyond, all is forgotten and asked again."""

Holder = tuple[LimitScope, str]
Covering = Mapping[LimitKind, tuple["VersionedLimit", ...]]

_POSITION_SCOPES = SCOPES[LimitKind.POSITION_QTY]
_MONEY_SCOPES = frozenset({*HOLDERS, LimitScope.COUNTERPARTY})


@dataclass(frozen=True, slots=True)
class VersionedLimit:
    """A limit and the offset in `oms.reference` that set it. `successors`: what replaced it, none of them always in force.

    `credit_id`: of a limit that can span partitions and binds every order (`oms.core.credit.spans`); empty of the others.
    """

    limit: Limit
    version: int
    successors: tuple[Limit, ...] = ()
    credit_id: str = ""

    def active(self, wall_ns: int, order_id: str) -> bool:
        """Whether it binds an order at a moment: it is in force, and nothing that replaced it is."""
        if not self.limit.active(wall_ns, order_id):
            return False
        return not any(successor.active(wall_ns, order_id) for successor in self.successors)


@dataclass(frozen=True, slots=True)
class Holders:
    """Whom an order belongs to: all of them (open orders are counted for each), those of positions, and those of money."""

    everyone: tuple[Holder, ...]
    positions: tuple[Holder, ...]
    money: tuple[Holder, ...]


@dataclass(slots=True)
class ReferenceIndex:
    """`structure` is that of the fold it was made from. `openings`: by (scope, id, instrument); the firm's are this partition's."""

    structure: int
    reference: Reference
    limits: dict[tuple[LimitScope, str, str], tuple[VersionedLimit, ...]] = field(default_factory=dict)
    accounts: dict[Holder, tuple[str, ...]] = field(default_factory=dict)
    openings: dict[tuple[LimitScope, str, str], int] = field(default_factory=dict)
    listings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    currencies: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    """Currencies that any currency pair is about."""
    permissions: dict[str, tuple[TradingPermission, ...]] = field(default_factory=dict)
    restricted: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    watched: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    locates: dict[tuple[str, str], tuple[Locate, ...]] = field(default_factory=dict)
    spanning: SpanningLimits = field(default_factory=SpanningLimits)
    """Limits that span partitions, or could."""
    timed: bool = False
    """Whether any limit is not always in force."""
    _business: dict[str, tuple[int, ...]] = field(default_factory=dict, compare=False, repr=False)
    _covering: dict[tuple[str, ...], Covering] = field(default_factory=dict, compare=False, repr=False)
    _holders: dict[tuple[str, ...], Holders] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(reference: Reference, partition: int) -> "ReferenceIndex":
        index = ReferenceIndex(reference.structure, reference)
        for limit in reference.limits.values():
            _add_limit(index, VersionedLimit(limit, reference.version("limit", limit.limit_id)))
        for limit_id, formers in reference.former_limits.items():
            successors: tuple[Limit, ...] = (reference.limits[limit_id],)
            for former in formers:
                _add_limit(index, VersionedLimit(former.limit, former.version, successors))
                successors = (*successors, former.limit)
        _add_accounts(index, partition)
        index.listings = _listings(reference)
        pairs = [i for i in reference.instruments.values() if i.base_currency]
        index.pairs = tuple(sorted({i.currency for i in pairs} | {i.base_currency for i in pairs}))
        index.currencies = tuple(sorted({i.currency for i in reference.instruments.values()} | set(index.pairs)))
        index.spanning = SpanningLimits.of(reference)
        _add_permissions(index)
        return index

    def business_days(self, calendar: Calendar) -> tuple[int, ...]:
        """Its trading dates as days counted from 1970, in order; what is no date is none."""
        known = self._business.get(calendar.calendar_id)
        if known is None:
            days = {day_number(interval.trading_date) for interval in calendar.intervals}
            known = self._business[calendar.calendar_id] = tuple(sorted(day for day in days if day is not None))
        return known

    def covering(self, order: NewOrder, instrument: Instrument, venues: tuple[str, ...]) -> Covering:
        """Every limit that covers such an order, by kind, the lowest first.

        A quantity means something at the scale of one instrument only, an order's amount in one currency only: a limit that does not
        name them right covers nothing (and where no other does, an order that needs one is refused as without limit).
        """
        who, venues = order.provenance, venues or self._reach(order)
        key = (order.desk_id, order.account_id, order.instrument_id, who.trader, who.strategy, *venues)
        known = self._covering.get(key)
        if known is None:
            if len(self._covering) >= ANSWERS_KEPT:
                self._covering.clear()
            known = self._covering[key] = self._cover(self.holders(order, venues), instrument)
        return known

    def _cover(self, holders: Holders, instrument: Instrument) -> Covering:
        found: dict[LimitKind, list[VersionedLimit]] = {}
        for scope, scope_id in holders.everyone:
            for instrument_id in (instrument.instrument_id, ""):
                for versioned in self.limits.get((scope, scope_id, instrument_id), ()):
                    limit = versioned.limit
                    if limit.kind in QUANTITIES and not instrument_id and scope is not LimitScope.INSTRUMENT:
                        continue
                    if limit.kind in SAME_CURRENCY and limit.currency != instrument.currency:
                        continue
                    found.setdefault(limit.kind, []).append(versioned)
        return {kind: tuple(sorted(limits, key=lambda v: v.limit.value)) for kind, limits in found.items()}

    def holders(self, order: NewOrder, venues: tuple[str, ...]) -> Holders:
        """Whom an order belongs to that may go to these venues; none named: to every one that lists its instrument."""
        who, venues = order.provenance, venues or self._reach(order)
        key = (order.desk_id, order.account_id, order.instrument_id, who.trader, who.strategy, *venues)
        known = self._holders.get(key)
        if known is None:
            if len(self._holders) >= ANSWERS_KEPT:
                self._holders.clear()
            known = self._holders[key] = self._held_by(order, venues)
        return known

    def _reach(self, order: NewOrder) -> tuple[str, ...]:
        if order.algorithm is Algorithm.DIRECT:
            return (order.venue_id,)
        return self.listings.get(order.instrument_id, ())

    def _held_by(self, order: NewOrder, venues: tuple[str, ...]) -> Holders:
        reference, who = self.reference, order.provenance
        account = reference.accounts.get(order.account_id)
        everyone: list[Holder] = [
            (LimitScope.FIRM, ""),
            (LimitScope.DESK, account.desk_id if account is not None else order.desk_id),
            (LimitScope.ACCOUNT, order.account_id),
        ]
        for scope, name in (
            (LimitScope.CLIENT, account.client_id if account is not None else ""),
            (LimitScope.TRADER, who.trader),
            (LimitScope.STRATEGY, who.strategy),
            (LimitScope.INSTRUMENT, order.instrument_id),
        ):
            if name:
                everyone.append((scope, name))
        counterparties: dict[str, None] = {}
        for venue_id in venues:
            everyone.append((LimitScope.VENUE, venue_id))
            venue = reference.venues.get(venue_id)
            counterparties |= dict.fromkeys(venue.counterparties if venue is not None else ())
        everyone += [(LimitScope.COUNTERPARTY, name) for name in counterparties]
        positions = tuple(holder for holder in everyone if holder[0] in _POSITION_SCOPES)
        return Holders(tuple(everyone), positions, tuple(holder for holder in everyone if holder[0] in _MONEY_SCOPES))

    def owners(self, account_id: str, desk_id: str) -> tuple[Holder, ...]:
        """Whose an account's positions and results are: the firm's, its desk's, its own and its client's."""
        account = self.reference.accounts.get(account_id)
        client_id = account.client_id if account is not None else ""
        owners = ((LimitScope.FIRM, ""), (LimitScope.DESK, desk_id), (LimitScope.ACCOUNT, account_id))
        return (*owners, (LimitScope.CLIENT, client_id)) if client_id else owners


def _add_limit(index: ReferenceIndex, versioned: VersionedLimit) -> None:
    """One that says that a limit is removed binds nobody: it only ends what it replaces."""
    limit = versioned.limit
    index.timed = index.timed or limit.timed
    if limit.removed:
        return
    if can_span(limit) and not limit.only_order:
        versioned = replace(versioned, credit_id=credit_id_of(limit))
    key = (limit.scope, limit.scope_id, limit.instrument_id)
    index.limits[key] = (*index.limits.get(key, ()), versioned)


def in_force(covering: Covering, wall_ns: int, order_id: str) -> Covering:
    """Of limits that cover an order those that bind it at a moment."""
    found = {
        kind: tuple([versioned for versioned in limits if versioned.active(wall_ns, order_id)])
        for kind, limits in covering.items()
    }
    return {kind: limits for kind, limits in found.items() if limits}


def with_others(covering: Covering, others: Covering) -> Covering:
    """What covers an order, and of what would cover it as another's the limits of one order: what that one holds, it does not change."""
    found = dict(covering)
    for kind, limits in others.items():
        if kind not in SCOPES:
            both = dict.fromkeys((*found.get(kind, ()), *limits))
            found[kind] = tuple(sorted(both, key=lambda versioned: versioned.limit.value))
    return found


def account_is_of(reference: Reference, account_id: str, partition: int) -> bool:
    """Whether the account's desk is of the partition: of the others their own partitions tell."""
    desk = reference.desks.get(reference.accounts[account_id].desk_id)
    return desk is not None and desk.partition == partition


def _add_accounts(index: ReferenceIndex, partition: int) -> None:
    reference = index.reference
    for account in reference.accounts.values():
        here = account_is_of(reference, account.account_id, partition)
        owners = [owner for owner in index.owners(account.account_id, account.desk_id) if here or owner[1]]
        for owner in owners:
            index.accounts[owner] = (*index.accounts.get(owner, ()), account.account_id)
        for opening in account.opening_positions:
            instrument_id = opening.instrument_id
            for scope, scope_id in (*owners, *([(LimitScope.INSTRUMENT, instrument_id)] if here else [])):
                key = (scope, scope_id, instrument_id)
                index.openings[key] = index.openings.get(key, 0) + opening.qty


def _add_permissions(index: ReferenceIndex) -> None:
    reference = index.reference
    for permission in reference.trading_permissions.values():
        if permission.enabled:
            index.permissions[permission.trader] = (*index.permissions.get(permission.trader, ()), permission)
    for listed in reference.trading_lists.values():
        table = index.restricted if listed.kind is TradingListKind.RESTRICTED else index.watched
        for instrument_id in listed.instruments if listed.enabled else ():
            table[instrument_id] = (*table.get(instrument_id, ()), listed.desks)
    for locate in reference.locates.values():
        key = (locate.account_id, locate.instrument_id)
        index.locates[key] = (*index.locates.get(key, ()), locate)


def _listings(reference: Reference) -> dict[str, tuple[str, ...]]:
    """Instrument → the venues that list it, in order of their ids."""
    listed: dict[str, list[str]] = {}
    for venue_id in sorted(reference.venues):
        for instrument_id in reference.venues[venue_id].instruments:
            listed.setdefault(instrument_id, []).append(venue_id)
    return {instrument_id: tuple(venues) for instrument_id, venues in listed.items()}
