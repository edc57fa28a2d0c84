"""Every kind of limit, armed by the seed: each with a value that trips among the orders of a seed, or one that never does, and what they need.

A seed arms some kinds tightly and the rest widely, so that orders are still accepted and every check is evaluated. Beside limits it has lists,
permissions, locates and settlement currencies now and then, and rates and factors that are missing or old. `ARMED` is the table.

Figures: prices are about 10.00, orders of 10 to 590 units, so that one is worth up to 6,000 dollars.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from oms.core.enums import CounterpartyKind, LimitKind, LimitScope, TradingListKind
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, CashBalance, Entity, Instrument, Limit, Venue
from oms.core.risk_reference import (
    Client,
    Counterparty,
    FxRate,
    HolderFactors,
    InstrumentFactors,
    Locate,
    TradingList,
    TradingPermission,
    factors_id_of,
)

UNIT = 10**AMOUNT_SCALE
SECOND_NS = 1_000_000_000
WIDE = 10**15 * UNIT
FAR_NS = 10**17
TIGHT = 0.2
"""The chance that a kind is armed tightly."""

SELDOM = 0.04
"""The chance of each thing beside limits that stops orders altogether."""

NO_LOSS = 0
"""The tight value of limits of losses."""

CLEARER = "clearer"


@dataclass(frozen=True, slots=True)
class Armed:
    """A kind as it is armed: whom it binds, tight and wide values, its currency, the chance of tight."""

    kind: LimitKind
    scope: LimitScope
    tight: tuple[int, ...]
    wide: int = WIDE
    currency: str = "USD"
    odds: float = TIGHT


_ACCOUNT, _FIRM = LimitScope.ACCOUNT, LimitScope.FIRM
ARMED: tuple[Armed, ...] = (
    Armed(LimitKind.MESSAGE_RATE, _ACCOUNT, (2, 4), 10**9),
    Armed(LimitKind.DUPLICATE_TERMS_NS, _ACCOUNT, (60 * SECOND_NS,), 0),
    Armed(LimitKind.REPEATED_EXECUTIONS, _FIRM, (4, 8), 10**9),
    Armed(LimitKind.FACTORS_AGE_NS, _FIRM, (5 * SECOND_NS,), FAR_NS),
    Armed(LimitKind.FX_RATE_AGE_NS, _FIRM, (5 * SECOND_NS,), FAR_NS),
    Armed(LimitKind.MARKET_ORDER_NOTIONAL, _FIRM, (1_500 * UNIT,)),
    Armed(LimitKind.WINDOW_COLLAR_BPS, _FIRM, (10,), 10**6),
    Armed(LimitKind.COLLAR_SIGMAS_MILLI, _FIRM, (100,), 10**6),
    Armed(LimitKind.ORDER_SIGMA_AMOUNT, _FIRM, (80 * UNIT,)),
    Armed(LimitKind.FAT_FINGER_Z_MILLI, _ACCOUNT, (3_000,), 10**9),
    Armed(LimitKind.ADV_PPM, _ACCOUNT, (40_000,), 10**12),
    Armed(LimitKind.PORTFOLIO_PPM, _ACCOUNT, (100_000,), 10**12),
    Armed(LimitKind.PARTICIPATION_PPM, _FIRM, (450_000,), 10**12),
    Armed(LimitKind.GROSS_EXPOSURE, _ACCOUNT, (9_000 * UNIT,)),
    Armed(LimitKind.NET_EXPOSURE, _ACCOUNT, (7_000 * UNIT,)),
    Armed(LimitKind.CREDIT, _ACCOUNT, (7_000 * UNIT,), currency="EUR"),
    Armed(LimitKind.CAPITAL, _ACCOUNT, (15_000 * UNIT,)),
    Armed(LimitKind.CASH, _ACCOUNT, (0,)),
    Armed(LimitKind.VALUE_AT_RISK, _ACCOUNT, (800 * UNIT,)),
    Armed(LimitKind.EXPECTED_SHORTFALL, _ACCOUNT, (900 * UNIT,)),
    Armed(LimitKind.STRESS_LOSS, _ACCOUNT, (900 * UNIT,), odds=2 * TIGHT),
    Armed(LimitKind.ORDER_TO_TRADE_MILLI, _ACCOUNT, (3_000,), 10**12),
    Armed(LimitKind.ORDER_TO_TRADE_VOLUME_MILLI, _ACCOUNT, (3_000,), 10**12),
    Armed(LimitKind.DAY_LOSS, _ACCOUNT, (NO_LOSS,), odds=2 * TIGHT),
    Armed(LimitKind.REALISED_LOSS, _ACCOUNT, (NO_LOSS,), odds=2 * TIGHT),
    Armed(LimitKind.DRAWDOWN, _ACCOUNT, (NO_LOSS,), odds=2 * TIGHT),
    Armed(LimitKind.SELF_MATCH, _ACCOUNT, (0,), 10**9),
)
"""Beside the six kinds of `workload.FIRST_LIMITS`, and COUNTERPARTY_EXPOSURE, which binds the clearer of every venue."""

COUNTERPARTY = Armed(LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, (9_000 * UNIT,))


def armed(chance: random.Random, entities: list[Entity], now_ns: int) -> list[Entity]:
    """The world with all kinds of limits, and what they need. One that lacks a rate or factors is seldom."""
    found = [_with_risk(chance, entity) for entity in entities]
    accounts = [entity for entity in found if isinstance(entity, Account)]
    instruments = [entity for entity in found if isinstance(entity, Instrument)]
    before: list[Entity] = [Client("acme", "Acme", chance.random() > SELDOM)]
    before.append(Counterparty(CLEARER, "Clearer", CounterpartyKind.CLEARING_MEMBER, 2, chance.random() > SELDOM))
    after = [*_lists(chance, accounts, instruments, now_ns), *_known(chance, accounts, instruments, now_ns)]
    return [*before, *found, *after, *_limits(chance, accounts)]


def _with_risk(chance: random.Random, entity: Entity) -> Entity:
    if isinstance(entity, Venue):
        return replace(entity, counterparties=(CLEARER,))
    if isinstance(entity, Account):
        settles = ("EUR",) if chance.random() < SELDOM else ()
        cash = (CashBalance("USD", Amount(4_000 * UNIT)),)
        return replace(entity, client_id="acme", cash=cash, settlement_currencies=settles)
    if isinstance(entity, Instrument):
        return replace(entity, locate_required=chance.random() < 4 * SELDOM)
    return entity


def _lists(
    chance: random.Random, accounts: list[Account], instruments: list[Instrument], now_ns: int
) -> Iterator[Entity]:
    listed = chance.choice(instruments).instrument_id
    kind = TradingListKind.RESTRICTED if chance.random() < SELDOM else TradingListKind.WATCH
    yield TradingList("list", kind, (listed,), (), True)
    only_ann = chance.random() < SELDOM
    yield TradingPermission("ann", "ann", (), (), (), (), (), only_ann)
    for account in accounts:
        located = chance.choice((0, 1_000, 10**9))
        yield Locate(f"l-{account.account_id}", account.account_id, listed, located, now_ns + FAR_NS)


def _known(
    chance: random.Random, accounts: list[Account], instruments: list[Instrument], now_ns: int
) -> Iterator[Entity]:
    yield FxRate("USD", 10**9, 0)
    if chance.random() > SELDOM:
        yield FxRate("EUR", 1_100_000_000, now_ns)
    for instrument in instruments:
        if chance.random() > SELDOM:
            yield InstrumentFactors(
                instrument.instrument_id, "simulated", now_ns, volatility_ppm=20_000, adv_qty=10_000, window_volume_qty=1_000,
                window_low_px=99_900, window_high_px=100_100, var_ppm=40_000, es_ppm=50_000, stress_ppm=100_000,
            )  # fmt: skip
    for account in accounts:
        scope_id = account.account_id
        yield HolderFactors(
            factors_id_of(_ACCOUNT, scope_id), _ACCOUNT, scope_id, "USD", "simulated", now_ns,
            var=Amount(300 * UNIT), es=Amount(400 * UNIT), stress_loss=Amount(500 * UNIT), marginal_ppm=100_000,
            portfolio_value=Amount(50_000 * UNIT), order_mean=Amount(2_000 * UNIT), order_std=Amount(1_000 * UNIT),
            order_count=50,
        )  # fmt: skip


def _limits(chance: random.Random, accounts: list[Account]) -> Iterator[Limit]:
    for row in (*ARMED, COUNTERPARTY):
        value = chance.choice(row.tight) if chance.random() < row.odds else row.wide
        names = [account.account_id for account in accounts] if row.scope is _ACCOUNT else [""]
        for name in [CLEARER] if row is COUNTERPARTY else names:
            yield Limit(f"{row.kind.name}-{name}", row.kind, row.scope, name, "", row.currency, Amount(value))
