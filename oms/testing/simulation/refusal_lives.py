"""Lives in which chosen limits are tight: until every reason that a limit can give was given, by the whole system.

Which reasons a seed of `life_world` meets is chance, and another chance after every change of the world. Here each life arms the kinds whose reasons no
life before it met, and leaves everything else wide: the first check that fails wins, so that what is met steps out of the way of what is not.
A rate or factors that are missing or old stop nearly every order, so that each of these has a life of its own.
"""

import gc
import random
from dataclasses import dataclass, replace

from oms.core.enums import LimitKind, LimitScope
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Entity, Limit
from oms.core.risk.checks import CHECKS
from oms.core.risk.spanning import NOT_HELD
from oms.core.risk_reference import FxRate, HolderFactors, InstrumentFactors, factors_id_of
from oms.testing.simulation.chronicle import BEGIN_NS
from oms.testing.simulation.life_world import LifeWorld
from oms.testing.simulation.limit_kinds import ARMED, COUNTERPARTY, SECOND_NS, UNIT, armed

LIVES_MAX = 60
"""Some seconds each ten: far more than are needed, so that chance does not decide."""

_ALWAYS: dict[Reason, LimitKind] = {
    Reason.ORDER_QTY_LIMIT: LimitKind.ORDER_QTY,
    Reason.ORDER_NOTIONAL_LIMIT: LimitKind.ORDER_NOTIONAL,
    Reason.PRICE_COLLAR: LimitKind.PRICE_COLLAR_BPS,
    Reason.POSITION_LIMIT: LimitKind.POSITION_QTY,
    Reason.OPEN_ORDERS_LIMIT: LimitKind.OPEN_ORDERS,
    Reason.MARKET_PRICE_STALE: LimitKind.MARKET_DATA_AGE_NS,
}
"""Of checks that are asked of every order."""

KINDS_OF: dict[Reason, frozenset[LimitKind]] = {
    **{reason: frozenset({kind}) for reason, kind in _ALWAYS.items()},
    **{reason: check.kinds for check in CHECKS if check.kinds for reason in check.reasons},
    Reason.FX_RATE_MISSING: frozenset(),
    Reason.FX_RATE_STALE: frozenset({LimitKind.FX_RATE_AGE_NS}),
    Reason.RISK_FACTORS_MISSING: frozenset(),
    Reason.RISK_FACTORS_STALE: frozenset({LimitKind.FACTORS_AGE_NS}),
    Reason.CREDIT_NOT_HELD: frozenset({LimitKind.COUNTERPARTY_EXPOSURE}),
}
"""Reason that a limit gives → the kinds that are tight for it."""

OF_THE_FIRM = NOT_HELD - {Reason.CREDIT_NOT_HELD, Reason.OPEN_ORDERS_NOT_HELD}
"""Given where a limit spans partitions; of the two others some of the world do."""

_MISSING: dict[Reason, type[FxRate | InstrumentFactors]] = {
    Reason.FX_RATE_MISSING: FxRate,
    Reason.RISK_FACTORS_MISSING: InstrumentFactors,
}
_ALONE = (Reason.MARKET_PRICE_STALE, Reason.RISK_FACTORS_STALE, Reason.FX_RATE_STALE, *_MISSING)

_TIGHT: dict[LimitKind, int] = {
    **{row.kind: row.tight[0] for row in (*ARMED, COUNTERPARTY)},
    LimitKind.ORDER_QTY: 300,
    LimitKind.ORDER_NOTIONAL: 2_500 * UNIT,
    LimitKind.PRICE_COLLAR_BPS: 20,
    LimitKind.POSITION_QTY: 900,
    LimitKind.OPEN_ORDERS: 4,
    LimitKind.MARKET_DATA_AGE_NS: 2 * SECOND_NS,
}
assert {kind for kinds in KINDS_OF.values() for kind in kinds} == _TIGHT.keys()


class _Wide(random.Random):
    """Whatever can be tight, missing or forbidden by chance is not."""

    def random(self) -> float:
        return 0.98


@dataclass(frozen=True, slots=True)
class Arranged:
    """`tight`: kinds of limits, of accounts mostly; `firm`: kinds that are tight for the whole firm beside them, so that they span the
    partitions; `without`: what reference data does not have."""

    tight: frozenset[LimitKind]
    firm: frozenset[LimitKind] = frozenset()
    without: Reason | None = None

    def of(self, entities: list[Entity]) -> list[Entity]:
        gone = _MISSING.get(self.without) if self.without is not None else None
        found = [
            entity for entity in armed(_Wide(0), entities, BEGIN_NS) if gone is None or not isinstance(entity, gone)
        ]
        found = [self._limit(entity) if isinstance(entity, Limit) else entity for entity in found]
        factors = next(entity for entity in found if isinstance(entity, HolderFactors))
        firms = replace(factors, factors_id=factors_id_of(LimitScope.FIRM, ""), scope=LimitScope.FIRM, scope_id="")
        spanning = [
            Limit(f"firm-{kind.name}", kind, LimitScope.FIRM, "", "", "USD", Amount(_TIGHT[kind]))
            for kind in sorted(self.firm)
        ]
        return [*found, firms, *spanning]

    def _limit(self, limit: Limit) -> Limit:
        return replace(limit, value=Amount(_TIGHT[limit.kind])) if limit.kind in self.tight else limit


class RefusalLife(LifeWorld):
    def __init__(self, seed: int, arranged: Arranged) -> None:
        self._arranged = arranged
        super().__init__(seed)

    def _armed(self, found: list[Entity]) -> list[Entity]:
        return self._arranged.of(found)


def arranged_for(missing: set[Reason]) -> Arranged:
    """The life for what no life has met yet."""
    alone = next((reason for reason in _ALONE if reason in missing), None)
    now = missing.difference(_ALONE) | ({alone} if alone is not None else set())
    firm = {kind for reason in now & OF_THE_FIRM for kind in KINDS_OF[reason]}
    tight = {kind for reason in now - OF_THE_FIRM for kind in KINDS_OF[reason]}
    return Arranged(frozenset(tight), frozenset(firm), alone)


def missing_after_lives(seed: int = 0, lives_max: int = LIVES_MAX) -> tuple[set[Reason], int]:
    """(Reasons that no life met, how many lives there were): it ends with the last reason. Nobody judges these lives: that is for `sweep`, which
    has far more of them."""
    missing = set(KINDS_OF)
    for number in range(lives_max):
        gc.disable()  # as in `sweep.run_seeds`: a life is dropped as a whole
        life = RefusalLife(seed + number, arranged_for(missing))
        if life.partitions > 1 or not missing <= NOT_HELD:  # one partition alone is judged by the whole of a limit
            life.run()
        gc.enable()
        missing -= {reason for reason in missing if life.events.get(f"refused-{reason.name.lower()}")}
        if not missing:
            return missing, number + 1
    return missing, lives_max
