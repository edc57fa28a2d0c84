"""Which limits span partitions, and which partitions each: a pure function of reference data, the same for grantor and holders.

A limit is cut into credit where what it measures adds up over partitions (`KINDS`) and whom it binds can have orders in several:

    exact sums       gross exposure, capital, counterparty exposure: amounts; open orders: a count
    bounded by them  net exposure and credit, and what is long or short of a currency by pairs: of the worse direction. The sum over
                     partitions is never less than the whole, and more where one partition's buys meet another's sales: no partition's use
                     depends on what another holds
    bounded as well  positions in an instrument, of the worse direction: a sale here leaves the position there; losses and drawdown: a gain
                     here pays for no loss there; value at risk, expected shortfall and stress: the model's figure of the whole holder in
                     equal parts, and what each partition's own trades can add (`oms.core.risk.credit_use`)
    within a second  messages: those of the last second, each by the clock of its own partition. Who holds a share may have sent so many within the
                     last second; so at no moment have all of them sent more than the limit within it (`oms.core.risk.windows`)
    not cut          what is about one order (size, notional, collar), about a share of a volume or of a portfolio, about a ratio, and about each
                     strategy for itself; these bind the accounts of each partition for itself. Cash is of one account, and so of one partition

A desk and its accounts are of one partition, so their limits never span. Accounts and desks that are disabled count: they may hold something.
"""

from dataclasses import dataclass, field

from oms.core.enums import LimitKind, LimitScope
from oms.core.reference import Limit, Reference

AMOUNT_KINDS = frozenset(
    {
        LimitKind.GROSS_EXPOSURE,
        LimitKind.NET_EXPOSURE,
        LimitKind.CREDIT,
        LimitKind.CAPITAL,
        LimitKind.COUNTERPARTY_EXPOSURE,
    }
)
LOSSES = frozenset({LimitKind.DAY_LOSS, LimitKind.REALISED_LOSS, LimitKind.DRAWDOWN})
MODELLED = frozenset({LimitKind.VALUE_AT_RISK, LimitKind.EXPECTED_SHORTFALL, LimitKind.STRESS_LOSS})
GROWING = LOSSES | MODELLED
"""What is used of these grows without an order as well: the market moves, and a model computes anew."""

KINDS = AMOUNT_KINDS | GROWING | {LimitKind.OPEN_ORDERS, LimitKind.POSITION_QTY, LimitKind.MESSAGE_RATE}
_HOLDERS = frozenset({LimitScope.FIRM, LimitScope.CLIENT})
_SCOPES: dict[LimitKind, frozenset[LimitScope]] = {
    **dict.fromkeys(GROWING, _HOLDERS),
    LimitKind.POSITION_QTY: _HOLDERS | {LimitScope.TRADER, LimitScope.STRATEGY, LimitScope.INSTRUMENT},
}
"""Whom a limit of a kind binds that can be in several partitions; of the other kinds everyone but ONE_PARTITION."""

_EVERYONE = frozenset(LimitScope)
ONE_PARTITION = frozenset({LimitScope.DESK, LimitScope.ACCOUNT})


@dataclass(frozen=True, slots=True)
class Spanning:
    """A limit of reference data, its version, and the partitions that have desks which it can bind, in order."""

    limit: Limit
    version: int
    members: tuple[int, ...]


def can_span(limit: Limit) -> bool:
    """Whether it is of a kind that adds up, and of whom it binds several partitions can have orders."""
    if limit.kind not in KINDS or limit.scope in ONE_PARTITION or limit.scope not in _SCOPES.get(limit.kind, _EVERYONE):
        return False
    return limit.kind is not LimitKind.POSITION_QTY or bool(instrument_of(limit))


def instrument_of(limit: Limit) -> str:
    """The instrument that a limit of positions counts; "" where it names none, and counts nothing.

    >>> from oms.core.money import Amount
    >>> instrument_of(Limit("p", LimitKind.POSITION_QTY, LimitScope.INSTRUMENT, "IBM", "", "", Amount(1)))
    'IBM'
    """
    return limit.instrument_id or (limit.scope_id if limit.scope is LimitScope.INSTRUMENT else "")


def credit_id_of(limit: Limit) -> str:
    """By what its credit goes: its id, and behind it what it measures and of whom. Amounts that were granted in one unit never count in another,
    should somebody give the id to a limit of another kind.

    >>> from oms.core.money import Amount
    >>> credit_id_of(Limit("firm.credit.USD", LimitKind.CREDIT, LimitScope.FIRM, "", "", "USD", Amount(1)))
    'firm.credit.USD/CREDIT/FIRM///USD'
    """
    kind, scope = limit.kind.name, limit.scope.name
    return "/".join((limit.limit_id, kind, scope, limit.scope_id, limit.instrument_id, limit.currency))


def limit_id_of(credit_id: str) -> str:
    """The limit's own id: what stands before a kind and a scope. It may have slashes itself.

    >>> limit_id_of("firm.credit.USD/CREDIT/FIRM///USD"), limit_id_of("eu/firm/CREDIT/CLIENT/C/1//EUR")
    ('firm.credit.USD', 'eu/firm')
    """
    parts = credit_id.split("/")
    return "/".join(parts[: _kind_at(parts)])


def kind_of(credit_id: str) -> LimitKind:
    """What it measures.

    >>> kind_of("eu/firm/DAY_LOSS/FIRM///USD").name
    'DAY_LOSS'
    """
    parts = credit_id.split("/")
    return LimitKind[parts[_kind_at(parts)]]


def _kind_at(parts: list[str]) -> int:
    return next(
        i for i in range(1, len(parts)) if parts[i] in LimitKind.__members__ and parts[i + 1] in LimitScope.__members__
    )


@dataclass(slots=True)
class SpanningLimits:
    """Limits of these kinds by credit id, of one structure of reference data: a cache beside a state. A limit's former versions are its own
    where they measure the same. `timed`: those of which another version can come into force by the clock."""

    structure: int = -1
    reference: Reference | None = None
    limits: dict[str, Spanning] = field(default_factory=dict)
    timed: tuple[str, ...] = ()

    def members_of(self, credit_id: str) -> int:
        """Over how many partitions a limit is spread, at least this one."""
        spanning = self.limits.get(credit_id)
        return max(1, len(spanning.members)) if spanning is not None else 1

    def is_of(self, reference: Reference) -> bool:
        return self.reference is reference and self.structure == reference.structure

    @staticmethod
    def of(reference: Reference) -> "SpanningLimits":
        found = SpanningLimits(reference.structure, reference)
        everybody = tuple(sorted({desk.partition for desk in reference.desks.values()}))
        clients = _clients(reference)
        for limit_id in sorted(reference.limits):
            formers = [former.limit for former in reference.former_limits.get(limit_id, ())]
            for limit in (reference.limits[limit_id], *formers):
                if limit.removed or not can_span(limit):
                    continue
                members = clients.get(limit.scope_id, ()) if limit.scope is LimitScope.CLIENT else everybody
                spanning = Spanning(limit, reference.version("limit", limit_id), members)
                found.limits.setdefault(credit_id_of(limit), spanning)
        found.timed = tuple(
            credit_id for credit_id, spanning in found.limits.items() if _is_timed(reference, spanning.limit.limit_id)
        )
        return found


def _is_timed(reference: Reference, limit_id: str) -> bool:
    return reference.limits[limit_id].timed or bool(reference.former_limits.get(limit_id))


def _clients(reference: Reference) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for account in reference.accounts.values():
        desk = reference.desks.get(account.desk_id)
        if account.client_id and desk is not None:
            found.setdefault(account.client_id, set()).add(desk.partition)
    return {client_id: tuple(sorted(partitions)) for client_id, partitions in found.items()}


def value_in_force(reference: Reference, credit_id: str, wall_ns: int) -> int:
    """The limit's value at a moment: of the newest version in force that binds every order, where it measures this; else 0. What is in force for
    one order alone is judged in that order's partition, and granted to nobody."""
    limit = _in_force(reference, credit_id, wall_ns)
    return limit.value if limit is not None and not limit.removed and credit_id_of(limit) == credit_id else 0


def is_removed(reference: Reference, credit_id: str, wall_ns: int) -> bool:
    """Whether the limit is removed at a moment: nothing is used of it then, and all of its credit goes back."""
    limit = _in_force(reference, credit_id, wall_ns)
    return limit is not None and limit.removed


def is_lapsed(reference: Reference, credit_id: str, wall_ns: int) -> bool:
    """Whether no version of a limit that there is is in force at a moment: it has ended, or has not begun. Then all is as if it were removed."""
    return _in_force(reference, credit_id, wall_ns) is None


def moves_later(reference: Reference, credit_id: str, wall_ns: int) -> bool:
    """Whether a version of it is to come into force, or to lapse, by the clock."""
    versions = [limit for limit in _versions(reference, credit_id) if not limit.only_order]
    return any(limit.effective_ns > wall_ns or limit.expires_ns > wall_ns for limit in versions)


def removed_at(reference: Reference, credit_id: str, wall_ns: int) -> int:
    """The version by which the limit was removed last, 0: never, or not yet."""
    limit_id = limit_id_of(credit_id)
    version = reference.removals.get(limit_id, 0)
    is_past = version < reference.version("limit", limit_id) or is_removed(reference, credit_id, wall_ns)
    return version if is_past else 0


def _in_force(reference: Reference, credit_id: str, wall_ns: int) -> Limit | None:
    for limit in _versions(reference, credit_id):
        if not limit.only_order and limit.active(wall_ns, ""):
            return limit
    return None


def _versions(reference: Reference, credit_id: str) -> list[Limit]:
    """Those that can be in force, the newest first."""
    limit_id = limit_id_of(credit_id)
    present = reference.limits.get(limit_id)
    formers = [former.limit for former in reference.former_limits.get(limit_id, ())]
    return [*([present] if present is not None else ()), *formers]
