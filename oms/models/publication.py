"""Which factors are needed, of whom, and the changes of reference data that publish them.

What no limit asks for is not computed. Factors of holders are of whom the limits name; of whom nobody holds a limit, nothing is said.
A change names the version that it replaces: of two processes that publish the same, the first counts and the other's is void.

Same reference data, bars and books: same changes. It does not know when to publish, nor how a record is appended.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from oms.core.commands import Provenance
from oms.core.enums import LimitScope
from oms.core.governance import ChangeBasis
from oms.core.reference import (
    Account,
    Entity,
    Instrument,
    Reference,
    ReferenceChange,
    entity_key,
    standing_limits,
)
from oms.core.risk.levels import HOLDER_FACTORS, INSTRUMENT_FACTORS
from oms.core.risk_reference import InstrumentFactors
from oms.models.bars import Series
from oms.models.factors import MODEL, TERMS, FactorTerms, Holder, Past, holder_factors, instrument_factors
from oms.models.stress import MILLION, STANDARD_SCENARIOS, Scenario

KINDS = HOLDER_FACTORS | INSTRUMENT_FACTORS
"""Limits that are held against factors."""

ORDERS_MAX = 5_000
"""Newest orders of a partition that sizes are taken from: a week of a desk's, and bounded work once a minute."""


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as it was sent, with a price of its own."""

    desk_id: str
    account_id: str
    trader: str
    strategy: str
    instrument_id: str
    price: int
    qty: int


@dataclass(frozen=True, slots=True)
class Book:
    """What the owner of a risk partition has: positions by (account, instrument), signed; the newest orders, oldest first."""

    partition: int
    positions: Mapping[tuple[str, str], int]
    orders: Sequence[PastOrder]


def needs(reference: Reference) -> bool:
    """Whether any limit rests on factors."""
    return any(limit.kind in KINDS for limit in standing_limits(reference))


def pasts_of(
    reference: Reference, series: Mapping[str, Series], now_ns: int, terms: FactorTerms = TERMS
) -> dict[str, Past]:
    """Of every instrument that is known and has traded."""
    found = {}
    for instrument_id in sorted(series):
        instrument = reference.instruments.get(instrument_id)
        calendar = reference.calendars.get(instrument.calendar_id) if instrument is not None else None
        if instrument is not None and calendar is not None and series[instrument_id].bars:
            found[instrument_id] = Past.of(instrument, series[instrument_id], calendar, now_ns, terms)
    return found


def figures_of(
    pasts: Mapping[str, Past],
    now_ns: int,
    scenarios: Sequence[Scenario] = STANDARD_SCENARIOS,
    terms: FactorTerms = TERMS,
) -> dict[str, InstrumentFactors]:
    found = {i: instrument_factors(past, now_ns, scenarios, terms) for i, past in pasts.items()}
    return {i: figures for i, figures in found.items() if figures is not None}


def holders_of(reference: Reference, books: Sequence[Book], partitions: int) -> tuple[Holder, ...]:
    """Whom limits name and whose partitions' books are all here; in the order of scope and id.

    The currency is that of the holder's first limit that has one, by id.
    """
    currencies: dict[tuple[LimitScope, str], str] = {}
    for limit in sorted(standing_limits(reference), key=lambda limit: limit.limit_id):
        if limit.kind in HOLDER_FACTORS:
            key = (limit.scope, limit.scope_id)
            currencies[key] = currencies.get(key) or limit.currency
    rates = {currency: rate.rate_e9 for currency, rate in list(reference.fx_rates.items())}
    here = {book.partition for book in books}
    made = []
    for (scope, scope_id), currency in sorted(currencies.items()):
        accounts = _accounts(reference, scope, scope_id)
        if not _partitions(reference, scope, scope_id, accounts, partitions) <= here:
            continue
        named = currency or next((a.currency for a in accounts), "")
        holder = Holder(scope, scope_id, named, _positions(books, accounts), (), rates)
        made.append(Holder(scope, scope_id, named, holder.positions, _order_values(reference, books, holder), rates))
    return tuple(made)


def _accounts(reference: Reference, scope: LimitScope, scope_id: str) -> tuple[Account, ...]:
    """Whose positions are the holder's; none of a trader or a strategy, whose limits are about orders."""
    accounts = sorted(reference.accounts.values(), key=lambda account: account.account_id)
    match scope:
        case LimitScope.FIRM:
            return tuple(accounts)
        case LimitScope.DESK:
            return tuple(a for a in accounts if a.desk_id == scope_id)
        case LimitScope.ACCOUNT:
            return tuple(a for a in accounts if a.account_id == scope_id)
        case LimitScope.CLIENT:
            return tuple(a for a in accounts if a.client_id == scope_id)
        case _:
            return ()


def _partitions(
    reference: Reference, scope: LimitScope, scope_id: str, accounts: Sequence[Account], partitions: int
) -> set[int]:
    if scope in (LimitScope.FIRM, LimitScope.TRADER, LimitScope.STRATEGY):
        return set(range(partitions))
    desks = {scope_id} if scope is LimitScope.DESK else {account.desk_id for account in accounts}
    return {reference.desks[desk].partition for desk in desks if desk in reference.desks}


def _positions(books: Sequence[Book], accounts: Sequence[Account]) -> dict[str, int]:
    mine = {account.account_id for account in accounts}
    held: dict[str, int] = {}
    for book in books:
        for (account_id, instrument_id), qty in book.positions.items():
            if account_id in mine:
                held[instrument_id] = held.get(instrument_id, 0) + qty
    return held


def _order_values(reference: Reference, books: Sequence[Book], holder: Holder) -> tuple[Fraction, ...]:
    """Values of the holder's own past orders in its currency; those that cannot be valued count as never sent."""
    values = []
    for order in (order for book in books for order in book.orders):
        instrument = reference.instruments.get(order.instrument_id)
        if instrument is None or order.price <= 0 or not _is_of(reference, holder, order):
            continue
        try:
            values.append(_value(instrument, order) * holder.rate(instrument.currency))
        except ValueError:
            continue
    return tuple(values)


def _is_of(reference: Reference, holder: Holder, order: PastOrder) -> bool:
    account = reference.accounts.get(order.account_id)
    names = {
        LimitScope.FIRM: "",
        LimitScope.DESK: order.desk_id,
        LimitScope.ACCOUNT: order.account_id,
        LimitScope.CLIENT: account.client_id if account is not None else "",
        LimitScope.TRADER: order.trader,
        LimitScope.STRATEGY: order.strategy,
    }
    return names.get(holder.scope) == holder.scope_id


def _value(instrument: Instrument, order: PastOrder) -> Fraction:
    scale = 10 ** (instrument.price_scale + instrument.qty_scale)
    return Fraction(order.price * order.qty, scale) * Fraction(instrument.multiplier_ppm or MILLION, MILLION)


def changes(
    reference: Reference,
    pasts: Mapping[str, Past],
    books: Sequence[Book],
    partitions: int,
    now_ns: int,
    entered_ns: int,
    mine: Collection[str],
    scenarios: Sequence[Scenario] = STANDARD_SCENARIOS,
    terms: FactorTerms = TERMS,
) -> list[ReferenceChange]:
    """What is to be appended: instruments by id, those of `mine`, then holders. `now_ns`: tape time up to which bars are final.

    `pasts` are of `mine` and of what the books hold: nothing else is computed.
    """
    figures = figures_of(pasts, now_ns, scenarios, terms)
    entities: list[Entity] = [f for i, f in figures.items() if i in mine]
    for holder in holders_of(reference, books, partitions):
        found = holder_factors(holder, pasts, figures, scenarios, now_ns, terms)
        if found is not None:
            entities.append(found)
    return [_change(reference, entity, entered_ns) for entity in entities]


def _change(reference: Reference, entity: Entity, entered_ns: int) -> ReferenceChange:
    version = reference.version(*entity_key(entity))
    return ReferenceChange(entity, version, entered_ns, f"computed by {MODEL}", MODEL_PROVENANCE, ChangeBasis.SERVICE)


MODEL_PROVENANCE = Provenance("risk", MODEL, "model", "", "")
"""Who entered it: no person."""
