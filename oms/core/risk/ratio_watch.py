"""The order-to-trade ratio of the day beside its limits, for the monitors (`oms.core.risk.watching`).

Cancels are never refused, and count: they can take a ratio beyond its limit when no order does. Then it is said, once and again when much
worse, as of any figure of theirs. By instrument, as the ratio is one instrument's: a limit that names none is measured for each.

It does not know when a figure is looked at. What is ordered before the first trade counts as for one trade, as the check has it; by volume
there is no ratio before it.
"""

from collections.abc import Iterator

from oms.core.enums import AlertKind, LimitKind, LimitScope
from oms.core.monitors.alerts import Measure
from oms.core.risk.book import Key
from oms.core.risk.pace import ratio_milli
from oms.core.risk.reference_index import ReferenceIndex, VersionedLimit
from oms.core.risk.state import RiskState
from oms.core.risk.watch_queue import EVERY

Limits = dict[Key, tuple[VersionedLimit, ...]]

RATIOS: dict[LimitKind, AlertKind] = {
    LimitKind.ORDER_TO_TRADE_MILLI: AlertKind.ORDER_TO_TRADE,
    LimitKind.ORDER_TO_TRADE_VOLUME_MILLI: AlertKind.ORDER_TO_TRADE_VOLUME,
}
RATIO_ALERTS = frozenset(RATIOS.values())


def with_ratios(table: Limits, index: ReferenceIndex) -> Limits:
    """The limits of figures, and those of ratios beside them."""
    found = dict(table)
    for limits in index.limits.values():
        for versioned in limits:
            limit = versioned.limit
            if limit.kind in RATIOS:
                of_scope = limit.scope_id if limit.scope is LimitScope.INSTRUMENT else EVERY
                key = (limit.scope, limit.scope_id, limit.instrument_id or of_scope)
                found[key] = (*found.get(key, ()), versioned)
    return found


def limits_of(limits: Limits, key: Key) -> tuple[VersionedLimit, ...]:
    """Those that ask for a figure."""
    scope, scope_id, subject = key
    return (*limits.get(key, ()), *(limits.get((scope, scope_id, EVERY), ()) if subject else ()))


def ratio_keys(state: RiskState, limits: Limits) -> Iterator[Key]:
    """The ratios that there are, or were told of, by limits that name no instrument: those that a sweep has to look at."""
    wanted = {key[:2] for key in limits if key[2] == EVERY}
    if not wanted:
        return
    yield from (key for key in state.activity if key[:2] in wanted)
    for alert in state.alerts.open.values():
        if alert.kind in RATIO_ALERTS:
            yield alert.scope, alert.scope_id, alert.subject


def ratio_of(state: RiskState, versioned: VersionedLimit, instrument_id: str) -> Measure:
    """The day's ratio in an instrument, in thousandths, rounded up; nothing on a day without a message."""
    limit = versioned.limit
    done = state.activity.get((limit.scope, limit.scope_id, instrument_id))
    value = 0
    if done is not None and done.day == state.day:
        if limit.kind is LimitKind.ORDER_TO_TRADE_MILLI:
            value = ratio_milli(done.messages, done.trades or 1)
        elif done.traded_qty:
            value = ratio_milli(done.ordered_qty, done.traded_qty)
    kind = RATIOS[limit.kind]
    said = (
        ""
        if value <= limit.value
        else (
            f"{kind.name.lower().replace('_', ' ')} ratio of {limit.scope_id or 'the firm'} in {instrument_id} is {value} thousandths, "
            f"allowed {limit.value}: cancels count, and are not refused"
        )
    )
    return Measure(kind, limit.scope, limit.scope_id, instrument_id, value, limit.value, versioned.version, said)
