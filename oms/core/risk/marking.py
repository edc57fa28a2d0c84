"""When what is held is valued anew: once a second at most, where the market has moved enough since.

So results and exposures are at most a second and MOVED_BPS behind the market, and the journal does not grow with every quote. A price that
is older than MARK_AGE_NS_MAX values nothing: the last one stays. `due_marking` is asked at every turn of the loop: between its seconds it
costs a comparison.
"""

from oms.core.enums import TimerKind
from oms.core.market import MarketView
from oms.core.market import reference_price as reference_price_of
from oms.core.money import INT64_MAX
from oms.core.risk.state import RiskState
from oms.core.risk.value import delta_part
from oms.core.risk_events import HoldingMark, HoldingsMarked, RiskEvent
from oms.core.stage import TimerInput

MOVED_BPS = 10
"""A tenth of a percent: finer than any loss limit is set."""

MARKS_MAX = 200
"""Instruments in one record: a few kB. The rest follow a second later: those never marked first, then those
that moved furthest, so that none waits for ever."""

MARK_AGE_NS_MAX = 300 * 1_000_000_000
_BPS = 10_000


MARK_EVERY_NS = 1_000_000_000
MARKING = "holdings"
"""Owner of the timer input that marks."""


def due_marking(state: RiskState, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | None:
    """A marking that would move something; asked again a second later where it would not."""
    if 0 <= wall_ns - state.marking_looked_ns < MARK_EVERY_NS or not tape_ns:
        return None
    state.marking_looked_ns = wall_ns
    if not marked(state, tape_ns, market):
        return None
    return TimerInput(MARKING, TimerKind.TRIGGER, 0, tape_ns)


def marked(state: RiskState, tape_ns: int, market: MarketView) -> tuple[RiskEvent, ...]:
    """At most one `HoldingsMarked`: the instruments held here whose price has moved."""
    book = state.book()
    found: list[tuple[bool, int, HoldingMark]] = []
    for instrument_id in book.held_by:
        seen = market.instrument(instrument_id)
        priced = reference_price_of(seen) if seen is not None else None
        if priced is None or priced[0] <= 0 or abs(tape_ns - priced[1]) > MARK_AGE_NS_MAX:
            continue
        before = state.marks.get(instrument_id, 0)
        if instrument_id in state.off_mark or has_moved(before, priced[0]):
            mark = HoldingMark(instrument_id, priced[0], _value_px(state, instrument_id, tape_ns, market))
            found.append((bool(before), -_bps(before, priced[0]), mark))
    if not found:
        return ()
    found.sort(key=lambda row: (*row[:2], row[2].instrument_id))
    return (HoldingsMarked(tuple([mark for *_, mark in found[:MARKS_MAX]])),)


def _value_px(state: RiskState, instrument_id: str, tape_ns: int, market: MarketView) -> int:
    """Of an option its delta's part of the underlying now; 0 where it is none, or delta or price are not known. The delta may be old: its
    sign and size change slowly, and a new order is held to its age."""
    option = state.reference.instruments.get(instrument_id)
    underlying = state.reference.instruments.get(option.underlying_id) if option is not None else None
    factors = state.reference.instrument_factors.get(instrument_id)
    if option is None or underlying is None or factors is None or not factors.delta_ppm:
        return 0
    seen = market.instrument(option.underlying_id)
    priced = reference_price_of(seen) if seen is not None else None
    if priced is None or priced[0] <= 0 or abs(tape_ns - priced[1]) > MARK_AGE_NS_MAX:
        return 0
    value_px = delta_part(option, underlying, priced[0], factors.delta_ppm)
    return value_px if abs(value_px) <= INT64_MAX else 0


def has_moved(before: int, price: int) -> bool:
    """Whether a price is far enough from another that what is held is to be valued anew; from none, always."""
    return abs(price - before) * _BPS > before * MOVED_BPS


def _bps(before: int, price: int) -> int:
    return abs(price - before) * _BPS // max(1, before)
