"""What a check is: a function of one judgement to a result, with a number that stays for ever.

A check reads the judgement, fails with one of its reasons or passes, and gives its row of evidence either way. Checks run in the
order of their table (`oms.core.risk.checks`); each may rest on what those before it have established, and never looks past them.
A check that cannot be evaluated (arithmetic, look-up, type) refuses the order: unknown means no.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from oms.core.commands import NewOrder
from oms.core.enums import LimitKind
from oms.core.market import InstrumentMarket
from oms.core.reasons import Reason
from oms.core.reference import Instrument
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk.state import RiskOrder, RiskState
from oms.core.stage import Conditions


@dataclass(slots=True)
class Judgement:
    """One order, or one order as a replacement would make it, before the checks.

    `replaced` is the open order where it is a replacement; `ahead` are orders accepted in the same record, which are not in the state
    yet and count as if they were. The fields after it are found by checks on the way, for later ones and for
    the evidence: until then they are None or empty.
    """

    state: RiskState
    conditions: Conditions
    market: InstrumentMarket | None
    order: NewOrder
    replaced: RiskOrder | None = None
    venues: tuple[str, ...] = ()
    limits: dict[LimitKind, list[VersionedLimit]] = field(default_factory=dict)
    reference_price: int | None = None
    reference_age_ns: int | None = None
    worst_price: int | None = None
    ahead: tuple[NewOrder, ...] = ()

    @property
    def instrument(self) -> Instrument:
        return self.state.reference.instruments[self.order.instrument_id]

    def limits_of(self, kind: LimitKind) -> list[VersionedLimit]:
        return self.limits.get(kind, [])

    def tightest(self, kind: LimitKind) -> VersionedLimit:
        """The lowest of the limits of a kind; LookupError where there is none."""
        covering = self.limits[kind]
        return covering[0] if len(covering) == 1 else min(covering, key=lambda versioned: versioned.limit.value)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A row of evidence, in the check's unit; `reason` and `text` only where it failed."""

    threshold: int = 0
    before: int = 0
    after: int = 0
    limit_version: int = -1
    reason: Reason | None = None
    text: str = ""


PASSED = CheckResult()


def refused(reason: Reason, text: str) -> CheckResult:
    """A failure about what exists or is allowed, which has no figures."""
    return CheckResult(reason=reason, text=text)


@dataclass(frozen=True, slots=True)
class Check:
    """`number` and `unit` are what stored evidence is read by: they keep their meaning for ever. `reasons` in order of precedence."""

    number: int
    name: str
    unit: str
    reasons: tuple[Reason, ...]
    run: Callable[[Judgement], CheckResult]
