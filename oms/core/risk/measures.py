"""Figures of risk's state beside the limits that bind them: positions, the day's losses, drawdown. For the monitors (`watching`).

The state is as it is after what moved it. Every limit of these kinds is measured, whatever the order was checked against: fills that came
late, corrections and marks move figures that nobody was asked about. A limit that is not in force now, or binds one order only, has no
measure. Of holders that have accounts in other partitions it knows this partition's part.
"""

from collections.abc import Iterator

from oms.core.enums import AlertKind, LimitKind, LimitScope
from oms.core.monitors.alerts import Measure
from oms.core.reference import Limit
from oms.core.risk.book import Key, Money
from oms.core.risk.levels import binds
from oms.core.risk.ratio_watch import RATIOS, ratio_of
from oms.core.risk.reference_index import ReferenceIndex, VersionedLimit
from oms.core.risk.state import RiskState
from oms.core.risk.value import converted, rate_of

KINDS: dict[LimitKind, AlertKind] = {
    LimitKind.POSITION_QTY: AlertKind.POSITION,
    LimitKind.DAY_LOSS: AlertKind.DAY_LOSS,
    LimitKind.REALISED_LOSS: AlertKind.REALISED_LOSS,
    LimitKind.DRAWDOWN: AlertKind.DRAWDOWN,
}
ALERT_KINDS = frozenset(KINDS.values())


def limits_by_figure(index: ReferenceIndex, partition: int) -> dict[Key, tuple[VersionedLimit, ...]]:
    """(scope, id, instrument or "" for money) → the limits that bind that figure, of holders that have something in this partition."""
    table: dict[Key, tuple[VersionedLimit, ...]] = {}
    for limits in index.limits.values():
        for versioned in limits:
            limit = versioned.limit
            if limit.kind not in KINDS or not binds(limit.kind, limit.scope):
                continue
            instrument_id = _instrument_of(limit)
            if instrument_id is None or not _is_here(index, partition, limit.scope, limit.scope_id):
                continue
            key = (limit.scope, limit.scope_id, instrument_id)
            table[key] = (*table.get(key, ()), versioned)
    return table


def _instrument_of(limit: Limit) -> str | None:
    """The instrument that a limit of positions counts, "" of money; None: it names none, and counts nothing."""
    if limit.kind is not LimitKind.POSITION_QTY:
        return ""
    return limit.instrument_id or (limit.scope_id if limit.scope is LimitScope.INSTRUMENT else None)


def _is_here(index: ReferenceIndex, partition: int, scope: LimitScope, scope_id: str) -> bool:
    """Whether any of a holder's accounts is of a desk of this partition. Of the others it is not known: their figures are what is here."""
    if scope not in (LimitScope.DESK, LimitScope.ACCOUNT, LimitScope.CLIENT):
        return True
    accounts, desks = index.reference.accounts, index.reference.desks
    owned = (desks.get(accounts[account_id].desk_id) for account_id in index.accounts.get((scope, scope_id), ()))
    return any(desk is not None and desk.partition == partition for desk in owned)


def measures(
    state: RiskState, limits: tuple[VersionedLimit, ...], wall_ns: int, instrument_id: str = ""
) -> Iterator[Measure]:
    """Of those limits that are in force. `instrument_id`: of which the ratios are measured."""
    for versioned in limits:
        if versioned.active(wall_ns, ""):
            is_ratio = versioned.limit.kind in RATIOS
            yield ratio_of(state, versioned, instrument_id) if is_ratio else measure_of(state, versioned)


def measure_of(state: RiskState, versioned: VersionedLimit) -> Measure:
    """Its figure now; None where it cannot be told. `alert_id` is the same whatever the figure is."""
    limit = versioned.limit
    subject = _instrument_of(limit) or limit.currency
    value: int | None
    text = ""
    try:
        value = _value(state, limit, subject)
    except LookupError as missing:
        value, text = None, f"{limit.kind.name} of {limit.scope_id or 'the firm'} cannot be told: {missing.args[0]}"
    return Measure(KINDS[limit.kind], limit.scope, limit.scope_id, subject, value, limit.value, versioned.version, text)


def _value(state: RiskState, limit: Limit, subject: str) -> int:
    if limit.kind is LimitKind.POSITION_QTY:
        return abs(state.book().held(limit.scope, limit.scope_id, subject))
    realised = unrealised = peak = 0
    money_of = state.book().money
    for currency in state.index().currencies:
        money = money_of.get((limit.scope, limit.scope_id, currency))
        best = state.peaks.get((limit.scope, limit.scope_id, currency), 0)
        if money is None:
            if not best:
                continue
            money = Money()
        if currency == limit.currency or not (money.realised or money.unrealised or best):
            rates = (1, 1)
        else:
            rates = _rate(state, currency), _rate(state, limit.currency)
        # A loss is rounded up, a gain down.
        realised -= converted(-money.realised, *rates)
        unrealised -= converted(-money.unrealised, *rates)
        peak += converted(best, *rates)
    match limit.kind:
        case LimitKind.REALISED_LOSS:
            return -realised
        case LimitKind.DRAWDOWN:
            return peak - realised - unrealised
        case _:
            return -realised - unrealised


def _rate(state: RiskState, currency: str) -> int:
    rate = rate_of(state.reference, currency)
    if rate is None:
        raise LookupError(f"no rate of {currency}")
    return rate.rate_e9
