"""What a run must have shown: how many orders of each category there are, and how well marketable ones and the market's VWAP were met.

Pure counting over the facts of `oms.testing.reconcile_facts`. A category without any order is a failure of the run: it proves nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from oms.core.enums import Algorithm, OrdStatus, OrdType, TimeInForce
from oms.testing.reconcile_facts import Facts, ParentFacts
from oms.testing.workload_plan import FLOW_VALIDITIES

REJECT_REASONS_MIN = 3
VENUES_MIN = 2
MARKETABLE_FILLED_PERCENT_MIN = 60
VWAP_ERROR_MAX = Fraction(1, 10**6)

TYPES = (
    *((OrdType.LIMIT, tif) for tif in FLOW_VALIDITIES),
    (OrdType.MARKET, TimeInForce.DAY),
    (OrdType.MARKET, TimeInForce.IOC),
)


@dataclass(frozen=True, slots=True)
class Category:
    """`count` orders (or what `name` says) where at least `needed` must be there."""

    name: str
    count: int
    needed: int

    @property
    def met(self) -> bool:
        return self.count >= self.needed


def categories(facts: Facts, marketable: Collection[str], tape_venues: int = VENUES_MIN) -> tuple[Category, ...]:
    """`marketable`: ids of the orders that were meant to trade at once; of those accepted, a share must be filled completely.

    `tape_venues`: how many venues the tape has to trade at; one that has a single venue is not asked for two.
    """
    parents = list(facts.parents.values())
    kinds = Counter((p.ord_type, p.time_in_force) for p in parents)
    algorithms = Counter(p.algorithm for p in parents)
    venues = {venue for p in parents for venue in p.venues}
    meant = [facts.parents[order_id] for order_id in marketable if order_id in facts.parents]
    filled = sum(p.status is OrdStatus.FILLED for p in meant)
    return (
        *(Category(f"{kind.name} {tif.name} orders", kinds[kind, tif], 1) for kind, tif in TYPES),
        *(Category(f"{algorithm.name} orders", algorithms[algorithm], 1) for algorithm in Algorithm),
        Category("orders that were partly filled", sum(p.was_partly_filled for p in parents), 1),
        Category("orders with passive fills", sum(p.added_qty > 0 for p in parents), 1),
        Category("orders cancelled on request", sum(p.canceled_on_request for p in parents), 1),
        Category("orders replaced", sum(p.replaced > 0 for p in parents), 1),
        Category("reasons of refusals", len(facts.refusals), REJECT_REASONS_MIN),
        Category("venues executed at", len(venues), min(VENUES_MIN, tape_venues)),
        Category(
            "percent of marketable orders filled",
            filled * 100 // len(meant) if meant else 0,
            MARKETABLE_FILLED_PERCENT_MIN,
        ),
    )


@dataclass(frozen=True, slots=True)
class MarketCheck:
    """Of one instrument: prints in ClickHouse against those of the tape. Notionals are Σ price × quantity at both scales."""

    instrument_id: str
    tape_volume: int
    tape_notional: int
    audit_volume: int
    audit_notional: int

    @property
    def volume_error(self) -> Fraction:
        return _relative_error(self.tape_volume, self.audit_volume)

    @property
    def vwap_error(self) -> Fraction:
        tape, audit = self.tape_vwap, self.audit_vwap
        if tape is None or audit is None:
            return Fraction(0) if tape is audit else Fraction(1)
        return abs(audit - tape) / tape

    @property
    def tape_vwap(self) -> Fraction | None:
        return Fraction(self.tape_notional, self.tape_volume) if self.tape_volume else None

    @property
    def audit_vwap(self) -> Fraction | None:
        return Fraction(self.audit_notional, self.audit_volume) if self.audit_volume else None

    @property
    def agrees(self) -> bool:
        return max(self.volume_error, self.vwap_error) <= VWAP_ERROR_MAX


def _relative_error(expected: int, found: int) -> Fraction:
    if expected == 0:
        return Fraction(0) if found == 0 else Fraction(1)
    return Fraction(abs(found - expected), expected)


@dataclass(frozen=True, slots=True)
class Traded:
    """What our orders of one instrument and side executed. `notional` = Σ price × quantity."""

    instrument_id: str
    side: str
    orders: int
    qty: int
    notional: int

    @property
    def average(self) -> Fraction:
        return Fraction(self.notional, self.qty)


def traded(parents: Mapping[str, ParentFacts]) -> tuple[Traded, ...]:
    """By instrument and side, where anything was executed."""
    sums: dict[tuple[str, str], list[int]] = {}
    for parent in parents.values():
        if parent.cum_qty:
            row = sums.setdefault((parent.instrument_id, parent.side.name), [0, 0, 0])
            row[0] += 1
            row[1] += parent.cum_qty
            row[2] += parent.notional
    return tuple(Traded(*key, *row) for key, row in sorted(sums.items()))
