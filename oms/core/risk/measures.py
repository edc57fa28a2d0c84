"""Figures of risk's state beside the limits that bind them: positions, the day's losses, drawdown. For the monitors (`watching`).

The state is as it is after what moved it. Every limit of these kinds is measured, whatever the order was checked against: fills that came
late, corrections and marks move figures that nobody was asked about. A limit that is not in force now, or binds one order only, has no
measure. Of holders that have accounts in other partitions it measures this partition's position against the credit that is held here, and
losses with what the other partitions have said of theirs (`oms.core.risk.spanning`).
"""

from collections.abc import Iterator

from oms.core.credit.spans import instrument_of
from oms.core.enums import AlertKind, LimitKind, LimitScope
from oms.core.monitors.alerts import Measure
from oms.core.reference import Limit
from oms.core.risk.book import Key, Money
from oms.core.risk.levels import binds
from oms.core.risk.money_limits import loss_of
from oms.core.risk.ratio_watch import RATIOS, ratio_of
from oms.core.risk.reference_index import ReferenceIndex, VersionedLimit, account_is_of
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
            instrument_id = instrument_of(limit) if limit.kind is LimitKind.POSITION_QTY else ""
            if (limit.kind is LimitKind.POSITION_QTY and not instrument_id) or not _is_here(
                index, partition, limit.scope, limit.scope_id
            ):
                continue
            key = (limit.scope, limit.scope_id, instrument_id)
            table[key] = (*table.get(key, ()), versioned)
    return table


def _is_here(index: ReferenceIndex, partition: int, scope: LimitScope, scope_id: str) -> bool:
    """Whether any of a holder's accounts is of a desk of this partition. Of the others it is not known: their figures are what is here."""
    if scope not in (LimitScope.DESK, LimitScope.ACCOUNT, LimitScope.CLIENT):
        return True
    owned = index.accounts.get((scope, scope_id), ())
    return any(account_is_of(index.reference, account_id, partition) for account_id in owned)


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
    subject = instrument_of(limit) if limit.kind is LimitKind.POSITION_QTY else limit.currency
    value: int | None
    text = ""
    try:
        value = _value(state, limit, subject, versioned.credit_id)
    except LookupError as missing:
        value, text = None, f"{limit.kind.name} of {limit.scope_id or 'the firm'} cannot be told: {missing.args[0]}"
    allowed = allowed_here(state, versioned)
    return Measure(KINDS[limit.kind], limit.scope, limit.scope_id, subject, value, allowed, versioned.version, text)


def allowed_here(state: RiskState, versioned: VersionedLimit) -> int:
    """The limit, or of positions in several partitions what is held here: beyond that all of them may be beyond the limit together. Before the
    first grant it is not known how much of it is this partition's."""
    credit = state.credit_of(versioned.credit_id) if versioned.limit.kind is LimitKind.POSITION_QTY else None
    value = versioned.limit.value
    return value if credit is None or not credit.seq else min(value, credit.held)


def _value(state: RiskState, limit: Limit, subject: str, credit_id: str) -> int:
    if limit.kind is LimitKind.POSITION_QTY:
        return abs(state.book().held(limit.scope, limit.scope_id, subject))
    credit = state.credit_of(credit_id)
    return lost_in_all(loss_now(state, limit), credit.others_use if credit is not None else 0)


def lost_in_all(lost: int, others: int) -> int:
    """A loss of a holder in several partitions: what is lost here and what the others have said; a gain here makes nothing of theirs good."""
    return max(0, lost) + others if others else lost


def loss_now(state: RiskState, limit: Limit) -> int:
    """What a limit of losses counts now, in its currency; LookupError where there is no rate."""
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
    return loss_of(limit.kind, realised, unrealised, peak)


def _rate(state: RiskState, currency: str) -> int:
    rate = rate_of(state.reference, currency)
    if rate is None:
        raise LookupError(f"no rate of {currency}")
    return rate.rate_e9
