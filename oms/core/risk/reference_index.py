"""Reference data arranged for risk's look-ups: limits by whom they bind, accounts by desk, opening positions, listings.

A pure function of the fold of `oms.reference` and the partition; never part of the state, only a cache beside it.
"""

from dataclasses import dataclass

from oms.core.enums import LimitKind, LimitScope
from oms.core.reference import Instrument, Limit, Reference

_QUANTITIES = frozenset({LimitKind.ORDER_QTY, LimitKind.POSITION_QTY})
_AMOUNTS = frozenset({LimitKind.ORDER_NOTIONAL})


@dataclass(frozen=True, slots=True)
class VersionedLimit:
    """A limit and the offset in `oms.reference` that set it."""

    limit: Limit
    version: int


@dataclass(frozen=True, slots=True)
class ReferenceIndex:
    """`position` is that of the fold it was made from. `accounts`: by (scope, id); the firm's are those of this partition's desks."""

    position: int
    limits: dict[tuple[LimitScope, str, str], tuple[VersionedLimit, ...]]
    accounts: dict[tuple[LimitScope, str], tuple[str, ...]]
    openings: dict[tuple[str, str], int]
    listings: dict[str, tuple[str, ...]]

    @staticmethod
    def of(reference: Reference, partition: int) -> "ReferenceIndex":
        limits: dict[tuple[LimitScope, str, str], tuple[VersionedLimit, ...]] = {}
        for limit in reference.limits.values():
            key = (limit.scope, limit.scope_id, limit.instrument_id)
            versioned = VersionedLimit(limit, reference.version("limit", limit.limit_id))
            limits[key] = (*limits.get(key, ()), versioned)
        accounts: dict[tuple[LimitScope, str], tuple[str, ...]] = {}
        openings: dict[tuple[str, str], int] = {}
        for account in reference.accounts.values():
            holders = [(LimitScope.ACCOUNT, account.account_id), (LimitScope.DESK, account.desk_id)]
            desk = reference.desks.get(account.desk_id)
            if desk is not None and desk.partition == partition:
                holders.append((LimitScope.FIRM, ""))
            for holder in holders:
                accounts[holder] = (*accounts.get(holder, ()), account.account_id)
            for opening in account.opening_positions:
                held = (account.account_id, opening.instrument_id)
                openings[held] = openings.get(held, 0) + opening.qty
        return ReferenceIndex(reference.position, limits, accounts, openings, _listings(reference))

    def covering(self, desk_id: str, account_id: str, instrument: Instrument) -> dict[LimitKind, list[VersionedLimit]]:
        """Every limit that covers such an order, by kind.

        A quantity means something at the scale of one instrument only, an amount in one currency only: a limit that does not
        name them right covers nothing (and where no other does, the order is refused as without limit).
        """
        found: dict[LimitKind, list[VersionedLimit]] = {}
        for scope, scope_id in ((LimitScope.FIRM, ""), (LimitScope.DESK, desk_id), (LimitScope.ACCOUNT, account_id)):
            for instrument_id in (instrument.instrument_id, ""):
                for versioned in self.limits.get((scope, scope_id, instrument_id), ()):
                    limit = versioned.limit
                    if limit.kind in _QUANTITIES and not instrument_id:
                        continue
                    if limit.kind in _AMOUNTS and limit.currency != instrument.currency:
                        continue
                    found.setdefault(limit.kind, []).append(versioned)
        return found


def _listings(reference: Reference) -> dict[str, tuple[str, ...]]:
    """Instrument → the venues that list it, in order of their ids."""
    listed: dict[str, list[str]] = {}
    for venue_id in sorted(reference.venues):
        for instrument_id in reference.venues[venue_id].instruments:
            listed.setdefault(instrument_id, []).append(venue_id)
    return {instrument_id: tuple(venues) for instrument_id, venues in listed.items()}
