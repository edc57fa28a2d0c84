"""What a check is: a function of one judgement to a result, with a number that stays for ever.

A check reads the judgement, fails with one of its reasons or passes, and gives its row of evidence either way. Checks run in the
order of their table (`oms.core.risk.checks`); each may rest on what those before it have established, and never looks past them.
A check that cannot be evaluated (arithmetic, look-up, type) refuses the order: unknown means no.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from oms.core.commands import CONTROL_SOURCE, NewOrder, Provenance
from oms.core.enums import LimitKind
from oms.core.market import InstrumentMarket, MarketView
from oms.core.reasons import Reason
from oms.core.reference import Instrument
from oms.core.risk.book import Key, Money
from oms.core.risk.reference_index import Covering, VersionedLimit
from oms.core.risk.state import RiskOrder, RiskState
from oms.core.risk_events import EvidenceInput
from oms.core.risk_reference import HolderFactors, InstrumentFactors
from oms.core.stage import Conditions


@dataclass(frozen=True, slots=True)
class Ahead:
    """An order accepted earlier in the same record, which is not in the state yet and counts as if it were."""

    order: NewOrder
    venues: tuple[str, ...]
    worst_px: int
    value_px: int
    delta_sign: int = 1


class Drawn(NamedTuple):
    """A limit that spans partitions: what is used of it here, without the order and with it, and what is held.

    `adds`: whether the order makes more of it used, or could, as every one can make a loss larger that does not reduce. `others`: what other
    partitions have said that they lost; that can be more than they hold.
    """

    versioned: VersionedLimit
    before: int
    after: int
    held: int
    adds: bool
    others: int

    @property
    def allowed(self) -> int:
        """What may be used here: what is held, and no more than others leave of the limit."""
        return min(self.held, self.versioned.limit.value - self.others) if self.others else self.held

    @property
    def lacks(self) -> bool:
        """More than is allowed would be used, by an order that adds to it."""
        return self.after > self.allowed and self.adds


@dataclass(slots=True)
class Judgement:
    """One order, or one order as a replacement would make it, before the checks.

    `replaced` is the open order where it is a replacement, `amender` who asks for it where that is another trader or strategy than the
    order's, or another who enters it: halts, permissions and limits of one order bind both (`traders`). The fields after it are found by checks on the way, for later ones and for
    the evidence: until then they are None or empty. `reducing_halt`: the offset of the newest halt that covers the order and lets through
    what reduces, −1: none; `reducing_trip`: what a trip of such an action says that covers it. `value_px`: the price at which the order
    counts as exposure, `delta_sign` −1: the other way round, as an option does that falls when its underlying rises; `added_value`: what it
    adds to what is open, an amount in the instrument's currency; `added_base`: of a currency pair the same in its base currency.
    """

    state: RiskState
    conditions: Conditions
    market: InstrumentMarket | None
    order: NewOrder
    replaced: RiskOrder | None = None
    amender: Provenance | None = None
    reducing_halt: int = -1
    reducing_trip: str = ""
    venues: tuple[str, ...] = ()
    limits: Covering = field(default_factory=dict)
    reference_price: int | None = None
    reference_age_ns: int | None = None
    worst_price: int | None = None
    ahead: tuple[Ahead, ...] = ()
    underlying: InstrumentMarket | None = None
    notional: int = 0
    value_px: int = 0
    delta_sign: int = 1
    added_value: int = 0
    added_base: int = 0
    rates: dict[str, int] = field(default_factory=dict)
    factors: InstrumentFactors | None = None
    holder_factors: dict[str, HolderFactors] = field(default_factory=dict)
    inputs: list[EvidenceInput] = field(default_factory=list)
    figures: dict[Key, Money] = field(default_factory=dict)
    """By (scope, id, currency of a limit): the holder's money, as checks have summed it up."""
    drawn: list[Drawn] = field(default_factory=list)
    """Of limits that are judged by credit."""

    @staticmethod
    def of(
        state: RiskState,
        conditions: Conditions,
        market: MarketView,
        order: NewOrder,
        replaced: RiskOrder | None = None,
        ahead: tuple[Ahead, ...] = (),
        amended_by: Provenance | None = None,
    ) -> "Judgement":
        """With what the market says of the instrument, and of what an option is on."""
        j = Judgement(state, conditions, market.instrument(order.instrument_id), order, replaced, ahead=ahead)
        if amended_by is not None and _who(amended_by) != _who(order.provenance):
            j.amender = amended_by
        instrument = state.reference.instruments.get(order.instrument_id)
        if instrument is not None and instrument.underlying_id:
            j.underlying = market.instrument(instrument.underlying_id)
        return j

    def as_ahead(self) -> Ahead:
        """This order, accepted, for those judged after it in the same record."""
        assert self.worst_price is not None, "an accepted order has a worst price"
        return Ahead(self.order, self.venues, self.worst_price, self.value_px, self.delta_sign)

    @property
    def signed_value_px(self) -> int:
        """As the event has it."""
        return self.delta_sign * self.value_px

    @property
    def must_reduce(self) -> bool:
        """Whether it is covered by a halt or a trip that lets through only what reduces."""
        return self.reducing_halt >= 0 or bool(self.reducing_trip)

    @property
    def begins_day(self) -> bool:
        """As `RiskState.begins_day`, by tape time."""
        return self.state.begins_day(self.conditions.tape_ns)

    @property
    def people(self) -> tuple[Provenance, ...]:
        """Who stands behind it: whose order it is, and who amends it where that is another."""
        return (self.order.provenance,) if self.amender is None else (self.order.provenance, self.amender)

    @property
    def traders(self) -> tuple[str, ...]:
        """Whom it is held against: the traders that were named, and whoever entered it under another's name. Nobody entered what the system makes
        by a control record."""
        who = self.order.provenance
        if self.amender is None and who.entered_by == who.trader:
            return (who.trader,)
        names = dict.fromkeys([who.trader for who in self.people])
        names |= dict.fromkeys([w.entered_by for w in self.people if not w.source.startswith(CONTROL_SOURCE)])
        return tuple(names)

    @property
    def instrument(self) -> Instrument:
        return self.state.reference.instruments[self.order.instrument_id]

    def limits_of(self, kind: LimitKind) -> tuple[VersionedLimit, ...]:
        return self.limits.get(kind, ())

    def tightest(self, kind: LimitKind) -> VersionedLimit:
        """The lowest of the limits of a kind; LookupError where there is none."""
        return self.limits[kind][0]


def _who(provenance: Provenance) -> tuple[str, str, str]:
    """Whom a command is held against."""
    return provenance.trader, provenance.strategy, provenance.entered_by


class CheckResult(NamedTuple):
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
    """`number` and `unit` are what stored evidence is read by: they keep their meaning for ever. `reasons` in order of precedence.

    `kinds`: limits that ask for it, none: it is asked of every order. Where no limit of these covers the order it is not evaluated.
    """

    number: int
    name: str
    unit: str
    reasons: tuple[Reason, ...]
    run: Callable[[Judgement], CheckResult]
    kinds: frozenset[LimitKind] = frozenset()


def held_to(versioned: VersionedLimit, before: int, after: int, reason: Reason, what: str) -> CheckResult:
    """A row of a limit that a figure may reach and not exceed."""
    value = versioned.limit.value
    if after > value:
        return CheckResult(
            value, before, after, versioned.version, reason, f"{what} would be {after}, {named(versioned)}"
        )
    return CheckResult(value, before, after, versioned.version)


def named(versioned: VersionedLimit) -> str:
    return f"limit {versioned.limit.limit_id} is {versioned.limit.value}"
