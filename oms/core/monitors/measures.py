"""Figures of risk's state that a fill may have moved, beside the limits that bind them: positions, the day's losses, drawdown.

The state is as it is after the fill. Every limit of these kinds that binds a holder of the account is measured, whatever the order was
checked against: fills that came late, corrections and marks move figures that nobody was asked about.
"""

from collections.abc import Iterator

from oms.core.enums import AlertKind, LimitKind, LimitScope
from oms.core.monitors.alerts import Measure
from oms.core.reference import Limit
from oms.core.risk.book import Money
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk.state import RiskState
from oms.core.risk.value import converted

KINDS: dict[LimitKind, AlertKind] = {
    LimitKind.POSITION_QTY: AlertKind.POSITION,
    LimitKind.DAY_LOSS: AlertKind.DAY_LOSS,
    LimitKind.REALISED_LOSS: AlertKind.REALISED_LOSS,
    LimitKind.DRAWDOWN: AlertKind.DRAWDOWN,
}


def measures_of(state: RiskState, account_id: str, instrument_id: str) -> tuple[Measure, ...]:
    """Of all holders of the account; positions in the instrument, money in all currencies."""
    return tuple(
        _measure(state, versioned, instrument_id)
        for scope, scope_id in _holders(state, account_id)
        for versioned in _limits(state, scope, scope_id, instrument_id)
    )


def _holders(state: RiskState, account_id: str) -> tuple[tuple[LimitScope, str], ...]:
    account = state.reference.accounts.get(account_id)
    if account is None:
        return ()
    found = [(LimitScope.FIRM, ""), (LimitScope.DESK, account.desk_id), (LimitScope.ACCOUNT, account_id)]
    return (*found, (LimitScope.CLIENT, account.client_id)) if account.client_id else tuple(found)


def _limits(state: RiskState, scope: LimitScope, scope_id: str, instrument_id: str) -> Iterator[VersionedLimit]:
    index = state.index()
    for named in (instrument_id, ""):
        for versioned in index.limits.get((scope, scope_id, named), ()):
            if versioned.limit.kind in KINDS and (named or versioned.limit.kind is not LimitKind.POSITION_QTY):
                yield versioned


def _measure(state: RiskState, versioned: VersionedLimit, instrument_id: str) -> Measure:
    limit = versioned.limit
    subject = instrument_id if limit.kind is LimitKind.POSITION_QTY else limit.currency
    value: int | None
    text = ""
    try:
        value = _value(state, limit, instrument_id)
    except LookupError as missing:
        value, text = None, f"{limit.kind.name} of {limit.scope_id or 'the firm'} cannot be told: {missing.args[0]}"
    return Measure(KINDS[limit.kind], limit.scope, limit.scope_id, subject, value, limit.value, versioned.version, text)


def _value(state: RiskState, limit: Limit, instrument_id: str) -> int:
    if limit.kind is LimitKind.POSITION_QTY:
        return abs(state.book().held(limit.scope, limit.scope_id, instrument_id))
    realised = unrealised = peak = 0
    for currency in state.index().currencies:
        money = state.book().money.get((limit.scope, limit.scope_id, currency), Money())
        best = state.peaks.get((limit.scope, limit.scope_id, currency), 0)
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
    rate = state.reference.fx_rates.get(currency)
    if rate is None or rate.rate_e9 <= 0:
        raise LookupError(f"no rate of {currency}")
    return rate.rate_e9
