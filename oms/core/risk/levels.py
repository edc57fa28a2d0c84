"""Which scopes a limit of each kind can bind, and in what it is measured: the part of the catalogue that limits themselves are held to.

A limit outside this table binds nobody's order to something that can be evaluated: such an order is refused (EVALUATION_ERROR).
"""

from oms.core.enums import LimitKind, LimitScope

EVERYONE = frozenset(LimitScope)
HOLDERS = (LimitScope.FIRM, LimitScope.DESK, LimitScope.ACCOUNT, LimitScope.CLIENT)
"""Those whose positions, money and results are sums over accounts."""

_OWNERS = frozenset(HOLDERS)
_TRADERS = _OWNERS | {LimitScope.TRADER, LimitScope.STRATEGY}

SCOPES: dict[LimitKind, frozenset[LimitScope]] = {
    LimitKind.POSITION_QTY: _TRADERS | {LimitScope.INSTRUMENT},
    LimitKind.ADV_PPM: _TRADERS | {LimitScope.INSTRUMENT},
    LimitKind.PORTFOLIO_PPM: _OWNERS,
    LimitKind.GROSS_EXPOSURE: _OWNERS,
    LimitKind.NET_EXPOSURE: _OWNERS,
    LimitKind.CREDIT: _OWNERS,
    LimitKind.CAPITAL: _OWNERS,
    LimitKind.CASH: frozenset({LimitScope.ACCOUNT}),
    LimitKind.COUNTERPARTY_EXPOSURE: frozenset({LimitScope.COUNTERPARTY}),
    LimitKind.VALUE_AT_RISK: _OWNERS,
    LimitKind.EXPECTED_SHORTFALL: _OWNERS,
    LimitKind.STRESS_LOSS: _OWNERS,
    LimitKind.DAY_LOSS: _OWNERS,
    LimitKind.REALISED_LOSS: _OWNERS,
    LimitKind.DRAWDOWN: _OWNERS,
    LimitKind.SELF_MATCH: _OWNERS,
    LimitKind.FAT_FINGER_Z_MILLI: _TRADERS,
    LimitKind.REPEATED_EXECUTIONS: frozenset({LimitScope.FIRM, LimitScope.DESK, LimitScope.STRATEGY}),
}
"""Kinds that are not here bind everyone: they are about one order, or count orders."""

QUANTITIES = frozenset({LimitKind.ORDER_QTY, LimitKind.POSITION_QTY})
"""Of one instrument: its scale says what they count."""

SAME_CURRENCY = frozenset({LimitKind.ORDER_NOTIONAL, LimitKind.MARKET_ORDER_NOTIONAL, LimitKind.ORDER_SIGMA_AMOUNT})
"""Amounts of one order: they bind orders in their own currency."""

CONVERTED = frozenset(
    {
        LimitKind.GROSS_EXPOSURE,
        LimitKind.NET_EXPOSURE,
        LimitKind.CREDIT,
        LimitKind.CAPITAL,
        LimitKind.COUNTERPARTY_EXPOSURE,
        LimitKind.VALUE_AT_RISK,
        LimitKind.EXPECTED_SHORTFALL,
        LimitKind.STRESS_LOSS,
        LimitKind.DAY_LOSS,
        LimitKind.REALISED_LOSS,
        LimitKind.DRAWDOWN,
    }
)
"""Amounts over all currencies: each is converted at its rate, rounded against us."""

AMOUNTS = SAME_CURRENCY | CONVERTED | {LimitKind.CASH}

INSTRUMENT_FACTORS = frozenset(
    {
        LimitKind.WINDOW_COLLAR_BPS,
        LimitKind.COLLAR_SIGMAS_MILLI,
        LimitKind.ORDER_SIGMA_AMOUNT,
        LimitKind.ADV_PPM,
        LimitKind.PARTICIPATION_PPM,
        LimitKind.VALUE_AT_RISK,
        LimitKind.EXPECTED_SHORTFALL,
        LimitKind.STRESS_LOSS,
    }
)
"""Kinds that need `InstrumentFactors` of the order's instrument."""

HOLDER_FACTORS = frozenset(
    {
        LimitKind.FAT_FINGER_Z_MILLI,
        LimitKind.PORTFOLIO_PPM,
        LimitKind.VALUE_AT_RISK,
        LimitKind.EXPECTED_SHORTFALL,
        LimitKind.STRESS_LOSS,
    }
)
"""Kinds that need `HolderFactors` of whom the limit binds."""


def binds(kind: LimitKind, scope: LimitScope) -> bool:
    """Whether a limit of this kind can bind this scope.

    >>> binds(LimitKind.CASH, LimitScope.FIRM)
    False
    """
    return scope in SCOPES.get(kind, EVERYONE)
