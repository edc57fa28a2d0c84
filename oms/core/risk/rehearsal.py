"""What other limits would have done, and what they would do now: recorded decisions judged again, by the same checks.

A rehearsal is a fold of the journal in which the proposed limits stand in the place of those in force: the state is folded from what did
happen, and each decision is asked again just before it is folded, with the times, prices and reference data that its evidence names.

    new block    was accepted, and would be refused
    released     was refused, and would be accepted
    near miss    would be accepted, with a figure within a tenth of its limit
    untold       cannot be asked again: the evidence does not have what a check would need now, since the order failed before it

What it does not show: what would have come of it. An order that would have been refused still counts in the state that the next is judged
in, as it did. Refusals for another reason than a check (a duplicate, a date, silence of control or audit) are what they were, and not judged.

Pure; it does not know where records come from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from oms.core.commands import NewOrder
from oms.core.enums import LimitScope, Side
from oms.core.limits import FormerLimit
from oms.core.market import InstrumentMarket, MarketView, Trade
from oms.core.money import Amount
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.checks import CHECKS, judge
from oms.core.risk.exposure import position_of, replaced_terms
from oms.core.risk.judgement import Ahead, Judgement
from oms.core.risk.limits import open_orders
from oms.core.risk.reference_index import account_is_of
from oms.core.risk.scopes import orders_in
from oms.core.risk.spanning import NOT_HELD
from oms.core.risk.state import RiskOrder, RiskState
from oms.core.risk.value import value_of
from oms.core.risk_events import (
    Evidence,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
    RiskEvent,
)
from oms.core.stage import Conditions

NEAR_PPM = 900_000
"""Of a limit: from here on an accepted order is a near miss."""

_ABOUT_US = frozenset({Reason.CONTROL_SILENT, Reason.AUDIT_BEHIND}) | NOT_HELD
"""Limits about our own processes, and how they had shared out credit: what they said then is not asked again."""

_ASKED_AGAIN = tuple(check for check in CHECKS if NOT_HELD.isdisjoint(check.reasons))
"""What a partition would have held under other limits is not known; each is judged against the whole of a limit."""

_NEEDS_MARKET = frozenset({Reason.NO_MARKET_PRICE, Reason.EVALUATION_ERROR})

Prices = Mapping[str, tuple[int, int]]
"""Instrument → (reference price, its tape time)."""

_NO_PRICES: Prices = {}


class Outcome(Enum):
    SAME = "as it was"
    NEW_BLOCK = "new block"
    RELEASED = "released"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One decision. `was`, `would`: None = accepted. `value`: at the order's worst price, in the instrument's currency; at the market's where a
    refusal left that unknown and the order names none; 0 where neither is known.

    `used_ppm`: the largest part of a limit that it would use, with the check of it; 0 where no check has a limit.
    """

    order_id: str
    desk_id: str
    account_id: str
    instrument_id: str
    tape_ns: int
    was: Reason | None
    would: Reason | None
    outcome: Outcome
    text: str
    value: Amount
    currency: str
    used_ppm: int
    check: str

    @property
    def near(self) -> bool:
        return self.would is None and self.used_ppm >= NEAR_PPM


class RecordedMarket(MarketView):
    """The market as the evidence of one decision has it: the reference price of its instrument, and nothing else; `others`: (price, tape time)
    of more instruments, where they are known."""

    def __init__(self, instrument_id: str, evidence: Evidence, others: Prices = _NO_PRICES) -> None:
        super().__init__()
        if evidence.reference_price is not None and evidence.reference_age_ns is not None:
            time_ns = evidence.tape_ns - evidence.reference_age_ns
            place = evidence.market_partition, evidence.market_position
            self._show(instrument_id, *place, evidence.reference_price, time_ns)
        for other_id, (price, time_ns) in others.items():
            if other_id != instrument_id:
                self._show(other_id, -1, -1, price, time_ns)

    def _show(self, instrument_id: str, partition: int, position: int, price: int, time_ns: int) -> None:
        last = Trade(time_ns, price, 1, "", False)
        self._instruments[instrument_id] = InstrumentMarket(partition, position, (), last, time_ns)


def conditions_of(evidence: Evidence) -> Conditions:
    """The times that the evidence names; control and audit as good as they can be."""
    return Conditions(evidence.wall_ns, evidence.tape_ns, 0, 1, 0, 1)


def propose(state: RiskState, limits: Iterable[Limit]) -> None:
    """Put the limits in the place of those with the same ids, or beside them: where one is not always in force, or of one order alone, those
    that are stay behind it, as when it is set. The state is for rehearsals from here on."""
    reference = state.reference
    for limit in limits:
        present = reference.limits.get(limit.limit_id)
        if present == limit:
            continue  # proposed before
        formers = reference.former_limits.pop(limit.limit_id, ())
        if limit.timed and present is not None:
            former = FormerLimit(present, reference.version("limit", limit.limit_id))
            reference.former_limits[limit.limit_id] = (former, *(formers if present.timed else ()))
        reference.limits[limit.limit_id] = limit
    state.index_memo = state.book_memo = None


def rehearse(state: RiskState, events: Sequence[RiskEvent]) -> tuple[Rehearsed, ...]:
    """The decisions among the events of one record, asked again in the state before it."""
    found: list[Rehearsed] = []
    ahead: list[Ahead] = []
    for event in events:
        asked = _asked(state, event)
        if asked is None:
            continue
        order, replaced, evidence, was = asked
        market = RecordedMarket(order.instrument_id, evidence)
        amended_by = event.replace.provenance if isinstance(event, ReplaceAccepted | ReplaceRejected) else None
        j = Judgement.of(state, conditions_of(evidence), market, order, replaced, tuple(ahead), amended_by)
        judged, result = judge(j, _ASKED_AGAIN)
        if was is None and j.worst_price is not None:
            ahead.append(j.as_ahead())
        found.append(_rehearsed(j, event.order_id, evidence, judged, was, result.reason, result.text))  # type: ignore[union-attr]
    return tuple(found)


def _asked(state: RiskState, event: RiskEvent) -> tuple[NewOrder, RiskOrder | None, Evidence, Reason | None] | None:
    """(terms, the order replaced, evidence, the refusal); None where it is no decision of the checks. Records from before have no times."""
    if not isinstance(event, OrderAccepted | OrderRejected | ReplaceAccepted | ReplaceRejected):
        return None
    was = event.reason if isinstance(event, OrderRejected | ReplaceRejected) else None
    if not event.evidence.checks or not event.evidence.wall_ns or was in _ABOUT_US:
        return None
    if isinstance(event, OrderAccepted | OrderRejected):
        return event.order, None, event.evidence, was
    replaced = state.open_orders.get(event.order_id)
    return None if replaced is None else (replaced_terms(replaced.terms, event.replace), replaced, event.evidence, was)


def _rehearsed(
    j: Judgement, order_id: str, then: Evidence, now: Evidence, was: Reason | None, would: Reason | None, text: str
) -> Rehearsed:
    order, instrument = j.order, j.state.reference.instruments.get(j.order.instrument_id)
    outcome = Outcome.SAME
    if _is_untold(j, then, would):
        outcome = Outcome.UNTOLD
    elif was is None and would is not None:
        outcome = Outcome.NEW_BLOCK
    elif was is not None and would is None:
        outcome = Outcome.RELEASED
    value = 0
    price = j.worst_price or order.price or then.reference_price or 0
    if instrument is not None and price > 0 and order.order_qty > 0:
        value = value_of(instrument, price, order.order_qty)
    used, check = usage_of(now)
    return Rehearsed(
        order_id,
        order.desk_id,
        order.account_id,
        order.instrument_id,
        then.tape_ns,
        was,
        would,
        outcome,
        text if would is not None else "",
        Amount(value),
        instrument.currency if instrument is not None else "",
        used,
        check,
    )


def _is_untold(j: Judgement, then: Evidence, would: Reason | None) -> bool:
    """Whether it is refused now for a price that the evidence does not have: the instrument's, or of an option the underlying's, which the
    decision had."""
    if then.reference_price is None:
        return would in _NEEDS_MARKET
    instrument = j.state.reference.instruments.get(j.order.instrument_id)
    is_option = instrument is not None and bool(instrument.underlying_id)
    return would is Reason.EVALUATION_ERROR and is_option and j.underlying is None


_ALWAYS_LIMITED = frozenset({"order_qty", "order_notional", "open_orders", "position"})
_NO_PART = frozenset({"price", "ns"})
"""Units of thresholds that a figure is not a part of."""

_PARTS = {c.number: c.name for c in CHECKS if (c.kinds or c.name in _ALWAYS_LIMITED) and c.unit not in _NO_PART}
"""Checks that hold a figure to a limit."""


def usage_of(evidence: Evidence) -> tuple[int, str]:
    """(the largest part of a limit, in ppm, its check): over the checks that have a positive threshold and a figure."""
    most, name = 0, ""
    for number, threshold, after in zip(evidence.checks, evidence.thresholds, evidence.after, strict=True):
        check = _PARTS.get(number, "")
        if threshold <= 0 or not check:
            continue
        used = abs(after) * 1_000_000 // threshold
        if used > most:
            most, name = used, check
    return most, name


@dataclass(slots=True)
class Report:
    """What a rehearsal came to. `blocked`: value that would be refused now and was not, by currency; `released_value` the other way.

    `rows`: new blocks, released, near misses and untold, as they came, at most `rows_max`; the counts are of all.
    """

    rows_max: int = 10_000
    judged: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    blocked: dict[str, int] = field(default_factory=dict)
    released_value: dict[str, int] = field(default_factory=dict)
    by_reason: dict[str, int] = field(default_factory=dict)
    rows: list[Rehearsed] = field(default_factory=list)

    def add(self, rehearsed: Rehearsed) -> None:
        self.judged += 1
        told = (
            rehearsed.outcome.value if rehearsed.outcome is not Outcome.SAME else "near miss" if rehearsed.near else ""
        )
        if not told:
            return
        self.counts[told] = self.counts.get(told, 0) + 1
        if len(self.rows) < self.rows_max:
            self.rows.append(rehearsed)
        if rehearsed.outcome is Outcome.NEW_BLOCK:
            assert rehearsed.would is not None
            self.blocked[rehearsed.currency] = self.blocked.get(rehearsed.currency, 0) + rehearsed.value
            self.by_reason[rehearsed.would.name] = self.by_reason.get(rehearsed.would.name, 0) + 1
        elif rehearsed.outcome is Outcome.RELEASED:
            self.released_value[rehearsed.currency] = self.released_value.get(rehearsed.currency, 0) + rehearsed.value


@dataclass(frozen=True, slots=True)
class Exposure:
    """Of one account and instrument, in its quantity scale: position, and what it could become with all open buys or all open sales filled."""

    account_id: str
    instrument_id: str
    position: int
    most: int
    least: int


def affected_now(state: RiskState, prices: Prices, now: Conditions) -> tuple[Rehearsed, ...]:
    """The open orders that the limits in `state` would refuse, were each of them asked for again, the last of all, with the others open.

    `prices`: as known last. Of an option whose underlying has none it cannot be told, and it is among them. An order is judged as its own replacement, of which nothing is
    open yet: what it has executed is held already.
    """
    found = []
    for order_id, order in state.open_orders.items():
        evidence = _evidence(prices.get(order.terms.instrument_id), now)
        market = RecordedMarket(order.terms.instrument_id, evidence, prices)
        book, as_it_is = state.book(), order.is_open
        order.is_open = False
        book.book_order(state, order_id, order)
        nothing_open = replace(order, terms=replace(order.terms, order_qty=order.cum_qty), pending=None, reserved_qty=0)
        j = Judgement.of(state, now, market, order.terms, nothing_open)
        judged, result = judge(j, _ASKED_AGAIN)
        if result.reason is None:
            j.replaced = None  # a replacement is no order more
            result = open_orders(j)
        order.is_open = as_it_is
        book.book_order(state, order_id, order)
        if result.reason is not None:
            found.append(_rehearsed(j, order_id, evidence, judged, None, result.reason, result.text))
    return tuple(found)


def _evidence(known: tuple[int, int] | None, now: Conditions) -> Evidence:
    price, age_ns = (known[0], now.tape_ns - known[1]) if known is not None else (None, None)
    return Evidence(-1, -1, -1, -1, price, age_ns, (), (), (), (), (), now.wall_ns, now.tape_ns)


def exposures(state: RiskState, without: Iterable[str] = ()) -> tuple[Exposure, ...]:
    """By account and instrument, with all open orders but those of `without`; where there is a position or an open order."""
    gone, sums = set(without), dict[tuple[str, str], list[int]]()
    for order_id, order in state.open_orders.items():
        t = order.terms
        key = (t.account_id, t.instrument_id)
        counted = sums.setdefault(key, [0, 0])
        if order_id not in gone:
            counted[0 if t.side is Side.BUY else 1] += order.reserved_qty
    openings = [
        (account_id, instrument_id)
        for scope, account_id, instrument_id in state.index().openings
        if scope is LimitScope.ACCOUNT and account_is_of(state.reference, account_id, state.partition)
    ]
    for key in (*state.moved, *openings):
        sums.setdefault(key, [0, 0])
    found = []
    for (account_id, instrument_id), (buys, sales) in sorted(sums.items()):
        held = position_of(state, account_id, instrument_id)
        found.append(Exposure(account_id, instrument_id, held, held + buys, held - sales))
    return tuple(found)


def without_orders(
    state: RiskState, wanted: OrderFilter
) -> tuple[tuple[str, ...], tuple[Exposure, ...], tuple[Exposure, ...]]:
    """A mass cancel: (the orders it covers, exposure before, exposure after), of the accounts and instruments that it touches."""
    covered = orders_in(state, wanted)
    return covered, *exposure_without(state, covered)


def exposure_without(state: RiskState, covered: Iterable[str]) -> tuple[tuple[Exposure, ...], tuple[Exposure, ...]]:
    """(Exposure with all open orders, and without some), of the accounts and instruments of those."""
    covered = tuple(covered)
    touched = {(state.open_orders[o].terms.account_id, state.open_orders[o].terms.instrument_id) for o in covered}
    before = tuple(e for e in exposures(state) if (e.account_id, e.instrument_id) in touched)
    after = tuple(e for e in exposures(state, covered) if (e.account_id, e.instrument_id) in touched)
    return before, after
